"""Answers to the questions of chapter 4 that must pass, and mistakes that must get a hint."""

import re

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, mutual_info_classif
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score, cross_validate, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    scale,
)
from sklearn.tree import DecisionTreeClassifier

from coursekit.loading import load

NUMBERS = ["tenure", "monthly_charges", "total_charges"]
WORDS = ["contract", "payment_method"]
FILLED = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
ONE_HOT = OneHotEncoder(handle_unknown="ignore")


def together(numbers=FILLED, words=ONE_HOT, remainder="drop"):
    return make_column_transformer((numbers, NUMBERS), (words, WORDS), remainder=remainder)


BY_NAME = ColumnTransformer(
    [
        ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS),
        (
            "numbers",
            Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())]),
            NUMBERS,
        ),
    ]
).set_output(transform="pandas")
SIDE_BY_SIDE = make_column_transformer(
    (SimpleImputer(strategy="median"), NUMBERS), (StandardScaler(), NUMBERS), (ONE_HOT, WORDS)
)
FILLED_BY_BATCH = FunctionTransformer(lambda table: table.fillna(table.median()))
SCALED_BY_BATCH = make_pipeline(SimpleImputer(strategy="median"), FunctionTransformer(scale))
FLAGGED = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
SCALED_FIRST = make_pipeline(StandardScaler(), SimpleImputer(strategy="median"))
SCALED_TOO = make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), StandardScaler())


FLOATS = make_pipeline(FILLED, FunctionTransformer(np.float32, feature_names_out="one-to-one"))
KNOWN_WORDS = OneHotEncoder(
    categories=[sorted(load("customers")[name].unique()) for name in WORDS], handle_unknown="ignore"
)
ONE_STRANGER = make_column_transformer(
    (FILLED, NUMBERS), (ONE_HOT, WORDS[:1]), (OneHotEncoder(), WORDS[1:]), remainder="drop"
)
NOT_CENTRED = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(with_mean=False))


def city_columns(train, new, at_least):
    counts = pd.Series(list(train)).value_counts()
    known = sorted(counts.index[counts >= at_least])
    return pd.DataFrame([[*(int(city == name) for name in known), int(city not in known)] for city in new])


def cities_by_encoder(train, new, at_least):
    """Rare and unknown cities become a word of their own first, then all are one-hot encoded."""
    names, counts = np.unique(train.astype(str), return_counts=True)
    known = list(names[counts >= at_least])
    merged = np.where(np.isin(new.astype(str), known), new.astype(str), "other")
    encoder = OneHotEncoder(categories=[[*known, "other"]], dtype=int)
    return encoder.fit_transform(merged[:, None])


def cities(at_least=None, handle="ignore"):
    """scikit-learn's encoder as it is, with some of its settings."""

    def encode(train, new, limit):
        encoder = OneHotEncoder(min_frequency=at_least and limit, handle_unknown=handle, sparse_output=False)
        return encoder.fit(train[:, None]).transform(new[:, None])

    return encode


def cities_by_dummies(train, new, at_least):
    """Truth values, from a categorical column."""
    counts = pd.Series(train).value_counts()
    known = sorted(counts.index[counts >= at_least])
    table = pd.get_dummies(pd.Categorical(new, categories=known))
    table["other"] = ~table.any(axis=1)
    return table


def cities_cut_short(train, new, at_least):
    """In an array of short names there is no room for the word "other"."""
    names, counts = np.unique(train, return_counts=True)
    known = names[counts >= at_least]
    merged = new.copy()
    merged[~np.isin(merged, known)] = "other"
    return np.array([[*(city == name for name in known), city == "other"] for city in merged], int)


def cities_in_place(train, new, at_least):
    found = city_columns(train, new, at_least)
    new[found.iloc[:, -1].to_numpy() == 1] = "?"
    return found


def cities_by_count(train, new, at_least):
    counts = pd.Series(train).value_counts()
    known = list(counts.index[counts >= at_least])
    return [[*(int(city == name) for name in known), int(city not in known)] for city in new]


