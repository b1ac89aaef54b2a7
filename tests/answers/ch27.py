"""Answers to the questions of chapter 27 that must pass, and mistakes that must get a hint."""

import functools
import json
import math

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from coursekit.loading import load

# --- question 1 -----------------------------------------------------------------------------------

TIMETABLE = ["month", "day", "hour", "sched_dep_time", "sched_arr_time"]
TIMETABLE += ["carrier", "flight", "origin", "dest", "distance"]


def target(flights):
    return (flights["arr_delay"].isna() | (flights["arr_delay"] > 30)).to_numpy()


def target_list(flights):
    return [not delay <= 30 for delay in flights["arr_delay"]]


def target_numbers(flights):
    return flights["arr_delay"].fillna(1000).gt(30).astype(int)


def days_of(flights):
    return flights["year"] * 10_000 + flights["month"] * 100 + flights["day"]


def split(flights, share=0.7):
    day = days_of(flights).to_numpy()
    limit = np.sort(day)[int(share * len(day))]
    return day < limit, day >= limit


def split_series(flights):
    date = pd.to_datetime(flights[["year", "month", "day"]])
    limit = date.min() + (date.max() - date.min()) * 0.75
    return [date <= limit, date > limit]


def split_random(flights):
    rows = np.arange(len(flights))
    train, test = train_test_split(rows, test_size=0.3, random_state=0)
    return np.isin(rows, train), np.isin(rows, test)


def split_random_days(flights):
    day = days_of(flights).to_numpy()
    days = np.random.default_rng(0).permutation(np.unique(day))
    test = np.isin(day, days[: len(days) // 3])
    return ~test, test


def split_by_place(flights):
    rows = np.arange(len(flights))
    return rows < 0.7 * len(rows), rows >= 0.7 * len(rows)


def split_by_month(flights):
    test = (flights["month"] >= 10).to_numpy()
    return ~test, test


def split_by_utc(flights):
    day = flights["time_hour"].dt.floor("D")
    limit = day.sort_values(kind="stable").iloc[int(0.7 * len(day))]
    return day < limit, day >= limit


def split_by_day_of_month(flights):
    test = (flights["day"] > 21).to_numpy()
    return ~test, test


def split_backwards(flights):
    train, test = split(flights, 0.3)
    return test, train


def split_numbers(flights):
    train, test = split(flights)
    return np.flatnonzero(train), np.flatnonzero(test)


def split_new_york(flights):
    """Local days from the UTC time; the last fifth of the days."""
    day = flights["time_hour"].dt.tz_convert("America/New_York").dt.strftime("%Y-%m-%d").to_numpy()
    days = sorted(set(day))
    first = days[int(0.8 * len(days))]
    return day < first, day >= first


def split_month_and_day(flights):
    day = (flights["month"] * 100 + flights["day"]).to_numpy()
    limit = np.quantile(day, 0.7)
    return day <= limit, day > limit


def split_with_a_gap(flights):
    day = days_of(flights).to_numpy()
    low, high = np.sort(day)[int(0.5 * len(day))], np.sort(day)[int(0.7 * len(day))]
    return day < low, day >= high


def split_tables(flights):
    train, test = split(flights)
    return flights[train], flights[test]


# --- question 2 -----------------------------------------------------------------------------------


@functools.cache
def parts():
    flights = load("flights").sample(frac=0.125, random_state=0).sort_index().reset_index(drop=True)
    framed = flights[["month", "hour", "carrier", "origin", "dest", "distance"]].copy()
    date = pd.to_datetime(flights[["year", "month", "day"]])
    framed["day"], framed["weekday"] = date.dt.strftime("%Y-%m-%d"), date.dt.day_name()
    framed["late"] = target(flights)
    months = framed["month"].le(6), framed["month"].between(7, 10), framed["month"].ge(11)
    return [framed[rows].reset_index(drop=True) for rows in months]


def baseline(train, new):
    by_hour = train.groupby("hour")["late"].mean()
    return new["hour"].map(by_hour).fillna(train["late"].mean())


def baseline_loop(train, new):
    out = pd.Series(train["late"].mean(), index=new.index)
    for hour in train["hour"].unique():
        out[new["hour"] == hour] = train["late"][train["hour"] == hour].mean()
    return out.tolist()


def hourly_shares(train):
    return train.groupby("hour")["late"].mean()


def unseen(fill):
    """A baseline with another answer for hours that are not in train."""
    return lambda train, new: new["hour"].map(hourly_shares(train)).fillna(fill(train))


def baseline_by_dict(train, new):
    shares = {hour: part["late"].mean() for hour, part in train.groupby("hour")}
    return np.array([shares.get(hour, train["late"].mean()) for hour in new["hour"]], dtype=np.float32)


def logistic(used, change=lambda p: p[:, 1], C=0.3):
    def model(train, new):
        pipeline = make_pipeline(
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            LogisticRegression(C=C, solver="newton-cholesky"),
        )
        return change(pipeline.fit(train[used], train["late"]).predict_proba(new[used]))

    return model


def boosting(train, new):
    used = ["hour", "carrier", "origin", "weekday", "distance"]
    trees = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=8, random_state=0),
    )
    return trees.fit(train[used], train["late"]).predict_proba(new[used])[:, 1].astype(np.float32)


