# %% [markdown]
# # 1 · Problem definition: one model, two buyers
#
# A model looks at people who have no diagnosis and gives each a probability of having diabetes. A
# *van* buys it: it offers a blood test for 10 euros. A *clinic* buys it, too: it invites people to
# an examination for 40 euros. Whoever is ill and not found costs either of them 500 euros later.
# **Should both invite the same people, and what is the model worth to each?**

# %% [markdown]
# **You will be able to**
# - turn a wish into $X$, $y$ and the decision that hangs on $\hat y$
# - name the type of a problem, and see when its data suggest the wrong one
# - write the costs of errors as a table, and get the metric and the threshold from it before any model
# - say what a model is worth, beside doing nothing, a rule and a perfect model
# - fill in a problem statement of one page
#
# **Builds on:** [chapter 00](00_start_here.ipynb) · **Data:** `diabetes`,
# `mails`, `houses`, `penguins`
#
# All prices are invented. Nothing here is medical advice.

# %% [markdown]
# ## 1 · From a wish to a question
#
# "Use AI against diabetes" is a wish. A question begins with the **cases**: about whom do we decide?
# About whoever stands before the van. People who know of their diabetes, or take pills or insulin, need
# not be found.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")

# %%
told = people["told_diabetes"] == "1"  # this column holds words: "1", "0", "Borderline"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)

# %%
for name, table in [("everybody", people), ("visitors", visitors)]:
    ill = table["diabetes"]
    print(f"{name}: {len(table)} people, {ill.sum()} ill, {ill.mean():.1%}")

# %% [markdown]
# The choice of rows has changed the problem. Among everybody one in five is ill, among the visitors one
# in 26. A model for everybody would answer a question that nobody asks.
#
# It also shows how little there is to learn from: 157 ill people. Count the rare class, not the rows.

# %% [markdown]
# Then come three things.
#
# - $X$: what is known *at the moment of the decision*. Here, what the van's nurse can measure in two
#   minutes.
# - $y$: what one would like to know.
# - The *decision* that comes out differently when $\hat y$ does. If nothing is done differently, no
#   model is needed.

# %%
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
X, y = visitors[measures], visitors["diabetes"].to_numpy()
X.assign(y=y).head(4)

# %% [markdown]
# $X$ holds years, cm, kg/m², mmHg and beats a minute. $y$ is 1 for "has diabetes and does not know". The
# decision is to invite or not.
#
# The data also hold `hba1c`, the result of the blood test. It is no part of $X$: it arrives after the
# decision.

# %% [markdown]
# ## 2 · Which kind of problem?
#
# The type of $y$ names the problem:
#
# - **Binary classification**: one of two classes. **Multiclass**: one of several.
# - **Multilabel**: several yes-or-no answers at once, so $y$ is a table with a column for each.
# - **Regression**: $y$ is an amount, and being off by a little is better than by a lot.
#
# All of these are **supervised**: somebody knows $y$ for some cases. Without any $y$ the problem is
# **unsupervised**; the end of this section has an example.

# %%
houses, penguins = ck.load("houses"), ck.load("penguins")
ILLNESSES = ["asthma", "arthritis", "heart_attack", "stroke", "cancer"]
answered = people.dropna(subset=ILLNESSES)
answered[ILLNESSES].astype(int).tail(4)

# %% [markdown]
# This is a multilabel $y$: four people, five answers each. Now five questions. scikit-learn's
# `type_of_target` looks at a $y$ and says what it sees.
#
# **Predict first:** what will it call the price of a house, in whole dollars?

# %%
from sklearn.utils.multiclass import type_of_target

illnesses = answered[ILLNESSES].to_numpy(int)
print("Has this visitor diabetes?    ", type_of_target(y))
print("How high is the blood value?  ", type_of_target(visitors["hba1c"]))
print("Which species is it?          ", type_of_target(list(penguins["species"])))
print("Which illnesses have you had? ", type_of_target(illnesses))
print("What will the house sell for? ", type_of_target(houses["price"]))

# %% [markdown]
# ("Continuous" is its word for an amount, "multilabel-indicator" for a table of 0 and 1.) The last line is
# wrong. Whole numbers look like classes to a computer; to you, 200,000 dollars is close to 201,000. The
# type is yours to decide, and this is the order in which to ask.

# %% fold="Draw the five questions that name a problem"
ASK = ["Does a rule\ndo it well\nenough?", "Do you know y\nfor some\ncases?", "Is y an\namount?"]
ASK += ["May several\nbe true\nat once?", "Are there\nonly two\nclasses?"]
ENDS = [("yes", "no model\nneeded", "C6"), ("no", "clustering", "C3"), ("yes", "regression", "C2")]
ENDS += [("yes", "multilabel", "C4"), ("yes", "binary", "C4"), ("no", "multiclass", "C4")]
EXAMPLES = "fever above\n38 °C|groups of\npenguins|price of\na house|five\nillnesses"
EXAMPLES = [*EXAMPLES.split("|"), "spam\nor not", "species of\na penguin"]
box = {"fc": "white", "ec": "C6", "lw": 1, "boxstyle": "round,pad=0.35"}
centre, arrow = {"ha": "center", "va": "center"}, {"arrowstyle": "->", "color": "C6", "lw": 1.4}
fig, ax = plt.subplots(figsize=(9.4, 3.9))
for x, (word, end, colour) in enumerate(ENDS):
    if x < 5:
        ax.text(x, 2, ASK[x], bbox=box, fontsize=10, **centre)
        ax.annotate("", (x, 0.95), (x, 1.5), arrowprops=arrow)
        ax.annotate("", (x + 0.6, 2), (x + 0.4, 2), arrowprops=arrow)
        ax.text(x + 0.5, 2.14, "yes" if word == "no" else "no", color="C6", **centre)
        ax.text(x + 0.07, 1.25, word, color="C6", va="center")
    height = 0.68 if x < 5 else 2  # the last answer leaves to the right, not downwards
    ax.text(x, height, end, color=colour, weight="bold", **centre)
    ax.text(x, height - 0.42, EXAMPLES[x], fontsize=9.5, **centre)
