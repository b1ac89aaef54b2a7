# %% [markdown]
# # 0 · Start here: which model helps the nurse?
#
# A nurse can send one visitor in three to a blood test for diabetes. Three models offer advice. The
# first is right about 100 % of the people it learned from. The second is right about 92 % of people it
# has never seen. The third manages 81 %, when "nobody has diabetes" is right about 80 %. **Which one
# should she use?**

# %% [markdown]
# **You will be able to**
# - say what machine learning is, and train a first model
# - judge a model on people it has never seen, and compare two models in pairs
# - spot a column that gives the answer away, and people who should not teach the model
# - run a notebook, and use an exercise, its checks and its solution
#
# **Builds on:** a little Python · **Data:** `diabetes`, a public health survey. Nothing here is medical
# advice, and the shares are those of the table, not of a country.

# %% [markdown]
# ## 1 · A page that runs
#
# This page is a **notebook**: text and code in **cells**. Click into a cell and press Shift and Enter
# together: it runs, and its answer replaces the stored one below it. Run all cells, in order.
#
# Some cells are *folded*: they draw a picture or look after the machine. Run them like the others,
# and skip what is inside.

# %% fold="Is everything installed?"
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

problems = [] if sys.version_info >= (3, 11) else ["Python is older than 3.11"]
try:
    needed = [Requirement(line) for line in requires("coursekit")]
except PackageNotFoundError:
    needed, problems = [], [*problems, "coursekit, the course's helper, is missing"]
for package in needed:
    here = package.marker is None or package.marker.evaluate({"extra": "lessons"})
    if not here or package.marker and "google.colab" in sys.modules:
        continue  # for another system; on Colab each notebook's first cell brings what it needs
    try:
        if (found_version := version(package.name)) not in package.specifier:
            problems.append(f"{package.name} is {found_version}, but must be {package.specifier}")
    except PackageNotFoundError:
        problems.append(f"{package.name} is missing")
print("Not ready yet:" if problems else "Everything is here. Read on.")
if problems:
    print("-", "\n- ".join(problems))
    print("On your computer: close JupyterLab and type  python course.py lab  in the course's folder:")
    print("it installs what is missing. On Binder or Colab: start the notebook again from its link.")

# %% [markdown]
# Cells share one memory, and remember the order in which *you* ran them, not the order on the page.
# Here are two that depend on each other.

# %%
sent = 0

# %% tags=["once"]
sent = sent + 1
print("sent to the blood test:", sent)

# %% [markdown]
# **Try it:** run the second cell three more times. What does it print, and how do you get back to 1?
# <details><summary>Answer</summary>It counts to 4, although the page has not changed. Run the first
# cell again, or start afresh: the menu <b>Kernel → Restart Kernel and Run All Cells…</b> empties the
# memory and runs everything from top to bottom. Do that whenever a notebook behaves strangely, and
# before you hand one in.</details>

# %% [markdown]
# ## 2 · The people
#
# In 2017 and 2018 a survey in the United States (NHANES) measured, weighed and interviewed adults, and took
# blood. Each row of the table is a person. `ck.load` reads the course's data; the table is a pandas
# `DataFrame`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
people[[*measures, "diabetes"]].head()

# %% [markdown]
# The nurse can take these five in two minutes: age in years (80 is "80 or more"), waist in cm, body mass
# index (weight in kg divided by the square of height in m), the upper blood pressure in mmHg, beats a
# minute. `NaN` means that a value is missing. Each column a model reads is a **feature**.
#
# `diabetes` is the **target**, what we want to know: 1 if a doctor has told the person, or the blood
# test of the survey says so.

# %% [markdown]
# Some people know already: a doctor has told them, or they take pills or insulin against it.

# %%
told = people["told_diabetes"] == "1"  # this column holds words: "1", "0", "Borderline"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
people["diagnosed"] = told | treated

sick = people["diabetes"] == 1
print(f"{len(people)} people, {sick.sum()} with diabetes ({sick.mean():.1%})")
print("with diabetes, without a diagnosis:", (sick & ~people["diagnosed"]).sum())

