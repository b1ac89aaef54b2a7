# %% [markdown]
# # 2 · Exercises: Data collection and exploration
#
# Six questions on looking before believing. Write your answer in place of `...`, run the cell, then
# run the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(2)
people = ck.load("diabetes")

# %% [markdown]
# ## Question 1 · Five planted faults
#
# `clinic` is a small table of real people into which the next, folded cell plants five faults. Run it
# without reading it. Four faults sit in one column each, the fifth concerns whole rows.
#
# Give a dictionary `faults` from the name of the column to the number of values that are wrong in
# it. For repeated rows use the name `"rows"` and count the repeats, not the originals. Not every
# column has a fault. An example of the form: `{"waist": 3, "rows": 1}`.
#
# <details><summary>Hint</summary>Look at <code>clinic.dtypes</code> and
# <code>clinic.describe()</code>; for columns of text, <code>value_counts()</code>. What is the
# shortest grown-up, the fastest heart? A text can be searched with
# <code>.str.contains</code>.</details>

# %% fold="Plant the faults (no reading)"
rng = np.random.default_rng(2)
columns = ["age", "sex", "height", "waist", "pulse", "sleep_hours", "cholesterol"]
clinic = people[columns].dropna().sample(400, random_state=2).reset_index(drop=True)
clinic["sleep_hours"] = clinic["sleep_hours"].astype(str)
spots = rng.permutation(400)
clinic.loc[spots[:17], "height"] /= 100
clinic.loc[spots[20:29], "pulse"] = 999
clinic.loc[spots[30:44], "sleep_hours"] = clinic["sleep_hours"].str.replace(".", ",")
clinic.loc[spots[50:61], "sex"] = clinic["sex"].str[0]
clinic = pd.concat([clinic, clinic.iloc[spots[70:82]]], ignore_index=True)

# %%
clinic.head()

# %% answer="q1"
faults = ...
### BEGIN SOLUTION
in_metres = clinic["height"] < 100  # among centimetres
is_code = clinic["pulse"] > 250  # 999
with_comma = clinic["sleep_hours"].str.contains(",")
one_letter = ~clinic["sex"].isin(["Male", "Female"])  # M and F
faults = {"height": in_metres.sum(), "pulse": is_code.sum()}
faults["sleep_hours"] = with_comma.sum()
faults["sex"] = one_letter.sum()
faults["rows"] = clinic.duplicated().sum()
pd.Series(faults)
### END SOLUTION

# %% check="q1" points=3 minutes=15
check.q1(faults)

# %% [markdown] tags=["solution"]
# Each fault has its own instrument: `describe` for numbers, `value_counts` for texts, `info` for the type of
# a column (one comma turns a column of numbers into text), `duplicated` for rows.
#
# Counting with `duplicated(keep=False)` gives twice as many rows, because it counts the originals
# too. A z-score beyond 3 happens to find the same heights and pulses here, and two real people in
# `cholesterol`: a rule on what is possible is surer than a rule on what is usual.

# %% [markdown]
# ## Question 2 · Three real faults
#
# Nobody planted anything here: these are columns of the survey as published. In **three** of the
# seven columns of `survey`, one value occurs often and is not the amount it looks like: a code, a limit at
# which values were cut, or the record of something else. Give a dictionary `real` from the column to that
# value, as it stands in the table (where a column has several such values, the most frequent).
#
# <details><summary>Hint</summary>Such values live at the ends of a column: look at its minimum and maximum,
# and at how many rows have exactly that value. One person alone at the end is probably real. A zero may be
# damaged: give the number itself.</details>

# %%
asked = ["age", "bmi", "waist", "reported_height_in", "diastolic_1"]
survey = people[[*asked, "cholesterol", "pulse"]]
survey.agg(["count", "median"]).T

# %% answer="q2"
real = ...
### BEGIN SOLUTION
ends = pd.DataFrame({"min": survey.min(), "max": survey.max()})
ends["rows at min"] = (survey == survey.min()).sum()
ends["rows at max"] = (survey == survey.max()).sum()
print(ends)
real = {"age": 80, "reported_height_in": 9999}
real["diastolic_1"] = survey["diastolic_1"].min()
### END SOLUTION

# %% check="q2" points=2 minutes=10
check.q2(real)

# %% [markdown] tags=["solution"]
# 80 means "80 or over" and 9999 "don't know". The near zero is a damaged 0, written down where the sound of
# the blood never vanishes: something was observed, but no pressure of 0. All three sit at an end of their
# column and occur many times; what they mean stands in the codebook, not in the table.
#
# The largest body mass index is the tempting wrong answer: it looks like an error, occurs once, and
# agrees with that person's weight and height.

