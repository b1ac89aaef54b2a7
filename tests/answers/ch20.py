"""Answers to the questions of chapter 20 that must pass, and mistakes that must get a hint."""

import itertools

import numpy as np
import pandas as pd
import torch
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from torch import nn

# --- question 1 -----------------------------------------------------------------------------------


def joined(batches, change=None, k_of=len, ddof=0):
    """Chan's way, with some parts done otherwise."""
    n, mean, total = 0, 0.0, 0.0
    for batch in batches:
        batch = np.asarray(batch, dtype=float)
        k, batch_mean = k_of(batch), batch.mean(axis=0)
        apart = batch_mean - mean
        total = total + ((batch - batch_mean) ** 2).sum(axis=0) + apart**2 * n * k / (n + k)
        mean = mean + apart * k / (n + k)
        n = n + k
    return n, mean, total / (n - ddof)


def row_by_row(batches):
    """Welford's way."""
    n, mean, total = 0, 0.0, 0.0
    for batch in batches:
        for row in np.array(batch, dtype=float):
            n += 1
            apart = row - mean
            mean = mean + apart / n
            total = total + apart * (row - mean)
    return [np.int64(n), pd.Series(mean), pd.Series(total / n)]


def shifted(batches):
    n, shift = 0, None
    for batch in batches:
        batch = batch.astype(float)
        if shift is None:
            shift = batch.mean(axis=0)
            s, q = np.zeros_like(shift), np.zeros_like(shift)
        n, s, q = n + len(batch), s + (batch - shift).sum(axis=0), q + ((batch - shift) ** 2).sum(axis=0)
    return n, shift + s / n, q / n - (s / n) ** 2


def naive(batches):
    n, s, q = 0, 0.0, 0.0
    for batch in batches:
        batch = batch.astype(float)
        n, s, q = n + len(batch), s + batch.sum(axis=0), q + (batch**2).sum(axis=0)
    return n, s / n, q / n - (s / n) ** 2


def in_bytes(batches):
    n, s, q = 0, 0.0, 0.0
    for batch in batches:
        n, s, q = n + len(batch), s + batch.sum(axis=0), q + (batch**2).sum(axis=0)
    return n, s / n, q / n - (s / n) ** 2


def kept(batches):
    rows = np.concatenate(list(batches)).astype(float)
    return len(rows), rows.mean(axis=0), rows.var(axis=0)


def copied(batches):
    rows = np.concatenate([batch.copy() for batch in batches]).astype(float)
    return len(rows), rows.mean(axis=0), rows.var(axis=0)


def by_length(batches):
    n = sum(len(batches[k]) for k in range(len(batches)))
    rows = np.concatenate(batches).astype(float)
    return n, rows.mean(axis=0), rows.var(axis=0)


def twice(batches):
    n = sum(len(batch) for batch in batches)
    mean = sum(batch.sum(axis=0, dtype=float) for batch in batches) / n
    return n, mean, sum(((batch - mean) ** 2).sum(axis=0) for batch in batches) / n


def averaged(mean=True, weights=False):
    def moments(batches):
        parts = [(len(b), b.mean(axis=0, dtype=float), b.astype(float).var(axis=0)) for b in batches]
        sizes = np.array([part[0] for part in parts])
        right = np.average([part[1] for part in parts], axis=0, weights=None if mean else sizes)
        variances = np.average([part[2] for part in parts], axis=0, weights=sizes if weights else None)
        return sizes.sum(), right, variances

    return moments


def of_joined(change):
    return lambda batches: change(*joined(batches))


def merged_at_the_end(batches):
    known = [(len(b), b.mean(axis=0, dtype=float), b.var(axis=0, dtype=float)) for b in batches]
    sizes, means, variances = (np.array(what) for what in zip(*known, strict=True))
    mean = np.average(means, axis=0, weights=sizes)
    spread = np.average(variances + (means - mean) ** 2, axis=0, weights=sizes)
    return int(sizes.sum()), mean.tolist(), spread.astype(np.float32)


