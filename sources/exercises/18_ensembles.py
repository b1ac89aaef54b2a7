# %% [markdown]
# # 18 · Exercises: Ensembles
#
# Five questions: the best weight of a partner, an out-of-bag accuracy, AdaBoost, six situations to
# recognise, and an ensemble of your own against a single model. Write your answer where a cell asks for it,
# run the cell, then the check below it. A check never stops the notebook and you may try as often as you
# like.

# %%
import numpy as np

import coursekit as ck

check = ck.checks(18)

# %% [markdown]
# ## Question 1 · The best weight
#
# Two models' errors on the same rows are given, as arrays. A mixture gives the second model the weight $w$
# and the first $1 - w$. Write `best_mix(e_1, e_2)`. It returns a pair: the $w$ **between 0 and 1** whose
# mixture has the smallest mean squared error, and that mean squared error.
#
# Either model may be the better one, and the errors need not be 0 on average. If `e_1` equals `e_2` in every
# row, all weights do equally well: return the weight 0. Three digits are enough.
#
# For the errors below (the lesson's good model and its first partner) the answer is the pair 4/13 and 49/13.
#
# <details><summary>Hint</summary>Section 1 of the lesson has the formula; the slope is 0 at
# $(a^2 - p)/(a^2 + b^2 - 2p)$. What if that lies outside of 0 to 1? When is the denominator 0?</details>

# %%
errors_1 = np.array([3.0, -1.0, -3.0, 1.0])
errors_2 = np.array([2.0, 4.0, -2.0, -4.0])
for w in (0.2, 0.4):
    print("weight", w, "mean squared error", (((1 - w) * errors_1 + w * errors_2) ** 2).mean().round(3))


# %% answer="q1"
def best_mix(e_1, e_2):
    """The second model's best weight, and the mean squared error of the mixture."""
    ### BEGIN SOLUTION
    difference = e_1 - e_2
    size = (difference**2).mean()  # the same as a² + b² − 2p
    if size == 0:
        return 0.0, (e_1**2).mean()
    best = np.clip((e_1 * difference).mean() / size, 0, 1)
    return best, ((e_1 - best * difference) ** 2).mean()
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=15
check.q1(best_mix)

# %% [markdown] tags=["solution"]
# The mixture's error is $e_1 - w(e_1 - e_2)$, so this is a straight line through the origin fitted to
# $e_1$, with $e_1 - e_2$ as its only column. Outside of 0 to 1 the parabola only rises from the nearer end,
# so clipping gives the best allowed weight.
#
# `np.cov` is a common wrong way: it takes the means off first. A model that always predicts a thousand
# dollars too much is then called perfect.
#
# Trying a hundred weights finds nearly the same; `scipy.optimize.nnls` does it for any number of models.

# %% [markdown]
# ## Question 2 · Out of bag
#
# A bagging classifier made of 50 trees. `samples[i]` are the row numbers that tree $i$ drew (some more than
# once), and `predictions[i]` its answers for **all** training rows, those that it learned from among them.

# %%
from sklearn.tree import DecisionTreeClassifier

customers = ck.load("customers").dropna().sample(2000, random_state=0)
known = customers[["tenure", "monthly_charges", "senior_citizen", "partner"]].to_numpy(float)
contracts = customers["contract"].to_numpy(str)
train, others = slice(0, 1000), slice(1000, None)
rng = np.random.default_rng(0)
samples = [rng.integers(0, 1000, 1000) for _ in range(50)]
trees = []
for rows in samples:
    tree = DecisionTreeClassifier(random_state=0)
    trees.append(tree.fit(known[train][rows], contracts[train][rows]))
predictions = np.array([tree.predict(known[train]) for tree in trees])
print(predictions.shape, np.unique(predictions))

# %% [markdown]
# Write `oob_accuracy(samples, predictions, y)`: the share of training rows whose label is right by the vote
# of the trees that **did not draw that row**. The most frequent label wins; if several have the same number
# of votes, the smallest of them (of words: the first in the alphabet). A row that every tree drew has no
# voters: leave it out.
#
# For the two samples `[0, 0, 1]` and `[0, 2, 2]` row 0 has no voters, row 1 the second tree, row 2 the
# first. With the predictions `[["a", "b", "b"], ["a", "b", "a"]]` and `y = ["a", "b", "a"]`, row 1 is right
# and row 2 wrong: 0.5.
#
# <details><summary>Hint</summary>An array <code>missed</code> of True and False with a row for each tree:
# start with True everywhere, then <code>missed[i, samples[i]] = False</code>. Then row by row,
# <code>np.unique(…, return_counts=True)</code>.</details>


