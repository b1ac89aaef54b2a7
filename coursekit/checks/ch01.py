"""The questions of chapter 1, problem definition."""

import numpy as np
import pandas as pd

import coursekit as ck
from coursekit.checking import need, question

ILLNESSES = {"asthma", "arthritis", "heart_attack", "stroke", "cancer"}
KINDS = {"regression", "binary", "multiclass", "multilabel", "clustering"}


def need_dictionary(answer, name, keys):
    """Require a dictionary with exactly these keys."""
    need(isinstance(answer, dict), f"{name} is a dictionary, such as {{{keys[0]!r}: …}}.")
    need(set(answer) == set(keys), f"{name} has the keys {', '.join(map(repr, keys))} and no others.")
    need(
        not any(value is ... or value is None for value in answer.values()), f"{name} still has a gap in it."
    )


@question
def q1(kind, target, too_late):
    for name, answer in [("kind", kind), ("target", target), ("too_late", too_late)]:
        need_dictionary(answer, name, ["bikes", "crashes", "illnesses"])
    need(set(kind.values()) <= KINDS, f"Choose each kind from {', '.join(sorted(KINDS))}.")
    need(kind["bikes"] == "regression", "Bikes: is one bicycle too few as bad as a hundred?")
    need(kind["illnesses"] != "multiclass", "Illnesses: a multiclass y allows a person only one.")
    need(kind["illnesses"] == "multilabel", "Illnesses: how many answers are there for one person?")
    need(kind["crashes"] == "binary", "Crashes: how many different answers has the question asked?")
    for name, answer in [("target", target), ("too_late", too_late)]:
        listed = not any(isinstance(value, str) for value in answer.values())
        need(listed, f"{name} holds lists, also for a single column: ['…'].")
    target, too_late = ({key: set(value) for key, value in part.items()} for part in (target, too_late))
    need(target["bikes"] == {"bikers"}, "Bikes: the driver needs the number of all hires, one column.")
    need(target["crashes"] == {"dead"}, "Crashes: the question asks for death, one column.")
    need(target["illnesses"] == ILLNESSES, "Illnesses: y has a column for each of the five.")
    repeated = any(target[name] & too_late[name] for name in target)
    need(not repeated, "Do not list the target itself among the columns that come too late.")
    need(too_late["bikes"], "Bikes: who knows tonight how many members will hire tomorrow?")
    need(too_late["bikes"] == {"casual", "registered"}, "Bikes: which columns count hires?")
    need("injury_severity" in too_late["crashes"], "Crashes: which column needs a doctor at the scene?")
    need(
        too_late["crashes"] == {"injury_severity"}, "Crashes: what the car's sensors report is there in time."
    )
    need(not too_late["illnesses"], "Illnesses: age and sex are known before the visit.")


@question
def q2(value_per_1000):
    y, acted = np.array([0] * 7 + [1] * 3), np.array([0] * 6 + [1] * 4)
    costs = np.array([[0.0, 0.1], [1.0, 0.1]])
    found = value_per_1000(y, acted, costs)
    need(np.ndim(found) == 0, "Return one number.")
    need(not np.isclose(found, 260), "That compares with acting on nobody. Which is cheaper here?")
    need(not np.isclose(found, -60), "Mind the sign: money saved is positive.")
    need(not np.isclose(found, 0.06), "That is the value of one case; the question asks for 1,000.")
    need(not np.isclose(found, 0.6), "That is the value of these ten cases; the question asks for 1,000.")
    need(not np.isclose(found, 40), "That is the bill itself: what is it compared with?")
    need(not np.isclose(found, -100), "In costs[truth, action] the truth is the first index.")
    need(np.isclose(found, 60), f"In the example the value is 60, and yours is {found:.4g}.")
    rng = np.random.default_rng(1)
    for share in (0.05, 0.6):
        y = (rng.random(400) < share).astype(int)
        acted = (rng.random(400) < 0.3 + 0.4 * y).astype(int)
        for costs in (np.array([[0.0, 2.0], [9.0, 2.0]]), np.array([[1.0, 4.0], [30.0, -2.0]])):
            bills = [1000 * costs[y, action].mean() for action in (0, 1, acted)]
            right, found = min(bills[:2]) - bills[2], value_per_1000(y, acted, costs)
            need(
                right >= 0 or not np.isclose(found, 0), "A bad model has a negative value: do not cut it off."
            )
            over = "everybody" if bills[0] < bills[1] else "nobody"
            reason = f"Where acting on {over} is the dearer baseline, your value is off. Use all four prices."
            need(np.isclose(found, right) or not np.isclose(found, right, atol=1), "Nearly: do not round.")
            need(np.isclose(found, right), reason)


