"""The filter as arrays: scored with NumPy alone, stored as files that hold no code, versioned by content.

A registry is a folder: one folder a version (`about.json`, `arrays.npz`), named after the SHA-256 of its
`about.json`, which in turn holds the SHA-256 of the arrays; and a file `current` whose last line names the
version in use. Whatever is killed at whatever moment, a reader sees the old version or the new one.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.mail import tokens


class ModelError(Exception):
    """A version is missing, damaged or not a model; the message says which and what to do."""


@dataclass(frozen=True)
class Prediction:
    """Probability of spam (0 to 1), verdict ("keep", "move" or "delete"), and pushes in log-odds by token."""

    probability: float
    verdict: str
    pushes: dict[str, float]


class SpamModel:
    """A linear model on TF-IDF of token presence, scaled to length 1, with a sigmoid on top.

    vocabulary: n tokens; idf, weights: arrays of n floats, the weights in log-odds; bias in log-odds;
    thresholds: {"move": p, "delete": p} with move <= delete; about: anything JSON can hold.
    """

    def __init__(self, vocabulary, idf, weights, bias, thresholds, about):
        if not len(vocabulary) == len(idf) == len(weights) > 0:
            raise ModelError("vocabulary, idf and weights differ in length or are empty.")
        if not (np.isfinite(idf).all() and np.isfinite(weights).all() and math.isfinite(bias)):
            raise ModelError("idf, weights or bias hold a value that is not a finite number.")
        if not 0 <= thresholds["move"] <= thresholds["delete"] <= 1:
            raise ModelError("the thresholds must satisfy 0 <= move <= delete <= 1.")
        self.vocabulary, self.bias = list(vocabulary), float(bias)
        self.idf, self.weights = np.asarray(idf, float), np.asarray(weights, float)
        self.thresholds, self.about = dict(thresholds), dict(about)
        # One look-up a token gives the two numbers that its part of the score needs.
        squares, parts = (self.idf**2).tolist(), (self.idf * self.weights).tolist()
        self._parts = dict(zip(self.vocabulary, zip(squares, parts, strict=True), strict=True))

    def predict(self, subject: str, body: str) -> Prediction:
        """Judge one mail."""
        parts = self._parts
        known = list(filter(parts.__contains__, tokens(subject, body)))
        pairs = list(map(parts.__getitem__, known))
        length = math.sqrt(math.fsum([square for square, _ in pairs])) or 1.0
        pushes = [part / length for _, part in pairs]
        score = self.bias + math.fsum(pushes)
        probability = 1 / (1 + math.exp(-score)) if score > -700 else 0.0
        return Prediction(probability, self.verdict(probability), dict(zip(known, pushes, strict=True)))

    def verdict(self, probability: float) -> str:
        """What to do with a mail of this probability."""
        if probability > self.thresholds["delete"]:
            return "delete"
        return "move" if probability > self.thresholds["move"] else "keep"


# -------------------------------------------------------------------------------------- the registry


def save(model: SpamModel, registry: Path) -> str:
    """Store a version, whole or not at all, and return its name. Does not put it to use."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, idf=model.idf, weights=model.weights)
    arrays = buffer.getvalue()
    about = {
        "sha256": hashlib.sha256(arrays).hexdigest(),
        "bias": model.bias,
        "thresholds": model.thresholds,
        **{key: value for key, value in model.about.items() if key != "version"},
        "vocabulary": model.vocabulary,
    }
    text = json.dumps(about, ensure_ascii=False, indent=0).encode()
    version = hashlib.sha256(text).hexdigest()[:12]
    registry.mkdir(parents=True, exist_ok=True)
    if not (registry / version).exists():
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=registry))
        try:
            folder.chmod(0o755)  # a service often runs as another user than the training
            write(folder / "about.json", text)
            write(folder / "arrays.npz", arrays)
            sync(folder)
            folder.rename(registry / version)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            if not (registry / version).exists():  # else another process stored the same version first
                raise
        sync(registry)
    return version


def load(registry: Path, version: str | None = None) -> SpamModel:
    """A version, by default the one in use, after checking every byte. Raises ModelError."""
    version = version or current(registry)
    folder = registry / version
    try:
        text, arrays = (folder / "about.json").read_bytes(), (folder / "arrays.npz").read_bytes()
    except OSError as error:
        raise ModelError(f"version {version} is not in {registry}: {error.strerror}.") from error
    if hashlib.sha256(text).hexdigest()[:12] != version:
        raise ModelError(f"version {version} is damaged: about.json has changed. Roll back or train again.")
    about = json.loads(text)
    if hashlib.sha256(arrays).hexdigest() != about.pop("sha256"):
        raise ModelError(f"version {version} is damaged: arrays.npz has changed. Roll back or train again.")
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        idf, weights = stored["idf"], stored["weights"]
    fields = [about.pop(key) for key in ("vocabulary", "bias", "thresholds")]
    return SpamModel(fields[0], idf, weights, fields[1], fields[2], {**about, "version": version})


def history(registry: Path) -> list[str]:
    """The versions put to use so far, the latest last; rolled back ones are gone from it."""
    try:
        return (registry / "current").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []


def current(registry: Path) -> str:
    """The version in use."""
    if not (versions := history(registry)):
        raise ModelError(f"no model in {registry}: run `python -m service.train` first.")
    return versions[-1]


def promote(registry: Path, version: str) -> None:
    """Put a version to use, if it can be loaded."""
    load(registry, version)
    if history(registry)[-1:] != [version]:
        replace(registry / "current", "\n".join([*history(registry), version]) + "\n")


def roll_back(registry: Path) -> str:
    """Put the version before this one to use again, and return its name."""
    versions = history(registry)
    if len(versions) < 2:
        raise ModelError("there is no earlier version to roll back to.")
    load(registry, versions[-2])
    replace(registry / "current", "\n".join(versions[:-1]) + "\n")
    return versions[-2]


def replace(path: Path, text: str) -> None:
    """Write a small file so that a reader finds the old text or the new one, even after a crash."""
    new = path.with_name(f".{path.name}-{os.getpid()}")
    write(new, text.encode())
    os.replace(new, path)
    sync(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk (Windows has no such call, and needs none)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
