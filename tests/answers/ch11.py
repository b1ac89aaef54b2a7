"""Answers to the questions of chapter 11 that must pass, and mistakes that must get a hint."""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    StratifiedShuffleSplit,
)
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def knn(scale="train", vote="smallest", distance="euclidean", more=0, order=1, ones=True):
    """Neighbours that vote, with some of the parts done otherwise."""

    def knn_predict(X_train, y_train, X_new, k):
        rows = {"train": X_train, "new": X_new}.get(scale, np.concatenate([X_train, X_new]))
        mean, std = rows.mean(axis=0), rows.std(axis=0)
        std = np.where(std == 0, 1, std) if ones else std
        mean, std = (0, 1) if scale == "none" else (mean, std)
        near = order * cdist((X_new - mean) / std, (X_train - mean) / std, distance)
        found = []
        for row in near:
            labels = y_train[np.argsort(row, kind="stable")[: k + more]].tolist()
            counts = Counter(labels)
            best = [label for label in counts if counts[label] == max(counts.values())]
            found.append({"smallest": min(best), "largest": max(best), "nearest": best[0]}[vote])
        return found

    return knn_predict


def knn_by_library(X_train, y_train, X_new, k):
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(k, algorithm="brute"))
    return pd.Series(model.fit(X_train, y_train).predict(X_new))


def knn_by_mode(X_train, y_train, X_new, k):
    """Sample standard deviations, which scale all columns alike; a tuple of labels."""
    std = X_train.std(axis=0, ddof=1)
    std[std == 0] = 1
    train, found = (X_train - X_train.mean(axis=0)) / std, []
    for row in (X_new - X_train.mean(axis=0)) / std:
        distance = np.linalg.norm(train - row, axis=1)
        found.append(pd.Series(y_train[np.argpartition(distance, k - 1)[:k]]).mode()[0])
    return tuple(found)


def knn_each_by_its_own(X_train, y_train, X_new, k):
    new = StandardScaler().fit_transform(X_new)
    return KNeighborsClassifier(k).fit(StandardScaler().fit_transform(X_train), y_train).predict(new)


def knn_in_place(X_train, y_train, X_new, k):
    found = knn_by_library(X_train, y_train, X_new, k)
    X_train -= X_train.mean(axis=0)
    return found


def knn_of_numbers(X_train, y_train, X_new, k):
    return np.round([np.mean(y_train[:k]) for _ in X_new])


def knn_nudged(X_train, y_train, X_new, k):
    """A tiny number is added to a standard deviation of 0."""
    mean, std = X_train.mean(axis=0), X_train.std(axis=0) + 1e-12
    model = KNeighborsClassifier(k, algorithm="brute").fit((X_train - mean) / std, y_train)
    return model.predict((X_new - mean) / std)


def knn_shares(X_train, y_train, X_new, k):
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(k))
    return model.fit(X_train, y_train).predict_proba(X_new)


def knn_positions(X_train, y_train, X_new, k):
    labels = np.unique(y_train)
    return np.searchsorted(labels, knn()(X_train, y_train, X_new, k))


# --- question 2 -----------------------------------------------------------------------------------


def gini_of(labels, power=2):
    return 1 - sum((labels == label).mean() ** power for label in np.unique(labels))


def split(middle=None, weigh=None, gini=gini_of, answer=None, worst=False, skip=0):
    """The best split, with some of the parts done otherwise."""

    def best_split(column, y):
        values, found = np.unique(column), []
        for below, above in zip(values[:-1], values[1:], strict=True):
            threshold = middle(below, above) if middle else (below + above) / 2
            left = column <= threshold
            sides = (left.mean(), gini(y[left]), 1 - left.mean(), gini(y[~left]))
            left_size, left_gini, right_size, right_gini = sides
            mean = left_size * left_gini + right_size * right_gini
            found.append((weigh(*sides) if weigh else mean, threshold))
        found = found[skip:]
        if not found:
            return None
        impurity, threshold = max(found) if worst else min(found)
        return answer(threshold, impurity, y) if answer else (threshold, impurity)

    return best_split


