"""Answers to the questions of chapter 16 that must pass, and mistakes that must get a hint."""

from functools import cache, partial

import numpy as np
import pandas as pd
import torch
from scipy.special import expit, log_softmax, softmax
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, QuantileRegressor
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def cost(y, plan, late, early):
    return np.where(y > plan, early * (y - plan), late * (plan - y)).mean()


def cost_by_library(y, plan, late, early):
    share = early / (late + early)
    return (late + early) * mean_pinball_loss(y, np.full(len(y), plan), alpha=share)


def cost_by_loop(y, plan, late, early):
    total = 0
    for value in y:
        total += early * (value - plan) if value > plan else late * (plan - value)
    return np.float32(total / len(y))


def cost_by_maximum(y, plan, late, early):
    return pd.Series(np.maximum(early * (y - plan), late * (plan - y))).mean()


def plan(y, late, early):
    return np.quantile(y, early / (late + early))


def plan_by_search(y, late, early):
    grid = np.arange(np.floor(y.min()), np.ceil(y.max()) + 1)
    return grid[np.argmin([cost(y, c, late, early) for c in grid])]


def plan_by_sorting(y, late, early):
    place = int(np.ceil(len(y) * early / (late + early))) - 1
    return np.float32(np.sort(y)[place])


def plan_by_slope(y, late, early):
    """Bisection on the slope of the mean cost."""
    low, high = float(y.min()), float(y.max())
    for _ in range(60):
        middle = (low + high) / 2
        slope = late * (y < middle).mean() - early * (y > middle).mean()
        low, high = (middle, high) if slope < 0 else (low, middle)
    return middle


def cost_sorts(y, plan, late, early):
    y.sort()
    return cost(y, plan, late, early)


# --- question 2 -----------------------------------------------------------------------------------


def smooth(answer=None, targets=None, logs=None):
    """The mean loss, with some of the parts done otherwise."""

    def smooth_loss(Z, true, smoothing):
        one_hot = np.eye(Z.shape[1])[true]
        wanted = (targets or usual)(one_hot, smoothing)
        with np.errstate(all="ignore"):
            each = -(wanted * (logs or by_scipy)(Z)).sum(axis=1)
        return answer(each, Z) if answer else each.mean()

    return smooth_loss


def slopes(answer=None, targets=None, chances=None):
    def smooth_slopes(Z, true, smoothing):
        one_hot = np.eye(Z.shape[1])[true]
        wanted = (targets or usual)(one_hot, smoothing)
        with np.errstate(all="ignore"):
            p = (chances or by_softmax)(Z)
        return answer(p, wanted) if answer else (p - wanted) / len(Z)

    return smooth_slopes


def usual(one_hot, smoothing):
    return (1 - smoothing) * one_hot + smoothing / one_hot.shape[1]


def among_others(one_hot, smoothing):
    return (1 - smoothing) * one_hot + (1 - one_hot) * smoothing / (one_hot.shape[1] - 1)


def unsmoothed(one_hot, smoothing):
    return one_hot


def only_true(one_hot, smoothing):
    return (1 - smoothing) * one_hot


def by_scipy(Z):
    return log_softmax(Z, axis=1)


def by_softmax(Z):
    return softmax(Z, axis=1)


def naive_logs(Z):
    return np.log(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True))


def naive_softmax(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)


def logs_by_table(Z):
    powers = np.exp(Z - Z.max())
    return np.log(powers / powers.sum(axis=1, keepdims=True))


def softmax_by_table(Z):
    powers = np.exp(Z - Z.max())
    return powers / powers.sum(axis=1, keepdims=True)


def twice(Z):
    return log_softmax(softmax(Z, axis=1), axis=1)


def loss_by_torch(Z, true, smoothing):
    return torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(torch.tensor(Z), torch.tensor(true)).item()


def loss_as_tensor(Z, true, smoothing):
    inside = torch.tensor(Z, requires_grad=True)
    return torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(inside, torch.tensor(true))


def clipped_logs(Z):
    return np.log(softmax(Z, axis=1) + 1e-12)


