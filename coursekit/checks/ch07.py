"""The questions of chapter 7, evaluation and tuning."""

import functools
import numbers

import numpy as np
import pandas as pd

from coursekit.checking import attempt, given, need, question, told

TEXT = """
95 1 1 0 1 0 0 1 1 0 / 1 88 2 2 1 2 1 1 2 0 / 1 1 92 1 0 1 1 1 1 1 / 0 2 1 90 0 2 1 1 2 1
/ 1 0 0 0 94 0 1 2 1 1 / 0 2 1 2 0 91 1 0 2 1 / 0 1 2 0 1 1 92 0 2 1 / 1 0 1 1 2 0 0 93 1 1
/ 1 3 0 2 0 1 2 1 90 0 / 0 1 1 1 2 1 0 2 1 91"""
PAGE = np.array([row.split() for row in TEXT.split("/")], dtype=int)  # the published page
PRINTED = pd.DataFrame(
    {
        "precision": [0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.93, 0.92, 0.91, 0.92],
        "recall": [0.95, 0.88, 0.92, 0.90, 0.94, 0.91, 0.92, 0.93, 0.90, 0.91],
        "f1": [0.93, 0.89, 0.92, 0.90, 0.93, 0.91, 0.92, 0.92, 0.90, 0.91],
    }
)

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


def is_number(value):
    """Is this one finite number, and not a text that looks like one?"""
    kind = isinstance(value, numbers.Real | np.number) or isinstance(value, np.ndarray) and value.ndim == 0
    return kind and isinstance(attempt(lambda: float(value)), float) and np.isfinite(float(value))


