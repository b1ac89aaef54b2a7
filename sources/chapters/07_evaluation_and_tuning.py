# %% [markdown]
# # 7 · Evaluation and tuning: can these figures be true?
#
# A published report on a classifier of ten classes says: test accuracy 0.9150. Section 3 shows its page:
# precision, recall and F1 of each class, and a confusion matrix. You have neither the model nor its data.
# **Can you tell from the page alone whether the figures are possible?**

# %% [markdown]
# **You will be able to**
# - compute every common metric from a confusion matrix, and say which question each one answers
# - audit a report of scores that somebody else printed
# - choose a threshold for a cost, and tell whether probabilities can be taken at their word
# - put an interval around a score, and around the difference of two
# - search hyperparameters on a budget, say what the winner's score is worth, and what to ship
#
# **Builds on:** [chapter 01](01_problem_definition.ipynb) (costs, bootstrap), [chapter
# 03](03_data_splitting.ipynb) (folds, pairs), [chapter 04](04_feature_engineering.ipynb) (the nurse's
# table), [chapter 06](06_model_training.ipynb) (cross-entropy) · **Data:** `diabetes`, `mails`, `crashes`,
# `bikes`, `penguins`
#
# All prices are invented. Nothing here is medical advice.

# %% [markdown]
# ## 1 · A hundred mails, four numbers
#
# A filter has sorted a hundred mails. Spam is what it looks for: the *positive* class of chapter 01.
#
# | | left in the inbox | moved to the spam folder |
# |---|---|---|
# | *good mail* | true negative (TN): 83 | *false positive* (FP): 2 |
# | *spam* | *false negative* (FN): 5 | true positive (TP): 10 |
#
# This is the **confusion matrix**: a row for each truth, a column for each verdict. `np.repeat` writes the
# hundred mails out: each value as often as its count says.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import metrics

import coursekit as ck

# %%
TN, FP, FN, TP = 83, 2, 5, 10
counts = [TN, FP, FN, TP]
truth = np.repeat([0, 0, 1, 1], counts)  # 1 is spam
verdict = np.repeat([0, 1, 0, 1], counts)  # 1 is moved
matrix = metrics.confusion_matrix(truth, verdict)
pd.DataFrame(matrix, index=["good", "spam"], columns=["left", "moved"])

# %% [markdown]
# scikit-learn sorts the classes, so the negative one comes first. Some books print the matrix turned on its
# side, or the positive class first. Before you read one, find out which way it lies.
#
# Every metric below is computed from these four counts.
#
# | metric | the question it asks | from the counts |
# |---|---|---|
# | accuracy | how many verdicts are right? | (TP + TN) / all |
# | precision (P) | of the moved, how many are spam? | TP / (TP + FP) |
# | recall (R) | of the spam, how many are moved? | TP / (TP + FN) |
# | specificity | of the good, how many are left? | TN / (TN + FP) |
# | **balanced accuracy** | recall and specificity alike | their mean |
# | **F1** | precision and recall alike | 2·P·R / (P + R) |
# | **F2** | both, but recall more | 5·P·R / (4·P + R) |

# %%
precision, recall = TP / (TP + FP), TP / (TP + FN)
specificity = TN / (TN + FP)
by_hand = {
    "accuracy": (TP + TN) / (TN + FP + FN + TP),
    "precision": precision,
    "recall": recall,
    "specificity": specificity,
    "balanced accuracy": (recall + specificity) / 2,
    "F1": 2 * precision * recall / (precision + recall),
    "F2": 5 * precision * recall / (4 * precision + recall),
}

# %% [markdown]
# The eighth, the **Matthews correlation coefficient** (MCC), is the correlation between truth and verdict,
# two columns of 0 and 1. Written with the counts:
#
# $$\frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}$$

# %%
under_root = (TP + FP) * (TP + FN) * (TN + FP) * (TN + FN)
by_hand["MCC"] = (TP * TN - FP * FN) / np.sqrt(under_root)
print("from the counts: ", by_hand["MCC"].round(4))
print("as a correlation:", np.corrcoef(truth, verdict)[0, 1].round(4))

# %% [markdown]
# The library has a function for each; `pos_label=0` asks for the recall of the other class, and
# `zero_division` says what to give for 0 / 0.


# %%
def eight_metrics(truth, verdict):
    """The same eight, by scikit-learn."""
    return {
        "accuracy": metrics.accuracy_score(truth, verdict),
        "precision": metrics.precision_score(truth, verdict, zero_division=np.nan),
        "recall": metrics.recall_score(truth, verdict),
        "specificity": metrics.recall_score(truth, verdict, pos_label=0),
        "balanced accuracy": metrics.balanced_accuracy_score(truth, verdict),
        "F1": metrics.f1_score(truth, verdict),
        "F2": metrics.fbeta_score(truth, verdict, beta=2),
        "MCC": metrics.matthews_corrcoef(truth, verdict),
    }


# %% [markdown]
# **Predict first:** a filter that does nothing has 85 of 100 right. Which of the eight will see through it?

# %%
eight = pd.DataFrame({"by hand": by_hand, "library": eight_metrics(truth, verdict)})
eight["do nothing"] = eight_metrics(truth, np.zeros(100, int))
eight.round(3)

# %% [markdown]
# Only accuracy and specificity reward doing nothing. A filter that ignores the mail gets, on average, a
# balanced accuracy of 0.5 and an MCC of 0. (This one moved nothing, so its precision is 0 / 0. Its MCC is,
# too; there scikit-learn says 0.)
#
# None is the right one by itself. Precision and recall leave TN out: a million more good mails, all left
# alone, change neither. Accuracy and specificity drown in them. The costs of [chapter
# 01](01_problem_definition.ipynb) decide.

# %% [markdown]
# F2 is the case β = 2 of **Fβ**, (1 + β²)·P·R / (β²·P + R). Put the counts in for P and R, and it becomes
#
# $$F_\beta = \frac{(1+\beta^2)\,TP}{(1+\beta^2)\,TP + \beta^2 FN + FP}$$
#
# The square counts: in F2 a missed spam weighs β² = 4 times as much as a lost good mail, not twice.

# %%
print("F1:", 2 * TP / (2 * TP + 1 * FN + FP))
print("F2:", 5 * TP / (5 * TP + 4 * FN + FP))

# %% [markdown]
# > **Myth.** "F1 = 2 · (1/P + 1/R)"

# %%
print("as the myth has it:", round(2 * (1 / precision + 1 / recall), 2))
print("F1:                ", round(2 / (1 / precision + 1 / recall), 3))
for P, R in [(0.8, 0.8), (1.0, 0.02)]:
    f1 = 2 * P * R / (P + R)
    print(f"P = {P}, R = {R}: plain mean {(P + R) / 2:.2f}, F1 {f1:.2f}")

# %% [markdown]
# A share of 5.4 cannot be. The reciprocals belong *under* the 2: $F_1 = 2\,/\,(1/P + 1/R)$, the
# **harmonic mean**. The last line shows what it is for: a filter that finds one spam in fifty and makes no
# mistake would get half marks from a plain mean. F1 stays near the worse of the two.
#
# That a figure *cannot be* is the first tool of an audit.

# %% [markdown]
# ## 2 · More than two classes
#
# Back to the visitors of chapter 01: people without a diagnosis or treatment. The nurse knows at the door
# what chapter 04 put into her table. The first folded cell makes it; the second prepares it (fill gaps,
# scale numbers, turn words into columns of 0 and 1).

# %%
people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
y = visitors["diabetes"].to_numpy()

# %% fold="Make the nurse's table, as in chapter 04"
X = visitors[["age", "sex", "origin", "bmi", "pulse", "ever_smoked"]].copy()
X["waist_to_height"] = visitors["waist"] / visitors["height"]
X["systolic"] = visitors[["systolic_1", "systolic_2", "systolic_3"]].mean(axis=1)
diastolic = visitors[["diastolic_1", "diastolic_2", "diastolic_3"]]
X["diastolic"] = diastolic[diastolic > 20].mean(axis=1)
X["family"] = visitors["family_history"].notna().astype(int)

# %% fold="Prepare it, as in chapter 04"
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

numbers = ["age", "bmi", "pulse", "ever_smoked", "waist_to_height", "systolic", "diastolic", "family"]
fill_and_scale = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
prepare = make_column_transformer((fill_and_scale, numbers), (one_hot, ["sex", "origin"]))


# %% [markdown]
# The model on top is a logistic regression. The solver `newton-cholesky` is Newton's method (chapter 06): few
# steps, and it arrives. Everybody is scored by a model that has not seen them, in ten folds.


# %%
from sklearn.model_selection import StratifiedKFold, cross_val_predict


def nurse(classifier):
    """Prepare the nurse's table, then classify."""
    return make_pipeline(prepare, classifier)


model = nurse(LogisticRegression(solver="newton-cholesky"))
splitter = StratifiedKFold(10, shuffle=True, random_state=0)
ten_folds = list(splitter.split(X, y))  # pairs of row numbers
print(f"{len(y)} visitors, {y.sum()} of them ill, {X.shape[1]} columns")