def dummies_of_train(train, new, at_least):
    counts = pd.Series(train).value_counts()
    return pd.get_dummies(new).reindex(columns=sorted(counts.index[counts >= at_least]), fill_value=0)


def cities_other_first(train, new, at_least):
    return city_columns(train, new, at_least).iloc[:, ::-1]


def parts(hour, weekday=lambda times: times.dt.day_of_week, length=24, turn=2 * np.pi, swap=False):
    """The columns of question 3, with one thing or another changed."""

    def time_columns(times):
        angle = turn * hour(times) / length
        pair = (np.cos(angle), np.sin(angle)) if swap else (np.sin(angle), np.cos(angle))
        month, day = times.dt.month, weekday(times)
        return pd.DataFrame({"month": month, "weekday": day, "hour_sin": pair[0], "hour_cos": pair[1]})

    return time_columns


def exact(times):
    return times.dt.hour + times.dt.minute / 60


def by_complex(times):
    turn = np.exp(2j * np.pi * (times - times.dt.normalize()).dt.total_seconds().to_numpy() / 86400)
    columns = {"hour_cos": turn.real, "hour_sin": turn.imag}
    days = [time.weekday() for time in times]
    columns |= {"weekday": days, "month": [time.month for time in times]}
    return pd.DataFrame(columns, index=times.index)


def one_column_short(times):
    return parts(exact)(times).drop(columns="hour_cos")


def with_new_index(times):
    found = parts(exact)(times)
    times.index = range(len(times))
    return found


def words_of(text):
    return re.findall(r"\b\w\w+\b", text.lower())


def tfidf(add=1, plus=1, log=np.log, norm=True, split=words_of, safe=True, learn="train"):
    """TF-IDF by hand, with one thing or another changed."""

    def weights_of(train, new):
        vocabulary = sorted({word for text in train for word in split(text)})

        def counts(texts):
            return np.array([[split(text).count(word) for word in vocabulary] for text in texts], float)

        source = train if learn == "train" else new
        held = (counts(source) > 0).sum(axis=0) if learn != "sums" else counts(train).sum(axis=0)
        source = train if learn == "sums" else source
        with np.errstate(all="ignore"):
            weights = counts(new) * (log((add + len(source)) / (add + held)) + plus)
            length = np.linalg.norm(weights, axis=1, keepdims=True)
            return weights / (np.where(length == 0, 1, length) if safe else length) if norm else weights

    return weights_of


def tfidf_with_transformer(train, new):
    """The library's second half, on counts made by hand."""
    vocabulary = sorted({word for text in train for word in words_of(text)})
    counts = [[[words_of(t).count(word) for word in vocabulary] for t in texts] for texts in (train, new)]
    return TfidfTransformer().fit(counts[0]).transform(counts[1])


def tfidf_with_counter(train, new):
    vectorizer = CountVectorizer().fit(train)
    return TfidfTransformer().fit(vectorizer.transform(train)).transform(vectorizer.transform(new))


def tfidf_unsorted(train, new):
    words = list(dict.fromkeys(word for text in train for word in words_of(text)))
    return tfidf()(train, new)[:, [sorted(words).index(word) for word in words]]


def tfidf_safe_by_a_little(train, new):
    weights = tfidf(norm=False)(train, new)
    return weights / (np.linalg.norm(weights, axis=1, keepdims=True) + 1e-10)


def tfidf_in_loops(train, new):
    """Plain Python, as nested lists."""
    vocabulary = sorted({word for text in train for word in words_of(text)})
    n, rows = len(train), []
    for text in new:
        row = []
        for word in vocabulary:
            d = sum(word in words_of(other) for other in train)
            row.append(words_of(text).count(word) * (np.log((1 + n) / (1 + d)) + 1))
        length = sum(weight**2 for weight in row) ** 0.5
        rows.append([weight / length if length else 0 for weight in row])
    return rows


def tfidf_damped(train, new):
    """A logarithm of the count in place of the count."""
    vocabulary = sorted({word for text in train for word in words_of(text)})
    counts = np.array([[words_of(text).count(word) for word in vocabulary] for text in new], float)
    held = np.array([sum(word in words_of(text) for text in train) for word in vocabulary])
    table = np.log1p(counts) * (np.log((1 + len(train)) / (1 + held)) + 1)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return table / np.where(length == 0, 1, length)


