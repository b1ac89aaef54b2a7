"""The questions of chapter 11, classification algorithms."""

import functools

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


# --- question 1 -----------------------------------------------------------------------------------


def vote(X_train, y_train, X_new, k, scale="training", tie="smallest", power=2, far=False):
    """The right labels; the settings after k make the likely mistakes."""
    rows = {"training": X_train, "new": X_new, "all": np.vstack([X_train, X_new])}.get(scale, X_train)
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    mean, std = (0, 1) if scale == "none" else (mean, np.where(std == 0, 1, std))
    train = (X_train - mean) / std
    new = (X_new - (X_new.mean(axis=0) if scale == "each" else mean)) / std
    found = []
    for row in new:
        distance = (np.abs(train - row) ** power).sum(axis=1)
        met = y_train[np.argsort(-distance if far else distance, kind="stable")[:k]]
        labels, votes = np.unique(met, return_counts=True)
        best = labels[votes == votes.max()]
        first = next(label for label in met if label in best)
        found.append({"smallest": best[0], "largest": best[-1], "nearest": first}[tie])
    return np.array(found)


def tables_to_vote_on():
    """What is special, training table, labels, new table and k of each case."""
    rng = np.random.default_rng(11)

    def table(n, middle=0.0):
        return (rng.normal(size=(n, 3)) + middle) * [1, 300, 0.02] + [5, 0, 1]

    words, numbers = np.array(["oak", "ash", "elm"]), np.array([10, 9, -3])
    X, new = table(70), table(40, 0.7)
    by_place = np.digitize(X[:, 0] + 60 * X[:, 2] + X[:, 1] / 300, [64, 66.5])
    noisy = np.where(rng.random(70) < 0.3, rng.integers(0, 3, 70), by_place)
    constant = np.column_stack([np.full(70, 2.0), X[:, 1:]])
    other = np.column_stack([rng.normal(size=40) * 50, new[:, 1:]])
    return [
        ("words as labels, k = 5", X, words[noisy], new, 5),
        ("words as labels, k = 1", X, words[noisy], new, 1),
        ("the labels 10, 9 and -3, k = 5", X, numbers[noisy], new, 5),
        ("the labels 10, 9 and -3, k = 4", X, numbers[noisy], new, 4),
        ("a column that is constant in the training part", constant, words[noisy], other, 7),
        ("one new row and one column", X[:, 1:2], numbers[noisy], new[:1, 1:2], 3),
        ("k as large as the training part", X[:31], words[noisy[:31]], new, 31),
    ]


SLIPS = {
    "Without scaling, the column with the largest unit decides alone.": {"scale": "none"},
    "The new rows are scaled by their own mean and standard deviation; take those of the training part.": {
        "scale": "new"
    },
    "Mean and standard deviation come from the training rows alone, not from both tables together.": {
        "scale": "all"
    },
    "The new rows lose another mean than the training rows: take the training part's for both.": {
        "scale": "each"
    },
    "Where several labels have the same number of votes, the largest wins; the smallest should.": {
        "tie": "largest"
    },
    "Where several labels have the same number of votes, the nearest wins; the smallest should.": {
        "tie": "nearest"
    },
    "These are sums of absolute differences; Euclidean distance squares them.": {"power": 1},
    "These are the rows furthest away: sort the distances upwards.": {"far": True},
}


def own_scales(X_train, y_train, X_new, k):
    """Both tables scaled by their own numbers."""
    std = X_new.std(axis=0)
    new = (X_new - X_new.mean(axis=0)) / np.where(std == 0, 1, std)
    return vote(X_train, y_train, new * X_train.std(axis=0) + X_train.mean(axis=0), k)


