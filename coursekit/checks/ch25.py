"""The questions of chapter 25, scaling out."""

import copy
import inspect
import itertools
import math
import pickle

import numpy as np

from coursekit.checking import attempt, given, need, question, told


def plain(value):
    """The value as an array, also a tensor that still carries its slopes."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def named(function):
    return getattr(function, "__name__", "Your function")


def called(function, *arguments):
    """What a learner's function returns; what it raises becomes a hint."""
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*arguments))
    need(
        not isinstance(found, Exception),
        f"{named(function)} raises {told(found)}" if found is not None else "",
    )
    need(found is not None, f"{named(function)} returns nothing: does it end with return?")
    return found


def one_number(value, hint):
    """The value as a float, if it is one finite number."""
    value = attempt(lambda: plain(value))
    fine = not isinstance(value, Exception) and value.size == 1 and value.dtype.kind in "iuf"
    need(fine and np.isfinite(value).all(), hint)
    return float(value.reshape(-1)[0])


def close(a, b, rtol=1e-6):
    return math.isclose(a, b, rel_tol=rtol, abs_tol=1e-9)


# --- question 1 -----------------------------------------------------------------------------------

MEASURED = [(100, 40, 4), (90.0, 50.0, 2), (61.5, 13.0, 8), (1000, 400, 3)]


def need_amdahl(amdahl):
    swapped = []
    for one, many, k in MEASURED:
        two = attempt(lambda job=(one, many, k): [float(part) for part in list(amdahl(*job))[:2]])
        parallel = (one - many) * k / (k - 1)
        swapped.append(isinstance(two, list) and all(map(close, two, (parallel, one - parallel))))
    for one, many, k in MEASURED:
        case = f"amdahl({one:g}, {many:g}, {k})"
        found = called(amdahl, one, many, k)
        found = attempt(lambda found=found: list(found))
        three = not isinstance(found, Exception) and len(found) == 3
        need(three, "amdahl: return three numbers: serial, parallel, limit.")
        found = [one_number(part, f"{case}: return three numbers.") for part in found]
        parallel = (one - many) * k / (k - 1)
        serial = one - parallel
        right = serial, parallel, one / serial
        if all(map(close, found, right)):
            continue
        need(not all(swapped), f"{case}: serial first, then parallel.")
        need(
            not close(found[1], one - many),
            f"{case}: the time saved is not yet all of parallel: with {k} workers parallel / {k} is left.",
        )
        need(
            not close(found[0], many),
            f"{case}: the time with {k} workers is serial plus parallel / {k}, not serial alone.",
        )
        share = close(found[0], serial / one) and close(found[1], parallel / one)
        need(not share, f"{case}: those are shares of the time; seconds are asked for.")
        for what, told_it, true in zip(("serial", "parallel"), found[:2], right[:2], strict=True):
            need(
                close(told_it, true),
                f"{case}: {what} is {told_it:.4g}. With your numbers, is serial + parallel the time of one "
                f"worker, and serial + parallel / {k} that of {k}?",
            )
        for other, hint in (
            (one / many, f"that is the speed-up of {k} workers; with ever more of them only serial is left"),
            (parallel / serial, "the whole time with one worker counts, not the parallel part alone"),
            (serial, "that is the least time; the speed-up is asked for"),
            (serial / one, "that is the share of serial; the speed-up is one divided by it"),
            (one / parallel, "with ever more workers it is parallel that vanishes, not serial"),
        ):
            need(not close(found[2], other), f"{case}, limit: {hint}.")
        need(
            False, f"{case}: the limit is {found[2]:.4g}: how long does the job take when parallel / k is 0?"
        )


JOBS = [  # serial, parallel, start, deadline, most
    (20, 80, 30, 3600, 16),
    (5, 1000, 20, 200, 64),
    (1, 150, 10, 62, 16),
    (10, 153, 0, 61.5, 16),
    (40, 500, 15, 50, 64),
    (40, 500, 15, 90, 12),
    (2, 235, 0.5, 400, 50),
    (30, 3000, 45, 600, 6),
    (12, 2000, 33, 70, 90),
    (3, 700, 140, 185, 40),
    (5, 150, 5, 62, 16),
]


def seconds_of(job, k):
    return job[2] + job[0] + job[1] / k


def best_of(job, paid=None, seconds=seconds_of, late=False, last=False):
    """The cheapest number of workers, with some parts done otherwise."""
    paid = paid or (lambda job, k: k * math.ceil(seconds(job, k) / 60))
    fine = [k for k in range(1, job[4] + 1) if late or seconds(job, k) <= job[3]]
    return min(fine, key=lambda k: (paid(job, k), -k if last else k), default=0)


def without_start(job, k):
    return job[0] + job[1] / k


