# %% [markdown]
# # 1 · Problem definition: one model, two buyers
#
# A model looks at people who have no diagnosis and gives each a probability of having diabetes. A
# **van** buys it: it offers a blood test for 10 euros. A **clinic** buys it, too: it invites people to
# an examination for 40 euros. Whoever is ill and not found costs either of them 500 euros later.
# **Should both invite the same people, and what is the model worth to each?**

# %% [markdown]
# **You will be able to**
# - turn a wish into $X$, $y$ and the decision that hangs on $\hat y$
# - name the type of a problem, and see when its data suggest the wrong one
# - write the costs of errors as a table, and get the metric and the threshold from it before any model
# - say what a model is worth, beside doing nothing, acting on everybody, a rule and a perfect model
# - fill in a problem statement of one page
#
# **Builds on:** [chapter 00](00_start_here.ipynb) · **Data:** `diabetes`,
# `mails`, `houses`, `penguins`
#
# All prices are invented. Nothing here is medical advice.

# %% [markdown]
# ## 1 · From a wish to a question
#
# "Use AI against diabetes" is a wish. A question begins with the cases: who stands before the van?
# People with a diagnosis, or its pills, need not be found.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
for name, table in [("everybody", people), ("visitors", visitors)]:
    print(f"{name}: {len(table)} people, {table['diabetes'].sum()} ill, {table['diabetes'].mean():.1%}")

# %% [markdown]
# (`told_diabetes` holds words: "1", "0" and "Borderline".) The choice of rows has changed the problem.
# Among everybody one in five is ill, among the visitors one in 26: rare, so that there are few cases
# to learn from. A model for "everybody" would be a model for a question nobody asks.
#
# Then come three things: $X$, what is known **at the moment of the decision**; $y$, what one would like
# to know; and the **decision** that comes out differently when $\hat y$ does. If nothing is done
# differently, no model is needed. Here $X$ may hold what the van's nurse can measure in two minutes.

# %%
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
X, y = visitors[measures], visitors["diabetes"].to_numpy()
X.assign(y=y).head(4)

# %% [markdown]
# $X$ is this table (years, cm, kg/m², mmHg, beats a minute), $y$ is 1 for "has diabetes and was not
# told", and the decision is to invite or not. `hba1c`, the result of the blood test, stands in the data
# as well, and is no part of $X$: it arrives after the decision.

# %% [markdown]
# ## 2 · Which kind of problem?
#
# The type of $y$ names the problem. scikit-learn has a function that looks at $y$ and says what it sees.
#
# **Predict first:** what will it call the price of a house, in whole dollars?

# %%
from sklearn.utils.multiclass import type_of_target

houses, penguins = ck.load("houses"), ck.load("penguins")
ILLNESSES = ["asthma", "arthritis", "heart_attack", "stroke", "cancer"]
ill = people.dropna(subset=ILLNESSES)
questions = {
    "Does this visitor have diabetes?": y,
    "How high is the blood value?": visitors["hba1c"],
    "Which species is this penguin?": penguins["species"].to_numpy(dtype=object),
    "Which of five illnesses does this person have?": ill[ILLNESSES].to_numpy(int),
    "What will this house sell for?": houses["price"],
}
kinds = {question: [np.shape(target), type_of_target(target)] for question, target in questions.items()}
pd.DataFrame(kinds, index=["shape of y", "looks like"]).T

# %% [markdown]
# - **Binary classification**: one of two classes. **Multiclass**: one of several.
# - **Multilabel**: several yes-or-no answers at once, so $y$ is a table with a column for each.
# - **Regression**: $y$ is an amount, and being off by a little is better than by a lot.
#
# The last row is wrong. Whole numbers look like classes to a computer; to you, 200,000 dollars is close
# to 201,000. The type is yours to decide. Here is the order in which to ask.

