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
FEWEST = 50  # predictions: fewer say nothing


def psi(reference: dict, fresh: np.ndarray, bins: int = 10) -> float:
    """Population stability index of new scores against those of the passport: 0 for equal shares in all bins.

    The bins hold equal shares of the reference, and are fewer where scores are tied (to three digits). A case
    of the reference counts as often as its weight says. Half a case is added to each bin: none is empty.
    """
    scores, weight = np.round(reference["score"], 3), np.asarray(reference["weight"], float)
    up = np.argsort(scores, kind="stable")
    below = np.cumsum(weight[up]) / weight.sum()
    inner = np.searchsorted(below, np.linspace(0, 1, bins + 1)[1:-1])
    edges = np.unique(scores[up][np.minimum(inner, len(up) - 1)])
    shares = []
    for values, counted in ((scores, weight * len(weight) / weight.sum()), (np.round(fresh, 3), None)):
        in_bin = np.searchsorted(edges, values, side="left")
        counts = np.bincount(in_bin, weights=counted, minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def chance_level(reference: dict, n: int, draws: int = 500) -> float:
    """The PSI that n new cases exceed only rarely (CHANCE) if nothing has changed.

    Two kinds of chance are drawn: which cases the reference happens to hold, and which n come. Cases that
    come in bursts differ more than drawn ones: so the level is at least the largest PSI of n cases in a row
    in the reference itself (where its order means something: not if the cases have weights).
    """
    scores, weight = np.asarray(reference["score"]), np.asarray(reference["weight"], float)
    rng = np.random.default_rng(0)
    by_chance = []
    for _ in range(draws):
        world = rng.integers(0, len(scores), len(scores))
        come = rng.choice(world, n, p=weight[world] / weight[world].sum())
        by_chance.append(psi(reference, scores[come]))
    level = float(np.quantile(by_chance, CHANCE))
    if (weight == weight[0]).all():
        starts = range(0, len(scores) - n + 1, max(1, n // 2))
        level = max([level, *(psi(reference, scores[start : start + n]) for start in starts)])
    return level


def predictions(log: Path = serve.LOG) -> pd.DataFrame:
    """The log as a table: a line for each prediction, oldest first; `request` holds the fields as a dict."""
    with serve.connected(log) as base:
        table = pd.read_sql("select * from predictions order by id", base)
    table["request"] = table["request"].map(json.loads)
    return table


def report(table: pd.DataFrame, reference: dict) -> dict:
    """Of predictions (as `predictions` gives them) of one version: volume, share called, drift, alarm."""
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
    if len(table) < FEWEST:
        print(f"Only {len(table)} predictions by the version in use: they say nothing yet.", file=sys.stderr)
        return 1
    found = report(table, registry.load(in_use[-1])[1]["reference"])
    for what, value in found.items():
        print(f"{what}: {value if isinstance(value, bool) else round(value, 3)}")
    return int(found["alarm"])


if __name__ == "__main__":
    sys.exit(main())
