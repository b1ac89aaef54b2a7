# %% [markdown]
# # 27 · Exercises: Capstone: the quiet monitor
#
# Five milestones of one project: frame it, compare a model with a baseline, choose a threshold, look at its
# mistakes airline by airline, serve it and watch it. Write your answer where a cell asks for it, run the
# cell, then the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(27)

# %% [markdown]
# **The brief.** A free service answers people who fly from New York tomorrow: *shall I take an earlier
# flight?* It answers at 20:00 on the evening before. It gives an **alarm** if the flight is likely to arrive
# more than 30 minutes late, or never. The data: one flight in eight of 2013.

# %%
flights = ck.load("flights").sample(frac=0.125, random_state=0)
flights = flights.sort_index().reset_index(drop=True)
print(f"{len(flights):,} flights; columns:")
print(*flights.columns[:8], sep=", ")
print(*flights.columns[8:], sep=", ")
flights.loc[:3, ["day", "sched_dep_time", "arr_delay", "carrier", "tailnum", "origin", "dest"]]

# %% [markdown]
# ## Question 1 · Frame it
#
# - `known`: a list of the columns that the service may use at 20:00 the evening before: all of them that
#   stand in the timetable. (`tailnum` is the plane that flew. Airlines change planes until the last
#   minute.)
# - `target(flights)`: an array with True for each flight that arrives more than 30 minutes late, or has no
#   arrival on record (cancelled, diverted), else False. Exactly 30 is False.
# - `split(flights)`: two arrays `train, test` with True or False for each row. Flights of one **local** day
#   share the weather, and the service will be used later than it was trained. So each day lies wholly in
#   one part, all training days come before all test days, and the test part holds between a fifth and two
#   fifths of the rows (about; whole days count), the training part the rest.
#
# The check's tables have the same columns, but the rows of some are in no order, and one table runs from
# November to February.
#
# <details><summary>Hint</summary>With <code>nan</code> every comparison is false. For a day that can be
# sorted, put year, month and day together in one number or date. <code>time_hour</code> is in UTC: there
# the day begins in New York's evening.</details>

# %% answer="q1"
known = ...
### BEGIN SOLUTION
known = ["year", "month", "day", "hour", "time_hour", "sched_dep_time", "sched_arr_time"]
known = [*known, "carrier", "flight", "origin", "dest", "distance"]
### END SOLUTION


def target(flights):
    """True for each flight that is more than 30 minutes late, or never arrives."""
    ### BEGIN SOLUTION
    punctual = flights["arr_delay"] <= 30  # False if there is no arrival
    return ~punctual.to_numpy()
    ### END SOLUTION
    return ...


def split(flights):
    """Two arrays of True and False: the training rows and the test rows."""
    ### BEGIN SOLUTION
    date = pd.to_datetime(flights[["year", "month", "day"]]).to_numpy()
    days = np.sort(np.unique(date))
    first_of_test = days[int(0.7 * len(days))]
    return date < first_of_test, date >= first_of_test
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=15
check.q1(known, target, split)

# %% tags=["solution"]
never = flights["arr_delay"].isna()
print(f"late or never: {target(flights).mean():.3f}, without those that never arrive: ", end="")
print(f"{target(flights)[~never].mean():.3f}")
train_rows, test_rows = split(flights)
print(f"training rows {train_rows.sum():,}, test rows {test_rows.sum():,}")

# %% [markdown] tags=["solution"]
# Who drops the rows without an arrival drops the worst evenings: a cancelled flight is what the traveller
# fears most. `arr_delay > 30` alone counts them as punctual.
#
# A random split puts flights of one stormy day on both sides, and asks how well yesterday is known once
# tomorrow is. `month >= 10` works for this table only.
#
# An alternative for `target` is `flights["arr_delay"].isna() | (flights["arr_delay"] > 30)`.

# %% [markdown]
# ## Question 2 · Baseline and model, in pairs
#
# The cell below frames the table: January to June to `learn`, July to October to `choose`. November and
# December stay closed until question 3.

# %% fold="Frame the table (open it after question 1)"
framed = flights[["month", "hour", "carrier", "origin", "dest", "distance"]].copy()
date = pd.to_datetime(flights[["year", "month", "day"]])
framed["day"], framed["weekday"] = date.dt.strftime("%Y-%m-%d"), date.dt.day_name()
framed["late"] = flights["arr_delay"].fillna(999) > 30
learn = framed[framed["month"] <= 6].reset_index(drop=True)
choose = framed[framed["month"].between(7, 10)].reset_index(drop=True)

