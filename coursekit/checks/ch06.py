"""The questions of chapter 6, model training."""

import contextlib
from unittest import mock

import numpy as np

import coursekit as ck
from coursekit.checking import attempt, given, need, question

WEATHER = ["temperature", "felt_temperature", "humidity", "wind_speed"]


def bicycles():
    """The scaled measures with a column of ones, and the bicycles hired."""
    bikes = ck.load("bikes")
    rush = bikes["hour"].between(7, 9) | bikes["hour"].between(16, 19)
    measures = bikes[WEATHER].assign(rush=rush.astype(float))
    scaled = (measures - measures.mean()) / measures.std(ddof=0)
    return scaled.assign(one=1.0).to_numpy(), bikes["bikers"].to_numpy(float)


def in_numbers(answer, hint):
    """The answer as an array of numbers, or the hint where it is none."""
    found = attempt(lambda: np.asarray(answer, dtype=float))
    need(not isinstance(found, Exception), hint)
    return found


@question
def q1(poisson_gradient):
    rng = np.random.default_rng(1)
    for n, weights in [(50, 4), (7, 3), (30, 6)]:
        X, w = np.column_stack([rng.normal(size=(n, weights - 1)), np.ones(n)]), rng.normal(0, 0.5, weights)
        y = rng.poisson(3, n).astype(float)
        z = X @ w
        right, found = X.T @ (np.exp(z) - y) / n, poisson_gradient(w.copy(), X.copy(), y.copy())
        need(found is not None, "It returns nothing: does it end with return?")
        parts = isinstance(found, tuple | list) and any(np.ndim(part) for part in found)
        need(not parts, "Return one array: the last weight plays b, and its gradient is the last number.")
        found = np.asarray(found, dtype=float)
        need(found.shape != (n,), "That is one number a row: the gradient has one number a weight.")
        shape = f"For {weights} weights the gradient has the shape ({weights},), and yours {found.shape}."
        need(found.shape == (weights,), shape)

        def like(other, found=found, right=right):
            """Is it this, to four digits?"""
            return np.abs(found - other).max() <= 1e-4 * np.abs(right).max()

        need(not like(-right), "Every sign is the wrong way round: is the error ŷ − y?")
        need(not like(n * right), "The loss takes the mean over rows, and yours adds them up.")
        need(not like(X.T @ (z - y) / n), "The prediction is e to the z, not z itself.")
        sigmoid = 1 / (1 + np.exp(-z))
        need(not like(X.T @ (sigmoid - y) / n), "Here the template is e to the z, no sigmoid.")
        chain = X.T @ ((np.exp(z) - y) * np.exp(z)) / n
        need(not like(chain), "One factor e to the z too many: which loss is it?")
        need(
            like(right),
            "It does not agree with nudging the weights: derive by z first, then multiply by the input.",
        )


@question
def q2(numeric_gradient, verdicts):
    if given(numeric_gradient):
        rng = np.random.default_rng(2)
        cross = "w[0] · w[1]", lambda w: w[0] * w[1], lambda w: np.array([w[1], w[0], *(0 * w[2:])])
        cases = [("w @ w", lambda w: w @ w, lambda w: 2 * w), cross]
        cases += [("the sum of w³", lambda w: np.sum(w**3), lambda w: 3 * w**2)]
        for size, (name, function, slope) in zip((4, 5, 3), cases, strict=True):
            judge_nudges(numeric_gradient, name, function, slope, rng.normal(2, 1, size))
    if given(verdicts):
        need(isinstance(verdicts, dict), 'verdicts is a dictionary: {"A": "right", …}.')
        need(set(verdicts) == set("ABCD"), "Give one word to each of the letters A, B, C and D.")
        hints = {
            "A": ("penalty", "compare the last weight by itself."),
            "B": ("sum", "print the ratio to what nudging gives, and the number of rows beside it."),
            "C": ("right", "another way to write it is no bug. What does nudging say?"),
            "D": ("sign", "take the penalty's part away on both sides and compare what is left."),
        }
        words = sorted(word for word, _ in hints.values())
        for letter, (word, hint) in hints.items():
            if given(verdicts[letter]):
                known = isinstance(verdicts[letter], str) and verdicts[letter] in words
                need(known, f"{letter}: use one of the words {', '.join(words)}.")
                need(verdicts[letter] == word, f"{letter}: {hint}")


