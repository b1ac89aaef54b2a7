"""Answers to the questions of chapter 5 that must pass, and mistakes that must get a hint."""

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score, cross_validate
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

import coursekit as ck

# --- question 1 -------------------------------------------------------------------------------------


def race(*, inside=True, scale=True, fill="median", scoring="roc_auc", own_folds=False, finish=None):
    """A race in which one thing is done differently."""

    def fair_race(models, X, y, splits):
        steps = [SimpleImputer(strategy=fill), *([StandardScaler()] if scale else [])]
        if not inside:
            X, steps = make_pipeline(*steps).fit_transform(X), []
        folds = StratifiedKFold(len(splits), shuffle=True, random_state=0) if own_folds else splits
        scores = {
            name: cross_val_score(make_pipeline(*steps, model), X, y, cv=folds, scoring=scoring)
            for name, model in models.items()
        }
        table = pd.DataFrame(scores)
        return finish(table) if finish else table

    return fair_race


def race_by_hand(models, X, y, splits):
    rows = []
    for train, test in splits:
        row = {}
        for name, model in models.items():
            filler, scaler = SimpleImputer(strategy="median"), StandardScaler()
            seen = scaler.fit_transform(filler.fit_transform(X.iloc[train]))
            fitted = clone(model).fit(seen, y[train])
            unseen = scaler.transform(filler.transform(X.iloc[test]))
            row[name] = roc_auc_score(y[test], fitted.predict_proba(unseen)[:, 1])
        rows.append(row)
    return pd.DataFrame(rows)


def race_gaps_first(models, X, y, splits):
    return raced(models, SimpleImputer(strategy="median").fit_transform(X), y, splits, StandardScaler())


def raced(models, X, y, splits, *steps):
    return pd.DataFrame(
        {
            name: cross_val_score(make_pipeline(*steps, model), X, y, cv=splits, scoring="roc_auc")
            for name, model in models.items()
        }
    )


def race_behind(*steps):
    return lambda models, X, y, splits: raced(models, X, y, splits, *steps)


def race_by_labels(models, X, y, splits):
    y = pd.Series(y, index=X.index)
    runner = {
        name: make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)
        for name, model in models.items()
    }
    return pd.DataFrame(
        {
            name: [
                roc_auc_score(
                    y.loc[test], one.fit(X.loc[train], y.loc[train]).predict_proba(X.loc[test])[:, 1]
                )
                for train, test in splits
            ]
            for name, one in runner.items()
        }
    )


def race_with_scores(models, X, y, splits):
    """A table filled cell by cell, from cross_validate."""
    table = pd.DataFrame(index=range(1, len(splits) + 1), columns=list(models), dtype=float)
    for name, model in models.items():
        steps = [("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler()), ("model", model)]
        found = cross_validate(Pipeline(steps), X.to_numpy(), y, cv=iter(splits), scoring="roc_auc")
        table[name] = found["test_score"].tolist()
    return table.astype("Float64")


def race_of_one(models, X, y, splits):
    """The same model in every column."""
    return race()(dict.fromkeys(models, LogisticRegression()), X, y, splits)


def race_of_verdicts(models, X, y, splits):
    def auc(model, X, y):
        return roc_auc_score(y, model.predict(X))

    return race(scoring=auc)(models, X, y, splits)


def race_on_training(models, X, y, splits):
    return race()(models, X, y, [(train, train) for train, _ in splits])


# --- question 2 -------------------------------------------------------------------------------------


def by_ttest(a, b, n_train, n_test):
    result = stats.ttest_rel(a, b)
    low, high = result.confidence_interval()
    middle, wider = (low + high) / 2, np.sqrt(1 + len(a) * n_test / n_train)
    return [middle, middle - wider * (middle - low), middle + wider * (high - middle)]


def width(half):
    """An interval whose half width is half(d, J, ratio), the ratio being n_test / n_train."""

    def corrected_interval(a, b, n_train, n_test):
        d = np.asarray(a) - np.asarray(b)
        side = half(d, len(d), n_test / n_train)
        return d.mean(), d.mean() - side, d.mean() + side

    return corrected_interval


def q(J, p=0.975):
    return stats.t.ppf(p, J - 1)


def unpaired(a, b, n_train, n_test):
    s = np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1))
    half = q(len(a)) * s * np.sqrt(1 / len(a) + n_test / n_train)
    mean = np.mean(a) - np.mean(b)
    return mean, mean - half, mean + half


