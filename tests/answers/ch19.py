"""Answers to the questions of chapter 19 that must pass, and mistakes that must get a hint."""

import copy
import io
from functools import cache, partial

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn.functional import cross_entropy, dropout, relu

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def slopes(bend=lambda z, h: 1 - h**2, error=lambda e: e, scale=2, below=lambda z, h: h, order=(0, 1, 2, 3)):
    """A function like the solution's, with one place changed."""

    def tanh_slopes(X, y, W1, b1, W2, b2):
        z = X @ W1 + b1
        h = np.tanh(z)
        by_output = scale * error(h @ W2 + b2 - y.reshape(-1, 1)) / len(y)
        by_sum = (by_output @ W2.T) * bend(z, h)
        four = [X.T @ by_sum, by_sum.sum(axis=0), below(z, h).T @ by_output, by_output.sum(axis=0)]
        return [four[place] for place in order]

    return tanh_slopes


def by_autograd(X, y, *parameters):
    own = [torch.tensor(p, requires_grad=True) for p in parameters]
    W1, b1, W2, b2 = own
    said = (torch.tanh(torch.tensor(X) @ W1 + b1) @ W2 + b2).squeeze(1)
    nn.functional.mse_loss(said, torch.tensor(y)).backward()
    return tuple(p.grad for p in own)


def by_nudging(X, y, *parameters):
    found = []
    for place, p in enumerate(parameters):
        slope = np.zeros(p.shape)
        for at in np.ndindex(p.shape):
            ends = []
            for sign in (1, -1):
                own = [q.copy() for q in parameters]
                own[place][at] += sign * 1e-5
                W1, b1, W2, b2 = own
                ends.append(np.mean(((np.tanh(X @ W1 + b1) @ W2 + b2)[:, 0] - y) ** 2))
            slope[at] = (ends[0] - ends[1]) / 2e-5
        found.append(slope)
    return found


def as_tables(X, y, *parameters):
    return [found.astype(np.float32).tolist() for found in slopes()(X, y, *parameters)]


def sums_of_rows(X, y, W1, b1, W2, b2):
    """A loop over the rows."""
    total = [np.zeros(p.shape) for p in (W1, b1, W2, b2)]
    for x, target in zip(X, y, strict=True):
        h = np.tanh(x @ W1 + b1)
        e = 2 * (h @ W2 + b2 - target) / len(y)
        inner = (W2 @ e) * (1 - h**2)
        for place, part in enumerate([np.outer(x, inner), inner, np.outer(h, e), e]):
            total[place] += part
    return total


