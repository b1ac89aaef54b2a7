# %% [markdown]
# # 20 · Data pipelines and faster training: the file that filled the memory
#
# The pictures of a training lie in a file of 188 MB. You may use 47 MB, a quarter of that. Two tools are
# praised for such files: `np.memmap`, which copies nothing, and Parquet, read in small batches. Measured,
# *both take more memory than the whole file*. Why, and what do you change?

# %% [markdown]
# **You will be able to**
# - train on a file that is larger than the memory you allow, and prove it by measuring
# - choose between plain bytes, HDF5 and Parquet by how you will read
# - find the seconds with a profile before you add workers
# - replace loops by broadcasting, and see what that costs in memory
# - judge bfloat16, accumulation, checkpointing, compiling and bigger batches
#
# **Builds on:** [chapter 02](02_data_and_exploration.ipynb) (loops and columns),
# [chapter 06](06_model_training.ipynb) (softmax, batches),
# [chapter 17](17_optimisers.ipynb) (noise of a batch),
# [chapter 19](19_neural_networks.ipynb) (networks in PyTorch) · **Data:** `fashion`, `flights`

# %% [markdown]
# ## 1 · Four rows, found by counting
#
# A file is a row of bytes. Four pictures of three pixels, a byte each, make twelve:

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # deleted at the end
folder = Path(home.name)
four = np.array([[0, 10, 20], [1, 11, 21], [2, 12, 22], [3, 13, 23]], dtype=np.uint8)
(folder / "four.bin").write_bytes(four.tobytes())
print(list((folder / "four.bin").read_bytes()))

# %% [markdown]
# Row $i$ begins at byte $3i$. `seek` goes there, and nothing before it is read.

# %%
with open(folder / "four.bin", "rb") as file:
    file.seek(2 * 3)
    print("row 2:", list(file.read(3)))

# %% [markdown]
# A **generator** is a function with `yield`: it hands out one value, waits, and goes on when the next is
# asked for. This one hands out batches, so only one batch is in memory at a time. `np.frombuffer` makes an
# array of bytes without copying them.


# %%
def batches_of(path, size, width):
    """Batches of rows of width bytes, one after the other."""
    with open(path, "rb") as file:
        block = file.read(size * width)
        while block:
            yield np.frombuffer(block, np.uint8).reshape(-1, width)
            block = file.read(size * width)


# %%
for batch in batches_of(folder / "four.bin", 3, 3):
    print("batch of", len(batch), "rows:", batch.tolist())

# %% [markdown]
# The last batch is shorter: no row is lost.
#
# `np.memmap` does the counting for you. A **memory map** looks like an array; the system fetches a piece of
# the file when you touch it. In: path, type, mode (`"r"`: read only), shape.

# %%
view = np.memmap(folder / "four.bin", np.uint8, "r", shape=(4, 3))
print("rows 1 and 3:", view[[1, 3]].tolist())
del view

# %% [markdown]
# ## 2 · A quarter of the file
#
# The folded cell writes the large file: the 6,000 training pictures of `fashion` 40 times, each time in a new
# order, shifted by up to a pixel, with noise.

# %% fold="Write images.bin and labels.npy into the temporary folder"
fashion = ck.load("fashion")
n_rows, width = 240_000, 784
rng = np.random.default_rng(0)
labels = []
with open(folder / "images.bin", "wb") as file:
    for _ in range(n_rows // 6000):
        order = rng.permutation(6000)
        shifted = np.roll(fashion["X_train"][order], rng.integers(-1, 2, 2), axis=(1, 2))
        noise = np.frombuffer(rng.bytes(shifted.size), np.uint8).reshape(shifted.shape) // 16
        file.write(np.maximum(shifted, noise).tobytes())
        labels.append(fashion["y_train"][order])
labels = np.concatenate(labels)
np.save(folder / "labels.npy", labels)

# %%
file_mb = (folder / "images.bin").stat().st_size / 1e6
limit = file_mb / 4
print(f"{n_rows} rows of {width} bytes: {file_mb:.0f} MB on disk, limit {limit:.0f} MB")
print(f"as float32: {4 * file_mb:.0f} MB, as float64: {8 * file_mb:.0f} MB")

# %% [markdown]
# On disk a pixel is one byte; as float32, the usual type of a network, it is four. So convert *batch by
# batch*, as late as you can.
#
# Two more formats. **HDF5** (library `h5py`) keeps arrays in named places of one file, cut into **chunks**
# that are read and written whole. **Parquet** (library `pyarrow`) keeps tables: **row groups**, and in each
# group column after column. The folded cell writes both, with chunks of 100 pictures and groups of 2,000.

# %% fold="Write images.h5 and images.parquet"
import h5py
import pyarrow as pa
import pyarrow.parquet as pq

mapped_file = np.memmap(folder / "images.bin", np.uint8, "r", shape=(n_rows, width))
with h5py.File(folder / "images.h5", "w") as file:
    stored = file.create_dataset("images", (n_rows, width), np.uint8, chunks=(100, width))
    for first in range(0, n_rows, 2000):
        stored[first : first + 2000] = mapped_file[first : first + 2000]
schema = pa.schema([("image", pa.binary(width)), ("label", pa.uint8())])
plain = {"compression": "none", "use_dictionary": False}
with pq.ParquetWriter(folder / "images.parquet", schema, **plain) as writer:
    for first in range(0, n_rows, 2000):
        block = pa.py_buffer(mapped_file[first : first + 2000].tobytes())
        pixels = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), 2000, [None, block])
        writer.write_table(pa.table([pixels, pa.array(labels[first : first + 2000])], schema=schema))
del mapped_file

# %% [markdown]
# Five readers, each a generator of batches of 1,000. The naive one first:


# %%
def whole():
    images = np.fromfile(folder / "images.bin", np.uint8).reshape(-1, 784)
    images = images.astype(np.float32)
    for first in range(0, n_rows, 1000):
        yield images[first : first + 1000]


def generator():
    yield from batches_of(folder / "images.bin", 1000, 784)


# %%
def memmap():
    images = np.memmap(folder / "images.bin", np.uint8, "r", shape=(n_rows, 784))
    for first in range(0, n_rows, 1000):
        yield images[first : first + 1000]


def hdf5():
    with h5py.File(folder / "images.h5") as file:
        for first in range(0, n_rows, 1000):
            yield file["images"][first : first + 1000]


# %% [markdown]
# (`yield from` passes on what another generator yields.) `iter_batches` of a Parquet file takes the size of
# a batch and the names of columns; a column of bytes becomes a list, and the list one array.
# `pre_buffer=True` is the default of recent versions.


# %%
def parquet():
    file = pq.ParquetFile(folder / "images.parquet", pre_buffer=True)
    for batch in file.iter_batches(1000, columns=["image"]):
        together = b"".join(batch["image"].to_pylist())
        yield np.frombuffer(together, np.uint8).reshape(-1, 784)


