"""The questions of chapter 20, data pipelines and faster training."""

import copy
import functools
import inspect
import io
import sys
import tracemalloc
import types
from collections import OrderedDict

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def plain(value):
    """The value as an array, also a tensor that still carries its slopes."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def named(function):
    return getattr(function, "__name__", "Your function")


def called(function, *arguments):
    """What a learner's function returns; what it raises becomes a hint."""
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    return returned(function, attempt(lambda: function(*arguments)))


def returned(function, found):
    """What a call found, unless that is an error or nothing."""
    need(
        not isinstance(found, Exception),
        f"{named(function)} raises {told(found)}" if found is not None else "",
    )
    need(found is not None, f"{named(function)} returns nothing: does it end with return?")
    return found


def one_number(value, hint):
    """The value as a float, if it is one finite number."""
    value = attempt(lambda: plain(value))
    fine = not isinstance(value, Exception) and value.size == 1 and value.dtype.kind in "iuf"
    need(fine, hint)
    return float(value.reshape(-1)[0])


def alike(a, b, rtol=1e-6):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rtol, atol=1e-9)


def peak_of(job):
    """What a job returns, and the most memory it held beyond the start, in MB."""
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        found = job()
        return found, (tracemalloc.get_traced_memory()[1] - before) / 1e6
    finally:
        if ours:
            tracemalloc.stop()


# --- question 1 -----------------------------------------------------------------------------------


def once(parts):
    """The parts one after the other, in arrays that are used again."""
    shared = np.empty((max(len(part) for part in parts), parts[0].shape[1]), parts[0].dtype)
    for part in parts:
        shared[: len(part)] = part
        yield shared[: len(part)]


def tables():
    """Name, parts and type of each case."""
    rng = np.random.default_rng(20)
    trend = np.arange(90).reshape(30, 3) + rng.normal(size=(30, 3))
    cuts = [7, 19, 20]
    pixels = rng.integers(0, 256, (400, 4)).astype(np.uint8)
    large = rng.normal(size=(500, 2)) + 1e8
    return [
        ("a small table", np.split(trend, cuts)),
        ("uint8", np.split(pixels, [150, 350])),
        ("a mean of 100,000,000", np.split(large, [100, 101, 400])),
    ]


def need_moments(found, parts, name):
    three = isinstance(found, tuple | list) and len(found) == 3
    need(three, "moments: return three things: number of rows, means, variances.")
    rows = np.concatenate(parts).astype(float)
    n = one_number(found[0], "moments: the first thing should be the number of rows.")
    need(n == len(rows), f"moments: it counts {n:g} rows where the batches have {len(rows)} ({name}).")
    means, variances = (attempt(lambda part=part: plain(part)) for part in found[1:])
    width = (rows.shape[1],)
    for what, values in (("means", means), ("variances", variances)):
        good = not isinstance(values, Exception) and values.dtype.kind in "iuf" and values.shape == width
        need(
            good, f"moments: the {what} should be an array with a number for each of the {width[0]} columns."
        )
    of_means = np.mean([part.mean(axis=0) for part in parts], axis=0)
    slips = [
        (of_means, "that is the mean of the batches' means; a short batch counts as much as a long one.")
    ]
    slips += [(parts[-1].mean(axis=0), "those are the means of the last batch.")]
    if not alike(means, rows.mean(axis=0)):
        for other, hint in slips:
            need(not alike(means, other), f"moments, means: {hint}")
        huge = rows.mean() > 1e6
        need(not huge, f"moments: right for small numbers; the means are wrong for {name}. Is each batch "
             "float64? A float32 holds 7 digits." if huge else "")  # fmt: skip
        need(False, f"moments: the means are not those of all rows ({name}).")
    if np.allclose(variances, rows.var(axis=0), rtol=1e-5, atol=0):
        return
    slips = [
        (rows.var(axis=0, ddof=1), "they are divided by n - 1; divide by n."),
        (rows.std(axis=0), "those are standard deviations."),
        (rows.var(axis=0) * len(rows), "those are the sums of squared distances, not yet divided by n."),
        (np.mean([p.astype(float).var(axis=0) for p in parts], axis=0), "the mean of the batches' variances "
         "forgets that the batches' means differ."),
        (sum(p.astype(float).var(axis=0) * len(p) for p in parts) / len(rows), "the weighted mean of the "
         "batches' variances forgets that the batches' means differ."),
        (parts[-1].astype(float).var(axis=0), "those are the variances of the last batch."),
    ]  # fmt: skip
    for other, hint in slips:
        need(not alike(variances, other), f"moments, variances: {hint}")
    if parts[0].dtype == np.uint8:
        need(
            False,
            "moments: right for float64, wrong for uint8: small types overflow. Convert each batch first.",
        )
    if rows.mean() > 1e6:
        need(
            False,
            "moments: right for small numbers, wrong for a mean of 100,000,000 and a variance of "
            "1. Are two huge numbers subtracted somewhere, or is something float32?",
        )
    need(False, "moments: the variances are not those of all rows. Try rows 1, 2, 6 and then 7 by hand.")


