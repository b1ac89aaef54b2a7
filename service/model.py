"""The filter as arrays: scored with NumPy alone, stored as files that hold no code, versioned by content.

A registry is a folder: one folder a version (`about.json`, `arrays.npz`), named after the SHA-256 of its
`about.json`, which in turn holds the SHA-256 of the arrays; and a file `current` whose last line names the
version in use. Whatever is killed at whatever moment, a reader sees the old version or the new one. The time
of the training stands beside them in `date`, in no hash: the same training has the same name on any day.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.mail import read_message, tokens

FEW = 12  # known tokens: a mail with so few (a short note, a lone link) is moved and never deleted
LARGEST = 500_000_000  # bytes of a version's arrays, unpacked
NAME = re.compile("[0-9a-f]{12}")

# Mails of our own, asked when a version is stored and again when it is loaded: another `mail.py` is noticed
# before it judges anything.
EXAMPLES = [
    ("Lunch", "Shall we meet at noon? I have booked a table, and Anna comes as well."),
    ("Re: patch", "Your patch works here, thanks. See http://example.org/bugs/12 for the rest."),
    ("MONEY FAST!!!", "Earn $5000 a week from home. Click NOW: www.example.com or call 0800 555 0123."),
    ("", "http://example.com/offer?id=17"),
    (
        "Café",
        '<style>p {color: red}</style><p>buy <b>che</b>ap<font size=1 color="#ffffff">heron</font> pills',
    ),
    ("Minutes", "The minutes are in the shared folder. ＦＲＥＥ co\u200bffee at ten.\n" * 20),
]
MESSAGE = (
    b'Subject: =?utf-8?q?Caf=C3=A9?= at noon\nContent-Type: multipart/alternative; boundary="b"\n\n'
    b"--b\nContent-Type: text/plain\n\nplain words\n--b\nContent-Type: text/html; charset=iso-8859-1\n"
    b"Content-Transfer-Encoding: quoted-printable\n\n<p>sm=F6rg<a href=3D'http://a.example'>=E5s</a>\n--b--"
)
OTHER_READING = (
    "it was made with another reading of mails (another service/mail.py, or another release of a library) "
    "and would judge wrongly: train again."
)


class ModelError(Exception):
    """A version is missing, damaged or not a model; the message says which and what to do."""


class NotThere(ModelError):
    """The files of a version are missing: perhaps they have not arrived yet, and trying again is right."""


@dataclass(frozen=True)
class Prediction:
    """Probability of spam (0 to 1), verdict ("keep", "move" or "delete"), and pushes in log-odds by token."""

    probability: float
    verdict: str
    pushes: dict[str, float]


class SpamModel:
    """A linear model on TF-IDF of token presence, scaled to length 1, with a sigmoid on top.

    vocabulary: n tokens; idf, weights: arrays of n floats, the weights in log-odds; bias in log-odds;
    thresholds: {"move": p, "delete": p} with move <= delete; about: anything JSON can hold;
    judged: for each mail learned from (see `fingerprint`) whether a model that had not learned it moves it.
    """

    def __init__(self, vocabulary, idf, weights, bias, thresholds, about, judged=()):
        self.vocabulary, self.bias = list(vocabulary), float(bias)
        self.idf, self.weights = np.asarray(idf, float), np.asarray(weights, float)
        self.thresholds = {name: float(thresholds[name]) for name in ("move", "delete")}
        self.about, self.judged = dict(about), dict(judged)
        if not self.idf.shape == self.weights.shape == (len(self.vocabulary),) != (0,):
            raise ModelError("vocabulary, idf and weights differ in length or are empty.")
        if len(set(self.vocabulary)) < len(self.vocabulary) or set(map(type, self.vocabulary)) != {str}:
            raise ModelError("the vocabulary must hold different texts.")
        # Beyond any training, and small enough that no sum of them overflows; NaN is not below it either.
        if not (np.abs([*self.idf, *self.weights, self.bias]) < 1e9).all():
            raise ModelError("idf, weights or bias hold a value that is huge or not a finite number.")
        if not 0 <= self.thresholds["move"] <= self.thresholds["delete"] <= 1:
            raise ModelError("the thresholds must satisfy 0 <= move <= delete <= 1.")
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
        return Prediction(
            probability, self.verdict(probability, len(known)), dict(zip(known, pushes, strict=True))
        )

    def verdict(self, probability: float, known: int) -> str:
        """What to do with a mail of this probability, of which the model knows this many tokens."""
        if probability > self.thresholds["delete"] and known > FEW:
            return "delete"
        return "move" if probability > self.thresholds["move"] else "keep"


def fingerprint(subject: str, body: str) -> int:
    """64 bits that tell one mail from another: of the letters of its body, if it has none of its subject."""
    letters = re.sub(r"[\W\d_]+", "", body.lower()) or subject
    return int.from_bytes(hashlib.sha256(letters.encode("utf-8", "surrogatepass")).digest()[:8], "big")


# -------------------------------------------------------------------------------------- the registry


def save(model: SpamModel, registry: Path) -> str:
    """Store a version, whole or not at all, and return its name; it is not put to use. Raises ModelError."""
    buffer = io.BytesIO()
    mails, moved = np.array(list(model.judged), np.uint64), np.array(list(model.judged.values()), bool)
    np.savez_compressed(buffer, idf=model.idf, weights=model.weights, mails=mails, moved=moved)
    arrays = buffer.getvalue()
    made_here = {"version", "date", "reading", "known_answers"}
    about = {
        "sha256": hashlib.sha256(arrays).hexdigest(),
        "bias": model.bias,
        "thresholds": model.thresholds,
        "reading": reading(),
        "known_answers": known_answers(model),
        **{key: value for key, value in model.about.items() if key not in made_here},
        "vocabulary": model.vocabulary,
    }
    text = json.dumps(about, ensure_ascii=False, indent=0).encode("utf-8", "surrogatepass")
    version = hashlib.sha256(text).hexdigest()[:12]
    files = {"about.json": text, "arrays.npz": arrays}
    with writing(registry):
        if not registry.exists():
            registry.mkdir(parents=True, exist_ok=True)
            registry.chmod(0o755)  # a service often runs as another user than the training
        remove_leftovers(registry)
        if not holds(registry / version, files):
            folder = Path(tempfile.mkdtemp(prefix=".new-", dir=registry))
            try:
                folder.chmod(0o755)
                for name, content in files.items():
                    write(folder / name, content)
                now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
                write(folder / "date", f"{now}\n".encode())
                sync(folder)
                remove(registry / version)  # a damaged one
                folder.rename(registry / version)
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                if not holds(registry / version, files):  # else another process stored the same version first
                    raise
            sync(registry)
    return version


def load(registry: Path, version: str | None = None) -> SpamModel:
    """A version, by default the one in use, after checking every byte and asking its known answers again.

    Raises NotThere if its files are missing, else ModelError: a file has changed, the files are whole but no
    model, or the model was made with another reading of mails than this `mail.py`.
    """
    version = version or current(registry)
    folder = registry / version
    if not NAME.fullmatch(version):
        raise ModelError(f"version {version} is not in {registry}: a name has twelve signs (0-9, a-f).")
    try:
        text, arrays = (folder / "about.json").read_bytes(), (folder / "arrays.npz").read_bytes()
    except FileNotFoundError as error:
        raise NotThere(f"version {version} is not in {registry}, or not all of it yet.") from error
    except OSError as error:
        raise ModelError(f"version {version} in {registry} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(text).hexdigest()[:12] != version:
        raise ModelError(f"version {version} is damaged: about.json has changed. Roll back or train again.")
    try:
        about = json.loads(text)
        if hashlib.sha256(arrays).hexdigest() != about.pop("sha256"):
            raise ModelError("it is damaged: arrays.npz has changed. Roll back or train again.")
        if about.get("reading") != reading():
            raise ModelError(OTHER_READING)
        model = unpack(about, arrays)
        if not np.allclose(about["known_answers"], known_answers(model), rtol=0, atol=1e-6):
            raise ModelError(OTHER_READING)
    except ModelError as error:
        raise ModelError(f"version {version} cannot be used: {error}") from error
    except Exception as error:  # the hash is right, and yet it is no model: a stranger may raise anything
        raise ModelError(f"version {version} is no model of this service ({error!r:.60}).") from error
    model.about |= {"version": version, "date": date(registry, version)}
    return model


def unpack(about: dict, arrays: bytes) -> SpamModel:
    """The model in the two files of a version; what is wrong with them may raise anything."""
    with np.load(io.BytesIO(arrays), allow_pickle=False) as box:
        if sum(part.file_size for part in box.zip.infolist()) > LARGEST:
            raise ModelError(f"its arrays are larger than {LARGEST:,} bytes.")
        idf, weights, mails, moved = (box[name] for name in ("idf", "weights", "mails", "moved"))
    if (idf.dtype, weights.dtype, mails.dtype, moved.dtype) != (float, float, np.uint64, bool):
        raise ModelError("its arrays have the wrong types.")
    fields = [about.pop(key) for key in ("vocabulary", "bias", "thresholds")]
    judged = zip(mails.tolist(), moved.tolist(), strict=True)
    return SpamModel(fields[0], idf, weights, fields[1], fields[2], about, judged)


def known_answers(model: SpamModel) -> list[float]:
    """Its probabilities for EXAMPLES, none of which is anybody's mail."""
    return [round(model.predict(*mail).probability, 9) for mail in EXAMPLES]


