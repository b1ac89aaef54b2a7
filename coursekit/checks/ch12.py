"""The questions of chapter 12, regression algorithms."""

import functools

import numpy as np
import pandas as pd

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


def row_of_numbers(values, count, what):
    """The answer as an array of so many finite numbers; what does not fit is told."""
    fits = np.iterable(values) and not isinstance(values, str | dict)
    need(fits, what)
    array = np.asarray(list(values))
    need(array.dtype.kind in "iuf" and array.shape == (count,) and np.isfinite(array).all(), what)
    return array.astype(float)


def whole(*answers):
    """Are the answers there, and every part of them?"""
    parts = [part for answer in answers if isinstance(answer, list | tuple) for part in answer]
    return given(*answers) and given(*parts)


# --- question 1 -----------------------------------------------------------------------------------

TRUE = np.array([3.0, 5.0, 10.0, 2.0])


def four_metrics(true, predicted):
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    error = true - predicted
    mse = (error**2).mean()
    r2 = 1 - mse / ((true - true.mean()) ** 2).mean()
    return {"MAE": np.abs(error).mean(), "MSE": mse, "RMSE": np.sqrt(mse), "R2": r2}


def slips_of(name, true, predicted):
    """What likely mistakes give for one of the metrics, each with its hint."""
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    error, n = true - predicted, len(true)
    around = true - true.mean()
    with np.errstate(all="ignore"):
        return {
            "MAE": [
                (abs(error.mean()), "errors of different signs cancel; take absolute values first."),
                (error.mean(), "errors of different signs cancel; take absolute values first."),
                (np.median(np.abs(error)), "that is the median of the absolute errors."),
                (np.abs(error).sum(), "that is the sum; divide by the number of rows."),
                (
                    (np.abs(error) / np.abs(true)).mean(),
                    "those are shares of the true value; take the errors.",
                ),
                (
                    100 * (np.abs(error) / np.abs(true)).mean(),
                    "those are per cent; take the errors as they are.",
                ),
            ],
            "MSE": [
                ((error**2).sum(), "that is the sum; divide by the number of rows."),
                ((error**2).sum() / (n - 1), "divide by the number of rows, not by one less."),
                (np.sqrt((error**2).mean()), "that is its root, the RMSE."),
                (error.var(), "that is the variance of the errors: their mean was subtracted first."),
            ],
            "RMSE": [
                ((error**2).mean(), "that is the MSE; take its root."),
                (np.sqrt((error**2).sum()), "that is the root of the sum; take the mean first."),
                (np.sqrt((error**2).sum() / (n - 1)), "divide by the number of rows, not by one less."),
                (np.sqrt(np.abs(error).mean()), "that is the root of the MAE; square the errors."),
                (error.std(), "that is the standard deviation: the mean error was subtracted first."),
            ],
            "R2": [
                (np.corrcoef(true, predicted)[0, 1] ** 2, "that is the squared correlation."),
                (100 * (1 - (error**2).sum() / (around**2).sum()), "give it as a share, not in per cent."),
                (abs(1 - (error**2).sum() / (around**2).sum()), "it may be negative: leave the sign."),
                (
                    1 - np.sqrt((error**2).sum() / (around**2).sum()),
                    "the ratio is one of squares, without a root.",
                ),
                (1 - np.abs(error).sum() / np.abs(around).sum(), "the ratio is one of squares."),
                (1 - (error**2).sum() / true.var(ddof=1) / n, "divide two sums, or two means, alike."),
                ((error**2).sum() / (around**2).sum(), "that is the ratio; R² is 1 minus it."),
                (
                    max(0, 1 - (error**2).sum() / (around**2).sum()),
                    "it may be negative: a constant can be better.",
                ),
                (
                    1 - (error**2).sum() / ((predicted - predicted.mean()) ** 2).sum(),
                    "below the line stand the true values minus their own mean.",
                ),
                (
                    1 - (error**2).sum() / (true**2).sum(),
                    "below the line subtract the mean of the true values.",
                ),
            ],
        }[name]