def tfidf_adding_to_one(train, new):
    weights = tfidf(norm=False)(train, new)
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


def tfidf_of_presence(train, new):
    return tfidf()(train, [" ".join(set(words_of(text))) for text in new])


FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
LOGISTIC = LogisticRegression(max_iter=1000)


def auc_of(model, X, y):
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def pruned(choose, score=auc_of, model=LOGISTIC, fitted_on=None, folds=FOLDS):
    """Scores in which `choose(X, y, n)` names the columns, from the training rows of each fold."""

    def pruned_scores(X, y, n_keep):
        scores, kept = [], []
        for fit, held in folds.split(X, y):
            kept.append(list(choose(X.iloc[fit], y[fit], n_keep)))
            table = X[kept[-1] if fitted_on is None else fitted_on(X)]
            fitted = make_pipeline(StandardScaler(), model).fit(table.iloc[fit], y[fit])
            scores.append(score(fitted, table.iloc[held], y[held]))
        return scores, kept

    return pruned_scores


def by_rank(X, y, n):
    return X.corrwith(pd.Series(y, index=X.index), method="spearman").abs().nlargest(n).index


def by_weight(X, y, n):
    lasso = LogisticRegression(l1_ratio=1, C=0.2, solver="liblinear", random_state=0)
    weights = lasso.fit(StandardScaler().fit_transform(X), y).coef_[0]
    return X.columns[np.argsort(-np.abs(weights))[:n]]


def by_recursion(X, y, n):
    found = RFE(LOGISTIC, n_features_to_select=n, step=0.3).fit(StandardScaler().fit_transform(X), y)
    return X.columns[found.support_]


def by_forest(X, y, n):
    forest = RandomForestClassifier(20, random_state=0).fit(X, y)
    return X.columns[np.argsort(-forest.feature_importances_)[:n]]


def by_lasso(threshold, C=0.1):
    lasso = LogisticRegression(l1_ratio=1, C=C, solver="liblinear", random_state=0)

    def choose(X, y, n):
        found = SelectFromModel(lasso, max_features=n, threshold=threshold)
        return X.columns[found.fit(StandardScaler().fit_transform(X), y).get_support()]

    return choose


def by_signed_correlation(X, y, n):
    return X.corrwith(pd.Series(y, index=X.index)).nlargest(n).index


def by_signed_weight(X, y, n):
    return X.columns[np.argsort(-LOGISTIC.fit(StandardScaler().fit_transform(X), y).coef_[0])[:n]]


def by_raw_weight(X, y, n):
    lasso = LogisticRegression(l1_ratio=1, C=0.2, solver="liblinear", random_state=0)
    return X.columns[np.argsort(-np.abs(lasso.fit(X, y).coef_[0]))[:n]]


def auc_of_classes(model, X, y):
    return roc_auc_score(y, model.predict(X))


def named_once(X, y, n_keep):
    scores, kept = pruned(by_rank)(X, y, n_keep)
    return scores, [list(by_rank(X, y, n_keep))] * len(kept)


def by_mutual_information(X, y, n):
    return X.columns[np.argsort(-mutual_info_classif(X, y, random_state=5))[:n]]


def by_last_weights(X, y, n):
    """Where all weights are zero, the last columns are kept."""
    lasso = LogisticRegression(l1_ratio=1, C=0.05, solver="liblinear", random_state=0)
    return X.columns[np.argsort(np.abs(lasso.fit(StandardScaler().fit_transform(X), y).coef_[0]))[-n:]]


def by_permutation(X, y, n):
    """As in the lesson, on rows held out within the training fold."""
    fit, held = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=0)
    model = make_pipeline(StandardScaler(), LOGISTIC).fit(X.iloc[fit], y[fit])
    lost = permutation_importance(
        model, X.iloc[held], y[held], scoring="roc_auc", n_repeats=3, random_state=0
    )
    return X.columns[np.argsort(-lost.importances_mean)[:n]]


