"""The questions of chapter 7, evaluation and tuning."""

import numpy as np
import pandas as pd

from coursekit.checking import need, question

METRICS = ["accuracy", "precision", "recall", "specificity", "f1", "f2", "balanced_accuracy", "mcc"]


def eight_metrics(TN, FP, FN, TP):
    """The eight metrics of question 1."""
    P, R, S = TP / (TP + FP), TP / (TP + FN), TN / (TN + FP)
    return {
        "accuracy": (TP + TN) / (TN + FP + FN + TP),
        "precision": P,
        "recall": R,
        "specificity": S,
        "f1": 2 * P * R / (P + R),
        "f2": 5 * P * R / (4 * P + R),
        "balanced_accuracy": (R + S) / 2,
        "mcc": (TP * TN - FP * FN) / np.sqrt((TP + FP) * (TP + FN) * (TN + FP) * (TN + FN)),
    }


@question
def q1(scores):
    for TN, FP, FN, TP in [(83, 2, 5, 10), (40, 30, 7, 21), (500, 3, 60, 9)]:
        got = scores(np.array([[TN, FP], [FN, TP]]))
        need(isinstance(got, dict), "Return a dictionary.")
        need(set(got) == set(METRICS), f"The keys are {', '.join(METRICS)}.")
        right, P, R = eight_metrics(TN, FP, FN, TP), TP / (TP + FP), TP / (TP + FN)
        where = f"For [[{TN}, {FP}], [{FN}, {TP}]]: "
        need(
            not (np.isclose(got["precision"], R) and np.isclose(got["recall"], P)),
            where + "precision and recall have changed places. Does a row stand for the truth?",
        )
        flipped = eight_metrics(TP, FN, FP, TN)
        need(
            not (
                np.isclose(got["precision"], flipped["precision"])
                and np.isclose(got["recall"], flipped["recall"])
            ),
            where
            + "that takes the first class as the positive one; scikit-learn puts the negative one first.",
        )
        need(not np.isclose(got["f1"], 2 * (1 / P + 1 / R)), where + "an F1 above 1 cannot be.")
        need(not np.isclose(got["f1"], (P + R) / 2), where + "f1 is the plain mean of precision and recall.")
        need(not np.isclose(got["f2"], 3 * P * R / (2 * P + R)), where + "in f2 the β is squared.")
        need(not np.isclose(got["f2"], 5 * P * R / (P + 4 * R)), where + "f2 must lean to the recall.")
        for name in METRICS:
            need(
                np.isclose(got[name], right[name]), where + f"{name} is {got[name]:.3f}. Look at its formula."
            )


def figures(matrix):
    """Precision, recall and F1 of each class."""
    right, rows, columns = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return pd.DataFrame(
        {"precision": right / columns, "recall": right / rows, "f1": 2 * right / (rows + columns)}
    )


def impossible(matrix, printed, digits=2):
    gap = (figures(matrix) - printed).abs()
    return {name: np.flatnonzero(gap[name] > 0.5 * 10.0**-digits + 1e-9).tolist() for name in gap}


def made_page(rng, n, digits):
    """A matrix with unequal rows, its report, and a few planted errors."""
    matrix = rng.integers(0, 9, (n, n)) + np.diag(rng.integers(20, 300, n))
    printed = figures(matrix).round(digits)
    for name in printed:
        for place in rng.choice(n, 2, replace=False):
            printed.loc[place, name] += rng.choice([-1, 1]) * rng.integers(1, 4) * 10.0**-digits
    return matrix, printed


@question
def q2(audit, page, printed):
    rng = np.random.default_rng(7)
    pages = [
        (page, printed, 2),
        *[(*made_page(rng, n, digits), digits) for n, digits in [(4, 2), (6, 3), (3, 1)]],
    ]
    for matrix, shown, digits in pages:
        got = audit(matrix.copy(), shown.copy(), digits)
        need(isinstance(got, dict) and set(got) == set(shown), "Return a dictionary: precision, recall, f1.")
        listed = all(not isinstance(part, (str, bool, int, float)) for part in got.values())
        need(listed, "Each value is a list of class numbers.")
        got = {name: sorted(int(k) for k in part) for name, part in got.items()}
        right = impossible(matrix, shown, digits)
        size = f"On a page of {len(matrix)} classes with {digits} digits "
        swapped = impossible(matrix.T, shown, digits)
        both = all(got[name] == swapped[name] != right[name] for name in ("precision", "recall"))
        need(not both, "You divide by the wrong sums: a row is the truth, a column the verdict.")
        for name in shown:
            extra, missed = set(got[name]) - set(right[name]), set(right[name]) - set(got[name])
            P, R = shown["precision"], shown["recall"]
            own = np.abs(2 * P * R / (P + R) - shown["f1"]) > 0.5 * 10.0**-digits + 1e-9
            need(
                name != "f1" or got[name] == right[name] or got[name] != np.flatnonzero(own).tolist(),
                "Your F1 follows from the printed precision and recall. What does the matrix say?",
            )
            need(
                not extra,
                f"{size}class {min(extra, default=0)} is accused for its {name}, which is only rounded.",
            )
            need(
                not missed,
                f"{size}the {name} of class {min(missed, default=0)} gets through. How far reaches rounding?",
            )


