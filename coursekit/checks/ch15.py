"""The questions of chapter 15, overfitting and regularisation."""

import functools

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


# --- question 1 -----------------------------------------------------------------------------------


def dropped(function, values, p, seed, training=True):
    """What the learner's dropout returns, as an array of the right shape."""
    own = values.copy()
    found = attempt(lambda: function(own, p, np.random.default_rng(seed), training))
    what = f"With p = {p:g}, training = {training} and the shape {values.shape}"
    need(not isinstance(found, Exception), f"{what} it raises {told(found)}")
    need(found is not None, "It returns nothing: does it end with return?")
    need(np.array_equal(own, values), "It changes the array that it was given: return a new one.")
    found = np.asarray(found)
    fits = found.shape == values.shape and found.dtype.kind in "iuf"
    need(fits, f"{what}: return numbers of the same shape; yours is {found.dtype} of shape {found.shape}.")
    need(np.isfinite(found).all(), f"{what} some results are no finite numbers.")
    return found.astype(float)


def need_the_scale(kept, p):
    """Are the values that were kept divided by 1 - p? kept is found / values where found is not 0."""
    right, at = 1 / (1 - p), f"With p = {p:g} a value that is kept"
    if np.allclose(kept, right, rtol=1e-5):
        return
    slips = [
        (1, "stays as it is; then the mean over many draws shrinks."),
        (1 / p, "is divided by p. With which probability is it kept?"),
        (1 - p, "is multiplied by 1 − p: that makes the mean smaller still."),
        (p, "is multiplied by p."),
        (1 + p, "is multiplied by 1 + p; the mean needs another factor."),
    ]
    for factor, hint in slips:
        need(not np.allclose(kept, factor, rtol=1e-5), f"{at} {hint}")
    one_draw = np.ptp(kept) < 1e-5 and abs(kept.mean() / right - 1) < 0.02
    need(
        not one_draw,
        f"{at} is multiplied by {kept.mean():.4f}: nearly right, by a factor of this one draw. Scale by the "
        "probability of being kept.",
    )
    need(np.ptp(kept) > 1e-5, f"{at} is multiplied by {kept.mean():.3f}; the mean needs another factor.")
    need(
        False,
        "The values that are kept are not all scaled alike. Scale by the probability of being kept, not by "
        "how many happened to be.",
    )


def need_independent(zero, p):
    """Does each number fall out by itself, with the probability p?"""
    rows, columns = zero.shape
    need(zero.any(), f"With p = {p:g} and training = True no value becomes 0.")
    alike = (zero == zero[:1]).all() or (zero == zero[:, :1]).all()
    need(not alike, "Whole rows or columns fall out together: draw for each single number.")
    share = zero.mean()
    turned = p != 0.5 and abs(share - (1 - p)) < 0.02
    need(not turned, f"With p = {p:g} about {share:.0%} of the values become 0; p is the share to lose.")
    need(
        abs(share - p) < 0.02,
        f"With p = {p:g} {share:.0%} of {zero.size} values become 0, not about {p:.0%}.",
    )
    for axis, line, length in ((1, "row", columns), (0, "column", rows)):
        need(
            zero.sum(axis=axis).std() > 0.5 * np.sqrt(length * p * (1 - p)),
            f"In every {line} the same number of values falls out. Each is to fall out by itself, so the "
            "number varies.",
        )


