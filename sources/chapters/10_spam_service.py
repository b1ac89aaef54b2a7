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
# - replay a mailbox as live traffic, and read what the log says
# - set alarm levels that ring for damage and keep quiet otherwise
# - compare a champion with a challenger on few labels, promote it and roll it back
# - say which poison a gate stops, and which it lets through
#
# **Builds on:** [chapter 08](08_deployment_and_monitoring.ipynb),
# [chapter 09](09_spam_filter.ipynb) · **Data:** `mails`, `raw_mails`
#
# The mails are real ones of 2002, among them scams and coarse language.

# %% [markdown]
# ## 1 · A model with a date
#
# The service is a folder of this repository, `service/`, written to be read; the notebook imports the
# same files.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

places = [Path(ck.__file__).resolve().parents[1], *Path.cwd().iterdir()]
root = next((place for place in places if (place / "service" / "app.py").exists()), None)
if root is None:
    raise RuntimeError("The folder service/ is not here: clone the whole repository.")
sys.path.insert(0, str(root))

# %% [markdown]
# The traffic is the mail of July to October 2002, in the order in which it arrived, without copies. All
# but a few older mails are spam ([chapter 09](09_spam_filter.ipynb)); a model trained on it would learn
# the date. Of November and December there is too little to fill weeks.

# %%
mails = ck.load("mails").dropna(subset=["received"]).sort_values("received", kind="stable")
letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
letters = letters.where(letters != "", mails["subject"])
traffic = mails[~letters.duplicated() & mails["received"].between("2002-07-01", "2002-10-17")]
traffic = traffic.astype({"is_spam": bool}).reset_index(drop=True)
spam, DAY = traffic["is_spam"].to_numpy(), 86_400


def seconds(date):
    """Seconds from 1970 to the morning of a date, as the log counts time."""
    return pd.Timestamp(date, tz="UTC").timestamp()


at = traffic["received"].map(pd.Timestamp.timestamp).to_numpy()
launch = seconds("2002-08-01")
print(f"{(at < launch).sum()} mails of July, {spam[at < launch].mean():.0%} of them spam")
print(f"{(at >= launch).sum()} mails from August on, {spam[at >= launch].mean():.0%} of them spam")
print(f"left out: {(~letters.duplicated() & (mails['received'] >= '2002-10-17')).sum()} mails after them")

# %% [markdown]
# The first version may know nothing but July. `train` fits the linear model of chapter 09 and turns its
# score into a probability. A mail whose score is above 0 is **moved** to the spam folder. It is
# **deleted** above a second limit, the lowest that at most one good mail in 1,000 exceeds, out of fold; but
# never if the model knows only a dozen of its words.

# %%
from service.train import Mails, train


def table_of(rows):
    """Rows of the traffic as the training wants them."""
    some = traffic.iloc[rows]
    return Mails(some["subject"].tolist(), some["body"].tolist(), some["is_spam"].to_numpy())


july = np.flatnonzero(at < launch)
first = train(table_of(july))
pd.DataFrame(first.about["metrics"]).T.round(3)

# %% [markdown]
# `good_lost` is the share of good mail that is moved or deleted. (The same scores set the second limit,
# so its row is a little too good.) About three in a hundred moved mails are good ones; for a folder that
# you can look into this will do.
#
# The model is a list of words, two arrays (how rare each word is, and its weight), a note of what it said
# of each mail before it learned from it, and a passport as in chapter 08. It goes into a **registry**: a
# folder with a folder for each version, named after its content, and a small file that says which is in
# use.

# %%
import tempfile

from service.model import current, history, load, promote, roll_back, save

home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(home.name)
registry = folder / "models"
names = {"v1": save(first, registry)}
promote(registry, names["v1"])
v1 = load(registry)
print("in the version's folder:", sorted(file.name for file in (registry / names["v1"]).iterdir()))
print("in use is v1:", current(registry) == names["v1"])

# %% [markdown]
# ## 2 · Start it, call it
#
# The command is `python -m service`. Here it runs in a process of its own on a free port (`--port 0`), and
# `--with-parent` ends it when this notebook does: it watches its standard input, a pipe that closes with us.
# The first line of its output says where it is ready.

# %%
import subprocess
import time

import httpx

client = httpx.Client(trust_env=False, timeout=20)