def is_right(found, parts, name):
    return not isinstance(attempt(lambda: need_moments(found, parts, name)), Exception)


def many_batches():
    """60 batches of 1,000 rows and 8 columns: 3.8 MB in all, 0.06 each."""
    shared = np.empty((1000, 8))
    for number in range(60):
        shared[:] = np.arange(8) + number
        yield shared


@question
def q1(moments):
    for name, parts in tables():
        # First plainly, so that a hint about the formula comes before one about arrays that are used again.
        need_moments(called(moments, [part.copy() for part in parts]), parts, name)
        found = attempt(lambda parts=parts: moments(once(parts)))
        raised = isinstance(found, Exception)
        lone = not isinstance(found, TypeError | AttributeError | IndexError)
        need(lone, f"moments: a generator has no length and no places; only loop over it ({told(found)})."
             if not lone else "")  # fmt: skip
        need(not raised, f"moments: right for a list of batches; a generator raises an error "
             f"({told(found)}). After one loop a generator is used up." if raised else "")  # fmt: skip
        if not is_right(found, parts, name):
            second = attempt(lambda parts=parts: moments([part.copy() for part in parts]))
            need(
                is_right(second, parts, name),
                "moments: right at the first call, wrong at a later one with the same batches: does "
                "something outside the function, or a default value, keep numbers?",
            )
            need(
                False,
                "moments: right for a list of batches, wrong when they come from a generator that uses its "
                "array again. Loop over the batches once, and keep none of them.",
            )
    _, peak = peak_of(lambda: called(moments, many_batches()))
    need(
        peak < 2,
        f"moments: for batches of 0.06 MB it holds {peak:.1f} MB at a time. Keep sums, not batches.",
    )


# --- question 2 -----------------------------------------------------------------------------------


@functools.cache
def parquet_bytes():
    """Files in memory, by name."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(2)
    n = 1200
    table = pd.DataFrame({"text": rng.choice(["ant", "bee", "cow"], n), "noise": rng.normal(size=n)})
    table["sorted"] = np.repeat(np.arange(60) * 10, 20)
    table["mixed"] = rng.permutation(np.arange(n) * 3)
    table["name"] = [f"n{k // 100:02d}" for k in range(n)]
    table["gaps"] = np.where(np.arange(n) % 7 == 0, np.nan, np.arange(n) / 2)
    table["zeros"] = 0
    group = np.arange(n) // 200
    table["zigzag"] = np.array([0, 50, 100, 0, 50, 20])[group] + np.arange(n) % 30
    table = pa.Table.from_pandas(table)
    no_numbers = np.where(np.isin(group, [2, 3]), np.nan, group * 10.0)  # not null: no smallest value
    table = table.append_column("nans", pa.array(no_numbers, from_pandas=False))
    files = {}
    for name, without in (("all statistics", False), ("without", True)):
        held = io.BytesIO()
        columns = ["text", "noise", "mixed", "name", "gaps", "zeros"] if without else True
        pq.write_table(table, held, row_group_size=200, write_statistics=columns)
        files[name] = without_rows(held.getvalue())
    return files


def without_rows(file):
    """The bytes of a Parquet file with zeros in place of all rows; the metadata stay."""
    end = len(file) - 8 - int.from_bytes(file[-8:-4], "little")
    return file[:4] + bytes(end - 4) + file[end:]


def opened(name):
    import pyarrow.parquet as pq

    return pq.ParquetFile(io.BytesIO(parquet_bytes()[name]))


def parts_of(file, column):
    """The column's metadata in each row group."""
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        found = [group.column(place) for place in range(group.num_columns)]
        yield next(part for part in found if part.path_in_schema == column)


