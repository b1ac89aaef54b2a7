"""Answers to the questions of chapter 9 that must pass, and mistakes that must get a hint."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import coursekit as ck


@cache
def given():
    """What the exercise gives: train, validation, small_filter, and the mails that are in neither part."""
    mails = ck.load("mails").drop_duplicates("body")
    mails["text"] = mails["subject"] + "\n" + mails["body"]
    shuffled = mails.sample(frac=1, random_state=3)
    train, validation = shuffled[:2000], shuffled[2000:4000]
    small_filter = make_pipeline(CountVectorizer(), LogisticRegression(solver="newton-cg", tol=1e-8))
    return train, validation, small_filter.fit(train["text"], train["is_spam"]), shuffled[4000:]


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


def by_spaces(text):
    text = re.sub(r"[^a-z0-9$'!]", " ", text.lower())
    return re.sub(r"(!+)", r" \1 ", text).split()


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


def threshold_by_quantile(method):
    return lambda is_spam, scores, allowed: np.quantile(scores[~is_spam], 1 - allowed, method=method)


def threshold_by_loop(is_spam, scores, allowed):
    good = sorted(s for s, spam in zip(scores.tolist(), is_spam.tolist(), strict=True) if not spam)
    lost = 0
    while lost + 1 <= allowed * len(good):
        lost += 1
    return good[len(good) - 1 - lost]


def dropping_all(is_spam, scores, allowed):
    return np.quantile(scores, 1 - allowed, method="higher")


def at_position(place):
    """The solution with another position."""
    return lambda is_spam, scores, allowed: np.sort(scores[~is_spam])[::-1][place(allowed, (~is_spam).sum())]


def no_loss_at_all(is_spam, scores, allowed):
    return scores[~is_spam].max()


def of_the_spam(is_spam, scores, allowed):
    return np.sort(scores[is_spam])[::-1][int(allowed * is_spam.sum())]


def sorts_in_place(is_spam, scores, allowed):
    good = scores[~is_spam]
    scores.sort()
    return np.sort(good)[::-1][int(allowed * len(good))]


def a_little_above(is_spam, scores, allowed):
    good = np.append(np.sort(scores[~is_spam])[::-1], -9)
    k = int(allowed * (len(good) - 1))
    return (good[k] + good[max(k - 1, 0)]) / 2 if k else good[0]


def pushes_by_dictionary(model, text, n):
    weight = dict(zip(model[0].get_feature_names_out(), model[1].coef_[0], strict=True))
    words = [word for word in model[0].build_analyzer()(text) if word in weight]
    push = {word: words.count(word) * weight[word] for word in words}
    return sorted(push, key=push.get, reverse=True)[:n]


def pushes_as_array(model, text, n):
    row = model[0].transform([text])
    order = np.argsort(-row.data * model[1].coef_[0, row.indices])
    return model[0].get_feature_names_out()[row.indices[order[:n]]]


def pushes_as_series(model, text, n):
    """As the lesson's `pushes`, with pandas."""
    row = pd.Series(model[0].transform([text]).toarray()[0], model[0].get_feature_names_out())
    return (row * model[1].coef_[0]).nlargest(n).index


def pushes_by_vocabulary(model, text, n):
    counts = Counter(re.findall(r"\b\w\w+\b", text.lower()))
    column = model[0].vocabulary_
    known = [(counts[w] * model[1].coef_[0, column[w]], w) for w in counts if w in column]
    return tuple(word for _, word in sorted(known, reverse=True)[:n])


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


def strongest_either_way(model, text, n):
    push = model[0].transform([text]).toarray()[0] * model[1].coef_[0]
    return model[0].get_feature_names_out()[np.argsort(-abs(push))[:n]].tolist()


def most_frequent(model, text, n):
    counts = model[0].transform([text]).toarray()[0]
    return model[0].get_feature_names_out()[np.argsort(-counts)[:n]].tolist()


