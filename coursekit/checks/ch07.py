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
    matrices = [(83, 2, 5, 10), (40, 30, 7, 21), (500, 3, 60, 9)]
    for TN, FP, FN, TP in matrices:
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
        first = eight_metrics(*matrices[0])
        same = TN != 83 and all(np.isclose(got[name], first[name], atol=0.006) for name in METRICS)
        need(not same, where + "these are still the figures of the lesson's mails. Do you use matrix?")
        for name in METRICS:
            rounded = any(got[name] == round(right[name], digits) != right[name] for digits in range(1, 7))
            need(not rounded, where + f"{name} is {got[name]}. Do not round.")
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
    """A matrix with unequal rows, its report, and a few planted errors; none at exactly half a digit."""
    while True:
        matrix = rng.integers(0, 9, (n, n)) + np.diag(rng.integers(20, 300, n))
        printed = figures(matrix).round(digits)
        for name in printed:
            for place in rng.choice(n, 2, replace=False):
                printed.loc[place, name] += rng.choice([-1, 1]) * rng.integers(1, 4) * 10.0**-digits
        steps = (figures(matrix) - printed).abs().to_numpy() * 10.0**digits
        if (np.abs(steps % 1 - 0.5) > 1e-6).all():
            return matrix, printed


@question
def q2(audit, page, printed):
    rng = np.random.default_rng(7)
    pages = [
        (page, printed, 2),
        *[(*made_page(rng, n, digits), digits) for n, digits in [(4, 2), (6, 3), (3, 1)]],
    ]
    own = "do you use matrix and printed, the function's own arguments?"
    for number, (matrix, shown, digits) in enumerate(pages):
        size = f"On a page of {len(matrix)} classes with {digits} digits "
        try:
            got = audit(matrix.copy(), shown.copy(), digits)
        except (KeyError, IndexError, ValueError) as error:
            need(number == 0, f"{size}it raises {type(error).__name__}: {own}")
            raise
        need(isinstance(got, dict) and set(got) == set(shown), "Return a dictionary: precision, recall, f1.")
        listed = all(not isinstance(part, (str, bool, int, float)) for part in got.values())
        need(listed, "Each value is a list of class numbers.")
        got = {name: sorted(int(k) for k in part) for name, part in got.items()}
        right = impossible(matrix, shown, digits)
        need(number == 0 or got != impossible(page, printed), f"{size}it gives the lesson's classes: {own}")
        from_one = {name: [k + 1 for k in part] for name, part in right.items()}
        need(got != from_one, "Every class number is one too high: the classes count from 0.")
        swapped = impossible(matrix.T, shown, digits)
        both = all(got[name] == swapped[name] != right[name] for name in ("precision", "recall"))
        need(not both, "You divide by the wrong sums: a row is the truth, a column the verdict.")
        two = got == impossible(matrix, shown) != right
        need(not two, f"{size}it still allows half of the second digit: do you use digits?")
        for name in shown:
            extra, missed = set(got[name]) - set(right[name]), set(right[name]) - set(got[name])
            P, R = shown["precision"], shown["recall"]
            off = np.abs(2 * P * R / (P + R) - shown["f1"]) > 0.5 * 10.0**-digits + 1e-9
            need(
                name != "f1" or got[name] == right[name] or got[name] != np.flatnonzero(off).tolist(),
                "Your F1 follows from the printed precision and recall. What does the matrix say?",
            )
            need(
                not extra,
                f"{size}class {min(extra, default=0)} is accused for its {name}, which is only rounded.",
            )
            need(
                not missed,
                f"{size}the {name} of class {min(missed, default=0)} gets through. "
                "How far does rounding reach?",
            )


def ranges(matrix, down=0.5, up=0.5):
    least, most = np.maximum(matrix - down, 0), matrix + up
    off = 1 - np.eye(len(matrix))
    low, high = np.diag(least), np.diag(most)
    return low / (low + (most * off).sum(axis=0)), high / (high + (least * off).sum(axis=0))


