"""The questions of chapter 17, gradient descent and optimisers."""

import copy
import functools
import itertools

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def numbers(answer, hint):
    """The answer as an array of finite numbers, or the hint where it is none."""
    found = attempt(lambda: np.asarray(answer))
    need(not isinstance(found, Exception) and found.dtype.kind in "iuf", hint)
    found = found.astype(float)
    need(np.isfinite(found).all(), hint)
    return found


def whole(answer):
    """Is the answer there, and every part of it?"""
    if not given(answer):
        return False
    parts = answer.values() if isinstance(answer, dict) else answer
    return not isinstance(answer, dict | list | tuple) or given(*parts)


# --- question 1 -----------------------------------------------------------------------------------


def lion_moves(gradients, keep=0.99, mix=0.9, first=False, seen="mix"):
    """The right moves; the settings make the likely mistakes."""
    m, moves = 0.0, []
    for g in gradients:
        old = m
        m = keep * m + (1 - keep) * g
        c = mix * (m if first else old) + (1 - mix) * g
        moves.append({"mix": np.sign(c), "g": np.sign(g), "no sign": c, "new m": np.sign(m)}[seen])
    return np.array(moves)


LION_SLIPS = {
    "That is the sign of the gradient alone: what does the memory say?": {"seen": "g"},
    "The sign is missing: the move is 1 or -1.": {"seen": "no sign"},
    "The memory is changed first and mixed afterwards: mix with the old m.": {"first": True},
    "That is the sign of the new memory; c is mixed with 0.9 and 0.1.": {"seen": "new m"},
    "The two numbers are swapped: 0.9 is for the mix, 0.99 for the memory.": {"keep": 0.9, "mix": 0.99},
    "The memory keeps 0.9 of the old; 0.99 is asked for.": {"keep": 0.9},
    "The mix is made with 0.99; 0.9 is asked for.": {"mix": 0.99},
}


def gradients_for_lion():
    rng = np.random.default_rng(17)

    def table(*shape):
        return rng.normal(size=(40, *shape)) + 0.3 * np.sin(np.arange(40)).reshape(-1, *[1] * len(shape))

    return [
        ("the example", [4.0, -0.2, -0.2, -0.5]),
        ("three weights", list(table(3))),
        ("a table of weights", list(50 * table(2, 4))),
        ("one number", [float(g) for g in table()]),
        ("the example, run again with an empty memory", [4.0, -0.2, -0.2, -0.5]),
    ]


def moves_of(lion, what, gradients):
    """What the learner's function gives for these gradients, one after the other."""
    found, memory = [], {}
    for step, g in enumerate(gradients, 1):
        own = np.copy(g) if np.ndim(g) else g
        move = attempt(lambda own=own: lion(own, memory))
        need(not isinstance(move, Exception), f"With {what} it raises, in step {step}, {told(move)}")
        need(move is not None, "It returns nothing: does it end with return?")
        need(np.array_equal(own, g), "It changes the gradient that it was given.")
        move = numbers(move, f"With {what}: the move holds something that is no number.")
        shape = f"With {what}: a gradient of the shape {np.shape(g)} gives a move of the shape {move.shape}."
        need(move.shape == np.shape(g), shape)
        found.append(move)
    return np.array(found)


@question
def q1(lion):
    cases = gradients_for_lion()
    found = [moves_of(lion, *case) for case in cases]
    pairs = list(zip(found, [gradients for _, gradients in cases], strict=True))
    if all(np.allclose(moves, lion_moves(gradients)) for moves, gradients in pairs):
        return
    turned = all(np.allclose(moves, -lion_moves(gradients)) for moves, gradients in pairs)
    need(not turned, "The loop subtracts the move: return plus the sign.")
    for hint, slip in LION_SLIPS.items():
        same = all(np.allclose(moves, lion_moves(gradients, **slip)) for moves, gradients in pairs)
        need(not same, hint)
    need(
        np.array_equal(found[0], found[-1]) or not np.allclose(found[0], lion_moves(cases[0][1])),
        "The same gradients in a second run, with an empty memory, give other moves: keep m in `memory`.",
    )
    for (what, gradients), moves in zip(cases, found, strict=True):
        right = np.isclose(moves, lion_moves(gradients)).reshape(len(moves), -1).all(axis=1)
        need(right[0], f"With {what} the first move is wrong. At the start of every run m is 0.")
        step = int(np.argmin(right)) + 1
        need(right.all(), f"With {what} the moves are right up to step {step - 1}, and wrong in step {step}.")