def need_the_labels(what, found, case):
    """Are these the right labels of this case? If not, those of a known slip?"""
    X, y, new, k = case
    right = vote(X, y, new, k)
    found = np.asarray(list(found) if np.iterable(found) and not isinstance(found, str) else found)
    need(
        found.shape == right.shape,
        f"{what}: return one label for each of the {len(right)} new rows; yours has the shape {found.shape}.",
    )
    same_kind = (found.dtype.kind in "UOT") == (right.dtype.kind == "U")
    need(same_kind, f"{what}: it gives {found[0]}; a label is one of those in y_train, as it stands there.")
    known = np.isin(found.astype(right.dtype) if right.dtype.kind == "U" else found, y)
    need(known.all(), f"{what}: {found[~known][0] if (~known).any() else ''} is no label of y_train.")
    wrong = found != right
    if not wrong.any():
        return
    constant = X.std(axis=0).min() == 0
    for hint, slip in SLIPS.items():
        need(constant or not np.array_equal(found, vote(X, y, new, k, **slip)), f"{what}: {hint}")
    for other in (k - 1, k + 1):
        there = other > 0 and np.array_equal(found, vote(X, y, new, other))
        need(not there, f"{what}: these are the answers of {other} neighbours.")
    alike = not constant and np.array_equal(found, own_scales(X, y, new, k))
    need(not alike, f"{what}: scale the new rows by the mean and standard deviation of the training part.")
    need(
        not constant,
        f"{what}: {wrong.sum()} of {len(right)} labels are wrong. That column must not count, whatever the "
        "new rows hold there; what does your code divide by?",
    )
    more = " Compare a row by hand." if k % 2 else " Do equal votes go to the smallest label?"
    need(False, f"{what}: {wrong.sum()} of {len(right)} labels are wrong.{more}")


@question
def q1(knn_predict):
    for what, *case in tables_to_vote_on():
        kept = [np.copy(part) for part in case[:3]]
        found = attempt(lambda case=case: knn_predict(*case))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = all(np.array_equal(old, new) for old, new in zip(kept, case, strict=False))
        need(same, "It changes the tables that it was given: scale into new arrays.")
        need(found is not None, "It returns nothing: does it end with return?")
        need_the_labels(f"With {what}", found, case)


# --- question 2 -----------------------------------------------------------------------------------


def gini(y):
    """Impurity of a group with any number of classes."""
    return 1 - ((np.unique(y, return_counts=True)[1] / len(y)) ** 2).sum()


def halves(column, y, threshold):
    """Sizes (as shares) and impurities of the two groups of a threshold."""
    left = column <= threshold
    return np.array([left.mean(), (~left).mean()]), np.array([gini(y[left]), gini(y[~left])])