@question
def q3(border):
    found = border(np.array([[0, 10], [500, 10]]))
    need(np.ndim(found) == 0, "Return one number.")
    need(not np.isclose(found, 0.98), "That is the border for the probability of a 0.")
    need(np.isclose(found, 0.02), f"For the van the border is 0.02, and yours is {found:.4g}.")
    rng = np.random.default_rng(2)
    for known in (
        "both right actions are free",
        "acting on a 1 costs something, too",
        "all four prices differ",
    ):
        costs = np.array([[0.0, rng.uniform(5, 50)], [rng.uniform(100, 300), 0.0]])
        if known != "both right actions are free":
            costs[1, 1] = rng.uniform(-40, 40)
        if known == "all four prices differ":
            costs[0, 0] = rng.uniform(1, 4)
        p = border(costs)
        need(np.ndim(p) == 0 and 0 <= p <= 1, f"Where {known}, the border is no probability: {p:.4g}.")
        leave, act = ((1 - p) * costs[0, action] + p * costs[1, action] for action in (0, 1))
        dearer = "acting" if act > leave else "not acting"
        need(
            not np.isclose(p, costs[0, 1] / costs[1, 0]),
            "The lesson's formula holds only if acting costs the same whatever the truth.",
        )
        need(np.isclose(leave, act, atol=0.1), f"Where {known}, {dearer} still costs more at your border.")


def filters_and_bills():
    """The four filters' bills for both owners and their three metrics, each a table with a row a filter."""
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
    bills, metrics = {}, {}
    for name, moved in filters.items():
        moved = moved.to_numpy(bool)
        lost, seen, caught = (1000 * np.mean(part) for part in (moved & ~spam, ~moved & spam, moved & spam))
        bills[name] = {"private": 3 * lost + 0.5 * seen, "desk": 0.1 * lost + 0.5 * seen}
        shares = {"precision": caught / (caught + lost), "recall": caught / (caught + seen)}
        metrics[name] = {"accuracy": 1 - (lost + seen) / 1000, **shares}
    return pd.DataFrame(bills).T, pd.DataFrame(metrics).T


@question
def q4(cheapest, metric, regret):
    for name, answer in [("cheapest", cheapest), ("metric", metric), ("regret", regret)]:
        need_dictionary(answer, name, ["private", "desk"])
    bills, metrics = filters_and_bills()
    need(set(cheapest.values()) <= set(bills.index), f"cheapest holds names: {', '.join(bills.index)}.")
    need(set(metric.values()) <= set(metrics), f"metric holds names: {', '.join(metrics)}.")
    for owner, name in cheapest.items():
        need(name != bills[owner].idxmax(), f"For the owner {owner!r} that is the dearest filter.")
        need(name == bills[owner].idxmin(), f"For the owner {owner!r} another filter has a lower bill.")
        picked = metrics[metric[owner]].idxmax()
        need(picked == name, f"The filter with the best {metric[owner]} is {picked!r}: is it the cheapest?")
        right = bills.loc[metrics["accuracy"].idxmax(), owner] - bills[owner].min()
        paid = float(regret[owner])
        need(not np.isclose(paid, -right, atol=0.6), "regret is what is paid too much: a positive number.")
        need(not np.isclose(paid, right / 1000, atol=1e-3), "regret is for 1,000 mails, not for one.")
        total = bills.loc[metrics["accuracy"].idxmax(), owner]
        need(not np.isclose(paid, total, atol=0.6), "That is the whole bill: what does the cheapest cost?")
        need(
            np.isclose(paid, right, atol=0.6), f"Look again at regret[{owner!r}]: a difference of two bills."
        )


@question
def q5(dispatch, test):
    need(callable(dispatch), "dispatch is a function: def dispatch(table): …")
    y, table = test["y"].to_numpy(), test.drop(columns="y")
    try:
        sent = np.asarray(dispatch(table.copy()))
    except ValueError as error:
        need("shape" not in str(error), "Use only the table that dispatch is given, not train or test.")
        raise
    except KeyError as missing:
        need(False, f"dispatch asks for {missing}, which the car cannot report.")
    need(sent.shape == y.shape, "Return one number for each row of the table.")
    need(np.isin(sent, [0, 1]).all(), "Return decisions, 0 or 1, not probabilities.")
    sent = sent.astype(int)
    costs = np.array([[0, 1], [30, 1]])
    bill = 1000 * costs[y, sent].mean()
    need(sent.any(), "The helicopter never flies: what does a missed one cost?")
    few = "It flies too seldom: above which probability does 1 cost less than 30 times it?"
    need(bill < 900 or sent.mean() > 0.05, few)
    need(not sent.all(), "The helicopter flies to everybody, for a bill of 1,000.")
    some = table.iloc[:200]
    alone = np.concatenate([np.asarray(dispatch(some.iloc[[row]])) for row in range(0, 200, 20)])
    need((alone == sent[:200:20]).all(), "Decide each crash by itself, whatever others are in the table.")
    need(bill > 100, "Too good to be true: has it seen who died?")
    need(bill <= 570, f"The bill is {bill:.0f}, and 570 is asked for. Border first, then columns.")
