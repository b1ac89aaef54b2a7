"""Answers to the questions of chapter 26 that must pass, and mistakes that must get a hint."""

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, mannwhitneyu
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------

sizes = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguins = ck.load("penguins").dropna().sample(frac=1, random_state=1)
birds, new_birds = penguins[sizes].iloc[:200].to_numpy(), penguins[sizes].iloc[200:].to_numpy()
WHOLE = np.abs(((birds - birds.mean()) / birds.std()).mean(axis=0)).max()


def scale(train, new, axis=0, ddof=0, own=False, safe=True, kind=float):
    train, new = np.asarray(train, dtype=kind), np.asarray(new, dtype=kind)
    keep = axis is not None
    parts = []
    for part in (train, new):
        of = part if own or axis == 1 else train
        spread = of.std(axis=axis, ddof=ddof, keepdims=keep)
        spread = np.where(spread == 0, 1, spread) if safe else spread
        parts.append((part - of.mean(axis=axis, keepdims=keep)) / spread)
    return tuple(parts)


def scale_with(**changes):
    return lambda train, new: scale(train, new, **changes)


def by_sklearn(train, new):
    scaler = StandardScaler().fit(np.asarray(train))
    return [scaler.transform(np.asarray(train)), scaler.transform(np.asarray(new))]


def by_pandas(train, new):
    train, new = pd.DataFrame(np.asarray(train)), pd.DataFrame(np.asarray(new))
    spread = train.std().replace(0, 1)
    return (train - train.mean()) / spread, (new - train.mean()) / spread


def by_columns(train, new):
    train, new = np.asarray(train, float), np.asarray(new, float)
    out = np.empty(train.shape), np.empty(new.shape)
    for place in range(train.shape[1]):
        middle, spread = train[:, place].mean(), train[:, place].std() or 1
        for part, to in zip((train, new), out, strict=True):
            to[:, place] = (part[:, place] - middle) / spread
    return [part.astype(np.float32) for part in out]


def only_centred(train, new):
    train, new = np.asarray(train, float), np.asarray(new, float)
    return train - train.mean(axis=0), new - train.mean(axis=0)


def in_place(train, new):
    if isinstance(train, np.ndarray) and train.dtype == float:
        middle, spread = train.mean(axis=0), train.std(axis=0)
        train -= middle
        train /= np.where(spread == 0, 1, spread)
        return train, (new - middle) / np.where(spread == 0, 1, spread)
    return scale(train, new)


def of_both(train, new):
    both = np.concatenate([np.asarray(train, float), np.asarray(new, float)])
    spread = np.where(both.std(axis=0) == 0, 1, both.std(axis=0))
    return tuple((np.asarray(part, float) - both.mean(axis=0)) / spread for part in (train, new))


def exchanged(train, new):
    return scale(train, new)[::-1]


def a_little_more(train, new):
    """Adds a little to each spread, so that nothing is divided by 0."""
    train, new = np.asarray(train, float), np.asarray(new, float)
    middle, spread = train.mean(axis=0), train.std(axis=0) + 1e-9
    return (train - middle) / spread, (new - middle) / spread


def from_0_to_1(train, new):
    scaler = MinMaxScaler().fit(np.asarray(train))
    return scaler.transform(np.asarray(train)), scaler.transform(np.asarray(new))


# --- question 2 -----------------------------------------------------------------------------------

bikes = ck.load("bikes")
past, later = bikes[bikes["day"] % 4 != 0], bikes[bikes["day"] % 4 == 0]


def matched(train, table):
    means = train.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    return table[["hour", "working_day"]].merge(means, how="left")


GAPS = [matched(past, part)["bikers"].reindex(part.index).isna().mean() for part in (past, later)]


def by_place(train, table):
    out = table.copy()
    out["usual"] = matched(train, table)["bikers"].fillna(train["bikers"].mean()).to_numpy()
    return out


def by_dictionary(train, table):
    means = train.groupby(["hour", "working_day"])["bikers"].mean().to_dict()
    usual = []
    for hour, kind in zip(table["hour"], table["working_day"], strict=True):
        usual.append(means.get((int(hour), int(kind)), train["bikers"].mean()))
    return table.assign(usual=usual)