def predictions_to_judge():
    """What is special, true and predicted values of each case."""
    rng = np.random.default_rng(12)
    many = rng.normal(50, 9, 300)
    near = many + rng.normal(1, 4, 300)
    places = rng.permutation(300)
    return [
        ("the example", [3, 5, 10, 2], [4, 5, 7, 2]),
        ("arrays", many, near),
        ("always the mean", many, np.full(300, many.mean())),
        ("predictions that are worse than the mean", (1, 2, 3, 4, 8), (9, -3, 14, 0, -7)),
        ("perfect predictions", [5.0, 7.0], [5.0, 7.0]),
        ("two Series with the rows in one order", pd.Series(many), pd.Series(near)),
        ("two Series whose indexes differ", pd.Series(many, index=places), pd.Series(near)),
        ("float32", many.astype("float32"), near.astype("float32")),
    ]


def need_metrics(metrics):
    for what, true, predicted in predictions_to_judge():
        own = [part.copy() if hasattr(part, "copy") else part for part in (true, predicted)]
        found = attempt(lambda own=own: metrics(*own))
        need(not isinstance(found, Exception), f"metrics: with {what} it raises {told(found)}")
        same = np.array_equal(own[0], true) and np.array_equal(own[1], predicted)
        need(same, "metrics changes the values that it was given.")
        need(found is not None, "metrics returns nothing: does it end with return?")
        need(
            isinstance(found, dict), 'metrics returns a dictionary with the keys "MAE", "MSE", "RMSE", "R2".'
        )
        right = four_metrics(true, predicted)
        missing = sorted(set(right) - set(found))
        need(not missing, f"metrics: the key {', '.join(map(repr, missing))} is missing; spell it so.")
        for name, value in right.items():
            got = found[name]
            close = 1e-4 if what == "float32" or np.asarray(got).dtype == np.float32 else 1e-8
            need(is_number(got), f"metrics: with {what}, {name} is not a single number.")
            if np.isclose(float(got), value, rtol=close, atol=close):
                continue
            if "indexes differ" in what:
                need(False, f"metrics: with {what}, {name} is {got:.4f}. Do rows match by position?")
            for other, hint in slips_of(name, true, predicted):
                need(not np.isclose(float(got), other, rtol=1e-6, atol=1e-6), f"metrics: {name}: {hint}")
            rounded = np.isclose(float(got), value, rtol=0, atol=0.006)
            need(not rounded, f"metrics: with {what}, {name} is nearly right. Is something rounded?")
            need(False, f"metrics: with {what}, {name} is {float(got):.4f}, which is not right.")


def rmse_with_mae_2(predicted, name):
    """RMSE of the learner's list, if its MAE is 2."""
    array = row_of_numbers(predicted, 4, f"{name} is a list of four numbers, one for each value of true.")
    mae = np.abs(TRUE - array).mean()
    errors = np.isclose(mae, np.abs(TRUE - TRUE - array).mean()) and np.isclose(np.abs(array).sum(), 8)
    need(
        np.isclose(mae, 2, atol=1e-6) or not errors,
        f"{name} looks like the errors; give the predictions, true values and errors together.",
    )
    need(np.isclose(mae, 2, atol=1e-6), f"{name} has an MAE of {mae:.2f}; it must be 2.")
    return np.sqrt(((TRUE - array) ** 2).mean())


@question
def q1(metrics, even, single):
    if given(metrics):
        need_metrics(metrics)
    if whole(even):
        rmse = rmse_with_mae_2(even, "even")
        need(rmse < 2 + 1e-6, f"even has an MAE of 2 and an RMSE of {rmse:.2f}; a smaller one is possible.")
    if whole(single):
        rmse = rmse_with_mae_2(single, "single")
        need(rmse > 4 - 1e-6, f"single has an MAE of 2 and an RMSE of {rmse:.2f}; a larger one is possible.")


# --- question 2 -----------------------------------------------------------------------------------


def ridge(X, y, alpha, centre=True):
    """Intercept and weights; without centring the intercept is penalised like a weight."""
    if centre:
        means, middle = X.mean(axis=0), y.mean()
        table = X - means
        weights = np.linalg.lstsq(
            np.vstack([table, np.sqrt(alpha) * np.eye(X.shape[1])]),
            np.r_[y - middle, np.zeros(X.shape[1])],
            rcond=None,
        )[0]
        return middle - means @ weights, weights
    ones = np.column_stack([np.ones(len(X)), X])
    found = np.linalg.solve(ones.T @ ones + alpha * np.eye(ones.shape[1]), ones.T @ y)
    return found[0], found[1:]


