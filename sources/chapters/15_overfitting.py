# %% [markdown]
# # 15 · Overfitting and regularisation: no error, twice
#
# How many bicycles does Washington hire on a day? You know twenty days of 2011. Two curves go exactly
# through all twenty: no error on the training rows. **On the other 345 days one errs by
# about 900 hires, the other by more than a billion. The bad one has 20 weights, the good one 201. Why is
# the larger one better?**

# %% [markdown]
# **You will be able to**
# - tell overfitting from underfitting by curves, and name the cause
# - use L2, L1, dropout, augmentation and early stopping, and write their core
# - choose the strength of a cure
# - price a cure in rows
#
# **Builds on:** [chapter 03](03_data_splitting.ipynb) (folds, the interval of a difference),
# [chapter 04](04_feature_engineering.ipynb) (penalties, ridge, lasso),
# [chapter 05](05_model_selection.ipynb) (bias, variance, learning curves),
# [chapter 06](06_model_training.ipynb) (gradient, training loop, PyTorch) · **Data:** `bikes`, `diabetes`,
# and scikit-learn's digits
#
# Nothing here is medical advice.

# %% [markdown]
# ## 1 · Twenty days
#
# A polynomial of degree 2 is $w_0 + w_1 x + w_2 x^2$; here $x$ is the day of 2011, from −1 on 1 January to
# +1 at the end. High powers nearly repeat each other, so we write the same curves with other building
# blocks: `legvander` gives *Legendre polynomials*, one column for each degree. Column $k$ is a polynomial
# of degree $k$ that stays between −1 and 1.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.polynomial.legendre import legvander

import coursekit as ck

# %%
daily = ck.load("bikes").groupby("day")["bikers"].sum()
hired = daily.to_numpy() / 1000
x = 2 * (daily.index.to_numpy() - 1) / 364 - 1
legendre = legvander(x, 400)  # a row for each day, a column for each degree
print(legendre[[0, 121, 243], :4].round(2))

# %% [markdown]
# `np.linalg.lstsq` finds the weights with the smallest squared error (least squares, chapter 06), and returns
# them first of several things. The error is the RMSE, the root of the mean squared error, in thousand hires.


# %%
def fit(blocks, degree, days, y=hired):
    """Weights of the polynomial that fits these days best."""
    return np.linalg.lstsq(blocks[days, : degree + 1], y[days])[0]


def rmse(blocks, w, days):
    """Root mean squared error against the true hires of these days."""
    miss = blocks[days, : len(w)] @ w - hired[days]
    return np.sqrt((miss**2).mean())


# %% [markdown]
# One draw of twenty days may be luck. So there are 40; of each, the error on its twenty days and on the 345
# others. A few draws go very wrong, so the tables show the median of the 40.

# %%
rng = np.random.default_rng(0)
draws = [rng.permutation(365) for _ in range(40)]


def errors(degree, n=20, blocks=legendre, y=hired):
    """Error on n training days and on all other days: a row for each draw."""
    rows = []
    for shuffled in draws:
        train, others = shuffled[:n], shuffled[n:]
        w = fit(blocks, degree, train, y)
        rows.append([rmse(blocks, w, train), rmse(blocks, w, others)])
    return np.array(rows)


# %% [markdown]
# **Predict first:** which degree will be best on the other days?

# %%
degrees = [0, 1, 2, 3, 5, 8, 12]
rows = [np.median(errors(degree), axis=0) for degree in degrees]
by_degree = pd.DataFrame(rows, index=degrees, columns=["20 days", "others"])
by_degree.rename_axis("degree").round(2)

# %% fold="Draw the curves of ten draws, for three degrees"
fig, axes = plt.subplots(1, 3, figsize=(9.4, 3.2), dpi=80, sharey=True)
names = {1: "Degree 1: alike, and wrong", 2: "Degree 2", 12: "Degree 12: they disagree"}
for ax, (degree, name) in zip(axes, names.items(), strict=True):
    ax.plot(daily.index, hired, ".", ms=3, color="0.75")
    for shuffled in draws[:10]:
        w = fit(legendre, degree, shuffled[:20])
        ax.plot(daily.index, legendre[:, : degree + 1] @ w, color="C0", lw=0.9, alpha=0.6)
    ax.set(title=name, xlabel="day of the year", ylim=(-1, 8))
axes[0].set_ylabel("thousand hires")
ck.show(
    fig,
    "Three panels with the hires of 365 days and ten fitted curves each. Degree 1: straight lines, alike "
    "and wrong. Degree 2: similar arches that follow the days. Degree 12: curves that disagree wildly.",
)

# %% [markdown]
# Each line was learned from twenty of the grey days. On the left the lines agree and are wrong together:
# bias, underfitting. On the right they disagree: variance, overfitting (chapter 05). How many different
# patterns a model can follow is its **capacity**.
#
# The table shows the symptom: the training error falls all the way, the error on others falls, then *turns
# up*.

# %% [markdown]
# ## 2 · Beyond the twentieth weight
#
# Degree 19 has 20 weights, as many as days: one curve goes through all of them. With more weights many
# curves do. Which one does `lstsq` return? A case for the eye: one equation, two unknowns, $w_1 + 3 w_2 =
# 10$.

# %%
print("lstsq:", np.linalg.lstsq([[1.0, 3.0]], [10.0])[0].round(6))
for w in ([10, 0], [4, 2], [1, 3], [-2, 4]):
    print(w, "is exact too; sum of squares", w[0] ** 2 + w[1] ** 2)

# %% [markdown]
# Of all exact solutions it takes the one with the *smallest sum of squares*. Now let the degree go on to
# 400. **Predict first:** is degree 200 worse than degree 19, or better?