SLIPS = [
    (
        lambda job: best_of(job, lambda job, k: k),
        "the smallest number that ends in time is not always the cheapest: started minutes are paid in full.",
    ),
    (
        lambda job: best_of(job, lambda job, k: seconds_of(job, k)),
        "that is the fastest; the cheapest is asked for.",
    ),
    (
        lambda job: best_of(job, lambda job, k: math.ceil(seconds_of(job, k) / 60)),
        "every worker is paid for these minutes, not one.",
    ),
    (lambda job: best_of(job, late=True), "that does not end within the deadline."),
    (lambda job: best_of(job, seconds=without_start), "the seconds to get ready count, too."),
    (
        lambda job: best_of(job, lambda job, k: k * math.ceil(without_start(job, k) / 60)),
        "the seconds to get ready are paid, too.",
    ),
    (
        lambda job: best_of(job, lambda job, k: k * (math.floor(seconds_of(job, k) / 60) + 1)),
        "60 seconds are one minute, not two: round up only what is not whole.",
    ),
    (
        lambda job: best_of((*job[:3], job[3] - 1e-9, job[4])),
        "a job that takes exactly as long as the deadline is in time.",
    ),
    (
        lambda job: best_of(job, lambda job, k: k * math.floor(seconds_of(job, k) / 60)),
        "a started minute is paid in full: round up.",
    ),
    (
        lambda job: best_of(job, lambda job, k: k * round(seconds_of(job, k) / 60)),
        "a started minute is paid in full: round up.",
    ),
    (
        lambda job: best_of(job, lambda job, k: math.ceil(k * seconds_of(job, k) / 60)),
        "each worker's minutes are rounded up, not their sum.",
    ),
    (
        lambda job: best_of(job, lambda job, k: k * seconds_of(job, k)),
        "seconds are not paid: each started minute is, in full.",
    ),
    (lambda job: best_of((*job[:4], job[4] - 1)), "most itself is allowed, too."),
    (lambda job: best_of(job, last=True), "of equally cheap numbers the smallest is asked for."),
]


def look_for_stubs(*functions):
    """Call each function with nothing in its arguments: one that still returns `...` is then known."""
    for function in functions:
        if given(function):
            attempt(lambda f=function: f(*[None] * len(inspect.signature(f).parameters)))


@question
def q1(amdahl, cheapest):
    if given(amdahl):
        need_amdahl(amdahl)
    if not given(cheapest):
        return
    said = []
    for job in JOBS:
        found = one_number(called(cheapest, *job), "cheapest: return one whole number.")
        case = f"cheapest({', '.join(f'{part:g}' for part in job)})"
        need(found == int(found), f"{case}: return a whole number of workers, not {found:g}.")
        said.append((job, case, int(found)))
    for job, case, found in said:
        if found == best_of(job):
            continue
        for slip, hint in SLIPS:
            same = all(other == slip(a_job) for a_job, _, other in said)
            need(not same, f"{case} = {found}: {hint}")
        right = best_of(job)
        need(right > 0, f"{case}: no number of workers ends in time, so 0; you say {found}.")
        need(found > 0, f"{case}: {found}, but {right} workers end in time.")
        need(found <= job[4], f"{case}: at most {job[4]} workers; you say {found}.")
        time = seconds_of(job, found)
        need(time <= job[3], f"{case} = {found}: that takes {time:.1f} s, longer than the deadline.")
        paid = found * math.ceil(time / 60)
        less = paid == right * math.ceil(seconds_of(job, right) / 60)
        need(not less, f"{case} = {found}: of equally cheap numbers the smallest is asked for.")
        need(False, f"{case} = {found}: that takes {time:.1f} s, {paid} paid minutes; another costs fewer.")


# --- question 2 -----------------------------------------------------------------------------------


def chunks_of_flights():
    """Unequal chunks of made flights: one without a row, one without delays, some without an origin."""
    import pandas as pd

    rng = np.random.default_rng(25)
    n = 52_000
    origin = rng.choice(["EWR", "JFK", "LGA"], n, p=[0.4, 0.35, 0.25])
    delay = np.round(rng.exponential(35, n)) - 12 + 9 * (origin == "EWR")
    delay[rng.random(n) < 0.03] = np.nan
    table = pd.DataFrame({"origin": origin, "dep_delay": delay})
    cuts = [0, 7, 7, 4_000, 4_300, 36_000, n]
    chunks = [table.iloc[a:b] for a, b in itertools.pairwise(cuts)]
    late = pd.DataFrame({"origin": ["LGA"] * 2500, "dep_delay": 300.0 + np.arange(2500) % 60})
    none = pd.DataFrame({"origin": ["HPN", "HPN"], "dep_delay": [np.nan, np.nan]})
    few = pd.DataFrame({"origin": ["TEB", "ISP", "TEB"], "dep_delay": [4.0, -3.0, 7.0]})
    return [*chunks, late[::-1], none, few]


def medians(chunks):
    """(origin, median) of all rows together."""
    import pandas as pd

    found = pd.concat(chunks).dropna().groupby("origin")["dep_delay"].median()
    return found.to_dict()


