"""The questions of chapter 21, images."""

import functools

import numpy as np

from coursekit.checking import NotYet, attempt, given, need, question, told


def plain(value):
    """The value as an array, also a tensor that still carries its slopes."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def called(function, *arguments, where=""):
    """What a learner's function returns; what it raises becomes a hint, and so does a changed argument."""
    name = getattr(function, "__name__", "Your function")
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    own = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    found = attempt(lambda: function(*own))
    if isinstance(found, NotYet):  # a given function was called in a way that it refuses
        raise found
    if isinstance(found, Exception):  # no need(): the text of a long list of arrays takes seconds
        raise NotYet(f"{name} raises {told(found)}{where}")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    for before, after in zip(arguments, own, strict=True):
        same = not isinstance(before, np.ndarray) or np.array_equal(before, after)
        need(same, f"{name} changes an array that it was given: work on a copy.")
    return found


def table(value, name):
    """The value as an array of finite numbers."""
    found = attempt(lambda: plain(value))
    fine = not isinstance(found, Exception) and found.dtype.kind in "biuf"
    need(fine, f"{name}: return an array of numbers.")
    found = found.astype(float)
    need(np.isfinite(found).all(), f"{name}: some of the numbers are not finite.")
    return found


def alike(a, b, atol=1e-5):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=atol)


# --- question 1 -----------------------------------------------------------------------------------


def slide(picture, kernel, padding, stride):
    framed = np.pad(picture, padding)
    windows = np.lib.stride_tricks.sliding_window_view(framed, kernel.shape)[::stride, ::stride]
    return (windows * kernel).sum(axis=(2, 3))


def pictures_to_convolve():
    """Picture, kernel, padding and stride of each case; the plain ones first."""
    rng = np.random.default_rng(21)
    return [
        (rng.integers(0, 9, (5, 5)), rng.integers(-2, 3, (3, 3)), 0, 1),
        (rng.normal(size=(6, 6)), rng.normal(size=(3, 3)), 1, 1),
        (rng.normal(size=(7, 7)), rng.normal(size=(3, 3)), 0, 2),
        (rng.normal(size=(8, 8)), rng.normal(size=(3, 3)), 1, 3),
        (rng.normal(size=(5, 9)), rng.normal(size=(3, 3)), 0, 1),
        (rng.normal(size=(6, 7)), rng.normal(size=(2, 4)), 2, 2),
        (rng.normal(size=(4, 5)), rng.normal(size=(1, 1)), 0, 1),
        (rng.integers(0, 9, (5, 6)), rng.normal(size=(2, 2)), 1, 1),  # whole pixels, broken weights
    ]


@question
def q1(convolve):
    for picture, kernel, padding, stride in pictures_to_convolve():
        where = (
            f"a picture of {picture.shape}, a kernel of {kernel.shape}, padding {padding}, stride {stride}"
        )
        found = table(called(convolve, picture, kernel, padding, stride), "convolve")
        right = slide(picture, kernel, padding, stride)
        if alike(found, right):
            continue
        need(found.ndim == 2, f"convolve: the map has two axes; yours has {found.ndim}, for {where}.")
        slips = [
            (slide(picture, kernel[::-1, ::-1], padding, stride), "the kernel is turned round."),
            (slide(picture, kernel, padding, 1), "the stride is not used."),
            (slide(picture, kernel, 0, stride), "the padding is not used."),
            (right / kernel.size, "that is the mean of the products; their sum is asked for."),
            (slide(picture, np.ones_like(kernel), padding, stride), "the kernel's numbers are not used."),
            (right.T, "rows and columns are exchanged."),
            (np.trunc(right), "the digits after the point are lost: is the map an array of whole numbers?"),
            (np.maximum(right, 0), "negative sums became 0; no ReLU is asked for."),
        ]
        if min(picture.shape) > 2 * padding:
            edge = np.pad(picture, padding, mode="edge")
            slips.append(
                (slide(edge, kernel, 0, stride), "the frame repeats the border; zeros are asked for.")
            )
        for other, hint in slips:
            need(not alike(found, other), f"convolve: for {where}, {hint}")
        need(
            found.shape == right.shape,
            f"convolve: for {where} your map has the shape {found.shape}. Count the windows that fit, rows "
            "and columns apart.",
        )
        need(False, f"convolve: for {where} some sums are wrong. Compute the first and the last by hand.")


# --- question 2 -----------------------------------------------------------------------------------


