"""Answers to the questions of chapter 17 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import t as student

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def lion_of(mix=0.9, keep=0.99, sign=np.sign, first=False):
    """Lion, with some of the parts done otherwise."""

    def lion(g, memory):
        old = memory.get("m", 0.0)
        memory["m"] = keep * old + (1 - keep) * g
        return sign(mix * (memory["m"] if first else old) + (1 - mix) * g)

    return lion


def lion_with_zeros(g, memory):
    """Another key, made at the first step; a list comes back for arrays."""
    if not memory:
        memory["kept"] = np.zeros_like(g, dtype=float)
    mixed = memory["kept"] + 0.1 * (g - memory["kept"])
    memory["kept"] = memory["kept"] + 0.01 * (g - memory["kept"])
    return np.where(mixed > 0, 1, np.where(mixed < 0, -1, 0)).tolist()


def lion_in_float32(g, memory):
    m = memory.setdefault("m", np.float32(0))
    mixed = np.asarray(0.9 * m + 0.1 * np.asarray(g), np.float32)
    memory["m"] = 0.99 * m + 0.01 * np.asarray(g)
    return np.sign(mixed)


def lion_of_everybody():
    """The memory of each shape is kept outside of the function, for all runs."""
    kept = {}

    def lion(g, memory):
        return lion_of()(g, kept.setdefault(np.shape(g), {}))

    return lion


def lion_in_place(g, memory):
    move = lion_of()(np.copy(g), memory)
    if np.ndim(g):
        g *= 0.1
    return move


# --- question 2 -----------------------------------------------------------------------------------


def flies_off(H, rate, beta):
    w, v = np.ones(len(H)) + 0.1 * np.arange(len(H)), 0.0
    for _ in range(3000):
        v = beta * v + H @ w
        w = w - rate * v
        if np.abs(w).max() > 1e3:
            return True
    return False


def by_bisection(H, beta):
    low, high = 0.0, 5 / np.abs(H).max()
    while high - low > 0.004 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if flies_off(H, middle, beta) else (middle, high)
    return (low + high) / 2


def limit_of(bend=max, top=lambda beta: 2 * (1 + beta)):
    """The limit, from another curvature or with another top."""
    return lambda H, beta: top(beta) / bend(np.linalg.eigvalsh(H))


def limit_in_place(H, beta):
    H /= 2
    return (1 + beta) / np.linalg.eigvalsh(H).max()


GOOD = (0.57, 0.5)

# --- question 3 -----------------------------------------------------------------------------------


def units(w=None, b=None, ddof=0):
    """The slopes and the intercept, with some of the parts done otherwise."""

    def in_units(u, c, X, y):
        s, s_y = X.std(axis=0, ddof=ddof), y.std(ddof=ddof)
        slopes = w(u, s, s_y) if w else u * s_y / s
        right = y.mean() + s_y * c - slopes @ X.mean(axis=0)
        return slopes, (b(c, s_y, y.mean(), slopes @ X.mean(axis=0)) if b else right)

    return in_units


def units_by_asking(u, c, X, y):
    """The prediction at nothing, and at one of each column."""

    def predict(x):
        return y.mean() + y.std() * (c + u @ ((x - X.mean(axis=0)) / X.std(axis=0)))

    nothing = predict(np.zeros(X.shape[1]))
    return [predict(row) - nothing for row in np.eye(X.shape[1])], np.array([nothing])


def units_by_pandas(u, c, X, y):
    table, target = pd.DataFrame(X), pd.Series(y)
    slopes = pd.Series(u) * target.std(ddof=0) / table.std(ddof=0)
    return slopes, target.mean() + target.std(ddof=0) * c - (slopes * table.mean()).sum()


def units_in_place(u, c, X, y):
    found = units()(u, c, X, y)
    X -= X.mean(axis=0)
    return found


# --- question 4 -----------------------------------------------------------------------------------


def trainer(sign=1, zero=True, clip="before", schedule="epoch", rows=32, last=True, answer=None, move=True):
    """The loop of the task, with some of the faults in it."""

    def train(model, X, y, epochs):
        import torch

        optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        falling = torch.optim.lr_scheduler.ExponentialLR(optimiser, gamma=0.8)
        means = []
        for _ in range(epochs):
            losses = []
            for X_part, y_part in zip(X.split(rows), y.split(rows), strict=True):
                if len(X_part) < rows and not last:
                    continue
                if zero:
                    model.zero_grad()
                loss = ((model(X_part) - y_part) ** 2).mean()
                (sign * loss).backward()
                if clip == "before":
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                if clip == "values":
                    torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)
                if move:
                    optimiser.step()
                if clip == "after":
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                if schedule == "batch":
                    falling.step()
                losses.append(loss)
            if schedule == "epoch":
                falling.step()
            numbers = [loss.item() for loss in losses]
            means.append(answer(losses) if answer else np.mean(numbers))
        return means

    return train


def by_hand(model, X, y, epochs):
    """Without torch.optim: momentum, clipping and the schedule written out; float32, an array."""
    import torch

    rate, means = 0.1, []
    velocities = [torch.zeros_like(part) for part in model.parameters()]
    for _ in range(epochs):
        losses = []
        for first in range(0, len(X), 32):
            loss = torch.nn.functional.mse_loss(model(X[first : first + 32]), y[first : first + 32])
            slopes = torch.autograd.grad(loss, list(model.parameters()))
            length = torch.sqrt(sum((slope**2).sum() for slope in slopes))
            with torch.no_grad():
                for part, velocity, slope in zip(model.parameters(), velocities, slopes, strict=True):
                    velocity.mul_(0.9).add_(slope * min(1.0, 1 / float(length)))
                    part -= rate * velocity
            losses.append(loss.item())
        rate = 0.8 * rate
        means.append(np.float32(np.mean(losses)))
    return np.array(means)


# --- question 5 -----------------------------------------------------------------------------------


@cache
def asked():
    """The names that the check itself works with: its tables and its races."""
    return ck.checks(17)._questions["q5"].__globals__


def momentum(g, memory):
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return memory["v"]


def adam(g, memory):
    memory["t"] = memory.get("t", 0) + 1
    memory["v"] = 0.9 * memory.get("v", 0) + 0.1 * g
    memory["s"] = 0.999 * memory.get("s", 0) + 0.001 * g**2
    corrected = memory["v"] / (1 - 0.9 ** memory["t"])
    return corrected / (np.sqrt(memory["s"] / (1 - 0.999 ** memory["t"])) + 1e-8)


def plain(g, memory):
    return g


def momentum_as_a_mean(g, memory):
    """Momentum at a tenth of the rate, nothing else."""
    memory["v"] = 0.9 * memory.get("v", 0) + 0.1 * g
    return memory["v"]


def adagrad(g, memory):
    memory["s"] = memory.get("s", 0) + g**2
    return g / (np.sqrt(memory["s"]) + 1e-10)


SLOW, QUICK = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03], [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
LION = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]


@cache
def tables(move, grid):
    return asked()["race"](move, np.array(grid))


def raced(move, grid, how="fair"):
    """Losses of the ten folds; the settings make the likely mistakes."""
    validation, test = tables(move, tuple(grid))
    judge, by = {"test": (test, test), "validation": (validation, validation)}.get(how, (test, validation))
    if how == "one":
        return test[validation.mean(axis=(1, 2)).argmin()].ravel()
    if how == "cut":
        best = validation.mean(axis=2).argmin(axis=0)
        return np.concatenate([test[best[cut], cut] for cut in (0, 1)])
    return np.take_along_axis(judge, by.argmin(axis=0)[None], axis=0)[0].ravel()


def said(differences):
    half = student.ppf(0.975, 9) * np.sqrt(np.var(differences, ddof=1) * (0.1 + 1 / 3))
    mean = np.mean(differences)
    return "ahead" if mean + half < 0 else "behind" if mean - half > 0 else "cannot tell"


def handed_in(move, grid, how="fair", base=SLOW, change=None, verdict=None):
    """All four answers of a race, with some of the parts done otherwise."""

    def made():
        differences = raced(move, grid, how) - raced(momentum, base, how)
        word = verdict or said(differences)
        differences = change(differences) if change else differences
        return move, {"momentum": base, "rival": grid}, differences, word

    return made


LION_MOVE = lion_of()

RIGHT = {
    "q1": [
        ("as the task says", (lion_of(),)),
        ("zeros at the first step, lists", (lion_with_zeros,)),
        ("float32", (lion_in_float32,)),
    ],
    "q2": [
        ("the formula, half of the limit", (limit_of(), GOOD)),
        ("bisection, a list", (by_bisection, [0.35, 0.6])),
        (
            "an array of one, NumPy numbers",
            (lambda H, b: np.array([2 * (1 + b) / np.linalg.norm(H, 2)]), np.array(GOOD)),
        ),
        ("what theory recommends, float32", (limit_of(), (np.float32(0.798), np.float32(0.5056)))),
    ],
    "q3": [
        ("the formula", (units(),)),
        ("by asking for predictions", (units_by_asking,)),
        ("pandas", (units_by_pandas,)),
    ],
    "q4": [
        ("split, model.zero_grad, NumPy's mean", (trainer(),)),
        ("all by hand, an array of float32", (by_hand,)),
        ("a tuple", (lambda *what: tuple(trainer()(*what)),)),
        ("a generator", (lambda *what: (mean for mean in trainer()(*what)),)),
    ],
    "q5": [
        ("Adam is ahead", handed_in(adam, QUICK)),
        (
            "plain descent is behind, lists",
            handed_in(plain, [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1], change=list),
        ),
        ("Lion cannot be told from it, in capitals", handed_in(LION_MOVE, LION, verdict="Cannot tell")),
        (
            "AdaGrad, two rows, rounded",
            handed_in(adagrad, [0.01, 0.03, 0.1, 0.3, 1, 3], change=lambda d: d.reshape(2, 5).round(3)),
        ),
        (
            "grids downwards, four rates",
            handed_in(adam, [0.3, 0.1, 0.03, 0.01], base=[0.03, 0.01, 0.003, 0.001]),
        ),
    ],
}

WRONG = {
    "q1": [
        ("the sign of the gradient", (lambda g, memory: np.sign(g),)),
        ("the memory is changed first", (lion_of(first=True),)),
        ("no sign", (lion_of(sign=lambda mixed: mixed),)),
        ("the other way", (lion_of(sign=lambda mixed: -np.sign(mixed)),)),
        ("the numbers swapped", (lion_of(mix=0.99, keep=0.9),)),
        ("the memory keeps 0.9", (lion_of(keep=0.9),)),
        ("a memory for everybody", (lion_of_everybody(),)),
        ("the gradient is changed", (lion_in_place,)),
        ("only the first weight", (lambda g, memory: np.ravel(lion_of()(g, memory))[0],)),
        ("no return", (lambda g, memory: None,)),
        ("words", (lambda g, memory: "up",)),
    ],
    "q2": [
        ("the flattest direction", (limit_of(min), GOOD)),
        ("plain descent", (limit_of(top=lambda beta: 2), GOOD)),
        ("half of it", (limit_of(top=lambda beta: 1 + beta), GOOD)),
        ("1/(1 - beta)", (limit_of(top=lambda beta: 2 / (1 - beta)), GOOD)),
        ("Nesterov's", (limit_of(top=lambda beta: 2 * (1 + beta) / (1 + 2 * beta)), GOOD)),
        ("the trace", (lambda H, beta: 2 * (1 + beta) / np.trace(H), GOOD)),
        ("the largest number in H", (lambda H, beta: 2 * (1 + beta) / H.max(), GOOD)),
        ("always the same", (lambda H, beta: 1.0, GOOD)),
        ("the houses, whatever H is", (lambda H, beta: limit_of()(asked()["trench"]()[0], beta), GOOD)),
        ("beta is ignored", (limit_of(top=lambda beta: 3.8), GOOD)),
        ("the mean curvature", (limit_of(lambda bends: bends.mean()), GOOD)),
        ("H is changed", (limit_in_place, GOOD)),
        ("all curvatures", (lambda H, beta: 2 * (1 + beta) / np.linalg.eigvalsh(H), GOOD)),
        ("beta 0.9", (limit_of(), (0.5, 0.9))),
        ("the other way round", (limit_of(), (0.5, 1.2))),
        ("too fast", (limit_of(), (1.5, 0.5))),
        ("a rate only", (limit_of(), 0.5)),
    ],
    "q3": [
        ("multiplied by the spread", (units(lambda u, s, s_y: u * s * s_y),)),
        ("the unit of y forgotten", (units(lambda u, s, s_y: u / s),)),
        ("not mapped at all", (units(lambda u, s, s_y: u),)),
        ("divided by the variance", (units(lambda u, s, s_y: u * s_y / s**2),)),
        ("c as it is", (units(b=lambda c, s_y, m_y, off: c),)),
        ("the means of the columns forgotten", (units(b=lambda c, s_y, m_y, off: m_y + s_y * c),)),
        ("the mean of y forgotten", (units(b=lambda c, s_y, m_y, off: s_y * c - off),)),
        ("the means added", (units(b=lambda c, s_y, m_y, off: m_y + s_y * c + off),)),
        ("c not in dollars", (units(b=lambda c, s_y, m_y, off: m_y + c - off),)),
        ("pandas' standard deviation", (units(ddof=1),)),
        ("the slopes only", (lambda *what: units()(*what)[0],)),
        ("X is changed", (units_in_place,)),
    ],
    "q4": [
        ("only the sign mended", (trainer(zero=False, clip="after", schedule="batch"),)),
        ("it still climbs", (trainer(sign=-1),)),
        ("zero_grad is missing", (trainer(zero=False),)),
        ("clipped afterwards", (trainer(clip="after"),)),
        ("each number clipped", (trainer(clip="values"),)),
        ("the rate falls with each batch", (trainer(schedule="batch"),)),
        ("the rate never falls", (trainer(schedule="none"),)),
        ("batches of 16", (trainer(rows=16),)),
        ("the last rows left out", (trainer(last=False),)),
        ("the sum", (trainer(answer=lambda losses: sum(loss.item() for loss in losses)),)),
        ("the last loss", (trainer(answer=lambda losses: losses[-1].item()),)),
        ("tensors", (trainer(answer=lambda losses: sum(losses) / len(losses)),)),
        ("no step", (trainer(move=False),)),
        ("one number", (lambda *what: trainer()(*what)[-1],)),
    ],
    "q5": [
        ("momentum against itself", handed_in(momentum, SLOW)),
        ("momentum with a mean in place of a sum", handed_in(momentum_as_a_mean, LION)),
        ("one rate for each cut", handed_in(adam, QUICK, how="cut")),
        ("the edge of the grid", handed_in(adam, [0.001, 0.003, 0.01, 0.03], base=SLOW[1:5])),
        ("one for both: momentum's grid", handed_in(adam, SLOW)),
        ("more rates for the rival", handed_in(adam, [*QUICK, 3.0])),
        ("one rate each", handed_in(adam, [0.1], base=[0.01])),
        ("chosen by the test parts", handed_in(adam, QUICK, how="test")),
        ("validation losses", handed_in(adam, QUICK, how="validation")),
        ("one rate for all folds", handed_in(adam, QUICK, how="one")),
        ("momentum minus rival", handed_in(adam, QUICK, change=lambda d: -d, verdict="behind")),
        ("one cut", handed_in(adam, QUICK, change=lambda d: d[:5])),
        ("one cut twice", handed_in(adam, QUICK, change=lambda d: np.tile(d[:5], 2))),
        ("a verdict that does not follow", handed_in(adam, QUICK, verdict="cannot tell")),
        ("Lion is not ahead", handed_in(LION_MOVE, LION, verdict="ahead")),
        ("another word", handed_in(adam, QUICK, verdict="better")),
        ("all weights move with the first", handed_in(lambda g, memory: g[:1] * np.ones(5), SLOW)),
        (
            "a rival that returns one number",
            lambda: (lambda g, m: g.sum(), {"momentum": SLOW, "rival": QUICK}, np.zeros(10), "cannot tell"),
        ),
    ],
}
