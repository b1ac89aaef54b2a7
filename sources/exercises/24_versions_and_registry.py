# %% [markdown]
# # 24 · Exercises: Versions, experiments and the model registry
#
# Five questions: a manifest of files, the fingerprint of a table, a record that can be run again, a promotion
# in pairs, and a training that always gives the same bits. Git is not needed. Write your answer where a cell
# asks for it, run the cell, then the check below it. A check never stops the notebook and you may try as
# often as you like.

# %%
import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import coursekit as ck

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before MLflow is imported, in question 3
os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"

check = ck.checks(24)
workplace = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)

# %% [markdown]
# ## Question 1 · Which file has changed?
#
# A model was trained on a folder of files. Write three functions:
#
# - `manifest(folder)`: a dictionary with one entry for each file in the folder and in the folders inside it,
#   also for a name that begins with a dot. The key is the path inside the folder, with `/` between its parts
#   (`"labels/new.csv"`); the value is the SHA-256 of the file's bytes, 64 signs of text. Folders have no
#   entry. `folder` is a `Path`.
# - `data_version(entries)`: one text for a whole manifest. It is the same if the entries come in another
#   order, also in another process, and another one if any name or any hash differs.
# - `changes(old, new)`: for two manifests, a dictionary with the keys `"added"`, `"removed"` and `"changed"`
#   (same name, other bytes); each value is a sorted list of paths.
#
# In the folder below, `manifest(folder)` has the keys `"labels/new.csv"` and `"rows.csv"`, and the value of
# `"rows.csv"` begins with `a82a3678`.
#
# <details><summary>Hint</summary><code>folder.rglob("*")</code> gives all paths below a folder, folders among
# them; <code>path.is_file()</code> tells. <code>path.relative_to(folder).as_posix()</code> is the key. Read
# bytes, not text. For the version, bring the entries into a fixed order before you hash them.</details>

# %%
folder = Path(workplace.name) / "example"
(folder / "labels").mkdir(parents=True, exist_ok=True)
(folder / "rows.csv").write_bytes(b"age,ill\n61,1\n")
(folder / "labels" / "new.csv").write_bytes(b"ill\n0\n")
print(hashlib.sha256(b"age,ill\n61,1\n").hexdigest())


# %% answer="q1"
def manifest(folder):
    """Path inside the folder -> SHA-256, for all files."""
    ### BEGIN SOLUTION
    entries = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            entries[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return entries
    ### END SOLUTION
    return ...


def data_version(entries):
    """One text that stands for all entries, in any order."""
    ### BEGIN SOLUTION
    text = json.dumps(entries, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
    ### END SOLUTION
    return ...


def changes(old, new):
    """Paths added, removed and changed between two manifests."""
    ### BEGIN SOLUTION
    both = old.keys() & new.keys()
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in both if old[name] != new[name]),
    }
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(manifest, data_version, changes)

# %% tags=["solution"]
before = manifest(folder)
(folder / "rows.csv").write_bytes(b"age,ill\n61,0\n")
print(changes(before, manifest(folder)))
print("another version:", data_version(before) != data_version(manifest(folder)))
(folder / "rows.csv").write_bytes(b"age,ill\n61,1\n")
print("and back again: ", data_version(before) == data_version(manifest(folder)))

# %% [markdown] tags=["solution"]
# The names must go into the version as well: a hash of the hashes alone does not notice two files that
# have changed places. `str(entries)` depends on the order in which files were found, and that differs
# between file systems. Python's own `hash` gives other numbers for the same text in each process.
#
# Reading text in place of bytes hides a changed line end on some systems, and fails for pictures.
#
# A date of change is no substitute: a copy has a new date and the same bytes. An alternative to JSON is one
# line `hash name` for each file, sorted, as the program `sha256sum` writes them.

# %% [markdown]
# ## Question 2 · The fingerprint of a table
#
# A file's hash also changes if the same table is saved by another version of a program. Write
# `fingerprint(table)`, a text for a DataFrame in memory. It is **the same**
#
# - for other row labels (the index), and for a copy, however it was made;
# - after writing to Parquet and reading again, and in another process.
#
# It is **another one** if
#
# - one value differs, be it in the last digit of a float or in any row of many thousands;
# - an empty text or a number stands where there was a gap, or a text has moved to the next column;
# - rows or columns come in another order, are more or fewer, or a column has another name;
# - a column has another type (`int64` and `int32`, `str` and `category`).
#
# The tables hold numbers, texts and gaps. Nothing may be changed in the table.
#
# <details><summary>Hint</summary><code>pd.util.hash_pandas_object(table, index=False)</code> gives a whole
# number for each row, the same in every process. What does it not know? Put those things, as text, into the
# same SHA-256: <code>digest = hashlib.sha256()</code>, then <code>digest.update(some_bytes)</code> as often
# as you like.</details>