ax.set(xlim=(-0.5, 5.5), ylim=(-0.1, 2.6), title="Which kind of problem is it?")
ax.axis("off")
alt = "A rule is enough: no model. No known y: clustering. An amount: regression. Several: multilabel."
ck.show(fig, f"Five questions from left to right. {alt} Two classes: binary. Else multiclass.")

# %% [markdown]
# The first question is the one most often skipped, and section 6 asks it with numbers.
#
# The same wish can be cut in several ways. From one blood value come an amount, three classes or two.
# (`pd.cut` puts each value into the class between two limits.)

# %%
limits = [0, 5.7, 6.5, 99]  # of the blood value, in percent
names = ["normal", "raised", "diabetes"]
groups = pd.cut(visitors["hba1c"], limits, right=False, labels=names)
print("an amount: mean", visitors["hba1c"].mean().round(2))
print("three classes:", groups.value_counts(sort=False).to_dict())
print("two classes:", (groups == "diabetes").value_counts().to_dict())

# %% [markdown]
# Let the decision choose. The van says come or do not come, so two classes will do. If the nurse also gave
# advice to people with a raised value, three would be needed.

# %% [markdown]
# ### Several labels at once
#
# `MultiOutputClassifier` fits one model for each column of a multilabel $y$. The model inside is that of
# chapter 00: fill each gap with the median, bring all columns to one scale, weigh them (a logistic
# regression). It learns from half of the people.

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

fill = SimpleImputer(strategy="median")
plain = make_pipeline(fill, StandardScaler(), LogisticRegression())
train, test = train_test_split(answered, test_size=0.5, random_state=0)
five_models = MultiOutputClassifier(plain)
five_models.fit(train[measures], train[ILLNESSES].astype(int))

# %% [markdown]
# A nurse has time for one person in five and takes those with the highest probability of an illness. What
# share of the people with that illness does she meet? Choosing by lot would meet 0.2 of them.
#
# `predict_proba` gives a list with one table for each illness; the probability of "yes" is its last column.
# "from" and "to" are the ends of the 95 % confidence interval of chapter 00. The last column takes the
# oldest fifth instead: a rule without any model.

# %%
from scipy.stats import binomtest

tables = five_models.predict_proba(test[measures])
oldest_fifth = test["age"].rank(method="first", pct=True) > 0.8

# %%
rows = []
for illness, table in zip(ILLNESSES, tables, strict=True):
    says_yes = table[:, 1]
    top_fifth = says_yes >= np.quantile(says_yes, 0.8)
    met = top_fifth[test[illness] == 1]  # a True or False for each person who has it
    low, high = binomtest(int(met.sum()), len(met)).proportion_ci(method="wilson")
    row = {"have it": len(met), "met": met.mean(), "from": low, "to": high}
    row["met by age"] = oldest_fifth[test[illness] == 1].mean()
    rows.append(row)
pd.DataFrame(rows, index=ILLNESSES).round(2)

# %% [markdown]
# Five questions, one $X$, and not one answer: for asthma the model is a little better than drawing
# lots, and age no help at all; for cancer and stroke, age alone does as well as the model. A multilabel
# problem can be feasible for one label and hopeless for the next. Give each label its own baseline.

# %% [markdown]
# ### Without any target
#
# **Clustering** looks for groups without being told any. We hide the species of the penguins and ask for
# three groups by size. `KMeans` looks for three centres and puts each bird to the nearest one.

# %%
from sklearn.cluster import KMeans