def chosen_by(file, column, rule, unknown=True):
    """Numbers of the groups whose smallest and largest value obey a rule."""
    out = []
    for number, part in enumerate(parts_of(file, column)):
        known = part.is_stats_set and part.statistics.has_min_max
        if rule(part.statistics.min, part.statistics.max) if known else unknown:
            out.append(number)
    return out


def of_metadata(function, file, *rest):
    """What a learner's function says of a file whose rows cannot be read."""
    import pyarrow as pa

    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(file, *rest))
    if isinstance(found, types.GeneratorType):
        found = attempt(lambda waiting=found: list(waiting))
    need(
        not isinstance(found, pa.lib.ArrowException | OSError),
        f"{named(function)} reads rows. Look at the metadata only: in the check's files the rows are zeroed.",
    )
    crash = rest[0] == "nans" and isinstance(found, TypeError | AttributeError)
    need(not crash, f"{named(function)}: a column that is NaN in groups 2 and 3 raises an error "
         f"({told(found)}). These groups have statistics, but no smallest and no largest "
         "value." if crash else "")  # fmt: skip
    return returned(function, found)


RANGES = [
    ("all statistics", "sorted", 150, 320), ("all statistics", "sorted", 190, 190),
    ("all statistics", "sorted", 90, 100), ("all statistics", "sorted", 20, 30),
    ("all statistics", "mixed", 1000, 1001), ("all statistics", "sorted", -50, -1),
    ("all statistics", "name", "n03", "n05"), ("all statistics", "gaps", 220.0, 260.5),
    ("all statistics", "sorted", 95, 98), ("without", "sorted", 150, 320), ("without", "gaps", 220, 260),
    ("all statistics", "zigzag", 5, 10), ("all statistics", "nans", 10, 10),
]  # fmt: skip


def need_groups(groups_needed):
    for name, column, low, high in RANGES:
        file = opened(name)
        case = f"groups_needed(file, {column!r}, {low!r}, {high!r})"
        found = of_metadata(groups_needed, file, column, low, high)
        found = attempt(lambda found=found: list(found))
        fine = not isinstance(found, Exception)
        truths = fine and found != [] and all(isinstance(number, bool | np.bool_) for number in found)
        need(not truths, "groups_needed: return the groups' numbers, not a true or false for each.")
        found = attempt(lambda found=found: [int(number) for number in found])
        need(fine and not isinstance(found, Exception), "groups_needed: return a list of whole numbers.")
        right = chosen_by(file, column, lambda a, b, low=low, high=high: a <= high and b >= low)
        if found == right:
            continue
        need(found != [number + 1 for number in right], f"{case}: the groups' numbers begin at 0.")
        need(sorted(found) != right, f"{case}: the numbers are right; give them in order.")
        need(len(set(found)) == len(found), f"{case}: a group comes twice.")
        if name == "without":
            need(found != [], f"{case}: no group has statistics there, so each can hold anything.")
        limits = {"low": low, "high": high}
        missing = "a group whose smallest or largest value is the limit itself is missing."
        slips = [
            (lambda a, b, low, high: a < high and b > low, missing),
            (lambda a, b, low, high: a < high and b >= low, missing),
            (lambda a, b, low, high: a <= high and b > low, missing),
            (lambda a, b, low, high: a <= high, f"groups whose values all lie below {low!r} are in it."),
            (lambda a, b, low, high: b >= low, f"groups whose values all lie above {high!r} are in it."),
            (
                lambda a, b, low, high: a >= low and b <= high,
                "you keep groups wholly inside; an overlap is enough.",
            ),
            (
                lambda a, b, low, high: a <= low and b >= high,
                "you keep groups around both; an overlap is enough.",
            ),
        ]
        for rule, hint in slips:
            other = chosen_by(file, column, functools.partial(rule, **limits))
            need(found != other or not other, f"{case}: {hint}")
        unknown = set(chosen_by(file, column, lambda a, b: False)) - set(found)
        need(
            not unknown,
            f"{case}: group {min(unknown, default=0)} is missing. Its smallest and largest value are not "
            "in the metadata, so it can hold anything.",
        )
        need(
            set(found) >= set(right) or not set(found) < set(right),
            f"{case}: group {min(set(right) - set(found), default=0)} can hold such a value by its smallest "
            "and largest one, and is missing. (Whether it does is not known before it is read.)",
        )
        extra = sorted(set(found) - set(right))
        span = list(range(right[0], right[-1] + 1)) if right else []
        need(
            found != span,
            f"{case}: all groups from the first to the last are in it, and {extra} hold no such value.",
        )
        need(not set(extra) - set(range(6)), f"{case}: there are 6 groups, 0 to 5; {extra[-1:]} is in it.")
        need(not extra, f"{case}: no value of groups {extra} lies there: do you look at column {column!r}?")
        need(False, f"{case}: the right list has {len(right)} numbers, yours {len(found)}.")