def nested(*args):
    mean, low, high = RIGHT_WIDTH(*args)
    return mean, (low, high)


def ahead_only(*args):
    """The mean of the distances, whoever is ahead."""
    mean, low, high = RIGHT_WIDTH(*args)
    return abs(mean), low - mean + abs(mean), high - mean + abs(mean)


RIGHT_WIDTH = width(lambda d, J, r: q(J) * d.std(ddof=1) * np.sqrt(1 / J + r))

# --- question 3 -------------------------------------------------------------------------------------


def reading(n, seen, unseen):
    return [seen[-1] - unseen[-1], (unseen[-1] - unseen[-2]) * np.log(2) / np.log(n[-1] / n[-2])]


def gain_a_step(n, seen, unseen):
    return seen[-1] - unseen[-1], unseen[-1] - unseen[-2]


def at_last_two(n, seen, unseen):
    """Each number of the last size but one."""
    return seen[-2] - unseen[-2], reading(n, seen, unseen)[1]


def with_gain(gain):
    """The right gap, and the gain as gain(steps of the held-out score, doublings in each) has it."""

    def reading(n, seen, unseen):
        return seen[-1] - unseen[-1], gain(np.diff(unseen), np.diff(np.log2(n)))

    return reading


def gain_of_a_line(n, seen, unseen):
    return seen[-1] - unseen[-1], np.polyfit(np.log2(n), unseen, 1)[0]


def by_arrays(n, seen, unseen):
    steps = np.diff(np.asarray(unseen)) / np.diff(np.log2(n))
    return np.array([seen[-1] - unseen[-1], steps[-1]])


def gap_at_start(n, seen, unseen):
    return seen[0] - unseen[0], reading(n, seen, unseen)[1]


def gap_turned(n, seen, unseen):
    return unseen[-1] - seen[-1], reading(n, seen, unseen)[1]


def gap_without_sign(n, seen, unseen):
    return abs(seen[-1] - unseen[-1]), reading(n, seen, unseen)[1]


def gap_of_two_digits(n, seen, unseen):
    return round(seen[-1] - unseen[-1], 2), reading(n, seen, unseen)[1]


def gain_seen(n, seen, unseen):
    return seen[-1] - unseen[-1], (seen[-1] - seen[-2]) / np.log2(n[-1] / n[-2])


ADVICE = {"A": "more flexible", "B": "simpler", "C": "more data", "D": "new columns"}

# --- question 4 -------------------------------------------------------------------------------------

CHOICE = {"phone": "logistic", "bank": "few weights", "night": "boosting"}
GIVEN_UP = {"phone": 0.0025, "bank": 0.0081, "night": 0.0}
CERTAIN = {"phone": False, "bank": True, "night": False}


def briefs(choice=None, given_up=None, certain=None):
    """The right answers to question 4 with some of them changed."""
    return CHOICE | (choice or {}), GIVEN_UP | (given_up or {}), CERTAIN | (certain or {})


# --- question 5 -------------------------------------------------------------------------------------

BIKES = ck.load("bikes")
HIRED, WEEK = BIKES["bikers"].to_numpy(float), (BIKES["day"] // 7).to_numpy()
HOURS = BIKES.drop(columns=["bikers", "casual", "registered"])
HOURS["hour_and_day"] = HOURS["hour"].astype(str) + np.where(HOURS["working_day"] == 1, " work", " free")
NUMBERS = ["day", "temperature", "felt_temperature", "humidity", "wind_speed"]
CLOCK = ["hour", "working_day", "weekday"]


def ridge(texts=("hour_and_day", "weather", "weekday", "month")):
    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer((onehot, list(texts)), (StandardScaler(), NUMBERS)), Ridge())


def on_numbers(model):
    return make_pipeline(make_column_transformer(("passthrough", [*CLOCK, *NUMBERS])), model)


def on_all(model):
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    texts = make_column_selector(dtype_include=["str", object])
    return Pipeline(
        [("codes", make_column_transformer((coded, texts), remainder="passthrough")), ("m", model)]
    )


def lock(model):
    return (model,)