def columns_to_split():
    rng = np.random.default_rng(5)
    three = np.array(["ash", "elm", "oak"])
    whole = rng.integers(0, 9, 80)
    smooth = rng.normal(size=60) * 40
    rare = np.r_[np.zeros(30, int), np.ones(2, int), np.tile([0, 1], 20)]
    return [
        ("the example", np.array([2, 4, 4, 8]), np.array(["a", "b", "b", "c"])),
        ("two classes", smooth, (smooth + rng.normal(size=60) * 20 > 25).astype(int)),
        ("three classes", whole, three[np.clip(whole // 3 + rng.integers(-1, 2, 80), 0, 2)]),
        ("four classes, the labels 10, 20, 30 and 40", smooth, rng.choice([10, 20, 30, 40], 60)),
        ("one pure row at the end", np.arange(73.0) * 2, np.r_[rare, 1]),
        ("two rows", np.array([-3.0, -8.0]), np.array(["b", "a"])),
        ("only one class", np.array([3, 1, 2]), np.array([7, 7, 7])),
    ]


def need_the_split(what, found, column, y):
    """Is it the best threshold, with its impurity?"""
    need(found is not None, f"With {what} it returns None, but the column has more than one value.")
    pair = np.iterable(found) and not isinstance(found, str | dict) and len(list(found)) == 2
    need(pair, f"With {what}: return two things, the threshold and the impurity.")
    threshold, impurity = list(found)
    need(is_number(threshold) and is_number(impurity), f"With {what}: both must be single numbers.")
    threshold, impurity = float(threshold), float(impurity)
    values = np.unique(column)
    middles = (values[:-1] + values[1:]) / 2
    halfway = np.isclose(middles, threshold, rtol=1e-5).any()
    swapped = not halfway and np.isclose(middles, impurity, rtol=1e-5).any()
    need(not swapped, f"With {what}: the threshold comes first, then the impurity.")
    need(
        halfway,
        f"With {what}: {threshold:g} does not lie halfway between two neighbouring values of the column.",
    )
    threshold = middles[np.abs(middles - threshold).argmin()]
    sizes, mixed = halves(column, y, threshold)
    here = sizes @ mixed
    n = len(y)
    if not np.isclose(impurity, here, atol=1e-6):
        before = gini(y)
        slips = [
            (mixed.mean(), "is the plain mean of the two groups; weigh them by their sizes."),
            (mixed.sum(), "is the sum of the two groups' impurities; take the mean, weighted by size."),
            (before - here, "is what the split removes; the impurity that is left is asked for."),
            (here * n, "is a sum over rows; divide by their number."),
            (here / 2, "is half of it: p(1 − p) has no factor 2, and 1 − Σ p² needs none."),
            (mixed.min(), "is the impurity of one group only."),
            (before, "is the impurity before the split."),
            (1 - here, "is 1 minus the impurity: the sum of the squared shares."),
        ]
        for value, hint in slips:
            need(not np.isclose(impurity, value, atol=1e-6), f"With {what}: {impurity:.4f} {hint}")
        need(
            False,
            f"With {what}: at {threshold:g} the impurity is not {impurity:.4f}. Work it out by hand for the "
            "example, and mind that there may be more than two classes.",
        )
    best = min(np.dot(*halves(column, y, middle)) for middle in middles)
    need(
        here <= best + 1e-9,
        f"With {what}: the impurity at {threshold:g} is right, {impurity:.4f}, but another threshold leaves "
        f"less. Are all tried, and the smallest kept?",
    )


@question
def q2(best_split):
    for what, column, y in columns_to_split():
        own_column, own_y = column.copy(), y.copy()
        found = attempt(lambda own_column=own_column, own_y=own_y: best_split(own_column, own_y))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = np.array_equal(column, own_column) and np.array_equal(y, own_y)
        need(same, "It changes the column or the labels that it was given: sort copies.")
        need_the_split(what, found, column, y)
    for y in (np.array(["a", "b", "b"]), np.array([0, 0, 0])):
        found = attempt(lambda y=y: best_split(np.array([4.0, 4.0, 4.0]), y))
        need(not isinstance(found, Exception), f"With a constant column it raises {told(found)}")
        need(found is None, "A constant column cannot be split: return None, not a pair.")


# --- question 3 -----------------------------------------------------------------------------------


def shares(X, is_spam, more=(1, 2)):
    """Smoothed shares of each word in spam and in good mail."""
    return [(X[rows].sum(axis=0) + more[0]) / (rows.sum() + more[1]) for rows in (is_spam, ~is_spam)]


def odds_of(spam, good):
    return np.array([np.log(spam / good), np.log((1 - spam) / (1 - good))])


def alike(found, right):
    """The same to nine digits, or to as many as float32 has?"""
    close = 1e-5 if found.dtype == np.float32 else 1e-9
    return found.shape == np.shape(right) and np.allclose(found, right, rtol=close, atol=close)


def mails_to_judge():
    """New mails, training mails and which of those are spam: small tables of 0 and 1."""
    rng = np.random.default_rng(7)
    for n, words, share in [(60, 7, 0.3), (150, 20, 0.6), (25, 4, 0.2)]:
        is_spam = rng.random(n) < share
        X = (rng.random((n, words)) < np.where(is_spam[:, None], 0.5, 0.2)).astype(int)
        X[is_spam, 0], X[~is_spam, 1], X[:, 2] = 0, 0, 1  # never in spam, never in good mail, always there
        yield (rng.random((12, words)) < 0.4).astype(int), X, is_spam


def numbers(found, what):
    """As an array of numbers; what does not fit is told."""
    array = np.asarray(found)
    need(array.dtype.kind in "biuf" and np.isfinite(array).all(), what)
    return array.astype(float) if array.dtype.kind == "b" else array


def need_word_log_odds(word_log_odds, X, is_spam):
    own_X, own_spam = X.copy(), is_spam.copy()
    found = word_log_odds(own_X, own_spam)
    same = np.array_equal(own_X, X) and np.array_equal(own_spam, is_spam)
    need(same, "word_log_odds changes the table that it was given.")
    need(np.iterable(found) and len(found) == 2, "word_log_odds returns two arrays: if there, if missing.")
    parts = [np.asarray(part) for part in found]
    fits = all(part.shape == (X.shape[1],) for part in parts)
    need(fits, f"word_log_odds: for {X.shape[1]} words each of the two arrays has {X.shape[1]} numbers.")
    found = numbers(
        parts,
        "word_log_odds gives values that are no finite numbers: a word that is never in one class, or "
        "always, must do no harm. Are the 1 and the 2 in the shares?",
    )
    spam, good = shares(X, is_spam)
    right = odds_of(spam, good)
    if alike(found, right):
        return
    there, missing = right
    with np.errstate(all="ignore"):
        plain = odds_of(*shares(X, is_spam, (0, 0)))
        slips = [
            (-right, "The signs are the wrong way round: spam stands above the line."),
            (right[::-1], "Right numbers, wrong order: first if the word is there, then if it is missing."),
            (right / np.log(2), "That is the logarithm to base 2; ln is np.log."),
            (right / np.log(10), "That is the logarithm to base 10; ln is np.log."),
            (np.exp(right), "The logarithm is missing."),
            ([there, -there], "A missing word does not add minus the same: take the mails without it."),
            ([there, 1 - there], "1 − s is taken of the shares, before the logarithm."),
            (plain, "These are the shares without smoothing."),
            (
                odds_of(*shares(X, is_spam, (1, X.shape[1]))),
                "Below the line stand the mails plus 2, not the words.",
            ),
            (
                odds_of(*shares(X, is_spam, (1, 1))),
                "Below the line the number of mails grows by 2, not by 1.",
            ),
            (odds_of(*shares(X, is_spam, (1, 0))), "Above the line 1 is added; below it the 2 is missing."),
            ([np.log(spam), np.log(1 - spam)], "That is the spam alone; compare with the good mails."),
            (
                [np.log(spam), np.log(good)],
                "Those are logs of both shares; one divided by the other is asked for.",
            ),
            ([there - missing, missing - there], "Shares are asked for here, not odds s/(1 − s)."),
        ]
    for other, hint in slips:
        need(not alike(found, np.asarray(other)), f"word_log_odds: {hint}")
    need(not alike(found[0], there), "word_log_odds: if_there is right; if_missing is not.")
    need(not alike(found[1], missing), "word_log_odds: if_missing is right; if_there is not.")
    need(
        False,
        "word_log_odds: these are not the numbers of the two formulas. A word that no spam and "
        f"{X[~is_spam, 0].sum()} of {(~is_spam).sum()} good mails have gets {found[0][0]:.4f} if there.",
    )


def need_log_odds(bernoulli_log_odds, X_new, X, is_spam):
    own = X_new.copy(), X.copy(), is_spam.copy()
    found = bernoulli_log_odds(*own)
    same = all(np.array_equal(a, b) for a, b in zip(own, (X_new, X, is_spam), strict=True))
    need(same, "bernoulli_log_odds changes a table that it was given.")
    found = numbers(found, "bernoulli_log_odds gives values that are no finite numbers.")
    need(
        found.shape == (len(X_new),),
        f"bernoulli_log_odds: for {len(X_new)} new mails return {len(X_new)} numbers; yours has the shape "
        f"{found.shape}.",
    )
    there, missing = odds_of(*shares(X, is_spam))
    before = np.log(is_spam.sum() / (~is_spam).sum())
    words, gaps = X_new @ there, (1 - X_new) @ missing
    right = before + words + gaps
    if alike(found, right):
        return
    smoothed = np.log((is_spam.sum() + 1) / ((~is_spam).sum() + 1))
    slips = [
        (before + words, "the words that are missing in a mail count, too."),
        (words + gaps, "how common spam is in the training part is left out."),
        (words, "the missing words are left out, and how common spam is."),
        (-right, "the signs are the wrong way round: spam is positive."),
        (1 / (1 + np.exp(-right)), "those are probabilities; log-odds are asked for."),
        (np.exp(right), "those are odds; their logarithm is asked for."),
        (right > 0, "those are decisions; give the log-odds."),
        (before + words - gaps, "the missing words are subtracted; if_missing has its sign already."),
        (before + words + missing.sum(), "if_missing of the words that are there is added as well."),
        (
            np.log(is_spam.mean()) + words + gaps,
            "it starts with the log of the share; log-odds are asked for.",
        ),
        (
            smoothed + words + gaps,
            "spam and good mails are counted as they are; only the words are smoothed.",
        ),
        (words + gaps - before, "how common spam is enters with the wrong sign."),
    ]
    for other, hint in slips:
        need(not alike(found, np.asarray(other, dtype=float)), f"bernoulli_log_odds: {hint}")
    off = float(np.abs(found - right).max())
    need(off > 1e-4, f"bernoulli_log_odds: nearly; the largest error is {off:.1e}. Is something rounded?")
    need(
        False,
        f"bernoulli_log_odds: the first of {len(X_new)} mails gets {found[0]:.4f}, which is not what "
        "BernoulliNB says. Compare each part: spam over good mails, words there, words missing.",
    )


@question
def q3(word_log_odds, bernoulli_log_odds):
    for X_new, X, is_spam in mails_to_judge():
        if given(word_log_odds):
            need_word_log_odds(word_log_odds, X, is_spam)
        if given(bernoulli_log_odds):
            need_log_odds(bernoulli_log_odds, X_new, X, is_spam)


# --- question 4 -----------------------------------------------------------------------------------

NAMES = (
    "logistic regression",
    "support vectors",
    "nearest neighbours",
    "naive Bayes",
    "decision tree",
    "random forest",
    "gradient boosting",
    "neural network",
)


@question
def q4(which):
    need(isinstance(which, dict), 'which is a dictionary such as {"A": "decision tree", …}.')
    need(set(which) == set("ABCDEF"), "Give one name to each of the letters A to F.")
    hints = {
        "A": ({"nearest neighbours"}, "A: which of the eight keeps every training row, and has no weights?"),
        "B": ({"naive bayes"}, "B: which one takes a copy of a column for new evidence?"),
        "C": (
            {"support vectors", "nearest neighbours"},
            "C: which ones measure distances? The table of nuisances in section 11 tells who notices a unit.",
        ),
        "D": (
            {"logistic regression"},
            "D: which one reads a number as 'more is more'? See the end of section 10.",
        ),
        "E": ({"decision tree"}, "E: what asks questions, and can be drawn on one sheet?"),
        "F": ({"random forest"}, "F: the voters know nothing of each other. Who draws rows for each?"),
    }
    for letter, (right, hint) in hints.items():
        if given(which[letter]):
            name = " ".join(str(which[letter]).lower().split())
            known = isinstance(which[letter], str) and name in [known.lower() for known in NAMES]
            need(known, f"{letter}: use one of the names {', '.join(map(repr, NAMES))}.")
            need(name in right, hint)


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.852031, 0.811832, 0.857884, 0.866882, 0.851463])  # AUC on the notebook's five folds
MOST_SETTINGS = 3
CLOSE = 0.0006  # three digits are enough


def interval(differences, overlap=1 / 4, t=2.7764, ddof=1):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=ddof) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def first_fold():
    """Tables and labels of the notebook's first fold: half of the training rows, and all of the others."""
    from sklearn.model_selection import StratifiedKFold

    customers = load("customers").dropna().sample(3000, random_state=0)
    left = (customers["churn"] == "Yes").to_numpy(int)
    known = customers.drop(columns="churn").reset_index(drop=True)
    train, test = next(StratifiedKFold(5, shuffle=True, random_state=0).split(known, left))
    half = train[::2]
    return known.iloc[half], left[half], known.iloc[test], left[test]


