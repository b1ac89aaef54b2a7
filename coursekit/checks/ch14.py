"""The questions of chapter 14, imbalanced data."""

import functools
import warnings
from collections.abc import Iterator
from numbers import Real

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def as_numbers(found, shape, name):
    """The answer as an array of numbers of this shape, or a hint."""
    need(found is not None, f"{name} returns nothing: does it end with return?")
    array = np.asarray(list(found) if np.ndim(found) or isinstance(found, Iterator) else found)
    if array.dtype.kind == "O" and all(isinstance(part, Real) for part in array.flat):
        array = array.astype(float)  # fractions, for example
    kind = f"{type(found).__name__} of type {array.dtype}"
    need(array.dtype.kind in "iuf", f"{name} returns {kind}; expected are numbers.")
    if shape == ():
        need(array.size == 1, f"{name} returns the shape {array.shape}; expected is one number.")
        array = array.reshape(())
    need(array.shape == shape, f"{name} returns the shape {array.shape}; expected is {shape}.")
    return array.astype(float)


def untouched(name, before, after):
    """Are the arrays that a function was given still the same?"""
    same = all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    need(same, f"{name} changes an array that it was given; work on a copy.")


# --- question 1 -----------------------------------------------------------------------------------


def shared(y, score, n):
    """The right share of the positives, with ties shared."""
    last = np.sort(score)[-n]
    above, tied = score > last, score == last
    return (y[above].sum() + (n - above.sum()) / tied.sum() * y[tied].sum()) / y.sum()


def lists_to_rank():
    """What is special, labels, scores and n of each case."""
    rng = np.random.default_rng(14)
    distinct = rng.permutation(60) / 60
    y = (rng.random(60) < 0.2 + 0.5 * distinct).astype(int)
    leaves = np.round(distinct * 4) / 4
    in_order = np.argsort(-y, kind="stable")
    return [
        ("the example of the task", np.array([1, 0, 1, 0, 1]), np.array([0.9, 0.5, 0.5, 0.5, 0.1]), 2),
        ("60 rows with scores that all differ, n = 12", y, distinct, 12),
        ("60 rows in five leaves, n = 20", y, leaves, 20),
        ("the same rows, the positives first in the table", y[in_order], leaves[in_order], 20),
        ("the same rows, the positives last in the table", y[in_order[::-1]], leaves[in_order[::-1]], 20),
        ("one score for all, n = 15", y, np.full(60, 0.5), 15),
        ("scores that are below 0, n = 20", y, leaves - 3, 20),
        ("n as large as the table", y, leaves, 60),
        ("n = 1", y, leaves, 1),
    ]


def slips_of_found(y, score, n):
    """What each known mistake gives for a case."""
    first = np.argsort(-score, kind="stable")[:n]
    from_behind = np.argsort(score, kind="stable")[-n:]
    last = np.sort(score)[-n]
    right, positives = shared(y, score, n), y.sum()
    return {
        "all rows that tie for the last place count in full.": y[score >= last].sum() / positives,
        "the rows that tie for the last places are left out.": y[score > last].sum() / positives,
        "among tied rows those first in the table have the places.": y[first].sum() / positives,
        "among tied rows those last in the table have the places.": y[from_behind].sum() / positives,
        "that is the precision; divide by the number of positives.": right * positives / n,
        "that is the share of all rows; divide by the number of positives.": right * positives / len(y),
        "that is a number of positives; their share is asked for.": right * positives,
        "the lowest scores are taken; take the highest.": shared(y, -score, n),
        "give a share, not per cent.": 100 * right,
        "the zeros are counted; the positives are the ones.": shared(1 - y, score, n),
        "there is one row too many.": shared(y, score, min(n + 1, len(y))),
        "there is one row too few.": shared(y, score, n - 1) if n > 1 else 0,
    }


