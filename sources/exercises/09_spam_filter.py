# %% [markdown]
# # 9 · Exercises: Spam filter
#
# Six questions on the steps from a mail to a verdict. Write your answer where it says `# YOUR CODE
# HERE`, run the cell, then run the check below it. A check never stops the notebook and you may try as
# often as you like.

# %%
import re

import numpy as np

import coursekit as ck

check = ck.checks(9)

# %% [markdown]
# ## Question 1 · A tokeniser
#
# Write `tokens(text)`, which returns the list of tokens of a text, in order and with repeats. A token is
# - a run of letters (a to z will do), digits, `$` and `'`, in small letters, or
# - a run of exclamation marks, however long, kept as it is.
#
# Every other character only separates, the underscore too.
#
# `tokens("FREE money!!! It's $100")` gives `['free', 'money', '!!!', "it's", '$100']`.
#
# <details><summary>Hint</summary><code>re.findall(pattern, text)</code> returns all matches in order.
# <code>a|b</code> in a pattern means a or b, and <code>[...]+</code> a run of the characters
# inside.</details>


# %% answer="q1"
def tokens(text):
    """The tokens of a text, in order."""
    ### BEGIN SOLUTION
    return re.findall(r"[a-z0-9$']+|!+", text.lower())
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(tokens)

# %% [markdown] tags=["solution"]
# One pattern with two kinds of runs does it. Small letters come first, so that the pattern needs only
# `a-z`.
#
# A common wrong way is `text.lower().split()`: it leaves `money!!!` in one piece, so the filter would
# learn that word separately for every number of exclamation marks. Another is `set(...)`, which loses
# order and counts. A loop over the characters works as well and is ten lines longer.

# %% [markdown]
# ## Question 2 · One step by hand
#
# The vocabulary is *free*, *meeting*, *click*. A spam (`y = 1`) contains *free* three times and *click*
# once. The weights stand at `w`, the bias at `b`, the learning rate is `eta`. There is no penalty.
#
# Compute the sum `z`, the probability `y_hat`, the cross-entropy `loss` of this mail, and the weights
# `w_new` and bias `b_new` after one step of gradient descent.
#
# <details><summary>Hint</summary>z = b + x·w, then the sigmoid, then −ln ŷ because y = 1. Each gradient
# is the error ŷ − y times the input, and the step goes against it.</details>

# %%
x = np.array([3.0, 0.0, 1.0])
y = 1
w = np.array([0.2, -0.5, -1.0])
b = 0.1
eta = 0.5

# %% answer="q2"
z = ...
y_hat = ...
loss = ...
w_new = ...
b_new = ...
### BEGIN SOLUTION
z = b + x @ w
y_hat = 1 / (1 + np.exp(-z))
loss = -np.log(y_hat)
w_new = w - eta * (y_hat - y) * x
b_new = b - eta * (y_hat - y)
### END SOLUTION

# %% check="q2" points=3 minutes=20
check.q2(z, y_hat, loss, w_new, b_new)

# %% [markdown] tags=["solution"]
# The error `y_hat - y` is negative, so both weights of words in the mail rise, *free* three times as
# much as *click*; *meeting* is not in the mail and stays.
#
# The usual mistake is the sign: adding the gradient makes this mail look *less* like spam, and the loss
# grows. If you are unsure, compute the loss once more with the new weights. It must be smaller.

# %% [markdown]
# ## Question 3 · A threshold at a price
#
# Write `choose_threshold(is_spam, scores, allowed)`. It returns the **lowest** threshold such that the
# rule `scores > threshold` loses at most the share `allowed` of the **good** mails. `is_spam` is a
# Boolean array, `scores` an array of the same length; both stay as they are. With four good mails scored
# `0.1`, `0.2`, `0.3` and `0.9` and `allowed=0.25`, one good mail may be lost: the answer is `0.3`.
#
# <details><summary>Hint</summary>Only good mails can be lost. Sort their scores from high to low; how
# many may lie above the threshold?</details>


# %% answer="q3"
def choose_threshold(is_spam, scores, allowed):
    """The lowest threshold that loses at most the share `allowed` of the good mails."""
    ### BEGIN SOLUTION
    good = np.sort(scores[~is_spam])[::-1]
    may_be_lost = int(allowed * len(good) + 1e-9)  # 0.29 * 100 is 28.999...
    return good[may_be_lost]
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(choose_threshold)

# %% [markdown] tags=["solution"]
# Sorted from high to low, the good mail at position `k` has exactly `k` good mails above it (fewer if
# scores are tied). Its own score is the threshold, because the rule says *greater than*.
#
# `np.quantile(scores, 1 - allowed)` looks similar and is wrong twice: it takes the quantile of all
# mails, and it interpolates between scores. On good mails alone, `method="lower"` agrees
# whenever the share comes out even, and else may lose one too many; `method="inverted_cdf"` agrees but for
# the last digit of `1 - allowed`. The `1e-9` of the solution is there for such a digit.

# %% [markdown]
# ## A filter to work with
#
# The next questions use a small filter: counts of words and a logistic regression, fitted on 2,000
# mails. (With this `tol` the solver goes on until it has arrived.)

# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

mails = ck.load("mails").drop_duplicates("body")
mails["text"] = mails["subject"] + "\n" + mails["body"]
shuffled = mails.sample(frac=1, random_state=3)
train, validation = shuffled[:2000], shuffled[2000:4000]
small_filter = make_pipeline(CountVectorizer(), LogisticRegression(solver="newton-cg", tol=1e-8))
small_filter.fit(train["text"], train["is_spam"])

spam_mail = """Dear friend, lose weight while you sleep! Our new pill is 100% guaranteed.
Click here to order your FREE sample today. To be removed from our list, reply to this email."""
print(f"probability of spam {small_filter.predict_proba([spam_mail])[0, 1]:.3f}")

# %% [markdown]
# ## Question 4 · What gives a mail away?
#
# A word pushes the sum $z$ by its count times its weight. Write `strongest_pushes(model, text, n)`,
# which returns the list of the `n` words of `text` that push it most towards spam, strongest first.
# `model` is a pipeline like `small_filter`: `model[0]` is the vectoriser, `model[1]` the logistic
# regression. At least `n` words of `text` push towards spam. The check asks about another filter, with
# several `n`.
#
# <details><summary>Hint</summary><code>model[0].transform([text])</code> is a row of counts,
# <code>.toarray()[0]</code> makes it dense, and <code>model[1].coef_[0]</code> has one weight for each
# of its columns.</details>


# %% answer="q4"
def strongest_pushes(model, text, n):
    """The n words that push a text most towards spam, strongest first."""
    ### BEGIN SOLUTION
    counts = model[0].transform([text]).toarray()[0]
    pushes = counts * model[1].coef_[0]
    strongest = np.argsort(pushes)[::-1][:n]
    return model[0].get_feature_names_out()[strongest].tolist()
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(strongest_pushes)

# %% [markdown] tags=["solution"]
# Count times weight, sorted. Words that do not occur have a count of zero and push nothing.
#
# Forgetting the counts lists the words with the largest weights of the whole vocabulary, whether the
# mail contains them or not. Forgetting `[::-1]` lists what pushes towards good mail, which question 5
# can use.

# %% [markdown]
# ## Question 5 · Defeat the filter
#
# Now be the spammer. `spam_mail` must arrive, word for word. Find a text `padding` of **at most 25
# words** such that `small_filter` gives `spam_mail + "\n" + padding` a probability of spam **below
# 0.1**. (A word is what the filter takes for one: two or more letters, digits or underscores.)
#
# <details><summary>Hint</summary>Which words have the most negative weights? A word may be repeated: the
# filter counts. </details>

# %% answer="q5"
padding = ...
### BEGIN SOLUTION
weights = small_filter[1].coef_[0]
innocent = small_filter[0].get_feature_names_out()[np.argsort(weights)[:25]]
padding = " ".join(innocent)
### END SOLUTION

# %% check="q5" points=2 minutes=15
check.q5(padding)

# %% [markdown] tags=["solution"]
# The filter adds up evidence, so enough innocent words outweigh any guilt. Repeating the single most
# innocent word works too, because this filter counts; with presence instead of counts the trick needs
# many different words.
#
# Spammers did exactly this: paragraphs of a novel in white letters on white ground. Filters answered by
# retraining on such mails, and by trusting the text less than the sender.

# %% [markdown]
# ## Question 6 · More recall at the same price
#
# At the price of 5 good mails in 1,000, `small_filter` catches the share of spam printed below. Build a
# better one: `better_filter`, any scikit-learn model or pipeline, fitted on `train["text"]` and
# `train["is_spam"]` only, that reads `validation["text"]` as `small_filter` does and has
# `decision_function` or `predict_proba`. It should catch at least **10 percentage points more** of the
# validation spam at that price.
#
# <details><summary>Hint</summary>In the lesson TF-IDF with less penalty helped, and so did a linear SVM.
# Presence instead of counts helps, but not enough by itself.</details>

# %%
truth = validation["is_spam"].to_numpy()
score = small_filter.predict_proba(validation["text"])[:, 1]
good_scores = np.sort(score[~truth])[::-1]
caught = (score[truth] > good_scores[int(0.005 * len(good_scores))]).mean()
print(f"small_filter catches {caught:.1%} of the spam at the price of 5 good mails in 1,000")

# %% answer="q6"
better_filter = ...
### BEGIN SOLUTION
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

better_filter = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), LinearSVC(random_state=0))
better_filter = better_filter.fit(train["text"], train["is_spam"])
### END SOLUTION

# %% check="q6" points=4 minutes=30
check.q6(better_filter)

# %% [markdown] tags=["solution"]
# TF-IDF makes long and short mails comparable and gives rare words their due. The credit is not the SVM's:
# logistic regression with little penalty (`C=100`) on the same table does about as well.
#
# Fitting on `train` and `validation` together gives a splendid number that means nothing. Naive Bayes on
# counts is the instructive failure: little recall at this price, because words that come in company are
# counted as if each were new evidence, and some good mails get a very high score.
