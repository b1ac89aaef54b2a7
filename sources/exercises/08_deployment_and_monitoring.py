# %% [markdown]
# # 8 · Exercises: Deployment and monitoring
#
# Five questions, from a file that cannot be half to an alarm that knows how large a week is. No server is
# needed. Write your answer where a cell asks for it, run the cell, then the check below it. A check never
# stops the notebook and you may try as often as you like.

# %%
import hashlib
import json
import os

import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(8)
people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
print(f"{len(visitors)} visitors, {visitors['diabetes'].sum()} of them ill")

# %% [markdown]
# ## Question 1 · Save and load, with a passport
#
# A model is a dictionary of plain numbers. Write
#
# - `save(model, path)`: writes one JSON file with two entries, `"model"` and `"sha256"`, the SHA-256 of
#   `json.dumps(model, sort_keys=True)`; returns that hash as hexadecimal text. Whatever happens on the
#   way, half a file never stands at `path`: the old file stays, if there is one, until the new one is
#   whole. A good save leaves no second file beside it.
# - `load(path)`: returns the model. If the file is not whole, has not both entries, or the model does not
#   fit its hash, it raises `ValueError`. The same model is good in any order of its keys.
#
# `path` is a text or a `Path`: write for the one you like, the check tries both.
#
# <details><summary>Hint</summary>Write to another name in the same folder, then <code>os.replace</code>.
# A hash is made of bytes: <code>hashlib.sha256(text.encode()).hexdigest()</code>. An error of
# <code>json.loads</code> already is a <code>ValueError</code>.</details>


