"""Answers to the questions of chapter 18 that must pass, and mistakes that must get a hint."""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar, nnls
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    HistGradientBoostingRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def mix(clip=True, centred=False, safe=True, answer=None):
    """The lesson's formula, with some of the parts done otherwise."""

    def best_mix(e_1, e_2):
        a, b = (e_1 - e_1.mean(), e_2 - e_2.mean()) if centred else (e_1, e_2)
        a2, b2, p = (a**2).mean(), (b**2).mean(), (a * b).mean()
        size = a2 + b2 - 2 * p
        w = 0.0 if safe and size < 1e-12 else (a2 - p) / size
        w = min(max(w, 0), 1) if clip else w
        mse = (1 - w) ** 2 * (e_1**2).mean() + w**2 * (e_2**2).mean() + 2 * w * (1 - w) * (e_1 * e_2).mean()
        return answer(w, mse, e_1, e_2) if answer else (w, mse)

    return best_mix


def mix_by_search(e_1, e_2):
    if np.array_equal(e_1, e_2):
        return [0, np.mean(e_1**2)]

    def error(w):
        return np.mean(((1 - w) * e_1 + w * e_2) ** 2)

    found = minimize_scalar(error, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
    return pd.Series([found.x, found.fun])


def mix_by_least_squares(e_1, e_2):
    """A line through the origin; float32."""
    d = (e_1 - e_2)[:, None]
    w = min(nnls(d, e_1)[0][0], 1) if d.any() else 0
    return np.float32([w, np.square(e_1 - w * d[:, 0]).mean()])


def mix_by_bounded_search(e_1, e_2):
    """The search with its own tolerance; at an end of 0 to 1 it stops a little short."""
    if (e_1 == e_2).all():
        return 0, (e_1**2).mean()
    found = minimize_scalar(lambda w: (((1 - w) * e_1 + w * e_2) ** 2).mean(), bounds=(0, 1))
    return found.x, found.fun


def mix_yielded(e_1, e_2):
    yield from np.round(mix()(e_1, e_2), 3)


def mix_unless(same):
    """The weight 0 wherever same(e_1, e_2), which should mean: equal in every row."""
    return lambda a, b: (0.0, np.mean(a**2)) if same(a, b) else mix()(a, b)


def mix_nothing_outside(e_1, e_2):
    """Outside of 0 to 1 the second model is dropped."""
    w = mix(clip=False)(e_1, e_2)[0]
    w = w if 0 <= w <= 1 else 0
    return w, np.mean(((1 - w) * e_1 + w * e_2) ** 2)


def mix_error_before_clipping(e_1, e_2):
    return mix()(e_1, e_2)[0], mix(clip=False)(e_1, e_2)[1]


def mix_by_grid(e_1, e_2):
    weights = np.linspace(0, 1, 101)
    errors = [np.mean(((1 - w) * e_1 + w * e_2) ** 2) for w in weights]
    return weights[int(np.argmin(errors))], min(errors)


def mix_in_place(e_1, e_2):
    found = mix()(e_1, e_2)
    e_1 -= e_2
    return found


# --- question 2 -----------------------------------------------------------------------------------


def oob(voters="missed", tie=min, empty="out", answer=None):
    """Votes counted with a Counter, with some of the parts done otherwise."""

    def oob_accuracy(samples, predictions, y):
        right = []
        for row in range(len(y)):
            said = []
            for rows, of_tree in zip(samples, predictions, strict=True):
                drawn = row in rows
                if voters == "all" or (voters == "drawn") == drawn:
                    said.append(of_tree[row])
            counts = Counter(said)
            if counts:
                best = [label for label in counts if counts[label] == max(counts.values())]
                right.append(tie(best) == y[row])
            elif empty == "wrong":
                right.append(False)
        return answer(right) if answer else sum(right) / len(right)

    return oob_accuracy


def oob_by_pandas(samples, predictions, y):
    """A table with gaps where a tree drew the row; pandas' mode sorts."""
    table = pd.DataFrame(np.array(predictions, dtype=object))
    for i, rows in enumerate(samples):
        table.loc[i, np.unique(rows)] = None
    judged = [row for row in table if table[row].notna().any()]
    said = [table[row].dropna().mode().sort_values().iloc[0] for row in judged]
    return np.float32(np.mean([a == y[row] for a, row in zip(said, judged, strict=True)]))


def oob_by_codes(samples, predictions, y):
    labels = np.unique(np.append(predictions.ravel(), y))
    votes = np.zeros((len(labels), len(y)))
    for rows, said in zip(samples, predictions, strict=True):
        missed = ~np.isin(np.arange(len(y)), rows)
        votes[np.searchsorted(labels, said[missed]), np.flatnonzero(missed)] += 1
    judged = votes.sum(axis=0) > 0
    return (labels[votes.argmax(axis=0)] == y)[judged].mean()


def oob_of_single_trees(samples, predictions, y):
    found = []
    for rows, said in zip(samples, predictions, strict=True):
        missed = np.setdiff1d(np.arange(len(y)), rows)
        found.append(np.mean(said[missed] == y[missed]))
    return np.mean(found)


def oob_most_common(samples, predictions, y):
    """Counter keeps the label that it met first."""
    right = []
    for row in range(len(y)):
        said = [p[row] for p, rows in zip(predictions, samples, strict=True) if row not in rows]
        if said:
            right.append(Counter(said).most_common(1)[0][0] == y[row])
    return sum(right) / len(right)


def oob_of_all_votes(samples, predictions, y):
    """One mean over all pairs of a tree and a row that it missed."""
    missed = [~np.isin(np.arange(len(y)), rows) for rows in samples]
    return (predictions == y)[np.array(missed)].mean()


def oob_sorting_samples(samples, predictions, y):
    for rows in samples:
        rows.sort()
    return oob()(samples, predictions, y)


def oob_in_place(samples, predictions, y):
    found = oob()(samples, predictions.copy(), y)
    predictions[:, 0] = predictions[0, 1]
    return found


# --- question 3 -----------------------------------------------------------------------------------


def votes(
    weigh=True, share=True, factor=1.0, grow=1, both=False, more=0, answer=None, log=np.log, plain=False
):
    """AdaBoost with all in one table, with some of the parts done otherwise."""

    def vote_sums(X, y, rounds):
        weight, said_by_all, alphas = np.ones(len(y)) / len(y), [], []
        for _ in range(rounds + more):
            stump = DecisionTreeClassifier(max_depth=1, random_state=0)
            stump.fit(X, y, sample_weight=weight if weigh else None)
            said = stump.predict(X)
            epsilon = np.mean(said != y) if plain else min(max(weight @ (said != y), 1e-9), 1 - 1e-9)
            alphas.append(log((1 - epsilon) / epsilon))
            said_by_all.append(said)
            step = -said * y if both else (said != y)
            weight = weight * np.exp(grow * alphas[-1] * step)
            weight = weight / weight.sum() if share else weight
        sums = factor * np.array(alphas) @ np.array(said_by_all)
        return answer(sums, alphas, said_by_all) if answer else sums

    return vote_sums


def votes_by_library(X, y, rounds):
    ada = AdaBoostClassifier(n_estimators=rounds, random_state=0).fit(X, y)
    return pd.Series([a * e.predict(X) for a, e in zip(ada.estimator_weights_, ada, strict=False)]).sum()


def votes_of_books(X, y, rounds):
    """Half votes that move right and wrong rows, doubled at the end; a list."""
    weight, sums = np.full(len(y), 1 / len(y)), np.zeros(len(y))
    for _ in range(rounds):
        stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y, sample_weight=weight)
        epsilon = weight[stump.predict(X) != y].sum()
        alpha = np.log((1 - epsilon) / epsilon) / 2
        sums += alpha * stump.predict(X)
        weight = weight * np.exp(-alpha * y * stump.predict(X))
        weight /= weight.sum()
    return (2 * sums).tolist()


