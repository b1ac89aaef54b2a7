"""The questions of chapter 13, clustering algorithms."""

import functools

import numpy as np
import pandas as pd

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def called(name, function, *arguments):
    """What the learner's function returns for copies of these arguments, which it must leave as they are."""
    own = [np.copy(part) if isinstance(part, np.ndarray) else part for part in arguments]
    found = attempt(lambda: function(*own))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}")
    same = all(np.array_equal(old, new) for old, new in zip(arguments, own, strict=True))
    need(same, f"{name} changes what it was given: work on new arrays.")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    return found


def floats(found, shape, what):
    """As an array of numbers of this shape."""
    array = attempt(lambda: np.asarray(found, dtype=float))
    if isinstance(array, Exception):  # a generator, say
        array = attempt(lambda: np.asarray(list(found), dtype=float))
    need(not isinstance(array, Exception), f"{what}: an array of numbers is asked for.")
    need(array.shape == shape, f"{what}: the shape should be {shape}; yours is {array.shape}.")
    return array


def close(found, right):
    """The same to five digits (float32 has seven), with nan in the same places?"""
    return np.allclose(found, right, rtol=1e-4, atol=1e-5, equal_nan=True)


def rounded(found, right):
    """Are these the right values, rounded to one to four decimals?"""
    return any(
        np.allclose(found, np.round(right, digits), atol=1e-6, equal_nan=True) for digits in (1, 2, 3, 4)
    )


# --- question 1 -----------------------------------------------------------------------------------


def silhouette(X, labels, noise="out", own="others", alone=0.0, power=0.5, other="nearest", divide="max"):
    """The right values; the settings after labels make the likely mistakes."""
    steps = np.abs(X[:, None] - X)
    distances = steps.sum(axis=2) if power == "sum" else (steps**2).sum(axis=2) ** power
    kept = labels != -1 if noise != "group" else np.full(len(X), True)
    near = kept | (noise == "near")  # whom a point may be near to
    groups = np.unique(labels[near])
    lonely = noise == "alone" and (labels == -1).sum() == 1
    values = np.full(len(X), 0.0 if noise == "zero" or lonely else np.nan)
    for i in np.flatnonzero(kept):
        same = (labels == labels[i]) & kept
        if same.sum() == 1:
            values[i] = alone
            continue
        a = distances[i, same].sum() / (same.sum() - (own == "others"))
        to_others = [distances[i, labels == group].mean() for group in groups if group != labels[i]]
        b = {"nearest": np.min, "farthest": np.max, "mean": np.mean}.get(other, np.min)(to_others)
        b = distances[i, near & ~same].mean() if other == "all" else b
        b = distances[i, near & ~same].min() if other == "point" else b
        values[i] = (b - a) / {"max": max(a, b), "a": a, "b": b, "sum": a + b}[divide]
    return values


SILHOUETTE_SLIPS = {
    "a is too small: a point's distance to itself counts in the mean. How many others are there?": {
        "own": "all"
    },
    "−1 is treated as a group like the others. It is noise.": {"noise": "group"},
    "the noise points themselves are nan, but for other points the noise still counts as a near group.": {
        "noise": "near"
    },
    "the only point of noise gets 0, as if it were alone in a group; it gets np.nan.": {"noise": "alone"},
    "noise gets 0; np.nan is asked for.": {"noise": "zero"},
    "a point that is alone in its group gets 1; it should get 0.": {"alone": 1.0},
    "a point that is alone in its group gets nan; it should get 0.": {"alone": np.nan},
    "distances are squared; Euclidean distance takes the root.": {"power": 1},
    "the steps along the columns are added; Euclidean distance squares them first.": {"power": "sum"},
    "b is that of the farthest group; take the one where the mean is smallest.": {"other": "farthest"},
    "b is the mean over all other groups; take the group where the mean is smallest.": {"other": "mean"},
    "b takes all points of other groups together; take group by group, and the smallest mean.": {
        "other": "all"
    },
    "b is the distance to the nearest single point; the mean distance to a group is asked for.": {
        "other": "point"
    },
    "b − a is divided by a; divide by the larger of both.": {"divide": "a"},
    "b − a is divided by b; divide by the larger of both.": {"divide": "b"},
    "b − a is divided by a + b; divide by the larger of both.": {"divide": "sum"},
}


