"""Answers to the questions of chapter 7 that must pass, and mistakes that must get a hint."""

from fractions import Fraction

import numpy as np
import optuna
import pandas as pd
from sklearn import metrics

TEXT = """
95 1 1 0 1 0 0 1 1 0 / 1 88 2 2 1 2 1 1 2 0 / 1 1 92 1 0 1 1 1 1 1 / 0 2 1 90 0 2 1 1 2 1
/ 1 0 0 0 94 0 1 2 1 1 / 0 2 1 2 0 91 1 0 2 1 / 0 1 2 0 1 1 92 0 2 1 / 1 0 1 1 2 0 0 93 1 1
/ 1 3 0 2 0 1 2 1 90 0 / 0 1 1 1 2 1 0 2 1 91"""
PAGE = np.array([row.split() for row in TEXT.split("/")], dtype=int)
PRINTED = pd.DataFrame(
    {
        "precision": [0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.93, 0.92, 0.91, 0.92],
        "recall": [0.95, 0.88, 0.92, 0.90, 0.94, 0.91, 0.92, 0.93, 0.90, 0.91],
        "f1": [0.93, 0.89, 0.92, 0.90, 0.93, 0.91, 0.92, 0.92, 0.90, 0.91],
    }
)


# --- question 1 -----------------------------------------------------------------------------------


def from_cases(matrix):
    """Right, by another road: the cases written out, and the library."""
    y = np.repeat([0, 0, 1, 1], np.ravel(matrix))
    said = np.repeat([0, 1, 0, 1], np.ravel(matrix))
    return {
        "accuracy": metrics.accuracy_score(y, said),
        "precision": metrics.precision_score(y, said),
        "recall": metrics.recall_score(y, said),
        "specificity": metrics.recall_score(y, said, pos_label=0),
        "f1": metrics.f1_score(y, said),
        "f2": metrics.fbeta_score(y, said, beta=2),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, said),
        "mcc": metrics.matthews_corrcoef(y, said),
    }


def from_counts(matrix):
    """Right, without precision and recall in F1, and with MCC as a correlation."""
    (tn, fp), (fn, tp) = matrix
    n = tn + fp + fn + tp
    y_share, said_share = (tp + fn) / n, (tp + fp) / n
    spread = y_share * (1 - y_share) * said_share * (1 - said_share)
    return {
        "mcc": (tp / n - y_share * said_share) / spread**0.5,
        "f1": 2 * tp / (2 * tp + fp + fn),
        "f2": 5 * tp / (5 * tp + 4 * fn + fp),
        "accuracy": (tp + tn) / n,
        "precision": tp / (tp + fp),
        "recall": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2,
    }


def with_mistake(change):
    def scores(matrix):
        return change(from_counts(matrix))

    return scores


# --- question 2 -----------------------------------------------------------------------------------


def audit_by_loop(matrix, printed, digits=2):
    found = {"precision": [], "recall": [], "f1": []}
    for k in range(len(matrix)):
        right, row, column = matrix[k, k], sum(matrix[k]), sum(matrix[:, k])
        P, R = right / column, right / row
        for name, value in [("recall", R), ("precision", P), ("f1", 2 * P * R / (P + R))]:
            if not np.isclose(value, printed[name][k], rtol=0, atol=0.5 * 10.0**-digits + 1e-12):
                found[name].append(k)
    return found


def audit_by_rounding(matrix, printed, digits=2):
    right = np.diag(matrix)
    figures = pd.DataFrame({"precision": right / matrix.sum(0), "recall": right / matrix.sum(1)})
    figures["f1"] = 2 / (1 / figures["precision"] + 1 / figures["recall"])
    wrong = ~np.isclose(figures.round(digits), printed[figures.columns])
    return {name: np.flatnonzero(wrong[:, place]) for place, name in enumerate(figures)}


def audit_own_f1(matrix, printed, digits=2):
    P, R = printed["precision"], printed["recall"]
    off = np.abs(2 * P * R / (P + R) - printed["f1"]) > 0.5 * 10.0**-digits + 1e-9
    return audit_by_loop(matrix, printed, digits) | {"f1": np.flatnonzero(off).tolist()}


def audit_with_frames(matrix, printed, digits=2):
    """Right: tables, and a tuple of numbers."""
    table = pd.DataFrame(matrix)
    right = pd.Series(np.diag(table))
    P, R = right / table.sum(), right / table.sum(axis=1)
    figures = pd.DataFrame({"f1": 2 / (1 / P + 1 / R), "recall": R, "precision": P})
    off = (figures - printed).abs() > 0.5 / 10**digits + 1e-9
    return {name: tuple(off.index[off[name]]) for name in figures}