# %% [markdown]
# The blood value HbA1c, in per cent, has three levels, divided at 5.7 and 6.5. This model tries to tell all
# three. `classification_report` prints the metrics of each class.

# %%
names = ["normal", "raised", "diabetes"]
cut = pd.cut(visitors["hba1c"], [0, 5.7, 6.5, 99], right=False, labels=names)
levels = cut.to_numpy(dtype=object)
said = cross_val_predict(model, X, levels, cv=ten_folds)
print(metrics.classification_report(levels, said, digits=3))

# %% [markdown]
# Line by line. Each class is taken in turn as the positive one. **Support** is its number of true cases.
# `diabetes`, the class that matters, has a recall of next to nothing: the model hardly ever says it.
#
# Below come summaries. The **macro** average is the plain mean of the three lines, so each class counts
# alike. The **weighted** average weighs by support, so the common class dominates and the failure is
# nearly invisible.

# %%
three = metrics.confusion_matrix(levels, said, labels=names)
on_diagonal, support = np.diag(three), three.sum(axis=1)
precisions = on_diagonal / three.sum(axis=0)  # down each column
recalls = on_diagonal / support  # along each row
print("macro:   ", precisions.mean().round(3), recalls.mean().round(3))
weighted = [np.average(values, weights=support) for values in (precisions, recalls)]
print("weighted:", np.round(weighted, 3))
print("micro:   ", (on_diagonal.sum() / three.sum()).round(3))

# %% [markdown]
# The same numbers (precision, recall) from three lines of the matrix: precision divides the diagonal by the
# *columns*, recall by the *rows*. The **micro** average pools all cases first; with one verdict per case
# both are the accuracy. So is the weighted recall. Two ways to print one number are no second opinion.

# %% [markdown]
# ## 3 · The audit
#
# Here is the page: the matrix (a row for each true class), and the figures printed below it.

# %% fold="Type in the page"
report_matrix = """
95 1 1 0 1 0 0 1 1 0 / 1 88 2 2 1 2 1 1 2 0 / 1 1 92 1 0 1 1 1 1 1 / 0 2 1 90 0 2 1 1 2 1
/ 1 0 0 0 94 0 1 2 1 1 / 0 2 1 2 0 91 1 0 2 1 / 0 1 2 0 1 1 92 0 2 1 / 1 0 1 1 2 0 0 93 1 1
/ 1 3 0 2 0 1 2 1 90 0 / 0 1 1 1 2 1 0 2 1 91"""
page = np.array([row.split() for row in report_matrix.split("/")], dtype=int)
printed = pd.DataFrame(
    {
        "precision": [0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.93, 0.92, 0.91, 0.92],
        "recall": [0.95, 0.88, 0.92, 0.90, 0.94, 0.91, 0.92, 0.93, 0.90, 0.91],
        "F1": [0.93, 0.89, 0.92, 0.90, 0.93, 0.91, 0.92, 0.92, 0.90, 0.91],
    }
)
print(page)
printed

# %%
correct, in_row, in_column = np.diag(page), page.sum(axis=1), page.sum(axis=0)
print("cases in each row:   ", in_row)
print("cases in each column:", in_column)

# %% [markdown]
# A printed figure with two digits stands for an interval, half a hundredth to each side. It is *possible*
# if what the matrix gives lies in there. Both ends belong to it: a figure that lies exactly at half a
# digit, such as 0.915, may be printed as 0.91 or as 0.92, and the auditor accuses neither. (A computer
# stores 0.915 with an error in its last place; adding `1e-9` forgives that.)
#
# **Predict first:** which of the three columns, precision, recall or F1, will fail? (F1 is
# 2·TP / (2·TP + FN + FP), which is twice the diagonal, over row sum plus column sum.)

# %%
from_matrix = pd.DataFrame({"precision": correct / in_column})
from_matrix["recall"] = correct / in_row
from_matrix["F1"] = 2 * correct / (in_row + in_column)
agrees = (from_matrix - printed).abs() <= 0.005 + 1e-9
agrees.sum().to_frame("possible, of 10").T

# %% [markdown]
# All recalls follow from the matrix, and eight of ten *precisions* do not. Do the F1 at least follow from
# the *printed* precisions and recalls? F1 grows with both, so its ends come from theirs.

# %%
half = 0.005
P_low, R_low = printed["precision"] - half, printed["recall"] - half
P_high, R_high = printed["precision"] + half, printed["recall"] + half
lowest = 2 * P_low * R_low / (P_low + R_low)
highest = 2 * P_high * R_high / (P_high + R_high)
own = (printed["F1"] + half >= lowest) & (printed["F1"] - half <= highest)
print(f"printed F1 that fit the printed precision and recall: {own.sum()} of 10")

# %%
print(f"accuracy of the matrix: {correct.sum()} / {page.sum()}")
print(f"0.9150 of {page.sum()} cases: {0.9150 * page.sum():.0f} right")

# %% fold="Draw the page and its columns"
fig, ax = plt.subplots(figsize=(8.2, 5.4))
off = np.where(np.eye(10, dtype=bool), np.nan, page)
ax.imshow(off, cmap="Blues", vmin=0, vmax=6, aspect="auto")
for i, j in np.ndindex(page.shape):
    if page[i, j]:
        ax.text(j, i, page[i, j], ha="center", va="center", weight="bold" if i == j else None, fontsize=10)
lines = {"sum": in_column, "precision": from_matrix["precision"], "printed": printed["precision"]}
for place, (name, values) in enumerate(lines.items()):
    ax.text(-0.7, 10.1 + 0.75 * place, name, ha="right", va="center", weight="bold")
    for j, value in enumerate(values):
        colour = "C3" if name == "printed" and not agrees["precision"][j] else "black"
        text = f"{value:.2f}" if place else str(value)
        ax.text(j, 10.1 + 0.75 * place, text, ha="center", va="center", color=colour, fontsize=10)
ax.set(xticks=range(10), yticks=range(10), ylim=(11.9, -0.5), xlim=(-0.5, 9.5))
ax.set(xlabel="predicted class", ylabel="true class")
ax.xaxis.set(label_position="top", ticks_position="top")
ax.grid(visible=False)
ax.spines[:].set_visible(False)
ax.tick_params(length=0)
ax.set_title("Eight of ten printed precisions (pink) are not those of the columns above")
alt = "Heatmap of the ten-class confusion matrix with column sums and precisions below; eight of the ten"
ck.show(fig, f"{alt} printed precisions differ from what the columns give.")

# %% [markdown]
# Read as counts, the page contradicts itself. The F1 inherit the fault: all ten follow from the printed
# precisions and recalls, half of them not from the matrix. And the accuracy: 0.9150 is 915 cases of 1,000,
# but the diagonal holds 916.
#
# > **Myth.** "It is printed with four decimals next to its confusion matrix, so somebody has checked it."
#
# A finer trace. Precision is diagonal / column sum, so a printed precision also says which *column sums*
# are possible: whole numbers from diagonal / (precision + 0.005) to diagonal / (precision − 0.005).

