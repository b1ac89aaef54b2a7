"""Answers to the questions of chapter 2 that must pass, and mistakes that must get a hint."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

import coursekit as ck

TINY = 5.39760534693e-79
QUESTIONED = ["reported_height_in", "alcohol", "systolic_1", "diastolic_1", "pulse_pressure"]


@cache
def people():
    return ck.load("diabetes")


@cache
def clinic():
    rng = np.random.default_rng(2)
    columns = ["age", "sex", "height", "waist", "pulse", "sleep_hours", "cholesterol"]
    made = people()[columns].dropna().sample(400, random_state=2).reset_index(drop=True)
    made["sleep_hours"] = made["sleep_hours"].astype(str)
    spots = rng.permutation(400)
    made.loc[spots[:17], "height"] /= 100
    made.loc[spots[20:29], "pulse"] = 999
    made.loc[spots[30:44], "sleep_hours"] = made["sleep_hours"].str.replace(".", ",")
    made.loc[spots[50:61], "sex"] = made["sex"].str[0]
    return pd.concat([made, made.iloc[spots[70:82]]], ignore_index=True)


def found(**changes):
    def answer():
        table = clinic()
        right = {
            "height": (table["height"] < 3).sum(),
            "pulse": (table["pulse"] == 999).sum(),
            "sleep_hours": pd.to_numeric(table["sleep_hours"], errors="coerce").isna().sum(),
            "sex": table["sex"].str.len().eq(1).sum(),
            "rows": len(table) - len(table.drop_duplicates()),
        }
        made = {name: value for name, value in (right | changes).items() if value is not None}
        return ({name: value(table) if callable(value) else value for name, value in made.items()},)

    return answer


def real(**values):
    return (values,)


def with_where(table):
    fixed = table.copy()
    height, low = fixed["reported_height_in"], fixed["diastolic_1"]
    fixed["reported_height_in"] = np.where(height > 7000, np.nan, height)
    fixed["alcohol"] = np.where(fixed["alcohol"] < 1e-70, 0.0, fixed["alcohol"])
    fixed["diastolic_1"] = np.where(low < 1e-70, np.nan, low)
    return fixed.assign(pulse_pressure=fixed["systolic_1"] - fixed["diastolic_1"])


def with_loc(table):
    fixed = table.copy()
    fixed.loc[fixed["reported_height_in"].isin([7777, 9999]), "reported_height_in"] = np.nan
    fixed.loc[fixed["alcohol"] < 1e-70, "alcohol"] = 0
    fixed.loc[fixed["diastolic_1"] < 1e-70, "diastolic_1"] = np.nan
    fixed["pulse_pressure"] = fixed["systolic_1"] - fixed["diastolic_1"]
    return fixed


def with_replace(table):
    """The number printed in the lesson, which the next table's near zeros are not."""
    fixed = table.replace({"reported_height_in": [7777, 9999], "diastolic_1": TINY}, np.nan)
    fixed = fixed.replace({"alcohol": TINY}, 0)
    return fixed.assign(pulse_pressure=fixed["systolic_1"] - fixed["diastolic_1"])


def in_float32(table):
    fixed = with_where(table)
    numbers = ["reported_height_in", "alcohol", "diastolic_1", "pulse_pressure"]
    return fixed.astype(dict.fromkeys(numbers, "float32"))


def column_by_column(table):
    """A loop over columns, and `.apply` on whole columns, visit no row."""
    fixed = table.copy()
    for column, new in [("alcohol", 0), ("diastolic_1", pd.NA)]:
        fixed[column] = fixed[column].astype("Float64").mask(fixed[column] < 1e-70, new)
    codes = fixed[["reported_height_in"]].apply(lambda column: column.mask(column > 1000))
    return fixed.assign(reported_height_in=codes, pulse_pressure=fixed["systolic_1"] - fixed["diastolic_1"])


def by_comprehension(table):
    told = [np.nan if value in (7777, 9999) else value for value in table["reported_height_in"]]
    return with_where(table).assign(reported_height_in=told)


def by_vectorize(table):
    zero = np.vectorize(lambda value: 0.0 if value < 1e-70 else value)
    return with_where(table).assign(alcohol=zero(table["alcohol"]))


