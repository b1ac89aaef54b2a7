# %% [markdown]
# # 2 · Data collection and exploration
#
# In a public health survey 109 adults are 9,999 inches tall, and 36 have a lower blood pressure of 0. Both
# look impossible. One of the two numbers is a code; the other was really read off. **Which is which, who
# can tell you, and what do you do with each before a model learns from it?**

# %% [markdown]
# **You will be able to**
# - read tables from a database, a file, a device, a mail, and a web page within its rules
# - measure how far two annotators agree, and what wrong labels cost
# - find codes, gaps, outliers and copies, read the codebook, and decide what to do with each
# - say why values are missing, and who disappears when incomplete rows are dropped
# - choose a picture, and know what it can hide
#
# **Builds on:** [chapter 00](00_start_here.ipynb), [chapter 01](01_problem_definition.ipynb) ·
# **Data:** `diabetes`, `mails`, `raw_mails`, `penguins`
#
# Part 1 collects and cleans, part 2 explores. The people in these tables are real; nothing here is
# medical advice.

# %% [markdown]
# **Part 1: collecting and cleaning**
#
# ## 1 · First looks
#
# This is the survey of chapter 00, with the values as they were published. Three calls open every new
# table. `info()` lists the columns, how many values are there, and their type.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import coursekit as ck

people = ck.load("diabetes").rename_axis("person")  # a name for the row numbers
looked_at = ["age", "waist", "diastolic_1", "reported_height_in", "told_diabetes"]
people[looked_at].info(memory_usage=False)

# %% [markdown]
# `diastolic_1` is the first reading of the lower blood pressure, in mmHg; `reported_height_in` the height
# that people say they have, in inches. `float64` is a number that can have gaps, `str` is text.
#
# `describe()` summarises the columns of numbers: count, mean, **standard deviation** (how far the values
# typically lie from the mean), the two ends, and the **quartiles** between them, which cut the values into
# four parts of the same size. `.T` turns the table. **Predict first:** which ends can no living person have?

# %%
people[looked_at].describe().T.round(1)

# %% [markdown]
# A pressure of 0, and a height of 9,999 inches. For text `value_counts()` counts each value, with
# `dropna=False` the gaps as well.

# %%
people["told_diabetes"].value_counts(dropna=False)

# %% [markdown]
# "1" and "0" are texts here, and there is a third answer. So the first question of every column: is it an
# amount (**numeric**) or one of a few names (**categorical**)? The type that pandas gives does not decide
# it. How many people have the strange ends?

# %%
no_pressure = people["diastolic_1"] < 1
giants = people["reported_height_in"] > 100
print("lower pressure 0:", no_pressure.sum(), "people")
print("told heights over 100 inches:")
print(people.loc[giants, "reported_height_in"].value_counts())

# %% [markdown]
# ### Step one: read the codebook
#
# Nobody has to guess. A **codebook** says for each column what was recorded, in which unit, and which
# numbers are no measurements. These are the two entries of our survey, in short (source: NHANES
# 2017–2018, documentation of the files on weight history and on blood pressure):
#
# | column | values | meaning |
# |---|---|---|
# | told height | 49 to 82 | inches |
# | | 7777, 9999 | refused, don't know |
# | lower pressure | 0 and more | mmHg; in a person's average a 0 is left out if another reading is above 0 |

# %% [markdown]
# So the giants are people who do not know their height. But 0 stands among the *values*. The upper
# pressure is read when the sound of the blood appears in the stethoscope, the lower one when it vanishes.
# In some people it never does, and then 0 is written down. Do the data agree?

# %%
with_reading = people.dropna(subset=["diastolic_1"])
later = with_reading[["diastolic_2", "diastolic_3"]].max(axis=1)
facts = pd.DataFrame()
facts["upper pressure known"] = with_reading["systolic_1"].notna()
facts["a later reading above 0"] = later > 1
facts["aged 70 or more"] = with_reading["age"] >= 70
facts["with diabetes"] = with_reading["diabetes"] == 1
facts.groupby(no_pressure.rename("lower pressure 0")).mean().round(2)

# %% [markdown]
# Shares of people. All 36 have an upper pressure, so somebody measured them. Three in four have a reading
# above 0 minutes later. They are mostly old and, as is usual at that age, more of them have diabetes. The 0
# is neither a slip nor a gap. It records what was heard, and yet is no pressure to compute a mean from.
#
# The answer to the puzzle's first half: **the 9999 is a code, the 0 was recorded, and the codebook says
# so.**

# %% [markdown]
# ### Does a model protest?
#
# The survey also asks for the weight, in pounds, with the same codes. Predict the weight on the scales from
# the weight that was told, by a linear regression (chapter 01), once with the codes left in. `KFold` makes
# the ten parts of chapter 01 where $y$ is an amount.

# %%
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold, cross_val_predict

ten_parts = KFold(10, shuffle=True, random_state=0)


def error_in_kg(table):
    """Mean absolute error of the weight, predicted from the told weight."""
    both = table[["reported_weight_lb", "weight"]].dropna()
    X, y = both[["reported_weight_lb"]], both["weight"]
    predicted = cross_val_predict(LinearRegression(), X, y, cv=ten_parts)
    return mean_absolute_error(y, predicted)


# %%
is_code = people["reported_weight_lb"].isin([7777, 9999])
weight = people["weight"].dropna()
print("codes:", is_code.sum(), "of", len(people), "people")
print(f"the median for everybody: {(weight - weight.median()).abs().mean():.1f} kg")
print(f"told weight, with codes:  {error_in_kg(people):.1f} kg")
print(f"told weight, without:     {error_in_kg(people[~is_code]):.1f} kg")

# %% [markdown]
# Two codes in a hundred rows have destroyed this model, a line that every far point pulls along: it does no
# better than saying the median. Here the score shows it, if you know what to expect. But a score need not.
# Predict `diabetes` with the pipeline of chapter 00, from columns that hold both strange values:

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

fill = SimpleImputer(strategy="median")
plain = make_pipeline(fill, StandardScaler(), LogisticRegression())
numbers = ["age", "waist", "pulse", "diastolic_1", "reported_height_in"]
possible = people[numbers].copy()
possible["diastolic_1"] = possible["diastolic_1"].mask(no_pressure)  # mask: make gaps
possible["reported_height_in"] = possible["reported_height_in"].mask(giants)

# %%
ill = people["diabetes"]
published_right = cross_val_predict(plain, people[numbers], ill, cv=ten_parts) == ill
possible_right = cross_val_predict(plain, possible, ill, cv=ten_parts) == ill
print(f"accuracy as published:          {published_right.mean():.3f}")
print(f"impossible values made gaps:    {possible_right.mean():.3f}")
print("only the first right: ", (published_right & ~possible_right).sum(), "people")
print("only the second right:", (possible_right & ~published_right).sum(), "people")

# %% [markdown]
# In pairs, too, as good as equal. Whether a score shows a bad value depends on how much hangs on that column.
# Do not wait for the score: look.

# %% [markdown]
# ## 2 · Where data come from
#
# ### Files, and what they forget
#
# Most projects begin with a file somebody sends. Three mails go through three formats. (`StringIO` and
# `BytesIO` are files in memory.) What comes back?

# %%
import io

mails = ck.load("mails")
sample = mails.loc[:2, ["received", "group", "is_spam"]]
sample = sample.astype({"group": "category"})
as_csv = sample.to_csv(index=False)
as_json = sample.to_json(date_format="iso")
as_parquet = sample.to_parquet()

