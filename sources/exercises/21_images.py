# %% [markdown]
# # 21 · Exercises: Images
#
# Five questions: a convolution with padding and stride, the arithmetic of a CNN, a map by occlusion, a split
# that comes before the copies, and an augmentation of your own. Write your answer where a cell asks for it,
# run the cell, then the check below it. A check never stops the notebook and you may try as often as you
# like.

# %%
import numpy as np
import torch
from torch import nn

import coursekit as ck

check = ck.checks(21)

# %% [markdown]
# ## Question 1 · A convolution with padding and stride
#
# Write `convolve(picture, kernel, padding, stride)` with NumPy alone. `picture` is an array of numbers with
# two axes, `kernel` a smaller one (square or not). `padding` zeros are laid round the picture on all four
# sides; the window then moves by `stride` rows or columns. Return the feature map, an array. The check
# looks only at its numbers; pictures and kernels may hold whole numbers or fractions.
#
# As in networks, the kernel is not turned round. Below is PyTorch's value for one case, to compare with.
#
# <details><summary>Hint</summary><code>np.pad(picture, padding)</code> lays the frame. Window number
# <code>i</code> begins at row <code>i * stride</code>. How many fit, by the lesson's formula?</details>

# %%
numbers = np.arange(30).reshape(5, 6)
tilted = np.array([[1, 0, -1], [2, 1, 0]])
four_axes = torch.tensor(numbers).double().reshape(1, 1, 5, 6)
weights = torch.tensor(tilted).double().reshape(1, 1, 2, 3)
print(nn.functional.conv2d(four_axes, weights, padding=1, stride=2)[0, 0])


# %% answer="q1"
def convolve(picture, kernel, padding, stride):
    """The feature map of one picture and one kernel."""
    ### BEGIN SOLUTION
    framed = np.pad(picture, padding)
    high, wide = kernel.shape
    n_rows = (framed.shape[0] - high) // stride + 1
    n_columns = (framed.shape[1] - wide) // stride + 1
    found = np.zeros((n_rows, n_columns))
    for i in range(n_rows):
        for j in range(n_columns):
            top, left = i * stride, j * stride
            found[i, j] = (framed[top : top + high, left : left + wide] * kernel).sum()
    return found
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(convolve)

# %% tags=["solution"]
print(convolve(numbers, tilted, 1, 2))

# %% [markdown] tags=["solution"]
# The formula of the lesson holds for rows and columns apart, so the kernel need not be square. What is left
# over at the right and at the bottom, when the stride does not fit, is not looked at.
#
# A common slip is to compute the map with stride 1 and forget that the window number is not its place.
# (`found[::stride, ::stride]` of the map with stride 1 is right, and wastes work.) Another is
# `scipy.signal.convolve2d`, which turns the kernel round; `correlate2d` does not.

# %% [markdown]
# ## Question 2 · What a CNN costs
#
# Before you train a network, know its shapes and its price. A network is written as a list of layers:
#
# - `("conv", filters, kernel, padding, stride)`, each filter with a bias;
# - `("pool", window)`: max pooling, windows side by side, no padding;
# - `("dense", units)`: all that came in is laid out in one row first; with biases.
#
# Write `count(layers, channels, size)` for pictures of `size` × `size` with that many channels. It returns a
# list with two numbers for **each layer**: how many numbers come out of it for one picture, and how many
# parameters it has. After a dense layer only dense layers follow.
#
# For `count([("conv", 4, 3, 0, 1), ("pool", 2), ("dense", 10)], 1, 28)` the answer is
# `[(2704, 40), (676, 0), (10, 6770)]`.
#
# <details><summary>Hint</summary>Carry two numbers along: channels and size. After a dense layer there is
# only one left, so set channels to the units and size to 1.</details>


# %% answer="q2"
def count(layers, channels, size):
    """Numbers out of each layer, and its parameters."""
    ### BEGIN SOLUTION
    found = []
    for layer in layers:
        kind, parameters = layer[0], 0
        if kind == "conv":
            _, filters, kernel, padding, stride = layer
            parameters = filters * (channels * kernel * kernel + 1)
            size = (size + 2 * padding - kernel) // stride + 1
            channels = filters
        elif kind == "pool":
            size = size // layer[1]
        else:
            parameters = layer[1] * (channels * size * size + 1)
            channels, size = layer[1], 1
        found.append((channels * size * size, parameters))
    return found
    ### END SOLUTION
    return ...


# %% check="q2" points=2 minutes=15
check.q2(count)

# %% tags=["solution"]
vgg_like = [("conv", 64, 3, 1, 1), ("pool", 2), ("conv", 128, 3, 1, 1), ("pool", 2), ("dense", 1000)]
for layer, (numbers_out, parameters) in zip(vgg_like, count(vgg_like, 3, 224), strict=True):
    print(f"{layer[0]:5} {numbers_out:>9,} numbers out, {parameters:>11,} parameters")

