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
# - `"crashes"`: a car reports a crash by itself. Will the person on this front seat die? A helicopter can
#   be sent in the next two minutes.
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
# known: the car reports them itself. (In this table the speed is an estimate that was made later from the
# damage. It stands in for the car's own, and a real project would have to ask how well.)

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
    with_model = 1000 * costs[y, acted].mean()
    nobody = 1000 * costs[y, 0].mean()
    everybody = 1000 * costs[y, 1].mean()
    return min(nobody, everybody) - with_model
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
# ## Question 3 · The threshold for any prices
#
# In the lesson a needless action and a useful one cost the same. Now all four prices may differ: leaving a
# 0 alone may cost something, and a rescue may pay. Write `threshold(costs)`: the probability $p$ of a 1 at
# which acting and not acting cost the same on average. Assume that acting is the dearer one for a 0, and
# the cheaper one for a 1. For the van, `threshold(np.array([[0, 10], [500, 10]]))` gives `0.02`. At least
# three decimals must be right.
#
# <details><summary>Hint</summary>Not acting costs <code>p * costs[1, 0] + (1 - p) * costs[0, 0]</code> on
# average. Write down the same for acting, set them equal, and solve for p.</details>


# %% answer="q3"
def threshold(costs):
    """Probability of a 1 at which acting and not acting cost the same."""
    ### BEGIN SOLUTION
    needless = costs[0, 1] - costs[0, 0]
    missed = costs[1, 0] - costs[1, 1]
    return needless / (needless + missed)
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(threshold)

# %% [markdown] tags=["solution"]
# Only two differences matter: what a needless action costs *more* than leaving a 0 alone, and what a miss
# costs *more* than acting on a 1. The threshold is the first one's share of both.
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
# For each owner store in `cheapest` the **name of the filter** with the lowest cost. Store in `metric` the
# metric that would have picked it, too: `"accuracy"`, `"precision"` or `"recall"`. In `regret` store how many
# euros per 1,000 mails the owner pays too much with the most **accurate** filter instead of the cheapest.
# All three are dictionaries with the keys `"private"` and `"desk"`.
#
# <details><summary>Hint</summary>Compute the cost of each filter for both owners, and the three metrics of
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

rows = []
for name in filters.columns:
    says_spam = filters[name]
    row = {"accuracy": accuracy_score(is_spam, says_spam)}
    row["precision"] = precision_score(is_spam, says_spam)
    row["recall"] = recall_score(is_spam, says_spam)
    for owner, costs in owner_costs.items():
        row[owner] = 1000 * costs[is_spam, says_spam].mean()
    rows.append(row)
table = pd.DataFrame(rows, index=filters.columns)

cheapest = {owner: table[owner].idxmin() for owner in owner_costs}
metric = {"private": "precision", "desk": "recall"}  # read off the table: whose best is the cheapest?
most_accurate = table["accuracy"].idxmax()
regret = {owner: table.loc[most_accurate, owner] - table[owner].min() for owner in owner_costs}
table.round(3)
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
# filter. That is also the defence of a metric: *it orders our candidates as the cost does*. If it does
# not, use the cost itself.

# %% [markdown]
# ## Question 5 · Beat the rule
#
# A car has crashed and reported what it knows: its sensors, and the age of the person. Each row
# is one person on a front seat; take each as a crash of its own. Sending a helicopter costs 1 (thousand
# euros), whether it was needed or not; not sending one to a person who dies counts as 30. The rule
# in use sends it from 40 km/h on.
#
# The study picked severe crashes far more often than they happen. So these costs are those of its crashes
# and not of the road; the solution comes back to that.
#
# Write `dispatch(table)`. It returns one 0 or 1 for each row of a table with the columns of `sensors`, and
# must decide **each crash by itself**. You may fit a model on `train` above the function and use it inside,
# or write a better rule by hand.
#
# The check uses it on the crashes of `test`, whose outcome is hidden from
# you: the cost per 1,000 of them must be at most 570. To see a cost of your own before that, keep a part of
# `train` back and judge there. (Two people often share a car: `GroupShuffleSplit` puts whole cars on one
# side, and `cars` says which car each row of `train` belongs to.)
#
# <details><summary>Hint</summary>Which threshold follows from 1 and 30? For the texts:
# <code>pd.get_dummies</code> on the training table without <code>y</code>, and
# <code>pd.get_dummies(table).reindex(columns=…, fill_value=0)</code> with the same columns on a new one;
# or a <code>OneHotEncoder</code> in a pipeline. The lesson's logistic regression will do after
# that.</details>

