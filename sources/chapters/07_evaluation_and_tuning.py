# %% [markdown]
# # 7 · Evaluation and tuning: can these figures be true?
#
# A published report on a classifier of ten classes says: test accuracy 0.9150. Below stand precision,
# recall and F1 of each class, and a confusion matrix. You have neither the model nor its data.
# **Can you tell from the page alone whether the figures are possible?**

# %% [markdown]
# **You will be able to**
# - compute every common metric from a confusion matrix, and say which question each one answers
# - audit a report of scores that somebody else printed
# - choose a threshold for a cost, and tell whether probabilities can be taken at their word
# - put an interval around a score, and around the difference of two
# - search hyperparameters on a budget, know what the winner's score is worth, and know what to try first
#
# **Builds on:** [chapter 01](01_problem_definition.ipynb), [chapter
# 03](03_data_splitting.ipynb), [chapter 04](04_feature_engineering.ipynb) · **Data:** `diabetes`,
# `mails`, `crashes`, `bikes`, `penguins`
#
# All prices are invented. Nothing here is medical advice.

# %% [markdown]
# ## 1 · A hundred mails, four numbers
#
# A filter has sorted a hundred mails. Of 15 spam mails it moved 10 and missed 5; of 85 good ones it
# moved 2 and left 83. These four counts are the **confusion matrix**: a row for each truth, a column for
# each verdict.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import metrics

import coursekit as ck

TP, FN, FP, TN = 10, 5, 2, 83
truth = np.repeat([1, 1, 0, 0], [TP, FN, FP, TN])
verdict = np.repeat([1, 0, 1, 0], [TP, FN, FP, TN])
matrix = metrics.confusion_matrix(truth, verdict)
pd.DataFrame(matrix, index=["good", "spam"], columns=["left", "moved"])

# %% [markdown]
# scikit-learn sorts the classes, so the negative one comes first and TP stands in the lower right
# corner. Some books print the transposed matrix. Before you read one, find out which way it lies.
#
# Every metric below is computed from these four counts: accuracy, precision, recall, F1, F2, specificity,
# balanced accuracy, MCC. **Predict first:** a filter that does nothing has 85 of 100 right. Which of the
# eight will see through it?

# %%
precision, recall = TP / (TP + FP), TP / (TP + FN)
specificity = TN / (TN + FP)
by_hand = {
    "accuracy": (TP + TN) / (TP + FN + FP + TN),
    "precision": precision,
    "recall": recall,
    "F1": 2 * precision * recall / (precision + recall),
    "F2": 5 * precision * recall / (4 * precision + recall),
    "specificity": specificity,
    "balanced accuracy": (recall + specificity) / 2,
    "MCC": (TP * TN - FP * FN) / np.sqrt((TP + FP) * (TP + FN) * (TN + FP) * (TN + FN)),
}
library = {
    "accuracy": metrics.accuracy_score,
    "precision": lambda y, moved: metrics.precision_score(y, moved, zero_division=np.nan),
    "recall": metrics.recall_score,
    "F1": metrics.f1_score,
    "F2": lambda y, moved: metrics.fbeta_score(y, moved, beta=2),
    "specificity": lambda y, moved: metrics.recall_score(y, moved, pos_label=0),
    "balanced accuracy": metrics.balanced_accuracy_score,
    "MCC": metrics.matthews_corrcoef,
}

# %%
ASKS = ["right verdicts", "spam among the moved", "moved among the spam", "both, harmonic mean"]
ASKS += ["both, recall twice the weight", "left among the good", "mean of the two recalls"]
ASKS += ["correlation of truth and verdict"]
table = pd.DataFrame({"by hand": by_hand, "what it asks": dict(zip(library, ASKS, strict=True))})
table["library"] = [score(truth, verdict) for score in library.values()]
table["do nothing"] = [score(truth, 0 * truth) for score in library.values()]
table[["what it asks", "by hand", "library", "do nothing"]].round(3)

# %% [markdown]
# **F1** is the harmonic mean of precision and recall. **Fβ**, (1 + β²)·P·R / (β²·P + R), counts recall β
# times as much as precision.
# **Specificity** is the recall of the other class. **Balanced accuracy** is 0.5 for any filter that
# ignores the mail, and the **Matthews correlation coefficient** (MCC) is 0. Only accuracy and
# specificity reward doing nothing. (It moved nothing, so it has no precision.)
#
# None is the right one by itself. Precision and recall leave TN out: a million more good mails,
# all left alone, change neither. (At the same rate of false alarms they ruin precision, section 4.)
# Accuracy and specificity drown in them. The costs of [chapter 01](01_problem_definition.ipynb) decide.

# %% [markdown]
# > **Myth.** "F1 = 2 · (1/P + 1/R)"

# %%
print(f"as the myth has it:    {2 * (1 / precision + 1 / recall):.2f}")
print(f"the harmonic mean:     {2 / (1 / precision + 1 / recall):.3f}")
for p, r in [(0.8, 0.8), (1.0, 0.02)]:
    print(f"P={p}, R={r}: plain mean {(p + r) / 2:.2f}, F1 {2 * p * r / (p + r):.2f}")

# %% [markdown]
# A share of 5.4 cannot be. The reciprocals belong **under** the 2: $F_1 = 2\,/\,(1/P + 1/R)$. The last
# line shows why the mean is harmonic: a filter that finds one spam in fifty and makes no mistake would
# get half marks from a plain mean. F1 stays near the worse of the two. That a figure cannot be is the
# first tool of an audit.

# %% [markdown]
# ## 2 · More than two classes
#
# Back to the diabetes data: `visitors` are the people without a diagnosis or treatment, and the nurse
# knows at the door what [chapter 04](04_feature_engineering.ipynb) put into this table. The blood
# value HbA1c, in per cent, has three levels, divided at 5.7 and 6.5. This model tries to tell all three.