def by_the_new_mean(batches):
    n, mean, total = 0, 0.0, 0.0
    for batch in batches:
        rows = torch.tensor(batch).double()
        k, batch_mean = len(rows), rows.mean(dim=0)
        new = (n * mean + k * batch_mean) / (n + k)
        total = total + rows.var(dim=0, correction=0) * k
        total = total + n * (mean - new) ** 2 + k * (batch_mean - new) ** 2
        n, mean = n + k, new
    return n, mean, total / n


def in_32_bits(batches):
    return joined(np.asarray(batch, np.float32).astype(float) for batch in batches)


def two_loops(batches):
    n = sum(len(batch) for batch in batches)
    rows = np.concatenate([batch.astype(float) for batch in batches])
    return n, rows.mean(axis=0), rows.var(axis=0)


def with_a_default(batches, known=[]):  # noqa: B006
    known += [(len(b), b.mean(axis=0, dtype=float), b.var(axis=0, dtype=float)) for b in batches]
    if len({len(mean) for _, mean, _ in known}) > 1:
        known[:] = known[-1:]
    sizes, means, variances = (np.array(what) for what in zip(*known, strict=True))
    mean = np.average(means, axis=0, weights=sizes)
    return sizes.sum(), mean, np.average(variances + (means - mean) ** 2, axis=0, weights=sizes)


def last_only(batches):
    for batch in batches:
        rows = batch.astype(float)
    return len(rows), rows.mean(axis=0), rows.var(axis=0)


# --- question 2 -----------------------------------------------------------------------------------


def parts_of(file, column):
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            if group.column(place).path_in_schema == column:
                yield group.column(place)


def groups(rule=None, unknown=True):
    def groups_needed(file, column, low, high):
        out = []
        for number, part in enumerate(parts_of(file, column)):
            if not (part.is_stats_set and part.statistics.has_min_max):
                out += [number] * unknown
            elif (rule or overlaps)(part.statistics.min, part.statistics.max, low, high):
                out.append(number)
        return out

    return groups_needed


def overlaps(a, b, low, high):
    return a <= high and low <= b


def as_array(file, column, low, high):
    return np.array(groups()(file, column, low, high), dtype=int)


def by_schema(file, column, low, high):
    place = [one.name for one in file.schema].index(column)
    out = ()
    for number in range(file.num_row_groups):
        statistics = file.metadata.row_group(number).column(place).statistics
        if (
            statistics is None
            or not statistics.has_min_max
            or overlaps(statistics.min, statistics.max, low, high)
        ):
            out += (number,)
    return out


def by_dictionary(file, column, low, high):
    place = file.schema_arrow.get_field_index(column)
    for number in range(file.metadata.num_row_groups):
        known = file.metadata.row_group(number).column(place).to_dict()["statistics"]
        if not known or known["min"] is None or not (known["max"] < low or known["min"] > high):
            yield np.int64(number)


def stops_early(file, column, low, high):
    fits, out = groups()(file, column, low, high), []
    for number in range(file.num_row_groups):
        if number in fits:
            out.append(number)
        elif out:
            break
    return out


def first_to_last(file, column, low, high):
    fits = groups()(file, column, low, high)
    return list(range(fits[0], fits[-1] + 1)) if fits else []


def one_of_the_limits(a, b, low, high):
    return a <= low <= b or a <= high <= b


def only_is_stats_set(file, column, low, high):
    out = []
    for number, part in enumerate(parts_of(file, column)):
        if not part.is_stats_set or overlaps(part.statistics.min, part.statistics.max, low, high):
            out.append(number)
    return out


def compared_in_a_table(file, column, low, high):
    known = [part.statistics for part in parts_of(file, column)]
    limits = pd.DataFrame([(s.min, s.max) if s else (None, None) for s in known], columns=["a", "b"])
    limits = limits.where(limits.notna(), other=low if not any(known) else np.nan)
    return limits.index[(limits["a"] <= high) & (limits["b"] >= low)].tolist()


def limits_of_the_rows(file, column, low, high):
    out = []
    for number, part in enumerate(parts_of(file, column)):
        values = file.read_row_group(number, columns=[column]).to_pandas()[column]
        if not part.is_stats_set or values.min() <= high and values.max() >= low:
            out.append(number)
    return out


def first_column(file, column, low, high):
    out = []
    for number in range(file.num_row_groups):
        statistics = file.metadata.row_group(number).column(1).statistics
        if overlaps(statistics.min, statistics.max, low, high):
            out.append(number)
    return out


