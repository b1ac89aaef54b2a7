# %% [markdown]
# # 16 · Exercises: Loss functions
#
# Five questions: a plan that costs least, a loss that is less sure, labels with gaps, six situations to
# recognise, and a model for unequal costs. Write your answer where a cell asks for it, run the cell, then
# the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(16)

# %% [markdown]
# ## Question 1 · How many minutes to plan?
#
# You fetch somebody from an airport. How many minutes after the timetable should you be there? For each
# minute that you come **before** the plane, you pay `early`. For each minute that the passenger waits for
# you, `late`. Here are the delays of 4,000 flights of 2013; negative is before the timetable.

# %%
flights = ck.load("flights").dropna(subset=["arr_delay"])
flights = flights.sample(4000, random_state=0).reset_index(drop=True)
delay = flights["arr_delay"].to_numpy(float)
print(f"mean {delay.mean():.1f} minutes, median {np.median(delay):.0f}, largest {delay.max():.0f}")

# %% [markdown]
# Write two functions; `y` is an array of delays.
#
# - `mean_cost(y, plan, late, early)`: the mean cost of one plan (a number) for all delays. For a plane with
#   the delay $y$: `early` times $y - \text{plan}$ if the plane comes after the plan, and `late` times
#   $\text{plan} - y$ if it comes before. An example stands in the cell below.
# - `best_plan(y, late, early)`: a plan with the smallest mean cost. The check accepts what costs at most two
#   thousandths more than the best (on 1,000 delays or more).
#
# Mind who waits for whom: a plane that is **before** your plan makes the passenger wait.
#
# <details><summary>Hint</summary>The pinball loss with two prices. Move the plan up by a minute: which
# planes cost more, which less, and when do the two balance? <code>np.quantile(y, q)</code> takes a share
# between 0 and 1.</details>

# %%
# Delays -10, 0, 5 and 40, plan 5, late 3, early 1: what each costs, and the mean.
example_costs = np.array([3 * 15, 3 * 5, 0, 1 * 35])
print("costs", example_costs, "mean", example_costs.mean())


# %% answer="q1"
def mean_cost(y, plan, late, early):
    """Mean cost of one plan for all delays."""
    ### BEGIN SOLUTION
    of_each = np.where(y > plan, early * (y - plan), late * (plan - y))
    return of_each.mean()
    ### END SOLUTION
    return ...


def best_plan(y, late, early):
    """A plan with the smallest mean cost."""
    ### BEGIN SOLUTION
    return np.quantile(y, early / (late + early))
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=15
check.q1(mean_cost, best_plan)

# %% tags=["solution"]
plan = best_plan(delay, 4, 1)
print(f"plan {plan:.0f}, cost {mean_cost(delay, plan, 4, 1):.1f}")
print(f"plan the mean, cost {mean_cost(delay, delay.mean(), 4, 1):.1f}")

# %% [markdown] tags=["solution"]
# One minute later saves `early` for every plane still to come and costs `late` for every plane that is there.
# The two balance where the share of planes that are there is `early / (late + early)`: a passenger's minute
# that is dear makes you go early, before most planes have landed.
#
# The common slip is the fraction turned round, `late / (late + early)`: the right quantile for the opposite
# prices. A search over whole minutes, the smallest of `mean_cost` over a range, is right as well, and needs
# no formula. On small samples it is even more exact: `np.quantile` draws a line between two delays, and the
# smallest cost lies **at** one.