# %%
far = [2, 12, 17, 19, 25, 40, 60, 100, 200, 400]
found = {degree: errors(degree) for degree in far}
table = pd.DataFrame(index=pd.Index(far, name="degree"))
table["20 days"] = [f"{np.median(found[d][:, 0]):.2f}" for d in far]
table["others"] = [f"{np.median(found[d][:, 1]):.2g}" for d in far]
table

# %% fold="Draw the error up to degree 400"
fig, ax = plt.subplots(figsize=(8.4, 3.8))
along = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 17, 19, 21, 25, 30, 40, 60, 100, 200, 400]
others = [np.median(errors(degree)[:, 1]) for degree in along]
weights = np.array(along) + 1
ax.plot(weights, others, "o-", ms=4, color="C3")
ax.axvline(20, color="C6", ls="--", lw=1.2)
ax.text(21.5, 2e6, "20 weights for 20 days", color="C6")
ax.axhline(others[0], color="0.5", lw=1)
ax.text(1, 2.2, "the mean of the 20 days", color="0.35", ha="left")
ax.text(110, 0.32, "no error on the 20 days", color="C3", ha="center")
ax.set(xscale="log", yscale="log", xlabel="weights", ylabel="thousand hires", ylim=(0.2, 1e7))
ax.set_xticks([1, 3, 10, 20, 40, 100, 400], [1, 3, 10, 20, 40, 100, 400])
ax.minorticks_off()
ax.set_title("The error on other days falls, explodes, and falls again")
ck.show(
    fig,
    "Error on other days against the number of weights, both axes logarithmic: it falls to three weights, "
    "rises to more than a million at twenty, and falls again to below one from a hundred on.",
)

# %% fold="Draw the two curves of the puzzle"
fig, axes = plt.subplots(1, 2, figsize=(9.2, 3.4), sharey=True)
known = draws[0][:20]
fine = np.linspace(-1, 1, 2000)
for ax, degree in zip(axes, (19, 200), strict=True):
    curve = legvander(fine, degree) @ fit(legendre, degree, known)
    ax.plot(daily.index, hired, ".", ms=3, color="0.75")
    ax.plot(182 * (fine + 1) + 1, curve, color="C0", lw=1.2)
    ax.plot(daily.index[known], hired[known], "o", ms=5, color="C1")
    ax.set(title=f"{degree + 1} weights", xlabel="day of the year", ylim=(-1, 8))
axes[0].set_ylabel("thousand hires")
ck.show(
    fig,
    "Two curves through the same twenty orange days. With 20 weights it leaves the picture between most "
    "days; with 201 weights it follows the year, with a small spike at each of the twenty.",
)

# %% [markdown]
# Between the orange days the left curve leaves the picture. The right one is nearly smooth, with a small
# spike for each day. This second fall of the error is called **double descent**. Here is the size of the
# weights (the root of their sum of squares), and the draws in pairs:

# %%
for degree in (2, 19, 200):
    lengths = [np.linalg.norm(fit(legendre, degree, s[:20])) for s in draws]
    print(f"degree {degree}: size of the weights {np.median(lengths):.2g}")
better = found[200][:, 1] < found[19][:, 1]
print(f"200 better than 19 in {better.mean():.0%} of the draws")
above = found[200][:, 1] - found[2][:, 1]
print(f"200 minus 2: {above.mean():+.2f}, median {np.median(above):+.2f}")

# %% [markdown]
# > **Myth.** "A model without error on its training rows has overfitted: it must be bad on new ones."
#
# Degree 200 is far better than degree 19, and better than the mean. So *the number of weights is not what
# counts*. With 20 weights the one exact curve needs huge ones. With 201 there is room for an exact curve
# with small ones. Yet the plain arch of degree 2 is still slightly ahead: the second valley need not be lower
# than the first.
#
# And why are small weights good here? Look how large the columns are (the root of their mean square), and fit
# again with all columns made equally large, and with plain powers:

# %%
column_size = np.sqrt((legendre[:, :201] ** 2).mean(axis=0))
print("size of columns 1, 20, 200:", column_size[[1, 20, 200]].round(2))
ways = {"Legendre": legendre, "equally large": legendre[:, :201] / column_size}
ways["plain powers"] = np.vander(x, 201, increasing=True)
for name, blocks in ways.items():
    error = np.median(errors(200, blocks=blocks)[:, 1])
    print(f"{name}: {error:.1f}" if error < 1000 else f"{name}: over 1000")

# %% [markdown]
# The high columns, which bring the ripples, are small: to have an effect they need large weights. So small
# weights prefer the low columns, the calm curves. With equally large columns that preference is gone, and
# with powers it is worse.
#
# Always 201 weights, the same curves to choose from, no error on the twenty days. The answer to the puzzle:
# **what decides is not how many weights there are, but which of the possible curves the training prefers.**
# The rest of the chapter makes it prefer calm ones, on purpose.

# %% [markdown]
# ## 3 · The causes
#
# Two students prepare for an exam with twenty old questions. One learns the answers by heart, and is lost
# when a new question comes. The other reads only the headings, and cannot answer even the old ones. The
# first overfits, the second underfits. Learning by heart comes of *too much capacity, too few rows, and
# noise*. Measured:

# %%
chance = np.random.default_rng(1).normal(0, 2, 365)  # thousand hires
rows = []
for degree in (1, 2, 8):
    row = {"degree": degree}
    for n in (20, 40, 80, 160):
        row[f"{n} days"] = np.median(errors(degree, n)[:, 1])
    row["20 noisy days"] = np.median(errors(degree, y=hired + chance)[:, 1])
    rows.append(row)
pd.DataFrame(rows).set_index("degree").round(2)

