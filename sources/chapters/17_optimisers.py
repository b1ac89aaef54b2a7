# %% [markdown]
# # 17 · Gradient descent and optimisers: the turned trench
#
# In chapter 06 plain gradient descent took tens of thousands of steps along a trench, because age was
# counted in years. Adam, with which most networks are trained, comes within a hundred-thousandth of the
# lowest loss in 44. Now turn the map by 45 degrees: same people, same lowest loss, the same distance to go.
# **How many steps does Adam need now?**

# %% [markdown]
# **You will be able to**
# - write seven optimisers, and get PyTorch's numbers step by step
# - say what momentum, own step lengths and decay do, and where each fails
# - choose a batch size and a rate, and know what they cost
# - race optimisers fairly, and distrust a race with one rate
# - use schedules, warm-up and clipping where they help
#
# **Builds on:** [chapter 03](03_data_splitting.ipynb) (folds, the interval of a difference),
# [chapter 04](04_feature_engineering.ipynb) (scaling),
# [chapter 06](06_model_training.ipynb) (gradient, Hessian, speed limit, batches, PyTorch) ·
# **Data:** `diabetes`, `mails`, scikit-learn's digits
#
# Nothing here is medical advice.

# %% [markdown]
# ## 1 · Four points in the fog
#
# In fog you see only the slope at your feet, step downhill and look again. That is gradient descent: $w
# \leftarrow w - \eta \cdot$ gradient, with the learning rate $\eta$. An **optimiser** is a rule that makes
# steps of gradients. First four points near the line $y = 2x + 1$.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.special import expit

import coursekit as ck

x_four = np.array([1.0, 2.0, 3.0, 4.0])
y_four = np.array([3.1, 4.9, 7.2, 8.8])

# %% [markdown]
# The template is $\hat y = w x + b$, the loss the mean of $(\hat y - y)^2 / 2$, its gradient error times
# input. From $w = 0$, $b = 0$, each point has a gradient of its own:

# %%
error = 0.0 * x_four + 0.0 - y_four
gradients = pd.DataFrame({"x": x_four, "error": error})
gradients["by w"], gradients["by b"] = error * x_four, error
gradients.loc["mean"] = gradients.mean()
gradients

# %% [markdown]
# - *Batch* descent takes the mean of all four.
# - *Stochastic* descent (SGD) takes one row at a time, drawn by lot.
# - *Mini-batch* descent takes the mean of a few.
#
# > **Myth.** "The update adds the gradient."

# %%
for sign in (-1, +1):
    w, b, losses = 0.0, 0.0, []
    for _ in range(4):
        error = w * x_four + b - y_four
        losses.append(np.mean(error**2) / 2)
        w, b = w + sign * 0.1 * np.mean(error * x_four), b + sign * 0.1 * np.mean(error)
    print(f"sign {sign:+}: loss", np.round(losses, 2))

# %% [markdown]
# The gradient points to where the loss grows, so the sign is minus.
#
# ### One step, with scaled columns
#
# **Predict first:** scale $x$ to mean 0 and standard deviation 1, and take a rate of 1. How many steps?

# %%
centre, spread = x_four.mean(), x_four.std()
z_four = (x_four - centre) / spread
w, b = 0.0, 0.0
for step in range(3):
    error = w * z_four + b - y_four
    print(f"step {step}: w = {w:.4f}, b = {b:.4f}, loss {np.mean(error**2) / 2:.4f}")
    w, b = w - 1.0 * np.mean(error * z_four), b - 1.0 * np.mean(error)

# %% [markdown]
# One. The Hessian of this loss holds the means of products of columns: 1 for each column with itself, and 0
# between them. All curvatures are 1, so the first arrow points at the bottom.
#
# These weights belong to scaled $x$. Put $z = (x - m)/s$ into $w z + b$: the slope in original units is
# $w/s$, and the intercept $b - w\,m/s$.

# %%
slope_back = w / spread
print(f"y = {slope_back:.4f} x + {b - slope_back * centre:.4f}")
print("NumPy's least squares:", np.polyfit(x_four, y_four, 1).round(4))

# %% [markdown]
# ### The same line by scikit-learn
#
# `SGDRegressor` walks row by row. As it comes it adds a small penalty on $w$ (`alpha`), lets the rate shrink,
# and stops when five passes bring less than `tol`. `learning_rate="adaptive"` keeps the rate, and divides it
# by five whenever the loss stops falling; with `penalty=None` and a tiny `tol` it goes on to the end.

# %%
from sklearn.linear_model import SGDRegressor

column = z_four.reshape(-1, 1)  # scikit-learn wants a table: four rows, one column
exact = {"penalty": None, "learning_rate": "adaptive", "tol": 1e-9, "max_iter": 100000}
for name, settings in [("as it comes", {}), ("to the end", exact)]:
    walker = SGDRegressor(random_state=0, **settings).fit(column, y_four)
    back = walker.coef_[0] / spread
    print(f"{name}: y = {back:.2f} x + {walker.intercept_[0] - back * centre:.2f}")

# %% [markdown]
# As it comes it stopped on the way.
#
# ### The same line by PyTorch
#
# Three calls make an update: `zero_grad` forgets the old gradient (otherwise the new one is added to it),
# `backward` computes the new one, `step` moves the parameters. `mse_loss` is the mean of squares without our
# half, so its gradient is twice ours, and half the rate makes the same step.

# %%
import torch
from torch import nn

torch.set_num_threads(1)
z_torch, y_torch = torch.tensor(column), torch.tensor(y_four).reshape(-1, 1)
line = nn.Linear(1, 1, dtype=torch.float64)
nn.init.zeros_(line.weight)
nn.init.zeros_(line.bias)
optimiser = torch.optim.SGD(line.parameters(), lr=0.5)

# %%
for _ in range(3):
    optimiser.zero_grad()
    loss_now = nn.functional.mse_loss(line(z_torch), y_torch)
    loss_now.backward()
    optimiser.step()
by_torch = [line.weight.item(), line.bias.item()]
print("weights:", np.round(by_torch, 4))
print("as NumPy's to 12 decimals:", np.allclose(by_torch, [w, b], rtol=0, atol=1e-12))

# %% [markdown]
# ## 2 · How noisy is a batch?
#
# Chapter 06's two weights: visitors without a diagnosis, age and `waist_to_height`. The folded cell makes
# `raw` (in years and as a ratio, from their means), `scaled`, and `y`, who is ill.

# %% fold="Make the two columns of chapter 06"
people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
y = visitors["diabetes"].to_numpy(float)
n = len(y)
visitors["waist_to_height"] = visitors["waist"] / visitors["height"]
pair = visitors[["age", "waist_to_height"]]
filled = pair.fillna(pair.median()).to_numpy()
raw = filled - filled.mean(axis=0)
scaled = raw / raw.std(axis=0)
b_fixed = np.log(y.mean() / (1 - y.mean()))  # the intercept stays at the log-odds of the share


# %%
def loss(w, Z):
    """Mean cross-entropy of all visitors, with columns Z."""
    z = Z @ w + b_fixed
    return np.mean(np.logaddexp(0, z) - y * z)


# %%
def slope(w, Z):
    """Its gradient: error times input, averaged."""
    return Z.T @ (expit(Z @ w + b_fixed) - y) / n


