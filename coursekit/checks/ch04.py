"""The questions of chapter 4, feature engineering."""

from unittest import mock

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

import coursekit as ck
from coursekit.checking import need, question

NUMBERS = ["tenure", "monthly_charges", "total_charges"]
WORDS = ["contract", "payment_method"]


def dense(table):
    """A transformed table as a plain array of numbers, whatever form it came in."""
    table = table.toarray() if hasattr(table, "toarray") else table
    return np.asarray(table, dtype=float)


def scaled_off(table, columns, middle, mean, spread):
    """The names of the numbers whose filled and scaled values are not among the columns."""
    right = (table[NUMBERS].fillna(middle) - mean) / spread
    return [name for name in NUMBERS if not any(np.allclose(right[name], c, atol=1e-6) for c in columns)]


@question
def q1(preparation):
    need(not isinstance(preparation, pd.DataFrame | np.ndarray), "preparation is the object, not its result.")
    need(hasattr(preparation, "fit_transform"), "preparation must have fit and transform.")
    customers = ck.load("customers")
    seen, new = customers.iloc[:4000], customers.iloc[4000:].copy()
    try:
        fitted = clone(preparation).fit(seen)
        result = dense(fitted.transform(seen))
    except ValueError:
        need(False, "Texts are left in it, or meet a step for numbers: which columns go where, and the rest?")
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
    centred = all(abs(c.mean()) < 1e-6 and abs(c.std() - 1) < 1e-6 for c in numbers)
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
    try:
        strange = dense(fitted.transform(new))
    except ValueError:
        need(False, "A contract that was not there in fit raises an error: see handle_unknown.")
    need(strange.shape[1] == 10, "The columns should stay those of fit, whatever words are new.")
    need(not strange[:, binary].any(), "A word that was not there in fit should give zeros.")


@question
def q2(city_columns):
    train, new = ["Bonn", "Ulm", "Ulm", "Bonn", "Rom"], ["Ulm", "Rom", "Oslo"]
    cases = [(train, new, 2, "the example")]
    houses = ck.load("houses")
    area = houses["neighborhood"].to_numpy(dtype=object)
    early = (houses["year_sold"] < 2007).to_numpy()
    cases.append((area[early], area[~early], 10, "the houses' neighbourhoods"))
    cases.append((["b", "a", "b", "a"], ["c", "a", "b", "z"], 2, "a table without rare cities"))
    cases.append((["b", "a", "c"], ["c", "b"], 2, "a table of rare cities only"))

    def asked(train, new, at_least, where):
        try:
            return dense(city_columns(train, new, at_least))
        except (KeyError, ValueError, IndexError) as crash:
            need(False, f"In {where} it stops with {type(crash).__name__}: what of cities not in train?")

    train, new = (np.array(list(cities), dtype=object) for cities in ("aabbccc", "cddeeffgg"))
    wide = asked(train, new, 2, "a table with many strangers").shape[-1]
    need(wide != 5, "Counts come from train, and so do the columns: new only says where the ones stand.")
    need(wide != 2, "A city with exactly at_least entries has a column of its own.")
    for train, new, at_least, where in cases:
        train, new = np.array(train, dtype=object), np.array(new, dtype=object)
        found = asked(train, new, at_least, where)
        counts = {city: int((train == city).sum()) for city in set(train)}
        need(found.ndim == 2 and len(found) == len(new), f"In {where}: one row for each entry of new.")
        often = sorted(city for city, count in counts.items() if count >= at_least)
        wide, want = found.shape[1], len(often) + 1
        need(
            wide != len(often),
            f"In {where} the column 'other' is missing: it is always there, even if no city is rare.",
        )
        need(wide == want, f"In {where} there are {wide} columns, expected {want}: counts come from train.")
        need(np.isin(found, (0, 1)).all(), "Only 0 and 1 may stand in it.")
        rows = found.sum(axis=1)
        need((rows >= 1).all(), f"In {where} a row has no 1: which column is for strangers?")
        need((rows == 1).all(), f"In {where} a row has more than one 1.")
        right = np.array([[*(city == name for name in often), city not in often] for city in new], float)
        order = np.array_equal(np.sort(found.sum(axis=0)), np.sort(right.sum(axis=0)))
        need(np.array_equal(found, right) or not order, "Columns in alphabetical order, 'other' last.")
        need(np.array_equal(found, right), f"In {where} some ones stand in the wrong column.")


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
    found = time_columns(times)
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
        return np.allclose(sine, pair[0]) and np.allclose(cosine, pair[1])

    need(not same(on_circle(whole)), "The minutes are missing: 18:30 is hour 18.5.")
    need(not same(on_circle(hour, 12)), "One turn takes 24 hours, not 12.")
    need(not (same(on_circle(hour, 23)) or same(on_circle(whole, 23))), "With 23, 23:00 falls on midnight.")
    need(not same(on_circle(hour)[::-1]), "Sine and cosine have changed places: midnight is at 0 and 1.")
    need(np.allclose(sine**2 + cosine**2, 1), "sin² + cos² should be 1: is the angle the same in both?")
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
    for train, new in [(TEXTS, TEXTS), (TEXTS, NEW), (ck.load("sms")["text"].head(60).tolist(), NEW)]:
        fitted = TfidfVectorizer().fit(train)
        with mock.patch.object(CountVectorizer, "build_analyzer", by_library):
            found = dense(tfidf(list(train), list(new)))
        right = fitted.transform(new).toarray()
        need(found.ndim == 2 and len(found) == len(new), "One row for each text of new.")
        need(
            found.shape == right.shape,
            f"It has {found.shape[1]} columns, train has {right.shape[1]} words of two characters or more.",
        )
        need(not np.isnan(found).any(), "A text without known words gives NaN: what is 0 divided by 0?")
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


