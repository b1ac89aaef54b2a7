"""The questions of chapter 24, versions, experiments and the model registry."""

import builtins
import functools
import hashlib
import inspect
import io
import os
import random
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import pandas as pd

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


def refuses(function, *arguments):
    """Whether a call raises ValueError; another error becomes a hint."""
    found = attempt(lambda: function(*arguments))
    other = isinstance(found, Exception) and not isinstance(found, ValueError)
    need(not other, f"{named(function)} raises {told(found)} where ValueError is asked for." if other else "")
    return isinstance(found, ValueError)


class UsesOfHash:
    """Counts how often the code of a function calls Python's own `hash` or `id`."""

    def __init__(self, function):
        self.file, self.found = (
            getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", 0),
            [],
        )

    def __enter__(self):
        self.former = builtins.hash, builtins.id
        for name, former in zip(("hash", "id"), self.former, strict=True):
            setattr(builtins, name, self.spy(name, former))
        return self

    def spy(self, name, former):
        def noted(value):
            if sys._getframe(1).f_code.co_filename == self.file:
                self.found.append(name)
            return former(value)

        return noted

    def __exit__(self, *error):
        builtins.hash, builtins.id = self.former


def lasting_text(function, *arguments):
    """The text that a function returns, if it could be the same in another process."""
    with UsesOfHash(function) as uses:
        found = called(function, *arguments)
    need(
        isinstance(found, str), f"{named(function)}: return a text; yours is of type {type(found).__name__}."
    )
    need(
        "hash" not in uses.found,
        f"{named(function)} uses Python's hash: for texts it gives other numbers in "
        "each process. Use hashlib.",
    )
    need(
        "id" not in uses.found,
        f"{named(function)} uses id, the place in memory: another one in each process.",
    )
    need(found != "", f"{named(function)}: the text is empty.")
    return found


# --- question 1 -----------------------------------------------------------------------------------


FILES = {
    "rows.csv": b"age,ill\r\n61,1\r\n48,0\r\n",
    "empty.txt": b"",
    "NOTES": b"no dot in the name",
    ".settings": b"a dot at its beginning\n",
    "scan.bin": bytes(range(256)) * 900,
    "labels/new.csv": b"ill\n0\n",
    "labels/old/new.csv": b"ill\n1\n",
    "labels/old/a copy.csv": b"ill\n1\n",
}


def sha(content):
    return hashlib.sha256(content).hexdigest()


def put(folder, files):
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def manifests(manifest):
    """The learner's manifest of a folder, once it is right."""
    with tempfile.TemporaryDirectory() as folder:
        put(folder, FILES)
        (Path(folder) / "nothing in it").mkdir()
        found = called(manifest, Path(folder))
        need(isinstance(found, dict), f"manifest: return a dictionary, not a {type(found).__name__}.")
        left = {name: path.read_bytes() for name in FILES if (path := Path(folder) / name).exists()}
        need(left == FILES, "manifest changes the files of the folder.")
    keys = list(found)
    need(all(isinstance(key, str) for key in keys), "manifest: the keys should be texts, not Path objects.")
    need(
        not any(key.startswith(folder) or key.startswith("/") for key in keys),
        "manifest: the keys should be "
        "paths inside the folder: the same folder in another place has the same manifest.",
    )
    need(not any("\\" in key for key in keys), "manifest: write / between the parts of a path: as_posix.")
    extra = sorted(set(keys) - set(FILES))
    folders = [key for key in extra if key in ("labels", "labels/old", "nothing in it")]
    need(not folders, f"manifest: {folders[0]!r} is a folder; only files have an entry." if folders else "")
    missing = [name for name in FILES if name not in found]
    if extra:
        short = {name.rpartition("/")[2] for name in FILES}
        need(
            not set(extra) <= short,
            "manifest: two files in different folders may have the same name; the key "
            "is the path inside the folder.",
        )
        need(False, f"manifest: there is no file {extra[0]!r} in the folder.")
    deep = missing and all("/" in name for name in missing)
    need(not deep, "manifest: the files of inner folders are missing, or of folders inside those.")
    dotted = " (glob.glob leaves out names that begin with a dot.)" if missing == [".settings"] else ""
    need(not missing, f"manifest: the file {missing[0]!r} is missing.{dotted}" if missing else "")
    for name, content in FILES.items():
        if found[name] == sha(content):
            continue
        value = found[name]
        need(
            isinstance(value, str),
            f"manifest: the values should be texts; for {name!r} it is a "
            f"{type(value).__name__}. hexdigest gives a text.",
        )
        slips = [
            (sha(content.replace(b"\r\n", b"\n")), "line ends have been changed: read bytes, not text."),
            (sha(name.encode()), "that is the hash of the name, not of the content."),
            (sha(name.rpartition("/")[2].encode()), "that is the hash of the name, not of the content."),
            (hashlib.md5(content).hexdigest(), "that is MD5; SHA-256 is asked for."),
            (hashlib.sha1(content).hexdigest(), "that is SHA-1; SHA-256 is asked for."),
        ]
        for other, hint in slips:
            need(value != other, f"manifest, {name!r}: {hint}")
        short = value and sha(content).startswith(value)
        need(not short, f"manifest, {name!r}: give all 64 signs of the hash.")
        need(value.lower() != sha(content), f"manifest, {name!r}: hexdigest writes small letters.")
        size = f"all {len(content):,} bytes of the file"
        need(False, f"manifest, {name!r}: that is not the SHA-256 of {size}.")
    with tempfile.TemporaryDirectory() as folder:
        put(folder, {"one.csv": b"1\n"})
        again = called(manifest, Path(folder))
    need(
        list(again) == ["one.csv"],
        "manifest: of a second folder, with the file 'one.csv' alone, it has the entries "
        f"{', '.join(map(repr, again))[:80]}. Does each call begin with an empty dictionary?",
    )


