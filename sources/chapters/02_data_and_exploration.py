# %% [markdown]
# # 2 · Data collection and exploration
#
# In a public health survey 109 adults say that they are 9,999 inches tall, and the hearts of 36
# living people press with 0 mmHg between two beats. A model trained on it runs without complaint,
# and its score looks fine. **What else in real data is not what it says, and who would have told
# you?**

# %% [markdown]
# **You will be able to**
# - read tables from a database, a file, a device, a mail, and a web page within its rules
# - measure how far two annotators agree, and what wrong labels cost
# - find codes, gaps, outliers and copies, and decide what to do with each
# - say who disappears when incomplete rows are dropped
# - choose a picture, and know what it can hide
#
# **Builds on:** [chapter 00](00_start_here.ipynb) ·
# **Data:** `diabetes`, `mails`, `raw_mails`, `penguins`
#
# The people in these tables are real. The data are for learning, not for advice to anybody.

# %% [markdown]
# ## 1 · A table that says impossible things
#
# This is the survey of chapter 00, in which adults were interviewed and measured. There
# are more columns here than there, with the values as they were published.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import coursekit as ck

people = ck.load("diabetes").rename_axis("person")
first_look = ["age", "waist", "pulse", "diastolic_1", "reported_height_in"]
people[first_look].agg(["count", "min", "median", "max"]).T.round(1)

# %% [markdown]
# `diastolic_1` is the lower blood pressure in mmHg, `reported_height_in` the height people say they
# have, in inches. **Predict first:** which of these ends can no living person have?

# %%
no_pressure = people["diastolic_1"] < 1
giants = people["reported_height_in"] > 100
print(f"no pressure: {no_pressure.sum()}, over 2.5 m tall: {giants.sum()}, of {len(people)} people")
print("their heights:", people.loc[giants, "reported_height_in"].value_counts().to_dict())

# %% [markdown]
# The smallest pressure is 0 (written in a strange way, of which more below), and the giants are all
# equally tall, but for one. Nothing in the table marks these numbers. Only knowledge of the subject
# tells that they are impossible.
#
# Does a model protest? Train one on the values as published, and one with the impossible ones declared
# missing and filled.

# %%
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

possible = people[first_look].copy()
possible["diastolic_1"] = possible["diastolic_1"].mask(no_pressure)
possible["reported_height_in"] = possible["reported_height_in"].mask(giants)
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
runs = {"doing nothing": (DummyClassifier(), possible), "as published": (model, people[first_look])}
runs["impossible values filled"] = (model, possible)
scores = {name: cross_val_score(m, X, people["diabetes"], cv=folds) for name, (m, X) in runs.items()}
scores = pd.DataFrame(scores).agg(["mean", "std"]).T
scores.rename(columns={"mean": "accuracy", "std": "spread of 10 folds"}).round(3)

# %% [markdown]
# The same, far within the spread between folds. The score did not warn us, and will not: a model takes
# any number for a number. **Only looking helps.** The rest of this chapter is about where to look.

# %% [markdown]
# ## 2 · Where data come from
#
# ### Files, and what they forget
#
# Most projects begin with a file somebody sends. The same three mails go through three formats. What
# comes back?

# %%
import io

mails = ck.load("mails")
sample = mails.loc[:2, ["received", "group", "is_spam"]].astype({"group": "category"})
as_parquet = io.BytesIO(sample.to_parquet())
read_back = {
    "before": sample,
    "CSV": pd.read_csv(io.StringIO(sample.to_csv(index=False))),
    "JSON": pd.read_json(io.StringIO(sample.to_json(date_format="iso"))),
    "Parquet": pd.read_parquet(as_parquet),
}
pd.DataFrame({name: table.dtypes.astype(str) for name, table in read_back.items()})

# %% [markdown]
# CSV is text, and JSON knows numbers, texts and true or false: from both, times and categories come
# back as strings. Parquet stores the types. With the other two, state the types when you read, and
# check them. A good public data set comes with a sheet that lists them.

# %% [markdown]
# ### A company's database
#
# Companies keep data in tables that refer to one another. **SQL** asks for what you need. SQLite is a
# database in one file, or, as here, in memory; the query runs where the data are.

# %%
import sqlite3

database = sqlite3.connect(":memory:")
people[["age", "sex", "diabetes"]].to_sql("person", database)
people[["systolic_1", "systolic_2"]].dropna().to_sql("visit", database)
query = """
    SELECT sex, COUNT(*) AS people, COUNT(visit.person) AS with_visit, AVG(systolic_2) AS systolic
    FROM person LEFT JOIN visit ON visit.person = person.person
    WHERE age >= ? GROUP BY sex"""
pd.read_sql_query(query, database, params=(60,)).set_index("sex").round(1)

# %% [markdown]
# `GROUP BY` is pandas' `groupby`, `JOIN … ON` puts together the rows of one person. `LEFT JOIN` keeps
# people without a reading; a plain `JOIN` would drop them without a word. The `?` is filled in by the
# library: never paste a user's text into a query.

# %% [markdown]
# ### A device
#
# Sensors send records, often one JSON object a line. Here are three people's blood pressure readings
# in that form, as the device might send them.

# %%
import json

three = people.dropna(subset=["systolic_1", "systolic_2"]).head(3)
lines = [
    json.dumps({"person": person, "readings": [{"mmHg": row["systolic_1"]}, {"mmHg": row["systolic_2"]}]})
    for person, row in three.iterrows()
]
print(lines[0])
pd.json_normalize([json.loads(line) for line in lines], "readings", "person").T

# %% [markdown]
# Look at more of them, and at how far the first reading lies from the second.

# %%
readings = people[["systolic_1", "systolic_2"]].dropna()
change = readings["systolic_2"] - readings["systolic_1"]
print(f"{len(readings)} pairs; odd numbers among them: {(readings % 2 == 1).to_numpy().sum()}")
print(f"second minus first: mean {change.mean():.1f}, standard deviation {change.std():.1f} mmHg")