# %% [markdown]
# Each is measured in a **process** of its own: a fresh Python, with memory of its own. There it feeds one
# pass of softmax regression (chapter 06), in NumPy. The system notes the **peak**, the most memory the
# process ever held; Python and the libraries, loaded before, do not count.

# %% fold="HEAD: the first lines of the measured script, with its memory meter"
HEAD = """
import json, sys, time
from pathlib import Path
import numpy as np
folder, n_rows, name = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if name == "hdf5":
    import h5py
if name.startswith("parquet"):
    import pyarrow.parquet as pq

def peak():
    if sys.platform == "win32":
        import psutil
        return psutil.Process().memory_info().peak_wset / 1e6
    if sys.platform == "linux":
        for line in open("/proc/self/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1e6 if sys.platform == "darwin" else used * 1024 / 1e6
"""

# %% fold="TRAIN: the rest of it: one pass of softmax regression, and the report"
TRAIN = """
labels, one_hot = np.load(folder / "labels.npy"), np.eye(10, dtype=np.float32)
W, done = np.zeros((784, 10), np.float32), 0
np.zeros((1000, 784), np.float32) @ W
before, start = peak(), time.perf_counter()
for rows in globals()[name]():
    x = rows.astype(np.float32) / 255
    z = x @ W
    p = np.exp(z - z.max(axis=1, keepdims=True))
    error = p / p.sum(axis=1, keepdims=True) - one_hot[labels[done : done + len(x)]]
    W, done = W - 0.1 * x.T @ error / len(x), done + len(x)
speed = 784 * done / 1e6 / (time.perf_counter() - start)
np.save(folder / f"{name}.npy", W)
print(json.dumps({"rows": done, "peak, MB": peak() - before, "MB a second": speed}))
"""

# %% fold="measured: run readers, each in a fresh Python"
import inspect
import json
import os
import subprocess
import sys


def measured(*readers):
    """A row for each reader, run in a fresh Python with one thread."""
    options = {"cwd": folder, "capture_output": True, "text": True}
    options["env"] = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    found = {}
    for reader in readers:
        script = [HEAD, inspect.getsource(batches_of), inspect.getsource(reader), TRAIN]
        (folder / "run.py").write_text("".join(script), encoding="utf-8")
        command = [sys.executable, "run.py", str(folder), str(n_rows), reader.__name__]
        run = subprocess.run(command, **options)
        assert run.returncode == 0, run.stderr
        found[reader.__name__] = json.loads(run.stdout)
    return pd.DataFrame(found).T


# %% [markdown]
# **Predict first:** which of the five stay below 47 MB?

# %%
five = measured(whole, generator, memmap, hdf5, parquet)

# %% tags=["nbval-ignore-output"]
five.astype({"rows": int}).round(0)

# %% fold="Draw the peaks" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8, 3.2))
peaks = five["peak, MB"].iloc[::-1]
colours = ["C1" if value > limit else "C2" for value in peaks]
ax.barh(peaks.index, peaks, color=colours)
for place, value in enumerate(peaks):
    ax.text(value * 1.05, place, f"{value:.0f}", va="center")
ax.axvline(limit, color="C6", ls="--")
ax.axvline(file_mb, color="C6", ls=":")
ax.text(limit, 4.6, "limit", ha="center", color="C6")
ax.text(file_mb, 4.6, "the file", ha="center", color="C6")
ax.set(xscale="log", xlim=(5, 2000), xlabel="peak memory above the start, MB")
ax.set_title("Five ways to read the same rows", pad=22)
ck.show(
    fig,
    "Bars of peak memory for five readers. The whole file as float32 takes about five times the file; memmap "
    "and Parquet a little more than the file; generator and HDF5 stay below the limit of a quarter.",
)

# %% [markdown]
# `whole` holds the bytes and four times as much in float32: about *five times the file*. The generator and
# HDF5 hold a batch. The two famous tools end above the size of the file.
#
# **memmap.** It copies nothing, but the operating system keeps every piece that was used in memory, and
# counts it for your process, as long as there is room. It may take a piece back at any moment, because the
# piece lies on disk as well. So it is not lost memory, but it fills your budget. Open the map anew for each
# batch: the old map is deleted, and its pieces with it.
#
# **Parquet.** `pre_buffer=True` fetches all chosen bytes in advance, which is good for a file far away on a
# network. Switch it off.


# %%
def memmap_anew():
    for first in range(0, n_rows, 1000):
        images = np.memmap(folder / "images.bin", np.uint8, "r", shape=(n_rows, 784))
        yield images[first : first + 1000]


def parquet_lean():
    file = pq.ParquetFile(folder / "images.parquet", pre_buffer=False)
    for batch in file.iter_batches(1000, columns=["image"]):
        together = b"".join(batch["image"].to_pylist())
        yield np.frombuffer(together, np.uint8).reshape(-1, 784)


# %%
seven = pd.concat([five, measured(memmap_anew, parquet_lean)])

# %% tags=["nbval-ignore-output"]
seven.tail(2).astype({"rows": int}).round(0)

# %% [markdown]
# Both are below the limit now. And the models?

# %% fold="Compare the weights that the readers led to"
weights = {name: np.load(folder / f"{name}.npy") for name in seven.index}
rows = []
for name, W in weights.items():
    scores = fashion["X_test"].reshape(-1, 784) / 255 @ W
    accuracy = (scores.argmax(axis=1) == fashion["y_test"]).mean()
    same = np.array_equal(W, weights["whole"])
    row = {"reader": name, "below the limit": seven.loc[name, "peak, MB"] < limit}
    rows.append(row | {"same weights": same, "test accuracy": round(accuracy, 2)})
pd.DataFrame(rows).set_index("reader")

# %% [markdown]
# Equal to the last bit. *How you read changes memory and time, never the model*, as long as the rows come
# in the same order.
#
# **Try it:** let `generator` read 20,000 rows at once, and run `measured(generator)`. What happens to its
# peak? (All of this before the last cell, which deletes the files.)
# <details><summary>Answer</summary>It passes the limit. A batch of 20,000 takes 16 MB as bytes, but 63 MB
# as float32, and the division by 255 makes a second copy for a moment. The limit is about batches, not only
# about files. (The weights differ too: fewer, larger steps.)</details>

# %% [markdown]
# ## 3 · Rows in random order
#
# Training wants rows in random order; files are read in *pieces*. The operating system reads pages (4,096
# bytes on most machines), HDF5 chunks, Parquet row groups. A memory map also *reads ahead*: on Linux
# often 128 kB around the page that you need. Ask for 1,000 random pictures of the 240,000: how many bytes
# must be read at least for each byte that is wanted? Count the pieces that hold one.


# %%
def bytes_read(rows, piece):
    """Bytes read for each byte wanted, in pieces of this size."""
    first, last = rows * width // piece, (rows * width + width - 1) // piece
    touched = np.union1d(first, last)  # a row may lie on two pieces
    return len(touched) * piece / (len(rows) * width)