@question
def q1(dropout):
    rng = np.random.default_rng(15)
    table = rng.normal(size=(400, 50)) + 5
    for p in (0.2, 0.5, 0.7):
        as_they_are = dropped(dropout, table, p, 1, training=False)
        if not np.allclose(as_they_are, table, rtol=1e-5):
            scaled = np.ptp(as_they_are / table) < 1e-5
            need(not scaled, "With training = False the values are scaled; they are to stay as they are.")
            need(False, "With training = False the values are to stay as they are; yours change.")
        found = dropped(dropout, table, p, 1)
        need(not np.allclose(found, table), "With training = True nothing falls out.")
        zero = found == 0
        need(not zero.all(), f"With p = {p:g} all values become 0.")
        need_independent(zero, p)
        need_the_scale((found / table)[~zero], p)
    same = np.array_equal(found, dropped(dropout, table, p, 1))
    need(same, "Two generators with the same seed give different zeros: take all chance from rng.")
    other = np.array_equal(found == 0, dropped(dropout, table, p, 2) == 0)
    need(
        not other, "Another generator gives the same zeros: take the chance from rng, not from a fixed seed."
    )
    shared = np.random.default_rng(3)
    first, second = (np.asarray(dropout(table.copy(), 0.5, shared, True)) for _ in range(2))
    need(
        not np.array_equal(first == 0, second == 0),
        "Called twice with one generator, the same values fall out. Use rng as it comes, without a new seed.",
    )
    whole = dropped(dropout, table, 0.0, 1)
    need(np.allclose(whole, table, rtol=1e-5), "With p = 0 nothing may fall out, and nothing be scaled.")
    row = dropped(dropout, np.arange(1.0, 2001.0), 0.3, 4)
    need(abs((row == 0).mean() - 0.3) < 0.06, "With an array of one dimension the share of zeros is not p.")
    need_the_scale((row / np.arange(1.0, 2001.0))[row != 0], 0.3)
    counts = {int((dropped(dropout, np.ones(40), 0.5, seed) == 0).sum()) for seed in range(12)}
    need(
        len(counts) > 1,
        f"Of 40 values with p = 0.5 always {min(counts)} fall out, with every seed. Each is to fall out by "
        "itself, so the number varies.",
    )
    whole_numbers = dropped(dropout, np.arange(1, 2001), 0.2, 4)
    kept = (whole_numbers / np.arange(1, 2001))[whole_numbers != 0]
    cut = np.array_equal(whole_numbers, np.floor(whole_numbers)) and not np.allclose(kept, 1.25)
    need(not cut or np.ptp(kept) < 1e-5, "With an array of whole numbers the result has lost its decimals.")
    need_the_scale(kept, 0.2)


# --- question 2 -----------------------------------------------------------------------------------


def stopping(losses, patience, min_gain, start=1, limit="new lowest", reset=True, equal=False, wait=0):
    """The right pair; the settings after min_gain make the likely mistakes."""
    lowest, best, waited = np.inf, start, 0
    for epoch, loss in enumerate(losses, start):
        waited += 1
        if loss < lowest - min_gain or equal and loss == lowest - min_gain:
            lowest, best, waited = loss, epoch, 0 if reset else waited - 1
        elif limit == "before" or limit == "every loss" and loss < lowest:
            lowest = loss
        if waited == patience + wait:
            break
    return epoch, best


def loss_cases():
    """What is special, losses, patience and min_gain of each case."""
    rng = np.random.default_rng(2)
    example = [0.90, 0.70, 0.60, 0.65, 0.62, 0.55, 0.58, 0.60, 0.61]
    epochs = np.arange(60)
    turn = 1 / (epochs + 1) + 0.0004 * epochs**1.5 + rng.normal(size=60) * 0.01
    saw = [1.0, 0.8, 0.9, 0.85, 0.95, 0.9, 1.0, 0.95, 1.1]
    return [
        ("the example, patience 2", example, 2, 0.0),
        ("the example, patience 3", example, 3, 0.0),
        ("the example, patience 3 and min_gain 0.06", example, 3, 0.06),
        ("the example, patience 1", example, 1, 0.0),
        ("losses that fall to the end", [0.9, 0.8, 0.7, 0.6], 2, 0.0),
        ("losses that rise from the start", [0.5, 0.6, 0.7, 0.8, 0.9], 3, 0.0),
        ("a loss that rises and falls in turn", saw, 4, 0.0),
        ("two bad epochs, a better one, two bad ones", [1.0, 1.2, 1.1, 0.9, 1.0, 1.1, 0.8], 3, 0.0),
        ("the same loss again and again", [0.5, 0.5, 0.5, 0.5, 0.5], 3, 0.0),
        ("one epoch", [0.7], 3, 0.0),
        ("small gains in a row, min_gain 0.25", [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4], 4, 0.25),
        ("losses above 1000", [5000.0, 3000.0, 3500.0, 3400.0], 2, 0.0),
        ("negative losses", [-1.0, -2.0, -1.5, -1.4, -3.0], 2, 0.0),
        ("sixty noisy losses", turn, 5, 0.0),
        ("sixty noisy losses, min_gain 0.015", turn, 5, 0.015),
    ]


