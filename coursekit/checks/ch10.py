"""The questions of chapter 10, from model to service."""

import json
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from coursekit.checking import attempt, need, question, told
from coursekit.loading import load


def payload(**fields):
    return json.dumps(fields)


LONGEST = "a" * 242 + "@example.org"  # 254 characters
ACCEPT = [
    ("a mail without sender, from an old client", payload(subject="x", body="y"), None),
    ("a sender of null", payload(subject="x", body="y", sender=None), None),
    ("a mail with sender and no subject", payload(body="y", sender="anna@example.org"), "anna@example.org"),
    ("a mail with sender and no body", payload(subject="x", sender="anna@example.org"), "anna@example.org"),
    ("blanks around subject and body", payload(subject=" x\n", body="\ty "), None),
    ("a long mail", payload(subject="x" * 300, body="y" * 30_000), None),
    (
        "a sender with dots, plus and dash",
        payload(sender="a.b+c@ex-ample.org"),
        "a.b+c@ex-ample.org",
    ),
    ("a sender of 254 characters", payload(sender=LONGEST), LONGEST),
    (
        "a sender of 254 characters with umlauts",
        payload(sender="ä" * 242 + "@example.org"),
        "ä" * 242 + "@example.org",
    ),
    ("a sender with an apostrophe", payload(sender="o'brien@example.org"), "o'brien@example.org"),
    ("a sender with a comma", payload(sender="a,b@example.org"), "a,b@example.org"),
    ("a sender with umlauts", payload(sender="jörg@müller.example"), "jörg@müller.example"),
    ("a sender with capitals", payload(sender="Anna@Example.org"), "Anna@Example.org"),
    ("a sender without a dot after the @", payload(sender="root@localhost"), "root@localhost"),
    ("a sender with brackets and signs", payload(sender='"<a>"!#/=?@[::1]'), '"<a>"!#/=?@[::1]'),
    ("a sender of three characters", payload(sender="a@b"), "a@b"),
    ("an empty object", "{}", None),
]
REFUSE = [
    ("a number for the sender", payload(sender=5)),
    ("a list of senders", payload(sender=["anna@example.org"])),
    ("an unknown field", payload(subject="x", from_="anna@example.org")),
    ("a number for the subject", payload(subject=5)),
    ("null for the subject", payload(subject=None)),
    ("null for the body", payload(body=None)),
    ("an empty sender", payload(sender="")),
    ("a sender without @", payload(sender="anna")),
    ("a sender with two @ (is the whole text matched, or a part of it?)", payload(sender="anna@example@org")),
    ("nothing before the @", payload(sender="@example.org")),
    ("nothing after the @", payload(sender="anna@")),
    ("a blank in the sender", payload(sender="an na@example.org")),
    ("a blank at its end", payload(sender="anna@example.org ")),
    ("a line break at its end (a classic for smuggling headers)", payload(sender="anna@example.org\n")),
    ("a line break in it", payload(sender="anna@example.org\nBcc: all@example.org")),
    ("a tab in it", payload(sender="anna\t@example.org")),
    ("a no-break space in it (white space of any kind)", payload(sender="anna\u00a0b@example.org")),
    ("a vertical tab in it (white space of any kind)", payload(sender="anna\x0bb@example.org")),
    ("a line separator in it (white space of any kind)", payload(sender="anna@example.org\u2028b")),
    ("an ideographic space in it (white space of any kind)", payload(sender="anna@ex\u3000ample.org")),
    ("a next-line character in it (white space of any kind)", payload(sender="an\x85na@example.org")),
    ("a line break at its beginning", payload(sender="\nanna@example.org")),
    ("a sender of a blank", payload(sender=" ")),
    ("only an @", payload(sender="@")),
    ("two @ side by side", payload(sender="anna@@example.org")),
    ("true for the body", payload(body=True)),
    ("255 characters", payload(sender="a" + LONGEST)),
    ("no JSON", "sender=anna@example.org"),
]


@question
def q1(Mail):
    is_model = isinstance(Mail, type) and hasattr(Mail, "model_validate_json")
    need(is_model, "Mail is a class made from pydantic's BaseModel.")
    fields = getattr(Mail, "model_fields", {})
    need(set(fields) == {"subject", "body", "sender"}, "Mail has the fields subject, body and sender.")
    for name, content, sender in ACCEPT:
        made = attempt(lambda content=content: Mail.model_validate_json(content))
        need(not isinstance(made, Exception), f"It refuses {name}: {told(made).partition(' For further')[0]}")
        need(made.sender == sender, f"For {name} the field sender is not what was sent.")
        sent = json.loads(content)
        need(
            (made.subject, made.body) == (sent.get("subject", ""), sent.get("body", "")),
            "subject and body must be what was sent, or an empty text if they are missing.",
        )
    for name, content in REFUSE:
        made = attempt(lambda content=content: Mail.model_validate_json(content))
        need(isinstance(made, Exception), f"It lets through: {name}.")
        need(isinstance(made, ValueError), f"For {name} it raises {told(made)}: let pydantic refuse.")