print(f"{n} visitors, loss at the start {loss(np.zeros(2), scaled):.4f}")

# %% [markdown]
# At the start every person has a gradient, and the full gradient is their mean. Draw 2,000 batches of each
# size: how far are their gradients from it (root of the mean square)?

# %%
errors = expit(scaled @ np.zeros(2) + b_fixed) - y
each = errors.reshape(-1, 1) * scaled  # a gradient for each person
full = each.mean(axis=0)


def noise(size):
    """Root mean squared distance from the full gradient, over 2,000 batches."""
    rng, squares = np.random.default_rng(0), []
    for _ in range(2000):
        batch = rng.choice(n, size, replace=False)
        squares.append(((each[batch].mean(axis=0) - full) ** 2).sum())
    return np.sqrt(np.mean(squares))


# %%
sizes = [1, 4, 16, 64, 256, 1024]
noises = pd.Series([noise(size) for size in sizes], index=sizes)
print(f"length of the full gradient: {np.linalg.norm(full):.3f}")
noises.round(3).to_frame("noise").T

# %% [markdown]
# *Four times as many people halve the noise*, as with every mean (chapter 03). At 64 it is about as long as
# the gradient itself. What does one pass over everybody, an epoch, cost, and what does it bring?

# %% fold="epoch: the weights after one pass over everybody in batches"
from time import perf_counter


def epoch(size, rate, seed=0):
    """The weights after one pass over everybody in batches, from zero."""
    order, w = np.random.default_rng(seed).permutation(n), np.zeros(2)
    for first in range(0, n, size):
        who = order[first : first + size]
        w = w - rate * scaled[who].T @ (expit(scaled[who] @ w + b_fixed) - y[who]) / len(who)
    return w


def milliseconds(size):
    """Time of an epoch, the fastest of three."""
    times = []
    for _ in range(3):
        started = perf_counter()
        epoch(size, 0.1)
        times.append(1000 * (perf_counter() - started))
    return min(times)


# %% fold="after: loss after an epoch at eight rates, mean of two orders of people"
after = pd.DataFrame(index=pd.Index([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30], name="rate"))
for size in sizes:
    column_of = []
    for rate in after.index:
        column_of.append(np.mean([loss(epoch(size, rate, seed), scaled) for seed in (0, 1)]))
    after[size] = column_of

# %%
after.clip(upper=1).round(4)  # 1 stands for 1 or more

# %% fold="Draw noise, time and progress by batch size" tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, 3, figsize=(10, 3.3))
axes[0].plot(sizes, noises, "o-", color="C0")
axes[0].axhline(np.linalg.norm(full), color="C6", ls="--", lw=1.2)
axes[0].text(1, 0.75 * np.linalg.norm(full), "full gradient", color="C6")
axes[0].set(title="Noise falls by the root", ylabel="noise of the gradient", yscale="log")
axes[1].plot(sizes, [milliseconds(size) for size in sizes], "o-", color="C1")
axes[1].set(title="An epoch gets cheaper", ylabel="milliseconds (this machine)", yscale="log")
axes[2].plot(sizes, after.min(), "o-", color="C2")
axes[2].set(title="What an epoch brings", ylabel="loss after it, best of 8 rates")
for ax in axes:
    ax.set(xscale="log", xlabel="people in a batch")
ck.show(
    fig,
    "Three curves against batch size. Noise of the gradient: a straight line that falls and crosses the "
    "length of the full gradient near 64. Milliseconds an epoch: falling to a floor. Loss after an epoch at "
    "the best rate: level up to 256, then rising.",
)

# %% [markdown]
# In batches of one an epoch takes 4,142 steps, in batches of 64 only 65, so it is far cheaper. Up to 256 an
# epoch brings as much, *if the rate grows with the batch*; in batches of 1,024 it brings less at every
# rate tried. Here 64 to 256 is a good size.

# %% [markdown]
# ## 3 · A ball with momentum
#
# *Momentum* keeps a velocity $v$: the old one, faded by $\beta$, plus the new
# gradient. **Nesterov's variant** acts as if it had already made the next step. In PyTorch's form:
#
# $$v \leftarrow \beta v + g, \qquad w \leftarrow w - \eta v
# \qquad\text{or (Nesterov)}\qquad w \leftarrow w - \eta\,(g + \beta v)$$
#
# Each optimiser below is a function: the gradient `g` comes in, and a dictionary `memory`, which it may
# change; the move comes out. `memory.get("v", 0)` is the entry, or 0 if there is none yet.


# %%
def plain(g, memory):
    """The gradient itself."""
    return g


def momentum(g, memory, beta=0.9):
    """Faded sum of all gradients so far."""
    memory["v"] = beta * memory.get("v", 0) + g
    return memory["v"]


def nesterov(g, memory, beta=0.9):
    """Momentum, looking one step ahead."""
    return g + beta * momentum(g, memory, beta)


# %% [markdown]
# And one loop that serves them all. (`decay` is for AdamW, later.)


# %%
def walk(slope_at, start, move, rate, steps, decay=0.0):
    """The path of an optimiser: one row for each step."""
    w, memory = np.array(start, float), {}
    path = [w]
    for _ in range(steps):
        w = w - rate * (move(slope_at(w), memory) + decay * w)
        path.append(w)
    return np.array(path)


# %% [markdown]
# Four steps on the parabola $w^2/2$, whose slope is $w$, from 1 with a rate of one tenth:


# %%
def same(w):
    """The slope of w²/2."""
    return w


three = [plain, momentum, nesterov]
rows = [walk(same, 1.0, move, 0.1, 4) for move in three]
pd.DataFrame(rows, index=["plain", "momentum", "nesterov"]).round(4)

# %% [markdown]
# Check momentum's third number: $v$ was 1, the slope is now 0.9, so $v$ becomes 0.9 × 1 + 0.9 = 1.8, and
# $w$ goes from 0.9 to 0.72. Forty steps:

# %% fold="Draw the ball on the parabola"
fig, ax = plt.subplots(figsize=(7.2, 3.4))
for move, colour, place in [
    (plain, "C6", (7, 0.55)),
    (momentum, "C0", (19, 0.5)),
    (nesterov, "C2", (0.2, -0.3)),
]:
    ax.plot(walk(same, 1.0, move, 0.1, 40), "o-", ms=3, color=colour)
    ax.text(*place, move.__name__, color=colour, weight="bold")
ax.axhline(0, color="black", lw=0.8)
ax.set(xlabel="step", ylabel="w", title="Momentum runs through the bottom, Nesterov brakes")
ck.show(
    fig,
    "Weight against step on a parabola: plain descent creeps towards zero, momentum swings far to the other "
    "side and back several times, Nesterov swings less and settles sooner.",
)

# %% [markdown]
# **Try it:** walk with a rate of 1. Who is at the bottom first, and stays?
# <details><summary>Answer</summary>Plain descent, after one step: rate times curvature is 1. Momentum is
# there too, but runs through and swings for dozens. Nesterov needs two.</details>
#
# ### Why it does not fly off
#
# Chapter 06 left this open: the plain speed limit is $\eta\lambda = 2$, and momentum went beyond. At the
# limit a ball jumps for ever between $-w$ and $w$. It has just come to $w$ by a move of $2w$, and must go
# back by $-2w$. Momentum makes it $\beta$ times the old move minus $\eta\lambda w$:
#
# $$-2w = \beta\, 2w - \eta\lambda w \quad\Rightarrow\quad \eta\lambda = 2 + 2\beta.$$
#
# On the walls *the old move and the new gradient point against each other*, and cancel in part. For
# Nesterov, without proof, the limit is $2(1 + \beta)/(1 + 2\beta)$. Test just below and above each:

# %%
limits = {"plain": 2.0, "momentum": 2 + 2 * 0.9, "nesterov": 2 * 1.9 / 2.8}
for move in three:
    edge = limits[move.__name__]
    below = abs(walk(same, 1.0, move, 0.99 * edge, 3000)[-1])
    above = abs(walk(same, 1.0, move, 1.01 * edge, 3000)[-1])
    ok = f"0.99 of it arrives: {below < 1e-9}, 1.01 of it: {above < 1e-9}"
    print(f"{move.__name__}: limit {edge:.2f}, {ok}")

# %% [markdown]
# With $\beta = 0.9$ momentum's rate may be nearly twice that of plain descent, Nesterov's only two thirds.
#
# On the floor of a trench the gradient is steady, and is counted $1 + \beta + \beta^2 + \dots = 1/(1 -
# \beta)$ times: 10 times for 0.9, and 100 times for 0.99. Section 5 measures what that brings.

# %% [markdown]
# ## 4 · A step length for each weight
#
# The other idea divides each weight's gradient by the size of its own past gradients.
#
# - **AdaGrad** adds up the squares $s$ of all gradients so far, and moves by $g/\sqrt s$. Steps get smaller
#   and smaller.
# - **RMSProp** averages the squares with fading memory, so old ones are forgotten.
# - *Adam* is RMSProp with a velocity; both averages start at 0, and are divided by what they lack.
#
# The tiny numbers only prevent a division by zero.


# %%
def adagrad(g, memory):
    """The gradient, over the root of the sum of all squares."""
    memory["s"] = memory.get("s", 0) + g**2
    return g / (memory["s"] ** 0.5 + 1e-10)


def rmsprop(g, memory):
    """The gradient, over the root of a fading mean of squares."""
    memory["s"] = 0.99 * memory.get("s", 0) + 0.01 * g**2
    return g / (memory["s"] ** 0.5 + 1e-8)


# %%
def adam(g, memory, beta=0.9, beta2=0.999):
    """A fading mean of gradients, over the root of a fading mean of squares."""
    memory["t"] = memory.get("t", 0) + 1
    memory["v"] = beta * memory.get("v", 0) + (1 - beta) * g
    memory["s"] = beta2 * memory.get("s", 0) + (1 - beta2) * g**2
    v_corrected = memory["v"] / (1 - beta ** memory["t"])
    s_corrected = memory["s"] / (1 - beta2 ** memory["t"])
    return v_corrected / (s_corrected**0.5 + 1e-8)


# %% [markdown]
# Feed all six with the same four gradients, 4, 2, −1 and 0.5, and print every move. **Predict first:** which
# rows change when each gradient is a hundred times as large?

# %%
six = [plain, momentum, nesterov, adagrad, rmsprop, adam]
names_of_six = [move.__name__ for move in six]


def moves(gradients):
    """A table: the move of each optimiser, step by step."""
    rows = []
    for move in six:
        memory = {}
        rows.append([move(g, memory) for g in gradients])
    return pd.DataFrame(rows, index=names_of_six, columns=[1, 2, 3, 4])


# %%
four_gradients = np.array([4.0, 2.0, -1.0, 0.5])
moves(four_gradients).round(4)

# %%
moves(100 * four_gradients).round(4)

# %% [markdown]
# The last three rows do not change: *they see no units*. The first move of AdaGrad and Adam is 1, so the
# first step is $\eta$, whatever the gradient. RMSProp starts ten times as far: its mean of squares begins
# near zero, and nothing corrects it. Adam's memory, number by number:

# %%
memory = {}
for g in four_gradients:
    move = adam(g, memory)
    print(f"g {g:4}, v {memory['v']:.4f}, s {memory['s']:.4f}, move {move:.4f}")

# %% [markdown]
# In step 1, $v = 0.1 \cdot 4 = 0.4$, a tenth of what was seen, so it is divided by $1 - 0.9 = 0.1$: again
# $4$. In the same way $s$ gives $16$, and the move is $4/\sqrt{16} = 1$. In step 3 the gradient is −1, the
# move still positive.
#
# ### Do they agree with PyTorch?
#
# The seventh, *AdamW*, is Adam with a `decay` that pulls each weight towards zero (section 8). All seven
# get the same gradients, 200 steps on the two scaled columns. The folded function hands ours to PyTorch's
# optimiser at each step; `partial(slope, Z=scaled)` is `slope` with that argument filled in.


# %% fold="torch_path: the path of a PyTorch optimiser that gets our gradients"
def torch_path(kind, settings, rate, steps):
    """The path of a torch optimiser that gets our gradient at each step."""
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser, path = kind([w], lr=rate, **settings), [np.zeros(2)]
    for _ in range(steps):
        w.grad = torch.tensor(slope(path[-1], scaled))
        optimiser.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


