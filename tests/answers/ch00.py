"""Answers to the questions of chapter 0 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

people = ck.load("diabetes")
sick, measured = people["diabetes"] == 1, people["waist"].notna()

MEASURES = ["age", "waist", "bmi", "systolic_1", "pulse"]
X = people[[*MEASURES, "takes_pills"]].fillna({"takes_pills": 0})
X_train, X_test, y_train, y_test = train_test_split(X, people["diabetes"], test_size=0.4, random_state=1)


@cache
def fitted(kind=LogisticRegression, columns=tuple(MEASURES), **settings):
    """A pipeline of the lesson's kind, fitted on the training people."""
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), kind(**settings))
    return model.fit(X_train[list(columns)], y_train)


def probabilities(table=X_test, kind=LogisticRegression, columns=tuple(MEASURES), **settings):
    return fitted(kind, columns, **settings).predict_proba(table[list(columns)])


def by_loop(y, y_hat):
    right = 0
    for truth, guess in zip(y, y_hat, strict=True):
        right += int(truth == guess)
    return right / len(y)


def recall(y, y_hat):
    return (y * y_hat).sum() / max(1, y.sum())


def only_prints(y, y_hat):
    print((y == y_hat).mean())


def trained_on_the_test():
    model = HistGradientBoostingClassifier(random_state=0).fit(X_test[MEASURES], y_test)
    return (model.predict_proba(X_test[MEASURES])[:, 1],)


ALL_COLUMNS = (*MEASURES, "takes_pills")

RIGHT = {
    "q0": [
        ("len", (len(people),)),
        ("shape[0]", (people.shape[0],)),
        ("NumPy's integer", (people["age"].count(),)),
        ("a float", (float(len(people)),)),
    ],
    "q1": [
        ("rows kept, then the mean", (people.loc[measured, "diabetes"].mean(),)),
        ("count divided by count", (int((sick & measured).sum()) / int(measured.sum()),)),
        ("rounded to three digits", (round(people.dropna(subset="waist")["diabetes"].mean(), 3),)),
        ("an array of one number", (np.array([people.loc[measured, "diabetes"].mean()]),)),
        ("one entry of a groupby", (people.groupby(measured)["diabetes"].mean().loc[True],)),
    ],
    "q2": [
        ("mean of True and False", (lambda y, y_hat: (y == y_hat).mean(),)),
        ("a loop", (by_loop,)),
        ("one minus the errors", (lambda y, y_hat: 1 - np.abs(y - y_hat).sum() / len(y),)),
        ("the library", (lambda y, y_hat: accuracy_score(y, y_hat),)),
        ("the library's function itself", (accuracy_score,)),
    ],
    "q3": [
        ("the lesson's pipeline", lambda: (probabilities()[:, 1],)),
        ("a list", lambda: (probabilities()[:, 1].tolist(),)),
        ("a Series with the people's index", lambda: (pd.Series(probabilities()[:, 1], index=X_test.index),)),
        ("a column", lambda: (probabilities()[:, [1]],)),
        ("age and waist only", lambda: (probabilities(columns=("age", "waist"))[:, 1],)),
        (
            "decision scores that are no probabilities",
            lambda: (fitted().decision_function(X_test[MEASURES]),),
        ),
        ("a small tree", lambda: (probabilities(kind=DecisionTreeClassifier, max_depth=3)[:, 1],)),
        (
            "neighbours",
            lambda: (probabilities(kind=KNeighborsClassifier, n_neighbors=50)[:, 1],),
        ),
        (
            "a forest as it comes",
            lambda: (probabilities(kind=RandomForestClassifier, random_state=0)[:, 1],),
        ),
        ("oldest first, without learning", lambda: (X_test["age"],)),
    ],
}

WRONG = {
    "q0": [
        ("size sounds like the number of people", (people.size,)),
        ("size, after a column was added", (people.size + len(people),)),
        ("shape[1] instead of shape[0]", (people.shape[1],)),
        ("the whole shape", (people.shape,)),
        ("the last row's number", (len(people) - 1,)),
        ("as text", (str(len(people)),)),
    ],
    "q1": [
        ("percent", (100 * people.loc[measured, "diabetes"].mean(),)),
        ("forgot to leave anybody out", (people["diabetes"].mean(),)),
        ("divided by all people", ((sick & measured).sum() / len(people),)),
        ("kept the ones who were not measured", (people.loc[~measured, "diabetes"].mean(),)),
        ("share without diabetes", (1 - people.loc[measured, "diabetes"].mean(),)),
        ("share measured", (measured.mean(),)),
        ("of the sick, how many were measured", (measured[sick].mean(),)),
        ("a count", ((sick & measured).sum(),)),
        ("rounded to one digit", (round(people.loc[measured, "diabetes"].mean(), 1),)),
        ("the column itself", (people.loc[measured, "diabetes"],)),
        ("typed with quotation marks", ("0.193",)),
    ],
    "q2": [
        ("percent", (lambda y, y_hat: 100 * (y == y_hat).mean(),)),
        ("the share of errors", (lambda y, y_hat: (y != y_hat).mean(),)),
        ("how many are right", (lambda y, y_hat: (y == y_hat).sum(),)),
        ("only the people with diabetes", (recall,)),
        ("no mean at all", (lambda y, y_hat: y == y_hat,)),
        ("the example's answer", (lambda y, y_hat: 0.75,)),
        ("divides by the example's length", (lambda y, y_hat: (y == y_hat).sum() / 8,)),
        ("1s that agree", (lambda y, y_hat: (y * y_hat).mean(),)),
    ],
    "q3": [
        ("yes or no", lambda: (fitted().predict(X_test[MEASURES]),)),
        ("both columns of predict_proba", lambda: (probabilities(),)),
        ("the first column", lambda: (probabilities()[:, 0],)),
        ("scores of the training people", lambda: (probabilities(X_train)[:, 1],)),
        ("scores of everybody", lambda: (probabilities(X)[:, 1],)),
        ("all columns are better than five", lambda: (probabilities(columns=ALL_COLUMNS)[:, 1],)),
        (
            "all columns, small tree",
            lambda: (probabilities(kind=DecisionTreeClassifier, columns=ALL_COLUMNS, max_depth=3)[:, 1],),
        ),
        (
            "all columns, forest",
            lambda: (probabilities(kind=RandomForestClassifier, columns=ALL_COLUMNS, random_state=0)[:, 1],),
        ),
        ("a tree may ask all it wants", lambda: (probabilities(kind=DecisionTreeClassifier)[:, 1],)),
        ("the pills alone", lambda: (X_test["takes_pills"],)),
        ("the rule to beat", lambda: (X_test["waist"].fillna(0),)),
        ("raw waist with its gaps", lambda: (X_test["waist"],)),
        ("fitted on the test people", trained_on_the_test),
        ("the answers themselves", lambda: (y_test,)),
        ("everybody the same", lambda: (np.full(len(X_test), y_train.mean()),)),
        ("the pulse tells it", lambda: (X_test["pulse"].fillna(0),)),
    ],
}
