# %% [markdown]
# # 19 · Exercises: Neural networks in PyTorch
#
# Five questions: slopes by hand for another network, a module for clothes, a loop with five mistakes, a start
# for another kind of unit, and a race. Write your answer where a cell asks for it, run the cell, then the
# check below it. A check never stops the notebook and you may try as often as you like.

# %%
import copy

import numpy as np
import torch
from torch import nn

import coursekit as ck

check = ck.checks(19)
torch.set_num_threads(1)

# %% [markdown]
# ## Question 1 · Slopes by hand, once more
#
# A network for an **amount**: one hidden layer with $\tanh$ in place of ReLU, one output, and the mean of the
# squared errors (the whole square, not half of it):
#
# $$h = \tanh(X W_1 + b_1), \qquad \hat y = h W_2 + b_2, \qquad L = \frac1n \sum_i (\hat y_i - y_i)^2$$
#
# Write `tanh_slopes(X, y, W1, b1, W2, b2)`. It returns a **list of four** NumPy arrays: the slopes of $L$ by
# `W1`, `b1`, `W2`, `b2`, in this order, each with the shape of what it belongs to. `X` is (n, d), `y` is
# (n,), `W1` (d, m), `b1` (m,), `W2` (m, 1), `b2` (1,). Use NumPy only, and change no argument. The slope of
# $\tanh z$ is $1 - \tanh^2 z$.
#
# Below is a small case, with PyTorch's slopes to compare with.
#
# <details><summary>Hint</summary>Start with the slope of L by each ŷ: twice the error, over n. It is a
# column, (n, 1); is your error one, too? Then error times input, and back through W2 and tanh as in section 3
# of the lesson.</details>

# %%
rng = np.random.default_rng(0)
X_small, y_small = rng.normal(size=(5, 2)), rng.normal(size=5)
small = [rng.normal(size=shape) for shape in [(2, 3), 3, (3, 1), 1]]

# %% fold="PyTorch's slopes of the small case"
on_tape = [torch.tensor(p, requires_grad=True) for p in small]
inner = torch.tanh(torch.tensor(X_small) @ on_tape[0] + on_tape[1])
output = (inner @ on_tape[2] + on_tape[3]).squeeze(1)
nn.functional.mse_loss(output, torch.tensor(y_small)).backward()
for name, p in zip(["W1", "b1", "W2", "b2"], on_tape, strict=True):
    print(name, p.grad.numpy().round(4).tolist())


# %% answer="q1"
def tanh_slopes(X, y, W1, b1, W2, b2):
    """Slopes of the mean squared error by W1, b1, W2 and b2."""
    ### BEGIN SOLUTION
    h = np.tanh(X @ W1 + b1)
    error = h @ W2 + b2 - y.reshape(-1, 1)
    by_output = 2 * error / len(y)
    by_sum = (by_output @ W2.T) * (1 - h**2)
    return [X.T @ by_sum, by_sum.sum(axis=0), h.T @ by_output, by_output.sum(axis=0)]
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=20
check.q1(tanh_slopes)

# %% tags=["solution"]
ours = tanh_slopes(X_small, y_small, *small)
for mine, p in zip(ours, on_tape, strict=True):
    print(np.allclose(mine, p.grad.numpy(), rtol=0, atol=1e-12))

# %% [markdown] tags=["solution"]
# The same two steps as in the lesson: error times input at each layer, and in between through the weights and
# the bend. Only the bend is new. Its slope is written with $h$, which is already there.
#
# The common slip is `h @ W2 + b2 - y` without the reshape: a column minus a row is a whole table, n × n,
# and no error is raised at that place. The other is to forget that a mean divides.
#
# An alternative is to nudge each weight by $10^{-5}$ both ways (chapter 06): slow, and right to about nine
# digits.

# %% [markdown]
# ## Question 2 · A module for clothes
#
# Pictures of clothes, 28 × 28, in ten classes. Write `fashion_net(dropout=0.3)`, a function that returns an
# untrained `nn.Module`:
#
# - it takes a batch of pictures of shape (n, 28, 28) and returns (n, 10) **logits**;
# - the pictures are made flat (784 numbers each), then come 128 and 64 hidden units with ReLU, and the ten
#   outputs: three layers of `nn.Linear`, with intercepts, and nothing else that learns;
# - dropout stands after **each hidden layer** and nowhere else, with the probability that is handed in, and
#   is off after `eval()`.
#
# And `numbers`: how many numbers `fashion_net()` has to learn, as an integer. Count them by hand or by code.
#
# <details><summary>Hint</summary><code>nn.Flatten()</code> keeps the first dimension and joins the others. A
# <code>nn.Sequential</code> is enough, and so is a class as in section 4.</details>