def by_join(train, table):
    means = train.groupby(["hour", "working_day"])["bikers"].mean().rename("usual")
    out = table.join(means, on=["hour", "working_day"])
    return out.fillna({"usual": train["bikers"].mean()})


def own_index(train, table):
    found = matched(train, table)["bikers"].set_axis(table.index)
    out = table.copy()
    out["usual"] = found.values
    out.loc[out["usual"].isna(), "usual"] = train["bikers"].mean()
    return out


def as_given(train, table, fill=True):
    out = table.copy()
    out["usual"] = matched(train, table)["bikers"]
    return out.fillna({"usual": train["bikers"].mean()}) if fill else out


def index_from_0(train, table):
    out = table.reset_index(drop=True)
    out["usual"] = matched(train, table)["bikers"].fillna(train["bikers"].mean())
    return out


def whole_merge(train, table):
    means = train.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    means = means.rename(columns={"bikers": "usual"})
    return table.merge(means, how="left").fillna({"usual": train["bikers"].mean()}).set_axis(table.index)


def inner_merge(train, table):
    means = train.groupby(["hour", "working_day"], as_index=False)["bikers"].mean()
    return table.reset_index().merge(means.rename(columns={"bikers": "usual"})).set_index("index")


def of_the_table(train, table):
    return table.assign(usual=table.groupby(["hour", "working_day"])["bikers"].transform("mean"))


def hour_only(train, table):
    usual = table["hour"].map(train.groupby("hour")["bikers"].mean())
    return table.assign(usual=usual.fillna(train["bikers"].mean()))


def filled_with(value):
    def with_usual(train, table):
        found = matched(train, table)["bikers"]
        return table.assign(usual=found.fillna(value(found, train)).to_numpy())

    return with_usual


def changes_the_table(train, table):
    table["usual"] = matched(train, table)["bikers"].fillna(train["bikers"].mean()).to_numpy()
    return table


def no_fill(train, table):
    return table.assign(usual=matched(train, table)["bikers"].to_numpy())


def just_the_column(train, table):
    return by_place(train, table)["usual"]


def gap_mean_of_index(train, table):
    return as_given(train.reset_index(drop=True), table)


# --- question 3 -----------------------------------------------------------------------------------

houses = ck.load("houses").query("living_area < 4000").sample(frac=1, random_state=0)
sold, offered = houses.iloc[:2000], houses.iloc[2000:]
numbers = ["living_area", "overall_quality", "year_built"]
texts = ["neighborhood", "kitchen_quality", "building_type"]
facts = numbers + texts


def serving(prepare, columns=facts):
    """A service with this preparation inside a pipeline."""

    def service(train):
        model = make_pipeline(prepare(), Ridge()).fit(train[columns].astype(object), train["price"])
        return lambda table: model.predict(table[columns].astype(object))

    return service


def one_hot(**settings):
    return lambda: make_column_transformer((OneHotEncoder(**settings), texts), (StandardScaler(), numbers))


def by_categories(train):
    """get_dummies with the categories of train."""
    known = {name: sorted(train[name].unique()) for name in texts}

    def dummies(table):
        some = table[facts].copy()
        for name in texts:
            some[name] = pd.Categorical(some[name].astype(object), categories=known[name])
        return pd.get_dummies(some, dtype=float)

    model = make_pipeline(StandardScaler(), Ridge()).fit(dummies(train), train["price"])
    return lambda table: pd.Series(model.predict(dummies(table)))


def with_the_training_rows(train):
    """get_dummies of the table with the training rows beside it."""
    train = train.copy()
    columns = pd.get_dummies(train[facts].astype(dict.fromkeys(texts, object)), dtype=float).columns

    def dummies(table):
        some = pd.concat([train[facts], table[facts]], ignore_index=True).astype(dict.fromkeys(texts, object))
        return pd.get_dummies(some, dtype=float).reindex(columns=columns, fill_value=0).iloc[len(train) :]

    model = make_pipeline(StandardScaler(), Ridge()).fit(dummies(train), train["price"])
    return lambda table: model.predict(dummies(table)).tolist()


def dummies_of(train, drop_first, own_columns=False, scale_apart=False, change=None):
    X = pd.get_dummies(train[facts], drop_first=drop_first, dtype=float)
    model = make_pipeline(StandardScaler(), Ridge()).fit(X, train["price"])

    def serve(table):
        rows = pd.get_dummies(table[facts], drop_first=drop_first, dtype=float)
        rows = rows.reindex(columns=X.columns, fill_value=0)
        return model.predict(change(rows) if change else rows)

    return serve