def labelled_tables():
    """What is special, a table and its labels."""
    rng = np.random.default_rng(13)
    three = np.repeat([0, 1, 2], [12, 8, 10])
    X = rng.normal(size=(30, 2)) + np.array([[0, 0], [3, 1], [1, 4]])[three]
    mixed = rng.permutation(three)
    some = np.where(np.arange(30) % 6 == 0, -1, three)
    alone = np.where(np.arange(30) == 4, 7, three)
    return [
        ("the six flippers", np.array([[181.0], [186], [190], [209], [217], [221]]), np.repeat([0, 1], 3)),
        ("three groups", X, three),
        ("groups that overlap", X, mixed),
        ("some noise", X, some),
        ("a point alone in its group", X, alone),
        ("a single point of noise", X, np.where(np.arange(30) == 20, -1, three)),
        ("two single points, one of them noise", X, np.where(np.arange(30) == 9, -1, alone)),
        ("noise and the groups 3 and 8", X[:, :1], np.where(some > 0, 8, np.where(some == 0, 3, -1))),
    ]


@question
def q1(silhouettes):
    for what, X, labels in labelled_tables():
        label = f"With {what}"
        found = called(f"{label}: silhouettes", silhouettes, X, labels)
        need(np.iterable(found), f"{label}: one number for each point, not their mean.")
        found = floats(found, (len(X),), label)
        right = silhouette(X, labels)
        if close(found, right):
            continue
        for hint, slip in SILHOUETTE_SLIPS.items():
            need(not close(found, silhouette(X, labels, **slip)), f"{label}: {hint}")
        need(not close(found, -right), f"{label}: the signs are the wrong way round; it is b − a.")
        noise = labels == -1
        need(np.isnan(found[noise]).all(), f"{label}: points with the label −1 get np.nan.")
        need(
            not np.isnan(found[~noise]).any(),
            f"{label}: {np.isnan(found[~noise]).sum()} points of groups get nan. Is something divided by 0?",
        )
        need(not rounded(found, right), f"{label}: the values look rounded; return them as they are.")
        positive = close(found, np.abs(right))
        need(not positive, f"{label}: a value that should be below 0 comes with the other sign.")
        wrong = (~np.isclose(found, right, rtol=1e-4, atol=1e-5, equal_nan=True)).sum()
        need(False, f"{label}: of {len(X)} values {wrong} differ. Work one of them out by hand.")


# --- question 2 -----------------------------------------------------------------------------------


def em(
    x,
    weights,
    means,
    variances,
    weigh=True,
    spread="variance",
    about="new",
    hard=False,
    ddof=0,
    root=1,
    two=2,
):
    """One right round; the settings after variances make the likely mistakes."""
    squared = (x[:, None] - means) ** 2
    v = variances**2 if spread == "deviation" else variances
    by = {0: 1, 1: np.sqrt(2 * np.pi * v), 2: np.sqrt(2 * np.pi) * v}[root]
    heights = np.exp(-squared / (two * v)) / by
    chances = (weights if weigh else 1) * heights
    chances = chances / chances.sum(axis=1, keepdims=True)
    count = (chances == chances.max(axis=1, keepdims=True)).astype(float) if hard else chances
    total = count.sum(axis=0)
    new_weights = total / len(x)
    new = (count * x[:, None]).sum(axis=0) / total
    middle = means if about == "old" else new
    count = np.ones_like(count) if about == "all" else count
    total = count.sum(axis=0)
    new_variances = (count * (x[:, None] - middle) ** 2).sum(axis=0) / (total - ddof)
    return chances, new_weights, new, new_variances


def bells():
    """What is special, and the arguments of a round."""
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(190, 6, 30), rng.normal(217, 7, 18)])
    return [
        (
            "two bells",
            (x, np.array([0.3, 0.7]), np.array([185.0, 210.0]), np.array([40.0, 90.0])),
        ),
        (
            "three bells",
            (x / 10, np.array([0.5, 0.2, 0.3]), np.array([18.0, 20, 22]), np.array([2.0, 0.5, 1])),
        ),
        (
            "a single bell",
            (x - 200, np.array([1.0]), np.array([3.0]), np.array([4.0])),
        ),
    ]


