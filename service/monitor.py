"""The log of predictions, without the mails, and what it says: volume, drift, quality.

python -m service.monitor predictions.db            a report by day
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

TABLES = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, probability REAL NOT NULL,
    verdict TEXT NOT NULL, length INTEGER NOT NULL, known_words INTEGER NOT NULL, milliseconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS labels (id TEXT PRIMARY KEY, at REAL NOT NULL, is_spam INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS predictions_by_time ON predictions (at);
"""
INSERT = "INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
COMMIT_SECONDS = 0.5  # at most this much of the log is lost if the machine stops


class Row(NamedTuple):
    """One prediction in the log: `at` in seconds since 1970, `length` in characters. The text stays out."""

    id: str
    at: float
    model: str
    probability: float
    verdict: str
    length: int
    known_words: int
    milliseconds: float


class Log:
    """Writes predictions from a thread of its own, so that no answer waits for the disk."""

    def __init__(self, path: Path):
        connect(path).close()  # fails at once where the log cannot be written
        self._rows: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, args=(path,), daemon=True)
        self._thread.start()

    def add(self, row: Row) -> None:
        """Note one prediction."""
        self._rows.put(row)

    def close(self) -> None:
        """Write what is left and stop."""
        self._rows.put(None)
        self._thread.join()

    def _write(self, path: Path) -> None:
        database, more = connect(path), True
        while more:
            rows = [self._rows.get()]
            threading.Event().wait(COMMIT_SECONDS) if rows[0] else None
            while not self._rows.empty():
                rows.append(self._rows.get())
            more = None not in rows
            with database:
                database.executemany(INSERT, [row for row in rows if row])
        database.close()


def connect(path: Path) -> sqlite3.Connection:
    """The log, made if it does not exist yet; readers and the one writer do not stop each other."""
    database = sqlite3.connect(path, timeout=30)
    database.execute("PRAGMA journal_mode=WAL")
    database.executescript(TABLES)
    return database


def add_labels(path: Path, labels: Iterable[tuple[str, float, bool]]) -> None:
    """Note what became known later: id of the answer, when (seconds since 1970), and whether it was spam."""
    with connect(path) as database:
        database.executemany("INSERT OR REPLACE INTO labels VALUES (?, ?, ?)", labels)
    database.close()


# ---------------------------------------------------------------------------------------------- drift


def psi(reference: np.ndarray, window: np.ndarray, bins: int = 10) -> float:
    """Population stability index of two samples, over bins with equal shares of the reference.

    0 is no difference; what chance alone gives depends on the sizes: see `chance_level`.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    return index(
        *(np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1) for x in (reference, window))
    )


def index(expected: np.ndarray, found: np.ndarray) -> float:
    """PSI of two rows of counts; half a case is added to each, so that an empty bin is not infinite."""
    p, q = ((counts + 0.5) / (counts + 0.5).sum() for counts in (expected, found))
    return float(((q - p) * np.log(q / p)).sum())


def chance_level(n: int, n_reference: int, bins: int = 10, share: float = 0.99) -> float:
    """The PSI that windows of n cases stay below with this probability if nothing has changed (simulated)."""
    rng, equal = np.random.default_rng(0), np.full(bins, 1 / bins)
    expected = np.full(bins, n_reference / bins)
    return float(np.quantile([index(expected, found) for found in rng.multinomial(n, equal, 2000)], share))


def ks(reference: np.ndarray, window: np.ndarray) -> float:
    """Kolmogorov–Smirnov distance: the largest gap between two cumulative shares, 0 to 1."""
    both = np.sort(np.concatenate([reference, window]))
    shares = [np.searchsorted(np.sort(x), both, side="right") / len(x) for x in (reference, window)]
    return float(np.abs(shares[0] - shares[1]).max())


# --------------------------------------------------------------------------------------------- report


def report(path: Path, reference: dict[str, list[float]], seconds: float = 86_400) -> list[dict]:
    """One row for each window of time that has predictions.

    reference: for each of log_odds, length, known_words a sample of the training data's values.
    A row: start (seconds since 1970), n, model (the last one), shares moved and deleted, median_ms and
    p99_ms, psi and ks of each watched figure, level ("ok", "watch", "alarm"), and for the mails whose
    labels have arrived: labelled, precision, recall, good_lost (None where undefined).
    """
    database = connect(path)
    rows = database.execute(
        "SELECT predictions.at, model, probability, verdict, length, known_words, milliseconds, is_spam "
        "FROM predictions LEFT JOIN labels USING (id) ORDER BY predictions.at"
    ).fetchall()
    database.close()
    windows: dict[float, list] = {}
    for row in rows:
        windows.setdefault(row[0] // seconds * seconds, []).append(row)
    return [{"start": start, **window_row(some, reference)} for start, some in windows.items()]


def window_row(rows: list[tuple], reference: dict[str, list[float]]) -> dict:
    """The figures of one window."""
    _, models, probability, verdicts, length, known, milliseconds, labels = zip(*rows, strict=True)
    p = np.clip(np.array(probability), 1e-12, 1 - 1e-12)
    seen = {"log_odds": np.log(p / (1 - p)), "length": np.array(length), "known_words": np.array(known)}
    drift = {name: psi(np.array(reference[name]), values) for name, values in seen.items()}
    limit = chance_level(len(rows), len(reference["log_odds"]))
    worst = max(drift.values())
    called = np.array([verdict != "keep" for verdict in verdicts])
    return {
        "n": len(rows),
        "model": models[-1],
        "moved": float(called.mean()),
        "deleted": float(np.mean([verdict == "delete" for verdict in verdicts])),
        "median_ms": float(np.median(milliseconds)),
        "p99_ms": float(np.quantile(milliseconds, 0.99)),
        "psi": drift,
        "ks": {name: ks(np.array(reference[name]), values) for name, values in seen.items()},
        "psi_by_chance": limit,
        "level": "alarm" if worst > max(0.25, 2 * limit) else "watch" if worst > max(0.1, limit) else "ok",
        **quality(called, labels),
    }


def quality(called: np.ndarray, labels: tuple) -> dict:
    """Precision, recall and lost good mail of those whose label is known."""
    known = np.array([label is not None for label in labels])
    called, spam = called[known], np.array([label for label in labels if label is not None], bool)

    def share(of, where):
        return float(of[where].mean()) if where.any() else None

    return {
        "labelled": int(known.sum()),
        "precision": share(spam, called),
        "recall": share(called, spam),
        "good_lost": share(called, ~spam),
    }
