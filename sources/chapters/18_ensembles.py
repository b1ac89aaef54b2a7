# %% [markdown]
# # 18 · Ensembles: when does a worse model help a better one?
#
# Five models predict what a house sells for. The best errs by about 12 %, the second best model by more.
# Yet the plain mean of the two is better than either. Mix in the worst of the five in the same way, and the
# result gets worse. On another table no mixture is worth having. **When does a worse model help a better one,
# and can you know before you combine them?**

# %% [markdown]
# **You will be able to**
# - say from two numbers whether a second model helps
# - vote, hard and soft, and see when soft voting fails
# - write bagging, AdaBoost and stacking, and get the library's numbers
# - say what more trees can and cannot do
# - weigh what an ensemble gains against what it costs
#
# **Builds on:** [chapter 03](03_data_splitting.ipynb) (folds, the interval of a difference),
# [chapter 07](07_evaluation_and_tuning.ipynb) (search inside folds, Brier score, calibration),
# [chapter 11](11_classification.ipynb) (trees, forests, boosting) · **Data:** `houses`, `customers`

# %% [markdown]
# ## 1 · Two errors and their mean
#
# Several models that answer together are an **ensemble**. Start with two, and four houses. The errors
# (prediction minus truth) are in thousands of dollars.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

# %%
good = np.array([3, -1, -3, 1])
partner_1 = np.array([2, 4, -2, -4])
partner_2 = np.array([4, -2, -4, 2])
for name, e in [("good", good), ("partner 1", partner_1), ("partner 2", partner_2)]:
    print(f"{name:9} mean squared error {(e**2).mean()}")

# %% [markdown]
# Both partners are equally bad: their mean squared error is twice that of the good model.
#
# **Predict first:** average the good model with each of them. Which pair is better than the good model
# alone?

# %%
for name, e in [("partner 1", partner_1), ("partner 2", partner_2)]:
    both = (good + e) / 2  # the error of the mean prediction
    product = (good * e).mean()
    by_formula = (5 + 10 + 2 * product) / 4
    print(f"{name}: errors {both}, mean squared {(both**2).mean()}")
    print(f"   mean product {product}, by the formula {by_formula}")

# %% [markdown]
# Partner 1 helps: 4.25 is less than 5. Partner 2 harms. The error of a mean is the mean of the errors, so
# where one errs upwards and the other downwards, they cancel. With $a^2$ and $b^2$ the two mean squared
# errors and $p$ the mean *product* of the errors,
#
# $$\text{mean squared error of the pair} = \frac{a^2 + b^2 + 2p}{4}$$
#
# Partner 2 errs on the same houses in the same direction; partner 1 does not. Divide the product by $a b$,
# and you have a number between −1 and 1: here it is called the **error correlation** $\rho = p / (ab)$. (It
# is the correlation of chapter 02, if both err by 0 on average. A low one is what books call **diversity**.)
#
# The mean gives both the weight ½. With weight $w$ for the partner and $1 - w$ for the good model:
#
# $$(1-w)^2 a^2 + w^2 b^2 + 2w(1-w)\,p$$
#
# Its slope at $w$ is $2p - 2a^2 + 2w(a^2 + b^2 - 2p)$. At $w = 0$ it falls if $p < a^2$, which is the same as
#
# $$\rho < \frac{a}{b}$$
#
# *A worse model helps, with a small enough weight, if the error correlation is below the ratio of the two
# errors*, the smaller over the larger.


# %%
def compare(e_good, e_partner):
    """Ratio of two models' errors, their correlation, the best weight and its gain."""
    a2, b2 = (e_good**2).mean(), (e_partner**2).mean()
    p = (e_good * e_partner).mean()
    best = max((a2 - p) / (a2 + b2 - 2 * p), 0)  # where the slope is 0, or none
    mixed = (1 - best) * e_good + best * e_partner
    row = {"ratio": np.sqrt(a2 / b2), "rho": p / np.sqrt(a2 * b2), "best weight": best}
    row["gain (%)"] = 100 * (1 - np.sqrt((mixed**2).mean() / a2))  # with that weight
    return row


pd.DataFrame([compare(good, partner_1), compare(good, partner_2)]).round(2)

# %% [markdown]
# Partner 1: 0.14 is below 0.71, and its best weight is 0.31. Partner 2: 0.99 is not, and the best it can
# have is none.

# %% [markdown]
# ## 2 · Five models and their errors
#
# Now real houses: 1,500 of them without the giants (chapter 04), twelve numbers and the neighbourhood. The
# target is the natural logarithm of the price, so that an error of 0.12 is about 12 % of the price.

# %%
known_houses = ck.load("houses").query("living_area < 4000")
houses = known_houses.sample(1500, random_state=0).reset_index(drop=True)
numbers = ["living_area", "lot_area", "basement_area", "basement_finish_1_area"]
numbers += ["garage_area", "overall_quality", "overall_condition", "year_built"]
numbers += ["year_remodelled", "fireplaces", "full_baths", "bedrooms"]
log_price = np.log(houses["price"].to_numpy())
print(f"{len(numbers)} numbers, {houses['neighborhood'].nunique()} neighbourhoods")

# %% fold="Prepare the columns: fill gaps, scale, one-hot"
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
fill_and_scale = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
prepare_houses = make_column_transformer((fill_and_scale, numbers), (one_hot, ["neighborhood"]))

# %% [markdown]
# Five regressors, each with three settings to choose from. Ridge is a weighted sum with small weights.
# `SVR` carries the kernel of chapter 11's SVM over to numbers; chapter 12 races it.
# `weights="distance"` lets near neighbours count more.

# %% fold="Import the five"
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

# %%
shape = {"max_iter": 50, "max_leaf_nodes": 6, "early_stopping": False}
near = KNeighborsRegressor(weights="distance")
leaves = {"min_samples_leaf": [3, 6, 12]}
rates = {"learning_rate": [0.1, 0.2, 0.3]}
regressors = {
    "ridge": (Ridge(), {"alpha": [0.3, 3, 30]}),
    "kernel": (SVR(epsilon=0.05), {"C": [0.3, 1, 3]}),
    "boosting": (HistGradientBoostingRegressor(**shape), rates),
    "neighbours": (near, {"n_neighbors": [4, 8, 16]}),
    "tree": (DecisionTreeRegressor(random_state=0), leaves),
}