# %%
neighbours = np.arange(2000)
at_random = np.random.default_rng(1).choice(n_rows, 1000, replace=False)
pieces = {"seek and read: page": 4096, "memory map: 128 kB": 131072}
pieces.update({"HDF5: chunk of 100": 78400, "Parquet: group of 2,000": 2000 * 784})
reads = pd.DataFrame(index=list(pieces), columns=["in order", "at random"], dtype=float)
for name, piece in pieces.items():
    reads.loc[name] = bytes_read(neighbours, piece), bytes_read(at_random, piece)
reads.round(1)

# %% fold="Draw bytes read for each byte wanted"
fig, ax = plt.subplots(figsize=(8, 3.2))
for place, name in enumerate(reads.index[::-1]):
    in_order, random = reads.loc[name]
    ax.plot([in_order, random], [place, place], color="C6", lw=1)
    ax.plot(in_order, place, "o", color="C2", ms=9)
    ax.plot(random, place, "o", color="C1", ms=9)
    ax.text(random * 1.2, place, f"{random:.0f} times", va="center", color="C1")
ax.text(1.2, 3.3, "in order", color="C2")
ax.text(reads.iloc[0, 1], 3.3, "at random", color="C1", ha="center")
ax.set(xscale="log", xlim=(0.7, 1200), ylim=(-0.5, 3.8), yticks=range(4))
ax.set_yticklabels(reads.index[::-1])
ax.set(xlabel="bytes read at least for each byte wanted", title="Random rows cost pieces")
ck.show(
    fig,
    "For each way to read, bytes for each byte wanted: about 1 in order; at random about 6 by seek and read, "
    "120 for a memory map with read-ahead, 80 for HDF5 and 240 for Parquet, on a log scale.",
)

# %% [markdown]
# For the Parquet file that is the whole file, for a 240th of its rows. For rows at random, `seek` and
# `read` cost least; a map does as well once its read-ahead is off: `view._mmap.madvise(mmap.MADV_RANDOM)`,
# on Linux and macOS. (What lies in memory from an earlier reading costs nothing: a second epoch of a small
# file is another matter.)
#
# Is the order worth it? Sort 12,000 rows by class, as many files come, and train in four orders:
#
# - as stored
# - a **shuffle buffer**: hold 2,400 rows, hand out one at random, put the next of the file in its place; at
#   the end, hand out the rest, mixed
# - *random blocks*: read blocks of 20 in random order, mix 120 of them (again 2,400 rows in memory)
# - all shuffled


# %%
def as_stored(rng):
    return np.arange(12000)


def shuffle_buffer(rng):
    held, out = list(range(2400)), []
    for new in range(2400, 12000):
        place = rng.integers(2400)
        out.append(held[place])
        held[place] = new
    return np.append(out, rng.permutation(held))


# %%
def random_blocks(rng, block=20):
    starts, out = block * rng.permutation(12000 // block), []
    for some in np.split(starts, 5):  # a fifth of the blocks at a time
        rows = some.reshape(-1, 1) + np.arange(block)
        out.append(rng.permutation(rows.ravel()))
    return np.concatenate(out)


def all_shuffled(rng):
    return rng.permutation(12000)


# %% [markdown]
# **Predict first:** the buffer holds a fifth of the file. Is that enough? A pass of softmax regression at two
# rates; test accuracy, the mean of five seeds.

# %% fold="accuracy_after: test accuracy after a pass in a given order"
images = np.memmap(folder / "images.bin", np.uint8, "r", shape=(n_rows, width))
by_class = np.argsort(labels[:12000], kind="stable")
sorted_images, sorted_labels = images[:12000][by_class], labels[:12000][by_class]
X_test = fashion["X_test"].reshape(-1, width) / np.float32(255)
y_test = fashion["y_test"]
one_hot = np.eye(10, dtype=np.float32)


def accuracy_after(order, rate):
    """Test accuracy of softmax regression after one pass in this order, batches of 100."""
    W = np.zeros((width, 10), np.float32)
    for first in range(0, len(order), 100):
        who = order[first : first + 100]
        x = sorted_images[who].astype(np.float32) / 255
        p = np.exp(x @ W - (x @ W).max(axis=1, keepdims=True))
        error = p / p.sum(axis=1, keepdims=True) - one_hot[sorted_labels[who]]
        W = W - rate * x.T @ error / len(who)
    return ((X_test @ W).argmax(axis=1) == y_test).mean()


# %% tags=["rtol=0.1"] fold="Train in the four orders, at two rates, with five seeds"
rows = []
for way in (as_stored, shuffle_buffer, random_blocks, all_shuffled):
    row = {"order": way.__name__}
    for rate in (0.03, 0.1):
        runs = [accuracy_after(way(np.random.default_rng(seed)), rate) for seed in range(5)]
        row[f"rate {rate}"], row[f"spread {rate}"] = np.mean(runs), np.std(runs)
    rows.append(row)
pd.DataFrame(rows).set_index("order").round(2)

# %% fold="Draw which classes each batch holds"
fig, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True)
names = ["As stored: one class at a time", "Buffer: a few classes", "Random blocks: all of them"]
for ax, way, title in zip(axes, (as_stored, shuffle_buffer, random_blocks), names, strict=True):
    of_batch = sorted_labels[way(np.random.default_rng(0))].reshape(40, 300)
    shares = np.array([np.bincount(part, minlength=10) for part in of_batch]).T
    ax.imshow(shares, aspect="auto", cmap="Blues", vmax=120, origin="lower")
    ax.set(xlabel="300 rows at a time", title=title)
    ax.grid(False)
axes[0].set(ylabel="class", yticks=range(10))
ck.show(
    fig,
    "Classes in each batch for three orders. As stored: a staircase of one class after the other. Buffer: a "
    "blurred staircase. Random blocks: all classes nearly everywhere.",
)

# %% [markdown]
# In stored order the model ends up knowing the last class. The buffer delays the order and does not destroy
# it. Random blocks, with the same memory and every byte read once, are level with a full shuffle here.
# *Shuffle blocks, then the rows of many blocks* (or shuffle the file once, when you write it).
#
# **Try it:** call `accuracy_after(random_blocks(rng, 100), 0.1)` with five generators `rng`.
# <details><summary>Answer</summary>Lower on average, and far apart: 24 blocks of one class each may leave
# out a class for a fifth of the pass. Many small blocks mix better; large ones read faster.</details>

# %% [markdown]
# ## 4 · Read less: columns and row groups
#
# Parquet's strength is what it lets you *not* read. Flights, in groups of 30,000 rows. The end of the file,
# its **metadata**, says where each column of each group lies, how long it is, and its smallest and largest
# value.

# %%
flights = ck.load("flights")
flights.to_parquet(folder / "flights.parquet", row_group_size=30_000, index=False)
stored_flights = pq.ParquetFile(folder / "flights.parquet", pre_buffer=False)
described = stored_flights.metadata
print(described.num_rows, "rows in", described.num_row_groups, "groups,", end=" ")
print(described.num_columns, "columns")