# %%
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def nurse_table(survey):
    """What the nurse knows at the door, from the raw columns of the survey."""
    table = survey[["age", "sex", "origin", "bmi", "pulse", "ever_smoked"]].copy()
    table["waist_to_height"] = survey["waist"] / survey["height"]
    table["systolic"] = survey[["systolic_1", "systolic_2", "systolic_3"]].mean(axis=1)
    diastolic = survey[["diastolic_1", "diastolic_2", "diastolic_3"]]
    table["diastolic"] = diastolic.where(lambda x: x > 20).mean(axis=1)
    table["family"] = survey["family_history"].notna().astype(int)
    return table


def nurse(classifier):
    """Fill, scale and encode the nurse's table, then classify."""
    fill = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encode = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(make_column_transformer((encode, ["sex", "origin"]), remainder=fill), classifier)


# %%
from sklearn.model_selection import StratifiedKFold, cross_val_predict

people = ck.load("diabetes")
told = people["told_diabetes"] == "1"
treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
visitors = people[~told & ~treated].reset_index(drop=True)
X, y = nurse_table(visitors), visitors["diabetes"].to_numpy()
model = nurse(LogisticRegression(max_iter=1000))
ten_folds = list(StratifiedKFold(10, shuffle=True, random_state=0).split(X, y))

levels = pd.cut(visitors["hba1c"], [0, 5.7, 6.5, 99], right=False, labels=["normal", "raised", "diabetes"])
levels = levels.to_numpy(dtype=object)
said = cross_val_predict(model, X, levels, cv=ten_folds)
print(metrics.classification_report(levels, said, digits=3, zero_division=0))

# %% [markdown]
# Line by line. Each class is taken in turn as the positive one. **Support** is its number of true cases.
# `diabetes`, the class that matters, has a recall of next to nothing: the model hardly ever says it.
#
# Below come summaries. **Accuracy** is the share of right verdicts. The **macro** average is the plain
# mean of the three lines, so each class counts alike; the **weighted** average weighs by support, so the
# common class dominates and the failure is nearly invisible.

# %%
confusion = metrics.confusion_matrix(levels, said, labels=["normal", "raised", "diabetes"])
right, support, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
P, R = right / predicted, right / support
F = 2 * P * R / (P + R)
shares = support / support.sum()
averages = {
    "macro": [P.mean(), R.mean(), F.mean()],
    "weighted": [P @ shares, R @ shares, F @ shares],
    "micro": [right.sum() / predicted.sum(), right.sum() / support.sum(), right.sum() / support.sum()],
}
pd.DataFrame(averages, index=["precision", "recall", "F1"]).T.round(3)

# %% [markdown]
# The same numbers, from three lines of the matrix: precision divides the diagonal by the **columns**,
# recall by the **rows**. The **micro** average pools all cases first; with one verdict per case it is the
# accuracy. So is the weighted recall. Two ways to print one number are no second opinion.

# %% [markdown]
# ## 3 · The audit
#
# Here is the page: the matrix (a row for each true class) and the printed figures.

# %%
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
right, rows, columns = np.diag(page), page.sum(axis=1), page.sum(axis=0)
print("cases in each row:   ", rows)
print("cases in each column:", columns)

# %% [markdown]
# A printed figure with two digits stands for an interval, half a hundredth to each side. It is
# **possible** if what the matrix gives lies in there. **Predict first:** which of the three columns of the
# report, precision, recall or F1, will fail?

# %%
from_matrix = pd.DataFrame(
    {"precision": right / columns, "recall": right / rows, "F1": 2 * right / (rows + columns)}
)
agrees = (from_matrix - printed).abs() <= 0.005 + 1e-9  # forgives the computer's own rounding
print("printed figures that the matrix gives:", agrees.sum().to_dict(), "of 10 each")
P, R = printed["precision"], printed["recall"]
lowest = 2 * (P - 0.005) * (R - 0.005) / (P + R - 0.01)
highest = 2 * (P + 0.005) * (R + 0.005) / (P + R + 0.01)
own = (printed["F1"] + 0.005 >= lowest) & (printed["F1"] - 0.005 <= highest)
print(f"printed F1 that fit the printed precision and recall: {own.sum()} of 10")
print(f"accuracy of the matrix: {right.sum()} / {page.sum()} = {right.sum() / page.sum():.4f}")
print(f"0.9150 of {page.sum()} cases: {0.9150 * page.sum():.0f} right")

# %%
fig, ax = plt.subplots(figsize=(8.2, 5.4))
off = np.where(np.eye(10, dtype=bool), np.nan, page)
ax.imshow(off, cmap="Blues", vmin=0, vmax=6, aspect="auto")
for i, j in np.ndindex(page.shape):
    if page[i, j]:
        ax.text(j, i, page[i, j], ha="center", va="center", weight="bold" if i == j else None, fontsize=10)
lines = {"sum": columns, "precision": from_matrix["precision"], "printed": printed["precision"]}
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
ck.show(
    fig,
    "Heatmap of the ten-class confusion matrix with column sums and precisions below; eight of the ten "
    "printed precisions differ from what the columns give.",
)

# %% [markdown]
# Read as counts, the page contradicts itself. Every recall follows from the matrix, and eight of ten
# **precisions** do not. Half of the F1 do not follow, either, but all ten follow from the printed
# precisions and recalls: they inherit the fault. And the accuracy: each figure alone is possible, 0.9150
# is 915 cases of 1,000, but the diagonal holds 916.
#
# > **Myth.** "It is printed with four decimals next to its confusion matrix, so somebody has checked it."

