# %% [markdown]
# # 3 · Data splitting
#
# A model is 100 % right on its own training data. **Would you ship it?** And another, that is right about
# 91 % of rows it has never seen, as careful people report? In this chapter one model on one table earns
# an excellent score or one below doing nothing, and all that changes is how the rows were split.

# %% [markdown]
# **You will be able to**
# - split data into training, validation and test sets, and say what each may be used for
# - choose between random, stratified, group and time splits, in one split or in folds
# - say how far a score can be trusted from the size of the test set
# - name five ways in which a leak gets in, and measure how much each one flatters
#
# **Builds on:** [chapter 00](00_start_here.ipynb) · **Data:** `diabetes`,
# `penguins`, `bikes`, `mails`

# %% [markdown]
# ## 1 · A score on seen data
#
# The people and the five measurements of chapter 00, and a decision tree that may ask as many questions
# as it likes. To show what its training score is worth, a second tree learns **coin flips** in place of
# the diagnosis.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

import coursekit as ck

people = ck.load("diabetes")
measures = ["age", "waist", "bmi", "systolic_1", "pulse"]
X, y = people[measures].to_numpy(), people["diabetes"].to_numpy()
coins = np.random.default_rng(0).integers(0, 2, len(y))
tree = DecisionTreeClassifier(random_state=0)
print(f"right about the diagnosis, training data: {tree.fit(X, y).score(X, y):.1%}")
print(f"right about coin flips, training data:    {tree.fit(X, coins).score(X, coins):.1%}")

# %% [markdown]
# Nobody can predict a coin. The training score says that the tree has a memory, and nothing else.
# So the answer to the puzzle's first half is: we know nothing about this model yet.

# %% [markdown]
# ## 2 · Three sets, three jobs
#
# - The **training set** fits the model.
# - The **validation set** chooses: which model, which settings, when to stop training.
# - The **test set** judges what was chosen, once.
#
# Two calls make three sets. `stratify` keeps the share of each class (**stratification**), and
# `random_state` makes the draw the same each time.

# %%
from sklearn.model_selection import train_test_split

rows = np.arange(len(people))
development, test = train_test_split(rows, test_size=0.2, stratify=y, random_state=0)
train, validation = train_test_split(development, test_size=0.25, stratify=y[development], random_state=0)
parts = {"training": train, "validation": validation, "test": test}
shares = {name: {"people": len(part), "diabetes": y[part].mean()} for name, part in parts.items()}
pd.DataFrame(shares).T.astype({"people": int}).round(3)

# %%
from scipy.stats import binomtest


def with_interval(right):
    """The share of True values, with the 95 % interval for rows drawn in the same way."""
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="wilson")
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}]"


for depth in (2, 4, 8, None):
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X[train], y[train])
    right = with_interval(tree.predict(X[validation]) == y[validation])
    print(f"depth {depth!s:4}: training {tree.score(X[train], y[train]):.3f}, validation {right}")
print("nobody has it:", with_interval(y[validation] == 0))

# %% [markdown]
# The training score climbs with depth to the end. The validation score does not: no tree beats doing
# nothing, and the deepest is clearly below it. To choose, look at the second column. The test set
# stays shut.
#
# > **Myth.** "The test set is for tuning, the validation set for the final judgement."
#
# Names do not matter, roles do: whatever set chooses cannot judge. **Predict first:** if the best
# of 200 models is picked on 200 people, by how much does that winning score flatter it?

# %%
guessers = []
for seed in range(200):
    shallow = DecisionTreeClassifier(max_depth=3, max_features=1, random_state=seed)
    guessers.append(shallow.fit(X[train[:500]], y[train[:500]]).predict(X[train[500:]]))
right = np.array(guessers) == y[train[500:]]  # 200 models x people
rng = np.random.default_rng(0)
picks = []
for _ in range(300):
    who = rng.permutation(right.shape[1])
    chooser, judge = right[:, who[:200]].mean(axis=1), right[:, who[200:400]].mean(axis=1)
    picks.append((chooser.max(), judge[chooser.argmax()]))