@question
def q1(found_with):
    cases, found = lists_to_rank(), []
    for case, y, score, n in cases:
        own = y.copy(), score.copy()
        one = attempt(lambda own=own, n=n: found_with(*own, n))
        need(not isinstance(one, Exception), f"found_with stops for {case}: {told(one)}")
        untouched("found_with", (y, score), own)
        found.append(float(as_numbers(one, (), "found_with")))
    right = [shared(y, score, n) for _, y, score, n in cases]
    off = [number for number in range(len(cases)) if not abs(found[number] - right[number]) < 1e-6]
    if not off:
        return
    here = f"For {cases[off[0]][0]}"
    made = [slips_of_found(*case[1:]) for case in cases]
    for hint in made[0]:
        like_it = np.allclose(found, [slips[hint] for slips in made], rtol=0, atol=1e-6)
        need(not like_it, f"{here}: {hint}")
    seen = f"{here} found_with gives {found[off[0]]:.4f}."
    close = np.allclose(found, right, rtol=0, atol=0.03)
    need(not close, f"{seen} That is near; the exact share is asked for, not rounded and without luck.")
    need(
        False,
        f"{seen} How many places do the tied rows share?" if off[0] != 1 else f"{seen} No scores tie there.",
    )


# --- question 2 -----------------------------------------------------------------------------------

KINDS = ("safe", "danger", "noise")


def shares_around(X, y, m, itself=False, power=2, among=None):
    """Share of common rows among the m nearest of each rare row; the settings after m make mistakes."""
    found = []
    for row in np.flatnonzero(y == 1):
        distance = (np.abs(X - X[row]) ** power).sum(axis=1)
        order = np.argsort(distance, kind="stable")
        if not itself:
            order = order[order != row]
        if among is not None:
            order = order[y[order] == among]
        found.append((y[order[:m]] == 0).mean())
    return np.array(found)


def words_for(share, noise=True, half=True):
    """The words for these shares of common neighbours."""
    in_danger = share >= 0.5 if half else share > 0.5
    words = np.where(in_danger, "danger", "safe")
    return np.where((share == 1) & noise, "noise", words)


def rows_to_sort():
    """What is special, table, labels and m of each case."""
    rng = np.random.default_rng(140)
    X = rng.normal(size=(150, 2)) * [1, 3]
    y = (X[:, 0] + rng.normal(size=150) > 1.2).astype(int)
    near = np.array([[0.0], [1.0], [3.0], [10.0]])
    return [
        ("the example of the task", near, np.array([1, 1, 0, 0]), 2),
        ("150 rows, m = 10", X, y, 10),
        ("150 rows, m = 4", X, y, 4),
        ("150 rows, m = 1", X, y, 1),
        ("150 rows that are mostly rare, m = 6", X, 1 - y, 6),
        ("150 rows of three columns, m = 7", np.column_stack([X, rng.normal(size=150)]), y, 7),
    ]


def slips_of_kinds(X, y, m):
    """The words that each known mistake gives for a case."""
    shares, sizes = shares_around(X, y, m), X.std(axis=0)
    one_more, one_less = shares_around(X, y, m + 1), shares_around(X, y, max(m - 1, 1))
    return {
        "the row itself is counted as a neighbour.": words_for(shares_around(X, y, m, itself=True)),
        "one neighbour too many is looked at.": words_for(one_more),
        "one neighbour too few is looked at.": words_for(one_less),
        "exactly half of them common is danger, too.": words_for(shares, half=False),
        "all of them common is noise, no danger.": words_for(shares, noise=False),
        "these neighbours are not the Euclidean ones.": words_for(shares_around(X, y, m, power=1)),
        "rare and common neighbours are mixed up.": words_for(1 - shares),
        "are the columns scaled first? Take them as they are.": words_for(shares_around(X / sizes, y, m)),
        "only the first column has a say.": words_for(shares_around(X[:, :1], y, m)),
        "the words are right, but in another order than the rows.": np.sort(words_for(shares)),
        "all is safe. Are neighbours of both classes looked at?": np.full(y.sum(), "safe"),
        "all is noise. Are neighbours of both classes looked at?": np.full(y.sum(), "noise"),
    }


