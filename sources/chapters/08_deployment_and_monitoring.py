# %% [markdown]
# # 8 · Deployment and monitoring: the model in the van
#
# The nurse's model works, in your notebook. It is Monday, the van stands in another town, and you are
# asleep. A week later somebody says "the scores look funny". **What must exist so that the nurse gets an
# answer in the van, and so that you notice by yourself that something broke?** The fault to come raises no
# error, and makes the one figure of quality that comes back look twice as good.

# %% [markdown]
# **You will be able to**
# - save a model so that it loads elsewhere, runs no foreign code and says what it is
# - put it behind an API that refuses bad input with a sentence, and measure its speed
# - choose between a script, an API, a container and the browser
# - tell drift from chance with four tests, and say what none of them can see
# - decide on an alarm: retrain, roll back, or mend a tape measure
#
# **Builds on:** [chapter 01](01_problem_definition.ipynb),
# [chapter 03](03_data_splitting.ipynb), [chapter 04](04_feature_engineering.ipynb) · **Data:** `diabetes`,
# `flights`, `bikes`, `mails`
#
# The prices are invented, and nothing here is medical advice.

# %% [markdown]
# ## 1 · It works here
#
# The table is the one [chapter 04](04_feature_engineering.ipynb) repaired, for people without a diagnosis.
# 10 euros an invitation, 500 a missed illness: the van invites from 10/500 = 0.02 on.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
y = visitors["diabetes"].to_numpy()


def nurse_table(survey):
    """What the nurse knows at the door, from the raw columns of the survey."""
    table = survey[["age", "sex", "origin", "bmi", "pulse", "ever_smoked"]].copy()
    table["waist_to_height"] = survey["waist"] / survey["height"]
    table["systolic"] = survey[["systolic_1", "systolic_2", "systolic_3"]].mean(axis=1)
    diastolic = survey[["diastolic_1", "diastolic_2", "diastolic_3"]]
    table["diastolic"] = diastolic.where(diastolic > 20).mean(axis=1)
    table["family"] = survey["family_history"].notna().astype(int)
    return table


# %%
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

WORDS = ["sex", "origin"]
X = nurse_table(visitors)
NUMBERS = [name for name in X if name not in WORDS]
prepare = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
    (OneHotEncoder(handle_unknown="ignore"), WORDS),
)
model = make_pipeline(prepare, LogisticRegression(max_iter=1000))
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
scores = cross_val_score(model, X, y, cv=folds, scoring="roc_auc")
probability = model.fit(X, y).predict_proba(X)[:, 1]
print(f"{len(y)} visitors, {y.sum()} ill; AUC {scores.mean():.3f} (spread of folds {scores.std():.3f})")
print(f"the first visitor: {probability[0]:.4f}; the van invites from 0.02 on")

# %% [markdown]
# Now it has to get into the van. To carry the preparation along, `nurse_table` becomes the first step of
# the pipeline, and `joblib.dump`, which writes a **pickle**, saves all of it.
#
# **Predict first:** the van's computer has the same Python and the same packages. Does the file load?

# %%
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
from sklearn.preprocessing import FunctionTransformer

home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(home.name)
whole = make_pipeline(FunctionTransformer(nurse_table), model)
joblib.dump(whole, folder / "nurse.joblib")
elsewhere = subprocess.run(
    [sys.executable, "-c", "import joblib; joblib.load('nurse.joblib')"],
    cwd=folder, capture_output=True, text=True,
    env=os.environ | {"PYTHON_COLORS": "0"},  # plain text, please
)  # fmt: skip
print("here:", type(joblib.load(folder / "nurse.joblib")).__name__)
print("in a fresh Python:", elsewhere.stderr.strip().split("\n")[-1].partition(" on ")[0])

# %% [markdown]
# It does not. A pickle holds the **name** of a function, `nurse_table` of the running notebook, and not
# its text. Your notebook loads the file because the function happens to be there. Always try a saved
# model in a fresh process. What has to travel is the whole path from the typed numbers to the answer,
# code included.

# %% [markdown]
# ## 2 · What is in the file?
#
# Names of functions, and orders to call them. That is how pickles are put together again, and whoever
# writes the file chooses the function.

# %%
import pickle


class Gift:
    """An object whose pickle says: to rebuild me, call print with this text."""

    def __reduce__(self):
        return print, ("This line was run by the file. It could have been any program.",)


content = pickle.dumps(Gift())
print(len(content), "bytes, now loading")
pickle.loads(content)

# %% [markdown]
# Loading ran it. No function of the object was called, nothing was predicted. `joblib.load` does the
# same. So a pickle from somebody else is a program from somebody else. Two loaders that look first:

# %%
import io

import skops.io
import torch

packed, stream = skops.io.dumps(whole), io.BytesIO()
torch.save(Gift(), stream)
stream.seek(0)
print("skops asks about:", skops.io.get_untrusted_types(data=packed))
for name, load in [
    ("skops", lambda: skops.io.loads(packed)),
    ("torch", lambda: torch.load(stream, weights_only=True)),
]:
    try:
        load()
    except Exception as error:
        print(f"{name} refuses: {type(error).__name__}")

# %% [markdown]
# skops rebuilds only types it knows, and lists the others for you to approve by name. `torch.load` with
# `weights_only=True`, the default today, accepts tensors and plain containers.
#
# ### The model is 41 numbers
#
# The safest file holds no objects at all. The pipeline is a median, a mean, a scale and a weight for each
# number, a weight for each word, and one intercept: 8 × 4 + 8 + 1 = 41.


# %%
def export(model):
    """The fitted pipeline as plain numbers: nothing to execute."""
    (fill, scale), encode = model[0].named_transformers_.values()
    weights = iter(model[-1].coef_[0].tolist())
    columns = zip(fill.statistics_.tolist(), scale.mean_.tolist(), scale.scale_.tolist(), strict=True)
    numbers = {name: [*column, next(weights)] for name, column in zip(NUMBERS, columns, strict=True)}
    words = {
        name: {str(word): next(weights) for word in known}
        for name, known in zip(WORDS, encode.categories_, strict=True)
    }
    return {"intercept": float(model[-1].intercept_[0]), "numbers": numbers, "words": words}


plain = export(model)
print("numbers in it:", 1 + sum(map(len, [*plain["numbers"].values(), *plain["words"].values()])))
print("waist_to_height [median, mean, scale, weight]:", np.round(plain["numbers"]["waist_to_height"], 3))

# %%
import math


def score(visitor, model):
    """Probability of diabetes for one visitor, from what the nurse typed (None: not measured)."""
    waist, height = visitor["waist"], visitor["height"]
    known = {**visitor, "age": min(visitor["age"], 80)}  # the survey writes 80 for everybody older
    known["waist_to_height"] = None if waist is None or height is None else waist / height
    z = model["intercept"]
    for name, (middle, mean, scale, weight) in model["numbers"].items():
        value = middle if known[name] is None else known[name]
        z += weight * (value - mean) / scale
    for name, weights in model["words"].items():
        z += weights.get(known[name], 0.0)
    return 1 / (1 + math.exp(-z))


# %%
def typed(survey):
    """One dictionary a person, as the nurse's tablet sends it: None where nothing was measured."""
    table = nurse_table(survey).drop(columns="waist_to_height")
    rows = table.assign(waist=survey["waist"], height=survey["height"]).astype(object).to_dict("records")
    return [{name: None if value != value else value for name, value in row.items()} for row in rows]


visits = typed(visitors)
by_hand = np.array([score(visit, plain) for visit in visits])
print("equal to the pipeline in 12 digits:", np.allclose(by_hand, probability, rtol=0, atol=1e-12))

# %% [markdown]
# Ten lines of arithmetic, and the answers agree to the last digits. The same idea, made general, is
# **ONNX**: a converter rewrites each fitted step into a small language of array operations, which other
# programs run without scikit-learn. A converter is a translator, and translators are to be tested.

# %%
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

kinds = [(name, (StringTensorType if name in WORDS else FloatTensorType)([None, 1])) for name in X]
onnx_bytes = to_onnx(model, initial_types=kinds, options={"zipmap": False}).SerializeToString()
session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])


def feed(table):
    """A table as ONNX takes it: one array a column, numbers in single precision."""
    return {name: table[[name]].to_numpy(object if name in WORDS else np.float32) for name in table}


