"""Answers to the questions of chapter 0 that must pass, and mistakes that must get a hint."""

from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

people = ck.load("diabetes")
sick, measured = people["diabetes"] == 1, people["waist"].notna()

MEASURES = ["age", "waist", "bmi", "systolic_1", "pulse"]
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[(people["told_diabetes"] != "1") & ~treated]
X, y = visitors[[*MEASURES, "hba1c"]], visitors["diabetes"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=1)


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


def diagonal(y, y_hat):
    (tn, _), (_, tp) = confusion_matrix(y, y_hat)
    return (tn + tp) / len(y)


class Counter:
    """An object that can be called like a function."""

    def __call__(self, y, y_hat):
        return np.count_nonzero(np.equal(y, y_hat)) / y.size


def in_place(y, y_hat):
    y -= y_hat
    return (y == 0).mean()


def marks_the_errors(y, y_hat):
    y_hat[y_hat != y] = -1
    return np.mean(y_hat >= 0)


def first_pairs(y, y_hat):
    return np.mean([y[i] == y_hat[i] for i in range(len(y) - 1)])


def curved():
    model = make_pipeline(
        SimpleImputer(strategy="median"),
        StandardScaler(),
        PolynomialFeatures(2),
        LogisticRegression(max_iter=2000),
    )
    return (model.fit(X_train[MEASURES], y_train).predict_proba(X_test[MEASURES])[:, 1],)


def curves():
    return make_pipeline(SplineTransformer(), LogisticRegression(max_iter=3000))


def seen(kind, table=X_test, truth=y_test, **settings):
    """Scores of a model that has seen the people it scores."""

    def made():
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), kind(**settings))
        model.fit(table[MEASURES], truth)
        return (model.predict_proba(X_test[MEASURES])[:, 1],)

    return made


def by_label():
    """Highest score first, each with the label of its person."""
    scores = pd.Series(probabilities()[:, 1], index=X_test.index)
    return (scores.sort_values(ascending=False),)


ALL_COLUMNS = (*MEASURES, "hba1c")

