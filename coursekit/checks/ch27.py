"""The questions of chapter 27, the capstone."""

import copy
import functools
import json
import re

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def named(function):
    return getattr(function, "__name__", "Your function")


def called(function, *arguments):
    """What a learner's function returns; what it raises becomes a hint."""
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*arguments))
    need(
        not isinstance(found, Exception),
        f"{named(function)} raises {told(found)}" if isinstance(found, Exception) else "",
    )
    need(found is not None, f"{named(function)} returns nothing: does it end with return?")
    return found


def numbers(value, n, what):
    """The value as n finite numbers."""
    found = attempt(lambda: np.asarray(value, dtype=float).reshape(-1))
    need(not isinstance(found, Exception) and len(found) == n, f"{what}: {n} numbers are asked for.")
    need(bool(np.isfinite(found).all()), f"{what}: there is nan or infinity in it.")
    return found


def one_number(value, what):
    array = attempt(lambda: np.asarray(value))
    need(
        not isinstance(array, Exception) and array.size == 1 and array.dtype.kind in "iuf",
        f"{what}: one number is asked for.",
    )
    return float(numbers(value, 1, what)[0])


def inside(answer):
    """The places of a list or tuple, each of which may be blank."""
    return list(answer) if type(answer) in (list, tuple) else [answer]


def truths(value, n, what):
    """The value as n true or false."""
    found = attempt(lambda: np.asarray(value))
    need(not isinstance(found, Exception), f"{what}: an array of True and False is asked for.")
    need(
        found.shape == (n,),
        f"{what}: for {n} rows the shape is {found.shape}; one value for each row, please.",
    )
    fine = attempt(lambda: np.isin(found.astype(float), [0.0, 1.0]).all())
    need(
        not isinstance(fine, Exception) and bool(fine),
        f"{what}: True or False for each row; other values are in it.",
    )
    return found.astype(float) == 1


def names(value, what):
    """The value as a set of texts."""
    wrong = f"{what}: a list of texts is asked for."
    need(not isinstance(value, str | bytes), wrong)
    found = attempt(lambda: [part for part in value])
    need(not isinstance(found, Exception), wrong)
    need(all(isinstance(part, str) for part in found), wrong)
    return {str(part) for part in found}


# --- the data of the brief ------------------------------------------------------------------------


@functools.cache
def parts():
    """The tables learn, choose and test of the notebook."""
    import pandas as pd

    flights = load("flights").sample(frac=0.125, random_state=0).sort_index().reset_index(drop=True)
    framed = flights[["month", "hour", "carrier", "origin", "dest", "distance"]].copy()
    date = pd.to_datetime(flights[["year", "month", "day"]])
    framed["day"], framed["weekday"] = date.dt.strftime("%Y-%m-%d"), date.dt.day_name()
    framed["late"] = ~(flights["arr_delay"] <= 30)
    months = framed["month"].le(6), framed["month"].between(7, 10), framed["month"].ge(11)
    return [framed[rows].reset_index(drop=True) for rows in months]


COLUMNS = ["hour", "carrier", "origin"]


@functools.cache
def late_model():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    model = make_pipeline(one_hot, LogisticRegression(solver="newton-cholesky"))
    learn = parts()[0]
    return model.fit(learn[COLUMNS], learn["late"])


@functools.cache
def chances():
    """The given model's probabilities for choose and for test."""
    return [late_model().predict_proba(part[COLUMNS])[:, 1].round(4) for part in parts()[1:]]


def loss(late, p):
    p = np.clip(p, 0.001, 0.999)
    return -np.log(np.where(late, p, 1 - p))


def by_days(values, day):
    """Sums of the values, a row a day, and the number of rows of each day."""
    _, place = np.unique(day, return_inverse=True)
    return np.bincount(place, values), np.bincount(place)


def half_width(values, day):
    """Half the 95 % interval of a mean, by whole days and as if rows were independent."""
    sums, n = by_days(values, day)
    rounds = np.random.default_rng(1).multinomial(len(n), np.full(len(n), 1 / len(n)), 2000)
    low, high = np.quantile(rounds @ sums / (rounds @ n), [0.025, 0.975])
    return (high - low) / 2, 1.96 * values.std() / np.sqrt(len(values))


