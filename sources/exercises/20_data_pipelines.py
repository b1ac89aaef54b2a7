# %% [markdown]
# # 20 · Exercises: Data pipelines and faster training
#
# Five questions: a variance in one pass, row groups that may be skipped, gradients of unequal parts, nearest
# centres within a limit, and an order of your own. Write your answer where a cell asks for it, run the cell,
# then the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(20)

# %% [markdown]
# ## Question 1 · Mean and variance in one pass
#
# A network wants its inputs scaled, and the table is too large for memory. Write `moments(batches)`:
#
# - `batches` is anything that can be looped over **once**. Each batch is an array with rows and columns, of
#   at least one row; numbers of rows differ. The type may be `uint8`, and the array may be **used again**
#   for the next batch, so keep no batch.
# - It returns three things: the number of rows, the means of the columns, and their variances (the mean of
#   the squared distances from the column's mean, divided by $n$).
#
# Two columns of the check are large and hardly vary: mean 100,000,000, variance 1. The mean of the squares
# minus the square of the mean gives nonsense there. The check also watches the memory.
#
# To join what is known of $n$ rows (mean $m$, sum of squared distances $S$) with a batch of $k$ rows (mean
# $m_k$, sum $S_k$), let $d = m_k - m$. The new mean is $m + d\,k / (n + k)$, the new sum $S + S_k + d^2\,nk
# / (n + k)$. Below, rows 1, 2, 6 joined with the row 7.
#
# <details><summary>Hint</summary>Begin with n = 0, m = 0.0 and S = 0.0, and turn each batch into
# <code>float64</code> first. S_k is <code>((batch - m_k) ** 2).sum(axis=0)</code>. Return S / n at the
# end.</details>

# %%
first_three, last = np.array([1.0, 2.0, 6.0]), np.array([7.0])
distance = last.mean() - first_three.mean()
joined_mean = first_three.mean() + distance * 1 / 4
joined_sum = ((first_three - 3) ** 2).sum() + 0 + distance**2 * 3 * 1 / 4
print("mean", joined_mean, "variance", joined_sum / 4)
print("NumPy:", np.mean([1, 2, 6, 7]), np.var([1, 2, 6, 7]))


# %% answer="q1"
def moments(batches):
    """Number of rows, means and variances of the columns, in one pass."""
    ### BEGIN SOLUTION
    n, mean, total = 0, 0.0, 0.0
    for batch in batches:
        batch = np.asarray(batch, dtype=float)
        k, batch_mean = len(batch), batch.mean(axis=0)
        apart = batch_mean - mean
        total = total + ((batch - batch_mean) ** 2).sum(axis=0) + apart**2 * n * k / (n + k)
        mean = mean + apart * k / (n + k)
        n = n + k
    return n, mean, total / n
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=20
check.q1(moments)

# %% tags=["solution"]
flights = ck.load("flights")[["dep_delay", "distance"]].dropna()
parts = [flights.iloc[first : first + 50_000].to_numpy() for first in range(0, len(flights), 50_000)]
n, mean, variance = moments(parts)
print(n, mean.round(1), variance.round(1))
print("as pandas:", np.allclose(variance, flights.var(ddof=0)))

# %% [markdown] tags=["solution"]
# The mean of the batches' variances is too small: it forgets that the batches' means differ. The mean of
# their means is wrong as soon as one batch is shorter. And `uint8` squares overflow at 256, without an
# error.
#
# An alternative subtracts the first batch's mean from everything and then sums values and squares: near
# zero the simple formula is exact enough.