# %% fold="For each column: its bytes in all groups, and January's groups"
sizes, january = {}, []
for number in range(described.num_row_groups):
    group = described.row_group(number)
    for place in range(group.num_columns):
        part = group.column(place)
        sizes[part.path_in_schema] = sizes.get(part.path_in_schema, 0) + part.total_compressed_size
        if part.path_in_schema == "month" and part.statistics.min <= 1 <= part.statistics.max:
            january.append(number)
sizes = pd.Series(sizes)

# %%
wanted = ["carrier", "arr_delay"]
share = sizes[wanted].sum() / sizes.sum()
print(f"two columns: {share:.0%} of the bytes")
print("groups that can hold January:", january)

# %% [markdown]
# So the mean delay of each airline needs a small part of the file, and a sum over batches:

# %%
sums = 0  # becomes a table in the first round
for batch in stored_flights.iter_batches(50_000, columns=wanted):
    of_batch = batch.to_pandas().groupby("carrier")["arr_delay"].agg(["sum", "count"])
    sums = of_batch.add(sums, fill_value=0)
means = sums["sum"] / sums["count"]
whole_means = flights.groupby("carrier")["arr_delay"].mean()
print("as from the whole table:", np.allclose(means, whole_means, rtol=1e-12))

# %% [markdown]
# Sums and counts add up over batches; means do not. (Exercise 1 does the same for a variance.)
# `pq.read_table(path, filters=[("month", "=", 1)])` skips groups by their smallest and largest value. That
# helps *only if the file is sorted or grouped* by that column.
#
# | you read | format |
# |---|---|
# | rows of equal length, at random | plain bytes or `.npy`, by `seek` or a map without read-ahead |
# | arrays, blocks, many in one file | HDF5; the chunk = what you read at once |
# | tables, some columns, some dates | Parquet; sorted, groups of some MB |

# %% [markdown]
# *Good place to stop.* A generator keeps one batch in memory; memory maps and read-ahead fill the budget
# without an error. Random access costs pieces, so shuffle blocks. Still open: speed.

# %% [markdown]
# **Part 2: speed**
#
# ## 5 · Profile first
#
# PyTorch splits loading in two. A `Dataset` gives row number $i$ (`__getitem__`) and its length. A
# `DataLoader` draws the numbers, collects rows, and stacks them into batches (`batch_size`; `shuffle=True`
# draws a new order each epoch). The class goes into a file of its own: other processes must be able to import
# it, and they cannot import a notebook.

# %%
code = '''
import numpy as np, torch

class Pictures(torch.utils.data.Dataset):
    """Pictures and labels by number: by one, or by a list of them."""
    def __init__(self, path, labels):
        self.path, self.labels, self.images = path, torch.tensor(labels), None
    def __len__(self):
        return len(self.labels)
    def __getitem__(self, i):
        if self.images is None:  # each process opens the file itself
            self.images = np.memmap(self.path, np.uint8, "r").reshape(-1, 784)
        return torch.from_numpy(self.images[i] / np.float32(255)), self.labels[i]
'''

# %%
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

(folder / "shop.py").write_text(code, encoding="utf-8")
sys.path.insert(0, str(folder))
from shop import Pictures

torch.set_num_threads(1)
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# (The map is opened late on purpose: on Windows and macOS an open one would be copied whole into each
# worker.) Four rows first:

# %%
first_four = Pictures(folder / "images.bin", labels[:4].astype(int))
print("labels:", labels[:4], " one row:", first_four[0][0].shape)
for x, y in DataLoader(first_four, batch_size=3):
    print("batch:", tuple(x.shape), "labels", y.tolist())

# %% [markdown]
# Now 12,000 pictures, an epoch of a small network. Which part takes the time: loading, forward, backward,
# step? Don't guess. A **profile** counts every call and its seconds; `cProfile` is Python's own.


# %%
def epoch(loader):
    """Train a new network for one epoch."""
    torch.manual_seed(0)
    layers = nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)
    net = nn.Sequential(*layers).to(device)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in loader:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net(x.to(device)), y.to(device))
        loss.backward()
        optimiser.step()


# %%
import cProfile
import pstats

pictures = Pictures(folder / "images.bin", labels[:12000].astype(int))
row_loader = DataLoader(pictures, batch_size=250, shuffle=True)
epoch(row_loader)  # once without the profile: first calls prepare things
row_profile = cProfile.Profile()
row_profile.runcall(epoch, row_loader)

# %% fold="calls: from a profile, the calls and seconds of a few functions"
PARTS = {"epoch": "epoch", "next batch": "__next__", "… one __getitem__": "__getitem__"}
PARTS.update({"… stacking": "default_collate", "backward": "backward"})
FILES = {"next batch": "dataloader.py", "… one __getitem__": "shop.py", "backward": "_tensor.py"}


def calls(profile):
    """Number of calls and seconds, all that they call included, of the parts of an epoch."""
    rows = []
    for part, name in PARTS.items():
        row = {"part": part, "calls": 0, "seconds": 0.0}
        for (path, _, function), numbers in pstats.Stats(profile).stats.items():
            if function == name and path.endswith(FILES.get(part, "")):
                row["calls"], row["seconds"] = row["calls"] + numbers[1], max(row["seconds"], numbers[3])
        rows.append(row)
    return pd.DataFrame(rows).set_index("part")


# %% tags=["nbval-ignore-output"]
calls(row_profile).round(3)

# %% [markdown]
# (Seconds of a line contain what it calls; the profile itself slows small calls, so check by a clock.) Most
# of the epoch is "next batch": *12,000 small calls*, then the stacking of their results. A faster network
# could save only the rest.
#
# The cure is one line: ask for 250 rows *at once*. `BatchSampler` makes lists of numbers
# (`drop_last=False` keeps the shorter last one); with `batch_size=None` the loader hands each list to
# `__getitem__` as it is.

# %%
lists = BatchSampler(RandomSampler(pictures), 250, drop_last=False)
list_loader = DataLoader(pictures, batch_size=None, sampler=lists)
epoch(list_loader)
list_profile = cProfile.Profile()
list_profile.runcall(epoch, list_loader)
for name, profile in [("rows", row_profile), ("lists", list_profile)]:
    count = calls(profile).loc["… one __getitem__", "calls"]
    print(name, "calls of __getitem__:", count)

# %% fold="Draw where the seconds go" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8, 2.5))
for place, profile in enumerate([list_profile, row_profile]):
    seconds = calls(profile)["seconds"]
    loading, rest = seconds["next batch"], seconds["epoch"] - seconds["next batch"]
    ax.barh(place, loading, color="C1")
    ax.barh(place, rest, left=loading, color="C2")
    ax.text(loading + rest, place, f" loading {loading / (loading + rest):.0%}", va="center")