# %% [markdown]
# The races of sections 2, 3, 8 and 9 are judged like this: five folds; in each, a quarter of the training
# part chooses among the three settings.

# %%
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit

one_quarter = ShuffleSplit(1, test_size=0.25, random_state=0)


def chosen(contestant, X, y):
    """The unfitted model with the best of its three settings."""
    model, grid = contestant
    scoring = "neg_mean_squared_error"
    if hasattr(model, "predict_proba"):  # a classifier
        scoring = "neg_brier_score"
    search = GridSearchCV(model, grid, cv=one_quarter, scoring=scoring, refit=False)
    return clone(model).set_params(**search.fit(X, y).best_params_)


# %% [markdown]
# Errors on the training rows say nothing (chapter 03). So each training row gets an *out-of-fold*
# prediction (chapter 09): by a model that learned from the other four fifths of the training part.


# %% fold="answers: a classifier's chances, or a regressor's numbers"
def answers(model, X):
    """A classifier's chances of class 1, or a regressor's numbers."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X)[:, 1]
    return model.predict(X)


# %%
inner = KFold(5, shuffle=True, random_state=0)


def out_of_fold(model, X, y):
    """For each row the answer of a model that did not learn from it."""
    found = np.empty(len(y))
    for others, held in inner.split(X):
        fitted = clone(model).fit(X[others], y[others])
        found[held] = answers(fitted, X[held])
    return found


# %% [markdown]
# One function does it for all contestants. For every outer fold it returns three tables with a column for
# each: their out-of-fold answers, their answers **in sample** (on the rows they learned from, for later), and
# those on the held-out rows, which judge.


# %% fold="all_answers: the three tables of each fold"
def all_answers(contestants, prepare, table, y, folds):
    """For each fold three tables of answers (out of fold, in sample, held out), and two targets."""
    found = []
    for train, test in folds:
        X, X_test = prepare.fit_transform(table.iloc[train]), prepare.transform(table.iloc[test])
        outside, inside, held_out = pd.DataFrame(), pd.DataFrame(), pd.DataFrame()
        for name, contestant in contestants.items():
            model = chosen(contestant, X, y[train])
            outside[name] = out_of_fold(model, X, y[train])
            inside[name] = answers(model.fit(X, y[train]), X)
            held_out[name] = answers(model, X_test)
        found.append((outside, inside, held_out, y[train], y[test]))
    return found


# %% [markdown]
# Two cuts: the second shuffles the houses anew.

# %%
cut_0 = KFold(5, shuffle=True, random_state=0).split(houses)
answers_0 = all_answers(regressors, prepare_houses, houses, log_price, cut_0)

# %%
cut_1 = KFold(5, shuffle=True, random_state=1).split(houses)
answers_1 = all_answers(regressors, prepare_houses, houses, log_price, cut_1)
of_houses = answers_0 + answers_1
print(len(of_houses), "folds")


# %% fold="held_out_errors: one table with the errors of all held-out rows"
def held_out_errors(results):
    """One table with the errors of all held-out rows of all folds."""
    parts = []
    for _, _, held_out, _, y_test in results:
        parts.append(held_out.sub(y_test, axis=0))
    return pd.concat(parts, ignore_index=True)


# %% tags=["rtol=0.01"]
errors = held_out_errors(of_houses)
typical = np.sqrt((errors**2).mean())  # root mean squared error
print("always the mean:", log_price.std().round(2))
typical.round(3)

# %% [markdown]
# Ridge is ahead. (Prices are made largely by multiplying, and the logarithm turns that into a sum.) And how
# alike are the errors?


# %%
def error_correlations(errors):
    """The error correlation of each pair of columns."""
    products = errors.T @ errors / len(errors)
    size = np.sqrt((errors**2).mean())
    return products / np.outer(size, size)


# %% tags=["rtol=0.03"] fold="Draw the error correlations"
import seaborn as sns

fig, ax = plt.subplots(figsize=(5.6, 4.4))
look = {"vmin": 0, "vmax": 1, "cmap": "viridis", "annot": True, "fmt": ".2f"}
sns.heatmap(error_correlations(errors), square=True, ax=ax, **look)
ax.tick_params(axis="y", rotation=0)
ax.tick_params(axis="x", rotation=30)
ax.set_title("Houses: the five do not err alike")
ck.show(
    fig,
    "Heatmap of the error correlations of five models on the houses: from about 0.5 to 0.8, lowest between "
    "ridge and tree.",
)

# %% [markdown]
# Ridge and tree are the least alike. **Predict first:** by the rule of section 1, which partners help ridge?

# %% tags=["rtol=0.05"]
rows = []
for partner in ["kernel", "boosting", "neighbours", "tree"]:
    row = compare(errors["ridge"], errors[partner])
    pair = (errors["ridge"] + errors[partner]) / 2
    row["plain mean"] = np.sqrt((pair**2).mean())
    rows.append(row)
index = ["kernel", "boosting", "neighbours", "tree"]
pd.DataFrame(rows, index=index).round(3)

# %% tags=["rtol=0.02"] fold="Draw the error of ridge and a partner against the partner's weight"
fig, ax = plt.subplots(figsize=(7.6, 4))
weights = np.linspace(0, 0.6, 61)
raise_by = {"kernel": -0.0012, "boosting": 0.0008, "neighbours": 0, "tree": 0}
for place, partner in enumerate(["kernel", "boosting", "neighbours", "tree"]):
    curve = []
    for w in weights:
        mixed = (1 - w) * errors["ridge"] + w * errors[partner]
        curve.append(np.sqrt((mixed**2).mean()))
    ax.plot(weights, curve, color=f"C{place}")
    low = int(np.argmin(curve))
    ax.plot(weights[low], curve[low], "o", color=f"C{place}")
    ax.text(0.61, curve[-1] + raise_by[partner], partner, color=f"C{place}", va="center")
ax.axhline(typical["ridge"], color="black", ls="--", lw=1)
ax.text(0.31, typical["ridge"], "ridge alone", va="bottom", fontsize=10)
ax.set(xlim=(0, 0.8), xlabel="weight of the partner", ylabel="root mean squared error")
ax.set_title("Each of the four helps, at the right weight")
ck.show(
    fig,
    "Error of ridge mixed with each of four partners against the partner's weight. All curves first fall "
    "below ridge alone; kernel and boosting stay below at one half, neighbours about equal, the tree is far "
    "above.",
)

# %% [markdown]
# All four help, *even the tree*, which errs half as much again as ridge: it needs a small weight. The
# plain mean gives it one half, far too much, and harms. Kernel and boosting are near enough to ridge that the
# plain mean is nearly the best one.

# %% [markdown]
# ### Known before combining
#
# So far, the same rows gave correlation and gain, and the formula had to hold. Can the training part tell,
# before held-out rows are seen? Compute the gain of each plain mean from its *out-of-fold* errors, and
# compare with the gain on the *held-out* rows: ten pairs, ten folds.


# %%
def gain(e_good, e_partner):
    """By how many per cent the plain mean errs less than the good model."""
    alone = (e_good**2).mean()
    pair = (((e_good + e_partner) / 2) ** 2).mean()
    return 100 * (1 - np.sqrt(pair / alone))


# %% fold="foreseen_and_measured: both gains of each pair of models in each fold"
from itertools import combinations


def foreseen_and_measured(results):
    """Both gains, for each pair and each fold; which one is good, the training part says."""
    rows = []
    for outside, _, held_out, y_train, y_test in results:
        before, after = outside.sub(y_train, axis=0), held_out.sub(y_test, axis=0)
        for one, two in combinations(outside.columns, 2):
            row = {"pair": f"{one} + {two}"}
            if (before[two] ** 2).mean() < (before[one] ** 2).mean():
                one, two = two, one
            row["foreseen"] = gain(before[one], before[two])
            row["measured"] = gain(after[one], after[two])
            rows.append(row)
    return pd.DataFrame(rows)


# %% tags=["rtol=0.15"]
house_gains = foreseen_and_measured(of_houses)
by_pair = house_gains.groupby("pair").mean()
by_pair.sort_values("measured", ascending=False, kind="stable").round(0) + 0

# %% [markdown]
# (In per cent of the better one's error; the out-of-fold errors of each fold say which is the better one.)
# From training rows alone, the foreseen gains, *as means over ten folds*, are within about two points of
# the measured ones.

# %% [markdown]
# ## 3 · The same game with customers
#
# Which customers of a telephone company leave? 1,500 of them, four classifiers with three settings each.
# Their error is the chance minus the truth (1 or 0); its mean square is the Brier score.

# %% fold="Import the four, and prepare the columns"
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

all_customers = ck.load("customers").dropna().reset_index(drop=True)
amounts = ["tenure", "monthly_charges", "total_charges"]
kinds = all_customers.columns.drop([*amounts, "churn"]).tolist()
prepare_customers = make_column_transformer((StandardScaler(), amounts), (one_hot, kinds))

# %%
logistic = LogisticRegression(solver="newton-cholesky", tol=1e-8)
small = {"max_iter": 40, "max_leaf_nodes": 4, "early_stopping": False}
boosted = HistGradientBoostingClassifier(**small)
pure = DecisionTreeClassifier(random_state=0)
classifiers = {
    "logistic": (logistic, {"C": [0.01, 0.1, 1]}),
    "boosting": (boosted, {"learning_rate": [0.05, 0.1, 0.2]}),
    "neighbours": (KNeighborsClassifier(), {"n_neighbors": [10, 30, 90]}),
    "tree": (pure, {"min_samples_leaf": [10, 30, 90]}),
}

# %% tags=["rtol=0.01"]
customers = all_customers.sample(1500, random_state=0).reset_index(drop=True)
left = (customers["churn"] == "Yes").to_numpy(int)
of_customers = []
for seed in (0, 1):
    folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(customers, left)
    of_customers += all_answers(classifiers, prepare_customers, customers, left, folds)
customer_errors = held_out_errors(of_customers)
print("always the share:", left.var().round(3))
(customer_errors**2).mean().round(3)

# %% tags=["rtol=0.03"] fold="Draw the foreseen and the measured gains of both tables"
fig, ax = plt.subplots(figsize=(6.4, 4.6))
customer_gains = foreseen_and_measured(of_customers)
for found, colour, name in [(house_gains, "C0", "houses"), (customer_gains, "C1", "customers")]:
    ax.plot(found["foreseen"], found["measured"], "o", ms=3, color=colour, alpha=0.3)
    means = found.groupby("pair").mean()
    ax.plot(means["foreseen"], means["measured"], "o", ms=8, color=colour, label=name)
ax.plot([-18, 7], [-18, 7], color="black", lw=1)
ax.axhline(0, color="grey", lw=0.8)
ax.axvline(0, color="grey", lw=0.8)
ax.set(xlabel="foreseen from training rows (%)", ylabel="measured on held-out rows (%)")
ax.legend(loc="upper left")
ax.set_title("On average, the gain of a pair is foreseen")
ck.show(
    fig,
    "Measured against foreseen gain of every pair of models; small dots are folds, large ones means. Both "
    "lie along the diagonal: houses from about minus 12 to plus 5 per cent, customers all near zero.",
)

# %% tags=["rtol=0.1"] fold="How far single folds of the houses are from the foreseen gains"
missed = house_gains["measured"] - house_gains["foreseen"]
same_sign = (house_gains["measured"] > 0) == (house_gains["foreseen"] > 0)
print("off by", round(np.sqrt((missed**2).mean()), 1), "points")
print("same sign:", round(same_sign.mean(), 2))

# %% [markdown]
# Large dots are means over the ten folds. A single fold of 300 houses (small dots) is typically off by some
# five points, and has the foreseen sign three times in four. On the houses the pairs go from harm to gain. On
# the customers they all sit near zero. Why?

# %% tags=["rtol=0.01"]
error_correlations(customer_errors).round(2)

# %% [markdown]
# **They nearly all err alike.** A customer with a chance of 0.3 leaves or stays. If she leaves, the error
# is −0.7 for every model that says 0.3, however it got there. That part of the error is in the target, not
# in the model, and no other model can cancel it. By the rule, partners can still help. By how much?

# %% tags=["rtol=0.3"]
rows = []
couples = [("boosting", "logistic"), ("logistic", "neighbours"), ("logistic", "tree")]
for one, two in couples:
    row = {"good": one, "partner": two}
    rows.append(row | compare(customer_errors[one], customer_errors[two]))
pd.DataFrame(rows).round({"ratio": 3, "rho": 3, "best weight": 2, "gain (%)": 1})

# %% [markdown]
# By 0.6 per cent at most, with the best weight. The rule says whether; the gain says how much.
#
# On the houses less of the error is in the target. Make it more: shake the target that judges the five
# models (they learned from the calm one), and they err nearly alike.

# %% tags=["rtol=0.01"]
rng = np.random.default_rng(0)
shake = rng.normal(0, 0.4, len(errors))
shaken = errors.sub(shake, axis=0)  # the target moved, so each model's error moves
error_correlations(shaken).loc["ridge"].round(2)

# %% [markdown]
# **Try it:** shake with 0.1 in place of 0.4.
# <details><summary>Answer</summary>The correlations of ridge with the others lie between those of the heatmap
# and these: the larger the part that nobody can predict, the nearer to 1.</details>

# %% [markdown]
# ## 4 · Voting, hard and soft
#
# Classifiers can also vote. **Hard voting** counts classes: the majority wins. **Soft voting** averages
# chances. Soft voting uses more of what the members know, and many texts call it the better way.
#
# > **Myth.** "Soft voting beats hard voting."
#
# Three members as they come, on 3,000 customers. `VotingClassifier` takes a list of names and models;
# its default is `voting="hard"`.

# %%
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier

neighbours = KNeighborsClassifier(50)
members = [("logistic", logistic), ("bayes", GaussianNB()), ("near", neighbours)]
hard = VotingClassifier(members)
soft = VotingClassifier(members, voting="soft")
calibrated = CalibratedClassifierCV(GaussianNB(), method="isotonic", ensemble=False)
mended_members = [("logistic", logistic), ("bayes", calibrated), ("near", neighbours)]
soft_mended = VotingClassifier(mended_members, voting="soft")

# %% [markdown]
# **Predict first:** naive Bayes exaggerates (chapter 11, section 5). Which of the two votes does it upset?

# %%
more = all_customers.sample(3000, random_state=1).reset_index(drop=True)
more_left = (more["churn"] == "Yes").to_numpy(int)
voters = {"logistic": logistic, "bayes": GaussianNB(), "hard": hard, "soft": soft}
voters["soft, bayes calibrated"] = soft_mended

# %% fold="Judge the five voters on two cuts of five folds"
rows = []
for seed in (0, 1):
    cut = StratifiedKFold(5, shuffle=True, random_state=seed)
    for train, test in cut.split(more, more_left):
        X = prepare_customers.fit_transform(more.iloc[train])
        X_test = prepare_customers.transform(more.iloc[test])
        row = {"cut": seed, "nobody leaves": 1 - more_left[test].mean()}
        for name, model in voters.items():
            model.fit(X, more_left[train])
            row[name] = model.score(X_test, more_left[test])
        rows.append(row)
votes = pd.DataFrame(rows)

# %%
votes.groupby("cut").mean().round(3)

# %% [markdown]
# (Accuracy.) In pairs, with the interval of chapter 03, for each cut and for both together:

# %% fold="interval, as in chapter 03, and a table of intervals for each cut"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


def intervals(scores, pairs, digits):
    """The difference of each pair of columns with its interval, cut by cut and for both."""
    rows = []
    for one, two in pairs:
        row = {}
        for name, cuts in [("cut 0", [0]), ("cut 1", [1]), ("both cuts", [0, 1])]:
            part = scores[scores["cut"].isin(cuts)]
            mean, low, high = interval(part[one] - part[two], 1 / 4)
            row[name] = f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
        rows.append(row)
    return pd.DataFrame(rows, index=[f"{one} − {two}" for one, two in pairs])


# %% tags=["rtol=0.1"]
pairs = [("hard", "soft"), ("soft, bayes calibrated", "soft")]
pairs += [("soft, bayes calibrated", "hard"), ("hard", "logistic")]
intervals(votes, pairs, 3)

# %% [markdown]
# Hard voting is clearly ahead of soft. Naive Bayes gives many customers nearly 1; in a mean of three chances,
# that overrules two members who say 0.3. In a count it has one vote like the others. Calibrated inside the
# training part, it does no harm, and soft voting catches up.
#
# In the first column, "nobody leaves" is as good as soft voting and better than naive Bayes. And nothing here
# beats the logistic regression alone.

# %% [markdown]
# ## 5 · Bagging: one model, many samples
#
# So far the members were of different kinds. Can *one* kind of model be its own partner? Let it learn from
# other rows each time. A **bootstrap sample** draws as many rows as there are, with replacement (chapter 01).
# A model for each, and the mean of their answers: that is **bagging** (chapter 11).

# %%
from sklearn.model_selection import train_test_split

filled = houses[numbers].fillna(houses[numbers].median()).to_numpy(float)
halves = train_test_split(filled, log_price, test_size=0.5, random_state=0)
X_bag, X_other, y_bag, y_other = halves
rng = np.random.default_rng(0)
print("six rows, drawn:", rng.integers(0, 6, 6))


# %% [markdown]
# A row that was drawn twice gets the weight 2, one that was not drawn the weight 0. (`random_state` only
# decides between questions that are equally good.)


# %%
def bag(X, y, samples, seeds):
    """A full-grown tree for each sample of row numbers."""
    trees = []
    for rows, seed in zip(samples, seeds, strict=True):
        times = np.bincount(rows, minlength=len(y))  # how often each row was drawn
        tree = DecisionTreeRegressor(random_state=seed)
        trees.append(tree.fit(X, y, sample_weight=times))
    return trees


# %%
n = len(y_bag)
rng = np.random.default_rng(0)
samples = [rng.integers(0, n, n) for _ in range(100)]
bagged = bag(X_bag, y_bag, samples, range(100))
predictions = np.array([tree.predict(X_other) for tree in bagged])
print(predictions.shape, "trees, houses")

# %% [markdown]
# A row is missed by a sample with the chance $(1 - 1/n)^n$, about 0.37. The trees that missed it can judge
# it: its **out-of-bag** prediction. That is a test without a test set.


# %%
def out_of_bag(trees, samples, X):
    """For each row the mean answer of the trees that did not learn from it."""
    total, count = np.zeros(len(X)), np.zeros(len(X))
    for tree, rows in zip(trees, samples, strict=True):
        missed = np.setdiff1d(np.arange(len(X)), rows)
        total[missed] += tree.predict(X[missed])
        count[missed] += 1
    return total / count


# %% tags=["rtol=0.03"]
from sklearn.metrics import root_mean_squared_error as rmse

print("chance to be missed:", round((1 - 1 / n) ** n, 2))
of_a_tree = np.sqrt(((predictions - y_other) ** 2).mean())
print("a tree:             ", round(of_a_tree, 2))
print("100 trees:          ", round(rmse(y_other, predictions.mean(axis=0)), 2))
print("100, out of bag:    ", round(rmse(y_bag, out_of_bag(bagged, samples, X_bag)), 2))

# %% [markdown]
# Bagging takes a third off the error of a tree. The out-of-bag error, from training rows, is near the error
# on houses never seen.
#
# `BaggingRegressor` does the same. Its default member is a tree; `oob_score=True` keeps the out-of-bag
# answers in `oob_prediction_`; `estimators_samples_` says which rows it drew. With its rows and seeds, our
# functions give its numbers:

# %%
from sklearn.ensemble import BaggingRegressor

bagging = BaggingRegressor(n_estimators=100, oob_score=True, random_state=0)
bagging.fit(X_bag, y_bag)
drawn, seeds = bagging.estimators_samples_, [tree.random_state for tree in bagging]
ours = bag(X_bag, y_bag, drawn, seeds)
by_hand = np.mean([tree.predict(X_other) for tree in ours], axis=0)
print("same answers:", np.allclose(by_hand, bagging.predict(X_other), atol=1e-9))
outside_by_hand = out_of_bag(ours, drawn, X_bag)
same_outside = np.allclose(outside_by_hand, bagging.oob_prediction_, atol=1e-9)
print("same out of bag:", same_outside)

# %% [markdown]
# ## 6 · A hundred trees, and why not a thousand
#
# Why is the mean of 100 trees not a hundred times as good? Section 1 again, for $n$ models: let $v$ be the
# mean of their mean squared errors, and $c$ the mean product of the errors of two of them. Then
#
# $$\text{mean squared error of the mean} = c + \frac{v - c}{n}$$
#
# (There are $n$ squares and $n(n-1)$ products, all divided by $n^2$. With $v$ and $c$ of many models, it
# gives the average of any $n$ of them.) More trees make the second term small. The first stays: *the floor*
# $c = \rho v$, the error correlation times the squared error of one tree.


# %%
def square_and_product(errors):
    """v and c of models whose errors are the rows of an array."""
    n = len(errors)
    v = (errors**2).mean()
    c = ((errors.sum(axis=0) ** 2).mean() - n * v) / (n * (n - 1))
    return v, c


v, c = square_and_product(np.array([good, partner_1]))
print("v:", v, "c:", c)

# %% [markdown]
# Two models: 7.5 is the mean of 5 and 10, and the product is that of section 1.
#
# A random forest is bagging with one thing more: for each question a tree sees only a part of the columns
# drawn anew, `max_features`. Three shares, three seeds, 100 trees each.

# %%
from sklearn.ensemble import RandomForestRegressor


def forest_errors(share, seed):
    """Errors of 100 trees on other houses: an array with a row for each tree."""
    parts = train_test_split(filled, log_price, test_size=0.5, random_state=seed)
    X, X_new, y, y_new = parts
    forest = RandomForestRegressor(100, max_features=share, random_state=seed).fit(X, y)
    return np.array([tree.predict(X_new) for tree in forest]) - y_new


by_share = {}
for share in (1.0, 0.3, 0.1):
    by_share[share] = [forest_errors(share, seed) for seed in range(3)]

# %% tags=["rtol=0.03"]
rows = []
for share, of_seeds in by_share.items():
    v, c = np.mean([square_and_product(trees) for trees in of_seeds], axis=0)
    row = {"share of columns": share, "one tree": np.sqrt(v)}
    row["error correlation"] = c / v
    row["floor"] = np.sqrt(c)
    of_forests = [trees.mean(axis=0) ** 2 for trees in of_seeds]
    row["100 trees"] = np.sqrt(np.mean(of_forests))
    rows.append(row)
pd.DataFrame(rows).set_index("share of columns").round(3)

# %% [markdown]
# Read down the columns. With fewer columns to choose from, the *single tree gets worse* and the trees
# *resemble each other less*. The floor (as a root) is the error of one tree times the *root* of the
# correlation: $0.211 \cdot \sqrt{0.421} = 0.137$. It is lowest for the share in the middle: that is what the
# drawing of columns is for, and why its share is worth a search.
#
# **Predict first:** ten trees give $v$ and $c$. Can they say what a hundred will do?

# %% tags=["rtol=0.03"] fold="Draw error against the number of trees, measured and foreseen"
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.8), sharey=True)
sizes = np.arange(1, 101)
for ax, share in zip(axes, (1.0, 0.3), strict=True):
    for place, of_trees in enumerate(by_share[share]):
        running = np.cumsum(of_trees, axis=0) / sizes[:, None]
        label = "measured" if place == 0 else None
        ax.plot(sizes, np.sqrt((running**2).mean(axis=1)), color="C0", lw=1, label=label)
    v, c = np.mean([square_and_product(of_trees[:10]) for of_trees in by_share[share]], axis=0)
    ax.plot(sizes, np.sqrt(c + (v - c) / sizes), color="C1", lw=2.5, label="foreseen from ten trees")
    ax.axhline(np.sqrt(c), color="black", ls="--", lw=1)
    ax.text(100, np.sqrt(c) - 0.005, "floor", ha="right", va="top")
    ax.set(xlabel="trees", title=f"max_features={share}", ylim=(0.12, 0.23))
axes[0].set_ylabel("root mean squared error")
axes[0].legend(loc="upper right")
fig.suptitle("Ten trees foretell a hundred, on average")
ck.show(
    fig,
    "Error against number of trees for two forests, three seeds each, with the curve foreseen from the first "
    "ten trees: steep to about 20 trees, then flat near the floor, one forest clearly above.",
)

# %% [markdown]
# On average: the thick line comes from the first ten trees of all three forests; a single forest may end
# above or below it. A forest does not overfit by more trees; they only stop helping. *What would help is
# trees that err less alike*, or single trees that err less.

# %% [markdown]
# *Good place to stop.* A partner helps if the error correlation is below the ratio of the errors. If most
# of the error is in the target, all err alike and there is little to gain. The mean of many trees falls to
# a floor, set by how alike they err.

# %% [markdown]
# ## 7 · Boosting: the members take turns
#
# In bagging all members learn at once, and none knows the others. In boosting each looks at what the
# earlier ones got wrong. **AdaBoost** (adaptive boosting) gives each row a weight. Six rows, one column,
# three rounds of stumps (trees of one question, chapter 11; books say **weak learners**):

# %%
x = np.array([1, 2, 3, 4, 5, 6])
label = np.array([1, 1, -1, 1, -1, -1])  # no single threshold gets all right
stumps = [(4.5, 1), (2.5, 1), (3.5, -1)]  # threshold, answer to the left of it


# %% [markdown]
# In each round, $\varepsilon$ is the sum of the weights of the wrong rows, and the stump gets the vote
# $\alpha = \ln\frac{1 - \varepsilon}{\varepsilon}$. The weights of the wrong rows are multiplied by
# $e^\alpha$; then all are divided by their sum.

# %%
weight = np.full(6, 1 / 6)
score = np.zeros(6)
history = []
for threshold, answer in stumps:
    said = np.where(x <= threshold, answer, -answer)
    wrong = said != label
    epsilon = weight[wrong].sum()
    alpha = np.log((1 - epsilon) / epsilon)
    history.append((weight, said, alpha))
    print(f"weights {weight.round(3)}, wrong {x[wrong]}, vote {alpha:.3f}")
    score = score + alpha * said
    weight = weight * np.exp(alpha * wrong)
    weight = weight / weight.sum()
print("sum of the votes:", score.round(2), "right:", (np.sign(score) == label).all())

# %% fold="Draw the three rounds"
fig, axes = plt.subplots(1, 3, figsize=(8.6, 2.2), sharey=True)
for number, (ax, (before, said, alpha)) in enumerate(zip(axes, history, strict=True), 1):
    edges = np.append(x - 0.5, 6.5)
    for place in range(6):
        ax.axvspan(edges[place], edges[place + 1], color="C1" if said[place] == 1 else "C0", alpha=0.18, lw=0)
    for value, colour in [(1, "C1"), (-1, "C0")]:
        of_class = label == value
        ax.scatter(x[of_class], np.zeros(of_class.sum()), s=1400 * before[of_class], color=colour)
    ax.set(xlim=(0.5, 6.5), ylim=(-1, 1), yticks=[], xlabel="x", title=f"round {number}: vote {alpha:.2f}")
    ax.grid(visible=False)
ck.show(
    fig,
    "Three rounds of AdaBoost on six points. The area of a point is its weight, the background the answer of "
    "the stump. Points that were wrong in one round are large in the next.",
)

# %% [markdown]
# The area of a point is its weight; the background is the stump's answer. Row 3 is wrong in the first round
# and large in the second; then row 4. No stump gets more than five right, and their vote gets all six. We
# gave the stumps; the library finds them itself, as those with the purest weighted halves.

# %%
from sklearn.ensemble import AdaBoostClassifier

ada = AdaBoostClassifier(n_estimators=3, random_state=0).fit(x[:, None], label)
thresholds = np.array([stump.tree_.threshold[0] for stump in ada])
print("thresholds:", thresholds)
print("votes:     ", ada.estimator_weights_.round(3))

# %% [markdown]
# ### Too many members
#
# The other kind, gradient boosting, stands in chapter 11, section 8, from scratch: each tree learns what
# the sum of the others still gets wrong. **Predict first:** does it have a floor, too? A forest and
# boosting learn from 1,500 customers and are judged on 3,000 others, with 1 to 200 trees: three draws of
# customers.

# %% fold="by_size: the Brier scores of both with 1, 2, … 200 trees"
from sklearn.ensemble import RandomForestClassifier

whole = prepare_customers.fit_transform(all_customers)
everyone_left = (all_customers["churn"] == "Yes").to_numpy(int)


def by_size(seed):
    """Brier score of boosting and of a forest with 1, 2, … 200 trees."""
    sizes = {"train_size": 1500, "test_size": 3000, "random_state": seed}
    X, X_new, y, y_new = train_test_split(whole, everyone_left, **sizes)
    long = HistGradientBoostingClassifier(max_iter=200, max_leaf_nodes=8, early_stopping=False)
    stages = [chances[:, 1] for chances in long.fit(X, y).staged_predict_proba(X_new)]
    forest = RandomForestClassifier(200, min_samples_leaf=5, random_state=seed).fit(X, y)
    of_trees = np.array([tree.predict_proba(X_new)[:, 1] for tree in forest])
    running = np.cumsum(of_trees, axis=0) / np.arange(1, 201)[:, None]
    return ((np.array(stages) - y_new) ** 2).mean(axis=1), ((running - y_new) ** 2).mean(axis=1)


# %%
size_curves = [by_size(seed) for seed in range(3)]

# %% tags=["rtol=0.02"]
mean_curves = np.mean(size_curves, axis=0)
chosen_sizes = np.array([1, 30, 100, 200])
shown = mean_curves[:, chosen_sizes - 1].T
pd.DataFrame(shown, index=chosen_sizes, columns=["boosting", "forest"]).round(3)

# %% tags=["rtol=0.03"] fold="Draw error against the number of trees, boosting and forest"
fig, ax = plt.subplots(figsize=(7.6, 3.8))
for boosted_curve, forest_curve in size_curves:
    ax.plot(range(1, 201), boosted_curve, color="C1", lw=1.2)
    ax.plot(range(1, 201), forest_curve, color="C0", lw=1.2)
ax.text(203, size_curves[0][0][-1], "boosting", color="C1", va="center")
ax.text(203, size_curves[0][1][-1], "forest", color="C0", va="center")
ax.set(xlim=(0, 232), ylim=(0.13, 0.19), xlabel="trees", ylabel="Brier score")
ax.set_title("The forest flattens, boosting turns up")
ck.show(
    fig,
    "Brier score against number of trees for three draws of customers. The forest falls and flattens. "
    "Boosting is lowest at about 30 trees, as low as the forest, and rises again.",
)

# %% [markdown]
# Neither was searched, so look at the shapes only. The forest falls and stays. Boosting is lowest at some
# thirty trees, about where the forest ends, and rises again: its later trees learn accidents. In boosting
# the number of trees is a *setting* (chapter 15: early stopping); in a forest it is only a price.

# %% [markdown]
# ## 8 · Stacking: a model that weighs the others
#
# The tree needed a small weight, the kernel a large one. Who sets the weights? **Stacking**: the members'
# answers become the columns of a second table, and a *final model* learns from it. Its columns must be
# out-of-fold:


# %%
from sklearn.linear_model import LinearRegression


def stack(members, X, y, X_new):
    """The members' weights, learned out of fold, and the answers for new rows."""
    outside, held_out = pd.DataFrame(), pd.DataFrame()
    for name, model in members:
        outside[name] = out_of_fold(model, X, y)
        held_out[name] = clone(model).fit(X, y).predict(X_new)
    final = LinearRegression().fit(outside, y)
    return final.coef_, final.predict(held_out)