def tables_to_fit():
    """What is special, X, y and alpha of each case."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(40, 3)) * [1, 5, 0.3] + [4, -20, 1]
    y = 30 + X @ [2.0, -0.5, 8.0] + rng.normal(size=40)
    twin = np.column_stack([X, X[:, 0]])
    small = np.array([[1.0, 20.0], [2.0, 10.0], [4.0, 40.0], [5.0, 20.0]])
    return [
        ("the small table, alpha 0", small, np.array([10.0, 13.0, 12.0, 19.0]), 0),
        ("the small table, alpha 2", small, np.array([10.0, 13.0, 12.0, 19.0]), 2),
        ("three columns, alpha 0", X, y, 0),
        ("three columns, alpha 0.5", X, y, 0.5),
        ("three columns, alpha 30", X, y, 30.0),
        ("one column", X[:, :1], y, 3),
        ("two columns that are alike", twin, y, 1.0),
        ("more columns than rows", X[:3], y[:3], 2.0),
        ("whole numbers", np.array([[1, 2], [3, 1], [4, 4], [9, 3]]), np.array([4, 8, 1, 7]), 1),
    ]


def alike(found, right, close):
    return all(np.allclose(a, b, rtol=close, atol=close) for a, b in zip(found, right, strict=True))


def need_the_weights(what, found, X, y, alpha):
    pair = np.iterable(found) and not isinstance(found, str | dict) and len(list(found)) == 2
    need(pair, f"With {what}: return a pair, the intercept and the array of weights.")
    first, second = list(found)
    columns = X.shape[1]
    swapped = np.size(first) == columns > 1 and np.size(second) == 1
    need(not swapped, f"With {what}: the intercept comes first, then the weights.")
    need(np.size(first) == 1, f"With {what}: the intercept must be one number.")
    flat = np.asarray(second)
    need(
        flat.shape == (columns,) and flat.dtype.kind in "iuf",
        f"With {what}: give the weights as an array of {columns} numbers; yours has the shape {flat.shape}.",
    )
    need(
        np.asarray(first).dtype.kind in "iuf" and np.isfinite([np.ravel(first)[0], *flat]).all(),
        f"With {what}: these are no finite numbers.",
    )
    found = float(np.ravel(first)[0]), flat.astype(float)
    close = 2e-3 if flat.dtype == np.float32 or np.asarray(first).dtype == np.float32 else 1e-8
    right = ridge(X, y, alpha)
    if alike(found, right, close):
        return
    n, std = len(X), X.std(axis=0)
    scaled = ridge((X - X.mean(axis=0)) / std, y, alpha)
    table = X - X.mean(axis=0)
    added = np.linalg.lstsq(table.T @ table + alpha, table.T @ (y - y.mean()), rcond=None)[0]
    everywhere = y.mean() - X.mean(axis=0) @ added, added
    longer = np.vstack([X, np.sqrt(alpha) * np.eye(columns)])
    half = np.linalg.lstsq(longer, np.r_[y - y.mean(), np.zeros(columns)], rcond=None)[0]
    half_centred = y.mean() - X.mean(axis=0) @ half, half
    slips = [
        (ridge(X, y, alpha, centre=False), "the intercept is penalised like a weight; it must not be."),
        (ridge(X, y, n * alpha), "the errors are summed here; do not take their mean, nor alpha times n."),
        (ridge(X, y, alpha / n), "alpha is divided by the number of rows; the formula does not."),
        (ridge(X, y, alpha**2), "alpha is squared; in the normal equations it stands as it is."),
        (ridge(X, y, alpha / 2), "half of alpha is used. The factor 2 of both slopes cancels."),
        (ridge(X, y, 2 * alpha), "twice alpha is used. The factor 2 of both slopes cancels."),
        (ridge(X, y, 0), "alpha has no effect: this is least squares."),
        (everywhere, "alpha is added to every place of the table of sums; it belongs on the diagonal only."),
        (half_centred, "y is centred and the columns are not; subtract their means, too."),
        (ridge(X, y, 1), "always the penalty 1, whatever alpha is."),
        ((y.mean(), right[1]), "the intercept of the centred columns; what do the columns' means add?"),
        (
            scaled,
            "the columns are scaled as well; the penalty is for the weights of the columns as they are.",
        ),
        (
            (y.mean() - X.mean(axis=0) @ (scaled[1] / std), scaled[1] / std),
            "the columns are scaled before the penalty; it is for the weights of the columns as they are.",
        ),
        ((0.0, right[1]), "the intercept is 0; what do the columns' means add?"),
    ]
    for other, hint in slips:
        need(not alike(found, other, 1e-7), f"With {what}: {hint}")
    no_intercept = np.linalg.lstsq(longer, np.r_[y, np.zeros(columns)], rcond=None)[0]
    plain = np.allclose(found[1], no_intercept, atol=1e-7)
    need(not plain, f"With {what}: the weights are those without an intercept. Subtract the means first.")
    weights_right = np.allclose(found[1], right[1], rtol=close, atol=close)
    need(not weights_right, f"With {what}: the weights are right, the intercept is not.")
    off = max(abs(found[0] - right[0]), np.abs(found[1] - right[1]).max())
    need(off > 0.01, f"With {what}: nearly; the largest error is {off:.1e}, 1e-8 is asked for.")
    need(False, f"With {what}: these are not the numbers that minimise the sum. Compare with Ridge.")


@question
def q2(ridge_weights):
    for what, X, y, alpha in tables_to_fit():
        own_X, own_y = X.copy(), y.copy()
        found = attempt(lambda own=(own_X, own_y), alpha=alpha: ridge_weights(*own, alpha))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = np.array_equal(X, own_X) and np.array_equal(y, own_y)
        need(same, "It changes the table or y that it was given: centre into new arrays.")
        need(found is not None, "It returns nothing: does it end with return?")
        need_the_weights(what, found, X, y, alpha)


# --- question 3 -----------------------------------------------------------------------------------

DRAWS = 1000
END_OFF = 0.15  # an end may lie off by this share of the interval's width: five times the noise of 500 draws


@functools.cache
def homes():
    """The notebook's table of normal sales: columns of numbers without a gap."""
    sales = load("houses")
    sales = sales[(sales["sale_condition"] == "Normal") & (sales["living_area"] < 4000)]
    codes = ["order", "parcel_id", "dwelling_class"]
    return sales.select_dtypes("number").drop(columns=codes).dropna(axis=1).reset_index(drop=True)