def audit_bare(matrix, printed, digits=2):
    """No allowance for the computer's own rounding."""
    right, rows, columns = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    figures = {"precision": right / columns, "recall": right / rows, "f1": 2 * right / (rows + columns)}
    half = 0.5 * 10**-digits
    return {
        name: [int(k) for k in np.flatnonzero(abs(values - printed[name]) > half)]
        for name, values in figures.items()
    }


def audit_exact(matrix, printed, digits=2):
    return audit_by_loop(matrix, printed, 9)


# --- question 3 -----------------------------------------------------------------------------------


def range_by_loop(matrix):
    lows, highs = [], []
    for k in range(len(matrix)):
        others = [entry for row, entry in enumerate(matrix[:, k]) if row != k]
        d = matrix[k, k]
        least = max(d - 0.5, 0)
        lows.append(least / (least + sum(entry + 0.5 for entry in others)))
        highs.append((d + 0.5) / (d + 0.5 + sum(max(entry - 0.5, 0) for entry in others)))
    return lows, highs


def range_vectors(matrix):
    d, off = np.diag(matrix), np.where(np.eye(len(matrix)) == 1, np.nan, matrix)
    more, less = np.nansum(off + 0.5, axis=0), np.nansum(np.clip(off - 0.5, 0, None), axis=0)
    least = np.clip(d - 0.5, 0, None)
    return np.array([least / (least + more), 1 / (1 + less / (d + 0.5))])


def range_diagonal_only(matrix):
    d, columns = np.diag(matrix), matrix.sum(axis=0)
    return (d - 0.5) / columns, (d + 0.5) / columns


def range_negative(matrix):
    d, n = np.diag(matrix), len(matrix) - 1
    columns = matrix.sum(axis=0)
    return (d - 0.5) / (columns - 0.5 + 0.5 * n), (d + 0.5) / (columns + 0.5 - 0.5 * n)


def range_all_together(matrix):
    d, columns = np.diag(matrix), matrix.sum(axis=0)
    return (d - 0.5) / (columns - 0.5 * len(matrix)), (d + 0.5) / (columns + 0.5 * len(matrix))


def rescued_by(low_slack=0.005, high_slack=0.005, range_of=range_vectors):
    """Count the precisions that may lie that far outside the range."""

    def rescued(matrix, precision):
        low, high = range_of(matrix)
        return int(((precision >= low - low_slack) & (precision <= high + high_slack)).sum())

    return rescued


def newly_possible(matrix, precision):
    """The number without those that the entries allow as counts."""
    as_counts = np.diag(matrix) / matrix.sum(axis=0)
    new = np.abs(as_counts - precision) > 0.005 + 1e-9
    low, high = range_vectors(matrix)
    return int(((precision >= low - 0.005) & (precision <= high + 0.005) & new).sum())


def rescued_by_rounding(matrix, precision):
    """Right: both ends rounded as the page is."""
    return sum(
        round(low, 2) <= round(p, 2) <= round(high, 2)
        for low, high, p in zip(*range_by_loop(matrix), precision, strict=True)
    )


def range_own_denominator(matrix):
    low, high = np.maximum(matrix - 0.5, 0), matrix + 0.5
    return np.diag(low) / high.sum(axis=0), np.diag(high) / low.sum(axis=0)


def range_diagonal_below_zero(matrix):
    d, columns = np.diag(matrix), matrix.sum(axis=0)
    least, most = np.maximum(matrix - 0.5, 0).sum(axis=0), columns + 0.5 * (len(matrix) - 1)
    least_others = least - np.maximum(d - 0.5, 0)
    return (d - 0.5) / (most - 0.5), (d + 0.5) / (d + 0.5 + least_others)


def range_whole_images(matrix):
    """Ten images to the point, whole ones: 3 is anything from 25 to 34."""
    low, high, off = np.maximum(10 * matrix - 5, 0), 10 * matrix + 4, 1 - np.eye(len(matrix))
    d_low, d_high = np.diag(low), np.diag(high)
    return d_low / (d_low + (high * off).sum(axis=0)), d_high / (d_high + (low * off).sum(axis=0))


def third(function, rescued=None, verdict="possible"):
    return function, rescued or rescued_by(), verdict


# --- question 4 -----------------------------------------------------------------------------------


def by_bootstrap(y, first, second, metric, n_draws=500, *, paired=True, size=1.0, levels=(2.5, 97.5), swap=1):
    rng = np.random.default_rng(11)
    gaps, n = [], int(size * len(y))
    for _ in range(n_draws):
        one = rng.integers(0, len(y), n)
        two = one if paired else rng.integers(0, len(y), n)
        gaps.append(swap * (metric(y[two], second[two]) - metric(y[one], first[one])))
    return np.percentile(gaps, levels)


