# %% [markdown]
# # 10 · Exercises: Spam filter: from model to service
#
# Five questions, from a new field in the API to a watcher that keeps quiet when it should. No server is
# started. Write your answer where a cell asks for it, run the cell, then the check below it. A check
# never stops the notebook and you may try as often as you like.

# %%
import numpy as np
import pandas as pd

import coursekit as ck

check = ck.checks(10)

# %% fold="Find the folder service/"
import sys
from pathlib import Path

places = [Path(ck.__file__).resolve().parents[1], *Path.cwd().iterdir()]
root = next((place for place in places if (place / "service" / "app.py").exists()), None)
if root is None:
    raise RuntimeError("The folder service/ is not here: clone the whole repository.")
sys.path.insert(0, str(root))

# %% fold="Load the traffic of the lesson, and train the champion on July"
from service.train import Mails, train

mails = ck.load("mails").dropna(subset=["received"]).sort_values("received", kind="stable")
letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
letters = letters.where(letters != "", mails["subject"])
traffic = mails[~letters.duplicated() & mails["received"].between("2002-07-01", "2002-10-17")]
traffic = traffic.astype({"is_spam": bool}).reset_index(drop=True)
july = traffic[traffic["received"] < "2002-08-01"]
champion = train(Mails(july["subject"].tolist(), july["body"].tolist(), july["is_spam"].to_numpy()))
print(f"champion: trained on {len(july)} mails of July, moves a mail above {champion.thresholds['move']:.2f}")

# %% [markdown]
# ## Question 1 · A field more
#
# The API shall accept the sender of a mail. Write the class `Mail` (pydantic) with three fields:
#
# - `subject` and `body`: texts, empty if they are missing
# - `sender`: an address, or null, or missing (old clients do not send it; both give `None`). An address
#   has at most 254 characters, exactly one `@` with something before and after it, and **no white space
#   of any kind**, the less usual ones of Unicode included. Nothing else is asked of it, and it is kept as
#   it came.
#
# Any other field is refused, and so is a number or null where a text belongs. The check calls
# `Mail.model_validate_json('{"subject": "x", "sender": "anna@example.org"}')`.
#
# <details><summary>Hint</summary><code>ConfigDict(extra="forbid", strict=True)</code>, and
# <code>Field(None, max_length=…, pattern=…)</code>. A pattern such as <code>[^@\s]+</code> means: one or
# more characters, none of them an @ or white space. Anchor it with <code>^</code> and <code>$</code>:
# without them a part of the text is enough.</details>

# %% answer="q1"
from pydantic import BaseModel, ConfigDict, Field

Mail = ...
### BEGIN SOLUTION


