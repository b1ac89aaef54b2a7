"""Answers to the questions of chapter 25 that must pass, and mistakes that must get a hint."""

import functools
import itertools
import math
import pickle
import random
import zlib
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier

from coursekit.loading import load

# --- question 1 -----------------------------------------------------------------------------------


def amdahl(one, many, k):
    parallel = (one - many) / (1 - 1 / k)
    return one - parallel, parallel, one / (one - parallel)


def by_equations(one, many, k):
    found = np.linalg.solve([[1, 1], [1, 1 / k]], [one, many])
    return [found[0], found[1], 1 + found[1] / found[0]]


def changed(change):
    """amdahl with the three numbers changed."""
    return lambda *what: change(*amdahl(*what), *what)


def rented(paid=None, fine=None, last=False, numbers=None, start_counts=True):
    """cheapest, with some parts done otherwise."""
    paid = paid or (lambda k, seconds: k * math.ceil(seconds / 60))
    fine = fine or (lambda seconds, deadline: seconds <= deadline)

    def cheapest(serial, parallel, start, deadline, most):
        best, fewest = 0, math.inf
        for k in numbers(most) if numbers else range(1, most + 1):
            seconds = (start if start_counts else 0) + serial + parallel / k
            price = paid(k, seconds)
            if fine(seconds, deadline) and (price < fewest or last and price == fewest):
                best, fewest = k, price
        return best

    return cheapest


def by_arrays(serial, parallel, start, deadline, most):
    k = np.arange(1, most + 1)
    seconds = start + serial + parallel / k
    price = np.where(seconds <= deadline, k * np.ceil(seconds / 60), np.inf)
    return np.int64(0) if np.isinf(price).all() else k[price.argmin()]


