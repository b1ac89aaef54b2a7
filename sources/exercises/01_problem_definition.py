# %% [markdown]
# # 1 · Exercises: Problem definition
#
# Five questions, from framing a problem to beating a rule. Write your answer where it says `# YOUR CODE
# HERE`, run the cell, then run the check below it. A check never stops the notebook and you may try as
# often as you like. All prices are invented.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(1)

# %% [markdown]
# ## Question 1 · Frame three questions
#
# - `"bikes"`: how many bicycles will be hired in an hour of tomorrow? A driver fills the stations at
#   night.
# - `"crashes"`: a car reports a crash by itself. Will somebody on its front seats die? A helicopter can be
#   sent in the next two minutes.
# - `"illnesses"`: which of asthma, arthritis, heart attack, stroke and cancer has this person had? A nurse
#   prepares leaflets before the visit.
#
# Fill in three dictionaries. `kind` holds one of `"regression"`, `"binary"`, `"multiclass"`,
# `"multilabel"`, `"clustering"`. `target` holds the **list** of columns that make up $y$. `too_late` holds
# the list of the columns, among those printed below, that are known only **after** the decision; the
# target itself is not listed, and the list may be empty.
#
# <details><summary>Hint</summary>Ask of each column: would it be there at the moment of the decision?
# <code>casual</code> and <code>registered</code> are hires by occasional users and by members. A doctor
# judges <code>injury_severity</code>.</details>

# %%
columns = {
    "bikes": ["hour", "weekday", "holiday", "casual", "registered", "bikers"],
    "crashes": ["impact_speed", "seatbelt", "airbag_opened", "injury_severity", "dead"],
    "illnesses": ["age", "sex", "asthma", "arthritis", "heart_attack", "stroke", "cancer"],
}
table_of = {"bikes": "bikes", "crashes": "crashes", "illnesses": "diabetes"}
for name, shown in columns.items():
    first = ck.load(table_of[name])[shown].iloc[0]
    print(f"{name}:", *[f"{column}={value}" for column, value in first.items()])

# %% answer="q1"
kind = ...
target = ...
too_late = ...
### BEGIN SOLUTION
kind = {"bikes": "regression", "crashes": "binary", "illnesses": "multilabel"}
target = {"bikes": ["bikers"], "crashes": ["dead"], "illnesses": columns["illnesses"][2:]}
too_late = {"bikes": ["casual", "registered"], "crashes": ["injury_severity"], "illnesses": []}
### END SOLUTION

# %% check="q1" points=3 minutes=20
check.q1(kind, target, too_late)

# %% [markdown] tags=["solution"]
# Hires are whole numbers, and still an amount: 99 for 100 is a good forecast. A person can have had
# several illnesses at once, which makes five columns of $y$ and not five classes of one.
#
# The usual mistake is to keep `casual` and `registered`. Their sum is `bikers`: a model with them is
# perfect and cannot be used, because tomorrow's hires are not known tonight. Speed, belt and airbag are
# known: the car reports them itself.

# %% [markdown]
# ## Question 2 · The value of a model
#
# Write `value_per_1000(y, acted, costs)`: the money that 1,000 cases save if one acts as in `acted`,
# compared with the **cheaper** of acting on nobody and acting on everybody. `y` and `acted` are arrays of
# 0 and 1, sometimes of one of them only, and `costs[truth, action]` is the price of one case. The value may
# be negative. Do not round it.
#
# In the example below, acting on nobody costs 300 per 1,000 cases, acting on everybody 100, and the
# actions shown 40. The value is `60.0`.
#
# <details><summary>Hint</summary><code>costs[y, acted]</code> looks up one price for each case. You need
# it three times.</details>

# %%
y_example = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
acted_example = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
costs_example = np.array([[0.0, 0.1], [1.0, 0.1]])


# %% answer="q2"
def value_per_1000(y, acted, costs):
    """Money saved on 1,000 cases against the cheaper of acting on nobody and on everybody."""
    ### BEGIN SOLUTION
    bill = 1000 * costs[y, acted].mean()
    nobody, everybody = (1000 * costs[y, action].mean() for action in (0, 1))
    return min(nobody, everybody) - bill
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(value_per_1000)

# %% [markdown] tags=["solution"]
# `costs[y, 0]` is the price of each case if nobody is acted on, `costs[y, 1]` if everybody is.
#
# Comparing with "nobody" alone is the mistake that sells models: in the example it gives 260 instead of
# 60, and most of it could be had without any model. A negative value is a result, too, so do not cut it
# off at zero.

