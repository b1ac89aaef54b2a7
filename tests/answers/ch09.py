"""Answers to the questions of chapter 9 that must pass, and mistakes that must get a hint."""

import re
from functools import cache

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import coursekit as ck

SPAM_MAIL = """Dear friend, lose weight while you sleep! Our new pill is 100% guaranteed.
Click here to order your FREE sample today. To be removed from our list, reply to this email."""


@cache
def given():
    """The mails and the small filter that the exercise gives: train, validation, small_filter."""
    mails = ck.load("mails").drop_duplicates("body")
    mails["text"] = mails["subject"] + "\n" + mails["body"]
    shuffled = mails.sample(frac=1, random_state=3)
    train, validation = shuffled[:2000], shuffled[2000:4000]
    small_filter = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=2000))
    return train, validation, small_filter.fit(train["text"], train["is_spam"])


def by_loop(text):
    found = [""]
    for character in text.lower():
        kind = "!" if character == "!" else "w" if re.match(r"[a-z0-9$']", character) else ""
        last = "!" if found[-1].startswith("!") else "w" if found[-1] else ""
        if kind and kind == last:
            found[-1] += character
        elif kind:
            found.append(character)
        else:
            found.append("")
    return [token for token in found if token]


X, W, B = np.array([3.0, 0.0, 1.0]), np.array([0.2, -0.5, -1.0]), 0.1
Z = float(B + X @ W)
P = float(1 / (1 + np.exp(-Z)))
LOSS = float(-np.log(P))
W_NEW, B_NEW = W - 0.5 * (P - 1) * X, B - 0.5 * (P - 1)


def threshold_by_trying(is_spam, scores, allowed):
    good = scores[~is_spam]
    return min(t for t in good if (good > t).mean() <= allowed)


def threshold_between(is_spam, scores, allowed):
    good = np.sort(scores[~is_spam])
    return float(good[len(good) - 1 - int(np.floor(allowed * len(good)))])


def dropping_all(is_spam, scores, allowed):
    return np.quantile(scores, 1 - allowed, method="higher")


def no_loss_at_all(is_spam, scores, allowed):
    return scores[~is_spam].max()


def one_too_many(is_spam, scores, allowed):
    return np.sort(scores[~is_spam])[::-1][int(allowed * (~is_spam).sum()) + 1]


def of_the_spam(is_spam, scores, allowed):
    return np.sort(scores[is_spam])[::-1][int(allowed * is_spam.sum())]


def pushes_by_dictionary(model, text, n):
    weight = dict(zip(model[0].get_feature_names_out(), model[1].coef_[0], strict=True))
    words = [word for word in model[0].build_analyzer()(text) if word in weight]
    push = {word: words.count(word) * weight[word] for word in words}
    return sorted(push, key=push.get, reverse=True)[:n]


def pushes_as_array(model, text, n):
    row = model[0].transform([text])
    order = np.argsort(-row.data * model[1].coef_[0, row.indices])
    return model[0].get_feature_names_out()[row.indices[order[:n]]]


def without_counts(model, text, n):
    return model[0].get_feature_names_out()[np.argsort(model[1].coef_[0])[::-1][:n]].tolist()


def only_presence(model, text, n):
    here = (model[0].transform([text]).toarray()[0] > 0) * model[1].coef_[0]
    return model[0].get_feature_names_out()[np.argsort(here)[::-1][:n]].tolist()


def weakest_first(model, text, n):
    return pushes_by_dictionary(model, text, n)[::-1]


def the_other_end(model, text, n):
    push = model[0].transform([text]).toarray()[0] * model[1].coef_[0]
    return model[0].get_feature_names_out()[np.argsort(push)[:n]].tolist()


def column_numbers(model, text, n):
    push = model[0].transform([text]).toarray()[0] * model[1].coef_[0]
    return np.argsort(push)[::-1][:n].tolist()


def defeat(padding):
    return lambda: (padding() if callable(padding) else padding, given()[2], SPAM_MAIL)


def most_innocent(n, repeat=1):
    def words():
        vectoriser, model = given()[2]
        names = vectoriser.get_feature_names_out()[np.argsort(model.coef_[0])[:n]]
        return " ".join([*names] * repeat)

    return words


def improve(model, on_all=False, fit=True):
    def arguments():
        train, validation, small_filter = given()
        if fit:
            model.fit(train["text"], train["is_spam"])
        if on_all:
            model.fit(validation["text"], validation["is_spam"])
        return model, small_filter, validation

    return arguments