# %% [markdown] tags=["solution"]
# Two things grow in different places: the numbers that come out, which fill the memory, are most in the first
# layers; the parameters are nearly all in the dense layer.
#
# The usual slips: a filter has a table for **each channel that comes in**, and one bias, not one for each
# channel; and padding counts on both sides. An alternative builds the layers in PyTorch, sends one picture
# of zeros through, and counts `numel`.

# %% [markdown]
# ## Question 3 · What does a model look at?
#
# Occlusion works for any model, with or without gradients. Write
# `occlusion(chances_of, picture, window)`:
#
# - `chances_of(pictures)` is given: it takes an array of pictures (three axes: pictures, rows, columns) and
#   returns an array of probabilities, a row for each picture and a column for each class.
# - `picture` is one picture, an array with two axes; `window` divides both.
#
# The class is the one that gets the highest probability for the picture as it is. Cover one window after
# the other with zeros (windows side by side, each time only one). Return an array with one number for each
# window, at its place: **by how much the probability of that class falls**. Where it rises, the number is
# negative.
#
# <details><summary>Hint</summary>Cover a copy, <code>picture.copy()</code>, not the picture itself. A single
# picture becomes an array of pictures by <code>picture[np.newaxis]</code>.</details>

# %%
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

digits = load_digits()
reader = LogisticRegression(C=0.001, tol=1e-8, max_iter=5000)
reader.fit(digits.data, digits.target)


def chances_of(pictures):
    """Probabilities of the ten digits, a row for each picture."""
    return reader.predict_proba(pictures.reshape(len(pictures), -1))


print("chances of one picture:", chances_of(digits.images[8:9]).round(2))


