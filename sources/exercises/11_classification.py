# %% [markdown]
# # 11 · Exercises: Classification algorithms
#
# Five questions: neighbours that vote, the best split of a column, naive Bayes for words, six situations to
# recognise, and a fair race of your own. Write your answer where a cell asks for it, run the cell, then the
# check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np

import coursekit as ck

check = ck.checks(11)

# %% [markdown]
# ## Question 1 · Neighbours that vote
#
# Write `knn_predict(X_train, y_train, X_new, k)`: an array with one label for each row of `X_new`.
#
# - Scale both tables by the mean and the standard deviation of the **training** columns (`std()` as NumPy
#   has it). A column that is constant in the training part counts nothing: set it to 0 everywhere.
# - The `k` nearest training rows by Euclidean distance vote. The most frequent label wins; if several have
#   the same number of votes, the smallest of them (of words: the first in the alphabet).
#
# The tables are arrays of numbers; the labels, an array too, may be numbers or words, of two or more
# classes. Below are the library's answers for ten penguins, to compare with.
#
# <details><summary>Hint</summary>Row by row: the distances to all training rows, then
# <code>np.argsort(…)[:k]</code>. <code>np.unique(labels, return_counts=True)</code> gives the labels in
# order and how often each occurs; <code>argmax</code> takes the first of several largest.</details>

# %%
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

measures = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguins = ck.load("penguins").dropna().sample(frac=1, random_state=0)
penguin_X = penguins[measures].to_numpy()
species = penguins["species"].to_numpy(str)
library = make_pipeline(StandardScaler(), KNeighborsClassifier(5))
library.fit(penguin_X[10:], species[10:])
print(library.predict(penguin_X[:10]))


# %% answer="q1"
def knn_predict(X_train, y_train, X_new, k):
    """The label of each new row by the vote of its k nearest training rows."""
    ### BEGIN SOLUTION
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    varies = std > 0
    train = (X_train[:, varies] - mean[varies]) / std[varies]
    new = (X_new[:, varies] - mean[varies]) / std[varies]
    answers = []
    for row in new:
        distance2 = ((train - row) ** 2).sum(axis=1)
        nearest = np.argsort(distance2, kind="stable")[:k]
        labels, votes = np.unique(y_train[nearest], return_counts=True)
        answers.append(labels[votes.argmax()])
    return np.array(answers)
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=20
check.q1(knn_predict)


# %% [markdown] tags=["solution"]
# Mean and standard deviation come from the training rows, for the new ones too: otherwise a row's answer
# would depend on which other rows are asked about with it. A column that is 0 everywhere adds nothing to a
# distance, so leaving it out is the same. The square root is left out: it changes no order.
#
# Dividing by a standard deviation of 0 is the common slip. It gives `nan`, `argsort` puts those last, and
# the answers look like answers. Without scaling the body mass in grams decides alone.
#
# `cdist` of `scipy.spatial.distance` computes all distances at once, if there is room for rows × rows
# numbers.

# %% [markdown]
# ## Question 2 · The best split of a column
#
# For more than two classes the Gini impurity of a group is $1 - \sum_c p_c^2$, with $p_c$ the share of
# class $c$. (For two classes that is the lesson's $2p(1-p)$.) A group of three classes:

# %%
class_shares = np.array([1 / 2, 1 / 4, 1 / 4])
print("Gini impurity:", 1 - (class_shares**2).sum())

# %% [markdown]
# Write `best_split(column, y)`. It tries the thresholds halfway between neighbouring values of the column
# and returns a pair: the threshold that leaves the smallest impurity, and that impurity, the mean of the two
# groups **weighted by their sizes**. (Left is `column <= threshold`.) If the column is constant, nothing can
# be split: return `None`. Both arguments are arrays, the labels numbers or words.
#
# For the column `[2, 4, 4, 8]` and the labels `["a", "b", "b", "c"]` there are two thresholds, 3 and 6, and
# both leave ⅓: one group is pure, the other, three rows in four, has $1 - (⅔)^2 - (⅓)^2 = \frac49$. Either
# threshold is a right answer.
#
# <details><summary>Hint</summary><code>np.unique(column)</code> gives the values in order, each once. A
# function <code>gini(y)</code> of your own, with the counts of <code>np.unique(y,
# return_counts=True)</code>, makes the rest short. Keep the best so far.</details>


