"""Answers to the questions of chapter 22 that must pass, and mistakes that must get a hint."""

import copy
import math
import re
from collections import Counter
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def join(pieces, pair):
    done, i = [], 0
    while i < len(pieces):
        if tuple(pieces[i : i + 2]) == tuple(pair):
            done.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            done.append(pieces[i])
            i += 1
    return done


def join_first(pieces, pair):
    for i in range(len(pieces) - 1):
        if tuple(pieces[i : i + 2]) == tuple(pair):
            return pieces[:i] + ["".join(pair)] + pieces[i + 2 :]
    return pieces


def join_by_replace(pieces, pair):
    return " ".join(pieces).replace(" ".join(pair), "".join(pair)).split(" ")


def frequencies(words, counts):
    found = Counter()
    for word, pieces in words.items():
        for pair in zip(pieces, pieces[1:], strict=False):
            found[pair] += counts[word]
    return found


def once_a_word(words, counts):
    found = Counter()
    for word, pieces in words.items():
        for pair in set(zip(pieces, pieces[1:], strict=False)):
            found[pair] += counts[word]
    return found


def unweighted(words, counts):
    return frequencies(words, dict.fromkeys(counts, 1))


def merged_by(joining=join, count=frequencies, best=None, anew=True):
    """A learner of merges with some of its parts done otherwise."""

    def learn_merges(counts, k):
        words, merges = {word: list(word) for word in counts}, []
        found = count(words, counts)
        while len(merges) < k and found:
            pair = best(found) if best else min(found, key=lambda p: (-found[p], p))
            merges.append(pair)
            words = {word: joining(pieces, pair) for word, pieces in words.items()}
            if anew:
                found = count(words, counts)
            else:
                del found[pair]
        return merges

    return learn_merges


def learn_with_series(counts, k):
    """Tuples of pieces, pandas for the frequencies, pairs as lists."""
    words = [(tuple(word), n) for word, n in counts.items()]
    merges = []
    for _ in range(k):
        rows = [(a, b, n) for pieces, n in words for a, b in zip(pieces, pieces[1:], strict=False)]
        if not rows:
            break
        table = pd.DataFrame(rows, columns=["a", "b", "n"]).groupby(["a", "b"])["n"].sum().reset_index()
        top = table.sort_values(["n", "a", "b"], ascending=[False, True, True]).iloc[0]
        merges.append([top["a"], top["b"]])
        words = [(tuple(join(list(pieces), merges[-1])), n) for pieces, n in words]
    return merges


def learn_with_regex(counts, k):
    """Words as texts with blanks, joined only where whole pieces stand; merges one by one."""
    words = {" ".join(word): n for word, n in counts.items()}
    for _ in range(k):
        found = Counter()
        for word, n in words.items():
            pieces = word.split(" ")
            for pair in zip(pieces, pieces[1:], strict=False):
                found[pair] += n
        if not found:
            return
        best = sorted(found, key=lambda pair: (-found[pair], pair))[0]
        yield best
        pattern = re.compile(r"(?<!\S)" + re.escape(" ".join(best)) + r"(?!\S)")
        words = {pattern.sub("".join(best), word): n for word, n in words.items()}


def join_from_right(pieces, pair):
    pieces, i = list(pieces), len(pieces) - 2
    while i >= 0:
        if (pieces[i], pieces[i + 1]) == pair:
            pieces[i : i + 2] = ["".join(pair)]
            i -= 1
        i -= 1
    return pieces


def stops_at_one(counts, k):
    """No merge of a pair that occurs only once."""
    merges = merged_by()(counts, k)
    words = {word: list(word) for word in counts}
    for i, pair in enumerate(merges):
        if frequencies(words, counts)[pair] < 2:
            return merges[:i]
        words = {word: join(pieces, pair) for word, pieces in words.items()}
    return merges


def with_an_end(counts, k):
    """A sign for the end of the word, which was not asked for."""
    return merged_by()({word + "_": n for word, n in counts.items()}, k)


def no_pair_left(counts, k):
    words, merges = {word: list(word) for word in counts}, []
    for _ in range(k):
        found = frequencies(words, counts)
        merges.append(min(found, key=lambda p: (-found[p], p)))
        words = {word: join(pieces, merges[-1]) for word, pieces in words.items()}
    return merges


def encode_at_once(word, merges):
    """From left to right, a character is joined to the piece before it if any merge allows that."""
    known, pieces = {tuple(pair) for pair in merges}, []
    for letter in word:
        if pieces and (pieces[-1], letter) in known:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def encode_and_empty(word, merges):
    pieces = list(word)
    while merges:
        pieces = join(pieces, merges.pop(0))
    return pieces


def learn_in_place(counts, k):
    found = merged_by()(counts, k)
    counts.clear()
    return found


def encode_by(joining=join, order=1):
    def encode(word, merges):
        pieces = list(word)
        for pair in merges[::order]:
            pieces = joining(pieces, pair)
        return pieces

    return encode


def encode_by_rank(word, merges):
    """As libraries do: the earliest merge that applies, until none does."""
    rank = {tuple(pair): i for i, pair in enumerate(merges)}
    pieces = list(word)
    while True:
        pairs = [pair for pair in zip(pieces, pieces[1:], strict=False) if pair in rank]
        if not pairs:
            return tuple(pieces)
        pieces = join(pieces, min(pairs, key=rank.get))


def encode_by_longest(word, merges):
    known, pieces = {a + b for a, b in merges}, []
    while word:
        end = next((end for end in range(len(word), 1, -1) if word[:end] in known), 1)
        pieces.append(word[:end])
        word = word[end:]
    return pieces


def without_the_end(counts, k):
    merges = merged_by()(counts, k)
    return merges if len(merges) == k else merges[:0]


def as_texts(counts, k):
    return [a + b for a, b in merged_by()(counts, k)]