# %%
fewest = np.ceil(correct / P_high).astype(int)
most = np.floor(correct / P_low).astype(int)
print("one column sum each:", (fewest == most).all())
print("needed:    ", fewest.to_numpy(), "together", fewest.sum())
print("of the page:", in_column)
# An error that moves to another column changes two sums.
print("errors in another column, at least:", np.abs(fewest - in_column).sum() // 2)
print("printed recalls times 100, added up:", round(100 * printed["recall"].sum()))

# %% [markdown]
# Each printed precision allows exactly one column sum, and together these make 1,000 cases. If the diagonal
# is the same, they are the sums of *another* matrix, in which at least eight errors stand in other
# columns. And the recalls alone, with rows of 100, already say 916.
#
# So nobody has checked the page against itself. The verdict: *as a table of counts this page is
# impossible*. We cannot know why: two runs, two versions, a table filled in by hand. One word would reopen
# the case. Rows of exactly 100 may be *percentages*, rounded; exercise 3 follows that way to its end.

# %% [markdown]
# **Try it:** put `page.T` in the place of `page` in the cell that counts rows and columns, in case they were
# swapped, and run on from there, without the drawing.
# <details><summary>Answer</summary>Now the recalls fail, and the precisions still do not fit: swapping
# does not save it.</details>

# %% [markdown]
# ## 4 · Every threshold at once
#
# Now the nurse's model and two classes: ill or not. Each threshold on its probabilities makes another
# confusion matrix. The **ROC curve** draws recall against the **false-positive rate**, the share of the
# healthy who are called ill, for every threshold. The *AUC* is the area below it. It has a plain meaning,
# the one you know: take one ill and one healthy person; how often has the ill one the higher score?


# %%
def unseen(classifier, X, y, folds):
    """Probability of y = 1, for each case by a model that has not seen it."""
    both = cross_val_predict(classifier, X, y, cv=folds, method="predict_proba")
    return both[:, 1]


probability = unseen(model, X, y, ten_folds)

# %%
ill, well = probability[y == 1], probability[y == 0]
ahead = [(person > well).mean() for person in ill]  # of all healthy people
print(f"{len(ill)} ill, {len(well)} healthy")
print(f"ahead in:           {np.mean(ahead):.4f} of the pairs")
print(f"AUC by the library: {metrics.roc_auc_score(y, probability):.4f}")

# %% [markdown]
# The **precision–recall curve** asks of the invited how many are ill. Walk down the ranking; whenever an ill
# person comes, note the precision so far. The mean of these notes is the *average precision*. Six people:

# %%
ranked = np.array([1, 0, 1, 0, 0, 1])  # 1 is ill; the highest score comes first
precision_so_far = ranked.cumsum() / np.arange(1, 7)
print(precision_so_far.round(2), "at the ill:", precision_so_far[ranked == 1].round(2))
print("mean:", precision_so_far[ranked == 1].mean().round(4))
falling = [6, 5, 4, 3, 2, 1]  # six scores
print(f"library: {metrics.average_precision_score(ranked, falling):.4f}")

# %%
print(f"visitors: {metrics.average_precision_score(y, probability):.3f}")
print(f"guessing: {y.mean():.3f}")

# %% [markdown]
# AUC is 0.5 for guessing, whatever the classes; average precision is the share of the ill. By AUC the model
# looks decent. By average precision: the list down to an ill person holds, on average, about one ill in
# seven, where guessing gives one in 26.

# %% [markdown]
# > **Myth.** "AUC 0.99 is good."
#
# Take a small spam filter. Copies, mails that are equal once digits and signs are removed, are left out.
# `HashingVectorizer` gives each word one of 16,384 columns, by a fixed rule, and writes whether it occurs,
# scaled so that long mails weigh as much as short ones. ([Chapter 09](09_spam_filter.ipynb) builds a real
# filter.)

# %%
mails = ck.load("mails")
lower = mails["body"].str.lower()
letters = lower.str.replace(r"[\W\d_]+", "", regex=True)  # letters alone
single = mails[~letters.duplicated()]
is_spam = single["is_spam"].to_numpy(int)

# %%
from sklearn.feature_extraction.text import HashingVectorizer

hashing = HashingVectorizer(n_features=2**14, binary=True, alternate_sign=False)
words = hashing.transform(single["body"].str[:1000])
words.shape

# %%
# liblinear: a solver for many columns
spam_filter = LogisticRegression(solver="liblinear", C=10, tol=1e-8)
five_folds = StratifiedKFold(5, shuffle=True, random_state=0)
spam_score = unseen(spam_filter, words, is_spam, five_folds)
n_spam, n_good = is_spam.sum(), (is_spam == 0).sum()
auc = metrics.roc_auc_score(is_spam, spam_score)
print(f"{n_spam} spam, {n_good} good, AUC {auc:.3f}")

# %% [markdown]
# Now let spam become rare, as if most of it were thinned out: each spam counts with a weight $w$, each good
# mail with 1. Which $w$ makes spam one mail in $k$? With $S$ spam and $N$ good mails:
#
# 1. All mails together weigh $wS + N$, and the spam weighs $wS$.
# 2. Its share shall be one in $k$: $\;wS / (wS + N) = 1/k$.
# 3. Multiply by both denominators: $\;k\,wS = wS + N$.
# 4. Take $wS$ away on both sides: $\;(k-1)\,wS = N$.
# 5. Divide: $\;w = \dfrac{N}{(k-1)\,S}$.


# %%
def spam_weight(one_in):
    """The weight of a spam that makes spam one mail in so many."""
    return n_good / ((one_in - 1) * n_spam)


# %%
w = spam_weight(1000)
print(f"each spam counts {w:.5f}, all of them {w * n_spam:.3f}")
print("their share:", round(w * n_spam / (w * n_spam + n_good), 6))

# %% [markdown]
# Model and scores stay the same; the metrics take the weights as `sample_weight`. The last column: if a
# share P of the moved mails is spam, then for each spam found (1 − P) / P = 1/P − 1 good mails are lost.
# **Predict first:** which columns will change?


# %%
def weights_for(one_in):
    """A weight for each mail."""
    return np.where(is_spam == 1, spam_weight(one_in), 1)


def spam_curve(one_in):
    """Precision and recall at every threshold."""
    w = weights_for(one_in)
    P, R, _ = metrics.precision_recall_curve(is_spam, spam_score, sample_weight=w)
    return P, R


# %%
rows, rarities = [], (2, 100, 1000)
for one_in in rarities:
    given = {"y_score": spam_score, "sample_weight": weights_for(one_in)}
    P, R = spam_curve(one_in)
    best = P[R >= 0.9].max()
    row = {"AUC": metrics.roc_auc_score(is_spam, **given)}  # ** hands the entries on
    row["average precision"] = metrics.average_precision_score(is_spam, **given)
    row["precision at recall 0.9"] = best
    row["good lost per spam found"] = 1 / best - 1
    rows.append(row)
pd.DataFrame(rows, index=[f"1 in {k}" for k in rarities]).round(3)

# %% fold="Draw ROC and precision–recall curves"
fig, axes = plt.subplots(1, 2, figsize=(9, 4))
fpr, tpr, _ = metrics.roc_curve(is_spam, spam_score)
axes[0].plot(fpr, tpr, color="C2")
axes[0].text(0.06, 1.05, "spam: the same curve for all three", color="C2", weight="bold")
places = {2: (0.3, 1.03), 100: (0.4, 0.81), 1000: (0.22, 0.36)}
for one_in, colour in [(2, "C2"), (100, "C5"), (1000, "C3")]:
    curve_P, curve_R = spam_curve(one_in)
    axes[1].plot(curve_R, curve_P, color=colour)
    axes[1].text(*places[one_in], f"1 in {one_in}", color=colour, weight="bold")
nurse_fpr, nurse_tpr, _ = metrics.roc_curve(y, probability)
nurse_P, nurse_R, _ = metrics.precision_recall_curve(y, probability)
axes[0].plot(nurse_fpr, nurse_tpr, color="black", lw=1)
axes[1].plot(nurse_R, nurse_P, color="black", lw=1)
axes[0].text(0.5, 0.62, "the nurse's model")
axes[1].text(0.56, 0.01, "the nurse's model")
axes[0].set(xlabel="false-positive rate", ylabel="recall", title="ROC does not notice …")
axes[1].set(xlabel="recall", ylabel="precision", title="… that spam became rare")
for ax in axes:
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.12))
alt = "Left: one ROC curve for spam hugging the upper left corner. Right: precision-recall curves for spam"
ck.show(fig, f"{alt} at 1 in 2, 100 and 1000; the last falls to a tenth at high recall. Thin: the nurse's.")

# %% [markdown]
# The AUC is above 0.99 in every row. At 1 in 1,000, whoever wants to find 90 % of the spam loses about nine
# good mails for each spam found. AUC averages over the whole ranking; with a rare class only its very top
# matters.
#
# And the top is known roughly only. How many good mails score as high as nine tenths of the spam? By
# `binomtest`, as in chapter 01, the 95 % interval of their share:

# %%
from scipy.stats import binomtest

nine_tenths_above = np.quantile(spam_score[is_spam == 1], 0.1)
too_high = int((spam_score[is_spam == 0] >= nine_tenths_above).sum())
low, high = binomtest(too_high, int(n_good)).proportion_ci(method="wilson")
print(f"{too_high} of {n_good} good mails: {low:.4f} to {high:.4f}")
# One in 1000: 0.9 found, and 999 good mails for each spam.
print(f"good lost per spam found: from {999 * low / 0.9:.1f} to {999 * high / 0.9:.1f}")

# %% [markdown]
# ### A threshold for a cost
#
# Chapter 01: a missed illness costs 500 euros, an invitation 10 (van) or 40 (clinic), so the threshold from
# the prices is 10/500 = 0.02 or 40/500 = 0.08. The other way is to search the threshold on data.


# %%
def costs(acted, price, y=y):
    """What each person costs, times 1,000: the mean is the cost of 1,000 people."""
    return 1000 * np.where(acted, price, 500 * y)


# %%
def best_threshold(scores, price, y):
    """The cheapest of 150 thresholds on these people."""
    thresholds = np.geomspace(0.005, 0.9, 150)
    paid = [costs(scores >= t, price, y).mean() for t in thresholds]
    return thresholds[np.argmin(paid)]


# %% [markdown]
# Searched honestly, it is chosen for each fold on the nine others.


# %%
def act_out_of_fold(scores, price, folds):
    """Decisions by thresholds that were chosen on the other folds."""
    acted = np.zeros(len(y), bool)
    for rest, held in folds:
        threshold = best_threshold(scores[rest], price, y[rest])
        acted[held] = scores[held] >= threshold
    return acted


