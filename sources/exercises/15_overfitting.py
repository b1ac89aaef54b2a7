# %% [markdown]
# # 15 · Exercises: Overfitting and regularisation
#
# Five questions: dropout, early stopping, six models to help, the price of a cure in rows, and a cure of your
# own for house prices. Write your answer where a cell asks for it, run the cell, then the check below it. A
# check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(15)

# %% [markdown]
# ## Question 1 · Dropout
#
# Write `dropout(values, p, rng, training)`. It returns a **new** array of the same shape.
#
# - If `training` is `True`, each single number becomes 0 with probability `p`, independently of all others;
#   what is kept is scaled so that its mean over many draws stays the same.
# - If `training` is `False`, it returns the values as they are.
#
# `values` is an array of one or two dimensions, `p` lies between 0 and 1 (0 is allowed, 1 is not), and `rng`
# is a generator (`np.random.default_rng(…)`): take all chance from it, so that the same seed gives the same
# zeros. For `[1.0, 2.0, 5.0]` and `p = 0.2` a possible answer is `[1.25, 0.0, 6.25]`.
#
# <details><summary>Hint</summary><code>rng.random(values.shape)</code> gives one number between 0 and 1 for
# each value. With what must a number be multiplied that survives in four of five draws?</details>


# %% answer="q1"
def dropout(values, p, rng, training):
    """Some values set to zero by chance, the others scaled; or all as they are."""
    ### BEGIN SOLUTION
    if not training:
        return values.copy()
    kept = rng.random(values.shape) >= p
    return values * kept / (1 - p)
    ### END SOLUTION
    return ...


# %% check="q1" points=2 minutes=15
check.q1(dropout)

# %% [markdown] tags=["solution"]
# A value survives with probability $1 - p$, so dividing by that keeps its mean: $(1-p)\cdot\frac{v}{1-p} =
# v$. Dividing by $p$ looks right at one half and is wrong everywhere else. Scaling when `training` is
# `False` is the other common slip; some old texts scale there **instead** (times $1-p$), which gives the
# same means, but every user of the network has to remember it.
#
# Setting exactly the share $p$ of the values to zero (by shuffling) is not dropout: the values would then
# depend on each other. `rng.binomial(1, 1 - p, values.shape)` is another right way to draw what is kept.

# %% [markdown]
# ## Question 2 · When to stop
#
# Write `stop_at(losses, patience, min_gain)`. It reads the validation losses of one epoch after the other, as
# a training loop would, and returns two whole numbers: the epoch after which it stops, and the best epoch, to
# whose weights it goes back. Epochs count from 1.
#
# - A loss is a new lowest if it is below the lowest so far by **more than** `min_gain`; the first loss
#   always is. Only a new lowest changes the lowest so far, and the best epoch.
# - It stops as soon as `patience` epochs in a row brought no new lowest. If that never happens, it stops
#   after the last epoch.
#
# For the losses `[0.90, 0.70, 0.60, 0.65, 0.62, 0.55, 0.58, 0.60, 0.61]` and `min_gain` 0, patience 2 gives
# `(5, 3)` and patience 3 gives `(9, 6)`. With `min_gain=0.06`, patience 3 gives `(6, 3)`: `0.55` is not far
# enough below `0.60`.
#
# <details><summary>Hint</summary>Three variables: the lowest loss, its epoch, and how many epochs you have
# waited. <code>enumerate(losses, 1)</code> counts from 1. What happens to the waiting when a new lowest
# comes?</details>


# %% answer="q2"
def stop_at(losses, patience, min_gain):
    """The epoch after which training stops, and the epoch whose weights it keeps."""
    ### BEGIN SOLUTION
    lowest, best, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses, 1):
        waited += 1
        if loss < lowest - min_gain:
            lowest, best, waited = loss, epoch, 0
        if waited == patience:
            break
    return epoch, best
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(stop_at)

# %% [markdown] tags=["solution"]
# The loop may know nothing of later losses: `np.argmin(losses)` looks into the future, and finds the `0.55`
# that patience 2 never sees. Comparing with the loss **before** in place of the lowest is a common slip; a
# loss that rises and falls in turn then never stops. Forgetting to set the waiting back to 0 counts all bad
# epochs instead of those in a row.
#
# `min_gain` keeps a long, nearly flat tail from going on for ever. The price: ten small gains in a row, each
# below it, count as none until together they are more.
#
# Instead of a counter, keep the epoch of the lowest and stop when `epoch - best == patience`.