converted = session.run(None, feed(X))[1][:, 1]
gap = np.abs(converted - probability).max()
flips = ((converted >= 0.02) != (probability >= 0.02)).sum()
print(f"largest difference below one in a million: {gap < 1e-6}; verdicts that flip: {flips}")

# %% [markdown]
# ONNX computes with single precision here, hence the small difference. For these columns the
# translation is right. Other steps are translated loosely (a text vectoriser splits words in its own way),
# so **compare on all the data you have before you trust a conversion**. Now all four side by side.

# %% tags=["nbval-ignore-output"]
import json
import timeit


def milliseconds(job, times):
    return 1000 * min(timeit.repeat(job, number=times, repeat=3)) / times


joblib.dump(model, folder / "model.joblib")
packed, text, one, fed = skops.io.dumps(model), json.dumps(plain), X.head(1), feed(X.head(1))
trusted = skops.io.get_untrusted_types(data=packed)  # here only a type of NumPy's
size = (folder / "model.joblib").stat().st_size
once = milliseconds(lambda: model.predict_proba(one), 20)
jobs = {
    "joblib": (size, lambda: joblib.load(folder / "model.joblib"), once, "yes"),
    "skops": (len(packed), lambda: skops.io.loads(packed, trusted=trusted), once, "asks"),
    "ONNX": (len(onnx_bytes), lambda: onnxruntime.InferenceSession(onnx_bytes),
             milliseconds(lambda: session.run(None, fed), 50), "no"),
    "plain numbers": (len(text), lambda: json.loads(text),
                      milliseconds(lambda: score(visits[0], plain), 500), "no"),
}  # fmt: skip

# %% tags=["nbval-ignore-output"]
table = {
    name: [*map("{:.3g}".format, [size / 1000, milliseconds(load, 3), once]), code]
    for name, (size, load, once, code) in jobs.items()
}
pd.DataFrame(table, index=["kB", "load (ms)", "one answer (ms)", "runs code on load?"]).T

# %% [markdown]
# Times differ from computer to computer. For a single visitor the pipeline spends its time on building
# tables; the plain numbers answer about a thousand times faster or more, and need neither pandas nor
# scikit-learn in the van. The price: you write the scorer, and must show that it agrees.
#
# A pickle is also tied to versions. Here the file claims to come from another scikit-learn:

# %% tags=["nbval-ignore-output"]
import warnings

import sklearn

version = sklearn.__version__.encode()
older = pickle.dumps(model).replace(version, b"0" + version[1:])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    pickle.loads(older)
print(f"{len(caught)} complaints, the first:\n{str(caught[0].message).partition('. ')[0]}.")

# %% [markdown]
# Only a complaint: the object comes back, and may answer differently or break later. For networks the
# same choice exists: save the weights, not the object. A **state dict** is a dictionary of tensors;
# **safetensors** is a file format for exactly that, with no pickle inside.

# %%
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

torch.manual_seed(0)


def tiny():
    return torch.nn.Sequential(torch.nn.Linear(8, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))


network, rows = tiny(), torch.randn(100, 8)
stream = io.BytesIO()
torch.save(network.state_dict(), stream)
stream.seek(0)
files = {"state dict": torch.load(stream, weights_only=True)}
files["safetensors"] = load_tensors(save_tensors(network.state_dict()))
for name, weights in files.items():
    again = tiny()
    again.load_state_dict(weights)
    same = torch.equal(again(rows), network(rows))
    print(f"{name}: {sum(w.numel() for w in weights.values())} weights, same answers: {same}")

# %% [markdown]
# ## 3 · The passport
#
# Suppose the van has a file. Which one? Trained on what, how good, by whose code? An **artefact** is the
# model together with the answers to these questions. A **hash** (SHA-256) is a fingerprint: change one
# digit and it is a different one. The last entry is a hash of all the others.

# %% tags=["nbval-ignore-output"]
import hashlib
import platform
from datetime import UTC, datetime


def fingerprint(thing):
    return hashlib.sha256(json.dumps(thing, sort_keys=True).encode()).hexdigest()


artefact = {
    "version": "v1",
    "made": datetime.now(UTC).isoformat(timespec="seconds"),
    "made_with": {"python": platform.python_version(), "scikit-learn": sklearn.__version__},
    "owner": "data team, on call: see the rota",
    "data": {"name": "diabetes, visitors", "rows": len(X), "sha256": fingerprint(visits)},
    "auc": [round(scores.mean(), 3), round(scores.std(), 3)],
    "threshold": 0.02,
    "invites": round((probability >= 0.02).mean(), 3),
    "known_answers": [[visit, p] for visit, p in zip(visits[:3], probability[:3].tolist(), strict=True)],
    "model": plain,
}
artefact["sha256"] = fingerprint(artefact)
hidden = ("known_answers", "model")
print(json.dumps({key: value for key, value in artefact.items() if key not in hidden}, indent=1)[:800])

# %% [markdown]
# The entry that pays most often is `known_answers`: three visitors and what the pipeline said. Whoever
# loads the file asks it these three before opening the door. A changed library, a wrong conversion,
# an edited scorer: all of them answer differently.


# %%
def load_artefact(path):
    """Read a model and refuse it unless it is complete, unchanged and answers as it did at home."""
    with open(path, encoding="utf-8") as file:
        artefact = json.load(file)
    needed = {"version", "threshold", "known_answers", "model", "sha256"}
    if not isinstance(artefact, dict) or not needed <= artefact.keys():
        raise ValueError("an entry is missing")
    if fingerprint({name: artefact[name] for name in artefact if name != "sha256"}) != artefact["sha256"]:
        raise ValueError("this is not what was hashed")
    for visitor, expected in artefact["known_answers"]:
        if abs(score(visitor, artefact["model"]) - expected) > 1e-6:
            raise ValueError("a known visitor gets another answer")
    return artefact


# %%
text = json.dumps(artefact)
forged = artefact | {"model": plain | {"intercept": -3.0}}
unsealed = {name: value for name, value in forged.items() if name != "sha256"}
damaged = {
    "the first half": text.partition('"known_answers"')[0],
    "only the model": json.dumps({"model": plain}),
    "another threshold": json.dumps(artefact | {"threshold": 0.5}),
    "another intercept": json.dumps(forged),
    "and a new hash": json.dumps(unsealed | {"sha256": fingerprint(unsealed)}),
}
for name, content in damaged.items():
    (folder / "damaged.json").write_text(content, encoding="utf-8")
    try:
        load_artefact(folder / "damaged.json")
    except ValueError as error:
        print(f"{name}: {type(error).__name__}, {str(error).partition(':')[0]}")

# %% [markdown]
# (`JSONDecodeError` is a kind of `ValueError`.) A hash in the same file guards against accidents, not
# against a person, who can write a new one as well. Against that a signature helps.
#
# Half a file is not far-fetched: the battery dies while the new model is being written over the old one.
# The cure is an **atomic** write: write a temporary file beside it, then rename. A rename happens or does
# not happen; nobody ever sees a half.


