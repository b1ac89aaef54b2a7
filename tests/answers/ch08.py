"""Answers to the questions of chapter 8 that must pass, and mistakes that must get a hint."""

import hashlib
import json
import math
import os
import re
import shutil
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction
from os import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, ks_2samp, levene, mannwhitneyu, ttest_ind
from scipy.stats import f as f_distribution

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


def save_text(model, path):
    """The path is taken for a text."""
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump({"model": model, "sha256": digest_of(model)}, file)
    replace(path + ".tmp", path)
    return digest_of(model)


def save_lesson(model, path):
    """As `write_atomically` of the lesson: the path has a suffix to change."""
    text = json.dumps({"model": model, "sha256": digest_of(model)})
    temporary = path.with_suffix(".partial")
    with open(temporary, "w", encoding="utf-8") as file:
        for part in (text[:40], text[40:]):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return digest_of(model)


def load_lesson(path):
    with open(path, encoding="utf-8") as file:
        passport = json.load(file)
    needed = {"model", "sha256"}
    if not isinstance(passport, dict) or not needed <= passport.keys():
        raise ValueError("an entry is missing")
    if (
        hashlib.sha256(json.dumps(passport["model"], sort_keys=True).encode()).hexdigest()
        != passport["sha256"]
    ):
        raise ValueError("this is not what was hashed")
    return passport["model"]