@question
def q2(kinds_of):
    cases, found = rows_to_sort(), []
    for case, X, y, m in cases:
        own = X.copy(), y.copy()
        words = attempt(lambda own=own, m=m: kinds_of(*own, m))
        need(not isinstance(words, Exception), f"kinds_of stops for {case}: {told(words)}")
        untouched("kinds_of", (X, y), own)
        need(words is not None, "kinds_of returns nothing: does it end with return?")
        words = list(words) if isinstance(words, Iterator) else words
        one_each = "kinds_of returns one word for each rare row, in an array or a list"
        need(
            np.ndim(words) == 1,
            f"{one_each}; it gives {type(words).__name__} of {np.ndim(words)} dimensions.",
        )
        words = [str(word) for word in words]
        need(
            len(words) == y.sum(),
            f"For {case} there are {y.sum()} rare rows of {len(y)}; kinds_of returns {len(words)} words.",
        )
        strange = sorted(set(words) - set(KINDS))
        need(not strange, f"The words are {', '.join(map(repr, KINDS))}; kinds_of says {strange[:1]}.")
        found.append(words)
    right = [words_for(shares_around(X, y, m)) for _, X, y, m in cases]
    off = [number for number in range(len(cases)) if not np.array_equal(found[number], right[number])]
    if not off:
        return
    here = f"For {cases[off[0]][0]}"
    made = [slips_of_kinds(*case[1:]) for case in cases]
    for hint in made[0]:
        like_it = all(np.array_equal(words, slips[hint]) for words, slips in zip(found, made, strict=True))
        need(not like_it, f"{here}: {hint}")
    differ = int((np.array(found[off[0]]) != right[off[0]]).sum())
    need(
        False,
        f"{here} {differ} of {len(right[off[0]])} rare rows get another word than their neighbours say.",
    )


# --- question 3 -----------------------------------------------------------------------------------


def odds(share):
    return share / (1 - share)


def undone(said, share_train, share):
    """The right chance, for 0 and 1 too."""
    k = odds(share) / odds(share_train)
    return k * said / (k * said + 1 - said)


def need_undo(undo, said, share_train, share):
    own = np.copy(said) if np.ndim(said) else said
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = attempt(lambda: undo(own, share_train, share))
    inside = "with 0 and 1 in it" if np.ndim(said) and 0 in said else "of chances"
    what = f"an array {inside}" if np.ndim(said) else f"the number {said}"
    need(not isinstance(found, Exception), f"undo stops or warns for {what}: {told(found)}")
    if np.ndim(said):
        untouched("undo", (said,), (own,))
    found = as_numbers(found, np.shape(said), "undo")
    right = undone(said, share_train, share)
    if np.allclose(found, right, rtol=0, atol=1e-6):
        return
    where = f"undo with the shares {share_train} and {share}, for {what}"
    k = odds(share) / odds(share_train)
    plain = np.clip(said, 1e-9, 1 - 1e-9)
    slips = [
        (undone(said, share, share_train), "the two shares are the wrong way round."),
        (undone(said, 0.5, share), "that takes the training rows for balanced; share_train says more."),
        (k * odds(plain), "those are odds; a chance is odds / (1 + odds)."),
        (said * share / share_train, "chances are multiplied; the formula multiplies odds."),
        (share * said / (share * said + share_train * (1 - said)), "shares stand where their odds belong."),
        (k * np.asarray(said), "that multiplies the chance itself; turn it into odds first, and back."),
    ]
    for other, hint in slips:
        same = np.allclose(found, other, rtol=1e-6, atol=1e-6)
        need(not same, f"{where}: {hint}")
    need(np.isfinite(found).all(), f"{where}: some values are no numbers. What becomes of 0 and of 1?")
    edges = np.isin(said, [0, 1])
    if edges.any() and np.ndim(said):
        need(np.allclose(found[edges], right[edges]), f"{where}: 0 stays 0, and 1 stays 1.")
    error = np.abs(found - right).max()
    advice = "Is something rounded or cut off?" if error < 0.02 else "Put one value into the formula by hand."
    need(False, f"{where}: the largest error is {error:.1e}. {advice}")