LOGS = TransformedTargetRegressor(ridge(), func=np.log1p, inverse_func=np.expm1)
FOUR_CELLS = TransformedTargetRegressor(
    make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["hour_and_day"]),
            (StandardScaler(), NUMBERS),
        ),
        MLPRegressor(hidden_layer_sizes=(4,), learning_rate_init=0.01, tol=3e-3, random_state=0),
    ),
    transformer=StandardScaler(),
)


def with_daylight(hours):
    """A column of one's own, by a function of the notebook."""
    return hours.assign(daylight=hours["hour"].between(7, 19).astype(int))


with_daylight.__module__ = "__main__"


def words_of(hours):
    """Selects columns, by a function of the notebook."""
    return [name for name in hours if hours[name].dtype == object or hours[name].dtype == "str"]


words_of.__module__ = "__main__"
OWN_SELECTOR = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words_of), (StandardScaler(), NUMBERS)
)


class Borrowed(BaseEstimator):
    """Made of a class of the notebook, whose weights live outside the pickle."""

    __module__ = "__main__"

    def fit(self, X, y):
        LOGS.fit(X, y)
        return self

    def predict(self, X):
        return LOGS.predict(X)


NO_PICKLE = TransformedTargetRegressor(
    ridge(), func=lambda y: np.log1p(y), inverse_func=lambda y: np.expm1(y), check_inverse=False
)

NOT_BACK = TransformedTargetRegressor(ridge(), func=np.log1p, inverse_func=np.asarray, check_inverse=False)

RIGHT = {
    "q1": [
        ("cross_val_score with the list", (race(),)),
        ("two loops by hand", (race_by_hand,)),
        ("nullable numbers, rows counted from 1", (race_with_scores,)),
    ],
    "q2": [
        ("the formula", (RIGHT_WIDTH,)),
        ("ttest_rel, stretched", (by_ttest,)),
        ("an array", (lambda *args: np.array(RIGHT_WIDTH(*args)),)),
    ],
    "q3": [
        ("with another logarithm", (reading, ADVICE)),
        ("steps as arrays", (by_arrays, ADVICE)),
        ("the lesson's column for A", (reading, ADVICE | {"A": "new columns"})),
    ],
    "q4": [
        ("by eye", briefs()),
        ("NumPy's truth", lambda: briefs(certain={"bank": np.bool_(True)})),
        ("rounded", briefs(given_up={"bank": 0.00810001})),
        ("NumPy's numbers", briefs(given_up={"bank": np.float32(0.0081), "night": np.int64(0)})),
    ],
    "q5": [
        ("ridge of the logarithm", lock(LOGS)),
        ("the square root", lock(TransformedTargetRegressor(ridge(), func=np.sqrt, inverse_func=np.square))),
        ("a network of four cells", lock(FOUR_CELLS)),
        (
            "boosting, few rounds of few leaves",
            lock(
                on_all(
                    HistGradientBoostingRegressor(
                        max_iter=8, max_leaf_nodes=8, learning_rate=0.5, random_state=0
                    )
                )
            ),
        ),
        (
            "a tree with all columns",
            lock(on_all(DecisionTreeRegressor(max_leaf_nodes=110, random_state=0))),
        ),
        ("fitted already", lock(clone(LOGS).fit(HOURS, HIRED))),
        ("Poisson", lock(make_pipeline(ridge()[0], PoissonRegressor(alpha=1e-3, max_iter=500)))),
        ("another bent target", lock(TransformedTargetRegressor(ridge(), transformer=PowerTransformer()))),
    ],
}

