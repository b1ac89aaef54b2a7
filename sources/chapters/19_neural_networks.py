# %% [markdown]
# # 19 · Neural networks in PyTorch: ninety-six equal units
#
# A network has 64 and 32 hidden units. Give all its weights *the same* starting value, 0.02, and train it
# to read digits: it names about one image in five. The units stay copies of each other, as chapter 06 found
# and textbooks say. Now throw away a fifth of the hidden values in each step, by chance, and change nothing
# else. **How many digits does it name?**

# %% [markdown]
# **You will be able to**
# - compute the slopes of a network by hand, as autograd does
# - write a network as a module, and its training with early stopping
# - judge it, save it, and reload it with the same answers
# - choose starting weights by the spread of the signal
# - say what dropout, early stopping and a seed bring
#
# **Builds on:** [chapter 03](03_data_splitting.ipynb) (folds, the interval of a difference),
# [chapter 06](06_model_training.ipynb) (gradient, chain rule, epochs),
# [chapter 11](11_classification.ipynb) (nearest neighbours),
# [chapter 15](15_overfitting.ipynb) (dropout, patience),
# [chapter 16](16_losses.ipynb) (cross-entropy of logits),
# [chapter 17](17_optimisers.ipynb) (Adam, rates) · **Data:** scikit-learn's digits

# %% [markdown]
# ## 1 · Tensors
#
# A tensor is an array with a shape, a type, and a **device**, the place where it is computed: the processor
# (`"cpu"`) or a graphics card (`"cuda"`). An operation needs all its tensors on one device, so it is chosen
# once.

# %%
import copy

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits
from torch import nn

import coursekit as ck

torch.set_num_threads(1)
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# The digits: 1,797 images of 8 × 8 pixels, from 0 (white) to 16. We divide by 16. Images become `float32`
# (about seven digits a number), classes stay whole numbers.

# %%
pixels, digit = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32, device=device)
labels = torch.tensor(digit, device=device)
for name, tensor in [("images", images), ("labels", labels)]:
    print(name, tuple(tensor.shape), tensor.dtype)

# %% [markdown]
# Most of NumPy has its twin: `@` multiplies, `sum(dim=1)` adds along a row (`dim` is NumPy's `axis`), and
# `item()` makes a plain number of a tensor with one element. Back to NumPy go `.cpu()` and `.numpy()`.

# %%
of_first = images[:3].sum(dim=1)
print("sums of three images:", of_first.cpu().numpy(), " mean:", of_first.mean().item())

# %% [markdown]
# ## 2 · Autograd
#
# What a plain array lacks: a tensor can remember *where it came from*. With `requires_grad=True` PyTorch
# writes down each operation. `backward()` then goes through the record in reverse and multiplies slopes
# (chapter 06's chain rule). This is **autograd**. One weight, one input 3, and a target of 4:

# %%
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(-1.0, requires_grad=True)
z = w * 3.0 + b
loss = (z - 4.0) ** 2 / 2
loss.backward()
print("z", z.item(), " loss", loss.item(), " slopes", w.grad.item(), b.grad.item())

# %% fold="Draw the record of the operations"
fig, ax = plt.subplots(figsize=(8.6, 2.7))
places = {"w = 2": (0, 1.6), "b = −1": (2.1, 1.6), "w · 3 = 6": (2.1, 0.6)}
places.update({"z = w · 3 + b = 5": (5, 0.6), "loss = (z − 4)² / 2 = 0.5": (8.6, 0.6)})
for text, (x_at, y_at) in places.items():
    box = {"boxstyle": "round", "facecolor": "white", "edgecolor": "C0", "linewidth": 1.3}
    ax.text(x_at, y_at, text, ha="center", va="center", bbox=box)
arrows = [((0, 1.4), (1.45, 0.75), "1 · 3 = 3", (0.2, 0.85))]
arrows += [((2.8, 1.45), (4.2, 0.85), "1 · 1 = 1", (3.75, 1.35))]
arrows += [((2.85, 0.6), (3.8, 0.6), "1 · 1 = 1", (3.33, 0.25))]
arrows += [((6.2, 0.6), (6.95, 0.6), "z − 4 = 1", (6.6, 0.25))]
for start, end, slope, at in arrows:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "C0", "linewidth": 1.3})
    ax.text(*at, slope, color="C1", weight="bold", ha="center", va="center", fontsize=9)
ax.text(5, 1.9, "values go right", color="C0", weight="bold", ha="left")
ax.text(7.2, 1.9, "slopes come back", color="C1", weight="bold", ha="left")
ax.set(xlim=(-0.8, 10.2), ylim=(0, 2.1))
ax.axis("off")
ck.show(
    fig,
    "Boxes for w, b, w times 3, z and the loss, joined by arrows to the right. At each arrow stands the "
    "slope of the loss that comes back: 1 at z, 1 at w times 3 and at b, 3 at w.",
)

# %% [markdown]
# Each arrow has its own small slope; on the way back they are multiplied. The weight gets error times
# input, 1 · 3.
#
# `backward` *adds* to `.grad`; that is why a loop calls `zero_grad` (chapter 17). And the record costs
# memory and time. Whoever only predicts switches it off with `torch.inference_mode()`:

# %%
with torch.inference_mode():
    unrecorded = w * 3.0 + b
print("recorded:", z.requires_grad, " in inference mode:", unrecorded.requires_grad)

# %% [markdown]
# ## 3 · Backpropagation by hand
#
# Four images, of the digits 0, 1, 2 and 1. Of each only two numbers: the mean brightness of the centre, and
# that of the two bottom rows. Three hidden units, three classes.

# %%
chosen = [0, 1, 12, 11]
squares = pixels[chosen].reshape(4, 8, 8) / 16
centre = squares[:, 2:6, 3:5].mean(axis=(1, 2))
bottom = squares[:, 6:].mean(axis=(1, 2))
X_four, y_four = np.column_stack([centre, bottom]), digit[chosen]
pd.DataFrame(X_four, columns=["centre", "bottom"]).assign(digit=y_four).round(3)