def read_off(finish, summary, case):
    """What finish says, as a plain dictionary of floats."""
    found = called(finish, summary)
    found = found.to_dict() if hasattr(found, "to_dict") else found
    need(isinstance(found, dict), f"finish: return a dictionary, not a {type(found).__name__}.")
    need(
        all(isinstance(origin, str) for origin in found),
        f"finish ({case}): the keys should be origins; {list(found)[:2]} are among them.",
    )
    out = {}
    for origin, value in found.items():
        missing = attempt(lambda value=value: bool(np.isnan(value)))
        need(missing is not True, f"finish ({case}): the median of {origin} is NaN. Leave missing delays "
             "out, and origins without any.")  # fmt: skip
        out[str(origin)] = one_number(value, f"finish ({case}): one number for each origin.")
    return out


def need_medians(found, chunks, case, order=()):
    right = medians(chunks)
    extra, lost = sorted(set(found) - set(right)), sorted(set(right) - set(found))
    need(not extra, f"{case}: {', '.join(extra)} should not be in the result.")
    need(not lost, f"{case}: {', '.join(lost)} is missing in the result.")
    wrong = [origin for origin in right if not close(found[origin], right[origin], 1e-9)]
    if not wrong:
        return
    for other, hint in of_medians([chunks[number] for number in order]) if order else []:
        need(any(not close(found[k], other[k], 1e-9) for k in found), f"{case}: {hint}")
    where = wrong[0]
    if len(chunks) == 1:
        delays = chunks[0].loc[chunks[0]["origin"] == where, "dep_delay"].dropna()
        middle = [f(right[where]) for f in (math.floor, math.ceil)]
        middle += [np.percentile(delays, 50, method=which) for which in ("lower", "higher")]
        need(
            not any(close(found[where], other) for other in middle),
            f"{case}: of an even number of delays the median is the mean of the two in the middle ({where}).",
        )
    need(False, f"{case}: the median of {where} is {found[where]:g} and should be {right[where]:g}.")


def sent(summary):
    """The summary as another worker gets it."""
    found = attempt(lambda: pickle.loads(pickle.dumps(summary)))
    if isinstance(found, Exception):
        lost = "import" in str(found) or "attribute" in str(found) or "not the same" in str(found)
        hint = "Use plain dictionaries, lists, arrays, Series or a Counter (no lambda, no class of your own)."
        need(False, f"summarise: the summary cannot be pickled ({told(found)}). {hint}" if lost
             else f"summarise: the summary cannot be pickled: {told(found)}")  # fmt: skip
    return found


def folded(merge, summaries):
    """All summaries merged one after the other, each handed over as a copy."""
    together = sent(summaries[0])
    for summary in summaries[1:]:
        together = sent(called(merge, together, sent(summary)))
    return together


def of_medians(chunks):
    """Wrong ways to join medians."""
    parts = [medians([chunk]) for chunk in chunks]
    names = set().union(*parts)
    each = {name: [part[name] for part in parts if name in part] for name in names}
    step = dict(parts[0])
    for part in parts[1:]:
        step |= {k: (step[k] + v) / 2 if k in step else v for k, v in part.items()}
    hint = "that is made of the chunks' medians, and not the median of all delays."
    joined = {k: np.mean(v) for k, v in each.items()}, {k: np.median(v) for k, v in each.items()}, step
    return [(other, hint) for other in joined]