def as_it_was(train):
    return dummies_of(train, True)


def keep_all(train):
    return dummies_of(train, False)


def places_in_the_table(train):
    """Codes by `factorize`, of each table alone."""

    def coded(table):
        return table[numbers].assign(**{name: pd.factorize(table[name])[0] for name in texts})

    model = Ridge().fit(coded(train), train["price"])
    return lambda table: model.predict(coded(table))


def scaled_alone(train):
    prepare = OneHotEncoder(handle_unknown="ignore").fit(train[texts].astype(object))

    def X(table):
        area = table[numbers].to_numpy(float)
        area = (area - area.mean(axis=0)) / np.where(area.std(axis=0) == 0, 1, area.std(axis=0))
        return np.hstack([prepare.transform(table[texts].astype(object)).toarray(), area])

    model = Ridge().fit(X(train), train["price"])
    return lambda table: model.predict(X(table))


SHARED = {}


def in_one_place(train):
    SHARED["serve"] = by_categories(train)
    return lambda table: SHARED["serve"](table)


FIRST = {}


def fitted_once(train):
    FIRST.setdefault("serve", by_categories(train))
    return FIRST["serve"]


def by_position(train):
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), [3, 4, 5]), (StandardScaler(), [0, 1, 2])
        ),
        Ridge(),
    ).fit(train[facts].astype(object).to_numpy(), train["price"])

    def serve(table):
        table = table.drop(columns=[c for c in table if c not in facts])
        return model.predict(table.astype(object).to_numpy())

    def serve_all(table):
        return serve(table[facts]) if "price" in table else serve(table)

    return serve_all


def of_test_rows_too(train):
    return by_categories(pd.concat([train, offered]))


def forest_of_test_rows_too(train):
    """A deep forest that has also seen the houses it is judged on."""
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), texts), ("passthrough", numbers)
    )
    model = make_pipeline(encode, RandomForestRegressor(20, random_state=0))
    both = pd.concat([train, offered])
    model.fit(both[facts].astype(object), both["price"])
    return lambda table: model.predict(table[facts].astype(object))


def of_log_prices(train):
    """Ridge on the logarithm of the price."""
    model = TransformedTargetRegressor(
        make_pipeline(one_hot(handle_unknown="ignore")(), Ridge()), func=np.log, inverse_func=np.exp
    ).fit(train[facts].astype(object), train["price"])
    return lambda table: pd.DataFrame({"price": model.predict(table[facts].astype(object))})


def sorts_the_table(train):
    serve = by_categories(train)
    return lambda table: serve(table.sort_values("living_area"))


def predicts_at_once(train):
    return by_categories(train)(train)


def writes_into_the_table(train):
    serve = by_categories(train)

    def changed(table):
        table["price"] = serve(table).to_numpy()
        return table["price"]

    return changed


def prices_alone(serve=None):
    serve = serve or as_it_was(sold)
    together = serve(offered)
    return together, np.array([serve(offered.iloc[[place]])[0] for place in range(50)])


TOGETHER, ALONE = prices_alone()
APART = np.abs(TOGETHER[:50] - ALONE)

# --- question 4 -----------------------------------------------------------------------------------

flights = ck.load("flights").dropna(subset=["arr_delay"]).sample(8000, random_state=0).sort_index()
flights = flights.assign(late=(flights["arr_delay"] > 15).astype(int))
fourth = (flights["month"] * 31 + flights["day"]) % 4 == 0


def auc_with(habits, fill=True, columns=("hour", "distance")):
    """ROC-AUC with the habits (train, test) -> two columns."""

    def auc_of(train, test):
        X, X_new = train[list(columns)].copy(), test[list(columns)].copy()
        if habits:
            X["habit"], X_new["habit"] = habits(train, test)
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["late"])
        return roc_auc_score(test["late"], model.predict_proba(X_new)[:, 1])

    return auc_of


def of_all(train, test):
    habit = pd.concat([train, test]).groupby("tailnum")["late"].mean()
    return train["tailnum"].map(habit).to_numpy(), test["tailnum"].map(habit).to_numpy()