# %% fold="Draw the four images"
fig, axes = plt.subplots(1, 4, figsize=(7, 1.9), dpi=90)
for ax, square, row, label in zip(axes, squares, X_four, y_four, strict=True):
    ax.imshow(square, cmap="gray_r")
    ax.set_title(f"{label}: {row[0]:.2f}, {row[1]:.2f}", fontsize=10)
    ax.axis("off")
ck.show(fig, "Four grey images of 8 by 8 pixels: a zero, a one, a two and a one, with their two numbers.")

# %% [markdown]
# **Forward.** The hidden units: a weighted sum, then ReLU, which sets negative values to 0.

# %%
W1, b1 = np.array([[1.0, -1.0, 0.5], [1.0, 1.0, -1.0]]), np.zeros(3)
W2, b2 = np.array([[0.5, -0.5, 0.0], [1.0, 0.0, -1.0], [-1.0, 0.5, 0.5]]), np.zeros(3)
z1 = X_four @ W1 + b1
h = np.maximum(z1, 0)
h.round(3)

# %% [markdown]
# The logits, their softmax, and the cross-entropy of chapter 16: minus the logarithm of what the true class
# got.

# %%
z2 = h @ W2 + b2
y_hat = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
losses = -np.log(y_hat[np.arange(4), y_four])
print(y_hat.round(3))
print("of each:", losses.round(3), " mean:", losses.mean().round(4))

# %% [markdown]
# **Backward.** First the slope of the mean loss by each logit: softmax minus one-hot (rows of `np.eye(3)`;
# chapter 16), over four. The weights of the last layer get error times input, as ever. Their input is `h`.

# %%
slope_z2 = (y_hat - np.eye(3)[y_four]) / 4
slope_W2 = h.T @ slope_z2
print(slope_z2.round(3))
print(slope_W2.round(3))

# %% [markdown]
# Now the new step. Hidden unit $j$ of image $i$ reaches the loss through *all three* logits, so its slope
# is the sum over the three ways: the slope of a logit, times the weight that leads to it.

# %%
i, j = 1, 0
ways = [slope_z2[i, k] * W2[j, k] for k in range(3)]
slope_h = slope_z2 @ W2.T
print("three ways:", np.round(ways, 4), " sum:", np.sum(ways).round(4))
print("by the matrix product:", slope_h[i, j].round(4))

# %% [markdown]
# Through ReLU the slope passes where $z > 0$, and is 0 elsewhere. Below it is error times input again. In
# ten lines, all of it:


# %%
def by_hand(X, y, W1, b1, W2, b2):
    """The mean loss, and its slopes by W1, b1, W2 and b2."""
    z1 = X @ W1 + b1
    h = np.maximum(z1, 0)
    z2 = h @ W2 + b2
    powers = np.exp(z2 - z2.max(axis=1, keepdims=True))
    y_hat = powers / powers.sum(axis=1, keepdims=True)
    loss = -np.log(y_hat[np.arange(len(y)), y]).mean()
    slope_z2 = (y_hat - np.eye(W2.shape[1])[y]) / len(y)
    slope_z1 = (slope_z2 @ W2.T) * (z1 > 0)
    first = [X.T @ slope_z1, slope_z1.sum(axis=0)]
    return loss, first + [h.T @ slope_z2, slope_z2.sum(axis=0)]


# %%
loss_four, slopes_four = by_hand(X_four, y_four, W1, b1, W2, b2)
print(f"loss {loss_four:.4f}, slopes of W1:")
print(slopes_four[0].round(4))

# %% [markdown]
# (The largest logit is taken out so that no power overflows, as in chapter 16.) And autograd? The folded
# function does the same forward pass on tensors of 64 bits, then `backward`. Once for the four, once for
# all 1,797 images with 64 hidden units and random weights.


# %% fold="by_autograd: the same loss and slopes, by PyTorch"
def by_autograd(X, y, *parameters):
    """The mean loss and its slopes, found by backward()."""
    parameters = [torch.tensor(p, requires_grad=True) for p in parameters]
    W1, b1, W2, b2 = parameters
    logits = torch.relu(torch.tensor(X) @ W1 + b1) @ W2 + b2
    loss = nn.functional.cross_entropy(logits, torch.tensor(y))
    loss.backward()
    return loss.item(), [p.grad.numpy() for p in parameters]


# %%
rng = np.random.default_rng(0)
V1, c1 = rng.normal(0, 0.2, (64, 64)), rng.normal(0, 0.2, 64)
V2, c2 = rng.normal(0, 0.2, (64, 10)), rng.normal(0, 0.2, 10)
for task in [(X_four, y_four, W1, b1, W2, b2), (pixels / 16, digit, V1, c1, V2, c2)]:
    ours, theirs = by_hand(*task), by_autograd(*task)
    gaps = [np.abs(a - b).max() for a, b in zip(ours[1], theirs[1], strict=True)]
    print(f"{len(task[1])} images, equal to 12 decimals: {max(gaps) < 1e-12}")

# %% [markdown]
# This is *backpropagation*: from the loss back, layer by layer, each slope used again for the next. One
# more layer would repeat the same two lines. From here on autograd does it.

# %% [markdown]
# ## 4 · The network as a module
#
# Our network: 64 pixels, 64 hidden units, 32 hidden units, 10 logits, and dropout of 0.2 after each hidden
# layer. (Dropout, chapter 15: each hidden value is set to 0 with this probability, the others are divided by
# what is left, 0.8.)
#
# A network is a class made from `nn.Module`. `__init__` makes the layers, `forward` says how a batch passes
# through them. There is no softmax at the end: it is in the loss.


# %%
class DigitNet(nn.Module):
    """64 pixels, two hidden layers with dropout, 10 logits."""

    def __init__(self, dropout=0.2):
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 32)
        self.last = nn.Linear(32, 10)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = self.drop(torch.relu(self.first(x)))
        x = self.drop(torch.relu(self.second(x)))
        return self.last(x)


# %% [markdown]
# Whatever layer is assigned to `self` is registered, so `named_parameters()` finds its weights. That gives
# the summary of the model in a few lines. (The second table of weights is stored turned on its side: units
# × inputs.)


