# %% [markdown]
# # 6 · Exercises: Model training
#
# Six questions: a gradient of your own, four gradients of colleagues, a speed limit, the mini-batch loop,
# scikit-learn's weights, and a budget of a hundred gradients. Write your answer where a cell asks for it,
# run the cell, then the check below it. You may try as often as you like.

# %%
import numpy as np

import coursekit as ck

check = ck.checks(6)
bikes = ck.load("bikes")
weather = ["temperature", "felt_temperature", "humidity", "wind_speed"]
rush = bikes["hour"].between(7, 9) | bikes["hour"].between(16, 19)
measures = bikes[weather].assign(rush=rush.astype(float))
X = ((measures - measures.mean()) / measures.std(ddof=0)).assign(one=1.0).to_numpy()
hired = bikes["bikers"].to_numpy(float)
print(f"{len(hired)} hours, {hired.mean():.0f} bicycles hired in the mean hour")

# %% [markdown]
# The last column of `X` is 1 in every row, so the last weight does the work of $b$.

# %% [markdown]
# ## Question 1 · Derive a gradient
#
# Bicycles are counted, so a prediction should never be below zero. Template: $\hat y = e^z$ with $z = X w$.
# The loss for counts (named after Poisson) is the mean over rows of $\hat y - y z$, as in the cell below.
#
# Derive the gradient on paper, as in section 3 of the lesson: first by $z$, then by $w_j$, then multiply.
# Write it as `poisson_gradient(w, X, y)`, which returns one number a weight.
#
# <details><summary>Hint</summary>The derivative of $e^z$ is $e^z$, which is the prediction itself. What is
# left should look familiar.</details>


# %%
def poisson_loss(w, X, y):
    """Mean over rows of prediction minus y z."""
    z = X @ w
    return np.mean(np.exp(z) - y * z)


print(f"loss at w = 0: {poisson_loss(np.zeros(6), X, hired):.3f}")


# %% answer="q1"
def poisson_gradient(w, X, y):
    """The derivatives of poisson_loss, one for each weight."""
    ### BEGIN SOLUTION
    y_hat = np.exp(X @ w)
    return X.T @ (y_hat - y) / len(y)
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(poisson_gradient)

# %% [markdown] tags=["solution"]
# By $z$: $e^z - y$, which is $\hat y - y$. By $w_j$: the input $x_j$. So it is **error times input** again,
# averaged. That is no accident: logistic, Poisson and plain linear regression each pair a template with the
# loss that makes it so.
#
# Common slips are to forget that $\hat y$ is $e^z$ and not $z$, and to add over rows where the loss takes the
# mean: the gradient is then thousands of times too long, and so is the step. The mean written out as
# `np.mean((y_hat - y)[:, None] * X, axis=0)` is the same thing.

# %% [markdown]
# ## Question 2 · Find the bug by checking
#
# Write `numeric_gradient(function, w)`: for each weight, nudge it up and down by $10^{-5}$, and divide the
# change of `function` by the way between. `w` itself must be unchanged afterwards.
#
# Then use it, with `hired / 100` as `y`. Four colleagues wrote the gradient of `shrunk_loss`. In a dictionary
# `verdicts`, give each letter one of the words `"right"`, `"sign"` (the error has the wrong sign), `"sum"`
# (added over rows, not averaged) or `"penalty"` (the penalty is wrong).
#
# <details><summary>Hint</summary>Compare at a random <code>w</code>, weight by weight, and print the
# difference as well as the ratio. Ratios near −1, ratios in the thousands, or a single weight that is off:
# each bug leaves its own trace. With a large <code>y</code> the penalty's trace drowns.</details>


# %%
def shrunk_loss(w, X, y):
    """Half the mean squared error, plus a penalty on all weights but the last."""
    return np.mean((X @ w - y) ** 2) / 2 + 0.05 * np.sum(w[:-1] ** 2)


# %%
def gradient_a(w, X, y):
    return X.T @ (X @ w - y) / len(y) + 0.1 * w


def gradient_b(w, X, y):
    return X.T @ (X @ w - y) + 0.1 * np.append(w[:-1], 0)