@question
def q1(scores):
    matrices = [(83, 2, 5, 10), (40, 30, 7, 21), (500, 3, 60, 9)]
    for TN, FP, FN, TP in matrices:
        got = scores(np.array([[TN, FP], [FN, TP]]))
        need(isinstance(got, dict), "Return a dictionary.")
        need(set(got) == set(METRICS), f"The keys are {', '.join(METRICS)}.")
        where = f"For [[{TN}, {FP}], [{FN}, {TP}]]: "
        for name in METRICS:
            need(is_number(got[name]), f"{where}{name} is {got[name]}, no number.")
        got = {name: float(value) for name, value in got.items()}
        right, P, R = eight_metrics(TN, FP, FN, TP), TP / (TP + FP), TP / (TP + FN)

        def both_are(P, R, got=got):
            """Are precision and recall these?"""
            return np.isclose(got["precision"], P) and np.isclose(got["recall"], R)

        swapped = "precision and recall have changed places. Does a row stand for the truth?"
        need(not both_are(R, P), where + swapped)
        flipped = eight_metrics(TP, FN, FP, TN)
        need(
            not both_are(flipped["precision"], flipped["recall"]),
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
            rounded = any(got[name] == round(right[name], digits) != right[name] for digits in range(1, 12))
            need(not rounded, where + f"{name} is {got[name]}. Do not round.")
            need(abs(got[name]) <= 1, f"{where}{name} is {got[name]:.4g}, and cannot be above 1.")
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
        true = figures(matrix)
        printed = true.round(digits)
        for name in printed:
            near, far = rng.choice(n, 2, replace=False)
            towards = np.sign(true.loc[near, name] - printed.loc[near, name])  # misses by less than a digit
            printed.loc[near, name] += towards * 10.0**-digits
            printed.loc[far, name] += rng.choice([-1, 1]) * rng.integers(1, 4) * 10.0**-digits
        steps = (true - printed).abs().to_numpy() * 10.0**digits
        if (np.abs(steps % 1 - 0.5) > 1e-3).all():
            return matrix, printed


def half_digit_page():
    """Figures that lie exactly half a digit beside what the matrix gives; rounding allows them all."""
    matrix = np.array([[45, 155, 0], [135, 65, 0], [20, 0, 180]])  # recall 0.225, 0.325, 0.9
    printed = figures(matrix).round(2)
    printed["recall"] = [0.23, 0.32, 0.9]
    return matrix, printed


@question
def q2(audit):
    rng = np.random.default_rng(7)
    pages = [(PAGE, PRINTED, 2), (*half_digit_page(), 2)]
    pages += [(*made_page(rng, n, digits), digits) for n, digits in [(4, 2), (6, 3), (3, 1)]]
    for number, (matrix, shown, digits) in enumerate(pages):
        where = "On the page of the notebook" if number == 0 else f"On a page of {len(matrix)} classes"
        where += f" with {digits} digit{'s' * (digits > 1)} "
        options = () if digits == 2 else (digits,)
        got = attempt(functools.partial(audit, matrix.copy(), shown.copy(), *options))
        need(not isinstance(got, Exception), f"{where}it raises {told(got)}")
        right = impossible(matrix, shown, digits)
        judge_audit(class_lists(got), right, matrix, shown, digits, where)


def class_lists(got):
    """An answer of question 2 as a dictionary of sorted lists."""
    need(isinstance(got, dict) and set(got) == set(PRINTED), "Return a dictionary: precision, recall, f1.")
    lists = {}
    for name, part in got.items():
        whole = np.ndim(part) == 1 and (len(part) == 0 or np.asarray(part).dtype.kind in "iu")
        need(whole, f"The value of {name} is no list of class numbers.")
        lists[name] = sorted(int(k) for k in part)
    return lists


def judge_audit(got, right, matrix, shown, digits, where):
    """Are the right classes accused? If not: by which rule are they?"""
    if got == right:
        return
    need(
        len(matrix) == len(PAGE) or got != impossible(PAGE, PRINTED),
        f"{where}it gives the lesson's classes: do you use the function's own arguments?",
    )
    from_one = {name: [k + 1 for k in part] for name, part in right.items()}
    need(got != from_one, "Every class number is one too high: the classes count from 0.")
    swapped = impossible(matrix.T, shown, digits)
    both = all(got[name] == swapped[name] != right[name] for name in ("precision", "recall"))
    need(not both, "You divide by the wrong sums: a row is the truth, a column the verdict.")
    two = digits != 2 and got == impossible(matrix, shown)
    need(not two, f"{where}it gives what it would with 2 digits: do you use digits?")
    for name in shown:
        extra, missed = set(got[name]) - set(right[name]), set(right[name]) - set(got[name])
        P, R = shown["precision"], shown["recall"]
        off = np.abs(2 * P * R / (P + R) - shown["f1"]) > 0.5 * 10.0**-digits + 1e-9
        need(
            name != "f1" or got[name] == right[name] or got[name] != np.flatnonzero(off).tolist(),
            "Your F1 follows from the printed precision and recall. What does the matrix say?",
        )
        for k in sorted(extra | missed):
            true, article = figures(matrix)[name][k], "an" if name == "f1" else "a"
            figure = f"{article} {name} of {true:.5f} is printed as {shown[name][k]:.{digits}f}"
            word = "accused" if k in extra else "not accused"
            need(False, f"{where}class {k} is {word}: {figure}. How far does half a digit reach?")


def ranges(matrix, down=0.5, up=0.5):
    least, most = np.maximum(matrix - down, 0), matrix + up
    off = 1 - np.eye(len(matrix))
    low, high = np.diag(least), np.diag(most)
    return low / (low + (most * off).sum(axis=0)), high / (high + (least * off).sum(axis=0))


def ways_to_miss(matrix):
    """Nine precisions of two digits: 2 in their range, 2 + 1 out by less than half a digit, 3 + 1 by more."""
    low, high = ranges(matrix)
    below, above = low.round(2), high.round(2)
    shown = np.ceil(100 * low) / 100
    near_below = np.flatnonzero((below < low - 5e-4) & (below > low - 0.0045))[:2]
    near_above = [k for k in np.flatnonzero((above > high + 5e-4) & (above < high + 0.0045))]
    near_above = [k for k in near_above if k not in near_below][:1]
    rest = [k for k in range(len(matrix)) if k not in near_below and k not in near_above]
    shown[near_below], shown[near_above] = below[near_below], above[near_above]
    shown[rest[:3]] = np.floor(100 * low[rest[:3]] - 0.55) / 100  # the nearest that does not meet the range
    shown[rest[3]] = np.ceil(100 * high[rest[3]] + 0.55) / 100
    return shown


@question
def q3(precision_range, rescued, verdict):
    rng = np.random.default_rng(3)
    made = [rng.integers(0, 5, (n, n)) + 60 * np.eye(n, dtype=int) for n in (5, 9, 7)]
    if given(precision_range):
        never_right = made[0].copy()
        never_right[2, 2] = 0
        for matrix in (PAGE, made[0], never_right):
            judge_range(precision_range(matrix.copy()), matrix)
    if given(rescued):
        need(callable(rescued), "rescued is a function: rescued(matrix, precision).")
        pages = [(PAGE, PRINTED["precision"]), *[(matrix, ways_to_miss(matrix)) for matrix in made[1:]]]
        counts = [attempt(functools.partial(rescued, matrix.copy(), pd.Series(P))) for matrix, P in pages]
        if given(precision_range, rescued):  # it may well call the other one
            for count, (matrix, P) in zip(counts, pages, strict=True):
                need(not isinstance(count, Exception), f"rescued raises {told(count)}")
                judge_rescue(count, matrix, np.array(P))
    if given(verdict):
        words = ("impossible", "possible", "true")
        known = isinstance(verdict, str) and verdict in words
        need(known, 'verdict is one of "impossible", "possible" and "true".')
        need(
            verdict != "impossible",
            "What would a report on images print? Compare it with the page, in per cent.",
        )
        example = "One matrix that prints the page shows that it can be. Does it show that it was?"
        need(verdict != "true", example)


def judge_range(got, matrix):
    """Are these the lowest and the highest precision of each class?"""
    need(np.ndim(got) > 0 and len(got) == 2, "Return two arrays: the lowest and the highest.")
    low, high = (np.asarray(part, dtype=float) for part in got)
    need(low.shape == high.shape == (len(matrix),), "Each array has one number for each class.")
    d, columns, n = np.diag(matrix), matrix.sum(axis=0), len(matrix)
    right, by_row, now = ranges(matrix), ranges(matrix.T), d / columns
    need(not np.allclose(low, by_row[0]), "That is the range of the recall: precision looks down a column.")
    need(low.min() >= 0, "A 0 stands for 0 to 0.5, also on the diagonal: a precision is never below 0.")
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


def judge_rescue(got, matrix, P):
    """Is it the number of printed precisions that the matrix, as percentages, allows?"""
    number = np.ndim(got) == 0 and isinstance(got, numbers.Real | np.number)
    need(number, "rescued returns one number, a count.")
    (low, high), as_counts = ranges(matrix), figures(matrix)["precision"]
    meets = ((low <= P + 0.005) & (high >= P - 0.005)).sum()
    half = "The printed precisions are rounded, too: half a digit each way."
    one = "Look at both ends: a printed precision can lie below the range, and it can lie above it."
    counted = np.abs(as_counts - P) <= 0.005 + 1e-9
    new = (low <= P + 0.005) & (high >= P - 0.005) & ~counted
    for way, hint in [
        (counted.sum(), "These were possible as counts already."),
        (new.sum(), "Those that were possible as counts already belong to the number, too."),
        (((low <= P) & (high >= P)).sum(), half),
        ((low <= P + 0.005).sum(), one),
        ((high >= P - 0.005).sum(), one),
        ((low <= P).sum(), one),
        ((high >= P).sum(), one),
    ]:
        need(got != way or way == meets, hint)
    known = got == len(PAGE) and len(matrix) != len(PAGE)
    need(not known, "On another page it still says ten: do you use matrix and precision?")
    classes = f"On a page of {len(matrix)} classes it says {got}."
    need(got == meets, f"{classes} Count the classes whose two intervals meet.")


def closeness(y, score):
    """A metric of question 4: 1 minus the mean distance."""
    return float(1 - np.mean(np.abs(np.asarray(y) - np.asarray(score))))


@question
def q4(difference_interval):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 300)
    first = y + rng.normal(0, 0.3, 300)
    second = first + (y - first) * rng.normal(0.35, 0.5, 300)
    watch_draws(difference_interval, y, first, second)
    for better, worse, n_draws in [(second, first, 4000), (first, second, None)]:
        options = {} if n_draws is None else {"n_draws": n_draws}
        low, high = map(float, difference_interval(y.copy(), worse, better, closeness, **options))
        gap = np.abs(y - worse) - np.abs(y - better)
        mean, error = gap.mean(), gap.std() / np.sqrt(len(y))
        need(low <= high, "The lower end comes first.")
        sign = "Mind the sign: the second minus the first, also where the second is the worse one."
        need(not low < -mean < high, sign)
        need(low < mean < high, f"The interval [{low:.3f}, {high:.3f}] does not hold the difference itself.")
        ratio = (high - low) / (2 * 1.96 * error)
        need(ratio > 0.2, f"The interval is {ratio:.0%} as wide as it should be: of what is it an interval?")
        if n_draws:  # so many that the ends stand still
            need(
                ratio < 1.08, f"The interval is {ratio:.0%} as wide as it should be: between which quantiles?"
            )
            need(
                ratio > 0.92, f"The interval is {ratio:.0%} as wide as it should be: between which quantiles?"
            )
            ends = np.array([mean - low, high - mean]) / error
            need((np.abs(ends - 1.96) < 0.17).all(), "2.5 % of the draws must lie beyond each end.")