def outcomes(both_right, both_wrong, new_right, old_right, good=0, harmed=0, unknown=0, unknown_same=0):
    """Verdicts of two filters and labels; `good` of new_right and `harmed` of old_right are good mail."""
    rows = [(1, 1, 1)] * both_right + [(1, 1, 0)] * both_wrong
    rows += [(1, 0, 0)] * good + [(0, 1, 1)] * (new_right - good)
    rows += [(0, 1, 0)] * harmed + [(1, 0, 1)] * (old_right - harmed)
    rows += [(0, 1, np.nan)] * unknown + [(0, 0, np.nan)] * unknown_same
    old, new, truth = np.array(rows, float).T
    order = np.random.default_rng(10).permutation(len(rows))
    return old[order].astype(bool), new[order].astype(bool), truth[order]


CASES = [
    (outcomes(400, 5, 16, 0, good=16), "promote", "16 disagreements, the challenger right in all."),
    (outcomes(400, 5, 12, 1, good=10, harmed=1), "promote", "12 to 1 for the challenger, and less harm."),
    (outcomes(400, 5, 13, 4, good=13), "promote", "13 to 4 gives p = 0.049 in the exact test."),
    (outcomes(400, 5, 12, 4, good=12), "wait", "12 to 4 gives p = 0.077."),
    (outcomes(400, 5, 5, 1, good=5), "wait", "5 to 1 is what luck gives often enough."),
    (outcomes(400, 5, 6, 0, good=6), "promote", "6 to 0 gives p = 0.031, below 0.05."),
    (outcomes(400, 5, 5, 0, good=5), "wait", "5 to 0 gives p = 0.06 if both sides count."),
    (outcomes(400, 5, 0, 0), "wait", "They never disagree: nothing speaks for a change."),
    (outcomes(400, 5, 1, 3, good=1), "wait", "1 to 3 is luck as well: first the test, then who is ahead."),
    (
        outcomes(400, 5, 6, 2, harmed=2),
        "wait",
        "It moves more good mail, but 6 to 2 says nothing yet: first the test, then the harm.",
    ),
    (outcomes(400, 5, 1, 12, good=1, harmed=6), "reject", "The champion is right in 12 of 13."),
    (outcomes(400, 5, 0, 12), "reject", "It moves no good mail, but it is right less often: spam passes."),
    (outcomes(400, 5, 30, 8, good=1, harmed=6), "reject", "More often right, but it moves more good mail."),
    (outcomes(400, 5, 60, 8, good=5, harmed=6), "reject", "Far more often right; one more good mail moved."),
    (outcomes(400, 5, 30, 8, good=6, harmed=6), "promote", "As much good mail as before, and more right."),
    (outcomes(400, 90, 20, 4, good=15, harmed=2), "promote", "Mistakes that both make do not count."),
    (outcomes(4000, 5, 16, 0, good=16), "promote", "Mails on which they agree do not count."),
    (
        outcomes(400, 5, 16, 0, good=16, unknown_same=50),
        "promote",
        "Labels are missing where they agree.",
    ),
    (outcomes(400, 5, 16, 0, good=16, unknown=1), "read", "One disagreement has no label yet."),
    (outcomes(400, 5, 2, 0, good=2, unknown=9), "read", "Nine disagreements have no label yet."),
    (outcomes(400, 5, 0, 12, unknown=1), "read", "One disagreement has no label yet, even if it looks bad."),
    (outcomes(400, 5, 16, 0), "promote", "It catches 16 spam more, and moves as much good mail as before."),
]


@question
def q2(decide):
    for (old, new, truth), right, hint in CASES:
        got = attempt(lambda old=old, new=new, truth=truth: decide(old.copy(), new.copy(), truth.copy()))
        need(not isinstance(got, Exception), f"{hint} Here it raises {told(got)}")
        words = ("read", "wait", "reject", "promote")
        need(isinstance(got, str) and got in words, "Return read, wait, reject or promote.")
        need(got == right, f"It says {got!r}. {hint}")