def save_in_own_folder(model, path):
    """A folder of its own for the temporary file, beside the path and so on the same disk."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as beside:
        made = os.path.join(beside, "made")
        with os.fdopen(os.open(made, os.O_CREAT | os.O_WRONLY), "wb") as file:
            file.write(json.dumps({"model": model, "sha256": digest_of(model)}).encode())
        replace(made, path)
    return digest_of(model)


def save_elsewhere_unseen(model, path):
    with tempfile.NamedTemporaryFile("w", delete=False, encoding="utf-8") as file:
        json.dump({"model": model, "sha256": digest_of(model)}, file)
    replace(file.name, path)
    return digest_of(model)


def save_copied(model, path):
    """Copied over the old file: two steps, like any writing."""
    beside = Path(f"{path}.new")
    beside.write_text(json.dumps({"model": model, "sha256": digest_of(model)}), encoding="utf-8")
    shutil.copyfile(beside, path)
    beside.unlink()
    return digest_of(model)


def save_anew(model, path):
    """All is made before the old file goes; the new one is written at its place."""
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    Path(path).unlink(missing_ok=True)
    Path(path).write_text(content, encoding="utf-8")
    return digest_of(model)


def save_over(model, path):
    """Written over the old file without emptying it first."""
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    with open(path, "r+" if Path(path).exists() else "w", encoding="utf-8") as file:
        file.write(content[:50])
        file.flush()
        file.write(content[50:])
        file.truncate()
    return digest_of(model)


def save_same_hash(model, path):
    content = {"model": model, "sha256": digest_of(model)}
    Path(f"{path}.new").write_text(json.dumps(content), encoding="utf-8")
    os.replace(f"{path}.new", path)
    return "0" * 64


def save_hash_of_file(model, path):
    digest = hashlib.sha256(json.dumps({"model": model}, sort_keys=True).encode()).hexdigest()
    Path(f"{path}.new").write_text(json.dumps({"model": model, "sha256": digest}), encoding="utf-8")
    os.replace(f"{path}.new", path)
    return digest


def save_swallowing(model, path):
    """An empty file in place of an error."""
    try:
        content = json.dumps({"model": model, "sha256": digest_of(model)})
    except TypeError:
        content = ""
    Path(f"{path}.new").write_text(content, encoding="utf-8")
    os.replace(f"{path}.new", path)
    return content and digest_of(model)


def load_in_its_order(path):
    """The hash of the model as it stands in the file, keys unsorted."""
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        text = json.dumps(passport["model"])
        if hashlib.sha256(text.encode()).hexdigest() == passport["sha256"]:
            return passport["model"]
    except (KeyError, TypeError):
        pass
    raise ValueError("changed")


def save_all_sorted(model, path):
    content = json.dumps({"model": model, "sha256": digest_of(model)}, sort_keys=True)
    Path(f"{path}.new").write_text(content, encoding="utf-8")
    os.replace(f"{path}.new", path)
    return digest_of(model)


def load_null_hash(path):
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(passport, dict) or not {"model", "sha256"} <= passport.keys():
        raise ValueError("an entry is missing")
    if passport["sha256"] and passport["sha256"] != digest_of(passport["model"]):
        raise ValueError("changed")
    return passport["model"]


def load_by_words(path):
    """Looks for both names, in whatever the file holds."""
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    if "model" not in passport or "sha256" not in passport:
        raise ValueError("an entry is missing")
    if passport["sha256"] != digest_of(passport["model"]):
        raise ValueError("changed")
    return passport["model"]


def load_whole(path):
    load_by_hand(path)
    return json.loads(Path(path).read_text(encoding="utf-8"))


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


class Store:
    """Methods in place of functions; pydantic reads the file, and its errors are ValueErrors."""

    def save(self, model, path, *, indent=2):
        path = Path(path)
        hidden = path.with_name("." + path.name)
        hidden.write_bytes(json.dumps({"model": model, "sha256": digest_of(model)}, indent=indent).encode())
        hidden.replace(path)
        return digest_of(model)

    @staticmethod
    def load(path):
        from pydantic import BaseModel, model_validator

        class Passport(BaseModel):
            model: dict
            sha256: str

            @model_validator(mode="after")
            def fits(self):
                assert digest_of(self.model) == self.sha256
                return self

        return Passport.model_validate_json(Path(path).read_bytes()).model


def save_linked(model, path):
    """The old file keeps a second name until the new one stands."""
    content = json.dumps({"model": model, "sha256": digest_of(model)})
    if os.path.exists(path):
        os.link(path, f"{path}.old")
    Path(f"{path}.new").write_text(content, encoding="utf-8")
    os.replace(f"{path}.new", path)
    Path(f"{path}.old").unlink(missing_ok=True)
    return digest_of(model)


def load_by_match(path):
    match json.loads(Path(path).read_text(encoding="utf-8")):
        case {"model": model, "sha256": str(digest)} if digest == digest_of(model):
            return model
    raise ValueError("not what was saved")


def save_first_in_place(model, path):
    """In one step only where there is an old file to lose."""
    if Path(path).exists():
        return save_by_tempfile(model, path)
    return save_in_place(model, path)


def save_reserving(model, path):
    """An empty file reserves the place."""
    Path(path).touch()
    return save_by_tempfile(model, path)


def digest_of_letters(model):
    """Letters as they are, not as json.dumps writes them by itself."""
    return hashlib.sha256(json.dumps(model, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def save_letters(model, path):
    content = {"model": model, "sha256": digest_of_letters(model)}
    Path(f"{path}.new").write_text(json.dumps(content), encoding="utf-8")
    os.replace(f"{path}.new", path)
    return content["sha256"]


def load_letters(path):
    passport = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(passport, dict) or not {"model", "sha256"} <= passport.keys():
        raise ValueError("an entry is missing")
    if passport["sha256"] != digest_of_letters(passport["model"]):
        raise ValueError("changed")
    return passport["model"]


def load_returning(path):
    """The error is returned, not raised."""
    try:
        return load_by_hand(path)
    except ValueError as error:
        return error


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


def varied(
    whole=int, ends=True, high=True, finite=None, fields=set, words=("Female", "Male"), errors="strict"
):
    """By hand, with one or other of its parts changed."""

    def refusal(body):
        if len(body) > 1000:
            return "The body is too large."
        try:
            visitor = json.loads(body.decode("utf-8", errors))
        except (ValueError, RecursionError):
            return "The body is not JSON in UTF-8."
        if fields is set and not isinstance(visitor, dict):
            return "Send one JSON object."
        if fields(visitor) != fields(["age", "sex", "waist", "pulse"]):
            return "Send exactly age, sex, waist and pulse."
        if type(visitor["age"]) is not whole:
            return "The age is a whole number."
        if visitor["sex"] not in words:
            return 'The sex is "Female" or "Male".'
        for name, low, top in [("age", 20, 120), ("waist", 50, 200), ("pulse", 30, 200)]:
            value, top = visitor[name], top if high else 10**999
            if value is None:
                continue
            number = type(value) in (int, float) and (not finite or finite(value))
            if not number or not (low <= value <= top if ends else low < value < top):
                return f"Look at {name}: a number in its range, or null."
        return None

    return refusal


def by_type_adapter(body):
    """pydantic's own sentence; the field is named only if it is one of ours."""
    from typing import Annotated, Literal

    from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
    from typing_extensions import TypedDict

    def measure(low):
        return Annotated[float, Field(ge=low, le=200, allow_inf_nan=False)] | None

    @with_config(ConfigDict(extra="forbid", strict=True))
    class Visitor(TypedDict):
        age: Annotated[int, Field(ge=20, le=120)]
        sex: Literal["Female", "Male"]
        waist: measure(50)
        pulse: measure(30)

    if len(body) > 1000:
        return "The body is larger than 1,000 bytes."
    try:
        TypeAdapter(Visitor).validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = first["loc"][0] if first["loc"] and first["loc"][0] in Visitor.__annotations__ else "request"
        return f"{field}: {first['msg']}."