def as_arrays(X, y, n_keep):
    scores, kept = pruned(by_rank)(X, y, n_keep)
    return np.array(scores, np.float64), np.array(kept)


def on_all_rows(choose):
    """In each fold the names come from all rows."""

    def pruned_scores(X, y, n_keep):
        return pruned(lambda *_: choose(X, y, n_keep))(X, y, n_keep)

    return pruned_scores


def rounded(X, y, n_keep):
    scores, kept = pruned(by_rank)(X, y, n_keep)
    return np.round(scores, 3), kept


def with_index_reset(X, y, n_keep):
    X.index = range(len(X))
    return pruned(by_rank)(X, y, n_keep)


def by_variance(X, y, n):
    return X.var().nlargest(n).index


def chosen_before(X, y, n_keep):
    names = list(X.columns[SelectKBest(k=n_keep).fit(X, y).get_support()])
    scores = cross_val_score(
        make_pipeline(StandardScaler(), LOGISTIC), X[names], y, cv=FOLDS, scoring="roc_auc"
    )
    return scores, [names] * 5


def with_mask(X, y, n_keep):
    model = make_pipeline(StandardScaler(), SelectKBest(k=n_keep), LOGISTIC)
    result = cross_validate(model, X, y, cv=FOLDS, scoring="roc_auc", return_estimator=True)
    return result["test_score"], [fitted[1].get_support(indices=True) for fitted in result["estimator"]]


def mean_only(X, y, n_keep):
    scores, kept = pruned(by_rank)(X, y, n_keep)
    return np.mean(scores), kept


def on_training_rows(X, y, n_keep):
    names = list(by_rank(X, y, n_keep))
    model = make_pipeline(StandardScaler(), LOGISTIC).fit(X[names], y)
    return [roc_auc_score(y, model.predict_proba(X[names])[:, 1])] * 5, [names] * 5


RIGHT = {
    "q1": [
        ("with the library's helper", (together(),)),
        ("named, words first, as a pandas table", (BY_NAME,)),
        ("inside a pipeline", (make_pipeline(together()),)),
        ("half the digits", (together(FLOATS),)),
        ("the words written out", (together(words=KNOWN_WORDS),)),
        ("fitted already", lambda: (clone(together()).fit(load("customers")),)),
    ],
    "q2": [
        ("a loop, as a table", (city_columns,)),
        ("merged into a word first, sparse", (cities_by_encoder,)),
        ("truth values", (cities_by_dummies,)),
    ],
    "q3": [
        ("with the library's parts", (parts(exact),)),
        ("a complex number, in another order", (by_complex,)),
        ("half the digits", (lambda times: parts(exact)(times).astype(np.float32),)),
    ],
    "q4": [
        ("by hand", (tfidf(),)),
        ("base e written out", (tfidf(log=lambda x: np.log2(x) / np.log2(np.e)),)),
        ("the library's last step on counts by hand, sparse", (tfidf_with_transformer,)),
        ("loops and lists", (tfidf_in_loops,)),
    ],
    "q5": [
        ("rank correlation", (pruned(by_rank),)),
        ("L1 weights", (pruned(by_weight),)),
        ("recursive", (pruned(by_recursion),)),
        ("importance in a forest", (pruned(by_forest),)),
        ("mutual information", (pruned(by_mutual_information),)),
        ("L1, exactly as many as asked", (pruned(by_lasso(-np.inf)),)),
        ("balanced classes", (pruned(by_rank, model=LogisticRegression(class_weight="balanced")),)),
        ("L1 of the lesson, where all weights may be zero", (pruned(by_lasso(-np.inf, 0.05)),)),
        ("the same, ties to the last columns", (pruned(by_last_weights),)),
        ("L1, hardly any price", (pruned(by_lasso(-np.inf, 10)),)),
        ("permutation importance", (pruned(by_permutation),)),
        ("other folds", (pruned(by_rank, folds=StratifiedKFold(5, shuffle=True, random_state=7)),)),
        ("folds that are not shuffled", (pruned(by_recursion, folds=StratifiedKFold(5)),)),
        ("arrays", (as_arrays,)),
        (
            "penalty chosen inside",
            (
                pruned(
                    by_rank,
                    model=LogisticRegressionCV(Cs=3, cv=3, l1_ratios=(0,), use_legacy_attributes=False),
                ),
            ),
        ),
    ],
}