def of_train(train, test, weight=0):
    known, usual = train.groupby("tailnum")["late"].agg(["sum", "count"]), train["late"].mean()
    habit = (known["sum"] + weight * usual) / (known["count"] + weight)
    return train["tailnum"].map(habit).to_numpy(), test["tailnum"].map(habit).fillna(usual).to_numpy()


def in_folds(shuffle=True, weight=10):
    """Habits of the training rows from other folds."""

    def habits(train, test):
        own = np.zeros(len(train))
        folds = KFold(5, shuffle=shuffle, random_state=0 if shuffle else None)
        for others, rows in folds.split(train):
            own[rows] = of_train(train.iloc[others], train.iloc[rows], weight)[1]
        return own, of_train(train, test, weight)[1]

    return habits


def of_the_others(weight=10):
    """The mean of the aircraft's other flights, pulled towards the mean."""

    def habits(train, test):
        y, usual = train["late"].astype(float).to_numpy(), train["late"].mean()
        groups = pd.Series(y).groupby(train["tailnum"].to_numpy())
        total, count = groups.transform("sum").to_numpy(), groups.transform("count").to_numpy()
        own = (total - y + weight * usual) / np.maximum(count - 1 + weight, 1e-9)
        return own, of_train(train, test, weight)[1]

    return habits


def by_target_encoder(train, test, **settings):
    columns = ["tailnum", "hour", "distance"]
    encode = make_column_transformer((TargetEncoder(**settings), ["tailnum"]), remainder="passthrough")
    model = make_pipeline(encode, StandardScaler(), LogisticRegression()).fit(
        train[columns], train["late"] * 1
    )
    return roc_auc_score(test["late"], model.decision_function(test[columns]))


def by_target_encoder_in_folds(train, test):
    return by_target_encoder(train, test, cv=StratifiedKFold(3, shuffle=True, random_state=1))


def one_hot_tails(train, test):
    columns = ["tailnum", "hour", "distance"]
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["tailnum"]), (StandardScaler(), ["hour", "distance"])
    )
    model = make_pipeline(encode, LogisticRegression(C=0.1, max_iter=1000)).fit(train[columns], train["late"])
    return np.float64(roc_auc_score(test["late"], model.predict_proba(test[columns])[:, 1]))


def fit_then_transform(train, test):
    """TargetEncoder, but with transform for the training part."""
    encoder = TargetEncoder().fit(train[["tailnum"]], train["late"])

    def habits(train, test):
        return encoder.transform(train[["tailnum"]])[:, 0], encoder.transform(test[["tailnum"]])[:, 0]

    return auc_with(habits)(train, test)


def codes(train, test):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    own = encoder.fit_transform(train[["tailnum"]])[:, 0]
    return own, encoder.transform(test[["tailnum"]])[:, 0]


def on_train(train, test):
    return by_target_encoder(train, train)


def hard_answers(train, test):
    X, X_new = train[["hour", "distance"]].copy(), test[["hour", "distance"]].copy()
    X["habit"], X_new["habit"] = in_folds()(train, test)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["late"])
    return roc_auc_score(test["late"], model.predict(X_new))


def other_column(train, test):
    return 1 - by_target_encoder(train, test)


def writes_habits(train, test):
    train["habit"], test["habit"] = in_folds()(train, test)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(train[["hour", "distance", "habit"]], train["late"])
    return roc_auc_score(test["late"], model.predict_proba(test[["hour", "distance", "habit"]])[:, 1])


def larger_side(train, test):
    """'A ROC-AUC below one half is only the wrong way round.'"""
    found = by_target_encoder(train, test)
    return max(found, 1 - found)


def of_both_parts(make):
    """Habits without a flight's own answer, but from the other flights of both parts."""

    def auc_of(train, test):
        habit = make(pd.concat([train, test], ignore_index=True))
        return auc_with(lambda train, test: (habit[: len(train)], habit[len(train) :]))(train, test)

    return auc_of


def encoded(flights):
    return TargetEncoder(random_state=0).fit_transform(flights[["tailnum"]], flights["late"] * 1)[:, 0]


def known_aircraft(train, test):
    return by_target_encoder(train, test[test["tailnum"].isin(train["tailnum"])])


def from_ten_flights(train, test):
    """An aircraft has a habit from ten flights on; others have the mean."""
    known = train.groupby("tailnum")["late"].agg(["mean", "count"])
    habit, usual = known["mean"].where(known["count"] >= 10), train["late"].mean()
    return [part["tailnum"].map(habit).fillna(usual).to_numpy() for part in (train, test)]