def split_by_counts(column, y):
    """Sorted once, then one row after another moves to the left; the last of several best."""
    order = np.argsort(column, kind="stable")
    values, labels = column[order], (y[order][:, None] == np.unique(y)).astype(float)
    below, n = labels.cumsum(axis=0), len(y)
    best = None
    for i in np.flatnonzero(np.diff(values)):
        size, counts = i + 1, below[i]
        others = below[-1] - counts
        impurity = (size - (counts**2).sum() / size + n - size - (others**2).sum() / (n - size)) / n
        if best is None or impurity <= best[1]:
            best = [(values[i] + values[i + 1]) / 2, impurity]
    return best


def split_by_library(column, y):
    stump = DecisionTreeClassifier(max_depth=1).fit(column[:, None], y)
    if len(np.unique(column)) == 1:
        return None
    if stump.tree_.node_count == 1:  # pure from the start: any threshold is as good
        return np.mean(np.unique(column)[:2]), 0.0
    weights, mixed = stump.tree_.n_node_samples[1:] / len(y), stump.tree_.impurity[1:]
    return pd.Series([stump.tree_.threshold[0], weights @ mixed])


def split_by_position(column, y):
    order, best = np.argsort(column, kind="stable"), None
    for i in range(1, len(y)):
        left, right = y[order[:i]], y[order[i:]]
        impurity = (i * gini_of(left) + (len(y) - i) * gini_of(right)) / len(y)
        if best is None or impurity < best[1]:
            best = ((column[order[i - 1]] + column[order[i]]) / 2, impurity)
    return best if column.min() < column.max() else None


def split_unsorted(column, y):
    column_of = pd.unique(pd.Series(column))
    found = []
    for below, above in zip(column_of[:-1], column_of[1:], strict=True):
        left = column <= (below + above) / 2
        found.append(
            (left.mean() * gini_of(y[left]) + (~left).mean() * gini_of(y[~left]), (below + above) / 2)
        )
    return min(found)[::-1] if found else None


def split_sorts(column, y):
    order = np.argsort(column)
    column[:], y[:] = column[order], y[order]
    return split()(column, y)


def two_class_gini(labels):
    p = (labels == np.unique(labels)[0]).mean()
    return 2 * p * (1 - p)


def entropy(labels):
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return -(share * np.log2(share)).sum()


def split_of_pair(column, y):
    return split()(column, y) or (None, None)


def split_of_constants(column, y):
    return split()(column, y) or (column[0], gini_of(y))


# --- question 3 -----------------------------------------------------------------------------------


def words(above=1, below=2, logarithm=np.log, answer=None):
    """The two arrays for the words, with some of the parts done otherwise."""

    def word_log_odds(X, is_spam):
        with np.errstate(all="ignore"):
            spam = (X[is_spam].sum(axis=0) + above) / (is_spam.sum() + below)
            good = (X[~is_spam].sum(axis=0) + above) / ((~is_spam).sum() + below)
            pair = logarithm(spam / good), logarithm((1 - spam) / (1 - good))
        return answer(*pair, spam, good) if answer else pair

    return word_log_odds


def words_by_library(X, is_spam):
    log_share = BernoulliNB().fit(X, is_spam).feature_log_prob_
    missing = np.log1p(-np.exp(log_share))
    return np.array([log_share[1] - log_share[0], missing[1] - missing[0]])


def words_by_mean(X, is_spam):
    """Two rows are added, and then means are taken; a list of Series."""
    more = np.vstack([np.ones(X.shape[1]), np.zeros(X.shape[1])])
    spam = pd.DataFrame(np.vstack([X[is_spam], more])).mean()
    good = pd.DataFrame(np.vstack([X[np.logical_not(is_spam)], more])).mean()
    return [np.log(spam) - np.log(good), np.log(1 - spam) - np.log(1 - good)]


def words_in_place(X, is_spam):
    X += 1
    return words()(X - 1, is_spam)


def mail(before=True, gaps=True, answer=None, by=None):
    """The log-odds of mails, with some of the parts done otherwise."""

    def bernoulli_log_odds(X_new, X, is_spam):
        there, missing = (by or words())(X, is_spam)
        found = X_new @ there
        if gaps:
            found = found + (1 - X_new) @ missing
        if before:
            found = found + np.log(is_spam.mean() / (1 - is_spam.mean()))
        return answer(found) if answer else found

    return bernoulli_log_odds