winners = pd.DataFrame(picks, columns=["on the people who chose", "on 200 others"])
winners.agg(["mean", "std"]).round(3)

# %% [markdown]
# The winner reports 0.82 and is worth 0.79, no better than doing nothing. Nothing about it got
# worse between the two columns. The first is the **best** of 200 noisy numbers, so it holds the
# model and its luck; the second holds the model. Tune on the test set and you report the first.

# %% [markdown]
# ## 3 · One split is one draw
#
# `random_state=0` was an arbitrary choice. Here are two hundred others, with the same settings of the
# tree, with and without `stratify`.

# %%
drawn = []
for seed in range(200):
    for name, classes in [("plain", None), ("stratified", y)]:
        fit, held = train_test_split(rows, test_size=200, stratify=classes, random_state=seed)
        shallow = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X[fit[:1000]], y[fit[:1000]])
        score = shallow.score(X[held], y[held])
        drawn.append({"split": name, "share of diabetes": y[held].mean(), "accuracy": score})
pd.DataFrame(drawn).groupby("split").agg(["min", "max", "std"]).round(3)

# %% [markdown]
# Stratifying takes one source of luck away, the share of the classes. Most of the luck stays: which 200
# people. Whoever tries seeds until a score looks good is tuning on the test set.
#
# ### How big must a test set be?
#
# For an accuracy $a$ on $n$ independent rows the 95 % interval reaches about $1.96\sqrt{a(1 - a)/n}$ to
# each side. Does that hold? Take one model's verdicts on people it has not seen, and draw test sets of
# several sizes from them.

# %%
shallow = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X[train[:1000]], y[train[:1000]])
unseen = np.setdiff1d(rows, train[:1000])
verdicts = shallow.predict(X[unseen]) == y[unseen]
a = verdicts.mean()
widths = {}
for n in (50, 100, 200, 500, 1000, 2000, 10000):
    scores = rng.choice(verdicts, (4000, n)).mean(axis=1)
    low, high = np.quantile(scores, [0.025, 0.975])
    widths[n] = {"by formula": 1.96 * np.sqrt(a * (1 - a) / n), "by drawing": (high - low) / 2}
widths = pd.DataFrame(widths).T.rename_axis("test rows")
(100 * widths).round(1)

# %%
fig, ax = plt.subplots()
ax.loglog(widths.index, 100 * widths["by formula"], color="C6")
ax.loglog(widths.index, 100 * widths["by drawing"], "o", color="C2")
for n, half in (100 * widths["by drawing"]).items():
    ax.annotate(f"±{half:.1f}", (n, half), xytext=(4, 6), textcoords="offset points")
ax.set_xticks(widths.index, [f"{n:,}" for n in widths.index])
ax.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
ax.minorticks_off()
ax.set(xlabel="rows in the test set", ylabel="half width of the interval (points)", ylim=(0.5, 17))
ax.set_title("Half the width costs four times the rows")
ck.show(
    fig,
    "Half width of the interval of an accuracy against test rows, both on log scales: dots from drawing "
    "lie on the falling line of the formula.",
)

# %% [markdown]
# A point is 0.01 of accuracy. Two models a point apart cannot be told apart by separate
# test sets of a few hundred rows.

# %% [markdown]
# ## 4 · Folds
#
# A test set that is large enough often leaves too little to learn from. **K-fold cross-validation** lets
# every row be tested once: cut the rows into $k$ **folds**, hold each out in turn, and train on the
# others.
#
# **Predict first:** penguins, three species, a model that is nearly always right. Three folds, in the
# order of the file. What do you expect?

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

