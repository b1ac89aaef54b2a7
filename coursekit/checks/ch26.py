"""The questions of chapter 26, the troubleshooting clinic."""

import functools

import numpy as np
import pandas as pd

from coursekit.checking import attempt, given, need, question, told
from coursekit.loading import load


def named(function):
    return getattr(function, "__name__", "Your function")


def called(function, *arguments, case=""):
    """What a learner's function returns; what it raises becomes a hint."""
    need(callable(function), f"Your answer is a {type(function).__name__} where a function is asked for.")
    found = attempt(lambda: function(*arguments))
    where = f" ({case})" if case else ""
    need(
        not isinstance(found, Exception),
        f"{named(function)}{where} raises {told(found)}" if found is not None else "",
    )
    need(found is not None, f"{named(function)}{where} returns nothing: does it end with return?")
    return found


def one_number(value, hint):
    """The value as a float, if it is one finite number."""
    value = attempt(lambda: np.asarray(value.detach() if hasattr(value, "detach") else value))
    fine = not isinstance(value, Exception) and value.size == 1 and value.dtype.kind in "iuf"
    need(fine and np.isfinite(value).all(), hint)
    return float(value.reshape(-1)[0])


def numbers(value):
    """The value as an array of floats, or None."""
    found = attempt(lambda: np.asarray(value, dtype=float))
    return None if isinstance(found, Exception) else found


def need_cause(name, cause, right, others):
    """Is the letter the right one? `others` says of each other letter what its test finds here."""
    letter = str(cause).strip().upper()
    need(isinstance(cause, str) and letter in "ABCDEFG" and len(letter) == 1,
         f'{name}: one of the letters "A" to "G".')  # fmt: skip
    need(letter == right, f"{name}: {letter} is not it. {others()[letter]}" if letter != right else "")


def need_proof(name, proof, right, slips, near=0.01):
    """Is the number the one of the right cause's test? `slips` are (other number, what it is)."""
    found = one_number(proof, f"{name}: one finite number.")
    if abs(found - right) <= near * abs(right):
        return
    for other, what in slips:
        need(abs(found - other) > 1e-3 * max(abs(other), 1e-6), f"{name}: {what}")
    need(abs(-found - right) > near * abs(right), f"{name}: right but for its sign; it is a size.")
    need(
        abs(found / 100 - right) > near * abs(right),
        f"{name}: that is in per cent; give it as a share.",
    )
    need(
        False,
        f"{name}: {found:.4g} is not the number of the proof beside the cause, for the pipeline as it "
        "is given. Read that line of the list again, word by word.",
    )


def need_unchanged(name, before, after, what):
    """Did the function leave its table as it was?"""
    if isinstance(before, pd.DataFrame):
        same = before.equals(after) and list(before) == list(after) and before.index.equals(after.index)
    else:
        same = np.array_equal(np.asarray(before), np.asarray(after))
    need(same, f"{name} changes {what} that it is given; work on a copy.")


def row_orders(n):
    return [np.random.default_rng(seed).permutation(n) for seed in range(5)]


def span(values):
    return max(values) - min(values)


# --- question 1 -----------------------------------------------------------------------------------

SIZES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


@functools.cache
def birds():
    penguins = load("penguins").dropna().sample(frac=1, random_state=1)
    return penguins.iloc[:200], penguins.iloc[200:]


def given_1(train, new):
    train, new = np.asarray(train), np.asarray(new)
    return (train - train.mean()) / train.std(), (new - train.mean()) / train.std()


def species_scores(train, new):
    """Scores of the given pipeline on both parts."""
    from sklearn.neighbors import KNeighborsClassifier

    X, X_new = given_1(train[SIZES], new[SIZES])
    model = KNeighborsClassifier().fit(X, train["species"])
    return model.score(X, train["species"]), model.score(X_new, new["species"])


def others_1():
    train, new = birds()
    own, score = species_scores(train, new)
    shares = train["species"].value_counts(normalize=True) - new["species"].value_counts(normalize=True)
    orders = [species_scores(train.iloc[order], new)[1] for order in row_orders(len(train))]
    mixed = []
    everything = pd.concat([train, new])
    for seed in range(5):
        labels = np.random.default_rng(seed).permutation(everything["species"].to_numpy(dtype=object))
        shuffled = everything.assign(species=labels)
        mixed.append(species_scores(shuffled.iloc[: len(train)], shuffled.iloc[len(train) :])[1])
    return {
        "A": f"The training part scores {own:.2f}, the test part {score:.2f}: hardly apart.",
        "B": "There is no gap in either part, before or after the scaling.",
        "C": f"No species' share differs by more than {np.abs(shares).max():.2f} between the parts.",
        "E": f"With shuffled labels it scores {np.mean(mixed):.2f}, as guessing does.",
        "F": "Alone and in company, each of the first 50 birds gets the same species.",
        "G": f"Over five orders of the training rows the score moves by {span(orders):.2f}.",
    }


def scalings():
    """Name, train and new of each case."""
    rng = np.random.default_rng(26)
    train, new = birds()
    constant = np.column_stack([rng.normal(5, 2, 30), np.full(30, 7), rng.normal(-3, 0.1, 30)])
    other = constant[:6] + [[1, 2, 0]]
    pixels = rng.integers(100, 256, (40, 5)).astype(np.uint8)
    small = rng.normal([1, 100, 1e4], [1, 5, 3000], (25, 3)).astype(np.float32)
    return [
        ("the example", [[1, 50], [3, 50]], [[2, 50]]),
        ("penguins, frames", train[SIZES], new[SIZES]),
        ("penguins, arrays", train[SIZES].to_numpy(), new[SIZES].to_numpy()),
        ("one new row", new[SIZES], train[SIZES].iloc[:1]),
        ("uint8", pixels[:30], pixels[30:]),
        ("float32", small[:20], small[20:]),
        ("a constant column", constant, other),
    ]