def mail_by_library(X_new, X, is_spam):
    both = BernoulliNB().fit(X, is_spam).predict_joint_log_proba(X_new)
    return pd.Series(both[:, 1] - both[:, 0])


def mail_by_loop(X_new, X, is_spam):
    there, missing = words()(X, is_spam)
    start = np.log(is_spam.sum()) - np.log((~is_spam).sum())
    return [start + sum(np.where(row == 1, there, missing)) for row in X_new]


def mail_all_missing(X_new, X, is_spam):
    there, missing = words()(X, is_spam)
    return np.log(is_spam.sum() / (~is_spam).sum()) + X_new @ there + missing.sum()


def mail_log_of_share(X_new, X, is_spam):
    return mail(before=False)(X_new, X, is_spam) + np.log(is_spam.mean())


def mail_of_training(X_new, X, is_spam):
    return mail()(X, X, is_spam)


def mail_by_multinomial(X_new, X, is_spam):
    from sklearn.naive_bayes import MultinomialNB

    both = MultinomialNB().fit(X, is_spam).predict_joint_log_proba(X_new)
    return both[:, 1] - both[:, 0]


# --- question 4 -----------------------------------------------------------------------------------

WHICH = {
    "A": "nearest neighbours",
    "B": "naive Bayes",
    "C": "support vectors",
    "D": "logistic regression",
    "E": "decision tree",
    "F": "random forest",
}

# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.85203125, 0.81183239, 0.85788352, 0.8668821, 0.85146307])
BOOSTED = np.array([0.854615, 0.815199, 0.869176, 0.862415, 0.853233])
VOTED = np.array([0.8468, 0.7972, 0.8440, 0.8514, 0.8463])  # by up to 150 neighbours
AMOUNTS = ["tenure", "monthly_charges", "total_charges"]
QUARTER = StratifiedShuffleSplit(1, test_size=0.25, random_state=0)


@cache
def race():
    """The notebook's table, labels and folds."""
    customers = ck.load("customers").dropna().sample(3000, random_state=0)
    left = (customers["churn"] == "Yes").to_numpy(int)
    known = customers.drop(columns="churn").reset_index(drop=True)
    return known, left, list(StratifiedKFold(5, shuffle=True, random_state=0).split(known, left))


def prepare():
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    kinds = ck.load("customers").columns.drop([*AMOUNTS, "churn"]).tolist()
    return make_column_transformer((StandardScaler(), AMOUNTS), (one_hot, kinds))


def searching(model, scoring="roc_auc", cv=QUARTER, **grid):
    """A function that returns this model behind the preparation, with a search among the settings."""

    def rival():
        steps = make_pipeline(prepare(), model)
        settings = {f"{type(model).__name__.lower()}__{name}": values for name, values in grid.items()}
        return GridSearchCV(steps, settings, cv=cv, scoring=scoring)

    return rival


BOOSTING = searching(
    HistGradientBoostingClassifier(early_stopping=False, max_leaf_nodes=4, random_state=0),
    max_iter=[20, 50, 100],
)
NEIGHBOURS = searching(KNeighborsClassifier(), n_neighbors=[1, 20, 150])
FEW_NEIGHBOURS = searching(KNeighborsClassifier(), n_neighbors=[1, 2])
BAYES = searching(GaussianNB(), cv=3, var_smoothing=[1e-9, 0.1, 1.0])
FOREST = searching(RandomForestClassifier(40, n_jobs=2), min_samples_leaf=[5, 30])
VECTORS = searching(SVC(), C=[0.1, 1, 10])


def drawn_tree():
    model = make_pipeline(prepare(), DecisionTreeClassifier(random_state=0))
    leaves = {"decisiontreeclassifier__min_samples_leaf": range(5, 100)}
    return RandomizedSearchCV(model, leaves, n_iter=3, cv=QUARTER, scoring="roc_auc", random_state=0)