PARTS = ("the chances", "the weights", "the means", "the variances")
EM_SLIPS = [
    (0, {"weigh": False}, "the chances leave the weights out: weight times height."),
    (0, {"spread": "deviation"}, "the variances are squared once more: they are variances already."),
    (0, {"root": 0}, "the heights lack the division by √(2πv): bells of different widths need it."),
    (0, {"root": 2}, "the heights are divided by √(2π) times v; v stands under the root, too."),
    (0, {"two": 1}, "the exponent lacks the 2 below the line: (x − μ)² / (2v)."),
    (1, {"hard": True}, "each number counts for one bell only; let it count as much as its chance."),
    (2, {"hard": True}, "each number counts for one bell only; let it count as much as its chance."),
    (3, {"about": "old"}, "the variances are taken about the old means; take the new ones."),
    (
        3,
        {"about": "all"},
        "every number counts the same in the variances; let it count as much as its chance.",
    ),
    (3, {"ddof": 1}, "the variances are divided by one less; divide by the sum of the chances."),
]


def later_round(values, case):
    """Are these the chances after one to two hundred rounds?"""
    x, *bells = case
    for _ in range(200):
        bells = em(x, *bells)[1:]
        if close(values, em(x, *bells)[0]):
            return True
    return False


@question
def q2(em_round):
    for what, case in bells():
        label = f"With {what}"
        found = called(f"{label}: em_round", em_round, *case)
        four = isinstance(found, tuple | list) and len(found) == 4
        need(four, f"{label}: return four arrays: chances, weights, means, variances.")
        right = em(*case)
        k = len(case[1])
        shape = attempt(lambda first=found[0]: np.shape(first))
        turned = shape == (k, len(case[0]))
        need(not turned, f"{label}: the chances have a row for each number and a column for each bell.")
        need(shape != (k,) or k == 1, f"{label}: the first array holds {k} numbers; the chances come first.")
        for place, name in enumerate(PARTS):
            values = floats(found[place], right[place].shape, f"{label}, {name}")
            need(np.isfinite(values).all(), f"{label}: {name} hold values that are no finite numbers.")
            if close(values, right[place]):
                continue
            if k > 1 or place == 3:
                for where, slip, hint in EM_SLIPS:
                    same = where == place and close(values, em(*case, **slip)[place])
                    need(not same, f"{label}: {hint}")
            need(not rounded(values, right[place]), f"{label}: {name} look rounded; return them as they are.")
            if place == 0:
                later = later_round(values, case)
                need(
                    not later,
                    f"{label}: these are the chances after more rounds; return those of step 1, under the "
                    "bells that were given.",
                )
                sums = values.sum(axis=1)
                need(np.allclose(sums, 1, atol=1e-4), f"{label}: the chances of a number do not sum to 1.")
            n = len(case[0])
            if place in (1, 2):
                other = close(values, right[3 - place])
                need(not other, f"{label}: weights and means are swapped: the weights come second.")
            if place == 1:
                need(
                    not close(values, right[1] * n), f"{label}: the weights are sums; divide by {n} numbers."
                )
                need(not close(values, case[1]), f"{label}: the weights are still the old ones.")
            if place == 2:
                need(not close(values, case[2]), f"{label}: the means are still the old ones.")
                plain = right[1] * right[2]
                need(not close(values, plain), f"{label}: divide by the sum of the chances, not by {n}.")
            if place == 3:
                need(not close(values, case[3]), f"{label}: the variances are still the old ones.")
                roots = np.sqrt(right[3])
                need(not close(values, roots), f"{label}: these are standard deviations, not variances.")
                plain = right[1] * right[3]
                need(not close(values, plain), f"{label}: divide by the sum of the chances, not by {n}.")
            need(False, f"{label}: {name} are wrong. Work out one of them by hand.")


# --- question 3 -----------------------------------------------------------------------------------