# %% fold="twins: our seven, and PyTorch's"
twins = {
    "SGD": (plain, torch.optim.SGD, {}),
    "momentum": (momentum, torch.optim.SGD, {"momentum": 0.9}),
    "Nesterov": (nesterov, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": (adagrad, torch.optim.Adagrad, {}),
    "RMSProp": (rmsprop, torch.optim.RMSprop, {}),
    "Adam": (adam, torch.optim.Adam, {}),
    "AdamW": (adam, torch.optim.AdamW, {"weight_decay": 0.01}),
}

# %%
from functools import partial

for name, (move, kind, settings) in twins.items():
    decay = settings.get("weight_decay", 0.0)
    ours = walk(partial(slope, Z=scaled), np.zeros(2), move, 0.1, 200, decay)
    gap = np.abs(ours - torch_path(kind, settings, 0.1, 200)).max()
    print(f"{name:8} every step equal to 12 decimals: {gap < 1e-12}")

# %% [markdown]
# *Good place to stop.* Momentum fades old gradients: on the walls they cancel, on the floor they add up.
# The adaptive three divide each weight's gradient by its own size.

# %% [markdown]
# ## 5 · The trench, straight and turned
#
# Years and ratio, not scaled: the trench of chapter 06. Its twin, turned by 45 degrees, has the columns
# $(\text{age} + \text{ratio})/\sqrt2$ and $(\text{ratio} - \text{age})/\sqrt2$. Newton's method (chapter
# 06) finds the bottom of both.


# %%
def turned_by(degrees):
    """The two raw columns, as somebody sees them who tilts the head."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    age, ratio = raw.T
    return np.column_stack([c * age + s * ratio, c * ratio - s * age])


turned = turned_by(45)


# %% fold="bottom: the lowest point by Newton's method, as in chapter 06"
def bottom(Z):
    """The lowest point by Newton's method, and the Hessian there."""
    w = np.zeros(2)
    for _ in range(20):
        y_hat = expit(Z @ w + b_fixed)
        H = (Z.T * (y_hat * (1 - y_hat))) @ Z / n
        w = w - np.linalg.solve(H, slope(w, Z))
    return w, H


# %%
for name, Z in [("straight", raw), ("turned", turned)]:
    goal, H = bottom(Z)
    flat, steep = np.linalg.eigvalsh(H)
    distance = np.linalg.norm(goal)
    print(f"{name}: distance {distance:.3f}, lowest loss {loss(goal, Z):.6f}")
    print(f"          curvatures {steep:.2f} to {flat:.5f}")
lowest = loss(goal, turned)

# %% [markdown]
# Now count steps until the loss is within
# $10^{-5}$ of the lowest: Adam at five rates. A processor's last digits move a count of
# thousands, so there we ask only for bounds.


# %%
def steps_until_low(Z, move, rate, most=2000):
    """Steps until the loss is within 1e-5 of the lowest; None if not in `most`."""
    w, memory = np.zeros(2), {}
    for step in range(most):
        if loss(w, Z) - lowest < 1e-5:
            return step
        w = w - rate * move(slope(w, Z), memory)


# %% tags=["rtol=0.1"]
rows = []
for rate in (0.03, 0.1, 0.3, 1.0, 3.0):
    row = {"Adam, rate": rate, "straight": steps_until_low(raw, adam, rate)}
    needed = steps_until_low(turned, adam, rate, 8000)
    row["turned: over 2,000"], row["under 8,000"] = needed > 2000, needed < 8000
    rows.append(row)
pd.DataFrame(rows).set_index("Adam, rate").T

# %% [markdown]
# And momentum, with the usual $\beta$ and a longer memory; its limit is $2(1 + \beta)/\lambda$:

# %%
for beta, share in [(0.9, 0.5), (0.99, 0.3)]:
    move, rate = partial(momentum, beta=beta), share * (2 + 2 * beta) / steep
    counts = [steps_until_low(Z, move, rate, 8000) for Z in (raw, turned)]
    print(f"beta {beta}, {share} of the limit: raw {counts[0]}, turned {counts[1]}")
long_memory, long_rate = move, rate  # the second of them

# %% [markdown]
# **Adam: 44 steps at the best of five rates. In the turned trench it arrives, but after several thousand, at
# any of them.** Momentum does not notice: the same number in both. It is fast only with 0.99, which we chose
# for this trench.
#
# Did we choose for Adam as well? Six other settings, each at three rates: a rate that falls to zero along a
# cosine (section 9), and five other pairs of $\beta$ for its two averages. The loss is looked at every ten
# steps.


# %% fold="Try six other settings of Adam in the turned trench"
def nearest(rate, beta=0.9, beta2=0.999, cosine=False, most=2000):
    """The smallest loss above the lowest that Adam comes to in the turned trench."""
    w, memory, found = np.zeros(2), {}, []
    for step in range(most):
        now = rate * (1 + np.cos(np.pi * step / most)) / 2 if cosine else rate
        w = w - now * adam(slope(w, turned), memory, beta, beta2)
        if step % 10 == 9:
            found.append(loss(w, turned) - lowest)
    return min(found)


others = {"cosine": [nearest(rate, cosine=True) for rate in (0.1, 0.3, 1.0)]}
for beta, beta2 in [(0.9, 0.99), (0.9, 0.9), (0.5, 0.999), (0.99, 0.999), (0.99, 0.9999)]:
    others[f"beta {beta}, {beta2}"] = [nearest(rate, beta, beta2) for rate in (0.1, 0.3, 1.0)]
arrives = pd.DataFrame(others, index=["rate 0.1", "rate 0.3", "rate 1"]) < 1e-5
print(f"nearest of all: {np.min(list(others.values())):.6f}")
arrives.T

# %% [markdown]
# None arrives within 2,000. That says what Adam is: it divides *column by column*.
#
# A straight trench lies along a column (large numbers for age, small for the ratio), and dividing makes it a
# bowl. In the turned one both weights feel the steep wall equally, so both are divided by the same number,
# and nothing is gained. Plain descent and momentum only add up arrows; turn all arrows, and the path turns
# with them.

# %% fold="Draw the way of three optimisers in both trenches"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.9))
for ax, Z, name in [(axes[0], raw, "Straight"), (axes[1], turned, "Turned by 45 degrees")]:
    goal, H = bottom(Z)
    along = np.linalg.eigh(H)[1][:, 0]
    along = along * np.sign(along @ goal)
    for move, rate, colour, label in [
        (adam, 0.3, "C1", "Adam"),
        (long_memory, long_rate, "C0", "momentum"),
        (plain, 1.8 / steep, "C6", "plain"),
    ]:
        path = walk(partial(slope, Z=Z), np.zeros(2), move, rate, 600)
        share = path @ along / (goal @ along)
        aside = {"Adam": 0.05, "momentum": -0.03, "plain": -0.05}[label]
        ax.plot(share, color=colour)
        ax.text(615, share[-1] + aside, label, color=colour, weight="bold", va="center")
    ax.axhline(1, color="black", lw=0.8)
    ax.set(title=name, xlabel="step", xlim=(0, 870), ylim=(-0.1, 1.25), xticks=[0, 200, 400, 600])
axes[0].set_ylabel("share of the way along the floor")
ck.show(
    fig,
    "Share of the way along the floor against step. Straight trench: Adam is at the goal at once, momentum "
    "gets there in 600 steps, plain descent hardly moves. Turned: Adam stays far from the goal, momentum is "
    "the same.",
)

# %% [markdown]
# **Predict first:** how far may the trench be turned before Adam falls behind momentum?

# %% tags=["rtol=0.2"]
angles, best = [0, 0.5, 1, 2, 5, 10], []
for angle in angles:
    counts = [steps_until_low(turned_by(angle), adam, rate) for rate in (0.1, 0.3, 1.0)]
    best.append(min(count for count in counts if count is not None))
pd.DataFrame({"angle": angles, "Adam, best of 3 rates": best}).set_index("angle").T

# %% fold="Draw steps against the angle"
fig, ax = plt.subplots(figsize=(7.2, 3.4))
ax.plot(angles, best, "o-", color="C1")
ax.axhline(steps_until_low(raw, long_memory, long_rate), color="C0")
ax.text(5.7, 580, "momentum 0.99, at any angle", color="C0", weight="bold", va="bottom")
ax.text(6.4, 1060, "Adam, best of three rates", color="C1", weight="bold", ha="right")
ax.set(xlabel="angle of the trench to the columns (degrees)", ylabel="steps to arrive", ylim=(0, 1400))
ax.set_title("A few degrees are enough")
ck.show(
    fig,
    "Steps to arrive against the angle of the trench. Adam rises steeply from 44 at angle 0, crosses the "
    "level line of momentum 0.99 below five degrees and needs more than twice as many at ten degrees.",
)

# %% [markdown]
# One degree costs Adam five times the steps, and before five degrees momentum with 0.99 overtakes.
#
# ### Where do turned trenches come from?
#
# Units make straight trenches, and scaling removes them. *Columns that say nearly the same* make turned
# ones: with both scaled, one weight can grow and the other shrink at little cost, along 45 degrees. For the
# squared loss their curvatures are $1 + r$ and $1 - r$, where $r$ is the correlation.

# %%
readings = visitors[["systolic_1", "systolic_2"]]
r = readings.corr().iloc[0, 1]  # rows with a gap are left out
condition = (1 + r) / (1 - r)
print(f"two pressure readings: correlation {r:.2f}, condition number {condition:.0f}")

# %% [markdown]
# Dividing column by column does not lower this number, be it by scaling or by Adam. Two new columns do: the
# sum and the difference of the readings, scaled.
#
# **Try it:** count age in centuries: in `turned_by` write `(raw / [100, 1]).T`, run that cell and
# `steps_until_low(turned_by(45), adam, 0.3)`. (Then change it back.)
# <details><summary>Answer</summary>It arrives in some dozens of steps. In centuries age and ratio spread
# alike, the trench is a bowl, and a bowl has no direction.</details>

# %% [markdown]
# ## 6 · A bowl and a saddle
#
# Two maps made by a formula: an elongated bowl, $(x^2 + 20 y^2)/2$, and a **saddle**, a place
# where the ground is level, but a bottom in one direction and a top in another: $(x^2 - y^2)/2 + y^4/16$.


# %%
def bowl(p):
    """The slope of the bowl."""
    return np.array([p[0], 20 * p[1]])


def saddle(p):
    """The slope of the saddle: level at (0, 0), bottoms at y = -2 and y = 2."""
    return np.array([p[0], -p[1] + p[1] ** 3 / 4])


# %% fold="Walk on both maps, each at a rate of its own"
runs = {"plain": (plain, 0.08), "momentum": (momentum, 0.02), "AdaGrad": (adagrad, 0.4)}
runs.update({"RMSProp": (rmsprop, 0.02), "Adam": (adam, 0.1)})
paths = {}
for name, (move, rate) in runs.items():
    paths["bowl", name] = walk(bowl, (-2.0, 0.9), move, rate, 80)
    paths["saddle", name] = walk(saddle, (-2.0, 0.001), move, rate, 80)

# %% fold="draw_paths: both maps, and the paths up to a step"
ways = {"plain": "C6", "momentum": "C0", "AdaGrad": "C5", "RMSProp": "C3", "Adam": "C1"}
xs, ys = np.meshgrid(np.linspace(-2.4, 2.4, 81), np.linspace(-1.2, 2.4, 61))
heights = {"bowl": (xs**2 + 20 * ys**2) / 2, "saddle": (xs**2 - ys**2) / 2 + ys**4 / 16}


def draw_paths(axes, steps):
    """Both maps, and the paths up to this step."""
    for ax, land in zip(axes, heights, strict=True):
        levels = [0.1, 0.5, 2, 5, 10, 20] if land == "bowl" else 9
        ax.contour(xs, ys, heights[land], levels, colors="#BBBBBB", linewidths=0.7)
        ax.plot(0, 0, "+", color="black", ms=9)
        for name, colour in ways.items():
            path = paths[land, name][: steps + 1]
            ax.plot(*path.T, color=colour, lw=4 if name == "AdaGrad" else 1.6)
            ax.plot(*path[-1], "o", color=colour, ms=6)
        ax.set(title=f"{land}, step {steps}", xlim=(-2.4, 2.4), ylim=(-1.2, 2.4), xticks=[], yticks=[])
        ax.grid(visible=False)


# %% fold="Draw the paths on bowl and saddle"
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.9))
draw_paths(axes, 60)
on_bowl = {"plain": (-2.33, -0.68), "momentum": (0.5, -0.75), "Adam": (-0.75, -0.48)}
on_bowl.update({"AdaGrad": (-1.25, 1.0), "RMSProp": (-1.25, 0.75)})
on_saddle = {"plain": (-0.25, -0.35), "momentum": (0.5, 0.2), "Adam": (-0.6, 1.0)}
on_saddle.update({"AdaGrad": (-2.1, 1.75), "RMSProp": (-2.1, 1.5)})
for ax, places in zip(axes, (on_bowl, on_saddle), strict=True):
    for name, place in places.items():
        ax.text(*place, name, color=ways[name], weight="bold")