def slips_of_stopping():
    """What each likely mistake returns, and its hint."""

    def right(*case):
        return stopping(*case)

    def future(losses, patience, min_gain):
        return stopping(losses, patience, min_gain)[0], int(np.argmin(losses)) + 1

    return [
        (functools.partial(stopping, start=0), "Epochs count from 1."),
        (lambda *case: tuple(place - 1 for place in right(*case)), "Epochs count from 1."),
        (lambda *case: right(*case)[::-1], "The last epoch comes first, then the best."),
        (future, "The best epoch is that of all losses; the loop may know none after it has stopped."),
        (
            lambda *case: (right(*case)[0],) * 2,
            "The best epoch is that of the lowest loss, not the last one.",
        ),
        (lambda *case: stopping(*case[:2], 0.0), "min_gain is not looked at."),
        (lambda *case: stopping(*case[:2], -case[2]), "A new lowest must lie below by more than min_gain."),
        (functools.partial(stopping, limit="before"), "Compare with the lowest so far, not the loss before."),
        (
            functools.partial(stopping, limit="every loss"),
            "A gain that is too small changes nothing: the lowest so far stays what it was.",
        ),
        (
            functools.partial(stopping, reset=False),
            "Set the waiting back to 0 when a new lowest comes: the epochs are to be in a row.",
        ),
        (functools.partial(stopping, equal=True), "A loss that equals the lowest is no new lowest."),
        (functools.partial(stopping, wait=1), "It stops one epoch late: count what patience says."),
        (functools.partial(stopping, wait=-1), "It stops one epoch early: count what patience says."),
    ]


@question
def q2(stop_at):
    seen = []
    for what, losses, patience, min_gain in loss_cases():
        own = list(losses)
        found = attempt(lambda own=own, p=patience, g=min_gain: stop_at(own, p, g))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        need(own == list(losses), "It changes the list that it was given.")
        need(found is not None, "It returns nothing: does it end with return?")
        pair = list(found) if np.iterable(found) and not isinstance(found, str | dict | set) else []
        need(len(pair) == 2, f"With {what}: return two numbers, the last epoch and the best one.")
        last, best = pair
        need(is_number(last) and is_number(best), f"With {what}: both must be single numbers.")
        seen.append((float(last), float(best)))
    cases = [case for _, *case in loss_cases()]
    if seen == [stopping(*case) for case in cases]:
        return
    for slip, hint in slips_of_stopping():
        need(seen != [slip(*case) for case in cases], hint)
    for (last, best), (what, *case) in zip(seen, loss_cases(), strict=True):
        right = stopping(*case)
        got = f"With {what} it returns ({last:g}, {best:g})"
        need(best == right[1], f"{got}: that is not the best epoch. Go through the losses by hand.")
        need(last == right[0], f"{got}: the best epoch is right, the last one is not.")


# --- question 3 -----------------------------------------------------------------------------------

STEPS = {
    "A": (
        "less regularisation",
        "A: both errors are high and close to that of the mean. Is it held too much?",
    ),
    "B": ("more rows", "B: what does a learning curve say that still falls, and what is cheap here?"),
    "C": ("early stopping", "C: the validation curve shows an epoch after which nothing got better."),
    "D": (
        "restore the best weights",
        "D: the rule found epoch 40. Which weights does the network have at the end?",
    ),
    "E": ("augmentation", "E: what varies in use and does not vary in the training photos?"),
    "F": ("more regularisation", "F: no more rows, no epochs. What else takes variance away?"),
}