# %% answer="q2"
def fashion_net(dropout=0.3):
    """An untrained network: 28 × 28 pixels, 128 and 64 hidden units, ten logits."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(64, 10),
    )
    ### END SOLUTION
    return ...


numbers = ...
### BEGIN SOLUTION
numbers = sum(p.numel() for p in fashion_net().parameters())
### END SOLUTION

# %% check="q2" points=2 minutes=15
check.q2(fashion_net, numbers)

# %% tags=["solution"]
by_layer = [784 * 128 + 128, 128 * 64 + 64, 64 * 10 + 10]
print(by_layer, "together", sum(by_layer), "by code", numbers)

# %% [markdown] tags=["solution"]
# Each layer has inputs times units weights, and one intercept a unit. Nine in ten of all numbers sit in the
# first layer. ReLU, dropout and `Flatten` have nothing to learn.
#
# A softmax at the end is the common wrong way: the loss has one inside (chapter 16). Dropout after the last
# layer would set logits to 0 at random. `nn.Flatten(0)` joins the pictures of a batch into one row.
#
# A class does the same: the layers in `__init__`, and `x.flatten(1)` first in `forward`.

# %% [markdown]
# ## Question 3 · Five mistakes
#
# A colleague's training of a network: one step on all rows in each epoch, early stopping, the best weights
# put back. It runs without an error, and it holds **five mistakes**.


# %%
def of_colleague(model, X, y, X_val, y_val, epochs=60, patience=5):
    """Train with early stopping. (Five mistakes.)"""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    curve, lowest, waited = [], np.inf, 0
    for _ in range(epochs):
        model.train()
        scores = torch.softmax(model(X), dim=1)
        nn.functional.cross_entropy(scores, y).backward()
        optimiser.step()
        curve.append(nn.functional.cross_entropy(model(X_val), y_val).item())
        waited = waited + 1
        if curve[-1] < lowest:
            lowest = curve[-1]
            best = model.state_dict()
        if waited == patience:
            break
    model.load_state_dict(best)
    return curve


# %%
fashion = ck.load("fashion")
some = np.random.default_rng(0).permutation(6000)[:800]
pictures = torch.tensor(fashion["X_train"][some] / 255, dtype=torch.float32).flatten(1)
kinds = torch.tensor(fashion["y_train"][some].astype(int))


def small_net(seed):
    """A small network for clothes."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))


# %%
parts = pictures[:500], kinds[:500], pictures[500:], kinds[500:]
curve = of_colleague(small_net(0), *parts)
print(f"{len(curve)} epochs, first loss {curve[0]:.1f}")

# %% [markdown]
# Write `repaired(model, X, y, X_val, y_val, epochs=60, patience=5)`. It trains the model that it is given,
# with the same optimiser, one step on all of `X` in each epoch, and returns the list of validation losses,
# one after each step. As in the lesson:
#
# - dropout is on in the steps and off when the validation rows are judged;
# - it stops when `patience` epochs in a row brought no new lowest validation loss, or after `epochs`;
# - at the end, whichever way it came, the model has the weights of the lowest validation loss, and is in
#   `eval()` mode.
#
# <details><summary>Hint</summary>Go through the lines with sections 5 and 6 of the lesson beside you. What
# does <code>cross_entropy</code> want? What is added to what? In which mode is the model judged? What does
# <code>best</code> point to? When is the waiting over?</details>


# %% answer="q3"
def repaired(model, X, y, X_val, y_val, epochs=60, patience=5):
    """Train with early stopping; returns the validation losses."""
    ### BEGIN SOLUTION
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    losses, since = [], 0
    while len(losses) < epochs and since < patience:
        model.train()
        adam.zero_grad()
        nn.functional.cross_entropy(model(X), y).backward()
        adam.step()
        model.eval()
        with torch.inference_mode():
            loss = nn.functional.cross_entropy(model(X_val), y_val).item()
        since = since + 1
        if not losses or loss < min(losses):
            since, kept = 0, copy.deepcopy(model.state_dict())
        losses.append(loss)
    model.load_state_dict(kept)
    return losses
    ### END SOLUTION
    return ...