birds = penguins.dropna(subset=["bill_length_mm"])
sizes = birds[["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]]
scaled = StandardScaler().fit_transform(sizes)
group = KMeans(3, n_init=10, random_state=0).fit_predict(scaled)

# %%
found = pd.crosstab(birds["species"], group)
# The groups' numbers mean nothing: order the groups as the species are ordered.
found = found[found.idxmax(axis=1)]
found.set_axis(["group A", "group B", "group C"], axis=1)

# %% [markdown]
# The groups nearly are the species, and we know only because we had a $y$ after all. Without one,
# nobody can say how many birds are in the right group. Whoever is asked to cluster should ask back: which
# decision will differ between group A and group B?

# %% [markdown]
# ## 3 · The metric before the model
#
# > **Myth.** "Accuracy says whether it works."
#
# The next data are 5,773 real mails of the years 2001 and 2002, each marked as good or as **spam**,
# which is unwanted bulk mail. Take three filters without any learning. One does nothing. One moves
# mails written in HTML to the spam folder. One moves these and all that say *click*.

# %%
mails = ck.load("mails")
is_spam = mails["is_spam"].to_numpy(int)
is_html = mails["is_html"].to_numpy(bool)
text = mails["subject"] + " " + mails["body"]
says_click = text.str.contains(r"\bclick\b", case=False)  # \b: a word begins or ends

# %%
filters = {
    "do nothing": np.zeros(len(mails), int),
    "HTML": is_html.astype(int),
    "HTML or click": (is_html | says_click).astype(int),
}

# %% [markdown]
# A filter can be right in two ways and wrong in two. Spam is the class we look for, the **positive** one:
#
# | | kept | moved |
# |---|---|---|
# | *good mail* | **true negative** (TN) | **false positive** (FP): a good mail lost |
# | *spam* | **false negative** (FN): a spam seen | **true positive** (TP) |
#
# `confusion_matrix` counts the four, in this order.

# %%
from sklearn.metrics import confusion_matrix

matrix = confusion_matrix(is_spam, filters["HTML"])
pd.DataFrame(matrix, index=["good mail", "spam"], columns=["kept", "moved"])

# %% [markdown]
# Three metrics are made of them:
#
# - *accuracy*: the share of right verdicts, (TN + TP) / all
# - **precision**: of the moved mails, the share that is spam, TP / (TP + FP)
# - **recall**: of the spam, the share that is moved, TP / (TP + FN)

# %%
TN, FP, FN, TP = matrix.ravel()  # row by row
print("accuracy ", ((TN + TP) / len(mails)).round(3))
print("precision", (TP / (TP + FP)).round(3))
print("recall   ", (TP / (TP + FN)).round(3))

# %% [markdown]
# The same for all three, by the library's functions. (`zero_division` says what to give where nothing
# was moved: there precision would be 0 / 0.)

# %%
from sklearn.metrics import accuracy_score, precision_score, recall_score

rows = []
for moved in filters.values():
    precision = precision_score(is_spam, moved, zero_division=np.nan)
    row = {"accuracy": accuracy_score(is_spam, moved), "precision": precision}
    row["recall"] = recall_score(is_spam, moved)
    rows.append(row)
pd.DataFrame(rows, index=list(filters)).round(3)

# %% [markdown]
# The filter that does nothing is right about 70 % of the mails. It catches no spam, and moves no mail,
# so its precision does not exist. Is 0.860 better than 0.705? By accuracy, clearly. Now ask the owner of
# the inbox what the errors cost.

# %% [markdown]
# Write the costs down as a table like the one above: a row for the truth, a column for the action. Say a
# good mail lost costs 10 euros, and a spam seen 5 cents. `costs[y, acted]` then looks up one price for
# each mail. Here it is for four mails:

# %%
inbox = np.array([[0.00, 10.00], [0.05, 0.00]])  # rows good, spam; columns kept, moved
truth = np.array([0, 0, 1, 1])
moved = np.array([0, 1, 0, 1])
print(inbox[truth, moved])

# %% [markdown]
# A good mail kept, a good mail lost, a spam seen, a spam moved. The mean price, times 1,000, is what the
# filter costs per 1,000 mails. The owner of an archive pays 5 cents for either error.


# %%
def cost_per_1000(y, acted, costs):
    """Mean cost of 1,000 cases; costs[truth, action] is the price of one."""
    return 1000 * costs[y, np.asarray(acted, int)].mean()


archive = np.array([[0.00, 0.05], [0.05, 0.00]])

# %%
rows = []
for moved in filters.values():
    row = {"accuracy": accuracy_score(is_spam, moved)}
    row["cost, inbox"] = cost_per_1000(is_spam, moved, inbox)
    row["cost, archive"] = cost_per_1000(is_spam, moved, archive)
    rows.append(row)
pd.DataFrame(rows, index=list(filters)).round(3)

# %% [markdown]
# Euros per 1,000 mails. For the inbox *the most accurate filter is the most expensive one*, and doing
# nothing the cheapest. For the archive it is the other way round. The filters did not change; the prices
# did.
#
# Accuracy is a cost, too: the one in which both errors have the same price. It says whether a filter
# works for people like the owner of the archive, and for nobody else.

# %% [markdown]
# So the metric follows from the prices, before any model is fitted:
#
# | the expensive error | what to watch | example |
# |---|---|---|
# | false positive: acting without need | precision | a good mail lost |
# | false negative: missing a case | recall | an illness not found |
# | both alike | accuracy | sorting an archive |
# | you know the prices | the cost itself | the van and the clinic |
#
# Neither precision nor recall is a goal on its own: recall is perfect when you act on everybody.

# %% [markdown]
# **Try it:** how cheap must a lost good mail be, for "HTML" to beat doing nothing in the inbox? Change
# `10.00` in the cell with the four mails, and run it and the two cells after it.
# <details><summary>Answer</summary>Up to about 30 cents: the rule catches 738 spam mails, worth 5 cents
# each, and loses 120 good ones. Divide the two.</details>

# %% [markdown]
# ## 4 · Two buyers
#
# Back to the puzzle. The two tables differ in one number: the price of acting. Whoever is invited costs
# that price, ill or not.


# %%
def costs_of(price):
    """Costs of inviting at this price, when a missed illness costs 500 euros."""
    return np.array([[0, price], [500, price]])


van, clinic = costs_of(10), costs_of(40)
pd.DataFrame(
    np.hstack([van, clinic]),
    index=["not ill", "ill"],
    columns=["van: leave", "van: invite", "clinic: leave", "clinic: invite"],
)

# %% [markdown]
# And one model for both. It must not be judged on people it has learned from. `cross_val_predict` splits
# the people into ten parts and gives each part the probabilities of a model fitted on the other nine. So
# everybody is scored by a model that has never seen them.

# %%
from sklearn.model_selection import StratifiedKFold, cross_val_predict

# "Stratified": each part gets the same share of ill people.
ten_parts = StratifiedKFold(10, shuffle=True, random_state=0)
both = cross_val_predict(plain, X, y, cv=ten_parts, method="predict_proba")
probability = both[:, 1]  # the column of "ill"
pd.DataFrame({"y": y, "probability": probability}).head(4).round(3)

# %% [markdown]
# **Predict first:** what will it cost if both buyers use `predict`, which says "ill" above a probability
# of one half?

# %%
nobody, everybody = np.zeros(len(y), int), np.ones(len(y), int)
says_ill = (probability >= 0.5).astype(int)
ways = {"nobody": nobody, "everybody": everybody, "predict": says_ill}
rows = []
for acted in ways.values():
    row = {"invited": acted.sum(), "ill and invited": acted[y == 1].sum()}
    row["cost, van"] = cost_per_1000(y, acted, van)
    row["cost, clinic"] = cost_per_1000(y, acted, clinic)
    rows.append(row)
pd.DataFrame(rows, index=list(ways)).round(0).astype(int)

# %% [markdown]
# `predict` invites next to nobody: hardly any visitor is more probably ill than not. It costs nearly what
# doing nothing costs. One half is right where both errors have the same price; here they do not.
#
# So move the **threshold**: invite whoever has at least this probability. We try 150 of them, from 0.003
# to 0.3. (`np.geomspace` spaces them so that each is the same factor above the one before.)

# %%
thresholds = np.geomspace(0.003, 0.3, 150)
van_curve = [cost_per_1000(y, probability >= t, van) for t in thresholds]
clinic_curve = [cost_per_1000(y, probability >= t, clinic) for t in thresholds]
for name, curve in [("van", van_curve), ("clinic", clinic_curve)]:
    lowest = thresholds[np.argmin(curve)]
    print(f"{name}: lowest cost {min(curve):.0f} euros, at threshold {lowest:.3f}")

# %% fold="Draw the cost against the threshold"
fig, ax = plt.subplots(figsize=(8, 4.8))
for name, price, colour, curve in [("van", 10, "C2", van_curve), ("clinic", 40, "C3", clinic_curve)]:
    curve, lowest = np.array(curve) / 1000, np.argmin(curve)
    ax.plot(thresholds, curve, color=colour)
    ax.plot(thresholds[lowest], curve[lowest], "o", color=colour, ms=9)
    label = f"{name}: invite {np.mean(probability >= thresholds[lowest]):.0%}"
    above = 3.4 if name == "clinic" else -2.8
    ax.text(thresholds[lowest], curve[lowest] + above, label, color=colour, weight="bold")
    ax.axhline(price, color=colour, ls="--", lw=1)
    ax.text(0.3, price + 0.5, f"invite everybody ({name})", color=colour, ha="right")
nothing = cost_per_1000(y, nobody, van) / 1000
ax.axhline(nothing, color="C6", ls="--", lw=1)
ax.text(0.0031, nothing + 0.5, "invite nobody (both)", color="C6")
ax.set(xscale="log", ylim=(0, 43), xlabel="threshold: invite from this probability on")
ax.set_xticks([0.003, 0.01, 0.03, 0.1, 0.3], ["0.003", "0.01", "0.03", "0.1", "0.3"])
ax.minorticks_off()
ax.set(title="Same model, same people, two thresholds", ylabel="cost of 1,000 visitors (1,000 euros)")
ck.show(
    fig,
    "Cost against threshold for van and clinic. The van's curve is lowest near 0.015, below inviting "
    "everybody; the clinic's is lowest near 0.06, only a little below inviting nobody.",
)

# %% [markdown]
# The dots are far apart: at its best threshold the van invites nearly three in four, the clinic one in
# five, *from the same scores*. Nobody needs another model for that. And a threshold for the wrong prices
# is worse than none: at the van's, the clinic pays more than for doing nothing.
#
# **Predict first:** which people does a step of the threshold to the right trade for which? Run the next
# cell and move its slider.

# %% fold="A slider for the threshold: run this cell" tags=["nbval-ignore-output"]
import ipywidgets


def at_threshold(threshold):
    """Two curves with a line at the threshold, and what happens to 1,000 visitors there."""
    invited = probability >= threshold
    fig, ax = plt.subplots(figsize=(7, 3.4))
    for name, colour, curve in [("van", "C2", van_curve), ("clinic", "C3", clinic_curve)]:
        ax.plot(thresholds, np.array(curve) / 1000, color=colour)
        cost = cost_per_1000(y, invited, van if name == "van" else clinic) / 1000
        ax.plot(threshold, cost, "o", color=colour, ms=9)
        ax.text(threshold * 1.08, cost + 1.5, f"{name}: {cost:.1f}", color=colour, weight="bold")
    ax.axvline(threshold, color="black", lw=1)
    ax.set(xscale="log", ylim=(0, 43), xlabel="threshold", ylabel="cost (1,000 euros)")
    well, missed = 1000 * np.mean(invited & (y == 0)), 1000 * np.mean(~invited & (y == 1))
    said = f"threshold {threshold:.3f}: of 1,000, {well:.0f} invited for nothing, {missed:.1f} ill missed"
    ax.set_title(said)
    ck.show(fig, said)


slider = ipywidgets.FloatLogSlider(10**-1.7, min=-2.5, max=-0.52, step=0.02, readout_format=".3f")
slider.description, slider.continuous_update = "threshold", False
slider.layout.width = "500px"
moved = ipywidgets.interact(at_threshold, threshold=slider)
# %% [markdown]
# Each step to the right invites fewer people for nothing and misses more of the ill. The prices say how
# many of the one are worth one of the other.
#
# *Good place to stop.* So far: a problem is its cases, $X$, $y$ and a decision. The prices of the two
# errors make the metric; the most accurate filter was the most expensive one. And they make the
# threshold, which is far from one half for both buyers. Still open: could they have known their
# thresholds, and what is the model worth?

# %% [markdown]
# ## 5 · The threshold before the model
#
# They could have known, without any model. Take a person who is ill with probability $p$. Inviting costs
# the price $c$, whatever the truth. Leaving costs 500 if the person is ill, so $500\,p$ on average.
# Inviting is cheaper when
#
# $$c < 500\,p, \qquad\text{that is}\qquad p > \frac{c}{500}.$$

# %%
for name, price in [("van", 10), ("clinic", 40)]:
    threshold = price / 500
    acted = probability >= threshold
    cost = cost_per_1000(y, acted, costs_of(price))
    print(f"{name}: from {threshold} on, invites {acted.mean():.0%}, costs {cost:.0f}")

# %% [markdown]
# Both lie near the dots and cost a little more. They are the honest ones. The dots were chosen by looking
# at the very $y$ that then judges them, so luck is on their side. From here on the thresholds are 0.02 and
# 0.08.

# %% [markdown]
# There is one condition. The rule takes $p$ at its word: of the people who get 0.05, one in twenty
# must be ill. A model with that property is called **calibrated**. Is this one? `pd.qcut` cuts the
# visitors into six groups of the same size, by their probability.

# %%
sixth = pd.qcut(probability, 6, labels=["lowest", "2", "3", "4", "5", "highest"])
scored = pd.DataFrame({"sixth": sixth, "predicted": probability, "ill": y})
groups = scored.groupby("sixth", observed=True)
table = groups.mean().round(3)
table["ill people"] = groups["ill"].sum()
table

# %% [markdown]
# "Predicted" is the mean probability, "ill" the share that is ill. Near enough, given how few ill people
# stand in each row. Many models are far off, and then the threshold must be searched on data after all;
# [chapter 07](07_evaluation_and_tuning.ipynb) repairs them.
#
# It is calibrated for people like these. The survey invited some groups more often than others, and where
# twice as many are ill, each probability here is too low.
#
# **Try it:** the clinic halves its price to 20 euros. Compute its threshold, and guess the share of people
# it invites before you run it: `np.mean(probability >= 20 / 500)`.
# <details><summary>Answer</summary>The threshold is 0.04, and a third are invited. The price fell to a
# half, the invitations more than tripled: most people sit at low probabilities.</details>

# %% [markdown]
# ## 6 · What is it worth?
#
# Four costs frame every project. What does doing nothing cost? Acting on everybody? What would a
# *perfect* model cost, one that invites the ill and nobody else? And is a *rule* enough?
#
# Here is a rule that many nurses would name: 45 or older, with a waist above 102 cm (men) or 88 cm (women),
# a limit in wide use (source: World Health Organization, *Waist circumference and waist–hip ratio*, 2011).

# %%
limit = np.where(visitors["sex"] == "Male", 102, 88)
over_limit = (visitors["waist"] - limit).fillna(0)  # in cm
rule = ((visitors["age"] >= 45) & (over_limit > 0)).to_numpy(int)
print(f"the rule invites {rule.mean():.0%}")

# %%
rows = []
for price in (10, 40):
    costs = costs_of(price)
    row = {"nobody": cost_per_1000(y, nobody, costs)}
    row["everybody"] = cost_per_1000(y, everybody, costs)
    row["rule"] = cost_per_1000(y, rule, costs)
    row["model"] = cost_per_1000(y, probability >= price / 500, costs)
    row["perfect"] = cost_per_1000(y, y, costs)
    rows.append(row)
pd.DataFrame(rows, index=["van", "clinic"]).round(0).astype(int)

# %% [markdown]
# The rule is worse than inviting everybody (van) and worse than inviting nobody (clinic). The model beats
# the cheaper of the two for both, and reaches only a part of what a perfect one would save.
#
# Was that fair? The model got a threshold for each buyer. The rule invites a third, whatever the price.

# %% [markdown]
# ### A rule with the same chance
#
# Let the rule have two numbers to choose for each price: an age, and the centimetres above the limit,
# joined by *and* or by *or*. That makes 98 rules.

# %%
rules = {}
for years in (30, 35, 40, 45, 50, 55, 60):
    for cm in (-10, -5, 0, 5, 10, 15, 20):
        old, wide = visitors["age"] >= years, over_limit > cm
        rules[f"{years} and {cm} cm"] = (old & wide).to_numpy(int)
        rules[f"{years} or {cm} cm"] = (old | wide).to_numpy(int)
len(rules)

# %% [markdown]
# Whoever takes the cheapest of 98 has luck on his side, as the dots of section 4 had. So the rule is chosen
# as the model was fitted: for each of the ten parts, the cheapest on the other nine is taken.


# %%
def searched_rule(price):
    """Whom the rule invites that is cheapest on the other nine parts."""
    acted = np.zeros(len(y), int)
    for learn, judge in ten_parts.split(X, y):  # row numbers
        costs = costs_of(price)
        paid = [cost_per_1000(y[learn], acts[learn], costs) for acts in rules.values()]
        cheapest = list(rules.values())[np.argmin(paid)]
        acted[judge] = cheapest[judge]
    return acted


for name, price in [("van", 10), ("clinic", 40)]:
    print(f"{name}: the searched rule invites {searched_rule(price).mean():.0%}")

# %% [markdown]
# ### How sure?
#
# Other visitors would have given other numbers. A **bootstrap** imitates that: draw as many visitors as
# there are, **with replacement**, so that some come twice and some not at all. Compute the saving for them.
# Do it 400 times; the middle 95 % of the results are the interval.


# %%
def saving(acted, price, who):
    """Euros that 1,000 visitors save against the cheaper of nobody and everybody."""
    costs = costs_of(price)
    nothing = cost_per_1000(y[who], nobody[who], costs)
    everything = cost_per_1000(y[who], everybody[who], costs)
    return min(nothing, everything) - cost_per_1000(y[who], acted[who], costs)


# %%
everyone = np.arange(len(y))
rng = np.random.default_rng(0)
draws = [rng.choice(everyone, len(y)) for _ in range(400)]  # row numbers


# %%
def saves(acted, price):
    """The saving of 1,000 visitors, and the ends of its interval."""
    low, high = np.percentile([saving(acted, price, who) for who in draws], [2.5, 97.5])
    return {"euros": saving(acted, price, everyone), "from": low, "to": high}


# %% [markdown]
# In each draw, model and rule are judged on the same visitors. So their difference can be computed draw by
# draw: a **comparison in pairs**, as in chapter 00. (The model stays as it is. How much luck there is in
# what it learned from, the end of this section shows.)


# %%
def leads(acted, rival, price):
    """What one way saves more than another, and the ends of the interval."""
    lead = [saving(acted, price, who) - saving(rival, price, who) for who in draws]
    low, high = np.percentile(lead, [2.5, 97.5])
    more = saving(acted, price, everyone) - saving(rival, price, everyone)
    return {"euros": more, "from": low, "to": high}


# %%
rows = []
for price in (10, 40):
    model, ruled = probability >= price / 500, searched_rule(price)
    rows += [saves(model, price), saves(ruled, price), leads(model, ruled, price)]
names = ["van: model", "van: rule", "van: model − rule"]
names += ["clinic: model", "clinic: rule", "clinic: model − rule"]
pd.DataFrame(rows, index=names).round(0).astype(int)

# %% [markdown]
# Euros saved per 1,000 visitors. For the van the model is worth about 2,000 against inviting everybody, and
# the interval excludes zero. But a rule of two numbers saves nearly as much; that the model is better is not
# shown.
#
# For the clinic the model's interval holds zero: *the very same model may be worth nothing*. The rule
# (50 or older, 20 cm above the limit) does save something.

# %% [markdown]
# So the first question of section 2 has its answer: yes, a rule does it well enough, for both buyers. A
# score of the model alone, accuracy or any other, would not have told.
#
# **Predict first:** is there a price at which the model is worth more than it is to the van? We compute
# both savings at 50 prices. (This takes some seconds.)

# %%
prices = np.unique([*np.geomspace(2, 100, 48), 10, 40])
rows = []
for price in prices:
    row = saves(probability >= price / 500, price)
    row["rule"] = saving(searched_rule(price), price, everyone)
    rows.append(row)
by_price = pd.DataFrame(rows, index=prices)
print("share of ill people times 500 euros:", round(500 * y.mean()))

# %% fold="Draw the saving against the price of acting"
fig, ax = plt.subplots(figsize=(8, 4.2))
ax.fill_between(prices, by_price["from"] / 1000, by_price["to"] / 1000, color="C2", alpha=0.18)
ax.plot(prices, by_price["euros"] / 1000, color="C2")
ax.plot(prices, by_price["rule"] / 1000, color="C6")
ax.axhline(0, color="black", lw=1)
ax.text(2.05, 3.1, "model, with 95 % interval", color="C2", weight="bold")
ax.text(2.05, 2.3, "rule, searched for each price", color="C6", weight="bold")
for name, price in [("van", 10), ("clinic", 40)]:
    height = by_price.loc[price, "euros"] / 1000
    ax.plot([price], [height], "o", color="C2", ms=9)
    ax.annotate(name, (price, height), (0, -18), textcoords="offset points", ha="center")
ax.set(xscale="log", ylim=(-2, 9), xlabel="price of acting (euros), when a miss costs 500")
ax.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
ax.set(title="A model pays where you are torn", ylabel="saved per 1,000 visitors\n(1,000 euros)")
ck.show(
    fig,
    "Saving against the price of acting: the model's curve is near zero at 2 euros, peaks near 19 and "
    "falls back to zero at 100; the searched rule runs close to it, a little lower at the peak.",
)

# %% [markdown]
# At 2 euros nearly everybody is invited, at 100 next to nobody, and no model is needed to say so. The peak
# is near 19 euros, where inviting everybody and inviting nobody cost the same: 500 times the
# **prevalence**, the share of people who are ill. There, knowing a little about each person is worth most.
#
# Whoever sells or buys a model should ask first where on this axis the customer stands, and second what a
# rule does there.

# %% [markdown]
# ### Is there signal? Are there enough rows? Are there better columns?
#
# Three checks cost minutes. **Signal:** shuffle $y$ before learning, so that there is nothing to learn;
# what the model then saves is luck. **Rows:** learn from fewer people; if the value has stopped growing,
# more rows will not improve the model.

# %%
from sklearn.base import clone


def van_saving(learn, judge, target):
    """Saving of a model that learns the target from some visitors, judged on others."""
    model = clone(plain)  # a fresh, unfitted copy
    model.fit(X.iloc[learn], target[learn])
    return saving(model.predict_proba(X)[:, 1] >= 10 / 500, 10, judge)


# %%
rows = []
for seed in range(20):
    halves = train_test_split(everyone, test_size=0.5, stratify=y, random_state=seed)
    learn, judge = halves  # 2,071 people each
    shuffled = np.random.default_rng(seed).permutation(y)
    row = {"2071, y shuffled": van_saving(learn, judge, shuffled)}
    for n in (250, 500, 1000, 2071):
        row[f"{n} people"] = van_saving(learn[:n], judge, y)
    rows.append(row)
splits = pd.DataFrame(rows)
splits.agg(["mean", "min", "max"]).T.round(-2).astype(int)

# %% [markdown]
# Euros saved for the van, over 20 splits into halves. Without signal the model loses a little against
# inviting everybody. With it, the saving is there on average from 250 people on, and stops growing at
# about 1,000. More rows would make our *intervals* narrower; they would not make this *model* better.

# %% [markdown]
# **Columns:** a nurse can ask one more question, "has anybody told you that your sugar is raised, or
# borderline?" The people without a diagnosis can say yes to that, before the test.

# %%
borderline = visitors["told_diabetes"] == "Borderline"
raised = ((visitors["told_prediabetes"] == 1) | borderline).to_numpy(int)
X_asked = X.assign(told_raised=raised)
both = cross_val_predict(plain, X_asked, y, cv=ten_parts, method="predict_proba")
asked = both[:, 1]

# %%
rows = []
for price in (10, 40):
    model = asked >= price / 500
    rows += [saves(model, price), leads(model, searched_rule(price), price)]
names = ["van: model that asks", "van: … − rule"]
names += ["clinic: model that asks", "clinic: … − rule"]
pd.DataFrame(rows, index=names).round(0).astype(int)

# %% [markdown]
# One question more, and the model is worth something to both, and more than the rule of two numbers. A good
# column was worth more than many rows.
#
# **Try it:** may the rule ask, too? In a new cell (the *+* above the notebook), invite whoever said yes,
# and whom the rule invites: `leads(model, searched_rule(40) | raised, 40)`.
# <details><summary>Answer</summary>The model still leads, by about 1,700 euros, and the interval excludes
# zero. "Or" is a blunt way to join columns; weighing them is what a model is for.</details>

# %% [markdown]
# *Good place to stop.* The two buyers need different thresholds, and the van is served by the model as well
# as by a rule. What is left: the simplest baselines, the same thoughts for amounts, and the one page.

# %% [markdown]
# ## 7 · The baseline to beat
#
# A **baseline** is the score of something so simple that no one would call it a model. scikit-learn has
# them ready: `DummyClassifier` and `DummyRegressor` look at $y$ and ignore $X$.

# %%
from sklearn.dummy import DummyClassifier

most_frequent = DummyClassifier(strategy="most_frequent").fit(X, y)  # here: always 0
lots = DummyClassifier(strategy="stratified", random_state=0).fit(X, y)  # as often 1
guesses = {
    "most frequent": most_frequent.predict(X),
    "drawing lots": lots.predict(X),
    "always 1": everybody,
    "rule: 45+ and wide": rule,
    "model, threshold 0.02": (probability >= 0.02).astype(int),
}

# %%
rows = []
for guess in guesses.values():
    row = {"accuracy": accuracy_score(y, guess), "recall": recall_score(y, guess)}
    row["cost for the van"] = cost_per_1000(y, guess, van)
    rows.append(row)
table = pd.DataFrame(rows, index=list(guesses)).sort_values("accuracy", ascending=False)
table.round({"accuracy": 3, "recall": 3, "cost for the van": 0})

# %% [markdown]
# By accuracy the van should do nothing. By cost it should use the model, which is wrong about six people
# in ten. That is no contradiction: to invite a healthy visitor is a cheap error.
#
# (Medicine says **sensitivity** for recall, and **specificity** for the recall of the other class: the share
# of the healthy who are left alone.)

# %% [markdown]
# ### For amounts
#
# A company buys houses, and offers what it predicts. Offering a dollar too much costs a dollar. Offering
# too little loses some sales: say 25 cents for each dollar. Now the table of costs is a function of the
# error.


# %%
def offer_cost(offer, price):
    """Mean cost: a dollar for each dollar too much, 25 cents for each too little."""
    too_much = np.maximum(offer - price, 0)
    too_little = np.maximum(price - offer, 0)
    return (too_much + 0.25 * too_little).mean()


offer_cost(np.array([110, 90]), np.array([100, 100])).item()  # (10 + 0.25 · 10) / 2

# %% [markdown]
# First three constant offers, for houses they have not seen. The third is the 20 % *quantile*: one house
# in five is cheaper. They are judged by two errors and by the cost. The **mean absolute error** is what an
# offer is off on average; the **root mean squared error** squares first, so that large errors count more.

# %%
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

past, sold = train_test_split(houses, test_size=0.5, random_state=0)
constants = {"mean": past["price"].mean(), "median": past["price"].median()}
constants["20 % quantile"] = past["price"].quantile(0.2)
rows = []
for constant in constants.values():
    offer = np.full(len(sold), constant)
    row = {"mean absolute error": mean_absolute_error(sold["price"], offer)}
    row["root mean squared error"] = root_mean_squared_error(sold["price"], offer)
    row["cost"] = offer_cost(offer, sold["price"])
    rows.append(row)
pd.DataFrame(rows, index=list(constants)).round(-2).astype(int)

# %% [markdown]
# The median wins by absolute error, the mean by squared error, and the 20 % quantile by cost. Even without
# a model the costs decide what to say.
#
# Why just 20 %? Raise an offer by one dollar. For every house that is worth less than the offer, this costs
# 1 more; for every other it saves 0.25. If one house in five is worth less, the two balance: $1 \cdot 1 = 4
# \cdot 0.25$. With fewer it pays to raise the offer, with more to lower it.

# %% [markdown]
# So a rule and a model should aim there, too. The rule is a price per square foot: its median, or its 20 %
# quantile. The model is a *linear regression* of three columns: `LinearRegression` aims at the mean;
# `QuantileRegressor` adds up columns in the same way and aims at a quantile.

# %%
from sklearn.linear_model import LinearRegression, QuantileRegressor

columns = ["living_area", "overall_quality", "year_built"]
aims_at_mean = LinearRegression()
aims_at_20 = QuantileRegressor(quantile=0.2, alpha=0)  # alpha=0: no penalty


# %%
def offers_of(past, sold):
    """Six ways to offer: what each says for the houses in sold."""
    constant, per_foot = past["price"], past["price"] / past["living_area"]
    X_past, X_sold = past[columns], sold[columns]
    return {
        "constant, median": np.full(len(sold), constant.median()),
        "constant, 20 %": np.full(len(sold), constant.quantile(0.2)),
        "per foot, median": per_foot.median() * sold["living_area"],
        "per foot, 20 %": per_foot.quantile(0.2) * sold["living_area"],
        "regression, mean": aims_at_mean.fit(X_past, past["price"]).predict(X_sold),
        "regression, 20 %": aims_at_20.fit(X_past, past["price"]).predict(X_sold),
    }


# %%
rows = []
for seed in range(10):
    past, sold = train_test_split(houses, test_size=0.5, random_state=seed)
    offers = offers_of(past, sold)
    costs = {name: offer_cost(offers[name], sold["price"]) for name in offers}
    rows.append(costs)
pd.DataFrame(rows).agg(["mean", "min", "max"]).T.round(-2).astype(int)

# %% [markdown]
# Cost of an offer in dollars, over ten splits. Aiming makes every way cheaper. An aimed constant beats the
# rule at its median, and the aimed rule beats the regression that aims at the mean, on average. **Costs
# first, then the model, then the decision.**

# %% [markdown]
# ## 8 · One page
#
# Before any model is built, a **problem statement** says on one page what was said above. If a line
# cannot be filled, that line is the next task. Two of its figures are still to be computed: the share of
# the visitors that the van invites, and its recall.

# %%
invited = probability >= 0.02
print(f"invited: {invited.mean():.0%} of the visitors")
print(f"recall: {recall_score(y, invited):.2f}, {y[invited].sum()} of {y.sum()} ill")

# %% [markdown]
# | | Whom does the van invite? |
# |---|---|
# | Decision | Invite a visitor to the blood test or not. The nurse decides, in two minutes, at the door. |
# | Cases | Adults without a diagnosis: 4,142 in the data, 157 of them ill. |
# | $X$ | Age, waist, body mass index, blood pressure, pulse. Not the blood value: it comes after. |
# | $y$ | 1 if the blood value says diabetes. Known for all in the survey; *later only for the invited*. |
# | Type | Binary classification, with a probability. |
# | Costs | Test 10 euros, a missed illness 500: threshold 0.02. |
# | Metric | Cost of 1,000 visitors. Beside it: recall, and the share invited. |
# | Baselines | Nobody 18,952, everybody 10,000, perfect 379 euros; and the searched rule, section 6. |
# | First model | Saves about 2,000 euros against inviting everybody, not shown to beat the rule. |
# | *Stop if* | it saves less than the rule, in a quarter in which a random tenth is invited, too. |
# | Risks | People of other countries, under 20, in care homes: never seen. Elsewhere more or fewer are ill. |
# | Owner | The van's head nurse. Looked at again every quarter. |

# %% [markdown]
# Two lines are easily forgotten. *Later only for the invited*: once the model decides, nobody learns
# what the others had, and the next training data are one-sided. *Stop if*: agreed before the first
# result, it is a plan; after it, a quarrel.
#
# **Try it:** write the clinic's page. Which line changes the verdict?
# <details><summary>Answer</summary>Costs 40 and 500, threshold 0.08, everybody 40,000, perfect 1,516, and
# in the line "First model" an interval that holds zero. The verdict: use the rule, or ask one more
# question.</details>

# %% [markdown]
# ## In the field
#
# Prices are seldom known. Practitioners ask for a range ("a miss costs between 200 and 1,000"), draw the
# picture of section 6 over that range, and see whether the verdict holds. Medicine has done this for
# years under the name decision-curve analysis (source: Vickers and Elkin, *Medical Decision Making*,
# 2006).
#
# What goes wrong: a metric chosen because it is the default, a decision nobody is going to change, and
# prices that count only what the owner pays. A needless invitation also costs the visitor a morning and
# some fear. Whose costs are in the table is not a technical question.

# %% [markdown]
# ## Summary
#
# - A problem is $X$ at the moment of the decision, $y$, and the decision. Choosing the rows is part of it.
# - The type of $y$ names the problem; whole numbers may be an amount.
# - A table of costs prices the errors. In the inbox the most accurate filter was the most expensive one.
# - For a calibrated model the threshold follows from the prices alone, before any model.
# - The answer to the puzzle: no. From the same scores, at the thresholds that the prices give, the van
#   invites more than half, the clinic one in ten. Against inviting everybody the van saves money, the clinic
#   perhaps nothing.
# - Give the rule the same chance as the model: with two numbers it did as well. One more question beat both.
# - A model is worth most where acting on everybody and on nobody cost about the same.

# %% [markdown]
# ## Check yourself
#
# 1. A filter is 86 % accurate, doing nothing 70 %. Which is better?
#    <details><summary>Answer</summary>It depends on what each error costs. In the inbox, doing nothing
#    was cheaper.</details>
# 2. Acting costs 30, a miss 600. From which probability on do you act?
#    <details><summary>Answer</summary>From 30 / 600 = 1 / 20 on, if the probabilities can be
#    trusted.</details>
# 3. A star rating from 1 to 5: classification or regression?
#    <details><summary>Answer</summary>Five whole numbers, but in order: taking 5 for 4 is a smaller error
#    than taking 5 for 1. Ask what each error costs; regression is often the better start.</details>
# 4. Why is the model worth little where acting is very cheap?
#    <details><summary>Answer</summary>There everybody is acted on anyway. A model is worth something only
#    if it changes decisions.</details>
# 5. A model saves 2,000 euros a year against doing nothing. What else do you want to know?
#    <details><summary>Answer</summary>What acting on everybody saves, and what the best rule saves that was
#    chosen as fairly; and the interval of the difference.</details>
# 6. A perfect model would save 300 euros a year. What do you do?
#    <details><summary>Answer</summary>Nothing, or a rule. No real model is worth more than a perfect
#    one.</details>

# %% [markdown]
# ## Next
#
# The exercises let you frame three questions, price errors and beat a rule that sends a helicopter. Then
# [chapter 02](02_data_and_exploration.ipynb) looks at what the diabetes data really hold. To read:
#
# - Charles Elkan, *The Foundations of Cost-Sensitive Learning* (2001), with the formula above.
# - Andrew Vickers and Elena Elkin, *Decision Curve Analysis* (2006).
# - Google, *Rules of Machine Learning*: the first one is not to be afraid of launching without it.
# - scikit-learn user guide, "Tuning the decision threshold for class prediction".