# %% answer="q2"
def best_split(column, y):
    """The threshold that leaves the smallest Gini impurity, and that impurity; None if there is none."""

    ### BEGIN SOLUTION
    def gini(labels):
        """Impurity of a group with any number of classes."""
        counts = np.unique(labels, return_counts=True)[1]
        return 1 - ((counts / len(labels)) ** 2).sum()

    values = np.unique(column)
    best = None
    for below, above in zip(values[:-1], values[1:], strict=True):
        threshold = (below + above) / 2
        left = column <= threshold
        impurity = left.mean() * gini(y[left]) + (~left).mean() * gini(y[~left])
        if best is None or impurity < best[1]:
            best = (threshold, impurity)
    return best
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(best_split)

# %% [markdown] tags=["solution"]
# Only thresholds between two values that differ can change anything, so there are at most as many as
# distinct values. `best` starts as `None`, and stays so for a constant column: that case needs no line of
# its own.
#
# The plain mean of the two impurities is a common wrong way: it prefers to cut off one pure row and leave
# the rest as mixed as before. Splitting the *rows* in sorted order, position by position, is another: it
# puts equal values on different sides, which no threshold can.
#
# Libraries sort once and move one row after another from right to left, updating the counts: the same
# answer, much faster.

# %% [markdown]
# ## Question 3 · Naive Bayes for words
#
# Real mails, and the words that stand in one mail of ten or more. A column of `seen` is a word, a row is a
# mail, and 1 says that the word occurs in it. (`CountVectorizer`, from chapter 09, chose the words from the
# training part; `binary=True` makes a count of two or more a 1.) There are no bell curves here. For each
# word naive Bayes keeps its **share** among the spam, and its share among the good mails:
#
# $$s = \frac{\text{mails of the class that have the word} + 1}{\text{mails of the class} + 2}$$
#
# The 1 and the 2 are as if two more mails had come in, one with all words and one with none (**add-one
# smoothing**). Without them, one word that was never seen in spam would make every mail that has it good,
# whatever else it says.

# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split

mails = ck.load("mails")
some_mails, new_mails = train_test_split(mails, train_size=2000, test_size=1000, random_state=0)
counter = CountVectorizer(binary=True, min_df=0.1, token_pattern="[a-z]{3,}")
seen = counter.fit_transform(some_mails["body"]).toarray()
seen_new = counter.transform(new_mails["body"]).toarray()
is_spam = some_mails["is_spam"].to_numpy()
vocabulary = counter.get_feature_names_out()
print(seen.shape, f"{is_spam.mean():.0%} spam")

# %% [markdown]
# Write two functions; `is_spam` is an array of `True` and `False`.
#
# - `word_log_odds(X, is_spam)` returns two arrays, one number a word in each: what the word adds to the
#   log-odds of spam **if it is there**, $\ln(s_\text{spam} / s_\text{good})$, and **if it is missing**,
#   $\ln((1 - s_\text{spam}) / (1 - s_\text{good}))$.
# - `bernoulli_log_odds(X_new, X, is_spam)` returns the log-odds of spam of each new mail (one array): the
#   logarithm of spam mails over good mails in the training part, plus what each of the words adds, there or
#   missing.
#
# The second is to agree with scikit-learn's `BernoulliNB()` to nine digits; below are its values for three
# mails.
#
# <details><summary>Hint</summary><code>X[is_spam].sum(axis=0)</code> counts each word in the spam. For the
# mails: <code>X_new @ if_there</code> adds up the words that are there. With what must
# <code>if_missing</code> be multiplied?</details>

# %%
from sklearn.naive_bayes import BernoulliNB

weights = BernoulliNB().fit(seen, is_spam).predict_joint_log_proba(seen_new[:3])
print("log-odds of three mails:", (weights[:, 1] - weights[:, 0]).round(4))


# %% answer="q3"
def word_log_odds(X, is_spam):
    """What each word adds to the log-odds of spam if it is there, and if it is missing."""
    ### BEGIN SOLUTION
    in_spam = (X[is_spam].sum(axis=0) + 1) / (is_spam.sum() + 2)
    in_good = (X[~is_spam].sum(axis=0) + 1) / ((~is_spam).sum() + 2)
    return np.log(in_spam / in_good), np.log((1 - in_spam) / (1 - in_good))
    ### END SOLUTION
    return ...