# %%
ASK = ["Does a rule\ndo it well\nenough?", "Do you know y\nfor some\ncases?", "Is y an\namount?"]
ASK += ["May several\nbe true\nat once?", "Are there\nonly two\nclasses?"]
ENDS = [("yes", "no model\nneeded", "C6"), ("no", "clustering", "C3"), ("yes", "regression", "C2")]
ENDS += [("yes", "multilabel", "C4"), ("yes", "binary", "C4"), ("no", "multiclass", "C4")]
EXAMPLES = ["fever above\n38 °C", "groups of\npenguins", "price of\na house", "five\nillnesses"]
EXAMPLES += ["spam\nor not", "species of\na penguin"]
print(f"{len(ASK)} questions, {len(ENDS)} ends")

# %%
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
ck.show(
    fig,
    "Decision tree of five questions from left to right: a rule is enough, no model; no known y, "
    "clustering; an amount, regression; several at once, multilabel; two classes, binary; else multiclass.",
)

# %% [markdown]
# The first question is the one most often skipped, and section 6 asks it with numbers. The same wish can
# also be cut in several ways: from one blood value come an amount, two classes or three.

# %%
groups = pd.cut(visitors["hba1c"], [0, 5.7, 6.5, 99], right=False, labels=["normal", "raised", "diabetes"])
print("regression: mean", visitors["hba1c"].mean().round(2), "%")
print("multiclass:", groups.value_counts(sort=False).to_dict())
print("binary:    ", (groups == "diabetes").value_counts().to_dict())

# %% [markdown]
# Let the decision choose. The van says come or do not come, so binary will do. If the nurse also gave
# advice to people with a raised value, three classes would be needed.

# %% [markdown]
# ### Several labels at once
#
# `MultiOutputClassifier` fits one model for each column of $y$. The model inside is the one of chapter
# 00: fill gaps with the median, bring all columns to one scale, weigh them (a logistic regression). If
# the fifth with the highest probability is looked at, how many of the ill are in it?

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

plain = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
known, new = train_test_split(ill, test_size=0.5, random_state=0)
five = MultiOutputClassifier(plain).fit(known[measures], known[ILLNESSES].astype(int))
rows = {}
for illness, table in zip(ILLNESSES, five.predict_proba(new[measures]), strict=True):
    has_it, top = new[illness] == 1, table[:, 1] >= np.quantile(table[:, 1], 0.8)
    share = top[has_it].mean()
    error = np.sqrt(share * (1 - share) / has_it.sum())
    rows[illness] = {"people who have it": has_it.sum(), "share in top fifth": share, "±": error}
print("people with two or more:", (new[ILLNESSES].sum(axis=1) >= 2).sum(), "of", len(new))
pd.DataFrame(rows).T.astype({"people who have it": int}).round(2)

# %% [markdown]
# Drawing lots would find 0.2 of each; ± is one standard error. Five questions, one $X$, five strengths
# of signal: a multilabel problem can be feasible for one label and hopeless for the next. For
# asthma the model is only a little better than drawing lots.

# %% [markdown]
# ### No $y$ at all
#
# **Clustering** looks for groups without being told any. We hide the species of the penguins and ask for
# three groups by size: `KMeans` looks for three centres and puts each bird to the nearest.

# %%
from sklearn.cluster import KMeans

