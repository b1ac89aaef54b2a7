"""Answers to the questions of chapter 12 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn import metrics as library
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def metrics(**other):
    """The four metrics, some of them computed otherwise by a function of true values and errors."""

    def four(true, predicted):
        true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
        error = true - predicted
        found = {
            "MAE": np.abs(error).mean(),
            "MSE": (error**2).mean(),
            "RMSE": np.sqrt((error**2).mean()),
            "R2": 1 - (error**2).sum() / ((true - true.mean()) ** 2).sum(),
        }
        return found | {name: way(true, error) for name, way in other.items()}

    return four


def metrics_by_library(true, predicted):
    return {
        "RMSE": library.root_mean_squared_error(true, predicted),
        "R2": library.r2_score(true, predicted),
        "MAE": library.mean_absolute_error(true, predicted),
        "MSE": library.mean_squared_error(true, predicted),
    }


def metrics_in_a_loop(true, predicted):
    """Plain Python, with sums."""
    pairs = [(float(t), float(p)) for t, p in zip(true, predicted, strict=True)]
    n, mean = len(pairs), sum(t for t, _ in pairs) / len(pairs)
    squares, around = sum((t - p) ** 2 for t, p in pairs), sum((t - mean) ** 2 for t, _ in pairs)
    mae = sum(abs(t - p) for t, p in pairs) / n
    return {"MAE": mae, "MSE": squares / n, "RMSE": (squares / n) ** 0.5, "R2": 1 - squares / around}


def metrics_by_index(true, predicted):
    """What pandas makes of two Series."""
    true = true if isinstance(true, pd.Series) else pd.Series(true)
    error = true - predicted
    found = {"MAE": error.abs().mean(), "MSE": (error**2).mean(), "RMSE": (error**2).mean() ** 0.5}
    return found | {"R2": 1 - (error**2).sum() / ((true - true.mean()) ** 2).sum()}


def metrics_in_place(true, predicted):
    found = metrics()(true, predicted)
    if isinstance(true, np.ndarray):
        true -= true.mean()
    return found


def metrics_of_lists(true, predicted):
    return metrics()(true, predicted) if not isinstance(true, list) else true - predicted


def rounded(true, predicted):
    return {name: round(value, 2) for name, value in metrics()(true, predicted).items()}


EVEN, SINGLE = [5, 3, 12, 0], [3, 5, 10, 10]


def q1(answer=None, even=None, single=None):
    return answer or metrics(), EVEN if even is None else even, SINGLE if single is None else single


# --- question 2 -----------------------------------------------------------------------------------


def ridge(share=lambda alpha, n: alpha, answer=lambda b, w: (b, w)):
    """Ridge by centred columns, with the penalty or the answer done otherwise."""

    def ridge_weights(X, y, alpha):
        centred = X - X.mean(axis=0)
        left = centred.T @ centred + share(alpha, len(X)) * np.eye(X.shape[1])
        w = np.linalg.lstsq(left, centred.T @ (y - y.mean()), rcond=None)[0]
        return answer(y.mean() - X.mean(axis=0) @ w, w)

    return ridge_weights


def ridge_by_ones(X, y, alpha, first=0):
    """A column of ones, whose place in the diagonal is 0."""
    ones = np.column_stack([np.ones(len(X)), X])
    penalty = alpha * np.eye(ones.shape[1])
    penalty[0, 0] = first * alpha
    found = np.linalg.solve(ones.T @ ones + penalty, ones.T @ y)
    return found[0], found[1:]


def ridge_by_rows(X, y, alpha):
    """Rows below the table; a list and a Series."""
    k, means = X.shape[1], X.mean(axis=0)
    longer = np.vstack([X - means, np.sqrt(alpha) * np.eye(k)])
    w = np.linalg.lstsq(longer, np.concatenate([y - y.mean(), np.zeros(k)]), rcond=None)[0]
    return [y.mean() - means @ w, pd.Series(w)]


def ridge_by_library(X, y, alpha):
    fitted = Ridge(alpha=alpha, solver="svd").fit(X, y)
    return fitted.intercept_, fitted.coef_


def ridge_penalised(X, y, alpha):
    return ridge_by_ones(X, y, alpha, first=1)


def ridge_without(X, y, alpha):
    return 0.0, np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y) if alpha else ridge()(X, y, 0)[
        1
    ]


def ridge_scaled(X, y, alpha):
    scaler = StandardScaler().fit(X)
    fitted = Ridge(alpha=alpha).fit(scaler.transform(X), y)
    w = fitted.coef_ / scaler.scale_
    return y.mean() - X.mean(axis=0) @ w, w


def ridge_half_centred(X, y, alpha):
    """The columns are centred; the intercept is the mean of y."""
    return y.mean(), ridge()(X, y, alpha)[1]


def ridge_everywhere(X, y, alpha):
    """alpha is added to the whole table of sums."""
    centred = X - X.mean(axis=0)
    w = np.linalg.lstsq(centred.T @ centred + alpha, centred.T @ (y - y.mean()), rcond=None)[0]
    return y.mean() - X.mean(axis=0) @ w, w


def ridge_adds(X, y, alpha):
    w = ridge()(X, y, alpha)[1]
    return y.mean() + X.mean(axis=0) @ w, w


def ridge_in_place(X, y, alpha):
    found = ridge()(X, y, alpha)
    X -= X.mean(axis=0).astype(X.dtype)
    return found


def ridge_by_steps(X, y, alpha):
    """Gradient descent that stops too early."""
    w, centred = np.zeros(X.shape[1]), X - X.mean(axis=0)
    rate = 1 / (np.linalg.norm(centred, 2) ** 2 + alpha)
    for _ in range(20):
        w -= rate * (centred.T @ (centred @ w - (y - y.mean())) + alpha * w)
    return y.mean() - X.mean(axis=0) @ w, w


# --- question 3 -----------------------------------------------------------------------------------


@cache
def homes():
    """The notebook's table."""
    sales = ck.load("houses")
    sales = sales[(sales["sale_condition"] == "Normal") & (sales["living_area"] < 4000)]
    codes = ["order", "parcel_id", "dwelling_class"]
    return sales.select_dtypes("number").drop(columns=codes).dropna(axis=1).reset_index(drop=True)