# %%
low, high = right / (printed["precision"] + 0.005), right / (printed["precision"] - 0.005)
whole = [np.arange(np.ceil(a), np.floor(b) + 1).astype(int).tolist() for a, b in zip(low, high, strict=True)]
needed = np.concatenate(whole)
print("how many column sums each printed precision allows:", [len(sums) for sums in whole])
print("namely:", needed)
moved = np.abs(needed - columns).sum() // 2  # an error that moves changes two columns
print("their total:", needed.sum(), " errors in another column, at least:", moved)
print("printed recalls times 100, added up:", int((100 * printed["recall"]).round().sum()))

# %% [markdown]
# A finer trace: each printed precision allows exactly one column sum, and together these make 1,000
# cases. If the diagonal is the same, they are the sums of **another** matrix, in which at least eight
# errors stand in other columns. And the recalls alone, with rows of 100, already say 916.
#
# So nobody has checked the page against itself; four decimals prove nothing.
#
# The verdict: *as a table of counts this page is impossible*. We cannot know why: two runs, two
# versions, a table filled in by hand. One word would reopen the case. Rows of exactly 100 may be
# **percentages**, rounded; the exercises follow that way out to its end.
#
# **Try it:** put `page.T` in the place of `page`, in case rows and columns were swapped.
# <details><summary>Answer</summary>Now the recalls fail, and the precisions still do not fit: swapping
# does not save it.</details>

# %% [markdown]
# ## 4 · Every threshold at once
#
# Now the nurse's model. It gives probabilities, and each threshold makes another confusion
# matrix. What counts is how it **generalises**, so everybody is scored by a model that has not seen
# them ([chapter 03](03_data_splitting.ipynb)).
#
# The **ROC curve** shows recall against the false alarms among the healthy, for every threshold; **AUC**
# is the area below. It has a plain meaning: take one ill and one healthy person; how often has the ill
# one the higher score?

# %%
probability = cross_val_predict(model, X, y, cv=ten_folds, method="predict_proba")[:, 1]
ill, well = probability[y == 1], probability[y == 0]
pairs = (ill[:, None] > well).mean() + (ill[:, None] == well).mean() / 2
print(f"{len(ill)} ill x {len(well)} healthy: the ill person is ahead in {pairs:.4f} of the pairs")
print(f"AUC by the library:  {metrics.roc_auc_score(y, probability):.4f}")
on_seen = metrics.roc_auc_score(y, model.fit(X, y).predict_proba(X)[:, 1])
print(f"AUC on seen people:  {on_seen:.4f}")

hit = y[np.argsort(-probability)]
precisions = hit.cumsum() / np.arange(1, len(hit) + 1)  # of the first 1, 2, 3 … people
print(f"average precision by hand {precisions[hit == 1].mean():.4f}, ", end="")
print(f"library {metrics.average_precision_score(y, probability):.4f}, guessing {y.mean():.4f}")

# %% [markdown]
# On people it has seen the model looks a little better, at 0.80; that number says nothing about new ones.
#
# The **precision–recall curve** asks of the invited how many are ill. Walk down the ranking; whenever an
# ill person comes, note the precision so far. The mean of these notes is the **average precision**. AUC
# is 0.5 for guessing, whatever the classes; average precision is the share of the ill. By AUC the model
# looks decent. By average precision: on average over the ill people, the list down to them holds about one
# ill in seven, where guessing gives 0.038.
#
# > **Myth.** "AUC 0.99 is good."
#
# Take a small spam filter, trained and judged on mails without copies, in shuffled folds ([chapter
# 09](09_spam_filter.ipynb) also splits by time). Then let spam become rare: each
# spam counts for less, as if most of it were thinned out. Model and scores stay the same.

# %%
from sklearn.feature_extraction.text import HashingVectorizer

mails = ck.load("mails")
letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
mails = mails[~letters.duplicated()]
is_spam, bodies = mails["is_spam"].to_numpy(int), mails["body"].str[:1000].to_numpy(dtype=object)
hashed = HashingVectorizer(n_features=2**14, binary=True, alternate_sign=False)
words = make_pipeline(hashed, LogisticRegression(C=10))
shuffled = StratifiedKFold(5, shuffle=True, random_state=0)
score = cross_val_predict(words, bodies, is_spam, cv=shuffled, method="predict_proba")[:, 1]
rows, curves = {}, {}
for one_in in (2, 100, 1000):
    weight = np.where(is_spam == 1, (is_spam == 0).sum() / is_spam.sum() / (one_in - 1), 1)
    P, R, _ = metrics.precision_recall_curve(is_spam, score, sample_weight=weight)
    fpr, tpr, _ = metrics.roc_curve(is_spam, score, sample_weight=weight)
    curves[one_in] = R, P, fpr, tpr
    rows[f"1 in {one_in}"] = {
        "AUC": metrics.auc(fpr, tpr),
        "average precision": metrics.average_precision_score(is_spam, score, sample_weight=weight),
        "precision at recall 0.9": P[R >= 0.9].max(),
        "good lost per spam found": (1 / P[R >= 0.9].max() - 1),
    }
good, lowest = score[is_spam == 0], np.quantile(score[is_spam == 1], 0.1, method="higher")
print(f"good mails that score as high as nine tenths of the spam: {(good >= lowest).sum()} of {len(good):,}")
pd.DataFrame(rows).T.round(3)