def search_within():
    """The search is the last step of a pipeline, behind the preparation."""
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [0.1, 1.0]}, cv=QUARTER, scoring="roc_auc")
    return make_pipeline(prepare(), search)


def no_search():
    return make_pipeline(prepare(), HistGradientBoostingClassifier(max_iter=50))


def fitted_rival():
    known, left, _ = race()
    return BAYES().fit(known[:300], left[:300])


@cache
def scores_of(rival, fitted_on="train"):
    known, left, folds = race()
    found = []
    for train, test in folds:
        rows = train if fitted_on == "train" else test if fitted_on == "test" else np.arange(len(left))
        found.append(rival().fit(known.iloc[rows], left[rows]).score(known.iloc[test], left[test]))
    return np.array(found)


def interval(differences, overlap=1 / 4, factor=2.776445):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def handed_in(rival, scores=None, verdict="cannot tell", fitted_on="train", difference=None):
    """All four answers, with the scores measured if they are not given."""

    def answers():
        found = scores_of(rival, fitted_on) if scores is None else np.asarray(scores)
        return rival, found, difference or interval(found - BASELINE), verdict

    return answers


def with_difference(difference):
    return BOOSTING, BOOSTED, difference, "cannot tell"


def with_scores(scores):
    return BOOSTING, scores, interval(BOOSTED - BASELINE), "cannot tell"


DIFFERENCE = interval(BOOSTED - BASELINE)
MEAN, LOW, HIGH = DIFFERENCE
ROUNDED = np.round(DIFFERENCE, 3).tolist()
THEN = (BOOSTED, DIFFERENCE, "cannot tell")

RIGHT = {
    "q1": [
        ("a list, all distances at once", (knn(),)),
        ("the library, a Series", (knn_by_library,)),
        ("another standard deviation, pandas' mode, a tuple", (knn_by_mode,)),
        ("distances squared", (knn(distance="sqeuclidean"),)),
    ],
    "q2": [
        ("all splits in a list", (split(),)),
        ("counts moved over, the last of several best, a list", (split_by_counts,)),
        ("the library's stump, a Series", (split_by_library,)),
        ("float32", (split(answer=lambda t, i, y: (np.float32(t), np.float32(i))),)),
        ("an array", (split(answer=lambda t, i, y: np.array([t, i])),)),
    ],
    "q3": [
        ("as the task says", (words(), mail())),
        ("the library, one array and a Series", (words_by_library, mail_by_library)),
        ("two mails more, a loop", (words_by_mean, mail_by_loop)),
        ("float32", (words(answer=lambda t, m, *s: np.float32([t, m])), mail(answer=np.float32))),
    ],
    "q4": [
        ("in another order", (dict(reversed(WHICH.items())),)),
        ("neighbours measure distances, too", (WHICH | {"C": "nearest neighbours"},)),
        ("capital letters", ({letter: name.title() for letter, name in WHICH.items()},)),
    ],
    "q5": [
        ("boosting cannot be told from it", (BOOSTING, *THEN)),
        ("measured: boosting, in capitals", handed_in(BOOSTING, verdict="Cannot tell")),
        ("measured: neighbours are worse", handed_in(NEIGHBOURS, verdict="worse")),
        (
            "naive Bayes with three inner folds",
            handed_in(BAYES, [0.8343, 0.7936, 0.8376, 0.8475, 0.8416], "worse"),
        ),
        ("measured: a forest without a seed, two at work", handed_in(FOREST)),
        (
            "support vectors, no probabilities",
            handed_in(VECTORS, [0.8406, 0.7764, 0.8281, 0.8452, 0.8382], "worse"),
        ),
        ("measured: a tree, settings drawn", handed_in(drawn_tree, verdict="worse")),
        ("measured: the search is the last step", handed_in(search_within, verdict="worse")),
        ("lists, rounded to three digits", (BOOSTING, BOOSTED.tolist(), ROUNDED, THEN[2])),
        ("float32 and Series", (BOOSTING, BOOSTED.astype("float32"), pd.Series(DIFFERENCE), THEN[2])),
    ],
}

