"""The questions of chapter 22, text: transformers and fine-tuning."""

import copy
import functools
import time
from collections import Counter

import numpy as np

from coursekit.checking import NotAttempted, attempt, given, need, question, told
from coursekit.loading import load


def plain(value):
    """The value as an array, also a tensor that still carries its slopes."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def called(function, *arguments, where=""):
    """What a learner's function returns; what it raises becomes a hint, and so does a changed argument."""
    name = getattr(function, "__name__", "Your function")
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    own = copy.deepcopy(arguments)
    found = attempt(lambda: function(*own))
    need(not isinstance(found, Exception), f"{name}{where} raises {told(found)}" if found is not None else "")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    for before, after in zip(arguments, own, strict=True):
        arrays = isinstance(before, np.ndarray)
        same = np.array_equal(before, after) if arrays else before == after
        need(same, f"{name} changes what it was given; work on a copy.")
    return found


def array_like(value, shape, name, what="numbers"):
    """The value as an array of numbers of this shape."""
    found = attempt(lambda: plain(value))
    fine = not isinstance(found, Exception) and found.dtype.kind in "biuf"
    need(fine, f"{name}: return an array of {what}.")
    need(found.shape == shape, f"{name}: the shape is {found.shape}; {shape} is asked for.")
    return found.astype(float)


def alike(a, b):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-3, atol=1e-5)


def in_order(value, what, of):
    """The value as a list: a list, an array, a Series, a generator."""
    loose = isinstance(value, str | bytes | dict | set | frozenset) or not np.iterable(value)
    need(not loose, f"{what}: return a list of {of}; that is a {type(value).__name__}.")
    return list(value)


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


# --- question 1 -----------------------------------------------------------------------------------


def joined(pieces, pair, only_first=False, by_replace=False):
    """The pieces of a word with one pair joined, from the left."""
    if by_replace:  # a text with blanks, in which a pair may begin in the middle of a piece
        return " ".join(pieces).replace(" ".join(pair), "".join(pair)).split(" ")
    done, i = [], 0
    while i < len(pieces):
        if tuple(pieces[i : i + 2]) == pair and not (only_first and len(done) < i):
            done.append("".join(pair))
            i += 2
        else:
            done.append(pieces[i])
            i += 1
    return done


def learned(counts, k, weigh=True, once=False, tie="first", stale=False, apart=False, **joining):
    """The first k merges, or what a slip makes of them."""
    words, merges = {word: list(word) for word in counts}, []
    frequency = Counter()
    while len(merges) < k:
        if not (stale and merges):
            frequency = Counter()
            for word, pieces in words.items():
                pairs, last = [], None
                for i, pair in enumerate(zip(pieces, pieces[1:], strict=False)):
                    if not (apart and last == (pair, i - 1)):
                        pairs.append(pair)
                        last = (pair, i)
                for pair in dict.fromkeys(pairs) if once else pairs:
                    frequency[pair] += counts[word] if weigh else 1
        if not frequency:
            break
        most = max(frequency.values())
        best = [pair for pair, n in frequency.items() if n == most]
        pair = {"first": min(best), "last": max(best), "met": best[0], "text": min(best, key="".join)}[tie]
        merges.append(pair)
        del frequency[pair]
        words = {word: joined(pieces, pair, **joining) for word, pieces in words.items()}
    return merges


def encoded(word, merges, **joining):
    pieces = list(word)
    for pair in merges:
        pieces = joined(pieces, tuple(pair), **joining)
    return pieces


def by_longest(word, merges):
    """The longest known piece from the left: the other way of cutting a word."""
    known, pieces = {a + b for a, b in merges}, []
    while word:
        end = next((end for end in range(len(word), 1, -1) if word[:end] in known), 1)
        pieces.append(word[:end])
        word = word[end:]
    return pieces


def word_counts():
    """Name, counts and k of each case."""
    example = {"call": 6, "all": 3, "ball": 2, "bell": 1}
    return [
        ("the example and k = 3", example, 3),
        ("the example and k = 5", example, 5),
        ("banana, bandana, nab, band", {"banana": 3, "bandana": 2, "nab": 4, "band": 3}, 5),
        ("oooo, too, tone", {"oooo": 3, "too": 2, "tone": 6, "net": 3}, 4),
        ("al, alll, bll", {"al": 20, "alll": 6, "bll": 5}, 5),
        ("ties: zy, yz, Zy, za", {"zy": 2, "yz": 2, "Zy": 2, "za": 2}, 3),
        ("ties between pieces: ab, aba, ac", {"ab": 20, "aba": 5, "ac": 5}, 2),
        ("ooo, to", {"ooo": 5, "to": 2}, 2),
        ("only two words, k = 9", {"ab": 2, "abc": 1}, 9),
        ("a word of one letter", {"a": 50, "to": 1}, 2),
        ("words of every day", {"the": 90, "then": 30, "there": 25, "other": 20, "her": 18, "these": 9}, 8),
    ]


