# %% [markdown]
# # 13 · Clustering algorithms: how many groups are there?
#
# Here are 333 penguins, four measurements of each, and nobody tells their species. One textbook rule says
# that there are two groups. Another says three or five, a third three, four, or at least six. A biologist
# counts three species of two sexes. **How many groups are there, and how would you know that there are
# any?**

# %% [markdown]
# **You will be able to**
# - write K-means and the core of DBSCAN, and get the library's numbers
# - choose among K-means, mixtures, hierarchies and density by what each can find
# - choose a number of groups, and say why the rules disagree
# - test whether there are groups at all, and whether they are stable
# - describe groups so that a colleague can use them
#
# **Builds on:** [chapter 01](01_problem_definition.ipynb) (clustering named),
# [chapter 04](04_feature_engineering.ipynb) (scaling),
# [chapter 05](05_model_selection.ipynb) (linkages, DBSCAN, adjusted Rand index),
# [chapter 07](07_evaluation_and_tuning.ipynb) (silhouette) · **Data:** `penguins`, `quakes`

# %% [markdown]
# ## 1 · K-means by hand
#
# Six flippers of penguins, in millimetres, and two groups to find.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

flippers = np.array([[181.0], [186.0], [190.0], [209.0], [217.0], [221.0]])

# %% [markdown]
# **K-means** repeats two steps: every point goes to its nearest **centre**; every centre moves to the mean
# of its points. It makes the **inertia** small: the sum of squared distances from the points to their
# centres (below: to those before they move). `cdist` of SciPy gives all distances between the rows of two
# tables; `"sqeuclidean"` squares them.

# %%
from scipy.spatial.distance import cdist


def step(points, centres):
    """Each point's nearest centre, each group's mean, and the inertia."""
    # a row for each point, a column for each centre
    distance2 = cdist(points, centres, "sqeuclidean")
    labels = distance2.argmin(axis=1)
    means = pd.DataFrame(points).groupby(labels).mean().to_numpy()
    return labels, means, distance2.min(axis=1).sum()


# %%
moving = np.array([[181.0], [186.0]])  # a poor start
for _ in range(3):
    labels, means, inertia = step(flippers, moving)
    print(f"{labels}  means {means.ravel().round(2)}  inertia {inertia:.1f}")
    moving = means

# %% [markdown]
# The third round moves nothing: K-means has arrived. Neither step can raise the inertia, so it always
# arrives somewhere; where depends on the start. **k-means++** draws starting centres that lie apart: the
# first at random, each further one with a chance in proportion to its squared distance from the nearest
# centre so far.

# %%
rng = np.random.default_rng(0)
first = flippers[rng.integers(6)]
squared = ((flippers - first) ** 2).ravel()
chances = squared / squared.sum()
second = flippers[rng.choice(6, p=chances)]
print("first centre:", first)
print("chance of each to be the second:", chances.round(3))
print("second centre:", second)


# %% fold="plus_plus: the same for any table and k"
def plus_plus(points, k, rng):
    """k starting centres, drawn by k-means++."""
    centres = [points[rng.integers(len(points))]]
    while len(centres) < k:
        nearest2 = cdist(points, centres, "sqeuclidean").min(axis=1)
        drawn = rng.choice(len(points), p=nearest2 / nearest2.sum())
        centres.append(points[drawn])
    return np.array(centres)


# %% [markdown]
# The folded cell does the same for any table. (The library tries a few candidates for each further centre,
# and keeps the best.) And the rounds, until nothing moves; ours trusts that no group runs empty:


# %%
def kmeans(points, centres):
    """Labels, centres and inertia, once no centre moves any more."""
    while True:
        labels, means, inertia = step(points, centres)
        if np.array_equal(means, centres):
            return labels, means, inertia
        centres = means


# %% [markdown]
# Now the penguins, scaled. `KMeans` takes the number of groups, and with `init` the same start as ours.

# %%
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

penguins = ck.load("penguins").dropna().reset_index(drop=True)
sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
X = StandardScaler().fit_transform(penguins[sizes])
print(X.shape)

# %%
start = plus_plus(X, 3, np.random.default_rng(0))
labels, centres, inertia = kmeans(X, start)
library = KMeans(3, init=start, n_init=1, tol=0).fit(X)
gap = np.abs(centres - library.cluster_centers_).max()
print("same labels:", np.array_equal(labels, library.labels_))
print("centres differ by less than 1e-8:", gap < 1e-8)

# %% [markdown]
# ## 2 · Starts, scales and numbers of groups
#
# Look for six groups from 30 starts, drawn at random (`init="random"`) or by k-means++ (the default).
# `n_init` is how many starts `KMeans` tries, keeping the lowest inertia; by default it is 1 for k-means++.

# %%
rows = []
for init in ("random", "k-means++"):
    found = []
    for seed in range(30):
        model = KMeans(6, init=init, n_init=1, random_state=seed).fit(X)
        found.append(model.inertia_)
    row = {"start": init, "mean inertia": np.mean(found), "lowest": min(found)}
    row["share that reach it"] = np.mean(np.array(found) < 1.001 * min(found))
    rows.append(row)
pd.DataFrame(rows).set_index("start").round(1)

# %% [markdown]
# Better starts help; still most of them end above the lowest inertia. So set `n_init=20`: from
# now on we do.
#
# The numbers of the groups mean nothing, and may differ from run to run. We number them by a property:
# group 0 has the shortest flippers on average. (The folded `ordered` does it for any labels and column.)


# %% fold="ordered: number the groups by their mean of a column"
def ordered(labels, column):
    """The same groups, numbered by their mean of a column; noise stays −1."""
    means = pd.Series(column).groupby(labels).mean().drop(-1, errors="ignore")
    new = means.rank().astype(int) - 1
    return np.array([new.get(label, -1) for label in labels])


# %%
def groups_of(k, table=X):
    """K-means' groups of the birds, numbered by their flippers."""
    labels = KMeans(k, n_init=20, random_state=0).fit_predict(table)
    return ordered(labels, penguins["flipper_length_mm"])