# %% [markdown]
# ## Question 2 · A loss that is less sure
#
# Cross-entropy pushes the true class's probability towards 1 for ever. **Label smoothing** asks for a
# little less: of $K$ classes each gets the target $\varepsilon / K$, and the true one $1 - \varepsilon$
# more. (Below: three classes and $\varepsilon = 0.3$.) The loss of a row is $-\sum_k t_k \ln \hat y_k$,
# with $\hat y$ the softmax of its logits.
#
# Write two functions; `Z` is an array of logits with a row for each case and a column for each class, `true`
# the numbers of the true classes.
#
# - `smooth_loss(Z, true, smoothing)`: the **mean** over the rows, one number.
# - `smooth_slopes(Z, true, smoothing)`: the slopes of **that mean** by every logit, an array like `Z`.
#
# Logits may be as large as 1,000 or as small as −1,000, and in one row quite others than in the next; both
# functions must stay finite. Below are PyTorch's values, to compare with.
#
# <details><summary>Hint</summary>Make the table of targets first: <code>np.eye(K)[true]</code> is one-hot.
# ln ŷ is the logit minus the log-sum-exp of its row; take out the largest logit of each <b>row</b>. The slope
# of one row's loss is ŷ − t, and a mean divides.</details>

# %%
import torch

logits = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [3.0, -1.0, 1.0], [1000.0, 0.0, -5.0]])
classes = np.array([0, 2, 1, 0])
inside = torch.tensor(logits, requires_grad=True)
library = torch.nn.CrossEntropyLoss(label_smoothing=0.3)(inside, torch.tensor(classes))
library.backward()
print(f"targets: {0.3 / 3 + 1 - 0.3:.1f} for the true class, {0.3 / 3:.1f} for the others")
print(f"loss {library.item():.4f}, slopes of the first row", inside.grad[0].numpy().round(4))


# %% answer="q2"
def smooth_loss(Z, true, smoothing):
    """Mean cross-entropy with smoothed labels."""
    ### BEGIN SOLUTION
    n_classes = Z.shape[1]
    targets = (1 - smoothing) * np.eye(n_classes)[true] + smoothing / n_classes
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_chances = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(targets * log_chances).sum(axis=1).mean()
    ### END SOLUTION
    return ...


def smooth_slopes(Z, true, smoothing):
    """Slopes of the mean loss by every logit."""
    ### BEGIN SOLUTION
    n_classes = Z.shape[1]
    targets = (1 - smoothing) * np.eye(n_classes)[true] + smoothing / n_classes
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    return (chances - targets) / len(Z)
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(smooth_loss, smooth_slopes)

# %% [markdown] tags=["solution"]
# The derivation is the lesson's, with targets that are not 0 or 1: $-\sum t_k \ln \hat y_k = \ln\sum e^{z} -
# \sum t_k z_k$, because the targets sum to 1. The slope is the softmax minus the target, and the mean over
# $n$ rows divides it by $n$.
#
# Two slips give answers that look right. To take out the largest logit of the **whole table** keeps large
# numbers finite, but in a row of −1,000 every power becomes 0 and its logarithm infinite. And to give the
# others $\varepsilon/(K-1)$ is another convention, not PyTorch's.
#
# `scipy.special.log_softmax(Z, axis=1)` is the logarithm of the softmax, with the same care.

# %% [markdown]
# ## Question 3 · Labels with gaps
#
# Five illnesses, and not everybody answered every question: a gap (`nan`) is neither yes nor no.

# %%
illnesses = ["asthma", "arthritis", "heart_attack", "stroke", "cancer"]
asked = ck.load("diabetes")[illnesses].to_numpy(float)
print("gaps by illness:", np.isnan(asked).sum(axis=0), "of", len(asked), "people")

# %% [markdown]
# Write two functions; `Z` is an array of logits and `Y` one of labels 0, 1 or `nan`, both with a row for
# each person and a column for each illness.
#
# - `known_loss(Z, Y)`: the mean cross-entropy over **all labels that are known**, one number.
# - `known_slopes(Z, Y)`: the slopes of that mean by every logit, an array like `Z`; 0 where the label is
#   unknown.
#
# For `Z = [[2.0, -3.0], [-1.0, 0.5]]` and `Y = [[1, 0], [nan, 0]]` three labels are known; the cell below has
# their costs. Logits may be as large as ±1,000.
#
# <details><summary>Hint</summary><code>known = ~np.isnan(Y)</code> picks what counts:
# <code>Z[known]</code> is one long array. The short form <code>np.logaddexp(0, z) - y * z</code> stays
# finite, and its slope is σ(z) − y.</details>