def need_interval(found, values, day, what, unit, tolerance):
    """Three numbers: the mean of the values, and its interval by whole days."""
    mean, low, high = numbers(found, 3, f"{what} (mean and the two ends of its interval)")
    right = values.mean()
    if abs(mean - right) > tolerance:
        need(abs(mean + right) > tolerance, f"{what}: the sign is wrong; look which is taken from which.")
        middle = abs(low - right) > tolerance or not mean <= high
        need(middle, f"{what}: give the mean first, then the two ends.")
        need(abs(mean - values.sum()) > tolerance, f"{what}: that is the sum, not the mean.")
        need(False, f"{what}: the mean is {right:.4g}{unit} by your own functions here, you say {mean:.4g}.")
    need(low <= mean <= high, f"{what}: the mean should lie between the two ends, the lower one first.")
    half, naive = half_width(values, day)
    own = (high - low) / 2
    if abs(own / half - 1) <= 0.2 and abs((low + high) / 2 - right) <= 0.35 * half:
        return
    need(
        abs(own / naive - 1) > 0.12,
        f"{what}: the interval is about as wide as if flights were independent. Those of one day share the "
        "weather. Is it that of 95 %, by whole days?",
    )
    need(
        abs(own / (half / 1.96) - 1) > 0.15,
        f"{what}: that is one standard error to each side; a 95 % interval is wider.",
    )
    need(
        own > 0.5 * half,
        f"{what}: the interval is too narrow. Is it that of 95 %, of the mean, by whole days?",
    )
    spread = np.ptp(np.quantile(values, [0.025, 0.975])) / 2
    need(
        abs(own / spread - 1) > 0.1,
        f"{what}: between these ends lie 95 % of the flights; the interval of the mean is asked for.",
    )
    wide = "wide" if own > half else "narrow"
    need(False, f"{what}: the interval by whole days is not that {wide}.")


# --- question 1 -----------------------------------------------------------------------------------

AFTER = {
    "dep_delay": "how late a flight leaves is known when it leaves.",
    "arr_delay": "how late it arrives is known after the flight; it makes the target.",
    "air_time": "the time in the air is known after the flight.",
    "tailnum": "which plane flies is settled at the last minute; it is missing only for cancelled flights.",
}
TIMETABLE = ["month", "day", "hour", "sched_dep_time", "sched_arr_time"]
TIMETABLE += ["carrier", "flight", "origin", "dest", "distance"]