WRONG = {
    "q1": [
        ("no scaling", (knn(scale="none"),)),
        ("scaled by the new rows", (knn(scale="new"),)),
        ("scaled by all rows", (knn(scale="all"),)),
        ("each table by its own numbers", (knn_each_by_its_own,)),
        ("the nearest of a tie", (knn(vote="nearest"),)),
        ("the largest of a tie", (knn(vote="largest"),)),
        ("absolute differences", (knn(distance="cityblock"),)),
        ("one neighbour too many", (knn(more=1),)),
        ("one neighbour too few", (knn(more=-1),)),
        ("always five", (lambda X, y, new, k: knn()(X, y, new, 5),)),
        ("the furthest", (knn(order=-1),)),
        ("divided by nothing", (knn(ones=False),)),
        ("nearly nothing added", (knn_nudged,)),
        ("the training table is changed", (knn_in_place,)),
        ("the mean of the labels", (knn_of_numbers,)),
        ("shares", (knn_shares,)),
        ("places of the labels", (knn_positions,)),
        ("the first label only", (lambda *what: knn()(*what)[0],)),
        ("no return", (lambda *what: None,)),
    ],
    "q2": [
        ("the plain mean", (split(weigh=lambda a, g, b, h: (g + h) / 2),)),
        ("the sum", (split(weigh=lambda a, g, b, h: g + h),)),
        ("for two classes", (split(gini=two_class_gini),)),
        ("p(1 − p)", (split(gini=lambda y: gini_of(y) / 2),)),
        ("entropy", (split(gini=entropy),)),
        ("errors", (split(gini=lambda y: 1 - np.unique(y, return_counts=True)[1].max() / len(y)),)),
        ("the value itself", (split(middle=lambda a, b: a),)),
        ("whole numbers only", (split(middle=lambda a, b: (a + b) // 2),)),
        ("cut by position", (split_by_position,)),
        ("not sorted", (split_unsorted,)),
        ("the worst", (split(worst=True),)),
        ("the first threshold forgotten", (split(skip=1),)),
        ("what it gains", (split(answer=lambda t, i, y: (t, gini_of(y) - i)),)),
        ("the impurity first", (split(answer=lambda t, i, y: (i, t)),)),
        ("only the threshold", (split(answer=lambda t, i, y: t),)),
        ("sorts what it gets", (split_sorts,)),
        ("a pair of None", (split_of_pair,)),
        ("rounded", (split(answer=lambda t, i, y: (t, round(i, 2))),)),
        ("no return", (lambda column, y: None,)),
        ("a constant column is not looked at", (split_of_constants,)),
    ],
    "q3": [
        ("no smoothing", (words(0, 0), mail())),
        ("a 2 is missing", (words(1, 1), mail())),
        ("smoothed as for counts", (lambda X, s: words(1, X.shape[1])(X, s), mail())),
        ("base 2", (words(logarithm=np.log2), mail())),
        ("base 10", (words(logarithm=np.log10), mail())),
        ("no logarithm", (words(logarithm=lambda v: v), mail())),
        ("good over spam", (words(logarithm=lambda v: -np.log(v)), mail())),
        ("missing first", (words(answer=lambda t, m, *s: (m, t)), mail())),
        ("missing is minus there", (words(answer=lambda t, m, *s: (t, -t)), mail())),
        ("logs of shares", (words(answer=lambda t, m, s, g: (np.log(s), np.log(g))), mail())),
        ("odds", (words(answer=lambda t, m, *s: (t - m, m - t)), mail())),
        ("only if there", (words(answer=lambda t, m, *s: t), mail())),
        ("the table is changed", (words_in_place, mail())),
        ("half as much smoothing", (words(0.5, 1), mail())),
        ("missing words do not count", (words(), mail(gaps=False))),
        ("spam is as common as good mail", (words(), mail(before=False))),
        ("only the words there", (words(), mail(before=False, gaps=False))),
        ("all words are missing as well", (words(), mail_all_missing)),
        ("log of the share", (words(), mail_log_of_share)),
        ("probabilities", (words(), mail(answer=lambda z: 1 / (1 + np.exp(-z))))),
        ("decisions", (words(), mail(answer=lambda z: (z > 0).astype(int)))),
        ("as booleans", (words(), mail(answer=lambda z: z > 0))),
        ("the mean mail", (words(), mail(answer=np.mean))),
        ("the training mails", (words(), mail_of_training)),
        ("MultinomialNB", (words(), mail_by_multinomial)),
        ("rounded to six digits", (words(), mail(answer=lambda z: z.round(6)))),
        ("without smoothing in the mails", (words(), mail(by=words(0.01, 0.02)))),
    ],
    "q4": [
        ("support vectors are rows, too", (WHICH | {"A": "support vectors"},)),
        ("logistic gives chances", (WHICH | {"B": "logistic regression"},)),
        ("a unit upsets a tree", (WHICH | {"C": "decision tree"},)),
        ("boosting was far ahead", (WHICH | {"D": "gradient boosting"},)),
        ("a forest asks questions", (WHICH | {"E": "random forest"},)),
        ("boosting has many trees", (WHICH | {"F": "gradient boosting"},)),
        ("my own word", (WHICH | {"A": "KNN"},)),
        ("a list", (list(WHICH.values()),)),
        ("five of six", ({letter: WHICH[letter] for letter in "ABCDE"},)),
        ("None", (WHICH | {"D": None},)),
    ],
    "q5": [
        ("no search", (no_search, *THEN)),
        ("nine settings", (searching(GaussianNB(), var_smoothing=np.logspace(-9, 0, 9)), *THEN)),
        ("one setting", (searching(GaussianNB(), var_smoothing=[1.0]), *THEN)),
        ("the accuracy", (searching(GaussianNB(), scoring=None, var_smoothing=[0.1, 1.0]), *THEN)),
        ("fitted before", (fitted_rival, *THEN)),
        ("a class", (lambda: GaussianNB, *THEN)),
        ("no return", (lambda: None, *THEN)),
        ("the scores of the fit", (lambda: BOOSTED, *THEN)),
        ("the mean", with_scores(0.851)),
        ("per cent", with_scores(100 * BOOSTED)),
        ("all the same", with_scores([0.851] * 5)),
        ("ten folds", with_scores(np.r_[BOOSTED, BOOSTED])),
        ("words", with_scores(["0.85"] * 5)),
        ("the baseline again", with_scores(BASELINE)),
        ("turned round", with_scores(1 - BOOSTED)),
        ("a tree fitted on all rows", handed_in(drawn_tree, fitted_on="all", verdict="better")),
        (
            "neighbours fitted on the judged rows",
            handed_in(FEW_NEIGHBOURS, fitted_on="test", verdict="better"),
        ),
        ("boosting fitted on all rows", handed_in(BOOSTING, fitted_on="all", verdict="better")),
        ("scores of another model", handed_in(FEW_NEIGHBOURS, BOOSTED)),
        ("baseline minus rival", with_difference((-MEAN, -HIGH, -LOW))),
        ("low first", with_difference((LOW, MEAN, HIGH))),
        ("how far it reaches", with_difference((MEAN, HIGH - MEAN, HIGH - MEAN))),
        ("only the mean", with_difference(MEAN)),
        ("only the ends", with_difference((LOW, HIGH))),
        ("independent folds", with_difference(interval(BOOSTED - BASELINE, 0))),
        ("ten folds' overlap", with_difference(interval(BOOSTED - BASELINE, 1 / 9))),
        ("1.96", with_difference(interval(BOOSTED - BASELINE, factor=1.96))),
        ("the rival's own interval", with_difference(interval(BOOSTED))),
        ("two digits", with_difference(np.round(DIFFERENCE, 2))),
        ("per cent of difference", with_difference(100 * np.array(DIFFERENCE))),
        ("the means of others", with_difference((MEAN + 0.01, LOW + 0.01, HIGH + 0.01))),
        ("the mean is higher", (BOOSTING, BOOSTED, DIFFERENCE, "better")),
        ("some folds are worse", (BOOSTING, BOOSTED, DIFFERENCE, "worse")),
        ("my own words", (BOOSTING, BOOSTED, DIFFERENCE, "equal")),
        ("worse, but who can tell", handed_in(NEIGHBOURS, VOTED)),
        ("worse is better", handed_in(NEIGHBOURS, VOTED, verdict="better")),
    ],
}