def scaled(train, new, ddof):
    train, new = np.asarray(train, dtype=float), np.asarray(new, dtype=float)
    spread = np.where(np.ptp(train, axis=0) == 0, 1, train.std(axis=0, ddof=ddof))
    return [(part - train.mean(axis=0)) / spread for part in (train, new)]


def need_scaled(found, train, new, name):
    two = isinstance(found, tuple | list) and len(found) == 2
    need(two, "prepared: return two arrays, the training part and the new rows.")
    parts = [numbers(part) for part in found]
    shapes = [None if part is None else part.shape for part in parts]
    need(
        np.shape(train) == np.shape(new) or shapes != [np.shape(new), np.shape(train)],
        f"prepared ({name}): the new rows come first; return the training part, then the new rows.",
    )
    for part, given_part, what in zip(parts, (train, new), ("training part", "new rows"), strict=True):
        shape = np.shape(given_part)
        need(part is not None and part.shape == shape,
             f"prepared ({name}): the {what} should come out as numbers of the shape {shape}.")  # fmt: skip
    right = [scaled(train, new, ddof) for ddof in (0, 1)]

    def is_right(place):
        return [np.allclose(parts[place], r[place], rtol=1e-3, atol=1e-3, equal_nan=False) for r in right]

    firsts, seconds = is_right(0), is_right(1)
    if any(a and b for a, b in zip(firsts, seconds, strict=True)):
        return
    finite = all(np.isfinite(part).all() for part in parts)
    no_spread = np.ptp(np.asarray(train, dtype=float), axis=0) == 0
    constant = bool(no_spread.any())
    need(finite or not constant, f"prepared ({name}): a column without spread gives values that are not "
         "finite; divide it by 1.")  # fmt: skip
    rows = np.asarray(train, dtype=float)
    if not any(firsts):
        whole = given_1(rows, rows)[0]
        need(not np.allclose(parts[0], whole, atol=1e-3), f"prepared ({name}): still one mean and one spread "
             "for the whole table.")  # fmt: skip
        means = parts[0].mean(axis=0)
        need(
            np.abs(means).max() < 1e-3,
            f"prepared ({name}): in the training part the columns' means go up to {np.abs(means).max():.2f} "
            "from 0. What do you take away from each column, and in which type of numbers?",
        )
        spreads = parts[0].std(axis=0)[np.ptp(rows, axis=0) > 0]
        low, high = spreads.min(), spreads.max()
        need(not 0.99 < low <= high < 1.03, f"prepared ({name}): means 0, spreads 1, but not the values of "
             "the table: are they cut to whole numbers, or to another type, on the way?")  # fmt: skip
        need(
            False,
            f"prepared ({name}): the means are 0, but the spreads of the columns go from {low:.2f} to "
            f"{high:.2f}, and should be 1 (a constant column is 0).",
        )
    others_right = any(
        a and np.allclose(parts[1][:, ~no_spread], r[1][:, ~no_spread], rtol=1e-3, atol=1e-3)
        for a, r in zip(firsts, right, strict=True)
    )
    need(
        not constant or not others_right,
        f"prepared ({name}): right but for the new rows in the column that is constant in train; its mean "
        f"is taken away and the rest divided by 1, there one value comes out as "
        f"{parts[1][0, no_spread][0] if constant else 0:.3g}.",
    )
    own = [scaled(new, new, ddof)[0] for ddof in (0, 1) if len(new) > ddof]
    by_itself = any(np.allclose(parts[1], o, atol=1e-3) for o in own)
    need(not by_itself, f"prepared ({name}): the new rows are scaled by their own numbers; use those of the "
         "training part.")  # fmt: skip
    need(False, f"prepared ({name}): the training part is right; the new rows are not scaled with its means "
         "and spreads.")  # fmt: skip


@question
def q1(cause_1, proof_1, prepared):
    if given(cause_1):
        need_cause("cause_1", cause_1, "D", others_1)
    if given(proof_1):
        train, new = birds()
        X, X_new = given_1(train[SIZES], new[SIZES])
        means = X.mean(axis=0)
        own, score = species_scores(train, new)
        slips = [
            (
                np.abs(X_new.mean(axis=0)).max(),
                "that is the test part's number; the training part's is asked.",
            ),
            (np.abs(means).min(), "that is the column nearest to 0; the farthest is asked for."),
            (np.abs(means).mean(), "that is the mean distance of the columns; the largest is asked for."),
            (own - score, "that is the gap between training and test score, the proof of another cause."),
            (score, "that is the test score; the proof is the number that the list names."),
            (train[SIZES].mean().max(), "that is a mean before the scaling; take it after."),
        ]
        need_proof("proof_1", proof_1, np.abs(means).max(), slips)
    if given(prepared):
        for name, train, new in scalings():
            own = [part.copy() if hasattr(part, "copy") else part for part in (train, new)]
            need_scaled(called(prepared, *own, case=name), train, new, name)
            for before, after, what in zip((train, new), own, ("the training part", "the new rows"),
                                           strict=True):  # fmt: skip
                need_unchanged("prepared", before, after, what)


# --- question 2 -----------------------------------------------------------------------------------

INPUTS = ["temperature", "humidity", "hour", "working_day"]