ck.show(
    fig,
    "Paths of five optimisers after 60 steps. Bowl: plain descent zigzags, momentum swings, Adam overshoots, "
    "AdaGrad and RMSProp bend and arrive. Saddle: plain descent and momentum are near the saddle, the "
    "others at the bottom.",
)

# %% [markdown]
# The same as a film, in the same colours. On the saddle all start one thousandth beside the ridge.

# %% fold="Draw the frames of the film"
from PIL import Image

shades = plt.rcParams["axes.prop_cycle"].by_key()["color"]
shades = shades + ["#FFFFFF", "#000000", "#999999", "#BBBBBB", "#DDDDDD"]
palette = Image.new("P", (1, 1))
palette.putpalette([int(shade.strip("#")[at : at + 2], 16) for shade in shades for at in (0, 2, 4)])
frames = []
for steps in range(0, 80, 5):
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 2.9), dpi=70)
    draw_paths(axes, steps)
    fig.canvas.draw()
    picture = Image.fromarray(np.asarray(fig.canvas.buffer_rgba())[:, :, :3])
    frames.append(picture.quantize(palette=palette, dither=0))
    plt.close(fig)

# %% fold="Show the film"
import base64
import io

from IPython.display import publish_display_data

film = io.BytesIO()
more = {"append_images": frames[1:], "duration": 250, "loop": 0}
frames[0].save(film, "PNG", save_all=True, **more)
told_as = (
    "Film of both maps: on the bowl five points run to the middle; the saddle holds plain descent longest."
)
publish_display_data(
    {"image/png": base64.b64encode(film.getvalue()).decode(), "text/plain": told_as},
    {"image/png": {"alt": told_as}},
)

# %% [markdown]
# How long is somebody stuck? Start beside the ridge by less and less, and count the steps (of one tenth)
# until $y$ has grown to 1.

# %%
rows = []
for move in six:
    row = {}
    for beside in (1e-2, 1e-4, 1e-8, 0):
        y_way = np.abs(walk(saddle, (1.0, beside), move, 0.1, 500)[:, 1])
        row[f"{beside:g}"] = str(np.argmax(y_way > 1)) if y_way.max() > 1 else "never"
    rows.append(row)
pd.DataFrame(rows, index=names_of_six)

# %% [markdown]
# Exactly on the ridge nobody leaves. Beside it, plain descent multiplies its distance by up to 1.1 at each
# step: a ten-thousandth part of the distance costs about 97 more steps, not ten thousand times as many. **A
# saddle delays; it does not trap.** The adaptive three hardly care how close it was: they divide a tiny
# slope by its own tiny size. (RMSProp's first move is ten times as long, so it is out at once.)
#
# Are saddles real? A small network on the two columns, two hidden units with `tanh`, no intercepts: six
# weights, all zero. `torch.func.hessian` returns a function that computes the Hessian of another.

# %% fold="network_loss: cross-entropy of a network with two tanh units"
scaled_torch, ill_torch = torch.tensor(scaled), torch.tensor(y)


def network_loss(six_weights):
    """Cross-entropy of a network with two tanh units."""
    hidden = torch.tanh(scaled_torch @ six_weights[:4].reshape(2, 2))
    z = hidden @ six_weights[4:] + b_fixed
    return nn.functional.binary_cross_entropy_with_logits(z, ill_torch)