def gradient_c(w, X, y):
    return (X @ w - y) @ X / len(y) + np.append(0.1 * w[:-1], 0)


def gradient_d(w, X, y):
    return X.T @ (y - X @ w) / len(y) + 0.1 * np.append(w[:-1], 0)


colleagues = {"A": gradient_a, "B": gradient_b, "C": gradient_c, "D": gradient_d}


# %% answer="q2"
def numeric_gradient(function, w):
    """The slope of function(w) along each weight, by nudging it both ways."""
    ### BEGIN SOLUTION
    slopes = np.zeros(len(w))
    for j in range(len(w)):
        nudge = np.zeros(len(w))
        nudge[j] = 1e-5
        slopes[j] = (function(w + nudge) - function(w - nudge)) / 2e-5
    return slopes
    ### END SOLUTION
    return ...


verdicts = ...
### BEGIN SOLUTION
w_try, y_try = np.random.default_rng(0).normal(size=6), hired / 100


def loss_to_check(w):
    return shrunk_loss(w, X, y_try)


by_nudging = numeric_gradient(loss_to_check, w_try)
for letter, gradient in colleagues.items():
    difference = gradient(w_try, X, y_try) - by_nudging
    print(letter, difference.round(3) + 0.0)  # + 0.0 prints no "-0."
verdicts = {"A": "penalty", "B": "sum", "C": "right", "D": "sign"}
### END SOLUTION

# %% check="q2" points=3 minutes=20
check.q2(numeric_gradient, verdicts)

# %% [markdown] tags=["solution"]
# A differs in the last weight only: it penalises the one that stands for $b$. B is thousands of times too
# large. D walks uphill in the data and downhill in the penalty. A and D would both *run*: A's loss falls
# and ends in a slightly wrong place, and nothing but a check like this one would ever tell. (With `hired`
# itself as `y`, A's last ratio is so near 1 that it looks right.)
#
# Nudging one way only is less exact: its error shrinks with $h$, that of both ways with $h^2$. Writing
# `w[j] += h` works on the caller's array; take a copy, or take the nudge off again.

# %% [markdown]
# ## Question 3 · The speed limit
#
# A straight line through the bicycles: `steps_needed(rate)` counts the steps of gradient descent on half
# the mean squared error, until a millionth of the way down is left (`None`: not within 5,000 steps).
#
# - `limit`: the rate up to which descent converges, to within 1 %.
# - `best`: a rate that needs at most 340 steps.
# - `pair`: the two columns of `measures`, a set of two names, that make the trench so long.
#
# <details><summary>Hint</summary>The matrix of second derivatives of half the mean squared error is
# <code>X.T @ X / len(X)</code>, wherever you stand. <code>np.linalg.eigh</code> gives its eigenvalues, the
# smallest first, and its eigenvectors, one in each column. Which two weights are large in the flattest
# direction?</details>

# %%
target = (hired - hired.mean()) / hired.std()
w_best = np.linalg.lstsq(X, target, rcond=None)[0]


def squared(w):
    """Half the mean squared error of the straight line."""
    return np.mean((X @ w - target) ** 2) / 2


def steps_needed(rate):
    """Steps of gradient descent from zero; None if 5,000 are not enough."""
    w, deep = np.zeros(X.shape[1]), squared(w_best)
    for step in range(5001):
        if squared(w) - deep <= 1e-6 * (squared(np.zeros(6)) - deep):
            return step
        w = w - rate * X.T @ (X @ w - target) / len(target)
    return None


print("rate 0.1:", steps_needed(0.1), "steps")

# %% answer="q3"
limit = ...
best = ...
pair = ...
### BEGIN SOLUTION
curvatures, directions = np.linalg.eigh(X.T @ X / len(X))
limit = 2 / curvatures.max()
print(f"limit {limit:.3f}")
for share in (0.5, 0.8, 0.9, 0.95, 0.98):
    print(f"{share} of it: {steps_needed(share * limit)} steps")
best = 0.95 * limit
flattest = directions[:, 0] * np.sign(directions[0, 0])  # a sign is free: + for the first
print("flattest direction:", flattest.round(2) + 0.0)  # + 0.0 prints no "-0."
pair = {"temperature", "felt_temperature"}
### END SOLUTION

