"""The questions of chapter 6, model training."""

from unittest import mock

import numpy as np

import coursekit as ck
from coursekit.checking import need, question

WEATHER = ["temperature", "felt_temperature", "humidity", "wind_speed"]


def bicycles():
    """The scaled measures with a column of ones, and the bicycles hired."""
    bikes = ck.load("bikes")
    rush = bikes["hour"].between(7, 9) | bikes["hour"].between(16, 19)
    measures = bikes[WEATHER].assign(rush=rush.astype(float))
    scaled = (measures - measures.mean()) / measures.std(ddof=0)
    return scaled.assign(one=1.0).to_numpy(), bikes["bikers"].to_numpy(float)


@question
def q1(poisson_gradient):
    rng = np.random.default_rng(1)
    for n in (50, 7):
        X, w = np.column_stack([rng.normal(size=(n, 3)), np.ones(n)]), rng.normal(0, 0.5, 4)
        y = rng.poisson(3, n).astype(float)
        z = X @ w
        right, found = X.T @ (np.exp(z) - y) / n, poisson_gradient(w.copy(), X, y)
        need(found is not None, "It returns nothing: does it end with return?")
        parts = isinstance(found, tuple | list) and any(np.ndim(part) for part in found)
        need(not parts, "Return one array: the last weight plays b, and its gradient is the last number.")
        found = np.asarray(found, dtype=float)
        need(found.shape != (n,), "That is one number a row: the gradient has one number a weight.")
        need(found.shape == (4,), f"For 4 weights the gradient has 4 numbers, and yours {found.size}.")
        need(not np.allclose(found, -right), "Every sign is the wrong way round: is the error ŷ − y?")
        need(not np.allclose(found, n * right), "The loss takes the mean over rows, and yours adds them up.")
        need(not np.allclose(found, X.T @ (z - y) / n), "The prediction is e to the z, not z itself.")
        sigmoid = 1 / (1 + np.exp(-z))
        need(not np.allclose(found, X.T @ (sigmoid - y) / n), "Here the template is e to the z, no sigmoid.")
        chain = X.T @ ((np.exp(z) - y) * np.exp(z)) / n
        need(not np.allclose(found, chain), "One factor e to the z too many: which loss is it?")
        need(
            np.allclose(found, right, rtol=1e-5),
            "It does not agree with nudging the weights: derive by z first, then multiply by the input.",
        )


@question
def q2(numeric_gradient, verdicts):
    rng = np.random.default_rng(2)
    cases = {
        "w @ w": (lambda w: w @ w, lambda w: 2 * w),
        "the sum of w³": (lambda w: np.sum(w**3), lambda w: 3 * w**2),
        "w[0] · w[1]": (lambda w: w[0] * w[1], lambda w: np.array([w[1], w[0], *np.zeros(len(w) - 2)])),
    }
    for name, (function, slope) in cases.items():
        w = rng.normal(2, 1, 4)
        given = w.copy()
        found = numeric_gradient(function, given)
        need(found is not None, "numeric_gradient returns nothing: does it end with return?")
        found = np.asarray(found, dtype=float)
        need(
            np.allclose(given, w, rtol=0, atol=1e-9),
            "w is not the same afterwards: nudge a copy, or take the nudge off.",
        )
        need(found.shape == w.shape, f"For 4 weights it gives {found.size} numbers: nudge one at a time.")
        right = slope(w)
        need(not np.allclose(found, 2 * right, rtol=1e-3), "Twice too large: how long is the way between?")
        need(not np.allclose(found, right / 2, rtol=1e-3), "Half as large: how long is the way between?")
        need(not np.allclose(found, -right, rtol=1e-3), "The sign is the wrong way round: up minus down.")
        gap = np.abs(found - right).max()
        need(gap < 1e-2, f"For {name} the slope is off by {gap:.2g}: is only one weight nudged at a time?")
        need(gap < 1e-6, f"For {name} the slope is off by {gap:.0e}: nudge both ways, by 1e-5.")
    need(isinstance(verdicts, dict), 'verdicts is a dictionary: {"A": "right", …}.')
    need(set(verdicts) == set("ABCD"), "Give one word to each of the letters A, B, C and D.")
    words = {"right", "sign", "sum", "penalty"}
    need(set(verdicts.values()) <= words, f"Use only the words {', '.join(sorted(words))}.")
    hints = {
        "A": ("penalty", "A: compare the last weight by itself."),
        "B": ("sum", "B: about how many times too large is it, and how many rows are there?"),
        "C": ("right", "C: another way to write it is no bug. What does nudging say?"),
        "D": ("sign", "D: take the penalty's part away on both sides and compare what is left."),
    }
    for letter, (word, hint) in hints.items():
        need(verdicts[letter] == word, hint)


