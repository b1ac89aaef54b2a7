"""The questions of chapter 18, ensembles."""

import functools

import numpy as np

from coursekit.checking import NotYet, attempt, given, need, question, told
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


NEAR = 0.0006  # three digits are enough


# --- question 1 -----------------------------------------------------------------------------------


def mixed(e_1, e_2, w):
    """Mean squared error of a mixture."""
    return (((1 - w) * e_1 + w * e_2) ** 2).mean()


def right_mix(e_1, e_2, centred=False, clipped=True):
    """The best weight and its mean squared error; the settings make likely mistakes."""
    a, b = (e_1 - e_1.mean(), e_2 - e_2.mean()) if centred else (e_1, e_2)
    size = ((a - b) ** 2).mean()
    w = (a * (a - b)).mean() / size if size > 0 else 0.0
    w = float(np.clip(w, 0, 1)) if clipped else w
    return w, mixed(e_1, e_2, w)


def errors_to_mix():
    rng = np.random.default_rng(18)
    one = rng.normal(size=40) * 3
    return [
        ("the example", np.array([3.0, -1, -3, 1]), np.array([2.0, 4, -2, -4])),
        ("errors that are not 0 on average", one + 4, rng.normal(size=40) * 2 - 1),
        ("a second model that is far better", one, 0.2 * one + rng.normal(size=40) * 0.1),
        ("a second model that cannot help", one, 1.8 * one + rng.normal(size=40) * 0.1),
        ("a second model that is a little worse", one, 0.5 * one + rng.normal(size=40) * 3),
        ("two models that err equally much", np.array([3.0, -1, -3, 1]), np.array([-1.0, 3, 1, -3])),
        ("errors that differ by 1 in every row", np.array([2.0, -1, -2, 3]), np.array([1.0, -2, -3, 2])),
        ("a second model with half the errors", np.array([2.0, -1, -2, 3]), np.array([1.0, -0.5, -1, 1.5])),
        ("the same errors twice", one, one.copy()),
    ]


def need_the_mix(what, found, e_1, e_2):
    listed = np.iterable(found) and not isinstance(found, str | dict)
    found = list(found) if listed else []
    need(len(found) == 2, f"With {what}: return two things, the weight and the mean squared error.")
    need(all(map(is_number, found)), f"With {what}: both must be single numbers.")
    w, mse = map(float, found)
    need(
        np.isfinite(w) and np.isfinite(mse),
        f"With {what} it gives a value that is no finite number: is something divided by 0?",
    )
    right, least = right_mix(e_1, e_2)
    if abs(w - right) > NEAR:
        need(-1e-9 <= w <= 1 + 1e-9, f"With {what} the weight is {w:.3f}; between 0 and 1 is allowed.")
        swapped = abs(w - least) < 1e-6 and abs(mse - right) < 1e-6
        need(not swapped, f"With {what}: the weight comes first, then the mean squared error.")
        need(
            not 0 < right < 1 or right == 0.5 or abs(w - (1 - right)) > 1e-6,
            f"With {what}: {w:.3f} is the weight of the first model; the second one's is asked for.",
        )
        means = abs(e_1.mean()) > 1e-9 or abs(e_2.mean()) > 1e-9
        need(
            w in (0, 1) or not means or abs(w - right_mix(e_1, e_2, centred=True)[0]) > 1e-6,
            f"With {what}: are the means taken off first, as np.cov and np.var do? An error that is the same "
            "in every row is an error, too.",
        )
        need(right > 0 or np.ptp(e_1 - e_2) > 0, f"With {what}: the weight should be 0, not {w:.3f}.")
        own = mixed(e_1, e_2, w)
        near = own - least < 0.002 * least
        need(not near, f"With {what}: {w:.4f} is near, but not the best; the slope tells it exactly.")
        need(
            False,
            f"With {what}: the weight {w:.3f} leaves a mean squared error of {own:.3f}; another leaves less.",
        )
    slips = [
        (np.sqrt(least), "is the root of it; the mean squared error itself is asked for."),
        (mixed(e_1, e_2, 0.5), "is that of the plain mean; take the best weight."),
        (mixed(e_1, e_2, 1 - right), "is that of the two weights exchanged: w belongs to the second model."),
        (least * len(e_1), "is a sum over rows; the mean is asked for."),
        ((e_1**2).mean() - least, "is what the mixture gains; its mean squared error is asked for."),
        (np.var((1 - right) * e_1 + right * e_2), "is the variance; an average error counts, too."),
        (
            right_mix(e_1, e_2, clipped=False)[1],
            "is that of the weight before it was brought to between 0 and 1.",
        ),
        (
            (1 - right) ** 2 * (e_1**2).mean() + right**2 * (e_2**2).mean(),
            "leaves out the product of the two errors.",
        ),
    ]
    if abs(mse - least) > max(NEAR, 1e-4 * least):
        for value, hint in slips:
            need(abs(mse - value) > 1e-6 * abs(value), f"With {what}: {mse:.4f} {hint}")
        need(False, f"With {what}: the weight is right, the mean squared error is not {mse:.4f}.")