@functools.cache
def times_drawn():
    """How often each house is in each bootstrap sample."""
    n = len(homes())
    rng = np.random.default_rng(2012)
    return np.array([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(DRAWS)])


def slopes(columns, times, target=None):
    """Least-squares weight of the first of one or two columns, for each row of `times`."""
    values = homes()[list(columns)].to_numpy(float)
    values = values - values.mean(axis=0)
    y = homes()["price"].to_numpy(float) if target is None else target
    n = times.sum(axis=1)
    means = [times @ column / n for column in values.T]
    mean_y = times @ y / n

    def moment(a, b, mean_a, mean_b):
        return times @ (a * b) / n - mean_a * mean_b

    first = values[:, 0]
    xx, xy = moment(first, first, means[0], means[0]), moment(first, y, means[0], mean_y)
    if len(columns) == 1:
        return xy / xx
    second = values[:, 1]
    zz, zy = moment(second, second, means[1], means[1]), moment(second, y, means[1], mean_y)
    xz = moment(first, second, means[0], means[1])
    with np.errstate(all="ignore"):
        return (xy * zz - zy * xz) / (xx * zz - xz**2)


def name_of_column(name, what):
    """The learner's column, if the table has it."""
    need(isinstance(name, str), f"{what} is the name of one column, a text.")
    known = list(homes().columns.drop("price"))
    need(name != "price", f"{what} must not be the price: that is what the regression is for.")
    need(name in known, f"{what}: {name!r} is none of the columns that the given cell prints.")
    return name


