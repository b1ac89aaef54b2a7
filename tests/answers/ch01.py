"""Answers to the questions of chapter 1 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

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


def value_of_errors_only(y, acted, costs):
    miss, needless = costs[1, 0], costs[0, 1]
    bill = np.mean(needless * acted + miss * (1 - acted) * y)
    return 1000 * (min(miss * y.mean(), needless) - bill)


def border_by_trying(costs, n=2_000_001):
    p = np.linspace(0, 1, n)
    gap = p * (costs[1, 0] - costs[1, 1]) - (1 - p) * (costs[0, 1] - costs[0, 0])
    return p[np.abs(gap).argmin()]


def border_by_odds(costs):
    odds = (costs[0, 1] - costs[0, 0]) / (costs[1, 0] - costs[1, 1])
    return odds / (1 + odds)


@cache
def answer_4():
    mails = ck.load("mails")
    spam, text = mails["is_spam"], (mails["subject"] + " " + mails["body"]).str.lower()
    here, best = text.str.contains("click here"), mails["is_html"] | text.str.contains(r"\bclick\b")
    wide = best | text.str.contains(r"\bfree\b")

    def bill(moved, lost, seen):
        return 1000 * float((lost * (moved & ~spam) + seen * (~moved & spam)).mean())

    regret = {
        "private": bill(best, 3, 0.5) - bill(here, 3, 0.5),
        "desk": bill(best, 0.1, 0.5) - bill(wide, 0.1, 0.5),
    }
    return regret, {"private": bill(best, 3, 0.5), "desk": bill(best, 0.1, 0.5)}


CHEAPEST = {"private": "click here", "desk": "html, click or free"}
METRIC = {"private": "precision", "desk": "recall"}


def fourth(change=lambda regret: regret, cheapest=CHEAPEST, metric=METRIC):
    return lambda: (cheapest, metric, {owner: change(paid) for owner, paid in answer_4()[0].items()})


SENSORS = ["impact_speed", "frontal", "airbag", "airbag_opened", "seatbelt", "seat", "age"]


@cache
def crashes():
    table = ck.load("crashes")
    table["y"] = (table["dead"] == "dead").astype(int)
    columns = [*SENSORS, "injury_severity", "y"]
    return train_test_split(table[columns], test_size=0.5, stratify=table["y"], random_state=0)


def numbers(table, like=None):
    made = pd.get_dummies(table).astype(float)
    return made if like is None else made.reindex(columns=like, fill_value=0)


def dispatched(model=None, columns=tuple(SENSORS), border=1 / 30, decide=None):
    """The arguments of question 5 for a model that decides with this border, or with `decide`."""

    def made():
        train, test = crashes()
        known = numbers(train[list(columns)].fillna(0))
        fitted = (model or LogisticRegression(max_iter=3000)).fit(known, train["y"])

        def dispatch(table):
            p = fitted.predict_proba(numbers(table[list(columns)], known.columns))[:, 1]
            return decide(p) if decide else p >= border

        return dispatch, test[[*SENSORS, "y"]]

    return made


def by_rule(rule):
    return lambda: (rule, crashes()[1][[*SENSORS, "y"]])


@cache
def death_rates():
    return crashes()[0].groupby(["impact_speed", "seatbelt", "frontal"])["y"].mean()


def by_table(table):
    keys = zip(table["impact_speed"], table["seatbelt"], table["frontal"], strict=True)
    return [int(death_rates()[key] > 1 / 30) for key in keys]


def cells(**changes):
    """The three answers of question 1 with one entry of each named dictionary changed."""
    parts = {"kind": KIND, "target": TARGET, "late": LATE}
    return tuple(part | changes.get(name, {}) for name, part in parts.items())


RIGHT = {
    "q1": [
        ("lists", (KIND, TARGET, LATE)),
        ("tuples, another order", cells(target={"illnesses": tuple(FIVE[::-1])}, late={"illnesses": ()})),
    ],
    "q2": [("by loops", (value,)), ("by counts of the four outcomes", (value_by_counts,))],
    "q3": [
        ("by trying many probabilities", (border_by_trying,)),
        ("by the odds", (border_by_odds,)),
        ("by a coarse grid", (lambda c: border_by_trying(c, 10_001),)),
    ],
    "q4": [("floats", fourth()), ("rounded to whole euros", fourth(round))],
    "q5": [
        ("get_dummies and a logistic regression", dispatched()),
        ("boosted trees", dispatched(HistGradientBoostingClassifier(max_iter=40, random_state=0))),
        ("death rates by speed, belt and side, no model", by_rule(by_table)),
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
    ],
    "q2": [
        ("against doing nothing", (lambda y, a, c: value(y, a, c, against=[0]),)),
        ("against everybody", (lambda y, a, c: value(y, a, c, against=[1]),)),
        ("bill minus baseline", (lambda y, a, c: value(y, a, c, sign=-1),)),
        ("for one case", (lambda y, a, c: value(y, a, c, n=1),)),
        ("the sum of the cases", (lambda y, a, c: value(y, a, c, n=len(y)),)),
        ("a value is never negative", (lambda y, a, c: max(0.0, value(y, a, c)),)),
        ("only two prices, as for the van", (value_of_errors_only,)),
        ("the bill itself", (lambda y, a, c: 1000 * c[y, a].mean(),)),
        ("action first", (lambda y, a, c: value(y, a, c.T),)),
        ("rounded to euros", (lambda y, a, c: round(value(y, a, c)),)),
    ],
    "q3": [
        ("the lesson's formula", (lambda c: c[0, 1] / c[1, 0],)),
        ("the share of a miss", (lambda c: 1 - border_by_odds(c),)),
        ("the odds are the border", (lambda c: (c[0, 1] - c[0, 0]) / (c[1, 0] - c[1, 1]),)),
        ("the price of a right leave forgotten", (lambda c: c[0, 1] / (c[0, 1] + c[1, 0] - c[1, 1]),)),
        ("one half", (lambda c: 0.5,)),
    ],
    "q4": [
        ("owners exchanged", fourth(cheapest={"private": CHEAPEST["desk"], "desk": CHEAPEST["private"]})),
        ("accuracy is fair to both", fourth(metric={"private": "accuracy", "desk": "accuracy"})),
        ("the most accurate is cheapest", fourth(cheapest=dict.fromkeys(METRIC, "html or click"))),
        ("precision for both", fourth(metric={"private": "precision", "desk": "precision"})),
        ("cheapest minus accurate", fourth(lambda paid: -paid)),
        ("per mail", fourth(lambda paid: paid / 1000)),
        ("the whole bill", lambda: (CHEAPEST, METRIC, answer_4()[1])),
        ("a metric that is not offered", fourth(metric={"private": "F1", "desk": "recall"})),
    ],
    "q5": [
        ("predict decides", dispatched(border=0.5)),
        ("probabilities are more precise", dispatched(decide=lambda p: p)),
        ("send it to be safe", by_rule(lambda table: np.ones(len(table), int))),
        ("it is too expensive", by_rule(lambda table: np.zeros(len(table), int))),
        ("the rule in use", by_rule(lambda table: table["impact_speed"].isin(["40-54", "55+"]).astype(int))),
        ("only the fastest", by_rule(lambda table: (table["impact_speed"] == "55+").astype(int))),
        ("the severity is a strong column", dispatched(columns=(*SENSORS, "injury_severity"))),
        ("the fifth with the highest risk", dispatched(decide=lambda p: p >= np.quantile(p, 0.7))),
        ("the answers of the test table", by_rule(lambda table: crashes()[1]["y"] + table["age"] * [0, 1])),
        ("one decision for all", by_rule(lambda table: 1)),
    ],
}