@question
def q1(best_mix):
    for what, e_1, e_2 in errors_to_mix():
        own_1, own_2 = e_1.copy(), e_2.copy()
        with np.errstate(all="ignore"):
            found = attempt(lambda own_1=own_1, own_2=own_2: best_mix(own_1, own_2))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = np.array_equal(own_1, e_1) and np.array_equal(own_2, e_2)
        need(same, "It changes the arrays that it was given.")
        need(found is not None, "It returns nothing: does it end with return?")
        need_the_mix(what, found, e_1, e_2)


# --- question 2 -----------------------------------------------------------------------------------


def out_of_bag(samples, predictions, y, voters="missed", tie="smallest", empty="out"):
    """The right share; the settings make the likely mistakes."""
    missed = np.ones(predictions.shape, bool)
    for i, rows in enumerate(samples):
        missed[i, rows] = False
    missed = {"missed": missed, "drawn": ~missed, "all": np.ones_like(missed)}[voters]
    right = []
    for row in range(len(y)):
        labels, votes = np.unique(predictions[missed[:, row], row], return_counts=True)
        if len(labels):
            best = labels[votes == votes.max()]
            if tie == "first":
                best = [label for label in predictions[missed[:, row], row] if label in best]
            right.append(best[-1 if tie == "largest" else 0] == y[row])
        elif empty == "wrong":
            right.append(False)
    return np.mean(right)


def of_single_trees(samples, predictions, y, by="tree"):
    """The mean accuracy of single votes: a mean over trees, over rows, or over all votes."""
    missed = np.ones(predictions.shape, bool)
    for i, rows in enumerate(samples):
        missed[i, rows] = False
    hits = np.where(missed, predictions == y, np.nan)
    if by == "vote":
        return np.nanmean(hits)
    return np.nanmean(np.nanmean(hits, axis=1 if by == "tree" else 0))


def bags():
    """What is special, samples, predictions and labels of each case."""
    rng = np.random.default_rng(4)
    words, numbers = np.array(["ash", "elm", "oak"]), np.array([10, 9, 2])
    for what, labels, n, trees in [
        ("words as labels, 15 trees", words, 60, 15),
        ("the labels 10, 9 and 2, 12 trees", numbers, 60, 12),
        ("four trees, so that some rows have no voters", words, 50, 4),
        ("two labels, ten trees", words[:2], 90, 10),
        ("one tree", numbers, 30, 1),
    ]:
        y = labels[rng.integers(0, len(labels), n)]
        samples = [rng.integers(0, n, n) for _ in range(trees)]
        predictions = np.where(
            rng.random((trees, n)) < 0.45, y, labels[rng.integers(0, len(labels), (trees, n))]
        )
        for said, rows in zip(predictions, samples, strict=True):
            said[rows] = y[rows]  # what a tree has learned by heart
        yield what, samples, predictions, y