def reading() -> str:
    """A fingerprint of the way from a mail to its tokens, whatever words a model knows."""
    read = [tokens(*mail) for mail in [*EXAMPLES, read_message(MESSAGE)]]
    return hashlib.sha256(json.dumps(read).encode()).hexdigest()[:16]


def history(registry: Path) -> list[str]:
    """The versions put to use so far, the latest last; rolled back ones are gone from it."""
    try:
        return (registry / "current").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it holds more than names of versions"
        raise ModelError(f"{registry / 'current'} cannot be read: {why}.") from error


def current(registry: Path) -> str:
    """The version in use."""
    if not (versions := history(registry)):
        raise ModelError(f"no model in {registry}: run `python -m service.train` first.")
    return versions[-1]


def promote(registry: Path, version: str) -> None:
    """Put a version to use, if it can be loaded."""
    load(registry, version)
    if history(registry)[-1:] != [version]:
        write_history(registry, [*history(registry), version])


def roll_back(registry: Path) -> str:
    """Put the version before this one to use again, and return its name."""
    versions = history(registry)
    if len(versions) < 2:
        raise ModelError("there is no earlier version to roll back to.")
    load(registry, versions[-2])
    write_history(registry, versions[:-1])
    return versions[-2]


def stored(registry: Path) -> list[str]:
    """The names of all versions in the registry, the oldest training first."""
    found = [path.name for path in registry.glob("*") if NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda version: (date(registry, version), version))