@cache
def centred(columns, target):
    values, y = homes()[list(columns)].to_numpy(float), homes()["price"].to_numpy(float)
    return values - values.mean(axis=0), np.log(y) if target == "log" else y


def weight(columns, rows, target="price"):
    values, y = (part[rows] for part in centred(tuple(columns), target))
    values = values - values.mean(axis=0)
    return np.linalg.solve(values.T @ values, values.T @ (y - y.mean()))[0]


@cache
def boot(columns, draws=500, seed=1, ends=(0.025, 0.975), size=None, replace=True, target="price"):
    """Weight of the first column, and the ends of its interval."""
    rng, n = np.random.default_rng(seed), len(homes())
    drawn = [weight(columns, rng.choice(n, size or n, replace=replace), target) for _ in range(draws)]
    return (weight(columns, np.arange(n), target), *np.quantile(drawn, ends))


def found(column, partner, change=None, **how):
    """All four answers for a pair; change(alone, together) may spoil the intervals."""

    def answers():
        pair = boot((column,), **how), boot((column, partner), **how)
        return (column, partner, *(change(*pair) if change else pair))

    return answers


def both(spoil):
    """Spoil both intervals alike."""
    return lambda alone, together: (spoil(*alone), spoil(*together))


STATE = ("overall_condition", "year_built")
ALONE = (-5758.6, -8500.0, -3000.0)
Z = 1.96