def by_weight_of_present(model, text, n):
    row = model[0].transform([text])
    order = np.argsort(-model[1].coef_[0, row.indices])
    return model[0].get_feature_names_out()[row.indices[order[:n]]].tolist()


def column_numbers(model, text, n):
    push = model[0].transform([text]).toarray()[0] * model[1].coef_[0]
    return np.argsort(push)[::-1][:n].tolist()


def most_innocent(n, repeat=1):
    vectoriser, model = given()[2]
    names = vectoriser.get_feature_names_out()[np.argsort(model.coef_[0])[:n]]
    return " ".join([*names] * repeat)


def fitted(model, on=None):
    """A model fitted on train, or on other mails."""
    on = given()[0] if on is None else on
    return model.fit(on["text"], on["is_spam"])


def on_train(*steps):
    return lambda: (fitted(make_pipeline(*steps)),)


def on_all(*steps):
    return lambda: (fitted(make_pipeline(*steps), pd.concat(given()[:2])),)


def on_rest(*steps, train=True):
    """Fitted on the mails that are in neither part, with or without train."""
    return lambda: (fitted(make_pipeline(*steps), pd.concat([*given()[:train], given()[3]])),)


def on_validation(*steps):
    return lambda: (fitted(make_pipeline(*steps), given()[1]),)


TFIDF = TfidfVectorizer(sublinear_tf=True, min_df=2)
COMPONENTS = TruncatedSVD(150, random_state=0), LogisticRegression(C=100, max_iter=500)
LESSON = TfidfVectorizer(analyzer=re.compile(r"[\w$'%-]{2,}|!+|\$+").findall, min_df=3, binary=True)


def classes_with_names():
    train = given()[0]
    model = make_pipeline(TFIDF, LogisticRegression(C=300, max_iter=500))
    return (model.fit(train["text"], np.where(train["is_spam"], "spam", "good")),)