def value(X, k):
    """Silhouette of K-means' groups."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    return silhouette_score(X, KMeans(k, n_init=5, random_state=0).fit_predict(X))


def halves(rng, gap, axis):
    """Forty points; one half moved along an axis."""
    table = rng.normal(size=(40, 2))
    table[:20, axis] += gap
    return rng.permutation(table)


def stretched(rng, gap, narrow_gap, narrow):
    """Forty points in a wide column and a narrow one; one half moved along both."""
    table = rng.normal(size=(40, 2)) * [5, narrow]
    table[:20] += [gap, narrow_gap]
    return rng.permutation(table)


@functools.cache
def tables_and_clouds():
    """What is special, a table, clouds, k, the table's silhouette and those of the clouds."""
    rng = np.random.default_rng(5)
    turned = halves(rng, 4, 0)
    eight = [
        halves(rng, *move) for move in [(1, 1), (7, 1), (2, 0), (0, 0), (8, 1), (1.5, 0), (1, 0), (7, 0)]
    ]
    rng = np.random.default_rng(6)
    wide = stretched(rng, 30, 0, 1)
    moves = [(20, 5, 0.3), (45, 0, 1), (16, 5, 0.3), (22, 5, 0.3), (10, 0, 1)]
    five = [stretched(rng, *move) for move in moves]
    rng = np.random.default_rng(119)
    loose = halves(rng, 3, 0)
    looser = [halves(rng, *move) for move in [(2, 1), (2, 1), (2, 1), (2, 1), (6, 0)]]
    rng = np.random.default_rng(4)
    three = np.repeat([[0.0, 0.0], [9.0, 0.0], [4.0, 8.0]], 15, axis=0) + rng.normal(size=(45, 2))
    two = np.repeat([[0.0, 0.0], [9.0, 0.0]], [20, 25], axis=0)
    twos = [two + rng.normal(size=(45, 2)) for _ in range(3)]
    made = []
    for what, X, clouds, k in [
        ("two groups and eight clouds", turned, eight, 2),
        ("a wide column and a narrow one", wide, five, 2),
        ("two loose groups", loose, looser, 2),
        ("three groups, k = 3", three, [*twos, three + rng.normal(size=(45, 2))], 3),
        ("clouds of which one is the table itself", turned, [eight[0], turned.copy(), eight[1]], 2),
    ]:
        own, others = value(X, k), [value(cloud, k) for cloud in clouds]
        made.append((what, X, clouds, k, own, np.array(others)))
    return made


NAMES_3 = ("irises", "quakes", "Chinstraps")


@question
def q3(share_of_clouds, told_apart):
    if given(share_of_clouds):
        for what, X, clouds, k, own, others in tables_and_clouds():
            label = f"With {what}"
            copies = [cloud.copy() for cloud in clouds]
            found = called(f"{label}: share_of_clouds", share_of_clouds, X, copies, k)
            same = len(copies) == len(clouds) and all(map(np.array_equal, clouds, copies))
            need(same, f"{label}: the clouds are changed; work on new arrays.")
            kind = attempt(lambda found=found: np.asarray(found).dtype.kind)
            need(kind != "b", f"{label}: return the share itself, not True or False.")
            one = np.ndim(found) == 0 and kind in ("i", "u", "f") if isinstance(kind, str) else False
            need(one, f"{label}: return one number, a share.")
            need_the_share(label, float(found), own, others, (X, clouds, k))
    if given(told_apart):
        need(not isinstance(told_apart, str), "told_apart is a list of names, with brackets.")
        need(not isinstance(told_apart, dict), "told_apart is a list of names, not a dictionary.")
        need(np.iterable(told_apart), "told_apart is a list of names.")
        told_apart = list(told_apart)
        names = {" ".join(str(name).lower().split()) for name in told_apart}
        known = {name.lower() for name in NAMES_3}
        need(names <= known, f"told_apart: use the names {', '.join(map(repr, NAMES_3))}.")
        need(
            "chinstraps" not in names,
            "told_apart: for one of the named tables far more than one cloud in twenty reaches its "
            "silhouette with two groups.",
        )
        need(
            len(names) == 2,
            "told_apart: a table is missing whose silhouette (two groups) no or hardly any cloud reaches.",
        )
        need(len(told_apart) == 2, "told_apart: a name occurs twice.")