# %% [markdown]
# One in five has diabetes, and some of them do not know. For these few a screening is made: whoever has
# the diagnosis need not be found. (A few of the diagnosed have target 0: borderline cases, and people whose
# pills keep the blood value down.)

# %% [markdown]
# ## 3 · What a model is
#
# **Machine learning** means: learn from data a *function* $f$ such that
#
# $$\hat y = f(X) \approx y$$
#
# for cases that it has *never seen*. $X$ is the table of features, $y$ the target, and $\hat y$ (say
# "y hat") the **prediction**. The **model** is $f$. Nobody writes its rules; they come from the data.

# %% [markdown]
# "Never seen" is the heart of it. So half of the people go to the model, to learn from: the **training
# data**. The other half, the **test data**, stay hidden until the model is judged. `train_test_split`
# draws the halves; `stratify` gives both the same share of diabetes, and `random_state` makes the draw
# the same each time.

# %%
from sklearn.model_selection import train_test_split

target = people["diabetes"]
train, test = train_test_split(people, test_size=0.5, stratify=target, random_state=0)
X_train, y_train = train[measures], train["diabetes"]
X_test, y_test = test[measures], test["diabetes"]
print(len(train), "people to learn from,", len(test), "to judge on")

# %% [markdown]
# The model is a **pipeline** of three steps: fill each gap with the median of its column, bring all
# features to one scale, then weigh them and add up (a *logistic regression*; section 10 opens it).

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

fill = SimpleImputer(strategy="median")
plain = make_pipeline(fill, StandardScaler(), LogisticRegression())
plain.fit(X_train, y_train)
y_hat = plain.predict(X_test)

# %% [markdown]
# That is a whole model. `fit` learns, `predict` says 0 or 1, and `predict_proba` says how probable each
# is; its second column belongs to 1. Here are five people it has not seen.

# %%
probability = plain.predict_proba(X_test)[:, 1]
table = pd.DataFrame({"y": y_test, "y_hat": y_hat, "probability": probability})
table.head().round(2)

# %% fold="Draw the way from data to a score"
boxes = [("X, y of the\ntraining data", 0, 1), ("fit", 1, 1), ("model", 2, 1), ("$\\hat y$", 3, 0)]
boxes += [("X of the\ntest data", 1, 0), ("predict", 2, 0), ("score", 4, 0), ("y of the\ntest data", 4, 1)]
arrows = [(0, 1, 1, 0), (1, 1, 1, 0), (1, 0, 1, 0), (2, 0, 1, 0), (3, 0, 1, 0), (2, 1, 0, -1), (4, 1, 0, -1)]
fig, ax = plt.subplots(figsize=(8.6, 2.4))
for text, column, row in boxes:
    weight = "bold" if text in ("fit", "predict", "score") else "normal"
    style = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": "C6"}
    ax.text(column, row, text, ha="center", va="center", weight=weight, bbox=style)
for column, row, right, down in arrows:
    start, end = (column + 0.42 * right, row + 0.3 * down), (column + 0.68 * right, row + 0.68 * down)
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "C6", "lw": 1.5})
ax.set(xlim=(-0.5, 4.5), ylim=(-0.4, 1.4), title="The model never sees the y that it is judged by")
ax.axis("off")
ck.show(
    fig,
    "The training data's X and y go to fit, which gives the model. Model and the test data's X go to "
    "predict, which gives y hat. The score compares that with the test data's y.",
)

# %% [markdown]
# **Predict first:** how often is it right about new people? And how often is somebody right who says
# "nobody has diabetes"?

# %%
model_right = y_hat == y_test
nobody_right = y_test == 0
print(f"five measurements: {model_right.mean():.3f}")
print(f"nobody has it:     {nobody_right.mean():.3f}")

# %% [markdown]
# The share of right answers is called **accuracy**. The model has 81 %, doing nothing has 80 %. Is that
# a difference, or luck? Two tools of this course answer such questions.