# %% answer="q2"
def oob_accuracy(samples, predictions, y):
    """Share of rows that the trees which did not draw them get right by vote."""
    ### BEGIN SOLUTION
    predictions = np.asarray(predictions)
    missed = np.ones(predictions.shape, dtype=bool)
    for i, rows in enumerate(samples):
        missed[i, rows] = False
    verdicts = []
    for row in range(len(y)):
        said = predictions[missed[:, row], row]
        if len(said) > 0:
            labels, votes = np.unique(said, return_counts=True)
            verdicts.append(labels[votes.argmax()] == y[row])
    return np.mean(verdicts)
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(oob_accuracy)

# %% tags=["solution"]
votes_of_others = np.array([tree.predict(known[others]) for tree in trees])
right = []
for row, label in enumerate(contracts[others]):
    labels, counts = np.unique(votes_of_others[:, row], return_counts=True)
    right.append(labels[counts.argmax()] == label)
inside = (predictions == contracts[train]).mean()
print("out of bag:", round(oob_accuracy(samples, predictions, contracts[train]), 2))
print("1,000 others:", round(np.mean(right), 2), " each tree on all training rows:", round(inside, 2))

# %% [markdown] tags=["solution"]
# The out-of-bag accuracy is near the one on other customers, though no row was held out. Counting all trees
# for each row is the common wrong way: most of them learned the row by heart.
#
# Another is the mean over the trees of each one's accuracy on the rows that it missed. That judges single
# trees, and the vote is better than they are.
#
# Instead of voting you may average the chances of the trees, as `oob_score=True` does; the numbers differ a
# little.

# %% [markdown]
# ## Question 3 · AdaBoost
#
# Section 7 of the lesson gave the stumps. Now find them. Write `vote_sums(X, y, rounds)`; the labels in `y`
# are −1 or +1. In each round
#
# - fit `DecisionTreeClassifier(max_depth=1, random_state=0)` with `sample_weight=` the present weights (at
#   first all the same, with sum 1),
# - take $\varepsilon$, the sum of the weights of the rows that are wrong, and the vote
#   $\alpha = \ln((1 - \varepsilon)/\varepsilon)$,
# - add $\alpha$ times the stump's answers to the sums,
# - multiply the weights of the wrong rows by $e^\alpha$, and divide all by their sum.
#
# Return the array of the sums after the last round, one for each row. Below are the library's for four hours
# of the bicycles. (You need not care for stumps that are never wrong.)
#
# <details><summary>Hint</summary>The loop of section 7, with <code>stump.fit(X, y,
# sample_weight=weight)</code> and <code>said = stump.predict(X)</code> in place of the given
# stumps.</details>

# %%
from sklearn.ensemble import AdaBoostClassifier

bikes = ck.load("bikes").sample(400, random_state=0)
weather = bikes[["hour", "temperature", "humidity", "wind_speed"]].to_numpy(float)
busy = np.where(bikes["bikers"] >= 200, 1, -1)
ada = AdaBoostClassifier(n_estimators=10, random_state=0).fit(weather, busy)
# The library doubles the sums and divides them by the sum of all votes.
library_sums = ada.decision_function(weather) * ada.estimator_weights_.sum() / 2
print("after 10 rounds:", library_sums[:4].round(3))


# %% answer="q3"
def vote_sums(X, y, rounds):
    """The sum of the stumps' votes for each row."""
    ### BEGIN SOLUTION
    weight = np.full(len(y), 1 / len(y))
    sums = np.zeros(len(y))
    for _ in range(rounds):
        stump = DecisionTreeClassifier(max_depth=1, random_state=0)
        said = stump.fit(X, y, sample_weight=weight).predict(X)
        wrong = said != y
        epsilon = weight[wrong].sum()
        alpha = np.log((1 - epsilon) / epsilon)
        sums += alpha * said
        weight = weight * np.exp(alpha * wrong)
        weight = weight / weight.sum()
    return sums
    ### END SOLUTION
    return ...


# %% check="q3" points=4 minutes=20
check.q3(vote_sums)