# %% [markdown]
# > **Myth.** "Clustering learns without labels, so there is nothing to prepare."

# %%
unscaled = groups_of(3, table=penguins[sizes])
mass = penguins.groupby(unscaled)["body_mass_g"]
mass.agg(["count", "min", "max"]).rename_axis("group")

# %% [markdown]
# Unscaled, the three groups are three slices of the body mass, the column with the largest unit; the bill
# did not count. Chapter 05's *adjusted Rand index* (ARI: 1 for the same grouping, 0 on average for
# chance) says what that costs, as we happen to know the species:

# %%
from sklearn.metrics import adjusted_rand_score

species = penguins["species"].to_numpy(str)
print(f"unscaled: ARI {adjusted_rand_score(species, unscaled):.2f}")
print(f"scaled:   ARI {adjusted_rand_score(species, groups_of(3)):.2f}")

# %% fold="Draw the birds in two, three and six groups"
fig, axes = plt.subplots(1, 3, figsize=(9, 3.6), sharey=True)
for ax, k in zip(axes, (2, 3, 6), strict=True):
    labels = groups_of(k)
    for group in range(k):
        birds = penguins[labels == group]
        ax.plot(birds["bill_length_mm"], birds["flipper_length_mm"], "o", ms=3, color=f"C{group}")
    ax.set(title=f"{k} groups", xlabel="bill length (mm)")
axes[0].set_ylabel("flipper length (mm)")
fig.suptitle("K-means gives as many groups as you ask for")
ck.show(
    fig,
    "Three scatters of the same penguins, bill length against flipper length, coloured by two, three and six "
    "groups of K-means. Two clouds stand apart; further groups cut within them.",
)

# %% [markdown]
# Which of these maps would you believe? Can the inertia tell? Move the next cell's slider.

# %% fold="A slider for the number of groups: run this cell" tags=["nbval-ignore-output"]
import ipywidgets


def at_k(k):
    """The map in k groups, and the inertia."""
    model = KMeans(k, n_init=20, random_state=0).fit(X)
    labels = ordered(model.labels_, penguins["flipper_length_mm"])
    fig, ax = plt.subplots(figsize=(5.6, 4))
    for group in range(k):
        birds = penguins[labels == group]
        ax.plot(birds["bill_length_mm"], birds["flipper_length_mm"], "o", ms=4)
    ax.set(xlabel="bill length (mm)", ylabel="flipper length (mm)")
    said = f"k = {k}: inertia {model.inertia_:.0f}, smallest group {np.bincount(labels).min()} birds"
    ax.set_title(said)
    ck.show(fig, said)


slider = ipywidgets.IntSlider(3, min=1, max=10, description="groups k", continuous_update=False)
slider.layout.width = "400px"
moved = ipywidgets.interact(at_k, k=slider)

# %% [markdown]
# The inertia falls with every group more: it cannot choose.
#
# ## 3 · Rules for choosing k
#
# Four rules look at the points and labels alone: **internal metrics**.
#
# - **Elbow**: the inertia falls with every group more. Take the k after which it falls slowly.
# - *Silhouette* (chapter 07): with $a$ a point's mean distance to its own group and $b$ that to the
#   nearest other group (by mean distance), $s = (b - a) / \max(a, b)$. The mean over all points, high is
#   good.
# - **Calinski–Harabasz**: spread between the groups, divided by $k-1$, over spread within, divided by
#   $n-k$. High is good.
# - **Davies–Bouldin**: two groups are alike if they are wide and their centres near. For each group the
#   worst such ratio, and the mean of these. Low is good.
#
# The silhouette of one bird by hand:

# %%
from sklearn import metrics

two = groups_of(2)
to_others = np.delete(cdist(X[:1], X)[0], 0)  # from bird 0 to all the rest
same = np.delete(two, 0) == two[0]
a, b = to_others[same].mean(), to_others[~same].mean()
of_birds = metrics.silhouette_samples(X, two)
print(f"a {a:.3f}, b {b:.3f}, s {(b - a) / max(a, b):.3f}, library {of_birds[0]:.3f}")

# %% [markdown]
# **Predict first:** which k will each rule choose?

# %%
rows = []
for k in range(2, 11):
    model = KMeans(k, n_init=20, random_state=0).fit(X)
    row = {"k": k, "inertia": model.inertia_}
    row["silhouette"] = metrics.silhouette_score(X, model.labels_)
    row["Calinski–Harabasz"] = metrics.calinski_harabasz_score(X, model.labels_)
    row["Davies–Bouldin"] = metrics.davies_bouldin_score(X, model.labels_)
    rows.append(row)
rules = pd.DataFrame(rows).set_index("k")
rules.round({"inertia": 0, "Calinski–Harabasz": 0}).round(2)

# %% fold="Draw the four rules against k"
fig, axes = plt.subplots(1, 4, figsize=(9.6, 3.1))
for ax, rule in zip(axes, rules.columns, strict=True):
    ax.plot(rules.index, rules[rule], "o-", ms=4, color="C0")
    best = {"silhouette": "idxmax", "Calinski–Harabasz": "idxmax", "Davies–Bouldin": "idxmin"}.get(rule)
    if best:
        k = getattr(rules[rule], best)()
        ax.plot(k, rules.loc[k, rule], "o", ms=10, mfc="none", color="C1", mew=2)
    ax.set_title(rule, fontsize=10)
    ax.set(xticks=range(2, 11, 2), xlabel="groups")
fig.suptitle("Three rules say two; the inertia only bends")
ck.show(
    fig,
    "Four panels against the number of groups from 2 to 10. The inertia falls in a smooth bend; silhouette, "
    "Calinski–Harabasz and Davies–Bouldin are all best at two.",
)

# %% [markdown]
# Three rules say *two*. The elbow has no circle, because it needs an eye.
#
# > **Myth.** "The maximum of the silhouette is the elbow."
#
# A common recipe for the elbow: a straight line between the ends of the curve, and the point furthest below
# it.