def timetable(first, n_days, seed, shuffled=False):
    """A small table with the columns of flights."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(n_days), rng.integers(6, 11, n_days))
    n = len(day)
    hour = rng.integers(5, 24, n)
    local = pd.Timestamp(first) + pd.to_timedelta(day * 24 + hour, unit="h")
    table = pd.DataFrame({"year": local.year, "month": local.month, "day": local.day})
    table["sched_dep_time"] = hour * 100 + rng.integers(0, 60, n)
    table["dep_delay"] = rng.normal(10, 30, n).round()
    table["sched_arr_time"] = (table["sched_dep_time"] + 200) % 2400
    table["arr_delay"] = (table["dep_delay"] + rng.normal(-5, 15, n)).round()
    table["carrier"], table["flight"] = rng.choice(["UA", "EV", "DL"], n), rng.integers(1, 3000, n)
    table["tailnum"], table["origin"], table["dest"] = "N00001", rng.choice(["EWR", "JFK"], n), "ATL"
    table["air_time"], table["distance"], table["hour"] = 100.0, 746, hour
    new_york = pd.Series(local).dt.tz_localize("America/New_York")
    table["time_hour"] = new_york.dt.tz_convert("UTC")
    gone = rng.random(n) < 0.05
    table.loc[gone, ["dep_delay", "arr_delay", "air_time"]] = np.nan
    table.loc[gone, "tailnum"] = None
    if shuffled:
        table = table.iloc[rng.permutation(n)]
        table.index = rng.permutation(n) + 1000
    return table


def need_known(known):
    found = names(known, "known")
    columns = {*TIMETABLE, *AFTER, "year", "time_hour"}
    strange = sorted(found - columns)
    need(not strange, f"known: flights has no column {strange[0]!r}." if strange else "")
    for column, why in AFTER.items():
        need(column not in found, f"known: {column}: {why}")
    missing = [column for column in TIMETABLE if column not in found]
    need(
        not missing,
        f"known: still missing, of the columns that stand in the timetable: {len(missing)}, such as "
        f"{missing[-1]}." if missing else "",
    )  # fmt: skip


def need_target(target):
    arrivals = [31, 30, 0, np.nan, np.nan, -10, 95, 30, 16, 40]
    departures = [0, 45, 5, np.nan, 5, -3, 100, 31, 20, 10]
    small = timetable("2013-03-01", 2, 3).iloc[:10].assign(arr_delay=arrivals, dep_delay=departures)
    small.index = np.arange(10) * 3 + 7
    own = small.copy()
    found = called(target, own)
    need(own.equals(small), "target changes the table that it is given.")
    size = attempt(lambda: len(found))
    need(size != 8, "target: the flights without an arrival are dropped; they need a True or False as well.")
    found = truths(found, 10, "target")
    arrival, departure = np.array(arrivals), np.array(departures)
    right = ~(arrival <= 30)
    if not np.array_equal(found, right):
        slips = [
            (arrival > 30, "flights that never arrive count as punctual: a comparison with nan is false."),
            (~(arrival < 30), "exactly 30 minutes are not more than 30."),
            (arrival >= 30, "exactly 30 minutes are not more than 30; and what of nan?"),
            (~right, "True and False are the wrong way round."),
            (~(departure <= 30), "the arrival counts, not the departure."),
            (departure > 30, "the arrival counts, not the departure."),
            (np.isnan(arrival), "only the flights that never arrive are True."),
            ((arrival > 30) | np.isnan(departure), "a flight that left may still have no arrival."),
        ]
        for other, hint in slips:
            need(not np.array_equal(found, other), f"target: {hint}")
        first = int(np.flatnonzero(found != right)[0])
        need(False, f"target: for arr_delay {arrival[first]:g} it says {bool(found[first])}.")
    many = timetable("2013-01-01", 200, 5, shuffled=True)
    found = truths(called(target, many.copy()), len(many), "target")
    right = ~(many["arr_delay"] <= 30).to_numpy()
    need(np.array_equal(found, right), "target: right for ten rows, wrong for a table in no order: do the "
         "answers keep the order of the rows?")  # fmt: skip


def need_split(split, table, what):
    own = table.copy()
    found = called(split, own)
    need(own.equals(table), "split changes the table that it is given.")
    two = attempt(lambda: len(found) == 2 and not hasattr(found, "keys"))
    need(two is True, "split: return two arrays, train and test.")
    train, test = (truths(part, len(table), f"split, {name} ({what})")
                   for part, name in zip(found, ("train", "test"), strict=True))  # fmt: skip
    need(train.any() and test.any(), f"split: one part is empty ({what}).")
    need(not (train & test).any(), f"split: some rows lie in both parts ({what}).")
    day = (table["year"] * 10_000 + table["month"] * 100 + table["day"]).to_numpy()
    both = sorted(set(day[train]) & set(day[test]))
    need(
        not both,
        f"split: of the day {both[0]} some flights are training rows, others test rows ({what}). Is it the "
        "local day?" if both else "",
    )  # fmt: skip
    if not day[train].max() < day[test].min():
        need(
            not day[test].max() < day[train].min(),
            f"split: it trains on the later days and tests on the earlier ones ({what}).",
        )
        need(
            False,
            f"split: the first day of the test is {day[test].min()}, the last of training is "
            f"{day[train].max()}: the service cannot be trained on days to come ({what}).",
        )
    need((train | test).all(), f"split: some rows lie in neither part ({what}).")
    share = test.mean()
    enough = 0.18 <= share <= 0.42  # whole days do not end at 20 or 40 %
    need(enough, f"split: the test part holds {share:.0%} of the rows; 20 to 40 % are asked for ({what}).")


@question
def q1(known, target, split):
    if given(known):
        need_known(known)
    if given(target):
        need_target(target)
    if given(split):
        need_split(split, timetable("2013-01-01", 365, 1), "a year in order")
        need_split(split, timetable("2013-01-01", 365, 2, shuffled=True), "a year, rows in no order")
        need_split(split, timetable("2012-11-01", 120, 4, shuffled=True), "November to February, in no order")


# --- question 2 -----------------------------------------------------------------------------------


def predicted(function, train, new):
    """A learner's probabilities for the rows of new."""
    copies = train.copy(), new.copy()
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*copies))
    lacks = isinstance(found, KeyError | AttributeError) and "late" in str(found)
    need(not lacks, f"{named(function)}: new has no column late; at the time of the prediction nobody knows "
         "it.")  # fmt: skip
    raised = isinstance(found, Exception)
    need(not raised, f"{named(function)} raises {told(found)}" if raised else "")
    need(found is not None, f"{named(function)} returns nothing: does it end with return?")
    need(copies[0].equals(train) and copies[1].equals(new), f"{named(function)} changes its tables.")
    p = attempt(lambda: np.asarray(found, dtype=float))
    need(not isinstance(p, Exception), f"{named(function)}: return an array of probabilities.")
    need(p.shape != (len(new), 2), f"{named(function)}: predict_proba has two columns; take that of True.")
    need(p.shape == (len(new),), f"{named(function)}: for {len(new)} rows of new the shape is {p.shape}; "
         "one probability for each, please.")  # fmt: skip
    need(bool(np.isfinite(p).all()), f"{named(function)}: there are nan among the probabilities. Is an hour "
         "of new missing in train?")  # fmt: skip
    need(p.min() >= 0 and p.max() <= 1, f"{named(function)}: probabilities lie between 0 and 1.")
    return p


def hourly(train, new):
    return new["hour"].map(train.groupby("hour")["late"].mean()).fillna(train["late"].mean()).to_numpy()


@functools.cache
def tables_of_q2():
    """learn, choose without late, and a small pair in which an hour of new is not in train."""
    learn, choose, _ = parts()
    some = learn.iloc[::6].reset_index(drop=True)
    some = some[some["hour"] != 8].reset_index(drop=True)
    new = choose.drop(columns="late")
    places = np.random.default_rng(3).permutation(len(new))[:900]
    few = new.iloc[places]
    few.index = np.arange(900) + 5
    return learn, choose, new, some, few, places


