"""The questions of chapter 23, scikit-learn meets PyTorch."""

import functools
import inspect
from collections.abc import Mapping, Set

import numpy as np

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def called(function, *arguments):
    """What a learner's function returns; what it raises becomes a hint."""
    name = getattr(function, "__name__", "Your function")
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*arguments))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}" if found is not None else "")
    return found


# --- question 1 -----------------------------------------------------------------------------------

TRAPS = ("works", "dtype", "history", "memory", "sparse")


@question
def q1(trap):
    need(isinstance(trap, dict), 'trap is a dictionary such as {"A": "works", …}.')
    trap = {str(letter).strip().upper(): word for letter, word in trap.items()}
    need(set(trap) == set("ABCDEFG"), "Give one word to each of the letters A to G.")
    hints = {
        "A": ("dtype", "A: which number type has the array, and which has the layer?"),
        "B": (
            "works",
            "B: print X_32.requires_grad and X_32.device. What should stop NumPy from reading it?",
        ),
        "C": ("history", "C: what comes out of a layer is more than numbers. Try np.asarray on it."),
        "D": ("memory", "D: print X before and after."),
        "E": ("sparse", "E: what kind of table does a TfidfVectorizer return?"),
        "F": ("dtype", "F: run it, and read which type of class numbers is expected."),
        "G": ("memory", "G: take one training step and print best before and after."),
    }
    for letter, (right, hint) in hints.items():
        if given(trap[letter]):
            word = " ".join(str(trap[letter]).lower().split())
            known = isinstance(trap[letter], str) and word in TRAPS
            need(known, f"{letter}: use one of {', '.join(map(repr, TRAPS))}.")
            if letter in "DG" and word == "works":
                hint += " No error is not the same as no harm."
            need(word == right, hint)


# --- question 2 -----------------------------------------------------------------------------------


def networks():
    """A plain layer, and one with two layers, of the same weights at every call."""
    import torch
    from torch import nn

    found = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(23)
        found.append(nn.Linear(3, 2))
        found.append(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2, bias=False)))
        found.append(nn.Sequential(nn.Linear(3, 2).double()))
    return found


def step(net):
    """One large step of plain descent: every parameter moves, in place."""
    import torch

    inputs = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, 2.0]], dtype=next(net.parameters()).dtype)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
    optimiser.zero_grad()
    (net(inputs) ** 2).sum().backward()
    optimiser.step()


def true_numbers(net):
    return {name: p.detach().cpu().numpy().copy() for name, p in net.named_parameters()}


def need_keep(keep):
    for net in networks():
        before, history = true_numbers(net), [p.requires_grad for p in net.parameters()]
        kept = called(keep, net)
        need(kept is not None, "keep returns nothing: does it end with return?")
        need(isinstance(kept, Mapping), f"keep returns a {type(kept).__name__}; a dictionary is asked for.")
        missing = set(before) - set(kept)
        need(not missing, f"keep: {sorted(missing)} are missing among the keys.")
        extra = set(kept) - set(before)
        need(not extra, f"keep: the keys {sorted(map(str, extra))} are no names of parameters.")
        for name, numbers in before.items():
            kind = type(kept[name]).__name__
            need(isinstance(kept[name], np.ndarray), f"keep: {name} is a {kind}; a NumPy array is asked for.")
            shape = kept[name].shape
            need(shape == numbers.shape, f"keep: {name} has the shape {shape}, it should be {numbers.shape}.")
            need(np.allclose(kept[name], numbers, atol=1e-6), f"keep: {name} holds other numbers.")
        need(
            [p.requires_grad for p in net.parameters()] == history,
            "keep makes the network untrainable: requires_grad has changed.",
        )
        need(
            all(np.array_equal(true_numbers(net)[name], before[name]) for name in before),
            "keep changes the network.",
        )
        step(net)
        for name, numbers in before.items():
            need(
                np.allclose(kept[name], numbers, atol=1e-6),
                f"keep: after one more training step the kept {name} has changed. Whose memory is it?",
            )
        called(keep, net)
        same = set(kept) == set(before) and all(np.allclose(kept[n], before[n], atol=1e-6) for n in before)
        need(
            same, "keep: a second call changes what the first one returned. Make a new dictionary each time."
        )