# %% tags=["rtol=0.05"]
from sklearn.ensemble import StackingRegressor

members = [("ridge", Ridge(3)), ("kernel", SVR(epsilon=0.05))]
members += [("tree", DecisionTreeRegressor(min_samples_leaf=6, random_state=0))]
train, test = train_test_split(houses.index, test_size=0.3, random_state=0)
X_train = prepare_houses.fit_transform(houses.iloc[train])
X_test = prepare_houses.transform(houses.iloc[test])
member_weights, stacked_by_hand = stack(members, X_train, log_price[train], X_test)
print("ridge, kernel, tree:", member_weights.round(1) + 0.0)

# %% [markdown]
# `StackingRegressor` takes the members, the `final_estimator` and `cv`, the folds for the out-of-fold
# answers. (Left out, they are a ridge that searches its own `alpha`, and five folds in the order of the
# rows.) With our choice:

# %%
stacked = StackingRegressor(members, final_estimator=LinearRegression(), cv=inner)
by_library = stacked.fit(X_train, log_price[train]).predict(X_test)
print("same answers:", np.allclose(stacked_by_hand, by_library, atol=1e-6))

# %% [markdown]
# > **Myth.** "To stack, fit the members and let a final model learn from their predictions."
#
# Many tutorials do so: in sample, without folds. The tables of section 2 have both kinds of
# answers. **Predict first:** which of the five will the final model trust, if it sees them on the rows they
# learned from?