def made_table(seed, signal, rows, columns, border=0.0):
    """Columns in many units, and labels that follow from the last three of them if there is signal.

    One of the three acts downwards, and one has a large unit; those with y = 1 get rarer as the border rises.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    known = signal * (X[:, -3] + X[:, -1] - X[:, -2]) + rng.logistic(size=rows)
    X[:, :-3] *= np.geomspace(0.1, 1000, columns - 3)
    X[:, -3] *= 3000
    return pd.DataFrame(X, columns=[f"c{i}" for i in range(columns)]), (known > border).astype(int)


@question
def q5(pruned_scores):
    def asked(X, y, n_keep):
        answer = pruned_scores(X.copy(), y.copy(), n_keep)
        need(isinstance(answer, tuple | list) and len(answer) == 2, "Return two things: scores and names.")
        scores, kept = np.asarray(answer[0], dtype=float), [list(names) for names in answer[1]]
        need(scores.shape == (5,), "The first is five AUCs, one for each fold, and not their mean.")
        need(len(kept) == 5, "The second is a list of five lists of names, one for each fold.")
        known = all(set(names) <= set(X.columns) for names in kept)
        need(known, "The second should hold names of columns of X.")
        wrong = [len(set(names)) for names in kept if len(set(names)) != n_keep]
        need(not wrong, f"Asked to keep {n_keep} columns, it keeps {wrong and wrong[0]} in a fold.")
        need(((scores >= 0) & (scores <= 1)).all(), "An AUC lies between 0 and 1.")
        return scores.mean(), kept

    def known_among(X, kept):
        return np.mean([len(set(X.columns[-3:]) & set(names)) for names in kept])

    X, y = made_table(0, 3, 300, 20)
    score, kept = asked(X, y, 5)
    found = known_among(X, kept)
    need(
        found > 2,
        f"Of three columns that know y, it finds {found:.1f} on average: does the unit decide, or the sign?",
    )
    rare, rare_y = made_table(3, 0, 200, 30, border=2.2)
    guessed, _ = asked(rare, rare_y, 3)
    told = f"On noise with {rare_y.mean():.0%} ones it reports {guessed:.2f}, and an AUC of guessing is 0.5"
    need(guessed < 0.8, f"{told}: is it the share of right answers?")
    need(guessed > 0.25, f"{told}: which score is it?")
    rare, rare_y = made_table(2, 3, 400, 30, border=7)
    ranked, _ = asked(rare, rare_y, 3)
    need(
        ranked > 0.86,
        f"With {rare_y.mean():.0%} ones it reaches {ranked:.2f}: AUC of classes, not of probabilities?",
    )
    need(
        score > 0.92,
        f"On a table with signal it reaches {score:.2f}: AUC of probabilities, from the kept columns?",
    )
    X, y = made_table(1, 6, 200, 120)
    score, kept = asked(X, y, 4)
    need(
        score > 0.93 or known_among(X, kept) < 2.5,
        f"With 4 good columns of 120 it reaches {score:.2f}: is the model fitted on these alone?",
    )
    noise = [asked(*made_table(seed, 0, 80, 100), 6) for seed in (1, 2, 3)]
    score = np.mean([score for score, _ in noise])
    need(score < 0.63, f"On pure noise it reports {score:.2f}: whose labels helped to choose the columns?")
    alike = [len(set(map(frozenset, kept))) == 1 for _, kept in noise]
    need(not all(alike), "On pure noise the five lists are the same: did all rows choose, once?")