# %%
def make(seed, dropout=0.2):
    """An untrained network on the device."""
    torch.manual_seed(seed)
    return DigitNet(dropout).to(device)


# %%
rows = []
for name, parameter in make(0).named_parameters():
    row = {"name": name, "shape": tuple(parameter.shape)}
    row["numbers"] = parameter.numel()
    rows.append(row)
summary = pd.DataFrame(rows)
print(f"{summary['numbers'].sum():,} numbers to learn")
summary

# %% [markdown]
# Check one by hand: the first layer has 64 × 64 weights, and 64 **intercepts**, which PyTorch calls `bias`.
#
# Now three parts, by class in equal shares: 1,077 images to train, 360 for validation, 360 for the test.
# **Predict first:** which loss does an untrained network have on ten classes?

# %%
from sklearn.model_selection import train_test_split

settings = {"test_size": 360, "random_state": 0}
rest, test_part = train_test_split(np.arange(1797), stratify=digit, **settings)
train_part, val_part = train_test_split(rest, stratify=digit[rest], **settings)
print([len(part) for part in (train_part, val_part, test_part)])


# %%
def judge(model, part):
    """Mean loss and accuracy, dropout off, nothing recorded."""
    model.eval()
    with torch.inference_mode():
        logits = model(images[part])
        loss = nn.functional.cross_entropy(logits, labels[part])
        right = logits.argmax(dim=1) == labels[part]
    return loss.item(), right.float().mean().item()


# %%
untrained = [judge(make(seed), train_part)[0] for seed in range(5)]
print(f"untrained: {np.mean(untrained):.2f}, logarithm of 10: {np.log(10):.2f}")

# %% [markdown]
# All ten classes get about one tenth, so the loss is about $\ln 10$. Look at this number before every
# training: a first loss of 15 says that logits are far too large.

# %% [markdown]
# ## 5 · The loop
#
# One epoch: a random order, cut into batches, and for each batch the three calls of chapter 17.
# `randperm(n)` is a random order of $0 \dots n-1$, and `split(128)` cuts it. (Chapter 20 has `DataLoader` for
# this.) `model.train()` switches dropout on.


# %%
def one_epoch(model, optimiser, part, size=128):
    """One pass over the part; returns the mean loss of its batches."""
    model.train()
    total = 0.0
    for places in torch.randperm(len(part)).split(size):
        batch = part[places.numpy()]
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total = total + loss.item() * len(batch)
    return total / len(part)


# %% [markdown]
# Now a training, with everything written down: the loss that the loop itself has seen, and the loss of both
# parts, judged after each epoch. Five seeds.