def by_formula(alone, together):
    """Weight and the ends from the bootstrap's standard deviation: two of them to each side."""
    out = []
    for columns, numbers in [(STATE[:1], alone), (STATE, together)]:
        rng, n = np.random.default_rng(5), len(homes())
        sd = np.std([weight(columns, rng.integers(n, size=n)) for _ in range(500)])
        out.append([numbers[0], numbers[0] - Z * sd, numbers[0] + Z * sd])
    return out


def one_standard_deviation(weight, low, high):
    sd = (high - low) / 3.92
    return weight, weight - sd, weight + sd


def divided_by_root(weight, low, high):
    return weight, weight + (low - weight) / np.sqrt(500), weight + (high - weight) / np.sqrt(500)


# --- question 4 -----------------------------------------------------------------------------------

MODELS = {
    "ridge": make_pipeline(StandardScaler(), Ridge(alpha=10)),
    "neighbours": make_pipeline(StandardScaler(), KNeighborsRegressor(8)),
    "forest": RandomForestRegressor(40, max_features=0.3, random_state=0),
}


def mean_error(train=lambda far: ~far, test=lambda far: far, answer=lambda off: off.mean()):
    """The function of the task, with the rows or the answer chosen otherwise."""

    def mean_log_error(model, X, y, held_out):
        fitted = clone(model).fit(X[train(held_out)], y[train(held_out)])
        rows = test(held_out)
        return answer(fitted.predict(X[rows]) - y[rows])

    return mean_log_error


def mean_error_by_place(model, X, y, held_out):
    """Positions instead of a mask, arrays instead of a table, and a float32."""
    past, far = np.flatnonzero(np.logical_not(held_out)), np.flatnonzero(held_out)
    table = X.to_numpy(float)
    fitted = clone(model).fit(table[past], y[past])
    return np.float64(np.mean([fitted.predict(table[i : i + 1])[0] - y[i] for i in far]))


def mean_error_of_a_copy(model, X, y, held_out):
    from copy import deepcopy

    model = deepcopy(model).fit(X.loc[~held_out], y[~held_out])
    return float((pd.Series(model.predict(X.loc[held_out])) - y[held_out]).sum() / held_out.sum())


def mean_error_no_clone(model, X, y, held_out):
    model.fit(X[~held_out], y[~held_out])
    return (model.predict(X[held_out]) - y[held_out]).mean()


def mean_error_scaled(model, X, y, held_out):
    scaled = StandardScaler().fit_transform(X)
    fitted = clone(model).fit(scaled[~held_out], y[~held_out])
    return (fitted.predict(scaled[held_out]) - y[held_out]).mean()


def mean_error_new_model(model, X, y, held_out):
    fitted = type(model)().fit(X[~held_out], y[~held_out])
    return (fitted.predict(X[held_out]) - y[held_out]).mean()


def mean_error_own_ridge(model, X, y, held_out):
    fitted = Ridge().fit(X[~held_out], y[~held_out])
    return (fitted.predict(X[held_out]) - y[held_out]).mean()


HOUSES = {"ridge": -0.041, "neighbours": -0.25, "forest": -0.2}
BIKES = {"ridge": 0.41, "neighbours": 0.02, "forest": 0.02}
LOW, HIGH = ["neighbours", "forest"], ["ridge"]


@cache
def tables(seed=0, rows="far"):
    """Both tables, measured, with another seed of the forest, or on other rows."""
    homes_X, homes_y = homes().drop(columns="price"), np.log(homes()["price"].to_numpy(float))
    bikes = ck.load("bikes").iloc[::3].reset_index(drop=True)
    hours = pd.get_dummies(bikes["working_day"].astype(str) + "_" + bikes["hour"].astype(str), dtype=float)
    bike_X = pd.concat([bikes[["temperature", "humidity", "wind_speed"]], hours], axis=1)
    bike_y = np.log(bikes["bikers"].to_numpy(float))
    sets = [
        (homes_X, homes_y, (homes()["overall_quality"] > 7).to_numpy()),
        (bike_X, bike_y, (bikes["temperature"] > 0.7).to_numpy()),
    ]
    models = MODELS | {"forest": clone(MODELS["forest"]).set_params(random_state=seed)}
    learn = (lambda far: ~far) if rows == "far" else (lambda far: far | True)
    measure = mean_error(train=learn)
    return [{name: measure(model, *one) for name, model in models.items()} for one in sets]


