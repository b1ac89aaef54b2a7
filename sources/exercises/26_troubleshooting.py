# %% [markdown]
# # 26 · Exercises: Troubleshooting clinic
#
# Four sick pipelines on real data, then a health check of your own. Each pipeline runs without an error and
# gives a decent score. You name the cause, give the number that proves it, and repair the function. Write
# your answer where a cell asks for it, run the cell, then the check below it. A check never stops the
# notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(26)

# %% [markdown]
# ## The causes, and the test of each
#
# Questions 1 to 4 use this list. Each of them has one cause, and no letter is right twice. The proof is the
# number that follows the cause, for the pipeline as it is given.
#
# - `"A"` The model knows the training rows by heart. *Proof:* score on the training part minus score on the
#   test part.
# - `"B"` Values get lost on the way and are filled in silence. *Proof:* the largest share of gaps that a
#   column has, in the training or in the test part, just before the filling.
# - `"C"` The target is distributed otherwise in the test part. *Proof:* its mean there minus its mean in the
#   training part (of classes: the largest difference of a class's share).
# - `"D"` Means and spreads are taken along the wrong axis, or over everything. *Proof:* the largest distance
#   from 0 of a column's mean, in the training part after the scaling.
# - `"E"` Answers of the test part reach the model. *Proof:* the mean test score after the labels of all rows
#   were shuffled together, with the seeds 0 to 4.
# - `"F"` Which columns a row gets depends on the rows beside it. *Proof:* the largest difference between a
#   row's prediction alone and in the company of all test rows, for the first 50 of them.
# - `"G"` The result hangs on the order of the training rows. *Proof:* the largest minus the smallest test
#   score over five orders.
#
# One more rule for the repaired functions: they change none of the tables that they are given.

# %% [markdown]
# ## Question 1 · Nearly one in six
#
# Which species is a penguin, by four measurements? Nearest neighbours get about five in six right, on the
# training part as on the test part. For three species that look so different this is little.

# %%
from sklearn.neighbors import KNeighborsClassifier

sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguins = ck.load("penguins").dropna().sample(frac=1, random_state=1)
known_birds, new_birds = penguins.iloc[:200], penguins.iloc[200:]


def first_prepared(train, new):
    """Both parts, with mean 0 and spread 1 in the training part."""
    train, new = np.asarray(train), np.asarray(new)
    return (train - train.mean()) / train.std(), (new - train.mean()) / train.std()


# %%
def accuracy_1(prepare):
    """Share of right species in the training and in the test part."""
    train, new = prepare(known_birds[sizes], new_birds[sizes])
    model = KNeighborsClassifier().fit(train, known_birds["species"])
    own_score = model.score(train, known_birds["species"])
    return own_score, model.score(new, new_birds["species"])


print("training and test:", np.round(accuracy_1(first_prepared), 2))

# %% [markdown]
# Hand in `cause_1` (a letter), `proof_1` (its number) and `prepared(train, new)`:
#
# - Both are tables of numbers: a frame, an array of any type of numbers (`uint8` too) or a list of rows.
#   `new` may have one row.
# - It returns two arrays. Each column of `train` comes out with mean 0 and spread 1 (divided by $n$ or by
#   $n-1$, as you like); `new` is scaled with the numbers of `train`.
# - A column that is constant in `train` has no spread: divide it by 1.
#
# For example, `prepared([[1, 50], [3, 50]], [[2, 50]])` gives `[[-1, 0], [1, 0]]` and `[[0, 0]]`, with $n$.
#
# <details><summary>Hint</summary>Print <code>train.mean()</code> inside the function: how many numbers come
# out, and how many columns are there? Body mass is in grams, near 4,200, a bill is 17 mm deep.</details>


# %% answer="q1"
cause_1 = ...
proof_1 = ...
### BEGIN SOLUTION
cause_1 = "D"
scaled_birds, _ = first_prepared(known_birds[sizes], new_birds[sizes])
proof_1 = np.abs(scaled_birds.mean(axis=0)).max()
### END SOLUTION


def prepared(train, new):
    """Each column scaled by its own mean and spread in the training part."""
    ### BEGIN SOLUTION
    rows, new_rows = np.asarray(train, dtype=float), np.asarray(new, dtype=float)
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread == 0, 1, spread)
    return (rows - centre) / spread, (new_rows - centre) / spread
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=15
check.q1(cause_1, proof_1, prepared)