def searches_in(model):
    """The searches in a model, it itself among them, and how many settings they try."""
    from sklearn.model_selection import GridSearchCV, ParameterGrid, ParameterSampler, RandomizedSearchCV

    parts = [model, *model.get_params().values()]
    found = [part for part in parts if isinstance(part, GridSearchCV | RandomizedSearchCV)]
    tried = 0
    for search in found:
        if isinstance(search, GridSearchCV):
            tried += len(ParameterGrid(search.param_grid))
        else:
            settings = ParameterSampler(search.param_distributions, search.n_iter, random_state=0)
            tried += len(list(settings))
    return found, tried


def judge_scores(scores):
    """The five scores as an array, if they can be what was asked for."""
    need(np.ndim(scores) > 0, "rival_scores are five numbers, one for each fold; a mean has no spread.")
    scores = np.asarray(list(scores))
    need(scores.dtype.kind in "iuf", "rival_scores are five numbers, one for each fold.")
    scores = scores.astype(float)
    need(
        scores.shape == (5,),
        f"rival_scores are five numbers, one for each fold; the shape is {scores.shape}.",
    )
    need(np.isfinite(scores).all(), "Some of rival_scores are no numbers.")
    need(scores.max() <= 1 and scores.min() >= 0, "An AUC lies between 0 and 1: give it so, not in per cent.")
    need(np.ptp(scores) > 1e-9, "The five of rival_scores are all the same: give the score of each fold.")
    same = np.allclose(scores, BASELINE, atol=1e-4)
    need(not same, "rival_scores are those of the baseline. Race something else against it.")
    honest = "Was the model fitted on rows that it is judged on, or told the answer by a column?"
    need(scores.max() <= 0.9, f"An AUC of {scores.max():.3f} in a fold is too good to be true here. {honest}")
    need(
        scores.mean() <= 0.86,
        f"A mean AUC of {scores.mean():.3f} is better than anything honest that we tried. {honest}",
    )
    need(
        scores.mean() >= 0.5,
        "The mean AUC is below 0.5, worse than guessing: is the order the wrong way round?",
    )
    return scores