# %%
def elbow(curve):
    """The k at which the curve lies furthest below the line between its ends."""
    ends = [curve.index[0], curve.index[-1]]
    line = np.interp(curve.index, ends, curve.loc[ends])
    return curve.index[(line - curve).argmax()]


one_group = KMeans(1, n_init=1).fit(X).inertia_
with_one = pd.concat([pd.Series({1: one_group}), rules["inertia"]])
print("elbow, from one group on: ", elbow(with_one))
print("elbow, from two groups on:", elbow(rules["inertia"]))
print("maximum of the silhouette:", rules["silhouette"].idxmax())

# %% [markdown]
# They are not the same: two, three or five, and the elbow even depends on where the curve begins.
#
# The silhouettes of single birds say more than their mean: a group is suspect if many of its birds are near
# or below 0.

# %% fold="Draw the silhouette of every bird for two, three and six groups"
fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), sharex=True)
for ax, k in zip(axes, (2, 3, 6), strict=True):
    labels, bottom = groups_of(k), 0
    values = metrics.silhouette_samples(X, labels)
    for group in range(k):
        own = np.sort(values[labels == group])
        ax.fill_betweenx(np.arange(bottom, bottom + len(own)), 0, own, color=f"C{group}")
        bottom += len(own) + 6
    ax.axvline(values.mean(), color="black", ls="--", lw=1)
    ax.set(title=f"{k} groups: mean {values.mean():.2f}", xlabel="silhouette", yticks=[])
axes[0].set_ylabel("birds, sorted within groups")
ck.show(
    fig,
    "Silhouette of every bird as a bar, sorted within groups, for two, three and six groups, with the mean "
    "dashed. With two groups most bars are long; with three one group has short ones; with six few bars are "
    "long.",
)

# %% [markdown]
# With two groups most bars are long. With three, one group (orange) has many birds near 0; with six there
# are fewer long bars in all.

# %% [markdown]
# ## 4 · Are there any groups at all?
#
# > **Myth.** "K-means found four clusters, so there are four."
#
# K-means finds k groups in anything. So ask what it finds where there is nothing. Three kinds of nothing:
#
# - *shuffled*: each column shuffled by itself, so that nothing holds the columns together;
# - *one cloud*: a single Gaussian bell with the means and covariances of the birds. (The **covariance**
#   of two columns says how they go together.) Large birds are still large in everything; there is only one
#   kind;
# - *own values*: that cloud, but in each column the birds' own values, in the order of the cloud. A bell
#   is never skewed; real columns often are, and that alone helps K-means.


# %%
def shuffled(rng):
    """Each column in a random order of its own."""
    return np.column_stack([rng.permutation(column) for column in X.T])


def one_cloud(rng):
    """One Gaussian bell with the birds' means and covariances."""
    like_birds = {"mean": X.mean(axis=0), "cov": np.cov(X.T)}
    return rng.multivariate_normal(**like_birds, size=len(X), method="cholesky")


# %% fold="own_values: one cloud whose columns hold the birds' own values"
def own_values(rng):
    """One cloud, whose columns hold the birds' values in the cloud's order."""
    places = one_cloud(rng).argsort(axis=0).argsort(axis=0)  # 0 for the smallest
    return np.take_along_axis(np.sort(X, axis=0), places, axis=0)


# %% [markdown]
# **Predict first:** the birds' silhouette for two groups is 0.53. What will the kinds of nothing get?

# %%
rng = np.random.default_rng(0)
rows = []
nothings = {"shuffled": shuffled, "one cloud": one_cloud, "own values": own_values}
for name, make in nothings.items():
    for _ in range(10):
        nothing = make(rng)
        for k in range(2, 11):
            labels = KMeans(k, n_init=3, random_state=0).fit_predict(nothing)
            value = metrics.silhouette_score(nothing, labels)
            rows.append({"table": name, "k": k, "silhouette": value})
null = pd.DataFrame(rows).groupby(["k", "table"])["silhouette"].max().unstack()
null["the birds"] = rules["silhouette"]
null.loc[[2, 3, 6, 10]].round(2)

# %% fold="Draw the silhouettes of the birds and of nothing"
fig, ax = plt.subplots(figsize=(7, 3.4))
for name, colour in [("the birds", "C0"), ("own values", "C3"), ("one cloud", "C1"), ("shuffled", "C2")]:
    ax.plot(null.index, null[name], "o-", ms=4, color=colour)
ax.text(2.6, 0.5, "the birds", color="C0")
ax.text(2.6, 0.385, "own values", color="C3")
ax.text(2.35, 0.262, "one cloud", color="C1")
ax.text(2.2, 0.18, "shuffled", color="C2")
ax.set(
    title="Nothing has a silhouette, too (highest of 10 draws)",
    xlabel="groups",
    ylabel="silhouette",
    ylim=(0.1, 0.57),
)
ck.show(
    fig,
    "Silhouette against the number of groups. The birds start at 0.53 and fall. Three kinds of nothing lie "
    "below them: own values at 0.42, one cloud at 0.39, shuffled columns at 0.21 for two groups. At ten "
    "groups all nearly meet.",
)

# %% [markdown]
# Own values reach 0.42 without any groups: columns that go together, and are not bells, are enough. The
# birds are above that, most clearly with two and three groups; with eight or more they are hardly better.
# So they are not one cloud of such columns. Judge a silhouette by what your own table would get without
# groups, never by a rule such as "0.5 is good". (The **gap statistic** is the same idea for the inertia.)

# %% [markdown]
# A second test is **stability**: fit again on birds drawn with replacement (a *bootstrap* sample), give
# all birds the labels of the new centres, and compare with the old labels. Mean ARI of twenty samples (for
# one cloud, three times):


# %%
def stability(table, k):
    """Mean ARI between the groups of a table and those of twenty bootstrap samples."""
    model = KMeans(k, n_init=5, random_state=0)
    before = model.fit_predict(table)
    found = []
    for seed in range(20):
        draw = np.random.default_rng(seed).integers(0, len(table), len(table))
        after = model.fit(table[draw]).predict(table)
        found.append(adjusted_rand_score(before, after))
    return np.mean(found)