# %%
small = pd.DataFrame({"tenure": [1, 34, 2], "contract": ["monthly", None, "monthly"]})
relabelled = small.set_axis(["a", "b", "c"])
as_float = small.astype({"tenure": float})
print("equal for pandas:", small.equals(relabelled), small.equals(as_float))


# %% answer="q2"
def fingerprint(table):
    """A text that stands for the values, names and types of a table."""
    ### BEGIN SOLUTION
    digest = hashlib.sha256()
    for name in table.columns:
        digest.update(f"{name!r} {table[name].dtype}\n".encode())
    digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    return digest.hexdigest()
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(fingerprint)

# %% tags=["solution"]
from mlflow.data.digest_utils import compute_pandas_digest

penguins = ck.load("penguins")
variants = {
    "other row labels": penguins.set_axis(penguins.index + 1),
    "every male called female": penguins.assign(sex=penguins["sex"].replace("male", "female")),
    "year as int32": penguins.astype({"year": "int32"}),
}
digests = []
for change, other in variants.items():
    theirs = compute_pandas_digest(other) != compute_pandas_digest(penguins)
    ours = fingerprint(other) != fingerprint(penguins)
    digests.append({"change": change, "MLflow's differs": theirs, "ours differs": ours})
pd.DataFrame(digests).set_index("change")

# %% [markdown] tags=["solution"]
# The hashes of the rows do not know names and types: 1 as `int64` and as `int32` hash alike. That is why
# both go into the digest, each on a line of its own.
#
# Common slips: `repr(table)` shows ten rows of a long table; `to_csv` writes a gap and an empty text alike;
# `to_json` rounds floats; the row labels count if `index=False` is forgotten; `pickle` writes the same
# table in different ways.
#
# MLflow's own digest (of `mlflow.data.from_pandas`) is another compromise. It counts the row labels, and it
# leaves out text columns with gaps, all rows after the first 10,000, and the types.
#
# An alternative: the bytes of `table.reset_index(drop=True).to_parquet()`, as long as the version of
# `pyarrow` stays the same.

# %% [markdown]
# ## Question 3 · Which runs can be run again?
#
# A team predicts the prices of houses. Eight runs are recorded with MLflow; `train` and the tables are those
# of the team. (The folded cells make the database and take some seconds.)

# %%
houses = ck.load("houses")
tables = {
    "v1": houses,
    "v2": houses[houses["living_area"] <= 4000],
    "v3": houses[houses["sale_condition"] == "Normal"],
}
inputs_used = ["living_area", "lot_area", "overall_quality", "overall_condition", "year_built"]


def train(table, alpha, seed):
    """Mean absolute error, in dollars, of ridge regression on a fifth of the rows."""
    order = np.random.default_rng(seed).permutation(len(table))
    X, y = table[inputs_used].to_numpy(float)[order], table["price"].to_numpy(float)[order]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    n, mean = len(y) // 5, y[len(y) // 5 :].mean()
    bend = X[n:].T @ X[n:] + alpha * np.eye(X.shape[1])
    w = np.linalg.solve(bend, X[n:].T @ (y[n:] - mean))
    return float(np.abs(X[:n] @ w + mean - y[:n]).mean())


# %% fold="Make an empty database"
from mlflow import MlflowClient

# For a database mlflow-skinny also needs the packages sqlalchemy, alembic and sqlparse.
client = MlflowClient(f"sqlite:///{Path(workplace.name).as_posix()}/runs.db")
experiment = client.get_experiment_by_name("houses")
artifacts = (Path(workplace.name) / "artifacts").as_uri()
home = experiment.experiment_id if experiment else client.create_experiment("houses", artifacts)
for run in client.search_runs([home]):
    client.delete_run(run.info.run_id)  # of an earlier go