# %% tags=["solution"]
print(f"proof: a column's mean is {proof_1:.2f} where it should be 0")
print("training and test, repaired:", np.round(accuracy_1(prepared), 2))

# %% [markdown] tags=["solution"]
# `mean` of a frame gives one number a column; `mean` of an array gives one number for everything. The line
# that turned the frame into an array changed what the next line does, and nothing complained. All columns
# were moved and divided by the same two numbers, so the grams still outweigh the millimetres.
#
# The test does not need the right answer: after scaling, `train.mean(axis=0)` must be zeros. It is worth
# a line in every pipeline.
#
# A common wrong repair uses `axis=1`: each bird is then scaled by itself, which removes its size. Another
# scales `new` by its own numbers; with one new row everything becomes 0. An alternative is `StandardScaler`,
# which does all of this, the constant column too.

# %% [markdown]
# ## Question 2 · The usual hour says nothing
#
# How many bicycles are hired in an hour? A linear model gets, beside the weather, a column with the mean of
# that hour of the day in the training part, on working days and on others. Every fourth day is the test
# part. With that column, the model explains hardly more than without it.

# %%
from sklearn.linear_model import LinearRegression

bikes = ck.load("bikes")
test_day = bikes["day"] % 4 == 0
past, later = bikes[~test_day], bikes[test_day]
inputs = ["temperature", "humidity", "hour", "working_day"]


def first_with_usual(train, table):
    """The table and a column: the mean of `bikers` at that hour, on such days."""
    means = train.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    matched = table[["hour", "working_day"]].merge(means, how="left")
    out = table.copy()
    out["usual"] = matched["bikers"]
    out["usual"] = out["usual"].fillna(train["bikers"].mean())
    return out


# %%
def r2_2(add_usual):
    """R² of a linear model on the training and on the test part."""
    train, new = add_usual(past, past), add_usual(past, later)
    columns = [*inputs, "usual"]
    model = LinearRegression().fit(train[columns], train["bikers"])
    own_score = model.score(train[columns], train["bikers"])
    return own_score, model.score(new[columns], new["bikers"])


without = LinearRegression().fit(past[inputs], past["bikers"])
plain_r2 = without.score(later[inputs], later["bikers"])
print("test R², without the column:", round(plain_r2, 2))
print("training and test, with it: ", np.round(r2_2(first_with_usual), 2))

# %% [markdown]
# Hand in `cause_2`, `proof_2` and `with_usual(train, table)`:
#
# - It returns a copy of `table`, rows and index in the order they had, with the new column `usual`: the mean
#   of `bikers` over the rows of `train` with the same `hour` and `working_day`.
# - Where `train` has no such row: the mean of all `bikers` in `train`.
# - The index of either table may be anything: shuffled, texts, numbers that repeat.
# - `table` may lack `bikers` (tomorrow's are not known), and its hours may be `float` where those of `train`
#   are `int`.
#
# For example, if `train` has the hours 8, 8, 9 on working days with 10, 20 and 60 bikers, a row of hour 8
# gets 15, one of hour 9 gets 60, and one of hour 10 gets 30.
#
# <details><summary>Hint</summary>Look at <code>matched.index</code> beside <code>out.index</code>. pandas
# puts a column into a frame by the index, not by the place. Count the gaps before <code>fillna</code>, in
# both parts.</details>


# %% answer="q2"
cause_2 = ...
proof_2 = ...
### BEGIN SOLUTION
cause_2 = "B"
shares = []
for part in (past, later):
    hours = past.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    found = part[["hour", "working_day"]].merge(hours, how="left")
    shares.append(found["bikers"].reindex(part.index).isna().mean())
proof_2 = max(shares)
### END SOLUTION


def with_usual(train, table):
    """A copy of the table with the usual number of that hour on such days."""
    ### BEGIN SOLUTION
    means = train.groupby(["hour", "working_day"])["bikers"].mean()
    keys = pd.MultiIndex.from_frame(table[["hour", "working_day"]])
    usual = means.reindex(keys).to_numpy()
    usual = np.where(np.isnan(usual), train["bikers"].mean(), usual)
    return table.assign(usual=usual)
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(cause_2, proof_2, with_usual)