# --- question 2 -----------------------------------------------------------------------------------

MEASURES = ["living_area", "rooms", "bedrooms", "garage_cars", "garage_area", "first_floor_area"]
MEASURES = [*MEASURES, "basement_area", "price"]


@functools.cache
def trench():
    """The Hessian of the houses, and the lowest point."""
    houses = load("houses")
    houses = houses.loc[houses["living_area"] <= 4000, MEASURES].dropna().astype(float)
    scaled = ((houses - houses.mean()) / houses.std(ddof=0)).to_numpy()
    Z, target = scaled[:, :-1], scaled[:, -1]
    H = Z.T @ Z / len(Z)
    return H, np.linalg.solve(H, Z.T @ target / len(Z))


def steps_needed(rate, beta):
    """Steps of momentum from zero; None if 2,000 are not enough."""
    H, goal = trench()
    w, v = np.zeros(len(goal)), np.zeros(len(goal))
    for step in range(2001):
        if (w - goal) @ H @ (w - goal) / 2 < 1e-8:
            return step
        v = beta * v + H @ (w - goal)
        w = np.clip(w - rate * v, -1e9, 1e9)
    return None


def hessians():
    rng = np.random.default_rng(3)
    yield "the houses", trench()[0], 0.7
    yield "one curvature of 4", np.array([[4.0]]), 0.9
    for size, beta in [(2, 0.5), (4, 0.0), (5, 0.99)]:
        turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
        yield f"{size} weights", turn @ np.diag(rng.uniform(0.5, 3, size)) @ turn.T, beta


@question
def q2(speed_limit, setting):
    if given(speed_limit):
        for what, H, beta in hessians():
            judge_limit(speed_limit, f"{what} and beta {beta}", H, beta)
    if whole(setting):
        hint = "setting is a pair of two numbers: (rate, beta)."
        need(np.iterable(setting) and not isinstance(setting, str) and len(list(setting)) == 2, hint)
        rate, beta = numbers(list(setting), hint)
        need(0 <= beta < 1, f"{beta:g} is no share of the velocity: the rate comes first, then beta.")
        need(rate > 0, "The rate must be above 0.")
        steps = steps_needed(rate, beta)
        need(steps is not None, f"setting: with rate {rate:g} and beta {beta:g} 2,000 steps do not arrive.")
        need(
            steps <= 40,
            f"setting: with rate {rate:g} and beta {beta:g} it takes {steps} steps. More beta is not always "
            "better: try several, each with several shares of its own limit.",
        )