# %%
def write_atomically(path, parts):
    """Write the parts to a temporary file in the same folder, then put it in place in one step."""
    temporary = path.with_suffix(".partial")
    with open(temporary, "w", encoding="utf-8") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def power_cut():
    """Half of the new model, then the battery is empty."""
    yield text[: len(text) // 2]
    raise KeyboardInterrupt


write_atomically(folder / "nurse.json", [text])
try:
    write_atomically(folder / "nurse.json", power_cut())
except KeyboardInterrupt:
    print("power cut; in the folder still:", load_artefact(folder / "nurse.json")["version"])

# %% [markdown]
# ## 4 · Ways out of the notebook
#
# | way | good when | price |
# |---|---|---|
# | **batch script** | answers may wait until tonight | always a day late |
# | **API** | somebody waits for the answer, or several programs ask | a server to look after |
# | **container** | it must run on computers that are not yours | images to rebuild and patch |
# | **cloud** | load comes in waves; nobody to mind machines | money by the hour, data leave the house |
# | **edge, browser** | no network, or data must not leave the device | updates reach it late |
#
# Ask first how long the answer may take, and who is awake when it fails. The simplest way that holds is
# the right one. Here is the batch script: the text of the functions above, and seven lines that read
# a table.

# %%
import inspect


def write(name, text):
    (folder / name).write_text(text, encoding="utf-8")


functions = "\n\n".join(inspect.getsource(function) for function in (fingerprint, score, load_artefact))
write("nurse.py", f"import hashlib\nimport json\nimport math\n\n\n{functions}")
write("batch.py", """
import csv, json, sys
from nurse import load_artefact, score

artefact = load_artefact("nurse.json")
with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "w", encoding="utf-8") as out:
    for row in csv.DictReader(source):
        numbers = {name: json.loads(row[name] or "null") for name in row if name not in ("sex", "origin")}
        print(score(row | numbers, artefact["model"]), file=out)
""")  # fmt: skip
pd.DataFrame(visits[:300]).to_csv(folder / "monday.csv", index=False)
run = [sys.executable, "batch.py", "monday.csv", "scores.txt"]
subprocess.run(run, cwd=folder, check=True)
monday = np.loadtxt(folder / "scores.txt")
print(len(monday), "scores; equal to the pipeline's:", np.allclose(monday, probability[:300], atol=1e-12))

# %% [markdown]
# No server, no pandas, no scikit-learn: a fresh Python read a table and wrote the scores. For many
# projects this is all the deployment there ever needs to be.
#
# At the other end stands the browser. The scorer in JavaScript is a few lines; here they are only counted,
# not run.

# %%
javascript = """
function score(v, m) {
  const k = {...v, age: Math.min(v.age, 80)};
  k.waist_to_height = v.waist == null || v.height == null ? null : v.waist / v.height;
  let z = m.intercept;
  for (const [n, [fill, mean, scale, w]] of Object.entries(m.numbers))
    z += w * ((k[n] ?? fill) - mean) / scale;
  for (const [n, w] of Object.entries(m.words)) z += w[k[n]] ?? 0;
  return 1 / (1 + Math.exp(-z));
}"""
print(f"{len(javascript)} bytes of JavaScript, about {round(len(json.dumps(plain)), -2)} bytes of model")

# %% [markdown]
# ## 5 · A server in one cell
#
# The van's nurse waits for the answer, so it will be an API. A request travels like this; each station
# can fail, and each has a name on Monday.

# %%
stations = ["nurse's\ntablet", "guard\nsize", "validation\ntypes, ranges", "features\nwaist/height"]
stations += ["model\n41 numbers", "answer\nand log"]
refusals = {1: "413\ntoo large", 2: "422\none sentence"}
centre, box = {"ha": "center", "va": "center"}, {"fc": "white", "lw": 1.2, "boxstyle": "round,pad=0.45"}
fig, ax = plt.subplots(figsize=(9.2, 2.6))
for x, station in enumerate(stations):
    ax.text(x, 1, station, bbox=box | {"ec": "C2" if x else "C6"}, **centre)
    if x < 5:
        ax.annotate(
            "", (x + 0.58, 1), (x + 0.42, 1), arrowprops={"arrowstyle": "->", "color": "C6", "lw": 1.4}
        )
for x, refusal in refusals.items():
    ax.annotate("", (x, 0.2), (x, 0.68), arrowprops={"arrowstyle": "->", "color": "C3", "lw": 1.4})
    ax.text(x, 0, refusal, color="C3", **centre)
ax.text(3.5, 0.45, "shown equal to training", color="C2", **centre)
ax.set(xlim=(-0.5, 5.5), ylim=(-0.25, 1.45), title="Bad input leaves early, with a sentence")
ax.axis("off")
ck.show(fig, "A request's path from tablet through guard, validation, features and model to answer and log.")

# %% [markdown]
# Tutorials show a function under a **route** (an address such as `/score`) and a line that starts the
# development server, in a framework such as Flask. The standard library has such a server too; with it the
# idea fits into a cell.
#
# > **Myth.** "Start the debug server on 0.0.0.0 and the model is deployed."
#
# **Predict first:** what do three clients get: one that sends a text for a number, one with a waist in
# inches, and one who asks while another has connected and says nothing?

# %%
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Naive(BaseHTTPRequestHandler):
    """What a first tutorial does: trust the body, answer, hope."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"probability": score(body, plain)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *about):
        pass


naive = HTTPServer(("127.0.0.1", 0), Naive)  # port 0: any free one
naive.handle_error = lambda request, client: None  # it would fill the screen with tracebacks
threading.Thread(target=naive.serve_forever, daemon=True).start()

# %%
import socket

import httpx

url = f"http://127.0.0.1:{naive.server_port}"
fresh = httpx.Limits(max_keepalive_connections=0)  # a new connection for each request
client = httpx.Client(trust_env=False, timeout=10, limits=fresh)
someone = visits[0]
tries = {"as it should be": someone, "text for a number": {**someone, "pulse": "72 bpm"}}
tries |= {"waist in inches": {**someone, "waist": someone["waist"] / 2.54}, "behind a silent client": someone}
for name, visit in tries.items():
    if name.startswith("behind"):
        silent = socket.create_connection(("127.0.0.1", naive.server_port))
    try:
        answer = client.post(url, json=visit, timeout=2)
        print(f"{name:23} {answer.status_code}, probability {answer.json()['probability']:.4f}")
    except httpx.TimeoutException:
        print(f"{name:23} no answer in time")
    except httpx.HTTPError:
        print(f"{name:23} the connection breaks, without a word")
silent.close()
naive.shutdown()
naive.server_close()

# %% [markdown]
# The text breaks the connection: no status, no reason. The inches are answered, politely and wrongly.
# And a client that merely connects and says nothing stops the service for everybody.
#
# The address `0.0.0.0` means "listen to every network", which is about who can knock, not about who
# answers. A debug server adds its own door: Flask's debugger can let the visitor of an error page run
# code (source: Werkzeug documentation, "Debugging Applications"). Deployed means: it answers bad input,
# many clients, and on Monday.

# %% [markdown]
# ## 6 · A service that answers
#
# **FastAPI** reads the types of a function's arguments and validates the request by them, with
# **pydantic**. First the description of a visitor: types, ranges, and the words the model knows.

# %%
write("schema.py", '''
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Visitor(BaseModel):
    "What the tablet sends. Every field must be there; null means not measured."
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    age: int = Field(ge=20, le=120)
    sex: Literal["Female", "Male"]
    origin: Literal["Mexican American", "Other Hispanic", "Non-Hispanic White", "Non-Hispanic Black",
                    "Non-Hispanic Asian", "Other Race - Including Multi-Racial"]
    bmi: float | None = Field(ge=10, le=100)
    waist: float | None = Field(ge=50, le=200)  # cm
    height: float | None = Field(ge=120, le=230)  # cm
    pulse: float | None = Field(ge=30, le=200)
    systolic: float | None = Field(ge=70, le=260)
    diastolic: float | None = Field(ge=20, le=150)
    ever_smoked: Literal[0, 1]
    family: Literal[0, 1]
''')  # fmt: skip

# %%
write("first.py", '''
from fastapi import FastAPI
from nurse import load_artefact, score
from schema import Visitor

app, artefact = FastAPI(), load_artefact("nurse.json")


@app.get("/health")
async def health():
    return {"model": artefact["version"]}


@app.post("/score")
async def answer(visitor: Visitor):
    return {"probability": score(visitor.model_dump(), artefact["model"])}
''')  # fmt: skip

# %% [markdown]
# A dozen lines, as in many tutorials. It runs in a process of its own, under **uvicorn**, a server made
# for more than trying out. Port 0 asks the system for any free port; the server says in its log which one
# it got. And it ends when this notebook ends, however that happens: it watches a pipe that closes with us.

# %%
import atexit
import re
import time

write("serve.py", '''
import os, sys, threading
import uvicorn

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
uvicorn.run(sys.argv[1], host="127.0.0.1", port=0, access_log=False)
''')  # fmt: skip


def stop(process):
    """Close the pipe, which ends the service; insist if it does not."""
    process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# %%
def start(app):
    """Start a service of the folder; returns its process and its address once it is healthy."""
    log = folder / f"{app}.txt"
    with open(log, "w", encoding="utf-8") as out:
        command = [sys.executable, "serve.py", f"{app}:app"]
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=out, stderr=out)
    atexit.register(process.kill)
    for _ in range(600):
        said = log.read_text(encoding="utf-8", errors="replace")
        place = re.search(r"running on (http://127\.0\.0\.1:\d+)", said)
        if place and client.get(f"{place[1]}/health").status_code == 200:
            return process, place[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    stop(process)
    raise RuntimeError(f"the service did not start: {said[-500:]}")


# %% [markdown]
# **Predict first:** ranges and types are checked now. Which of these requests gets a 500, the code for
# "we broke"?

# %%
good = json.dumps(someone)


def with_value(name, text):
    """The good request with one value written differently."""
    return good.replace(f'"{name}": {json.dumps(someone[name])}', f'"{name}": {text}')


hostile = {
    "good": good,
    "waist in inches": with_value("waist", round(someone["waist"] / 2.54, 1)),
    "waist NaN": with_value("waist", "NaN"),
    "waist infinite": with_value("waist", "1e999"),
    "half a letter": with_value("sex", r'"\ud800"'),
    "2 MB of text": with_value("sex", '"' + "F" * 2_000_000 + '"'),
}
process, url = start("first")
as_json = {"Content-Type": "application/json"}
for name, body in hostile.items():
    answer = client.post(f"{url}/score", content=body, headers=as_json)
    print(f"{name:16} {answer.status_code}, {len(answer.content) / 1000:6,.0f} kB: {answer.text[:48]}")
stop(process)

# %% [markdown]
# Validation caught them all, and still three end in a 500. The default error answer **repeats the
# input**; NaN, infinity and half a letter cannot be written back. The 2 MB are repeated, too. Each 500
# wakes somebody at night, though only the sender was at fault.
#
# So the service gets a guard before the parser, a log, and its own error answer: one sentence that names
# the field and never quotes the value.

# %%
write("guard.py", '''
from fastapi.responses import JSONResponse


class Limit:
    "Refuse a large body before it is parsed. It is read to its end, and not kept."

    def __init__(self, app, limit):
        self.app, self.limit = app, limit

    async def __call__(self, scope, receive, send):
        body, size, more = b"", 0, scope["type"] == "http"
        while more:
            part = await receive()
            size, more = size + len(part.get("body", b"")), part.get("more_body", False)
            body = body + part.get("body", b"") if size <= self.limit else b""
        if size > self.limit:
            said = {"error": f"The body is larger than {self.limit:,} bytes."}
            return await JSONResponse(said, 413)(scope, receive, send)
        read = [{"type": "http.request", "body": body}] if scope["type"] == "http" else []

        async def again():
            return read.pop() if read else await receive()
        await self.app(scope, again, send)
''')  # fmt: skip

# %%
write("log.py", '''
import json, time

class Log:
    "One line for each request: what was asked, how it ended, how long it took. No names."

    def __init__(self, app, path):
        self.app, self.file = app, open(path, "a", encoding="utf-8")

    async def __call__(self, scope, receive, send):
        began, scope["seen"] = time.perf_counter(), {}

        def write(status):
            line = {"path": scope.get("path"), "status": status, "ms": 1000 * (time.perf_counter() - began)}
            print(json.dumps(line | scope["seen"]), file=self.file, flush=True)
        async def note(message):
            if message["type"] == "http.response.start":
                write(message["status"])
            await send(message)
        try:
            await self.app(scope, receive, note)
        except Exception:
            write(500)
            raise
''')  # fmt: skip

# %%
write("errors.py", '''
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from schema import Visitor
from starlette.exceptions import HTTPException


def speak_plainly(app):
    "Every refusal is one sentence; the input is never repeated."

    @app.exception_handler(RequestValidationError)
    async def refused(request, error):
        first = error.errors()[0]
        field = first["loc"][-1] if first["loc"][-1] in Visitor.model_fields else "request"
        return JSONResponse({"error": f"{field}: {first['msg']}."}, 422)

    @app.exception_handler(HTTPException)
    async def other(request, error):
        return JSONResponse({"error": f"{error.detail}."}, error.status_code)
''')  # fmt: skip

# %%
write("service.py", '''
from errors import speak_plainly
from fastapi import FastAPI, Request
from guard import Limit
from log import Log
from nurse import load_artefact, score
from schema import Visitor

app, artefact = FastAPI(docs_url=None, redoc_url=None), load_artefact("nurse.json")
app.add_middleware(Limit, limit=10_000)
app.add_middleware(Log, path="requests.jsonl")  # added last, so it stands outermost
speak_plainly(app)


@app.get("/health")
async def health():
    return {"model": artefact["version"]}


@app.post("/score")
async def answer(visitor: Visitor, request: Request):
    p, version = score(visitor.model_dump(), artefact["model"]), artefact["version"]
    request.scope["seen"].update(score=p, model=version)
    return {"probability": p, "invite": p >= artefact["threshold"], "model": version}
''')  # fmt: skip

# %%
hostile |= {
    "a field missing": json.dumps({name: value for name, value in someone.items() if name != "pulse"}),
    "text for a number": with_value("pulse", '"72"'),
    "a field too many": good.replace("{", '{"Waist": 90, ', 1),
    "unknown origin": with_value("origin", '"Martian"'),
    "not JSON": "age=50&sex=Male",
    "not UTF-8": good.replace("Female", "Fémale").encode("latin-1"),
    "10,000 brackets": "[" * 10_000,
}
process, url = start("service")
for name, body in hostile.items():
    answer = client.post(f"{url}/score", content=body, headers=as_json)
    print(f"{name:18} {answer.status_code}  {answer.text[:78]}")
print(f"GET instead        {client.get(url + '/score').status_code}")

# %% [markdown]
# One 200 and no 500. The inches are refused now: no visitor of the survey has a waist below 50 cm. A
# field spelled `Waist` is refused as well; without `extra="forbid"` it would have been dropped in
# silence. And the answers are the notebook's:

# %%
replies = [client.post(f"{url}/score", json=visit) for visit in visits[:200]]
accepted = [reply.json()["probability"] for reply in replies if reply.status_code == 200]
equal = np.allclose(accepted, probability[:200][[reply.status_code == 200 for reply in replies]], atol=1e-12)
print(f"{len(accepted)} of 200 visitors answered; equal to the pipeline's: {equal}")
print(f"the narrowest waist in the survey: {visitors['waist'].min()} cm")

# %% [markdown]
# **Try it** before section 8 stops the service: send `with_value("height", 1.75)`, a height in metres, and
# `with_value("pulse", "null")`.
# <details><summary>Answer</summary>The first gets a 422 that names <code>height</code>. The second is
# answered: null means "not measured", and the median steps in, as in training.</details>

# %% [markdown]
# ## 7 · How fast?
#
# **Latency** is the time one client waits, **throughput** the answers per second for all. A mean hides the
# slow ones, so latency is told by percentiles: **p99** is what one client in a hundred exceeds.
#
# **Predict first:** what share of a request's time does the model need?


# %% tags=["nbval-ignore-output"]
fast = httpx.Client(trust_env=False, timeout=10)  # keeps its connections


def wait(visit):
    """Milliseconds until the answer is there."""
    began = time.perf_counter()
    fast.post(f"{url}/score", json=visit)
    return 1000 * (time.perf_counter() - began)


waits = np.array([wait(visit) for visit in visits[:600]])
alone = milliseconds(lambda: score(someone, plain), 1000)
p50, p99 = np.percentile(waits, [50, 99])
print(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms; the model alone {alone:.4f} ms, {alone / p50:.2%} of p50")
fig, ax = plt.subplots(figsize=(7.6, 3.2))
ax.hist(waits, bins=np.geomspace(waits.min() * 0.9, max(waits.max(), 20 * p50), 60), color="C2")
for name, value, place in [("p50", p50, 0.93), ("p99", p99, 0.78)]:
    ax.axvline(value, color="C6", lw=1.5)
    ax.text(value * 1.03, ax.get_ylim()[1] * place, f"{name}: {value:.1f} ms", color="C6")
ax.set(xscale="log", xlabel="latency (ms, log scale)", ylabel="requests of 600")
ax.set_title("Promise what the slowest get, not the median")
ck.show(fig, "Histogram of latencies on a log axis with the median and the 99th percentile marked.")

# %% tags=["nbval-ignore-output"]
from concurrent.futures import ThreadPoolExecutor

rows = {}
for clients in (1, 2, 8):
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        waited = list(pool.map(wait, visits[:400]))
    seconds = time.perf_counter() - began
    rows[clients] = [400 / seconds, *np.percentile(waited, [50, 99])]
table = pd.DataFrame(rows, index=["answers a second", "p50 (ms)", "p99 (ms)"]).T
table.rename_axis("clients at once").round(1)

# %% [markdown]
# The model needs next to nothing; the request is nearly all of it: sockets, JSON, checks. A faster
# model would not be noticed here. And eight clients do not get eight times the answers, perhaps not even
# as many as one alone: once the processor is busy, requests queue and everybody waits. (Client and server
# share this computer, which flatters neither.)

# %% [markdown]
# ### In a container
#
# A **container** is a folder with a whole small system in it, started in isolation: the same files on
# every computer. The recipe is a Dockerfile. It is shown here and not built, since that needs Docker.

# %%
dockerfile = """
FROM python:3.13-slim
RUN pip install --no-cache-dir fastapi==0.165.* uvicorn==0.54.*
RUN useradd --uid 10001 van && install -d -o van /srv
WORKDIR /srv
COPY nurse.py schema.py guard.py log.py errors.py service.py ./
COPY nurse.json ./
USER van
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
CMD ["uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""
copied = re.findall(r"\S+\.(?:py|json)", "\n".join(line for line in dockerfile.split("\n") if "COPY" in line))
print(len(copied), "files to copy, all in the folder:", all((folder / name).exists() for name in copied))

# %% [markdown]
# | line | why |
# |---|---|
# | `FROM` | a small system with Python; pin it, it will change under you |
# | `RUN pip` | two packages with versions, from a lock file in real life; first, because it changes least |
# | `RUN useradd`, `USER` | whoever breaks in has few rights; the folder for the log is this user's |
# | `COPY` code, then model | each line is a layer; a new model changes the last one only |
# | `HEALTHCHECK` | asks `/health`, so that whoever runs the container sees that it is ill |
# | `CMD` | here `0.0.0.0` is right: inside, it means "the container's own network" |
#
# Python may be another one than in the passport, since only numbers travel; the known answers are asked at
# every start. What an image should not hold: passwords, data, and the log, which vanishes with the
# container unless its folder is a volume, kept outside.

# %% [markdown]
# ## 8 · Monday: is it alive?
#
# Four questions, from the easiest to the hardest: does it answer (**service metrics**), does it get what
# it was trained on (**drift**), is a single request strange (**anomalies**), and is it right
# (**quality**)? The log answers the first. We let 200 visitors come, then 100 from a van whose new tablet
# measures in inches.

# %%
(folder / "requests.jsonl").write_text("", encoding="utf-8")
inches = visitors.assign(waist=visitors["waist"] / 2.54)
for visit in visits[:200] + typed(inches[200:300]):
    client.post(f"{url}/score", json=visit)
stop(process)
log = pd.read_json(folder / "requests.jsonl", lines=True)
log["requests"] = np.repeat(["1 to 100", "101 to 200", "201 to 300"], 100)
by_hundred = log.groupby("requests")
pd.DataFrame({
    "answered": by_hundred["status"].agg(lambda status: (status == 200).sum()),
    "refused": by_hundred["status"].agg(lambda status: (status == 422).sum()),
    "broken (5xx)": by_hundred["status"].agg(lambda status: (status >= 500).sum()),
    "mean score": by_hundred["score"].mean().round(3),
})  # fmt: skip

# %% tags=["nbval-ignore-output"]
by_hundred["ms"].quantile([0.5, 0.99]).unstack().set_axis(["p50 (ms)", "p99 (ms)"], axis=1).round(2)

# %% [markdown]
# The refusals are the alarm: from none to nearly all. (The few answered had no waist measured, or a very
# wide one; the times are those inside the service.) Watch three numbers and you know whether a service
# lives: requests an hour, the share that is not 200, and p99.
#
# The range check caught the inches because a waist of 39 cannot be centimetres. The batch script of section
# 4 has no such check, and there are faults inside every range. They are what the rest of the chapter is
# for.

# %% [markdown]
# ## 9 · Is the input what it was?
#
# **Drift** means that the data the model meets are no longer like those it learned from. The **population
# stability index** (PSI) compares shares: cut the old values into tenths, count old shares $p_i$ and new
# shares $q_i$, and add up $(q_i - p_i)\ln(q_i / p_i)$. The folklore: below 0.1 quiet, above 0.25 alarm.


# %%
def shares(values, old, bins=10):
    """Shares of the values in the tenths of the old ones; words and gaps have places of their own."""
    if old.dtype.kind not in "biuf":
        words = old.value_counts().index
        places = words.get_indexer(values)  # -1: a word never seen
        return np.bincount(np.where(places < 0, len(words), places), minlength=len(words) + 1) / len(values)
    edges = np.unique(np.nanquantile(old, np.linspace(0, 1, bins + 1)[1:-1]))
    places = np.searchsorted(edges, values, side="right")
    places = np.where(values.isna(), len(edges) + 1, places)
    return np.bincount(places, minlength=len(edges) + 2) / len(values)


def psi(p, q):
    """Population stability index of two lists of shares; an empty place counts as one in a thousand."""
    p, q = np.clip(p, 0.001, None), np.clip(q, 0.001, None)
    return ((q - p) * np.log(q / p)).sum(axis=-1)


# %%
order = np.random.default_rng(0).permutation(len(X))
reference, later = order[:2071], order[2071:]
X_inches = nurse_table(inches)
known = X.iloc[reference]
weeks = {"innocent": X.iloc[later[:60]], "inches": X_inches.iloc[later[:60]]}
rows = {
    name: {week: psi(shares(known[name], known[name]), shares(table[name], known[name]))
           for week, table in weeks.items()}
    for name in X
}  # fmt: skip
pd.DataFrame(rows).round(2).T.sort_values("inches", ascending=False).head(6)

# %% [markdown]
# Two weeks with 60 visitors, once in centimetres, once in inches; the same people. The inches cannot be
# missed. But look at the innocent column: by the folklore every one of these calls for a look, and the age
# for an alarm. These are ordinary visitors, drawn by lot.
#
# **Predict first:** how large is PSI by chance alone, and what does that depend on?

# %%
rng = np.random.default_rng(0)
p = shares(known["age"], known["age"])
chance = {}
for n in (30, 60, 100, 200, 500, 1000, 5000, 30_000):
    drawn = psi(p, rng.multinomial(n, p, 4000) / n)
    chance[n] = [np.median(drawn), *np.quantile(drawn, [0.95, 0.99])]
chance = pd.DataFrame(chance, index=["median", "95 %", "99 %"]).T
chance.round(3).T

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.6))
ax.fill_between(chance.index, 0.0002, chance["99 %"], color="C2", alpha=0.15)
ax.plot(chance.index, chance["99 %"], "o-", color="C2")
for level, word in [(0.1, "folklore: look"), (0.25, "folklore: alarm")]:
    ax.axhline(level, color="C6", lw=1.2)
    ax.text(31_000, level * 1.1, word, ha="right", color="C6")