def no_care(file, column, low, high):
    out = []
    for number, part in enumerate(parts_of(file, column)):
        if overlaps(part.statistics.min, part.statistics.max, low, high):
            out.append(number)
    return out


def looked_inside(file, column, low, high):
    out = []
    for number in range(file.num_row_groups):
        values = file.read_row_group(number, columns=[column]).to_pandas()[column]
        if values.between(low, high).any():
            out.append(number)
    return out


def size(file, groups, columns):
    return sum(
        part.total_compressed_size
        for name in columns
        for k, part in enumerate(parts_of(file, name))
        if k in groups
    )


def size_by_frame(file, groups, columns):
    total = np.int64(0)
    for number in groups:
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            part = group.column(place)
            total += part.total_compressed_size * (part.path_in_schema in columns)
    return total


def size_other(what, keep=None):
    def bytes_needed(file, groups, columns):
        total = 0
        for number in groups:
            group = file.metadata.row_group(number)
            for place in range(group.num_columns):
                part = group.column(place)
                if keep or part.path_in_schema in columns:
                    total += getattr(part, what)
        return total

    return bytes_needed


# --- question 3 -----------------------------------------------------------------------------------


def accumulate_with(weigh, zero=True, wide=False, total=None, step=False):
    """Parts through the model, one at a time; weigh(loss of each row, n, parts) is what goes back."""

    def accumulate(model, parts):
        if zero:
            model.zero_grad()
        n, losses = sum(len(y) for _, y in parts), []
        for X, y in parts:
            out = model(X) if wide else model(X).squeeze(1)
            each = (out - y) ** 2
            loss = weigh(each, n, parts)
            loss.backward()
            losses.append((each.detach(), loss.item()))
        if step:
            torch.optim.SGD(model.parameters(), 0.1).step()
        return total(losses) if total else sum(loss for _, loss in losses)

    return accumulate


def share(each, n, parts):
    return each.sum() / n


def by_mse(model, parts):
    for parameter in model.parameters():
        parameter.grad = None
    n, total = sum(len(y) for _, y in parts), 0
    for X, y in parts:
        loss = nn.functional.mse_loss(model(X)[:, 0], y) * (len(y) / n)
        loss.backward()
        total = total + loss.detach()
    return total


def by_hand(model, parts):
    """Gradients asked for, summed up, put in their place."""
    n, total = sum(len(y) for _, y in parts), 0.0
    slopes = [torch.zeros_like(parameter) for parameter in model.parameters()]
    for X, y in parts:
        loss = ((model(X) - y.reshape(-1, 1)) ** 2).sum() / n
        total += np.float64(loss.item())
        found = torch.autograd.grad(loss, list(model.parameters()))
        slopes = [a + b for a, b in zip(slopes, found, strict=True)]
    for parameter, slope in zip(model.parameters(), slopes, strict=True):
        parameter.grad = slope
    return total


def all_at_once(model, parts):
    model.zero_grad()
    X, y = torch.cat([X for X, _ in parts]), torch.cat([y for _, y in parts])
    loss = ((model(X).squeeze(1) - y) ** 2).mean()
    loss.backward()
    return loss.item()


def one_backward(model, parts):
    model.zero_grad(set_to_none=False)
    n = sum(X.shape[0] for X, _ in parts)
    total = sum(nn.functional.mse_loss(model(X).flatten(), y, reduction="sum") for X, y in parts) / n
    total.backward()
    return total


def divided_afterwards(model, parts):
    model.zero_grad()
    n, total = 0, 0.0
    for X, y in parts:
        loss = (model(X) - y[:, None]).pow(2).sum()
        loss.backward()
        n, total = n + len(y), total + loss.item()
    for parameter in model.parameters():
        parameter.grad /= n
    return np.float32(total / n)


def zeros_by_hand(model, parts):
    for parameter in model.parameters():
        parameter.grad.zero_()
    return accumulate_with(share, zero=False)(model, parts)


def forgotten_afterwards(model, parts):
    total = accumulate_with(share)(model, parts)
    model.zero_grad()
    return total