def need_threshold(threshold_on, price, share_train, share):
    found = attempt(lambda: threshold_on(price, share_train, share))
    need(not isinstance(found, Exception), f"threshold_on stops for the price {price}: {told(found)}")
    found = float(as_numbers(found, (), "threshold_on"))
    right = undone(1 / price, share, share_train)
    if abs(found - right) < 1e-5:
        return
    where = f"threshold_on({price}, {share_train}, {share})"
    need(np.isfinite(found), f"{where} returns {found}.")
    slips = [
        (undone(1 / price, share_train, share), "that carries 1/price the wrong way; which world is it in?"),
        (1 / price, "that is the threshold on the chance; the model says something else."),
        (
            undone(1 / (1 + price), share, share_train),
            "the alarm costs 1 in any case, needed or not: 1/price.",
        ),
        (share, "that is the share in the world, whatever the price."),
        (share_train, "that is the share in training, whatever the price."),
        (undone(1 / price, share, 0.5), "the training rows are not balanced; share_train says how they are."),
    ]
    for other, hint in slips:
        need(abs(found - other) > 1e-6, f"{where}: {hint}")
    need(0 <= found <= 1, f"{where} returns {found:.4f}; the model never says that.")
    near = abs(found - right) < 1e-3
    need(not near, f"{where}: {found:.5f} is near, but not exact. Is it rounded, or from a grid?")
    chance = undone(found, share_train, share)
    need(False, f"{where}: whoever gets your {found:.4f} has the chance {chance:.4f}, and not 1/{price}.")


@question
def q3(undo, threshold_on):
    rng = np.random.default_rng(3)
    for share_train, share in [(0.5, 0.1), (0.2, 0.04), (0.3, 0.6)]:
        if given(undo):
            need_undo(undo, rng.random(20), share_train, share)
            need_undo(undo, 0.9, share_train, share)
            need_undo(undo, np.array([0.0, 0.3, 1.0, 0.5]), share_train, share)
        if given(threshold_on):
            for price in (10, 40, 3):
                need_threshold(threshold_on, price, share_train, share)


# --- question 4 -----------------------------------------------------------------------------------

VERDICTS = (
    "accuracy",
    "unequal alarms",
    "invented rows in the test",
    "broken probabilities",
    "one setting for both",
    "too few positives",
    "nothing",
)


@question
def q4(wrong):
    wrong = wrong.to_dict() if hasattr(wrong, "to_dict") else wrong
    need(isinstance(wrong, dict), 'wrong is a dictionary such as {"A": "nothing", …}.')
    wrong = {str(letter).strip().upper(): verdict for letter, verdict in wrong.items()}
    need(set(wrong) == set("ABCDEFG"), "Give one verdict to each of the letters A to G.")
    hints = {
        "A": ("accuracy", "A: what does a model get that calls every part good?"),
        "B": ("unequal alarms", "B: what else went up, and how much?"),
        "C": ("invented rows in the test", "C: what came first, and which rows are in the folds?"),
        "D": (
            "broken probabilities",
            "D: in which world did the model learn, and what is done with its chances?",
        ),
        "E": ("one setting for both", "E: section 6 has a picture of this."),
        "F": ("too few positives", "F: how many people make the difference?"),
        "G": ("nothing", "G: was there a search for each, equal alarms, an interval?"),
    }
    for letter, (right, hint) in hints.items():
        if given(wrong[letter]):
            word = " ".join(str(wrong[letter]).lower().replace("_", " ").split())
            known = isinstance(wrong[letter], str) and word in VERDICTS
            need(known, f"{letter}: use one of {', '.join(map(repr, VERDICTS))}.")
            need(word == right, hint)


# --- question 5 -----------------------------------------------------------------------------------

COLLEAGUE_MEAN = 0.529520  # mean average precision of the colleague on the notebook's eight seeds
COLLEAGUE_OF_5 = 0.505308  # average precision of the colleague on the notebook's seed 5
OWN_DRAWS = (210, 213)
OWN_COLLEAGUE = np.array([0.510304, 0.539891])
TOO_GOOD = 0.635  # what was learned from all 4,000 customers of the pool reaches 0.65


@functools.cache
def customers():
    """Table, labels, the pool to draw from and the others."""
    table = load("customers").fillna({"total_charges": 0})
    left = (table["churn"] == "Yes").to_numpy(int)
    order = np.random.default_rng(0).permutation(len(table))
    return table.drop(columns="churn"), left, order[:4000], order[4000:]


