"""Does the service meet the cases that the model was trained on, and what do its mistakes cost?

python monitor.py                 a report on the last 500 predictions
python monitor.py --last 2000
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import registry
import serve
from train import cost, interval

CHANCE = 0.99  # the alarm rings by chance in one report of a hundred


def psi(reference: np.ndarray, fresh: np.ndarray, bins: int = 10) -> float:
    """Population stability index of two sets of scores: 0 for equal shares in all bins.

    The bins hold equal shares of the reference, and are fewer where scores are tied (to three digits, since
    the models of the folds differ a little). Half a case is added to each bin, so that none is empty.
    """
    reference, fresh = reference.round(3), fresh.round(3)
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = []
    for scores in (reference, fresh):
        counts = np.bincount(np.searchsorted(edges, scores, side="left"), minlength=len(edges) + 1)
        shares.append((counts + 0.5) / (counts + 0.5).sum())
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def chance_level(reference: np.ndarray, n: int, draws: int = 500) -> float:
    """The PSI that n cases like those of training exceed only rarely (CHANCE), found by drawing them."""
    rng = np.random.default_rng(0)
    by_chance = [psi(reference, rng.choice(reference, n)) for _ in range(draws)]
    return float(np.quantile(by_chance, CHANCE))


def predictions(log: Path = serve.LOG) -> pd.DataFrame:
    """The log as a table: a line for each prediction, oldest first; `request` holds the fields as a dict."""
    with serve.connected(log) as base:
        table = pd.read_sql("select * from predictions order by id", base)
    table["request"] = table["request"].map(json.loads)
    return table


def report(table: pd.DataFrame, reference: list[float]) -> dict:
    """Of predictions (as `predictions` gives them) of one version: volume, share called, drift, alarm."""
    reference = np.asarray(reference)
    found = psi(reference, table["probability"].to_numpy())
    level = chance_level(reference, len(table))
    return {
        "predictions": len(table),
        "share called": float(table["called"].mean()),
        "PSI": found,
        "PSI by chance": level,
        "alarm": found > level,
    }


def price(table: pd.DataFrame, outcomes: dict[int, int]) -> dict:
    """What the predictions cost whose outcome is known by now: outcomes gives the target for each id."""
    known = table[table["id"].isin(list(outcomes))]
    target = known["id"].map(outcomes).to_numpy()
    paid = cost(target, known["called"].to_numpy())
    return {
        "outcomes known": len(known),
        "cost of a case": float(paid.mean()),
        "from and to (95 %)": interval(paid, known["id"]),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--last", type=int, default=500)
    chosen = parser.parse_args(arguments)
    in_use = registry.history()
    table = predictions() if serve.LOG.exists() else pd.DataFrame({"version": []})
    table = table[table["version"] == (in_use or [None])[-1]].tail(chosen.last)
    if table.empty:
        print(
            "No predictions yet by the version in use: start the service and send it some.", file=sys.stderr
        )
        return 1
    found = report(table, registry.load(in_use[-1])[1]["reference"])
    for what, value in found.items():
        print(f"{what}: {value if isinstance(value, bool) else round(value, 3)}")
    return int(found["alarm"])


if __name__ == "__main__":
    sys.exit(main())