WRONG = {
    "q1": [
        ("it is only scaling", (race(inside=False),)),
        ("trees need no scale", (race(scale=False),)),
        ("the mean is as good", (race(fill="mean"),)),
        ("accuracy is the score of a classifier", (race(scoring="accuracy"),)),
        ("I passed predict", (race_of_verdicts,)),
        ("stratified folds are better", (race(own_folds=True),)),
        ("the mean is what counts", (race(finish=lambda table: table.mean()),)),
        ("models as rows", (race(finish=lambda table: table.T),)),
        ("on the rows that it knows", (race_on_training,)),
        ("only the imputer beforehand", (race_gaps_first,)),
        ("scaler first", (race_behind(StandardScaler(), SimpleImputer(strategy="median")),)),
        ("another scale", (race_behind(SimpleImputer(strategy="median"), MinMaxScaler()),)),
        ("no imputer", (race_behind(StandardScaler()),)),
        ("three digits are enough", (race(finish=lambda table: table.round(3)),)),
        ("rows by label", (race_by_labels,)),
        ("robust is better", (race_behind(SimpleImputer(strategy="median"), RobustScaler()),)),
        ("precision", (race(scoring="average_precision"),)),
        ("one model for all", (race_of_one,)),
        ("with the mean below", (race(finish=lambda table: pd.concat([table, table.mean().to_frame().T])),)),
        ("in percent", (race(finish=lambda table: 100 * table),)),
        ("without names", (race(finish=lambda table: table.set_axis([0, 1], axis=1)),)),
    ],
    "q2": [
        ("as for independent folds", (width(lambda d, J, r: q(J) * d.std(ddof=1) / np.sqrt(J)),)),
        ("1.96 is the number for 95 %", (width(lambda d, J, r: 1.96 * d.std(ddof=1) * np.sqrt(1 / J + r)),)),
        ("NumPy's std", (width(lambda d, J, r: q(J) * d.std() * np.sqrt(1 / J + r)),)),
        ("train over test", (width(lambda d, J, r: q(J) * d.std(ddof=1) * np.sqrt(1 / J + 1 / r)),)),
        ("no root", (width(lambda d, J, r: q(J) * d.std(ddof=1) * (1 / J + r)),)),
        ("0.95 for 95 %", (width(lambda d, J, r: q(J, 0.95) * d.std(ddof=1) * np.sqrt(1 / J + r)),)),
        (
            "all rows under the line",
            (width(lambda d, J, r: q(J) * d.std(ddof=1) * np.sqrt(1 / J + r / (1 + r))),),
        ),
        (
            "J numbers, J degrees",
            (width(lambda d, J, r: stats.t.ppf(0.975, J) * d.std(ddof=1) * np.sqrt(1 / J + r)),),
        ),
        ("three digits are enough", (lambda *args: np.round(RIGHT_WIDTH(*args), 3),)),
        ("mean and interval", (nested,)),
        ("one standard error", (width(lambda d, J, r: d.std(ddof=1) * np.sqrt(1 / J + r)),)),
        ("two spreads added", (unpaired,)),
        ("b − a", (lambda a, b, n_train, n_test: RIGHT_WIDTH(b, a, n_train, n_test),)),
        ("a difference is positive", (ahead_only,)),
        ("in percent", (lambda *args: 100 * np.array(RIGHT_WIDTH(*args)),)),
        ("five folds are four to one", (lambda a, b, *_: RIGHT_WIDTH(a, b, 4, 1),)),
        ("only the ends", (lambda *args: RIGHT_WIDTH(*args)[1:],)),
        ("high before low", (lambda *args: np.array(RIGHT_WIDTH(*args))[[0, 2, 1]],)),
    ],
    "q3": [
        ("a step is a doubling", (gain_a_step, ADVICE)),
        ("the first gap", (gap_at_start, ADVICE)),
        ("held-out minus training", (gap_turned, ADVICE)),
        ("a gap is a distance", (gap_without_sign, ADVICE)),
        ("two digits of the gap", (gap_of_two_digits, ADVICE)),
        ("no gain is no gain", (with_gain(lambda s, d: max(0, s[-1] / d[-1])), ADVICE)),
        ("both would do", (reading, ADVICE | {"A": ["more flexible", "new columns"]})),
        ("the gain of the dashed line", (gain_seen, ADVICE)),
        ("one size too early", (at_last_two, ADVICE)),
        ("in percent", (lambda *args: 100 * np.array(reading(*args)), ADVICE)),
        ("gain before gap", (lambda *args: reading(*args)[::-1], ADVICE)),
        ("nothing is simpler than a line", (reading, ADVICE | {"D": "simpler"})),
        ("a letter forgotten", (reading, {"A": "more flexible", "B": "simpler", "C": "more data"})),
        ("the first step", (with_gain(lambda s, d: s[0] / d[0]), ADVICE)),
        ("from first to last", (with_gain(lambda s, d: s.sum() / d.sum()), ADVICE)),
        ("the mean of the steps", (with_gain(lambda s, d: np.mean(s / d)), ADVICE)),
        ("the largest step", (with_gain(lambda s, d: np.max(s / d)), ADVICE)),
        ("a line through all points", (gain_of_a_line, ADVICE)),
        ("a gain is positive", (with_gain(lambda s, d: abs(s[-1]) / d[-1]), ADVICE)),
        ("whole doublings", (with_gain(lambda s, d: s[-1] / round(d[-1])), ADVICE)),
        ("a gain a natural logarithm", (with_gain(lambda s, d: s[-1] / d[-1] / np.log(2)), ADVICE)),
        ("two digits", (with_gain(lambda s, d: round(s[-1] / d[-1], 2)), ADVICE)),
        ("A needs more data", (reading, ADVICE | {"A": "more data"})),
        ("data always help", (reading, ADVICE | {"B": "more data"})),
        ("boosting with more rounds", (reading, ADVICE | {"B": "more flexible"})),
        ("a gap is a gap", (reading, ADVICE | {"C": "simpler"})),
        ("try a network", (reading, ADVICE | {"D": "more flexible"})),
        ("my own words", (reading, ADVICE | {"D": "stop"})),
        ("a list", (reading, list(ADVICE.values()))),
    ],
    "q4": [
        ("the best is the best", briefs({"phone": "boosting", "bank": "boosting"})),
        ("the network is small", briefs({"phone": "network"}, {"phone": 0.0022})),
        ("a tree is what auditors read", briefs({"bank": "shallow tree"}, {"bank": 0.0304})),
        ("a sum can be explained", briefs({"bank": "logistic"}, {"bank": 0.0025})),
        ("a draw goes to the simple one", briefs({"night": "logistic"}, {"night": 0.0025})),
        ("chosen minus best", briefs(given_up={"bank": -0.0081})),
        ("three digits", briefs(given_up={"phone": 0.003, "bank": 0.008})),
        ("a share of the best", briefs(given_up={"phone": 0.0025 / 0.8476, "bank": 0.0081 / 0.8476})),
        ("in points", briefs(given_up={"bank": 0.81})),
        ("the AUC", briefs(given_up={"bank": 0.8395})),
        ("against the logistic regression", briefs(given_up={"bank": 0.0056})),
        ("a lower mean is worse", briefs(certain={"phone": True})),
        ("nothing is certain", briefs(certain={"bank": False})),
        ("as words", briefs(certain={"bank": "yes"})),
        ("yes is 1", briefs(certain={"bank": 1})),
        ("the night is certain", briefs(certain={"night": True})),
        ("the smallest", briefs({"bank": "shallow tree"})),
        ("as text", briefs(given_up={"bank": "0.81 %"})),
        ("a place in the table", briefs({"phone": 0})),
        ("against the mean of all", briefs(given_up={"night": 0.8386})),
        ("a name that is not there", briefs({"night": "gradient boosting"})),
        ("a list of three", (list(CHOICE.values()), GIVEN_UP, CERTAIN)),
    ],
    "q5": [
        ("the ridge of the lesson", lock(ridge(["hour_and_day", "weather", "weekday"]))),
        ("boosting as it comes", lock(on_all(HistGradientBoostingRegressor(random_state=0)))),
        ("a smaller forest", lock(on_numbers(RandomForestRegressor(10, max_depth=8, random_state=0)))),
        ("a tree of 80 leaves", lock(on_numbers(DecisionTreeRegressor(max_leaf_nodes=80, random_state=0)))),
        ("a small tree", lock(on_numbers(DecisionTreeRegressor(max_depth=5, random_state=0)))),
        ("texts go in as they are", lock(Ridge())),
        ("a lambda for the logarithm", lock(NO_PICKLE)),
        ("weights in a global name", lock(Borrowed())),
        ("fitted on all weeks and frozen", lock(FrozenEstimator(clone(LOGS).fit(HOURS, HIRED)))),
        ("a selector of my own", lock(make_pipeline(OWN_SELECTOR, Ridge()))),
        ("a slow forest", lock(on_numbers(RandomForestRegressor(60, random_state=0)))),
        ("a function of my own", lock(make_pipeline(FunctionTransformer(with_daylight), LOGS))),
        ("logarithms, and nothing takes them back", lock(NOT_BACK)),
        ("the class", lock(DecisionTreeRegressor)),
        ("the mean is very small", lock(DummyRegressor())),
        ("its name", lock("Ridge")),
    ],
}