@question
def q3(limit, best, pair):
    X, hired = bicycles()
    y = (hired - hired.mean()) / hired.std()
    H, g = X.T @ X / len(X), X.T @ y / len(X)
    curvatures = np.linalg.eigvalsh(H)
    goal = np.linalg.solve(H, g)

    def steps(rate):
        """Steps until a millionth of the way down is left, or None; the loss is a parabola."""
        w, all_the_way = np.zeros(len(g)), goal @ H @ goal
        for step in range(5001):
            if (w - goal) @ H @ (w - goal) <= 1e-6 * all_the_way:
                return step
            w = w - rate * (H @ w - g)
        return None

    need(np.size(limit) == 1, "limit is one number: which of the directions decides?")
    need(np.size(best) == 1, "best is one number, a rate.")
    right, found, best = 2 / curvatures.max(), float(np.ravel(limit)[0]), float(np.ravel(best)[0])
    need(
        not np.isclose(found, curvatures.max(), rtol=0.005), "That is the curvature: the limit is 2 over it."
    )
    half = "It converges at nearly twice that rate, too: 2 over the curvature of half the mean squared error."
    need(not np.isclose(found, right / 2, rtol=0.01), half)
    added = "That is the limit for the sum over rows: the loss takes the mean."
    need(not np.isclose(found * len(X), right, rtol=0.01), added)
    flat = "That belongs to the flattest direction, and the steepest one throws you out first."
    need(not np.isclose(found, 2 / curvatures.min(), rtol=0.01), flat)
    need(found < 1.01 * right, f"With a rate of {found:.4g} the steps grow: the limit is lower.")
    need(found > 0.99 * right, f"With a rate of {found:.4g} it still converges: the limit is higher.")
    taken = steps(best)
    need(taken is not None, f"With best = {best:.4g} it does not arrive within 5,000 steps.")
    slow = "closer to the limit" if best < 0.98 * right else "a little further from the limit"
    need(taken <= 340, f"best needs {taken} steps, and 340 is asked for: try {slow}.")
    need(not isinstance(pair, str), "pair is a set of two names: {'…', '…'}.")
    names = set(pair)
    need(names <= {*WEATHER, "rush"}, f"pair holds names of measures: {', '.join([*WEATHER, 'rush'])}.")
    need(len(names) == 2, "pair holds two names.")
    need(
        names == {"temperature", "felt_temperature"},
        "Along the flattest direction two weights change against each other: which columns say the same?",
    )