# %% [markdown]
# The intervals come from the bootstrap of chapter 01: four hundred times, draw as many people, with
# replacement. "From … to" is the middle 95 % of the means.

# %%
rng = np.random.default_rng(0)
draws = [rng.choice(len(y), len(y)) for _ in range(400)]  # row numbers


# %%
def with_ends(values):
    """The mean, and the ends of its 95 % interval."""
    means = [values[who].mean() for who in draws]
    low, high = np.percentile(means, [2.5, 97.5])
    return {"euros": values.mean(), "from": low, "to": high}


# %%
by_price = costs(probability >= 10 / 500, 10)
same_people = costs(probability >= best_threshold(probability, 10, y), 10)
other_folds = costs(act_out_of_fold(probability, 10, ten_folds), 10)
rows = [with_ends(values) for values in (by_price, same_people, other_folds)]
rows.append(with_ends(other_folds - by_price))
ways = ["threshold from the prices", "searched, judged on the same"]
ways += ["searched on other folds", "searched − from the prices"]
print(f"van: inviting everybody {costs(True, 10).mean():,.0f}")
pd.DataFrame(rows, index=ways).round(0).astype(int)

# %% [markdown]
# The van, euros per 1,000 visitors. All three save against inviting everybody. Searching looks best on the
# people it was searched on. Out of fold the gain is gone, and the threshold from the prices, which needs no
# search, is cheaper: in pairs by about a hundred euros, and the interval excludes zero. Settled? The interval
# holds the luck of who came. It does not hold the luck of how the folds were cut. Cut them ten times. (This
# takes some seconds.)

# %%
rows = []
for seed in range(10):
    cutter = StratifiedKFold(10, shuffle=True, random_state=seed)
    folds = list(cutter.split(X, y))
    of_cut = unseen(model, X, y, folds)
    row = {}
    for name, price in [("van", 10), ("clinic", 40)]:
        searched = costs(act_out_of_fold(of_cut, price, folds), price)
        row[name] = (searched - costs(of_cut >= price / 500, price)).mean()
    rows.append(row)
dearer = pd.DataFrame(rows)
print("dearer in, of ten: ", (dearer > 0).sum().to_dict())
dearer.agg(["mean", "min", "max"]).round(0).astype(int)

# %% [markdown]
# What searching costs more than the threshold from the prices: for the van dearer in seven of ten cuts, for
# the clinic in half of them. Not settled, and with 157 ill people a search gains nothing to be relied on.
# So take the threshold from the prices, *if* the probabilities can be taken at their word. If not,
# search; `TunedThresholdClassifierCV` does it for you.

# %% [markdown]
# ## 5 · Can you take a probability at its word?
#
# Chapter 01 called a model *calibrated* if, of the cases that get 0.2, one in five is positive. Take
# people in car crashes, and models that should say who dies. (4.5 % of these rows die; the sample holds
# more severe crashes than the road does, so the figures are this table's own.)

# %%
from sklearn.model_selection import GroupKFold

crashes = ck.load("crashes")
dead = (crashes["dead"] == "dead").to_numpy(int)
categories = ["impact_speed", "seatbelt", "sex", "seat", "airbag"]
X_crash = crashes[[*categories, "frontal", "age"]]
car = (crashes["crash_year"].astype(str) + " " + crashes["case_id"]).factorize()[0]
whole_cars = GroupKFold(5, shuffle=True, random_state=0)
crash_folds = list(whole_cars.split(X_crash, dead, groups=car))
print(f"{len(crashes):,} people in {car.max() + 1:,} cars, {dead.mean():.3f} died")

# %% [markdown]
# Three models. One uses `class_weight="balanced"`, the usual advice for rare classes: each of the dead
# counts about twenty times as much as a survivor, and both classes weigh the same. Another is *naive
# Bayes*: it asks of each column alone how much better its value fits the dead than the survivors, and
# multiplies the answers, as if no column repeated another. `GaussianNB` takes the values of each class for a
# bell curve (chapter 11).


# %%
hot = OneHotEncoder(sparse_output=False, drop="if_binary")
crash_columns = make_column_transformer((hot, categories), remainder=StandardScaler())
plain = LogisticRegression(solver="newton-cholesky")
balanced = LogisticRegression(solver="newton-cholesky", class_weight="balanced")


# %%
from sklearn.naive_bayes import GaussianNB


def risk_by(classifier):
    """Probabilities of dying, out of fold."""
    whole = make_pipeline(crash_columns, classifier)
    return unseen(whole, X_crash, dead, crash_folds)


risk = {"logistic regression": risk_by(plain), "balanced": risk_by(balanced)}
risk["naive Bayes"] = risk_by(GaussianNB())

# %% [markdown]
# Two metrics look at the probability itself; lower is better. The **Brier score** is the mean squared
# distance between probability and truth. The **log loss** is the cross-entropy of chapter 06.


# %%
def promises(p):
    """How a model's probabilities p compare with what happened."""
    row = {"AUC": metrics.roc_auc_score(dead, p)}
    row["Brier score"] = metrics.brier_score_loss(dead, p)
    row["log loss"] = metrics.log_loss(dead, p)
    row["mean said"] = p.mean()
    row["get 0.5 or more"] = (p >= 0.5).sum()
    row["of them died"] = dead[p >= 0.5].mean()
    return row


# %%
three_models = ["logistic regression", "balanced", "naive Bayes"]
rows = [promises(risk[name]) for name in three_models]
pd.DataFrame(rows, index=three_models).round(3)

# %% [markdown]
# Balancing leaves the ranking as it was: the AUCs agree to about 0.001. But the balanced model thinks that
# 30 in 100 die, where fewer than 5 do, and of those it gives 0.5 or more a sixth died.
#
# A **reliability diagram** puts what was said against what happened. `calibration_curve` cuts the people
# into ten groups of the same size by what was said, and gives the means of both.

# %%
from sklearn.calibration import calibration_curve

p = risk["balanced"]
died, said_risk = calibration_curve(dead, p, n_bins=10, strategy="quantile")
pd.DataFrame({"said": said_risk, "died": died}).tail(3).round(2)

# %% fold="Draw the reliability diagram"
fig, ax = plt.subplots(figsize=(7.6, 4.6))
styles = {"logistic regression": ("C2", "o"), "balanced": ("C3", "s"), "naive Bayes": ("C5", "^")}
for name, p in risk.items():
    if name in styles:
        happened, foretold = calibration_curve(dead, p, n_bins=10, strategy="quantile")
        ax.plot(foretold, happened, color=styles[name][0], marker=styles[name][1])
ax.plot([0, 0.5], [0, 0.5], color="C6", lw=1, ls="--")
ax.text(0.51, 0.475, "the diagonal:\ncalibrated", color="C6", va="center")
ax.text(0.25, 0.27, "logistic regression", color="C2", weight="bold", ha="right")
ax.text(0.6, 0.05, "balanced", color="C3", weight="bold")
ax.text(0.46, 0.15, "naive Bayes", color="C5", weight="bold", ha="right")
ax.set(xlabel="probability said (tenths of the people)", ylabel="share that died", ylim=(-0.02, 0.55))
ax.set_title("Below the diagonal a model promises too much")
alt = "Reliability diagram: logistic regression follows the diagonal; the balanced model and naive Bayes"
ck.show(fig, f"{alt} lie far below it, saying 0.87 where a quarter died.")

# %% [markdown]
# Balancing exaggerates on purpose: it trains in a world where half die. Naive Bayes exaggerates mainly
# because of its bell curves: most of these columns hold 0 and 1. `BernoulliNB` counts instead (age in
# decades):

# %% fold="Naive Bayes that counts 0 and 1"
from sklearn.naive_bayes import BernoulliNB