# %% fold="Record the eight runs"
made = [
    ("baseline", {"data": "v1", "alpha": 1.0, "seed": 0}, train(tables["v1"], 1.0, 0)),
    ("more ridge", {"data": "v1", "alpha": 100.0, "seed": 0}, train(tables["v1"], 100.0, 0)),
    ("no giants", {"data": "v2", "alpha": 1.0, "seed": 0}, train(tables["v2"], 1.0, 0)),
    ("lucky", {"data": "v2", "alpha": 1.0, "seed": None}, train(tables["v2"], 1.0, 11)),
    ("last year", {"data": "v0", "alpha": 1.0, "seed": 0}, train(tables["v1"].iloc[:900], 1.0, 0)),
    ("night", {"data": "v3", "alpha": 1.0, "seed": 4}, None),
    ("a third", {"data": "v2", "alpha": 33.3, "seed": 2}, train(tables["v2"], 100 / 3, 2)),
    ("friday", {"data": "v2", "alpha": 1.0, "seed": 5}, train(tables["v3"], 1.0, 5)),
]
for number, (name, noted, error) in enumerate(made, start=1):
    run_id = client.create_run(home, start_time=number, run_name=name).info.run_id
    for key, value in noted.items():
        client.log_param(run_id, key, value)
    if error is not None:
        client.log_metric(run_id, "error", error)
    client.set_terminated(run_id, "FINISHED" if error is not None else "FAILED")

# %%
runs = client.search_runs([home], order_by=["attributes.start_time"])
records = [run.data.params | run.data.metrics for run in runs]
pd.DataFrame(records, index=[run.info.run_name for run in runs]).round({"error": 0})

# %%
one = runs[0]
print(one.info.run_name, one.data.params, "metrics:", *one.data.metrics)

# %% [markdown]
# As you see, MLflow keeps each parameter as **text**, also `None`. Write `audit(run, tables, train)`, which
# returns the first of these that is true:
#
# - `"no error"`: the run has no metric `error`;
# - `"no seed"`: the parameter `seed` is missing, or is `"None"`;
# - `"no data"`: its parameter `data` names none of `tables`;
# - `"same"`: `train(table, alpha, seed)`, with numbers (`alpha` a float, `seed` an int), gives its error
#   again, to the last digit;
# - `"differs"`: it does not.
#
# `alpha` is always there. Train only for the last two. Then make
#
# - `verdicts`: a dictionary, name of the run → verdict, for all eight;
# - `mislabelled`: a tuple of two texts. One of the runs that differ was trained on **another of the three
#   tables** than its record says; all else in the record is right. Its name, and that table's.
#
# <details><summary>Hint</summary>A run's name is <code>run.info.run_name</code>, its parameters and metrics
# are the dictionaries <code>run.data.params</code> and <code>run.data.metrics</code>. For
# <code>mislabelled</code>, train each run that differs once on each table.</details>


# %% answer="q3"
def audit(run, tables, train):
    """What becomes of a run when it is made again from its record."""
    ### BEGIN SOLUTION
    params, metrics = run.data.params, run.data.metrics
    if "error" not in metrics:
        return "no error"
    if params.get("seed", "None") == "None":
        return "no seed"
    if params.get("data") not in tables:
        return "no data"
    again = train(tables[params["data"]], float(params["alpha"]), int(params["seed"]))
    return "same" if again == metrics["error"] else "differs"
    ### END SOLUTION
    return ...


verdicts = ...
mislabelled = ...
### BEGIN SOLUTION
verdicts = {run.info.run_name: audit(run, tables, train) for run in runs}
for run in runs:
    if verdicts[run.info.run_name] != "differs":
        continue
    alpha, seed = float(run.data.params["alpha"]), int(run.data.params["seed"])
    for name, table in tables.items():
        if train(table, alpha, seed) == run.data.metrics["error"]:
            mislabelled = run.info.run_name, name
### END SOLUTION

# %% check="q3" points=4 minutes=25
check.q3(audit, verdicts, mislabelled, runs, tables, train)

# %% tags=["solution"]
print(pd.Series(verdicts).to_string())
print("mislabelled:", mislabelled)

# %% [markdown] tags=["solution"]
# Of eight runs three can be made again. Nobody can say on which fifth of the rows "lucky" was judged. "a
# third" was run with 100 / 3 and noted as 33.3.
#
# `seed="0"` is a text: `np.random.default_rng` refuses it, but other functions take a text without an error.
# `np.isclose` says "same" for a run that is only nearly so. Where another processor is expected, give a
# tolerance and say which; on one machine ask for the last digit.
#
# A table's name in a record is not enough either, as "friday" shows: note the hash of question 2 beside
# it, computed from the table that is handed to `train`.