def by_cell(train, new):
    """Smoothed shares by hour and airline."""
    keys = ["hour", "carrier"]
    counts = train.groupby(keys)["late"].agg(["sum", "size"])
    share = ((counts["sum"] + 20 * train["late"].mean()) / (counts["size"] + 20)).rename("p").reset_index()
    return new[keys].merge(share, on=keys, how="left")["p"].fillna(train["late"].mean()).tolist()


hour_and_airline = logistic(["hour", "carrier"])


def loss(late, p):
    p = np.clip(np.asarray(p, dtype=float), 0.001, 0.999)
    return -np.log(np.where(late, p, 1 - p))


def draws(day, rounds=500, seed=0):
    days, place = np.unique(day, return_inverse=True)
    rng = np.random.default_rng(seed)
    return rng.multinomial(len(days), np.full(len(days), 1 / len(days)), rounds).astype(float)[:, place]


def by_draws(values, day, ends=(0.025, 0.975)):
    w = draws(day)
    return (values.mean(), *np.quantile(w @ values / w.sum(axis=1), ends))


def by_errors(values, day):
    """The standard error of a ratio, from the sums of the days."""
    _, place = np.unique(day, return_inverse=True)
    mean, n = values.mean(), len(values)
    off = np.bincount(place, values - mean)
    half = 1.98 * math.sqrt((off**2).sum() * len(off) / (len(off) - 1)) / n
    return [mean, mean - half, mean + half]


def by_flights(values, day):
    half = 1.96 * values.std() / math.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half


def by_unrelated(values, day):
    return by_draws(values, np.arange(len(values)))


def one_error(values, day):
    mean, low, high = by_errors(values, day)
    return mean, mean - (mean - low) / 1.98, mean + (high - mean) / 1.98


def spread(values, day):
    return (values.mean(), *np.quantile(values, [0.025, 0.975]))


def q2(model=hour_and_airline, base=baseline, way=by_draws, change=lambda gain: gain, verdict=None):
    def made():
        learn, choose, _ = parts()
        new = choose.drop(columns="late")
        difference = loss(choose["late"], base(learn, new)) - loss(choose["late"], model(learn, new))
        gain = change(way(difference, choose["day"]))
        words = "model" if gain[1] > 0 else "baseline" if gain[2] < 0 else "cannot say"
        return base, model, gain, verdict or words

    return made


def q2_functions(base, model):
    def made():
        _, _, gain, verdict = q2()()
        return base, model, gain, verdict

    return made


def learned_outside(train, new):
    return hour_and_airline(parts()[0], new)


def baseline_outside(train, new):
    return baseline(parts()[0], new)


def knows_the_labels(train, new):
    _, choose, _ = parts()
    return np.where(choose["late"].reindex(new.index), 0.9, 0.05) if len(new) > 1000 else by_cell(train, new)


def learned_from_both(train, new):
    """Half of the answer comes from the rows that it is judged on."""
    return hour_and_airline(pd.concat([train, parts()[1]]), new)


def from_new(train, new):
    p = np.asarray(hour_and_airline(train, new))
    return np.clip(p - p.mean() + 0.2, 0, 1)


def fits_on_new(train, new):
    used = ["hour", "carrier"]
    X = OrdinalEncoder().fit_transform(new[used])
    return CategoricalNB().fit(X, new["late"]).predict_proba(X)[:, 1]


def in_place(train, new):
    train["carrier"] = "XX"
    return baseline(train, new)


# --- question 3 -----------------------------------------------------------------------------------


@functools.cache
def late_model():
    learn = parts()[0]
    pipeline = make_pipeline(
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        LogisticRegression(solver="newton-cholesky"),
    )
    return pipeline.fit(learn[["hour", "carrier", "origin"]], learn["late"])


