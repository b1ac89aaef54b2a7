"""Answers to the questions of chapter 15 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV, LinearRegression, Ridge, RidgeCV, SGDRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def drop(scale=lambda p: 1 / (1 - p), lose=lambda p: p, at_use=lambda p: 1, answer=np.asarray):
    """Dropout with some of its parts done otherwise."""

    def dropout(values, p, rng, training):
        if not training:
            return answer(values * at_use(p))
        return answer(values * (rng.random(values.shape) >= lose(p)) * scale(p))

    return dropout


def drop_by_binomial(values, p, rng, training):
    if training:
        return np.where(rng.binomial(1, 1 - p, values.shape) == 1, values / (1 - p), 0).tolist()
    return values.tolist()


def drop_single(values, p, rng, training):
    """One number after the other."""
    found = np.array(values, dtype=float)
    if training:
        for place in np.ndindex(found.shape):
            found[place] = 0 if rng.random() < p else found[place] / (1 - p)
    return found


def drop_in_place(values, p, rng, training):
    if training:
        values *= (rng.random(values.shape) >= p) / (1 - p)
    return values


def drop_rows(values, p, rng, training):
    if not training:
        return values
    return values * (rng.random((len(values), 1)) >= p).reshape(-1, *[1] * (values.ndim - 1)) / (1 - p)


def drop_columns(values, p, rng, training):
    return values * (rng.random(values.shape[-1]) >= p) / (1 - p) if training else values


def drop_exactly(values, p, rng, training):
    """The same number of zeros in every row."""
    if not training:
        return values
    order = rng.random(values.shape).argsort(axis=-1)
    return values * (order >= round(p * values.shape[-1])) / (1 - p)


def drop_by_share(values, p, rng, training):
    """Divided by the share that happened to be kept."""
    if not training:
        return values
    kept = rng.random(values.shape) >= p
    return values * kept / kept.mean()


def drop_exactly_in_all(values, p, rng, training):
    """A shuffled mask with the share p, of all values together."""
    if not training:
        return values
    kept = np.arange(values.size) >= round(p * values.size)
    return values * rng.permutation(kept).reshape(values.shape) / (1 - p)


def drop_exactly_by_column(values, p, rng, training):
    if not training:
        return values
    return values * (rng.random(values.shape).argsort(axis=0) >= round(p * len(values))) / (1 - p)


def drop_to_the_sum(values, p, rng, training):
    """Scaled so that this draw has the sum of the values."""
    if not training:
        return values
    kept = values * (rng.random(values.shape) >= p)
    return kept * values.sum() / kept.sum()


def drop_noise(values, p, rng, training):
    """Noise of the same mean and spread."""
    return values * rng.normal(1, np.sqrt(p / (1 - p)), values.shape) if training else values


def drop_cuts_decimals(values, p, rng, training):
    """zeros_like an array of whole numbers holds whole numbers."""
    if not training:
        return values
    found, kept = np.zeros_like(values), rng.random(values.shape) >= p
    found[kept] = values[kept] / (1 - p)
    return found


def drop_own_seed(values, p, rng, training):
    return drop()(values, p, np.random.default_rng(0), training)


def drop_unseeded(values, p, rng, training):
    return drop()(values, p, np.random.default_rng(), training)


def drop_always(values, p, rng, training):
    return drop()(values, p, rng, True)


def drop_never(values, p, rng, training):
    return values.copy()


def drop_the_sum(values, p, rng, training):
    return drop()(values, p, rng, training).sum()


# --- question 2 -----------------------------------------------------------------------------------


def stop(start=1, last="now", best="lowest", waits=0, rule=lambda loss, low, gain: loss < low - gain):
    """A loop that stops, with some of its parts done otherwise."""

    def stop_at(losses, patience, min_gain):
        low, place, waited = np.inf, start, 0
        for epoch, loss in enumerate(losses, start):
            waited += 1
            if rule(loss, low, min_gain):
                low, place, waited = loss, epoch, 0
            if waited == patience + waits:
                break
        kept = {"lowest": place, "argmin": int(np.argmin(losses)) + 1, "last": epoch}[best]
        return (epoch, kept) if last == "now" else (kept, epoch)

    return stop_at


def stop_by_place(losses, patience, min_gain):
    """No counter: how far away is the best?"""
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] + min_gain < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return [epoch, best]
    return [len(losses), best]


def stop_yields(losses, patience, min_gain):
    yield from stop()(losses, patience, min_gain)


def stop_argmin_so_far(losses, patience, min_gain):
    last = stop()(losses, patience, min_gain)[0]
    return last, int(np.argmin(losses[:last])) + 1


def stop_in_numpy(losses, patience, min_gain):
    last, best = stop()(losses, patience, min_gain)
    return np.array([last, best])


def stop_in_floats(losses, patience, min_gain):
    return pd.Series(stop()(losses, patience, min_gain)).astype("float32")


def stop_against_before(losses, patience, min_gain):
    before, best, waited = np.inf, 1, 0
    for epoch, loss in enumerate(losses, 1):
        waited += 1
        if loss < before - min_gain:
            best, waited = epoch, 0
        before = loss
        if waited == patience:
            break
    return epoch, best


def stop_never_reset(losses, patience, min_gain):
    low, best, waited = np.inf, 1, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < low - min_gain:
            low, best = loss, epoch
        else:
            waited += 1
        if waited == patience:
            break
    return epoch, best


def stop_lowers_always(losses, patience, min_gain):
    """Small gains lower the limit, without counting."""
    low, best, waited = np.inf, 1, 0
    for epoch, loss in enumerate(losses, 1):
        waited += 1
        if loss < low - min_gain:
            best, waited = epoch, 0
        low = min(low, loss)
        if waited == patience:
            break
    return epoch, best


def stop_pops(losses, patience, min_gain):
    found = stop()(list(losses), patience, min_gain)
    losses.sort()
    return found


# --- question 3 -----------------------------------------------------------------------------------

STEPS = {
    "A": "less regularisation",
    "B": "more rows",
    "C": "early stopping",
    "D": "restore the best weights",
    "E": "augmentation",
    "F": "more regularisation",
}

# --- question 4 -----------------------------------------------------------------------------------


def rows_by_interp(sizes, errors, n, cured_error):
    curve = np.minimum.accumulate(errors)
    if cured_error >= curve[sizes == n][0]:
        return 0.0
    return np.interp(-cured_error, -curve, sizes, right=np.inf) - n


def rows_by_loop(sizes, errors, n, cured_error):
    """From piece to piece, in plain numbers."""
    low, at, past = float("inf"), None, False
    for size, error in zip(sizes.tolist(), errors.tolist(), strict=True):
        now = min(low, error)
        if past and now <= cured_error:
            return at + (low - cured_error) / (low - now) * (size - at) - n
        if size == n:
            past = True
            if cured_error >= now:
                return 0
        low, at = now, size
    return float("inf")


def rows_reversed(sizes, errors, n, cured_error):
    curve = pd.Series(errors).cummin().to_numpy()
    found = np.interp(cured_error, curve[::-1], sizes[::-1], left=np.inf)
    return np.float64(max(found - n, 0))


def rows_of(change=lambda value, n: value, curve=np.minimum.accumulate, ends=True, gains=True, sign=-1):
    """By interp, with some of its parts done otherwise."""

    def extra_rows(sizes, errors, n, cured_error):
        line = curve(np.array(errors))
        if gains and cured_error >= line[list(sizes).index(n)]:
            return 0.0
        if ends and cured_error < line.min():
            return np.inf
        return change(float(np.interp(sign * cured_error, sign * line, sizes)), n)

    return extra_rows


def rows_on_logs(sizes, errors, n, cured_error):
    curve = np.minimum.accumulate(errors)
    if cured_error >= curve[list(sizes).index(n)]:
        return 0.0
    if cured_error < curve[-1]:
        return np.inf
    return float(np.exp(np.interp(-cured_error, -curve, np.log(sizes))) - n)


def rows_at_sizes(sizes, errors, n, cured_error):
    """The first measured size that is good enough."""
    curve = np.minimum.accumulate(errors)
    if cured_error >= curve[list(sizes).index(n)]:
        return 0.0
    good = sizes[curve <= cured_error]
    return float(good[0] - n) if len(good) else np.inf


def rows_rounded(*what):
    found = rows_by_interp(*what)
    return found if np.isinf(found) else round(found)


def rows_of_whole_numbers(sizes, errors, n, cured_error):
    """Every whole number of rows is tried."""
    rows = np.arange(n, sizes[-1] + 1)
    good = rows[np.interp(rows, sizes, np.minimum.accumulate(errors)) <= cured_error + 1e-12]
    return float(good[0] - n) if len(good) else np.inf


def rows_to_the_last(sizes, errors, n, cured_error):
    """Never, if the last error, not the lowest, is above."""
    found = rows_by_interp(sizes, errors, n, cured_error)
    return np.inf if found > 0 and cured_error < errors[-1] else found


def rows_in_place(sizes, errors, n, cured_error):
    errors[:] = np.minimum.accumulate(errors)
    return rows_by_interp(sizes, errors, n, cured_error)


# --- question 5 -----------------------------------------------------------------------------------


@cache
def houses():
    """The notebook's numbers and prices."""
    table = ck.load("houses").sample(frac=1, random_state=0).reset_index(drop=True)
    left_out = ["order", "parcel_id", "price", "living_area", "basement_area"]
    known = table.select_dtypes("number").drop(columns=left_out).to_numpy(float)
    return known, table["price"].to_numpy() / 1000


