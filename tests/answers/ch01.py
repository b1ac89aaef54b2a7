"""Answers to the questions of chapter 1 that must pass, and mistakes that must get a hint."""

from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.optimize import brentq, fsolve
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GroupShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

KIND = {"bikes": "regression", "crashes": "binary", "illnesses": "multilabel"}
FIVE = ["asthma", "arthritis", "heart_attack", "stroke", "cancer"]
TARGET = {"bikes": ["bikers"], "crashes": ["dead"], "illnesses": FIVE}
LATE = {"bikes": ["casual", "registered"], "crashes": ["injury_severity"], "illnesses": []}


def value(y, acted, costs, against=(0, 1), n=1000, sign=1):
    """The value with what a learner may get wrong as parameters."""
    baseline = min(np.mean([costs[truth, action] for truth in y]) for action in against)
    return sign * n * (baseline - np.mean([costs[t, a] for t, a in zip(y, acted, strict=True)]))


def value_by_counts(y, acted, costs):
    table = pd.crosstab(y, acted).reindex(index=[0, 1], columns=[0, 1], fill_value=0).to_numpy()
    classes = table.sum(axis=1)
    return 1000 * (min(classes @ costs[:, 0], classes @ costs[:, 1]) - (table * costs).sum()) / len(y)


class Value:
    """An object that can be called, with other names for its parameters; counts outcomes."""

    def __call__(self, truth, action, prices):
        counts = confusion_matrix(truth, action, labels=[0, 1])
        costs = [counts.sum(axis=1) @ prices[:, column] for column in (0, 1)]
        return [1000 * (min(costs) - (counts * prices).sum()) / counts.sum()]


def value_in_half_precision_costs(y, acted, costs):
    prices = costs.astype(np.float32)
    cost, nothing, everything = (prices[y, a].mean() for a in (acted, 0, 1))
    return np.float32(1000) * (min(nothing, everything) - cost)


def value_with_perfect_baseline(y, acted, costs):
    return 1000 * (costs[y].min(axis=1).mean() - costs[y, acted].mean())


def value_with_nobody_free(y, acted, costs):
    return 1000 * (min(y.mean() * costs[1, 0], costs[y, 1].mean()) - costs[y, acted].mean())


def value_with_one_price_of_acting(y, acted, costs):
    everybody = costs[0, 1]
    return 1000 * (min(costs[y, 0].mean(), everybody) - costs[y, acted].mean())


def value_unless_one_kind_is_missing(y, acted, costs):
    table = pd.crosstab(y, acted).to_numpy()
    classes = np.bincount(y) / len(y)
    cost = sum(table[t, a] * costs[t, a] for t in (0, 1) for a in (0, 1)) / len(y)
    return 1000 * (min(classes @ costs[:, 0], classes @ costs[:, 1]) - cost)


def value_by_groups_of_action(y, acted, costs):
    """Fails where nobody, or everybody, is acted on."""
    cost = sum((acted == action).mean() * costs[y[acted == action], action].mean() for action in (0, 1))
    return 1000 * (min(costs[y, 0].mean(), costs[y, 1].mean()) - cost)


def value_by_unlabelled_counts(y, acted, costs):
    """Fails where all truths and all actions are the same."""
    tn, fp, fn, tp = confusion_matrix(y, acted).ravel()
    both = [(tn + fp) * costs[0, action] + (fn + tp) * costs[1, action] for action in (0, 1)]
    return 1000 * (min(both) - (np.array([[tn, fp], [fn, tp]]) * costs).sum()) / len(y)


def value_with_the_lessons_baseline(y, acted, costs):
    """Takes nobody for cheaper whenever the price of acting is above the mean price of a miss."""
    cheaper = 0 if costs[0, 1] > costs[1, 0] * y.mean() else 1
    return 1000 * (costs[y, cheaper].mean() - costs[y, acted].mean())


def value_that_scales_the_costs(y, acted, costs):
    costs *= 1000
    return min(costs[y, 0].mean(), costs[y, 1].mean()) - costs[y, acted].mean()


def value_of_errors_only(y, acted, costs):
    miss, needless = costs[1, 0], costs[0, 1]
    cost = np.mean(needless * acted + miss * (1 - acted) * y)
    return 1000 * (min(miss * y.mean(), needless) - cost)


def threshold_by_trying(costs, n=2_000_001):
    p = np.linspace(0, 1, n)
    gap = p * (costs[1, 0] - costs[1, 1]) - (1 - p) * (costs[0, 1] - costs[0, 0])
    return p[np.abs(gap).argmin()]