@functools.cache
def hours():
    bikes = load("bikes")
    fourth = bikes["day"] % 4 == 0
    return bikes[~fourth], bikes[fourth]


def given_2(train, table, fill=True):
    means = train.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    matched = table[["hour", "working_day"]].merge(means, how="left")
    out = table.copy()
    out["usual"] = matched["bikers"]
    if fill:
        out["usual"] = out["usual"].fillna(train["bikers"].mean())
    return out


def bike_model(train):
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(given_2(train, train)[[*INPUTS, "usual"]], train["bikers"])


def bike_scores(train, new):
    model = bike_model(train)
    return [model.score(given_2(train, part)[[*INPUTS, "usual"]], part["bikers"]) for part in (train, new)]


def others_2():
    train, new = hours()
    own, score = bike_scores(train, new)
    orders = [bike_scores(train.iloc[order], new)[1] for order in row_orders(len(train))]
    mixed, everything = [], pd.concat([train, new])
    for seed in range(5):
        labels = np.random.default_rng(seed).permutation(everything["bikers"])
        shuffled = everything.assign(bikers=labels)
        mixed.append(bike_scores(shuffled.iloc[: len(train)], shuffled.iloc[len(train) :])[1])
    more = new["bikers"].mean() - train["bikers"].mean()
    return {
        "A": f"The training part scores {own:.2f}, the test part {score:.2f}: hardly apart.",
        "C": f"The mean number of bikers differs by {abs(more):.1f} between the parts.",
        "D": "Nothing is scaled here, and each mean is taken over the hours of one kind.",
        "E": f"With shuffled bikers the test R² is {np.mean(mixed):.2f}: no answer gets through.",
        "F": "A row has the same columns alone and in company. A value in one of them may differ: why?",
        "G": f"Over five orders of the training rows the test R² moves by {span(orders):.3f} and stays low.",
    }


def usual_of(train, table):
    """The usual number of each row, by place."""
    known = train.groupby(["hour", "working_day"])["bikers"].mean()
    known = {(int(hour), int(kind)): value for (hour, kind), value in known.items()}
    pairs = zip(table["hour"], table["working_day"], strict=True)
    return np.array([known.get((int(hour), int(kind)), train["bikers"].mean()) for hour, kind in pairs])


def bike_cases():
    """Name, train and table of each case."""
    train, new = hours()
    rng = np.random.default_rng(26)
    some = new.iloc[rng.permutation(len(new))[:200]]
    small = pd.DataFrame({"hour": [8, 8, 9], "working_day": 1, "bikers": [10, 20, 60]})
    asked = pd.DataFrame({"hour": [9, 10, 8, 8], "working_day": 1}, index=list("wxyz"))
    return [
        ("the example", small, asked),
        ("rows of the test part", train, new.iloc[::4]),
        ("rows of the training part itself", train, train.iloc[::10]),
        ("shuffled rows", train.iloc[rng.permutation(len(train))], some),
        ("texts in the index", train, some.set_axis([f"row {k}" for k in range(200)])),
        ("an index that repeats", train.set_axis(rng.integers(0, 50, len(train))),
         some.set_axis(rng.integers(0, 20, 200))),
        ("an index from 0", train.reset_index(drop=True), some.reset_index(drop=True)),
        ("no bikers in table", train, some.drop(columns="bikers")),
        ("hours as float", train, some.astype({"hour": float})),
        ("an hour that train lacks", train[train["hour"] != 17], new.iloc[:300]),
        ("other columns too", train, some.assign(usual_weather="fine", n=range(200))),
        ("one row", train, some.iloc[[3]]),
    ]  # fmt: skip


def need_usual(with_usual, name, train, table):
    own_train, own_table = train.copy(), table.copy()
    found = called(with_usual, own_train, own_table, case=name)
    need_unchanged("with_usual", train, own_train, "the table train")
    need_unchanged("with_usual", table, own_table, "the table")
    case = f"with_usual ({name})"
    need(isinstance(found, pd.DataFrame), f"{case}: return a frame, the table with one more column.")
    need("usual" in found, f'{case}: the column "usual" is missing.')
    need(len(found) == len(table), f"{case}: {len(table)} rows go in, {len(found)} come out.")
    if not found.index.equals(table.index):
        same = sorted(map(str, found.index)) == sorted(map(str, table.index))
        need(not same, f"{case}: the rows come out in another order.")
        need(False, f"{case}: the index of the table is lost.")
    lost = [column for column in table if column not in found]
    need(not lost, f"{case}: the columns {lost} of the table are lost.")
    more = [column for column in found if column not in [*table, "usual"]]
    need(not more, f"{case}: the columns {more} are new; only usual is asked for.")
    moved = [c for c in table if list(map(str, found[c])) != list(map(str, table[c]))]
    need(not moved, f"{case}: the column {moved[:1]} of the table comes out changed.")
    usual, right = numbers(found["usual"]), usual_of(train, table)
    need(usual is not None, f"{case}: the column usual should hold numbers.")
    gaps = np.isnan(usual)
    need(not gaps.any(), f"{case}: {gaps.sum()} of {len(usual)} values are gaps.")
    wrong = ~np.isclose(usual, right, rtol=1e-5)
    if not wrong.any():
        return
    lacks = np.isclose(right, train["bikers"].mean())
    need((wrong != lacks).any() or not lacks.any(),
         f"{case}: where train has no such hour, the mean of all bikers in train belongs.")  # fmt: skip
    first = int(np.flatnonzero(wrong)[0])
    hour, kind = int(table["hour"].iloc[first]), int(table["working_day"].iloc[first])
    need(
        False,
        f"{case}: {wrong.sum()} of {len(usual)} values are wrong. Row {first} (hour {hour}, working_day "
        f"{kind}) has {usual[first]:.1f}; the mean of such rows in train is {right[first]:.1f}.",
    )