def need_bytes(bytes_needed):
    file = opened("all statistics")
    for groups, columns in (
        ([1, 4], ["mixed", "name"]),
        ([0], ["zeros"]),
        ([], ["mixed"]),
        ([0, 2, 5], ["noise"]),
    ):
        found = of_metadata(bytes_needed, file, list(groups), list(columns))
        found = one_number(found, "bytes_needed: return one whole number.")

        def total(size, some=groups, names=columns):
            found = {name: list(parts_of(file, name)) for name in names}
            return sum(getattr(found[name][k], size) for name in names for k in some)

        right = total("total_compressed_size")
        if found == right:
            continue
        case = f"bytes_needed(file, {groups}, {columns})"
        every = [column.name for column in opened("all statistics").schema]
        slips = [
            (
                total("total_uncompressed_size"),
                "that is the size after unpacking; the compressed one is asked for.",
            ),
            (
                total("total_compressed_size", names=every),
                "all columns are counted, not only the named ones.",
            ),
            (
                total("total_compressed_size", some=range(6)),
                "all groups are counted, not only the given ones.",
            ),
            (total("total_compressed_size", some=groups[:1]), "only the first group is counted."),
            (total("total_compressed_size", some=groups[-1:]), "only the last group is counted."),
            (total("total_compressed_size", names=columns[:1]), "only the first column is counted."),
            (total("num_values"), "those are numbers of values, not bytes."),
            (total("total_compressed_size") / 1e3, "those are kilobytes; bytes are asked for."),
            (total("total_compressed_size") / 1e6, "those are megabytes; bytes are asked for."),
            (
                total("total_compressed_size", some=groups[:1]) * len(groups),
                "the first group's size is counted for every group; sizes differ.",
            ),
        ]
        for other, hint in slips:
            need(found != other, f"{case}: {hint}")
        need(False, f"{case}: it says {found:g}, the columns' sizes sum up to {right:g}.")


@question
def q2(groups_needed, bytes_needed):
    if given(groups_needed):
        need_groups(groups_needed)
    if given(bytes_needed):
        need_bytes(bytes_needed)


# --- question 3 -----------------------------------------------------------------------------------


def models():
    """(model, parts) of each case, in 64 bits."""
    import torch
    from torch import nn

    torch.manual_seed(20)
    line = nn.Linear(3, 1, dtype=torch.float64)
    deep = nn.Sequential(
        nn.Linear(3, 5, dtype=torch.float64), nn.Tanh(), nn.Linear(5, 1, dtype=torch.float64)
    )
    cases = []
    for model, sizes in ((line, (6, 1, 4)), (line, (4, 4)), (deep, (2, 7)), (deep, (5,))):
        X, y = torch.randn(sum(sizes), 3, dtype=torch.float64), torch.randn(sum(sizes), dtype=torch.float64)
        cases.append((copy.deepcopy(model), list(zip(X.split(sizes), y.split(sizes), strict=True))))
    return cases


def slopes_of(model, loss):
    """All gradients of a loss, as one row; the model's own stay as they are."""
    import torch

    found = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([slope.flatten() for slope in found]).numpy()