# %% [markdown]
# ## Question 4 · Promote in pairs, and keep a way back
#
# The registry holds four versions of a model of house prices. `losses` has for each version a Series: the
# absolute error (in thousand dollars) of each sale of 2010, labelled by the sale's number. No version has
# seen these sales. Small is good, and we take the sales as independent of each other.

# %% fold="Train four versions"
past, latest = houses[houses["year_sold"] < 2010], houses[houses["year_sold"] == 2010].set_index("order")
some, more = ["living_area", "lot_area"], [*inputs_used, "first_floor_area", "full_baths", "fireplaces"]


def errors_of(columns, logarithm=False):
    """Absolute errors of least squares, in thousand dollars, for the sales of 2010."""
    change, back = (np.log, np.exp) if logarithm else (np.asarray, np.asarray)
    X, Z = past[columns].to_numpy(float), latest[columns].to_numpy(float)
    X, Z = (X - X.mean(axis=0)) / X.std(axis=0), (Z - X.mean(axis=0)) / X.std(axis=0)
    w = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), change(past["price"] / 1000))[0]
    return (latest["price"] / 1000 - back(w[0] + Z @ w[1:])).abs()


losses = {
    1: errors_of(some),
    2: errors_of(more),
    3: errors_of([*more, "wood_deck_area"]),
    4: errors_of(more, True),
}
losses[4] = losses[4].iloc[::-1]


# %% fold="Register their names"
def four_versions():
    """A registered model with the versions 1 to 4 and no alias."""
    if client.search_registered_models("name = 'prices'"):
        client.delete_registered_model("prices")
    client.create_registered_model("prices")
    for version in losses:
        client.create_model_version("prices", f"file:///models/{version}")


# %%
four_versions()
client.set_registered_model_alias("prices", "champion", 2)
print("aliases:", client.get_registered_model("prices").aliases)
for version, errors in losses.items():
    print("version", version, "mean error", errors.mean().round(1), "first sales", list(errors.index[:3]))

# %% [markdown]
# The sales of version 4 come in another order. Write two functions; `client` has the methods of
# `MlflowClient`, versions are whole numbers:
#
# - `promote_if_better(client, name, challenger, losses)`. If there is no champion, the challenger becomes
#   it. Else take for each sale the champion's loss minus the challenger's, and the interval mean ± 1.96
#   standard errors of these differences. If the whole interval lies **above zero**, the alias `champion`
#   moves to the challenger, and the alias `former` to the champion so far. Else no alias changes. It returns
#   `True` if `champion` has moved. If one of the two has a sale that the other lacks: `ValueError`, and no
#   alias changes.
# - `roll_back(client, name)`: `champion` goes back to the version `former`, and the alias `former` is
#   deleted. It returns that version. If there is no `former`: `ValueError`.
#
# The connection may break between any two calls. At every moment `champion` must be there, and the champion
# before the change must be reachable by one of the two aliases (in `roll_back`: the version to go back to).
#
# <details><summary>Hint</summary><code>client.get_registered_model(name).aliases</code> is a dictionary alias
# → version. <code>client.set_registered_model_alias(name, alias, version)</code> sets or moves an alias,
# <code>client.delete_registered_model_alias(name, alias)</code> deletes it. pandas subtracts two Series by
# label.</details>


# %% answer="q4"
def promote_if_better(client, name, challenger, losses):
    """Move the alias champion if the challenger is better in pairs."""
    ### BEGIN SOLUTION
    champion = client.get_registered_model(name).aliases.get("champion")
    if champion is not None:
        if set(losses[champion].index) != set(losses[challenger].index):
            raise ValueError("the two versions were not judged on the same sales")
        gains = losses[champion] - losses[challenger]
        if gains.mean() - 1.96 * gains.std() / len(gains) ** 0.5 <= 0:
            return False
        client.set_registered_model_alias(name, "former", champion)
    client.set_registered_model_alias(name, "champion", challenger)
    return True
    ### END SOLUTION
    return ...


def roll_back(client, name):
    """Give the alias champion back to the former one."""
    ### BEGIN SOLUTION
    former = client.get_registered_model(name).aliases.get("former")
    if former is None:
        raise ValueError(f"{name} has no former champion")
    client.set_registered_model_alias(name, "champion", former)
    client.delete_registered_model_alias(name, "former")
    return former
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(promote_if_better, roll_back)