def need_baseline(baseline):
    learn, _, new, some, few, _ = tables_of_q2()
    for train, rows, what in ((learn, new, "learn and choose"), (some, few, "a train without hour 8")):
        p, right = predicted(baseline, train, rows), hourly(train, rows)
        if np.allclose(p, right, atol=1e-6):
            continue
        all_flights = np.full(len(rows), train["late"].mean())
        by_flight = train.groupby("hour")["late"].mean()
        equal = rows["hour"].map(by_flight).fillna(by_flight.mean())
        slips = [
            (all_flights, "that is the share of all flights, whatever the hour."),
            (1 - right, "that is the share of the flights that were not late."),
            (rows["hour"].map(by_flight).fillna(0), "an hour that is not in train gets the share of all "
             "flights, not 0."),
            (rows["hour"].map(by_flight).fillna(0.5), "an hour that is not in train gets the share of all "
             "flights."),
            (equal, "an hour that is not in train gets the share of all flights; the mean over the hours "
             "counts each hour equally."),
        ]  # fmt: skip
        if what != "learn and choose":
            old = hourly(learn, rows)
            slips.append((old, "it uses the table learn, not train."))
        for other, hint in slips:
            need(not np.allclose(p, other, atol=1e-6), f"baseline: {hint}")
        need(False, f"baseline: the shares are not those of the hours in train ({what}).")


def need_model(model):
    learn, choose, new, some, few, places = tables_of_q2()
    whole = predicted(model, learn, new)
    late = choose["late"].to_numpy()
    hard = np.isin(whole, [0.0, 1.0]).all()
    need(not hard, "model: all answers are 0 or 1; probabilities are asked for (predict_proba).")
    own, chance = loss(late, whole).mean(), loss(late, np.full(len(late), learn["late"].mean())).mean()
    turned = loss(late, 1 - whole).mean()
    need(turned >= own - 1e-9, "model: these look like the probabilities of not being late.")
    need(own < chance, f"model: its log loss on choose is {own:.3f}; one chance for all has {chance:.3f}.")
    need(
        own > 0.38,
        f"model: a log loss of {own:.3f} on choose looks too good to be true. Has it seen the rows of choose "
        "with their labels?",
    )
    same = np.allclose(whole, hourly(learn, new), atol=1e-9)
    need(not same, "model: its answers are those of the baseline, flight by flight; compare another model.")
    p = predicted(model, some, few)
    need(
        np.abs(p - whole[places]).max() > 1e-9,
        "model: another train gives the same answers: fit it inside the function, on train.",
    )
    follows = predicted(model, some.assign(late=~some["late"]), few).mean()
    need(
        follows > 0.6,
        f"model: in a train of which {1 - some['late'].mean():.0%} are late, it gives {follows:.0%} in the "
        "mean. Is it fitted on the rows of train only?",
    )
    again = predicted(model, some, few.iloc[60::-1])
    need(
        np.abs(again - p[60::-1]).max() < 1e-3,
        "model: the answers change if other flights stand in new. Does it compute something from new, or fit "
        "without a fixed seed (random_state)?",
    )
    return whole


@question
def q2(baseline, model, gain, verdict):
    if given(baseline):
        need_baseline(baseline)
    if given(model):
        p = need_model(model)
    if given(baseline, model, *inside(gain)):
        learn, choose, new = tables_of_q2()[:3]
        late = choose["late"].to_numpy()
        values = loss(late, hourly(learn, new)) - loss(late, p)
        need_interval(gain, values, choose["day"], "gain", "", 0.0003)
    if given(verdict, *inside(gain)):
        words = ("model", "baseline", "cannot say")
        need(isinstance(verdict, str) and verdict in words, 'verdict: "model", "baseline" or "cannot say".')
        _, low, high = numbers(gain, 3, "gain (mean and the two ends of its interval)")
        right = "model" if low > 0 else "baseline" if high < 0 else "cannot say"
        need(verdict == right, f"verdict: your interval goes from {low:.3g} to {high:.3g}; where is 0?")


# --- question 3 -----------------------------------------------------------------------------------


def dollars(late, p, threshold):
    return np.where(p >= threshold, np.where(late, 300.0, -100.0), 0.0)


def need_saved(saved):
    import pandas as pd

    late = np.array([True, False, True, False, True, False])
    p = np.array([0.3, 0.3, 0.1, 0.1, 0.8, 0.9])
    right = np.array([300.0, -100, 0, 0, 300, -100])
    own = late.copy(), p.copy()
    found = called(saved, *own, 0.3)
    same = np.array_equal(own[0], late) and np.array_equal(own[1], p)
    need(same, "saved changes the arrays that it is given.")
    found = attempt(lambda: np.asarray(found, dtype=float))
    need(
        not isinstance(found, Exception) and found.shape == (6,),
        "saved: an array of dollars is asked for, one number for each flight.",
    )
    slips = [
        ([0, 0, 0, 0, 300, -100], "an alarm begins at the threshold itself."),
        ([400, -100, 0, 0, 400, -100], "a right alarm spares 400 dollars, but costs 100."),
        ([300, -100, -400, 0, 300, -100], "a late flight without an alarm costs as much in a world without "
         "alarms: nothing is saved, nothing lost."),
        ([-100, -100, -400, 0, -100, -100], "these are the costs; asked for is what is saved against no "
         "alarms."),
        ([300, 0, 0, 0, 300, 0], "a false alarm costs 100 dollars."),
        ([400, 0, 0, 0, 400, 0], "alarms cost 100 dollars, right or false."),
    ]  # fmt: skip
    for other, hint in slips:
        need(not np.array_equal(found, other), f"saved: {hint}")
    need(not np.array_equal(found, -right), "saved: the sign is wrong; positive where the alarm saves.")
    need(np.allclose(found, right), f"saved: for late {late.astype(int)}, p {p} and 0.3 it gives {found}.")
    shown = pd.Series(late)
    found = attempt(lambda: np.asarray(called(saved, shown, p, 0.5), dtype=float))
    fine = not isinstance(found, Exception) and found.shape == (6,)
    need(fine and np.allclose(found, dollars(late, p, 0.5)), "saved: right for 0.3, wrong for 0.5, or for a "
         "Series in place of an array.")  # fmt: skip