def counted(layers, channels, size, bias=1, deep=True, sides=2, flat=True):
    """Numbers out and parameters of each layer; the other arguments make the usual slips."""
    found = []
    for kind, *rest in layers:
        parameters = 0
        if kind == "conv":
            filters, kernel, padding, stride = rest
            inside = (channels if deep else 1) * kernel * kernel
            parameters = filters * (inside + bias)
            size, channels = (size + sides * padding - kernel) // stride + 1, filters
        elif kind == "pool":
            size = size // rest[0]
        else:
            parameters = rest[0] * ((channels if flat or size == 1 else 1) * size * size + bias)
            channels, size = rest[0], 1
        found.append((channels * size * size, parameters))
    return found


def networks():
    """Layers, channels and size of each case."""
    return [
        ([("conv", 4, 3, 0, 1), ("pool", 2), ("dense", 10)], 1, 28),
        ([("dense", 7), ("dense", 3)], 1, 5),
        ([("conv", 8, 5, 2, 1), ("pool", 3), ("conv", 6, 3, 0, 1), ("dense", 9)], 1, 32),
        ([("conv", 5, 3, 1, 2), ("conv", 7, 3, 1, 2), ("pool", 2), ("dense", 4)], 3, 30),
        ([("pool", 2), ("conv", 3, 1, 0, 1)], 2, 9),
        ([("conv", 2, 4, 3, 3), ("dense", 11), ("dense", 6), ("dense", 2)], 3, 17),
        ([("conv", 4, 5, 0, 3), ("pool", 2), ("dense", 3)], 2, 25),
    ]


@question
def q2(count):
    for layers, channels, size in networks():
        given_layers = list(layers)
        answer = called(count, given_layers, channels, size)
        need(given_layers == layers, "count changes the list of layers that it was given.")
        where = f"count({layers}, {channels}, {size})"
        found = attempt(lambda answer=answer: [tuple(float(n) for n in pair) for pair in answer])
        fine = not isinstance(found, Exception) and all(len(pair) == 2 for pair in found)
        need(fine, f"{where}: return a list with two numbers for each layer.")
        right = counted(layers, channels, size)
        if found == right:
            continue
        need(
            len(found) == len(right), f"{where}: {len(right)} layers, but your list has {len(found)} entries."
        )
        slips = [
            ([pair[::-1] for pair in right], "first the numbers that come out, then the parameters."),
            (counted(layers, channels, size, bias=0), "the biases are missing."),
            (
                counted(layers, channels, size, deep=False),
                "a filter has weights for each channel that comes in.",
            ),
            (counted(layers, channels, size, sides=1), "the padding lies on both sides."),
            (counted(layers, channels, size, sides=0), "the padding is not used."),
            (counted(layers, channels, size, flat=False), "a dense layer gets all channels of all places."),
        ]
        for other, hint in slips:
            need(found != other, f"{where}: {hint}")
        for number, (mine, yours) in enumerate(zip(right, found, strict=True), 1):
            what = "numbers that come out" if mine[0] != yours[0] else "parameters"
            need(
                mine == yours,
                f"{where}: layer {number}, {layers[number - 1]}: look again at the {what} "
                f"({yours[0] if mine[0] != yours[0] else yours[1]:g}).",
            )


# --- question 3 -----------------------------------------------------------------------------------


def a_model(rows, columns, classes, seed, bias=0.0):
    """Probabilities that depend on every pixel, of pictures of this size."""
    rng = np.random.default_rng(seed)
    W, b = rng.normal(0, 0.7, (rows * columns, classes)), bias * np.arange(classes)

    def chances_of(pictures):
        pictures = np.asarray(pictures, dtype=float)
        need(
            pictures.ndim == 3 and pictures.shape[1:] == (rows, columns),
            f"occlusion calls chances_of with the shape {pictures.shape}; it takes pictures, rows, columns "
            f"(here any number, {rows} and {columns}).",
        )
        z = pictures.reshape(len(pictures), -1) @ W + b
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return chances_of