def judge_limit(speed_limit, what, H, beta):
    own = H.copy()
    found = attempt(lambda: speed_limit(own, beta))
    need(not isinstance(found, Exception), f"speed_limit: with {what} it raises {told(found)}")
    need(found is not None, "speed_limit returns nothing: does it end with return?")
    need(np.array_equal(own, H), "speed_limit changes the Hessian that it was given.")
    found = numbers(found, "speed_limit returns one number.")
    need(found.size == 1, "speed_limit returns one number.")
    found, bends = float(found.reshape(())), np.linalg.eigvalsh(H)
    steep, flat = bends[-1], bends[0]
    right = 2 * (1 + beta) / steep

    def like(other):
        return abs(found - other) <= 0.0101 * other

    if like(right):
        return
    slips = [
        (2 * (1 + beta) / flat, "that is the limit of the flattest direction; another flies off first."),
        (2 / steep, "that is the limit of plain descent: what does the velocity change?"),
        (2 / flat, "that is plain descent in the flattest direction."),
        ((1 + beta) / steep, "half of it: at the limit the ball jumps from w to -w, which is 2w."),
        (2 * (1 - beta) / steep, "the limit is higher than that of plain descent, not lower."),
        (
            2 / (1 - beta) / steep,
            "1/(1 - beta) counts for a steady gradient; on the walls it changes its sign.",
        ),
        (2 * (1 + beta) / (1 + 2 * beta) / steep, "that is Nesterov's limit."),
        (2 * (1 + beta) / np.trace(H), "the trace is the sum of all curvatures: take the largest."),
        (
            2 * (1 + beta) / H.max(),
            "neither the largest number in H nor the mean of its curvatures is the steepest.",
        ),
        (2 * (1 + beta) / np.linalg.eigvalsh(trench()[0])[-1], "that is the limit of the houses: use H."),
        (2 * 1.9 / steep, "that is the limit for a beta of 0.9: use the beta that comes in."),
        (2 * (1 + beta) * steep, "it is divided by the curvature, not multiplied."),
    ]
    for other, hint in slips:
        need(not like(other), f"speed_limit: with {what}, {hint}")
    side = "too high: momentum flies off there" if found > right else "too low: it still converges above"
    need(False, f"speed_limit: with {what}, {found:.4g} is {side}.")


# --- question 3 -----------------------------------------------------------------------------------


def tables_in_units():
    rng = np.random.default_rng(5)
    for n, columns, c in [(60, 3, 0.0), (40, 1, 0.3), (90, 5, -0.2)]:
        X = rng.normal(size=(n, columns)) * rng.uniform(0.1, 300, columns) + rng.uniform(10, 2000, columns)
        yield rng.normal(size=columns), c, X, 5e4 * rng.normal(size=n) + 2e5


@question
def q3(in_units):
    for u, c, X, y in tables_in_units():
        own = u.copy(), c, X.copy(), y.copy()
        found = attempt(lambda own=own: in_units(*own))
        need(not isinstance(found, Exception), f"It raises {told(found)}")
        need(found is not None, "It returns nothing: does it end with return?")
        same = all(np.array_equal(old, new) for old, new in zip((u, c, X, y), own, strict=True))
        need(same, "It changes what it was given: compute new arrays.")
        hint = "Return a pair: the slopes, one a column, and the intercept."
        need(np.iterable(found) and not isinstance(found, str | dict) and len(list(found)) == 2, hint)
        w, b = (numbers(part, hint) for part in found)
        need(w.size == len(u) and b.size == 1, hint)
        judge_units(w.ravel(), float(b.reshape(())), u, c, X, y)


