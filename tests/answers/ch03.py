"""Answers to the questions of chapter 3 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import SelectKBest, f_classif, mutual_info_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    train_test_split,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

import coursekit as ck


def cut(first, second, stratify=(True, True), seeded=True):
    """Two cuts with train_test_split: the shares of test, then of validation in what is left."""

    def three_sets(left, seed):
        seed = seed if seeded else None
        rows, classes = np.arange(len(left)), left if stratify[0] else None
        rest, test = train_test_split(rows, test_size=first, stratify=classes, random_state=seed)
        classes = left[rest] if stratify[1] else None
        return *train_test_split(rest, test_size=second, stratify=classes, random_state=seed), test

    return three_sets


THREE_SETS = cut(0.2, 0.25)


def class_by_class(left, seed):
    parts = [[], [], []]
    rng = np.random.default_rng(seed)
    for value in (False, True):
        rows = rng.permutation(np.flatnonzero(np.equal(left, value)))
        ends = [int(0.6 * len(rows)), int(0.8 * len(rows))]
        for part, piece in zip(parts, np.split(rows, ends), strict=True):
            part.extend(piece.tolist())
    return parts


def from_five_folds(left, seed):
    folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(left, left)
    held = [pd.Series(test) for _, test in folds]
    return pd.concat(held[:3]), held[3], held[4]


def slices_of_the_file(left, seed):
    ends = [int(0.6 * len(left)), int(0.8 * len(left))]
    return np.split(np.arange(len(left)), ends)


def every_fifth(left, seed):
    """Even shares of both classes, but the seed only says where the counting begins."""
    order, place = np.argsort(left, kind="stable"), (np.arange(len(left)) + seed) % 5
    return order[place < 3], order[place == 3], order[place == 4]


def always_seed_0(left, seed):
    return THREE_SETS(left, 0)


def the_test_set_is_the_end(left, seed):
    """Blocks of each class for the test, and only the rest is drawn at random."""
    test = np.concatenate(
        [np.flatnonzero(left == v)[: round(0.2 * (left == v).sum())] for v in (False, True)]
    )
    rest = np.setdiff1d(np.arange(len(left)), test)
    return *train_test_split(rest, test_size=0.25, stratify=left[rest], random_state=seed), test


def shuffled_one_row_in_five(left, seed):
    """Shuffled, sorted by class, then dealt out; Index objects."""
    drawn = pd.Series(left).sample(frac=1, random_state=seed).sort_values(kind="stable").index
    place = np.arange(len(left)) % 5
    return drawn[place < 3], drawn[place == 3], drawn[place == 4]


def places_in_the_rest(left, seed):
    """The second cut numbers the rows of the rest from 0 again."""
    train, rest = train_test_split(np.arange(len(left)), test_size=0.4, stratify=left, random_state=seed)
    return train, *train_test_split(
        np.arange(len(rest)), test_size=0.5, stratify=left[rest], random_state=seed
    )


def folds_in_another_order(left, seed):
    folds = [test for _, test in StratifiedKFold(5).split(left, left)]
    a, b, c, d, e = np.random.default_rng(seed).permutation(5)
    return np.concatenate([folds[a], folds[b], folds[c]]), folds[d], folds[e]


def labels_of_the_sets(left, seed):
    return [left[rows] for rows in THREE_SETS(left, seed)]


def masks(left, seed):
    return [np.isin(np.arange(len(left)), rows) for rows in THREE_SETS(left, seed)]


def test_twice(left, seed):
    train, _, test = THREE_SETS(left, seed)
    return train, test, test


def some_lost(left, seed):
    train, validation, test = THREE_SETS(left, seed)
    return train[:-50], validation, test


def the_customers(left, seed):
    return THREE_SETS((ck.load("customers")["churn"] == "Yes").to_numpy(), seed)


def width(accuracy, n):
    return 1.96 * (accuracy * (1 - accuracy)) ** 0.5 / n**0.5


def walk_by_loop(day, n_rounds, gap):
    found = []
    for block in np.array_split(sorted(set(day.tolist())), n_rounds + 1)[1:]:
        train = [i for i, d in enumerate(day) if d + gap < block[0]]
        test = [i for i, d in enumerate(day) if block[0] <= d <= block[-1]]
        found.append((np.array(train, dtype=int), np.array(test)))
    return found


def walk_by_rounded_edges(day, n_rounds, gap):
    """Other blocks of nearly equal numbers of days, as pairs of plain lists and sets."""
    days = np.unique(day)
    edges = np.linspace(0, len(days), n_rounds + 2).round().astype(int)
    found = []
    for start, end in zip(edges[1:-1], edges[2:], strict=True):
        test = {i for i, d in enumerate(day) if days[start] <= d <= days[end - 1]}
        found.append([[i for i, d in enumerate(day) if d < days[start] - gap], test])
    return found


def walk_as_generator(day, n_rounds, gap):
    yield from walk_by_loop(day, n_rounds, gap)


def walk(early):
    """A way of walking forward whose training rows are those for which early(day, block, gap) is true."""

    def walk_forward(day, n_rounds, gap):
        blocks = np.array_split(np.unique(day), n_rounds + 1)
        pairs = zip(blocks, blocks[1:], strict=False)
        return [
            (np.flatnonzero(early(day, before, block, gap)), np.flatnonzero(np.isin(day, block)))
            for before, block in pairs
        ]

    return walk_forward


def walk_by_position(day, n_rounds, gap):
    blocks = np.array_split(np.arange(len(day)), n_rounds + 1)
    return [(np.arange(block[0] - gap), block) for block in blocks[1:]]


def whole_blocks(day, n_rounds, gap):
    """Blocks of len // (n_rounds + 1) days: the last days are never tested."""
    days = np.unique(day)
    size = len(days) // (n_rounds + 1)
    starts = [size * i for i in range(1, n_rounds + 1)]
    return [
        (np.flatnonzero(day < days[i] - gap), np.flatnonzero(np.isin(day, days[i : i + size])))
        for i in starts
    ]