def need_interval(numbers, columns, what):
    """Are these weight and ends of this regression?"""
    shape = f"{what} is three numbers: the weight, and the low and the high end of its interval."
    weight, low, high = row_of_numbers(numbers, 3, shape)
    one = np.ones((1, len(homes())), dtype=int)
    right = float(slopes(columns, one)[0])
    whom = f"{columns[0]!r} " + (f"with {columns[1]!r}" if len(columns) == 2 else "alone")
    y, x = homes()["price"].to_numpy(float), homes()[columns[0]].to_numpy(float)
    if not np.isclose(weight, right, rtol=5e-3):
        slips = [
            (right / 1000, "it is in thousands of dollars; dollars are asked for."),
            (right * x.std(), "that is the weight of the scaled column; take the column as it is."),
            (right * x.std(ddof=1), "that is the weight of the scaled column; take the column as it is."),
            (
                float(slopes(columns, one, np.log(y))[0]),
                "that is the weight for the log price; take dollars.",
            ),
            (np.corrcoef(x, y)[0, 1], "that is a correlation; the weight of a regression is asked for."),
            (-right, "the sign is the wrong way round."),
        ]
        if len(columns) == 2:
            slips += [
                (float(slopes(columns[::-1], one)[0]), "that is the weight of the partner."),
                (float(slopes(columns[:1], one)[0]), "that is the weight without the partner."),
            ]
        else:
            slips += [(float(slopes(columns, one)[0] * 0), "that is 0.")]
        for other, hint in slips:
            need(not np.isclose(weight, other, rtol=5e-3), f"{what}: {hint}")
        ends = np.isclose([low, high], right, rtol=5e-3).any()
        need(not ends, f"{what}: the weight of all houses comes first, then the two ends.")
        need(False, f"{what}: the weight of {whom}, on all {len(homes()):,} houses, is not {weight:,.1f}.")
    need(low <= high, f"{what}: the low end comes before the high one.")
    need(low < high, f"{what}: the interval has no width. Were houses drawn with replacement?")
    drawn = slopes(columns, times_drawn())
    own_low, own_high = np.quantile(drawn, [0.025, 0.975])
    width = own_high - own_low
    reach = low < 0.3 * weight and low < own_low - width and np.isclose(abs(low - high), 0, atol=width / 3)
    need(not reach, f"{what}: give the ends of the interval, not how far it reaches.")
    inside = low <= weight <= high
    need(inside, f"{what}: the weight is not between its ends. Are they the ends, of the same regression?")
    share = (high - low) / width
    need(
        share > 0.15,
        f"{what}: the interval is far too narrow. Take the quantiles of the weights; divide by nothing.",
    )
    need(
        not 0.4 < share < 0.6,
        f"{what}: the interval is about half as wide as ours. One standard deviation to each side is too "
        "little, and a few draws are; take the 2.5 % and 97.5 % quantiles of 500 or more.",
    )
    close = max(abs(low - own_low), abs(high - own_high)) < END_OFF * width
    need(
        close,
        f"{what}: the interval is {share:.2f} times as wide as that of our draws, or lies elsewhere. As many "
        "houses as there are, whole rows, with replacement, 500 times or more; quantiles 2.5 % and 97.5 %.",
    )
    return low, high, share


@question
def q3(column, partner, alone, together):
    names = []
    for name, what in [(column, "column"), (partner, "partner")]:
        if given(name):
            names.append(name_of_column(name, what))
    if given(column, partner):
        need(column != partner, "column and partner are the same.")
        need({column, partner} != {"bedrooms", "living_area"}, "That pair is the lesson's; find another.")
        apart = np.abs(np.corrcoef(homes()[column], homes()[partner])[0, 1]) < 1 - 1e-9
        need(apart, "column and partner are copies of each other.")
        one = np.ones((1, len(homes())), dtype=int)
        signs = slopes([column], one)[0] * slopes([column, partner], one)[0]
        need(signs < 0, f"The weight of {column!r} does not change its sign when {partner!r} joins.")
    if given(column) and whole(alone):
        low, high, share = need_interval(alone, [column], "alone")
        need(low * high > 0, "The interval of alone holds 0: its sign is not sure. Find a clearer pair.")
        if given(partner, together) and whole(together):
            low_2, high_2, share_2 = need_interval(together, [column, partner], "together")
            need(low_2 * high_2 > 0, "The interval of together holds 0: its sign is not sure; seek another.")
            need(
                0.88 < (share + share_2) / 2 < 1.14,
                f"Together both intervals are {(share + share_2) / 2:.2f} times as wide as ours: do they "
                "leave 2.5 % on each side? If so, draw more samples.",
            )
    elif given(column, partner) and whole(together):
        need_interval(together, [column, partner], "together")


# --- question 4 -----------------------------------------------------------------------------------

MODELS = ("ridge", "neighbours", "forest")
TABLE_OFF = {"ridge": 0.01, "neighbours": 0.01, "forest": 0.03}  # a forest may have another seed


def log_of_fits():
    """A model that writes down what it is fitted on and asked about, and says the mean of y plus column a."""
    from sklearn.base import BaseEstimator, RegressorMixin

    seen = {"fit": [], "predict": []}

    class Watched(RegressorMixin, BaseEstimator):
        def __init__(self, add=0.0):
            self.add = add

        def fit(self, X, y, **more):
            seen["fit"].append(np.column_stack([np.asarray(X, dtype=float), np.asarray(y, dtype=float)]))
            self.mean_ = float(np.mean(y))
            return self

        def predict(self, X):
            seen["predict"].append(np.asarray(X, dtype=float))
            return self.mean_ + self.add + np.asarray(X, dtype=float)[:, 0]

    return Watched(add=0.25), seen