birds = penguins.dropna(subset=["bill_length_mm"])
sizes = birds[["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]]
group = KMeans(3, n_init=10, random_state=0).fit_predict(StandardScaler().fit_transform(sizes))
found = pd.crosstab(birds["species"], group)
found[found.idxmax(axis=1).tolist()].set_axis(["group A", "group B", "group C"], axis=1)

# %% [markdown]
# The groups nearly are the species, and we know only because we had a $y$ after all. Without one,
# nobody can say how many of them are right. Whoever is asked to cluster should ask back: which
# decision will differ between group A and group B?

# %% [markdown]
# ## 3 · The metric before the model
#
# > **Myth.** "Accuracy says whether it works."
#
# Take the mails, and three filters without any learning: one that does nothing, one that moves mails
# written in HTML to the spam folder, one that moves these and all that say *click*. **Accuracy** is
# the share of right verdicts, **precision** the share of spam among the moved, **recall** the share of
# spam that is moved.

# %%
from sklearn.metrics import accuracy_score, precision_score, recall_score

mails = ck.load("mails")
is_spam = mails["is_spam"].to_numpy(int)
says_click = (mails["subject"] + " " + mails["body"]).str.contains(r"\bclick\b", case=False)
filters = {
    "do nothing": np.zeros(len(mails), int),
    "HTML": mails["is_html"].to_numpy(int),
    "HTML or click": (mails["is_html"] | says_click).to_numpy(int),
}
report = {}
for name, moved in filters.items():
    report[name] = {
        "accuracy": accuracy_score(is_spam, moved),
        "precision": precision_score(is_spam, moved, zero_division=np.nan),
        "recall": recall_score(is_spam, moved),
    }
pd.DataFrame(report).T.round(3)

# %% [markdown]
# The filter that does nothing is right about 70 % of the mails. It catches no spam, and moves no mail,
# so its precision does not exist. Is 0.860 better than 0.705? By accuracy, clearly. Now ask the owner of
# the inbox what the errors cost.
#
# Write the costs down as a table: a row for the truth, a column for the action. Say a good mail lost
# costs 10 euros, a spam seen 5 cents. Then `costs[y, acted]` looks up one price for each mail.


# %%
def cost_per_1000(y, acted, costs):
    """Mean cost of 1,000 cases; costs[truth, action] is the price of one."""
    return 1000 * costs[y, np.asarray(acted, int)].mean()


#                    keep   move
inbox = np.array([[0.00, 10.00],   # good mail
                  [0.05, 0.00]])  # spam  # fmt: skip
bulk = np.array([[0.00, 0.05], [0.05, 0.00]])
costs = {"inbox": inbox, "archive": bulk}
bill = {
    name: {owner: cost_per_1000(is_spam, moved, table) for owner, table in costs.items()}
    for name, moved in filters.items()
}
pd.DataFrame(bill).T.round(1)

# %% [markdown]
# The bill of 1,000 mails in euros. For the inbox **the most accurate filter is the most expensive one**,
# and doing nothing the cheapest. For the owner of an archive, to whom both errors cost 5 cents, it is
# the other way round. The filters did not change; the prices did.
#
# Accuracy is a bill, too: the one in which both errors cost the same. It says whether it works only for
# people like the owner of the archive.

# %% [markdown]
# So the metric follows from the prices, before any model is fitted:
#
# | expensive error | what to watch | example |
# |---|---|---|
# | acting on a case that did not need it | precision | a good mail lost |
# | missing a case that did | recall | an illness not found |
# | both alike | accuracy | sorting an archive |
# | you know the prices | the bill itself | the van and the clinic |
#
# Neither precision nor recall is a goal on its own: recall is perfect when you act on everybody.

# %% [markdown]
# **Try it:** how cheap must a lost good mail be, for "HTML" to beat doing nothing in the inbox? Change
# `10.00` and run the cell again.
# <details><summary>Answer</summary>Up to about 30 cents: the rule catches 738 spam mails, worth 5 cents
# each, and loses 120 good ones. Divide the two.</details>

# %% [markdown]
# ## 4 · Two buyers
#
# Back to the puzzle. The two tables differ in one number: the price of acting.


# %%
def costs_of(price):
    """Costs of inviting at this price, when a missed illness costs 500 euros."""
    return np.array([[0, price], [500, price]])


van, clinic = costs_of(10), costs_of(40)
pd.DataFrame(
    [[*van[0], *clinic[0]], [*van[1], *clinic[1]]],
    index=["not ill", "ill"],
    columns=["van: leave", "van: invite", "clinic: leave", "clinic: invite"],
)

# %% [markdown]
# And one model for both. `cross_val_predict` splits the people into ten parts and scores each part with
# a model fitted on the other nine: everybody is scored by a model that has never seen them.
#
# **Predict first:** what will the bill be if both use `predict`, which says "ill" above a probability of
# one half?

# %%
from sklearn.model_selection import StratifiedKFold, cross_val_predict

ten_parts = StratifiedKFold(10, shuffle=True, random_state=0)
probability = cross_val_predict(plain, X, y, cv=ten_parts, method="predict_proba")[:, 1]
nobody, everybody = np.zeros(len(y), int), np.ones(len(y), int)
bills = {}
for name, acted in [("nobody", nobody), ("everybody", everybody), ("predict", probability >= 0.5)]:
    bills[name] = {"invited": acted.sum(), "ill and found": acted[y == 1].sum()}
    bills[name] |= {"van": cost_per_1000(y, acted, van), "clinic": cost_per_1000(y, acted, clinic)}
pd.DataFrame(bills).T.round(0).astype(int)

# %% [markdown]
# `predict` invites next to nobody: hardly any visitor is more probably ill than not. Its bill is
# nearly that of doing nothing. If right actions cost nothing and both errors the same, one half is the
# right border; here it is not.
#
# Now move the border, the **threshold**: invite whoever has at least this probability.

# %%
thresholds = np.geomspace(0.003, 0.3, 150)
curves = {}
for name, table in [("van", van), ("clinic", clinic)]:
    curves[name] = np.array([cost_per_1000(y, probability >= border, table) for border in thresholds])
    lowest = thresholds[curves[name].argmin()]
    invited = np.mean(probability >= lowest)
    print(f"{name}: lowest bill {curves[name].min():.0f} euros, from {lowest:.3f} on, invites {invited:.0%}")

# %%
fig, ax = plt.subplots(figsize=(8, 4.8))
for name, price, colour in [("van", 10, "C2"), ("clinic", 40, "C3")]:
    curve, lowest = curves[name] / 1000, curves[name].argmin()
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
# The dots are far apart: at its best border the van invites nearly three in four, the clinic one in five,
# **from the same scores**. Nobody needs another model for that. And a border for the wrong prices is
# worse than none: at the van's, the clinic pays more than for doing nothing.

# %% [markdown]
# ## 5 · The threshold before the model
#
# You could have known both borders without any model. For a person who is ill with probability $p$,
# inviting costs the price $c$, whatever the truth; leaving costs $500\,p$ on average. Inviting is
# cheaper when
#
# $$c < 500\,p, \qquad\text{that is}\qquad p > \frac{c}{500}.$$

# %%
for name, table in [("van", van), ("clinic", clinic)]:
    border = table[0, 1] / table[1, 0]
    bill = cost_per_1000(y, probability >= border, table)
    print(f"{name}: border {border:.2f}, invites {np.mean(probability >= border):.0%}, bill {bill:.0f} euros")

# %% [markdown]
# Both lie near the dots and cost a little more. They are the honest ones: the dots were chosen by looking
# at the very $y$ that then judges them, so luck is on their side. From here on the borders are 0.02 and
# 0.08.
#
# There is one condition. The rule takes $p$ at its word, so of the people who get 0.05, one in twenty
# must be ill. A model with that property is called **calibrated**. Is this one?

# %%
sixth = pd.qcut(probability, 6, labels=["lowest", "2", "3", "4", "5", "highest"])
check_table = pd.DataFrame({"predicted": probability, "ill": y}).groupby(sixth, observed=True).mean()
counts = pd.Series(y).groupby(sixth, observed=True).sum()
check_table.assign(people=sixth.value_counts(), cases=counts).round(3)

# %% [markdown]
# Near enough, given how few cases stand in each row. Many models are far off, and then the border must
# be searched on data after all; [chapter 07](07_evaluation_and_tuning.ipynb) repairs them.
#
# **Try it:** the clinic halves its price to 20 euros. Compute its border, and guess the share of people
# it invites before you run it: `np.mean(probability >= 20 / 500)`.
# <details><summary>Answer</summary>The border is 0.04, and a third are invited. The price fell to a half,
# the invitations more than tripled: most people sit at low probabilities.</details>

# %% [markdown]
# ## 6 · What is it worth?
#
# ### Four bills frame every project
#
# What does doing nothing cost? Acting on everybody? What would a **perfect** model cost, one that
# invites the ill and nobody else? And is a **rule** enough? Ours is not tuned to these data: 45 or
# older, with a waist above 102 cm (men) or 88 cm (women), a limit in wide use (source: World Health
# Organization, *Waist circumference and waist–hip ratio*, 2008).

# %%
wide = visitors["waist"] > np.where(visitors["sex"] == "Male", 102, 88)
rule = ((visitors["age"] >= 45) & wide).to_numpy(int)
value = {}
for name, table in [("van", van), ("clinic", clinic)]:
    ways = {"nobody": nobody, "everybody": everybody, "rule": rule}
    ways |= {"model": probability >= table[0, 1] / 500, "perfect": y}
    value[name] = {way: cost_per_1000(y, acted, table) for way, acted in ways.items()}
pd.DataFrame(value).round(0).astype(int)

# %% [markdown]
# The rule is worse than inviting everybody (van) and worse than inviting nobody (clinic). The model beats
# the cheaper of the two for both, and reaches only a part of what a perfect one would save. How sure are
# the savings? Draw the visitors again and again with replacement (a **bootstrap**), and look at the
# middle 95 % of the results.


# %%
def saving(acted, price, rows=slice(None)):
    """Euros that 1,000 visitors save against the cheaper of nobody and everybody."""
    table, some = costs_of(price), y[rows]
    cheaper = nobody if price > 500 * y.mean() else everybody
    return cost_per_1000(some, cheaper[rows], table) - cost_per_1000(some, acted[rows], table)


rng = np.random.default_rng(0)
draws = [rng.integers(0, len(y), len(y)) for _ in range(400)]
savings = {}
for name, price in [("van", 10), ("clinic", 40)]:
    acted = probability >= price / 500
    low, high = np.percentile([saving(acted, price, rows) for rows in draws], [2.5, 97.5])
    whole, best = saving(acted, price), saving(y, price)
    savings[name] = {"saves": whole, "from": low, "to": high, "perfect saves": best}
pd.DataFrame(savings).T.round(0).astype(int)

# %% [markdown]
# That is the answer to the puzzle. For the van the model is worth about 2,000 euros per 1,000 visitors,
# and very probably something. For the clinic the interval holds zero: **the very same model may be worth
# nothing**. A score of the model alone, accuracy or any other, could not have told them apart.
#
# **Predict first:** is there a price at which the model is worth more than it is to the van?

# %%
prices = np.unique([*np.geomspace(2, 100, 48), 10, 40])
bands = []
for price in prices:
    acted = probability >= price / 500
    low, high = np.percentile([saving(acted, price, rows) for rows in draws[:150]], [2.5, 97.5])
    bands.append((saving(acted, price), low, high, saving(rule, price)))
model_line, low, high, rule_line = np.array(bands).T / 1000
peak = model_line.argmax()
print(f"highest at {prices[peak]:.0f} euros: {1000 * model_line[peak]:.0f} per 1,000 visitors")
print(f"500 euros times the share of ill people: {500 * y.mean():.0f}")

# %%
fig, ax = plt.subplots(figsize=(8, 4.2))
ax.fill_between(prices, low, high, color="C2", alpha=0.18)
ax.plot(prices, model_line, color="C2")
ax.plot(prices, rule_line, color="C6")
ax.axhline(0, color="black", lw=1)
ax.text(2.05, 2.6, "model, with 95 % interval", color="C2", weight="bold")
ax.text(9, -3.2, "rule: 45+ and wide waist", color="C6", weight="bold")
for name, price in [("van", 10), ("clinic", 40)]:
    ax.plot([price], [np.interp(price, prices, model_line)], "o", color="C2", ms=9)
    ax.annotate(name, (price, np.interp(price, prices, model_line)), (4, 8), textcoords="offset points")
ax.set(xscale="log", ylim=(-4.5, 9.5), xlabel="price of acting (euros), when a miss costs 500")
ax.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
ax.set(title="A model pays where you are torn", ylabel="saved per 1,000 visitors\n(1,000 euros)")
ck.show(
    fig,
    "Saving against the price of acting: the model's curve is near zero at 2 euros, peaks near 20 and "
    "falls back to zero at 100; the rule is above zero only around the peak.",
)

# %% [markdown]
# At 2 euros everybody is invited, at 100 nobody, and no model is needed to say so. In between, where
# inviting everybody and inviting nobody cost about the same, knowing a little about each person is worth
# most. There even the rule pays, and comes close to the model. Whoever sells or buys a model should ask
# first where on this axis the customer stands.

# %% [markdown]
# ### Is there signal? Is there data?
#
# Two checks cost minutes. **Signal:** shuffle $y$ and do everything again; what remains is luck.
# **Data:** learn from fewer people; if the value has stopped growing, more rows will not help, other
# columns might.

# %%
from sklearn.base import clone


def van_saving(learn, judge, target):
    """Saving of a model that learns from some visitors, judged on others."""
    fitted = clone(plain).fit(X.iloc[learn], target[learn])
    return saving(fitted.predict_proba(X)[:, 1] >= 0.02, 10, judge)


results = []
for repeat in range(20):
    learn, judge = train_test_split(np.arange(len(y)), test_size=0.5, stratify=y, random_state=repeat)
    shuffled = np.random.default_rng(repeat).permutation(y)
    row = {f"{n} people": van_saving(learn[:n], judge, y) for n in (250, 500, 1000, 2071)}
    results.append({"2071, y shuffled": van_saving(learn, judge, shuffled), **row})
pd.DataFrame(results).agg(["mean", "std"]).T.round(-1).astype(int)

# %% [markdown]
# Euros saved for the van, mean and standard deviation of 20 splits. Without signal the model loses a
# little against inviting everybody; with it, the saving is there on average from 250 people on, and
# stops growing at about 1,000 people. More rows of this kind will not help much; another column might.
# The spread is large because few of these people are ill: count the rare class, not the rows.

# %% [markdown]
# ## 7 · The baseline to beat
#
# A **baseline** is the score of something so simple that no one would call it a model. scikit-learn has
# them ready: `DummyClassifier` and `DummyRegressor` look at $y$ and ignore $X$.

# %%
from sklearn.dummy import DummyClassifier

settings = {
    "most frequent": {"strategy": "most_frequent"},
    "always 1": {"strategy": "constant", "constant": 1},
    "as often as y": {"strategy": "stratified", "random_state": 0},
}
guesses = {name: DummyClassifier(**chosen).fit(X, y).predict(X) for name, chosen in settings.items()}
guesses |= {"rule": rule, "model (0.02)": (probability >= 0.02).astype(int)}
scores = {
    name: [(guess == y).mean(), guess[y == 1].mean(), cost_per_1000(y, guess, van)]
    for name, guess in guesses.items()
}
pd.DataFrame(scores, index=["accuracy", "recall", "bill of the van"]).T.round(
    {"accuracy": 3, "recall": 3, "bill of the van": 0}
)

# %% [markdown]
# Sorted by accuracy, the van should do nothing; sorted by the bill, it should use the model, which is
# wrong about six people in ten. That is no contradiction: to invite a healthy visitor is a cheap error.

# %% [markdown]
# ### For amounts
#
# A company buys houses, and offers what it predicts. Offering a dollar too much costs a dollar. Offering
# too little loses some sales: say 25 cents per dollar. Here the table of costs becomes a function of the
# error. Five offers, judged by the mean absolute error, the root of the mean squared error, and the bill.

# %%
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

columns = ["living_area", "overall_quality", "year_built"]
old, sold = train_test_split(houses, test_size=0.5, random_state=0)
per_foot = (old["price"] / old["living_area"]).median()
offers = {name: DummyRegressor(strategy=name) for name in ("mean", "median")}
offers["lowest fifth"] = DummyRegressor(strategy="quantile", quantile=0.2)
offers = {name: dummy.fit(old, old["price"]).predict(sold) for name, dummy in offers.items()}
offers["rule: price per foot"] = per_foot * sold["living_area"]
offers["linear regression"] = LinearRegression().fit(old[columns], old["price"]).predict(sold[columns])


def bill_of(offer):
    """Mean cost: a dollar for each dollar too much, 25 cents for each too little."""
    return np.maximum(offer - sold["price"], 0.25 * (sold["price"] - offer)).mean()


errors = {name: [f(sold["price"], o) for f in (mean_absolute_error, root_mean_squared_error)] + [bill_of(o)]
          for name, o in offers.items()}  # fmt: skip
pd.DataFrame(errors, index=["mean abs. error", "root mean sq. error", "bill"]).T.round(-2).astype(int)

# %% [markdown]
# Look at the three constants first. The median wins by absolute error, the mean by squared error, and
# the price that four houses in five exceed wins by the bill. Even without a model the costs decide what
# to say. That fifth is no accident: an offer is best where the chance of paying too much times 1 equals
# the chance of offering too little times 0.25, and that is at 0.25 / (0.25 + 1).
#
# By error, the rule takes about a third off the best constant, and the model half. By the bill, the rule is
# worse than a constant, and the model a little better. Both aim at the middle of the price, and the
# bill wants an offer below it. **Try it:** multiply the model's offer by 0.9.
# <details><summary>Answer</summary>The bill falls by about a third: <code>bill_of(0.9 *
# offers["linear regression"])</code>. Costs first, then the model, then the decision.</details>

# %% [markdown]
# ## 8 · One page
#
# Before any model is built, a **problem statement** says on one page what was said above. If a line
# cannot be filled, that line is the next task. The numbers are computed, so that the page stays true.

# %%
bill, ready = value["van"], savings["van"]
baselines = ", ".join(f"{way} {bill[way]:.0f}" for way in ("nobody", "everybody", "rule", "perfect"))
interval = f"{ready['from']:.0f} to {ready['to']:.0f}"
print(f"""PROBLEM STATEMENT: whom does the van invite?
Decision    Invite a visitor to the blood test, or not. The nurse decides, in two minutes, at the door.
Cases       Adults without a diagnosis: {len(y)} in the data, {y.sum()} of them ill ({y.mean():.1%}).
X           {", ".join(measures)}: measured before the decision. Not hba1c: it comes after.
y           1 if the blood value says diabetes. Known for all in the survey; later only for the invited.
Type        Binary classification, with a probability.
Costs       Test {van[0, 1]} euros, a missed illness {van[1, 0]}: border {van[0, 1] / van[1, 0]}.
Metric      Bill of 1,000 visitors. Beside it: recall, and the share invited.
Baselines   {baselines} euros.
First model {bill["model"]:.0f} euros: saves {ready["saves"]:.0f}, interval {interval}.
Stop if     it saves less than it costs to run, in a quarter in which a random few are invited, too.
Risks       People of other countries, under 20, in care homes: never seen. Invitations differ by age.
Owner       The van's head nurse. Looked at again every quarter.""")

# %% [markdown]
# Two lines are easily forgotten. **Later only for the invited**: once the model decides, nobody learns
# what the others had, and the next training data are one-sided. **Stop if**: agreed before the first
# result, it is a plan; after it, a quarrel.
#
# **Try it:** write the clinic's page. Which line changes the verdict?
# <details><summary>Answer</summary>Costs 40 and 500, border 0.08, and in the line "First model" an
# interval that holds zero. The verdict: collect more cases or better columns first, or lower the price
# of the examination.</details>

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
# - A table of costs turns errors into a bill. In the inbox the most accurate filter had the highest one.
# - For a calibrated model the threshold follows from the prices alone, before any model.
# - The answer to the puzzle: no. From the same scores the van invites more than half and saves money,
#   the clinic one in ten and perhaps saves nothing.
# - A model is worth most where acting on everybody and on nobody cost about the same.
# - Nobody, everybody, a rule and a perfect model frame every result.

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
# 5. A perfect model would save 300 euros a year. What do you do?
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