def by_position(table):
    """An array goes in a new Series, whose index is not the table's."""
    told = table["reported_height_in"].to_numpy()
    return with_where(table).assign(reported_height_in=pd.Series(np.where(told > 7000, np.nan, told)))


def over_15(table):
    return table["diastolic_1"].where(table["diastolic_1"] > 15)


def without_near_zeros(table):
    numbers = table.select_dtypes("number").drop(columns="diastolic_1")
    return table.assign(**numbers.mask(numbers.abs() < 1e-70, 0))


def sober_below(table, limit):
    return table.assign(alcohol=table["alcohol"].mask(table["alcohol"] < limit, 0))


def with_more_repairs(table):
    fixed = with_where(table)
    fixed["meals_out"] = fixed["meals_out"].mask(fixed["meals_out"] == 5555, 22)
    return fixed


def as_the_lesson_cleans(table):
    told = table["reported_weight_lb"]
    fixed = with_where(table).assign(reported_weight_lb=told.mask(told.isin([7777, 9999])))
    return fixed.assign(sound_to_zero=table["diastolic_1"] < 1e-70)


def in_place(table):
    table["alcohol"] = table["alcohol"].mask(table["alcohol"] < 1e-70, 0)
    return with_where(table)


def equal_to_zero(table):
    fixed = with_where(table)
    return fixed.assign(alcohol=table["alcohol"].mask(table["alcohol"] == 0, 0))


def one_code(table):
    height = table["reported_height_in"]
    return with_where(table).assign(reported_height_in=height.mask(height == 9999))


def all_to_zero(table):
    low = table["diastolic_1"].mask(table["diastolic_1"] < 1e-70, 0)
    return with_where(table).assign(diastolic_1=low, pulse_pressure=table["systolic_1"] - low)


def dropped(table):
    return with_where(table).dropna(subset=["reported_height_in"])


def filled_in(table):
    fixed = with_where(table)
    return fixed.fillna({"alcohol": 0})


def before_cleaning(table):
    return with_where(table).assign(pulse_pressure=table["systolic_1"] - table["diastolic_1"])


def with_none(table):
    """Gaps as None make a column of objects."""
    codes = table["reported_height_in"].astype(object).replace({7777: None, 9999: None})
    return with_where(table).assign(reported_height_in=codes)


def below_10(table):
    low = table["diastolic_1"].mask(table["diastolic_1"] < 10)
    return with_where(table).assign(diastolic_1=low, pulse_pressure=table["systolic_1"] - low)


def reversed_difference(table):
    fixed = with_where(table)
    return fixed.assign(pulse_pressure=fixed["diastolic_1"] - fixed["systolic_1"])


def by_apply(table):
    fixed = with_where(table)
    fixed["alcohol"] = table["alcohol"].apply(lambda value: 0 if value < 1e-70 else value)
    return fixed


def kappa_from_crosstab(a, b):
    table = pd.crosstab(np.asarray(a), np.asarray(b), normalize=True)
    kinds = sorted(set(table.index) | set(table.columns))
    table = table.reindex(index=kinds, columns=kinds, fill_value=0).to_numpy()
    p_e = (table.sum(axis=0) * table.sum(axis=1)).sum()
    return (np.trace(table) - p_e) / (1 - p_e)


def crosstab_as_it_comes(a, b):
    table = pd.crosstab(np.asarray(a), np.asarray(b), normalize=True).to_numpy()
    p_e = (table.sum(axis=0) * table.sum(axis=1)).sum()
    return (np.trace(table) - p_e) / (1 - p_e)


def of_all_pairs(a, b):
    """By chance any label of one meets any label of the other."""
    p_e = np.equal.outer(a, b).mean()
    return (np.mean(a == b) - p_e) / (1 - p_e)


def codes_of_each(a, b):
    """Labels numbered for each annotator apart."""
    return kappa_by_loop(*(pd.factorize(labels, sort=True)[0].tolist() for labels in (a, b)))


def both_in_one_pot(a, b):
    shares = np.unique(np.concatenate([a, b]), return_counts=True)[1] / (2 * len(a))
    return (agreement(a, b) - (shares**2).sum()) / (1 - (shares**2).sum())