# %% [markdown]
# ## Question 2 · Which row groups?
#
# `file` is an open `pq.ParquetFile`. Write two functions that look at its metadata only (in the check's files
# the rows cannot be read):
#
# - `groups_needed(file, column, low, high)`: a list of the numbers of the row groups that **can** hold a
#   value of `column` with low ≤ value ≤ high, in order. A group whose column has no statistics, or none
#   with a smallest and a largest value, can hold anything.
# - `bytes_needed(file, groups, columns)`: how many bytes these columns take **in the file** (compressed) in
#   these groups, one whole number.
#
# In the cell below are the attributes that you need; the size in the file is `part.total_compressed_size`.
# For the example, `groups_needed(file, "month", 2, 2)` is `[1]`, and `groups_needed(file, "day", 5, 20)` is
# `[0, 1, 2]`: days are not sorted, so every group can hold them.
#
# <details><summary>Hint</summary>Two ranges overlap if each begins before the other ends. Find the column
# by its name in each group: its place is not always 0. <code>part.is_stats_set</code> says whether there
# are statistics; they lack a smallest value if <code>part.statistics.has_min_max</code> is false.</details>

# %%
import io

import pyarrow.parquet as pq

small = pd.DataFrame({"day": [1, 28, 3, 27, 2, 26], "month": [1, 1, 2, 2, 3, 3]})
in_memory = io.BytesIO()
small.to_parquet(in_memory, row_group_size=2)
file = pq.ParquetFile(in_memory)
part = file.metadata.row_group(1).column(1)
print("row groups", file.metadata.num_row_groups, "columns", file.metadata.num_columns)
print("second group, second column:", part.path_in_schema, part.is_stats_set, end=" ")
print(part.statistics.has_min_max, part.statistics.min, part.statistics.max)


# %% answer="q2"
def groups_needed(file, column, low, high):
    """Numbers of the row groups that can hold low <= column <= high."""
    ### BEGIN SOLUTION
    needed = []
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            chunk = group.column(place)
            if chunk.path_in_schema != column:
                continue
            known = chunk.is_stats_set and chunk.statistics.has_min_max
            if not known or (chunk.statistics.min <= high and chunk.statistics.max >= low):
                needed.append(number)
    return needed
    ### END SOLUTION
    return ...


def bytes_needed(file, groups, columns):
    """Compressed bytes of these columns in these groups."""
    ### BEGIN SOLUTION
    total = 0
    for number in groups:
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            if group.column(place).path_in_schema in columns:
                total += group.column(place).total_compressed_size
    return total
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=15
check.q2(groups_needed, bytes_needed)

# %% [markdown] tags=["solution"]
# "Can hold" is generous on purpose: a group too many costs time, a group too few loses rows without an
# error. So groups without statistics stay in.
#
# A common slip keeps only groups that lie wholly inside the limits, and loses those at both ends. Another
# looks at column 0.
#
# `pq.read_table(path, filters=[(column, ">=", low), (column, "<=", high)])` does both steps and then
# filters the rows.

# %% [markdown]
# ## Question 3 · Gradients of unequal parts
#
# A batch comes in parts of **different sizes**. Write `accumulate(model, parts)`; `parts` is a list of
# pairs `X, y` of tensors.
#
# - `model(X)` has the shape (n, 1), `y` the shape (n,). The loss of a row is the squared difference, the
#   loss of the batch is the mean over **all** rows of all parts.
# - Afterwards the gradient of each parameter (`parameter.grad`) must be that of the batch's loss, whatever
#   was there before (numbers, or `None` in a new model). No step: the weights stay.
# - It returns the batch's loss, one number.
# - Only one part may pass through the model at a time.
#
# Below, a model of one weight, 0, and the rows (1, 2), (2, 0), (3, 3): errors −2, 0, −3, loss 13/3, gradient
# (2 / 3) · (−2 · 1 + 0 · 2 − 3 · 3) = −22/3.
#
# <details><summary>Hint</summary>Forget old gradients first. Look at the shape of <code>model(X) -
# y</code>. <code>backward</code> adds up, so each part should bring its sum of squares, divided by the
# number of all rows.</details>

# %%
import torch
from torch import nn