# %% tags=["solution"]
ours = vote_sums(weather, busy, 10)
print("largest difference below 1e-8:", np.abs(ours - library_sums).max() < 1e-8)
for number in (1, 10, 50):
    right_now = np.sign(vote_sums(weather, busy, number)) == busy
    print(f"{number} rounds: {right_now.mean():.2f} of the training rows right")

# %% [markdown] tags=["solution"]
# Forgetting to divide by the sum is the common slip: then $\varepsilon$ is no share any more, and the votes
# drift. Forgetting `sample_weight` gives the same stump in every round.
#
# Books often write $\alpha = \frac12 \ln\frac{1-\varepsilon}{\varepsilon}$, multiply the wrong rows by
# $e^\alpha$ and the right ones by $e^{-\alpha}$. After dividing by the sum those are the same weights, and
# the sums are half as large: the same signs.

# %% [markdown]
# ## Question 4 · What to build?
#
# In a dictionary `build`, give each letter one of the names `"hard voting"`, `"soft voting"`, `"bagging"`,
# `"random forest"`, `"boosting"`, `"stacking"` or `"one model"`. Each letter has one best answer.
#
# - **A** Three classifiers, about equally good. One of them only ever says 0.01 or 0.99, also where it is
#   wrong, and you cannot calibrate it.
# - **B** Three calibrated classifiers, about equally good, with error correlations of about 0.6. You need a
#   chance, not only a class.
# - **C** Four tuned models. Out of fold, all their errors correlate at 0.99, and the best of them can be
#   explained.
# - **D** Full-grown trees, each on a bootstrap sample with all columns. Their mean is at its floor, because
#   one strong column makes all trees ask the same first question.
# - **E** Five regressors of very different quality, with error correlations from 0.5 to 0.9. You have
#   out-of-fold answers for all rows, and time to fit.
# - **F** Shallow trees that each are hardly better than guessing, in the same way: they see too little, and
#   their mean sees no more than one of them.
#
# <details><summary>Hint</summary>Sections 4, 3, 6, 8 and 7 of the lesson. In F, would the mean of many such
# trees become any deeper?</details>

# %% answer="q4"
build = ...
### BEGIN SOLUTION
build = {
    "A": "hard voting",
    "B": "soft voting",
    "C": "one model",
    "D": "random forest",
    "E": "stacking",
    "F": "boosting",
}
### END SOLUTION

# %% check="q4" points=2 minutes=10
check.q4(build)

# %% [markdown] tags=["solution"]
# A: in a mean of chances the exaggerating member overrules the other two; in a count it has one vote. B:
# with calibrated members the mean of chances is a chance. C: nothing cancels, and the simplest is the
# cheapest. D: drawing columns for each question makes the trees differ. E: weights are needed, since a
# plain mean gives the worst a fifth; and they must be learned out of fold. F: averaging removes what
# differs between members. What they all lack stays, and boosting works on just that.
#
# Bagging is the tempting wrong answer for D and F. It is what D already does, and F would be a mean of
# equals.

# %% [markdown]
# ## Question 5 · An ensemble of your own
#
# How many bicycles are hired in an hour of a day that the model has not seen? (The logarithm, so that quiet
# hours count as well.) The baseline is one model: boosting that looks for its learning rate among three.
# The given cells make it and measure its root mean squared error on five folds of whole days. Does an
# ensemble err less?

# %%
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = ck.load("bikes")
table = table[table["day"] % 4 == 0].reset_index(drop=True)
log_bikers = np.log1p(table["bikers"].to_numpy(float))  # the logarithm of 1 + bikers
day_kind = table["working_day"].map({1: " working", 0: " off"})
table["hour_and_day"] = table["hour"].astype(str) + day_kind
numbers = ["hour", "temperature", "humidity", "wind_speed", "day", "working_day"]
whole_days = GroupKFold(5, shuffle=True, random_state=0)
folds = list(whole_days.split(table, groups=table["day"]))

# %% [markdown]
# Two preparations: `with_numbers` for trees, and `with_words`, where hour and kind of day are joined to a
# word (chapter 11, section 10), for models that add up columns or measure distances.

# %%
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
with_numbers = make_column_transformer(("passthrough", numbers))
with_words = make_column_transformer(
    (StandardScaler(), ["temperature", "humidity", "wind_speed", "day"]),
    (one_hot, ["hour_and_day", "weather", "weekday"]),
)