@question
def q1(manifest, data_version, changes):
    if given(manifest):
        manifests(manifest)
    base = {name: sha(content) for name, content in FILES.items()}
    if given(data_version):
        own = dict(base)
        version = lasting_text(data_version, own)
        need(list(own.items()) == list(base.items()), "data_version changes the entries that it is given.")
        need(version == called(data_version, dict(base)), "data_version: twice the same manifest, two texts.")
        turned = dict(sorted(base.items(), reverse=True))
        need(
            version == called(data_version, turned),
            "data_version: the same entries in another order give another text. Sort them first.",
        )
        many = {f"part {k}.csv": sha(bytes([k % 50])) for k in range(200)}
        shuffled = dict(random.Random(24).sample(list(many.items()), len(many)))
        need(
            called(data_version, many) == called(data_version, shuffled),
            "data_version: the same 200 entries in another order give another text. Files with the same "
            "bytes are among them, and a set has no fixed order.",
        )
        names = list(base)
        swapped = base | {names[0]: base[names[1]], names[1]: base[names[0]]}
        renamed = {("table.csv" if name == "rows.csv" else name): value for name, value in base.items()}
        away = {name.replace("labels/new", "lists/new"): value for name, value in base.items()}
        fewer = {name: value for name, value in base.items() if name != "empty.txt"}
        copied = base | {"labels/old/b copy.csv": base["labels/old/a copy.csv"]}
        for other, what in (
            (base | {"rows.csv": sha(b"other")}, "one hash differs"),
            (base | {"labels/old/new.csv": sha(b"other")}, "one hash differs, in an inner folder"),
            (swapped, "two files have changed places"),
            (renamed, "a file has another name"),
            (away, "a file is in another folder"),
            (fewer, "an entry is missing"),
            (copied, "there is one file more, with the bytes of another"),
            ({}, "there are no entries"),
        ):
            differs = called(data_version, other) != version
            need(differs, f"data_version: the text is the same although {what}.")
        cut = {"a": sha(b"1"), "bc": sha(b"2")}, {"ab": sha(b"1"), "c": sha(b"2")}
        differs = called(data_version, cut[0]) != called(data_version, cut[1])
        need(differs, "data_version: the text is the same for files named 'a', 'bc' and 'ab', 'c'.")
    if given(changes):
        old = {
            "a.csv": sha(b"1"),
            "b/z.csv": sha(b"2"),
            "c.csv": sha(b"3"),
            "d.csv": sha(b"4"),
            "e": sha(b"5"),
        }
        new = {
            "x/q.csv": sha(b"6"),
            "c.csv": sha(b"7"),
            "b/z.csv": sha(b"8"),
            "a.csv": sha(b"1"),
            "f": sha(b"5"),
            "h": sha(b"9"),
        }
        for before, after in (
            (old, new),
            (new, old),
            (old, dict(reversed(old.items()))),
            (old, old | {"c.csv": sha(b"10")}),
            ({}, old),
            (old, {}),
        ):
            own = dict(before), dict(after)
            found = called(changes, *own)
            need(own == (before, after), "changes: the manifests themselves have changed.")
            need(isinstance(found, dict), f"changes: return a dictionary, not a {type(found).__name__}.")
            keys = {"added", "removed", "changed"}
            need(
                set(found) == keys, "changes: the keys are added, removed and changed, all three every time."
            )
            right = {
                "added": sorted(set(after) - set(before)),
                "removed": sorted(set(before) - set(after)),
                "changed": sorted(name for name in before if name in after and before[name] != after[name]),
            }
            lists = {key: attempt(lambda part=found[key]: [str(name) for name in part]) for key in keys}
            for key in sorted(keys):
                fine = isinstance(lists[key], list) and not isinstance(found[key], str)
                need(fine, f"changes: {key} should be a list of paths.")
            if lists == right:
                need(
                    not any(isinstance(found[key], set | dict) for key in keys),
                    "changes: sorted lists are asked for; a set has no order.",
                )
                continue
            turned = lists["added"] == right["removed"] and lists["removed"] == right["added"]
            need(not turned, "changes: added and removed have changed places.")
            for key in ("added", "removed", "changed"):
                same = sorted(lists[key]) == right[key]
                need(not same or lists[key] == right[key], f"changes: sort the list {key}.")
                also = set(lists[key]) - set(right[key])
                need(
                    not also,
                    f"changes: {min(also)!r} is under {key!r}; in the old manifest it is "
                    f"{'there' if min(also) in before else 'not there'}, in the new one "
                    f"{'there' if min(also) in after else 'not there'}"
                    f"{', with the same hash' if before.get(min(also)) == after.get(min(also)) else ''}."
                    if also
                    else "",
                )
                lost = set(right[key]) - set(lists[key])
                need(not lost, f"changes: {min(lost)!r} is missing under {key!r}." if lost else "")
                need(lists[key] == right[key], f"changes: a path stands twice under {key!r}.")