def small_table(seed):
    """Row numbers of 20 customers who left and 1,000 who stayed, as in the notebook."""
    _, left, pool, _ = customers()
    drawn = np.random.default_rng(seed)
    leavers = drawn.choice(pool[left[pool] == 1], 20, replace=False)
    return np.concatenate([leavers, drawn.choice(pool[left[pool] == 0], 1000, replace=False)])


def precision_after(learn, seed):
    """Average precision of what learn makes of a small table."""
    from sklearn.metrics import average_precision_score

    table, left, _, others = customers()
    rows = small_table(seed)
    X, y = table.iloc[rows].copy(), left[rows].copy()
    own = X.copy(), y.copy()
    model = learn(*own)
    need(model is not None, "learn returns nothing: does it end with return?")
    need(not isinstance(model, type), f"learn returns the class {model}; return a fitted model.")
    need(
        X.equals(own[0]) and np.array_equal(y, own[1]), "learn changes the table or the labels it was given."
    )
    need(hasattr(model, "predict_proba"), f"learn returns a {type(model).__name__} without predict_proba.")
    said = attempt(lambda: model.predict_proba(table.iloc[others])[:, 1])
    need(not isinstance(said, Exception), f"What learn returns cannot predict: {told(said)} Is it fitted?")
    return average_precision_score(left[others], said)


def judge_gains(gains):
    """The eight gains as an array, if they can be what was asked for."""
    gains = list(gains) if isinstance(gains, Iterator) else gains
    need(np.ndim(gains) > 0, "gains are eight numbers, one for each seed; a mean hides their spread.")
    gains = np.asarray(list(gains))
    need(gains.dtype.kind in "iuf", "gains are eight numbers, one for each seed.")
    gains = gains.astype(float)
    need(gains.shape == (8,), f"gains are eight numbers, one for each seed; the shape is {gains.shape}.")
    need(np.isfinite(gains).all(), "Some of gains are no numbers.")
    need(np.abs(gains).max() < 1, "Gains are differences of average precisions, no ratios and no per cent.")
    need(gains.max() < 0.42, "Those are average precisions; subtract the colleague's.")
    need(np.ptp(gains) > 1e-9, "The eight gains are all the same: give that of each seed.")
    return gains


@question
def q5(learn, gains):
    there = given(gains) and (not isinstance(gains, list | tuple) or given(*gains))
    gains = judge_gains(gains) if there else None
    if given(learn):
        need(callable(learn), f"learn is a function of X and y; here it is a {type(learn).__name__}.")
        reached = np.array([precision_after(learn, seed) for seed in OWN_DRAWS])
        honest = "Does learn know customers beyond X and y?"
        need(
            reached.mean() < TOO_GOOD,
            f"Average precision {reached.mean():.2f} is too good for twenty leavers. {honest}",
        )
        need(
            np.ptp(reached) > 1e-9,
            f"After two different small tables average precision is {reached[0]:.4f}, both times. Does learn "
            "look at its X and y?",
        )
        gained = (reached - OWN_COLLEAGUE).mean()
        if gains is not None:
            again = precision_after(learn, 5) - COLLEAGUE_OF_5
            need(
                abs(again + gains[5]) > 1e-3 or abs(again) < 0.01,
                "gains are the colleague's minus yours; turn them round.",
            )
            need(
                abs(again + COLLEAGUE_OF_5 - COLLEAGUE_MEAN - gains[5]) > 5e-4,
                f"On seed 5 learn gains {again:+.3f}, and gains[5] is {gains[5]:+.3f}. Is the colleague's "
                "mean subtracted, in place of the score of the same seed?",
            )
            need(
                abs(again - gains[5]) < 0.03,
                f"On seed 5 learn gains {again:+.3f}, and gains[5] is {gains[5]:+.3f}. Is it of this learn, "
                "with its random_state fixed, and yours minus the colleague's?",
            )
        need(
            gained >= 0.04,
            f"On two small tables of the check, learn gains {gained:+.3f} on average; 0.04 is asked for. "
            "Which setting of your model holds it back more?",
        )
    if gains is not None:
        need(gains.mean() >= 0.05, f"The mean of gains is {gains.mean():+.3f}; 0.05 is asked for.")