penguins = ck.load("penguins").dropna().reset_index(drop=True)
sizes = penguins[["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]].to_numpy()
by_size = make_pipeline(StandardScaler(), LogisticRegression())
print(f"always Adelie: {(penguins['species'] == 'Adelie').mean():.3f}")
for name, folds in [
    ("KFold", KFold(3)),
    ("KFold, shuffled", KFold(3, shuffle=True, random_state=0)),
    ("StratifiedKFold", StratifiedKFold(3)),
]:
    scores = cross_val_score(by_size, sizes, penguins["species"], cv=folds)
    print(f"{name:16} mean {scores.mean():.3f}, folds {scores.round(3)}")

# %% [markdown]
# The file is sorted by species. In one fold the model met a species that was not among its training
# rows at all. `StratifiedKFold` gives each fold its share of each species, and is what
# `cross_val_score` uses for classifiers unless told otherwise.
#
# > **Myth.** "Cross-validation cures overfitting."

# %%
overfitted = DecisionTreeClassifier(random_state=0)
ten_folds = StratifiedKFold(10, shuffle=True, random_state=0)
scores = cross_val_score(overfitted, X, y, cv=ten_folds)
print(f"deep tree, ten folds: {scores.mean():.3f} (spread of folds {scores.std():.3f})")
print(f"nobody has it:        {(y == 0).mean():.3f}")
print(f"fitted afterwards, training data: {overfitted.fit(X, y).score(X, y):.3f}")

# %% [markdown]
# The tree is as overfitted as before. Cross-validation is a thermometer: it **measures** the fever, ten
# times, and the cure (a smaller tree, more data) is up to you.

# %% [markdown]
# ## 5 · The same person on both sides
#
# Each person's blood pressure was read up to three times. Suppose a table holds one row a **reading**,
# as hospital tables do. The model looks up the one most similar row (`n_neighbors=1`).
#
# **Predict first:** is that easier or harder to predict than one row a person?

# %%
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier

columns = ["systolic", "diastolic", "age", "bmi", "waist", "pulse"]
visits = [
    people.assign(person=people.index, systolic=people[f"systolic_{i}"], diastolic=people[f"diastolic_{i}"])
    for i in (1, 2, 3)
]
readings = pd.concat(visits)[[*columns, "person", "diabetes"]].dropna().reset_index(drop=True)
X_r, y_r, person = (readings[c].to_numpy() for c in (columns, "diabetes", "person"))
nearest = KNeighborsClassifier(n_neighbors=1)
five = KFold(5, shuffle=True, random_state=0)
by_row = cross_val_score(nearest, X_r, y_r, cv=five)
by_person = cross_val_score(nearest, X_r, y_r, cv=GroupKFold(5), groups=person)
print(f"{len(readings)} readings of {readings['person'].nunique()} people")
print(f"rows shuffled:     {by_row.mean():.3f} (spread {by_row.std():.3f})")
print(f"people kept whole: {by_person.mean():.3f} (spread {by_person.std():.3f})")
print(f"nobody has it:     {(y_r == 0).mean():.3f}")

# %% [markdown]
# Same rows, same model: 91 % or 74 %, where doing nothing gives 81 %. With shuffled rows the most
# similar row often is the same person a minute earlier, diagnosis included. New patients have no such
# row, and the second half of the puzzle is answered. A **group split** keeps all rows of a person on
# one side.
#
# Information in training that will not be there at the moment of the prediction is **leakage**. Groups
# are everywhere: replies of one mailing-list thread, photos of one patient, hours of one day.

# %% [markdown]
# **Try it:** take `n_neighbors=15`. Which of the two scores moves more?
# <details><summary>Answer</summary>The shuffled one: it falls, because fifteen neighbours outvote the
# one or two rows of the same person; the honest one rises. The less a model memorises, the less it
# gains from a leak.</details>

# %% [markdown]
# ## 6 · Yesterday and tomorrow
#
# Bikes hired in Washington in each hour of 2011, from the calendar and the weather. **Predict first:**
# by how much will shuffled folds and a **time split**, which trains on the past and tests on what
# follows, disagree?

# %%
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import TimeSeriesSplit

bikes = ck.load("bikes")
known = ["day", "hour", "holiday", "weekday", "temperature", "felt_temperature", "humidity", "wind_speed"]
X_b, hired = bikes[known].to_numpy(float), bikes["bikers"].to_numpy(float)
day = bikes["day"].to_numpy()
boosting = HistGradientBoostingRegressor(random_state=0)
for name, folds in [("shuffled", five), ("by time", TimeSeriesSplit(5))]:
    scores = cross_val_score(boosting, X_b, hired, cv=folds)
    print(f"{name}: R2 {scores.mean():.3f}, folds {scores.round(3)}")

# %% [markdown]
# $R^2$ is 1 for perfect predictions and 0 for always saying the mean. With shuffled hours, 7 and 9
# o'clock of the same morning are in the training set when 8 o'clock is tested. When the model is used, the
# hours that follow have not happened yet.
#
# The time split also trains on less, early on, and must extrapolate the growing trend. That is not
# unfair: whoever starts a model in May has only January to April.

# %% [markdown]
# ### Four ways to cut, drawn
#
# Each line is one round; the rows of the table run from left to right. All indices are the real ones.


# %%
from matplotlib.colors import ListedColormap


def draw_split(ax, splits, n_rows, title, xlabel):
    """One line a round: dark where a row is tested, light where it trains, white where it waits."""
    picture = np.zeros((len(splits), n_rows))
    for line, (fit, held) in enumerate(splits):
        picture[line, fit], picture[line, held] = 1, 2
    ax.imshow(
        picture,
        cmap=ListedColormap(["white", "#B5D9EE", "#0072B2"]),
        vmin=0,
        vmax=2,
        aspect="auto",
        interpolation="nearest",
    )
    ax.hlines(np.arange(len(splits) - 1) + 0.5, -0.5, n_rows - 0.5, color="white", lw=4)
    ax.set(title=title, xlabel=xlabel, yticks=range(len(splits)), yticklabels=range(1, len(splits) + 1))
    ax.grid(visible=False)


# %%
few = np.sort(np.flatnonzero(np.isin(person, np.unique(person)[:8])))
few = few[np.argsort(person[few], kind="stable")]
fig, axes = plt.subplots(2, 2, figsize=(9, 4.8))
plain, even = KFold(3).split(sizes), StratifiedKFold(3).split(sizes, penguins["species"])
groups = GroupKFold(4).split(few, groups=person[few])
draw_split(axes[0, 0], list(plain), len(sizes), "KFold: one block", "penguins, sorted by species")
draw_split(axes[0, 1], list(even), len(sizes), "StratifiedKFold: a block a species", "the same penguins")
draw_split(axes[1, 0], list(groups), len(few), "GroupKFold: people stay whole", "readings, sorted by person")
in_time = list(TimeSeriesSplit(5).split(X_b))
draw_split(axes[1, 1], in_time, len(X_b), "TimeSeriesSplit: test follows training", "hours of 2011")
for ax in axes[:, 0]:
    ax.set_ylabel("round")
for ax in axes[0]:
    ax.set_xticks(
        penguins.groupby("species").apply(lambda birds: birds.index.values.mean()), ["Ad.", "Chin.", "Gentoo"]
    )
ends = np.flatnonzero(np.diff(person[few])) + 0.5
axes[1, 0].set_xticks([])
axes[1, 0].vlines(ends, -0.5, 3.5, color="black", lw=0.8)
ck.show(
    fig,
    "Four diagrams of training (light) and test rows (dark): KFold in blocks, StratifiedKFold a block in "
    "each species, GroupKFold whole people, TimeSeriesSplit always testing after training.",
)

# %% [markdown]
# Dark rows are tested, light rows train, white rows wait. Black lines separate people.
#
# **Try it:** add `gap=24 * 7` to `TimeSeriesSplit` in section 6. What would a gap be good for?
# <details><summary>Answer</summary>A week between training and test stands for the time it takes until
# labels arrive and a new model is in place. Every round gets worse, the first most.</details>

# %% [markdown]
# ## 7 · How large is the lie?
#
# Five ways for a leak to get in: **preprocessing** before splitting, **duplicates** across sets, the
# **target in disguise**, **future** data, and **selecting features** on everything. To compare them we
# need one scale. **Skill** is the share of the baseline's error that a model removes: 0 is doing
# nothing, 1 is perfect, below 0 is worse than doing nothing. For squared errors it is $R^2$.


# %%
from sklearn.base import clone


def out_of_fold(model, X, y, splits):
    """Predictions for every row that is tested; NaN for rows that never are."""
    predicted = np.full(len(y), np.nan)
    for fit, held in splits:
        predicted[held] = clone(model).fit(X[fit], y[fit]).predict(X[held])
    return predicted


def skill(y, predicted, unit=None, baseline=np.median):
    """Skill and its 95 % interval, by drawing whole units (rows, people, days) 500 times."""
    tested = ~np.isnan(predicted)
    truth = y[tested].astype(float)
    unit = np.arange(len(truth)) if unit is None else unit[tested]
    errors = np.column_stack([(predicted[tested] - truth) ** 2, (baseline(truth) - truth) ** 2])
    errors = pd.DataFrame(errors).groupby(unit).sum().to_numpy()
    shares = np.full(len(errors), 1 / len(errors))
    draws = np.random.default_rng(0).multinomial(len(errors), shares, 500) @ errors
    low, high = np.quantile(1 - draws[:, 0] / draws[:, 1], [0.025, 0.975])
    return 1 - errors[:, 0].sum() / errors[:, 1].sum(), low, high


reports = {}

# %% [markdown]
# ### Preprocessing before splitting
#
# > **Myth.** "Scaling before splitting is harmless", say some. "It ruins everything", say others.
#
# Measure. Fifteen neighbours need scaled columns. Once the scaler sees all people, once only those of
# the training folds, as in a pipeline. The same holds for the medians that fill gaps.

# %%
from sklearn.impute import SimpleImputer

prepare = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
neighbours = KNeighborsClassifier(n_neighbors=15)
honest = out_of_fold(make_pipeline(prepare, neighbours), X, y, five.split(X))
leaky = out_of_fold(neighbours, prepare.fit_transform(X), y, five.split(X))
reports["scaling and filling"] = skill(y, leaky), skill(y, honest)
print(f"verdicts that differ: {(honest != leaky).sum()} of {len(y)}")
print(f"accuracy, prepared on everything: {with_interval(leaky == y)}")
print(f"accuracy, prepared in the folds:  {with_interval(honest == y)}")

# %% [markdown]
# Seven verdicts, and the same accuracy: a mean of 4,000 people is the mean of 5,000, and it never
# looks at `y`. Keeping such steps in the pipeline is still a good habit, because the same line of code
# with another step is a disaster. Such a step is **balancing** the classes by copying people with
# diabetes until both are equal in number.

# %%
sick = np.flatnonzero(y == 1)
copied = np.concatenate([rows, rng.choice(sick, (y == 0).sum() - len(sick))])
deep = make_pipeline(SimpleImputer(strategy="median"), DecisionTreeClassifier(random_state=0))
leaky = out_of_fold(deep, X[copied], y[copied], five.split(copied))
balanced = []
for fit, held in five.split(X):
    ill = fit[y[fit] == 1]
    balanced.append((np.concatenate([fit, rng.choice(ill, len(fit) - 2 * len(ill))]), held))
honest = out_of_fold(deep, X, y, balanced)
reports["balancing by copies"] = skill(y[copied], leaky), skill(y, honest)
print(f"balanced, then split: {with_interval(leaky == y[copied])}, baseline {(y[copied] == 0).mean():.2f}")
print(f"split, then balanced: {with_interval(honest == y)}, baseline {(y == 0).mean():.2f}")

# %% [markdown]
# ### Duplicates across sets
#
# Readings first, from section 5. Then the mails, where the same text was sent many times. The honest
# way there keeps all copies of a text, up to case and punctuation, on one side.

# %%
leaky = out_of_fold(nearest, X_r, y_r, five.split(X_r))
honest = out_of_fold(nearest, X_r, y_r, GroupKFold(5).split(X_r, groups=person))
reports["same person twice"] = skill(y_r, leaky, person), skill(y_r, honest, person)

# %%
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.svm import LinearSVC

mails = ck.load("mails")
letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
text_of = letters.factorize()[0]
words = HashingVectorizer(n_features=2**14, binary=True, alternate_sign=False)
X_m, is_spam = words.transform(mails["body"].str[:2000]), mails["is_spam"].to_numpy()
filter_ = LinearSVC(C=3, random_state=0)
leaky = out_of_fold(filter_, X_m, is_spam, five.split(X_m))
whole = GroupKFold(5, shuffle=True, random_state=0)
honest = out_of_fold(filter_, X_m, is_spam, whole.split(X_m, groups=text_of))
reports["copies of mails"] = skill(is_spam, leaky, text_of), skill(is_spam, honest, text_of)
copies = letters.duplicated(keep=False).to_numpy()
for name, who in [("mails with copies", copies), ("all mails", copies | ~copies)]:
    wrong, rightly = (leaky != is_spam)[who].mean(), (honest != is_spam)[who].mean()
    print(f"{name}: {who.sum()}, wrong when shuffled {wrong:.1%}, when copies stay together {rightly:.1%}")

# %% [markdown]
# Over all mails the gap is small, because few have copies. On those that have, the shuffled split hides
# seven errors in eight. (The bars below hold all mails.)
#
# ### The target in disguise
#
# `takes_pills` follows from the diagnosis (a gap means "not asked", so no). `told_diabetes` *is* the
# target, but for those whom only the blood test found.

# %%
logistic = make_pipeline(prepare, LogisticRegression())
honest = out_of_fold(logistic, X, y, five.split(X))
told = (people["told_diabetes"] == "1").to_numpy()
for name, column in [("takes_pills", people["takes_pills"].fillna(0)), ("told_diabetes", told)]:
    leaky = out_of_fold(logistic, np.column_stack([X, column]), y, five.split(X))
    reports[name] = skill(y, leaky), skill(y, honest)
    print(f"with {name:13}: {with_interval(leaky == y)}")
print(f"without:            {with_interval(honest == y)}, baseline {(y == 0).mean():.3f}")

# %% [markdown]
# One column lifts the model from next to nothing above the baseline to 92 % or 96 % right. No split
# repairs that: the column is wrong in training and in test alike. Only the question *when is this
# known?* finds it.
#
# ### Future data, and features selected on everything
#
# The hours of section 6 are the leak from the future (pooled over all rounds now, so a little other
# than the means above). For the last leak there is nothing to learn: 100 penguins, their sex, and
# 5,000 columns of **pure noise**. The fifty columns that go best with the sex are kept, and a logistic
# regression predicts it from them. **Predict first:** what accuracy can noise reach?

# %%
from sklearn.feature_selection import SelectKBest

leaky = out_of_fold(boosting, X_b, hired, five.split(X_b))
honest = out_of_fold(boosting, X_b, hired, in_time)
reports["hours of the future"] = tuple(skill(hired, p, day, np.mean) for p in (leaky, honest))

some = penguins.sample(100, random_state=0)
male = (some["sex"] == "male").to_numpy()
noise = np.random.default_rng(0).normal(size=(100, 5000))
pick, weigh = SelectKBest(k=50), LogisticRegression()
leaky = out_of_fold(weigh, pick.fit_transform(noise, male), male, five.split(noise))
honest = out_of_fold(make_pipeline(pick, weigh), noise, male, five.split(noise))
reports["selecting from noise"] = skill(male, leaky), skill(male, honest)
print("selected on everything:", with_interval(leaky == male))
print("selected in the folds: ", with_interval(honest == male))
print("the more frequent sex: ", f"{max(male.mean(), 1 - male.mean()):.3f}")

# %% [markdown]
# Noise reaches 95 %. Among 5,000 columns some agree with any hundred labels by accident, and the
# held-out labels helped to find those. The cross-validation that followed was done by the book, too
# late.

# %%
fig, ax = plt.subplots(figsize=(8.6, 5))
for place, (reported, honest) in enumerate(reversed(reports.values())):
    for shift, colour, (value, low, high) in [(0.19, "C6", reported), (-0.19, "C2", honest)]:
        ax.barh(place + shift, value, height=0.36, color=colour)
        ax.hlines(place + shift, low, high, color="black", lw=1.5)
ax.axvline(0, color="black", lw=1)
ax.set_yticks(range(len(reports)), reversed(reports))
top = len(reports) - 0.3
ax.text(0.02, top, "reported, with the leak", color="C6", weight="bold", va="bottom")
ax.text(-0.02, top, "honest", color="C2", weight="bold", ha="right", va="bottom")
ax.set(xlabel="skill (0 is doing nothing, 1 is perfect)", ylim=(-0.6, top + 0.5), xlim=(-0.85, 1.05))
ax.set_title("With the leak and without: how much each flatters")
ax.grid(axis="y", visible=False)
ck.show(
    fig,
    "Pairs of bars of skill, with the leak and honest, with intervals. Scaling: equal. Copied rows, the "
    "same person twice and selection from noise: high with the leak, below zero without.",
)
pd.DataFrame({name: {"reported": r[0], "honest": h[0]} for name, (r, h) in reports.items()}).T.round(3)

# %% [markdown]
# Black lines are 95 % intervals; they cover the luck of the rows, not the lie. Scaling cannot be seen.
# Three leaks turn a model that is no better than doing nothing, or worse, into one you would be proud of.
# No interval and no number of folds warns you: the leak is in all of them. (More rows help against the
# last one only.)
#
# Each report is compared with the baseline on its own rows, as its author would. For the balanced people
# that baseline is one half; for the bikes the honest rows leave out the first block of hours.

# %% [markdown]
# ## In the field
#
# The split is decided before the first model, from one question: *who or what will be new when this
# is used?* New people: split by person. New days: split by time. Test sets are kept where the
# modelling code cannot read them. A score that is too good is treated as an alarm; the usual
# culprit is one column, found by fitting a model on each column alone.

# %% [markdown]
# ## Summary
#
# - A training score measures memory: a tree learned coin flips by heart.
# - Training fits, validation chooses, test judges once. Whatever chooses cannot judge.
# - Stratify classes, keep groups whole, let the test follow the training in time.
# - Half the width of an interval costs four times the rows.
# - Cross-validation measures overfitting, and believes the leaks it is given.
# - Scaling on everything did nothing here; balancing and selecting on everything made skill from
#   nothing.
# - The answer to the puzzle: do not ship it. Ask first who was on which side of the split.

# %% [markdown]
# ## Check yourself
#
# 1. What does a training accuracy of 100 % tell you?
#    <details><summary>Answer</summary>That the model can memorise. It says nothing about new
#    rows.</details>
# 2. You tried 50 settings on the test set and report the best. What is wrong, and what helps?
#    <details><summary>Answer</summary>The best of 50 includes luck. Choose on a validation set or in
#    folds of the rest, and judge once on rows that chose nothing.</details>
# 3. Why does a pipeline protect against some leaks and not against others?
#    <details><summary>Answer</summary>It fits every step on the training folds alone. It cannot know
#    that two rows are one person, that a column follows from the target, or that rows have an
#    order.</details>
# 4. Your data are visits of patients over three years, the model is for new patients next year. How do
#    you split?
#    <details><summary>Answer</summary>By both: test on late visits of people who have no earlier visit
#    in training.</details>
# 5. Why was selecting on everything so much worse than scaling on everything?
#    <details><summary>Answer</summary>Selection looks at the labels of the test rows, and among many
#    columns it finds those that fit them by accident. Scaling never looks at the labels.</details>

# %% [markdown]
# ## Next
#
# The exercises let you cut by hand, size a test set, and repair a leaking score. Then [chapter
# 04](04_feature_engineering.ipynb) makes better features, inside the folds. To read:
#
# - scikit-learn user guide, "Cross-validation: evaluating estimator performance" and "Common pitfalls".
# - Kapoor and Narayanan, *Leakage and the Reproducibility Crisis in Machine-Learning-Based Science*
#   (2023).
# - Kaufman and others, *Leakage in Data Mining* (2012).
# - *The Elements of Statistical Learning*, Hastie and others, section 7.10, on the wrong way to
#   cross-validate.
