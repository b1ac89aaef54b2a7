"""Answers to the questions of chapter 14 that must pass, and mistakes that must get a hint."""

from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from scipy.spatial.distance import cdist
from scipy.special import expit, logit
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_curve
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def found_by_rates(y, score, n):
    """Group by score: each group has places until none are left."""
    left, found = n, 0.0
    groups = pd.DataFrame({"y": y, "score": score}).groupby("score")["y"].agg(["sum", "size"])
    for _, (positives, size) in groups.iloc[::-1].iterrows():
        places = min(left, size)
        found += positives * places / size
        left -= places
    return found / np.sum(y)


def found_by_means(y, score, n):
    """Give each row the mean label of its score, then let the position decide."""
    mean = pd.Series(y).groupby(score).transform("mean").to_numpy()
    return np.float32(mean[np.argsort(-score)[:n]].sum() / y.sum())


def found_in_full(y, score, n):
    return y[score >= np.sort(score)[-n]].sum() / y.sum()


def found_above(y, score, n):
    return y[score > np.sort(score)[-n]].sum() / y.sum()


def found_by_position(y, score, n):
    return y[np.argsort(-score, kind="stable")[:n]].sum() / y.sum()


def found_from_behind(y, score, n):
    return y[np.argsort(score, kind="stable")[-n:]].sum() / y.sum()


def found_by_roc(y, score, n):
    """Between two scores the ROC curve is straight, as sharing is."""
    false, true, _ = roc_curve(y, score, drop_intermediate=False)
    return np.interp(n, true * y.sum() + false * (1 - y).sum(), true)


def found_by_shuffles(y, score, n):
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(y)) for _ in range(300)]
    return np.mean([found_by_position(y[order], score[order], n) for order in orders])


def found_with_one_place(y, score, n):
    last = np.sort(score)[-n]
    return (y[score > last].sum() + y[score == last].mean()) / y.sum()


def found_in_place(y, score, n):
    found = found_by_rates(y, score, n)
    score.sort()
    return found


# --- question 2 -----------------------------------------------------------------------------------


def kinds(itself=False, more=0, power="euclidean", half=True, noise=True, rare=0, answer=np.array):
    """The kinds of rare rows, with some of the parts done otherwise."""

    def kinds_of(X, y, m):
        distance = cdist(X, X, power)
        if not itself:
            np.fill_diagonal(distance, np.inf)
        words = []
        for row in np.flatnonzero(y == 1):
            common = (y[distance[row].argsort()[: m + more]] == rare).mean()
            danger = common >= 0.5 if half else common > 0.5
            words.append("noise" if common == 1 and noise else "danger" if danger else "safe")
        return answer(words)

    return kinds_of


def kinds_by_library(X, y, m):
    near = NearestNeighbors(n_neighbors=m + 1).fit(X).kneighbors(X[y == 1], return_distance=False)[:, 1:]
    common = (y[near] == 0).sum(axis=1)
    return pd.Series(np.select([common == m, 2 * common >= m], ["noise", "danger"], "safe"))


def kinds_among_rare(X, y, m):
    return np.full(y.sum(), "safe")


def kinds_of_all(X, y, m):
    return kinds()(X, np.ones(len(y), int), m)


def kinds_in_place(X, y, m):
    words = kinds()(X, y, m)
    X -= X.mean(axis=0)
    return words


# --- question 3 -----------------------------------------------------------------------------------


def odds(p):
    return p / (1 - p)


def back(said, share_train, share):
    k = odds(share) / odds(share_train)
    return k * said / (k * said + 1 - said)


def back_by_bayes(said, share_train, share):
    """Each class by its new weight."""
    positive = np.asarray(said) * share / share_train
    negative = (1 - np.asarray(said)) * (1 - share) / (1 - share_train)
    return positive / (positive + negative)


def back_by_log_odds(said, share_train, share):
    return expit(logit(said) + logit(share) - logit(share_train))


def back_by_loop(said, share_train, share):
    if np.ndim(said) == 0:
        return float(back(said, share_train, share))
    return [back(one, share_train, share) for one in said]


def on(price, share_train, share):
    return back(1 / price, share, share_train)


def on_by_odds(price, share_train, share):
    o = 1 / (price - 1) * odds(share_train) / odds(share)
    return np.float32(o / (1 + o))