@question
def q2(cause_2, proof_2, with_usual):
    if given(cause_2):
        need_cause("cause_2", cause_2, "B", others_2)
    if given(proof_2):
        train, new = hours()
        in_train, in_new = (given_2(train, part, fill=False)["usual"].isna() for part in (train, new))
        own, score = bike_scores(train, new)
        slips = [
            (in_train.mean(), "that is the training part; the test part has a larger share."),
            ((in_train.sum() + in_new.sum()) / (len(train) + len(new)), "that is the share in both parts "
             "together; the larger one of the two is asked for."),
            (in_new.sum(), "that is a number of rows; a share is asked for."),
            (in_train.sum(), "that is a number of rows; a share is asked for."),
            (1 - in_new.mean(), "that is the share that is not a gap."),
            (in_train.mean() * 100, "that is in per cent, and of the training part; the test part has a "
             "larger share."),
            ((in_train.mean() + in_new.mean()) / 2, "that is the mean of the two parts' shares; the larger "
             "one is asked for."),
            (0, "what merge returns has no gaps, and after fillna none are left; count those of the column "
             "usual between the two."),
            (own - score, "that is the gap between training and test score, the proof of another cause."),
        ]  # fmt: skip
        need_proof("proof_2", proof_2, in_new.mean(), slips)
    if given(with_usual):
        for case in bike_cases():
            need_usual(with_usual, *case)


# --- question 3 -----------------------------------------------------------------------------------

TEXTS = ["neighborhood", "kitchen_quality", "building_type"]
FACTS = ["living_area", "overall_quality", "year_built", *TEXTS]


@functools.cache
def homes():
    houses = load("houses").query("living_area < 4000").sample(frac=1, random_state=0)
    return houses.iloc[:2000], houses.iloc[2000:]


def dummies(table):
    return pd.get_dummies(table[FACTS], drop_first=True, dtype=float)


@functools.cache
def given_3():
    """The given model's columns and the model."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, _ = homes()
    X = dummies(train)
    return list(X), make_pipeline(StandardScaler(), Ridge()).fit(X, train["price"])


@functools.cache
def given_prices():
    """Prices of the given service for the test part, and for its rows one by one."""
    columns, model = given_3()
    rows = dummies(homes()[1]).reindex(columns=columns, fill_value=0)
    # Alone, a row has one category of each text, and drop_first drops it: all its dummies are 0.
    lone = rows.assign(**dict.fromkeys([c for c in rows if c not in FACTS], 0.0))
    return model.predict(rows), model.predict(lone)


def others_3():
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, new = homes()
    columns, model = given_3()
    X, X_new = dummies(train), dummies(new).reindex(columns=columns, fill_value=0)
    score = r2_score(new["price"], given_prices()[0])
    own = r2_score(train["price"], model.predict(X))

    def refit(y, order):
        return make_pipeline(StandardScaler(), Ridge()).fit(X.iloc[order], y[order]).predict(X_new)

    prices = train["price"].to_numpy()
    orders = [r2_score(new["price"], refit(prices, order)) for order in row_orders(len(train))]
    mixed, as_they_are = [], np.arange(len(train))
    for seed in range(5):
        both = np.random.default_rng(seed).permutation(np.append(prices, new["price"]))
        mixed.append(r2_score(both[len(train) :], refit(both[: len(train)], as_they_are)))
    more = new["price"].mean() - train["price"].mean()
    return {
        "A": f"The training part scores {own:.2f}, the test part {score:.2f}.",
        "B": "Neither part has a gap. reindex fills columns that are not there; when are they not?",
        "C": f"The mean price differs by {abs(more):,.0f} dollars, of {prices.mean():,.0f}.",
        "D": "StandardScaler scales by columns: their means come out 0 in the training part.",
        "E": f"With shuffled prices the test R² is {np.mean(mixed):.2f}: no answer gets through.",
        "G": f"Over five orders of the training rows the test R² moves by {span(orders):.3f}.",
    }


def priced(serve, table, name):
    """The prices that a learner's service gives, as an array."""
    own = table.copy()
    found = attempt(lambda: serve(own))
    raised = isinstance(found, Exception)
    need(not raised, f"service, {name}: serve raises {told(found)}" if raised else "")
    need(found is not None and found is not ..., f"service, {name}: serve returns nothing.")
    need_unchanged("serve", table, own, "the table")
    prices = numbers(found)
    need(prices is not None, f"service, {name}: return prices, numbers.")
    prices = prices.reshape(-1) if prices.size == len(table) else prices
    need(
        prices.shape == (len(table),),
        f"service, {name}: {len(table)} rows, so {len(table)} prices; the shape is {prices.shape}.",
    )
    need(np.isfinite(prices).all(), f"service, {name}: a price is not finite.")
    return prices


def need_same(prices, right, name, hint):
    apart = np.abs(prices - right).max()
    need(apart < 1, f"service, {name}: prices differ by up to {apart:,.0f} dollars. {hint}")


