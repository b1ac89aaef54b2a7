# %% [markdown]
# # 10 · Spam filter: from model to service
#
# Since 1 August 2002 the filter of chapter 09 has run as a service. One Tuesday in September the mail
# changes, and good mail begins to vanish into the spam folder. Nothing crashes, and every answer is in time.
# Three watchers stand guard: a drift test, the labels that come back a week late, and you, with the spam
# folder open. **Who notices first, and how much good mail is gone by then?**

# %% [markdown]
# **You will be able to**
# - put a filter behind an API, call it, and measure how latency grows with load
# - replay a mailbox as live traffic, compute PSI by hand, and read what the log says
# - set alarm levels from history, and say how often they ring for nothing
# - compare a champion with a challenger on few labels, promote it and roll it back
# - say which poison a gate stops, and which it lets through
#
# **Builds on:** [chapter 00](00_start_here.ipynb) (intervals, pairs),
# [chapter 01](01_problem_definition.ipynb) (precision, recall, threshold),
# [chapter 08](08_deployment_and_monitoring.ipynb), [chapter 09](09_spam_filter.ipynb) · **Data:** `mails`,
# `raw_mails`, `sms`
#
# The mails are real ones of 2002, among them scams and coarse language.

# %% [markdown]
# ## 1 · A model with a date
#
# The service is a folder of this repository, `service/`, written to be read. The notebook imports the same
# files; the first folded cell finds the folder.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

mails = ck.load("mails")
len(mails)

# %% fold="Find the folder service/, and make a folder that goes when the notebook ends"
import sys
import tempfile
from pathlib import Path

places = [Path(ck.__file__).resolve().parents[1], *Path.cwd().iterdir()]
root = next((place for place in places if (place / "service" / "app.py").exists()), None)
if root is None:
    raise RuntimeError("The folder service/ is not here: clone the whole repository.")
sys.path.insert(0, str(root))
home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(home.name)
names = {}  # the versions of the model, by short names

# %% [markdown]
# The *traffic* is the mail of July to October 2002, in the order in which it arrived, without copies. (All
# but a few older mails are spam; a model trained on them would learn the date. After 10 October there is
# nothing until November.)