def by_permutation(y, first, second, metric, n_draws=500):
    rng = np.random.default_rng(3)
    rows = [rng.permutation(len(y)) for _ in range(n_draws)]
    return np.quantile([metric(y[r], second[r]) - metric(y[r], first[r]) for r in rows], [0.025, 0.975])


def one_seed(y, first, second, metric, n_draws=500):
    gaps = []
    for _ in range(n_draws):
        r = np.random.default_rng(0).integers(0, len(y), len(y))
        gaps.append(metric(y[r], second[r]) - metric(y[r], first[r]))
    return np.quantile(gaps, [0.025, 0.975])


def always_better(y, first, second, metric, n_draws=500):
    low, high = by_bootstrap(y, first, second, metric, n_draws)
    return (low, high) if low + high > 0 else (-high, -low)


def size_of_difference(y, first, second, metric, n_draws=500):
    rng = np.random.default_rng(1)
    rows = [rng.integers(0, len(y), len(y)) for _ in range(n_draws)]
    return np.quantile([abs(metric(y[r], second[r]) - metric(y[r], first[r])) for r in rows], [0.025, 0.975])


def only_auc(y, first, second, metric, n_draws=500):
    return by_bootstrap(y, first, second, metrics.roc_auc_score, n_draws)


def by_standard_error(y, first, second, metric, n_draws=500):
    """Right: the bootstrap's standard deviation and the normal curve."""
    rng = np.random.default_rng(2)
    rows = [rng.choice(len(y), len(y)) for _ in range(n_draws)]
    gaps = [metric(y[r], second[r]) - metric(y[r], first[r]) for r in rows]
    return np.mean(gaps) - 1.96 * np.std(gaps), np.mean(gaps) + 1.96 * np.std(gaps)


def of_the_mean(y, first, second, metric, n_draws=500):
    low, high = by_standard_error(y, first, second, metric, n_draws)
    middle, half = (low + high) / 2, (high - low) / 2 / np.sqrt(n_draws)
    return middle - half, middle + half


def by_scipy(method):
    """Right: SciPy's bootstrap."""

    def difference_interval(y, first, second, metric, n_draws=500):
        from scipy.stats import bootstrap

        def gap(y, first, second):
            return metric(y, second) - metric(y, first)

        options = {"paired": True, "vectorized": False, "n_resamples": n_draws, "method": method}
        found = bootstrap((y, first, second), gap, rng=np.random.default_rng(1), **options)
        return found.confidence_interval.low, found.confidence_interval.high

    return difference_interval


def by_frame(y, first, second, metric, n_draws=500):
    """Right: a table sampled by pandas, unseeded, and the interval mirrored about the difference."""
    table = pd.DataFrame({"y": y, "first": first, "second": second})
    gaps = []
    for _ in range(n_draws):
        drawn = table.sample(frac=1, replace=True)
        gaps.append(metric(drawn["y"], drawn["second"]) - metric(drawn["y"], drawn["first"]))
    middle = metric(y, second) - metric(y, first)
    return [2 * middle - np.quantile(gaps, level) for level in (0.975, 0.025)]


def two_loops(y, first, second, metric, n_draws=500):
    """Right: the same rows again for the second model, from the same seed."""
    scores = []
    for model in (first, second):
        rng = np.random.default_rng(5)
        rows = [rng.choice(len(y), len(y)) for _ in range(n_draws)]
        scores.append([metric(y[r], model[r]) for r in rows])
    return tuple(np.quantile(np.subtract(scores[1], scores[0]), [0.025, 0.975]))


def end_by_end(y, first, second, metric, n_draws=500):
    """Right: the same draws for both ends, judged once for each."""
    draws = np.random.default_rng().integers(0, len(y), (n_draws, len(y)))

    def end(level):
        return np.quantile([metric(y[r], second[r]) - metric(y[r], first[r]) for r in draws], level)

    return end(0.025), end(0.975)


def ends_subtracted(crosswise):
    def difference_interval(y, first, second, metric, n_draws=500):
        rng = np.random.default_rng(0)
        rows = [rng.integers(0, len(y), len(y)) for _ in range(n_draws)]
        one, two = (
            np.quantile([metric(y[r], model[r]) for r in rows], [0.025, 0.975]) for model in (first, second)
        )
        return (two[0] - one[1], two[1] - one[0]) if crosswise else tuple(two - one)

    return difference_interval


def drawn(rows_of, truths=True):
    """The bootstrap with other rows, or with truths that are not drawn."""

    def difference_interval(y, first, second, metric, n_draws=500):
        rng, gaps = np.random.default_rng(0), []
        for _ in range(n_draws):
            r = rows_of(rng, len(y))
            true = y[r] if truths else y[: len(r)]
            gaps.append(metric(true, second[r]) - metric(true, first[r]))
        return np.quantile(gaps, [0.025, 0.975])

    return difference_interval