# --- question 2 -----------------------------------------------------------------------------------


def long_table(n=400):
    rng = np.random.default_rng(24)
    table = pd.DataFrame(
        {
            "age": rng.integers(20, 90, n),
            "income": rng.normal(3e4, 1e3, n),
            "town": rng.choice(["Ely", "Wells", "Ripon"], n),
            "street": rng.choice(["High", "Low"], n),
            "visits": rng.integers(0, 2, n),
        }
    )
    table.loc[table.index % 7 == 3, "town"] = None
    table.loc[table.index % 11 == 5, "income"] = np.nan
    table.loc[2, ["town", "street"]] = ["ab", "c"]
    return table


def parquet_and_back(table):
    held = io.BytesIO()
    table.to_parquet(held)
    held.seek(0)
    return pd.read_parquet(held)


@question
def q2(fingerprint):
    table = long_table()
    own = table.copy()
    first = lasting_text(fingerprint, own)
    unchanged = (
        own.equals(table) and list(own.columns) == list(table.columns) and own.index.equals(table.index)
    )
    need(unchanged, "fingerprint changes the table that it is given.")
    n = len(table)
    alike = [
        ("the same table, a second time", table),
        ("a copy", table.copy(deep=True)),
        ("a copy made column by column", pd.DataFrame({name: table[name].copy() for name in table})),
        ("a part cut out of a larger table", pd.concat([table, table]).iloc[n:]),
        ("other row labels", table.set_axis(np.arange(n)[::-1] + 5)),
        ("texts as row labels", table.set_axis([f"row {k}" for k in range(n)])),
        ("a name for the row labels", table.rename_axis("number")),
        ("a table written to Parquet and read again", parquet_and_back(table)),
    ]
    for what, other in alike:
        found = called(fingerprint, other)
        labels = " Do the row labels count?" if "label" in what else ""
        need(found == first, f"fingerprint: another text for {what}.{labels}")
    middle = n // 2
    digit, moved, gap, far, beside = (table.copy() for _ in range(5))
    digit.loc[middle, "income"] = np.nextafter(31_000.123456789, 1e9)
    reference = table.copy()
    reference.loc[middle, "income"] = 31_000.123456789
    tiny = reference.copy()
    tiny.loc[middle, "income"] = 1.25e-9
    less = tiny.copy()
    less.loc[middle, "income"] = np.nextafter(1.25e-9, 0)
    moved.loc[2, ["town", "street"]] = ["a", "bc"]
    gap["town"] = gap["town"].fillna("")
    far.loc[middle, "age"] = table.loc[middle, "age"] + 1
    beside.loc[3, "age"] = table.loc[3, "age"] + 1  # its town is a gap
    order = [*range(1, n), 0]
    spaced = table.assign(street=table["street"].where(table.index != middle, table["street"] + " "))
    capital = table.assign(street=table["street"].where(table.index != middle, table["street"].str.upper()))
    pairs = [
        ("a whole number in the middle differs", far, table),
        ("a number differs, in a row with a gap in another column", beside, table),
        ("a float differs in its last digit", digit, reference),
        ("a small float, 1.25e-09, differs in its last digit", less, tiny),
        ("an empty text stands where a gap was", gap, table),
        ("a 0 stands where a number was missing", table.fillna({"income": 0.0}), table),
        ("a -1 stands where a number was missing", table.fillna({"income": -1.0}), table),
        ("a space stands at the end of a text", spaced, table),
        ("a text is in capital letters", capital, table),
        ("a text has moved to the next column (ab, c and a, bc)", moved, table),
        ("the rows come in another order", table.iloc[order], table),
        ("the rows come in another order, with new labels", table.iloc[order].reset_index(drop=True), table),
        ("the columns come in another order", table[[*table.columns[::-1]]], table),
        ("a column has another name", table.rename(columns={"age": "years"}), table),
        ("two columns have changed names", table.rename(columns={"age": "visits", "visits": "age"}), table),
        ("a row is missing at the end", table.iloc[:-1], table),
        ("the last row stands there twice", pd.concat([table, table.iloc[-1:]]), table),
        ("int32 is the type of another column", *(table.astype({c: "int32"}) for c in ("age", "visits"))),
        ("a column of int64 is int32", table.astype({"age": "int32"}), table),
        ("a column of int64 is float64", table.astype({"age": float}), table),
        ("a column of texts is category", table.astype({"street": "category"}), table),
        ("the numbers of a column are texts", table.assign(age=table["age"].astype(str)), table),
    ]
    for what, other, base in pairs:
        before = first if base is table else called(fingerprint, base)
        differs = called(fingerprint, other) != before
        need(differs, f"fingerprint: the text is the same although {what}.")
    long = pd.DataFrame({"x": np.zeros(20_001), "y": np.arange(20_001)})
    before = called(fingerprint, long)
    for row in (15_000, 19_990):
        other = long.copy()
        other.loc[row, "x"] = 1.0
        differs = called(fingerprint, other) != before
        need(differs, f"fingerprint: in a table of 20,001 rows a change in row {row:,} goes unnoticed.")


