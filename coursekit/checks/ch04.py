"""The questions of chapter 4, feature engineering."""

import copy
from unittest import mock

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coursekit.checking import NotYet, attempt, need, question, told
from coursekit.loading import load

NUMBERS = ["tenure", "monthly_charges", "total_charges"]
WORDS = ["contract", "payment_method"]


def dense(table):
    """A transformed table as a plain array of numbers, whatever form it came in."""
    table = table.toarray() if hasattr(table, "toarray") else table
    return np.asarray(table, dtype=float)


def returned(function, *inputs, where):
    """What the answer returns; it may neither raise nor change what it was given."""
    mine = copy.deepcopy(inputs)
    answer = attempt(lambda: function(*mine))
    if isinstance(answer, NotYet):
        raise answer
    need(
        "0 feature(s)" not in str(answer),
        f"{where} a fold keeps no column: SelectFromModel may choose fewer than max_features, unless it gets "
        "threshold=-np.inf.",
    )
    need(not isinstance(answer, Exception), f"{where} it raises {told(answer)}")
    for kept, left in zip(inputs, mine, strict=True):
        same = kept.equals(left) if hasattr(kept, "equals") else np.array_equal(kept, left)
        need(same, f"{where} it changes what it was given: work on a copy.")
    return answer


def scaled_off(table, columns, middle, mean, spread):
    """The names of the numbers whose filled and scaled values are not among the columns."""
    right = (table[NUMBERS].fillna(middle) - mean) / spread
    return [name for name in NUMBERS if not any(np.allclose(right[name], c, atol=1e-5) for c in columns)]


@question
def q1(preparation):
    need(not isinstance(preparation, pd.DataFrame | np.ndarray), "preparation is the object, not its result.")
    need(not isinstance(preparation, type), "preparation is a class: call it, with brackets.")
    need(hasattr(preparation, "fit_transform"), "preparation must have fit and transform.")
    customers = load("customers")
    seen, new = customers.iloc[:4000], customers.iloc[4000:].copy()
    fitted = attempt(lambda: clone(preparation).fit(seen))
    need(
        not isinstance(fitted, Exception) or isinstance(getattr(preparation, "remainder", "drop"), str),
        "All other columns are dropped, texts among them: name the three numbers, and leave remainder alone.",
    )
    need(not isinstance(fitted, Exception), f"Fitted to the first 4,000 customers it raises {told(fitted)}")
    result = attempt(lambda: dense(fitted.transform(seen)))
    need(not isinstance(result, Exception), f"Its columns are not all numbers: {told(result)}")
    need(not np.isnan(result).any(), "Gaps are left: filling and scaling must follow each other.")
    binary = np.array([np.isin(column, (0, 1)).all() for column in result.T], dtype=bool)
    ones, numbers = int(binary.sum()), result.T[~binary]
    found = f"Expected 3 columns of numbers and 7 of zeros and ones; yours are {len(numbers)} and {ones}"
    if len(numbers) == 3:
        need(ones != 5, "One column for each word, the first one as well.")
    need((len(numbers), ones) != (5, 0), "Words as numbers invent an order: one column for each word.")
    need(len(numbers) + ones != 10 or ones == 7, f"{found}: are the words scaled?")
    need(len(numbers) + ones >= 10, f"{found}: is a column left out?")
    need(len(numbers) + ones != 11, f"{found}: does a gap get a column of its own, or one more column stay?")
    need(len(numbers) + ones == 10, f"{found}. Is all else dropped?")
    middle = seen[NUMBERS].median()
    filled = seen[NUMBERS].fillna(middle)
    learned = middle, filled.mean(), filled.std(ddof=0)
    off = scaled_off(seen, numbers, *learned)
    if off:
        late = scaled_off(seen, numbers, middle, seen[NUMBERS].mean(), seen[NUMBERS].std(ddof=0))
        need(late, "The gaps are filled after scaling, and the mean is no longer 0: fill first, then scale.")
    centred = all(abs(c.mean()) < 1e-5 and abs(c.std() - 1) < 1e-5 for c in numbers)
    need(centred, "The numbers should have mean 0 and standard deviation 1 on the rows of fit.")
    need(
        not off,
        f"The values of {' and '.join(off)} are off: are gaps filled with the median, before scaling?",
    )
    few = new.iloc[:6].copy()
    few.loc[few.index[0], NUMBERS] = np.nan
    off = scaled_off(few, dense(fitted.transform(few)).T[~binary], *learned)
    need(not off, "New rows must be filled and scaled with what fit has learned, not with their own figures.")
    new["contract"], new["payment_method"] = "Lifetime", "Barter"
    strange = attempt(lambda: dense(fitted.transform(new)))
    unseen = "Words that were not there in fit"
    need(not isinstance(strange, Exception), f"{unseen} raise an error (see handle_unknown): {told(strange)}")
    need(strange.shape[1] == 10, "The columns should stay those of fit, whatever words are new.")
    need(not strange[:, binary].any(), f"{unseen} should give zeros.")