ax.set_yticks([0, 1], ["a list at a time", "row by row"])
ax.set(xlabel="seconds of an epoch (orange: loading, green: training)")
ax.set(xlim=(0, 1.3 * ax.get_xlim()[1]), title="Loading was the bottleneck")
ck.show(
    fig,
    "Two stacked bars of the seconds of an epoch. Row by row: long, most of it loading. A list at a "
    "time: short, most of it training.",
)

# %% [markdown]
# Profile again after each change: another part is the slowest now. (Inside a network, `torch.profiler` does
# the same by operation, on a GPU too.)

# %% [markdown]
# ## 6 · Workers
#
# > **Myth.** "More workers are faster."
#
# A **worker** is a process that loads batches while the main one trains: `num_workers=2`. Its work must be
# sent back, and starting it costs time and memory. (Where processes start from nothing, on Windows and
# macOS, a script needs `if __name__ == "__main__":`.) Three jobs: `Pictures` row by row, `Pictures` by
# lists, and pictures to be *decoded*. Those are PNG files, 224 × 224 pixels in three colours, as from a
# shop:

# %% fold="Write 200 PNG pictures of 224 × 224 pixels into one file"
import io
import pickle

from PIL import Image

png_files = []
for picture in fashion["X_train"][:200]:
    large = Image.fromarray(picture).resize((224, 224)).convert("RGB")
    in_memory = io.BytesIO()
    large.save(in_memory, "PNG", compress_level=1)
    png_files.append(in_memory.getvalue())
with open(folder / "png.pickle", "wb") as file:
    pickle.dump(png_files, file)

# %% [markdown]
# `Image.open` reads a picture's header; `convert` ("L": grey) and `resize` unpack and shrink the pixels.

# %%
small = Image.open(io.BytesIO(png_files[0])).convert("L").resize((28, 28))
size, raw = np.mean([len(png) for png in png_files]), 224 * 224 * 3
print(f"{small.size}, raw bytes for each PNG byte: about {raw / size:.0f}")
for kind in ("PNG", "JPEG"):
    in_memory = io.BytesIO()
    Image.fromarray(fashion["X_train"][0]).save(in_memory, kind)
    again = np.asarray(Image.open(in_memory))
    print(kind, "gives back every pixel:", np.array_equal(again, fashion["X_train"][0]))

# %% [markdown]
# PNG loses nothing; JPEG is smaller and changes pixels. Smaller files are paid for with seconds of
# unpacking. Now the three jobs with 0, 1 and 2 workers, in a fresh process: seconds until the first batch,
# and rows a second after it.

# %% fold="JOBS: the first part of a script: what the loaders need"
JOBS = """
import io, json, multiprocessing, os, pickle, time
import numpy as np
import psutil
import torch
from PIL import Image
from torch.utils.data import BatchSampler, DataLoader, Dataset, SequentialSampler
from shop import Pictures

class Decoded(Dataset):
    def __init__(self):
        self.files = pickle.load(open("png.pickle", "rb"))
    def __len__(self):
        return len(self.files)
    def __getitem__(self, i):
        small = Image.open(io.BytesIO(self.files[i])).convert("L").resize((28, 28))
        return torch.from_numpy(np.asarray(small, np.float32) / 255)
"""

# %% fold="RACE: its second part: a clock for a loader"
RACE = """
def timed(loader):
    start = time.perf_counter()
    batches = iter(loader)
    seen = [next(batches)]
    first = time.perf_counter()
    pids = [os.getpid()] + [worker.pid for worker in multiprocessing.active_children()]
    memory = sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1e6
    start_again = time.perf_counter()
    seen += list(batches)
    return first - start, (len(seen) - 1) / (time.perf_counter() - start_again), len(seen), memory
"""

# %% fold="MAIN: 0, 1 and 2 workers"
MAIN = """
if __name__ == "__main__":
    torch.set_num_threads(1)
    labels = np.load("labels.npy").astype(int)
    for workers in (0, 1, 2):
        # New datasets each time: none has its file open yet.
        some, many = Pictures("images.bin", labels[:12000]), Pictures("images.bin", labels[:96000])
        lists = BatchSampler(SequentialSampler(many), 250, drop_last=False)
        loaders = {"row by row": DataLoader(some, batch_size=250, num_workers=workers)}
        loaders["by lists"] = DataLoader(many, batch_size=None, sampler=lists, num_workers=workers)
        loaders["decode PNG"] = DataLoader(Decoded(), batch_size=5, num_workers=workers)
        for job, loader in loaders.items():
            first, rate, n, memory = timed(loader)
            rate = rate * (5 if job == "decode PNG" else 250)
            row = {"job": job, "workers": workers, "batches": n, "first batch, s": first}
            print(json.dumps(row | {"memory, MB": memory, "rows a second": rate}))
"""


# %% fold="race_workers: run that script"
def race_workers():
    """A row for each job and number of workers."""
    (folder / "race.py").write_text(JOBS + RACE + MAIN, encoding="utf-8")
    command, options = [sys.executable, "race.py"], {"cwd": folder, "capture_output": True, "text": True}
    run = subprocess.run(command, **options)
    assert run.returncode == 0, run.stderr
    return pd.DataFrame([json.loads(line) for line in run.stdout.splitlines()])


# %%
race = race_workers()
race.pivot(index="job", columns="workers", values="batches")

# %% tags=["nbval-ignore-output"] fold="The speeds"
rates = race.pivot(index="job", columns="workers", values="rows a second")
starts = race.groupby("workers")[["first batch, s", "memory, MB"]].max()
for workers in (0, 2):
    waited, memory = starts.loc[workers]
    print(f"{workers} workers: first batch after {waited:.2f} s at most, memory up to {memory:.0f} MB")
rates.astype(int).assign(fastest=rates.idxmax(axis=1))

# %% fold="Draw the speed against the number of workers" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8, 3.3))
relative = rates.div(rates[0], axis=0)
for job, colour in [("by lists", "C1"), ("row by row", "C6"), ("decode PNG", "C2")]:
    ax.plot([0, 1, 2], relative.loc[job], "o-", color=colour, label=job)
ax.axhline(1, color="C6", ls=":", lw=1)
ax.set(yscale="log", ylim=(0.1, 4), xlim=(-0.1, 2.1), xticks=[0, 1, 2], yticks=[0.25, 0.5, 1, 2])
ax.set_yticklabels(["a quarter", "half", "same", "twice"])
ax.minorticks_off()
ax.legend(loc="lower left")
ax.set(xlabel="workers", ylabel="speed against no worker", title="It depends on the job, and on free cores")
ck.show(
    fig,
    "Speed with 0, 1 and 2 workers against none. Fetching by lists falls far below its speed without "
    "workers; the lines of the other two jobs stay much nearer to it.",
)

# %% [markdown]
# *By lists, workers cost most of the speed*: sending a batch takes longer than making it. And lists without
# workers beat rows with any number of them.
#
# For the other two jobs read your own table. Workers can gain where making a batch takes much longer than
# sending it, *and* cores are free; on a busy machine the difference may be either way from run to run. Each
# worker is one more Python in memory (pages that are shared count twice above).
#
# With a GPU, `pin_memory=(device == "cuda")` puts each batch where the GPU can fetch it faster.
# `persistent_workers=True` keeps workers over epochs.