def ways_to_miss(matrix):
    """Nine precisions of two digits: 2 in their range, 2 + 1 out by less than half a digit, 3 + 1 far out."""
    low, high = ranges(matrix)
    below, above = low.round(2), high.round(2)
    shown = np.ceil(100 * low) / 100
    near_below = np.flatnonzero((below < low - 5e-4) & (below > low - 0.0045))[:2]
    near_above = [k for k in np.flatnonzero((above > high + 5e-4) & (above < high + 0.0045))]
    near_above = [k for k in near_above if k not in near_below][:1]
    rest = [k for k in range(len(matrix)) if k not in near_below and k not in near_above]
    shown[near_below], shown[near_above] = below[near_below], above[near_above]
    shown[rest[:3]], shown[rest[3]] = below[rest[:3]] - 0.03, above[rest[3]] + 0.03
    return shown


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
        need(
            (low <= now).all() and (high >= now).all(),
            "The precision of the entries as they stand must lie between low and high; low comes first.",
        )
        alone = np.allclose(low, (d - 0.5) / columns) or np.allclose(low, (d - 0.5) / (columns - 0.5))
        need(not alone, "Only the diagonal moves in your range. The other entries are rounded, too.")
        twice = np.allclose(low, (d - 0.5) / (columns + 0.5 * n))
        need(not twice, "Look at the lowest: the diagonal in the denominator is the same small one.")
        for down, up in ((0.5, 0.4), (0.4, 0.5), (0.4, 0.4)):
            tenths = np.allclose(low, ranges(matrix, down, up)[0], atol=1e-6)
            need(not tenths, "Treat the entries as real numbers: half a point each way, not whole images.")
        need(np.allclose(low, right[0], atol=1e-6), "Look at the lowest: diagonal small, the others large.")
        below = (d + 0.5) / (columns + 0.5 - 0.5 * (n - 1))
        need(not np.allclose(high, below), "An entry of 0 cannot be below 0.")
        twice = np.allclose(high, (d + 0.5) / np.maximum(matrix - 0.5, 0).sum(axis=0))
        need(not twice, "Look at the highest: the diagonal in the denominator is the same large one.")
        need(np.allclose(high, right[1], atol=1e-6), "Look at the highest: diagonal large, the others small.")
    need(callable(rescued), "rescued is a function: rescued(matrix, precision).")
    made = rng.integers(0, 5, (9, 9)) + 60 * np.eye(9, dtype=int)
    for matrix, P in [(page, printed["precision"].to_numpy()), (made, ways_to_miss(made))]:
        got = rescued(matrix.copy(), P.copy())
        need(np.ndim(got) == 0 and not isinstance(got, str), "rescued returns one number, a count.")
        (low, high), as_counts = ranges(matrix), figures(matrix)["precision"]
        meets = ((low <= P + 0.005) & (high >= P - 0.005)).sum()
        half = "The printed precisions are rounded, too: half a digit each way."
        one = "Look at both ends: a printed precision can lie below the range, and it can lie above it."
        for way, hint in [
            ((np.abs(as_counts - P) <= 0.005 + 1e-9).sum(), "These were possible as counts already."),
            (((low <= P) & (high >= P)).sum(), half),
            ((low <= P + 0.005).sum(), one),
            ((high >= P - 0.005).sum(), one),
            ((low <= P).sum(), one),
            ((high >= P).sum(), one),
        ]:
            need(got != way or way == meets, hint)
        known = got == len(page) and len(matrix) != len(page)
        need(not known, "On another page it still says ten: do you use matrix and precision?")
        need(
            got == meets,
            f"On a page of {len(matrix)} classes it says {got}. Count the classes whose two intervals meet.",
        )
    need(isinstance(verdict, str), 'verdict is one of "impossible", "possible" and "true".')
    need(verdict in ("impossible", "possible", "true"), 'Choose from "impossible", "possible" and "true".')
    need(
        verdict != "impossible", "What would a report on images print? Compare it with the page, in per cent."
    )
    need(
        verdict == "possible",
        "One matrix that prints the page shows that it can be. Does it show that it was?",
    )