# %% [markdown]
# Not one odd number in thousands. The "device" was a person reading a scale to the nearest 2 mmHg.
# And the same arm, minutes later, differs by several mmHg: a limit "at 130" is sharper than the
# measurement.

# %% [markdown]
# ### A raw mail
#
# The next source is a message as a server received it. Two lines of its header are enough to see that
# headers are claims.

# %%
import email
from email import policy

message = email.message_from_bytes(
    ck.load("raw_mails")["16_euc_kr_year_102_spam.eml"], policy=policy.compat32
)
print("Date:    ", message["Date"])
print("Received:", message["Received"].split(";")[-1].split("\n")[0].strip())

# %% [markdown]
# The sender's clock says year 102 (an old program counts from 1900), the receiving server 2002.
# [Chapter 09](09_spam_filter.ipynb) takes such messages fully apart.

# %% [markdown]
# ### The web, within the rules
#
# A **crawler** reads pages and follows links. Before the first page it reads `robots.txt`, in which a
# site says what may be read by programs. We serve a tiny site on this computer, to be crawled.

# %%
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

penguins = ck.load("penguins")
counts = penguins.groupby("island").size()
SITE = {
    "/robots.txt": "User-agent: *\nDisallow: /private/\n",
    "/": '<a href="/islands.html">islands</a> <a href="/private/staff.html">staff</a>',
    "/islands.html": f"<table>{''.join(f'<tr><td>{i}<td>{n}' for i, n in counts.items())}</table>",
    "/private/staff.html": "names and telephone numbers",
}


# %%
class Site(BaseHTTPRequestHandler):
    """Answers with the page of the path asked for."""

    def do_GET(self):
        self.send_response(200 if self.path in SITE else 404)
        self.end_headers()
        self.wfile.write(SITE.get(self.path, "").encode())

    def log_message(self, *args):
        """Keep the notebook quiet."""


server = HTTPServer(("127.0.0.1", 0), Site)  # port 0: any that is free
threading.Thread(target=server.serve_forever, daemon=True).start()

# %%
from html.parser import HTMLParser
from urllib.robotparser import RobotFileParser


class Page(HTMLParser):
    """The links and the text of a page."""

    def __init__(self, html):
        super().__init__()
        self.links, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if tag == "a" and name == "href"]

    def handle_data(self, data):
        self.texts += [data.strip()] if data.strip() else []


def get(path):
    """The text behind a path of our own small site."""
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request("GET", path, headers={"User-Agent": "course-crawler"})
    return connection.getresponse().read().decode()


# %%
rules = RobotFileParser()
rules.parse(get("/robots.txt").splitlines())
for link in Page(get("/")).links:
    if rules.can_fetch("course-crawler", link):
        print("read   ", link, Page(get(link)).texts)
    else:
        print("skipped", link)
server.shutdown()
server.server_close()

# %% [markdown]
# What `robots.txt` allows may still be somebody's work or somebody's life. Ask also: what do the
# site's terms say, whose copyright is it, are there personal data, is there an interface made for
# programs? Then crawl slowly, say who you are, and keep the date of each page.

# %% [markdown]
# ### Synthetic data
#
# The last source is a generator. It knows the truth, which real data never tell, so it is the right
# place to test a method: here 5 columns carry the signal and 5 % of the labels are flipped, by order.

# %%
from sklearn.datasets import make_classification

X_made, y_made = make_classification(
    n_samples=1000, n_features=8, n_informative=5, n_redundant=0, flip_y=0.1, weights=[0.8], random_state=0
)
print("shape", X_made.shape, "share of ones", y_made.mean())

# %% [markdown]
# (`flip_y=0.1` draws one label in ten again at random, so half of those change.) Synthetic rows show
# that a method can work. They say nothing about whether it works on people: nobody in them writes
# zeros for gaps.

# %% [markdown]
# ## 3 · Labels: who says so?
#
# A label is a measurement, too. A careful project writes down a guide, lets **two annotators** label
# the same sample without seeing each other's answers, measures how far they agree, settles the
# disagreements, mends the guide, and only then labels the rest.
#
# Our survey has two annotators: a **doctor** (has one told you that you have diabetes?) and a
# **laboratory** (long-term blood sugar, HbA1c, of 6.5 % or more; source: `data/README.md`).

# %%
doctor = people["told_diabetes"] == "1"
laboratory = people["hba1c"] >= 6.5
table = pd.crosstab(doctor.rename("doctor says"), laboratory.rename("laboratory says"))
table

# %% [markdown]
# **Predict first:** they agree on more than nine people in ten. Is that good?
#
# Two annotators who mostly say "no" agree often by chance. **Cohen's kappa** takes the chance out,
# with $p_o$ the agreement observed and $p_e$ the agreement expected by chance:
#
# $$\kappa = \frac{p_o - p_e}{1 - p_e}$$

# %%
from sklearn.metrics import cohen_kappa_score

shares = table.to_numpy() / len(people)
p_o = np.trace(shares)
p_e = (shares.sum(axis=1) * shares.sum(axis=0)).sum()
kappa = (p_o - p_e) / (1 - p_e)
print(f"observed {p_o:.3f}, by chance {p_e:.3f}, kappa {kappa:.3f}")
print("scikit-learn agrees:", np.isclose(kappa, cohen_kappa_score(doctor, laboratory)))
rng = np.random.default_rng(0)
draws = [rng.integers(0, len(people), len(people)) for _ in range(300)]
again = [cohen_kappa_score(doctor.to_numpy()[rows], laboratory.to_numpy()[rows]) for rows in draws]
print("95 % interval from 300 resamples:", np.quantile(again, [0.025, 0.975]).round(2))

# %% [markdown]
# Kappa is 0 for chance and 1 for full agreement: 0.66 is far from 1. And the disagreements are not
# slips. Do treated people fall below the limit, and was the other group told no?