# %%
P, R, _ = metrics.precision_recall_curve(y, probability)
nurse_curves = [metrics.roc_curve(y, probability)[:2], (R, P)]
fig, axes = plt.subplots(1, 2, figsize=(9, 4))
places = {2: (0.3, 1.03), 100: (0.4, 0.81), 1000: (0.22, 0.36)}
for one_in, colour, width in [(2, "C2", 5), (100, "C5", 3.4), (1000, "C3", 1.6)]:
    R, P, fpr, tpr = curves[one_in]
    axes[0].plot(fpr, tpr, color=colour, lw=width)
    axes[1].plot(R, P, color=colour, lw=2)
    axes[1].text(*places[one_in], f"1 in {one_in}", color=colour, weight="bold")
axes[0].text(0.1, 1.05, "all three lie on each other", color="C6")
for ax, (down, up) in zip(axes, nurse_curves, strict=True):
    ax.plot(down, up, color="black", lw=1)
axes[0].text(0.5, 0.66, "the nurse's model")
axes[1].text(0.56, 0.01, "the nurse's model")
axes[0].set(xlabel="false alarms among the negatives", ylabel="recall", title="ROC does not notice …")
axes[1].set(xlabel="recall", ylabel="precision", title="… that spam became rare")
for ax in axes:
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.12))
ck.show(
    fig,
    "Left: three identical ROC curves hugging the upper left corner. Right: precision-recall curves for "
    "spam at 1 in 2, 1 in 100 and 1 in 1000; the last falls to a tenth at high recall. Thin: the nurse's.",
)

# %% [markdown]
# The AUC is above 0.99 in every row. At 1 in 1,000, whoever wants to find 90 % of the spam loses about
# ten good mails for each spam found. AUC averages over the whole ranking; with a rare class only its very
# top matters. There even the precision is a rough guess: it hangs on 35 good mails. The thin lines
# are the nurse's model.

# %% [markdown]
# ### A threshold for a cost
#
# Chapter 01: a missed illness costs 500 euros, an invitation 10 (van) or 40 (clinic), so the threshold
# from the prices is 10/500 = 0.02 or 40/500 = 0.08. The other way is to search the threshold on data.
# Search it honestly: for each fold on the nine others.


# %%
def bill(acted, price, y):
    """Euros for 1,000 people: the price of each invitation, 500 for each ill person not invited."""
    return 1000 * np.where(acted, price, 500 * y).mean()


def best_threshold(probability, price, y):
    """The threshold with the lowest bill on these people."""
    candidates = np.geomspace(0.005, 0.9, 150)
    return candidates[np.argmin([bill(probability >= t, price, y) for t in candidates])]


def act_out_of_fold(probability, price):
    """Decisions by a threshold that was chosen on the other folds."""
    acted = np.zeros(len(y), bool)
    for fit, held in ten_folds:
        acted[held] = probability[held] >= best_threshold(probability[fit], price, y[fit])
    return acted


# %%
bills = {}
for name, price in [("van", 10), ("clinic", 40)]:
    bills[name] = {
        "nobody": bill(0 * y, price, y),
        "everybody": bill(0 * y + 1, price, y),
        "threshold from the prices": bill(probability >= price / 500, price, y),
        "searched, judged on the same": bill(probability >= best_threshold(probability, price, y), price, y),
        "searched on other folds": bill(act_out_of_fold(probability, price), price, y),
    }
pd.DataFrame(bills).round(0).astype(int)

# %% [markdown]
# For the van, searching looks best on the people it was searched on; out of fold the gain is gone, and the
# threshold from the prices, which needs no search, is better. For the clinic all three nearly agree.
# `TunedThresholdClassifierCV` does such a search for you. You need it when probabilities cannot be
# taken at their word.

# %% [markdown]
# ## 5 · Can you take a probability at its word?
#
# **Calibrated** means: of the cases that get 0.2, one in five is positive. Take people in car crashes
# (folds keep a car together) and four models that should say who dies. One uses
# `class_weight="balanced"`, the usual advice for rare classes; another, naive Bayes, multiplies what each
# column says, as if none repeated another.

# %%
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import GaussianNB

crashes = ck.load("crashes")
dead = (crashes["dead"] == "dead").to_numpy(int)
car = (crashes["crash_year"].astype(str) + " " + crashes["case_id"]).factorize()[0]
categories = ["impact_speed", "seatbelt", "sex", "seat", "airbag"]
encode = OneHotEncoder(sparse_output=False, drop="if_binary")
X_crash = crashes[[*categories, "frontal", "age"]]
classifiers = {
    "logistic regression": LogisticRegression(),
    "balanced": LogisticRegression(class_weight="balanced"),
    "naive Bayes": GaussianNB(),
    "balanced, repaired": CalibratedClassifierCV(LogisticRegression(class_weight="balanced"), cv=3),
}
folds = list(GroupKFold(5, shuffle=True, random_state=0).split(X_crash, dead, groups=car))
risk = {}
for name, classifier in classifiers.items():
    steps = make_column_transformer((encode, categories), remainder=StandardScaler())
    whole = make_pipeline(steps, classifier)
    risk[name] = cross_val_predict(whole, X_crash, dead, cv=folds, method="predict_proba")[:, 1]
print(f"{len(crashes):,} people in {car.max() + 1:,} cars")

# %%
rows = {}
for name, p in risk.items():
    high = p >= 0.5
    rows[name] = {
        "AUC": metrics.roc_auc_score(dead, p),
        "Brier score": metrics.brier_score_loss(dead, p),
        "log loss": metrics.log_loss(dead, p),
        "mean said": p.mean(),
        "true share": dead.mean(),
        "get 0.5 or more": high.sum(),
        "of them died": dead[high].mean(),
    }
pd.DataFrame(rows).T.astype({"get 0.5 or more": int}).round(3)

# %% [markdown]
# The **Brier score** is the mean squared distance between probability and truth; **log loss** is minus
# the mean logarithm of the probability given to what happened. Lower is better. The ranking hardly
# differs: three AUCs are nearly the same. But the balanced model thinks that 30 in 100 die, where fewer
# than 5 do.