# %%
_, inside, _, y_train, _ = of_houses[0]
fitted_inside = LinearRegression().fit(inside, y_train)
weights_inside = pd.Series(fitted_inside.coef_, index=inside.columns)
weights_inside.round(2) + 0

# %% [markdown]
# All trust goes to the neighbours. On its own row each neighbour is itself, at distance 0, so their answers
# are perfect, and worth nothing. A critic says: leave such memorisers out. So a second stack in sample gets
# only ridge, kernel and boosting.


# %%
def learned(answers_seen, y, new_answers):
    """A final model: fitted on one table of answers, applied to another."""
    return LinearRegression().fit(answers_seen, y).predict(new_answers)


def ensembles(outside, inside, held_out, y):
    """Held-out answers of the best single model and of five ensembles."""
    ranked = (outside.sub(y, axis=0) ** 2).mean().sort_values(kind="stable").index
    found = {"best single": held_out[ranked[0]], "mean of all": held_out.mean(axis=1)}
    found["mean of best 3"] = held_out[ranked[:3]].mean(axis=1)
    found["stack"] = learned(outside, y, held_out)
    found["stack in sample"] = learned(inside, y, held_out)
    best = list(held_out.columns[:3])  # the first three memorise least
    found["in sample, 3 models"] = learned(inside[best], y, held_out[best])
    return found