# --- question 3 -----------------------------------------------------------------------------------


VERDICTS = ("no error", "no seed", "no data", "same", "differs")


def record(name, metrics=None, status="FINISHED", **params):
    """What stands in for a run of MLflow: parameters are texts."""
    return types.SimpleNamespace(
        info=types.SimpleNamespace(run_name=name, run_id=name, status=status),
        data=types.SimpleNamespace(params={key: str(value) for key, value in params.items()},
                                   metrics=dict(metrics or {}), tags={}),
    )  # fmt: skip


def play(table, alpha, seed):
    """A training that costs nothing and is sensitive to everything."""
    return float(np.random.default_rng(seed).normal() + alpha / 3 + np.sin(table["x"]).sum())


def verdict_of(run, tables, train):
    """The verdict on a run, as the question asks for it."""
    params, metrics = run.data.params, run.data.metrics
    if "error" not in metrics:
        return "no error"
    if params.get("seed", "None") == "None":
        return "no seed"
    if params.get("data") not in tables:
        return "no data"
    again = train(tables[params["data"]], float(params["alpha"]), int(params["seed"]))
    return "same" if again == metrics["error"] else "differs"


def audits():
    """Runs, each with a sentence about it."""
    tables = {"2019": pd.DataFrame({"x": [1.0, 2.0, 4.0]}), "2020": pd.DataFrame({"x": [1.0, 2.0, 5.0]})}
    a, b, c = play(tables["2019"], 0.1, 0), play(tables["2020"], 10.0, 12), play(tables["2019"], 1 / 3, 7)
    near = float(np.nextafter(a, 9))
    return tables, [
        ("a good run", record("one", {"error": a}, data="2019", alpha=0.1, seed=0)),
        ("a good run", record("two", {"error": b, "r2": 0.9}, data="2020", alpha=10.0, seed=12, note="x")),
        ("a good run, its seed 0, alpha noted as 1e-05",
         record("tiny", {"error": play(tables["2019"], 1e-5, 0)}, data="2019", alpha=1e-5, seed=0)),
        ("a good run with an error of 0",
         record("zero", {"error": 0.0}, data="zero", alpha=0.1, seed=3)),
        ("a run whose error differs in the last digit",
         record("near", {"error": near}, data="2019", alpha=0.1, seed=0)),
        ("a run with another alpha than it says",
         record("three", {"error": c}, data="2019", alpha=0.333, seed=7)),
        ("a run on another table than it says",
         record("four", {"error": b}, data="2019", alpha=10.0, seed=12)),
        ("a good run that failed after its error was noted",
         record("late", {"error": a}, "FAILED", data="2019", alpha=0.1, seed=0)),
        ("a run without a metric", record("five", {}, data="2019", alpha=1.0, seed=0)),
        ("a run with another metric only", record("six", {"r2": 0.5}, data="2019", alpha=1.0, seed=0)),
        ("a run without metric, seed and data", record("seven", {}, alpha=1.0)),
        ("a run with the seed None", record("eight", {"error": a}, data="2019", alpha=0.1, seed=None)),
        ("a run without a seed", record("nine", {"error": a}, data="2019", alpha=0.1)),
        ("a run without seed, of an unknown table", record("ten", {"error": a}, data="2018", alpha=0.1)),
        ("a run of an unknown table", record("eleven", {"error": a}, data="2018", alpha=0.1, seed=0)),
        ("a run that names no table", record("twelve", {"error": a}, alpha=0.1, seed=0)),
    ]  # fmt: skip


def parts_of(answer):
    """The parts of a dictionary, tuple or list; any other answer alone."""
    if isinstance(answer, dict):
        return list(answer.values())
    return list(answer) if isinstance(answer, tuple | list) else [answer]


def need_verdicts(verdicts, runs, tables, train):
    need(isinstance(verdicts, dict), f"verdicts: a dictionary is asked for, not a {type(verdicts).__name__}.")
    right = {run.info.run_name: verdict_of(run, tables, train) for run in runs}
    unknown = [name for name in verdicts if name not in right]
    need(not unknown, f"verdicts: {unknown[0]!r} is no name of a run: run.info.run_name." if unknown else "")
    for name, said in right.items():
        need(name in verdicts, f"verdicts: the run {name!r} is missing.")
        if given(verdicts[name]):
            need(
                verdicts[name] == said,
                f"verdicts: {str(verdicts[name])!r} for {name!r} is not what its record says; is it what "
                "audit returns?",
            )