def vote_slips(samples, predictions, y):
    """What the likely mistakes give, each with its hint."""
    slips = [
        ({"voters": "all"}, "That is the vote of all trees; those that drew the row know it by heart."),
        ({"voters": "drawn"}, "That is the vote of the trees that drew the row; the others judge it."),
        ({"empty": "wrong"}, "Rows without voters count as wrong; leave them out."),
        ({"tie": "largest"}, "Where labels have the same number of votes, the smallest wins."),
        ({"tie": "first"}, "Where labels have the same number of votes, the smallest wins, not the first."),
    ]
    found = [(out_of_bag(samples, predictions, y, **slip), hint) for slip, hint in slips]
    for by in ("tree", "row", "vote"):
        single = of_single_trees(samples, predictions, y, by)
        found.append((single, "Those are single trees' answers; let them vote first, row by row."))
    right = out_of_bag(samples, predictions, y)
    found.append((1 - right, "That is the share of rows that are wrong."))
    return [*found, (100 * right, "Give a share, not per cent.")]


@question
def q2(oob_accuracy):
    example = ("the example", [np.array([0, 0, 1]), np.array([0, 2, 2])])
    example += (np.array([["a", "b", "b"], ["a", "b", "a"]]), np.array(["a", "b", "a"]))
    results = []
    for what, samples, predictions, y in [example, *bags()]:
        own = [rows.copy() for rows in samples], predictions.copy(), y.copy()
        found = attempt(lambda own=own: oob_accuracy(*own))
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        same = np.array_equal(own[1], predictions) and np.array_equal(own[2], y)
        need(same, "It changes the tables that it was given.")
        same = len(own[0]) == len(samples) and all(map(np.array_equal, own[0], samples))
        need(same, "It changes the samples that it was given.")
        need(found is not None, "It returns nothing: does it end with return?")
        need(is_number(found), f"With {what}: return one number, the share of rows that are right.")
        need(not np.isnan(found), f"With {what} it gives no number: are rows without voters left out?")
        right = out_of_bag(samples, predictions, y)
        results.append((what, float(found), right, vote_slips(samples, predictions, y)))
    wrong = [what for what, found, right, _ in results if abs(found - right) > NEAR]
    if wrong:
        # A mistake is named only if it explains all six answers: on one small table several look alike.
        for place, (_, hint) in enumerate(results[0][3]):
            fits = all(abs(found - slips[place][0]) < 1e-6 for _, found, _, slips in results)
            need(not fits, f"With {wrong[0]}: {hint}")
        found = next(found for what, found, _, _ in results if what == wrong[0])
        need(wrong[0] != "the example", f"With the example it gives {found:.3f}. Work it out by hand.")
        need(
            False,
            f"With {wrong[0]}: {found:.3f} is not right. Print who votes and what wins for a few rows, and "
            "look at rows where two labels have the same number of votes.",
        )


# --- question 3 -----------------------------------------------------------------------------------


def boost(X, y, rounds, weigh=True, share=True, half=False, turn=1, both=False, plain=False, by_sums=False):
    """The right sums; the settings make the likely mistakes."""
    from sklearn.tree import DecisionTreeClassifier

    weight, sums = np.full(len(y), 1 / len(y)), np.zeros(len(y))
    for _ in range(rounds):
        stump = DecisionTreeClassifier(max_depth=1, random_state=0)
        said = stump.fit(X, y, sample_weight=weight if weigh else None).predict(X)
        wrong = said != y
        epsilon = np.clip(wrong.mean() if plain else weight[wrong].sum(), 1e-9, 1 - 1e-9)
        alpha = np.log((1 - epsilon) / epsilon)
        sums = sums + (alpha / 2 if half else alpha) * said
        wrong = np.sign(sums) != y if by_sums else wrong
        step = np.where(wrong, 1, -1) if both else wrong
        weight = weight * np.exp(turn * alpha * step)
        weight = weight / weight.sum() if share else weight
    return sums