given_auc = auc_with(of_all)
TRUE = given_auc(flights[~fourth], flights[fourth])


def shuffled(function, seed):
    mixed = flights.assign(late=np.random.default_rng(seed).permutation(flights["late"]))
    return function(mixed[~fourth], mixed[fourth])


SHUFFLED = np.mean([shuffled(given_auc, seed) for seed in range(5)])
TRAIN_ONLY = np.mean([
    given_auc(
        flights[~fourth].assign(late=np.random.default_rng(seed).permutation(flights["late"][~fourth])),
        flights[fourth],
    )
    for seed in range(5)
])  # fmt: skip
HONEST = np.mean([shuffled(by_target_encoder, seed) for seed in range(5)])

# --- question 5 -----------------------------------------------------------------------------------


def rows_of(X):
    return [tuple(row) for row in X.to_numpy().tolist()]


def overlaps(X, X_new, limit=0.2, twins=True):
    known = set(rows_of(X))
    seen = np.mean([row in known for row in rows_of(X_new)])
    return seen > limit + (X.duplicated(keep=False).mean() if twins else 0)


def shifts(X, X_new, level=1e-5, test=ks_2samp):
    return any(test(X[name], X_new[name]).pvalue < level for name in X)


def moved(X, X_new, level=0.5):
    return bool((np.abs(X_new.mean() - X.mean()) / X.std() > level).any())


def told_apart(X, X_new):
    """Can a model tell the parts apart?"""
    both, part = np.concatenate([X, X_new]), np.repeat([0, 1], [len(X), len(X_new)])
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(50, max_depth=6, min_samples_leaf=5, random_state=0)
    chances = cross_val_predict(forest, both, part, cv=StratifiedKFold(3, shuffle=True, random_state=0),
                                method="predict_proba")  # fmt: skip
    return roc_auc_score(part, chances[:, 1]) > 0.62


def labels_differ(y, y_new, errors=3.5):
    share = np.mean(y)
    return abs(np.mean(y_new) - share) > errors * np.sqrt(share * (1 - share) * (1 / len(y) + 1 / len(y_new)))


def no_skill(y, chances, limit=0.6):
    return roc_auc_score(y, chances) < limit


def check_with(overlap=overlaps, shift=shifts, labels=labels_differ, skill=no_skill, apart=1e-3, kind=set,
               after=None):  # fmt: skip
    """A health check of these parts."""

    def health_check(X_train, y_train, X_test, y_test, fit):
        model = fit(X_train, y_train)
        chances = model.predict_proba(X_test)[:, 1]
        again = fit(X_train, y_train).predict_proba(X_test)[:, 1]
        raised = {
            "overlap": overlap(X_train, X_test),
            "shift": shift(X_train, X_test),
            "labels": labels(y_train, y_test),
            "no skill": skill(y_test, chances),
            "not repeatable": np.abs(chances - again).max() > apart,
        }
        words = kind(word for word, true in raised.items() if true)
        return after(words) if after else words

    return health_check


def by_accuracy(X_train, y_train, X_test, y_test, fit):
    words = check_with(skill=lambda y, chances: False)(X_train, y_train, X_test, y_test, fit)
    accuracy = accuracy_score(y_test, fit(X_train, y_train).predict(X_test))
    return words | ({"no skill"} if accuracy < max(y_test.mean(), 1 - y_test.mean()) + 0.02 else set())


def by_accuracy_of(limit):
    def skill(y, chances):
        return accuracy_score(y, chances > 0.5) < limit

    return skill


def exact_equality(X_train, y_train, X_test, y_test, fit):
    words = check_with()(X_train, y_train, X_test, y_test, fit)
    first, second = (fit(X_train, y_train).predict_proba(X_test) for _ in range(2))
    return words if np.array_equal(first, second) else words | {"not repeatable"}


def same_model_twice(X_train, y_train, X_test, y_test, fit):
    """One model, asked twice."""
    words = check_with(apart=2)(X_train, y_train, X_test, y_test, fit)
    model = fit(X_train, y_train)
    first, second = (model.predict_proba(X_test) for _ in range(2))
    return words | ({"not repeatable"} if np.abs(first - second).max() > 0.01 else set())