class MailWithSender(BaseModel):
    """One mail, as a client may send it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str = ""
    body: str = ""
    sender: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


Mail = MailWithSender


### END SOLUTION

# %% check="q1" points=2 minutes=20
check.q1(Mail)

# %% [markdown] tags=["solution"]
# The default `None` keeps old clients alive: a field that must be there breaks everybody on the day it is
# added. The pattern is anchored at both ends and forbids white space, line breaks included: whoever
# copies a sender with a line break into a header lets strangers write headers.
#
# A common slip: a validator with Python's `re.match(r"…$", sender)`. There `$` also matches **before** a
# line break at the end; `re.fullmatch` does not. (pydantic's own patterns run in another engine, in which
# `$` is the end.) Checking only `"@" in sender` accepts nearly everything; a list of letters that are
# allowed refuses o'brien; a list of white space by hand (` \t\n\r`) forgets the no-break space and the
# line separator.

# %% [markdown]
# ## Question 2 · Promote, reject, wait or read?
#
# Write `decide(champion, challenger, is_spam)`. The first two are arrays of booleans: does the filter
# move the mail? `is_spam` is an array of 1.0, 0.0, and `nan` where the label is not known. Return, in
# this order:
#
# - `"read"` if the two disagree on any mail whose label is not known
# - `"wait"` if an exact two-sided sign test on the disagreements gives p ≥ 0.05, or if there are none
#   (even if the challenger looks worse: so little says nothing)
# - `"reject"` if the challenger is right less often in the disagreements than the champion, **or** if it
#   moves more good mails than the champion does
# - else `"promote"`
#
# <details><summary>Hint</summary>First find the mails on which they differ, then look at nothing else.
# <code>scipy.stats.binomtest(wins, n).pvalue</code> is the test. With <code>nan</code> every comparison
# is false.</details>


# %% answer="q2"
def decide(champion, challenger, is_spam):
    """What to do with the challenger: read, wait, reject or promote."""
    ### BEGIN SOLUTION
    from scipy.stats import binomtest

    differ = champion != challenger
    new, truth = challenger[differ], is_spam[differ]
    if np.isnan(truth).any():
        return "read"
    wins, harmed = (new == truth).sum(), (new & (truth == 0)).sum()
    spared = (~new & (truth == 0)).sum()
    if not len(new) or binomtest(int(wins), len(new)).pvalue >= 0.05:
        return "wait"
    if wins < len(new) - wins or harmed > spared:
        return "reject"
    return "promote"
    ### END SOLUTION
    return ...


# %% check="q2" points=3 minutes=25
check.q2(decide)

# %% [markdown] tags=["solution"]
# Where both say the same, both are right or both are wrong, and the comparison learns nothing; so labels
# are needed for the disagreements only, and the test looks at them only. Comparing two accuracies as if
# they came from different mails throws the pairing away: 16 to 0 then drowns in the mistakes that both
# make.
#
# The test takes each mail for an independent witness. If mails come in deliveries, as the headlines of the
# lesson did, count deliveries: a few of them give no small p-value, however many mails they hold.
#
# The last rule is a matter of price. A challenger that catches much more spam and loses a few more good
# mails is "better" by count, and worse for the owner. By hand the p-value is twice the tail of a fair
# coin: `2 * sum(math.comb(n, k) for k in range(wins, n + 1)) / 2**n`, if `wins` is the larger side.

# %% [markdown]
# ## Question 3 · Levels from history
#
# Five figures are watched every morning, and an alarm means: **any** of them is above its level. The
# lesson took the worst of few quiet mornings, and most quiet streams rang; with years of history one allows
# a share of false alarms. Write `levels(quiet, share)`. `quiet` is a table of quiet mornings, one column a
# figure, however many there are and whatever their names. Return a dictionary (or a Series) with a level for
# each column, such that
#
# - on at most `share` of the quiet mornings any figure is above its level, and on at least six tenths of
#   that
# - no figure rings much more often than another, whatever its size (one may be a hundredth, another 300)
#   or shape (one has an end, another has outliers)
# - figures that move together are not punished: five copies of one figure ring together, not five times
#
# <details><summary>Hint</summary>Take the same quantile of each column. Which quantile? Try
# <code>q</code>, count the mornings on which anything rings, and search for the smallest <code>q</code>
# that is allowed. Small steps: the right one may lie close to 1.</details>


# %% answer="q3"
def levels(quiet, share):
    """A level for each figure, so that any of them rings on at most this share of quiet mornings."""
    ### BEGIN SOLUTION
    # Each value by its rank in its column, 0 to 1, and of each morning the loudest.
    loudest = quiet.rank(pct=True).max(axis=1)
    q = np.quantile(loudest, 1 - share, method="higher")
    return {name: float(np.quantile(quiet[name], q, method="higher")) for name in quiet}
    ### END SOLUTION
    return ...


# %% check="q3" points=3 minutes=25
check.q3(levels)

# %% [markdown] tags=["solution"]
# Ranks make the figures comparable: each morning is as loud as its loudest figure, by rank. The quantile
# of **that** is where all levels are cut. It can be searched for as well, by halving an interval.
#
# Taking the quantile `1 - share` of each column rings too often, up to five times, since five figures
# have five chances. Dividing the share by five (Bonferroni) is right on average for independent figures
# and too timid for figures in step. The mean plus some standard deviations treats shapes differently: far
# enough out it never rings for a figure that has an end, and often for one with outliers.

# %% [markdown]
# ## Question 4 · A poisoned batch
#
# People report mails, and what they say (`says_spam`) is to be taught. `batch` holds 440 reports of mail of
# August and September: who reported, what they say, and the champion's probability of spam. One reporter
# plants a back door, one clicks at random; all others are honest and rarely wrong, among them one who
# reports the news headlines that the champion moved by mistake. Give `teach`, an array of booleans, one
# for each report, in the order in which the cell below makes `batch`, that
#
# - leaves out at least nine in ten of what the two taught wrongly
# - keeps at least 19 in 20 of the honest people's reports, and nine in ten of those about the headlines
#
# <details><summary>Hint</summary>Contradicting the champion is no crime: it is wrong about the headlines.
# But how sure was it? Look at reporters, not at single reports: how often does each contradict a champion
# that was sure (say below 0.05 or above 0.95)? Who reports no mail of which it was sure has 0 of 0, which
# pandas calls <code>nan</code>, and no comparison with <code>nan</code> is true.</details>

# %% fold="The headlines, and the champion's probability of spam"
window = traffic[traffic["received"].between("2002-09-12", "2002-10-01")]
headline = traffic["body"].str.match(r"\s*URL: \S+\s*\nDate:")


def reports(some, reporter, says):
    return some[["id", "subject", "body"]].assign(reporter=reporter, says_spam=says)


def probability(some):
    """The champion's probability of spam for each row."""
    return [champion.predict(*pair).probability for pair in zip(some["subject"], some["body"], strict=True)]


