"""The questions of chapter 5, model selection."""

import pickle

import numpy as np
import pandas as pd
from scipy.stats import t

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


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
    X = X.mask(rng.random(X.shape) < 0.1).set_index(np.arange(1000, 1150))  # row numbers are no labels
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
    found = attempt(lambda: fair_race(dict(models), X.copy(), y.copy(), list(splits)))
    need(not isinstance(found, Exception), f"On a table with gaps and labelled rows it raises {told(found)}")
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
    for k, n_train, n_test, ahead in [(10, 800, 200, 0.004), (5, 300, 90, -0.02), (30, 90, 10, 0.01)]:
        luck = rng.normal(0, 0.05, k)
        a, b = (0.8 + luck + rng.normal(shift, 0.01, k) for shift in (ahead, 0))
        found = corrected_interval(a.copy(), b.copy(), n_train, n_test)
        nested = any(np.size(part) != 1 for part in found) if isinstance(found, tuple | list) else False
        need(not nested, "Return three numbers side by side, not a pair or a list inside.")
        need(np.size(found) == 3, "Return three numbers: the mean, the lower and the upper end.")
        mean, low, high = map(float, found)
        d = a - b
        need(not only_rounded(mean, d.mean()), "Do not round: return the numbers with all their digits.")
        need(
            not np.isclose(mean, -d.mean()),
            "The sign is turned: the difference is a − b, negative where b scores more.",
        )
        need(np.isclose(mean, d.mean()), "The first number is the mean of the differences a − b.")
        need(low < high, "The second number is the lower end, the third the upper one.")
        need(np.isclose(high - mean, mean - low), "Both ends are equally far from the mean.")
        wide, s, q = high - mean, d.std(ddof=1), t.ppf(0.975, k - 1)
        root = np.sqrt(1 / k + n_test / n_train)
        need(not only_rounded(low, d.mean() - q * s * root), "Do not round the ends of the interval.")
        mistakes = [
            (
                q * s * np.sqrt(1 / k + n_test / (n_train + n_test)),
                "The correction divides by the training rows alone, not by all rows.",
            ),
            (t.ppf(0.975, k) * s * root, "t has k − 1 degrees of freedom, not k."),
            (q * s / np.sqrt(k), "That is the interval for independent folds: n_test / n_train is missing."),
            (q * s * np.sqrt(1 / k + n_train / n_test), "n_train and n_test have changed places."),
            (q * s * (1 / k + n_test / n_train), "The square root is missing."),
            (1.96 * s * root, "1.96 is for many numbers; for k differences take t with k − 1."),
            (s * root, "The factor t is missing: that is one standard error."),
            (q * d.std() * root, "The standard deviation divides by k − 1 here: ddof=1."),
            (t.ppf(0.95, k - 1) * s * root, "0.95 leaves 5 % on each side: take 0.975."),
            (
                q * np.hypot(a.std(ddof=1), b.std(ddof=1)) * root,
                "Take the differences first, then their spread: the folds are the same for both.",
            ),
        ]
        for wrong, hint in mistakes:
            need(not np.isclose(wide, wrong, rtol=1e-4), hint)
        need(np.isclose(wide, q * s * root, rtol=1e-4), f"With k = {k} the interval has another width.")


def gains_misread(n, seen, unseen):
    """Gains a doubling as somebody might reckon them who has not read to the end, each with its hint."""
    steps, doublings = np.diff(unseen), np.diff(np.log2(n))
    last = steps[-1]
    between = (
        f"From {n[-2]} to {n[-1]} rows there are {doublings[-1]:.2f} doublings, and the gain is for one."
    )
    falls = "Where the held-out score falls the gain is negative: leave its sign, and do not cut it off at 0."
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
        (abs(last) / doublings[-1], falls),
        (max(last, 0) / doublings[-1], falls),
    ]
    return ways + [(last / cut(doublings[-1]), between) for cut in (np.round, np.floor, np.ceil)]


ADVICE = {"more data", "simpler", "more flexible", "new columns"}


DOUBTS = {  # what to ask whoever gives this advice
    "A": {
        "more data": "what did the last three doublings bring?",
        "simpler": "the lines have met, and low. Is the model too flexible?",
    },
    "B": {
        "more data": "where would the people come from?",
        "more flexible": "it has every training row right. Is that too little?",
        "new columns": "with the same columns another model reaches 0.780.",
    },
    "C": dict.fromkeys(
        ["simpler", "more flexible", "new columns"],
        "what did the last doubling of the rows bring, and what do rows cost?",
    ),
    "D": {
        "more data": "where would the people come from?",
        "simpler": "how far are the lines apart at the end?",
        "more flexible": "what came of the more flexible models that were tried?",
    },
}