def kappa_by_loop(a, b):
    a, b = list(a), list(b)
    p_o = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
    p_e = sum(a.count(kind) * b.count(kind) for kind in set(a) | set(b)) / len(a) ** 2
    return 1 - (1 - p_o) / (1 - p_e)


def agreement(a, b):
    return np.mean(np.asarray(a) == np.asarray(b))


def not_divided(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return agreement(a, b) - sum((a == kind).mean() * (b == kind).mean() for kind in np.unique(a))


def half_is_chance(a, b):
    return (agreement(a, b) - 0.5) / 0.5


def one_over_kinds(a, b):
    kinds = len(np.unique(a))
    return (agreement(a, b) - 1 / kinds) / (1 - 1 / kinds)


def only_two_kinds(a, b):
    a, b = np.asarray(a), np.asarray(b)
    first = np.unique(a)[0]
    p, q = (a == first).mean(), (b == first).mean()
    p_e = p * q + (1 - p) * (1 - q)
    return (agreement(a, b) - p_e) / (1 - p_e)


def first_annotator_twice(a, b):
    p_e = sum((np.asarray(a) == kind).mean() ** 2 for kind in np.unique(a))
    return (agreement(a, b) - p_e) / (1 - p_e)


def by_bincount(a, b):
    kinds = np.concatenate([a, b])
    codes = np.unique(kinds, return_inverse=True)[1]
    one, two = (np.bincount(part, minlength=codes.max() + 1) for part in np.split(codes, 2))
    p_e = (one * two).sum() / len(a) ** 2
    return np.float32((agreement(a, b) - p_e) / (1 - p_e))


class Kappa:
    def __call__(self, a, b):
        return kappa_by_loop(a, b)


def explained(overall=None, within=None, reason="C", swap=False, square=False, series=False):
    def answer():
        table = people()
        r = table["height"].corr(table["hdl_cholesterol"])
        by_sex = {s: g["height"].corr(g["hdl_cholesterol"]) for s, g in table.groupby("sex")}
        if swap:
            by_sex = {"Female": by_sex["Male"], "Male": by_sex["Female"]}
        given = pd.Series(by_sex) if series else by_sex
        return overall or (r**2 if square else r), given if within is None else within, reason

    return answer


@cache
def holes():
    known = people()[["age", "sex", "weight", "height", "waist"]].dropna()
    hidden = np.random.default_rng(6).random(len(known)) < 0.2
    return known.assign(waist=known["waist"].mask(hidden))


def filling(function):
    return lambda: (function(holes()),)


def numbers(table):
    return table.assign(sex=(table["sex"] == "Female") * 1.0)


def by_neighbours(table, neighbours=15):
    scaler = StandardScaler()
    full = KNNImputer(n_neighbors=neighbours).fit_transform(scaler.fit_transform(numbers(table)))
    return pd.Series(scaler.inverse_transform(full)[:, 4], index=table.index)


def by_regression(table, columns=("age", "sex", "weight", "height")):
    x, gap = numbers(table)[list(columns)], table["waist"].isna()
    fitted = LinearRegression().fit(x[~gap], table["waist"][~gap])
    return table["waist"].where(~gap, fitted.predict(x))


def by_curves(table):
    others = numbers(table).drop(columns="waist")
    model = make_pipeline(StandardScaler(), SVR(C=10))
    fitted = model.fit(others[table["waist"].notna()], table["waist"].dropna())
    return table["waist"].fillna(pd.Series(fitted.predict(others), table.index)).astype(object)


def fitted_on_the_hidden(table):
    """A few neighbours among all people of the survey, whose own waist is one of those averaged."""
    x = StandardScaler().fit_transform(numbers(table).drop(columns="waist"))
    near = KNeighborsRegressor(5).fit(x, people()["waist"][table.index])
    return table["waist"].fillna(pd.Series(near.predict(x), index=table.index))


RIGHT = {
    "q1": [
        ("other rules, same counts", found()),
        ("NumPy numbers and another order", lambda: (dict(reversed(found()()[0].items())),)),
    ],
    "q2": [
        ("the printed number", real(age=80, reported_height_in=9999, diastolic_1=TINY)),
        ("floats, rounded", real(age=80.0, reported_height_in=9999.0, diastolic_1=5.4e-79)),
    ],
    "q3": [
        ("np.where", (with_where,)),
        ("loc on a copy", (with_loc,)),
        ("numbers in float32", (in_float32,)),
        ("nullable columns, and a loop over columns", (column_by_column,)),
        ("None for gaps", (with_none,)),
        ("columns of PyArrow", (lambda table: with_where(table).convert_dtypes(dtype_backend="pyarrow"),)),
    ],
    "q4": [
        ("from a table of shares", (kappa_from_crosstab,)),
        ("plain lists", (kappa_by_loop,)),
        ("counts, float32", (by_bincount,)),
        ("all pairs of labels", (of_all_pairs,)),
        ("a callable of a class", (Kappa(),)),
        ("rounded to four digits", (lambda a, b: round(kappa_by_loop(a, b), 4),)),
    ],
    "q5": [
        ("computed", explained()),
        ("a Series and a small letter", explained(reason="c", series=True)),
        ("rounded to two digits", explained(overall=-0.19, within={"Female": 0.04, "Male": 0.0})),
        ("the letter as it is printed", explained(reason="**C**")),
        ("the letter in brackets", explained(reason="(c)")),
    ],
    "q6": [
        ("fifteen neighbours, scaled", filling(by_neighbours)),
        ("a regression", filling(by_regression)),
        ("the lesson's five neighbours", filling(lambda t: by_neighbours(t, 5))),
        ("float32", filling(lambda t: by_regression(t).astype("float32"))),
        ("a support vector machine, objects", filling(by_curves)),
        ("nullable, in another order", filling(lambda t: by_regression(t).astype("Float64").sort_values())),
    ],
}

WRONG = {
    "q1": [
        ("I counted originals too", found(rows=lambda table: table.duplicated(keep=False).sum())),
        ("a waist of 150 cannot be", found(waist=3)),
        ("I did not look at whole rows", found(rows=None)),
        ("commas are fine", found(sleep_hours=None)),
        ("I missed some spellings", found(sex=lambda table: (table["sex"] == "F").sum())),
        ("a list of the columns", (["height", "pulse", "sleep_hours", "sex", "rows"],)),
        ("a column by a wrong name", found(sleep_hours=None, sleep=14)),
        ("texts", found(pulse="9")),
        ("clinic is repaired", found(sleep_hours=0)),
        ("which instead of how many", found(height=lambda table: table.index[table["height"] < 3])),
    ],
    "q2": [
        ("86 is too large for a bmi", real(bmi=86.2, reported_height_in=9999, diastolic_1=TINY)),
        ("refused instead of don't know", real(age=80, reported_height_in=7777, diastolic_1=TINY)),
        ("a pressure of zero", real(age=80, reported_height_in=9999, diastolic_1=0)),
        ("only the codes", real(reported_height_in=9999)),
        ("the highest pressure", real(age=80, reported_height_in=9999, diastolic_1=124)),
        ("the youngest", real(age=20, reported_height_in=9999, diastolic_1=TINY)),
        ("nearly nothing", real(age=80, reported_height_in=9999, diastolic_1=1e-71)),
        ("both codes", real(age=80, reported_height_in=[7777, 9999], diastolic_1=TINY)),
        ("the lowest that is real", real(age=80, reported_height_in=9999, diastolic_1=20)),
        ("how many instead of which", real(age=300, reported_height_in=109, diastolic_1=36)),
        ("a column I remember", real(age=80, reported_weight_lb=9999, diastolic_1=TINY)),
    ],
    "q3": [
        ("I worked on the table itself", (in_place,)),
        ("zero is zero", (equal_to_zero,)),
        ("9999 is the code", (one_code,)),
        ("zeros everywhere", (all_to_zero,)),
        ("people without a height go", (dropped,)),
        ("no answer means no alcohol", (filled_in,)),
        ("difference before cleaning", (before_cleaning,)),
        ("the other way round", (reversed_difference,)),
        ("apply vectorises", (by_apply,)),
        ("a comprehension is no loop", (by_comprehension,)),
        ("np.vectorize", (by_vectorize,)),
        ("less than 10 is nearly 0", (below_10,)),
        ("less than 0.01 is nearly 0", (lambda table: with_where(sober_below(table, 0.01)),)),
        ("rows in the order of the index", (lambda table: with_where(table).sort_index(),)),
        ("replace with the printed number", (with_replace,)),
        ("more repairs than were asked for", (with_more_repairs,)),
        ("everything the lesson repairs", (as_the_lesson_cleans,)),
        (
            "the lesson's repairs, without its new column",
            (lambda table: as_the_lesson_cleans(table).drop(columns="sound_to_zero"),),
        ),
        ("near zeros are zeros everywhere", (lambda table: with_where(without_near_zeros(table)),)),
        ("a Series without the index", (by_position,)),
        ("the index starts at 0 again", (lambda table: with_where(table).reset_index(drop=True),)),
        ("the people of the notebook", (lambda table: with_where(people()),)),
        ("only the columns in question", (lambda table: with_where(table)[QUESTIONED],)),
        ("texts for gaps", (lambda table: with_where(table).fillna({"reported_height_in": "NaN"}),)),
        ("12 is too low, too", (lambda table: with_where(table.assign(diastolic_1=over_15(table))),)),
    ],
    "q4": [
        ("agreement is enough", (agreement,)),
        ("a table of shares as it comes, labels of one missing", (crosstab_as_it_comes,)),
        ("scikit-learn's", (lambda a, b: cohen_kappa_score(a, b),)),
        ("chance taken away, not divided", (not_divided,)),
        ("half is chance", (half_is_chance,)),
        ("each kind equally likely", (one_over_kinds,)),
        ("two kinds only", (only_two_kinds,)),
        ("the first annotator twice", (first_annotator_twice,)),
        ("the numbers of the example", (lambda a, b: 0.5,)),
        ("never below zero", (lambda a, b: max(0, kappa_by_loop(a, b)),)),
        ("two digits", (lambda a, b: round(kappa_by_loop(a, b), 2),)),
        ("each annotator's labels numbered apart", (codes_of_each,)),
        ("one pot for both annotators", (both_in_one_pot,)),
    ],
    "q5": [
        ("height is the cause", explained(reason="A")),
        ("outliers", explained(reason="B")),
        ("codes", explained(reason="D")),
        ("women and men swapped", explained(swap=True)),
        ("r squared", explained(square=True)),
        ("r squared within", explained(within={"Female": 0.0014, "Male": 0.0})),
        ("one number for both", explained(within=0.04)),
        ("the whole for each", explained(within={"Female": -0.195, "Male": -0.195})),
        ("ranks", explained(overall=-0.231, within={"Female": 0.028, "Male": -0.003})),
        ("one digit", explained(overall=-0.2)),
        ("the whole table of correlations", explained(overall=[[1, -0.195], [-0.195, 1]])),
        ("a sentence", explained(reason="men are taller")),
    ],
    "q6": [
        ("the median", filling(lambda t: t["waist"].fillna(t["waist"].median()))),
        ("weight alone", filling(lambda t: by_regression(t, ["weight"]))),
        ("nothing filled", filling(lambda t: t["waist"])),
        ("rows dropped", filling(lambda t: t["waist"].dropna())),
        ("an array", filling(lambda t: SimpleImputer().fit_transform(t[["waist"]])[:, 0])),
        ("new index", filling(lambda t: by_regression(t).reset_index(drop=True))),
        ("I looked them up", filling(lambda t: people()["waist"][t.index])),
        ("without the age", filling(lambda t: by_regression(t, ["sex", "weight", "height"]))),
        ("fitted on all waists", filling(fitted_on_the_hidden)),
        ("metres", filling(lambda t: by_regression(t) / 100)),
        ("known ones predicted, too", filling(lambda t: by_regression(t.assign(waist=t["waist"] + 0.4)))),
        ("the nearest one only", filling(lambda t: by_neighbours(t, 1))),
        ("texts", filling(lambda t: by_regression(t).astype(str))),
        ("still scaled", filling(lambda t: (by_regression(t) - 100) / 17)),
    ],
}
