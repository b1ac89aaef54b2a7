"""The log of predictions, without the mails: one row an answer, and the labels that came later."""

from __future__ import annotations

import contextlib
import logging
import math
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TABLES = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, probability REAL NOT NULL,
    verdict TEXT NOT NULL, length INTEGER NOT NULL, known_words INTEGER NOT NULL, milliseconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS labels (id TEXT PRIMARY KEY, at REAL NOT NULL, is_spam INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS predictions_by_time ON predictions (at);
"""
INSERT = "INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
LABEL = "INSERT OR REPLACE INTO labels VALUES (?, ?, ?)"
COMMIT_SECONDS = 0.5  # at most this much of the log is lost if the machine stops
RETRY_SECONDS = 0.2
CLOSE_SECONDS = 5.0  # how long a service that stops tries to write what is left
WAITING = 50_000  # rows that may wait for the disk, about 20 MB; further ones are counted and lost
AT_ONCE = 5_000  # rows in one transaction

log = logging.getLogger("service.log")


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
    """Writes predictions from a thread of its own, so that no answer waits for the disk.

    While the file is locked or the disk full, rows wait for a better moment. `waiting` counts them, `lost`
    those for which there was no room. Raises sqlite3.Error where the log cannot be written at the start.
    """

    lost = 0
    _error: sqlite3.Error | None = None  # that of the last attempt to write

    def __init__(self, path: Path):
        connect(path).close()
        self._path, self._rows, self._stop = path, deque(), threading.Event()
        self._thread = threading.Thread(target=self._write_on, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Rows that are not in the file yet."""
        return len(self._rows)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the log, in one sentence."""
        if self._error or self.lost:
            return f"{self.waiting} predictions wait to be written, {self.lost} are lost."
        return None

    def add(self, row: Row) -> None:
        """Note one prediction."""
        if len(self._rows) < WAITING:
            self._rows.append(row)
        else:
            self.lost += 1

    def close(self) -> None:
        """Write what is left, if that can be done within CLOSE_SECONDS, and stop."""
        self._stop.set()
        self._thread.join()

    def _write_on(self) -> None:
        """Write until told to stop, whatever happens to the file; say when trouble begins and ends."""
        end = math.inf
        while end == math.inf or (self._rows and time.monotonic() < end):
            if end == math.inf and self._stop.wait(COMMIT_SECONDS):
                end = time.monotonic() + CLOSE_SECONDS
            try:
                while self._rows:
                    self._write()
                if self._error:
                    log.info("%s is written again", self._path)
                self._error = None
            except sqlite3.Error as error:
                if self._error is None:
                    log.error("%s cannot be written, rows wait: %s", self._path, error)
                self._error = error
                time.sleep(RETRY_SECONDS)
        if self._rows:
            self.lost += len(self._rows)
            log.error("%s: %d predictions are lost", self._path, len(self._rows))

    def _write(self) -> None:
        """Write the oldest rows. Opened anew each time: the file may have been moved or mended meanwhile."""
        rows = [self._rows[i] for i in range(min(len(self._rows), AT_ONCE))]
        with contextlib.closing(connect(self._path, seconds=1)) as database, database:
            database.executemany(INSERT, rows)
        for _ in rows:  # only now: they are in the file
            self._rows.popleft()


def connect(path: Path, seconds: float = 30) -> sqlite3.Connection:
    """The log, made if it does not exist yet; readers and the one writer do not stop each other.

    seconds: how long to wait for a lock. Raises sqlite3.Error.
    """
    database = sqlite3.connect(path, timeout=seconds)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(TABLES)
    except sqlite3.Error:
        database.close()
        raise
    return database


def note_labels(path: Path, at: float, labels: dict[str, bool]) -> int:
    """Note at this time (seconds since 1970) whether mails were spam, by the ids of their answers.

    Returns how many of the ids the log holds; the others are left out.
    """
    with contextlib.closing(connect(path, seconds=5)) as database:
        marks = ",".join("?" * len(labels))
        rows = database.execute(f"SELECT id FROM predictions WHERE id IN ({marks})", [*labels]).fetchall()
        with database:
            database.executemany(LABEL, [(name, at, labels[name]) for (name,) in rows])
    return len(rows)


def add_labels(path: Path, labels: Iterable[tuple[str, float, bool]]) -> None:
    """Note what became known later: id of the answer, when (seconds since 1970), and whether it was spam."""
    with contextlib.closing(connect(path)) as database, database:
        database.executemany(LABEL, labels)
