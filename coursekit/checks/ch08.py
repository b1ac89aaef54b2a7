"""The questions of chapter 8, deployment and monitoring."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from coursekit.checking import attempt, need, question

MODEL = {"intercept": -3.65, "weights": {"waist": [0.588, 0.596, 0.097, 0.501], "age": 0.25}}


@question
def q1(save, load):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        path = Path(home) / "model.json"
        digest = save(MODEL, path)
        need(path.exists(), "After save there is no file at the path.")
        need(isinstance(digest, str) and len(digest) == 64, "save returns the hash as 64 hexadecimal digits.")
        expected = hashlib.sha256(json.dumps(MODEL, sort_keys=True).encode()).hexdigest()
        need(
            digest == expected,
            "The hash is another one: it is of json.dumps(model, sort_keys=True), and of nothing else.",
        )
        text = path.read_text(encoding="utf-8")
        passport = attempt(lambda: json.loads(text))
        need(
            isinstance(passport, dict) and set(passport) == {"model", "sha256"},
            'The file is one JSON object with two entries, "model" and "sha256".',
        )
        need(attempt(lambda: load(path)) == MODEL, "load does not give back the model that was saved.")
        for name, content in [
            ("a weight was changed", text.replace("0.25", "0.26")),
            ("a column was renamed", text.replace("waist", "width")),
            ("half of it is missing", text[: len(text) // 2]),
            ("the hash is missing", json.dumps({"model": MODEL})),
            ("the model is missing", json.dumps({"sha256": expected})),
            ("all is missing but a pair of brackets", "[]"),
            ("it is empty", ""),
        ]:
            path.write_text(content, encoding="utf-8")
            error = attempt(lambda: load(path))
            need(
                isinstance(error, ValueError),
                f"load must raise ValueError for a file of which {name}; here it "
                + (f"raised {type(error).__name__}." if isinstance(error, Exception) else "returned."),
            )
        in_one_step(save, load, path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        path = Path(home) / "model.json"
        save(MODEL, path)
        save(MODEL, path)
        need(len(os.listdir(home)) == 1, "After two good saves a second file is left beside the first.")


def in_one_step(save, load, path):
    """A second save must put a new file in the place of the old, and a failing one must not touch it."""
    save(MODEL, path)
    before, other = os.stat(path).st_ino, MODEL | {"intercept": 1.5}
    attempt(lambda: save(MODEL | {"weights": {1, 2}}, path))  # a set is no JSON
    need(path.exists(), "A save that fails on the way has removed the file that stood there before.")
    need(
        attempt(lambda: load(path)) == MODEL,
        "A save that fails on the way damages the file that stood there before.",
    )
    with renames() as seen:
        save(other, path)
    need(attempt(lambda: load(path)) == other, "A second save to the same path does not replace the first.")
    need(
        before == 0 or os.stat(path).st_ino != before,
        "The old file is overwritten in place: a power cut would leave half. Write beside it and rename.",
    )
    for source, target, stood in seen:
        if target == os.path.realpath(path):
            need(stood, "The old file is gone before the new one has its name: a power cut would leave none.")
            need(
                os.path.dirname(source) == os.path.dirname(target),
                "The temporary file stands in another folder: between disks a move is a copy, not one step.",
            )


@contextlib.contextmanager
def renames():
    """Note source and target of every rename, and whether the target stood there before."""
    seen, real = [], {name: getattr(os, name) for name in ("rename", "replace")}

    def noting(function):
        def call(source, target, **settings):
            places = [os.path.realpath(os.fsdecode(place)) for place in (source, target)]
            seen.append((*places, os.path.exists(places[1])))
            return function(source, target, **settings)

        return call

    for name, function in real.items():
        setattr(os, name, noting(function))
    try:
        yield seen
    finally:
        for name, function in real.items():
            setattr(os, name, function)


GOOD = {"age": 50, "sex": "Male", "waist": 98.5, "pulse": None}


def body(**changes):
    return json.dumps(GOOD | changes).encode()


def without(name):
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


ACCEPT = [
    ("the example", body()),
    ("a whole number as a waist", body(waist=98)),
    ("waist 50, the smallest allowed", body(waist=50)),
    ("age 120, the largest allowed", body(age=120, sex="Female")),
    ("both measurements null", body(waist=None)),
    ("exactly 1,000 bytes", body().ljust(1000)),
    ("fields in another order, with blanks", b' {"pulse": 72, "waist": null,\n "sex": "Female", "age": 20} '),
]
REFUSE = [
    ("a missing pulse", without("pulse")),
    ("a missing age", without("age")),
    ("a field too many", body(Waist=90)),
    ("text for a number", body(pulse="72")),
    ("text for an age", body(age="50")),
    ("true for an age (in Python True is a whole number)", body(age=True)),
    ("true for a pulse", body(pulse=True)),
    ("an age of 50.5", body(age=50.5)),
    ("an age written 50.0", body(age=50.0)),
    ("a null age", body(age=None)),
    ("an age of 19", body(age=19)),
    ("a waist in inches", body(waist=38.8)),
    ("a waist of 201", body(waist=201)),
    ("a pulse of 500", body(pulse=500)),
    ("NaN (every comparison with it is false)", body(waist=float("nan"))),
    ("1e999", body().replace(b"98.5", b"1e999")),
    ("an unknown word for sex", body(sex="secret-4711")),
    ("a list for sex", body(sex=["Male"])),
    ("a number for sex", body(sex=1)),
    ("a list in place of an object", b"[" + body() + b"]"),
    ("a bare number", b"5"),
    ("null", b"null"),
    ("no JSON at all", b"age=50&sex=Male"),
    ("an empty body", b""),
    ("half an object", body()[:30]),
    ("bytes that are not UTF-8", body().replace(b"Male", b"M\xe9le")),
    ("a good text in UTF-16", body().decode().encode("utf-16")),
    ("900 open brackets", b"[" * 900),
    ("1,000 open brackets", b"[" * 1000),
    ("a body of 1,001 bytes", body().ljust(1001)),
    ("a body of more than 1,000 bytes", body() + b" " * 1000),
    ("2 MB of text", body(sex="secret-4711" * 200_000)),
]


@question
def q2(refusal):
    for name, content in ACCEPT:
        said = attempt(lambda content=content: refusal(content))
        need(not isinstance(said, Exception), f"It raises {type(said).__name__} for a good body: {name}.")
        need(said is None, f"A good body is refused: {name}.")
    for name, content in REFUSE:
        said = attempt(lambda content=content: refusal(content))
        need(not isinstance(said, Exception), f"It raises {type(said).__name__} for {name}: return a text.")
        need(said is not None, f"It lets through {name}.")
        need(isinstance(said, str) and said.strip() != "", f"For {name} return a sentence, not {type(said)}.")
        need("\n" not in said, f"For {name} the text has more than one line.")
        need(len(said) <= 150, f"For {name} the text is too long: at most 150 characters.")
        need(len(said.split()) >= 3, f"For {name} it says {said!r}: write a sentence the nurse can use.")
        need("4711" not in said, "The text repeats what the visitor sent.")


@question
def q3(verdict):
    need(isinstance(verdict, dict), 'verdict is a dictionary such as {"A": "innocent", …}.')
    need(set(verdict) == set("ABC"), "Give a verdict for each of the letters A, B and C.")
    words = {"innocent", "age", "bmi", "waist", "pulse", "systolic_1"}
    need(set(verdict.values()) <= words, f"Use only the words {', '.join(sorted(words))}.")
    hints = {
        "A": ("innocent", "A: how many people are in that week, and what PSI do 45 innocent ones give?"),
        "B": ("systolic_1", "B: with 600 people, which column moved by more than chance?"),
        "C": ("waist", "C: each column alone is as ever. Which one no longer goes with the others?"),
    }
    for letter, (word, hint) in hints.items():
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
    (
        [day("v1"), day("v2", refused=4), day("v2", refused=4)],
        "keep",
        "4 % refused is not more than 5 %.",
    ),
    ([day("v1"), day("v2", refused=6), day("v2", refused=6)], "v1", "6 % refused is more than 5 %."),
    ([day("v1"), day("v2", invited=36), day("v2", invited=69)], "keep", "0.36 and 0.69 are inside."),
    ([day("v1"), day("v2", invited=34), day("v2", invited=71)], "v1", "0.34 and 0.71 are outside."),
    (
        [day("v1"), day("v2", 1000, 40, invited=345), day("v2", 1000, 40, invited=345)],
        "keep",
        "The share invited is taken among those who were not refused.",
    ),
    ([day("v1"), day("v2", 50, 50), day("v2", 50, 50)], "v1", "When all are refused the day is bad."),
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
        "Two versions had a good day: take the later one.",
    ),
]


@question
def q4(decide):
    words = {"wait", "keep", "mend", "stop", "v1", "v2", "v3"}
    for history, right, hint in DAYS:
        got = attempt(lambda history=history: decide([dict(day) for day in history]))
        need(not isinstance(got, Exception), f"It raises {type(got).__name__}. {hint}")
        need(isinstance(got, str) and got in words, f"Return one word or a version, not {got!r:.40}. {hint}")
        need(got == right, f"It says {got!r}. {hint}")


@question
def q5(alarm):
    rng = np.random.default_rng(8)
    old = rng.normal(99, 16, 4000)

    def count(times, n, shift=0.0, spread=1.0, old=old):
        made = [alarm(old, rng.normal(99 + 16 * shift, 16 * spread, n)) for _ in range(times)]
        need(
            all(isinstance(one, bool | np.bool_) for one in made),
            "Return True or False; bool(...) turns a comparison into one.",
        )
        return sum(map(bool, made))

    innocent = {n: count(20 if n > 1000 else 40, n) for n in (20, 60, 500, 20_000)}
    for n, alarms in innocent.items():
        need(alarms <= 7, f"Innocent weeks of {n} rows alarm {alarms} times: what is the chance level there?")
    need(
        sum(innocent.values()) <= 14,
        f"{sum(innocent.values())} of 140 innocent weeks alarm: more than one in twenty.",
    )
    for n, shift in [(20, 3.0), (40, -2.0), (60, 1.0), (500, 0.5), (500, -0.5), (5000, 0.5)]:
        times = 20 if n < 5000 else 3
        need(
            count(times, n, shift) >= 0.9 * times,
            f"Weeks of {n:,} rows moved by {shift} standard deviations are missed.",
        )
    need(
        count(20, 500, spread=2.0) >= 18,
        "Weeks of 500 rows with the same mean and twice the spread are missed: look at more than the mean.",
    )
    many = rng.normal(99, 16, 100_000)
    need(
        count(2, 100_000, 0.5, old=many) == 2,
        "Weeks of 100,000 rows moved by 0.5 standard deviations are missed.",
    )
    need(
        count(4, 100_000, 0.03, old=many) == 0,
        "100,000 rows, moved by 0.03 standard deviations, set it off: is that enough to matter?",
    )