def without_reshape(X, y, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    by_output = 2 * (h @ W2 + b2 - y) / len(y)
    by_sum = (by_output[:, :1] @ W2.T) * (1 - h**2)
    return [X.T @ by_sum, by_sum.sum(axis=0), h.T @ by_output, by_output.sum(axis=0)]


def means_of_intercepts(X, y, *parameters):
    found = slopes()(X, y, *parameters)
    return [found[0], found[1] / len(y), found[2], found[3] / len(y)]


def changes(X, y, W1, b1, W2, b2):
    found = slopes()(X, y, W1, b1, W2, b2)
    W1 -= 0.1 * found[0]
    return found


# --- question 2 -----------------------------------------------------------------------------------


def stack(rate=0.3, first=0, last=None, inside=True, bends=(nn.ReLU, nn.ReLU), rates=(1, 1), flat=1):
    """A Sequential like the solution's, with one place changed."""
    layers = [nn.Flatten(flat)]
    if first:
        layers.append(nn.Dropout(rate))
    for (inputs, units), bend, times in zip([(784, 128), (128, 64)], bends, rates, strict=True):
        layers.append(nn.Linear(inputs, units))
        layers += [bend()] if bend else []
        layers += [nn.Dropout(rate)] * times
    layers.append(nn.Linear(64, 10))
    layers += [last] if last is not None else []
    return nn.Sequential(*layers)


class OfLayers(nn.Module):
    """Named layers, and functions in forward."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.out, self.two, self.one = nn.Linear(64, 10), nn.Linear(128, 64), nn.Linear(784, 128)

    def forward(self, x):
        x = dropout(relu(self.one(x.reshape(len(x), -1))), self.rate, self.training)
        return self.out(dropout(torch.relu(self.two(x)), self.rate, self.training))


class AlwaysOn(OfLayers):
    def forward(self, x):
        x = dropout(relu(self.one(x.flatten(1))), self.rate)
        return self.out(dropout(relu(self.two(x)), self.rate))


class OneDropout(nn.Module):
    """One Dropout module, used twice; dropout before ReLU is the same."""

    def __init__(self, rate):
        super().__init__()
        self.drop = nn.Dropout(rate)
        self.layers = nn.ModuleList([nn.Linear(784, 128), nn.Linear(128, 64), nn.Linear(64, 10)])

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:2]:
            x = torch.relu(self.drop(layer(x)))
        return self.layers[2](x)


class OwnDropout(OfLayers):
    """Dropout by hand."""

    def __init__(self, rate, scaled=True):
        super().__init__(rate)
        self.kept = 1 - rate if scaled else 1

    def forward(self, x):
        x = x.flatten(1)
        for layer in (self.one, self.two):
            x = layer(x).clamp(min=0)
            if self.training:
                x = x * (torch.rand_like(x) > self.rate) / self.kept
        return self.out(x)


class Of400(OfLayers):
    def forward(self, x):
        return super().forward(x.reshape(400, 784))


def with_more(rate, more=(), bias=True, drop=nn.Dropout):
    """Other layers after the hidden units, no intercepts, another dropout."""
    layers = [nn.Flatten()]
    for inputs, units in [(784, 128), (128, 64)]:
        layers += [nn.Linear(inputs, units, bias=bias), nn.ReLU(), *[one(units) for one in more], drop(rate)]
    return nn.Sequential(*layers, nn.Linear(64, 10, bias=bias))


def fashion_net(rate=0.3):
    return stack(rate)


# --- question 3 -----------------------------------------------------------------------------------


def loop(
    softmax=False,
    zero=True,
    judge=True,
    copied=True,
    reset=True,
    back=True,
    at_end=True,
    train=True,
    once=False,
    start=0,
    before=False,
    other_rate=0.01,
    by_train=False,
    of_copy=False,
    beyond=0,
    every=False,
    no_step=False,
    only_early=False,
    with_last=False,
):
    """A training like the solution's, with one place changed."""

    def repaired(model, X, y, X_val, y_val, epochs=60, patience=5):
        if of_copy:
            model = copy.deepcopy(model)
        adam = torch.optim.Adam(model.parameters(), lr=other_rate)
        curve, lowest, waited = [], np.inf, start
        if once:
            model.train()
        for _ in range(epochs):
            if not once:
                model.train(train)
            if zero:
                adam.zero_grad()
            scores = torch.softmax(model(X), dim=1) if softmax else model(X)
            if before:
                with torch.no_grad():
                    curve.append(cross_entropy(model.eval()(X_val), y_val).item())
                model.train()
            cross_entropy(scores, y).backward()
            if no_step:
                adam.zero_grad()
            adam.step()
            model.train(not judge)
            if by_train:
                with torch.no_grad():
                    curve.append(cross_entropy(model.eval()(X), y).item())
            elif not before:
                with torch.no_grad():
                    curve.append(cross_entropy(model(X_val), y_val).item())
            waited += 1
            if curve[-1] < (curve[-2] if with_last and len(curve) > 1 else lowest):
                lowest = curve[-1]
                waited = 0 if reset else waited
                best = copy.deepcopy(model.state_dict()) if copied else model.state_dict()
            if not every and waited == patience + beyond:
                break
        if back and not (only_early and waited < patience):
            model.load_state_dict(best)
        model.train(not at_end)
        return curve

    return repaired


def of_the_whole_model(model, X, y, X_val, y_val, epochs=60, patience=5):
    """Keeps a copy of the model; looks at the training rows, too."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for epoch in range(epochs):
        model.train()
        loss = nn.CrossEntropyLoss()(model(X), y)
        model.zero_grad()
        loss.backward()
        optimiser.step()
        model.eval()
        with torch.inference_mode():
            cross_entropy(model(X), y)
            losses.append(cross_entropy(model(X_val), y_val))
        if losses[-1] == min(losses):
            best_epoch, best_model = epoch, copy.deepcopy(model)
        if epoch - best_epoch >= patience:
            break
    model.load_state_dict(best_model.state_dict())
    return pd.Series([loss.item() for loss in losses])


def with_clones(model, X, y, X_val, y_val, epochs=60, patience=5):
    """Clones of the weights, tensors in the list."""
    optimiser, losses, lowest, stop = torch.optim.Adam(model.parameters(), lr=0.01), [], None, patience
    while len(losses) < min(epochs, stop):
        model.train()
        optimiser.zero_grad(set_to_none=False)
        cross_entropy(model(X), y).backward()
        optimiser.step()
        losses.append(cross_entropy(model.eval()(X_val), y_val).detach())
        if lowest is None or losses[-1] < lowest:
            lowest, stop = losses[-1], len(losses) + patience
            kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    model.eval()
    return losses


def judge_restores(model, X, y, X_val, y_val, epochs=60, patience=5):
    """The judge puts the mode back; weights are kept in bytes; log-softmax and its loss."""

    def judge():
        was = model.training
        model.eval()
        with torch.inference_mode():
            loss = cross_entropy(model(X_val), y_val).item()
        model.train(was)
        return loss

    adam, losses, at = torch.optim.Adam(model.parameters(), lr=0.01, fused=True), [], 0
    model.train()
    for epoch in range(epochs):
        nn.functional.nll_loss(torch.log_softmax(model(X), dim=1), y).backward()
        adam.step()
        adam.zero_grad()
        losses.append(judge())
        if losses[-1] == min(losses):
            at, kept = epoch, io.BytesIO()
            torch.save(model.state_dict(), kept)
        elif epoch - at == patience:
            break
    kept.seek(0)
    model.load_state_dict(torch.load(kept))
    model.eval()
    return tuple(losses)


def only_losses(model, X, y, X_val, y_val, epochs=60, patience=5):
    return loop()(model, X, y, X_val, y_val, epochs, patience)[-1]


# --- question 4 -----------------------------------------------------------------------------------


def spread(n, a):
    return np.sqrt(2 / (n * (1 + a**2)))


def factor(s, n, a, layers):
    return (s * np.sqrt(n * (1 + a**2) / 2)) ** layers


def spread_by_library(n, a):
    return nn.init.calculate_gain("leaky_relu", a) / n**0.5


def spread_from_factor(n, a):
    return 1 / factor(1.0, n, a, 1)


def factor_by_loop(s, n, a, layers):
    mean_square = 1.0
    for _ in range(layers):
        mean_square = mean_square * n * s**2 * (1 + a**2) / 2
    return torch.tensor(mean_square).sqrt()


# --- question 5 -----------------------------------------------------------------------------------


@cache
def task():
    fashion = ck.load("fashion")
    rows = np.random.default_rng(1).permutation(6000)[:1200]
    clothes = fashion["X_train"][rows].reshape(1200, 784) / 255
    kind = fashion["y_train"][rows].astype(int)
    return clothes, kind, list(StratifiedKFold(5, shuffle=True, random_state=0).split(clothes, kind))


def trained(X, y, epochs=12, rate=0.01, size=96, seed=0, forget=False):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
    adam = torch.optim.Adam(net.parameters(), lr=rate)
    inputs, classes = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    for _ in range(epochs):
        for batch in torch.randperm(len(X)).split(size):
            adam.zero_grad()
            cross_entropy(net(inputs[batch]), classes[batch]).backward()
            adam.step()
    return net.train(forget)


def said(net, X):
    with torch.inference_mode():
        return net(torch.tensor(X, dtype=torch.float32))


def network(X, y, X_new):
    return said(trained(X, y), X_new).argmax(1).numpy()


def short(X, y, X_new):
    """Hardly trained."""
    return said(trained(X, y, epochs=1, rate=0.003), X_new).argmax(1)


def of_sklearn(X, y, X_new):
    net = MLPClassifier((24,), learning_rate_init=0.003, tol=0.02, max_iter=300, random_state=0)
    return net.fit(X, y).predict(X_new)


def neighbours(X, y, X_new):
    return KNeighborsClassifier(5).fit(X, y).predict(X_new)


def logits(X, y, X_new):
    return said(trained(X, y), X_new).numpy()


def always_three(X, y, X_new):
    return np.full(len(X_new), 3)


def knows_all(X, y, X_new):
    clothes, kind, _ = task()
    return KNeighborsClassifier(1).fit(clothes, kind).predict(X_new)


def of_training_rows(X, y, X_new):
    return network(X, y, X)


def in_train_mode(X, y, X_new):
    """eval() is forgotten."""
    return said(trained(X, y, forget=True), X_new).argmax(1).numpy()


@cache
def of_all_rows():
    clothes, kind, _ = task()
    return trained(clothes, kind, epochs=8)


def trained_outside(X, y, X_new):
    """A network of all 1,200 pictures, trained before; not so well that it would be seen by its accuracy."""
    return said(of_all_rows(), X_new).argmax(1).numpy()


def convolutions(X, y, X_new):
    torch.manual_seed(0)
    inputs, new = (torch.tensor(part, dtype=torch.float32).reshape(-1, 1, 28, 28) for part in (X, X_new))
    net = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 169, 10))
    adam = torch.optim.Adam(net.parameters(), lr=0.004)
    for _ in range(6):
        for batch in torch.randperm(len(X)).split(64):
            adam.zero_grad()
            cross_entropy(net(inputs[batch]), torch.tensor(y)[batch]).backward()
            adam.step()
    return pd.Series(net.eval()(new).argmax(1))


def nothing(X, y, X_new):
    trained(X, y, epochs=1)


def changes_rows(X, y, X_new):
    X -= X.mean(axis=0)
    return network(X, y, X_new)


BASELINE = np.array([176, 183, 184, 184, 172]) / 240


@cache
def accuracies_of(rival):
    clothes, kind, folds = task()
    found = []
    for train, test in folds:
        answers = np.asarray(rival(clothes[train].copy(), kind[train].copy(), clothes[test].copy()))
        found.append(np.mean(answers == kind[test]))
    return np.array(found)


def interval(differences, overlap=1 / 4, factor=2.7764):
    k, mean = len(differences), np.mean(differences)
    half = factor * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def verdict_of(found):
    _, low, high = interval(found - BASELINE)
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def handed_in(
    rival, of=None, accuracies=lambda a: a, difference=lambda a: interval(a - BASELINE), verdict=None
):
    def answers():
        found = accuracies_of(of or rival)
        word = verdict or verdict_of(found)
        return rival, accuracies(found), difference(found), word

    return answers


RIGHT = {
    "q1": [
        ("as in the solution", (slopes(),)),
        ("PyTorch, a tuple of tensors", (by_autograd,)),
        ("by nudging", (by_nudging,)),
        ("a loop over the rows", (sums_of_rows,)),
        ("float32, lists", (as_tables,)),
    ],
    "q2": [
        ("a Sequential", (fashion_net, 109386)),
        ("a class with functions", (lambda dropout=0.3: OfLayers(dropout), np.int64(109386))),
        ("one Dropout used twice, before ReLU", (lambda p=0.3: OneDropout(p), torch.tensor(109386))),
        ("a float", (lambda dropout=0.3: stack(dropout).double(), 109386.0)),
        ("dropout by hand", (lambda dropout=0.3: OwnDropout(dropout), 109386)),
    ],
    "q3": [
        ("as in the solution", (loop(),)),
        ("a copy of the whole model, a Series", (of_the_whole_model,)),
        ("clones of the weights, tensors", (with_clones,)),
        ("the judge puts the mode back, a tuple", (judge_restores,)),
    ],
    "q4": [
        ("the formulas", (spread, factor)),
        ("the library's gain, a loop", (spread_by_library, factor_by_loop)),
        ("one from the other", (spread_from_factor, lambda s, n, a, layers: (s / spread(n, a)) ** layers)),
        ("partial, lists", (partial(spread), lambda *what: [factor(*what)])),
    ],
    "q5": [
        ("a small network", handed_in(network)),
        ("hardly trained", handed_in(short)),
        ("scikit-learn's network", handed_in(of_sklearn)),
        ("convolutions, a Series, tensors", handed_in(convolutions, accuracies=torch.tensor)),
        ("lists, rounded, in capitals", handed_in(network, accuracies=list, verdict="Better")),
        (
            "rounded to two digits",
            handed_in(network, difference=lambda a: pd.Series(np.round(interval(a - BASELINE), 2))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("not through tanh", (slopes(bend=lambda z, h: 1.0),)),
        ("ReLU's slope", (slopes(bend=lambda z, h: z > 0),)),
        ("the square of z", (slopes(bend=lambda z, h: 1 - z**2),)),
        ("tanh twice", (slopes(bend=lambda z, h: 1 - np.tanh(h) ** 2),)),
        ("the sigmoid's slope", (slopes(bend=lambda z, h: h * (1 - h)),)),
        ("half the square", (slopes(scale=1),)),
        ("target minus prediction", (slopes(error=lambda e: -e),)),
        ("the sign of the error", (slopes(error=np.sign),)),
        ("not divided", (lambda X, *rest: [len(X) * s for s in slopes()(X, *rest)],)),
        ("z below the last layer", (slopes(below=lambda z, h: z),)),
        ("a row minus a column", (without_reshape,)),
        ("means of the intercepts", (means_of_intercepts,)),
        ("another order", (slopes(order=(2, 3, 0, 1)),)),
        ("only the weights", (slopes(order=(0, 2)),)),
        ("changes W1", (changes,)),
        ("no function", ([1, 2, 3, 4],)),
        ("no return", (lambda *what: None,)),
    ],
    "q2": [
        ("a softmax at the end", (lambda p=0.3: stack(p, last=nn.Softmax(1)), 109386)),
        ("a log-softmax at the end", (lambda p=0.3: stack(p, last=nn.LogSoftmax(1)), 109386)),
        ("ReLU at the end", (lambda p=0.3: stack(p, last=nn.ReLU()), 109386)),
        ("dropout at the end", (lambda p=0.3: stack(p, last=nn.Dropout(p)), 109386)),
        ("dropout of pixels", (lambda p=0.3: stack(p, first=1), 109386)),
        ("no dropout", (lambda p=0.3: stack(p, rates=(0, 0)), 109386)),
        ("dropout only once", (lambda p=0.3: stack(p, rates=(1, 0)), 109386)),
        ("dropout twice", (lambda p=0.3: stack(p, rates=(2, 1)), 109386)),
        ("kept, not dropped", (lambda p=0.3: stack(1 - p), 109386)),
        ("the argument not used", (lambda p=0.3: stack(0.3), 109386)),
        ("dropout always on", (lambda p=0.3: AlwaysOn(p), 109386)),
        ("no bend", (lambda p=0.3: stack(p, bends=(None, None)), 109386)),
        ("one bend", (lambda p=0.3: stack(p, bends=(nn.ReLU, None)), 109386)),
        ("tanh", (lambda p=0.3: stack(p, bends=(nn.Tanh, nn.Tanh)), 109386)),
        ("the batch flat, too", (lambda p=0.3: stack(p, flat=0), 109386)),
        ("a class", (lambda p=0.3: OfLayers, 109386)),
        ("a network, made already", (stack(), 109386)),
        ("dropout by hand, not divided", (lambda p=0.3: OwnDropout(p, scaled=False), 109386)),
        ("whole pictures dropped", (lambda p=0.3: with_more(p, drop=nn.Dropout1d), 109386)),
        ("batch norm, too", (lambda p=0.3: with_more(p, [nn.BatchNorm1d]), 109386)),
        ("no intercepts", (lambda p=0.3: with_more(p, bias=False), 109386)),
        ("for 400 pictures only", (lambda p=0.3: Of400(p), 109386)),
        ("other layers", (lambda p=0.3: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), 7850)),
        ("no module", (lambda p=0.3: [nn.Linear(784, 128)], 109386)),
        ("without intercepts", (fashion_net, 109184)),
        ("tensors counted", (fashion_net, 6)),
        ("words", (fashion_net, "many")),
        ("another number", (fashion_net, 109000)),
    ],
    "q3": [
        ("softmax twice", (loop(softmax=True),)),
        ("no zero_grad", (loop(zero=False),)),
        ("judged with dropout on", (loop(judge=False),)),
        ("best not copied", (loop(copied=False),)),
        ("waiting not set back", (loop(reset=False),)),
        ("weights not put back", (loop(back=False),)),
        ("left in train mode", (loop(at_end=False),)),
        ("dropout never on", (loop(train=False),)),
        ("dropout on in the first epoch only", (loop(once=True),)),
        ("judged before the step", (loop(before=True),)),
        ("another rate", (loop(other_rate=0.05),)),
        ("watches the training rows", (loop(by_train=True),)),
        ("trains a copy", (loop(of_copy=True),)),
        ("waits one epoch more", (loop(beyond=1),)),
        ("never stops", (loop(every=True),)),
        ("zero_grad between backward and step", (loop(no_step=True),)),
        ("the best come back after an early stop only", (loop(only_early=True),)),
        ("lower than the last, not than all", (loop(with_last=True),)),
        ("two mistakes left", (loop(softmax=True, zero=False),)),
        ("only the last loss", (only_losses,)),
        ("no return", (lambda *what: None,)),
    ],
    "q4": [
        ("He's start", (lambda n, a: (2 / n) ** 0.5, factor)),
        ("the variance", (lambda n, a: spread(n, a) ** 2, factor)),
        ("one over the root", (lambda n, a: n**-0.5, factor)),
        ("a not squared", (lambda n, a: (2 / (n * (1 + a))) ** 0.5, factor)),
        ("the sum squared", (lambda n, a: (2 / n) ** 0.5 / (1 + a), factor)),
        ("turned round", (lambda n, a: 1 / spread(n, a), factor)),
        ("the uniform end", (lambda n, a: spread(n, a) * 3**0.5, factor)),
        ("half of it", (lambda n, a: spread(n, a) / 2, factor)),
        ("words", (lambda n, a: "small", factor)),
        ("no number", (lambda n, a: np.nan, factor)),
        ("times, not power", (spread, lambda s, n, a, layers: factor(s, n, a, 1) * layers)),
        ("one layer", (spread, lambda s, n, a, layers: factor(s, n, a, 1))),
        ("the mean square", (spread, lambda *what: factor(*what) ** 2)),
        ("no root", (spread, lambda s, n, a, layers: (s * n * (1 + a**2) / 2) ** layers)),
        ("for ReLU", (spread, lambda s, n, a, layers: factor(s, n, 0, layers))),
        ("for no bend", (spread, lambda s, n, a, layers: factor(s, n, 1, layers))),
        ("before over after", (spread, lambda *what: 1 / factor(*what))),
        ("a spread, no function", (0.1, factor)),
    ],
    "q5": [
        ("the mean", handed_in(network, accuracies=lambda a: a.mean())),
        ("ten folds", handed_in(network, accuracies=lambda a: np.r_[a, a])),
        ("errors, not accuracies", handed_in(network, accuracies=lambda a: 1 - a)),
        ("percent", handed_in(network, accuracies=lambda a: 100 * a)),
        ("words", handed_in(network, accuracies=lambda a: ["0.8"] * 5)),
        ("the baseline again", handed_in(neighbours)),
        ("all the same", handed_in(network, accuracies=lambda a: [0.8] * 5)),
        ("turned round", handed_in(network, accuracies=lambda a: a[::-1] + [0.05, 0, 0, 0, 0])),
        ("accuracies of another model", handed_in(short, of=network)),
        ("knew the judged pictures", handed_in(knows_all)),
        ("told by the judged pictures", handed_in(knows_all, of=network)),
        ("logits, no classes", handed_in(logits, of=network)),
        ("one class for all", handed_in(always_three, of=network)),
        ("answers for the training rows", handed_in(of_training_rows, of=network)),
        ("no return", handed_in(nothing, of=network)),
        ("eval() forgotten", handed_in(in_train_mode)),
        ("a network trained outside, on all", handed_in(trained_outside)),
        ("changes the rows", handed_in(changes_rows, of=network)),
        ("the model, no function", handed_in(LogisticRegression(), of=network)),
        ("baseline minus rival", handed_in(network, difference=lambda a: interval(BASELINE - a))),
        ("low first", handed_in(network, difference=lambda a: np.array(interval(a - BASELINE))[[1, 0, 2]])),
        ("only the mean", handed_in(network, difference=lambda a: (a - BASELINE).mean())),
        ("independent folds", handed_in(network, difference=lambda a: interval(a - BASELINE, overlap=0))),
        ("1.96", handed_in(network, difference=lambda a: interval(a - BASELINE, factor=1.96))),
        ("the rival's own interval", handed_in(network, difference=interval)),
        ("in percent", handed_in(network, difference=lambda a: interval(100 * (a - BASELINE)))),
        ("cannot tell, but one can", handed_in(network, verdict="cannot tell")),
        ("worse for better", handed_in(network, verdict="worse")),
        ("my own words", handed_in(network, verdict="wins")),
    ],
}
