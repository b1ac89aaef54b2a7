"""The questions of chapter 2, data collection and exploration."""

import inspect
import sys

import numpy as np
import pandas as pd

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def is_number(value):
    """Is it one number, of Python or NumPy?"""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


def watched(function, *arguments):
    """What a call returns, how many lines of the learner's own code it ran, the names of all it called."""
    home = getattr(inspect.unwrap(function), "__globals__", None)  # the learner's notebook
    lines, called = [], set()

    def trace(frame, event, _):
        called.add(frame.f_code.co_name)
        if frame.f_globals is not home:
            return None
        lines.append(event)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return function(*arguments), len(lines), called
    finally:
        sys.settrace(before)


def clinic():
    """The exercise's table with its planted faults, whatever has become of the learner's."""
    columns = ["age", "sex", "height", "waist", "pulse", "sleep_hours", "cholesterol"]
    table = load("diabetes")[columns].dropna().sample(400, random_state=2).reset_index(drop=True)
    table["sleep_hours"] = table["sleep_hours"].astype(str)
    spots = np.random.default_rng(2).permutation(400)
    table.loc[spots[:17], "height"] /= 100
    table.loc[spots[20:29], "pulse"] = 999
    table.loc[spots[30:44], "sleep_hours"] = table["sleep_hours"].str.replace(".", ",")
    table.loc[spots[50:61], "sex"] = table["sex"].str[0]
    return pd.concat([table, table.iloc[spots[70:82]]], ignore_index=True)


@question
def q1(faults):
    need(isinstance(faults, dict), 'Give a dictionary such as {"waist": 3, "rows": 1}.')
    table = clinic()
    right = {
        "height": (table["height"] < 100).sum(),
        "pulse": (table["pulse"] > 250).sum(),
        "sleep_hours": table["sleep_hours"].str.contains(",").sum(),
        "sex": (~table["sex"].isin(["Male", "Female"])).sum(),
        "rows": table.duplicated().sum(),
    }
    unknown = sorted(map(str, set(faults) - set(table) - {"rows"}))
    need(not unknown, f'{", ".join(unknown)}: no column has that name, and whole rows go under "rows".')
    strangers = sorted(set(faults) - set(right))
    need(not strangers, f"Nothing was planted in {', '.join(strangers)}: rare is not yet wrong.")
    need("rows" in faults, "Look at whole rows, too: does one occur twice?")
    missing = len(set(right) - set(faults))
    need(not missing, f"{missing} more of the planted faults to find: look at ends, spellings and types.")
    for name, count in right.items():
        if given(faults[name]):
            found = faults[name]
            need(is_number(found), f"{name}: give the number of wrong values, one number.")
            if name == "rows":
                need(found != table.duplicated(keep=False).sum(), "rows: that counts the originals too.")
            need(found != 0, f"{name}: 0 now? If you have repaired clinic, run the cell that makes it again.")
            need(found == count, f"{name}: right place, but not {found} of them.")


SURVEY = ["age", "bmi", "waist", "reported_height_in", "diastolic_1", "cholesterol", "pulse"]


@question
def q2(real):
    need(isinstance(real, dict), 'Give a dictionary such as {"waist": 100}.')
    strangers = sorted(map(str, set(real) - set(SURVEY)))
    need(not strangers, f"{', '.join(strangers)} is no column of survey.")
    for column in ("bmi", "waist", "cholesterol", "pulse"):
        need(column not in real, f"{column}: what stands at its end occurs once or twice: a rare truth.")
    need(len(real) == 3, f"{len(real)} of 3 so far: count how many rows stand exactly at each end.")
    for column in ("age", "reported_height_in", "diastolic_1"):
        if given(real[column]):
            need(is_number(real[column]), f"{column}: give the value itself, one number.")
    if given(real["age"]):
        need(real["age"] == 80, "age: look at the oldest, and at how many there are.")
    if given(real["reported_height_in"]):
        height = real["reported_height_in"]
        need(height != 7777, "reported_height_in: right kind, but not the most frequent.")
        need(
            height == 9999, f"reported_height_in: not {height}; look at the maximum, and who can be so tall."
        )
    if given(real["diastolic_1"]):
        value = real["diastolic_1"]
        need(value != 0, "diastolic_1: nearly, but no row is exactly 0. Print the minimum.")
        least = load("diabetes")["diastolic_1"].min()
        need(value < 1, f"diastolic_1: not {value}; look at both of its ends.")
        need(
            np.isclose(value, least, rtol=0.1, atol=0), "diastolic_1: the right end; give its minimum itself."
        )


def another_survey():
    """People of the survey in another order, with codes, near zeros and small true values elsewhere."""
    table = load("diabetes").sample(300, random_state=3)
    rng = np.random.default_rng(3)
    planted = {
        "reported_height_in": [7777, 9999],
        "alcohol": [0, 0.0005, 0.02, 3e-80, 8e-75],
        "diastolic_1": [3, 12, 3e-80, 8e-75],
        "systolic_1": [np.nan],
        "reported_weight_lb": [7777],
        "meals_out": [5555],
    }
    for column, values in planted.items():
        table.loc[rng.choice(table.index, len(values), replace=False), column] = values
    return table