@question
def q2(city_columns):
    area = load("houses")["neighborhood"].to_numpy(dtype=object)
    early = (load("houses")["year_sold"] < 2007).to_numpy()
    bonn, letters = ["Bonn", "Ulm", "Ulm", "Bonn", "Rom"], list("aabbccc")
    cases = [
        ("a table with many strangers", np.array(letters), np.array(list("cddeeffgg")), 2),
        ("the example", np.array(bonn), np.array(["Ulm", "Rom", "Oslo"]), 2),
        ("the houses' neighbourhoods", area[early], area[~early], 10),
        ("a table without rare cities", np.array(list("baba")), np.array(list("cabz")), 2),
        ("a table of rare cities only", np.array(list("bac")), np.array(list("cb")), 2),
        ("a table where one entry is enough", np.array(letters, object), np.array(list("bxa"), object), 1),
    ]
    for name, train, new, at_least in cases:
        where = f"In {name}"
        found = dense(returned(city_columns, train, new, at_least, where=where))
        need(found.ndim == 2 and len(found) == len(new), f"{where}: one row for each entry of new.")
        often = [city for city in sorted(set(train)) if (train == city).sum() >= at_least]
        wide, want = found.shape[1], len(often) + 1
        more = sum((train == city).sum() > at_least for city in set(train))
        need(wide != more + 1 or more == len(often), "A city with exactly at_least entries has a column.")
        need(
            wide != len(often),
            f"{where} the column 'other' is missing: it is always there, even if no city is rare.",
        )
        need(wide == want, f"{where} there are {wide} columns, expected {want}: counts come from train.")
        need(np.isin(found, (0, 1)).all(), "Only 0 and 1 may stand in it.")
        rows = found.sum(axis=1)
        need((rows >= 1).all(), f"{where} a row has no 1: which column is for strangers?")
        need((rows == 1).all(), f"{where} a row has more than one 1.")
        right = np.array([[*(city == name for name in often), city not in often] for city in new], float)
        order = np.array_equal(np.sort(found.sum(axis=0)), np.sort(right.sum(axis=0)))
        need(np.array_equal(found, right) or not order, "Columns in alphabetical order, 'other' last.")
        need(np.array_equal(found, right), f"{where} some ones stand in the wrong column.")


@question
def q3(time_columns):
    texts = [
        "2024-01-01 00:00",
        "2024-02-29 18:30",
        "2023-12-31 23:59",
        "2013-07-06 06:00",
        "2013-07-07 05:15",
    ]
    times = pd.Series(pd.to_datetime(texts), index=[7, 3, 5, 1, 0])
    found = returned(time_columns, times, where="For five times")
    need(isinstance(found, pd.DataFrame), "Return a table (pd.DataFrame).")
    need(
        set(found.columns) == {"month", "weekday", "hour_sin", "hour_cos"} and len(found) == len(times),
        "The table has the columns month, weekday, hour_sin and hour_cos, and a row for each time.",
    )
    need(not found.isna().to_numpy().any(), "Some entries are missing: do the indices of the parts agree?")
    for name in ("month", "weekday"):
        text = any(isinstance(value, str) for value in found[name])
        need(not text, f"{name} is a number, not a text: {'1 to 12' if name == 'month' else '0 is Monday'}.")
    need(found.index.equals(times.index), "The table should keep the index of times.")
    values = {name: found[name].to_numpy(dtype=float) for name in found}
    need(np.array_equal(values["month"], [1, 2, 12, 7, 7]), "month runs from 1 to 12.")
    weekday = np.array([0, 3, 6, 5, 6])
    need(not np.array_equal(values["weekday"], weekday + 1), "weekday starts with 0 on Monday.")
    need(not np.array_equal(values["weekday"], (weekday + 1) % 7), "0 is Monday, not Sunday.")
    need(np.array_equal(values["weekday"], weekday), "weekday: 0 is Monday and 6 is Sunday.")
    sine, cosine = values["hour_sin"], values["hour_cos"]
    whole, hour = np.array([0, 18, 23, 6, 5]), np.array([0, 18.5, 23 + 59 / 60, 6, 5.25])

    def on_circle(hour, length=24):
        return np.sin(2 * np.pi * hour / length), np.cos(2 * np.pi * hour / length)

    def same(pair):
        return np.allclose(sine, pair[0], atol=1e-6) and np.allclose(cosine, pair[1], atol=1e-6)

    need(not same(on_circle(whole)), "The minutes are missing: 18:30 is hour 18.5.")
    hundredths = np.array([0, 18.3, 23.59, 6, 5.15])
    need(not same(on_circle(hundredths)), "An hour has 60 minutes, not 100: 18:30 is hour 18.5, not 18.3.")
    need(not same(on_circle(hour, 12)), "One turn takes 24 hours, not 12.")
    need(not (same(on_circle(hour, 23)) or same(on_circle(whole, 23))), "With 23, 23:00 falls on midnight.")
    need(not same(on_circle(hour)[::-1]), "Sine and cosine have changed places: midnight is at 0 and 1.")
    need(
        np.allclose(sine**2 + cosine**2, 1, atol=1e-5),
        "sin² + cos² should be 1: is the angle the same in both?",
    )
    need(not same((np.sin(hour), np.cos(hour))), "The angle of a full day is 2π, not 24.")
    need(
        same(on_circle(hour)),
        "The angle is off: a full day is one turn, 2π, and midnight is at sine 0, cosine 1.",
    )