one_weight = nn.Linear(1, 1, bias=False)
nn.init.zeros_(one_weight.weight)
example_x, example_y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([2.0, 0.0, 3.0])
nn.functional.mse_loss(one_weight(example_x)[:, 0], example_y).backward()
print(f"all at once: gradient {one_weight.weight.grad.item():.4f}, expected {-22 / 3:.4f}")
example_parts = [(example_x[:2], example_y[:2]), (example_x[2:], example_y[2:])]


# %% answer="q3"
def accumulate(model, parts):
    """Leave the batch's gradients in the model; return its loss."""
    ### BEGIN SOLUTION
    model.zero_grad()
    n = sum(len(y) for _, y in parts)
    total = 0.0
    for X, y in parts:
        loss = ((model(X).squeeze(1) - y) ** 2).sum() / n
        loss.backward()
        total += loss.item()
    return total
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(accumulate)

# %% [markdown] tags=["solution"]
# The mean of the parts' means counts each row of a small part more than one of a large part. The same slip
# is easy to make with texts: a mean over the words of each part, where parts have different numbers of
# words.
#
# `model(X) - y` without `squeeze` is a table of n × n differences, and the loss is wrong without an error.
#
# An alternative keeps `mse_loss` (a mean) and multiplies by `len(y) / n`.

# %% [markdown]
# ## Question 4 · The nearest of 40 centres, within 4 MB
#
# Write `nearest(X, centres)`: for each row of `X` the number of the nearest row of `centres` (Euclidean
# distance), as an array of whole numbers.
#
# For 20,000 rows, 40 centres and 50 columns the check allows
#
# - **4 MB** of memory beyond the inputs (the whole broadcast takes 320 MB), and
# - **10,000 calls** of functions, so no loop over rows.
#
# Use NumPy: the check does not see PyTorch's memory. The answer is never timed. No two centres are equally
# near in the check. Example below: the nearest are 0, 1, 1.
#
# <details><summary>Hint</summary>Write it for some rows at once, by broadcasting or by the product of the
# lesson. How many bytes does the array in between take for each row? Then loop over batches of rows, and
# write each result into its place of one array.</details>

# %%
example_rows = np.array([[0.0, 0.0], [3.0, 3.0], [9.0, 1.0]])
example_centres = np.array([[1.0, 0.0], [5.0, 4.0]])
for row in example_rows:
    print(row, "squared distances", ((example_centres - row) ** 2).sum(axis=1))


# %% answer="q4"
def nearest(X, centres):
    """Number of the nearest centre for each row."""
    ### BEGIN SOLUTION
    found = np.empty(len(X), dtype=int)
    for first in range(0, len(X), 100):
        rows = X[first : first + 100]
        between = rows[:, None, :] - centres[None, :, :]  # 100 x 40 x 50 numbers
        found[first : first + 100] = (between**2).sum(axis=2).argmin(axis=1)
    return found
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(nearest)

# %% tags=["solution"]
a_row = 40 * 50 * 8
print(f"{a_row} bytes a row; 100 rows and their squares: {100 * a_row * 2 / 1e6} MB")
print(f"by the product, all rows at once: {20_000 * 40 * 8 / 1e6} MB")

# %% [markdown] tags=["solution"]
# A row needs 40 × 50 × 8 = 16,000 bytes in between, and the square makes a second copy: 100 rows take 3.2
# MB. The result takes 160,000 bytes more.
#
# By the product, $-2\,x \cdot c + |c|^2$ ($|x|^2$ is the same for all centres), a row needs 320 bytes; for
# all rows at once that is still 6.4 MB and more.
#
# A loop over the centres has only 40 rounds, but each makes an array as large as `X`: 8 MB.

# %% [markdown]
# ## Question 5 · An order of your own
#
# `fashion` sorted by class, 6,000 rows in 300 chunks of 20, and memory for 60 chunks. `chunks_read` plays a
# reader that holds the 60 chunks used last: each row that lies in none of them costs a chunk. `accuracy_of`
# trains softmax regression for one pass.

