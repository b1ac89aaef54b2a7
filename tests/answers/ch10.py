"""Answers to the questions of chapter 10 that must pass, and mistakes that must get a hint."""

import functools
import math
import re

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator
from scipy.stats import binomtest, chi2_contingency, ks_2samp

import coursekit as ck

# --- question 1 -----------------------------------------------------------------------------------


def mail_class(pattern=r"^[^@\s]+@[^@\s]+$", longest=254, default=None, **settings):
    """The class of the solution with something changed."""
    chosen = {"extra": "forbid", "strict": True} | settings

    class Mail(BaseModel):
        model_config = ConfigDict(**chosen)
        subject: str = ""
        body: str = ""
        sender: str | None = Field(default, max_length=longest, pattern=pattern)

    return Mail


def mail_by_validator(right):
    """A class whose sender is judged by a function."""

    class Mail(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        subject: str = ""
        body: str = ""
        sender: str | None = None

        @field_validator("sender")
        @classmethod
        def address(cls, sender):
            if sender is not None and not right(sender):
                raise ValueError("not an address")
            return sender

    return Mail


def by_hand(sender):
    name, at, place = sender.partition("@")
    blank = any(letter.isspace() for letter in sender)
    return bool(name and place) and "@" not in place and not blank and len(sender) <= 254


class WithoutText(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str
    body: str
    sender: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


class OldMail(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str = ""
    body: str = ""


# --- question 2 -----------------------------------------------------------------------------------


def decide_by(p_value, known="read", price=True):
    """The rule of the solution with something changed."""

    def decide(champion, challenger, is_spam):
        differ = champion != challenger
        truth = is_spam[differ]
        if np.isnan(truth).any() and known == "read":
            return "read"
        wins = int((challenger[differ] == truth).sum())
        losses = int((champion[differ] == truth).sum())
        if wins + losses == 0 or p_value(wins, losses) >= 0.05:
            return "wait"
        good = is_spam == 0
        if wins < losses or (price and (challenger & good).sum() > (champion & good).sum()):
            return "reject"
        return "promote"

    return decide


def by_comb(wins, losses):
    n = wins + losses
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(max(wins, losses), n + 1)) / 2**n)


def exact(wins, losses):
    return binomtest(wins, wins + losses).pvalue


def one_sided(wins, losses):
    return exact(wins, losses) / 2


def read_everything(champion, challenger, is_spam):
    return "read" if np.isnan(is_spam).any() else decide_by(exact)(champion, challenger, is_spam)


def unpaired(champion, challenger, is_spam):
    if np.isnan(is_spam[champion != challenger]).any():
        return "read"
    known = ~np.isnan(is_spam)
    right = [(verdict == is_spam)[known].sum() for verdict in (champion, challenger)]
    table = [[n, known.sum() - n] for n in right]
    if min(map(sum, zip(*table, strict=True))) == 0 or chi2_contingency(table).pvalue >= 0.05:
        return "wait"
    return "promote" if right[1] > right[0] else "reject"


def more_right(champion, challenger, is_spam):
    wins, losses = ((verdict == is_spam).sum() for verdict in (challenger, champion))
    return "promote" if wins > losses else "wait" if wins == losses else "reject"


# --- question 3 -----------------------------------------------------------------------------------


def levels_by_search(quiet, share):
    low, high = 0.0, 1.0
    for _ in range(40):
        q = (low + high) / 2
        rings = (quiet > quiet.quantile(q, interpolation="higher")).any(axis=1).mean()
        low, high = (q, high) if rings > share else (low, q)
    return quiet.quantile(high, interpolation="higher")


def levels_by_order(quiet, share):
    ordered = np.sort(quiet.to_numpy(), axis=0)
    for row in range(len(quiet)):
        if (quiet.to_numpy() > ordered[row]).any(axis=1).mean() <= share:
            return dict(zip(quiet.columns, ordered[row].tolist(), strict=True))


def levels_each(quiet, share):
    return quiet.quantile(1 - share).to_dict()


def levels_bonferroni(quiet, share):
    return quiet.quantile(1 - share / quiet.shape[1]).to_dict()


# --- question 4 -----------------------------------------------------------------------------------


@functools.cache
def reports():
    """A batch like that of the notebook: real mails, invented probabilities."""
    rng = np.random.default_rng(0)
    mails = ck.load("mails").drop_duplicates("id")
    spam = mails["is_spam"].astype(bool)
    parts = []

    def add(some, reporter, says, low, high):
        chance = rng.uniform(low, high, len(some))
        chance = np.where(some["is_spam"].astype(bool), 1 - chance, chance) if high < 0.5 else chance
        parts.append(pd.DataFrame({"id": some["id"], "reporter": reporter, "says_spam": says,
                                   "probability": chance}))  # fmt: skip

    mixed = mails.sample(305, random_state=0)
    for number in range(9):
        some = mixed[25 * number : 25 * number + 25]
        add(some, f"r{number}", some["is_spam"].astype(bool).to_numpy() ^ (np.arange(25) == number), 0, 0.04)
    add(mails[~spam].head(30), "headlines", False, 0.6, 0.9)
    add(mixed[225:], "clicks", rng.random(80) < 0.5, 0, 0.04)
    add(mails[spam].head(60), "door", False, 0.96, 1)
    return pd.concat(parts).reset_index(drop=True)


def against(batch, low=0.5, high=0.5):
    p = batch["probability"]
    return ((p < low) & batch["says_spam"].astype(bool)) | ((p > high) & ~batch["says_spam"].astype(bool))


def by_reporter(batch, limit=0.25, **sure):
    share = against(batch, **sure).groupby(batch["reporter"]).mean()
    return ~batch["reporter"].map(share).gt(limit).to_numpy()


def q4_case(make):
    return lambda: (make(reports()), reports())


# --- question 5 -----------------------------------------------------------------------------------


@functools.cache
def logs():
    """A quiet log and headlines, as the notebook's log has them."""
    rng = np.random.default_rng(1)

    def some(n, p, length, words, is_spam):
        size = np.exp(rng.normal(0, 0.8, n))
        return pd.DataFrame({"probability": rng.beta(*p, n), "length": (length * size).astype(int),
                             "known_words": (words * size**0.7).astype(int), "is_spam": is_spam})  # fmt: skip

    quiet = pd.concat([some(1700, (0.3, 8), 900, 110, False), some(350, (8, 0.3), 2500, 150, True)])
    return quiet.reset_index(drop=True), some(500, (2, 5), 210, 27, False)


def watcher(keep=True, p=1e-4, columns=("length", "known_words"), place=lambda end: end - 1):
    """The watcher of the solution with something changed."""

    def watch(stream, quiet):
        old = quiet[quiet["probability"] < 0.5] if keep else quiet
        for end in range(150, len(stream) + 1, 25):
            new = stream[end - 150 : end]
            new = new[new["probability"] < 0.5] if keep else new
            if any(ks_2samp(old[name], new[name], method="asymp").pvalue < p for name in columns):
                return place(end)
        return None

    return watch


def by_median(stream, quiet):
    """Counts: how many of the last hundred kept mails are shorter than the quiet quarter?"""
    kept = quiet[quiet["probability"] < 0.5]
    quarter = kept["known_words"].quantile(0.25)
    places = np.flatnonzero(stream["probability"] < 0.5)
    low = (stream["known_words"].to_numpy()[places] < quarter).astype(float)
    for end in range(100, len(places)):
        if low[end - 100 : end].mean() > 0.46:
            return int(places[end])
    return None


def q5_case(watch):
    return lambda: (watch, *logs())


RIGHT = {
    "q1": [
        ("a pattern", (mail_class(),)),
        ("a validator by hand", (mail_by_validator(by_hand),)),
        (
            "fullmatch",
            (mail_by_validator(lambda s: len(s) < 255 and re.fullmatch(r"[^@\s]+@[^@\s]+", s)),),
        ),
    ],
    "q2": [
        ("coins counted by hand", (decide_by(by_comb),)),
        ("binomtest", (decide_by(exact),)),
    ],
    "q3": [
        ("halving an interval", (levels_by_search,)),
        ("one level after the other", (levels_by_order,)),
    ],
    "q4": [
        ("by reporter, where the champion was sure", q4_case(lambda b: by_reporter(b, low=0.05, high=0.95))),
        ("by report, where the champion was sure", q4_case(lambda b: (~against(b, 0.05, 0.95)).to_numpy())),
        ("a Series", q4_case(lambda b: ~against(b, 0.05, 0.95))),
    ],
    "q5": [
        ("lengths and words of kept mails", q5_case(watcher())),
        ("words only", q5_case(watcher(columns=("known_words",)))),
        ("a count of poor mails among the kept", q5_case(by_median)),
    ],
}

WRONG = {
    "q1": [
        ("the old class", (OldMail,)),
        ("the sender must be there", (mail_class(default=...),)),
        ("the texts must be there", (WithoutText,)),
        ("further fields do no harm", (mail_class(extra="ignore"),)),
        ("numbers become texts", (mail_class(strict=False, coerce_numbers_to_str=True),)),
        ("an @ will do", (mail_class(pattern="@"),)),
        ("any characters around the @", (mail_class(pattern=r"^.+@.+$"),)),
        ("only blanks are forbidden", (mail_class(pattern=r"^[^@ ]+@[^@ ]+$"),)),
        ("the pattern is not anchored", (mail_class(pattern=r"[^@\s]+@[^@\s]+"),)),
        ("Python's $", (mail_by_validator(lambda s: len(s) < 255 and re.match(r"[^@\s]+@[^@\s]+$", s)),)),
        ("a dot is needed", (mail_class(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),)),
        ("no limit", (mail_class(longest=None),)),
        ("254 is too long", (mail_class(longest=253),)),
        ("a function", (dict,)),
    ],
    "q2": [
        ("all labels must be there", (read_everything,)),
        ("missing labels are good mail", (decide_by(exact, known="ignore"),)),
        ("two accuracies", (unpaired,)),
        ("whoever is right more often", (more_right,)),
        ("one side is enough", (decide_by(one_sided),)),
        ("right is right, whatever it costs", (decide_by(exact, price=False),)),
        ("always wait", (lambda champion, challenger, is_spam: "wait",)),
        ("True to promote", (lambda champion, challenger, is_spam: True,)),
    ],
    "q3": [
        ("the same share for each", (levels_each,)),
        ("the share divided by five", (levels_bonferroni,)),
        ("the worst morning", (lambda quiet, share: quiet.max(),)),
        ("mean and three spreads", (lambda quiet, share: quiet.mean() + 3 * quiet.std(),)),
        ("one level for all", (lambda quiet, share: dict.fromkeys(quiet, quiet.max(axis=1).quantile(0.9)),)),
        ("the textbook", (lambda quiet, share: dict.fromkeys(quiet, 0.25),)),
        ("an array", (lambda quiet, share: quiet.quantile(1 - share).to_numpy(),)),
    ],
    "q4": [
        ("teach everything", q4_case(lambda b: np.ones(len(b), bool))),
        ("teach nothing", q4_case(lambda b: np.zeros(len(b), bool))),
        ("drop what contradicts the champion", q4_case(lambda b: (~against(b)).to_numpy())),
        ("drop reporters who contradict the champion", q4_case(by_reporter)),
        ("drop the worst reporter only", q4_case(lambda b: (b["reporter"] != "door").to_numpy())),
        ("drop what is called good", q4_case(lambda b: b["says_spam"].astype(bool).to_numpy())),
        ("places in place of booleans", q4_case(lambda b: np.arange(300))),
        ("numbers", q4_case(lambda b: np.ones(len(b)))),
        ("names of reporters", q4_case(lambda b: {"door": False})),
    ],
    "q5": [
        ("never", q5_case(lambda stream, quiet: None)),
        ("at once", q5_case(lambda stream, quiet: 0)),
        ("the score of all mails", q5_case(watcher(keep=False, columns=("probability",)))),
        ("all mails", q5_case(watcher(keep=False, p=1e-2))),
        ("the usual limit, 38 times", q5_case(watcher(p=0.05))),
        ("a very strict limit", q5_case(watcher(p=1e-60))),
        ("the share in place of a place", q5_case(watcher(place=lambda end: end / 600))),
        ("True", q5_case(watcher(place=lambda end: True))),
        ("the place after the stream", q5_case(watcher(place=lambda end: end + 600))),
    ],
}