def need_mislabelled(mislabelled, runs, tables, train):
    if isinstance(mislabelled, np.ndarray | pd.Series):
        mislabelled = mislabelled.tolist()
    pair = isinstance(mislabelled, tuple | list) and len(mislabelled) == 2
    need(pair, "mislabelled: two texts are asked for, the run's name and the table's.")
    for part in mislabelled:
        kind = type(part).__name__
        need(isinstance(part, str), f"mislabelled: two texts are asked for, the names; one is a {kind}.")
    name, table = (str(part) for part in mislabelled)
    run = next((run for run in runs if run.info.run_name == name), None)
    need(name not in tables, "mislabelled: first the run's name, then the table's.")
    need(run is not None, f"mislabelled: {name!r} is no name of a run.")
    verdict = verdict_of(run, tables, train)
    need(verdict == "differs", f"mislabelled: the verdict on {name!r} is not 'differs'.")
    need(table in tables, f"mislabelled: {table!r} is none of the tables.")
    params, noted = run.data.params, run.data.metrics["error"]
    need(
        table != params["data"],
        f"mislabelled: {table!r} is the table that the record of {name!r} names.",
    )
    again = train(tables[table], float(params["alpha"]), int(params["seed"]))
    need(
        again == noted,
        f"mislabelled: trained on {table!r}, {name!r} has the error {again:.4f}; noted is {noted:.4f}.",
    )


@question
def q3(audit, verdicts, mislabelled, given_runs, given_tables, given_train):
    if given(audit):
        tables, cases = audits()
        tables["zero"] = pd.DataFrame({"x": [0.0]})
        for what, run in cases:
            calls = []

            def train(table, alpha, seed, calls=calls):
                calls.append((alpha, seed))
                if table is tables["zero"]:
                    return 0.0
                kinds = type(alpha).__name__, type(seed).__name__
                if not isinstance(alpha, float | int) or not isinstance(seed, int | np.integer):
                    raise TypeError(f"train wants a float and an int; alpha, seed are {', '.join(kinds)}")
                return play(table, alpha, seed)

            right = verdict_of(run, tables, train)
            calls.clear()
            own, noted = dict(tables), (dict(run.data.params), dict(run.data.metrics))
            found = called(audit, run, own, train)
            need(own.keys() == tables.keys(), "audit changes the dictionary of the tables.")
            need(noted == (run.data.params, run.data.metrics), "audit changes what the run has recorded.")
            shown = f"parameters {run.data.params}, metrics {run.data.metrics}"
            need(
                isinstance(found, str), f"audit: return one of the five texts, not a {type(found).__name__}."
            )
            need(found in VERDICTS, f"audit: {found!r} is none of the five verdicts.")
            need(len(calls) <= 1, "audit: it trains more than once for one run.")
            need(found == right, f'audit: "{found}" for {what} ({shown}).')
            need(
                right in ("same", "differs") or not calls,
                f"audit: it trains although the verdict is {right!r}.",
            )
            need(
                right not in ("same", "differs") or calls,
                "audit: it does not call the train that it is given.",
            )
    made = given_runs, given_train, *parts_of(given_tables)
    if given(verdicts, *made):
        need_verdicts(verdicts, given_runs, given_tables, given_train)
    if given(mislabelled, *made) and given(*parts_of(mislabelled)):
        need_mislabelled(mislabelled, given_runs, given_tables, given_train)


# --- question 4 -----------------------------------------------------------------------------------


def not_found(text):
    """The error of MLflow's client, if MLflow is there; else one like it."""
    there = sys.modules.get("mlflow.exceptions")
    return there.MlflowException(text) if there else LookupError(text)


class Registry:
    """Stands in for MlflowClient: one model, its versions and aliases."""

    def __init__(self, aliases=None, name="prices"):
        self.name, self.aliases, self.versions = name, dict(aliases or {}), set(range(1, 10))
        self.states = []

    def _model(self, name):
        if name != self.name:
            raise not_found(f"Registered Model with name={name} not found")

    def get_registered_model(self, name):
        self._model(name)
        return types.SimpleNamespace(name=name, aliases=dict(self.aliases), latest_versions=[], tags={})

    def get_model_version_by_alias(self, name, alias):
        self._model(name)
        if alias not in self.aliases:
            raise not_found(f"Registered model alias {alias} not found.")
        return self.get_model_version(name, self.aliases[alias])

    def get_model_version(self, name, version):
        self._model(name)
        if int(version) not in self.versions:
            raise not_found(f"Model Version (name={name}, version={version}) not found")
        aliases = [alias for alias, other in self.aliases.items() if other == int(version)]
        return types.SimpleNamespace(name=name, version=int(version), aliases=aliases, tags={})

    def search_model_versions(self, *what, **more):
        return [self.get_model_version(self.name, version) for version in sorted(self.versions)]

    def set_registered_model_alias(self, name, alias, version):
        self.get_model_version(name, version)
        self.aliases[alias] = int(version)
        self.states.append(dict(self.aliases))

    def delete_registered_model_alias(self, name, alias):
        self._model(name)
        self.aliases.pop(alias, None)
        self.states.append(dict(self.aliases))

    def set_model_version_tag(self, name, version, key, value):
        self.get_model_version(name, version)

    def set_registered_model_tag(self, name, key, value):
        self._model(name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"the check's client has no method {name}; it has those for aliases")

    def __deepcopy__(self, memo):
        return self