def watch_draws(difference_interval, y, first, second, n_draws=60):
    """Which rows are drawn for which model? Every score stands in one row only, and gives it away."""
    row_of = [{value: row for row, value in enumerate(scores.tolist())} for scores in (first, second)]
    draws, values, truths = ([], []), ([], []), ([], [])

    def counted(y, score):
        flat = np.asarray(score, dtype=float).tolist()
        need(len(np.unique(y)) <= 2, "The first argument of metric is y, the second a model's scores.")
        which = int(flat[0] in row_of[1])
        known = all(value in row_of[which] for value in flat)
        need(known, "metric gets scores that are not those of one of the two models.")
        draws[which].append(tuple(row_of[which][value] for value in flat))
        truths[which].append(np.array(y))
        values[which].append(closeness(y, flat))
        return values[which][-1]

    got = difference_interval(y.copy(), first.copy(), second.copy(), counted, n_draws=n_draws)
    need(np.shape(got) == (2,), "Return two numbers: (low, high).")
    need(
        draws[0] and draws[1], "metric is not called on the scores of both models: use the metric handed in."
    )
    for of_model, labels in zip(draws, truths, strict=True):
        same = all(np.array_equal(y[list(rows)], true) for rows, true in zip(of_model, labels, strict=True))
        need(same, "metric gets truths of other rows than the scores: draw y and the scores together.")
    samples = [[rows for rows in of_model if len(rows) == len(y)] for of_model in draws]
    different = set(samples[0])
    again = len(samples[0]) >= n_draws and len(different) <= n_draws / 2
    need(not again, "The same rows come in every draw: draw anew each time.")
    counts = f"With 300 cases and n_draws = {n_draws}, {len(different)} draws of 300 cases are judged."
    need(n_draws <= len(different) <= n_draws + 5, counts)
    never = sorted(set(range(len(y))).difference(*different))
    need(not never, f"In {len(different)} draws of 300 cases the rows {never} never come: draw from all.")
    repeated = sum(len(set(rows)) < len(rows) for rows in samples[0])
    need(repeated >= n_draws, "No row comes twice in a draw: draw with replacement.")
    paired = sorted(samples[0]) == sorted(samples[1])
    need(paired, "The two models are judged on different draws: one draw of rows for both.")
    ends = [np.quantile(part, [0.025, 0.975]) for part in values]
    apart = [ends[1] - ends[0], [ends[1][0] - ends[0][1], ends[1][1] - ends[0][0]]]
    subtracted = any(np.allclose(sorted(got), sorted(pair)) for pair in apart)
    need(not subtracted, "These are the ends of two intervals, subtracted: take the difference in each draw.")


