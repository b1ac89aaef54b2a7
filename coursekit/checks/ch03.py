"""The questions of chapter 3, data splitting."""

import contextlib
import functools
from unittest import mock

import joblib
import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from coursekit.checking import given, need, question
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


def row_numbers(rows, name, n_rows):
    """The rows as an array of whole numbers from 0 to n_rows - 1, none of them twice."""
    rows = np.asarray(list(rows) if np.iterable(rows) else rows)
    need(rows.ndim == 1, f"{name} is a list or array of row numbers.")
    need(
        rows.size == 0 or rows.dtype.kind in "iu",
        f"{name} holds {rows[:1]}: give row numbers; np.flatnonzero turns a condition into them.",
    )
    rows = rows.astype(int)
    inside = rows.size == 0 or rows.min() >= 0 and rows.max() < n_rows
    need(inside, f"{name} has numbers that are no row: there are {n_rows} rows, from 0 to {n_rows - 1}.")
    need(len(np.unique(rows)) == len(rows), f"{name} has a row number twice.")
    return rows


def three_parts(three_sets, left, seed):
    """What three_sets returns, as three arrays that hold each row once."""
    found = three_sets(left.copy(), seed)
    three = isinstance(found, (tuple, list)) and len(found) == 3
    need(three, "Return three arrays of row numbers: train, validation, test.")
    names = ("train", "validation", "test")
    parts = {name: row_numbers(rows, name, len(left)) for name, rows in zip(names, found, strict=True)}
    everything = np.concatenate(list(parts.values()))
    need(len(np.unique(everything)) == len(everything), "Some rows are in more than one set.")
    need(len(everything) == len(left), f"{len(left) - len(everything)} rows are in no set.")
    return parts


@question
def q1(three_sets):
    customers = (load("customers")["churn"] == "Yes").to_numpy()
    others = np.random.default_rng(1).random(1003) < 0.4
    for left in (customers, others):
        parts, again = (three_parts(three_sets, left, 1) for _ in range(2))
        for name, share in [("train", 0.6), ("validation", 0.2), ("test", 0.2)]:
            rows = parts[name]
            got = len(rows) / len(left)
            fits = abs(len(rows) - share * len(left)) < 3
            need(fits, f"{name} has {got:.1%} of {len(left)} rows, and {share:.0%} are asked for.")
            apart = abs(left[rows].sum() - left.mean() * len(rows))
            need(apart < 2.5, f"{name} has another share of customers who left: stratify both cuts.")
            same = set(rows) == set(again[name])
            need(same, f"Called twice with one seed it gives other rows for {name}: where does the seed go?")
        for seed in (2, 3):
            for name, rows in three_parts(three_sets, left, seed).items():
                both, chance = np.isin(rows, parts[name]).mean(), len(rows) / len(left)
                need(
                    abs(both - chance) < 0.15,
                    f"Two seeds share {both:.0%} of the rows of {name}, by chance it would be {chance:.0%}: "
                    "draw at random, by the seed.",
                )
                apart = abs(left[rows].sum() - left.mean() * len(rows))
                need(apart < 2.5, f"{name} has another share of customers who left: stratify both cuts.")
                steps = np.diff(np.sort(rows)) == 1
                need(steps.mean() < 0.9, f"{name} is one block of the rows: draw the rows at random.")


@question
def q2(half_width, n_needed):
    if given(half_width):
        for a, n in [(0.9, 250), (0.5, 1000), (0.97, 40), (0.8, 10_000)]:
            right, got = 1.96 * np.sqrt(a * (1 - a) / n), half_width(a, n)
            need(is_number(got), "half_width returns one number.")
            need(
                not np.isclose(got, right / 1.96), "That is one standard error: 95 % reach 1.96 times as far."
            )
            need(not np.isclose(got, 2 * right), "That is the whole width; the half width goes to one side.")
            need(not np.isclose(got, 1.96 * a * (1 - a) / n), "The square root is missing.")
            need(not np.isclose(got, 100 * right), "That is in per cent; accuracy and half width are shares.")
            need(
                np.isclose(got, right, rtol=0.005), f"For an accuracy of {a} on {n} rows it gives {got:.5f}."
            )
    if given(n_needed):
        need(is_number(n_needed) and np.isfinite(n_needed), "n_needed is one whole number.")
        n = float(n_needed)
        need(n == int(n), "n_needed is a whole number: no test set has half a row.")
        width = 1.96 * np.sqrt(0.09 / n) if n > 0 else np.inf
        need(width <= 0.01, f"With n_needed = {n:.0f} rows the half width is still above 0.01.")
        need(1.96 * np.sqrt(0.09 / (n - 1)) > 0.01, f"n_needed = {n:.0f} is more than it takes.")