def need_put_back(put_back):
    for net in networks():
        wanted = {name: numbers + 0.25 for name, numbers in true_numbers(net).items()}
        handed = {name: numbers.copy() for name, numbers in wanted.items()}
        types = [p.dtype for p in net.parameters()]
        result = called(put_back, net, handed)
        other = isinstance(result, type(net)) and result is not net
        where = "the network that was handed in" if other else "the network"
        need(set(handed) == set(wanted), "put_back changes the dictionary that it was given.")
        now = true_numbers(net)
        need(set(now) == set(wanted), "put_back: the parameters have other names than before.")
        for name, numbers in wanted.items():
            need(
                np.allclose(now[name], numbers, atol=1e-6),
                f"put_back: {name} of {where} does not hold the numbers that were kept.",
            )
        need(
            all(p.requires_grad for p in net.parameters()),
            "put_back: a parameter has requires_grad=False afterwards, so it cannot be trained.",
        )
        types_now = [p.dtype for p in net.parameters()]
        need(types_now == types, "put_back: a parameter has another number type than before.")
        found = attempt(lambda net=net: step(net))
        need(
            not isinstance(found, Exception),
            f"put_back: training afterwards raises {told(found)}" if found else "",
        )
        moved = true_numbers(net)
        need(
            any(not np.allclose(moved[name], wanted[name], atol=1e-6) for name in wanted),
            "put_back: a training step afterwards moves nothing.",
        )
        for name, numbers in wanted.items():
            need(
                np.allclose(handed[name], numbers, atol=1e-6),
                f"put_back: training afterwards changes the kept {name}. Copy the numbers.",
            )


@question
def q2(keep, put_back):
    import torch

    with torch.enable_grad():  # and what an answer switches off is on again afterwards
        if given(keep):
            need_keep(keep)
        if given(put_back):
            need_put_back(put_back)


# --- question 3 -----------------------------------------------------------------------------------


@functools.cache
def blobs():
    """Three groups that overlap, as numbers and as words in another order than the alphabet."""
    rng = np.random.default_rng(32)
    codes = np.repeat([0, 1, 2], [50, 45, 25])  # no class a third: its first gradient would be 0
    X = rng.normal(size=(120, 2)) + np.array([[0, 0], [2, 0], [0, 2]])[codes] + [5.0, 0.0]
    names = np.array(["wolf", "ant", "cat"], dtype=object)[codes]
    order = rng.permutation(120)
    return X[order] - [5.0, 0.0], names[order]


@functools.cache
def exact(steps, lr):
    """The probabilities that the task describes, counted in float64."""
    import torch

    X, y = blobs()
    codes = torch.tensor(np.unique(y, return_inverse=True)[1])
    table = torch.tensor(np.column_stack([X, np.ones(len(X))]))
    weights = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=lr)
    for _ in range(steps):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(table @ weights, codes).backward()
        optimiser.step()
    return (table @ weights).softmax(dim=1).detach().numpy()


def of_class(model, name, *arguments):
    """What a method returns; what it raises becomes a hint."""
    need(hasattr(model, name), f"TorchLogistic has no method {name}.")
    found = attempt(lambda: getattr(model, name)(*arguments))
    need(not isinstance(found, Exception), f"{name} raises {told(found)}" if found is not None else "")
    return found


def fitted(TorchLogistic, X, y, what, **settings):
    model = TorchLogistic(**settings)
    result = attempt(lambda: model.fit(X, y))
    need(
        not isinstance(result, Exception),
        f"fit with {what} raises {told(result)}" if result is not None else "",
    )
    need(result is model, "fit returns something else than the estimator: end with return self.")
    return model