@question
def q3(accumulate):
    import torch

    for model, parts in models():
        sizes = [len(y) for _, y in parts]
        y = torch.cat([y for _, y in parts])
        squares = [(model(X).squeeze(1) - y) ** 2 for X, y in parts]
        loss = torch.cat(squares).mean()
        right = slopes_of(model, loss)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 0.5)
        case = f"accumulate, parts of {', '.join(map(str, sizes))} rows"
        if len(parts) == 1:  # a new model
            for parameter in model.parameters():
                parameter.grad = None
            found = attempt(lambda: accumulate(copy.deepcopy(model), parts))  # noqa: B023
            crash = isinstance(found, TypeError | AttributeError)
            need(not crash, f"accumulate: right if there are old gradients, but for a new model, whose .grad "
                 f"is None, it raises {told(found)}" if crash else "")  # fmt: skip
        passed = []

        def note(module, given, out, passed=passed):
            passed.append(len(out))

        watched = [module.register_forward_hook(note) for module in model.modules()]
        total = called(accumulate, model, [(X.clone(), y.clone()) for X, y in parts])
        for watch in watched:
            watch.remove()
        same = all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
        need(same, f"{case}: the weights have changed; take no step.")
        lacks = any(parameter.grad is None for parameter in model.parameters())
        need(
            not lacks,
            f"{case}: at the end some parameters have no gradient: is backward called, and "
            "zero_grad only before it?",
        )
        found = torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).numpy()
        if not alike(found, right):
            means = [slopes_of(model, ((model(X).squeeze(1) - y) ** 2).mean()) for X, y in parts]
            sums = [slope * n for slope, n in zip(means, sizes, strict=True)]
            wide = sum(slopes_of(model, ((model(X) - y) ** 2).mean()) * len(y) for X, y in parts) / len(y)
            wide_sum = sum(slopes_of(model, ((model(X) - y) ** 2).sum()) for X, y in parts) / len(y)
            wide_mean = sum(slopes_of(model, ((model(X) - y) ** 2).mean()) for X, y in parts)
            shape = "model(X) - y is a table: (n, 1) minus (n,) gives (n, n). Print its shape."
            slips = [
                (right + 0.5, "the gradients that were there before count as well: forget them first."),
                (np.mean(means, axis=0), "that is the mean of the parts' gradients: a small part counts as "
                 "much as a large one."),
                (sum(means), "that is the sum of the parts' mean gradients; divide, by the rows."),
                (sum(sums), "that is the gradient of the sum; the mean over all rows is asked for."),
                (sum(sums) / len(parts), "that is the gradient of the sum, divided by the number of parts."),
                (sums[-1] / len(y), "only the last part counts: do you forget the gradients in each round?"),
                (means[-1], "only the last part counts: do you forget the gradients in each round?"),
                (0 * right + 0.5, "the gradients are the old ones: is backward called?"),
                (0 * right, "all gradients are 0: is backward called, and zero_grad before it?"),
                (wide, shape), (wide_sum, shape), (wide_mean, shape), (wide_mean / len(parts), shape),
            ]  # fmt: skip
            for other, hint in slips:
                need(not alike(found, other), f"{case}: {hint}")
                need(not alike(found, other + 0.5), f"{case}: {hint} (And forget the old gradients.)")
            times = found @ right / (right @ right)
            need(
                times < 1e-3 or not alike(found, times * right, rtol=1e-4),
                f"{case}: the gradients are {times:.4g} times those of the mean over all rows.",
            )
            need(False, f"{case}: the gradients are not those of the mean over all rows.")
        together = len(parts) > 1 and max(passed, default=0) > max(sizes)
        need(not together, f"{case}: {max(passed, default=0)} rows pass through the model at once.")
        total = one_number(total, f"{case}: the gradients are right; return the loss as one number.")
        if alike(total, loss.item(), rtol=1e-5):
            continue
        slips = [
            (np.mean([part.mean().item() for part in squares]), "the mean of the parts' losses"),
            (sum(part.mean().item() for part in squares), "the sum of the parts' mean losses"),
            (sum(part.sum().item() for part in squares), "the sum over all rows"),
            (squares[-1].mean().item(), "the loss of the last part"),
            (squares[-1].sum().item() / len(y), "the last part's share of the loss"),
        ]
        for other, what in slips:
            need(not alike(total, other, rtol=1e-5), f"{case}: gradients right; the loss returned is {what}.")
        need(False, f"{case}: gradients right; the loss is {loss.item():.4g}, returned is {total:.4g}.")


# --- question 4 -----------------------------------------------------------------------------------