# %%
fig, ax = plt.subplots(figsize=(7.6, 4.6))
styles = {"logistic regression": ("C2", "o"), "balanced": ("C3", "s"), "naive Bayes": ("C5", "^")}
styles["balanced, repaired"] = ("C4", "D")
for name, p in risk.items():
    died, said = calibration_curve(dead, p, n_bins=10, strategy="quantile")
    ax.plot(said, died, color=styles[name][0], marker=styles[name][1])
ax.plot([0, 1], [0, 1], color="C6", lw=1, ls="--")
ax.text(0.36, 0.39, "calibrated", color="C6", rotation=31, ha="center")
ax.text(0.02, 0.31, "logistic regression\n(and balanced, repaired)", color="C2", weight="bold")
ax.text(0.6, 0.05, "balanced", color="C3", weight="bold")
ax.text(0.46, 0.13, "naive Bayes", color="C5", weight="bold", ha="right")
ax.set(xlabel="probability said (tenths of the people)", ylabel="share that died", ylim=(-0.02, 0.5))
ax.set_title("Nearly the same ranking, different promises")
ck.show(
    fig,
    "Reliability diagram: logistic regression and the repaired model follow the diagonal; the balanced model "
    "and naive Bayes lie far below, saying 0.87 where a quarter died.",
)

# %% [markdown]
# A **reliability diagram** puts what was said against what happened. Below the diagonal the model
# exaggerates. Balancing does that on purpose: it trains in a world where half die.
# `CalibratedClassifierCV` learns a curve from said to true on held-out folds (inner ones, which do not keep
# cars together); the repaired model lies on the diagonal again.
#
# **Predict first:** what does the balanced model cost the clinic, at the threshold 0.08?

# %%
balanced = nurse(LogisticRegression(class_weight="balanced", max_iter=1000))
versions = {
    "plain": model,
    "balanced": balanced,
    "balanced, repaired": CalibratedClassifierCV(balanced, cv=5),
}
rows = {}
for name, version in versions.items():
    p = cross_val_predict(version, X, y, cv=ten_folds, method="predict_proba")[:, 1]
    rows[name] = {"AUC": metrics.roc_auc_score(y, p), "invited": np.mean(p >= 0.08)}
    rows[name] |= {"bill at 0.08": bill(p >= 0.08, 40, y)}
    rows[name] |= {"searched out of fold": bill(act_out_of_fold(p, 40), 40, y)}
print(f"inviting nobody: {bill(0 * y, 40, y):.0f}")
whole_euros = {"bill at 0.08": int, "searched out of fold": int}
digits = {"AUC": 3, "invited": 3, "bill at 0.08": 0, "searched out of fold": 0}
pd.DataFrame(rows).T.round(digits).astype(whole_euros)

# %% [markdown]
# The ranking is the same, the bill more than doubles: at its word the model invites almost everybody, and
# costs the clinic nearly twice what doing nothing does. Either repair helps: calibrate, or search the
# threshold out of fold. The simplest is not to balance.

# %% [markdown]
# ## 6 · How sure is a score?
#
# A **bootstrap** draws as many people again, with replacement, many times, and computes the score each
# time. The middle 95 % are the interval. Beside the model of chapter 04, here is the first model, on five
# raw columns. **Predict first:** their intervals overlap. Does that mean they may be equal?

# %%
prepare = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
first_model = make_pipeline(prepare, LogisticRegression())
X_first = visitors[["age", "waist", "bmi", "systolic_1", "pulse"]]
first = cross_val_predict(first_model, X_first, y, cv=ten_folds, method="predict_proba")[:, 1]
rng = np.random.default_rng(0)
draws = []
for _ in range(400):
    who = rng.integers(0, len(y), len(y))
    draws.append([metrics.roc_auc_score(y[who], p[who]) for p in (first, probability)])
draws = np.column_stack([draws, np.diff(draws)])
names = ["first model", "chapter 04's table", "difference, same people"]
auc = [metrics.roc_auc_score(y, p) for p in (first, probability)]
interval = pd.DataFrame(np.quantile(draws, [0.025, 0.975], axis=0).T, index=names, columns=["from", "to"])
interval.insert(0, "AUC", [*auc, auc[1] - auc[0]])
interval.round(3)

# %% [markdown]
# Each alone is known to about ±0.03, and the two intervals overlap. But both models judge the **same**
# people, and when the draw holds easy cases both profit. The difference is known better than either, and
# its interval leaves zero out. Compare in pairs, always.
#
# The bootstrap holds the fitted models fixed. Repeated folds fit anew each time, and section 10 uses
# them.

# %% [markdown]
# ## 7 · Amounts and groups
#
# When $y$ is an amount, four numbers are usual. Bicycles per hour, tested on whole days:

# %%
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

bikes = ck.load("bikes")
known = ["day", "hour", "working_day", "temperature", "felt_temperature", "humidity", "wind_speed"]
held_days = np.random.default_rng(0).permutation(np.arange(1, 366))[:120]
is_test = bikes["day"].isin(held_days)
early, late = bikes[~is_test], bikes[is_test]


def amounts(true, predicted):
    """Four metrics of a regression."""
    error = true - predicted
    mse = (error**2).mean()
    return {"MAE": error.abs().mean(), "MSE": mse, "RMSE": np.sqrt(mse), "R²": 1 - mse / true.var(ddof=0)}


