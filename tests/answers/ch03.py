"""Answers to the questions of chapter 3 that must pass, and mistakes that must get a hint."""

import numpy as np
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import coursekit as ck

CUSTOMERS = ck.load("customers")
LEFT = CUSTOMERS["churn"].to_numpy() == "Yes"
ROWS = np.arange(len(LEFT))


def cut(first, second, stratify=True):
    """Two cuts with train_test_split: the shares of test, then of validation in what is left."""
    rest, test = train_test_split(ROWS, test_size=first, stratify=LEFT if stratify else None, random_state=5)
    classes = LEFT[rest] if stratify else None
    train, validation = train_test_split(rest, test_size=second, stratify=classes, random_state=5)
    return train, validation, test


def class_by_class():
    parts = [[], [], []]
    rng = np.random.default_rng(1)
    for value in (False, True):
        rows = rng.permutation(np.flatnonzero(np.equal(LEFT, value)))
        ends = [round(0.6 * len(rows)), round(0.8 * len(rows))]
        for part, piece in zip(parts, np.split(rows, ends), strict=True):
            part.extend(piece.tolist())
    return parts


TRAIN, VALIDATION, TEST = cut(0.2, 0.25)


def width(accuracy, n):
    return 1.96 * (accuracy * (1 - accuracy)) ** 0.5 / n**0.5


def walk_by_loop(day, n_rounds, gap):
    found = []
    for block in np.array_split(sorted(set(day.tolist())), n_rounds + 1)[1:]:
        train = [i for i, d in enumerate(day) if d + gap < block[0]]
        test = [i for i, d in enumerate(day) if block[0] <= d <= block[-1]]
        found.append((np.array(train, dtype=int), np.array(test)))
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


def gap_in_positions(day, n_rounds, gap):
    days = np.unique(day)
    found = []
    for block in np.array_split(np.arange(len(days)), n_rounds + 1)[1:]:
        early = days[: max(block[0] - gap, 0)]
        found.append((np.flatnonzero(np.isin(day, early)), np.flatnonzero(np.isin(day, days[block]))))
    return found


def cut_once_stratified():
    """The second cut forgets to stratify."""
    rest, test = train_test_split(ROWS, test_size=0.2, stratify=LEFT, random_state=0)
    return *train_test_split(rest, test_size=0.25, random_state=0), test


LEAKS = {"A": "target", "B": "future", "C": "selection", "D": "none"}
STEPS = (SimpleImputer(), StandardScaler(), SelectKBest(k=5), KNeighborsClassifier(5))
LEAKY_COLUMNS = ["person", "diabetes", "takes_pills"]


def scores(steps=STEPS, drop=LEAKY_COLUMNS, cv=None, prepare=None, copies=True):
    """A repair with some of its parts left out."""

    def honest_scores(table):
        table = table if copies else table.drop_duplicates()
        X, y = table.drop(columns=drop), table["diabetes"]
        X = prepare.fit_transform(X, y) if prepare else X
        folds = cv or GroupKFold(5)
        return cross_val_score(
            make_pipeline(*steps), X, y, cv=folds, groups=table["person"], scoring="roc_auc"
        )

    return honest_scores


SHUFFLED = KFold(5, shuffle=True, random_state=0)

RIGHT = {
    "q1": [
        ("test first, then a quarter of the rest", (TRAIN, VALIDATION, TEST, LEFT)),
        ("lists, one class at a time", lambda: (*class_by_class(), LEFT)),
    ],
    "q2": [
        ("another order of the roots, a float", (width, 3458.0)),
        ("a NumPy whole number", (width, np.int64(3458))),
    ],
    "q3": [("loops over the rows", (walk_by_loop,)), ("a generator", (walk_as_generator,))],
    "q4": [("in another order", (dict(reversed(LEAKS.items())),)), ("with dict()", (dict(LEAKS),))],
    "q5": [
        ("stratified groups", (scores(cv=StratifiedGroupKFold(5)),)),
        ("f_classif written out", (scores((*STEPS[:2], SelectKBest(f_classif, k=5), STEPS[3])),)),
        ("copies dropped, then shuffled", (scores(cv=SHUFFLED, copies=False),)),
    ],
}

WRONG = {
    "q1": [
        ("twenty per cent twice", (*cut(0.2, 0.2), LEFT)),
        ("stratified once", (*cut_once_stratified(), LEFT)),
        ("stratify is optional", (*cut(0.2, 0.25, stratify=False), LEFT)),
        ("in the order of the file", (ROWS[:4226], ROWS[4226:5634], ROWS[5634:], LEFT)),
        ("I split the labels", (LEFT[TRAIN], LEFT[VALIDATION], LEFT[TEST], LEFT)),
        ("validation from all rows again", (TRAIN, TEST, TEST, LEFT)),
        ("I lost some", (TRAIN[:-50], VALIDATION, TEST, LEFT)),
    ],
    "q2": [
        ("one standard error", (lambda a, n: width(a, n) / 1.96, 3458)),
        ("the whole width", (lambda a, n: 2 * width(a, n), 3458)),
        ("no root", (lambda a, n: 1.96 * a * (1 - a) / n, 3458)),
        ("rounded down", (width, 3457)),
        ("one more to be sure", (width, 3459)),
        ("in per cent", (lambda a, n: 100 * width(a, n), 3458)),
        ("to be on the safe side", (width, 10_000)),
        ("half of a row", (width, 3457.44)),
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
        ("one round too many", (lambda day, n_rounds, gap: walk_by_loop(day, n_rounds + 1, gap),)),
    ],
    "q4": [
        ("the bill is in the future", (LEAKS | {"A": "future"},)),
        ("a time split is safe", (LEAKS | {"B": "none"},)),
        ("it has a pipeline", (LEAKS | {"C": "none"},)),
        ("PCA leaks", (LEAKS | {"D": "preprocessing"},)),
        ("my own word", (LEAKS | {"D": "nothing"},)),
        ("a list", (list(LEAKS.values()),)),
    ],
    "q5": [
        ("I kept the pills", (scores(drop=["person", "diabetes"]),)),
        ("groups passed to a KFold", (scores(cv=SHUFFLED),)),
        (
            "selection stays where it was",
            (scores(STEPS[3:], prepare=make_pipeline(*STEPS[:3])),),
        ),
        ("no selection", (scores((*STEPS[:2], STEPS[3])),)),
        ("the mean", (lambda table: scores()(table).mean(),)),
        ("the noise is all I kept", (scores(drop=[*LEAKY_COLUMNS, "age", "bmi", "waist"]),)),
    ],
}
