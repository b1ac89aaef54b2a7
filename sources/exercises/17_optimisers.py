# %% [markdown]
# # 17 · Exercises: Gradient descent and optimisers
#
# Five questions: an eighth optimiser, the speed limit of momentum in a trench of houses, weights back in
# their units, a training loop with four faults, and a fair race of your own. Write your answer where a cell
# asks for it, run the cell, then the check below it. A check never stops the notebook and you may try as
# often as you like.

# %%
import numpy as np

import coursekit as ck

check = ck.checks(17)

# %% [markdown]
# ## Question 1 · The lion's step
#
# **Lion** (Chen and others, 2023) was found by a search among thousands of programs. It keeps one memory $m$,
# which is 0 at the start, and looks only at signs. At each step, with the gradient $g$:
#
# $$c = 0.9\, m + 0.1\, g, \qquad \text{move} = \text{sign}(c), \qquad
# \text{and then}\quad m \leftarrow 0.99\, m + 0.01\, g.$$
#
# Write `lion(g, memory)` in the form of the lesson: it returns the move and keeps what it needs in the
# dictionary `memory`, which is empty at the first step. `g` is an array or a number, and stays as it is. For
# the gradients 4, −0.2, −0.2 and −0.5, one after the other, the moves are 1, 1, 1 and −1.
#
# <details><summary>Hint</summary><code>np.sign</code> gives signs. Which of the two lines with $m$ comes
# first? <code>memory.get("m", 0)</code> is the entry, or 0 if there is none yet.</details>


# %% answer="q1"
def lion(g, memory):
    """The sign of a mix of the memory and the gradient."""
    ### BEGIN SOLUTION
    m = memory.get("m", 0)
    mixed = 0.9 * m + 0.1 * g
    memory["m"] = 0.99 * m + 0.01 * g
    return np.sign(mixed)
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(lion)

# %% tags=["solution"]
memory = {}
print([float(lion(g, memory)) for g in (4.0, -0.2, -0.2, -0.5)])

# %% [markdown] tags=["solution"]
# The old $m$ is read once, before it is changed: updated first, the memory would weigh the new gradient
# differently, and the fourth move would come out as 1. The sign of $g$ alone is no better: it forgets, and
# the second move would be −1.
#
# Lion sees no units, as Adam does not, and needs half of Adam's memory. But every weight moves by the full
# rate at every step, however small its gradient is: it needs a falling rate to come to rest.
#
# Instead of `get`, `if not memory: memory["m"] = np.zeros_like(g, dtype=float)` makes the first entry. A
# variable outside the function would be shared by all runs and all weights.

# %% [markdown]
# ## Question 2 · The speed limit
#
# Seven measures of 2,923 houses, scaled, and the price as target: half the mean squared error of a straight
# line is a trench with the Hessian `H`. `steps_needed(rate, beta)` counts the steps of momentum until the
# loss is within $10^{-8}$ of the lowest (`None`: not within 2,000).

# %%
measures = ["living_area", "rooms", "bedrooms", "garage_cars", "garage_area"]
measures = [*measures, "first_floor_area", "basement_area"]
houses = ck.load("houses")
houses = houses.loc[houses["living_area"] <= 4000, [*measures, "price"]].dropna().astype(float)
scaled = ((houses - houses.mean()) / houses.std(ddof=0)).to_numpy()
Z, target = scaled[:, :-1], scaled[:, -1]
H = Z.T @ Z / len(Z)
goal = np.linalg.solve(H, Z.T @ target / len(Z))


# %%
def steps_needed(rate, beta):
    """Steps of momentum from zero; None if 2,000 are not enough."""
    w, v = np.zeros(len(goal)), np.zeros(len(goal))
    for step in range(2001):
        if (w - goal) @ H @ (w - goal) / 2 < 1e-8:
            return step
        v = beta * v + H @ (w - goal)
        w = np.clip(w - rate * v, -1e9, 1e9)
    return None


print("rate 0.1, beta 0.9:", steps_needed(0.1, 0.9), "steps")
print("rate 0.52, beta 0:", steps_needed(0.52, 0), "steps")

# %% [markdown]
# The second line is plain descent at a good rate. Give two answers:
#
# - `speed_limit(H, beta)`: the rate up to which momentum converges, to within 1 %, for any Hessian with
#   positive curvatures and any `beta` from 0 to 0.99. (The check tries others than this one.)
# - `setting`: a pair `(rate, beta)` with which `steps_needed` gives 40 or fewer.
#
# <details><summary>Hint</summary>Section 3 of the lesson has the limit for one curvature $\lambda$. With
# several, which of them is the first to fly off? <code>np.linalg.eigvalsh(H)</code> gives all of them. For
# the setting, print a table: a loop over <code>beta</code>, and inside a loop over shares of the
# limit.</details>