# %%
from scipy.special import expit

example_parts = -np.log([expit(2.0), expit(3.0), expit(-0.5)])
print("costs", example_parts.round(4), "mean", example_parts.mean().round(4))


# %% answer="q3"


def known_loss(Z, Y):
    """Mean cross-entropy over the labels that are known."""
    ### BEGIN SOLUTION
    known = ~np.isnan(Y)
    z, y = Z[known], Y[known]
    return (np.logaddexp(0, z) - y * z).mean()
    ### END SOLUTION
    return ...


def known_slopes(Z, Y):
    """Slopes of that mean by every logit; 0 where the label is unknown."""
    ### BEGIN SOLUTION
    known = ~np.isnan(Y)
    slopes = np.zeros(Z.shape)
    slopes[known] = (expit(Z[known]) - Y[known]) / known.sum()
    return slopes
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(known_loss, known_slopes)

# %% [markdown] tags=["solution"]
# What is unknown must neither cost nor pull. Filling the gaps with 0 turns "not answered" into "no", and
# the model learns to say no too often. Leaving out whole people with a gap throws away their other answers.
#
# The mean divides by the number of known labels, in the slopes too: dividing by all makes the loss of a
# table with many gaps look small.
#
# In PyTorch the same is `BCEWithLogitsLoss(reduction="none")` with the gaps filled by any number, times
# `known`, summed and divided by `known.sum()`.

# %% [markdown]
# ## Question 4 · Which loss?
#
# In a dictionary `which`, give each letter one of `"squared"`, `"absolute"`, `"Huber"`, `"pinball"`,
# `"Poisson"`, `"softmax"` (cross-entropy with one softmax) or `"sigmoids"` (cross-entropy with a sigmoid for
# each label).
#
# - **A** A baker bakes in the evening. A missing loaf loses 2 euros, one left over 50 cents.
# - **B** A power company adds up the forecasts of all hours to buy the energy of a month. The meters make
#   no typing errors, and demand is far from zero.
# - **C** A photo may be tagged with "dog", "beach" and "night", with some of them, or with none.
# - **D** A photo shows one bird. Which of nine species?
# - **E** Calls per minute at a help line, most often 0, 1 or 2; wanted is the mean, by a model that can
#   never say a negative number.
# - **F** Prices of used cars; a few were typed with a zero too many. Those may pull no harder than other
#   large errors, and near the truth the slope should shrink to 0, so that the last steps of training are
#   small.
#
# <details><summary>Hint</summary>Sections 2, 3, 9 and the table of section 10. For B: what adds up? For F:
# look at the picture of the slopes around 0.</details>

# %% answer="q4"
which = ...
### BEGIN SOLUTION
which = {
    "A": "pinball",
    "B": "squared",
    "C": "sigmoids",
    "D": "softmax",
    "E": "Poisson",
    "F": "Huber",
}
### END SOLUTION

# %% check="q4" points=2 minutes=10
check.q4(which)

# %% [markdown] tags=["solution"]
# A has prices for both directions, so it wants a quantile (0.8). B wants a sum: means add up, medians do
# not. In C the labels do not exclude each other, in D they do. E is a count near zero; the squared error
# asks for the mean too, but a weighted sum can fall below 0. F: the absolute error is as calm about the
# typing errors, but its slope jumps from −1 to 1 at the truth; Huber's passes through 0.
#
# For C, softmax is the tempting wrong answer: it makes three tags fight for one unit of probability.

# %% [markdown]
# ## Question 5 · A model for unequal costs
#
# Back to the airport, now with prices the other way round: you are a hotel that promises a room from a
# certain minute on. Each minute that the guest is **later** than planned costs 4 (the room stands empty),
# each minute **earlier** costs 1. What is known when the ticket is sold: month, weekday, hour, airline,
# airport, distance. The baseline says the same number for all, the 0.8 quantile of its training rows. Days
# stay whole in the folds.

