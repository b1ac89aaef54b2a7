# %% [markdown]
# # 0 · Exercises: Start here
#
# Three warm-up questions on the people of the lesson. Replace the `...` of an answer, run the cell with
# Shift+Enter, then run the check below it. Run the check once before you write anything: it says *not
# attempted*. Then put in a guess, and see what it says to that.
#
# A check that calls a function of yours does not show what the function prints: to see it, call the
# function in a cell of your own. Where a question asks for several answers, the check tells which of them
# are right so far.

# %%
import numpy as np

import coursekit as ck

check = ck.checks(0)
people = ck.load("diabetes")
print(people.shape)

# %% [markdown]
# ## Question 1 · A number
#
# Some people's waist was not measured. **Among those whose waist was measured, what share has
# diabetes?** Store a fraction between 0 and 1 in `share`, not rounded to fewer than three digits.
#
# `people["waist"]` is missing (`NaN`) where nobody measured; `people["diabetes"]` is 1 or 0.
#
# <details><summary>Hint</summary><code>people["waist"].notna()</code> is True for the people who were
# measured. <code>people[…]</code> keeps the rows where it is True. The mean of a column of 0 and 1 is
# the share of 1.</details>

# %% answer="q1"
share = ...
### BEGIN SOLUTION
measured = people[people["waist"].notna()]
share = measured["diabetes"].mean()
### END SOLUTION

# %% check="q1" points=1 minutes=10
check.q1(share)

# %% [markdown] tags=["solution"]
# First keep the people, then take the mean. `people.dropna(subset="waist")` keeps the same rows.
#
# A common wrong way is to divide the sick who were measured by **all** people. Those without a
# measurement then count as healthy, and they are not. Compare:

# %% tags=["solution"]
people.groupby(people["waist"].notna().rename("waist measured"))["diabetes"].agg(["size", "mean"]).round(3)

# %% [markdown] tags=["solution"]
# Whoever could not be measured has diabetes more often. Gaps are seldom an accident; chapter 02 is
# about that.

# %% [markdown]
# ## Question 2 · A function
#
# Write `accuracy(y, y_hat)`: what share of the predictions `y_hat` is right? Both are NumPy arrays of 0
# and 1 of the same length. `accuracy(np.array([1, 0, 0, 1]), np.array([1, 1, 0, 1]))` gives `0.75`. Do not
# round.
#
# <details><summary>Hint</summary><code>y == y_hat</code> compares two arrays place by place and gives
# True and False. What is the mean of True and False?</details>


# %% answer="q2"
def accuracy(y, y_hat):
    """The share of right predictions."""
    ### BEGIN SOLUTION
    return (y == y_hat).mean()
    ### END SOLUTION
    return ...


# %% check="q2" points=1 minutes=10
check.q2(accuracy)

# %% [markdown] tags=["solution"]
# True counts as 1 and False as 0, so the mean is the share of True.
#
# A common wrong way is `(y * y_hat).sum() / y.sum()`, which looks only at the people with diabetes. That
# is a useful number too, called recall, but another one: a right "no" is also right. An alternative is
# `sklearn.metrics.accuracy_score(y, y_hat)`.

# %% [markdown]
# ## Question 3 · A model
#
# The cell below keeps the people without a diagnosis, the nurse's visitors, and splits them: people to
# learn from (`X_train`, `y_train`) and new people (`X_test`). Whether the new ones have diabetes is for the
# check to know. Train any model on the first, and store in `scores` **one number for each person of
# `X_test`**, in their order: the higher, the sooner the nurse should send this person.
#
# The check sends the third with the highest scores and asks what share of the new people with diabetes is
# among them. Drawing lots finds a third, the rule "oldest first" 0.443. Find at least half. Use only
# columns that the nurse could fill in herself: one of the six does not belong.
#
# <details><summary>Hint</summary>Choose columns with a list: <code>X_train[["age", "waist"]]</code>.
# The pipeline of the lesson takes care of the gaps. After <code>fit</code>,
# <code>model.predict_proba(X)[:, 1]</code> is the probability of a 1.</details>

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated]
columns = ["age", "waist", "bmi", "systolic_1", "pulse", "hba1c"]  # the last: the blood test's result

# %%
y = visitors["diabetes"]
parts = train_test_split(visitors[columns], y, test_size=0.5, stratify=y, random_state=1)
X_train, X_test, y_train = parts[:3]  # the fourth part, y of the new people, is left to the check
X_train.head()

# %% answer="q3"
scores = ...
### BEGIN SOLUTION
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
model.fit(X_train[measures], y_train)
scores = model.predict_proba(X_test[measures])[:, 1]
### END SOLUTION

# %% check="q3" points=2 minutes=20
check.q3(scores)

# %% [markdown] tags=["solution"]
# The pipeline of the lesson, without `hba1c`: the result of the blood test is what the nurse sends people
# for. How much does each choice find?


# %% tags=["solution"]
def share_found(scores):
    """The share of the people with diabetes among the third with the highest scores."""
    y_test = people.loc[X_test.index, "diabetes"].to_numpy()
    first = np.argsort(-np.asarray(scores), kind="stable")[: len(scores) // 3]
    return float(y_test[first].sum() / y_test.sum())


leaky = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
leaky_scores = leaky.fit(X_train, y_train).predict_proba(X_test)[:, 1]
print(f"oldest first          {share_found(X_test['age']):.3f}")
print(f"widest waist first    {share_found(X_test['waist'].fillna(0)):.3f}")
print(f"five measurements     {share_found(scores):.3f}")
print(f"yes or no only        {share_found(model.predict(X_test[measures])):.3f}")
print(f"with hba1c            {share_found(leaky_scores):.3f}")

# %% [markdown] tags=["solution"]
# A common wrong way is `model.predict(…)`: it says 0 to everybody, so the third is drawn by the order of
# the table. Another is to keep all six columns: the best number on the list, and of no use before the
# blood test. A third is to fit on the new people, or on everybody: a full-grown tree then finds them
# all, because it has seen who they are, and the check asks back.
#
# (This half of the visitors is a kind one: over many splits five measurements find about two in three, the
# widest waist a little less than six in ten.) Other models do as well; so does the tape measure, without any
# learning. A full-grown tree fitted on `X_train` does not.