# %%
zero = torch.zeros(6, dtype=torch.float64)
steepest = torch.func.grad(network_loss)(zero).abs().max().item()
H_zero = torch.func.hessian(network_loss)(zero).numpy()
print("steepest slope at zero:", steepest)
print("curvatures:", np.linalg.eigvalsh(H_zero).round(4) + 0)

# %% [markdown]
# Level ground; two directions bend up, two down. *Zero is a saddle*, on real data; random starting
# weights put the network beside it.

# %% [markdown]
# ## 7 · A fair race
#
# > **Myth.** "Adam is always best."
#
# Three tasks, all in batches of 64:
#
# - *digits*: 1,797 images, a network with 32 hidden units, 10 epochs;
# - *mails*: 1,000 mails, does a word occur or not, logistic regression for spam, 5 epochs;
# - *raw*: six numbers of the visitors, logistic regression, 10 epochs; years, mmHg and kg/m² as they are,
#   only with their means taken off.
#
# Everybody gets the same rates, from 0.001 to 10 in steps of half a power of ten (raw: a quarter), and the
# same starting weights. In each of five folds three parts train, one chooses the rate, one judges. Plain
# descent and Adam race in three cuts into folds, the others in one.

# %% fold="Make the three tasks"
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import CountVectorizer

images, digit = load_digits(return_X_y=True)
mails = ck.load("mails")
mails = mails[mails["body"].str.strip() != ""].drop_duplicates("body").sample(1000, random_state=0)
words = CountVectorizer(min_df=0.05, binary=True).fit_transform(mails["body"]).toarray()
is_spam = mails["is_spam"].to_numpy(int)
nurse = visitors[["age", "bmi", "pulse", "ever_smoked", "waist_to_height"]].astype(float)
nurse["systolic"] = visitors[["systolic_1", "systolic_2", "systolic_3"]].mean(axis=1)
nurse = nurse.fillna(nurse.median()).to_numpy()
tasks = {
    "digits": (images, digit, [64, 32, 10], 10, True),
    "mails": (words.astype(float), is_spam, [words.shape[1], 1], 5, False),
    "raw": (nurse, y.astype(int), [6, 1], 10, False),
}
print(f"{words.shape[1]} words stand in one mail of twenty or more")

# %% [markdown]
# Our `move` functions work on arrays of any shape, so all models of a race (five folds, all rates) train at
# once. Each is trained on its own rows at its own rate; only the choice of words and the filled gaps looked
# at all rows.

# %% fold="parts_of: training, validation and test part of each fold"
from sklearn.model_selection import KFold


def parts_of(X, Y, scale, cut):
    """Training, validation and test parts: (five folds, rows, columns) each."""
    fifths = [fifth for _, fifth in KFold(5, shuffle=True, random_state=cut).split(X)]
    shortest = min(len(fifth) for fifth in fifths)
    fifths = [fifth[:shortest] for fifth in fifths]
    found = []
    for i in range(5):
        train = np.concatenate([fifths[(i + j) % 5] for j in (2, 3, 4)])
        spread = X[train].std(axis=0) if scale else np.ones(X.shape[1])
        Z = (X - X[train].mean(axis=0)) / np.where(spread == 0, 1, spread)
        found.append([(Z[rows], Y[rows]) for rows in (train, fifths[(i + 1) % 5], fifths[i])])
    return [[np.stack([fold[part][k] for fold in found]) for k in (0, 1)] for part in range(3)]


# %% fold="losses_of: the loss of all models at once"
def losses_of(weights, X, Y):
    """Mean cross-entropy of each model on its own rows."""
    for layer in range(0, len(weights), 2):
        X = torch.baddbmm(weights[layer + 1], torch.relu(X) if layer else X, weights[layer])
    if X.shape[2] == 1:
        each = nn.functional.binary_cross_entropy_with_logits(X[:, :, 0], Y.float(), reduction="none")
    else:
        each = nn.functional.cross_entropy(X.permute(0, 2, 1), Y, reduction="none")
    return each.mean(dim=1)


# %% fold="start_of: random weights for a network, zeros for one layer"
def start_of(layers, copies):
    """Weights and intercepts of each layer, the same for every rate."""
    rng, weights = np.random.default_rng(0), []
    for inputs, outputs in zip(layers, layers[1:], strict=False):
        first = rng.uniform(-1, 1, (5, inputs, outputs)) / inputs**0.5 * (len(layers) > 2)
        weights.append(torch.tensor(first, dtype=torch.float32).repeat_interleave(copies, 0))
        weights.append(torch.zeros(5 * copies, 1, outputs))
    return weights


# %% fold="train_all: validation and test loss of every fold and rate"
def train_all(task, move, rates, cut=0, warm=0):
    """Two tables, five folds × rates: the loss of validation and test parts after training."""
    X, Y, layers, epochs, scale = tasks[task]
    copies = len(rates)
    parts = []
    for inputs, targets in parts_of(X, Y, scale, cut):
        inputs, targets = torch.tensor(inputs, dtype=torch.float32), torch.tensor(targets)
        parts.append([inputs.repeat_interleave(copies, 0), targets.repeat_interleave(copies, 0)])
    weights, rng = start_of(layers, copies), np.random.default_rng(0)
    eta = torch.tensor(list(rates) * 5, dtype=torch.float32).reshape(-1, 1, 1)
    memories, step = [{} for _ in weights], 0
    for _ in range(epochs):
        for batch in torch.tensor(rng.permutation(parts[0][0].shape[1])).split(64):
            step = step + 1
            weights = [w.detach().requires_grad_() for w in weights]
            total = losses_of(weights, parts[0][0][:, batch], parts[0][1][:, batch]).sum()
            slopes, now = torch.autograd.grad(total, weights), eta * min(1, step / max(warm, 1))
            weights = [
                w.detach() - now * move(g, m) for w, g, m in zip(weights, slopes, memories, strict=True)
            ]
    ends = [losses_of(weights, *part).detach().numpy().reshape(5, -1) for part in parts[1:]]
    return [np.nan_to_num(end, nan=1e9, posinf=1e9) for end in ends]


# %%
half = 10.0 ** np.arange(-3, 1.5, 0.5)
quarter = 10.0 ** np.arange(-3, 1.1, 0.25)
grids = {"digits": half, "mails": half, "raw": quarter}
racers = [plain, momentum, adagrad, rmsprop, adam]
losses_in = {}


def race(task):
    """Validation and test loss of every optimiser at every rate on one task."""
    for move in racers:
        for cut in range(3 if move in (plain, adam) else 1):
            found = train_all(task, move, grids[task], cut)
            losses_in[task, move.__name__, cut] = found


# %%
def judged(task, name, cut=0, every=1):
    """Test loss of each fold, at the rate that its validation part chose."""
    chooses, judges = losses_in[task, name, cut]
    chosen = chooses[:, ::every].argmin(axis=1)  # every=2: each second rate only
    return judges[:, ::every][np.arange(5), chosen]


# %%
race("digits")

# %%
race("mails")
race("raw")

# %% [markdown]
# First *one rate for all*.

