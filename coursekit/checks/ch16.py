"""The questions of chapter 16, loss functions."""

import functools

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def plain(value):
    """The value as an array, also a tensor that still carries its slopes."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def one_number(value, hint):
    """The value as a float, if it is one finite number."""
    value = plain(value)
    need(value.size == 1 and value.dtype.kind in "iuf", hint)
    return float(value.reshape(-1)[0])


def called(function, *arguments):
    """What a learner's function returns; what it raises becomes a hint, and so does a changed argument."""
    name = getattr(function, "__name__", "Your function")
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    own = [np.array(a) if isinstance(a, np.ndarray) else a for a in arguments]
    found = attempt(lambda: function(*own))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}" if found is not None else "")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    for before, after in zip(arguments, own, strict=True):
        same = not isinstance(before, np.ndarray) or np.array_equal(before, after, equal_nan=True)
        need(same, f"{name} changes an array that it was given.")
    return found


def array_like(value, shape, name):
    """The value as an array of numbers of this shape."""
    need(
        not isinstance(value, np.ma.MaskedArray), f"{name}: that is a masked array; fill it, return it plain."
    )
    found = attempt(lambda: plain(value))
    fine = not isinstance(found, Exception) and found.dtype.kind in "iuf"
    need(fine, f"{name}: return an array of numbers.")
    need(found.shape == shape, f"{name}: the shape is {found.shape}; for logits of {shape} return {shape}.")
    return found.astype(float)


def alike(a, b):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-5, atol=1e-9)


# --- question 1 -----------------------------------------------------------------------------------


def cost_of(y, plan, late, early):
    return np.where(y > plan, early * (y - plan), late * (plan - y))


def delays():
    """Delays, late and early of each case; no two prices alike."""
    rng = np.random.default_rng(16)
    skewed = rng.gamma(0.8, 40, 2000) - 25
    return [
        (skewed, 4.0, 1.0),
        (skewed, 1.0, 9.0),
        (rng.normal(-30, 12, 1500), 2.0, 7.0),
        (-skewed, 30.0, 20.0),
        (skewed + 100, 0.2, 0.6),
    ]


