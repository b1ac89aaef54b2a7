"""The questions of chapter 10, from model to service."""

import json

import numpy as np
import pandas as pd

import coursekit as ck
from coursekit.checking import attempt, need, question


def payload(**fields):
    return json.dumps(fields)


LONGEST = "a" * 242 + "@example.org"  # 254 characters
ACCEPT = [
    ("a mail without sender, from an old client", payload(subject="x", body="y"), None),
    ("a sender of null", payload(subject="x", body="y", sender=None), None),
    ("a mail with sender and no subject", payload(body="y", sender="anna@example.org"), "anna@example.org"),
    ("a mail with sender and no body", payload(subject="x", sender="anna@example.org"), "anna@example.org"),
    ("a long mail", payload(subject="x" * 300, body="y" * 30_000), None),
    (
        "a sender with dots, plus and dash",
        payload(sender="a.b+c@ex-ample.org"),
        "a.b+c@ex-ample.org",
    ),
    ("a sender of 254 characters", payload(sender=LONGEST), LONGEST),
    ("a sender with an apostrophe", payload(sender="o'brien@example.org"), "o'brien@example.org"),
    ("a sender with a comma", payload(sender="a,b@example.org"), "a,b@example.org"),
    ("a sender with umlauts", payload(sender="jörg@müller.example"), "jörg@müller.example"),
    ("a sender with capitals", payload(sender="Anna@Example.org"), "Anna@Example.org"),
    ("a sender without a dot after the @", payload(sender="root@localhost"), "root@localhost"),
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
    ("255 characters", payload(sender="a" + LONGEST)),
    ("no JSON", "sender=anna@example.org"),
]


@question
def q1(Mail):
    need(hasattr(Mail, "model_validate_json"), "Mail is a class made from pydantic's BaseModel.")
    fields = getattr(Mail, "model_fields", {})
    need(set(fields) == {"subject", "body", "sender"}, "Mail has the fields subject, body and sender.")
    for name, content, sender in ACCEPT:
        made = attempt(lambda content=content: Mail.model_validate_json(content))
        need(not isinstance(made, Exception), f"It refuses {name}.")
        need(made.sender == sender, f"For {name} the field sender is not what was sent.")
        sent = json.loads(content)
        need(
            (made.subject, made.body) == (sent.get("subject", ""), sent.get("body", "")),
            "subject and body must be what was sent, or an empty text if they are missing.",
        )
    for name, content in REFUSE:
        made = attempt(lambda content=content: Mail.model_validate_json(content))
        need(isinstance(made, Exception), f"It lets through: {name}.")
        need(
            isinstance(made, ValueError), f"For {name} it raises {type(made).__name__}: let pydantic refuse."
        )


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
]


@question
def q2(decide):
    for (old, new, truth), right, hint in CASES:
        got = attempt(lambda old=old, new=new, truth=truth: decide(old.copy(), new.copy(), truth.copy()))
        need(not isinstance(got, Exception), f"It raises {type(got).__name__}. {hint}")
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


@question
def q3(levels):
    quiet = quiet_weeks(1)
    for share in (0.02, 0.1):
        found = attempt(lambda share=share: levels(quiet.copy(), share))
        need(not isinstance(found, Exception), f"It raises {type(found).__name__}.")
        need(isinstance(found, dict | pd.Series), "Return a dictionary or a Series: one level a column.")
        need(set(dict(found)) == set(quiet), "There must be one level for each column, and no other.")
        values = attempt(lambda found=found: [float(found[name]) for name in quiet])
        need(not isinstance(values, Exception) and np.isfinite(values).all(), "Each level is a number.")
        often = rings(quiet, found).mean()
        need(
            often <= share + 1e-9,
            f"On {often:.1%} of the quiet mornings at least one figure rings; {share:.0%} were allowed.",
        )
        need(
            often >= 0.6 * share,
            f"With {share:.0%} allowed only {often:.1%} of the mornings ring: the levels could be lower. "
            "If you search, take finer steps.",
        )
        loud = [float((quiet[name] > found[name]).mean()) for name in quiet]
        need(
            max(loud) <= 3 * min(loud) + 0.002,
            f"Of the figures one rings on {max(loud):.1%} of the mornings, another on {min(loud):.1%}: treat "
            "them alike, whatever their size and shape.",
        )
    same = pd.DataFrame({name: quiet["c"] for name in "abcde"})
    often = rings(same, levels(same.copy(), 0.1)).mean()
    need(
        0.06 <= often <= 0.1 + 1e-9,
        f"Five copies of one figure ring together, on {often:.1%} of mornings where 10% are allowed.",
    )


