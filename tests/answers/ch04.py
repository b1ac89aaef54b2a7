"""Answers to the questions of chapter 4 that must pass, and mistakes that must get a hint."""

import re

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

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
SCALED_TOO = make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), StandardScaler())


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
    return pd.DataFrame({**columns, "weekday": days, "month": [time.month for time in times]})


def one_column_short(times):
    return parts(exact)(times).drop(columns="hour_cos")


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


def tfidf_with_counter(train, new):
    vectorizer = CountVectorizer().fit(train)
    return TfidfTransformer().fit(vectorizer.transform(train)).transform(vectorizer.transform(new))


FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
LOGISTIC = LogisticRegression(max_iter=1000)


def pruned(choose, scale=True):
    """Scores in which `choose(X, y, n)` names the columns, from the training rows of each fold."""

    def pruned_scores(X, y, n_keep):
        scores, kept = [], []
        for fit, held in FOLDS.split(X, y):
            names = list(choose(X.iloc[fit], y[fit], n_keep))
            model = make_pipeline(StandardScaler(), LOGISTIC).fit(X[names].iloc[fit], y[fit])
            scores.append(roc_auc_score(y[held], model.predict_proba(X[names].iloc[held])[:, 1]))
            kept.append(names)
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
    ],
    "q2": [
        ("a loop, as a table", (city_columns,)),
        ("merged into a word first, sparse", (cities_by_encoder,)),
    ],
    "q3": [
        ("with the library's parts", (parts(exact),)),
        ("a complex number, in another order", (by_complex,)),
    ],
    "q4": [
        ("by hand", (tfidf(),)),
        ("base e written out", (tfidf(log=lambda x: np.log2(x) / np.log2(np.e)),)),
        ("the library's parts, sparse", (tfidf_with_counter,)),
    ],
    "q5": [
        ("rank correlation", (pruned(by_rank),)),
        ("L1 weights", (pruned(by_weight),)),
        ("recursive", (pruned(by_recursion),)),
    ],
}

WRONG = {
    "q1": [
        ("filled and scaled side by side", (SIDE_BY_SIDE,)),
        ("all other columns stay", (together(remainder="passthrough"),)),
        ("numbers for words", (together(words=OrdinalEncoder()),)),
        ("the first word follows from the others", (together(words=OneHotEncoder(drop="first")),)),
        ("I forgot new words", (together(words=OneHotEncoder()),)),
        ("words scaled as well", (together(words=SCALED_TOO),)),
        ("min-max is scaling, too", (together(make_pipeline(SimpleImputer(), MinMaxScaler())),)),
        ("the mean fills as well", (together(make_pipeline(SimpleImputer(), StandardScaler())),)),
        ("scaling copes with gaps", (together(StandardScaler()),)),
        ("the finished table", (pd.DataFrame({"tenure": [0.0]}),)),
    ],
    "q2": [
        ("zeros for strangers", (cities(),)),
        ("an error for strangers", (cities(handle="error"),)),
        ("infrequent if exist", (cities(at_least=True, handle="infrequent_if_exist"),)),
        ("counted in new", (lambda train, new, at_least: city_columns(new, new, at_least),)),
        ("more than at_least", (lambda train, new, at_least: city_columns(train, new, at_least + 1),)),
        ("other comes first", (cities_other_first,)),
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
    ],
}