def need_settings(TorchLogistic):
    from sklearn.base import clone, is_classifier

    need(inspect.isclass(TorchLogistic), "TorchLogistic is a class; here it is something else.")
    model = attempt(TorchLogistic)
    raised = isinstance(model, Exception)
    need(not raised, f"TorchLogistic() raises {told(model)}." if raised else "")
    need(hasattr(model, "get_params"), "TorchLogistic has no get_params: does it inherit from BaseEstimator?")
    found = attempt(lambda: model.get_params())
    need(
        not isinstance(found, Exception),
        f"get_params raises {told(found)}. Are all settings stored as they came?",
    )
    need(set(found) == {"steps", "lr"}, f"The settings are steps and lr; get_params names {sorted(found)}.")
    need(found["steps"] == 300 and found["lr"] == 0.1, "The defaults are steps=300 and lr=0.1.")
    need(
        hasattr(model, "score") and attempt(lambda: is_classifier(model)) is True,
        "scikit-learn does not take it for a classifier: ClassifierMixin first, then BaseEstimator.",
    )
    extra = set(vars(model)) - {"steps", "lr"}
    need(not extra, f"__init__ stores settings only; it also makes {sorted(extra)}.")
    twin = attempt(lambda: clone(TorchLogistic(steps=7, lr=0.02)))
    raised = isinstance(twin, Exception)
    need(not raised, f"clone raises {told(twin)}." if raised else "")
    need((twin.steps, twin.lr) == (7, 0.02), "A clone has other settings than the original.")


def need_probabilities(TorchLogistic):
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    own_X, own_y = X.copy(), y.copy()
    model = fitted(TorchLogistic, own_X, own_y, "a float64 array and words")
    need(
        np.array_equal(own_X, X) and np.array_equal(own_y, y),
        "fit changes the table or the labels it was given.",
    )
    need(hasattr(model, "classes_"), "After fit there is no classes_.")
    same = list(model.classes_) == ["ant", "cat", "wolf"]
    need(same, f"classes_ should be the classes in order: ant, cat, wolf. It is {list(model.classes_)}.")
    P = of_class(model, "predict_proba", own_X)
    need(isinstance(P, np.ndarray), f"predict_proba returns a {type(P).__name__}; an array is asked for.")
    need(P.shape == (120, 3), f"predict_proba: for 120 rows and 3 classes the shape is {P.shape}.")
    need(np.isfinite(P).all(), "predict_proba gives values that are no numbers.")
    need(
        np.allclose(P.sum(axis=1), 1, atol=1e-4), "predict_proba: the rows do not sum to 1. Are those logits?"
    )
    need(np.array_equal(own_X, X), "predict_proba changes the table it was given.")
    said = np.asarray(of_class(model, "predict", own_X))
    need(said.shape == (120,), f"predict: one class for each row; the shape is {said.shape}.")
    need(said.dtype.kind not in "iuf", "predict returns numbers; the classes here are words. Use classes_.")
    need(set(said) <= set(model.classes_), "predict returns values that are no classes.")
    agree = np.mean(said == model.classes_[P.argmax(axis=1)])
    need(agree > 0.99, "predict and predict_proba do not agree on the most probable class.")
    converged = LogisticRegression(C=1e6, max_iter=2000).fit(X, y).predict_proba(X)
    gap = np.abs(P - converged).max()
    need(
        gap < 0.1,
        f"A probability is {gap:.2f} away from that of logistic regression. One layer, all rows in each "
        "step, 300 steps of Adam at 0.1, cross-entropy of the logits?",
    )
    gap = np.abs(P - exact(300, 0.1)).max()
    need(
        gap < 0.01,
        f"A probability is {gap:.3f} away from that of 300 steps of Adam at 0.1. Is it Adam as it comes, "
        "without weight decay, on the table as it is, with every row in every step?",
    )


def dense(table):
    return table.toarray() if hasattr(table, "toarray") else np.asarray(table)


def need_every_table(TorchLogistic):
    import pandas as pd
    from scipy import sparse

    X, y = blobs()
    P = of_class(fitted(TorchLogistic, X.copy(), y.copy(), "an array", steps=60), "predict_proba", X.copy())
    for what, table in [
        ("the same array", X.copy()),
        ("a float32 array", X.astype(np.float32)),
        ("a DataFrame", pd.DataFrame(X.copy(), columns=["a", "b"])),
        ("a sparse table", sparse.csr_matrix(X)),
    ]:
        before = dense(table).copy()
        again = fitted(TorchLogistic, table, y.copy(), what, steps=60)
        found = np.asarray(of_class(again, "predict_proba", table))
        need(np.array_equal(dense(table), before), f"{what[0].upper()}{what[1:]} that comes in is changed.")
        hint = "Fitted again, on {}, it gives other probabilities. All rows in each step, and from zero?"
        if what != "the same array":
            hint = "With {} of the same numbers other probabilities come out."
        same = found.shape == P.shape and np.allclose(found, P, atol=1e-3)
        need(same, hint.format(what))


