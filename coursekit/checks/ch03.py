"""The questions of chapter 3, data splitting."""

import numpy as np
import pandas as pd

from coursekit.checking import need, question


@question
def q1(train, validation, test, left):
    parts = {"train": train, "validation": validation, "test": test}
    for name, rows in parts.items():
        rows = np.asarray(rows)
        need(rows.ndim == 1 and rows.size > 0, f"{name} is a list or array of row numbers.")
        need(rows.dtype.kind in "iu", f"{name} must hold row numbers: split np.arange(len(left)).")
    everything = np.concatenate([np.asarray(rows) for rows in parts.values()])
    need(len(np.unique(everything)) == len(everything), "Some rows are in more than one set.")
    need(
        np.array_equal(np.sort(everything), np.arange(len(left))),
        "Some rows are in no set, or do not exist.",
    )
    for name, share in [("train", 0.6), ("validation", 0.2), ("test", 0.2)]:
        got = len(parts[name]) / len(left)
        need(abs(got - share) < 0.002, f"{name} has {got:.1%} of the rows, and {share:.0%} are asked for.")
        rows = np.asarray(parts[name])
        off = abs(left[rows].sum() - left.mean() * len(rows))
        need(off < 1.6, f"{name} has another share of customers who left: stratify both cuts.")
        need(
            (np.diff(np.sort(rows)) == 1).mean() < 0.9,
            f"{name} is one block of the file: draw the rows at random.",
        )


@question
def q2(half_width, n_needed):
    for a, n in [(0.9, 100), (0.5, 1000), (0.97, 40)]:
        right, got = 1.96 * np.sqrt(a * (1 - a) / n), half_width(a, n)
        need(not np.isclose(got, right / 1.96), "That is one standard error: 95 % reach 1.96 times as far.")
        need(not np.isclose(got, 2 * right), "That is the whole width; the half width goes to one side.")
        need(not np.isclose(got, 1.96 * a * (1 - a) / n), "The square root is missing.")
        need(np.isclose(got, right, rtol=0.005), f"For an accuracy of {a} on {n} rows it gives {got:.4f}.")
    n = float(n_needed)
    need(n == int(n), "n_needed is a whole number: no test set has half a row.")
    width = 1.96 * np.sqrt(0.09 / n) if n > 0 else np.inf
    need(width <= 0.01, f"With n_needed = {n:.0f} rows the half width is still above 0.01.")
    need(1.96 * np.sqrt(0.09 / (n - 1)) > 0.01, f"n_needed = {n:.0f} is more than it takes.")


@question
def q3(walk_forward):
    rng = np.random.default_rng(3)
    cases = [(np.arange(6), 2, 1), (rng.permutation(np.repeat(np.arange(10, 50), 3)), 4, 0)]
    cases.append((rng.integers(0, 60, 400), 3, 7))
    cases.append((np.array([0, 1, 5, 6, 7, 20, 21, 22]), 3, 2))  # days without rows
    for day, n_rounds, gap in cases:
        rounds = list(walk_forward(day, n_rounds, gap))
        need(len(rounds) == n_rounds, f"Asked for {n_rounds} rounds, it gives {len(rounds)}.")
        need(all(len(pair) == 2 for pair in rounds), "Each round is a pair: (train, test).")
        blocks = np.array_split(np.unique(day), n_rounds + 1)
        for (train, test), block in zip(rounds, blocks[1:], strict=True):
            train, test = np.asarray(train), np.asarray(test)
            need(
                train.dtype.kind in "iu" and test.dtype.kind in "iu",
                "Give row numbers; np.flatnonzero turns a condition into them.",
            )
            last = max(test.max(initial=-1), train.max(initial=0))
            need(len(test) > 0 and last < len(day), "Give row numbers, not days.")
            need(
                train.size == 0 or day[train].max() < day[test].min(),
                "A training row is as late as a test row: compare days, not positions.",
            )
            need(
                set(day[test]) == set(block) and len(test) == np.isin(day, block).sum(),
                "A round does not test all rows of its block of days.",
            )
            allowed = np.flatnonzero(day < block[0] - gap)
            need(set(train) <= set(allowed), f"With a gap of {gap} a training row is too close to the test.")
            need(
                set(train) == set(allowed),
                "Training rows are missing: use every row that is early enough, from the first day on.",
            )


@question
def q4(leaks):
    need(isinstance(leaks, dict), 'leaks is a dictionary such as {"A": "none", …}.')
    need(set(leaks) == set("ABCD"), "Give one word to each of the letters A, B, C and D.")
    words = {"preprocessing", "duplicates", "target", "future", "selection", "none"}
    need(set(leaks.values()) <= words, f"Use only the words {', '.join(sorted(words))}.")
    hints = {
        "A": ("target", "A: when is a final bill sent, and why?"),
        "B": ("future", "B: the split is fine. Which of the days in that mean are known the evening before?"),
        "C": ("selection", "C: whose labels decided which 50 columns stay?"),
        "D": ("none", "D: which rows does each of his steps see, and what could come back twice?"),
    }
    for letter, (word, hint) in hints.items():
        need(leaks[letter] == word, hint)


def made_table(seed, signal, pills, gaps=0.05, n=100, copies=3):
    """A table like the exercise's: people with repeated rows, planted signal and planted leaks."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    columns = {name: rng.normal(size=n) + signal * y for name in ("age", "bmi", "waist")}
    columns["takes_pills"] = y.astype(float) if pills else rng.integers(0, 2, n).astype(float)
    columns |= {f"noise_{i}": rng.normal(size=n) for i in range(250)}
    table = pd.DataFrame({"person": np.arange(n), **columns, "diabetes": y})
    table.loc[rng.random(n) < gaps, "bmi"] = np.nan
    return pd.concat([table] * copies, ignore_index=True)


@question
def q5(honest_scores):
    def mean(*, signal, pills, copies):
        tables = [made_table(seed, signal, pills, copies=copies) for seed in range(2)]
        scores = [np.asarray(honest_scores(table), dtype=float) for table in tables]
        need(all(s.shape == (5,) for s in scores), "Return the five scores of the folds, not their mean.")
        return float(np.mean(scores))

    told = mean(signal=0, pills=True, copies=1)
    again = mean(signal=0, pills=False, copies=3)
    if max(told, again) >= 0.62:  # only then look which of the leaks it is
        alone = mean(signal=0, pills=False, copies=1)
        need(alone < 0.62, f"On pure noise it reports {alone:.2f}: a step sees the labels of the test rows.")
    need(told < 0.62, f"It reports {told:.2f} where only a column that follows from the answer knows it.")
    need(again < 0.62, f"On pure noise with repeated rows it reports {again:.2f}: who is on both sides?")
    real = mean(signal=1.5, pills=False, copies=3)
    need(
        real > 0.85,
        f"Where age, bmi and waist tell a lot the AUC is only {real:.2f}: do they reach the selection, do "
        "only five columns reach the model, and does it use the table it is given?",
    )