# %%
curves = np.zeros((5, 40, 3))
for seed in range(5):
    model = make(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    for epoch in range(40):
        curves[seed, epoch, 0] = one_epoch(model, optimiser, train_part)
        curves[seed, epoch, 1] = judge(model, train_part)[0]
        curves[seed, epoch, 2] = judge(model, val_part)[0]

# %% tags=["rtol=0.1"]
of_epochs = pd.DataFrame(curves.mean(axis=0), index=range(1, 41))
of_epochs.columns = ["seen by the loop", "training part", "validation part"]
of_epochs.loc[[1, 5, 10, 20, 40]].round(2)

# %% fold="Draw the curves"
fig, ax = plt.subplots(figsize=(7.2, 3.8))
colours_of = {"seen by the loop": "C1", "validation part": "C3", "training part": "C2"}
for name, colour in colours_of.items():
    k = list(of_epochs.columns).index(name)
    ax.plot(range(1, 41), curves[:, :, k].T, color=colour, lw=0.5, alpha=0.4)
    ax.plot(of_epochs.index, of_epochs[name], color=colour, lw=2.2)
    lifted = 1.12 if name == "validation part" else 0.95
    ax.text(40.7, lifted * of_epochs[name].iloc[-1], name, color=colour, weight="bold", va="center")
ax.set(xlim=(0, 56), ylim=(0.01, 3), yscale="log", xlabel="epoch", ylabel="cross-entropy")
ax.set_xticks([1, 10, 20, 30, 40])
ax.set_title("The loop sees a higher loss than the network has")
ck.show(
    fig,
    "Cross-entropy against epoch on a log scale, five thin lines and their mean for three kinds. The loss "
    "seen by the loop lies above the other two for most of the training; the training part ends lowest.",
)

# %% [markdown]
# > **Myth.** "A validation loss below the training loss means that the split leaks."
#
# For many epochs the validation loss lies below what the loop printed. Nothing leaks. The loop judges a
# network with a fifth of its hidden values missing, and averages over an epoch in which the network was still
# learning. Judged in the same way (`eval`, after the epoch), the training part is ahead, as it should be.

# %% [markdown]
# ### Early stopping, with the best weights put back
#
# As in chapter 15: keep a copy of the weights at the lowest validation loss, stop when none came for
# `patience` epochs, and put the copy back. `state_dict()` is the dictionary of all weights by name;
# `deepcopy` is needed, because it holds the tensors themselves, which training goes on changing.
# (`fused=True` makes the same steps of Adam, faster.)


# %%
def train(model, part, val, epochs=60, rate=0.003, size=128, patience=10):
    """Train with early stopping; returns the weights of the lowest validation loss."""
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    lowest, waited = np.inf, 0
    for _ in range(epochs):
        one_epoch(model, optimiser, part, size)
        loss, waited = judge(model, val)[0], waited + 1
        if loss < lowest:
            lowest, waited = loss, 0
            best = copy.deepcopy(model.state_dict())
        if waited == patience:
            break
    return best


# %%
networks = []
for seed in range(5):
    model = make(seed)
    best = train(model, train_part, val_part)
    model.load_state_dict(best)
    networks.append(model)

# %% tags=["rtol=0.2"]
rows = [judge(model, test_part) for model in networks]
of_seeds = pd.DataFrame(rows, columns=["test loss", "test accuracy"])
of_seeds.agg(["min", "mean", "max"]).round(3)

# %% [markdown]
# Five seeds, one split. The spread over seeds is what the start and the order of batches bring; other images
# would add theirs (section 10).
#
# **Try it:** leave out `copy.deepcopy` (`best = model.state_dict()`). What comes back?
# <details><summary>Answer</summary>The last weights. The dictionary points to the tensors that training goes
# on changing, so nothing was kept, and no error is raised.</details>

# %% [markdown]
# ## 6 · One network, judged twice
#
# **Predict first:** take the first of the five, and judge it on the test part, twice. The same weights, the
# same images. Can the two accuracies differ?


# %%
def accuracy_as_it_is(model):
    """Accuracy on the test part in the mode that the model happens to be in."""
    with torch.inference_mode():
        right = model(images[test_part]).argmax(dim=1) == labels[test_part]
    return right.float().mean().item()


# %%
first = networks[0]
torch.manual_seed(0)
forgot = [accuracy_as_it_is(first.train()) for _ in range(200)]
remembered = [accuracy_as_it_is(first.eval()) for _ in range(200)]
print("train(): different values", len(set(forgot)) > 1)
print("eval():  different values", len(set(remembered)) > 1)

# %% fold="Draw the 200 accuracies"
fig, ax = plt.subplots(figsize=(7, 3))
ax.hist(forgot, bins=(np.arange(324, 362) - 0.5) / 360, color="C1", alpha=0.8)
ax.axvline(remembered[0], color="C0", lw=2.5)
ax.text(0.902, 40, "train(): dropout is on", color="C1", weight="bold")
ax.text(remembered[0] + 0.001, 44, "eval(),\nevery time", color="C0", weight="bold", va="top")
ax.set(xlim=(0.9, 1.0), ylim=(0, 50), xlabel="accuracy on the same 360 images", ylabel="times of 200")
ax.set_title("One network, judged 200 times")
ck.show(
    fig,
    "A histogram of 200 accuracies of one network in train mode, spread over several hundredths, and one "
    "line for eval mode at their right edge.",
)

# %% [markdown]
# With dropout left on, each judgement draws another network with a fifth of the units missing: other
# accuracies, and mostly lower ones. Two switches, two purposes:
#
# - `model.eval()` changes *what is computed*: dropout off. (Chapter 21 has another layer that cares.)
# - `torch.inference_mode()` changes *what is remembered*: no record for slopes. It does not turn dropout
#   off.

# %% [markdown]
# ## 7 · What it knows
#
# Accuracy says how often. Which digits? The answers of all five networks together, 1,800 of them, so that one
# seed does not decide. `classification_report` gives for each class precision, recall and F1 (chapter 07);
# `output_dict=True` makes a dictionary for a table.

# %%
from sklearn.metrics import classification_report, confusion_matrix


def chances(model, part):
    """Probabilities of the ten classes: softmax of the logits."""
    model.eval()
    with torch.inference_mode():
        return torch.softmax(model(images[part]), dim=1).cpu().numpy()


# %% tags=["rtol=0.1"]
of_networks = np.array([chances(model, test_part) for model in networks])
said = of_networks.argmax(axis=2).ravel()
true = np.tile(digit[test_part], 5)
report = pd.DataFrame(classification_report(true, said, output_dict=True)).T
report.loc[[str(k) for k in range(10)], ["precision", "recall", "f1-score"]].round(2)

# %% fold="Draw the confusion matrix"
table = confusion_matrix(true, said, normalize="true")
fig, ax = plt.subplots(figsize=(4.8, 4.4), dpi=90)
ax.imshow(np.minimum(table, 0.1), cmap="Oranges")
for i in range(10):
    for k in range(10):
        if table[i, k] >= 0.005:
            colour = "white" if i == k else "black"
            ax.text(k, i, f"{100 * table[i, k]:.0f}", color=colour, ha="center", va="center")
ax.set(xlabel="said", ylabel="true", xticks=range(10), yticks=range(10))
ax.set_title("Percent of each digit, five networks")
ax.grid(False)
ck.show(
    fig,
    "Ten by ten table of true against said digits in percent. Nearly all lies on the diagonal; some true "
    "eights are said to be ones.",
)

# %% fold="Draw the eight worst mistakes"
mean_chances = of_networks.mean(axis=0)
of_true = mean_chances[np.arange(360), digit[test_part]]
worst = np.argsort(of_true)[:8]
fig, axes = plt.subplots(1, 8, figsize=(9, 1.8), dpi=90)
for ax, place in zip(axes, worst, strict=True):
    row = test_part[place]
    ax.imshow(pixels[row].reshape(8, 8), cmap="gray_r")
    words = f"{digit[row]}, said {mean_chances[place].argmax()}"
    ax.text(3.5, -0.9, words, ha="center", va="bottom", fontsize=10, weight="bold")
    ax.axis("off")
ck.show(fig, "Eight small images that five networks together gave the least probability of their true class.")

# %% [markdown]
# Look at the worst before you tune anything: some are hard for you, too.

# %% [markdown]
# ## 8 · Saved and reloaded
#
# What is saved is the `state_dict`: names and numbers, no code. To use it again you need the class.
# `torch.load` with `weights_only=True` (the default) refuses everything else, since a pickle can run code
# (chapter 08). `map_location` puts the tensors on the device of *this* machine.

# %%
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "digits.pt"
torch.save(first.state_dict(), path)
kilobytes = path.stat().st_size / 1024
print(f"{kilobytes:.0f} kB for {summary['numbers'].sum():,} numbers of 4 bytes")

# %%
again = DigitNet().to(device)
again.load_state_dict(torch.load(path, weights_only=True, map_location=device))
same_now = torch.equal(again(images), first.eval()(images))
same_in_eval = torch.equal(again.eval()(images), first.eval()(images))
print(f"identical answers: as loaded {same_now}, after eval() {same_in_eval}")

# %% [markdown]
# A new module starts in train mode, so *as loaded it throws dice*. After `eval()` every bit is the same.
# To go on training you would save the optimiser's `state_dict` as well: Adam's averages are part of the
# way. Names and shapes must
# fit: a network with other layers refuses the file with an error that lists them.

# %% [markdown]
# *Good place to stop.* You have computed the slopes of a network by hand, written the 64–32–10 network and
# its loop, stopped it early, judged it in the right mode and reloaded it with identical answers. What follows
# asks where the weights should start, and what it was all worth.

# %% [markdown]
# ## 9 · Where to start
#
# How large are the sums in a layer? Size here is the root of the mean square. Three steps:
#
# 1. A sum of $n$ inputs with random weights of spread $\sigma$: its mean square is $n \sigma^2$ times that of
#    the inputs (variances of independent terms add up).
# 2. ReLU cuts off the negative half, and half of the mean square is left: $n \sigma^2 / 2$.
# 3. The root: a layer multiplies the size by $\sigma \sqrt{n/2}$.
#
# **He initialisation** asks that this be 1: $\sigma = \sqrt{2/n}$. Ten layers of $n = 64$ units, four spreads
# (the second is that of `nn.Linear`):

# %%
spreads = {"0.01": 0.01, "PyTorch": 1 / np.sqrt(3 * 64)}
spreads.update({"He": np.sqrt(2 / 64), "1": 1.0})
factors = {name: spread * np.sqrt(64 / 2) for name, spread in spreads.items()}
pd.DataFrame({"spread": spreads, "factor a layer": factors}).round(3).T


# %%
def sizes(spread, layers=10):
    """Root mean square of the sums in each of ten layers, for all images."""
    torch.manual_seed(0)
    signal, found = images, []
    for _ in range(layers):
        sums = signal @ torch.normal(0.0, spread, (64, 64)).to(device)
        found.append(sums.square().mean().sqrt().item())
        signal = torch.relu(sums)
    return np.array(found)


# %% tags=["rtol=0.2"]
signals = {name: sizes(spread) for name, spread in spreads.items()}
measured = {name: (size[-1] / size[0]) ** (1 / 9) for name, size in signals.items()}
pd.Series(measured).round(3).to_frame("measured factor").T

# %% fold="Draw the size of the signal through ten layers"
fig, ax = plt.subplots(figsize=(7.2, 3.8))
colours = {"0.01": "C6", "PyTorch": "C0", "He": "C2", "1": "C1"}
notes = {"0.01": "0.01: fades", "PyTorch": "PyTorch's spread", "He": "He: stays", "1": "1: explodes"}
for name, size in signals.items():
    ax.plot(range(1, 11), size, "o-", ms=4, color=colours[name])
    ax.text(10.25, size[-1], notes[name], color=colours[name], weight="bold", va="center")
ax.set(yscale="log", xlim=(0.5, 13.5), ylim=(1e-14, 1e9), xlabel="layer", ylabel="size of the sums")
ax.set_xticks(range(1, 11))
ax.set_title("Each layer multiplies by the same factor")
ck.show(
    fig,
    "Size of the sums against layer, log scale, four straight lines: spread 0.01 falls by many powers of "
    "ten, PyTorch's spread falls slowly, He stays level, 1 rises by many powers of ten.",
)

# %% [markdown]
# > **Myth.** "`nn.Linear` starts with He's initialisation: its code calls `kaiming_uniform_`."
#
# The name is He's, Kaiming He. But its setting $a$, made for another unit than ReLU, is $\sqrt 5$ there,
# and the spread that results is $1/\sqrt{3n}$:

# %%
torch.manual_seed(0)
own = nn.Linear(64, 4096).weight.std().item()
formula, he = spreads["PyTorch"], spreads["He"]
print(f"nn.Linear: {own:.3f}, 1/√(3n): {formula:.3f}, He: {he:.3f}")

# %% [markdown]
# Each layer shrinks the signal to 0.41 of its size. Slopes come back through the same weights, so they fade
# or explode, too: **vanishing and exploding gradients**. The slopes of the first of eight hidden layers
# (intercepts at 0; a folded function makes the network):


# %% fold="deep: a network with eight hidden layers, its weights of a given spread"
def deep(spread, seed, hidden_layers=8):
    """Hidden layers of 64; weights of this spread, intercepts 0."""
    torch.manual_seed(seed)
    layers = []
    for _ in range(hidden_layers):
        layers = [*layers, nn.Linear(64, 64), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(64, 10))
    for layer in net[::2]:
        nn.init.normal_(layer.weight, 0, spread)
        nn.init.zeros_(layer.bias)
    return net.to(device)


# %% tags=["rtol=0.5"]
for name, spread in spreads.items():
    net = deep(spread, seed=0)
    nn.functional.cross_entropy(net(images), labels).backward()
    print(f"{name}: {net[0].weight.grad.square().mean().sqrt().item():.0e}")

# %% [markdown]
# ### What training makes of it
#
# Two and eight hidden layers of 64, 20 epochs of three batches (60 steps), five seeds, and two learning
# rates; for each start the rate with the lower mean validation loss counts.


# %% fold="deep_results: five seeds, 60 steps"
def deep_results(spread, rate, hidden_layers):
    """Validation loss and test accuracy of five seeds after 20 epochs."""
    found = []
    for seed in range(5):
        net = deep(spread, seed, hidden_layers)
        optimiser = torch.optim.Adam(net.parameters(), lr=rate, fused=True)
        for _ in range(20):
            one_epoch(net, optimiser, train_part, size=360)
        found.append([judge(net, val_part)[0], judge(net, test_part)[1]])
    return np.array(found)


# %% fold="best_rate: test accuracy of five seeds at the better of two rates"
def best_rate(spread, hidden_layers):
    """Test accuracy of five seeds, at the rate with the lower validation loss."""
    tried = [deep_results(spread, rate, hidden_layers) for rate in (0.003, 0.01)]
    of_rates = [found[:, 0].mean() for found in tried]
    return tried[int(np.argmin(of_rates))][:, 1]


# %% tags=["rtol=0.8"]
depths = {}
for hidden_layers in (2, 8):
    means = {}
    for name, spread in spreads.items():
        means[name] = best_rate(spread, hidden_layers).mean()
    depths[f"{hidden_layers} hidden layers"] = means
pd.DataFrame(depths).T.round(2)

# %% [markdown]
# Mean test accuracy. With two layers every start learns. With eight, nothing is learned from 0.01, where no
# slope arrives, and in these 60 steps only He's start comes near the small network. PyTorch's spread is slow
# rather than unable: we trained it for 540 steps, and it reached nearly nine in ten. **Depth makes the start
# matter.**

# %% [markdown]
# ### The puzzle: all the same
#
# Back to the network of section 4, with its 64 and 32 hidden units. All weights at 0.02, intercepts at 0.
# Dropout off, and on.


# %%
def all_equal(value, seed, dropout):
    """A network whose weights all start at one value."""
    model = make(seed, dropout)
    for name, parameter in model.named_parameters():
        nn.init.constant_(parameter, value if "weight" in name else 0.0)
    return model


# %%
equal, kept = {}, {}
for dropout in (0.0, 0.2):
    equal[dropout] = []
    for seed in range(5):
        model = all_equal(0.02, seed, dropout)
        train(model, train_part, val_part, epochs=50, patience=50)
        equal[dropout].append(judge(model, test_part)[1])
    kept[dropout] = model.first.weight.detach().cpu()  # of the last seed

# %% tags=["rtol=0.3"]
print("dropout 0:  ", np.mean(equal[0.0]).round(2), np.round(equal[0.0], 1))
print("dropout 0.2:", np.mean(equal[0.2]).round(2), np.round(equal[0.2], 2))
for dropout, weights in kept.items():
    apart = weights.std(dim=0).max().item()
    print(f"dropout {dropout}: units still alike {apart < 0.001}")

# %% fold="Draw the weights of eight units"
fig, axes = plt.subplots(2, 8, figsize=(9, 2.9), dpi=90)
for row, dropout in enumerate((0.0, 0.2)):
    reach = kept[dropout].abs().max()
    for k in range(8):
        axes[row, k].imshow(kept[dropout][k].reshape(8, 8), cmap="PuOr", vmin=-reach, vmax=reach)
        axes[row, k].set(xticks=[], yticks=[])
    axes[row, 0].set_ylabel(f"dropout {dropout}", fontsize=11)
fig.suptitle("Eight of the 64 units in the first layer, after training from equal weights")
ck.show(
    fig,
    "Two rows of eight images of weights. Without dropout all eight are the same image. With dropout each "
    "shows another pattern.",
)

# %% [markdown]
# **About one in five without dropout, and more than nine in ten with it.** Equal units get equal slopes,
# and stay equal. But dropout hits them one by one: in a batch one unit misses an image that another sees.
# So their slopes differ from the first step on, and the copies part.
#
# So it is not randomness *in the weights* that a network needs, but something that makes its units
# different. (The order of the images is random in both, and is no help: it is the same for all units.)
# **Predict first:** does dropout also rescue weights that are all zero?

# %% tags=["rtol=0.1"]
from_zero = []
for seed in range(5):
    model = all_equal(0.0, seed, dropout=0.2)
    train(model, train_part, val_part, epochs=15, patience=15)
    from_zero.append(judge(model, test_part))
print("from zero: mean test loss and accuracy", np.mean(from_zero, axis=0).round(1))

# %% [markdown]
# No. With zeros all hidden values are 0, so the weights that read them get a slope of 0; and the first
# weights get a slope that was multiplied by weights of 0. Only the last intercepts move, and the loss stays
# at $\ln 10$.
#
# A random start remains the better one: the networks of section 5 were ahead of these, and it does not hang
# on the value. (Equal weights of 0.3 learned nothing when we tried, with dropout too.)

# %% [markdown]
# ## 10 · Was it worth it?
#
# Three questions in one race. Does dropout pay? Does early stopping? And *does the network beat its
# rivals* of chapter 11: logistic regression (no hidden layer), a support vector machine, and nearest
# neighbours, which learn nothing and only store the images?
#
# Five folds: three parts train, one chooses, one judges. The network may choose its rate (0.01, 0.03) and
# dropout (0, 0.2) by the validation loss, each rival one of two to six settings by the validation
# accuracy. One network a fold and setting, 40 epochs, batches of 256.

# %% fold="rivals, and rival_accuracy: the setting with the best validation accuracy"
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

rivals = {
    "logistic regression": [LogisticRegression(C=C, max_iter=2000) for C in (0.1, 1)],
    "support vectors": [SVC(C=10, gamma=gamma) for gamma in (0.03, 0.1)],
    "neighbours": [KNeighborsClassifier(k, p=p) for k in (1, 3, 5) for p in (2, 1)],
}


def rival_accuracy(name, part, val, test):
    """Test accuracy of the setting with the best validation accuracy."""
    best_score = 0
    for model in rivals[name]:
        model.fit(pixels[part] / 16, digit[part])
        score = model.score(pixels[val] / 16, digit[val])
        if score > best_score:
            best_score, found = score, model.score(pixels[test] / 16, digit[test])
    return found


# %% fold="best_network: two rates, the better by validation loss"
def best_network(part, val, test, dropout, seed):
    """At the better rate: validation loss, then the test results, last and kept weights."""
    results = []
    for rate in (0.01, 0.03):
        model = make(seed, dropout)
        best = train(model, part, val, epochs=40, rate=rate, size=256, patience=40)
        last = judge(model, test)
        model.load_state_dict(best)
        results.append([judge(model, val)[0], last, judge(model, test)])
    return min(results)  # lists compare by their first place: the validation loss


# %% fold="race: all contestants on five folds"
def race(order):
    """A row for each fold: test loss and accuracy of every contestant."""
    fifths, rows = np.array_split(order, 5), []
    for i in range(5):
        part = np.concatenate([fifths[(i + step) % 5] for step in (2, 3, 4)])
        val, test = fifths[(i + 1) % 5], fifths[i]
        plain = best_network(part, val, test, 0.0, seed=i)
        drop = best_network(part, val, test, 0.2, seed=i)
        row = {"no dropout": plain[2], "no dropout, last": plain[1]}
        row.update({"dropout": drop[2], "dropout, last": drop[1], "network": min(plain, drop)[2]})
        for name in rivals:
            row[name] = (np.nan, rival_accuracy(name, part, val, test))
        rows.append(row)
    return rows


# %% [markdown]
# Three cuts into folds. Two are shuffled. The third takes the rows *as they stand in the file*. Who wrote
# them is not noted, but the order tells: how far away in the file is the most similar image?

# %% tags=["rtol=0.3"]
from sklearn.neighbors import NearestNeighbors

nearest = NearestNeighbors(n_neighbors=2).fit(pixels).kneighbors(pixels)[1][:, 1]
away = np.abs(nearest - np.arange(1797))
by_chance = np.abs(np.random.default_rng(0).permutation(1797) - np.arange(1797))
print(f"rows away, median: {np.median(away):.1f}, by chance {np.median(by_chance):.1f}")

# %% [markdown]
# Similar images stand close, probably of one writer. So in the third cut most images that judge are
# probably by writers unseen in training. (The next three cells take some seconds each.)

# %%
cuts = {}
cuts["shuffled"] = race(np.random.default_rng(0).permutation(1797))

# %%
cuts["shuffled again"] = race(np.random.default_rng(1).permutation(1797))

# %%
cuts["as in the file"] = race(np.arange(1797))

# %% fold="interval, as in chapter 03; gain, and the table of means"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


def of_cut(name, contestant, column):
    """One contestant's results in the folds of a cut: column 0 is the loss, 1 the accuracy."""
    return np.array([row[contestant][column] for row in cuts[name]])


# %% fold="Table of mean accuracies" tags=["rtol=0.1"]
rows = {}
for name in cuts:
    names = ["no dropout", "dropout", "network", *rivals]
    rows[name] = {one: of_cut(name, one, 1).mean() for one in names}
pd.DataFrame(rows).round(3)


# %% fold="answer: differences in each cut, and the interval over the two shuffled ones"
def answer(one, two, column):
    """Mean of one minus two in each cut, and the ends of the interval over both shuffled cuts."""
    differences = {name: of_cut(name, one, column) - of_cut(name, two, column) for name in cuts}
    found = {name: np.mean(of_folds) for name, of_folds in differences.items()}
    both = np.concatenate([differences["shuffled"], differences["shuffled again"]])
    _, found["95 % from"], found["95 % to"] = interval(both, 1 / 3)
    return found


# %% [markdown]
# Differences in pairs on the same folds; the interval is over both shuffled cuts. First dropout and early
# stopping, then each rival against the network.

# %% fold="Table of differences" tags=["rtol=0.5"]
rows = {}
for column, name in [(0, "loss"), (1, "accuracy")]:
    rows[f"dropout - none, {name}"] = answer("dropout", "no dropout", column)
    rows[f"kept - last weights, {name}"] = answer("dropout", "dropout, last", column)
rows["the same without dropout, loss"] = answer("no dropout", "no dropout, last", 0)
for name in rivals:
    rows[f"{name} - network, accuracy"] = answer(name, "network", 1)
pd.DataFrame(rows).T.round(2)

# %% fold="Draw the accuracies in the folds"
fig, axes = plt.subplots(1, 3, figsize=(9.4, 3.2), sharey=True)
four = ["logistic regression", "network", "neighbours", "support vectors"]
for ax, name in zip(axes, cuts, strict=True):
    of_four = np.array([of_cut(name, one, 1) for one in four])
    ax.plot(range(4), of_four, "-", color="0.75", lw=1)
    ax.plot(range(4), of_four.mean(axis=1), "D-", color="C1", ms=7, lw=2.2)
    ax.set(xlim=(-0.4, 3.4), ylim=(0.8, 1.0), title=name)
    ax.set_xticks(range(4), ["logistic", "network", "neighb.", "SVM"], fontsize=9)
axes[0].set_ylabel("accuracy")
fig.suptitle("Neighbours are ahead of this network, and so is a support vector machine")
ck.show(
    fig,
    "Three panels, a thin line for each of five folds over four models, and the mean in bold. In each panel "
    "the mean of neighbours and of the support vector machine is above that of the network.",
)

# %% [markdown]
# - *Dropout*: here the mean loss is lower in each cut, and accuracy hardly differs. But there is one
#   network a fold, and with other starts one cut turned round when we tried. So: a little, if at all.
# - *Early stopping*: in accuracy nothing. In loss nothing on shuffled rows; as in the file it helps, with
#   dropout and more without. There the last weights are as often right, and surer when wrong.
# - *The network against its rivals*: about level with logistic regression, which has 650 numbers.
#   Neighbours and the support vector machine are ahead in every cut. It stayed so with other starts, more
#   units and longer training, when we tried.
#
# As in the file, with writers who are probably new, all lose. So on 1,077 small images two hidden layers
# *were not worth it*. The network keeps its 28 kB however many images it has seen; what it needs to win
# is more images, or layers that know what an image is (chapter 21).
#
# **Try it:** was it too small? Write 256 and 128 for 64 and 32 in `DigitNet`, and run the first and the
# third race again. <details><summary>Answer</summary>On shuffled rows it comes closer to the neighbours. It
# is ahead in neither.</details>

# %% [markdown]
# ## 11 · What a seed fixes
#
# `torch.manual_seed` sets the start of one long row of random numbers. Weights, orders of images and dropout
# draw from it, one after the other. **Predict first:** one number drawn in between, thrown away. Does it
# matter?


# %%
def five_epochs(seed, thrown_away=0):
    """Probabilities for the test part after five epochs."""
    model = make(seed)
    torch.rand(thrown_away)  # drawn and not used
    train(model, train_part, val_part, epochs=5)
    return chances(model, test_part)


# %%
once, twice = five_epochs(0), five_epochs(0)
print("same seed, identical to the last bit:", np.array_equal(once, twice))
print("one number drawn in between:", np.array_equal(once, five_epochs(0, 1)))

# %% [markdown]
# It matters: everything after it comes out differently. NumPy's seed sets another row and leaves this one
# alone; scikit-learn takes `random_state`. Where an order must not depend on what else is drawn, give it
# its own `torch.Generator().manual_seed(0)`.
#
# What no seed fixes: the order of additions. Three numbers, and the same sum in two orders:

# %%
large = torch.tensor([1e8, -1e8, 1.0])  # float32
print("left to right:", ((large[0] + large[1]) + large[2]).item())
print("right first:  ", (large[0] + (large[1] + large[2])).item())

# %% [markdown]
# Another processor, another number of threads, a graphics card or another version of PyTorch may add in
# another order. In training such small differences grow. So *a seed repeats your run on your machine*.
# Elsewhere only averages can be compared. On graphics cards `torch.use_deterministic_algorithms(True)` asks
# for operations that repeat, and raises an error where there is none.

# %% [markdown]
# ## 12 · The same in Keras
#
# Many books and courses use Keras. Its names, and what stands for them on this page:
#
# | Keras | PyTorch |
# |---|---|
# | `Sequential([Dense(64, activation="relu"), …])` | `nn.Sequential(nn.Linear(64, 64), nn.ReLU(), …)` |
# | `Dropout(0.2)` | `nn.Dropout(0.2)` |
# | `Dense(10, activation="softmax")` at the end | `nn.Linear(32, 10)`: softmax is in the loss |
# | `model.summary()` | a loop over `named_parameters()` |
# | `compile(optimizer="adam", loss=…)` | `torch.optim.Adam(model.parameters())`, `cross_entropy` |
# | `fit(X, y, epochs=…, batch_size=…, validation_data=…)` | `one_epoch` in a loop, and `judge` |
# | `evaluate(X, y)` | `judge`: `eval()`, then loss and accuracy |
# | `predict(X)` | `chances`: `eval()`, `inference_mode()`, softmax |
# | `save("digits.h5")`, newer: `"digits.keras"` | `torch.save(model.state_dict(), path)`, and the class |
# | `load_model("digits.h5")` | make the class, then `load_state_dict(torch.load(path))` |
#
# In PyTorch, too, a network can be a `Sequential`. It is the same one, if the weights are:

# %%
hidden = [nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2)]
hidden = [*hidden, nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2)]
stacked = nn.Sequential(*hidden, nn.Linear(32, 10)).to(device)
for to, of in zip(stacked.parameters(), first.parameters(), strict=True):
    to.data.copy_(of.data)