def thresholded(score, y, fold, costs):
    """Question 5 by trying every score: the actions."""
    acted = np.zeros(len(y), int)
    for number in np.unique(fold):
        rest = fold != number
        tried = np.append(np.unique(score[rest]), np.inf)
        prices = [costs[y[rest], (score[rest] >= t).astype(int)].mean() for t in tried]
        acted[~rest] = score[~rest] >= tried[np.argmin(prices)]
    return acted


CORNERS = [
    ("a voucher costs 3, a customer 5", [[0, 3], [5, 3]]),
    ("a false alarm costs 8, a miss 3", [[0, 8], [3, 0]]),
    ("leaving a stayer alone costs 6 already", [[6, 7], [9, 0]]),
    ("acting on a leaver costs 7 already", [[0, 1], [9, 7]]),
    ("a leaver who is kept brings 6", [[0, 6], [1, -6]]),
]


@question
def q5(decide):
    rng = np.random.default_rng(5)
    y = (rng.random(500) < 0.3).astype(int)
    fold, score = rng.permutation(np.arange(500) % 5), rng.normal(2.5 * y, 1) - 4

    def acts(score, costs, fold=fold, y=y):
        acted = decide(score.copy(), y.copy(), fold.copy(), np.array(costs))
        got = attempt(lambda: np.asarray(acted))  # a list of lists of several lengths is no array
        need(np.shape(got) == y.shape and np.isin(got, [0, 1]).all(), "Return one 0 or 1 for each row.")
        return got.astype(int)

    def lost(score, costs, fold=fold, y=y):
        """Of what trying every score saves against acting on nobody or everybody, the share that is lost."""
        costs = np.array(costs)
        best = costs[y, thresholded(score, y, fold, costs)].mean()
        without = min(costs[y, 0 * y].mean(), costs[y, 0 * y + 1].mean())
        return (costs[y, acts(score, costs, fold, y)].mean() - best) / (without - best)

    seven = rng.permutation(np.arange(500) % 7)
    for always, costs in [("always pays", [[1, 0], [9, 0]]), ("never pays", [[0, 50], [1, 50]])]:
        shared = np.clip(score, np.sort(score)[2], np.sort(score)[-3])  # the ends are shared by three
        wrong = acts(shared, costs, seven) != (always == "always pays")
        folds = np.unique(seven[wrong]).tolist()
        word = "left out" if always == "always pays" else "acted on"
        said = f"Where acting {always}, {wrong.sum()} of 500 are {word}, in the folds {folds}"
        ends = f"{shared.min():.1f} to {shared.max():.1f}"
        need(not wrong.any(), f"{said}. Scores need not lie between 0 and 1: here they go from {ends}.")
    for name, costs in CORNERS:
        found = lost(score, costs)
        said = f"Scores from {score.min():.0f} to {score.max():.0f}, and {name}"
        need(found <= 0.15, f"{said}: of what trying every score saves, {found:.0%} is lost.")
    rare = (rng.random(1000) < 0.04).astype(int)
    found = lost(rng.normal(4 * rare, 1), [[0, 1], [4, 1]], np.arange(1000) % 5, rare)
    few = f"Where one in 25 leaves, {found:.0%} of what trying every score saves is lost"
    need(found <= 0.15, f"{few}: is there a candidate for the threshold among the highest scores?")
    mine = fold == 3
    apart = np.where(mine, score + 20, score)  # what would its own labels say of such a fold?
    nobody_left, all_left = (acts(apart, CORNERS[0][1], y=np.where(mine, label, y))[mine] for label in (0, 1))
    need(
        np.array_equal(nobody_left, all_left),
        "The actions in a fold changed when only that fold's labels changed: its threshold must come "
        "from the other folds alone.",
    )
    missing = int((nobody_left == 0).sum())
    need(missing == 0, f"In a fold whose scores all lie higher than the others', {missing} are not acted on.")
    steps = np.clip(np.round(score), -5, 0)  # six values: every threshold stands on many scores
    for name, costs in CORNERS[:2]:
        found = lost(steps, costs)
        said = f"Where only six scores occur, and {name}, {found:.0%} of what trying every one saves is lost."
        need(
            found <= 0.15, f"{said} Do those exactly at the threshold count alike, in choosing and in acting?"
        )


