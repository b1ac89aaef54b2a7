# %% [markdown]
# # 3 · Exercises: Data splitting
#
# Five questions, from cutting three sets to repairing a score that leaks from three holes. Write your
# answer where a cell asks for it, run the cell, then the check below it. A check never stops the
# notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import coursekit as ck

check = ck.checks(3)
customers = ck.load("customers")
left = (customers["churn"] == "Yes").to_numpy()
print(f"{len(customers)} customers of a telephone company, {left.mean():.1%} of them left")

# %% [markdown]
# ## Question 1 · Three sets
#
# Write `three_sets(left, seed)`. It splits the row numbers `0 … len(left) - 1` into `train` (60 in 100),
# `validation` (20) and `test` (20) and returns these three. Every row belongs to exactly one, and the
# share of customers who left (`True` in `left`) is the same in all three, up to one customer or two. The
# draw is random: the same seed gives the same sets each time, another seed gives others.
#
# <details><summary>Hint</summary><code>train_test_split(np.arange(len(left)), …)</code> twice, both times
# with <code>random_state=seed</code>. The second call cuts what the first one left over: what share of
# <em>that</em> is a fifth of everything?</details>


# %% answer="q1"
def three_sets(left, seed):
    """Row numbers of a training, a validation and a test set, stratified by `left`."""
    ### BEGIN SOLUTION
    rows = np.arange(len(left))
    train, rest = train_test_split(rows, test_size=0.4, stratify=left, random_state=seed)
    validation, test = train_test_split(rest, test_size=0.5, stratify=left[rest], random_state=seed)
    return train, validation, test
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(three_sets)

# %% [markdown] tags=["solution"]
# Two cuts: 60 to 40, then the 40 in halves. Both are stratified, the second one by the labels of the
# rows it cuts, and both use the seed: a call without `random_state` gives other sets each time, so that
# no result can be repeated.
#
# Cutting a fifth off twice gives 64, 16 and 20, because the second fifth is taken from less. Shuffling by
# hand and slicing is fine too, one class at a time.

# %% [markdown]
# ## Question 2 · How sure, how many?
#
# Write `half_width(accuracy, n)`: how far the interval $1.96\sqrt{a(1 - a)/n}$ reaches to each
# side. Then find `n_needed`, the smallest number of test rows for which an accuracy of 0.9 has a half
# width of at most 0.01.
#
# <details><summary>Hint</summary>Turn the formula round to get n, or try one n after another. The
# answer is a whole number.</details>


# %% answer="q2"
def half_width(accuracy, n):
    """How far the 95 % interval of an accuracy on n rows reaches to each side, as a share."""
    ### BEGIN SOLUTION
    return 1.96 * np.sqrt(accuracy * (1 - accuracy) / n)
    ### END SOLUTION
    return ...


n_needed = ...
### BEGIN SOLUTION
n_needed = int(np.ceil(0.9 * 0.1 * (1.96 / 0.01) ** 2))
### END SOLUTION

# %% check="q2" points=2 minutes=10
check.q2(half_width, n_needed)

# %% [markdown] tags=["solution"]
# Solve for n and round **up**. About three and a half thousand rows, for one point.
#
# Forgetting the square root, or the factor 1.96 (which gives two thirds of certainty),
# makes test sets look much better than they are.

# %% [markdown]
# ## Question 3 · Walk forward, with a gap
#
# Write `walk_forward(day, n_rounds, gap)` for rows with a day number each (an array, not sorted, several
# rows a day). Cut the days that occur, from first to last, into `n_rounds + 1` blocks, whose numbers of
# days differ by one at most. Round 1 tests on the second block, round 2 on the third, and so on. Each
# trains on all rows from before the first day tested, but leaves out the `gap` whole days just before it:
# `day < first_tested - gap`. Return a list of `n_rounds` pairs `(train, test)` of row numbers.
#
# With days `0 … 5`, one row each, two rounds and `gap=1`: round one trains on day 0 and tests on 2, 3.
#
# <details><summary>Hint</summary><code>np.array_split(np.unique(day), n_rounds + 1)</code> makes the
# blocks; <code>np.flatnonzero(condition)</code> gives row numbers.</details>


# %% answer="q3"
def walk_forward(day, n_rounds, gap):
    """Pairs of row numbers (train, test) in which every test follows its training by more than the gap."""
    ### BEGIN SOLUTION
    blocks = np.array_split(np.unique(day), n_rounds + 1)
    rounds = []
    for block in blocks[1:]:
        train = np.flatnonzero(day < block[0] - gap)
        test = np.flatnonzero(np.isin(day, block))
        rounds.append((train, test))
    return rounds
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=25
check.q3(walk_forward)

# %% [markdown] tags=["solution"]
# The unit that is cut is the **day**, not the row: rows of one day stay together, which makes this a
# group split and a time split at once.
#
# `TimeSeriesSplit` cuts by position: on rows that are not sorted it mixes the times, and on sorted rows
# it may cut a day in two. Sorted first, with a `gap` in rows, it is close when all days have as many rows.