@question
def q2(summarise, merge, finish):
    import pandas as pd

    look_for_stubs(summarise, merge, finish)
    if not given(summarise):
        return
    chunks = chunks_of_flights()
    before = [chunk.copy() for chunk in chunks]
    summaries = []
    for chunk in chunks:
        found = attempt(lambda chunk=chunk: summarise(chunk))
        empty = len(chunk) == 0 and isinstance(found, Exception)
        need(not empty, f"summarise: a chunk without a row raises {told(found)}" if empty else "")
        no_delay = isinstance(found, Exception) and bool(chunk["dep_delay"].isna().all())
        need(not no_delay, "summarise: a chunk without a known delay raises "
             f"{told(found)}" if no_delay else "")  # fmt: skip
        summaries.append(called(summarise, chunk))
    same = all(a.equals(b) for a, b in zip(before, chunks, strict=True))
    need(same, "summarise changes its chunk; the scheduler may use it again.")
    sizes = [len(pickle.dumps(sent(summary))) for summary in summaries]
    need(
        max(sizes) <= 100_000,
        f"summarise: for {len(chunks[int(np.argmax(sizes))]):,} rows the summary takes {max(sizes):,} bytes; "
        "100,000 are allowed. Keep counts, not delays.",
    )
    if sizes[4] > 1.5 * sizes[5]:  # twice the rows, no more different delays: does it grow?
        longer = pd.concat([chunks[4], chunks[5]] * 5, ignore_index=True)
        size = len(pickle.dumps(sent(called(summarise, longer))))
        need(
            size <= 100_000,
            f"summarise: the summary grows with the chunk: for {len(longer):,} rows of no more different "
            f"delays it takes {size:,} bytes; 100,000 are allowed. Keep counts, not delays.",
        )
    if not given(summarise, finish):
        return
    tiny = pd.DataFrame({"origin": ["JFK"] * 5 + ["LGA"], "dep_delay": [9.0, np.nan, -2, 30, 5, 1]})
    need_medians(read_off(finish, summarise(tiny), "one chunk"), [tiny], "one chunk of six rows")
    for chunk, summary in zip(chunks, summaries, strict=True):
        case, own = f"one chunk of {len(chunk):,} rows", sent(summary)
        found = read_off(finish, own, case)
        need_medians(found, [chunk], case)
        again = (
            attempt(lambda own=own, case=case: read_off(finish, own, case)) if len(chunk) < 5000 else found
        )
        need(again == found, "finish changes the summary: the second time it says something else.")
    if not given(summarise, merge, finish):
        return
    for a, b in ((3, 2), (6, 8), (1, 7)):
        first, second = sent(summaries[a]), sent(summaries[b])
        case = f"two chunks, of {len(chunks[a]):,} and {len(chunks[b]):,} rows"
        together = called(merge, first, second)
        found = read_off(finish, together, case)
        need_medians(found, [chunks[a], chunks[b]], case, [0, 1])
        for which, left in (("a", (first, a)), ("b", (second, b))):
            now = attempt(lambda left=left: read_off(finish, left[0], "a part of a merge"))
            fine = now == medians([chunks[left[1]]])
            need(fine, f"merge changes {which}: afterwards finish({which}) is another one. A scheduler that "
                 "uses it again counts rows twice. Make a new summary.")  # fmt: skip
        # Also what was made must not change with its parts, nor they with it.
        called(merge, together, sent(summaries[4]))
        called(merge, first, sent(summaries[4]))
        now = read_off(finish, first, case)
        need(now == medians([chunks[a]]), "merge changes a, where a is a merged one or used before.")
    together = folded(merge, summaries)
    found = read_off(finish, together, "all chunks in order")
    need_medians(found, chunks, "all chunks in order", range(len(chunks)))
    size = len(pickle.dumps(together))
    need(size <= 100_000, f"merge: the summary of all chunks takes {size:,} bytes; 100,000 are allowed.")
    halves = [folded(merge, [summaries[k] for k in half]) for half in ([4, 8, 0, 2], [7, 6, 5, 1, 3])]
    found = read_off(finish, called(merge, *halves), "two halves")
    need_medians(found, chunks, "in another order, merged in two halves, then together")


# --- question 3 -----------------------------------------------------------------------------------


class WorkerDied(BaseException):
    """Ends a task in the middle; no `except Exception` holds it back."""


class Waits(BaseException):
    """Ends a task that asks the store without end."""


class Store:
    """The exercise's store; at a chosen call the worker dies, or something else runs first."""

    def __init__(self):
        self.held, self.calls, self.die_at, self.meanwhile = {}, 0, None, None
        self.after, self.asleep, self.total = False, False, 0

    def _call(self, job):
        self.total += 1
        if self.total > 20_000:
            raise Waits
        if self.asleep:
            return job()
        self.calls += 1
        now = self.calls - 1 == self.die_at
        if self.die_at is not None and (self.calls - 1 > self.die_at or now and not self.after):
            raise WorkerDied
        if self.meanwhile is not None:
            between, self.asleep = self.meanwhile, True
            between(self.calls - 1)
            self.asleep = False
        found = job()
        if now:
            raise WorkerDied
        return found

    def put(self, name, value):
        data = pickle.dumps(value)
        self._call(lambda: self.held.__setitem__(name, data))

    def get(self, name, default=None):
        return self._call(lambda: pickle.loads(self.held[name]) if name in self.held else default)

    def names(self):
        return self._call(lambda: sorted(self.held, key=str))


def done(work, store, number, delays):
    """One undisturbed task."""
    store.die_at, store.meanwhile, store.calls = None, None, 0
    own = delays.copy()
    found = called(work, store, number, own)
    need(np.array_equal(own, delays), "work changes delays, which other tasks need; draw into a new array.")
    return found, store.calls


def dies(work, store, number, delays, at, after):
    """One task whose worker dies at a call of the store."""
    store.die_at, store.after, store.calls, store.meanwhile = at, after, 0, None
    try:
        work(store, number, delays.copy())
    except WorkerDied:
        pass
    except Exception as error:
        need(False, f"work raises {told(error)} after an accident of another worker.")
    store.die_at = None


def outcome(result, store, case, n):
    """What result says, once it counts n tasks: number of tasks and spread."""
    store.die_at, store.meanwhile = None, None
    found = called(result, store)
    two = attempt(lambda: list(found))
    need(not isinstance(two, Exception) and len(two) == 2, "result: return two numbers, tasks and spread.")
    count = one_number(two[0], "result: the first thing should be the number of tasks done.")
    need(count == n, f"{case}: {n} different tasks are done, result counts {count:g}.")
    return count, one_number(two[1], f"{case}: the second thing should be one finite number, the spread.")


def agree(a, b):
    return a[0] == b[0] and close(a[1], b[1], 1e-9)