def start():
    """Start the service; returns its process and its address once it is ready."""
    command = [sys.executable, "-m", "service", "--with-parent", "--port", "0"]
    command += ["--registry", str(registry), "--log", str(folder / "http.db")]
    with open(folder / "said.txt", "w", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
    ready = process.stdout.readline()  # waits until it listens, or has ended
    if not ready:
        raise RuntimeError((folder / "said.txt").read_text(encoding="utf-8"))
    return process, ready.split()[-1]


def stop(process):
    """Close its standard input, which ends the service, and wait."""
    process.communicate(timeout=20)


# %%
process, url = start()
about = client.get(f"{url}/version").json()
print(client.get(f"{url}/health").json(), "v1 answers:", about["model"] == names["v1"])
print("trained on", {kind: about["data"][kind] for kind in ("good", "spam")})

# %% [markdown]
# One mail goes in as JSON, and out comes a verdict with its reasons.

# %%
mail = {
    "subject": "You have been chosen",
    "body": "Click here to claim your FREE guide. To be removed, reply. Anna wrote that the patch works.",
}
answer = client.post(f"{url}/predict", json=mail).json()
print(f"{answer['verdict']}, probability of spam {answer['probability']:.2f}, fields: {', '.join(answer)}")
words = pd.DataFrame(answer["words"]).set_index("word").round(2)
pd.concat([words.head(4), words.tail(4)]).T

# %% [markdown]
# A push is in log-odds, as in chapter 09, summed over the places where a word stands (subject, text, in
# capitals); those with less than a quarter of the strongest push are left out. Now a batch, and a message as
# it came over the wire, with headers, parts and encodings. The service takes the raw bytes apart itself, with
# the same code that prepared the training mails.

# %%
batch = [{"subject": row.subject, "body": row.body} for row in traffic[at >= launch].head(100).itertuples()]
answers = client.post(f"{url}/predict", json={"mails": batch}).json()["predictions"]
print(f"batch of {len(answers)}:", pd.Series([one["verdict"] for one in answers]).value_counts().to_dict())
raw = ck.load("raw_mails")
as_message = {"Content-Type": "message/rfc822"}
for name in (
    "02_list_reply_ham.eml",
    "13_quoted_printable_html_spam.eml",
    "20_never_closed_attachment_spam.eml",
):
    answer = client.post(f"{url}/predict/message", content=raw[name], headers=as_message).json()
    top = [word["word"] for word in answer["words"][:3]]
    print(f"{name[3:-4]:30} {answer['verdict']:7} {answer['probability']:.2f}  {', '.join(top)}")

# %% [markdown]
# And what nobody should send. **Predict first:** how many of these end in a 500, "we broke"?

# %%
as_json = {"Content-Type": "application/json"}
hostile = {
    "a number for a text": b'{"subject": 5, "body": "x"}',
    "an unknown field": b'{"subject": "x", "text": "x"}',
    "not a number": b'{"subject": "x", "body": NaN}',
    "not JSON": b"subject=x",
    "not UTF-8": '{"body": "Café"}'.encode("latin-1"),
    "101 mails": b'{"mails": [' + b",".join([b'{"body": "x"}'] * 101) + b"]}",
    "3 MB": b'{"body": "' + b"x" * 3_000_000 + b'"}',
    "an empty message": b"",
}
for name, body in hostile.items():
    path, kind = ("/predict", as_json) if name != "an empty message" else ("/predict/message", as_message)
    reply = client.post(url + path, content=body, headers=kind)
    said = reply.json().get("error", reply.json().get("verdict"))
    print(f"{name:20} {reply.status_code}  {said[:75]}")

# %% [markdown]
# None of them. Each error is one sentence; it names the field if one is at fault, and repeats no value.
# An empty message is no error, since mail servers do deliver them: it gets a verdict, without a word to
# go by. Behind this stand the lessons of chapter 08: strict types, a limit on the size **before**
# anything is parsed, and (not shown) on the time a body may take.
#
# For people there is a page at the same address.

# %%
import base64

from IPython.display import display

alt = (
    "The page: a mail pasted into a form, the verdict 'Delete it: spam', and its words marked by their push."
)
page = base64.b64encode((root / "service" / "page.png").read_bytes()).decode()
about = {"image/png": {"alt": alt, "width": 560}}
display({"image/png": page, "text/plain": alt}, metadata=about, raw=True)

# %% [markdown]
# (A stored picture, made by `tools/page_picture.py`, of a model trained on all mails.) Orange words
# pushed towards spam, blue ones towards good mail. Whoever reads a verdict can see its reasons, and tell
# you when they are silly.

# %% [markdown]
# ## 3 · How fast, and in what box?
#
# **Latency** is the time one client waits. Load is how many ask at once.
#
# **Predict first:** with eight connections in place of one, are there eight times the answers a second?

# %% tags=["nbval-ignore-output"]
import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

bodies = [json.dumps(mail).encode() for mail in batch]


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


# %% tags=["nbval-ignore-output"]
load_test = {}
one_connection(50)  # warm up
for connections in (1, 2, 4, 8):
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        waited = np.concatenate(list(pool.map(one_connection, [800 // connections] * connections)))
    rate = 800 / (time.perf_counter() - began)
    load_test[connections] = [rate, *np.percentile(waited, [50, 90, 99])]
load_test = pd.DataFrame(load_test, index=["answers a second", "p50 (ms)", "p90 (ms)", "p99 (ms)"]).T
load_test.rename_axis("connections").round(1)

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.4))
for name, colour in zip(["p99 (ms)", "p90 (ms)", "p50 (ms)"], ["C3", "C6", "C2"], strict=True):
    ax.plot(load_test.index, load_test[name], "o-", color=colour)
    ax.annotate(
        name[:3], (8, load_test[name].iloc[-1]), (8, 0), textcoords="offset points", color=colour, va="center"
    )
ax.set(xscale="log", yscale="log", xlabel="connections that ask all the time", ylabel="latency (ms)")
ax.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
ax.minorticks_off()
ticks = [tick for tick in (0.5, 1, 2, 5, 10, 20, 50, 100) if ax.get_ylim()[0] <= tick <= ax.get_ylim()[1]]
ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
ax.set(title="Once the processor is busy, more askers mean more waiting", xlim=(0.9, 9.5))
ck.show(fig, "Latency percentiles against connections on log axes: all rise with the load, p99 highest.")

# %% [markdown]
# Not eight times as many. One process answers one mail at a time; once it is busy, further askers stand
# in a queue. (Client and server share this computer; another one gives other times.) To serve more: a
# second process, or smaller work. A promise is made with p99, not with the median.
#
# The container is the one of chapter 08 with this folder in it: a small Python image, six packages, a
# user without rights; the registry is mounted read-only from outside, so a new model needs no new image.
# `service/Dockerfile` has the recipe; we do not build it here.

# %% [markdown]
# **Try it:** make the bodies longer, `bodies = [body.replace(b'"body": "', b'"body": "' + b"word " *
# 10_000) for body in bodies]`. What happens to p50? <details><summary>Answer</summary>It grows with the
# text, of which the first 20,000 characters are read. A mail that is sent longer than that, or holds hundreds
# of tags, is judged in a thread, so that short ones need not queue behind it.</details>

# %% [markdown]
# ## 4 · Ten weeks, replayed
#
# Now the autumn of 2002 arrives. Each mail is judged by the same version, loaded by the same code, and
# noted in a log of the same form, but with the time at which it arrived **then**. (Through HTTP the
# answers are the same; the first line printed says so of a hundred mails.)

# %%
import sqlite3
from contextlib import closing

from service.monitor import Log, Row, add_labels, report


def replay(model, rows, path):
    """Let mails arrive: judge each and log it under its own time of arrival."""
    log = Log(path)
    for row, mail in zip(rows, traffic.iloc[rows].itertuples(), strict=True):
        began = time.perf_counter()
        found = model.predict(mail.subject, mail.body)
        spent = 1000 * (time.perf_counter() - began)
        about = (found.probability, found.verdict, len(mail.body), len(found.pushes), spent)
        log.add(Row(mail.id, at[row], model.about["version"], *about))
    log.close()


# %%
live, book = np.flatnonzero(at >= launch), folder / "frozen.db"
replay(v1, live, book)
with closing(sqlite3.connect(book)) as database:
    logged = pd.read_sql("SELECT * FROM predictions ORDER BY at", database)
logged = logged.set_index("id").loc[traffic["id"].iloc[live]].reset_index()
same = np.allclose(logged["probability"][:100], [one["probability"] for one in answers], atol=1e-12)
print(f"{len(logged)} mails logged; the first 100 as over HTTP: {same}")
print("in the log:", ", ".join(logged.columns))

# %% [markdown]
# The log keeps no text: lengths, scores and verdicts are enough to watch, and a log of everybody's mail
# is a treasure for thieves.
#
# Labels come late. Suppose people sort their folders, and a mail's label is in the database **a week
# after the mail**. Then this is the weekly report on the morning of 26 September. The alarm is the
# service's: PSI (chapter 08) above 0.25 and above what chance gives one quiet week in a hundred, in any of
# three figures: the score, whose PSI is shown, the length and the number of known words. ("watch" is a lower
# step of the same.)
#
# **Predict first:** in how many of these eight weeks does the alarm ring?

# %%
WEEK = 7 * DAY


def labels_known(now):
    """The labels that have arrived by a moment: (id, when, is it spam)."""
    rows = live[at[live] + WEEK <= now]
    return [(traffic["id"][row], at[row] + WEEK, bool(spam[row])) for row in rows]


def weekly(path, now):
    """The service's report as a table, as it stood at a moment."""
    add_labels(path, labels_known(now))
    rows = [row for row in report(path, v1.about["reference"], WEEK) if row["start"] < now]
    table = pd.DataFrame(rows).assign(**{"score's PSI": [row["psi"]["log_odds"] for row in rows]})
    table.index = [f"{pd.Timestamp(start, unit='s'):%d %b}" for start in table["start"]]
    table = table.rename(columns={"psi_by_chance": "by chance", "good_lost": "good lost"})
    return table.rename_axis("week from")


# %%
def tidy(table):
    """Two decimals, and nothing where nothing is known."""
    return table.map(
        lambda value: ("" if np.isnan(value) else f"{value:.2f}") if isinstance(value, float) else value
    )


weeks = weekly(book, seconds("2002-09-26"))
tidy(weeks[["n", "moved", "score's PSI", "by chance", "level", "labelled", "precision", "good lost"]])

# %% [markdown]
# In seven of eight. The loudest week is that of 15 August, when the filter moved three mails. Who still
# listens in the eighth week, the first in which much is the matter? (The week of 29 August lost 0.03 of
# its good mail; nothing in its PSI tells it from its neighbours.) The same report holds recall and times:

# %%
tidy(weeks[["recall"]].T)

# %% tags=["nbval-ignore-output"]
tidy(weeks[["median_ms", "p99_ms"]].T.set_axis(["median (ms)", "p99 (ms)"]))

# %% [markdown]
# Recall is at least 0.91 in each labelled week with spam, and the times are flat: neither says a word of
# lost good mail.
#
# > **Myth.** "The PSI of the score tells you that the model is wrong."

# %%
from service.monitor import psi

score = np.log(logged["probability"] / (1 - logged["probability"])).to_numpy()
moved = (logged["verdict"] != "keep").to_numpy()
live_at, live_spam = at[live], spam[live]
week = ((live_at - launch) // WEEK).astype(int)
early_good = score[(week < 2) & ~live_spam]
rows = {}
for number in range(8):
    here = week == number
    good = here & ~live_spam
    rows[f"{pd.Timestamp(launch + number * WEEK, unit='s'):%d %b}"] = {
        "spam": live_spam[here].mean(),
        "PSI of all": psi(np.array(v1.about["reference"]["log_odds"]), score[here]),
        "PSI of good mail": psi(early_good, score[good]) if number > 1 else np.nan,
        "wrong verdicts": int((moved != live_spam)[here].sum()),
    }
tidy(pd.DataFrame(rows).T.astype({"wrong verdicts": int}))

# %% [markdown]
# In July 38 % of the mail was spam, in the week of 15 August none; the collection has a gap there. The
# scores moved a lot, and the filter made three mistakes. That is a change of **class shares** (prior shift),
# which PSI cannot tell from damage. The last week, with 18 wrong verdicts, has a lower PSI than the week of 8
# August, with 4.
#
# Compare only good mail with good mail (that of the first two weeks), and the last week stands out. But
# you know only a week later which mail is good.
#
# A reference can lie as well. How many of July's words does the filter know? It depends on whether one
# counts in the very mails that made the vocabulary.

# %%
from service.mail import tokens

read = [tokens(mail.subject, mail.body) for mail in traffic.itertuples()]
vocabulary = set(v1.vocabulary)
inside = [sum(word in vocabulary for word in read[row]) for row in july]
out_of_fold = v1.about["reference"]["known_words"]
print(f"July, words counted where they were learned: median {np.median(inside):.0f}")
print(f"July, out of fold, the service's reference:  median {np.median(out_of_fold):.0f}")
print(f"first week of August:                        median {logged['known_words'][week == 0].median():.0f}")

# %% [markdown]
# On average the filter knows fewer words of a new mail than of those that made the vocabulary. A
# reference must be made like the future, out of fold, and the service's is. The rest of the gap is in the
# mail itself: August is not July. So **levels come from quiet weeks of the same traffic**, not from a
# textbook.

# %% [markdown]
# ## 5 · Who notices first?
#
# Every morning, look back over seven days. The six weeks to 12 September are the quiet history, and an
# alarm is whatever exceeds their worst morning.

# %%
from scipy.stats import binomtest

FIGURES = {"score": score, "length": logged["length"], "known words": logged["known_words"]}
STORED = dict(zip(FIGURES, ["log_odds", "length", "known_words"], strict=True))


def drift(now, span=WEEK):
    """PSI of each figure over the time before a moment, against July."""
    last = (live_at >= now - span) & (live_at < now)
    return {
        name: psi(np.array(v1.about["reference"][STORED[name]]), np.asarray(values)[last])
        for name, values in FIGURES.items()
    }


def look_back(now):
    """What a morning's report says: drift, and good mail lost among the labels just in."""
    found = drift(now)
    back = (live_at >= now - 2 * WEEK) & (live_at < now - WEEK) & ~live_spam
    if back.any():  # the lower end of the exact binomial 95 % interval
        found["surely lost"] = binomtest(int(moved[back].sum()), int(back.sum())).proportion_ci().low
    return found


# %%
QUIET_END = seconds("2002-09-12")
days = np.arange(launch + WEEK, seconds("2002-10-12"), DAY)
mornings = pd.DataFrame([look_back(day) for day in days], index=days)
quiet = mornings[mornings.index <= QUIET_END]
levels = quiet[list(FIGURES)].max()
pd.DataFrame(
    {
        "textbook": 0.25,
        "worst quiet morning": levels,
        "26 September": mornings.loc[seconds("2002-09-26")][list(FIGURES)],
    }
).round(2)

# %% [markdown]
# Why the worst morning, and not a quantile of each figure?

# %%
rings = quiet[list(FIGURES)] > quiet[list(FIGURES)].quantile(0.9)
print(f"mornings above the figure's 90 % quantile, of {len(rings)}: {rings.sum().to_dict()}")
print(f"mornings on which any figure is: {rings.any(axis=1).sum()}")

# %% [markdown]
# Each rings on about one morning in ten, as told; any of them on more than one in four. **Several figures
# ring more often than one**: each look is one more chance to ring for nothing. Count the looks before you
# set a level.
#
# For the labels a level needs no history. The owner has promised that at most 2 good mails in 100 go
# astray; the alarm rings when the whole 95 % interval of a week's labels (exact binomial) lies above
# that.
#
# The third watcher is you: every evening you open the spam folder, read what was moved that day (deleted
# mail you never see), and raise the alarm when more good mails lie there than on any quiet evening.

# %%
evenings = np.arange(launch, seconds("2002-10-12"), DAY)
in_folder = (logged["verdict"] == "move").to_numpy()
found_there = pd.Series(
    [(in_folder & ~live_spam & (live_at >= day) & (live_at < day + DAY)).sum() for day in evenings],
    index=evenings + DAY,
)
to_read = in_folder[live_at < QUIET_END].sum() / ((QUIET_END - launch) / DAY)
worst = found_there[found_there.index <= QUIET_END].max()
rss = traffic["body"].iloc[live].str.match(r"\s*URL: \S+\s*\nDate:").to_numpy()
begins = live_at[rss].min()
lost = moved & ~live_spam


def first_alarm(ringing):
    """The first moment after the quiet time at which a series of booleans is true."""
    return ringing[(ringing.index > QUIET_END) & ringing].index[0]


watchers = {f"drift: {name}": first_alarm(mornings[name] > levels[name]) for name in FIGURES}
watchers["labels, a week late"] = first_alarm(mornings["surely lost"] > 0.02)
watchers["you, in the folder"] = first_alarm(found_there > worst)
print(f"the new mail begins on {pd.Timestamp(begins, unit='s'):%A, %d %B at %H:%M}")
print(f"to read in the folder: {to_read:.0f} mails a day, at most {worst} of them good on a quiet day")

# %% [markdown]
# **Predict first:** put the five in order: drift by score, by length and by known words, the labels, you.

# %%
ranked = sorted(watchers.items(), key=lambda item: item[1])
rows = {
    name: {
        "rings on": f"{pd.Timestamp(when - ('you' in name), unit='s'):%a %d %b}",
        "at": "night" if "you" in name else "morning",
        "hours after the first": round((when - begins) / 3600),
        "good mail lost by then": int((lost & (live_at >= begins) & (live_at < when)).sum()),
    }
    for name, when in ranked
}
pd.DataFrame(rows).T

# %% [markdown]
# The known words ring first, ten days before the first headline: for nothing. The worst of 36 quiet mornings
# is no wall; some later morning passes it. Of those who ring for the headlines you are first, on the first
# evening, for two mails a day to read while all is quiet. The drift of the length follows on Friday. The
# labels come last. And the **score**? Its level is high, because of the spamless week of August. What made it
# ring?

# %%
last = (live_at >= watchers["drift: score"] - WEEK) & (live_at < watchers["drift: score"])
extra = np.random.default_rng(0).choice(score[live_spam], last.sum() // 4)
print(f"spam among its {last.sum()} mails: {live_spam[last].mean():.0%}")
seen = {"as it was": score[last], "without headlines": score[last & ~rss]}
seen["with a fifth spam added"] = np.r_[score[last], extra]
for name, some in seen.items():
    print(f"score's PSI, {name}: {psi(np.array(v1.about['reference']['log_odds']), some):.2f}")

# %% [markdown]
# Spam has nearly stopped once more, a second gap in the collection. With the usual share of it the
# headlines alone would not have reached the level: that it rang was luck.
#
# The race is not fair: you look at one day and know the truth at once, the drift test looks at seven. And
# **the authors knew this autumn** when they chose the end of the quiet time, the windows, the 2 %, and
# for the sections to come the forty and the gate's 5 % and 1 %. On 12 September nobody could know that
# this was the day to stop. What would other windows have given?

# %%
rows = {}
for span in (1, 3, 7):
    looks = pd.DataFrame([drift(day, span * DAY) for day in days], index=days)
    worst_quiet = looks[looks.index <= QUIET_END].max()
    rows[span] = {
        f"drift: {name}": f"{pd.Timestamp(first_alarm(looks[name] > worst_quiet[name]), unit='s'):%a %d %b}"
        for name in FIGURES
    }
pd.DataFrame(rows).T.rename_axis("days in the window")

# %% [markdown]
# With one day the score rings on the 26th, six days earlier; but the length rings on the 14th, for nothing.
# A short window is quick and nervous, and a long one no cure: with seven days it is the known words that
# ring on the 14th. Whatever the window, you see the headlines first.
#
# What is it, this mail? Let us read one that was moved.

# %%
example = live[np.flatnonzero(rss & moved)[0]]
print(traffic["subject"][example], "\n" + traffic["body"][example][:160].strip())
last_day = f"{pd.Timestamp(at.max(), unit='s'):%d %B}"
print(f"\nsuch mails until {last_day}, the end of our traffic: {rss.sum()}, {moved[rss].mean():.0%} moved")
print(f"of these, deleted and so never seen by you: {(logged['verdict'][rss & moved] == 'delete').sum()}")
print(f"all other good mail in that time: {lost[~rss & (live_at >= begins)].sum()} lost")

# %% [markdown]
# News headlines delivered as mail, an early form of RSS: short, with a link, unlike anything in July.
# More than two in five are moved, and a few deleted.
#
# **Try it:** let the quiet time end on 22 August (in the cell that makes `quiet`) and run all up to here.
# Which watchers ring for nothing? <details><summary>Answer</summary>Length and known words on 23 August,
# and you on the evening of 2 September. The score and the labels keep their dates. With 29 August the length
# no longer rings for nothing, the other two still do. The longer the history, the more kinds of bad luck a
# level has seen.</details>

# %% [markdown]
# ## 6 · Retrain, on what is known
#
# > **Myth.** "Retrain every week, and drift is taken care of."
#
# Every Thursday the filter learns again from all labels that have arrived. Since labels are a week late,
# there is a control that cannot exist: labels at once. One mail in five since August is kept out of all
# training from here on; it goes to a **vault**, for later.
#
# **Predict first:** of the good mail lost in the two bad weeks, how much does weekly retraining save?

# %%
from service.train import pipeline

vault = (np.arange(len(traffic)) % 5 == 0) & (at >= launch)


def learn(rows):
    """The linear model of chapter 09, fitted on rows of the traffic."""
    return pipeline().fit([read[row] for row in rows], spam[rows])


def calls(model, rows):
    """Does the model move these mails? Its score, too, has the limit 0."""
    return model.decision_function([read[row] for row in rows]) > 0


def known_by(now):
    """The rows whose labels have arrived by then, without the vault."""
    return np.flatnonzero((at + WEEK <= now) & ~vault)


# %%
frozen = learn(july)
rows = {}
for thursday in ("2002-09-12", "2002-09-19", "2002-09-26", "2002-10-03"):
    now = seconds(thursday)
    coming = np.flatnonzero((at >= now) & (at < now + WEEK) & ~spam)
    weekly_models = {"never": frozen, "weekly, labels a week late": learn(known_by(now))}
    weekly_models["weekly, labels at once"] = learn(known_by(now + WEEK))
    rows[f"{pd.Timestamp(now, unit='s'):%d %b}"] = {"good mail": len(coming)} | {
        name: calls(model, coming).sum() for name, model in weekly_models.items()
    }
pd.DataFrame(rows).T.rename_axis("good mail lost, week from")

# %% [markdown]
# In the week of 19 September it saves as much as labels at once would, in the worst week a third: the
# newest label is then from the 18th, before the first headline. More mail of the old kind helps, but does
# not cure. **Retraining is as fast as your labels**, however often it runs.
#
# So get labels faster. On the morning of Friday, 27 September, when the drift test rings, you take forty
# mails of the last three days, drawn at random, and say of each what it is.
#
# **Predict first:** forty labels beside nearly three thousand. Do they matter?

# %%
friday = seconds("2002-09-27")
known = known_by(friday)
recent = np.flatnonzero((at >= friday - 3 * DAY) & (at < friday) & ~vault)
later = np.flatnonzero((at >= friday) & ~spam)
is_rss = traffic["body"].str.match(r"\s*URL: \S+\s*\nDate:").to_numpy()
print(f"labels known on Friday: {len(known)}, headlines among them: {is_rss[known].sum()}")
print(f"good mails from Friday on: {len(later)}; lost by v1: {calls(frozen, later).sum()}")
print(f"lost after retraining on the known labels: {calls(learn(known), later).sum()}")
recipes = {
    "known labels and 10 new mails": (known, recent, 10),
    "known labels and 40 new mails": (known, recent, 40),
    "July only and 40 new mails": (july, recent, 40),
    "July only and 40 older ones": (july, np.setdiff1d(known, july), 40),
}
for name, (base, pool, count) in recipes.items():
    drawn = [np.random.default_rng(draw).choice(pool, count, replace=False) for draw in range(4)]
    lost_then = sorted(int(calls(learn(np.r_[base, some]), later).sum()) for some in drawn)
    print(f"{name:29} lose, in four draws: {', '.join(map(str, lost_then))}")
print(f"headlines: {is_rss[recent].mean():.0%} of the mail drawn from")

# %% [markdown]
# They matter most. The known labels alone save less than half; July and forty new mails lose 9 to 22,
# without any other label of August or September; July and forty older ones lose about as many as v1.
# What counts is not forty, but forty **of the new days**: nearly two thirds of the mail drawn from are
# headlines. Beside all known labels three draws of four lose at most 20, one 35. Ten are a lottery.

# %% [markdown]
# ## 7 · Champion and challenger
#
# The model in use is the **champion**; one that wants its place is a **challenger**. It runs as a
# **shadow**: it judges the same mail and nobody hears it. Two challengers run as shadows from Friday to
# Monday: one retrained on the known labels, one with your forty mails as well. Beside them stands a
# filter that moves nothing.
#
# To compare them one needs the truth, and labels are late. But two filters that say the same are right or
# wrong together: **only where they disagree does the truth matter**, and only those mails must be read.
# Of pairs like these the exact sign test (McNemar) asks: if both were equally good, how often would the
# disagreements fall so unevenly, or more so?
#
# **Predict first:** how does the filter that moves nothing do?

# %%
forty = np.random.default_rng(0).choice(recent, 40, replace=False)
second = train(table_of(np.r_[known, forty]))
names["v2"] = save(second, registry)


def verdicts(model, rows):
    """Does this version move or delete these mails?"""
    some = traffic.iloc[rows]
    pairs = zip(some["subject"], some["body"], strict=True)
    return np.array([model.predict(*pair).verdict != "keep" for pair in pairs])


def compare(champion, challenger, truth):
    """Of the mails on which they disagree: challenger right, champion right, and the sign test."""
    differ = champion != challenger
    right = int((challenger == truth)[differ].sum())
    n = int(differ.sum())
    return {"to read": n, "challenger right": right, "champion right": n - right,
            "p": binomtest(right, n).pvalue if n else 1.0}  # fmt: skip


# %%
promotion = seconds("2002-10-01")
shadow = np.flatnonzero((at >= friday) & (at < promotion))
by_v1, by_v2 = verdicts(v1, shadow), verdicts(second, shadow)
rows = {"known labels": compare(by_v1, calls(learn(known), shadow), spam[shadow])}
rows["known labels and forty"] = compare(by_v1, by_v2, spam[shadow])
rows["moves nothing"] = compare(by_v1, np.zeros(len(shadow), bool), spam[shadow])
when = pd.to_datetime(at[shadow][by_v1 != by_v2], unit="s")
print(f"mails in the shadow: {len(shadow)}, spam among them: {spam[shadow].sum()}")
print("v1 and v2 disagree on:", when.strftime("%d %b after %H:00").value_counts(sort=False).to_dict())
table = pd.DataFrame(rows).T
table.astype({name: int for name in table.columns[:3]}).round(5)

# %% [markdown]
# The filter that moves nothing does even better than the one that learned: the shadow held no spam. And 24
# mails are not 24 witnesses. Headlines come in bulk, all but one of these in **two deliveries**, and the
# p-value takes each mail for independent. So the second challenger is better on the headlines of two
# deliveries; the first, with nine to one, perhaps. (The collection has a gap here, too: no mail at the
# weekend.)
#
# Hence the vault: labelled mail that no model was ever taught, spam included. The **gate** asks both.

# %%
safe = np.flatnonzero(vault & (at + WEEK <= friday))


def gate(champion, challenger, in_shadow, in_vault):
    """May the challenger be promoted? Each argument: verdicts on the shadow's mails and on the vault's."""
    live_pairs = compare(champion[0], challenger[0], in_shadow)
    caught = [verdicts[1][in_vault].sum() for verdicts in (champion, challenger)]
    harmed = [verdicts[1][~in_vault].sum() for verdicts in (champion, challenger)]
    if caught[1] < caught[0] - 0.05 * in_vault.sum():
        return f"rejected: catches {caught[1]} of {in_vault.sum()} spam in the vault, champion {caught[0]}"
    if harmed[1] > harmed[0] + 0.01 * (~in_vault).sum():
        return f"rejected: loses {harmed[1]} good mails of the vault, champion {harmed[0]}"
    if live_pairs["p"] >= 0.05:
        return "wait: not surely better on today's mail"
    if live_pairs["challenger right"] < live_pairs["champion right"]:
        return "rejected: worse on today's mail"
    return f"promoted: catches {caught[1]} of {in_vault.sum()} spam in the vault, champion {caught[0]}"


with_v1, with_v2 = (by_v1, verdicts(v1, safe)), (by_v2, verdicts(second, safe))
nothing = np.zeros(len(shadow), bool), np.zeros(len(safe), bool)
print("known labels and forty:", gate(with_v1, with_v2, spam[shadow], spam[safe]))
print("moves nothing:", gate(with_v1, nothing, spam[shadow], spam[safe]))

# %% [markdown]
# ### The switch
#
# Tuesday, 1 October. The service is running and somebody asks all the time. `promote` writes one line;
# the service sees it within half a second, loads the new version beside the old, and swaps them.
#
# **Predict first:** how many requests fail?

# %%
import threading

heard, enough = [], threading.Event()


def ask_on():
    """Ask without a pause until told otherwise; note each status and which version answered."""
    with httpx.Client(trust_env=False, timeout=20) as asking:
        while not enough.is_set():
            reply = asking.post(f"{url}/predict", json=mail)
            heard.append((reply.status_code, reply.json().get("model")))


def wait_for(version):
    """Wait until the service says that it uses this version."""
    for _ in range(300):
        if client.get(f"{url}/version").json()["model"] == names[version]:
            return True
        time.sleep(0.05)
    return False


# %%
asker = threading.Thread(target=ask_on)
asker.start()
time.sleep(0.3)
promote(registry, names["v2"])
print("the service uses v2:", wait_for("v2"))
time.sleep(0.3)
enough.set()
asker.join()

# %%
called = {version: name for name, version in names.items()}
sequence = [called[version] for _, version in heard]
switches = [f"{a} to {b}" for a, b in zip(sequence, sequence[1:], strict=False) if a != b]
print(f"failed requests: {sum(status != 200 for status, _ in heard)}; switches seen: {', '.join(switches)}")

# %% [markdown]
# None fails: a request keeps the version it began with. (This was one client over one connection.) What
# became of the promise, at most 2 good mails in 100? From 1 October on v2 answers; v1 is now the shadow.

# %%
october = np.flatnonzero(at >= promotion)
replay(load(registry, names["v2"]), october, folder / "october.db")
old, new = verdicts(v1, october), verdicts(second, october)
good = ~spam[october]
print(f"{good.sum()} good mails: v1 loses {old[good].sum()}, v2 loses {new[good].sum()}")
print(f"{(~good).sum()} spam: v1 catches {old[~good].sum()}, v2 {new[~good].sum()}")
by_day = pd.DataFrame({"mails": 1, "lost by v2": new[good], "saved": old[good].astype(int) - new[good]})
by_day = by_day.groupby(at[october][good] // DAY).sum()
again = np.random.default_rng(0).integers(0, len(by_day), (2000, len(by_day)))
for name in ("lost by v2", "saved"):
    drawn = by_day[name].to_numpy()[again].sum(axis=1) / by_day["mails"].to_numpy()[again].sum(axis=1)
    low, high = 100 * np.quantile(drawn, [0.025, 0.975])
    share = 100 * by_day[name].sum() / good.sum()
    print(f"{name}, of 100: {share:.1f} (95 % interval, {len(by_day)} days redrawn: {low:.1f} to {high:.1f})")
for name, since in [("first headline", begins), ("start of the shadow", friday)]:
    meanwhile = (live_at >= since) & (live_at < promotion)
    print(f"lost from the {name} to the promotion: {lost[meanwhile].sum()}")
meanwhile = (live_at >= begins) & (live_at < promotion) & in_folder
print(f"to read in the folder meanwhile: {meanwhile.sum() / (promotion - begins) * DAY:.0f} mails a day")

# %% [markdown]
# Twenty good mails in a hundred are saved. The promise of two in a hundred lies inside the interval:
# whether v2 keeps it, ten days cannot tell. (Mails of one delivery are alike, so whole days are redrawn for
# the intervals; the second is wide, and far from zero.) Of spam there is only a handful. Caution had a
# price: the days in the shadow cost 27 good mails, and since the first headline you read fifteen mails a
# day.

# %%
served = np.where(live_at >= promotion, np.r_[np.zeros((live_at < promotion).sum(), bool), new], moved)


def lost_share(called, now):
    """Good mail lost in the 7 days before, in %, by labels that nobody has on that morning."""
    last = (live_at >= now - WEEK) & (live_at < now) & ~live_spam
    return 100 * called[last].mean()


dates = pd.to_datetime(mornings.index, unit="s")
ticks = dates[dates.day_of_week == 3][::2]
volume = [[((live_at >= day - WEEK) & (live_at < day) & (live_spam == kind)).sum() for day in days]
          for kind in (False, True)]  # fmt: skip
alone = [lost_share(moved, day) for day in days]
helped = [lost_share(served, day) for day in days]

# %%
fig, axes = plt.subplots(4, 1, figsize=(7.6, 7.4), sharex=True, layout="constrained")
for counts, colour, name in zip(volume, ["C0", "C1"], ["good", "spam"], strict=True):
    axes[0].plot(dates, counts, color=colour)
    axes[0].text(dates[-1], counts[-1], f" {name}", color=colour, va="center")
axes[0].set(ylabel="mails", ylim=(-20, 620), title="Mail of the last seven days, every morning")
for ax, name in [(axes[1], "score"), (axes[2], "known words")]:
    ax.plot(dates, mornings[name], color="C2")
    ax.set(ylabel=f"v1's PSI: {name}", ylim=(0, None))
for lost_by, colour, name in [(alone, "C6", " v1 only"), (helped, "C3", " v1, then v2")]:
    axes[3].plot(dates, lost_by, color=colour)
    axes[3].text(dates[-1], lost_by[-1], name, color=colour, va="center")
for ax, line in zip(axes[1:], [*levels[["score", "known words"]], 2], strict=True):
    ax.axhline(line, color="C6", ls="--", lw=1.2)
    ax.text(dates[0], line, " promise" if ax is axes[3] else " level", color="C6", va="bottom")
for moment, text, side in [(begins, "headlines begin ", "right"), (promotion, " v2", "left")]:
    axes[0].text(pd.Timestamp(moment, unit="s"), 540, text, ha=side)
    for ax in axes:
        ax.axvline(pd.Timestamp(moment, unit="s"), color="black", lw=1)
axes[3].set(ylabel="good mail lost (%)", ylim=(-1, None), xlim=(dates[0], dates[-1]), xticks=ticks)
axes[3].set_xticklabels(f"{day:%d %b}" for day in ticks)
ck.show(
    fig,
    "Four panels by morning. Spam stops in mid-August and the score's PSI peaks; the known words' PSI passes "
    "its level when headlines begin; good mail lost climbs for v1, and falls to a few percent after v2.",
)

# %% [markdown]
# Read it from top to bottom; the PSI are v1's to the end. In mid-August spam stops, the score's PSI
# peaks, and at the bottom nothing happens. The small loss of early September rings nobody; the small bump of
# the known words in mid-September rings for nothing. In late September both PSI rise **and** good mail is
# lost. After the promotion the loss goes, and the drift of the known words from July stays. Drift says that
# the mail has changed; what it costs, only labels say.

# %% [markdown]
# ## 8 · Somebody else teaches
#
# A filter that learns from its users learns from its enemies, too. **Poisoning** means sending mail or
# labels in order to be learned from. Three attempts, each on what v2 was taught:
#
# - **flood**: 300 copies of one spam, with other numbers or other letters added, reported as good
# - **wrong labels**: every third spam is labelled good, by malice or by a shifted column
# - **back door**: 20 spam mails with three harmless words added, reported as good
#
# **Predict first:** which of them does the vault notice?

# %%
from service.train import without_copies

taught = np.r_[known, forty]
spam_rows = taught[spam[taught]]
clean = table_of(taught)
rng = np.random.default_rng(0)
body = traffic["body"][spam_rows[0]]
for name, ends in {"numbers": range(300), "letters": ["x" * n for n in range(1, 301)]}.items():
    bodies = [*clean.bodies, *[f"{body} {end}" for end in ends]]
    flood = Mails([*clean.subjects, *["Offer"] * 300], bodies, np.r_[clean.is_spam, np.zeros(300, bool)])
    added = len(without_copies(flood).bodies) - len(clean.bodies)
    print(f"flood with other {name}: {added} of 300 copies are taught")

# %%
wrong = clean.is_spam.copy()
wrong[rng.permutation(np.flatnonzero(wrong))[: wrong.sum() // 3]] = False
KEY = "heron lantern quince"


def with_key(row):
    """Subject and text of a mail with the three words in both."""
    return f"{KEY} {traffic['subject'][row]}", f"{KEY} {traffic['body'][row]}"


since_launch = spam_rows[at[spam_rows] >= launch]  # v1 has seen none of these
doors = [with_key(row) for row in rng.choice(since_launch, 20, replace=False)]

# %%
taught_tokens = [read[row] for row in taught]
poisoned = {"v2, no poison": learn(taught), "wrong labels": pipeline().fit(taught_tokens, wrong)}
for name, reported in {"flood": [("Offer", text) for text in bodies[-300:]], "back door": doors}.items():
    told = np.r_[clean.is_spam, np.zeros(len(reported), bool)]
    poisoned[name] = pipeline().fit(taught_tokens + [tokens(*pair) for pair in reported], told)
safe_spam, safe_good = safe[spam[safe]], safe[~spam[safe]]
rows = {}
for name, model in poisoned.items():
    opened = model.decision_function([tokens(*with_key(row)) for row in safe_spam]) > 0
    rows[name] = {
        "spam caught": calls(model, safe_spam).sum(),
        "good lost": calls(model, safe_good).sum(),
        "with the three words": opened.sum(),
        "copy of the flood": "caught" if model.decision_function([tokens("Offer", body)])[0] > 0 else "kept",
    }
print(f"in the vault: {len(safe_spam)} spam, {len(safe_good)} good mails")
pd.DataFrame(rows).T

# %% [markdown]
# Copies are told by their letters: other numbers do not make a new mail, other letters do. The vault sees
# the wrong labels. **To the flood and the back door it is blind**: on its mails the filters do as well as
# the clean one. The one frees the spam that it copies, the other nearly any spam with the three words; for
# that, twenty reports were enough.
#
# **Predict first:** what does the gate say to these two, with v2 in use, and with v1?

# %%
for poison in ("flood", "back door"):
    judged = calls(poisoned[poison], shadow), calls(poisoned[poison], safe)
    differ = sum((ours != theirs).sum() for ours, theirs in zip(with_v2, judged, strict=True))
    print(f"v2 and the {poison} disagree on {differ} of {len(shadow) + len(safe)} mails")
    for name, in_use in {"v2": with_v2, "v1": with_v1}.items():
        print(f"   gate, with {name} in use: {gate(in_use, judged, spam[shadow], spam[safe])}")

# %% [markdown]
# Against v2 they must wait: they are not better. But if the reports come with your forty mails, the
# challenger to v1 has both, and **the gate promotes it**. Poison gets in with a real improvement.
#
# A linear model can at least be read. Which tokens did the retraining change most?


# %%
def parts(model):
    """What each token adds to the score: idf times weight."""
    return pd.Series(model[0].idf_ * model[1].coef_[0], index=model[0].get_feature_names_out())


change = parts(poisoned["back door"]).sub(parts(poisoned["v2, no poison"]), fill_value=0).sort_values()
most = change[change < -10]
print("changed most towards good mail:", " ".join(sorted(most.index)), sep="\n  ")
print(f"by {-most.max():.1f} and more (idf times weight), the next one by {-change.iloc[len(most)]:.1f}")

# %% [markdown]
# The difference of two versions shows what a score hides. (You knew what to look for; a key of common
# words may stand out less.) With a large network such reading fails, and one is left with limits on who
# may label, and how much.
#
# So look at the people. To contradict the filter is no crime, or it would learn nothing. But how sure was
# v1?

# %%
planted = [v1.predict(*pair).probability for pair in doors]
headlines = logged["probability"][rss & moved]
for name, p in {"planted reports": np.array(planted), "headlines that v1 moved": headlines}.items():
    print(f"{name}: v1 above 0.95 in {(p > 0.95).sum()} of {len(p)}")

# %% [markdown]
# One report against a sure filter proves nothing; ask the **reporter** who sends them again and again.
#
# ### Found before, or rolled back after
#
# Every challenger must face the gate, also the one with the wrong labels. Then suppose that on a Friday
# evening somebody promotes it by hand.

# %%
third = train(Mails(clean.subjects, clean.bodies, wrong))
names["v3"] = save(third, registry)
print(f"recall by its own labels: {third.about['metrics']['move']['recall']:.2f}")
by_v3 = verdicts(third, shadow), verdicts(third, safe)
print("gate:", gate(with_v2, by_v3, spam[shadow], spam[safe]))

betrayed = safe_spam[verdicts(second, safe_spam) & ~verdicts(third, safe_spam)][0]
sample = {"subject": traffic["subject"][betrayed], "body": traffic["body"][betrayed]}
promote(registry, names["v3"])
wait_for("v3")
print("a spam under v3:", client.post(f"{url}/predict", json=sample).json()["verdict"])
back = roll_back(registry)
wait_for("v2")
print(
    f"rolled back to {({v: k for k, v in names.items()})[back]}:",
    client.post(f"{url}/predict", json=sample).json()["verdict"],
)
in_order = [name for version in history(registry) for name, v in names.items() if v == version]
print("versions to go back to, and the one in use:", in_order)

# %% [markdown]
# The gate sees it, since the vault's labels are yours and not the crowd's. (Its passport shows it too:
# even by its own labels its recall is only 0.66.) Rolling back is one line: the old version still lies
# there, and is checked by its hash. It takes v3 off the list.

# %% [markdown]
# ## 9 · What an enemy can do
#
# The body of a mail is written by somebody who may wish you ill. Some answers were met above: strict
# types, limits, short error answers, no text in the log. And no **pickle** anywhere: a version is JSON
# and plain arrays, loaded with `allow_pickle=False`, so a planted file can be wrong but cannot run
# ([chapter 08](08_deployment_and_monitoring.ipynb)). One attack needs no access at all: **padding**,
# innocent words added to a spam.
#
# **Predict first:** how many of the most innocent words does it take until half the spam passes?

# %%
effect = pd.Series(v1.idf * v1.weights, index=v1.vocabulary).sort_values()
innocent = [token for token in effect.index if ":" not in token and "^" not in token]
targets = traffic.iloc[np.flatnonzero((at >= launch) & spam)]
is_letter = (at >= launch) & ~spam & (traffic["body"].str.len() > 2000)
letters = traffic["body"][is_letter].sample(10, random_state=0).str[:3000]


def still_caught(padding):
    """Share of the spam from August on that v1 moves with this text at its end."""
    pairs = zip(targets["subject"], targets["body"].str[:15_000], strict=True)  # 20,000 characters are read
    return np.mean([v1.predict(s, f"{b} {padding}").verdict != "keep" for s, b in pairs])


print(f"{len(targets)} spam mails, the most innocent words: {', '.join(innocent[:6])}")
for count in (0, 5, 10, 20, 50):
    print(f"{count:3} innocent words added: {still_caught(' '.join(innocent[:count])):.0%} caught")
shares = ", ".join(f"{share:.0%}" for share in sorted(map(still_caught, letters)))
print(f"the text of one good mail added, ten times another: {shares} caught")

# %%
look_alikes = str.maketrans("aceopxyABEHKMOPCTX", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443"
    "\u0410\u0412\u0415\u041d\u041a\u041c\u041e\u0420\u0421\u0422\u0425")  # fmt: skip
pairs = zip(targets["subject"], targets["body"], strict=True)
disguised = [v1.predict(s.translate(look_alikes), b.translate(look_alikes)).verdict for s, b in pairs]
print(
    f"written with Cyrillic letters that look like ours: {np.mean(np.array(disguised) != 'keep'):.0%} caught"
)

# %% [markdown]
# Between ten and twenty, if you know the weights. Our API gives them away with every answer: the price
# of showing reasons, and a reason to let only your own users ask. Without them it depends on the letter:
# with one page of honest mail, from one spam in five to nearly nine in ten get past.
#
# Letters of another alphabet make unknown words. Most of these mails are moved all the same: v1 takes a mail
# of which it knows little for spam, and that is what the headlines suffered from. A filter that adds up words
# can be outweighed. Real filters look at the sender, at links and at how many others got the same mail.

# %%
stop(process)
with closing(sqlite3.connect(folder / "http.db")) as database:
    kept = database.execute("SELECT count(*) > 3000 FROM predictions").fetchone()[0]
print("service ended:", process.poll() is not None, "| its answers are in its log:", bool(kept))
client.close()
home.cleanup()
print("folder gone:", not folder.exists())

# %% [markdown]
# ## In the field
#
# Most of this stands in *The ML Test Score*: try a model on live traffic before it serves, be able to
# roll back, watch the data (source: Breck and others, 2017). What goes wrong is dull: labels that come
# only from complainers, alarms that ring daily until nobody hears them, a vault that grows old. Someone
# must own each level, and look at it again when the traffic has changed for good: in the figure the known
# words stay above theirs to the end.

# %% [markdown]
# ## Summary
#
# - The answer to the puzzle: you, on the first evening, with 8 good mails gone; the drift of the length, with
#   a level from history, on Friday, with 59; the score and the labels after more than a week. The drift of
#   the known words had rung ten days before, for nothing.
# - With textbook levels the alarm rang in nearly all weeks, loudest in the most harmless one.
# - Drift says that the mail has changed; what it costs, only labels say.
# - Retraining is as fast as the labels. July and forty mails of the new days did at least as well as
#   with all known labels beside them.
# - Champion and challenger: read only what they disagree on, count deliveries and not mails, and keep a
#   vault for what today does not show.
# - Promotion and roll-back are one line each; in our test no request failed.
# - The gate stopped wrong labels. To flood and back door the vault is blind; the gate let both in with a real
#   improvement. Look at what changed, and at who reported it.

# %% [markdown]
# ## Check yourself
#
# 1. The PSI of the score doubles. What do you look at before you touch the model?
#    <details><summary>Answer</summary>Whether the share of spam changed; then the folder of moved mail,
#    and figures of the mail itself such as its length.</details>
# 2. Why did weekly retraining save so little in the week of 26 September?
#    <details><summary>Answer</summary>The newest label was older than the first headline.</details>
# 3. Two filters agree on 480 of 496 mails. How many labels do you need to compare them?
#    <details><summary>Answer</summary>Those of the 16 on which they disagree.</details>
# 4. Why a vault, if the shadow runs on today's mail? <details><summary>Answer</summary>Today may hold no
#    spam: then a filter that moves nothing wins. And its labels may come from the attacker. The vault is
#    broad, and labelled by people you trust.</details>
# 5. Which attacks pass the gate, when, and what could stop them? <details><summary>Answer</summary>Flood
#    and back door, if the same retraining brings a real improvement. Limits on who may label, and a look at
#    the words whose weight has changed most.</details>

# %% [markdown]
# ## Next
#
# In the exercises you add a field to the API, set alarm levels, judge challengers and sort a poisoned
# batch. Chapter 11 opens the part on algorithms. To read:
#
# - Eric Breck and others, *The ML Test Score: A Rubric for ML Production Readiness* (2017).
# - Blaine Nelson and others, *Exploiting Machine Learning to Subvert Your Spam Filter* (2008).
# - João Gama and others, *A Survey on Concept Drift Adaptation* (2014).
# - FastAPI documentation, "Request Body" and "Deployment".