def baseline():
    """Unfitted boosting that looks for its learning rate when it is fitted."""
    boosting = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=15, early_stopping=False)
    grid = {"histgradientboostingregressor__learning_rate": [0.1, 0.2, 0.3]}
    pipe = make_pipeline(with_numbers, boosting)
    return GridSearchCV(pipe, grid, cv=3, scoring="neg_root_mean_squared_error")


# %%
def fold_errors(make):
    """Root mean squared error of what make() returns on each fold, fitted on the other four."""
    found = []
    for train, test in folds:
        fitted = make().fit(table.iloc[train], log_bikers[train])
        predicted = fitted.predict(table.iloc[test])
        found.append(root_mean_squared_error(log_bikers[test], predicted))
    return np.array(found)


baseline_errors = fold_errors(baseline)
print("errors of the baseline:", baseline_errors.round(2))

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
# Choose the members and hand in four things:
#
# - `rival()`, a function that returns an unfitted `VotingRegressor` or `StackingRegressor` of **two to
#   four** members of at least two kinds. Each member is a pipeline that starts with one of the two
#   preparations; it may be a search over three settings, like the baseline.
# - `rival_errors`: its root mean squared error on each of the five `folds`, in their order.
# - `difference`: the mean of rival minus baseline, and the two ends of its interval, three numbers. Below 0
#   means that the rival errs less.
# - `verdict`: `"better"`, `"worse"` or `"cannot tell"`, as the interval says.
#
# A rival that loses is as good an answer as one that wins, if the verdict says so. The check fits a
# small version of it for the first fold (a search's middle setting, 10 trees of a forest) and, if that errs
# otherwise than you say, `rival()` itself. So keep it small: at most 100 trees, no network. It questions a
# mean error below 0.3: nothing honest that we tried gets there.
#
# <details><summary>Hint</summary>Who errs unlike boosting? A <code>Ridge()</code> behind
# <code>with_words</code> is another kind of model on other columns. <code>VotingRegressor([("one", pipe_1),
# ("two", pipe_2)])</code> is the plain mean.</details>


# %% answer="q5"
def rival():
    """An unfitted ensemble."""
    ### BEGIN SOLUTION
    from sklearn.ensemble import VotingRegressor
    from sklearn.linear_model import Ridge

    searched = GridSearchCV(make_pipeline(with_words, Ridge()), {"ridge__alpha": [0.3, 3, 30]}, cv=3)
    return VotingRegressor([("boosting", baseline()), ("ridge", searched)])
    ### END SOLUTION
    return ...


rival_errors = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
rival_errors = fold_errors(rival)
difference = interval(rival_errors - baseline_errors, 1 / 4)
mean, low, high = difference
print(f"mean of boosting and ridge minus boosting: {mean:+.2f} [{low:+.2f}, {high:+.2f}]")
verdict = "cannot tell"
if high < 0:
    verdict = "better"
if low > 0:
    verdict = "worse"
### END SOLUTION

# %% check="q5" points=4 minutes=25
check.q5(rival, rival_errors, difference, verdict, baseline_errors)

# %% tags=["solution"]
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor


def alone_ridge():
    """Ridge behind the words."""
    return make_pipeline(with_words, Ridge())


def alone_neighbours():
    """Five neighbours behind the words."""
    return make_pipeline(with_words, KNeighborsRegressor())


def stack():
    """A stack of boosting and ridge, as they come."""
    boosting = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=15, early_stopping=False)
    members = [("boosting", make_pipeline(with_numbers, boosting)), ("ridge", alone_ridge())]
    return StackingRegressor(members, cv=5)


print("baseline", baseline_errors.mean().round(2), "our mean", rival_errors.mean().round(2))
for make in (alone_ridge, alone_neighbours, stack):
    print(make.__name__, fold_errors(make).mean().round(2))

# %% [markdown] tags=["solution"]
# Alone, ridge with the joined word errs about as much as boosting, and they err differently: one adds up, the
# other asks questions. That is the case where a plain mean is at its best, and here the interval lies below
# 0. A stack of the two is an alternative, and no better.
#
# Neighbours are the common wrong partner: on these columns they err more than twice as much, and a plain mean
# gives them half of the say.
#
# Choosing members by the five held-out errors is the other wrong way: those errors then chose and judged at
# once. Look at out-of-fold errors of the training days instead, as in section 2 of the lesson.