def closeness(y, score):
    return float(1 - np.mean(np.abs(y - score)))


@question
def q4(difference_interval):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 300)
    first = np.clip(np.abs(y - rng.exponential(0.3, 300)), 0, 1)
    second = np.clip(first + 0.3 * (y - first) * rng.normal(0.35, 0.5, 300), 0, 1)
    calls = []

    def counted(y, score):
        calls.append((len(y), len(score)))
        return closeness(y, score)

    got = difference_interval(y, first, second, counted, n_draws=60)
    need(np.shape(got) == (2,), "Return two numbers: (low, high).")
    need(calls, "metric is never called: use the metric that is handed in.")
    need(100 <= len(calls) <= 140, "n_draws says how often to draw; each draw needs the metric twice.")
    need(set(calls[2:-2]) == {(300, 300)}, "Draw as many cases as there are.")
    for better, worse, n_draws in [(second, first, 6000), (first, second, 500)]:
        low, high = map(float, difference_interval(y, worse, better, closeness, n_draws=n_draws))
        gap = np.abs(y - worse) - np.abs(y - better)
        mean, error = gap.mean(), gap.std() / np.sqrt(len(y))
        need(low <= high, "The lower end comes first.")
        need(high - low > 1e-9, "Every draw gave the same: draw anew each time, with replacement.")
        sign = "Mind the sign: the second minus the first, also where the second is the worse one."
        need(not low < -mean < high, sign)
        need(low < mean < high, f"The interval [{low:.3f}, {high:.3f}] does not hold the difference itself.")
        width, right = high - low, 2 * 1.96 * error
        apart = 2 * 1.96 * np.hypot(np.abs(y - worse).std(), np.abs(y - better).std()) / np.sqrt(len(y))
        need(width > 0.2 * right, "Far too narrow. More draws do not make the score itself surer.")
        need(
            not 0.85 < width / apart < 1.18,
            "Far too wide. Both models judge the same cases: one draw of rows for both.",
        )
        if n_draws > 1000:  # so many that the ends stand still
            need(width < 1.08 * right, "Too wide for 95 %: which quantiles do you take?")
            need(width > 0.92 * right, "Too narrow for 95 %: which quantiles do you take?")
            ends = np.array([mean - low, high - mean]) / error
            need((np.abs(ends - 1.96) < 0.17).all(), "2.5 % of the draws must lie beyond each end.")


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
    rare, rare_fold = (rng.random(4000) < 0.035).astype(int), np.arange(4000) % 5
    sharp = rng.normal(5.0 * rare, 1)
    between = np.argsort(np.argsort(score)) / len(score)  # the same order, from 0 to 1

    def bill(y, score, costs, fold=fold):
        got = np.asarray(decide(score, y, fold, costs))
        need(got.shape == y.shape and np.isin(got, [0, 1]).all(), "Return one 0 or 1 for each row.")
        return costs[y, got.astype(int)].mean() / best_bill(score, y, fold, costs)[0]

    for name, costs in [("acting is dear", dear), ("acting is cheap", cheap)]:
        found = bill(y, score, costs)
        narrow = found > 1.06 and bill(y, between, costs) <= 1.06
        need(not narrow, "With scores around -3 the bill is too high. Scores need not lie between 0 and 1.")
        need(
            found <= 1.06,
            f"Where {name} the bill is {found:.0%} of what it can be: it does not act on higher scores, or "
            "from the wrong threshold on.",
        )
    for number in (0, 3):
        mine = fold == number
        before, after = (decide(score, labels, fold, dear) for labels in (y, np.where(mine, 1 - y, y)))
        need(
            np.array_equal(np.asarray(before)[mine], np.asarray(after)[mine]),
            "The actions in a fold changed when only that fold's labels changed: its threshold must come "
            "from the other folds alone.",
        )
    found = bill(rare, sharp, np.array([[0.0, 1.0], [4.0, 1.0]]), rare_fold)
    need(
        found <= 1.25,
        f"Where one in thirty is positive the bill is {found:.0%} of what it can be: are there enough "
        "candidates for the threshold?",
    )
    useless = rng.normal(size=1500)
    useless = np.clip(useless, np.sort(useless)[7], np.sort(useless)[-8])  # the ends are shared by eight
    gift, awful = np.array([[1.0, 0.0], [9.0, 0.0]]), np.array([[0.0, 50.0], [1.0, 50.0]])
    everybody, nobody = (np.asarray(decide(useless, y, fold, costs)) for costs in (gift, awful))
    left_out = int((everybody == 0).sum())
    need(left_out == 0, f"Where acting always pays, {left_out} are left out: one candidate must act on all.")
    acted_on = int(nobody.sum())
    need(acted_on == 0, f"Where acting never pays, {acted_on} are acted on: one candidate must act on none.")
    odd = np.where(fold == 0, score + 100, score)  # in fold 0 only its own labels know the right threshold
    got = np.asarray(decide(odd, y, fold, dear)).astype(int)
    need(
        got[fold == 0].mean() > 0.99,
        "In a fold whose scores all lie higher, everybody is at or above the threshold of the others.",
    )
    others = fold != 0
    right = dear[y[others], (score[others] >= 0).astype(int)].mean()
    need(
        dear[y[others], got[others]].mean() <= right * 1.05,
        "Where one fold is odd, the others lose their thresholds: try enough candidates.",
    )