X_decades = X_crash.assign(age=X_crash["age"] // 10)
each = OneHotEncoder(handle_unknown="ignore", drop="if_binary")
counted = make_column_transformer((each, [*categories, "age"]), remainder="passthrough")
bernoulli = make_pipeline(counted, BernoulliNB())
p = unseen(bernoulli, X_decades, dead, crash_folds)
pd.DataFrame([promises(p)], index=["naive Bayes, counting"]).round(3)

# %% [markdown]
# Much closer. The rest may be columns that repeat each other, and so count twice.
#
# ### Two repairs
#
# **Calibration** learns a curve from said to true, on held-out people. `"sigmoid"` fits a logistic
# regression with the model's score as its only column: two numbers. `"isotonic"` fits any staircase that
# never falls: sort by score, and wherever a step would go down, pool it with its neighbours. Six cases:

# %%
from sklearn.isotonic import IsotonicRegression

said_6 = np.array([0.1, 0.2, 0.4, 0.5, 0.7, 0.9])
true_6 = np.array([0, 1, 0, 0, 1, 1])  # the 1 at 0.2 would make the next step go down
IsotonicRegression().fit_transform(said_6, true_6).round(2)

# %% [markdown]
# The cases at 0.2, 0.4 and 0.5 are pooled: one of three is positive, so each gets a third.
# `CalibratedClassifierCV` does all of this in inner folds: fit the model on some people, learn the curve on
# the others. (The inner folds here do not keep cars together; the outer ones do.)

# %%
from sklearn.calibration import CalibratedClassifierCV

for method in ("sigmoid", "isotonic"):
    repaired = CalibratedClassifierCV(balanced, method=method, cv=3)
    risk[f"balanced, {method}"] = risk_by(repaired)
repairs = ["balanced, sigmoid", "balanced, isotonic"]
rows = [promises(risk[name]) for name in repairs]
pd.DataFrame(rows, index=repairs).round(3)

# %% [markdown]
# Both repairs bring the mean, the Brier score and the log loss back to those of the plain model. The
# staircase can take any shape, so it needs many cases. `sigmoid` bends in one way only, which happens to be
# the way that balancing bends.
#
# Now the clinic. Its visitors hold 157 ill people, and the threshold from the prices is 0.08. **Predict
# first:** what does the balanced model cost there?

# %%
versions = {"plain": model, "balanced": nurse(balanced)}
for method in ("sigmoid", "isotonic"):
    repaired = CalibratedClassifierCV(nurse(balanced), method=method, cv=3)
    versions[f"balanced, {method}"] = repaired
scores_of = {}
for name, version in versions.items():
    scores_of[name] = unseen(version, X, y, ten_folds)

# %%
rows = []
for p in scores_of.values():
    row = with_ends(costs(p >= 0.08, 40))
    row["invited"] = np.mean(p >= 0.08)
    row["AUC"] = metrics.roc_auc_score(y, p)
    row["log loss"] = metrics.log_loss(y, p)
    row["Brier score"] = metrics.brier_score_loss(y, p)
    row["ill, said 0"] = ((p == 0) & (y == 1)).sum()
    rows.append(row)
clinic = pd.DataFrame(rows, index=list(scores_of))
euros = ["euros", "from", "to"]
clinic[euros] = clinic[euros].round(0).astype(int)
print(f"inviting nobody: {costs(False, 40).mean():,.0f}")
clinic.round(3)

# %% [markdown]
# The ranking is nearly the same, and the cost more than doubles: at its word the balanced model invites
# almost everybody, and costs the clinic nearly twice what doing nothing does. Either repair helps. Do they
# reach the plain model? In pairs, euros more than plain:

# %%
plain_costs = costs(scores_of["plain"] >= 0.08, 40)
rows = []
for name in repairs:
    rows.append(with_ends(costs(scores_of[name] >= 0.08, 40) - plain_costs))
pd.DataFrame(rows, index=repairs).round(0).astype(int)

# %%
staircase = scores_of["balanced, isotonic"]
without = (staircase > 0) | (y == 0)  # all but the ill person who got 0
for name in ("plain", "balanced, isotonic"):
    of_others = metrics.log_loss(y[without], scores_of[name][without])
    print(f"{name}: log loss without that one {of_others:.4f}")

# %% [markdown]
# The intervals hold zero: 157 ill people cannot tell; perhaps repaired models cost a few per cent more. And
# the staircase's higher log loss is *one* ill person's, to whom it gives exactly 0. Without this person, or
# by the Brier score, it is as good as the plain model. A staircase can say 0, and one wrong 0 costs the log
# loss more than all others gain. The simplest is not to balance.
#
# *Good place to stop.* So far: four counts give every metric, and an audit compares printed figures with
# them. AUC does not see how rare a class is, precision does. The threshold comes from the prices, if the
# probabilities are calibrated. Still open: how sure a score is, and how to choose settings without being
# fooled.

# %% [markdown]
# ## 6 · How sure is a score?
#
# The bootstrap of section 4 serves any metric: compute it on each draw (here on 200 of them). Beside the
# model of chapter 04, here is the first model of the course, on five raw columns. **Predict first:** their
# intervals overlap. Does that mean that they may be equally good?

# %%
first_columns = visitors[["age", "waist", "bmi", "systolic_1", "pulse"]]
first_model = make_pipeline(fill_and_scale, plain)
first = unseen(first_model, first_columns, y, ten_folds)

# %%
rows = []
for who in draws[:200]:
    row = {"first model": metrics.roc_auc_score(y[who], first[who])}
    row["chapter 04's table"] = metrics.roc_auc_score(y[who], probability[who])
    rows.append(row)
drawn = pd.DataFrame(rows)
drawn["difference"] = drawn["chapter 04's table"] - drawn["first model"]
ends = drawn.quantile([0.025, 0.975]).T
ends.set_axis(["from", "to"], axis=1).round(3)

# %% [markdown]
# The two intervals overlap. But both models judge the *same* people, and when a draw holds easy cases both
# profit. The difference is known better than either, and its interval leaves zero out. Compare in pairs,
# always.
#
# The bootstrap keeps the fitted models as they are. Folds fit anew each time; their interval is that of
# chapter 03, and sections 8 to 10 use it.

# %% [markdown]
# ## 7 · Amounts and groups
#
# When $y$ is an amount, four metrics are usual. The *MSE* is the mean of the squared errors, and RMSE its
# root. The mean absolute error (MAE), the root mean squared error (RMSE) and R² you know. Bicycles hired
# per hour; 120 whole days are held out. `DummyRegressor` always says the mean.

# %%
bikes = ck.load("bikes")
days = np.arange(1, 366)
held_days = np.random.default_rng(0).permutation(days)[:120]
is_held = bikes["day"].isin(held_days)
other_hours, held_hours = bikes[~is_held], bikes[is_held]

# %%
known = ["day", "hour", "working_day", "temperature", "felt_temperature"]
known += ["humidity", "wind_speed"]
X_held, hired_held = held_hours[known], held_hours["bikers"]
print(f"{len(other_hours)} hours to learn from, {len(held_hours)} held out")


# %% fold="amounts, which gives four metrics"
def amounts(true, predicted):
    """Four metrics of a regression."""
    return {
        "MAE": metrics.mean_absolute_error(true, predicted),
        "MSE": metrics.mean_squared_error(true, predicted),
        "RMSE": metrics.root_mean_squared_error(true, predicted),
        "R²": metrics.r2_score(true, predicted),
    }


# %%
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

regressors = {"mean of training": DummyRegressor(), "linear": LinearRegression()}
regressors["boosting"] = HistGradientBoostingRegressor(random_state=0)

# %%
rows = []
for regressor in regressors.values():
    regressor.fit(other_hours[known], other_hours["bikers"])
    rows.append(amounts(hired_held, regressor.predict(X_held)))
pd.DataFrame(rows, index=list(regressors)).round(3)

# %% [markdown]
# MAE and RMSE are in bicycles, MSE in squared ones. RMSE is never the smaller of the two, for large errors
# weigh more in it. R² can be negative, as the first row just is: the held-out days have another mean.
# Chapter 12 takes all four apart.
#
# > **Myth.** "For RMSE call `mean_squared_error(…, squared=False)`."

# %%
predicted = regressors["boosting"].predict(X_held)
try:
    metrics.mean_squared_error(hired_held, predicted, squared=False)
except TypeError as error:
    print("TypeError:", error)

# %% [markdown]
# That argument is gone from scikit-learn; `root_mean_squared_error` is its successor. Old tutorials break
# loudly here.
#
# Groups without labels have scores, too. The **silhouette** looks at distances alone: is a bird nearer to
# its own group than to the next one (from −1 to 1, higher is better)? The adjusted Rand index (ARI) of
# chapter 05 needs a truth. `KMeans` is that of chapter 01.

# %%
from sklearn.cluster import KMeans

birds = ck.load("penguins").dropna(subset=["bill_length_mm"])
sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
scaled_sizes = StandardScaler().fit_transform(birds[sizes])
rows = []
for k in (2, 3, 4, 5):
    group = KMeans(k, n_init=10, random_state=0).fit_predict(scaled_sizes)
    row = {"groups": k, "silhouette": metrics.silhouette_score(scaled_sizes, group)}
    row["ARI with the species"] = metrics.adjusted_rand_score(birds["species"], group)
    rows.append(row)
pd.DataFrame(rows).set_index("groups").round(2)

# %% [markdown]
# The silhouette votes for two groups, the species are three. Neither is wrong: they answer different
# questions. More in chapter 13.

# %% [markdown]
# ## 8 · Tuning: four ways to spend a budget
#
# **Tuning** is choosing hyperparameters. Say the bicycle forecast must be small: boosting (chapter 03) with
# 20 trees, and 900 hours to learn from. Three settings are free: the learning rate, here how much of each
# tree's correction is applied; the leaves of a tree; and the least hours in a leaf. A third of the days
# validates.

# %%
from sklearn.model_selection import cross_val_score


def draw_hours(seed):
    """900 hours by lot, and one cut of their days into training and validation."""
    few = other_hours.sample(900, random_state=seed)
    hours, hired = few[known].to_numpy(float), few["bikers"].to_numpy(float)
    by_day = GroupKFold(3, shuffle=True, random_state=0)
    cut = list(by_day.split(hours, groups=few["day"]))[:1]  # the first cut only
    return hours, hired, {"cv": cut, "scoring": "neg_mean_absolute_error"}


# %% [markdown]
# scikit-learn's searches look for the highest score, so the metric is minus the mean absolute error. `**`
# hands the entries of a dictionary on as named arguments.


# %%
def small(**settings):
    """Boosting with 20 trees and these settings."""
    return HistGradientBoostingRegressor(max_iter=20, random_state=0, **settings)


# %%
def validation_error(settings, data):
    """Mean absolute error in bicycles on the days that validate."""
    hours, hired, usual = data
    return -cross_val_score(small(**settings), hours, hired, **usual).mean()


# %%
def held_out_error(settings, data):
    """The same on the held-out days, fitted on all 900 hours."""
    hours, hired, _ = data
    fitted = small(**settings).fit(hours, hired)
    predicted = fitted.predict(X_held.to_numpy(float))
    return metrics.mean_absolute_error(hired_held, predicted)


# %%
data = draw_hours(11)
print(f"defaults, validation:    {validation_error({}, data):.1f} bicycles")
print(f"defaults, held-out days: {held_out_error({}, data):.1f} bicycles")

# %% [markdown]
# The held-out days look easier, here and below: for them the model learns from 900 hours, not about 600, and
# the validating third of the days is on average a little harder than the others.
#
# Each way of searching may train on as many hours as 27 full candidates need.
#
# - **Grid search** tries every combination of the values you list: here 3 × 3 × 3 = 27. We try two grids: for
#   the learning rate, `wide` lists the ends and the middle of the range, `close` the usual values.
# - **Random search** draws each setting from a range. `loguniform` draws so that each factor of ten is
#   equally likely; `randint(2, 32)` draws whole numbers from 2 to 31.

# %%
from scipy.stats import loguniform, randint

wide = {"learning_rate": [0.01, 0.1, 1], "max_leaf_nodes": [4, 12, 31]}
wide["min_samples_leaf"] = [5, 20, 60]
close = {**wide, "learning_rate": [0.05, 0.1, 0.3]}
space = {"learning_rate": loguniform(0.01, 1), "max_leaf_nodes": randint(2, 32)}
space["min_samples_leaf"] = randint(2, 61)

# %% [markdown]
# - **Successive halving** starts many candidates on few rows, and only the best go on with more: 39 on 300
#   hours, and the best third of them, 13, on all hours. That costs as much as 26 full candidates.
# - **Bayesian optimisation** (here Optuna's TPE) starts at random and then prefers candidates that resemble
#   those that did well. A **trial** suggests the settings, and is told the error.

# %%
import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)