def with_frequency(counts, k):
    return [(a, b, 1) for a, b in merged_by()(counts, k)]


def one_more(counts, k):
    return merged_by()(counts, k + 1)


def across_words(counts, k):
    """All words one after the other as a single text."""
    text = "".join(word * n for word, n in counts.items())
    return merged_by()({text: 1}, k)


def by_both(found):
    """Most frequent, of ties the longest piece."""
    return max(found, key=lambda p: (found[p], len(p[0] + p[1]), p))


# --- question 2 -----------------------------------------------------------------------------------


def scores_of(Q, K, divide=None):
    return Q @ K.swapaxes(1, 2) / (np.sqrt(Q.shape[2]) if divide is None else divide)


def look(Q, K, real):
    scores = np.where(real[:, None, :] == 1, scores_of(Q, K), -np.inf)
    return softmax(scores, axis=2)


def look_by_torch(Q, K, real):
    scores = torch.tensor(Q) @ torch.tensor(K).mT / math.sqrt(Q.shape[-1])
    scores = scores.masked_fill(torch.tensor(real == 0)[:, None, :], float("-inf"))
    return torch.softmax(scores, dim=-1)


def look_by_loop(Q, K, real):
    n, t, width = Q.shape
    found = np.zeros((n, t, t), dtype=np.float32)
    for text in range(n):
        seen = np.flatnonzero(real[text])
        for i in seen:  # the rows of padding stay 0
            row = np.array([Q[text, i] @ K[text, j] for j in seen]) / width**0.5
            found[text, i, seen] = softmax(row)
    return found


def look_by_large_number(Q, K, real):
    scores = scores_of(Q, K) - 1e9 * (1 - real[:, None, :])
    scores = scores - scores.max(axis=-1, keepdims=True)
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


def attend(Q, K, V, real):
    return look(Q, K, real) @ V


def attend_by_torch(Q, K, V, real):
    mask = torch.tensor(real == 1)[:, None, :]
    parts = [torch.tensor(part) for part in (Q, K, V)]
    return torch.nn.functional.scaled_dot_product_attention(*parts, attn_mask=mask)


def attend_by_einsum(Q, K, V, real):
    return np.einsum("tij,tjw->tiw", look(Q, K, real), V).tolist()


def masked_after(Q, K, real):
    return softmax(scores_of(Q, K), axis=2) * real[:, None, :]


def times_mask(Q, K, real):
    return softmax(scores_of(Q, K) * real[:, None, :], axis=2)


def plus_mask(Q, K, real):
    return softmax(scores_of(Q, K) + real[:, None, :], axis=2)


def hide_rows(Q, K, real):
    return softmax(np.where(real[:, :, None] == 1, scores_of(Q, K), -1e9), axis=2)


def hide_by_tilde(Q, K, real):
    return softmax(np.where(~real[:, None, :], -1e9, scores_of(Q, K)), axis=2)


def hide_real(Q, K, real):
    return softmax(np.where(real[:, None, :] == 1, -1e9, scores_of(Q, K)), axis=2)


def other_axis(Q, K, real):
    return softmax(np.where(real[:, None, :] == 1, scores_of(Q, K), -1e9), axis=1)


def divided_by(what):
    def attention_weights(Q, K, real):
        scores = scores_of(Q, K, what(Q))
        return softmax(np.where(real[:, None, :] == 1, scores, -np.inf), axis=2)

    return attention_weights


def naive(Q, K, real):
    with np.errstate(all="ignore"):
        powers = np.exp(np.where(real[:, None, :] == 1, scores_of(Q, K), -np.inf))
        return powers / powers.sum(axis=2, keepdims=True)


def largest_of_all(Q, K, real):
    scores = np.where(real[:, None, :] == 1, scores_of(Q, K), -np.inf)
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum(axis=2, keepdims=True)


def clipped(Q, K, real):
    scores = np.clip(scores_of(Q, K), -50, 50)
    return softmax(np.where(real[:, None, :] == 1, scores, -np.inf), axis=2)


def hidden_a_little(Q, K, real):
    return softmax(np.where(real[:, None, :] == 1, scores_of(Q, K), -10.0), axis=2)


def blind_rows(Q, K, real):
    """The rows of padding hold nan."""
    return np.where(real[:, :, None] == 1, look(Q, K, real), np.nan)


def look_by_masked_array(Q, K, real):
    hidden = np.broadcast_to(real[:, None, :] == 0, (len(Q), Q.shape[1], Q.shape[1]))
    scores = np.ma.masked_array(scores_of(Q, K), hidden)
    powers = np.ma.exp(scores - scores.max(axis=2, keepdims=True))
    return np.ma.filled(powers / powers.sum(axis=2, keepdims=True), 0)


def divided_again(Q, K, real):
    weights = softmax(scores_of(Q, K), axis=2) * real[:, None, :]
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=2, keepdims=True)


def minus_hundred(Q, K, real):
    return softmax(scores_of(Q, K) - 100 * (1 - real[:, None, :]), axis=2)


def causal(Q, K, real):
    past = np.tril(np.ones((Q.shape[1], Q.shape[1])))
    return softmax(np.where(past * real[:, None, :] == 1, scores_of(Q, K), -1e30), axis=2)


def end_assumed(Q, K, real):
    return look(Q, K, (np.arange(Q.shape[1]) < real.sum(axis=1)[:, None]).astype(int))


def root_of_values(Q, K, V, real):
    return divided_by(lambda Q: V.shape[2] ** 0.5)(Q, K, real) @ V


def look_in_place(Q, K, real):
    Q /= np.sqrt(Q.shape[2])
    return softmax(np.where(real[:, None, :] == 1, Q @ K.swapaxes(1, 2), -np.inf), axis=2)


def first_text_only(Q, K, real):
    return look(Q, K, real)[0]


# --- question 3 -----------------------------------------------------------------------------------