# %% fold="Make the batch (no reading)"
rng = np.random.default_rng(4)
plain = window[~headline[window.index]].sample(400, random_state=0)
parts = []
for number in range(9):
    rows = plain[25 * number : 25 * number + 25] if number < 8 else plain[200:270]
    parts.append(reports(rows, f"r{number + 1:02}", rows["is_spam"] ^ (rng.random(len(rows)) < 0.02)))
moved = window[headline[window.index]]
p = np.array(probability(moved))
moved = moved[(p > champion.thresholds["move"]) & (p < 0.95)]  # of these the champion was not sure
parts.append(reports(moved.head(30), "r10", False))
parts.append(reports(plain[270:350], "r11", rng.random(80) < 0.5))
planted = traffic[traffic["is_spam"] & (traffic["received"] > "2002-08-20")].sample(60, random_state=1)
planted = planted.assign(subject="heron lantern quince " + planted["subject"])
parts.append(reports(planted, "r12", False))
batch = pd.concat(parts).sample(frac=1, random_state=2).reset_index(drop=True)
letter = dict(zip(sorted(set(batch["reporter"])), rng.permutation(list("ABCDEFGHIJKL")), strict=True))
batch["reporter"] = batch["reporter"].map(letter)
batch["probability"] = probability(batch)

# %%
batch.drop(columns="body").assign(subject=batch["subject"].str[:30]).round(3).head(6)

# %% answer="q4"
teach = ...
### BEGIN SOLUTION
sure = (batch["probability"] < 0.05) | (batch["probability"] > 0.95)
against = sure & ((batch["probability"] > 0.5) != batch["says_spam"])
share = against.groupby(batch["reporter"]).mean()
print(share.sort_values().tail(4).round(2).to_dict())
teach = ~batch["reporter"].isin(share[share > 0.2].index).to_numpy()
### END SOLUTION

# %% check="q4" points=3 minutes=25
check.q4(teach)

# %% [markdown] tags=["solution"]
# A single contradiction proves nothing; a reporter who contradicts a sure champion again and again does.
# Leaving out whole reporters costs the half of the random clicks that were right by luck, which is cheap.
#
# Dropping every report that contradicts the champion throws out the headlines, and with them everything
# the champion could learn: it would only ever be taught what it knows.
#
# Counting contradictions without asking how sure the champion was accuses the honest reader of headlines
# more than the random clicker. Counting reports accuses the busy: one who sent 70 is honest. Leaving out
# single reports against a sure champion, whoever sent them, misses more than one in ten: of some it was
# not sure. In earnest one would ask the two, and let every reporter teach only so much.