def need_the_share(label, found, own, others, case):
    """Is it the share of clouds with at least the table's silhouette?"""
    X, clouds, k = case
    right = (others >= own - 1e-12).mean()
    if abs(found - right) < 0.0051:  # two decimals are enough
        return
    n = len(others)
    slips = [
        ((others > own + 1e-12).mean(), "a cloud with exactly the silhouette of X counts, too: at least."),
        (1 - right, "that equals the share of clouds that do not reach it."),
        ((others <= own + 1e-12).mean(), "that equals the share of clouds at or below the silhouette of X."),
        (right * n, "that is a number of clouds; a share is asked for."),
        (100 * right, "give a share, not per cent."),
        (
            (1 + right * n) / (n + 1),
            "X itself is counted as one cloud more; the share of the clouds is asked.",
        ),
        (right * n / 99, f"that is the number of clouds divided by 99; here there are {n} clouds."),
        (own - others.mean(), "that compares with the mean of the clouds; a share of clouds is asked for."),
        (own - others.max(), "that compares with the highest cloud; a share of clouds is asked for."),
        (own, "that is the silhouette of X; compare it with each cloud's."),
        (others.mean(), "that is the mean silhouette of the clouds; compare each with that of X."),
    ]
    for slip, hint in slips:
        need(abs(found - slip) > 1e-6, f"{label}: {hint}")
    need(0 <= found <= 1, f"{label}: a share lies between 0 and 1; yours is {found:.3f}.")
    for slip, hint in share_slips(X, clouds, k):
        need(abs(found - slip) > 1e-6, f"{label}: {hint}")
    need(
        False,
        f"{label}: {found:.3f} is not the share. Are the groups of K-means found anew in each cloud, and is "
        "each silhouette compared with that of X?",
    )


def share_slips(X, clouds, k):
    """Shares that come out when the groups are made otherwise, each with its hint; worked out one by one."""
    from sklearn.cluster import AgglomerativeClustering, KMeans
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import scale

    def share(judge):
        values = [attempt(lambda table=table: judge(table)) for table in (X, *clouds)]
        failed = any(isinstance(value, Exception) for value in values)
        return np.nan if failed else np.mean(np.array(values[1:]) >= values[0])

    def by_ward(table):
        return silhouette_score(table, AgglomerativeClustering(k).fit_predict(table))

    def by_centres_of_x(table):
        return silhouette_score(table, KMeans(k, n_init=5, random_state=0).fit(X).predict(table))

    if k != 2:
        yield share(functools.partial(value, k=2)), "this is the share for two groups. Is k used?"
    yield (
        share(by_centres_of_x),
        "this comes out when the centres of X serve in all clouds: fit to each anew.",
    )
    yield share(lambda table: value(scale(table), k)), "this comes out when each table is scaled again."
    yield share(by_ward), "this comes out with Ward's groups; take those of KMeans."


# --- question 4 -----------------------------------------------------------------------------------

NAMES = ("K-means", "Ward", "single linkage", "DBSCAN", "HDBSCAN", "mixture")


@question
def q4(which):
    need(isinstance(which, dict), 'which is a dictionary such as {"A": "K-means", …}.')
    need(set(which) == set("ABCDEF"), "Give one name to each of the letters A to F.")
    hints = {
        "A": ("mixture", "A: which one gives chances in place of hard labels? See section 5."),
        "B": ("single linkage", "B: which one joins groups by their two nearest members?"),
        "C": ("dbscan", "C: which one hangs on eps? See the table of earthquakes."),
        "D": ("hdbscan", "D: which one runs through all values of the radius?"),
        "E": ("k-means", "E: which one keeps nothing but its centres?"),
        "F": ("ward", "F: which linkage speaks of the inertia?"),
    }
    for letter, (right, hint) in hints.items():
        if given(which[letter]):
            name = " ".join(str(which[letter]).lower().split())
            known = isinstance(which[letter], str) and name in [known.lower() for known in NAMES]
            need(known, f"{letter}: use one of the names {', '.join(map(repr, NAMES))}.")
            need(name == right, hint)