# %% [markdown]
# More rows cure degree 8: with 160 days it is the best of the three. They do next to nothing for degree 1:
# bias stays, variance goes. In the last column chance was added to the training values (standard deviation
# two thousand hires), not to the others. Noise costs the flexible curve most.
#
# Underfitting needs the opposite cures: more capacity, better columns, less regularisation, longer
# training. More rows are wasted on it.

# %% [markdown]
# ## 4 · Make weights expensive: four rows
#
# L2 and L1 penalties (chapter 04) ask for small weights. Four rows, one column, no
# intercept. Least squares has $w = \frac{\sum xy}{\sum x^2}$. Ridge adds $\alpha w^2$ to the sum of squared
# errors. Set the slope to zero, $-2\sum x(y - wx) + 2\alpha w = 0$, and
#
# $$w = \frac{\sum xy}{\sum x^2 + \alpha}$$

# %%
four_x = np.array([1.0, 2.0, 3.0, 4.0])
four_y = np.array([2.0, 3.0, 5.0, 8.0])
xy, xx = (four_x * four_y).sum(), (four_x**2).sum()
print("sum of xy:", xy, " sum of xx:", xx)
for alpha in (0, 10, 30, 300):
    print(f"alpha {alpha}: w = {xy / (xx + alpha):.3f}")

# %% [markdown]
# Smaller and smaller, never zero. Lasso adds $\alpha \lvert w\rvert$ to *half the mean* squared error (as
# scikit-learn writes it). For a positive $w$ the slope is $-\frac1n\sum x(y - wx) + \alpha$. Where the
# slope is zero, $w = (\sum xy - n\alpha) / \sum x^2$; if the numerator would be negative, $w$ is 0: a
# **soft threshold**. (A negative $w$ is moved towards 0 alike.)

# %%
from sklearn.linear_model import Lasso, Ridge

column = four_x.reshape(-1, 1)
for alpha in (0.1, 5, 10, 14):
    by_hand = max(xy - 4 * alpha, 0) / xx
    lasso = Lasso(alpha=alpha, fit_intercept=False).fit(column, four_y)
    print(f"alpha {alpha}: by hand {by_hand:.3f}, library {lasso.coef_[0]:.3f}")
ridge = Ridge(alpha=30, fit_intercept=False).fit(column, four_y)
print("ridge agrees to 1e-9:", np.isclose(ridge.coef_[0], xy / (xx + 30), rtol=1e-9))

# %% [markdown]
# So *L2 divides, L1 subtracts*. What is subtracted from can reach zero, and the column is out.

# %% [markdown]
# ## 5 · Sixty visitors
#
# The nurse has measured 60 visitors and wants to predict the upper blood pressure (`systolic_1`, mmHg) from
# 16 other numbers. Twenty draws of 60 *share no visitor*; 1,500 others are the test rows.

# %% fold="Make the table of visitors and 16 numbers"
people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
body = ["age", "bmi", "waist", "height", "weight", "pulse", "cholesterol"]
habits = ["hdl_cholesterol", "sleep_hours", "energy", "carbohydrate", "sugar"]
more = ["fibre", "fat", "income_ratio", "ever_smoked"]
sixteen = body + habits + more
visitors = people.loc[~told & ~treated, [*sixteen, "systolic_1"]].dropna()
visitors = visitors.sample(frac=1, random_state=0)

# %%
X = visitors[sixteen].to_numpy()
y = visitors["systolic_1"].to_numpy()
print(X.shape)

# %% [markdown]
# **Predict first:** 16 columns, 60 rows, plain least squares. Is it better than guessing the mean?
#
# `RidgeCV` tries each of its `alphas` on the training rows, leaves out one row at a time, and keeps the
# best. `LassoCV` does the same with folds (`cv=5`). Both need scaled columns: a penalty compares weights.

# %%
from sklearn.linear_model import LassoCV, LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

least = make_pipeline(StandardScaler(), LinearRegression())
ridge_cv = make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 4, 17)))
lasso_cv = LassoCV(alphas=np.logspace(-1, 1.2, 20), cv=5, max_iter=10000)
models = {"least squares": least, "ridge": ridge_cv}
models["lasso"] = make_pipeline(StandardScaler(), lasso_cv)

# %%
X_test, y_test = X[-1500:], y[-1500:]
rows = []
for draw in range(20):
    mine = slice(60 * draw, 60 * draw + 60)
    row = {"the mean": np.sqrt(((y[mine].mean() - y_test) ** 2).mean())}
    for name, model in models.items():
        miss = model.fit(X[mine], y[mine]).predict(X_test) - y_test
        row[name] = np.sqrt((miss**2).mean())
    rows.append(row)
pressure = pd.DataFrame(rows)
pressure.mean().round(2).to_frame("RMSE (mmHg)")

# %% fold="interval, as in chapter 03"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% [markdown]
# In pairs, draw by draw. They share no training row, so `overlap` is 0. The interval speaks of these
# 1,500 test visitors.

# %%
rows = {}
for name in ("the mean", "ridge", "lasso"):
    rows[name] = interval(pressure[name] - pressure["least squares"], 0)
ends = ["minus least squares", "from", "to"]
pd.DataFrame(rows, index=ends).T.round(2)

# %% [markdown]
# Least squares is *no better than guessing the mean*. With the weights held back, the same columns are
# clearly better. How they are held, on the first sixty:

# %% fold="Draw the weights under L2 and L1"
first = StandardScaler().fit_transform(X[:60])
paths = {"Ridge (L2): small in the end, none zero": (Ridge(), np.logspace(-1, 5, 40))}
paths["Lasso (L1): one after another is zero"] = (Lasso(max_iter=100000), np.logspace(-2, 1.2, 40))
strong = ["age", "cholesterol", "energy", "carbohydrate", "fat"]
fig, axes = plt.subplots(1, 2, figsize=(9.4, 3.9), sharey=True)
for ax, (name, (model, alphas)) in zip(axes, paths.items(), strict=True):
    lines = []
    for alpha in alphas:
        lines.append(model.set_params(alpha=alpha).fit(first, y[:60]).coef_)
    for label, line in zip(sixteen, np.transpose(lines), strict=True):
        colour = f"C{strong.index(label)}" if label in strong else "0.75"
        ax.plot(alphas, line, color=colour, lw=2 if label in strong else 1)
        if label in strong:
            ax.text(alphas[0] / 1.2, line[0], label, color=colour, ha="right", va="center", fontsize=9)
    ax.set(xscale="log", title=name, xlabel="alpha", xlim=(alphas[0] / 90, alphas[-1]))
axes[0].set_ylabel("weight (mmHg per std)")
ck.show(
    fig,
    "Weights of sixteen columns against alpha. Left, ridge: the large, opposite weights of energy, fat and "
    "carbohydrate shrink first, all go towards zero. Right, lasso: they reach zero one by one.",
)

# %% [markdown]
# The left edge is nearly least squares. `energy` gets a large weight, `fat` and `carbohydrate` large
# opposite ones: a day's energy is nearly a sum of what was eaten, so the three cancel each other. Ridge
# pulls them down first. Lasso sets `energy` to zero at once, `carbohydrate` soon, `fat` late.

# %% [markdown]
# ### Too little, too much
#
# `ValidationCurveDisplay.from_estimator` draws the validation curve of chapter 06: error against one
# setting, on training rows and on others. `cv` takes pairs of row numbers, here the
# same twenty draws and test rows (folded). scikit-learn's scores are larger for better, so an error is stored
# with a minus; `negate_score` takes it off in the picture. The band is one standard deviation over the draws.

# %% fold="sixty and wide: the twenty draws as pairs of row numbers"
everyone = np.arange(len(X))
sixty, wide = [], []
for draw in range(20):
    turned = np.roll(everyone[:-1500], -60 * draw)  # begins with the 60 of this draw
    sixty.append((turned[:60], everyone[-1500:]))
    wide.append((turned[:600], everyone[-1500:]))

# %%
from sklearn.model_selection import ValidationCurveDisplay

to_judge = {"scoring": "neg_root_mean_squared_error", "negate_score": True}
ridge_pipe = make_pipeline(StandardScaler(), Ridge())
asked = {"param_name": "ridge__alpha", "param_range": np.logspace(-1, 5, 13)}
asked.update(to_judge)
drawn = ValidationCurveDisplay.from_estimator(ridge_pipe, X, y, cv=sixty, **asked)
drawn.ax_.set(xlabel="alpha", ylabel="RMSE (mmHg)")
drawn.ax_.set_title("Left too little, right too much")
ck.show(drawn.figure_, "Training error rises with alpha; the other falls, then rises.")

# %% [markdown]
# On the left a wide gap: overfitting. On the right both curves rise and meet: underfitting, and at the end
# the mean. In between lies the best strength. (What was drawn is kept in `test_scores` and
# `train_scores`, with the minus.)
#
# **Predict first:** what happens to single visitors as alpha grows? Run the next cell and move its slider.

# %% fold="A slider for the strength: run this cell" tags=["nbval-ignore-output"]
import ipywidgets


def at_alpha(alpha):
    """Truth against prediction for the first sixty and 300 others, at this alpha."""
    fitted = make_pipeline(StandardScaler(), Ridge(alpha=alpha)).fit(X[:60], y[:60])
    fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharex=True, sharey=True)
    said = f"alpha {alpha:.3g}:"
    for ax, rows, name in [(axes[0], slice(60), "training"), (axes[1], slice(-300, None), "others")]:
        miss = fitted.predict(X[rows]) - y[rows]
        ax.plot(miss + y[rows], y[rows], "o", ms=4, alpha=0.5)
        ax.plot([80, 190], [80, 190], color="black", lw=1)
        ax.set(xlabel="predicted (mmHg)", xlim=(80, 190), ylim=(80, 190), aspect="equal")
        said += f" {name} {np.sqrt((miss**2).mean()):.1f} mmHg"
    axes[0].set_ylabel("measured (mmHg)")
    fig.suptitle(said.replace(" others", ", others"))
    ck.show(fig, said)


slider = ipywidgets.FloatLogSlider(1, min=-1, max=5, step=0.25, continuous_update=False)
slider.description, slider.style.description_width = "strength alpha", "initial"
slider.layout.width = "500px"
moved = ipywidgets.interact(at_alpha, alpha=slider)

# %% [markdown]
# With more strength both clouds narrow, until every prediction is the mean.
#
# > **Myth.** "Over-regularised? Increase the regularisation."
#
# A model that is held back too much has *both* errors high and close together. More of the same:

# %%
both = pd.DataFrame({"alpha": asked["param_range"]})
both["training"] = -drawn.train_scores.mean(axis=1)
both["others"] = -drawn.test_scores.mean(axis=1)
both.iloc[[0, 4, 8, 10, 12]].set_index("alpha").round(1)

# %% [markdown]
# Over-regularised: *decrease* it. (A setting called `C` goes the other way: a small `C` is strong.)
#
# ### What is ridge worth, in visitors?
#
# `LearningCurveDisplay` draws the learning curve of chapter 05: error against the number of training
# rows, here the first 40 to 600 of each draw.

# %%
from sklearn.model_selection import LearningCurveDisplay

sizes = [40, 60, 90, 120, 180, 300, 600]
grow = {"train_sizes": sizes, "cv": wide}
grow.update(to_judge)
growing = LearningCurveDisplay.from_estimator(least, X, y, **grow)
growing.ax_.axhline(pressure["ridge"].mean(), color="C3")
growing.ax_.text(600, 17.6, "ridge, 60 visitors", color="C3", ha="right")
growing.ax_.set(xlabel="training visitors", ylabel="RMSE (mmHg)")
growing.ax_.set_title("Least squares needs more visitors")
growing.ax_.set_xticks(sizes, sizes, minor=False)
growing.ax_.minorticks_off()
ck.show(growing.figure_, "Least squares meets ridge's level at about 100 visitors.")