def need_threshold(threshold):
    t = one_number(threshold, "threshold")
    _, choose, test = parts()
    p, p_test = chances()
    late = choose["late"].to_numpy()

    def mean_of(limit):
        return dollars(late, p, limit).mean()

    candidates = np.unique(p)
    best = max(mean_of(limit) for limit in candidates)
    if mean_of(t) >= best - 0.15:
        return
    told_by = f"On choose it saves {mean_of(t):.2f} dollars a flight, the best one {best:.2f}."
    need(abs(t - 0.25) > 0.004, f"threshold: 100 / 400 is right only where the chances are right. {told_by}")
    of_test = [dollars(test["late"].to_numpy(), p_test, limit).mean() for limit in candidates]
    near = np.array(of_test) >= max(of_test) - 0.05
    need(
        not near[np.abs(candidates - t) < 0.01].any(),
        f"threshold: good for the test rows, which are closed until the report. {told_by}",
    )
    need(t < 1, f"threshold: between 0 and 1, please: probabilities, no percentages. {told_by}")
    need(False, f"threshold: {told_by}")


@question
def q3(saved, threshold, saving, wasted, pays_from):
    if given(saved):
        need_saved(saved)
    if given(threshold):
        need_threshold(threshold)
    _, _, test = parts()
    late, p = test["late"].to_numpy(), chances()[1]
    if given(threshold, *inside(saving)):
        values = dollars(late, p, one_number(threshold, "threshold"))
        of_choose = dollars(parts()[1]["late"].to_numpy(), chances()[0], one_number(threshold, "threshold"))
        mean = numbers(saving, 3, "saving (mean and the two ends of its interval)")[0]
        need(abs(mean - of_choose.mean()) > 0.02 or abs(mean - values.mean()) < 0.02,
             "saving: that is the mean of choose; the test part is asked for.")  # fmt: skip
        need_interval(saving, values, test["day"], "saving", " dollars a flight", 0.02)
    if given(threshold, wasted):
        alarm = p >= one_number(threshold, "threshold")
        right = 1 - late[alarm].mean()
        found = one_number(wasted, "wasted")
        if abs(found - right) > 0.002:
            slips = [
                (1 - right, "that is the share of alarms that were right."),
                (alarm[~late].mean(), "that is the share of the punctual flights that got an alarm; of the "
                 "alarms, how many were wasted?"),
                ((alarm & ~late).mean(), "that is a share of all flights; of the alarms only, please."),
                (100 * right, "a share between 0 and 1, please, no percentage."),
                ((alarm & ~late).sum(), "that is a number of flights; a share is asked for."),
            ]  # fmt: skip
            for other, hint in slips:
                need(abs(found - other) > 0.002, f"wasted: {hint}")
            need(False, "wasted: of the test flights with an alarm by your threshold, which were on time?")
    if given(threshold, pays_from):
        alarm = p >= one_number(threshold, "threshold")
        chance = late[alarm].mean()
        found = one_number(pays_from, "pays_from")
        if abs(found * chance / 100 - 1) > 0.01:
            slips = [
                (100 / (1 - chance), "with this loss, the chance of being on time was used."),
                (100 * chance, "following pays if 100 is less than loss times chance."),
                (400 * chance, "that is what 400 dollars are worth, times the chance."),
                (100 / late.mean(), "an alarm makes the traveller surer than the share of all late flights."),
                (100, "who loses 100 for certain is even; an alarm is not certain."),
                (400, "400 is the loss of the brief, not where following begins to pay."),
            ]
            for other, hint in slips:
                need(abs(found / other - 1) > 0.01, f"pays_from: {hint}")
            need(False, "pays_from: the loss at which loss times the chance that an alarm is right is 100.")


# --- question 4 -----------------------------------------------------------------------------------


def spread_of(hit, own, day):
    """The difference of the shares, and how many of its standard errors by whole days it is from 0."""
    _, place = np.unique(day, return_inverse=True)
    rounds = np.random.default_rng(2).multinomial(place.max() + 1, np.full(place.max() + 1,
        1 / (place.max() + 1)), 1000)  # fmt: skip
    sums = [np.bincount(place, rows) for rows in (hit * own, 1.0 * own, hit * ~own, 1.0 * ~own)]
    with np.errstate(invalid="ignore"):
        drawn = (rounds @ sums[0]) / (rounds @ sums[1]) - (rounds @ sums[2]) / (rounds @ sums[3])
    difference = hit[own].mean() - hit[~own].mean()
    return difference, difference / max(np.nanstd(drawn), 1e-12)