def need_merges(learn_merges):
    for what, counts, k in word_counts():
        found = called(learn_merges, counts, k, where=f", {what},")
        what = f"learn_merges, {what}"
        found = in_order(found, what, "pairs")
        texts = [isinstance(pair, str) for pair in found]
        need(not any(texts), f'{what}: each merge is a pair such as ("l", "l"), not one text.')
        pairs = all(isinstance(p, list | tuple | np.ndarray) and len(p) == 2 for p in found)
        need(pairs, f"{what}: each merge is a pair of two texts (without its frequency).")
        found = [(str(a), str(b)) for a, b in found]
        right = learned(counts, k)
        if found == right:
            continue
        need(len(found) <= k, f"{what}: {len(found)} merges, but {k} are asked for.")
        slips = [
            ({"weigh": False}, "each word counts once; it counts as often as it occurs."),
            ({"once": True}, "a pair that stands twice in a word counts once; every place counts."),
            ({"apart": True}, "overlapping places are left out; every place counts, as in aaa."),
            ({"stale": True}, "the frequencies are those before the first merge; count again after each."),
            ({"tie": "text"}, "ties seem settled by the joined text; compare the pairs as tuples."),
            (
                {"tie": "last"},
                "that comes out if the last of equally frequent pairs is taken; take the first in order.",
            ),
            ({"tie": "met"}, "that comes out if the pair met first is taken of equally frequent ones."),
            ({"only_first": True}, "a merge joins only the first place in a word; join all."),
            ({"by_replace": True}, "text.replace joins also where a pair begins in the middle of a piece."),
        ]
        for slip, hint in slips:
            need(found != learned(counts, k, **slip), f"{what}: {hint}")
        need(
            found != right[::-1],
            f"{what}: the right merges from the last to the first; the first comes first.",
        )
        need(
            found != right[: len(found)],
            f"{what}: {len(found)} merges, all right, but more are to come. Does it stop too early?",
        )
        at = next(i for i in range(len(found)) if found[: i + 1] != right[: i + 1])
        need(
            False,
            f"{what}: merge {at + 1} is given as {found[at]}. Print the frequencies of all pairs "
            "just before it.",
        )


def words_to_encode():
    """Word and merges of each case."""
    english = learned(word_counts()[-1][1], 8)
    chain = [("b", "c"), ("a", "b"), ("c", "d")]
    doubled = [("l", "l"), ("a", "ll"), ("c", "all")]
    middle = [("a", "l"), ("l", "l"), ("al", "ll")]
    return [
        ("call", doubled),
        ("recall", doubled),
        ("llll", doubled),
        ("lll", doubled),
        ("z", doubled),
        ("abcd", chain),
        ("all", middle),
        ("alll", middle),
        ("otherthen", english),
        ("thethe", english),
        ("banana", []),
    ]


def need_encode(encode):
    for word, merges in words_to_encode():
        found = called(encode, word, merges, where=f", {word!r},")
        what = f"encode({word!r}, {merges[:3]}{' and more' if len(merges) > 3 else ''})"
        found = [str(piece) for piece in in_order(found, what, "texts")]
        if found == encoded(word, merges):
            continue
        need("".join(found) == word, f"{what}: the pieces {found} do not give the word when put together.")
        slips = [
            (list(word), "nothing is joined."),
            (
                by_longest(word, merges),
                "that comes out if the longest known piece is taken; apply the merges in their order.",
            ),
            (encoded(word, merges[::-1]), "that comes out if a later merge goes before an earlier one."),
            (encoded(word, merges, only_first=True), "a merge joins only the first place; join all."),
            (encoded(word, merges, by_replace=True), "text.replace joins also in the middle of a piece."),
            (encoded(word, merges[:1]), "only the first merge is applied."),
            (encoded(word, merges[:-1]), "the last merge is not applied."),
        ]
        for other, hint in slips:
            need(found != other, f"{what}: {hint}")
        need(False, f"{what}: {found}. Apply the merges one after the other by hand.")


@question
def q1(learn_merges, encode):
    if given(learn_merges):
        need_merges(learn_merges)
    if given(encode):
        need_encode(encode)


# --- question 2 -----------------------------------------------------------------------------------


def soft(scores, axis=-1):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)


def weights_of(Q, K, real, axis=2, divide=None, mask="keys"):
    """Attention weights of a batch, or what a slip makes of them."""
    scores = Q @ K.swapaxes(1, 2) / (Q.shape[2] ** 0.5 if divide is None else divide)
    keys = (real == 1)[:, None, :]
    hide = {
        "keys": np.where(keys, scores, -np.inf),
        "columns": np.where(keys, scores, -1e300),
        "reversed": np.where(keys, -1e300, scores),
        "times": scores * keys,
        "plus": scores + keys,
    }
    weights = soft(hide.get(mask, scores), axis)
    return weights * keys if mask == "after" else weights


def batches():
    """Name and arrays (queries, keys, values, real) of each case."""
    rng = np.random.default_rng(22)

    def batch(lengths, n_tokens, width, out, front=False, scale=1.0):
        n = len(lengths)
        real = (np.arange(n_tokens) < np.array(lengths)[:, None]).astype(int)
        real = real[:, ::-1].copy() if front else real
        Q, K = rng.normal(0, scale, (2, n, n_tokens, width))
        V = rng.normal(0, 1, (n, n_tokens, out))
        return Q, K, V, real

    few = batch([5, 3, 4], 5, 8, 6)
    far = batch([4, 3, 2], 4, 2, 3)
    far[0][:] = 1000.0
    far[1][:] = rng.normal(0, 0.001, far[1].shape)
    far[1][0] += 1
    far[1][1] -= 1
    far[0][2, 1] *= -1
    far[1][2, 2:] = 1.0  # padding with the largest scores of all
    return [
        ("three texts of 5, 3 and 4 tokens", *few),
        ("no padding", *batch([4, 4], 4, 16, 16)),
        ("padding in front", *batch([2, 6, 3], 6, 4, 5, front=True)),
        ("a text of one token", *batch([1, 3], 3, 9, 2, scale=1.5)),
        ("scores in the thousands", *far),
    ]