def need_service(service):
    from sklearn.metrics import r2_score

    train, new = homes()
    own_train = train.copy()
    serve = called(service, own_train, case="the training part")
    need_unchanged("service", train, own_train, "the table train")
    need(callable(serve), "service: return a function, serve(table).")
    together = priced(serve, new, "the test part")
    some, first = new.iloc[:30], together[:30]
    lone = [priced(serve, some.iloc[[place]], "one house alone")[0] for place in range(12)]
    need_same(lone, first[:12], "one house alone against the same in company",
              "What does the table in front of it decide?")  # fmt: skip
    need_same(priced(serve, some.iloc[::-1], "reversed rows")[::-1], first, "reversed rows", "")
    few = some[FACTS[::-1]].assign(colour="green")
    need_same(priced(serve, few, "columns in another order, no price"), first,
              "columns in another order, one more column, no price", "Pick the columns by name.")  # fmt: skip
    typed = some[FACTS].astype(dict.fromkeys(TEXTS, "category"))
    need_same(priced(serve, typed, "texts of type category"), first, "texts of type category",
              "The categories listed in the type are not those of train.")  # fmt: skip
    typed = some.astype({"living_area": np.float32, "year_built": np.int16, "overall_quality": float})
    typed = typed.set_axis(["a", "b"] * 15).astype(dict.fromkeys(TEXTS, object))
    need_same(priced(serve, typed, "other types of numbers"), first,
              "other types of numbers and an index that repeats", "")  # fmt: skip
    strange = some.assign(neighborhood="Atlantis", kitchen_quality="Xx", building_type="Boat")
    priced(serve, strange, "a neighbourhood that train does not have")
    r2, given_r2 = (r2_score(new["price"], prices) for prices in (together, given_prices()[0]))
    need(
        r2 > given_r2 - 0.01,
        f"service: the test R² is {r2:.2f}, below the {given_r2:.2f} of the given one: is something of facts "
        "not used, or lost on the way? Are these prices in dollars?",
    )
    need(r2 < 0.97, f"service: the test R² is {r2:.2f}, too good to be true. Do the prices of the test part "
         "reach the model?")  # fmt: skip
    other = train[train["neighborhood"] != "NAmes"].iloc[:600]
    other = other.assign(price=2 * other["price"])
    second = called(service, other.copy(), case="600 other houses, prices doubled")
    need_same(priced(serve, some, "the first service"), first, "the first service, after a second one was "
              "fitted", "Does the first use something of the second?")  # fmt: skip
    theirs = priced(second, new.iloc[:100], "a service fitted on 600 houses")
    lone = [priced(second, new.iloc[[place]], "one house alone")[0] for place in range(8)]
    need_same(lone, theirs[:8], "a service fitted on 600 houses, one house alone", "")
    need(np.abs(theirs - together[:100]).max() > 1, "service: fitted on 600 other houses it gives the same "
         "prices. Does it fit on its own train?")  # fmt: skip
    times = np.median(theirs / together[:100])
    need(1.6 < times < 2.4, "service: fitted on 600 other houses, each at twice its price, it gives "
         f"{times:.2f} times the prices of the first service, and should give about 2. Which rows does it "
         "fit on?")  # fmt: skip


@question
def q3(cause_3, proof_3, service):
    if given(cause_3):
        need_cause("cause_3", cause_3, "F", others_3)
    if given(proof_3):
        together, lone = given_prices()
        apart = np.abs(together - lone)
        signed = (together - lone)[:50]
        slips = [
            (apart.max(), "that is the largest over the whole test part; the first 50 rows are asked for."),
            (apart[:50].mean(), "that is the mean difference; the largest is asked for."),
            (apart[0], "that is the difference for the first row; the largest of 50 is asked for."),
            (signed.max(), "that is the largest difference to one side; take absolute values."),
            (signed.min(), "that is the largest difference to one side; take absolute values."),
            ((-signed).max(), "that is the largest difference to one side; take absolute values."),
            (apart[:50].max() / 1000, "that is in thousands of dollars; give dollars."),
        ]
        need_proof("proof_3", proof_3, apart[:50].max(), slips)
    if given(service):
        need_service(service)


# --- question 4 -----------------------------------------------------------------------------------


@functools.cache
def arrived():
    flights = load("flights")[["month", "day", "hour", "distance", "tailnum", "arr_delay"]]
    return flights.dropna(subset=["arr_delay"])


@functools.cache
def trips(rows=8000, seed=0):
    """Training and test part of some flights."""
    flights = arrived().sample(rows, random_state=seed).sort_index()
    flights = flights.assign(late=(flights["arr_delay"] > 15).astype(int))
    fourth = (flights["month"] * 31 + flights["day"]) % 4 == 0
    return flights[~fourth], flights[fourth]


def given_4(train, test, on_train=False):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    habit = pd.concat([train, test]).groupby("tailnum")["late"].mean()
    X, X_new = (part[["hour", "distance"]].assign(habit=part["tailnum"].map(habit)) for part in (train, test))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["late"])
    part, rows = (train, X) if on_train else (test, X_new)
    return roc_auc_score(part["late"], model.predict_proba(rows)[:, 1])