def ranges(matrix):
    least, most = np.maximum(matrix - 0.5, 0), matrix + 0.5
    off = 1 - np.eye(len(matrix))
    low, high = np.diag(least), np.diag(most)
    return low / (low + (most * off).sum(axis=0)), high / (high + (least * off).sum(axis=0))


@question
def q3(precision_range, rescued, verdict, page, printed):
    rng = np.random.default_rng(3)
    for matrix in (page, rng.integers(0, 5, (5, 5)) + 60 * np.eye(5, dtype=int)):
        got = precision_range(matrix.copy())
        need(len(got) == 2, "Return two arrays: the lowest and the highest.")
        low, high = (np.asarray(part, dtype=float) for part in got)
        need(low.shape == high.shape == (len(matrix),), "Each array has one number for each class.")
        d, columns, n = np.diag(matrix), matrix.sum(axis=0), len(matrix)
        right, by_row = ranges(matrix), ranges(matrix.T)
        need(
            not np.allclose(low, by_row[0]), "That is the range of the recall: precision looks down a column."
        )
        now = d / columns
        need((low <= now).all() and (high >= now).all(), "The precision as printed must lie in the range.")
        alone = np.allclose(low, (d - 0.5) / columns) or np.allclose(low, (d - 0.5) / (columns - 0.5))
        need(not alone, "Only the diagonal moves in your range. The other entries are rounded, too.")
        need(np.allclose(low, right[0], atol=1e-6), "Look at the lowest: diagonal small, the others large.")
        below = (d + 0.5) / (columns + 0.5 - 0.5 * (n - 1))
        need(not np.allclose(high, below), "An entry of 0 cannot be below 0.")
        need(np.allclose(high, right[1], atol=1e-6), "Look at the highest: diagonal large, the others small.")
    low, high = ranges(page)
    P = printed["precision"].to_numpy()
    inside = int(((low <= P) & (high >= P)).sum())
    meets = int(((low <= P + 0.005) & (high >= P - 0.005)).sum())
    right_as_counts = int((np.abs(figures(page)["precision"] - P) <= 0.005).sum())
    need(rescued != right_as_counts or rescued == meets, "These were possible as counts already.")
    need(
        rescued != inside or inside == meets,
        "The printed precisions are rounded, too: half a digit each way.",
    )
    need(rescued == meets, f"rescued is {rescued}. Count the classes whose two intervals meet, of ten.")
    need(isinstance(verdict, str), 'verdict is one of "impossible", "possible" and "true".')
    need(verdict in ("impossible", "possible", "true"), 'Choose from "impossible", "possible" and "true".')
    need(
        verdict != "impossible", "What would a report on images print? Compare it with the page, in per cent."
    )
    need(
        verdict == "possible",
        "One matrix that prints the page shows that it can be. Does it show that it was?",
    )


def mean_agreement(y, score):
    return float(np.mean(np.equal(y, score > 0.5)))


@question
def q4(difference_interval):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 800)
    first = np.where(rng.random(800) < 0.75, y, 1 - y).astype(float)
    second = np.where(rng.random(800) < 0.12, y, first)
    got = difference_interval(y, first, second, mean_agreement)
    need(np.shape(got) == (2,), "Return two numbers: (low, high).")
    low, high = map(float, got)
    gap = np.equal(y, second).astype(float) - np.equal(y, first)
    mean, error = gap.mean(), gap.std() / np.sqrt(len(y))
    need(low <= high, "The lower end comes first.")
    need(not low < -mean < high, "Mind the sign: the second minus the first.")
    need(low < mean < high, f"The interval [{low:.3f}, {high:.3f}] does not hold the difference itself.")
    width, right = high - low, 2 * 1.96 * error
    need(width > 0.2 * right, "Far too narrow. More draws do not make the score itself surer.")
    need(
        width < 1.5 * right,
        "Far too wide. Both models judge the same cases: one draw of rows for both.",
    )
    need(width < 1.17 * right, "Too wide for 95 %: which quantiles do you take?")
    need(width > 0.86 * right, "Too narrow for 95 %: which quantiles, and how many rows a draw?")
    calls = []

    def counted(y, score):
        calls.append(len(y))
        return mean_agreement(y, score)

    difference_interval(y, first, second, counted, n_draws=60)
    need(100 <= len(calls) <= 140, "n_draws says how often to draw; each draw needs the metric twice.")
    need(set(calls[2:-2]) == {len(y)}, "Draw as many cases as there are.")