# --- question 5 -----------------------------------------------------------------------------------


@functools.cache
def customers():
    """Who left, all that is known, and the same with one-hot columns."""
    rows = load("customers").dropna().sample(2000, random_state=0).reset_index(drop=True)
    known = rows.drop(columns="churn")
    return (rows["churn"] == "Yes").to_numpy(), known, pd.get_dummies(known, dtype=float)


def judge_segment(segment):
    """The segments as whole numbers from 0, if they keep the rules."""
    left, known, _ = customers()
    n = len(known)
    flat = not isinstance(segment, dict | pd.DataFrame)
    need(flat, "segment: an array, a Series or a list is asked for, one number for each customer.")
    array = np.asarray(list(segment) if np.iterable(segment) and not isinstance(segment, str) else segment)
    need(
        array.shape == (n,),
        f"segment: one number for each of the {n:,} customers; its shape is {array.shape}.",
    )
    need(array.dtype.kind in "iuf", "segment: whole numbers from 0, not names.")
    need((array == np.round(array)).all(), "segment: whole numbers from 0.")
    array = array.astype(int)
    need(
        -1 not in array,
        f"segment: {(array == -1).sum()} customers have −1, noise. Everybody is to get a letter: choose an "
        "algorithm without noise, or put them to the nearest segment.",
    )
    numbers, sizes = np.unique(array, return_counts=True)
    k = len(numbers)
    need(3 <= k <= 6, f"segment: {k} segments; three to six are asked for.")
    need(numbers.tolist() == list(range(k)), f"segment: number the {k} segments 0 to {k - 1}.")
    need(
        sizes.min() >= 0.05 * n,
        f"segment: the smallest has {sizes.min()} customers; 5 % are {0.05 * n:.0f}. Fewer segments, or "
        "another algorithm.",
    )
    shares = np.array([left[array == number].mean() for number in numbers])
    need(
        shares.max() <= 0.9,
        f"segment: in one of them {100 * shares.max():.0f} % left. Segments of what is known beforehand do "
        "not come near that. Was the column that says who left used?",
    )
    need(
        shares.max() - shares.min() >= 0.15,
        f"segment: the shares that left go from {shares.min():.2f} to {shares.max():.2f} only. Who stays and "
        "who leaves is hardly different: try other columns.",
    )
    return array, shares


def need_the_medians(medians, segment):
    """Are they the medians of these segments, in months and dollars?"""
    _, known, _ = customers()
    wanted = ["tenure", "monthly_charges"]
    need(isinstance(medians, pd.DataFrame), "medians is a DataFrame.")
    there = set(wanted) <= set(medians.columns)
    need(there, "medians needs the columns tenure and monthly_charges (one row for each segment).")
    grouped = known.groupby(segment)[wanted]
    right = grouped.median()
    need(len(medians) == len(right), f"medians has {len(medians)} rows; there are {len(right)} segments.")
    need(set(medians.index) == set(right.index), "medians: the index holds the numbers of the segments.")
    found = attempt(lambda: medians.loc[right.index, wanted].to_numpy(float))
    need(not isinstance(found, Exception), "medians holds values that are no numbers.")
    if np.allclose(found, right, atol=0.06):
        return
    means = grouped.mean().to_numpy()
    need(not np.allclose(found, means, atol=0.06), "medians: these are means.")
    if np.allclose(found, right, atol=0.51):  # whole months and dollars
        return
    need(not np.allclose(found, means, atol=0.51), "medians: these are means, rounded.")
    scaled = np.abs(found).max() < 5
    need(not scaled, "medians: these are scaled values; your colleague thinks in months and dollars.")
    order = any(np.allclose(found[:, i], right.to_numpy()[:, 1 - i], atol=0.06) for i in (0, 1))
    need(not order, "medians: the two columns seem to be swapped.")
    rows = [tuple(row) for row in found.round(1)]
    mixed = sorted(rows) == sorted(tuple(row) for row in right.to_numpy().round(1))
    need(not mixed, "medians: the right rows, but the index does not say which segment each belongs to.")
    wrong = np.abs(found - right.to_numpy()).max(axis=1) > 0.51
    need(
        False,
        f"medians: those of {wrong.sum()} of the {len(right)} segments differ from what segment gives. Run "
        "the whole cell again: were they made of an earlier segment?",
    )


