"""The questions of chapter 19, neural networks in PyTorch."""

import contextlib
import copy
import functools
import math

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def plain(value):
    """The value as an array, also a tensor that still carries its record."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def called(function, *arguments, **settings):
    """What a learner's function returns; what it raises becomes a hint."""
    name = getattr(function, "__name__", "Your function")
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*arguments, **settings))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}" if found is not None else "")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    return found


def one_number(value, hint):
    """The value as a float, if it is one number."""
    value = attempt(lambda: plain(value))
    need(not isinstance(value, Exception) and value.size == 1 and value.dtype.kind in "iuf", hint)
    value = float(value.reshape(-1)[0])
    need(math.isfinite(value), f"{hint.rstrip('.')}; here it is {value}.")
    return value


@contextlib.contextmanager
def one_thread():
    """PyTorch on one thread, and its random numbers afterwards as if nothing had been drawn."""
    import torch

    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)


def alike(a, b, rtol=1e-4, atol=1e-7):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rtol, atol=atol)


# --- question 1 -----------------------------------------------------------------------------------

NAMES = ("W1", "b1", "W2", "b2")


def tanh_cases():
    """Rows, targets and parameters; units, columns and rows differ in number."""
    rng = np.random.default_rng(19)
    for n, d, m in [(5, 2, 3), (12, 4, 2), (1, 3, 5)]:
        parameters = [rng.normal(0, 0.7, shape) for shape in [(d, m), (m,), (m, 1), (1,)]]
        yield rng.normal(size=(n, d)), rng.normal(1.0, 2.0, n), parameters


def slopes_1(X, y, W1, b1, W2, b2, bend=None, scale=None):
    """The slopes, or with another bend or scale what a slip gives."""
    z = X @ W1 + b1
    h = np.tanh(z)
    by_output = 2 * (h @ W2 + b2 - y.reshape(-1, 1)) / len(y)
    by_output = by_output * (1 if scale is None else scale)
    by_sum = (by_output @ W2.T) * (1 - h**2 if bend is None else bend(z, h))
    return [X.T @ by_sum, by_sum.sum(axis=0), h.T @ by_output, by_output.sum(axis=0)]


def need_slope(name, found, place, X, y, parameters):
    right = slopes_1(X, y, *parameters)[place]
    n = len(y)
    bends = [
        (lambda z, h: 1.0, "the slope does not pass through tanh: what is its own slope?"),
        (lambda z, h: (z > 0) * 1.0, "that is the slope of ReLU; here the bend is tanh."),
        (lambda z, h: 1 - z**2, "1 minus the square of z; the square of tanh z is asked for."),
        (lambda z, h: 1 - np.tanh(h) ** 2, "tanh is applied twice in its slope: h is tanh z already."),
        (lambda z, h: 1 - h, "tanh's slope is 1 minus the square of h."),
        (lambda z, h: h * (1 - h), "that is the slope of the sigmoid; here the bend is tanh."),
    ]
    slips = [
        (right / 2, "that is half of it: the loss has the whole square."),
        (right * n, "those are sums over the rows; a mean divides by them."),
        (right * n / 2, "neither the 2 of the square nor the mean's division is there."),
        (-right, "the sign is the wrong way round: error is prediction minus target."),
    ]
    slips += [(slopes_1(X, y, *parameters, bend=bend)[place], hint) for bend, hint in bends]
    if name == "W2":
        z = X @ parameters[0] + parameters[1]
        by_output = 2 * (np.tanh(z) @ parameters[2] + parameters[3] - y.reshape(-1, 1)) / n
        slips.append((z.T @ by_output, "the input of the last layer is h, after tanh, not z."))
    if name in ("b1", "b2"):
        slips.append((right / n, "a mean is taken twice: the slopes of the rows are summed here."))
    for other, hint in slips:
        need(not alike(found, other) or alike(other, right), f"Slope of {name}: {hint}")
    need(
        False,
        f"Slope of {name}: with {n} rows, {X.shape[1]} columns and {len(parameters[1])} units it is not the "
        "slope of the loss. Nudge one number by 0.00001 both ways and compare.",
    )


