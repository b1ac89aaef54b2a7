"""The questions of chapter 2, data collection and exploration."""

import numpy as np
import pandas as pd

import coursekit as ck
from coursekit.checking import need, question


@question
def q1(faults, clinic):
    need(isinstance(faults, dict), 'Give a dictionary such as {"waist": 3, "rows": 1}.')
    right = {
        "height": (clinic["height"] < 100).sum(),
        "pulse": (clinic["pulse"] > 250).sum(),
        "sleep_hours": clinic["sleep_hours"].str.contains(",").sum(),
        "sex": (~clinic["sex"].isin(["Male", "Female"])).sum(),
        "rows": clinic.duplicated().sum(),
    }
    strangers = sorted(map(str, set(faults) - set(right)))
    need(not strangers, f"Nothing was planted in {', '.join(strangers)}: rare is not yet wrong.")
    need("rows" in faults, "Look at whole rows, too: does one occur twice?")
    missing = len(set(right) - set(faults))
    need(not missing, f"{missing} more of the planted faults to find: look at ends, spellings and types.")
    need(
        faults["rows"] != clinic.duplicated(keep=False).sum(),
        "That counts the originals too: count repeats only.",
    )
    for name, count in right.items():
        need(np.ndim(faults[name]) == 0, f"{name}: give the number of wrong values, one number.")
        need(faults[name] == count, f"{name}: right place, but not {faults[name]} of them.")


@question
def q2(real, survey):
    need(isinstance(real, dict), 'Give a dictionary such as {"waist": 100}.')
    for column in ("bmi", "waist", "cholesterol", "pulse"):
        need(column not in real, f"{column}: what stands at its end occurs once or twice: a rare truth.")
    strangers = sorted(map(str, set(real) - set(survey.columns)))
    need(not strangers, f"{', '.join(strangers)} is no column of survey.")
    need(len(real) == 3, f"{len(real)} of 3 so far: count how many rows stand exactly at each end.")
    need(real["age"] == 80, "age: look at the oldest, and at how many there are.")
    need(real["reported_height_in"] != 7777, "reported_height_in: right kind, but not the most frequent.")
    need(real["reported_height_in"] == 9999, "reported_height_in: nobody is that tall; look at its maximum.")
    value = real["diastolic_1"]
    need(value != 0, "diastolic_1: nearly, but no row is exactly 0. Print the minimum.")
    need(0 < value < 1e-70, "diastolic_1: look at its other end, and at how small the number is.")


BY_ROW = {"iterrows", "itertuples", "apply", "iat", "at"}


@question
def q3(clean, people):
    table = people.copy()
    before = table.copy()
    fixed = clean(table)
    need(
        table.equals(before),
        "clean changed the table that it was given: work on a copy.",
    )
    need(isinstance(fixed, pd.DataFrame), "Return the new table.")
    need(len(fixed) == len(before), "All rows stay: make gaps, do not drop people.")
    told = fixed["reported_height_in"]
    need(
        not told.isin([7777, 9999]).any(),
        "reported_height_in: 7777 and 9999 are both still to be made gaps.",
    )
    need(
        told.equals(before["reported_height_in"].mask(before["reported_height_in"] > 7000)),
        "reported_height_in: exactly the codes become NaN, nothing is filled in.",
    )
    drunk = fixed["alcohol"]
    need(
        not ((drunk > 0) & (drunk < 1e-70)).any(),
        "alcohol: the near zeros are still there; == 0 misses them.",
    )
    need(
        drunk.isna().sum() == before["alcohol"].isna().sum(),
        "alcohol: near zeros become 0, and gaps stay gaps.",
    )
    need((drunk == 0).sum() == (before["alcohol"] < 1e-70).sum(), "alcohol: only near zeros become 0.")
    low = fixed["diastolic_1"]
    need(not (low < 1).any(), "diastolic_1: a pressure of nearly 0 is a gap here, not a 0.")
    right = before["diastolic_1"].mask(before["diastolic_1"] < 1)
    need(low.equals(right), "diastolic_1: only the near zeros change.")
    need("pulse_pressure" in fixed, "The new column is called pulse_pressure.")
    wanted = before["systolic_1"] - right
    got = fixed["pulse_pressure"]
    need(
        not np.allclose(got, -wanted, equal_nan=True),
        "pulse_pressure: systolic minus diastolic, not reversed.",
    )
    need(np.allclose(got, wanted, equal_nan=True), "pulse_pressure: use the cleaned diastolic_1.")
    # The checking wraps functions; the learner's own tells by the names it uses how it walks.
    names = set(getattr(clean, "__wrapped__", clean).__code__.co_names)
    need(
        not names & BY_ROW,
        "The numbers are right; now without visiting each row: mask whole columns.",
    )