def votes_in_place(X, y, rounds):
    found = votes()(X, y, rounds)
    y[:] = 1
    return found


# --- question 4 -----------------------------------------------------------------------------------

BUILD = {
    "A": "hard voting",
    "B": "soft voting",
    "C": "one model",
    "D": "random forest",
    "E": "stacking",
    "F": "boosting",
}

# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.46365, 0.36767, 0.44628, 0.44143, 0.37411])
MIXED = np.array([0.4001, 0.3459, 0.4000, 0.4158, 0.3403])  # the mean of boosting and ridge
WITH_NEIGHBOURS = np.array([0.6341, 0.5592, 0.6048, 0.6554, 0.6006])
NUMBERS = ["hour", "temperature", "humidity", "wind_speed", "day", "working_day"]


@cache
def bicycles():
    """The notebook's table, targets and folds."""
    table = ck.load("bikes")
    table = table[table["day"] % 4 == 0].reset_index(drop=True)
    kind = table["working_day"].map({1: " working", 0: " off"})
    table["hour_and_day"] = table["hour"].astype(str) + kind
    folds = list(GroupKFold(5, shuffle=True, random_state=0).split(table, groups=table["day"]))
    return table, np.log1p(table["bikers"].to_numpy(float)), folds


def with_numbers(model):
    return make_pipeline(make_column_transformer(("passthrough", NUMBERS)), model)