# %% [markdown]
# ## Question 3 · A cleaning function
#
# Write `clean(table)`. It returns a **new** table with the same rows, in the same order and with the
# same index, in which
# - 7777 and 9999 in `reported_height_in` are gaps (`NaN`),
# - values of `alcohol` that are nearly 0 (below 1e-70) are 0,
# - values of `diastolic_1` that are nearly 0 are gaps, because no pressure was read there,
# - a new column `pulse_pressure` holds `systolic_1` minus the cleaned `diastolic_1`.
#
# Gaps stay gaps, all other columns and values stay as they are, so does the table passed in. `pulse_pressure`
# is the only new column: the lesson's `cleaned` also repairs the told weight and adds `sound_to_zero`, and
# here neither is wanted. No row is visited by a loop or by `.apply`. `clean` will be tried on other people
# with the same columns; their near zeros need not be the same number.
#
# <details><summary>Hint</summary>Start with <code>table.copy()</code>.
# <code>column.mask(condition)</code> makes gaps where the condition holds,
# <code>column.mask(condition, 0)</code> zeros.</details>


# %% answer="q3"
def clean(table):
    """A repaired copy of the survey."""
    ### BEGIN SOLUTION
    fixed = table.copy()
    told = fixed["reported_height_in"]
    fixed["reported_height_in"] = told.mask(told.isin([7777, 9999]))
    fixed["alcohol"] = fixed["alcohol"].mask(fixed["alcohol"] < 1e-70, 0)
    fixed["diastolic_1"] = fixed["diastolic_1"].mask(fixed["diastolic_1"] < 1e-70)
    fixed["pulse_pressure"] = fixed["systolic_1"] - fixed["diastolic_1"]
    return fixed
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(clean)

# %% [markdown] tags=["solution"]
# `mask` works on whole columns and leaves gaps alone, because a comparison with `NaN` is false.
#
# Testing for `== 0` repairs nothing: the damaged zeros are not zero. `replace` with the exact number
# works on this table and fails on the next, where the zeros are damaged in another way.
# Without `.copy()` the function changes its input, and the second run sees another table than the first.
# `np.where(condition, np.nan, column)` is an alternative.
#
# The gap in `diastolic_1` loses something: that the sound never vanished was observed. A project would keep
# it in a column of its own, as the lesson does. But a function that does more than was agreed surprises
# whoever uses it next: agree first.

# %% [markdown]
# ## Question 4 · Two readings of one arm
#
# "Is this person's upper pressure 130 or more?" The first and the third reading of one arm are two
# annotators. They say the same of most people, as the next cell shows.
#
# Write `kappa(a, b)`, which returns Cohen's kappa of two arrays of labels, without calling
# scikit-learn's. The labels may be of **any number** of kinds, and an annotator may use a label that the
# other never does. (When it passes, try it on the columns of `high`.)
#
# `kappa(np.array(["x", "x", "y", "y"]), np.array(["x", "x", "y", "x"]))` gives `0.5`.
#
# <details><summary>Hint</summary>For the agreement by chance, take each kind of label in turn: the
# share that the first annotator gives it, times the share that the second does. Add them
# up.</details>

# %%
high = people[["systolic_1", "systolic_3"]].dropna() >= 130
same = high["systolic_1"] == high["systolic_3"]
print(f"the two readings agree on {same.mean():.1%} of {len(high)} people")


# %% answer="q4"
def kappa(a, b):
    """Cohen's kappa of two equally long arrays of labels."""
    ### BEGIN SOLUTION
    a, b = np.asarray(a), np.asarray(b)
    p_o = (a == b).mean()
    p_e = 0
    for kind in np.unique(a):
        p_e = p_e + (a == kind).mean() * (b == kind).mean()
    return (p_o - p_e) / (1 - p_e)
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(kappa)

# %% [markdown] tags=["solution"]
# Chance agreement is the chance that both say the same if each draws labels in their own
# proportions. A label that only one of them uses adds nothing. On `high` kappa
# is lower than the agreement by about a tenth: good, and for one arm within minutes not perfect.
#
# Taking one half for the chance is right only if both use two labels equally often. The difference
# `p_o - p_e` alone lacks the division: it can never reach 1.