def on_by_grid(price, share_train, share):
    grid = np.linspace(0, 1, 200_001)
    return grid[np.argmax(back(grid, share_train, share) >= 1 / price)]


def back_by_division(said, share_train, share):
    o = odds(said) * odds(share) / odds(share_train)
    return o / (1 + o)


def back_clipped(said, share_train, share):
    return back(np.clip(said, 0.01, 0.99), share_train, share)


def back_in_place(said, share_train, share):
    found = back(said, share_train, share)
    if np.ndim(said):
        said *= 0
    return found


# --- question 5 -----------------------------------------------------------------------------------


@cache
def customers():
    table = ck.load("customers").fillna({"total_charges": 0})
    left = (table["churn"] == "Yes").to_numpy(int)
    order = np.random.default_rng(0).permutation(len(table))
    return table.drop(columns="churn"), left, order[:4000], order[4000:]


def prepare():
    amounts = ["tenure", "monthly_charges", "total_charges"]
    words = customers()[0].columns.drop(amounts).tolist()
    hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((StandardScaler(), amounts), (hot, words))


def learning(model, sampler="passthrough"):
    def learn(X, y):
        return make_pipeline(prepare(), sampler, model).fit(X, y)

    return learn


def held_back(C, **settings):
    return LogisticRegression(C=C, solver="newton-cholesky", **settings)


COLLEAGUE = learning(held_back(1), SMOTE(random_state=0))
PLAIN = learning(held_back(1))
TENTH = learning(held_back(0.1))
HUNDREDTH = learning(held_back(0.01))
WEIGHTS = learning(held_back(0.01, class_weight="balanced"))
SHRUNKEN = learning(LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5))
THINNED = learning(held_back(0.01), RandomUnderSampler(random_state=0))
SMALL_WITH_SMOTE = learning(held_back(0.01), SMOTE(random_state=0))


def three_columns(X, y):
    few = ["tenure", "contract", "internet_service"]
    hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((StandardScaler(), few[:1]), (hot, few[1:]))
    return make_pipeline(columns, held_back(0.1)).fit(X, y)


@cache
def scores_of(learn):
    table, left, pool, others = customers()
    found = []
    for seed in range(8):
        drawn = np.random.default_rng(seed)
        rows = drawn.choice(pool[left[pool] == 1], 20, replace=False)
        rows = np.concatenate([rows, drawn.choice(pool[left[pool] == 0], 1000, replace=False)])
        said = learn(table.iloc[rows], left[rows]).predict_proba(table.iloc[others])[:, 1]
        found.append(average_precision_score(left[others], said))
    return np.array(found)


def handed_in(learn, answer=lambda gains: gains):
    """learn, and its gains, made into the answer."""
    return lambda: (learn, answer(scores_of(learn) - scores_of(COLLEAGUE)))


def unfitted(X, y):
    return make_pipeline(prepare(), held_back(0.01))


def knows_them_all(X, y):
    table, left, _, _ = customers()
    return make_pipeline(prepare(), DecisionTreeClassifier(random_state=0)).fit(table, left)


def knows_the_pool(X, y):
    table, left, pool, _ = customers()
    return PLAIN(table.iloc[pool], left[pool])


def adds_the_pool(X, y):
    table, left, pool, _ = customers()
    return HUNDREDTH(pd.concat([X, table.iloc[pool]]), np.concatenate([y, left[pool]]))


def forgets_return(X, y):
    make_pipeline(prepare(), held_back(0.01)).fit(X, y)


def gives_scores(X, y):
    return HUNDREDTH(X, y).predict_proba(X)


REPORTS = {
    "A": "accuracy",
    "B": "unequal alarms",
    "C": "invented rows in the test",
    "D": "broken probabilities",
    "E": "one setting for both",
    "F": "too few positives",
    "G": "nothing",
}