TEXTS = [
    "You have 1 new voicemail. Please call PHONE.",
    "Sorry, I'll call later",
    "U can call me now...",
    "call call call, you said: call again",
]
NEW = ["please call me, call again tomorrow", "xyz 1 2 3", "Sorry sorry sorry", "You, you and your voicemail"]


def by_library(self):
    need(False, "A vectoriser of the library does the work: count the words yourself.")


def mistaken(train, new, vocabulary):
    """Weights with a mistake that can be named, and the hint to each."""
    yield (
        TfidfVectorizer(vocabulary=vocabulary).fit(new).transform(new),
        "That is the idf of new: it is learned from train.",
    )
    yield (
        TfidfVectorizer(smooth_idf=False).fit(train).transform(new),
        "Inside the logarithm, a 1 is added above and below.",
    )
    yield (
        TfidfVectorizer(binary=True).fit(train).transform(new),
        "Is that the idf alone? A word that stands twice counts twice.",
    )
    yield (
        TfidfVectorizer(use_idf=False).fit(train).transform(new),
        "These are counts alone: where does the idf get in?",
    )


@question
def q4(tfidf):
    for train, new in [(TEXTS, TEXTS), (TEXTS, NEW), (load("sms")["text"].head(60).tolist(), NEW)]:
        fitted = TfidfVectorizer().fit(train)
        with mock.patch.object(CountVectorizer, "build_analyzer", by_library):
            found = dense(returned(tfidf, list(train), list(new), where="For two lists of texts"))
        right = fitted.transform(new).toarray()
        need(found.ndim == 2 and len(found) == len(new), "One row for each text of new.")
        need(
            found.shape == right.shape,
            f"It has {found.shape[1]} columns, train has {right.shape[1]} words of two characters or more.",
        )
        nan = np.isnan(found).any(axis=1)
        need(
            not nan[~right.any(axis=1)].any(), "A text without known words gives NaN: what is 0 divided by 0?"
        )
        need(not nan.any(), "A weight is NaN in a text that has known words.")
        order = np.allclose(found, right) or not np.allclose(np.sort(found, axis=1), np.sort(right, axis=1))
        need(order, "The weights are there, but are the columns in alphabetical order?")
        need((found[right == 0] == 0).all(), "A weight stands where the text does not hold the word.")
        need(
            (found[right > 0] != 0).all(), "A word of the text has weight 0: what is added to the logarithm?"
        )
        off = np.abs(found - right).max()
        small = (
            f"The weights are off by up to {off:.1g}: is a figure rounded, or something added to the length?"
        )
        need(not 1e-12 < off < 1e-3, small)
        length = np.linalg.norm(found, axis=1)
        need(np.allclose(length[right.any(axis=1)], 1), "Rows should have length 1: see the last division.")
        if off > 1e-12:
            for mistake, hint in mistaken(train, new, fitted.vocabulary_):
                need(np.abs(found - mistake.toarray()).max() > 1e-3, hint)
        need(
            off <= 1e-12, f"The weights are off by up to {off:.1g}: go through the formula of the idf again."
        )