# %%
print(f"learn {len(learn):,} flights, choose {len(choose):,}")
learn.drop(columns="month").iloc[[0, 5000, 10_000]]

# %% [markdown]
# Three tools. `loss` is the log loss of each flight (chapter 16). `draws` is the bootstrap by whole days: a
# row a round, that says how often each flight counts. `middle` gives the two ends between which the middle
# share of some numbers lies. Below: three rounds of three days, of which Monday has two flights.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def loss(late, p):
    """Log loss of each flight."""
    p = np.clip(p, 0.001, 0.999)
    return -np.log(np.where(late, p, 1 - p))


def draws(day, rounds=500):
    """How often each flight counts if whole days are drawn, with replacement."""
    days, place = np.unique(day, return_inverse=True)
    shares = np.full(len(days), 1 / len(days))
    counts = np.random.default_rng(0).multinomial(len(days), shares, rounds)
    return counts.astype(float)[:, place]


def middle(rounds, level=0.95):
    """The two ends between which this share of the rounds lies."""
    return np.quantile(rounds, [(1 - level) / 2, (1 + level) / 2])


draws(["Mon", "Mon", "Tue", "Wed"], rounds=3)

# %% [markdown]
# - `baseline(train, new)`: for each flight of `new` the share of late flights in `train` at the same
#   `hour`; the share of all flights in `train` if that hour is not in it. `new` has no column `late`.
# - `model(train, new)`: probabilities again, by another model of your choice, fitted on `train` only. A row's
#   answer must not depend on the other rows of `new`, and is the same at each call (fix a seed). It should
#   take about a second at most.
# - `gain`: three numbers, the mean over `choose` of baseline's loss minus model's loss (both trained on
#   `learn`), and the two ends of its 95 % interval, by whole days.
# - `verdict`: `"model"` if the interval lies above 0, `"baseline"` if below, else `"cannot say"`.
#
# The model must beat one and the same chance for all flights. It need not beat the baseline.
#
# <details><summary>Hint</summary>One difference for each flight. <code>w @ difference /
# w.sum(axis=1)</code> is its mean in each round of <code>w = draws(...)</code>; take its <code>middle</code>.
# A model may be one-hot columns and logistic regression.</details>


# %% answer="q2"
def baseline(train, new):
    """Share of late flights at the same hour."""
    ### BEGIN SOLUTION
    by_hour = train.groupby("hour")["late"].mean()
    return new["hour"].map(by_hour).fillna(train["late"].mean()).to_numpy()
    ### END SOLUTION
    return ...


def model(train, new):
    """Probability of being late, by a model fitted on train."""
    ### BEGIN SOLUTION
    used = ["hour", "carrier", "weekday"]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    pipeline = make_pipeline(one_hot, LogisticRegression(C=0.3, solver="newton-cholesky"))
    return pipeline.fit(train[used], train["late"]).predict_proba(new[used])[:, 1]
    ### END SOLUTION
    return ...


gain = ...
verdict = ...
### BEGIN SOLUTION
new = choose.drop(columns="late")
difference = loss(choose["late"], baseline(learn, new)) - loss(choose["late"], model(learn, new))
w = draws(choose["day"])
low, high = middle(w @ difference / w.sum(axis=1))
gain = difference.mean(), low, high
verdict = "cannot say"
if low > 0:
    verdict = "model"
if high < 0:
    verdict = "baseline"
### END SOLUTION

# %% check="q2" points=4 minutes=25
check.q2(baseline, model, gain, verdict)

# %% tags=["solution"]
print(f"gain {gain[0]:.4f}, from {gain[1]:.4f} to {gain[2]:.4f}: {verdict}")
naive = 1.96 * difference.std() / np.sqrt(len(difference))
print(f"as if flights were independent: from {gain[0] - naive:.4f} to {gain[0] + naive:.4f}")

# %% [markdown] tags=["solution"]
# Both models meet the same flights, so the differences are averaged, not the losses compared. A storm makes
# a hundred flights late at once: they are one piece of bad luck, not a hundred. The interval over single
# flights is less than half as wide as that over days.
#
# The lead is small, and its lower end is near zero: four months hold few storms. Another honest model may get
# "cannot say", and a tie goes to the table of hours.
#
# An alternative to the bootstrap: sum the differences of each day, and take the standard error over the
# days.

# %% [markdown]
# ## Question 3 · A threshold, and who pays
#
# From here on the model is given: hour, airline and airport, trained on `learn`. Whoever follows an alarm
# pays **100** dollars for an earlier flight. Whoever gets none and is late loses **400**. (With an alarm,
# late or not, only the 100.) November and December are opened now, for the report.