def pool(tokens, real):
    kept = real[:, :, None]
    return (tokens * kept).sum(axis=1) / kept.sum(axis=1)


def pool_by_loop(tokens, real):
    return [list(text[mask == 1].mean(axis=0)) for text, mask in zip(tokens, real, strict=True)]


def pool_by_torch(tokens, real):
    kept = torch.tensor(real)[:, :, None]
    return (torch.tensor(tokens) * kept).sum(1) / kept.sum(1).clamp(min=1)


def pool_by_weights(tokens, real):
    return np.einsum("tiw,ti->tw", tokens, real / real.sum(axis=1, keepdims=True)).astype(np.float32)


def search(question, vectors, k):
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(question)
    return np.argsort(-(vectors @ question) / lengths)[:k]


def search_by_library(question, vectors, k):
    similar = cosine_similarity(question[None, :], vectors)[0]
    return pd.Series(similar).nlargest(k).index


def search_by_torch(question, vectors, k):
    similar = torch.cosine_similarity(torch.tensor(vectors), torch.tensor(question)[None, :])
    return similar.topk(k).indices


def search_by_sorting(question, vectors, k):
    def cosine(i):
        return vectors[i] @ question / np.linalg.norm(vectors[i])

    return sorted(range(len(vectors)), key=cosine, reverse=True)[:k]


@cache
def made_vectors():
    """Stand-ins for what the given cells make: tokens and masks of 12 headlines and 4 questions."""
    rng = np.random.default_rng(5)
    real = (np.arange(7) < rng.integers(3, 8, 12)[:, None]).astype(np.int64)
    centres = rng.normal(0, 1, (12, 1, 16))
    tokens = (centres + rng.normal(0, 0.4, (12, 7, 16))).astype(np.float32)
    padding = rng.normal(0, 3, (12, 1, 16))
    tokens = np.where(real[:, :, None] == 1, tokens, padding).astype(np.float32)
    asked = [8, 0, 5, 3]
    asked_real = (np.arange(4) < np.array([[4], [3], [4], [2]])).astype(np.int64)
    asked_tokens = (centres[asked] + rng.normal(0, 0.4, (4, 4, 16))).astype(np.float32)
    return tokens, real, asked_tokens, asked_real


def best_rows(mean=pool):
    tokens, real, asked_tokens, asked_real = made_vectors()
    cosines = cosine_similarity(mean(asked_tokens, asked_real), mean(tokens, real))
    return cosines.argmax(axis=1)


def third(pooling=pool, searching=search, found=None):
    """All answers of question 3, with the given cells' arrays behind them."""

    def answers():
        rows = best_rows().tolist() if found is None else found()
        return pooling, searching, rows, *made_vectors()

    return answers


def by_length(question, vectors, k):
    return np.argsort(-(vectors @ question))[:k]


def by_distance(question, vectors, k):
    return np.argsort(np.linalg.norm(vectors - question, axis=1))[:k]


def search_in_place(question, vectors, k):
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.argsort(-(vectors @ question))[:k]


# --- question 4 -----------------------------------------------------------------------------------


class Layer(torch.nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        self.linear, self.scale = linear, scale
        for part in linear.parameters():
            part.requires_grad = False
        self.A = torch.nn.Parameter(torch.randn(rank, linear.in_features) / rank)
        self.B = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def correction(self, x):
        return self.scale * (x @ self.A.T @ self.B.T)

    def forward(self, x):
        return self.linear(x) + self.correction(x)

    def merged(self):
        new = copy.deepcopy(self.linear)
        with torch.no_grad():
            new.weight += self.scale * self.B @ self.A
        return new


class ByWeight(Layer):
    """The summed weight at every call; a new layer filled in."""

    def forward(self, x):
        weight = self.linear.weight + self.scale * (self.B @ self.A)
        return torch.nn.functional.linear(x, weight, self.linear.bias)

    def merged(self):
        n_out, n_in = self.linear.weight.shape
        new = torch.nn.Linear(n_in, n_out, bias=self.linear.bias is not None)
        new.load_state_dict(self.linear.state_dict())
        new.weight.data.add_(self.B.detach() @ self.A.detach(), alpha=self.scale)
        return new


class OwnCopy(Layer):
    """A copy of the layer inside, A as PyTorch starts a linear layer."""

    def __init__(self, linear, rank, scale):
        super().__init__(copy.deepcopy(linear), rank, scale)
        torch.nn.init.kaiming_uniform_(self.A, a=5**0.5)

    def forward(self, x):
        inner = torch.einsum("...i,ri->...r", x, self.A)
        return torch.einsum("...r,or->...o", inner, self.B).mul(self.scale).add(self.linear(x))


class InBuffers(torch.nn.Module):
    """The old weight as a buffer, which is no parameter."""

    def __init__(self, linear, rank, scale):
        super().__init__()
        self.register_buffer("weight", linear.weight.detach().clone())
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().clone())
        self.A = torch.nn.Parameter(torch.empty(rank, linear.in_features).uniform_(-0.1, 0.1))
        self.B = torch.nn.Parameter(torch.zeros(linear.out_features, rank))
        self.scale = torch.tensor(float(scale))

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight, self.bias) + self.scale * (x @ self.A.T) @ self.B.T

    def merged(self):
        new = torch.nn.Linear(self.weight.shape[1], self.weight.shape[0], bias=self.bias is not None)
        new.weight = torch.nn.Parameter(self.weight + (self.scale * self.B @ self.A).detach())
        if self.bias is not None:
            new.bias = torch.nn.Parameter(self.bias.clone())
        return new