@question
def q3(first_step):
    first_step = dict(first_step) if hasattr(first_step, "to_dict") else first_step
    need(isinstance(first_step, dict), 'first_step is a dictionary such as {"A": "more rows", …}.')
    need(set(first_step) == set(STEPS), "Give one step to each of the letters A to F.")
    names = [right for right, _ in STEPS.values()]
    for letter, (right, hint) in STEPS.items():
        if given(first_step[letter]):
            said = first_step[letter]
            step = " ".join(str(said).lower().replace("ization", "isation").split())
            known = isinstance(said, str) and step in names
            need(known, f"{letter}: use one of the steps {', '.join(map(repr, sorted(names)))}.")
            need(step == right, hint)


# --- question 4 -----------------------------------------------------------------------------------


def rows_more(sizes, errors, n, cured, wobble=True, log=False):
    """The right answer; the settings after cured make the likely mistakes."""
    curve = np.minimum.accumulate(errors) if wobble else np.asarray(errors)
    sizes = np.asarray(sizes, dtype=float)
    if cured >= curve[list(sizes).index(n)]:
        return 0.0
    if cured < curve.min():
        return np.inf
    place = np.flatnonzero(curve <= cured)[0]
    share = (curve[place - 1] - cured) / (curve[place - 1] - curve[place])
    ends = np.log(sizes[place - 1 : place + 1]) if log else sizes[place - 1 : place + 1]
    found = ends[0] + share * (ends[1] - ends[0])
    return float((np.exp(found) if log else found) - n)


def curve_cases():
    """What is special, sizes, errors, n and cured error of each case."""
    simple = [100, 200, 400], [0.30, 0.20, 0.10]
    wobbly = [50, 100, 150, 200, 300, 500], [9.0, 7.0, 7.6, 6.5, 5.0, 5.2]
    return [
        ("the example, 0.15", *simple, 100, 0.15),
        ("the example, 0.35", *simple, 100, 0.35),
        ("the example, 0.05", *simple, 100, 0.05),
        ("the example, 0.25", *simple, 100, 0.25),
        ("the example, n = 200 and 0.15", *simple, 200, 0.15),
        ("the example, n = 200 and 0.25", *simple, 200, 0.25),
        ("the example, n = 400 and 0.05", *simple, 400, 0.05),
        ("the example, the last error of the curve, 0.1", *simple, 100, 0.10),
        ("the example, the error at n, 0.3", *simple, 100, 0.30),
        ("the example, the error at 200, 0.2", *simple, 100, 0.20),
        ("a curve that wobbles", *wobbly, 100, 6.75),
        ("a curve that wobbles, from 150", *wobbly, 150, 7.3),
        ("a curve that wobbles, a low error", *wobbly, 50, 5.5),
        ("a curve that ends with a rise", *wobbly, 100, 5.1),
    ]


def by_interp(sizes, errors, n, cured, sign=1, wobble=False):
    """What np.interp says when the errors fall (sign 1), or when the curve wobbles."""
    curve = np.asarray(errors) if wobble else np.minimum.accumulate(errors)
    return float(np.interp(sign * cured, sign * curve, np.asarray(sizes, dtype=float)) - n)


def next_size(sizes, errors, n, cured):
    """The first measured size that is good enough."""
    curve = np.minimum.accumulate(errors)
    good = [size for size, error in zip(sizes, curve, strict=True) if error <= cured]
    return float(max(good[0] - n, 0)) if good else np.inf