def all_errors(body):
    """Whatever is raised, the request is no good."""
    try:
        return refusal_by_hand(body)
    except Exception:
        return "The body cannot be used."


def names_fields(body):
    """Helpful: says which field it does not know."""
    said = refusal_by_hand(body)
    if said is None or not said.startswith("Send exactly"):
        return said
    visitor = json.loads(body.decode("utf-8"))
    unknown = sorted(set(visitor) - {"age", "sex", "waist", "pulse"}) if isinstance(visitor, dict) else []
    return f"There is no field {unknown[0]}." if unknown else said


def names_values(body):
    said = refusal_by_hand(body)
    if said and said.startswith("The age"):
        return f"The age {json.loads(body)['age']} is not from 20 to 120."
    return said


def by_pattern(body):
    """A regular expression for sex, whose $ matches before a line break, too."""
    try:
        sex = json.loads(body.decode("utf-8"))["sex"]
        if len(body) <= 1000 and re.match("(Female|Male)$", sex):
            return refusal_by_hand(body.replace(json.dumps(sex).encode(), json.dumps(sex.strip()).encode()))
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    return refusal_by_hand(body)


def first_object(body):
    """Reads one object, and not what comes behind it."""
    if len(body) > 1000:
        return "The body is too large."
    try:
        visitor, _ = json.JSONDecoder().raw_decode(body.decode("utf-8").strip())
    except (ValueError, RecursionError):
        return "The body is not JSON in UTF-8."
    return refusal_by_hand(json.dumps(visitor).encode())


def loose(**settings):
    """A pydantic validator with some of its settings left out."""
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    chosen = {"extra": "forbid", "strict": True, "allow_inf_nan": False} | settings
    echo, default = chosen.pop("echo", False), chosen.pop("default", ...)
    limits, no_sex = chosen.pop("age", Field(ge=20, le=120)), chosen.pop("sex", ...)

    class Visitor(BaseModel):
        model_config = ConfigDict(**chosen)
        age: int = limits
        sex: str = Field(no_sex, pattern="^(Female|Male)$")
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


def age_from(**limits):
    from pydantic import Field

    return loose(age=Field(**limits))


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


class ByAssertion:
    """An object to call, and one sentence an assertion."""

    ranges = {"age": (int, 20, 120), "waist": ((int, float), 50, 200), "pulse": ((int, float), 30, 200)}

    def __call__(self, body: bytes):
        try:
            assert len(body) <= 1000, "The request is too large."
            visitor = json.loads(str(body, "utf-8"))
            fields = {"age", "sex", "waist", "pulse"}
            assert isinstance(visitor, dict) and visitor.keys() == fields, "There are four fields to send."
            assert visitor["sex"] in ["Female", "Male"], "This sex is not known here."
            for name, (kind, low, high) in self.ranges.items():
                value = visitor[name]
                if value is not None or name == "age":
                    number = isinstance(value, kind) and not isinstance(value, bool)
                    assert number and low <= value <= high, f"Please look at {name}."
        except AssertionError as error:
            return str(error)
        except Exception:
            return "Nothing in it is readable."