def arguments_swapped(y, first, second, metric, n_draws=500):
    return by_bootstrap(y, first, second, lambda true, score: metric(score, true), n_draws)


def always_500(y, first, second, metric, n_draws=500):
    return by_bootstrap(y, first, second, metric)


# --- question 5 -----------------------------------------------------------------------------------


def decide_by(
    thresholds_of=None, *, own=False, everything=False, flip=False, folds=np.unique, seen=lambda c: c, at=True
):
    """Thresholds from candidates, chosen on the other folds unless told otherwise."""

    def decide(score, y, fold, costs):
        acted, costs = np.zeros(len(y), int), seen(np.array(costs))
        for number in folds(fold):
            held = fold == number
            rest = held if own else ~held
            rest = np.ones(len(y), bool) if everything else rest
            thresholds = thresholds_of(score[rest]) if thresholds_of else [*np.sort(score[rest])[::3], np.inf]
            sign = -1 if flip else 1
            paid = [costs[y[rest], (sign * score[rest] >= sign * b).astype(int)].sum() for b in thresholds]
            threshold = sign * thresholds[int(np.argmin(paid))]
            acted[held] = sign * score[held] >= threshold if at else sign * score[held] > threshold
        return acted

    return decide


def decide_by_sorting(ties=True):
    """One pass down the ranking, no candidates at all; right if equal scores stay together."""

    def decide(score, y, fold, costs):
        acted = np.zeros(len(y), bool)
        for number in set(fold.tolist()):
            rest = np.flatnonzero(fold != number)
            order = rest[np.argsort(-score[rest], kind="stable")]
            change = np.cumsum(costs[y[order], 1] - costs[y[order], 0]).astype(float)
            if ties:
                change[:-1][score[order][:-1] == score[order][1:]] = np.inf
            best = int(np.argmin(np.concatenate([[0], change])))
            threshold = np.inf if best == 0 else score[order[best - 1]]
            threshold = -np.inf if best == len(order) else threshold
            acted[fold == number] = score[fold == number] >= threshold
        return acted

    return decide


def without(truth, action):
    """The prices with one corner taken for 0."""

    def seen(costs):
        costs[truth, action] = 0
        return costs

    return seen


def grid(size):
    """A plain grid from the lowest score to the highest, and one threshold above."""
    return lambda score: [*np.linspace(score.min(), score.max(), size), np.inf]


def decide_by_curve(score, y, fold, costs):
    """Right: calibrated on the other folds, then by the prices."""
    from sklearn.isotonic import IsotonicRegression

    acted = np.zeros(len(y), bool)
    for number in np.unique(fold):
        rest = fold != number
        curve = IsotonicRegression(out_of_bounds="clip").fit(score[rest], y[rest])
        p = curve.predict(score[~rest])
        prices = [(1 - p) * costs[0, action] + p * costs[1, action] for action in (0, 1)]
        acted[~rest] = prices[1] < prices[0]
    return acted