# %% tags=["solution"]
print("shares of gaps, training and test:", np.round(shares, 2))
print("training and test, repaired:      ", np.round(r2_2(with_usual), 2))

# %% [markdown] tags=["solution"]
# `merge` returns a table with a new index, 0, 1, 2 …; the parts keep the index of the whole year. The
# assignment matches by index: most rows of the test part find no partner and become gaps, the others get the
# number of **another** hour. Then `fillna` covers the gaps, and nothing is left to see.
#
# The right rows to fill are the few whose hour `train` lacks. Here that is none, so every gap was a fault:
# count the gaps before you fill them, and say how many you expect.
#
# A common wrong repair is `reset_index` on `table`: the column is right, but the rows lose their names. An
# alternative keeps `merge` and assigns `matched["bikers"].to_numpy()`, which goes by place.

# %% [markdown]
# ## Question 3 · A price for one house
#
# A model prices houses, and the score on the test part is good. In the service customers send one house at
# a time, and they complain.

# %%
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

houses = ck.load("houses").query("living_area < 4000").sample(frac=1, random_state=0)
sold, offered = houses.iloc[:2000], houses.iloc[2000:]
facts = ["living_area", "overall_quality", "year_built"]
facts += ["neighborhood", "kitchen_quality", "building_type"]


def first_service(train):
    """Fit on the training part; return a function that prices a table of houses."""
    columns = pd.get_dummies(train[facts], drop_first=True).columns
    X = pd.get_dummies(train[facts], drop_first=True, dtype=float)
    model = make_pipeline(StandardScaler(), Ridge()).fit(X, train["price"])

    def serve(table):
        rows = pd.get_dummies(table[facts], drop_first=True, dtype=float)
        return model.predict(rows.reindex(columns=columns, fill_value=0))

    return serve


# %%
serve_3 = first_service(sold)
print("test R²:", round(r2_score(offered["price"], serve_3(offered)), 2))

# %% [markdown]
# Hand in `cause_3`, `proof_3` (in dollars) and `service(train)`: it fits on `train`, with the columns `facts`
# and the target `price`, and returns `serve(table)`, which gives one price for each row of the table, in
# order.
#
# - The price of a house is the same alone, among others and in any order.
# - `table` has the columns `facts`, in any order, perhaps others too, and perhaps no `price`. Texts may be
#   of the type `category`, and numbers of any type.
# - A neighbourhood, kitchen or type that `train` does not have gets a finite price.
# - Two services fitted on different tables keep out of each other's way, and a service is not worse on the
#   test part than the given one.
#
# <details><summary>Hint</summary>How many columns does <code>pd.get_dummies</code> make of one row, with
# <code>drop_first=True</code>? What <code>train</code> taught must be kept. <code>OneHotEncoder</code> keeps
# it; chapter 04 shows it with <code>handle_unknown="ignore"</code>.</details>


# %% answer="q3"
cause_3 = ...
proof_3 = ...
### BEGIN SOLUTION
cause_3 = "F"
together, alone = serve_3(offered)[:50], []
for place in range(50):
    alone.append(serve_3(offered.iloc[[place]])[0])
proof_3 = np.abs(together - alone).max()
### END SOLUTION


def service(train):
    """Fit on train; return serve(table), one price a row."""
    ### BEGIN SOLUTION
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder

    texts = ["neighborhood", "kitchen_quality", "building_type"]
    numbers = ["living_area", "overall_quality", "year_built"]
    prepare = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), texts), (StandardScaler(), numbers)
    )
    fitted = make_pipeline(prepare, Ridge()).fit(
        train[facts].astype(dict.fromkeys(texts, object)), train["price"]
    )

    def serve(table):
        return fitted.predict(table[facts].astype(dict.fromkeys(texts, object)))

    return serve
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=20
check.q3(cause_3, proof_3, service)

# %% tags=["solution"]
repaired = service(sold)
one_by_one = [repaired(offered.iloc[[place]])[0] for place in range(50)]
print(f"given:    largest difference {proof_3:,.0f} dollars")
apart = np.abs(repaired(offered)[:50] - one_by_one).max()
print(f"repaired: largest difference {apart:,.0f} dollars")
print("test R², repaired:", round(r2_score(offered["price"], repaired(offered)), 2))