ax.text(38, chance["99 %"].iloc[0] * 1.05, "99 weeks in 100 stay below", color="C2", weight="bold")
ax.set(
    xscale="log",
    yscale="log",
    ylim=(0.0002, 2.5),
    xlabel="people in the week",
    ylabel="PSI of age, nothing changed",
)
ax.set_xticks([30, 100, 1000, 10_000], ["30", "100", "1,000", "10,000"])
ax.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
ax.set_title("A small week alarms by itself")
ck.show(
    fig,
    "PSI by chance falls as one over n: the 99 percent level crosses 0.25 near 100 people and 0.1 above 200.",
)

# %% [markdown]
# PSI by chance falls as one over the number of people. With 30 visitors an innocent week passes 0.25 most
# of the time; with 30,000 rows a PSI of 0.002 is already no accident. A fixed limit is right at one size
# of week only. **Simulate the chance level for your $n$**; it takes one line, `rng.multinomial`.
#
# The other three tests bring their own answer to $n$:
#
# - **Kolmogorov–Smirnov**, for numbers: the largest gap between two cumulative curves, with a p-value.
# - **Chi-square**, for words: counts against expected counts, with a p-value.
# - A **domain classifier**: can a model tell old rows from new ones? AUC 0.5 says no. It sees
#   combinations that no single column shows.