# %% [markdown]
# ## Question 3 · The border for any prices
#
# In the lesson a needless action and a useful one cost the same. Now all four prices may differ: leaving a
# 0 alone may cost something, and a rescue may pay. Write `border(costs)`: the probability $p$ of a 1 at
# which acting and not acting cost the same on average. Assume that acting is the dearer one for a 0, and
# the cheaper one for a 1. For the van, `border(np.array([[0, 10], [500, 10]]))` gives `0.02`. At least three
# decimals must be right.
#
# <details><summary>Hint</summary>Not acting costs <code>p * costs[1, 0] + (1 - p) * costs[0, 0]</code> on
# average. Write down the same for acting, set them equal, and solve for p.</details>


# %% answer="q3"
def border(costs):
    """Probability of a 1 at which acting and not acting cost the same."""
    ### BEGIN SOLUTION
    needless = costs[0, 1] - costs[0, 0]
    missed = costs[1, 0] - costs[1, 1]
    return needless / (needless + missed)
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(border)

# %% [markdown] tags=["solution"]
# Only two differences matter: what a needless action costs *more* than leaving a 0 alone, and what a miss
# costs *more* than acting on a 1. The border is the first one's share of both.
#
# `costs[0, 1] / costs[1, 0]`, the formula of the lesson, is right only because there inviting costs the
# same whatever the truth. You can check any formula by trying many values of `p`.

# %% [markdown]
# ## Question 4 · Choose a metric and defend it
#
# Four filters of the mails, and two owners. The *private* owner pays 3 euros for a good mail lost, and
# 50 cents for a spam seen. The *desk* hunts spammers: it pays 10 cents for a good mail
# looked at in vain, and 50 cents for a spam missed. (Doing nothing would cost either 147 euros per 1,000
# mails, moving everything 2,115 and 70.)
#
# For each owner store in `cheapest` the **name of the filter** with the lowest bill, and in `metric` one
# of `"accuracy"`, `"precision"`, `"recall"` **whose best filter is that one**. In `regret` store how many
# euros per 1,000 mails the owner pays too much with the most **accurate** filter instead of the cheapest.
# All three are dictionaries with the keys `"private"` and `"desk"`.
#
# <details><summary>Hint</summary>Compute the bill of each filter for both owners, and the three metrics of
# each filter, as in section 3 of the lesson. <code>idxmin()</code> and <code>idxmax()</code> of a pandas
# Series give the name of the smallest and the largest entry.</details>

# %%
mails = ck.load("mails")
is_spam = mails["is_spam"].to_numpy(int)
text = (mails["subject"] + " " + mails["body"]).str.lower()
click, here = text.str.contains(r"\bclick\b"), text.str.contains("click here")
filters = pd.DataFrame(
    {
        "click here": here,
        "html": mails["is_html"],
        "html or click": mails["is_html"] | click,
        "html, click or free": mails["is_html"] | click | text.str.contains(r"\bfree\b"),
    }
).astype(int)
owner_costs = {
    "private": np.array([[0.0, 3.0], [0.5, 0.0]]),
    "desk": np.array([[0.0, 0.1], [0.5, 0.0]]),
}
filters.groupby(np.where(is_spam == 1, "of spam", "of good mail")).mean().round(3).T

# %% answer="q4"
cheapest = ...
metric = ...
regret = ...
### BEGIN SOLUTION
from sklearn.metrics import accuracy_score, precision_score, recall_score

bills = pd.DataFrame(
    {
        owner: {name: 1000 * costs[is_spam, moved].mean() for name, moved in filters.items()}
        for owner, costs in owner_costs.items()
    }
)
metrics = {"accuracy": accuracy_score, "precision": precision_score, "recall": recall_score}
scores = pd.DataFrame(
    {
        word: {name: score(is_spam, moved) for name, moved in filters.items()}
        for word, score in metrics.items()
    }
)
best_by = scores.idxmax()
cheapest = bills.idxmin().to_dict()
metric = {owner: best_by[best_by == name].index[0] for owner, name in cheapest.items()}
regret = (bills.loc[best_by["accuracy"]] - bills.min()).to_dict()
pd.concat([scores.round(3), bills.round(0)], axis=1)
### END SOLUTION

# %% check="q4" points=4 minutes=25
check.q4(cheapest, metric, regret)

