# %% [markdown]
# # 6 · Model training: inside the blink
#
# On the nurse's table, scikit-learn's `fit` is done before you have let go of the key. **What happened
# in that blink?** Could you do the same in twenty lines of NumPy, and would you get the same weights, to
# how many decimals? Guess a number now. It will turn out that one of the two, you or the library,
# stopped before the end.

# %% [markdown]
# **You will be able to**
# - name the three parts of training (template, loss, optimiser) and write each of them
# - derive a gradient, and check it with numbers before trusting it
# - find the largest learning rate that works, and say why another scale changes it a hundredfold
# - train one model in NumPy, scikit-learn and PyTorch, and show how many digits agree
# - read training curves, stop early, and say what a seed may and may not change
#
# **Builds on:** [chapter 01](01_problem_definition.ipynb), [chapter
# 03](03_data_splitting.ipynb), [chapter 04](04_feature_engineering.ipynb) (the nurse's table) ·
# **Data:** `diabetes`
#
# Nothing here is medical advice.

# %% [markdown]
# ## 1 · The blink
#
# The people of chapter 01, who have no diagnosis, and the table of chapter 04: what a nurse knows at the
# door.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)


def nurse_table(survey):
    """What the nurse knows at the door, from the raw columns of the survey."""
    table = survey[["age", "sex", "origin", "bmi", "pulse", "ever_smoked"]].copy()
    table["waist_to_height"] = survey["waist"] / survey["height"]
    table["systolic"] = survey[["systolic_1", "systolic_2", "systolic_3"]].mean(axis=1)
    diastolic = survey[["diastolic_1", "diastolic_2", "diastolic_3"]]
    table["diastolic"] = diastolic.where(lambda x: x > 20).mean(axis=1)
    table["family"] = survey["family_history"].notna().astype(int)
    return table


table, y = nurse_table(visitors), visitors["diabetes"].to_numpy(float)
print(f"{len(table)} visitors, {y.sum():.0f} of them ill, {table.shape[1]} columns")

# %% [markdown]
# Gaps filled, numbers brought to one scale, words turned into columns of zeros and ones: sixteen numbers
# a person. We prepare all visitors at once, because sections 1 to 5 ask what `fit` does and quote no
# score. From section 6 on there are scores, and a split.

# %%
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

numbers = ["age", "bmi", "pulse", "ever_smoked", "waist_to_height", "systolic", "diastolic", "family"]
prepare = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
    (OneHotEncoder(handle_unknown="ignore"), ["sex", "origin"]),
    verbose_feature_names_out=False,
)
X = prepare.fit_transform(table)
n, columns = len(y), prepare.get_feature_names_out()
print(f"{X.shape[0]} rows, {X.shape[1]} columns")

# %% tags=["nbval-ignore-output"]
from time import perf_counter

started = perf_counter()
usual = LogisticRegression(max_iter=1000).fit(X, y)
print(f"fitted in {1000 * (perf_counter() - started):.0f} milliseconds")

# %% tags=["rtol=0.1"]
usual = LogisticRegression(max_iter=1000).fit(X, y)
print(f"steps taken (n_iter_): {usual.n_iter_[0]}")
print(f"intercept {usual.intercept_[0]:.2f}")
pd.Series(usual.coef_[0], index=columns)[numbers].round(2).to_frame("weight")

# %% [markdown]
# A few dozen **steps** of something, and seventeen numbers come out: sixteen weights and an intercept.
# What fitting finds is called a **parameter**; in scikit-learn its name ends in an underscore
# (`coef_`). What you set before is a **hyperparameter** (`max_iter`, and `C`, which section 5 explains).

# %% [markdown]
# ## 2 · Three parts
#
# Nearly all training in this course, up to the largest networks, is put together from three parts.
#
# | part | its job | here |
# |---|---|---|
# | function template | turns parameters and a row into a prediction | $\hat y = \sigma(b + w \cdot x)$ |
# | loss | says in one number how wrong the predictions are | cross-entropy |
# | optimiser | turns the parameters until the loss is small | gradient descent |
#
# The template here is **logistic regression**: a weighted sum $z = b + w\cdot x$, squeezed between 0 and
# 1 by the sigmoid $\sigma(z) = 1/(1 + e^{-z})$. The template with every possible $w$ and $b$ gives all the
# models we can get; training picks one.

# %% [markdown]
# ### Four people, every number
#
# Take four of the visitors and two columns, in standard deviations from the mean of all visitors.
# **Initialise** every parameter at 0, and run the **forward pass**: from row to prediction.

# %%
from scipy.special import expit  # the sigmoid, safe for large numbers

pair = table[["age", "waist_to_height"]].fillna(table[["age", "waist_to_height"]].median())
scaled = ((pair - pair.mean()) / pair.std(ddof=0)).to_numpy()
four = [325, 124, 2, 7]
X_four, y_four = scaled[four].round(1), y[four]
w, b = np.zeros(2), 0.0

z = X_four @ w + b
y_hat = expit(z)
shown = pd.DataFrame(
    {"age in years": pair["age"][four], "age": X_four[:, 0], "waist_to_height": X_four[:, 1]}
)
shown.assign(y=y_four.astype(int), z=z, y_hat=y_hat)

# %% [markdown]
# With all weights at zero everybody gets one half. How wrong is that? The **cross-entropy** of a person
# is minus the logarithm of the probability given to what is true; the loss is the mean over people:
#
# $$L = -\frac1n \sum_i \big( y_i \ln \hat y_i + (1 - y_i) \ln (1 - \hat y_i) \big)$$