def rows_of(seed, of_day, days=60, own=8, others=24):
    """Hits, membership and days; of_day(rng, day) gives the two shares of a day."""
    rng = np.random.default_rng(seed)
    hit, member, day = [], [], []
    for number in range(days):
        p_own, p_others = of_day(rng, number)
        hit += [*(rng.random(own) < p_own), *(rng.random(others) < p_others)]
        member += [True] * own + [False] * others
        day += [f"day {number:02d}"] * (own + others)
    order = rng.permutation(len(hit))
    return np.array(hit)[order], np.array(member)[order], np.array(day)[order]


def need_compare(compare):
    def steady(p, q):
        return lambda rng, number: (p, q)

    def own_storms(rng, number):
        return (0.95 if number % 20 == 3 else 0.17, 0.17)

    def storms_of_all(rng, number):
        base = 0.85 if number % 3 == 0 else 0.1
        return base + 0.09, base - 0.01

    few = np.arange(400) < 12
    few_days = np.array([f"day {number % 40}" for number in range(400)])
    mixed = np.arange(400) % 2 == 0
    cases = [
        ("clear", *rows_of(1, steady(0.6, 0.3))),
        ("clear", *rows_of(2, steady(0.15, 0.4))),
        ("level", *rows_of(8, steady(0.3, 0.3))),
        ("nearly", *rows_of(25, steady(0.36, 0.3))),
        ("few", mixed & ~few, few, few_days),
        ("few", mixed | few, few, few_days),
        ("most", mixed | few, ~few, few_days),
        ("own storms", *rows_of(5, own_storms, own=30, others=60)),
        ("all storms", *rows_of(6, storms_of_all, own=16, others=48)),
    ]
    hints = {
        "clear": "By whole days the 99 % interval of the difference lies clear of 0.",
        "level": "By whole days the 99 % interval of the difference holds 0.",
        "nearly": "By whole days the 99 % interval of the difference holds 0, though that of 95 % does not.",
        "few": "Twelve rows in a group, all alike, say nothing: fewer than 50.",
        "most": "Only twelve rows lie outside the group: fewer than 50.",
        "own storms": "The group has its extra hits on three days of sixty; over whole days the "
        "difference is not sure.",
        "all storms": "Bad days hit both sides at once; take the difference round by round, in the same "
        "draws, and do not compare two intervals.",
    }
    for name, hit, own, day in cases:
        difference, z = spread_of(hit.astype(float), own, day)
        right = "more" if z > 0 else "fewer"
        if name in ("level", "nearly", "few", "most", "own storms"):
            right = "cannot say"
        found = called(compare, hit.copy(), own.copy(), day.copy())
        words = ("more", "fewer", "cannot say")
        need(isinstance(found, str) and found in words, 'compare: return "more", "fewer" or "cannot say".')
        if found == right:
            continue
        shares = f"{hit[own].mean():.2f} in the group, {hit[~own].mean():.2f} outside"
        turned = name == "clear" and found != "cannot say"
        need(not turned, f"compare: {shares}, and it says {found!r}: the wrong way round.")
        whole = name == "all storms" and z > 0 and hit[own].mean() < hit.mean()
        need(not whole, "compare: the group should be compared with all other rows.")
        need(False, f"compare: {shares}; it says {found!r}. {hints[name]}")


def sure_airlines(rows, hit):
    """Airlines of the test part that are surely more, surely not, and in doubt, by the rows given."""
    _, _, test = parts()
    carrier, day = test["carrier"].to_numpy(dtype=object)[rows], test["day"].to_numpy(dtype=object)[rows]
    values, out = hit[rows].astype(float), {}
    for name in sorted(set(test["carrier"])):
        own = carrier == name
        out[name] = spread_of(values, own, day)[1] if own.sum() >= 50 else 0.0
    return out


def need_airlines(found, rows, hit, what, both):
    found = names(found, what)
    sure = sure_airlines(rows, hit)
    strange = sorted(found - set(sure))
    need(not strange, f"{what}: no airline of the test part is called {strange[0]!r}." if strange else "")
    for name in sorted(found):
        z = sure[name]
        counted = int((parts()[2]["carrier"].to_numpy(dtype=object)[rows] == name).sum())
        need(counted >= 50, f"{what}: {name} has {counted} such rows, fewer than 50: one cannot say.")
        need(both or z > 0, f"{what}: {name} surely has fewer, not more.")
        if abs(z) < 1.5:
            need(what != "own_sentence" or sure_airlines(~parts()[2]["late"].to_numpy(), alarms())[name] < 3,
                 f"own_sentence: {name} has more false alarms among its punctual flights. Here the rows are "
                 "the alarms, and hit is: on time.")  # fmt: skip
            need(False, f"{what}: {name} is in it; the interval of its difference holds 0.")
    missing = [name for name, z in sure.items() if (abs(z) if both else z) > 3.5 and name not in found]
    need(not missing, f"{what}: {len(missing)} airlines whose interval lies clearly off 0 are missing. Look "
         "at all airlines, with the rows that the task names.")  # fmt: skip