def falls(chances_of, picture, window, winner="before", fill=0.0, kept=False):
    """The falls by window; the other arguments make the usual slips."""
    before = chances_of(picture[np.newaxis])[0]
    found = np.zeros((picture.shape[0] // window, picture.shape[1] // window))
    covered = picture.astype(float)
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            covered = covered if kept else picture.astype(float)
            covered[i * window : (i + 1) * window, j * window : (j + 1) * window] = fill
            after = chances_of(covered[np.newaxis])[0]
            place = before.argmax() if winner == "before" else after.argmax()
            found[i, j] = before.max() - after[place]
    return found


@question
def q3(occlusion):
    rng = np.random.default_rng(12)
    for rows, columns, window, classes in [(6, 6, 2, 3), (8, 8, 4, 10), (6, 9, 3, 4), (4, 8, 1, 2)]:
        picture, chances_of = rng.uniform(0, 1, (rows, columns)), a_model(rows, columns, classes, rows)
        where = f"a picture of {rows} × {columns} and windows of {window}"
        asked = f" (for {where}, with a chances_of of {classes} classes)"
        found = table(called(occlusion, chances_of, picture, window, where=asked), "occlusion")
        right = falls(chances_of, picture, window)
        if alike(found, right):
            continue
        need(
            found.shape == right.shape,
            f"occlusion: for {where} the shape is {found.shape}; one number for each of "
            f"{right.shape[0]} × {right.shape[1]} windows, at its place.",
        )
        before = chances_of(picture[np.newaxis])[0]
        slips = [
            (-right, "the sign is turned round: a fall is positive."),
            (before.max() - right, "that is the probability that is left; how far it falls is asked for."),
            (right / before.max(), "that is the fall as a share; the difference is asked for."),
            (100 * right, "that is in percent; probabilities go from 0 to 1."),
            (np.maximum(right, 0), "a rise is negative, not 0."),
            (np.abs(right), "a rise is negative."),
            (right.T, "rows and columns are exchanged."),
            (
                falls(chances_of, picture, window, winner="after"),
                "the class is that of the uncovered picture.",
            ),
            (falls(chances_of, picture, window, kept=True), "windows stay covered: each time only one."),
            (falls(chances_of, picture, window, fill=1.0), "cover with zeros."),
            (falls(chances_of, picture, window, fill=picture.mean()), "cover with zeros, not with the mean."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"occlusion: for {where}, {hint}")
        need(False, f"occlusion: for {where} some numbers are wrong. Compute the first and the last by hand.")


# --- question 4 -----------------------------------------------------------------------------------


def a_shop(seed, n_products=40):
    """Pictures that are all different (and exact in float32), their labels and products, mixed."""
    rng = np.random.default_rng(seed)
    product = rng.permutation(np.repeat(np.arange(n_products) * 3 + 5, 3))
    labels = (product // 3) % 4
    return rng.integers(26, 256, (len(product), 5, 5)) / 256, labels, product


def flipped(picture):
    return picture[::-1]


def dimmed(picture):
    return picture * 0.5


def keys(pictures):
    """Each picture as a text, so that it can be looked up."""
    return [np.round(picture, 6).tobytes() for picture in np.asarray(pictures, dtype=float)]


def four_parts(answer):
    """X_train, y_train, X_test, y_test as arrays, if they are that."""
    four = "split_and_augment: return four arrays, X_train, y_train, X_test, y_test."
    found = attempt(lambda: [plain(part) for part in answer])
    need(not isinstance(found, Exception) and len(found) == 4, four)
    X_train, y_train, X_test, y_test = found
    for X, y, name in [(X_train, y_train, "training"), (X_test, y_test, "test")]:
        need(len(X) > 0, f"split_and_augment: the {name} part is empty.")
        need(
            X.ndim == 3 and y.ndim == 1,
            f"{four} The {name} part has {X.ndim} and {y.ndim} axes, not 3 and 1.",
        )
        need(len(X) == len(y), f"split_and_augment: {len(X)} {name} pictures, but {len(y)} labels.")
    return X_train, y_train, X_test, y_test


@question
def q4(split_and_augment):
    changes = [flipped, dimmed]
    for seed in (0, 1):
        pictures, labels, product = a_shop(seed)
        place = {key: i for i, key in enumerate(keys(pictures))}
        answer = called(split_and_augment, pictures, labels, product, list(changes), seed)
        X_train, y_train, X_test, y_test = four_parts(answer)
        need(
            len(X_test) < len(X_train),
            f"The test part has {len(X_test)} pictures, the training part {len(X_train)}. A fifth of the "
            "products is for the test; the order is X_train, y_train, X_test, y_test.",
        )
        in_test = [place.get(key) for key in keys(X_test)]
        in_train = [place.get(key) for key in keys(X_train)]
        need(
            None not in in_test,
            "The test part holds pictures that are not among the given ones: the test pictures stay as they "
            "were, and get no copies.",
        )
        originals = [i for i in in_train if i is not None]
        both = set(in_test) & set(originals)
        need(not both, f"{len(both)} pictures are in the training part and in the test part.")
        need(len(set(in_test)) == len(in_test), "Some test pictures are there more than once.")
        shared = set(product[in_test]) & set(product[originals])
        need(
            not shared,
            f"{len(shared)} products have pictures in both parts. Draw products, not pictures.",
        )
        from_all = keys([change(p) for change in changes for p in pictures])
        changed = {key: i % len(pictures) for i, key in enumerate(from_all)}
        sources = [
            changed.get(key) if i is None else i for key, i in zip(keys(X_train), in_train, strict=True)
        ]
        need(
            None not in sources,
            "The training part holds pictures that none of the changes makes of a given one.",
        )
        leaked = set(sources) & set(in_test)
        need(not leaked, f"{len(leaked)} test pictures have a changed copy in the training part.")
        lost = len(pictures) - len(set(originals) | set(in_test))
        need(lost == 0, f"{lost} of {len(pictures)} pictures are in neither part as they were.")
        share = len(set(product[in_test])) / len(set(product))
        need(
            0.15 <= share <= 0.25,
            f"{share:.0%} of the products are in the test part; about a fifth is asked for.",
        )
        copies = [
            np.sum(np.isin(keys(X_train), from_all[k * len(pictures) :][: len(pictures)])) for k in (0, 1)
        ]
        need(
            len(set(originals)) == len(originals),
            "Some training pictures are there several times as they were. Each function in changes takes one "
            "picture, not an array of pictures.",
        )
        need(
            len(X_train) == 3 * len(originals) and copies == [len(originals)] * 2,
            f"Of {len(originals)} training pictures and two changes there are {len(X_train)} in the training "
            "part; each picture once as it was, and one copy for each change.",
        )
        need(np.array_equal(y_test, labels[in_test]), "Test pictures and their labels do not keep together.")
        need(
            np.array_equal(y_train, labels[sources]),
            "Training pictures and their labels do not keep together: a copy has the label of its original.",
        )
    pictures, labels, product = a_shop(2)
    tests = [
        four_parts(called(split_and_augment, pictures, labels, product, [flipped], s))[2] for s in (3, 3, 4)
    ]
    sets = [set(keys(test)) for test in tests]
    need(sets[0] == sets[1], "With the same seed the test part is another one: draw with seed.")
    need(sets[0] != sets[2], "Another seed gives the same test part: is seed used?")


# --- question 5 -----------------------------------------------------------------------------------

CLOSE = 0.0006  # three digits are enough


@functools.cache
def digits_and_parts():
    """Pictures, labels and the eight parts of the notebook."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    mixed = np.random.default_rng(0).permutation(len(digits.target))
    images, digit = digits.images[mixed] / 16, digits.target[mixed]
    parts = []
    for k in range(8):
        places = [np.flatnonzero(digit == label) for label in range(10)]
        train = np.concatenate([p[10 * k : 10 * k + 10] for p in places])
        test = np.concatenate([p[80 + 10 * k : 90 + 10 * k] for p in places])
        parts.append((train, test))
    return images, digit, parts


def score(X, y, test):
    from sklearn.svm import SVC

    images, digit, _ = digits_and_parts()
    model = SVC(C=10).fit(np.reshape(X, (len(X), 64)), y)
    return model.score(images[test].reshape(-1, 64), digit[test])


@functools.cache
def baseline():
    images, digit, parts = digits_and_parts()
    return np.array([score(images[train], digit[train], test) for train, test in parts])


def interval(differences, overlap=0.0, t=2.3646):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of eight parts."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


def judge_augmented(augmented):
    """The eight accuracies as an array, if they can be what was asked for."""
    eight = "augmented: eight accuracies, one for each part."
    need(np.ndim(augmented) > 0, f"{eight} A mean has no spread.")
    found = table(list(augmented), "augmented")
    need(found.shape == (8,), f"{eight} The shape is {found.shape}.")
    need(((found >= 0) & (found <= 1)).all(), f"{eight} Some are not between 0 and 1.")
    return found


def made_by(augment, k):
    """What augment makes of part k, as arrays; a hint if it is not what was asked for."""
    images, digit, parts = digits_and_parts()
    train, _ = parts[k]
    answer = called(augment, images[train], digit[train], np.random.default_rng(k))
    found = attempt(lambda: [plain(part) for part in answer])
    fine = not isinstance(found, Exception) and len(found) == 2
    need(fine, "augment: return two arrays, X_more and y_more.")
    X, y = found
    need(len(X) == len(y), f"augment: {len(X)} pictures, but {len(y)} labels.")
    need(
        X.size == 64 * len(X) and len(X) > 0,
        f"augment: pictures of 8 × 8 are asked for; the shape is {X.shape}.",
    )
    X = table(X, "augment").reshape(-1, 8, 8)
    need(len(X) <= 1000, f"augment: {len(X)} pictures; at most ten times as many as came in.")
    there = set(zip(keys(X), y.tolist(), strict=True))
    missing = [pair not in there for pair in zip(keys(images[train]), digit[train].tolist(), strict=True)]
    there_at_all = set(keys(X))
    need(
        not any(missing) or any(key not in there_at_all for key in keys(images[train])),
        f"augment: {sum(missing)} of the pictures that came in come out with another label only. Do pictures "
        "and labels keep together?",
    )
    need(
        not any(missing),
        f"augment: {sum(missing)} of the pictures that came in are not among those that come out, unchanged "
        "and with their label. Return the originals too.",
    )
    need(len(X) > len(train), "augment returns no more pictures than came in.")
    own, of_data = set(keys(images[train])), set(keys(images))
    foreign = sum(key in of_data and key not in own for key in keys(np.round(16 * X) / 16))
    need(
        foreign == 0,
        f"augment: {foreign} of its pictures are pictures of the data that are not in X. It may see only X.",
    )
    return X, y


def need_the_interval(difference, augmented):
    """Are these mean and ends of the interval of these accuracies?"""
    three = "difference is three numbers: mean, low, high."
    need(np.iterable(difference) and len(list(difference)) == 3, three)
    got = table(list(difference), "difference")
    differences = augmented - baseline()
    right = interval(differences)
    if np.allclose(got, right, rtol=0, atol=CLOSE):
        return
    mean, low, high = right
    slips = [
        (-right[[0, 2, 1]], "It is plain minus augmented; augmented minus plain is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (100 * right, "That is in percent; the accuracies are shares."),
        (interval(differences, 1.0), "The parts share no picture: which overlap is that?"),
        (interval(differences, 1 / 9), "The parts share no picture: which overlap is that?"),
        (interval(differences, 1 / 7), "The parts share no picture: which overlap is that?"),
        (interval(differences, 1 / 8), "The parts share no picture: which overlap is that?"),
        (interval(differences, t=1.96), "With eight differences the factor is that of t, not 1.96."),
        (interval(augmented), "That is the interval of augmented; subtract plain first."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=CLOSE / 2), f"difference: {hint}")
    need(
        abs(got[0] - mean) < CLOSE,
        f"difference: the mean is given as {got[0]:+.4f}; augmented minus plain have another.",
    )
    need(False, "difference: the mean is right, the ends are not. Did interval get the differences and 0?")


def need_the_verdict(verdict, augmented):
    """Does it follow from the interval?"""
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(augmented - baseline())
    right = {"better"} if low > 0 else {"worse"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < CLOSE:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean > 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? It is augmented minus plain, and an accuracy.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(augment, augmented, difference, verdict):
    found = judge_augmented(augmented) if whole(augmented) else None
    if given(augment):
        _, _, parts = digits_and_parts()
        for k in (0, 1, 7):
            X, y = made_by(augment, k)
            again, y_again = made_by(augment, k)
            need(
                alike(X, again) and np.array_equal(y, y_again),
                "augment makes other pictures or labels with the same generator: draw only from rng.",
            )
            mine = score(X, y, parts[k][1])
            if found is not None and abs(found[k] - mine) > 0.0151:
                need(
                    abs(found[k] - baseline()[k]) > 1e-9 or np.any(found != baseline()),
                    "augmented are the accuracies without augmentation.",
                )
                need(
                    False,
                    f"augmented gives {found[k]:.2f} for part {k}; with augment and default_rng({k}) it is "
                    f"{mine:.2f}. Is it fitted on what augment returns, and judged on the test pictures?",
                )
    if whole(difference) and given(augmented, difference) and found is not None:
        need_the_interval(difference, found)
    if given(augmented, verdict) and found is not None:
        need_the_verdict(verdict, found)