def slopes_by_torch(Z, true, smoothing):
    inside = torch.tensor(Z, requires_grad=True)
    torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(inside, torch.tensor(true)).backward()
    return inside.grad.numpy()


def loss_by_loop(Z, true, smoothing):
    total = 0.0
    for row, t in zip(Z, true, strict=True):
        top = row.max()
        logs = row - top - np.log(sum(np.exp(z - top) for z in row))
        total -= (1 - smoothing) * logs[t] + smoothing * logs.mean()
    return total / len(Z)


def slopes_as_lists(Z, true, smoothing):
    return slopes()(Z, true, smoothing).tolist()


def loss_in_place(Z, true, smoothing):
    Z -= Z.max(axis=1, keepdims=True)
    return smooth()(Z, true, smoothing)


# --- question 3 -----------------------------------------------------------------------------------


def each(Z, Y):
    return np.logaddexp(0, Z) - Y * Z


def known_mean(Z, Y):
    return np.nanmean(each(Z, Y))


def known_by_torch(Z, Y):
    known = torch.tensor(~np.isnan(Y))
    filled = torch.tensor(np.nan_to_num(Y))
    parts = torch.nn.BCEWithLogitsLoss(reduction="none")(torch.tensor(Z), filled)
    return ((parts * known).sum() / known.sum()).item()


def known_by_loop(Z, Y):
    found = []
    for z, y in zip(Z.ravel(), Y.ravel(), strict=True):
        if y == 1:
            found.append(np.logaddexp(0, -z))
        if y == 0:
            found.append(np.logaddexp(0, z))
    return sum(found) / len(found)


def known_pull(Z, Y):
    return np.nan_to_num(expit(Z) - Y) / (~np.isnan(Y)).sum()


def pull_by_torch(Z, Y):
    inside, known = torch.tensor(Z, requires_grad=True), torch.tensor(~np.isnan(Y))
    torch.nn.BCEWithLogitsLoss()(inside[known], torch.tensor(Y)[known]).backward()
    return inside.grad.numpy()


def pull_by_powers(Z, Y):
    with np.errstate(all="ignore"):
        chances = np.exp(Z) / (1 + np.exp(Z))
    return np.where(np.isnan(Y), 0, chances - Y) / (~np.isnan(Y)).sum()


def pull_as_table(Z, Y):
    return pd.DataFrame(known_pull(Z, Y))


def by_probabilities(Z, Y):
    known = ~np.isnan(Y)
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-Z[known]))
        return -(Y[known] * np.log(p) + (1 - Y[known]) * np.log(1 - p)).mean()


def filled_in_place(Z, Y):
    found = known_mean(Z, Y)
    Y[np.isnan(Y)] = 0
    return found


# --- question 4 -----------------------------------------------------------------------------------

WHICH = {"A": "pinball", "B": "squared", "C": "sigmoids", "D": "softmax", "E": "Poisson", "F": "Huber"}

# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([63.18475, 60.68464, 68.00375, 69.125, 84.86859])


@cache
def race():
    """The notebook's columns, delays and folds."""
    flights = ck.load("flights").dropna(subset=["arr_delay"])
    flights = flights.sample(4000, random_state=0).reset_index(drop=True)
    date = pd.to_datetime(flights[["year", "month", "day"]])
    known = flights[["month", "hour", "carrier", "origin", "distance"]]
    known = known.assign(weekday=date.dt.day_of_week)
    delay = flights["arr_delay"].to_numpy(float)
    return known, delay, list(GroupKFold(5, shuffle=True, random_state=0).split(known, groups=date))


def prepare():
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    kinds, amounts = ["month", "weekday", "carrier", "origin"], ["hour", "distance"]
    return make_column_transformer((one_hot, kinds), (StandardScaler(), amounts))


def trees():
    quantile = HistGradientBoostingRegressor(
        loss="quantile", quantile=0.8, max_iter=60, max_leaf_nodes=8, early_stopping=False
    )
    return make_pipeline(prepare(), quantile)


def weighted_sum():
    return make_pipeline(prepare(), QuantileRegressor(quantile=0.8, alpha=0))