def with_words(model):
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    scaled = (StandardScaler(), ["temperature", "humidity", "wind_speed", "day"])
    return make_pipeline(
        make_column_transformer(scaled, (one_hot, ["hour_and_day", "weather", "weekday"])), model
    )


def boosting(rate=0.2):
    shape = {"max_iter": 60, "max_leaf_nodes": 15, "early_stopping": False}
    return with_numbers(HistGradientBoostingRegressor(learning_rate=rate, **shape))


def ridge():
    return with_words(Ridge())


def plain_mean():
    return VotingRegressor([("boosting", boosting()), ("ridge", ridge())])


def searched_mean():
    search = GridSearchCV(ridge(), {"ridge__alpha": [0.3, 3, 30]}, cv=3)
    rates = {"histgradientboostingregressor__learning_rate": [0.1, 0.2, 0.3]}
    return VotingRegressor([("a", GridSearchCV(boosting(), rates, cv=3)), ("b", search)])


def stacked():
    return StackingRegressor([("boosting", boosting()), ("ridge", ridge())], cv=5)


def stacked_searches():
    search = GridSearchCV(ridge(), {"ridge__alpha": [0.3, 3, 30]}, cv=3)
    rates = {"histgradientboostingregressor__learning_rate": [0.1, 0.2, 0.3]}
    return StackingRegressor([("a", GridSearchCV(boosting(), rates, cv=3)), ("b", search)])


def told_the_answer():
    """Some of the bicycles among the columns; the neighbours hide how small the error is."""
    columns = make_column_transformer(("passthrough", [*NUMBERS, "registered"]))
    told = make_pipeline(columns, HistGradientBoostingRegressor(max_iter=60))
    return VotingRegressor([("told", told), ("near", with_words(KNeighborsRegressor()))])


def with_neighbours():
    return VotingRegressor([("boosting", boosting()), ("near", with_words(KNeighborsRegressor()))])


def one_kind():
    return VotingRegressor([("a", boosting(0.1)), ("b", boosting(0.3))])


def one_member():
    return VotingRegressor([("a", boosting())])


def five_members():
    trees = [(f"t{i}", with_numbers(DecisionTreeRegressor(min_samples_leaf=i))) for i in range(5, 9)]
    return VotingRegressor([*trees, ("ridge", ridge())])


def bare_members():
    return VotingRegressor([("a", HistGradientBoostingRegressor()), ("b", ridge())])


def prefit():
    table, y, _ = bicycles()
    fitted = [("a", boosting().fit(table, y)), ("b", ridge().fit(table, y))]
    return StackingRegressor(fitted, cv="prefit")


def fitted_rival():
    table, y, _ = bicycles()
    return plain_mean().fit(table[:500], y[:500])


def a_bag():
    return BaggingRegressor(boosting(), n_estimators=3)


def errors_after_all_days(rival):
    """Fitted once, on all rows."""
    table, y, folds = bicycles()
    fitted = rival().fit(table, y)
    return [root_mean_squared_error(y[test], fitted.predict(table.iloc[test])) for _, test in folds]


@cache
def errors_of(rival, fitted_on="train"):
    table, y, folds = bicycles()
    found = []
    for train, test in folds:
        rows = {"train": train, "test": test}[fitted_on]
        fitted = rival().fit(table.iloc[rows], y[rows])
        found.append(root_mean_squared_error(y[test], fitted.predict(table.iloc[test])))
    return np.array(found)


def interval(differences, overlap=1 / 4, factor=2.776445):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def says(differences):
    _, low, high = interval(differences)
    return "better" if high < 0 else "worse" if low > 0 else "cannot tell"


def handed_in(rival, errors=None, verdict=None, difference=None, fitted_on="train"):
    """All five answers, with the errors measured if they are not given."""

    def made():
        found = errors_of(rival, fitted_on) if errors is None else np.asarray(errors)
        apart = found - BASELINE
        return rival, found, difference or interval(apart), verdict or says(apart), BASELINE

    return made


def with_difference(difference):
    return plain_mean, MIXED, difference, "better", BASELINE


def with_errors(errors):
    return plain_mean, errors, interval(MIXED - BASELINE), "better", BASELINE


DIFFERENCE = interval(MIXED - BASELINE)
MEAN, LOW, HIGH = DIFFERENCE
THEN = (MIXED, DIFFERENCE, "better", BASELINE)