# %% [markdown]
# ## Question 4 · Find the leak
#
# Four people report a score. In a dictionary `leaks`, give each letter one of the words
# `"preprocessing"`, `"duplicates"`, `"target"`, `"future"`, `"selection"` or `"none"`.
#
# - **A** predicts who will leave next month. One column is `final_bill_sent`. She splits by customer,
#   and scales inside a pipeline.
# - **B** predicts tomorrow's sales from last week's. He trains on January to September and tests on
#   October to December. A column holds the mean of the temperatures measured on the days from three
#   before to three after.
# - **C** has 60 patients and 20,000 gene activities. She keeps the 50 that differ most between sick and
#   well, then runs ten stratified folds with a pipeline that scales and classifies.
# - **D** has one row a patient, from one hospital. He fills gaps and scales in a pipeline, in five stratified
#   folds, and tells how many settings he tried before the one last judgement, on new patients.
#
# <details><summary>Hint</summary>Ask of each column: would it be there at the moment of the prediction?
# And of each step: which rows' labels has it seen?</details>

# %% answer="q4"
leaks = ...
### BEGIN SOLUTION
leaks = {"A": "target", "B": "future", "C": "selection", "D": "none"}
### END SOLUTION

# %% check="q4" points=2 minutes=10
check.q4(leaks)

# %% [markdown] tags=["solution"]
# A final bill is sent because somebody left: the target in disguise. (It is sent later than the moment of
# the prediction, so `"future"` counts, too.) B splits by time, correctly, but the centred mean looks three
# days ahead, and tonight nobody has measured tomorrow. C chose the genes with the labels of all
# patients, so the folds come too late. D did what can be done.

# %% [markdown]
# ## Question 5 · Repair a leaking score
#
# A colleague reports a score of the model below that scikit-learn calls `"roc_auc"`: how often a person with
# diabetes gets a higher probability than one without, over all such pairs. 0.5 is guessing, 1 is perfect
# ([chapter 07](07_evaluation_and_tuning.ipynb) draws the curve behind it). The table has several rows a
# person, one column that follows from the answer, and ninety that are noise. There are **three leaks** in
# `leaky_scores`.
#
# Write `honest_scores(table)`. It returns the five fold scores (`scoring="roc_auc"`) of the same model
# with all three repaired: the same four steps with the same settings, of which still only **five**
# selected features reach the last. Whatever learns from rows learns from the training folds alone. It
# will be tried on other tables with the same kinds of columns: a feature is a column named `age`, `bmi`,
# `waist` or `noise_…`, and each of them goes into the selection.
#
# <details><summary>Hint</summary>One leak is a column, one is a step done too early, one is about who
# is on which side. <code>cross_val_score</code> takes <code>groups=</code>, and uses them only if
# <code>cv</code> is a splitter that knows groups.</details>

# %%
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

people = ck.load("diabetes").head(300).reset_index(names="person")
columns = ["person", "age", "bmi", "waist", "takes_pills", "diabetes"]
chosen = people[columns].fillna({"takes_pills": 0})
values = np.random.default_rng(0).normal(size=(300, 90))
noise = pd.DataFrame(values).add_prefix("noise_")
once = pd.concat([chosen, noise], axis=1)
table = pd.concat([once, once, once], ignore_index=True)  # three visits of each person


# %%
def leaky_scores(table):
    """The colleague's five scores."""
    X, y = table.drop(columns=["person", "diabetes"]), table["diabetes"]
    filled = SimpleImputer().fit_transform(X)
    scaled = StandardScaler().fit_transform(filled)
    selected = SelectKBest(k=5).fit_transform(scaled, y)
    folds = KFold(5, shuffle=True, random_state=0)
    return cross_val_score(KNeighborsClassifier(5), selected, y, cv=folds, scoring="roc_auc")


print("reported:", leaky_scores(table).mean().round(3))


# %% answer="q5"
def honest_scores(table):
    """Five scores of the same model without the three leaks."""
    ### BEGIN SOLUTION
    X, y = table.drop(columns=["person", "diabetes", "takes_pills"]), table["diabetes"]
    prepare = make_pipeline(SimpleImputer(), StandardScaler())
    model = make_pipeline(prepare, SelectKBest(k=5), KNeighborsClassifier(5))
    people = table["person"]
    return cross_val_score(model, X, y, cv=GroupKFold(5), groups=people, scoring="roc_auc")
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=25
check.q5(honest_scores)

# %% [markdown] tags=["solution"]
# `takes_pills` goes, all steps move into one pipeline, and `GroupKFold` keeps a person's rows on one
# side. To see how much each leak was worth, put them back one at a time.
#
# Passing `groups=` to `cross_val_score` while `cv` is a plain `KFold` changes nothing, and no warning
# says so. Dropping the copies instead of grouping them repairs that leak here, where they are exact; on
# real repeated visits it would throw data away.