# %%
types = pd.DataFrame({"before": sample.dtypes})
types["CSV"] = pd.read_csv(io.StringIO(as_csv)).dtypes
types["JSON"] = pd.read_json(io.StringIO(as_json)).dtypes
types["Parquet"] = pd.read_parquet(io.BytesIO(as_parquet)).dtypes
types.astype(str)

# %% [markdown]
# CSV is text, and JSON knows numbers, texts and true or false: from both, times and categories come
# back as strings. Parquet stores the types. With the other two, state the types when you read.

# %% [markdown]
# ### A company's database
#
# Companies keep data in tables that refer to one another. **SQL** asks for what you need. SQLite is a
# database in one file or, as here, in memory. Ours has two tables: a person's age and sex, and the visits at
# which blood pressure was read twice.

# %% fold="Put two tables into a database"
import sqlite3

database = sqlite3.connect(":memory:")
visits = people[["systolic_1", "systolic_2"]].dropna()
people[["age", "sex"]].to_sql("person", database, if_exists="replace")
visits.to_sql("visit", database, if_exists="replace")
print(len(people), "people,", len(visits), "visits")

# %%
query = """
    SELECT sex, COUNT(*) AS people, COUNT(visit.person) AS with_visit
    FROM person LEFT JOIN visit ON visit.person = person.person
    WHERE age >= ?
    GROUP BY sex"""
pd.read_sql_query(query, database, params=(60,))

# %% [markdown]
# `GROUP BY` is pandas' `groupby`, `JOIN … ON` puts together the rows of one person. `LEFT JOIN` keeps
# people without a reading; a plain `JOIN` would drop them without a word. The `?` is filled in by the
# library: never paste a user's text into a query.

# %% [markdown]
# ### A device
#
# Devices send records, often one JSON object a line: names with values, one inside another.
# `json_normalize` makes a flat table of them: first what to list, then what to repeat beside it.

# %% fold="Write two people's readings as a device would"
import json

lines = []
for person, row in visits.head(2).iterrows():
    two = [{"mmHg": row["systolic_1"]}, {"mmHg": row["systolic_2"]}]
    lines.append(json.dumps({"person": person, "readings": two}))
print("\n".join(lines))

# %%
records = [json.loads(line) for line in lines]
pd.json_normalize(records, "readings", "person")

# %% [markdown]
# Now all readings, and the second minus the first:

# %%
odd = (visits % 2 == 1).to_numpy().sum()
change = visits["systolic_2"] - visits["systolic_1"]
print(f"odd numbers among {2 * len(visits)} readings: {odd}")
print(f"second minus first: mean {change.mean():.1f}, half of them between ", end="")
print(f"{change.quantile(0.25):.0f} and {change.quantile(0.75):.0f} mmHg")

# %% [markdown]
# Not one odd number in thousands. The "device" was a person reading a scale to the nearest 2 mmHg. And
# the same arm, minutes later, differs by several mmHg: a limit "at 130" is sharper than the measurement.

# %% [markdown]
# ### A raw mail
#
# The next source is a message as a server received it. Two lines of its header show that headers are
# claims. (`email` is Python's own parser; `compat32` is its forgiving mode.)

# %%
import email
from email import policy

raw = ck.load("raw_mails")["16_euc_kr_year_102_spam.eml"]
message = email.message_from_bytes(raw, policy=policy.compat32)
received = message["Received"].split(";")[-1].split("\n")[0]  # the time stands last
print("Date:    ", message["Date"])
print("Received:", received.strip())

# %% [markdown]
# The sender's clock says year 102 (an old program counts from 1900), the receiving server 2002. Trust what
# the receiver wrote.

# %% [markdown]
# ### The web, within the rules
#
# A **crawler** reads pages and follows links. Here is a small website to read: two pages and a file of
# rules, served on your own computer, so that no site is bothered. (The server ends with the notebook.)

# %% fold="Write three files and serve them"
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *values):
        pass  # nothing is written below the cell


penguins = ck.load("penguins")
page = "<html><body><h1>Birds</h1><table>"
for island, count in penguins["island"].value_counts().items():
    page = page + f"\n<tr><td>{island}</td><td>{count}</td></tr>"
folder = tempfile.TemporaryDirectory()
Path(folder.name, "islands.html").write_text(page + "\n</table></body></html>")
Path(folder.name, "staff.html").write_text("<html>Not for programs</html>")
Path(folder.name, "robots.txt").write_text("User-agent: *\nDisallow: /staff.html\n")
server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder.name))  # port 0: any free one
threading.Thread(target=server.serve_forever, daemon=True).start()
site = f"http://127.0.0.1:{server.server_port}"

# %% [markdown]
# Before the first page a crawler reads `robots.txt`, in which a site says what programs may read.
# (**httpx** sends requests. `trust_env=False`: straight to the address, past any proxy.) It also says who
# it is, in the field `User-Agent`.

# %%
from urllib.robotparser import RobotFileParser

import httpx

name_tag = {"User-Agent": "course-crawler"}
web = httpx.Client(base_url=site, headers=name_tag, trust_env=False)
rules = RobotFileParser()
rules.parse(web.get("/robots.txt").text.splitlines())
for path in ["/islands.html", "/staff.html"]:
    print(path, "may be read:", rules.can_fetch("course-crawler", path))

# %% [markdown]
# And this is the page that may be read. The reply also carries a number, 200 for "here it is", and says what
# kind of text it is. In HTML a table is `<table>`, a row `<tr>`, a cell `<td>`.

# %%
reply = web.get("/islands.html")
print(reply.status_code, reply.headers["Content-Type"])
print(reply.text)

# %% [markdown]
# pandas reads all tables of a page with `pd.read_html`, if the package `lxml` is installed. Our page is tidy
# and closes every tag; such pages `pd.read_xml` reads with what Python has. `xpath` says which tag is a row.

# %%
names = ["island", "birds"]
pd.read_xml(io.StringIO(reply.text), xpath=".//tr", names=names, parser="etree")

# %% [markdown]
# What `robots.txt` allows may still be somebody's work or somebody's life. Ask also: what do the site's
# terms say, whose copyright is it, are there personal data, is there an interface made for programs? Then
# crawl slowly, say who you are, and keep the date of each page.

# %% [markdown]
# ### Synthetic data
#
# The last source is a generator. It knows the truth, which real data never tell, so it is the right place
# to test a method. `make_classification` makes $X$ and $y$: 1,000 rows of 8 columns, 5 of which carry the
# signal and 3 nothing. `flip_y=0.1` draws one label in ten again at random, so about half of those change.

# %%
from sklearn.datasets import make_classification

settings = {"n_informative": 5, "n_redundant": 0, "flip_y": 0.1, "random_state": 0}
made = make_classification(1000, 8, **settings)
X_made, y_made = made
print("shape:", X_made.shape, "share of ones:", y_made.mean())

# %% [markdown]
# **Synthetic rows** show that a method can work, not that it works on people: nobody in them writes 9999.

# %% [markdown]
# ## 3 · Labels: who says so?
#
# A **label**, the $y$ of a row, is a measurement, too. A careful project writes a guide, lets two
# **annotators** label the same sample without seeing each other's answers, measures how far they agree, mends
# the guide, and only then labels the rest.
#
# Our survey has two annotators: a *doctor* (has one told you that you have diabetes?) and a
# *laboratory* (long-term blood sugar of 6.5 % or more; source: `data/README.md`).

