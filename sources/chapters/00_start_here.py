# %% [markdown]
# # 0 · Start here: which model helps the nurse?
#
# A nurse can send one visitor in three to a blood test for diabetes. Three models offer advice. The
# first is right about 100 % of the people it learned from. The second is right about 92 % of people it
# has never seen. The third manages 81 %, when "nobody has diabetes" is right about 80 %. **Which one
# should she use?**

# %% [markdown]
# **You will be able to**
# - say what machine learning is in one line, and train a first model in ten
# - judge a model on people it has never seen, against doing nothing, with an interval
# - spot a column that gives the answer away
# - run a notebook from top to bottom, and use an exercise, its checks and its solution
#
# **Builds on:** a little Python · **Data:** `diabetes`, a public health survey
#
# The data are for learning. Nothing here is medical advice, and the shares are those of the table, not
# of a country.

# %% [markdown]
# ## 1 · Is everything installed?
#
# This page is a **notebook**: text and code in **cells**. Click into a cell and press Shift and Enter
# together: it runs, and its answer appears below it. Run them all, in order. The first is for Google
# Colab and silent elsewhere; the second looks for what the course needs.

# %%
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

problems = [] if sys.version_info >= (3, 11) else ["Python is older than 3.11"]
try:
    needed = [Requirement(line) for line in requires("coursekit")]
except PackageNotFoundError:
    needed, problems = [], [*problems, "coursekit, the course's helper, is missing"]
if "google.colab" in sys.modules:  # each notebook's first cell brings the rest, just what it needs
    needed = [package for package in needed if package.marker is None]
for package in needed:
    try:
        found = version(package.name)
        if found not in package.specifier:
            problems.append(f"{package.name} is {found}, but must be {package.specifier}")
    except PackageNotFoundError:
        problems.append(f"{package.name} is missing")
if problems:
    print("Not ready yet:", *problems, sep="\n- ")
    print("On your computer: close JupyterLab and type  python course.py lab  in the course's folder.")
    print("It installs what is missing. On Binder or Colab: start the notebook again from its badge.")
else:
    print("Everything is here. Read on.")

# %% [markdown]
# Cells share one memory, and remember the order in which **you** ran them, not the order on the page.
# Here are two that depend on each other.

# %%
sent = 0

# %%
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
# In 2017 and 2018 a survey in the United States measured, weighed and interviewed adults, and took
# blood. Each row is a person.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
people[[*measures, "diabetes"]].head()

# %% [markdown]
# The nurse can take these five in two minutes: age in years, waist in cm, body mass index (weight in kg
# divided by the square of height in m), the upper blood pressure in mmHg, beats a minute. `NaN` means
# that a value is missing. Each column a model reads is a **feature**.
#
# `diabetes` is the **target**, what we want to know: 1 if a doctor has told the person, or the blood
# test of the survey says so.

# %%
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
people["diagnosed"] = told | treated
sick = people["diabetes"] == 1
undiagnosed = sick & ~people["diagnosed"]
print(f"{len(people)} people, {sick.sum()} with diabetes ({sick.mean():.1%})")
print(f"{undiagnosed.sum()} of them have no diagnosis and take no pills or insulin for it")

# %% [markdown]
# One in five has diabetes, and some of them do not know. For these few a screening is made: whoever has
# the diagnosis need not be found.

# %% [markdown]
# ## 3 · What a model is
#
# **Machine learning** means: learn from data a **function** $f$ such that
#
# $$\hat y = f(X) \approx y$$
#
# for cases that it has **never seen**. $X$ is the table of features, $y$ the target, and $\hat y$ (say
# "y hat") the prediction. The model is $f$. Nobody writes its rules; they come from the data.
#
# "Never seen" is the heart of it. So half of the people go to the model, to learn from. The other half
# stay hidden until the model is judged.

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

train, test = train_test_split(people, test_size=0.5, stratify=people["diabetes"], random_state=0)
X_train, y_train = train[measures], train["diabetes"]
X_test, y_test = test[measures], test["diabetes"]
plain = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
plain.fit(X_train, y_train)
y_hat = plain.predict(X_test)
pd.DataFrame({"y": y_test, "y_hat": y_hat, "probability": plain.predict_proba(X_test)[:, 1].round(2)}).head()

# %% [markdown]
# That is a whole model. It is a **pipeline** of three steps: fill each gap with the median, bring all
# features to one scale, then weigh them (a **logistic regression**). `fit` learns, `predict` says 0
# or 1, and `predict_proba` says how probable a 1 is.
#
# **Predict first:** how often is it right about new people? And how often is somebody right who says
# "nobody has diabetes"?

# %%
from scipy.stats import binomtest