WRONG = {
    "q1": [
        ("filled and scaled side by side", (SIDE_BY_SIDE,)),
        ("all other columns stay", (together(remainder="passthrough"),)),
        ("numbers for words", (together(words=OrdinalEncoder()),)),
        ("the first word follows from the others", (together(words=OneHotEncoder(drop="first")),)),
        ("I forgot new words", (together(words=OneHotEncoder()),)),
        ("numbers are the rest", (make_column_transformer((ONE_HOT, WORDS), remainder=FILLED),)),
        ("words scaled as well", (together(words=SCALED_TOO),)),
        ("min-max is scaling, too", (together(make_pipeline(SimpleImputer(), MinMaxScaler())),)),
        ("the mean fills as well", (together(make_pipeline(SimpleImputer(), StandardScaler())),)),
        ("scaling copes with gaps", (together(StandardScaler()),)),
        ("median of the new rows", (together(make_pipeline(FILLED_BY_BATCH, StandardScaler())),)),
        ("new rows scaled by themselves", (together(SCALED_BY_BATCH),)),
        ("a column for the gaps", (together(FLAGGED),)),
        ("scaled first, then filled", (together(SCALED_FIRST),)),
        ("one number forgotten", (make_column_transformer((FILLED, NUMBERS[:2]), (ONE_HOT, WORDS)),)),
        ("one word forgotten", (make_column_transformer((FILLED, NUMBERS), (ONE_HOT, WORDS[:1])),)),
        ("the class", (ColumnTransformer,)),
        ("strangers among the contracts alone", (ONE_STRANGER,)),
        ("not centred", (together(NOT_CENTRED),)),
        ("gaps are zero", (together(make_pipeline(SimpleImputer(strategy="constant"), StandardScaler())),)),
        ("gaps from the neighbours", (together(make_pipeline(KNNImputer(), StandardScaler())),)),
        ("rare words in one column", (together(words=OneHotEncoder(min_frequency=1000)),)),
        ("the finished table", (pd.DataFrame({"tenure": [0.0]}),)),
    ],
    "q2": [
        ("zeros for strangers", (cities(),)),
        ("an error for strangers", (cities(handle="error"),)),
        ("infrequent if exist", (cities(at_least=True, handle="infrequent_if_exist"),)),
        ("counted in new", (lambda train, new, at_least: city_columns(new, new, at_least),)),
        ("more than at_least", (lambda train, new, at_least: city_columns(train, new, at_least + 1),)),
        ("other comes first", (cities_other_first,)),
        ("counted in both", (lambda train, new, at_least: city_columns([*train, *new], new, at_least),)),
        ("dummies in the columns of train", (dummies_of_train,)),
        ("no room for a longer word", (cities_cut_short,)),
        ("new is changed", (cities_in_place,)),
        ("the most frequent first", (cities_by_count,)),
        ("two is enough everywhere", (lambda train, new, at_least: city_columns(train, new, 2),)),
        ("dummies of new", (lambda train, new, at_least: pd.get_dummies(new),)),
    ],
    "q3": [
        ("whole hours", (parts(lambda times: times.dt.hour),)),
        ("23 is the last hour", (parts(lambda times: times.dt.hour, length=23),)),
        ("a clock has twelve hours", (parts(exact, length=12),)),
        ("sine and cosine swapped", (parts(exact, swap=True),)),
        ("Sunday first", (parts(exact, weekday=lambda times: (times.dt.day_of_week + 1) % 7),)),
        ("Monday is 1", (parts(exact, weekday=lambda times: times.dt.day_of_week + 1),)),
        ("degrees", (parts(exact, turn=360),)),
        ("no 2π", (parts(exact, turn=1, length=1),)),
        ("days by name", (parts(exact, weekday=lambda times: times.dt.day_name()),)),
        ("months as text", (lambda times: parts(exact)(times).astype({"month": str}),)),
        ("times gets a new index", (with_new_index,)),
        ("18:30 is 18.3", (parts(lambda times: times.dt.hour + times.dt.minute / 100),)),
        ("a fresh index", (lambda times: parts(exact)(times).reset_index(drop=True),)),
        ("sine is enough", (one_column_short,)),
    ],
    "q4": [
        ("no smoothing", (tfidf(add=0),)),
        ("no plus one", (tfidf(plus=0),)),
        ("base ten", (tfidf(log=np.log10),)),
        ("not normalised", (tfidf(norm=False),)),
        ("idf of new", (tfidf(learn="new"),)),
        ("occurrences in place of texts", (tfidf(learn="sums"),)),
        ("split at blanks", (tfidf(split=lambda text: text.lower().split()),)),
        ("capitals stay", (tfidf(split=lambda text: re.findall(r"\b\w\w+\b", text)),)),
        ("nothing divided by nothing", (tfidf(safe=False),)),
        ("rounded", (lambda train, new: tfidf()(train, new).round(4),)),
        ("half the digits", (lambda train, new: tfidf()(train, new).astype(np.float32),)),
        ("a little added to the length", (tfidf_safe_by_a_little,)),
        ("words in the order of the texts", (tfidf_unsorted,)),
        ("a logarithm of the count", (tfidf_damped,)),
        ("rows that add to one", (tfidf_adding_to_one,)),
        ("words of both", (lambda train, new: tfidf()([*train, *new], new),)),
        ("presence in place of counts", (tfidf_of_presence,)),
        ("counts and no idf", (tfidf(log=np.zeros_like),)),
        ("the library does it", (lambda train, new: TfidfVectorizer().fit(train).transform(new),)),
        ("the library's counter", (tfidf_with_counter,)),
        ("fitted on new", (lambda train, new: TfidfVectorizer().fit_transform(new),)),
    ],
    "q5": [
        ("chosen once, on all rows", (chosen_before,)),
        ("judged on training rows", (on_training_rows,)),
        ("by variance", (pruned(by_variance),)),
        ("the first ones", (pruned(lambda X, y, n: X.columns[:n]),)),
        ("all of them", (pruned(lambda X, y, n: X.columns),)),
        ("the mean", (mean_only,)),
        ("numbers in place of names", (with_mask,)),
        ("accuracy is the score", (pruned(by_rank, lambda model, X, y: model.score(X, y)),)),
        ("AUC of predict", (pruned(by_rank, auc_of_classes),)),
        (
            "AUC of predict, balanced classes",
            (pruned(by_rank, auc_of_classes, LogisticRegression(class_weight="balanced")),),
        ),
        ("the largest correlations", (pruned(by_signed_correlation),)),
        ("the largest weights", (pruned(by_signed_weight),)),
        ("weights in raw units", (pruned(by_raw_weight),)),
        ("always five", (lambda X, y, n_keep: pruned(by_rank)(X, y, 5),)),
        ("L1, at most as many as asked", (pruned(by_lasso(None)),)),
        ("L1 of the lesson, no threshold", (pruned(by_lasso(None, 0.05)),)),
        ("fitted on all columns", (pruned(by_rank, fitted_on=lambda X: list(X.columns)),)),
        ("scores honest, names from all rows", (named_once,)),
        ("in each fold by all rows", (on_all_rows(by_rank),)),
        ("by all rows, mutual information", (on_all_rows(by_mutual_information),)),
        ("by all rows, recursive", (on_all_rows(by_recursion),)),
        ("five folds, not stratified", (pruned(by_rank, folds=KFold(5, shuffle=True, random_state=0)),)),
        ("five folds in order", (pruned(by_rank, folds=KFold(5)),)),
        ("a tree", (pruned(by_rank, model=DecisionTreeClassifier(max_depth=3, random_state=0)),)),
        ("naive Bayes", (pruned(by_rank, model=GaussianNB()),)),
        ("three digits", (rounded,)),
        ("X gets a new index", (with_index_reset,)),
    ],
}