RIGHT = {
    "q1": [
        ("another order of the alternatives", (lambda text: re.findall(r"!+|[\$'a-z\d]+", text.lower()),)),
        ("a loop over the characters", (by_loop,)),
        (
            "small letters at the end",
            (lambda text: [t.lower() for t in re.findall(r"[A-Za-z0-9$']+|!+", text)],),
        ),
    ],
    "q2": [
        ("plain floats and a list", (Z, P, LOSS, W_NEW.tolist(), B_NEW)),
        (
            "rounded to four digits",
            (round(Z, 4), round(P, 4), round(LOSS, 4), W_NEW.round(4), round(B_NEW, 4)),
        ),
        ("arrays of one number", (np.array(Z), np.array(P), np.array(LOSS), tuple(W_NEW), np.array(B_NEW))),
    ],
    "q3": [
        ("tries every good score", (threshold_by_trying,)),
        ("counts from the low end", (threshold_between,)),
    ],
    "q4": [
        ("a dictionary of weights", lambda: (pushes_by_dictionary, given()[2])),
        ("a NumPy array of words", lambda: (pushes_as_array, given()[2])),
    ],
    "q5": [
        ("the most innocent word, repeated", defeat(most_innocent(1, repeat=25))),
        ("fifteen different words", defeat(most_innocent(15))),
    ],
    "q6": [
        (
            "presence and TF-IDF, case kept",
            improve(make_pipeline(TfidfVectorizer(binary=True, lowercase=False, min_df=2), LinearSVC(C=3))),
        ),
        (
            "TF-IDF, less penalty",
            improve(make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=100))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("I cut at spaces", (lambda text: text.lower().split(),)),
        ("I forgot small letters", (lambda text: re.findall(r"[A-Za-z0-9$']+|!+", text),)),
        ("each token once is enough", (lambda text: set(re.findall(r"[a-z0-9$']+|!+", text.lower())),)),
        ("words are word characters", (lambda text: re.findall(r"\w+|!+", text.lower()),)),
        ("one exclamation mark, one token", (lambda text: re.findall(r"[a-z0-9$']+|!", text.lower()),)),
        ("I made a generator", (lambda text: (t for t in text.lower().split()),)),
    ],
    "q2": [
        ("I forgot the bias", (Z - B, P, LOSS, W_NEW, B_NEW)),
        ("I forgot the minus in the sigmoid", (Z, 1 - P, LOSS, W_NEW, B_NEW)),
        ("I took the logarithm to base 10", (Z, P, -np.log10(P), W_NEW, B_NEW)),
        ("I forgot the minus of the loss", (Z, P, np.log(P), W_NEW, B_NEW)),
        ("I used the formula for good mail", (Z, P, -np.log(1 - P), W_NEW, B_NEW)),
        ("I added the gradient", (Z, P, LOSS, W + 0.5 * (P - 1) * X, B_NEW)),
        ("I forgot the learning rate", (Z, P, LOSS, W - (P - 1) * X, B_NEW)),
        ("I did not move the bias", (Z, P, LOSS, W_NEW, B)),
        ("I gave the change of the first weight only", (Z, P, LOSS, W_NEW[:1], B_NEW)),
    ],
    "q3": [
        ("a quantile of all scores", (dropping_all,)),
        ("no good mail lost is safest", (no_loss_at_all,)),
        ("one position too far", (one_too_many,)),
        ("I counted the spam", (of_the_spam,)),
        ("one half is the usual threshold", (lambda is_spam, scores, allowed: 0.5,)),
    ],
    "q4": [
        ("the largest weights of all words", lambda: (without_counts, given()[2])),
        ("presence instead of counts", lambda: (only_presence, given()[2])),
        ("argsort sorts from low to high", lambda: (weakest_first, given()[2])),
        ("the most negative ones", lambda: (the_other_end, given()[2])),
        ("the columns will do", lambda: (column_numbers, given()[2])),
    ],
    "q5": [
        ("innocent words I made up", defeat("the quick brown fox jumps over the lazy dog")),
        ("more is better", defeat(most_innocent(60))),
        ("nothing to add", defeat("")),
        ("a list of words", defeat(lambda: most_innocent(10)().split())),
        ("one innocent word", defeat(most_innocent(1))),
    ],
    "q6": [
        ("naive Bayes is the classic", improve(make_pipeline(CountVectorizer(), MultinomialNB()))),
        (
            "presence only",
            improve(make_pipeline(CountVectorizer(binary=True), LogisticRegression(max_iter=2000))),
        ),
        (
            "stronger penalty",
            improve(make_pipeline(CountVectorizer(), LogisticRegression(C=0.1, max_iter=2000))),
        ),
        ("all the mails there are", improve(make_pipeline(TfidfVectorizer(), LinearSVC(C=10)), on_all=True)),
        ("I forgot to fit", improve(make_pipeline(TfidfVectorizer(), LinearSVC()), fit=False)),
        ("I passed the scores", lambda: (np.zeros(2000), given()[2], given()[1])),
        (
            "a linear model without text",
            lambda: (SGDClassifier().fit([[0.0], [1.0]], [0, 1]), given()[2], given()[1]),
        ),
    ],
}
