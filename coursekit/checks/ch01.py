"""The questions of chapter 1, problem definition."""

from itertools import product

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

import coursekit as ck
from coursekit.checking import attempt, given, need, question, told

KINDS = {"regression", "binary", "multiclass", "multilabel", "clustering"}
COLUMNS = {
    "bikes": {"hour", "weekday", "holiday", "casual", "registered", "bikers"},
    "crashes": {"impact_speed", "seatbelt", "airbag_opened", "injury_severity", "dead"},
    "illnesses": {"age", "sex", "asthma", "arthritis", "heart_attack", "stroke", "cancer"},
}
TARGET = {"bikes": {"bikers"}, "crashes": {"dead"}, "illnesses": COLUMNS["illnesses"] - {"age", "sex"}}
LATE = {"bikes": {"casual", "registered"}, "crashes": {"injury_severity"}, "illnesses": set()}


def places(answer, name, keys):
    """(key, what stands there) for each place that is filled, of a dictionary with exactly these keys."""
    if not given(answer):
        return []
    answer = answer.to_dict() if isinstance(answer, pd.Series) else answer
    need(isinstance(answer, dict), f"{name} is a dictionary, such as {{{keys[0]!r}: …}}.")
    need(set(answer) == set(keys), f"{name} has the keys {', '.join(map(repr, keys))} and no others.")
    return [(key, value) for key, value in answer.items() if given(value)]


def one_of(value, options, place):
    """Require one of these names, and return it."""
    known = isinstance(value, str) and value in options
    need(known, f"{place} is one of {', '.join(sorted(options))}, spelt just so.")
    return value


def one_number(value, what):
    """Require a single number, and return it as a float."""
    single = np.size(value) == 1 and not isinstance(value, str)
    number = attempt(lambda: float(np.ravel(value)[0])) if single else None
    seen = " ".join(repr(value).split())[:60]
    need(isinstance(number, float) and not np.isnan(number), f"{what} must be one number, and it is {seen}.")
    return number


def listed(value, name, key):
    """Require a list of the columns printed for this question, and return it as a set."""
    found = [value] if isinstance(value, str) else attempt(lambda: list(value))
    names = isinstance(found, list) and all(isinstance(entry, str) for entry in found)
    example = "['…'] or []" if name == "too_late" else "['…']"
    need(names and not isinstance(value, str), f"{name}[{key!r}] is a list of column names, as in {example}.")
    strange = sorted(set(found) - COLUMNS[key])
    need(not strange, f"{name}[{key!r}]: {strange[:1]} is not among the columns printed for {key!r}.")
    return set(found)


@question
def q1(kind, target, too_late):
    for key, value in places(kind, "kind", list(COLUMNS)):
        value = one_of(value, KINDS, f"kind[{key!r}]")
        need(key != "bikes" or value == "regression", "Bikes: is one bicycle too few as bad as a hundred?")
        need(key != "crashes" or value == "binary", "Crashes: how many different answers can there be?")
        if key == "illnesses":
            need(value != "multiclass", "Illnesses: a multiclass y allows a person only one.")
            need(value == "multilabel", "Illnesses: how many answers are there for one person?")
    for key, value in places(target, "target", list(COLUMNS)):
        hint = {
            "bikes": "Bikes: the driver needs the number of all hires, one column.",
            "crashes": "Crashes: the question asks for death, one column.",
            "illnesses": "Illnesses: y has a column for each of the five.",
        }
        need(listed(value, "target", key) == TARGET[key], hint[key])
    for key, value in places(too_late, "too_late", list(COLUMNS)):
        late = listed(value, "too_late", key)
        need(not late & TARGET[key], f"too_late[{key!r}] lists the target itself: leave it out.")
        missing = {
            "bikes": "Bikes: which columns count hires of tomorrow?",
            "crashes": "Crashes: which column needs a doctor at the scene?",
        }
        need(late >= LATE[key], missing.get(key))
        early = {
            "bikes": "Bikes: a calendar tells tonight what hour and day it will be.",
            "crashes": "Crashes: what the car's sensors report is there in time.",
            "illnesses": "Illnesses: age and sex are known before the visit.",
        }
        need(late == LATE[key], early[key])


def returned(function, case, *inputs):
    """The number that a learner's function gives for copies of these arrays, which it must not change."""
    name, mine = getattr(function, "__name__", "your function"), [part.copy() for part in inputs]
    found = attempt(lambda: function(*mine))
    need(not isinstance(found, Exception), f"Given {case}, {name} raised {told(found)}")
    number = one_number(found, f"What {name} returns for {case}")
    same = all(map(np.array_equal, mine, inputs))
    need(same, f"After {name} has run, an array that it was given holds other numbers: make a new one.")
    return number