def rounds_of(walk_forward, day, n_rounds, gap):
    """What walk_forward returns, as pairs of arrays of row numbers."""
    kept = day.copy()
    rounds = walk_forward(day, n_rounds, gap)
    need(np.iterable(rounds), "Return a list of pairs (train, test).")
    rounds = list(rounds)
    need(np.array_equal(day, kept), "walk_forward changed the days that it was given.")
    need(len(rounds) == n_rounds, f"Asked for {n_rounds} rounds, it gives {len(rounds)}.")
    pairs = all(np.iterable(pair) and len(pair) == 2 for pair in rounds)
    need(pairs, "Each round is a pair: (train, test).")
    return [
        (row_numbers(train, "train", len(day)), row_numbers(test, "test", len(day))) for train, test in rounds
    ]


@question
def q3(walk_forward):
    rng = np.random.default_rng(3)
    cases = [
        (np.arange(6), 2, 1),
        (rng.permutation(np.repeat(np.arange(10, 53), 3)), 4, 0),  # 43 days in 5 blocks
        (rng.integers(0, 60, 400), 3, 7),
        (rng.permutation(np.repeat([0, 1, 5, 6, 7, 20, 21, 22, 30, 31], 2)), 3, 2),  # days without rows
        (rng.integers(100, 111, 90), 1, 3),
        (rng.integers(0, 23, 200), 5, 5),  # the gap swallows the first block
    ]
    for day, n_rounds, gap in cases:
        days = np.unique(day)
        what = f"{len(days)} days, {n_rounds} rounds, gap {gap}"
        end, sizes = None, []
        for train, test in rounds_of(walk_forward, day, n_rounds, gap):
            need(test.size, f"{what}: a round tests nothing.")
            tested = np.unique(day[test])
            first, last = np.searchsorted(days, tested[[0, -1]])
            whole = np.isin(day, tested).sum() == len(test) and last - first + 1 == len(tested)
            need(whole, f"{what}: a round does not test all rows of a block of days.")
            follows = end is None or first == end + 1
            need(follows, f"{what}: a round does not begin on the day after the round before.")
            end = last
            sizes += [len(tested)] if sizes else [first, len(tested)]
            late = train.size and day[train].max() >= tested[0]
            need(not late, f"{what}: a training row is as late as a test row. Compare days, not positions.")
            allowed = day < tested[0] - gap
            need(allowed[train].all(), f"{what}: a training row is too close to the test.")
            need(
                len(train) == allowed.sum(),
                f"{what}: training rows are missing. Use every row early enough, from the first day on.",
            )
        need(end == len(days) - 1, f"{what}: the last day is never tested.")
        sizes = [int(size) for size in sizes]
        need(max(sizes) - min(sizes) <= 1, f"{what}: the blocks have {sizes} days, some too many or too few.")


@question
def q4(leaks):
    need(isinstance(leaks, dict), 'leaks is a dictionary such as {"A": "none", …}.')
    need(set(leaks) == set("ABCD"), "Give one word to each of the letters A, B, C and D.")
    words = ["preprocessing", "duplicates", "target", "future", "selection", "none"]
    # A bill that follows from leaving is the target in disguise, and is not there yet when one predicts.
    hints = {
        "A": ({"target", "future"}, "A: when is a final bill sent, and why?"),
        "B": (
            {"future"},
            "B: the split is fine. Which of the days in that mean are known the evening before?",
        ),
        "C": ({"selection"}, "C: whose labels decided which 50 columns stay?"),
        "D": ({"none"}, "D: which rows does each of his steps see, and what could come back twice?"),
    }
    for letter, (right, hint) in hints.items():
        if given(leaks[letter]):
            word = str(leaks[letter]).strip().lower()
            known = isinstance(leaks[letter], str) and word in words
            need(known, f"{letter}: use one of the words {', '.join(map(repr, words))}.")
            need(word in right, hint)