# %% [markdown]
# > **Box: how sure is a number?**
# >
# > Other people in our half would have given another share. A **95 % confidence interval** is computed so
# > that, if we drew our people again and again, 95 of 100 such intervals would hold the true share. The
# > fewer people, the wider it is.
# >
# > **Two models on the same people are compared in pairs.** Do not look whether their intervals overlap:
# > both share the luck of who was drawn. Look only at the people about whom exactly one of the two is
# > right.

# %% [markdown]
# `binomtest(k, n)` of SciPy takes how many are right and how many there are; its `proportion_ci` gives the
# interval (by Wilson's formula, which holds for small shares as well).


# %%
from scipy.stats import binomtest


def with_interval(right):
    """The share of True values and its 95 % confidence interval, as text."""
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}]"


print("five measurements:", with_interval(model_right))
print("only the model right:", (model_right & ~nobody_right).sum(), "people")
print("only 'nobody' right: ", (nobody_right & ~model_right).sum(), "people")

# %% [markdown]
# 75 against 56. If the two were equally good, each of these 131 people would be a coin toss. How often would
# coins fall so unevenly, or more so? `binomtest` says that as well: it is called the **p-value**.

# %%
print("p-value:", round(binomtest(75, 131).pvalue, 2))

# %% [markdown]
# About once in nine times: no proof of a difference. By accuracy the model is next to useless. Do not throw
# it away yet; look at what it has learned.

# %% [markdown]
# ## 4 · What it learned
#
# Five features do not fit on paper. The same kind of model with two of them does. `clone` makes a fresh
# copy of a model that has learned nothing yet.

# %%
from sklearn.base import clone

two = ["age", "waist"]
small = clone(plain).fit(X_train[two], y_train)

# %% fold="Draw the model and 700 new people"
from sklearn.inspection import DecisionBoundaryDisplay

measured = test[two].dropna()
fig, ax = plt.subplots(figsize=(7.2, 4.4))
steps = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9]
shades = DecisionBoundaryDisplay.from_estimator(
    small, measured, response_method="predict_proba", levels=steps, cmap="Greys", alpha=0.7, ax=ax
)
fig.colorbar(shades.surface_, label="probability of diabetes")
for value, colour, name in [(0, "C0", "without diabetes"), (1, "C1", "with diabetes")]:
    shown = measured[:700][y_test[measured.index][:700] == value]
    ax.scatter(shown["age"], shown["waist"], s=11, color=colour, label=name)
ax.set(title="Older and wider: more probable, seldom certain", xlabel="age (years)", ylabel="waist (cm)")
ax.legend(loc="upper left", ncols=2, frameon=True)
ck.show(
    fig,
    "Scatter of people by age and waist over grey bands of probability, which grow darker to the upper "
    "right; people with diabetes are mixed with others everywhere, most of them in the darker bands.",
)

# %% [markdown]
# The bands are $f$: one shade for every age and waist, also where nobody stands. Orange points gather in
# the darker bands. But only the upper right corner lies above one half, where the model says 1, and few
# people live there. To almost everybody it says "no".
#
# That is no fault of the model. With a tape measure nobody can be sure. The question was wrong: the
# nurse does not need a yes or no. She needs to know *whom to send first*.

# %% [markdown]
# ## 5 · A better question
#
# Her visitors are people without a diagnosis. She sends the third of them with the highest
# probability. Of those who have diabetes without knowing it, what share does she find? Drawing lots would
# find a third.


# %%
def found(visitors, scores, one_in=3):
    """For each visitor with diabetes: True if among the one in three to be sent."""
    n_sent = len(visitors) // one_in
    order = np.argsort(-np.asarray(scores), kind="stable")  # highest score first
    is_sent = np.zeros(len(visitors), bool)
    is_sent[order[:n_sent]] = True
    return is_sent[visitors["diabetes"] == 1]


# %%
visitors = test[~test["diagnosed"]]
hits = found(visitors, plain.predict_proba(visitors[measures])[:, 1])
print(f"{len(visitors)} visitors, {len(hits)} of them with diabetes")
print(f"sent to the test and found: {hits.sum()}, a share of {with_interval(hits)}")

