# %% [markdown]
# # 13 · Exercises: Clustering algorithms
#
# Five questions: a silhouette that leaves noise out, a round of EM, a test against nothing, six situations to
# recognise, and segments of customers for a colleague. Write your answer where a cell asks for it, run the
# cell, then the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(13)

# %% [markdown]
# ## Question 1 · A silhouette that knows noise
#
# Write `silhouettes(X, labels)`: an array with one number for each row of `X`, $s = (b - a) / \max(a, b)$.
#
# - $a$ is the mean Euclidean distance to the **other** points of the own group.
# - $b$ is the mean distance to the points of another group: of that group where this mean is smallest.
# - A point that is alone in its group gets 0.
# - The label −1 is **noise**: no group. Such a point gets `np.nan`, and counts for nobody else.
#
# `X` and `labels` are arrays; there are at least two groups. The library's values without noise, to compare
# with:
#
# <details><summary>Hint</summary><code>cdist(X, X)</code> of <code>scipy.spatial.distance</code> gives all
# distances. A point's distance to itself is 0: it must not count in the number of points by which you
# divide.</details>

# %%
from sklearn.metrics import silhouette_samples

flippers = np.array([[181.0], [186.0], [190.0], [209.0], [217.0], [221.0]])
print(silhouette_samples(flippers, [0, 0, 0, 1, 1, 1]).round(3))


# %% answer="q1"
def silhouettes(X, labels):
    """The silhouette of each point; nan for noise."""
    ### BEGIN SOLUTION
    from scipy.spatial.distance import cdist

    distances = cdist(X, X)
    groups = np.unique(labels[labels != -1])
    values = np.full(len(X), np.nan)
    for i in np.flatnonzero(labels != -1):
        own = labels == labels[i]
        if own.sum() == 1:
            values[i] = 0
            continue
        a = distances[i, own].sum() / (own.sum() - 1)
        to_others = [distances[i, labels == group].mean() for group in groups if group != labels[i]]
        b = min(to_others)
        values[i] = (b - a) / max(a, b)
    return values
    ### END SOLUTION
    return ...


# %% check="q1" points=3 minutes=20
check.q1(silhouettes)

# %% tags=["solution"]
with_noise = np.vstack([flippers, [[240.0]]])
print(silhouettes(with_noise, np.array([0, 0, 0, 1, 1, 1, -1])).round(3))

# %% [markdown] tags=["solution"]
# The sum over the own group holds the 0 to itself, so it is divided by one less than the size. Taking
# `mean()` there is the common slip: it makes every group look tighter, small ones most.
#
# The noise is left out twice: as a point to judge, and as a group to be near. With −1 as a group like the
# others, scattered points get a silhouette and change $b$ of everybody.
#
# Instead, drop the noise first, call `silhouette_samples`, and put the values back in their places.

# %% [markdown]
# ## Question 2 · A round of EM
#
# A mixture of bells in one column. Write `em_round(x, weights, means, variances)`: one round, from an array
# of $n$ numbers and three arrays with one number for each of the $k$ bells. It returns **four** arrays:
# the chances, and the new weights, means and variances.
#
# 1. **Chances** ($n$ rows, $k$ columns): weight times height of each bell at each number, divided by the sum
#    over the bells. The height is $e^{-(x-\mu)^2 / (2v)} / \sqrt{2 \pi v}$ with mean $\mu$ and variance $v$.
# 2. New **weights**: the mean chance of each bell.
# 3. New **means**: the mean of `x`, every number counted as much as its chance of that bell.
# 4. New **variances**: the mean squared distance from the **new** mean, counted in the same way.
#
# After many rounds you should arrive where the library arrives, printed below. (It adds a millionth to the
# variances.)
#
# <details><summary>Hint</summary><code>x[:, None] - means</code> gives a table of differences, a row for each
# number and a column for each bell. Divide the sums over the rows by
# <code>chances.sum(axis=0)</code>.</details>

# %%
from sklearn.mixture import GaussianMixture

penguins = ck.load("penguins").dropna()
lengths = penguins["flipper_length_mm"].to_numpy()
library = GaussianMixture(2, tol=1e-10, max_iter=5000, means_init=[[180.0], [220.0]])
library.fit(lengths[:, None])
print("weights:  ", library.weights_.round(3))
print("means:    ", library.means_.ravel().round(2))
print("variances:", library.covariances_.ravel().round(2))


# %% answer="q2"
def em_round(x, weights, means, variances):
    """Chances under the given bells, and the bells that follow from them."""
    ### BEGIN SOLUTION
    squared = (x[:, None] - means) ** 2
    heights = np.exp(-squared / (2 * variances)) / np.sqrt(2 * np.pi * variances)
    chances = weights * heights
    chances = chances / chances.sum(axis=1, keepdims=True)
    total = chances.sum(axis=0)
    new_weights = total / len(x)
    new_means = (chances * x[:, None]).sum(axis=0) / total
    new_variances = (chances * (x[:, None] - new_means) ** 2).sum(axis=0) / total
    return chances, new_weights, new_means, new_variances
    ### END SOLUTION
    return ...