def q4(answer=None, houses=None, bikes=None, low=None, high=None):
    return (
        answer or mean_error(),
        HOUSES if houses is None else houses,
        BIKES if bikes is None else bikes,
        LOW if low is None else low,
        HIGH if high is None else high,
    )


# --- question 5 -----------------------------------------------------------------------------------


def line():
    return make_pipeline(StandardScaler(), Ridge(alpha=10))


def limits(groups=1950, make=line, ends=(0.05, 0.95), unseen=True, widen=1.0, answer=None):
    """Limits from residuals of groups by year, with some of the parts done otherwise."""

    def of_groups(past, new):
        X, y = past.drop(columns="log_price"), past["log_price"].to_numpy()
        fitted = make().fit(X, y)
        says = cross_val_predict(make(), X, y, cv=KFold(5)) if unseen else fitted.predict(X)
        middle, low, high = fitted.predict(new), np.zeros(len(new)), np.zeros(len(new))
        for old in (True, False):
            rows = ((past["year_built"] < groups) == old).to_numpy()
            here = ((new["year_built"] < groups) == old).to_numpy()
            below, above = np.quantile((y - says)[rows], ends) if rows.any() else (0, 0)
            low[here], high[here] = middle[here] + widen * below, middle[here] + widen * above
        return answer(low, high) if answer else (low, high)

    return of_groups


def limits_of_two_models(past, new):
    """A model for each group; two Series."""
    parts = []
    for old in (True, False):
        rows, here = (past["year_built"] < 1950) == old, (new["year_built"] < 1950) == old
        if here.any():
            low, high = limits(groups=3000)(past[rows], new[here])
            parts.append(pd.DataFrame({"low": low, "high": high}, index=new.index[here]))
    found = pd.concat(parts).loc[new.index]
    return found["low"], found["high"]


def limits_by_spread(past, new):
    """1.645 standard deviations of each group's residuals to each side; a list of lists."""
    X, y = past.drop(columns="log_price"), past["log_price"].to_numpy()
    residual = pd.Series(y - cross_val_predict(line(), X, y, cv=KFold(10)))
    spread = residual.groupby((past["year_built"] < 1950).to_numpy()).std()
    reach = 1.645 * (new["year_built"] < 1950).map(spread).to_numpy()
    middle = line().fit(X, y).predict(new)
    return [(middle - reach).tolist(), (middle + reach).tolist()]


