# %% [markdown]
# # 12 · Exercises: Regression algorithms
#
# Five questions: metrics by hand, ridge for any table, a weight that changes its sign, two races beyond the
# data, and limits that hold for old houses, too. Write your answer where a cell asks for it, run the cell,
# then the check below it. A check never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(12)

# %% [markdown]
# ## Question 1 · Four metrics, and errors of two kinds
#
# Write `metrics(true, predicted)` with NumPy alone. It returns a dictionary with the keys `"MAE"`,
# `"MSE"`, `"RMSE"` and `"R2"`, each a number.
#
# The two arguments may be lists, arrays or Series. What stands at the same **position** belongs together,
# whatever the index of a Series says. The true values are never all the same.
#
# The cell below has an example, with the library's numbers to compare with.
#
# Then invent predictions for the `true` of that cell: two lists of four numbers, **both with an MAE of 2**.
# The RMSE of `even` is the smallest that is possible, and that of `single` the largest.
#
# <details><summary>Hint</summary><code>np.asarray(true, dtype=float)</code> makes an array of all three
# kinds, and arrays know no index. For the lists: an MAE of 2 means that the four errors have 8 in sum. How
# do you share 8 out so that the squares stay small, and how so that they grow large?</details>

# %%
from sklearn import metrics as library

true = [3, 5, 10, 2]
example = [4, 5, 7, 2]
print("MAE", library.mean_absolute_error(true, example))
print("MSE", library.mean_squared_error(true, example))
print("RMSE", round(library.root_mean_squared_error(true, example), 4))
print("R2", round(library.r2_score(true, example), 4))


# %% answer="q1"
def metrics(true, predicted):
    """MAE, MSE, RMSE and R2 of predictions, in a dictionary."""
    ### BEGIN SOLUTION
    true = np.asarray(true, dtype=float)
    error = true - np.asarray(predicted, dtype=float)
    mse = (error**2).mean()
    around_mean = ((true - true.mean()) ** 2).mean()
    return {
        "MAE": np.abs(error).mean(),
        "MSE": mse,
        "RMSE": np.sqrt(mse),
        "R2": 1 - mse / around_mean,
    }
    ### END SOLUTION
    return ...


even = ...
single = ...
### BEGIN SOLUTION
even = [5, 3, 12, 0]
single = [3, 5, 10, 10]
### END SOLUTION

# %% check="q1" points=2 minutes=15
check.q1(metrics, even, single)

# %% tags=["solution"]
rows = [metrics(true, even), metrics(true, single)]
pd.DataFrame(rows, index=["even", "single"]).round(2)

# %% [markdown] tags=["solution"]
# With the same MAE, RMSE is smallest if all errors have one size, and then it equals MAE. It is largest if a
# single row has the whole error. So RMSE far above MAE says: a few rows are very wrong. Which sign the
# errors have does not matter, and there are many right lists.
#
# The common slip is `true - predicted` of two Series. Pandas matches them by index, not by position: after a
# shuffle, wrong pairs or `nan` come out. Another is to divide by `len(true) - 1`, as a sample variance
# does. The metrics divide by the number of rows.
#
# Instead of two means, R² may be computed of two sums: the number of rows cancels.

# %% [markdown]
# ## Question 2 · Ridge for any table
#
# The lesson solved the normal equations for two centred columns. Write `ridge_weights(X, y, alpha)` for any
# number of columns that are **not** centred. It returns a pair: the intercept (a number) and the weights (an
# array with one number a column). They are to minimise
#
# $$\sum_i \Big(y_i - b - \sum_j w_j x_{ij}\Big)^2 + \alpha \sum_j w_j^2$$
#
# The intercept $b$ costs nothing: if every house costs 1,000 dollars more, the weights stay as they are.
# `X` and `y` are arrays, and `alpha` is 0 or more. Two columns may be alike if `alpha` is above 0. Use
# `np.linalg` only; the check compares with a tolerance of $10^{-8}$.
#
# Below are the library's numbers for a small table.
#
# <details><summary>Hint</summary>Subtract the mean of each column and the mean of <code>y</code>. Then
# <code>X.T @ X</code> holds all sums of products $\sum_i x_{ij} x_{ik}$ of the normal equations, and
# <code>X.T @ y</code> their right side. Where does <code>alpha</code> go? At the end, $b$ is the mean of
# <code>y</code> minus what the weights make of the columns' means.</details>