# %%
regressors = {
    "mean of training": DummyRegressor(),
    "linear": LinearRegression(),
    "boosting": HistGradientBoostingRegressor(random_state=0),
}
rows = {}
for name, regressor in regressors.items():
    predicted = regressor.fit(early[known], early["bikers"]).predict(late[known])
    rows[name] = amounts(late["bikers"], predicted)
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# **MAE** is the mean distance in bicycles, **MSE** the mean square, **RMSE** its root, in bicycles again
# but with large errors weighing more. **R²** says by which share the squared error is smaller than that
# of always saying the mean. It can be negative, as the first row just is: the held-out days have another
# mean. Chapter 12 takes all four apart.
#
# > **Myth.** "For RMSE call `mean_squared_error(…, squared=False)`."

# %%
try:
    metrics.mean_squared_error(late["bikers"], predicted, squared=False)
except TypeError as error:
    print("TypeError:", error)
print(f"root_mean_squared_error: {metrics.root_mean_squared_error(late['bikers'], predicted):.2f}")

# %% [markdown]
# That argument is gone from scikit-learn; `root_mean_squared_error` is its successor. Old tutorials break
# loudly here, which is the best way to break.
#
# Groups without labels have scores, too: **silhouette** looks at the distances alone (from −1 to 1, higher
# is better), the **adjusted Rand index** (ARI) compares with a truth, if you have one.

# %%
from sklearn.cluster import KMeans

birds = ck.load("penguins").dropna(subset=["bill_length_mm"])
sizes = birds[["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]]
sizes = StandardScaler().fit_transform(sizes)
rows = {}
for k in (2, 3, 4, 5):
    group = KMeans(k, n_init=10, random_state=0).fit_predict(sizes)
    rows[f"{k} groups"] = {"silhouette": metrics.silhouette_score(sizes, group)}
    rows[f"{k} groups"]["ARI with the species"] = metrics.adjusted_rand_score(birds["species"], group)
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# The silhouette votes for two groups, the species are three. Neither is wrong: they answer different
# questions. More in chapter 13.

# %% [markdown]
# ## 8 · Tuning: four ways to spend a budget
#
# **Hyperparameters** are the settings that you choose before fitting. Say the bicycle forecast must be
# small: boosting with 20 trees, trained on 900 hours. Three settings are free: learning rate, leaves per
# tree, and the least hours in a leaf. Each way of searching may train on as many rows as 27 full
# candidates need.

# %%
from scipy.stats import loguniform, randint
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, it unlocks HalvingRandomSearchCV
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, cross_val_score

few = early.sample(900, random_state=0)
hours, hired = few[known].to_numpy(float), few["bikers"].to_numpy(float)
three_folds = list(GroupKFold(3, shuffle=True, random_state=0).split(hours, groups=few["day"]))
small = HistGradientBoostingRegressor(max_iter=20, random_state=0)
usual = {"cv": three_folds, "scoring": "neg_mean_absolute_error"}
grid = {"learning_rate": [0.01, 0.1, 1], "max_leaf_nodes": [4, 12, 31], "min_samples_leaf": [5, 20, 60]}
space = {"learning_rate": loguniform(0.01, 1), "max_leaf_nodes": randint(2, 32)}
space["min_samples_leaf"] = randint(2, 61)


def on_test(settings):
    """Mean absolute error in bicycles on the held-out days, fitted on all 900 hours."""
    fitted = HistGradientBoostingRegressor(max_iter=20, random_state=0, **settings).fit(hours, hired)
    return metrics.mean_absolute_error(late["bikers"], fitted.predict(late[known].to_numpy(float)))


print(f"defaults: folds {-cross_val_score(small, hours, hired, **usual).mean():.1f}, ", end="")
print(f"held-out days {on_test({}):.1f} bicycles")

# %% [markdown]
# - **Grid search** tries every combination of the values you list.
# - **Random search** draws each setting from a range.
# - **Successive halving** starts 81 candidates on 100 rows, keeps the best third for 300 rows, and the
#   best third of those for all 900.
# - **Bayesian optimisation** (here Optuna's TPE) prefers new candidates that resemble those that did well.

# %%
import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)


def bayesian(seed):
    """27 trials by Optuna: the scores in order, and the best settings."""

    def objective(trial):
        settings = {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 1, log=True),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 2, 31),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 60),
        }
        candidate = HistGradientBoostingRegressor(max_iter=20, random_state=0, **settings)
        return -cross_val_score(candidate, hours, hired, **usual).mean()

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=27)
    return [trial.value for trial in study.trials], [900] * 27, study.best_params


# %%
def by_search(search):
    """A scikit-learn search: the scores in order, the rows each candidate saw, and the best settings."""
    results = search.fit(hours, hired).cv_results_
    rows_seen = results.get("n_resources", np.full(len(results["params"]), 900))
    return list(-results["mean_test_score"]), list(rows_seen), search.best_params_


# %% tags=["rtol=0.05"]
halving = {"n_candidates": 81, "min_resources": 100, "factor": 3, "return_train_score": False}
runs = {"grid": [by_search(GridSearchCV(small, grid, **usual))], "random": [], "halving": [], "Bayesian": []}
for seed in range(3):
    chance = {"random_state": seed, **usual}
    runs["random"].append(by_search(RandomizedSearchCV(small, space, n_iter=27, **chance)))
    runs["halving"].append(by_search(HalvingRandomSearchCV(small, space, **halving, **chance)))
    runs["Bayesian"].append(bayesian(seed))
rates = np.reshape(runs["grid"][0][0], (3, 9)).min(axis=1).round(1).tolist()
print("grid, best error in folds by learning rate:", dict(zip(grid["learning_rate"], rates, strict=True)))
rows = {}
for name, found in runs.items():
    finals = [min(s for s, n in zip(scores, seen, strict=True) if n == 900) for scores, seen, _ in found]
    tests = [on_test(best) for _, _, best in found]
    rows[name] = {"candidates": len(found[0][0]), "rows": sum(found[0][1])}
    rows[name] |= {"best in folds": np.mean(finals), "held-out days": np.mean(tests)}
    rows[name] |= {"from": min(tests), "to": max(tests)}