# %% answer="q2"
def speed_limit(H, beta):
    """The largest rate at which momentum still converges."""
    ### BEGIN SOLUTION
    return 2 * (1 + beta) / np.linalg.eigvalsh(H).max()
    ### END SOLUTION
    return ...


setting = ...
### BEGIN SOLUTION
for beta in (0, 0.3, 0.5, 0.7, 0.9):
    shares = [0.1, 0.3, 0.5, 0.7, 0.9]
    print(beta, [steps_needed(share * speed_limit(H, beta), beta) for share in shares])
setting = (0.7 * speed_limit(H, 0.5), 0.5)
### END SOLUTION

# %% check="q2" points=3 minutes=20
check.q2(speed_limit, setting)

# %% tags=["solution"]
bends = np.linalg.eigvalsh(H)
root = np.sqrt(bends.max() / bends.min())
print(f"condition number {root**2:.0f}, recommended beta {((root - 1) / (root + 1)) ** 2:.2f}")

# %% [markdown] tags=["solution"]
# The steepest direction flies off first, so the largest eigenvalue decides; the smallest gives a limit 35
# times too high. A `beta` of 0.9, the value in most programs, is too much for this trench, as the table
# shows: its condition number $\kappa$ is small, and the ball swings for longer than it gains. Theory
# recommends $\beta = ((\sqrt\kappa - 1)/(\sqrt\kappa + 1))^2$.
#
# Bisection is an alternative: halve the space between a rate that arrives and one that flies off, again and
# again.

# %% [markdown]
# ## Question 3 · Back to dollars
#
# `SGDRegressor` gets the measures of the houses scaled, and the price scaled, too: $\hat t = u \cdot z + c$
# with $z = (x - m)/s$ and $t = (y - m_y)/s_y$. Write `in_units(u, c, X, y)`. It returns a pair `(w, b)`, an
# array and a number, such that `X @ w + b` is the predicted price in dollars, for tables in their units.
# Means and standard deviations are those of the columns of `X` and of `y` (`std()` as NumPy has it).
#
# <details><summary>Hint</summary>Write $\hat y = m_y + s_y \hat t$, put in $\hat t$, then $z$, and collect
# what multiplies $x$ and what is left.</details>

# %%
from sklearn.linear_model import SGDRegressor

X, price = houses[measures].to_numpy(), houses["price"].to_numpy()
exact = {"penalty": None, "learning_rate": "adaptive", "tol": 1e-9, "max_iter": 100000}
walker = SGDRegressor(random_state=0, **exact).fit(Z, target)
print("scaled weights:", walker.coef_.round(2), walker.intercept_.round(2) + 0.0)


# %% answer="q3"
def in_units(u, c, X, y):
    """Slopes and intercept in the units of X and y."""
    ### BEGIN SOLUTION
    w = u * y.std() / X.std(axis=0)
    b = y.mean() + y.std() * c - w @ X.mean(axis=0)
    return w, b
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=15
check.q3(in_units)

# %% tags=["solution"]
w, b = in_units(walker.coef_, walker.intercept_[0], X, price)
print("dollars for a square foot of living area:", round(w[0]))

# %% [markdown] tags=["solution"]
# A weight says how many standard deviations of price go with one of the column. Multiplying by $s_y$ makes
# dollars of it, dividing by $s$ counts them for one square foot. The intercept collects the rest: the means
# of the columns have to come off, each times its own slope.
#
# The common slips: to multiply by $s$ in place of dividing, and to return $c$ as the intercept. A check that
# costs nothing: at `X.mean(axis=0)` the prediction must be $m_y + s_y c$.
#
# `TransformedTargetRegressor` around a pipeline with a `StandardScaler` keeps the scaling inside the model;
# then nobody has to do this sum, and nobody sees dollars for a square foot either.

# %% [markdown]
# ## Question 4 · Four faults
#
# This loop trains a network, and it is not well. `train_ill(model, X, y, epochs)` is meant to do the
# following, and `train` will:
#
# - SGD with a rate of 0.1 and momentum 0.9, on batches of 32 rows **in the order of the table**, the last one
#   perhaps smaller; the loss of a batch is `mse_loss`;
# - before each step the gradient is clipped to a length of 1;
# - the rate is multiplied by 0.8 after each **epoch** (`ExponentialLR`);
# - it returns a list with one number an epoch, the mean of the losses of its batches.