# %%
from sklearn.linear_model import Ridge

small_X = np.array([[1.0, 20.0], [2.0, 10.0], [4.0, 40.0], [5.0, 20.0]])
small_y = np.array([10.0, 13.0, 12.0, 19.0])
for alpha in (0, 2):
    fitted = Ridge(alpha=alpha).fit(small_X, small_y)
    print("alpha", alpha, "intercept", round(fitted.intercept_, 6), "weights", fitted.coef_.round(6))


# %% answer="q2"
def ridge_weights(X, y, alpha):
    """Intercept and weights of ridge by the normal equations; the intercept is not penalised."""
    ### BEGIN SOLUTION
    means = X.mean(axis=0)
    centred = X - means
    left_side = centred.T @ centred + alpha * np.eye(X.shape[1])
    right_side = centred.T @ (y - y.mean())
    weights = np.linalg.solve(left_side, right_side)
    return y.mean() - means @ weights, weights
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=20
check.q2(ridge_weights)

# %% [markdown] tags=["solution"]
# In centred columns the intercept is 0, so it can neither be penalised nor get in the way. Afterwards it
# follows from the means: the fitted plane goes through the middle of the data.
#
# The common wrong way appends a column of ones and adds `alpha` to the whole diagonal. Then the intercept
# is pulled to 0 as well, and the weights have to make up for it. With a column of ones it is right to write
# 0 in that place of the diagonal, which is one alternative.
#
# Another appends rows instead of columns: $\sqrt\alpha$ times the unit matrix below the centred table, zeros
# below `y`. Least squares (`np.linalg.lstsq`) of that longer table is ridge.

# %% [markdown]
# ## Question 3 · A weight that changes its sign
#
# A bedroom was not the only one. Here are the columns of the normal sales that are numbers without a gap
# (and no codes), and the price in dollars.

# %%
import textwrap

sales = ck.load("houses")
sales = sales[(sales["sale_condition"] == "Normal") & (sales["living_area"] < 4000)]
codes = ["order", "parcel_id", "dwelling_class"]
homes = sales.select_dtypes("number").drop(columns=codes).dropna(axis=1).reset_index(drop=True)
print(len(homes), "houses")
print(textwrap.fill(", ".join(homes.columns.drop("price")), 100))

# %% [markdown]
# Find a `column` whose weight in a linear regression of the price changes its sign when a second column,
# the `partner`, joins. (Not bedrooms with the living area: that was the lesson's.) Hand in four things:
#
# - `column` and `partner`: their names.
# - `alone`: three numbers, the weight of `column` if it is the only column (dollars for one unit more), and
#   the two ends of its 95 % interval.
# - `together`: the same three numbers if `partner` is in the model, too.
#
# The ends come from a bootstrap: draw as many houses as there are, with replacement, **500 times or more**,
# fit each time, and take the 2.5 % and the 97.5 % quantile of the weights. Both must lie on one side of 0,
# and those of `together` on the other side.
#
# <details><summary>Hint</summary>Two loops over the columns find all pairs whose signs differ. Bootstrap the
# ones where both weights are far from 0. Think, too: houses in a good state sell for more. Which
# houses get a good mark for their state, though?</details>

# %% answer="q3"
column = ...
partner = ...
alone = ...
together = ...
### BEGIN SOLUTION
from sklearn.linear_model import LinearRegression