@functools.cache
def chances():
    used = ["hour", "carrier", "origin"]
    return [late_model().predict_proba(part[used])[:, 1].round(4) for part in parts()[1:]]


def saved(late, p, threshold):
    return np.where(p >= threshold, np.where(late, 300, -100), 0)


def saved_by_sums(late, p, threshold):
    alarm = np.asarray(p) >= threshold
    return 400 * (alarm & np.asarray(late)) - 100.0 * alarm


def saved_by_loop(late, p, threshold):
    return [(300 if is_late else -100) if chance >= threshold else 0
            for is_late, chance in zip(late, p, strict=True)]  # fmt: skip


def saved_against(late, p, threshold):
    without = np.where(late, 400, 0)
    return without - np.where(p >= threshold, 100, np.where(late, 400, 0))


def saved_by_index(late, p, threshold):
    out = []
    for i in range(len(late)):
        out.append(0 if p[i] < threshold else 300 if late[i] else -100)
    return out


def saved_in_place(late, p, threshold):
    p[:] = p >= threshold
    return saved(late, p, 0.5)


def best(candidates, part=0, rule=np.argmax):
    def made():
        late, p = parts()[1 + part]["late"].to_numpy(), chances()[part]
        return candidates[rule([saved(late, p, t).mean() for t in candidates])]

    return made


GRID = np.arange(0, 1, 0.005)


def q3(function=saved, threshold=None, way=by_draws, saving=None, wasted=None, pays=None):
    def made():
        test, p = parts()[2], chances()[1]
        t = best(GRID)() if threshold is None else threshold() if callable(threshold) else threshold
        late = test["late"].to_numpy()
        alarm = p >= t
        dollars = np.asarray(saved(late, p, t), dtype=float)
        interval = way(dollars, test["day"])
        right = late[alarm].mean() if alarm.any() else 0.01
        return (
            function,
            t,
            interval if saving is None else saving(interval, t),
            1 - right if wasted is None else wasted(late, alarm),
            100 / right if pays is None else pays(late, alarm),
        )

    return made


def of_choose(interval, t):
    _, choose, _ = parts()
    return by_draws(saved(choose["late"].to_numpy(), chances()[0], t).astype(float), choose["day"])


# --- question 4 -----------------------------------------------------------------------------------


def compare(hit, own, day, level=0.01, few=50):
    hit, own = np.asarray(hit, dtype=bool), np.asarray(own, dtype=bool)
    if min(own.sum(), (~own).sum()) < few:
        return "cannot say"
    w = draws(day, 1000)
    inside, outside = w @ (hit & own) / (w @ own), w @ (hit & ~own) / (w @ ~own)
    low, high = np.nanquantile(inside - outside, [level / 2, 1 - level / 2])
    return "more" if low > 0 else "fewer" if high < 0 else "cannot say"


def compare_by_errors(hit, own, day):
    table = pd.DataFrame({"hit": np.asarray(hit, float), "own": np.asarray(own, bool)})
    table["day"] = np.asarray(day)
    n_own, n_others = table["own"].sum(), (~table["own"]).sum()
    if n_own < 50 or n_others < 50:
        return "cannot say"
    share = table.groupby("own")["hit"].mean()
    sign = np.where(table["own"], 1 / n_own, -1 / n_others)
    off = ((table["hit"] - table["own"].map(share)) * sign).groupby(table["day"]).sum()
    z = (share[True] - share[False]) / np.sqrt((off**2).sum())
    return "more" if z > 2.576 else "fewer" if z < -2.576 else "cannot say"


def compare_by_loop(hit, own, day):
    hit, own, day = np.asarray(hit), np.asarray(own), np.asarray(day)
    if own.sum() < 50 or (~own).sum() < 50:
        return "cannot say"
    days, place = np.unique(day, return_inverse=True)
    counts = [np.bincount(place, rows, len(days)) for rows in (hit & own, own, hit & ~own, ~own)]
    rng, out = np.random.default_rng(5), []
    for _ in range(1000):
        who = rng.integers(0, len(days), len(days))
        a, b, c, d = (count[who].sum() for count in counts)
        out.append(a / b - c / d)
    low, high = np.percentile(out, [0.5, 99.5])
    return str(np.select([low > 0, high < 0], ["more", "fewer"], "cannot say"))


def compare_flights(hit, own, day):
    return compare(hit, own, np.arange(len(hit)))