def need_fresh_start(TorchLogistic):
    X, y = blobs()
    none = of_class(fitted(TorchLogistic, X.copy(), y.copy(), "steps=0", steps=0), "predict_proba", X.copy())
    need(
        np.allclose(none, 1 / 3, atol=1e-4),
        "With steps=0 all classes should be equally likely: start at zero, and take no step.",
    )
    few = fitted(TorchLogistic, X.copy(), y.copy(), "steps=1", steps=1, lr=0.01)
    first = of_class(few, "predict_proba", X.copy())
    need(not np.allclose(first, 1 / 3, atol=1e-4), "With steps=1 nothing is learned; is there one step?")
    slope = np.abs(first - 1 / 3).max()
    need(slope < 0.1, "One step at lr=0.01 changes the probabilities far too much. Are steps and lr used?")
    gap = np.abs(first - exact(1, 0.01)).max()
    need(
        gap < 0.002,
        f"With steps=1 and lr=0.01 a probability is {gap:.3f} away from that of one step of Adam on the "
        "table as it is. Is it Adam?",
    )
    attempt(lambda: few.fit(X.copy(), y.copy()))
    again = of_class(few, "predict_proba", X.copy())
    need(np.allclose(first, again, atol=1e-4), "A second fit does not start anew: it goes on from the first.")
    half = y != "cat"
    other = attempt(lambda: few.fit(X[half][:, :1].copy(), y[half].copy()))
    raised = isinstance(other, Exception)
    need(not raised, f"A second fit, with one column and two classes, raises {told(other)}" if raised else "")
    same = list(few.classes_) == ["ant", "wolf"]
    need(same, "After a second fit on other labels classes_ is the old one.")
    shape = np.shape(of_class(few, "predict_proba", X[half][:, :1].copy()))
    need(shape[1:] == (2,), f"Fitted on two classes, predict_proba gives the shape {shape}.")


@question
def q3(TorchLogistic):
    need_settings(TorchLogistic)
    need_probabilities(TorchLogistic)
    need_every_table(TorchLogistic)
    need_fresh_start(TorchLogistic)


# --- question 4 -----------------------------------------------------------------------------------


def need_shuffled_score(shuffled_score):
    table = np.random.default_rng(4).normal(size=(40, 3))
    for labels in (np.repeat([0, 1], 20), np.array(["good"] * 25 + ["spam"] * 15, dtype=object)):
        for seeds in (range(3), [7, 11], (5,)):
            need_one_case(shuffled_score, table, labels, seeds)


def need_one_case(shuffled_score, table, labels, seeds):
    seen, results = [], iter([0.9, 0.2, 0.4, 0.1, 0.3, 0.6] * 5)
    own_table, own_labels = table.copy(), labels.copy()

    def procedure(X, y):
        seen.append((np.array(X, copy=True), np.array(y, copy=True)))
        return next(results)

    seeds_told = f"seeds {list(seeds)}"
    found = called(shuffled_score, procedure, own_table, own_labels, seeds)
    need(found is not None, "shuffled_score returns nothing: does it end with return?")
    need(np.array_equal(own_labels, labels), "shuffled_score shuffles the labels it was given; take a copy.")
    need(np.array_equal(own_table, table), "shuffled_score changes the table.")
    k = len(list(seeds))
    need(len(seen) == k, f"With {seeds_told} the procedure is called {len(seen)} times; once for each seed.")
    for seed, (X, y) in zip(seeds, seen, strict=True):
        need(
            X.shape == table.shape and np.array_equal(X, table),
            "The procedure gets another table: leave it as it is.",
        )
        need(y.shape == labels.shape, f"The procedure gets labels of the shape {y.shape}.")
        counts = sorted(y.tolist()) == sorted(labels.tolist())
        need(counts, "The shuffled labels have other counts than before: permute them, do not draw new ones.")
        need(not np.array_equal(y, labels), "The procedure gets the labels unshuffled.")
        right = np.random.default_rng(seed).permutation(labels)
        need(
            np.array_equal(y, right),
            "Use np.random.default_rng(seed).permutation on the labels as they came.",
        )
    shape = np.shape(np.asarray(found))
    need(np.prod(shape) == 1, f"shuffled_score: one number, the mean; the shape is {shape}.")
    number = attempt(lambda: float(np.asarray(found).reshape(-1)[0]))
    need(not isinstance(number, Exception), "shuffled_score: return a number.")
    values = np.array([0.9, 0.2, 0.4][:k])
    need(
        k == 1 or not np.isclose(number, values.sum()),
        "shuffled_score: that is the sum; the mean is asked for.",
    )
    need(np.isclose(number, values.mean(), atol=1e-6), "shuffled_score: that is not the mean of the results.")