def by_match(body):
    def measured(value, low):
        return value is None or type(value) in (int, float) and low <= value <= 200

    try:
        visitor = json.loads(body.decode()) if len(body) <= 1000 else None
    except (ValueError, RecursionError):
        return "It is no JSON in UTF-8."
    match visitor:
        case {"age": int(age), "sex": "Female" | "Male", "waist": waist, "pulse": pulse, **more}:
            whole = type(age) is int and 20 <= age <= 120
            if whole and not more and measured(waist, 50) and measured(pulse, 30):
                return None
    return "Please send age, sex, waist and pulse as agreed."


def echoes(when, part):
    """By hand, with a part of the request repeated in one of the sentences."""

    def refusal(body):
        said = refusal_by_hand(body)
        if said is None or not said.startswith(when):
            return said
        try:
            return f"This is no good: {part(body)!r:.60}."
        except (ValueError, RecursionError, LookupError, TypeError):
            return said

    return refusal


def wrong_type(name):
    """The value of a field if its type is wrong; an error for any other."""

    def part(body):
        value = json.loads(body)[name]
        if type(value) in (int, float):
            raise ValueError("only its range is wrong")
        return value

    return part


def no_object(body):
    """What stands in place of an object."""
    visitor = json.loads(body)
    if isinstance(visitor, dict):
        raise ValueError("an object")
    return visitor


def whole_pulse(body):
    said = refusal_by_hand(body)
    if said is None and (json.loads(body)["pulse"] or 0) % 1:
        return "The pulse is a whole number."
    return said


def if_there(name, types):
    """`if visitor[name] and …`: what counts as false in Python is not looked at."""

    def refusal(body):
        try:
            visitor = json.loads(body.decode("utf-8"))
            if len(body) <= 1000 and not visitor[name] and type(visitor[name]) in types:
                return refusal_by_hand(json.dumps(visitor | {name: None}).encode())
        except (ValueError, RecursionError, LookupError, TypeError):
            pass
        return refusal_by_hand(body)

    return refusal


def as_python(body):
    """A dictionary of Python's in place of JSON."""
    words = {"None": "null", "'": '"'}
    if len(body) <= 1000 and body.startswith(b"{'"):
        for word, other in words.items():
            body = body.replace(word.encode(), other.encode())
    return refusal_by_hand(body)


def returns_true(body):
    return refusal_by_hand(body) is None


# --- questions 3 and 4 ----------------------------------------------------------------------------

VERDICT = {"A": "innocent", "B": "systolic_1", "C": "waist"}


def rule(
    *,
    small=30,
    among_answered=True,
    last=2,
    latest=True,
    mend=True,
    refusals=0.05,
    low=0.35,
    high=0.70,
    stop="stop",
    choose=None,
    proof=None,
):
    """The rule for rolling back with some of its parts changed."""

    def bad(day):
        if day["refused"] > refusals * day["visitors"]:
            return True
        base = day["visitors"] - (day["refused"] if among_answered else 0)
        return not (low <= day["invited"] / base <= high) if base else True

    def decide(history):
        if len(history) < 2 or min(day["visitors"] for day in history[-2:]) < small:
            return "wait"
        if not all(bad(day) for day in history[-last:]):
            return "keep"
        days = [day for day in history if day["visitors"] >= small and not bad(day)]
        good = [day["version"] for day in days]
        proven = [day["version"] for day in history if day["visitors"] >= (proof or small) and not bad(day)]
        if mend and history[-1]["version"] in proven:
            return "mend"
        if not good:
            return stop
        return choose(days)["version"] if choose else good[-1 if latest else 0]

    return decide


def best(days):
    """The good day with the fewest refused, the latest of them."""
    return min(reversed(days), key=lambda day: day["refused"] / day["visitors"])


def middle(days):
    """The good day whose share invited lies nearest to the middle."""
    return min(reversed(days), key=lambda day: abs(day["invited"] / day["visitors"] - 0.525))


