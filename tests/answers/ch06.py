"""Answers to the questions of chapter 6 that must pass, and mistakes that must get a hint."""

import contextlib

import numpy as np
from sklearn.linear_model import LogisticRegression

# --- 1: a gradient ----------------------------------------------------------------------------------


def row_by_row(w, X, y):
    total = np.zeros(len(w))
    for x, count in zip(X, y, strict=True):
        total += (np.exp(x @ w) - count) * x
    return total / len(y)


def by_nudging(w, X, y, h=1e-5):
    def loss(w):
        return np.mean(np.exp(X @ w) - y * (X @ w))

    return [(loss(w + e) - loss(w - e)) / (2 * h) for e in h * np.eye(len(w))]


def in_32_bits(w, X, y):
    z = (X @ w).astype(np.float32)
    return X.T.astype(np.float32) @ (np.exp(z) - y.astype(np.float32)) / len(y)


def for_six_weights(w, X, y):
    return [np.mean((np.exp(X @ w) - y) * X[:, j]) if j < X.shape[1] else 0.0 for j in range(6)]


# --- 2: gradient checking ---------------------------------------------------------------------------


def one_by_one(function, w):
    slopes = []
    for j in range(len(w)):
        up, down = w.copy(), w.copy()
        up[j] += 1e-5
        down[j] -= 1e-5
        slopes.append((function(up) - function(down)) / (up[j] - down[j]))
    return slopes


def in_place_and_back(function, w):
    slopes = np.zeros(len(w))
    for j in range(len(w)):
        old = w[j]
        w[j] = old + 1e-5
        up = function(w)
        w[j] = old - 1e-5
        down = function(w)
        w[j] = old
        slopes[j] = (up - down) / 2e-5
    return slopes


def in_place_by_sums(function, w):
    slopes = np.zeros(len(w))
    for j in range(len(w)):
        w[j] += 1e-5
        slopes[j] = function(w)
        w[j] -= 2e-5
        slopes[j] = (slopes[j] - function(w)) / 2e-5
        w[j] += 1e-5  # only rounding is left
    return slopes


def in_place(function, w):
    slopes = []
    for j in range(len(w)):
        before = function(w)
        w[j] += 1e-5
        slopes.append((function(w) - before) / 1e-5)
    return slopes


def nudging(up=1.0, down=1.0, width=2.0, h=1e-5):
    def numeric_gradient(function, w):
        return np.array(
            [(function(w + up * e) - function(w - down * e)) / (width * h) for e in h * np.eye(len(w))]
        )

    return numeric_gradient


def all_at_once(function, w):
    return (function(w + 1e-5) - function(w - 1e-5)) / 2e-5


def all_at_once_each(function, w):
    return np.full(len(w), all_at_once(function, w))


def without_the_last(function, w):
    return np.append(nudging()(function, w)[:-1], 0)


def for_four_weights(function, w):
    return np.append(nudging()(function, w), np.zeros(4))[:4]


def on_lists(function, w):
    slopes = []
    for j in range(len(w)):
        up, down = list(w), list(w)
        up[j], down[j] = up[j] + 1e-5, down[j] - 1e-5
        slopes.append((function(np.array(up)) - function(np.array(down))) / 2e-5)
    return tuple(slopes)


VERDICTS = {"A": "penalty", "B": "sum", "C": "right", "D": "sign"}

# --- 3: the speed limit -----------------------------------------------------------------------------

PAIR = {"temperature", "felt_temperature"}

# --- 4: mini-batches --------------------------------------------------------------------------------


def with_list_of_rows(w, X, y, gradient, eta, size, rng):
    rows = list(range(len(y)))
    rng.shuffle(rows)
    w = np.array(w, dtype=float)
    while rows:
        batch, rows = rows[:size], rows[size:]
        w -= eta * gradient(w, X[batch], y[batch])
    return w


def shuffled_copies(w, X, y, gradient, eta, size, rng):
    order = np.argsort(rng.random(len(y)))
    X, y = X[order], y[order]
    for k in range(int(np.ceil(len(y) / size))):
        part = slice(k * size, (k + 1) * size)
        w = w - eta * gradient(w, X[part], y[part])
    return w