# %% [markdown] tags=["solution"]
# `get_dummies` looks at the table in front of it. One row has one neighbourhood, `drop_first` drops it, and
# `reindex` fills all dummies with 0: every lone house stands in the first neighbourhood with the first
# kitchen. `reindex` is what keeps it from raising an error, so the fault is silent.
#
# A score on a whole table cannot show it; a test that sends rows alone does, and belongs in the tests of any
# service.
#
# The smallest repair leaves out `drop_first`: each category then has its own column, whatever stands beside
# it, and `reindex` drops what `train` did not have. `OneHotEncoder` in a pipeline says the same openly, and
# is saved with the model.
#
# A common wrong repair numbers the texts of each table by `pd.factorize`: a row alone always gets the 0.
# Another scales the numbers of each table by themselves; alone, every house is then average.

# %% [markdown]
# ## Question 4 · Some aircraft are always late
#
# Will a flight arrive more than 15 minutes late? 8,000 flights; every fourth day is the test part. A column
# `habit` says how often the aircraft with that tail number was late. The test ROC-AUC is far above what hour
# and distance give.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

flights = ck.load("flights").dropna(subset=["arr_delay"])
flights = flights.sample(8000, random_state=0).sort_index()[
    ["month", "day", "hour", "distance", "tailnum", "arr_delay"]
]
flights["late"] = (flights["arr_delay"] > 15).astype(int)
fourth = (flights["month"] * 31 + flights["day"]) % 4 == 0
flown, coming = flights[~fourth], flights[fourth]


def first_auc(train, test):
    """ROC-AUC on the test part."""
    habit = pd.concat([train, test]).groupby("tailnum")["late"].mean()
    X = train[["hour", "distance"]].assign(habit=train["tailnum"].map(habit))
    X_new = test[["hour", "distance"]].assign(habit=test["tailnum"].map(habit))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["late"])
    return roc_auc_score(test["late"], model.predict_proba(X_new)[:, 1])


# %%
plain = make_pipeline(StandardScaler(), LogisticRegression())
plain.fit(flown[["hour", "distance"]], flown["late"])
plain_chances = plain.predict_proba(coming[["hour", "distance"]])[:, 1]
print("hour and distance:", round(roc_auc_score(coming["late"], plain_chances), 2))
print("with habit:       ", round(first_auc(flown, coming), 2))

# %% [markdown]
# Hand in `cause_4`, `proof_4` and `auc_of(train, test)`, which fits on `train` and returns the ROC-AUC on
# `test`. It uses the columns `hour`, `distance` and `tailnum`. The check calls it with tables in which
#
# - all labels are shuffled: the result is near one half;
# - the tail numbers mean nothing, one or two flights each, but the hour counts: they spoil nothing (at most
#   `0.03` below the model without them);
# - the tail number counts, with dozens of flights each: it is used (at most `0.03` below scikit-learn's
#   `TargetEncoder`);
# - many tail numbers of `test` are not in `train`, or none is: every row of `test` counts, and only `train`
#   teaches;
# - the labels of `test` alone are turned round, 0 for 1: the result is one minus the other;
# - the rows come sorted by the target, with an index that repeats, and `late` is `bool`.
#
# <details><summary>Hint</summary>With the habits of <code>train</code> alone, a training flight still knows
# its own answer: an aircraft with one flight has the habit 0 or 1. A flight's habit must come from
# <strong>other</strong> flights. <code>TargetEncoder</code> does that in its <code>fit_transform</code>, so
# inside a pipeline too. For the proof, shuffle by
# <code>np.random.default_rng(seed).permutation(flights["late"])</code> and split by <code>fourth</code> as
# before.</details>


# %% answer="q4"
cause_4 = ...
proof_4 = ...
### BEGIN SOLUTION
cause_4 = "E"
shuffled_scores = []
for seed in range(5):
    labels = np.random.default_rng(seed).permutation(flights["late"])
    mixed = flights.assign(late=labels)
    shuffled_scores.append(first_auc(mixed[~fourth], mixed[fourth]))
proof_4 = np.mean(shuffled_scores)
### END SOLUTION