def newest_name(days):
    return max(days, key=lambda day: day["version"])


def one_version(history):
    """Both bad days must be of one version."""
    decided = rule()(history)
    if decided in ("wait", "keep") or history[-1]["version"] == history[-2]["version"]:
        return decided
    return "keep"


def known_names(history):
    decided = rule()(history)
    return decided if decided in ("wait", "keep", "mend", "stop", "v1", "v2") else "v1"


def any_two(history):
    """Any two bad days, not the last two."""
    ends = [[*history[:k], history[-1]] for k in range(1, len(history))]
    said = [rule()(days) for days in ends]
    return next((one for one in said if one not in ("wait", "keep")), rule()(history))


def by_fractions(history):
    def counts(day):
        return day["visitors"] >= 30

    def good(day):
        answered = day["visitors"] - day["refused"]
        if not answered or Fraction(day["refused"], day["visitors"]) > Fraction(5, 100):
            return False
        return Fraction(35, 100) <= Fraction(day["invited"], answered) <= Fraction(7, 10)

    match history[-2:]:
        case [a, b] if counts(a) and counts(b):
            if good(a) or good(b):
                return "keep"
            proven = {day["version"]: k for k, day in enumerate(history) if counts(day) and good(day)}
            return "mend" if b["version"] in proven else max(proven, key=proven.get, default="stop")
        case _:
            return "wait"


def by_pandas(history):
    days = pd.DataFrame(history, columns=["version", "visitors", "refused", "invited"])
    share = days["invited"] / (days["visitors"] - days["refused"])
    fine = (100 * days["refused"] / days["visitors"] <= 5) & share.between(0.35, 0.70)
    counts = days["visitors"].ge(30)
    if len(days) < 2 or not counts.tail(2).all():
        return "wait"
    if fine.tail(2).any():
        return "keep"
    good = days.loc[fine & counts, "version"]
    if good.eq(days["version"].iloc[-1]).any():
        return "mend"
    return good.iloc[-1] if len(good) else "stop"


def by_product(history):
    """Limits as counts of people: 0.05 times the visitors."""

    def fine(day):
        others = day["visitors"] - day["refused"]
        few = day["refused"] <= day["visitors"] * 5 / 100
        return few and others and others * 35 / 100 <= day["invited"] <= others * 70 / 100

    if len(history) < 2 or any(day["visitors"] < 30 for day in history[-2:]):
        return "wait"
    if any(fine(day) for day in history[-2:]):
        return "keep"
    good = [day["version"] for day in history if day["visitors"] >= 30 and fine(day)]
    return "mend" if history[-1]["version"] in good else good[-1] if good else "stop"


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


def is_good(day):
    others = day["visitors"] - day["refused"]
    return (
        day["visitors"] >= 30
        and 20 * day["refused"] <= day["visitors"]
        and 35 * others <= 100 * day["invited"] <= 70 * others
    )


def rule_with(good=is_good, mend=None, choose=None):
    """The rule in whole numbers, with another idea of a good day, of mending or of the day to go back to."""

    def decide(history):
        if len(history) < 2 or min(day["visitors"] for day in history[-2:]) < 30:
            return "wait"
        if any(good(day) for day in history[-2:]):
            return "keep"
        names = [day["version"] for day in history if good(day)]
        if mend(names, history) if mend else history[-1]["version"] in names:
            return "mend"
        if not names:
            return "stop"
        return choose(names, history) if choose else names[-1]

    return decide


def in_shares(share):
    """A good day by shares that `share(part, whole)` computes."""

    def good(day):
        others = day["visitors"] - day["refused"]
        if day["visitors"] < 30 or not others:
            return False
        few = share(day["refused"], day["visitors"]) <= Decimal("0.05")
        return few and Decimal("0.35") <= share(day["invited"], others) <= Decimal("0.70")

    return good


def shares_first(day):
    """A day without visitors is divided by its visitors before it is left out."""
    few = day["refused"] / day["visitors"] <= 0.05
    return (
        few and 0.35 <= day["invited"] / (day["visitors"] - day["refused"]) <= 0.70 and day["visitors"] >= 30
    )