def need_deviation(work, result, delays):
    """The spread of three tasks against those of their pairs, and means of as many delays as there are."""
    spreads = {}
    for tasks in ((0, 1), (0, 2), (1, 2), (0, 1, 2)):
        store = Store()
        for number in tasks:
            done(work, store, number, delays)
        spreads[tasks] = outcome(result, store, f"Tasks {', '.join(map(str, tasks))}", len(tasks))[1]
    trio = spreads.pop((0, 1, 2))
    # A variance with ddof=1 of three numbers is the mean of those of their pairs.
    right = np.mean([spread**2 for spread in spreads.values()]) ** 0.5
    need(
        not close(trio / right, (4 / 3) ** 0.5, 1e-3),
        "result: that is the standard deviation of ddof=0, which np.std takes unless you say ddof=1.",
    )
    need(
        not close(trio / right, (2 / 3) ** 0.5, 1e-3),
        "result: the standard deviation is divided by the root of the number of tasks; leave it as it is.",
    )
    need(
        close(trio, right, 1e-3),
        f"result: from tasks 0, 1 and 2, two at a time, the spreads are "
        f"{', '.join(f'{spread:.4g}' for spread in spreads.values())}. The standard deviation of all three "
        f"means is then {right:.4g}; you say {trio:.4g}.",
    )
    for (a, b), spread in spreads.items():
        sum_apart = spread * 2**0.5 * len(delays)
        need(
            abs(sum_apart - round(sum_apart)) < 0.02,
            f"The means of tasks {a} and {b} are {spread * 2**0.5:.6g} apart. Means of {len(delays)} whole "
            f"delays are a multiple of 1/{len(delays)} apart: does a task draw as many as there are, and "
            "is nothing rounded?",
        )


@question
def q3(work, result):
    look_for_stubs(work, result)
    try:
        need_q3(work, result)
    except Waits:
        need(False, "A task calls the store again and again. Does it wait for another, which may be dead?")


def need_q3(work, result):
    if not given(work, result):
        return
    delays = np.round(np.random.default_rng(3).exponential(30, 150)) - 14
    n = 8
    calm = Store()
    for number in range(n):
        found, calls = done(work, calm, number, delays)
        need(calls > 0, "work: it calls nothing of the store, so its result is nowhere.")
        need(bool(attempt(lambda found=found: bool(found) is True)), "work: return True at its end.")
    need(calls <= 50, f"work: one task makes {calls} calls of the store; a few are enough.")
    without = outcome(result, calm, "The first time", n)
    again = outcome(result, calm, "Asked once more", n)
    need(agree(without, again), "result: asked twice, it gives two different answers.")

    def rerun(order, case, hint="Does a task draw the same both times, and count once?"):
        store = Store()
        for number in order:
            done(work, store, number, delays)
        found = outcome(result, store, case, len(set(order)))
        fine = len(set(order)) < n or agree(found, without)
        need(fine, f"{case}: the spread is {found[1]:.6g}, at first it was {without[1]:.6g}. {hint}")

    outside = "Does a task draw the same both times, and is nothing kept outside the store?"
    rerun(range(n), "The same tasks on a new store", outside)
    rerun(range(n - 1, -1, -1), "Tasks in another order")
    rerun([*range(n), 3, 3, 0], "Three tasks run again")
    rerun([1, 4, 11], "Three tasks on a new store")
    rerun([0, 1], "Two tasks on a new store")
    need(without[1] > 0, "result: the spread is 0: do all tasks draw the same? Each needs a seed of its own.")
    # An accident at each call of the store, before and after it; then the task runs again.
    _, calls = done(work, Store(), 2, delays)
    for at, after in itertools.product(range(calls), (False, True)):
        for again in (0, 1):
            store = Store()
            for number in range(n):
                if number in (0, 2, 5):
                    dies(work, store, number, delays, at, after)
                    if again:
                        dies(work, store, number, delays, at, after)
                done(work, store, number, delays)
            when = f"the worker dies {'after' if after else 'before'} call {at + 1} of the store in task 0"
            case = f"If {when}, 2 and 5, and they run again"
            found = outcome(result, store, case, n)
            need(agree(found, without), f"{case}: the spread is {found[1]:.6g}, not {without[1]:.6g}. "
                 "Something is lost or counted twice.")  # fmt: skip
    # Another task, or a second copy of the same, runs between two calls.
    for at, other in itertools.product(range(calls), (6, 2)):
        store = Store()
        for number in range(n):
            if number == 6:
                continue
            store.calls, store.die_at = 0, None
            if number == 2:

                def between(call, at=at, other=other, store=store):
                    if call == at:
                        called(work, store, other, delays.copy())

                store.meanwhile = between
            called(work, store, number, delays.copy())
            store.meanwhile = None
        if other == 2:
            done(work, store, 6, delays)
        what = f"task {other}" if other == 6 else "a second copy of task 2"
        case = f"If {what} runs just before call {at + 1} of the store in task 2"
        hint = "What was read may be old when you write: let each task write under its own name only."
        found = attempt(lambda case=case, store=store: outcome(result, store, case, n))
        if isinstance(found, Exception):
            need(False, f"{found} {hint}")
        need(agree(found, without), f"{case}: the spread is {found[1]:.6g}, not {without[1]:.6g}. {hint}")
    many = Store()
    for number in range(300):
        done(work, many, number, delays)
    spread, right = outcome(result, many, "After 300 tasks", 300)[1], delays.std() / len(delays) ** 0.5
    for other, hint in (
        (right**2, "Is it a variance? The standard deviation is asked for"),
        (
            right / 300**0.5,
            "Is it divided by the root of the number of tasks? The scatter itself is asked for",
        ),
        (delays.std(), "Do tasks draw one delay only? They draw as many as there are, and take the mean"),
        (
            right * 2**0.5,
            "Do tasks draw fewer delays, or take another thing than the mean? They draw as many as there are",
        ),
    ):
        need(
            abs(spread / other - 1) > 0.15 or abs(spread / right - 1) < 0.15,
            f"After 300 tasks the spread is {spread:.3g}; the formula says {right:.3g}. {hint}.",
        )
    need(
        spread > right / 4,
        f"After 300 tasks the spread is {spread:.2g}; the formula says {right:.2g}. Is each mean that of a "
        "draw with replacement, with its own seed?",
    )
    need(
        abs(spread / right - 1) < 0.25,
        f"After 300 tasks the spread is {spread:.3g}; the formula says {right:.3g}. Each task draws as "
        "many delays as there are, with replacement.",
    )
    need_deviation(work, result, delays)