@question
def q4(one_epoch):
    for n, size in [(20, 5), (23, 5), (6, 64)]:
        batches, weights = [], []
        numbers = np.arange(n, dtype=float)
        X, y = np.column_stack([numbers, np.ones(n)]), numbers * 10
        given, target = (X.copy(), y.copy()), np.array([3.0, -1.0])

        def gradient(w, X_batch, y_batch, batches=batches, weights=weights, target=target):
            batches.append((np.array(X_batch)[:, 0], np.array(y_batch)))
            weights.append(np.array(w, dtype=float))
            return np.asarray(w) - target

        w = np.zeros(2)
        new = one_epoch(w, X, y, gradient, 0.1, size, np.random.default_rng(4))
        need(np.array_equal(w, [0, 0]), "The w that came in has changed: make a new one, w = w - …")
        same = np.array_equal(X, given[0]) and np.array_equal(y, given[1])
        need(same, "The caller's X or y has changed: shuffle row numbers, or copies.")
        need(len(batches) > 0, "It never calls gradient.")
        met = np.concatenate([rows for rows, _ in batches])
        matched = all(np.array_equal(10 * rows, labels) for rows, labels in batches)
        need(matched, "X_batch and y_batch are not the same rows: cut both with the same numbers.")
        need(max(len(rows) for rows, _ in batches) <= size, f"A batch has more than size = {size} rows.")
        wanted = -(-n // size)
        alone = len(batches) == 1 < wanted and len(met) == size
        need(not alone, "Only the first batch is used: is return inside the loop?")
        need(len(np.unique(met)) == len(met), "Some rows come more than once in an epoch.")
        need(
            len(met) == n, f"Of {n} rows only {len(met)} are met with size = {size}: what of the last batch?"
        )
        need(
            len(batches) == wanted, f"{n} rows in batches of {size} are {wanted} batches, not {len(batches)}."
        )
        need(not np.array_equal(met, numbers), "The rows come in the order of the table: shuffle them first.")
        end, divided = w, w
        for rows, _ in batches:
            end = end - 0.1 * (end - target)
            divided = divided - 0.1 * (divided - target) / len(rows)
        need(new is not None, "It returns nothing: does it end with return?")
        new = np.asarray(new, dtype=float)
        need(new.shape == (2,), "Return the new weights, one array.")
        if len(batches) > 1:
            moved = not np.allclose(weights[1], weights[0])
            need(moved, "The second batch sees the weights of the first: update after each batch.")
        need(np.dot(new, target) > 0, "It walks uphill: the update is minus eta times the gradient.")
        need(
            not np.allclose(new, divided), "Divided by the size of the batch: the gradient is a mean already."
        )
        need(np.allclose(new, end), "The weights are not where eta times each gradient leads.")
    X, y = np.column_stack([np.arange(30.0), np.ones(30)]), np.arange(30.0)
    orders = []
    rng = np.random.default_rng(5)
    for epoch in range(3):
        seen, rng = [], np.random.default_rng(5) if epoch == 2 else rng

        def spy(w, X_batch, y_batch, seen=seen):
            seen.extend(np.array(X_batch)[:, 0])
            return np.zeros(2)

        one_epoch(np.zeros(2), X, y, spy, 0.1, 10, rng)
        orders.append(seen)
    need(orders[0] != orders[1], "Two epochs have the same order: draw it from rng, each time anew.")
    need(orders[0] == orders[2], "With the same rng the order is another one: draw it from rng.permutation.")


def regression(X, y, penalties):
    """The weights that minimise the mean cross-entropy with these penalties, by Newton's method."""
    w = np.zeros(X.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-X @ w))
        slope = X.T @ (p - y) / len(y) + penalties * w
        hessian = (X * (p * (1 - p))[:, None]).T @ X / len(y) + np.diag(penalties + 1e-12)
        step = np.linalg.solve(hessian, slope)
        w = w - step / max(1, np.abs(step).max() / 2)
    return w


@question
def q5(fit):
    from sklearn.linear_model import LogisticRegression  # only this question needs it

    rng = np.random.default_rng(6)
    for n, C in [(200, 1.0), (120, 0.05), (300, 20.0)]:
        X = rng.normal(size=(n, 3))
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        y = (rng.random(n) < 1 / (1 + np.exp(1.5 - X @ np.array([1.0, -0.7, 0.2])))).astype(float)
        with mock.patch.object(LogisticRegression, "fit", library_refused):
            answer = fit(X.copy(), y.copy(), C)
        need(isinstance(answer, tuple | list) and len(answer) == 2, "Return two things: w and b.")
        w, b = np.ravel(answer[0]).astype(float), np.ravel(answer[1]).astype(float)
        need(w.shape == (3,) and b.shape == (1,), "w has one number a column, and b is one number.")
        found, ones = np.append(w, b), np.column_stack([X, np.ones(n)])
        need(np.isfinite(found).all(), "The weights are no numbers any more: take a smaller rate.")

        def alike(penalty, on_b=0.0, found=found, ones=ones, y=y):
            """Are these the weights of another penalty?"""
            return np.allclose(found, regression(ones, y, np.array([penalty] * 3 + [on_b])), 0, 5e-4)

        right = 1 / (C * n)
        if not alike(right):
            need(not alike(0), "These are the weights without any penalty: what does C do?")
            need(not alike(right, right), "Nearly: b is penalised in yours, and not in scikit-learn.")
            need(C == 1 or not alike(C / n), "C works the wrong way round: a large C is a small penalty.")
            need(not alike(1 / C), "The penalty is n times too strong: is your loss the mean or the sum?")
            need(C == 1 or not alike(C), "C works the wrong way round: a large C is a small penalty.")
            need(not alike(1 / n), "Your weights do not depend on C.")
            need(not alike(2 * right), "The penalty is twice too strong: mind the half before it.")
            need(
                not alike(right / 2),
                "The penalty is half as strong as it should be: the derivative of w²/2 is w.",
            )
            goal = regression(ones, y, np.array([right] * 3 + [0]))
            need(found @ goal >= 0, "The signs are the wrong way round: the update is minus the gradient.")
            gap = np.abs(found - goal).max()
            advice = what_is_wrong(found, goal, ones, y)
            need(False, f"With C = {C:g} on {n} rows a weight is off by {gap:.2g}: {advice}.")