# %% fold="race: the error of each ensemble in each fold"
def race(results):
    """Root mean squared error of each ensemble: a row for each fold, and its cut."""
    rows = []
    for number, (outside, inside, held_out, y_train, y_test) in enumerate(results):
        row = {"cut": number // 5}
        for name, found in ensembles(outside, inside, held_out, y_train).items():
            row[name] = rmse(y_test, found)
        rows.append(row)
    return pd.DataFrame(rows)


# %% tags=["rtol=0.02"]
house_race = race(of_houses)
house_race.groupby("cut").mean().round(3).T

# %% tags=["rtol=0.15"]
pairs = [("stack in sample", "stack"), ("in sample, 3 models", "stack")]
intervals(house_race, pairs, 3)

# %% [markdown]
# The harm is large, and just stays without the memorisers (both cuts together). In sample, whoever overfits
# most looks best, and gets the weight. Out of fold is safer. (Not quite strict: the members' settings were
# chosen, and the columns scaled, on all training rows before the inner folds.)

# %% [markdown]
# ## 9 · Is it worth it?
#
# The best single model is chosen out of fold, and so are the three for the mean. All
# get the same searches and folds.

# %% tags=["rtol=0.15"]
pairs = [("mean of all", "best single"), ("mean of best 3", "best single")]
pairs += [("stack", "best single"), ("stack", "mean of best 3")]
intervals(house_race, pairs, 4)

# %% [markdown]
# - The *mean of all five* gains nothing: the tree takes back what the others give.
# - The *stack* errs less than the best single model, by some four per cent of its error (both cuts
#   together).
# - The *mean of the best three* comes close to the stack, and cannot be told from it.
#
# And on the customers, where section 3 foresaw nothing?

# %% tags=["rtol=0.3"]
customer_race = race(of_customers)
intervals(customer_race, pairs[1:], 4)

# %% [markdown]
# Nothing that the folds can see.
#
# ### A critic
#
# Were the members as good as they could be? Each had three settings. The kernel had three values of `C`,
# and its $\gamma$ as it comes. **Predict first:** give it three values of $\gamma$ instead (found by
# trying, on these very houses). Is it better alone, or in the stack?

# %%
kernel_alone = (SVR(epsilon=0.05, C=3), {"gamma": [0.003, 0.01, 0.03]})

# %% fold="with_critic: the race, with the searched kernel alone and in the stack"
searched = []
for seed in (0, 1):
    cut = KFold(5, shuffle=True, random_state=seed).split(houses)
    searched += all_answers({"kernel": kernel_alone}, prepare_houses, houses, log_price, cut)
with_critic = house_race.copy()
for number, (of_five, of_kernel) in enumerate(zip(of_houses, searched, strict=True)):
    outside, _, held_out, y_train, y_test = of_five
    new_outside = outside.assign(kernel=of_kernel[0]["kernel"])
    new_held_out = held_out.assign(kernel=of_kernel[2]["kernel"])
    with_critic.loc[number, "kernel alone"] = rmse(y_test, new_held_out["kernel"])
    with_critic.loc[number, "new stack"] = rmse(y_test, learned(new_outside, y_train, new_held_out))

# %% tags=["rtol=0.2"]
columns = ["best single", "stack", "kernel alone", "new stack"]
print(with_critic[columns].mean().round(3).to_dict())
pairs = [("kernel alone", "best single"), ("kernel alone", "stack")]
pairs += [("new stack", "kernel alone")]
intervals(with_critic, pairs, 3)

# %% [markdown]
# **One model, with the setting that matters, is as good here as the stack of five.** It had been the third of
# the five. A stack with it gains nothing more, on these houses. So search first; then see whether a stack
# still adds something.
#
# **Try it:** take other houses: `random_state=1` in section 2's `sample`, and run all. Who is ahead?
# <details><summary>Answer</summary>The new stack, by little, with 0 still in the interval. Kernel alone and
# old stack are close.</details>
#
# ### The price
#
# Processor time to fit one setting on the 1,500 houses and to predict them, and the size when saved.
# `VotingRegressor` is the plain mean. Your machine has other times.

# %% fold="The four products, each with one setting"
from sklearn.ensemble import VotingRegressor

five_members = []
for name, (model, grid) in regressors.items():
    setting = {key: values[1] for key, values in grid.items()}  # the middle one
    five_members.append((name, clone(model).set_params(**setting)))
products = {"best single": Ridge(3), "mean of best 3": VotingRegressor(five_members[:3])}
products["stack"] = StackingRegressor(five_members, LinearRegression(), cv=inner)
products["kernel alone"] = SVR(epsilon=0.05, C=3, gamma=0.01)

# %% tags=["nbval-ignore-output"] fold="Measure time and size"
import pickle
from time import process_time

all_houses = prepare_houses.fit_transform(houses)
rows = []
for name, model in products.items():
    start = process_time()
    model.fit(all_houses, log_price)
    fitted = process_time()
    model.predict(all_houses)
    row = {"fit (ms)": 1000 * (fitted - start)}
    row["predict (ms)"] = 1000 * (process_time() - fitted)
    row["size (kB)"] = len(pickle.dumps(model)) / 1000
    row["error"] = with_critic[name].mean()
    rows.append(row)
price = pd.DataFrame(rows, index=list(products))
price.round(3)

# %% tags=["nbval-ignore-output"] fold="Draw the error against the time to fit"
fig, ax = plt.subplots(figsize=(7.2, 3.6))
for name in price.index:
    at = (price.loc[name, "fit (ms)"], price.loc[name, "error"])
    ax.plot(*at, "o", ms=9, color="C1" if name == "kernel alone" else "C0")
    ax.annotate(name, at, (0, 11), textcoords="offset points", ha="center")
ax.set(xscale="log", ylim=(0.106, 0.122), ylabel="root mean squared error")
ax.set(xlim=(0.5, 10000), xlabel="time to fit (ms; each line is ten times the one before)")
ax.set_title("One model, well searched, against five")
ck.show(
    fig,
    "Error against time to fit on a logarithmic axis. Ridge is fastest and errs most; the mean of three and "
    "the stack err less and take far longer; the kernel alone lies lowest here and is faster "
    "than both.",
)

# %% [markdown]
# The stack takes hundreds of times the fit of the ridge: every member learns six times. And each prediction
# runs all five. The kernel alone errs no more here, at a fraction of the stack's price.
#
# *Do not build an ensemble* if the out-of-fold errors correlate near 1 (the error is in the target); if a
# better column would do more (chapters 04 and 11); if somebody must be told why; or if a prediction must be
# quick and three models are three things that can break.

# %% [markdown]
# ## In the field
#
# Competitions are won by ensembles, since there the third decimal counts and nobody has to run them for
# years. In companies the usual ensemble is one inside a model, a forest or boosting, and sometimes the mean
# of two that err differently: a weighted sum and boosting. What goes wrong: members tuned on the rows that
# the final model learns from, or one member's column that changes its meaning, so that the whole drifts.

# %% [markdown]
# ## Summary
#
# - A worse model helps, at the right weight, if the error correlation is below the ratio of the errors,
#   smaller over larger. Out-of-fold errors say so before you combine, roughly.
# - On the houses, ridge and models that err a little more make a better mean; on the customers all err
#   nearly alike, because the error is in the target, and next to nothing is gained.
# - Soft voting fails if a member exaggerates; calibrate it, or count votes.
# - The mean of many trees falls to a floor: the root of the error correlation, times the error of one tree.
#   Drawing columns lowers the correlation and worsens the tree.
# - Boosting's members take turns, and it turns up if there are too many.
# - Stack on out-of-fold answers; in sample, the one who overfits most gets the weight.
# - Here the stack gained some four per cent; a plain mean of three nearly the same; and one member with a
#   better setting as much as the stack, at a fraction of the price. On other houses, both together may add
#   more.

# %% [markdown]
# ## Check yourself
#
# 1. Two models have the errors 10 and 12 and an error correlation of nine tenths. Does the second help?
#    <details><summary>Answer</summary>No: 10/12 is five sixths, and nine tenths are more.</details>
# 2. Two models are equally good and their error correlation is 1. What does their mean gain?
#    <details><summary>Answer</summary>Nothing: they make the same errors.</details>
# 3. A forest of 100 trees errs too much. A colleague wants 1,000. What do you say?
#    <details><summary>Answer</summary>The floor stays: the root of the correlation, times the error of one
#    tree. Search <code>max_features</code> and the size of the leaves instead.</details>
# 4. Three classifiers; one gives only chances of 0.01 and 0.99, and is right two times in three. Hard or
#    soft? <details><summary>Answer</summary>Hard, or soft after calibration: in the mean it overrules the
#    other two.</details>
# 5. A stack is 20 % worse than its best member. What do you look at first?
#    <details><summary>Answer</summary>Whether the final model learned from in-sample answers.</details>

# %% [markdown]
# ## Next
#
# The exercises give you the best weight, out-of-bag errors, a round of AdaBoost, a stack with a leak, and
# an ensemble for the bicycles. [Chapter 19](19_neural_networks.ipynb) builds networks. To read:
#
# - scikit-learn user guide, "Ensembles: Gradient boosting, random forests, bagging, voting, stacking".
# - Breiman, *Random Forests* (2001): strength and correlation.
# - Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, chapters 8, 10, 15 and 16.
# - Bates and Granger, *The Combination of Forecasts* (1969): where the rule for two models comes from.