def calls_of(job):
    """What a job returns, and how many functions were called meanwhile."""
    count, former = 0, sys.getprofile()

    def note(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        return job(), count
    finally:
        sys.setprofile(former)


def squared(X, centres):
    return ((X[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)


@question
def q4(nearest):
    rng = np.random.default_rng(4)
    for n, k, width in ((257, 7, 3), (3, 2, 2), (1000, 5, 10)):
        X, centres = rng.normal(size=(n, width)), rng.normal(size=(k, width))
        own = X.copy(), centres.copy()
        found = attempt(lambda own=own: plain(called(nearest, *own)))
        need(not isinstance(found, ValueError | TypeError), "nearest: return an array of whole numbers.")
        if isinstance(found, Exception):
            raise found
        need(np.array_equal(own[0], X) and np.array_equal(own[1], centres), "nearest changes its inputs.")
        distances = squared(X, centres)
        need(found.shape != (k,) or k == n, "nearest: one number for each row of X, not for each centre.")
        need(found.shape == (n,), f"nearest: for {n} rows the shape is {found.shape}; return ({n},).")
        need(
            not alike(found, distances.min(axis=1)),
            "nearest: those are squared distances; the centre's number is asked for.",
        )
        need(
            not alike(found, distances.min(axis=1) ** 0.5),
            "nearest: those are distances; the centre's number is asked for.",
        )
        whole = found.dtype.kind in "iu" or np.array_equal(found, np.round(found))
        need(whole, "nearest: return whole numbers.")
        if np.array_equal(found, distances.argmin(axis=1)):
            continue
        slips = [
            (distances.argmax(axis=1), "that is the farthest centre."),
            (np.abs(X[:, None, :] - centres).sum(axis=2).argmin(axis=1), "nearest by the sum of absolute "
             "differences; Euclidean distance is asked for."),
            ((X @ centres.T).argmax(axis=1), "the largest product is not the smallest distance: the centres' "
             "own lengths count."),
            (distances.argmin(axis=1) + 1, "numbers begin at 0."),
            ((X[:, None, :] - centres).sum(axis=2).argmin(axis=1), "square the differences before you add."),
            (((centres**2).sum(axis=1) - X @ centres.T).argmin(axis=1), "in the squared distance the product "
             "counts twice."),
        ]  # fmt: skip
        for other, hint in slips:
            need(n < 10 or not np.array_equal(found, other), f"nearest: {hint}")
        wrong = np.flatnonzero(found != distances.argmin(axis=1))
        last = wrong[0] > n / 2
        ask = "Do the last rows, fewer than a batch, get their place?" if last else "Do it by hand."
        need(False, f"nearest: of {n} rows {len(wrong)} are wrong, the first is row {wrong[0]}. {ask}")
    X, centres = rng.normal(size=(20_000, 50)), rng.normal(size=(40, 50))
    own = X.copy(), centres.copy()
    found, calls = calls_of(lambda: called(nearest, *own))
    best = np.concatenate([squared(part, centres).argmin(axis=1) for part in np.split(X, 100)])
    need(np.array_equal(plain(found), best), "nearest: right for small tables, wrong for 20,000 rows.")
    need(
        calls <= 10_000,
        f"nearest: right, but for 20,000 rows more than 10,000 calls of functions ({calls:,}): take many "
        "rows at a time.",
    )
    found, peak = peak_of(lambda: called(nearest, *own))
    need(
        peak <= 4,
        f"nearest: right, but at its peak {peak:.1f} MB beyond the inputs; 4 are allowed. Take fewer rows at "
        "a time, and count copies.",
    )


# --- question 5 -----------------------------------------------------------------------------------


@functools.cache
def sorted_fashion():
    fashion = load("fashion")
    by_class = np.argsort(fashion["y_train"], kind="stable")
    X = fashion["X_train"][by_class].reshape(-1, 784) / np.float32(255)
    X_new = fashion["X_test"].reshape(-1, 784) / np.float32(255)
    return X, fashion["y_train"][by_class], X_new, fashion["y_test"]


def chunks_read(order):
    held, read = OrderedDict(), 0
    for chunk in np.asarray(order) // 20:
        if chunk in held:
            held.move_to_end(chunk)
            continue
        read += 1
        held[chunk] = True
        if len(held) > 60:
            held.popitem(last=False)
    return read / 300


def accuracy_of(order):
    X, y, X_new, y_new = sorted_fashion()
    W, one_hot = np.zeros((784, 10), np.float32), np.eye(10, dtype=np.float32)
    for first in range(0, len(order), 100):
        who = order[first : first + 100]
        z = X[who] @ W
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        W = W - 0.1 * X[who].T @ (p - one_hot[y[who]]) / len(who)
    return ((X_new @ W).argmax(axis=1) == y_new).mean()


@functools.cache
def full_accuracy():
    return np.mean([accuracy_of(np.random.default_rng(seed).permutation(6000)) for seed in range(5)])


LABELS = {"y_sorted", "by_class", "y_train", "accuracy_of"}


def names_in(code):
    """All names that a function's code, and the functions in it, looks up outside, and its short texts."""
    inside = [names_in(part) for part in code.co_consts if hasattr(part, "co_names")]
    return {*code.co_names, *(part for part in code.co_consts if isinstance(part, str))}.union(*inside)


def ordered(my_order, seed):
    """The learner's order for a seed, once it is an order."""
    found = attempt(lambda: plain(called(my_order, np.random.default_rng(seed))).astype(int))
    if isinstance(found, Exception):
        if isinstance(found, ValueError | TypeError):
            need(False, "my_order: return an array of whole numbers.")
        raise found
    need(found.ndim == 1, f"my_order: return one row of numbers; the shape is {found.shape}.")
    need(
        found.size > 0 and found.min() >= 0 and found.max() < 6000,
        "my_order: the numbers should be 0 to 5999.",
    )
    missing = 6000 - len(np.unique(found))
    need(missing == 0, f"my_order: {missing} of the 6,000 rows never come.")
    need(len(found) == 6000, f"my_order: {len(found) - 6000} rows come more than once.")
    return found


@question
def q5(my_order, cost, accuracies, verdict):
    if given(my_order):
        code = getattr(inspect.unwrap(my_order), "__code__", None)
        used = sorted(LABELS & names_in(code)) if code else []
        need(
            not used,
            f"my_order uses {', '.join(used)}: the labels are not known before the file is "
            "read. (For the number of rows write 6000.)",
        )
        orders = [ordered(my_order, seed) for seed in range(5)]
        need(
            np.array_equal(orders[0], ordered(my_order, 0)),
            "my_order: two calls with the same seed differ. Is all randomness from rng, and no array outside "
            "the function shuffled in place?",
        )
        same = np.array_equal(orders[0], orders[1])
        need(not same, "my_order: two seeds give the same order: use rng.")
        own_cost = chunks_read(orders[0])
        need(
            own_cost <= 2,
            f"my_order: it reads {own_cost:.1f} chunks for each chunk of the file; 2 are allowed.",
        )
        own = [accuracy_of(order) for order in orders]
        need(
            np.mean(own) > 0.4,
            f"my_order: the mean accuracy is {np.mean(own):.2f}, below 0.4: too few classes come together.",
        )
    if given(my_order, cost):
        said = one_number(cost, "cost: one number, of chunks_read.")
        need(
            abs(said - own_cost) < 0.006,
            f"cost: you say {said:.2f}; chunks_read of your order for default_rng(0) is {own_cost:.2f}.",
        )
    if given(my_order, accuracies):
        found = attempt(lambda: plain(accuracies))
        numbers = not isinstance(found, Exception) and found.dtype.kind in "iuf" and found.shape == (5,)
        need(numbers, "accuracies: five numbers, for the seeds 0 to 4.")
        close = np.abs(found - own).max() < 0.02
        need(
            close or np.abs(np.sort(found) - np.sort(own)).max() >= 0.02,
            "accuracies: give them in the order of the seeds.",
        )
        seed = np.abs(found - own).argmax()
        need(
            close,
            f"accuracies: for seed {seed} your order gives {own[seed]:.2f} here, you say {found[seed]:.2f}.",
        )
    if given(my_order, accuracies, verdict):
        need(verdict in ("level", "behind"), 'verdict: "level" or "behind".')
        behind = full_accuracy() - np.mean(own)
        if abs(behind - 0.03) > 0.003:  # nearer than that, another processor may say otherwise
            right = "level" if behind < 0.03 else "behind"
            need(
                verdict == right,
                f"verdict: the mean of your five lies {behind:.3f} below that of full: what is that called?",
            )