def limits_by_validation(past, new):
    """A third of the past is kept for the residuals."""
    order = np.random.default_rng(3).permutation(len(past))
    fit_on, judge_on = past.iloc[order[: 2 * len(past) // 3]], past.iloc[order[2 * len(past) // 3 :]]
    model = line().fit(fit_on.drop(columns="log_price"), fit_on["log_price"])
    residual = judge_on["log_price"] - model.predict(judge_on.drop(columns="log_price"))
    table = residual.groupby(judge_on["year_built"] < 1950).quantile([0.05, 0.95]).unstack()
    own = table.reindex(new["year_built"] < 1950).to_numpy()
    return np.float32(model.predict(new)[:, None] + own).T


def limits_of_prices(past, new):
    low, high = np.quantile(past["log_price"], [0.05, 0.95])
    return np.full(len(new), low), np.full(len(new), high)


def limits_of_group_prices(past, new):
    table = past["log_price"].groupby(past["year_built"] < 1950).quantile([0.05, 0.95]).unstack()
    return table.reindex(new["year_built"] < 1950).to_numpy().T


def limits_hard_coded(past, new):
    middle = line().fit(past.drop(columns="log_price"), past["log_price"]).predict(new)
    reach = np.where(new["year_built"] < 1950, 0.22, 0.155)
    return middle - reach, middle + reach


def limits_for_the_old(past, new):
    """Every house gets the widths of the old ones."""
    X, y = past.drop(columns="log_price"), past["log_price"].to_numpy()
    residual = y - cross_val_predict(line(), X, y, cv=5)
    below, above = np.quantile(residual[past["year_built"] < 1950], [0.05, 0.95])
    middle = line().fit(X, y).predict(new)
    return middle + below, middle + above


def limits_look_up(past, new):
    """The prices of the new houses are looked up."""
    price = np.log(homes().loc[new.index, "price"].to_numpy(float))
    return price - 0.01, price + 0.01


def limits_of_new(past, new):
    """The widths come from the spread of the predictions of the new houses."""
    middle = line().fit(past.drop(columns="log_price"), past["log_price"]).predict(new)
    old = (new["year_built"] < 1950).to_numpy()
    reach = np.where(old, 0.22, 0.155) * (0.5 + middle.std() / 0.7)
    return middle - reach, middle + reach


def limits_need_price(past, new):
    model = line().fit(past.drop(columns="log_price"), past["log_price"])
    off = new["log_price"] - model.predict(new.drop(columns="log_price"))
    return model.predict(new) + off.min(), model.predict(new) + off.max()


def limits_add_a_column(past, new):
    past["old"] = past["year_built"] < 1950
    found = limits()(past.drop(columns="old"), new)
    return found


def limits_scaled_together(past, new):
    """The columns are scaled by past and new houses together."""
    columns = list(new)
    scaler = StandardScaler().fit(pd.concat([past[columns], new]))

    def scaled(table):
        return pd.DataFrame(scaler.transform(table), columns=columns, index=table.index)

    X = scaled(past[columns])
    residual = past["log_price"] - cross_val_predict(Ridge(10), X, past["log_price"], cv=5)
    middle = Ridge(10).fit(X, past["log_price"]).predict(scaled(new))
    ends = residual.groupby(past["year_built"] < 1950).quantile([0.05, 0.95]).unstack()
    return middle + ends.reindex(new["year_built"] < 1950).to_numpy().T


def limits_of_the_other_group(past, new):
    """The old get the widths of the later houses, and the later ones those of the old."""
    X, y = past.drop(columns="log_price"), past["log_price"]
    residual = y - cross_val_predict(line(), X, y, cv=5)
    ends = residual.groupby(past["year_built"] >= 1950).quantile([0.05, 0.95]).unstack()
    return line().fit(X, y).predict(new) + ends.reindex(new["year_built"] < 1950).to_numpy().T


def forest():
    return RandomForestRegressor(10, max_features=0.3, random_state=0)


RIGHT = {
    "q1": [
        ("NumPy", q1()),
        ("the library, other rows", q1(metrics_by_library, [1, 7, 8, 4], (-5, 5, 10, 2))),
        (
            "plain Python, arrays",
            q1(metrics_in_a_loop, np.array([5.0, 7, 12, 4]), np.float32([3, 13, 10, 2])),
        ),
        (
            "NumPy numbers, a Series",
            q1(metrics(MAE=lambda t, e: np.float32(np.abs(e).mean())), pd.Series(EVEN)),
        ),
    ],
    "q2": [
        ("centred", (ridge(),)),
        ("a column of ones", (ridge_by_ones,)),
        ("more rows", (ridge_by_rows,)),
        ("the library", (ridge_by_library,)),
        ("float32, an array of one", (ridge(answer=lambda b, w: (np.array([b]), w.astype("float32"))),)),
    ],
    "q3": [
        ("state and year", found(*STATE)),
        ("rooms and area", found("rooms", "living_area", seed=7)),
        (
            "the second floor and area, lists",
            found("second_floor_area", "living_area", both(lambda *a: list(a))),
        ),
        (
            "basement, arrays",
            found("basement_unfinished_area", "basement_area", both(lambda *a: np.array(a))),
        ),
        ("a porch, 1,000 draws", found("enclosed_porch_area", "year_built", draws=1000, seed=3)),
        ("bedrooms among rooms, float32", found("bedrooms", "rooms", both(lambda *a: np.float32(a)))),
        ("by the standard deviation of the draws", found(*STATE, by_formula)),
    ],
    "q4": [
        ("a clone", q4()),
        ("keys of a dictionary", q4(low={"forest": 1, "neighbours": 2}.keys())),
        ("positions; measured", lambda: q4(mean_error_by_place, *tables())),
        ("a deep copy; another seed, Series", lambda: q4(mean_error_of_a_copy, *map(pd.Series, tables(5)))),
        (
            "a set and a tuple, NumPy numbers",
            q4(low=set(LOW), high=("ridge",), houses=dict(pd.Series(HOUSES))),
        ),
    ],
    "q5": [
        ("folds in order", (limits(),)),
        ("a model for each group, Series", (limits_of_two_models,)),
        ("standard deviations, lists", (limits_by_spread,)),
        ("kept rows, one float32 array", (limits_by_validation,)),
        ("a small forest", (limits(make=forest),)),
        (
            "least squares, a generator",
            (limits(make=LinearRegression, answer=lambda *two: (v for v in two)),),
        ),
    ],
}

WRONG = {
    "q1": [
        ("errors cancel", q1(metrics(MAE=lambda t, e: abs(e.mean())))),
        ("MSE divided by n − 1", q1(metrics(MSE=lambda t, e: (e**2).sum() / (len(e) - 1)))),
        ("sums", q1(metrics(MSE=lambda t, e: (e**2).sum()))),
        ("RMSE is MSE", q1(metrics(RMSE=lambda t, e: (e**2).mean()))),
        ("the root of MAE", q1(metrics(RMSE=lambda t, e: np.sqrt(np.abs(e).mean())))),
        ("standard deviation", q1(metrics(RMSE=lambda t, e: e.std()))),
        ("squared correlation", q1(metrics(R2=lambda t, e: np.corrcoef(t, t - e)[0, 1] ** 2))),
        ("never negative", q1(metrics(R2=lambda t, e: max(0, 1 - (e**2).mean() / t.var())))),
        ("the ratio", q1(metrics(R2=lambda t, e: (e**2).mean() / t.var()))),
        ("sample variance below", q1(metrics(R2=lambda t, e: 1 - (e**2).mean() / t.var(ddof=1)))),
        ("variance of the predictions", q1(metrics(R2=lambda t, e: 1 - (e**2).mean() / (t - e).var()))),
        ("matched by index", q1(metrics_by_index)),
        ("per cent", q1(metrics(R2=lambda t, e: 100 * (1 - (e**2).mean() / t.var())))),
        ("without a sign", q1(metrics(R2=lambda t, e: abs(1 - (e**2).mean() / t.var())))),
        ("shares of the true value", q1(metrics(MAE=lambda t, e: (np.abs(e) / np.abs(t)).mean()))),
        ("sorted first", q1(lambda t, p: metrics()(sorted(t), sorted(p)))),
        ("changes what it gets", q1(metrics_in_place)),
        ("lists are not handled", q1(metrics_of_lists)),
        ("rounded", q1(rounded)),
        ("a tuple", q1(lambda t, p: tuple(metrics()(t, p).values()))),
        ("a key in small letters", q1(lambda t, p: {"mae": 1, "mse": 2, "rmse": 3, "r2": 4})),
        (
            "the example's numbers",
            q1(lambda t, p: {"MAE": 1, "MSE": 2.5, "RMSE": 1.5811388300841898, "R2": 28 / 38}),
        ),
        ("even is not even", q1(even=[4, 2, 13, 1])),
        ("even are the errors", q1(even=[2, -2, 2, 2])),
        ("even has MAE 1", q1(even=[4, 6, 9, 3])),
        ("single in two rows", q1(single=[3, 5, 14, 6])),
        ("single is off by 2", q1(single=[3, 5, 10, 4])),
        ("five numbers", q1(single=[3, 5, 10, 10, 0])),
    ],
    "q2": [
        ("the intercept is penalised", (ridge_penalised,)),
        ("no intercept", (ridge_without,)),
        ("alpha times n", (ridge(lambda a, n: a * n),)),
        ("alpha over n", (ridge(lambda a, n: a / n),)),
        ("alpha squared", (ridge(lambda a, n: a**2),)),
        ("no alpha", (ridge(lambda a, n: 0),)),
        ("alpha in every place", (ridge_everywhere,)),
        ("the intercept adds the means", (ridge_adds,)),
        ("alpha always 1", (ridge(lambda a, n: 1),)),
        ("half of alpha", (ridge(lambda a, n: a / 2),)),
        ("scaled", (ridge_scaled,)),
        ("the mean of y", (ridge_half_centred,)),
        ("weights first", (ridge(answer=lambda b, w: (w, b)),)),
        ("weights only", (ridge(answer=lambda b, w: w),)),
        ("one array", (ridge(answer=lambda b, w: np.r_[b, w]),)),
        ("rounded", (ridge(answer=lambda b, w: (round(b, 4), w.round(4))),)),
        ("a column of weights", (ridge(answer=lambda b, w: (b, w[:, None])),)),
        ("changes X", (ridge_in_place,)),
        ("twenty steps", (ridge_by_steps,)),
        ("no return", (lambda X, y, alpha: None,)),
    ],
    "q3": [
        ("the lesson's pair", ("bedrooms", "living_area", ALONE, ALONE)),
        ("no sign changes", found("living_area", "year_built")),
        ("not sure", found("half_baths", "overall_quality")),
        ("no such column", ("condition", "year_built", ALONE, ALONE)),
        ("a code", ("dwelling_class", "basement_area", ALONE, ALONE)),
        ("the price joins", ("overall_condition", "price", ALONE, ALONE)),
        ("twice the same", ("overall_condition", "overall_condition", ALONE, ALONE)),
        ("in thousands", found(*STATE, both(lambda *a: np.array(a) / 1000))),
        ("log price", found(*STATE, target="log")),
        ("turned round", found(*STATE, lambda alone, together: (together, alone))),
        ("low first", found(*STATE, both(lambda w, low, high: (low, w, high)))),
        ("high before low", found(*STATE, both(lambda w, low, high: (w, high, low)))),
        ("the weight only", found(*STATE, both(lambda w, low, high: w))),
        ("the partner's weight", found(*STATE, lambda alone, together: (alone, boot(STATE[::-1])))),
        ("without replacement", found(*STATE, replace=False)),
        ("a hundred houses", found(*STATE, size=100)),
        ("one standard deviation", found(*STATE, both(one_standard_deviation))),
        ("divided by the root of 500", found(*STATE, both(divided_by_root))),
        ("90 %", found(*STATE, ends=(0.05, 0.95))),
        ("99 %", found(*STATE, ends=(0.005, 0.995))),
        ("80 %", found(*STATE, ends=(0.1, 0.9))),
        ("the least and the largest draw", found(*STATE, ends=(0, 1))),
        ("column and partner exchanged", found(*STATE[::-1])),
        ("how far it reaches", found(*STATE, both(lambda w, low, high: (w, high - w, high - w)))),
        ("numbers as text", found(*STATE, both(lambda *a: [str(v) for v in a]))),
    ],
    "q4": [
        ("true minus predicted", q4(mean_error(answer=lambda off: -off.mean()))),
        ("absolute", q4(mean_error(answer=lambda off: np.abs(off).mean()))),
        ("RMSE", q4(mean_error(answer=lambda off: np.sqrt((off**2).mean())))),
        ("median", q4(mean_error(answer=np.median))),
        ("errors, no mean", q4(mean_error(answer=lambda off: off))),
        ("a share", q4(mean_error(answer=lambda off: np.exp(off.mean()) - 1))),
        ("fitted on all", q4(mean_error(train=lambda far: far | True))),
        ("fitted on the held-out", q4(mean_error(train=lambda far: far))),
        ("turned round", q4(mean_error(train=lambda far: far, test=lambda far: ~far))),
        ("judged on the training rows", q4(mean_error(test=lambda far: ~far))),
        ("no clone", q4(mean_error_no_clone)),
        ("scaled before", q4(mean_error_scaled)),
        ("two digits", q4(mean_error(answer=lambda off: round(off.mean(), 2)))),
        ("MSE", q4(mean_error(answer=lambda off: (off**2).mean()))),
        ("shares in the table", q4(houses={name: np.exp(value) - 1 for name, value in HOUSES.items()})),
        ("another model of the kind", q4(mean_error_new_model)),
        ("always ridge", q4(mean_error_own_ridge)),
        ("a table of signs turned", q4(houses={name: -value for name, value in HOUSES.items()})),
        ("tables exchanged", q4(houses=BIKES)),
        ("per cent", q4(bikes={name: 100 * value for name, value in BIKES.items()})),
        ("tables of fits on all rows", lambda: q4(None, *tables(rows="all"))),
        ("two models", q4(houses={name: HOUSES[name] for name in ("ridge", "forest")})),
        ("a list", q4(bikes=list(BIKES.values()))),
        ("ridge too low, too", q4(low=["ridge", "neighbours", "forest"])),
        ("one of two", q4(low=["forest"])),
        ("all too high", q4(high=["ridge", "neighbours", "forest"])),
        ("nobody too high", q4(high=[])),
        ("a text", q4(high="ridge")),
        ("other names", q4(high=["Ridge regression"])),
    ],
    "q5": [
        ("one pair for all", (limits(groups=0),)),
        ("residuals of the training rows of a forest", (limits(make=forest, unseen=False),)),
        ("80 %", (limits(ends=(0.1, 0.9)),)),
        ("95 %", (limits(ends=(0.025, 0.975)),)),
        ("another year", (limits(groups=1990),)),
        ("as wide as the old", (limits_for_the_old,)),
        ("quantiles of prices", (limits_of_prices,)),
        ("quantiles of prices in groups", (limits_of_group_prices,)),
        ("hard-coded widths", (limits_hard_coded,)),
        ("scaled together", (limits_scaled_together,)),
        ("groups exchanged", (limits_of_the_other_group,)),
        ("1.3 times as wide", (limits(widen=1.3),)),
        ("from the least to the largest residual", (limits(ends=(0, 1)),)),
        ("a row for each house", (limits(answer=lambda low, high: np.column_stack([low, high])),)),
        ("prices looked up", (limits_look_up,)),
        ("from the new houses", (limits_of_new,)),
        ("needs the price", (limits_need_price,)),
        ("adds a column to past", (limits_add_a_column,)),
        ("dollars", (limits(answer=lambda low, high: (np.exp(low), np.exp(high))),)),
        ("upper first", (limits(answer=lambda low, high: (high, low)),)),
        ("distances", (limits(answer=lambda low, high: (low - high, high - low)),)),
        ("the width only", (limits(answer=lambda low, high: high - low),)),
        ("one pair of numbers", (limits(answer=lambda low, high: (low.mean(), high.mean())),)),
        ("no return", (lambda past, new: None,)),
    ],
}