def best_4(train, test, names=True):
    """ROC-AUC of hour and distance, with or without encoded tail numbers."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler, TargetEncoder

    columns = ["hour", "distance", "tailnum"]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    parts = [("passthrough", columns[:2]), *([(TargetEncoder(cv=folds), columns[2:])] if names else [])]
    model = make_pipeline(make_column_transformer(*parts), StandardScaler(), LogisticRegression())
    model.fit(train[columns], train["late"].astype(int))
    return roc_auc_score(test["late"], model.predict_proba(test[columns])[:, 1])


def shuffled_trips(seed, rows=8000):
    """The parts of some flights, with the labels of all shuffled together."""
    train, test = trips(rows)
    flights = pd.concat([train, test]).sort_index()
    flights["late"] = np.random.default_rng(seed).permutation(flights["late"])
    return flights.loc[train.index], flights.loc[test.index]


@functools.cache
def shuffled_given():
    """The given function's scores for the seeds 0 to 4; its means with train or test alone shuffled."""
    train, test = trips()
    train_alone, test_alone = [], []
    for seed in range(5):
        mixed, mixed_test = (
            part.assign(late=np.random.default_rng(seed).permutation(part["late"])) for part in (train, test)
        )
        train_alone.append(given_4(mixed, test))
        test_alone.append(given_4(train, mixed_test))
    alone = (np.mean(train_alone), "training"), (np.mean(test_alone), "test")
    return [given_4(*shuffled_trips(seed)) for seed in range(5)], alone


def others_4():
    train, test = trips()
    own, score = given_4(train, test, on_train=True), given_4(train, test)
    orders = [given_4(train.iloc[order], test) for order in row_orders(len(train))]
    more = test["late"].mean() - train["late"].mean()
    return {
        "A": f"The training part scores {own:.2f}, the test part {score:.2f}. That is near, for a suspicious "
        "reason.",
        "B": "No column has a gap: every flight has a habit. Should it, for an aircraft never seen before?",
        "C": f"The share of late flights differs by {abs(more):.2f} between the parts.",
        "D": "StandardScaler scales by columns: their means come out 0 in the training part.",
        "F": "A row has the same three columns alone and in company. From which rows does one come?",
        "G": f"Over five orders of the training rows the score moves by {span(orders):.3f}.",
    }


def made_trips(kind):
    """Flights whose tail number means nothing, or much."""
    rng = np.random.default_rng(4)
    n = 3000
    hour, distance = rng.integers(5, 24, n), rng.integers(100, 2500, n)
    if kind == "noise":
        tail = rng.integers(0, 2000, n)
        chance = np.where(hour > 16, 0.45, 0.1)
    else:
        tail = rng.integers(0, 60, n)
        chance = np.linspace(0.05, 0.8, 60)[tail]
    table = pd.DataFrame({"hour": hour, "distance": distance, "late": (rng.random(n) < chance).astype(int)})
    table["tailnum"] = [f"N{number}" for number in tail]
    return table.iloc[:2000], table.iloc[2000:]


def auc_found(auc_of, train, test, name):
    own = train.copy(), test.copy()
    found = called(auc_of, *own, case=name)
    need_unchanged("auc_of", train, own[0], "the table train")
    need_unchanged("auc_of", test, own[1], "the table test")
    found = one_number(found, f"auc_of ({name}): return one number, the ROC-AUC on test.")
    need(0 <= found <= 1, f"auc_of ({name}): a ROC-AUC lies between 0 and 1; it returns {found:.3g}.")
    return found


def need_auc(auc_of):
    train, test = trips(4000, 1)
    found, right = auc_found(auc_of, train, test, "4,000 other flights"), best_4(train, test)
    mixed = [auc_found(auc_of, *shuffled_trips(s, 4000), "shuffled labels") for s in (11, 12, 13)]
    need(
        np.mean(mixed) < 0.56,
        f"auc_of: with shuffled labels it still scores {np.mean(mixed):.2f}, where one half is right. Is "
        "it the ROC-AUC, of these two tables, and what of the answers of test does it use?",
    )
    need(
        np.mean(mixed) > 0.42,
        f"auc_of: with shuffled labels it scores {np.mean(mixed):.2f}, well below one half. Which column of "
        "chances is taken, and does a flight's own answer move its habit?",
    )
    train_n, test_n = made_trips("noise")
    noise, plain = (
        auc_found(auc_of, train_n, test_n, "tail numbers by chance"),
        best_4(train_n, test_n, False),
    )
    need(
        noise > 0.45,
        f"auc_of: on flights whose hour counts it scores {noise:.2f}, below one half. Which column of "
        "predict_proba is taken?",
    )
    need(
        noise > 0.56,
        f"auc_of: on flights whose hour counts it scores {noise:.2f}, hardly better than guessing; hour and "
        f"distance alone reach {plain:.2f}. Are chances ranked, not answers of 0 and 1?",
    )
    need(
        noise > plain - 0.03,
        f"auc_of: near one half with shuffled labels, but with tail numbers that mean nothing it scores "
        f"{noise:.2f}, without them {plain:.2f}. What does a training flight's habit know about its own "
        "answer?",
    )
    train_s, test_s = made_trips("signal")
    signal, best = auc_found(auc_of, train_s, test_s, "tail numbers that count"), best_4(train_s, test_s)
    need(
        signal > best - 0.03,
        f"auc_of: where the tail number counts it scores {signal:.2f}, TargetEncoder {best:.2f}. Is the tail "
        "number used, for the test rows too, by a model that does not learn chance by heart?",
    )
    need(
        found > right - 0.03,
        f"auc_of: on 4,000 other flights it scores {found:.2f}; with TargetEncoder {right:.2f}.",
    )
    need(
        found < right + 0.06,
        f"auc_of: on 4,000 other flights it scores {found:.2f}, far above TargetEncoder ({right:.2f}). Too "
        "good to be true: what of the test part does it use?",
    )
    new_names = test_s.assign(tailnum=["X" + name for name in test_s["tailnum"]])
    mixed_names = pd.concat([test_s.iloc[:800], new_names.iloc[800:]])
    auc_found(auc_of, train_s, mixed_names, "tail numbers that train lacks")
    strangers = auc_found(auc_of, train_s, new_names, "only tail numbers that train lacks")
    need(
        strangers < 0.6,
        f"auc_of: where only the tail number counts, and train has none of those in test, it scores "
        f"{strangers:.2f}; train alone allows one half. Which rows make the habits?",
    )
    turned = auc_found(auc_of, train_s, test_s.assign(late=1 - test_s["late"]), "labels of test turned round")
    need(
        abs(turned + signal - 1) < 0.06,
        f"auc_of: with the labels of test turned round it scores {turned:.2f}, with the true ones "
        f"{signal:.2f}; the two should add up to 1. What do the labels of test do besides the scoring?",
    )
    parts = []
    for part in (train_s, test_s):
        part = part.sort_values("late", kind="stable").astype({"late": bool})
        parts.append(part.set_axis(np.arange(len(part)) % 7))
    ordered = auc_found(auc_of, *parts, "rows sorted by the target, late as bool, an index that repeats")
    need(
        abs(ordered - best) < 0.04,
        f"auc_of: with the rows sorted by the target (late as bool, an index that repeats) it scores "
        f"{ordered:.2f}, else {signal:.2f}. Are folds shuffled, and are columns joined by the index?",
    )