RIGHT = {
    "q1": [
        ("group by group", (found_by_rates,)),
        ("mean label of each score, float32", (found_by_means,)),
        ("a NumPy scalar in an array of no dimension", (lambda *a: np.array(found_by_rates(*a)),)),
        ("an array of one number", (lambda *a: np.array([found_by_rates(*a)]),)),
        ("an exact fraction", (lambda *a: Fraction(found_by_rates(*a)),)),
        ("between the points of the ROC curve", (found_by_roc,)),
    ],
    "q2": [
        ("all distances at once", (kinds(),)),
        ("the library, a Series", (kinds_by_library,)),
        ("a list", (kinds(answer=list),)),
        ("a tuple", (kinds(answer=tuple),)),
        ("a generator", (kinds(answer=iter),)),
        ("categories", (kinds(answer=pd.Categorical),)),
    ],
    "q3": [
        ("as the hint says", (back, on)),
        ("both classes weighed", (back_by_bayes, on_by_odds)),
        ("in log-odds", (back_by_log_odds, on)),
        ("a loop, a list", (back_by_loop, on)),
        ("an array of one for a number", (lambda s, a, b: back(np.atleast_1d(s), a, b), on)),
        ("a threshold from a fine grid", (back, on_by_grid)),
    ],
    "q4": [
        ("as it is", (REPORTS,)),
        ("in another order", (dict(reversed(REPORTS.items())),)),
        ("capital letters", ({letter: word.upper() for letter, word in REPORTS.items()},)),
        ("small letters, a Series", (pd.Series(REPORTS).rename(str.lower),)),
    ],
    "q5": [
        ("small weights", handed_in(HUNDREDTH)),
        ("a tenth, as a list", handed_in(TENTH, list)),
        ("class weights too, float32", handed_in(WEIGHTS, lambda gains: gains.astype("float32"))),
        ("SMOTE with smaller weights, a Series", handed_in(SMALL_WITH_SMOTE, pd.Series)),
        ("a shrunken covariance", handed_in(SHRUNKEN)),
        ("rows thrown away", handed_in(THINNED)),
        ("three columns, three digits", handed_in(three_columns, lambda gains: gains.round(3))),
    ],
}