def the_rest_goes_last(day, n_rounds, gap):
    days = np.unique(day)
    size = len(days) // (n_rounds + 1)
    starts = [size * i for i in range(1, n_rounds + 1)]
    ends = [*starts[1:], len(days)]
    return [
        (np.flatnonzero(day < days[i] - gap), np.flatnonzero((day >= days[i]) & (day <= days[end - 1])))
        for i, end in zip(starts, ends, strict=True)
    ]


def one_block_less(day, n_rounds, gap):
    """n_rounds blocks; the first is tested, too."""
    blocks = np.array_split(np.unique(day), n_rounds)
    return [(np.flatnonzero(day < b[0] - gap), np.flatnonzero(np.isin(day, b))) for b in blocks]


def calendar_blocks(day, n_rounds, gap):
    blocks = np.array_split(np.arange(day.min(), day.max() + 1), n_rounds + 1)[1:]
    return [(np.flatnonzero(day < b[0] - gap), np.flatnonzero(np.isin(day, b))) for b in blocks]


def walk_sorts_the_days(day, n_rounds, gap):
    day.sort()
    return walk_by_loop(day, n_rounds, gap)


def day_mask(rows, what):
    """True for these rows of `what`, the arguments of walk_forward."""
    return np.isin(np.arange(len(what[0])), rows)


def walk_in_frames(day, n_rounds, gap):
    """The blocks of KFold over days, whose first ones are the longer; Index objects."""
    days, day = np.unique(day), pd.Series(day)
    blocks = [days[held] for _, held in KFold(n_rounds + 1).split(days)]
    return tuple((day.index[day < b[0] - gap], day.index[day.isin(b)]) for b in blocks[1:])


def gap_in_the_test(day, n_rounds, gap):
    blocks = np.array_split(np.unique(day), n_rounds + 1)[1:]
    return [
        (np.flatnonzero(day < b[0]), np.flatnonzero((day >= b[0] + gap) & (day <= b[-1]))) for b in blocks
    ]