def library_refused(model, *args, **kwargs):
    """Stands in for scikit-learn's `fit` while a learner's own is checked."""
    need(False, "From your own hand: the library's fit is what you are to rebuild.")


def what_is_wrong(found, goal, ones, y):
    """Advice from where the weights lie; b has no penalty, so at the end of any descent its slope is zero."""
    p, p_found = 1 / (1 + np.exp(-ones @ goal)), 1 / (1 + np.exp(-ones @ found))
    bends = np.linalg.eigvalsh((ones * (p * (1 - p))[:, None]).T @ ones / len(y))
    way = found - goal
    bend = np.mean((ones @ way) ** 2 * p * (1 - p)) / (way @ way)  # the curvature along what is left
    if abs(np.mean(p_found - y)) > 1e-5:
        if bend > (bends.min() + bends.max()) / 2:
            return "your descent has not settled, take a smaller rate"
        if bend < 0.95 * bends.min() + 0.05 * bends.max():
            return "walk on, or with larger steps"
    return "compare your loss with scikit-learn's"


@question
def q6(descend):
    X, hired = bicycles()
    everything = np.arange(len(hired))
    for rows, lowest in [(everything, -599.0696392), (everything[::3], None)]:
        calls = []

        def loss_and_gradient(w, calls=calls, rows=rows):
            calls.append(1)
            need(len(calls) <= 60, "More than 60 gradients: every call of loss_and_gradient costs one.")
            z = np.clip(X[rows] @ np.asarray(w, dtype=float), -50, 50)
            y_hat = np.exp(z)
            return np.mean(y_hat - hired[rows] * z), X[rows].T @ (y_hat - hired[rows]) / len(rows)

        if lowest is None:
            lowest = newton_poisson(X[rows], hired[rows])
        w = descend(loss_and_gradient, np.zeros(6), 60)
        need(w is not None, "It returns nothing: does it end with return?")
        w = np.asarray(w, dtype=float)
        need(w.shape == (6,), "Return the six weights, not the loss or the path.")
        need(np.isfinite(w).all(), "The weights are no numbers any more: the steps have grown without end.")
        need(len(calls) > 0, "It never calls loss_and_gradient: the weights must be found, not known.")
        z = np.clip(X[rows] @ w, -50, 50)
        above = np.mean(np.exp(z) - hired[rows] * z) - lowest
        where = "on all hours" if len(rows) == len(hired) else "on a third of the hours"
        if above > 1:
            need(
                False, f"{above:.3g} above the lowest loss {where}: the rate is too large, or far too small."
            )
        advice = "Momentum? If you use it already, keep less of the last move, or change the rate."
        need(above < 0.02, f"{above:.3g} above the lowest loss {where}, and 0.02 is enough. {advice}")


def newton_poisson(X, y):
    """The lowest Poisson loss, by Newton's method from the mean."""
    w = np.zeros(X.shape[1])
    w[-1] = np.log(y.mean())
    for _ in range(20):
        y_hat = np.exp(X @ w)
        w = w - np.linalg.solve((X * y_hat[:, None]).T @ X, X.T @ (y_hat - y))
    return np.mean(np.exp(X @ w) - y * (X @ w))