@question
def q4(shuffled_score, leaky):
    if given(shuffled_score):
        need_shuffled_score(shuffled_score)
    if given(leaky):
        fine = isinstance(leaky, Set | list | tuple | str) or hasattr(leaky, "tolist")
        need(fine, 'leaky is a set of letters such as {"A", "B"}.')
        letters = {str(letter).strip().upper() for letter in leaky} - {"", ","}
        need(
            letters <= set("ABCD"), f"leaky has the letters A to D; here is {sorted(letters - set('ABCD'))}."
        )
        for letter in sorted({"A", "D"} - letters):
            need(False, f"{letter} is not in the set: what is its mean over the shuffles?")
        need(
            "B" not in letters,
            "B: with shuffled labels its mean is near one half. Where are the columns chosen?",
        )
        need(
            "C" not in letters, "C: with shuffled labels its mean is near one half. Do means look at labels?"
        )


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.9967, 0.9867, 0.9789, 0.99, 0.9489])  # ROC-AUC on the notebook's five folds
CLOSE = 0.0015


def interval(differences, overlap=1 / 4, t=2.7764):
    """Mean difference over folds, and the ends of its 95 % interval; t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


@functools.cache
def last_fold():
    """Labels of the 300 messages, and the rows of the last fold, where models differ most."""
    from sklearn.model_selection import StratifiedKFold

    sms = load("sms").groupby("is_spam").sample(150, random_state=0).reset_index(drop=True)
    y = sms["is_spam"].to_numpy(np.int64)
    *_, (train, test) = StratifiedKFold(5, shuffle=True, random_state=0).split(y, y)
    return y, train, test


def scores_of(model, table, y, train, test):
    """ROC-AUC of a clone of the model on the last fold; a hint where that fails."""
    import joblib
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    def run():
        own = clone(model) if hasattr(model, "get_params") else model
        own.fit(table.iloc[train].copy(), y[train].copy())
        new = table.iloc[test].copy()
        if hasattr(own, "predict_proba"):
            return roc_auc_score(y[test], np.asarray(own.predict_proba(new))[:, 1])
        return roc_auc_score(y[test], np.asarray(own.decision_function(new)))

    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        found = attempt(run)
    need(
        not isinstance(found, Exception),
        f"rival() on the last fold raises {told(found)}" if found is not None else "",
    )
    return found


def rival_on_last_fold(rival, messages):
    """Its ROC-AUC, if it uses the embeddings."""
    need(callable(rival), "rival is a function that returns the model; here it is the model itself.")
    model = called(rival)
    need(model is not None, "rival returns nothing: does it end with return?")
    need(not isinstance(model, type), f"rival returns the class {model}; return a model, made by calling it.")
    fine = hasattr(model, "fit") and (hasattr(model, "predict_proba") or hasattr(model, "decision_function"))
    need(fine, f"rival returns a {type(model).__name__} without fit and predict_proba or decision_function.")
    y, train, test = last_fold()
    score = scores_of(model, messages, y, train, test)
    mixed = messages.copy()
    vectors = [name for name in mixed.columns if str(name).startswith("v")]
    order = np.random.default_rng(0).permutation(len(mixed))
    mixed[vectors] = mixed[vectors].to_numpy()[order]
    without = scores_of(model, mixed, y, train, test)
    need(
        abs(score - without) > 1e-9,
        "rival() does not use the embeddings: with mixed ones it scores the same.",
    )
    if score > 0.8:
        swapped = y.copy()
        swapped[train] = 1 - y[train]
        need(
            scores_of(model, messages, swapped, train, test) < 0.6,
            "Fitted with the labels of the training part swapped, rival() still finds the true ones of the "
            "test part. From where does it know them?",
        )
    return score


def judge_scores(scores):
    """The five scores as an array, if they can be what was asked for."""
    need(np.ndim(scores) > 0, "rival_scores are five numbers, one for each fold; a mean has no spread.")
    scores = np.asarray(list(scores))
    need(scores.dtype.kind in "iuf", "rival_scores are five numbers, one for each fold.")
    scores = scores.astype(float)
    need(
        scores.shape == (5,),
        f"rival_scores are five numbers, one for each fold; the shape is {scores.shape}.",
    )
    need(np.isfinite(scores).all(), "Some of rival_scores are no numbers.")
    need(((scores >= 0) & (scores <= 1)).all(), "A ROC-AUC lies between 0 and 1.")
    need(not np.allclose(scores, BASELINE, atol=2e-4), "rival_scores are those of the baseline.")
    need(
        scores.min() < 0.9999 or np.ptp(scores) > 0,
        "A score of 1 on every fold: was the model fitted on the messages that it is judged on?",
    )
    return scores


def need_the_interval(difference, scores):
    three = "difference is three numbers: mean, low, high."
    need(np.iterable(difference) and len(list(difference)) == 3, three)
    got = np.asarray(list(difference))
    need(got.dtype.kind in "iuf", three)
    got, differences = got.astype(float), scores - BASELINE
    right = interval(differences)
    if np.allclose(got, right, rtol=0, atol=CLOSE):
        return
    mean, high = right[0], right[2]
    slips = [
        (-right[[0, 2, 1]], "It is baseline minus rival; rival minus baseline is asked for."),
        (right[[0, 2, 1]], "Right numbers, wrong order: mean, low, high."),
        (right[[1, 0, 2]], "Right numbers, wrong order: mean, low, high."),
        ([mean, high - mean, high - mean], "Give the ends of the interval, not how far it reaches."),
        (interval(differences, 0), "That takes the folds for independent: overlap is n_test / n_train."),
        (interval(differences, 1 / 9), "overlap is n_test / n_train: what is it for five folds?"),
        (interval(differences, 4), "overlap is n_test / n_train, not the other way round."),
        (interval(differences, t=1.96), "With five differences the factor is that of t, not 1.96."),
        (interval(scores), "That is the interval of the rival's scores; subtract the baseline's first."),
    ]
    for other, hint in slips:
        need(not np.allclose(got, other, rtol=0, atol=CLOSE / 2), f"difference: {hint}")
    need(np.isfinite(got).all(), "difference holds values that are no numbers.")
    need(
        abs(got[0] - mean) < CLOSE, f"difference: the mean is given as {got[0]:+.3f}; the scores say another."
    )
    need(
        False, "difference: the mean is right, the ends are not. Did interval get the differences and 1 / 4?"
    )


def need_the_verdict(verdict, scores):
    words = ("better", "worse", "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(scores - BASELINE)
    right = {"better"} if low > 0 else {"worse"} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < CLOSE:  # on the very edge the digits decide
        right |= {"cannot tell", "better" if mean > 0 else "worse"}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? It is rival minus baseline, and more is better.")


def whole(answer):
    """Is the answer there, and every part of it?"""
    return given(answer) and (not isinstance(answer, list | tuple) or given(*answer))


@question
def q5(rival, rival_scores, difference, verdict, given_messages):
    scores = judge_scores(rival_scores) if whole(rival_scores) else None
    if given(rival, given_messages):
        made = len(given_messages) == 300 and "text" in given_messages
        need(made, "messages has changed: run the cell that makes it again.")
        score = rival_on_last_fold(rival, given_messages)
        if scores is not None and abs(scores[4] - score) > 0.003:
            own = (given_messages, *last_fold())
            again = (scores_of(called(rival), *own) for _ in range(3))
            chance = any(abs(other - score) > 1e-9 for other in again)  # it draws anew at every fit
            need(
                chance and abs(scores[4] - score) < 0.05,
                f"rival_scores ends with {scores[4]:.3f}. On this fold rival() scores {score:.3f}, "
                "fitted on the others. Are these its scores, on messages that it had not seen?",
            )
    if whole(difference) and given(rival_scores, difference) and scores is not None:
        need_the_interval(difference, scores)
    if given(rival_scores, verdict) and scores is not None:
        need_the_verdict(verdict, scores)