def of_the_mean():
    return make_pipeline(prepare(), LinearRegression())


def of_the_median():
    return make_pipeline(prepare(), QuantileRegressor(quantile=0.5, alpha=0))


def forest():
    return make_pipeline(prepare(), RandomForestRegressor(30, min_samples_leaf=20, n_jobs=2))


def constant():
    return DummyRegressor(strategy="quantile", quantile=0.75)


class ByHour:
    """A model without get_params: the quantile of each hour."""

    def fit(self, X, y):
        self.quantiles = pd.Series(y, index=X.index).groupby(X["hour"]).quantile(0.8)
        self.other = np.quantile(y, 0.8)
        return self

    def predict(self, X):
        return X["hour"].map(self.quantiles).fillna(self.other).to_numpy()


def neighbours():
    return make_pipeline(prepare(), KNeighborsRegressor(50))


def everything():
    """Costs of the neighbours, fitted on all flights, those of the fold too."""
    known, delay, folds = race()
    planned = neighbours().fit(known, delay).predict(known)
    return np.array([cost(delay[test], planned[test], 1, 4) for _, test in folds])


def fitted_on_everything():
    found = everything()
    return neighbours, found, interval(found - BASELINE), "cheaper"


def fitted():
    known, delay, _ = race()
    return of_the_mean().fit(known, delay)


def turned_round():
    return make_pipeline(prepare(), QuantileRegressor(quantile=0.2, alpha=0))


@cache
def costs_of(rival, fitted_on="train"):
    known, delay, folds = race()
    found = []
    for train, test in folds:
        rows = train if fitted_on == "train" else test
        planned = rival().fit(known.iloc[rows], delay[rows]).predict(known.iloc[test])
        late = delay[test] - planned
        found.append(np.where(late > 0, 4 * late, -late).mean())
    return np.array(found)


def interval(differences, overlap=1 / 4, factor=2.776445):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def handed_in(rival, verdict, costs=None, fitted_on="train", difference=None):
    """All four answers; the costs are those of the rival, or of another one."""

    def answers():
        found = costs_of(rival, fitted_on) if costs is None else costs_of(costs).tolist()
        apart = interval(np.asarray(found) - BASELINE) if difference is None else difference(found)
        return rival, found, apart, verdict

    return answers


def with_difference(change):
    return handed_in(trees, "cheaper", difference=change)


def with_costs(change):
    def answers():
        found = costs_of(trees)
        return trees, change(found), interval(found - BASELINE), "cheaper"

    return answers


def of_trees(found, **settings):
    return interval(found - BASELINE, **settings)