# %%
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
borderline = people["told_diabetes"] == "Borderline"
print(f"doctor only: {(doctor & ~laboratory).sum()}, of them treated {treated[doctor & ~laboratory].sum()}")
print(
    f"laboratory only: {(laboratory & ~doctor).sum()}, "
    f"of them told 'Borderline' {borderline[laboratory & ~doctor].sum()}"
)

# %% [markdown]
# Most "doctor only" people take the medicine that lowers their sugar: the doctor is right.
# A screening looks for the "laboratory only" people, except those among them who take the medicine.
# So the target is 1 if either of the two says so; the answer "Borderline" counts as no, and there the
# blood test decides. That is a decision, and it
# belongs in the data sheet.
#
# In the mails, the same text can carry both labels:

# %%
letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
both_kinds = mails.groupby(letters)["is_spam"].agg(["size", "nunique"]).query("nunique == 2")
print(both_kinds["size"].rename(lambda text: text[:60]).rename_axis("letters of the body").to_string())

# %% [markdown]
# Two texts, both labels: a bare link, and the excuse of a mail program. The label was given for the
# whole message, and this column no longer holds what it was based on. No model that sees only this
# column can get these right.

# %% [markdown]
# ### What wrong labels cost, and what rows buy
#
# Quantity and quality of the data are the ceiling of a project. Measure both with the model of
# chapter 00: train it on fewer people; on labels flipped **at random**; and on labels that miss
# diabetes **in people over 53**, as a survey would that asked the young more carefully. The test
# rows keep clean labels.
#
# The measure is the **AUC**: how often a person with diabetes gets a higher score than one without;
# 0.5 is drawing lots. **Predict first:** which hurts more, 30 % random flips or 15 % missed among
# the older?

# %%
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

measures = ["age", "waist", "bmi", "systolic_1", "pulse"]


def auc(train, test, labels):
    """AUC on the clean test rows of the model trained with these labels."""
    fitted = clone(model).fit(train[measures], labels)
    return roc_auc_score(test["diabetes"], fitted.predict_proba(test[measures])[:, 1])


results = []
for seed in range(10):
    train, test = train_test_split(people, test_size=0.5, stratify=people["diabetes"], random_state=seed)
    y, luck = train["diabetes"], np.random.default_rng(seed).random(len(train))
    for n in (40, 80, 160, 320, 640, 1280, 2509):
        results.append(("rows", n, n, auc(train[:n], test, y[:n])))
    for share in (0, 0.1, 0.2, 0.3, 0.4):
        noisy = y.where(luck >= share, 1 - y)
        results.append(("random flips", share, 100 * (noisy != y).mean(), auc(train, test, noisy)))
    for share in (0, 0.25, 0.5, 0.75, 1):
        noisy = y.where((train["age"] <= 53) | (luck >= share), 0)
        results.append(("missed over 53", share, 100 * (noisy != y).mean(), auc(train, test, noisy)))

# %%
results = pd.DataFrame(results, columns=["what", "setting", "x", "AUC"])
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.3), sharey=True)
styles = {"rows": (0, "C4", "o"), "random flips": (1, "C6", "o"), "missed over 53": (1, "C3", "s")}
for what, (place, colour, marker) in styles.items():
    shown = results[results["what"] == what]
    axes[place].plot(shown["x"], shown["AUC"], marker, color=colour, alpha=0.45, ms=4)
    mean = shown.groupby("setting")[["x", "AUC"]].mean()
    axes[place].plot(mean["x"], mean["AUC"], color=colour)
axes[0].set(xscale="log", xlabel="people to learn from", ylabel="AUC on clean labels")
axes[0].set_title("More rows help, then stop")
axes[1].set(xlabel="wrong labels (%)", title="Which labels are wrong matters more")
axes[1].axhline(0.5, color="C7", ls="--", lw=1)
axes[1].text(41, 0.505, "drawing lots", ha="right")
axes[1].text(41, 0.79, "at random", color="C6", ha="right")
axes[1].text(16, 0.58, "missed in people over 53", color="C3")
ck.show(
    fig,
    "Left: AUC rises with the number of people and levels off. Right: random flips lower it slowly, labels "
    "missed among older people bring it down to drawing lots at about fifteen per cent.",
)

# %%
wrong = results[results["what"] != "rows"].groupby(["what", "setting"])
wrong = wrong.agg(wrong=("x", "mean"), AUC=("AUC", "mean"), spread=("AUC", "std"))
wrong.rename(columns={"wrong": "wrong labels (%)"}).round(3)

# %% [markdown]
# Random noise mostly averages out: at 30 % wrong labels the AUC falls from 0.777 to 0.762. Half as
# many wrong labels, but **all** the diabetes over 53, and the model is drawing lots: it learned that
# age protects. (If only half of that diabetes is missed, little happens: the order of people survives.)
#
# Noise that follows a pattern becomes the lesson, and more rows of it do not help. On clean labels,
# rows stop helping after some hundreds: this model gets no more out of these five columns.

# %% [markdown]
# ## 4 · Values that are not what they say
#
# Back to the diabetes survey, where each person told their weight and was then weighed. The two should
# agree. The told weight is in pounds; one pound is 0.4536 kg.

# %%
told_lb = people["reported_weight_lb"]
print(f"mean told {told_lb.mean() * 0.4536:.0f} kg, mean weighed {people['weight'].mean():.0f} kg")
print(f"correlation of told and weighed: {told_lb.corr(people['weight']):.3f}")

# %% [markdown]
# Nobody is that wrong about themselves. **Try it:** look at the most frequent large values with
# `told_lb[told_lb > 500].value_counts()`.
# <details><summary>Answer</summary>7777 and 9999: the survey's codes for "refused" and "don't know",
# written into a column of numbers.</details>