# %% tags=["solution"]
four_versions()
for version in losses:
    moved = promote_if_better(client, "prices", version, losses)
    print("version", version, "promoted:", moved, client.get_registered_model("prices").aliases)
print("rolled back to", roll_back(client, "prices"), client.get_registered_model("prices").aliases)

# %% tags=["solution"]
gains = losses[2] - losses[4]
in_pairs = 1.96 * gains.std() / len(gains) ** 0.5
apart = 1.96 * ((losses[2].var() + losses[4].var()) / len(gains)) ** 0.5
print(f"version 4 instead of 2: {gains.mean():.1f} better, ± {in_pairs:.1f} in pairs, ± {apart:.1f} not")

# %% [markdown] tags=["solution"]
# In pairs version 4 is better than version 2; from the two means with their own standard errors nobody
# could tell: dear houses are hard for both, and that part falls out of the difference.
#
# `losses[2].to_numpy() - losses[4].to_numpy()` pairs different sales, without an error. The sets of labels
# are compared because pandas fills what one side lacks with gaps, and `mean` skips gaps.
#
# Moving `champion` first is the common slip: if the next call fails, nothing says any more which version was
# in use. An alternative to the alias `former` is a tag with the whole history, as the service's own
# registry keeps it in the file `current`.

# %% [markdown]
# ## Question 5 · The same to the last bit
#
# `chances_as_found` learns who will leave a telephone company. It predicts well. But hardly anything about
# it can be repeated.

# %%
from threadpoolctl import threadpool_limits

customers = ck.load("customers").sample(frac=1, random_state=0, ignore_index=True)
rows, new = customers[:5000], customers[5000:]
TEXTS = ["contract", "internet_service", "payment_method"]


def inputs(table, kinds):
    """An array: 1, two numbers, and a column of 0 and 1 for each kind of text."""
    columns = [np.ones(len(table)), table["tenure"] / 72, table["monthly_charges"] / 100]
    for column, text in kinds:
        columns.append(table[column] == text)
    return np.column_stack(columns).astype(float)


# %%
def chances_as_found(rows, new):
    """Chance that each of the new customers leaves: logistic regression in 500 steps."""
    kinds = set()
    for column in TEXTS:
        for text in rows[column]:
            kinds.add((column, text))
    X, y = inputs(rows, kinds), (rows["churn"] == "Yes").to_numpy(float)
    w = np.zeros(X.shape[1])
    for _ in range(500):
        some = np.random.choice(len(X), 100)
        p = 1 / (1 + np.exp(-X[some] @ w))
        w = w - 0.5 * X[some].T @ (p - y[some]) / 100
    return 1 / (1 + np.exp(-inputs(new, kinds) @ w))


def log_loss_of(chances):
    """Mean cross-entropy on the new customers."""
    left = (new["churn"] == "Yes").to_numpy()
    return -np.log(np.where(left, chances, 1 - np.asarray(chances))).mean()


# %% [markdown]
# `in_new_process(function, hash_seed)` computes `function(rows, new)` in a Python of its own, in which texts
# have other hashes; it waits for the result. NumPy's global seed is 0 there.

# %% fold="A function that runs another one in a new process"
import subprocess
import sys

import cloudpickle

program = """
import sys, cloudpickle, numpy
function, rows, new = cloudpickle.load(sys.stdin.buffer)
numpy.random.seed(0)
result, sys.stdout = sys.stdout.buffer, sys.stderr  # what the function prints goes elsewhere
result.write(numpy.asarray(function(rows, new), float).tobytes())
"""


def in_new_process(function, hash_seed):
    """function(rows, new), computed by a new process with this hash seed."""
    command = [sys.executable, "-c", program]
    given = cloudpickle.dumps((function, rows, new))
    here = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, env=here, timeout=120, check=True)
    return np.frombuffer(done.stdout)


# %%
np.random.seed(0)
first = chances_as_found(rows, new)
np.random.seed(0)
second = chances_as_found(rows, new)
print("the same twice, if NumPy's seed is set:", np.array_equal(first, second))

# %% tags=["rtol=0.05"]
base_rate = log_loss_of(np.full(len(new), (rows["churn"] == "Yes").mean()))
print(f"log loss {log_loss_of(first):.2f}, of the base rate {base_rate:.2f}, limit 0.45")

