# %% [markdown]
# # 5 · Exercises: Model selection
#
# Five questions, from the rules of a race to a model that must fit into the lock of a bicycle. Write your
# answer where a cell asks for it, run the cell, then the check below it. A check never stops the notebook
# and you may try as often as you like.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(5)

# %% [markdown]
# ## Question 1 · A fair race
#
# Write `fair_race(models, X, y, splits)`. `models` is a dictionary of names and unfitted classifiers,
# `X` a table of numbers **with gaps**, `y` an array of 0 and 1, `splits` a list of pairs `(train, test)` of
# row numbers, whatever the index of `X` says. Every model runs on the same splits, behind the same
# preparation: gaps filled with the median, then `StandardScaler`. What is prepared is learned from the
# training rows of each split alone.
#
# Return a `DataFrame` of AUCs, one row a split, one column a model, with the names as column names.
#
# <details><summary>Hint</summary>A pipeline of three steps for each model, and
# <code>cross_val_score(…, cv=splits, scoring="roc_auc")</code>. A dictionary of arrays makes a
# table.</details>


# %% answer="q1"
def fair_race(models, X, y, splits):
    """AUC of each model (columns) on each split (rows), all behind the same preparation."""
    ### BEGIN SOLUTION
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = {}
    for name, model in models.items():
        runner = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)
        scores[name] = cross_val_score(runner, X, y, cv=splits, scoring="roc_auc")
    return pd.DataFrame(scores)
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=20
check.q1(fair_race)

# %% [markdown] tags=["solution"]
# `cv=splits` takes the list itself, so that no model can draw other folds, and the pipeline fits all
# three steps again in each split.
#
# Preparing `X` once before the loop is the common mistake: mostly harmless, as chapter 03 measured,
# until the test rows hold something unusual, as they do in the check. A loop over the splits with
# `roc_auc_score` is the long way; give it `predict_proba`, for `predict` throws the order of the people
# away.

# %% [markdown]
# ## Question 2 · Is it better?
#
# Write `corrected_interval(a, b, n_train, n_test)`: `a` and `b` are the scores of two models on the same
# $k$ splits. Return three numbers: the mean of the differences $a - b$ and both ends of its interval
# with Nadeau and Bengio's correction,
#
# $$\bar d \pm t_{0.975,\,k-1}\; s\sqrt{\frac{1}{k} + \frac{n_\text{test}}{n_\text{train}}}$$
#
# where $s$ is the standard deviation of the differences (dividing by $k - 1$).
#
# <details><summary>Hint</summary><code>scipy.stats.t.ppf(0.975, k - 1)</code>; NumPy's <code>std</code>
# divides by k unless you say <code>ddof=1</code>.</details>


# %% answer="q2"
def corrected_interval(a, b, n_train, n_test):
    """Mean of a − b over the splits, and the ends of its corrected 95 % interval."""
    ### BEGIN SOLUTION
    from scipy.stats import t

    d = np.asarray(a) - np.asarray(b)
    k, mean = len(d), d.mean()
    s2 = d.var(ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + n_test / n_train))
    return mean, mean - half, mean + half
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=15
check.q2(corrected_interval)

# %% [markdown] tags=["solution"]
# The differences first, then everything else: the spread of the folds themselves cancels. Without the
# second term under the root the interval gets as narrow as you like, by repeating the same folds. With
# five folds and ten scores the correction makes it almost twice as wide.
#
# `scipy.stats.ttest_rel(a, b).confidence_interval()` gives the uncorrected one; stretch it by
# $\sqrt{1 + k\, n_\text{test}/n_\text{train}}$ and it is right.

# %% [markdown]
# ## Question 3 · Four learning curves
#
# Four people show you the curves below (measured on the lesson's tables) and want to know what to do
# next.
#
# - **A** predicts hired bicycles by a linear model ($R^2$). All hours of the year are in use.
# - **B** finds the ill visitors by boosting (AUC). There are no more people in the survey. A logistic
#   regression reaches 0.780 on the same held-out people.
# - **C** predicts hired bicycles by boosting ($R^2$). She bought 400 hours, and more are cheap.
# - **D** finds the ill visitors by logistic regression (AUC). No more people; every more flexible model
#   that was tried is worse or draws.

# %%
bikes_n, people_n = [50, 100, 200, 400], [200, 400, 800, 1600, 3300]
curves = {  # rows of training, score on them, score on held-out rows
    "A": ([400, 800, 1600, 3200], [0.380, 0.395, 0.388, 0.388], [0.354, 0.361, 0.368, 0.370]),
    "B": (people_n, [1.000, 1.000, 1.000, 1.000, 1.000], [0.645, 0.682, 0.700, 0.710, 0.729]),
    "C": (bikes_n, [0.510, 0.819, 0.920, 0.965], [0.224, 0.474, 0.668, 0.812]),
    "D": (people_n, [0.889, 0.867, 0.838, 0.819, 0.803], [0.709, 0.741, 0.759, 0.772, 0.780]),
}
fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.8), sharey=True)
for ax, (name, (n, seen, unseen)) in zip(axes, curves.items(), strict=True):
    ax.plot(n, seen, "--", color="C6")
    ax.plot(n, unseen, "o-", color="C2")
    ax.set(xscale="log", ylim=(0, 1.05), title=name, xlabel="training rows")
    ends = [n[0], n[-1]]
    ax.set_xticks(ends, [f"{rows:,}" for rows in ends])
    ax.get_xticklabels()[-1].set_horizontalalignment("right")
    ax.minorticks_off()