# %% fold="Draw validation loss against rate"
titles = {"digits": "Digits", "mails": "Mails", "raw": "Raw table"}
fig, axes = plt.subplots(1, 3, figsize=(10, 3.5))
colours = {"plain": "C6", "momentum": "C0", "adagrad": "C5", "rmsprop": "C3", "adam": "C1"}
for ax, task, top in zip(axes, tasks, (2.4, 0.8, 0.7), strict=True):
    for name, colour in colours.items():
        mean_loss = losses_in[task, name, 0][0].mean(axis=0)
        ax.plot(grids[task], np.minimum(mean_loss, 3 * top), color=colour, label=name)
    ax.set(xscale="log", ylim=(0, top), xlabel="learning rate", title=titles[task])
axes[0].set_ylabel("validation cross-entropy")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
ck.show(
    fig,
    "Validation loss against learning rate for five optimisers. Digits: five valleys of nearly equal depth, "
    "shifted against each other. Mails: the valleys of plain descent and momentum are deeper. Raw table: "
    "the valley of plain descent is narrow.",
)

# %% [markdown]
# On the digits, at 0.01 Adam is far ahead of plain descent; at 0.3 plain descent is fine and Adam useless.
# **Choose the rate, and you choose the winner.** Now the fair table: test loss in
# the first cut, each with the rate that its validation part chose.

# %% tags=["rtol=0.2"]
rows = []
for task in tasks:
    rows.append([judged(task, name).mean() for name in colours])
pd.DataFrame(rows, index=list(tasks), columns=list(colours)).round(2)

# %% [markdown]
# Adam minus plain descent, in pairs on the same folds: the mean of each of three cuts, and the interval
# of chapter 03 over all 15 folds. (The overlap is 1/3: one fifth judges, three train.) Below zero: Adam is
# better.

# %% fold="interval, as in chapter 03"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% tags=["rtol=0.5"]
for task, every in [("digits", 1), ("mails", 1), ("raw", 1), ("raw", 2)]:
    gained = []
    for cut in range(3):
        of_plain = judged(task, "plain", cut, every)
        gained.append(judged(task, "adam", cut, every) - of_plain)
    mean, low, high = interval(np.concatenate(gained), 1 / 3)
    cuts = np.mean(gained, axis=1).round(2)
    print(f"{task:6} every {every}: cuts {cuts}, interval [{low:+.2f}, {high:+.2f}]")

# %% [markdown]
# **Adam is not always best.** On the digits nobody is ahead. On the mails plain descent is, in each cut:
# new mails judge more than the speed of the way down. On raw units Adam is a little ahead in each cut, and
# the interval includes 0. With every second rate it does not: the good rate of plain descent lies between
# two of them. **A coarse grid can make a winner, too.**
#
# *One rate for all tasks*, 0.01: Adam and RMSProp learn something on each, if not their best. For plain
# descent the good rates of the raw table lie far below those of the digits.

# %% [markdown]
# ## 8 · Decay: Adam with L2 is not AdamW
#
# A penalty $\frac{\alpha}{2}\sum_j w_j^2$ adds $\alpha w$ to the gradient (chapter 06). For plain descent it
# is the same whether that is added to the gradient or subtracted from the weight in the same step. Adam
# divides gradients. Added to the gradient, the decay is divided too; **AdamW** subtracts it afterwards,
# undivided. Six scaled numbers, all visitors in each step, decay 0.01; 3,000 steps, and 3,000 more at a
# tenth of the rate. The judge is ridge by Newton's method.

# %% fold="newton_with: the exact ridge solution, by Newton's method"
six_scaled = (nurse - nurse.mean(axis=0)) / nurse.std(axis=0)


def newton_with(penalty):
    """The exact lowest point of the penalised loss."""
    w = np.zeros(6)
    for _ in range(20):
        y_hat = expit(six_scaled @ w + b_fixed)
        H = (six_scaled.T * (y_hat * (1 - y_hat))) @ six_scaled / n
        H = H + penalty * np.eye(6)  # the penalty on the diagonal
        w = w - np.linalg.solve(H, slope(w, six_scaled) + penalty * w)
    return w


# %%
def ends_at(penalty, decay):
    """Where Adam arrives: with a penalty in the gradient, or a decay outside."""

    def slope_at(w):
        return slope(w, six_scaled) + penalty * w

    half_way = walk(slope_at, np.zeros(6), adam, 0.01, 3000, decay)[-1]
    return walk(slope_at, half_way, adam, 0.001, 3000, decay)[-1]


# %% tags=["rtol=0.01"]
ends = {"no decay": ends_at(0, 0), "Adam, L2 0.01": ends_at(0.01, 0)}
ends["AdamW, decay 0.01"] = ends_at(0, 0.01)
ends["Newton, L2 0.01"] = newton_with(0.01)
names = ["age", "bmi", "pulse", "smoked", "waist", "systolic"]
pd.DataFrame(ends, index=names).T.round(2)

# %% [markdown]
# Adam with L2 finds the ridge solution. AdamW with the same number ends where no decay ends, or nearly: its
# pull is $0.01\,w$. To stand against it, the divided move needs only that size, and a gradient of next to
# nothing is divided up to it. A decay tuned for one of the two *means nothing for the other*.

# %% [markdown]
# ## 9 · Schedules, warm-up, clipping
#
# A **schedule** changes the rate over time. Chapter 06's batches danced round the goal; a rate that shrinks
# calms them. **Cosine** falls from the full rate to zero along half a wave. Both start at 5, and three
# constant rates race against them. Batches of 64, 20 epochs, five orders of people.


