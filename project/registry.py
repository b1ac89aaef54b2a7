"""The models that were trained: a folder for each version, and a small file that says which one is in use.

Nothing here is ever half written: a version, and the file, are made under another name and then renamed.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import joblib

MODELS = Path(__file__).resolve().parent / "models"


class RegistryError(Exception):
    """A version that is missing or damaged; the text says what to do."""


def save(model: Any, passport: dict, folder: Path = MODELS) -> str:
    """Store a fitted model with its passport as a new version; returns the version's name (v001, v002 …)."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    joblib.dump(model, fresh / "model.joblib")
    passport = passport | {"model_sha256": digest(fresh / "model.joblib")}
    (fresh / "passport.json").write_text(json.dumps(passport, indent=1), encoding="utf-8")
    fresh.chmod(0o755)  # mkdtemp lets nobody else read it, such as the account of a service
    name = f"v{max([int(old[1:]) for old in versions(folder)], default=0) + 1:03d}"
    fresh.rename(folder / name)
    return name


def versions(folder: Path = MODELS) -> list[str]:
    """The names of all versions, oldest first."""
    return sorted(path.name for path in folder.glob("v[0-9]*"))


def load(name: str, folder: Path = MODELS) -> tuple[Any, dict]:
    """The model of a version and its passport. The file is compared with its hash before it is opened: that
    finds damage, not an enemy. Loading runs code from the file, so load only what you stored yourself."""
    try:
        passport = json.loads((folder / name / "passport.json").read_text(encoding="utf-8"))
        whole = digest(folder / name / "model.joblib") == passport["model_sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise RegistryError(f"{name} is not here or cannot be read; there are {versions(folder)}.") from error
    if not whole:
        raise RegistryError(f"{name}/model.joblib is damaged: go back with `python train.py --roll-back`.")
    return joblib.load(folder / name / "model.joblib"), passport


def history(folder: Path = MODELS) -> list[str]:
    """The versions that were put to use, in order; the last one is in use now. Empty if there is none."""
    file = folder / "in_use.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def promote(name: str, folder: Path = MODELS) -> None:
    """Put a version to use, if it can be loaded. A running service takes it with its next request."""
    load(name, folder)
    write(history(folder) + [name], folder)


def roll_back(folder: Path = MODELS) -> str:
    """Put the version to use that was in use before, and return its name."""
    past = history(folder)
    if len(past) < 2:
        raise RegistryError("There is no earlier version to go back to.")
    load(past[-2], folder)
    write(past[:-1], folder)
    return past[-2]


def write(names: list[str], folder: Path) -> None:
    """Replace the file that says what is in use, in one step."""
    fresh = folder / "in_use.json.new"
    fresh.write_text(json.dumps(names), encoding="utf-8")
    os.replace(fresh, folder / "in_use.json")


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