# --- question 4 -----------------------------------------------------------------------------------


def numbers_in(message):
    """How many numbers a message holds."""
    if isinstance(message, dict):
        return sum(numbers_in(part) for part in message.values())
    if isinstance(message, list | tuple | set):
        return sum(numbers_in(part) for part in message)
    found = plain(message)
    if found.dtype.kind == "O" and found.ndim:
        return sum(numbers_in(part) for part in found.reshape(-1))
    if found.dtype.kind not in "biuf":
        raise ValueError
    return found.size


def houses():
    """(name, shards, w, penalty) of each case."""
    rng = np.random.default_rng(4)
    cases = []
    for name, sizes, width, penalty in (
        ("one house, no penalty", (60,), 2, 0.0),
        ("one house", (60,), 3, 0.1),
        ("two houses of the same size", (40, 40), 3, 0.0),
        ("houses of 90, 12 and 30 rows", (90, 12, 30), 4, 0.0),
        ("houses of 90, 12 and 30 rows, penalty 0.2", (90, 12, 30), 4, 0.2),
        ("a house without a row", (50, 0, 21), 3, 0.05),
    ):
        truth, shards = rng.normal(size=width), []
        for number, n in enumerate(sizes):
            X = rng.normal(size=(n, width)) + 0.6 * number
            y = (rng.random(n) < 1 / (1 + np.exp(-X @ truth))).astype(int)
            shards.append((X, y))
        cases.append((name, shards, 0.3 * rng.normal(size=width), penalty))
    return cases


def parts_of(w, X, y):
    """Gradient and Hessian, summed over the rows."""
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p - y), X.T @ (X * (p * (1 - p))[:, None])


def newton(w, gradient, hessian):
    return w - np.linalg.solve(hessian, gradient)


def whole_step(w, shards, penalty):
    X, y = np.concatenate([X for X, _ in shards]), np.concatenate([y for _, y in shards])
    gradient, hessian = parts_of(w, X, y)
    return newton(w, gradient / len(y) + penalty * w, hessian / len(y) + penalty * np.eye(len(w)))


def slips_of(w, shards, penalty):
    """Results of likely mistakes, with a hint each."""
    full = [(parts_of(w, X, y), len(y)) for X, y in shards if len(y)]
    n, k, one = sum(rows for _, rows in full), len(shards), np.eye(len(w))
    g, h = sum(part[0] for part, _ in full), sum(part[1] for part, _ in full)
    mg, mh = (np.mean([part[i] / rows for part, rows in full], axis=0) for i in (0, 1))
    alone = [newton(w, a / m + penalty * w, b / m + penalty * one) for (a, b), m in full]
    rows = [m for _, m in full]
    small = "a row of a small house counts more than one of a large house. Send sums, and divide once."
    out = [
        (newton(w, mg + penalty * w, mh + penalty * one), small),
        (np.mean(alone, axis=0), "that is the mean of steps that each house makes alone."),
        (np.average(alone, axis=0, weights=rows), "that is the weighted mean of steps of each house alone."),
    ]
    if penalty:
        out += [
            (newton(w, g / n, h / n), "the penalty is missing."),
            (newton(w, g / n + penalty * w, h / n), "the penalty is missing in the Hessian."),
            (newton(w, g / n, h / n + penalty * one), "the penalty is missing in the gradient."),
            (newton(w, g + penalty * w, h + penalty * one), "the penalty belongs to the mean loss: divide "
             "the sums by the number of all rows before you add it."),
            (newton(w, g / n + k * penalty * w, h / n + k * penalty * one), "the penalty counts once for "
             "every house; it belongs to the loss once."),
            (newton(w, g / n + penalty * w, h / n + penalty), "the penalty stands in every place of the "
             "Hessian; it belongs on the diagonal."),
        ]  # fmt: skip
    out += [
        (2 * w - whole_step(w, shards, penalty), "that goes uphill: the step is minus the inverse Hessian "
         "times the gradient."),
        (w - (g / n + penalty * w), "that is a gradient step; a Newton step solves with the Hessian."),
    ]  # fmt: skip
    return out