# %%
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

date = pd.to_datetime(flights[["year", "month", "day"]])
known = flights[["month", "hour", "carrier", "origin", "distance"]]
known = known.assign(weekday=date.dt.day_of_week)
folds = list(GroupKFold(5, shuffle=True, random_state=0).split(known, groups=date))
kinds, amounts = ["month", "weekday", "carrier", "origin"], ["hour", "distance"]
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
prepare = make_column_transformer((one_hot, kinds), (StandardScaler(), amounts))


# %%
def guest_cost(true, planned):
    """Mean cost: 4 for a minute later than planned, 1 for a minute earlier."""
    return np.where(true > planned, 4 * (true - planned), planned - true).mean()


def fold_costs(make):
    """Cost of what make() returns on each fold, fitted on the other four."""
    costs = []
    for train, test in folds:
        fitted = make().fit(known.iloc[train], delay[train])
        costs.append(guest_cost(delay[test], fitted.predict(known.iloc[test])))
    return np.array(costs)


def baseline():
    """The same number for all: a quantile."""
    return DummyRegressor(strategy="quantile", quantile=0.8)


baseline_costs = fold_costs(baseline)
print("cost of the baseline:", baseline_costs.round(1))

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
# Choose a rival that uses the columns (not one number for all), with whatever loss you like, and hand in
# four things:
#
# - `rival()`, a function that returns the unfitted model (a pipeline that starts from the columns of
#   `known`, and has `fit` and `predict`).
# - `rival_costs`: its cost on each of the five `folds`, in their order.
# - `difference`: the mean of rival minus baseline, and the two ends of its interval, three numbers. Negative
#   is cheaper.
# - `verdict`: `"cheaper"`, `"dearer"` or `"cannot tell"`, as the interval says.
#
# A rival that loses is as good an answer as one that wins, if the verdict says so. The check fits `rival()`
# itself on the first fold's training rows and compares. It questions a mean cost below 55: nothing honest
# that we tried gets there. Keep it small (at most 100 trees), so that you need not wait.
#
# <details><summary>Hint</summary><code>make_pipeline(prepare, …)</code> with
# <code>QuantileRegressor(quantile=0.8, alpha=0)</code> or boosted trees with
# <code>loss="quantile"</code>. What does a model of the mean cost? Is 0 inside the interval?</details>


# %% answer="q5"
def rival():
    """An unfitted model that uses the columns."""
    ### BEGIN SOLUTION
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(
        loss="quantile", quantile=0.8, max_iter=60, max_leaf_nodes=8, early_stopping=False
    )
    return make_pipeline(prepare, trees)
    ### END SOLUTION
    return ...


rival_costs = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
rival_costs = fold_costs(rival)
difference = interval(rival_costs - baseline_costs, 1 / 4)
mean, low, high = difference
print(f"trees for the quantile minus baseline: {mean:+.1f} [{low:+.1f}, {high:+.1f}]")
verdict = "cannot tell"
if high < 0:
    verdict = "cheaper"
if low > 0:
    verdict = "dearer"
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(rival, rival_costs, difference, verdict)


# %% tags=["solution"]
def of_the_mean():
    """The same columns, trained on the squared error."""
    return make_pipeline(prepare, LinearRegression())


of_means = interval(fold_costs(of_the_mean) - baseline_costs, 1 / 4)
print("a model of the mean, minus baseline:", np.round(of_means, 1))

# %% [markdown] tags=["solution"]
# Trees that ask for the quantile are cheaper on every fold, and the interval lies below 0. A model of the
# mean sees the same columns and gains nothing over one number for all: what the columns tell is lost again
# by answering another question.
#
# A common wrong way is to look at the mean of the costs alone, without the spread over folds. Another is to
# choose the settings by these five costs and then report the best of many.
#
# An alternative is a model of the mean **plus** a quantile of its errors on held-out rows. It works where the
# spread is the same everywhere; try it, and look at the cost by hour.