# %% [markdown]
# ## 7 · Without loops: broadcasting
#
# NumPy stretches an axis of length 1 to fit the other array: **broadcasting**. Distances of two points to
# three, on a line:

# %%
points, places = np.array([[1.0], [4.0]]), np.array([[0.0, 2.0, 5.0]])
print(points.shape, "and", places.shape, "give", (points - places).shape)
print(np.abs(points - places))

# %% [markdown]
# It also does so unasked. Four targets, four predictions in a column, as a network gives them:

# %%
targets = np.array([1.0, 2.0, 3.0, 4.0])
predicted = targets.reshape(-1, 1)  # all correct
for difference in (predicted - targets, predicted[:, 0] - targets):
    print("shape", difference.shape, "loss", np.mean(difference**2))

# %% [markdown]
# No error is raised. *Print the shape* of a difference once.
#
# Now squared distances of 300 pictures to the mean picture of each class, in four ways. `sample[:, None,
# :]` adds an axis of length 1 in the middle. The last way uses $|a - b|^2 = |a|^2 - 2\,a \cdot b + |b|^2$.

# %%
X = fashion["X_train"].reshape(-1, 784) / 255
class_means = np.array([X[fashion["y_train"] == k].mean(axis=0) for k in range(10)])
sample = X[:300]


def by_loops():
    out = np.zeros((300, 10))
    for i, a in enumerate(sample.tolist()):
        for k, b in enumerate(class_means.tolist()):
            out[i, k] = sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
    return out


# %%
def to_all_means(picture):
    return ((picture.to_numpy() - class_means) ** 2).sum(axis=1)


def by_apply():
    return np.stack(pd.DataFrame(sample).apply(to_all_means, axis=1))


def by_broadcasting():
    return ((sample[:, None, :] - class_means[None, :, :]) ** 2).sum(axis=2)


# %%
def by_product():
    squares = (sample**2).sum(axis=1, keepdims=True)
    return squares - 2 * sample @ class_means.T + (class_means**2).sum(axis=1)


ways = [by_loops, by_apply, by_broadcasting, by_product]
print([np.allclose(way(), by_product()) for way in ways])

# %% tags=["nbval-ignore-output"] fold="Time the four ways"
from time import perf_counter

times = []
for way in ways:
    start = perf_counter()
    way()
    times.append(perf_counter() - start)
    print(f"{way.__name__:16} {1000 * times[-1]:7.1f} ms")

# %%
between = 300 * 10 * 784 * 8
print(f"broadcasting: {between / 1e6:.0f} MB on the way to {300 * 10 * 8} bytes")
print(f"for all 6,000 pictures: {20 * between / 1e6:.0f} MB")

# %% [markdown]
# Python's own loops are far behind, and the product wins, with no large array in between. `.apply` calls
# Python once a row; here each call does some work in NumPy, so it can be level with broadcasting, or ahead:
# that has to fill its large array. **Broadcast until the array in between grows, then find a product, or go
# in batches.**
#
# What remains a loop can be split among processes: `joblib`'s `Parallel` runs `delayed` calls and returns
# results in order. Give it few large parts, because each is sent and returned.

# %%
from joblib import Parallel, delayed


def decoded(files):
    """Small grey pictures of a list of PNG files."""
    out = []
    for file in files:
        picture = Image.open(io.BytesIO(file)).convert("L").resize((28, 28))
        out.append(np.asarray(picture))
    return np.array(out)


halves = [png_files[:100], png_files[100:]]
in_two = Parallel(n_jobs=2)(delayed(decoded)(half) for half in halves)
print("as in one process:", np.array_equal(np.concatenate(in_two), decoded(png_files)))

# %% tags=["nbval-ignore-output"] fold="Time one process and two"
start = perf_counter()
decoded(png_files)
alone = perf_counter() - start
Parallel(n_jobs=2)(delayed(decoded)(half) for half in halves)
print(f"one process {alone:.2f} s, two {perf_counter() - start - alone:.2f} s, already started")

# %% [markdown]
# ## 8 · Less memory for a training step
#
# The forward pass keeps each layer's input for the backward pass. In large networks that is most of the
# memory. 16 layers of 256 units, 1,000 rows; `all_at_once` is the usual step, three ways follow that keep
# less.

# %%
torch.manual_seed(0)
deep = nn.Sequential()
for _ in range(16):
    deep.append(nn.Sequential(nn.Linear(256, 256), nn.ReLU()))
deep = deep.to(device)
inputs = torch.rand(1000, 256, device=device)


def all_at_once():
    deep(inputs).square().mean().backward()


# %% [markdown]
# **Gradient accumulation**: a quarter of the rows at a time; `backward` adds to the gradients that are there,
# and each part's mean counts for its share.


# %%
def accumulated():
    for part in inputs.split(250):
        loss = deep(part).square().mean()
        (loss * len(part) / 1000).backward()


# %% [markdown]
# **Checkpointing**: `checkpoint(block, x)` keeps only the input of a block and computes the block again
# when the backward pass needs it. (`use_reentrant=False` chooses the newer of two versions, as the
# documentation advises.)

# %%
from torch.utils.checkpoint import checkpoint


def checkpointed():
    x = inputs
    for first in range(0, 16, 4):
        x = checkpoint(deep[first : first + 4], x, use_reentrant=False)
    x.square().mean().backward()


# %% [markdown]
# **bfloat16** has 16 bits: the range of float32, and two to three digits. `autocast` uses it where it is
# safe enough (matrix products), and leaves the weights in float32.


# %%
def in_bfloat16():
    with torch.autocast(device, dtype=torch.bfloat16):
        out = deep(inputs)
    out.float().square().mean().backward()


# %%
numbers = torch.tensor([0.1, 257.0, 1e-8, 70000.0])
for kind in (torch.bfloat16, torch.float16):
    print(kind, [f"{value:.4g}" for value in numbers.to(kind).tolist()])
counter = torch.tensor(0, dtype=torch.bfloat16)
for _ in range(1000):
    counter = counter + 1
print("1,000 times plus one:", counter.item())

# %% [markdown]
# 256 + 1 rounds to 256, so a sum in bfloat16 stands still. That is why weights and sums stay in float32.
# The older float16 has more digits, but small gradients become 0 and large numbers infinite.
#
# **Predict first:** which of the three ways changes the gradients?

# %% fold="step_of: MB kept for the backward pass, gradients and seconds of a way"
from torch.autograd.graph import saved_tensors_hooks