# %%
from scipy.stats import chi2_contingency, ks_2samp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold


def p_value(old, new):
    """Kolmogorov-Smirnov for numbers, chi-square for words."""
    if old.dtype.kind in "biuf":
        return ks_2samp(old.dropna(), new.dropna()).pvalue
    counts = pd.concat([old.value_counts(), new.value_counts()], axis=1).fillna(0)
    return chi2_contingency(counts).pvalue


# %%
def domain_auc(old, new, most=3000):
    """How well boosting tells old rows from new ones, in four folds."""
    old, new = (table.sample(min(most, len(table)), random_state=0) for table in (old, new))
    both = pd.concat([old, new], ignore_index=True)
    both = both.apply(lambda c: c if c.dtype.kind in "biuf" else pd.Series(c.factorize()[0]))
    is_new = np.r_[np.zeros(len(old)), np.ones(len(new))]
    boosting = HistGradientBoostingClassifier(max_iter=40, random_state=0)
    four = StratifiedKFold(4, shuffle=True, random_state=0)
    return cross_val_score(boosting, both.astype(float), is_new, cv=four, scoring="roc_auc").mean()


def chance_level(old, new, draws=20_000):
    """The largest PSI of all columns that 99 of 100 innocent weeks of this size stay below."""
    rng, worst = np.random.default_rng(0), np.zeros(draws)
    for name in old:
        p = shares(old[name], old[name])
        drawn = (rng.multinomial(len(table), p, draws) / len(table) for table in (old, new))
        worst = np.maximum(worst, psi(*drawn))
    return np.quantile(worst, 0.99)