# %%
rng = np.random.default_rng(0)
clouds = [one_cloud(rng) for _ in range(3)]
rows = []
for k in range(2, 7):
    row = {"k": k, "the birds": stability(X, k)}
    row["one cloud"] = np.mean([stability(cloud, k) for cloud in clouds])
    rows.append(row)
pd.DataFrame(rows).set_index("k").round(1)

# %% [markdown]
# From two to six all are stable, so this rule chooses nothing here. And *stable is not real*: one cloud
# in two groups reaches 0.9. It is cut across its longest direction, at nearly the same place each time.
#
# *Good place to stop.* K-means finds as many groups as you ask for, and hangs on the scale and the start.
# Silhouette, Calinski–Harabasz and Davies–Bouldin say two, an elbow three or five. The birds are more than
# one cloud. Still open: other algorithms, and what decides.

# %% [markdown]
# ## 5 · Soft groups: a mixture of bells
#
# A **Gaussian mixture** says: every bird comes from one of k bells, each with its weight, mean and
# covariance. It gives a **soft assignment**: the chance of each bell for each bird. That is Bayes' rule as
# in chapter 11: weight times height of the bell, divided by the sum. Two bells for the flippers alone, and
# four lengths by hand:

# %%
from scipy.stats import norm
from sklearn.mixture import GaussianMixture

flipper = penguins[["flipper_length_mm"]].to_numpy()
bells = GaussianMixture(2, tol=1e-6, max_iter=1000, random_state=0).fit(flipper)
lengths = np.array([[190.0], [200.0], [206.0], [215.0]])

# %%
spreads = np.sqrt(bells.covariances_.ravel())
weighted = bells.weights_ * norm.pdf(lengths, bells.means_.ravel(), spreads)
soft = weighted / weighted.sum(axis=1, keepdims=True)
longer = bells.means_.argmax()  # which of the two bells
print("chance of the longer kind:", soft[:, longer].round(3))
print("same as the library:", np.allclose(soft, bells.predict_proba(lengths)))

# %% [markdown]
# Fitting repeats two steps, as K-means does, but softly: give the chances; then take means and covariances
# of all birds weighted by them (**expectation–maximisation**, EM). `covariance_type` says what shapes the
# bells may have: `"full"` slanted eggs, each its own; `"tied"` the same slanted egg for all; `"diag"` eggs
# along the axes; `"spherical"` balls.
#
# A mixture has a rule of its own for k. Its **likelihood** $L$ says how probable it makes the $n$ birds.
# The **Bayesian information criterion** (BIC) is $-2 \ln L + p \ln n$: the logarithm of $L$ against a price
# for the $p$ numbers that were fitted. Low is good. In four columns a full bell has 4 means, 4 variances
# and 6 covariances; three weights sum to 1, so two are free: $p = 3 × 14 + 2 = 44$.


# %%
def mixture(k, shape="full"):
    """A fitted mixture of k bells: the best of five starts, until it has arrived."""
    model = GaussianMixture(k, covariance_type=shape, n_init=5, random_state=0)
    return model.set_params(tol=1e-6, max_iter=2000).fit(X)


three_bells = mixture(3)
log_likelihood = len(X) * three_bells.score(X)  # score gives the mean
by_hand = -2 * log_likelihood + 44 * np.log(len(X))
print(f"BIC by hand {by_hand:.1f}, library {three_bells.bic(X):.1f}")

# %%
bic = pd.DataFrame(index=pd.Index(range(1, 7), name="k"))
for shape in ("full", "tied", "diag", "spherical"):
    bic[shape] = [mixture(k, shape).bic(X) for k in bic.index]
bic.round(0).astype(int)

# %% [markdown]
# Full bells: *three*. Tied: *four*. With bells along the axes, or balls, the BIC still falls at
# *six*, because it takes several of those to fill one slanted cloud. The lowest number of all belongs to
# four tied bells. BIC counts bells of a shape, not kinds of birds.
#
# **Try it:** add `three_bells.aic(X)` and `mixture(4).aic(X)`. (**AIC**, Akaike's criterion, charges only 2
# for a fitted number in place of $\ln n$.) Does it also prefer three full bells to four?
# <details><summary>Answer</summary>No: 2,328 against 2,316. A lower price buys more bells. The rules differ
# by what a parameter costs.</details>

# %% fold="Draw the three bells and the birds they are unsure of"
from matplotlib.patches import Ellipse

both = [0, 2]  # bill length and flipper length
scale, middle = penguins[sizes].std(ddof=0).to_numpy()[both], penguins[sizes].mean().to_numpy()[both]
number = ordered(np.arange(3), three_bells.means_[:, 2])
chance = three_bells.predict_proba(X)
fig, ax = plt.subplots(figsize=(7, 4.2))
for bell in range(3):
    birds, colour = penguins[chance.argmax(axis=1) == bell], f"C{number[bell]}"
    ax.plot(birds["bill_length_mm"], birds["flipper_length_mm"], "o", ms=3, color=colour)
    covariance = three_bells.covariances_[bell][np.ix_(both, both)] * np.outer(scale, scale)
    spread, axes_of = np.linalg.eigh(covariance)
    angle = np.degrees(np.arctan2(axes_of[1, 1], axes_of[0, 1]))
    at, (short, long) = three_bells.means_[bell, both] * scale + middle, 4 * np.sqrt(spread)
    ax.add_patch(Ellipse(at, long, short, angle=angle, fill=False, edgecolor=colour, linewidth=2))
unsure = penguins[chance.max(axis=1) < 0.9]
ax.plot(unsure["bill_length_mm"], unsure["flipper_length_mm"], "o", ms=9, mfc="none", color="black")
ax.set(xlabel="bill length (mm)", ylabel="flipper length (mm)", title="Three bells; circles: not sure")
alt = "Penguins in three colours with a slanted ellipse for each bell; a few birds between them are circled."
ck.show(fig, alt)

# %% [markdown]
# An ellipse is a bell at two standard deviations, seen along two of four columns. For the circled
# birds no bell has a chance of 0.9: a hard label would hide that.