def behind(model):
    """A function that returns this model behind the notebook's preparation."""

    def cure():
        return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)

    return cure


NO_CURE = behind(LinearRegression())
RIDGE = behind(RidgeCV(np.logspace(-1, 4, 11)))
LASSO = behind(LassoCV(alphas=np.logspace(-1, 1.5, 6), cv=3, max_iter=20000))
NEIGHBOURS = behind(KNeighborsRegressor())


def searched_ridge():
    grid = {"ridge__alpha": [1.0, 10.0, 100.0]}
    return GridSearchCV(behind(Ridge())(), grid, cv=3, scoring="neg_root_mean_squared_error")


def searched_neighbours():
    return GridSearchCV(NEIGHBOURS(), {"kneighborsregressor__n_neighbors": [1, 2]}, cv=3)


def boosting():
    return HistGradientBoostingRegressor(early_stopping=True, max_iter=60, max_leaf_nodes=4, random_state=0)


def stops_early():
    """Early stopping under another name."""
    model = GradientBoostingRegressor(n_iter_no_change=5, max_depth=2, n_estimators=40, random_state=0)
    return make_pipeline(SimpleImputer(), model)


def descent(**settings):
    return behind(SGDRegressor(early_stopping=True, **settings))


DESCENT = descent(random_state=0)


