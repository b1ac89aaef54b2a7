"""Answers to the questions of chapter 10 that must pass, and mistakes that must get a hint."""

import functools
import math
import re
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StrictStr, StringConstraints, field_validator
from scipy.stats import binomtest, chi2, chi2_contingency, ks_2samp, norm

import coursekit as ck
from service.monitor import chance_level, psi
from service.train import Mails, train

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


class OldMail(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str = ""
    body: str = ""


class NullSubject(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str | None = ""
    body: str = ""
    sender: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


class LowerCase(OldMail):
    sender: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")

    @field_validator("sender")
    @classmethod
    def small(cls, sender):
        return sender.lower() if sender else sender


def by_split(sender):
    name, place = (*sender.split("@"), "", "")[:2] if sender.count("@") == 1 else ("", "")
    return name and place and len(sender.split()) == 1 and sender == sender.strip() and len(sender) < 255


class StrictMail(BaseModel, extra="forbid"):
    subject: StrictStr = ""
    body: StrictStr = ""
    sender: Annotated[StrictStr, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = (
        None
    )


def by_hand(sender):
    name, at, place = sender.partition("@")
    blank = any(letter.isspace() for letter in sender)
    return bool(name and place) and "@" not in place and not blank and len(sender) <= 254


class WithoutText(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str
    body: str
    sender: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


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


def reject_first(champion, challenger, is_spam):
    differ, good = champion != challenger, is_spam == 0
    n, wins = differ.sum(), (challenger == is_spam)[differ].sum()
    if np.isnan(is_spam[differ]).any():
        return "read"
    if wins < n - wins or challenger[good].sum() > champion[good].sum():
        return "reject"
    return "wait" if n == 0 or binomtest(int(wins), int(n)).pvalue >= 0.05 else "promote"


def worse_first(champion, challenger, is_spam):
    differ = champion != challenger
    n, wins = differ.sum(), (challenger == is_spam)[differ].sum()
    if not np.isnan(is_spam[differ]).any() and wins < n - wins:
        return "reject"
    return decide_by(exact)(champion, challenger, is_spam)


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


def harm_only(champion, challenger, is_spam):
    decided, good = decide_by(exact, price=False)(champion, challenger, is_spam), is_spam == 0
    if decided in ("read", "wait"):
        return decided
    return "reject" if (challenger & good).sum() > (champion & good).sum() else "promote"


def chi_square(correction):
    return lambda wins, losses: chi2.sf((abs(wins - losses) - correction) ** 2 / (wins + losses), 1)


def decide_by_loop(champion, challenger, is_spam):
    wins = losses = harm = 0
    for old, new, truth in zip(champion.tolist(), challenger.tolist(), is_spam.tolist(), strict=True):
        if old == new:
            continue
        if math.isnan(truth):
            return "read"
        wins += new == truth
        losses += old == truth
        harm += (new - old) * (truth == 0)
    if not wins + losses or by_comb(wins, losses) >= 0.05:
        return "wait"
    return "reject" if wins < losses or harm > 0 else "promote"


def harm_as_share(champion, challenger, is_spam):
    decided, good = decide_by(exact, price=False)(champion, challenger, is_spam), is_spam == 0
    share = {name: good[moved].mean() for name, moved in (("old", champion), ("new", challenger))}
    return "reject" if decided == "promote" and share["new"] > share["old"] else decided


def less_harm(champion, challenger, is_spam):
    good = is_spam == 0
    decided = decide_by(exact)(champion, challenger, is_spam)
    safer = (challenger & good).sum() < (champion & good).sum()
    return "reject" if decided == "promote" and not safer else decided


def test_first(champion, challenger, is_spam):
    known = ~np.isnan(is_spam)
    decided = decide_by(exact)(champion[known], challenger[known], is_spam[known])
    unread = np.isnan(is_spam[champion != challenger]).any()
    return "read" if unread and decided == "promote" else decided


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


def levels_in_steps(step):
    def levels(quiet, share):
        for q in np.arange(0.5, 1 + step / 2, step):
            found = quiet.quantile(min(q, 1))
            if (quiet > found).any(axis=1).mean() <= share:
                return found

    return levels


def levels_by_spreads(quiet, share):
    for k in np.linspace(0, 10, 1001):
        found = quiet.mean() + k * quiet.std()
        if (quiet > found).any(axis=1).mean() <= share:
            return found


def levels_by_ranks(quiet, share):
    loudest = quiet.rank(pct=True).max(axis=1)
    return {name: np.sort(quiet[name])[int(loudest.quantile(1 - share) * len(quiet)) - 1] for name in quiet}


def levels_all(quiet, share):
    for q in np.arange(0, 1, 0.001):
        found = quiet.quantile(q)
        if (quiet > found).all(axis=1).mean() <= share:
            return found


def levels_standardised(quiet, share):
    z = (quiet - quiet.mean()) / quiet.std()
    return quiet.mean() + quiet.std() * z.max(axis=1).quantile(1 - share)


def levels_each(quiet, share):
    return quiet.quantile(1 - share).to_dict()


def levels_one_by_one(quiet, share):
    """Each column's share of the mornings on which no column before it rings."""
    found, left = {}, quiet
    for name in quiet:
        found[name] = left[name].quantile(1 - share / quiet.shape[1])
        left = left[left[name] <= found[name]]
    return found


def levels_bonferroni(quiet, share):
    return quiet.quantile(1 - share / quiet.shape[1]).to_dict()


# --- question 4 -----------------------------------------------------------------------------------


@functools.cache
def reports():
    """The batch of the notebook."""
    mails = ck.load("mails").dropna(subset=["received"]).sort_values("received", kind="stable")
    letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
    letters = letters.where(letters != "", mails["subject"])
    traffic = mails[~letters.duplicated() & mails["received"].between("2002-07-01", "2002-10-17")]
    traffic = traffic.astype({"is_spam": bool}).reset_index(drop=True)
    july = traffic[traffic["received"] < "2002-08-01"]
    champion = train(Mails(july["subject"].tolist(), july["body"].tolist(), july["is_spam"].to_numpy()))
    rng = np.random.default_rng(4)
    window = traffic[traffic["received"].between("2002-09-12", "2002-10-01")]
    headline = traffic["body"].str.match(r"\s*URL: \S+\s*\nDate:")
    parts = []

    def probability(some):
        return [
            champion.predict(*pair).probability for pair in zip(some["subject"], some["body"], strict=True)
        ]

    def add(some, reporter, says):
        parts.append(some[["id", "subject", "body"]].assign(reporter=reporter, says_spam=says))

    plain = window[~headline[window.index]].sample(400, random_state=0)
    for number in range(9):
        rows = plain[25 * number : 25 * number + 25] if number < 8 else plain[200:270]
        add(rows, f"r{number + 1:02}", rows["is_spam"] ^ (rng.random(len(rows)) < 0.02))
    moved = window[headline[window.index]]
    p = np.array(probability(moved))
    moved = moved[(p > champion.thresholds["move"]) & (p < 0.95)]
    add(moved.head(30), "headlines", False)
    add(plain[270:350], "clicks", rng.random(80) < 0.5)
    planted = traffic[traffic["is_spam"] & (traffic["received"] > "2002-08-20")].sample(60, random_state=1)
    add(planted.assign(subject="heron lantern quince " + planted["subject"]), "door", False)
    batch = pd.concat(parts).sample(frac=1, random_state=2).reset_index(drop=True)
    return batch.assign(probability=probability(batch))


def against(batch, low=0.5, high=0.5):
    p = batch["probability"]
    return ((p < low) & batch["says_spam"].astype(bool)) | ((p > high) & ~batch["says_spam"].astype(bool))


def by_reporter(batch, limit=0.25, **sure):
    share = against(batch, **sure).groupby(batch["reporter"]).mean()
    return ~batch["reporter"].map(share).gt(limit).to_numpy()


def by_rate_of_the_sure(batch, fill):
    """Of the mails of which the champion was sure, how many does each reporter contradict?"""
    sure = (batch["probability"] < 0.05) | (batch["probability"] > 0.95)
    of = batch["reporter"]
    rate = against(batch, 0.05, 0.95).groupby(of).sum() / sure.groupby(of).sum()
    return of.map(rate.fillna(0) if fill else rate).lt(0.2).to_numpy()


def few_reports(batch):
    return batch["reporter"].map(batch["reporter"].value_counts()).lt(40).to_numpy()


def read_off():
    """Without a look at the batch: its rows come from reporters 0 to 11, and the last two are bad."""
    reporter = pd.Series(np.repeat(range(12), [25] * 8 + [70, 30, 80, 60]))
    return (reporter.sample(frac=1, random_state=2) < 10).to_numpy()


def sorted_series(batch):
    batch = batch.sort_values("reporter")
    return pd.Series(by_reporter(batch, low=0.05, high=0.95), index=batch.index)


def q4_case(make):
    return lambda: (make(reports().copy()),)


# --- question 5 -----------------------------------------------------------------------------------


def watcher(
    keep=True,
    p=1e-4,
    columns=("length", "known_words"),
    width=150,
    step=25,
    place=lambda end: end - 1,
    alike=lambda old, new: ks_2samp(old, new, method="asymp").pvalue,
):
    """The watcher of the solution with something changed."""

    def watch(stream, quiet):
        old = quiet[quiet["probability"] < 0.5] if keep else quiet
        for end in range(width, len(stream) + 1, step):
            new = stream[end - width : end]
            new = new[new["probability"] < 0.5] if keep else new
            if any(alike(old[name], new[name]) < p for name in columns):
                return place(end)
        return None

    return watch


def minus_psi(old, new):
    """PSI with its sign turned, so that less is more alarming, as with a p-value."""
    return -psi(old, new)


chance = functools.cache(chance_level)


def textbook_rule(stream, quiet):
    """An alarm on kept mails: PSI above 0.25 and above twice what chance gives."""
    old = quiet[quiet["probability"] < 0.5]
    for end in range(150, len(stream) + 1, 50):
        new = stream[end - 150 : end]
        new = new[new["probability"] < 0.5]
        worst = max(psi(old[name], new[name]) for name in ("length", "known_words"))
        if worst > max(0.25, 2 * chance(len(new), len(old))):
            return end - 1
    return None


def lesson_rule(width=150, step=50, columns=("length", "known_words")):
    """The lesson's alarm, on kept mails: PSI of any figure above that of the worst quiet window."""
    known = {}

    def watch(stream, quiet):
        if not known:
            kept = quiet[quiet["probability"] < 0.5]
            windows = [quiet[end - width : end] for end in range(width, len(quiet) + 1, step)]
            windows = [window[window["probability"] < 0.5] for window in windows]
            for name in columns:
                known[name] = kept[name], max(psi(kept[name], window[name]) for window in windows)
        for end in range(width, len(stream) + 1, step):
            new = stream[end - width : end]
            new = new[new["probability"] < 0.5]
            if any(psi(old, new[name]) > level for name, (old, level) in known.items()):
                return end - 1
        return None

    return watch


def by_z(old, new):
    """A z-test of the mean logarithm, as a p-value."""
    old, new = np.log(old + 1), np.log(new + 1)
    return 2 * norm.sf(abs(new.mean() - old.mean()) / (old.std() / np.sqrt(len(new))))


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


def by_worst_window(stream, quiet):
    """Windows of a hundred kept mails, and what is well below the lowest median of 200 quiet ones."""
    kept = quiet.loc[quiet["probability"] < 0.5, "length"].to_numpy()
    drawn = kept[np.random.default_rng(0).integers(0, len(kept), (200, 100))]
    level = 0.9 * np.median(drawn, axis=1).min()
    some = stream[stream["probability"] < 0.5]
    for end in range(100, len(some) + 1, 20):
        if some["length"][end - 100 : end].median() < level:
            return int(some.index[end - 1])
    return None


def last_look(stream, quiet):
    old, new = (table[table["probability"] < 0.5]["length"] for table in (quiet, stream[200:]))
    return 499 if ks_2samp(old, new).pvalue < 1e-3 else None


def cusum(stream, quiet):
    """How far the kept mails have fallen below the usual number of known words, added up."""
    usual = np.log1p(quiet.loc[quiet["probability"] < 0.5, "known_words"])
    fallen = 0
    for place, mail in enumerate(stream.itertuples()):
        if mail.probability < 0.5:
            below = (usual.mean() - np.log1p(mail.known_words)) / usual.std()
            fallen = max(0, fallen + below - 0.5)
        if fallen > 12:
            return place
    return None


def median_of_all(stream, quiet):
    for i in range(99, len(stream)):
        if stream["length"][i - 99 : i + 1].median() < 0.55 * quiet["length"].median():
            return i
    return None


def looks_ahead(stream, quiet):
    return 210 if stream["length"][200:].lt(300).mean() > 0.2 else None


def share_moved(stream, quiet):
    moved = (stream["probability"] > 0.5).to_numpy()
    usual = (quiet["probability"] > 0.5).mean()
    for end in range(100, len(stream) + 1, 50):
        if binomtest(int(moved[end - 100 : end].sum()), 100, usual).pvalue < 1e-4:
            return end - 1
    return None


RIGHT = {
    "q1": [
        ("a pattern", (mail_class(),)),
        ("a validator by hand", (mail_by_validator(by_hand),)),
        (
            "fullmatch",
            (mail_by_validator(lambda s: len(s) < 255 and re.fullmatch(r"[^@\s]+@[^@\s]+", s)),),
        ),
        ("split", (mail_by_validator(by_split),)),
        ("strict types and an annotated address", (StrictMail,)),
    ],
    "q2": [
        ("coins counted by hand", (decide_by(by_comb),)),
        ("binomtest", (decide_by(exact),)),
        ("a loop over the mails", (decide_by_loop,)),
        ("a text of NumPy", (lambda a, b, y: np.array(decide_by(exact)(a, b, y))[()],)),
    ],
    "q3": [
        ("halving an interval", (levels_by_search,)),
        ("one level after the other", (levels_by_order,)),
        ("quantiles in small steps", (levels_in_steps(0.0005),)),
        ("quantiles in steps of a thousandth", (levels_in_steps(0.001),)),
        ("ranks, as NumPy numbers", (levels_by_ranks,)),
    ],
    "q4": [
        ("two names read off the table", lambda: (read_off(),)),
        ("by reporter, where the champion was sure", q4_case(lambda b: by_reporter(b, low=0.05, high=0.95))),
        ("the share of the sure ones", q4_case(lambda b: by_rate_of_the_sure(b, fill=True))),
        ("a Series", q4_case(lambda b: pd.Series(by_reporter(b, low=0.05, high=0.95)))),
        ("a list", q4_case(lambda b: by_reporter(b, low=0.05, high=0.95).tolist())),
        (
            "nullable booleans",
            q4_case(lambda b: pd.Series(by_reporter(b, low=0.1, high=0.9), dtype="boolean")),
        ),
        ("sorted, as a Series", q4_case(sorted_series)),
    ],
    "q5": [
        ("lengths and words of kept mails", (watcher(),)),
        ("words only", (watcher(columns=("known_words",)),)),
        ("a less strict limit", (watcher(p=0.001, step=50),)),
        ("a NumPy number", (watcher(place=lambda end: np.int64(end - 1)),)),
        ("a count of poor mails among the kept", (by_median,)),
        ("PSI of kept mails", (watcher(alike=minus_psi, p=-0.5, width=100, columns=("known_words",)),)),
        ("PSI above 0.25 and twice what chance gives, on kept mails", (textbook_rule,)),
        ("the lesson's rule on kept mails", (lesson_rule(),)),
        ("the lesson's rule, shorter windows", (lesson_rule(width=100),)),
        (
            "the lesson's rule, three figures",
            (lesson_rule(columns=("probability", "length", "known_words")),),
        ),
        ("a z-test of the mean length", (watcher(alike=by_z, columns=("length",)),)),
        ("the worst of quiet windows", (by_worst_window,)),
        ("one look, at the end", (last_look,)),
        ("a cumulated sum", (cusum,)),
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
        ("the usual white space", (mail_class(pattern=r"^[^@ \t\n\r]+@[^@ \t\n\r]+$"),)),
        ("letters that may be there", (mail_class(pattern=r"^[\w.+-]+@[\w.-]+$"),)),
        ("English letters only", (mail_class(pattern=r"^[!-?A-~]+@[!-?A-~]+$"),)),
        ("no commas", (mail_class(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$"),)),
        ("short texts", (mail_class(str_max_length=255),)),
        ("null for the subject", (NullSubject,)),
        ("small letters", (LowerCase,)),
        ("the pattern is not anchored", (mail_class(pattern=r"[^@\s]+@[^@\s]+"),)),
        ("Python's $", (mail_by_validator(lambda s: len(s) < 255 and re.match(r"[^@\s]+@[^@\s]+$", s)),)),
        ("a dot is needed", (mail_class(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),)),
        ("no limit", (mail_class(longest=None),)),
        ("254 is too long", (mail_class(longest=253),)),
        ("counted in bytes", (mail_by_validator(lambda s: len(s.encode()) < 255 and by_hand(s)),)),
        ("trimmed", (mail_class(str_strip_whitespace=True),)),
        ("an address as the standard has it", (mail_by_validator(lambda s: "<" not in s and by_hand(s)),)),
        ("several senders", (mail_by_validator(lambda s: all(map(by_hand, s.split(",")))),)),
        ("an empty sender is none", (mail_class(pattern=r"^([^@\s]+@[^@\s]+)?$"),)),
        ("nothing is asked", (mail_class(pattern=None),)),
        ("a function", (dict,)),
        ("a mail in place of the class", (mail_class()(),)),
    ],
    "q2": [
        ("all labels must be there", (read_everything,)),
        ("missing labels are good mail", (decide_by(exact, known="ignore"),)),
        ("two accuracies", (unpaired,)),
        ("whoever is right more often", (more_right,)),
        ("one side is enough", (decide_by(one_sided),)),
        ("only the harm counts", (harm_only,)),
        ("right is right, whatever it costs", (decide_by(exact, price=False),)),
        ("first who is worse or harms", (reject_first,)),
        ("first who is worse", (worse_first,)),
        ("McNemar's chi-square", (decide_by(chi_square(0)),)),
        ("McNemar's chi-square, corrected", (decide_by(chi_square(1)),)),
        ("p above 0.01 waits", (decide_by(lambda w, n: exact(w, n) * 5),)),
        ("less harm is a must", (less_harm,)),
        ("harm as a share of what is moved", (harm_as_share,)),
        ("first the test, then the labels", (test_first,)),
        ("always wait", (lambda champion, challenger, is_spam: "wait",)),
        ("True to promote", (lambda champion, challenger, is_spam: True,)),
    ],
    "q3": [
        ("the same share for each", (levels_each,)),
        ("the share is always a tenth", (lambda quiet, share: levels_by_search(quiet, 0.1),)),
        ("any means all", (levels_all,)),
        (
            "the columns are a to e",
            (lambda quiet, share: {n: levels_by_search(quiet, share)[n] for n in "abcde"},),
        ),
        ("the share in percent", (lambda quiet, share: levels_by_search(quiet, share / 100),)),
        ("standardised, one level", (levels_standardised,)),
        ("the share divided by five", (levels_bonferroni,)),
        ("one column after the other", (levels_one_by_one,)),
        ("the worst morning", (lambda quiet, share: quiet.max(),)),
        ("mean and three spreads", (lambda quiet, share: quiet.mean() + 3 * quiet.std(),)),
        ("mean and as many spreads as it takes", (levels_by_spreads,)),
        ("quantiles in steps of a hundredth", (levels_in_steps(0.01),)),
        ("one level for all", (lambda quiet, share: dict.fromkeys(quiet, quiet.max(axis=1).quantile(0.9)),)),
        ("the textbook", (lambda quiet, share: dict.fromkeys(quiet, 0.25),)),
        ("an array", (lambda quiet, share: quiet.quantile(1 - share).to_numpy(),)),
    ],
    "q4": [
        ("teach everything", q4_case(lambda b: np.ones(len(b), bool))),
        ("teach nothing", q4_case(lambda b: np.zeros(len(b), bool))),
        ("drop what contradicts the champion", q4_case(lambda b: (~against(b)).to_numpy())),
        ("drop reporters who contradict the champion", q4_case(by_reporter)),
        ("drop who reports much", q4_case(few_reports)),
        ("the share of the sure ones, 0 of 0", q4_case(lambda b: by_rate_of_the_sure(b, fill=False))),
        ("by report, where the champion was sure", q4_case(lambda b: ~against(b, 0.05, 0.95))),
        ("the other way round", q4_case(lambda b: ~by_reporter(b, low=0.05, high=0.95))),
        ("drop the clicks only", q4_case(lambda b: b["reporter"] != "clicks")),
        ("the headlines, too", q4_case(lambda b: ~b["reporter"].isin(["door", "clicks", "headlines"]))),
        ("what the champion says", q4_case(lambda b: (b["probability"] > 0.5) == b["says_spam"])),
        ("texts", q4_case(lambda b: ["True"] * len(b))),
        ("drop the worst reporter only", q4_case(lambda b: (b["reporter"] != "door").to_numpy())),
        ("drop what is called good", q4_case(lambda b: b["says_spam"].astype(bool).to_numpy())),
        ("places in place of booleans", q4_case(lambda b: np.arange(300))),
        ("numbers", q4_case(lambda b: np.ones(len(b)))),
        ("names of reporters", q4_case(lambda b: {"door": False})),
    ],
    "q5": [
        ("never", (lambda stream, quiet: None,)),
        ("at once", (lambda stream, quiet: 0,)),
        ("always in the middle", (lambda stream, quiet: 250,)),
        ("the score of all mails", (watcher(keep=False, columns=("probability",)),)),
        ("all mails", (watcher(keep=False),)),
        ("all mails, very strict", (watcher(keep=False, p=1e-8),)),
        (
            "the textbook, all mails",
            (watcher(keep=False, alike=minus_psi, p=-0.25, width=100, columns=("known_words",)),),
        ),
        ("the share moved", (share_moved,)),
        ("the median of all mails", (median_of_all,)),
        ("looking ahead", (looks_ahead,)),
        ("the beginning of the window", (watcher(place=lambda end: end - 150),)),
        ("the usual limit, 30 times", (watcher(p=0.05),)),
        ("the usual limit, fewer looks", (watcher(p=0.05, step=50),)),
        ("a very strict limit", (watcher(p=1e-60),)),
        ("the share in place of a place", (watcher(place=lambda end: end / 500),)),
        ("True", (watcher(place=lambda end: True),)),
        ("the place after the stream", (watcher(place=lambda end: end + 600),)),
        ("a column that is not there", (lambda stream, quiet: stream["is_spam"].argmax(),)),
    ],
}