def judge_units(w, b, u, c, X, y):
    """Are these slopes and this intercept in units?"""
    s, m, s_y, m_y = X.std(axis=0), X.mean(axis=0), y.std(), y.mean()
    right = u * s_y / s

    def like(found, other):
        return np.allclose(found, other, rtol=1e-5, atol=1e-9 * np.abs(right).max())

    slips = [
        (u, "The slopes are still those of scaled columns."),
        (u / s, "The slopes are in standard deviations of y: they need its unit, too."),
        (u * s_y, "The slopes are still for one standard deviation of a column: make it one unit."),
        (u * s * s_y, "The slopes are multiplied by the standard deviation of a column. z = (x - m)/s."),
        (u * s / s_y, "The slopes are upside down: what does one dollar more in t mean for y?"),
        (u * s, "The slopes are multiplied by the standard deviation of a column. z = (x - m)/s."),
        (u * s_y / X.std(axis=0).mean(), "Each column has a standard deviation of its own: axis=0."),
        (u * s_y / X.std(), "Each column has a standard deviation of its own: axis=0."),
        (u * s_y / s**2, "The slopes are divided by the variance; take the standard deviation."),
        (u * y.std(ddof=1) / s, "The standard deviation of y is not NumPy's: it divides by n."),
        (u * s_y / X.std(axis=0, ddof=1), "The standard deviation of X is not NumPy's: it divides by n."),
    ]
    if not like(w, right):
        for other, hint in slips:
            need(not like(w, other), hint)
        need(False, "The slopes are wrong: with c and all means left out, y is s_y times u times x / s.")
    off = right @ m
    slips = [
        (c, "The slopes are right; the intercept is still that of the scaled table."),
        (m_y, "The slopes are right; the intercept must take off each mean, times its slope."),
        (m_y + s_y * c, "The slopes are right; the intercept must take off each mean, times its slope."),
        (s_y * c - off, "The slopes are right; in the intercept the mean of y is missing."),
        (c - off, "The slopes are right; c is in standard deviations of y, and the mean of y is missing."),
        (m_y - off, "The slopes are right; in the intercept c is missing."),
        (m_y + c - off, "The slopes are right; in the intercept c is still in standard deviations of y."),
        (m_y + s_y * c + off, "The slopes are right; the means come off, and are not added."),
        (m_y + s_y * c - u @ m, "The slopes are right; the means come off times the new slopes, not u."),
        (
            m_y + s_y * c - u @ (m / s),
            "The slopes are right; the means come off times these slopes, in the unit of y.",
        ),
        (m_y + y.std(ddof=1) * c - off, "The standard deviation of y is not NumPy's: it divides by n."),
    ]
    goal = m_y + s_y * c - off
    if np.isclose(b, goal, rtol=1e-6):
        return
    for other, hint in slips:
        need(not np.isclose(b, other, rtol=1e-6), hint)
    need(False, "The slopes are right, the intercept is not: at the mean of every column, what is predicted?")


# --- question 4 -----------------------------------------------------------------------------------


