"""The questions of chapter 8, deployment and monitoring."""

import copy
import functools
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from coursekit.checking import attempt, given, need, question, told

MODEL = {"intercept": -3.65, "weights": {"waist": [0.588, 0.596, 0.097, 0.501], "age": 0.25}}
OTHER = {"intercept": 1.5, "weights": {"waist": [0.588, 0.596, 0.097, 0.501], "température": -0.5}}


@question
def q1(save, load):
    if given(save):
        in_one_step(save, saves(save))
    if given(load):
        loads(load)


def passport(model):
    text = json.dumps(model, sort_keys=True)
    return {"model": model, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def stored(path):
    """What the file at the path says; None while no whole JSON file stands there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def empty_folder():
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def kind_of_path(name, call):
    """str or Path, whichever kind of path the learner's function takes."""
    said = []
    for kind in (str, Path):
        result = attempt(functools.partial(call, kind))
        if not isinstance(result, Exception):
            return kind
        said.append(told(result))
    alike = said[0] == said[1]
    need(False, f"{name} raised {said[0] if alike else f'{said[0]} (path as text), {said[1]} (as Path)'}")


def saves(save):
    """The file and the hash of good saves; returns the kind of path that save takes."""
    with empty_folder() as home:
        first = Path(home) / "first.json"
        kind = kind_of_path("save", lambda kind: save(copy.deepcopy(MODEL), kind(first)))
    with empty_folder() as home:
        path = Path(home) / "model.json"
        for model in (MODEL, OTHER):
            digest = save(copy.deepcopy(model), kind(path))
            need(path.exists(), "After save there is no file at the path.")
            need(
                isinstance(digest, str) and len(digest) == 64,
                "save returns the hash as 64 hexadecimal digits.",
            )
            need(
                digest == passport(model)["sha256"],
                "The hash is another one: it is of json.dumps(model, sort_keys=True), and of nothing else.",
            )
            entries = stored(path)
            need(
                isinstance(entries, dict) and set(entries) == {"model", "sha256"},
                'The file is one JSON object with two entries, "model" and "sha256".',
            )
            need(
                entries == passport(model),
                "The file does not hold the model just saved and its hash.",
            )
        need(len(os.listdir(home)) == 1, "After two good saves a second file is left beside the first.")
    return kind


def watched(path, call):
    """Seen at every step of a call: is a file at the path, what does it say, how many lie in its folder."""
    seen = []

    def look(*event):
        seen.append((path.exists(), stored(path), len(os.listdir(path.parent))))

    profiler = sys.getprofile()
    sys.setprofile(look)  # called before and after every step, such as the opening of a file
    try:
        call()
    finally:
        sys.setprofile(profiler)
    return seen


def in_one_step(save, kind):
    """No moment of a first or a second save shows half a file; a failing save does not touch the old one."""
    with empty_folder() as home:
        path = Path(home) / "model.json"
        seen = watched(path, lambda: save(copy.deepcopy(MODEL), kind(path)))
        need(
            all(entries == passport(MODEL) for there, entries, _ in seen if there),
            "While the first save to a path ran there was a moment with a file there that was not whole: "
            "a power cut then leaves half a file.",
        )
        seen = watched(path, lambda: save(copy.deepcopy(OTHER), kind(path)))
        need(stored(path) == passport(OTHER), "A second save to the same path does not replace the first.")
        need(
            all(entries in (passport(MODEL), passport(OTHER)) for _, entries, _ in seen),
            "While a second save ran there was a moment without a whole file at the path: "
            "a power cut there leaves half a file, or none.",
        )
        need(
            any(files > 1 for _, _, files in seen),
            "While save ran no other file was seen in the folder of path. If it stood in another folder: "
            "between disks a move is a copy, not one step.",
        )
        attempt(lambda: save(MODEL | {"weights": {1, 2}}, kind(path)))  # a set is no JSON
        need(path.exists(), "A save that failed on the way removed the file that stood there before.")
        need(
            stored(path) == passport(OTHER),
            "A save that failed on the way (a set is no JSON) changed the file that stood there before.",
        )


def loads(load):
    """Good files come back, in whatever order their entries stand; all others are refused."""
    text, turned = json.dumps(passport(MODEL)), passport(MODEL)
    turned["model"] = {"weights": dict(reversed(MODEL["weights"].items())), "intercept": -3.65}
    with empty_folder() as home:
        path = Path(home) / "model.json"
        path.write_text(text, encoding="utf-8")
        kind = kind_of_path("For a good file load", lambda kind: load(kind(path)))
        for name, model, content in [
            ("a good file", MODEL, text),
            ("a second good file", OTHER, json.dumps(passport(OTHER), indent=1)),
            ("a good file with its entries in another order", MODEL, json.dumps(turned)),
        ]:
            path.write_text(content, encoding="utf-8")
            got = attempt(lambda: load(kind(path)))
            need(not isinstance(got, Exception), f"For {name} load raised {told(got)}")
            need(isinstance(got, dict) and got == model, f"For {name} load does not return its model.")
        for name, content in [
            ("a weight was changed", text.replace("0.25", "0.26")),
            ("a column was renamed", text.replace("waist", "width")),
            ("half is missing", text[: len(text) // 2]),
            ("the hash is missing", json.dumps({"model": MODEL})),
            ("the hash is null", json.dumps({"model": MODEL, "sha256": None})),
            ("the model is missing", json.dumps({"sha256": passport(MODEL)["sha256"]})),
            ("all is missing but a pair of brackets", "[]"),
            ("all is missing but a word", '"model, sha256"'),
            ("all is missing but a number", "5"),
            ("nothing is left", ""),
        ]:
            path.write_text(content, encoding="utf-8")
            error = attempt(lambda: [load(kind(path))])  # in a list: an error may be returned, too
            need(
                isinstance(error, ValueError),
                f"load must raise ValueError for a file in which {name}; here it "
                + (f"raised {told(error)}" if isinstance(error, Exception) else "returned."),
            )


GOOD = {"age": 50, "sex": "Male", "waist": 98.5, "pulse": None}


def body(**changes):
    return json.dumps(GOOD | changes).encode()


def without(name):
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


SENT = "4711"  # stands in many bad bodies, and in no refusal
NUMBERS = ["age", "waist", "pulse"]
HUGE = 10**400  # 401 digits, more than a float can hold
ACCEPT = [
    ("the example", body()),
    ("a whole number as a waist", body(waist=98)),
    ("age 20, the smallest allowed", body(age=20)),
    ("age 120, the largest allowed", body(age=120, sex="Female")),
    ("waist 50, the smallest allowed", body(waist=50)),
    ("waist 200, the largest allowed", body(waist=200.0)),
    ("pulse 30, the smallest allowed", body(pulse=30.0)),
    ("pulse 200, the largest allowed", body(pulse=200)),
    ("both measurements null", body(waist=None)),
    ("both measured", body(pulse=72)),
    ("a pulse of 72.5", body(pulse=72.5)),
    ("a waist written 9.85e1", body().replace(b"98.5", b"9.85e1")),
    ("exactly 1,000 bytes", body().ljust(1000)),
    ("fields in another order, with blanks", b' {"pulse": 72, "waist": null,\n "sex": "Female", "age": 20} '),
]
REFUSE = [
    *[(f"a body without {name}", without(name)) for name in GOOD],
    ("an object without fields", b"{}"),
    ("a field too many", body(Waist=90)),
    ("a field too many, of an unknown name", body(**{f"secret-{SENT}": 1})),
    ("text for an age", body(age="50")),
    ("text for a waist", body(waist="98.5")),
    ("text for a pulse", body(pulse="72")),
    *[(f"a word in place of the {name}", body(**{name: f"secret-{SENT}"})) for name in NUMBERS],
    *[(f"the number 0 for {name} (0 is not null)", body(**{name: 0})) for name in NUMBERS],
    ("an empty text for a waist", body(waist="")),
    ("an empty text for a pulse", body(pulse="")),
    ("false for a waist", body(waist=False)),
    ("an empty list for a pulse", body(pulse=[])),
    ("true for an age (in Python True is a whole number)", body(age=True)),
    ("true for a waist", body(waist=True)),
    ("true for a pulse", body(pulse=True)),
    ("an age of 50.5", body(age=50.5)),
    ("an age written 50.0", body(age=50.0)),
    ("a null age", body(age=None)),
    ("a list for an age", body(age=[4711])),
    ("an age of 19", body(age=19)),
    ("an age of 121", body(age=121)),
    ("an age of 4711", body(age=4711)),
    ("an age of -50", body(age=-50)),
    ("a waist in inches", body(waist=38.8)),
    ("a waist of 49.9", body(waist=49.9)),
    ("a waist of 200.5", body(waist=200.5)),
    ("a waist of 4711", body(waist=4711)),
    ("a list for a waist", body(waist=[4711])),
    ("a pulse of 29.9", body(pulse=29.9)),
    ("a pulse of 200.5", body(pulse=200.5)),
    ("a pulse of 4711.5", body(pulse=4711.5)),
    ("an object for a pulse", body(pulse={"a": 4711})),
    *[(f"NaN for {name} (every comparison with it is false)", body(**{name: np.nan})) for name in GOOD],
    *[(f"a number of 401 digits for {name}", body(**{name: HUGE})) for name in NUMBERS],
    ("a waist of 1e999", body().replace(b"98.5", b"1e999")),
    ("a pulse of -1e999", body().replace(b"null", b"-1e999")),
    ("an unknown word for sex", body(sex=f"secret-{SENT}")),
    ("sex in small letters", body(sex="male")),
    ("an empty text for sex", body(sex="")),
    ("a line break behind the sex", body(sex="Male\n")),
    ("half a letter for sex", body(sex="\ud800")),
    ("a null sex", body(sex=None)),
    ("a list for sex", body(sex=["Male"])),
    ("a number for sex", body(sex=1)),
    ("a list in place of an object", b"[" + body() + b"]"),
    ("a list of the four names", json.dumps(list(GOOD)).encode()),
    ("a list of one word", json.dumps([f"secret-{SENT}"]).encode()),
    ("a text in place of an object", b'"age, sex, waist, pulse"'),
    ("a bare number", b"4711"),
    ("null", b"null"),
    ("no JSON at all", b"age=4711&sex=Male"),
    ("a dictionary as Python prints it", str(GOOD).encode()),
    ("an empty body", b""),
    ("half an object", body(age=4711)[:30]),
    ("a good object and more behind it", body() + b" 5"),
    ("bytes that are not UTF-8", body().replace(b"Male", b"M\xe9le, 4711")),
    ("a byte too many, which is not UTF-8, in Male", body().replace(b"Male", b"Ma\xffle")),
    ("a byte too many, which is not UTF-8, at the end", body() + b"\xff"),
    ("a good text in UTF-16", body().decode().encode("utf-16")),
    ("900 open brackets", b"[" * 900),
    ("1,000 open brackets", b"[" * 1000),
    ("a body of 1,001 bytes", body().ljust(1001)),
    ("a body of more than 1,000 bytes", body() + b" " * 1000),
    ("2 MB of text", body(sex=f"secret-{SENT}" * 200_000)),
]


@question
def q2(refusal):
    for name, content in ACCEPT:
        said = attempt(lambda content=content: refusal(content))
        need(not isinstance(said, Exception), f"For a good body ({name}) it raises {told(said)}")
        need(said is None, f"A good body is refused: {name}. It returns {said!r:.80}.")
    for name, content in REFUSE:
        said = attempt(lambda content=content: refusal(content))
        need(not isinstance(said, Exception), f"For {name} it raises {told(said)}")
        need(said is not None, f"It lets through {name}.")
        need(isinstance(said, str), f"For {name} it returns {said!r:.80}: return a sentence.")
        need(SENT not in said, f"For {name} the text repeats what was sent.")
        need(len(said.splitlines()) <= 1, f"For {name} the text has more than one line.")
        need(len(said) <= 150, f"For {name} the text is too long: at most 150 characters.")
        need(len(said.split()) >= 3, f"For {name} it says {said!r}: write a sentence the nurse can use.")


@question
def q3(verdict):
    verdict = attempt(lambda: dict(verdict))
    need(isinstance(verdict, dict), 'verdict is a dictionary such as {"A": "innocent", …}.')
    need(set(verdict) == set("ABC"), "Give a verdict for each of the letters A, B and C.")
    words = {"innocent", "age", "bmi", "waist", "pulse", "systolic_1"}
    hints = {
        "A": ("innocent", "A: how many people are in that week, and what PSI do 45 innocent ones give?"),
        "B": ("systolic_1", "B: with 600 people, which column moved by more than chance?"),
        "C": ("waist", "C: each column alone is as ever. Which one no longer goes with the others?"),
    }
    for letter, (word, hint) in hints.items():
        if given(verdict[letter]):
            known = isinstance(verdict[letter], str) and verdict[letter] in words
            need(known, f"{letter}: use only the words {', '.join(sorted(words))}.")
            need(verdict[letter] == word, hint)


def day(version, visitors=100, refused=0, invited=None):
    """A day; without `invited` it is a good one, with half of the answered invited."""
    invited = (visitors - refused) // 2 if invited is None else invited
    return {"version": version, "visitors": visitors, "refused": refused, "invited": invited}


DAYS = [  # history, what to do, hint
    ([], "wait", "With no day at all there is nothing to judge yet."),
    ([day("v1", invited=90)], "wait", "One day is fewer than two, however bad it is."),
    ([day("v1"), day("v1")], "keep", "Two good days: nothing is to be done."),
    ([day("v1"), day("v1", invited=90)], "keep", "One bad day is not yet two in a row."),
    ([day("v1", invited=90), day("v1")], "keep", "The bad day is over: only two bad days in a row count."),
    (
        [day("v1"), day("v2", 20, invited=19), day("v2", 20, invited=19)],
        "wait",
        "Days of 20 visitors do not count.",
    ),
    (
        [day("v1"), day("v2", 100, invited=95), day("v2", 29, invited=27)],
        "wait",
        "The last day has 29 visitors.",
    ),
    (
        [day("v1"), day("v2", 29, invited=27), day("v2", invited=95)],
        "wait",
        "The day before has 29 visitors.",
    ),
    (
        [day("v1"), day("v2", 30, invited=28), day("v2", 30, invited=28)],
        "v1",
        "Days of 30 visitors do count.",
    ),
    ([day("v1"), day("v2", invited=90), day("v2", invited=90)], "v1", "v2 was never good, and v1 was."),
    ([day("v1"), day("v2", invited=5), day("v2", invited=5)], "v1", "Too few invitations are bad, too."),
    ([day("v1"), day("v2", refused=30), day("v2", refused=30)], "v1", "Many refusals are bad, too."),
    ([day("v1"), day("v2", refused=6), day("v2", refused=6)], "v1", "6 % refused is more than 5 %."),
    (
        [day("v1"), day("v2", refused=5), day("v2", refused=5)],
        "keep",
        "5 of 100 refused is exactly 5 %, and not more (beware: 1 - 0.95 is 0.05 and a rounding error).",
    ),
    (
        [day("v1"), day("v2", 1000, 54), day("v2", 1000, 54)],
        "v1",
        "54 of 1,000 refused are 5.4 %, which is more than 5 %.",
    ),
    (
        [day("v1"), day("v2", 1000, invited=704), day("v2", 1000, invited=704)],
        "v1",
        "704 of 1,000 are 0.704, which is above 0.70.",
    ),
    (
        [day("v1"), day("v2", 1000, invited=346), day("v2", 1000, invited=346)],
        "v1",
        "346 of 1,000 are 0.346, which is below 0.35.",
    ),
    ([day("v1"), day("v2", invited=34), day("v2", invited=34)], "v1", "0.34 is below 0.35."),
    ([day("v1"), day("v2", invited=71), day("v2", invited=71)], "v1", "0.71 is above 0.70."),
    (
        [day("v1"), day("v2", invited=35), day("v2", invited=35)],
        "keep",
        "35 of 100 is exactly 0.35, and not below.",
    ),
    (
        [day("v1"), day("v2", invited=70), day("v2", invited=70)],
        "keep",
        "70 of 100 is exactly 0.70, and not above.",
    ),
    (
        [day("v1", invited=35), day("v2", invited=90), day("v2", invited=90)],
        "v1",
        "A day with a share of exactly 0.35 is good, and can be gone back to.",
    ),
    (
        [day("v1"), day("v2", 1000, 40, invited=345), day("v2", 1000, 40, invited=345)],
        "keep",
        "The share invited is taken among those who were not refused.",
    ),
    ([day("v1"), day("v2", 50, 50), day("v2", 50, 50)], "v1", "When all are refused the day is bad."),
    ([day("v1"), day("v1", 0)], "wait", "A day without visitors does not count."),
    (
        [day("v1", 0), day("v2", invited=90), day("v2", invited=90)],
        "stop",
        "A day without visitors does not count, not as a proof of being good either.",
    ),
    ([day("v1"), day("v1", invited=5), day("v1", invited=5)], "mend", "The same version was good before."),
    (
        [day("v1"), day("v2"), day("v2", invited=5), day("v2", invited=5)],
        "mend",
        "The live version was good before, so it cannot be the reason.",
    ),
    (
        [day("v1"), day("v2"), day("v1", invited=5), day("v1", invited=5)],
        "mend",
        "The live version was good before; that another was good later changes nothing.",
    ),
    (
        [day("v1", invited=90), day("v1", invited=90)],
        "stop",
        "No day was good: there is nothing to go back to.",
    ),
    (
        [day("v1", 20), day("v2", invited=90), day("v2", invited=90)],
        "stop",
        "A small day does not count, not as a proof of being good either.",
    ),
    (
        [
            day("v1"),
            day("v2", invited=90),
            day("v2", invited=90),
            day("v3", invited=90),
            day("v3", invited=90),
        ],
        "v1",
        "The version before was bad as well: go back to the latest that had a good day.",
    ),
    (
        [day("v1"), day("v2"), day("v3", invited=90), day("v3", invited=90)],
        "v2",
        "Two versions had a good day: take that of the latest good day.",
    ),
    (
        [day("v1"), day("v2"), day("v1"), day("v3", invited=90), day("v3", invited=90)],
        "v1",
        "v1 had a good day after that of v2: the days decide, not which version came first.",
    ),
    (
        [day("v1"), day("v2"), day("v1", invited=90), day("v3", invited=90), day("v3", invited=90)],
        "v2",
        "v1 was live before v3, and the latest good day was one of v2.",
    ),
    (
        [day("v2"), day("v1", invited=90), day("v2", invited=90)],
        "mend",
        "v2, the version of the last day, was good before. The day before may have had another.",
    ),
    (
        [day("v1"), *[day("v2", invited=90)] * 40],
        "v1",
        "The good day lies forty days back and counts: look at the whole history.",
    ),
    (
        [day("v1"), day("v2", refused=4, invited=36), day("v3", invited=90), day("v3", invited=90)],
        "v2",
        "v1 had the day with fewer refused, and v2 a later good one: the latest decides.",
    ),
    (
        [day("v2"), day("v1"), day("v3", invited=90), day("v3", invited=90)],
        "v1",
        "v2 had a good day and v1 a later one: the days decide, and not the names.",
    ),
    (
        [day("v1"), day("v2", 20), day("v2", invited=90), day("v2", invited=90)],
        "v1",
        "The live version had one good day, of 20 visitors: that day does not count.",
    ),
    (
        [day("v1"), day("v2", invited=90), day("v3", invited=90)],
        "v1",
        "Both days are bad, though of two versions.",
    ),
    (
        [day("blue"), day("red", invited=90), day("red", invited=90)],
        "blue",
        "A version may have any name.",
    ),
]
KINDS = [  # visitors, refused, invited: good and bad days on both sides of every limit, and days too small
    *[(100, 0, 50), (100, 5, 60), (100, 0, 35), (200, 0, 140), (30, 1, 15), (1000, 40, 345), (105, 5, 35)],
    *[(100, 6, 47), (100, 0, 34), (100, 0, 71), (30, 2, 14), (100, 40, 30), (50, 50, 0), (1000, 0, 345)],
    *[(1000, 54, 470), (1000, 0, 704), (1000, 0, 346), (29, 0, 14), (29, 0, 29), (20, 20, 0), (0, 0, 0)],
]


def good(visitors, refused, invited):
    """Is such a day good? In whole numbers, which no rounding moves."""
    others = visitors - refused
    return 100 * refused <= 5 * visitors and 35 * others <= 100 * invited <= 70 * others


def by_the_rule(history):
    """What the rule says after the last day."""
    fine = [good(day["visitors"], day["refused"], day["invited"]) for day in history]
    counts = [day["visitors"] >= 30 for day in history]
    if len(history) < 2 or not all(counts[-2:]):
        return "wait"
    if any(fine[-2:]):
        return "keep"
    proven = [day["version"] for day, *both in zip(history, fine, counts, strict=True) if all(both)]
    return "mend" if history[-1]["version"] in proven else proven[-1] if proven else "stop"


def by_lot(rng):
    """Two to seven days of up to three versions, one after the other or in turns."""
    lots = rng.integers(len(KINDS), size=rng.integers(2, 8))
    names = rng.choice(["north", "east", "west"], size=len(lots))
    names = [names, np.sort(names), np.sort(names)[::-1]][rng.integers(3)]
    return [day(str(name), *KINDS[lot]) for name, lot in zip(names, lots, strict=True)]


@question
def q4(decide):
    rng = np.random.default_rng(8)
    many = [(history, by_the_rule(history), "") for history in (by_lot(rng) for _ in range(300))]
    for history, right, hint in DAYS + many:
        words = {"wait", "keep", "mend", "stop"} | {day["version"] for day in history}
        hint = hint or "The days: " + "; ".join(", ".join(f"{k} {v}" for k, v in d.items()) for d in history)
        got = attempt(lambda history=history: decide(copy.deepcopy(history)))
        need(not isinstance(got, Exception), f"It raises {told(got)}. {hint}")
        need(isinstance(got, str) and got in words, f"Return one word or a version, not {got!r:.40}. {hint}")
        need(got == right, f"It says {got!r}. {hint}")


MEASURES = [(99, 16), (72, 12), (36.6, 0.4)]  # mean and standard deviation of a waist, a pulse, a temperature
INNOCENT = {20: 60, 45: 50, 60: 50, 500: 60, 20_000: 10}  # rows: how many weeks


def weeks(rng, times, n, shift=0.0, spread=1.0, n_old=4000):
    """Old and new values of each measure in turn; every other week is moved down in place of up."""
    for turn in range(times):
        mean, sd = MEASURES[turn % 3]
        moved = mean + sd * shift * (-1) ** turn
        yield rng.normal(mean, sd, n_old), rng.normal(moved, sd * spread, n)


@question
def q5(alarm):
    rng, total = np.random.default_rng(0), 0

    def count(times, n, **change):
        made = [alarm(old, new) for old, new in weeks(rng, times, n, **change)]
        for one in made:
            known = isinstance(one, bool | np.bool_)
            need(
                known, f"It returns {one!r:.40}: return True or False (bool(…) turns a comparison into one)."
            )
        return sum(map(bool, made))

    for n, times in INNOCENT.items():
        alarms = count(times, n)
        need(
            alarms <= 0.15 * times,
            f"{alarms} of {times} innocent weeks of {n:,} rows alarm: what is the chance level there?",
        )
        total += alarms
    # With this seed honest tests at a level of 0.05 alarm up to 14 times, those at 0.1 from 20 on.
    need(total <= 17, f"{total} of {sum(INNOCENT.values())} innocent weeks alarm: more than one in twenty.")
    for n, shift in [(20, 3.0), (40, 2.0), (60, 1.0), (500, 0.5), (5000, 0.5)]:
        times = 20 if n < 5000 else 2
        missed = times - count(times, n, shift=shift)
        need(
            missed <= 0.1 * times,
            f"{missed} of {times} weeks of {n:,} rows, moved by {shift:g} standard deviations up or down, "
            "are missed.",
        )
    missed = 20 - count(20, 500, spread=2.0)
    need(
        missed <= 2,
        f"{missed} of 20 weeks of 500 rows with the same mean and twice the spread are missed: look at more "
        "than the mean.",
    )
    missed = 2 - count(2, 100_000, shift=0.5, n_old=100_000)
    need(missed == 0, f"{missed} of 2 weeks of 100,000 rows, moved by 0.5 standard deviations, are missed.")
    alarms = count(2, 100_000, shift=0.03, n_old=100_000)
    need(
        alarms == 0,
        "100,000 rows, moved by 0.03 standard deviations, set it off: is that enough to matter?",
    )