def best_bill(score, y, fold, costs):
    """Bill of thresholds that were chosen on the other folds, from all candidates."""
    acted = np.zeros(len(y), int)
    for number in np.unique(fold):
        rest = fold != number
        borders = np.append(np.unique(np.quantile(score[rest], np.linspace(0, 1, 400))), np.inf)
        prices = [costs[y[rest], (score[rest] >= border).astype(int)].mean() for border in borders]
        acted[~rest] = score[~rest] >= borders[np.argmin(prices)]
    return costs[y, acted].mean(), acted


@question
def q5(decide):
    rng = np.random.default_rng(5)
    y = (rng.random(1500) < 0.3).astype(int)
    fold, score = rng.permutation(np.arange(1500) % 5), rng.normal(2.5 * y, 1) - 4
    dear, cheap = np.array([[0, 3], [5, 3]]), np.array([[0.0, 1.0], [40.0, 2.0]])
    for name, costs in [("acting is dear", dear), ("acting is cheap", cheap)]:
        got = np.asarray(decide(score, y, fold, costs))
        need(got.shape == y.shape and np.isin(got, [0, 1]).all(), "Return one 0 or 1 for each row.")
        got = got.astype(int)
        found, right = costs[y, got].mean(), best_bill(score, y, fold, costs)[0]
        need(
            got.any() or best_bill(score, y, fold, costs)[1].sum() < 30,
            f"Where {name} nobody is acted on. Scores need not lie between 0 and 1.",
        )
        why = "it does not act on higher scores, or from the wrong border on."
        need(found <= 1.06 * right, f"Where {name} the bill is {found / right:.0%} of what it can be: {why}")
    useless = rng.normal(size=1500)
    free, awful = np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[0.0, 50.0], [1.0, 50.0]])
    everybody, nobody = (np.asarray(decide(useless, y, fold, costs)) for costs in (free, awful))
    need(everybody.mean() > 0.99, "Where acting is free, everybody should be acted on.")
    need(nobody.mean() < 0.01, "Where acting costs 50 and a miss 1, nobody should be acted on.")
    odd = np.where(fold == 0, score + 100, score)  # in fold 0 only its own labels know the right border
    got = np.asarray(decide(odd, y, fold, dear))
    need(
        got[fold == 0].mean() > 0.99,
        "In a fold whose scores are shifted, its own labels moved the threshold.",
    )
    got = got.astype(int)[fold != 0]
    others = fold != 0
    right = dear[y[others], (score[others] >= 0).astype(int)].mean()
    need(
        dear[y[others], got].mean() <= right * 1.05,
        "Where one fold is odd, the others lose their thresholds: try enough candidates.",
    )


class Landscape:
    """A valley over three settings, two of which matter, with noise and a count of what was spent."""

    def __init__(self, seed, budget):
        self.rng, self.budget, self.spent = np.random.default_rng(seed), budget, 0.0
        self.bottom, self.weights = self.rng.uniform(0.15, 0.85, 3), np.array([14.0, 8.0, 0.5])

    def error(self, point):
        """The error without noise, above the best possible one."""
        return float(self.weights @ (np.asarray(point, dtype=float) - self.bottom) ** 2)

    def __call__(self, point, share=1.0):
        point = np.asarray(point, dtype=float)
        need(point.shape == (3,), "A point is three numbers.")
        need(((point >= 0) & (point <= 1)).all(), "A point left the range from 0 to 1.")
        need(0 < share <= 1, "A share lies between 0 and 1.")
        self.spent += max(share, 0.01)
        need(self.spent <= self.budget + 1e-6, f"It spends more than the budget of {self.budget}.")
        return 30 + self.error(point) + self.rng.normal(0, 0.05 / np.sqrt(share))


@question
def q6(search):
    own, chance, unused = [], [], 0
    for seed in range(12):
        world = Landscape(seed, 30)
        point = search(world, 30, seed)
        is_point = np.shape(point) == (3,)
        need(is_point, "Return the point itself, three numbers, not its error.")
        need(all(0 <= float(x) <= 1 for x in point), "The point lies outside the range from 0 to 1.")
        own.append(world.error(point))
        unused += world.spent < 1
        for draw in range(5):
            same = Landscape(seed, 30)
            points = np.random.default_rng([seed, draw]).random((30, 3))
            chance.append(same.error(min(points, key=same)))
    need(not unused, "It never asks evaluate: how does it know which point is good?")
    ratio = np.mean(own) / np.mean(chance)
    said = f"On average your point is {ratio:.0%} as far above the best possible error as random search's."
    need(ratio < 3, f"{said} Do you return the point with the lowest error?")
    need(ratio <= 0.65, f"{said} Reach 65 %: what do the points tried so far say about the next?")