def bernoulli_log_odds(X_new, X, is_spam):
    """The log-odds of spam of each new mail, by naive Bayes."""
    ### BEGIN SOLUTION
    if_there, if_missing = word_log_odds(X, is_spam)
    before = np.log(is_spam.sum() / (~is_spam).sum())
    return before + X_new @ if_there + (1 - X_new) @ if_missing
    ### END SOLUTION
    return ...


# %% check="q3" points=4 minutes=25
check.q3(word_log_odds, bernoulli_log_odds)

# %% tags=["solution"]
if_there, _ = word_log_odds(seen, is_spam)
order = np.argsort(if_there, kind="stable")
print("speak for good mail:", ", ".join(sorted(vocabulary[order[:6]])))
print("speak for spam:     ", ", ".join(sorted(vocabulary[order[-6:]])))

# %% [markdown] tags=["solution"]
# Products of shares become sums of logs, so a mail needs two multiplications of matrices. A missing word
# counts, too: that is what sets this naive Bayes (Bernoulli's) apart from the one that counts how often
# words occur (`MultinomialNB`), and forgetting it is the common slip.
#
# The two smoothings are often mixed up: here the denominator grows by 2, since a word has two outcomes, there
# or missing. In `MultinomialNB` it grows by the number of words.
#
# Instead, you may add up the logs of both classes one by one and subtract at the end. It is longer, and
# goes on working for more than two classes.

# %% [markdown]
# ## Question 4 · Which of the eight?
#
# In a dictionary `which`, give each letter one of the names `"logistic regression"`, `"support vectors"`,
# `"nearest neighbours"`, `"naive Bayes"`, `"decision tree"`, `"random forest"`, `"gradient boosting"` or
# `"neural network"`. Where two would do, either counts.
#
# - **A** needs no time to learn. To predict, it compares each new row with every training row.
# - **B** ranks well, but most of its chances lie near 0 or 1. When a colleague put a copy of a column
#   into the table, they moved even nearer.
# - **C** was good until somebody wrote one column in millimetres, which had stood there in metres. Nothing
#   was scaled, so this column alone decided which rows are alike, and the score fell.
# - **D** was the last in a race on hired bicycles. With the hour of the day written one-hot, it made up
#   most of what it lacked. Its weights can be read.
# - **E** can be explained to anybody with a pencil: three questions, answered yes or no. With other rows
#   from the same source, it asked other questions.
# - **F** is a vote. Every voter learned from rows drawn with replacement, and errs more than all of them
#   together. Saved, it takes more room than any other of the eight.
#
# <details><summary>Hint</summary>Sections 4 to 7 and 10 of the lesson, and the two tables of section
# 11.</details>

# %% answer="q4"
which = ...
### BEGIN SOLUTION
which = {
    "A": "nearest neighbours",
    "B": "naive Bayes",
    "C": "support vectors",
    "D": "logistic regression",
    "E": "decision tree",
    "F": "random forest",
}
### END SOLUTION

# %% check="q4" points=2 minutes=10
check.q4(which)

# %% [markdown] tags=["solution"]
# A keeps the table and learns nothing; support vectors are compared with, too, but those are only some of
# the rows. B multiplies the columns as if they knew nothing of each other, so that a copy counts as a second
# witness. C measures distances: support vectors or nearest neighbours, either counts. D reads a number as
# "more is more". E is unsteady, which F turns to use: its trees differ, and average out.
#
# Boosting adds trees up, too, but one mends the last ones: no vote, and far smaller trees. For C, trees and
# what is made of them are the tempting wrong answer: they only ask whether a value lies above a threshold,
# and no unit changes that.

# %% [markdown]
# ## Question 5 · A race of your own
#
# A telephone company wants to know which customers leave. The baseline: logistic regression that looks for
# its `C` among three, with a quarter of the training rows, as in the lesson. The given cells make it and
# measure its AUC on five folds of 3,000 customers (of those whose charges are known). Can you beat it?

# %%
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, StratifiedShuffleSplit
from sklearn.preprocessing import OneHotEncoder

customers = ck.load("customers").dropna().sample(3000, random_state=0)
left = (customers["churn"] == "Yes").to_numpy(int)
known = customers.drop(columns="churn").reset_index(drop=True)
amounts = ["tenure", "monthly_charges", "total_charges"]
kinds = known.columns.drop(amounts).tolist()
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
prepare = make_column_transformer((StandardScaler(), amounts), (one_hot, kinds))
folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(known, left))
one_quarter = StratifiedShuffleSplit(1, test_size=0.25, random_state=0)