def one_in_the_grid():
    return GridSearchCV(behind(Ridge())(), {"ridge__alpha": [100.0]}, cv=3)


def fitted_ridge():
    known, price = houses()
    return RIDGE().fit(known[:100], price[:100])


@cache
def errors_of(make, n=100, fitted_on="train"):
    """RMSE of each draw; fitted on its training rows, or on the test rows as well."""
    known, price = houses()
    found = []
    for draw in range(20):
        rows = np.roll(np.arange(2000), -100 * draw)[:n]
        rows = rows if fitted_on == "train" else np.append(rows, np.arange(2000, 2930))
        miss = make().fit(known[rows], price[rows]).predict(known[2000:]) - price[2000:]
        found.append(np.sqrt((miss**2).mean()))
    return np.array(found)


SIZES = np.array([100, 150, 200, 300, 500, 1000])


@cache
def curve():
    return np.array([errors_of(NO_CURE, int(n)).mean() for n in SIZES])


def interval(differences, overlap=0.0, factor=2.0930241):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def handed_in(make, change=None, fitted_on="train", worth=None, difference=None, errors=None):
    """All four answers; change takes the errors and gives what is handed in for them."""

    def answers():
        found = errors_of(make, fitted_on=fitted_on) if errors is None else errors()
        apart = difference or interval(found - errors_of(NO_CURE))
        if difference is not None and callable(difference):
            apart = difference(found - errors_of(NO_CURE))
        price = rows_by_interp(SIZES, curve(), 100, found.mean()) if worth is None else worth(found)
        return make, found if change is None else change(found), apart, price

    return answers


def with_difference(difference):
    return handed_in(RIDGE, difference=difference)


def with_worth(worth):
    return handed_in(RIDGE, worth=worth)