# %% [markdown]
# ## Question 5 · A misleading picture
#
# The next picture could stand in a newspaper. Compute
# - `overall`: the correlation of `height` and `hdl_cholesterol` over all people,
# - `within`: a dictionary from `"Female"` and `"Male"` to the correlation within each,
# - `reason`: the letter of the sentence that explains the picture.
#
# Give the correlations to two digits after the point or more.
#
# The sentences:
# - **A** Being tall lowers the good cholesterol.
# - **B** A few outliers make the line.
# - **C** Men are taller and have less of it; among men and among women height says next to nothing.
# - **D** Codes such as 9999 make the line.
#
# <details><summary>Hint</summary><code>table["x"].corr(table["y"])</code> skips gaps by itself;
# select the rows of one sex first. Then compare the three numbers.</details>

# %% fold="Draw the misleading picture"
shown = people[["height", "hdl_cholesterol", "sex"]].dropna()
fig, ax = plt.subplots(figsize=(6.4, 3.4))
ax.scatter(shown["height"], shown["hdl_cholesterol"], s=4, color="#BBBBBB")
line = np.polyfit(shown["height"], shown["hdl_cholesterol"], 1)
ends = np.array([140, 195])
ax.plot(ends, np.polyval(line, ends), color="C3")
ax.set(title="Tall people lack the good cholesterol", xlabel="height (cm)", ylabel="HDL (mg/dl)")
ck.show(fig, "Scatter of HDL cholesterol against height with a line that falls from left to right.")

# %% answer="q5"
overall = ...
within = ...
reason = ...
### BEGIN SOLUTION
overall = people["height"].corr(people["hdl_cholesterol"])
within = {}
for sex, group in people.groupby("sex"):
    within[sex] = group["height"].corr(group["hdl_cholesterol"])
reason = "C"
print(f"all {overall:.3f}, women {within['Female']:.3f}, men {within['Male']:.3f}")
### END SOLUTION

# %% check="q5" points=3 minutes=15
check.q5(overall, within, reason)

# %% [markdown] tags=["solution"]
# The picture mixes two clouds: women, shorter and with more HDL, and men. The line joins the clouds,
# and within each there is none. It is a cousin of Simpson's paradox: the relation does not turn
# round, it vanishes.
#
# A tall woman is not told anything by this picture. Two colours would have been enough to see it:
# draw the picture again with one colour for each sex.

# %% [markdown]
# ## Question 6 · Fill the waists
#
# In `holes` a fifth of the known waists were hidden. Make `filled`: a Series with the index of
# `holes`, known waists unchanged and each gap filled **from the other columns of `holes`**, whose hidden
# waists no method may see. Filling with the median misses by about 13 cm on average; your fills should
# miss by less than `4.9` cm. Any method goes.
#
# <details><summary>Hint</summary>KNNImputer takes numbers only and measures distance in their units:
# scale first, turn sex into 0 and 1, and turn the result back into centimetres. A linear regression of
# waist on the other columns is another way. To see how far you miss, hide some more of the waists that
# are left.</details>

# %%
known = people[["age", "sex", "weight", "height", "waist"]].dropna()
hidden = np.random.default_rng(6).random(len(known)) < 0.2
holes = known.assign(waist=known["waist"].mask(hidden))
del known  # no looking
print(f"{len(holes)} people, {holes['waist'].isna().sum()} waists hidden")

# %% answer="q6"
filled = ...
### BEGIN SOLUTION
from sklearn.linear_model import LinearRegression

others = holes[["age", "weight", "height"]].assign(woman=holes["sex"] == "Female")
gap = holes["waist"].isna()
regression = LinearRegression().fit(others[~gap], holes["waist"][~gap])
filled = holes["waist"].fillna(pd.Series(regression.predict(others), index=holes.index))
### END SOLUTION

# %% check="q6" points=4 minutes=20
check.q6(filled)

# %% [markdown] tags=["solution"]
# A regression on four columns does as well as careful neighbours. Both work because a waist is nearly
# determined by weight, height, age and sex.
#
# The mean of five neighbours is noisier than that of fifteen, and the mean of a hundred takes in people
# who are no longer alike. Scaling hardly matters here, because years, kilograms and centimetres happen
# to spread alike; with other columns it decides. A regression fitted on all the waists of `people`, the
# hidden ones too, would be judged on what it was told.
#
# The test is kinder than life: everybody in `holes` was weighed, and a quarter of the people without a waist
# were not. For those the regression has nothing to go by. And people whose waist is unusual **for
# their weight**, the ones a doctor wants to find, are filled with what is usual.