# %% [markdown]
# The interval is wide, because there are few undiagnosed people, but all of it lies above a third. (Most of
# the 695 she sends are well: diabetes stays rare among them, too.) A model that looks useless by one measure
# is useful by another.
#
# The first thing to choose in a project is therefore not the model. It is the measure, and that is what
# [chapter 01](01_problem_definition.ipynb) is about.

# %% [markdown]
# **Try it:** what if she may send only one in ten? Make a new cell (the *+* above the notebook) and run
# `found(visitors, plain.predict_proba(visitors[measures])[:, 1], one_in=10).mean()`.
# <details><summary>Answer</summary>She still finds about a quarter of the undiagnosed, where lots would
# find a tenth. The fewer she sends, the more the order is worth.</details>

# %% [markdown]
# ## 6 · The trap
#
# The table has 54 columns. Why not give the model more? One looks promising: `takes_pills`, "do you take
# pills against diabetes?" (A gap means that the person was not asked, because there was no reason to.)

# %%
with_pills = [*measures, "takes_pills"]
pills_train = train[with_pills].fillna({"takes_pills": 0})
pills_test = test[with_pills].fillna({"takes_pills": 0})
leaky = clone(plain).fit(pills_train, y_train)
leaky_right = leaky.predict(pills_test) == y_test
print("five measurements:", with_interval(model_right))
print("and the pills:    ", with_interval(leaky_right))

# %% [markdown]
# From 81 % to 92 % with one column, and on new people. **Predict first:** to whom does it say "yes" that
# the plain model did not? We look at three groups of the test people.

# %%
leaky_yes = leaky.predict(pills_test) == 1
groups = {"without diabetes": y_test == 0}
groups["with, diagnosed"] = (y_test == 1) & test["diagnosed"]
groups["with, undiagnosed"] = (y_test == 1) & ~test["diagnosed"]
for name, members in groups.items():
    from_five, from_pills = (y_hat[members] == 1).sum(), leaky_yes[members].sum()
    print(f"{name}: {members.sum()} people, yes: {from_five}, with pills: {from_pills}")

# %%
takes_pills = test["takes_pills"] == 1
print("rule 'yes to whoever takes pills':", with_interval(takes_pills == y_test))

# %% [markdown]
# The new "yes" go to people who have pills at home, and know. Of the 87 who do not know, one gets a "yes": no
# diagnosis, no pills. And the last line has the same accuracy without any model: the pills *are* the answer.
#
# A column that follows from the answer is called a **leak**. It makes every score shine, and says nothing
# about the people the model is for. Ask of each column: *would it be there, and mean the same, at the
# moment of the prediction?* [Chapter 03](03_data_splitting.ipynb) is about leaks and how they get in.

# %% [markdown]
# ## 7 · The memoriser
#
# > **Myth.** "A model that is 100 % right on its data is a good model."
#
# A **decision tree** asks one yes-or-no question after another: "older than 52? waist above 101?" Nothing
# keeps it from asking until everybody in a group has the same answer, be it a group of one.

# %%
from sklearn.tree import DecisionTreeClassifier

tree = make_pipeline(fill, DecisionTreeClassifier(random_state=0))
tree.fit(X_train, y_train)
tree_right = tree.predict(X_test) == y_test
print(f"people it learned from: {tree.score(X_train, y_train):.1%}")
print("new people:            ", with_interval(tree_right))
print("only the tree right: ", (tree_right & ~nobody_right).sum(), "people")
print("only 'nobody' right: ", (nobody_right & ~tree_right).sum(), "people")

# %% [markdown]
# All but perfect at home, and on new people worse than doing nothing. It learned the people by heart, their
# accidents included. This is **overfitting**, and the reason why half of the people stayed hidden: a
# score on seen data does not tell how a model does on new ones.