def suggest(trial):
    """The settings that Optuna wants to try next."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 1, log=True),
        "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 2, 31),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 60),
    }


# %% [markdown]
# Whatever the way, we keep the errors in their order, the hours that each candidate saw, and the best
# settings.


# %%
def by_optuna(seed, data):
    """27 trials."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    for _ in range(27):
        trial = study.ask()
        study.tell(trial, validation_error(suggest(trial), data))
    errors = np.array([trial.value for trial in study.trials])
    return errors, np.full(27, 900), study.best_params


# %% fold="by_sklearn, the same for any search of scikit-learn"
def by_sklearn(search, data):
    """Any of scikit-learn's searches."""
    hours, hired, _ = data
    results = search.fit(hours, hired).cv_results_
    errors = -results["mean_test_score"]
    return errors, results.get("n_resources", np.full(27, 900)), search.best_params_


# %% fold="Import the searches"
# scikit-learn calls halving an experiment: the first line unlocks it.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)


# %%
def all_searches(seed, data):
    """Two grids and the three others on the same hours, by name."""
    usual = data[2]
    found = {"wide grid": by_sklearn(GridSearchCV(small(), wide, **usual), data)}
    found["close grid"] = by_sklearn(GridSearchCV(small(), close, **usual), data)
    random = RandomizedSearchCV(small(), space, n_iter=27, random_state=seed, **usual)
    found["random"] = by_sklearn(random, data)
    # Another seed: halving shall not start with the candidates of random search.
    rounds = {"n_candidates": 39, "min_resources": 300, "factor": 3}
    rounds["random_state"] = 100 + seed
    halving = HalvingRandomSearchCV(small(), space, **rounds, **usual)
    found["halving"] = by_sklearn(halving, data)
    found["Bayesian"] = by_optuna(seed, data)
    return found


# %% [markdown]
# One run is one draw of luck: of the hours and of the search. So draw 900 hours five times, and let all
# search each. (This takes about 13 seconds.)

# %%
seeds = range(11, 16)
samples = [draw_hours(seed) for seed in seeds]
searches = []
for seed, data in zip(seeds, samples, strict=True):
    searches.append(all_searches(seed, data))

# %% [markdown]
# First the grids, nine candidates for each learning rate. Validation errors, means of the five runs:

# %% fold="Errors of the grids by learning rate" tags=["rtol=0.05"]
rows = []
for name, listed in [("wide grid", wide), ("close grid", close)]:
    by_rate = np.array([found[name][0].reshape(3, 9) for found in searches])
    for place, rate in enumerate(listed["learning_rate"]):
        nine = by_rate[:, place]  # a row for each run
        row = {"grid": name, "rate": rate, "best of nine": nine.min(axis=1).mean()}
        row["mean of nine"] = nine.mean()
        rows.append(row)
pd.DataFrame(rows).set_index(["grid", "rate"]).round(0)

# %% [markdown]
# A third of the wide grid is lost: a learning rate of 0.01 is too slow for 20 trees. The nine at 1 are on
# average better than those at 0.1. The best lie between, at 0.3, where the wide grid lists nothing. Now all
# searches, and the defaults.

# %% fold="Collect the errors of all, and of the defaults"
in_validation, on_held_days = [], []
for data, found in zip(samples, searches, strict=True):
    row, held_row = {}, {"defaults": held_out_error({}, data)}
    for name, (errors, seen, settings) in found.items():
        row[name] = errors[seen == 900].min()
        held_row[name] = held_out_error(settings, data)
    in_validation.append({"defaults": validation_error({}, data), **row})
    on_held_days.append(held_row)
in_validation, on_held_days = pd.DataFrame(in_validation), pd.DataFrame(on_held_days)

# %% [markdown]
# The lead of Bayesian search on the held-out days, run by run, gets an interval: the one of chapter 03. The
# runs draw their hours anew, so we take them for independent, with no overlap.


# %% fold="interval, as in chapter 03"
from scipy.stats import t


def interval(differences, overlap):
    """Mean difference over folds, and the ends of its 95 % interval.

    overlap is n_test / n_train: 1/9 for ten folds, 1/4 for five."""
    k, mean = len(differences), np.mean(differences)
    s2 = np.var(differences, ddof=1)
    half = t.ppf(0.975, k - 1) * np.sqrt(s2 * (1 / k + overlap))
    return mean, mean - half, mean + half


# %% tags=["rtol=0.2"]
rows, rivals = [], ["defaults", "wide grid", "close grid", "random", "halving"]
for name in rivals:
    lead = on_held_days[name] - on_held_days["Bayesian"]
    mean, low, high = interval(lead, 0)
    row = {"behind Bayesian by": mean, "from": low, "to": high}
    row["in runs"] = (lead > 0).sum()
    rows.append(row)
leads = pd.DataFrame(rows, index=rivals)
leads.insert(0, "held-out days", on_held_days[leads.index].mean())
leads.insert(0, "validation", in_validation[leads.index].mean())
leads.round(1)

# %% [markdown]
# Bicycles. Bayesian search beats the defaults, meant for a hundred trees, and the wide grid in all five runs,
# and the intervals exclude zero. But the wide grid lost by its values. The close one has two other learning
# rates, and keeps up: between Bayesian search and the close grid, random search or halving five runs cannot
# tell, for the intervals hold zero. (The picture tries the grids in shuffled order.)

# %% fold="Draw the best error so far against the budget"
fig, ax = plt.subplots(figsize=(8.4, 4.2))
colours = {"wide grid": "C6", "close grid": "C3", "random": "C5", "halving": "C4", "Bayesian": "C2"}
budget = np.arange(1, 28)
for name, colour in colours.items():
    lines = []
    for run, found in enumerate(searches):
        errors, seen, _ = found[name]
        errors = np.random.default_rng(run).permutation(errors) if "grid" in name else errors
        spent, on_all = np.cumsum(seen) / 900, np.where(seen == 900, errors, np.inf)
        so_far = np.minimum.accumulate(on_all)
        done = np.searchsorted(spent, budget + 1e-9, side="right") - 1  # the last candidate paid for
        lines.append(np.where(done < 0, np.inf, so_far[np.maximum(done, 0)]))
    mean = np.mean(lines, axis=0)
    ax.step(budget[np.isfinite(mean)], mean[np.isfinite(mean)], where="post", color=colour, lw=2)