def time_series_split_of_days(day, n_rounds, gap):
    days = np.unique(day)
    return [
        (np.flatnonzero(np.isin(day, days[fit])), np.flatnonzero(np.isin(day, days[held])))
        for fit, held in TimeSeriesSplit(n_rounds, gap=gap).split(days)
    ]


def gap_in_positions(day, n_rounds, gap):
    days = np.unique(day)
    found = []
    for block in np.array_split(np.arange(len(days)), n_rounds + 1)[1:]:
        early = days[: max(block[0] - gap, 0)]
        found.append((np.flatnonzero(np.isin(day, early)), np.flatnonzero(np.isin(day, days[block]))))
    return found


LEAKS = {"A": "target", "B": "future", "C": "selection", "D": "none"}
STEPS = (SimpleImputer(), StandardScaler(), SelectKBest(k=5), KNeighborsClassifier(5))
LEAKY_COLUMNS = ["person", "diabetes", "takes_pills"]


def scores(steps=STEPS, drop=LEAKY_COLUMNS, cv=None, prepare=None, copies=True, scoring="roc_auc"):
    """A repair with some of its parts left out."""

    def honest_scores(table):
        table = table if copies else table.drop_duplicates()
        X, y = table.drop(columns=drop), table["diabetes"]
        X = prepare.fit_transform(X, y) if prepare else X
        folds = cv or GroupKFold(5)
        return cross_val_score(make_pipeline(*steps), X, y, cv=folds, groups=table["person"], scoring=scoring)

    return honest_scores


SHUFFLED = KFold(5, shuffle=True, random_state=0)


def scores_by_a_scorer(table):
    X, y = table.drop(columns=["person", "diabetes", "takes_pills"]), table["diabetes"]
    found = []
    for fit, held in GroupKFold(5).split(X, y, table["person"]):
        steps = make_pipeline(*STEPS[:3]).fit(X.iloc[fit], y.iloc[fit])
        model = KNeighborsClassifier(5).fit(steps.transform(X.iloc[fit]), y.iloc[fit])
        found.append(get_scorer("roc_auc")(model, steps.transform(X.iloc[held]), y.iloc[held]))
    return found


def selected_outside(table):
    X, y = table.drop(columns=["person", "diabetes", "takes_pills"]), table["diabetes"]
    best = make_pipeline(*STEPS[:3]).fit_transform(X, y)
    folds = GroupKFold(5)
    return cross_val_score(
        KNeighborsClassifier(5), best, y, cv=folds, groups=table["person"], scoring="roc_auc"
    )


def scores_by_loop(table):
    """Folds, fits and scores by hand; the features are taken by their names; copies count once in a test."""
    X = table[[c for c in table if c in ("age", "bmi", "waist") or c.startswith("noise_")]].to_numpy()
    y, found = table["diabetes"].to_numpy(), []
    for fit, held in StratifiedGroupKFold(5, shuffle=True, random_state=3).split(X, y, table["person"]):
        model = make_pipeline(*STEPS).fit(X[fit], y[fit])
        found.append(roc_auc_score(y[held], model.predict_proba(X[held])[:, 1]))
    return found


def two_measures(table):
    X, y = table.drop(columns=LEAKY_COLUMNS), table["diabetes"]
    model, how = make_pipeline(*STEPS), {"cv": GroupKFold(5), "groups": table["person"]}
    return cross_validate(model, X, y, scoring=["accuracy", "roc_auc"], **how)["test_roc_auc"]


def scores_of_predicted(table):
    X, y = table.drop(columns=LEAKY_COLUMNS), table["diabetes"]
    folds = list(GroupKFold(5, shuffle=True, random_state=4).split(X, y, table["person"]))
    chances = cross_val_predict(make_pipeline(*STEPS), X, y, cv=folds, method="predict_proba")[:, 1]
    return tuple(roc_auc_score(y[held], chances[held]) for _, held in folds)


def prepared(fill=None, scale=False):
    """Gaps filled, or columns scaled, by hand before the folds, and again in them."""

    def honest_scores(table):
        features = table.columns.difference(LEAKY_COLUMNS)
        X = table[features]
        X = X.fillna(fill(X)) if fill else X
        X = (X - X.mean()) / X.std() if scale else X
        return scores()(table.assign(**X))

    return honest_scores