# %% [markdown] tags=["solution"]
# The private owner fears lost mail, so precision picks the right filter; the desk fears missed spam, so
# recall does, and both filters beat doing nothing and moving everything. Accuracy picks one filter for
# both, although they want opposite things: it costs the private owner 35 euros per 1,000 mails too many,
# the desk 13.
#
# The usual mistake is to choose the metric by its name and not look whether it really picks the cheapest
# filter. That is also the defence of a metric: *it orders our candidates as the bill does*. If it does
# not, use the bill.

# %% [markdown]
# ## Question 5 · Beat the rule
#
# A car has crashed and reported what it knows: its sensors, and the age in the driver's profile. Each row
# is one person on a front seat; take each as a crash of its own. Sending a helicopter costs 1 (thousand
# euros), whether it was needed or not; not sending one to a person who dies counts as 30. The rule
# in use sends it from 40 km/h on.
#
# Write `dispatch(table)`. It returns one 0 or 1 for each row of a table with the columns of `sensors`, and
# must decide **each crash by itself**. You may fit a model on `train` above the function and use it inside,
# or write a better rule by hand.
#
# The check uses it on the crashes of `test`, whose outcome is hidden from
# you: the bill per 1,000 of them must be at most 570. To see a bill of your own before that, keep a part of
# `train` back and judge there. The cell below prints the bills of three simple ways on `train`.
#
# <details><summary>Hint</summary>Which border follows from 1 and 30? Four columns are texts:
# <code>pd.get_dummies</code> on the training table, and <code>reindex(columns=…, fill_value=0)</code> on
# a new one, or a <code>OneHotEncoder</code> in a pipeline, make numbers of them. The lesson's logistic
# regression will do after that.</details>

# %%
from sklearn.model_selection import train_test_split

sensors = ["impact_speed", "frontal", "airbag", "airbag_opened", "seatbelt", "seat", "age"]
train, test = train_test_split(ck.load("crashes")[[*sensors, "dead"]], test_size=0.5, random_state=0)
train["y"] = (train.pop("dead") == "dead").astype(int)
test = test.drop(columns="dead")
helicopter = np.array([[0, 1], [30, 1]])
ways = {
    "nobody": np.zeros(len(train), int),
    "everybody": np.ones(len(train), int),
    "from 40 km/h on": train["impact_speed"].isin(["40-54", "55+"]).to_numpy(int),
}
{name: round(1000 * helicopter[train["y"], sent].mean()) for name, sent in ways.items()}

# %% answer="q5"
### BEGIN SOLUTION
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

texts = ["impact_speed", "airbag", "seatbelt", "seat"]
numbers = ["frontal", "airbag_opened", "age"]
encode = make_column_transformer((OneHotEncoder(), texts), (StandardScaler(), numbers))
model = make_pipeline(encode, LogisticRegression(solver="newton-cholesky", tol=1e-8))
model.fit(train[sensors], train["y"])
### END SOLUTION


def dispatch(table):
    """0 or 1 for each crash of the table: is the helicopter sent?"""
    ### BEGIN SOLUTION
    return (model.predict_proba(table[sensors])[:, 1] >= 1 / 30).astype(int)
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=30
check.q5(dispatch)

# %% [markdown] tags=["solution"]
# What the check knows: who died in the crashes of `test`.

# %% tags=["solution"]
died = (ck.load("crashes").loc[test.index, "dead"] == "dead").to_numpy(int)
rule = test["impact_speed"].isin(["40-54", "55+"]).to_numpy(int)
bill = {"from 40 km/h on": helicopter[died, rule], "model": helicopter[died, dispatch(test)]}
{name: round(1000 * price.mean()) for name, price in bill.items()}

# %% [markdown] tags=["solution"]
# A quarter less than the rule, from the same sensors and a border of 1/30. The rule looks at speed alone,
# and belt, age and the side of the impact tell more. (This solver, with this `tol`, runs until it has
# arrived, so that the bill is the same on every computer. The default does as well.)
#
# A model with many branches that was fitted on the crashes of `test` would seem far cheaper: it has seen who
# died in them, and the check asks back.
#
# `model.predict` is the expensive mistake: its border of one half sends the helicopter to hardly anybody,
# and the bill is nearly that of doing nothing. A table of the death rate for each combination of speed,
# belt and frontal impact, with the same border, is an honest alternative without any model.