ax.axhline(in_validation["defaults"].mean(), color="black", lw=1, ls="--")
ax.text(26.9, in_validation["defaults"].mean() + 0.5, "defaults", ha="right")
places = [(21, 45.6), (10, 36), (4.2, 36.5), (15.3, 51), (7.6, 44)]
for place, (name, colour) in zip(places, colours.items(), strict=True):
    ax.text(*place, name, color=colour, weight="bold")
ax.set(xlim=(1, 27), ylim=(32, 60), xlabel="budget spent (full candidates)")
ax.set(ylabel="best validation error so far\n(bicycles, mean of five runs)")
ax.set_title("A grid is as good as the values that you list")
alt = "Best validation error against budget: the wide grid stays highest; the close grid, random and Bayesian"
ck.show(fig, f"{alt} search fall early, halving appears after half of the budget; these four end close.")

# %% [markdown]
# So a grid is as good as the values that you list. Random search needs their range only: a grid of 27 tries
# three learning rates, 27 random points try 27.

# %% [markdown]
# **Try it:** set `seeds = range(6)` and run from there. Who is ahead now?
# <details><summary>Answer</summary>Bayesian search beats random search in six of six, and the interval
# excludes zero. A few runs show a gap as large as the wide grid's, and mislead about a small one: over
# <code>range(16)</code> it is ahead in twelve of sixteen, and the interval just holds zero.</details>
#
# And with 100 trees in `small`? <details><summary>Answer</summary>The defaults then do about as well as the
# tuned small model.</details>

# %% [markdown]
# ## 9 · The winner's own score
#
# The search reports the best of its scores, and the best of many noisy numbers holds luck ([chapter
# 03](03_data_splitting.ipynb)). **Nested cross-validation** puts the whole search inside outer folds, as if
# it were a model: in each outer fold it searches anew, on inner folds, and the fold it has not seen judges
# the winner.
#
# Eight times: take an eighth of the visitors, search ten decision trees, and judge the winner on everybody
# else. There luck is large enough to be seen, and the eighths share nobody.

# %%
from sklearn.model_selection import cross_validate
from sklearn.tree import DecisionTreeClassifier

shapes = {"max_depth": randint(2, 12), "min_samples_leaf": randint(1, 40)}
shapes["max_features"] = [2, 4, 8, None]  # columns that each question may choose from
ready = prepare.fit_transform(X)  # filled, scaled, one-hot


# %%
def tree_search(seed):
    """Ten trees by lot, judged on three inner folds."""
    inner = StratifiedKFold(3, shuffle=True, random_state=seed)
    how = {"n_iter": 10, "cv": inner, "scoring": "roc_auc", "random_state": seed}
    return RandomizedSearchCV(DecisionTreeClassifier(random_state=0), shapes, **how)


# %% [markdown]
# **Predict first:** which of the two estimates will promise too much, the search's best score or the nested
# one? (This takes about five seconds.)

# %%
rows = []
eighths = StratifiedKFold(8, shuffle=True, random_state=0)
for others, mine in eighths.split(ready, y):
    number = len(rows)
    outer = StratifiedKFold(3, shuffle=True, random_state=100 + number)
    search = tree_search(number)
    nested = cross_val_score(search, ready[mine], y[mine], cv=outer, scoring="roc_auc")
    search.fit(ready[mine], y[mine])
    said_of_others = search.predict_proba(ready[others])[:, 1]
    row = {"the search's best": search.best_score_, "nested": nested.mean()}
    row["on everybody else"] = metrics.roc_auc_score(y[others], said_of_others)
    rows.append(row)
winners = pd.DataFrame(rows)
winners.round(2)

# %%
for name in ("the search's best", "nested"):
    gap = winners[name] - winners["on everybody else"]
    mean, low, high = interval(gap, 0)
    print(f"{name}: {mean:+.2f} [{low:+.2f}, {high:+.2f}]", end=", ")
    print("above in", (gap > 0).sum(), "of 8")

# %% [markdown]
# AUC against the score on everybody else, with its 95 % interval. The search's best promises too much, in
# this cut in all eight. The nested estimate hits, on average over many cuts. A single cut may miss by some
# hundredths either way: this one is too low.
#
# The optimism shrinks with more cases, fewer candidates, or candidates that hardly differ. So: choose by the
# inner score, *report the outer one*.
#
# **Try it:** cut the eighths with `random_state=1`, and run the two cells.
# <details><summary>Answer</summary>The search's best is too high again, in all eight. The nested score now
# lies a little above, with an interval that holds zero. Eight runs know a gap roughly
# only.</details>

# %% [markdown]
# ### What to ship
#
# Nested cross-validation leaves a winner in each outer fold, perhaps with other settings each time. None of
# them is shipped. Its score belongs to the *procedure* "search in folds, then fit the winner". To ship,
# run that procedure once more, on all people.
#
# Here it is for boosted trees, with 60 of them and two settings to choose. `cross_validate` gives what
# `cross_val_score` gives, and with `return_estimator` the fitted searches as well. (This takes about five
# seconds. Section 10 uses the scores again.)

# %%
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import RepeatedStratifiedKFold

repeated = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
outer_folds = list(repeated.split(ready, y))  # 5 folds, drawn twice
judged = {"cv": outer_folds, "scoring": "roc_auc"}
few_trees = HistGradientBoostingClassifier(max_iter=60, random_state=0)
choices = {"max_leaf_nodes": [2, 4], "learning_rate": [0.03, 0.1]}
boosted_search = GridSearchCV(few_trees, choices, scoring="roc_auc", cv=3)

# %%
nested_run = cross_validate(boosted_search, ready, y, return_estimator=True, **judged)
tuned = nested_run["test_score"]
chosen = pd.DataFrame([fitted.best_params_ for fitted in nested_run["estimator"]])
chosen.value_counts(sort=False).to_frame("outer folds")

# %% [markdown]
# The folds need not agree on the settings. Nine of ten choose the corner of the grid, the largest rate and
# the fewest leaves. A winner on the edge says: widen the range (here to larger rates, for no tree has fewer
# than two leaves) and search again. The one that is shipped:

# %%
shipped = boosted_search.fit(ready, y).best_estimator_
print("ship:  ", boosted_search.best_params_, "fitted on all", len(y))
print(f"report: AUC {tuned.mean():.3f}, from the outer folds")
print(f"not:    AUC {boosted_search.best_score_:.3f}, the search's own best")

# %% [markdown]
# The search's own best is the higher figure again. The shipped model has no score of its own: it reports that
# of its siblings in the outer folds, which learned in the same way from a little less. If a test set was put
# aside (chapter 03), the shipped procedure is judged there once, before the last fit on everything.

# %% [markdown]
# ## 10 · When the score disappoints
#
# Then what do you change first? For the nurse's model each step can be measured on the same ten outer folds:
# fewer people, other features, another model, other hyperparameters. Each step changes *one* thing. So
# boosting gets the same prepared columns as the logistic regression, one-hot included. (`ready` was filled
# and scaled with all people at once. Chapter 03 measured that this flatters nothing here.)


# %%
def fold_scores(classifier, columns=ready, folds=outer_folds):
    """AUC in each of the ten outer folds."""
    return cross_val_score(classifier, columns, y, cv=folds, scoring="roc_auc")


now = fold_scores(plain)
steps = {}

# %%
for n in (500, 1000, 2000):
    rng_rows = np.random.default_rng(n)
    fewer = [(rng_rows.permutation(fit)[:n], held) for fit, held in outer_folds]
    steps[f"data: {n} people"] = fold_scores(plain, folds=fewer)
steps["features: the first five"] = fold_scores(first_model, columns=first_columns)

# %%
as_it_comes = fold_scores(HistGradientBoostingClassifier(random_state=0))
steps["model: boosting as it comes"] = as_it_comes
steps["model: boosting, tuned"] = tuned
C_search = GridSearchCV(plain, {"C": [0.01, 0.1, 1, 10]}, scoring="roc_auc", cv=3)
steps["hyperparameter: C, tuned"] = fold_scores(C_search)

# %% [markdown]
# The differences have the interval of chapter 03; with five folds a test part is a quarter of its training
# part.

# %%
rows = []
for values in steps.values():
    mean, low, high = interval(values - now, 1 / 4)
    row = {"AUC": values.mean(), "against now": mean, "from": low, "to": high}
    row["folds better"] = (values > now).sum()
    rows.append(row)
ladder = pd.DataFrame(rows, index=list(steps))
print(f"now: about 3,300 people, chapter 04's table, C = 1: AUC {now.mean():.3f}")
ladder.round(3)

# %% [markdown]
# And tuning itself, default against tuned, each model with itself, for both draws of the folds:

# %%
C_gain = steps["hyperparameter: C, tuned"] - now
boosting_gain = tuned - as_it_comes
parts = {"first draw": slice(0, 5), "second draw": slice(5, 10), "both": slice(0, 10)}
rows = []
for part in parts.values():
    for gain in (C_gain[part], boosting_gain[part]):
        rows.append(interval(gain, 1 / 4))