# %% [markdown]
# ## 6 · A tree of merges
#
# *Hierarchical clustering* (chapter 05) starts with single points and joins the two nearest groups until
# one is left. The *linkage* says how far apart two groups are. SciPy's `linkage` returns a row for each
# merge: the two groups (numbers from 6 on are merged groups), their distance, the size.

# %%
from scipy.cluster.hierarchy import dendrogram, linkage

merges = pd.DataFrame(linkage(flippers, "single"))
merges.columns = ["group", "with", "distance", "size"]
merges.astype(int)

# %% [markdown]
# The last merge joins 181, 186, 190 with 209, 217, 221. Its distance in four linkages, by hand and by SciPy.
# Ward's is $\sqrt{2 n_1 n_2 / (n_1 + n_2)}$ times the distance of the two means: the root of twice what the
# merge adds to the inertia.

# %%
pairs = cdist(flippers[:3], flippers[3:])  # the nine distances between the two groups
apart = flippers[3:].mean() - flippers[:3].mean()
by_hand = {"single": pairs.min(), "complete": pairs.max(), "average": pairs.mean()}
by_hand["ward"] = np.sqrt(2 * 3 * 3 / (3 + 3)) * apart
for name, distance in by_hand.items():
    print(f"{name:9} {distance:.2f}, SciPy {linkage(flippers, name)[-1, 2]:.2f}")

# %% fold="Draw two dendrograms of the penguins"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for ax, name in zip(axes, ("ward", "single"), strict=True):
    dendrogram(linkage(X, name), truncate_mode="lastp", p=25, no_labels=True, ax=ax, color_threshold=0,
               above_threshold_color="#0072B2")  # fmt: skip
    ax.set(title=f"{name} linkage", ylabel="distance of the merge", xlabel="the last 25 groups")
    ax.grid(visible=False)
ck.show(
    fig,
    "Two dendrograms, the last 25 groups of the penguins. Ward: a tall last merge of two, then three groups. "
    "Single linkage: two branches and a lone bird; on the right one group takes in bird after bird at "
    "nearly the same height.",
)

# %% [markdown]
# A **dendrogram** draws every merge at its distance. Cut it at a height, and the branches below are the
# groups. A long stretch without merges is a natural place: for Ward between two groups and one, so two
# groups. Single linkage parts two branches as well, and a lone bird; but within a branch one group takes in
# bird after bird (**chaining**).
#
# Four linkages, on the birds (three groups) and on chapter 05's two crescents (mean ARI of ten draws):

# %%
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_moons


def on_crescents(name, noise):
    """Mean ARI of a linkage on ten draws of two crescents."""
    found = []
    for seed in range(10):
        points, which = make_moons(400, noise=noise, random_state=seed)
        halves = AgglomerativeClustering(2, linkage=name).fit_predict(points)
        found.append(adjusted_rand_score(which, halves))
    return np.mean(found)


# %%
rows = []
for name in by_hand:
    birds = AgglomerativeClustering(3, linkage=name).fit_predict(X)
    row = {"linkage": name, "birds": adjusted_rand_score(species, birds)}
    for noise in (0.06, 0.12):
        row[f"crescents, noise {noise}"] = on_crescents(name, noise)
    rows.append(row)
pd.DataFrame(rows).set_index("linkage").round(2)

# %% [markdown]
# Single linkage solves the crescents, Ward does not; but only as long as no points bridge the gap. On the
# birds single linkage is the last. (Chapter 05: the high ARI of a linkage on all birds may fall when a few
# are left out.)

# %% [markdown]
# ## 7 · Crowded places: DBSCAN and HDBSCAN
#
# *DBSCAN* needs no k. A point is a **core point** if at least `min_samples` points, itself counted, lie
# within `eps`. Cores within `eps` of each other share a group. A **border point** is not a core, but near
# one, and joins it. All others are *noise*, label −1. `connected_components` of SciPy takes a table of who
# is connected to whom and numbers the parts.

# %%
from scipy.sparse.csgraph import connected_components


def dbscan(points, eps, min_samples):
    """A group number for each point; −1 is noise."""
    near = cdist(points, points) <= eps
    core = np.flatnonzero(near.sum(axis=1) >= min_samples)
    labels = np.full(len(points), -1)
    # Who of the cores is near whom; [1] is the number of the part of each core.
    labels[core] = connected_components(near[core][:, core])[1]
    for i in np.flatnonzero(labels == -1):
        cores_near = core[near[i, core]]
        if len(cores_near) > 0:
            labels[i] = labels[cores_near].min()
    return labels


# %%
few = np.array([181.0, 186, 190, 209, 214, 217, 221, 240]).reshape(-1, 1)
within_six = (cdist(few, few) <= 6).sum(axis=1)
table = pd.DataFrame({"flipper": few.ravel(), "points within 6": within_six})
table["core"] = within_six >= 3
table["group"] = dbscan(few, eps=6, min_samples=3)
table

# %% [markdown]
# Real data with curves: 1,000 *earthquakes* near Fiji. Latitude and longitude are in degrees, depth is in
# kilometres. A degree of latitude is 111 km; one of longitude shrinks with the cosine of the latitude.
# Kilometres in all directions need no other scaling.
#
# **Predict first:** what will K-means find in degrees and kilometres mixed?

# %%
from sklearn.cluster import DBSCAN, HDBSCAN

quakes = ck.load("quakes")
mixed = quakes[["latitude", "longitude", "depth"]]
layers = KMeans(2, n_init=20, random_state=0).fit_predict(mixed)
quakes.groupby(ordered(layers, quakes["depth"]))["depth"].agg(["count", "min", "max"])

# %%
place = pd.DataFrame({"north": 111 * quakes["latitude"]})
shrunk = np.cos(np.radians(quakes["latitude"]))
place["east"] = 111 * shrunk * (quakes["longitude"] - 180)
place["down"] = quakes["depth"]  # now all three in km
same = np.array_equal(
    dbscan(place, eps=100, min_samples=10),
    DBSCAN(eps=100, min_samples=10).fit_predict(place),
)
print("ours and the library's DBSCAN agree:", same)