# %%
doctor = people["told_diabetes"] == "1"
laboratory = people["hba1c"] >= 6.5
pd.crosstab(doctor.rename("doctor"), laboratory.rename("laboratory"))

# %% [markdown]
# **Predict first:** they agree on more than nine people in ten. Is that good?
#
# Two annotators who mostly say "no" agree often by chance. **Cohen's kappa** takes the chance out, with
# $p_o$ the agreement observed and $p_e$ the agreement expected by chance:
#
# $$\kappa = \frac{p_o - p_e}{1 - p_e}$$
#
# By chance both say yes with probability (share of the doctor's yes) · (share of the laboratory's yes). The
# same for no; the sum is $p_e$.

# %%
p_o = (doctor == laboratory).mean()
both_yes = doctor.mean() * laboratory.mean()
both_no = (1 - doctor.mean()) * (1 - laboratory.mean())
p_e = both_yes + both_no
kappa = (p_o - p_e) / (1 - p_e)
print(f"observed {p_o:.3f}, by chance {p_e:.3f}, kappa {kappa:.3f}")

# %% [markdown]
# `cohen_kappa_score` does the same for any number of labels. How sure is it? A bootstrap (chapter 01) draws
# as many people as there are, with replacement, 300 times; the middle 95 % are the interval.

# %%
from sklearn.metrics import cohen_kappa_score

print(f"scikit-learn: {cohen_kappa_score(doctor, laboratory):.3f}")
rng = np.random.default_rng(0)
kappas = []
for _ in range(300):
    drawn = rng.integers(0, len(people), len(people))  # row numbers
    kappas.append(cohen_kappa_score(doctor.iloc[drawn], laboratory.iloc[drawn]))
print("95 % interval:", np.quantile(kappas, [0.025, 0.975]).round(2))

# %% [markdown]
# Kappa is 0 for chance and 1 for full agreement: 0.665 is far from 1. And the disagreements are not slips.
# Who are they?

# %%
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
doctor_only = doctor & ~laboratory
laboratory_only = laboratory & ~doctor
borderline = people["told_diabetes"] == "Borderline"
print("doctor only:", doctor_only.sum(), "- treated:", treated[doctor_only].sum())
print("laboratory only:", laboratory_only.sum(), end="")
print(" - told 'Borderline':", borderline[laboratory_only].sum())

# %% [markdown]
# Most "doctor only" people take the medicine that lowers their sugar: the doctor is right. The "laboratory
# only" people, unless they take such medicine all the same, are those whom a screening looks for. So the
# target is 1 if either says so, and after "Borderline" the blood test decides. That is a decision, and it
# must be written down.

# %% [markdown]
# ### What wrong labels cost
#
# Take the visitors of chapter 01, people without a diagnosis, and its costs: the van tests for 10 euros,
# the clinic examines for 40, a missed illness costs 500. Now spoil the labels that the model learns from:
# some are *flipped at random*, or diabetes is *missed in everybody over 53*, as by a survey that asked
# the young more carefully. The people it is judged on keep clean labels.

# %%
visitors = people[~doctor & ~treated].reset_index(drop=True)
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]


def flipped(y, share, seed):
    """A copy in which about this share of the labels is turned round, at random."""
    luck = np.random.default_rng(seed).random(len(y))
    return y.where(luck >= share, 1 - y)  # keep y where this holds, else turn it


def cost_per_1000(y, probability, price):
    """Cost of inviting, at this price, from the probability on that pays."""
    invited = probability >= price / 500
    return 1000 * np.where(invited, price, 500 * y).mean()


# %% [markdown]
# Two things are judged. The *ranking*, by the **AUC**: how often a person with diabetes gets a higher
# probability than one without; 0.5 is drawing lots, 1 is perfect (`roc_auc_score`; more in chapter 07).
# And the *probabilities* themselves, by their mean and by the costs, which use them as they are.

# %%
from sklearn.base import clone
from sklearn.metrics import roc_auc_score


def judged(model, labels, train, test):
    """How the model does on the test people, after learning these labels."""
    fitted = clone(model).fit(train[measures], labels)
    probability = fitted.predict_proba(test[measures])[:, 1]
    y = test["diabetes"]
    row = {"wrong labels": (labels != train["diabetes"]).mean()}
    row["AUC"] = roc_auc_score(y, probability)
    row["mean probability"] = probability.mean()
    row["van"] = cost_per_1000(y, probability, 10)
    row["clinic"] = cost_per_1000(y, probability, 40)
    return row


# %% [markdown]
# **Predict first:** 5 % of the labels are wrong. Which suffers, the ranking or the costs? Twenty splits into
# halves, as in chapter 01. (The cell that trains them takes some five seconds.)

# %%
from sklearn.model_selection import train_test_split

sick = visitors["diabetes"]
halves = []
for seed in range(20):
    pair = train_test_split(visitors, test_size=0.5, stratify=sick, random_state=seed)
    halves.append(pair)  # people to learn from, people to judge on

# %%
rows = []
for seed, (train, test) in enumerate(halves):
    y = train["diabetes"]
    spoilt_ways = {"clean": y}
    for share in (0.02, 0.05, 0.2):
        spoilt_ways[f"{share:.0%} flipped"] = flipped(y, share, seed)
    spoilt_ways["missed over 53"] = y.where(train["age"] <= 53, 0)  # else 0
    n_missed = y[train["age"] > 53].sum()
    missed = y[y == 1].sample(n_missed, random_state=seed).index  # as many ill people
    spoilt_ways["as many, at random"] = y.where(~y.index.isin(missed), 0)
    for name, labels in spoilt_ways.items():
        row = judged(plain, labels, train, test)
        row["labels"], row["split"] = name, seed
        rows.append(row)

# %%
results = pd.DataFrame(rows)
average = results.groupby("labels", sort=False).mean().drop(columns="split")
average.round({"van": -1, "clinic": -1}).round(3)

# %% [markdown]
# Costs are euros per 1,000 visitors. Inviting everybody costs the van 10,000, inviting nobody costs the
# clinic about 19,000. And in pairs: in how many of the 20 splits is each worse than clean labels? `pivot`
# lays the results out with a row for each split and a column for each kind of labels.

# %%
by_split = results.pivot(index="split", columns="labels")
worse = pd.DataFrame()
for measure, bad in [("AUC", -1), ("van", 1), ("clinic", 1)]:  # a lower AUC is worse
    values = by_split[measure]
    more = values.sub(values["clean"], axis=0)  # than with clean labels, split by split
    worse[measure] = (bad * more > 0).sum()
worse.loc[average.index[1:]]

# %% [markdown]
# 5 % of the labels wrong at random cost the *ranking* little: 0.742 becomes 0.732. They ruin the
# *probabilities*. Where one visitor in 26 is ill, such flips make about 100 false ill people beside 78 true
# ones in each half, and every probability is too high. The van loses its whole saving; the clinic would do
# better to invite nobody. With 20 % flipped the ranking suffers as well.
#
# Whoever misses the ill over 53 misses two thirds of all the ill. Missing as many at random costs the ranking
# hardly more than 5 % flips. Missed by age, it breaks down: the model learns that age protects. **Noise that
# follows a pattern becomes the lesson.**

# %% [markdown]
# If the share $e$ of flips is known, the probabilities can be repaired. Someone ill with probability $p$ is
# *labelled* ill with probability $q = p(1-e) + (1-p)e = e + p(1-2e)$, so
#
# $$p = \frac{q - e}{1 - 2e}$$