pd.DataFrame(rows).T.astype({"candidates": int, "rows": int}).round(1)

# %%
fig, ax = plt.subplots(figsize=(8.4, 4.4))
colours = {"grid": "C6", "random": "C5", "halving": "C4", "Bayesian": "C2"}
for name, found in runs.items():
    for scores, seen, _ in found:
        on_all_rows = np.where(np.array(seen) == 900, scores, np.inf)
        best, spent = np.minimum.accumulate(on_all_rows), np.cumsum(seen) / 900
        shown = np.isfinite(best)
        ax.step(spent[shown], best[shown], where="post", color=colours[name], lw=1.8)
default = -cross_val_score(small, hours, hired, **usual).mean()
ax.axhline(default, color="black", lw=1, ls="--")
ax.text(26.9, default + 0.5, "defaults", ha="right")
for name, place in {"grid": (16.2, 42), "random": (2.5, 42), "Bayesian": (21, 32.9)}.items():
    ax.text(*place, name, color=colours[name], weight="bold")
ax.text(20.2, 51.5, "halving, last round", color="C4", weight="bold")
ax.set(xlim=(1, 27), ylim=(32, 60), xlabel="budget spent (full candidates)")
ax.set(
    ylabel="best error in folds (bicycles)", title="On one budget: the grid wastes it, Bayesian search leads"
)
ck.show(
    fig,
    "Best error so far against budget: the grid drops late and ends highest; random search drops early; "
    "halving appears after two thirds; Bayesian search ends lowest.",
)

# %% [markdown]
# Two thirds of the grid were lost: 0.01 is too slow and 1 too wild (93.0 and 50.2 bicycles at
# best). Random search never repeats a learning rate. Halving tried 117 and ends near it. Bayesian search
# ends lowest in the folds in all three runs, on the held-out days in the mean. Its choices hang on last
# digits: on another processor it ends slightly elsewhere.
#
# The defaults err by 40 bicycles on the held-out days (48 in the folds, with 600 hours to learn from),
# the best search about 31. Here tuning pays: the defaults were made for 100 trees.
#
# **Try it:** in the first of these cells set both `max_iter` to 100. What is left to gain?
# <details><summary>Answer</summary>The defaults reach about 31 bicycles on the held-out days, as good as
# the tuned small model. Eighty more trees did the work of the search.</details>

# %% [markdown]
# ## 9 · The winner's own score
#
# The search reports the best of its scores, and the best of many noisy numbers holds luck
# ([chapter 03](03_data_splitting.ipynb)). How much? Sixteen times, take a quarter of the visitors,
# search twenty decision trees in folds, and judge the winner on the three quarters left. **Nested
# cross-validation** needs no others: it puts the whole search inside outer folds, as if it were a model.
#
# **Predict first:** which of the two estimates will promise too much?

# %%
from sklearn.tree import DecisionTreeClassifier