def difference(p, costs):
    return (1 - p) * (costs[0, 1] - costs[0, 0]) - p * (costs[1, 0] - costs[1, 1])


def threshold_as_a_fraction(costs):
    (leave_0, act_0), (leave_1, act_1) = [[Fraction(str(cost)) for cost in row] for row in costs]
    return (act_0 - leave_0) / (act_0 - leave_0 + leave_1 - act_1)


def threshold_by_two_lines(costs):
    slopes, starts = costs[1] - costs[0], costs[0]
    return float(np.linalg.solve([[1, -slopes[0]], [1, -slopes[1]]], starts)[1])


def threshold_that_subtracts(costs):
    costs -= costs.min(axis=1, keepdims=True)
    return costs[0, 1] / (costs[0, 1] + costs[1, 0])


def threshold_by_odds(costs):
    odds = (costs[0, 1] - costs[0, 0]) / (costs[1, 0] - costs[1, 1])
    return odds / (1 + odds)


@cache
def answer_4():
    mails = ck.load("mails")
    spam, text = mails["is_spam"], (mails["subject"] + " " + mails["body"]).str.lower()
    here, best = text.str.contains("click here"), mails["is_html"] | text.str.contains(r"\bclick\b")
    wide = best | text.str.contains(r"\bfree\b")

    def cost(moved, lost, seen):
        return 1000 * float((lost * (moved & ~spam) + seen * (~moved & spam)).mean())

    regret = {
        "private": cost(best, 3, 0.5) - cost(here, 3, 0.5),
        "desk": cost(best, 0.1, 0.5) - cost(wide, 0.1, 0.5),
    }
    return regret, {"private": cost(best, 3, 0.5), "desk": cost(best, 0.1, 0.5)}


CHEAPEST = {"private": "click here", "desk": "html, click or free"}
METRIC = {"private": "precision", "desk": "recall"}


def fourth(change=lambda regret: regret, cheapest=CHEAPEST, metric=METRIC):
    return lambda: (cheapest, metric, {owner: change(paid) for owner, paid in answer_4()[0].items()})


SENSORS = ["impact_speed", "frontal", "airbag", "airbag_opened", "seatbelt", "seat", "age"]


@cache
def crashes():
    table = ck.load("crashes")
    table["y"] = (table["dead"] == "dead").astype(int)
    halves = GroupShuffleSplit(1, test_size=0.5, random_state=0).split(table, groups=table["case_id"])
    shown = [*SENSORS, "injury_severity", "y"]
    return [table.loc[rows, shown] for rows in next(halves)]


def numbers(table, like=None):
    made = pd.get_dummies(table).astype(float)
    return made if like is None else made.reindex(columns=like, fill_value=0)


def dispatched(model=None, columns=tuple(SENSORS), threshold=1 / 30, decide=None, fit_on="train"):
    """The argument of question 5 for a model that decides with this threshold, or with `decide`."""

    def made():
        train, test = crashes()
        rows = {"train": train, "test": test, "all": pd.concat([train, test])}[fit_on]
        known = numbers(rows[list(columns)].fillna(0))
        fitted = LogisticRegression(max_iter=3000) if model is None else model
        fitted.fit(known, rows["y"])

        def dispatch(table):
            p = fitted.predict_proba(numbers(table[list(columns)], known.columns))[:, 1]
            return decide(p, table) if decide else p >= threshold

        return (dispatch,)

    return made


@cache
def learnt_from_y():
    """The outcome is left in the training table, and is 0 in a new one."""
    train = crashes()[0][[*SENSORS, "y"]]
    like = numbers(train).columns
    model = LogisticRegression(max_iter=3000).fit(numbers(train), train["y"])
    return (lambda table: model.predict_proba(numbers(table, like))[:, 1] >= 1 / 30,)


def weighted_twice():
    """Probabilities that are no longer those of the crashes, cut at 1/30 all the same."""
    return dispatched(LogisticRegression(max_iter=3000, class_weight="balanced"))()


def death_rates():
    return crashes()[0].groupby(["impact_speed", "seatbelt", "frontal"])["y"].mean()


def by_table(table):
    keys = zip(table["impact_speed"], table["seatbelt"], table["frontal"], strict=True)
    return [int(death_rates()[key] > 1 / 30) for key in keys]