@functools.cache
def tables_to_boost():
    rng = np.random.default_rng(2)
    found = []
    for n, columns, rounds in [(80, 3, 1), (90, 2, 2), (120, 4, 6)]:
        X = rng.normal(size=(n, columns))
        z = X[:, 0] + np.sin(2 * X[:, 1]) + rng.normal(size=n) * 0.7
        found.append((f"{rounds} round{'s' * (rounds > 1)}", X, np.where(z > 0.2, 1, -1), rounds))
    return found


SUM_SLIPS = [
    ({"half": True}, "the sums are half as large: the vote has no factor ½ here."),
    ({"weigh": False}, "does each stump get the present weights, as sample_weight?"),
    ({"share": False}, "the weights must be divided by their sum at the end of every round."),
    ({"turn": -1}, "the weights of the wrong rows become smaller; they should grow."),
    ({"both": True}, "the right rows are multiplied, too, by a number below 1; only the wrong ones are."),
    ({"plain": True}, "ε is a sum of the weights of the wrong rows, not their share."),
    ({"by_sums": True}, "the rows that this round's stump gets wrong grow, whatever the sums say."),
]


def sums_of(vote_sums, what, X, y, rounds):
    """The learner's sums for one table, as an array."""
    own_X, own_y = X.copy(), y.copy()
    with np.errstate(all="ignore"):
        found = attempt(lambda: vote_sums(own_X, own_y, rounds))
    need(not isinstance(found, Exception), f"After {what} it raises {told(found)}")
    same = np.array_equal(own_X, X) and np.array_equal(own_y, y)
    need(same, "It changes the table or the labels that it was given.")
    need(found is not None, "It returns nothing: does it end with return?")
    need(np.iterable(found), "Return the sums, one number for each row.")
    sums = np.asarray(list(found))
    need(
        sums.shape == y.shape and sums.dtype.kind in "iuf",
        f"Return one number for each of {len(y)} rows; the shape is {sums.shape}.",
    )
    need(
        np.isfinite(sums).all(),
        f"After {what} some sums are no finite numbers. Is each tree a stump, and ε between 0 and 1?",
    )
    return sums


@question
def q3(vote_sums):
    tables = tables_to_boost()
    rights = [boost(X, y, rounds) for _, X, y, rounds in tables]
    all_sums, wrong = [], []
    for i, table in enumerate(tables):
        try:
            all_sums.append(sums_of(vote_sums, *table))
        except NotYet:
            if not wrong:
                raise
            tables, rights = tables[:i], rights[:i]  # what went wrong before comes first
            break
        if not np.allclose(all_sums[i], rights[i], rtol=1e-4, atol=NEAR):
            wrong.append(i)
    if not wrong:
        return
    # A mistake is named only if it explains the sums of all tables.
    for slip, hint in SUM_SLIPS:
        others = [boost(X, y, rounds, **slip) for _, X, y, rounds in tables]
        fits = all(map(np.allclose, all_sums, others))
        need(not fits, f"After {tables[wrong[0]][0]}: {hint}")
    what, X, y, rounds = tables[wrong[0]]
    sums, right = all_sums[wrong[0]], rights[wrong[0]]
    half = np.allclose(sums, right / 2, atol=1e-6)
    need(not half, f"After {what}: {SUM_SLIPS[0][1]}")
    need(not np.allclose(sums, -right, atol=1e-6), f"After {what}: the signs are the wrong way round.")
    signs = all(np.array_equal(s, np.sign(r)) for s, r in zip(all_sums, rights, strict=True))
    need(not signs, f"After {what}: those are the answers, −1 and 1; the sums themselves are asked for.")
    last = right - (boost(X, y, rounds - 1) if rounds > 1 else 0)
    need(
        rounds == 1 or not np.allclose(sums, last, atol=1e-6),
        f"After {what}: that is the last stump's vote alone; add up those of all rounds.",
    )
    for more in (-1, 1):
        other = boost(X, y, rounds + more) if rounds + more > 0 else np.zeros(len(y))
        need(
            not np.allclose(sums, other, atol=1e-6),
            f"After {what}: those are the sums after {rounds + more}; count the rounds.",
        )
    need(
        rounds > 1,
        f"After {what} each sum is −α or α of one stump; yours go from {sums.min():.3f} to {sums.max():.3f}. "
        "Is α the natural logarithm of (1 − ε) / ε, and are no sums divided?",
    )
    need(
        np.corrcoef(sums, right)[0, 1] < 0.999999,
        f"After {what}: the sums are in the right proportion, but not of the right size.",
    )
    need(False, f"After {what}: these are not the sums. Print the weights, as in section 7, and compare.")