@question
def q4(kappa):
    example = kappa(np.array(list("xxyy")), np.array(list("xxyx")))
    need(np.ndim(example) == 0, "Return one number.")
    need(not np.isclose(example, 0.75), "That is the agreement observed; take the chance out.")
    need(not np.isclose(example, 0.25), "Divide by what chance leaves over, 1 - p_e.")
    need(np.isclose(example, 0.5), "The example should give 0.5.")
    code = getattr(getattr(kappa, "__wrapped__", kappa), "__code__", None)
    its_own = code is not None and "cohen_kappa_score" not in code.co_names
    need(its_own, "That is scikit-learn's; write the two shares yourself.")
    unequal = kappa(np.array(list("aabb")), np.array(list("bbcc")))
    need(np.isclose(unequal, -1 / 3), "Wrong where one annotator uses a label that the other never does.")
    rng = np.random.default_rng(4)
    for kinds, keep in [(2, 0.9), (4, 0.6)]:
        a = rng.choice(kinds, 500, p=np.arange(1, kinds + 1) / np.arange(1, kinds + 1).sum())
        b = np.where(rng.random(500) < keep, a, rng.integers(0, kinds, 500))
        p_o = (a == b).mean()
        p_e = sum((a == kind).mean() * (b == kind).mean() for kind in range(kinds))
        by_half, by_kinds = (p_o - 0.5) / 0.5, (p_o - 1 / kinds) / (1 - 1 / kinds)
        got = kappa(a, b)
        need(
            not np.isclose(got, by_half) and not np.isclose(got, by_kinds),
            "Chance is not equal for all labels: it depends on how often each annotator uses each.",
        )
        need(
            np.isclose(got, (p_o - p_e) / (1 - p_e)),
            f"Wrong with {kinds} kinds of label that are used unequally: look at the agreement by chance.",
        )


@question
def q5(overall, within, reason):
    people = ck.load("diabetes")
    right = people["height"].corr(people["hdl_cholesterol"])
    need(np.ndim(overall) == 0, "overall is one number; a table of correlations has it off the diagonal.")
    need(not np.isclose(overall, right**2, atol=1e-2), "overall: the correlation itself, not its square.")
    need(np.isclose(overall, right, atol=1e-2), "overall: the correlation of height and hdl_cholesterol.")
    within = dict(within) if isinstance(within, (dict, pd.Series)) else {}
    need(set(within) == {"Female", "Male"}, 'within: a dictionary with the keys "Female" and "Male".')
    wanted = {sex: group["height"].corr(group["hdl_cholesterol"]) for sex, group in people.groupby("sex")}
    swapped = np.isclose(within["Female"], wanted["Male"], atol=1e-2)
    need(
        not (swapped and np.isclose(within["Male"], wanted["Female"], atol=1e-2)),
        "within: the two sexes are swapped.",
    )
    for sex, value in wanted.items():
        need(np.isclose(within[sex], value, atol=1e-2), f"within: not yet the correlation among {sex} rows.")
    letter = str(reason).strip().upper()
    need(letter in "ABCD" and len(letter) == 1, "reason is one letter, A to D.")
    hints = {
        "A": "If height lowered it, it would do so among women, too. Look at within.",
        "B": "Outliers would make a line within a sex as well. Look at within.",
        "D": "Neither column has codes: look at their maxima. Then look at within.",
    }
    need(letter == "C", hints.get(letter, ""))


@question
def q6(filled, holes):
    need(isinstance(filled, pd.Series), "filled is a Series: one waist for each person of holes.")
    need(len(filled) == len(holes), "Fill the gaps, drop nobody: filled is as long as holes.")
    need(filled.index.equals(holes.index), "filled needs the index of holes: index=holes.index.")
    gap = holes["waist"].isna()
    need(not filled.isna().any(), "There are gaps left.")
    need(
        np.allclose(filled[~gap], holes["waist"][~gap]),
        "Known waists must stay as they are, in centimetres.",
    )
    truth = ck.load("diabetes")["waist"][holes.index]
    error = (filled - truth)[gap].abs().mean()
    need(error > 0.5, "Those are the hidden waists themselves. Fill from the other columns of holes.")
    need(error < 12, f"You miss by {error:.1f} cm, about as one number for everybody does.")
    need(
        error < 4.5,
        f"You miss by {error:.2f} cm: all four columns, on one scale, and more than five neighbours?",
    )