def sales(n=300):
    """Losses of nine versions; those of 6, 7 and 9 are on other sales."""
    rng = np.random.default_rng(4)
    hard = rng.gamma(1.0, 20.0, n)
    labels = rng.permutation(np.arange(1000, 1000 + n))
    noise = rng.normal(0, 4, (3, n))
    noise -= noise.mean(axis=1, keepdims=True)
    first = pd.Series(hard, labels)
    better = (first - 2 + noise[0] * 0.9).rename(None)
    luck = noise[1] * 2.5
    luck[0] -= 250
    z = noise[2] / noise[2].std(ddof=1)  # its standard error is 1 / n ** 0.5
    return {
        1: first,
        2: better.iloc[rng.permutation(n)],
        3: first + 4 * (z - 1.8 / n**0.5),
        4: first + 3 + noise[1],
        5: first + luck,
        6: better.iloc[:-1],
        7: pd.concat([better.iloc[:-1], pd.Series([3.0], [5])]),
        8: first + 4 * (z - 2.15 / n**0.5),
        9: pd.concat([better, pd.Series([3.0], [5])]),
    }


def half_of(differences):
    return 1.96 * differences.std() / len(differences) ** 0.5


STEPS = "promote_if_better"


def moved(promote, aliases, challenger, losses, name="prices"):
    """The registry after a call, and what the call returned."""
    registry = Registry(aliases, name=name)
    own = {version: series.copy() for version, series in losses.items()}
    found = called(promote, registry, name, challenger, own)
    same = all(own[version].equals(series) for version, series in losses.items())
    need(same, "promote_if_better changes the losses that it is given.")
    truth = isinstance(found, bool | np.bool_)
    need(truth, f"promote_if_better: return True or False, not {found!r:.40}.")
    after = registry.aliases
    kept = aliases.get("champion") in (None, after.get("champion")) or "former" in after
    need(kept, f"{STEPS}: champion has moved from {aliases.get('champion')}, and there is no alias former.")
    for state in registry.states:
        need(not aliases or "champion" in state, f"{STEPS}: for a moment there is no champion.")
        reachable = not aliases or aliases["champion"] in (state.get("champion"), state.get("former"))
        need(
            reachable,
            f"{STEPS}: after one of its calls the aliases are {state}; if the connection breaks "
            f"there, version {aliases.get('champion')}, the champion before, has no alias.",
        )
    return after, bool(found)


def need_promotion(promote):
    losses = sales()
    start = {"champion": 1}
    after, said = moved(promote, {}, 3, losses, "wages")
    need(
        after.get("champion") == 3,
        f"{STEPS}: there is no champion, so version 3 should become it; aliases: {after}.",
    )
    need("former" not in after, f"{STEPS}: there was no champion, and yet an alias former is set.")
    need(said, f"{STEPS}: there was no champion, the challenger became it: return True.")
    gain = losses[1] - losses[2]
    shown = f"mean difference {gain.mean():.2f} ± {half_of(gain):.2f} in pairs"
    again = attempt(lambda: promote(Registry(start), "prices", 2, {k: v.copy() for k, v in losses.items()}))
    need(
        not isinstance(again, ValueError),
        f"{STEPS} raises {told(again)}; but champion and challenger have the same sales, in another order."
        if isinstance(again, ValueError)
        else "",
    )
    after, said = moved(promote, start, 2, losses)
    if after.get("champion") != 2:
        by_place = losses[1].to_numpy() - losses[2].to_numpy()
        apart = 1.96 * ((losses[1].var() + losses[2].var()) / len(gain)) ** 0.5
        ways = f"(Without pairs ± {apart:.1f}; paired by place, not by label, ± {half_of(by_place):.1f}.)"
        need(False, f"{STEPS}: {shown}, and champion stays. {ways}")
    need(
        after.get("former") == 1,
        f"{STEPS}: champion has moved from 1 to 2, and former is {after.get('former')}.",
    )
    need(
        set(after) == {"champion", "former"}, f"{STEPS}: only champion and former are asked for, not {after}."
    )
    need(said, f"{STEPS}: champion has moved: return True.")
    gain = losses[1] - losses[8]
    after, said = moved(promote, start, 8, losses)
    shown = f"mean difference {gain.mean():.2f} ± {half_of(gain):.2f}"
    need(after.get("champion") == 8, f"{STEPS}: the interval lies above zero ({shown}), and champion stays.")
    for challenger, what in (
        (3, "the interval holds zero, if not in its middle"),
        (4, "the challenger has larger losses"),
        (5, "one sale alone makes the mean difference, and the interval holds zero"),
        (1, "the challenger is the champion"),
    ):
        for aliases in (start, {"champion": 1, "former": 6}):
            gain = losses[1] - losses[challenger]
            after, said = moved(promote, aliases, challenger, losses)
            shown = f"mean difference {gain.mean():.2f} ± {half_of(gain):.2f}"
            need(after.get("champion") == 1, f"{STEPS}: champion moves although {what} ({shown}).")
            need(after == aliases, f"{STEPS}: {what}, so no alias changes; but {aliases} became {after}.")
            need(not said, f"{STEPS}: champion has not moved ({what}): return False.")
    after, said = moved(promote, {"champion": 4, "former": 6}, 2, losses)
    need(
        after == {"champion": 2, "former": 4},
        f"{STEPS}: from champion 4, former 6 to a better version 2 the aliases became {after}.",
    )
    for challenger, what in (
        (6, "lacks a sale"),
        (7, "has as many sales, but one of them is another"),
        (9, "has a sale that the champion lacks"),
    ):
        registry = Registry(start)
        refused = refuses(promote, registry, "prices", challenger, losses)
        need(
            refused,
            f"{STEPS}: the challenger {what}; raise ValueError. (pandas fills with gaps, and mean "
            "skips them.)",
        )
        need(registry.aliases == start, f"{STEPS}: it raises ValueError, but an alias has changed before.")