@question
def q1(tanh_slopes):
    for X, y, parameters in tanh_cases():
        own = [X.copy(), y.copy(), *(p.copy() for p in parameters)]
        found = called(tanh_slopes, *own)
        for before, after in zip([X, y, *parameters], own, strict=True):
            need(np.array_equal(before, after), "tanh_slopes changes an array that it was given.")
        if isinstance(found, dict) and set(found) == set(NAMES):
            found = [found[name] for name in NAMES]
        four = isinstance(found, list | tuple) and len(found) == 4
        need(four, "tanh_slopes returns a list of four arrays: slopes of W1, b1, W2 and b2.")
        for place, (name, p) in enumerate(zip(NAMES, parameters, strict=True)):
            one = attempt(functools.partial(plain, found[place]))
            fine = not isinstance(one, Exception) and one.dtype.kind in "iuf"
            need(fine, f"Slope of {name}: return an array of numbers.")
            seen = f"Slope of {name}: its shape is {one.shape}, that of {name} is {p.shape}."
            need(
                one.shape == p.shape or one.size != p.size, f"{seen} As many numbers: only the shape is left."
            )
            need(
                one.shape == p.shape,
                f"{seen} Are predictions and y both columns, (n, 1), before you subtract, and are the four "
                "in order?",
            )
            if not alike(one, slopes_1(X, y, *parameters)[place]):
                need_slope(name, one, place, X, y, parameters)


# --- question 2 -----------------------------------------------------------------------------------

COUNT = 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10


def pictures():
    """Random pictures, the same at every call."""
    import torch

    return torch.rand(400, 28, 28, generator=torch.Generator().manual_seed(19))


def made(fashion_net, *handed_in):
    """The module that the learner's function returns."""
    import torch

    ready = isinstance(fashion_net, torch.nn.Module)
    need(not ready, "fashion_net is a network already; hand in the function that makes one.")
    net = called(fashion_net, *handed_in)
    need(not isinstance(net, type), "fashion_net returns a class; return a network, made by calling it.")
    need(isinstance(net, torch.nn.Module), f"fashion_net returns a {type(net).__name__}, not an nn.Module.")
    return net


def answers_of(net, batch):
    """What the net says of a batch, what went into each linear layer, and the layers, by their inputs."""
    import torch

    layers = [layer for layer in net.modules() if isinstance(layer, torch.nn.Linear)]
    widths = sorted((layer.in_features, layer.out_features) for layer in layers)
    need(
        widths == [(64, 10), (128, 64), (784, 128)],
        "The linear layers should be 784 to 128, 128 to 64 and 64 to 10; the network has "
        f"{', '.join(f'{a} to {b}' for a, b in widths) or 'none'}.",
    )
    inputs, hooks = {}, []
    for layer in layers:

        def remember(layer, arguments):
            inputs[layer.in_features] = arguments[0].detach().clone()

        hooks.append(layer.register_forward_pre_hook(remember))
    with torch.no_grad():
        said = attempt(lambda: net(batch.clone()))
    for hook in hooks:
        hook.remove()
    need(
        not isinstance(said, Exception),
        f"For pictures of shape {tuple(batch.shape)} the network raises {told(said)}"
        if isinstance(said, Exception)
        else "",
    )
    n = len(batch)
    need(isinstance(said, torch.Tensor), f"The network returns a {type(said).__name__}, not a tensor.")
    need(
        tuple(said.shape) == (n, 10),
        f"For {n} pictures the answer has shape {tuple(said.shape)}; it should be ({n}, 10).",
    )
    need(len(inputs) == 3, "Not all three linear layers are used in forward.")
    return said.detach(), inputs, {layer.in_features: layer for layer in layers}