# %% [markdown]
# Mixed units gave two layers of depth, nothing else. In kilometres, how do the groups hang on `eps`?
# **HDBSCAN** spares it: it lets `eps` shrink from large to small and keeps the groups that last over the
# longest range of it. (By default it never answers "one group".) You say how small a group may be
# (`min_cluster_size`, default 5) and how many neighbours make a crowd (`min_samples`; `copy=True` leaves
# the table as it is). Noise is counted apart.


# %%
def count(labels):
    """How many groups, and how many points are noise."""
    return {"groups": len(set(labels[labels >= 0])), "noise": (labels == -1).sum()}


# %%
rows = []
names = []
for eps in (60, 100, 160):
    names.append(f"DBSCAN, eps {eps} km")
    rows.append(count(DBSCAN(eps=eps, min_samples=10).fit_predict(place)))
for smallest in (15, 50, 100):
    names.append(f"HDBSCAN, from {smallest} on")
    model = HDBSCAN(min_cluster_size=smallest, min_samples=10, copy=True)
    rows.append(count(model.fit_predict(place)))
pd.DataFrame(rows, index=names)

# %%
swarms = DBSCAN(eps=100, min_samples=10).fit_predict(place)
two_arcs = HDBSCAN(min_cluster_size=100, min_samples=10, copy=True).fit_predict(place)

# %% fold="Draw three clusterings of the earthquakes"
maps = {"K-means, 2, mixed units": layers, "DBSCAN, eps 100 km": swarms, "HDBSCAN, from 100 on": two_arcs}
palette = ["C0", "C1", "C2", "C3", "C4", "C5", "black", "#7B3F00", "#8000FF"]
fig, axes = plt.subplots(1, 3, figsize=(9.4, 3.7), sharey=True)
for ax, (name, found) in zip(axes, maps.items(), strict=True):
    labels = ordered(found, quakes["longitude"])
    for group in np.unique(labels):
        here = quakes[labels == group]
        style = {"color": "#BBBBBB", "ms": 2} if group == -1 else {"color": palette[group], "ms": 3}
        ax.plot(here["longitude"], here["latitude"], "o", **style)
    ax.set_title(name, fontsize=10)
    ax.set_xlabel("degrees east")
axes[0].set_ylabel("degrees north")
fig.suptitle("Units and eps decide what is a group")
ck.show(
    fig,
    "Three maps of the earthquakes. Mixed units: deep and shallow quakes overlap in one region. DBSCAN: one "
    "large group and many small ones, noise in grey. HDBSCAN: the western and the eastern arc, hardly any "
    "noise.",
)

# %% [markdown]
# With `eps` from 60 to 160 km DBSCAN finds thirteen groups or two: swarms, or arcs. HDBSCAN with groups of 50
# or 100 finds the two arcs, the western (the New Hebrides trench) and the eastern (Tonga), and hardly any
# noise. It is not free of settings, either.
#
# **Try it:** in HDBSCAN set `min_samples=5`, and 25 in place of 50.
# <details><summary>Answer</summary>From 25 on: nine groups, and a quarter of the quakes is noise. Smaller
# crowds count, and the arcs fall into swarms.</details>
#
# Is K-means blind to the arcs?

# %%
centres_km = KMeans(2, n_init=20, random_state=0).fit_predict(place)
by_centres = ordered(centres_km, quakes["longitude"])
by_density = ordered(two_arcs, quakes["longitude"])
pd.crosstab(by_density, by_centres, rownames=["HDBSCAN"], colnames=["K-means"])

# %% [markdown]
# No: in kilometres K-means with k = 2 cuts the same arcs. They are curved, but far apart. The unit decided,
# not the algorithm.
#
# > **Myth.** "DBSCAN's noise is a cluster like the others."

# %%
wide = DBSCAN(eps=160, min_samples=10).fit_predict(place)
assigned = wide != -1
as_group = metrics.silhouette_score(place, wide)
left_out = metrics.silhouette_score(place[assigned], wide[assigned])
print(f"silhouette with the noise as a group: {as_group:.2f}")
print(f"without the {(~assigned).sum()} noise quakes: {left_out:.2f}")

# %% [markdown]
# Each number misleads alone. The first takes scattered points for a group; the second does not say what was
# thrown away. Give the share of noise beside every score.

# %% [markdown]
# ## 8 · Six shapes
#
# Four algorithms, six shapes with two columns, scaled. K-means, the mixture and single linkage are told the
# true number of groups (for the last shape, pure chance, three). DBSCAN has one `eps` for all. Above each
# panel: the mean ARI over ten draws, noise left out.

# %% fold="Six shapes, and four algorithms"
from sklearn.datasets import make_blobs, make_circles

spots, widths, squeeze = [[0, 0], [5, 4], [5, -4]], [1.6, 0.4, 0.4], [[0.6, -0.6], [-0.4, 0.8]]


def shapes(seed):
    """Name, scaled points and true groups of six shapes."""
    blobs, of_blobs = make_blobs(300, centers=[[0, 0], [5, 1], [2, 5]], cluster_std=0.9, random_state=seed)
    made = {"blobs": (blobs, of_blobs), "slanted": (blobs @ squeeze, of_blobs)}
    made["unequal"] = make_blobs([220, 50, 30], centers=spots, cluster_std=widths, random_state=seed)
    made["crescents"] = make_moons(300, noise=0.06, random_state=seed)
    made["rings"] = make_circles(300, noise=0.04, factor=0.4, random_state=seed)
    made["chance"] = (np.random.default_rng(seed).uniform(size=(300, 2)), np.arange(300) % 3)
    return {name: (StandardScaler().fit_transform(points), truth) for name, (points, truth) in made.items()}


def four(k):
    """Four algorithms for k groups."""
    made = {
        "K-means": KMeans(k, n_init=5, random_state=0),
        "mixture": GaussianMixture(k, n_init=3, random_state=0),
    }
    made["single linkage"] = AgglomerativeClustering(k, linkage="single")
    return made | {"DBSCAN": DBSCAN(eps=0.3, min_samples=5)}