def live_before(names, history):
    """The version that was live before the last two days, if ever it was good."""
    before = history[-3]["version"] if len(history) > 2 else None
    return before if before in names else names[-1]


def by_arrays(history):
    if len(history) < 2:
        return "wait"
    version, visitors, refused, invited = (np.array([day[key] for day in history]) for key in history[0])
    with np.errstate(all="ignore"):
        share = invited / (visitors - refused)
        fine = (refused / visitors <= 0.05) & (share >= 0.35) & (share <= 0.70)
    counts = visitors >= 30
    if not counts[-2:].all():
        return "wait"
    if fine[-2:].any():
        return "keep"
    good = version[fine & counts]
    return "mend" if version[-1] in good else good[-1] if len(good) else "stop"


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


def tests_and_size(location, limit, size):
    """Two p-values, of place and of spread, and two sizes."""

    def alarm(old, new):
        small = min(location(old, new).pvalue, levene(old, new).pvalue) < limit / 2
        moved = abs(np.median(new) - np.median(old)) / old.std()
        return bool(small and (moved > size or abs(np.log(new.std() / old.std())) > size))

    return alarm


def by_lesson(old, new):
    """The lesson's functions: the chance level from one line of multinomial."""
    edges = np.unique(np.nanquantile(old, np.linspace(0, 1, 11)[1:-1]))
    p, q = (np.bincount(np.searchsorted(edges, v, side="right"), minlength=10) / len(v) for v in (old, new))

    def index(p, q):
        p, q = np.clip(p, 0.001, None), np.clip(q, 0.001, None)
        return ((q - p) * np.log(q / p)).sum(axis=-1)

    chance = index(p, np.random.default_rng(0).multinomial(len(new), p, 1000) / len(new))
    return index(p, q) > max(0.02, np.quantile(chance, 0.99))


class Alarm:
    """A class with a call, and numbers of single precision."""

    def __call__(self, old, new):
        old, new = np.float32(old), np.float32(new)
        test = ks_2samp(new, old, method="asymp")
        return np.bool_(test.pvalue < 0.02) and np.bool_(test.statistic > 0.1)


def one_sided(old, new):
    test = ks_2samp(old, new, alternative="greater")
    return bool(test.pvalue < 0.01 and test.statistic > 0.05) or bool(new.std() > 1.5 * old.std())


def by_heart(old, new):
    """Mean and spread of a waist by heart; `old` is not looked at."""
    z, wide = abs(new.mean() - 99) / 16, abs(np.log(new.std() / 16))
    return bool(z > max(0.1, 3 / len(new) ** 0.5) or wide > max(0.1, 3 / (2 * len(new)) ** 0.5))


def in_units(old, new):
    """An absolute limit: half a centimetre."""
    return bool(ks_2samp(old, new).pvalue < 0.01 and abs(new.mean() - old.mean()) > 1)


def in_per_cent(old, new):
    far = abs(new.mean() / old.mean() - 1) > 0.05 or new.std() > 1.5 * old.std()
    return bool(ks_2samp(old, new).pvalue < 0.01 and far)


def by_t_and_f(old, new):
    """p-values of mean (Welch) and spread (F), the smaller one of the two."""
    ratio = f_distribution.cdf(new.var(ddof=1) / old.var(ddof=1), len(new) - 1, len(old) - 1)
    return min(ttest_ind(old, new, equal_var=False).pvalue, 2 * min(ratio, 1 - ratio))


def by_chi_square(old, new):
    """The counts in the tenths of the old values."""
    edges = np.quantile(old, np.linspace(0.1, 0.9, 9))
    counts = [np.bincount(np.searchsorted(edges, values), minlength=10) for values in (old, new)]
    return chi2_contingency(counts).pvalue < 0.02 and psi(old, new) > 0.03


def only_where(size):
    """Kolmogorov-Smirnov, switched off for some sizes of week."""
    return lambda old, new: bool(size(len(new)) and ks_2samp(old, new).pvalue < 0.01)