# %% [markdown]
# Now the feeds, each against its own past. Two vans. All flights of December against January to March:
# hour, distance, airline and airport, as known when a ticket is sold; and flights of the whole year dealt
# at random into two heaps of 24 % and 8 %, as a control. Bike weather of July against winter. Mails of
# October 2002 against July and August.

# %%
flights = ck.load("flights").dropna(subset=["arr_delay"]).reset_index(drop=True)
tickets, month = flights[["hour", "distance", "carrier", "origin"]], flights["month"]
dealt = np.random.default_rng(0).random(len(flights))
bikes, mails = ck.load("bikes"), ck.load("mails").dropna(subset=["received"])
weather = bikes[["temperature", "humidity", "wind_speed", "hour"]]
mail_month = mails["received"].dt.strftime("%Y-%m")
looks = pd.DataFrame({"length": mails["body"].str.len(), "subject": mails["subject"].str.len()})
looks = looks.assign(hour=mails["received"].dt.hour, html=mails["is_html"].map({True: "yes", False: "no"}))
feeds = {
    "van, innocent": (known, weeks["innocent"]),
    "van, inches": (known, weeks["inches"]),
    "flights, dealt": (tickets[dealt < 0.24], tickets[dealt > 0.92]),
    "flights, December": (tickets[month <= 3], tickets[month == 12]),
    "bikes, July": (weather[bikes["month"].isin(["Jan", "Feb", "March"])], weather[bikes["month"] == "July"]),
    "mails, October": (looks[mail_month.isin(["2002-07", "2002-08"])], looks[mail_month == "2002-10"]),
}

# %%
report = {}
for name, (old, new) in feeds.items():
    found = {
        column: psi(shares(old[column], old[column]), shares(new[column], old[column])) for column in old
    }
    least = min(p_value(old[column], new[column]) for column in old) * len(old.columns)
    report[name] = {
        "rows": len(new),
        "most moved": max(found, key=found.get),
        "PSI": f"{max(found.values()):.4f}",
        "by chance": f"{chance_level(old, new):.2g}",
        "p-value": "below 0.0001" if least < 0.0001 else f"{min(least, 1):.2f}",
        "domain AUC": f"{domain_auc(old, new):.2f}",
    }
pd.DataFrame(report).T

# %% [markdown]
# "By chance" is what the largest PSI of **all** columns stays below in 99 innocent weeks of 100. The
# unluckiest of ten columns is drawn there, so it lies above the level of age alone. The p-value is the
# smallest of the columns, times their number. And which domain AUC is innocent?

# %%
innocent = []
for seed in range(10):
    week = np.random.default_rng(seed).choice(later, 60, replace=False)
    innocent.append(domain_auc(known, X.iloc[week]))
print(f"domain AUC of ten innocent weeks of 60: {min(innocent):.2f} to {max(innocent):.2f}")

# %% [markdown]
# Against the right yardstick both controls are quiet. Inches, bikes and mails are loud in every column of
# the table.
#
# December is the odd one. Its PSI is tiny, and yet many times what chance gives: with this many rows every
# difference is **significant**, and that word says nothing about size. So ask two things: is it more than
# chance, and is it enough to matter? By PSI, December's flights hardly moved; the classifier sees a
# little, 0.59 where the dealt flights have 0.50. Hold on to that.
#
# Last, a fault that leaves every column as it was: a program writes the waists of 600 visitors beside the
# wrong people.

# %%
right = X.iloc[later[:600]]
mixed = right.assign(waist_to_height=np.random.default_rng(0).permutation(right["waist_to_height"]))
old = known["waist_to_height"]
for name, week in {"as measured": right, "mixed up": mixed}.items():
    moved = psi(shares(old, old), shares(week["waist_to_height"], old))
    together = week["bmi"].corr(week["waist_to_height"])
    print(f"{name:11} PSI {moved:.3f}, correlation with bmi {together:.2f},", end=" ")
    print(f"domain AUC {domain_auc(known, week):.2f}")

# %% [markdown]
# Alone, the column is innocent. Look also at **columns that belong together**.

# %% [markdown]
# ## 10 · The drift that no input shows
#
# A model says, when the ticket is sold, how probable a delay of more than 15 minutes at arrival is. It
# learns from January to March and then stays as it is. Flights with the same day, hour, airline and
# airport are one row with a count, which makes fitting a matter of milliseconds.

# %%
from scipy.sparse import vstack

keys = ["hour", "carrier", "origin"]
late = flights["arr_delay"] > 15
date = pd.to_datetime(flights[["year", "month", "day"]])
cells = late.groupby([date.dt.day_of_year.rename("day"), *(flights[key] for key in keys)])
cells = cells.agg(["size", "sum"]).reset_index()
day, n, k = (cells[name].to_numpy() for name in ("day", "size", "sum"))
kinds, kind = np.unique(cells.groupby(keys).ngroup(), return_inverse=True)
first_row = np.unique(kind, return_index=True)[1]
one_hot = OneHotEncoder().fit_transform(cells[keys])
print(f"{n.sum():,} flights, {len(cells):,} rows, {len(kinds)} kinds of flight; {k.sum() / n.sum():.1%} late")


# %%
def fit_flights(rows):
    """Logistic regression on counts: each kind once as late, once as in time, weighted."""
    total, late = (np.bincount(kind[rows], count[rows], len(kinds)) for count in (n, k))
    seen = np.flatnonzero(total)
    U, outcome = one_hot[first_row[seen]], np.repeat([0, 1], len(seen))
    weight = np.r_[total[seen] - late[seen], late[seen]]
    return LogisticRegression(max_iter=200).fit(vstack([U, U]), outcome, sample_weight=weight)


def brier(predicted, rows):
    """Mean squared distance between probability and outcome: 0 is perfect."""
    miss = (n - k) * predicted**2 + k * (1 - predicted) ** 2
    return miss[rows].sum() / n[rows].sum()


frozen = fit_flights(day <= 90).predict_proba(one_hot)[:, 1]
print(f"Brier score, January to March {brier(frozen, day <= 90):.3f}, after {brier(frozen, day > 90):.3f}")

# %%
month_of = pd.to_datetime("2013-01-01") + pd.to_timedelta(day - 1, unit="D")
month_of = np.asarray(month_of.month)
old = tickets[month <= 3]
board = {}
for number in range(1, 13):
    rows, new = month_of == number, tickets[month == number]
    board[number] = {name: psi(shares(old[name], old[name]), shares(new[name], old[name])) for name in old}
    board[number] |= {"flights": n[rows].sum(), "said": np.average(frozen[rows], weights=n[rows])}
    board[number] |= {"late": k[rows].sum() / n[rows].sum(), "Brier": brier(frozen, rows)}
board = pd.DataFrame(board).T
board.loc[[2, 4, 6, 7, 9, 12], ["distance", "carrier", "said", "late", "Brier"]].round(3)