# %% answer="q1"
def save(model, path):
    """Write the model and its hash in one step; returns the hash."""
    ### BEGIN SOLUTION
    text = json.dumps(model, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    temporary = f"{path}.partial"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({"model": model, "sha256": digest}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return digest
    ### END SOLUTION
    return ...


def load(path):
    """The model in the file; ValueError if the file is not what was saved."""
    ### BEGIN SOLUTION
    with open(path, encoding="utf-8") as file:
        passport = json.load(file)
    if not isinstance(passport, dict) or not {"model", "sha256"} <= passport.keys():
        raise ValueError("an entry is missing")
    text = json.dumps(passport["model"], sort_keys=True)
    if hashlib.sha256(text.encode()).hexdigest() != passport["sha256"]:
        raise ValueError("the model does not fit its hash")
    return passport["model"]
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=25
check.q1(save, load)

# %% [markdown] tags=["solution"]
# The text is made before any file is opened, so a model that cannot be written harms nothing. `os.replace`
# swaps the names in one step, on Windows too; both names must lie in the same folder, since a move between
# disks is a copy.
#
# `json.dump(model, open(path, "w"))` empties the old file first; a power cut then leaves none. Sorting the
# keys matters: the same model with another order of keys must have the same hash. The hash is no lock: who
# can change the model can write a new one. Against that a signature helps.

# %% [markdown]
# ## Question 2 · Refuse bad input
#
# Write `refusal(body)` for the raw bytes of a request. It returns `None` if the body is good, else one
# sentence (one line, three words or more, at most 150 characters) that repeats nothing of what was sent but
# the names of these four fields. It **never raises**. A good body has at most 1,000 bytes and is a JSON
# object in UTF-8 with exactly these fields:
#
# | field | what |
# |---|---|
# | `age` | whole number, 20 to 120, written `50` and not `50.0` |
# | `sex` | "Female" or "Male" |
# | `waist`, `pulse` | number, 50 to 200 and 30 to 200, or null |
#
# The ends of every range are good.
#
# For example `b'{"age": 50, "sex": "Male", "waist": 98.5, "pulse": null}'` is good.
#
# <details><summary>Hint</summary>pydantic: <code>strict=True</code>, <code>extra="forbid"</code>,
# <code>allow_inf_nan=False</code> and <code>model_validate_json</code>. By hand: in Python
# <code>True</code> is an <code>int</code>, NaN fails every comparison, and
# <code>json.loads</code> raises more than one kind of error.</details>


# %% answer="q2"
def refusal(body):
    """Why this request is refused, in one sentence; None if it is good."""
    ### BEGIN SOLUTION
    from typing import Literal

    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class Visitor(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
        age: int = Field(ge=20, le=120)
        sex: Literal["Female", "Male"]
        waist: float | None = Field(ge=50, le=200)
        pulse: float | None = Field(ge=30, le=200)

    if len(body) > 1000:
        return "The body is larger than 1,000 bytes."
    try:
        Visitor.model_validate_json(body)
        return None
    except ValidationError as error:
        place = error.errors()[0]["loc"]  # () if the body is no object
        if place and place[0] in Visitor.model_fields:
            return f"Look at {place[0]} again."
        return "This is not a visitor as agreed."
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=30
check.q2(refusal)

# %% [markdown] tags=["solution"]
# The size is looked at before anything is parsed. Only the names of known fields are repeated: an unknown
# name comes from the sender as well, and may be anything.
#
# By hand it is a page of `if`s, and the traps are the ones of the hint: `isinstance(True, int)`,
# `not value < 50` for NaN, and `RecursionError` for a thousand brackets (in Python 3.11), which no
# `except ValueError` catches. Without `strict=True` pydantic turns `"72"` into 72 and says nothing.

# %% [markdown]
# ## Question 3 · Three feeds, one innocent
#
# Three vans report. `feeds["A"]`, `feeds["B"]` and `feeds["C"]` are weeks of visitors, to compare with
# `reference`. One is innocent. In one a device reads one column wrong, for some of the people. In one a
# program wrote the values of one column beside the wrong people. Give a dictionary `verdict` with
# `"innocent"` or the name of the broken column for each letter.
#
# <details><summary>Hint</summary>PSI needs a chance level for the size of each week: draw weeks of that
# size from <code>reference</code>. A column that moved beside the wrong people looks right alone; which
# columns belong together? If two no longer do, ask a third: which of the two does it still go
# with?</details>

# %%
COLUMNS = ["age", "bmi", "waist", "pulse", "systolic_1"]
measured = visitors[COLUMNS].dropna().reset_index(drop=True)
drawn = np.random.default_rng(750).permutation(len(measured))
reference = measured.iloc[drawn[:1800]]


def report(week, lot):
    """A week as a van sends it. The lot decides what is wrong with it, if anything is, and where."""
    week, rng = week.reset_index(drop=True), np.random.default_rng(lot)
    fault, column = rng.choice(["none", "device", "program"]), rng.choice(COLUMNS)
    if fault == "device":  # half of the people get a value too low
        week[column] -= round(0.8 * week[column].std()) * (rng.random(len(week)) < 0.5)
    if fault == "program":  # the values stand beside the wrong people
        week[column] = rng.permutation(week[column])
    return week


feeds = {
    "A": report(measured.iloc[drawn[1800:1845]], 14),
    "B": report(measured.iloc[drawn[1845:2445]], 41),
    "C": report(measured.iloc[drawn[2445:3045]], 39),
}


# %%
def shares(values, edges):
    """The share of the values in each place between the edges; an empty place counts 0.001."""
    places = np.searchsorted(edges, values, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    return np.clip(counts / len(values), 0.001, None)


def psi(old, new):
    """Population stability index in tenths of the old values."""
    edges = np.quantile(old, np.linspace(0.1, 0.9, 9))
    p, q = shares(old, edges), shares(new, edges)
    return ((q - p) * np.log(q / p)).sum()


# %%
found = pd.DataFrame(index=list(feeds), columns=COLUMNS, dtype=float)
for letter, week in feeds.items():
    for name in COLUMNS:
        found.loc[letter, name] = psi(reference[name], week[name])
found.assign(rows=[len(week) for week in feeds.values()]).round(3)

# %% answer="q3"
verdict = ...


### BEGIN SOLUTION
def chance_level(name, n):
    """PSI that 99.8 of 100 innocent weeks of n people stay below: both sides are drawn by lot."""
    rng, values = np.random.default_rng(0), reference[name].to_numpy()
    by_chance = []
    for _ in range(400):
        old, new = rng.choice(values, len(values)), rng.choice(values, n)
        by_chance.append(psi(old, new))
    return np.quantile(by_chance, 0.998)  # five columns: one week in a hundred


for letter in feeds:
    for name in COLUMNS:
        level = chance_level(name, len(feeds[letter]))
        if found.loc[letter, name] > level:
            print(f"{letter}: {name} is above its chance level of {level:.2f}")
for letter, week in {"past": reference, **feeds}.items():
    related = week[["bmi", "waist", "systolic_1"]].corr()
    print(f"{letter}: bmi and waist {related.loc['bmi', 'waist']:.2f}; systolic_1 with", end=" ")
    print(related.loc["systolic_1", ["bmi", "waist"]].round(2).to_dict())
verdict = {"A": "innocent", "B": "systolic_1", "C": "waist"}
### END SOLUTION

# %% check="q3" points=3 minutes=30
check.q3(verdict)

# %% [markdown] tags=["solution"]
# A has the largest PSI of all and is innocent: 45 people. B moved by more than chance. In C every column
# alone is as ever, since a shuffled column has the same values; but people with a high bmi no longer have a
# wide waist. Which of the two moved? The third column tells: pressure goes with bmi as in the past, and
# no longer with waist.
#
# A domain classifier finds C, too: it sees columns together. Note that both weeks are drawn: the reference is
# a sample as well, and brings its own noise.
#
# Sorting by PSI alone accuses A and acquits C, wrong twice.

# %% [markdown]
# ## Question 4 · A rule for rolling back
#
# Write `decide(history)`. Each day is a dictionary with `version`, `visitors`, `refused` and `invited`,
# the oldest day first. A day **counts** if it has at least 30 visitors. A day is **bad** if more than 5 %
# of its visitors were refused, or if the share invited **among the others** (not refused) lies below 0.35
# or above 0.70. Look at the last two days:
#
# - one of them does not count, or there are fewer than two days: `"wait"`
# - they are not both bad: `"keep"`
# - both are bad, and the version of the last day has had, anywhere in the history, a day that counts and is
#   good: the version cannot be the reason, `"mend"`
# - else return the version of the latest day that counts and is good, or `"stop"` if there is none
#
# <details><summary>Hint</summary>First write <code>counts(day)</code> and <code>bad(day)</code>. When all
# visitors are refused, there is no share; the day is bad anyway. A day without visitors has no share
# either.</details>


# %% answer="q4"
def decide(history):
    """What to do after the last day: wait, keep, mend, stop, or the version to go back to."""
    ### BEGIN SOLUTION

    def counts(day):
        return day["visitors"] >= 30

    def bad(day):
        answered = day["visitors"] - day["refused"]
        if day["refused"] > 0.05 * day["visitors"]:
            return True
        return not 0.35 <= day["invited"] / answered <= 0.70

    if len(history) < 2:
        return "wait"
    before, last = history[-2:]
    if not (counts(before) and counts(last)):
        return "wait"
    if not (bad(before) and bad(last)):
        return "keep"
    good = [day["version"] for day in history if counts(day) and not bad(day)]
    if last["version"] in good:
        return "mend"
    return good[-1] if good else "stop"
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(decide)

# %% [markdown] tags=["solution"]
# The order of the questions is the rule. The share is taken among the answered: with refused visitors in
# it, many refusals look like a cautious model.
#
# "Always go back to the version before" is wrong twice: that one may have been bad itself, and if the tape
# measure broke, every version is bad. To be wrong on one odd day costs trust; two days in a row cost a
# day. Both are choices, and belong in writing.

# %% [markdown]
# ## Question 5 · An alarm that knows how large a week is
#
# Write `alarm(old, new)` for two arrays of numbers. It returns `True` if `new` has drifted **by more than
# chance and by enough to matter**. The values are normally distributed: waists in cm, pulses, temperatures,
# so mean and spread differ from call to call. `old` has 4,000 of them, or 100,000 where `new` has. It will be
# tried on
#
# - innocent weeks of 20 to 20,000 rows: at most one alarm in twenty
# - weeks of 20 rows moved up or down by three standard deviations, of 40 by two, of 60 by one, of 500, 5,000
#   and 100,000 by half of one, and of 500 whose values spread twice as far around the same mean: nearly
#   always an alarm
# - weeks of 100,000 rows moved by three hundredths of a standard deviation: never, since nobody would act
#
# How you measure is up to you: PSI with a chance level, a p-value with a size, or something of your own.
#
# <details><summary>Hint</summary>Two conditions joined by <code>and</code>. A p-value knows chance, a PSI
# or a largest gap between cumulative curves knows size. <code>scipy.stats.ks_2samp</code> gives
# both.</details>


# %% answer="q5"
def alarm(old, new):
    """Has the new week drifted, by more than chance and by enough to matter?"""
    ### BEGIN SOLUTION
    from scipy.stats import ks_2samp

    test = ks_2samp(old, new)
    return bool(test.pvalue < 0.01 and test.statistic > 0.05)
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=30
check.q5(alarm)

# %% [markdown] tags=["solution"]
# The p-value keeps small weeks quiet, the gap large ones. With the p-value alone, 100,000 rows alarm about
# nothing; with a fixed limit on PSI, 20 rows alarm nearly always.
#
# With PSI: `psi(old, new)` above both 0.02 and a high level simulated with `rng.multinomial(len(new), p)`.
# It sees the wider spread better than Kolmogorov–Smirnov, which looks at the largest gap only. What
# neither sees, whatever the size: that the same inputs now mean something else.