def with_interval(right):
    """The share of True values, with the 95 % interval for people drawn in the same way."""
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="wilson")
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}]"


print("nobody has it:    ", with_interval(y_test == 0))
print("five measurements:", with_interval(y_test == y_hat))

# %% [markdown]
# The share of right answers is called **accuracy**. The numbers in brackets are a **confidence
# interval**: how far the share could be off because these people and not others are in our half.
#
# The model is right about 81 %, doing nothing about 80 %, and the intervals overlap. By accuracy it is
# next to useless. Do not throw it away yet; look at what it has learned.

# %% [markdown]
# ## 4 · What it learned
#
# Five features do not fit on paper. The same kind of model with two of them does.

# %%
from sklearn.base import clone
from sklearn.inspection import DecisionBoundaryDisplay

two = test[["age", "waist"]].dropna()
small = clone(plain).fit(X_train[["age", "waist"]], y_train)
fig, ax = plt.subplots(figsize=(7.2, 4.4))
steps = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9]
shades = DecisionBoundaryDisplay.from_estimator(
    small, two, response_method="predict_proba", levels=steps, cmap="Greys", alpha=0.7, ax=ax
)
fig.colorbar(shades.surface_, label="probability of diabetes")
for value, colour, name in [(0, "C0", "without diabetes"), (1, "C1", "with diabetes")]:
    shown = two[:700][y_test[two.index][:700] == value]
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
# nurse does not need a yes or no. She needs to know **whom to send first**.

# %% [markdown]
# ## 5 · A better question
#
# Her visitors are people without a diagnosis. She sends the third of them with the highest
# probability. How many of the undiagnosed are among those?
#
# **Predict first:** drawing lots would find a third. Can a model that is "next to useless" find half?


# %%
def found(visitors, score):
    """Who of the undiagnosed is found if the third with the highest scores is sent to the blood test."""
    order = np.argsort(-np.asarray(score), kind="stable")
    sent = np.isin(np.arange(len(visitors)), order[: len(visitors) // 3])
    return sent[visitors["diabetes"] == 1]


visitors = test[~test["diagnosed"]]
hits = found(visitors, plain.predict_proba(visitors[measures])[:, 1])
print(f"{len(visitors)} visitors, {len(hits)} of them with diabetes")
print(f"sent to the test and found: {hits.sum()}, a share of {with_interval(hits)}")

# %% [markdown]
# The interval is wide, because there are few undiagnosed people, but all of it lies above a third. A
# model that looks useless by one measure is useful by another. The first thing to choose in a project
# is therefore not the model. It is the measure, and that is what [chapter
# 01](01_problem_definition.ipynb) is about.
#
# **Try it:** what if she may send only one in ten? Change `// 3` to `// 10`, run the cell, and change it
# back.
# <details><summary>Answer</summary>She still finds more than a quarter of the undiagnosed, where lots would
# find a tenth. The fewer she sends, the more the order is worth.</details>

# %% [markdown]
# ## 6 · The trap
#
# The table has 54 columns. Why not give the model more? One looks promising: `takes_pills`, "do you take
# pills against diabetes?".

# %%
with_pills = [*measures, "takes_pills"]
people["takes_pills"] = people["takes_pills"].fillna(0)  # not asked means no
train, test = people.loc[train.index], people.loc[test.index]
leaky = clone(plain).fit(train[with_pills], y_train)
print("five measurements:", with_interval(y_test == plain.predict(X_test)))
print("and the pills:    ", with_interval(y_test == leaky.predict(test[with_pills])))

# %% [markdown]
# From 81 % to 92 % with one column, and on new people. **Predict first:** to whom does it say "yes" that
# the plain model did not? The table gives the share of each group that gets a "yes".

# %%
says_yes = pd.DataFrame(
    {
        "five measurements": plain.predict(X_test) == 1,
        "and the pills": leaky.predict(test[with_pills]) == 1,
    }
)
who = np.select(
    [y_test == 0, test["diagnosed"]],
    ["without diabetes", "with diabetes, diagnosed"],
    "with diabetes, undiagnosed",
)
says_yes.groupby(who).mean().round(3).assign(people=pd.Series(who).value_counts())

# %% [markdown]
# To people who have pills at home, and know. Of the 87 who do not know, one gets a "yes": no diagnosis,
# no pills. A column that follows from the answer is called a **leak**. It makes every score shine, and
# says nothing about the people the model is for.
#
# Ask of each column: *would it be there, and mean the same, at the moment of the prediction?* [Chapter
# 03](03_data_splitting.ipynb) is about leaks and how they get in.

# %% [markdown]
# ## 7 · The memoriser
#
# > **Myth.** "A model that is 100 % right on its data is a good model."
#
# A **decision tree** asks one yes-or-no question after another. Nothing keeps it from asking until each
# person stands alone.

# %%
from sklearn.tree import DecisionTreeClassifier

tree = make_pipeline(SimpleImputer(strategy="median"), DecisionTreeClassifier(random_state=0))
tree.fit(X_train, y_train)
print(f"people it learned from: {tree.score(X_train, y_train):.1%}")
print("new people:            ", with_interval(y_test == tree.predict(X_test)))
print("nobody has it:         ", with_interval(y_test == 0))

# %% [markdown]
# Perfect at home, and on new people worse than doing nothing. It learned the people by heart, their
# accidents included. This is **overfitting**, and the reason why half of the people stayed hidden: a
# score on seen data says nothing.

# %% [markdown]
# ### Was it luck?
#
# All this came from one split into halves. Make twenty others, train everything again, and see how much
# the results move. Two rules without any learning run along: oldest first, and widest waist first.


# %%
def one_split(seed):
    """Share of the undiagnosed that each way of choosing finds, in the split with this number."""
    train, test = train_test_split(people, test_size=0.5, stratify=people["diabetes"], random_state=seed)
    visitors, shares = test[~test["diagnosed"]], {}
    for name, model, columns in [
        ("tree (100 %)", tree, measures),
        ("with the pills (92 %)", plain, with_pills),
        ("five measurements (81 %)", plain, measures),
    ]:
        fitted = clone(model).fit(train[columns], train["diabetes"])
        shares[name] = found(visitors, fitted.predict_proba(visitors[columns])[:, 1]).mean()
    shares["rule: oldest first"] = found(visitors, visitors["age"]).mean()
    shares["rule: widest waist first"] = found(visitors, visitors["waist"].fillna(0)).mean()
    return shares


splits = pd.DataFrame([one_split(seed) for seed in range(1, 21)])
splits = splits[splits.mean().sort_values().index]
splits.agg(["mean", "std"]).T.round(3)

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.6))
rng = np.random.default_rng(0)
for place, (name, shares) in enumerate(splits.items()):
    colour = "C2" if "five" in name else "C6"
    ax.scatter(100 * shares, place + rng.uniform(-0.15, 0.15, len(shares)), s=16, color=colour)
    ax.plot([100 * shares.mean()] * 2, [place - 0.33, place + 0.33], color="black")