# %%
def loss(w, b, X, y):
    """Mean cross-entropy; ln(1 + e^z) - y z is the same formula without rounding trouble."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


by_hand = -np.mean(y_four * np.log(y_hat) + (1 - y_four) * np.log(1 - y_hat))
print(f"loss by the formula {by_hand:.4f}, by the function {loss(w, b, X_four, y_four):.4f}")

# %% [markdown]
# That is $\ln 2 = 0.6931$, the loss of a coin. Now the optimiser has to know which way to turn three
# numbers.

# %% [markdown]
# ## 3 · Which way is down?
#
# ### The gradient in three lines
#
# The **gradient** holds, for each parameter, how fast the loss grows when that parameter does. With
# $\hat y = \sigma(z)$ put in, the loss of one person is $\ln(1 + e^z) - y z$ (the cell above uses it), and
# $\partial L / \partial z$ is the slope of $L$ when only $z$ changes:
#
# 1. $L = \ln(1 + e^z) - y z$, so $\partial L / \partial z = \sigma(z) - y = \hat y - y$, the error.
# 2. $z = b + \sum_j w_j x_j$, so $\partial z / \partial w_j = x_j$ and $\partial z / \partial b = 1$.
# 3. Multiply: $\partial L / \partial w_j = (\hat y - y)\,x_j$ and $\partial L / \partial b = \hat y - y$.
#
# **Error times input**, and the mean over people.

# %%
error = y_hat - y_four
parts = pd.DataFrame(
    {"error": error, "error x age": error * X_four[:, 0], "error x waist": error * X_four[:, 1]}
)
print(parts.round(2).to_string())
print("mean (the gradient):", parts.mean().round(4).tolist())

# %% [markdown]
# Read the waist: its gradient is −0.3, so the loss falls when this weight **grows**. For $b$ the four
# errors cancel. For age they nearly do: a young ill person and an old healthy one speak against what the
# other two say.
#
# The **update** goes against the gradient, and the **learning rate** $\eta$ sets how far:
#
# $$w \leftarrow w - \eta\,\frac{\partial L}{\partial w}, \qquad
# b \leftarrow b - \eta\,\frac{\partial L}{\partial b}$$


# %%
def gradient(w, b, X, y):
    """Error times input, averaged: one number a weight, and one for b."""
    error = expit(X @ w + b) - y
    return X.T @ error / len(y), error.mean()


eta = 1.0
for step in range(4):
    print(f"step {step}: w = {w.round(4)}, b = {b:.4f}, loss {loss(w, b, X_four, y_four):.4f}")
    gradient_w, gradient_b = gradient(w, b, X_four, y_four)
    w, b = w - eta * gradient_w, b - eta * gradient_b

# %% [markdown]
# This is all of **gradient descent**: forward pass, loss, gradient, update, again. Everything that
# follows is care.
#
# ### Never trust a gradient you have not checked
#
# A gradient is a promise about the loss, so nudge one weight by $h$ both ways, see how the loss changes,
# and divide: $\frac{L(w + h) - L(w - h)}{2h}$. Now with all visitors and all sixteen columns.
#
# **Predict first:** the smaller $h$, the better the check. True?

# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(0)
w_check, b_check = rng.normal(0, 0.1, X.shape[1]), -3.0
by_formula = gradient(w_check, b_check, X, y)[0]
gaps = {}
for h in (1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13):
    nudges = h * np.eye(X.shape[1])
    by_nudging = [
        (loss(w_check + e, b_check, X, y) - loss(w_check - e, b_check, X, y)) / (2 * h) for e in nudges
    ]
    gaps[f"{h:.0e}"] = f"{np.abs(by_nudging - by_formula).max():.0e}"
pd.Series(gaps).rename_axis("h").to_frame("largest gap").T

# %% [markdown]
# At $h = 10^{-5}$ formula and nudge agree to eleven or twelve decimals, so the formula is right. With
# smaller nudges the check gets **worse**: the two losses differ only in their last digits, and the
# subtraction leaves rounding errors, which are then divided by a tiny number. Take about $10^{-5}$.
#
# > **Myth.** "A positive gradient means: increase the weight."
#
# Both signs, on all visitors: the loss after 0, 3, 6 and 9 steps.

# %%
for sign, name in [(-1, "w - eta * gradient"), (+1, "w + eta * gradient")]:
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(10):
        losses.append(loss(w, b, X, y))
        gradient_w, gradient_b = gradient(w, b, X, y)
        w, b = w + sign * 0.5 * gradient_w, b + sign * 0.5 * gradient_b
    print(f"{name}: loss", np.round(losses[::3], 2))

# %% [markdown]
# A positive gradient says that **the loss grows** when the weight does. So the weight must go down.

# %% [markdown]
# ## 4 · Two weights on a map
#
# Two parameters can be drawn. Age and `waist_to_height` for all visitors; $b$ stays fixed at the log-odds
# $\ln(p/(1-p))$ of the share $p$ of the ill, so that at $w = (0, 0)$ everybody gets that share. We ask for
# steps until both weights are within one hundredth of where they must end.


# %%
from scipy.optimize import minimize

b_fixed = np.log(y.mean() / (1 - y.mean()))


def lowest(Z):
    """The best two weights, by a library's minimiser."""
    found = minimize(loss, [0, 0], (b_fixed, Z, y), jac=lambda w, *data: gradient(w, *data)[0], tol=1e-12)
    return found.x


def descend(Z, eta, steps):
    """The path of gradient descent from (0, 0): one row a step."""
    path = [np.zeros(2)]
    for _ in range(steps):
        path.append(path[-1] - eta * gradient(path[-1], b_fixed, Z, y)[0])
    return np.array(path)


def steps_to_arrive(path, goal):
    """The first step from which both weights stay within 1 % of the goal; None if there is none."""
    away = (np.abs(path - goal) > 0.01 * np.abs(goal)).any(axis=1)
    return None if away[-1] else int(away.nonzero()[0].max() + 1)


# %%
goal = lowest(scaled)
print("scaled columns, goal:", goal.round(3), "b fixed at", b_fixed.round(3))
for eta in (0.3, 3, 16, 30, 35):
    print(f"learning rate {eta:4}: steps to arrive {steps_to_arrive(descend(scaled, eta, 1000), goal)}")

# %% [markdown]
# Rates of 16 and more, where tutorials write 0.01. At 0.3 it takes hundreds of steps, at 16 four, and
# between 30 and 35 something breaks. Where exactly?
#
# ### The speed limit
#
# Near the bottom every smooth loss is nearly a parabola, $\frac{\lambda}{2}(w - w^*)^2$, with a curvature
# $\lambda$. Its gradient is $\lambda (w - w^*)$, so one step multiplies the distance to the bottom by
# $1 - \eta\lambda$. That shrinks only while $\eta < 2/\lambda$: beyond it, each step lands further away
# on the other side.
#
# The matrix of second derivatives (the **Hessian**) has as many special directions (its eigenvectors) as
# there are weights; the eigenvalue is the curvature along each. The steepest decides:
# $\eta < 2/\lambda_{\max}$.


# %%
def curvatures(w, b, X, penalties=0.0):
    """Eigenvalues of the Hessian of the loss in w, smallest first."""
    y_hat = expit(X @ w + b)
    hessian = (X * (y_hat * (1 - y_hat))[:, None]).T @ X / len(X)
    return np.linalg.eigvalsh(hessian + penalties * np.eye(len(w)))


limit = 2 / curvatures(goal, b_fixed, scaled).max()
print(f"speed limit {limit:.2f}")
curves = {}
for share in (0.02, 0.5, 0.99, 1.01):
    path = descend(scaled, share * limit, 1000)
    curves[share] = [loss(w, b_fixed, scaled, y) - loss(goal, b_fixed, scaled, y) for w in path[:201]]
    print(f"{share:4} of it, {share * limit:5.2f}: steps to arrive {steps_to_arrive(path, goal)}")