def floats(column):
    """The numbers of a column, in any numeric type, with NaN for gaps of any kind."""
    numbers = column.convert_dtypes()
    need(
        pd.api.types.is_numeric_dtype(numbers),
        f"{column.name}: the column holds something else than numbers.",
    )
    return numbers.to_numpy(float, na_value=np.nan)


def same(got, wanted):
    """Do two columns hold the same numbers or texts, and the same gaps?"""
    if pd.api.types.is_numeric_dtype(wanted):
        return np.allclose(floats(got), floats(wanted), rtol=1e-5, atol=0, equal_nan=True)
    return list(got.astype(object).fillna("")) == list(wanted.astype(object).fillna(""))


@question
def q3(clean):
    before = another_survey()
    table = before.copy()
    fixed, lines, _ = watched(clean, table)
    need(table.equals(before), "clean changed the table that it was given: work on a copy.")
    need(isinstance(fixed, pd.DataFrame), "Return the new table.")
    need(
        len(fixed) == len(before),
        f"Given {len(before)} rows it returns {len(fixed)}: make gaps, and keep each row that it is given.",
    )
    need(fixed.index.equals(before.index), "The rows come back with another index, or in another order.")
    need("pulse_pressure" in fixed, "The new column is called pulse_pressure.")
    lost, more = set(before) - set(fixed), set(fixed) - set(before) - {"pulse_pressure"}
    need(not lost, f"Columns are lost: {', '.join(sorted(lost)[:3])}. All that is not named stays.")
    need(not more, f"Besides pulse_pressure there is a new column: {', '.join(sorted(map(str, more))[:3])}.")

    codes = fixed["reported_height_in"].isin([7777, 9999]).any()
    need(not codes, "reported_height_in: there are still codes; both 7777 and 9999 are to be made gaps.")
    right = before["reported_height_in"].mask(before["reported_height_in"].isin([7777, 9999]))
    told = same(fixed["reported_height_in"], right)
    need(told, "reported_height_in: exactly the codes become NaN, nothing is filled in.")
    drunk = floats(fixed["alcohol"])
    near = drunk[(drunk > 0) & (drunk < 1e-70)]
    need(not near.size, f"alcohol: near zeros are still there, such as {near.max(initial=0):.3g}.")
    gaps = np.isnan(drunk).sum() == before["alcohol"].isna().sum()
    need(gaps, "alcohol: near zeros become 0, and gaps stay gaps.")
    right = before["alcohol"].mask(before["alcohol"] < 1e-70, 0)
    need(same(fixed["alcohol"], right), "alcohol: only the near zeros change.")
    low = floats(fixed["diastolic_1"])
    need(not (low < 1).any(), f"diastolic_1: there is still {np.nanmin(low):.3g}; nearly 0 is a gap here.")
    right = before["diastolic_1"].mask(before["diastolic_1"] < 1e-70)
    need(same(fixed["diastolic_1"], right), "diastolic_1: only the near zeros change, and gaps stay gaps.")
    pressure, right = fixed["pulse_pressure"], before["systolic_1"] - right
    need(not same(pressure, -right), "pulse_pressure: systolic minus diastolic, not reversed.")
    need(
        same(pressure, right), "pulse_pressure: systolic_1 minus the cleaned diastolic_1, gaps where one is."
    )
    others = [name for name in before if name not in ("reported_height_in", "alcohol", "diastolic_1")]
    changed = [name for name in others if not same(fixed[name], before[name])]
    need(not changed, f"Columns are changed that nobody named: {', '.join(changed[:3])}.")

    _, lines_of_few, _ = watched(clean, before.head(50))
    need(
        lines - lines_of_few < len(before) - 50,
        f"The numbers are right, yet your code runs {lines_of_few} steps for 50 rows and {lines} for "
        f"{len(before)}: mask whole columns, without visiting each row.",
    )