# %%
test = framed[framed["month"] >= 11].reset_index(drop=True)
columns = ["hour", "carrier", "origin"]
one_hot_columns = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
late_model = make_pipeline(one_hot_columns, LogisticRegression(solver="newton-cholesky"))
late_model.fit(learn[columns], learn["late"])
choose_p = late_model.predict_proba(choose[columns])[:, 1].round(4)
test_p = late_model.predict_proba(test[columns])[:, 1].round(4)
print(f"test {len(test):,} flights, {test['late'].mean():.3f} late")

# %% [markdown]
# - `saved(late, p, threshold)`: for each flight the dollars that the alarm (p ≥ threshold) saves against a
#   world without alarms; negative where it costs. For `late` = True, False, True, False, `p` = 0.3, 0.3,
#   0.1, 0.1 and threshold 0.3: 300, −100, 0, 0.
# - `threshold`: the one that saves most on `choose`. Within `0.15` dollars a flight of the best is good
#   enough; a grid of steps of `0.01` or finer will do.
# - `saving`: three numbers for the test part: the mean of `saved`, and its 95 % interval by whole days.
# - `wasted`: of the people who get an alarm in the test part, the share that would have been on time.
# - `pays_from`: a traveller loses another sum than 400 if late. From which loss on does following the
#   alarms of the test part pay, on average? In dollars.
#
# <details><summary>Hint</summary>Following an alarm pays if 100 dollars are less than the loss, times the
# chance that this alarm is right.</details>


# %% answer="q3"
def saved(late, p, threshold):
    """Dollars saved by the alarms, flight by flight."""
    ### BEGIN SOLUTION
    if_alarmed = np.where(late, 400 - 100, -100)
    return np.where(np.asarray(p) >= threshold, if_alarmed, 0)
    ### END SOLUTION
    return ...


threshold = ...
saving = ...
wasted = ...
pays_from = ...
### BEGIN SOLUTION
candidates = np.arange(0, 1, 0.005)
savings = [saved(choose["late"], choose_p, t).mean() for t in candidates]
threshold = candidates[np.argmax(savings)]
dollars = saved(test["late"], test_p, threshold)
by_days = draws(test["day"])
ends = middle(by_days @ dollars / by_days.sum(axis=1))
saving = [dollars.mean(), *ends]
alarmed = test_p >= threshold
wasted = 1 - test["late"][alarmed].mean()
pays_from = 100 / (1 - wasted)
### END SOLUTION

# %% check="q3" points=4 minutes=20
check.q3(saved, threshold, saving, wasted, pays_from)

# %% tags=["solution"]
print(f"threshold {threshold:.3f}; saves {max(savings):.1f} dollars a flight on choose")
print(f"test: {saving[0]:.1f}, from {saving[1]:.1f} to {saving[2]:.1f} dollars a flight")
naive = 1.96 * dollars.std() / np.sqrt(len(dollars))
print(f"as if flights were independent: from {saving[0] - naive:.1f} to {saving[0] + naive:.1f}")
of_chance = saved(choose["late"], choose_p, 0.25).mean()
print(f"threshold 100 / 400 on choose: {of_chance:.1f}")
print(f"alarms {alarmed.mean():.2f} of the flights, wasted {wasted:.2f}, pays from {pays_from:.0f} dollars")

# %% [markdown] tags=["solution"]
# The saving on the test part may be nothing: its interval holds zero. As if flights were independent, it
# would lie above zero, and the service would be praised for the weather of two months.
#
# The threshold 100 / 400 would be right if the chances were. They were learned in another season, so a
# threshold that is tried on later months can do better.
#
# Seven in ten people with an alarm pay 100 dollars for nothing. So the alarm should say from which loss on it
# is meant, and leave the choice to the traveller: who loses less than that does better to stay.
#
# A common slip takes the best threshold of the test rows: it promises what no one can know in October.

# %% [markdown]
# ## Question 4 · Whose false alarms?
#
# Alarm from 0.25 on, test part. Two shares for each airline: of the flights **on time**, how many got an
# alarm, and of the **alarms**, how many were wasted.

# %%
report = test.assign(alarm=test_p >= 0.25, on_time=~test["late"])
rows = []
for airline in ["AS", "B6", "DL", "EV", "MQ", "UA", "WN"]:
    own = report[report["carrier"] == airline]
    on_time, alarms = own[own["on_time"]], own[own["alarm"]]
    row = {"airline": airline, "on time": len(on_time), "alarmed": on_time["alarm"].mean()}
    rows.append(row | {"alarms": len(alarms), "wasted": alarms["on_time"].mean()})