# %% check="q3" points=4 minutes=25
check.q3(repaired)

# %% tags=["solution"]
accuracies = {}
for name, how in [("colleague's", of_colleague), ("repaired", repaired)]:
    rights = []
    for seed in range(5):
        net = small_net(seed)
        how(net, *parts)
        with torch.inference_mode():
            rights.append((net.eval()(parts[2]).argmax(1) == parts[3]).float().mean().item())
    accuracies[name] = np.mean(rights)
print({name: round(value, 1) for name, value in accuracies.items()})

# %% [markdown] tags=["solution"]
# 1. A softmax before `cross_entropy`, which has one inside (chapter 16).
# 2. No `zero_grad`: each gradient is added to all earlier ones.
# 3. The validation rows are judged with dropout on.
# 4. `best` points to the living weights; without a copy the last ones come back.
# 5. `waited` is never set back to 0, so training ends after `patience` epochs, come what may.
#
# None raises an error. Mean accuracy over five seeds shows the damage; the curve alone, which falls, does
# not. One alternative keeps a copy of the whole model, as chapter 06 did, and loads its weights.

# %% [markdown]
# ## Question 4 · A start for another unit
#
# **Leaky ReLU** lets negative values through, made smaller: $z$ where it is positive, else $a z$, with a
# slope $a$ between 0 and 1. For sums spread alike around 0 the mean square after it is $(1 + a^2)/2$ of that
# before. (For $a = 0$ it is ReLU, and one half remains.)
#
# Write two functions that return a number:
#
# - `leaky_spread(n, a)`: the spread of the weights (their standard deviation) with which a layer of `n`
#   inputs keeps the size of the signal. Size is the root of the mean square, as in section 9.
# - `size_after(spread, n, a, layers)`: by which factor the size has changed after that many layers, if all
#   have `n` inputs and weights of this spread.
#
# An example: with `n = 50` and `a = 1` nothing is cut off, and a spread of 1 makes one layer multiply the
# size by $\sqrt{50}$.
#
# <details><summary>Hint</summary>One layer multiplies the mean square by n times the squared spread, and by
# (1 + a²)/2. Take the root for the size. Set it to 1 for the first function; repeat it for the
# second.</details>

# %%
print(f"root of 50: {np.sqrt(50):.3f}, and three layers: {np.sqrt(50) ** 3:.1f}")


# %% answer="q4"
def leaky_spread(n, a):
    """The spread of weights that keeps the size of the signal."""
    ### BEGIN SOLUTION
    return np.sqrt(2 / (n * (1 + a**2)))
    ### END SOLUTION
    return ...


def size_after(spread, n, a, layers):
    """The factor by which the size has changed after some layers."""
    ### BEGIN SOLUTION
    one_layer = spread * np.sqrt(n * (1 + a**2) / 2)
    return one_layer**layers
    ### END SOLUTION
    return ...


# %% check="q4" points=2 minutes=15
check.q4(leaky_spread, size_after)


# %% tags=["solution"]
def measured(spread, n, a, layers):
    """The same factor, by trying it on random numbers."""
    torch.manual_seed(0)
    signal = torch.randn(4000, n)
    for _ in range(layers):
        sums = signal @ torch.normal(0.0, spread, (n, n))
        signal = nn.functional.leaky_relu(sums, a)
    return signal.square().mean().sqrt().item()


for a in (0.0, 0.3, 1.0):
    kept = float(leaky_spread(200, a))
    print(f"a = {a}: spread {kept:.3f}, ten layers {measured(kept, 200, a, 10):.1f}")

# %% [markdown] tags=["solution"]
# One layer multiplies the size by $\sigma\sqrt{n (1 + a^2)/2}$. For $a = 0$ this is He's start, for $a = 1$
# it is $1/\sqrt n$. PyTorch calls `kaiming_uniform_` with $a = \sqrt 5$ inside `nn.Linear`: put it in, and
# $1/\sqrt{3n}$ comes out, as in the lesson.
#
# Wrong ways: $1 + a$ in place of $1 + a^2$ (it is the *square* that is averaged), and a size that is
# multiplied by the number of layers; it is a power. `nn.init.calculate_gain("leaky_relu", a)` divided by
# $\sqrt n$ is the library's way.