class Landscape:
    """A valley over three settings, two of which matter, with noise and a count of what was spent."""

    weights, noise = np.array([14.0, 8.0, 0.5]), 0.02

    def __init__(self, seed, budget):
        self.rng, self.budget, self.spent = np.random.default_rng([7, seed]), budget, 0.0
        self.bottom = self.rng.uniform(0.15, 0.85, 3)

    def error(self, point):
        """The error without noise, above the best possible one."""
        return (np.asarray(point, dtype=float) - self.bottom) ** 2 @ self.weights

    def __call__(self, point, share=1.0):
        point = np.asarray(point, dtype=float)
        need(point.shape == (3,), "A point is three numbers.")
        need(((point >= 0) & (point <= 1)).all(), "A point left the range from 0 to 1.")
        need(0.1 - 1e-9 <= share <= 1, "A share lies between 0.1 and 1.")
        self.spent += share
        need(self.spent <= self.budget + 1e-6, f"It spends more than the budget of {self.budget}.")
        return float(30 + self.error(point) + self.rng.normal(0, self.noise / np.sqrt(share)))

    def by_chance(self, draws=200):
        """How far above the best possible error random search ends, on average."""
        rng = np.random.default_rng(1)
        errors = self.error(rng.random((draws, self.budget, 3)))
        chosen = (errors + rng.normal(0, self.noise, errors.shape)).argmin(axis=1)
        return errors[np.arange(draws), chosen].mean()


def is_point(answer):
    """Are these three numbers?"""
    try:
        return np.asarray(answer, dtype=float).shape == (3,)
    except (TypeError, ValueError):
        return False


@question
def q6(search):
    own, chance = [], []
    for seed in range(120):
        world = Landscape(seed, 30)
        point = search(world, 30, seed)
        need(is_point(point), "Return the point itself, three numbers, and not its error.")
        need(all(0 <= float(x) <= 1 for x in point), "The point lies outside the range from 0 to 1.")
        need(world.spent >= 0.1, "It never asks evaluate: how does it know which point is good?")
        own.append(world.error(point))
        chance.append(world.by_chance())
        ratio = np.mean(own) / np.mean(chance)
        if seed == 23 and not 0.45 < ratio < 2:  # clear already
            break
    said = f"On average your point is {ratio:.0%} as far above the best possible error as random search's."
    need(ratio < 2, f"{said} Do you return the point with the lowest error?")
    need(ratio <= 0.75, f"{said} Reach 75 %: what do the points tried so far say about the next?")
