"""Answers to the questions of chapter 21 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import torch
from scipy.ndimage import rotate
from scipy.signal import correlate2d
from scipy.stats import t
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit
from sklearn.svm import SVC
from torch import nn

# --- question 1 -----------------------------------------------------------------------------------


def by_loop(picture, kernel, padding, stride):
    framed = np.pad(picture, padding)
    high, wide = kernel.shape
    rows = []
    for top in range(0, framed.shape[0] - high + 1, stride):
        row = []
        for left in range(0, framed.shape[1] - wide + 1, stride):
            row.append((framed[top : top + high, left : left + wide] * kernel).sum())
        rows.append(row)
    return rows


def by_scipy(picture, kernel, padding, stride):
    return correlate2d(np.pad(picture, padding), kernel, mode="valid")[::stride, ::stride]


def by_torch(picture, kernel, padding, stride):
    x = torch.tensor(picture).double()[None, None]
    w = torch.tensor(kernel).double()[None, None]
    return nn.functional.conv2d(x, w, padding=padding, stride=stride)[0, 0]


def by_einsum(picture, kernel, padding, stride):
    framed = np.zeros(np.array(picture.shape) + 2 * padding)
    framed[padding : padding + picture.shape[0], padding : padding + picture.shape[1]] = picture
    views = np.lib.stride_tricks.sliding_window_view(framed, kernel.shape)
    return np.einsum("ijkl,kl->ij", views[::stride, ::stride], kernel).astype(np.float32)


def by_fft(picture, kernel, padding, stride):
    framed, (high, wide) = np.pad(picture, padding), kernel.shape
    shape = np.array(framed.shape) + kernel.shape
    product = np.fft.rfft2(framed, shape) * np.fft.rfft2(kernel[::-1, ::-1], shape)
    whole = np.fft.irfft2(product, shape)[: framed.shape[0], : framed.shape[1]]
    return whole[high - 1 :: stride, wide - 1 :: stride]


def like_the_picture(picture, kernel, padding, stride):
    return by_scipy(picture, kernel, padding, stride).astype(picture.dtype)


def in_place(picture, kernel, padding, stride):
    picture *= 1 if picture.dtype.kind == "i" else 2
    picture[0] = 0
    return by_scipy(picture, kernel, padding, stride)


def square_only(picture, kernel, padding, stride):
    framed, k = np.pad(picture, padding), kernel.shape[0]
    n = (framed.shape[0] - k) // stride + 1
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            part = framed[i * stride : i * stride + k, j * stride : j * stride + k]
            found[i, j] = (part * kernel).sum()
    return found


def one_window_less(picture, kernel, padding, stride):
    return by_scipy(picture, kernel, padding, stride)[:-1, :-1]


# --- question 2 -----------------------------------------------------------------------------------


def count(layers, channels, size, bias=1, one_table=False, sides=2, whole=int):
    found = []
    for layer in layers:
        parameters = 0
        if layer[0] == "conv":
            _, filters, k, padding, stride = layer
            parameters = filters * ((1 if one_table else channels) * k * k + bias)
            channels, size = filters, whole((size + sides * padding - k) / stride) + 1
        elif layer[0] == "pool":
            size //= layer[1]
        else:
            parameters = layer[1] * (channels * size**2 + bias)
            channels, size = layer[1], 1
        found.append((channels * size**2, parameters))
    return found


def count_by_torch(layers, channels, size):
    x, found = torch.zeros(1, channels, size, size), []
    for kind, *rest in layers:
        if kind == "conv":
            filters, k, padding, stride = rest
            layer = nn.Conv2d(x.shape[1], filters, k, stride, padding)
        elif kind == "pool":
            layer = nn.MaxPool2d(rest[0])
        else:
            x = x.flatten(1)
            layer = nn.Linear(x.shape[1], rest[0])
        x = layer(x)
        found.append([x.numel(), sum(p.numel() for p in layer.parameters())])
    return found


def count_as_array(layers, channels, size):
    return np.array(count(layers, channels, size))


def count_pops(layers, channels, size):
    found = count(layers, channels, size)
    layers.pop()
    return found


# --- question 3 -----------------------------------------------------------------------------------


def occlusion(chances_of, picture, window, fall=None, cover=0, keep=False, winner=None):
    before = chances_of(picture[np.newaxis])[0]
    best = before.argmax()
    found = np.zeros((picture.shape[0] // window, picture.shape[1] // window))
    covered = picture.copy()
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            if not keep:
                covered = picture.copy()
            covered[i * window : (i + 1) * window, j * window : (j + 1) * window] = cover
            after = chances_of(covered[np.newaxis])[0]
            left = after[best] if winner is None else winner(after)
            found[i, j] = before[best] - left if fall is None else fall(before[best], left)
    return found


def with_(**settings):
    def changed(chances_of, picture, window):
        return occlusion(chances_of, picture, window, **settings)

    return changed


def all_at_once(chances_of, picture, window):
    high, wide = picture.shape[0] // window, picture.shape[1] // window
    many = np.repeat(picture[np.newaxis], high * wide, axis=0)
    for number in range(high * wide):
        i, j = divmod(number, wide)
        many[number, i * window : (i + 1) * window, j * window : (j + 1) * window] = 0
    before = chances_of(picture.reshape(1, *picture.shape))[0]
    after = chances_of(many)[:, np.argmax(before)]
    return (before.max() - after).reshape(high, wide)


def by_mask(chances_of, picture, window):
    before = chances_of(picture[None])
    high, wide = picture.shape[0] // window, picture.shape[1] // window
    rows = []
    for i in range(high):
        row = []
        for j in range(wide):
            mask = np.zeros((high, wide))
            mask[i, j] = 1
            covered = np.where(np.kron(mask, np.ones((window, window))), 0, picture)
            row.append(before.max() - chances_of(covered[None])[0, before[0].argmax()])
        rows.append(row)
    return torch.tensor(rows)


def covers_the_picture(chances_of, picture, window):
    before = chances_of(picture[np.newaxis])[0]
    best = before.argmax()
    found = np.zeros((picture.shape[0] // window, picture.shape[1] // window))
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            picture[i * window : (i + 1) * window, j * window : (j + 1) * window] = 0
            found[i, j] = before[best] - chances_of(picture[np.newaxis])[0, best]
    return found


@cache
def reader():
    digits = load_digits()
    return LogisticRegression(C=0.001, max_iter=5000).fit(digits.data, digits.target)


def ignores_chances_of(chances_of, picture, window):
    return occlusion(lambda p: reader().predict_proba(p.reshape(len(p), -1)), picture, window)


def window_not_a_place(chances_of, picture, window):
    before = chances_of(picture[np.newaxis])[0]
    found = np.zeros((picture.shape[0] // window, picture.shape[1] // window))
    for i, j in np.ndindex(*found.shape):
        covered = picture.copy()
        covered[i : i + window, j : j + window] = 0
        found[i, j] = before.max() - chances_of(covered[np.newaxis])[0, before.argmax()]
    return found


def of_each_pixel(chances_of, picture, window):
    return np.kron(occlusion(chances_of, picture, window), np.ones((window, window)))


def flat_picture(chances_of, picture, window):
    return chances_of(picture.reshape(1, -1))


# --- question 4 -----------------------------------------------------------------------------------


def split(pictures, labels, product, changes, seed, share=0.2, of_pictures=False, copy_test=False):
    rng = np.random.default_rng(seed)
    if of_pictures:
        in_test = rng.random(len(pictures)) < share
    else:
        each = np.unique(product)
        in_test = np.isin(product, rng.permutation(each)[: round(share * len(each))])
    X_train, y_train = pictures[~in_test], labels[~in_test]
    X_test, y_test = pictures[in_test], labels[in_test]
    X, y = copies_of(X_train, y_train, changes)
    if copy_test:
        X_test, y_test = copies_of(X_test, y_test, changes)
    return X, y, X_test, y_test


def copies_of(X, y, changes):
    more = [X] + [np.stack([change(picture) for picture in X]) for change in changes]
    return np.concatenate(more), np.tile(y, len(more))


def otherwise(**settings):
    def changed(pictures, labels, product, changes, seed):
        return split(pictures, labels, product, changes, seed, **settings)

    return changed


def by_sklearn(pictures, labels, product, changes, seed):
    cut = GroupShuffleSplit(1, test_size=0.2, random_state=seed)
    train, test = next(cut.split(pictures, labels, groups=product))
    X, y = [], []
    for i in train:
        X.append(pictures[i])
        y.append(labels[i])
        for change in changes:
            X.append(change(pictures[i]))
            y.append(labels[i])
    return X, y, pictures[test], labels[test]


def mixed(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    order = np.random.default_rng(seed).permutation(len(X))
    return torch.tensor(X[order]), torch.tensor(y[order]), X_test, y_test


def all_changed_at_once(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, [], seed)
    more = np.concatenate([[change(picture) for picture in X] for change in changes])  # fails without changes
    return np.concatenate([X, more]), np.tile(y, 1 + len(changes)), X_test, y_test


def changes_the_stack(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, [], seed)
    X = np.concatenate([X] + [change(X) for change in changes])
    return X, np.tile(y, 1 + len(changes)), X_test, y_test


def change_after_change(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, [], seed)
    versions = [X]
    for change in changes:
        versions.append(np.array([change(picture) for picture in versions[-1]]))
    return np.concatenate(versions), np.tile(y, len(versions)), X_test, y_test


def numbers_from_0(pictures, labels, product, changes, seed):
    n = len(np.unique(product))
    chosen = np.random.default_rng(seed).choice(n, n // 5, replace=False)
    in_test = np.isin(product, chosen)
    X, y = copies_of(pictures[~in_test], labels[~in_test], changes)
    return X, y, pictures[in_test], labels[in_test]


def exchanged_parts(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    return X_test, y_test, X, y


def copies_first(pictures, labels, product, changes, seed):
    X, y = copies_of(pictures, labels, changes)
    order = np.random.default_rng(seed).permutation(len(X))
    n = len(X) // 5
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


def labels_in_another_order(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    return X, np.sort(y), X_test, y_test


def repeated_labels(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    n = 1 + len(changes)
    return X, np.repeat(y[: len(y) // n], n), X_test, y_test


def only_copies(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    n = len(X) // (1 + len(changes))
    return X[n:], y[n:], X_test, y_test


def first_change_only(pictures, labels, product, changes, seed):
    return split(pictures, labels, product, changes[:1], seed)


def same_seed(pictures, labels, product, changes, seed):
    return split(pictures, labels, product, changes, 0)


def no_seed(pictures, labels, product, changes, seed):
    return split(pictures, labels, product, changes, None)


def test_by_training_rule(pictures, labels, product, changes, seed):
    X, y, X_test, y_test = split(pictures, labels, product, changes, seed)
    return X, X_test, y, y_test


# --- question 5 -----------------------------------------------------------------------------------


@cache
def digits_and_parts():
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images, digit = digits.images[order] / 16, digits.target[order]
    parts = []
    for k in range(8):
        train, test = [], []
        for label in range(10):
            places = np.flatnonzero(digit == label)
            train.extend(places[10 * k : 10 * k + 10])
            test.extend(places[80 + 10 * k : 90 + 10 * k])
        parts.append((np.array(train), np.array(test)))
    return images, digit, parts


def accuracies(augment=None):
    images, digit, parts = digits_and_parts()
    found = []
    for k, (train, test) in enumerate(parts):
        X, y = images[train], digit[train]
        if augment is not None:
            X, y = augment(X, y, np.random.default_rng(k))
        model = SVC(C=10).fit(np.asarray(X).reshape(len(X), 64), y)
        found.append(model.score(images[test].reshape(-1, 64), digit[test]))
    return np.array(found)


def interval(differences, overlap=0.0, factor=None):
    k, mean = len(differences), np.mean(differences)
    factor = t.ppf(0.975, k - 1) if factor is None else factor
    half = factor * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def moved(X, y, rng):
    framed = np.pad(X, [(0, 0), (1, 1), (1, 1)])
    copies = [X] + [framed[:, a : a + 8, b : b + 8] for a, b in [(0, 1), (2, 1), (1, 0), (1, 2)]]
    return np.concatenate(copies), np.tile(y, 5)


def turned(X, y, rng):
    angle = rng.uniform(5, 12)
    copies = [X] + [rotate(X, a, axes=(1, 2), reshape=False, order=1) for a in (-angle, angle)]
    return np.concatenate(copies), np.tile(y, 3)


def noisy(X, y, rng):
    more = [X] + [np.clip(X + rng.normal(0, 0.1, X.shape), 0, 1) for _ in range(3)]
    return torch.tensor(np.concatenate(more)), list(np.tile(y, 4))


def half_a_turn(X, y, rng):
    return np.concatenate([X, X[:, ::-1, ::-1]]), np.concatenate([y, y])


def upside_down(X, y, rng):
    return np.concatenate([X, X[:, ::-1], X[:, :, ::-1]]), np.tile(y, 3)


def verdict_of(found):
    _, low, high = interval(found - accuracies())
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def handed_in(augment, verdict=None, augmented=None, difference=None):
    """The four answers, some of them changed."""

    def answers():
        found = accuracies(augment) if augmented is None else augmented()
        of_it = interval(found - accuracies()) if difference is None else difference(found)
        return augment, found, of_it, verdict_of(found) if verdict is None else verdict

    return answers


def only_new(X, y, rng):
    return X[:, ::-1], y


def nothing_new(X, y, rng):
    return X, y


def too_many(X, y, rng):
    return np.concatenate([X] * 12), np.tile(y, 12)


def peeks(X, y, rng):
    images, digit, parts = digits_and_parts()
    test = parts[0][1]
    return np.concatenate([X, images[test]]), np.concatenate([y, digit[test]])


def peeks_at_training(X, y, rng):
    images, digit, parts = digits_and_parts()
    others = np.concatenate([train for train, _ in parts])
    return np.concatenate([X, images[others]]), np.concatenate([y, digit[others]])


def peeks_and_blurs(X, y, rng):
    images, digit, parts = digits_and_parts()
    tests = np.concatenate([test for _, test in parts])
    return np.concatenate([X, images[tests] + 0.001]), np.concatenate([y, digit[tests]])


def labels_of_its_own(X, y, rng):
    return np.concatenate([X, X]), np.concatenate([y, np.random.default_rng().permutation(y)])


def repeats_labels(X, y, rng):
    return moved(X, y, rng)[0], np.repeat(y, 5)


def list_of_thousand(X, y, rng):
    X_more, y_more = list(X), list(y)
    for picture, label in zip(X, y, strict=True):
        for _ in range(9):
            X_more.append(np.roll(picture, rng.integers(-1, 2), axis=rng.integers(2)).astype(np.float32))
            y_more.append(label)
    return X_more, y_more


def own_generator(X, y, rng):
    return np.concatenate([X, X + np.random.default_rng().normal(0, 0.1, X.shape)]), np.tile(y, 2)


def changes_X(X, y, rng):
    X[:, 0] = 0
    return np.concatenate([X, X]), np.tile(y, 2)


def labels_short(X, y, rng):
    return np.concatenate([X, X[:, ::-1]]), y


RIGHT = {
    "q1": [
        ("SciPy's correlation", (by_scipy,)),
        ("loops, lists", (by_loop,)),
        ("PyTorch, a tensor", (by_torch,)),
        ("windows, float32", (by_einsum,)),
        ("through Fourier", (by_fft,)),
    ],
    "q2": [
        ("by the formulas", (count,)),
        ("PyTorch counts", (count_by_torch,)),
        ("an array", (count_as_array,)),
        ("a generator", (lambda *what: (pair for pair in count(*what)),)),
    ],
    "q3": [
        ("two loops", (occlusion,)),
        ("all covered pictures at once", (all_at_once,)),
        ("a mask, a tensor", (by_mask,)),
    ],
    "q4": [
        ("products drawn", (split,)),
        ("GroupShuffleSplit, lists", (by_sklearn,)),
        ("mixed, tensors", (mixed,)),
        ("a share of 0.24", (otherwise(share=0.24),)),
        ("float32", (lambda p, *what: split(p.astype(np.float32), *what),)),
        ("all changes at once, one at least", (all_changed_at_once,)),
    ],
    "q5": [
        ("moved by a pixel", handed_in(moved)),
        ("turned, drawn from rng", handed_in(turned)),
        ("noise, a tensor and a list", handed_in(noisy)),
        ("a list of a thousand pictures", handed_in(list_of_thousand)),
        ("half a turn, which does not help", handed_in(half_a_turn)),
        (
            "rounded to three digits",
            handed_in(moved, difference=lambda f: np.round(interval(f - accuracies()), 3)),
        ),
        (
            "a list",
            handed_in(upside_down, None, lambda: list(accuracies(upside_down))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("the kernel turned round", (lambda p, k, pad, s: by_scipy(p, k[::-1, ::-1], pad, s),)),
        ("no stride", (lambda p, k, pad, s: by_scipy(p, k, pad, 1),)),
        ("no padding", (lambda p, k, pad, s: by_scipy(p, k, 0, s),)),
        ("the mean", (lambda p, k, pad, s: by_scipy(p, k, pad, s) / k.size,)),
        ("square pictures only", (square_only,)),
        ("one window less", (one_window_less,)),
        ("changes the picture", (in_place,)),
        ("four axes", (lambda p, k, pad, s: by_scipy(p, k, pad, s)[None, None],)),
        ("the largest", (lambda p, k, pad, s: by_scipy(p, k, pad, s).max(),)),
        ("no return", (lambda *what: None,)),
        ("the border repeated", (lambda p, k, pad, s: by_scipy(np.pad(p, pad, mode="edge"), k, 0, s),)),
        ("the picture's type, so no fractions", (like_the_picture,)),
        ("a map, no function", (np.zeros((3, 3)),)),
    ],
    "q2": [
        ("no bias", (lambda *what: count(*what, bias=0),)),
        ("one table a filter", (lambda *what: count(*what, one_table=True),)),
        ("padding on one side", (lambda *what: count(*what, sides=1),)),
        ("no padding", (lambda *what: count(*what, sides=0),)),
        ("exchanged", (lambda *what: [pair[::-1] for pair in count(*what)],)),
        ("the total", (lambda *what: sum(pair[1] for pair in count(*what)),)),
        ("the last layer", (lambda *what: count(*what)[-1],)),
        ("parameters only", (lambda *what: [pair[1] for pair in count(*what)],)),
        ("layers with parameters only", (lambda *what: [pair for pair in count(*what) if pair[1]],)),
        ("takes a layer away", (count_pops,)),
        ("rounds what does not fit", (lambda *what: count(*what, whole=round),)),
        ("the example's numbers", (lambda *what: [(2704, 40), (676, 0), (10, 6770)],)),
    ],
    "q3": [
        ("the sign", (with_(fall=lambda before, left: left - before),)),
        ("what is left", (with_(fall=lambda before, left: left),)),
        ("a share", (with_(fall=lambda before, left: (before - left) / before),)),
        ("no rises", (with_(fall=lambda before, left: max(before - left, 0)),)),
        ("windows stay covered", (with_(keep=True),)),
        ("covers the picture itself", (covers_the_picture,)),
        ("covered with white", (with_(cover=1),)),
        ("the winner after covering", (with_(winner=lambda after: after.max()),)),
        ("a number for each pixel", (of_each_pixel,)),
        ("a flat picture", (flat_picture,)),
        ("exchanged", (lambda c, p, w: occlusion(c, p, w).T,)),
        ("the notebook's own model", (ignores_chances_of,)),
        ("the window's number for its place", (window_not_a_place,)),
        ("in percent", (lambda *what: 100 * occlusion(*what),)),
        ("always class 0", (with_(winner=lambda after: after[0]),)),
    ],
    "q4": [
        ("pictures, not products", (otherwise(of_pictures=True),)),
        ("copies first", (copies_first,)),
        ("copies in the test part", (otherwise(copy_test=True),)),
        ("half of them", (otherwise(share=0.5),)),
        ("labels sorted", (labels_in_another_order,)),
        ("labels repeated, pictures tiled", (repeated_labels,)),
        ("originals thrown away", (only_copies,)),
        ("one change only", (first_change_only,)),
        ("always the same seed", (same_seed,)),
        ("no seed", (no_seed,)),
        ("in another order", (test_by_training_rule,)),
        ("changes of the whole stack", (changes_the_stack,)),
        ("one change on top of the other", (change_after_change,)),
        ("products counted from 0", (numbers_from_0,)),
        ("training for test", (exchanged_parts,)),
        ("three arrays", (lambda *what: split(*what)[:3],)),
    ],
    "q5": [
        ("the plain accuracies", handed_in(moved, augmented=accuracies)),
        ("only new pictures", handed_in(only_new)),
        ("nothing new", handed_in(nothing_new)),
        ("twelve times as many", handed_in(too_many)),
        ("test pictures", handed_in(peeks)),
        ("pictures of the other training parts", handed_in(peeks_at_training)),
        ("test pictures, a little brighter", handed_in(peeks_and_blurs)),
        ("labels not drawn from rng", handed_in(labels_of_its_own)),
        ("labels repeated, pictures tiled", handed_in(repeats_labels, augmented=accuracies)),
        ("in percent", handed_in(moved, difference=lambda f: 100 * np.array(interval(f - accuracies())))),
        ("a generator of its own", handed_in(own_generator)),
        ("changes what came in", handed_in(changes_X, augmented=accuracies)),
        ("labels not repeated", handed_in(labels_short, augmented=accuracies)),
        ("accuracies of another augmentation", handed_in(upside_down, augmented=lambda: accuracies(moved))),
        (
            "the mean",
            handed_in(
                moved,
                augmented=lambda: accuracies(moved).mean(),
                difference=lambda f: (0, 0, 0),
                verdict="better",
            ),
        ),
        ("plain minus augmented", handed_in(moved, difference=lambda f: interval(accuracies() - f))),
        ("an overlap", handed_in(moved, difference=lambda f: interval(f - accuracies(), 1.0))),
        ("1.96", handed_in(moved, difference=lambda f: interval(f - accuracies(), factor=1.96))),
        ("of the accuracies", handed_in(moved, difference=interval)),
        ("only the mean", handed_in(moved, difference=lambda f: np.mean(f - accuracies()))),
        (
            "low first",
            handed_in(moved, difference=lambda f: tuple(np.array(interval(f - accuracies()))[[1, 0, 2]])),
        ),
        ("cannot tell, but one can", handed_in(moved, "cannot tell")),
        ("worse for better", handed_in(moved, "worse")),
        ("better without a reason", handed_in(turned, "better")),
        ("my own words", handed_in(moved, "helps")),
    ],
}