def need_the_shares(leaving, shares):
    """Are they the shares that left, segment by segment?"""
    if isinstance(leaving, dict):
        leaving = pd.Series(leaving)
    if isinstance(leaving, pd.Series):
        known = set(leaving.index) == set(range(len(shares)))
        leaving = leaving.sort_index() if known else leaving
    table = isinstance(leaving, pd.DataFrame)
    need(not table, "leaving: a Series or a list is asked for; yours is a DataFrame.")
    found = attempt(lambda: np.asarray(list(leaving), dtype=float))
    need(not isinstance(found, Exception), "leaving: numbers are asked for, one share for each segment.")
    need(found.shape == shares.shape, f"leaving: {len(shares)} shares are asked for, one for each segment.")
    if np.allclose(found, shares, atol=0.006):
        return
    need(not np.allclose(found, 100 * shares, atol=0.6), "leaving: give shares, not per cent.")
    need(not np.allclose(found, 1 - shares, atol=0.006), "leaving: these are the shares that stayed.")
    need(
        not np.allclose(np.sort(found), np.sort(shares), atol=0.006),
        "leaving: the right shares, but not in the order of the segments 0, 1, 2 and so on.",
    )
    coarse = np.allclose(found, shares, atol=0.051)
    need(not coarse, "leaving: these are near, but two decimals are needed.")
    counts = found > 1
    need(not counts.any(), "leaving: a share is at most 1. Are these numbers of customers?")
    need(abs(found.sum() - 1) > 0.01, "leaving: these sum to 1. The share within each segment is asked for.")
    left, _, _ = customers()
    need(
        abs(found.sum() - left.mean()) > 0.005,
        "leaving: these sum to the share that left of all customers. Divide by the size of each segment.",
    )
    need(False, "leaving: these are not the shares that left in your segments.")


def need_the_rule(rule, segment):
    """Is it a small tree that tells the segments from known columns?"""
    from sklearn.tree import DecisionTreeClassifier

    _, _, columns = customers()
    tree = isinstance(rule, DecisionTreeClassifier)
    need(tree, f"rule should be a DecisionTreeClassifier; yours is of the type {type(rule).__name__}.")
    need(hasattr(rule, "tree_"), "rule is not fitted yet.")
    need(
        hasattr(rule, "feature_names_in_"),
        "rule does not know the names of its columns: fit it to a DataFrame such as columns[[…]].",
    )
    names = list(rule.feature_names_in_)
    strange = [name for name in names if name not in columns.columns]
    need(not strange, f"rule: {', '.join(map(str, strange[:3]))} is not among the columns of `columns`.")
    leaves = rule.get_n_leaves()
    need(leaves <= 6, f"rule has {leaves} leaves; six are the most: max_leaf_nodes=6.")
    told_by_rule = rule.predict(columns[names])
    agree = np.mean([str(a) == str(b) for a, b in zip(told_by_rule, segment, strict=True)])
    if agree < 0.85 and told_by_rule.dtype.kind in "iuf":
        agree = (told_by_rule.astype(float) == segment).mean()
    pairs = pd.crosstab(segment, told_by_rule)
    renamed = agree < 0.85 <= pairs.max().sum() / len(segment) and pairs.idxmax().nunique() == pairs.shape[0]
    need(
        not renamed,
        "rule tells your segments apart, but by other numbers. Was segment numbered anew after rule was "
        "fitted?",
    )
    need(
        agree >= 0.85,
        f"rule gives {100 * agree:.0f} % of the customers their segment; 85 % are asked for. Is it fitted to "
        "the unscaled columns and to segment? If so, make segments that are easier to tell.",
    )


@question
def q5(segment, medians, leaving, rule):
    judged = None
    if given(segment):
        judged, shares = judge_segment(segment)
    if given(segment, medians):
        need_the_medians(medians, judged)
    if given(segment, leaving):
        need_the_shares(leaving, shares)
    if given(segment, rule):
        need_the_rule(rule, judged)