# %%
fig, axes = plt.subplots(2, 2, figsize=(9.4, 5.4), sharex=True)
(volume, inputs), (answers, errors) = axes
volume.bar(board.index, board["flights"] / 1000, color="C2", width=0.7)
volume.set(title="Volume: steady", ylabel="flights (1,000)", ylim=(0, 35))
inputs.plot(board[list(old)], color="C2", lw=1.3)
inputs.axhline(0.1, color="C6", lw=1.2)
inputs.text(1, 0.104, "folklore: look", color="C6")
inputs.text(12, 0.036, "four columns", color="C2", ha="right")
inputs.set(title="Inputs: quiet by PSI", ylabel="PSI", ylim=(0, 0.13))
answers.plot(board["said"], color="C2")
answers.plot(board["late"], color="C1")
answers.text(10.1, 0.236, "model says", color="C2", ha="center")
answers.text(7.3, 0.335, "really late", color="C1", ha="left")
answers.set(title="The answers stay, the truth moves", ylabel="share late", ylim=(0.1, 0.37))
errors.plot(board["Brier"], color="C1")
errors.set(title="Error: visible once labels arrive", ylabel="Brier score", ylim=(0.1, 0.25))
for ax in axes.flat:
    ax.axvspan(0.5, 3.5, color="C6", alpha=0.12)
    ax.set_xticks(range(1, 13), list("JFMAMJJASOND"))
volume.text(2, 31, "trained on", ha="center", color="C6")
ck.show(
    fig,
    "Dashboard of 2013 by month: volume steady, PSI of four columns below 0.03, the model's mean answer flat "
    "near 0.23 while the real share late swings from 0.13 to 0.33, and the error follows.",
)

# %% [markdown]
# Green can be had at once, orange needs the outcome. By PSI the inputs are quiet all year, and so are the
# answers, while the truth goes from 13 % in September to 33 % in December. The classifier of section 9 did
# tell December apart (AUC 0.59), by the timetable. That says nothing about delays.
#
# The same kinds of flight came late more or less often than before: $P(y|x)$ changed, which is called
# **concept drift**. When $P(x)$ changes and $P(y|x)$ stays, one speaks of **covariate shift**: more old
# people come. The inches are neither: the meaning of $x$ changed, a **broken feed**. No test on $x$ can
# see concept drift, however clever: it looks elsewhere.

# %% [markdown]
# ## 11 · Is it right?
#
# Only labels tell, and labels are late. The van learns of an illness a week after the blood test, and
# **only of those it invited**. Let us see what the nurse's figures would say in the weeks of the inches.
# Everybody is scored in ten folds, each time by a model that has not seen them.
#
# **Predict first:** in those weeks, will the share of ill people among the invited fall?

# %%
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

in_cm, in_inches = np.zeros(len(y)), np.zeros(len(y))
for fit, held in StratifiedKFold(10, shuffle=True, random_state=0).split(X, y):
    fitted = clone(model).fit(X.iloc[fit], y[fit])
    in_cm[held] = fitted.predict_proba(X.iloc[held])[:, 1]
    in_inches[held] = fitted.predict_proba(X_inches.iloc[held])[:, 1]


def figures(p, truth=y):
    """What the van sees, and what nobody sees."""
    invited = p >= 0.02
    bill = 1000 * np.mean(10 * invited + 500 * ((truth == 1) & ~invited))
    share, hit = invited.mean(), truth[invited].mean()
    error = np.sqrt(hit * (1 - hit) / invited.sum())
    return [f"{share:.0%}", f"{hit:.1%} ± {error:.1%}", truth[invited].sum(), f"{bill:,.0f}"]


names = ["invited", "ill among the invited", "ill and found, of 157", "bill of 1,000 visitors"]
table = pd.DataFrame({"cm": figures(in_cm), "inches": figures(in_inches)}, index=names)
table.loc["AUC, if all were known"] = [f"{roc_auc_score(y, p):.3f}" for p in (in_cm, in_inches)]
no_waist = X["waist_to_height"].isna().to_numpy()
table.loc["invited without a waist"] = [f"{no_waist[p >= 0.02].mean():.0%}" for p in (in_cm, in_inches)]
table

# %% [markdown]
# It **doubles**. Invite only the most conspicuous, and more of them are ill. The only quality figure that
# comes back says the model is better than ever, while it misses three ill people in four and the bill
# has doubled. Even the AUC, had everybody been tested, falls little: the order of people is nearly the
# same, and only the probabilities collapsed. (Half of the few it still invites are people whose waist was
# **not** measured: the median ratio of the centimetre days stepped in for them.)
#
# What did change, at once and without labels, is the **share invited**. Watch what the model does, not
# only how well.

# %%
rng = np.random.default_rng(0)
weekly = {name: [(rng.choice(p, 60) >= 0.02).mean() for _ in range(1000)]
          for name, p in [("cm", in_cm), ("inches", in_inches)]}  # fmt: skip
for name, seen in weekly.items():
    low, high = np.quantile(seen, [0.005, 0.995])
    print(f"weeks of 60 visitors in {name}: {low:.0%} to {high:.0%} are invited, 99 weeks in 100")

# %% [markdown]
# The two ranges do not touch. One week of 60 visitors is enough. To learn how many of the **uninvited** are
# ill, test a small random share of them: the price of knowing.
#
# ### One strange visitor
#
# An **anomaly** is a single row that fits nothing. Learned detectors promise to find them;
# `IsolationForest` gives odd rows low scores. We set its limit so that one visitor in a hundred is odd.

# %%
from sklearn.ensemble import IsolationForest

middle = X[NUMBERS].median()
forest = IsolationForest(random_state=0).fit(X[NUMBERS].fillna(middle))
oddness = {name: forest.score_samples(t[NUMBERS].fillna(middle)) for name, t in [("cm", X), ("in", X_inches)]}
limit = np.quantile(oddness["cm"], 0.01)
narrow = X_inches["waist_to_height"] < X["waist_to_height"].min()
print(f"called odd by the forest: {(oddness['cm'] < limit).mean():.1%} in cm,", end=" ")
print(f"{(oddness['in'] < limit).mean():.1%} in inches")
print(f"waist to height below any seen in training: {narrow.mean():.0%} in inches")

# %% [markdown]
# The forest barely notices, since one column of eight being too small is nothing special to it. One
# comparison with the smallest value ever seen finds nearly all. Try the plain limit first.

# %% [markdown]
# ## 12 · Alarm, retrain, roll back
#
# > **Myth.** "Retrain every night, and drift is fixed."
#
# First the flights, where labels come the next morning. From April on the model is fitted again every
# night, on the last day or on the last 28 days.
#
# **Predict first:** which of the two beats the model that never learns again?

# %% tags=["rtol=0.1"]
after = day > 90
losses = {"never": frozen}
for name, window in [("last day", 1), ("last 28 days", 28)]:
    losses[name] = np.full(len(n), np.nan)
    for tonight in range(91, 366):
        rows = day == tonight
        learned = fit_flights((day < tonight) & (day >= tonight - window))
        losses[name][rows] = learned.predict_proba(one_hot[rows])[:, 1]