def need_mean_log_error(mean_log_error):
    rng = np.random.default_rng(4)
    for rows, share in [(30, 0.3), (12, 0.5), (9, 0.12)]:
        X = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["a", "b"], index=rng.permutation(rows) + 100)
        y = rng.normal(size=rows) + 12
        held_out = rng.permutation(rows) < max(1, int(share * rows))
        model, seen = log_of_fits()
        own = X.copy(), y.copy(), held_out.copy()
        found = attempt(lambda model=model, own=own: mean_log_error(model, *own))
        need(not isinstance(found, Exception), f"mean_log_error raises {told(found)}")
        same = X.equals(own[0]) and np.array_equal(y, own[1]) and np.array_equal(held_out, own[2])
        need(same, "mean_log_error changes a table that it was given.")
        need(found is not None, "mean_log_error returns nothing: does it end with return?")
        need(seen["fit"], "mean_log_error does not fit the model that it is given, or a clone of it.")
        all_rows = np.column_stack([X.to_numpy(), y])
        for fitted_on in seen["fit"]:
            known = [(np.abs(all_rows - row).max(axis=1) < 1e-9) for row in fitted_on]
            which = np.array(known).any(axis=0)
            need(
                np.array(known).any(axis=1).all(),
                "mean_log_error: the model is fitted on rows that are not in the table as they were given. "
                "If they are scaled, held-out rows may have had a part in it; leave that to the model.",
            )
            need(
                not (which & held_out).any(),
                f"mean_log_error: {(which & held_out).sum()} of {held_out.sum()} held-out rows had a part in "
                "the fit.",
            )
        need(which.sum() == (~held_out).sum(), "mean_log_error: learn from all rows that are not held out.")
        need(not hasattr(model, "mean_"), "mean_log_error fits the model itself; fit a clone of it.")
        need(is_number(found), "mean_log_error returns one number.")
        said = y[~held_out].mean() + 0.25 + X["a"].to_numpy()
        off = said - y
        right = off[held_out].mean()
        if np.isclose(float(found), right, rtol=1e-6, atol=1e-6):
            continue
        slips = [
            (-right, "it is true minus predicted; predicted minus true is asked for."),
            (np.abs(off[held_out]).mean(), "absolute errors do not say on which side they lie."),
            (np.median(off[held_out]), "that is the median; the mean is asked for."),
            (np.sqrt((off[held_out] ** 2).mean()), "that is the RMSE, which has no sign."),
            (off[~held_out].mean(), "those are the errors on the rows it learned from."),
            (off.mean(), "those are the errors on all rows; take the held-out ones."),
            (off[held_out].sum(), "that is the sum of the errors; take the mean."),
            (np.exp(off[held_out]).mean() - 1, "that is a share; leave the errors in logs."),
            (np.exp(right) - 1, "that is a share; leave the errors in logs."),
            ((off[held_out] ** 2).mean(), "that is the MSE, which has no sign."),
            ((off / y)[held_out].mean(), "that is a share of the log price; do not divide by it."),
            (off[held_out].mean() - 0.25, "the setting of the model has been lost: clone the model given."),
        ]
        for other, hint in slips:
            need(not np.isclose(float(found), other, rtol=1e-6, atol=1e-6), f"mean_log_error: {hint}")
        need(
            abs(float(found) - right) > 0.006, f"mean_log_error: {float(found):.4f} is nearly right. Rounded?"
        )
        need(
            False, f"mean_log_error: the value {float(found):.4f} is not right. Compare on four rows by hand."
        )