axes[0].set_ylabel("score")
axes[0].text(420, 0.45, "training", color="C6")
axes[0].text(420, 0.27, "held out", color="C2")
ck.show(fig, "Four learning curves. A: both low and together. B: wide gap. C: held-out rises. D: nearly met.")

# %% [markdown]
# Write `reading(n, seen, unseen)`. It returns two numbers: the **gap** between the lines at the last
# size, and the **gain** of the held-out score for each doubling of the rows, between the last two sizes.
# (From 1,600 to 3,300 rows is a little more than one doubling: $\log_2(3300/1600)$.)
#
# Then give each of the four one piece of advice, in a dictionary `advice` from the letter to `"more
# data"`, `"simpler"`, `"more flexible"` or `"new columns"`. Where two would do, either counts.
#
# <details><summary>Hint</summary>A wide gap is variance, a low meeting point bias. Then ask what the
# person can still get: rows, another model, other columns?</details>


# %% answer="q3"
def reading(n, seen, unseen):
    """Gap at the last size, and gain of the held-out score for each doubling of the rows at the end."""
    ### BEGIN SOLUTION
    doublings = np.log2(n[-1] / n[-2])
    return seen[-1] - unseen[-1], (unseen[-1] - unseen[-2]) / doublings
    ### END SOLUTION
    return ...


advice = ...
### BEGIN SOLUTION
advice = {"A": "more flexible", "B": "simpler", "C": "more data", "D": "new columns"}
### END SOLUTION

# %% check="q3" points=3 minutes=20
check.q3(reading, advice)

# %% [markdown] tags=["solution"]
# | | gap | gain a doubling | so |
# |---|---|---|---|
# | A | small | next to none | bias: more flexible, or new columns (the check takes both) |
# | B | very wide | small | variance, and no rows to cure it: simpler |
# | C | wide | large | variance that rows still cure: more data |
# | D | small | small | what is missing is not in the table: new columns |
#
# "More data" for B is the common answer. At its gain of 0.018 a doubling it would take nearly three
# doublings to reach what the simple model has today.

# %% tags=["solution"]
for name, (n, seen, unseen) in curves.items():
    gap, gain = reading(n, seen, unseen)
    print(f"{name}: gap {gap:.3f}, gain a doubling {gain:.3f}")
print(f"doublings that B lacks: {(0.780 - 0.729) / reading(*curves['B'])[1]:.1f}")

# %% [markdown]
# ## Question 4 · Three briefs
#
# Seven models for the `customers` of a telephone company: who will leave? The table holds what was
# measured and counted: the AUC (ten folds); `from` and `to`, the corrected interval of its difference to
# boosting; the numbers inside the model; its bytes; the operations of one prediction.
# (`few weights` is a logistic regression with lasso's penalty.)
#
# - **phone**: an app scores offline. At most 100,000 bytes and 1,000 operations.
# - **bank**: an auditor reads every number inside the model. At most 20 of them.
# - **night**: a batch at night, on any machine. The highest AUC counts and nothing else.
#
# Give three dictionaries, each with the keys `"phone"`, `"bank"`, `"night"`: `choice`, the name of the
# model with the highest AUC that keeps to the brief; `given_up`, the AUC it gives up against the best of
# all seven (a difference of AUCs, not rounded, not in percent); and `certain`, `True` if the interval
# says that it really is worse than boosting.
#
# <details><summary>Hint</summary>Filter with two conditions, then <code>idxmax</code> on what is left. An
# interval that holds zero is not certain of anything.</details>

# %%
rows = {
    "logistic": [0.8451, -0.0071, 0.0020, 41, 1_028, 40],
    "few weights": [0.8395, -0.0131, -0.0030, 15, 1_024, 14],  # lasso penalty: most weights are zero
    "shallow tree": [0.8172, -0.0423, -0.0186, 15, 2_342, 3],
    "neighbours": [0.8282, -0.0301, -0.0088, 281_720, 2_310_781, 281_720],
    "forest": [0.8435, -0.0082, 0.0001, 83_638, 6_723_932, 1_700],
    "boosting": [0.8476, 0.0, 0.0, 2_250, 153_931, 450],
    "network": [0.8454, -0.0072, 0.0028, 1_345, 50_933, 1_312],
}
names = ["AUC", "from", "to", "numbers", "bytes", "operations"]
measured = pd.DataFrame(rows, index=names).T.astype({"numbers": int, "bytes": int, "operations": int})
measured