def need_mean_cost(mean_cost):
    cases = [(np.array([-10.0, 0.0, 5.0, 40.0]), 5, 3, 1)]
    cases += [(y[:200], 7.5, late, early) for y, late, early in delays()]
    for y, plan, late, early in cases:
        found = one_number(called(mean_cost, y, plan, late, early), "mean_cost: return one number, the mean.")
        of_each = cost_of(y, plan, late, early)
        if alike(found, of_each.mean()):
            continue
        slips = [
            (cost_of(y, plan, early, late).mean(), "early and late have changed places."),
            (of_each.sum(), "that is the sum; the mean is asked for."),
            (np.abs(cost_of(y, y.mean() * 0 + plan, 1, 1)).mean(), "the two prices are not used."),
            (np.where(y > plan, early * (y - plan), 0).mean(), "the flights before the plan cost nothing."),
            (np.where(y > plan, 0, late * (plan - y)).mean(), "the flights after the plan cost nothing."),
            (of_each.mean().round(), "the mean is rounded; return it as it is."),
            (of_each.mean().round(1), "the mean is rounded; return it as it is."),
            (of_each.mean().round(2), "the mean is rounded; return it as it is."),
            (np.median(of_each), "that is the median of the costs; the mean is asked for."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"mean_cost: {hint}")
        need(
            False,
            f"mean_cost: for {len(y)} delays, plan {plan}, late {late:g} and early {early:g} it says "
            f"{found:.4g}. Compute one delay before the plan and one after it by hand.",
        )


def need_best_plan(best_plan):
    for y, late, early in delays():
        plan = one_number(called(best_plan, y, late, early), "best_plan: return one number of minutes.")
        need(np.isfinite(plan), "best_plan returns a value that is no number.")
        smallest = cost_of(y, np.quantile(y, early / (late + early)), late, early).mean()
        if cost_of(y, plan, late, early).mean() <= 1.002 * smallest:
            continue
        prices = f"late {late:g} and early {early:g}"
        share = (y <= plan).mean()
        seen = f"With {prices} your plan leaves {share:.0%} of the planes before it."
        swapped = np.quantile(y, late / (late + early))
        need(abs(plan - swapped) > 0.5, f"best_plan: {seen} That is right for the two prices exchanged.")
        need(abs(plan - y.mean()) > 1e-6, f"best_plan: with {prices} it returns the mean of the delays.")
        need(abs(plan - np.median(y)) > 1e-6, f"best_plan: with {prices} it returns the median.")
        need(y.min() <= plan <= y.max(), f"best_plan: with {prices} the plan {plan:.4g} is outside of all y.")
        need(
            False,
            f"best_plan: {seen} There is a cheaper plan: try mean_cost one minute before and after.",
        )


@question
def q1(mean_cost, best_plan):
    if given(mean_cost):
        need_mean_cost(mean_cost)
    if given(best_plan):
        need_best_plan(best_plan)


# --- question 2 -----------------------------------------------------------------------------------


def log_softmax(Z):
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def targets_of(shape, true, smoothing, others=0):
    """Smoothed targets; others=1 shares the rest among the other classes only."""
    one_hot = np.eye(shape[1])[true]
    if others:
        return one_hot * (1 - smoothing) + (1 - one_hot) * smoothing / (shape[1] - 1)
    return one_hot * (1 - smoothing) + smoothing / shape[1]


def logits_to_smooth():
    """Name, logits, true classes and smoothing of each case; the last two are the extreme ones."""
    rng = np.random.default_rng(61)
    calm = rng.normal(0, 2, (7, 3))
    wide = rng.normal(0, 3, (5, 4))
    large = np.array([[1000.0, 0.0, -5.0], [2.0, 1.0, 0.0]])
    far = np.array([[1000.0, 999.0, 998.0], [-1000.0, -999.0, -1001.0], [0.5, 0.0, 2.0]])
    return [
        ("seven rows, three classes, smoothing 0.3", calm, rng.integers(0, 3, 7), 0.3),
        ("five rows, four classes, smoothing 0.1", wide, np.array([3, 0, 1, 1, 2]), 0.1),
        ("no smoothing at all", calm, rng.integers(0, 3, 7), 0.0),
        ("a logit of 1,000", large, np.array([1, 0]), 0.3),
        ("rows near 1,000, near -1,000 and near 0", far, np.array([2, 1, 0]), 0.2),
    ]


def losses_2(Z, true, targets):
    return -(targets * log_softmax(Z)).sum(axis=1)


def need_smooth_loss(smooth_loss):
    for what, Z, true, smoothing in logits_to_smooth():
        found = called(smooth_loss, Z, true, smoothing)
        need(plain(found).size == 1, f"smooth_loss: return one number; the shape is {np.shape(found)}.")
        found = one_number(found, "smooth_loss: return one number, the mean over the rows.")
        targets = targets_of(Z.shape, true, smoothing)
        right = losses_2(Z, true, targets)
        if alike(found, right.mean()):
            continue
        need(
            np.isfinite(found),
            f"smooth_loss: with {what} it gives {found}. Take out the largest logit of each row first.",
        )
        twice = np.exp(log_softmax(Z))
        slips = [
            (right.sum(), "that is the sum over the rows; the mean is asked for."),
            (right.mean() / Z.shape[1], "that is the mean over rows and classes; a row's terms are summed."),
            (-right.mean(), "the sign is the wrong way round."),
            (losses_2(Z, true, np.eye(Z.shape[1])[true]).mean(), "the labels are not smoothed."),
            (
                losses_2(Z, true, targets_of(Z.shape, true, smoothing, 1)).mean(),
                "the smoothing is shared among the other classes only; every class gets its part, "
                "the true one too.",
            ),
            (losses_2(twice, true, targets).mean(), "softmax is applied twice."),
            (losses_2(Z.T, slice(None), targets.T).sum() / len(Z), "the softmax runs down the columns."),
            (losses_2(Z, true, targets_of(Z.shape, true, 0.3)).mean(), "that is the loss for smoothing 0.3."),
            (right.mean() / np.log(2), "that is the logarithm to base 2; take the natural one."),
            (
                losses_2(Z, true, np.eye(Z.shape[1])[true] * (1 - smoothing)).mean(),
                "the part that every class gets is missing.",
            ),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"smooth_loss: {hint}")
        large = np.abs(Z).max() > 900
        tell = (
            "Is a logit, a power or a probability cut off?" if large else "Do the targets of a row sum to 1?"
        )
        need(False, f"smooth_loss: with {what} it gives {found:.5g}. {tell}")


def need_smooth_slopes(smooth_slopes):
    for what, Z, true, smoothing in logits_to_smooth():
        found = array_like(called(smooth_slopes, Z, true, smoothing), Z.shape, "smooth_slopes")
        chances, targets = np.exp(log_softmax(Z)), targets_of(Z.shape, true, smoothing)
        right = (chances - targets) / len(Z)
        if alike(found, right):
            continue
        need(
            np.isfinite(found).all(),
            f"smooth_slopes: with {what} some are no finite numbers. Take out the largest logit of each row.",
        )
        plain = np.eye(Z.shape[1])[true]
        slips = [
            (right * len(Z), "those are the slopes of each row's own loss; the mean divides by the rows."),
            (right / Z.shape[1], "divided by the number of all logits; the mean is over the rows."),
            (-right, "the sign is the wrong way round."),
            ((chances - plain) / len(Z), "the labels are not smoothed."),
            ((chances - targets_of(Z.shape, true, smoothing, 1)) / len(Z), "every class gets its part."),
            (chances, "that is the softmax; subtract the targets."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"smooth_slopes: {hint}")
        need(
            False,
            f"smooth_slopes: with {what} they are not the slopes of the loss. Nudge one logit by 0.00001 "
            "both ways and compare.",
        )


@question
def q2(smooth_loss, smooth_slopes):
    if given(smooth_loss):
        need_smooth_loss(smooth_loss)
    if given(smooth_slopes):
        need_smooth_slopes(smooth_slopes)


# --- question 3 -----------------------------------------------------------------------------------


def labels_with_gaps():
    """Name, logits and labels of each case."""
    rng = np.random.default_rng(36)
    Z = rng.normal(0, 2, (9, 4))
    Y = (rng.random((9, 4)) < 0.4).astype(float)
    gaps, whole = Y.copy(), Y.copy()
    gaps[rng.random((9, 4)) < 0.35] = np.nan
    gaps[2] = np.nan  # somebody who answered nothing
    gaps[5] = Y[5]  # and somebody who answered everything
    large = np.array([[1000.0, -1000.0], [-1000.0, 3.0]])
    return [
        ("the example", np.array([[2.0, -3.0], [-1.0, 0.5]]), np.array([[1, 0], [np.nan, 0.0]])),
        ("nine people with many gaps", Z, gaps),
        ("no gap at all", Z, whole),
        ("logits of 1,000 and -1,000", large, np.array([[0.0, 1.0], [np.nan, 1.0]])),
    ]


def each_label(Z, Y):
    return np.logaddexp(0, Z) - Y * Z


def need_known_loss(known_loss):
    for what, Z, Y in labels_with_gaps():
        found = called(known_loss, Z, Y)
        need(plain(found).size == 1, f"known_loss: return one number; the shape is {np.shape(found)}.")
        found = one_number(found, "known_loss: return one number.")
        losses, known = each_label(Z, Y), ~np.isnan(Y)
        right = losses[known].mean()
        if alike(found, right):
            continue
        tell = (
            "Do the gaps take part?" if known.sum() < Y.size and "1,000" not in what else "Logits that large?"
        )
        need(np.isfinite(found), f"known_loss: with {what} it gives {found}. {tell}")
        complete = known.all(axis=1)
        columns = [losses[known[:, j], j].mean() for j in range(Y.shape[1]) if known[:, j].any()]
        people = [losses[i, known[i]].mean() for i in range(len(Y)) if known[i].any()]
        slips = [
            (each_label(Z, np.nan_to_num(Y)).mean(), "a gap counts as a no; it is neither yes nor no."),
            (
                each_label(Z, np.where(known, Y, 1)).mean(),
                "that is what comes out with a yes in each gap; it is neither.",
            ),
            (losses[known].sum() / Y.size, "divide by the number of known labels, not of all."),
            (losses[known].sum(), "that is the sum; the mean over the known labels is asked for."),
            (losses[complete].mean() if complete.any() else np.inf, "people with a gap are left out whole."),
            (np.mean(columns), "a mean of the means by illness; every known label counts alike."),
            (np.mean(people), "a mean of the means by person; every known label counts alike."),
            (-right, "the sign is the wrong way round."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"known_loss: {hint}")
        large = np.abs(Z).max() > 900
        tell = "Is a logit or a probability cut off?" if large else "Compute one known label by hand."
        need(False, f"known_loss: with {what} it gives {found:.5g}. {tell}")


def need_known_slopes(known_slopes):
    for what, Z, Y in labels_with_gaps():
        found = array_like(called(known_slopes, Z, Y), Z.shape, "known_slopes")
        known = ~np.isnan(Y)
        chances = 0.5 * (1 + np.tanh(Z / 2))
        full = chances - np.nan_to_num(Y)
        right = np.where(known, full, 0) / known.sum()
        if alike(found, right):
            continue
        gap = not np.isfinite(found[~known]).all() and np.isfinite(found[known]).all()
        tell = "They must be 0 where the label is unknown." if gap else "Logits that large?"
        need(np.isfinite(found).all(), f"known_slopes: with {what} some are no finite numbers. {tell}")
        slips = [
            (right * known.sum(), "those are the slopes of each label's own loss; the mean divides."),
            (right * known.sum() / Y.size, "divide by the number of known labels, not of all."),
            (right * known.sum() / len(Y), "divide by the number of known labels, not of people."),
            (-right, "the sign is the wrong way round."),
            (full / known.sum(), "a gap pulls as a no would; its slope is 0."),
            (full / Y.size, "a gap pulls as a no would, and counts in the mean."),
            (np.where(known, chances, 0) / known.sum(), "the labels are not subtracted."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"known_slopes: {hint}")
        need(
            False,
            f"known_slopes: with {what} they are not the slopes of the loss. Nudge one logit by 0.00001 both "
            "ways and compare.",
        )


@question
def q3(known_loss, known_slopes):
    if given(known_loss):
        need_known_loss(known_loss)
    if given(known_slopes):
        need_known_slopes(known_slopes)


# --- question 4 -----------------------------------------------------------------------------------

NAMES = ("squared", "absolute", "Huber", "pinball", "Poisson", "softmax", "sigmoids")


@question
def q4(which):
    need(isinstance(which, dict), 'which is a dictionary such as {"A": "squared", …}.')
    need(set(which) == set("ABCDEF"), "Give one name to each of the letters A to F.")
    hints = {
        "A": ("pinball", "A: the two directions do not cost the same. Which loss knows that?"),
        "B": ("squared", "B: which of mean, median and quantile can be added up over the hours?"),
        "C": ("sigmoids", "C: can two tags be right at once? What would the chances of all tags sum to?"),
        "D": ("softmax", "D: exactly one species is right. What makes the chances sum to 1?"),
        "E": ("poisson", "E: counts, and never below 0. Which loss goes with a model that says e to the z?"),
        "F": ("huber", "F: look at the slope beside 0 and far from 0, in the picture of section 3."),
    }
    for letter, (right, hint) in hints.items():
        if given(which[letter]):
            name = " ".join(str(which[letter]).lower().split())
            known = isinstance(which[letter], str) and name in [known.lower() for known in NAMES]
            need(known, f"{letter}: use one of the names {', '.join(map(repr, NAMES))}.")
            if (letter, name) == ("B", "poisson"):
                hint = "B: that asks for the mean as well. What is said of demand near zero?"
            need(name == right, hint)


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([63.18, 60.68, 68.0, 69.12, 84.87])  # cost on the notebook's five folds
FLAT = "Does the rival say one number for all? A strong penalty can do that; it should use the columns."
CLOSE = 0.06  # one digit is enough


def interval(differences, overlap=1 / 4, t=2.7764, ddof=1):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=ddof) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def first_fold():
    """Columns and delays of the notebook's first fold, to learn from and to judge on."""
    import pandas as pd
    from sklearn.model_selection import GroupKFold

    flights = load("flights").dropna(subset=["arr_delay"])
    flights = flights.sample(4000, random_state=0).reset_index(drop=True)
    delay = flights["arr_delay"].to_numpy(float)
    date = pd.to_datetime(flights[["year", "month", "day"]])
    known = flights[["month", "hour", "carrier", "origin", "distance"]]
    known = known.assign(weekday=date.dt.day_of_week)
    train, test = next(GroupKFold(5, shuffle=True, random_state=0).split(known, groups=date))
    return known.iloc[train], delay[train], known.iloc[test], delay[test]


def judge_costs(costs):
    """The five costs as an array, if they can be what was asked for."""
    need(np.ndim(costs) > 0, "rival_costs are five numbers, one for each fold; a mean has no spread.")
    costs = np.asarray(list(costs))
    need(costs.dtype.kind in "iuf", "rival_costs are five numbers, one for each fold.")
    costs = costs.astype(float)
    need(costs.shape == (5,), f"rival_costs are five numbers, one for each fold; the shape is {costs.shape}.")
    need(np.isfinite(costs).all(), "Some of rival_costs are no numbers.")
    need(costs.min() > 0, "A cost is above 0; some of rival_costs are not.")
    need(np.ptp(costs) > 1e-9, "The five of rival_costs are all the same: give the cost of each fold.")
    same = np.allclose(costs, BASELINE, atol=0.02)
    need(not same, f"rival_costs are those of the baseline. {FLAT}")
    need(
        costs.mean() >= 55,
        f"A mean cost of {costs.mean():.1f} is lower than anything honest that we tried. Was the model "
        "fitted on flights that it is judged on, or told the delay by a column?",
    )
    return costs


def cost_on_first_fold(rival):
    """Cost of the rival on the first fold, fitted on the other four."""
    import joblib
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    need(callable(rival), "rival is a function that returns the model; here it is the model itself.")
    model = rival()
    need(model is not None, "rival returns nothing: does it end with return?")
    need(not isinstance(model, type), f"rival returns the class {model}; return a model, made by calling it.")
    fits = hasattr(model, "fit") and hasattr(model, "predict")
    need(fits, f"rival returns a {type(model).__name__}; return an unfitted model, with fit and predict.")
    X, y, X_new, y_new = first_fold()
    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        model = clone(model) if hasattr(model, "get_params") else model
        model.fit(X.copy(), y.copy())
        planned = np.asarray(model.predict(X_new.copy()), dtype=float).reshape(-1)
    need(planned.shape == y_new.shape, "rival's predict gives no single number for each flight.")
    need(np.ptp(planned) > 1e-9, f"rival plans the same for every flight of the first fold. {FLAT}")
    return cost_of(y_new, planned, 1, 4).mean()


def need_the_interval(difference, costs):
    """Are these mean and ends of the corrected interval of these costs?"""
    three = "difference is three numbers: mean, low, high."
    need(np.iterable(difference) and len(list(difference)) == 3, three)
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", three)
    got = got.astype(float)
    differences = costs - BASELINE
    right = interval(differences)
    mean, low, high = right
    if np.allclose(got, right, rtol=0, atol=CLOSE):
        return
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(differences, 0), "That takes the folds for independent: overlap is n_test / n_train."),
        (interval(differences, 1 / 9), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, 4), "overlap is n_test / n_train, not the other way round."),
        (interval(differences, t=1.96), "With five differences the factor is that of t, not 1.96."),
        (interval(costs), "That is the interval of the rival's costs; subtract the baseline's first."),
        (right.round(0), "Round to one digit at least, or not at all."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=CLOSE / 3), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < CLOSE,
        f"difference: the mean is given as {got[0]:+.2f}; rival_costs minus the baseline's have another.",
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the differences and 1 / 4?"
    )


def need_the_verdict(verdict, costs):
    """Does it follow from the interval?"""
    words = ("cheaper", "dearer", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(costs - BASELINE)
    right = {"dearer"} if low > 0 else {"cheaper"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < CLOSE:  # on the very edge the digits decide
        right |= {"cannot tell", "dearer" if mean > 0 else "cheaper"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.1f} to {high:+.1f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? It is rival minus baseline, and a cost.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(rival, rival_costs, difference, verdict):
    costs = judge_costs(rival_costs) if whole(rival_costs) else None
    if given(rival):
        cost = cost_on_first_fold(rival)
        if costs is not None and abs(costs[0] - cost) > 0.15:
            chance = abs(cost_on_first_fold(rival) - cost) > 1e-9  # it draws anew at every fit
            need(
                chance and abs(costs[0] - cost) < 3,
                f"rival_costs begins with {costs[0]:.1f}. On this fold rival() costs {cost:.1f}, fitted on "
                "the others. Are these its costs, of days that it had not seen?",
            )
    if whole(difference) and given(rival_costs, difference) and costs is not None:
        need_the_interval(difference, costs)
    if given(rival_costs, verdict) and costs is not None:
        need_the_verdict(verdict, costs)