RIGHT = {
    "q1": [
        ("the quantile", (cost, plan)),
        ("the library's pinball loss, a search", (cost_by_library, plan_by_search)),
        ("a loop, sorted, float32", (cost_by_loop, plan_by_sorting)),
        ("functools.partial", (partial(cost), partial(plan))),
        ("the larger of two, a bisection", (cost_by_maximum, plan_by_slope)),
    ],
    "q2": [
        ("SciPy", (smooth(), slopes())),
        ("PyTorch", (loss_by_torch, slopes_by_torch)),
        ("a tensor, not yet a number", (loss_as_tensor, slopes())),
        ("a loop, lists", (loss_by_loop, slopes_as_lists)),
    ],
    "q3": [
        ("nanmean", (known_mean, known_pull)),
        ("PyTorch", (known_by_torch, pull_by_torch)),
        ("a loop, a table", (known_by_loop, pull_as_table)),
    ],
    "q4": [
        ("as in the solution", (WHICH,)),
        ("in another order, small letters", ({k: v.lower() for k, v in reversed(WHICH.items())},)),
    ],
    "q5": [
        ("trees for the quantile", handed_in(trees, "cheaper")),
        ("a weighted sum for the quantile, in capitals", handed_in(weighted_sum, "Cheaper")),
        ("a model of the mean", handed_in(of_the_mean, "cannot tell")),
        ("a class of one's own", handed_in(ByHour, "cheaper")),
        ("a model of the median is dearer", handed_in(of_the_median, "dearer")),
        ("a fitted one is fitted again", handed_in(fitted, "cannot tell", of_the_mean)),
        (
            "rounded to one digit, a Series",
            with_difference(lambda found: pd.Series(np.round(of_trees(found), 1))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("early and late exchanged", (lambda y, p, late, early: cost(y, p, early, late), plan)),
        ("the sum", (lambda y, p, late, early: cost(y, p, late, early) * len(y), plan)),
        ("no prices", (lambda y, p, late, early: np.abs(y - p).mean(), plan)),
        ("each of them", (lambda y, p, late, early: np.abs(y - p), plan)),
        ("sorts the delays", (cost_sorts, plan)),
        ("only one side", (lambda y, p, late, early: np.where(y > p, early * (y - p), 0).mean(), plan)),
        ("no return", (lambda *what: None, plan)),
        ("rounded", (lambda *what: cost(*what).round(1), plan)),
        ("a plan, no function", (cost, 5.0)),
        ("a share read as percent", (cost, lambda y, late, early: np.percentile(y, early / (late + early)))),
        ("the other quantile", (cost, lambda y, late, early: np.quantile(y, late / (late + early)))),
        ("the mean", (cost, lambda y, late, early: y.mean())),
        ("the median", (cost, lambda y, late, early: np.median(y))),
        ("late over early", (cost, lambda y, late, early: np.quantile(y, early / late))),
        ("the share itself", (cost, lambda y, late, early: early / (late + early))),
        ("always four to one", (cost, lambda y, late, early: np.quantile(y, 0.2))),
        ("a text", (cost, lambda y, late, early: "soon")),
    ],
    "q2": [
        ("the sum", (smooth(lambda e, Z: e.sum()), slopes())),
        ("of each row", (smooth(lambda e, Z: e), slopes())),
        ("the sign", (smooth(lambda e, Z: -e.mean()), slopes())),
        ("not smoothed", (smooth(targets=unsmoothed), slopes())),
        ("shared among the others", (smooth(targets=among_others), slopes())),
        ("only the true class", (smooth(targets=only_true), slopes())),
        ("a probability cut off so that the logarithm stays finite", (smooth(logs=clipped_logs), slopes())),
        ("smoothing as in the example", (lambda Z, true, smoothing: smooth()(Z, true, 0.3), slopes())),
        ("down the columns", (smooth(logs=lambda Z: log_softmax(Z, axis=0)), slopes())),
        ("too large", (smooth(logs=naive_logs), slopes())),
        ("the table's largest", (smooth(logs=logs_by_table), slopes())),
        ("softmax twice", (smooth(logs=twice), slopes())),
        ("base 2", (smooth(lambda e, Z: e.mean() / np.log(2)), slopes())),
        ("changes the logits", (loss_in_place, slopes())),
        ("not divided", (smooth(), slopes(lambda p, t: p - t))),
        ("divided by all", (smooth(), slopes(lambda p, t: (p - t) / p.size))),
        ("the wrong way round", (smooth(), slopes(lambda p, t: (t - p) / len(p)))),
        ("slopes not smoothed", (smooth(), slopes(targets=unsmoothed))),
        ("slopes shared among the others", (smooth(), slopes(targets=among_others))),
        ("slopes too large", (smooth(), slopes(chances=naive_softmax))),
        ("slopes by the table's largest", (smooth(), slopes(chances=softmax_by_table))),
        ("the softmax", (smooth(), slopes(lambda p, t: p))),
        ("one row", (smooth(), slopes(lambda p, t: (p - t).mean(axis=0)))),
    ],
    "q3": [
        ("nan", (lambda Z, Y: each(Z, Y).mean(), known_pull)),
        ("a gap is a no", (lambda Z, Y: each(Z, np.nan_to_num(Y)).mean(), known_pull)),
        ("divided by all", (lambda Z, Y: np.nansum(each(Z, Y)) / Y.size, known_pull)),
        ("the sum", (lambda Z, Y: np.nansum(each(Z, Y)), known_pull)),
        ("whole people only", (lambda Z, Y: each(Z, Y)[~np.isnan(Y).any(axis=1)].mean(), known_pull)),
        ("by probabilities", (by_probabilities, known_pull)),
        ("fills the gaps", (filled_in_place, known_pull)),
        ("the sign of the loss", (lambda Z, Y: -known_mean(Z, Y), known_pull)),
        ("gaps pull", (known_mean, lambda Z, Y: (expit(Z) - np.nan_to_num(Y)) / (~np.isnan(Y)).sum())),
        ("gaps are nan", (known_mean, lambda Z, Y: (expit(Z) - Y) / (~np.isnan(Y)).sum())),
        ("slopes divided by all", (known_mean, lambda Z, Y: np.nan_to_num(expit(Z) - Y) / Y.size)),
        ("slopes by people", (known_mean, lambda Z, Y: np.nan_to_num(expit(Z) - Y) / len(Y))),
        ("slopes not divided", (known_mean, lambda Z, Y: np.nan_to_num(expit(Z) - Y))),
        ("the sign of the slopes", (known_mean, lambda Z, Y: -known_pull(Z, Y))),
        ("a power over one plus it", (known_mean, pull_by_powers)),
        ("only the known ones", (known_mean, lambda Z, Y: known_pull(Z, Y)[~np.isnan(Y)])),
    ],
    "q4": [
        ("a softmax for tags", (WHICH | {"C": "softmax"},)),
        ("the median adds up", (WHICH | {"B": "absolute"},)),
        ("Poisson asks for the mean too", (WHICH | {"B": "Poisson"},)),
        ("squared for bread", (WHICH | {"A": "squared"},)),
        ("sigmoids for one species", (WHICH | {"D": "sigmoids"},)),
        ("absolute for typing errors", (WHICH | {"F": "absolute"},)),
        ("squared for calls", (WHICH | {"E": "squared"},)),
        ("another name", (WHICH | {"A": "quantile"},)),
        ("a list", (list(WHICH.values()),)),
        ("a letter is missing", ({k: v for k, v in WHICH.items() if k != "F"},)),
    ],
    "q5": [
        ("the mean", with_costs(lambda found: found.mean())),
        ("ten folds", with_costs(lambda found: np.r_[found, found])),
        ("words", with_costs(lambda found: ["64"] * 5)),
        ("the baseline again", with_costs(lambda found: BASELINE)),
        ("all the same", with_costs(lambda found: [64.0] * 5)),
        ("turned round", with_costs(lambda found: -found)),
        ("fitted on the judged rows", handed_in(forest, "cheaper", fitted_on="test")),
        ("costs of another model", handed_in(turned_round, "cheaper", costs=trees)),
        ("another constant, no columns", handed_in(constant, "cannot tell")),
        ("neighbours that knew the judged flights", fitted_on_everything),
        ("the model, no function", lambda: (trees(), costs_of(trees), of_trees(costs_of(trees)), "cheaper")),
        ("a class", handed_in(lambda: DummyRegressor, "cheaper", costs=trees)),
        ("the costs in place of the model", handed_in(lambda: BASELINE, "cheaper", costs=trees)),
        ("baseline minus rival", with_difference(lambda f: interval(BASELINE - f))),
        ("low first", with_difference(lambda f: tuple(np.array(of_trees(f))[[1, 0, 2]]))),
        ("only the mean", with_difference(lambda f: of_trees(f)[0])),
        ("independent folds", with_difference(lambda f: of_trees(f, overlap=0))),
        ("1.96", with_difference(lambda f: of_trees(f, factor=1.96))),
        ("the rival's own interval", with_difference(interval)),
        ("means of others", with_difference(lambda f: tuple(np.array(of_trees(f)) + 1))),
        ("cannot tell, but one can", handed_in(trees, "cannot tell")),
        ("dearer for cheaper", handed_in(trees, "dearer")),
        ("cheaper without a reason", handed_in(of_the_mean, "cheaper")),
        ("my own words", handed_in(trees, "better")),
    ],
}