# %% [markdown]
# `np.interp` reads a curve between its points: where does it reach the error of ridge with 60? It wants
# rising values and errors fall, hence the two minus signs.

# %%
curve = -growing.test_scores.mean(axis=1)
for name in ("ridge", "lasso"):
    rows_needed = np.interp(-pressure[name].mean(), -curve, sizes)
    print(f"{name} with 60 visitors is least squares with about {rows_needed:.0f}")

# %% [markdown]
# *In the currency of rows*, ridge is worth about forty more visitors here, lasso about seventy. (In
# other orders of the visitors: forty to sixty, and fifty to a hundred.)
#
# **Try it:** ask the same with 600 visitors in place of 60. In the loop that compares the models, let
# `range(2)` draws be `slice(600 * draw, 600 * draw + 600)`; then put it back.
# <details><summary>Answer</summary>All three are within a tenth of a mmHg of each other. With enough rows
# for the columns there is little variance left to take away.</details>

# %% [markdown]
# *Good place to stop.* The error on others turns up when capacity is large for the rows and their noise.
# Not the number of weights decides, but which curve the training prefers. L2 divides, L1 subtracts, the
# training rows choose how much. Still open: networks.

# %% [markdown]
# ## 6 · A network and wrong labels
#
# 1,797 images of digits, 8 × 8 pixels. In a second set of labels every fifth is replaced by another digit, as
# by a hurried annotator.

# %%
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digit = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)
rng = np.random.default_rng(1)
wrong = np.isin(np.arange(1797), rng.choice(1797, 359, replace=False))
other_digit = (digit + rng.integers(1, 10, 1797)) % 10
clean = torch.tensor(digit)
noisy = torch.tensor(np.where(wrong, other_digit, digit))

# %% [markdown]
# The test part, 697 images, keeps its true labels. Each of eight draws has 100 training images that no other
# draw has, 100 others for validation, and its own starting weights. (With more than 137 training images
# neighbouring draws share some.) (All splits mix the same writers, so
# the scores speak of these writers.)

# %%
order = np.random.default_rng(0).permutation(1797)
test, pool = order[:697], order[697:]


def rows_of(draw, n=100):
    """n training rows and 100 validation rows of a draw."""
    turned = np.roll(pool, -137 * draw)
    return turned[:n], turned[-100:]


# %%
def network(seed, hidden=64, dropout=0.0):
    """An untrained network for ten classes."""
    torch.manual_seed(seed)
    layers = [nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden, 10))


# %% [markdown]
# (Dropout 0 does nothing; section 8 turns it on.) The loop is chapter 06's, one step an epoch;
# `cross_entropy` takes the ten outputs of each image (the $z$ of chapter 06) and the class, and turns them
# into probabilities itself. `SGD` with momentum has a setting `weight_decay`: it adds that multiple of each
# weight, intercepts too, to its gradient, the slope of an L2 penalty. So L2 is also called **weight
# decay**. (With Adam the two differ: chapter 17.)

# %%
from torch.nn.functional import cross_entropy


def sgd(model, decay=0.0):
    """The optimiser of all networks of this chapter."""
    settings = {"lr": 0.3, "momentum": 0.9, "weight_decay": decay}
    return torch.optim.SGD(model.parameters(), **settings)


def one_epoch(model, optimiser, batch, labels):
    """One step down on all rows of the batch."""
    model.train()
    optimiser.zero_grad()
    cross_entropy(model(batch), labels).backward()
    optimiser.step()


# %%
def judge(model, batch, labels):
    """Loss and accuracy, without learning."""
    model.eval()
    with torch.inference_mode():
        sums = model(batch)
        right = (sums.argmax(dim=1) == labels).float().mean()
        return cross_entropy(sums, labels).item(), right.item()


# %% [markdown]
# **Predict first:** the network sees only the noisy labels. When will it be best at the *true* ones?

# %%
history = np.zeros((8, 120, 3))
for draw in range(8):
    train, validation = rows_of(draw)
    model = network(draw)
    optimiser = sgd(model)
    for epoch in range(120):
        one_epoch(model, optimiser, images[train], noisy[train])
        history[draw, epoch, 0] = judge(model, images[train], noisy[train])[0]
        history[draw, epoch, 1] = judge(model, images[validation], noisy[validation])[0]
        history[draw, epoch, 2] = judge(model, images[test], clean[test])[1]
mean = history.mean(axis=0)  # over the eight draws

# %% fold="Draw the curves with the turn marked"
fig, axes = plt.subplots(1, 2, figsize=(9.2, 3.7))
epochs = np.arange(1, 121)
turn = mean[:, 1].argmin() + 1
for column_no, colour, name in [(0, "C2", "training loss"), (1, "C3", "validation loss")]:
    axes[0].plot(epochs, mean[:, column_no], color=colour)
    axes[0].text(118, mean[-1, column_no] + 0.15, name, color=colour, ha="right", weight="bold")
axes[1].plot(epochs, mean[:, 2], color="C0")
for ax in axes:
    ax.axvline(turn, color="C6", ls="--", lw=1.2)
    ax.set(xlabel="epoch", xlim=(0, 122))
axes[0].text(turn + 2, 4.35, "stop here", color="C6")
axes[0].set(title="Wrong labels: the loss turns", ylabel="cross-entropy", ylim=(0, 4.8))
axes[1].set(title="The best network is an early one", ylabel="accuracy on true labels", ylim=(0.4, 0.9))
ck.show(
    fig,
    "Left: training loss falls to zero, validation loss falls until about epoch 15 and climbs to four. "
    "Right: accuracy on true labels peaks at about the same epoch and then declines.",
)