def auc_of(train, test):
    """ROC-AUC on the test part; no label of it, and no flight's own label, is used."""
    ### BEGIN SOLUTION
    from sklearn.compose import make_column_transformer
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import TargetEncoder

    columns = ["hour", "distance", "tailnum"]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    habits = (TargetEncoder(cv=folds), ["tailnum"])
    encode = make_column_transformer(habits, remainder="passthrough")
    pipeline = make_pipeline(encode, StandardScaler(), LogisticRegression())
    pipeline.fit(train[columns], train["late"].astype(int))
    return roc_auc_score(test["late"], pipeline.predict_proba(test[columns])[:, 1])
    ### END SOLUTION
    return ...


# %% check="q4" points=4 minutes=25
check.q4(cause_4, proof_4, auc_of)


# %% tags=["solution"]
def half_repaired(train, test):
    """The habits of the training part, also for the training part itself."""
    habit, usual = train.groupby("tailnum")["late"].mean(), train["late"].mean()
    X = train[["hour", "distance"]].assign(habit=train["tailnum"].map(habit))
    X_new = test[["hour", "distance"]].assign(habit=test["tailnum"].map(habit))
    X_new["habit"] = X_new["habit"].fillna(usual)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["late"])
    return roc_auc_score(test["late"], model.predict_proba(X_new)[:, 1])


print(f"shuffled labels, as given: {proof_4:.2f}")
print(f"half repaired: {half_repaired(flown, coming):.2f}")
print(f"repaired:      {auc_of(flown, coming):.2f}")

# %% [markdown] tags=["solution"]
# With shuffled labels nothing can be learned, and the given function still scores far above one half: the
# mean of an aircraft with two or three flights **is** mostly the answer of the flight asked about.
#
# The half repair, habits from the training part only, passes the test with shuffled labels and is worse than
# no habit at all. In training each flight's own answer is inside its habit, so the model trusts the habit; in
# the test it is not.
#
# The repaired score is that of hour and distance: with two or three flights an aircraft, the tail number says
# next to nothing about the next flight. An alternative to `TargetEncoder` is the mean of the *other* flights
# of the aircraft, pulled towards the mean of all as if it had ten average flights more.

# %% [markdown]
# ## Question 5 · A health check
#
# Write `health_check(X_train, y_train, X_test, y_test, fit)`. It returns a set of words, empty for a healthy
# case. `X_train` and `X_test` are frames of numbers with the same columns and no gaps, the targets arrays of
# 0 and 1. Each frame has the index 0, 1, 2 …, which says nothing of where a row comes from. `fit(X, y)`
# returns a fitted model with `predict_proba`.
#
# - `"overlap"`: half of the test rows were copied into the training part. In healthy cases rows repeat by
#   chance: where columns are few and coarse, nearly all of them.
# - `"shift"`: a column of the test part has another unit, is exchanged with another column, or has half of
#   its values filled with one number. In healthy cases both parts were drawn at random.
# - `"labels"`: the share of ones differs by 0.2 or more. In healthy cases both parts were drawn at random.
# - `"no skill"`: the chances rank the test rows no better than a coin. In healthy cases the ROC-AUC is
#   above 0.7, with 4 % ones as with 60 %.
# - `"not repeatable"`: two fits of the same rows give chances more than `0.01` apart. In healthy cases they
#   may differ in the tenth digit.
#
# The check has 15 ill cases, in which the right word must be there, and 20 healthy ones. Test parts have 110
# to 1,000 rows. Over all of them **one false alarm** is allowed. (Where the labels shift, columns may shift
# too; and a shifted column or a fit that is not repeatable may have no skill: those words are free there.)

# %% fold="Examples to try: healthy(seed), and an ill case of each kind"
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

cells, benign = load_breast_cancer(return_X_y=True, as_frame=True)
chance, benign = np.random.default_rng(0), benign.to_numpy()


def small_tree(X, y):
    return DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)


def restless(X, y):
    some = chance.permutation(len(y))[:130]
    return small_tree(X.iloc[some], y[some])


def healthy(seed):
    order = np.random.default_rng(seed).permutation(len(cells))
    known, new = order[:400], order[400:]
    X, X_new = cells.iloc[known], cells.iloc[new]
    return X.reset_index(drop=True), benign[known], X_new.reset_index(drop=True), benign[new]