ax.axvline(100 / 3, color="C7", ls="--", lw=1)
ax.text(100 / 3, splits.shape[1] - 0.4, "drawing lots", ha="center")
ax.set_yticks(range(splits.shape[1]), splits.columns)
ax.set(xlabel="undiagnosed people found (%)", xlim=(28, 76), ylim=(-0.6, splits.shape[1] - 0.5))
ax.set_title("Accuracy does not say who finds most", pad=22)
ck.show(
    fig,
    "Strips of twenty points each, one for a split: the tree finds least, then oldest first, widest waist "
    "first; the five measurements and the model with the pills find most, about equally many.",
)

# %%
better = (splits["five measurements (81 %)"] > splits["rule: widest waist first"]).sum()
print(f"five measurements find more than the widest waist in {better} of {len(splits)} splits")

# %% [markdown]
# Points are splits, black bars their means. Our first split was a kind one: the mean lies below what we
# saw there. The model with the pills, 11 points more accurate, finds no more undiagnosed people than the
# plain one; their strips lie side by side. The memoriser beats the lot and nothing else.
#
# So the nurse takes the third model, the one that looked useless. But look at the rule below it: a
# **tape measure alone** comes close. A learned model must beat such a rule by enough to pay for
# itself.

# %% [markdown]
# ## 8 · Exercises, checks, solutions
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
# ## 9 · The course on one page
#
# Every project walks from a **problem** to **data** to a **model** to a **service** that people use. The
# colours say which of the four a chapter is mostly about; grey is for the whole walk.

# %%
COURSE = {
    "": "- start here",
    "1 Workflow": "p problem,d data,d splitting,d features,m choosing,m training,m evaluation,s deployment",
    "2 Case study": "- spam filter,s its service",
    "3 Techniques": "m classifiers,m regression,m clustering,d imbalance,"
    "m overfitting,m losses,m optimisers,m ensembles",
    "4 Deep learning": "m networks,d loading data,m images,m text,m + sklearn",
    "5 Production": "s versions,s scaling out,- debugging,- capstone",
}
print(sum(len(names.split(",")) for names in COURSE.values()), "chapters, in five parts")