# %%
import torch
from torch import nn

bikes = ck.load("bikes").sample(330, random_state=0)
weather = bikes[["temperature", "humidity", "wind_speed"]].to_numpy(np.float32)
weather = (weather - weather.mean(axis=0)) / weather.std(axis=0)
bikers = np.log1p(bikes[["bikers"]].to_numpy(np.float32))
X_bikes, y_bikes = torch.tensor(weather), torch.tensor(bikers - bikers.mean())


def network():
    """A small network, the same at each call."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


# %%
def train_ill(model, X, y, epochs):
    """Train the model; the mean loss of each epoch. Four lines are wrong or out of place."""
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.8)
    means = []
    for _ in range(epochs):
        losses = []
        for first in range(0, len(X), 32):
            loss = -nn.functional.mse_loss(model(X[first : first + 32]), y[first : first + 32])
            loss.backward()
            optimiser.step()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            schedule.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    return means


print("ill:", [round(mean, 1) for mean in train_ill(network(), X_bikes, y_bikes, 4)])

# %% [markdown]
# Copy the loop, give it the name `train`, and repair it. The check trains small networks with yours and
# compares the losses and the weights.
#
# <details><summary>Hint</summary>Go through the four lines of the list and the three calls of section 1.
# Which call is missing? What must stand between <code>backward</code> and <code>step</code>? Which line
# belongs one level further out? Which way does the loss go?</details>


# %% answer="q4"
def train(model, X, y, epochs):
    """Train the model; the mean loss of each epoch."""
    ### BEGIN SOLUTION
    optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, gamma=0.8)
    history = []
    for _ in range(epochs):
        of_batches = []
        for X_batch, y_batch in zip(X.split(32), y.split(32), strict=True):
            optimiser.zero_grad()
            batch_loss = nn.functional.mse_loss(model(X_batch), y_batch)
            batch_loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimiser.step()
            of_batches.append(batch_loss.item())
        schedule.step()
        history.append(sum(of_batches) / len(of_batches))
    return history
    ### END SOLUTION
    return ...


# %% check="q4" points=4 minutes=20
check.q4(train)

# %% tags=["solution"]
print("repaired:", [round(mean, 2) for mean in train(network(), X_bikes, y_bikes, 4)])

# %% [markdown] tags=["solution"]
# The minus sign made the loop climb. `zero_grad` was missing, so each step used the sum of all gradients so
# far. Clipping after `step` shortens a gradient that nobody uses any more. And a schedule that moves with
# every batch has a rate of nearly zero after a few epochs: the loss stands still, and it looks like a bottom.
#
# None of the four raises an error. The signs to look for: a loss that grows, one that swings without end, one
# that freezes early.
#
# `model.zero_grad()` does the same as `optimiser.zero_grad()`, if the optimiser holds all parameters.

# %% [markdown]
# ## Question 5 · A race of your own
#
# Customers of a telephone company, logistic regression in batches of 64, three epochs; the columns are in
# months and dollars, only with their means taken off. `losses_of(move,
# rate, cut)` trains with a `move` function of the lesson's form and returns two arrays, five folds each: the
# loss of the validation parts and of the test parts. `cut` is the seed of the cut into folds.

# %%
from scipy.special import expit
from sklearn.model_selection import KFold

customers = ck.load("customers").dropna().sample(2000, random_state=0)
known = customers[["tenure", "monthly_charges", "senior_citizen"]].astype(float)
known["yearly"] = (customers["contract"] != "Month-to-month").astype(float)
known = (known - known.mean()).assign(one=1.0).to_numpy()
left = (customers["churn"] == "Yes").to_numpy(float)


def cross_entropy(w, rows):
    """Mean cross-entropy on these rows."""
    z = known[rows] @ w
    return np.mean(np.logaddexp(0, z) - left[rows] * z)


# %%
def losses_of(move, rate, cut):
    """Validation and test loss of five folds, after three epochs of batches."""
    fifths = [fifth for _, fifth in KFold(5, shuffle=True, random_state=cut).split(known)]
    chooses, judges = [], []
    for i in range(5):
        rows = np.concatenate([fifths[(i + j) % 5] for j in (2, 3, 4)])
        w, memory = np.zeros(known.shape[1]), {}
        for batch in np.array_split(np.tile(rows, 3), 3 * len(rows) // 64):
            error = expit(known[batch] @ w) - left[batch]
            w = w - rate * move(known[batch].T @ error / len(batch), memory)
        chooses.append(cross_entropy(w, fifths[(i + 1) % 5]))
        judges.append(cross_entropy(w, fifths[i]))
    return np.array(chooses), np.array(judges)


def momentum(g, memory):
    """Faded sum of all gradients so far: the one to race against."""
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return memory["v"]


print("momentum at 0.01, test losses of cut 0:", losses_of(momentum, 0.01, 0)[1].round(3))

# %% [markdown]
# Choose a rival (Adam, plain descent, Lion, one of your own) and hand in four things:
#
# - `rival(g, memory)`, its move.
# - `grids`: a dictionary `{"momentum": […], "rival": […]}` with four to nine rates each, **as many for one
#   as for the other**. The rate with the lowest validation loss (mean of both cuts and all folds) must not
#   be the smallest or the largest of its grid.
# - `differences`: test loss of the rival minus that of momentum for cuts 0 and 1 in this order, ten numbers
#   (or an array of 2 × 5). In each fold each of them has the rate of its grid with the lowest
#   **validation** loss of that fold.
# - `verdict`: `"ahead"`, `"behind"` or `"cannot tell"`, for the rival, as the interval of chapter 03 over
#   the ten differences says (overlap 1/3; a lower loss is ahead).
#
# A rival that loses is as good an answer as one that wins.
#
# <details><summary>Hint</summary>For a cut, <code>np.array([losses_of(move, rate, cut) for rate in
# grid])</code> has the shape (rates, 2, 5): validation and test losses. <code>argmin(axis=0)</code> of the
# first says which rate each fold chooses. Is 0 inside the interval?</details>

# %%
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% answer="q5"
def rival(g, memory):
    """The move of the rival."""
    ### BEGIN SOLUTION
    memory["squares"] = memory.get("squares", 0) + g**2
    return g / (np.sqrt(memory["squares"]) + 1e-10)
    ### END SOLUTION
    return ...


grids = ...
differences = ...
verdict = ...
### BEGIN SOLUTION
grids = {"momentum": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03]}
grids["rival"] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]


def judged_losses(move, grid, cut):
    """Test loss of each fold, at the rate that its validation part chose."""
    both = np.array([losses_of(move, rate, cut) for rate in grid])
    return both[both[:, 0].argmin(axis=0), 1, np.arange(5)]


differences = []
for cut in (0, 1):
    of_momentum = judged_losses(momentum, grids["momentum"], cut)
    differences.extend(judged_losses(rival, grids["rival"], cut) - of_momentum)
mean, low, high = interval(differences, 1 / 3)
print(f"AdaGrad minus momentum: {mean:+.2f} [{low:+.2f}, {high:+.2f}]")
verdict = "ahead" if high < 0 else "behind" if low > 0 else "cannot tell"
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(rival, grids, differences, verdict)


# %% tags=["solution"]
def no_memory(g, memory):
    """Plain descent."""
    return g


for name, move, grid in [
    ("plain", no_memory, [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]),
    ("Lion", lion, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
]:
    gained = []
    for cut in (0, 1):
        of_momentum = judged_losses(momentum, grids["momentum"], cut)
        gained.extend(judged_losses(move, grid, cut) - of_momentum)
    mean, low, high = interval(gained, 1 / 3)
    print(f"{name} minus momentum: {mean:+.2f} [{low:+.2f}, {high:+.2f}]")
for rate in (0.1, 0.3, 1.0):
    print(f"momentum at AdaGrad's rate {rate}: {losses_of(momentum, rate, 0)[1].mean():.0f}")

# %% [markdown] tags=["solution"]
# In months and dollars AdaGrad is ahead of momentum: the columns differ in spread, the trench is straight,
# and dividing column by column makes a bowl of it. Plain descent is behind, and Lion cannot be told from
# momentum: three verdicts, each as good an answer as the others.
#
# The two grids lie in different places because the two rules measure their steps in different units. With
# one grid for both, at AdaGrad's rates, momentum looks far worse than it is. Choosing each rate by the test
# losses is the other common wrong way: then the judge has chosen, and the loss flatters whoever tried more
# rates.
#
# Instead of a loop over rates, a function that trains all rates at once, as in the lesson, does the same
# faster.