def facts(registry: Path) -> list[dict]:
    """One row for each stored version, the oldest training first.

    A row: version, date, bytes (on disk), in_use, error (None, or why it cannot be loaded), and from its
    passport data, metrics and notes, empty where it cannot be loaded.
    """
    rows, used = [], history(registry)[-1:]
    for version in stored(registry):
        try:
            about, error = load(registry, version).about, None
        except ModelError as problem:
            about, error = {}, str(problem)
        rows.append(
            {
                "version": version,
                "date": date(registry, version),
                "bytes": sum(file.stat().st_size for file in (registry / version).glob("*")),
                "in_use": [version] == used,
                "error": error,
                "data": about.get("data", {}),
                "metrics": about.get("metrics", {}),
                "notes": about.get("notes", []),
            }
        )
    return rows


def prune(registry: Path, keep: int = 2) -> list[str]:
    """Delete old versions and return their names.

    What stays: the version in use, the `keep` put to use before it, and those trained since, which may be
    waiting to be put to use.
    """
    used, wanted = history(registry), current(registry)
    stay = {*used[-1 - keep :], *(v for v in stored(registry) if date(registry, v) >= date(registry, wanted))}
    gone = [version for version in stored(registry) if version not in stay]
    write_history(registry, [version for version in used if version in stay])
    with writing(registry):
        for version in gone:
            remove(registry / version)
        remove_leftovers(registry)
    return gone


def date(registry: Path, version: str) -> str:
    """When a version was trained, in UTC (ISO 8601); "" where that is not noted."""
    try:
        return (registry / version / "date").read_text(encoding="ascii").strip()[:25]
    except (OSError, ValueError):
        return ""


# ----------------------------------------------------------------------------------- writing to disk


@contextlib.contextmanager
def writing(path: Path):
    """What the disk refuses, in a sentence."""
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror or error}.") from error


def holds(folder: Path, files: dict[str, bytes]) -> bool:
    """Whether a folder has these files with these contents."""
    try:
        return all((folder / name).read_bytes() == content for name, content in files.items())
    except OSError:
        return False


def write_history(registry: Path, versions: list[str]) -> None:
    """Write `current` so that a reader finds the old text or the new one, even after a crash."""
    if versions == history(registry):
        return
    with writing(registry):
        handle, new = tempfile.mkstemp(prefix=".current-", dir=registry)
        os.close(handle)
        try:
            write(Path(new), ("\n".join(versions) + "\n").encode())
            os.replace(new, registry / "current")
        except OSError:
            Path(new).unlink(missing_ok=True)
            raise
        sync(registry)


def write(path: Path, content: bytes) -> None:
    """Write a file that every user may read, and wait until it is on the disk."""
    with path.open("wb") as file:
        path.chmod(0o644)
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


def remove(folder: Path) -> None:
    """Delete a version's folder: first its name goes, so that no reader finds half of it."""
    with contextlib.suppress(FileNotFoundError):
        folder.rename(gone := folder.with_name(f".old-{folder.name}-{os.getpid()}"))
        shutil.rmtree(gone, ignore_errors=True)


def remove_leftovers(registry: Path) -> None:
    """Delete what killed writers left behind: a living one is done within an hour."""
    for pattern in (".new-*", ".old-*", ".current-*"):
        for path in registry.glob(pattern):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > 3600:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