def by_sorting(serial, parallel, start, deadline, most):
    found = []
    for k in range(1, most + 1):
        seconds = start + serial + parallel / k
        if seconds <= deadline:
            found.append((k * -(-seconds // 60), k))
    return float(min(found)[1]) if found else 0


# --- question 2 -----------------------------------------------------------------------------------


def counted(chunk):
    known = chunk.dropna(subset=["dep_delay"])
    return Counter(zip(known["origin"], known["dep_delay"].astype(int), strict=True))


def read_off(summary):
    delays = {}
    for (origin, delay), count in summary.items():
        delays.setdefault(origin, []).append(np.repeat(delay, count))
    return {origin: float(np.median(np.concatenate(parts))) for origin, parts in delays.items()}


def sized(chunk):
    return chunk.groupby(["origin", "dep_delay"]).size()


def added(a, b):
    return a.add(b, fill_value=0)


def of_sizes(summary):
    found = {}
    for origin in summary.index.get_level_values(0).unique():
        part = summary[origin].sort_index()
        total = part.cumsum()
        half = part.sum() / 2
        low = part.index[(total >= half).to_numpy().argmax()]
        high = part.index[(total > half).to_numpy().argmax()]
        found[origin] = (low + high) / 2
    return pd.Series(found)


def by_bins(chunk):
    """One array of counts for each origin, from -100 to 1899 minutes."""
    out = {}
    for origin, part in chunk.groupby("origin"):
        minutes = part["dep_delay"].dropna().to_numpy().astype(int)
        if len(minutes):
            out[origin] = np.bincount(minutes + 100, minlength=1000).astype(np.int32)
    return out


def bins_added(a, b):
    out = dict(a)
    for origin, counts in b.items():
        out[origin] = out[origin] + counts if origin in out else counts
    return out


def of_bins(summary):
    out = {}
    for origin, counts in summary.items():
        out[origin] = np.float32(np.median(np.repeat(np.arange(1000) - 100, counts)))
    return out


def nested(chunk):
    found = {}
    for origin, delay in zip(chunk["origin"], chunk["dep_delay"], strict=True):
        if delay == delay:
            found.setdefault(origin, {}).setdefault(delay, 0)
            found[origin][delay] += 1
    return found


def nested_added(a, b):
    """Makes everything new."""
    out = {origin: dict(counts) for origin, counts in a.items()}
    for origin, counts in b.items():
        for delay, count in counts.items():
            out.setdefault(origin, {})
            out[origin][delay] = out[origin].get(delay, 0) + count
    return out


def of_nested(summary):
    return {o: np.median(np.repeat(list(c), list(c.values()))) for o, c in summary.items()}


def nested_in_place(a, b):
    """A new outer dictionary, but the inner ones are those of a."""
    out = dict(a)
    for origin, counts in b.items():
        inner = out.setdefault(origin, {})
        for delay, count in counts.items():
            inner[delay] = inner.get(delay, 0) + count
    return out


def updated(a, b):
    a.update(b)
    return a


def other_updated(a, b):
    b.update(a)
    return b


def as_medians(chunk):
    return chunk.groupby("origin")["dep_delay"].median().dropna().to_dict()


def joined(rule):
    def merge(a, b):
        return {k: rule([part[k] for part in (a, b) if k in part]) for k in {**a, **b}}

    return merge


def with_weights(chunk):
    known = chunk.dropna()
    return {o: (len(p), p["dep_delay"].median()) for o, p in known.groupby("origin")}


def weighted(a, b):
    out = dict(a)
    for o, (n, m) in b.items():
        k, old = out.get(o, (0, 0.0))
        out[o] = (n + k, (n * m + k * old) / (n + k))
    return out


def kept_delays(chunk):
    return {o: p["dep_delay"].dropna().to_numpy() for o, p in chunk.groupby("origin")}


def narrow(chunk):
    return {o: p["dep_delay"].dropna().to_numpy().astype(np.int16) for o, p in chunk.groupby("origin")}


def arrays_joined(a, b):
    return {o: np.concatenate([part[o] for part in (a, b) if o in part]) for o in {**a, **b}}


def of_arrays(summary):
    return {o: float(np.median(v)) for o, v in summary.items() if len(v)}


def in_tens(chunk):
    known = chunk.dropna(subset=["dep_delay"])
    return Counter(zip(known["origin"], (known["dep_delay"] // 10 * 10).astype(int), strict=True))


def lower(summary):
    out = {}
    for origin, value in read_off(summary).items():
        out[origin] = float(math.floor(value))
    return out


def zeros_filled(chunk):
    return counted(chunk.fillna({"dep_delay": 0}))


def first_only(chunk):
    return {origin: Counter(part["dep_delay"].dropna()) for origin, part in chunk.groupby("origin")}


def common_only(a, b):
    return {origin: a[origin] + b[origin] for origin in a if origin in b}


def lambda_default(chunk):
    found = defaultdict(lambda: 0)
    for pair in counted(chunk).items():
        found[pair[0]] += pair[1]
    return found


def sets(chunk):
    return {o: set(p["dep_delay"].dropna()) for o, p in chunk.groupby("origin")}


def sets_joined(a, b):
    return {o: a.get(o, set()) | b.get(o, set()) for o in {**a, **b}}


def of_sets(summary):
    return {o: float(np.median(sorted(v))) for o, v in summary.items() if v}


def with_nan(summary):
    return read_off(summary) | {"HPN": np.nan}


def crossed(chunk):
    return pd.crosstab(chunk["origin"], chunk["dep_delay"])


def crossed_added(a, b):
    return a.add(b, fill_value=0).fillna(0)


def of_crossed(table):
    minutes, out = table.columns.to_numpy(dtype=float), {}
    for origin in table.index:
        if table.loc[origin].sum() > 0:
            out[origin] = float(np.median(np.repeat(minutes, table.loc[origin].to_numpy().astype(int))))
    return out


def packed(chunk):
    parts = chunk.groupby("origin")["dep_delay"]
    return {o: zlib.compress(p.dropna().to_numpy().astype(np.int16).tobytes()) for o, p in parts}


def packed_joined(a, b):
    raw = {o: [zlib.decompress(part[o]) for part in (a, b) if o in part] for o in {**a, **b}}
    return {o: zlib.compress(b"".join(parts)) for o, parts in raw.items()}


def of_packed(summary):
    return of_arrays({o: np.frombuffer(zlib.decompress(data), np.int16) for o, data in summary.items()})


def emptied(summary):
    """Reads the medians off and leaves the summary empty."""
    found = read_off(summary)
    summary.clear()
    return found


# --- question 3 -----------------------------------------------------------------------------------

SEEDS = itertools.count()
DONE = set()
MEANS = []


def mean_of(rng, delays):
    return rng.choice(delays, size=len(delays)).mean()


def work(store, number, delays):
    store.put(f"task {number}", mean_of(np.random.default_rng(number), delays))
    return True


def result(store):
    means = [store.get(name) for name in store.names()]
    return len(means), np.std(means, ddof=1)


def by_number(store, number, delays):
    """Looks first whether it is done; names are numbers."""
    if store.get(number) is None:
        rng = np.random.default_rng([2025, number])
        drawn = delays[rng.integers(0, len(delays), len(delays))]
        store.put(number, {"mean": float(np.mean(drawn)), "seed": number})
    return np.True_


def of_dicts(store):
    return [len(store.names()), float(pd.Series([store.get(n)["mean"] for n in store.names()]).std())]


def counts_drawn(store, number, delays):
    """A bootstrap by how often each delay is drawn; sum and number in two calls of put."""
    n = len(delays)
    often = np.random.RandomState(number).multinomial(n, np.full(n, 1 / n))
    store.put(f"sum {number}", float(often @ delays))
    store.put(f"n {number}", n)
    return 1


def of_two_names(store):
    means = []
    for name in store.names():
        if name.startswith("n ") and store.get("sum " + name[2:]) is not None:
            means.append(store.get("sum " + name[2:]) / store.get(name))
    return len(means), np.array(means).std(ddof=1)


def seeded(seed, draw=mean_of):
    def work(store, number, delays):
        store.put(f"task {number}", draw(np.random.default_rng(seed(number)), delays))
        return True

    return work


def totals(before=None, after=None):
    """Running totals, with a mark before or after them."""

    def work(store, number, delays):
        if (before or after) and store.get(f"done {number}"):
            return True
        if before:
            store.put(f"done {number}", True)
        mean = mean_of(np.random.default_rng(number), delays)
        n, s, q = store.get("totals", (0, 0.0, 0.0))
        store.put("totals", (n + 1, s + mean, q + mean**2))
        if after:
            store.put(f"done {number}", True)
        return True

    return work


def of_totals(store):
    n, s, q = store.get("totals")
    return n, math.sqrt(max(q / n - (s / n) ** 2, 0) * n / (n - 1))


def one_list(store, number, delays):
    means = store.get("means", [])
    means.append(mean_of(np.random.default_rng(number), delays))
    store.put("means", means)
    return True


def of_list(store):
    return len(store.get("means")), np.std(store.get("means"), ddof=1)


def one_dictionary(store, number, delays):
    means = store.get("means", {})
    means[number] = mean_of(np.random.default_rng(number), delays)
    store.put("means", means)
    return True


def of_dictionary(store):
    means = list(store.get("means").values())
    return len(means), np.std(means, ddof=1)


def with_a_counter(store, number, delays):
    """Each mean under its own name, but the number of tasks as a running count."""
    store.put(f"task {number}", mean_of(np.random.default_rng(number), delays))
    store.put("count", store.get("count", 0) + 1)
    return True


def of_counter(store):
    means = [store.get(name) for name in store.names() if name != "count"]
    return store.get("count"), np.std(means, ddof=1)


def next_place(store, number, delays):
    """Under the next free name."""
    store.put(len(store.names()), mean_of(np.random.default_rng(number), delays))
    return True


def remembered(store, number, delays):
    """Which tasks are done is kept by the worker."""
    if number not in DONE:
        DONE.add(number)
        work(store, number, delays)
    return True


def outside(store, number, delays):
    MEANS.append(mean_of(np.random.default_rng(number), delays))
    store.put(f"task {number}", True)
    return True


def of_outside(store):
    return len(store.names()), np.std(MEANS, ddof=1)


def whole_draw(store, number, delays):
    """All that was drawn stays in the store, under a pair as its name."""
    store.put(("drawn", number), random.Random(number).choices(list(delays), k=len(delays)))
    return True


def of_draws(store):
    means = [np.mean(store.get(name)) for name in store.names()]
    return len(means), np.std(means, ddof=1)


def of_pooled(store):
    drawn = np.concatenate([store.get(name) for name in store.names()])
    return len(store.names()), np.std(drawn, ddof=1) / len(store.get(store.names()[0])) ** 0.5


def marked(store, number, delays):
    """A mark that is only a mark; the mean is put by one call."""
    if store.get(number) is None:
        store.put(f"running {number}", True)
        store.put(number, np.float32(mean_of(np.random.default_rng(number), delays)))
    return True


def of_marked(store):
    means = [store.get(name) for name in store.names() if isinstance(name, int)]
    return len(means), pd.Series(means).std()


def behind_a_lock(store, number, delays):
    """Waits for a worker that is dead."""
    while store.get("lock"):
        pass
    store.put("lock", True)
    store.put(number, mean_of(np.random.default_rng(number), delays))
    store.put("lock", False)
    return True


def of_unlocked(store):
    means = [store.get(name) for name in store.names() if name != "lock"]
    return len(means), np.std(means, ddof=1)


def drawn_in_place(store, number, delays):
    delays[:] = np.random.default_rng(number).choice(delays, len(delays))
    store.put(number, delays.mean())
    return True


def silent(store, number, delays):
    store.put(f"task {number}", mean_of(np.random.default_rng(number), delays))


# --- question 4 -----------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sums(w, X, y):
    p = sigmoid(X @ w)
    return len(y), X.T @ (p - y), X.T @ (X * (p * (1 - p))[:, None])


def step(w, messages, penalty):
    n = sum(rows for rows, _, _ in messages)
    g = sum(part for _, part, _ in messages) / n + penalty * w
    h = sum(part for _, _, part in messages) / n + penalty * np.eye(len(w))
    return w - np.linalg.solve(h, g)


def one_row(w, X, y):
    """All in one array: n, gradient, Hessian."""
    n, g, h = sums(w, X, y)
    return np.concatenate([[n], g, h.ravel()])


def of_rows(w, messages, penalty):
    total = np.sum(messages, axis=0)
    n, g, h = total[0], total[1 : 1 + len(w)], total[1 + len(w) :].reshape(len(w), -1)
    return list(w - np.linalg.inv(h + n * penalty * np.eye(len(w))) @ (g + n * penalty * w))


def means_and_n(w, X, y):
    """Means of the shard, with its number of rows; a house without rows sends zeros."""
    n, g, h = sums(w, X, y)
    return {"n": n, "g": g / max(n, 1), "h": (h / max(n, 1)).tolist()}


def of_means(w, messages, penalty):
    rows = [part["n"] for part in messages]
    g = np.average([part["g"] for part in messages], axis=0, weights=rows) + penalty * w
    h = np.average([part["h"] for part in messages], axis=0, weights=rows) + penalty * np.identity(len(w))
    return pd.Series(w - np.linalg.lstsq(h, g, rcond=None)[0])


def by_tensors(w, X, y):
    import torch

    w, X, y = torch.tensor(w), torch.tensor(X), torch.tensor(y)
    p = torch.sigmoid(X @ w)
    return len(y), (X.T @ (p - y)).numpy(), ((X.T * (p * (1 - p))) @ X).numpy()


def other_step(n_of=None, g_extra=None, h_extra=None, sign=-1, solve=np.linalg.solve):
    """step, with some parts done otherwise."""

    def step(w, messages, penalty):
        n = n_of(messages) if n_of else sum(part[0] for part in messages)
        g, h = sum(part[1] for part in messages) / n, sum(part[2] for part in messages) / n
        k = len(messages)
        g = g + (g_extra(w, penalty, k, n) if g_extra else penalty * w)
        h = h + (h_extra(w, penalty, k, n) if h_extra else penalty * np.eye(len(w)))
        return w + sign * solve(h, g)

    return step


def shard_means(w, X, y):
    n, g, h = sums(w, X, y)
    return 1, g / np.float64(n), h / np.float64(n)


def means_of_the_full(w, X, y):
    n, g, h = sums(w, X, y)
    return (1, g / n, h / n) if n else (0, g, h)


def alone(w, X, y):
    """Each house makes its own step (without a penalty: it does not know it)."""
    n, g, h = sums(w, X, y)
    return (n, w - np.linalg.lstsq(h, g, rcond=None)[0]) if n else (0, w)


def mean_of_steps(w, messages, penalty):
    return np.mean([own for _, own in messages], axis=0)


def weighted_steps(w, messages, penalty):
    return np.average([own for _, own in messages], axis=0, weights=[n for n, _ in messages])


def all_rows(w, X, y):
    return w, X, y


def of_all_rows(w, messages, penalty):
    X, y = np.concatenate([m[1] for m in messages]), np.concatenate([m[2] for m in messages])
    return step(w, [sums(w, X, y)], penalty)


def in_place(w, messages, penalty):
    w -= w - step(w, messages, penalty)
    return w


def changes_rows(w, X, y):
    y -= 0
    X *= 1.000001
    return sums(w, X, y)


def gradient_step(w, messages, penalty):
    n = sum(part[0] for part in messages)
    return w - (sum(part[1] for part in messages) / n + penalty * w)


def without_curvature(w, X, y):
    """The Hessian of least squares."""
    return len(y), X.T @ (sigmoid(X @ w) - y), X.T @ X


def single(w, X, y):
    """Sums in float32."""
    w, X = w.astype(np.float32), X.astype(np.float32)
    p = sigmoid(X @ w)
    return len(y), X.T @ (p - y.astype(np.float32)), X.T @ (X * (p * (1 - p))[:, None])


def triangle(w, X, y):
    """Half of the Hessian, which is symmetric."""
    n, g, h = sums(w, X, y)
    return np.concatenate([[n], g, h[np.triu_indices(len(w))]])


def of_triangles(w, messages, penalty):
    total, d = sum(messages), len(w)
    h = np.zeros((d, d))
    h[np.triu_indices(d)] = total[1 + d :]
    return step(w, [(total[0], total[1 : 1 + d], h + np.triu(h, 1).T)], penalty)


def rows_in_one_array(w, X, y):
    """Two places, but a whole table in each."""
    both = np.empty(2, dtype=object)
    both[0], both[1] = X, y
    return both


def of_hidden_rows(w, messages, penalty):
    return step(w, [sums(w, X, y) for X, y in messages], penalty)


def first_n(messages):
    return messages[0][0] * len(messages)


# --- question 5 -----------------------------------------------------------------------------------

# Errors of the filter that keeps all mails, as the exercise prints them.
KEEPS = [59, 12, 12, 12, 5, 7, 6, 2, 4, 5, 6, 1, 11, 9, 9, 13, 9, 4, 2, 1, 1, 2, 7, 4]


@functools.cache
def given():
    """The batches of the exercise."""
    mails = load("mails").drop_duplicates("body")
    mails = mails[mails["received"] >= "2002-07-01"].sort_values("received", kind="stable")
    texts = (mails["subject"] + " " + mails["body"].str[:300]).to_numpy(dtype=object)
    labels = mails["is_spam"].to_numpy()
    cuts = range(0, len(mails), 200)
    return [(texts[first : first + 200], labels[first : first + 200]) for first in cuts]


def progressive(start, predict, learn, batches):
    kept, wrong = pickle.dumps(start()), []
    for number, (texts, is_spam) in enumerate(batches):
        if number > 0:
            wrong.append(int((np.asarray(predict(pickle.loads(kept), texts)) != is_spam).sum()))
        kept = pickle.dumps(learn(pickle.loads(kept), texts, is_spam))
    return wrong


def verdict_of(errors):
    apart = np.array(errors) - np.array(KEEPS)
    error = apart.std(ddof=1) / len(apart) ** 0.5
    if abs(apart.mean()) <= 2 * error:
        return "unclear"
    return "more" if apart.mean() > 0 else "fewer"


def handed_in(start, predict, learn, verdict=None, change=list, errors=None):
    """All answers of question 5 for one filter."""

    def make():
        batches = given()
        own = change(progressive(start, predict, learn, batches) if errors is None else errors)
        said = verdict if verdict else verdict_of(own)
        return start, predict, learn, own, said, KEEPS, batches

    return make


def broken(start, predict, learn):
    """A filter whose errors cannot or need not be counted."""
    return handed_in(start, predict, learn, "unclear", errors=[9] * 24)


def linear(words=None, make=None, passes=1):
    """start, predict, learn of a linear model on hashed words."""
    words = words or HashingVectorizer(n_features=2**12)
    make = make or (lambda: SGDClassifier(loss="log_loss", random_state=0))

    def start():
        return make()

    def predict(state, texts):
        return state.predict(words.transform(texts))

    def learn(state, texts, is_spam):
        for _ in range(passes):
            state.partial_fit(words.transform(texts), is_spam, classes=[False, True])
        return state

    return start, predict, learn


def made_by_learn():
    """The model is made with the first batch."""
    _, predict, learn = linear(make=None)

    def first(state, texts, is_spam):
        return learn(state or SGDClassifier(loss="log_loss", random_state=0), texts, is_spam)

    return (lambda: None), predict, first


def bayes():
    """Counts of hashed words in each class, as plain arrays."""
    words = HashingVectorizer(n_features=2**11, alternate_sign=False, norm=None, binary=True)

    def start():
        return {"counts": np.zeros((2, 2**11), np.float32), "mails": np.zeros(2)}

    def predict(state, texts):
        chance = np.log(state["counts"] + 0.1) - np.log(state["mails"] + 0.2)[:, None]
        score = words.transform(texts) @ chance.T + np.log(state["mails"])
        return [bool(spam > good) for good, spam in score]

    def learn(state, texts, is_spam):
        X = words.transform(texts)
        for kind in (0, 1):
            state["counts"][kind] += np.asarray(X[is_spam == kind].sum(axis=0)).ravel()
            state["mails"][kind] += (is_spam == kind).sum()
        return state

    return start, predict, learn


def own_steps():
    """Logistic regression by hand, weights of 16 bits, 0 or 1 as the answer."""
    words = HashingVectorizer(n_features=2**14, binary=True)

    def start():
        return np.zeros(2**14 + 1, dtype=np.float16)

    def predict(state, texts):
        return pd.Series((words.transform(texts) @ state[1:].astype(float) + state[0] > 0).astype(int))

    def learn(state, texts, is_spam):
        X, w = words.transform(texts), state.astype(float)
        for first in range(0, len(texts), 10):
            some, y = X[first : first + 10], is_spam[first : first + 10]
            apart = 1 / (1 + np.exp(-(some @ w[1:] + w[0]))) - y
            w[1:] -= 1.0 * (some.T @ apart)
            w[0] -= 0.1 * apart.sum()
        return w.astype(np.float16)

    return start, predict, learn


def with_replay():
    """A smaller model and a few old mails."""
    words = HashingVectorizer(n_features=2**11, binary=True)

    def start():
        return {"model": SGDClassifier(loss="log_loss", random_state=0), "old": [], "labels": []}

    def predict(state, texts):
        return state["model"].predict(words.transform(texts))

    def learn(state, texts, is_spam):
        many = [*texts, *state["old"]]
        labels = [*is_spam, *state["labels"]]
        state["model"].partial_fit(words.transform(many), labels, classes=[False, True])
        rng = np.random.default_rng(len(state["old"]))
        chosen = rng.choice(len(many), 40, replace=False)
        return state | {"old": [many[k] for k in chosen], "labels": [labels[k] for k in chosen]}

    return start, predict, learn


def fitted_each_time():
    """fit forgets what came before, and refuses a batch without spam."""
    start, predict, _ = linear()
    words = HashingVectorizer(n_features=2**12)

    def learn(state, texts, is_spam):
        return state.fit(words.transform(texts), is_spam)

    return start, predict, learn


def first_batches():
    """Learns from ten mails and then no more."""
    start, predict, learn = linear()

    def once(state, texts, is_spam):
        return state if hasattr(state, "coef_") else learn(state, texts[:10], is_spam[:10])

    return start, predict, once


def always_good():
    return (lambda: 0), (lambda state, texts: [False] * len(texts)), (lambda state, texts, is_spam: 1)


def keeps_texts():
    """The state is all mails so far."""
    words = HashingVectorizer(n_features=2**12)

    def predict(state, texts):
        model = SGDClassifier(loss="log_loss", random_state=0)
        return model.fit(words.transform(state[0]), state[1]).predict(words.transform(texts))

    def learn(state, texts, is_spam):
        return [*state[0], *texts], [*state[1], *is_spam]

    return (lambda: ([], [])), predict, learn


def model_outside():
    """The state is empty; the model stands outside and learns on."""
    model = SGDClassifier(loss="log_loss", random_state=0)
    words = HashingVectorizer(n_features=2**12)

    def learn(state, texts, is_spam):
        model.partial_fit(words.transform(texts), is_spam, classes=[False, True])
        return state

    return (lambda: 0), (lambda state, texts: model.predict(words.transform(texts))), learn


def outside_and_reset():
    """The model stands outside, and start makes it anew."""
    held, words = {}, HashingVectorizer(n_features=2**12)

    def start():
        held["model"] = SGDClassifier(loss="log_loss", random_state=0)
        return 0

    def learn(state, texts, is_spam):
        held["model"].partial_fit(words.transform(texts), is_spam, classes=[False, True])
        return state + 1

    return start, (lambda state, texts: held["model"].predict(words.transform(texts))), learn


def old_mails_outside():
    """The model is the state, but a list outside keeps mails to show them again."""
    kept, words = {}, HashingVectorizer(n_features=2**12)

    def start():
        kept["texts"], kept["labels"] = [], []
        return SGDClassifier(loss="log_loss", random_state=0)

    def learn(state, texts, is_spam):
        kept["texts"] += list(texts[-20:])
        kept["labels"] += list(is_spam[-20:])
        X = words.transform([*texts, *kept["texts"][-60:]])
        return state.partial_fit(X, [*is_spam, *kept["labels"][-60:]], classes=[False, True])

    return start, (lambda state, texts: state.predict(words.transform(texts))), learn


def words_of_the_first():
    """The words of the first batch are part of the state."""

    def learn(state, texts, is_spam):
        if state is None:
            words = CountVectorizer(min_df=3, binary=True).fit(texts)
            state = words, SGDClassifier(loss="log_loss", random_state=0)
        state[1].partial_fit(state[0].transform(texts), is_spam, classes=[False, True])
        return state

    return (lambda: None), (lambda state, texts: state[1].predict(state[0].transform(texts))), learn


@functools.cache
def words_of_all():
    return TfidfVectorizer(max_features=3000).fit(np.concatenate([texts for texts, _ in given()]))


def vocabulary_of_all():
    """Words of all mails, also of those to come."""

    def predict(state, texts):
        return state.predict(words_of_all().transform(texts))

    def learn(state, texts, is_spam):
        return state.partial_fit(words_of_all().transform(texts), is_spam, classes=[False, True])

    return (lambda: SGDClassifier(loss="log_loss", random_state=0)), predict, learn


@functools.cache
def trained_on_all():
    X = words_of_all().transform(np.concatenate([texts for texts, _ in given()]))
    y = np.concatenate([labels for _, labels in given()])
    return LogisticRegression(C=10, solver="liblinear").fit(X, y)


def trained_before():
    return (
        lambda: 0,
        lambda state, texts: trained_on_all().predict(words_of_all().transform(texts)),
        lambda state, texts, is_spam: state,
    )


@functools.cache
def by_text():
    return {text: label for texts, labels in given() for text, label in zip(texts, labels, strict=True)}


def looked_up():
    """The answers stand in a table outside."""
    return (
        lambda: 0,
        lambda state, texts: [by_text().get(text, False) for text in texts],
        lambda state, texts, is_spam: state,
    )


def altered_part(part):
    """A linear filter with one function changed."""
    start, predict, learn = linear()
    return {
        "chances": (
            start,
            lambda s, t: s.predict_proba(HashingVectorizer(n_features=2**12).transform(t))[:, 1],
            learn,
        ),
        "reversed": (start, lambda s, t: ~predict(s, t), learn),
        "words": (start, lambda s, t: np.where(predict(s, t), "spam", "good"), learn),
        "one column": (start, lambda s, t: predict(s, t)[:, None], learn),
        "no return": (start, predict, lambda s, t, y: None if learn(s, t, y) else None),
        "swapped": (start, lambda t, s: predict(s, t), learn),
    }[part]


RIGHT = {
    "q1": [
        ("Amdahl solved for parallel; a loop", (amdahl, rented())),
        ("two equations; whole arrays", (by_equations, by_arrays)),
        ("pairs, the least of them; a float", (changed(lambda s, p, m, *_: np.array([s, p, m])), by_sorting)),
    ],
    "q2": [
        ("a Counter", (counted, lambda a, b: a + b, read_off)),
        ("a Series; read off its running total", (sized, added, of_sizes)),
        ("arrays of counts; float32", (by_bins, bins_added, of_bins)),
        ("nested dictionaries, made anew", (nested, nested_added, of_nested)),
        ("a table, origins by delays", (crossed, crossed_added, of_crossed)),
    ],
    "q3": [
        ("a name and a seed for each task", (work, result)),
        ("looks first; number as name; a pair as seed", (by_number, of_dicts)),
        ("two names for each task, read only in pairs", (counts_drawn, of_two_names)),
        ("the whole draw is kept", (whole_draw, of_draws)),
        ("a mark beside the mean, which is float32", (marked, of_marked)),
        ("a seed far away", (seeded(lambda number: 10_000 + 7 * number), result)),
    ],
    "q4": [
        ("sums and the number of rows", (sums, step)),
        ("one array; the penalty times n", (one_row, of_rows)),
        ("means with their numbers of rows; a Series", (means_and_n, of_means)),
        ("tensors inside", (by_tensors, step)),
        ("float32", (single, step)),
        ("half of the Hessian", (triangle, of_triangles)),
    ],
    "q5": [
        ("SGDClassifier as it comes", handed_in(*linear())),
        ("a larger step, binary words", handed_in(*linear(
            HashingVectorizer(n_features=2**12, binary=True),
            lambda: SGDClassifier(
                loss="log_loss", learning_rate="constant", eta0=5, alpha=1e-6, random_state=0
            ),
        ))),
        ("three passes over each batch, hinge", handed_in(*linear(
            make=lambda: SGDClassifier(random_state=0), passes=3
        ))),
        ("a thousand columns", handed_in(*linear(HashingVectorizer(n_features=2**10, binary=True)))),
        ("naive Bayes by counts; a list", handed_in(*bayes())),
        ("16,384 weights of two bytes; 0 and 1", handed_in(*own_steps())),
        ("a few old mails in the state", handed_in(*with_replay())),
        ("the words of the first batch in the state", handed_in(*words_of_the_first())),
        ("nothing at the start", handed_in(*made_by_learn())),
    ],
}  # fmt: skip

WRONG = {
    "q1": [
        ("'what was saved is the parallel part'", (lambda a, b, k: (b, a - b, a / b), rented())),
        ("'k workers leave the serial part'", (changed(lambda s, p, m, a, b, k: (b, p, m)), rented())),
        ("k - 1 for 1 - 1 / k", (lambda a, b, k: (a - (a - b) / (k - 1), (a - b) / (k - 1), 5), rented())),
        ("parallel first", (changed(lambda s, p, m, *_: (p, s, m)), rented())),
        ("shares", (changed(lambda s, p, m, a, *_: (s / a, p / a, m)), rented())),
        ("measured speed-up as the limit", (changed(lambda s, p, m, a, b, k: (s, p, a / b)), rented())),
        ("limit of the parallel part", (changed(lambda s, p, m, *_: (s, p, p / s)), rented())),
        ("limit in seconds", (changed(lambda s, p, m, *_: (s, p, s)), rented())),
        ("limit as a share", (changed(lambda s, p, m, a, *_: (s, p, s / a)), rented())),
        ("two numbers", (changed(lambda s, p, *_: (s, p)), rented())),
        ("'the smallest that is in time'", (amdahl, rented(paid=lambda k, seconds: k))),
        ("the fastest", (amdahl, rented(paid=lambda k, seconds: seconds))),
        ("one worker's minutes", (amdahl, rented(paid=lambda k, seconds: math.ceil(seconds / 60)))),
        ("seconds are paid", (amdahl, rented(paid=lambda k, seconds: k * seconds))),
        ("the sum is rounded", (amdahl, rented(paid=lambda k, seconds: math.ceil(k * seconds / 60)))),
        ("whole minutes only", (amdahl, rented(paid=lambda k, seconds: k * (seconds // 60)))),
        ("rounded", (amdahl, rented(paid=lambda k, seconds: k * round(seconds / 60)))),
        ("a full minute more, also of 60 seconds", (amdahl, rented(paid=lambda k, s: k * (int(s / 60) + 1)))),
        ("before the deadline, not at it", (amdahl, rented(fine=lambda seconds, d: seconds < d))),
        ("no deadline", (amdahl, rented(fine=lambda seconds, deadline: True))),
        ("most left out", (amdahl, rented(numbers=lambda most: range(1, most)))),
        ("the largest of equals", (amdahl, rented(last=True))),
        ("the start is free", (amdahl, rented(start_counts=False))),
        ("powers of two", (amdahl, rented(numbers=lambda m: [k for k in (1, 2, 4, 8, 16, 32) if k <= m]))),
        ("always an answer", (amdahl, lambda *job: rented()(*job) or job[-1])),
        ("the price", (amdahl, lambda *job: 6.5)),
    ],
    "q2": [
        ("median of medians", (as_medians, joined(np.median), dict)),
        ("mean of medians", (as_medians, joined(np.mean), dict)),
        ("weighted medians", (with_weights, weighted, lambda s: {o: m for o, (_, m) in s.items()})),
        ("all delays", (kept_delays, arrays_joined, of_arrays)),
        ("all delays in two bytes", (narrow, arrays_joined, of_arrays)),
        ("all delays, compressed", (packed, packed_joined, of_packed)),
        ("finish empties the summary", (counted, lambda a, b: a + b, emptied)),
        ("one count replaces the other", (counted, lambda a, b: a | b, read_off)),
        ("a is updated", (counted, updated, read_off)),
        ("b is updated", (counted, other_updated, read_off)),
        ("the inner dictionaries are those of a", (nested, nested_in_place, of_nested)),
        ("bins of ten minutes", (in_tens, lambda a, b: a + b, read_off)),
        ("the lower of the two in the middle", (counted, lambda a, b: a + b, lower)),
        ("missing means in time", (zeros_filled, lambda a, b: a + b, read_off)),
        ("only origins of both", (first_only, common_only, of_nested)),
        ("a default by lambda", (lambda_default, updated, dict)),
        ("different delays, each once", (sets, sets_joined, of_sets)),
        ("NaN for an origin without delays", (counted, lambda a, b: a + b, with_nan)),
        ("b is forgotten", (counted, lambda a, b: a, read_off)),
        ("counts of pairs", (counted, lambda a, b: a + b, dict)),
    ],
    "q3": [
        ("running totals", (totals(), of_totals)),
        ("totals, and a mark before", (totals(before=True), of_totals)),
        ("totals, and a mark after", (totals(after=True), of_totals)),
        ("one list", (one_list, of_list)),
        ("one dictionary", (one_dictionary, of_dictionary)),
        ("a running count", (with_a_counter, of_counter)),
        ("the next free name", (next_place, result)),
        ("the worker remembers what is done", (remembered, result)),
        ("means outside the store", (outside, of_outside)),
        ("no seed", (seeded(lambda number: None), result)),
        ("a seed from a counter", (seeded(lambda number: next(SEEDS)), result)),
        ("one seed for all", (seeded(lambda number: 0), result)),
        ("without replacement", (seeded(int, lambda rng, d: rng.permutation(d).mean()), result)),
        ("half of the delays", (seeded(int, lambda rng, d: rng.choice(d, len(d) // 2).mean()), result)),
        ("one delay", (seeded(int, lambda rng, d: rng.choice(d)), result)),
        ("ten seeds", (seeded(lambda number: number % 2), result)),
        ("ddof=0", (work, lambda store: (result(store)[0], np.std([store.get(n) for n in store.names()])))),
        ("one delay fewer", (seeded(int, lambda rng, d: rng.choice(d, len(d) - 1).mean()), result)),
        ("four fifths", (seeded(int, lambda rng, d: rng.choice(d, len(d) * 4 // 5).mean()), result)),
        ("the median", (seeded(int, lambda rng, d: np.median(rng.choice(d, len(d)))), result)),
        ("range by six", (work, lambda s: (len(s.names()), np.ptp([s.get(n) for n in s.names()]) / 6))),
        ("the formula on all that was drawn", (whole_draw, of_pooled)),
        ("delays in place", (drawn_in_place, result)),
        ("a lock", (behind_a_lock, of_unlocked)),
        ("the variance", (work, lambda store: (result(store)[0], result(store)[1] ** 2))),
        ("ddof=0 of tasks and their root", (work, lambda store: (result(store)[0], result(store)[1] / 17))),
        ("returns nothing", (silent, result)),
        ("one number", (work, lambda store: result(store)[1])),
        ("number of puts", (counts_drawn, lambda store: (len(store.names()), 1.0))),
    ],
    "q4": [
        ("means of the houses", (shard_means, step)),
        ("means of those that have rows", (lambda w, X, y: tuple(means_of_the_full(w, X, y)), step)),
        ("each house alone", (alone, mean_of_steps)),
        ("each house alone, weighted", (alone, weighted_steps)),
        ("all rows", (all_rows, of_all_rows)),
        ("all rows, in an array of tables", (rows_in_one_array, of_hidden_rows)),
        ("bytes", (lambda w, X, y: (len(y), X.tobytes(), y.tobytes()), step)),
        ("no penalty", (sums, other_step(g_extra=lambda *_: 0, h_extra=lambda *_: 0))),
        ("penalty in the gradient only", (sums, other_step(h_extra=lambda *_: 0))),
        ("penalty in the Hessian only", (sums, other_step(g_extra=lambda *_: 0))),
        ("penalty for each house", (sums, other_step(
            g_extra=lambda w, c, k, n: k * c * w, h_extra=lambda w, c, k, n: k * c * np.eye(len(w))))),
        ("penalty on the sums", (sums, other_step(
            g_extra=lambda w, c, k, n: c * w / n, h_extra=lambda w, c, k, n: c * np.eye(len(w)) / n))),
        ("penalty in every place", (sums, other_step(h_extra=lambda w, c, k, n: c))),
        ("uphill", (sums, other_step(sign=1))),
        ("a gradient step", (sums, gradient_step)),
        ("the Hessian of least squares", (without_curvature, step)),
        ("all houses like the first", (sums, other_step(n_of=first_n))),
        ("w in place", (sums, in_place)),
        ("rows in place", (changes_rows, step)),
        ("the inverse, but elementwise", (sums, other_step(solve=lambda h, g: (g / h).sum(axis=0)))),
        ("only the step", (sums, lambda w, messages, penalty: step(w, messages, penalty) - w)),
        ("one number", (sums, lambda w, messages, penalty: step(w, messages, penalty).sum())),
    ],
    "q5": [
        ("fit, not partial_fit", broken(*fitted_each_time())),
        ("learns once", handed_in(*first_batches())),
        ("always good", handed_in(*always_good())),
        ("keeps the texts", broken(*keeps_texts())),
        ("the usual million columns", broken(*linear(HashingVectorizer()))),
        ("the model stands outside", handed_in(*model_outside())),
        ("the model stands outside, new at each start", handed_in(*outside_and_reset())),
        ("old mails outside the state", handed_in(*old_mails_outside())),
        ("words of all mails", broken(*vocabulary_of_all())),
        ("trained on all mails before", handed_in(*trained_before())),
        ("labels looked up", handed_in(*looked_up())),
        ("no seed", handed_in(*linear(make=lambda: SGDClassifier(alpha=1e-5)), verdict="unclear")),
        ("chances", broken(*altered_part("chances"))),
        ("turned round", handed_in(*altered_part("reversed"))),
        ("words for answers", broken(*altered_part("words"))),
        ("a column", broken(*altered_part("one column"))),
        ("learn returns nothing", broken(*altered_part("no return"))),
        ("texts first", broken(*altered_part("swapped"))),
        ("the sum of the errors", handed_in(*linear(), verdict="unclear", change=sum)),
        ("others' errors", handed_in(*linear(), change=lambda own: [n + 5 for n in own])),
        ("the errors of keeps_all", handed_in(*bayes(), errors=KEEPS)),
        ("a verdict too bold", handed_in(*linear(), verdict="fewer")),
        ("own words", handed_in(*linear(), verdict="level")),
    ],
}  # fmt: skip
