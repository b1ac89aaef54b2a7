"""What the log of predictions says: volume, drift, quality.

    python -m service.monitor predictions.db                 the last 14 days, a line for each
    python -m service.monitor predictions.db --days 7        the last 14 weeks
    python -m service.monitor predictions.db --forget 90     and delete what is older than 90 days

It compares with the training data of the version in use. The exit status is 1 if the last line says
"alarm", 2 if there can be no report, else 0: what a cron job needs to ring only when somebody should look.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np

from service.files import labelled_rows
from service.log import Log, Row, add_labels, connect
from service.model import ModelError, load

__all__ = ["Log", "Row", "add_labels", "report"]

DAY = 86_400
SHOWN = 14  # windows in the printed report
SOME, MUCH = 0.1, 0.25  # PSI: the usual levels of "some" and of "much" change
FALSE_ALARMS = 0.01  # share of windows that may ring although nothing has changed
DRAWS = 10_000  # simulated windows behind a chance level

# ---------------------------------------------------------------------------------------------- drift


def psi(reference: np.ndarray, window: np.ndarray, bins: int = 10) -> float:
    """Population stability index of two samples, over bins with equal shares of the reference.

    0 is no difference; what chance alone gives depends on the sizes: see `chance_level`.
    """
    return float(index(*counts(reference, window, bins)))


def counts(reference: np.ndarray, window: np.ndarray, bins: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """How many of each sample lie in each bin; where many values of the reference tie, bins are fewer."""
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    expected, found = (
        np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1) for x in (reference, window)
    )
    return expected, found


def index(expected: np.ndarray, found: np.ndarray) -> np.ndarray:
    """PSI of a row of counts and another, or each of several; half a case is added to each bin, so that an
    empty one is not infinite."""
    p, q = (
        (counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True)
        for counts in (np.asarray(expected), np.asarray(found))
    )
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def chance_level(n: int, n_reference: int, bins: int = 10, share: float = 0.99) -> float:
    """The PSI that windows of n cases stay below with this probability if nothing has changed (simulated)."""
    return by_chance((n_reference / bins,) * bins, n, share)


@functools.lru_cache(1000)
def by_chance(expected: tuple[float, ...], n: int, share: float) -> float:
    """The same for the counts of a reference's bins, which ties make unequal.

    "higher": a small window has few possible PSI, and the next lower one would be exceeded too often.
    """
    found = np.random.default_rng(0).multinomial(n, np.array(expected) / sum(expected), DRAWS)
    return float(np.quantile(index(expected, found), share, method="higher"))


def ks(reference: np.ndarray, window: np.ndarray) -> float:
    """Kolmogorov–Smirnov distance: the largest gap between two cumulative shares, 0 to 1."""
    both = np.sort(np.concatenate([reference, window]))
    shares = [np.searchsorted(np.sort(x), both, side="right") / len(x) for x in (reference, window)]
    return float(np.abs(shares[0] - shares[1]).max())


# --------------------------------------------------------------------------------------------- report


def report(
    path: Path,
    reference: dict[str, list[float]],
    seconds: float = DAY,
    end: float = 0.0,
    since: float = 0.0,
    model: str | None = None,
) -> list[dict]:
    """One row for each window of time that has predictions.

    reference: for each of log_odds, length, known_words a sample of the training data's values.
    Windows are `seconds` long and meet at `end`, a time in seconds since 1970; predictions before `since`
    and those of other versions than `model` are left out.

    A row: start (seconds since 1970), n, model (the last one), shares moved and deleted, median_ms and
    p99_ms, psi and ks of each watched figure, psi_by_chance, level, and for the mails whose labels have
    arrived: labelled, precision, recall, good_lost (None where undefined).

    level is "alarm" if a figure's PSI is above 0.25, "watch" if above 0.1, and above what chance gives in
    a window of this size, else "ok". Of windows in which nothing has changed at most one in a hundred is
    not "ok". psi_by_chance is the largest of the figures' chance levels.
    """
    chosen = (
        "SELECT predictions.at, model, probability, verdict, length, known_words, milliseconds, is_spam "
        "FROM predictions LEFT JOIN labels USING (id) "
        "WHERE predictions.at >= ? AND (? IS NULL OR model = ?) ORDER BY predictions.at"
    )
    # Read-only: whatever file is named by mistake, nothing is written to it.
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute(chosen, (since, model, model))
        windows = itertools.groupby(rows, lambda row: (row[0] - end) // seconds)
        return [{"start": end + n * seconds, **window_row(list(some), reference)} for n, some in windows]


def window_row(rows: list[tuple], reference: dict[str, list[float]]) -> dict:
    """The figures of one window."""
    _, models, probability, verdicts, length, known, milliseconds, labels = zip(*rows, strict=True)
    p = np.clip(np.array(probability), 1e-12, 1 - 1e-12)
    seen = {"log_odds": np.log(p / (1 - p)), "length": np.array(length), "known_words": np.array(known)}
    drift, limits = {}, {}
    for name, values in seen.items():
        expected, found = counts(np.array(reference[name]), values)
        drift[name] = float(index(expected, found))
        # Each figure is one more chance to ring for nothing, so they share the false alarms.
        limits[name] = by_chance(tuple(expected.tolist()), len(rows), 1 - FALSE_ALARMS / len(seen))
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
        "psi_by_chance": max(limits.values()),
        "level": level(drift, limits),
        **quality(called, labels),
    }


def level(drift: dict[str, float], limits: dict[str, float]) -> str:
    """ "ok", "watch" or "alarm"; equal to what chance gives, but for the last digit, is not above it."""
    above = [psi for name, psi in drift.items() if psi > limits[name] * (1 + 1e-9)]
    worst = max(above, default=0)
    return "alarm" if worst > MUCH else "watch" if worst > SOME else "ok"


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


# --------------------------------------------------------------------------------------------- command


def read_labels(path: Path) -> dict[str, bool]:
    """Labels by id of the answer, from a table with the columns id and is_spam; the last of one id counts.

    Raises ModelError.
    """
    rows, labels = labelled_rows(path, {"id"})
    return {(row["id"] or "").strip(): is_spam for row, is_spam in zip(rows, labels, strict=True)}


def forget(path: Path, before: float) -> int:
    """Delete predictions older than a time and labels without one; returns how many predictions.

    The file does not shrink, but the room is used again.
    """
    with contextlib.closing(connect(path)) as database, database:
        gone = database.execute("DELETE FROM predictions WHERE at < ?", (before,)).rowcount
        orphans = "DELETE FROM labels WHERE at < ? AND id NOT IN (SELECT id FROM predictions)"
        database.execute(orphans, (before,))
    return gone


def table(rows: list[dict]) -> str:
    """The report as text: a line for each window."""
    lines = [
        "                           PSI of                      by              mails with a label\n"
        "from (UTC)          mails  score  length  words  chance  moved  level    n  precision  recall  lost"
    ]
    for row in rows:
        start = time.strftime("%Y-%m-%d %H:%M", time.gmtime(row["start"]))
        score, length, words = row["psi"].values()
        found = ["-" if row[k] is None else f"{row[k]:.2f}" for k in ("precision", "recall", "good_lost")]
        lines.append(
            f"{start} {row['n']:8,}  {score:5.2f}  {length:6.2f}  {words:5.2f}  {row['psi_by_chance']:6.2f}"
            f"  {row['moved']:5.2f}  {row['level']:5} {row['labelled']:4}"
            f"  {found[0]:>9}  {found[1]:>6}  {found[2]:>4}"
        )
    lines.append(
        "by chance: what one quiet window of this size in a hundred exceeds. lost: good mail called spam."
    )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m service.monitor", description="Report on the predictions of the version in use."
    )
    parser.add_argument("log", type=Path, help="the file given to `python -m service --log`")
    parser.add_argument("--registry", type=Path, default=Path("models"), help="folder of versions (models)")
    parser.add_argument("--days", type=positive, default=1, help="length of a window (1); the last ends now")
    parser.add_argument("--forget", type=positive, metavar="DAYS", help="delete what is older than this")
    chosen = parser.parse_args(arguments)
    seconds, now = chosen.days * DAY, time.time()
    try:
        if not chosen.log.is_file():
            raise ModelError(f"there is no log {chosen.log}.")
        model = load(chosen.registry)
        version = model.about["version"]
        rows = report(chosen.log, model.about["reference"], seconds, now, now - SHOWN * seconds, version)
        gone = forget(chosen.log, now - chosen.forget * DAY) if chosen.forget else 0
    except (ModelError, sqlite3.Error) as error:
        print(f"No report: {chosen.log}: {error}", file=sys.stderr)
        return 2
    print(f"Predictions of version {version} in the last {SHOWN * chosen.days:g} days:")
    print(table(rows) if rows else "none")
    last = rows[-1] if rows and rows[-1]["start"] >= now - seconds else None
    if rows and not last:
        print(f"None in the last {chosen.days:g} days.")
    if chosen.forget:
        print(f"{gone:,} predictions older than {chosen.forget:g} days deleted.")
    return 1 if last and last["level"] == "alarm" else 0


def positive(text: str) -> float:
    """A number of days."""
    try:
        if 0 < (days := float(text)) < 100_000:
            return days
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is not a number of days.")


if __name__ == "__main__":
    sys.exit(main())