RIGHT = {
    "q1": [
        ("as the task says", (drop(),)),
        ("binomial, lists", (drop_by_binomial,)),
        ("one number after the other", (drop_single,)),
        ("float32", (drop(answer=np.float32),)),
        ("a table of pandas", (drop(answer=lambda v: pd.DataFrame(v) if v.ndim == 2 else pd.Series(v)),)),
    ],
    "q2": [
        ("as the task says", (stop(),)),
        ("no counter, a list", (stop_by_place,)),
        ("an array", (stop_in_numpy,)),
        ("a Series of float32", (stop_in_floats,)),
        ("yields them", (stop_yields,)),
        ("subtract first", (stop(rule=lambda loss, low, gain: low - loss > gain),)),
    ],
    "q3": [
        ("in another order", (dict(reversed(STEPS.items())),)),
        ("a Series", (pd.Series(STEPS),)),
        (
            "American",
            ({letter: step.replace("isation", "ization") for letter, step in STEPS.items()},),
        ),
        ("capitals and blanks", ({letter: f" {step.title()} " for letter, step in STEPS.items()},)),
    ],
    "q4": [
        ("interp with minus signs", (rows_by_interp,)),
        ("a loop, whole numbers", (rows_by_loop,)),
        ("interp turned round, pandas", (rows_reversed,)),
        ("minus twice", (rows_of(lambda value, n: value - n),)),
    ],
    "q5": [
        ("ridge", handed_in(RIDGE)),
        ("lasso, lists", handed_in(LASSO, change=list)),
        ("a search, a Series", handed_in(searched_ridge, change=pd.Series)),
        ("boosting that stops early, float32", handed_in(boosting, change=np.float32)),
        ("stops under another name", handed_in(stops_early)),
        ("descent that stops early", handed_in(DESCENT)),
        ("one decimal", with_difference(lambda d: np.round(interval(d), 1))),
        ("fitted already, which does no harm", handed_in(fitted_ridge)),
        ("a cure that fails", handed_in(searched_neighbours)),
        (
            "a whole number of houses",
            handed_in(RIDGE, worth=lambda e: int(rows_by_interp(SIZES, curve(), 100, e.mean()))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("not scaled", (drop(scale=lambda p: 1),)),
        ("divided by p", (drop(scale=lambda p: 1 / p if p else 1),)),
        ("times 1 - p", (drop(scale=lambda p: 1 - p),)),
        ("times 1 + p", (drop(scale=lambda p: 1 + p),)),
        ("always doubled", (drop(scale=lambda p: 2),)),
        ("p is kept", (drop(lose=lambda p: 1 - p, scale=lambda p: 1 / p if p else 1),)),
        ("scaled in use", (drop(scale=lambda p: 1, at_use=lambda p: 1 - p),)),
        ("scaled twice", (drop(at_use=lambda p: 1 / (1 - p)),)),
        ("always on", (drop_always,)),
        ("never on", (drop_never,)),
        ("whole rows", (drop_rows,)),
        ("whole columns", (drop_columns,)),
        ("exactly p of each row", (drop_exactly,)),
        ("by the share that was kept", (drop_by_share,)),
        ("exactly p of all", (drop_exactly_in_all,)),
        ("exactly p of each column", (drop_exactly_by_column,)),
        ("the sum stays", (drop_to_the_sum,)),
        ("noise is as good", (drop_noise,)),
        ("zeros like the values", (drop_cuts_decimals,)),
        ("its own seed", (drop_own_seed,)),
        ("no seed at all", (drop_unseeded,)),
        ("in place", (drop_in_place,)),
        ("a sum", (drop_the_sum,)),
        ("no return", (lambda values, p, rng, training: None,)),
    ],
    "q2": [
        ("from 0", (stop(start=0),)),
        ("the best comes first", (stop(last="then"),)),
        ("looks into the future", (stop(best="argmin"),)),
        ("the lowest so far, without min_gain", (stop_argmin_so_far,)),
        ("keeps the last weights", (stop(best="last"),)),
        ("waits too long", (stop(waits=1),)),
        ("equal is enough", (stop(rule=lambda loss, low, gain: loss <= low - gain),)),
        ("min_gain is forgotten", (stop(rule=lambda loss, low, gain: loss < low),)),
        ("min_gain the wrong way", (stop(rule=lambda loss, low, gain: loss < low + gain),)),
        ("against the loss before", (stop_against_before,)),
        ("bad epochs in all", (stop_never_reset,)),
        ("small gains lower the limit", (stop_lowers_always,)),
        ("highest", (stop(rule=lambda loss, low, gain: loss > low + gain or low == np.inf),)),
        ("the lowest loss itself", (lambda losses, p, g: (len(losses), min(losses)),)),
        ("sorts what it gets", (stop_pops,)),
        ("only the best", (lambda *what: stop()(*what)[1],)),
        ("no return", (lambda losses, patience, min_gain: None,)),
    ],
    "q3": [
        ("more is better", (STEPS | {"A": "more regularisation"},)),
        ("hold it back", (STEPS | {"B": "more regularisation"},)),
        ("more rows for all", (STEPS | {"C": "more rows"},)),
        ("stop it earlier", (STEPS | {"D": "early stopping"},)),
        ("more photos", (STEPS | {"E": "more rows"},)),
        ("epochs that are none", (STEPS | {"F": "early stopping"},)),
        ("my own word", (STEPS | {"A": "smaller alpha"},)),
        ("a list", (list(STEPS.values()),)),
        ("five of six", ({letter: STEPS[letter] for letter in "ABCDE"},)),
    ],
    "q4": [
        ("rows in all", (rows_of(),)),
        ("falling xp", (rows_of(lambda value, n: value - n, sign=1),)),
        ("no infinity", (rows_of(lambda value, n: value - n, ends=False),)),
        ("no zero", (rows_of(lambda value, n: value - n, gains=False),)),
        ("the wobble stays", (rows_of(lambda value, n: value - n, curve=np.asarray),)),
        ("on logs", (rows_on_logs,)),
        ("the next size", (rows_at_sizes,)),
        ("rounded, as rows are whole", (rows_rounded,)),
        ("tries whole numbers", (rows_of_whole_numbers,)),
        ("the last error decides", (rows_to_the_last,)),
        ("a factor", (rows_of(lambda value, n: value / n),)),
        ("in place", (rows_in_place,)),
        ("a pair", (lambda *what: (what[2], rows_by_interp(*what)),)),
        ("no return", (lambda sizes, errors, n, cured_error: None,)),
    ],
    "q5": [
        ("no cure", handed_in(NO_CURE, errors=lambda: errors_of(RIDGE))),
        ("a strength typed in", handed_in(behind(Ridge(alpha=100.0)))),
        ("one strength in the list", handed_in(behind(RidgeCV([100.0])))),
        ("one strength in the grid", handed_in(one_in_the_grid)),
        ("200 houses", handed_in(RIDGE, errors=lambda: errors_of(RIDGE, 200))),
        ("a model, not a function", lambda: (RIDGE(), *handed_in(RIDGE)()[1:])),
        ("without a seed, far off", handed_in(descent(), errors=lambda: 2 * errors_of(DESCENT))),
        ("a class", handed_in(lambda: RidgeCV, errors=lambda: errors_of(RIDGE))),
        ("no return", handed_in(lambda: None, errors=lambda: errors_of(RIDGE))),
        ("the mean error", handed_in(RIDGE, change=np.mean)),
        ("ten draws", handed_in(RIDGE, change=lambda e: e[:10])),
        ("the errors without a cure", handed_in(RIDGE, errors=lambda: errors_of(NO_CURE))),
        ("all the same", handed_in(RIDGE, change=lambda e: np.full(20, e.mean()))),
        ("in dollars", handed_in(RIDGE, change=lambda e: 1000 * e)),
        ("as text", handed_in(RIDGE, change=lambda e: e.astype(str))),
        ("negative scores", handed_in(RIDGE, change=lambda e: -e)),
        ("fitted on the test houses, too", handed_in(RIDGE, fitted_on="both")),
        ("neighbours that know the test houses", handed_in(searched_neighbours, fitted_on="both")),
        ("errors of another model", handed_in(searched_neighbours, errors=lambda: errors_of(RIDGE))),
        ("no cure minus cure", with_difference(lambda d: interval(-d))),
        ("low first", with_difference(lambda d: np.array(interval(d))[[1, 0, 2]])),
        ("overlap of folds", with_difference(lambda d: interval(d, 1 / 4))),
        ("1.96", with_difference(lambda d: interval(d, factor=1.96))),
        ("only the mean", with_difference(np.mean)),
        ("half its width", with_difference(lambda d: (d.mean(), interval(d)[2] - d.mean()))),
        ("houses in all", with_worth(lambda e: rows_by_interp(SIZES, curve(), 100, e.mean()) + 100)),
        ("falling xp in the price", with_worth(lambda e: np.interp(e.mean(), curve(), SIZES) - 100)),
        ("the next size in the price", with_worth(lambda e: rows_at_sizes(SIZES, curve(), 100, e.mean()))),
        ("a price for nothing", handed_in(searched_neighbours, worth=lambda e: 50.0)),
        ("a price as text", with_worth(lambda e: "about 100")),
    ],
}