# %%
is_code = told_lb.isin([7777, 9999])
real_told = told_lb.mask(is_code)
print(f"codes: {is_code.sum()} of {len(people)}")
print(f"without them: mean {real_told.mean() * 0.4536:.0f} kg, ", end="")
print(f"correlation {real_told.corr(people['weight']):.3f}")

# %% [markdown]
# Fewer than 2 people in 100 turned a nearly perfect correlation into none. A code in a column of
# numbers ruins every average that believes it. Which other values
# look wrong?

# %%
numbers = people.select_dtypes("number")
tiny = ((numbers > 0) & (numbers < 1e-70)).sum()
print(tiny[tiny > 0].sort_values(ascending=False).head(6).to_string())
print("the value:", people.loc[people["alcohol"] > 0, "alcohol"].min())

# %% [markdown]
# No one drinks `5.4e-79` g of alcohol. It is a zero, damaged on its way through another program's
# file format, and `== 0` does not find it. In `alcohol` it is a true zero. In `diastolic_1` it is
# not: a heart at rest keeps some pressure, so there it is a gap. The same number, two repairs.

# %%
fig, ax = plt.subplots(figsize=(7.2, 2.5))
ax.hist(people["age"], bins=np.arange(19.5, 81.5), color="C4")
ax.set(title="Nobody is older than 80 here", xlabel="age (years)", ylabel="people")
ck.show(fig, "Histogram of age in years, level from 20 to 79, with one very tall bar at 80.")
print("aged 79:", (people["age"] == 79).sum(), " aged 80:", (people["age"] == 80).sum())

# %% [markdown]
# 80 means "80 and over": cut to protect people who could be recognised by their age. No repair is
# possible. The mean age is too low, and a model cannot learn what happens at 90. It goes into the
# data sheet.
#
# Times have such faults, too. Which years do the senders of mails claim?

# %%
stated = mails["date_header"].str.extract(r"[A-Z][a-z]{2} (\d{2,4}) ")[0].astype(float)
stated = stated.mask(stated < 100, stated + 2000)  # "02" is short for 2002, "102" is not
arrived = mails["received"].dt.year
apart = stated.notna() & arrived.notna() & (stated != arrived)
odd_years = pd.crosstab(stated[apart].astype(int).rename("year stated"), mails["is_spam"])
odd_years.rename(columns={False: "good mails", True: "spam"}).rename_axis(columns=None)

# %% [markdown]
# Years 102 and 2028, and all but one of these mails are spam: a fault can give a label away. For the
# time itself the rule of section 2 holds: trust what the receiver wrote.
#
# Now the repairs to the survey in one place, each with its reason.


# %%
def repaired(people):
    """A copy with codes and damaged zeros put right; nothing is filled in."""
    fixed = people.copy()
    numbers = fixed.select_dtypes("number").columns
    fixed[numbers] = fixed[numbers].mask(fixed[numbers].abs() < 1e-70, 0)  # zeros that were damaged
    coded = ["reported_weight_lb", "reported_height_in", "sitting_minutes", "meals_out"]
    fixed[coded] = fixed[coded].mask(fixed[coded].isin([7777, 9999]))  # refused, don't know
    pressures = [f"diastolic_{reading}" for reading in (1, 2, 3)]
    fixed[pressures] = fixed[pressures].mask(fixed[pressures] == 0)  # no living person has 0
    fixed["meals_out"] = fixed["meals_out"].mask(fixed["meals_out"] == 5555, 22)  # "more than 21"
    fixed["education"] = fixed["education"].mask(fixed["education"] == "Don't Know")
    return fixed


people = repaired(people)
people[["reported_weight_lb", "alcohol", "diastolic_1", "meals_out"]].agg(["min", "median", "max"]).T

# %% [markdown]
# ## 5 · Gaps
#
# ### Where they are
#
# A **missingness map** has a line for each person and a column for each feature; a dark spot is a gap.

# %%
shown = ["age", "bmi", "waist", "systolic_1", "systolic_2", "pulse", "income_ratio", "energy"]
shown += ["alcohol", "general_health", "told_prediabetes", "takes_pills"]
gaps = people[shown].isna()
fig, ax = plt.subplots(figsize=(8, 3.6))
order = gaps.sort_values(["energy", "systolic_1", "waist", "income_ratio", "takes_pills"]).index
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
first_gap = people["systolic_1"].isna()
other = people[["systolic_2", "systolic_3"]].notna().any(axis=1)
print("first reading missing:", first_gap.sum(), "- a later reading exists for", (first_gap & other).sum())
asked = people["takes_pills"].notna()
print("takes_pills answered by", asked.sum(), "people; a diagnosis, 'Borderline' or prediabetes:",
      (asked & ((people["told_diabetes"] != "0") | (people["told_prediabetes"] == 1))).sum())  # fmt: skip

# %% [markdown]
# Three kinds of gap. `energy` and `alcohol` come from an interview
# about the day before; whoever missed it misses all of it. Whoever has no first blood
# pressure often has a second: the model of chapter 00 filled a median there although a measurement
# lay in the next column. And `takes_pills` is blank because most people were not asked. So
# much less is lost than is missing.

# %% [markdown]
# ### Who goes?
#
# > **Myth.** "Drop the rows with gaps; what is left is clean."

# %%
wanted = ["age", "waist", "bmi", "systolic_1", "pulse", "income_ratio", "energy", "sleep_hours"]
wanted += ["cholesterol", "education", "general_health"]
kept = people[wanted].notna().all(axis=1)
print("rows without any gap in all columns:", people.notna().all(axis=1).sum())
print(f"rows without a gap in {len(wanted)} ordinary columns: {kept.sum()} ({kept.mean():.1%})")

# %% [markdown]
# Dropping rows over all columns leaves **nobody**. With eleven ordinary columns a third of the people
# go. **Predict first:** is it the same third in each group?

# %%
from scipy.stats import binomtest