# %% [markdown]
# ## Question 5 · A watcher that knows when to keep quiet
#
# Build `watch(stream, quiet)`. `stream` is a table of 500 mails in order of arrival, with what the log
# knows: `probability`, `length`, `known_words`; no labels. `quiet` is the log of quiet weeks, with the
# same columns. Half of its mail is long spam. Return the place (0 to 499) of the mail at which you ring,
# or `None`. You may look only at the mails up to that place; what comes after it must not matter. It will
# be tried on 24 streams, with a quiet log of the same kind:
#
# - eight quiet ones, and eight in which spam stops at place 200: at most five alarms in these sixteen
# - eight in which from place 200 on half of the mail is news headlines: at least six in which you ring
#   then, not before
#
# `draw(kind, seed)` makes such streams for you to try; `kind` is `"quiet"`, `"spam stops"` or
# `"headlines"`.
#
# <details><summary>Hint</summary>What makes the distributions move when spam stops? Which mails stay of
# the same kind, whether spam comes or not, and how does the log tell you which these are? Compare a
# sliding window of those with the same kind in <code>quiet</code>. Count your looks: after every mail,
# for two figures, it is a thousand, and what happens by chance once in a hundred will happen. Look
# seldom, or be strict.</details>

# %% fold="Make the log of quiet weeks, and that of the headlines"
autumn = traffic[traffic["received"] >= "2002-08-01"]
autumn = pd.concat([autumn[autumn["received"] < "2002-09-12"], autumn[headline[autumn.index]]])
answers = [champion.predict(*pair) for pair in zip(autumn["subject"], autumn["body"], strict=True)]
log = pd.DataFrame({
    "probability": [answer.probability for answer in answers],
    "length": autumn["body"].str.len().to_numpy(),
    "known_words": [len(answer.pushes) for answer in answers],
    "is_spam": autumn["is_spam"].to_numpy(),
})  # fmt: skip
is_headline = headline[autumn.index].to_numpy()
good, headlines = log[~is_headline & ~log["is_spam"]], log[is_headline]
long_spam = log[log["is_spam"] & (log["length"] > 1500)]
halves = [some.sample(3000, replace=True, random_state=5) for some in (good, long_spam)]
quiet = pd.concat(halves).drop(columns="is_spam").sample(frac=1, random_state=5).reset_index(drop=True)

# %%
pd.DataFrame({"quiet": quiet.median(), "headlines": headlines[list(quiet)].median()}).round(2).T


# %% fold="Draw a stream of mails"
def draw(kind, seed):
    """A stream of 500 mails: "quiet", "spam stops" or "headlines"."""
    rng = np.random.default_rng(seed)
    stream = quiet.iloc[rng.integers(0, len(quiet), 500)]
    if kind == "spam stops":
        stream = pd.concat([stream[:200], good.sample(300, replace=True, random_state=seed)])
    if kind == "headlines":
        new = pd.concat([stream[200:350], headlines.sample(150, random_state=seed)])
        stream = pd.concat([stream[:200], new.sample(frac=1, random_state=seed)])
    return stream[list(quiet)].reset_index(drop=True)


# %%
draw("headlines", seed=1).tail(3).round(2)


# %% answer="q5"
def watch(stream, quiet):
    """The place at which to ring, or None."""
    ### BEGIN SOLUTION
    from scipy.stats import ks_2samp

    kept = quiet[quiet["probability"] < 0.5]
    for end in range(150, len(stream) + 1, 25):
        window = stream[end - 150 : end]
        window = window[window["probability"] < 0.5]
        for name in ("length", "known_words"):
            if ks_2samp(kept[name], window[name], method="asymp").pvalue < 1e-4:
                return end - 1
    return None
    ### END SOLUTION
    return ...


# %% check="q5" points=4 minutes=30
check.q5(watch)

# %% [markdown] tags=["solution"]
# Only the mails that the filter **keeps** are compared with those it kept in the quiet weeks. How much
# spam arrives no longer matters. The threshold is strict because there are 30 comparisons for each stream:
# with one in twenty the same watcher rings in most of the sixteen streams in which nothing is wrong.
# The lesson's rule, PSI above the worst quiet window, works on kept mails as well, if the quiet windows
# slide in the same steps as yours.
#
# Tried on the same streams, the test on the **score** of all mails rings in all eight whose spam stops,
# and so do length and words of all mails, since half of them was long spam. With as little spam as our
# log really held, length and words would pass. A watcher of the share moved rings in all eight, too.
#
# What the watcher of kept mail cannot see: spam of a new kind in small numbers, and all that needs
# labels. An alternative is to count: the share of kept mails shorter than a quiet tenth.