class Valley:
    """A valley of question 6, as in the notebook, with a count of what was spent."""

    steepness = np.array([14.0, 8.0, 0.5])

    def __init__(self, seed, budget):
        self.rng, self.budget, self.spent = np.random.default_rng([7, seed]), budget, 0.0
        self.bottom = self.rng.uniform(0.15, 0.85, 3)

    def above(self, point):
        """The error without noise, above the best possible one."""
        return self.steepness @ (np.asarray(point, dtype=float) - self.bottom) ** 2

    def __call__(self, point, share=1.0):
        point = np.asarray(point, dtype=float)
        need(point.shape == (3,), f"A point is three numbers, and evaluate gets the shape {point.shape}.")
        inside = ((point >= 0) & (point <= 1)).all()
        need(inside, f"evaluate gets the point {point.round(3).tolist()}: each number lies between 0 and 1.")
        need(0.1 - 1e-9 <= share <= 1, f"evaluate gets the share {share}: it lies between 0.1 and 1.")
        self.spent += share
        need(self.spent <= self.budget + 1e-6, f"It spends more than the budget of {self.budget}.")
        return float(30 + self.above(point) + self.rng.normal(0, 0.02 / np.sqrt(share)))

    def by_chance(self, draws=200):
        """How far above the best possible error random search ends, on average."""
        rng = np.random.default_rng(1)
        errors = self.steepness @ (rng.random((draws * self.budget, 3)) - self.bottom).T ** 2
        errors = errors.reshape(draws, self.budget)
        chosen = (errors + rng.normal(0, 0.02, errors.shape)).argmin(axis=1)
        return errors[np.arange(draws), chosen].mean()