def trained(model, X, y, epochs, sign=1, zero=True, clip="before", schedule="epoch", mean="mean", last=True):
    """The losses of each epoch; the settings make the faults of the ill loop."""
    import torch
    from torch import nn

    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    falling = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.8)
    means = []
    for _ in range(epochs):
        losses, sizes = [], []
        for first in range(0, len(X) if last else len(X) // 32 * 32, 32):
            if zero:
                optimiser.zero_grad()
            part = slice(first, first + 32)
            loss = sign * nn.functional.mse_loss(model(X[part]), y[part])
            loss.backward()
            if clip == "before":
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if clip == "after":
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if schedule == "batch":
                falling.step()
            losses.append(loss.item())
            sizes.append(len(X[part]))
        if schedule == "epoch":
            falling.step()
        means.append({"mean": np.mean(losses), "sum": sum(losses), "last": losses[-1]}.get(mean))
        means[-1] = np.average(losses, weights=sizes) if mean == "weighted" else means[-1]
    return np.array(means)


def patients():
    """Models and tables on which each of the faults shows."""
    import torch
    from torch import nn

    state = torch.get_rng_state()
    torch.manual_seed(4)
    line, network = nn.Linear(2, 1), nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
    tables = [torch.randn(70, 2), torch.randn(100, 3)]
    goals = [3 * table.sum(dim=1, keepdim=True) + torch.randn(len(table), 1) for table in tables]
    torch.set_rng_state(state)
    return [
        ("a line, 70 rows", line, tables[0], goals[0], 3),
        ("a network, 100 rows", network, tables[1], goals[1], 4),
    ]


def weights_of(model):
    return np.concatenate([part.detach().numpy().ravel() for part in model.parameters()])


def symptoms():
    """Sets of faults, the smallest first: what to say, and the settings that have them."""
    choices = {
        "sign": [("", 1), ("the sign makes the loss grow", -1)],
        "zero": [("", True), ("old gradients are added to the new ones", False)],
        "clip": [
            ("", "before"),
            ("the gradient that step uses is not clipped", "none"),
            ("the gradient that step uses is not clipped", "after"),
        ],
        "schedule": [
            ("", "epoch"),
            ("the rate falls with every batch", "batch"),
            ("the rate never falls", "none"),
        ],
        "last": [("", True), ("the last rows, fewer than 32, are left out", False)],
    }
    sets = []
    for picked in itertools.product(*choices.values()):
        said = [text for text, _ in picked if text]
        sets.append((said, {name: value for name, (_, value) in zip(choices, picked, strict=True)}))
    return sorted(sets, key=lambda pair: len(pair[0]))


def near(found, right):
    return np.allclose(found, right, rtol=1e-3, atol=1e-4)


@question
def q4(train):
    for what, model, X, y, epochs in patients():
        theirs, X_own, y_own = copy.deepcopy(model), X.clone(), y.clone()
        found = attempt(lambda: train(theirs, X_own, y_own, epochs))  # noqa: B023
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        need(found is not None, "It returns nothing: does it end with return?")
        need(bool((X_own == X).all() and (y_own == y).all()), "It changes the table that it was given.")
        hint = "Return a list with one number for each epoch (a tensor gives its number with .item())."
        need(np.iterable(found) and not isinstance(found, str | dict), hint)
        found = attempt(lambda: list(found))  # noqa: B023
        need(not isinstance(found, Exception), f"With {what} it raises {told(found)}")
        grads = any(getattr(part, "requires_grad", False) for part in found)
        need(not grads, "The list holds tensors that still carry their gradients: use .item().")
        losses = attempt(lambda: np.array([float(part) for part in found]))  # noqa: B023
        need(not isinstance(losses, Exception), hint)
        need(len(losses) == epochs, f"With {what}: {len(losses)} numbers for {epochs} epochs.")
        judge_training(what, model, theirs, losses, X, y, epochs)


def judge_training(what, model, theirs, losses, X, y, epochs):
    """Do the losses and the weights come out as they should? If not, which faults are left?"""
    start, end = weights_of(model), weights_of(theirs)
    hint = "The model has not moved: does step come, for its parameters, and are their gradients still there?"
    need(not np.array_equal(start, end), hint)
    for said, settings in symptoms():
        twin = copy.deepcopy(model)
        means = trained(twin, X, y, epochs, **settings)
        with np.errstate(all="ignore"):
            same = np.isfinite(end).all() and near(weights_of(twin), end)
        if not same:
            continue
        need(not said, f"With {what}, faults that are left: {'; '.join(said)}.")
        if near(losses, means):
            return
        for other, hint in [
            ("sum", "the sum"),
            ("last", "the last"),
            ("weighted", "a mean weighted by rows"),
        ]:
            values = trained(copy.deepcopy(model), X, y, epochs, mean=other)
            need(
                not near(losses, values),
                f"The training is right; the list holds {hint} of the losses of an epoch. Return their mean.",
            )
        need(not near(losses, -means), "The training is right; the losses in the list have the wrong sign.")
        need(False, "The training is right; the list does not hold the mean loss of each epoch's batches.")
    need(
        np.isfinite(end).all(),
        f"With {what} the weights fly off to infinity. Is the loss to fall or to grow?",
    )
    need(
        losses[-1] < losses[0],
        f"With {what} the loss ends at {losses[-1]:.2f} and began at {losses[0]:.2f}: it should fall.",
    )
    need(
        False,
        f"With {what} the loss falls, but the weights end elsewhere than they should. Compare with the list: "
        "rate 0.1, momentum 0.9, 32 rows in order, length 1, 0.8 an epoch.",
    )


# --- question 5 -----------------------------------------------------------------------------------


@functools.cache
def customers():
    """The raw columns of the customers, from their means, with a one, and who left."""
    table = load("customers").dropna().sample(2000, random_state=0)
    known = table[["tenure", "monthly_charges", "senior_citizen"]].astype(float)
    known["yearly"] = (table["contract"] != "Month-to-month").astype(float)
    known = (known - known.mean()).assign(one=1.0)
    return known.to_numpy(), (table["churn"] == "Yes").to_numpy(float)


@functools.cache
def cuts():
    from sklearn.model_selection import KFold

    split = [KFold(5, shuffle=True, random_state=cut).split(customers()[0]) for cut in (0, 1)]
    return [[fifth for _, fifth in folds] for folds in split]


def momentum(g, memory):
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return memory["v"]


def losses_of(move, rate, cut):
    """Validation and test loss of five folds, after three epochs of batches."""
    X, left = customers()
    fifths, found = cuts()[cut], []
    for i in range(5):
        rows = np.concatenate([fifths[(i + j) % 5] for j in (2, 3, 4)])
        w, memory = np.zeros(X.shape[1]), {}
        for batch in np.array_split(np.tile(rows, 3), 3 * len(rows) // 64):
            error = 1 / (1 + np.exp(-np.clip(X[batch] @ w, -700, 700))) - left[batch]
            w = w - rate * move(X[batch].T @ error / len(batch), memory)
        ends = []
        for part in (fifths[(i + 1) % 5], fifths[i]):
            z = X[part] @ w
            ends.append(np.mean(np.logaddexp(0, z) - left[part] * z))
        found.append(ends)
    return np.array(found).T


def race(move, grid):
    """Validation and test loss: (2, rates, cuts, folds)."""
    both = np.array([[losses_of(move, rate, cut) for cut in (0, 1)] for rate in grid])
    return np.where(np.isfinite(both), both, 1e9).transpose(2, 0, 1, 3)


def chosen(losses, by):
    """The loss of each cut and fold at the rate that is lowest in `by`."""
    return np.take_along_axis(losses, by.argmin(axis=0)[None], axis=0)[0].ravel()


def interval(differences):
    differences = np.asarray(differences, dtype=float)
    half = 2.2621572 * np.sqrt(np.var(differences, ddof=1) * (1 / 10 + 1 / 3))  # t of nine, 95 %
    return differences.mean() - half, differences.mean() + half


def need_a_rival(rival):
    """Is it a move, and not momentum's?"""
    gradients = np.random.default_rng(2).normal(size=(9, 5))
    memory, own, found = {}, {}, []
    for g in gradients:
        move = attempt(lambda g=g: rival(g.copy(), memory))
        need(not isinstance(move, Exception), f"rival raises {told(move)}")
        need(move is not None, "rival returns nothing: does it end with return?")
        move = numbers(move, "rival must return an array of finite numbers, one a weight.")
        need(move.shape == g.shape, f"rival: for {g.shape[0]} weights the move has the shape {move.shape}.")
        found.append(move)
    found, of_momentum = np.array(found), np.array([momentum(g, own) for g in gradients])
    share = (found * of_momentum).sum() / (of_momentum**2).sum()
    same = share != 0 and np.allclose(found, share * of_momentum, atol=1e-6 * abs(share))
    need(not same, "The rival moves as momentum does, but for the rate: choose another.")


def need_grids(grids):
    """Two lists of rates, sorted."""
    hint = 'grids is a dictionary with two lists: {"momentum": […], "rival": […]}.'
    need(isinstance(grids, dict) and set(grids) == {"momentum", "rival"}, hint)
    sorted_grids = {}
    for name, grid in grids.items():
        rates = np.sort(np.unique(numbers(grid, f"grids: the rates of {name} must be numbers.").ravel()))
        need(len(rates) == np.size(grid), f"grids: {name} has a rate twice.")
        need(4 <= len(rates) <= 9, f"grids: four to nine rates, and {name} has {len(rates)}.")
        need(rates[0] > 0, f"grids: a rate of {name} is not above 0.")
        sorted_grids[name] = rates
    sizes = {name: len(rates) for name, rates in sorted_grids.items()}
    equal = sizes["momentum"] == sizes["rival"]
    need(
        equal, f"grids: as many rates for one as for the other, not {sizes['momentum']} and {sizes['rival']}."
    )
    return sorted_grids


def need_the_middle(name, table, rates):
    """Is the best rate inside of the grid?"""
    best = table[0].mean(axis=(1, 2)).argmin()
    side = "smallest" if best == 0 else "largest"
    inside = 0 < best < len(rates) - 1
    further = "lower" if best == 0 else "higher"
    need(inside, f"grids: for {name} the {side} rate, {rates[best]:g}, is the best. Go {further}.")


def need_differences(found, rival, base):
    """Are these ten the test losses of the rival minus those of momentum, each at its own choice?"""
    right = chosen(rival[1], rival[0]) - chosen(base[1], base[0])

    def like(other):
        return np.allclose(found, other, rtol=1e-4, atol=6e-4)

    if like(right):
        return

    def one_rate(table):
        return table[1][table[0].mean(axis=(1, 2)).argmin()].ravel()

    def one_rate_a_cut(table):
        by = table[0].mean(axis=2).argmin(axis=0)
        return np.concatenate([table[1][by[cut], cut] for cut in (0, 1)])

    def shared(by):
        return rival[1][by].ravel() - base[1][by].ravel()

    slips = [
        (-right, "It is momentum minus rival; rival minus momentum is asked for."),
        (
            chosen(rival[1], rival[1]) - chosen(base[1], base[1]),
            "The rates are chosen by the test parts, which are to judge: choose by the validation parts.",
        ),
        (
            chosen(rival[0], rival[0]) - chosen(base[0], base[0]),
            "These are validation losses, which have already chosen; the test losses judge.",
        ),
        (one_rate(rival) - one_rate(base), "One rate for all folds: each fold chooses its own."),
        (one_rate_a_cut(rival) - one_rate_a_cut(base), "One rate for each cut: each fold chooses its own."),
        (np.roll(right, 5), "Cut 0 comes first, then cut 1."),
        (np.tile(right[:5], 2), "Both halves are of cut 0."),
        (np.tile(right[5:], 2), "Both halves are of cut 1."),
        (right.reshape(2, 5).T.ravel(), "First the five folds of cut 0, then those of cut 1."),
        (chosen(rival[1], rival[0]), "These are the rival's losses; subtract momentum's."),
    ]
    slips += [
        (shared(by), "Both have the same rate here: each chooses its own.") for by in range(len(base[0]))
    ]
    for other, hint in slips:
        need(not like(other), f"differences: {hint}")
    worst = int(np.abs(found - right).argmax())
    need(
        False,
        f"differences: in cut {worst // 5}, fold {worst % 5} your rival and your grids give "
        f"{right[worst]:+.4f}, and you have {found[worst]:+.4f}. Were they run again after a change?",
    )


@question
def q5(rival, grids, differences, verdict):
    if given(rival):
        need_a_rival(rival)
    tables, found = {}, None
    if whole(grids):
        rates = need_grids(grids)
        tables["momentum"] = race(momentum, rates["momentum"])
        need_the_middle("momentum", tables["momentum"], rates["momentum"])
    if whole(grids) and given(rival):
        tables["rival"] = race(rival, rates["rival"])
        need_the_middle("the rival", tables["rival"], rates["rival"])
    if whole(differences):
        hint = "differences is ten numbers: two cuts of five folds."
        found = numbers(differences, hint).ravel()
        need(found.size == 10, f"{hint} Yours has {found.size}.")
    if given(rival, differences) and whole(grids) and found is not None:
        need_differences(found, tables["rival"], tables["momentum"])
    if given(verdict, differences) and found is not None:
        words = ("ahead", "behind", "cannot tell")
        word = " ".join(str(verdict).lower().split())
        need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
        low, high = interval(found)
        right = "ahead" if high < 0 else "behind" if low > 0 else "cannot tell"
        where = f"verdict: the interval goes from {low:+.4f} to {high:+.4f}"
        if word == right or min(abs(low), abs(high)) < 5e-4 and word == "cannot tell":
            return
        need(right != "cannot tell", f"{where}: 0 is inside of it. Does {word!r} follow from that?")
        need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said.")
        need(False, f"{where}: on which side of 0 is that? A lower loss is ahead.")