def need_roll_back(roll_back):
    start = {"champion": 4, "former": 2}
    registry = Registry(start)
    found = called(roll_back, registry, "prices")
    for state in registry.states:
        need("champion" in state, "roll_back: for a moment there is no champion.")
        need(
            2 in (state.get("champion"), state.get("former")),
            f"roll_back: after one of its calls the aliases are "
            f"{state}; if the connection breaks there, version 2 has no alias.",
        )
    after = registry.aliases
    need(
        after.get("champion") == 2, f"roll_back: from {start}; champion should be 2, the aliases are {after}."
    )
    need("former" not in after, f"roll_back: champion is back at 2; delete the alias former ({after}).")
    version = attempt(lambda: int(getattr(found, "version", found)))
    need(
        not hasattr(found, "version") and version == 2 and not isinstance(found, bool),
        "roll_back: return the version that is champion now, a whole number.",
    )
    for aliases, name in (({"champion": 3, "former": 6}, "prices"), (start, "wages")):
        registry = Registry(aliases, name)
        found = called(roll_back, registry, name)
        right = {"champion": aliases["former"]}
        need(
            registry.aliases == right and int(found) == right["champion"],
            f"roll_back: from {aliases} of the model {name!r} the aliases became {registry.aliases}; it "
            f"returned {found!r:.40}.",
        )
    registry = Registry({"champion": 4})
    refused = refuses(roll_back, registry, "prices")
    need(refused, "roll_back: there is no former; raise ValueError.")
    need(registry.aliases == {"champion": 4}, "roll_back: no former, and yet an alias has changed.")


@question
def q4(promote_if_better, roll_back):
    if given(promote_if_better):
        need_promotion(promote_if_better)
    if given(roll_back):
        need_roll_back(roll_back)


# --- question 5 -----------------------------------------------------------------------------------


BREAKS = {
    "row order": True,
    "row labels": False,
    "column order": False,
    "NumPy's seed": True,
    "hash seed": True,
}
WHY = {
    "row order": "which rows are drawn depends on their places",
    "row labels": "draws and sums go by place; labels are never used",
    "column order": "columns are taken by name",
    "NumPy's seed": "np.random.choice draws from it",
    "hash seed": "compare two new processes, with two hash seeds, bit by bit",
}
LIMIT = 0.45
PROGRAM = """
import sys, cloudpickle, numpy
function, rows, new = cloudpickle.load(sys.stdin.buffer)
numpy.random.seed(7)
result, sys.stdout = sys.stdout.buffer, sys.stderr  # what the function prints goes elsewhere
result.write(numpy.asarray(function(rows, new), float).tobytes())
"""


@functools.cache
def people():
    customers = load("customers").sample(frac=1, random_state=0, ignore_index=True)
    return customers[:5000], customers[5000:]


def elsewhere(function, rows, new):
    """function(rows, new) of a new process with another hash seed."""
    import cloudpickle

    sent = attempt(lambda: cloudpickle.dumps((inspect.unwrap(function), rows, new)))
    failed = isinstance(sent, Exception)
    need(not failed, f"chances cannot be sent to a new process: {told(sent)}" if failed else "")
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=sent,
        capture_output=True,
        timeout=120,
        env=os.environ | {"PYTHONHASHSEED": other},
    )
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    need(done.returncode == 0, f"chances: right here; in a new process it fails: {last:.150}")
    return np.frombuffer(done.stdout)