RIGHT = {
    "q1": [
        ("another order of the alternatives", (lambda text: re.findall(r"!+|[\$'a-z\d]+", text.lower()),)),
        ("a loop over the characters", (by_loop,)),
        (
            "small letters at the end",
            (lambda text: [t.lower() for t in re.findall(r"[A-Za-z0-9$']+|!+", text)],),
        ),
        (
            "letters of all languages",
            (lambda text: re.findall(r"(?:[^\W_]|[$'])+|!+", text.lower()),),
        ),
        ("spaces around the runs", (by_spaces,)),
        ("a tuple", (lambda text: tuple(m.group() for m in re.finditer(r"!+|[a-z\d'$]+", text.lower())),)),
    ],
    "q2": [
        ("plain floats and a list", (Z, P, LOSS, W_NEW.tolist(), B_NEW)),
        (
            "rounded to four digits",
            (round(Z, 4), round(P, 4), round(LOSS, 4), W_NEW.round(4), round(B_NEW, 4)),
        ),
        ("rounded to two digits", (-0.3, 0.43, 0.85, W_NEW.round(2), 0.39)),
        (
            "a column and NumPy numbers",
            (np.float32(Z), np.float32(P), [LOSS], W_NEW[:, None], np.float64(B_NEW)),
        ),
        ("arrays of one number", (np.array(Z), np.array(P), np.array(LOSS), tuple(W_NEW), np.array(B_NEW))),
    ],
    "q3": [
        ("tries every good score", (threshold_by_trying,)),
        ("counts from the low end", (threshold_between,)),
        ("a quantile that is a score", (threshold_by_quantile("inverted_cdf"),)),
        ("a loop and plain numbers", (threshold_by_loop,)),
        ("np.partition", (at_position(lambda allowed, n: int(np.floor(allowed * n))),)),
    ],
    "q4": [
        ("a dictionary of weights", (pushes_by_dictionary,)),
        ("a NumPy array of words", (pushes_as_array,)),
        ("an Index from nlargest", (pushes_as_series,)),
        ("a tuple, by the vocabulary", (pushes_by_vocabulary,)),
    ],
    "q5": [
        ("the most innocent word, repeated", lambda: (most_innocent(1, repeat=25),)),
        ("fifteen different words", lambda: (most_innocent(15),)),
        ("25 words and marks", lambda: (most_innocent(25).replace(" ", ", ") + "!",)),
        ("on lines, with a single letter", lambda: (most_innocent(25).upper().replace(" ", "\n") + " a",)),
    ],
    "q6": [
        (
            "presence and TF-IDF, case kept",
            on_train(TfidfVectorizer(binary=True, lowercase=False, min_df=2), LinearSVC(C=3)),
        ),
        (
            "TF-IDF, less penalty",
            on_train(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=100, solver="liblinear")),
        ),
        ("the lesson's tokens", on_train(LESSON, LinearSVC(C=10, random_state=0))),
        ("ridge", on_train(TFIDF, RidgeClassifier())),
        ("neighbours", on_train(TFIDF, KNeighborsClassifier())),
        ("a smooth linear model of 150 components", on_train(TFIDF, *COMPONENTS)),
        ("classes with names", classes_with_names),
        ("gradient descent", on_train(TFIDF, SGDClassifier(random_state=1))),
        (
            "a search",
            lambda: (
                fitted(GridSearchCV(make_pipeline(TFIDF, LinearSVC()), {"linearsvc__C": [1, 3]}, cv=2)),
            ),
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
        ("the underscore is a word character", (lambda text: re.findall(r"[\w$']+|!+", text.lower()),)),
        ("from A to z", (lambda text: [t.lower() for t in re.findall(r"[A-z0-9$']+|!+", text)],)),
        ("two letters at least", (lambda text: re.findall(r"[a-z0-9$']{2,}|!+", text.lower()),)),
        ("words without digits", (lambda text: re.findall(r"[a-z$']+|\$\d+|!+", text.lower()),)),
        (
            "a word begins with a letter or $",
            (lambda text: re.findall(r"[a-z0-9$][a-z0-9$']*|!+", text.lower()),),
        ),
        ("up to three marks", (lambda text: re.findall(r"[a-z0-9$']+|!{1,3}", text.lower()),)),
        ("marks belong to the word", (lambda text: re.findall(r"[a-z0-9$'!]+", text.lower()),)),
        ("the example", (lambda text: ["free", "money", "!!!", "it's", "$100"],)),
        ("sorted", (lambda text: sorted(re.findall(r"[a-z0-9$']+|!+", text.lower())),)),
        ("one text", (lambda text: " ".join(re.findall(r"[a-z0-9$']+|!+", text.lower())),)),
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
        ("the bias moved without the learning rate", (Z, P, LOSS, W_NEW, B - (P - 1))),
        ("the loss after the step", (Z, P, 0.0777, W_NEW, B_NEW)),
        ("the squared error", (Z, P, (1 - P) ** 2, W_NEW, B_NEW)),
        ("the gradient in place of the weights", (Z, P, LOSS, (P - 1) * X, B_NEW)),
        ("every weight by the same", (Z, P, LOSS, W - 0.5 * (P - 1), B_NEW)),
        ("a text", (Z, P, "0.85", W_NEW, B_NEW)),
        ("percent", (Z, 100 * P, LOSS, W_NEW, B_NEW)),
        ("the products, not their sum", (B + X * W, P, LOSS, W_NEW, B_NEW)),
        ("I gave the change of the first weight only", (Z, P, LOSS, W_NEW[:1], B_NEW)),
    ],
    "q3": [
        ("a quantile of all scores", (dropping_all,)),
        ("no good mail lost is safest", (no_loss_at_all,)),
        ("one position too far", (at_position(lambda allowed, n: int(allowed * n) + 1),)),
        ("one position too short", (at_position(lambda allowed, n: max(int(allowed * n) - 1, 0)),)),
        ("rounded up", (at_position(lambda allowed, n: int(np.ceil(allowed * n))),)),
        ("rounded", (at_position(lambda allowed, n: round(allowed * n)),)),
        ("the share as a percentage", (at_position(lambda allowed, n: int(allowed / 100 * n)),)),
        ("one in a thousand, as in the lesson", (at_position(lambda allowed, n: n // 1000),)),
        ("a quantile between two scores", (threshold_by_quantile("linear"),)),
        ("the next higher score", (threshold_by_quantile("higher"),)),
        ("the share of all mails", (lambda y, s, allowed: np.sort(s[~y])[::-1][int(allowed * len(s))],)),
        ("between two good scores", (a_little_above,)),
        ("scores sorted in place", (sorts_in_place,)),
        ("the example's answer", (lambda is_spam, scores, allowed: 0.3,)),
        ("the verdicts", (lambda is_spam, scores, allowed: scores > 0.3,)),
        ("I counted the spam", (of_the_spam,)),
        ("one half is the usual threshold", (lambda is_spam, scores, allowed: 0.5,)),
    ],
    "q4": [
        ("the largest weights of all words", (without_counts,)),
        ("presence instead of counts", (only_presence,)),
        ("the weights of the words in it", (by_weight_of_present,)),
        ("argsort sorts from low to high", (weakest_first,)),
        ("the most negative ones", (the_other_end,)),
        ("strong either way", (strongest_either_way,)),
        ("the most frequent words", (most_frequent,)),
        ("always three", (lambda model, text, n: pushes_by_dictionary(model, text, 3),)),
        ("one too many", (lambda model, text, n: pushes_by_dictionary(model, text, n + 1),)),
        (
            "small_filter in place of model",
            (lambda model, text, n: pushes_by_dictionary(given()[2], text, n),),
        ),
        ("the example's words", (lambda model, text, n: ["free", "click", "here", "your", "offer"][:n],)),
        ("the columns will do", (column_numbers,)),
    ],
    "q5": [
        ("innocent words I made up", ("the quick brown fox jumps over the lazy dog",)),
        ("more is better", lambda: (most_innocent(60),)),
        ("26 words", lambda: (most_innocent(26),)),
        ("one word of many, with dashes", lambda: (most_innocent(30).replace(" ", "-"),)),
        ("nothing to add", ("",)),
        ("single letters", ("a b c d e",)),
        ("a list of words", lambda: (most_innocent(10).split(),)),
        ("one innocent word", lambda: (most_innocent(1),)),
        (
            "the guiltiest words",
            lambda: (given()[2][0].get_feature_names_out()[given()[2][1].coef_[0].argmax()],),
        ),
    ],
    "q6": [
        ("naive Bayes is the classic", on_train(CountVectorizer(), MultinomialNB())),
        (
            "presence only",
            on_train(CountVectorizer(binary=True), LogisticRegression(solver="newton-cg", tol=1e-8)),
        ),
        ("stronger penalty", on_train(CountVectorizer(), LogisticRegression(C=0.1, max_iter=2000))),
        ("the same filter", lambda: (given()[2],)),
        ("all the mails there are", on_all(TfidfVectorizer(), LinearSVC(C=10))),
        ("all mails, a modest model", on_all(TfidfVectorizer(), LogisticRegression())),
        ("the validation mails", on_validation(TFIDF, LinearSVC())),
        ("all mails, a strong penalty", on_all(TFIDF, LinearSVC(C=0.1))),
        (
            "all mails, few words",
            on_all(TfidfVectorizer(max_features=500, sublinear_tf=True), LinearSVC(C=0.1)),
        ),
        ("all mails but the validation mails", on_rest(TFIDF, LinearSVC())),
        ("the mails of neither part", on_rest(TFIDF, LinearSVC(), train=False)),
        ("I forgot to fit", lambda: (make_pipeline(TfidfVectorizer(), LinearSVC()),)),
        ("I passed the scores", (np.zeros(2000),)),
        ("a linear model without text", lambda: (SGDClassifier().fit([[0.0], [1.0]], [0, 1]),)),
    ],
}