WEIGHT_SLIPS = [
    ({"divide": 1.0}, "the scores are not divided by the root of the width."),
    ({"mask": "after"}, "hidden after the softmax: the weights of the real tokens no longer sum to 1."),
    (
        {"mask": "none"},
        "the padding gets weight. Hide its columns, the tokens that are looked at; not its rows.",
    ),
    ({"mask": "times"}, "a score of 0 is no small score: the softmax still gives padding weight."),
    ({"mask": "plus"}, "adding the mask hides nothing: the score of padding has to be minus infinity."),
    ({"mask": "reversed"}, "the real tokens are hidden and the padding is seen."),
    ({"axis": 1, "mask": "columns"}, "the softmax runs over the tokens that look; each row has to sum to 1."),
]


def slipped(Q, K, real):
    """(weights, hint) of each usual slip."""
    found = [(weights_of(Q, K, real, **slip), hint) for slip, hint in WEIGHT_SLIPS]
    width = "divide by the root of the width of a query, not by"
    found.append((weights_of(Q, K, real, divide=Q.shape[2]), f"{width} the width itself."))
    found.append((weights_of(Q, K, real, divide=Q.shape[1] ** 0.5), f"{width} that of the number of tokens."))
    found.append((weights_of(K, Q, real), "keys and queries have changed places."))
    to_the_left = -np.sort(-real, axis=1)
    found.append((weights_of(Q, K, to_the_left), "the padding may also stand in front; use real as it is."))
    turned = weights_of(Q, K, real).swapaxes(1, 2)
    found.append((turned, "rows and columns have changed places."))
    same = np.full(turned.shape, 1 / Q.shape[1])
    found.append((same, "all tokens get the same weight. Is every score hidden? For 0 and 1, ~ is no 'not'."))
    seen = Q @ K.swapaxes(1, 2) / Q.shape[2] ** 0.5
    found.append((seen, "those are the scores; the softmax is missing."))
    return found


def need_weights(attention_weights):
    for what, Q, K, _, real in batches():
        found = called(attention_weights, Q, K, real)
        n, t, _ = Q.shape
        found = array_like(found, (n, t, t), f"attention_weights, {what}")
        looks = real == 1  # what a row of padding holds is nobody's business
        right = weights_of(Q, K, real)
        if alike(found[looks], right[looks]):
            continue
        columns = np.where((real == 1)[:, None, :], found, 0)[looks]
        need(
            np.isfinite(found[looks]).all() or not np.isfinite(columns).all(),
            f"attention_weights, {what}: some weights are no finite numbers, those of padding. Does the "
            "softmax run down the columns? Each row has to sum to 1.",
        )
        need(
            np.isfinite(found[looks]).all(),
            f"attention_weights, {what}: some weights are no finite numbers. Hide the padding, take out the "
            "largest score of each row, and only then exp.",
        )
        for other, hint in slipped(Q, K, real):
            need(not alike(found[looks], other[looks]), f"attention_weights, {what}: {hint}")
        hidden = np.broadcast_to((real == 0)[:, None, :], found.shape)
        leaks = np.abs(np.where(hidden, found, 0)[looks]).max()
        need(leaks < 1e-6, f"attention_weights, {what}: a token of padding has the weight {leaks:.2g}.")
        total = found[looks].sum(axis=1)
        worst = total[np.abs(total - 1).argmax()]
        need(
            abs(worst - 1) < 1e-3,
            f"attention_weights, {what}: a row of weights sums to {worst:.3g}, not to 1.",
        )
        need(
            False,
            f"attention_weights, {what}: rows sum to 1 and padding has no weight, but the weights are "
            "others. Compute the scores of one row by hand. Is something cut off?",
        )


def need_attention(attention):
    for what, Q, K, V, real in batches():
        found = called(attention, Q, K, V, real)
        n, t, _ = Q.shape
        found = array_like(found, (n, t, V.shape[2]), f"attention, {what}")
        looks = real == 1
        right = weights_of(Q, K, real) @ V
        if alike(found[looks], right[looks]):
            continue
        need(np.isfinite(found[looks]).all(), f"attention, {what}: some results are no finite numbers.")
        for other, hint in slipped(Q, K, real):
            need(not alike(found[looks], (other @ V)[looks]), f"attention, {what}: {hint}")
        narrow = weights_of(Q, K, real, divide=V.shape[2] ** 0.5) @ V
        need(not alike(found[looks], narrow[looks]), f"attention, {what}: d is the width of Q, not of V.")
        need(False, f"attention, {what}: each row is its weights times the values, summed.")


@question
def q2(attention_weights, attention):
    if given(attention_weights):
        need_weights(attention_weights)
    if given(attention):
        need_attention(attention)


# --- question 3 -----------------------------------------------------------------------------------


def means(tokens, real):
    kept = (real == 1)[:, :, None]
    return (tokens * kept).sum(axis=1) / kept.sum(axis=1)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def token_batches():
    """Name, vectors of tokens and mask of each case."""
    rng = np.random.default_rng(27)
    found = []
    for what, lengths, n_tokens, front in [
        ("four texts of 5, 2, 3 and 1 tokens", [5, 2, 3, 1], 5, False),
        ("no padding", [3, 3], 3, False),
        ("padding in front", [2, 4], 4, True),
    ]:
        real = (np.arange(n_tokens) < np.array(lengths)[:, None]).astype(int)
        real = real[:, ::-1].copy() if front else real
        found.append((what, rng.normal(0.5, 2, (len(lengths), n_tokens, 6)), real))
    return found