RIGHT = {
    "q0": [
        ("len", (len(people),)),
        ("shape[0]", (people.shape[0],)),
        ("NumPy's integer", (people["age"].count(),)),
        ("a float", (float(len(people)),)),
        ("counted one by one", (sum(1 for _ in people.itertuples()),)),
        ("an array of one number", (people[["age"]].count().to_numpy(),)),
    ],
    "q1": [
        ("rows kept, then the mean", (people.loc[measured, "diabetes"].mean(),)),
        ("count divided by count", (int((sick & measured).sum()) / int(measured.sum()),)),
        ("rounded to three digits", (round(people.dropna(subset="waist")["diabetes"].mean(), 3),)),
        ("an array of one number", (np.array([people.loc[measured, "diabetes"].mean()]),)),
        ("one entry of a groupby", (people.groupby(measured)["diabetes"].mean().loc[True],)),
        ("half as many digits", (np.float32(people.loc[measured, "diabetes"].mean()),)),
        ("a fraction", (Fraction(int((sick & measured).sum()), int(measured.sum())),)),
        ("a Series of one number", (people.loc[measured, ["diabetes"]].mean(),)),
        ("the shares of 0 and 1", (people.loc[measured, "diabetes"].value_counts(normalize=True)[1],)),
    ],
    "q2": [
        ("mean of True and False", (lambda y, y_hat: (y == y_hat).mean(),)),
        ("a loop", (by_loop,)),
        ("one minus the errors", (lambda y, y_hat: 1 - np.abs(y - y_hat).sum() / len(y),)),
        ("the library", (lambda y, y_hat: accuracy_score(y, y_hat),)),
        ("the library's function itself", (accuracy_score,)),
        ("the diagonal of the four counts", (diagonal,)),
        ("an object that can be called", (Counter(),)),
        (
            "both kinds of right, by products",
            (lambda y, y_hat: (y @ y_hat + (1 - y) @ (1 - y_hat)) / len(y),),
        ),
        ("an array of one number", (lambda y, y_hat: np.array([np.mean(y == y_hat)]),)),
        ("half as many digits", (lambda y, y_hat: np.mean(y == y_hat, dtype=np.float32),)),
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
        ("widest waist first, without learning", lambda: (X_test["waist"].fillna(0),)),
        ("waist, gaps filled with the median", lambda: (X_test["waist"].fillna(X_train["waist"].median()),)),
        ("age times waist, without learning", lambda: ((X_test["age"] * X_test["waist"]).fillna(0),)),
        ("a Series, sorted, with the people's labels", by_label),
        ("a sorted table with the people's labels", lambda: (by_label()[0].to_frame("p"),)),
        (
            "curves, the best order we know",
            lambda: (probabilities(kind=curves)[:, 1],),
        ),
        (
            "a forest of chance splits",
            lambda: (probabilities(kind=ExtraTreesClassifier, min_samples_leaf=8, random_state=0)[:, 1],),
        ),
        ("a table of one column", lambda: (pd.DataFrame({"p": probabilities()[:, 1]}),)),
        ("float32", lambda: (probabilities()[:, 1].astype(np.float32),)),
        (
            "1 for the third to send",
            lambda: (probabilities()[:, 1].argsort().argsort() >= 2 * len(X_test) / 3,),
        ),
        ("logarithms", lambda: (fitted().predict_log_proba(X_test[MEASURES])[:, 1],)),
        ("ranks, the highest for the first to send", lambda: (probabilities()[:, 1].argsort().argsort(),)),
        ("squares and products: the best we know", curved),
        ("naive Bayes on two", lambda: (probabilities(kind=GaussianNB, columns=("age", "waist"))[:, 1],)),
        (
            "boosted trees",
            lambda: (probabilities(kind=GradientBoostingClassifier, random_state=0)[:, 1],),
        ),
        (
            "weighted classes",
            lambda: (probabilities(class_weight="balanced")[:, 1],),
        ),
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
        ("the sick only", (int(sick.sum()),)),
        ("those with a waist", (int(measured.sum()),)),
        ("the method, not called", (people["age"].count,)),
        ("one too many", (len(people) + 1,)),
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
        ("the method, not called", (people.loc[measured, "diabetes"].mean,)),
        ("rounded percent", (19.3,)),
        ("two digits", (0.19,)),
        ("the mean waist of the sick", (people.loc[sick, "waist"].mean(),)),
        ("divided by a column with gaps", (float("nan"),)),
        ("of the wide ones", (people.loc[people["waist"] > 100, "diabetes"].mean(),)),
        ("those whose bmi was measured", (people.dropna(subset="bmi")["diabetes"].mean(),)),
        ("those without any gap", (people.dropna(subset=MEASURES)["diabetes"].mean(),)),
        ("those with a waist, as a table", ({"share": people.loc[measured, "diabetes"].mean()},)),
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
        ("two digits are enough", (lambda y, y_hat: round((y == y_hat).mean(), 2),)),
        ("four digits are enough", (lambda y, y_hat: round((y == y_hat).mean(), 4),)),
        ("works in place", (in_place,)),
        ("marks the errors in y_hat", (marks_the_errors,)),
        ("loses the last pair", (first_pairs,)),
        ("only right answers 1", (lambda y, y_hat: (y_hat[y_hat == 1] == y[y_hat == 1]).mean(),)),
        ("compares the counts", (lambda y, y_hat: 1 - abs(y.sum() - y_hat.sum()) / len(y),)),
        ("errors that cancel out", (lambda y, y_hat: 1 - (y - y_hat).mean(),)),
        ("the number, not a function", (0.75,)),
        ("as text", (lambda y, y_hat: f"{(y == y_hat).mean():.2%}",)),
        ("the method, not called", (lambda y, y_hat: (y == y_hat).mean,)),
        ("prints only", (only_prints,)),
        ("always the whole share", (lambda y, y_hat: (y == y_hat).sum() // len(y) + 0.75,)),
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
        ("the blood value alone", lambda: (X_test["hba1c"],)),
        ("yes to everybody above 45, by the order of the table", lambda: (X_test["age"] > 45,)),
        (
            "all columns, naive Bayes",
            lambda: (probabilities(kind=GaussianNB, columns=ALL_COLUMNS)[:, 1],),
        ),
        ("the rule of the task", lambda: (X_test["age"],)),
        ("raw waist with its gaps", lambda: (X_test["waist"],)),
        ("fitted on the test people", seen(HistGradientBoostingClassifier, random_state=0)),
        (
            "fitted on everybody, a forest",
            seen(RandomForestClassifier, X, y, random_state=0),
        ),
        ("fitted on the test people, a tree", seen(DecisionTreeClassifier, max_depth=8, random_state=0)),
        (
            "fitted on the test people, a small tree",
            seen(DecisionTreeClassifier, max_depth=5, random_state=0),
        ),
        (
            "fitted on everybody, many neighbours",
            seen(KNeighborsClassifier, X, y, n_neighbors=25),
        ),
        ("fitted on the test people, neighbours", seen(KNeighborsClassifier)),
        (
            "fitted on everybody, a modest forest",
            seen(RandomForestClassifier, X, y, min_samples_leaf=20, random_state=0),
        ),
        (
            "all columns, a full tree",
            lambda: (probabilities(kind=DecisionTreeClassifier, columns=ALL_COLUMNS)[:, 1],),
        ),
        ("high blood values first, then age", lambda: (100 * (X_test["hba1c"] > 6) + X_test["age"],)),
        ("sorted, highest first", lambda: (np.sort(probabilities()[:, 1])[::-1],)),
        ("the places of the people, not their scores", lambda: (np.argsort(-probabilities()[:, 1]),)),
        ("rank 0 for the first to send", lambda: ((-probabilities()[:, 1]).argsort().argsort(),)),
        (
            "the people to send",
            lambda: (X_test.index[np.argsort(-probabilities()[:, 1])[: len(X_test) // 3]],),
        ),
        ("the model itself", lambda: (fitted(),)),
        ("words", lambda: (np.where(fitted().predict(X_test[MEASURES]) == 1, "yes", "no"),)),
        ("youngest first", lambda: (-X_test["age"],)),
        ("the answers themselves", lambda: (y_test,)),
        ("everybody the same", lambda: (np.full(len(X_test), y_train.mean()),)),
        ("the pulse tells it", lambda: (X_test["pulse"].fillna(0),)),
    ],
}