# %% [markdown]
# Hand in:
#
# - `breaks`: for each of five changes, made **alone**, whether it changes any bit of what
#   `chances_as_found` returns (`True` or `False`). Measure; the changes are listed below.
# - `chances(rows, new)`: a training of your own. It returns an array with a probability for each new
#   customer, in their order, and keeps **every bit** whatever is changed: the five, and the number of
#   threads of the linear algebra (`with threadpool_limits(4):`). Not rounded: rounding only makes a
#   difference rare.
# - `loss`: its `log_loss_of`, at most 0.45.
#
# The five changes: the order of `rows` (`rows.sample(frac=1, random_state=1)`, labels included), their labels
# (`set_axis`), the order of the columns of `rows` and `new` (`rows[rows.columns[::-1]]`), NumPy's global seed
# before the call, and the hash seed of the process.
#
# `chances` must learn from the `rows` that it is given, and not from the column `churn` of
# `new`. Use NumPy or pandas, and what you like beside.
#
# <details><summary>Hint</summary>Set NumPy's global seed before each call, or two things have changed.
# Compare two new processes with different hash seeds. For your own training: bring rows, columns and kinds
# into an order that depends on their content only; rows that agree in every column, churn included, may
# stand in any order. What need has it of chance?</details>


# %% tags=["solution"]
def seeded(table, other=new, seed=0):
    """chances_as_found after setting NumPy's global seed."""
    np.random.seed(seed)
    return chances_as_found(table, other)


same = seeded(rows)
turned = rows.columns[::-1]
one_hash, other_hash = in_new_process(chances_as_found, 1), in_new_process(chances_as_found, 2)
measured = {
    "row order": not np.array_equal(seeded(rows.sample(frac=1, random_state=1)), same),
    "row labels": not np.array_equal(seeded(rows.set_axis(range(5000, 0, -1))), same),
    "column order": not np.array_equal(seeded(rows[turned], new[turned]), same),
    "NumPy's seed": not np.array_equal(seeded(rows, seed=1), same),
    "hash seed": not np.array_equal(one_hash, other_hash),
}


# %% answer="q5"
def chances(rows, new):
    """Chance that each of the new customers leaves, the same bits every time."""
    ### BEGIN SOLUTION
    names = sorted(rows.columns)
    ordered = rows[names].sort_values(names)
    kinds = []
    for column in TEXTS:
        for text in sorted(ordered[column].unique()):
            kinds.append((column, text))
    X, left = inputs(ordered, kinds), (ordered["churn"] == "Yes").to_numpy()
    w = np.zeros(X.shape[1])
    with threadpool_limits(1):
        for _ in range(8):  # Newton's steps: nothing is drawn
            p = 1 / (1 + np.exp(-X @ w))
            slope = X.T @ (p - left) + w
            bend = (X * (p * (1 - p))[:, None]).T @ X + np.eye(len(w))
            w = w - np.linalg.solve(bend, slope)
        return 1 / (1 + np.exp(-(inputs(new, kinds) @ w)))
    ### END SOLUTION
    return ...


breaks = {"row order": ..., "row labels": ..., "column order": ..., "NumPy's seed": ..., "hash seed": ...}
loss = ...
### BEGIN SOLUTION
breaks = measured
loss = log_loss_of(chances(rows, new))
### END SOLUTION

# %% check="q5" points=5 minutes=30
check.q5(chances, breaks, loss)

# %% tags=["solution"]
print(pd.Series(breaks).to_string())
print(f"log loss {loss:.3f}")

# %% tags=["solution"]
gap = np.abs(one_hash - other_hash).max()
print("two hash seeds differ by less than 0.000001:", gap < 1e-6)
print("and by more than nothing:", gap > 0)

# %% [markdown] tags=["solution"]
# The hash seed changes the order in which a set gives its texts, so the columns of `X`, so the order in which
# products are added. Here that moves only the last digits. In a model that draws columns by position it
# moves the score.
#
# Common slips: seeding inside the function and leaving the rows as they come (the draws are the same, the
# rows are not); sorting by some columns only, where two rows agree in these and not in `churn`; rounding.
#
# An alternative needs no order at all: count customers by kind, with whole numbers. Sums of whole numbers
# do not depend on the order. `math.fsum` also gives the same float for every order.
#
# What is left: another processor or another version of NumPy may add in another way. Note both in the record.
