"""Answers to the questions of chapter 8 that must pass, and mistakes that must get a hint."""

import hashlib
import json
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp

# --- question 1 -----------------------------------------------------------------------------------


def digest_of(model):
    return hashlib.sha256(json.dumps(model, sort_keys=True).encode("ascii")).hexdigest()


def save_by_tempfile(model, path):
    content = json.dumps({"sha256": digest_of(model), "model": model}, indent=2)
    handle, temporary = tempfile.mkstemp(dir=Path(path).parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(temporary).replace(path)
    return digest_of(model)


def load_by_hand(path):
    try:
        passport = json.loads(Path(path).read_text(encoding="utf-8"))
        model, sha256 = passport["model"], passport["sha256"]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError("not a whole file") from error
    if digest_of(model) == sha256:
        return model
    raise ValueError("changed")


def save_named(model, path):
    """An interrupted save leaves its temporary file behind: not tidy, and not wrong."""
    with tempfile.NamedTemporaryFile("w", dir=Path(path).parent, delete=False, encoding="utf-8") as file:
        file.write('{"model": ')
        json.dump(model, file)
        file.write(f', "sha256": "{digest_of(model)}"}}')
    os.replace(file.name, path)
    return digest_of(model)


def save_elsewhere(model, path):
    """Moved from the folder for temporary files, which may be another disk."""
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    with tempfile.NamedTemporaryFile("w", delete=False, encoding="utf-8") as file:
        file.write(content)
    shutil.move(file.name, path)
    return digest_of(model)


def save_after_removing(model, path):
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    Path(f"{path}.new").write_text(content, encoding="utf-8")
    Path(path).unlink(missing_ok=True)
    Path(f"{path}.new").rename(path)
    return digest_of(model)


def save_after_removing_first(model, path):
    Path(path).unlink(missing_ok=True)
    return save_by_tempfile(model, path)


def load_key_error(path):
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    if digest_of(passport["model"]) != passport["sha256"]:
        raise ValueError("changed")
    return passport["model"]


def load_without_hash(path):
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        if digest_of(passport["model"]) != passport.get("sha256", digest_of(passport["model"])):
            raise ValueError("changed")
        return passport["model"]
    except (KeyError, TypeError) as error:
        raise ValueError("not a whole file") from error


def save_in_place(model, path):
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    Path(path).write_text(content, encoding="utf-8")
    return digest_of(model)


def save_stream(model, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"model": ')
        json.dump(model, file)
        file.write(f', "sha256": "{digest_of(model)}"}}')
    return digest_of(model)


def save_copy(model, path):
    digest = save_by_tempfile(model, path)
    (Path(path).parent / "model.bak").write_text("for safety", encoding="utf-8")
    return digest


def save_unsorted(model, path):
    digest = hashlib.sha256(str(model).encode()).hexdigest()
    content = json.dumps({"model": model, "sha256": digest})
    Path(path).write_text(content, encoding="utf-8")
    return digest


def save_only_model(model, path):
    Path(path).write_text(json.dumps(model), encoding="utf-8")
    return digest_of(model)


def load_trusting(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))["model"]


def load_assert(path):
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    if digest_of(passport["model"]) != passport["sha256"]:
        raise KeyError("changed")
    return passport["model"]


def load_none(path):
    try:
        return load_by_hand(path)
    except ValueError:
        return {}


# --- question 2 -----------------------------------------------------------------------------------


def refusal_by_hand(body):
    if len(body) > 1000:
        return "The body is too large."
    try:
        visitor = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return "The body is not JSON in UTF-8."
    if not isinstance(visitor, dict) or set(visitor) != {"age", "sex", "waist", "pulse"}:
        return "Send exactly age, sex, waist and pulse."
    if type(visitor["age"]) is not int or not 20 <= visitor["age"] <= 120:
        return "The age is a whole number from 20 to 120."
    if visitor["sex"] not in ("Female", "Male"):
        return 'The sex is "Female" or "Male".'
    for name, low, high in [("waist", 50, 200), ("pulse", 30, 200)]:
        value = visitor[name]
        if value is not None and (type(value) not in (int, float) or not low <= value <= high):
            return f"{name} is a number from {low} to {high}, or null."
    return None


def loose(**settings):
    """A pydantic validator with some of its settings left out."""
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    chosen = {"extra": "forbid", "strict": True, "allow_inf_nan": False} | settings
    echo, default = chosen.pop("echo", False), chosen.pop("default", ...)

    class Visitor(BaseModel):
        model_config = ConfigDict(**chosen)
        age: int = Field(ge=20, le=120)
        sex: str = Field(pattern="^(Female|Male)$")
        waist: float | None = Field(default, ge=50, le=200)
        pulse: float | None = Field(default, ge=30, le=200)

    def refusal(body):
        if len(body) > 1000:
            return "The body is too large."
        try:
            Visitor.model_validate_json(body)
        except ValidationError as error:
            return f"cannot use {error.errors()[0]['input']!r:.100}" if echo else "This is not a visitor."
        return None

    return refusal


def by_comparison(body):
    """Ranges written the other way round, which NaN passes."""
    if len(body) > 1000:
        return "The body is too large."
    said = refusal_by_hand(body)
    return None if b"NaN" in body else said


def no_size(body):
    return refusal_by_hand(body.strip()[:900]) if len(body.strip()) < 900 else "The body is too large."


def value_error_only(body):
    if len(body) > 1000:
        return "The body is too large."
    json.loads(body.decode("latin-1"))
    return refusal_by_hand(body)


def any_encoding(body):
    """json.loads guesses among UTF-8, UTF-16 and UTF-32."""
    if len(body) > 1000:
        return "The body is too large."
    try:
        return refusal_by_hand(json.dumps(json.loads(body)).encode())
    except (ValueError, RecursionError):
        return "The body is not JSON."


def no_recursion_error(body):
    if len(body) > 1000:
        return "The body is too large."
    try:
        json.loads(body.decode("utf-8"))
    except ValueError:
        return "The body is not JSON in UTF-8."
    return refusal_by_hand(body)


def below_thousand(body):
    return "The body is too large." if len(body) >= 1000 else refusal_by_hand(body)


def whole_in_value(body):
    return refusal_by_hand(body.replace(b"50.0", b"50"))


def shortly(body):
    return refusal_by_hand(body) and "bad"


def two_lines(body):
    said = refusal_by_hand(body)
    return said and f"This is refused.\n{said}"


def at_length(body):
    said = refusal_by_hand(body)
    return said and f"{said} " + "Please read the manual of the service. " * 4


def returns_true(body):
    return refusal_by_hand(body) is None


# --- questions 3 and 4 ----------------------------------------------------------------------------

VERDICT = {"A": "innocent", "B": "systolic_1", "C": "waist"}


def rule(
    *, small=30, among_answered=True, last=2, latest=True, mend=True, refusals=0.05, high=0.70, stop="stop"
):
    """The rule for rolling back with some of its parts changed."""

    def bad(day):
        if day["refused"] > refusals * day["visitors"]:
            return True
        base = day["visitors"] - (day["refused"] if among_answered else 0)
        return not (0.35 <= day["invited"] / base <= high) if base else True

    def decide(history):
        if len(history) < 2 or min(day["visitors"] for day in history[-2:]) < small:
            return "wait"
        if not all(bad(day) for day in history[-last:]):
            return "keep"
        good = [day["version"] for day in history if day["visitors"] >= small and not bad(day)]
        if mend and history[-1]["version"] in good:
            return "mend"
        if not good:
            return stop
        return good[-1 if latest else 0]

    return decide


def latest_good_only(history):
    """Mend only if the latest good day had the version of the last day."""
    decided = rule(mend=False)(history)
    return "mend" if history and decided == history[-1]["version"] else decided


def by_complement(history):
    """The share refused as one minus the share answered, which is not exact."""

    def bad(day):
        others = day["visitors"] - day["refused"]
        return 1 - others / day["visitors"] > 0.05 or not 0.35 <= day["invited"] / others <= 0.70

    if len(history) < 2 or any(day["visitors"] < 30 for day in history[-2:]):
        return "wait"
    if not (bad(history[-1]) and bad(history[-2])):
        return "keep"
    good = [day["version"] for day in history if day["visitors"] >= 30 and not bad(day)]
    return "stop" if not good else "mend" if history[-1]["version"] in good else good[-1]


def version_before(history):
    decided = rule()(history)
    if decided in ("v1", "v2"):
        return f"v{int(history[-1]['version'][1:]) - 1}"
    return decided


def by_loop(history):
    good, streak = None, 0
    proven = set()
    for day in history:
        counts = day["visitors"] >= 30
        answered = day["visitors"] - day["refused"]
        share = day["invited"] / answered if answered else math.nan
        fine = day["refused"] <= 0.05 * day["visitors"] and 0.35 <= share <= 0.70
        if counts and fine:
            good = day["version"]
            proven.add(good)
        streak = streak + 1 if not fine else 0
    if len(history) < 2 or any(day["visitors"] < 30 for day in history[-2:]):
        return "wait"
    if streak < 2:
        return "keep"
    if history[-1]["version"] in proven:
        return "mend"
    return good or "stop"


# --- question 5 -----------------------------------------------------------------------------------


def psi(old, new):
    edges = np.quantile(old, np.linspace(0.1, 0.9, 9))
    p, q = (np.bincount(np.searchsorted(edges, v), minlength=10) / len(v) for v in (old, new))
    p, q = np.clip(p, 0.001, None), np.clip(q, 0.001, None)
    return ((q - p) * np.log(q / p)).sum()


def by_psi(old, new):
    rng, tenths = np.random.default_rng(0), np.full(10, 0.1)
    drawn = [
        np.clip(rng.multinomial(len(table), tenths, 1000) / len(table), 0.001, None) for table in (old, new)
    ]
    chance = ((drawn[1] - drawn[0]) * np.log(drawn[1] / drawn[0])).sum(axis=1)
    return bool(psi(old, new) > max(0.02, np.quantile(chance, 0.99)))


def by_mean_and_spread(old, new):
    z = (new.mean() - old.mean()) / old.std()
    spread = np.log(new.std() / old.std())
    return abs(z) > max(0.1, 3 / len(new) ** 0.5) or abs(spread) > max(0.1, 3 / (2 * len(new)) ** 0.5)


def only_where(size):
    """Kolmogorov-Smirnov, switched off for some sizes of week."""
    return lambda old, new: bool(size(len(new)) and ks_2samp(old, new).pvalue < 0.01)


RIGHT = {
    "q1": [
        ("tempfile and Path.replace", (save_by_tempfile, load_by_hand)),
        ("a named temporary file", (save_named, load_by_hand)),
    ],
    "q2": [("by hand", (refusal_by_hand,)), ("pydantic with a pattern", (loose(),))],
    "q3": [("in another order", (dict(reversed(VERDICT.items())),))],
    "q4": [
        ("parts as functions", (rule(),)),
        ("one loop over the days", (by_loop,)),
        ("one minus the share answered", (by_complement,)),
    ],
    "q5": [
        ("PSI with a simulated level", (by_psi,)),
        ("mean and spread", (by_mean_and_spread,)),
        ("KS", (lambda old, new: ks_2samp(old, new).pvalue < 0.01 and ks_2samp(old, new).statistic > 0.05,)),
    ],
}

WRONG = {
    "q1": [
        ("written in place", (save_in_place, load_by_hand)),
        ("written while it is made", (save_stream, load_by_hand)),
        ("a copy for safety", (save_copy, load_by_hand)),
        ("the hash of str()", (save_unsorted, load_by_hand)),
        ("only the model", (save_only_model, load_by_hand)),
        ("the hash is for show", (save_by_tempfile, load_trusting)),
        ("another error", (save_by_tempfile, load_assert)),
        ("an empty model in place of an error", (save_by_tempfile, load_none)),
        ("moved from another folder", (save_elsewhere, load_by_hand)),
        ("make room first", (save_after_removing, load_by_hand)),
        ("make room before all else", (save_after_removing_first, load_by_hand)),
        ("a KeyError says it, too", (save_by_tempfile, load_key_error)),
        ("without a hash nothing can be wrong", (save_by_tempfile, load_without_hash)),
        ("nothing is written", (lambda model, path: digest_of(model), load_by_hand)),
    ],
    "q2": [
        ("numbers may come as text", (loose(strict=False),)),
        ("further fields do no harm", (loose(extra="ignore"),)),
        ("infinite is a number", (by_comparison,)),
        ("a missing field is a missing value", (loose(default=None),)),
        ("say what was wrong", (loose(echo=True),)),
        ("size after stripping", (no_size,)),
        ("json.loads will say it", (value_error_only,)),
        ("True for good", (returns_true,)),
        ("any encoding will do", (any_encoding,)),
        *[("json raises ValueError only", (no_recursion_error,))][: sys.version_info < (3, 12)],
        ("fewer than 1,000 bytes", (below_thousand,)),
        ("50.0 is whole", (whole_in_value,)),
        ("one word", (shortly,)),
        ("two lines", (two_lines,)),
        ("a letter", (at_length,)),
        ("everything is refused", (lambda body: "No.",)),
    ],
    "q3": [
        ("the largest PSI", (VERDICT | {"A": "waist"},)),
        ("half of them are fine", (VERDICT | {"B": "innocent"},)),
        ("C has the smallest PSI", (VERDICT | {"C": "innocent"},)),
        ("bmi moved in C", (VERDICT | {"C": "bmi"},)),
        ("my own words", (VERDICT | {"B": "cuff"},)),
        ("a list", (list(VERDICT.values()),)),
    ],
    "q4": [
        ("one bad day is enough", (rule(last=1),)),
        ("every day counts", (rule(small=0),)),
        ("more than 30", (rule(small=31),)),
        ("share of all visitors", (rule(among_answered=False),)),
        ("refusals do not matter", (rule(refusals=2.0),)),
        ("always roll back", (rule(mend=False),)),
        ("the latest good day decides", (latest_good_only,)),
        ("back to the first that was good", (rule(latest=False),)),
        ("the version before", (version_before,)),
        ("nothing to go back to: keep", (rule(stop="keep"),)),
        ("a word and a version", (lambda history: ("roll back", "v1"),)),
    ],
    "q5": [
        ("folklore", (lambda old, new: bool(psi(old, new) > 0.25),)),
        ("folklore, the other limit", (lambda old, new: bool(psi(old, new) > 0.1),)),
        ("significant", (lambda old, new: bool(ks_2samp(old, new).pvalue < 0.05),)),
        ("a generous p-value", (lambda old, new: bool(ks_2samp(old, new).pvalue < 0.3),)),
        ("the mean only", (lambda old, new: bool(abs(new.mean() - old.mean()) > 0.45 * old.std()),)),
        ("never", (lambda old, new: False,)),
        ("not for very large weeks", (only_where(lambda n: n < 50_000),)),
        ("not for large weeks", (only_where(lambda n: n <= 500),)),
        ("not for small weeks", (only_where(lambda n: 60 <= n < 50_000),)),
        ("the p-value itself", (lambda old, new: ks_2samp(old, new).pvalue,)),
    ],
}