@functools.cache
def beyond():
    """The two tables of the task, made here."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = homes().drop(columns="price"), np.log(homes()["price"].to_numpy(float))
    bikes = load("bikes").iloc[::3].reset_index(drop=True)
    day_and_hour = bikes["working_day"].astype(str) + "_" + bikes["hour"].astype(str)
    weather = bikes[["temperature", "humidity", "wind_speed"]]
    bike_X = pd.concat([weather, pd.get_dummies(day_and_hour, dtype=float)], axis=1)
    bike_y = np.log(bikes["bikers"].to_numpy(float))
    sets = {
        "houses_table": (X, y, (homes()["overall_quality"] > 7).to_numpy()),
        "bikes_table": (bike_X, bike_y, (bikes["temperature"] > 0.7).to_numpy()),
    }
    models = {
        "ridge": make_pipeline(StandardScaler(), Ridge(alpha=10)),
        "neighbours": make_pipeline(StandardScaler(), KNeighborsRegressor(8)),
        "forest": RandomForestRegressor(40, max_features=0.3, random_state=0),
    }
    found = {}
    for what, (table, target, far) in sets.items():
        for name, model in models.items():
            off = model.fit(table[~far], target[~far]).predict(table) - target
            found[what, name] = off[far].mean(), off[~far].mean(), np.abs(off[far]).mean()
    return found


def need_table(table, what):
    """Is this the table of the three models?"""
    if isinstance(table, pd.Series):
        table = table.to_dict()
    need(isinstance(table, dict), f'{what} is a dictionary such as {{"ridge": -0.1, …}}.')
    need(set(table) == set(MODELS), f"{what} has the keys {', '.join(map(repr, MODELS))}.")
    for name in MODELS:
        if not given(table[name]):
            continue
        need(is_number(table[name]), f"{what}: the value of {name!r} is one number.")
        value, (right, inside, absolute) = float(table[name]), beyond()[what, name]
        if abs(value - right) < TABLE_OFF[name]:
            continue
        far = "better houses" if what == "houses_table" else "warm hours"
        slips = [
            (-right, "predicted minus true is asked for, not true minus predicted."),
            (absolute, "that is the mean of the absolute errors, which has no sign."),
            (100 * right, "leave the errors in logs, not in per cent."),
            (np.exp(right) - 1, "that is a share of the value; leave the errors in logs."),
        ]
        other = beyond()["bikes_table" if what == "houses_table" else "houses_table", name][0]
        slips.append((other, "that is the number of the other table."))
        for wrong, hint in slips:
            near = abs(value - wrong) < 0.006 * max(1, abs(wrong))
            need(not near, f"{what}: {name!r}: {hint}")
        need(
            abs(value - inside) > 0.02,
            f"{what}: {name!r} has {value:+.2f}, about what this model has on the rows it learned from. The "
            f"{far} must be held out.",
        )
        need(False, f"{what}: {name!r} has {value:+.2f}, which is not what this model gives for the {far}.")


def need_names(names, what, table_name, sign):
    """Are these the models that are off by more than 0.1 on this side?"""
    fits = np.iterable(names) and not isinstance(names, str | dict)
    need(fits, f"{what} is a list of names of models.")
    names = [str(name) for name in names]
    unknown = [name for name in names if name not in MODELS]
    need(not unknown, f"{what}: the names are {', '.join(map(repr, MODELS))}.")
    right = {name for name in MODELS if sign * beyond()[table_name, name][0] > 0.1}
    more, fewer = set(names) - right, right - set(names)
    side = "too low" if sign < 0 else "too high"
    need(not more, f"{what}: {', '.join(sorted(more))} is not {side} by more than 0.1 in {table_name}.")
    need(not fewer, f"{what}: there is another one that is {side} by more than 0.1; look at {table_name}.")


@question
def q4(mean_log_error, houses_table, bikes_table, too_low, too_high):
    if given(mean_log_error):
        need_mean_log_error(mean_log_error)
    if given(houses_table):
        need_table(houses_table, "houses_table")
    if given(bikes_table):
        need_table(bikes_table, "bikes_table")
    if whole(too_low):
        need_names(too_low, "too_low", "houses_table", -1)
    if whole(too_high):
        need_names(too_high, "too_high", "bikes_table", 1)


# --- question 5 -----------------------------------------------------------------------------------

INSIDE = {"built before 1950": (0.84, 0.96), "built later": (0.86, 0.94)}
WIDEST = {"built before 1950": 0.60, "built later": 0.37}
CUTS = (21, 22, 23, 24)
NOISE = 0.3


def cut(seed, noise=0.0):
    """Past and new houses; the log price of later ones with noise."""
    table = homes().drop(columns="price").assign(log_price=np.log(homes()["price"].to_numpy(float)))
    rng = np.random.default_rng(seed)
    later = (table["year_built"] >= 1950).to_numpy()
    table["log_price"] += np.where(later, rng.normal(0, 1, len(table)) * noise, 0.0)
    order = rng.permutation(len(table))
    some = int(0.7 * len(table))
    return table.iloc[order[:some]], table.iloc[order[some:]]


def ask(limits, past, new, what):
    """The two limits that the learner's function gives, as arrays."""
    own_past, own_new = past.copy(), new.drop(columns="log_price")
    kept = own_new.copy()
    found = attempt(lambda: limits(own_past, own_new))
    if isinstance(found, KeyError) and "log_price" in str(found):
        need(False, "limits looks for log_price in new; the price of a new house is not known.")
    need(not isinstance(found, Exception), f"{what}, limits raises {told(found)}")
    need(own_past.equals(past) and own_new.equals(kept), "limits changes a table that it was given.")
    need(found is not None, "limits returns nothing: does it end with return?")
    rows = isinstance(found, np.ndarray | pd.DataFrame) and found.shape == (len(new), 2)
    need(not rows, f"{what}: a row for each house comes back; return two arrays, lower and upper limits.")
    found = list(found) if np.iterable(found) and not isinstance(found, str | dict) else []
    need(len(found) == 2, f"{what}: return two arrays, the lower and the upper limits.")
    shape = f"{what}: each of the two arrays has one number for each of the {len(new)} new houses."
    low, high = (row_of_numbers(part, len(new), shape) for part in found)
    crossed = (low > high).mean()  # two quantile models may cross for an odd house
    need(crossed < 0.03, f"{what}: {crossed:.0%} of the lower limits lie above the upper ones; lower first.")
    typical = np.median(np.r_[low, high])
    need(
        8 < typical < 16,
        f"{what}: the limits are around {typical:,.2f}. The log price of a house is about 12: give limits of "
        "that, not dollars and not distances.",
    )
    return low, high