def judge_nudges(numeric_gradient, name, function, slope, w):
    """Does it nudge one weight at a time, both ways, by 1e-5, and leave w alone?"""
    own, points = w.copy(), []

    def watched(w):
        points.append(np.array(w, dtype=float))
        return function(points[-1])

    found = numeric_gradient(watched, own)
    need(found is not None, "numeric_gradient returns nothing: does it end with return?")
    found, right = np.asarray(found, dtype=float), slope(w)
    same = np.allclose(own, w, rtol=0, atol=1e-9)
    need(same, "w is not the same afterwards: nudge a copy, or take the nudge off.")
    need(found.shape == w.shape, f"For {len(w)} weights it gives the shape {found.shape}: one number each.")
    need(points, "It never calls function.")
    nudges = np.abs(np.array(points) - w)
    together = (nudges > 1e-12).sum(axis=1).max()
    need(together <= 1, f"{together} weights are nudged at the same time: one at a time.")
    far = nudges.max(axis=1)
    far = far[far > 0]
    length = far.max(initial=0) if far.max(initial=0) > 1.01e-5 else far.min(initial=1)
    need(np.allclose(far, 1e-5, rtol=0.01), f"A weight is nudged by {length:.2g}, and 1e-5 is asked for.")
    need(not np.allclose(found, 2 * right, rtol=1e-3), "Twice too large: how long is the way between?")
    need(not np.allclose(found, right / 2, rtol=1e-3), "Half as large: how long is the way between?")
    need(not np.allclose(found, -right, rtol=1e-3), "The sign is the wrong way round: up minus down.")
    worst = int(np.abs(found - right).argmax())
    said = f"For {name} the slope along w[{worst}] is {found[worst]:.7f}, and should be {right[worst]:.7f}."
    need(np.abs(found - right).max() < 1e-6, f"{said} Both ways, for every weight?")


@question
def q3(limit, best, pair):
    X, hired = bicycles()
    y = (hired - hired.mean()) / hired.std()
    H, g = X.T @ X / len(X), X.T @ y / len(X)
    curvatures, goal = np.linalg.eigvalsh(H), np.linalg.solve(H, g)
    right = 2 / curvatures.max()

    def steps(rate):
        """Steps until a millionth of the way down is left, or None; the loss is a parabola."""
        w, all_the_way = np.zeros(len(g)), goal @ H @ goal
        for step in range(5001):
            if (w - goal) @ H @ (w - goal) <= 1e-6 * all_the_way:
                return step
            w = w - rate * (H @ w - g)
        return None

    if given(limit):
        need(np.size(limit) == 1, "limit is one number: which of the directions decides?")
        found = float(np.ravel(in_numbers(limit, "limit is a number, a rate."))[0])
        need(found > 0, f"limit is {found:.4g}: a rate is above 0.")
        curvature = np.isclose(found, curvatures.max(), rtol=0.005)
        need(not curvature, f"{found:.4g} is about the largest curvature: how does the limit follow from it?")
        half = "It converges at nearly twice that rate, too: mind the half in half the mean squared error."
        need(not np.isclose(found, right / 2, rtol=0.01), half)
        added = "That is the limit for the sum over rows: the loss takes the mean."
        need(not np.isclose(found * len(X), right, rtol=0.01), added)
        flat = "That belongs to the flattest direction, and the steepest one throws you out first."
        need(not np.isclose(found, 2 / curvatures.min(), rtol=0.01), flat)
        need(found < 1.01 * right, f"With a rate of {found:.4g} the steps grow: the limit is lower.")
        need(found > 0.99 * right, f"With a rate of {found:.4g} it still converges: the limit is higher.")
    if given(best):
        need(np.size(best) == 1, "best is one number, a rate.")
        rate = float(np.ravel(in_numbers(best, "best is a number, a rate."))[0])
        taken = steps(rate)
        need(taken is not None, f"With best = {rate:.4g} it does not arrive within 5,000 steps.")
        slow = "a higher rate" if rate < 0.98 * right else "a slightly lower rate"
        need(taken <= 340, f"best needs {taken} steps, and 340 is asked for: try {slow}.")
    if given(pair):
        listed = np.iterable(pair) and not isinstance(pair, str)
        need(listed, "pair is a set of two names: {'…', '…'}.")
        pair = list(pair)
        if given(*pair):
            names, known = set(map(str, pair)), [*WEATHER, "rush"]
            need(names <= set(known), f"pair holds names of measures: {', '.join(known)}.")
            need(len(names) == 2, "pair holds two names.")
            alike = "Along the flattest direction two weights change against each other: which columns?"
            need(names == {"temperature", "felt_temperature"}, alike)