# %%
from collections import OrderedDict

fashion = ck.load("fashion")
by_class = np.argsort(fashion["y_train"], kind="stable")
X_sorted = fashion["X_train"][by_class].reshape(-1, 784) / np.float32(255)
y_sorted = fashion["y_train"][by_class]
X_new = fashion["X_test"].reshape(-1, 784) / np.float32(255)


def chunks_read(order):
    """Chunks read for each chunk of the file: 1 is the least."""
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


# %%
def accuracy_of(order):
    """Test accuracy after one pass in this order, batches of 100, rate 0.1."""
    W, one_hot = np.zeros((784, 10), np.float32), np.eye(10, dtype=np.float32)
    for first in range(0, len(order), 100):
        who = order[first : first + 100]
        z = X_sorted[who] @ W
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        W = W - 0.1 * X_sorted[who].T @ (p - one_hot[y_sorted[who]]) / len(who)
    return ((X_new @ W).argmax(axis=1) == fashion["y_test"]).mean()


# %% tags=["rtol=0.05"]
stored, shuffled = np.arange(6000), np.random.default_rng(0).permutation(6000)
full = [accuracy_of(np.random.default_rng(seed).permutation(6000)) for seed in range(5)]
print(f"as stored:    {chunks_read(stored):.1f} chunks, accuracy {accuracy_of(stored):.2f}")
print(f"all shuffled: {chunks_read(shuffled):.1f} chunks, accuracy {np.mean(full):.2f}")

# %% [markdown]
# Find an order that reads little and trains well. Hand in:
#
# - `my_order(rng)`: an array with each of the numbers 0 to 5999 once; all its randomness from `rng`. It must
#   cost at most **2** chunks read for each chunk of the file.
# - `cost`: `chunks_read` of it for `np.random.default_rng(0)`.
# - `accuracies`: five of them, for the seeds 0 to 4.
# - `verdict`: `"level"` if their mean is at most 0.03 below the mean of `full`, else `"behind"`.
#
# An order that is behind is as good an answer, if the verdict says so; but it must beat `0.4`, which a plain
# order of whole chunks does. `my_order` must not use the labels, nor `accuracy_of`: they are not known before
# the file is read.
#
# <details><summary>Hint</summary>Draw the order of the chunks, take some at a time, and shuffle the rows
# inside them. How many chunks at a time can be held?</details>


# %% answer="q5"
def my_order(rng):
    """An order of the rows 0 to 5999."""
    ### BEGIN SOLUTION
    out = []
    for some in rng.permutation(300).reshape(5, 60):
        rows = some.reshape(60, 1) * 20 + np.arange(20)
        out.append(rng.permutation(rows.ravel()))
    return np.concatenate(out)
    ### END SOLUTION
    return ...


cost = ...
accuracies = ...
verdict = ...
### BEGIN SOLUTION
cost = chunks_read(my_order(np.random.default_rng(0)))
accuracies = [accuracy_of(my_order(np.random.default_rng(seed))) for seed in range(5)]
verdict = "behind"
if np.mean(accuracies) >= np.mean(full) - 0.03:
    verdict = "level"
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(my_order, cost, accuracies, verdict)

# %% tags=["solution", "rtol=0.05"]
print(f"chunks read {cost:.1f}, accuracy {np.mean(accuracies):.2f}, {verdict}")

# %% [markdown] tags=["solution"]
# Sixty chunks at a time are six of each class on average, so each batch sees nearly all classes, and every
# chunk is read once.
#
# A common wrong way shuffles whole chunks and leaves the rows inside together: it reads as little, and each
# batch holds five chunks, so at most five classes; the five seeds are far apart. A shuffle buffer over the
# stored order sees two or three classes at a time.
#
# An alternative reads every chunk twice and uses ten of its rows each time: the batches are mixed better, and
# the cost is 2.