def need_pool(pool):
    for what, tokens, real in token_batches():
        n, t, width = tokens.shape
        found = array_like(called(pool, tokens, real), (n, width), f"pool, {what}")
        right = means(tokens, real)
        if alike(found, right):
            continue
        need(np.isfinite(found).all(), f"pool, {what}: some are no finite numbers.")
        kept = (real == 1)[:, :, None]
        total = (tokens * kept).sum(axis=1)
        slips = [
            (tokens.mean(axis=1), "the padding is in the mean."),
            (total, "that is the sum; the mean is asked for."),
            (total / t, "divide by the number of real tokens of the text, not by that of all places."),
            (total / kept.sum(), "divide by the number of real tokens of this text, not of the batch."),
            (tokens[:, 0], "that is the first token; the mean is asked for."),
            (tokens.max(axis=1), "that is the largest value; the mean is asked for."),
            (np.where(kept, tokens, -np.inf).max(axis=1), "that is the largest value, not the mean."),
            (unit(right), "those have length 1; return the mean as it is."),
            ((tokens * ~kept).sum(axis=1) / t, "the real tokens are left out."),
            (means(tokens, -np.sort(-real, axis=1)), "the padding may also stand in front."),
        ]
        for other, hint in slips:
            need(not alike(found, other), f"pool, {what}: {hint}")
        need(False, f"pool, {what}: that is not the mean of the real tokens. Compute one text by hand.")


def searches():
    """Question, vectors and k of each case; lengths differ widely."""
    rng = np.random.default_rng(72)
    found = []
    for n, width, k in [(12, 5, 4), (6, 3, 2), (9, 4, 1), (5, 4, 5), (80, 6, 15)]:
        vectors = rng.normal(0, 1, (n, width)) * rng.uniform(0.2, 6, (n, 1))
        found.append((rng.normal(0, 3, width), vectors, k))
    return found


def row_numbers(value, name, length):
    """The value as a list of whole numbers."""
    need(not isinstance(value, dict), f"{name}: a list of row numbers, not a dictionary.")
    found = attempt(lambda: plain(list(value)) if not hasattr(value, "detach") else plain(value))
    need(not isinstance(found, Exception), f"{name}: return {length} row numbers.")
    found = found.reshape(-1) if found.shape == (length, 1) else found
    need(
        found.ndim == 1,
        f"{name}: return {length} row numbers, one after the other; the shape is {found.shape}.",
    )
    whole_ones = found.dtype.kind in "iu" or found.dtype.kind == "f" and np.all(found == found.round())
    need(whole_ones, f"{name}: row numbers are whole numbers; do you return the similarities, or texts?")
    need(len(found) == length, f"{name}: {len(found)} row numbers; {length} are asked for.")
    return found.astype(int)


def need_search(search):
    for asked, vectors, k in searches():
        found = row_numbers(called(search, asked, vectors, k), "search", k)
        n = len(vectors)
        cosine = unit(vectors) @ unit(asked)
        right = np.argsort(-cosine)
        if np.array_equal(found, right[:k]):
            continue
        what = f"search, {n} texts and k = {k}"
        need(found.max() < n, f"{what}: row {found.max()} does not exist; rows count from 0.")
        need(len(set(found)) == k, f"{what}: a row comes twice.")
        distance = np.linalg.norm(vectors - asked, axis=1)
        lengths = np.linalg.norm(vectors, axis=1)
        slips = [
            (right[:k] + 1, "rows count from 0."),
            (right[::-1][:k], "that begins with the least similar."),
            (right[:k][::-1], "the right rows; the most similar comes first."),
            (
                np.argsort(-vectors @ asked)[:k],
                "long vectors win: divide by the length of each text's vector.",
            ),
            (np.argsort(-np.abs(cosine))[:k], "the opposite direction counts as similar."),
            (np.argsort(distance)[:k], "those are the nearest by distance; the angle is asked for."),
            (np.argsort(-vectors @ asked / lengths**2)[:k], "divided by the squared length of a vector."),
            (np.arange(k), "those are the first rows."),
            (np.sort(right[:k]), "the right rows, sorted by number; the most similar comes first."),
            (np.argsort(right)[:k], "argsort is used twice: those are ranks."),
        ]
        for other, hint in slips:
            need(not np.array_equal(found, other), f"{what}: {hint}")
        need(False, f"{what}: {found.tolist()} are not the most similar ones. Print the cosine of every row.")


def need_found(found, tokens, real, asked_tokens, asked_real):
    tokens, real, asked_tokens, asked_real = map(plain, (tokens, real, asked_tokens, asked_real))
    vectors, asked = means(tokens, real), means(asked_tokens, asked_real)
    cosines = unit(asked) @ unit(vectors).T
    numbers = row_numbers(found, "found", len(asked))
    need(numbers.min() >= 0 and numbers.max() < len(vectors), "found: a row number that no headline has.")
    best = cosines.argmax(axis=1)
    given_up = cosines.max(axis=1) - cosines[np.arange(len(asked)), numbers]
    if given_up.max() < 1e-3:
        return
    need(not np.array_equal(numbers, best + 1), "found: rows count from 0.")
    need(not np.array_equal(numbers, cosines.argmin(axis=1)), "found: those are the least similar headlines.")
    need(not np.array_equal(np.sort(numbers), np.sort(best)), "found: keep the order of the questions.")
    first = int(given_up.argmax())
    need(
        False,
        f"found: for question {first} there is a headline with a larger cosine than that of row "
        f"{numbers[first]}.",
    )