ours, theirs = chances(stacked, test_part), chances(first, test_part)
print("identical:", np.array_equal(ours, theirs))

# %% [markdown]
# An `.h5` file holds the architecture too. What Keras does during `fit` is told by **callbacks**, objects
# that are called after each epoch; here they are lines in the loop:
#
# | callback | in the loop |
# |---|---|
# | `EarlyStopping(patience=10, restore_best_weights=True)` | `waited` and `best` in `train` |
# | `ModelCheckpoint(path, save_best_only=True)` | `torch.save` where `best` is set |
# | `ReduceLROnPlateau()` | `torch.optim.lr_scheduler.ReduceLROnPlateau` |
# | `LearningRateScheduler(f)` | `lr_scheduler.LambdaLR`; there f returns a factor |
# | `TerminateOnNaN()` | `if not torch.isfinite(loss): break` |
# | `CSVLogger(path)`, `TensorBoard()` | a list of rows; `torch.utils.tensorboard` |
#
# Three things differ behind the names. Keras turns dropout on and off by itself: on in `fit`, off in
# `evaluate` and `predict`. `EarlyStopping` keeps the last weights unless you ask for the best. And its
# `Dense` starts with another spread (Glorot's), so equal code does not give equal networks.

# %% [markdown]
# ## In the field
#
# Few people write the whole loop for each project: libraries such as Lightning or skorch (chapter 23) hold
# it. Everybody who trains networks can read it, since the errors live there: `eval()` forgotten, best weights
# never put back, a softmax too many.
#
# First checks: the loss of the untrained network, then a dozen rows
# learned by heart. Layers are left at the library's start until a network gets deep; then recipes with He's
# start and other layers (chapter 21) take over. And a simple rival is run first, on the same folds.