# %%
fig, ax = plt.subplots()
places = {0.02: (204, 1.4e-8, "C4"), 0.5: (8, 3e-8, "C2"), 0.99: (204, 2e-7, "C0"), 1.01: (204, 7e-4, "C1")}
labels = {
    0.02: "small and steady",
    0.5: "half the limit",
    0.99: "just below the limit",
    1.01: "just above it",
}
for share, (x, height, colour) in places.items():
    ax.plot(np.maximum(curves[share], 1e-12), color=colour)
    ax.text(x, height, f"{share * limit:.1f}: {labels[share]}", color=colour, weight="bold", va="center")
ax.set(
    yscale="log",
    ylim=(3e-9, 5e-2),
    xlim=(0, 310),
    xticks=range(0, 201, 50),
    xlabel="step",
    ylabel="loss above the lowest",
)
ax.set_title("One hundredth below the limit arrives, one above never does")
ck.show(
    fig,
    "Loss above the lowest by step, log scale, for four learning rates: half the limit drops at once, just "
    "below falls slowly, just above stays level, the smallest falls steadily.",
)

# %% [markdown]
# The limit, computed from the curvature at the goal, is right to a hundredth: 0.99 of it arrives after 160
# steps, 1.01 of it jumps from one side of the valley to the other for ever. (A parabola would throw it to
# infinity; this loss flattens further out.) Half the limit is the sweet spot here, with both weights home
# in four steps.

# %% [markdown]
# ### The same people in other units
#
# Nothing changes but the units: age counted in years, the ratio as it is, both from their means.
# **Predict first:** how many steps will it take, at nine tenths of its own limit?

# %%
raw = (pair - pair.mean()).to_numpy()
goal_raw = lowest(raw)
for name, Z, end in [("scaled", scaled, goal), ("years and ratio", raw, goal_raw)]:
    bends = curvatures(end, b_fixed, Z)
    eta = 0.9 * 2 / bends.max()
    path = descend(Z, eta, 1000)
    print(f"{name}: goal {end.round(3)}, lowest loss {loss(end, b_fixed, Z, y):.6f}")
    print(f"    curvatures {bends.min():.4f} and {bends.max():.4f}, ratio {bends.max() / bends.min():,.1f}")
    print(f"    speed limit {2 / bends.max():.3f}; steps to arrive {steps_to_arrive(path, end)}; ", end="")
    print(f"way left after 1,000 steps: {(1 - path[-1] / end).round(2) + 0.0}")

# %% [markdown]
# Same people, same template, same lowest loss, and after a thousand steps the weight of the waist still
# has 95 % of its way before it, while that of age is 21 % beyond its goal. The limit, 0.143 in place of
# 31.31, is set by the steep direction (years are large numbers), and the shallow one is 25,314 times less
# curved. This ratio is the **condition number**. Here is why it hurts.


# %%
def draw_map(ax, Z, x_range, y_range):
    """Lines of equal loss around the start, both axes to the same scale."""
    first, second = np.meshgrid(np.linspace(*x_range, 41), np.linspace(*y_range, 41))
    points = zip(first.ravel(), second.ravel(), strict=True)
    heights = np.array([loss(np.array(point), b_fixed, Z, y) for point in points])
    ax.contour(first, second, heights.reshape(first.shape), 14, colors="#AAAAAA", linewidths=1)
    ax.plot(0, 0, "o", color="black", zorder=3)
    ax.text(0, -0.06 * np.ptp(y_range), "start", ha="center", va="center")
    ax.set(xlim=x_range, ylim=y_range, aspect="equal")
    ax.set(xlabel="weight of age", ylabel="weight of waist_to_height")


# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 4.4))
trench = (raw, goal_raw, [-0.012, 0.048], [-0.02, 0.04], 0.9, 100)
bowl = (scaled, goal, [-0.25, 0.95], [-0.25, 0.95], 0.5, 10)
for ax, (Z, end, x_range, y_range, share, steps) in zip(axes, [trench, bowl], strict=True):
    draw_map(ax, Z, x_range, y_range)
    path = descend(Z, share * 2 / curvatures(end, b_fixed, Z).max(), steps)
    ax.plot(*path.T, "o-", color="C1", ms=3.5, lw=1.2)
axes[1].plot(*goal, "*", color="C2", ms=15)
axes[1].text(goal[0] + 0.06, goal[1] + 0.02, "goal, 4 steps", color="C2", weight="bold")
pages = goal_raw[1] / 0.06
axes[0].text(0.0275, 0.0385, f"goal: {pages:.0f} pages\nfurther up", color="C2", weight="bold", va="top")
up = {"arrowstyle": "->", "color": "C2", "lw": 2}
axes[0].annotate("", (0.0255, 0.0398), (0.0255, 0.031), arrowprops=up)
axes[0].set(title="Years and ratio: a trench", xticks=[0, 0.02, 0.04], yticks=[-0.02, 0, 0.02, 0.04])
axes[1].set(title="Scaled: a bowl", xticks=[0, 0.4, 0.8], yticks=[0, 0.4, 0.8])
ck.show(
    fig,
    "Two maps of the loss with equal axes. Left: straight parallel lines, the path zigzags across a trench "
    "and hardly climbs. Right: a round bowl, the path walks to the goal in four steps.",
)

# %% [markdown]
# Both maps are in true proportions. In years and ratio the loss is a trench: the path bounces between its
# walls and then creeps along the floor; 100 steps are drawn (at nine tenths of the limit), and the goal is
# 88 pages of this height further up. Scaled (at half the limit), it is a bowl, and "downhill" points at
# the goal. That is why chapter 04 scales columns for models trained in this way.
#
# How long would the trench take? Let it walk.

# %%
eta = 0.9 * 2 / curvatures(goal_raw, b_fixed, raw).max()
w, steps = np.zeros(2), 0
while (np.abs(w - goal_raw) > 0.01 * np.abs(goal_raw)).any():
    w, steps = w - eta * gradient(w, b_fixed, raw, y)[0], steps + 1
print(f"{steps:,} steps, to the same model")

# %% [markdown]
# **Try it:** count age in centuries: set `raw = ((pair - pair.mean()) / [100, 1]).to_numpy()` and run from
# there. Guess first: more steps, or fewer?
# <details><summary>Answer</summary>About twenty. In centuries age spreads about twice as much as
# the ratio: nearly one scale. The model is the same again; only the weight of age is a hundred times
# larger.</details>