WRONG = {
    "q1": [
        ("all tied rows count", (found_in_full,)),
        ("no tied row counts", (found_above,)),
        ("position decides", (found_by_position,)),
        ("position decides, from behind", (found_from_behind,)),
        ("precision", (lambda y, s, n: found_by_rates(y, s, n) * y.sum() / n,)),
        ("a number", (lambda y, s, n: found_by_rates(y, s, n) * y.sum(),)),
        ("per cent", (lambda *a: 100 * found_by_rates(*a),)),
        ("the lowest", (lambda y, s, n: found_by_rates(y, -s, n),)),
        ("the zeros", (lambda y, s, n: found_by_rates(1 - y, s, n),)),
        ("rounded", (lambda *a: round(found_by_rates(*a), 2),)),
        ("sorts what it gets", (found_in_place,)),
        ("no return", (lambda *a: None,)),
        ("a list of shares", (lambda y, s, n: list(y),)),
        ("a word", (lambda *a: "0.44",)),
        ("the mean of many shuffles", (found_by_shuffles,)),
        ("my loop ends at n − 1", (lambda y, s, n: found_by_rates(y, s, n - 1),)),
        ("the tied rows have one place", (found_with_one_place,)),
        ("nothing to divide", (lambda *a: np.nan,)),
        ("the example", (lambda *a: 4 / 9,)),
    ],
    "q2": [
        ("counts itself", (kinds(itself=True),)),
        ("one too many", (kinds(more=1),)),
        ("more than half", (kinds(half=False),)),
        ("no noise", (kinds(noise=False),)),
        ("absolute differences", (kinds(power="cityblock"),)),
        ("rare and common mixed up", (kinds(rare=1),)),
        ("among rare rows", (kinds_among_rare,)),
        ("for all rows", (kinds_of_all,)),
        ("changes the table", (kinds_in_place,)),
        ("other words", (kinds(answer=lambda words: [word.title() for word in words]),)),
        ("one word", (lambda X, y, m: "safe",)),
        ("always ten", (lambda X, y, m: kinds()(X, y, 10),)),
        ("no return", (lambda X, y, m: None,)),
        ("scaled first", (lambda X, y, m: kinds()((X - X.mean(axis=0)) / X.std(axis=0), y, m),)),
        ("one too few", (kinds(more=-1),)),
        ("sorted words", (kinds(answer=sorted),)),
        ("the first column", (lambda X, y, m: kinds()(X[:, :1], y, m),)),
        ("among common rows", (lambda X, y, m: ["noise"] * y.sum(),)),
    ],
    "q3": [
        ("shares swapped", (lambda s, a, b: back(s, b, a), on)),
        ("taken for balanced", (lambda s, a, b: back(s, 0.5, b), on)),
        ("odds", (lambda s, a, b: odds(np.clip(s, 1e-9, 1 - 1e-9)) * odds(b) / odds(a), on)),
        ("chances multiplied", (lambda s, a, b: s * b / a, on)),
        ("shares for odds", (lambda s, a, b: b * s / (b * s + a * (1 - s)), on)),
        ("divides by 0", (back_by_division, on)),
        ("clipped", (back_clipped, on)),
        ("rounded to two digits", (lambda *a: np.round(back(*a), 2), on)),
        ("changes said", (back_in_place, on)),
        ("a mean", (lambda *a: np.mean(back(*a)), on)),
        ("no return", (lambda *a: None, on)),
        ("the wrong way", (back, lambda c, a, b: back(1 / c, a, b))),
        ("1/price", (back, lambda c, a, b: 1 / c)),
        ("1/(1 + price)", (back, lambda c, a, b: back(1 / (1 + c), b, a))),
        ("the share", (back, lambda c, a, b: b)),
        ("the share in training", (back, lambda c, a, b: a)),
        ("balanced", (back, lambda c, a, b: back(1 / c, b, 0.5))),
        ("half", (back, lambda c, a, b: 0.5)),
        ("no threshold", (back, lambda *a: None)),
        ("a coarse grid", (back, lambda c, a, b: round(on(c, a, b), 3))),
        ("a threshold in odds", (back, lambda c, a, b: odds(on(c, a, b)))),
        ("nothing to divide", (back, lambda *a: np.nan)),
        ("yes or no", (lambda *a: back(*a) >= 0.5, on)),
    ],
    "q4": [
        ("it is right in 99.6 %", (REPORTS | {"A": "nothing"},)),
        ("a gain is a gain", (REPORTS | {"B": "nothing"},)),
        ("accuracy is the trouble", (REPORTS | {"C": "accuracy"},)),
        ("alarms", (REPORTS | {"D": "unequal alarms"},)),
        ("within the folds", (REPORTS | {"E": "nothing"},)),
        ("equal alarms", (REPORTS | {"F": "nothing"},)),
        ("no gain", (REPORTS | {"G": "too few positives"},)),
        ("my own words", (REPORTS | {"A": "everything"},)),
        ("a list", (list(REPORTS.values()),)),
        ("six of seven", ({letter: REPORTS[letter] for letter in "ABCDEF"},)),
        ("None", (REPORTS | {"D": None},)),
    ],
    "q5": [
        ("plain, as it comes", handed_in(PLAIN)),
        ("the colleague again", handed_in(COLLEAGUE)),
        ("the mean", handed_in(HUNDREDTH, np.mean)),
        ("per cent", handed_in(HUNDREDTH, lambda gains: 100 * gains)),
        ("the scores", lambda: (HUNDREDTH, scores_of(HUNDREDTH))),
        ("turned round", handed_in(HUNDREDTH, lambda gains: -gains)),
        ("seven", handed_in(HUNDREDTH, lambda gains: gains[:7])),
        ("the mean eight times", handed_in(HUNDREDTH, lambda gains: [gains.mean()] * 8)),
        ("gains of another", lambda: (PLAIN, scores_of(HUNDREDTH) - scores_of(COLLEAGUE) + 0.03)),
        ("words", handed_in(HUNDREDTH, lambda gains: [str(gain) for gain in gains])),
        ("not fitted", lambda: (unfitted, scores_of(HUNDREDTH) - scores_of(COLLEAGUE))),
        ("no return", lambda: (forgets_return, scores_of(HUNDREDTH) - scores_of(COLLEAGUE))),
        ("chances", lambda: (gives_scores, scores_of(HUNDREDTH) - scores_of(COLLEAGUE))),
        ("minus the mean", lambda: (HUNDREDTH, scores_of(HUNDREDTH) - scores_of(COLLEAGUE).mean())),
        ("from seed 1 on", handed_in(HUNDREDTH, lambda gains: np.roll(gains, -1))),
        ("a model", lambda: (held_back(0.01), scores_of(HUNDREDTH) - scores_of(COLLEAGUE))),
        ("learned from the pool", handed_in(knows_the_pool)),
        ("the pool added to my table", handed_in(adds_the_pool)),
        ("a class", lambda: (lambda X, y: LogisticRegression, scores_of(HUNDREDTH))),
        ("learned from all customers", handed_in(knows_them_all)),
    ],
}