def compare_intervals(hit, own, day):
    hit, own = np.asarray(hit, dtype=bool), np.asarray(own, dtype=bool)
    if min(own.sum(), (~own).sum()) < 50:
        return "cannot say"
    w, v = draws(day, 500), draws(day, 500, seed=1)
    inside, outside = w @ (hit & own) / (w @ own), v @ (hit & ~own) / (v @ ~own)
    a, b = (np.quantile(shares, [0.005, 0.995]) for shares in (inside, outside))
    return "more" if a[0] > b[1] else "fewer" if a[1] < b[0] else "cannot say"


def compare_shares(hit, own, day):
    inside, outside = np.mean(hit[own]), np.mean(hit[~own])
    return "more" if inside > outside + 0.02 else "fewer" if inside < outside - 0.02 else "cannot say"


def turned(hit, own, day):
    return {"more": "fewer", "fewer": "more"}.get(compare(hit, own, day), "cannot say")


def compare_with_all(hit, own, day):
    """The group against all rows, its own among them."""
    hit, own = np.asarray(hit, dtype=bool), np.asarray(own, dtype=bool)
    w = draws(day, 500)
    low, high = np.quantile(w @ (hit & own) / (w @ own) - w @ hit / w.sum(axis=1), [0.005, 0.995])
    return "more" if low > 0 else "fewer" if high < 0 else "cannot say"


def unpaired(hit, own, day):
    """The group and the others drawn apart."""
    hit, own = np.asarray(hit, dtype=bool), np.asarray(own, dtype=bool)
    if min(own.sum(), (~own).sum()) < 50:
        return "cannot say"
    w, v = draws(day, 500), draws(day, 500, seed=1)
    low, high = np.quantile(w @ (hit & own) / (w @ own) - v @ (hit & ~own) / (v @ ~own), [0.005, 0.995])
    return "more" if low > 0 else "fewer" if high < 0 else "cannot say"


def lists(way=compare, alarm_from=0.25):
    """Airlines with more false alarms, and those whose alarms are wasted more or fewer times."""
    test, alarm = parts()[2], chances()[1] >= alarm_from
    late, carrier, day = (test[name].to_numpy(dtype=object) for name in ("late", "carrier", "day"))
    late = late.astype(bool)
    closer, sentence = [], []
    for name in sorted(set(carrier)):
        rows = ~late
        if way(alarm[rows], (carrier == name)[rows], day[rows]) == "more":
            closer.append(name)
        if way(~late[alarm], (carrier == name)[alarm], day[alarm]) != "cannot say":
            sentence.append(name)
    return closer, sentence


def q4(function=compare, closer=None, sentence=None):
    def made():
        own = lists()
        return function, own[0] if closer is None else closer(own), own[1] if sentence is None else sentence

    return made


# --- question 5 -----------------------------------------------------------------------------------

FIELDS = ("carrier", "origin", "sched_dep_time")
AIRPORTS = ("EWR", "JFK", "LGA")


@functools.cache
def airlines():
    return frozenset(parts()[0]["carrier"])


