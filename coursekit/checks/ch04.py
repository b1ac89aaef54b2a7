"""The questions of chapter 4, feature engineering."""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

import coursekit as ck
from coursekit.checking import need, question

NUMBERS = ["tenure", "monthly_charges", "total_charges"]
WORDS = ["contract", "payment_method"]


def dense(table):
    """A transformed table as a plain array of numbers, whatever form it came in."""
    table = table.toarray() if hasattr(table, "toarray") else table
    return np.asarray(table, dtype=float)


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
    need(result.shape[1] != 5, "Words as numbers invent an order: one column for each word.")
    need(result.shape[1] != 8, "One column for each word, the first one as well.")
    need(
        result.shape[1] == 10,
        f"Expected 3 columns of numbers and 7 of words; yours are {result.shape[1]}. Is all else dropped?",
    )
    ones = [column for column in result.T if np.isin(column, (0, 1)).all()]
    need(len(ones) == 7, f"7 columns should hold only 0 and 1, yours are {len(ones)}: are the words scaled?")
    filled = seen[NUMBERS].fillna(seen[NUMBERS].median())
    scaled = ((filled - filled.mean()) / filled.std(ddof=0)).to_numpy()
    numbers = [column for column in result.T if not np.isin(column, (0, 1)).all()]
    centred = all(abs(c.mean()) < 1e-6 and abs(c.std() - 1) < 1e-6 for c in numbers)
    need(centred, "The numbers should have mean 0 and standard deviation 1 on the rows of fit.")
    for name, right in zip(NUMBERS, scaled.T, strict=True):
        close = any(np.allclose(right, column, atol=1e-6) for column in numbers)
        need(close, f"The values of {name} are off: are gaps filled with the median, before scaling?")
    new["contract"], new["payment_method"] = "Lifetime", "Barter"
    try:
        strange = dense(fitted.transform(new))
    except ValueError:
        need(False, "A contract that was not there in fit raises an error: see handle_unknown.")
    words = strange[:, np.isin(strange, (0, 1)).all(axis=0)]
    zeros = words.shape[1] == 7 and not words.any()
    need(zeros, "A word that was not there in fit should give zeros.")


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
    for train, new, at_least, where in cases:
        train, new = np.array(train, dtype=object), np.array(new, dtype=object)
        try:
            found = dense(city_columns(train, new, at_least))
        except (KeyError, ValueError, IndexError) as crash:
            need(False, f"In {where} it stops with {type(crash).__name__}: what of cities not in train?")
        counts = {city: int((train == city).sum()) for city in set(train)}
        need(found.ndim == 2 and len(found) == len(new), f"In {where}: one row for each entry of new.")
        often = sorted(city for city, count in counts.items() if count >= at_least)
        wide, want = found.shape[1], len(often) + 1
        need(
            wide != len(often),
            f"In {where} the column 'other' is missing: it is always there, even if no city is rare.",
        )
        need(
            wide != sum(c > at_least for c in counts.values()) + 1 or wide == want,
            "A city with exactly at_least entries has a column of its own.",
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


@question
def q4(tfidf):
    for train, new in [(TEXTS, TEXTS), (TEXTS, NEW), (ck.load("sms")["text"].head(60).tolist(), NEW)]:
        fitted = TfidfVectorizer().fit(train)
        right, found = fitted.transform(new).toarray(), dense(tfidf(list(train), list(new)))
        need(found.ndim == 2 and len(found) == len(new), "One row for each text of new.")
        need(
            found.shape == right.shape,
            f"It has {found.shape[1]} columns, train has {right.shape[1]} words of two characters or more.",
        )
        need(not np.isnan(found).any(), "A text without known words gives NaN: what is 0 divided by 0?")
        need((found[right == 0] == 0).all(), "A weight stands where the text does not hold the word.")
        counts = (fitted.transform(new) > 0).toarray()
        need((found[counts] != 0).all(), "A word of the text has weight 0: what is added to the logarithm?")
        length = np.linalg.norm(found, axis=1)
        need(np.allclose(length[right.any(axis=1)], 1), "Rows should have length 1: see the last division.")
        off = np.abs(found - right).max()
        if off > 1e-12:
            texts = TfidfVectorizer(vocabulary=fitted.vocabulary_).fit(new).transform(new).toarray()
            need(not np.allclose(found, texts), "That is the idf of new: it is learned from train.")
            plain = TfidfVectorizer(smooth_idf=False).fit(train).transform(new).toarray()
            need(not np.allclose(found, plain), "Inside the logarithm, a 1 is added above and below.")
        need(
            off <= 1e-12, f"The weights are off by up to {off:.1g}: go through the formula of the idf again."
        )


def made_table(seed, signal, rows, columns):
    """Columns in different units, and labels that follow from the last three of them if there is signal."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    y = (signal * X[:, -3:].sum(axis=1) + rng.logistic(size=rows) > 0).astype(int)
    X[:, :-3] *= np.geomspace(0.1, 1000, columns - 3)
    return pd.DataFrame(X, columns=[f"c{i}" for i in range(columns)]), y


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
        sizes = {len(set(names)) for names in kept}
        need(sizes == {n_keep}, f"Asked to keep {n_keep} columns, it keeps {sorted(sizes)}.")
        need(((scores >= 0) & (scores <= 1)).all(), "An AUC lies between 0 and 1.")
        return scores, kept

    X, y = made_table(0, 1.5, 300, 30)
    scores, kept = asked(X, y, 5)
    found = np.mean([len({"c27", "c28", "c29"} & set(names)) for names in kept])
    need(found > 2, f"Of three columns that know y, it finds {found:.1f} on average: does the unit decide?")
    need(
        scores.mean() > 0.8,
        f"On a table with signal it reaches {scores.mean():.2f}: do the kept columns get in?",
    )
    noise = [asked(*made_table(seed, 0, 80, 100), 5)[0].mean() for seed in (1, 2, 3)]
    need(
        np.mean(noise) < 0.63,
        f"On pure noise it reports {np.mean(noise):.2f}: whose labels helped to choose the columns?",
    )