# --- question 4 -----------------------------------------------------------------------------------

NAMES = ("hard voting", "soft voting", "bagging", "random forest", "boosting", "stacking", "one model")


@question
def q4(build):
    need(isinstance(build, dict), 'build is a dictionary such as {"A": "bagging", …}.')
    need(set(build) == set("ABCDEF"), "Give one name to each of the letters A to F.")
    hints = {
        "A": ("hard voting", "A: what does a member that says 0.99 do to a mean of three, and to a count?"),
        "B": ("soft voting", "B: which vote of equals returns a chance?"),
        "C": ("one model", "C: if all err together, what is left to cancel?"),
        "D": ("random forest", "D: these trees are bagged already. What makes them ask different questions?"),
        "E": ("stacking", "E: who learns how much weight each member gets?"),
        "F": ("boosting", "F: a mean keeps what all members lack. Who works on what is still wrong?"),
    }
    for letter, (right, hint) in hints.items():
        if given(build[letter]):
            name = " ".join(str(build[letter]).lower().split())
            known = isinstance(build[letter], str) and name in NAMES
            need(known, f"{letter}: use one of the names {', '.join(map(repr, NAMES))}.")
            need(name == right, hint)


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.464, 0.368, 0.446, 0.441, 0.374])  # about: another processor may differ a little
LIKE = 0.05  # so far the error on the first fold may be from what is found here
PARTS = ["casual", "registered", "bikers"]  # columns that tell the answer, or a part of it


def interval(differences, overlap=1 / 4, t=2.7764):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def first_fold():
    """Tables and targets of the notebook's first fold, without the columns that tell the answer."""
    from sklearn.model_selection import GroupKFold

    table = load("bikes")
    table = table[table["day"] % 4 == 0].reset_index(drop=True)
    y = np.log1p(table["bikers"].to_numpy(float))
    kind = table["working_day"].map({1: " working", 0: " off"})
    table["hour_and_day"] = table["hour"].astype(str) + kind
    splitter = GroupKFold(5, shuffle=True, random_state=0)
    train, test = next(splitter.split(table, groups=table["day"]))
    table = table.drop(columns=PARTS)
    return table.iloc[train], y[train], table.iloc[test], y[test]


def five_numbers(values, name):
    need(np.iterable(values), f"{name} are five numbers, one for each fold; a mean has no spread.")
    values = np.asarray(list(values))
    need(values.dtype.kind in "iuf", f"{name} are five numbers, one for each fold.")
    need(values.shape == (5,), f"{name} are five numbers, one for each fold; the shape is {values.shape}.")
    need(np.isfinite(values).all(), f"Some of {name} are no numbers.")
    return values.astype(float)


def judge_errors(errors, baseline):
    """The five errors as an array, if they can be what was asked for."""
    errors = five_numbers(errors, "rival_errors")
    need(errors.min() > 0, "Some of rival_errors are not above 0: a root mean squared error is.")
    need(np.ptp(errors) > 1e-9, "The five of rival_errors are all the same: give the error of each fold.")
    same = np.allclose(errors, baseline, atol=1e-9)
    need(not same, "rival_errors are those of the baseline. Race something else against it.")
    need(
        errors.mean() >= 0.3,
        f"A mean error of {errors.mean():.2f} is smaller than anything honest that we tried. Was the model "
        "fitted on rows that it is judged on, or told the answer by a column? Or is this another measure "
        "than the root of the mean squared error?",
    )
    need(
        errors.mean() <= 1.4,
        f"A mean error of {errors.mean():.2f} is larger than that of always saying the mean. Are these "
        "errors of the logarithm?",
    )
    return errors