def by_merge(table):
    """A Series with the labels of the table, in another order."""
    rates = death_rates().rename("rate").reset_index()
    table = table.assign(label=table.index).sort_values("age")
    return (table.merge(rates, how="left").set_index("label")["rate"] > 1 / 30).astype(int)


def points(row):
    speed = {"1-9km/h": 0, "10-24": 0, "25-39": 1, "40-54": 3, "55+": 5}[row["impact_speed"]]
    return speed + 2 * (row["seatbelt"] == "none") + (not row["frontal"]) + (row["age"] > 65)


def by_points(table):
    """Marks a column in the table it gets, row by row."""
    table["points"] = [points(row) for _, row in table.iterrows()]
    return map(int, table["points"] >= 3)


def scaled_by_the_table(table):
    """Age relative to the table at hand, not to the training table."""
    old = (table["age"] - table["age"].mean()) / table["age"].std() > 0
    return (table["impact_speed"].isin(["40-54", "55+"]) | (old & (table["seatbelt"] == "none"))).astype(int)


def by_place(table):
    return [int(table["age"][i] > 70) for i in range(len(table))]


def own_columns_only(table):
    train = crashes()[0]
    model = LogisticRegression(max_iter=3000).fit(numbers(train[SENSORS]), train["y"])
    return (model.predict_proba(pd.get_dummies(table).to_numpy(float))[:, 1] > 1 / 30).astype(int)


def products():
    return dispatched(make_pipeline(PolynomialFeatures(2), StandardScaler(), LogisticRegression()))()


def codes(table):
    """Numbers in place of texts, counted in the table at hand."""
    return table.apply(lambda column: column if is_numeric_dtype(column) else pd.Categorical(column).codes)


def codes_of_the_table():
    train = crashes()[0]
    model = HistGradientBoostingClassifier(max_iter=40, random_state=0)
    model.fit(codes(train[SENSORS]), train["y"])
    return (lambda table: model.predict_proba(codes(table))[:, 1] > 1 / 30,)


def looked_up(table):
    """The outcome of each crash by its label: of the test table, and only of that."""
    return crashes()[1]["y"].reindex(table.index).fillna(0)


def by_lot(table):
    return np.random.default_rng().random(len(table)) < 0.2


def cells(**changes):
    """The three answers of question 1 with one entry of each named dictionary changed."""
    parts = {"kind": KIND, "target": TARGET, "late": LATE}
    return tuple(part | changes.get(name, {}) for name, part in parts.items())


RIGHT = {
    "q1": [
        ("lists", (KIND, TARGET, LATE)),
        ("tuples, another order", cells(target={"illnesses": tuple(FIVE[::-1])}, late={"illnesses": ()})),
        (
            "sets and arrays",
            cells(target={"illnesses": set(FIVE), "bikes": np.array(["bikers"])}, late={"illnesses": set()}),
        ),
        ("an Index", cells(target={"illnesses": pd.Index(FIVE)}, late={"bikes": pd.Index(LATE["bikes"])})),
        ("a Series for a dictionary", (pd.Series(KIND), pd.Series(TARGET), LATE)),
    ],
    "q2": [
        ("by loops", (value,)),
        ("by counts of the four outcomes", (value_by_counts,)),
        ("an object that can be called, a list of one number", (Value(),)),
        ("float32", (value_in_half_precision_costs,)),
        ("rounded to cents", (lambda y, a, c: round(value(y, a, c), 2),)),
        (
            "minus the larger saving",
            (lambda y, a, c: 1000 * min((c[y, k] - c[y, a]).mean() for k in (0, 1)),),
        ),
    ],
    "q3": [
        ("by trying many probabilities", (threshold_by_trying,)),
        ("by the odds", (threshold_by_odds,)),
        ("by a coarse grid", (lambda c: threshold_by_trying(c, 1001),)),
        ("by bisection", (lambda c: brentq(difference, 0, 1, args=(c,)),)),
        ("by a solver that returns an array", (lambda c: fsolve(difference, 0.5, args=(c,)),)),
        ("a fraction", (threshold_as_a_fraction,)),
        ("where two lines meet", (threshold_by_two_lines,)),
        ("three decimals", (lambda c: round(threshold_by_odds(c), 3),)),
        ("float32", (lambda c: np.float32(threshold_by_odds(c)),)),
    ],
    "q4": [
        ("floats", fourth()),
        ("rounded to whole euros", fourth(round)),
        ("float32", fourth(np.float32)),
        ("arrays of one number", fourth(lambda paid: np.array([paid]))),
        ("Series", fourth(cheapest=pd.Series(CHEAPEST), metric=pd.Series(METRIC))),
    ],
    "q5": [
        ("get_dummies and a logistic regression", dispatched()),
        ("boosted trees", dispatched(HistGradientBoostingClassifier(max_iter=40, random_state=0))),
        ("death rates by speed, belt and side, no model", (by_table,)),
        ("the same, a Series in another order", (by_merge,)),
        ("points, with a new column in its table, as a generator", (by_points,)),
        (
            "weighted classes and one half",
            dispatched(LogisticRegression(max_iter=3000, class_weight={1: 30}), threshold=0.5),
        ),
        (
            "a forest of larger leaves",
            dispatched(RandomForestClassifier(50, min_samples_leaf=20, random_state=0)),
        ),
        ("a tree of depth 5", dispatched(DecisionTreeClassifier(max_depth=5, random_state=0))),
        ("products of columns, the cheapest we know", products),
        ("a threshold a little higher", dispatched(threshold=0.045)),
        ("a threshold a little lower", dispatched(threshold=0.025)),
        ("a column of floats", dispatched(decide=lambda p, table: (p > 1 / 31).astype(float)[:, None])),
        ("gaps allowed", dispatched(decide=lambda p, table: pd.array(p > 1 / 30, dtype="boolean"))),
        ("a table of one column", dispatched(decide=lambda p, table: pd.DataFrame({"sent": p > 1 / 30}))),
    ],
}