@question
def q4(cause_4, proof_4, auc_of):
    if given(cause_4):
        need_cause("cause_4", cause_4, "E", others_4)
    if given(proof_4):
        train, test = trips()
        score, (each, alone) = given_4(train, test), shuffled_given()
        right = np.mean(each)
        found = one_number(proof_4, "proof_4: one finite number.")
        need(abs(found - score) > 1e-4, "proof_4: that is the score with the true labels; shuffle them.")
        need(
            abs(found - (score - right)) > 0.003,
            "proof_4: that is a difference of two scores; the score with shuffled labels is asked for.",
        )
        need(
            abs(found - given_4(train, test, on_train=True)) > 1e-4,
            "proof_4: that is the score on the training part.",
        )
        for other, part in alone:
            need(
                abs(found - other) > 1e-6,
                f"proof_4: that is with the labels of the {part} part alone shuffled; shuffle those of all "
                "rows together.",
            )
        need(
            min(abs(found - one) for one in each) > 1e-6,
            "proof_4: that is the score of one shuffle; the mean of five is asked for.",
        )
        need(abs(found / 100 - right) > 0.02, "proof_4: that is in per cent; give the ROC-AUC as it is.")
        need(
            abs(found - 0.5) > 0.06,
            "proof_4: near one half, as an honest pipeline gives. Is it the given function, and does it get "
            "the shuffled labels for both parts, before it computes the habits?",
        )
        need(
            abs(found - right) < 0.02,
            f"proof_4: {found:.3f} is not what the given function scores with all labels shuffled. Shuffle "
            "late of all 8,000 flights, split again by fourth, and take the mean of five.",
        )
    if given(auc_of):
        need_auc(auc_of)


# --- question 5 -----------------------------------------------------------------------------------

WORDS = ("overlap", "shift", "labels", "no skill", "not repeatable")


@functools.cache
def tables():
    """Name, columns and target of four real tables."""
    customers = load("customers")
    five = ["tenure", "monthly_charges", "senior_citizen", "partner", "paperless_billing"]
    houses = load("houses")
    seven = ["living_area", "lot_area", "basement_area", "garage_area", "year_built", "overall_quality",
             "first_floor_area"]  # fmt: skip
    houses = houses.dropna(subset=seven)
    crashes = load("crashes")
    speed = {"1-9km/h": 5, "10-24": 17, "25-39": 32, "40-54": 47, "55+": 60}
    coarse = pd.DataFrame({
        "speed": crashes["impact_speed"].map(speed), "belted": crashes["seatbelt"] == "belted",
        "frontal": crashes["frontal"], "driver": crashes["seat"] == "driver",
    })  # fmt: skip
    penguins = load("penguins").dropna()
    made = {
        "customers": (customers[five], customers["churn"] == "Yes"),
        "houses": (houses[seven], houses["price"] > 160_000),
        "crashes": (coarse, crashes["dead"] == "dead"),
        "penguins": (penguins[SIZES], penguins["sex"] == "male"),
    }
    return {name: (X.astype(float), y.to_numpy().astype(int)) for name, (X, y) in made.items()}


def halves(name, seed, n, n_new):
    """A training and a test part of a table, drawn at random."""
    X, y = tables()[name]
    order = np.random.default_rng(seed).permutation(len(X))[: n + n_new]
    return X.iloc[order[:n]], y[order[:n]], X.iloc[order[n:]], y[order[n:]]


def tree(X, y):
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)


def deep(X, y):
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(min_samples_leaf=2, random_state=0).fit(X, y)


def linear(X, y):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)


class Wavering:
    """A model whose chances differ in the tenth digit from fit to fit, as sums in another order may."""

    def __init__(self, model, rng):
        self.model, self.noise = model, rng.random() * 1e-10

    def predict_proba(self, X):
        chances = self.model.predict_proba(X)
        return chances + self.noise * np.array([[1, -1]])

    def predict(self, X):
        return self.model.predict(X)


def wavering():
    rng = np.random.default_rng(7)
    return lambda X, y: Wavering(tree(X, y), rng)