def chance_of(request, hour=lambda time: time // 100):
    row = {"hour": hour(request["sched_dep_time"])} | {name: request[name] for name in ("carrier", "origin")}
    return float(late_model().predict_proba(pd.DataFrame([row])[["hour", "carrier", "origin"]])[0, 1])


def good_time(time):
    return type(time) is int and 500 <= time <= 2359 and time % 100 < 60


def faults(request, time_ok=good_time):
    bad = []
    for field, allowed in (("carrier", airlines()), ("origin", AIRPORTS)):
        value = request.get(field)
        if not isinstance(value, str) or value not in allowed:
            bad.append(field)
    if not time_ok(request.get("sched_dep_time")):
        bad.append("sched_dep_time")
    return bad


def service(time_ok=good_time, hour=lambda time: time // 100, extra=True, wording=None, round_to=None):
    def predict_one(request):
        if not isinstance(request, dict):
            return {"error": "Send one object with three fields."}
        bad = faults(request, time_ok)
        if bad:
            return {"error": wording(request, bad) if wording else f"Please correct {' and '.join(bad)}."}
        if extra and len(request) != 3:
            return {"error": "One field too many was sent."}
        p = chance_of(request, hour)
        return {"probability": p if round_to is None else round(p, round_to)}

    return predict_one


def by_pydantic(request):
    from typing import Literal

    from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

    class Flight(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        carrier: str
        origin: Literal["EWR", "JFK", "LGA"]
        sched_dep_time: int = Field(ge=500, le=2359)

        @field_validator("carrier")
        @classmethod
        def flown(cls, value):
            if value not in airlines():
                raise ValueError("unknown")
            return value

        @field_validator("sched_dep_time")
        @classmethod
        def minutes(cls, value):
            if value % 100 > 59:
                raise ValueError("minutes")
            return value

    try:
        flight = Flight.model_validate(request)
    except ValidationError as error:
        places = [part["loc"][0] for part in error.errors() if part["loc"]]
        at_fault = [field for field in FIELDS if field in places]
        return {"error": f"Not as agreed: {', '.join(at_fault) or 'the whole request'}."}
    return {"probability": chance_of(flight.model_dump())}


def no_types(request):
    """Looks values up before it knows what they are."""
    bad = []
    if not isinstance(request, dict):
        return {"error": "Send one object, please."}
    if request.get("carrier") not in airlines():
        bad.append("carrier")
    if request.get("origin") not in AIRPORTS:
        bad.append("origin")
    if not good_time(request.get("sched_dep_time")):
        bad.append("sched_dep_time")
    if bad or len(request) != 3:
        return {"error": f"Please correct {' and '.join(bad) or 'the number of fields'}."}
    return {"probability": chance_of(request)}


def only_the_model(request):
    return {"probability": chance_of(request)}


def all_in_one_except(request):
    try:
        return {"probability": chance_of(request)}
    except Exception as error:
        return {"error": f"Something went wrong: {error}"[:190]}


def first_fault_only(request):
    answer = service()(request)
    bad = faults(request) if isinstance(request, dict) else []
    return {"error": f"Please correct {bad[0]} first."} if bad else answer


def all_named(request, bad):
    return "Needed are carrier, origin and sched_dep_time, as agreed."


def echoed(request, bad):
    return f"Bad {bad[0]}: got {str(request.get(bad[0]))[:40]!a} here."


def bool_is_int(time):
    return isinstance(time, int) and (time is True or 500 <= time <= 2359) and time % 100 < 60


def float_too(time):
    try:
        return type(time) in (int, float) and 500 <= time <= 2359 and time % 100 < 60
    except OverflowError:
        return False


def minutes_forgotten(time):
    return type(time) is int and 500 <= time <= 2359


def midnight_too(time):
    return type(time) is int and 0 <= time <= 2359 and time % 100 < 60


def pops(request):
    """Takes the fields out of the request."""
    answer = service()(request)
    if isinstance(request, dict):
        request.pop("carrier", None)
    return answer


def numpy_answer(request):
    answer = service()(request)
    return {name: np.float32(value) if name == "probability" else value for name, value in answer.items()}


def as_json(request):
    return json.dumps(service()(request))


def other_class(request):
    answer = service()(request)
    return {"probability": 1 - answer["probability"]} if "probability" in answer else answer


def with_status(request):
    return service()(request) | {"status": 200}


def ks(width=100, step=20, limit=1e-3, at=None, final=False):
    def first_alarm(scores, reference):
        for stop in range(width, len(scores) + 1, step):
            window = scores[stop - width : stop]
            if ks_2samp(window, reference, method="asymp").pvalue < limit:
                return (stop - 1) if at is None else at(stop)
        return None

    return first_alarm


def by_tenths(scores, reference):
    """PSI of the last 120 scores, with a limit from windows drawn from the reference."""
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))

    def shares(some):
        counts = np.bincount(np.searchsorted(edges, some), minlength=10)
        return (counts + 0.5) / (len(some) + 5)

    def psi(some):
        return np.sum((shares(some) - usual) * np.log(shares(some) / usual))

    usual = shares(reference)
    rng = np.random.default_rng(0)
    limit = np.quantile([psi(rng.choice(reference, 120)) for _ in range(400)], 0.998) * 1.1
    for stop in range(120, len(scores) + 1, 20):
        if psi(scores[stop - 120 : stop]) > limit:
            return np.int64(stop - 1)
    return None


def mean_and_spread(scores, reference):
    for stop in range(100, len(scores) + 1, 10):
        window = scores[stop - 100 : stop]
        apart = abs(window.mean() - reference.mean()) / (reference.std() / 10)
        squares = np.abs(reference - reference.mean())
        change = abs(np.abs(window - reference.mean()).mean() - squares.mean()) / (squares.std() / 10)
        if max(apart, change) > 4:
            return stop - 1


def mean_only(scores, reference):
    for stop in range(100, len(scores) + 1, 10):
        if abs(scores[stop - 100 : stop].mean() - reference.mean()) > 4 * reference.std() / 10:
            return stop - 1
    return None


def looks_ahead(scores, reference):
    end = scores[-200:]
    if ks_2samp(end, reference, method="asymp").pvalue < 1e-4:
        return 350
    return None


def always_300(scores, reference):
    return 300


def in_the_future(scores, reference):
    """Rings at the first score of the loudest window."""
    found = [ks_2samp(scores[k : k + 100], reference, method="asymp").pvalue for k in range(300, 500, 50)]
    return 301 + 50 * int(np.argmin(found)) if min(found) < 1e-4 else None


# --------------------------------------------------------------------------------------------------

RIGHT = {
    "q1": [
        ("isna or above 30, days by a number", (TIMETABLE, target, split)),
        (
            "a set with year and time_hour, a list, Series",
            ({*TIMETABLE, "year", "time_hour"}, target_list, split_series),
        ),
        ("an array, New York's days from UTC, a fifth", (np.array(TIMETABLE), target, split_new_york)),
        ("an Index, numbers, 62 %", (pd.Index(TIMETABLE), target_numbers, lambda table: split(table, 0.62))),
    ],
    "q2": [
        ("logistic regression, bootstrap by days", q2()),
        ("boosted trees, standard error over days", q2(boosting, baseline_by_dict, by_errors)),
        ("shares by hour and airline, a loop", q2(by_cell, baseline_loop)),
        ("more columns, gain as a Series", q2(logistic(["hour", "carrier", "weekday"]), change=pd.Series)),
        ("the baseline itself as the model", q2(logistic(["hour"], C=10))),
    ],
    "q3": [
        ("a grid", q3()),
        (
            "all chances as candidates, standard error over days",
            q3(saved_by_sums, lambda: best(np.unique(chances()[0]))(), by_errors),
        ),
        (
            "a coarse grid, a loop, lists",
            q3(saved_by_loop, best(np.arange(0.01, 1, 0.01)), saving=lambda found, t: list(found)),
        ),
        ("place by place", q3(saved_by_index)),
        ("against the world without alarms", q3(saved_against, lambda: np.float32(0.2705))),
    ],
    "q4": [
        ("rounds by days", q4()),
        (
            "standard error over days, a set",
            q4(compare_by_errors, closer=lambda own: set(own[0]), sentence=()),
        ),
        ("a loop of draws, an array", q4(compare_by_loop, closer=lambda own: np.array(own[0]))),
    ],
    "q5": [
        ("by hand, KS", (service(), ks())),
        (
            "'information' and 'infinite' repeat nothing",
            (service(wording=lambda request, bad: f"No information, or infinite: {bad}"), ks()),
        ),
        ("pydantic, PSI", (by_pydantic, by_tenths)),
        ("by hand, mean and spread", (service(), mean_and_spread)),
        ("KS with wider windows", (by_pydantic, ks(150, 25, 1e-3))),
    ],
}

WRONG = {
    "q1": [
        ("all columns", ([*TIMETABLE, "dep_delay", "arr_delay", "air_time", "tailnum"], target, split)),
        ("'the delay at the start is known before the arrival'", ([*TIMETABLE, "dep_delay"], target, split)),
        ("'the plane is known'", ([*TIMETABLE, "tailnum"], target, split)),
        ("'the model needs only these'", (["hour", "carrier", "origin"], target, split)),
        ("a column that is not there", ([*TIMETABLE, "weather"], target, split)),
        ("one text", ("hour", target, split)),
        ("'nan is not late'", (TIMETABLE, lambda table: table["arr_delay"] > 30, split)),
        ("30 is late", (TIMETABLE, lambda table: ~(table["arr_delay"] < 30), split)),
        (
            "'cancelled flights have no target'",
            (TIMETABLE, lambda table: table["arr_delay"].dropna() > 30, split),
        ),
        ("departure", (TIMETABLE, lambda table: ~(table["dep_delay"] <= 30), split)),
        (
            "cancelled, but not diverted",
            (TIMETABLE, lambda table: (table["arr_delay"] > 30) | table["dep_delay"].isna(), split),
        ),
        ("punctual", (TIMETABLE, lambda table: table["arr_delay"] <= 30, split)),
        ("the delays", (TIMETABLE, lambda table: table["arr_delay"], split)),
        ("sorted rows", (TIMETABLE, lambda table: target(table.sort_values("arr_delay")), split)),
        ("random rows", (TIMETABLE, target, split_random)),
        ("'whole days, so nothing leaks'", (TIMETABLE, target, split_random_days)),
        ("'the rows are in order'", (TIMETABLE, target, split_by_place)),
        ("October and later", (TIMETABLE, target, split_by_month)),
        ("'time_hour is the time'", (TIMETABLE, target, split_by_utc)),
        ("the last days of each month", (TIMETABLE, target, split_by_day_of_month)),
        ("backwards", (TIMETABLE, target, split_backwards)),
        ("numbers of rows", (TIMETABLE, target, split_numbers)),
        ("half and a fifth", (TIMETABLE, target, split_with_a_gap)),
        ("a test of one tenth", (TIMETABLE, target, lambda table: split(table, 0.9))),
        ("two tables", (TIMETABLE, target, split_tables)),
        ("'a day is month and day'", (TIMETABLE, target, split_month_and_day)),
        ("a dictionary", (TIMETABLE, target, lambda table: dict(enumerate(split(table))))),
    ],
    "q2": [
        ("one share for all", q2_functions(lambda a, b: np.full(len(b), a["late"].mean()), hour_and_airline)),
        ("an hour not seen is never late", q2_functions(unseen(lambda train: 0), hour_and_airline)),
        ("an hour not seen is nan", q2_functions(unseen(lambda train: np.nan), hour_and_airline)),
        (
            "an hour not seen gets the mean over hours",
            q2_functions(unseen(lambda train: hourly_shares(train).mean()), hour_and_airline),
        ),
        (
            "shares of new",
            q2_functions(lambda a, b: b.groupby("hour")["late"].transform("mean"), hour_and_airline),
        ),
        ("'learn is the train'", q2_functions(baseline_outside, hour_and_airline)),
        ("0 and 1", q2_functions(baseline, logistic(["hour", "carrier"], lambda p: p[:, 1] > 0.5))),
        ("both columns", q2_functions(baseline, logistic(["hour", "carrier"], lambda p: p))),
        ("not late", q2_functions(baseline, logistic(["hour", "carrier"], lambda p: p[:, 0]))),
        ("fits on new", q2_functions(baseline, fits_on_new)),
        ("fitted outside", q2_functions(baseline, learned_outside)),
        ("'more rows, better model': choose is among them", q2_functions(baseline, learned_from_both)),
        ("the baseline twice", q2_functions(baseline, baseline)),
        ("has seen the labels", q2_functions(baseline, knows_the_labels)),
        ("centred on new", q2_functions(baseline, from_new)),
        ("a constant", q2_functions(baseline, lambda a, b: np.full(len(b), 0.5))),
        ("changes train", q2_functions(baseline, in_place)),
        (
            "as if flights were independent",
            q2(way=by_flights, model=logistic(["hour", "carrier", "weekday"])),
        ),
        ("flights drawn, not days", q2(way=by_unrelated, model=logistic(["hour", "carrier", "weekday"]))),
        ("one standard error", q2(way=one_error)),
        ("the spread of the flights", q2(way=spread)),
        ("model minus baseline", q2(change=lambda gain: (-gain[0], -gain[2], -gain[1]))),
        ("the ends first", q2(change=lambda gain: (gain[1], gain[0], gain[2]))),
        ("two numbers", q2(change=lambda gain: gain, verdict="model", way=lambda v, d: by_draws(v, d)[1:])),
        ("'the mean is above 0'", q2(model=logistic(["dest"], C=0.01), verdict="model")),
        ("own words", q2(verdict="better")),
    ],
    "q3": [
        ("costs", q3(lambda late, p, t: -np.where(p >= t, 100, np.where(late, 400, 0)))),
        ("'a right alarm spares 400'", q3(lambda late, p, t: np.where(p >= t, np.where(late, 400, -100), 0))),
        (
            "missed flights counted",
            q3(lambda late, p, t: np.where(p >= t, np.where(late, 300, -100), np.where(late, -400, 0))),
        ),
        ("false alarms for nothing", q3(lambda late, p, t: np.where((p >= t) & late, 300, 0))),
        ("above the threshold only", q3(lambda late, p, t: np.where(p > t, np.where(late, 300, -100), 0))),
        ("one sum", q3(lambda late, p, t: saved(late, p, t).sum())),
        ("a fixed threshold", q3(lambda late, p, t: saved(late, p, 0.3))),
        ("p becomes the alarm", q3(saved_in_place)),
        ("100 / 400", q3(threshold=0.25)),
        ("the best of the test rows", q3(threshold=best(np.arange(0, 1, 0.0025), part=1))),
        ("one half", q3(threshold=0.5)),
        ("in percent", q3(threshold=27.0)),
        ("the worst", q3(threshold=best(GRID, rule=np.argmin))),
        ("as if flights were independent", q3(way=by_flights)),
        ("the saving of choose", q3(saving=of_choose)),
        ("the spread of the flights", q3(way=spread)),
        ("only the mean", q3(saving=lambda found, t: found[0])),
        ("right alarms", q3(wasted=lambda late, alarm: late[alarm].mean())),
        ("false-alarm rate", q3(wasted=lambda late, alarm: alarm[~late].mean())),
        ("of all flights", q3(wasted=lambda late, alarm: (alarm & ~late).mean())),
        ("percent", q3(wasted=lambda late, alarm: 100 * (1 - late[alarm].mean()))),
        ("'a sure loss of 100 is even at 100'", q3(pays=lambda late, alarm: 100)),
        ("the wrong chance", q3(pays=lambda late, alarm: 100 / (1 - late[alarm].mean()))),
        ("all flights", q3(pays=lambda late, alarm: 100 / late.mean())),
        ("worth of 400", q3(pays=lambda late, alarm: 400 * late[alarm].mean())),
    ],
    "q4": [
        ("flights drawn, not days", q4(compare_flights)),
        ("95 %", q4(lambda hit, own, day: compare(hit, own, day, level=0.05))),
        ("two intervals", q4(compare_intervals)),
        ("drawn apart", q4(unpaired)),
        ("shares only", q4(compare_shares)),
        ("the wrong way round", q4(turned)),
        ("twelve rows are enough", q4(lambda hit, own, day: compare(hit, own, day, few=5))),
        ("always sure", q4(lambda hit, own, day: "more")),
        ("never sure", q4(lambda hit, own, day: "cannot say")),
        ("true or false", q4(lambda hit, own, day: compare(hit, own, day) == "more")),
        ("against everybody", q4(compare_with_all)),
        ("two airlines left out", q4(closer=lambda own: own[0][:2])),
        ("DL", q4(closer=lambda own: [*own[0], "DL"])),
        ("a small airline", q4(closer=lambda own: [*own[0], "FL"])),
        ("no such airline", q4(closer=lambda own: [*own[0], "Delta"])),
        ("a number", q4(closer=lambda own: 4)),
        ("the same list twice", q4(sentence=["9E", "B6", "EV", "MQ"])),
        ("all airlines", q4(sentence=["9E", "AA", "AS", "B6", "DL", "EV", "MQ", "UA", "US", "VX", "WN"])),
        ("a text", q4(sentence="EV")),
    ],
    "q5": [
        ("no validation", (only_the_model, ks())),
        ("one except for all", (all_in_one_except, ks())),
        ("looked up before the type is known", (no_types, ks())),
        ("True is a number", (service(bool_is_int), ks())),
        ("1705.0 too", (service(float_too), ks())),
        ("60 minutes and more", (service(minutes_forgotten), ks())),
        ("midnight", (service(midnight_too), ks())),
        ("extra fields", (service(extra=False), ks())),
        ("all fields named", (service(wording=all_named), ks())),
        ("no field named", (service(wording=lambda request, bad: "That was not right."), ks())),
        ("the first fault only", (first_fault_only, ks())),
        ("echoes", (service(wording=echoed), ks())),
        ("rounded", (service(round_to=2), ks())),
        ("the hour rounded", (service(hour=lambda time: round(time / 100)), ks())),
        ("HHMM as the hour", (service(hour=lambda time: time), ks())),
        ("not late", (other_class, ks())),
        ("a NumPy number", (numpy_answer, ks())),
        ("a text", (as_json, ks())),
        ("one field more", (with_status, ks())),
        ("takes the request apart", (pops, ks())),
        ("the mean only", (service(), mean_only)),
        ("5 % at each look", (service(), ks(limit=0.05))),
        ("too strict", (service(), ks(limit=1e-25))),
        ("a short window and a strict limit", (service(), ks(width=60, limit=1e-5))),
        ("looks ahead", (service(), looks_ahead)),
        ("always at 300", (service(), always_300)),
        ("where it began", (service(), in_the_future)),
        ("never", (service(), lambda scores, reference: None if len(scores) else 0)),
        ("a share", (service(), ks(at=lambda stop: stop / 600))),
    ],
}