HONEST_LIMIT, POISON_LIMIT = 0.95, 0.9


@question
def q4(teach, batch):
    need(not isinstance(teach, str | dict), "teach is an array or a Series of True and False.")
    chosen = attempt(lambda: np.asarray(teach))
    need(chosen.shape == (len(batch),), f"teach has one value for each of the {len(batch)} reports.")
    need(chosen.dtype == bool, "teach holds True (teach it) and False (leave it out).")
    truth = ck.load("mails").set_index("id")["is_spam"].astype(bool).loc[batch["id"]].to_numpy()
    wrong = truth != batch["says_spam"].to_numpy(bool)
    shady = batch["reporter"].isin(batch.loc[wrong].groupby("reporter").size().loc[lambda n: n > 5].index)
    honest = ~shady.to_numpy()
    missed = chosen[wrong & ~honest].mean()
    need(
        missed <= 1 - POISON_LIMIT,
        f"{missed:.0%} of what two reporters labelled wrongly would be taught. Who sent it?",
    )
    lost_headlines = honest & (batch["probability"] > 0.55).to_numpy() & ~batch["says_spam"].to_numpy(bool)
    kept = chosen[lost_headlines].mean()
    need(
        kept >= 0.9,
        "You leave out honest reports that contradict the champion: those are what it should learn from. "
        "(If you computed shares: 0 of 0 is nan, and nan < 0.2 is False.)",
    )
    kept = chosen[honest].mean()
    need(kept >= HONEST_LIMIT, f"Only {kept:.0%} of the honest people's reports would be taught; keep 95%.")


def streams(quiet, headlines):
    """24 streams of 600 mails: quiet ones, ones whose spam stops, ones in which headlines begin."""
    rng, shown = np.random.default_rng(10), ["probability", "length", "known_words"]
    good = quiet[~quiet["is_spam"].astype(bool)]
    for number in range(24):
        kind = ("quiet", "spam stops", "headlines")[number % 3]
        stream = quiet.iloc[rng.integers(0, len(quiet), 600)]
        if kind == "spam stops":
            stream = pd.concat([stream[:200], good.iloc[rng.integers(0, len(good), 400)]])
        if kind == "headlines":
            new = pd.concat([stream[200:400], headlines.iloc[rng.integers(0, len(headlines), 200)]])
            stream = pd.concat([stream[:200], new.iloc[rng.permutation(400)]])
        yield kind, stream[shown].reset_index(drop=True)


@question
def q5(watch, quiet, headlines):
    shown = ["probability", "length", "known_words"]
    other = quiet.iloc[np.random.default_rng(5).integers(0, len(quiet), 600)][shown]

    def place(stream):
        found = attempt(lambda: watch(stream.copy(), quiet[shown].copy()))
        need(not isinstance(found, Exception), f"It raises {type(found).__name__}: {found}"[:150])
        whole = isinstance(found, int | np.integer) and not isinstance(found, bool) and 0 <= found < 600
        need(found is None or whole, "Return None, or the place of the mail at which you ring.")
        return found

    rang = {"quiet": [], "spam stops": [], "headlines": []}
    for kind, stream in streams(quiet, headlines):
        found = place(stream)
        if kind == "headlines" and found is not None:
            changed = pd.concat([stream[: found + 1], other[found + 1 :]], ignore_index=True)
            need(place(changed) == found, f"It rings at {found}, but not if the mails after that are others.")
        rang[kind].append(found)
    false = sum(one is not None for one in rang["quiet"])
    need(false <= 1, f"It rings in {false} of 8 quiet streams: look less often, or be stricter.")
    false = sum(one is not None for one in rang["spam stops"])
    need(
        false <= 1,
        f"It rings in {false} of 8 streams in which spam merely stops. Which mails should it look at? "
        "(If it looks at those: look less often, or be stricter.)",
    )
    early = sum(one is not None and one < 200 for one in rang["headlines"])
    need(early <= 1, f"In {early} of 8 streams it rings before the headlines begin (place 200).")
    found = sum(one is not None and 200 <= one < 500 for one in rang["headlines"])
    never = sum(one is None for one in rang["headlines"])
    need(
        found >= 7,
        f"It finds the headlines within 300 mails in {found} of 8 streams, and in {never} it never rings: "
        "if it never rings, be less strict; if it rings late, take a shorter window.",
    )