def prepared_on_the_held_out(table):
    X, y, found = table.drop(columns=LEAKY_COLUMNS), table["diabetes"], []
    for fit, held in GroupKFold(5).split(X, y, table["person"]):
        first, selection, last = make_pipeline(*STEPS[:2]), SelectKBest(k=5), KNeighborsClassifier(5)
        last.fit(selection.fit_transform(first.fit_transform(X.iloc[fit]), y[fit]), y[fit])
        chances = last.predict_proba(selection.transform(first.fit_transform(X.iloc[held])))[:, 1]
        found.append(roc_auc_score(y[held], chances))
    return found


def scores_by_labels(table):
    X, y, found = table.drop(columns=LEAKY_COLUMNS), table["diabetes"], []
    for fit, held in GroupKFold(5).split(X, y, table["person"]):
        model = make_pipeline(*STEPS).fit(X.iloc[fit], y[fit])
        found.append(roc_auc_score(y[held], model.predict(X.iloc[held])))
    return found


def fitted_once(table):
    X, y = table.drop(columns=LEAKY_COLUMNS), table["diabetes"]
    chances = make_pipeline(*STEPS).fit(X, y).predict_proba(X)[:, 1]
    folds = GroupKFold(5).split(X, y, table["person"])
    return [roc_auc_score(y[held], chances[held]) for _, held in folds]


def scores_of_columns(table):
    """A column transformer in the pipeline drops what is no feature; two processes at work."""
    features = table.filter(regex="^(age|bmi|waist|noise_.*)$").columns
    fill = make_column_transformer((SimpleImputer(), list(features)))
    model = make_pipeline(fill, StandardScaler(), SelectKBest(k=5), KNeighborsClassifier(n_neighbors=5))
    folds = GroupShuffleSplit(5, test_size=0.2, random_state=1)
    groups = table["person"]
    y = table["diabetes"]
    return cross_val_score(model, table, y, cv=folds, groups=groups, scoring="roc_auc", n_jobs=2).tolist()


def scores_without_noise(table):
    return scores()(table.loc[:, ~table.columns.str.match("noise_[3-9]")])


@cache
def notebook_table():
    people = ck.load("diabetes").head(300).reset_index(names="person")
    noise = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 20))).add_prefix("noise_")
    columns = ["person", "age", "bmi", "waist", "takes_pills", "diabetes"]
    return pd.concat([people[columns].fillna({"takes_pills": 0}), noise], axis=1)


def with_last(last):
    return scores((*STEPS[:3], last))


def with_selection(selection):
    return scores((*STEPS[:2], selection, STEPS[3]))


RIGHT = {
    "q1": [
        ("test first, then a quarter of the rest", (THREE_SETS,)),
        ("lists, one class at a time", (class_by_class,)),
        ("Series from stratified folds", (from_five_folds,)),
        ("dealt out after shuffling", (shuffled_one_row_in_five,)),
    ],
    "q2": [
        ("another order of the roots, a float", (width, 3458.0)),
        ("a NumPy whole number", (width, np.int64(3458))),
        ("1.96 with more digits, float32", (lambda a, n: np.float32(width(a, n) * 1.959964 / 1.96), 3458)),
    ],
    "q3": [
        ("loops over the rows", (walk_by_loop,)),
        ("a generator", (walk_as_generator,)),
        ("other blocks, nearly equal, lists and sets", (walk_by_rounded_edges,)),
        ("longer blocks first, Index objects", (walk_in_frames,)),
    ],
    "q4": [
        ("in another order", (dict(reversed(LEAKS.items())),)),
        ("the bill is sent too late", (LEAKS | {"A": "future"},)),
        ("capital letters", ({letter: word.title() for letter, word in LEAKS.items()},)),
    ],
    "q5": [
        ("stratified groups", (scores(cv=StratifiedGroupKFold(5)),)),
        ("f_classif written out", (with_selection(SelectKBest(f_classif, k=5)),)),
        ("copies dropped, then shuffled", (scores(cv=SHUFFLED, copies=False),)),
        ("scaled after the selection", (scores((STEPS[0], STEPS[2], STEPS[1], STEPS[3])),)),
        ("by hand, another seed", (scores_by_loop,)),
        ("a scorer on the bare model", (scores_by_a_scorer,)),
        ("columns transformed, groups drawn", (scores_of_columns,)),
        ("the accuracy is asked for, too", (two_measures,)),
        ("chances of all folds, then a score of each", (scores_of_predicted,)),
    ],
}