# %% [markdown]
# ## Question 3 · Six models, six first steps
#
# In a dictionary `first_step`, give each letter the step that you would try first: `"more rows"`,
# `"more regularisation"`, `"less regularisation"`, `"early stopping"`, `"restore the best weights"` or
# `"augmentation"`. Each occurs once.
#
# - **A** Ridge with `alpha=10000`. RMSE 18 on training rows and 18 on others; guessing the mean gives 19.
# - **B** Boosting. No error on training rows, a large one on others. Its learning curve still falls at the
#   right end, and more rows cost next to nothing.
# - **C** A network, 300 epochs. The training loss fell all the time. The validation loss was lowest at
#   epoch 40 and has nearly doubled since.
# - **D** The loop waited with patience 20, found its lowest loss at epoch 40 and ended after epoch 60. On
#   new rows the network is as bad as one that was simply trained for 60 epochs.
# - **E** Leaves, always photographed upright and in the middle; nearly no error on test photos of the same
#   kind. Users hold their phones at any angle, and then it fails. New photos with labels cannot be had.
# - **F** 50 patients, 200 measurements each; linear regression makes no error on the 50, and a large one on
#   others. There are no more patients. It is solved exactly, not in epochs.
#
# <details><summary>Hint</summary>Which is too high, the training error or the gap? What is cheap, what is
# impossible? A first step must fit how the model is trained.</details>

# %% answer="q3"
first_step = ...
### BEGIN SOLUTION
first_step = {
    "A": "less regularisation",
    "B": "more rows",
    "C": "early stopping",
    "D": "restore the best weights",
    "E": "augmentation",
    "F": "more regularisation",
}
### END SOLUTION

# %% check="q3" points=2 minutes=10
check.q3(first_step)

# %% [markdown] tags=["solution"]
# A has two errors that are high and close together: it is held back too much, and more of the same would make
# it the mean. B, C and F overfit. What to do about it depends on what can be had: B's curve says that rows
# still help, and they are cheap; F cannot get any, and has no epochs to stop at; C trains in epochs and shows
# where to stop.
#
# D's rule worked, and its result was thrown away: the last weights are those of epoch 60. E does not
# overfit in the usual sense: its training photos lack what varies in use. Rotated copies put that in. "More
# regularisation" for C is not wrong, only not the first step, for the curve already tells when to stop.

# %% [markdown]
# ## Question 4 · The price in rows
#
# Write `extra_rows(sizes, errors, n, cured_error)`. A model without a cure has the mean error `errors[i]`
# with `sizes[i]` training rows (arrays, sizes in rising order). With a cure it has `cured_error` with `n`
# rows; `n` is one of the sizes. How many **more** rows would the model without a cure need for the same
# error?
#
# - Measured curves wobble. First make the curve one that never rises: at each size, the lowest error so far
#   counts (the size itself included).
# - Between two sizes the curve is a straight line. Give the smallest number of rows at which it reaches
#   `cured_error`, minus `n`, as a float. It need not be a whole number: do not round.
# - If the cure gains nothing (`cured_error` is not below the curve at `n`), return `0.0`. If the curve never
#   gets so low, return `np.inf`.
#
# For the sizes `[100, 200, 400]`, the errors `[0.30, 0.20, 0.10]` and `n = 100`, a cured error of `0.15` is
# worth `200.0` rows, `0.35` is worth `0.0`, and `0.05` is worth `inf`.
#
# <details><summary>Hint</summary><code>np.minimum.accumulate(errors)</code> gives the lowest so far.
# <code>np.interp(x, xp, fp)</code> wants <code>xp</code> to rise; errors fall. What do minus signs, or
# <code>[::-1]</code>, do?</details>


# %% answer="q4"
def extra_rows(sizes, errors, n, cured_error):
    """How many rows more the model without a cure needs for the error of the cured one."""
    ### BEGIN SOLUTION
    curve = np.minimum.accumulate(errors)
    at_n = curve[list(sizes).index(n)]
    if cured_error >= at_n:
        return 0.0
    if cured_error < curve[-1]:
        return np.inf
    after = np.flatnonzero(curve <= cured_error)[0]  # the first size that is good enough
    share = (curve[after - 1] - cured_error) / (curve[after - 1] - curve[after])
    return float(sizes[after - 1] + share * (sizes[after] - sizes[after - 1]) - n)
    ### END SOLUTION
    return ...


# %% check="q4" points=3 minutes=20
check.q4(extra_rows)

# %% [markdown] tags=["solution"]
# `np.interp(-cured_error, -curve, sizes)` does the middle part in one line, as long as the cured error is not
# exactly that of a flat piece of the curve. Without the minus signs `np.interp` gets falling `xp`, raises
# nothing, and returns nonsense: one of the quietest traps in NumPy.
#
# `np.interp` also never leaves the curve: beyond its end it answers with the last size, as if 400 rows were
# enough. "More than we could measure" is another answer than "300 more".