def alarms():
    return chances()[1] >= 0.25


@question
def q4(compare, look_closer, own_sentence):
    if given(compare):
        need_compare(compare)
    late = parts()[2]["late"].to_numpy()
    if given(look_closer):
        need_airlines(look_closer, ~late, alarms(), "look_closer", both=False)
    if given(own_sentence):
        need_airlines(own_sentence, alarms(), ~late, "own_sentence", both=True)


# --- question 5 -----------------------------------------------------------------------------------

FIELDS = ("carrier", "origin", "sched_dep_time")


def good_requests():
    _, choose, _ = parts()
    some = choose.sample(12, random_state=7)
    out = [
        {"carrier": row.carrier, "origin": row.origin, "sched_dep_time": row.hour * 100 + 59}
        for row in some.itertuples()
        if row.hour >= 5
    ]
    edges = [("HA", "JFK", 500), ("UA", "EWR", 2359), ("EV", "LGA", 1700), ("DL", "LGA", 600)]
    return out + [dict(zip(FIELDS, edge, strict=True)) for edge in edges]


def bad_requests():
    """(request, names of the fields at fault), nothing of which may crash the service."""
    good = {"carrier": "UA", "origin": "EWR", "sched_dep_time": 1705}
    times = [True, 1705.0, "1705", None, float("nan"), float("inf"), -5, 0, 499, 2360, 2400, 1760, 1299,
             99999, 10**4000, -(10**4000), [1705], {}, 1e308, "", "\uff11\uff17\uff10\uff15"]  # fmt: skip
    texts = [None, "", "ua", " UA", "UA ", "ÜA", "U\x00A", 7, True, float("nan"), [], ["UA"], {}, {"UA": 1},
             "\ud800", "UA" * 50_000, "UA\n", 10**4000, "UA, EWR"]  # fmt: skip
    out = [(good | {"sched_dep_time": time}, {"sched_dep_time"}) for time in times]
    for text in texts:
        out += [(good | {"carrier": text}, {"carrier"}), (good | {"origin": text}, {"origin"})]
    for field in FIELDS:
        out.append(({name: value for name, value in good.items() if name != field}, {field}))
    out.append(({}, set(FIELDS)))
    out.append(({"carrier": "XX", "origin": "EWR", "sched_dep_time": 1299}, {"carrier", "sched_dep_time"}))
    out.append(({"carrier": [], "origin": "EWR"}, {"carrier", "sched_dep_time"}))
    out.append((good | {"late": True}, None))
    out.append((good | {"x" * 1000: 1}, None))
    out.append((good | {"": [float("nan")]}, None))
    strangers = (None, [], [good], list(FIELDS), "UA EWR 1705", "", 5, float("nan"), True, 10**4000)
    out += [(strange, None) for strange in strangers]
    return out


def seen(request):
    """A short name of a request for a hint."""
    if not isinstance(request, dict):
        return f"a {type(request).__name__} in place of a dictionary"
    good = {"carrier": "UA", "origin": "EWR", "sched_dep_time": 1705}
    missing = [field for field in FIELDS if field not in request]
    if missing:
        return f"a request without {missing[-1]}"
    if len(request) > 3:
        return "a request with a fourth field"
    odd = [field for field in FIELDS if attempt(lambda field=field: bool(request[field] == good[field]))
           is not True or type(request[field]) is not type(good[field])]  # fmt: skip
    field = odd[-1] if odd else "carrier"
    value = request[field]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**9:
        return f"{field} a number of 4,000 digits"
    if isinstance(value, str) and len(value) > 20:
        return f"{field} a text of {len(value):,} characters"
    shown = attempt(lambda: ascii(value))
    return f"{field} {shown if isinstance(shown, str) else type(value).__name__}"[:80]


def answered(predict_one, request):
    """What the learner's service returns; it may not raise."""
    need(callable(predict_one), f"predict_one is a {type(predict_one).__name__}; a function is asked for.")
    own = attempt(lambda: copy.deepcopy(request))
    own = request if isinstance(own, Exception) else own
    before = list(own) if isinstance(own, dict) else None
    found = attempt(lambda: predict_one(own))
    raised = isinstance(found, Exception)
    need(not raised, f"predict_one raises {type(found).__name__} for {seen(request)}.")
    need(found is not None, f"predict_one returns nothing for {seen(request)}.")
    need(isinstance(found, dict), f"predict_one: return a dictionary; for {seen(request)} it is a "
         f"{type(found).__name__}.")  # fmt: skip
    need(before is None or list(own) == before, f"predict_one changes the request ({seen(request)}).")
    text = attempt(lambda: json.dumps(found, allow_nan=False))
    need(not isinstance(text, Exception), f"predict_one: its answer to {seen(request)} cannot be written as "
         "JSON. A NumPy number is no float: use float().")  # fmt: skip
    return found