# %% [markdown]
# ## 5 · The nurse's whole table
#
# ### The same loss as the library
#
# Two people who minimise different losses will not find the same weights. scikit-learn minimises
#
# $$C \sum_i L_i + \frac12 \lVert w \rVert^2,$$
#
# a **sum** over people, plus a penalty for large weights (not for $b$); `C` says how much the data count
# beside it. Divide by $Cn$ and it is our **mean** plus $\frac{1}{2Cn}\lVert w\rVert^2$. Same lowest point,
# and a learning rate that does not depend on the number of rows. We call $1/(Cn)$ the penalty; the half is
# gone in the gradient.


# %%
def loss(w, b, X, y, penalty=0.0):
    """Mean cross-entropy plus the penalty on the weights."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * w @ w


def gradient(w, b, X, y, penalty=0.0):
    """Derivatives of that loss: one number a weight, and one for b."""
    error = expit(X @ w + b) - y
    return X.T @ error / len(y) + penalty * w, error.mean()


penalty = 1 / (1.0 * n)  # C = 1
w, b = usual.coef_[0], usual.intercept_[0]
theirs = 1.0 * np.sum(np.logaddexp(0, X @ w + b) - y * (X @ w + b)) + w @ w / 2
print(f"scikit-learn's sum {theirs:.4f}; our mean times C n {loss(w, b, X, y, penalty) * n:.4f}")

# %% [markdown]
# ### Twenty lines
#
# With the two functions above, this is the whole of training. It stops after `steps`, or when no part of
# the gradient is larger than `tol`: then the ground is flat.


# %%
def train(X, y, penalty, eta, steps, w=None, tol=0.0):
    """Gradient descent on all rows; returns w, b and the number of steps taken."""
    w, b = np.zeros(X.shape[1]) if w is None else w, 0.0
    for step in range(steps):
        gradient_w, gradient_b = gradient(w, b, X, y, penalty)
        if max(np.abs(gradient_w).max(), abs(gradient_b)) <= tol:
            return w, b, step
        w, b = w - eta * gradient_w, b - eta * gradient_b
    return w, b, steps


w, b, _ = train(X, y, penalty, eta=5, steps=1000)
with_ones = np.column_stack([X, np.ones(n)])  # b is the weight of a column of ones, without penalty
bends = curvatures(np.append(w, b), 0, with_ones, np.append(np.full(X.shape[1], penalty), 0))
print(f"speed limit near the bottom: {2 / bends.max():.1f}")
print(f"curvatures from {bends.min():.5f} to {bends.max():.3f}")

# %% [markdown]
# So 13 will do. Only the penalty bends the flattest direction, and the reason is in the table: everybody
# is either female or male, and of one origin. Add 1 to both weights of sex, take 1 off $b$, and no
# prediction changes.
#
# Now the puzzle. The judge is a third method, Newton's, run to the last digit (`tol=1e-12`).
# **Predict first:** on how many decimals of the weights will 100, 1,000 and 20,000 steps agree with it,
# and on how many does scikit-learn's usual `fit`? And how many visitors are decided otherwise by the van
# of chapter 01, which invites from 2 % on?

# %% tags=["rtol=0.1"]
exact = LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=100).fit(X, y)
w_exact, b_exact = exact.coef_[0], exact.intercept_[0]
p_exact = expit(X @ w_exact + b_exact)


def compare(w, b):
    """How far from the exact solution: decimals alike (12 at most), loss, decisions."""
    apart, p = max(np.abs(w - w_exact).max(), abs(b - b_exact)), expit(X @ w + b)
    above = loss(w, b, X, y, penalty) - loss(w_exact, b_exact, X, y, penalty)
    invited_otherwise = ((p >= 0.02) != (p_exact >= 0.02)).sum()
    above = f"{above:.0e}" if above > 1e-12 else "under 1e-12"
    return min(12, max(0, int(-np.log10(apart)))), above, int(invited_otherwise)


rows = {f"{steps:,} steps": compare(*train(X, y, penalty, 13, steps)[:2]) for steps in (100, 1000, 20000)}
rows["scikit-learn, usual"] = compare(usual.coef_[0], usual.intercept_[0])
names = ["decimals alike", "loss above the lowest", "invited otherwise"]
pd.DataFrame(rows, index=names).T

# %% [markdown]
# **Twelve decimals**, with the twenty lines and twenty thousand steps. And the library as it comes agrees
# with the exact solution on **one**: it is scikit-learn that stopped before the end. On purpose:

# %% tags=["rtol=0.1"]
steepest = max(map(np.max, map(np.abs, gradient(usual.coef_[0], usual.intercept_[0], X, y, penalty))))
print(f"steepest part of the gradient where scikit-learn stopped: {steepest:.5f}")
print(f"its tolerance: {usual.tol}")
w, b, steps = train(X, y, penalty, eta=13, steps=20000, tol=usual.tol)
decimals, above, otherwise = compare(w, b)
print(f"our descent with the same tolerance stops after {steps} steps: {decimals} decimals alike,")
print(f"loss {above} above the lowest, {otherwise} visitors invited otherwise")

# %% [markdown]
# "Stop when the ground is nearly flat" is a hyperparameter, too: `tol`. Look at the last two columns
# before you tighten it. scikit-learn's loss is above the lowest in the sixth decimal only, and it decides
# otherwise about 12 of the 4,142 visitors. Our descent stops higher up with the same `tol`: the same slope
# can be met at very different heights of a trench.
#
# **Convergence** means that more steps change nothing that matters. The loss gets there first; decisions
# and weights may lag long after. Whoever publishes weights should set a smaller `tol` than the usual.

# %% [markdown]
# ### The weights over time

# %%
history, w, b = [], np.zeros(X.shape[1]), 0.0
for _ in range(15000):
    gradient_w, gradient_b = gradient(w, b, X, y, penalty)
    w, b = w - 5 * gradient_w, b - 5 * gradient_b
    history.append(w)
history = pd.DataFrame(history, columns=columns, index=np.arange(1, 15001))

# %%
shown = {"age": "C0", "waist_to_height": "C2", "bmi": "C5", "diastolic": "C3", "sex_Female": "C6"}
fig, ax = plt.subplots(figsize=(8.4, 4.4))
ax.axhline(0, color="black", lw=0.8)
for name, colour in shown.items():
    end = w_exact[list(columns).index(name)]
    ax.plot(history.index, history[name], color=colour)
    ax.plot(history.index[-1], end, "o", color=colour, clip_on=False)
    aside = {"diastolic": 0.04, "sex_Female": -0.04}.get(name, 0)  # or the two names would touch
    ax.text(19000, end + aside, name, color=colour, va="center")
ax.set(xscale="log", xlim=(1, 15000), xlabel="step (log scale)", ylabel="weight")
ax.set_title("Weights turn round on the way, and one walks long after the others")
ck.show(
    fig,
    "Five weights against step, log scale. Age rises, bmi rises then falls, diastolic ends below zero, "
    "sex_Female stays near -1.1 for hundreds of steps and then drifts to -0.14.",
)
history.loc[[1, 2, 5, 10, 30, 100, 1000, 15000], list(shown)].round(2)

# %% [markdown]
# The dots are Newton's exact weights; the rate here is 5. `bmi` shoots up, then gives back more than half
# when age and waist have found their places; `diastolic` changes sign. The first step, from 50 % for
# everybody, throws `sex_Female` far below zero, and from there it walks along the floor of a trench for
# thousands of steps that the loss does not feel. A weight stopped half-way is no measure of importance.
#
# > **Myth.** "Each weight is its own ball rolling down its own hill."
#
# Take it at its word. From the start, where everybody gets the share of the ill, let each parameter roll
# alone to the bottom of its own hill, the others at rest. Then put them together.

# %%
from scipy.optimize import minimize_scalar

start = np.zeros(X.shape[1])
alone = np.array(
    [minimize_scalar(lambda v, j=j: loss(start + v * (columns == columns[j]), b_fixed, X, y, penalty)).x
     for j in range(len(columns))]
)  # fmt: skip
print(f"at the start:                   loss {loss(start, b_fixed, X, y, penalty):.4f}")
print(f"every ball at its own bottom:   loss {loss(alone, b_fixed, X, y, penalty):.4f}")
print(f"one point in all coordinates:   loss {loss(w_exact, b_exact, X, y, penalty):.4f}")
both = pd.DataFrame({"alone": alone, "together": w_exact}, index=columns).round(2)
both.loc[["age", "waist_to_height", "bmi", "systolic", "diastolic"]].T

# %% [markdown]
# Every ball has reached its best place, and together they are **worse than not having moved**. ($b$
# stood at its own bottom already.) Alone, `bmi` and the blood pressures take credit for people whom
# age and waist explain as well, and it is counted several times.

# %%
values = np.linspace(-0.4, 1, 80)
bmi = (columns == "bmi").astype(float)
fig, ax = plt.subplots()
for others, b, colour, name in [
    (start, b_fixed, "C6", "others at the start"),
    (w_exact, b_exact, "C5", "others at their goal"),
]:
    rest = others * (1 - bmi)
    hill = np.array([loss(rest + v * bmi, b, X, y, penalty) for v in values])
    ax.plot(values, hill - hill.min(), color=colour)
    bottom = values[hill.argmin()]
    ax.plot(bottom, 0, "o", color=colour, clip_on=False)
    x, side = (-0.26, "left") if others is start else (0.64, "right")
    ax.text(x, 0.0125, name, color=colour, ha=side, weight="bold")
    print(f"{name}: bottom at {bottom:.2f}")
ax.set(xlabel="weight of bmi", ylabel="loss above the bottom of this hill", ylim=(0, 0.014))
ax.set_title("The hill under one weight moves with the others")
ck.show(
    fig,
    "Loss against the weight of bmi alone: with the other weights at the start the bottom is near 0.4, with "
    "them at their goal near 0.1.",
)

# %% [markdown]
# There is one ball, in a space of seventeen dimensions, and the gradient is one arrow there. What looks
# like a hill for one weight is a slice, and the slice changes with every step of the others.

# %% [markdown]
# > **Myth.** "Start from random weights."
#
# Five wild starts, ten thousand steps each.

# %%
rng = np.random.default_rng(0)
ends = []
for _ in range(5):
    start = rng.normal(0, 3, X.shape[1])
    w, b, _ = train(X, y, penalty, eta=13, steps=10000, w=start)
    ends.append(np.append(w, b))
    print(
        f"start with a loss of {loss(start, 0, X, y, penalty):.2f}, end with {loss(w, b, X, y, penalty):.6f}"
    )
print(f"the five ends agree to 6 decimals: {np.ptp(ends, axis=0).max() < 1e-6}")

# %% [markdown]
# The loss of logistic regression is **convex**, a bowl or a trench without side valleys, and the penalty
# makes its lowest point a single one, whatever the start. Zeros are as good as anything, and need no seed.
# For networks it is another story: section 6.

# %% [markdown]
# ### The same in PyTorch
#
# `nn.Linear` holds $w$ and $b$, `BCEWithLogitsLoss` is sigmoid and mean cross-entropy in one, `backward`
# computes the gradient, `SGD` makes the update. `weight_decay` is our penalty; only the weights get it.

# %%
import torch
from torch import nn

torch.set_num_threads(1)
rows, target = torch.tensor(X), torch.tensor(y)  # 64 bits a number, as in NumPy
model = nn.Linear(X.shape[1], 1, dtype=torch.float64)
nn.init.zeros_(model.weight)
nn.init.zeros_(model.bias)
groups = [{"params": [model.weight], "weight_decay": penalty}, {"params": [model.bias]}]
optimiser = torch.optim.SGD(groups, lr=13.0)
criterion = nn.BCEWithLogitsLoss()
for _ in range(1000):
    optimiser.zero_grad()  # or the new gradient is added to the old one
    criterion(model(rows).squeeze(1), target).backward()
    optimiser.step()

w, b, _ = train(X, y, penalty, eta=13, steps=1000)
gap = np.abs(model.weight.detach().numpy()[0] - w).max()
print(f"after 1,000 steps each, PyTorch and NumPy agree to 12 decimals: {gap < 1e-12}")

# %% [markdown]
# Step for step the same path. To reach the end of it, exchange the optimiser (the penalty moves into the
# loss): **L-BFGS**, the one in scikit-learn's usual `fit`, which learns the curvatures from the gradients
# it has seen.


# %% tags=["rtol=0.5"]
def closure():
    """The loss with its penalty, and its gradient, whenever the optimiser asks."""
    closure.calls += 1
    optimiser.zero_grad()
    value = criterion(model(rows).squeeze(1), target) + penalty / 2 * (model.weight**2).sum()
    value.backward()
    return value


closure.calls = 0
nn.init.zeros_(model.weight)
nn.init.zeros_(model.bias)
settings = {"max_iter": 100, "max_eval": 100, "tolerance_grad": 0, "tolerance_change": 0}
optimiser = torch.optim.LBFGS(model.parameters(), history_size=20, **settings)
optimiser.step(closure)
w, b = model.weight.detach().numpy()[0], model.bias.item()
print(f"PyTorch with L-BFGS: {compare(w, b)[0]} decimals alike after {closure.calls} gradients")
print(f"Newton in scikit-learn: {exact.n_iter_[0]} steps, each with all second derivatives")

# %% [markdown]
# That is what happened in the blink: the same template, the same loss, and an optimiser that feels the
# shape of the trench and walks along it. Plain descent knows only the slope under its feet.
#
# **Try it:** drop `dtype=torch.float64` and add `.float()` to `rows` and `target`, and count how many
# decimals the descent still shares with NumPy.
# <details><summary>Answer</summary>Six. Each step is rounded to about seven digits.</details>

# %% [markdown]
# ### Batches and epochs
#
# So far each step has read all people: a **full batch**. With a **mini-batch** the gradient is estimated on
# 64 people and the step taken at once. One pass over everybody, in random order, is an **epoch**: one step
# with the full batch, 65 steps with 64 people each, the last with 46.
#
# **Predict first:** after one epoch, who is further down? And after a hundred?


# %%
def train_by_batches(X, y, penalty, eta, epochs, size, decay=0.0, seed=0):
    """Mini-batch descent from zero; returns the loss above the lowest after each epoch."""
    w, b, above = np.zeros(X.shape[1]), 0.0, []
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order, step = rng.permutation(len(y)), eta / (1 + decay * epoch)
        for first in range(0, len(y), size):
            batch = order[first : first + size]
            gradient_w, gradient_b = gradient(w, b, X[batch], y[batch], penalty)
            w, b = w - step * gradient_w, b - step * gradient_b
        above.append(loss(w, b, X, y, penalty) - loss(w_exact, b_exact, X, y, penalty))
    return above


ways = {
    "full batch": train_by_batches(X, y, penalty, 5, 100, n),
    "64 people": train_by_batches(X, y, penalty, 1, 100, 64),
    "64, shrinking rate": train_by_batches(X, y, penalty, 1, 100, 64, decay=0.3),
}
report = pd.DataFrame(ways, index=np.arange(1, 101)).rename_axis("epoch")
report.loc[[1, 3, 7, 10, 30, 100]].round(5)

# %% [markdown]
# The table shows the loss above the lowest. One pass in batches brings what the full batch has after about
# seven passes; then it dances round the goal, because 64 people are not everybody, and after a hundred the
# full batch is ahead, 0.00035 against 0.00048. A shrinking rate calms the dance. On a table of this size
# mini-batches are not needed; where one pass takes an hour there is no choice. [Chapter
# 09](09_spam_filter.ipynb) trains on mails in this way, chapter 17 on optimisers goes deeper.

# %% [markdown]
# ## 6 · Watching the training
#
# From here on the model is judged, so the visitors are split as in chapter 03: of every 100 people 60 are
# for training, 20 for validation, 20 for the test. Means, medians and scales come from the training part
# alone. And the template becomes one that can learn too much: a small **network**, 32 sums like ours
# (**hidden units**), bent at zero (`ReLU`), then summed again.

# %%
from sklearn.model_selection import train_test_split

rest, test = train_test_split(np.arange(n), test_size=0.2, stratify=y, random_state=0)
fit, validation = train_test_split(rest, test_size=0.25, stratify=y[rest], random_state=0)
X_split = prepare.fit(table.iloc[fit]).transform(table)
X_all, y_all = torch.tensor(X_split, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
print({name: f"{len(part)} people, {y[part].sum():.0f} ill" for name, part in
       [("train", fit), ("validation", validation), ("test", test)]})  # fmt: skip


def network(seed):
    """16 columns, 32 hidden units, one sum; the seed draws the starting weights."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(X_all.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))