# %%
rows = []
for seed, (train, test) in enumerate(halves):
    noisy = flipped(train["diabetes"], 0.05, seed)
    fitted = clone(plain).fit(train[measures], noisy)
    q = fitted.predict_proba(test[measures])[:, 1]
    p = (q - 0.05) / (1 - 2 * 0.05)
    y = test["diabetes"]
    row = {"van, q": cost_per_1000(y, q, 10), "van, p": cost_per_1000(y, p, 10)}
    row["clinic, q"] = cost_per_1000(y, q, 40)
    row["clinic, p"] = cost_per_1000(y, p, 40)
    rows.append(row)
pd.DataFrame(rows).mean().round(-1).to_frame("cost").T

# %% [markdown]
# Nearly the costs of clean labels. So it pays to measure how often labels are wrong, and where.

# %% [markdown]
# *Good place to stop.* So far: read the codebook before you believe a number. Every source forgets or claims
# something. Labels are measurements: a few wrong at random ruin the probabilities, and those that are wrong
# by a pattern ruin the ranking as well. Still open: cleaning, and exploring.

# %% [markdown]
# ## 4 · Values that are not what they say
#
# The codes 7777 and 9999 were one kind. What else is there? Look at the ends of a column.

# %%
drinkers = people[people["alcohol"] > 0]
print("least alcohol of those above 0:", drinkers["alcohol"].min(), "g")
print("rows with exactly that:", (people["alcohol"] == drinkers["alcohol"].min()).sum())
print("rows with exactly 0:", (people["alcohol"] == 0).sum())

# %% [markdown]
# Nobody drinks `5.4e-79` g. It is a zero, damaged on its way through another program's file format, and
# `== 0` does not find it. The zeros of the blood pressure are damaged in the same way. In `alcohol` the
# zero is an amount like any other; in `diastolic_1` it is a record, as section 1 found. The same number,
# two meanings.

# %% fold="Draw the ages"
fig, ax = plt.subplots(figsize=(7.2, 2.5))
ax.hist(people["age"], bins=np.arange(19.5, 81.5), color="C4")
ax.set(title="Nobody is older than 80 here", xlabel="age (years)", ylabel="people")
ck.show(fig, "Histogram of age in years, level from 20 to 79, with one very tall bar at 80.")

# %% [markdown]
# A **histogram** counts how many values fall into each bin. 80 means "80 and over" (the codebook again): cut,
# so that nobody can be recognised by a great age. No repair is possible. The mean age is too low, and a
# model cannot learn what happens at 90.

# %% [markdown]
# Now the repairs in one place, each for named columns and with its reason. `mask(condition)` makes gaps
# where the condition holds, `mask(condition, 0)` zeros. The record "sound to zero" moves to a column of its
# own, so that nothing is lost when the number becomes a gap.


# %%
CODED = ["reported_weight_lb", "reported_height_in", "sitting_minutes", "meals_out"]
CODES = [5555, 7777, 9999]  # more than 21 (meals), refused, don't know
ZERO = ["alcohol", "income_ratio", "meals_out", "sitting_minutes"]
ZERO += ["sugar", "fibre", "fat"]


# %%
def cleaned(table):
    """A new table: codes are gaps, damaged zeros are 0; nothing is filled in."""
    fixed = table.copy()
    for column in CODED:
        fixed[column] = fixed[column].mask(fixed[column].isin(CODES))
    for column in ZERO:
        fixed[column] = fixed[column].mask(fixed[column] < 1e-70, 0)
    fixed["sound_to_zero"] = fixed["diastolic_1"] < 1e-70
    for column in ["diastolic_1", "diastolic_2", "diastolic_3"]:
        fixed[column] = fixed[column].mask(fixed[column] < 1e-70)
    return fixed


# %%
survey = cleaned(people)
repaired = [*CODED, "alcohol", "diastolic_1"]
survey[repaired].agg(["count", "min", "median", "max"]).T

# %% [markdown]
# **Try it:** how does one find such a column?
# `people["sitting_minutes"].value_counts().sort_index().tail(3)`.
# <details><summary>Answer</summary>9999 minutes, 30 times, where a day has 1,440: look at the ends of every
# column, then into the codebook.</details>

# %% [markdown]
# ## 5 · Gaps
#
# ### Where they are, and why
#
# A **missingness map** has a line for each person and a column for each feature; a dark spot is a gap.

# %% fold="Draw the map of the gaps"
shown = ["age", "bmi", "waist", "systolic_1", "systolic_2", "pulse", "income_ratio", "energy"]
shown += ["alcohol", "general_health", "told_prediabetes", "takes_pills"]
gaps = survey[shown].isna()
order = gaps.sort_values(["energy", "systolic_1", "waist", "income_ratio", "takes_pills"]).index
fig, ax = plt.subplots(figsize=(8, 3.6))
ax.imshow(gaps.loc[order], aspect="auto", cmap="Greys", interpolation="nearest")
ax.set_xticks(range(len(shown)), shown, rotation=40, ha="right")
ax.set(title="Gaps come in blocks", ylabel="people")
ax.grid(visible=False)
ck.show(
    fig,
    "Missingness map: energy and alcohol are missing for the same people, the first reading of blood "
    "pressure often alone; takes_pills is missing for most people.",
)

# %%
first_missing = survey["systolic_1"].isna()
later_there = survey[["systolic_2", "systolic_3"]].notna().any(axis=1)
print("first upper pressure missing:", first_missing.sum())
print("and a later reading exists:", (first_missing & later_there).sum())

# %% [markdown]
# Whoever missed the interview about food misses all of it. Whoever has no first blood pressure often has a
# second: chapter 00 filled in a median although a measurement lay in the next column. And `takes_pills` is
# blank because most people were not asked. Much less is lost than is missing.

# %% [markdown]
# What to do with a gap depends on *why* it is there. Statistics has three words for it:
#
# - **Missing completely at random** (MCAR): nothing about the person matters. A tube broke.
# - **Missing at random** (MAR): it depends on what *other columns* tell. The old are measured less often.
# - **Missing not at random** (MNAR): it depends on the *missing value itself*. The heavy keep their weight
#   to themselves.
#
# The first can be refuted with the data at hand. MAR and MNAR can hardly be told apart, because the value
# that would decide it is missing. Here is a rare exception: those who did not *tell* their weight were
# *weighed* all the same. **Predict first:** are they heavier?

# %%
not_told = survey["reported_weight_lb"].isna().rename("not told")
left_early = survey["education"].str.startswith("Less", na=False)  # than 9th grade
reasons = pd.DataFrame({"weighed (kg)": survey["weight"], "age": survey["age"]})
compared = reasons.groupby(not_told).median()
compared["people"] = not_told.value_counts()
compared["left school early"] = left_early.groupby(not_told).mean().round(3)
compared

# %% [markdown]
# Not as a whole. They are younger, and nearly a third of them left school early, four times as many as among
# the others: columns that we have explain a part, so it is not MCAR. Now women and men apart:

# %%
survey.groupby(["sex", not_told])["weight"].agg(["count", "median"]).round(1)

# %% [markdown]
# 59 and 29 people are few. The bootstrap of chapter 01 says how sure the two differences are.

# %%
rng = np.random.default_rng(0)
for sex in ("Female", "Male"):
    weighed = survey.loc[survey["sex"] == sex, "weight"].dropna()
    silent, others = weighed[not_told], weighed[~not_told]
    apart = []
    for _ in range(500):
        drawn = rng.choice(silent, len(silent)), rng.choice(others, len(others))
        apart.append(np.median(drawn[0]) - np.median(drawn[1]))
    low, high = np.percentile(apart, [2.5, 97.5])
    print(f"{sex}: {silent.median() - others.median():.1f} kg, {low:.1f} to {high:.1f}")