def quiet_weeks(seed, rows=1500):
    """Quiet mornings: five figures of different size and shape, partly in step."""
    rng = np.random.default_rng(seed)
    z = 0.5 * rng.normal(size=(rows, 1)) + rng.normal(size=(rows, 5))
    figures = {
        "a": 0.01 / (1 + np.exp(-1.5 * z[:, 0])),  # it has an end
        "b": 0.1 * np.exp(0.5 * z[:, 1]),
        "c": 1 + 0.1 * z[:, 2],
        "d": 10 * np.exp(1.5 * z[:, 3]),  # it has outliers
        "e": 300 * np.exp(0.5 * z[:, 4]),
    }
    return pd.DataFrame(figures)


def rings(table, levels):
    return (table > pd.Series({name: float(levels[name]) for name in table})).any(axis=1)


def levels_by(levels, table, share):
    """The levels that an answer gives for a table, as numbers."""
    found = attempt(lambda: levels(table.copy(), share))
    asked = f"Asked for the levels of {', '.join(table)}, it raises {told(found)}"
    need(not isinstance(found, Exception), asked)
    need(isinstance(found, dict | pd.Series), "Return a dictionary or a Series: one level a column.")
    need(set(dict(found)) == set(table), "There must be one level for each column, and no other.")
    values = attempt(lambda: {name: float(found[name]) for name in table})
    need(
        not isinstance(values, Exception) and np.isfinite(list(values.values())).all(),
        "Each level is a number.",
    )
    return values


def treats_alike(table, found):
    """Does no figure of the table ring much more often than another?"""
    loud = [float((table[name] > found[name]).mean()) for name in table]
    need(
        max(loud) <= 3 * min(loud) + 0.002,
        f"Of the figures one rings on {max(loud):.1%} of the mornings, another on {min(loud):.1%}: treat "
        "them alike, whatever their size and shape.",
    )


@question
def q3(levels):
    five = quiet_weeks(1)
    three = quiet_weeks(2, rows=900)[["e", "a", "d"]].set_axis(["mails", "moved", "length"], axis=1)
    for table, share in [(five, 0.02), (three, 0.05)]:
        found = levels_by(levels, table, share)
        often = rings(table, found).mean()
        need(
            often <= share + 1e-9,
            f"On {often:.1%} of the quiet mornings at least one figure rings; {share:.0%} were allowed.",
        )
        need(
            often >= 0.6 * share,
            f"With {share:.0%} allowed only {often:.1%} of the mornings ring: the levels could be lower. "
            "If you search, take finer steps.",
        )
        treats_alike(table, found)
    same = pd.DataFrame({name: five["c"] for name in "abcde"})
    found = levels_by(levels, same, 0.1)
    often = rings(same, found).mean()
    need(
        0.06 <= often <= 0.1 + 1e-9,
        f"Five copies of one figure ring together, on {often:.1%} of mornings where 10% are allowed.",
    )
    treats_alike(same, found)


@cache
def batch_of_reports():
    """What question 4 asks of each report, in the order of the notebook's batch: reporter, is it wrong?"""
    mails = load("mails").dropna(subset=["received"]).sort_values("received", kind="stable")
    letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
    letters = letters.where(letters != "", mails["subject"])
    window = mails[~letters.duplicated() & mails["received"].between("2002-09-12", "2002-10-01")]
    plain = window[~window["body"].str.match(r"\s*URL: \S+\s*\nDate:")].sample(400, random_state=0)
    rng = np.random.default_rng(4)
    wrong = [rng.random(25 if number < 8 else 70) < 0.02 for number in range(9)]
    clicks = (rng.random(80) < 0.5) != plain["is_spam"][270:350].to_numpy(bool)
    wrong += [np.zeros(30, bool), clicks, np.ones(60, bool)]  # headlines, random clicks, back door
    reporter = np.repeat(np.arange(12), [len(some) for some in wrong])
    table = pd.DataFrame({"reporter": reporter, "wrong": np.concatenate(wrong)})
    return table.sample(frac=1, random_state=2).reset_index(drop=True)


HEADLINES, BAD = 9, [10, 11]  # these reporters, in the table above