# %% [markdown]
# The turn, the *elbow* of the curve, is early. First the network learns what most labels agree on, then
# the single wrong ones, at the price of the rest. The validation labels are noisy too, and still show the
# turn.

# %% [markdown]
# ## 7 · Early stopping
#
# How do you know that the lowest loss has come? You wait. Patience (chapter 06) is how many epochs
# without a new lowest loss you wait. Nine losses, and how long we have waited after each:

# %%
lowest, waited = np.inf, 0
for loss in [0.90, 0.70, 0.60, 0.65, 0.62, 0.55, 0.58, 0.60, 0.61]:
    waited = 0 if loss < lowest else waited + 1
    lowest = min(lowest, loss)
    print(f"loss {loss:.2f}, lowest {lowest:.2f}, waited {waited}")

# %% [markdown]
# Patience 2 stops after the fifth loss, and misses the 0.55; patience 3 finds it. And the weights to keep are
# those of the lowest loss, not the last ones. So the loop for a network copies them (`state_dict`) whenever
# the loss is a new lowest, and `load_state_dict` puts them back at the end:

# %%
import copy


def train_with_patience(model, train, validation, labels, patience=20):
    """Train until the validation loss falls no more; put the best weights back."""
    optimiser, lowest, waited = sgd(model), np.inf, 0
    while waited < patience:
        one_epoch(model, optimiser, images[train], labels[train])
        loss, _ = judge(model, images[validation], labels[validation])
        waited += 1
        if loss < lowest:
            lowest, waited = loss, 0
            best = copy.deepcopy(model.state_dict())
    model.load_state_dict(best)


# %% tags=["rtol=0.5"]
after_stop = []
for draw in range(8):
    model = network(draw)
    train_with_patience(model, *rows_of(draw), noisy)
    after_stop.append(judge(model, images[test], clean[test])[1])
print(f"epoch 120: {history[:, -1, 2].mean():.2f}, stopped: {np.mean(after_stop):.2f}")
gain, low, high = interval(np.array(after_stop) - history[:, -1, 2], 0)
print(f"stopped minus epoch 120: {gain:+.3f}, from {low:+.3f} to {high:+.3f}")

# %% [markdown]
# Accuracy on true labels; the draws share no training image, so `overlap` is 0. One of the eight stopped
# badly; so the interval begins at zero.
#
# **Try it:** set `patience=1`. <details><summary>Answer</summary>The mean falls to about 0.6. In two
# of the eight draws the loss rises once in the first epochs, and training ends before it has begun.</details>
#
# ### How much is it like ridge?
#
# Gradient descent starts at $w = 0$ and lets the weights grow; stopped early, they are still small. On the
# twenty days, degree 12: descent after $T$ steps of length $\eta$, beside ridge with $\alpha = 1/(\eta T)$,
# so that more steps go with a weaker ridge. (The mean is taken off first.)


# %%
def two_ways(train, steps):
    """Predictions for all days: gradient descent from zero, and the matching ridge."""
    V = legendre[:, 1:13]
    z = hired[train] - hired[train].mean()
    eta = 1 / np.linalg.norm(V[train], 2) ** 2  # never too long
    w = np.zeros(12)
    for _ in range(steps):
        w = w - eta * V[train].T @ (V[train] @ w - z)
    ridge = Ridge(alpha=1 / (eta * steps), fit_intercept=False).fit(V[train], z)
    return np.array([V @ w, ridge.predict(V)]) + hired[train].mean()


# %% fold="Errors of both on the other days, median of the draws"
rows = []
for steps in (1, 3, 10, 100, 1000):
    apart = []
    for shuffled in draws:
        train, others = shuffled[:20], shuffled[20:]
        descent, ridged = two_ways(train, steps)[:, others]
        pairs = [(descent, hired[others]), (ridged, hired[others]), (descent, ridged)]
        apart.append([np.sqrt(((a - b) ** 2).mean()) for a, b in pairs])
    rows.append([steps, *np.median(apart, axis=0)])
names = ["steps", "descent's error", "ridge's error", "between them"]
pd.DataFrame(rows, columns=names).set_index("steps").round(2)

# %% [markdown]
# RMSE in thousand hires. Least squares of degree 12 had 15; both ways come down to about one, and lie much
# closer to each other than to the truth. **Alike, not the same:** both first take up what the days say
# clearly, the arch, and only later the ripples.

# %% [markdown]
# ## 8 · Dropout
#
# **Dropout** sets each hidden value to zero with probability $p$, anew in every step, so that no unit can
# rely on a single other one. What is kept is divided by $1 - p$. On four numbers:

# %%
values = np.array([2.0, 4.0, 6.0, 8.0])
rng = np.random.default_rng(3)
for _ in range(3):
    kept = rng.random(4) >= 0.5
    print(values * kept / (1 - 0.5))
many = rng.random((20000, 4)) >= 0.5
print("mean of 20,000 times:", (values * many / 0.5).mean(axis=0).round(1))

# %% [markdown]
# On average half of the values are gone; the others are doubled, so that the *mean stays*. Therefore
# nothing has to change when the network is used: `eval()` turns dropout off, `train()` on. Whoever forgets
# `eval()` judges a network with half of its units missing.

# %%
drop = nn.Dropout(0.5)
four_values = torch.tensor([2.0, 4.0, 6.0, 8.0])
torch.manual_seed(0)
print("train:", drop.train()(four_values).tolist())
print("eval: ", drop.eval()(four_values).tolist())

