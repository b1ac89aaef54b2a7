# %% [markdown]
# # 4 · Exercises: Feature engineering
#
# Five questions: build one object out of many steps, meet a city nobody has seen, take dates apart, write
# TF-IDF to twelve digits, and prune columns without fooling yourself. Write your answer where a cell asks
# for it, run the cell, then the check below it. A function of yours leaves what it is given as it was.

# %%
import re

import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(4)
customers = ck.load("customers")
amounts = ["tenure", "monthly_charges", "total_charges"]
print("gaps:", customers[amounts].isna().sum().to_dict())
customers[[*amounts, "contract", "payment_method"]].head(3)

# %% [markdown]
# ## Question 1 · One object
#
# Build `preparation`, a `ColumnTransformer` for the customers (the check fits it):
#
# - `tenure`, `monthly_charges` and `total_charges`: gaps filled with the median, then scaled to mean 0 and
#   standard deviation 1
# - `contract` and `payment_method`: one column for each word; a word that was not there in `fit` gets
#   zeros
# - all other columns are dropped
#
# <details><summary>Hint</summary>Two steps for the numbers make a small pipeline of their own. What
# <code>make_column_transformer</code> does with columns it was not told about is set by
# <code>remainder</code>; look up its default.</details>

# %% answer="q1"
preparation = ...
### BEGIN SOLUTION
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
words = OneHotEncoder(handle_unknown="ignore")
preparation = make_column_transformer(
    (numbers, ["tenure", "monthly_charges", "total_charges"]),
    (words, ["contract", "payment_method"]),
)
### END SOLUTION

# %% check="q1" points=2 minutes=15
check.q1(preparation)

# %% [markdown] tags=["solution"]
# The columns are named, so their order in the table does not matter, and what is not named is dropped
# (the default of `remainder`).
#
# Filling and scaling as two transformers of the `ColumnTransformer`, side by side, gives six columns and
# leaves the gaps in three of them: steps that follow each other belong in a pipeline. Without
# `handle_unknown` the first customer with a new contract stops the program. For `total_charges` alone a
# constant 0 would be the better filling: the gaps are customers who have not paid yet.

# %% [markdown]
# ## Question 2 · A city nobody has seen
#
# Write `city_columns(train, new, at_least)`. `train` and `new` are NumPy arrays of city names. It returns
# an array with a row for each entry of `new`: first a column (0 or 1) for each city with **at least**
# `at_least` entries in `train`, in alphabetical order, then a last column "other" for all the rest, rare
# ones and strangers. Every row holds exactly one 1.
#
# With Bonn, Ulm, Ulm, Bonn, Rom in `train`, Ulm, Rom, Oslo in `new`, and `at_least = 2`, the rows are
# `[0, 1, 0]`, `[0, 0, 1]`, `[0, 0, 1]`.
#
# <details><summary>Hint</summary><code>np.unique(train, return_counts=True)</code> gives the cities in
# order and their counts. A comparison of a column of names with a row of names gives a table of True and
# False.</details>


# %% answer="q2"
def city_columns(train, new, at_least):
    """One column for each frequent city of `train`, and one for all others."""
    ### BEGIN SOLUTION
    cities, counts = np.unique(np.asarray(train, dtype=str), return_counts=True)
    frequent = cities[counts >= at_least]
    # A column of names beside a row of names: one comparison for each pair.
    is_city = np.asarray(new, dtype=str)[:, None] == frequent
    is_other = ~is_city.any(axis=1)
    return np.column_stack([is_city, is_other]).astype(int)
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(city_columns)

# %% [markdown] tags=["solution"]
# Everything that is learned (which cities, in which order) comes from `train`. `new` only decides where
# the ones stand. With `pd.get_dummies(new)` the columns would change with every batch, and the model
# would read the wrong ones.
#
# `OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist")` is nearly the same. Mind the
# "if exist": when no training city is rare, strangers get zeros, and no column of their own.