def members_of(model):
    """The ensemble itself and its members."""
    from sklearn.ensemble import StackingRegressor, VotingRegressor

    found = isinstance(model, StackingRegressor | VotingRegressor)
    need(found, f"rival returns a {type(model).__name__}; return a VotingRegressor or StackingRegressor.")
    return [member for _, member in model.estimators if not isinstance(member, str)]


def kind_of(member):
    """The name of the class at the end of a member, behind searches and pipelines."""
    while True:
        if hasattr(member, "estimator") and hasattr(member, "cv"):
            member = member.estimator
        elif hasattr(member, "steps"):
            member = member.steps[-1][1]
        else:
            return type(member).__name__


def is_search(member):
    return hasattr(member, "estimator") and hasattr(member, "cv")


def first_step(member):
    """What a member's pipeline begins with; None if there is no pipeline."""
    if not hasattr(member, "steps"):
        member = getattr(member, "estimator", None)  # of a search, or of a bag of pipelines
    return member.steps[0][1] if hasattr(member, "steps") else None


def columns_of(step):
    """Names of the columns that a preparation asks for, where it lists them."""
    listed = [columns for _, _, columns in getattr(step, "transformers", [])]
    return {name for columns in listed if isinstance(columns, list | tuple) for name in columns}


def small(member):
    """A member with the middle setting of its search, and at most 10 trees if it is a forest."""
    from sklearn.base import clone

    if is_search(member):
        grid = getattr(member, "param_grid", None)
        grid = grid if isinstance(grid, dict) else {}
        middle = {name: list(values)[len(values) // 2] for name, values in grid.items()}
        return small(clone(member.estimator).set_params(**middle))
    if hasattr(member, "steps"):
        name, last = member.steps[-1]
        return member.set_params(**{name: small(last)})
    if type(member).__name__.startswith(("RandomForest", "ExtraTrees")):
        return member.set_params(n_estimators=min(10, member.n_estimators))
    return member


def small_ensemble(model):
    from sklearn.base import clone

    model = clone(model)
    parts = [(name, part if isinstance(part, str) else small(part)) for name, part in model.estimators]
    return model.set_params(estimators=parts)


def error_of(model):
    """Error on the first fold of a clone fitted on the others, or the exception."""
    import joblib
    from sklearn.base import clone

    X, y, X_new, y_new = first_fold()
    model = clone(model)
    free = [name for name, value in model.get_params().items() if name.endswith("random_state") and not value]
    model.set_params(**dict.fromkeys(free, 0))
    with joblib.parallel_config(backend="sequential"):
        return attempt(
            lambda: float(np.sqrt(((model.fit(X.copy(), y.copy()).predict(X_new) - y_new) ** 2).mean()))
        )


def need_an_ensemble(rival):
    """The model that rival returns, if it has the form that was asked for."""
    need(callable(rival), "rival is a function that returns the model, not the model itself.")
    model = attempt(rival)
    need(not isinstance(model, Exception), f"rival() raises {told(model)}")
    need(model is not None, "rival returns nothing: does it end with return?")
    need(not isinstance(model, type), f"rival returns the class {model}; return a model, made by calling it.")
    members = members_of(model)
    need(2 <= len(members) <= 4, f"The ensemble has {len(members)} members; two to four are asked for.")
    kinds = {kind_of(member) for member in members}
    need(len(kinds) > 1, f"All members are of one kind, {', '.join(kinds)}. Who would err otherwise?")
    need(
        not hasattr(model, "estimators_"),
        "rival returns an ensemble that is already fitted. If it was made outside of the function, let "
        "rival make a new one at every call.",
    )
    prefit = getattr(model, "cv", None) == "prefit"
    need(not prefit, 'cv="prefit" takes members that are fitted before: on which rows? Let the folds do it.')
    for name, member in model.estimators:
        if isinstance(member, str):
            continue
        first = first_step(member)
        need(
            first is not None,
            f"The member {name} has no preparation: put with_numbers or with_words before it by "
            "make_pipeline.",
        )
        leaks = sorted(columns_of(first) & set(PARTS))
        need(
            not leaks,
            f"The member {name} gets the column {', '.join(leaks)}: it is the answer, or a part of it. "
            "Start with with_numbers or with_words.",
        )
    return model


def need_its_errors(model, errors):
    """Does it fit, and err on the first fold as the learner says? A small version is tried first."""
    found = error_of(attempt(lambda: small_ensemble(model)))
    if not isinstance(found, Exception) and (errors is None or abs(found - errors[0]) < LIKE):
        return
    found = error_of(model)
    need(not isinstance(found, Exception), f"Fitted on four of the folds, rival() raises {told(found)}")
    need(
        errors is None or abs(found - errors[0]) < LIKE,
        f"rival_errors begins with {0 if errors is None else errors[0]:.3f}. Fitted on the other four folds, "
        f"rival() errs by {found:.3f} on this one. Are these its errors, in the order of the folds, on days "
        "that it had not seen?",
    )


def need_the_interval(difference, errors, baseline):
    """Are these mean and ends of the corrected interval of these errors?"""
    got = np.asarray(list(difference) if np.iterable(difference) else [])
    need(got.shape == (3,), "difference is three numbers: mean, low, high.")
    need(got.dtype.kind in "iuf", "difference is three numbers: mean, low, high.")
    got, differences = got.astype(float), errors - baseline
    right = interval(differences)
    mean, low, high = right
    if np.allclose(got, right, rtol=0, atol=NEAR):
        return
    apart = np.sqrt(np.var(errors, ddof=1) + np.var(baseline, ddof=1)) * np.sqrt(1 / 5 + 1 / 4)
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(differences, 0), "That takes the folds for independent: overlap is n_test / n_train."),
        (interval(differences, 1 / 9), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, t=1.96), "With five differences the factor is that of t, not 1.96."),
        (mean + np.array([0, -2.7764, 2.7764]) * apart, "Subtract fold by fold first."),
        (interval(errors), "That is the interval of the rival's errors; subtract the baseline's first."),
        (right.round(2), "Round to three digits at least, or not at all."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=NEAR / 3), f"difference: {hint}")
    rounded = np.allclose(errors, errors.round(2), atol=1e-9)
    need(
        not rounded,
        "rival_errors are rounded to two digits, and difference is not the interval of these. Leave them "
        "unrounded, and subtract the baseline_errors as they are.",
    )
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < NEAR,
        f"difference: the mean is given as {got[0]:+.4f}; rival_errors minus the baseline's have another.",
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the differences and 1 / 4?"
    )


def need_the_verdict(verdict, errors, baseline):
    """Does it follow from the interval? A smaller error is better."""
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(errors - baseline)
    right = {"better"} if high < 0 else {"worse"} if low > 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < NEAR:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean < 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: these are errors, rival minus baseline. Is less better or worse?")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(rival, rival_errors, difference, verdict, given_baseline_errors):
    baseline = None
    if whole(given_baseline_errors):
        baseline = five_numbers(given_baseline_errors, "baseline_errors")
        alike = np.abs(baseline - BASELINE).max() < 0.08
        need(alike, "baseline_errors are not those that the given cells measure: run them again.")
    errors = None
    if whole(rival_errors) and baseline is not None:
        errors = judge_errors(rival_errors, baseline)
    if given(rival):
        need_its_errors(need_an_ensemble(rival), errors)
    if whole(difference) and errors is not None:
        need_the_interval(difference, errors, baseline)
    if given(verdict) and errors is not None:
        need_the_verdict(verdict, errors, baseline)