# %% [markdown]
# ## Question 5 · A cure for house prices
#
# Prices of houses in Ames (thousand dollars) from all numbers in the table but two that are sums of others.
# 100 houses to learn from: least squares overfits. There are twenty draws of 100 that share no house, and 930
# others to test.

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

houses = ck.load("houses").sample(frac=1, random_state=0).reset_index(drop=True)
left_out = ["order", "parcel_id", "price", "living_area", "basement_area"]
known = houses.select_dtypes("number").drop(columns=left_out).to_numpy(float)
price = houses["price"].to_numpy() / 1000
print(known.shape)


# %%
def no_cure():
    """Unfitted: gaps filled, columns scaled, least squares."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LinearRegression())


def rmse_of_draws(make, n=100):
    """Test error of what make() returns, fitted on n houses, for each of 20 draws."""
    found = []
    for draw in range(20):
        train = np.roll(np.arange(2000), -100 * draw)[:n]
        fitted = make().fit(known[train], price[train])
        miss = fitted.predict(known[2000:]) - price[2000:]
        found.append(np.sqrt((miss**2).mean()))
    return np.array(found)


# %%
sizes = np.array([100, 150, 200, 300, 500, 1000])
by_size = pd.DataFrame({n: rmse_of_draws(no_cure, n) for n in sizes})
plain_errors = by_size[100].to_numpy()  # one for each draw
by_size.mean().round(1).to_frame("RMSE (thousand dollars)")

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
# Choose a cure, and hand in four things:
#
# - `cure()`, a function that returns an unfitted model. It must **choose its strength itself**, among
#   several, from the rows it is fitted on: something with `cv` (as `RidgeCV`, `LassoCV`, `GridSearchCV`) or
#   with `early_stopping=True`.
# - `cure_errors`: its RMSE in each of the 20 draws of 100, in their order.
# - `difference`: the mean of cure minus no cure, and the two ends of its interval, three numbers. The draws
#   share no house, so `overlap` is 0.
# - `worth`: how many more houses than 100 least squares needs for the mean error of your cure, by `sizes`
#   and the means of `by_size`, as question 4 defines it.
#
# A cure that fails is as good an answer as one that helps, if the numbers say so. The check fits `cure()` on
# the first draw and compares. If chance plays a part in it, give it a `random_state`. Keep it quick: below a
# second for 100 houses.
#
# <details><summary>Hint</summary>Copy <code>no_cure</code> and change its last step. What
# <code>rmse_of_draws</code> wants is the function itself, without brackets. For <code>worth</code>, see the
# hint of question 4; the means fall all the way here.</details>


# %% answer="q5"
def cure():
    """An unfitted model that chooses its strength from its training rows."""
    ### BEGIN SOLUTION
    from sklearn.linear_model import RidgeCV

    ridge = RidgeCV(np.logspace(-1, 4, 11))
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), ridge)
    ### END SOLUTION
    return ...


cure_errors = ...
difference = ...
worth = ...
### BEGIN SOLUTION
cure_errors = rmse_of_draws(cure)
difference = interval(cure_errors - plain_errors, 0)
worth = np.interp(-cure_errors.mean(), -by_size.mean(), sizes) - 100
print("cure minus no cure:", np.round(difference, 1))
print(f"worth about {worth:.0f} more houses")
### END SOLUTION

# %% check="q5" points=4 minutes=25
check.q5(cure, cure_errors, difference, worth)


# %% tags=["solution"]
def lasso():
    """The same with L1."""
    from sklearn.linear_model import LassoCV

    model = LassoCV(alphas=np.logspace(-1, 1.5, 12), cv=5, max_iter=20000)
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)


of_lasso = interval(rmse_of_draws(lasso) - cure_errors, 0)
print("lasso minus ridge:", np.round(of_lasso, 1))

# %% [markdown] tags=["solution"]
# Ridge takes nearly four thousand dollars off the error; least squares would need nearly twice as many houses
# for that. Twenty draws cannot tell ridge and lasso apart.
#
# The common wrong way is to try several strengths on the 930 test houses and to report the best: then the
# test rows have chosen, and the price of the cure comes out too high. Scaling or filling with all 2,930
# houses before the draws is a smaller leak of the same kind; in a pipeline it cannot happen.
#
# A search over boosting or neighbours is an answer, too. But then you compare algorithms, and part of the
# difference has nothing to do with regularisation.