def made_table(seed, signal=0, pills=False, n=200, noise=30, copies=3, gaps=0.05, sick=0.5):
    """A table like the exercise's: people with repeated rows, planted signal and planted leaks."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < sick).astype(int)
    columns = {name: rng.normal(size=n) + signal * y for name in ("age", "bmi", "waist")}
    columns["takes_pills"] = y.astype(float) if pills else rng.integers(0, 2, n).astype(float)
    columns |= {f"noise_{i}": rng.normal(size=n) for i in range(noise)}
    table = pd.DataFrame({"person": np.arange(n), **columns, "diabetes": y})
    table.loc[rng.random(n) < gaps, "bmi"] = np.nan
    return pd.concat([table] * copies, ignore_index=True)


STEPS = [SimpleImputer(), StandardScaler(), SelectKBest(k=5), KNeighborsClassifier(5)]  # the colleague's
HARMLESS = ("n_jobs", "copy", "algorithm", "leaf_size")  # settings that change no score


@contextlib.contextmanager
def watched():
    """While it lasts, the list that it gives gets (step, method, X) of each call of STEPS."""
    seen = []

    def watch(kind, method):
        call = getattr(kind, method)

        @functools.wraps(call)  # scorers look a method up by its name
        def watching(self, X, *more, **named):
            seen.append((self, method, X))
            return call(self, X, *more, **named)

        return mock.patch.object(kind, method, watching)

    with contextlib.ExitStack() as patches:
        for step in STEPS:
            patches.enter_context(watch(type(step), "fit"))
        patches.enter_context(watch(KNeighborsClassifier, "predict_proba"))
        yield seen


def need_the_same_model(honest_scores):
    """Run it once on a small table, and require the colleague's steps, each fitted inside the folds."""
    people = 60
    table = made_table(9, n=people, noise=12, copies=2, gaps=0.6)
    with watched() as seen:
        scores = np.asarray(honest_scores(table.copy()), dtype=float)
    need(scores.ndim == 1, "Return the five scores of the folds, not their mean.")
    need(len(scores) == 5, f"Return five scores, one of each fold; these are {len(scores)}.")
    need(np.isfinite(scores).all(), f"The scores are {scores.round(2)}: some folds gave none.")
    sizes = {}
    for step in STEPS:
        name = type(step).__name__
        fits = [call for call in seen if isinstance(call[0], type(step)) and call[1] == "fit"]
        need(fits, f"No {name} was fitted: keep all four steps of the colleague's model.")
        for used in [call[0] for call in fits]:
            own, asked = used.get_params(), step.get_params()
            other = [key for key in asked if key not in HARMLESS and repr(own[key]) != repr(asked[key])]
            told = ", ".join(f"{key}={getattr(own[key], '__name__', own[key])}" for key in other)
            need(not other, f"{name} has {told}: the same model as the colleague's is asked for.")
        sizes[name] = [np.shape(X) for _, _, X in fits]
    rows = {name: max(rows for rows, _ in those) for name, those in sizes.items()}
    columns = {name: max(columns for _, columns in those) for name, those in sizes.items()}
    most = rows["KNeighborsClassifier"]
    need(most <= len(table), f"Given {len(table)} rows, it learns from {most}: use the table that is given.")
    need(most > 0.75 * people, f"Of {people} people with 2 rows each only {most} rows are learnt from.")
    five = columns["KNeighborsClassifier"] == 5
    need(five, f"{columns['KNeighborsClassifier']} features reach KNeighborsClassifier; five are asked for.")
    early = [name for name in rows if rows[name] > most]
    need(not early, f"{', '.join(early)}: fitted on more rows than the model; do that in the folds.")
    offered, features = columns["SelectKBest"], table.columns.str.match("age|bmi|waist|noise_").sum()
    need(
        offered == features,
        f"Of a table with {features} features, {offered} columns reach the selection. Which ones?",
    )
    # Held-out rows are a quarter of the others: a step that was fitted on so few was fitted on those.
    few = [name for name, those in sizes.items() if min(those)[0] < most / 2]
    need(not few, f"{', '.join(few)}: fitted on the rows held out, too; those are only transformed.")
    for X in [X for step, method, X in seen if type(step) is type(seen[0][0]) and method == "fit"]:
        X = pd.DataFrame(X).to_numpy("float32", na_value=np.nan)
        need(
            np.isnan(X).any(),
            "All gaps are filled before the first step sees them: leave that to SimpleImputer.",
        )
        as_given = np.isin(X[~np.isnan(X)], table.to_numpy("float32")).all()
        need(
            as_given,
            "The first step gets other values than the table's: what changed them, before the folds?",
        )
    shares = [method for _, method, _ in seen if method == "predict_proba"]
    need(shares, 'It never asks for predict_proba, whose shares scoring="roc_auc" takes.')
    need(np.ptp(scores) > 0, "The five scores are all the same: give the score of each fold.")


@question
def q5(honest_scores):
    # In this process only: starting others takes long, and what they fit is not seen here.
    with joblib.parallel_config(backend="sequential"):
        need_the_same_model(honest_scores)

        def mean(**how):
            return float(np.mean([honest_scores(made_table(seed, **how)) for seed in range(2)]))

        told = mean(pills=True, copies=1, sick=0.2)
        need(
            told < 0.65,
            f"On pure noise, with one column that follows from the answer, it reports {told:.2f}: what does "
            "the model see that it must not?",
        )
        need(told > 0.35, f"On pure noise it reports {told:.2f}, where the area of guessing is 0.5.")
        again = mean(copies=3)
        need(again < 0.65, f"On pure noise with repeated rows it reports {again:.2f}: who is on both sides?")
        real = mean(signal=1.5, copies=3)
        need(real > 0.8, f"Where age, bmi and waist tell a lot the AUC is only {real:.2f}: what is selected?")