def probabilities(chances, rows, new):
    own = rows.copy(), new.copy()
    found = called(chances, *own)
    kept = all(a.equals(b) and a.index.equals(b.index) for a, b in zip(own, (rows, new), strict=True))
    need(kept, "chances changes the tables that it is given: work on a copy.")
    found = attempt(lambda: np.asarray(found, float))
    need(not isinstance(found, Exception), "chances: return an array of numbers.")
    need(
        found.shape == (len(new),),
        f"chances: the shape is {found.shape}; one number for each of the {len(new)} "
        "new customers is asked for.",
    )
    fine = bool(((found >= 0) & (found <= 1)).all())
    need(fine, "chances: some numbers are no probabilities between 0 and 1, or gaps.")
    return found


def log_loss_of(found, new):
    left = (new["churn"] == "Yes").to_numpy()
    with np.errstate(divide="ignore"):
        return float(-np.log(np.where(left, found, 1 - found)).mean())


def need_same(base, found, what):
    differ, gap = int((found != base).sum()), float(np.abs(found - base).max())
    need(differ == 0, f"chances, {what}: {differ} of {len(base)} numbers differ, by up to {gap:.0e}.")


def need_bits(chances):
    """The learner's probabilities, once nothing changes a bit of them."""
    from threadpoolctl import threadpool_limits

    rows, new = people()
    np.random.seed(1)
    first = probabilities(chances, rows, new)
    loss = log_loss_of(first, new)
    turned = log_loss_of(1 - first, new) < loss
    need(not turned, f"chances: the log loss is {loss:.2f}; are these the chances to stay?")
    certain = " (A chance of exactly 0 or 1 that turns out wrong costs infinitely much.)"
    need(
        loss <= LIMIT,
        f"chances: the log loss on the new customers is {loss:.3f}; {LIMIT} is the limit."
        f"{'' if np.isfinite(loss) else certain}",
    )
    few, some = rows[:2000], new[:700]  # quicker, and as telling
    columns = rows.columns[::-1]
    variants = [
        ("a second call", few, some, {}),
        ("another global seed of NumPy", few, some, {"seed": 2}),
        ("other row labels", few.set_axis(np.arange(len(few))[::-1] + 9000), some, {}),
        ("another order of the rows, labels 0, 1, 2, … as before",
         few.sample(frac=1, random_state=1, ignore_index=True), some, {}),
        ("another order of the rows, labels included", few.iloc[::-1], some, {}),
        ("another order of the columns", few[columns], some[columns], {}),
    ]  # fmt: skip
    np.random.seed(1)
    base = probabilities(chances, few, some)
    need(
        not np.array_equal(base, first[: len(base)]),
        "chances: with 2,000 of the rows the result is the same: it must learn from the rows that it is "
        "given, not from others.",
    )
    other = some.assign(churn=some["churn"].map({"Yes": "No", "No": "Yes"}))
    np.random.seed(1)
    blind = np.array_equal(base, probabilities(chances, few, other))
    blind = blind or not np.array_equal(base, probabilities(chances, few, some))  # differs in any case
    need(
        blind,
        "chances: with Yes and No swapped in the column churn of new the result is another one. Whether a "
        "new customer leaves is not known when the chance is asked for; learn from rows alone.",
    )
    for what, own_rows, own_new, more in variants:
        np.random.seed(more.get("seed", 1))
        random.seed(more.get("seed", 1))
        need_same(base, probabilities(chances, own_rows, own_new), what)
    rounded = any(np.array_equal(first, np.round(first, digits)) for digits in range(14))
    need(not rounded, "chances: the numbers are rounded. That makes a difference rare, not impossible.")
    with threadpool_limits(1):
        alone = probabilities(chances, rows, new)
    with threadpool_limits(4):
        need_same(alone, probabilities(chances, rows, new), "four threads in place of one")
    shuffled = few.sample(frac=1, random_state=3)
    found = elsewhere(chances, shuffled[columns], some[columns])
    need(found.shape == base.shape, "chances: in a new process the number of results is another one.")
    what = "a new process, with another hash seed (does the order of a set come in?)"
    need_same(base, found, what)
    return first


@question
def q5(chances, breaks, loss):
    if given(breaks):
        need(isinstance(breaks, dict), f"breaks: a dictionary is asked for, not a {type(breaks).__name__}.")
        need(set(breaks) == set(BREAKS), f"breaks: the keys are {', '.join(BREAKS)}.")
        for name, said in breaks.items():
            if not given(said):
                continue
            truth = isinstance(said, bool | np.bool_)
            need(truth, f"breaks[{name!r}]: True or False, not {said!r:.30}.")
            seeded = (
                " Is NumPy's seed set before both calls?" if name in ("row labels", "column order") else ""
            )
            need(bool(said) == BREAKS[name], f"breaks[{name!r}]: measure again; {WHY[name]}.{seeded}")
    if given(chances):
        state = np.random.get_state(), random.getstate()
        try:
            first = need_bits(chances)
        finally:
            np.random.set_state(state[0])
            random.setstate(state[1])
    if given(chances, loss):
        said = attempt(lambda: float(loss))
        need(not isinstance(said, Exception), "loss: one number, the log_loss_of your chances.")
        own = log_loss_of(first, people()[1])
        need(abs(said - own) < 1e-4, f"loss: you say {said:.4f}; the log loss of your chances is {own:.4f}.")