undiagnosed = (people["diabetes"] == 1) & ~doctor & ~treated
groups = {
    "everybody": people["age"] > 0,
    "men": people["sex"] == "Male",
    "women": people["sex"] == "Female",
    "aged 20 to 39": people["age"] < 40,
    "aged 80 and over": people["age"] == 80,
    "college graduates": people["education"].str.startswith("College", na=False),
    "school ended before grade 9": people["education"].str.startswith("Less", na=False),
    "had a stroke": people["stroke"] == 1,
    "undiagnosed diabetes": undiagnosed,
}
rows = {}
for name, group in groups.items():
    interval = binomtest(int(kept[group].sum()), int(group.sum())).proportion_ci(method="wilson")
    rows[name] = {"people": group.sum(), "kept": kept[group].mean()}
    rows[name] |= {"low": interval.low, "high": interval.high}
remain = pd.DataFrame(rows).T.sort_values("kept")
remain.round(3).astype({"people": int})

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.8))
everyone = remain.loc["everybody", "kept"]
for place, row in enumerate(remain.to_dict("records")):
    colour = "C6" if row["low"] <= everyone <= row["high"] else "C3"
    ax.hlines(place, 100 * row["low"], 100 * row["high"], color=colour)
    ax.plot(100 * row["kept"], place, "o", color=colour)
ax.axvline(100 * everyone, color="C7", ls="--", lw=1)
ax.set_yticks(range(len(remain)), remain.index)
ax.set(title="Who is still there when rows with gaps are dropped", xlabel="kept (%), with 95 % interval")
ck.show(
    fig,
    "Shares kept by group with intervals: lowest for people who left school before grade 9, those of 80 and "
    "over, with a stroke or undiagnosed; highest for men and college graduates.",
)
with_diabetes = people["diabetes"].groupby(kept).mean()
print(f"with diabetes: kept rows {with_diabetes[True]:.1%}, dropped rows {with_diabetes[False]:.1%}")
print(f"undiagnosed people dropped: {(undiagnosed & ~kept).sum()} of {undiagnosed.sum()}")

# %% [markdown]
# It is not the same third. Half of those who left school early go, half of the oldest, and four in
# ten of the undiagnosed, the very people the screening is for. The table that remains is "clean",
# younger and healthier. Dropping is right for rows that lack the **target**, and where gaps are few
# and blind to who you are.

# %% [markdown]
# ### Filling
#
# A gap can be filled with the **mean**, the **median**, the most frequent value (the **mode**), or
# from the most similar rows (**KNN imputation**). To see which is nearest to the truth, hide waists
# we know, and compare. This is a test of the fills; in a project, an imputer is fitted on training
# rows only ([chapter 03](03_data_splitting.ipynb)).

# %%
from sklearn.impute import KNNImputer

known = people[["age", "weight", "height", "waist"]].dropna()
hidden = rng.random(len(known)) < 0.2
holes = known.assign(waist=known["waist"].mask(hidden))
scaler = StandardScaler().fit(holes)
fills = {name: SimpleImputer(strategy=name) for name in ("mean", "median", "most_frequent")}
fills["5 nearest rows"] = KNNImputer(n_neighbors=5)
rows = {"the truth": {"error (cm)": 0, "spread (cm)": known["waist"][hidden].std()}}
for name, imputer in fills.items():
    filled = scaler.inverse_transform(imputer.fit_transform(scaler.transform(holes)))[hidden, 3]
    error = np.abs(filled - known["waist"][hidden])
    rows[name] = {"error (cm)": error.mean(), "spread (cm)": filled.std()}
pd.DataFrame(rows).T.round(1)

# %% [markdown]
# (Columns are scaled first: "near" must mean the same in kg and in years.) One number for everyone is
# off by some 13 cm and has no spread; neighbours are off by less than 5. That works because weight and
# height tell most of a waist. Where the other columns tell nothing, neighbours have nothing to go by.

# %% [markdown]
# ### A gap can be information
#
# **Predict first:** do people without a measured waist have diabetes more often, or less?

# %%
rows = {}
for column in ["waist", "bmi", "systolic_1", "income_ratio"]:
    gap = people[column].isna()
    sick = people["diabetes"][gap]
    interval = binomtest(int(sick.sum()), len(sick)).proportion_ci(method="wilson")
    rows[column] = {
        "gaps": gap.sum(),
        "diabetes where measured": people["diabetes"][~gap].mean(),
        "diabetes in gaps": sick.mean(),
        "low": interval.low,
        "high": interval.high,
    }
pd.DataFrame(rows).T.round(3).astype({"gaps": int})

# %% [markdown]
# More often: 28 % against 19 %. Who could not be measured is not a random person. For income the gap
# tells nothing about diabetes. So fill the gap **and** keep a column that says it was one. Does it
# help the model?

# %%
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
flagged = make_pipeline(
    SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), LogisticRegression()
)
compared = {
    name: cross_val_score(used, people[measures], people["diabetes"], cv=folds, scoring="roc_auc")
    for name, used in [("filled", model), ("filled and flagged", flagged)]
}
gain = compared["filled and flagged"] - compared["filled"]
print(f"AUC filled {compared['filled'].mean():.3f}, and flagged {compared['filled and flagged'].mean():.3f}")
print(f"gain {gain.mean():.4f}, standard deviation over folds {gain.std():.4f}")

# %% [markdown]
# It does not: the gain is within a standard deviation of zero. The flag is true of few people, and
# in part repeats what age says. A gap **can** be information; whether it is worth a column, measure.
# And it stays information only while the reason for the gap stays the same.
#
# Last, the lower blood pressure of section 1: as published, without its zeros, and filled in two ways.