@question
def q3(pool, search, found, given_tokens, given_real, given_asked_tokens, given_asked_real):
    if given(pool):
        need_pool(pool)
    if given(search):
        need_search(search)
    made = given_tokens, given_real, given_asked_tokens, given_asked_real
    if whole(found) and given(found, *made):
        need_found(found, *made)


# --- question 4 -----------------------------------------------------------------------------------


def run(name, function, *arguments):
    """What a part of the class returns; what it raises becomes a hint, a stub counts as blank."""
    found = attempt(lambda: function(*arguments))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}" if found is not None else "")
    if found is ...:
        raise NotAttempted("LoRA")
    need(found is not None, f"{name} returns nothing: does it end with return?")
    return found


def close(a, b):
    return a.shape == b.shape and np.allclose(plain(a), plain(b), rtol=1e-4, atol=1e-5)


def shifted(linear, x, update):
    """The layer's output when its weight is this much larger."""
    import torch

    return torch.nn.functional.linear(x, linear.weight + update, linear.bias)


def need_parts(layer, linear, rank):
    """A and B of the right shapes, and nothing else to be trained."""
    import torch

    n_out, n_in = linear.weight.shape
    for name, shape in [("A", (rank, n_in)), ("B", (n_out, rank))]:
        need(hasattr(layer, name), f"The layer has no {name}: keep it as self.{name}.")
        part = getattr(layer, name)
        fine = isinstance(part, torch.nn.Parameter)
        need(fine, f"{name} is a {type(part).__name__}; a torch.nn.Parameter is what an optimiser finds.")
        seen = f"For {n_in} inputs, {n_out} outputs and rank {rank}, {name} has the shape {tuple(part.shape)}"
        need(tuple(part.shape) == shape, f"{seen}; it should be {shape}.")
        need(part.requires_grad, f"{name} is not trained: its requires_grad is False.")
    trained = [part for part in layer.parameters() if part.requires_grad]
    others = [tuple(part.shape) for part in trained if part is not layer.A and part is not layer.B]
    need(not others, f"Besides A and B, tensors of the shapes {others} would be trained; freeze them.")
    A = plain(layer.A)
    need(not np.allclose(plain(layer.A), 0) or not np.allclose(plain(layer.B), 0), BOTH_ZERO)
    need(np.allclose(plain(layer.B), 0), "B does not start at 0, so the layer starts with another output.")
    same = rank > 1 and np.allclose(A, A[0])
    need(not same, "All rows of A start alike, get the same gradients and stay alike; make them random.")


BOTH_ZERO = "A and B both start at 0: then both gradients are 0 for ever. Only B starts at 0."


def need_lora(LoRA):
    import torch

    need(isinstance(LoRA, type), f"LoRA is a class; here it is a {type(LoRA).__name__}.")
    need(issubclass(LoRA, torch.nn.Module), "LoRA is a torch.nn.Module: class LoRA(torch.nn.Module).")
    generator = torch.Generator().manual_seed(4)
    cases = [(7, 5, 2, 0.7, True), (4, 6, 3, 2.0, True), (6, 6, 1, 1.5, False), (5, 5, 4, 1.0, True)]
    for n_in, n_out, rank, scale, bias in cases:
        linear = torch.nn.Linear(n_in, n_out, bias=bias)
        before = copy.deepcopy(linear)
        x = torch.randn(3, n_in, generator=generator)
        of_texts = torch.randn(2, 3, n_in, generator=generator)
        layer = run("LoRA(linear, rank, scale)", LoRA, linear, rank, scale)
        first = run("forward", layer, x)
        need(isinstance(first, torch.Tensor), f"forward returns a {type(first).__name__}, not a tensor.")
        need_parts(layer, linear, rank)
        expected = before(x)
        need(
            close(first, expected),
            "At the start (B is 0) the layer does not return what linear(x) returns. Does it add to it?",
        )
        with torch.no_grad():
            layer.A.copy_(torch.randn(layer.A.shape, generator=generator))
            layer.B.copy_(torch.randn(layer.B.shape, generator=generator))
        update = (layer.B @ layer.A).detach()
        case = f"with rank {rank} and scale {scale:g}, after A and B have changed"
        for inputs in (x, of_texts):
            found = run("forward", layer, inputs)
            right = shifted(before, inputs, scale * update)
            if close(found, right):
                continue
            slips = [
                (shifted(before, inputs, update), "the scale is not used."),
                (shifted(before, inputs, update / scale), "divided by the scale; it is a factor."),
                (shifted(before, inputs, update * scale / rank), "divided by the rank; scale is the factor."),
                (before(inputs), "A and B have no influence."),
                (shifted(before, inputs, -scale * update), "the update is subtracted."),
                (right - before(inputs), "linear(x) itself is missing."),
                (right + (before.bias if bias else 0), "the bias is added twice."),
                (right - (before.bias if bias else 0), "the bias is lost."),
            ]
            for other, hint in slips:
                need(not close(found, other), f"forward, {case}: {hint}")
            need(False, f"forward, {case}, is not linear(x) plus scale times x through A, then B.")
        layer.zero_grad()
        learns = run("forward", layer, x).requires_grad
        need(learns, "forward's result carries no gradient, so A and B never learn.")
        run("forward", layer, x).square().sum().backward()
        for name in "AB":
            slope = getattr(layer, name).grad
            learns = slope is not None and bool(slope.abs().max() > 0)
            need(learns, f"After backward, {name} has no gradient. Is it detached on the way?")
        need(hasattr(layer, "merged"), "The layer has no method merged.")
        called_at_once = not isinstance(layer.merged, torch.nn.Module)
        need(called_at_once, "merged is a method that is called: merged(). Here it is a layer already.")
        whole_layer = run("merged", layer.merged)
        need(
            type(whole_layer) is torch.nn.Linear,
            f"merged returns a {type(whole_layer).__name__}; a new torch.nn.Linear is asked for.",
        )
        kept = np.allclose(plain(linear.weight), plain(before.weight))
        need(kept, "merged or forward has changed the weight of the original layer; make a new one.")
        found, right = whole_layer(x), shifted(before, x, scale * update)
        if not close(found, right):
            own_bias = not bias and whole_layer.bias is not None
            need(not own_bias, "merged: the given layer has no bias, the new one has.")
            slips = [
                (before(x), "it holds the original weight only."),
                (shifted(before, x, update), "the scale is not used."),
                (right - (before.bias if bias else 0), "the bias is lost."),
                (shifted(before, x, 2 * scale * update), "the update is in it twice."),
            ]
            for other, hint in slips:
                need(not close(found, other), f"merged, {case}: {hint}")
            need(False, f"merged, {case}: it does not return what the layer returns.")
        need(
            close(run("forward", layer, x), right), f"{case}: after merged(), forward returns something else."
        )