def step_of(way):
    """Run a way; the most MB put aside at a time, and all gradients in one row."""
    held, most = {}, 0  # for each piece of memory: how often put aside, bytes

    def aside(tensor):
        nonlocal most
        if tensor.shape != (256, 256) or tensor.dtype != torch.float32:  # not the weights
            held[tensor.data_ptr()] = held.get(tensor.data_ptr(), (0,))[0] + 1, tensor.nbytes
            most = max(most, sum(size for _, size in held.values()))
        return tensor

    def back(tensor):
        often, size = held.pop(tensor.data_ptr(), (0, 0))
        held.update({tensor.data_ptr(): (often - 1, size)} if often > 1 else {})
        return tensor

    deep.zero_grad()
    with saved_tensors_hooks(aside, back):
        way()
    return most / 1e6, torch.cat([parameter.grad.flatten() for parameter in deep.parameters()])


# %% fold="milliseconds: time of a call, the fastest of three"
def milliseconds(job, *arguments):
    """Time of a call, the fastest of three; a GPU is waited for."""
    taken = []
    for _ in range(3):
        start = perf_counter()
        job(*arguments)
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(1000 * (perf_counter() - start))
    return min(taken)


# %%
step_ways = [all_at_once, accumulated, checkpointed, in_bfloat16]
measured_steps = {way.__name__: step_of(way) for way in step_ways}
exact = measured_steps["all_at_once"][1]
for name, (kept_mb, gradient) in measured_steps.items():
    gap = (gradient - exact).norm() / exact.norm()
    print(f"{name:13} keeps {kept_mb:4.1f} MB, gradients equal:", bool(gap < 1e-5))
again = 4 * inputs.nbytes / 1e6
print(f"one block of four layers, computed again: {again:.1f} MB more for a while")

# %% tags=["nbval-ignore-output"] fold="Time the four"
step_times = [milliseconds(way) for way in step_ways]
for way, taken in zip(step_ways, step_times, strict=True):
    print(f"{way.__name__:13} {taken:5.0f} ms, {taken / step_times[0]:.1f} times all at once")

# %% fold="Draw memory kept"
fig, ax = plt.subplots(figsize=(8, 2.7))
for place, (name, (kept_mb, _)) in enumerate(reversed(measured_steps.items())):
    more = again if name == "checkpointed" else 0
    ax.barh(place, kept_mb, color="C1" if name == "all_at_once" else "C2")
    ax.barh(place, more, left=kept_mb, color="C2", alpha=0.4)
    ax.text(kept_mb + more + 0.2, place, f"{kept_mb + more:.1f} MB", va="center")
ax.set_yticks(range(4), ["bfloat16", "checkpoints", "four parts", "all at once"])
ax.set(xlabel="kept for the backward pass, MB (pale: computed again, for a while)", xlim=(0, 21))
ax.set(title="Three ways to keep less")
ck.show(
    fig,
    "Bars of memory kept for the backward pass: all at once most; bfloat16 about two thirds; checkpoints "
    "about half, of which a pale part is computed again for a while; accumulation in four parts a quarter.",
)

# %% [markdown]
# Accumulation and checkpoints give the same gradients; checkpoints pay with a second forward pass. bfloat16
# halves the inputs of layers, adds 16-bit copies of the weights, and changes the gradients a little.
# Whether it is faster, your times say: a processor *without instructions for it* can be slower with it.
#
# Does it harm? A small network on 1,000 pictures, five seeds, as it comes and with autocast.

# %% fold="train_small: a small network for some epochs; its accuracy on 750 pictures"
X_small = torch.tensor(fashion["X_train"].reshape(-1, 784) / np.float32(255), device=device)
y_small = torch.tensor(fashion["y_train"].astype(int), device=device)
X_judge = torch.tensor(X_test, device=device)
y_judge = torch.tensor(y_test.astype(int), device=device)