def at_once_by_forward(model, parts):
    model.zero_grad()
    X, y = torch.cat([X for X, _ in parts]), torch.cat([y for _, y in parts])
    loss = nn.functional.mse_loss(model.forward(X)[:, 0], y)
    loss.backward()
    return loss.item()


def zero_in_the_loop(model, parts):
    n, total = sum(len(y) for _, y in parts), 0.0
    for X, y in parts:
        model.zero_grad()
        loss = ((model(X).squeeze(1) - y) ** 2).sum() / n
        loss.backward()
        total += loss.item()
    return total


def no_backward(model, parts):
    model.zero_grad()
    return sum(((model(X).squeeze(1) - y) ** 2).sum().item() for X, y in parts) / sum(
        len(y) for _, y in parts
    )


# --- question 4 -----------------------------------------------------------------------------------


def in_batches(size=100, way=None):
    def nearest(X, centres):
        out = np.empty(len(X), dtype=int)
        for first in range(0, len(X), size):
            out[first : first + size] = (way or broadcast)(X[first : first + size], centres)
        return out

    return nearest


def broadcast(X, centres):
    return ((X[:, None, :] - centres) ** 2).sum(axis=2).argmin(axis=1)


def product(X, centres):
    return ((centres**2).sum(axis=1) - 2 * X @ centres.T).argmin(axis=1)


def by_cdist(X, centres):
    return np.concatenate([cdist(X[k : k + 1000], centres).argmin(axis=1) for k in range(0, len(X), 1000)])


def by_torch_like_list(X, centres):
    out = []
    for first in range(0, len(X), 2000):
        out.append(product(X[first : first + 2000], centres).astype(np.int16))
    return list(np.concatenate(out))


def by_norms(X, centres):
    return [
        int(number)
        for first in range(0, len(X), 50)
        for number in np.linalg.norm(X[first : first + 50, None] - centres, axis=-1).argmin(axis=-1)
    ]


def by_tree(X, centres):
    return pd.Series(cKDTree(centres).query(X)[1])


def in_float32(X, centres):
    return product(X.astype(np.float32), centres.astype(np.float32))


def once_the_product(X, centres):
    return ((centres**2).sum(axis=1) - X @ centres.T).argmin(axis=1)


def lean_row_loop(X, centres):
    out, lengths = np.empty(len(X), dtype=int), (centres**2).sum(axis=1)
    for number, x in enumerate(X):
        out[number] = (lengths - 2 * (centres @ x)).argmin()
    return out


def centred_in_place(X, centres):
    middle = X.mean(axis=0)
    X -= middle
    centres -= middle
    return in_batches()(X, centres)


def row_loop(X, centres):
    return np.array([((centres - x) ** 2).sum(axis=1).argmin() for x in X])


def centre_loop(X, centres):
    best, found = np.full(len(X), np.inf), np.zeros(len(X), dtype=int)
    for k, centre in enumerate(centres):
        distance = ((X - centre) ** 2).sum(axis=1)
        found[distance < best] = k
        best = np.minimum(best, distance)
    return found


def last_rows_lost(X, centres):
    out = np.zeros(len(X), dtype=int)
    for first in range(0, len(X) - 99, 100):
        out[first : first + 100] = broadcast(X[first : first + 100], centres)
    return out


# --- question 5 -----------------------------------------------------------------------------------

CHECKS = {}


def of_checks(name):
    """A function of the checks: they train as the notebook does."""
    import runpy
    from pathlib import Path

    import coursekit

    if not CHECKS:
        CHECKS.update(runpy.run_path(str(Path(coursekit.__file__).parent / "checks" / "ch20.py")))
    return CHECKS[name]