def need_service(predict_one):
    import pandas as pd

    good = good_requests()
    table = pd.DataFrame(good)
    right = late_model().predict_proba(table.assign(hour=table["sched_dep_time"] // 100)[COLUMNS])[:, 1]
    for request, p in zip(good, right, strict=True):
        found = answered(predict_one, request)
        case = f"{request['carrier']}, {request['origin']}, {request['sched_dep_time']}"
        need("error" not in found, f"predict_one refuses a good request: {case}.")
        need(set(found) == {"probability"}, f'predict_one: a good answer is {{"probability": p}} ({case}).')
        own = one_number(found["probability"], f"predict_one, probability ({case})")
        need(abs(own - (1 - p)) > 1e-5 or abs(own - p) < 1e-5, "predict_one: that is the probability of not "
             "being late.")  # fmt: skip
        need(
            abs(own - p) < 1e-5,
            f"predict_one: for {case} batch gives {p:.4f}, you say {own:.4f}. Is the hour computed in the "
            "same way, and nothing rounded?",
        )
    for request, fault in bad_requests():
        found, case = answered(predict_one, request), seen(request)
        need("probability" not in found, f"predict_one gives a probability for {case}.")
        error = found.get("error")
        need(set(found) == {"error"} and isinstance(error, str), f'predict_one: for {case} it should be '
             '{"error": "one line"}.')  # fmt: skip
        need(len(error) <= 200, f"predict_one: the error for {case} has {len(error):,} characters; 200 are "
             "allowed.")  # fmt: skip
        need("\n" not in error and len(error.split()) >= 3, f"predict_one: the error for {case} should be "
             "one line of three words or more.")  # fmt: skip
        if fault is None:
            need("xxx" not in error, "predict_one: the error repeats the name of the fourth field, which "
                 "comes from the sender.")  # fmt: skip
            continue
        for field in FIELDS:
            need(field not in fault or field in error, f"predict_one: for {case} the error does not name "
                 f"{field}.")  # fmt: skip
            need(field in fault or field not in error, f"predict_one: for {case} the error names {field}, "
                 "which is good.")  # fmt: skip
        echoes = re.search(r"\b(1299|1760|99999|XX|ÜA)\b|UAUA", error)
        need(not echoes, f"predict_one: the error for {case} repeats what was sent.")


@functools.cache
def pools():
    _, choose, _ = parts()
    p = chances()[0]
    lost = late_model().predict_proba(choose[COLUMNS].assign(hour=-1))[:, 1].round(4)
    return {"quiet": p, "evening": p[choose["hour"].to_numpy() >= 15], "hour lost": lost}


def drawn(kind, seed):
    rng = np.random.default_rng([2700, seed])
    scores = rng.choice(pools()["quiet"], 600)
    scores[300:] = rng.choice(pools()[kind], 300)
    return scores


def rung(first_alarm, scores, reference):
    """The place at which the learner's watcher rings, or None."""
    copies = scores.copy(), reference.copy()
    need(callable(first_alarm), f"first_alarm is a {type(first_alarm).__name__}; a function is asked for.")
    found = attempt(lambda: first_alarm(*copies))
    raised = isinstance(found, Exception)
    need(not raised, f"first_alarm raises {told(found)}" if raised else "")
    same = np.array_equal(copies[0], scores) and np.array_equal(copies[1], reference)
    need(same, "first_alarm changes its arrays.")
    if found is None:
        return None
    number = attempt(lambda: int(found))
    whole = not isinstance(found, bool | np.bool_) and not isinstance(number, Exception) and number == found
    need(whole, "first_alarm: return a place, a whole number, or None.")
    need(0 <= number < len(scores), f"first_alarm: places go from 0 to 599; it says {number}.")
    return number


def need_watcher(first_alarm):
    reference = np.random.default_rng(2727).choice(pools()["quiet"], 1000)
    quiet = [rung(first_alarm, drawn("quiet", seed), reference) for seed in range(12)]
    rang = sum(place is not None for place in quiet)
    need(rang <= 2, f"first_alarm: it rings in {rang} of 12 quiet streams. How often does it look?")
    for number, kind in enumerate(("evening", "hour lost"), 1):
        streams = [drawn(kind, 100 * number + seed) for seed in range(6)]
        places = [rung(first_alarm, scores, reference) for scores in streams]
        caught = sum(place is not None and place >= 300 for place in places)
        why = {"evening": "", "hour lost": " There the mean hardly moves; what does?"}[kind]
        why = " Is the window too short, or the limit too strict?" if 0 < caught < 5 else why
        need(caught >= 5, f"first_alarm: of 6 streams {kind!r} it rings from place 300 on in {caught}.{why}")
        others = np.full(600, 0.9), drawn("quiet", 50 + number)
        for scores, place, other in zip(streams[:2], places[:2], others, strict=True):
            if place is None:
                continue
            changed = np.append(scores[: place + 1], other[place + 1 :])
            need(
                rung(first_alarm, changed, reference) == place,
                "first_alarm: with other scores after the alarm it rings at another place: it looks ahead.",
            )


@question
def q5(predict_one, first_alarm):
    if given(predict_one):
        need_service(predict_one)
    if given(first_alarm):
        need_watcher(first_alarm)