# %% fold="Draw four algorithms on six shapes"
agreement = {}
for seed in range(10):
    for shape, (points, truth) in shapes(seed).items():
        for name, method in four(len(set(truth))).items():
            labels = method.fit_predict(points)
            kept = labels != -1
            agreement.setdefault((shape, name), []).append(adjusted_rand_score(truth[kept], labels[kept]))
fig, axes = plt.subplots(4, 6, figsize=(8.4, 5.6))
for column, (shape, (points, truth)) in zip(axes.T, shapes(0).items(), strict=True):
    for ax, (name, method) in zip(column, four(len(set(truth))).items(), strict=True):
        labels = ordered(method.fit_predict(points), points[:, 0])
        colours = ["#BBBBBB" if label == -1 else f"C{label}" for label in labels]
        ax.scatter(*points.T, s=6, c=colours, linewidths=0, antialiased=False)
        ax.set(xticks=[], yticks=[], ylabel=name if shape == "blobs" else "")
        ax.grid(visible=False)
        if shape != "chance":
            ax.set_title(
                f"{round(np.mean(agreement[shape, name]), 1) + 0:.1f}", loc="right", fontsize=9, pad=2
            )
    column[0].set_title(shape, fontsize=10, pad=2)
alt = "K-means, mixture, single linkage and DBSCAN on blobs, slanted, unequal, crescents, rings and chance"
ck.show(
    fig, alt + "; each has its mean ARI and fails on some shape; K-means and mixture cut chance in three."
)

# %% [markdown]
# K-means wants round groups of like size. The mixture also takes slanted and unequal ones. Single linkage
# and DBSCAN follow crescents and rings. But where groups nearly touch, single linkage splits off lone
# points and leaves all others together, and DBSCAN lets the slanted ones run into one another. On pure
# chance K-means and the mixture must cut three pieces; only DBSCAN could have said "one group".

# %% [markdown]
# ## 9 · When a truth is known
#
# **External metrics** compare labels with classes that you happen to know: to test an algorithm, never to
# choose k on data without classes. Beside the ARI there is the **V-measure**: the harmonic mean of
# **homogeneity** (each group holds one class) and **completeness** (each class lies in one group), from 0 to
# 1.
#
# **Predict first:** what do labels drawn by lot get?

# %%
rng = np.random.default_rng(0)
rows = []
for k in (3, 20, 60):
    found = []
    for _ in range(20):
        lot = rng.integers(0, k, len(X))
        scores = {"Rand index": metrics.rand_score(species, lot)}
        scores["ARI"] = adjusted_rand_score(species, lot)
        scores["V-measure"] = metrics.v_measure_score(species, lot)
        found.append(scores)
    rows.append(pd.DataFrame(found).mean().rename(f"{k} groups by lot"))
pd.DataFrame(rows).round(2) + 0

# %% [markdown]
# Of these three only the ARI is corrected for chance. A plain Rand index above 0.5 means nothing, and the
# V-measure climbs with the number of groups.
#
# Now uncover the labels: five groupings against three truths.

# %%
truths = {"Gentoo or not": species == "Gentoo", "species": species}
truths["species and sex"] = penguins["species"] + " " + penguins["sex"]
groupings = {"K-means, 2": two, "mixture, 3": three_bells.predict(X)}
groupings["tied mixture, 4"] = mixture(4, "tied").predict(X)
groupings["K-means, 5"] = groups_of(5)
groupings["K-means, 6"] = groups_of(6)

# %%
answer = pd.DataFrame(index=list(groupings))
for name, truth in truths.items():
    answer[name] = [adjusted_rand_score(truth, found) for found in groupings.values()]
answer.round(2)

# %% [markdown]
# That is the answer to the puzzle. Two groups are exactly Gentoo and the rest. Three bells are the species,
# but for a few birds. Six groups come nearest to species and sex; five are about as near. *Two, three and
# six are all right*, each for another question. (We picked these rows knowing the labels.)
#
# And four tied bells, the lowest BIC of all, are right for none. The rules see the shape of the clouds;
# none knows what the groups are for. Ask that first: which decision differs between group A and group B?

# %% [markdown]
# ## 10 · Groups that a colleague can use
#
# A colleague cannot use "group 1". Give the size and the medians, in the units of the table, and a rule. We
# take the three bells.

# %%
kind = ordered(three_bells.predict(X), penguins["flipper_length_mm"])
described = penguins.groupby(kind)[sizes].median()
described.insert(0, "birds", np.bincount(kind))
described.rename_axis("group")

# %% [markdown]
# For the rule, let a tree of depth 2 (chapter 11) learn the labels from the unscaled columns. `export_text`
# writes it in words; folds say how often the rule gives birds it has not seen the label that the bells give
# them.

# %%
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier, export_text

asks_two = DecisionTreeClassifier(max_depth=2, min_samples_leaf=10, random_state=0)
shares = cross_val_score(asks_two, penguins[sizes], kind, cv=10)
print(export_text(asks_two.fit(penguins[sizes], kind), feature_names=sizes))
print(f"same label as the bells: {shares.mean():.1%} of unseen birds")

# %% [markdown]
# Two questions and a ruler do nearly the work of the mixture (93 of 100 birds), and the groups get names:
# short flippers and a short bill; short flippers and a long bill; long flippers and a flat bill. If no such
# rule is found, doubt that anybody will use the groups.
#
# **Try it:** replace `kind` by `groups_of(6)` (three times) and `max_depth=2` by 3.
# <details><summary>Answer</summary>The rule gives about 78 of 100 unseen birds the label of K-means, and
# one group has no leaf at all. Six groups are hard to tell apart with few questions.</details>

# %% [markdown]
# ## 11 · What they cost, and what upsets them
#
# Processor time to fit 1,000 and 4,000 points (three blobs in four columns), and the size when saved. Your
# machine has other times.