def found_by(search, seed):
    """The valley of that seed, and the point that the search returns for it."""
    valley = Valley(seed, 30)
    point = search(valley, 30, seed)
    need(valley.spent <= 30 + 1e-6, "It spends more than the budget of 30.")
    kind = type(point).__name__
    need(is_point(point), f"It returns something of type {kind}: return the point itself, three numbers.")
    need(all(0 <= float(x) <= 1 for x in point), "The point lies outside the range from 0 to 1.")
    need(valley.spent >= 0.1, "It never asks evaluate: how does it know which point is good?")
    return valley, np.asarray(point, dtype=float)


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
        valley, point = found_by(search, seed)
        own.append(valley.above(point))
        chance.append(valley.by_chance())
        if seed == 0:
            again = np.allclose(found_by(search, seed)[1], point)
            need(again, "The same valley and the same seed give two points: draw from default_rng(seed).")
        ratio = np.mean(own) / np.mean(chance)
        if seed == 23 and not 0.55 < ratio < 1.5:  # clear already
            break
    said = f"In {len(own)} valleys it leaves {ratio:.0%} of what random search leaves."
    need(
        ratio < 2, f"{said} Is the best point of all that were tried returned, and did they reach everywhere?"
    )
    need(ratio <= 0.75, f"{said} Reach 75 %: what do the points tried so far say about the next?")