# %% check="q2" points=4 minutes=25
check.q2(em_round)

# %% tags=["solution"]
bells = (np.array([0.5, 0.5]), np.array([180.0, 220.0]), np.array([100.0, 100.0]))
for _ in range(1000):
    chances, *bells = em_round(lengths, *bells)
for name, values in zip(["weights", "means", "variances"], bells, strict=True):
    print(f"{name:10} {values.round(2)}")

# %% [markdown] tags=["solution"]
# The chances are the soft labels, and everything else is a mean with these weights. K-means is the same
# round with chances of 0 and 1 and without weights and variances.
#
# Squared distances from the **old** means are the common slip: the variances come out too large, and after
# many rounds the mistake hides, because old and new means then agree.
#
# `scipy.stats.norm.pdf(x[:, None], means, np.sqrt(variances))` gives the heights in one call. It wants the
# standard deviation, not the variance.

# %% [markdown]
# ## Question 3 · Groups, or one cloud?
#
# Three real tables, scaled: all measurements of three kinds of irises, the earthquakes in kilometres, and
# **one** species of penguin, the Chinstraps. For each there are 99 clouds: single bells with the same means
# and covariances.

# %%
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
quakes = ck.load("quakes").sample(300, random_state=0)
east = np.cos(np.radians(quakes["latitude"])) * (quakes["longitude"] - 180)
in_km = np.column_stack([111 * quakes["latitude"], 111 * east, quakes["depth"]])
raw_tables = {
    "irises": load_iris().data,
    "quakes": in_km,
    "Chinstraps": penguins.loc[penguins["species"] == "Chinstrap", sizes].to_numpy(),
}

# %%
rng = np.random.default_rng(0)
tables = {}
clouds = {}
for name, raw in raw_tables.items():
    X = StandardScaler().fit_transform(raw)
    tables[name] = X
    middle, spread = X.mean(axis=0), np.cov(X.T)
    drawn = rng.multivariate_normal(middle, spread, (99, len(X)), method="cholesky")
    clouds[name] = list(drawn)
print({name: X.shape for name, X in tables.items()})

# %% [markdown]
# - Write `share_of_clouds(X, clouds, k)`. Here `X` is one table, and `clouds` is the list of its clouds. It
#   returns the share of the clouds whose mean silhouette is **at least** that of `X`. Groups are those of
#   `KMeans(k, n_init=5, random_state=0)`, fitted to each table anew. Scale nothing: the tables come scaled.
# - `told_apart`: a list of the names of those tables for which this share, with the 99 clouds above and
#   **two** groups, is at most 0.05.
#
# With three clouds, of which one has a higher silhouette than `X`, the share is one third.
#
# <details><summary>Hint</summary>A small function that gives the silhouette of one table, then a loop over
# the clouds. The mean of a list of True and False is a share.</details>


# %% answer="q3"
def share_of_clouds(X, clouds, k):
    """Share of the clouds with at least the silhouette of X, for k groups."""

    ### BEGIN SOLUTION
    def best_silhouette(table):
        """Silhouette of K-means' groups."""
        labels = KMeans(k, n_init=5, random_state=0).fit_predict(table)
        return silhouette_score(table, labels)

    value = best_silhouette(X)
    reached = [best_silhouette(cloud) >= value for cloud in clouds]
    return np.mean(reached)
    ### END SOLUTION
    return ...


told_apart = ...
### BEGIN SOLUTION
told_apart = []
for name, X in tables.items():
    share = share_of_clouds(X, clouds[name], 2)
    print(f"{name}: {share:.1f} of the clouds reach it")
    if share <= 0.05:
        told_apart.append(name)
### END SOLUTION

# %% check="q3" points=3 minutes=20
check.q3(share_of_clouds, told_apart)

# %% tags=["solution"]
rng = np.random.default_rng(0)
flat = rng.uniform(size=(300, 1))  # one even strip, no groups
flat_clouds = [rng.normal(flat.mean(), flat.std(), flat.shape) for _ in range(99)]
print("an even strip:", share_of_clouds(flat, flat_clouds, 2))

# %% [markdown] tags=["solution"]
# Irises and quakes are told apart from one cloud; the Chinstraps are not, by this rule and with two groups.
# That does **not** say that there are no groups: there are two sexes. It says that the silhouette of K-means
# cannot see them in 68 birds.
#
# Nor does a small share prove groups. The last line: an even strip has none, but no bell is as flat, and no
# cloud reaches it. The test says "not one bell", no more.
#
# Comparing with the *mean* of the clouds is the common slip. It ignores how much clouds differ: about half
# of them lie above their own middle.