@question
def q4(LoRA):
    import torch

    with torch.random.fork_rng(devices=[]):  # the learner's own random numbers go on as if nothing was
        need_lora(LoRA)


# --- question 5 -----------------------------------------------------------------------------------

LAYERS, WIDTH, KV_HEADS, HEAD, WEIGHTS, RANK, TOKENS, TEXTS = 32, 4096, 8, 128, 8.03e9, 16, 4000, 8
KEYS = ("FLOPs", "trained", "full bytes", "LoRA bytes", "cache bytes")


def sums_of():
    """The numbers, and for each the usual slips."""
    narrow = KV_HEADS * HEAD
    trained = LAYERS * RANK * ((WIDTH + WIDTH) + (WIDTH + narrow))
    cache = 2 * LAYERS * narrow * 2 * TOKENS * TEXTS
    right = {
        "FLOPs": 6 * WEIGHTS * 100e6,
        "trained": trained,
        "full bytes": 16 * WEIGHTS,
        "LoRA bytes": 2 * WEIGHTS + 16 * trained,
        "cache bytes": cache,
    }
    one = "that is for one layer; there are 32."
    slips = {
        "FLOPs": [
            (2 * WEIGHTS * 100e6, "that is the way forward only; the way back takes twice that."),
            (4 * WEIGHTS * 100e6, "that is the way back only; the way forward comes before it."),
            (WEIGHTS * 100e6, "how many operations does training take for each weight and token?"),
            (6 * WEIGHTS, "that is for one token."),
            (3 * WEIGHTS * 100e6, "a multiplication and an addition are two operations."),
        ],
        "trained": [
            (trained / LAYERS, one),
            (LAYERS * RANK * 4 * WIDTH, "the value layer has fewer outputs: 8 heads of 128."),
            (
                LAYERS * RANK * 2 * (WIDTH + narrow),
                "the query layer has 4,096 outputs; only values have fewer.",
            ),
            (LAYERS * RANK * 2 * WIDTH, "that is the query layer alone; the value layer gets a LoRA too."),
            (LAYERS * RANK * (WIDTH + narrow), "that is the value layer alone."),
            (LAYERS * (WIDTH * WIDTH + WIDTH * narrow), "those are the weights of the layers themselves."),
            (LAYERS * RANK * 2 * WIDTH * 2, "the value layer has fewer outputs: 8 heads of 128."),
            (trained / RANK, "that is for rank 1."),
            (LAYERS * RANK * (3 * WIDTH + HEAD), "the value layer has 8 heads of 128 outputs each."),
            (trained + LAYERS * RANK * (WIDTH + narrow), "only queries and values get a LoRA."),
        ],
        "full bytes": [
            (2 * WEIGHTS, "that holds the weights only; training needs 14 bytes more for each."),
            (14 * WEIGHTS, "the 2 bytes of the weight itself are missing."),
            (16 * (WEIGHTS + trained), "full fine-tuning has no LoRA weights."),
            (4 * WEIGHTS, "that leaves out what AdamW keeps for each weight."),
        ],
        "LoRA bytes": [
            (2 * WEIGHTS + 14 * trained, "the weights of A and B take their 2 bytes too."),
            (16 * trained, "the frozen weights are in the memory as well."),
            (16 * WEIGHTS + 16 * trained, "frozen weights need no gradient and no moments."),
            (2 * WEIGHTS, "what A and B need for training is missing."),
        ],
        "cache bytes": [
            (cache / 2, "keys and values are kept, with 2 bytes for each number: is a factor 2 missing?"),
            (cache / 4, "keys and values are kept, with 2 bytes for each number: two factors of 2."),
            (cache / LAYERS, one),
            (cache / TEXTS, "an eighth: there are 8 texts, and 8 heads of keys and of values."),
            (cache / TOKENS, "that is for one token of each text."),
            (cache / TOKENS / TEXTS, "that is for one token of one text."),
            (cache * 4, "keys and values have 8 heads here, not 32."),
            (cache * 2, "one factor 2 too many."),
        ],
    }
    return right, slips