# %% [markdown]
# The women who did not tell are heavier than the others, the men lighter, and neither interval holds zero.
# The missing value itself matters, in opposite directions: *MNAR*, and the whole had hidden it. (Section 10
# has a name for that.)

# %% [markdown]
# ### Who goes?
#
# > **Myth.** "Drop the rows with gaps; what is left is clean."

# %%
wanted = ["age", "waist", "bmi", "systolic_1", "pulse"]
wanted += ["income_ratio", "energy", "sleep_hours", "cholesterol"]
wanted += ["education", "general_health"]
kept = survey[wanted].notna().all(axis=1)
print("rows without any gap in all columns:", survey.notna().all(axis=1).sum())
print(f"without a gap in {len(wanted)} of them: {kept.sum()} ({kept.mean():.1%})")

# %% [markdown]
# Over all columns *nobody* is left. With eleven ordinary columns a third of the people go. **Predict
# first:** is it the same third in each group?

# %%
groups = {
    "everybody": survey["age"] > 0,
    "aged 20 to 39": survey["age"] < 40,
    "aged 80 and over": survey["age"] == 80,
    "college graduates": survey["education"].str.startswith("College", na=False),
    "left school before grade 9": left_early,
    "had a stroke": survey["stroke"] == 1,
    "undiagnosed diabetes": (ill == 1) & ~doctor & ~treated,
}

# %% [markdown]
# `binomtest` gives the 95 % interval of each share, as in chapter 00.

# %%
from scipy.stats import binomtest


def share_with_interval(yes):
    """Number of people, share of True, and the ends of its 95 % interval."""
    low, high = binomtest(int(yes.sum()), len(yes)).proportion_ci(method="wilson")
    return {"people": len(yes), "share": yes.mean(), "from": low, "to": high}


rows = [share_with_interval(kept[group]) for group in groups.values()]
remain = pd.DataFrame(rows, index=list(groups)).sort_values("share")
remain.round(3)

# %% fold="Draw who is still there"
fig, ax = plt.subplots(figsize=(7.6, 3.2))
everyone = remain.loc["everybody", "share"]
for place, row in enumerate(remain.to_dict("records")):
    colour = "C6" if row["from"] <= everyone <= row["to"] else "C3"
    ax.hlines(place, 100 * row["from"], 100 * row["to"], color=colour)
    ax.plot(100 * row["share"], place, "o", color=colour)
ax.axvline(100 * everyone, color="C7", ls="--", lw=1)
ax.set_yticks(range(len(remain)), remain.index)
ax.set(title="The old, the ill and the less schooled go first", xlabel="kept (%), with 95 % interval")
ck.show(
    fig,
    "Shares kept by group with intervals: lowest for people who left school before grade 9, those of 80 and "
    "over, with undiagnosed diabetes or a stroke; highest for the young and college graduates.",
)

# %% [markdown]
# Half of those who left school early go, nearly half of the oldest, and four in ten of the undiagnosed, the
# very people the screening is for. What remains is "clean", younger and healthier.
#
# Dropping is right for rows that lack the *target*, and where gaps are few and MCAR.

# %% [markdown]
# ### Filling
#
# A gap can be filled with the **mean**, the **median**, the most frequent value (the **mode**), or from the
# most similar rows (**KNN imputation**: `KNNImputer` averages the 5 rows nearest in the other columns). On
# four people:

# %%
from sklearn.impute import KNNImputer

four = pd.DataFrame({"weight": [60, 62, 98, 61], "waist": [80, 84, 110, np.nan]})
print("mean:", SimpleImputer().fit_transform(four)[3])
print("2 nearest:", KNNImputer(n_neighbors=2).fit_transform(four)[3])

# %% [markdown]
# "Near" is a distance, and adds up kilograms and years as if they were alike. So scale first, fill, and turn
# back. To see which fill is nearest to the truth, hide a fifth of the waists that we know.


# %%
def filled(table, column, imputer):
    """A column of the table after scaling, filling and turning back."""
    scaler = StandardScaler().fit(table)
    full = imputer.fit_transform(scaler.transform(table))
    in_units = scaler.inverse_transform(full)
    return pd.DataFrame(in_units, table.index, table.columns)[column]


# %%
known = survey[["age", "weight", "height", "waist"]].dropna()
hidden = np.random.default_rng(0).random(len(known)) < 0.2
since_birthday = np.random.default_rng(1).random(len(known))
known["age"] = known["age"] + since_birthday  # no two are equally near
print(len(known), "people,", hidden.sum(), "waists hidden")

# %% [markdown]
# Of the 265 real gaps in `waist`, though, a quarter lack the weight as well: whoever could not be measured
# was often not weighed either. So there are two tests: one hides the waist alone, the other hides waist,
# weight and height together.

# %%
no_waist = survey["waist"].isna()
print("without a waist:", no_waist.sum())
print("and without a weight:", survey["weight"][no_waist].isna().sum())
waist_hidden = known.copy()
waist_hidden.loc[hidden, "waist"] = np.nan
all_hidden = known.copy()
all_hidden.loc[hidden, ["waist", "weight", "height"]] = np.nan

# %%
fills = {"mean": SimpleImputer(), "median": SimpleImputer(strategy="median")}
fills["mode"] = SimpleImputer(strategy="most_frequent")
fills["5 nearest rows"] = KNNImputer(n_neighbors=5)
truth = known.loc[hidden, "waist"]
rows = []
for imputer in fills.values():
    alone = filled(waist_hidden, "waist", imputer)[hidden]
    together = filled(all_hidden, "waist", imputer)[hidden]
    row = {"waist hidden: error": (alone - truth).abs().mean()}
    row["all hidden: error"] = (together - truth).abs().mean()
    row["waist hidden: spread"] = alone.std()
    rows.append(row)
print(f"spread of the true waists: {truth.std():.1f}")
pd.DataFrame(rows, index=list(fills)).round(1)

# %% [markdown]
# All in cm; "spread" is the standard deviation. One number for everyone is off by some 13 cm and has no
# spread. Neighbours are off by less than 5, because weight and height tell most of a waist. Where these are
# missing, too, five neighbours by age alone are worse than the median. **Test a fill on gaps like the real
# ones.**
#
# In a project, an **imputer**, the step that fills gaps, is fitted on training rows only
# ([chapter 03](03_data_splitting.ipynb)).

# %% [markdown]
# Now the lower pressure, as published, and with its gaps filled in two ways. The neighbours are found by the
# same person's later readings and by age, scaled as above.

# %% fold="Fill the lower pressure in two ways, and draw it"
near = ["diastolic_1", "diastolic_2", "diastolic_3", "age"]
pressure = survey["diastolic_1"]
nearest = filled(survey[near], "diastolic_1", KNNImputer(n_neighbors=5))
versions = {"as published": (people["diastolic_1"], 0)}  # and the bin that stands out
versions["filled: median"] = (pressure.fillna(pressure.median()), 18)
versions["filled: 5 nearest rows"] = (nearest, None)
fig, axes = plt.subplots(1, 3, figsize=(9, 2.9), sharex=True, sharey=True)
for ax, (name, (values, spike)) in zip(axes, versions.items(), strict=True):
    counts, edges, bars = ax.hist(values.dropna(), bins=np.arange(-1, 131, 4), color="C4")
    ax.set_title(name, fontsize=10)
    ax.set_yscale("log")
    if spike is not None:
        bars[spike].set_facecolor("C3")
        ax.text(edges[spike] + 8, counts[spike] * 1.2, f"{counts[spike]:,.0f} people", color="C3")