def need_reading(reading):
    cases = [
        ([100, 200], [0.9, 0.85], [0.5, 0.6]),
        ([50, 100, 800], [1.0, 1.0, 0.97], [0.4, 0.5, 0.8]),
        ([50, 200, 300, 700], [0.99, 0.96, 0.95, 0.9312], [0.31, 0.52, 0.63, 0.7086]),
        ([100, 200, 400, 1000], [0.95, 0.9, 0.88, 0.8617], [0.41, 0.62, 0.71, 0.6603]),
        ([100, 300, 500], [0.72, 0.7, 0.7018], [0.61, 0.69, 0.7261]),  # held out is ahead at the end
    ]
    for n, seen, unseen in cases:
        found = reading(list(n), list(seen), list(unseen))
        need(np.size(found) == 2, "reading returns two numbers: the gap and the gain.")
        gap, gain = map(float, found)
        right = seen[-1] - unseen[-1], (unseen[-1] - unseen[-2]) / np.log2(n[-1] / n[-2])
        need(
            not np.isclose(gap, -right[0]),
            "The gap is positive when the training score is higher, and negative when it is lower.",
        )
        need(not np.isclose(gap, seen[0] - unseen[0]), "That is the gap at the first size, not the last.")
        need(not only_rounded(gap, right[0]), "Do not round the gap.")
        need(np.isclose(gap, right[0]), "The gap is the training score minus the held-out one, at the end.")
        if not np.isclose(gain, right[1]):
            for wrong, hint in gains_misread(n, seen, unseen):
                need(not np.isclose(gain, wrong), hint)
            need(not only_rounded(gain, right[1]), "Do not round the gain.")
            need(False, "The gain: last step of the held-out score, for each doubling of the rows.")


@question
def q3(reading, advice):
    if given(reading):
        need_reading(reading)
    if given(advice):
        need(isinstance(advice, dict), 'advice is a dictionary such as {"A": "simpler", …}.')
        need(set(advice) == set("ABCD"), "Give one advice to each of the letters A, B, C and D.")
        for letter, word in advice.items():
            if given(word):
                need(isinstance(word, str), f"{letter}: one advice, as text. Where two would do, give one.")
                need(word in ADVICE, f"{letter}: use only the words {', '.join(sorted(ADVICE))}.")
                need(word not in DOUBTS[letter], f"{letter}: {DOUBTS[letter].get(word)}")


MEASURED = pd.DataFrame(
    {
        "logistic": [0.8451, -0.0071, 0.0020, 41, 1_028, 40],
        "few weights": [0.8395, -0.0131, -0.0030, 15, 1_024, 14],
        "shallow tree": [0.8172, -0.0423, -0.0186, 15, 2_342, 3],
        "neighbours": [0.8282, -0.0301, -0.0088, 281_720, 2_310_781, 281_720],
        "forest": [0.8435, -0.0082, 0.0001, 83_638, 6_723_932, 1_700],
        "boosting": [0.8476, 0.0, 0.0, 2_250, 153_931, 450],
        "network": [0.8454, -0.0072, 0.0028, 1_345, 50_933, 1_312],
    },
    index=["AUC", "from", "to", "numbers", "bytes", "operations"],
).T
BEST = MEASURED["AUC"].max()
ALLOWED = {
    "phone": (MEASURED["bytes"] <= 100_000) & (MEASURED["operations"] <= 1_000),
    "bank": MEASURED["numbers"] <= 20,
    "night": MEASURED["AUC"] > 0,
}


def need_choice(brief, name):
    need(isinstance(name, str) and name in MEASURED.index, f"{brief}: a name of a model, as in the table.")
    chosen = MEASURED.loc[name]
    need(brief != "phone" or chosen["bytes"] <= 100_000, "phone: that model has more than 100,000 bytes.")
    need(
        brief != "phone" or chosen["operations"] <= 1_000,
        "phone: it fits, but it needs more than 1,000 operations.",
    )
    need(brief != "bank" or chosen["numbers"] <= 20, "bank: nobody reads that many numbers aloud.")
    best = MEASURED.loc[ALLOWED[brief], "AUC"].max()
    need(chosen["AUC"] == best, f"{brief}: another model keeps to the brief and has a higher AUC.")


def need_given_up(brief, name, paid):
    auc, where = MEASURED.loc[name, "AUC"], f"given_up[{brief!r}]"
    lost = BEST - auc
    paid = attempt(lambda: float(paid))
    need(not isinstance(paid, Exception), f"{where} is a number.")
    need(not np.isclose(paid, auc), "given_up is a difference to the best AUC, not the AUC itself.")
    if lost > 0:
        need(not np.isclose(paid, -lost, atol=2e-5), "given_up is a loss: a positive number.")
        need(not np.isclose(paid, 100 * lost, rtol=0.01), "given_up in units of the AUC, please.")
        share = not np.isclose(paid, lost / BEST, rtol=0.01)
        need(share, "given_up is a difference of two AUCs: do not divide it by the best.")
    right = np.isclose(paid, lost, atol=2e-5)
    rounded = [round(lost, digits) for digits in (1, 2, 3)]
    need(right or not np.isclose(paid, rounded).any(), f"{where} is rounded too far: give all digits.")
    need(right, f"{where}: compare with the best of all seven.")