# %% [markdown]
# ## Question 4 · Which algorithm?
#
# In a dictionary `which`, give each letter one of the names `"K-means"`, `"Ward"`, `"single linkage"`,
# `"DBSCAN"`, `"HDBSCAN"` or `"mixture"`; each occurs once.
#
# - **A** came with a chance for each group: "73 % the longer kind". When one column was written in another
#   unit, nothing changed.
# - **B** solved the crescents by following a chain of near points. With two groups on a table with one far
#   outlier, that outlier was a group, and all others the second one.
# - **C** needed no number of groups, but a radius. With 60 km it found thirteen groups, with 160 km two.
# - **D** needed neither number nor radius; it had to be told how small a group may be.
# - **E** moved a few centres until nothing changed. It is quick on large tables and can label new rows.
# - **F** drew a tree in which every merge raises the inertia as little as possible. Its time and memory grow
#   with the number of pairs.
#
# <details><summary>Hint</summary>Sections 5 to 7 and the tables of section 11 of the lesson.</details>

# %% answer="q4"
which = ...
### BEGIN SOLUTION
which = {
    "A": "mixture",
    "B": "single linkage",
    "C": "DBSCAN",
    "D": "HDBSCAN",
    "E": "K-means",
    "F": "Ward",
}
### END SOLUTION

# %% check="q4" points=2 minutes=10
check.q4(which)

# %% [markdown] tags=["solution"]
# A is soft, and full covariances measure each direction in its own unit. B and F are hierarchies, told
# apart by what "near" means. C hangs on its radius; D runs through all radii. E keeps only its centres, so
# a new row goes to the nearest.
#
# A could be tempting for E: a mixture labels new rows, too, but it moves bells, not only centres.

# %% [markdown]
# ## Question 5 · Segments for a colleague
#
# A colleague of the telephone company wants to write different letters to different kinds of customers, and
# asks for a few **segments**. Here are 2,000 customers. Whether they left (`left`) must not be used to make
# the segments, but it tells whether the segments are of use. `columns` holds all that is known, with texts as
# one-hot columns.

# %%
customers = ck.load("customers").dropna().sample(2000, random_state=0).reset_index(drop=True)
left = (customers["churn"] == "Yes").to_numpy()
known = customers.drop(columns="churn")
columns = pd.get_dummies(known, dtype=float)
least_difference = 0.15  # between the shares that left, see below
print(columns.shape, f"{left.mean():.0%} left")

# %% [markdown]
# Choose columns, scale, choose an algorithm and a number of groups, and hand in four things:
#
# - `segment`: a whole number for each customer, in the order of the rows. **Three to six** segments, 0, 1, 2
#   and so on, each with at least 5 % of the customers. Nobody is noise: everybody gets a letter.
# - `medians`: a DataFrame with one row for each segment (its index is the segment) and the columns `tenure`
#   and `monthly_charges`: the medians in months and dollars.
# - `leaving`: the share that left in each segment, a Series or list in the order 0, 1, 2 and so on. The
#   highest and the lowest are to differ by at least 0.15: else all letters might as well be the same.
# - `rule`: a decision tree, fitted to columns of `columns` (a DataFrame, so that it knows their names), with
#   **at most six leaves**. For at least 85 % of the customers its prediction is their segment.
#
# Many answers are right.
#
# <details><summary>Hint</summary>Begin with <code>tenure</code> and <code>monthly_charges</code>, scaled,
# and K-means. <code>known.groupby(segment)[…].median()</code> makes the profile, and
# <code>DecisionTreeClassifier(max_leaf_nodes=6)</code> the rule. If a segment is too small or the rule too
# weak, use fewer segments or fewer columns.</details>

# %%
from sklearn.tree import DecisionTreeClassifier, export_text

# %% answer="q5"
segment = ...
medians = ...
leaving = ...
rule = ...
### BEGIN SOLUTION
chosen = ["tenure", "monthly_charges"]
scaled = StandardScaler().fit_transform(known[chosen])
found = KMeans(4, n_init=20, random_state=0).fit_predict(scaled)
by_tenure = known["tenure"].groupby(found).mean().rank().astype(int) - 1
segment = by_tenure.loc[found].to_numpy()  # 0 is the newest
medians = known.groupby(segment)[chosen].median()
leaving = pd.Series(left).groupby(segment).mean()
rule = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0).fit(columns[chosen], segment)
### END SOLUTION

# %% check="q5" points=4 minutes=30
check.q5(segment, medians, leaving, rule)

# %% tags=["solution"]
profile = medians.assign(customers=np.bincount(segment), leaving=leaving.round(2))
profile.rename_axis("segment")

# %% tags=["solution"]
print(export_text(rule, feature_names=chosen))

# %% [markdown] tags=["solution"]
# Two columns make segments with names: new and cheap, new and expensive, old and cheap, old and expensive.
# Nearly half of the new and expensive leave, hardly anybody of the old and cheap. That is a reason for a
# letter, not a proof that a letter helps.
#
# A common wrong way puts `total_charges` in as a third column: it is nearly tenure times monthly charges, so
# the same thing counts twice. Another puts all one-hot columns in without a thought: "no internet service"
# stands in six of them and makes a segment of its own, whatever else you do. It may be a good one.
#
# Segments made with `left` would differ most, and be of no use: for a new customer nobody knows it. A
# tree on `contract` and `tenure` without any clustering would also serve. Ask the colleague.