# %% answer="q4"
choice = ...
given_up = ...
certain = ...
### BEGIN SOLUTION
allowed = {
    "phone": (measured["bytes"] <= 100_000) & (measured["operations"] <= 1_000),
    "bank": measured["numbers"] <= 20,
    "night": measured["numbers"] > 0,  # all of them
}
choice, given_up, certain = {}, {}, {}
for brief, keeps in allowed.items():
    name = measured.loc[keeps, "AUC"].idxmax()
    choice[brief] = name
    given_up[brief] = measured["AUC"].max() - measured.loc[name, "AUC"]
    certain[brief] = bool(measured.loc[name, "to"] < 0)
### END SOLUTION

# %% check="q4" points=3 minutes=20
check.q4(choice, given_up, certain)

# %% tags=["solution"]
pd.DataFrame({"choice": choice, "given up": given_up, "certain": certain})

# %% [markdown] tags=["solution"]
# Filter by what must hold, then take the best: limits are not traded against the score. The phone gives
# up 0.0025, which the folds cannot even see; the auditor costs 0.0081, surely, and that is the price of
# being readable. Somebody can now say whether it is worth paying.
#
# The common mistake is to take one favourite for all three. And what the night's winner has before the
# logistic regression, the folds cannot see: with any weight on simplicity, the plain model would win two
# briefs of three.

# %% [markdown]
# ## Question 5 · A model for a bicycle lock
#
# The locks of the bicycles are to forecast the hires of the hour themselves. There is room for **20,000
# bytes**, the pickled model with all of its preparation, and on weeks it has not seen it must reach an
# $R^2$ of at least **0.82**. Boosting of the lesson reaches about 0.9 and is more than fifteen times too
# large; the ridge with the column `hour_and_day` is small, and not good enough.
#
# Give an unfitted `lock_model` that takes the table `hours` as it is, built of scikit-learn's and NumPy's
# parts: of a class or a function of your own the pickle holds only the name. The check does what `trial`
# does, on the same splits: it scores the model on weeks that it has not seen, and counts the bytes when it
# is fitted on everything. Use `trial` as often as you like.
#
# <details><summary>Hint</summary>Several ways lead there. Smaller: a network of very few cells, say.
# Better: which columns does the ridge lack, and does rain take away ten bicycles at night and at noon
# alike? <code>TransformedTargetRegressor(model, func=np.log1p, inverse_func=np.expm1)</code> learns the
# logarithm.</details>

# %%
import pickle

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

bikes = ck.load("bikes")
hired, week = bikes["bikers"].to_numpy(float), (bikes["day"] // 7).to_numpy()
hours = bikes.drop(columns=["bikers", "casual", "registered"])
hours["hour_and_day"] = hours["hour"].astype(str) + np.where(hours["working_day"] == 1, " work", " free")


# %%
def trial(model):
    """Mean score on five folds of whole weeks, and bytes when fitted on everything."""
    whole_weeks = GroupKFold(5, shuffle=True, random_state=1)
    scores = cross_val_score(model, hours, hired, groups=week, cv=whole_weeks)
    size = len(pickle.dumps(clone(model).fit(hours, hired)))
    print(f"R² {scores.mean():.3f}, {size:,} bytes")


texts = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
numbers = ["day", "temperature", "felt_temperature", "humidity", "wind_speed"]
columns = make_column_transformer(
    (texts, ["hour_and_day", "weather", "weekday"]), (StandardScaler(), numbers)
)
trial(make_pipeline(columns, Ridge()))

# %% answer="q5"
lock_model = ...
### BEGIN SOLUTION
more = ["hour_and_day", "weather", "weekday", "month"]
columns = make_column_transformer((texts, more), (StandardScaler(), numbers))
lock_model = TransformedTargetRegressor(make_pipeline(columns, Ridge()), func=np.log1p, inverse_func=np.expm1)
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(lock_model)

# %% tags=["solution", "rtol=0.1"]
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeRegressor

trial(lock_model)
tiny = MLPRegressor(hidden_layer_sizes=(4,), learning_rate_init=0.01, tol=3e-3, random_state=0)
four_cells = make_column_transformer((texts, ["hour_and_day"]), (StandardScaler(), numbers))
trial(TransformedTargetRegressor(make_pipeline(four_cells, tiny), transformer=StandardScaler()))
few_rounds = HistGradientBoostingRegressor(max_iter=8, max_leaf_nodes=8, learning_rate=0.5, random_state=0)
clock = make_column_transformer(("passthrough", ["hour", "working_day", *numbers]))
trial(make_pipeline(clock, few_rounds))
trial(make_pipeline(clock, DecisionTreeRegressor(max_leaf_nodes=100, random_state=0)))

# %% [markdown] tags=["solution"]
# A sum of logarithms is a product: rain takes away a **share** of the bicycles, at noon as at night. With
# that and the months, the weighted sum passes with a few thousand bytes. A square root (`func=np.sqrt,
# inverse_func=np.square`) does as well, and a network of four cells is another way.
#
# Boosting fits in, too, when eight rounds of eight leaves take the place of a hundred rounds. A single
# tree of a hundred leaves comes close; whether it gets there depends on its columns. How far can you get
# below 3,000 bytes? And by the time split of chapter 03?