pd.DataFrame(rows).set_index("airline").round(2)

# %% [markdown]
# - `compare(hit, own, day)`: three arrays, a place for each row: is the row a hit (True, False), does it
#   belong to the group, and its day. Returns `"more"` if the share of hits in the group is surely higher than
#   in **all other rows**, `"fewer"` if surely lower, else `"cannot say"`. Surely: the **99 %** interval of
#   the difference, by whole days, does not hold 0. (So strict because many airlines are looked at.) With
#   fewer than 50 rows in the group or outside it: `"cannot say"`, because twelve zeros have no spread.
# - `look_closer`: a list of the airlines whose punctual passengers surely get **more** false alarms (rows:
#   the flights on time; hit: alarm).
# - `own_sentence`: a list of the airlines whose alarms are surely wasted **more or fewer** times than those
#   of others (rows: the alarms; hit: on time); `[]` if there are none. For these the service should print a
#   number of their own in "of ten such alarms, seven are wasted".
#
# Look at all airlines of the test part, not only at those of the table.
#
# <details><summary>Hint</summary>With <code>w = draws(day, 2000)</code> the share of hits in the group, in
# each round, is <code>w @ (hit & own) / (w @ own)</code>. The same rounds give the share of the others:
# subtract round by round, then take the <code>middle</code>, level 0.99.</details>


# %% answer="q4"
def compare(hit, own, day):
    """Is the share of hits in the group surely "more" or "fewer", or can one not say?"""
    ### BEGIN SOLUTION
    hit, own = np.asarray(hit, dtype=bool), np.asarray(own, dtype=bool)
    if own.sum() < 50 or (~own).sum() < 50:
        return "cannot say"
    counts = draws(day, rounds=2000)
    inside = counts @ (hit & own) / (counts @ own)
    outside = counts @ (hit & ~own) / (counts @ ~own)
    lower, upper = middle(inside - outside, level=0.99)
    if lower > 0:
        return "more"
    return "fewer" if upper < 0 else "cannot say"
    ### END SOLUTION
    return ...


look_closer = ...
own_sentence = ...
### BEGIN SOLUTION
punctual_rows, alarm_rows = report[report["on_time"]], report[report["alarm"]]
look_closer, own_sentence = [], []
for name in sorted(set(report["carrier"])):
    false = compare(punctual_rows["alarm"], punctual_rows["carrier"] == name, punctual_rows["day"])
    if false == "more":
        look_closer.append(name)
    useless = compare(alarm_rows["on_time"], alarm_rows["carrier"] == name, alarm_rows["day"])
    if useless != "cannot say":
        own_sentence.append(name)
### END SOLUTION

# %% check="q4" points=4 minutes=20
check.q4(compare, look_closer, own_sentence)

# %% tags=["solution"]
print("more false alarms:", look_closer, "| own sentence:", own_sentence)

# %% [markdown] tags=["solution"]
# Punctual passengers of 9E, B6, EV and MQ surely get more false alarms than the others; those of DL get none.
# Yet an alarm means about the same for everybody: no airline's share of wasted alarms can be told from that
# of the others. Both cannot be equal at once, because these airlines are late more often, and the model knows
# little else.
#
# So one sentence for all is honest, and the burden is not shared equally. Own thresholds would share it, and
# make alarms mean different things. Better information, such as tomorrow's weather, makes fewer false alarms
# for everybody.
#
# Looking whether two intervals overlap throws the pairing away: a bad day hits all airlines. With 95 %
# instead of 99 %, one of twenty comparisons is "sure" by luck, and here about twenty are made.

# %% [markdown]
# ## Question 5 · Serve it and watch it
#
# **The service.** Write `predict_one(request)`. A web framework would call it with whatever was sent, as
# `json.loads` gives it. A good request is a dictionary with exactly these fields:
#
# | field | what |
# |---|---|
# | `carrier` | one of the airlines in `airlines` |
# | `origin` | "EWR", "JFK" or "LGA" |
# | `sched_dep_time` | whole number HHMM from 500 to 2359, no bool, no float; the minutes are 0 to 59 |
#
# It returns `{"probability": p}`, equal to that of `batch`, or `{"error": "…"}`: one line of three words or
# more and at most 200 characters, that names every field of the three that is missing or bad and **no field
# that is good**, and repeats nothing of what was sent. It never raises, and leaves the request as it was.
# Whatever it returns can be written as JSON.

# %%
airlines = sorted(set(learn["carrier"]))