ROWS_SLIPS = [
    (lambda s, e, n, c: rows_more(s, e, n, c) + n, "{found:g} rows in all; how many more than {n}?"),
    (by_interp, "{found:g}. np.interp wants its second argument to rise, and errors fall; it says nothing."),
    (functools.partial(rows_more, log=True), "that is straight on a logarithmic scale; use the sizes."),
    (functools.partial(rows_more, wobble=False), "take the lowest error so far at each size first."),
    (functools.partial(by_interp, sign=-1, wobble=True), "take the lowest error so far at each size first."),
    (next_size, "that is the next size measured; between two sizes the curve is a straight line."),
    (
        lambda s, e, n, c: np.round(rows_more(s, e, n, c)),
        "{found:g}. Do not round: rows count in parts, too.",
    ),
    (lambda s, e, n, c: np.ceil(rows_more(s, e, n, c)), "{found:g}. Do not round: rows count in parts, too."),
    (
        lambda s, e, n, c: np.floor(rows_more(s, e, n, c)),
        "{found:g}. Do not round: rows count in parts, too.",
    ),
    (lambda s, e, n, c: rows_more(s, e, n, c) / n, "give the number of rows, not a multiple of n."),
    (lambda s, e, n, c: rows_more(s, e, n, c) / n + 1, "give the number of rows, not a multiple of n."),
]


def need_the_rows(seen):
    """Are these the right numbers of all cases? If not, where is the slip?"""
    wrong = []
    for found, (what, *case) in zip(seen, curve_cases(), strict=True):
        right = rows_more(*case)
        if found != right and not np.isclose(found, right, rtol=1e-6, atol=1e-6):
            wrong.append((found, right, what, case))
    between = [part for part in wrong if 0 < part[1] < np.inf]
    for slip, hint in ROWS_SLIPS:
        alike = [np.isclose(found, slip(*case), rtol=1e-6) for found, _, _, case in between]
        if between and all(alike):
            found, _, what, case = between[0]
            need(False, f"With {what}: " + hint.format(found=found, n=case[2]))
    for found, right, what, (*_, n, cured) in wrong:
        never = f"With {what}: the curve never gets so low, so no number of rows measured is enough"
        need(right != np.inf, f"{never}; yours is {found:g}.")
        need(right != 0, f"With {what}: the cure gains nothing there and is worth 0.0; yours is {found:g}.")
        lowest = f"With {what}: the curve does get as low as {cured:g}"
        need(found != np.inf, f"{lowest}; yours is inf. Its last error need not be its lowest.")
        need(np.isfinite(found), f"{lowest}; yours is {found:g}.")
        less = f"the curve reaches {cured:g} before {n} + {found:g} rows"
        more = f"the curve does not reach {cured:g} with {n} + {found:g} rows"
        need(False, f"With {what}: {less if found > right else more}. Draw it.")


@question
def q4(extra_rows):
    seen = []
    for what, sizes, errors, n, cured in curve_cases():
        own = np.array(sizes), np.array(errors)
        found = attempt(lambda own=own, n=n, cured=cured: extra_rows(*own, n, cured))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = np.array_equal(own[0], sizes) and np.array_equal(own[1], errors)
        need(same, "It changes the sizes or the errors that it was given.")
        need(found is not None, "It returns nothing: does it end with return?")
        need(is_number(found), f"With {what}: return one number; yours is {str(found)[:40]!r}.")
        seen.append(float(found))
    need_the_rows(seen)


# --- question 5 -----------------------------------------------------------------------------------

SIZES = np.array([100, 150, 200, 300, 500, 1000])


@functools.cache
def table():
    """Numbers and prices of the notebook's houses, in its order."""
    houses = load("houses").sample(frac=1, random_state=0).reset_index(drop=True)
    left_out = ["order", "parcel_id", "price", "living_area", "basement_area"]
    known = houses.select_dtypes("number").drop(columns=left_out).to_numpy(float)
    return known, houses["price"].to_numpy() / 1000


