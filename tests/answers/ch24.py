"""Answers to the questions of chapter 24 that must pass, and mistakes that must get a hint."""

import base64
import glob
import hashlib
import io
import json
import math
import os
import pickle
import random
import types
from pathlib import Path

import numpy as np
import pandas as pd

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def sha(content):
    return hashlib.sha256(content).hexdigest()


def manifest(folder):
    return {
        path.relative_to(folder).as_posix(): sha(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def walked(folder):
    """With os.walk, in pieces, from the end."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in sorted(names, reverse=True):
            path = os.path.join(place, name)
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                while piece := file.read(7):
                    digest.update(piece)
            found[os.path.relpath(path, folder).replace(os.sep, "/")] = digest.hexdigest()
    return found


def filed(folder):
    found = {}
    for path in sorted(Path(str(folder)).glob("**/*")):
        if not path.is_dir():
            with path.open("rb") as file:
                found["/".join(path.parts[len(folder.parts) :])] = hashlib.file_digest(
                    file, "sha256"
                ).hexdigest()
    return found


def entries(key=None, value=None, paths=None):
    """A manifest with one thing done otherwise."""

    def manifest(folder):
        found = {}
        for path in paths(folder) if paths else folder.rglob("*"):
            if path.is_file():
                name = key(path, folder) if key else path.relative_to(folder).as_posix()
                found[name] = value(path) if value else sha(path.read_bytes())
        return found

    return manifest


def with_folders(folder):
    return {
        path.relative_to(folder).as_posix(): sha(path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def as_text(path):
    return sha(path.read_text(encoding="latin-1").encode("latin-1", "replace"))


def version(entries):
    return sha(json.dumps(entries, sort_keys=True).encode())


def lines(entries):
    return sha("\n".join(f"{entries[name]}  {name}" for name in sorted(entries)).encode())


def pairs(entries):
    return hashlib.blake2b(repr(sorted(entries.items())).encode()).hexdigest()[:16]


def xored(entries):
    """Each entry hashed on its own, then a sum: no order needed."""
    total = sum(int(sha(f"{name}\0{value}".encode()), 16) for name, value in entries.items())
    return str(total)


def changes(old, new):
    return {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
        "changed": sorted(name for name in set(old) & set(new) if old[name] != new[name]),
    }


def changed_in_a_loop(old, new):
    found = {"changed": [], "added": [], "removed": []}
    for name in sorted({**old, **new}):
        if name not in old:
            found["added"].append(name)
        elif name not in new:
            found["removed"].append(name)
        elif old[name] != new[name]:
            found["changed"].append(name)
    return found


def changes_by_pandas(old, new):
    both = pd.DataFrame(
        {"old": pd.Series(old, dtype=object), "new": pd.Series(new, dtype=object)}
    ).sort_index()
    here, there = both["old"].notna(), both["new"].notna()
    return {
        "added": both.index[~here],
        "removed": tuple(both.index[~there]),
        "changed": list(both.index[here & there & (both["old"] != both["new"])]),
    }


def globbed(folder):
    """With the module glob, which passes over names that begin with a dot."""
    names = [name for name in glob.glob(f"{folder}/**", recursive=True) if os.path.isfile(name)]
    return {Path(name).relative_to(folder).as_posix(): sha(Path(name).read_bytes()) for name in names}


def in_a_default(folder, found={}):  # noqa: B006
    """One dictionary for all calls."""
    found.update(manifest(folder))
    return found


def emptied(entries):
    taken = []
    while entries:
        taken.append(entries.popitem())
    return sha(str(sorted(taken)).encode())


def ends(path):
    """The first block of a file."""
    with path.open("rb") as file:
        return sha(file.read(65536))


def of_changes(change):
    return lambda old, new: change(changes(old, new), old, new)


def renames(old, new):
    """A file under another name has only moved."""
    found = changes(old, new)
    found["added"] = [name for name in found["added"] if new[name] not in old.values()]
    return found


def items(old, new):
    return {
        "added": sorted(name for name, _ in new.items() - old.items()),
        "removed": sorted(name for name, _ in old.items() - new.items()),
        "changed": sorted(name for name in old if name in new and old[name] != new[name]),
    }


# --- question 2 -----------------------------------------------------------------------------------


def head_of(table):
    return json.dumps([[str(name) for name in table.columns], [str(kind) for kind in table.dtypes]]).encode()


def by_rows(table, head=head_of, **options):
    hashes = pd.util.hash_pandas_object(table, index=False, **options)
    return sha(head(table) + hashes.to_numpy().tobytes())


def by_parquet(table):
    held = io.BytesIO()
    table.reset_index(drop=True).to_parquet(held)
    return sha(held.getvalue())


def by_csv(table, **options):
    return sha(head_of(table) + table.to_csv(index=False, **options).encode())


def by_columns(table):
    digest = hashlib.sha256()
    for name in table:
        digest.update(repr([name, str(table[name].dtype), table[name].tolist()]).encode())
    return digest.hexdigest()


def by_column_hashes(table):
    parts = [
        [str(name), str(table[name].dtype), *pd.util.hash_pandas_object(table[name], index=False)]
        for name in table
    ]
    return base64.b64encode(hashlib.sha1(repr(parts).encode()).digest()).decode()


def by_json(table, **options):
    return sha(head_of(table) + table.to_json(orient="values", **options).encode())


def by_pickle(table):
    return sha(pickle.dumps(table.reset_index(drop=True)))


def values_only(table):
    return sha(table.to_numpy().tobytes())


def shown(table):
    return sha(head_of(table) + repr(table.reset_index(drop=True)).encode())


def long_text(table):
    return sha(head_of(table) + table.to_string(index=False).encode())


def summed(table):
    return sha(head_of(table) + str(pd.util.hash_pandas_object(table, index=False).sum()).encode())


def joined_texts(table):
    rows = ["".join(str(value) for value in row) for row in table.itertuples(index=False)]
    return sha(head_of(table) + "\n".join(rows).encode())


def builtin_hash(table):
    return str(hash(tuple(pd.util.hash_pandas_object(table, index=False)) + tuple(table.columns)))


def with_labels(table):
    return sha(head_of(table) + pd.util.hash_pandas_object(table).to_numpy().tobytes())


def in_place(table):
    table.reset_index(drop=True, inplace=True)
    table.sort_index(axis=1, inplace=True)
    return by_rows(table)


def sorted_rows(table):
    return sha(head_of(table) + np.sort(pd.util.hash_pandas_object(table, index=False).to_numpy()).tobytes())


def sorted_columns(table):
    return by_rows(table[sorted(table.columns)])


def filled(table, value):
    return by_rows(
        table.fillna({name: value for name in table.select_dtypes("number")}), lambda _: head_of(table)
    )


def tidied(table, change):
    texts = {name: change(table[name]) for name in table.select_dtypes("str")}
    return by_rows(table.assign(**texts))


def sorted_types(table):
    return str(list(table.columns)) + str(sorted(map(str, table.dtypes)))


def digest_of_mlflow(table):
    from mlflow.data.digest_utils import compute_pandas_digest

    return compute_pandas_digest(table.reset_index(drop=True))


# --- question 3 -----------------------------------------------------------------------------------


def run_of(name, metrics, **params):
    return types.SimpleNamespace(
        info=types.SimpleNamespace(run_name=name, status="FINISHED"),
        data=types.SimpleNamespace(
            params={key: str(value) for key, value in params.items()}, metrics=metrics
        ),
    )


def train(table, alpha, seed):
    return float(np.random.default_rng(seed).normal() + alpha * table["x"].mean())


TABLES = {
    "v1": pd.DataFrame({"x": [1.0, 2.0]}),
    "v2": pd.DataFrame({"x": [3.0, 7.0]}),
    "v3": pd.DataFrame({"x": [0.0]}),
}
RUNS = [
    run_of("good", {"error": train(TABLES["v1"], 1.0, 0)}, data="v1", alpha=1.0, seed=0),
    run_of("lucky", {"error": 0.1}, data="v1", alpha=1.0, seed=None),
    run_of("old", {"error": 0.1}, data="v0", alpha=1.0, seed=1),
    run_of("night", {}, data="v2", alpha=1.0, seed=1),
    run_of("third", {"error": train(TABLES["v1"], 1 / 3, 2)}, data="v1", alpha=0.333, seed=2),
    run_of("friday", {"error": train(TABLES["v3"], 1.0, 5)}, data="v2", alpha=1.0, seed=5),
]


def audit(run, tables, train):
    params, metrics = run.data.params, run.data.metrics
    if "error" not in metrics:
        return "no error"
    if params.get("seed", "None") == "None":
        return "no seed"
    if params.get("data") not in tables:
        return "no data"
    again = train(tables[params["data"]], float(params["alpha"]), int(params["seed"]))
    return "same" if again == metrics["error"] else "differs"


def audit_by_errors(run, tables, train):
    """Ask for forgiveness, not for permission."""
    noted = run.data.metrics.get("error")
    if noted is None:
        return "no error"
    try:
        seed = int(run.data.params["seed"])
    except (KeyError, ValueError):
        return "no seed"
    try:
        table = tables[run.data.params["data"]]
    except KeyError:
        return "no data"
    repeated = train(table=table, seed=np.int64(seed), alpha=np.float64(run.data.params["alpha"]))
    return "differs" if repeated != noted else "same"


def audit_with(number=float, whole=int, equal=lambda a, b: a == b, order="esd", none=True, use=None):
    """The audit with one thing done otherwise."""

    def audit(run, tables, own_train):
        params, metrics = run.data.params, run.data.metrics
        seed_lacks = params.get("seed", "None") == "None" if none else "seed" not in params
        lacks = {
            "e": ("no error", "error" not in metrics),
            "s": ("no seed", seed_lacks),
            "d": ("no data", params.get("data") not in tables),
        }
        for letter in order:
            if lacks[letter][1]:
                return lacks[letter][0]
        if "error" not in metrics:
            return "no error"
        again = (use or own_train)(tables[params["data"]], number(params["alpha"]), whole(params["seed"]))
        return "same" if equal(again, metrics["error"]) else "differs"

    return audit


def any_truthy(run, tables, train):
    if not run.data.metrics.get("error"):
        return "no error"
    return audit(run, tables, train)


def trains_first(run, tables, train):
    try:
        again = train(tables["2019"], float(run.data.params["alpha"]), 0)
    except (KeyError, ValueError):
        again = None
    found = audit(run, tables, train)
    return found if again is not None else "differs"


def clears_tables(run, tables, train):
    found = audit(run, tables, train)
    tables.clear()
    return found


def by_status(run, tables, train):
    """A run that failed has no error worth the name."""
    return "no error" if run.info.status != "FINISHED" else audit(run, tables, train)


VERDICTS = {run.info.run_name: audit(run, TABLES, train) for run in RUNS}


def third(function=audit, verdicts=VERDICTS, mislabelled=("friday", "v3")):
    return function, verdicts, mislabelled, RUNS, TABLES, train


# --- question 4 -----------------------------------------------------------------------------------


def lead(champion, challenger):
    gains = champion - challenger
    return gains.mean() - 1.96 * gains.std() / len(gains) ** 0.5


def promotes(lower=lead, rows=None, former=True, order=("former", "champion"), empty=True):
    """A promotion with one thing done otherwise."""

    def promote_if_better(client, name, challenger, losses):
        champion = client.get_registered_model(name).aliases.get("champion")
        if champion is None:
            if empty:
                client.set_registered_model_alias(name, "champion", challenger)
            return empty
        if not (rows or same_sales)(losses[champion], losses[challenger]):
            raise ValueError("not the same sales")
        if not lower(losses[champion], losses[challenger]) > 0:
            return False
        for alias in order:
            if alias == "former" and former:
                client.set_registered_model_alias(name, "former", champion)
            elif alias == "champion":
                client.set_registered_model_alias(name, "champion", challenger)
        return True

    return promote_if_better


def same_sales(a, b):
    return set(a.index) == set(b.index)


def by_exception(client, name, challenger, losses):
    """Asks for the alias, and lines the rows up by hand."""
    try:
        now = client.get_model_version_by_alias(name, "champion").version
    except Exception:
        client.set_registered_model_alias(name, "champion", str(challenger))
        return True
    pairs = pd.concat({"now": losses[now], "then": losses[challenger]}, axis=1, join="outer")
    if pairs.isna().any(axis=None):
        raise ValueError("rows differ")
    difference = (pairs["now"] - pairs["then"]).to_numpy()
    error = np.std(difference, ddof=1) / np.sqrt(len(difference))
    better = np.bool_(difference.mean() > 1.96 * error)
    if better:
        client.set_registered_model_alias(name, "former", now)
        client.set_registered_model_alias(name, "champion", challenger)
    return better


def bootstrapped(champion, challenger):
    gains = (champion.sort_index() - challenger.sort_index()).to_numpy()
    draws = np.random.default_rng(0).integers(0, len(gains), (2000, len(gains)))
    return np.quantile(gains[draws].mean(axis=1), 0.025)


def unpaired(champion, challenger):
    spread = champion.var() / len(champion) + challenger.var() / len(challenger)
    return champion.mean() - challenger.mean() - 1.96 * spread**0.5


def intervals_apart(champion, challenger):
    half = [1.96 * part.std() / len(part) ** 0.5 for part in (champion, challenger)]
    return champion.mean() - half[0] - (challenger.mean() + half[1])


def by_place(champion, challenger):
    gains = champion.to_numpy() - challenger.to_numpy()
    return gains.mean() - 1.96 * gains.std(ddof=1) / len(gains) ** 0.5


def no_error(champion, challenger):
    return (champion - challenger).mean()


def upper(champion, challenger):
    gains = champion - challenger
    return gains.mean() + 1.96 * gains.std() / len(gains) ** 0.5


def by_t_test(champion, challenger):
    from scipy import stats

    return stats.ttest_rel(champion.sort_index(), challenger.sort_index()).confidence_interval().low


def times(factor):
    def lower(champion, challenger):
        gains = champion - challenger
        return gains.mean() - factor * gains.std() / len(gains) ** 0.5

    return lower


def not_divided(champion, challenger):
    gains = champion - challenger
    return gains.mean() - 1.96 * gains.std()


def deletes_champion_first(client, name, challenger, losses):
    champion = client.get_registered_model(name).aliases.get("champion")
    if champion is None or challenger == champion:
        return promotes()(client, name, challenger, losses)
    if not same_sales(losses[champion], losses[challenger]):
        raise ValueError("not the same sales")
    if lead(losses[champion], losses[challenger]) <= 0:
        return False
    client.delete_registered_model_alias(name, "champion")
    client.set_registered_model_alias(name, "former", champion)
    client.set_registered_model_alias(name, "champion", challenger)
    return True


def former_always(client, name, challenger, losses):
    champion = client.get_registered_model(name).aliases.get("champion")
    if champion is not None:
        if not same_sales(losses[champion], losses[challenger]):
            raise ValueError("not the same sales")
        client.set_registered_model_alias(name, "former", champion)
        if lead(losses[champion], losses[challenger]) <= 0:
            return False
    client.set_registered_model_alias(name, "champion", challenger)
    return True


def says_version(client, name, challenger, losses):
    return challenger if promotes()(client, name, challenger, losses) else None or 0


def written_name(client, name, challenger, losses):
    return promotes()(client, "prices", challenger, losses)


def centred(client, name, challenger, losses):
    for series in losses.values():
        series -= 1
    return promotes()(client, name, challenger, losses)


def roll_back(client, name):
    former = client.get_registered_model(name).aliases.get("former")
    if former is None:
        raise ValueError("no former champion")
    client.set_registered_model_alias(name, "champion", former)
    client.delete_registered_model_alias(name, "former")
    return former


def rolled_by_exception(client, name):
    try:
        former = client.get_model_version_by_alias(name, "former")
    except Exception as error:
        raise ValueError("nothing to go back to") from error
    client.set_registered_model_alias(name, alias="champion", version=former.version)
    client.delete_registered_model_alias(name, alias="former")
    return np.int64(client.get_model_version_by_alias(name, "champion").version)


def rolls(keep=False, first=False, back=None, swap=False):
    def roll_back(client, name):
        aliases = client.get_registered_model(name).aliases
        if "former" not in aliases:
            raise ValueError("no former champion")
        if first:
            client.delete_registered_model_alias(name, "former")
        client.set_registered_model_alias(name, "champion", aliases["former"])
        if swap:
            client.set_registered_model_alias(name, "former", aliases["champion"])
        elif not keep and not first:
            client.delete_registered_model_alias(name, "former")
        return back(aliases) if back else aliases["former"]

    return roll_back


def rolls_to_the_one_before(client, name):
    aliases = client.get_registered_model(name).aliases
    if "former" not in aliases:
        raise ValueError("no former champion")
    client.set_registered_model_alias(name, "champion", aliases["champion"] - 2)
    client.delete_registered_model_alias(name, "former")
    return aliases["champion"] - 2


def rolls_silently(client, name):
    aliases = client.get_registered_model(name).aliases
    return roll_back(client, name) if "former" in aliases else aliases["champion"]


# --- question 5 -----------------------------------------------------------------------------------

TEXTS = ["contract", "internet_service", "payment_method"]
CUSTOMERS = ck.load("customers").sample(frac=1, random_state=0, ignore_index=True)
ROWS, NEW = CUSTOMERS[:5000], CUSTOMERS[5000:]
BREAKS = {
    "row order": True,
    "row labels": False,
    "column order": False,
    "NumPy's seed": True,
    "hash seed": True,
}


def log_loss_of(chances):
    left = (NEW["churn"] == "Yes").to_numpy()
    return -np.log(np.where(left, chances, 1 - np.asarray(chances))).mean()


def inputs(table, kinds):
    columns = [np.ones(len(table)), table["tenure"] / 72, table["monthly_charges"] / 100]
    columns += [table[column] == text for column, text in kinds]
    return np.column_stack(columns).astype(float)


def kinds_of(rows):
    return sorted({(column, text) for column in TEXTS for text in rows[column]})


def newton(rows, new, kinds=None, steps=8):
    kinds = kinds or kinds_of(rows)
    X, left = inputs(rows, kinds), (rows["churn"] == "Yes").to_numpy(float)
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(X * w).sum(axis=1)))
        bend = (X * (p * (1 - p))[:, None]).T @ X + np.eye(len(w))
        w = w - np.linalg.solve(bend, ((p - left)[:, None] * X).sum(axis=0) + w)
    return 1 / (1 + np.exp(-(inputs(new, kinds) * w).sum(axis=1)))


def in_order(rows):
    names = sorted(rows.columns)
    return rows[names].sort_values(names)


def sorted_newton(rows, new):
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return newton(in_order(rows), new)


def sorted_steps(rows, new, seeded=None, order=in_order, names=kinds_of):
    """As found, with an order and a generator of its own."""
    rows = order(rows)
    kinds = names(rows)
    rng = np.random.default_rng(0) if seeded is None else seeded()
    X, y = inputs(rows, kinds), (rows["churn"] == "Yes").to_numpy(float)
    w = np.zeros(X.shape[1])
    for _ in range(500):
        some = rng.choice(len(X), 100)
        p = 1 / (1 + np.exp(-X[some] @ w))
        w = w - 0.5 * X[some].T @ (p - y[some]) / 100
    return pd.Series(1 / (1 + np.exp(-inputs(new, kinds) @ w)), new.index)


def counted(rows, new):
    """Share of leavers by contract, service and years, in whole numbers: no order comes in."""

    def cells(table):
        return list(zip(table["contract"], table["internet_service"], table["tenure"] // 12, strict=True))

    found = {}
    for cell, churn in zip(cells(rows), rows["churn"], strict=True):
        left, all_of_them = found.get(cell, (0, 0))
        found[cell] = left + (churn == "Yes"), all_of_them + 1
    share = int((rows["churn"] == "Yes").sum()) / len(rows)
    return [(found.get(c, (0, 0))[0] + 10 * share) / (found.get(c, (0, 0))[1] + 10) for c in cells(new)]


def by_fsum(rows, new):
    """Exact sums: no order of rows comes in."""
    kinds = kinds_of(rows)
    X, y = inputs(rows, kinds), (rows["churn"] == "Yes").to_numpy(float)
    w = np.zeros(X.shape[1])
    for _ in range(10):
        p = 1 / (1 + np.exp(-(X * w).sum(axis=1)))
        slope = [math.fsum(column) / len(X) for column in ((p - y)[:, None] * X).T]
        w = w - 1.5 * np.array(slope)
    return 1 / (1 + np.exp(-(inputs(new, kinds) * w).sum(axis=1)))


def as_found(rows, new):
    kinds = {(column, text) for column in TEXTS for text in rows[column]}
    X, y = inputs(rows, kinds), (rows["churn"] == "Yes").to_numpy(float)
    w = np.zeros(X.shape[1])
    for _ in range(500):
        some = np.random.choice(len(X), 100)
        p = 1 / (1 + np.exp(-X[some] @ w))
        w = w - 0.5 * X[some].T @ (p - y[some]) / 100
    return 1 / (1 + np.exp(-inputs(new, kinds) @ w))


def by_random_set(rows):
    """What a set gives."""
    return list({(column, text) for column in TEXTS for text in rows[column]})


def set_order(rows, new):
    return sorted_steps(rows, new, names=by_random_set)


def seeded_only(rows, new):
    return sorted_steps(rows, new, order=lambda rows: rows)


def global_seed(rows, new):
    return sorted_steps(rows, new, seeded=lambda: np.random)


def python_seed(rows, new):
    rows = in_order(rows).sample(frac=1, random_state=random.randrange(10**9))
    return newton(rows, new)


def by_label(rows, new):
    return sorted_steps(rows, new, order=lambda rows: rows.sort_index())


def by_some_columns(rows, new):
    return sorted_steps(rows, new, order=lambda rows: rows.sort_values(["tenure", "contract"], kind="stable"))


def by_columns_as_they_stand(rows, new):
    """Sorted by the columns in the order in which they stand."""
    return sorted_steps(rows, new, order=lambda rows: rows.sort_values(list(rows.columns)))


def without_churn(rows, new):
    names = ["contract", "internet_service", "payment_method", "tenure"]
    return sorted_steps(rows, new, order=lambda rows: rows.sort_values(names, kind="stable"))


def rounded(rows, new):
    return newton(rows, new).round(4)


def newton_unsorted(rows, new):
    return newton(rows, new)


def of_the_notebook(rows, new):
    return newton(in_order(ROWS), new)


def base_rate(rows, new):
    return np.full(len(new), int((rows["churn"] == "Yes").sum()) / len(rows))


def to_stay(rows, new):
    return 1 - sorted_newton(rows, new)


def both_columns(rows, new):
    p = sorted_newton(rows, new)
    return np.column_stack([1 - p, p])


def verdicts_only(rows, new):
    return (sorted_newton(rows, new) > 0.5).astype(int)


def changes_rows(rows, new):
    rows.sort_values(sorted(rows.columns), inplace=True)
    return sorted_newton(rows, new)


def weights_by_hash(rows, new):
    p = sorted_newton(rows, new)
    return p + 1e-9 * (hash("Month-to-month") % 1000) / 1000


def fitted_on_new(rows, new):
    """'The more rows, the better.'"""
    return sorted_newton(pd.concat([rows, new]), new)


def reads_churn(rows, new):
    return np.where(new["churn"] == "Yes", 0.9, 0.1) * (1 - 1 / len(rows))


def hardly_rounded(rows, new):
    return newton(rows, new).round(12)


def talks(rows, new):
    print("fitting", len(rows))
    return sorted_newton(rows, new).astype("float32")


def fifth(function=sorted_newton, breaks=BREAKS, loss=None):
    """What a learner hands in: chances, breaks, loss."""

    def made():
        return function, breaks, loss if loss is not None else log_loss_of(function(ROWS.copy(), NEW.copy()))

    return made


def broken(function):
    """A training that is not repeatable, with the numbers of a good one."""
    return lambda: (function, *fifth()()[1:])


RIGHT = {
    "q1": [
        ("rglob, JSON, sets", (manifest, version, changes)),
        ("os.walk in pieces, lines, a loop", (walked, lines, changed_in_a_loop)),
        ("file_digest, sorted pairs, other kinds of lists", (filed, pairs, changes_by_pandas)),
        ("a sum of hashes", (manifest, xored, changes)),
        ("JSON not hashed", (manifest, lambda entries: json.dumps(entries, sort_keys=True), changes)),
    ],
    "q2": [
        ("hashes of the rows, names and types", (by_rows,)),
        ("Parquet", (by_parquet,)),
        ("CSV with a mark for gaps", (lambda table: by_csv(table, na_rep="<gap>"),)),
        ("lists of each column", (by_columns,)),
        ("hashes column by column, another text", (by_column_hashes,)),
        ("records", (lambda table: sha(head_of(table) + str(table.to_dict("records")).encode()),)),
    ],
    "q3": [
        ("as in the solution", third()),
        (
            "by errors, NumPy numbers, a list",
            third(audit_by_errors, dict(reversed(VERDICTS.items())), ["friday", "v3"]),
        ),
        ("data asked for with get", third(audit_with())),
        ("an array of two names", third(mislabelled=np.array(["friday", "v3"]))),
    ],
    "q4": [
        ("aliases as a dictionary", (promotes(), roll_back)),
        ("by exception, rows lined up", (by_exception, rolled_by_exception)),
        ("bootstrap", (promotes(bootstrapped), rolls())),
        ("SciPy's t-test in pairs", (promotes(by_t_test), roll_back)),
    ],
    "q5": [
        ("sorted, Newton's steps, one thread", fifth()),
        ("sorted, its own generator, a Series", fifth(sorted_steps)),
        ("counts, a list", fifth(counted)),
        ("exact sums", fifth(by_fsum)),
        ("prints on its way, float32", fifth(talks)),
    ],
}

WRONG = {
    "q1": [
        ("'only this folder'", (entries(paths=lambda folder: folder.iterdir()), version, changes)),
        (
            "one level down",
            (entries(paths=lambda folder: [*folder.glob("*"), *folder.glob("*/*")]), version, changes),
        ),
        ("glob.glob", (globbed, version, changes)),
        ("the first 65,536 bytes", (entries(value=ends), version, changes)),
        ("a dictionary that stays", (in_a_default, version, changes)),
        (
            "small letters",
            (entries(key=lambda path, folder: path.relative_to(folder).as_posix().lower()), version, changes),
        ),
        ("names with a dot only", (entries(paths=lambda folder: folder.rglob("*.*")), version, changes)),
        ("folders have a hash too", (with_folders, version, changes)),
        ("full paths", (entries(key=lambda path, folder: str(path)), version, changes)),
        ("Path objects", (entries(key=lambda path, folder: path.relative_to(folder)), version, changes)),
        ("names alone", (entries(key=lambda path, folder: path.name), version, changes)),
        ("text, with its line ends translated", (entries(value=as_text), version, changes)),
        (
            "a crash on a picture",
            (entries(value=lambda path: sha(path.read_text().encode())), version, changes),
        ),
        ("the hash of the name", (entries(value=lambda path: sha(path.name.encode())), version, changes)),
        ("MD5", (entries(value=lambda path: hashlib.md5(path.read_bytes()).hexdigest()), version, changes)),
        ("the first signs", (entries(value=lambda path: sha(path.read_bytes())[:12]), version, changes)),
        ("bytes", (entries(value=lambda path: hashlib.sha256(path.read_bytes()).digest()), version, changes)),
        ("sizes", (entries(value=lambda path: str(path.stat().st_size)), version, changes)),
        ("pairs in place of a dictionary", (lambda folder: list(manifest(folder).items()), version, changes)),
        (
            "'a dictionary has an order'",
            (manifest, lambda entries: sha(json.dumps(entries).encode()), changes),
        ),
        (
            "hashes without names",
            (manifest, lambda entries: sha("".join(sorted(entries.values())).encode()), changes),
        ),
        ("'a set has no order'", (manifest, lambda e: sha(str(set(e.items())).encode()), changes)),
        (
            "sorted by hash",
            (manifest, lambda e: sha(str(sorted(e.items(), key=lambda i: i[1])).encode()), changes),
        ),
        (
            "all names, then all hashes",
            (manifest, lambda e: sha("".join([*sorted(e), *(e[k] for k in sorted(e))]).encode()), changes),
        ),
        (
            "the last part of the name",
            (manifest, lambda e: sha(str(sorted((Path(k).name, v) for k, v in e.items())).encode()), changes),
        ),
        ("takes the entries away", (manifest, emptied, changes)),
        ("names without hashes", (manifest, lambda entries: sha("".join(sorted(entries)).encode()), changes)),
        (
            "names and hashes apart",
            (manifest, lambda e: sha(repr([sorted(e), sorted(e.values())]).encode()), changes),
        ),
        ("different hashes only", (manifest, lambda e: sha(repr(sorted(set(e.values()))).encode()), changes)),
        ("Python's hash", (manifest, lambda entries: str(hash(frozenset(entries.items()))), changes)),
        ("a number", (manifest, lambda entries: int(version(entries), 16), changes)),
        ("the place in memory", (manifest, lambda entries: str(id(entries)), changes)),
        (
            "'as many files, so nothing is new'",
            (manifest, version, of_changes(lambda f, o, n: f if len(o) != len(n) else f | {"changed": []})),
        ),
        ("added and removed swapped", (manifest, version, lambda old, new: changes(new, old))),
        ("all items that differ", (manifest, version, items)),
        ("'a renamed file is not new'", (manifest, version, renames)),
        (
            "sets",
            (manifest, version, of_changes(lambda found, old, new: {k: set(v) for k, v in found.items()})),
        ),
        (
            "no order",
            (manifest, version, of_changes(lambda found, old, new: {k: v[::-1] for k, v in found.items()})),
        ),
        (
            "empty lists left out",
            (manifest, version, of_changes(lambda f, old, new: {k: v for k, v in f.items() if v})),
        ),
        (
            "numbers",
            (manifest, version, of_changes(lambda found, old, new: {k: len(v) for k, v in found.items()})),
        ),
        ("one list", (manifest, version, of_changes(lambda found, old, new: sum(found.values(), [])))),
        (
            "changed: everything in both",
            (manifest, version, of_changes(lambda f, o, n: f | {"changed": sorted(o & n.keys())})),
        ),
        ("changed: nothing", (manifest, version, of_changes(lambda f, o, n: f | {"changed": []}))),
    ],
    "q2": [
        ("row labels count", (with_labels,)),
        ("no types", (lambda table: by_rows(table, lambda table: ",".join(table.columns).encode()),)),
        ("no names", (lambda table: by_rows(table, lambda table: str(list(table.dtypes)).encode()),)),
        ("neither", (lambda table: by_rows(table, lambda table: b""),)),
        ("gaps and empty texts alike", (by_csv,)),
        ("CSV with the labels", (lambda table: sha(head_of(table) + table.to_csv(na_rep="<gap>").encode()),)),
        ("CSV, six digits", (lambda table: by_csv(table, na_rep="<gap>", float_format="%.6f"),)),
        ("JSON rounds", (by_json,)),
        ("JSON of 15 digits", (lambda table: by_json(table, double_precision=15),)),
        ("pickle", (by_pickle,)),
        ("addresses of objects", (values_only,)),
        ("what is shown", (shown,)),
        ("to_string rounds", (long_text,)),
        ("the sum of the rows' hashes", (summed,)),
        ("sorted rows", (sorted_rows,)),
        ("sorted columns", (sorted_columns,)),
        ("texts joined", (joined_texts,)),
        ("Python's hash", (builtin_hash,)),
        ("changes the table", (in_place,)),
        ("a number", (lambda table: int(by_rows(table), 16),)),
        ("the first thousand rows", (lambda table: by_rows(table.head(1000)),)),
        ("0 for a gap", (lambda table: filled(table, 0),)),
        ("-1 for a gap", (lambda table: filled(table, -1),)),
        ("rows with gaps dropped", (lambda table: by_rows(table.dropna()),)),
        ("rows that stand twice dropped", (lambda table: by_rows(table.drop_duplicates()),)),
        ("small letters", (lambda table: tidied(table, lambda texts: texts.str.lower()),)),
        ("spaces stripped", (lambda table: tidied(table, lambda texts: texts.str.strip()),)),
        ("sorted types", (lambda table: by_rows(table, lambda table: sorted_types(table).encode()),)),
        ("the first 16,000 rows", (lambda table: by_rows(table.head(16_000)),)),
        ("MLflow's digest", (digest_of_mlflow,)),
        ("the shape", (lambda table: sha(head_of(table) + str(table.shape).encode()),)),
    ],
    "q3": [
        ("texts go in", third(audit_with(number=str))),
        ("the seed as a text", third(audit_with(whole=str))),
        ("the seed as a float", third(audit_with(whole=float))),
        ("nearly the same is the same", third(audit_with(equal=np.isclose))),
        ("rounded", third(audit_with(equal=lambda a, b: round(a, 6) == round(b, 6)))),
        ("the seed None is a seed", third(audit_with(none=False))),
        ("the data first", third(audit_with(order="dse"))),
        ("the seed first", third(audit_with(order="sed"))),
        ("an error of 0 is no error", third(any_truthy)),
        ("trains in any case", third(trains_first)),
        ("the train of the notebook", third(audit_with(use=train))),
        ("a failed run has no error", third(by_status)),
        ("clears the tables", third(clears_tables)),
        ("the table itself", third(mislabelled=("friday", TABLES["v3"]))),
        ("everything is the same", third(audit_with(equal=lambda a, b: True))),
        ("true or false", third(lambda run, tables, own: audit(run, tables, own) == "same")),
        ("capital letters", third(lambda *what: audit(*what).capitalize())),
        ("verdicts as a list", third(verdicts=list(VERDICTS.values()))),
        ("one verdict missing", third(verdicts={k: v for k, v in VERDICTS.items() if k != "old"})),
        ("one verdict wrong", third(verdicts=VERDICTS | {"third": "same"})),
        ("verdicts by number", third(verdicts=dict(enumerate(VERDICTS.values())))),
        ("the other run that differs", third(mislabelled=("third", "v2"))),
        ("the table of the record", third(mislabelled=("friday", "v2"))),
        ("another table", third(mislabelled=("friday", "v1"))),
        ("a run that is the same", third(mislabelled=("good", "v2"))),
        ("turned round", third(mislabelled=("v3", "friday"))),
        ("the name only", third(mislabelled="friday")),
        ("no such table", third(mislabelled=("friday", "v0"))),
    ],
    "q4": [
        ("not in pairs", (promotes(unpaired), roll_back)),
        ("two intervals apart", (promotes(intervals_apart), roll_back)),
        ("paired by place", (promotes(by_place), roll_back)),
        ("the mean alone", (promotes(no_error), roll_back)),
        ("the upper end", (promotes(upper), roll_back)),
        ("the spread not divided", (promotes(not_divided), roll_back)),
        ("1.645", (promotes(times(1.645)), roll_back)),
        ("one standard error", (promotes(times(1)), roll_back)),
        ("2.58", (promotes(times(2.58)), roll_back)),
        (
            "sales that only the challenger has",
            (promotes(rows=lambda a, b: set(a.index) <= set(b.index)), roll_back),
        ),
        ("the same order demanded", (promotes(rows=lambda a, b: a.index.equals(b.index)), roll_back)),
        ("large is good", (promotes(lambda a, b: lead(b, a)), roll_back)),
        ("always", (promotes(lambda a, b: 1), roll_back)),
        ("zero is enough", (promotes(lambda a, b: lead(a, b) + 1e-9), roll_back)),
        ("sales not compared", (promotes(rows=lambda a, b: True), roll_back)),
        ("numbers of sales compared", (promotes(rows=lambda a, b: len(a) == len(b)), roll_back)),
        ("no former", (promotes(former=False), roll_back)),
        ("champion first", (promotes(order=("champion", "former")), roll_back)),
        ("champion deleted first", (deletes_champion_first, roll_back)),
        ("former set in any case", (former_always, roll_back)),
        ("no champion, no promotion", (promotes(empty=False), roll_back)),
        ("the name of the model written down", (written_name, roll_back)),
        ("returns the version", (says_version, roll_back)),
        ("changes the losses", (centred, roll_back)),
        ("returns nothing", (lambda *what: None if promotes()(*what) else None, roll_back)),
        ("former stays", (promotes(), rolls(keep=True))),
        ("former deleted first", (promotes(), rolls(first=True))),
        ("champion and former swapped", (promotes(), rolls(swap=True))),
        ("returns the withdrawn version", (promotes(), rolls(back=lambda aliases: aliases["champion"]))),
        ("returns true", (promotes(), rolls(back=lambda aliases: True))),
        ("back by two versions", (promotes(), rolls_to_the_one_before)),
        ("nothing to go back to, and no error", (promotes(), rolls_silently)),
    ],
    "q5": [
        ("as found", broken(as_found)),
        ("a set's order", broken(set_order)),
        ("its own seed, rows as they come", broken(seeded_only)),
        ("sorted, but the global seed", broken(global_seed)),
        ("sorted, then shuffled by chance", broken(python_seed)),
        ("sorted by label", broken(by_label)),
        ("sorted by two columns", broken(by_some_columns)),
        ("'all columns that the model uses'", broken(without_churn)),
        ("the columns' own order", broken(by_columns_as_they_stand)),
        ("rounded", broken(rounded)),
        ("'Newton's steps draw nothing'", broken(newton_unsorted)),
        ("the notebook's rows", broken(of_the_notebook)),
        ("the base rate", broken(base_rate)),
        ("chances to stay", broken(to_stay)),
        ("two columns", broken(both_columns)),
        ("verdicts", broken(verdicts_only)),
        ("changes the rows", broken(changes_rows)),
        ("fitted on all customers", fifth(fitted_on_new)),
        ("reads churn in new", fifth(reads_churn)),
        ("rounded to 12 digits", broken(hardly_rounded)),
        ("Python's hash inside", broken(weights_by_hash)),
        ("labels break it", fifth(breaks=BREAKS | {"row labels": True})),
        ("columns break it", fifth(breaks=BREAKS | {"column order": True})),
        ("the hash seed does not", fifth(breaks=BREAKS | {"hash seed": False})),
        ("the order does not", fifth(breaks=BREAKS | {"row order": False})),
        ("everything breaks it", fifth(breaks=dict.fromkeys(BREAKS, True))),
        ("counts", fifth(breaks=BREAKS | {"row order": 2043})),
        ("a list", fifth(breaks=["row order", "NumPy's seed", "hash seed"])),
        ("another loss", fifth(loss=0.4)),
        ("all losses", fifth(loss=[0.40, 0.41])),
    ],
}