def auc_of_half(rival):
    """AUC on the first fold's rows of the rival fitted on half of the others."""
    import joblib
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedShuffleSplit

    model = rival()
    need(model is not None, "rival returns nothing: does it end with return?")
    need(not isinstance(model, type), f"rival returns the class {model}; return a model, made by calling it.")
    fits = hasattr(model, "fit") and hasattr(model, "get_params")
    need(fits, f"rival returns a {type(model).__name__}; return an unfitted model of scikit-learn.")
    fitted = hasattr(model, "best_score_") or hasattr(model, "n_features_in_")
    need(not fitted, "rival returns a model that is already fitted: fit it in the folds, not before.")
    model = clone(model)
    found, tried = searches_in(model)
    need(found, "rival has no search inside: the baseline may choose among three settings, so may the rival.")
    need(tried <= MOST_SETTINGS, f"rival tries {tried} settings; fair are as many as the baseline's three.")
    need(tried > 1, "rival has only one setting to choose from: give it two or three.")
    for search in found:  # one quarter chooses, as in the notebook: quick, whatever cv the search has
        search.set_params(cv=StratifiedShuffleSplit(1, test_size=0.25, random_state=0), refit=True)
    X, y, X_new, y_new = first_fold()
    with joblib.parallel_config(backend="sequential"):
        model.fit(X.copy(), y.copy())
    if hasattr(model, "predict_proba"):
        values = model.predict_proba(X_new)[:, 1]
    else:
        values = model.decision_function(X_new)
    auc = roc_auc_score(y_new, values)
    own = float(model.score(X_new, y_new))
    scored = f"Its score on the first fold is {own:.2f} and its AUC {auc:.2f}"
    need(abs(own - auc) < 0.003, f'{scored}: say scoring="roc_auc" in the search.')
    return auc