# %% answer="q3"
def occlusion(chances_of, picture, window):
    """By how much covering each window lowers the winner's probability."""
    ### BEGIN SOLUTION
    before = chances_of(picture[np.newaxis])[0]
    winner = before.argmax()
    found = np.zeros((picture.shape[0] // window, picture.shape[1] // window))
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            covered = picture.copy()
            covered[i * window : (i + 1) * window, j * window : (j + 1) * window] = 0
            found[i, j] = before[winner] - chances_of(covered[np.newaxis])[0, winner]
    return found
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(occlusion)

# %% tags=["solution"]
print(digits.images[8].astype(int))
print(occlusion(chances_of, digits.images[8], 2).round(2) + 0)  # + 0: no minus before a 0

# %% [markdown] tags=["solution"]
# An eight hangs on the windows left of its middle: without them it is no eight any more. At the sides nothing
# changes, and a few windows even speak against it a little.
#
# The winner is chosen **once**, before anything is covered. Who takes the largest probability after each
# covering measures another thing: a model that changes its mind, and is sure of the new class, would show no
# fall at all. A slip that is hard to see is to cover the picture itself: then all windows stay covered, one
# after the other.
#
# With many windows it is faster to make all covered pictures first and call `chances_of` once.

# %% [markdown]
# ## Question 4 · First split, then copy
#
# A shop shows the same product in several colours. `product` says which pictures belong together: below,
# each four pictures of one class that follow each other get one number (made up here; the real table does
# not say).

# %%
fashion = ck.load("fashion")
order = np.argsort(fashion["y_train"], kind="stable")
pictures = fashion["X_train"][order][::10] / 255
labels = fashion["y_train"][order][::10]
product = np.arange(600) // 4
print(pictures.shape, "of", len(np.unique(product)), "products")


def mirror(picture):
    """Left and right exchanged."""
    return picture[:, ::-1]


def dim(picture):
    """Half as bright."""
    return picture * 0.5


# %% [markdown]
# Write `split_and_augment(pictures, labels, product, changes, seed)`. `changes` is a list of functions such
# as `mirror`; each takes one picture and returns a new one. Return four arrays, `X_train, y_train, X_test,
# y_test`:
#
# - about a fifth of the **products** (15 to 25 of a hundred), drawn with `seed`, go to the test part with all
#   of their pictures; no product is in both parts, and no picture is lost;
# - the test pictures are as they were;
# - the training part holds each of its pictures as it was, and one changed copy for each of `changes`, with
#   the label of the original. Any order will do, if pictures and labels keep together.
#
# Another seed must give another split, the same seed the same. The check has products of its own:
# any whole numbers, in any order, each with any number of pictures.
#
# <details><summary>Hint</summary><code>np.unique(product)</code>, then <code>rng.choice(…,
# replace=False)</code> of a fifth; <code>np.isin(product, chosen)</code> says who goes to the test part.
# <code>GroupShuffleSplit</code> of chapter 03 does both. Copy afterwards.</details>


# %% answer="q4"
def split_and_augment(pictures, labels, product, changes, seed):
    """Training part with copies, and a test part of other products."""
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    products = np.unique(product)
    chosen = rng.choice(products, len(products) // 5, replace=False)
    in_test = np.isin(product, chosen)
    X_train, y_train = [pictures[~in_test]], [labels[~in_test]]
    for change in changes:
        X_train.append(np.array([change(picture) for picture in pictures[~in_test]]))
        y_train.append(labels[~in_test])
    return np.concatenate(X_train), np.concatenate(y_train), pictures[in_test], labels[in_test]
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(split_and_augment)

# %% tags=["solution"]
parts = split_and_augment(pictures, labels, product, [mirror, dim], 0)
print([part.shape for part in parts])

# %% [markdown] tags=["solution"]
# The order of the two steps is the whole point: who copies first and splits then has a mirrored twin of
# many test pictures in training, and a score that no new product will give. Splitting pictures in place of
# products leaks in the same way, with sister pictures for twins.
#
# The test part gets no copies: they would count each of its pictures several times. With
# `GroupShuffleSplit(1, test_size=0.2, random_state=seed)` the first three lines become one.

# %% [markdown]
# ## Question 5 · An augmentation of your own
#
# Ten digits a class is all you have. A support vector machine learns from 100 pictures of 8 × 8 pixels; will
# more pictures, made by you from these, help it? Below are eight parts: each has 100 training and 100 test
# pictures of its own, and `fit_and_score` gives the test accuracy of one part.

# %%
from scipy.stats import t
from sklearn.svm import SVC

mixed = np.random.default_rng(0).permutation(len(digits.target))  # writers follow each other
images, digit = digits.images[mixed] / 16, digits.target[mixed]
parts_of_digits = []
for k in range(8):
    train_rows, test_rows = [], []
    for label in range(10):
        places = np.flatnonzero(digit == label)
        train_rows.extend(places[10 * k : 10 * k + 10])
        test_rows.extend(places[80 + 10 * k : 90 + 10 * k])
    parts_of_digits.append((np.array(train_rows), np.array(test_rows)))


# %%
def fit_and_score(X, y, test_rows):
    """Test accuracy of a support vector machine that learned from X (three axes) and y."""
    model = SVC(C=10).fit(np.reshape(X, (len(X), 64)), y)
    return model.score(images[test_rows].reshape(-1, 64), digit[test_rows])


plain = []
for train_rows, test_rows in parts_of_digits:
    plain.append(fit_and_score(images[train_rows], digit[train_rows], test_rows))
plain = np.array(plain)
print("without augmentation:", plain)


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% [markdown]
# Hand in four things:
#
# - `augment(X, y, rng)`: takes pictures (an array with three axes, values from 0 to 1), their labels and a
#   random generator; returns `X_more, y_more`: **all that the machine shall learn from**, the originals
#   among them, at most ten times as many. Whatever is drawn is drawn from `rng`. It sees no other pictures
#   than `X`, be they for test or for training.
# - `augmented`: eight accuracies; part `k` is fitted on `augment(…, np.random.default_rng(k))`.
# - `difference`: mean of augmented minus plain, and the two ends of its interval. No two parts share a
#   picture.
# - `verdict`: `"better"`, `"worse"` or `"cannot tell"`, as the interval says.
#
# An augmentation that does not help is as good an answer as one that does, if the verdict says so. The check
# calls `augment` itself and compares.
#
# <details><summary>Hint</summary>What changes in handwriting and leaves the digit the same? Move by a
# pixel: <code>np.roll(X, 1, axis=2)</code> moves all pictures to the right, and what leaves comes in at the
# left: set that column to 0. <code>scipy.ndimage.rotate</code> turns.</details>


# %% answer="q5"
def augment(X, y, rng):
    """The pictures, and more of them."""
    ### BEGIN SOLUTION
    framed = np.pad(X, [(0, 0), (1, 1), (1, 1)])  # a frame of zeros round each picture
    copies = [X]
    for down, across in [(0, 1), (2, 1), (1, 0), (1, 2)]:
        copies.append(framed[:, down : down + 8, across : across + 8])
    return np.concatenate(copies), np.tile(y, 5)
    ### END SOLUTION
    return ...


augmented = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
accuracies = []
for k, (train_rows, test_rows) in enumerate(parts_of_digits):
    X_more, y_more = augment(images[train_rows], digit[train_rows], np.random.default_rng(k))
    accuracies.append(fit_and_score(X_more, y_more, test_rows))
augmented = np.array(accuracies)
difference = interval(augmented - plain, 0)
mean, low, high = difference
print(f"augmented minus plain: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
verdict = "cannot tell"
if low > 0:
    verdict = "better"
if high < 0:
    verdict = "worse"
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(augment, augmented, difference, verdict)

# %% tags=["solution"]
upside_down = []
for train_rows, test_rows in parts_of_digits:
    X_more = np.concatenate([images[train_rows], images[train_rows][:, ::-1, ::-1]])
    upside_down.append(fit_and_score(X_more, np.tile(digit[train_rows], 2), test_rows))
print("half a turn, minus plain:", np.round(interval(upside_down - plain, 0), 3))

# %% [markdown] tags=["solution"]
# One pixel in each of four directions helps here, and the interval lies just above 0: handwriting is not
# centred to the pixel, and the machine cannot know that from ten examples. Half a turn makes a 6 a 9 with the
# label 6; on average it costs.
#
# A common wrong way is to augment the test part as well, or to choose among many augmentations by these eight
# accuracies and to report the best as if it had been the only one. With copies that change nothing the
# support vector machine stays as it was.
#
# An alternative is a rotation by some degrees, or a little noise; try each, and expect "cannot tell".