RIGHT = {
    "q1": [
        ("the formula of the lesson", (mix(),)),
        ("a search between 0 and 1, a Series", (mix_by_search,)),
        ("least squares, float32", (mix_by_least_squares,)),
        ("a search that stops a little short", (mix_by_bounded_search,)),
        ("a generator of rounded numbers", (mix_yielded,)),
        ("NumPy scalars in a list", (mix(answer=lambda w, m, a, b: [np.float64(w), np.float64(m)]),)),
    ],
    "q2": [
        ("counted row by row", (oob(),)),
        ("gaps in a table, float32", (oob_by_pandas,)),
        ("votes in a table of labels and rows", (oob_by_codes,)),
        ("rounded to three digits", (oob(answer=lambda right: round(np.mean(right), 3)),)),
    ],
    "q3": [
        ("all votes in one product", (votes(),)),
        ("half votes, doubled; a list", (votes_of_books,)),
        ("the library's stumps", (votes_by_library,)),
        ("float32", (votes(answer=lambda s, *_: np.float32(s)),)),
        ("rounded to three digits", (votes(answer=lambda s, *_: s.round(3)),)),
    ],
    "q4": [
        ("in another order", (dict(reversed(BUILD.items())),)),
        ("capital letters", ({letter: name.title() for letter, name in BUILD.items()},)),
    ],
    "q5": [
        ("the mean of boosting and ridge", (plain_mean, *THEN)),
        ("measured: each member searches", handed_in(searched_mean, MIXED)),
        ("measured: a stack", handed_in(stacked)),
        ("a stack of searches", (stacked_searches, *THEN)),
        ("measured: neighbours do harm", handed_in(with_neighbours)),
        (
            "lists and rounded numbers",
            (plain_mean, MIXED.tolist(), np.round(DIFFERENCE, 3).tolist(), *THEN[2:]),
        ),
        ("Series and float32", (plain_mean, pd.Series(MIXED), np.float32(DIFFERENCE), "Better", BASELINE)),
    ],
}