@question
def q4(one_epoch):
    for n, size, eta, columns in [(20, 5, 0.1, 2), (22, 4, 0.03, 3), (6, 64, 0.3, 2), (7, 1, 0.05, 4)]:
        judge_epoch(one_epoch, n, size, eta, np.arange(3.0, 3 - columns, -1))
    first, again = orders(one_epoch, 5), orders(one_epoch, 5)
    need(first[0] != first[1], "Two epochs have the same order: draw it from rng, each time anew.")
    need(first == again, "With the same rng the order is another one: draw it from rng alone.")
    starts = {frozenset(order[:5]) for order in first}
    blocks = f"In 60 epochs the first 5 of 20 rows are only {len(starts)} different sets: shuffle all rows."
    need(len(starts) > 50, blocks)


def orders(one_epoch, seed):
    """The rows of 60 epochs with one generator, each in the order in which they are met."""
    rng, met = np.random.default_rng(seed), []
    X, y = np.column_stack([np.arange(20.0), np.ones(20)]), np.arange(20.0)
    for _ in range(60):
        seen = []

        def spy(w, X_batch, y_batch, seen=seen):
            seen.extend(np.array(y_batch, dtype=float).tolist())
            return np.zeros(2)

        one_epoch(np.zeros(2), X.copy(), y.copy(), spy, 0.1, 5, rng)
        met.append(seen)
    return met