@question
def q5(sums):
    sums = sums.to_dict() if hasattr(sums, "to_dict") else sums
    need(isinstance(sums, dict), 'sums is a dictionary such as {"trained": …}.')
    missing = [key for key in KEYS if key not in sums]
    need(not missing, f"sums: {', '.join(map(repr, missing))} is missing.")
    right, slips = sums_of()
    for key in KEYS:
        if not given(sums[key]):
            continue
        value = sums[key]
        number = not isinstance(value, str | bool) and plain(value).size == 1
        value = attempt(lambda value=value: float(np.reshape(plain(value), -1)[0])) if number else None
        need(isinstance(value, float), f"sums[{key!r}] is one number.")
        if np.isclose(value, right[key], rtol=1e-6):
            continue
        for other, hint in slips[key]:
            need(not np.isclose(value, other, rtol=1e-6), f"sums[{key!r}]: {hint}")
        for factor, unit_ in [(1e9, "billions"), (2**30, "GiB"), (1e6, "millions"), (2**20, "MiB")]:
            in_units = np.isclose(value * factor, right[key], rtol=0.02)
            need(not in_units, f"sums[{key!r}]: that is in {unit_}; give the plain number, not rounded.")
        near = np.isclose(value, right[key], rtol=0.05)
        tell = "Close, but is it rounded, or a small part forgotten?" if near else "Write the product out."
        need(False, f"sums[{key!r}] is given as {value:,.10g}. {tell}")


# --- question 6 -----------------------------------------------------------------------------------

BASELINE = np.array([0.677, 0.799, 0.705, 0.753, 0.891, 0.899, 0.782, 0.903, 0.815, 0.748])
NEAR = 0.006  # two digits are enough
FACTOR = 2.2622  # of t, for ten differences


def interval(differences, overlap=0.0, t=FACTOR, ddof=1):
    """Mean difference over draws, and the ends of its 95 % interval."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=ddof) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def judged_draws():
    """Messages and labels of the notebook's ten judged draws: 30 to learn from and 200 to judge on."""
    table = load("sms")
    text = table["text"].str.replace(r"PHONE|EMAIL|URL|&lt;#&gt;|\d+", " NUM ", regex=True)
    text = text.str.replace(r"&\w+;|£|[^\x20-\x7e]", " ", regex=True).str.split().str.join(" ")
    letters = text.str.lower().str.replace(r"[^a-z]", "", regex=True)
    kept = ~letters.duplicated() & (letters != "")
    texts = text[kept].to_numpy(dtype=object)
    is_spam = table.loc[kept, "is_spam"].to_numpy(bool)
    rng = np.random.default_rng(0)
    spam = rng.permutation(np.flatnonzero(is_spam))
    good = rng.permutation(np.flatnonzero(~is_spam))
    draws = []
    for i in range(16):
        s, g = spam[33 * i : 33 * i + 33], good[197 * i : 197 * i + 197]
        draws.append((np.r_[s[:10], g[:20]], np.r_[s[10:], g[20:]]))
    return [(texts[a], is_spam[a], texts[b], is_spam[b]) for a, b in draws[6:]]


def ten_numbers(values, name):
    """The ten scores as an array, if they can be what was asked for."""
    ten = f"{name} are ten numbers, one for each judged draw"
    need(np.ndim(values) > 0, f"{ten}; a mean has no spread.")
    found = attempt(lambda: np.asarray(list(values)))
    need(not isinstance(found, Exception) and found.dtype.kind in "iuf", f"{ten}.")
    found = found.reshape(-1) if found.shape == (10, 1) else found
    need(found.shape == (10,), f"{ten}; the shape is {found.shape}.")
    found = found.astype(float)
    need(np.isfinite(found).all(), f"Some of {name} are no numbers.")
    need(
        (found >= 0).all() and (found <= 1).all(),
        f"An average precision lies between 0 and 1; not all of {name} do.",
    )
    return found


FLAT = "Does it use the text at all?"


def judge_scores(scores, baseline):
    scores = ten_numbers(scores, "rival_scores")
    need(np.ptp(scores) > 1e-9, f"The ten of rival_scores are all the same. {FLAT}")
    same = np.allclose(scores, baseline, atol=1e-6)
    need(not same, "rival_scores are those of the baseline: choose another model, or other features.")
    need(
        scores.mean() < 0.97,
        f"A mean average precision of {scores.mean():.3f} with 30 labels is more than anything honest that "
        "we tried. Has the model seen the messages that it is judged on?",
    )
    return scores


def model_of(rival):
    """What rival() returns, if it is an unfitted model."""
    from sklearn.base import clone

    need(
        callable(rival),
        f"rival is a function that returns the model; here it is a {type(rival).__name__}, no function.",
    )
    model = attempt(rival)
    if model is ...:
        raise NotAttempted("rival")
    need(not isinstance(model, Exception), f"rival() raises {told(model)}" if model is not None else "")
    need(model is not None, "rival returns nothing: does it end with return?")
    need(not isinstance(model, type), f"rival returns the class {model}; return a model, made by calling it.")
    fits = hasattr(model, "fit") and (hasattr(model, "predict_proba") or hasattr(model, "decision_function"))
    need(
        fits,
        f"rival returns a {type(model).__name__}; return an unfitted model with fit, and with predict_proba "
        "or decision_function.",
    )
    return clone(model) if hasattr(model, "get_params") else model