@question
def q4(teach):
    reports = batch_of_reports()
    need(not isinstance(teach, str | dict), "teach is an array or a Series of True and False.")
    if isinstance(teach, pd.Series):
        teach = teach.sort_index()
    need(
        np.shape(teach) == (len(reports),),
        f"teach has one value for each of the {len(reports)} reports of the batch.",
    )
    chosen = pd.Series(np.asarray(teach).tolist())
    need(chosen.dtype == bool, "teach holds True (teach it) and False (leave it out).")
    bad = reports["reporter"].isin(BAD)
    missed = chosen[bad & reports["wrong"]].mean()
    need(
        missed <= 0.1,
        f"{missed:.0%} of what two reporters labelled wrongly would be taught. Who sent it? "
        "(teach follows the rows of batch as the cell above makes it.)",
    )
    kept = chosen[reports["reporter"] == HEADLINES].mean()
    need(
        kept >= 0.9,
        "You leave out honest reports that contradict the champion: those are what it should learn from. "
        "(If you computed shares: 0 of 0 is nan, and nan < 0.2 is False.)",
    )
    kept = chosen[~bad].mean()
    need(kept >= 0.95, f"Only {kept:.0%} of the honest people's reports would be taught; keep 95%.")


# The notebook's log in short: for three kinds of mail the quantiles of log-odds, length and known words,
# and how the first and the last of these go with the length.
AT = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
LOG = {
    "good": ([-11.7, -8.8, -7.1, -5.9, -4.4, -1.9, 3.7], [51, 269, 608, 957, 1550, 4425, 20000],
             [5, 36, 68, 102, 186, 322, 1047], -0.12, 0.97),
    "spam": ([-3.5, 0.8, 4.4, 6.4, 7.7, 9.9, 13.1], [1523, 1691, 2568, 3623, 5398, 18408, 20000],
             [40, 135, 196, 251, 303, 556, 980], -0.13, 0.61),
    "headlines": ([-7.4, -4.6, -2.6, -1.1, 0.0, 1.7, 3.0], [35, 63, 145, 209, 453, 1571, 7407],
                  [5, 11, 19, 27, 50, 172, 456], -0.62, 0.96),
}  # fmt: skip


def mail(rng, **counts):
    """A log of so many mails of each kind, in any order, drawn as the notebook's log has them."""
    tables = []
    for kind, n in counts.items():
        log_odds, lengths, words, with_odds, with_words = LOG[kind]
        z = rng.normal(size=n)
        odds, length, known = (
            ndtr(r * z + np.sqrt(1 - r * r) * rng.normal(size=n)) for r in (with_odds, 1, with_words)
        )
        tables.append(pd.DataFrame({
            "probability": expit(np.interp(odds, AT, log_odds)),
            "length": np.exp(np.interp(length, AT, np.log(lengths))).astype(int),
            "known_words": np.exp(np.interp(known, AT, np.log(words))).astype(int),
        }))  # fmt: skip
    return pd.concat(tables).iloc[rng.permutation(sum(counts.values()))]


def streams(rng):
    """24 streams of 500 mails: quiet ones, ones whose spam stops, ones in which headlines begin."""
    after = {
        "quiet": {"good": 150, "spam": 150},
        "spam stops": {"good": 300},
        "headlines": {"good": 75, "spam": 75, "headlines": 150},
    }
    for kind in [*after] * 8:
        parts = mail(rng, good=100, spam=100), mail(rng, **after[kind])
        yield kind, pd.concat(parts, ignore_index=True)


@question
def q5(watch):
    rng = np.random.default_rng(14)
    quiet = mail(rng, good=3000, spam=3000).reset_index(drop=True)

    def place(stream):
        found = attempt(lambda: watch(stream.copy(), quiet.copy()))
        need(not isinstance(found, Exception), f"Asked to watch a stream, it raises {told(found)}")
        whole = isinstance(found, int | np.integer) and not isinstance(found, bool) and 0 <= found < 500
        need(found is None or whole, "Return None, or the place of the mail at which you ring.")
        return found

    rang = {"quiet": [], "spam stops": [], "headlines": []}
    for kind, stream in streams(rng):
        found = place(stream)
        if found is not None and kind == "headlines" and len(rang[kind]) < 4:
            later = mail(np.random.default_rng(5), good=250, spam=250)[found + 1 :]
            again = place(pd.concat([stream[: found + 1], later], ignore_index=True))
            need(again == found, f"It rings at {found}, but not if the mails after that are others.")
        rang[kind].append(found)
    false = {kind: sum(one is not None for one in rang[kind]) for kind in ("quiet", "spam stops")}
    need(
        sum(false.values()) <= 5,
        f"It rings in {false['quiet']} of 8 quiet streams and in {false['spam stops']} of 8 in which spam "
        "merely stops. Which mails should it look at? If it looks at those: how many looks are there?",
    )
    early = sum(one is not None and one < 200 for one in rang["headlines"])
    never = sum(one is None for one in rang["headlines"])
    need(
        early + never <= 2,
        f"Of 8 streams with headlines it rings in {8 - early - never} once they have begun (place 200), in "
        f"{early} before, and in {never} never.",
    )
