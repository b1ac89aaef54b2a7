"""Answers to the questions of chapter 13 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def by_hand(self_counts=False, noise="out", alone=0, b_of=min, power=1, divide=max, answer=None):
    """Silhouettes, with some of the parts done otherwise."""

    def silhouettes(X, labels):
        D = cdist(X, X) ** power
        groups = [g for g in np.unique(labels) if g != -1 or noise in ("group", "near")]
        found = []
        for i, label in enumerate(labels):
            own = labels == label
            if label == -1 and noise != "group":
                found.append(np.nan)
            elif own.sum() == 1:
                found.append(alone)
            else:
                a = D[i, own].mean() if self_counts else D[i, own].sum() / (own.sum() - 1)
                b = b_of([D[i, labels == g].mean() for g in groups if g != label])
                found.append((b - a) / divide(a, b))
        return answer(np.array(found)) if answer else found

    return silhouettes


def by_library(X, labels):
    kept, found = labels != -1, np.full(len(X), np.nan, dtype=np.float32)
    found[kept] = silhouette_samples(X[kept], labels[kept])
    return pd.Series(found)


def noise_as_group(X, labels):
    return silhouette_samples(X, labels)


def library_without_nan(X, labels):
    return np.nan_to_num(by_library(X, labels).to_numpy())


def dropped(X, labels):
    kept = labels != -1
    return silhouette_samples(X[kept], labels[kept])


def in_place(X, labels):
    found = by_library(X, labels)
    X -= X.mean(axis=0)
    return found


def one_by_one(X, labels):
    """A generator; the order of the questions is noise, then alone."""
    D = cdist(X, X)
    for i, label in enumerate(labels):
        others = [j for j in np.flatnonzero(labels == label) if j != i]
        if label == -1:
            yield None
        elif not others:
            yield 0
        else:
            a = D[i, others].mean()
            b = min(D[i, labels == g].mean() for g in set(labels.tolist()) - {-1, label})
            yield (b - a) / max(a, b)


def alone_before_noise(X, labels):
    numbers, sizes = np.unique(labels, return_counts=True)
    single = np.isin(labels, numbers[sizes == 1])
    return np.where(single, 0, by_library(X, labels))


def in_blocks(X, labels):
    kept, found = labels != -1, np.full(len(X), np.nan)
    found[kept] = silhouette_samples(X[kept], labels[kept], metric="manhattan")
    return found


def by_centres(X, labels):
    kept = labels != -1
    centres = pd.DataFrame(X[kept]).groupby(labels[kept]).mean().to_numpy()
    d = np.sort(cdist(X, centres), axis=1)
    found = (d[:, 1] - d[:, 0]) / d[:, 1]
    return np.where(kept, found, np.nan)


# --- question 2 -----------------------------------------------------------------------------------


def em(spread=np.sqrt, weigh=True, about="new", divide="total", hard=False, answer=None):
    """One round of EM, with some of the parts done otherwise."""

    def em_round(x, weights, means, variances):
        chances = norm.pdf(x[:, None], means, spread(variances))
        chances = chances * weights if weigh else chances
        chances = chances / chances.sum(axis=1)[:, None]
        use = np.eye(len(means))[chances.argmax(axis=1)] if hard else chances
        total = use.sum(axis=0)
        by = total if divide == "total" else len(x)
        new = use.T @ x / by
        middle = new if about == "new" else means
        variances_new = (use * (x[:, None] - middle) ** 2).sum(axis=0) / by
        four = chances, use.mean(axis=0), new, variances_new
        return answer(*four) if answer else four

    return em_round


def em_by_average(x, weights, means, variances):
    """Bell by bell, with np.average; a list of lists and arrays."""
    columns = []
    for weight, mean, variance in zip(weights, means, variances, strict=True):
        columns.append(weight * np.exp(-((x - mean) ** 2) / 2 / variance) / variance**0.5)
    chances = np.array(columns) / np.sum(columns, axis=0)
    new = [np.average(x, weights=chance) for chance in chances]
    out = [np.average((x - m) ** 2, weights=chance) for m, chance in zip(new, chances, strict=True)]
    return [chances.T, chances.mean(axis=1), new, out]


def em_no_root(x, weights, means, variances):
    chances = weights * np.exp(-((x[:, None] - means) ** 2) / (2 * variances))
    chances /= chances.sum(axis=1, keepdims=True)
    total = chances.sum(axis=0)
    new = chances.T @ x / total
    return chances, total / len(x), new, (chances * (x[:, None] - new) ** 2).sum(axis=0) / total


def em_unnormalised(x, weights, means, variances):
    heights = weights * norm.pdf(x[:, None], means, np.sqrt(variances))
    return heights, *em()(x, weights, means, variances)[1:]


def em_of(exponent=2, height=lambda v: np.sqrt(2 * np.pi * v)):
    """One round with another height of the bells."""

    def em_round(x, weights, means, variances):
        heights = np.exp(-((x[:, None] - means) ** 2) / (exponent * variances)) / height(variances)
        chances = weights * heights / (heights @ weights)[:, None]
        return chances, *em()(x, chances.mean(axis=0), means, variances)[1:]

    return em_round


def em_logs(x, weights, means, variances):
    """By logarithms; the variance as the mean square less the square of the mean."""
    logs = np.log(weights) + norm.logpdf(x[:, None], means, np.sqrt(variances))
    chances = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    total = chances.sum(axis=0)
    new = x @ chances / total
    out = x**2 @ chances / total - new**2
    return pd.DataFrame(chances), pd.Series(total / len(x)), pd.Series(new), pd.Series(out)


def em_many(x, *bells):
    for _ in range(50):
        chances, *bells = em()(x, *bells)
    return chances, *bells


def em_chances_last(x, *bells):
    new = em()(x, *bells)[1:]
    return em()(x, *new)[0], *new


def em_plain_spread(x, *bells):
    chances, weights, means, _ = em()(x, *bells)
    return chances, weights, means, ((x[:, None] - means) ** 2).mean(axis=0)


def float32(*parts):
    return tuple(part.astype(np.float32) for part in parts)


# --- question 3 -----------------------------------------------------------------------------------


def value(X, k, starts=5):
    return silhouette_score(X, KMeans(k, n_init=starts, random_state=0).fit_predict(X))


def share(answer):
    """A share of clouds from the silhouette of X and those of the clouds."""

    def share_of_clouds(X, clouds, k):
        return answer(value(X, k), np.array([value(cloud, k) for cloud in clouds]))

    return share_of_clouds


def share_by_count(X, clouds, k):
    own, count = value(X, k), 0
    for cloud in clouds:
        if not value(cloud, k) < own:
            count += 1
    return count / len(clouds)


def share_more_starts(X, clouds, k):
    own = value(X, k, 20)
    return np.float32(np.mean([value(cloud, k, 20) >= own for cloud in clouds]))


def share_for_two(X, clouds, k):
    return share_by_count(X, clouds, 2)


def share_same_labels(X, clouds, k):
    labels = KMeans(k, n_init=5, random_state=0).fit_predict(X)
    own = silhouette_score(X, labels)
    return np.mean([silhouette_score(cloud, labels) >= own for cloud in clouds])


def share_of_groups(groups_of, first=0, by=None):
    """A share of clouds whose groups are made in another way."""

    def share_of_clouds(X, clouds, k):
        def judge(table):
            return silhouette_score(table, groups_of(X, table, k))

        reached = [judge(cloud) >= judge(X) for cloud in clouds[first:]]
        return sum(reached) / (by or len(reached))

    return share_of_clouds


def anew(X, table, k):
    return KMeans(k, n_init=5, random_state=0).fit_predict(table)


def by_ward(X, table, k):
    return AgglomerativeClustering(k).fit_predict(table)


def by_centres_of_x(X, table, k):
    return KMeans(k, n_init=5, random_state=0).fit(X).predict(table)


def share_scaled(X, clouds, k):
    return share_by_count(scale(X), [scale(cloud) for cloud in clouds], k)


def share_with_x_added(X, clouds, k):
    clouds.append(X)
    return share_by_count(X, clouds, k)


APART = ["irises", "quakes"]


def with_x(own, others):
    return (1 + (others >= own).sum()) / (1 + len(others))


AT_LEAST = share(lambda own, others: (others >= own).mean())

# --- question 4 -----------------------------------------------------------------------------------

WHICH = {
    "A": "mixture",
    "B": "single linkage",
    "C": "DBSCAN",
    "D": "HDBSCAN",
    "E": "K-means",
    "F": "Ward",
}

# --- question 5 -----------------------------------------------------------------------------------


@cache
def table():
    rows = ck.load("customers").dropna().sample(2000, random_state=0).reset_index(drop=True)
    known = rows.drop(columns="churn")
    return (rows["churn"] == "Yes").to_numpy(), known, pd.get_dummies(known, dtype=float)


TWO = ["tenure", "monthly_charges"]


@cache
def groups(how="K-means", k=4):
    _, known, columns = table()
    X = StandardScaler().fit_transform(known[TWO])
    if how == "unscaled":
        return KMeans(k, n_init=10, random_state=0).fit_predict(known[TWO])
    if how == "all columns":
        return KMeans(k, n_init=10, random_state=0).fit_predict(StandardScaler().fit_transform(columns))
    if how == "ward":
        return AgglomerativeClustering(k).fit_predict(X)
    if how == "single":
        return AgglomerativeClustering(k, linkage="single").fit_predict(X)
    if how == "mixture":
        return GaussianMixture(k, n_init=3, random_state=0).fit_predict(X)
    return KMeans(k, n_init=10, random_state=0).fit_predict(X)


def tree(segment, features=TWO, **settings):
    _, _, columns = table()
    settings = {"max_leaf_nodes": 6, "random_state": 0} | settings
    return DecisionTreeClassifier(**settings).fit(columns[list(features)], segment)


def tree_on_array(by):
    return DecisionTreeClassifier(max_leaf_nodes=6).fit(table()[1][TWO].to_numpy(), by)


def tree_of_amounts(by):
    return DecisionTreeRegressor(max_leaf_nodes=6).fit(table()[1][TWO], by)


def handed_in(segment=None, medians=None, leaving=None, rule=None):
    """All four answers; those that are not given are right ones for the segments."""

    def answers():
        left, known, _ = table()
        found = groups() if segment is None else segment()
        numbers = np.asarray(found)
        fits = numbers.shape == (2000,)
        by = numbers if fits else groups()
        profile = known.groupby(by)[TWO].median()
        shares = pd.Series(left).groupby(by).mean()
        made = medians(by, profile) if medians else profile
        said = leaving(by, shares) if leaving else shares
        return found, made, said, rule(by) if rule else tree(by)

    return answers


def tree_of_pipeline(by):
    return make_pipeline(StandardScaler(), DecisionTreeClassifier(max_leaf_nodes=6)).fit(table()[1][TWO], by)


def with_noise():
    found = groups().copy()
    found[:40] = -1
    return found


def by_leaving():
    left, known, _ = table()
    return np.where(left, 0, 1 + (known["tenure"] > 30).to_numpy())


def by_lot():
    return np.random.default_rng(0).integers(0, 4, 2000)


def by_contract():
    _, known, _ = table()
    return pd.factorize(known["contract"], sort=True)[0]


RIGHT = {
    "q1": [
        ("a list", (by_hand(),)),
        ("the library on the rest, float32, a Series", (by_library,)),
        ("a tuple", (by_hand(answer=tuple),)),
        ("a generator, None for noise", (one_by_one,)),
    ],
    "q2": [
        ("norm.pdf", (em(),)),
        ("bell by bell, a list", (em_by_average,)),
        ("float32", (em(answer=float32),)),
        ("logarithms, pandas", (em_logs,)),
    ],
    "q3": [
        ("all at once", (AT_LEAST, APART)),
        ("a counter, a tuple in another order", (share_by_count, ("quakes", "irises"))),
        (
            "two decimals, a Series",
            (share(lambda own, others: round((others >= own).mean(), 2)), pd.Series(APART)),
        ),
        ("more starts, a set", (share_more_starts, set(APART))),
    ],
    "q4": [
        ("the six", (WHICH,)),
        ("small letters", ({letter: name.lower() for letter, name in WHICH.items()},)),
    ],
    "q5": [
        ("K-means, 4", handed_in()),
        ("whole months and dollars", handed_in(medians=lambda by, m: m.round(0).astype(int))),
        ("Ward, 3, a list, rounded", handed_in(lambda: groups("ward", 3).tolist(), lambda by, m: m.round(1))),
        (
            "K-means on all columns, 3, a rule on all of them, shares as a list",
            handed_in(
                lambda: pd.Series(groups("all columns", 3)),
                leaving=lambda by, shares: shares.round(2).tolist(),
                rule=lambda by: tree(by, table()[2].columns),
            ),
        ),
        (
            "by contract, floats; a tree that predicts floats",
            handed_in(
                lambda: by_contract().astype(float),
                rule=lambda by: tree(by, [name for name in table()[2] if name.startswith("contract")]),
            ),
        ),
    ],
}

WRONG = {
    "q1": [
        ("the point itself counts", (by_hand(self_counts=True),)),
        ("noise is a group", (noise_as_group,)),
        ("noise counts as a group for the others", (by_hand(noise="near"),)),
        ("noise gets 0", (library_without_nan,)),
        ("noise dropped, too few values", (dropped,)),
        ("asks for alone first: a single noise point gets 0", (alone_before_noise,)),
        ("steps along the columns added", (in_blocks,)),
        ("without the sign", (by_hand(answer=np.abs),)),
        ("rounded as in the example", (by_hand(answer=lambda s: s.round(3)),)),
        ("rows of unlike length", (lambda X, labels: [[1, 2], [3]],)),
        ("alone gets 1", (by_hand(alone=1),)),
        ("squared distances", (by_hand(power=2),)),
        ("the farthest group", (by_hand(b_of=max),)),
        ("divided by a", (by_hand(divide=lambda a, b: a),)),
        ("the mean", (by_hand(answer=np.nanmean),)),
        ("the wrong sign", (by_hand(answer=lambda s: -s),)),
        ("distances to centres", (by_centres,)),
        ("changes X", (in_place,)),
        ("returns nothing", (lambda X, labels: None,)),
    ],
    "q2": [
        ("variance taken for standard deviation", (em(spread=np.asarray),)),
        ("no weights", (em(weigh=False),)),
        ("no √(2πv)", (em_no_root,)),
        ("chances that do not sum to 1", (em_unnormalised,)),
        ("about the old means", (em(about="old"),)),
        ("hard labels", (em(hard=True),)),
        ("divided by n", (em(divide="n"),)),
        ("standard deviations", (em(answer=lambda c, w, m, v: (c, w, m, np.sqrt(v))),)),
        ("weights as sums", (em(answer=lambda c, w, m, v: (c, w * len(c), m, v)),)),
        ("bells in rows", (em(answer=lambda c, w, m, v: (c.T, w, m, v)),)),
        ("chances missing", (em(answer=lambda c, w, m, v: (w, m, v)),)),
        ("no 2 in the exponent", (em_of(exponent=1),)),
        ("v outside the root", (em_of(height=lambda v: np.sqrt(2 * np.pi) * v),)),
        ("fifty rounds", (em_many,)),
        ("the chances worked out last", (em_chances_last,)),
        ("variances without chances", (em_plain_spread,)),
        ("means before weights", (em(answer=lambda c, w, m, v: (c, m, w, v)),)),
        ("chances last", (em(answer=lambda c, w, m, v: (w, m, v, c)),)),
        ("rounded", (em(answer=lambda c, w, m, v: (c.round(3), w, m, v)),)),
        ("old weights", (lambda x, w, m, v: (em()(x, w, m, v)[0], w, *em()(x, w, m, v)[2:]),)),
    ],
    "q3": [
        ("above only", (share(lambda own, others: (others > own).mean()), APART)),
        ("the share below", (share(lambda own, others: (others < own).mean()), APART)),
        ("a number", (share(lambda own, others: (others >= own).sum()), APART)),
        ("X among the clouds", (share(with_x), APART)),
        ("the difference to the mean", (share(lambda own, others: own - others.mean()), APART)),
        ("two groups always", (share_for_two, APART)),
        ("the labels of X for the clouds", (share_same_labels, APART)),
        ("an array of verdicts", (share(lambda own, others: others >= own), APART)),
        ("Ward's groups", (share_of_groups(by_ward), APART)),
        ("the centres of X in the clouds", (share_of_groups(by_centres_of_x), APART)),
        ("scaled again", (share_scaled, APART)),
        ("divided by 99", (share_of_groups(anew, by=99), APART)),
        ("the first cloud forgotten", (share_of_groups(anew, first=1), APART)),
        ("a verdict", (share(lambda own, others: (others >= own).mean() <= 0.05), APART)),
        ("X put among the clouds in place", (share_with_x_added, APART)),
        ("a dictionary", (AT_LEAST, {"irises": 0.0, "quakes": 0.0})),
        ("a name twice", (AT_LEAST, ["irises", "quakes", "irises"])),
        ("all three", (AT_LEAST, ["irises", "quakes", "Chinstraps"])),
        ("one is missing", (AT_LEAST, ["quakes"])),
        ("a strange name", (AT_LEAST, ["iris", "quakes"])),
        ("no list", (AT_LEAST, "quakes")),
    ],
    "q4": [
        ("K-means gives chances", (WHICH | {"A": "K-means", "E": "mixture"},)),
        ("Ward solves the crescents", (WHICH | {"B": "Ward", "F": "single linkage"},)),
        ("which density", (WHICH | {"C": "HDBSCAN", "D": "DBSCAN"},)),
        ("own name", (WHICH | {"F": "hierarchical"},)),
        ("a letter is missing", ({letter: name for letter, name in WHICH.items() if letter != "C"},)),
        ("a list", (list(WHICH.values()),)),
    ],
    "q5": [
        ("two segments", handed_in(lambda: groups(k=2))),
        ("numbered from 1", handed_in(lambda: groups() + 1)),
        ("noise", handed_in(with_noise)),
        ("made of churn", handed_in(by_leaving)),
        ("by lot", handed_in(by_lot)),
        ("single linkage: tiny segments", handed_in(lambda: groups("single", 4))),
        ("one label a segment", handed_in(lambda: [0, 1, 2, 3])),
        ("names", handed_in(lambda: np.array(["new", "old", "dear", "cheap"])[groups()])),
        ("means", handed_in(medians=lambda by, m: table()[1].groupby(by)[TWO].mean())),
        ("means, rounded", handed_in(medians=lambda by, m: table()[1].groupby(by)[TWO].mean().round(0))),
        ("sorted medians", handed_in(medians=lambda by, m: m.sort_values(TWO[0]).reset_index(drop=True))),
        ("scaled medians", handed_in(medians=lambda by, m: (m - m.mean()) / m.std())),
        ("medians of others", handed_in(medians=lambda by, m: m.iloc[::-1].set_axis(m.index))),
        ("a dictionary of medians", handed_in(medians=lambda by, m: m.to_dict())),
        ("medians without charges", handed_in(medians=lambda by, m: m[["tenure"]])),
        ("per cent", handed_in(leaving=lambda by, s: 100 * s)),
        ("who stayed", handed_in(leaving=lambda by, s: 1 - s)),
        ("sorted shares", handed_in(leaving=lambda by, s: sorted(s))),
        ("shares of all customers", handed_in(leaving=lambda by, s: s * np.bincount(by) / 2000)),
        ("shares as texts", handed_in(leaving=lambda by, s: [f"{part:.0%}" for part in s])),
        ("one decimal", handed_in(leaving=lambda by, s: s.round(1))),
        ("a table of shares", handed_in(leaving=lambda by, s: s.to_frame())),
        ("shares of all who left", handed_in(leaving=lambda by, s: s * np.bincount(by) / 531)),
        ("twenty leaves", handed_in(rule=lambda by: tree(by, max_leaf_nodes=20))),
        ("two leaves", handed_in(rule=lambda by: tree(by, max_leaf_nodes=2))),
        ("not fitted", handed_in(rule=lambda by: DecisionTreeClassifier(max_leaf_nodes=6))),
        ("fitted to an array", handed_in(rule=tree_on_array)),
        ("a tree in a pipeline", handed_in(rule=tree_of_pipeline)),
        ("segments numbered anew after the rule", handed_in(rule=lambda by: tree((by + 1) % 4))),
        ("a regression tree", handed_in(rule=tree_of_amounts)),
    ],
}  # fmt: skip