def need_the_interval(difference, scores):
    """Are these mean and ends of the corrected interval of these scores?"""
    need(
        np.iterable(difference) and len(list(difference)) == 3,
        "difference is three numbers: mean, low, high.",
    )
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", "difference is three numbers: mean, low, high.")
    got = got.astype(float)
    differences = scores - BASELINE
    right = interval(differences)
    mean, low, high = right
    if np.allclose(got, right, rtol=0, atol=CLOSE):
        return
    apart = np.sqrt(np.var(scores, ddof=1) + np.var(BASELINE, ddof=1)) * np.sqrt(1 / 5 + 1 / 4)
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(differences, 0), "That takes the folds for independent: overlap is n_test / n_train."),
        (interval(differences, 1 / 9), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, 4), "overlap is n_test / n_train, not the other way round."),
        (interval(differences, t=1.96), "With five differences the factor is that of t, not 1.96."),
        (interval(differences, t=2.1318), "That leaves 5 % on each side; a 95 % interval leaves 2.5 %."),
        (mean + np.array([0, -2.7764, 2.7764]) * apart, "Subtract fold by fold first."),
        (interval(scores), "That is the interval of the rival's scores; subtract the baseline's first."),
        (right.round(2), "Round to three digits at least, or not at all."),
        (100 * right, "Give shares, not per cent."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=CLOSE / 3), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < CLOSE,
        f"difference: the mean is given as {got[0]:+.4f}; rival_scores minus the baseline's have another.",
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the differences and 1 / 4?"
    )


def need_the_verdict(verdict, scores):
    """Does it follow from the interval?"""
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(scores - BASELINE)
    right = {"better"} if low > 0 else {"worse"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < CLOSE:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean > 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? It is rival minus baseline.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(rival, rival_scores, difference, verdict):
    scores = judge_scores(rival_scores) if whole(rival_scores) else None
    if given(rival):
        auc = auc_of_half(rival)
        if scores is not None:
            need(
                abs(scores[0] - auc) < 0.05,
                f"rival_scores begins with {scores[0]:.3f}. On this fold rival() gets {auc:.3f}, fitted on "
                "half of the rows of the others. Are these its scores, of rows that it had not seen?",
            )
    if whole(difference) and given(rival_scores, difference) and scores is not None:
        need_the_interval(difference, scores)
    if given(rival_scores, verdict) and scores is not None:
        need_the_verdict(verdict, scores)