# %% [markdown]
# ## 8 · The wrong teachers
#
# All three models learned from everybody, the diagnosed among them. But the nurse's visitors have no
# diagnosis. **Predict first:** what if the plain model learns from people like the visitors only? It then
# has far fewer sick people to learn from: 70 in place of 497.

# %%
like_visitors = train[~train["diagnosed"]]
taught = clone(plain).fit(like_visitors[measures], like_visitors["diabetes"])
taught_hits = found(visitors, taught.predict_proba(visitors[measures])[:, 1])
print("sick people to learn from:", like_visitors["diabetes"].sum())
print("found:", with_interval(taught_hits))
print("found only by the new model:", (taught_hits & ~hits).sum())
print("found only by the old model:", (hits & ~taught_hits).sum())

# %% [markdown]
# More than before, from fewer people. What has changed in the model? Its last step holds a weight for each
# feature: how much that feature, brought to one scale, pushes towards 1.

# %%
weights = pd.DataFrame(index=measures)
weights["taught by everybody"] = plain[-1].coef_[0]
weights["taught by visitors"] = taught[-1].coef_[0]
weights.T.round(2)

# %%
ages = people[sick].groupby("diagnosed")["age"].median()
print("median age by diagnosis:", ages.to_dict())

# %% [markdown]
# Age counts for less than half. Those who have their diagnosis are older than those who do not: with the
# years, somebody has looked. A model that learns from them sends the old first, and they are not the ones who
# are missing.

# %% [markdown]
# 9 people against 3 is not much. Was it luck? All of this came from one split into halves. Make twenty
# others, train everything again, and look at all the results. Two rules without any learning run along:
# oldest first, and widest waist first. First a function for one model in one split.


# %%
def share_found(model, columns, learn, new, one_in):
    """Share of the undiagnosed that a model finds after learning from some people."""
    fitted = clone(model).fit(learn[columns], learn["diabetes"])
    return found(new, fitted.predict_proba(new[columns])[:, 1], one_in).mean()


# %% [markdown]
# Then one for a whole split: halves, visitors, and six ways to choose.


# %%
def one_split(seed, one_in=3):
    """What each way of choosing finds, in the split with this number."""
    halves = train_test_split(people, test_size=0.5, stratify=target, random_state=seed)
    learn, judge = (half.fillna({"takes_pills": 0}) for half in halves)
    new = judge[~judge["diagnosed"]]
    undiagnosed = learn[~learn["diagnosed"]]
    return {
        "tree (100 %)": share_found(tree, measures, learn, new, one_in),
        "oldest first": found(new, new["age"], one_in).mean(),
        "widest waist first": found(new, new["waist"].fillna(0), one_in).mean(),
        "five measurements (81 %)": share_found(plain, measures, learn, new, one_in),
        "with the pills (92 %)": share_found(plain, with_pills, learn, new, one_in),
        "five, from visitors": share_found(plain, measures, undiagnosed, new, one_in),
    }


# %%
splits = pd.DataFrame([one_split(seed) for seed in range(1, 21)])
splits.agg(["mean", "min", "max"]).T.round(2)

# %% fold="Draw the twenty splits"
fig, ax = plt.subplots(figsize=(7.6, 3.8))
rng = np.random.default_rng(0)
for place, (name, shares) in enumerate(splits.items()):
    colour = "C2" if "five" in name else "C6"
    ax.scatter(100 * shares, place + rng.uniform(-0.15, 0.15, len(shares)), s=16, color=colour)
    ax.plot([100 * shares.mean()] * 2, [place - 0.33, place + 0.33], color="black")
ax.axvline(100 / 3, color="C7", ls="--", lw=1)
ax.text(100 / 3, splits.shape[1] - 0.4, "drawing lots", ha="center")
ax.set_yticks(range(splits.shape[1]), splits.columns)
ax.set(xlabel="undiagnosed people found (%)", xlim=(28, 80), ylim=(-0.6, splits.shape[1] - 0.5))
ax.set_title("Taught by the right people, it finds most", pad=22)
ck.show(
    fig,
    "Strips of twenty points each, one for a split: the tree finds least, then oldest first, widest waist "
    "first; the five measurements and the model with the pills; most of all the five taught by visitors.",
)