def first_weight(columns, rows):
    """Weight of the first of the columns, fitted on these rows."""
    values = homes[columns].to_numpy(float)[rows]
    return LinearRegression().fit(values, homes["price"].to_numpy(float)[rows]).coef_[0]


def with_ends(columns):
    """Weight on all houses, and the ends of its bootstrap interval."""
    rng = np.random.default_rng(0)
    n = len(homes)
    drawn = [first_weight(columns, rng.integers(n, size=n)) for _ in range(500)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return first_weight(columns, np.arange(n)), low, high


column = "overall_condition"
partner = "year_built"
alone = with_ends([column])
together = with_ends([column, partner])
for label, numbers in [("alone", alone), ("together", together)]:
    print(label, np.round(numbers, -2).astype(int))
### END SOLUTION

# %% check="q3" points=4 minutes=25
check.q3(column, partner, alone, together)

# %% tags=["solution"]
everyone = np.arange(len(homes))
turned = []
for name in homes.columns.drop("price"):
    one_alone = first_weight([name], everyone)
    for other in homes.columns.drop(["price", name]):
        if one_alone * first_weight([name, other], everyone) < 0:
            turned.append((name, other))
print(f"{len(turned)} pairs in which the sign changes")
print(homes[["overall_condition", "year_built", "price"]].corr().round(2))

# %% [markdown] tags=["solution"]
# One mark more for the state of a house goes with a lower price, and among houses of one year with a higher
# one. The table of correlations says why: older houses have the better marks, and older houses are cheaper.
# Alone, the mark speaks for the age.
#
# Others in reach: rooms, or the area of the second floor, with the living area; the unfinished area of the
# basement with the whole area of it; an enclosed porch with the year.
#
# The last cell counts all pairs whose sign changes. In many of them one weight is near 0, and another draw
# of houses may change it back. Whoever tries hundreds of pairs finds some by luck. So the intervals are
# needed, and weights that are far from 0 compared with their interval. Fitting the 500 samples **without**
# replacement is the common slip: a draw of all houses without replacement is always the same houses.
#
# For intervals by formula instead of draws, see "standard errors of the coefficients" in a book on
# statistics. They assume more: the same spread of prices everywhere.

# %% [markdown]
# ## Question 4 · Two races beyond the data
#
# Three models, as they come. First they learn from houses with an overall quality of up to 7, and price the
# **better** ones. Then they learn from hours of up to 25 °C in which bicycles were hired, and predict the
# **warmer** ones. (`temperature` is scaled: 0.7 is about 25 °C. Every third hour of the year, to be quick.)

# %%
from sklearn.ensemble import RandomForestRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

models = {
    "ridge": make_pipeline(StandardScaler(), Ridge(alpha=10)),
    "neighbours": make_pipeline(StandardScaler(), KNeighborsRegressor(8)),
    "forest": RandomForestRegressor(40, max_features=0.3, random_state=0),
}
house_X = homes.drop(columns="price")
house_y = np.log(homes["price"].to_numpy(float))
better = (homes["overall_quality"] > 7).to_numpy()
print(f"{(~better).sum()} houses to learn from, {better.sum()} better ones")

# %%
bikes = ck.load("bikes").iloc[::3].reset_index(drop=True)
day_kind, hour = bikes["working_day"].astype(str), bikes["hour"].astype(str)
one_hot = pd.get_dummies(day_kind + "_" + hour, dtype=float)
weather = bikes[["temperature", "humidity", "wind_speed"]]
bike_X = pd.concat([weather, one_hot], axis=1)
bike_y = np.log(bikes["bikers"].to_numpy(float))
warm = (bikes["temperature"] > 0.7).to_numpy()
print(f"{(~warm).sum()} hours to learn from, {warm.sum()} warmer ones")

# %% [markdown]
# - Write `mean_log_error(model, X, y, held_out)`. It fits a **clone** of the model on the rows that are not
#   held out, and returns the mean of **predicted minus true** on the rows that are. `held_out` is an array
#   of `True` and `False`, `y` an array of logs. Nothing that is held out may have a part in the fit.
# - `houses_table` and `bikes_table`: a dictionary each, from the three names of `models` to that number,
#   for the `better` houses and the `warm` hours.
# - `too_low`: a list of the models that price the better houses too low, by more than 0.1 on average.
# - `too_high`: a list of the models that expect too many bikers in the warm hours, by more than 0.1.
#
# **Predict first:** which of the three will be in which list?
#
# <details><summary>Hint</summary><code>X[~held_out]</code> takes rows of a table, too. <code>clone</code> is
# in <code>sklearn.base</code>. A minus sign of the result means too low.</details>

# %% answer="q4"
from sklearn.base import clone


def mean_log_error(model, X, y, held_out):
    """Mean of predicted minus true on the held-out rows, learned from the others."""
    ### BEGIN SOLUTION
    fitted = clone(model).fit(X[~held_out], y[~held_out])
    return (fitted.predict(X[held_out]) - y[held_out]).mean()
    ### END SOLUTION
    return ...


houses_table = ...
bikes_table = ...
too_low = ...
too_high = ...
### BEGIN SOLUTION
houses_table, bikes_table = {}, {}
for name, model in models.items():
    houses_table[name] = mean_log_error(model, house_X, house_y, better)
    bikes_table[name] = mean_log_error(model, bike_X, bike_y, warm)
too_low = [name for name, error in houses_table.items() if error < -0.1]
too_high = [name for name, error in bikes_table.items() if error > 0.1]
print("too low: ", too_low)
print("too high:", too_high)
### END SOLUTION

# %% check="q4" points=4 minutes=20
check.q4(mean_log_error, houses_table, bikes_table, too_low, too_high)

# %% tags=["solution"]
daytime = bikes[bikes["hour"].between(8, 20)]
bands = pd.cut(daytime["temperature"], [0, 0.2, 0.4, 0.6, 0.7, 0.8, 1])
print(daytime.groupby(bands, observed=True)["bikers"].mean().round(0))
bent_X = bike_X.assign(above=np.maximum(bike_X["temperature"] - 0.5, 0))
bent = mean_log_error(models["ridge"], bent_X, bike_y, warm)
print("ridge with a bend, warm hours:", round(bent, 2))

# %% tags=["solution"]
pd.DataFrame({"better houses": houses_table, "warm hours": bikes_table}).round(2)

# %% [markdown] tags=["solution"]
# The forest and the neighbours cannot name a price above those they learned from, and fall short on the
# better houses. The line goes on, and there it is nearly right: the price rises with quality beyond 7 as it
# did below.
#
# With bicycles the line goes on as well, and there it is wrong. In the warmer bands of the first output the
# hires stop rising, and in the hottest they fall. The two models that repeat the last thing they saw are
# nearer to the truth. **Which way of going on is right, no data inside the range can say.** (One setting
# each, and one cut each. A ridge with a far larger penalty rises less.)
#
# Scaling the whole table first is the common slip: mean and spread then come from held-out rows as well.
# With the scaler inside the pipeline that cannot happen. Fitting `model` itself instead of a clone is
# another: whoever uses it afterwards gets a model fitted on something.
#
# An alternative for the bicycles is a line with a bend, by a column more that is 0 up to 0.5. It comes
# nearer. But it still goes on as the last part of the data does, and that is not how the riders go on.

# %% [markdown]
# ## Question 5 · Limits that also hold for old houses
#
# In the lesson nine of ten new houses lay within the limits, but clearly fewer of those built before 1950.
# Mend that. Write `limits(past, new)`:
#
# - `past` is a table of sold houses: the columns of `homes` without `price`, and `log_price`. `new` is a
#   table of other houses **without** `log_price`.
# - It returns two arrays, the lower and the upper limit of the log price of each new house. Nine of ten
#   should lie within: of the houses built before 1950, and of the later ones.
#
# The table `asked` says what is asked for: from which to which share of the houses is to lie inside, and how
# wide the limits may be in the mean (upper minus lower). It is less strict for the old houses: there are
# fewer of them, so the share varies more. The given `judge` shows how limits do on six random cuts into past
# and new.

# %%
from sklearn.model_selection import train_test_split

houses = house_X.assign(log_price=house_y)
asked = pd.DataFrame(index=["built before 1950", "built later"])
asked["inside, from"] = [0.84, 0.86]
asked["inside, to"] = [0.96, 0.94]
asked["width, at most"] = [0.60, 0.37]
asked


# %%
def judge(limits):
    """Share inside and mean width, for old and for later houses, over six cuts."""
    rows = []
    for seed in range(6):
        past, new = train_test_split(houses, test_size=0.3, random_state=seed)
        low, high = np.array(limits(past, new.drop(columns="log_price")))
        paid = new["log_price"].to_numpy()
        found = pd.DataFrame({"inside": (low <= paid) & (paid <= high)})
        found["width"] = high - low
        rows.append(found.groupby((new["year_built"] < 1950).to_numpy()).mean())
    table = pd.concat(rows).groupby(level=0).mean()
    return table.rename({True: "built before 1950", False: "built later"})


# %% [markdown]
# For comparison, limits from quantiles of the prices alone:


# %%
def limits_of_prices(past, new):
    """The same limits for every house, whatever it is like."""
    low, high = np.quantile(past["log_price"], [0.05, 0.95])
    return np.full(len(new), low), np.full(len(new), high)


judge(limits_of_prices).round(2)

# %% [markdown]
# The check does the same on other cuts and takes the mean. It also calls `limits` with past and new prices
# of later houses to which it has added noise: the limits must learn from `past` how wide to be. And the
# limits of a house may not depend on which other new houses are asked about with it; `new` may hold old
# houses only, or a single one. Ridge or another linear model is quick enough; a forest makes the check
# wait.
#
# <details><summary>Hint</summary>As in the lesson, <code>cross_val_predict</code> gives a prediction for
# each past house by a model that did not see it. Which residuals tell how far off an old house may be? Take
# the quantiles of those for the old houses among the new, and of the others for the others.</details>


# %% answer="q5"
def limits(past, new):
    """Lower and upper limit of the log price of each new house."""
    ### BEGIN SOLUTION
    from sklearn.model_selection import KFold, cross_val_predict

    X, y = past.drop(columns="log_price"), past["log_price"].to_numpy()
    model = make_pipeline(StandardScaler(), Ridge(alpha=10))
    five = KFold(5, shuffle=True, random_state=0)
    residual = y - cross_val_predict(model, X, y, cv=five)
    middle = model.fit(X, y).predict(new)
    low, high = np.zeros(len(new)), np.zeros(len(new))
    for old in (True, False):
        of_past = ((past["year_built"] < 1950) == old).to_numpy()
        of_new = ((new["year_built"] < 1950) == old).to_numpy()
        below, above = np.quantile(residual[of_past], [0.05, 0.95])
        low[of_new] = middle[of_new] + below
        high[of_new] = middle[of_new] + above
    return low, high
    ### END SOLUTION
    return ...


# %% check="q5" points=5 minutes=25
check.q5(limits)

# %% tags=["solution"]
judge(limits).round(2)

# %% [markdown] tags=["solution"]
# The residuals of each group say how far off a house of that group may be. Those of the old houses are
# larger, so their limits are wider, and those of the later ones a little narrower than one pair for all.
#
# One pair of quantiles for all houses is the common wrong way: right on average, too narrow for the old,
# too wide for the later ones. Making **all** limits as wide as the old need is another; the later ones then
# pay for it. Residuals of rows the model has learned from are too small. With ridge that hardly shows,
# with a forest it does: its own training rows look easy.
#
# An alternative without groups is `QuantileRegressor` for 5 % and 95 %: its limits may part with the year
# by themselves. It takes longer, and holds a little less than it promises with so many columns.