def batch(table):
    """Probabilities for a table with carrier, origin and sched_dep_time."""
    with_hour = table.assign(hour=table["sched_dep_time"] // 100)
    return late_model.predict_proba(with_hour[columns])[:, 1]


two = pd.DataFrame({"carrier": ["EV", "DL"], "origin": "LGA", "sched_dep_time": [1859, 600]})
print("batch:", batch(two).round(3))

# %% [markdown]
# **The watcher.** Write `first_alarm(scores, reference)`. `scores` are 600 probabilities as they came,
# `reference` 1,000 of quiet weeks. Return the place (0 to 599) at which you ring, or `None`. Look only at the
# scores up to that place; a look at every tenth or twentieth is enough. `stream(kind, seed)` draws some to
# try. The check draws others of the same kinds:
#
# - 12 `"quiet"`: at most two may ring.
# - 6 `"evening"`: from place 300 on only flights from 15:00 on are asked for; and 6 `"hour lost"`: from
#   place 300 on a mistake in the code empties the hour. Of each kind you should ring in at least five, at
#   place 300 or later.
#
# <details><summary>Hint</summary>Test the type first: <code>[]</code> cannot be looked up in a set, and
# <code>float()</code> of a very large whole number raises. For the watcher: a mean can stay while the shape
# changes. A window, <code>scipy.stats.ks_2samp</code>, and a strict limit because you look often.</details>

# %% fold="stream(kind, seed): scores to try the watcher on"
from scipy.stats import ks_2samp

quiet_scores = choose_p
evening_scores = choose_p[choose["hour"] >= 15]
lost = choose[columns].assign(hour=-1)
lost_scores = late_model.predict_proba(lost)[:, 1].round(4)
reference = np.random.default_rng(27).choice(quiet_scores, 1000)


def stream(kind, seed):
    """600 scores: "quiet", "evening" or "hour lost"."""
    rng = np.random.default_rng(seed)
    scores = rng.choice(quiet_scores, 600)
    pools = {"quiet": quiet_scores, "evening": evening_scores, "hour lost": lost_scores}
    scores[300:] = rng.choice(pools[kind], 300)
    return scores


# %%
rows = []
for kind in ("quiet", "evening", "hour lost"):
    end = stream(kind, 0)[300:]
    rows.append({"stream": kind, "mean": end.mean(), "standard deviation": end.std()})
pd.DataFrame(rows).set_index("stream").round(2)


# %% answer="q5"
def predict_one(request):
    """The probability for one request, or what is wrong with it."""
    ### BEGIN SOLUTION
    if not isinstance(request, dict):
        return {"error": "The request must be an object with three fields."}
    bad = []
    for field, allowed in (("carrier", airlines), ("origin", ["EWR", "JFK", "LGA"])):
        value = request.get(field)
        if type(value) is not str or value not in allowed:
            bad.append(field)
    time = request.get("sched_dep_time")
    if type(time) is not int or not 500 <= time <= 2359 or time % 100 > 59:
        bad.append("sched_dep_time")
    if bad:
        return {"error": f"Missing or not allowed: {', '.join(bad)}."}
    if len(request) > 3:
        return {"error": "There are more fields than the three allowed."}
    return {"probability": float(batch(pd.DataFrame([request]))[0])}
    ### END SOLUTION
    return ...


def first_alarm(scores, reference):
    """The place of the first alarm, or None."""
    ### BEGIN SOLUTION
    for stop in range(100, len(scores) + 1, 20):
        if ks_2samp(scores[stop - 100 : stop], reference, method="asymp").pvalue < 1e-3:
            return stop - 1
    return None
    ### END SOLUTION
    return ...


# %% check="q5" points=5 minutes=30
check.q5(predict_one, first_alarm)

# %% tags=["solution"]
good = predict_one({"carrier": "EV", "origin": "LGA", "sched_dep_time": 1859})
print(round(good["probability"], 3))
print(predict_one({"carrier": ["EV"], "origin": "LGA", "sched_dep_time": 1875}))
print([first_alarm(stream(kind, 1), reference) for kind in ("quiet", "evening", "hour lost")])

# %% [markdown] tags=["solution"]
# `type(x) is int` refuses `True` and 1859.0 at once; every test before the model is on the type first, so
# that nothing strange is compared, looked up or written into a text. One function, `batch`, computes the
# features for both, so training and service cannot drift apart.
#
# A watcher of the mean rings in the evening and misses the lost hour: the scores crowd together and their
# mean stays. A limit of one in twenty at 26 looks rings in many quiet streams.
#
# An alternative for the watcher: the share of scores in each tenth of `reference`, and PSI with a limit that
# was tried on quiet streams.