@question
def q2(value_per_1000):
    need(callable(value_per_1000), "value_per_1000 is a function: def value_per_1000(y, acted, costs): …")
    y, acted = np.array([0] * 7 + [1] * 3), np.array([0] * 6 + [1] * 4)
    costs = np.array([[0.0, 0.1], [1.0, 0.1]])
    found = returned(value_per_1000, "the example", y, acted, costs)
    need(not np.isclose(found, 260), "260 is saved against acting on nobody. Which is cheaper here?")
    need(not np.isclose(found, -60), "Mind the sign: money saved is positive.")
    need(not np.isclose(found, 0.06), "That is the value of one case; the question asks for 1,000.")
    need(not np.isclose(found, 0.6), "That is the value of these ten cases; the question asks for 1,000.")
    need(not np.isclose(found, 40), "That is the cost itself: what is it compared with?")
    need(not np.isclose(found, -100), "In costs[truth, action] the truth is the first index.")
    need(not np.isclose(found, 600), "Ten times too much: a mean, not a sum, times 1,000.")
    need(np.isclose(found, 60), f"In the example the value is 60, and yours is {found:.4g}.")
    rng = np.random.default_rng(1)
    two_costs = np.array([[0.0, 2.0], [9.0, 2.0]]), np.array([[1.0, 4.0], [30.0, -2.0]])
    for share, n in [(0.05, 400), (0.11, 400), (0.6, 400), (0.3, 37), (0, 20), (1, 20)]:
        y = (rng.random(n) < share).astype(int)
        some = (rng.random(n) < 0.3 + 0.4 * y).astype(int)
        for acted, costs in product((some, np.zeros(n, int), np.ones(n, int)), two_costs):
            cases = (
                f"{n} cases, {y.mean():.0%} of them 1, {acted.mean():.0%} acted on, costs {costs.tolist()}"
            )
            paid = [1000 * costs[y, action].mean() for action in (0, 1, acted)]
            right = min(paid[:2]) - paid[2]
            found = returned(value_per_1000, cases, y, acted, costs)
            off = abs(found - right)
            need(right > -1 or abs(found) > 1e-9, f"For {cases} the value is negative, and yours is 0.")
            need(off < 0.01 or off > 1, "Nearly: do not round.")
            cheaper = "nobody" if paid[0] < paid[1] else "everybody"
            wrong = f"your value is {found - right:+.4g} off, with acting on {cheaper} the cheaper baseline"
            need(off < 0.01, f"For {cases}: {wrong}.")


@question
def q3(threshold):
    need(callable(threshold), "threshold is a function: def threshold(costs): …")
    found = returned(threshold, "the van's costs", np.array([[0, 10], [500, 10]]))
    need(not np.isclose(found, 0.98), "That is the threshold for the probability of a 0.")
    need(not np.isclose(found, 2), "Right, but in percent: return a probability between 0 and 1.")
    need(abs(found - 0.02) < 0.0011, f"For the van the threshold is 0.02, and yours is {found:.4g}.")
    rng = np.random.default_rng(2)
    tried = {
        "both right actions are free": [[0, rng.uniform(5, 50)], [rng.uniform(100, 300), 0]],
        "acting on a 1 costs something, too": [[0, rng.uniform(5, 50)], [rng.uniform(100, 300), 35]],
        "a rescue pays": [[0, rng.uniform(5, 50)], [rng.uniform(100, 300), -40]],
        "all four prices differ": [[4, rng.uniform(20, 50)], [rng.uniform(30, 60), 13]],
        "a needless action is the dearest": [[0.02, 10], [0.5, 0.05]],
    }
    for where, costs in tried.items():
        costs = np.array(costs, float)
        p = returned(threshold, f"costs where {where}", costs)
        need(0 <= p <= 1, f"Where {where}, the threshold is no probability: {p:.4g}.")
        needless, missed = costs[0, 1] - costs[0, 0], costs[1, 0] - costs[1, 1]
        dearer = "acting" if (1 - p) * needless > p * missed else "not acting"
        close = abs(p - needless / (needless + missed)) < 0.0011
        need(close or not np.isclose(p, needless / missed), "Those are the odds, p / (1 - p). And p itself?")
        rounded = abs(p - needless / (needless + missed)) < 0.0051 and np.isclose(p, round(p, 2))
        need(close or not rounded, f"Where {where}: nearly, but at least three decimals must be right.")
        short = "costs[0, 1] / costs[1, 0] holds only if acting costs the same whatever the truth."
        need(close or not np.isclose(p, costs[0, 1] / costs[1, 0]), short)
        need(close, f"Where {where}, {dearer} still costs more at your threshold.")


def filters_and_costs():
    """The four filters' costs for both owners and their three metrics, each a table with a row a filter."""
    mails = ck.load("mails")
    spam = mails["is_spam"].to_numpy()
    text = (mails["subject"] + " " + mails["body"]).str.lower()
    html_or_click = mails["is_html"] | text.str.contains(r"\bclick\b")
    filters = {
        "click here": text.str.contains("click here"),
        "html": mails["is_html"],
        "html or click": html_or_click,
        "html, click or free": html_or_click | text.str.contains(r"\bfree\b"),
    }
    costs, metrics = {}, {}
    for name, moved in filters.items():
        moved = moved.to_numpy(bool)
        lost, seen, caught = (1000 * np.mean(part) for part in (moved & ~spam, ~moved & spam, moved & spam))
        costs[name] = {"private": 3 * lost + 0.5 * seen, "desk": 0.1 * lost + 0.5 * seen}
        shares = {"precision": caught / (caught + lost), "recall": caught / (caught + seen)}
        metrics[name] = {"accuracy": 1 - (lost + seen) / 1000, **shares}
    return pd.DataFrame(costs).T, pd.DataFrame(metrics).T