def shares_inside(limits, noise, what, cuts):
    """Share inside and mean width in each group, over the cuts."""
    rows = []
    for seed in cuts:
        past, new = cut(seed, noise)
        low, high = ask(limits, past, new, what)
        y, old = new["log_price"].to_numpy(), (new["year_built"] < 1950).to_numpy()
        inside = (low <= y) & (y <= high)
        groups = zip(INSIDE, (old, ~old), strict=True)
        rows.append({name: (inside[rows].mean(), (high - low)[rows].mean()) for name, rows in groups})
    return {name: np.mean([row[name] for row in rows], axis=0) for name in INSIDE}


@question
def q5(limits):
    found = shares_inside(limits, 0.0, "On other cuts", CUTS)
    old, later = (found[name][0] for name in INSIDE)
    for name, (inside, width) in found.items():
        low, high = INSIDE[name]
        said = f"Of the houses {name}, {inside:.1%} lie inside, with a mean width of {width:.2f}"
        about = " Old and later houses need limits of their own." if old < low and later >= 0.86 else ""
        if name == "built before 1950" or inside >= 0.86:
            about = about or (
                " Do the residuals come from rows that the model had not learned from, and do the limits "
                "leave 5 % on each side?"
            )
        need(inside >= low, f"{said}; {low:.0%} at least are asked for.{about}")
        need(width > 0.12, f"{said}: too good to be true. Has the function seen their prices?")
        need(width <= WIDEST[name], f"{said}; at most {WIDEST[name]:.2f} is asked for.")
        need(inside <= high, f"{said}; more than {high:.0%} is more than promised: make the limits narrower.")
    past, new = cut(CUTS[0])
    old_houses = new[new["year_built"] < 1950]
    low, high = ask(limits, past, new, "On another cut")
    again = np.abs(low - ask(limits, past, new, "On another cut")[0]).max()
    close = 0.06 if again > 1e-9 else 1e-5  # without a seed the folds change, and so do the limits
    for part, what in [(old_houses, "With old houses only"), (new.iloc[:1], "With a single new house")]:
        low_part, high_part = ask(limits, past, part, what)
        here = new.index.isin(part.index)
        off = max(np.abs(low[here] - low_part).max(), np.abs(high[here] - high_part).max())
        need(
            off < close,
            f"{what} the limits change by up to {off:.1g}: they depend on the other new houses. Is anything, "
            "be it a scaler, fitted on new?",
        )
    noisy = shares_inside(limits, NOISE, "With noisier prices", CUTS[:2])
    for name, (inside, width) in noisy.items():
        low, high = INSIDE[name]
        need(
            low - 0.03 <= inside <= high + 0.03,
            f"With noise added to the prices of later houses, {inside:.1%} of the houses {name} lie inside, "
            f"with a mean width of {width:.2f}. The widths must be learned from past, for each group.",
        )