# %% [markdown]
# Points are splits, black bars their means. The pills, 11 points more accurate, find no more undiagnosed
# people than the plain model: no visitor takes any, so they cannot say whom to send first. The memoriser
# finds only a little more than drawing lots.
#
# And now in pairs, split by split: how often does the model that was taught by visitors find more than
# each of the others?

# %%
best = splits["five, from visitors"]
others = splits.drop(columns="five, from visitors")
wins = (others.lt(best, axis=0)).sum()  # in how many of the 20 splits it finds more
wins.to_frame("wins in 20 splits")

# %% [markdown]
# Nearly always, but take care: the splits are drawn from the same 157 undiagnosed people, so twenty of them
# are not twenty proofs. They show the luck of splitting only. With other people the lead over the plain model
# could be smaller, or nothing; that over the waist is about twice as large.
#
# **Try it:** what if she sends one in two? In a new cell:
# `pd.DataFrame([one_split(seed, 2) for seed in range(1, 21)]).mean()`.
# <details><summary>Answer</summary>Then the plain model is a little ahead of the one taught by visitors. Say
# what you measured: at one in three.</details>

# %% [markdown]
# So which model should the nurse use? **None of the three as they stand.** The third has the right columns,
# but learned from people who are not her visitors. Taught by people like them it finds about two in three of
# the undiagnosed.
#
# And look at the third row: a *tape measure alone* comes close to the plain model. A model must beat such a
# rule by enough to pay for itself.

# %% [markdown]
# ## 9 · Exercises, checks, solutions
#
# Each chapter has an exercise notebook. A question gives a cell with `...` in it; you put your answer
# in its place. Below stands a check cell. `check.q0` asks: **how many people are in the table?** Here
# is what it says to a blank, a wrong and a right answer.

# %%
check = ck.checks(0)

n_people = ...
check.q0(n_people)

# %%
n_people = people.size
check.q0(n_people)

# %%
n_people = len(people)
check.q0(n_people)

# %% [markdown]
# A check looks at your answer, not at your code, so there are many ways to pass. It never stops the
# notebook, and you may try as often as you like. Stuck? Fold out the hint. Done? The notebook of the
# same name in `solutions/` explains one way, and what the usual mistakes give.

# %% [markdown]
# ## 10 · What grows from here
#
# **Deep learning** sounds like another world. It starts with the model you have just trained. A
# **logistic regression** multiplies each feature by a **weight**, adds a **bias** and squeezes the sum into
# a probability:
#
# $$z = w \cdot x + b \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# That is also a **neuron**, the smallest neural network there is. Here it is by hand, for the first test
# person. `plain[:-1]` is the pipeline without its last step: it fills and scales.

# %%
x = plain[:-1].transform(X_test)[0]  # five scaled numbers
w = plain[-1].coef_[0]  # what fit has learned: a weight for each feature
b = plain[-1].intercept_[0]
z = sum(w * x) + b
print("by hand:      ", (1 / (1 + np.exp(-z))).round(6))
print("predict_proba:", probability[0].round(6))

# %% [markdown]
# The weights are those of the table in section 8. That of `bmi` is nearly zero, and still the body mass index
# is no useless number: people with a large waist have a high one, so the two say nearly the same, and the
# model could have used either.

# %%
print("correlation of waist and bmi:", people["waist"].corr(people["bmi"]).round(2))

# %% [markdown]
# How `fit` finds them, step by step, is [chapter 06](06_model_training.ipynb). The steps up from here are
# few, and each of them is a large one:
#
# - A **deep network** puts many such neurons in layers. New: features, edges in a picture for example,
#   are learned too, not chosen (chapters 19 to 21).
# - A **large language model** is a deep network with billions of weights. Its $y$ is the next piece of a
#   text. Each guess is a classification, with a probability for every candidate (chapter 22).
# - An **agent** is a program that acts on what a language model writes, a search or some code, and feeds
#   the result back in. Somebody must still measure whether it works.
#
# Nothing in this list repeals sections 5 to 8. A large model can be asked the wrong question, fed a
# leak, taught by the wrong people, or tested on what it has seen, only at greater cost.