axes[0].set_ylabel("people (log scale)")
fig.supxlabel("lower blood pressure, first reading (mmHg)", fontsize=10)
fig.suptitle("One spike says 'sound to zero', the other 'all alike'")
ck.show(
    fig,
    "Three histograms of the lower pressure on a logarithmic scale: a bar of 36 people at zero as published; "
    "a very tall bar at the median after filling with it; a smooth hill after filling from the nearest rows.",
)

# %% [markdown]
# The spike at the median says "all these are alike", which nobody believes; neighbours spread them out. The
# more of a column was filled, the more a report should say so.

# %% [markdown]
# ### A gap can be information
#
# **Predict first:** among the visitors, in which of these columns does a gap tell something about
# diabetes?

# %%
rows = []
columns = ["waist", "systolic_1", "income_ratio", "told_prediabetes"]
for column in columns:
    gap = visitors[column].isna()
    row = share_with_interval(visitors.loc[gap, "diabetes"])
    row["share where known"] = visitors.loc[~gap, "diabetes"].mean()
    rows.append(row)
pd.DataFrame(rows, index=columns).round(3)

# %% [markdown]
# Clearly in one: one in five of those without an answer to "has a doctor told you that you have
# prediabetes?" is ill, against one in 31. (For `systolic_1` the interval just begins at the share where it is
# known.) Why? Look at what these people answered before.

# %%
not_asked = visitors["told_prediabetes"].isna()
visitors.loc[not_asked, "told_diabetes"].value_counts(dropna=False)

# %% [markdown]
# They had just said "borderline", and the questionnaire then skips the question. The reason for the gap is
# the information, and the codebook holds it. (Chapter 01 asked for just that, and it paid.)
#
# So should every gap get a column that flags it? `add_indicator=True` does that. Does it help the nurse's
# five measurements?

# %%
flagging = SimpleImputer(strategy="median", add_indicator=True)
flagged = make_pipeline(flagging, StandardScaler(), LogisticRegression())
rows = []
for train, test in halves:
    row = {"filled": judged(plain, train["diabetes"], train, test)["AUC"]}
    row["and flagged"] = judged(flagged, train["diabetes"], train, test)["AUC"]
    rows.append(row)

# %%
flags = pd.DataFrame(rows)
gain = flags["and flagged"] - flags["filled"]
print(flags.mean().round(3).to_string())
print("better with flags in", (gain > 0).sum(), "of 20 splits")

# %% [markdown]
# It does not: few people have these gaps, few of them are ill, and what the flags add is mostly luck. A gap
# *can* be information. Ask why it is there, and measure whether a column for it pays.

# %% [markdown]
# ## 6 · Outliers: error or rare truth?
#
# An **outlier** lies far from the rest. Three rules flag it:
#
# - **z-score**: more than 3 standard deviations from the mean.
# - **IQR** (interquartile range, the width of the middle half of the values): beyond that middle half by more
#   than 1.5 times its width.
# - **Local outlier factor**: lonelier than one's neighbours are. It sees all columns at once.
#
# `LocalOutlierFactor` says −1 to outliers; `contamination` is the share that it shall flag.

# %%
from sklearn.neighbors import LocalOutlierFactor

weights = survey[["weight"]].copy()
weights["told"] = survey["reported_weight_lb"] * 0.4536  # pounds in kg
weights = weights.dropna()
z = (weights - weights.mean()) / weights.std()
low, high = weights.quantile(0.25), weights.quantile(0.75)
reach = 1.5 * (high - low)
outside = (weights < low - reach) | (weights > high + reach)
factor = LocalOutlierFactor(n_neighbors=50, contamination=0.01)

# %%
rules_say = pd.DataFrame(index=weights.index)
rules_say["z-score"] = (z.abs() > 3).any(axis=1)
rules_say["IQR"] = outside.any(axis=1)
rules_say["local outlier factor"] = factor.fit_predict(z) == -1
weights_apart = (weights["told"] - weights["weight"]).abs()
rows = []
for rule in rules_say:
    flag = rules_say[rule]
    row = {"flagged": flag.sum(), "median weight": weights["weight"][flag].median()}
    row["median kg between told and weighed"] = weights_apart[flag].median()
    rows.append(row)
pd.DataFrame(rows, index=rules_say.columns).round(1)

# %% fold="Draw whom the three rules flag"
fig, ax = plt.subplots(figsize=(7.4, 4.8))
ax.plot([30, 250], [30, 250], color="C7", lw=0.8, ls="--")
ax.scatter(weights["weight"], weights["told"], s=4, color="#BBBBBB")
looks = {"IQR": ("s", 60, "C4", "none"), "z-score": ("D", 26, "C2", "none")}
looks["local outlier factor"] = ("o", 14, "C3", "C3")
for rule, (marker, size, edge, face) in looks.items():
    at = weights[rules_say[rule]]
    ax.scatter(at["weight"], at["told"], s=size, marker=marker, ec=edge, fc=face, lw=1.1, label=rule)
ax.text(175, 222, "rare truth:\nheavy, and they know", ha="center")
ax.text(175, 80, "error, or a story:\ntold far from weighed", ha="center")
ax.set(title="Two rules find the heavy, one finds the unlikely", xlabel="weighed (kg)", ylabel="told (kg)")
ax.legend(loc="upper left")
ck.show(
    fig,
    "Scatter of told against weighed kilograms along the diagonal. Z-score and IQR flag the heavy end of the "
    "diagonal; the local outlier factor flags points far off it as well as the very heaviest.",
)

# %% [markdown]
# Z-score and IQR flag heavy people, most of whom told their weight nearly right. Deleting them deletes those
# most at risk. The local outlier factor finds mostly people whose two numbers contradict each other
# (typically by 20 kg), and some of them may have lost weight.
#
# A flag is a question. Correct what you can prove, keep rare truth, and record what you removed.
#
# **Try it:** set `contamination=0.05`. What does it flag now?
# <details><summary>Answer</summary>Five in a hundred, because you ordered that many. The method ranks;
# the share is your decision.</details>

# %% [markdown]
# ## 7 · Copies
#
# The same row twice counts twice, and can stand on both sides of a split. *Exact* copies are easy:
# `duplicated()` is True for each row that repeats an earlier one. *Near* copies differ in a comma or a
# number. Compare a fingerprint: here the letters alone, in lower case.

# %%
letters = mails["body"].str.lower()
letters = letters.str.replace(r"[\W\d_]+", "", regex=True)  # all but letters
print(len(mails), "mails:", mails["body"].duplicated().sum(), "exact copies,", end=" ")
print(letters.duplicated().sum(), "with the same letters")
kinds = mails.groupby(letters)["is_spam"].nunique()  # how many different values
print("texts that carry both labels:", (kinds == 2).sum())

# %% [markdown]
# At what likeness a copy begins is a decision. Two texts are both spam and good mail: no model that sees
# only this column gets these right. And with few columns two rows may be equal and still be two beings: drop
# copies by a key that identifies, where there is one.

# %% [markdown]
# *Good place to stop.* Cleaning is done. The codebook tells codes from values, and often why a gap is there.
# Dropping rows drops certain people, a fill is tested on gaps like the real ones, and an outlier is a
# question. What is left: to explore the table that the course will model.