WRONG = {
    "q1": [
        ("not clipped", (mix(clip=False),)),
        ("the means taken off", (mix(centred=True),)),
        ("divided by nothing", (mix(safe=False),)),
        ("the first model's weight", (mix(answer=lambda w, m, a, b: (1 - w, m)),)),
        ("the root", (mix(answer=lambda w, m, a, b: (w, np.sqrt(m))),)),
        ("the plain mean's error", (mix(answer=lambda w, m, a, b: (w, np.mean(((a + b) / 2) ** 2))),)),
        ("always one half", (lambda a, b: (0.5, np.mean(((a + b) / 2) ** 2)),)),
        ("a sum", (mix(answer=lambda w, m, a, b: (w, m * len(a))),)),
        ("the gain", (mix(answer=lambda w, m, a, b: (w, np.mean(a**2) - m)),)),
        ("the variance", (mix(answer=lambda w, m, a, b: (w, np.var((1 - w) * a + w * b))),)),
        ("the error first", (mix(answer=lambda w, m, a, b: (m, w)),)),
        ("a hundred weights", (mix_by_grid,)),
        ("only the weight", (mix(answer=lambda w, m, a, b: w),)),
        ("changes what it gets", (mix_in_place,)),
        ("0 if both are equally good", (mix_unless(lambda a, b: np.mean(a**2) == np.mean(b**2)),)),
        ("0 if the difference does not vary", (mix_unless(lambda a, b: np.var(a - b) < 1e-12),)),
        ("0 if they correlate at 1", (mix_unless(lambda a, b: np.corrcoef(a, b)[0, 1] > 0.99999),)),
        ("0 if outside", (mix_nothing_outside,)),
        ("the error before clipping", (mix_error_before_clipping,)),
        ("no return", (lambda a, b: None,)),
    ],
    "q2": [
        ("all trees vote", (oob(voters="all"),)),
        ("those that drew the row vote", (oob(voters="drawn"),)),
        ("no voters is wrong", (oob(empty="wrong"),)),
        ("the largest label", (oob(tie=max),)),
        ("the first label", (oob_most_common,)),
        ("the smallest as text", (oob(tie=lambda labels: min(labels, key=str)),)),
        ("single trees", (oob_of_single_trees,)),
        ("all votes", (oob_of_all_votes,)),
        ("sorts the samples", (oob_sorting_samples,)),
        ("the wrong share", (oob(answer=lambda right: 1 - np.mean(right)),)),
        ("per cent", (oob(answer=lambda right: 100 * np.mean(right)),)),
        ("the verdicts", (oob(answer=lambda right: right),)),
        ("how many", (oob(answer=sum),)),
        ("changes what it gets", (oob_in_place,)),
        ("no return", (lambda *what: None,)),
    ],
    "q3": [
        ("no weights", (votes(weigh=False),)),
        ("not divided by their sum", (votes(share=False),)),
        ("half votes", (votes(factor=0.5),)),
        ("half votes, also for the weights", (votes(log=lambda odds: np.log(odds) / 2),)),
        ("the other logarithm", (votes(log=np.log2),)),
        ("the share of wrong rows", (votes(plain=True),)),
        ("wrong rows shrink", (votes(grow=-1),)),
        ("right rows shrink by as much", (votes(both=True),)),
        ("a round too many", (votes(more=1),)),
        ("the signs", (votes(answer=lambda s, *_: np.sign(s)),)),
        ("the other way round", (votes(factor=-1),)),
        ("the last stump only", (votes(answer=lambda s, a, said: a[-1] * said[-1]),)),
        ("divided by all votes", (votes(answer=lambda s, a, said: s / np.sum(a)),)),
        ("the votes of the stumps", (votes(answer=lambda s, a, said: a),)),
        ("changes what it gets", (votes_in_place,)),
        ("no return", (lambda *what: None,)),
    ],
    "q4": [
        ("a mean of chances", (BUILD | {"A": "soft voting"},)),
        ("a count gives no chance", (BUILD | {"B": "hard voting"},)),
        ("a stack is never worse", (BUILD | {"C": "stacking"},)),
        ("more of the same", (BUILD | {"D": "bagging"},)),
        ("a plain mean of five", (BUILD | {"E": "soft voting"},)),
        ("a forest of shallow trees", (BUILD | {"F": "random forest"},)),
        ("my own word", (BUILD | {"F": "XGBoost"},)),
        ("a list", (list(BUILD.values()),)),
        ("five of six", ({letter: BUILD[letter] for letter in "ABCDE"},)),
    ],
    "q5": [
        ("one kind", (one_kind, *THEN)),
        ("one member", (one_member, *THEN)),
        ("five members", (five_members, *THEN)),
        ("no preparation", (bare_members, *THEN)),
        ("members fitted on all days", (prefit, *THEN)),
        ("fitted before", (fitted_rival, *THEN)),
        ("a bag", (a_bag, *THEN)),
        ("no ensemble", (ridge, *THEN)),
        ("a class", (lambda: VotingRegressor, *THEN)),
        ("no return", (lambda: None, *THEN)),
        ("the mean", with_errors(0.38)),
        ("the baseline again", with_errors(BASELINE)),
        ("all the same", with_errors([0.38] * 5)),
        ("ten folds", with_errors(np.r_[MIXED, MIXED])),
        ("negative", with_errors(-MIXED)),
        ("words", with_errors(["0.4"] * 5)),
        ("errors in bicycles", with_errors(100 * MIXED)),
        ("fitted on the judged days", handed_in(plain_mean, fitted_on="test")),
        ("fitted once", lambda: handed_in(with_neighbours, errors_after_all_days(with_neighbours))()),
        ("told the answer", handed_in(told_the_answer)),
        ("folds in another order", lambda: handed_in(plain_mean, errors_of(plain_mean)[::-1])()),
        ("a model, no function", (plain_mean(), *THEN)),
        ("two digits, then the difference of more", (plain_mean, MIXED.round(2), *THEN[1:])),
        ("errors of another model", handed_in(plain_mean, 0.5 + MIXED)),
        ("baseline minus rival", with_difference((-MEAN, -HIGH, -LOW))),
        ("low first", with_difference((LOW, MEAN, HIGH))),
        ("how far it reaches", with_difference((MEAN, HIGH - MEAN, HIGH - MEAN))),
        ("only the ends", with_difference((LOW, HIGH))),
        ("independent folds", with_difference(interval(MIXED - BASELINE, 0))),
        ("ten folds' overlap", with_difference(interval(MIXED - BASELINE, 1 / 9))),
        ("1.96", with_difference(interval(MIXED - BASELINE, factor=1.96))),
        ("the rival's own interval", with_difference(interval(MIXED))),
        ("another mean", with_difference((MEAN + 0.01, LOW + 0.01, HIGH + 0.01))),
        ("less is worse", (plain_mean, MIXED, DIFFERENCE, "worse", BASELINE)),
        ("who can tell", (plain_mean, MIXED, DIFFERENCE, "cannot tell", BASELINE)),
        ("my own words", (plain_mean, MIXED, DIFFERENCE, "good", BASELINE)),
        ("harm is better", handed_in(with_neighbours, WITH_NEIGHBOURS, "better")),
        ("a baseline of my own", (plain_mean, MIXED, DIFFERENCE, "better", BASELINE + 0.2)),
    ],
}