def need_certain(brief, name, value):
    where = f"certain[{brief!r}]"
    need(isinstance(value, bool | np.bool_), f"{where} is True or False, and yours is {value!r}.")
    asked = "is boosting worse than itself?" if name == "boosting" else "on which sides of zero are the ends?"
    need(value == (MEASURED.loc[name, "to"] < 0), f"{brief}: {asked}")


@question
def q4(choice, given_up, certain):
    for name, answer in [("choice", choice), ("given_up", given_up), ("certain", certain)]:
        if given(answer):
            keys = isinstance(answer, dict) and set(answer) == set(ALLOWED)
            need(keys, f'{name} is a dictionary with the keys "phone", "bank" and "night", and no others.')
    for brief in ALLOWED:
        if given(choice) and given(choice[brief]):
            need_choice(brief, choice[brief])
        if given(choice, given_up) and given(choice[brief], given_up, given_up[brief]):
            need_given_up(brief, choice[brief], given_up[brief])
        if given(choice, certain) and given(choice[brief], certain, certain[brief]):
            need_certain(brief, choice[brief], certain[brief])


LIMIT, GOAL = 20_000, 0.82


def locks():
    """The hours, what was hired, and the week, as the notebook makes them."""
    bikes = load("bikes")
    hours = bikes.drop(columns=["bikers", "casual", "registered"])
    kind = np.where(hours["working_day"] == 1, " work", " free")
    hours["hour_and_day"] = hours["hour"].astype(str) + kind
    return hours, bikes["bikers"].to_numpy(float), (bikes["day"] // 7).to_numpy()


def of_the_notebook(part):
    """Is it a class or function of the notebook, or does it hold one: as a setting, a step, a selector?"""
    if isinstance(part, dict | list | tuple):
        return any(of_the_notebook(one) for one in (part.values() if isinstance(part, dict) else part))
    return getattr(getattr(part, "func", part), "__module__", "") == "__main__"


def learned(model, hours, hired):
    """The model, fitted; what it raises is told."""
    fitted = attempt(lambda: model.fit(hours.copy(), hired.copy()))
    need(not isinstance(fitted, Exception), f"It does not take the table as it is: {told(fitted)}")
    return fitted


def r2(model, hours, hired):
    predicted = attempt(lambda: np.asarray(model.predict(hours.copy()), dtype=float).ravel())
    need(not isinstance(predicted, Exception), f"On other hours it raises {told(predicted)}")
    need(predicted.shape == hired.shape, "predict gives one number for each hour.")
    need(np.isfinite(predicted).all(), "Some predictions are no numbers (NaN or infinite).")
    return 1 - ((hired - predicted) ** 2).sum() / ((hired - hired.mean()) ** 2).sum()


@question
def q5(lock_model):
    from sklearn.base import clone
    from sklearn.model_selection import GroupKFold

    need(hasattr(lock_model, "fit"), "lock_model is a model: something with fit and predict.")
    need(not isinstance(lock_model, type), "lock_model is a class: call it, with brackets.")
    copied = attempt(lambda: clone(lock_model))
    need(not isinstance(copied, Exception), f"lock_model cannot be cloned: {told(copied)}")
    need(
        not of_the_notebook([lock_model, lock_model.get_params()]),
        "Of a class or function of your own the pickle holds only the name, and the lock does not know it: "
        "build the model of scikit-learn's and NumPy's parts.",
    )
    hours, hired, week = locks()
    some = np.random.default_rng(0).permutation(len(hired))[:1000]
    mixed = learned(clone(lock_model), hours.iloc[some], hired[np.roll(some, 1)])
    known = r2(mixed, hours.iloc[some], hired[some])
    need(known < 0.6, f"Fitted to mixed up hires it still knows the true ones (R² {known:.2f}): frozen?")
    size = attempt(lambda: len(pickle.dumps(learned(clone(lock_model), hours, hired))))
    need(not isinstance(size, Exception), f"It cannot be pickled: {told(size)}")
    need(
        size <= LIMIT,
        f"{size:,} bytes: too large. Use fewer of what it has many of (rounds, leaves, cells), or begin with "
        "the ridge.",
    )
    scores = []
    for train, held in GroupKFold(5, shuffle=True, random_state=1).split(hours, groups=week):
        model = learned(clone(lock_model), hours.iloc[train], hired[train])
        scores.append(r2(model, hours.iloc[held], hired[held]))
    score = np.mean(scores)
    said, good = f"R² {score:.3f}, {size:,} bytes", round(score, 3) >= GOAL
    need(score < 0.99, f"{said}: too good to be true. Has it seen the answers?")
    need(good, f"{said}: small enough, and not yet good. Which columns does it lack, or how much freedom?")