def known_table():
    """Six columns in very different units; three know y, two of them downwards, and few have y = 1."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(600, 6))
    known = 6 * (Z[:, 1] - Z[:, 3] - Z[:, 5]) + rng.logistic(size=600)
    X = pd.DataFrame(Z * [1e5, 3000, 3, 1000, 10, 300], index=np.arange(900, 300, -1))
    X.columns = ["noise_a", "up", "noise_b", "down", "noise_c", "fall"]
    return X, (known >= np.sort(known)[-105]).astype(int)


def bent_table():
    """The ones stand at both ends of the first column, where no weighted sum can find them."""
    first, second = np.random.default_rng(0).normal(size=(2, 40))
    X = pd.DataFrame({"bent": [*first, *-first], "noise": [*second, *-second]})
    return X, (X["bent"].abs() > np.median(np.abs(first))).to_numpy(int)


def noise_table():
    """Twelve columns of noise, in which each fold's training rows prefer other ones.

    The first and the last are among the weakest: whoever keeps one of them on all rows has seen a tie.
    """
    Z = np.random.default_rng(13782).normal(size=(50, 12))
    Z[:, [0, 8]] = Z[:, [8, 0]]
    return pd.DataFrame(Z, columns=[f"c{i}" for i in range(12)]), np.repeat([0, 1], 25)


def fold_scores(scores, y):
    """Five AUCs, after a look at whether they can be those of five stratified folds."""
    ones, zeros = int(y.sum()) // 5, int((1 - y).sum()) // 5
    need(scores.shape == (5,), "The first is five AUCs, one for each fold, and not their mean.")
    need(not np.isnan(scores).any(), "An AUC is NaN, as it is where all held-out y are alike: stratified?")
    need(((scores >= 0) & (scores <= 1)).all(), "An AUC lies between 0 and 1.")
    pairs = scores * ones * zeros  # an AUC counts the pairs in the right order, and a tie as half a pair
    strange = scores[~np.isclose(2 * pairs, np.round(2 * pairs), atol=1e-6)]
    rights = scores * (ones + zeros)
    accuracy = np.allclose(rights, np.round(rights), atol=1e-6)
    need(
        not len(strange) or not accuracy,
        f"Each score is a whole number of {ones + zeros} rows: is that the share of right answers?",
    )
    need(
        not len(strange),
        f"A stratified fold holds {ones} ones and {zeros} zeros here, and no AUC of these is "
        f"{strange[0] if len(strange) else 0:.4f}: are the folds stratified, is the score the AUC of the "
        "held-out rows, and is it rounded?",
    )
    tied = ~np.isclose(pairs, np.round(pairs), atol=1e-6) & (scores != 0.5)
    need(not tied.any(), "In a fold a one and a zero share a score: predicted classes, no probabilities?")
    return scores.mean()


def kept_alone(X, y, names):
    """AUC of a logistic regression on these columns, on the very rows that it is fitted on."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[names], y)
    return roc_auc_score(y, model.predict_proba(X[names])[:, 1])


@question
def q5(pruned_scores):
    def asked(X, y, n_keep):
        answer = returned(pruned_scores, X, y, n_keep, where=f"On a table of {X.shape[1]} columns")
        need(isinstance(answer, tuple | list) and len(answer) == 2, "Return two things: scores and names.")
        kept = [list(names) for names in answer[1]]
        need(len(kept) == 5, "The second is a list of five lists of names, one for each fold.")
        known = all(set(names) <= set(X.columns) for names in kept)
        need(known, "The second should hold names of columns of X.")
        wrong = [len(names) for names in kept if len(names) != n_keep or len(set(names)) != n_keep]
        few = (
            " (SelectFromModel may keep fewer, unless threshold=-np.inf)"
            if max(wrong, default=n_keep) < n_keep
            else ""
        )
        need(not wrong, f"Asked to keep {n_keep} columns, it keeps {wrong and wrong[0]} in a fold{few}.")
        score = fold_scores(np.asarray(answer[0], dtype=float), y)
        return score, kept

    X, y = known_table()
    score, kept = asked(X, y, 2)
    found = np.mean([len({"up", "down", "fall"} & set(names)) for names in kept])
    need(
        found > 1.5,
        f"Of the 2 columns it keeps, {found:.1f} know y on average, and 3 such columns are there: does the "
        "unit decide, the sign, or a tie, as where all weights are zero?",
    )
    own = np.mean([kept_alone(X, y, names) for names in kept])
    told_both = f"It reaches {score:.2f}, and the kept columns {own:.2f} on the rows of their own fit"
    need(score < own + 0.06, f"{told_both}: is the model fitted on these columns alone?")
    need(score > own - 0.12, f"{told_both}: is the model fitted on these columns, and its AUC taken right?")
    score, _ = asked(*bent_table(), 2)
    need(score < 0.8, f"On a table where no weighted sum can know y it reaches {score:.2f}: which model?")
    X, y = noise_table()
    score, kept = asked(X, y, 3)
    need(score < 0.68, f"On pure noise it reports {score:.2f}: whose labels helped to choose the columns?")
    alike = len(set(map(frozenset, kept))) == 1
    tie = {X.columns[0], X.columns[-1]} & set(kept[0])
    need(not alike or tie, "On pure noise the five lists are the same: did all rows choose, once?")