def need_logits(said, last, layers):
    """Is the answer what the last layer gives, and nothing behind it?"""
    import torch

    if torch.allclose(said, layers[64](last).detach(), atol=1e-5):
        return
    sums = said.sum(dim=1)
    soft = bool((said >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-4)
    need(not soft, "The ten answers of a picture sum to 1: a softmax at the end. The loss has one inside.")
    logs = torch.allclose(said.exp().sum(dim=1), torch.ones_like(sums), atol=1e-4)
    need(not logs, "The answers are logarithms of a softmax; return the logits themselves.")
    need(bool((said < 0).any()), "No answer is below 0: is there a ReLU after the last layer?")
    need(False, "Something stands behind the last linear layer: return what it gives.")


def need_dropout(share, wanted, where):
    """Is the share of zeros the probability, within what chance allows?"""
    if abs(share - wanted) < 0.03:
        return
    need(share > 0.02, f"No value is dropped after the {where} hidden layer in train mode.")
    need(
        abs(share - (1 - wanted)) > 0.03 or abs(wanted - 0.5) < 0.05,
        f"After the {where} hidden layer {share:.0%} are dropped: the argument is the probability to be "
        "dropped, not to be kept.",
    )
    twice = abs(share - (1 - (1 - wanted) ** 2)) < 0.03
    tell = " Does dropout stand there twice?" if twice else " Is the argument used?"
    need(
        False,
        f"After the {where} hidden layer {share:.0%} of the values are dropped, not {wanted:.0%}.{tell}",
    )


def need_fashion_net(fashion_net):
    import torch

    torch.manual_seed(19)
    batch = pictures()
    for dropout, handed_in in [(0.3, ()), (0.6, (0.6,))]:
        net = made(fashion_net, *handed_in).float().cpu()
        net.eval()
        said, inputs, layers = answers_of(net, batch)
        flat = batch.flatten(1)
        need(
            inputs[784].shape == flat.shape and torch.allclose(inputs[784], flat),
            "What goes into the first layer is not the flat picture as it is (or its rows are mixed).",
        )
        twice = answers_of(net, batch)[0]
        need(torch.equal(said, twice), "After eval() the answers still change: dropout stays on.")
        few = answers_of(net, batch[:3])[0]
        need(
            torch.allclose(few, said[:3], atol=1e-5), "Three pictures alone get other answers than among 400."
        )
        for width, before, where in [(128, 784, "first"), (64, 128, "second")]:
            sums = layers[before](inputs[before]).detach()
            relu = torch.relu(sums)
            need(
                not torch.allclose(inputs[width], sums, atol=1e-5),
                f"There is no ReLU after the {where} hidden layer.",
            )
            need(
                torch.allclose(inputs[width], relu, atol=1e-5),
                f"After the {where} hidden layer, in eval mode, should come ReLU and nothing else.",
            )
        need_logits(said, inputs[64], layers)
        learned = sum(p.numel() for p in net.parameters())
        bare = [layer for layer in layers.values() if layer.bias is None]
        need(not bare, "A linear layer has no intercepts (bias=False); leave them in, as in the lesson.")
        need(
            learned == COUNT,
            f"The network has {learned:,} numbers to learn, more than its three linear layers: which layer "
            "is not asked for?",
        )
        net.train()
        said, inputs, layers = answers_of(net, batch)
        need(
            torch.allclose(inputs[784], flat),
            "In train mode pixels are dropped; only hidden values should be.",
        )
        for width, before, where in [(128, 784, "first"), (64, 128, "second")]:
            relu = torch.relu(layers[before](inputs[before]).detach())
            there = relu > 1e-4
            dropped = (inputs[width] == 0) & there
            need_dropout((dropped.sum() / there.sum()).item(), dropout, where)
            by_picture = dropped.sum(dim=1) / there.sum(dim=1).clamp(min=1)
            whole_rows = ((by_picture < 0.01) | (by_picture > 0.99)).float().mean() > 0.9
            need(
                not whole_rows, f"After the {where} hidden layer pictures are dropped as a whole, not values."
            )
            kept = there & ~dropped
            need(
                torch.allclose(inputs[width][kept], relu[kept] / (1 - dropout), rtol=1e-3),
                f"In train mode the values kept after the {where} hidden layer are not those of ReLU divided "
                f"by {1 - dropout:.1f}, as nn.Dropout does it.",
            )
        need(
            torch.allclose(said, layers[64](inputs[64]).detach(), atol=1e-4),
            "In train mode logits are dropped: is there dropout after the last layer?",
        )


@question
def q2(fashion_net, numbers):
    if given(fashion_net):
        with one_thread():
            need_fashion_net(fashion_net)
    if given(numbers):
        count = one_number(numbers, "numbers is one integer.")
        weights = 784 * 128 + 128 * 64 + 64 * 10
        need(count != weights, "numbers: those are the weights; each unit has an intercept, too.")
        need(count != 6, "numbers: that is how many tensors there are; count the numbers in them.")
        need(count != 28 * 128 + 128 + 128 * 64 + 64 + 650, "numbers: a picture has 28 times 28 pixels.")
        need(count != COUNT + 784 + 128 + 64, "numbers: dropout and flattening have nothing to learn.")
        need(count == COUNT, f"numbers: {count:,.0f} is not it. Add up the shapes of all parameters.")


# --- question 3 -----------------------------------------------------------------------------------


@functools.cache
def rows_3():
    """Two blobs a class, not quite apart: rows to train and to validate."""
    import torch

    rng = np.random.default_rng(19)
    centres = rng.normal(0, 1.2, (3, 4))
    y = np.arange(150) % 3
    X = centres[y] + rng.normal(0, 1.0, (150, 4))
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    return X[:60], y[:60], X[60:], y[60:]


def net_3(seed, dropout=0.0, hidden=24):
    """A small network; it notes in which mode it was called, and whether for learning."""
    import torch
    from torch import nn

    class Noting(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(
                nn.Linear(4, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 3)
            )
            self.seen = []

        def forward(self, x):
            self.seen.append((len(x), self.training))
            return self.inner(x)

    torch.manual_seed(seed)
    return Noting()


def curve_3(seed, epochs, patience, softmax=False, zero=True, reset=True, waits=0):
    """The right curve of a network without dropout, or what a mistake gives."""
    import torch
    from torch.nn.functional import cross_entropy

    X, y, X_val, y_val = rows_3()
    net = net_3(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    curve, lowest, waited = [], math.inf, 0
    for _ in range(epochs):
        if zero:
            optimiser.zero_grad()
        scores = net(X)
        cross_entropy(torch.softmax(scores, dim=1) if softmax else scores, y).backward()
        optimiser.step()
        with torch.no_grad():
            curve.append(cross_entropy(net(X_val), y_val).item())
        waited += 1
        if curve[-1] < lowest:
            lowest = curve[-1]
            waited = 0 if reset else waited
        if waited >= patience + waits:
            break
    return curve


def trained_3(repaired, seed, dropout, epochs, patience):
    """The losses that the answer returns, and the network that it has trained."""
    import torch

    net = net_3(seed, dropout)
    before = [p.detach().clone() for p in net.parameters()]
    rows = [part.clone() for part in rows_3()]
    torch.manual_seed(seed)
    found = called(repaired, net, *rows, epochs, patience)
    for given_part, own in zip(rows_3(), rows, strict=True):
        need(torch.equal(given_part, own), "repaired changes the rows that it was given.")
    values = attempt(lambda: np.array([float(plain(v)) for v in found], dtype=float))
    need(
        not isinstance(values, Exception) and np.ndim(values) == 1 and len(values) > 0,
        "repaired returns a list of numbers, the validation losses.",
    )
    need(np.isfinite(values).all(), "Some of the losses are no numbers.")
    moved = [not torch.equal(p, b) for p, b in zip(net.parameters(), before, strict=True)]
    need(
        any(moved),
        "The model that is handed in has its old weights afterwards. Is another one trained, is no step "
        "made, or are the gradients gone when it is made?",
    )
    return values, net


def loss_3(net, training):
    """Mean loss of the validation rows, in one of the two modes."""
    import torch
    from torch.nn.functional import cross_entropy

    net = copy.deepcopy(net).train(training)
    with torch.no_grad():
        return cross_entropy(net(rows_3()[2]), rows_3()[3]).item()


def need_curve(found, seed, epochs, patience):
    """Is the curve of a network without dropout the right one?"""
    right = np.array(curve_3(seed, epochs, patience))
    short = min(len(found), len(right))
    if not np.allclose(found[:short], right[:short], rtol=1e-3, atol=1e-5):
        slips = [
            (curve_3(seed, short, epochs, softmax=True), "a softmax stands before the loss, which has one."),
            (curve_3(seed, short, epochs, zero=False), "gradients are added to those of earlier epochs."),
            (
                curve_3(seed, short, epochs, softmax=True, zero=False),
                "look at what goes into cross_entropy, and at what backward adds to.",
            ),
        ]
        for other, hint in slips:
            same = np.allclose(found[: len(other)], other[: len(found)], rtol=1e-3, atol=1e-5)
            need(not same, f"Losses of a network without dropout: {hint}")
        rows = np.allclose(found[1:short], right[: short - 1], rtol=1e-3)
        need(not rows, "The losses come one epoch late: judge after the step.")
        at = int(np.argmin(np.isclose(found[:short], right[:short], rtol=1e-3, atol=1e-5)))
        need(
            False,
            f"Without dropout the loss of epoch {at + 1} should be {right[at]:.4f}; yours is {found[at]:.4f}."
            " In each epoch: one step of the same Adam on all of X, then the loss of the validation rows.",
        )
    if len(found) == len(right):
        return
    short = f"With patience {patience} and at most {epochs} epochs it ran {len(found)}"
    need(len(found) != patience, f"{short}: it waits from the first epoch on, not from the last new lowest.")
    need(len(found) != epochs, f"{short}: it never stops early. When is the waiting over?")
    need(len(found) < epochs + 1, f"{short}.")
    need(
        abs(len(found) - len(right)) > 1,
        f"{short}, one more or less than it should: stop after patience epochs in a row with no new lowest.",
    )
    need(False, f"{short}; {patience} epochs in a row without a new lowest came at another place.")


def stop_3(losses, epochs, patience):
    """After how many epochs these losses end the training, or the number of all epochs."""
    lowest, waited = math.inf, 0
    for epoch, loss in enumerate(losses, 1):
        lowest, waited = (loss, 0) if loss < lowest else (lowest, waited + 1)
        if waited == patience:
            return epoch
    return epochs


def need_repaired(repaired):
    # Without dropout all numbers can be foreseen. One turns early; two use all epochs, one past its best.
    for seed, epochs, patience in [(0, 150, 4), (1, 12, 50), (0, 33, 9)]:
        found, net = trained_3(repaired, seed, 0.0, epochs, patience)
        need_curve(found, seed, epochs, patience)
    need(
        abs(loss_3(net, False) - found.min()) < 1e-4,
        f"Afterwards the model has a validation loss of {loss_3(net, False):.4f}; the lowest in the list is "
        f"{found.min():.4f}. (Here all {epochs} epochs were used.) Are the weights put back those of the "
        "best epoch, or do they go on changing after they were kept?",
    )
    for seed, epochs, patience, rate in [(2, 150, 4, 0.5), (3, 60, 10, 0.5), (8, 60, 3, 0.8)]:
        found, net = trained_3(repaired, seed, rate, epochs, patience)
        n_train, n_val = len(rows_3()[0]), len(rows_3()[2])
        steps = [mode for n, mode in net.seen if n == n_train][:1]
        need(steps == [True], "A step is made with dropout off: the model is not in train mode.")
        later = [mode for n, mode in net.seen if n == n_train and not mode]
        judged = [mode for n, mode in net.seen if n == n_val]
        need(judged, "The model is never called on X_val alone; judge the validation rows by themselves.")
        need(not any(judged), "The validation rows are judged in train mode, with dropout on.")
        learned = len([mode for n, mode in net.seen if n == n_train and mode])
        need(
            learned == len(found) or (learned > len(found) and not later),
            f"Of {len(found)} steps {learned} were made with dropout on: switch it on again after judging.",
        )
        right = stop_3(found, epochs, patience)
        need(
            len(found) == right,
            f"With patience {patience} and at most {epochs} epochs it ran {len(found)}; by the losses in its "
            f"list, it should {f'end after epoch {right}' if right < len(found) else 'go on'}. Each loss is "
            "compared with the lowest of all before.",
        )
        need(
            abs(loss_3(net, False) - found.min()) < 1e-4,
            f"Afterwards the model has a validation loss of {loss_3(net, False):.4f}; the lowest in the list "
            f"is {found.min():.4f}. Are the weights put back those of the best epoch, or do they go on "
            "changing after they were kept?",
        )
        need(not net.training, "Afterwards the model is in train mode; leave it in eval mode.")


@question
def q3(repaired):
    with one_thread():
        need_repaired(repaired)


# --- question 4 -----------------------------------------------------------------------------------

SHAPES = [(64, 0.0), (50, 1.0), (200, 0.3), (9, 0.01), (300, 0.75)]


@question
def q4(leaky_spread, size_after):
    if given(leaky_spread):
        for n, a in SHAPES:
            found = one_number(called(leaky_spread, n, a), "leaky_spread: return one number.")
            right = math.sqrt(2 / (n * (1 + a * a)))
            if abs(found / right - 1) < 0.01:
                continue
            slips = [
                (right**2, "that is the variance; the spread is its root."),
                (1 / math.sqrt(n), "nothing is said of what the unit cuts off."),
                (math.sqrt(2 / n), "the slope of the negative side is not used; this is the start for ReLU."),
                (math.sqrt(2 / (n * (1 + a))), "a is averaged; it is the square of the value that counts."),
                (math.sqrt(2 / (n * (1 + a) ** 2)), "(1 + a) is squared; each side is squared by itself."),
                (1 / math.sqrt(2 * n * (1 + a * a)), "the half belongs to the mean square: where does 2 go?"),
                (math.sqrt(2 / (n + n * a)), "a is averaged; it is the square of the value that counts."),
                (math.sqrt((1 + a * a) / (2 * n)), "the fraction with 1 + a² is the wrong way round."),
                (math.sqrt(n * (1 + a * a) / 2), "that is what one layer does with a spread of 1; undo it."),
                (
                    right * math.sqrt(3),
                    "that is the end of a uniform range; its standard deviation is asked.",
                ),
            ]
            for other, hint in slips:
                need(abs(found / other - 1) > 1e-3 or abs(other / right - 1) < 0.01, f"leaky_spread: {hint}")
            need(
                False,
                f"leaky_spread({n}, {a}) is {found:.4g}: a layer would then multiply the size by "
                f"{found / right:.3g}, not by 1.",
            )
    if given(size_after):
        for (n, a), spread, layers in zip(SHAPES, (0.1, 1.0, 0.07, 0.5, 0.02), (3, 3, 10, 1, 7), strict=True):
            found = one_number(called(size_after, spread, n, a, layers), "size_after: return one number.")
            one = spread * math.sqrt(n * (1 + a * a) / 2)
            right = one**layers
            if abs(found / right - 1) < 0.01:
                continue
            slips = [
                (right**2, "that is the factor of the mean square; size is its root."),
                (one * layers, "each layer multiplies what the one before has left: a power."),
                (one, "that is one layer."),
                (
                    (spread**2 * math.sqrt(n * (1 + a * a) / 2)) ** layers,
                    "the spread is squared once too often.",
                ),
                ((spread * n * (1 + a * a) / 2) ** layers, "the root is missing."),
                ((spread * math.sqrt(n)) ** layers, "nothing is said of what the unit cuts off."),
                ((spread * math.sqrt(n / 2)) ** layers, "the slope of the negative side is not used."),
                ((spread * math.sqrt(n * (1 + a) / 2)) ** layers, "it is the square of a that counts."),
                ((spread * math.sqrt(n / (1 + a * a))) ** layers, "1 + a² stands on the wrong side."),
                (1 / right, "the factor is turned round: after over before."),
                (one ** (layers - 1), "one layer is missing."),
                (one ** (layers + 1), "one layer too many."),
            ]
            for other, hint in slips:
                need(abs(found / other - 1) > 1e-3 or abs(other / right - 1) < 0.01, f"size_after: {hint}")
            need(
                False,
                f"size_after({spread}, {n}, {a}, {layers}) is {found:.4g}. Do it for one layer first: by "
                "what is the mean square multiplied, and by what the size?",
            )


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([176, 183, 184, 184, 172]) / 240  # accuracy on the notebook's five folds
CLOSE = 0.006  # two digits are enough


def interval(differences, overlap=1 / 4, t=2.7764, ddof=1):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=ddof) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def first_fold():
    """Pictures and classes of the notebook's first fold, to learn from and to judge on."""
    from sklearn.model_selection import StratifiedKFold

    fashion = load("fashion")
    rows = np.random.default_rng(1).permutation(6000)[:1200]
    clothes = fashion["X_train"][rows].reshape(1200, 784) / 255
    kind = fashion["y_train"][rows].astype(int)
    train, test = next(StratifiedKFold(5, shuffle=True, random_state=0).split(clothes, kind))
    return clothes[train], kind[train], clothes[test], kind[test]


def judge_accuracies(accuracies):
    """The five accuracies as an array, if they can be what was asked for."""
    five = "rival_accuracies are five numbers, one for each fold."
    need(np.iterable(accuracies), f"{five} A single number has no spread.")
    accuracies = np.asarray(list(accuracies))
    need(accuracies.dtype.kind in "iuf", five)
    accuracies = accuracies.astype(float)
    need(accuracies.shape == (5,), f"{five} The shape is {accuracies.shape}.")
    need(np.isfinite(accuracies).all(), "Some of rival_accuracies are no numbers.")
    need(accuracies.max() <= 1 and accuracies.min() >= 0, "An accuracy lies between 0 and 1.")
    need(np.ptp(accuracies) > 1e-9, "The five of rival_accuracies are all the same: give that of each fold.")
    same = np.allclose(accuracies, BASELINE, atol=1e-6)
    need(not same, "rival_accuracies are those of the baseline; give those of your network.")
    need(
        accuracies.mean() <= 0.88,
        f"A mean accuracy of {accuracies.mean():.2f} is higher than anything sound that we tried. Was the "
        "network trained on pictures that it is judged on?",
    )
    need(
        accuracies.mean() >= 0.3,
        f"A mean accuracy of {accuracies.mean():.2f} says that hardly anything was learned. Are these wrong "
        "answers counted, or is the loop not learning?",
    )
    return accuracies


def on_first_fold(rival, seed=None):
    """The rival's answers on the first fold, trained on the other four, and their accuracy.

    Each picture is handed in twice: once trained, a network says the same of both."""
    import torch
    from threadpoolctl import threadpool_limits

    need(callable(rival), "rival is a function of X, y and X_new; here it is none.")
    X, y, X_new, y_new = first_fold()
    n, X_new = len(X_new), np.concatenate([X_new, X_new])
    own = [X.copy(), y.copy(), X_new.copy()]
    with threadpool_limits(1), one_thread():
        if seed is not None:
            torch.manual_seed(seed)
        said = called(rival, *own)
    for before, after in zip([X, y, X_new], own, strict=True):
        need(np.array_equal(before, after), "rival changes an array that it was given.")
    said = attempt(lambda: plain(said))
    need(not isinstance(said, Exception) and said.dtype.kind in "iuf", "rival returns an array of classes.")
    wrong = said.ndim == 2 and said.shape[1] == 10
    need(not wrong, "rival returns ten values for each picture; return the class with the largest.")
    said = said.reshape(-1)
    need(len(said) == 2 * n, f"For {2 * n} new pictures rival returns {len(said)} answers.")
    need(len(set(said.tolist())) > 1, "rival says the same class of every picture.")
    differ = int(np.sum(said[:n] != said[n:]))
    need(
        differ <= 3,  # rounding may turn a tie
        f"{n} pictures were handed to rival twice in one call, and {differ} of them got two different "
        "classes. Is chance at work in predicting: is the network in eval mode?",
    )
    return said[:n], float(np.mean(said[:n] == y_new))


def need_learning(rival):
    """Does it learn from the classes that it is handed? A short run, in which they have other numbers."""
    from threadpoolctl import threadpool_limits

    X, y, _, _ = first_fold()
    with threadpool_limits(1), one_thread():
        said = attempt(
            lambda: plain(rival(X[:240].copy(), (y[:240] + 3) % 10, X[240:440].copy())).reshape(-1)
        )
    if isinstance(said, Exception) or said.shape != (200,):  # perhaps it needs more rows
        return
    old, new = np.mean(said == y[240:440]), np.mean(said == (y[240:440] + 3) % 10)
    need(
        old < 0.5 or new > old,
        f"Handed a y with other numbers for the classes, rival still says the old ones ({old:.0%} of them "
        "right). It should learn from the X and y of the call, and from nothing outside.",
    )


def need_the_interval(difference, accuracies):
    """Are these mean and ends of the corrected interval of these accuracies?"""
    three = "difference is three numbers: mean, low, high."
    need(np.iterable(difference) and len(list(difference)) == 3, three)
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", three)
    got = got.astype(float)
    differences = accuracies - BASELINE
    right = interval(differences)
    mean, low, high = right
    if np.allclose(got, right, rtol=0, atol=CLOSE):
        return
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (right * 100, "In percent; give the difference of accuracies between 0 and 1."),
        (interval(differences, 0), "That takes the folds for independent: overlap is n_test / n_train."),
        (interval(differences, 1 / 9), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, 1 / 3), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, 4), "overlap is n_test / n_train, not the other way round."),
        (interval(differences, t=1.96), "With five differences the factor is that of t, not 1.96."),
        (interval(accuracies), "That is the interval of the rival's accuracies; subtract the baseline's."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=CLOSE / 6), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < CLOSE,
        f"difference: the mean is given as {got[0]:+.3f}; rival_accuracies minus the baseline have another.",
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the differences and 1 / 4?"
    )