# %%
pressures = ["diastolic_1", "diastolic_2", "diastolic_3", "systolic_2", "age"]
by_neighbours = KNNImputer(n_neighbors=5).fit_transform(people[pressures])[:, 0]
now = people["diastolic_1"]
panels = {
    "as published": ck.load("diabetes")["diastolic_1"],
    "zeros made gaps": now,
    "filled: median": now.fillna(now.median()),
    "filled: 5 nearest rows": pd.Series(by_neighbours),
}
fig, axes = plt.subplots(1, 4, figsize=(9, 2.7), sharex=True, sharey=True)
for ax, (name, values) in zip(axes, panels.items(), strict=True):
    ax.hist(values.dropna(), bins=np.arange(0, 130, 4), color="C4")
    ax.set_title(name, fontsize=10)
axes[0].set_ylabel("people")
fig.supxlabel("diastolic blood pressure, first reading (mmHg)", fontsize=10)
fig.suptitle("One spike says 'no pressure', the other 'all alike'")
ck.show(
    fig,
    "Four histograms of diastolic pressure: a small spike at zero as published, none once zeros are gaps, a "
    "very tall bar at the median after filling with it, a smooth hill after filling from the nearest rows.",
)
print(pd.DataFrame(panels).agg(["count", "mean", "std"]).T.round(1).to_string())

# %% [markdown]
# The first spike says "no pressure", the second "these hundreds are all alike". Both are inventions;
# filling from neighbours, found here with the help of the same person's later readings, invents less. The
# larger the share of a column that was filled, the more a report should say so.

# %% [markdown]
# ## 6 · Outliers: error or rare truth?
#
# An **outlier** lies far from the rest. Three methods flag it: the **z-score** (more than 3 standard
# deviations from the mean), the **IQR** rule (beyond the middle half of the values by more than 1.5
# times its width), both
# one column at a time; and the **local outlier factor**, which asks whether a point is lonelier than
# its neighbours are.

# %%
from sklearn.neighbors import LocalOutlierFactor

weights = people[["weight"]].assign(told=people["reported_weight_lb"] * 0.4536).dropna()
z = (weights - weights.mean()) / weights.std()
low, high = weights.quantile(0.25), weights.quantile(0.75)
reach = 1.5 * (high - low)
lof = LocalOutlierFactor(n_neighbors=50, contamination=0.01).fit_predict(z)
flags = {
    "z-score": (z.abs() > 3).any(axis=1),
    "IQR": ((weights < low - reach) | (weights > high + reach)).any(axis=1),
    "local outlier factor": pd.Series(lof == -1, index=weights.index),
}
distance = (weights["told"] - weights["weight"]).abs()
rows = {
    name: {"flagged": flag.sum(), "median kg between told and weighed": distance[flag].median(),
           "median weight (kg)": weights["weight"][flag].median()}
    for name, flag in {"everybody": distance >= 0, **flags}.items()
}  # fmt: skip
pd.DataFrame(rows).T.round(1).astype({"flagged": int})

# %%
fig, ax = plt.subplots(figsize=(7.4, 5))
ax.plot([30, 250], [30, 250], color="C7", lw=0.8, ls="--")
ax.scatter(weights["weight"], weights["told"], s=4, color="#BBBBBB")
for name, marker, size, colour in [
    ("IQR", "s", 60, "C4"), ("z-score", "D", 26, "C2"), ("local outlier factor", "o", 14, "C3"),
]:  # fmt: skip
    at = weights[flags[name]]
    full = colour if name.startswith("local") else "none"
    ax.scatter(at["weight"], at["told"], s=size, marker=marker, ec=colour, fc=full, lw=1.1, label=name)
ax.text(175, 222, "rare truth:\nheavy, and they know", ha="center")
ax.text(175, 80, "error, or a story:\ntold far from weighed", ha="center")
ax.set(title="Two methods find the heavy, one finds the unlikely")
ax.set(xlabel="weighed (kg)", ylabel="told (kg)")
ax.legend(loc="upper left")
ck.show(
    fig,
    "Scatter of told against weighed kilograms along the diagonal. Z-score and IQR flag the heavy end of the "
    "diagonal; the local outlier factor flags points far off it as well as the very heaviest.",
)

# %% [markdown]
# Z-score and IQR flag heavy people, most of whom told their weight nearly right. Deleting them
# deletes those most at risk. The local outlier factor sees both columns at once and finds mostly
# people whose two numbers contradict each other (typically by 20 kg), and the few heaviest. Even the
# contradictions are not all errors: some people may have lost weight, and some may rather not say.
#
# A flag is a question. Correct what you can prove, keep rare truth, and record what you removed.
#
# **Try it:** set `contamination=0.05`. What does it flag now?
# <details><summary>Answer</summary>Five in a hundred, because you ordered that many. The method ranks;
# the share is your decision.</details>

# %% [markdown]
# ## 7 · Copies
#
# The same row twice counts twice, and can stand on both sides of a split. **Exact** copies are easy.
# **Near** copies differ in a comma or a name: compare fingerprints (letters only), or measure how
# many words two mails share (the cosine of their word vectors; chapter 09 builds such vectors by
# hand).

# %%
from sklearn.feature_extraction.text import TfidfVectorizer

exact, near = mails["body"].duplicated(), letters.duplicated()
spam = mails[mails["is_spam"] & ~near]
words = TfidfVectorizer(min_df=2).fit_transform(spam["body"])
similar = (words @ words.T).tocoo()
pair = (similar.row < similar.col) & (similar.data > 0.9)
print(f"{len(mails)} mails: {exact.sum()} exact copies, {near.sum()} with the same letters")
print(f"{len(spam)} spam mails left, {len(set(similar.col[pair]))} of them still much like an earlier one")

# %% [markdown]
# Each net is finer than the last, and none is right by itself: at what likeness a copy begins is a
# decision. In this survey no two people are equal, but with fewer columns two rows may be equal
# and still be two beings. Drop copies by a key that identifies, where there is one.