# %% [markdown]
# ## Question 5 · Does it beat neighbours on clothes?
#
# On the digits the network was behind. Now 1,200 pictures of clothes and five folds. The baseline is five
# nearest neighbours. (The pictures are those of question 3's table, made flat, from 0 to 1.)

# %%
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

rows = np.random.default_rng(1).permutation(6000)[:1200]
clothes = fashion["X_train"][rows].reshape(1200, 784) / 255
kind = fashion["y_train"][rows].astype(int)
folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(clothes, kind))


# %%
def fold_accuracies(predict):
    """Accuracy of predict(X, y, X_new) on each fold, given the other four to learn from."""
    found = []
    for train, test in folds:
        answers = predict(clothes[train], kind[train], clothes[test])
        found.append(np.mean(np.ravel(answers) == kind[test]))
    return np.array(found)


def neighbours(X, y, X_new):
    """The classes that five nearest neighbours say."""
    return KNeighborsClassifier(5).fit(X, y).predict(X_new)


# %%
baseline = fold_accuracies(neighbours)
print("neighbours:", baseline.round(2))

# %% [markdown]
# The interval of chapter 03, again:

# %%
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% [markdown]
# Train a network of your own against it, in any form you like, and hand in four things:
#
# - `rival(X, y, X_new)`: a function that trains a network on `X`, `y` (NumPy arrays, as in the baseline)
#   and returns the classes of `X_new`, an array of integers, however many rows that has. It draws its own
#   weights; give it a seed. A picture that stands in `X_new` twice gets the same class twice. Whatever it
#   chooses (epochs, rate, dropout), it may choose by the rows of `X` only.
# - `rival_accuracies`: its accuracy on each of the five `folds`, in their order.
# - `difference`: the mean of rival minus baseline, and the two ends of its interval, three numbers.
#   Positive is better.
# - `verdict`: `"better"`, `"worse"` or `"cannot tell"`, as the interval says.
#
# A rival that loses is as good an answer as one that wins, if the verdict says so. The check trains `rival`
# on the first fold and compares. It questions a mean accuracy above 0.88, and one below 0.3: neither came
# out of anything sound that we tried. Keep it small, so that a fold takes a few seconds at most.
#
# <details><summary>Hint</summary>A function that makes tensors of <code>X</code> and <code>y</code>, runs the
# loop of section 5 for some 20 epochs, calls <code>eval()</code> and returns
# <code>argmax(1).numpy()</code>.</details>


# %% answer="q5"
def rival(X, y, X_new):
    """The classes that a network, trained on X and y, says of X_new."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
    adam = torch.optim.Adam(net.parameters(), lr=0.003)
    inputs, classes = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    for _ in range(25):
        for batch in torch.randperm(len(X)).split(64):
            adam.zero_grad()
            nn.functional.cross_entropy(net(inputs[batch]), classes[batch]).backward()
            adam.step()
    net.eval()
    with torch.inference_mode():
        return net(torch.tensor(X_new, dtype=torch.float32)).argmax(1).numpy()
    ### END SOLUTION
    return ...


rival_accuracies = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
rival_accuracies = fold_accuracies(rival)
difference = interval(rival_accuracies - baseline, 1 / 4)
print("rival minus neighbours:", np.round(difference, 2))
verdict = "cannot tell"
if difference[1] > 0:
    verdict = "better"
if difference[2] < 0:
    verdict = "worse"
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(rival, rival_accuracies, difference, verdict)

# %% [markdown] tags=["solution"]
# On clothes the network is ahead of the five neighbours in every fold, and the interval lies above 0. On
# the lesson's digits it was behind. **Which of two models is better is a property of the task**, not of the
# models. A fair end would search the neighbours' settings as well: with another $k$ or distance they do a
# little better than here, and not as well as this network.
#
# Common wrong ways: `eval()` forgotten before predicting, which costs some points and makes them change from
# call to call; epochs chosen by the accuracy on the judged fold; and too few steps (a few epochs in large
# batches), after which the network has hardly begun.
#
# An alternative is scikit-learn's `MLPClassifier`, or skorch (chapter 23), which wraps a module of your own.