# %% [markdown]
# ## Question 3 · Take the time apart
#
# Write `time_columns(times)` for a Series of timestamps. It returns a table with the index of `times` and
# the columns `month` (1 to 12), `weekday` (0 is Monday, 6 is Sunday), `hour_sin` and `hour_cos`: the time
# of day on a clock face of 24 hours, **minutes included**, so that 18:30 is hour `18.5`. Midnight is at
# sine 0, cosine 1.
#
# <details><summary>Hint</summary><code>times.dt</code> knows month, day_of_week, hour and minute. A full
# circle is 2π, and one turn takes 24 hours.</details>


# %% answer="q3"
def time_columns(times):
    """Month, weekday, and the time of day as sine and cosine."""
    ### BEGIN SOLUTION
    hour = times.dt.hour + times.dt.minute / 60
    angle = 2 * np.pi * hour / 24
    table = pd.DataFrame({"month": times.dt.month, "weekday": times.dt.day_of_week})
    table["hour_sin"] = np.sin(angle)
    table["hour_cos"] = np.cos(angle)
    return table
    ### END SOLUTION
    return ...


# %% check="q3" points=2 minutes=15
check.q3(time_columns)

# %% [markdown] tags=["solution"]
# One turn takes **24** hours: with 23, hours 23 and 0 fall on the same point. Sine alone would not do: it
# is the same at 5 and at 7 o'clock; with the cosine each time has a place of its own.
#
# Month and weekday stay numbers here. For a linear model make them one-hot afterwards; a tree can use them
# as they are.

# %% [markdown]
# ## Question 4 · TF-IDF to twelve digits
#
# Write `tfidf(train, new)` for two lists of texts, with NumPy and no vectoriser. Vocabulary and idf come
# from `train`; the rows are those of `new`. Columns: the words of `train` in alphabetical order. With $n$
# texts in `train`, $d$ of which hold the word, the weight is the count times
# $\ln\frac{1 + n}{1 + d} + 1$, and each row is divided by its length (its Euclidean norm). Words that
# `train` does not have are ignored; a row without known words is all zeros.
#
# The check compares with `TfidfVectorizer().fit(train).transform(new)`, and allows 1e-12.
#
# <details><summary>Hint</summary>Write the counts of one list of texts over a given vocabulary as a helper,
# and use it twice. Which of the two tables gives d? And what is a row of zeros divided by its
# length?</details>


# %%
def words_of(text):
    """The words of a text, as TfidfVectorizer sees them: lower case, two characters or more."""
    return re.findall(r"\b\w\w+\b", text.lower())


words_of("Sorry, I'll call later")


# %% answer="q4"
def tfidf(train, new):
    """TF-IDF of the texts `new`, with the vocabulary and the idf of the texts `train`."""
    ### BEGIN SOLUTION
    words = set()
    for text in train:
        words.update(words_of(text))
    vocabulary = sorted(words)

    def counts(texts):
        """A row for each text, a column for each word of the vocabulary."""
        rows = []
        for text in texts:
            found = words_of(text)
            rows.append([found.count(word) for word in vocabulary])
        return np.array(rows, float)

    n, d = len(train), (counts(train) > 0).sum(axis=0)
    idf = np.log((1 + n) / (1 + d)) + 1
    weights = counts(new) * idf
    length = np.sqrt((weights**2).sum(axis=1))
    length[length == 0] = 1  # a row of zeros stays one
    return weights / length[:, None]
    ### END SOLUTION
    return ...


# %% check="q4" points=4 minutes=25
check.q4(tfidf)

# %% [markdown] tags=["solution"]
# Three things decide about the last digits: the ones inside the fraction and behind the logarithm, the
# natural logarithm, and the length of each row. $d$ counts **texts** that hold the word, not how often it
# occurs.
#
# A common mistake is an idf from `new`: it agrees while both lists are the same, and then the columns of
# training and service mean different things. `text.split()` in place of `words_of` keeps commas and
# single letters.