def asked_of(message, w, X, y):
    """A house's message, once it is one."""
    own = w.copy(), X.copy(), y.copy()
    found = attempt(lambda: message(*own))
    empty = len(y) == 0 and isinstance(found, Exception)
    need(not empty, f"message: a house without a row raises {told(found)}" if empty else "")
    need(
        not isinstance(found, Exception),
        f"message raises {told(found)}" if found is not None else "",
    )
    need(found is not None, "message returns nothing: does it end with return?")
    same = all(np.array_equal(a, b) for a, b in zip(own, (w, X, y), strict=True))
    need(same, "message changes w, X or y; make new arrays.")
    count, d = attempt(lambda: numbers_in(found)), len(w)
    need(not isinstance(count, Exception), "message: use arrays and numbers only.")
    need(
        count <= d * d + d + 5,
        f"message: for {len(y)} rows and {d} columns it holds {count} numbers; {d * d + d + 5} are allowed.",
    )
    return attempt(lambda: pickle.loads(pickle.dumps(found)))


@question
def q4(message, step):
    look_for_stubs(message, step)
    if given(message):
        for _, shards, w, _ in houses():
            for X, y in shards:
                asked_of(message, w, X, y)
    if not given(message, step):
        return
    for name, shards, w, penalty in houses():
        messages = [asked_of(message, w, X, y) for X, y in shards]
        right = whole_step(w, shards, penalty)
        for order, kept in (("", messages), (", other order", messages[::-1])):
            own = w.copy()
            found = attempt(lambda own=own, kept=kept: step(own, copy.deepcopy(kept), penalty))  # noqa: B023
            if isinstance(found, Exception):
                need(False, f"step raises {told(found)} ({name})")
            need(found is not None, "step returns nothing: does it end with return?")
            need(np.array_equal(own, w), "step changes w; return a new array.")
            found = attempt(lambda found=found: plain(found).astype(float))
            need(not isinstance(found, Exception), "step: return an array of numbers.")
            found = found.reshape(-1) if found.size == w.size else found
            need(
                found.shape == w.shape, f"step: return {len(w)} weights; the shape is {found.shape} ({name})."
            )
            lost = np.isnan(found).any()
            need(
                not lost or not any(len(y) == 0 for _, y in shards),
                "step: a house without a row makes all weights NaN. The mean of no rows is NaN; a sum is 0.",
            )
            need(not lost, f"step: weights are NaN ({name}).")
            if np.allclose(found, right, rtol=1e-4, atol=1e-5):  # float32 will do
                continue
            for other, hint in slips_of(w, shards, penalty):
                same = np.allclose(found, other, rtol=1e-4, atol=1e-5)
                need(not same or np.allclose(other, right, rtol=1e-3), f"{name}: {hint}")
            need(not order, f"step: right, but with the messages in another order it is wrong ({name}).")
            need(False, f"{name}: the new weights are not those of a Newton step on all rows: "
                 f"{np.abs(found - right).max():.2g} apart. Begin with one house, no penalty.")  # fmt: skip
    _, shards, w, penalty = houses()[4]
    w = np.zeros_like(w)
    for _ in range(8):
        w = np.asarray(step(w, [message(w, X, y) for X, y in shards], penalty), dtype=float).reshape(-1)
    moved = whole_step(w, shards, penalty) - w
    need(np.abs(moved).max() < 1e-4, "After eight rounds the weights have not arrived.")


# --- question 5 -----------------------------------------------------------------------------------

LIMIT = 40_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SWAPPED = LETTERS[7:] + LETTERS[:7]
OTHER = str.maketrans(LETTERS + LETTERS.upper(), SWAPPED + SWAPPED.upper())


def altered(batches):
    """The same batches with every letter replaced by another, and spam called good."""
    out = []
    for texts, is_spam in batches:
        out.append((np.array([text.translate(OTHER) for text in texts], dtype=object), ~np.asarray(is_spam)))
    return out


def handed_on(state, number):
    """The state as bytes, if they are few enough."""
    data = attempt(lambda: pickle.dumps(state))
    need(not isinstance(data, Exception), f"The state cannot be pickled: {told(data)}"
         if isinstance(data, Exception) else "")  # fmt: skip
    need(
        len(data) <= LIMIT,
        f"learn: after batch {number} the state takes {len(data):,} bytes; {LIMIT:,} are allowed. "
        "Each column of a linear model takes 8 bytes.",
    )
    return data


def answers_of(predict, kept, texts):
    """True or False for each text."""
    found = attempt(lambda: plain(called(predict, pickle.loads(kept), texts.copy())))
    if isinstance(found, Exception):
        raise found
    need(
        found.shape == (len(texts),), f"predict: for {len(texts)} texts the answer's shape is {found.shape}."
    )
    good = attempt(lambda: np.isin(found.astype(float), (0, 1)).all())
    need(good is np.True_ or good is True, "predict: return True or False for each text, not a chance.")
    return found.astype(float) == 1