# %%
COLOURS = {"p": "C5", "d": "#66C2A4", "m": "C4", "s": "C3", "-": "#D9D9D9"}
box = {"ha": "center", "va": "center"}
fig, ax = plt.subplots(figsize=(9, 4.8))
for x, (kind, name) in enumerate([("p", "problem"), ("d", "data"), ("m", "model"), ("s", "service")]):
    ax.add_patch(plt.Rectangle((2 * x + 0.2, 0.3), 1.6, 0.6, color=COLOURS[kind]))
    ax.text(2 * x + 1, 0.6, name, weight="bold", **box)
    ax.text(2 * x + 2, 0.59, "→" * (x < 3), fontsize=14, **box)
chapter = 0
for row, (part, names) in enumerate(COURSE.items(), 1):
    ax.text(-0.1, 0.45 - row, part, ha="right", va="center", weight="bold")
    for x, entry in enumerate(names.split(",")):
        ax.add_patch(plt.Rectangle((x + 0.03, 0.07 - row), 0.94, 0.76, color=COLOURS[entry[0]]))
        ax.text(x + 0.5, 0.45 - row, f"{chapter:02}\n{entry[2:]}", fontsize=8.5, **box)
        chapter += 1
ax.set(xlim=(-1.75, 8.02), ylim=(-6, 1))
ax.axis("off")
ck.show(
    fig,
    "Map of the course: problem, data, model, service in a row of four colours; below, the chapters 00 to "
    "27 as coloured boxes in five parts: workflow, case study, techniques, deep learning, production.",
)

# %% [markdown]
# Part 1 walks the whole way once, chapter by chapter, with the people of this page. Part 2 walks it
# with thousands of mails, until a filter is in service. Parts 3 to 5 go deep. Not every chapter is
# written yet: the table in the [README](../README.md#chapters) lists those you can open.

# %% [markdown]
# ## 10 · What grows from here
#
# **Deep learning** sounds like another world. It starts with the model you have just trained. A
# logistic regression multiplies each feature by a **weight**, adds a **bias** and squeezes the sum into
# a probability:
#
# $$z = w \cdot x + b \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# That is also a **neuron**, the smallest neural network there is. Here it is in PyTorch, the library of
# part 4: it starts with random weights and corrects them 500 times.

# %%
import torch

torch.manual_seed(0)
x = torch.tensor(plain[:-1].transform(X_train), dtype=torch.float64)
target = torch.tensor(y_train.to_numpy(), dtype=torch.float64)
neuron = torch.nn.Linear(len(measures), 1, dtype=torch.float64)
for _ in range(500):
    error = torch.nn.functional.binary_cross_entropy_with_logits(neuron(x).squeeze(1), target)
    penalty = (neuron.weight**2).sum() / (2 * len(x))  # scikit-learn adds it too: no weight without need
    neuron.zero_grad()
    (error + penalty).backward()  # in which direction does the error grow?
    with torch.no_grad():
        for numbers in neuron.parameters():
            numbers -= 2.0 * numbers.grad  # a step the other way
weights = {"scikit-learn": [*plain[-1].coef_[0], plain[-1].intercept_[0]]}
weights["one neuron"] = [*neuron.weight[0].tolist(), neuron.bias.item()]
pd.DataFrame(weights, index=[*measures, "bias"]).T.round(2)

# %% [markdown]
# Two libraries, two ways to get there, the same numbers. Age has the largest weight, waist the next,
# and `bmi` almost none: beside the waist it adds nothing new. [Chapter 06](06_model_training.ipynb)
# takes the loop apart line by line.
#
# The steps up from here are few, and each of them is a large one:
#
# - **A deep network** puts many such neurons in layers. New: features, edges in a picture for example,
#   are learned too, not chosen (chapters 19 to 21).
# - **A large language model** is a deep network with billions of weights. Its $y$ is the next piece of a
#   text. Each guess is a classification, with a probability for every candidate (chapter 22).
# - **An agent** is a program that acts on what a language model writes, a search or some code, and feeds
#   the result back in. Somebody must still measure whether it works.
#
# Nothing in this list repeals sections 5 to 7. A large model can be asked the wrong question, fed a
# leak, or tested on what it has seen, only at greater cost.

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
# - The plain model has the accuracy of doing nothing, and finds nearly twice as many undiagnosed
#   people as the lot: the measure decides what you see. A tape measure alone comes close.
# - The pills add 11 points of accuracy and no undiagnosed people: a leak.
# - The tree knows its own people by heart, and does worse than doing nothing on others.
# - One neuron is a logistic regression; larger networks keep the same rules of evidence.

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
#    prediction. But whoever knows of a diabetes will judge differently: test it on people without a
#    diagnosis.</details>
# 5. Why twenty splits, when one gave an answer?
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