def loop(order=None, sign=-1.0, starts=None, own=False, late=False, own_labels=False):
    """An epoch with something wrong in it."""

    def one_epoch(w, X, y, gradient, eta, size, rng):
        rows = order(len(y), rng) if order else rng.permutation(len(y))
        moves = 0
        for first in starts(len(y), size) if starts else range(0, len(y), size):
            batch = rng.choice(len(y), min(size, len(y))) if own else rows[first : first + size]
            labels = y[first : first + size] if own_labels else y[batch]
            move = sign * eta * gradient(w, X[batch], labels)
            if late:
                moves = moves + move
            else:
                w = w + move
        return w + moves

    return one_epoch


def with_split(w, X, y, gradient, eta, size, rng):
    """Right: array_split at the places where batches begin."""
    for batch in np.array_split(rng.permutation(len(y)), np.arange(size, len(y), size)):
        w = w - eta * gradient(w, X[batch], y[batch])
    return tuple(w)


def by_batch_number(w, X, y, gradient, eta, size, rng):
    """Right: a random batch for each row, and the batch cut out by a mask, in the order of the table."""
    batch = rng.permutation(len(y)) // size
    for k in range(batch.max() + 1):
        w = w - eta * gradient(w, X[batch == k], y[batch == k])
    return w


def equal_parts(w, X, y, gradient, eta, size, rng):
    for batch in np.array_split(rng.permutation(len(y)), -(-len(y) // size)):
        w = w - eta * gradient(w, X[batch], y[batch])
    return w


def short_one_first(w, X, y, gradient, eta, size, rng):
    order, first = rng.permutation(len(y)), 0
    while first < len(y):
        batch = order[first : first + (len(y) % size or size if first == 0 else size)]
        first += len(batch)
        w = w - eta * gradient(w, X[batch], y[batch])
    return w


def by_rate(rate):
    def one_epoch(w, X, y, gradient, eta, size, rng):
        return loop()(w, X, y, gradient, rate(eta, size, len(y)), size, rng)

    return one_epoch


def blocks(within):
    """Whole blocks of the table in random order, or the rows of each block shuffled in it."""

    def order(n, rng):
        parts = np.array_split(np.arange(n), np.arange(5, n, 5))
        parts = (
            [rng.permutation(p) for p in parts] if within else [parts[k] for k in rng.permutation(len(parts))]
        )
        return np.concatenate(parts)

    return order


def rotated(n, rng):
    return np.roll(np.arange(n), rng.integers(1, n))


def in_place_update(w, X, y, gradient, eta, size, rng):
    rows = rng.permutation(len(y))
    for first in range(0, len(y), size):
        w -= eta * gradient(w, X[rows[first : first + size]], y[rows[first : first + size]])
    return w


def own_generator(w, X, y, gradient, eta, size, rng):
    return loop(order=lambda n, rng: np.random.permutation(n))(w, X, y, gradient, eta, size, rng)


def table_shuffled(w, X, y, gradient, eta, size, rng):
    order = rng.permutation(len(y))
    X[:], y[:] = X[order], y[order]
    for first in range(0, len(y), size):
        w = w - eta * gradient(w, X[first : first + size], y[first : first + size])
    return w


def return_in_the_loop(w, X, y, gradient, eta, size, rng):
    order = rng.permutation(len(y))
    for first in range(0, len(y), size):
        batch = order[first : first + size]
        w = w - eta * gradient(w, X[batch], y[batch])
        return w


def divided_once_more(w, X, y, gradient, eta, size, rng):
    order = rng.permutation(len(y))
    for first in range(0, len(y), size):
        batch = order[first : first + size]
        w = w - eta * gradient(w, X[batch], y[batch]) / len(batch)
    return w


def no_return(w, X, y, gradient, eta, size, rng):
    with_list_of_rows(w, X, y, gradient, eta, size, rng)


# --- 5: scikit-learn's weights ----------------------------------------------------------------------


def newton(X, y, C):
    ones = np.column_stack([X, np.ones(len(y))])
    penalty = np.append(np.full(X.shape[1], 1 / C), 0)  # the sum, as scikit-learn has it
    w = np.zeros(ones.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-ones @ w))
        hessian = (ones * (p * (1 - p))[:, None]).T @ ones + np.diag(penalty)
        w = w - np.linalg.solve(hessian, ones.T @ (p - y) + penalty * w)
    return w[:-1], w[-1]


def by_library(X, y, C):
    model = LogisticRegression(C=C, tol=1e-8).fit(X, y)
    return model.coef_[0], model.intercept_


def by_minimiser(X, y, C):
    from scipy.optimize import minimize

    def loss(both):
        z = X @ both[:-1] + both[-1]
        return C * np.sum(np.logaddexp(0, z) - y * z) + both[:-1] @ both[:-1] / 2

    both = minimize(loss, np.zeros(X.shape[1] + 1), tol=1e-9).x
    return both[:-1], both[-1]


def as_in_the_lesson(X, y, C):
    """Right: the lesson's `train`, rate 5, until the ground is flat."""
    w, b, penalty = np.zeros(X.shape[1]), 0.0, 1 / (C * len(y))
    for _ in range(20000):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        gradient_w, gradient_b = X.T @ error / len(y) + penalty * w, error.mean()
        if max(np.abs(gradient_w).max(), abs(gradient_b)) <= 1e-6:
            break
        w, b = w - 5 * gradient_w, b - 5 * gradient_b
    return w, np.array([b])


def by_library_cv(X, y, C):
    from sklearn.linear_model import LogisticRegressionCV

    model = LogisticRegressionCV(Cs=[C], l1_ratios=(0,), use_legacy_attributes=False).fit(X, y)
    return model.coef_[0], model.intercept_[0]


def descent(penalty=lambda C, n: 1 / (C * n), on_b=False, steps=6000, eta=1.0):
    def fit(X, y, C):
        w, b = np.zeros(X.shape[1]), 0.0
        for _ in range(steps):
            error = 1 / (1 + np.exp(-(X @ w + b))) - y
            strength = penalty(C, len(y))
            w, b = (
                w - eta * (X.T @ error / len(y) + strength * w),
                b - eta * (error.mean() + strength * b * on_b),
            )
        return w, b

    return fit


# --- 6: a hundred gradients --------------------------------------------------------------------------


def barzilai_borwein(loss_and_gradient, w, budget):
    best, (lowest, slope) = w, loss_and_gradient(w)
    rate = 0.001
    for _ in range(budget - 1):
        new = w - rate * slope
        value, new_slope = loss_and_gradient(new)
        if value > 100 * (1 + abs(lowest)):
            rate /= 4
            continue
        step, change = new - w, new_slope - slope
        rate = step @ step / max(step @ change, 1e-9)
        w, slope = new, new_slope
        if value < lowest:
            best, lowest = w, value
    return best


def momentum_of(beta, rate):
    def descend(loss_and_gradient, w, budget):
        speed = 0
        for _ in range(budget):
            speed = beta * speed + loss_and_gradient(w)[1]
            w = w - rate * speed
        return w

    return descend


def adam(rate):
    def descend(loss_and_gradient, w, budget):
        v = s = 0
        for step in range(1, budget + 1):
            g = loss_and_gradient(w)[1]
            v, s = 0.9 * v + 0.1 * g, 0.999 * s + 0.001 * g**2
            w = w - rate * v / (1 - 0.9**step) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
        return w

    return descend


def nesterov(loss_and_gradient, w, budget):
    last = w
    for _ in range(budget):
        ahead = w + 0.8 * (w - last)
        last, w = w, ahead - 0.003 * loss_and_gradient(ahead)[1]
    return w


def best_on_the_way(loss_and_gradient, w, budget):
    """Right: momentum, but it keeps the lowest point; the first call is at w."""
    path, speed = [], 0
    for _ in range(budget):
        loss, gradient = loss_and_gradient(w)
        path.append((loss, w.tolist()))
        speed = 0.9 * speed + gradient
        w = w - 0.0015 * speed
    return min(path)[1]


def scipy_until(method, **options):
    """Right: scipy's minimiser, stopped when the budget is spent."""

    def descend(loss_and_gradient, w, budget):
        from scipy.optimize import minimize

        calls = []

        def counted(w):
            if len(calls) == budget:
                raise StopIteration
            calls.append((loss_and_gradient(w), w.copy()))
            return calls[-1][0]

        with contextlib.suppress(StopIteration):
            minimize(counted, w, jac=True, method=method, options=options)
        return min(calls, key=lambda call: call[0][0])[1]

    return descend


def fixed_budget(loss_and_gradient, w, budget):
    return momentum_of(0.8, 0.003)(loss_and_gradient, w, 100)


def from_zeros(loss_and_gradient, w, budget):
    return scipy_until("BFGS")(loss_and_gradient, np.zeros(6), budget)


def plain(rate, calls=100):
    def descend(loss_and_gradient, w, budget):
        for _ in range(calls):
            w = w - rate * loss_and_gradient(w)[1]
        return w

    return descend


def two_calls_a_step(loss_and_gradient, w, budget):
    for _ in range(budget):
        loss_and_gradient(w)  # to print the loss
        w = w - 0.003 * loss_and_gradient(w)[1]
    return w


RIGHT = {
    "q1": [
        ("a loop over rows", (row_by_row,)),
        ("by nudging, a list", (by_nudging,)),
        ("float32", (in_32_bits,)),
        ("a mean of rows", (lambda w, X, y: np.mean((np.exp(X @ w) - y)[:, None] * X, axis=0),)),
    ],
    "q2": [
        ("copies, a list", (one_by_one, VERDICTS)),
        ("on w itself, added and taken off", (in_place_by_sums, VERDICTS)),
        ("lists, a tuple", (on_lists, VERDICTS)),
        ("on w itself, put back", (in_place_and_back, dict(reversed(VERDICTS.items())))),
    ],
    "q3": [
        ("found by trying, a list of names", (1.0, 0.95, ["felt_temperature", "temperature"])),
        ("from eigenvalues", (1.001549, 0.98 * 1.001549, PAIR)),
        ("NumPy numbers, an array", (np.array([0.9961]), np.float32(0.95), np.array(sorted(PAIR)))),
        ("a tuple of names", (1.005, 0.94, tuple(PAIR))),
        ("names one by one", lambda: (1.0015, 0.95, (name for name in sorted(PAIR)))),
    ],
    "q4": [
        ("a list that is eaten up", (with_list_of_rows,)),
        ("shuffled copies", (shuffled_copies,)),
        ("array_split at the right places, a tuple", (with_split,)),
        ("batches cut out by masks", (by_batch_number,)),
        ("a generator of its own from rng", (loop(order=lambda n, rng: rng.spawn(1)[0].permutation(n)),)),
        ("rng.choice without replacement", (loop(order=lambda n, rng: rng.choice(n, n, replace=False)),)),
    ],
    "q5": [
        ("Newton's method on the sum", (newton,)),
        ("descent with a fixed number of steps", (descent(),)),
        ("scipy's minimiser", (by_minimiser,)),
        ("the lesson's descent", (as_in_the_lesson,)),
        ("a small rate, many steps", (descent(eta=0.2, steps=15000),)),
        ("a list", (lambda X, y, C: [part for part in newton(X, y, C)],)),
    ],
    "q6": [
        ("little momentum, a high rate", (momentum_of(0.5, 0.004),)),
        ("momentum", (momentum_of(0.8, 0.002),)),
        ("more momentum, a lower rate", (momentum_of(0.85, 0.001),)),
        ("the lesson's momentum, a low rate", (momentum_of(0.9, 0.001),)),
        ("the lesson's momentum, a high rate", (momentum_of(0.9, 0.004),)),
        ("Nesterov's momentum", (nesterov,)),
        ("a list, the lowest point of the path", (best_on_the_way,)),
        ("a rate from the last two gradients", (barzilai_borwein,)),
        ("BFGS", (scipy_until("BFGS"),)),
        ("conjugate gradients", (scipy_until("CG"),)),
    ],
}

WRONG = {
    "q1": [
        ("y minus prediction", (lambda w, X, y: X.T @ (y - np.exp(X @ w)) / len(y),)),
        ("added over rows", (lambda w, X, y: X.T @ (np.exp(X @ w) - y),)),
        ("the prediction is X w", (lambda w, X, y: X.T @ (X @ w - y) / len(y),)),
        ("the lesson's gradient", (lambda w, X, y: X.T @ (1 / (1 + np.exp(-X @ w)) - y) / len(y),)),
        ("I forgot the input", (lambda w, X, y: np.mean(np.exp(X @ w) - y),)),
        ("one number a row", (lambda w, X, y: np.exp(X @ w) - y,)),
        ("as for squares", (lambda w, X, y: X.T @ ((np.exp(X @ w) - y) * np.exp(X @ w)) / len(y),)),
        ("no return", (lambda w, X, y: None,)),
        ("two parts, as in the lesson", (lambda w, X, y: (row_by_row(w, X, y)[:-1], 0.1),)),
        ("a column of numbers", (lambda w, X, y: row_by_row(w, X, y)[:, None],)),
        ("always six weights", (for_six_weights,)),
        ("the last weight forgotten", (lambda w, X, y: np.append(row_by_row(w, X, y)[:-1], 0),)),
        ("a half too many", (lambda w, X, y: row_by_row(w, X, y) / 2,)),
        ("divided by the weights", (lambda w, X, y: row_by_row(w, X, y) * len(y) / len(w),)),
        ("a number without its sign", (lambda w, X, y: np.abs(row_by_row(w, X, y)),)),
        ("no y in the second part", (lambda w, X, y: X.T @ np.exp(X @ w) / len(y),)),
    ],
    "q2": [
        ("one way only", (nudging(down=0, width=1), VERDICTS)),
        ("divided by h", (nudging(width=1), VERDICTS)),
        ("down minus up", (nudging(width=-2), VERDICTS)),
        ("all weights at once", (all_at_once, VERDICTS)),
        ("all at once, once each", (all_at_once_each, VERDICTS)),
        ("the nudge stays in w", (in_place, VERDICTS)),
        ("up only, divided by the whole way", (nudging(down=0), VERDICTS)),
        ("no return", (lambda function, w: None, VERDICTS)),
        ("a nudge of 0.001", (nudging(h=1e-3), VERDICTS)),
        ("a nudge of 1e-6", (nudging(h=1e-6), VERDICTS)),
        ("the last weight is b", (without_the_last, VERDICTS)),
        ("always four weights", (for_four_weights, VERDICTS)),
        ("known slopes", (lambda function, w: 2 * w, VERDICTS)),
        ("a list of words for one letter", (one_by_one, VERDICTS | {"A": ["penalty"]})),
        ("a very small h", (nudging(h=1e-12), VERDICTS)),
        ("A's loss falls", (one_by_one, VERDICTS | {"A": "right"})),
        ("C looks strange", (one_by_one, VERDICTS | {"C": "sum"})),
        ("B and D swapped", (one_by_one, VERDICTS | {"B": "sign", "D": "sum"})),
        ("D is off somewhere", (one_by_one, VERDICTS | {"D": "penalty"})),
        ("my own words", (one_by_one, VERDICTS | {"C": "correct"})),
        ("a list", (one_by_one, list(VERDICTS.values()))),
    ],
    "q3": [
        ("one over the curvature", (0.5008, 0.95, PAIR)),
        ("the curvature", (1.9969, 0.95, PAIR)),
        ("below zero", (-1.0015, 0.95, PAIR)),
        ("in words", ("about 1", 0.95, PAIR)),
        ("steps_needed itself", (1.0015, lambda rate: 320, PAIR)),
        ("the flattest direction", (279.67, 0.95, PAIR)),
        ("a rate that works", (0.9, 0.95, PAIR)),
        ("the sum over rows", (1.001549 / 8645, 0.95, PAIR)),
        ("all the curvatures", (2 / np.array([0.007, 0.9, 1.9969]), 0.95, PAIR)),
        ("all the rates", (1.0015, np.array([0.5, 0.95]), PAIR)),
        ("nine tenths of the limit", (1.0015, 0.9 * 1.0015, PAIR)),
        ("at the limit", (1.0015, 0.992 * 1.0015, PAIR)),
        ("just too much", (1.03, 0.95, PAIR)),
        ("the middle formula", (1.0015, 0.99798, PAIR)),
        ("half the limit is best", (1.0015, 0.5, PAIR)),
        ("above the limit is fastest", (1.0015, 1.1, PAIR)),
        ("wind and humidity", (1.0015, 0.95, {"wind_speed", "humidity"})),
        ("one name", (1.0015, 0.95, "temperature")),
        ("numbers of columns", (1.0015, 0.95, {0, 1})),
        ("a number", (1.0015, 0.95, 2)),
        ("a pair in a list", (1.0015, 0.95, [sorted(PAIR)])),
        ("one per cent over it", (1.0125, 0.95, PAIR)),
        ("minus the rate", (1.0015, -0.95, PAIR)),
        ("three of them", (1.0015, 0.95, {"temperature", "felt_temperature", "humidity"})),
    ],
    "q4": [
        ("each batch drawn anew", (loop(own=True),)),
        ("whole batches only", (loop(starts=lambda n, size: range(0, max(n - size + 1, 1), size)),)),
        ("in the order of the table", (loop(order=lambda n, rng: np.arange(n)),)),
        (
            "my own seed each time",
            (loop(order=lambda n, rng: np.random.default_rng(0).permutation(n)),),
        ),
        ("array_split in equal parts", (equal_parts,)),
        ("the short batch first", (short_one_first,)),
        ("a rate of 0.1", (by_rate(lambda eta, size, n: 0.1),)),
        ("the rate for the sum", (by_rate(lambda eta, size, n: eta * size / n),)),
        ("batches of five", (loop(starts=lambda n, size: range(0, n, 5)),)),
        ("blocks in random order", (loop(order=blocks(False)),)),
        ("shuffled within each batch", (loop(order=blocks(True)),)),
        ("a random beginning", (loop(order=rotated),)),
        ("the last row forgotten", (loop(starts=lambda n, size: range(0, n - 1, size)),)),
        ("one update at the end", (loop(late=True),)),
        ("uphill", (loop(sign=1.0),)),
        ("the mean of the steps", (loop(sign=-0.2),)),
        ("only X shuffled", (loop(own_labels=True),)),
        ("w changed in place", (in_place_update,)),
        ("np.random.permutation", (own_generator,)),
        ("the table itself shuffled", (table_shuffled,)),
        ("return in the loop", (return_in_the_loop,)),
        ("divided by the batch size", (divided_once_more,)),
        ("no return", (no_return,)),
        ("one row at a time", (loop(starts=lambda n, size: range(0, n)),)),
        ("the full batch", (lambda w, X, y, gradient, eta, size, rng: w - eta * gradient(w, X, y),)),
    ],
    "q5": [
        ("no penalty", (descent(lambda C, n: 0),)),
        ("C is the strength", (descent(lambda C, n: C / n),)),
        ("one over C, with the mean", (descent(lambda C, n: 1 / C, eta=0.04),)),
        ("b is a weight, too", (descent(on_b=True),)),
        ("a hundred steps of 0.1", (descent(steps=100, eta=0.1),)),
        ("C left out", (descent(lambda C, n: 1 / n),)),
        ("the library itself", (by_library,)),
        ("the library by another door", (by_library_cv,)),
        ("the customers' C", (lambda X, y, C: newton(X, y, 0.1),)),
        ("a few steps", (descent(steps=30),)),
        ("b left out", (lambda X, y, C: (newton(X, y, C)[0], 0.0),)),
        ("b first", (lambda X, y, C: newton(X, y, C)[::-1],)),
        ("rounded to two digits", (lambda X, y, C: [np.round(part, 2) for part in newton(X, y, C)],)),
        ("the half kept in the gradient", (descent(lambda C, n: 1 / (2 * C * n)),)),
        ("a rate of 10", (descent(eta=10.0),)),
        ("a rate of 13", (descent(eta=13.0),)),
        ("plus the gradient", (descent(eta=-0.1, steps=1000),)),
        ("another penalty", (descent(lambda C, n: 3 / (C * n)),)),
        ("no half", (descent(lambda C, n: 2 / (C * n)),)),
        ("uphill", (lambda X, y, C: tuple(-part for part in newton(X, y, C)),)),
        ("all in one array", (lambda X, y, C: np.append(*newton(X, y, C)),)),
        ("only the weights", (lambda X, y, C: newton(X, y, C)[0],)),
    ],
    "q6": [
        ("plain descent", (plain(0.003),)),
        ("plain, at a low rate", (plain(0.001),)),
        ("a rate above the limit", (plain(0.01),)),
        ("plain, at its best rate", (plain(0.0046),)),
        ("plain, a little above the limit", (plain(0.005),)),
        ("half of the last move at a low rate", (momentum_of(0.5, 0.001),)),
        ("too much of the last move", (momentum_of(0.95, 0.003),)),
        ("momentum at a rate above the limit", (momentum_of(0.8, 0.02),)),
        ("uphill", (momentum_of(0.8, -0.002),)),
        ("Adam at the network's rate", (adam(0.01),)),
        ("it needs more steps", (plain(0.003, calls=600),)),
        ("always a hundred", (fixed_budget,)),
        ("from zero", (from_zeros,)),
        ("called twice a step", (two_calls_a_step,)),
        ("the loss", (lambda f, w, budget: f(momentum_of(0.8, 0.002)(f, w, budget - 1))[0],)),
        ("known from before", (lambda f, w, budget: np.array([-0.021, 0.406, -0.2, 0, 0.375, 4.779]),)),
        ("a dictionary", (lambda f, w, budget: {"w": momentum_of(0.8, 0.002)(f, w, budget)},)),
        ("the weights and the loss", (lambda f, w, budget: (momentum_of(0.8, 0.002)(f, w, budget), 0.1),)),
        ("the start, after a walk", (lambda f, w, budget: (momentum_of(0.8, 0.002)(f, w, budget), w)[1],)),
        ("the start", (lambda f, w, budget: w - 0 * f(w)[1],)),
    ],
}
