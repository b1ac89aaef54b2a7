"""Load the course's data sets from `data/`, and only files that are the ones the course was written with."""

import difflib
import hashlib
import io
import json
from pathlib import Path

# In a clone the data lie beside the package; a pip-installed coursekit carries its own copy inside.
_HOMES = [Path(__file__).parents[1] / "data", Path(__file__).parent / "data"]


def load(name):
    """Load one data set of the course by name; `data/README.md` describes each.

    Parameters
    ----------
    name : str
        For example "mails", "diabetes" or "fashion".

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_columns) for a table, a mapping of name -> array for "fashion", or
    dict of file name -> bytes for a folder of files such as "raw_mails".

    Raises
    ------
    ValueError
        If no data set has that name, or a file is not byte for byte the one in `data/MANIFEST.json`.
    FileNotFoundError
        If a file is missing.
    """
    home = next((home for home in _HOMES if (home / "MANIFEST.json").exists()), None)
    if home is None:
        raise FileNotFoundError("The course's data folder is missing. Clone again, or reinstall coursekit.")
    manifest = json.loads((home / "MANIFEST.json").read_text(encoding="utf-8"))
    if name not in manifest:
        raise ValueError(_unknown(name, sorted(manifest)))
    entry = manifest[name]
    if "folder" in entry:
        folder, files = entry["folder"], sorted(entry["files"].items())
        return {file: _verified(home, f"{folder}/{file}", digest) for file, digest in files}
    return _read(entry["file"], _verified(home, entry["file"], entry["sha256"]))


def _unknown(name, names):
    """One sentence that names the data sets nearest to a mistyped `name`."""
    near = difflib.get_close_matches(str(name), names, n=2, cutoff=0.5)
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"There is no data set called {name!r}.{guess} The course has: {', '.join(names)}."


def _verified(home, file, digest):
    """The bytes of `home/file`, once their SHA-256 is the hexadecimal `digest`."""
    restore = f"Get it back with: git checkout -- data/{file} (or reinstall coursekit)."
    if not (home / file).exists():
        raise FileNotFoundError(f"The data file {file} is missing. {restore}")
    content = (home / file).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"The data file {file} is incomplete or was changed. {restore}")
    return content


def _read(file, content):
    import numpy as np
    import pandas as pd  # here, not at the top: importing coursekit must stay quick

    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".npz": np.load}[Path(file).suffix]
    return read(io.BytesIO(content))