@question
def q4(kappa):
    found = attempt(lambda: watched(kappa, np.array(list("xxyy")), np.array(list("xxyx"))))
    texts = "Labels may be texts: for each kind, count the share of rows that are of it."
    need(not isinstance(found, TypeError), f"Given labels x and y, kappa raised {told(found)} {texts}")
    if isinstance(found, Exception):
        raise found
    example, _, called = found
    need(is_number(example), "Return one number.")
    need(not np.isclose(example, 0.75), "That is the agreement observed; take the chance out.")
    need(not np.isclose(example, 0.25), "The example gives 0.25, which is p_o - p_e before the division.")
    need(np.isclose(example, 0.5), f"The example should give 0.5, and gives {example:.3f}.")
    its_own = "cohen_kappa_score" not in called
    need(its_own, "That is scikit-learn's cohen_kappa_score; write the two shares yourself.")
    rng = np.random.default_rng(4)
    for kinds, keep in [(2, 0.9), (4, 0.6), (7, 0.8)]:
        a = rng.choice(kinds, 500, p=np.arange(1, kinds + 1) / np.arange(1, kinds + 1).sum())
        b = np.where(rng.random(500) < keep, a, rng.integers(0, kinds, 500))
        p_o = (a == b).mean()
        p_e = sum((a == kind).mean() * (b == kind).mean() for kind in range(kinds))
        right, by_half, by_kinds = ((p_o - chance) / (1 - chance) for chance in (p_e, 0.5, 1 / kinds))
        a, b = (a == 1, b == 1) if kinds == 2 else (a, b)  # two kinds as True and False
        got = kappa(a.copy(), b.copy())
        need(is_number(got), f"Return one number, also for labels of type {a.dtype}.")
        need(
            not np.isclose(got, by_half) and not np.isclose(got, by_kinds),
            "Chance is not equal for all labels: it depends on how often each annotator uses each.",
        )
        close = abs(got - right) < 1e-3
        rounded = np.isclose(got, [right.round(1), right.round(2)], rtol=1e-6).any()
        need(close or not rounded, "Right, but rounded: return kappa with all its digits.")
        need(
            close,
            f"Wrong with {kinds} kinds of label that are used unequally: look at the agreement by chance.",
        )
    few = [("ab", "ba", -1, "two annotators who never agree"), ("aabb", "bbcc", -1 / 3, "labels of one only")]
    for a, b, right, what in few:
        got = kappa(np.array(list(a)), np.array(list(b)))
        need(np.isclose(got, right, atol=1e-3), f"{what} ({a} and {b}): {got:.3f} is not their kappa.")


@question
def q5(overall, within, reason):
    people = load("diabetes")
    asked = "the correlation of height and hdl_cholesterol, to two digits after the point or more"
    if given(overall):
        right = people["height"].corr(people["hdl_cholesterol"])
        one = is_number(overall)
        need(one, "overall is one number; a table of correlations has it off the diagonal.")
        need(not np.isclose(overall, right**2, atol=5e-3), "overall: the correlation itself, not its square.")
        need(np.isclose(overall, right, atol=5.1e-3), f"overall: {overall:.3f} is not {asked}.")
    if given(within):
        within = dict(within) if isinstance(within, (dict, pd.Series)) else {}
        need(set(within) == {"Female", "Male"}, 'within: a dictionary with the keys "Female" and "Male".')
        by_sex = people.groupby("sex")
        right = {sex: group["height"].corr(group["hdl_cholesterol"]) for sex, group in by_sex}
        for sex, other in [("Female", "Male"), ("Male", "Female")]:
            if given(within[sex]):
                got = within[sex]
                need(is_number(got), f"within: one number for {sex}.")
                swapped = np.isclose(got, right[other], atol=6e-4)
                need(not swapped, f"within: under {sex} stands the correlation among {other} rows.")
                need(
                    np.isclose(got, right[sex], atol=5.1e-3),
                    f"within: {got:.3f} is not, among {sex} rows, {asked}.",
                )
    if given(reason):
        letter = str(reason).strip(" .:()*").upper()
        need(letter in list("ABCD"), "reason is one letter, A to D.")
        hints = {
            "A": "If height lowered it, it would do so among women, too. Look at within.",
            "B": "Outliers would make a line within a sex as well. Look at within.",
            "D": "Neither column has codes: look at their maxima. Then look at within.",
        }
        need(letter == "C", hints.get(letter))


def holes_and_truth():
    """The exercise's holes, whatever has become of the learner's, and the waists that were hidden."""
    known = load("diabetes")[["age", "sex", "weight", "height", "waist"]].dropna()
    hidden = np.random.default_rng(6).random(len(known)) < 0.2
    return known.assign(waist=known["waist"].mask(hidden)), known["waist"][hidden]


@question
def q6(filled):
    holes, truth = holes_and_truth()
    need(isinstance(filled, pd.Series), "filled is a Series: one waist for each person of holes.")
    need(len(filled) == len(holes), "Fill the gaps, drop nobody: filled is as long as holes.")
    need(
        filled.index.sort_values().equals(holes.index), "filled needs the index of holes: index=holes.index."
    )
    filled = pd.Series(floats(filled.rename("filled")), index=filled.index)
    need(not filled.isna().any(), f"There are {filled.isna().sum()} gaps left.")
    known = holes["waist"].dropna()
    kept = np.allclose(filled[known.index], known, rtol=1e-5)
    need(kept, "Known waists must stay as they are, in centimetres.")
    error = (filled[truth.index] - truth).abs().mean()
    need(
        error > 3.9,
        f"You miss by {error:.2f} cm only, less than these columns allow: does the fill know hidden waists?",
    )
    need(error < 12, f"You miss by {error:.1f} cm; one number for everybody misses by about 13.")
    need(
        error < 4.9,
        f"You miss by {error:.2f} cm: do all four columns take part, on like scales, and does each fill "
        "rest on more than a few people?",
    )