def train_small(seed, batch=100, rate=0.04, n=1000, epochs=5, half=False):
    """Accuracy on the first and on the second half of the test pictures."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    for _ in range(epochs):
        for who in torch.randperm(n).split(batch):
            optimiser.zero_grad()
            with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
                loss = nn.functional.cross_entropy(net(X_small[who]), y_small[who])
            loss.backward()
            optimiser.step()
    with torch.inference_mode():
        right = (net(X_judge).argmax(dim=1) == y_judge).float()
    return right[::2].mean().item(), right[1::2].mean().item()


# %% tags=["rtol=0.1"]
for half in (False, True):
    runs = [np.mean(train_small(seed, half=half)) for seed in range(5)]
    print(f"bfloat16 {half}: accuracy {np.mean(runs):.2f}")

# %% [markdown]
# Accumulation has one exception. **Batch normalisation** scales each column by mean and spread *of the
# batch*, and four small batches have others than one large:

# %% tags=["rtol=0.1"]
layers = nn.Linear(256, 64), nn.BatchNorm1d(64), nn.Linear(64, 1)
with_norm = nn.Sequential(*layers).to(device)
found = {}
for size in (1000, 250, 50, 10):
    with_norm.zero_grad()
    for part in inputs.split(size):
        (with_norm(part).square().mean() * len(part) / 1000).backward()
    found[size] = with_norm[0].weight.grad.clone()
    gap = (found[size] - found[1000]).norm() / found[1000].norm()
    print(f"parts of {size}: gradient off by {gap:.0%}")

# %% [markdown]
# ## 9 · Compile, or not
#
# `torch.compile` turns a function into new code: several passes over an array become one. It needs a C++
# compiler, and the first call, which compiles, takes long. (`dynamic=False`: for this size of array only.)
# On a chain of operations by element:


# %%
def wave(x):
    return torch.sin(x) ** 2 * torch.exp(-x * x) + torch.cos(x) * torch.tanh(x)


# %% fold="compiled_wave: compile wave, or say that there is no compiler"
os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "compiled")
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
million = torch.rand(1_000_000, device=device)
start = perf_counter()
try:
    compiled_wave = torch.compile(wave, dynamic=False)
    compiled_wave(million)
    can_compile = True
except Exception as error:
    compiled_wave, can_compile = wave, False
    print(f"not compiled here, so both are the same below: {type(error).__name__}")
compile_seconds = perf_counter() - start

# %%
largest_gap = (compiled_wave(million) - wave(million)).abs().max().item()
print("equal to 1e-6:", largest_gap < 1e-6)

# %% tags=["nbval-ignore-output"] fold="Does it pay?"
plain_ms = milliseconds(wave, million)
fused_ms = milliseconds(compiled_wave, million)
print(f"first call {compile_seconds:.1f} s; then {fused_ms:.1f} ms in place of {plain_ms:.1f} ms")
if fused_ms < plain_ms:
    print(f"pays after {1000 * compile_seconds / (plain_ms - fused_ms):.0f} calls")

# %% [markdown]
# The last line decides: a training of an hour calls a step many thousand times, an experiment of a minute
# does not.

# %% [markdown]
# ## 10 · Bigger batches need a larger rate
#
# A batch of 16 times as many rows has 16 times fewer steps in an epoch. A common rule of thumb: multiply
# *the rate by 16 as well*. 2,000 pictures, 5 epochs, momentum, five seeds, four rates for each batch.
# Half of the test pictures choose the rate (this table), the other half will judge.

# %%
some_rates = {50: (0.02, 0.04, 0.08, 0.16), 200: (0.02, 0.04, 0.08, 0.16)}
some_rates[800] = (0.04, 0.08, 0.16, 0.64)
grid = {}
for batch, rates_tried in some_rates.items():
    for rate in rates_tried:
        runs = [train_small(seed, batch, rate, n=2000) for seed in range(5)]
        grid[batch, rate] = np.array(runs)  # a row for each seed: chooses, judges

# %% tags=["rtol=0.2"] fold="The table of the choosing half"
chooses = pd.DataFrame(index=list(some_rates), columns=[0.02, 0.04, 0.08, 0.16, 0.64], dtype=object)
for batch, rate in grid:
    if batch in some_rates:
        chooses.loc[batch, rate] = f"{grid[batch, rate][:, 0].mean():.2f}"
chooses.rename_axis("batch").fillna("not run")

# %% fold="Draw accuracy against rate for each batch"
fig, ax = plt.subplots(figsize=(8, 3.5))
for batch, colour in zip(some_rates, ["C0", "C2", "C1"], strict=True):
    heights = [grid[batch, rate][:, 0].mean() for rate in some_rates[batch]]
    ax.plot(some_rates[batch], heights, "o-", color=colour)
    ax.text(some_rates[batch][-1] * 1.06, heights[-1], f"batch {batch}", color=colour, weight="bold")
ax.set(xscale="log", ylim=(0, 0.9), xlim=(0.018, 1), xlabel="learning rate")
ax.set(ylabel="accuracy (choosing half)", title="Batch 800: no rate makes up for missing steps")
ax.set_xticks([0.02, 0.04, 0.08, 0.16, 0.64], ["0.02", "0.04", "0.08", "0.16", "0.64"])
ax.minorticks_off()
ck.show(
    fig,
    "Accuracy against learning rate for batches of 50, 200 and 800. Batch 50 is best at about 0.04, batch "
    "200 at a larger rate; batch 800 stays below both and falls at 0.64.",
)
# %% [markdown]
# The judging half: with the rate of batch 50, with the rule's rate, and with the rate that the choosing half
# preferred. A last row gives batch 800 four times as many epochs.

# %%
for rate in (0.04, 0.16, 0.64):
    runs = [train_small(seed, 800, rate, n=2000, epochs=20) for seed in range(5)]
    grid["800, longer", rate] = np.array(runs)

# %% tags=["rtol=0.3"] fold="The table of the judging half"
rows = []
contests = [(50, 200, 0.04), (200, 50, 0.16), (800, 15, 0.64)]
contests.append(("800, longer", 60, 0.64))
for batch, steps, rule in contests:
    tried = [rate for size, rate in grid if size == batch]
    on_choosing_half = [grid[batch, rate][:, 0].mean() for rate in tried]
    judge = {"same rate": 0.04, "rule": rule, "own rate": tried[np.argmax(on_choosing_half)]}
    row = {"batch": batch, "steps": steps}
    for name, rate in judge.items():
        row[name] = grid[batch, rate][:, 1].mean()
    rows.append(row)
pd.DataFrame(rows).set_index("batch").round(2)

# %% [markdown]
# From 50 to 200 the good rate is two to four times as large, and the accuracy a little lower. From 50 to
# 800 the rule's rate is *far too large here*, even with more epochs, and no rate makes up for missing
# steps: batch 800 is behind after 15, and about level after 60, which read four times as many pictures.
# (The rule was found for trainings of very many steps, with a warm-up, chapter 17.)
#
# Bigger batches pay where they make a step cheaper, on many cores or a GPU, and where the rate is searched
# again.

# %%
home.cleanup()  # the large files go
print("temporary files deleted:", not (folder / "images.bin").exists())

# %% [markdown]
# ## In the field
#
# Practitioners first time one epoch of the loader alone, without a model: it shows in a minute whether the
# model waits for data. They convert once, into a format that fits the reading order, and keep images small
# enough for the network before training, not during. They give a job two to four workers per GPU and
# measure.
#
# What goes wrong: a container is ended for its memory without a message, a loader that opens its file
# before the workers start, an augmentation with the same random numbers in every worker, a shuffle that only
# mixes neighbours.

# %% [markdown]
# ## Summary
#
# - The answer to the puzzle: a memory map keeps each piece that was used, as long as there is room, and
#   Parquet reads ahead. Opening the map anew and `pre_buffer=False` bring both below a quarter of the file,
#   with the same weights to the last bit.
# - A generator holds one batch. The whole file as float32 takes five times the file.
# - Random rows cost whole pieces: pages, chunks, row groups. Shuffle small blocks, then the rows of many.
# - Profile, change one thing, profile again. Lists of rows beat rows with workers.
# - Workers pay where making a batch costs more than sending it, and cores are free.
# - Broadcasting replaces loops, and may make a huge array in between.
# - Accumulation and checkpoints keep less and give the same gradients (not with batch normalisation);
#   bfloat16 gives nearly the same; compiling pays after many calls.
# - A bigger batch needs its own search of the rate, and enough steps.

# %% [markdown]
# ## Check yourself
#
# 1. The memory of a training grows batch by batch to the size of the file, then stays. Reader: `np.memmap`.
#    A leak? <details><summary>Answer</summary>No. The pieces that were used stay in memory, and
#    the system can take them back. Open the map anew for each batch if a limit counts them.</details>
# 2. A Parquet file of 10 GB has one row group. You read it in batches of 1,000. What is held?
#    <details><summary>Answer</summary>The bytes of every chosen column of the group, so perhaps all 10 GB;
#    <code>pre_buffer=False</code> alone does not change that. Write smaller groups, and choose
#    columns.</details>
# 3. Two workers made loading slower. Name two reasons. <details><summary>Answer</summary>Making a batch
#    costs less than sending it. Or no core is free.</details>
# 4. You accumulate four batches and forget to divide the loss. What happens?
#    <details><summary>Answer</summary>The gradient is the sum of four means: four times too large, as if
#    the rate were four times as large.</details>
# 5. `loss` falls to a value and stays, and `pred - y` has shape (64, 64). Why?
#    <details><summary>Answer</summary>A column minus a row was broadcast: each prediction is compared with
#    each target. The best it can do is the mean.</details>

# %% [markdown]
# ## Next
#
# Exercises: a variance in one pass, row groups, unequal parts, distances within a limit, an order of your
# own. [Chapter 21](21_images.ipynb) trains networks that see pictures as pictures. To read:
#
# - PyTorch documentation, *torch.utils.data* and *Performance tuning guide*.
# - h5py documentation, *Datasets: chunked storage*.
# - Goyal and others, *Accurate, large minibatch SGD: training ImageNet in 1 hour* (2017).
# - Chen and others, *Training deep nets with sublinear memory cost* (2016).