def medians(table):
    """The median of each column without its gaps, which sorting puts last."""
    ordered, filled = np.sort(table, axis=0), (~np.isnan(table)).sum(axis=0)
    columns = np.arange(table.shape[1])
    return (ordered[(filled - 1) // 2, columns] + ordered[filled // 2, columns]) / 2


@functools.cache
def plain():
    """Errors of least squares: a row for each draw, a column for each size. In NumPy, which is quicker."""
    known, price = table()
    found, test = np.zeros((20, len(SIZES))), known[2000:]
    for draw in range(20):
        for place, n in enumerate(SIZES):
            rows = np.roll(np.arange(2000), -100 * draw)[:n]
            middle, prices = medians(known[rows]), price[rows]
            train = np.where(np.isnan(known[rows]), middle, known[rows])
            mean, spread = train.mean(axis=0), train.std(axis=0)
            spread[spread == 0] = 1
            weights = np.linalg.lstsq((train - mean) / spread, prices - prices.mean(), rcond=None)[0]
            shift = prices.mean() - (mean / spread) @ weights
            said = np.where(np.isnan(test), middle, test) @ (weights / spread) + shift
            found[draw, place] = np.sqrt(((said - price[2000:]) ** 2).mean())
    return found


def interval(differences, overlap=0.0, t=2.093, ddof=1):
    """Mean difference, and the ends of its 95 % interval; t is that of twenty draws."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=ddof) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


def choices(settings):
    """Among how many strengths does a model with these settings choose? (Many, where it cannot be seen.)"""
    from sklearn.model_selection import ParameterGrid

    if settings.get("early_stopping", bool(settings.get("n_iter_no_change"))) is True:
        return np.inf
    if "cv" not in settings:
        return 0
    if "param_grid" in settings:
        return len(ParameterGrid(settings["param_grid"]))
    if "alphas" in settings and np.ndim(settings["alphas"]) > 0:
        return np.size(settings["alphas"]) * np.size(settings.get("l1_ratio", 1))
    return np.inf


def choices_of(model):
    """The most that a part of the model chooses among, from the rows it is fitted on."""
    parts = [model, *model.get_params().values()]
    fitting = [part for part in parts if hasattr(part, "get_params") and hasattr(part, "fit")]
    return max((choices(part.get_params(deep=False)) for part in fitting), default=0)


def error_of_first_draw(cure):
    """RMSE of the cure on the notebook's first draw."""
    from sklearn.base import clone

    kind = type(cure).__name__
    need(callable(cure), f"cure is a {kind}; it is to be a function that returns an unfitted model.")
    model = cure()
    need(model is not None, "cure returns nothing: does it end with return?")
    need(not isinstance(model, type), "cure returns a class; return a model, made by calling the class.")
    fits = hasattr(model, "fit") and hasattr(model, "get_params")
    need(fits, f"cure returns a {type(model).__name__}; return an unfitted model of scikit-learn.")
    among = choices_of(model)
    need(among != 1, "cure() has one strength to choose from: give it several.")
    need(
        among > 0,
        "In cure() there is neither cv nor early_stopping=True: take a class such as RidgeCV or "
        "GridSearchCV, or let it stop early. A strength that you typed in may have been chosen by the "
        "test rows.",
    )
    known, price = table()
    said = np.ravel(clone(model).fit(known[:100], price[:100]).predict(known[2000:]))
    return float(np.sqrt(((said - price[2000:]) ** 2).mean()))


def judge_errors(errors):
    """The twenty errors as an array, if they can be what was asked for."""
    need(not is_number(errors), "cure_errors are twenty numbers, one for each draw; a mean has no spread.")
    kind = type(errors).__name__
    need(np.ndim(errors) > 0, f"cure_errors are twenty numbers, one for each draw; yours is a {kind}.")
    errors = np.asarray(list(errors))
    need(errors.dtype.kind in "iuf", "cure_errors are twenty numbers, one for each draw; these are none.")
    need(
        errors.shape == (20,),
        f"cure_errors are twenty numbers, one for each draw; the shape is {errors.shape}.",
    )
    errors = errors.astype(float)
    need(np.isfinite(errors).all(), "Some of cure_errors are no finite numbers.")
    need(errors.min() > 0, "An RMSE is above 0; some of cure_errors are not.")
    need(np.ptp(errors) > 1e-9, "The twenty of cure_errors are all the same: give the error of each draw.")
    same = np.allclose(errors, plain()[:, 0], rtol=1e-4)
    need(not same, "cure_errors are those of least squares without a cure.")
    need(
        errors.mean() < 1000,
        "cure_errors are above a thousand: are the prices in thousand dollars, as given?",
    )
    return errors


def need_the_interval(difference, errors):
    """Are these mean and ends of the interval of these errors?"""
    parts = np.iterable(difference) and not isinstance(difference, str | dict) and len(list(difference)) == 3
    need(parts, "difference is three numbers: mean, low, high.")
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", "difference is three numbers: mean, low, high.")
    got, apart = got.astype(float), errors - plain()[:, 0]
    right = interval(apart)
    mean, low, high = right
    close = max(0.02, 0.01 * (high - low))
    rounded = np.allclose(got, np.round(right, 1), rtol=0, atol=1e-3)
    if rounded or np.allclose(got, right, rtol=0, atol=close):
        return
    slips = [
        (-right[[0, 2, 1]], "It is no cure minus cure; cure minus no cure is asked for."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(apart, 1 / 4), "overlap is 0 here: the draws share no training row."),
        (interval(apart, 1 / 9), "overlap is 0 here: the draws share no training row."),
        (interval(apart, 9.3), "overlap is 0 here: the draws share no training row."),
        (interval(apart, t=1.96), "With twenty differences the factor is that of t, not 1.96."),
        (interval(errors), "That is the interval of the cure's errors; subtract those without a cure first."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=close), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < close,
        f"difference: the mean is given as {got[0]:+.2f}; cure_errors minus plain_errors have another.",
    )
    need(False, "difference: the mean is right, the ends are not. Did interval get the differences and 0?")


def need_the_worth(worth, errors):
    """Is it what question 4 defines?"""
    need(is_number(worth), "worth is one number.")
    curve, worth = plain().mean(axis=0), float(worth)
    cured = errors.mean()
    right = rows_more(SIZES, curve, 100, cured)
    if worth == right or abs(worth - right) < max(2, 0.03 * right):
        return
    seen = f"Least squares with 100 houses has a mean error of {curve[0]:.1f}, your cure {cured:.1f}"
    need(right != np.inf, f"{seen}, below the curve's last. What does question 4 say then?")
    need(right != 0, f"{seen}. Does it gain anything? What does question 4 say then?")
    in_all = abs(worth - right - 100) < max(2, 0.03 * right)
    need(not in_all, "worth: that is the number of houses in all; how many more than 100?")
    by_median = rows_more(SIZES, np.median(plain(), axis=0), 100, np.median(errors))
    need(abs(worth - by_median) > 1, "worth: that goes by medians; take the mean errors.")
    trap = worth in (0, 900, -100)
    need(not trap, f"worth is {worth:g}. {seen}. np.interp wants its second argument to rise.")
    need(False, f"{seen}; by_size.mean() reaches that at another number of houses than 100 + {worth:.0f}.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(cure, cure_errors, difference, worth):
    errors = judge_errors(cure_errors) if whole(cure_errors) else None
    if given(cure):
        first = error_of_first_draw(cure)
        if errors is not None:
            apart = abs(errors[0] / first - 1)
            again = first if apart < 0.015 else error_of_first_draw(cure)
            varies = abs(again / first - 1) > 1e-6
            need(
                not varies or apart < 0.08,
                f"Fitted twice on the first draw, cure() gets {first:.1f} and {again:.1f}: chance plays a "
                "part. Give it a random_state, and compute cure_errors again.",
            )
            need(
                varies or apart < 0.015,
                f"cure_errors begins with {errors[0]:.1f}. On the first draw of 100 cure() gets {first:.1f}. "
                "Are these its errors, with n = 100, on houses that it had not seen?",
            )
    if whole(difference) and given(cure_errors, difference) and errors is not None:
        need_the_interval(difference, errors)
    if given(cure_errors, worth) and errors is not None:
        need_the_worth(worth, errors)