# %% [markdown]
# ## Question 5 · Prune, and stay honest
#
# The visitors' numbers stand among forty columns of noise. Write `pruned_scores(X, y, n_keep)`. It cuts
# the rows into five stratified folds, chooses `n_keep` columns **by a method of your choice**, fits a
# logistic regression on these, and returns two things: the five AUCs of the held-out folds, not rounded,
# and a list of five lists with the names of the columns that were kept in each fold.
#
# Try it on `X` and `y` below. The check tries it on tables of pure noise, where an honest score is that of
# guessing, and on tables where a few columns know something, upwards or downwards, and the ones may be
# rare. The columns may have very different units; there are no gaps.
#
# <details><summary>Hint</summary>Choose on the training rows of each fold, never on the others.
# Univariate, L1, recursive, permutation importance: all will do, but L1 may keep fewer than you ask for,
# unless <code>SelectFromModel</code> gets <code>threshold=-np.inf</code>; and where <code>C</code> is so
# small that all weights are zero, it chooses nothing. <code>X.columns[mask]</code> gives names.</details>

# %%
people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated]
X = visitors[["age", "bmi", "pulse", "ever_smoked", "waist", "systolic_2", "diastolic_2"]]
X = X.assign(family=visitors["family_history"].notna().astype(int)).dropna()
y = visitors.loc[X.index, "diabetes"].to_numpy()
noise = np.random.default_rng(0).normal(size=(len(X), 40))
X = X.join(pd.DataFrame(noise, index=X.index, columns=[f"noise_{i}" for i in range(40)]))
print(X.shape[0], "people,", X.shape[1], "columns,", y.sum(), "ill")


# %% answer="q5"
def pruned_scores(X, y, n_keep):
    """Five held-out AUCs, and the names of the columns that were kept in each fold."""
    ### BEGIN SOLUTION
    from sklearn.feature_selection import SelectKBest
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), SelectKBest(k=n_keep), LogisticRegression())
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    result = cross_validate(model, X, y, cv=folds, scoring="roc_auc", return_estimator=True)
    kept = [list(X.columns[fitted[1].get_support()]) for fitted in result["estimator"]]
    return result["test_score"], kept
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=30
check.q5(pruned_scores)

# %% [markdown] tags=["solution"]
# The pipeline repeats the choice in each fold, so the held-out people never vote. The price is that there
# is no single list of columns: each fold has its own, and where they differ, the choice was luck.
#
# Choosing once on all rows and then cross-validating gives a fine score on pure noise. Without `scoring`
# accuracy comes back, which looks excellent where few are ill. Choosing by
# variance keeps the columns with the largest unit. The alternative that asks most of you: add a
# noise column yourself, and keep what beats it in permutation importance on rows held out **within** the
# training fold.

# %% [markdown] tags=["solution"]
# How many columns? Compare each number with keeping all, in pairs, by the interval of chapter 03.

# %% tags=["solution"]
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% tags=["solution"]
all_scores, _ = pruned_scores(X, y, X.shape[1])
rows = []
for n_keep in (3, 6, 12, X.shape[1]):
    scores, kept = pruned_scores(X, y, n_keep)
    always = set(kept[0])
    for names in kept:
        always = always & set(names)
    row = {"AUC": scores.mean()}
    row["gain"], row["from"], row["to"] = interval(scores - all_scores, 1 / 4)
    row["in all folds"] = len(always)
    row["of these noise"] = len([name for name in always if "noise" in name])
    rows.append(row)
pd.DataFrame(rows, index=["3 columns", "6", "12", "all"]).round(3)

# %% [markdown] tags=["solution"]
# The folds cannot tell three, six or twelve columns from all 48: each interval holds zero. The noise that
# slips in changes from fold to fold, so none of it stays in all five. Where scores tie, fewer columns are
# cheaper.
#
# Had we chosen `n_keep` by the best score of this table, that score would flatter a little, and we should
# judge it on other people: the lesson of chapter 03 again.