models = ["logistic regression", "boosting"]
index = pd.MultiIndex.from_product([parts, models])
pd.DataFrame(rows, index=index, columns=["tuned − default", "from", "to"]).round(3)

# %% [markdown]
# Read both tables as steps. More *data*: from 500 people to 2,000 the model gained about 0.04, from the
# last 1,300 perhaps nothing: the interval holds zero. *Features*: chapter 04's are worth 0.04, and the
# interval excludes zero. A more flexible *model* is worse as it comes, in nine of ten folds (the interval
# just holds zero); probably 157 ill people are too few for it.
#
# *Hyperparameters*: tuning bought nothing for the logistic regression. It lifted boosting by about half of
# what the features did, with an interval that holds zero, and not above the logistic regression.
#
# Practitioners' order is *data, features, model, hyperparameters*. Where a setting is plainly wrong, as
# with the 20 trees, tuning pays at once. (Chapter 04's table was chosen after looking at these people; a
# step of 0.04 may survive that, one of 0.001 does not.)

# %% [markdown]
# ## 11 · Read the mistakes
#
# Which step comes next? The mistakes know. At the clinic's threshold, who are the ill people that the model
# does not invite? **Predict first:** will it rather find those who are a little ill, or gravely?

# %%
patients = visitors[y == 1].assign(found=probability[y == 1] >= 0.08)
unknown = patients.loc[patients["bmi"].isna(), "found"]
print(f"found {patients['found'].sum()} of {len(patients)} ill people")
print(f"without a BMI: {unknown.sum()} of {len(unknown)}")


# %% fold="by_band, which counts the ill people found in each band"
def by_band(column, limits):
    """How many ill people are found in each band of a column, with 95 % intervals."""
    rows, cuts = [], pd.cut(patients[column], limits, right=False)
    for band, group in patients.groupby(cuts, observed=True):
        n, n_found = len(group), int(group["found"].sum())
        low, high = binomtest(n_found, n).proportion_ci(method="wilson")
        name = f"{column} {band.left} to {band.right}"
        row = {"band": name, "ill": n, "found": n_found, "share": n_found / n}
        row["from"], row["to"] = low, high
        rows.append(row)
    return rows


# %%
bands = by_band("bmi", [0, 25, 30, 35, 100]) + by_band("hba1c", [6.5, 7, 8, 10, 20])
pd.DataFrame(bands).set_index("band").round(2)

# %% [markdown]
# The model looks for weight, and misses the lean: 2 of 17 with a BMI below 25 are found. And of the 15 with
# the highest blood values, 10 % or more, it finds four. Fifteen are few, and the interval is wide; but
# nothing in the score would have told us. AUC and cost count every ill person alike.
#
# No hyperparameter repairs that. What would these people have told the nurse, had she asked another
# question? A list of mistakes, read one by one, is where the next feature comes from.

# %% [markdown]
# ### Whose mistakes are they?
#
# A missed illness costs a person years, a needless invitation a morning and some nights of worry. Who gets
# which? **Error rates by group** are the two rows of the confusion matrix, once for each group: the share of
# the ill who are found, and the share of the healthy who are invited.


# %%
def share(acted):
    """The share of True in a column, as text with its 95 % interval."""
    n, k = len(acted), int(acted.sum())
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return f"{k / n:.2f} [{low:.2f}, {high:.2f}]"


# %%
everyone = visitors.assign(ill=y == 1, invited=probability >= 0.08, chance=probability)
rows = []
for group, people in everyone.groupby("origin", observed=True):
    ill, healthy = people[people["ill"]], people[~people["ill"]]
    row = {"origin": group, "ill": len(ill), "ill found": share(ill["invited"])}
    row["healthy invited"] = share(healthy["invited"])
    row["share ill"], row["mean chance"] = people["ill"].mean(), people["chance"].mean()
    rows.append(row)
by_origin = pd.DataFrame(rows).set_index("origin")
by_origin[by_origin["ill"] >= 20].round(3)

# %% [markdown]
# (Groups with fewer than 20 ill people are left out: their intervals say nothing.) Of the ill Non-Hispanic
# White visitors about one in ten is found, of the ill Black visitors more than half; the intervals are far
# apart. The other side of it: of healthy Black visitors every fifth is invited for nothing, of healthy White
# ones hardly anybody.
#
# The last two columns agree in each group, so the model is *calibrated* in each: it takes nobody for more
# ill than they are. The illness is rarer among the White visitors, so fewer of them reach 0.08. Whoever asks
# for equal shares found must give groups different thresholds. What would that cost?

# %%
white = everyone[everyone["origin"] == "Non-Hispanic White"]
rows = []
for threshold in (0.08, 0.04, 0.02):
    called = white["chance"] >= threshold
    row = {"invited from": threshold, "of 27 ill found": (called & white["ill"]).sum()}
    row["healthy invited"] = (called & ~white["ill"]).sum()
    rows.append(row)
pd.DataFrame(rows)

# %% [markdown]
# A quarter of the threshold finds most of them, and takes a morning from some 450 healthy people instead of
# 37. No model can be calibrated in each group and make both mistakes equally often in each, unless the groups
# are equally ill or it makes none (without proof; Kleinberg, Mullainathan and Raghavan 2016). So "fair" is
# not one number. Which equality is meant, those decide who answer for it, with both rates before them.
#
# And did they agree? The survey asked for consent to health research (chapter 02's data sheet). Sorting
# visitors by origin is a use that nobody was asked about.

# %% [markdown]
# **Try it:** group by `sex`. For whom is the model worse?
# <details><summary>Answer</summary>For men, it seems: it finds 23 of 67 ill men and 46 of 90 ill women, and
# invites fewer of the healthy men. The intervals of the ill just overlap.</details>

# %% [markdown]
# ## In the field
#
# Before a launch somebody asks for "the number". Practitioners hand over a page: the confusion matrix at
# the chosen threshold, the cost, an interval, the worst groups, how many settings were tried and on which
# rows. The code that computes a table also writes it; tables copied by hand drift apart.

# %% [markdown]
# ## Summary
#
# - Four counts give every metric; rows give recall, columns precision. Which one matters, the costs say.
# - Macro averages count classes alike; micro and weighted ones hide the rare class.
# - The puzzle: read as counts, the page is impossible. Eight precisions are not in the columns, and the
#   diagonal holds 916, not 915.
# - AUC ignores how rare a class is, precision does not.
# - A probability can be used at the threshold from the prices only if it is calibrated; balancing breaks
#   that, and calibration repairs it.
# - Compare models in pairs on the same cases, with an interval for the difference.
# - A grid is as good as the values that you list; random search needs only their range.
# - The winner of a search is flattered: choose by the inner score, report the outer one, ship a last search
#   on everything.
# - Here features paid. Tuning bought nothing for logistic regression, and for boosting not enough to
#   make it the better model. Then read the mistakes, by group too: scores do not say who is missed.

# %% [markdown]
# ## Check yourself
#
# 1. A report says precision 0.90, recall 0.50, F1 0.70. What do you say?
#    <details><summary>Answer</summary>0.70 is the plain mean. The harmonic mean lies nearer to the
#    worse of the two, at about 0.64, and half a last digit in both moves it by less than 0.01:
#    impossible as printed.</details>
# 2. Why must the micro-averaged precision of a multiclass report equal its accuracy?
#    <details><summary>Answer</summary>Every wrong verdict is one false positive for a class and one false
#    negative for another, so both pooled denominators are the number of cases.</details>
# 3. Two models have AUC 0.88. Can one be twice as expensive to use?
#    <details><summary>Answer</summary>Yes. AUC sees the order only; at a fixed threshold the cost
#    depends on the probabilities themselves.</details>
# 4. Two intervals overlap. Is the difference luck? <details><summary>Answer</summary>Not necessarily.
#    On the same cases, bootstrap the difference.</details>
# 5. When is the best score of a search an honest report?
#    <details><summary>Answer</summary>Hardly ever: it chose and judged on the same folds. Nested folds or
#    fresh rows give the score to report.</details>
# 6. Which of the models of a nested cross-validation is shipped?
#    <details><summary>Answer</summary>None. The search runs once more on all rows, and its winner is
#    fitted on all of them.</details>

# %% [markdown]
# ## Next
#
# The exercises let you compute and audit, follow the last way out for the report, and spend a budget
# of your own. Then [chapter 08](08_deployment_and_monitoring.ipynb) puts a model to work and watches
# it. To read:
#
# - scikit-learn user guide, "Metrics and scoring", "Probability calibration" and "Tuning the
#   hyper-parameters of an estimator".
# - Bergstra and Bengio, *Random Search for Hyper-Parameter Optimization* (2012).
# - Saito and Rehmsmeier, *The Precision-Recall Plot Is More Informative than the ROC Plot When Evaluating
#   Binary Classifiers on Imbalanced Datasets* (2015).
# - Cawley and Talbot, *On Over-fitting in Model Selection and Subsequent Selection Bias in Performance
#   Evaluation* (2010).