# %%
def rate_at(name, step, last=1300):
    """The rate of a schedule at a step."""
    if name == "three steps":
        return 5.0 * 0.1 ** (3 * step // last)  # 5, then 0.5, then 0.05
    if name == "cosine":
        return 2.5 * (1 + np.cos(np.pi * step / last))
    return float(name)  # a constant rate


# %% fold="batches: 20 epochs of chapter 06's loop, with a schedule"
def batches(name, seed):
    """Loss above the lowest after each of 20 epochs of batches with a schedule."""
    rng, w, step, above = np.random.default_rng(seed), np.zeros(2), 0, []
    for _ in range(20):
        order = rng.permutation(n)
        for first in range(0, n, 64):
            who = order[first : first + 64]
            errors = expit(scaled[who] @ w + b_fixed) - y[who]
            w = w - rate_at(name, step) * scaled[who].T @ errors / len(who)
            step = step + 1
        above.append(loss(w, scaled) - lowest)
    return above


# %%
curves, rows = {}, {}
for name in ("5", "1", "0.1", "three steps", "cosine"):
    curves[name] = np.array([batches(name, seed) for seed in range(5)])
    rows[name] = 1e6 * curves[name][:, -1]
pd.DataFrame(rows).agg(["min", "mean", "max"]).T.round(1)

# %% fold="Draw the schedules"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
places = {"5": ("C1", 800, 4.7), "0.1": ("C2", 950, 0.2)}
places.update({"three steps": ("C3", 450, 0.65), "cosine": ("C0", 620, 3.0)})
for name, (colour, left, height) in places.items():
    axes[0].plot([rate_at(name, step) for step in range(1300)], color=colour)
    axes[1].plot(range(1, 21), curves[name].mean(axis=0), color=colour)
    axes[0].text(left, height, name, color=colour, weight="bold")
    axes[1].text(20.3, curves[name][:, -1].mean(), name, color=colour, weight="bold", va="center")
axes[0].set(title="The rate", xlabel="step", ylabel="learning rate")
axes[1].set(title="Falling, or small from the start", xlabel="epoch", ylabel="loss above the lowest")
axes[1].set(yscale="log", xlim=(0, 27), xticks=[1, 5, 10, 15, 20])
ck.show(
    fig,
    "Left: two constant rates and two falling ones. Right: mean loss above the lowest by epoch, log scale: "
    "the constant rate of 5 stays high; the falling ones, and a constant rate of 0.1, end far lower.",
)

# %% [markdown]
# In millionths at the end. Against a constant 5 both falling rates look like a triumph. A constant 0.1
# arrives as well: that was *a race with one rate again*. A schedule forgives a first rate that is too
# large; a constant one has to be searched.
#
# scikit-learn's `SGDClassifier(loss="log_loss")` is logistic regression by single rows. Four seeds, weights
# mapped back to a year and to a hundredth of the ratio:

# %%
from sklearn.linear_model import SGDClassifier

falling = {"learning_rate": "adaptive", "eta0": 0.1, "penalty": None, "tol": 1e-6}
in_units = raw.std(axis=0) * [1, 100]  # a year, a hundredth
for seed in range(4):
    print("seed", seed, end="")
    for name, settings in [("as it comes", {}), ("adaptive", falling)]:
        model = SGDClassifier(loss="log_loss", random_state=seed, **settings)
        print(f", {name}", (model.fit(scaled, y).coef_[0] / in_units).round(2), end="")
    print()

# %% [markdown]
# As it comes, a different model for each seed; with a rate that falls, one.
#
# **Warm-up** lets the rate grow over the first steps. On the digits, 10 epochs (170 steps), with a
# warm-up of 0, 20 and 150 steps; the mean validation loss of two cuts.

# %% tags=["rtol=0.5"]
for move, rate in [(momentum, 0.1), (momentum, 0.3), (adam, 0.01), (adam, 0.03)]:
    means = []
    for warm in (0, 20, 150):
        ends_of = [train_all("digits", move, [rate], cut, warm)[0] for cut in (0, 1)]
        means.append(np.mean(ends_of).round(2))
    print(f"{move.__name__} at {rate}: warm-up of 0, 20, 150 steps", *means)

# %% [markdown]
# At rates that were too large, 150 steps rescue momentum and help Adam; but that is nearly the whole
# training, so it is also a smaller rate. Twenty steps do not rescue momentum. At good rates warm-up brings
# little here.
#
# **Clipping** is for accidents: a gradient longer than some length is shortened to it. (In PyTorch:
# `torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)` before `step`.)


# %%
def clipped(g, longest):
    """The gradient, shortened to this length if it is longer."""
    return g * min(1, longest / np.linalg.norm(g))


print(clipped(np.array([3.0, 4.0]), 1.0))

# %% [markdown]
# Now one height is typed in metres, so that its ratio is a hundred times too large. One epoch in batches of
# 64 at a rate of 1, five times with another person's height wrong; then the loss with the table put right.


# %% fold="one_epoch: an epoch with one height wrong"
def one_epoch(longest, seed, wrong=True):
    """Loss of everybody, heights right, after an epoch with one height wrong (or none)."""
    w, spoiled = np.zeros(2), scaled.copy()
    who = np.random.default_rng(seed).integers(n)
    if wrong:
        spoiled[who, 1] = (100 * filled[who, 1] - filled[:, 1].mean()) / raw[:, 1].std()
    for first in range(0, n, 64):
        part, ill_part = spoiled[first : first + 64], y[first : first + 64]
        g = part.T @ (expit(part @ w + b_fixed) - ill_part) / len(part)
        w = w - 1.0 * clipped(g, longest)
    return loss(w, scaled)


# %%
accidents = {}
for longest in (np.inf, 1.0, 0.1):
    accidents[f"longest {longest}"] = [one_epoch(longest, seed) for seed in range(5)]
print(f"no height wrong: {one_epoch(np.inf, 0, False):.3f}")
pd.DataFrame(accidents).rename_axis("seed").T.round(3)

# %% [markdown]
# One wrong number among 4,142 people throws plain descent out of the valley, and an epoch does not bring it
# back. Clipped to 1 it does far less harm, though a step of length 1 is still large here: some epochs end
# above the start (section 2). Clipped to 0.1, the accident hardly shows.

# %% [markdown]
# ## In the field
#
# For a table with scaled columns nobody chooses an optimiser: the library's solver uses curvature and
# arrives.
#
# For networks practitioners begin with AdamW at a rate between 0.0001 and 0.01, a short warm-up and a
# cosine, or with momentum where a recipe exists. They search *the rate* first, in factors of three. They
# log the length of the gradient: a jump is the first sign of a bad batch. A rate copied from another batch
# size or optimiser is a mistake that raises no error.

# %% [markdown]
# ## Summary
#
# - A batch's noise falls with the root of its size. Larger batches need a larger rate; beyond some size an
#   epoch brings less.
# - Momentum adds faded gradients: they cancel on the walls and add up on the floor. Its limit is
#   $2(1 + \beta)/\lambda$.
# - AdaGrad, RMSProp and Adam divide each weight's gradient by its own size: units vanish.
# - The answer to the puzzle: turned by 45 degrees, Adam needs several thousand steps in place of 44. It works
#   column by column; momentum does not notice.
# - Exactly on a saddle nobody moves; beside it, everybody leaves, sooner or later.
# - With one rate for all, a race compares rates. Each at its own, after a few epochs, Adam and plain descent
#   were level on digits, not clearly apart on raw columns, and Adam behind on mails.
# - AdamW's decay is no ridge penalty. Falling rates calm batches from a rate too large; a small constant one,
#   searched, did as well. Clipping limits accidents.

# %% [markdown]
# ## Check yourself
#
# 1. You double every gradient by doubling the loss. Which optimisers walk the same path as before?
#    <details><summary>Answer</summary>AdaGrad, RMSProp and Adam (but for the tiny number under the
#    fraction). Plain descent and momentum double their steps.</details>
# 2. Momentum with nine tenths kept works at a rate of 1. You set it to 99 hundredths. What happens to the
#    rate? <details><summary>Answer</summary>A steady gradient now counts 100 times, not 10. Divide the
#    rate by about ten to keep the step on the floor.</details>
# 3. A paper reports that its optimiser beats SGD, both at 0.001. What do you ask?
#    <details><summary>Answer</summary>Which rates were tried for SGD. A fair race searches each one's rate
#    with the same effort.</details>
# 4. A training stands still and all gradients are tiny. Bottom or saddle?
#    <details><summary>Answer</summary>Look at the curvatures, or disturb the weights a little and go on: from
#    a saddle the loss falls further.</details>

# %% [markdown]
# ## Next
#
# Exercises: an optimiser, a limit, a race of your own.
# [Chapter 18](18_ensembles.ipynb) puts many models together. To read:
#
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapter 8.
# - Kingma and Ba, *Adam: a method for stochastic optimization* (2015).
# - Loshchilov and Hutter, *Decoupled weight decay regularization* (2019).
# - Goh, *Why momentum really works* (2017).