def certainty_of(rival, number, turned=False):
    """How sure the rival is of spam on one judged draw, fitted on its 30 messages."""
    import joblib
    from threadpoolctl import threadpool_limits

    texts, labels, new_texts, new_labels = judged_draws()[number]
    model = model_of(rival)
    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        fitted = attempt(lambda: model.fit(texts.copy(), ~labels if turned else labels.copy()))
        need(
            not isinstance(fitted, Exception), f"rival().fit with an array of 30 texts raises {told(fitted)}"
        )
        by = model.predict_proba if hasattr(model, "predict_proba") else model.decision_function
        found = attempt(lambda: plain(by(new_texts.copy())))
        failed = isinstance(found, Exception)
        need(not failed, f"rival(), with an array of 200 texts, raises {told(found)}" if failed else "")
    if hasattr(model, "predict_proba"):
        need(found.ndim == 2 and found.shape[1] == 2, "predict_proba gives no two columns.")
        found = found[:, 1]
    found = found.reshape(-1)
    need(found.shape == new_labels.shape, "rival gives no single score for each message.")
    need(np.ptp(found) > 1e-12, f"rival gives every message of a draw the same score. {FLAT}")
    return found, new_labels


def score_on(rival, number, turned=False):
    from sklearn.metrics import average_precision_score

    certainty, labels = certainty_of(rival, number, turned)
    return average_precision_score(labels, certainty)


def need_its_scores(rival, scores):
    """Are the scores those of this model, on draws that it has not seen?"""
    from sklearn.metrics import roc_auc_score

    start = time.process_time()
    for number in (0, 6, 3, 9, 1, 2, 4, 5, 7, 8):
        own = score_on(rival, number)
        if number == 0 and own > 0.4:
            turned = score_on(rival, number, turned=True)
            need(
                turned < own - 0.05,
                f"With a draw's 30 labels turned round, it scores {turned:.2f}, before it was {own:.2f}. "
                "It does not learn from these labels. From which?",
            )
        if scores is not None and abs(scores[number] - own) > 0.015:
            certainty, labels = certainty_of(rival, number)
            area = abs(scores[number] - roc_auc_score(labels, certainty)) < 0.002
            need(not area, f"rival_scores[{number}] is the area under the ROC curve; see draw_scores.")
            chance = abs(score_on(rival, number) - own) > 1e-9  # it draws anew at every fit
            again = " (It draws random numbers: give it a random_state.)" if chance else ""
            need(
                chance and abs(scores[number] - own) < 0.25,
                f"rival_scores[{number}] is {scores[number]:.3f}; here rival(), fitted on the 30 messages of "
                f"that draw, gets {own:.3f}. Are these its scores, on the judged draws and in their "
                f"order?{again}",
            )
        if scores is None or time.process_time() - start > 0.4:
            return


def need_the_interval(difference, scores, baseline):
    """Are these mean and ends of the interval of the paired differences?"""
    three = "difference is three numbers: mean, low, high."
    need(np.iterable(difference) and len(list(difference)) == 3, three)
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", three)
    got, differences = got.astype(float), scores - baseline
    right = interval(differences)
    mean, low, high = right
    for narrower, hint in [
        (interval(differences, ddof=0), "divide the squares by n - 1 (ddof=1), not by n."),
        (interval(differences, t=1.96), "with ten differences the factor is that of t, not 1.96."),
    ]:
        exact = np.allclose(got, narrower, rtol=0, atol=2e-4)
        need(not exact or np.allclose(got, right, rtol=0, atol=2e-4), f"difference: {hint}")
    if np.allclose(got, right, rtol=0, atol=NEAR):
        return
    apart = np.sqrt((np.var(scores, ddof=1) + np.var(baseline, ddof=1)) / 10)
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(differences, 1 / 9), "The draws share no message: the overlap is 0."),
        (interval(differences, 200 / 30), "The draws share no message: the overlap is 0."),
        (interval(differences, 30 / 200), "The draws share no message: the overlap is 0."),
        (interval(differences, t=1.96), "With ten differences the factor is that of t, not 1.96."),
        (interval(differences, t=FACTOR * 10**0.5), "That is the spread of one draw, not of the mean."),
        (mean + np.array([0, -FACTOR, FACTOR]) * apart, "Subtract draw by draw first."),
        (interval(scores), "That is the interval of the rival's scores; subtract the baseline's first."),
        (right.round(1), "Round to two digits at least, or not at all."),
        (right * 100, "Give the differences as they are, not in percent."),
        ([mean, differences.min(), differences.max()], "Smallest and largest are not the interval's ends."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=NEAR / 3), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < NEAR,
        f"difference: the mean is given as {got[0]:+.3f}; rival_scores minus the baseline's have another.",
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the ten differences and 0?"
    )


def need_the_verdict(verdict, scores, baseline):
    """Does it follow from the interval? A larger average precision is better."""
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(scores - baseline)
    right = {"better"} if low > 0 else {"worse"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < NEAR:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean > 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.2f} to {high:+.2f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}, rival minus baseline: is a larger average precision better or worse?")


@question
def q6(rival, rival_scores, difference, verdict, given_baseline_scores):
    baseline = None
    if whole(given_baseline_scores):
        baseline = ten_numbers(given_baseline_scores, "baseline_scores")
        same = np.abs(baseline - BASELINE).max() < 0.03
        need(same, "baseline_scores are not those that the given cells measure: run them again.")
    scores = None
    if whole(rival_scores) and baseline is not None:
        scores = judge_scores(rival_scores, baseline)
    if given(rival):
        need_its_scores(rival, scores)
    if whole(difference) and scores is not None:
        need_the_interval(difference, scores, baseline)
    if given(verdict) and scores is not None:
        need_the_verdict(verdict, scores, baseline)