print("parameters:", sum(part.numel() for part in network(0).parameters()))

# %% [markdown]
# The loop is the one of section 5, with Adam (section 7) at a rate of 0.01, 32 bits a number, no penalty,
# and two additions. After each epoch it writes down loss and accuracy on both parts. And it does **early
# stopping**: it keeps a copy of the weights with the lowest validation loss, and gives up when there was
# no better one for `patience` epochs.


# %%
def train_network(model, epochs=300, patience=None):
    """Full-batch training; returns the curves, the best epoch and the weights of that epoch."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    curves, lowest_yet = [], np.inf
    for epoch in range(epochs):
        optimiser.zero_grad()
        criterion(model(X_all[fit]).squeeze(1), y_all[fit]).backward()
        optimiser.step()
        with torch.inference_mode():
            z = model(X_all).squeeze(1)
            losses = [criterion(z[part], y_all[part]).item() for part in (fit, validation)]
            right = ((z > 0) == (y_all == 1)).numpy()
        curves.append([*losses, right[fit].mean(), right[validation].mean()])
        if losses[1] < lowest_yet:
            lowest_yet, best_epoch = losses[1], epoch
            best_weights = {name: part.clone() for name, part in model.state_dict().items()}
        if patience is not None and epoch - best_epoch >= patience:
            break
    return np.array(curves), best_epoch, best_weights


net = network(0)
curves, best_epoch, best_weights = train_network(net)
print(f"validation loss: {curves[best_epoch, 1]:.2f} at its lowest, {curves[-1, 1]:.2f} after 300 epochs")

# %%
fig, axes = plt.subplots(1, 2, figsize=(9.2, 3.9))
epochs = np.arange(1, len(curves) + 1)
for column, (part, colour, aside) in enumerate([("training", "C2", 0.001), ("validation", "C3", -0.001)]):
    for ax, values, up in [(axes[0], curves[:, column], 0), (axes[1], curves[:, column + 2], aside)]:
        ax.plot(epochs, values, color=colour, alpha=0.9)
        ax.text(305, values[-1] + up, part, color=colour, weight="bold", va="center")
axes[0].axvline(best_epoch + 1, color="C6", ls="--", lw=1.2)
axes[0].text(best_epoch + 6, 0.195, "stop here", color="C6")
axes[1].plot([1, 300], [1 - y[fit].mean()] * 2, color="C6", ls="--", lw=1.2)
axes[1].text(40, 1 - y[fit].mean() + 0.0015, "nobody is ill", color="C6")
axes[0].set(title="The loss moves, and turns", ylabel="cross-entropy", ylim=(0.1, 0.21))
axes[1].set(title="Accuracy sleeps through the turn", ylabel="accuracy", ylim=(0.94, 0.98))
for ax in axes:
    ax.set(xlabel="epoch", xlim=(0, 420), xticks=[0, 100, 200, 300])
ck.show(
    fig,
    "Left: training loss falls throughout, validation loss falls, then rises again. Right: both accuracies "
    "stay flat at the share of the healthy for most of the 300 epochs.",
)

# %% tags=["rtol=0.1"]
headings = ["train loss", "val. loss", "train accuracy", "val. accuracy"]
named = pd.DataFrame(curves, index=epochs, columns=headings).rename_axis("epoch")
for part in ("train", "val."):
    kinds = named.loc[10:100, f"{part} accuracy"].nunique()
    print(f"different values of {part} accuracy from epoch 10 to 100: {kinds}")
named.loc[[1, 10, 20, 50, 100, 200, 300]].round(3)

# %% [markdown]
# The training loss falls to the end. The validation loss turns round: from there on the network learns the
# training people, not the illness. And accuracy, the number most people watch, has one single value from
# epoch 10 to 100 and beyond: at 0.5 nobody is called ill. After the turn it even **rises** for a while, on
# the validation part, too. On a rare class, watch the loss.
#
# Is early stopping worth it? Five starts, each trained twice: to epoch 300, and with patience. And now, for
# the first time, the test part.


# %%
from sklearn.metrics import log_loss


def chances_of(model):
    """The probabilities of all people."""
    with torch.inference_mode():
        return torch.sigmoid(model(X_all).squeeze(1)).numpy()


# %%
run_on, stopped, stopped_networks = [], [], []
for seed in range(5):
    net = network(seed)
    train_network(net)
    run_on.append(chances_of(net)[test])
    net = network(seed)
    net.load_state_dict(train_network(net, patience=60)[2])  # the weights of the best epoch
    stopped.append(chances_of(net)[test])
    stopped_networks.append(net)

# %% tags=["rtol=0.1"]
losses_by_seed = pd.DataFrame(
    {
        "stopped early": [log_loss(y[test], chances) for chances in stopped],
        "to epoch 300": [log_loss(y[test], chances) for chances in run_on],
    }
)
losses_by_seed.rename_axis("seed").round(3)

# %% [markdown]
# Stopped early is better in all five. Is that more than the luck of these people? The same people are judged
# each time, so look at the differences person by person (mean over the five seeds; ± is 1.96 standard
# errors), with the logistic regression beside them.


# %%
def per_person(p):
    """Cross-entropy of each test person, for one row of probabilities or several."""
    return -np.log(np.where(y[test] == 1, p, 1 - p)).reshape(-1, len(test)).mean(axis=0)


logistic = LogisticRegression(max_iter=1000).fit(X_split[fit], y[fit])
share = y[fit].mean()  # the chance that a model without columns gives to everybody
losses = {
    "network, epoch 300": per_person(np.array(run_on)),
    "network, stopped": per_person(np.array(stopped)),
    "logistic regression": per_person(logistic.predict_proba(X_split[test])[:, 1]),
    "same for everybody": per_person(np.full(len(test), share)),
}
for name, of_people in losses.items():
    gap = of_people - losses["network, stopped"]
    error = 1.96 * gap.std() / np.sqrt(len(gap))
    print(f"{name:19}: test loss {of_people.mean():.3f}, above 'stopped' {gap.mean():+.4f} ± {error:.4f}")

# %% [markdown]
# Running on to epoch 300 costs more than luck explains. Stopped in time, the network is level with logistic
# regression: 577 parameters found nothing that 17 had missed, as far as 31 ill people can tell. Early
# stopping does not make a model good. It keeps a flexible one from becoming bad.
#
# **Try it:** give the network 4 hidden units in place of 32. Does its validation loss still turn?
# <details><summary>Answer</summary>No: in 300 epochs it has hardly begun to overfit, and its lowest
# validation loss is about the same. A smaller template is the other way to stop in time.</details>
#
# ### What a seed may change
#
# A **seed** fixes the random numbers: here, the starting weights. The same seed gives the same network, to
# the last bit. **Predict first:** two seeds give nearly the same test loss. Do they give the same weights?
# Do they invite the same people?

# %% tags=["rtol=0.1"]
again = network(0)
again.load_state_dict(train_network(again)[2])
print("seed 0 twice, equal to the last bit:", np.array_equal(chances_of(again)[test], stopped[0]))
invited = np.array(stopped) >= 0.02
unsure = (invited.any(axis=0) & ~invited.all(axis=0)).mean()
print("share invited by each seed:", invited.mean(axis=1).round(2).tolist())
print(f"share invited by some seeds and not by others: {unsure:.2f}")
wobble = np.array(stopped).std(axis=0) / np.mean(stopped, axis=0)
print(f"a person's chance varies by a share of {np.median(wobble):.2f} between seeds (median)")
weights = [net[0].weight.detach().numpy().ravel() for net in stopped_networks]
alike = np.corrcoef(weights)[np.triu_indices(5, k=1)]  # one number for each pair of seeds
print(f"correlation of two seeds' weights, at the most: {abs(alike).max():.1f}")

# %% [markdown]
# Unrelated weights, nearly the same loss, and about 12 % of the people get a letter or not **by the draw
# of the starting weights**. With the logistic regression of section 5, nobody does. So report the spread
# over seeds, or average several networks, and never pick the seed with the best test score: that is the
# winner of chapter 03 again.
#
# A seed makes *your* run repeatable. Other versions or another machine may round differently, and a long
# training lets small differences grow.
#
# And from zero? A network that starts with all weights equal cannot learn what it is built for.

# %%
for name, value in [("all zero", 0.0), ("all 0.1", 0.1), ("random", None)]:
    net = network(0)
    with torch.no_grad():
        for part in net.parameters() if value is not None else ():
            part.fill_(value)
    curves, _, _ = train_network(net, epochs=600)
    kinds = len(np.unique(net[0].weight.detach().numpy().round(5), axis=0))
    print(f"{name}: kinds of hidden unit {kinds}, training loss {curves[-1, 0]:.2f} after 600 epochs")
everybody = share * np.log(share) + (1 - share) * np.log(1 - share)
print(f"same chance for everybody: training loss {-everybody:.2f}")

# %% [markdown]
# All hidden units get the same gradient, so they stay copies of each other: 32 units that work as one,
# far behind a random start. From zero, nothing even reaches them, and only the last intercept moves:
# after 600 epochs it has not even found the share of the ill. Random starts are there to **make the
# units different**. So the myth is half true: a network needs them, a convex loss does not.

# %% [markdown]
# ## 7 · Other ways down, and none at all
#
# Full batch, nurse's table, all visitors. How many steps until the loss is a millionth above the lowest?
# **Momentum** keeps nine tenths of the last move; **Adam** gives each weight its own step length.


# %% tags=["rtol=0.1"]
def steps_until(move, eta):
    """Steps until the loss is within a millionth; move(state, gradient, step) gives the direction."""
    both, state = np.zeros(X.shape[1] + 1), {"v": 0.0, "s": 0.0}
    goal = loss(w_exact, b_exact, X, y, penalty) + 1e-6
    for step in range(1, 20001):
        both = both - eta * move(state, np.append(*gradient(both[:-1], both[-1], X, y, penalty)), step)
        if loss(both[:-1], both[-1], X, y, penalty) < goal:
            return step


def momentum(state, g, step):
    state["v"] = 0.9 * state["v"] + g
    return state["v"]


def adam(state, g, step):
    state["v"], state["s"] = 0.9 * state["v"] + 0.1 * g, 0.999 * state["s"] + 0.001 * g**2
    return state["v"] / (1 - 0.9**step) / (np.sqrt(state["s"] / (1 - 0.999**step)) + 1e-8)


tries = [("plain", lambda s, g, step: g, (3, 10, 13)), ("momentum", momentum, (3, 8, 13))]
for name, move, rates in [*tries, ("Adam", adam, (0.1, 0.3, 1, 3))]:
    steps = {eta: steps_until(move, eta) for eta in rates}
    best = min(steps, key=steps.get)
    print(f"{name:8} steps by rate {steps}, best {steps[best]} at {best}")

# %% [markdown]
# Momentum gathers speed along the floor of the trench. Adam, the usual choice for networks, is level with
# it, but only at a rate of 3, far above the 0.01 of our network: no rate is good for every optimiser.
# Chapter 17 explains these lines.
#
# > **Myth.** "Linear regression in scikit-learn is trained by gradient descent."
#
# The blood value (`hba1c`, an amount) from the nurse's eight numbers, in raw units.
# **Predict first:** which of the two, `LinearRegression` or `SGDRegressor`, needs scaled columns?

# %% tags=["rtol=0.5"]
from sklearn.linear_model import LinearRegression, SGDRegressor

blood = visitors["hba1c"].to_numpy()
eight = SimpleImputer(strategy="median").fit_transform(table[numbers])
with_one = np.column_stack([eight, np.ones(n)])
least_squares = np.linalg.lstsq(with_one, blood, rcond=None)[0]
line = LinearRegression().fit(eight, blood)
same = np.allclose(line.coef_, least_squares[:-1], atol=1e-10)
print("LinearRegression equals NumPy's least squares to 10 decimals:", same)
print("it counts steps (n_iter_):", hasattr(line, "n_iter_"))
for name, columns_used in [("raw", eight), ("scaled", StandardScaler().fit_transform(eight))]:
    line = LinearRegression().fit(columns_used, blood)
    walker = SGDRegressor(random_state=0).fit(columns_used, blood)
    print(f"{name:6}: R2 of LinearRegression {line.score(columns_used, blood):.2f}, ", end="")
    print(f"of SGDRegressor {walker.score(columns_used, blood):.2g}")

# %% [markdown]
# The first solves a set of equations (**least squares**): no steps, no rate, no need for scaled
# columns. The second does descend, person by person, and on raw columns it is thrown out of the
# valley, without a word of warning. On scaled columns it ends about where the equations do. The name
# tells: SGD stands for stochastic gradient descent.

# %% [markdown]
# ### Found and chosen
#
# | found by training: parameters | chosen by you: hyperparameters |
# |---|---|
# | $w$ and $b$, 17 numbers | penalty or `C` |
# | the network's 577 | hidden units, learning rate, batch size |
# | the best epoch's copy of them | epochs, patience, `tol`, seed |
#
# Training sets the left column on the training part; the right one is compared on validation data,
# which is [chapter 07](07_evaluation_and_tuning.ipynb)'s subject.
#
# ## In the field
#
# Nobody writes the loop for a logistic regression; whoever trains networks reads one every week. The first
# look goes to the training loss. If it does not fall, try a dozen rows, which any network should learn by
# heart: if it cannot, the gradient or the code is wrong; if it can, look at rate and scale. The second
# goes to the validation loss.
#
# Rates are tried in factors of three, on short runs. The log of every run keeps seed, versions and
# hyperparameters, because "it was better last week" is otherwise the end of the story.

# %% [markdown]
# ## Summary
#
# - Training is a template, a loss and an optimiser; $w \leftarrow w - \eta\cdot$gradient is the
#   plainest one.
# - For cross-entropy the gradient is error times input. Check yours with a nudge of about $10^{-5}$.
# - Near the bottom, rates below $2/\lambda_{\max}$ converge, above they do not; the condition number
#   says how long it takes.
# - Scaled columns turned 69,333 steps into 18, to the same model, each at nine tenths of its own limit.
# - The weights form one point. Each at its own bottom was worse than not having started.
# - A convex loss forgets its start; five networks from five starts disagreed about 12 % of the people.
# - On a rare class accuracy stands still while the loss falls and turns: stop by the validation loss.
# - The answer to the puzzle: yes, twenty lines, twelve decimals, and it was scikit-learn that had stopped
#   after the first.

# %% [markdown]
# ## Check yourself
#
# 1. The gradient of a weight is −2 and the learning rate is one tenth. Where does the weight go?
#    <details><summary>Answer</summary>Up, by two tenths: minus one tenth times −2.</details>
# 2. Your loss rises from step to step, and the gradient check passes. What next?
#    <details><summary>Answer</summary>The learning rate is above the limit, or a column is on a much larger
#    scale than the others. Scale, or divide the rate by ten.</details>
# 3. A colleague uses the sum over people in place of the mean. What must she change to walk the same path?
#    <details><summary>Answer</summary>Divide the rate by the number of people, and multiply the penalty by
#    it.</details>
# 4. Two programs report the same loss to six decimals and different weights. Is one of them wrong?
#    <details><summary>Answer</summary>Not by that. Along a flat direction weights may differ while the
#    predictions agree, as with the weights of female and male here.</details>
# 5. Validation accuracy has not moved for 100 epochs. Is the training over?
#    <details><summary>Answer</summary>You cannot tell. On a rare class it may never move. Look at the
#    validation loss.</details>
# 6. Which of these are parameters: `C`, `coef_`, the batch size, the learning rate, the intercept?
#    <details><summary>Answer</summary><code>coef_</code> and the intercept. The others were
#    chosen.</details>

# %% [markdown]
# ## Next
#
# In the exercises you derive a gradient, catch a wrong one, find a speed limit and rebuild `fit`.
# Chapter 07 asks what the fitted model is worth, and tunes what was only chosen here. To read:
#
# - Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3, on logistic regression.
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 4 and 8.
# - Boyd and Vandenberghe, *Convex Optimization* (2004), chapter 9, on descent and condition numbers.
# - scikit-learn user guide, "Logistic regression" and "Stochastic Gradient Descent".