def restless():
    """A fit that draws a third of its rows anew each time."""
    rng = np.random.default_rng(8)

    def fit(X, y):
        some = rng.permutation(len(y))[: len(y) // 3]
        return tree(pd.DataFrame(X).iloc[some], np.asarray(y)[some])

    return fit


def guesses(X, y):
    from sklearn.dummy import DummyClassifier

    return DummyClassifier().fit(X, y)


def healthy_cases():
    """Name and the arguments of each healthy case."""
    out = []
    for seed in range(5):
        fits = [tree, linear, wavering()]
        out.append(("customers", (*halves("customers", seed, 900, 300), fits[seed % 3])))
        out.append(("houses", (*halves("houses", seed, 800, 250), fits[(seed + 1) % 3])))
        out.append(("crashes", (*halves("crashes", seed, 1500, 1000), [linear, wavering()][seed % 2])))
        out.append(("penguins", (*halves("penguins", seed, 220, 110), [linear, deep, wavering()][seed % 3])))
    return out


def resampled(X, y, share, rng):
    """Rows of X, y in which this share of the targets is 1, as many as there are."""
    ones, zeros = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    n = int(min(len(ones) / share, len(zeros) / (1 - share)))
    n_ones = round(n * share)
    chosen = np.append(rng.permutation(ones)[:n_ones], rng.permutation(zeros)[: n - n_ones])
    chosen = rng.permutation(chosen)
    return X.iloc[chosen], y[chosen]


def ill_cases():
    """Word, table, words that are free, and the arguments of each ill case."""
    rng = np.random.default_rng(26)
    out = []
    for name, n, n_new, fit in (("customers", 900, 300, tree), ("houses", 800, 260, linear),
                                ("penguins", 200, 120, deep)):  # fmt: skip
        X, y, X_new, y_new = halves(name, 50, n, n_new)
        half = rng.permutation(n_new)[: n_new // 2]
        order = rng.permutation(n + len(half))
        copied = pd.concat([X, X_new.iloc[half]]).iloc[order], np.append(y, y_new[half])[order]
        out.append(("overlap", name, (), (*copied, X_new, y_new, fit)))
        X, y, X_new, y_new = halves(name, 51, n, n_new)
        shifted = X_new.copy()
        if name == "customers":  # half of a column filled with its mean
            shifted.iloc[half, 1] = X.iloc[:, 1].mean()
        elif name == "houses":  # square metres
            shifted.iloc[:, 0] = X_new.iloc[:, 0] * 0.0929
        else:
            shifted.iloc[:, [0, 1]] = X_new.iloc[:, [1, 0]].to_numpy()
        out.append(("shift", name, ("no skill",), (X, y, shifted, y_new, fit)))
        pool = halves(name, 52, n if name != "penguins" else 180, 600 if name != "penguins" else 150)
        share = {"customers": 0.5, "houses": 0.2, "penguins": 0.78}[name]
        other = resampled(pool[2], pool[3], share, rng)
        out.append(("labels", name, ("shift",), (*pool[:2], *other, fit)))
        X, y, X_new, y_new = halves(name, 53, n, n_new)
        if name == "penguins":
            lost = X, y, X_new, y_new, guesses
        else:  # the answers of the training part were joined in another order; the tree learns them by heart
            lost = X, np.random.default_rng(30).permutation(y), X_new, y_new, deep
        out.append(("no skill", name, (), lost))
        out.append(("not repeatable", name, ("no skill",), (*halves(name, 54, n, n_new), restless())))
    return out


def alarms_of(health_check, case, name):
    """The words that a learner's function raises."""
    X, y, X_new, y_new, fit = case
    X, X_new = X.reset_index(drop=True), X_new.reset_index(drop=True)
    own = X.copy(), y.copy(), X_new.copy(), y_new.copy()
    found = called(health_check, *own, fit, case=name)
    for before, after in zip((X, y, X_new, y_new), own, strict=True):
        need_unchanged("health_check", before, after, "a table or a target")
    need(isinstance(found, set | frozenset | list | tuple | np.ndarray | pd.Series),
         f"health_check: return a set of words; for {name} it returns a {type(found).__name__}.")  # fmt: skip
    unknown = [word for word in found if word not in WORDS]
    need(not unknown, f"health_check: it returns {str(unknown[:1])[1:-1]}; the words are {', '.join(WORDS)}.")
    return set(found)


@question
def q5(health_check):
    missed = []
    false = []
    for word, name, free, case in ill_cases():
        found = alarms_of(health_check, case, name)
        if word not in found:
            missed.append((word, name, len(case[2])))
        false += [(other, f"ill by {word}", name) for other in found - {word, *free}]
    for name, case in healthy_cases():
        found = alarms_of(health_check, case, name)
        false += [(word, "healthy", name) for word in sorted(found)]
    if missed and len(missed) == 15 and not false:
        need(False, "health_check: it stays silent on all 15 ill cases.")
    for word in WORDS:
        mine = [(name, n) for other, name, n in missed if other == word]
        name, n = mine[0] if mine else ("", 0)
        need(
            not mine,
            f"health_check: unnoticed ill cases: {len(missed)} of 15; false alarms: {len(false)} (1 is "
            f'allowed). "{word}" is missing in {len(mine)} of 3, among them a table of {name} with {n} test '
            "rows.",
        )
    first = false[0] if false else ("", "", "")
    counts = {word: sum(other == word for other, _, _ in false) for word in WORDS}
    said = ", ".join(f'"{word}" {count}' for word, count in counts.items() if count)
    need(
        len(false) <= 1,
        f"health_check: every ill case is found, and {len(false)} false alarms ring, 1 is allowed: {said}. "
        f'The first: "{first[0]}" for a table of {first[2]} ({first[1]}).',
    )