codes = X.assign(sex=X["sex"].factorize()[0], origin=X["origin"].factorize()[0]).to_numpy(float)
shapes = {"max_depth": randint(2, 12), "min_samples_leaf": randint(1, 40), "max_features": [2, 4, 6, None]}
results = []
for seed in range(16):
    quarters = StratifiedKFold(4, shuffle=True, random_state=seed // 4).split(codes, y)
    others, mine = list(quarters)[seed % 4]
    inner, outer = (StratifiedKFold(3, shuffle=True, random_state=seed // 4 + shift) for shift in (0, 100))
    chance = {"cv": inner, "scoring": "roc_auc", "random_state": seed}
    search = RandomizedSearchCV(DecisionTreeClassifier(random_state=0), shapes, n_iter=20, **chance)
    nested = cross_val_score(search, codes[mine], y[mine], cv=outer, scoring="roc_auc").mean()
    best = search.fit(codes[mine], y[mine])
    truth = metrics.roc_auc_score(y[others], best.predict_proba(codes[others])[:, 1])
    results.append({"the search's best": best.best_score_, "nested": nested, "on the others": truth})
results = pd.DataFrame(results)
gaps = results[["the search's best", "nested"]].sub(results["on the others"], axis=0)
for name, gap in gaps.items():
    error = gap.std() / np.sqrt(16)
    print(f"{name} against the others: {gap.mean():+.3f} ± {error:.3f}, above in {(gap > 0).sum()} of 16")
results.agg(["mean", "std"]).round(3)

# %% [markdown]
# The search promises too much, on average about 0.05, three standard errors from zero. (The runs share
# people, so these errors are rough.) The nested estimate errs the other way, by little more than one:
# no flattery, and perhaps a little low, probably since its models learn from two thirds of the quarter.
#
# Both are noisy, which is the point: a fold here holds about a dozen ill people, and the best of twenty
# noisy numbers holds much luck. The optimism shrinks with more cases, fewer candidates, or candidates
# that hardly differ.
#
# So: choose by the inner score, report the outer one.

# %% [markdown]
# ## 10 · When the score disappoints
#
# Then what do you change first? For the nurse's model each step can be measured, on the same 15 folds:
# fewer rows, other features, another model, other hyperparameters. All differences are paired.

# %%
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import RepeatedStratifiedKFold

fifteen = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0).split(X, y))
rng = np.random.default_rng(0)


def fewer(n):
    """The same folds with only n people to learn from."""
    return [(rng.permutation(fit)[:n], held) for fit, held in fifteen]


def fold_scores(classifier, X=X, folds=fifteen):
    """Fifteen AUCs."""
    return cross_val_score(classifier, X, y, cv=folds, scoring="roc_auc")


# %%
now = fold_scores(model)
boosted = HistGradientBoostingClassifier(random_state=0)
gentle = {"learning_rate": 0.05, "max_iter": 60, "max_leaf_nodes": 4, "random_state": 0}
scores = {f"data: {n} people": fold_scores(model, folds=fewer(n)) for n in (500, 1000, 2000)}
scores["features: the first five"] = fold_scores(first_model, X_first)
scores["model: boosting"] = fold_scores(boosted, codes)
scores["model: boosting, tuned by hand"] = fold_scores(HistGradientBoostingClassifier(**gentle), codes)
for C in (0.01, 0.1, 10):
    scores[f"hyperparameter: C={C}"] = fold_scores(nurse(LogisticRegression(C=C, max_iter=1000)))

# %%
ladder = {}
for name, values in scores.items():
    gap = values - now
    ladder[name] = {"AUC": values.mean(), "against now": gap.mean(), "std of folds": gap.std()}
    ladder[name]["folds better"] = (gap > 0).sum()
print(f"now: all 3,313 or 3,314 people, chapter 04's table, C=1: {now.mean():.3f} ± {now.std():.3f}")
pd.DataFrame(ladder).T.astype({"folds better": int}).round(4)

# %% [markdown]
# Read it as steps. From 500 people to 2,000 the model gained 0.05, the last 1,300 next to
# nothing. Chapter 04's **features** are worth 0.04. A more flexible **model** costs 0.06, probably
# because 157 ill people are too few for it; tuning it wins back only part. For
# the logistic regression a bad $C$ loses 0.012, and no other value visibly gains.
#
# Practitioners' rule is: **data, features, model, hyperparameters**. Here the data is used up, and the
# features paid. Tuning bought least; where a setting is plainly wrong, as with the 20 trees, it pays. (The
# gentle boosting and chapter 04's table were chosen after looking at these people; a step of 0.04 may
# survive that, one of 0.001 does not.)

# %% [markdown]
# ## 11 · Read the mistakes
#
# Which step comes next? The mistakes know. At the clinic's threshold, who are the ill people that the model
# does not invite? **Predict first:** will it rather find those who are a little ill, or gravely?

# %%
from scipy.stats import binomtest

patients = visitors[y == 1].assign(found=probability[y == 1] >= 0.08)
cuts = {"bmi": [0, 25, 30, 35, 100], "hba1c": [6.5, 7, 8, 10, 20]}
rows = {}
for column, edges in cuts.items():
    for band, group in patients.groupby(pd.cut(patients[column], edges, right=False), observed=True):
        low, high = binomtest(int(group["found"].sum()), len(group)).proportion_ci(method="wilson")
        rows[f"{column} {band.left} to {band.right}"] = {
            "ill": len(group), "found": group["found"].sum(), "share": group["found"].mean(),
            "from": low, "to": high,
        }  # fmt: skip
unknown = patients.loc[patients["bmi"].isna(), "found"]
print(f"found {patients['found'].sum()} of {len(patients)}; without a BMI {unknown.sum()} of {len(unknown)}")
pd.DataFrame(rows).T.astype({"ill": int, "found": int}).round(2)

# %% [markdown]
# The model looks for weight, and misses the lean: 2 of 17 with a BMI below 25 are found. And of the 15
# with the highest blood values, 10 % or more, it finds four. Fifteen are few, and the interval is wide;
# but nothing in the score would have told us. AUC and bill count every ill person alike.
#
# No hyperparameter repairs that. What would these people have told the nurse, had she asked another
# question? A list of mistakes, read one by one, is where the next feature comes from.
#
# **Try it:** group by `origin` instead: `patients.groupby("origin")["found"].agg(["size", "sum"])`.
# <details><summary>Answer</summary>Of 27 ill Non-Hispanic White visitors 3 are found, of 54 Non-Hispanic
# Black 31. The illness is rarer in the first group, so few of them reach 0.08. The probabilities are
# right on average in both groups, and the chance of being found is not the same: whoever deploys
# this must decide whether that will do.</details>

# %% [markdown]
# ## In the field
#
# Before a launch somebody asks for "the number". Practitioners hand over a page: the confusion matrix at
# the chosen threshold, the bill, an interval, the worst groups, how many settings were tried and on which
# rows. The code that computes a table also writes it; tables copied by hand drift apart.

# %% [markdown]
# ## Summary
#
# - Four counts give every metric; rows give recall, columns precision. Which one matters, the costs say.
# - Macro averages count classes alike; micro and weighted ones hide the rare class.
# - The puzzle: read as counts, the page is impossible. Eight precisions are not in the columns, and the
#   diagonal holds 916, not 915. All recalls agree with the matrix, and all F1 with the printed precisions
#   and recalls. The columns betray the precisions, and the recalls' sum betrays the accuracy.
# - AUC ignores how rare a class is, precision does not.
# - A probability can be used at the threshold from the prices only if it is calibrated; balancing breaks
#   that.
# - Compare models in pairs on the same cases, with an interval for the difference.
# - First data, features and model, then hyperparameters, is a rule; here features paid, and more data was
#   not to be had. The winner of a search is flattered.
# - Then read the mistakes: scores do not say who is missed.

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
#    <details><summary>Answer</summary>Yes. AUC sees the order only; at a fixed threshold the bill
#    depends on the probabilities themselves.</details>
# 4. Two intervals overlap. Is the difference luck? <details><summary>Answer</summary>Not necessarily.
#    On the same cases, bootstrap the difference.</details>
# 5. When is the best score of a search an honest report?
#    <details><summary>Answer</summary>Hardly ever: it chose and judged on the same folds. Nested folds or
#    fresh rows give the score to report.</details>

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