# %% fold="The ill cases, and trial(function)"
X0, y0, X1, y1 = healthy(100)
few_ones = np.append(np.flatnonzero(y1 == 0), np.flatnonzero(y1 == 1)[:30])
mixed_up = np.random.default_rng(0).permutation(y0)
in_cm = X1.assign(**{"mean radius": X1["mean radius"] / 10})
ill = {
    "overlap": (pd.concat([X0, X1[:85]], ignore_index=True), np.append(y0, y1[:85]), X1, y1, small_tree),
    "shift": (X0, y0, in_cm, y1, small_tree),
    "labels": (X0, y0, X1.iloc[few_ones].reset_index(drop=True), y1[few_ones], small_tree),
    "no skill": (X0, mixed_up, X1, y1, small_tree),
    "not repeatable": (X0, y0, X1, y1, restless),
}


def trial(function):
    """Words raised for each ill example, and over 20 healthy ones."""
    for word, case in ill.items():
        print(f"{word + ':':16}", sorted(function(*case)))
    alarms = []
    for seed in range(20):
        alarms.extend(function(*healthy(seed), small_tree))
    print("20 healthy tables:", len(alarms), "alarms", sorted(set(alarms)))


# %% [markdown]
# `trial(health_check)` shows what yours says of these; the check uses other tables, sizes and models too.
#
# <details><summary>Hint</summary>Five small tests, each with a limit that chance hardly ever passes:
# <code>scipy.stats.ks_2samp</code> compares two columns, but 35 cases with five columns each are 175 tests,
# and at 5 % about nine of them ring. For "overlap" ask how many rows of the training part have a twin
# <em>there</em>: that is what chance does.</details>


# %% answer="q5"
def health_check(X_train, y_train, X_test, y_test, fit):
    """A set of alarms; empty if all is well."""
    ### BEGIN SOLUTION
    from scipy.stats import ks_2samp

    alarms = set()
    known = set(map(tuple, X_train.to_numpy()))
    seen = np.mean([tuple(row) in known for row in X_test.to_numpy()])
    if seen > X_train.duplicated(keep=False).mean() + 0.2:
        alarms.add("overlap")
    for column in X_train:
        if ks_2samp(X_train[column], X_test[column]).pvalue < 1e-5:
            alarms.add("shift")
    n, n_new, share = len(y_train), len(y_test), np.mean(y_train)
    error = np.sqrt(share * (1 - share) * (1 / n + 1 / n_new))
    if abs(np.mean(y_test) - share) > 3.5 * error:
        alarms.add("labels")
    chances = fit(X_train, y_train).predict_proba(X_test)[:, 1]
    again = fit(X_train, y_train).predict_proba(X_test)[:, 1]
    if roc_auc_score(y_test, chances) < 0.6:
        alarms.add("no skill")
    if np.abs(chances - again).max() > 1e-3:
        alarms.add("not repeatable")
    return alarms
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=30
check.q5(health_check)


# %% tags=["solution"]
from scipy.stats import ks_2samp

trial(health_check)
at_five_percent = 0
for seed in range(20):
    X, _, X_new, _ = healthy(seed)
    smallest = min(ks_2samp(X[name], X_new[name]).pvalue for name in X)
    at_five_percent += smallest < 0.05
print(f"KS at 5 % a column: {at_five_percent} of 20 healthy tables raise an alarm")

# %% [markdown] tags=["solution"]
# Each limit asks what chance alone does. Thirty columns at 5 % each raise a false alarm in eight of twenty
# healthy tables; an alarm that rings so often is soon ignored, and then it protects nobody. The limit has to
# be small enough for **all** tests that will ever run.
#
# Common wrong ways: any repeated row counts as overlap (coarse tables are full of them); the accuracy must
# beat some number (with 4 % ones, a model that always says 0 is right for 96 in 100, and a good model
# hardly more); two fits must agree to the last digit (sums in another order differ there on any other
# processor).
#
# An alternative for "shift" trains a classifier to tell test rows from training rows; it also sees columns
# that only together look strange. What no such check can see: a column that will not be known in service,
# and a target that means something else than you think.