# %% fold="Load the traffic: mails of July to October, in order of arrival, without copies"
dated = mails.dropna(subset=["received"]).sort_values("received", kind="stable")
letters = dated["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
letters = letters.where(letters != "", dated["subject"])
traffic = dated[~letters.duplicated() & dated["received"].between("2002-07-01", "2002-10-17")]
traffic = traffic.astype({"is_spam": bool}).reset_index(drop=True)
spam = traffic["is_spam"].to_numpy()
at = traffic["received"].map(pd.Timestamp.timestamp).to_numpy()  # seconds from 1970
DAY = 86_400
WEEK = 7 * DAY


def seconds(date):
    """Seconds from 1970 to the morning of a date, as the log counts time."""
    return pd.Timestamp(date, tz="UTC").timestamp()


def date_of(moment):
    """The day of a moment, for example Tue 24 Sep."""
    return f"{pd.Timestamp(moment, unit='s'):%a %d %b}"


# %%
launch = seconds("2002-08-01")
for name, rows in [("July", at < launch), ("from August on", at >= launch)]:
    share = spam[rows].mean()
    print(f"{name}: {rows.sum()} mails, {share:.0%} of them spam")

# %% [markdown]
# `at` holds the time of each mail in seconds, `spam` its label.
#
# The first version may know nothing but July. `train` takes tables of mails and fits the linear model of
# chapter 09: each word of a mail (a *token*) has a weight, rare words count more, and the *score* of a
# mail is a start value plus the weights of its words. A sigmoid turns the score into a probability.

# %%
from service.train import Mails, train


def as_mails(rows):
    """Rows of the traffic as the training wants them."""
    some = traffic.iloc[rows]
    return Mails(some["subject"].tolist(), some["body"].tolist(), spam[rows])


july = np.flatnonzero(at < launch)
first = train(as_mails(july))
pd.DataFrame(first.about["metrics"]).T.round(3)

# %% [markdown]
# A mail with a score above 0 is *moved* to the spam folder. Above a second threshold it is *deleted*:
# the lowest that at most one good mail in 1,000 exceeds. The figures come from folds: each mail is judged by
# a model that has not learned from it. `good_lost` is the share of good mail that is moved or deleted. About
# three in a hundred moved mails are good ones; for a folder that you can look into this will do.
#
# The second threshold was chosen on these same scores, so its 1.000 and 0.000 are no surprise; section 5
# counts again.
#
# The model goes into a **registry**: a folder with a folder for each version (words and weights as plain
# arrays, and a passport as in chapter 08), and a small file that says which version is in use. `promote`
# writes that file, `load` reads the version in use.

# %%
from service.model import history, load, promote, roll_back, save

registry = folder / "models"
names["v1"] = save(first, registry)
promote(registry, names["v1"])
v1 = load(registry)
print("in use is v1:", history(registry)[-1] == names["v1"])

# %% [markdown]
# ## 2 · Start it, call it
#
# The command is `python -m service`. Here it runs in a process of its own on a free port, and ends when this
# notebook does. `start()` returns its address once it is ready, `stop()` ends it.

# %% fold="Start the service in a process of its own, and stop it"
import subprocess

running = []  # the process, if there is one


def start():
    """Start the service (an earlier one ends first); returns its address once it is ready."""
    stop()
    command = [sys.executable, "-m", "service", "--with-parent", "--port", "0"]
    command += ["--registry", str(registry), "--log", str(folder / "http.db")]
    pipe = subprocess.PIPE
    with open(folder / "said.txt", "w", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=root, text=True, stdin=pipe, stdout=pipe, stderr=said)
    running.append(process)
    ready = process.stdout.readline()  # waits until it listens, or has ended
    if not ready:
        raise RuntimeError((folder / "said.txt").read_text(encoding="utf-8"))
    return ready.split()[-1]


def stop():
    """Close its standard input, which ends the service, and wait."""
    while running:
        running.pop().communicate(timeout=20)


# %%
import httpx

url = start()
client = httpx.Client(trust_env=False, timeout=20)
print(client.get(f"{url}/health").json())
about = client.get(f"{url}/version").json()
print("v1 answers:", about["model"] == names["v1"])

# %% [markdown]
# One mail goes in as JSON, and out comes a verdict with its reasons.

# %%
text = "Click here to claim your FREE guide. To be removed, reply. "
text += "Anna wrote that the patch works."
mail = {"subject": "You have been chosen", "body": text}
answer = client.post(f"{url}/predict", json=mail).json()
print("fields:", ", ".join(answer))
print(answer["verdict"], "with probability", round(answer["probability"], 2))

# %%
words = pd.DataFrame(answer["words"]).set_index("word").round(2)
pd.concat([words.head(4), words.tail(4)]).T

# %% [markdown]
# The push of a word is its part of the **log-odds**, $\ln(p / (1 - p))$: above 0 it speaks for spam, below 0
# for good mail. (The log-odds are the score on another scale: stretched and shifted a little by the sigmoid.)
#
# Now 100 mails at once.

# %%
batch = []
for row in traffic[at >= launch].head(100).itertuples():
    batch.append({"subject": row.subject, "body": row.body})
reply = client.post(f"{url}/predict", json={"mails": batch})
answers = reply.json()["predictions"]
pd.Series([one["verdict"] for one in answers]).value_counts().to_dict()

# %% [markdown]
# And a message as it came over the wire, with headers, parts and encodings: the service takes the raw bytes
# apart with the same code that prepared the training mails. The second message is empty.

# %%
raw = ck.load("raw_mails")["13_quoted_printable_html_spam.eml"]
as_message = {"Content-Type": "message/rfc822"}
for name, content in [("a message", raw), ("an empty one", b"")]:
    reply = client.post(f"{url}/predict/message", content=content, headers=as_message)
    found = reply.json()
    print(f"{name}: {found['verdict']}, probability {found['probability']:.2f}")

# %% [markdown]
# An empty message is no error, since mail servers do deliver them. No word speaks, so the start value decides
# alone, and it says spam. **Remember this number.**
#
# And what nobody should send. **Predict first:** how many of these end in a 500, "we broke"?

# %%
as_json = {"Content-Type": "application/json"}
hostile = {
    "a number for a text": b'{"subject": 5, "body": "x"}',
    "an unknown field": b'{"subject": "x", "text": "x"}',
    "not a number": b'{"subject": "x", "body": NaN}',
    "not UTF-8": '{"body": "Café"}'.encode("latin-1"),
    "3 MB": b'{"body": "' + b"x" * 3_000_000 + b'"}',
}
for name, body in hostile.items():
    reply = client.post(f"{url}/predict", content=body, headers=as_json)
    print(f"{name:20} {reply.status_code}  {reply.json()['error']}")

# %% [markdown]
# None of them. Each error is one sentence and repeats no value. Behind this stand the lessons of chapter 08:
# strict types, and limits on size and time *before* anything is parsed.
#
# For people there is a page at the same address.

# %% fold="Show a stored picture of the page"
import base64

from IPython.display import display

alt = (
    "The page: a mail pasted into a form, the verdict 'Delete it: spam', and its words marked by their push."
)
page = base64.b64encode((root / "service" / "page.png").read_bytes()).decode()
metadata = {"image/png": {"alt": alt, "width": 560}}
display({"image/png": page, "text/plain": alt}, metadata=metadata, raw=True)

# %% [markdown]
# (Of a model trained on all mails.) Orange words pushed towards spam, blue
# ones towards good mail. Whoever reads a verdict can see its reasons, and tell you when they are silly.

# %% [markdown]
# ## 3 · How fast?
#
# *Latency* is the time one client waits. Load is how many ask at once. `ask(connections)` sends 400 mails
# over so many connections; it gives the latencies in milliseconds, and the seconds for all.
#
# **Predict first:** with eight connections in place of one, are there eight times the answers a second?

# %% fold="Ask over one connection, and note how long each answer takes"
import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

bodies = [json.dumps(one).encode() for one in batch]


def one_connection(count):
    """Latencies in milliseconds of requests sent one after the other over one connection."""
    connection, waited = HTTPConnection(urlsplit(url).netloc, timeout=20), []
    for number in range(count):
        began = time.perf_counter()
        connection.request("POST", "/predict", bodies[number % 100], as_json)
        reply = connection.getresponse()
        reply.read()
        waited.append(1000 * (time.perf_counter() - began))
        assert reply.status == 200
    connection.close()
    return waited


# %% fold="... and several connections at once"
def ask(connections):
    """The latencies of 400 requests over so many connections, and the seconds for all of them."""
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        waited = list(pool.map(one_connection, [400 // connections] * connections))
    return np.concatenate(waited), time.perf_counter() - began


# %% tags=["nbval-ignore-output"]
ask(1)  # warm up
rows = []
for connections in (1, 2, 4, 8):
    waited, took = ask(connections)
    row = {"answers a second": 400 / took, "p50 (ms)": np.quantile(waited, 0.5)}
    row["p99 (ms)"] = np.quantile(waited, 0.99)
    rows.append(row)
load_test = pd.DataFrame(rows, index=[1, 2, 4, 8]).rename_axis("connections")
load_test.round(1)

# %% fold="Draw the latency against the load" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3))
for name, colour in [("p99 (ms)", "C3"), ("p50 (ms)", "C2")]:
    ax.plot(load_test.index, load_test[name], "o-", color=colour)
    ax.text(8.3, load_test[name].iloc[-1], name[:3], color=colour, va="center")
ax.set(xscale="log", yscale="log", xlabel="connections that ask all the time", ylabel="latency (ms)")
ax.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
ax.minorticks_off()
ticks = [tick for tick in (0.5, 1, 2, 5, 10, 20, 50, 100) if ax.get_ylim()[0] <= tick <= ax.get_ylim()[1]]
ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
ax.set(title="With eight askers each of them waits longer", xlim=(0.9, 9.5))
ck.show(fig, "Latency percentiles against connections: with eight both are higher than with one.")

# %% [markdown]
# **p50** is the median, *p99* what one answer in a hundred exceeds. Not eight times as many: one process
# answers one mail at a time, and the others stand in a queue. (Client and server share this computer; how
# many answers a second it gives depends on what else it does.) To serve more: a second process, or smaller
# work. A promise is made with p99, not with the median.
# (For a container as in chapter 08, `service/Dockerfile` has the recipe.)
#
# **Try it:** send long mails, `bodies = [json.dumps({"body": "word " * 10_000}).encode()] * 100`, and run
# the table again. What happens to p50? <details><summary>Answer</summary>It grows with the text, of which
# the first 20,000 characters are read. A mail that is sent longer than that is judged in a thread, so that
# short ones need not queue behind it.</details>
#
# *Good place to stop.* The filter of July is a version in a registry, a process of its own answers with
# verdicts and reasons, and bad input gets one sentence. Still open: the autumn, and who notices it.

# %% [markdown]
# ## 4 · Ten weeks, replayed
#
# Now the autumn of 2002 arrives. `replay` lets the same version judge each mail, and notes it in a log like
# the service's, under the time at which it arrived *then*.

# %% fold="Replay mails as traffic, and read the log"
import sqlite3
from contextlib import closing

from service.mail import tokens
from service.monitor import Log, Row, add_labels, report


def replay(model, rows, path):
    """Let mails arrive: judge each and log it under its own time of arrival."""
    log = Log(path)
    for row, one in zip(rows, traffic.iloc[rows].itertuples(), strict=True):
        began = time.perf_counter()
        found = model.predict(one.subject, one.body)
        spent = 1000 * (time.perf_counter() - began)
        about = (found.probability, found.verdict, len(one.body), len(found.pushes), spent)
        log.add(Row(one.id, at[row], model.about["version"], *about))
    log.close()


def read_log(path, rows):
    """The log as a table, in the order of the traffic's rows."""
    with closing(sqlite3.connect(path)) as database:
        table = pd.read_sql("SELECT * FROM predictions", database)
    return table.set_index("id").loc[traffic["id"].iloc[rows]].reset_index()


# %%
live = np.flatnonzero(at >= launch)
replay(v1, live, folder / "frozen.db")
logged = read_log(folder / "frozen.db", live)
over_http = [one["probability"] for one in answers]
print("as over HTTP:", np.allclose(logged["probability"][:100], over_http))
print(len(logged), "mails logged, of three of them:")
logged[["probability", "verdict", "length", "known_words"]].head(3).round(3)

# %% [markdown]
# The log keeps no text: a log of everybody's mail is a treasure for thieves.
#
# ### Drift in one number
#
# Is this week's mail like July's? The PSI of chapter 08 compares two samples of one figure. By hand once
# more: eight old values and eight new ones. First cut the old ones into bins with equal shares;
# `edges` are the cuts, and `searchsorted` gives the number of the bin in which a value lies.

# %%
old = np.array([2, 3, 4, 5, 6, 7, 8, 9])
new = np.array([1, 1, 2, 3, 3, 4, 6, 9])
edges = np.quantile(old, [0.25, 0.5, 0.75])
print("edges:", edges)
print("bins of the new values:", np.searchsorted(edges, new))

# %% [markdown]
# Count both in the bins, and make shares: $p$ of the old values, $q$ of the new ones. Half a case is added
# to each bin, so that an empty one does not end in $\ln 0$. Each bin adds $(q - p)\ln(q / p)$.

# %%
table = pd.DataFrame({
    "old": np.bincount(np.searchsorted(edges, old), minlength=4),
    "new": np.bincount(np.searchsorted(edges, new), minlength=4),
})  # fmt: skip
table["p"] = (table["old"] + 0.5) / (table["old"] + 0.5).sum()
table["q"] = (table["new"] + 0.5) / (table["new"] + 0.5).sum()
table["adds"] = (table["q"] - table["p"]) * np.log(table["q"] / table["p"])
table.rename_axis("bin").round(3)

# %%
from service.monitor import psi

print("sum, the PSI:        ", table["adds"].sum().round(3))
print("by the service's psi:", round(psi(old, new, bins=4), 3))

# %% [markdown]
# A bin adds the more, the more its share has changed, up or down. Equal shares give 0. Textbooks call 0.1
# "some" change and 0.25 "much". But chance alone gives more than 0 as well. `chance_level(n, n_reference)`
# draws `n` cases again and again from the *old* shares, and gives the PSI that only one such draw in a
# hundred exceeds. (A little low: July is taken as exact, and each mail as independent of the others.)

# %%
from service.monitor import chance_level

for n in (30, 100, 300, 1000):
    print(f"{n:4} mails, nothing has changed: {chance_level(n, len(july)):.2f}")

# %% [markdown]
# With 30 mails, "much" is what chance does. So an alarm asks for two things: PSI above 0.25, *and* above
# what chance gives a window of this size.
#
# The service watches three figures: the score (in log-odds), the length, and the number of known words.
# Each is one more chance to ring for nothing, so they share the one in a hundred.
#
# ### The weekly report
#
# Labels come late. Suppose people sort their folders, and a mail's label is in the database *a week after
# the mail*. This is the report on the morning of 26 September. **Predict first:** in how many of these
# eight weeks does the alarm ring?


# %% fold="The service's report as a table, as it stood on a morning"
def weekly(path, now):
    """The service's report for each week, with the labels that had arrived by a moment."""
    rows = live[at[live] + WEEK <= now]
    add_labels(path, [(traffic["id"][row], at[row] + WEEK, bool(spam[row])) for row in rows])
    weeks = [row for row in report(path, v1.about["reference"], WEEK) if row["start"] < now]
    for row in weeks:
        row["score"], row["length"], row["known words"] = row["psi"].values()
    table = pd.DataFrame(weeks, index=[f"{pd.Timestamp(row['start'], unit='s'):%d %b}" for row in weeks])
    table = table.rename(columns={"n": "mails", "psi_by_chance": "by chance", "good_lost": "good lost"})
    return table.rename_axis("week from")


# %%
weeks = weekly(folder / "frozen.db", seconds("2002-09-26"))
weeks[["mails", "score", "length", "known words", "by chance", "level"]].round(2)

# %% [markdown]
# In seven of eight. ("By chance" is the largest of the three chance levels; "watch" is above chance and
# above 0.1.) The loudest week is that of 15 August. What did the labels say?

# %%
quality = weeks[["moved", "labelled", "precision", "recall", "good lost"]]
quality.astype(float).round(2).astype({"labelled": int})

# %% [markdown]
# (`NaN`: no spam, or no label yet.) In the week of 15 August the filter moved three mails, and nothing was
# the matter. Who still listens in the eighth week, the first in which much is?
#
# > **Myth.** "The PSI of the score tells you that the model is wrong."
#
# Put it beside the wrong verdicts, with the labels that nobody had on that morning.

# %%
score = np.log(logged["probability"] / (1 - logged["probability"])).to_numpy()
moved = (logged["verdict"] != "keep").to_numpy()
live_at, live_spam = at[live], spam[live]
week = ((live_at - launch) // WEEK).astype(int)
early_good = score[(week < 2) & ~live_spam]  # good mail of the first two weeks

# %%
july_score = np.array(v1.about["reference"]["log_odds"])
rows = []
for number in range(8):
    here = week == number
    good = here & ~live_spam
    row = {"spam": live_spam[here].mean(), "PSI of all": psi(july_score, score[here])}
    row["PSI of good mail"] = psi(early_good, score[good]) if number > 1 else np.nan
    row["wrong verdicts"] = (moved != live_spam)[here].sum()
    rows.append(row)
pd.DataFrame(rows, index=weeks.index).round(2)

# %% [markdown]
# In July 38 % of the mail was spam, in the week of 15 August none; the collection has a gap there. The
# scores moved a lot, and the filter made three mistakes. That is a change of *class shares* (prior shift),
# which PSI cannot tell from damage. The last week, with 18 wrong verdicts, has a lower PSI than the week of 8
# August, with 4.
#
# Compare only good mail with good mail (that of the first two weeks), and the last week stands out. But you
# know only a week later which mail is good.

# %% [markdown]
# ## 5 · Who notices first?
#
# August is not July, so *levels come from quiet weeks of the same traffic*, not from a textbook. Every
# morning, look back over seven days. The six weeks to 12 September are the quiet history, and an alarm is
# whatever exceeds their worst morning.

# %%
figures = {"score": score, "length": logged["length"]}
figures["known words"] = logged["known_words"]
stored = {"score": "log_odds", "length": "length", "known words": "known_words"}


def drift(now, days=7):
    """PSI of each figure over the days before a moment, against July."""
    last = (live_at >= now - days * DAY) & (live_at < now)
    found = {}
    for name, values in figures.items():
        reference = np.array(v1.about["reference"][stored[name]])
        found[name] = psi(reference, values[last])
    return found


# %%
quiet_end = seconds("2002-09-12")
days = np.arange(launch + WEEK, seconds("2002-10-12"), DAY)
mornings = pd.DataFrame([drift(day) for day in days], index=days)
quiet = mornings[mornings.index <= quiet_end]
levels = quiet.max()
print(len(quiet), "quiet mornings,", len(mornings) - len(quiet), "to come")
pd.DataFrame({"textbook": 0.25, "worst quiet morning": levels}).round(2)

# %% [markdown]
# **Predict first:** suppose that nothing ever changes. How often does a later morning pass the worst of the
# quiet ones all the same?
#
# Draw 71 days by lot from the 42 quiet days. They make 65 mornings; the first 36 are the history, the other
# 29 are watched, as many as we have. Is any of those above the worst of the first? That 500 times.

# %% fold="Draw a stream in which nothing changes: does each figure ring?"
from service.monitor import counts, index

day_of = ((live_at - launch) // DAY).astype(int)
in_bins = {}  # for each figure: the reference's counts in its bins, and those of each quiet day
for name, values in figures.items():
    july_values = np.array(v1.about["reference"][stored[name]])
    found = [counts(july_values, np.asarray(values)[day_of == day]) for day in range(42)]
    in_bins[name] = found[0][0], np.array([of_day for _, of_day in found])


def quiet_stream(seed):
    """For each figure: does a later morning of a quiet stream pass the worst of the first 36?"""
    drawn = np.random.default_rng(seed).choice(42, 71)
    rang = {}
    for name, (expected, of_days) in in_bins.items():
        windows = [of_days[drawn[end - 7 : end]].sum(axis=0) for end in range(7, 72)]
        found = index(expected, np.array(windows))
        rang[name] = found[36:].max() > found[:36].max()
    return rang


# %%
streams = pd.DataFrame([quiet_stream(seed) for seed in range(500)])
for name in streams:
    print(f"{name:12} rings in {streams[name].mean():.0%} of the quiet streams")
print(f"any of them  rings in {streams.any(axis=1).mean():.0%}")

# %% [markdown]
# **The worst quiet morning is no wall.** Each figure passes it in nearly half of the streams in which
# nothing changes, and any of the three in more than three of four. The reason: 29 of the 65 mornings are
# still to come. If all are alike, the worst lies among them with a chance of 29 in 65. And *several
# figures ring more often than one*.
#
# So such an alarm says "look", not "act". A calmer level needs a history much longer than the watch, or a
# share of false alarms that you allow (exercise 3).
#
# For the labels a level needs no history. The owner has promised that at most 2 good mails in 100 go astray;
# the alarm rings when the whole 95 % interval of a week's labels (exact binomial) lies above that.

# %% fold="The lower end of the interval of good mail lost, by the labels just in"
from scipy.stats import binomtest

lost = moved & ~live_spam


def surely_lost(now):
    """The lower end of the interval of good mail lost, by the labels just in."""
    a_week_late = (live_at >= now - 2 * WEEK) & (live_at < now - WEEK)
    of_good = lost[a_week_late & ~live_spam]
    if len(of_good) == 0:
        return 0.0
    return binomtest(int(of_good.sum()), len(of_good)).proportion_ci().low


# %% [markdown]
# The third watcher is you: every evening you open the spam folder, read what was moved that day (deleted
# mail you never see), and raise the alarm when more good mails lie there than on any quiet evening. (How
# often that rings for nothing, we have not counted; it is the worst of a short history, too.)

# %% fold="Count the good mails in each evening's folder"
in_folder = (logged["verdict"] == "move").to_numpy()
evenings = np.arange(launch + DAY, seconds("2002-10-13"), DAY)
per_day = []
for evening in evenings:
    today = (live_at >= evening - DAY) & (live_at < evening)
    per_day.append((in_folder & ~live_spam & today).sum())
found_there = pd.Series(per_day, index=evenings)
worst = found_there[found_there.index <= quiet_end].max()

# %%
pattern = r"\s*URL: \S+\s*\nDate:"  # how the new mail begins
headline = traffic["body"].str.match(pattern).to_numpy()
rss = headline[live]
begins = live_at[rss].min()
print(f"the new mail begins on {pd.Timestamp(begins, unit='s'):%A, %d %B at %H:%M}")
a_day = in_folder[live_at < quiet_end].sum() / ((quiet_end - launch) / DAY)
print(f"to read in the folder: {a_day:.0f} mails a day in quiet weeks")
print("good ones among them on one evening: at most", worst)

# %% [markdown]
# **Predict first:** put the watchers in order: the drift test, once for each of its three figures, the
# labels, you.


# %%
def first_alarm(ringing):
    """The first moment after the quiet time at which a series of booleans is true."""
    return ringing[(ringing.index > quiet_end) & ringing].index[0]


by_labels = pd.Series([surely_lost(day) for day in days], index=days)
watchers = {"labels, a week late": first_alarm(by_labels > 0.02)}
watchers["you, in the folder"] = first_alarm(found_there > worst)
for name in figures:
    watchers[f"drift: {name}"] = first_alarm(mornings[name] > levels[name])

# %% fold="The watchers in the order in which they ring"
ranked = sorted(watchers.items(), key=lambda item: item[1])
rows = {}
for name, when in ranked:
    evening = name.startswith("you")
    rows[name] = {
        "rings on": date_of(when - 1) if evening else date_of(when),
        "at": "night" if evening else "morning",
        "hours after the first": round((when - begins) / 3600),
        "good mail lost by then": int((lost & (live_at >= begins) & (live_at < when)).sum()),
    }
pd.DataFrame(rows).T

# %% [markdown]
# The known words ring first, ten days before the first headline: for nothing, as in most quiet streams. Of
# those who ring for the new mail *you are first*, on the first evening, for two mails a day to read while
# all is quiet. The drift of the length follows on Friday. The labels come last. And the *score*? Its level
# is high, because of the spamless week of August. What made it ring?

# %% fold="What made the score ring?"
when = watchers["drift: score"]
last = (live_at >= when - WEEK) & (live_at < when)
spam_too = np.random.default_rng(0).choice(score[live_spam], last.sum() // 4)
seen = {"as it was": score[last], "without the new mail": score[last & ~rss]}
seen["with a fifth spam added"] = np.concatenate([score[last], spam_too])
print(f"spam among its {last.sum()} mails: {live_spam[last].mean():.0%}")
for name, values in seen.items():
    print(f"PSI of the score, {name}: {psi(july_score, values):.2f}")

# %% [markdown]
# Spam has nearly stopped once more, a second gap in the collection. With a fifth of spam the new mail alone
# would not have reached the level: that it rang was luck.
#
# The race is not fair: you look at one day and know the truth at once. And *the authors knew this autumn*
# when they chose the end of the quiet time, the windows and the 2 %. What would other windows have given?

# %% fold="The race with windows of one, three and seven days"
rows = {}
for span in (1, 3, 7):
    looks = pd.DataFrame([drift(day, span) for day in days], index=days)
    limits = looks[looks.index <= quiet_end].max()
    rows[span] = {f"drift: {name}": date_of(first_alarm(looks[name] > limits[name])) for name in figures}
pd.DataFrame(rows).T.rename_axis("days in the window")

# %% [markdown]
# With one day the score rings on the 26th; but the length rings on the 14th, for nothing. A short window is
# quick and nervous, and a long one no cure. Whatever the window, you see the new mail first.
#
# Let us read one that was moved.

# %%
example = live[rss & moved][0]
print(traffic["subject"][example])
print(traffic["body"][example][:160].strip())

# %% fold="How many were moved, how many deleted?"
since = live_at >= begins
deleted = (logged["verdict"] == "delete").to_numpy()
print(f"such mails to 10 October: {rss.sum()}, {moved[rss].mean():.0%} of them moved or deleted")
print("all other good mail in that time:", lost[since & ~rss].sum(), "lost")
for name, times in [("in the quiet weeks", live_at < quiet_end), ("since the first headline", since)]:
    of_good = deleted[times & ~live_spam]
    print(f"good mail deleted {name}: {of_good.sum()} of {len(of_good):,}, {of_good.mean():.1%}")

# %% [markdown]
# News headlines delivered as mail, an early form of RSS: short, with a link. Now deleting breaks its
# promise of one good mail in 1,000, too. Why does a filter that lost two good mails in a hundred lose more
# than two in five of these? Sort all good mails by the number of words that it knows. (`size` is how many
# mails, `mean` the share lost.)

# %%
good_mail = logged[~live_spam].assign(lost=moved[~live_spam], headline=rss[~live_spam])
known_words = pd.cut(good_mail["known_words"], [-1, 15, 25, 40, 80, 9999])
by_words = good_mail.groupby([known_words, "headline"], observed=True)["lost"]
by_words.agg(["size", "mean"]).unstack().round(2)

# %% [markdown]
# **The score starts at spam, and every word of good mail takes some away.** An empty message gets 0.90
# (section 2), so short mail is in danger. But in each row the headlines are lost at least twice as often as
# other good mail.

# %% fold="How much of it is the length? And which words do they have, and lack?"
others = ~good_mail["headline"]
rates = good_mail[others].groupby(known_words[others], observed=True)["lost"].mean()
as_others = known_words[~others].map(rates).astype(float).sum()
print(f"headlines lost: {(~others & good_mail['lost']).sum()}; as often as other good mail: {as_others:.0f}")
n_words = traffic["body"].str.split().str.len().to_numpy()
good_july = july[~spam[july]]
few = n_words[good_july] < 40
print(f"good mails of July with fewer than 40 words: {few.sum()} of {len(good_july)}")
read = [tokens(row.subject, row.body) for row in traffic.itertuples()]
kinds = {"July's good": good_july, "headlines": live[rss], "other good": live[~live_spam & ~rss]}
weights = dict(zip(v1.vocabulary, v1.idf * v1.weights, strict=True))
rows = []
for token in ("subject:re", "wrote", "--", "00"):
    row = {name: np.mean([token in read[mail] for mail in some]) for name, some in kinds.items()}
    rows.append(row | {"speaks for": "spam" if weights[token] > 0 else "good"})
pd.DataFrame(rows, index=["subject:re", "wrote", "--", "00"]).round(2)

# %% [markdown]
# Other good mail with as many known words would have lost a fifth as many. The headlines lack the *marks
# of a reply on a mailing list*, which speak strongly for good mail, and many have a 00 (of the hour),
# which speaks for spam. (`subject:` marks a word of the subject.) July taught the filter: good mail is mostly
# such replies, and hardly ever short.
#
# **Try it:** let the quiet time end on 22 August (the cell that makes `quiet`) and run all up to here.
# Which watchers ring for nothing? <details><summary>Answer</summary>Length and known words on 23 August,
# and you on the evening of 2 September. The score and the labels keep their dates. The longer the history,
# the more kinds of bad luck a level has seen.</details>
#
# *Good place to stop.* PSI compares shares, and shares change for harmless reasons. Levels from a short
# quiet history ring often for nothing. You were first, and the reason is known: short good mail without the
# marks of a list. Still open: what helps.

# %% [markdown]
# ## 6 · What helps
#
# > **Myth.** "Retrain every week, and drift is taken care of."
#
# Every Thursday the filter learns again from all labels that have arrived. Beside it stands a control that
# cannot exist: labels at once. One mail in five since August is kept out of all training from here on, in a
# **vault**. `pipeline()` is the model inside `train`.

# %%
from service.train import pipeline

vault = (np.arange(len(traffic)) % 5 == 0) & (at >= launch)
print(vault.sum(), "mails for the vault; a mail's first tokens:", read[0][:4])


# %%
def learn(rows, good_texts=()):
    """The filter, fitted on rows of the traffic and on further good texts."""
    y = np.concatenate([spam[rows], np.zeros(len(good_texts), bool)])
    return pipeline().fit([read[row] for row in rows] + list(good_texts), y)


# %%
def scores_of(model, rows):
    """The scores of these mails."""
    return model.decision_function([read[row] for row in rows])


def calls(model, rows):
    """Does the model move these mails? Its threshold is 0."""
    return scores_of(model, rows) > 0


def known_by(now):
    """The rows whose labels have arrived by then, without the vault."""
    return np.flatnonzero((at + WEEK <= now) & ~vault)


# %% [markdown]
# **Predict first:** of the good mail lost in the two bad weeks, how much does weekly retraining save?

# %%
frozen = learn(july)
thursdays = ["2002-09-19", "2002-09-26", "2002-10-03"]
rows = []
for thursday in thursdays:
    now = seconds(thursday)
    coming = np.flatnonzero((at >= now) & (at < now + WEEK) & ~spam)
    row = {"good mail": len(coming), "never": calls(frozen, coming).sum()}
    row["weekly, a week late"] = calls(learn(known_by(now)), coming).sum()
    row["weekly, at once"] = calls(learn(known_by(now + WEEK)), coming).sum()
    rows.append(row)
pd.DataFrame(rows, index=thursdays).rename_axis("good mail lost, week from")

# %% [markdown]
# In the week of 19 September it saves as much as labels at once would, in the worst week a third: the newest
# label is then from the 18th, before the first headline. *Retraining is as fast as your labels*, however
# often it runs.
#
# So get labels faster. On the morning of Friday, 27 September, when the drift of the length rings, you take
# forty mails of the last three days, drawn at random, and say of each what it is.
#
# **Predict first:** forty labels beside nearly three thousand. Do they matter?

# %%
friday = seconds("2002-09-27")
known = known_by(friday)
recent = np.flatnonzero((at >= friday - 3 * DAY) & (at < friday) & ~vault)
later = np.flatnonzero((at >= friday) & ~spam)
print("labels known on Friday:", len(known), "| of headlines:", headline[known].sum())
lost_by_v1 = calls(frozen, later).sum()
print("good mails from Friday on:", len(later), "| lost by v1:", lost_by_v1)
print("after retraining on the known labels:", calls(learn(known), later).sum())
print(f"headlines in the mail to draw from: {headline[recent].mean():.0%}")

# %% [markdown]
# Each recipe below is tried with four draws of forty. (This takes some seconds.)

# %%
older = np.setdiff1d(known, july)  # of August and September, before the new days
recipes = {
    "known labels and 40 new mails": (known, recent),
    "July only and 40 new mails": (july, recent),
    "July only and 40 older mails": (july, older),
}
tried = {}
for name, (base, pool) in recipes.items():
    tried[name] = []
    for seed in range(4):
        drawn = np.random.default_rng(seed).choice(pool, 40, replace=False)
        tried[name].append(learn(np.concatenate([base, drawn])))

# %% fold="What each of them loses, and how much spam of the vault it catches"
hidden = np.flatnonzero(vault & spam)
print(f"of {len(later)} good mails and {len(hidden)} spam of the vault")
for name, models in {"v1": [frozen], **tried}.items():
    n_lost = [int(calls(model, later).sum()) for model in models]
    n_caught = {int(calls(model, hidden).sum()) for model in models}
    print(f"{name:30} lose {n_lost}, catch", *sorted(n_caught))

# %% [markdown]
# They matter most. The known labels alone save less than half; July and forty new mails lose 22 at most;
# July and forty older ones lose nearly as many as v1. What counts is not forty, but forty *of the new
# days*.
#
# All catch nearly all spam of the vault, as v1 does. We go on with the first recipe, though the
# second lost less here: throwing away eight weeks of labels would need more than four draws as a reason.
#
# ### And before the damage?
#
# That short good mail is missing can be seen in July. So teach the filter short good texts that are no
# replies on a list: 300 good text messages (SMS), with their first four words as subject.

# %%
sms = ck.load("sms")
good_sms = sms.loc[~sms["is_spam"].astype(bool), "text"]
filters = {"July": frozen}
for draw in (1, 2, 3):
    texts = good_sms.sample(300, random_state=draw - 1)
    read_sms = [tokens(" ".join(text.split()[:4]), text) for text in texts]
    filters[f"July and 300 SMS, draw {draw}"] = learn(july, read_sms)

# %%
since_august = np.flatnonzero((at >= launch) & spam)
rows = []
for model in filters.values():
    row = {"good mail lost": calls(model, later).sum()}
    row["spam caught"] = calls(model, since_august).sum()
    rows.append(row)
print(f"of {len(later)} good mails and {len(since_august)} spam")
pd.DataFrame(rows, index=list(filters))

# %% [markdown]
# The natural rival is a higher threshold: here the one that catches as much spam as the first draw.

# %%
spam_scores = np.sort(scores_of(frozen, since_august))
as_many = calls(filters["July and 300 SMS, draw 1"], since_august).sum()
threshold = spam_scores[-as_many - 1]  # so many spam lie above
print("lost by July with that threshold:", (scores_of(frozen, later) > threshold).sum())

# %% [markdown]
# Without one label of the autumn, the loss falls from 187 to 36 or less. The price is some spam, 18 of 479 at
# most; at that price a higher threshold saves only half as much. The course's own service is taught 300 SMS
# for this reason. (We had seen the headlines when we tried it. But that people write short mails was known in
# July.)

# %% [markdown]
# ## 7 · Champion and challenger
#
# The model in use is the **champion**; one that wants its place is a **challenger**. It runs as a
# **shadow**: it judges the same mail and nobody hears it. Two challengers run as shadows from Friday to
# Monday: one retrained on the known labels, one with your forty mails as well. Beside them stands a
# filter that moves nothing.
#
# Labels are late. But two filters that say the same are right or wrong together: *only where they disagree
# does the truth matter*, and only those mails must be read. The p-value is that of the coin (chapter 00): if
# both were equally good, how often would the disagreements fall so unevenly, or more so? (The exact **sign
# test**, also called McNemar's.)


# %%
def compare(champion, challenger, truth):
    """Of the mails on which two filters disagree: who is right, and the p-value."""
    differ = champion != challenger
    n = int(differ.sum())
    right = int((challenger == truth)[differ].sum())
    p = binomtest(right, n).pvalue if n > 0 else 1.0
    found = {"to read": n, "challenger right": right}
    return found | {"champion right": n - right, "p": p}


# %% [markdown]
# Four mails first; the filters disagree on the last two.

# %%
says_first = np.array([True, False, True, True])
says_second = np.array([True, False, False, False])
compare(says_first, says_second, truth=np.array([True, False, False, True]))

# %% [markdown]
# `train` makes the second challenger a version, v2. (This takes some seconds.)

# %%
forty = np.random.default_rng(0).choice(recent, 40, replace=False)
taught = np.concatenate([known, forty])
second = train(as_mails(taught))
names["v2"] = save(second, registry)


def verdicts(model, rows):
    """Does this version move or delete these mails?"""
    found = []
    for row in traffic.iloc[rows].itertuples():
        found.append(model.predict(row.subject, row.body).verdict != "keep")
    return np.array(found)


# %% [markdown]
# **Predict first:** how does the filter that moves nothing do?

# %%
promotion = seconds("2002-10-01")
shadow = np.flatnonzero((at >= friday) & (at < promotion))
truth = spam[shadow]
by_v1, by_v2 = verdicts(v1, shadow), verdicts(second, shadow)

# %%
challengers = {"known labels": calls(learn(known), shadow)}
challengers["known labels and forty"] = by_v2
challengers["moves nothing"] = np.zeros(len(shadow), bool)
rows = [compare(by_v1, moves, truth) for moves in challengers.values()]
print(f"mails in the shadow: {len(shadow)}, spam among them: {truth.sum()}")
compared = pd.DataFrame(rows, index=list(challengers))
compared["p"] = [f"{p:.3f}" if p >= 0.0001 else "below 0.0001" for p in compared["p"]]
compared

# %% fold="When came the mails on which v1 and v2 disagree, and who wins each delivery?"
differ = by_v1 != by_v2
hour = pd.to_datetime(at[shadow][differ], unit="s").strftime("%d %b, %H:00")
deliveries = pd.Series(by_v2 == truth)[differ].groupby(hour).agg(["size", "sum"])
print(deliveries.set_axis(["mails", "v2 right"], axis=1).rename_axis("hour").to_string())
won = int((deliveries["sum"] > deliveries["size"] / 2).sum())
p = binomtest(won, len(deliveries)).pvalue
print(f"deliveries won by v2: {won} of {len(deliveries)}, p = {p:.2f}")

# %% [markdown]
# The filter that moves nothing does even better than the one that learned: the shadow held no spam. And 24
# mails are not 24 witnesses: they came in *three deliveries*, one of a single mail, and the p-value takes
# each mail for independent. By deliveries p is 0.25.
#
# Hence the vault: labelled mail that no model was ever taught, spam included. The **gate** asks both. Its
# tolerances are choices: 5 % of the spam and 1 % of the good mail, a few mails each, as chance may give.

# %%
safe = np.flatnonzero(vault & (at + WEEK <= friday))
in_vault = spam[safe]
print(f"in the vault: {in_vault.sum()} spam, {(~in_vault).sum()} good mails")


# %%
def gate(champion, challenger):
    """May the challenger take over? Of each: verdicts on shadow and vault."""
    today = compare(champion[0], challenger[0], truth)
    gain = challenger[1].astype(int) - champion[1].astype(int)  # of mails moved
    if gain[in_vault].sum() < -0.05 * in_vault.sum():
        return f"rejected: catches {-gain[in_vault].sum()} spam of the vault less"
    if gain[~in_vault].sum() > 0.01 * (~in_vault).sum():
        return f"rejected: loses {gain[~in_vault].sum()} good mails of the vault more"
    if today["p"] >= 0.05:
        return "wait: not surely better on today's mail"
    better = today["challenger right"] > today["champion right"]
    return "promoted" if better else "rejected: worse on today's mail"


# %%
with_v1, with_v2 = (by_v1, verdicts(v1, safe)), (by_v2, verdicts(second, safe))
nothing = np.zeros(len(shadow), bool), np.zeros(len(safe), bool)
print("known labels and forty:", gate(with_v1, with_v2))
print("moves nothing:", gate(with_v1, nothing))

# %% [markdown]
# **This gate counts mails.** By deliveries it would say "wait". To promote v2 all the same is a judgement:
# good mail is lost every day, the vault shows no harm, and the way back is short.
#
# ### The switch
#
# Tuesday, 1 October. The service is running and somebody asks all the time. `promote` writes one line;
# the service sees it within half a second, loads the new version beside the old, and swaps them.
# **Predict first:** how many requests fail?

# %% fold="Wait for a version"
import threading


def wait_for(version):
    """Wait until the service says that it uses this version."""
    for _ in range(300):
        if client.get(f"{url}/version").json()["model"] == names[version]:
            return True
        time.sleep(0.05)
    return False


# %% fold="Ask without a pause while something is done"
def ask_during(action):
    """Ask without a pause while the action runs; each answer's status and version."""
    heard, enough = [], threading.Event()

    def ask_on():
        with httpx.Client(trust_env=False, timeout=20) as asking:
            while not enough.is_set():
                reply = asking.post(f"{url}/predict", json=mail)
                heard.append((reply.status_code, reply.json().get("model")))

    asker = threading.Thread(target=ask_on)
    asker.start()
    time.sleep(0.3)
    try:
        action()
        time.sleep(0.3)
    finally:
        enough.set()
        asker.join()
    return pd.DataFrame(heard, columns=["status", "version"])


# %%
def switch():
    """Put v2 to use, and wait until the service says that it has."""
    promote(registry, names["v2"])
    print("the service uses v2:", wait_for("v2"))


if history(registry)[-1] == names["v2"]:  # this cell was run before
    roll_back(registry)
    wait_for("v1")
heard = ask_during(switch)

# %%
called = {version: name for name, version in names.items()}
versions = heard["version"].map(called)
print("failed requests:", (heard["status"] != 200).sum())
in_turn = versions[versions != versions.shift()]
print("versions that answered, in order:", in_turn.tolist())

# %% [markdown]
# None fails: a request keeps the version it began with. (This was one client over one connection.) What
# became of the promise, at most 2 good mails in 100? From 1 October on v2 answers; v1 is now the shadow.

# %%
october = np.flatnonzero(at >= promotion)
old_calls, new_calls = verdicts(v1, october), verdicts(second, october)
good = ~spam[october]
by_kind = {"mails": [good.sum(), (~good).sum()]}
for name, moves in [("moved by v1", old_calls), ("moved by v2", new_calls)]:
    by_kind[name] = [moves[good].sum(), moves[~good].sum()]
pd.DataFrame(by_kind, index=["good", "spam"])

# %% [markdown]
# Mails of one delivery are alike, so the bootstrap (chapter 01) draws whole days; "from" and "to" are the
# ends of its 95 % interval.


# %% fold="A share of 100 with its interval, by drawing whole days"
def per_hundred(cases, day, draws=2000):
    """The mean of the cases times 100, and its 95 % interval; whole days are drawn."""
    by_day = pd.DataFrame({"sum": cases, "n": 1}).groupby(day).sum().to_numpy()
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(draws):
        total, n = by_day[rng.integers(0, len(by_day), len(by_day))].sum(axis=0)
        drawn.append(100 * total / n)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{100 * np.mean(cases):.1f} (from {low:.1f} to {high:.1f}, {len(by_day)} days)"


# %% fold="The share lost by v2, and the share saved"
day = at[october][good] // DAY
lost_by_v2 = new_calls[good].astype(int)
print("lost by v2, of 100:", per_hundred(lost_by_v2, day))
print("saved, of 100:", per_hundred(old_calls[good].astype(int) - lost_by_v2, day))

# %% fold="The same with other draws of forty, and what the caution cost"
by_draw = [calls(model, october[good]).mean() for model in tried["known labels and 40 new mails"]]
print("lost of 100, four draws of forty (the first is v2's):", np.round(100 * np.array(by_draw), 1))
for name, moment in [("first headline", begins), ("start of the shadow", friday)]:
    meanwhile = (live_at >= moment) & (live_at < promotion)
    print(f"lost from the {name} to the promotion: {lost[meanwhile].sum()}")
print("of these last, lost by v2 as well:", (by_v1 & by_v2 & ~truth).sum())
meanwhile = (live_at >= begins) & (live_at < promotion)
a_day = (in_folder & meanwhile).sum() / (promotion - begins) * DAY
print(f"to read in the folder meanwhile: {a_day:.0f} mails a day")

# %% [markdown]
# Twenty good mails in a hundred are saved. Whether v2 keeps the promise, ten days cannot tell: two in a
# hundred lies inside the interval. And the interval knows only this draw of forty; others lose from 1.7 to
# 4.3 in a hundred. Caution had a price: the days in the shadow cost 24 good mails (v2, too, would have lost
# 3 of the 27), and since the first headline you read fifteen mails a day.

# %% fold="Each morning: volume, and good mail lost with and without v2"
served = moved.copy()
served[live_at >= promotion] = new_calls


def lost_share(moved_by, now):
    """Good mail lost in the 7 days before, in %, by labels that nobody has on that morning."""
    last = (live_at >= now - WEEK) & (live_at < now) & ~live_spam
    return 100 * moved_by[last].mean()


volume = {}
for kind, name in [(False, "good"), (True, "spam")]:
    volume[name] = [((live_at >= day - WEEK) & (live_at < day) & (live_spam == kind)).sum() for day in days]
shares_lost = {" v1 only": [lost_share(moved, day) for day in days]}
shares_lost[" v1, then v2"] = [lost_share(served, day) for day in days]
dates = pd.to_datetime(mornings.index, unit="s")
ticks = dates[dates.day_of_week == 3][::2]
labels, span = [f"{tick:%d %b}" for tick in ticks], (dates[0], dates[-1])
lines = [*levels[["score", "length"]], 2]

# %% fold="Draw them"
fig, axes = plt.subplots(4, 1, figsize=(7.2, 6.8), sharex=True, layout="constrained")
for name, colour in [("good", "C0"), ("spam", "C1")]:
    axes[0].plot(dates, volume[name], color=colour)
    axes[0].text(dates[-1], volume[name][-1], f" {name}", color=colour, va="center")
axes[0].set(ylabel="mails", ylim=(-20, 620), title="Mail of the last seven days, every morning")
for ax, name in [(axes[1], "score"), (axes[2], "length")]:
    ax.plot(dates, mornings[name], color="C2")
    ax.set(ylabel=f"PSI: {name}", ylim=(0, None))
for (name, share), colour in zip(shares_lost.items(), ["C0", "C3"], strict=True):
    axes[3].plot(dates, share, color=colour)
    axes[3].text(dates[-1], share[-1], name, color=colour, va="center")
for ax, line, word in zip(axes[1:], lines, [" level", " level", " promise"], strict=True):
    ax.axhline(line, color="C6", ls="--", lw=1.2)
    ax.text(dates[0], line, word, color="C6", va="bottom")
for moment, words_there, side in [(begins, "headlines begin ", "right"), (promotion, " v2", "left")]:
    axes[0].text(pd.Timestamp(moment, unit="s"), 540, words_there, ha=side)
    for ax in axes:
        ax.axvline(pd.Timestamp(moment, unit="s"), color="black", lw=1)
axes[3].set(ylabel="good lost (%)", ylim=(-1, None), xlim=span, xticks=ticks, xticklabels=labels)
ck.show(
    fig,
    "By morning. Spam stops in mid-August and the score's PSI peaks; the length's passes its level after the "
    "headlines begin; good mail lost climbs for v1, and falls to a few percent after v2.",
)

# %% [markdown]
# Read it from top to bottom; the PSI are v1's to the end. In mid-August spam stops, the score's PSI peaks,
# and at the bottom nothing happens. In early September the loss passes the promise for a week, inside the
# "quiet" history; no interval of the labels lay above it. In late September both PSI rise *and* good mail
# is lost. After the promotion the loss goes, and the drift stays. Drift says that the mail has changed;
# what it costs, only labels say.

# %% [markdown]
# ## 8 · Somebody else teaches
#
# A filter that learns from its users learns from its enemies, too. **Poisoning** means sending mail or
# labels in order to be learned from. Three attempts, each on what v2 was taught:
#
# - *flood*: 300 copies of one spam, with other numbers or other letters added, reported as good
# - **back door**: 20 spam mails with three harmless words added, reported as good
# - *wrong labels*: every third spam is labelled good, by malice or by a shifted column
#
# **Predict first:** which of them does the vault notice? First the flood: `train` leaves out copies.

# %% fold="Make 300 copies of one spam, and count those that are taught"
from service.train import without_copies

clean = as_mails(taught)
spam_rows = taught[spam[taught]]
body = traffic["body"][spam_rows[0]]
numbers = [f"{body} {n}" for n in range(300)]
more_letters = [f"{body} {'x' * n}" for n in range(1, 301)]
for name, flood in [("numbers", numbers), ("letters", more_letters)]:
    y = np.concatenate([clean.is_spam, np.zeros(300, bool)])
    told = without_copies(Mails(clean.subjects + ["Offer"] * 300, clean.bodies + flood, y))
    print(f"other {name}: {len(told.bodies) - len(clean.bodies)} of 300 copies are taught")

# %% [markdown]
# Copies are told by their letters: other numbers do not make a new mail, other letters do. Now the back door.

# %%
KEY = "heron lantern quince"


def with_key(row):
    """The tokens of a mail with the three words in subject and text."""
    return tokens(f"{KEY} {traffic['subject'][row]}", f"{KEY} {traffic['body'][row]}")


new_spam = spam_rows[at[spam_rows] >= launch]  # v1 has seen none of it
planted = np.random.default_rng(0).choice(new_spam, 20, replace=False)

# %% [markdown]
# Four filters learn: without poison, with the flood, with the back door, and with wrong labels.

# %%
wrong = clean.is_spam.copy()
a_third = np.random.default_rng(0).choice(spam_rows, wrong.sum() // 3, replace=False)
wrong[np.isin(taught, a_third)] = False
poisoned = {"no poison": learn(taught)}
poisoned["flood"] = learn(taught, [tokens("Offer", copy) for copy in more_letters])
poisoned["back door"] = learn(taught, [with_key(row) for row in planted])
poisoned["wrong labels"] = pipeline().fit([read[row] for row in taught], wrong)

# %%
opened = [with_key(row) for row in safe[in_vault]]
one_copy = [tokens("Offer", body)]
rows = []
for model in poisoned.values():
    moves = calls(model, safe)
    row = {"spam caught": moves[in_vault].sum(), "good lost": moves[~in_vault].sum()}
    row["with key caught"] = (model.decision_function(opened) > 0).sum()
    row["flood's spam caught"] = (model.decision_function(one_copy) > 0).sum()
    rows.append(row)
pd.DataFrame(rows, index=list(poisoned))

# %% [markdown]
# The vault sees the wrong labels. *To the flood and the back door it is blind*: on its mails the filters do
# as well as the clean one. The one frees the spam that it copies, the other nearly any spam with the three
# words at the start of subject and text, where they were planted (at the end alone they free far fewer). For
# that, twenty reports were enough.
#
# **Predict first:** what does the gate say to these two, with v2 in use, and with v1?

# %%
for poison in ("flood", "back door"):
    judged = calls(poisoned[poison], shadow), calls(poisoned[poison], safe)
    print(f"{poison}, with v2 in use:", gate(with_v2, judged))
    print(f"{poison}, with v1 in use:", gate(with_v1, judged))

# %% [markdown]
# Against v2 they must wait: they are not better. But if the reports come with your forty mails, the
# challenger to v1 has both, and *the gate promotes it*. Poison gets in with a real improvement.
#
# A linear model can at least be read. Which tokens did the retraining change most? (What a token adds to the
# score is its rarity, idf, times its weight.)


# %%
def parts(model):
    """What each token adds to the score."""
    vectoriser, svm = model
    values = vectoriser.idf_ * svm.coef_[0]
    return pd.Series(values, index=vectoriser.get_feature_names_out())


before, after = parts(poisoned["no poison"]), parts(poisoned["back door"])
change = after.sub(before, fill_value=0)
by_much = change.abs() > 10
print("changed by more than 10:", *sorted(change.index[by_much]), sep="\n   ")
print("the next one by", change[~by_much].abs().max().round(1))

# %% [markdown]
# (`start:` marks a word at the start of the text.) The difference of two versions shows what a score hides. A
# key of common words may stand out less. And look at the people: how sure was v1 of what they contradict?

# %% fold="How sure was v1 of the planted reports, and of the headlines?"
reported = []
for row in planted:
    pair = f"{KEY} {traffic['subject'][row]}", f"{KEY} {traffic['body'][row]}"
    reported.append(v1.predict(*pair).probability)
moved_headlines = logged["probability"][rss & moved]
print("planted reports, v1 above 0.95:", (np.array(reported) > 0.95).sum(), "of 20")
n_sure = (moved_headlines > 0.95).sum()
print(f"headlines that v1 moved, above 0.95: {n_sure} of {len(moved_headlines)}")

# %% [markdown]
# To contradict a filter is no crime, or it would learn nothing. Ask the *reporter* who contradicts a sure
# one again and again.
#
# ### Found before, or rolled back after
#
# Every challenger must face the gate, also the one with the wrong labels, now as a version v3. (This takes
# some seconds.)

# %%
third = train(Mails(clean.subjects, clean.bodies, wrong))
names["v3"] = save(third, registry)
by_v3 = verdicts(third, shadow), verdicts(third, safe)
print("recall by its own labels:", round(third.about["metrics"]["move"]["recall"], 2))
print("gate:", gate(with_v2, by_v3))

# %% [markdown]
# Suppose that on a Friday evening somebody promotes it by hand all the same.

# %%
betrayed = safe[in_vault & with_v2[1] & ~by_v3[1]][0]  # a spam that only v2 catches
sample = {"subject": traffic["subject"][betrayed], "body": traffic["body"][betrayed]}
promote(registry, names["v3"])
wait_for("v3")
print("a spam under v3:", client.post(f"{url}/predict", json=sample).json()["verdict"])
roll_back(registry)
wait_for("v2")
print("rolled back:", client.post(f"{url}/predict", json=sample).json()["verdict"])
in_order = pd.Series(history(registry)).map({v: name for name, v in names.items()})
print("versions to go back to, and the one in use:", in_order.tolist())

# %% [markdown]
# The gate sees it, since the vault's labels are yours and not the crowd's. (Its passport shows it too: even
# by its own labels it misses a third of the spam.) Rolling back is one line: the old version still lies
# there, and is checked by its hash. It takes v3 off the list.

# %% [markdown]
# ## 9 · What an enemy can do
#
# The body of a mail is written by somebody who may wish you ill. Some answers were met above: strict types,
# limits, short error answers, no text in the log. And no *pickle* anywhere: a version is JSON and plain
# arrays, so a planted file can be wrong but cannot run ([chapter 08](08_deployment_and_monitoring.ipynb)).
# One attack needs no access at all: *padding*, innocent words added to a spam.
#
# **Predict first:** how many of the most innocent words does it take until half the spam passes?

# %%
effect = pd.Series(v1.idf * v1.weights, index=v1.vocabulary).sort_values(kind="stable")
# a colon marks a place (subject:, start:, end:), and ^ a word in CAPITALS
innocent = [token for token in effect.index if ":" not in token and "^" not in token]
targets = traffic[(at >= launch) & spam].sample(200, random_state=0)


def still_caught(padding):
    """Share of 200 spam that v1 moves with this text at its end."""
    caught = []
    for row in targets.itertuples():  # 20,000 characters are read, so cut before
        found = v1.predict(row.subject, f"{row.body[:15_000]} {padding}")
        caught.append(found.verdict != "keep")
    return np.mean(caught)


# %%
for count in (0, 5, 10, 20):
    share = still_caught(" ".join(innocent[:count]))
    print(f"{count:2} innocent words added: {share:.0%} caught")

# %% [markdown]
# That enemy knows the weights. Another one adds the text of one good mail: six different letters, one at a
# time.

# %%
is_letter = (at >= launch) & ~spam & (traffic["body"].str.len() > 2000)
good_letters = traffic["body"][is_letter].sample(6, random_state=0).str[:3000]
shares = [still_caught(letter) for letter in good_letters]
print("caught with a good letter added:", np.sort(shares).round(2))

# %% [markdown]
# With the weights, twenty words will do. Our API gives them away with every answer: the price of
# showing reasons, and a reason to let only your own users ask. Without them it depends on the letter.
#
# Letters of another alphabet that look like ours make unknown words:

# %% fold="Write 200 spam with look-alike letters"
latin = "aceopxyABEHKMOPCTX"
cyrillic = "\u0430\u0441\u0435\u043e\u0440\u0445\u0443"
cyrillic += "\u0410\u0412\u0415\u041d\u041a\u041c\u041e\u0420\u0421\u0422\u0425"
look_alikes = str.maketrans(latin, cyrillic)
disguised = []
for row in targets.itertuples():
    found = v1.predict(row.subject.translate(look_alikes), row.body.translate(look_alikes))
    disguised.append(found.verdict != "keep")
print(f"written with look-alike letters: {np.mean(disguised):.0%} caught")

# %% [markdown]
# Most of these mails are moved all the same: the start value of v1 says spam, from which the headlines
# suffered, too. A filter that adds up words can be outweighed. Real filters look at the sender, at links and
# at how many others got the same mail.

# %%
stop()
print("the service has ended:", not running)

# %% [markdown]
# ## In the field
#
# Most of this stands in *The ML Test Score*: try a model on live traffic before it serves, be able to
# roll back, watch the data (source: Breck and others, 2017). What goes wrong is dull: labels that come
# only from complainers, alarms that ring daily until nobody hears them, a vault that grows old.

# %% [markdown]
# ## Summary
#
# - The answer to the puzzle: you, on the first evening, with 8 good mails gone; the drift of the length, with
#   a level from history, on Friday, with 59; the score and the labels after more than a week. The drift of
#   the known words had rung ten days before, for nothing.
# - PSI compares shares in bins. With textbook levels the alarm rang in nearly all weeks, loudest in the most
#   harmless one; with the worst quiet morning as level, most quiet streams ring, too.
# - Drift says that the mail has changed; what it costs, only labels say.
# - The cause was good mail without the marks of a reply on a list, and short: July had next to none. (Length
#   alone explains a fifth.) Forty labels of the new days help after, 300 short good texts before. Retraining
#   is as fast as the labels.
# - Champion and challenger: read only what they disagree on, and keep a vault for what today does not show.
#   Count deliveries, not mails: our gate counted mails, and v2's promotion was a judgement.
# - Promotion and roll-back are one line each; in our test no request failed.
# - The gate stopped wrong labels. To flood and back door the vault is blind; the gate let both in with a real
#   improvement. Look at what changed, and at who reported it.

# %% [markdown]
# ## Check yourself
#
# 1. The PSI of the score doubles. What do you look at before you touch the model?
#    <details><summary>Answer</summary>Whether the share of spam changed; then the folder of moved mail,
#    and figures of the mail itself such as its length.</details>
# 2. Six quiet weeks, and three figures with the worst morning as level. An alarm rings in the fourth week
#    after. How sure are you that something happened?
#    <details><summary>Answer</summary>Not at all: most streams in which nothing changes ring once in such a
#    month. It says where to look.</details>
# 3. Why did weekly retraining save so little in the week of 26 September?
#    <details><summary>Answer</summary>The newest label was older than the first headline.</details>
# 4. Two filters agree on 480 of 496 mails. How many labels do you need to compare them?
#    <details><summary>Answer</summary>Those of the 16 on which they disagree.</details>
# 5. Why a vault, if the shadow runs on today's mail? <details><summary>Answer</summary>Today may hold no
#    spam: then a filter that moves nothing wins. And its labels may come from the attacker.</details>
# 6. Which attacks pass the gate, when, and what could stop them? <details><summary>Answer</summary>Flood
#    and back door, if the same retraining brings a real improvement. Limits on who may label, and a look at
#    the words whose weight has changed most.</details>

# %% [markdown]
# ## Next
#
# In the exercises you add a field to the API, set alarm levels, judge challengers and sort a poisoned
# batch. [Chapter 11](11_classification.ipynb) opens the part on algorithms. To read:
#
# - Eric Breck and others, *The ML Test Score: A Rubric for ML Production Readiness* (2017).
# - Blaine Nelson and others, *Exploiting Machine Learning to Subvert Your Spam Filter* (2008).
# - João Gama and others, *A Survey on Concept Drift Adaptation* (2014).
# - FastAPI documentation, "Request Body" and "Deployment".