class OfLinear(torch.nn.Linear):
    """A linear layer itself, with A and B beside its weight."""

    def __init__(self, linear, rank, scale):
        super().__init__(linear.in_features, linear.out_features, bias=linear.bias is not None)
        self.load_state_dict(linear.state_dict())
        self.requires_grad_(False)
        self.A = torch.nn.Parameter(torch.randn(rank, linear.in_features))
        self.B = torch.nn.Parameter(torch.zeros(linear.out_features, rank))
        self.scale = scale

    def forward(self, x):
        return super().forward(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merged(self):
        new = torch.nn.Linear(self.in_features, self.out_features, bias=self.bias is not None)
        new.weight.data = self.weight.data + self.scale * self.B.data @ self.A.data
        if self.bias is not None:
            new.bias.data = self.bias.data.clone()
        return new


class NewBias(Layer):
    """A new layer with a bias, also where there was none."""

    def merged(self):
        new = torch.nn.Linear(self.linear.in_features, self.linear.out_features)
        new.weight.data = self.linear.weight + (self.scale * self.B @ self.A).detach()
        if self.linear.bias is not None:
            new.bias.data = self.linear.bias.data.clone()
        return new


class OtherScale(Layer):
    def correction(self, x):
        return (x @ self.A.T @ self.B.T) / self.scale


class AlwaysRankTwo(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, 2, scale)


class ScaleTrained(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        self.scale = torch.nn.Parameter(torch.tensor(float(scale)))


class WithoutGradient(Layer):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class MergedTwice(Layer):
    def merged(self):
        new = copy.deepcopy(self.linear)
        new.weight.data += 2 * self.scale * (self.B @ self.A).detach()
        return new


class MergedAndEmptied(Layer):
    def merged(self):
        new = super().merged()
        with torch.no_grad():
            self.B.zero_()
        return new


class MergedProperty(Layer):
    merged = property(Layer.merged)


class NotFrozen(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        linear.requires_grad_(True)


class BiasNotFrozen(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        if linear.bias is not None:
            linear.bias.requires_grad_(True)


class BothZero(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        torch.nn.init.zeros_(self.A)


class BothRandom(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        torch.nn.init.normal_(self.B)


class RowsAlike(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        torch.nn.init.ones_(self.A)


class Turned(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        self.A = torch.nn.Parameter(torch.randn(linear.in_features, rank))
        self.B = torch.nn.Parameter(torch.zeros(rank, linear.out_features))

    def correction(self, x):
        return self.scale * (x @ self.A @ self.B)


class PlainTensors(Layer):
    def __init__(self, linear, rank, scale):
        super().__init__(linear, rank, scale)
        del self.A, self.B
        self.A = torch.randn(rank, linear.in_features, requires_grad=True)
        self.B = torch.zeros(linear.out_features, rank, requires_grad=True)


class NoScale(Layer):
    def correction(self, x):
        return x @ self.A.T @ self.B.T


class ByRank(Layer):
    def correction(self, x):
        return self.scale / len(self.A) * (x @ self.A.T @ self.B.T)


class OnlyCorrection(Layer):
    def forward(self, x):
        return self.correction(x)


class BiasTwice(Layer):
    def forward(self, x):
        bias = 0 if self.linear.bias is None else self.linear.bias
        return self.linear(x) + self.correction(x) + bias


class Detached(Layer):
    def correction(self, x):
        return self.scale * (x @ self.A.detach().T @ self.B.T)


class OneAxis(Layer):
    def correction(self, x):
        return self.scale * (self.B @ self.A @ x.T).T


class MergedInPlace(Layer):
    def merged(self):
        with torch.no_grad():
            self.linear.weight += self.scale * self.B @ self.A
        return self.linear


class MergedWithoutScale(Layer):
    def merged(self):
        new = copy.deepcopy(self.linear)
        new.weight.data += (self.B @ self.A).detach()
        return new


class MergedWithoutBias(Layer):
    def merged(self):
        new = torch.nn.Linear(self.linear.in_features, self.linear.out_features, bias=False)
        new.weight.data = self.linear.weight + (self.scale * self.B @ self.A).detach()
        return new


class MergedOld(Layer):
    def merged(self):
        return copy.deepcopy(self.linear)


class MergedWeight(Layer):
    def merged(self):
        return self.linear.weight + self.scale * self.B @ self.A


class MergedItself(Layer):
    def merged(self):
        return self


class NoMerge(torch.nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        self.layer = Layer(linear, rank, scale)
        self.A, self.B = self.layer.A, self.layer.B

    def forward(self, x):
        return self.layer(x)


class NoModule:
    def __init__(self, linear, rank, scale):
        self.linear = linear


# --- question 5 -----------------------------------------------------------------------------------

TRAINED = 32 * 16 * (4096 + 4096 + 4096 + 1024)
SUMS = {
    "FLOPs": 6 * 8_030_000_000 * 100_000_000,
    "trained": TRAINED,
    "full bytes": 16 * 8_030_000_000,
    "LoRA bytes": 2 * 8_030_000_000 + 16 * TRAINED,
    "cache bytes": 32 * 8 * 4000 * (1024 + 1024) * 2,
}

# --- question 6 -----------------------------------------------------------------------------------


@cache
def judged():
    """The notebook's ten judged draws: texts and labels to learn from, and to judge on."""
    table = ck.load("sms")
    text = table["text"].str.replace(r"PHONE|EMAIL|URL|&lt;#&gt;|\d+", " NUM ", regex=True)
    text = text.str.replace(r"&\w+;|£|[^\x20-\x7e]", " ", regex=True).str.split().str.join(" ")
    letters = text.str.lower().str.replace(r"[^a-z]", "", regex=True)
    unique = ~letters.duplicated() & (letters != "")
    texts = text[unique].to_numpy(dtype=object)
    is_spam = table.loc[unique, "is_spam"].to_numpy(bool)
    rng = np.random.default_rng(0)
    spam, good = rng.permutation(np.flatnonzero(is_spam)), rng.permutation(np.flatnonzero(~is_spam))
    found = []
    for i in range(16):
        s, g = spam[33 * i : 33 * (i + 1)], good[197 * i : 197 * (i + 1)]
        train, test = np.concatenate([s[:10], g[:20]]), np.concatenate([s[10:], g[20:]])
        found.append((texts[train], is_spam[train], texts[test], is_spam[test]))
    return found[6:]


def words():
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))


def letters():
    return make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), LogisticRegression(C=10))


def words_once():
    return make_pipeline(CountVectorizer(binary=True), LogisticRegression())


def bayes():
    return make_pipeline(CountVectorizer(), MultinomialNB())


def margin():
    return make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), LinearSVC())


def without_idf():
    return make_pipeline(TfidfVectorizer(use_idf=False), LogisticRegression(C=10))


def columns_of(texts):
    return np.array([[len(text), text.count("NUM")] for text in texts], dtype=float)


def two_columns():
    return make_pipeline(FunctionTransformer(columns_of), StandardScaler(), LogisticRegression())


def forest():
    return make_pipeline(CountVectorizer(binary=True), RandomForestClassifier(30))


class Rule:
    """A model without get_params: naive Bayes on words, as a class of one's own."""

    def fit(self, texts, labels):
        self.model = bayes().fit(texts, labels)
        return self

    def predict_proba(self, texts):
        return self.model.predict_proba(texts).astype(np.float32)


def fixed_forest():
    return make_pipeline(CountVectorizer(binary=True), RandomForestClassifier(30, random_state=0))


class OfAllDraws:
    """Learns from the labels of all ten draws, whatever it is given."""

    def fit(self, texts, labels):
        everything = np.concatenate([draw[0] for draw in judged()])
        self.model = letters().fit(everything, np.concatenate([draw[1] for draw in judged()]))
        return self

    def predict_proba(self, texts):
        return self.model.predict_proba(texts)


class NeedsTable:
    def fit(self, table, labels):
        self.first = table["text"].iloc[0]
        return self

    def predict_proba(self, table):
        return np.zeros((len(table), 2))


def by_other_metric(metric):
    """Scores of `bayes` by another metric."""

    def scores():
        found = []
        for texts, labels, new, truth in judged():
            found.append(metric(truth, bayes().fit(texts, labels).predict_proba(new)[:, 1]))
        return np.array(found)

    return scores


def of_the_first_fit():
    """Fitted once, on the first draw, and judged on all."""
    fitted = bayes().fit(*judged()[0][:2])
    return np.array(
        [average_precision_score(truth, fitted.predict_proba(new)[:, 1]) for _, _, new, truth in judged()]
    )


def no_text():
    return DummyClassifier(strategy="prior")


def length_of(texts):
    return np.array([[1.0] for _ in texts])


def constant_column():
    return make_pipeline(FunctionTransformer(length_of), LogisticRegression())


@cache
def scores_of_model(make, fitted_on="train"):
    found = []
    everything = None
    if fitted_on == "everything":
        texts = np.concatenate([np.concatenate([a, c]) for a, _, c, _ in judged()])
        labels = np.concatenate([np.concatenate([b, d]) for _, b, _, d in judged()])
        everything = make().fit(texts, labels)
    for texts, labels, new, truth in judged():
        if everything is not None:
            fitted = everything
        else:
            fitted = make().fit(*((new, truth) if fitted_on == "test" else (texts, labels)))
        if hasattr(fitted, "predict_proba"):
            certainty = fitted.predict_proba(new)[:, 1]
        else:
            certainty = fitted.decision_function(new)
        found.append(average_precision_score(truth, certainty))
    return np.array(found)


def interval(differences, overlap=0.0, factor=2.262157):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def sixth(rival, verdict, scores=None, difference=None, baseline=None):
    """All answers of question 6."""

    def answers():
        base = scores_of_model(words)
        found = scores_of_model(rival) if scores is None else scores()
        paired = scores_of_model(letters if scores else rival) - base
        apart = interval(paired) if difference is None else difference(found, base)
        return rival, found, apart, verdict, base if baseline is None else baseline(base)

    return answers


def by_words(found, base):
    return interval(np.array(found) - base)


def with_difference(change):
    return sixth(bayes, "better", difference=change)


RIGHT = {
    "q1": [
        ("as in the solution", (merged_by(), encode_by())),
        ("pandas, pairs as lists; the earliest merge first", (learn_with_series, encode_by_rank)),
        ("arrays of pieces", (merged_by(), lambda word, merges: np.array(encode_by()(word, merges)))),
        ("regular expressions, a generator", (learn_with_regex, encode_by())),
        ("a Series of pieces", (merged_by(), lambda word, merges: pd.Series(encode_by()(word, merges)))),
        ("a tuple of pairs", (lambda counts, k: tuple(merged_by()(counts, k)), encode_by())),
    ],
    "q2": [
        ("SciPy's softmax", (look, attend)),
        ("PyTorch", (look_by_torch, attend_by_torch)),
        ("loops, float32, rows of padding 0", (look_by_loop, attend_by_einsum)),
        ("rows of padding are nan", (blind_rows, attend)),
        ("a masked array", (look_by_masked_array, attend)),
        ("a large number in place of infinity", (look_by_large_number, attend)),
    ],
    "q3": [
        ("as in the solution", third()),
        ("loops, lists, sorted", third(pool_by_loop, search_by_sorting)),
        ("PyTorch, a tensor of rows", third(pool_by_torch, search_by_torch)),
        (
            "rows as decimal numbers, a column",
            third(
                searching=lambda q, v, k: [float(i) for i in search(q, v, k)],
                found=lambda: best_rows()[:, None],
            ),
        ),
        ("weights, the library's cosine, an array", third(pool_by_weights, search_by_library, best_rows)),
    ],
    "q4": [
        ("x through both", (Layer,)),
        ("the summed weight at each call, a new layer", (ByWeight,)),
        ("a copy inside, another start of A", (OwnCopy,)),
        ("buffers", (InBuffers,)),
        ("a child of Linear", (OfLinear,)),
    ],
    "q5": [
        ("whole numbers", (SUMS,)),
        ("floats, NumPy", ({key: np.float64(value) for key, value in SUMS.items()},)),
        ("a Series", (pd.Series(SUMS, dtype=float),)),
        ("fractions", ({key: Fraction(value) for key, value in SUMS.items()},)),
        ("tensors", ({key: torch.tensor(float(value)) for key, value in SUMS.items()},)),
        ("in another order, arrays of one", ({k: np.array([v]) for k, v in reversed(SUMS.items())},)),
    ],
    "q6": [
        ("naive Bayes", sixth(bayes, "better")),
        ("pieces of words", sixth(letters, "better")),
        (
            "words once, a list, in capitals",
            sixth(words_once, "Better", lambda: list(scores_of_model(words_once)), by_words),
        ),
        ("a margin, without probabilities", sixth(margin, "better")),
        ("no idf cannot be told", sixth(without_idf, "cannot tell")),
        ("two columns are worse", sixth(two_columns, "worse")),
        ("a forest that can be repeated", sixth(fixed_forest, "cannot tell")),
        (
            "a column of scores, float32",
            sixth(
                bayes,
                "better",
                lambda: scores_of_model(bayes)[:, None].astype("f4"),
                lambda f, b: interval(f[:, 0] - b),
            ),
        ),
        ("a class without get_params", sixth(Rule, "better")),
        ("rounded, a Series", with_difference(lambda f, b: pd.Series(np.round(interval(f - b), 2)))),
    ],
}

WRONG = {
    "q1": [
        ("each word once", (merged_by(count=unweighted), encode_by())),
        ("a pair once a word", (merged_by(count=once_a_word), encode_by())),
        ("never counted anew", (merged_by(anew=False), encode_by())),
        ("ties: the last in order", (merged_by(best=lambda f: max(f, key=lambda p: (f[p], p))), encode_by())),
        ("ties: the first met", (merged_by(best=lambda f: max(f, key=f.get)), encode_by())),
        ("ties: the longest piece", (merged_by(best=by_both), encode_by())),
        (
            "ties: by the joined text",
            (merged_by(best=lambda f: min(f, key=lambda p: (-f[p], p[0] + p[1]))), encode_by()),
        ),
        ("from the right", (merged_by(join_from_right), encode_by())),
        ("a pair that occurs once is left out", (stops_at_one, encode_by())),
        ("a sign for the end of the word", (with_an_end, encode_by())),
        ("no pair left", (no_pair_left, encode_by())),
        (
            "the example's merges",
            (lambda counts, k: [("l", "l"), ("a", "ll"), ("c", "all")][:k], encode_by()),
        ),
        ("all in one go from the left", (merged_by(), encode_at_once)),
        ("empties the merges", (merged_by(), encode_and_empty)),
        ("text.replace", (merged_by(join_by_replace), encode_by())),
        ("only the first place", (merged_by(join_first), encode_by())),
        ("nothing when pairs run out", (without_the_end, encode_by())),
        ("joined texts", (as_texts, encode_by())),
        ("with the frequency", (with_frequency, encode_by())),
        ("one merge more", (one_more, encode_by())),
        ("backwards", (lambda counts, k: merged_by()(counts, k)[::-1], encode_by())),
        ("across the words", (across_words, encode_by())),
        ("empties the counts", (learn_in_place, encode_by())),
        ("a set", (lambda counts, k: set(merged_by()(counts, k)), encode_by())),
        ("the longest piece first", (merged_by(), encode_by_longest)),
        ("from the last merge", (merged_by(), encode_by(order=-1))),
        ("the first place of each", (merged_by(), encode_by(join_first))),
        ("by text.replace", (merged_by(), encode_by(join_by_replace))),
        ("characters", (merged_by(), lambda word, merges: list(word))),
        ("a text with blanks", (merged_by(), lambda word, merges: " ".join(encode_by()(word, merges)))),
        (
            "pieces that are known, others lost",
            (merged_by(), lambda w, m: [p for p in encode_by()(w, m) if p != w[0]]),
        ),
    ],
    "q2": [
        ("no root", (divided_by(lambda Q: 1.0), attend)),
        ("the width itself", (divided_by(lambda Q: Q.shape[2]), attend)),
        ("the number of tokens", (divided_by(lambda Q: Q.shape[1] ** 0.5), attend)),
        ("hidden after the softmax", (masked_after, attend)),
        ("scores times mask", (times_mask, attend)),
        ("scores plus mask", (plus_mask, attend)),
        ("rows hidden", (hide_rows, attend)),
        ("~ of a whole number is not not", (hide_by_tilde, attend)),
        ("the real ones hidden", (hide_real, attend)),
        ("no mask", (lambda Q, K, real: softmax(scores_of(Q, K), axis=2), attend)),
        ("softmax down the columns", (other_axis, attend)),
        ("keys look", (lambda Q, K, real: look(K, Q, real), attend)),
        ("overflow", (naive, attend)),
        ("the largest of all", (largest_of_all, attend)),
        ("scores cut off", (clipped, attend)),
        ("divided again after the mask, where padding took all", (divided_again, attend)),
        ("minus 100 for padding", (minus_hundred, attend)),
        ("causal as well", (causal, attend)),
        ("padding at the end taken for granted", (end_assumed, attend)),
        ("the root of the values' width", (look, root_of_values)),
        ("rounded", (lambda Q, K, real: look(Q, K, real).round(2), attend)),
        ("a score of -10 for padding", (hidden_a_little, attend)),
        ("changes the queries", (look_in_place, attend)),
        ("one text", (first_text_only, attend)),
        ("the scores", (lambda Q, K, real: scores_of(Q, K), attend)),
        ("weights turned round", (look, lambda Q, K, V, real: look(Q, K, real).swapaxes(1, 2) @ V)),
        ("padding in the values", (look, lambda Q, K, V, real: softmax(scores_of(Q, K), axis=2) @ V)),
        ("hidden after, values", (look, lambda Q, K, V, real: masked_after(Q, K, real) @ V)),
        ("only the weights", (look, lambda Q, K, V, real: look(Q, K, real))),
        ("a mean for each text", (look, lambda Q, K, V, real: attend(Q, K, V, real).mean(axis=1))),
    ],
    "q3": [
        ("padding in the mean", third(lambda tokens, real: tokens.mean(axis=1))),
        ("the sum", third(lambda tokens, real: (tokens * real[:, :, None]).sum(axis=1))),
        (
            "0 for padding, divided by all",
            third(lambda tokens, real: (tokens * real[:, :, None]).mean(axis=1)),
        ),
        ("divided by all tokens of the batch", third(lambda t, r: (t * r[:, :, None]).sum(axis=1) / r.sum())),
        ("the first token", third(lambda tokens, real: tokens[:, 0])),
        ("the largest", third(lambda tokens, real: tokens.max(axis=1))),
        ("over the numbers", third(lambda tokens, real: tokens.mean(axis=2))),
        ("length 1", third(lambda t, r: pool(t, r) / np.linalg.norm(pool(t, r), axis=1, keepdims=True))),
        (
            "padding at the end taken for granted",
            third(lambda t, r: [text[: mask.sum()].mean(axis=0) for text, mask in zip(t, r, strict=True)]),
        ),
        ("one token too many", third(lambda t, r: pool(t, r) * r.sum(1)[:, None] / (r.sum(1)[:, None] + 1))),
        ("the last k of argsort", third(searching=lambda q, v, k: search(q, v, len(v))[::-1][-k:])),
        (
            "opposite is similar",
            third(searching=lambda q, v, k: np.argsort(-np.abs(cosine_similarity([q], v)[0]))[:k]),
        ),
        ("the best leaves out itself", third(searching=lambda q, v, k: search(q, v, k + 1)[1:])),
        ("found: the second best", third(found=lambda: [0, 8, 3, 5])),
        ("the dot product", third(searching=by_length)),
        ("the distance", third(searching=by_distance)),
        ("the least similar", third(searching=lambda q, v, k: search(q, v, len(v))[::-1][:k])),
        ("the most similar last", third(searching=lambda q, v, k: search(q, v, k)[::-1])),
        ("rows from 1", third(searching=lambda q, v, k: search(q, v, k) + 1)),
        (
            "the similarities",
            third(searching=lambda q, v, k: np.sort(cosine_similarity([q], v)[0])[::-1][:k]),
        ),
        ("all rows", third(searching=lambda q, v, k: search(q, v, len(v)))),
        ("only the best", third(searching=lambda q, v, k: search(q, v, 1))),
        ("a set of rows in order of number", third(searching=lambda q, v, k: np.sort(search(q, v, k)))),
        ("changes the vectors", third(searching=search_in_place)),
        ("the headlines themselves", third(found=lambda: ["Man leads machine in chess duel"] * 4)),
        ("found from 1", third(found=lambda: best_rows() + 1)),
        ("found in order of rows", third(found=lambda: np.sort(best_rows()))),
        ("found with padding", third(found=lambda: [0, 1, 2, 4])),
        ("found for one", third(found=lambda: best_rows()[:1])),
        ("three for each", third(found=lambda: np.tile(best_rows(), (3, 1)).T)),
    ],
    "q4": [
        ("the layer is trained too", (NotFrozen,)),
        ("the bias is trained too", (BiasNotFrozen,)),
        ("both start at 0", (BothZero,)),
        ("both start at random", (BothRandom,)),
        ("all rows of A alike", (RowsAlike,)),
        ("A and B turned round", (Turned,)),
        ("tensors that no optimiser finds", (PlainTensors,)),
        ("no scale", (NoScale,)),
        ("divided by the rank", (ByRank,)),
        ("only the correction", (OnlyCorrection,)),
        ("the bias twice", (BiasTwice,)),
        ("A detached", (Detached,)),
        ("rows only", (OneAxis,)),
        ("merged in place", (MergedInPlace,)),
        ("merged without scale", (MergedWithoutScale,)),
        ("merged without bias", (MergedWithoutBias,)),
        ("the old layer", (MergedOld,)),
        ("a weight, no layer", (MergedWeight,)),
        ("itself", (MergedItself,)),
        ("no merged", (NoMerge,)),
        ("merged with a bias of its own", (NewBias,)),
        ("divided by the scale", (OtherScale,)),
        ("always rank 2", (AlwaysRankTwo,)),
        ("the scale is trained", (ScaleTrained,)),
        ("no gradient", (WithoutGradient,)),
        ("merged twice", (MergedTwice,)),
        ("merged, and B emptied", (MergedAndEmptied,)),
        ("merged without brackets", (MergedProperty,)),
        ("a function that makes one", (lambda linear, rank, scale: Layer(linear, rank, scale),)),
        ("no module", (NoModule,)),
        ("a layer in place of the class", lambda: (Layer(torch.nn.Linear(3, 2), 1, 1.0),)),
    ],
    "q5": [
        ("forward only", (SUMS | {"FLOPs": 2 * 8.03e9 * 1e8},)),
        ("one layer", (SUMS | {"trained": TRAINED // 32},)),
        ("4,096 values", (SUMS | {"trained": 32 * 16 * 4 * 4096},)),
        ("the query only", (SUMS | {"trained": 32 * 16 * 2 * 4096},)),
        ("the layers' own weights", (SUMS | {"trained": 32 * (4096 * 4096 + 4096 * 1024)},)),
        ("14 in place of 16", (SUMS | {"full bytes": 14 * 8.03e9},)),
        ("weights only", (SUMS | {"full bytes": 2 * 8.03e9},)),
        ("the frozen weights forgotten", (SUMS | {"LoRA bytes": 16 * TRAINED},)),
        ("A and B without their own bytes", (SUMS | {"LoRA bytes": 2 * 8.03e9 + 14 * TRAINED},)),
        ("keys only", (SUMS | {"cache bytes": SUMS["cache bytes"] / 2},)),
        ("32 heads", (SUMS | {"cache bytes": SUMS["cache bytes"] * 4},)),
        ("one text", (SUMS | {"cache bytes": SUMS["cache bytes"] / 8},)),
        ("for one token", (SUMS | {"FLOPs": 6 * 8.03e9},)),
        ("one multiplication, no addition", (SUMS | {"FLOPs": 3 * 8.03e9 * 1e8},)),
        ("keys too", (SUMS | {"trained": 32 * 16 * (2 * 4096 + 2 * 5120)},)),
        ("128 values", (SUMS | {"trained": 32 * 16 * (3 * 4096 + 128)},)),
        ("one head", (SUMS | {"cache bytes": 2 * 32 * 128 * 2 * 32000},)),
        ("4,096 tokens", (SUMS | {"cache bytes": 2 * 32 * 1024 * 2 * 8 * 4096},)),
        ("frozen weights with everything", (SUMS | {"LoRA bytes": 16 * 8.03e9 + 16 * TRAINED},)),
        ("not a number", (SUMS | {"trained": float("nan")},)),
        ("in GB", (SUMS | {"full bytes": 128.5},)),
        ("in millions", (SUMS | {"trained": 6.8},)),
        ("a text", (SUMS | {"trained": "6.8 million"},)),
        ("a list", (list(SUMS.values()),)),
        ("one is missing", ({k: v for k, v in SUMS.items() if k != "LoRA bytes"},)),
    ],
    "q6": [
        ("the mean", sixth(bayes, "better", lambda: scores_of_model(bayes).mean())),
        ("all sixteen", sixth(bayes, "better", lambda: np.r_[scores_of_model(bayes), [0.8] * 6])),
        ("words", sixth(bayes, "better", lambda: ["0.9"] * 10)),
        ("percent", sixth(bayes, "better", lambda: 100 * scores_of_model(bayes))),
        ("the baseline again", sixth(words, "cannot tell")),
        ("fitted on the judged messages", sixth(bayes, "better", lambda: scores_of_model(bayes, "test"))),
        ("fitted on everything", sixth(bayes, "better", lambda: scores_of_model(bayes, "everything"))),
        ("another model's scores", sixth(two_columns, "better", lambda: scores_of_model(bayes))),
        ("no text", sixth(no_text, "worse", lambda: np.linspace(0.1, 0.13, 10))),
        ("one number for all", sixth(constant_column, "worse", lambda: np.linspace(0.1, 0.13, 10))),
        ("the model, no function", lambda: (bayes(), *sixth(bayes, "better")()[1:])),
        ("a class", lambda: (lambda: MultinomialNB, *sixth(bayes, "better")()[1:])),
        ("a vectoriser", lambda: (lambda: TfidfVectorizer(), *sixth(bayes, "better")()[1:])),
        ("baseline minus rival", with_difference(lambda f, b: interval(b - f))),
        ("low first", with_difference(lambda f, b: tuple(np.array(interval(f - b))[[1, 0, 2]]))),
        ("only the mean", with_difference(lambda f, b: interval(f - b)[0])),
        ("overlap 1/9", with_difference(lambda f, b: interval(f - b, 1 / 9))),
        ("overlap 200/30", with_difference(lambda f, b: interval(f - b, 200 / 30))),
        ("1.96", with_difference(lambda f, b: interval(f - b, factor=1.96))),
        ("the rival's own interval", with_difference(lambda f, b: interval(f))),
        ("not in pairs", with_difference(lambda f, b: (np.mean(f - b), -0.2, 0.4))),
        ("cannot tell, but one can", sixth(bayes, "cannot tell")),
        ("better without a reason", sixth(without_idf, "better")),
        ("worse for better", sixth(bayes, "worse")),
        ("my own words", sixth(bayes, "characters win")),
        ("in another order", sixth(bayes, "better", lambda: scores_of_model(bayes)[::-1])),
        ("sorted", sixth(bayes, "better", lambda: np.sort(scores_of_model(bayes)))),
        ("ROC-AUC", sixth(bayes, "better", by_other_metric(roc_auc_score))),
        (
            "shares of right ones",
            sixth(bayes, "better", by_other_metric(lambda y, p: (y == (p > 0.5)).mean())),
        ),
        ("fitted once", sixth(bayes, "better", of_the_first_fit)),
        (
            "the better of two each time",
            sixth(
                letters,
                "better",
                lambda: np.maximum(scores_of_model(bayes), scores_of_model(words_once)),
            ),
        ),
        ("learns from all draws", sixth(OfAllDraws, "better")),
        ("wants a table", lambda: (NeedsTable, *sixth(bayes, "better")()[1:])),
        ("wants an argument", lambda: (lambda C: bayes(), *sixth(bayes, "better")()[1:])),
        ("a text", lambda: ("bayes", *sixth(bayes, "better")()[1:])),
        ("divided by n", with_difference(lambda f, b: interval(f - b, factor=2.262157 * 0.9**0.5))),
        ("overlap 1/4", with_difference(lambda f, b: interval(f - b, 1 / 4))),
        ("in percent", with_difference(lambda f, b: tuple(100 * np.array(interval(f - b))))),
        ("one digit", with_difference(lambda f, b: tuple(np.round(interval(f - b), 1)))),
        ("True", sixth(bayes, True)),
        ("the baseline changed", sixth(bayes, "better", baseline=lambda base: base - 0.2)),
    ],
}