def need_the_verdict(verdict, accuracies):
    """Does it follow from the interval?"""
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(accuracies - BASELINE)
    right = {"better"} if low > 0 else {"worse"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < CLOSE / 2:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean > 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? It is rival minus baseline, and an accuracy.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(rival, rival_accuracies, difference, verdict):
    accuracies = judge_accuracies(rival_accuracies) if whole(rival_accuracies) else None
    if given(rival):
        said, accuracy = on_first_fold(rival)
        need(
            accuracy <= 0.95, f"On the first fold rival is right in {accuracy:.0%}: does it know the answers?"
        )
        need_learning(rival)
        if accuracies is not None and abs(accuracies[0] - accuracy) > 0.02:
            # Drawn anew at every call? Then the notebook's run may differ from this one.
            chance = bool(np.any(on_first_fold(rival, seed=1)[0] != said))
            anew = " It says something else at every call: give it a seed inside." if chance else ""
            need(
                chance and abs(accuracies[0] - accuracy) < 0.06,
                f"rival_accuracies begin with {accuracies[0]:.3f}. On this fold rival gets {accuracy:.3f}, "
                f"trained on the others.{anew or ' Are these its accuracies, in the order of the folds?'}",
            )
    if whole(difference) and given(rival_accuracies, difference) and accuracies is not None:
        need_the_interval(difference, accuracies)
    if given(rival_accuracies, verdict) and accuracies is not None:
        need_the_verdict(verdict, accuracies)