def judge_epoch(one_epoch, n, size, eta, target):
    """Does one epoch meet every row once, in batches of size, and move by eta times each gradient?"""
    batches, weights, numbers = [], [], np.arange(n, dtype=float)
    X, y = np.column_stack([numbers, *np.ones((len(target) - 1, n))]), numbers * 10

    def gradient(w, X_batch, y_batch):
        batches.append((np.array(X_batch, dtype=float), np.array(y_batch, dtype=float)))
        weights.append(np.array(w, dtype=float))
        return weights[-1] - target

    w, own_X, own_y = np.zeros(len(target)), X.copy(), y.copy()
    new = one_epoch(w, own_X, own_y, gradient, eta, size, np.random.default_rng(4))
    need(not w.any(), "The w that came in has changed: make a new one, w = w - …")
    same = np.array_equal(X, own_X) and np.array_equal(y, own_y)
    need(same, "The caller's X or y has changed: shuffle row numbers, or copies.")
    need(len(batches) > 0, "It never calls gradient.")
    need(all(len(rows) == len(labels) for rows, labels in batches), "X_batch and y_batch differ in length.")
    need(all(rows.shape[1:] == w.shape for rows, _ in batches), "X_batch has all columns of X.")
    matched = all(np.array_equal(10 * rows[:, 0], labels) for rows, labels in batches)
    need(matched, "X_batch and y_batch are not the same rows: cut both with the same numbers.")
    lengths = [len(rows) for rows, _ in batches]
    met = np.concatenate([rows[:, 0] for rows, _ in batches])
    where = f"With {n} rows and size = {size}"
    need(max(lengths) <= size, f"{where} a batch has {max(lengths)} rows.")
    need(len(lengths) > 1 or n <= size, f"{where} only one batch is used: is return inside the loop?")
    need(len(np.unique(met)) == len(met), f"{where} some rows come more than once in an epoch.")
    need(len(met) == n, f"{where} only {len(met)} rows are met: what of the last batch?")
    full = [size] * (n // size) + [n % size] * (n % size > 0)
    need(lengths == full, f"{where} your batches hold {lengths} rows: only the last may be smaller.")
    in_order = n > size and np.array_equal(met, numbers)  # within a batch the order does not matter
    need(not in_order, "The rows come in the order of the table: shuffle them first.")
    need(new is not None, "It returns nothing: does it end with return?")
    new = np.asarray(new, dtype=float)
    need(new.shape == w.shape, f"Return the new weights, one array of the shape {w.shape}.")
    path = np.array([*weights, new])
    slopes, steps = path[:-1] - target, path[:-1] - path[1:]
    still = len(weights) > 1 and np.allclose(weights[0], weights[-1])
    need(not still, "Every batch sees the same weights: update after each batch.")
    shares = np.sum(steps * slopes, axis=1) / np.sum(slopes**2, axis=1)
    need(shares.min() > 0, "It walks uphill: the update is minus eta times the gradient.")
    wrong = int(np.abs(shares / eta - 1).argmax())
    moved = f"after batch {wrong + 1} w moves by {shares[wrong]:.3g} times the gradient."
    need(np.allclose(steps, eta * slopes), f"{where} and eta = {eta}, {moved}")


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
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier

    rng, truth = np.random.default_rng(6), np.array([1.0, -0.7, 0.2, 0.5])
    for n, columns, C in [(200, 3, 1.0), (120, 2, 0.05), (300, 4, 20.0)]:
        X = rng.normal(size=(n, columns))
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        y = (rng.random(n) < 1 / (1 + np.exp(1.5 - X @ truth[:columns]))).astype(float)
        with contextlib.ExitStack() as stack:
            for model in (LogisticRegression, LogisticRegressionCV, SGDClassifier):
                stack.enter_context(mock.patch.object(model, "fit", library_refused))
            answer = fit(X.copy(), y.copy(), C)
        need(isinstance(answer, tuple | list) and len(answer) == 2, "Return two things: w and b.")
        w, b = np.ravel(answer[0]).astype(float), np.ravel(answer[1]).astype(float)
        sizes = f"For {columns} columns w has {columns} numbers and b one, and yours {len(w)} and {len(b)}."
        need(len(w) == columns and len(b) == 1, sizes)
        found, ones = np.append(w, b), np.column_stack([X, np.ones(n)])
        need(np.isfinite(found).all(), "The weights are no numbers any more: take a smaller rate.")
        judge_weights(found, ones, y, C)


def judge_weights(found, ones, y, C):
    """Are these scikit-learn's weights? If not, those of another penalty, or of a walk not finished?"""
    n, columns = len(y), ones.shape[1] - 1
    right, reverse = 1 / (C * n), "C works the wrong way round: a large C is a small penalty."

    def alike(penalty, on_b=0.0):
        """Are these the weights of another penalty?"""
        return np.allclose(found, regression(ones, y, np.array([penalty] * columns + [on_b])), 0, 5e-4)

    if alike(right):
        return
    where = f"With C = {C:g} on {n} rows"
    need(not alike(0), f"{where} these are the weights without any penalty.")
    need(not alike(right, right), "Nearly: b is penalised in yours, and not in scikit-learn.")
    need(C == 1 or not alike(C / n), reverse)
    need(not alike(1 / C), "The penalty is n times too strong: is your loss the mean or the sum?")
    need(C == 1 or not alike(C), reverse)
    need(not alike(1 / n), f"{where} these are the weights of C = 1.")
    need(not alike(2 * right), "The penalty is twice too strong: mind the half before it.")
    need(not alike(right / 2), "The penalty is half as strong as it should be: the derivative of w²/2 is w.")
    goal = regression(ones, y, np.array([right] * columns + [0]))
    away = "The weights point away from where the loss falls: is the update minus the gradient?"
    need(found @ goal >= 0, away)
    error = abs(
        np.mean(1 / (1 + np.exp(-ones @ found)) - y)
    )  # b's gradient: zero where a descent has arrived
    advice = f"The mean error there is {error:.1g}, and must be 0: a walk too short, or a rate too large?"
    if error < 1e-5:
        advice = (
            "The mean error there is 0, as it must be: compare your penalty with scikit-learn's, or walk on."
        )
    need(False, f"{where} a weight is off by {np.abs(found - goal).max():.2g}. {advice}")


def library_refused(model, *args, **kwargs):
    """Stands in for scikit-learn's `fit` while a learner's own is checked."""
    need(False, "From your own hand: the library's fit is what you are to rebuild.")


@question
def q6(descend):
    X, hired = bicycles()
    start = np.append(np.zeros(5), np.log(hired.mean()))
    for where, step in [("On all hours", 1), ("On every third hour", 3)]:
        part = X[::step], hired[::step]
        lowest = newton_poisson(*part)
        plain = start
        for _ in range(100):
            plain = plain - 0.0046 * poisson(plain, *part)[1]
        w, path = run(descend, part, start, 100)
        left, allowed = poisson(w, *part)[0] - lowest, 0.8 * (poisson(plain, *part)[0] - lowest)
        said = f"{where} it ends {left:.3g} above the lowest loss, and {allowed:.3g} passes."
        need(path[-1] >= path[0] or not np.array_equal(w, start), f"{said} It returns the w it began with.")
        said = f"{said} {last_steps(path)}"
        need(left <= 1.01 * allowed, said)  # the notebook shows rounded numbers
    elsewhere = start + 0.1
    _, path = run(descend, part, elsewhere, 12)
    begun = np.isclose(path[0], poisson(elsewhere, *part)[0])
    need(begun, "The first loss_and_gradient is asked somewhere else than at w: start at w.")


def poisson(w, X, hired):
    """Loss and gradient of question 6."""
    z = np.clip(X @ w, -50, 50)
    y_hat = np.exp(z)
    return np.mean(y_hat - hired * z), X.T @ (y_hat - hired) / len(hired)


def last_steps(path):
    """What the losses of a walk show, and what to change."""
    lowest = min(path)
    if len(path) < 50:
        return f"It asks for {len(path)} of 100 gradients: use them all."
    if path[-1] > path[0]:
        return "The last loss it was told is higher than the first: which way, and how far, is a step?"
    if path[-1] > lowest + 0.05 * (path[0] - lowest):
        return (
            "The last loss lies well above the lowest it was told: less of the last move, or shorter steps."
        )
    return "At the end the loss was still on its way down: longer steps, or more of the last move."


def run(descend, part, start, budget):
    """Where an answer ends, and the losses it was told on the way."""
    path = []

    def loss_and_gradient(w):
        loss, gradient = poisson(np.asarray(w, dtype=float), *part)
        path.append(loss)
        within_budget()
        return loss, gradient

    def within_budget():
        need(len(path) <= budget, f"With a budget of {budget} it calls loss_and_gradient once more.")

    w = descend(loss_and_gradient, start.copy(), budget)
    within_budget()
    need(w is not None, "It returns nothing: does it end with return?")
    w = in_numbers(w, f"Return the six weights alone; yours is of type {type(w).__name__}.")
    need(w.shape == (6,), f"Return the six weights; yours has the shape {w.shape}.")
    need(len(path) > 0, "It never calls loss_and_gradient: the weights must be found, not known.")
    need(np.isfinite(w).all(), "The weights are no numbers any more: the steps have grown without end.")
    return w, path


def newton_poisson(X, y):
    """The lowest Poisson loss, by Newton's method from the mean."""
    w = np.zeros(X.shape[1])
    w[-1] = np.log(y.mean())
    for _ in range(20):
        y_hat = np.exp(X @ w)
        w = w - np.linalg.solve((X * y_hat[:, None]).T @ X, X.T @ (y_hat - y))
    return np.mean(np.exp(X @ w) - y * (X @ w))