# %%
def baseline():
    """An unfitted logistic regression that looks for its C when it is fitted."""
    logistic = LogisticRegression(solver="newton-cholesky", tol=1e-8)  # a solver that arrives
    pipe = make_pipeline(prepare, logistic)
    grid = {"logisticregression__C": [0.01, 0.1, 1.0]}
    return GridSearchCV(pipe, grid, cv=one_quarter, scoring="roc_auc")


def fold_scores(make):
    """AUC of what make() returns on each fold, fitted on the other four."""
    scores = []
    for train, test in folds:
        fitted = make().fit(known.iloc[train], left[train])
        scores.append(fitted.score(known.iloc[test], left[test]))
    return np.array(scores)


baseline_scores = fold_scores(baseline)
print("AUC of the baseline:", baseline_scores.round(3))

# %% [markdown]
# The interval of chapter 03, again:

# %%
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% [markdown]
# Choose a rival, another algorithm or other columns for the same, and hand in four things:
#
# - `rival()`, a function that returns the unfitted model: a `GridSearchCV` (or `RandomizedSearchCV`) with
#   `scoring="roc_auc"` that tries **two or three settings**, no more, like the baseline.
# - `rival_scores`: its AUC on each of the five `folds`, in their order.
# - `difference`: the mean of rival minus baseline, and the two ends of its interval, three numbers.
# - `verdict`: `"better"`, `"worse"` or `"cannot tell"`, as the interval says.
#
# A rival that loses is as good an answer as one that wins, if the verdict says so. The check fits `rival()`
# itself on half of the first fold's training rows. It questions scores above 0.9 in a fold or 0.86 in the
# mean: nothing honest that we tried gets there. Keep it small (at most 100 trees), so that you need not
# wait.
#
# <details><summary>Hint</summary>Copy <code>baseline()</code> and change the last step of the pipeline and
# the grid: its keys begin with the class in small letters and two underscores, as in
# <code>kneighborsclassifier__n_neighbors</code>. <code>fold_scores</code> does the race. Is 0 inside the
# interval?</details>


# %% answer="q5"
def rival():
    """An unfitted model with a search inside."""
    ### BEGIN SOLUTION
    from sklearn.ensemble import HistGradientBoostingClassifier

    boosting = HistGradientBoostingClassifier(early_stopping=False, max_leaf_nodes=4, random_state=0)
    grid = {"histgradientboostingclassifier__max_iter": [20, 50, 100]}
    return GridSearchCV(make_pipeline(prepare, boosting), grid, cv=one_quarter, scoring="roc_auc")
    ### END SOLUTION
    return ...


rival_scores = ...
difference = ...
verdict = ...
### BEGIN SOLUTION
rival_scores = fold_scores(rival)
difference = interval(rival_scores - baseline_scores, 1 / 4)
mean, low, high = difference
print(f"boosting minus logistic regression: {mean:+.2f} [{low:+.2f}, {high:+.2f}]")
verdict = "cannot tell"
if low > 0:
    verdict = "better"
if high < 0:
    verdict = "worse"
### END SOLUTION

# %% check="q5" points=4 minutes=25
check.q5(rival, rival_scores, difference, verdict)


# %% tags=["solution"]
def neighbours():
    """An unfitted vote of neighbours that looks for its k."""
    pipe = make_pipeline(prepare, KNeighborsClassifier())
    grid = {"kneighborsclassifier__n_neighbors": [5, 10, 20]}
    return GridSearchCV(pipe, grid, cv=one_quarter, scoring="roc_auc")


of_neighbours = interval(fold_scores(neighbours) - baseline_scores, 1 / 4)
print("neighbours: the whole interval lies below 0:", of_neighbours[2] < 0)

# %% [markdown] tags=["solution"]
# Boosting with three settings cannot be told from the baseline; neighbours are worse. As on the digits and
# the nurse's table, a weighted sum of these columns seems to say nearly all that they have to say.
#
# The race is fair because both get the same folds, the same number of settings, and a choice made inside
# each fold. Choosing the setting by the five scores themselves is the common wrong way: those scores then
# chose and judged at once, and flatter. Comparing the two means alone is another: a mean that is higher by
# less than the interval is wide says nothing.
#
# To see a hundredth you need more rows or more repetitions of the folds, not more rivals: who tries twenty
# rivals finds one that looks better by luck.
