"""The questions of chapter 5, model selection."""

import pickle

import numpy as np
import pandas as pd
from scipy.stats import t

from coursekit.checking import need, question


def same(found, right):
    """Equal up to rounding, whatever the shapes."""
    found = np.asarray(found, dtype=float)
    return found.shape == right.shape and np.allclose(found, right, atol=1e-6)


def only_rounded(found, right):
    """Is it the right answer with some digits cut off?"""
    found, right = np.asarray(found, dtype=float), np.asarray(right, dtype=float)
    if found.shape != right.shape or np.allclose(found, right, rtol=1e-5, atol=0):
        return False
    return any(np.allclose(found, right.round(digits), rtol=1e-9, atol=0) for digits in range(1, 8))


def made_race():
    """A table with gaps and unusual rows in the last test part, and splits that nobody would draw."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 150)
    X = pd.DataFrame(rng.normal(size=(150, 3)) * [1, 50, 1] + y[:, None] * [0.8, 20, 0], columns=list("abc"))
    X.loc[120:, "a"] = X.loc[120:, "a"] * 30
    X = X.mask(rng.random(X.shape) < 0.1)
    parts = [np.arange(30), np.arange(30, 80), np.arange(120, 150)]
    return X, y, [(np.setdiff1d(np.arange(150), part), part) for part in parts]


def raced(models, X, y, splits, *, prepare="inside", scoring="roc_auc"):
    """The table of scores with one thing done differently."""
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = {
        "inside": [SimpleImputer(strategy="median"), StandardScaler()],
        "before": [],
        "mean": [SimpleImputer(), StandardScaler()],
        "unscaled": [SimpleImputer(strategy="median")],
    }[prepare]
    if prepare == "before":
        X = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit_transform(X)
    runs = [
        cross_val_score(make_pipeline(*steps, model), X, y, cv=splits, scoring=scoring)
        for model in models.values()
    ]
    return np.column_stack(runs)


@question
def q1(fair_race):
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    models = {"near": KNeighborsClassifier(5), "sum": LogisticRegression()}
    X, y, splits = made_race()
    try:
        found = fair_race(dict(models), X.copy(), y.copy(), list(splits))
    except ValueError as problem:
        need("NaN" not in str(problem), "A model cannot take gaps: fill them in the pipeline, before it.")
        raise
    need(isinstance(found, pd.DataFrame), "Return a DataFrame: pd.DataFrame of a dictionary of scores.")
    need(found.shape != (2, 3), "Rows and columns are exchanged: one row a split, one column a model.")
    need(
        len(found) == 3,
        f"With three splits the table has {len(found)} rows: run on the splits you are given.",
    )
    need(list(found.columns) == list(models), "The columns carry the names of the models, in their order.")
    right = raced(models, X, y, splits)
    ways = {
        "The preparation has seen the test rows: put it into the pipeline.": {"prepare": "before"},
        "The gaps are filled with the mean, and the median is asked for.": {"prepare": "mean"},
        "The columns are not on one scale: neighbours notice.": {"prepare": "unscaled"},
        'Those are accuracies: ask for scoring="roc_auc".': {"scoring": "accuracy"},
        "The AUC of yes-or-no verdicts: it needs probabilities.": {"scoring": verdict_auc},
    }
    for hint, way in ways.items():
        need(not same(found, raced(models, X, y, splits, **way)), hint)
    seen = raced(models, X, y, [(train, train) for train, _ in splits])
    need(not same(found, seen), "Those are scores of the training rows, which the models have seen.")
    need(same(found, right) or not only_rounded(found, right), "Do not round the scores.")
    need(
        same(found, right),
        "The scores differ from those of imputer, StandardScaler and model on these splits: is every step "
        "inside the pipeline, in this order, and cv the list itself?",
    )


def verdict_auc(model, X, y):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(y, model.predict(X))


@question
def q2(corrected_interval):
    rng = np.random.default_rng(2)
    for J, n_train, n_test in [(10, 800, 200), (5, 300, 100), (30, 90, 10)]:
        luck = rng.normal(0, 0.05, J)
        a, b = (0.8 + luck + rng.normal(shift, 0.01, J) for shift in (0.004, 0))
        found = corrected_interval(a.copy(), b.copy(), n_train, n_test)
        nested = any(np.size(part) != 1 for part in found) if isinstance(found, tuple | list) else False
        need(not nested, "Return three numbers side by side, not a pair or a list inside.")
        need(np.size(found) == 3, "Return three numbers: the mean, the lower and the upper end.")
        mean, low, high = map(float, found)
        d = a - b
        need(not only_rounded(mean, d.mean()), "Do not round: return the numbers with all their digits.")
        need(not np.isclose(mean, -d.mean()), "The difference is a − b, and yours is b − a.")
        need(np.isclose(mean, d.mean()), "The first number is the mean of the differences a − b.")
        need(low < high, "The second number is the lower end, the third the upper one.")
        need(np.isclose(high - mean, mean - low), "Both ends are equally far from the mean.")
        wide, s, q = high - mean, d.std(ddof=1), t.ppf(0.975, J - 1)
        root = np.sqrt(1 / J + n_test / n_train)
        need(not only_rounded(low, d.mean() - q * s * root), "Do not round the ends of the interval.")
        mistakes = [
            (
                q * s * np.sqrt(1 / J + n_test / (n_train + n_test)),
                "The correction divides by the training rows alone, not by all rows.",
            ),
            (t.ppf(0.975, J) * s * root, "t has J − 1 degrees of freedom, not J."),
            (q * s / np.sqrt(J), "That is the interval for independent folds: n_test / n_train is missing."),
            (q * s * np.sqrt(1 / J + n_train / n_test), "n_train and n_test have changed places."),
            (q * s * (1 / J + n_test / n_train), "The square root is missing."),
            (1.96 * s * root, "1.96 is for many numbers; for J differences take t with J − 1."),
            (s * root, "The factor t is missing: that is one standard error."),
            (q * d.std() * root, "The standard deviation divides by J − 1 here: ddof=1."),
            (t.ppf(0.95, J - 1) * s * root, "0.95 leaves 5 % on each side: take 0.975."),
            (
                q * np.hypot(a.std(ddof=1), b.std(ddof=1)) * root,
                "Take the differences first, then their spread: the folds are the same for both.",
            ),
        ]
        for wrong, hint in mistakes:
            need(not np.isclose(wide, wrong, rtol=1e-4), hint)
        need(np.isclose(wide, q * s * root, rtol=1e-4), f"With J = {J} the interval has another width.")


def gains_misread(n, seen, unseen):
    """Gains a doubling as somebody might reckon them who has not read to the end, each with its hint."""
    steps, doublings = np.diff(unseen), np.diff(np.log2(n))
    last = steps[-1]
    between = (
        f"From {n[-2]} to {n[-1]} rows there are {doublings[-1]:.2f} doublings, and the gain is for one."
    )
    whole = "Only the last step counts, from the last size but one to the last."
    ways = [
        (last, between),
        (last / np.log(n[-1] / n[-2]), "Doublings are counted by the logarithm to base 2."),
        (last / (n[-1] / n[-2]), "Four times the rows are two doublings: take the logarithm to base 2."),
        (last / (n[-1] - n[-2]), "That is the gain a row, and asked is the gain a doubling."),
        (
            np.diff(seen)[-1] / doublings[-1],
            "The gain is that of the held-out score, not of the training score.",
        ),
        (steps[0] / doublings[0], "That is the gain of the first step, not of the last."),
        (steps.sum() / doublings.sum(), whole),
        (np.mean(steps / doublings), whole),
        (np.mean(steps), whole),
        (np.max(steps / doublings), whole),
        (np.max(steps), whole),
        (np.polyfit(np.log2(n), unseen, 1)[0], whole),
        (abs(last) / doublings[-1], "Where the held-out score falls the gain is negative."),
    ]
    return ways + [(last / cut(doublings[-1]), between) for cut in (np.round, np.floor, np.ceil)]


ADVICE = {"more data", "simpler", "more flexible", "new columns"}


@question
def q3(reading, advice):
    cases = [
        ([100, 200], [0.9, 0.85], [0.5, 0.6]),
        ([50, 100, 800], [1.0, 1.0, 0.97], [0.4, 0.5, 0.8]),
        ([50, 200, 300, 700], [0.99, 0.96, 0.95, 0.93], [0.31, 0.52, 0.63, 0.71]),
        ([100, 200, 400, 1000], [0.95, 0.9, 0.88, 0.86], [0.41, 0.62, 0.71, 0.66]),
    ]
    for n, seen, unseen in cases:
        found = reading(list(n), list(seen), list(unseen))
        need(np.size(found) == 2, "reading returns two numbers: the gap and the gain.")
        gap, gain = map(float, found)
        right = seen[-1] - unseen[-1], (unseen[-1] - unseen[-2]) / np.log2(n[-1] / n[-2])
        need(not np.isclose(gap, -right[0]), "The gap is positive when the training score is higher.")
        need(not np.isclose(gap, seen[0] - unseen[0]), "That is the gap at the first size, not the last.")
        need(np.isclose(gap, right[0]), "The gap is the training score minus the held-out one, at the end.")
        if not np.isclose(gain, right[1]):
            for wrong, hint in gains_misread(n, seen, unseen):
                need(not np.isclose(gain, wrong), hint)
            need(not only_rounded(gain, right[1]), "Do not round the gain.")
            need(False, "The gain: last step of the held-out score, for each doubling of the rows.")
    need(isinstance(advice, dict), 'advice is a dictionary such as {"A": "simpler", …}.')
    need(set(advice) == set("ABCD"), "Give one advice to each of the letters A, B, C and D.")
    need(set(advice.values()) <= ADVICE, f"Use only the words {', '.join(sorted(ADVICE))}.")
    need(advice["A"] != "more data", "A: what did the last three doublings bring?")
    need(advice["A"] != "simpler", "A: the lines have met, and low. Is the model too flexible?")
    need(advice["B"] != "more data", "B: where would the people come from?")
    need(advice["B"] != "more flexible", "B: it has every training row right. Is that too little?")
    need(advice["B"] == "simpler", "B: with the same columns another model reaches 0.780.")
    need(
        advice["C"] == "more data", "C: what did the last doubling of the rows bring, and what do rows cost?"
    )
    need(advice["D"] == "new columns", "D: neither rows nor other models are left. What else is there?")


BRIEFS = ["phone", "bank", "night"]


@question
def q4(choice, given_up, certain, measured):
    for name, answer in [("choice", choice), ("given_up", given_up), ("certain", certain)]:
        need(isinstance(answer, dict), f'{name} is a dictionary with the keys "phone", "bank" and "night".')
        need(set(answer) == set(BRIEFS), f"{name} has the keys {', '.join(BRIEFS)} and no others.")
        gaps = [value for value in answer.values() if value is ... or value is None]
        need(not gaps, f"{name} still has a gap in it.")
    need(set(choice.values()) <= set(measured.index), "choice holds names of models, as the table has them.")
    phone, bank = measured.loc[choice["phone"]], measured.loc[choice["bank"]]
    need(phone["bytes"] <= 100_000, "phone: that model has more than 100,000 bytes.")
    need(phone["operations"] <= 1_000, "phone: it fits, but it needs more than 1,000 operations.")
    need(bank["numbers"] <= 20, "bank: nobody reads that many numbers aloud.")
    allowed = {
        "phone": (measured["bytes"] <= 100_000) & (measured["operations"] <= 1_000),
        "bank": measured["numbers"] <= 20,
        "night": measured["AUC"] > 0,
    }
    for brief, keeps in allowed.items():
        best = measured.loc[keeps, "AUC"].idxmax()
        need(choice[brief] == best, f"{brief}: another model keeps to the brief and has a higher AUC.")
    for brief, name in choice.items():
        lost = measured["AUC"].max() - measured.loc[name, "AUC"]
        paid = float(given_up[brief])
        need(lost == 0 or not np.isclose(paid, -lost, atol=2e-5), "given_up is a loss: a positive number.")
        need(
            not np.isclose(paid, measured.loc[name, "AUC"]),
            "given_up is a difference to the best AUC, not the AUC itself.",
        )
        need(
            lost == 0 or not np.isclose(paid, 100 * lost, rtol=0.01), "given_up in units of the AUC, please."
        )
        rounded = [round(lost, digits) for digits in (1, 2, 3)]
        need(
            np.isclose(paid, lost, atol=2e-5) or not np.isclose(paid, rounded).any(),
            f"given_up[{brief!r}] is rounded too far: give all digits.",
        )
        need(
            not (lost > 0 and np.isclose(paid, lost / measured["AUC"].max(), rtol=0.01)),
            "given_up is a difference of two AUCs: do not divide it by the best.",
        )
        need(np.isclose(paid, lost, atol=2e-5), f"given_up[{brief!r}]: compare with the best of all seven.")
    truth = {brief: bool(measured.loc[name, "to"] < 0) for brief, name in choice.items()}
    for brief, value in certain.items():
        need(
            isinstance(value, bool | np.bool_),
            f"certain[{brief!r}] is True or False, and yours is {value!r}.",
        )
    need(not certain["phone"], "phone: does the interval of its difference hold zero?")
    need(not certain["night"], "night: is boosting worse than itself?")
    need(certain == truth, "bank: where does its interval end, on which side of zero?")


@question
def q5(lock_model, hours, hired, week):
    from sklearn.base import clone

    need(hasattr(lock_model, "fit"), "lock_model is a model: something with fit and predict.")
    need(not isinstance(lock_model, type), "lock_model is a class: call it, with brackets.")
    try:
        model = clone(lock_model)
    except TypeError:
        need(False, "lock_model cannot be cloned: build it of scikit-learn's parts.")
    parts = [lock_model, *lock_model.get_params().values()]
    need(
        not any(type(part).__module__ == "__main__" for part in parts),
        "A class of your own is in the pickle only by its name: build the model of scikit-learn's parts.",
    )
    weeks = np.unique(week)
    rng = np.random.default_rng(0)
    scores = []
    for held_weeks in np.array_split(rng.permutation(weeks), 4):
        held = np.isin(week, held_weeks)
        try:
            model.fit(hours[~held].copy(), hired[~held].copy())
        except ValueError as problem:
            reason = " ".join(str(problem).split())[:80]
            need(False, f"It does not take the table as it is ({reason}…): prepare the texts.")
        predicted = np.asarray(model.predict(hours[held].copy()), dtype=float).ravel()
        truth = hired[held]
        need(predicted.shape == truth.shape, "predict gives one number for each hour.")
        scores.append(1 - ((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
    try:
        size = len(pickle.dumps(clone(lock_model).fit(hours.copy(), hired.copy())))
    except (pickle.PicklingError, AttributeError):
        need(False, "It cannot be pickled: take a function of NumPy instead of a lambda.")
    score = np.mean(scores)
    good = f"R² {score:.2f}, {size:,} bytes"
    need(score < 0.99, f"{good}: too good to be true. Has it seen the answers?")
    need(score >= 0.82 or size <= 20_000, f"{good}: neither good nor small enough. Begin with the ridge.")
    need(
        size <= 20_000,
        f"{good}: good enough, and too large. Use fewer of what it has many of: rounds, leaves, cells.",
    )
    need(
        score >= 0.82,
        f"{good}: small enough, and not yet good. Which columns does it lack, or how much freedom?",
    )