@question
def q4(cheapest, metric, regret):
    costs, metrics = filters_and_costs()
    owners = ["private", "desk"]
    for owner, name in places(cheapest, "cheapest", owners):
        name = one_of(name, set(costs.index), f"cheapest[{owner!r}]")
        need(name != costs[owner].idxmax(), f"For the owner {owner!r} that is the dearest filter.")
        need(name == costs[owner].idxmin(), f"For the owner {owner!r} another filter costs less.")
    for owner, word in places(metric, "metric", owners):
        picked = metrics[one_of(word, set(metrics), f"metric[{owner!r}]")].idxmax()
        hint = f"The filter with the best {word} is {picked!r}: is it the cheapest for the owner {owner!r}?"
        need(picked == costs[owner].idxmin(), hint)
    for owner, paid in places(regret, "regret", owners):
        paid = one_number(paid, f"regret[{owner!r}]")
        total, least = costs.loc[metrics["accuracy"].idxmax(), owner], costs[owner].min()
        right = total - least
        need(abs(paid + right) > 0.6, "regret is what is paid too much: a positive number.")
        need(abs(paid - right / 1000) > 1e-3, "regret is for 1,000 mails, not for one.")
        need(abs(paid - total) > 0.6, "That is the whole cost: what does the cheapest filter cost?")
        need(abs(paid - least) > 0.6, "That is the cheapest filter's cost: what does the other one cost?")
        need(abs(paid - right) <= 0.6, f"Look again at regret[{owner!r}]: a difference of two costs.")


SENSORS = ["impact_speed", "frontal", "airbag", "airbag_opened", "seatbelt", "seat", "age"]


def decisions(dispatch, table, which):
    """What `dispatch` decides for a copy of the table: an array of 0 and 1, in the order of its rows."""
    sent = attempt(lambda: dispatch(table.copy()))
    columns = f"a table of {len(table)} rows with the columns {', '.join(SENSORS)} and row labels {which}"
    need(not isinstance(sent, Exception), f"dispatch was given {columns}, and raised {told(sent)}")
    need(sent is not None, "dispatch returns nothing: end it with return.")
    if isinstance(sent, pd.Series) and sent.index.sort_values().equals(table.index.sort_values()):
        sent = sent[table.index]  # each decision carries its crash's label: no matter in which order
    sent = np.asarray(list(sent) if hasattr(sent, "__next__") else sent)
    one_each = f"dispatch was given {len(table)} crashes and returned {sent.size}"
    need(sent.size == len(table), f"{one_each} values: one 0 or 1 for each crash is asked for.")
    strange = sent.ravel()[~np.isin(sent.ravel(), [0, 1])]
    need(not strange.size, f"Return decisions, 0 or 1, and nothing between: there is {strange[:1].tolist()}.")
    return sent.ravel().astype(int)


@question
def q5(dispatch):
    need(callable(dispatch), "dispatch is a function: def dispatch(table): …")
    crashes = ck.load("crashes")
    halves = GroupShuffleSplit(1, test_size=0.5, random_state=0)
    test = crashes.loc[next(halves.split(crashes, groups=crashes["case_id"]))[1]]
    dead, table = (test["dead"] == "dead").to_numpy(), test[SENSORS]
    sent = decisions(dispatch, table, "as in test")
    never = "The helicopter never flies: what does a missed one cost? (Or did the model learn from y itself?)"
    need(sent.any(), never)
    need(not sent.all(), "The helicopter flies to everybody, for a cost of 1,000.")
    fast = np.flatnonzero((table["impact_speed"] == "40-54") & (table["seatbelt"] == "none"))[:100]
    for rows in (np.flatnonzero(sent)[:300][::-1], np.flatnonzero(sent == 0)[:300], fast, [0]):
        part = table.iloc[rows].reset_index(drop=True)
        others = np.sum(decisions(dispatch, part, "from 0 on") != sent[rows])
        alone = f"Given by themselves, under other row labels, {others} of {len(rows)} crashes are decided"
        need(others == 0, f"{alone} otherwise than among all: decide each crash from its own row alone.")
    cost = 1000 * (sent + 30 * dead * (1 - sent)).mean()
    honest = "of hundreds of models fitted on train none got below 450. Has yours seen who died in these?"
    need(cost >= 445, f"The cost is {cost:.0f}, and {honest}")
    few = "It flies seldom: above which probability does 1 cost less than 30 times it?"
    need(cost < 900 or sent.mean() > 0.05, f"The cost is {cost:.0f}. {few}")
    trust = "Is the threshold what 1 and 30 give, and can the probabilities be trusted (section 5)?"
    need(cost <= 570, f"The cost is {cost:.0f}, and 570 is asked for. {trust}")