# %%
from sklearn.model_selection import GroupShuffleSplit

sensors = ["impact_speed", "frontal", "airbag", "airbag_opened", "seatbelt", "seat", "age"]
crashes = ck.load("crashes")
halves = GroupShuffleSplit(1, test_size=0.5, random_state=0).split(crashes, groups=crashes["case_id"])
train_rows, test_rows = next(halves)
train = crashes.loc[train_rows, sensors]
train["y"] = (crashes.loc[train_rows, "dead"] == "dead").astype(int)
cars = crashes.loc[train_rows, "case_id"]
test = crashes.loc[test_rows, sensors]
del crashes  # the outcomes of test stay hidden

# %% [markdown]
# Four columns are texts, and models read numbers. `pd.get_dummies` makes a column of True and False for
# each text that occurs. Here it is for two of them.

# %%
pd.get_dummies(train[["seatbelt", "seat"]]).head(4)

# %% [markdown]
# And here is what three simple ways cost on `train`.

# %%
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
hidden = ck.load("crashes").loc[test.index]
died = (hidden["dead"] == "dead").to_numpy(int)
rule = test["impact_speed"].isin(["40-54", "55+"]).to_numpy(int)
prices = {"from 40 km/h on": helicopter[died, rule], "model": helicopter[died, dispatch(test)]}
{name: round(1000 * price.mean()) for name, price in prices.items()}

# %% [markdown] tags=["solution"]
# A quarter less than the rule, from the same sensors and a threshold of 1/30. The rule looks at speed alone,
# and belt, age and the side of the impact tell more. (This solver, with this `tol`, runs until it has
# arrived, so that the cost is the same on every computer. The default does as well.)
#
# A model with many branches that was fitted on the crashes of `test` would seem far cheaper: it has seen who
# died in them, and the check asks back.
#
# `model.predict` is the expensive mistake: its threshold of one half sends the helicopter to hardly anybody,
# and the cost is nearly that of doing nothing. A table of the death rate for each combination of speed,
# belt and frontal impact, with the same threshold, is an honest alternative without any model.

# %% [markdown] tags=["solution"]
# Now the road. `sampling_weight` says how many people in the country a row stands for. A mean with these
# weights speaks of the crashes that happen, and so does a model that learns with them.

# %% tags=["solution"]
weights = ck.load("crashes")["sampling_weight"]
road_model = make_pipeline(encode, LogisticRegression(solver="newton-cholesky", tol=1e-8))
train_weights = weights[train.index] / weights[train.index].mean()
road_model.fit(train[sensors], train["y"], logisticregression__sample_weight=train_weights)
prices["model for the road"] = helicopter[
    died, (road_model.predict_proba(test[sensors])[:, 1] >= 1 / 30).astype(int)
]
rows = []
for price in prices.values():
    on_the_road = np.average(price, weights=weights[test.index])
    rows.append({"of the study": 1000 * price.mean(), "on the road": 1000 * on_the_road})
print("share that dies:", died.mean().round(4), np.average(died, weights=weights[test.index]).round(4))
pd.DataFrame(rows, index=prices).round(0).astype(int)

# %% [markdown] tags=["solution"]
# On the road one person in 200 dies and not one in 23, and the order turns round: there the model above
# costs more than the rule, because its probabilities are those of the study. The model that has learned
# with the weights is the cheapest on the road. (Try
# another `random_state` for the halves: few die on the road, so the amounts move, and the cheapest stays.)
#
# **For which cases?** is the first question of a project. A table that picks its rows answers it for you.