# %% [markdown]
# ### The course on one page
#
# | part | chapters | what happens |
# |---|---|---|
# | 1 Workflow | 01–08 | problem, data, splitting, features, choosing, training, evaluation, deployment |
# | 2 Case study | 09–10 | a spam filter from thousands of mails to a running service |
# | 3 Techniques | 11–18 | classes, amounts, clusters, imbalance, overfitting, losses, optimisers, ensembles |
# | 4 Deep learning | 19–23 | networks, loading data, images, text, together with scikit-learn |
# | 5 Production | 24–27 | versions, scaling out, troubleshooting, a project of your own |
#
# The table in the [README](../README.md#chapters) links to all of them.

# %% [markdown]
# ## In the field
#
# Screening by questionnaire and tape measure is real practice: the Finnish risk score FINDRISC adds up
# points for a few answers, age, body mass index and waist among them (source: Lindström and Tuomilehto,
# *Diabetes Care*, 2003). Such a score is cheap, can be explained in a minute, and has to be tested
# again in each place before it is used there.
#
# What goes wrong most often is not the learning. It is a column that will not be there on Monday, a
# measure that nobody's decision depends on, and people whom the data never held. This table holds no
# one in a care home, and no one outside one country.

# %% [markdown]
# ## Summary
#
# - Machine learning learns a function $f$ from data so that $\hat y = f(X)$ is close to $y$ for new
#   cases.
# - Judge on people the model has never seen, beside doing nothing and a simple rule, with an interval.
# - Compare two models on the same people in pairs.
# - The plain model has the accuracy of doing nothing, and finds nearly twice as many undiagnosed
#   people as drawing lots: the measure decides what you see.
# - The pills add 11 points of accuracy and no undiagnosed people: a leak.
# - The tree knows its own people by heart, and does worse than doing nothing on others.
# - Taught by people like those it is for, the plain model found more at one in three, from fewer examples.

# %% [markdown]
# ## Check yourself
#
# 1. A cell prints something else each time you run it. What is the first thing to try?
#    <details><summary>Answer</summary>Restart the kernel and run all cells: the memory held something
#    that the page does not show.</details>
# 2. Why did half of the people stay hidden from the model?
#    <details><summary>Answer</summary>To see what it does on people it has never seen. On its own people
#    the memoriser was perfect.</details>
# 3. A model has the accuracy of doing nothing. Is it useless?
#    <details><summary>Answer</summary>Not necessarily: it may still rank well, which is all the nurse
#    needs. Find the measure that fits the decision.</details>
# 4. Is `general_health`, people's own judgement of their health, a leak?
#    <details><summary>Answer</summary>The nurse can ask it, so it is there at the moment of the
#    prediction. But whoever knows of a diabetes will judge differently: learn from people without a
#    diagnosis, and test on them.</details>
# 5. Two models are judged on the same people, and their intervals overlap. Are they equally good?
#    <details><summary>Answer</summary>That does not follow. Compare in pairs: count the people about whom
#    only one of them is right.</details>
# 6. Why twenty splits, when one gave an answer?
#    <details><summary>Answer</summary>To see how far the answer moves by luck. They share people, so they
#    show the luck of splitting, not everything that could differ elsewhere.</details>

# %% [markdown]
# ## Next
#
# Do the three warm-up questions in the exercise notebook. Then go on with
# [chapter 01](01_problem_definition.ipynb). If you are impatient, [chapter 09](09_spam_filter.ipynb) builds a
# complete spam filter and explains each step where it is used. To read:
#
# - scikit-learn user guide, "Getting Started" and "Common pitfalls and recommended practices".
# - *An Introduction to Statistical Learning*, James and others, chapter 2.
# - Pedro Domingos, *A Few Useful Things to Know About Machine Learning* (2012).
# - Project Jupyter documentation, "JupyterLab: Notebooks".