WRONG = {
    "q1": [
        ("twenty per cent twice", (cut(0.2, 0.2),)),
        ("the second cut forgets to stratify", (cut(0.2, 0.25, stratify=(True, False)),)),
        ("the first cut forgets to stratify", (cut(0.2, 0.25, stratify=(False, True)),)),
        ("stratify is optional", (cut(0.2, 0.25, stratify=(False, False)),)),
        ("no random_state", (cut(0.2, 0.25, seeded=False),)),
        ("every fifth row", (every_fifth,)),
        ("always the same seed", (always_seed_0,)),
        ("in the order of the file", (slices_of_the_file,)),
        ("only the rest is drawn", (the_test_set_is_the_end,)),
        ("I split the labels", (labels_of_the_sets,)),
        ("masks", (masks,)),
        ("the test set twice", (test_twice,)),
        ("two sets", (lambda left, seed: THREE_SETS(left, seed)[::2],)),
        ("the customers of the notebook", (the_customers,)),
        ("I lost some", (some_lost,)),
        ("numbered from 0 again", (places_in_the_rest,)),
        ("the same five folds in another order", (folds_in_another_order,)),
        ("the shares", (lambda left, seed: (0.6, 0.2, 0.2),)),
    ],
    "q2": [
        ("one standard error", (lambda a, n: width(a, n) / 1.96, 3458)),
        ("the whole width", (lambda a, n: 2 * width(a, n), 3458)),
        ("no root", (lambda a, n: 1.96 * a * (1 - a) / n, 3458)),
        ("2 for 1.96", (lambda a, n: width(a, n) / 0.98, 3458)),
        ("always one half", (lambda a, n: width(0.5, n), 3458)),
        ("n before the root", (lambda a, n: 1.96 * (a * (1 - a)) ** 0.5 / n, 3458)),
        ("both ends", (lambda a, n: (a - width(a, n), a + width(a, n)), 3458)),
        ("rounded", (lambda a, n: round(width(a, n), 3), 3458)),
        ("rounded down", (width, 3457)),
        ("one more to be sure", (width, 3459)),
        ("in per cent", (lambda a, n: 100 * width(a, n), 3458)),
        ("to be on the safe side", (width, 10_000)),
        ("the width itself", (width, 0.01)),
        ("half of a row", (width, 3457.44)),
        ("times n", (lambda a, n: 1.96 * (a * (1 - a) * n) ** 0.5, 3458)),
        ("without end", (width, np.inf)),
    ],
    "q3": [
        ("cut by position", (walk_by_position,)),
        ("I forgot the gap", (walk(lambda day, before, block, gap: day < block[0]),)),
        ("the gap is in the wrong place", (walk(lambda day, before, block, gap: day < block[0] + gap),)),
        ("all other rows train", (walk(lambda day, before, block, gap: ~np.isin(day, block)),)),
        (
            "the block before only",
            (walk(lambda day, before, block, gap: np.isin(day, before) & (day < block[0] - gap)),),
        ),
        ("the gap counts days that have rows", (gap_in_positions,)),
        ("one too strict", (walk(lambda day, before, block, gap: day < block[0] - gap - 1),)),
        ("one not strict enough", (walk(lambda day, before, block, gap: day <= block[0] - gap),)),
        ("one round too many", (lambda day, n_rounds, gap: walk_by_loop(day, n_rounds + 1, gap),)),
        ("whole blocks only", (whole_blocks,)),
        ("the rest goes to the last block", (the_rest_goes_last,)),
        ("one block less", (one_block_less,)),
        ("days of the calendar", (calendar_blocks,)),
        ("sorts what it is given", (walk_sorts_the_days,)),
        ("always a gap of one", (lambda day, n_rounds, gap: walk_by_loop(day, n_rounds, 1),)),
        ("test before train", (lambda *what: [pair[::-1] for pair in walk_by_loop(*what)],)),
        ("masks", (lambda *what: [(day_mask(t, what), day_mask(h, what)) for t, h in walk_by_loop(*what)],)),
        ("the gap is cut from the test", (gap_in_the_test,)),
        ("TimeSeriesSplit of days", (time_series_split_of_days,)),
        ("a dictionary of rounds", (lambda *what: dict(enumerate(walk_by_loop(*what))),)),
        ("a number", (lambda *what: 3,)),
        ("the example", (lambda *what: [([0], [2, 3]), ([0, 1, 2], [4, 5])],)),
    ],
    "q4": [
        ("the bill is a column like others", (LEAKS | {"A": "none"},)),
        ("the bill was scaled", (LEAKS | {"A": "preprocessing"},)),
        ("a time split is safe", (LEAKS | {"B": "none"},)),
        ("temperature is sales", (LEAKS | {"B": "target"},)),
        ("it has a pipeline", (LEAKS | {"C": "none"},)),
        ("PCA leaks", (LEAKS | {"D": "preprocessing"},)),
        ("None for none", (LEAKS | {"D": None},)),
        ("my own word", (LEAKS | {"D": "nothing"},)),
        ("a list", (list(LEAKS.values()),)),
        ("three of four", ({letter: LEAKS[letter] for letter in "ABC"},)),
    ],
    "q5": [
        ("I kept the pills", (scores(drop=["person", "diabetes"]),)),
        ("I kept the pills and dropped the age", (scores(drop=["person", "diabetes", "age"]),)),
        ("I kept the person", (scores(drop=["diabetes", "takes_pills"]),)),
        ("groups passed to a KFold", (scores(cv=SHUFFLED),)),
        ("stratified folds", (scores(cv=StratifiedKFold(5)),)),
        ("selected outside, the bare model in folds", (selected_outside,)),
        ("selection stays where it was", (scores(STEPS[3:], prepare=make_pipeline(*STEPS[:3])),)),
        ("only the scaling stays where it was", (scores(STEPS[2:], prepare=make_pipeline(*STEPS[:2])),)),
        ("no selection", (scores((*STEPS[:2], STEPS[3])),)),
        ("ten features", (with_selection(SelectKBest(k=10)),)),
        ("mutual information", (with_selection(SelectKBest(mutual_info_classif, k=5)),)),
        ("fifteen neighbours", (with_last(KNeighborsClassifier(15)),)),
        ("a logistic regression", (with_last(LogisticRegression()),)),
        ("medians", (scores((SimpleImputer(strategy="median"), *STEPS[1:])),)),
        ("another scaler", (scores((STEPS[0], RobustScaler(), *STEPS[2:])),)),
        ("the mean", (lambda table: scores()(table).mean(),)),
        ("the mean five times", (lambda table: [scores()(table).mean()] * 5,)),
        ("the accuracy", (scores(scoring=None),)),
        ("the area from labels", (scores_by_labels,)),
        ("people with gaps left out", (lambda table: scores()(table.dropna()),)),
        ("fitted once, on everything", (fitted_once,)),
        ("ten folds", (scores(cv=GroupKFold(10)),)),
        ("the notebook's table", (lambda table: scores()(notebook_table()),)),
        ("the scores that I got", (lambda table: [0.52, 0.47, 0.5, 0.55, 0.49],)),
        ("the noise is all I kept", (scores(drop=[*LEAKY_COLUMNS, "age", "bmi", "waist"]),)),
        ("only some noise", (scores_without_noise,)),
        ("gaps filled with the mean of all", (prepared(fill=lambda X: X.mean()),)),
        ("gaps filled with 0", (prepared(fill=lambda X: 0),)),
        ("scaled by hand, and again", (prepared(scale=True),)),
        ("fitted on the held-out rows as well", (prepared_on_the_held_out,)),
        ("average precision", (scores(scoring="average_precision"),)),
    ],
}