# %% [markdown]
# ## 8 · Fast enough to look
#
# > **Myth.** "`df.apply` vectorises your function."
#
# Three ways to compute the body mass index of everybody: a loop, `.apply`, and arithmetic on whole
# columns. First that they agree, then the time each takes.


# %%
def by_loop(table):
    return [row["weight"] / (row["height"] / 100) ** 2 for _, row in table.iterrows()]


def by_apply(table):
    return table.apply(lambda row: row["weight"] / (row["height"] / 100) ** 2, axis=1)


def by_columns(table):
    return table["weight"] / (table["height"] / 100) ** 2


size = people[["weight", "height"]]
print("equal:", all(np.allclose(way(size), by_columns(size), equal_nan=True) for way in (by_loop, by_apply)))
print("near the survey's own:", (by_columns(size) - people["bmi"]).abs().max() < 0.1)

# %% tags=["nbval-ignore-output"]
import timeit

seconds = {
    way.__name__: min(timeit.repeat(lambda use=way: use(size), number=1, repeat=3))
    for way in (by_loop, by_apply, by_columns)
}
for name, taken in seconds.items():
    factor = float(f"{taken / seconds['by_columns']:.1g}")
    print(f"{name:10} takes about {factor:,.0f} times as long as columns")

# %% [markdown]
# On your computer, too, `.apply` will be of the loop's kind, well over ten times slower than
# columns: it calls your Python function once a row. Columns hand the whole job to compiled code. Use
# `.apply` where there is no column operation for it. Look for one first: `str.extract`, `mask`,
# `np.select`, `groupby`.

# %% [markdown]
# ## 9 · Exploration: look before you model
#
# ### How many of each?
#
# **Class balance** first: it sets the score of doing nothing.

# %%
balance = {"diabetes": people["diabetes"], "undiagnosed": undiagnosed, "spam": mails["is_spam"]}
pd.DataFrame({name: {"rows": len(y), "share": y.mean()} for name, y in balance.items()}).T.round(3).astype(
    {"rows": int}
)

# %% [markdown]
# Then groups. `groupby` shows what an average hides, if you print the sizes with it.

# %%
band = pd.cut(people["age"], [19, 39, 59, 79, 80], labels=["20-39", "40-59", "60-79", "80+"])
people.groupby(band, observed=True).agg(
    people=("diabetes", "size"), diabetes=("diabetes", "mean"), waist=("waist", "median")
).round(3)

# %% [markdown]
# ### What a correlation hides
#
# A **heatmap** shows all **correlations** at once: 1 is a rising line, −1 a falling one, 0 no *line*.
# **Predict first:** age and the lower (diastolic) blood pressure have about 0. Are they unrelated?

# %%
columns = ["age", "waist", "bmi", "weight", "height", "systolic_2", "diastolic_2", "pulse"]
fig, axes = plt.subplots(1, 2, figsize=(9.4, 4), width_ratios=[1.25, 1])
sns.heatmap(
    people[columns].corr().round(1) + 0.0, vmin=-1, vmax=1, cmap="RdBu_r", annot=True, fmt=".1f",
    annot_kws={"size": 8}, cbar=False, ax=axes[0],
)  # fmt: skip
axes[0].tick_params(axis="x", rotation=45)
axes[0].set_title("Age and diastolic: 0.0")
by_age = people.groupby(people["age"] // 5 * 5)["diastolic_2"]
axes[1].scatter(people["age"], people["diastolic_2"], s=3, color="#BBBBBB")
axes[1].plot(by_age.mean().index + 2, by_age.mean(), color="C3")
axes[1].set(title="It rises, then falls", xlabel="age (years)", ylabel="diastolic (mmHg)", ylim=(40, 110))
ck.show(
    fig,
    "Left: heatmap of correlations, strong among waist, bmi and weight, zero for age and diastolic pressure. "
    "Right: scatter of diastolic pressure against age, whose mean rises until about 50 and then falls.",
)
print(f"correlation {people['age'].corr(people['diastolic_2']):.3f}")
print(by_age.mean()[[20, 50, 75]].round(1).to_string())

# %% [markdown]
# They are related, in the shape of a hill, and no line fits a hill. Read a heatmap for what to plot
# next, not as an answer.

# %% [markdown]
# ### What a box hides
#
# A **box plot** shows the median, the quartiles and the far points; a **violin** draws the whole
# shape.

# %%
flippers = penguins["flipper_length_mm"].dropna()
fig, ax = plt.subplots(figsize=(7.2, 2.6))
ax.boxplot(flippers, orientation="horizontal", positions=[2], widths=0.5, medianprops={"color": "C3"})
violin = ax.violinplot(flippers, orientation="horizontal", positions=[1], widths=0.8, showextrema=False)
violin["bodies"][0].set(facecolor="C4", alpha=0.8)
ax.set_yticks([2, 1], ["box", "violin"])
ax.set(title="One box, two humps", xlabel="flipper length of 342 penguins (mm)")
ck.show(fig, "Flipper lengths as a box plot, which looks ordinary, and as a violin, which has two humps.")

# %% [markdown]
# The box looks like any other. Two humps mean that two kinds are mixed. A **pair plot** draws every
# pair of columns, and colour shows which kinds.

# %%
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
    "bill depth, Adelie and Chinstrap by bill length.",
)

# %% [markdown]
# ### What an average hides: Simpson's paradox
#
# **Predict first:** do penguins with longer bills have deeper bills?

# %%
bill = penguins.dropna(subset=parts)
overall = bill["bill_length_mm"].corr(bill["bill_depth_mm"])
print(f"all penguins: correlation {overall:.2f}")
for species, birds in bill.groupby("species"):
    print(f"{species}: correlation {birds['bill_length_mm'].corr(birds['bill_depth_mm']):.2f}")