# %% [markdown]
# ## 9 · Augmentation: more rows from the same
#
# **Data augmentation** changes training rows in ways that leave the label true. For digits: move each by up
# to one pixel. (Not mirror them: a mirrored 2 is no digit.) `pad` puts a border of zeros around the image;
# a window of 8 × 8 cuts out of it.


# %%
def shift(batch, down, right):
    """The images moved by -1, 0 or 1 pixels in each direction."""
    square = nn.functional.pad(batch.reshape(-1, 8, 8), (1, 1, 1, 1))
    top, left = 1 - down, 1 - right
    return square[:, top : top + 8, left : left + 8].reshape(-1, 64)


# %% fold="nine_ways: all nine shifts of each image, and a picture of them"
def nine_ways(batch):
    """All nine shifts, stacked; the fifth is the image itself."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return torch.stack([shift(batch, *move) for move in moves])


fig, axes = plt.subplots(1, 9, figsize=(9.2, 1.4))
for ax, moved in zip(axes, nine_ways(images[:1]), strict=True):
    ax.imshow(moved.reshape(8, 8), cmap="gray_r")
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
fig.suptitle("A zero, moved by up to one pixel", fontsize=11)
ck.show(fig, "The same eight by eight image of a zero nine times, each moved by at most one pixel.")

# %% [markdown]
# In every epoch each image takes one of its nine places (`nine_ways` stacks them; `copies[which, …]` takes
# copy number `which[i]` of image $i$). With `share=0.5` about every second one stays where it is. One
# function trains for all cures but early stopping:


# %%
def train_plainly(model, train, labels, decay=0.0, share=0.0):
    """120 epochs on these rows; a share of the images is moved in each."""
    optimiser = sgd(model, decay)
    copies, n = nine_ways(images[train]), len(train)
    for _ in range(120):
        which = torch.full((n,), 4)  # the fifth copy: not moved
        if share > 0:
            anywhere = torch.randint(0, 9, (n,))
            which = torch.where(torch.rand(n) < share, anywhere, which)
        one_epoch(model, optimiser, copies[which, torch.arange(n)], labels[train])


# %% [markdown]
# > **Myth.** "Augmentation always helps: it is free data."
#
# 100 clean images; judged on the test images as they are, and on test images that were moved by one pixel.

# %% tags=["rtol=0.1"]
rows = []
for share in (0.0, 0.5, 1.0):
    scores = []
    for draw in range(8):
        model = network(draw)
        train_plainly(model, rows_of(draw)[0], clean, share=share)
        straight = judge(model, images[test], clean[test])
        to_the_right = judge(model, shift(images[test], 0, 1), clean[test])
        scores.append([straight[1], to_the_right[1]])
    rows.append([share, *np.mean(scores, axis=0)])
names = ["share moved", "as they are", "moved to the right"]
pd.DataFrame(rows, columns=names).set_index("share moved").round(2)

# %% [markdown]
# These digits were centred when they were made. On new ones as centred as these, moved copies bring little
# here, and moving all even costs: 120 epochs are short for so many different pictures. On moved ones the
# plain network fails, and the augmented one does not. **Augmentation says what may vary in future.** Where
# that is true it is worth many rows.

# %% [markdown]
# ## 10 · What is each cure worth, in images?
#
# The race. All learn from the same 100 images of a draw. Each cure has two settings, and the one with the
# lower loss on the 100 validation images counts (early stopping chooses its epoch by them). Beside them the
# network without a cure, with 100 to 900 images. Then all again with the noisy labels.

# %%
cures = {
    "L2": [{"decay": 0.003}, {"decay": 0.03}],
    "dropout": [{"dropout": 0.2}, {"dropout": 0.5}],
    "augmentation": [{"share": 0.5}, {"share": 1.0}],
    "fewer units": [{"hidden": 16}, {"hidden": 32}],
}


def trained(draw, labels, n=100, hidden=64, dropout=0.0, **settings):
    """A network trained on n images of a draw."""
    model = network(draw, hidden, dropout)
    train_plainly(model, rows_of(draw, n)[0], labels, **settings)
    return model


# %%
def best_of(draw, labels, options):
    """The network of the option with the lowest validation loss."""
    _, validation = rows_of(draw)
    lowest = np.inf
    for settings in options:
        model = trained(draw, labels, **settings)
        loss, _ = judge(model, images[validation], labels[validation])
        if loss < lowest:
            lowest, best = loss, model
    return best


# %% [markdown]
# The folded cell runs these for every draw. (The next four take some seconds each.)


# %% fold="without_cure and with_cure: accuracy of every draw"
def without_cure(labels):
    """Accuracy on true labels with 100 to 900 images: a row for each draw."""
    rows = []
    for draw in range(8):
        row = {}
        for n in (100, 150, 200, 300, 450, 900):
            row[n] = judge(trained(draw, labels, n), images[test], clean[test])[1]
        rows.append(row)
    return pd.DataFrame(rows)


def with_cure(labels):
    """Accuracy on true labels of every cure: a row for each draw."""
    rows = []
    for draw in range(8):
        found = {name: best_of(draw, labels, options) for name, options in cures.items()}
        found["early stopping"] = network(draw)
        train_with_patience(found["early stopping"], *rows_of(draw), labels)
        rows.append({name: judge(m, images[test], clean[test])[1] for name, m in found.items()})
    return pd.DataFrame(rows)


# %%
plain = {"clean": without_cure(clean)}

# %%
plain["noisy"] = without_cure(noisy)

# %%
cured = {"clean": with_cure(clean)}

# %%
cured["noisy"] = with_cure(noisy)

# %% [markdown]
# The gain over the network without a cure on the same 100 images, in pairs. And in the currency of this
# chapter: how many more images does the network without a cure need for the same
# accuracy?


# %%
def worth(kind, name):
    """Images more that no cure needs, in tens; 0 if nothing is gained."""
    curve = plain[kind].mean()
    needed = np.interp(cured[kind][name].mean(), curve, curve.index)
    return (needed - 100).round(-1)


# %% fold="Table of gains and worths" tags=["rtol=0.5"]
rows = {}
for name in cured["clean"].columns:
    row = {}
    for kind in ("clean", "noisy"):
        gain = interval(cured[kind][name] - plain[kind][100], 0)
        row[f"{kind}: gain"] = "{:+.2f} [{:+.2f}, {:+.2f}]".format(*gain)
        row[f"{kind}: images"] = worth(kind, name)
    rows[name] = row
pd.DataFrame(rows).T

# %% fold="Draw the worth of each cure in images"
fig, axes = plt.subplots(1, 2, figsize=(9.6, 4), sharey=True)
for ax, kind in zip(axes, ("clean", "noisy"), strict=True):
    curve = plain[kind].mean()
    ax.plot(curve.index, curve, "o-", color="0.4")
    ax.text(650, np.interp(650, curve.index, curve) - 0.025, "no cure", color="0.3")
    for place, name in enumerate(("L2", "early stopping")):
        height, ends_at = cured[kind][name].mean(), worth(kind, name) + 100
        ax.plot([100, ends_at], [height, height], color=f"C{place}", lw=1.2, ls="--")
        ax.plot(100, height, "o", ms=7, color=f"C{place}")
        below = -0.022 if place else 0.012
        at = (105, height + below) if kind == "clean" else (ends_at + 18, height - 0.012)
        ax.text(*at, name, color=f"C{place}")
    ax.set(title=f"{kind} labels", xlabel="training images", xlim=(60, 940))
    ax.set_xticks([100, 300, 600, 900])
axes[0].set_ylabel("accuracy on true labels")
ck.show(
    fig,
    "Accuracy against training images, clean and noisy labels. Clean: L2 with 100 images is hardly above the "
    "curve, early stopping below. Noisy: both are level with several hundred images.",
)

# %% [markdown]
# With *clean labels* the cures hardly matter: no gain is above two hundredths, the best are worth about
# thirty more images. With *noisy labels* the same L2 is worth nearly three hundred more, dropout and early
# stopping nearly two hundred. A cure is worth as much as there is to cure. The smaller network did not help
# in either case.
#
# But all cures looked at 100 validation images. Would those have done more as training rows? L2 in pairs
# against the network without a cure on 200:

# %% tags=["rtol=0.5"]
for kind in ("clean", "noisy"):
    ahead, low, high = interval(cured[kind]["L2"] - plain[kind][200], 0)
    print(f"{kind}: {ahead:+.2f}, from {low:+.2f} to {high:+.2f}")

# %% [markdown]
# With clean labels the validation images were worth more as training rows. With noisy ones L2 has earned
# them. (You may also choose on them and then train on all 200; no cure did so here.)
#
# We shuffled images and labels anew, twice: each time L2 was clearly ahead with noisy labels, and no cure
# caught up with 200 clean images. Augmentation and early stopping are less sure: their worth changed much
# more. And with 900 noisy images 120 epochs are too few to learn the wrong labels. Trained longer, the
# network without a cure gets worse.

# %% [markdown]
# ## In the field
#
# Practitioners first ask for more and cleaner rows, then hold back. L2 (weight decay) and early stopping
# are on nearly always, dropout in large networks, augmentation wherever someone can say what may vary. They
# would rather hold back a large network than train a small one. What goes wrong most: a strength chosen by
# the test rows, and best weights that were never put back.

# %% [markdown]
# ## Summary
#
# - The training error falls with capacity and time; the error on others turns up. That gap is overfitting;
#   two high errors close together are underfitting.
# - Causes: capacity too large for the rows, few rows, noise. Bias stays with more rows, variance goes.
# - The number of weights is not what counts: with 201 weights and no error a curve was better than with 20.
#   It depends on which exact curve the training prefers, and that on the columns.
# - L2 divides a weight, L1 subtracts from it; the strength is chosen on training rows.
# - Early stopping waits with patience and puts the best weights back; it acts much like ridge. Dropout
#   keeps the mean. Augmentation says what may vary.
# - A cure can be priced in rows: L2 was worth some tens of images more with clean labels, and nearly three
#   hundred with every fifth label wrong.

# %% [markdown]
# ## Check yourself
#
# 1. Training error 2, validation error 9; after regularisation 8 and 8. What next?
#    <details><summary>Answer</summary>Both are high and close: now it is held back too much. Decrease the
#    strength, and look for the value between.</details>
# 2. A model makes no error on its training rows. Is it overfitted?
#    <details><summary>Answer</summary>That cannot be seen from the training rows. The curves with 20 and with
#    201 weights make none, and only one of them is bad on other days.</details>
# 3. Why does lasso give weights of exactly zero, and ridge not? <details><summary>Answer</summary>Ridge
#    divides, and a quotient of a number other than zero is not zero. Lasso subtracts, and stops at
#    zero.</details>
# 4. Patience is 3, the lowest loss came in epoch 40. When does training end, and which weights are kept?
#    <details><summary>Answer</summary>After epoch 43, unless a lower loss comes before; the weights of epoch
#    40, if someone copied them and puts them back.</details>

# %% [markdown]
# ## Next
#
# The exercises let you write dropout and early stopping, price a cure in rows, and cure a model of your own.
# [Chapter 16](16_losses.ipynb) looks at what the training makes small: the loss. To read:
#
# - Belkin, Hsu, Ma and Mandal, *Reconciling modern machine-learning practice and the classical bias–variance
#   trade-off* (2019), on double descent.
# - Goodfellow, Bengio and Courville, *Deep Learning*, chapter 7, on regularisation.
# - scikit-learn user guide, "Validation curves: plotting scores to evaluate models".