# %% [markdown]
# ## Summary
#
# - Autograd records operations and multiplies slopes backwards; ten lines of NumPy give the same to 12
#   decimals.
# - A module holds layers and a `forward`; the loop is zero, backward, step. The loss it sees lies above the
#   network's own: dropout is on, and learning goes on.
# - `eval()` turns dropout off, `inference_mode()` the record. They are not the same.
# - `state_dict` is names and numbers; after `eval()` a reloaded network answers alike to the last bit.
# - A layer multiplies the signal by $\sigma\sqrt{n/2}$. He sets this to 1; `nn.Linear` does not. With eight
#   layers and 60 steps it decided.
# - The answer to the puzzle: more than nine in ten. From equal weights of 0.02, dropout hits the units one by
#   one and makes them different. From zero it cannot.
# - On these digits the network was level with logistic regression, and behind neighbours and a support vector
#   machine. Dropout helped a little if at all; early stopping the loss, on rows as in the file.

# %% [markdown]
# ## Check yourself
#
# 1. A hidden unit has $z = -3$ for an image. What is the slope of that image's loss by its weights?
#    <details><summary>Answer</summary>0. ReLU lets no slope through where $z$ is negative.</details>
# 2. A colleague wraps the test in `inference_mode()` and gets another accuracy at each call. Why?
#    <details><summary>Answer</summary>The model is still in train mode: dropout is on. <code>eval()</code> is
#    missing.</details>
# 3. Which first loss do you expect of a network for 100 classes?
#    <details><summary>Answer</summary>The logarithm of 100: twice that of 10.</details>
# 4. All weights of a layer start at the same value, and there is no dropout. What do you see in the layer
#    after training? <details><summary>Answer</summary>All units are still alike: one unit, written many
#    times.</details>
# 5. You saved the `state_dict`. What else does somebody need to predict with it?
#    <details><summary>Answer</summary>The class with the same layers and names, the preparation of the pixels
#    (division by 16), and <code>eval()</code>.</details>

# %% [markdown]
# ## Next
#
# Exercises: slopes of another layer, a forgotten switch, a broken loop, a start of your own, and a race.
# [Chapter 20](20_data_pipelines.ipynb) feeds networks with more data than fits into memory. To read:
#
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 6 and 8.
# - He, Zhang, Ren and Sun, *Delving deep into rectifiers* (2015), on starting weights.
# - PyTorch documentation, "Autograd mechanics" and "Reproducibility".