RIGHT = {
    "q1": [
        ("tempfile and Path.replace", (save_by_tempfile, load_by_hand)),
        ("a named temporary file", (save_named, load_by_hand)),
        ("path + '.tmp'", (save_text, load_by_hand)),
        ("as in the lesson", (save_lesson, load_lesson)),
        ("a temporary folder beside the path", (save_in_own_folder, load_lesson)),
        ("methods", (Store().save, Store.load)),
        ("a second name for the old file", (save_linked, load_by_match)),
    ],
    "q2": [
        ("by hand", (refusal_by_hand,)),
        ("by hand, in another order", (varied(),)),
        ("pydantic with a pattern", (loose(),)),
        ("pydantic's own sentences", (by_type_adapter,)),
        ("whatever is raised", (all_errors,)),
        ("assertions", (ByAssertion(),)),
        ("match", (by_match,)),
    ],
    "q3": [
        ("in another order", (dict(reversed(VERDICT.items())),)),
        ("a Series", (pd.Series(VERDICT),)),
        ("pairs", (list(VERDICT.items()),)),
        ("NumPy's texts", ({letter: np.str_(word) for letter, word in VERDICT.items()},)),
    ],
    "q4": [
        ("parts as functions", (rule(),)),
        ("one loop over the days", (by_loop,)),
        ("exact fractions", (by_fractions,)),
        ("a table", (by_pandas,)),
        ("limits in people", (by_product,)),
        ("arrays", (by_arrays,)),
        ("decimal numbers", (rule_with(in_shares(lambda part, whole: Decimal(part) / whole)),)),
    ],
    "q5": [
        ("PSI with a simulated level", (by_psi,)),
        ("PSI as in the lesson", (by_lesson,)),
        ("mean and spread", (by_mean_and_spread,)),
        ("Welch and F, for two tests", (lambda o, n: by_t_and_f(o, n) < 0.025 and psi(o, n) > 0.02,)),
        ("chi-square in tenths", (by_chi_square,)),
        ("t and Levene", (tests_and_size(ttest_ind, 0.05, 0.1),)),
        ("ranks and Levene", (tests_and_size(mannwhitneyu, 0.01, 0.2),)),
        ("a class", (Alarm(),)),
        ("KS at 0.05", (lambda o, n: ks_2samp(o, n).pvalue < 0.05 and ks_2samp(o, n).statistic > 0.05,)),
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
        ("moved from another folder, unseen", (save_elsewhere_unseen, load_by_hand)),
        ("copied over the old one", (save_copied, load_by_hand)),
        ("removed, then written", (save_anew, load_by_hand)),
        ("written over the old one", (save_over, load_by_hand)),
        ("another hash is returned than stored", (save_same_hash, load_by_hand)),
        ("the hash of the file", (save_hash_of_file, load_by_hand)),
        ("errors give an empty file", (save_swallowing, load_by_hand)),
        ("the keys in the order of the file", (save_all_sorted, load_in_its_order)),
        ("no hash, no check", (save_by_tempfile, load_null_hash)),
        ("both words are in it", (save_by_tempfile, load_by_words)),
        ("the whole file comes back", (save_by_tempfile, load_whole)),
        ("the first time there is nothing to lose", (save_first_in_place, load_by_hand)),
        ("the place is taken first", (save_reserving, load_by_hand)),
        ("letters as they are", (save_letters, load_letters)),
        ("the error is returned", (save_by_tempfile, load_returning)),
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
        ("no upper limit of the age", (age_from(ge=20),)),
        ("older than 20", (age_from(gt=20, le=120),)),
        ("younger than 120", (age_from(ge=20, lt=120),)),
        ("no sex, no matter", (loose(sex="Male"),)),
        ("strange bytes left out", (varied(errors="ignore"),)),
        ("no upper limits", (varied(high=False),)),
        ("without the ends", (varied(ends=False),)),
        ("isfinite of 401 digits", (varied(finite=math.isfinite),)),
        ("a float of 401 digits", (varied(finite=lambda value: float(value) == value),)),
        ("a list of the names", (varied(fields=lambda names: set(names) if names else names),)),
        ("as many fields", (varied(fields=len),)),
        ("any word", (varied(words=("Female", "Male", "")),)),
        ("the age is a float", (varied(whole=float),)),
        ("says which field", (names_fields,)),
        ("says which age", (names_values,)),
        ("$ is the end of a line", (by_pattern,)),
        ("what comes behind", (first_object,)),
        ("says what is no JSON", (echoes("The body is not", lambda body: body[:40]),)),
        ("says what is no object", (echoes("Send exactly", no_object),)),
        ("says which text for an age", (echoes("The age", wrong_type("age")),)),
        ("says which text for a waist", (echoes("waist", wrong_type("waist")),)),
        ("a pulse is whole", (whole_pulse,)),
        ("0 is no waist", (if_there("waist", [int]),)),
        ("false is no pulse", (if_there("pulse", [bool, list]),)),
        ("Python's text for JSON", (as_python,)),
    ],
    "q3": [
        ("the largest PSI", (VERDICT | {"A": "waist"},)),
        ("half of them are fine", (VERDICT | {"B": "innocent"},)),
        ("C has the smallest PSI", (VERDICT | {"C": "innocent"},)),
        ("bmi moved in C", (VERDICT | {"C": "bmi"},)),
        ("my own words", (VERDICT | {"B": "cuff"},)),
        ("a list", (list(VERDICT.values()),)),
        ("a list of suspects", (VERDICT | {"C": ["waist", "bmi"]},)),
        ("small letters", ({letter.lower(): word for letter, word in VERDICT.items()},)),
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
        ("at least 5 %", (rule(refusals=0.0499999),)),
        ("one minus the share answered: 1 - 0.95 is above 0.05", (by_complement,)),
        ("0.35 is below", (rule(low=0.3500001),)),
        ("0.70 is above", (rule(high=0.6999999),)),
        ("no upper limit", (rule(high=1.0),)),
        ("back to the day with the fewest refused", (rule(choose=best),)),
        ("back to the most ordinary day", (rule(choose=middle),)),
        ("back to the highest name", (rule(choose=newest_name),)),
        ("a small day is proof enough", (rule(proof=1),)),
        ("two days of one version", (one_version,)),
        ("versions are v1 and v2", (known_names,)),
        ("any two bad days", (any_two,)),
        ("in whole per cent", (rule_with(in_shares(lambda a, b: Decimal(round(100 * a / b)) / 100)),)),
        ("in whole per cent, cut off", (rule_with(in_shares(lambda a, b: Decimal(100 * a // b) / 100)),)),
        ("nobody came: 0 / 0", (rule_with(shares_first),)),
        ("the version that came last", (rule_with(choose=lambda names, _: [*dict.fromkeys(names)][-1]),)),
        ("the version live before", (rule_with(choose=live_before),)),
        ("the last week only", (lambda history: rule()(history[-7:]),)),
        ("either version was good", (rule_with(mend=lambda a, b: {d["version"] for d in b[-2:]} & {*a}),)),
        ("both versions were good", (rule_with(mend=lambda a, b: {d["version"] for d in b[-2:]} <= {*a}),)),
        ("small days left out", (lambda history: rule()([d for d in history if d["visitors"] >= 30]),)),
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
        ("a p-value below 0.1", (lambda o, n: bool(ks_2samp(o, n).pvalue < 0.1 and psi(o, n) > 0.02),)),
        (
            "more than chance, or enough",
            (lambda o, n: bool(ks_2samp(o, n).pvalue < 0.01 or psi(o, n) > 0.1),),
        ),
        ("up only", (one_sided,)),
        ("a waist by heart", (by_heart,)),
        ("half a centimetre", (in_units,)),
        ("per cent of the mean", (in_per_cent,)),
        ("the size only", (lambda o, n: bool(ks_2samp(o, n).statistic > 0.15),)),
        ("always", (lambda old, new: True,)),
        ("the place only", (lambda o, n: bool(ttest_ind(o, n).pvalue < 0.01 and psi(o, n) > 0.02),)),
        ("two tests at 0.05 each", (lambda o, n: bool(by_t_and_f(o, n) < 0.05 and psi(o, n) > 0.02),)),
        ("the p-value itself", (lambda old, new: ks_2samp(old, new).pvalue,)),
    ],
}