def stream(start, predict, learn, batches):
    """Answers for each batch but the first, as `progressive` asks for them."""
    first = attempt(start)  # may well be None
    need(not isinstance(first, Exception), f"start raises {told(first)}"
         if isinstance(first, Exception) else "")  # fmt: skip
    kept, said, states = handed_on(first, 0), [], []
    for number, (texts, is_spam) in enumerate(batches):
        if number > 0:
            said.append(answers_of(predict, kept, texts))
        state = attempt(
            lambda kept=kept, texts=texts, y=is_spam: learn(pickle.loads(kept), texts.copy(), y.copy())
        )
        need(not isinstance(state, Exception), f"learn raises {told(state)} (batch {number})"
             if isinstance(state, Exception) else "")  # fmt: skip
        need(state is not None, "learn returns nothing: return the new state.")
        kept = handed_on(state, number)
        states.append(kept)
    return said, states


def need_no_memory(predict, learn, batches, said, states):
    """An old state, handed over again after all other batches, does what it did."""
    hint = "Is something remembered outside the state, or drawn without a seed?"
    for number in (3, 1, 0):
        case = f"From the state after batch {number}, kept and used once more at the end,"
        texts, is_spam = batches[number + 1]
        found = attempt(lambda number=number, texts=texts: answers_of(predict, states[number], texts))
        same = not isinstance(found, Exception) and np.array_equal(found, said[number])
        need(same, f"{case} predict does not give the same answers to the same mails. {hint}")
        state = attempt(
            lambda number=number, texts=texts, y=is_spam: pickle.dumps(
                learn(pickle.loads(states[number]), texts.copy(), y.copy())
            )
        )
        if not isinstance(state, Exception):
            texts = batches[number + 2][0]
            state = attempt(lambda state=state, texts=texts: answers_of(predict, state, texts))
        same = not isinstance(state, Exception) and np.array_equal(state, said[number + 1])
        need(same, f"{case} learn leads to other answers than at first. {hint}")


def wrong_in(said, batches):
    pairs = zip(said, batches[1:], strict=True)
    return np.array([(answers != np.asarray(is_spam)).sum() for answers, (_, is_spam) in pairs])


@question
def q5(start, predict, learn, errors, verdict, given_keeps_all, given_batches):
    batches = given_batches
    look_for_stubs(start, predict, learn)
    if given(start, predict, learn, batches):
        for function in (start, predict, learn):
            need(callable(function), "start, predict and learn should be functions.")
        said, states = stream(start, predict, learn, batches)
        own = wrong_in(said, batches)
        half = sum(len(y) for _, y in batches[1:]) / 2
        need(own.sum() < half, f"predict: {own.sum()} answers are wrong, more than half. Is True for spam?")
        need(own.sum() <= 400, f"The filter makes {own.sum()} errors; 400 are allowed. Does it still know "
             "the earlier batches, and does it learn from all of a batch?")  # fmt: skip
        second, _ = stream(start, predict, learn, batches[:4])
        same = all(np.array_equal(a, b) for a, b in zip(said, second, strict=False))
        need(same, "The same mails a second time give other answers. Is something remembered outside the "
             "state, or drawn without a seed?")  # fmt: skip
        other = batches[:7]
        turned = wrong_in(stream(start, predict, learn, altered(other))[0], altered(other)).sum()
        need(
            turned <= 1.5 * own[:6].sum() + 40,
            f"With other letters, and spam called good, the filter makes {turned} errors in six batches; "
            f"with the mails as they are {own[:6].sum()}. It knows something that it did not learn from the "
            "batches: words or labels of all mails?",
        )
        need_no_memory(predict, learn, batches, said, states)
    if given(start, predict, learn, errors, batches):
        found = attempt(lambda: plain(errors))
        need(
            not isinstance(found, Exception) and found.dtype.kind in "iuf" and found.shape == own.shape,
            f"errors: the list of {len(own)} numbers that progressive returns, not their sum.",
        )
        worst = np.abs(found - own).argmax()
        near = np.abs(found - own).max() <= 4 and abs(found.sum() - own.sum()) <= 8
        need(near, f"errors: {found.sum():g} in sum, in batch {worst + 1} {found[worst]:g}; here your "
             f"filter makes {own.sum()}, and {own[worst]} in that batch. Run progressive again.")  # fmt: skip
    if given(start, predict, learn, errors, verdict, batches, given_keeps_all):
        words = ("fewer", "more", "unclear")
        need(isinstance(verdict, str) and verdict in words, f"verdict: one of {', '.join(words)}.")
        apart = own - np.asarray(given_keeps_all)
        error = apart.std(ddof=1) / len(apart) ** 0.5
        low, high = apart.mean() - 2 * error, apart.mean() + 2 * error
        right = "fewer" if high < 0 else "more" if low > 0 else "unclear"
        if min(abs(low), abs(high)) > 0.15:  # nearer than that, another processor may say otherwise
            need(
                verdict == right,
                f"verdict: your filter's errors minus those of keeps_all lie between {low:.2f} and "
                f"{high:.2f} a batch: what is that called?",
            )