weeks_of = np.minimum((day - 91) // 7, 38)
rows = {}
for name, predicted in losses.items():
    by_week = [brier(predicted, after & (weeks_of == week)) for week in range(39)]
    better = np.array([brier(frozen, after & (weeks_of == week)) for week in range(39)]) - by_week
    error = better.std() / np.sqrt(len(better))
    rows[name] = {"Brier": brier(predicted, after), "better than never by": better.mean(), "±": error}
pd.DataFrame(rows).T.round(4)

# %% [markdown]
# ± is one standard error over 39 weeks. Learning every night from last night is **worse than never**: it
# chases the weather of yesterday, and one day is few flights for 440 kinds. The window of 28 days is
# better, by 0.006 of 0.176. Both learn every night; the window makes the difference.
#
# Now the nurse, and labels of the invited only. Three thirds of the visitors, drawn twelve times: the
# first trains the model, the second comes while the tape is in inches, the third judges. The nightly job
# learns from those of the second third who were invited and tested, or from all that is known by then.


# %%
results = []
for draw in range(12):
    old, week, judge = np.array_split(np.random.default_rng(draw).permutation(len(y)), 3)
    first = clone(model).fit(X.iloc[old], y[old])
    back = week[first.predict_proba(X_inches.iloc[week])[:, 1] >= 0.02]
    if X_inches["waist_to_height"].iloc[back].isna().all():
        continue  # of these nobody has a waist; the nightly job would have stopped
    newest = clone(model).fit(X_inches.iloc[back], y[back])
    every = clone(model).fit(pd.concat([X.iloc[old], X_inches.iloc[back]]), np.r_[y[old], y[back]])
    for name, fitted in [("never", first), ("newest labels", newest), ("all labels", every)]:
        for tape, table in [("inches", X_inches), ("mended", X)]:
            invited = fitted.predict_proba(table.iloc[judge])[:, 1] >= 0.02
            bill = 1000 * np.mean(10 * invited + 500 * ((y[judge] == 1) & ~invited))
            row = {"draw": draw, "retrained": name, "tape": tape, "invited": invited.mean(), "bill": bill}
            results.append(row | {"back": len(back), "ill": y[back].mean()})
results = pd.DataFrame(results)
print(f"{results['draw'].nunique()} of 12 draws; in the other one nobody who came back had a waist")
print(f"on average {results['back'].mean():.0f} come back, {results['ill'].mean():.1%} of them ill")

# %%
means, errors = (results.groupby(["retrained", "tape"])[["invited", "bill"]].agg(f) for f in ("mean", "sem"))
table = pd.DataFrame({
    "share invited": [f"{m:.2f} ± {e:.2f}" for m, e in zip(means["invited"], errors["invited"], strict=True)],
    "bill of 1,000": [f"{m:,.0f} ± {e:,.0f}" for m, e in zip(means["bill"], errors["bill"], strict=True)],
}, index=means.index)  # fmt: skip
table.loc[["never", "newest labels", "all labels"]]

# %% [markdown]
# While the tape is wrong, retraining softens the damage, though the bill stays above that of the old model
# with a mended tape. But look at ± 0.11. What hides in the mean of the newest labels?

# %%
from scipy.stats import binom

low, high = binom.interval(0.999, 60, artefact["invites"])
print(f"999 innocent weeks of 60 in 1,000 invite {low / 60:.0%} to {high / 60:.0%}")
newest_only = results[results["retrained"] == "newest labels"]
by_draw = newest_only.pivot(index="draw", columns="tape", values="invited")
inside = by_draw["inches"].between(low / 60, high / 60).sum()
print(f"newest labels, tape in inches: {inside} of {len(by_draw)} draws inside")
print("newest labels, tape mended:", " ".join(f"{share:.0%}" for share in sorted(by_draw["mended"])))

# %% [markdown]
# In more than half of the draws the share invited is back inside its band, and the alarm falls silent. Then
# somebody mends the tape. The model has learned the scale of inches; a waist in centimetres is enormous to
# it. In nine draws nearly everybody is invited, in two hardly anybody. Two faults, where there was one.
# Learning from **all** labels is the better habit; it softens as much and spoils nothing.
#
# The cure for a broken tape measure is a tape measure.

# %% [markdown]
# So an alarm has three answers, and retraining is the last:
#
# 1. The input is broken: mend it, and **roll back** or stop until then.
# 2. The newest model is broken: roll back.
# 3. The world has changed: retrain, on labels you would show to a stranger, and **compare before
#    promoting**.

# %% [markdown]
# Rolling back must be dull: the old artefact still lies there, and one small file says which is live. Here
# is the rule, agreed on a quiet day: two weeks in a row with a share of invitations outside the band of
# 999 innocent weeks in 1,000. (It is wider than the one of section 11, since it is asked every week.) The
# tape is mended, and v2 is the last model that learned from the newest labels.

# %%
CURRENT = folder / "current.txt"


def promote(version):
    """Make a version the live one, in one step."""
    write_atomically(CURRENT, [version])


def outside(invited, visitors, expected=artefact["invites"]):
    """Is this number of invitations beyond what 999 in 1,000 innocent weeks show?"""
    low, high = binom.interval(0.999, visitors, expected)
    return not low <= invited <= high


# %%
history, live, alarms = [], {"v1": in_cm, "v2": newest.predict_proba(X)[:, 1]}, 0
rng = np.random.default_rng(3)
for version in ["v1"] * 3 + ["v2"] * 4:
    if len(history) in (0, 3):
        promote(version)  # the nightly job puts v2 in place in week 4
    serving = CURRENT.read_text(encoding="utf-8")
    invited = int((rng.choice(live[serving], 60) >= 0.02).sum())
    alarms = alarms + 1 if outside(invited, 60) else 0
    history.append(
        f"week {len(history) + 1}: {serving} invites {invited:2} of 60{', outside' * (alarms > 0)}"
    )
    if alarms == 2:
        promote("v1")
        history[-1] += ", rolled back to v1"
print("\n".join(history))

# %% [markdown]
# The cheaper place for this test is before promotion: v2 could have been tried on the 2,071 visitors of
# the reference, and would never have gone live.
#
# ### Who owns the model on Monday?
#
# | alarm | who | within | first step |
# |---|---|---|---|
# | not healthy, or p99 above a second | the person on call | minutes | restart; if again: roll back |
# | more than 1 in 20 refused | the same, with the van | an hour | read the sentences in the log |
# | share invited outside its band, twice | data team | a day | roll back, then look for the reason |
# | PSI above chance and above 0.1 | data team | a week | which column, which van, since when? |
# | bill of the tested sample too high | owner and nurse | a month | mend, retrain, or stop |
#
# A model without a name in this table has no owner, and nobody will notice on Monday.

# %% [markdown]
# **Try it** before the next cell removes the folder: let the rule use weeks of 10 visitors (`60` becomes
# `10`, in three places). Is v2 still found?
# <details><summary>Answer</summary>No: even ten invitations of ten lie inside the band. A rule has a size
# of fault it can see; work it out before you need it.</details>

# %%
print("service ended:", process.poll() is not None)
home.cleanup()
print("folder gone:", not folder.exists())

# %% [markdown]
# ## In the field
#
# Many deployed models are batch scripts, and many incidents are not about models: a renamed column, a full
# disk, a certificate that ran out. Teams that sleep well have few alarms, each with an owner and a first
# step. A dashboard nobody looks at is a decoration.
#
# New models go first to a small part of the traffic (a **canary**), or run beside the old one unheard
# (a **shadow**). [Chapter 10](10_spam_service.ipynb) does that for the spam filter; registries of
# models come in chapter 24.

# %% [markdown]
# ## Summary
#
# - A pickle runs code when loaded, and holds names instead of functions. Plain numbers and ten lines of
#   scorer carried this model, with equal answers.
# - The artefact is the whole path, with versions, hashes, metrics and known answers, written atomically.
# - A service refuses bad input in one sentence; the default error answer turned NaN into a 500.
# - PSI by chance depends on the size of the week; p-values alarm when rows are many. Ask both: more than
#   chance, and enough to matter?
# - No test on the inputs sees a change of $P(y|x)$: by PSI the flights stayed alike, while the share late
#   went from 13 % in September to 33 % in December.
# - The answer to the question at the start: ranges at the door, a log, the share invited, known answers, a
#   rule and a name. Not the share of ill among the invited: it doubled while the model was blind.
# - Retraining learns the fault. Mend, roll back, then retrain.

# %% [markdown]
# ## Check yourself
#
# 1. A colleague sends you a model as a pickle. What do you ask for instead?
#    <details><summary>Answer</summary>A format without code (plain arrays, ONNX, safetensors, skops), or
#    the script and data to train it yourself.</details>
# 2. Why known answers, if there is a hash?
#    <details><summary>Answer</summary>The hash says that the file is the same. The known answers say that
#    file, code and libraries together still compute the same.</details>
# 3. Why should the error answer not repeat the input?
#    <details><summary>Answer</summary>It may be huge, private, or not writable as JSON, and then a bad
#    request becomes a failure of the service.</details>
# 4. PSI is 0.3 in a week of 40 people. Do you wake somebody?
#    <details><summary>Answer</summary>No: that is what chance gives at this size. Pool several weeks, or
#    watch a single share.</details>
# 5. All drift tests are silent. Is the model right?
#    <details><summary>Answer</summary>They say the inputs look alike. Whether the answers are right only
#    labels can tell, best of a random sample.</details>
# 6. When is retraining the wrong answer to an alarm?
#    <details><summary>Answer</summary>When the feed is broken, or labels exist only for those the model
#    chose: the new model learns the fault.</details>

# %% [markdown]
# ## Next
#
# The exercises let you write a passport, refuse bad input, judge three feeds and roll back. Then
# [chapter 09](09_spam_filter.ipynb) begins the case study, which becomes a service in
# [chapter 10](10_spam_service.ipynb). To read:
#
# - Sculley and others, *Hidden Technical Debt in Machine Learning Systems* (2015).
# - Rabanser, Günnemann and Lipton, *Failing Loudly: An Empirical Study of Methods for Detecting Dataset
#   Shift* (2019).
# - scikit-learn user guide, "Model persistence".
# - Breck and others, *The ML Test Score: A Rubric for ML Production Readiness* (2017).
