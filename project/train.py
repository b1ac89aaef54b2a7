"""Train the model of model.py, judge it once on the test cases, and store it as a new version.

python train.py              train; the first version is put to use, later ones wait
python train.py --promote    train, and put the new version to use if it surely costs no more
python train.py --roll-back  go back to the version before
"""

import argparse
import hashlib
import platform
import sys
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

import model as project
import registry

FIELDS = list(project.Row.model_fields)


def cost(target: np.ndarray, called: np.ndarray) -> np.ndarray:
    """What each case costs, in the unit of model.py. target and called: 1 or 0 for each case."""
    false_alarm = (called == 1) & (target == 0)
    miss = (called == 0) & (target == 1)
    return project.COST_FALSE_ALARM * false_alarm + project.COST_MISS * miss


def best_threshold(target: np.ndarray, probability: np.ndarray, weight: np.ndarray | float = 1.0) -> float:
    """The threshold with the lowest cost: a case with at least this probability is called."""
    values = np.unique(probability.round(6))
    if len(values) > 2000:
        values = np.quantile(values, np.linspace(0, 1, 2000))
    candidates = np.r_[0.0, values, 1.1]  # 0 calls everybody, 1.1 nobody
    costs = [(weight * cost(target, probability >= threshold)).sum() for threshold in candidates]
    return float(candidates[np.argmin(costs)])


def interval(
    values: np.ndarray, groups: np.ndarray, of: np.ndarray | float = 1.0, draws: int = 1000
) -> tuple:
    """A 95 % interval of sum(values) / sum(of), by drawing whole groups again (bootstrap)."""
    table = pd.DataFrame({"values": values, "of": of}).groupby(np.asarray(groups)).sum().to_numpy()
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(draws):
        total = table[rng.integers(0, len(table), len(table))].sum(axis=0)
        ratios.append(total[0] / total[1])
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def judge(
    target: np.ndarray, called: np.ndarray, groups: np.ndarray, weight: np.ndarray | float = 1.0
) -> dict:
    """Cost of a case by the model and without one, and what it saves, on the same cases, with intervals."""
    weight = np.broadcast_to(weight, len(target))
    without = {
        name: weight * cost(target, np.full(len(target), call))
        for name, call in [("everybody", 1), ("nobody", 0)]
    }
    name = min(without, key=lambda call: without[call].sum())
    paid = weight * cost(target, called)
    saved = without[name] - paid
    return {
        "cost of a case": float(paid.sum() / weight.sum()),
        f"cost of a case, calling {name}": float(without[name].sum() / weight.sum()),
        "saved by the model": float(saved.sum() / weight.sum()),
        "saved, from and to (95 %)": interval(saved, groups, weight),
        "saved share of the cost": float(saved.sum() / without[name].sum()),
        "saved share, from and to (95 %)": interval(saved, groups, without[name]),
        "recall": float(np.average(called[target == 1], weights=weight[target == 1])),
        "false alarms among the others": float(np.average(called[target == 0], weights=weight[target == 0])),
    }


def out_of_fold(table: pd.DataFrame) -> np.ndarray:
    """A probability for each case, by a model that was fitted without its group."""
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    return cross_val_predict(
        project.make_model(),
        table[FIELDS],
        table["target"],
        groups=table["group"],
        cv=folds,
        method="predict_proba",
    )[:, 1]


def weight_of(table: pd.DataFrame) -> np.ndarray:
    """How many cases out there each line stands for: 1 if the table does not say."""
    return table["weight"].to_numpy() if "weight" in table else np.ones(len(table))


def train(folder: Path = registry.MODELS) -> tuple[str, dict]:
    """Fit, judge, store. Returns the name of the version and its passport."""
    table = project.load_data()
    learn, test = table[~table["is_test"]], table[table["is_test"]]
    shared = set(learn["group"]) & set(test["group"])
    if shared:
        raise SystemExit(f"{len(shared)} groups have cases on both sides of the test: mend load_data().")
    scores = out_of_fold(learn)
    threshold = best_threshold(learn["target"].to_numpy(), scores, weight_of(learn))
    fitted = project.make_model().fit(learn[FIELDS], learn["target"])
    unseen = fitted.predict_proba(test[FIELDS])[:, 1]
    called = (unseen >= threshold).astype(int)
    passport = {
        "fields": FIELDS,
        "rows": {"learn": len(learn), "test": len(test)},
        "share with target 1": {"learn": learn["target"].mean(), "test": test["target"].mean()},
        "data_sha256": fingerprint(table),
        "threshold": threshold,
        "test": judge(test["target"].to_numpy(), called, test["group"].to_numpy(), weight_of(test)),
        # Of the model that serves, on cases it had not seen: monitor.py compares what comes in with these.
        "reference": {"score": unseen.round(6).tolist(), "weight": weight_of(test).tolist()},
        "trained with": {"python": platform.python_version()}
        | {name: installed(name) for name in ("numpy", "pandas", "scikit-learn")},
    }
    return registry.save(fitted, passport, folder), passport


def fingerprint(table: pd.DataFrame) -> str:
    """SHA-256 of a table: its columns, types, values and the order of its rows."""
    head = repr([(name, str(kind)) for name, kind in table.dtypes.items()]).encode()
    return hashlib.sha256(
        head + pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()
    ).hexdigest()


def surely_no_dearer(new: str, old: str, folder: Path = registry.MODELS) -> bool:
    """Both versions on the same test cases: does the interval of (old - new) costs reach above zero only?"""
    table = project.load_data()
    test = table[table["is_test"]]
    costs = []
    for name in (old, new):
        fitted, passport = registry.load(name, folder)
        called = fitted.predict_proba(test[passport["fields"]])[:, 1] >= passport["threshold"]
        costs.append(cost(test["target"].to_numpy(), called.astype(int)))
    weight = weight_of(test)
    return interval(weight * (costs[0] - costs[1]), test["group"].to_numpy(), weight)[0] >= 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--promote", action="store_true")
    choice.add_argument("--roll-back", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.roll_back:
            print(f"In use is {registry.roll_back()} again.")
            return 0
        name, passport = train()
        print(f"{name} is trained. On the test cases:")
        for what, value in passport["test"].items():
            print(f"  {what}: {np.round(value, 3)}")
        past = registry.history()
        if past and not chosen.promote:
            print(f"In use stays {past[-1]} (python train.py --promote compares both and decides).")
        elif past and registry.load(past[-1])[1]["fields"] != FIELDS:
            if passport["test"]["saved, from and to (95 %)"][0] < 0:
                print(
                    f"{past[-1]} has other fields, and {name} does not surely save anything: not put to use."
                )
                return 1
            registry.promote(name)
            print(
                f"In use is {name} now. ({past[-1]} has other fields, so {name} was compared with no model.)"
            )
        elif past and not surely_no_dearer(name, past[-1]):
            print(f"In use stays {past[-1]}: {name} does not surely cost less on the same cases.")
            return 1
        else:
            registry.promote(name)
            print(f"In use is {name} now.")
    except registry.RegistryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