# %% fold="The algorithms and their settings"
starts = {"n_init": 5, "tol": 1e-5, "max_iter": 1000, "random_state": 0}
methods = {
    "K-means": KMeans(3, n_init=20, random_state=0),
    "Ward": AgglomerativeClustering(3),
    "average linkage": AgglomerativeClustering(3, linkage="average"),
    "DBSCAN": DBSCAN(eps=0.6, min_samples=8),
    "HDBSCAN": HDBSCAN(min_cluster_size=20, copy=True),
    "mixture, full": GaussianMixture(3, **starts),
    "mixture, tied": GaussianMixture(3, covariance_type="tied", **starts),
}

# %% tags=["nbval-ignore-output"]
import pickle
from time import process_time

costs = pd.DataFrame(index=list(methods))
for n in (1000, 4000):
    points = StandardScaler().fit_transform(make_blobs(n, 4, random_state=0)[0])
    times = []
    for method in methods.values():
        begin = process_time()
        method.fit(points)
        times.append(process_time() - begin)
    costs[f"{n:,} points (ms)"] = 1000 * np.array(times)
saved = [len(pickle.dumps(method)) for method in methods.values()]
costs["size of the last (kB)"] = np.array(saved) / 1000
costs.round(0).astype(int)

# %% [markdown]
# The hierarchies grow worst: they compare every pair of points, and four times the points take at least
# sixteen times as long. K-means and the mixture are small, and have `predict` for new points; the others
# have to be fitted again.
#
# Nuisances, on the birds: one column a thousand times as large; ten columns of pure chance; ten birds ten
# times as far from the mean. Each in four versions: another column, another draw. All algorithms as they
# come; `eps` was set on the undisturbed birds.


# %% fold="spoiled: the birds with one nuisance"
def spoiled(nuisance, seed):
    """The birds with one nuisance: another column or another draw for each seed."""
    rng = np.random.default_rng(seed)
    table = X.copy()
    if nuisance == "huge unit":
        table[:, seed] = 1000 * X[:, seed]
    if nuisance == "10 chance columns":
        table = np.column_stack([X, rng.normal(size=(len(X), 10))])
    if nuisance == "outliers":
        hit = rng.choice(len(X), 10, replace=False)
        table[hit] = 10 * X[hit]
    return table


# %% fold="verdict: mean ARI without the noise, and mean share of noise, as text"
def verdict(model, tables):
    """Mean ARI with the species without the noise, and the mean share of noise."""
    indices, noise = [], []
    for table in tables:
        labels = model.fit_predict(table)
        kept = labels != -1
        noise.append(1 - kept.mean())
        if kept.any():
            indices.append(adjusted_rand_score(species[kept], labels[kept]))
    if np.mean(noise) > 0.95:
        return "(noise)"
    return f"{round(np.mean(indices), 1) + 0:.1f} ({np.mean(noise):.0%})"


# %% [markdown]
# Mean ARI with the species; noise is left out, and its share stands in brackets.

# %%
nuisances = pd.DataFrame(index=list(methods))
for nuisance in ("undisturbed", "huge unit", "10 chance columns", "outliers"):
    tables = [spoiled(nuisance, seed) for seed in range(4)]
    nuisances[nuisance] = [verdict(model, tables) for model in methods.values()]
nuisances

# %% [markdown]
# - *A huge unit* ruins all but the mixtures: covariances measure every direction in its own unit. (Their
#   start, by K-means, may still suffer.)
# - *Chance columns* blur every distance. The full mixture has to fit 119 numbers a bell; tied bells share
#   most of them, and hold.
# - *Outliers* take groups for themselves in K-means, the hierarchies and the mixtures, in some draws or
#   in all. DBSCAN and HDBSCAN call them noise: that is what the label is for. (HDBSCAN finds two groups
#   here, the Gentoo and the rest.)

# %% [markdown]
# ## In the field
#
# Practitioners scale, look at a picture, and start with K-means at several k; a mixture where groups
# overlap, HDBSCAN where much is noise, a hierarchy when the tree itself is of use. They show two or three
# groupings, with medians and a rule, to the people who will use them. What goes wrong: slices of one cloud
# sold as kinds, mixed units, and segments that nobody acts on.

# %% [markdown]
# ## Summary
#
# - K-means gives each point to the nearest centre and moves the centres; scale first, use several starts.
# - It finds k groups in anything. Compare with tables of your own that have no groups.
# - Silhouette, Calinski–Harabasz and Davies–Bouldin said two, the elbow three or five, BIC three, four or
#   more, by the shape of the bells.
# - Stable groups can be slices of one cloud.
# - Mixtures give chances, linkages decide what a hierarchy finds, DBSCAN and HDBSCAN leave out noise, which
#   is counted apart.
# - Labels by lot get an ARI of 0, but not a V-measure of 0.
# - Two, three and six groups of penguins were all right; the question decides.

# %% [markdown]
# ## Check yourself
#
# 1. The inertia is lower with ten groups than with three. Is ten better?
#    <details><summary>Answer</summary>No. The best inertia falls with every group more, down to 0 when each
#    point is its own group.</details>
# 2. A colleague reports a silhouette of 0.35 for two groups. What do you ask?
#    <details><summary>Answer</summary>What a table of such columns gets without groups. Here it was
#    more.</details>
# 3. Bootstrap samples give the same two groups again and again. Are they real?
#    <details><summary>Answer</summary>They are stable. One long cloud is also cut at the same place each
#    time. Compare with nothing, too.</details>
# 4. A report says that DBSCAN's groups agree with the classes nearly perfectly. What is missing?
#    <details><summary>Answer</summary>How many points are noise, and whether they were left out or counted
#    as a group.</details>
# 5. A mixture of balls needs seven groups, one of full bells three. Which is right?
#    <details><summary>Answer</summary>Both may fit. Several balls fill one slanted cloud; the number counts
#    bells of that shape.</details>

# %% [markdown]
# ## Next
#
# The exercises let you write a silhouette, a round of EM and a test against nothing, and make segments for
# a telephone company. [Chapter 14](14_imbalanced.ipynb) returns to classes, when one is rare. To read:
#
# - scikit-learn user guide, "Clustering", "Gaussian mixture models", "Clustering performance evaluation".
# - Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, chapter 14.
# - Hennig, *What are the true clusters?* (2015).
