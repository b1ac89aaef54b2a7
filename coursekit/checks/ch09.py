"""The questions of chapter 9, spam filter."""

import re

import numpy as np
from sklearn.exceptions import NotFittedError

from coursekit.checking import need, question


@question
def q1(tokens):
    example = tokens("FREE money!!! It's $100")
    need(not isinstance(example, set), "A set forgets order and repeats; return a list.")
    need(isinstance(example, list), f"Return a list of tokens, not {type(example).__name__}.")
    need("FREE" not in example, "Tokens are in small letters: FREE and free are one word.")
    need("$100" in example, "A price keeps its dollar sign: $100 is one token.")
    need("it's" in example, "The apostrophe belongs to the word: it's is one token.")
    need(
        "money" in example and "!!!" in example,
        "money!!! is two tokens: the word and the run of exclamation marks.",
    )
    need(tokens("win win\nWIN") == ["win"] * 3, "Keep repeats, and split at line ends as well as at spaces.")
    need(
        tokens("a-b,c! d!!") == ["a", "b", "c", "!", "d", "!!"],
        "Any other character, such as - or a comma, separates.",
    )
    need(tokens("") == [] and tokens(" ... ") == [], "A text without tokens gives an empty list.")


@question
def q2(z, y_hat, loss, w_new, b_new):
    x, w, b = np.array([3.0, 0.0, 1.0]), np.array([0.2, -0.5, -1.0]), 0.1
    right_z = b + x @ w
    right = 1 / (1 + np.exp(-right_z))
    need(not np.isclose(z, right_z - b), "z lacks the bias b.")
    need(np.isclose(z, right_z, atol=1e-3), "z is the bias plus the sum of count times weight.")
    need(not np.isclose(y_hat, 1 / (1 + np.exp(right_z))), "Look at the sign of z inside the sigmoid.")
    need(np.isclose(y_hat, right, atol=1e-3), "y_hat is the sigmoid of z.")
    need(not np.isclose(loss, np.log(right), atol=1e-3), "A loss is positive: mind the minus sign.")
    need(
        not np.isclose(loss, -np.log10(right), atol=1e-3), "Cross-entropy uses the natural logarithm, np.log."
    )
    need(
        not np.isclose(loss, -np.log(1 - right), atol=1e-3),
        "The mail is spam: the loss looks at y_hat, not 1 - y_hat.",
    )
    need(np.isclose(loss, -np.log(right), atol=1e-3), "For a spam the loss is minus the logarithm of y_hat.")
    w_new = np.asarray(w_new, dtype=float)
    need(w_new.shape == (3,), "w_new has one number for each of the three words.")
    wrong_way = w + 0.5 * (right - 1) * x
    need(not np.allclose(w_new, wrong_way, atol=1e-3), "That step goes up the hill: subtract the gradient.")
    need(
        not np.allclose(w_new, w - (right - 1) * x, atol=1e-3),
        "The step is the learning rate times the gradient.",
    )
    need(
        np.allclose(w_new, w - 0.5 * (right - 1) * x, atol=1e-3),
        "A weight's gradient is the error times its count.",
    )
    need(
        np.isclose(b_new, b - 0.5 * (right - 1), atol=1e-3),
        "The bias moves too; its gradient is the error itself.",
    )


@question
def q3(choose_threshold):
    good = np.array([0.1, 0.2, 0.3, 0.9])
    tiny = choose_threshold(np.array([False] * 4 + [True]), np.append(good, 0.95), 0.25)
    need(np.ndim(tiny) == 0, "Return one number.")
    rng = np.random.default_rng(9)
    for n, allowed in [(200, 0.05), (1000, 0.001), (400, 0.0)]:
        is_spam = rng.random(n) < 0.3
        scores = np.round(rng.normal(is_spam * 2.0, 1), 3)
        threshold = choose_threshold(is_spam, scores, allowed)
        lost = (scores[~is_spam] > threshold).mean()
        need(
            lost <= allowed, f"With {allowed:.1%} allowed, your threshold loses {lost:.1%} of the good mails."
        )
        lower = np.sort(scores[~is_spam])[::-1][int(allowed * (~is_spam).sum())]
        need(
            (scores > threshold).sum() == (scores > lower).sum(),
            f"With {allowed:.1%} allowed, a lower threshold would do and catch more. Count good mails only.",
        )
    need(
        np.isclose(tiny, 0.3), "In the example the answer is 0.3: one good mail, the one at 0.9, may be lost."
    )


@question
def q4(strongest_pushes, small_filter):
    vectoriser, model = small_filter[0], small_filter[1]
    names, weights = vectoriser.get_feature_names_out(), model.coef_[0]
    for text in (
        "Click here for your free free offer, please reply",
        "meeting at ten, wrote the list, money money",
    ):
        counts = vectoriser.transform([text]).toarray()[0]
        pushes = counts * weights
        ranked = names[np.argsort(pushes)[::-1][:3]].tolist()
        found = strongest_pushes(small_filter, text, 3)
        found = found.tolist() if isinstance(found, np.ndarray) else list(found)
        need(len(found) == 3, "Return n words.")
        need(all(isinstance(word, str) for word in found), "Return the words themselves, not column numbers.")
        need(
            set(found) <= set(names[counts > 0]),
            "List only words that occur in the text: multiply by the counts.",
        )
        need(found != ranked[::-1], "Right words, wrong order: the strongest comes first.")
        need(
            found != names[np.argsort(pushes)[:3]].tolist(),
            "Those push towards good mail: take the other end.",
        )
        need(found == ranked, "A push is count times weight: a word that occurs twice pushes twice.")


@question
def q5(padding, small_filter, spam_mail):
    need(isinstance(padding, str), "padding is one text, a str: join the words with spaces.")
    n_words = len(re.findall(r"\w+", padding))
    need(n_words > 0, "padding is empty, so the mail is as guilty as before.")
    need(n_words <= 25, f"padding has {n_words} words, and 25 are allowed.")
    probability = small_filter.predict_proba([spam_mail + "\n" + padding])[0, 1]
    need(
        probability < 0.9,
        f"With your padding the filter still says {probability:.2f}: look for negative weights.",
    )
    need(
        probability < 0.1,
        f"Down to {probability:.2f}, and it must be below 0.1: more words, or more innocent ones.",
    )


def spam_scores(model, texts):
    """One score a text, larger for spam, from any fitted scikit-learn classifier."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(texts))
    return np.asarray(model.predict_proba(texts))[:, 1]


def caught_at_price(scores, is_spam):
    """Share of spam above the threshold that loses at most 5 good mails in 1,000."""
    good = np.sort(scores[~is_spam])[::-1]
    return (scores[is_spam] > good[int(0.005 * len(good))]).mean()


@question
def q6(better_filter, small_filter, validation):
    for method in ("fit", "predict"):
        need(hasattr(better_filter, method), "better_filter must be the model itself, not its output.")
    try:
        scores = spam_scores(better_filter, validation["text"])
    except NotFittedError:
        need(False, "Fit better_filter on train first.")
    except ValueError:
        need(False, "better_filter must read texts: put a vectoriser in front, in a pipeline.")
    is_spam = validation["is_spam"].to_numpy()
    need(scores.shape == is_spam.shape, "The filter must give one score a mail.")
    caught = caught_at_price(scores, is_spam)
    wanted = caught_at_price(spam_scores(small_filter, validation["text"]), is_spam) + 0.1
    need(caught < 0.995, "Too good to be true: did it see the validation mails while it was fitted?")
    need(caught >= wanted, f"At that price it catches {caught:.1%}, and {wanted:.1%} is asked for.")