def sixty(rng, at_once=60):
    out = []
    for some in np.split(rng.permutation(300), 300 // at_once):
        out.append(rng.permutation((some[:, None] * 20 + np.arange(20)).ravel()))
    return np.concatenate(out)


def two_visits(rng):
    inside = np.array([rng.permutation(20) for _ in range(300)])
    out = []
    for half in (0, 10):
        for some in rng.permutation(300).reshape(5, 60):
            rows = some[:, None] * 20 + inside[some][:, half : half + 10]
            out.append(rng.permutation(rows.ravel()))
    return np.concatenate(out)


def whole_chunks(rng):
    return (rng.permutation(300)[:, None] * 20 + np.arange(20)).ravel()


def listed(rng):
    return [int(row) for row in sixty(rng)]


def buffer(rng):
    held, out = list(range(1200)), []
    for new in range(1200, 6000):
        place = rng.integers(1200)
        out.append(held[place])
        held[place] = new
    return np.append(out, rng.permutation(held))


def rolling(rng):
    """Thirty chunks held; the next row comes from one of them."""
    held, out = [], []
    for chunk in rng.permutation(300):
        held.append(list(chunk * 20 + rng.permutation(20)))
        while len(held) >= 30:
            place = rng.integers(len(held))
            out.append(held[place].pop())
            if not held[place]:
                held.pop(place)
    return np.append(out, rng.permutation(np.concatenate(held))).astype(np.int16)


def strides(rng):
    """Ten chunks from ten places of the file at a time."""
    out = []
    for some in np.arange(300).reshape(10, 30).T[rng.permutation(30)]:
        out.append(rng.permutation((some[:, None] * 20 + np.arange(20)).ravel()))
    return pd.Series(np.concatenate(out))


CHUNKS = np.arange(6000).reshape(300, 20)


def shuffled_outside(rng):
    rng.shuffle(CHUNKS)
    return np.concatenate([rng.permutation(some.ravel()) for some in np.split(CHUNKS, 5)])


y_sorted = np.repeat(np.arange(10), 600)


def by_label(rng):
    chunks = np.array([rng.permutation(np.flatnonzero(y_sorted[::20] == label)) for label in range(10)])
    return np.concatenate(
        [rng.permutation((some[:, None] * 20 + np.arange(20)).ravel()) for some in chunks.T]
    )


def accuracy_of(order):
    return of_checks("accuracy_of")(order)


def best_of_four(rng):
    return max((sixty(rng) for _ in range(4)), key=lambda order: accuracy_of(order))


def near_the_stored(rng):
    return np.concatenate([rng.permutation(part) for part in np.arange(6000).reshape(5, 1200)])


def handed_in(order, verdict=None, cost=None, change=None):
    """What a learner hands in: order, cost, accuracies, verdict."""

    def made():
        own = [of_checks("accuracy_of")(np.asarray(order(np.random.default_rng(seed)))) for seed in range(5)]
        behind = of_checks("full_accuracy")() - np.mean(own)
        says = verdict or ("level" if behind <= 0.03 else "behind")
        costs = of_checks("chunks_read")(order(np.random.default_rng(0))) if cost is None else cost
        return order, costs, change(own) if change else own, says

    return made


def broken(order):
    """An order that is none, with numbers of a good one."""
    return lambda: (order, *handed_in(sixty)()[1:])


RNG = np.random.default_rng(5)
SEEDS = itertools.count()

RIGHT = {
    "q1": [
        ("joined batch by batch", (joined,)),
        ("row by row", (row_by_row,)),
        ("shifted by the first batch's mean", (shifted,)),
        ("merged at the end, float32", (merged_at_the_end,)),
        ("by the new mean, tensors", (by_the_new_mean,)),
        ("with a float for n", (of_joined(lambda n, m, v: (float(n), m, v)),)),
    ],
    "q2": [
        ("by name", (groups(), size)),
        ("an array, a NumPy sum", (as_array, size_by_frame)),
        ("by the schema, a tuple", (by_schema, size)),
        ("a generator, and a float", (by_dictionary, lambda *what: float(size(*what)))),
    ],
    "q3": [
        ("sums by all rows", (accumulate_with(share),)),
        ("weighted means, a tensor", (by_mse,)),
        ("gradients by hand", (by_hand,)),
        ("one backward of the sum", (one_backward,)),
        ("divided afterwards", (divided_afterwards,)),
    ],
    "q4": [
        ("100 rows, broadcast", (in_batches(),)),
        ("1,000 rows, by the product", (in_batches(1000, product),)),
        ("scipy", (by_cdist,)),
        ("50 rows, norms, a list", (by_norms,)),
        ("a tree, a Series", (by_tree,)),
        ("float32, batch by batch", (in_batches(500, in_float32),)),
        ("a list of small whole numbers", (by_torch_like_list,)),
    ],
    "q5": [
        ("sixty chunks at a time", handed_in(sixty)),
        ("each chunk visited twice", handed_in(two_visits)),
        ("whole chunks, and the verdict says so", handed_in(whole_chunks, "behind")),
        ("a list", handed_in(listed)),
        ("thirty at a time", handed_in(lambda rng: sixty(rng, 30))),
        ("a rolling window of chunks", handed_in(rolling)),
        ("strides", handed_in(strides)),
    ],
}

WRONG = {
    "q1": [
        ("the naive formula", (naive,)),
        ("in bytes", (in_bytes,)),
        ("keeps the batches", (kept,)),
        ("keeps copies", (copied,)),
        ("needs a length", (by_length,)),
        ("goes twice over the batches", (twice,)),
        ("'the second loop is for the rows'", (two_loops,)),
        ("'32 bits are what the network takes'", (in_32_bits,)),
        ("'the list in the def is empty'", (with_a_default,)),
        ("mean of means", (averaged(),)),
        ("mean of variances", (averaged(mean=False),)),
        ("weighted mean of variances", (averaged(mean=False, weights=True),)),
        ("the last batch", (last_only,)),
        ("divided by n - 1", (lambda batches: joined(batches, ddof=1),)),
        ("standard deviations", (of_joined(lambda n, m, v: (n, m, v**0.5)),)),
        ("sums of squares", (of_joined(lambda n, m, v: (n, m, v * n)),)),
        ("only two things", (of_joined(lambda n, m, v: (m, v)),)),
        ("number of batches", (lambda batches: (len(list(batches)), 0.0, 0.0),)),
        ("one number for all columns", (of_joined(lambda n, m, v: (n, m.mean(), v.mean())),)),
    ],
    "q2": [
        ("inside only", (groups(lambda a, b, low, high: a >= low and b <= high), size)),
        ("strict", (groups(lambda a, b, low, high: a < high and b > low), size)),
        ("holds both limits", (groups(lambda a, b, low, high: a <= low and b >= high), size)),
        ("unknown left out", (groups(unknown=False), size)),
        ("crashes without statistics", (no_care, size)),
        ("the second column", (first_column, size)),
        ("looked into the data", (looked_inside, size)),
        ("all groups", (groups(lambda a, b, low, high: True), size)),
        ("'after the last that fits I may stop'", (stops_early, size)),
        ("'the file is sorted, so all in between'", (first_to_last, size)),
        ("'one of the limits lies in the group'", (groups(one_of_the_limits), size)),
        ("'is_stats_set says that there is a minimum'", (only_is_stats_set, size)),
        ("'NaN is not below the limit'", (compared_in_a_table, size)),
        ("'the limits of the rows are more exact'", (limits_of_the_rows, size)),
        ("below high only", (groups(lambda a, b, low, high: a <= high), size)),
        ("true or false", (lambda *what: [k in groups()(*what) for k in range(6)], size)),
        ("numbers from 1", (lambda *what: [k + 1 for k in groups()(*what)], size)),
        ("'groups are equally large'", (groups(), lambda f, some, c: size(f, some[:1], c) * len(some))),
        ("from the end", (lambda *what: groups()(*what)[::-1], size)),
        ("booleans", (lambda *what: "all", size)),
        ("unpacked size", (groups(), size_other("total_uncompressed_size"))),
        ("all columns", (groups(), size_other("total_compressed_size", keep=True))),
        ("numbers of values", (groups(), size_other("num_values"))),
        ("all groups' bytes", (groups(), lambda file, some, columns: size(file, range(6), columns))),
        ("first group's bytes", (groups(), lambda file, some, columns: size(file, some[:1], columns))),
        ("megabytes", (groups(), lambda *what: size(*what) / 1e6)),
    ],
    "q3": [
        ("mean of means", (accumulate_with(lambda each, n, parts: each.mean() / len(parts)),)),
        ("sum of means", (accumulate_with(lambda each, n, parts: each.mean()),)),
        ("sum", (accumulate_with(lambda each, n, parts: each.sum()),)),
        ("old gradients", (accumulate_with(share, zero=False),)),
        (
            "mean of means and old gradients",
            (accumulate_with(lambda e, n, p: e.mean() / len(p), zero=False),),
        ),
        ("forgets in the loop", (zero_in_the_loop,)),
        ("a table of differences", (accumulate_with(lambda e, n, p: e.mean() * len(e) / n, wide=True),)),
        ("a table of differences, summed", (accumulate_with(share, wide=True),)),
        ("all at once", (all_at_once,)),
        ("'forward is the same as a call'", (at_once_by_forward,)),
        ("'there is always a gradient to set to zero'", (zeros_by_hand,)),
        ("tidied up at the end", (forgotten_afterwards,)),
        (
            "'all parts are like the first'",
            (accumulate_with(lambda e, n, p: e.sum() / len(p) / len(p[0][1])),),
        ),
        ("a step", (accumulate_with(share, step=True),)),
        ("no backward", (no_backward,)),
        ("last loss", (accumulate_with(share, total=lambda losses: losses[-1][0].mean().item()),)),
        (
            "summed loss",
            (accumulate_with(share, total=lambda losses: sum(e.sum().item() for e, _ in losses)),),
        ),
        (
            "a list of losses",
            (accumulate_with(share, total=lambda losses: [loss for _, loss in losses] * 2),),
        ),
        ("returns nothing", (lambda model, parts: None if accumulate_with(share)(model, parts) else None,)),
    ],
    "q4": [
        ("all at once", (broadcast,)),
        ("the product of all", (product,)),
        ("a loop over rows", (row_loop,)),
        ("a loop over centres", (centre_loop,)),
        ("batches too large", (in_batches(1000),)),
        ("the farthest", (in_batches(way=lambda X, c: cdist(X, c).argmax(axis=1)),)),
        ("absolute differences", (in_batches(way=lambda X, c: cdist(X, c, "cityblock").argmin(axis=1)),)),
        ("largest product", (in_batches(way=lambda X, c: (X @ c.T).argmax(axis=1)),)),
        ("for each centre", (lambda X, c: cdist(X, c).argmin(axis=0),)),
        ("distances", (lambda X, c: cdist(X, c).min(axis=1),)),
        ("squared distances", (lambda X, c: cdist(X, c, "sqeuclidean").min(axis=1),)),
        ("the product counted once", (in_batches(way=once_the_product),)),
        ("not squared", (in_batches(way=lambda X, c: (X[:, None] - c).sum(axis=2).argmin(axis=1)),)),
        ("a loop over rows without the third axis", (lean_row_loop,)),
        ("'centred numbers are more exact'", (centred_in_place,)),
        ("'float32 is half the size'", (in_float32,)),
        ("the last rows lost", (last_rows_lost,)),
        ("a table", (lambda X, c: cdist(X, c),)),
    ],
    "q5": [
        ("full shuffle", broken(lambda rng: rng.permutation(6000))),
        ("as stored", broken(lambda rng: np.arange(6000))),
        ("shuffled near the stored order", handed_in(near_the_stored, "behind")),
        ("a buffer", handed_in(buffer, "behind")),
        ("rows lost", broken(lambda rng: sixty(rng)[:-20])),
        ("rows twice", broken(lambda rng: np.append(sixty(rng), 7))),
        ("drawn with replacement", broken(lambda rng: rng.integers(0, 6000, 6000))),
        ("own randomness", broken(lambda rng: sixty(np.random.default_rng(next(SEEDS))))),
        ("'shuffling the chunks again does no harm'", broken(shuffled_outside)),
        ("'a chunk of each class at a time'", broken(by_label)),
        ("the best of four by the test rows", broken(best_of_four)),
        ("seed 0 five times", handed_in(sixty, change=lambda own: [own[0]] * 5)),
        ("always the same", broken(lambda rng: sixty(np.random.default_rng(0)))),
        ("numbers from 1", broken(lambda rng: sixty(rng) + 1)),
        ("chunks in place of rows", broken(lambda rng: rng.permutation(300))),
        ("cost of another", handed_in(sixty, cost=3.0)),
        ("the mean", handed_in(sixty, change=np.mean)),
        ("others' accuracies", handed_in(sixty, change=lambda own: [a + 0.05 for a in own])),
        ("level, but behind", handed_in(whole_chunks, "level")),
        ("own words", handed_in(sixty, "good")),
    ],
}