# %% [markdown]
# **Part 2: exploring**
#
# ## 8 · Fast enough to look
#
# Exploring means asking many small questions, so each answer must come at once.
#
# > **Myth.** "`df.apply` vectorises your function."
#
# To **vectorise** is to compute on whole columns at once. Three ways to the body mass index of everybody: a
# loop over rows, `.apply` with `axis=1` (row by row), and whole columns.


# %%
def index_of(row):
    """Weight (kg) by the square of height (m); of one row, or of a table."""
    return row["weight"] / (row["height"] / 100) ** 2


def by_loop(table):
    return [index_of(row) for _, row in table.iterrows()]


def by_apply(table):
    return table.apply(index_of, axis=1)


# %%
size = survey[["weight", "height"]]
print(np.allclose(by_loop(size), index_of(size), equal_nan=True))
print(np.allclose(by_apply(size), index_of(size), equal_nan=True))

# %% tags=["nbval-ignore-output"]
from time import perf_counter

seconds = []  # perf_counter is a clock
for way in (by_loop, by_apply, index_of):
    start = perf_counter()
    way(size)
    seconds.append(perf_counter() - start)
for name, taken in zip(["loop", "apply", "columns"], seconds, strict=True):
    print(f"{name:8} about {taken / seconds[-1]:.0f} times as long as columns")

# %% [markdown]
# `.apply` is of the loop's kind, well over ten times slower than columns: it calls your function once a row.
# Columns hand the whole job to compiled code. Look for a column operation first: `str.extract`, `mask`,
# `np.select`, `groupby`.

# %% [markdown]
# ## 9 · The table that will be modelled
#
# Explore the rows that the model is for, the visitors, now cleaned. The target comes first: the **class
# balance** sets the score of doing nothing.

# %%
clean_visitors = survey[~doctor & ~treated]
is_ill = clean_visitors["diabetes"] == 1
print(f"{len(clean_visitors)} visitors, {is_ill.sum()} ill, {is_ill.mean():.1%}")
clean_visitors[measures].describe().T.round(1)

# %% [markdown]
# ### Each feature against the target: amounts
#
# Cut an amount into groups of like size, and compute the share of ill people in each, with its interval.
# `pd.qcut(column, 5)` makes five groups with the same number of people (chapter 01).

# %%
waist_fifth = pd.qcut(clean_visitors["waist"], 5)
rows = []
for fifth in waist_fifth.cat.categories:  # the five groups
    rows.append(share_with_interval(is_ill[waist_fifth == fifth]))
pd.DataFrame(rows, index=waist_fifth.cat.categories.astype(str)).round(3)

# %% [markdown]
# From one in a hundred to nearly one in ten: the waist tells something. All five measurements as pictures:

# %% fold="Draw the share of ill people against each measurement"
fig, axes = plt.subplots(1, 5, figsize=(9.4, 2.9), sharey=True)
units = ["years", "cm", "kg/m²", "mmHg", "beats a minute"]
for ax, column, unit in zip(axes, measures, units, strict=True):
    fifths = pd.qcut(clean_visitors[column], 5)
    for fifth in fifths.cat.categories:
        found = share_with_interval(is_ill[fifths == fifth])
        middle = clean_visitors[column][fifths == fifth].median()
        ax.plot([middle, middle], [100 * found["from"], 100 * found["to"]], color="C2", lw=1.2)
        ax.plot(middle, 100 * found["share"], "o", color="C2", ms=5)
    ax.axhline(100 * is_ill.mean(), color="C7", ls="--", lw=1)
    ax.set_title(column, fontsize=10)
    ax.set_xlabel(unit, fontsize=9)
axes[0].set_ylabel("ill (%), with 95 % interval", fontsize=9)
fig.suptitle("Four measurements rise with the risk, the pulse least")
ck.show(
    fig,
    "Five panels with the share of ill people in fifths of age, waist, body mass index, upper pressure and "
    "pulse: rising steeply with waist and BMI, rising and levelling with age, least with pulse.",
)

# %% [markdown]
# Waist, BMI, age and upper pressure rise with it, from about one in a hundred to six or more; the pulse rises
# least.

# %% [markdown]
# ### Categories
#
# For a category, the share in each: the same loop over its values. Print the sizes with it.

# %%
rows = []
answers = clean_visitors["general_health"].value_counts()
for answer in answers.index:
    chosen = clean_visitors["general_health"] == answer
    rows.append(share_with_interval(is_ill[chosen]))
pd.DataFrame(rows, index=answers.index).sort_values("share").round(3)

# %% [markdown]
# People's own judgement of their health has an order, and the share mostly follows it. "Poor?" seems to
# break it, with 2 ill of 94 people: look at its interval before you build a story on it.

# %% [markdown]
# ## 10 · What a summary hides
#
# ### A correlation
#
# A **correlation** says how close two columns lie to a line: 1 is a rising line, −1 a falling one, 0 no line.
# A **heatmap** shows all of them at once. **Predict first:** age and the lower pressure have nearly 0.
# Are they unrelated?

# %%
columns_shown = ["age", "waist", "bmi", "weight", "systolic_1", "diastolic_1", "pulse"]
correlations = clean_visitors[columns_shown].corr()
print(f"age and lower pressure: {correlations.loc['age', 'diastolic_1']:.2f}")
decade = clean_visitors["age"] // 10 * 10
clean_visitors.groupby(decade)["diastolic_1"].mean().round(1).to_frame().T