# %%
fig, ax = plt.subplots(figsize=(7.2, 4))
spots = {"Adelie": (34, 21.1), "Chinstrap": (52.5, 20.4), "Gentoo": (52, 14)}
for colour, (species, birds) in zip(["C2", "C3", "C4"], bill.groupby("species"), strict=True):
    x, y = birds["bill_length_mm"], birds["bill_depth_mm"]
    ax.scatter(x, y, s=10, color=colour, alpha=0.6)
    ax.plot(np.sort(x), np.polyval(np.polyfit(x, y, 1), np.sort(x)), color=colour)
    ax.text(*spots[species], species, color=colour, weight="bold")
x, y = np.sort(bill["bill_length_mm"]), bill["bill_depth_mm"]
ax.plot(x, np.polyval(np.polyfit(bill["bill_length_mm"], y, 1), x), color="black", ls="--")
ax.text(56, 16.15, "all", weight="bold")
ax.set(title="Every species rises, all together fall", xlabel="bill length (mm)", ylabel="bill depth (mm)")
ck.show(
    fig,
    "Bill depth against bill length: the line of each of three species rises, the dashed line through all "
    "penguins falls, because Gentoo have long and shallow bills.",
)

# %% [markdown]
# Together the line falls, within each species it rises: **Simpson's paradox**. Neither number is
# false. They answer different questions: the one "a bird of unknown species", the other "two birds
# of the same". Before you explain a trend, ask which group everybody comes from.

# %% [markdown]
# ## 10 · The data sheet
#
# What we found must not stay in our heads. A **data sheet** is one page beside the data: origin,
# licence, consent, how labels were made, gaps, faults, who is missing, what not to use it for. Half
# of it can be computed.


# %%
def data_sheet(table, target, **known):
    """One page on a table: what it can say itself, and what only people know."""
    gaps = table.isna().mean().sort_values(ascending=False)
    numbers = table.select_dtypes("number")
    at_top = (numbers == numbers.max()).sum()
    facts = {
        "size": f"{len(table):,} rows, {table.shape[1]} columns",
        "target": f"{target}, share {table[target].mean():.1%}",
        "equal rows": int(table.duplicated().sum()),
        "gaps": f"{(gaps > 0).sum()} columns, most in {', '.join(gaps.index[:2])}",
        "piled at the maximum": list(at_top.index[(at_top > 20) & (numbers.nunique() > 10)]),
    }
    return facts | {name.replace("_", " "): text for name, text in known.items()}


# %%
sheet = data_sheet(
    people,
    "diabetes",
    origin="US health survey NHANES 2017-2018",
    licence="public domain",
    consent="given for the survey and research",
    labels="told by a doctor or HbA1c from 6.5 %",
    who_is_missing="children, care homes, prisons, forces, refusers",
    not_for="diagnosis; estimating how common diabetes is",
)
for question, answer in sheet.items():
    print(f"{question:21} {answer}")

# %% [markdown]
# It found the cut incomes and ages by itself: many equal values at the very top. The lower half
# needs people. If nobody can fill in "licence" or "consent", that is an answer, too. Every data set
# of this course has its sheet in [data/README.md](../data/README.md).

# %% [markdown]
# ## In the field
#
# Practitioners commonly spend more time on data than on models, and little of it is typing: they
# telephone. Who wrote the 9999? Why are there no odd numbers? What changed in March? What goes wrong
# is seldom a missing method. A clean-up script removes rare truth, nobody records how many rows
# went, and the fix is made in a copy of the file that the next delivery replaces. Keep the raw data
# untouched, clean in code, count at every step.
#
# A famous case is the Pima table of 1988, on which thousands of tutorials train: 374 of its 768 women
# have an insulin of 0, a zero written for "not measured". Nor was the community it describes asked
# about such use, and the archive that made it famous withdrew it. We do without it.

# %% [markdown]
# ## Summary
#
# - The score did not notice impossible pressures and heights, so look at minima, maxima and frequent
#   values yourself.
# - A code among numbers can destroy a correlation; a damaged zero means zero in one column and a gap
#   in another.
# - Labels are measurements: a doctor and a laboratory disagree for good reasons. Labels wrong at
#   random cost little, labels all wrong in one group cost everything.
# - Dropping rows with gaps drops the old, the ill and the less schooled first.
# - One-column outlier rules find rare people; contradictions need two columns.
# - Columns beat `.apply`, which is a loop.
# - Correlation, box and average each hide something: a hill, two humps, a group.
# - The answer to the puzzle: a great deal, and only somebody who knows the subject, or asks, will
#   tell you.

# %% [markdown]
# ## Check yourself
#
# 1. A column of ages has a minimum of 0 and a maximum of 999. What do you do first?
#    <details><summary>Answer</summary>Count both values and ask what they mean. 999 is probably a
#    code; 0 may be a baby or a gap.</details>
# 2. Two annotators agree on 95 of 100 mails. Good?
#    <details><summary>Answer</summary>It depends on chance: if both call nearly all of them good,
#    kappa can be near 0.</details>
# 3. Why is a mean filled into a third of a column a problem even if the mean is right?
#    <details><summary>Answer</summary>The spread shrinks, and relations with other columns
#    weaken.</details>
# 4. A z-score flags a person of 240 kg. Delete?
#    <details><summary>Answer</summary>Not without proof. If the told weight agrees, it is a rare
#    truth.</details>
# 5. A correlation is 0. What may still be there?
#    <details><summary>Answer</summary>Any relation that is not a line, such as a hill, or two groups
#    that cancel.</details>

# %% [markdown]
# ## Next
#
# The exercises let you find planted and real faults. Then the data are ready to be split, which is
# where the next mistakes wait. To read:
#
# - Timnit Gebru and others, *Datasheets for Datasets* (2021).
# - Hadley Wickham, *Tidy Data* (2014).
# - Stef van Buuren, *Flexible Imputation of Missing Data*, chapters 1 and 2.
# - scikit-learn user guide, "Imputation of missing values" and "Novelty and Outlier Detection".