def decide_in_a_list(score, y, fold, costs):
    """Right: floats in a list, midpoints between scores as candidates."""
    values = np.unique(score)
    thresholds = [values[0] - 1, *(values[1:] + values[:-1]) / 2, values[-1] + 1]
    return [
        float(act)
        for act in decide_by(lambda _: thresholds[:: max(1, len(thresholds) // 300)])(score, y, fold, costs)
    ]


def decide_globally(score, y, fold, costs):
    """One threshold for all: the mean of those of the folds."""
    chosen = []
    for number in np.unique(fold):
        rest = fold != number
        thresholds = np.append(np.unique(score[rest])[::3], score.max() + 1)
        paid = [costs[y[rest], (score[rest] >= b).astype(int)].sum() for b in thresholds]
        chosen.append(thresholds[int(np.argmin(paid))])
    return (score >= np.mean(chosen)).astype(int)


def decide_at_price(score, y, fold, costs):
    return (score >= costs[0, 1] / costs[1, 0]).astype(int)


# --- question 6 -----------------------------------------------------------------------------------


def random_points(evaluate, budget, seed):
    points = np.random.default_rng(seed).random((int(budget), 3))
    return min(points, key=evaluate)


def grid_points(evaluate, budget, seed):
    steps = (0.1, 0.5, 0.9)
    return min([(a, b, c) for a in steps for b in steps for c in steps], key=evaluate)


def optuna_points(evaluate, budget, seed):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8))
    study.optimize(lambda t: evaluate([t.suggest_float(name, 0, 1) for name in "abc"]), n_trials=int(budget))
    return [study.best_params[name] for name in "abc"]


def by_surface(evaluate, budget, seed):
    """Right: random points, then the bottom of a quadratic surface fitted to them."""
    points = np.random.default_rng(seed).random((24, 3))
    errors = [evaluate(point) for point in points]
    slopes = np.linalg.lstsq(np.column_stack([np.ones(24), points, points**2]), errors, rcond=None)[0]
    bottom = np.clip(-slopes[1:4] / (2 * np.maximum(slopes[4:], 1e-3)), 0, 1)
    best = points[int(np.argmin(errors))]
    return min([bottom, best, (bottom + best) / 2], key=evaluate)


def shares_then_near(evaluate, budget, seed):
    """Right: many points on small shares, then steps around the best on whole ones."""
    rng = np.random.default_rng(seed)
    points = sorted(rng.random((40, 3)), key=lambda point: evaluate(point, share=0.25))[:4]
    tried = [(evaluate(point), tuple(point)) for point in points]
    for trial in range(15):
        point = np.clip(min(tried)[1] + rng.normal(0, 0.2 * 0.88**trial, 3), 0, 1)
        tried.append((evaluate(point), tuple(point)))
    return min(tried)[1]


def by_halving(evaluate, budget, seed):
    """Right: the lesson's halving, 81 points on a ninth, 27 on a third, 9 on all hours."""
    points = list(np.random.default_rng(seed + 5).random((81, 3)))
    for kept, share in [(81, 1 / 9), (27, 1 / 3), (9, 1.0)]:
        scores = [evaluate(point, share=share) for point in points[:kept]]
        points = [points[k] for k in np.argsort(scores)]
    return points[0]


def halving_once(evaluate, budget, seed):
    """Right: sixty points on a quarter, the best fifteen on all hours."""
    points = sorted(np.random.default_rng(seed + 9).random((60, 3)), key=lambda p: evaluate(p, 0.25))
    return min(points[:15], key=evaluate)


def half_then_shrinking(evaluate, budget, seed):
    """Right: half of the budget at random, then shrinking steps."""
    rng = np.random.default_rng(seed + 3)
    tried = [(evaluate(point), tuple(point)) for point in rng.random((15, 3))]
    for trial in range(15):
        point = np.clip(min(tried)[1] + rng.normal(0, 0.25 * 0.85**trial, 3), 0, 1)
        tried.append((evaluate(point), tuple(point)))
    return min(tried)[1]


def one_at_a_time(evaluate, budget, seed):
    """Right: ten values of each setting in turn, the others held at the best so far."""
    point = [0.5, 0.5, 0.5]
    for place in range(3):
        tries = [[*point[:place], value, *point[place + 1 :]] for value in np.linspace(0.05, 0.95, 10)]
        point = min(tries, key=evaluate)
    return point


def fixed_steps(width):
    """Half at random, then steps of one width around the best."""

    def search(evaluate, budget, seed):
        rng = np.random.default_rng(seed)
        tried = [(evaluate(point), tuple(point)) for point in rng.random((budget // 2, 3))]
        while len(tried) < budget:
            point = np.clip(min(tried)[1] + rng.normal(0, width, 3), 0, 1)
            tried.append((evaluate(point), tuple(point)))
        return list(min(tried)[1])

    return search


def simplex(evaluate, budget, seed):
    """Right: Nelder and Mead's method, inside the box."""
    from scipy.optimize import minimize

    options = {"maxfev": int(budget) - 4}
    return minimize(evaluate, [0.5] * 3, method="Nelder-Mead", bounds=[(0, 1)] * 3, options=options).x


def unseeded(evaluate, budget, seed):
    rng = np.random.default_rng()
    return half_then_shrinking(evaluate, budget, int(rng.integers(10**6)))


def last_point(evaluate, budget, seed):
    points = np.random.default_rng(seed).random((int(budget), 3))
    return [(evaluate(point), point) for point in points][-1][1]


def only_shares(evaluate, budget, seed):
    points = np.random.default_rng(seed).random((int(budget), 3))
    return min(points, key=lambda point: evaluate(point, share=0.5))


def in_32_bits(matrix):
    return {name: np.float32(value) for name, value in from_counts(np.asarray(matrix, dtype=float)).items()}


def whole_fractions(matrix):
    """Right: Python's fractions, and arrays of no dimension."""
    (_, fp), (fn, tp) = [[int(count) for count in row] for row in matrix]
    found = {name: np.array(value) for name, value in from_counts(np.asarray(matrix, dtype=float)).items()}
    return found | {"precision": Fraction(tp, tp + fp), "recall": Fraction(tp, tp + fn)}


RIGHT = {
    "q1": [
        ("fractions, arrays of no dimension", (whole_fractions,)),
        ("float32", (in_32_bits,)),
        ("from counts", (from_counts,)),
        ("the cases written out", (from_cases,)),
    ],
    "q2": [
        ("loops", (audit_by_loop,)),
        ("tables, tuples", (audit_with_frames,)),
    ],
    "q3": [
        ("loops and lists", third(range_by_loop)),
        ("one array of two rows", third(range_vectors)),
        ("rounded ends", third(range_by_loop, rescued=rescued_by_rounding)),
    ],
    "q4": [
        (
            "percentiles",
            (lambda y, a, b, m, n_draws=500: by_bootstrap(y, a, b, m, n_draws),),
        ),
        ("normal curve", (by_standard_error,)),
        ("SciPy, percentiles", (by_scipy("percentile"),)),
        ("SciPy as it comes", (by_scipy("BCa"),)),
        ("a table, the interval mirrored", (by_frame,)),
        ("one model after the other, the same rows", (two_loops,)),
        ("one end after the other, the same draws", (end_by_end,)),
    ],
    "q5": [
        ("every third score", (decide_by(),)),
        ("one pass down the ranking", (decide_by_sorting(),)),
        ("a hundred steps", (decide_by(grid(100)),)),
        ("thirty steps", (decide_by(grid(30)),)),
        ("a thousand steps", (decide_by(grid(1000)),)),
        (
            "a hundred quantiles",
            (decide_by(lambda s: [*np.quantile(s, np.linspace(0, 1, 100)), s.max() + 1]),),
        ),
        ("choosing and acting above", (decide_in_a_list,)),
        ("calibrated", (decide_by_curve,)),
        ("every score", (lambda *a: decide_by(lambda _: [*np.unique(a[0]), np.inf])(*a),)),
        ("fifty quantiles", (decide_by(lambda score: [*np.quantile(score, np.linspace(0, 1, 50)), np.inf]),)),
    ],
    "q6": [
        ("Optuna", (optuna_points,)),
        ("a fitted surface", (by_surface,)),
        ("shares first", (shares_then_near,)),
        ("one setting after the other", (one_at_a_time,)),
        ("halving", (by_halving,)),
        ("halving once", (halving_once,)),
        ("steps of a tenth, a list", (fixed_steps(0.1),)),
        ("steps of a fifth", (fixed_steps(0.2),)),
        ("a simplex", (simplex,)),
        ("half at random, then shrinking steps", (half_then_shrinking,)),
    ],
}

WRONG = {
    "q1": [
        ("I read the matrix transposed", (lambda matrix: from_counts(np.transpose(matrix)),)),
        ("TP comes first", (lambda matrix: from_counts(np.asarray(matrix)[::-1, ::-1]),)),
        (
            "F1 as in the myth",
            (with_mistake(lambda s: s | {"f1": 2 * (1 / s["precision"] + 1 / s["recall"])}),),
        ),
        ("a mean is a mean", (with_mistake(lambda s: s | {"f1": (s["precision"] + s["recall"]) / 2}),)),
        (
            "beta, not squared",
            (
                with_mistake(
                    lambda s: (
                        s | {"f2": 3 * s["precision"] * s["recall"] / (2 * s["precision"] + s["recall"])}
                    )
                ),
            ),
        ),
        ("accuracy is balanced", (with_mistake(lambda s: s | {"balanced_accuracy": s["accuracy"]}),)),
        ("rounded to eight digits", (with_mistake(lambda s: {k: round(v, 8) for k, v in s.items()}),)),
        ("two digits will do", (with_mistake(lambda s: {k: round(v, 2) for k, v in s.items()}),)),
        ("the lesson's numbers", (lambda matrix: from_counts([[83, 2], [5, 10]]),)),
        ("in per cent", (with_mistake(lambda s: {k: 100 * v for k, v in s.items()}),)),
        (
            "specificity is the precision of no",
            (lambda m: from_counts(m) | {"specificity": m[0][0] / (m[0][0] + m[1][0])},),
        ),
        ("MCC without its root", (with_mistake(lambda s: s | {"mcc": s["mcc"] ** 2}),)),
        (
            "f2 leans to precision",
            (
                with_mistake(
                    lambda s: (
                        s
                        | {"f2": 1.25 * s["precision"] * s["recall"] / (0.25 * s["precision"] + s["recall"])}
                    )
                ),
            ),
        ),
        ("a list in it", (with_mistake(lambda s: s | {"f1": [s["f1"]]}),)),
        ("rounded to four digits", (with_mistake(lambda s: {k: round(v, 4) for k, v in s.items()}),)),
        (
            "recall with the row of the negatives",
            (lambda m: from_counts(m) | {"recall": m[1][1] / (m[0][0] + m[0][1])},),
        ),
        ("I forgot MCC", (with_mistake(lambda s: {k: v for k, v in s.items() if k != "mcc"}),)),
    ],
    "q2": [
        ("rows and columns swapped", (lambda m, p, digits=2: audit_by_loop(m.T, p, digits),)),
        ("F1 from the printed figures", (audit_own_f1,)),
        ("equal or not", (audit_exact,)),
        ("rounding both", (audit_by_rounding,)),
        ("half a digit and not a hair more", (audit_bare,)),
        (
            "true and false",
            (
                lambda m, p, digits=2: {
                    k: np.isin(range(len(m)), v) for k, v in audit_by_loop(m, p, digits).items()
                },
            ),
        ),
        ("precision only", (lambda m, p, digits=2: audit_by_loop(m, p, digits) | {"recall": []},)),
        ("six tenths of a digit", (lambda m, p, digits=2: audit_by_loop(m, p, digits - np.log10(1.3)),)),
        ("one list for all", (lambda m, p, digits=2: audit_by_loop(m, p, digits)["precision"],)),
        (
            "a whole digit of tolerance",
            (lambda m, p, digits=2: audit_by_loop(m, p, digits - 0.4),),
        ),
        ("the lesson's page", (lambda m, p, digits=2: audit_by_loop(PAGE, PRINTED),)),
        ("the lesson's matrix", (lambda m, p, digits=2: audit_by_loop(PAGE, p, digits),)),
        (
            "the first class is 1",
            (lambda m, p, digits=2: {k: [n + 1 for n in v] for k, v in audit_by_loop(m, p, digits).items()},),
        ),
        ("always two digits", (lambda m, p, digits=2: audit_by_loop(m, p, 2),)),
        (
            "how many",
            (lambda m, p, digits=2: {k: len(v) for k, v in audit_by_loop(m, p, digits).items()},),
        ),
    ],
    "q3": [
        ("only the diagonal moves", third(range_diagonal_only)),
        ("zeros go below zero", third(range_negative)),
        ("all move the same way", third(range_all_together)),
        ("along the rows", third(lambda matrix: range_by_loop(matrix.T))),
        ("high, low", third(lambda matrix: range_by_loop(matrix)[::-1])),
        ("the column sum as it moves by itself", third(range_own_denominator)),
        ("whole images", third(range_whole_images)),
        ("the diagonal below zero", third(range_diagonal_below_zero)),
        ("in per cent", third(lambda matrix: [100 * np.array(part) for part in range_by_loop(matrix)])),
        ("only the lowest", third(lambda matrix: range_by_loop(matrix)[0])),
        ("those not rescued", third(range_by_loop, rescued=lambda m, p: len(p) - rescued_by()(m, p))),
        ("a row of True and False", third(range_by_loop, rescued=lambda m, p: np.asarray(p) > 0)),
        ("a verdict of my own", third(range_by_loop, verdict="Possible, perhaps")),
        (
            "as counts",
            third(
                range_by_loop,
                rescued=rescued_by(range_of=lambda m: 2 * (np.diag(m) / m.sum(axis=0),)),
            ),
        ),
        ("the printed precisions are exact", third(range_by_loop, rescued=rescued_by(0, 0))),
        ("a whole digit each way", third(range_by_loop, rescued=rescued_by(0.01, 0.01))),
        ("only those that become possible", third(range_by_loop, rescued=newly_possible)),
        ("above the lowest", third(range_by_loop, rescued=rescued_by(0, 9))),
        ("below the highest", third(range_by_loop, rescued=rescued_by(9))),
        ("all ten", third(range_by_loop, rescued=lambda matrix, precision: 10)),
        ("just the number", third(range_by_loop, rescued=10)),
        ("still impossible", third(range_by_loop, verdict="impossible")),
        ("so it is true", third(range_by_loop, verdict="true")),
    ],
    "q4": [
        ("two draws", (lambda *a, **k: by_bootstrap(*a, **k, paired=False),)),
        ("error of the mean", (of_the_mean,)),
        ("ninety per cent", (lambda *a, **k: by_bootstrap(*a, **k, levels=(5, 95)),)),
        ("first minus second", (lambda *a, **k: by_bootstrap(*a, **k, swap=-1),)),
        ("half of the cases", (lambda *a, **k: by_bootstrap(*a, **k, size=0.5),)),
        ("high, low", (lambda *a, **k: by_bootstrap(*a, **k)[::-1],)),
        ("my own number of draws", (always_500,)),
        ("the size of the difference", (size_of_difference,)),
        ("the difference is positive", (always_better,)),
        ("one quantile off", (lambda *a, **k: by_bootstrap(*a, **k, levels=(2.5, 95)),)),
        ("ninety-nine per cent", (lambda *a, **k: by_bootstrap(*a, **k, levels=(0.5, 99.5)),)),
        ("from the lowest to the highest", (lambda *a, **k: by_bootstrap(*a, **k, levels=(0, 100)),)),
        ("a hundred cases a draw", (lambda *a, **k: by_bootstrap(*a, **k, size=0.334),)),
        ("shuffled", (by_permutation,)),
        ("the ends subtracted", (ends_subtracted(False),)),
        ("the ends subtracted crosswise", (ends_subtracted(True),)),
        ("never the last row", (drawn(lambda rng, n: rng.integers(0, n - 1, n)),)),
        ("never the first row", (drawn(lambda rng, n: rng.integers(1, n, n)),)),
        ("one row fewer", (drawn(lambda rng, n: rng.integers(0, n - 1, n - 1)),)),
        ("the truths as they are", (drawn(lambda rng, n: rng.integers(0, n, n), truths=False),)),
        ("score before truth", (arguments_swapped,)),
        ("only the width", (lambda *a, **k: np.ptp(by_bootstrap(*a, **k)),)),
        ("the same draw each time", (one_seed,)),
        ("the AUC, whatever the metric", (only_auc,)),
    ],
    "q5": [
        ("on the same fold", (decide_by(own=True),)),
        ("right answers for nothing", (decide_by(seen=without(0, 0)),)),
        ("a free false alarm", (decide_by(seen=without(0, 1)),)),
        ("a free miss", (decide_by(seen=without(1, 0)),)),
        ("a kept customer for nothing", (decide_by(seen=without(1, 1)),)),
        ("action before truth", (decide_by(seen=np.transpose),)),
        ("five folds", (decide_by(folds=lambda fold: range(5)),)),
        ("the last fold forgotten", (decide_by(folds=lambda fold: range(fold.max())),)),
        ("above the threshold", (decide_by(at=False),)),
        (
            "above it, with a candidate below all",
            (decide_by(lambda s: [-np.inf, *np.unique(s), np.inf], at=False),),
        ),
        ("equal scores parted", (decide_by_sorting(ties=False),)),
        ("the price of the exercise", (decide_by(seen=lambda costs: np.array([[0, 30], [300, 30]])),)),
        ("a list for each fold", (lambda s, y, fold, c: [list(y[fold == k]) for k in np.unique(fold)],)),
        ("the score itself", (lambda score, y, fold, costs: score,)),
        ("the truth", (lambda score, y, fold, costs: y,)),
        ("hardly any grid", (decide_by(grid(4)),)),
        ("one threshold for all", (decide_by(everything=True),)),
        ("thresholds from 0 to 1", (decide_by(lambda score: np.linspace(0, 1, 101)),)),
        ("the price's threshold", (decide_at_price,)),
        ("low scores act", (decide_by(flip=True),)),
        ("never nobody", (decide_by(lambda score: np.quantile(score, np.linspace(0, 0.9, 150))),)),
        ("hardly ever nobody", (decide_by(lambda score: np.quantile(score, np.linspace(0, 1, 300))),)),
        ("never everybody", (decide_by(lambda score: [*np.quantile(score, np.arange(1, 100) / 100), 99]),)),
        ("five quantiles", (decide_by(lambda score: [*np.quantile(score, np.linspace(0, 1, 5)), 99]),)),
        ("ten quantiles", (decide_by(lambda score: [*np.quantile(score, np.linspace(0, 1, 10)), 99]),)),
        ("thresholds from 0.005 to 0.9", (decide_by(lambda score: np.geomspace(0.005, 0.9, 150)),)),
        ("the mean of the thresholds", (decide_globally,)),
    ],
    "q6": [
        ("random search", (random_points,)),
        ("random search, luckier", (lambda e, budget, seed: random_points(e, budget, seed + 1000),)),
        ("the number of the point", (lambda e, budget, seed: int(e([0.5] * 3) > 0),)),
        ("the point and its error", (lambda e, budget, seed: (e([0.5] * 3), [0.5] * 3),)),
        ("a grid", (grid_points,)),
        ("unseeded", (unseeded,)),
        ("steps that leave the range", (lambda e, budget, seed: [1.2, e([0.5] * 3), 0.5],)),
        ("the last point", (last_point,)),
        ("random on half of the hours", (only_shares,)),
        ("steps as wide as the range", (fixed_steps(1.0),)),
        ("the middle", (lambda evaluate, budget, seed: (0.5, 0.5, 0.5),)),
        ("more is better", (lambda evaluate, budget, seed: random_points(evaluate, 3 * budget, seed),)),
        (
            "the highest score",
            (lambda e, budget, seed: max(np.random.default_rng(seed).random((30, 3)), key=e),),
        ),
        ("its error", (lambda evaluate, budget, seed: evaluate(random_points(evaluate, 29, seed)),)),
        (
            "on crumbs",
            (
                lambda evaluate, budget, seed: min(
                    np.random.default_rng(seed).random((1500, 3)), key=lambda p: evaluate(p, share=0.02)
                ),
            ),
        ),
    ],
}