# %% fold="Draw the heatmap, and the one cell that misleads"
fig, axes = plt.subplots(1, 2, figsize=(9.4, 4), width_ratios=[1.25, 1])
sns.heatmap(
    correlations.round(1) + 0.0, vmin=-1, vmax=1, cmap="RdBu_r", annot=True, fmt=".1f",
    annot_kws={"size": 8}, cbar=False, ax=axes[0],
)  # fmt: skip
axes[0].tick_params(axis="x", rotation=45)
axes[0].set_title("Age and lower pressure: next to no line")
five_years = clean_visitors.groupby(clean_visitors["age"] // 5 * 5)["diastolic_1"].mean()
axes[1].scatter(clean_visitors["age"], clean_visitors["diastolic_1"], s=3, color="#BBBBBB")
axes[1].plot(five_years.index + 2, five_years, color="C3")
axes[1].set(title="It rises, then falls", xlabel="age (years)")
axes[1].set(ylabel="lower pressure (mmHg)", ylim=(40, 110))
ck.show(
    fig,
    "Left: heatmap of correlations, strong among waist, bmi and weight, near zero for age and lower "
    "pressure. Right: scatter of lower pressure against age, whose mean rises until about 50 and then falls.",
)

# %% [markdown]
# They are related, in the shape of a hill, and no line fits a hill. Waist and BMI, at 0.9, say nearly the
# same thing twice. Read a heatmap for what to plot next, not as an answer.

# %% [markdown]
# ### A box
#
# A **box plot** shows the median, the quartiles and the far points; a **violin** draws the whole shape.

# %% fold="Draw the flippers twice"
flippers = penguins["flipper_length_mm"].dropna()
fig, ax = plt.subplots(figsize=(7.2, 2.6))
ax.boxplot(flippers, orientation="horizontal", positions=[2], widths=0.5, medianprops={"color": "C3"})
violin = ax.violinplot(flippers, orientation="horizontal", positions=[1], widths=0.8, showextrema=False)
violin["bodies"][0].set(facecolor="C4", alpha=0.8)
ax.set_yticks([2, 1], ["box", "violin"])
ax.set(title="One box, two humps", xlabel="flipper length of 342 penguins (mm)")
ck.show(fig, "Flipper lengths as a box plot, which looks ordinary, and as a violin with two humps.")

# %% [markdown]
# The box looks like any other. Two humps mean that two kinds are mixed. A **pair plot** draws every pair of
# columns, and colour shows which kinds.

# %% fold="Draw the pair plot"
parts = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
SPECIES = {"Adelie": "C2", "Chinstrap": "C3", "Gentoo": "C4"}
short = penguins[["species", *parts]].rename(columns=lambda name: name.replace("_", " "))
with plt.rc_context({"figure.constrained_layout.use": False}):
    grid = sns.pairplot(
        short, hue="species", hue_order=SPECIES, palette=SPECIES, corner=True, height=1.75, plot_kws={"s": 12}
    )
ck.show(
    grid.figure,
    "Pair plot of bill length, bill depth and flipper length by species: Gentoo stand apart by flipper and "
    "bill depth, Adelie and Chinstrap differ by bill length.",
)

# %% [markdown]
# ### An average: Simpson's paradox
#
# **Predict first:** do penguins with longer bills have deeper bills?

# %%
bills = penguins.dropna(subset=["bill_length_mm", "bill_depth_mm"])
overall = bills["bill_length_mm"].corr(bills["bill_depth_mm"])
print(f"all penguins: correlation {overall:.2f}")
for species, birds in bills.groupby("species"):
    within = birds["bill_length_mm"].corr(birds["bill_depth_mm"])
    print(f"{species}: correlation {within:.2f}")

# %% fold="Draw the four lines"
fig, ax = plt.subplots(figsize=(7.2, 4))
spots = {"Adelie": (34, 21.1), "Chinstrap": (52.5, 20.4), "Gentoo": (52, 14)}
for colour, (species, birds) in zip(["C2", "C3", "C4"], bills.groupby("species"), strict=True):
    x, depth = birds["bill_length_mm"], birds["bill_depth_mm"]
    ax.scatter(x, depth, s=10, color=colour, alpha=0.6)
    ax.plot(np.sort(x), np.polyval(np.polyfit(x, depth, 1), np.sort(x)), color=colour)
    ax.text(*spots[species], species, color=colour, weight="bold")
line = np.polyfit(bills["bill_length_mm"], bills["bill_depth_mm"], 1)
ends = np.array([bills["bill_length_mm"].min(), bills["bill_length_mm"].max()])
ax.plot(ends, np.polyval(line, ends), color="black", ls="--")
ax.text(56, 16.15, "all", weight="bold")
ax.set(title="Every species rises, all together fall", xlabel="bill length (mm)", ylabel="bill depth (mm)")
ck.show(
    fig,
    "Bill depth against bill length: the line of each of three species rises, the dashed line through all "
    "penguins falls, because Gentoo have long and shallow bills.",
)

# %% [markdown]
# Together the line falls, within each species it rises: **Simpson's paradox**. Both are true, and answer
# different questions: the one "a bird of unknown species", the other "two birds of the same". Before
# you explain a trend, ask which group everybody comes from.

# %% [markdown]
# ## 11 · The data sheet
#
# What we found must not stay in our heads. A **data sheet** is one page beside the data: origin, licence,
# consent, how labels were made, gaps, faults, who is missing, what not to use it for. Half of it can be
# computed.


# %%
def data_sheet(table, target):
    """What a table can say about itself."""
    share_of_gaps = table.isna().mean()
    amounts = table.select_dtypes("number")
    at_top = (amounts == amounts.max()).sum()
    is_piled = (at_top > 20) & (amounts.nunique() > 10)
    return {
        "size": f"{len(table):,} rows, {table.shape[1]} columns",
        "target": f"{target}, share {table[target].mean():.1%}",
        "columns with gaps": (share_of_gaps > 0).sum().item(),
        "piled at the maximum": ", ".join(at_top.index[is_piled]),
    }


# %%
sheet = data_sheet(survey, "diabetes")
sheet["origin"] = "US health survey NHANES 2017-2018, public domain"
sheet["consent"] = "given for the survey and research"
sheet["labels"] = "told by a doctor or HbA1c from 6.5 %"
sheet["who is missing"] = "children, care homes, prisons, forces, refusers"
sheet["not for"] = "diagnosis; estimating how common diabetes is"
for question, answer in sheet.items():
    print(f"{question:21} {answer}")

# %% [markdown]
# It found the cut ages and incomes by itself, and the code in `sitting_minutes`: many equal values at the
# very top. The lower half needs people. If nobody can fill in "consent", that is an answer, too. Every data
# set of this course has its sheet in [data/README.md](../data/README.md).

# %% [markdown]
# ## In the field
#
# Practitioners commonly spend more time on data than on models, and little of it is typing: they read the
# codebook, and telephone. Why are there no odd numbers? What changed in March? What goes wrong: a clean-up
# script removes rare truth, nobody records how many rows went, and the fix is made in a copy of the file that
# the next delivery replaces. Keep the raw data untouched, clean in code, count at every step.
#
# A famous case is the Pima table of 1988, on which thousands of tutorials train: 374 of its 768 women have an
# insulin of 0, a zero written for "not measured". Nor was the community it describes asked about such use,
# and the archive that made it famous withdrew it. We do without it.

# %% [markdown]
# ## Summary
#
# - The answer to the puzzle: 9999 is the code for "don't know" and becomes a gap; the pressure of 0 was
#   recorded and keeps a column of its own. The codebook says so: read it first.
# - A score may show a bad value or may not; looking at ends and frequent values does.
# - Labels are measurements. Wrong at random, and few, they cost the ranking little and ruin the
#   probabilities; wrong in one group, they ruin both.
# - Values are missing completely at random, at random, or not at random. Dropping rows drops the old, the
#   ill and the less schooled first; a fill must be tested on gaps like the real ones.
# - One-column outlier rules find rare people; contradictions need two columns.
# - `.apply` is a loop; columns are fast.
# - Correlation, box and average each hide something: a hill, two humps, a group.

# %% [markdown]
# ## Check yourself
#
# 1. Two annotators agree on 95 of 100 mails. Good?
#    <details><summary>Answer</summary>It depends on chance: if both call nearly all of them good, kappa can
#    be near 0.</details>
# 2. One label in twenty is wrong, at random, and one case in fifty is positive. What suffers most?
#    <details><summary>Answer</summary>The probabilities: most labels that say "positive" are false, so every
#    probability is too high, and so is what a threshold set by costs will act on.</details>
# 3. High earners leave the question about income blank more often. Which kind of gap is it?
#    <details><summary>Answer</summary>Not at random (MNAR): the missing value itself decides. If schooling
#    explains it all, it is MAR.</details>
# 4. A correlation is 0. What may still be there?
#    <details><summary>Answer</summary>Any relation that is not a line, such as a hill, or two groups that
#    cancel.</details>

# %% [markdown]
# ## Next
#
# The exercises let you find planted and real faults. Then the data are ready to be split, which is where the
# next mistakes wait: [chapter 03](03_data_splitting.ipynb). To read:
#
# - Timnit Gebru and others, *Datasheets for Datasets* (2021).
# - Hadley Wickham, *Tidy Data* (2014).
# - Stef van Buuren, *Flexible Imputation of Missing Data*, chapters 1 and 2.
# - scikit-learn user guide, "Imputation of missing values" and "Novelty and Outlier Detection".