WRONG = {
    "q1": [
        ("hires are whole numbers", cells(kind={"bikes": "multiclass"})),
        ("five illnesses, five classes", cells(kind={"illnesses": "multiclass"})),
        ("each illness is yes or no", cells(kind={"illnesses": "binary"})),
        ("the two parts of the hires are features", cells(late={"bikes": []})),
        ("only members are known late", cells(late={"bikes": ["registered"]})),
        ("the severity helps", cells(late={"crashes": []})),
        ("the airbag opens in the crash", cells(late={"crashes": ["injury_severity", "airbag_opened"]})),
        ("y comes too late as well", cells(late={"crashes": ["injury_severity", "dead"]})),
        ("a name instead of a list", cells(target={"bikes": "bikers"})),
        ("one illness will do", cells(target={"illnesses": ["asthma"]})),
        ("the severity is the target", cells(target={"crashes": ["injury_severity"]})),
        ("a number without order", cells(kind={"bikes": "clustering"})),
        ("the driver wants two numbers", cells(target={"bikes": ["casual", "registered"]})),
        ("the hour is tomorrow's, too", cells(late={"bikes": ["hour", "casual", "registered"]})),
        ("misspelt", cells(late={"bikes": ["casuals", "registered"]})),
        ("a list in a list", cells(late={"bikes": [["casual", "registered"]]})),
        ("a name, not a list", cells(late={"crashes": "injury_severity"})),
        ("an earlier illness is known late", cells(late={"illnesses": ["cancer"]})),
        ("age changes until the visit", cells(late={"illnesses": ["age"]})),
        ("another word", cells(kind={"crashes": "classification"})),
        ("a list of kinds", cells(kind={"crashes": ["binary"]})),
        ("two of three questions", ({"bikes": "regression", "crashes": "binary"}, TARGET, LATE)),
        ("lists, not dictionaries", (list(KIND.values()), TARGET, LATE)),
        ("sex is to be predicted as well", cells(target={"illnesses": [*FIVE, "sex"]})),
    ],
    "q2": [
        ("against doing nothing", (lambda y, a, c: value(y, a, c, against=[0]),)),
        ("against everybody", (lambda y, a, c: value(y, a, c, against=[1]),)),
        ("cost minus baseline", (lambda y, a, c: value(y, a, c, sign=-1),)),
        ("for one case", (lambda y, a, c: value(y, a, c, n=1),)),
        ("the sum of the cases", (lambda y, a, c: value(y, a, c, n=len(y)),)),
        ("a value is never negative", (lambda y, a, c: max(0.0, value(y, a, c)),)),
        ("only two prices, as for the van", (value_of_errors_only,)),
        ("the cost itself", (lambda y, a, c: 1000 * c[y, a].mean(),)),
        ("action first", (lambda y, a, c: value(y, a, c.T),)),
        ("1,000 times the sum", (lambda y, a, c: value(y, a, c, n=1000 * len(y)),)),
        ("rounded to euros", (lambda y, a, c: round(value(y, a, c)),)),
        ("against a perfect model", (value_with_perfect_baseline,)),
        ("leaving a 0 alone is free", (value_with_nobody_free,)),
        ("acting costs the same for all", (value_with_one_price_of_acting,)),
        ("fails without a 1", (value_unless_one_kind_is_missing,)),
        ("fails if nobody is acted on", (value_by_groups_of_action,)),
        ("fails without a 1 and without an action", (value_by_unlabelled_counts,)),
        ("nothing done, nothing saved", (lambda y, a, c: value(y, a, c) if a.any() else 0.0,)),
        ("the baseline by two prices only", (value_with_the_lessons_baseline,)),
        ("changes the costs it gets", (value_that_scales_the_costs,)),
        (
            "against the dearer",
            (lambda y, a, c: 1000 * (max(c[y, 0].mean(), c[y, 1].mean()) - c[y, a].mean()),),
        ),
        ("per 100 of the example", (lambda y, a, c: 100 * value(y, a, c, n=len(y)),)),
        (
            "of the acted only",
            (lambda y, a, c: 1000 * (min(c[y, 0].mean(), c[y, 1].mean()) - c[y, a].sum() / a.sum()),),
        ),
        ("the example's answer", (lambda y, a, c: 60.0,)),
        ("a value for each case", (lambda y, a, c: 1000 * (c[y, 0] - c[y, a]),)),
        ("the example's prices", (lambda y, a, c: value(y, a, np.array([[0, 0.1], [1, 0.1]])),)),
        ("returns nothing but None", (lambda y, a, c: print(value(y, a, c)) or "60",)),
    ],
    "q3": [
        ("the lesson's formula", (lambda c: c[0, 1] / c[1, 0],)),
        ("the share of a miss", (lambda c: 1 - threshold_by_odds(c),)),
        ("the odds are the threshold", (lambda c: (c[0, 1] - c[0, 0]) / (c[1, 0] - c[1, 1]),)),
        ("the price of a right leave forgotten", (lambda c: c[0, 1] / (c[0, 1] + c[1, 0] - c[1, 1]),)),
        ("one half", (lambda c: 0.5,)),
        ("the van's threshold", (lambda c: 0.02,)),
        ("percent", (lambda c: 100 * threshold_by_odds(c),)),
        ("two decimals", (lambda c: round(threshold_by_odds(c), 2),)),
        ("the odds of the lesson's formula", (lambda c: (c[0, 1] - c[0, 0]) / c[1, 0],)),
        ("a grid of whole percents", (lambda c: threshold_by_trying(c, 101),)),
        ("the price of a rescue forgotten", (lambda c: (c[0, 1] - c[0, 0]) / (c[0, 1] - c[0, 0] + c[1, 0]),)),
        ("only what acting and missing cost", (lambda c: c[0, 1] / (c[0, 1] + c[1, 0]),)),
        ("a rescue costs its absolute price", (lambda c: threshold_by_odds(np.abs(c)),)),
        ("action first", (lambda c: threshold_by_odds(c.T),)),
        ("a threshold has an upper end of one half", (lambda c: min(0.5, threshold_by_odds(c)),)),
        (
            "whole numbers divided",
            (lambda c: (c[0, 1] - c[0, 0]) // (c[0, 1] - c[0, 0] + c[1, 0] - c[1, 1]),),
        ),
        ("subtracts in place", (threshold_that_subtracts,)),
        ("both sides of the threshold", (lambda c: [threshold_by_odds(c), 1 - threshold_by_odds(c)],)),
        ("the number for the van", (0.02,)),
    ],
    "q4": [
        ("owners exchanged", fourth(cheapest={"private": CHEAPEST["desk"], "desk": CHEAPEST["private"]})),
        ("accuracy is fair to both", fourth(metric={"private": "accuracy", "desk": "accuracy"})),
        ("the most accurate is cheapest", fourth(cheapest=dict.fromkeys(METRIC, "html or click"))),
        ("precision for both", fourth(metric={"private": "precision", "desk": "precision"})),
        ("cheapest minus accurate", fourth(lambda paid: -paid)),
        ("per mail", fourth(lambda paid: paid / 1000)),
        ("the whole cost", lambda: (CHEAPEST, METRIC, answer_4()[1])),
        ("a metric that is not offered", fourth(metric={"private": "F1", "desk": "recall"})),
        ("metrics exchanged", fourth(metric={"private": "recall", "desk": "precision"})),
        ("recall for both", fourth(metric={"private": "recall", "desk": "recall"})),
        ("the private filter for both", fourth(cheapest=dict.fromkeys(METRIC, "click here"))),
        ("the first filter of the lesson", fourth(cheapest={"private": "html", "desk": CHEAPEST["desk"]})),
        ("the place of the filter", fourth(cheapest={"private": 0, "desk": 3})),
        (
            "the cost in place of the name",
            fourth(cheapest={"private": ["click here"], "desk": CHEAPEST["desk"]}),
        ),
        ("a name for both", fourth(cheapest="click here")),
        ("as text", fourth(str)),
        ("in cents", fourth(lambda paid: 100 * paid)),
        ("for the whole inbox, not for 1,000", fourth(lambda paid: paid * 2.9)),
        ("rounded to tens", fourth(lambda paid: round(paid, -1))),
        ("the same for both", lambda: (CHEAPEST, METRIC, dict.fromkeys(METRIC, answer_4()[0]["private"]))),
        (
            "the cheapest cost",
            lambda: (CHEAPEST, METRIC, {k: answer_4()[1][k] - answer_4()[0][k] for k in METRIC}),
        ),
        ("other keys", lambda: (CHEAPEST, METRIC, {"Private": answer_4()[0]["private"], "desk": 13})),
    ],
    "q5": [
        ("y among the features", learnt_from_y),
        ("weighted classes and the threshold as well", weighted_twice),
        ("predict decides", dispatched(threshold=0.5)),
        ("probabilities are more precise", dispatched(decide=lambda p, table: p)),
        ("send it to be safe", (lambda table: np.ones(len(table), int),)),
        ("it is too expensive", (lambda table: np.zeros(len(table), int),)),
        ("the rule in use", (lambda table: table["impact_speed"].isin(["40-54", "55+"]).astype(int),)),
        ("only the fastest", (lambda table: (table["impact_speed"] == "55+").astype(int),)),
        ("the severity is a strong column", dispatched(columns=(*SENSORS, "injury_severity"))),
        ("the fifth with the highest risk", dispatched(decide=lambda p, table: p >= np.quantile(p, 0.7))),
        ("above the mean of the table", dispatched(decide=lambda p, table: p > p.mean())),
        ("the answers of the test table", (lambda table: crashes()[1]["y"] + table["age"] * [0, 1],)),
        ("the outcome by label", (looked_up,)),
        ("one decision for all", (lambda table: 1,)),
        ("prints only", (lambda table: print(by_table(table)),)),
        ("the threshold of a sure death", dispatched(threshold=29 / 30)),
        ("the threshold of the lesson's clinic", dispatched(threshold=0.3)),
        ("threshold upside down", dispatched(decide=lambda p, table: p < 1 / 30)),
        ("scaled by the table at hand", (scaled_by_the_table,)),
        ("loops over places, which are labels here", (by_place,)),
        ("encodes the table at hand", (own_columns_only,)),
        ("counts the texts of the table at hand", codes_of_the_table),
        ("by lot", (by_lot,)),
        ("words", dispatched(decide=lambda p, table: np.where(p > 1 / 30, "send", "stay"))),
        ("two columns", dispatched(decide=lambda p, table: np.column_stack([p <= 1 / 30, p > 1 / 30]))),
        ("the labels of the crashes", dispatched(decide=lambda p, table: table.index[p > 1 / 30])),
        ("a full tree", dispatched(DecisionTreeClassifier(random_state=0))),
        ("a forest as it comes", dispatched(RandomForestClassifier(50, random_state=0))),
        (
            "boosted trees fitted on the test crashes",
            dispatched(HistGradientBoostingClassifier(max_iter=40, random_state=0), fit_on="test"),
        ),
        (
            "a full tree fitted on all crashes",
            dispatched(DecisionTreeClassifier(random_state=0), fit_on="all"),
        ),
        ("neighbours fitted on all crashes", dispatched(KNeighborsClassifier(15), fit_on="all")),
        (
            "a forest fitted on the test crashes",
            dispatched(RandomForestClassifier(50, min_samples_leaf=20, random_state=0), fit_on="test"),
        ),
        (
            "the tree's leaves fitted on the test crashes",
            dispatched(DecisionTreeClassifier(max_depth=8, random_state=0), fit_on="test"),
        ),
        ("the decisions, not a function", lambda: (by_table(crashes()[1]),)),
        (
            "no decision for the old",
            dispatched(decide=lambda p, table: np.where(table["age"] > 80, np.nan, p > 1 / 30)),
        ),
        ("by age alone", (lambda table: (table["age"] >= 60).astype(int),)),
    ],
}