# %% check="q3" points=3 minutes=20
check.q3(limit, best, pair)

# %% [markdown] tags=["solution"]
# The limit is $2/\lambda_{\max}$. The best rate lies a little below: at the limit itself the steepest
# direction never settles, and far below it the flattest one takes for ever. Trying rates closer and closer
# together finds both numbers as well.
#
# The temperature and the felt temperature say nearly the same. Raise the weight of one and lower the
# other's, and hardly a prediction changes: that is the floor of the trench. Scaling cannot cure it; dropping
# one of the two can.

# %% [markdown]
# ## Question 4 · The mini-batch loop
#
# Write `one_epoch(w, X, y, gradient, eta, size, rng)`. It puts the rows in random order (`rng` is a NumPy
# generator), cuts them into batches of `size`, the last one perhaps smaller, and after **each** batch makes
# the update with `gradient(w, X_batch, y_batch)`. It returns the new `w` and leaves the old one as it was.
#
# <details><summary>Hint</summary><code>order = rng.permutation(len(y))</code>, then
# <code>range(0, len(y), size)</code> gives the places where batches begin.</details>


# %% answer="q4"
def one_epoch(w, X, y, gradient, eta, size, rng):
    """The weights after one pass over all rows in random batches."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(y))
    for first in range(0, len(y), size):
        batch = order[first : first + size]
        w = w - eta * gradient(w, X[batch], y[batch])
    return w
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=15
check.q4(one_epoch)

# %% [markdown] tags=["solution"]
# A permutation meets every row exactly once; drawing each batch anew with `rng.choice` misses about a third
# of the rows in an epoch and meets others twice. `w = w - …` makes a new array, while `w -= …` would change
# the caller's.
#
# `np.array_split(order, k)` is an alternative, but it makes batches of equal size, not of `size`.

# %% [markdown]
# ## Question 5 · scikit-learn's weights
#
# Write `fit(X, y, C)` that returns `(w, b)`, within half a thousandth of where `LogisticRegression(C=C)`
# would end with a small `tol`: template, loss, optimiser, from your own hand (the check refuses the
# library's `fit`). `y` holds 0 and 1, `X` has scaled columns, `C` lies between 0.05 and 20. It is checked
# on other, smaller tables than the customers below.
#
# <details><summary>Hint</summary>What is <code>C</code> in the loss that takes the mean? And which parameter
# is not penalised? If the weights are nearly right, walk on.</details>

# %%
from sklearn.linear_model import LogisticRegression

customers = ck.load("customers")
known = customers[["tenure", "monthly_charges", "senior_citizen"]].astype(float)
X_customers = ((known - known.mean()) / known.std(ddof=0)).to_numpy()
left = (customers["churn"] == "Yes").to_numpy(float)
library = LogisticRegression(C=0.1, tol=1e-8).fit(X_customers, left)
print("scikit-learn, C=0.1:", library.coef_[0].round(4), library.intercept_.round(4))


# %% answer="q5"
def fit(X, y, C):
    """Weights and intercept of the logistic regression that scikit-learn would find."""
    ### BEGIN SOLUTION
    w, b, eta = np.zeros(X.shape[1]), 0.0, 1.0
    for _ in range(20000):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        gradient_w, gradient_b = X.T @ error / len(y) + w / (C * len(y)), error.mean()
        if max(np.abs(gradient_w).max(), abs(gradient_b)) < 1e-8:
            break
        w, b = w - eta * gradient_w, b - eta * gradient_b
    return w, b
    ### END SOLUTION
    return ...


# %% check="q5" points=3 minutes=25
check.q5(fit)

# %% [markdown] tags=["solution"]
# The penalty in the mean loss is $1/(Cn)$ times the weights, and $b$ has none. A large `C` means a **small**
# penalty, which is the reverse of what the letter suggests to many.
#
# Stopping when the gradient is small saves most of the steps. Newton's method is a real alternative: with
# the matrix of second derivatives, `np.linalg.solve(hessian, gradient)` is the step, and six or eight of
# them are enough.

# %% [markdown]
# ## Question 6 · A hundred gradients
#
# Back to the bicycles and the Poisson loss. Suppose each gradient costs a euro and you have a hundred.
# Write `descend(loss_and_gradient, w, budget)`: it starts at `w`, calls `loss_and_gradient(w)` (which
# returns a pair) at most `budget` times, and returns the best weights it can find.
#
# `left_over(descend)` below starts where everybody gets the mean, with a budget of 100, and says how far
# above the lowest loss an answer ends: on all hours of the table and on every third. To pass, leave at most
# 80 % of what plain descent at its best constant rate leaves, both times. Try `left_over` on yours as often
# as you like. Libraries are allowed.
#
# <details><summary>Hint</summary>What would momentum (section 7 of the lesson) do in a trench? At a small
# rate it gains nothing. The largest curvature at the end of the road is about 413, so keep the rate below two
# divided by that. Still falling to the last step? A higher rate, or more of the last move. Up and down? A
# lower one, or less. Or: what could you learn about the curvature from two gradients in a row? (SciPy's
# minimisers finish a step that they have begun: leave them a few calls.)</details>


# %%
def bicycles(rows):
    """A function that gives loss and gradient on these rows."""

    def loss_and_gradient(w):
        z = np.clip(X[rows] @ w, -50, 50)  # so that a wild step gives a large number, not an overflow
        return np.mean(np.exp(z) - hired[rows] * z), X[rows].T @ (np.exp(z) - hired[rows]) / len(rows)

    return loss_and_gradient


def plain_descent(loss_and_gradient, w, budget):
    """Gradient descent at the constant rate that is best here."""
    for _ in range(budget):
        w = w - 0.0046 * loss_and_gradient(w)[1]
    return w


# %%
every = np.arange(len(hired))
lowest_known = {"all hours": (every, -599.0696392), "every third": (every[::3], -581.6340353)}
start = np.append(np.zeros(5), np.log(hired.mean()))  # everybody gets the mean


def left_over(descend):
    """How far above the lowest loss it ends with a hundred gradients."""
    left = {}
    for name, (rows, lowest) in lowest_known.items():
        w = descend(bicycles(rows), start, 100)
        left[name] = round(max(0.0, float(bicycles(rows)(w)[0]) - lowest), 4)
    return left


plain = left_over(plain_descent)
print("plain descent leaves:", plain)
print("to pass, at most:    ", {name: round(0.8 * left, 4) for name, left in plain.items()})


# %% answer="q6"
def descend(loss_and_gradient, w, budget):
    """The best weights that a budget of gradients can buy."""
    ### BEGIN SOLUTION
    from scipy.optimize import minimize

    settings = {"maxfun": budget - 2, "ftol": 1e-14, "gtol": 1e-9}
    return minimize(loss_and_gradient, w, jac=True, method="L-BFGS-B", options=settings).x
    ### END SOLUTION
    return ...


# %% check="q6" points=4 minutes=25
check.q6(descend)


# %% tags=["solution"]
def momentum(loss_and_gradient, w, budget, kept=0.85, rate=0.002):
    """Gradient descent that keeps a part of the last move."""
    move = 0
    for _ in range(budget):
        move = kept * move + loss_and_gradient(w)[1]
        w = w - rate * move
    return w


def timid(loss_and_gradient, w, budget):
    """Momentum with half of the last move, at a small rate."""
    return momentum(loss_and_gradient, w, budget, kept=0.5, rate=0.001)


print("momentum leaves:    ", left_over(momentum))
print("timid one leaves:   ", left_over(timid))
print("the solution leaves:", left_over(descend))

# %% [markdown] tags=["solution"]
# L-BFGS compares the gradients of successive steps, builds a picture of the curvatures from them, and is
# done long before the budget. Momentum passes, too, and is three lines; so does a rate that is set anew in
# each step from the last two gradients (Barzilai and Borwein's rule).
#
# The common disappointment is a larger rate: above the limit the first steps look splendid, and the end is a
# bounce, or an overflow. The other one is momentum with a small rate, which gains nothing: keeping half of
# the last move walks as far as plain descent at twice the rate, and that is still a small one here.