def on_training_rows(X_train, y_train, X_test, y_test, fit):
    words = check_with(skill=lambda y, chances: False)(X_train, y_train, X_test, y_test, fit)
    chances = fit(X_train, y_train).predict_proba(X_train)[:, 1]
    return words | ({"no skill"} if no_skill(y_train, chances) else set())


def sorts_in_place(X_train, y_train, X_test, y_test, fit):
    words = check_with()(X_train, y_train, X_test, y_test, fit)
    y_train.sort()
    return words


def by_merge(X, X_new):
    seen = X_new.merge(X.drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    half = len(X) // 2
    chance = X[half:].merge(X[:half].drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    return seen.mean() > chance.mean() + 0.25


RIGHT = {
    "q1": [
        ("in NumPy", ("D", WHOLE, scale)),
        ("scikit-learn, a small letter", ("d", np.float32(WHOLE), by_sklearn)),
        ("pandas, n - 1", (" D ", float(WHOLE), by_pandas)),
        ("column by column, float32, two digits", ("D", 1.69, by_columns)),
        ("n - 1", ("D", [WHOLE], scale_with(ddof=1))),
        ("plain lists", ("D", 1.7, lambda a, b: [part.tolist() for part in scale(a, b)])),
    ],
    "q2": [
        ("by place", ("B", GAPS[1], by_place)),
        ("a dictionary", ("b", round(GAPS[1], 2), by_dictionary)),
        ("join", ("B", np.float64(GAPS[1]), by_join)),
        ("merge on the whole table", ("B", GAPS[1], whole_merge)),
        ("the table's index", ("B", pd.Series([GAPS[1]]), own_index)),
    ],
    "q3": [
        ("categories of train", ("F", APART.max(), by_categories)),
        ("one-hot in a pipeline", ("f", round(APART.max()), serving(one_hot(handle_unknown="ignore")))),
        ("rare categories", ("F", APART.max(), serving(one_hot(handle_unknown="infrequent_if_exist")))),
        ("log prices, a frame", ("F", APART.max(), of_log_prices)),
        ("the smallest repair", ("F", APART.max(), keep_all)),
        ("training rows beside it", ("F", np.float32(APART.max()), with_the_training_rows)),
    ],
    "q4": [
        ("TargetEncoder", ("E", SHUFFLED, by_target_encoder)),
        ("TargetEncoder, own folds", ("E", round(SHUFFLED, 2), by_target_encoder_in_folds)),
        ("own folds", ("e", shuffled(given_auc, 9), auc_with(in_folds()))),
        ("the others, smoothed", ("E", SHUFFLED, auc_with(of_the_others()))),
        ("the others", ("E", SHUFFLED, auc_with(of_the_others(0)))),
        ("habits from ten flights on", ("E", SHUFFLED, auc_with(from_ten_flights))),
        ("a one-hot column for each", ("E", SHUFFLED, one_hot_tails)),
    ],
    "q5": [
        ("five small tests", (check_with(),)),
        ("a list", (check_with(kind=list),)),
        ("an array", (lambda *case: np.array(sorted(check_with()(*case))),)),
        ("AUC below 0.55, KS at 0.0001, chances at 0.01", (check_with(
            skill=lambda y, c: no_skill(y, c, 0.55), shift=lambda X, X_new: shifts(X, X_new, 1e-4),
            apart=0.01),)),
        ("another overlap, other limits", (check_with(by_merge, skill=lambda y, c: no_skill(y, c, 0.62)),)),
        ("levels by the number of columns", (check_with(
            shift=lambda X, X_new: shifts(X, X_new, 0.01 / X.shape[1])),)),
        ("labels at 0.15", (check_with(
            labels=lambda y, new: abs(np.mean(y) - np.mean(new)) > 0.15),)),
    ],
}  # fmt: skip

WRONG = {
    "q1": [
        ("another letter", ("A", WHOLE, scale)),
        ("'it is the leak'", ("E", WHOLE, scale)),
        ("'alone it is different'", ("F", WHOLE, scale)),
        ("'gaps'", ("B", WHOLE, scale)),
        ("'the classes'", ("C", WHOLE, scale)),
        ("'the order'", ("G", WHOLE, scale)),
        ("a sentence", ("the axis", WHOLE, scale)),
        ("a number for a letter", (4, WHOLE, scale)),
        ("the test score", ("D", 0.8345864661654135, scale)),
        ("of another column", ("D", 0.55, scale)),
        ("a text", ("D", "1.69", scale)),
        ("as it was", ("D", WHOLE, scale_with(axis=None))),
        ("each bird by itself", ("D", WHOLE, scale_with(axis=1))),
        ("each part by itself", ("D", WHOLE, scale_with(own=True))),
        ("both parts together", ("D", WHOLE, of_both)),
        ("no spread", ("D", WHOLE, only_centred)),
        ("divides by 0", ("D", WHOLE, scale_with(safe=False))),
        ("in the type of the table", ("D", WHOLE, lambda a, b: scale(a, b, kind=np.uint8))),
        ("only one part", ("D", WHOLE, lambda a, b: scale(a, b)[0])),
        ("changes its input", ("D", WHOLE, in_place)),
        ("the new rows first", ("D", WHOLE, exchanged)),
        ("never by 0, a little is added", ("D", WHOLE, a_little_more)),
        ("from 0 to 1 is scaled too", ("D", WHOLE, from_0_to_1)),
        ("per cent", ("D", 100 * WHOLE, scale)),
        ("returns nothing", ("D", WHOLE, lambda a, b: [scale(a, b)].clear())),
    ],
    "q2": [
        ("overfitting", ("A", GAPS[1], by_place)),
        ("the other letters", ("F", GAPS[1], by_place)),
        ("leak", ("E", GAPS[1], by_place)),
        ("the training part", ("B", GAPS[0], by_place)),
        ("per cent", ("B", 100 * GAPS[1], by_place)),
        ("rows", ("B", round(GAPS[1] * len(later)), by_place)),
        ("after the filling", ("B", 0, by_place)),
        ("what merge returns", ("B", matched(past, later)["bikers"].isna().mean(), by_place)),
        ("mean of both parts", ("B", np.mean(GAPS), by_place)),
        ("train and table together", ("B", GAPS[1], lambda a, b: by_place(pd.concat([a, b]), b))),
        ("train ignored", ("B", GAPS[1], lambda train, table: by_place(past, table))),
        ("as it was", ("B", GAPS[1], as_given)),
        ("a new index", ("B", GAPS[1], index_from_0)),
        ("training reset only", ("B", GAPS[1], gap_mean_of_index)),
        ("rows lost", ("B", GAPS[1], inner_merge)),
        ("means of the table", ("B", GAPS[1], of_the_table)),
        ("by hour only", ("B", GAPS[1], hour_only)),
        ("filled with 0", ("B", GAPS[1], filled_with(lambda found, train: 0))),
        ("filled with the mean of the means", ("B", GAPS[1], filled_with(lambda found, train: found.mean()))),
        ("changes the table", ("B", GAPS[1], changes_the_table)),
        ("gaps left", ("B", GAPS[1], no_fill)),
        ("only the column", ("B", GAPS[1], just_the_column)),
    ],
    "q3": [
        ("gaps", ("B", APART.max(), by_categories)),
        ("overfitting", ("A", APART.max(), by_categories)),
        ("target", ("C", APART.max(), by_categories)),
        ("the mean", ("F", APART.mean(), by_categories)),
        ("thousands", ("F", APART.max() / 1000, by_categories)),
        ("the first", ("F", APART[0], by_categories)),
        ("R²", ("F", 0.85, by_categories)),
        ("as it was", ("F", APART.max(), as_it_was)),
        ("codes of each table", ("F", APART.max(), places_in_the_table)),
        ("scaled alone", ("F", APART.max(), scaled_alone)),
        ("unknown raises", ("F", APART.max(), serving(one_hot()))),
        ("by place", ("F", APART.max(), by_position)),
        ("numbers only", ("F", APART.max(), serving(StandardScaler, numbers))),
        ("one place for all", ("F", APART.max(), in_one_place)),
        ("fitted once", ("F", APART.max(), fitted_once)),
        ("train ignored", ("F", APART.max(), lambda train: by_categories(sold))),
        ("more houses are better", ("F", APART.max(), of_test_rows_too)),
        ("a forest of all houses", ("F", APART.max(), forest_of_test_rows_too)),
        ("sorted", ("F", APART.max(), sorts_the_table)),
        ("no function", ("F", APART.max(), predicts_at_once)),
        ("writes into the table", ("F", APART.max(), writes_into_the_table)),
    ],
    "q4": [
        ("overfitting", ("A", SHUFFLED, by_target_encoder)),
        ("alone", ("F", SHUFFLED, by_target_encoder)),
        ("the true score", ("E", TRUE, by_target_encoder)),
        ("the repaired one, shuffled", ("E", HONEST, by_target_encoder)),
        ("the gap", ("E", TRUE - SHUFFLED, by_target_encoder)),
        ("as it was", ("E", SHUFFLED, given_auc)),
        ("the labels of train alone", ("E", TRAIN_ONLY, by_target_encoder)),
        ("one shuffle", ("E", shuffled(given_auc, 0), by_target_encoder)),
        ("below one half is the wrong way round", ("E", SHUFFLED, larger_side)),
        ("encoded in folds, both parts", ("E", SHUFFLED, of_both_parts(encoded))),
        (
            "the others of both parts",
            ("E", SHUFFLED, of_both_parts(lambda flights: of_the_others()(flights, flights)[0])),
        ),
        ("unknown aircraft left out", ("E", SHUFFLED, known_aircraft)),
        ("fitted on test", ("E", SHUFFLED, lambda train, test: by_target_encoder(test, test))),
        ("habits of train, own answer inside", ("E", SHUFFLED, auc_with(of_train))),
        ("transform for the training part", ("E", SHUFFLED, fit_then_transform)),
        ("dropped", ("E", SHUFFLED, auc_with(None))),
        ("codes", ("E", SHUFFLED, auc_with(codes))),
        ("folds in the order of the rows", ("E", SHUFFLED, auc_with(in_folds(shuffle=False)))),
        (
            "smoothed, own answer inside",
            ("E", SHUFFLED, auc_with(lambda train, test: of_train(train, test, 20))),
        ),
        ("scored on train", ("E", SHUFFLED, on_train)),
        ("hard answers", ("E", SHUFFLED, hard_answers)),
        ("the other column", ("E", SHUFFLED, other_column)),
        ("writes into the tables", ("E", SHUFFLED, writes_habits)),
        ("one half", ("E", SHUFFLED, lambda train, test: 0.5)),
        ("per cent", ("E", SHUFFLED, lambda train, test: 100 * by_target_encoder(train, test))),
    ],
    "q5": [
        ("silent", (lambda *case: set(),)),
        ("always all", (check_with(after=lambda words: {"overlap", "shift", "labels", "no skill"}),)),
        ("5 % a column", (check_with(shift=lambda X, X_new: shifts(X, X_new, 0.05)),)),
        ("the means moved", (check_with(shift=moved),)),
        ("ranks", (check_with(shift=lambda X, X_new: shifts(X, X_new, test=mannwhitneyu)),)),
        ("any row that repeats", (check_with(lambda X, X_new: overlaps(X, X_new, 0, False)),)),
        ("half of the rows repeat", (check_with(lambda X, X_new: overlaps(X, X_new, 0.3, False)),)),
        ("no overlap test", (check_with(lambda X, X_new: False),)),
        ("labels at one error", (check_with(labels=lambda y, new: labels_differ(y, new, 1)),)),
        ("labels at 0.05", (check_with(labels=lambda y, new: abs(np.mean(y) - np.mean(new)) > 0.04),)),
        ("against the commoner class", (by_accuracy,)),
        ("accuracy above 0.8", (check_with(skill=by_accuracy_of(0.8)),)),
        ("AUC above 0.85", (check_with(skill=lambda y, c: no_skill(y, c, 0.85)),)),
        ("skill on the training rows", (on_training_rows,)),
        ("to the last digit", (exact_equality,)),
        ("the index tells the copies", (check_with(lambda X, X_new: X_new.index.isin(X.index).any()),)),
        ("the same model twice", (same_model_twice,)),
        ("repeats never tested", (check_with(apart=2),)),
        ("own words", (check_with(after=lambda words: {word.upper() for word in words}),)),
        ("one text", (check_with(after=lambda words: ", ".join(sorted(words))),)),
        ("a dictionary", (check_with(after=lambda words: dict.fromkeys(words, True)),)),
        ("sorts the targets", (sorts_in_place,)),
    ],
}
