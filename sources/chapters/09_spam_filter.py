# %% [markdown]
# # 9 · Spam filter: from inbox to model
#
# Many tutorials end with a spam filter that is "99.9 % accurate". Suppose one of them guarded your own
# inbox, allowed to lose *one good mail in a thousand* and no more. How much spam would it still catch?
# And would it catch as much next month?

# %% [markdown]
# **You will be able to**
# - turn raw mail messages into clean rows of text, and count what each cleaning step removes
# - build a bag of words and TF-IDF by hand, and train a logistic regression on a sparse table
# - choose a threshold for a stated price, and say how far the number can be trusted
# - measure how much a leak, a copy or a random split flatters a score
# - read a model's weights and its mistakes as words
#
# **Builds on:** [chapter 00](00_start_here.ipynb), [chapter 01](01_problem_definition.ipynb) (precision,
# recall, bootstrap), [chapter 03](03_data_splitting.ipynb) (folds, leaks),
# [chapter 06](06_model_training.ipynb) (loss, gradient, batches) · **Data:** `mails`, `raw_mails`
#
# The mails are real ones from 2001 and 2002, among them scams, drugs and coarse language. The most
# explicit ones are left out, and addresses, phone numbers and links are masked.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

mails = ck.load("mails")
print(len(mails), "mails")
print(f"good mail: {(~mails['is_spam']).mean():.1%}")

# %% [markdown]
# ## 1 · The problem
#
# The filter reads a mail $X$ and says $\hat y$: 1 for *spam* (unwanted bulk mail), 0 for good mail,
# which people in the field call **ham**. Spam can be *moved* to a folder that its owner looks through now
# and then, or *deleted*.
#
# The errors do not cost the same. A spam that slips through costs two seconds. A good mail that is moved
# comes late; deleted, it may be a lost job offer. So *precision* comes first (of the mails called spam, how
# many are?), and *recall* second (of all spam, how much is caught?). Accuracy is no goal: a filter that
# calls every mail good has 70.5 % of it.
#
# Nobody knows these prices in euros. But an owner can say how often an error may happen. The goal of this
# chapter is: **delete at most 1 good mail in 1,000, and catch as much spam as that allows.** Of the good
# mails, 1 in 100 may be moved.

# %% [markdown]
# ## 2 · The data
#
# ### From a raw message to text
#
# What arrives at a mail server is a stream of bytes: headers, an empty line, then one or more encoded parts.
# Here is one, shortened.

# %%
raw = ck.load("raw_mails")  # a dictionary: name of the file, bytes
message_bytes = raw["13_quoted_printable_html_spam.eml"]
headers, body = message_bytes.decode("ascii").split("\n\n", 1)
print("\n".join(headers.split("\n")[-5:]))
print()
print(body[:420])

# %% [markdown]
# The words are there, but wrapped twice: in HTML, and in an encoding called quoted-printable in which
# `=3D` stands for `=`. Python's `email` package takes the outer wrapping off.
#
# What remains are bytes. The sender states the character set (**charset**), and some senders are wrong about
# it. `latin-1` accepts any byte, so with it as the last resort something always comes out. A charset that
# does not exist is a `LookupError`, one that does not fit a `UnicodeError`, which is a `ValueError`.


# %%
def decode(content, charset):
    """Bytes to text: the stated charset if it works, then the usual suspects."""
    for name in (charset, "utf-8", "cp1252", "latin-1"):
        try:
            return content.decode(name)
        except (LookupError, TypeError, ValueError):  # TypeError: none was stated
            continue


# %% [markdown]
# A message may have several parts: texts, pictures, attachments. `walk` visits them all.


# %%
import email


def readable_text(content):
    """The text of a raw message: its first plain part, or else its first HTML."""
    parts = list(email.message_from_bytes(content).walk())
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                stated = part.get_param("charset")
                return decode(part.get_payload(decode=True), stated)
    return ""


# %%
for name in list(raw)[12:20]:
    text_read = " ".join(readable_text(raw[name]).split())
    print(f"{name[3:-4]:30} {text_read[:32]}")

# %% [markdown]
# Every message gives a text, though not every text is one you can read: a mail in Chinese whose sender
# states no charset turns into accented letters, called **mojibake**. We keep such mails. The filter will
# meet them too.
#
# The table `mails` was made in this way from 6,046 messages (source: `data/README.md`, which also tells
# what was left out).

# %% [markdown]
# ### Cleaning, with a count at each step
#
# Two faults matter before anything is split: mails with nothing in them, and mails that are there twice. The
# same text on both sides of a split lets a model pass the exam by memory.
#
# Some copies are exact. Others have the same letters once case, digits and punctuation are gone: mass mail
# that changes only a number for each reader. Copies that change a word stay in.

# %%
not_blank = mails[mails["body"].str.strip() != ""]
no_copies = not_blank.drop_duplicates("body")
# \W: neither letter nor digit; \d: a digit
letters = no_copies["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
clean = no_copies[~letters.duplicated()].reset_index(drop=True)

# %%
steps = {"as collected": mails, "body not blank": not_blank}
steps["no exact copies"], steps["no copies by letter"] = no_copies, clean
for name, step in steps.items():
    print(f"{name:19} {len(step)} mails, {step['is_spam'].mean():.1%} spam")

# %% [markdown]
# Spam loses most: it is sent many times.
#
# ### When did the mails arrive?
#
# A mail has two dates. The sender writes one, and can write anything; the receiving server stamps the other.

# %%
odd = clean["date_header"].str.contains(r"\b(?:0102|2028)\b", na=False)
clean.loc[odd, ["date_header", "received", "is_spam"]].head(3).set_index("date_header")

# %% [markdown]
# The year 102 is what an old program writes for 2002 (it counts from 1900). So we trust only `received`.

# %%
month = clean["received"].dt.strftime("%Y-%m")
by_month = pd.crosstab(month, clean["is_spam"])

# %% fold="Draw the mails of each month"
fig, ax = plt.subplots(figsize=(7.6, 3.4))
by_month.plot.bar(ax=ax, stacked=True, width=0.85, color=["C0", "C1"], legend=False)
ax.set(title="Until May 2002, spam arrives alone", xlabel="", ylabel="mails received")
ax.tick_params(axis="x", rotation=60)
for name, colour, height in [("good mail", "C0", 0.85), ("spam", "C1", 0.75)]:
    ax.text(0.02, height, name, color=colour, transform=ax.transAxes, weight="bold")
ck.show(
    fig,
    "Mails by month, stacked. Until May 2002 nearly all are spam; good mail fills July to December 2002.",
)

# %% [markdown]
# Nobody's inbox looked like that: the two classes were collected by different people at different times. This
# is a **date leak**: anything that betrays the month betrays the label. Section 6 measures it.

# %% [markdown]
# ### What does spam look like?

# %% fold="Draw the lengths of both classes, and count HTML"
lengths = clean["body"].str.len()
fig, ax = plt.subplots(figsize=(7, 3.2))
bins = np.geomspace(10, 20_000, 40)
for label, colour, name in [(False, "C0", "good mail"), (True, "C1", "spam")]:
    some = lengths[clean["is_spam"] == label]
    ax.hist(some, bins, weights=np.full(len(some), 1 / len(some)), alpha=0.6, color=colour, label=name)
ax.set(xscale="log", title="Length alone tells little", xlabel="characters in the body")
ax.set_ylabel("share of the class")
ax.legend()
ck.show(
    fig,
    "Histograms of body length on a log scale; spam is somewhat longer, the classes overlap widely.",
)
html = clean.groupby("is_spam")["is_html"].mean()
print(f"HTML without a plain version: {html[False]:.0%} of good mail, {html[True]:.0%} of spam")

# %% [markdown]
# Both are hints, neither is a filter. (The bar at the right end is longer mails, cut at 20,000 characters.)
# Words should tell more. But the most frequent words of both classes are the same few: *the*, *to*, *and*. We
# need a measure of how much a word *tells*, not how often it occurs.

# %% [markdown]
# ### Telling words, with a measure
#
# Start with one word. Of the spam, $s_1$ mails contain *click* and $s_0$ do not; of the good mail, $g_1$ and
# $g_0$. (Each plus 0.5, so that none is zero.) **Odds** are the cases for, divided by the cases against:
# $s_1/s_0$ and $g_1/g_0$. We take logarithms, because twice and half the odds are then equally far from zero,
# on the two sides.

# %%
is_spam = clean["is_spam"].to_numpy()
says_click = clean["body"].str.contains(r"\bclick\b", case=False).to_numpy()
s1, s0 = (says_click & is_spam).sum() + 0.5, (~says_click & is_spam).sum() + 0.5
g1, g0 = (says_click & ~is_spam).sum() + 0.5, (~says_click & ~is_spam).sum() + 0.5
print(f"odds in spam {s1 / s0:.3f}, in good mail {g1 / g0:.3f}")
print(f"difference of the logarithms {np.log(s1 / s0) - np.log(g1 / g0):.2f}")

# %% [markdown]
# This difference is the **log-odds ratio**. Rare words reach large ones by luck. So it is divided by its
# *standard error*, the distance by which luck typically moves it. For log-odds that is (without proof) the
# root below: few mails, large luck. The quotient is a *$z$-score*; luck alone takes one word in twenty
# beyond 2 or −2. Of thousands of words that is hundreds, so we look only at the far ends.
#
# $$z = \frac{\ln\frac{s_1}{s_0} - \ln\frac{g_1}{g_0}}{\sqrt{1/s_1 + 1/s_0 + 1/g_1 + 1/g_0}}$$


# %%
def z_score(s1, s0, g1, g0):
    """Log-odds ratio of spam and good mail, divided by its standard error."""
    standard_error = np.sqrt(1 / s1 + 1 / s0 + 1 / g1 + 1 / g0)
    return (np.log(s1 / s0) - np.log(g1 / g0)) / standard_error


print("click:", z_score(s1, s0, g1, g0).round(1))

# %% [markdown]
# Now for all words at once. The folded cell counts, for each word of 20 mails or more, the four numbers, as
# arrays with a place for each word.

# %% fold="Count in how many spam and good mails each word stands"
from sklearn.feature_extraction.text import CountVectorizer

without_html = clean["body"].str.replace(r"<[^>]*>|&\w+;", " ", regex=True)
finder = CountVectorizer(binary=True, token_pattern=r"[a-z]{3,}", min_df=20)
has_word = finder.fit_transform(without_html)
with_spam = has_word[is_spam].sum(axis=0).A1 + 0.5  # A1: a plain array, a number a word
with_good = has_word[~is_spam].sum(axis=0).A1 + 0.5
without_spam = is_spam.sum() + 1 - with_spam
without_good = (~is_spam).sum() + 1 - with_good
masked = clean["body"].str.contains(r"\bURL\b").groupby(is_spam).mean()
print(f"{len(with_spam)} words; URL is in {masked[True]:.0%} of spam, {masked[False]:.0%} of good mail")

# %%
z_of_words = z_score(with_spam, without_spam, with_good, without_good)
telling = pd.Series(z_of_words, index=finder.get_feature_names_out()).sort_values()
print("good mail:", telling.head(6).round(1).to_dict())
print("spam:", telling.tail(6).round(1).to_dict())

# %% [markdown]
# The same as a picture: a **word cloud** for each class. A larger word has a $z$-score further from zero.

# %% fold="Draw the two word clouds"
from matplotlib.colors import ListedColormap
from wordcloud import WordCloud

fig, axes = plt.subplots(1, 2, figsize=(6.4, 2.3))
for ax, sizes, name in [(axes[0], -telling.head(30), "good mail"), (axes[1], telling.tail(30), "spam")]:
    ink = "#0072B2" if name == "good mail" else "#D55E00"
    cloud = WordCloud(
        width=300,
        height=200,
        background_color="white",
        random_state=0,
        prefer_horizontal=1,
        colormap=ListedColormap([ink]),
    )
    cloud.generate_from_frequencies(sizes.to_dict())
    ax.imshow(cloud, interpolation="nearest")
    ax.set_title(name, color=ink)
    ax.axis("off")
ck.show(
    fig, "Two word clouds. Good mail: url, but, users, linux, wrote. Spam: our, click, please, your, removed."
)

# %% [markdown]
# Spam says *our* and *your*, begs (*please*) and wants a *click*. Good mail argues (*but*, *that*) and
# quotes what somebody *wrote*. *users*, *group* and *linux* stand out for another reason: the collectors of
# the good mail read mailing lists on software.
#
# And *url*, the mask for a link, is made by our own cleaning. As the mails arrive, it is in 84 % of the
# spam and 87 % of the good mail. But in spam it often stands inside HTML tags, and the tags were cut out
# before counting.

# %% [markdown]
# ### Traces of the collection
#
# Lists leave traces that are easier to see: a footer under each mail (here: a line of 20 dashes or
# underscores, and up to nine lines that follow), and a tag such as `[ILUG]` in the subject. We strip both,
# and count how many mails had them.

# %%
FOOTER = r"\n[_-]{20,}[ \t]*\n(?:[^\n]*\n){0,8}[^\n]*\Z"
TAG = r"\[[^\]]{1,30}\]\s*"
text = clean["body"].str.replace(FOOTER, "", regex=True)
title = clean["subject"].str.replace(TAG, "", regex=True)
inbox = clean.assign(text=text, title=title)
traces = pd.DataFrame({"list footer": text != clean["body"]})
traces["subject tag"] = title != clean["subject"]
traces["either"] = traces.any(axis=1)
traces.groupby(clean["is_spam"]).mean().round(3)

# %% [markdown]
# More than half of the good mail and a fifth of the spam: lists get spam, too. A rule on these traces would
# be worth nothing in an inbox without mailing lists. Section 6 shows what they were worth here.

# %% [markdown]
# ## 3 · Features
#
# ### Split first
#
# So far nothing was fitted. From here on choices are made, so one mail in five goes away now, as the test
# set. The rest is for development (`dev`); a quarter of it is for validation. These are row numbers, as in
# chapter 03.

# %%
from sklearn.model_selection import train_test_split

y = inbox["is_spam"].to_numpy()
numbers = np.arange(len(y))
dev, test = train_test_split(numbers, test_size=0.2, stratify=y, random_state=0)
both = train_test_split(dev, test_size=0.25, stratify=y[dev], random_state=0)
train, validation = both
for name, part in [("train", train), ("validation", validation), ("test", test)]:
    print(f"{name}: {(~y[part]).sum()} good mails, {y[part].sum()} spam")

# %% [markdown]
# ### A bag of words by hand
#
# A model reads numbers. The simplest way from texts to numbers is the *bag of words*: list every word of
# the training mails once (the **vocabulary**), and count for each mail how often each word occurs. Four
# short mails are enough to see it; the first and the third are spam.

# %%
four = ["free money click here", "the meeting is here"]
four += ["click click free", "money for the meeting"]
vocabulary = sorted(set(" ".join(four).split()))
rows = []
for mail in four:
    rows.append([mail.split().count(word) for word in vocabulary])
counts = np.array(rows)
pd.DataFrame(counts, columns=vocabulary, index=four)

# %% [markdown]
# Each mail is now a row of numbers. Order is lost ("click here" and "here click" look the same), and that is
# the price of simplicity.
#
# `CountVectorizer` does the same for many mails: `fit` collects the vocabulary, `transform` counts, and a
# word that is not in the vocabulary is left out. The vocabulary is learned from the training mails alone;
# `min_df=3` drops words of fewer than three of them.

# %%
from sklearn.feature_extraction.text import CountVectorizer

texts = (inbox["title"] + "\n" + inbox["text"]).to_numpy(dtype=object)
words = CountVectorizer(min_df=3)
X_train = words.fit_transform(texts[train])
X_validation = words.transform(texts[validation])
filled = X_train.nnz / np.prod(X_train.shape)  # nnz: number of cells that are not zero
print(X_train.shape, f"{filled:.2%} of the cells are not zero")

# %% [markdown]
# A mail uses a hundred or two of the many thousand words. So scikit-learn returns a **sparse matrix**, which
# stores only the cells that are not zero: `indices` are their columns, `data` their values. Any sentence
# becomes such a row:

# %%
row = words.transform(["Click here for free money, meeting later"])
names = words.get_feature_names_out()
pd.DataFrame({"column": row.indices, "word": names[row.indices], "count": row.data}).T

# %% [markdown]
# ## 4 · The model
#
# *Logistic regression*, as in chapter 06: each word has a weight $w_j$; the counts times the weights are
# added up to $z$ (a sum, not the $z$-score), and the sigmoid $\sigma$ makes a probability of it:
#
# $$z = b + \sum_j x_j w_j, \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# A sum of zero gives one half; positive sums lean to spam, negative ones to good mail. Why this model? It is
# fast, it copes with thousands of columns, and every decision can be read back as words.

# %% [markdown]
# ## 5 · Training from scratch
#
# ### One mail, by hand
#
# Take one spam, `y = 1`, in which *click* occurs once and *free* twice, and some weights that happen to
# stand at the moment. `x @ w` multiplies each count by its weight and adds up; `expit` is SciPy's sigmoid.

# %%
from scipy.special import expit

x = np.array([1.0, 2.0, 0.0])  # click, free, meeting
w = np.array([-0.3, 0.1, 0.2])
b = -0.3055
z = b + x @ w
y_hat = expit(z)
print(f"z = {z:.4f}, predicted probability of spam = {y_hat:.2f}")

# %% [markdown]
# The model gives this spam a probability of 0.40. The loss is the *cross-entropy* of chapter 06: minus the
# logarithm of the probability given to what really happened,
#
# $$L = -\big(y \ln \hat y + (1 - y) \ln(1 - \hat y)\big).$$
#
# **Predict first:** what is it here, and what would it be for $\hat y = 0.1$ and $\hat y = 0.9$?

# %%
for guess in (0.1, 0.4, 0.9):
    print(guess, "loss", (-np.log(guess)).round(3))

# %% [markdown]
# A confident mistake is expensive, a half-hearted one moderate, a confident right answer nearly free.
#
# Chapter 06, section 2, derives the short form
#
# $$L = \ln(1 + e^z) - y z.$$
#
# Its slope by $z$ is $\hat y - y$, the error; by the chain rule (section 3 there) the slope by $w_j$ is
# $(\hat y - y)\,x_j$, error times input, and by $b$ it is $\hat y - y$. Each parameter takes a step
# *against* its slope, of a length set by the learning rate $\eta$.

# %%
eta = 0.5
slope_w, slope_b = (y_hat - 1) * x, y_hat - 1
w_new, b_new = w - eta * slope_w, b - eta * slope_b
y_hat_new = expit(b_new + x @ w_new)
print("slopes", slope_w.round(2), slope_b.round(2), " new w", w_new.round(2))
print(f"prediction {y_hat_new:.2f}, loss {-np.log(y_hat_new):.3f}")

# %% [markdown]
# The slope for *click* is negative, so its weight goes *up*; *free* occurs twice and moves twice as far;
# *meeting* is not in the mail and stays. One step, and the model calls this mail spam.

# %% [markdown]
# ### All mails, in batches
#
# The loss of many mails is the mean of theirs, plus a small penalty $\frac{p}{2}\sum_j w_j^2$ that keeps
# weights from growing without need (*regularisation*); its slope is $p\,w_j$. Here are loss and slopes for
# a matrix. `X.T @ error` is the sum of error times input over the mails, one for each word
# (chapter 06, section 3), and `np.logaddexp(0, z)` is $\ln(1 + e^z)$.

# %%
penalty = 1e-3
y_train = y[train].astype(float)


def loss(w, b, X, y):
    """Mean cross-entropy of the mails in X (a row for each), plus the penalty."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * np.sum(w**2)


def slopes(w, b, X, y):
    """Slopes of the loss: one number for each word, and one for b."""
    error = expit(X @ w + b) - y
    return X.T @ error / len(y) + penalty * w, error.mean()


# %% [markdown]
# Now the loop of chapter 06: an epoch is one pass over all training mails in random order, a **batch** is the
# 64 mails that share one step.


# %%
def train_by_batches(X, eta, epochs, decay=0.0):
    """Mini-batch descent from zero; returns w, b and the loss after each epoch."""
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    rng = np.random.default_rng(0)
    for epoch in range(epochs):
        order = rng.permutation(len(y_train))
        rate = eta / (1 + decay * epoch)
        for first in range(0, len(order), 64):
            batch = order[first : first + 64]
            slope_w, slope_b = slopes(w, b, X[batch], y_train[batch])
            w, b = w - rate * slope_w, b - rate * slope_b
        losses.append(loss(w, b, X, y_train))
    return w, b, losses


# %% [markdown]
# **Predict first:** with raw counts, one mail may contain *the* three hundred times. What does that do to
# the steps? Compare with *presence*, 1 if a word occurs and 0 if not. A model that always says one half
# has a loss of 0.69. (This takes some seconds.)

# %%
presence_train = (X_train > 0).astype(float)
curves = pd.DataFrame(index=range(1, 11))
for eta in (0.01, 0.1, 0.5):
    curves[f"counts, {eta}"] = train_by_batches(X_train, eta, 10)[2]
    curves[f"presence, {eta}"] = train_by_batches(presence_train, eta, 10)[2]
curves.sort_index(axis=1).loc[[1, 2, 5, 10]].rename_axis("epoch").round(2)

# %% fold="Draw the loss of each learning rate"
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.4), sharey=True)
for ax, kind, heading in [
    (axes[0], "counts", "Counts: 0.5 is too much"),
    (axes[1], "presence", "Presence: 0.5 is the best"),
]:
    for eta, colour in [(0.01, "C4"), (0.1, "C0"), (0.5, "C1")]:
        ax.plot(curves[f"{kind}, {eta}"], color=colour, label=f"learning rate {eta}")
    ax.set(title=heading, xlabel="epoch", yscale="log", xticks=[1, 5, 10])
    ax.set_yticks([0.1, 0.2, 0.5, 1], ["0.1", "0.2", "0.5", "1"])
    ax.minorticks_off()
axes[0].set_ylabel("training loss")
axes[1].legend()
ck.show(
    fig,
    "Loss curves for three learning rates: on counts the largest rate is worst, on presence it is best.",
)

# %% [markdown]
# With raw counts the slope of a long mail is hundreds of times that of a short one: 0.5 throws the weights
# about. With presence the same rate is the best of the three.
#
# **Try it:** what does a rate of 2 do on presence? `train_by_batches(presence_train, 2, 10)[2]`
# <details><summary>Answer</summary>It falls faster still. On counts the loss jumps about and recovers
# slowly.</details>

# %% [markdown]
# ### The library's solution
#
# For this loss every start leads to the same lowest point, so with steps that shrink we must end up near
# scikit-learn. Its `C` is $1 / (np)$ in our letters (chapter 06, section 5); `newton-cg` is a solver
# that goes on until it has arrived.

# %%
from sklearn.linear_model import LogisticRegression

w, b, _ = train_by_batches(presence_train, eta=2, epochs=40, decay=0.2)
C = 1 / (len(train) * penalty)
library = LogisticRegression(C=C, solver="newton-cg", tol=1e-8)
library = library.fit(presence_train, y_train)

# %%
presence_validation = (X_validation > 0).astype(float)
ours = expit(presence_validation @ w + b) > 0.5
probability = library.predict_proba(presence_validation)[:, 1]
print((ours != (probability > 0.5)).sum(), "of", len(ours), "decided otherwise")

# %% [markdown]
# ### Reading the weights
#
# > **Myth.** "*free* gets a high weight in good mail and *meeting* one in spam", as one published
# > walk-through has it.

# %%
weights = pd.Series(library.coef_[0], index=names).sort_values()
column_of = words.vocabulary_["meeting"]
mentions = presence_train[:, column_of].toarray()[:, 0] == 1
print((weights[["free", "meeting"]].round(2) + 0).to_dict())  # + 0: no -0.0
print(f"meeting is in {mentions.sum()} mails, {y[train][mentions].mean():.0%} spam")

# %% [markdown]
# A positive weight pushes towards spam, and *free* does so strongly. *meeting* pushes nowhere. Weights are
# read off, not guessed.

# %% fold="Draw the strongest weights"
strongest = pd.concat([weights.head(12), weights.tail(12)])
fig, ax = plt.subplots(figsize=(7.2, 4.8))
ax.barh(strongest.index, strongest, color=["C0" if weight < 0 else "C1" for weight in strongest])
ax.set(title="What the model learned to look for", xlabel="weight (towards good mail < 0 < towards spam)")
ax.grid(axis="y", visible=False)
ck.show(
    fig,
    "Bars of the twelve most negative weights, for good mail, and the twelve most positive, for spam.",
)

# %% [markdown]
# Most are what you would guess. But *date*, *supplied* and *2002* are traces of where and when the mail was
# collected: a series of news mails, which section 6 meets, and a year.
#
# *Good place to stop.* A message became a text, a text a row of counts, and a weighted sum of the row a
# probability.

# %% [markdown]
# ## 6 · Evaluation, improvement, judgement
#
# ### What the model gets wrong
#
# The confusion matrix of the validation mails, when everything above one half is called spam:

# %%
from sklearn.metrics import confusion_matrix, precision_score, recall_score

called = probability > 0.5
matrix = confusion_matrix(y[validation], called)
print(f"precision {precision_score(y[validation], called):.3f}", end=", ")
print(f"recall {recall_score(y[validation], called):.3f}")
pd.DataFrame(matrix, index=["good mail", "spam"], columns=["kept", "called spam"])

# %% [markdown]
# Precision and recall look fine. But the goal was one lost good mail in a thousand, and here are several in
# eight hundred, in the upper right corner. The threshold of one half has to move.

# %% [markdown]
# ### The threshold, and a problem with it
#
# Every threshold gives one pair of precision and recall. The *precision–recall curve* shows them all.

# %%
of_good, of_spam = probability[~y[validation]], probability[y[validation]]
highest_good = of_good.max()
caught = (of_spam > highest_good).mean()
print(f"no good mail lost: threshold {highest_good:.3f}, recall {caught:.3f}")

# %% fold="Draw precision against recall"
from sklearn.metrics import precision_recall_curve

precision, recall, _ = precision_recall_curve(y[validation], probability)
fig, ax = plt.subplots(figsize=(6.4, 3.6))
ax.plot(recall, precision, color="C1")
ax.plot(caught, 1, "o", color="black")
arrow = {"xytext": (-30, -30), "textcoords": "offset points"}
arrow["arrowprops"] = {"arrowstyle": "->", "lw": 1, "color": "black"}
ax.annotate("no good mail lost", (caught, 1), ha="right", **arrow)
ax.set(title="The last good mail costs a lot of recall", ylim=(0.9, 1.005))
ax.set(xlabel="recall (spam caught)", ylabel="precision")
ck.show(fig, "Precision-recall curve: precision is 1 up to a modest recall, then falls slowly.")

# %% [markdown]
# To lose none, the threshold must go above the most spam-like good mail, and a third of the spam passes. So
# the score hangs on *one mail*. And how would we see a rate of 1 in 1,000 among 800? The 95 % interval of
# chapter 00:

# %%
from scipy.stats import binomtest

none_lost = binomtest(0, len(of_good)).proportion_ci(method="wilson")
print(f"0 lost of {len(of_good)}: up to {1000 * none_lost.high:.1f} in 1,000")

# %% [markdown]
# Too few to tell. The folds of chapter 03 help: every development mail gets one **out-of-fold** score, from a
# model that learned from the other four fifths. That is a validation set four times as large, and from here
# on all choices are made with it.
#
# `out_of_fold` gets the table of counts of all mails, which has words that only held-out mails use. In each
# fold it drops the columns of fewer than three of the fold's *own* training mails: what is left is the
# vocabulary a filter of these mails would have.

# %%
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

folds = StratifiedKFold(5, shuffle=True, random_state=0)


# %%
def out_of_fold(model, X, y, folds=folds):
    """One score for each mail, larger for spam, from a model that has not seen it."""
    scores = np.empty(len(y))
    for fit, held in folds.split(X, y):
        known = X[fit].getnnz(axis=0) >= 3  # getnnz: cells that are not zero, by column
        fitted = clone(model).fit(X[fit][:, known], y[fit])
        if hasattr(model, "decision_function"):
            scores[held] = fitted.decision_function(X[held][:, known])
        else:  # the difference of the two log-probabilities
            scores[held] = np.diff(fitted.predict_log_proba(X[held][:, known]))[:, 0]
    return scores


# %%
def safe_threshold(y, scores):
    """The lowest threshold that at most one good mail in 1,000 exceeds."""
    good = np.sort(scores[~y])[::-1]  # highest first
    return good[len(good) // 1000]


print((~y[dev]).sum(), "good mails:", (~y[dev]).sum() // 1000, "may be lost")

# %% [markdown]
# ### Three tools, on four mails
#
# *TF-IDF* (chapter 04) changes the counts.
# With $n$ mails, of which $d$ hold the word, each count is multiplied by the
# inverse document frequency $\mathrm{idf} = \ln\frac{1 + n}{1 + d} + 1$. Then each row is divided by its
# length, the root of the sum of its squares, so that long mails do not weigh more.

# %%
from sklearn.feature_extraction.text import TfidfTransformer

d = (counts > 0).sum(axis=0)  # in how many of the four mails each word is
idf_four = np.log((1 + len(four)) / (1 + d)) + 1
by_hand = counts * idf_four
by_hand = by_hand / np.sqrt((by_hand**2).sum(axis=1, keepdims=True))
by_library = TfidfTransformer().fit_transform(counts).toarray()
print("same as the library:", np.allclose(by_hand, by_library))
pd.DataFrame([idf_four, by_hand[0]], ["idf", four[0]], vocabulary).round(2)

# %% [markdown]
# (With `sublinear_tf=True` a count $k$ is first replaced by $1 + \ln k$: ten times is not ten times as
# telling.)
#
# *Naive Bayes* needs no descent; it counts. What share of all words in spam is *click*, and what share in
# good mail? (One is added to each count, so that none is zero.) The logarithm of the quotient is the word's
# weight. A mail's score is the sum of its words' weights, plus the log-odds of spam as such. "Naive" is to
# add them as if words came independently of each other.

# %%
from sklearn.naive_bayes import MultinomialNB

in_spam = counts[[0, 2]].sum(axis=0) + 1
in_good = counts[[1, 3]].sum(axis=0) + 1
word_weights = np.log(in_spam / in_spam.sum()) - np.log(in_good / in_good.sum())
of_library = MultinomialNB(alpha=1).fit(counts, [1, 0, 1, 0]).feature_log_prob_
print("same as the library:", np.allclose(word_weights, of_library[1] - of_library[0]))
pd.DataFrame([word_weights], ["weight"], vocabulary).round(2)

# %% [markdown]
# But words come in company. Where *click* is, *here* is not far: naive Bayes counts the same hint twice, and
# is too sure of itself.
#
# A *linear support vector machine* (SVM) adds up weights as logistic regression does, and has another loss:
# for a spam $\max(0, 1 - z)^2$, for a good mail $\max(0, 1 + z)^2$. Here are both losses for a spam, by its
# sum $z$:

# %%
sums = np.array([-2, -1, 0, 1, 2, 4])
both_losses = pd.DataFrame({"z": sums, "cross-entropy": np.logaddexp(0, -sums)})
both_losses["linear SVM"] = np.maximum(0, 1 - sums) ** 2
both_losses.T.round(2)

# %% [markdown]
# A mail on the right side, at a distance of 1 or more, costs the SVM nothing, and so pulls at no weight. Only
# mails near the threshold or on the wrong side count, the *support vectors*. Logistic regression listens to
# all mails, a little even to the clearest.

# %% [markdown]
# ### More to read than words
#
# Paul Graham's advice of 2003 was to let a filter keep what people throw away: capitals, runs of exclamation
# marks, and where a word stands. So here are better **tokens**, as the pieces that a text is cut into are
# called. A word in capitals is noted once more, with `^`.

# %%
import re

PIECE = re.compile(r"[\w$'%-]{2,}|!+|\$+")  # words, runs of ! and of $


def marked(text, mark=""):
    """The words of a text in small letters, those in capitals also with ^."""
    found = PIECE.findall(text)
    loud = [word for word in found if len(word) > 2 and word.isupper()]
    small = [mark + word.lower()[:20] for word in found]
    return small + [f"{mark}^{word[:20]}" for word in loud]


# %% [markdown]
# The words of the subject, of the start and of the end of the text are noted once more, with a mark. Each
# token is kept once, because presence served better than counts.


# %%
def tokens(title, text):
    """What the filter reads of a mail: its tokens, with blanks between them."""
    found = marked(text) + marked(title, "subject:")
    found += marked(text[:300], "start:") + marked(text[-200:], "end:")
    return " ".join(dict.fromkeys(found))  # each once, in order


print(tokens("FREE money!!!", "Click here"))


# %% fold="Read many mails, and make the table of their tokens"
def read_all(titles, bodies):
    """The tokens of many mails, as an array of texts."""
    pairs = zip(titles, bodies, strict=True)
    return np.array([tokens(title, body) for title, body in pairs], dtype=object)


read = read_all(inbox["title"], inbox["text"])
split = CountVectorizer(analyzer=str.split, binary=True, min_df=3)  # at blanks; presence
X_tokens = split.fit_transform(read)
print(f"{X_tokens.shape[0]} mails x {X_tokens.shape[1]} tokens")

# %% [markdown]
# ### The race
#
# Three tables of the development mails: words; words and *pairs* of neighbours; tokens.

# %%
with_pairs = CountVectorizer(ngram_range=(1, 2), min_df=3)
X_words = CountVectorizer(min_df=3).fit_transform(texts[dev])
X_pairs = with_pairs.fit_transform(texts[dev])
X_presence = (X_words > 0).astype(float)
X_dev, y_dev = X_tokens[dev], y[dev]

# %%
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


def logistic(C):
    """Logistic regression by a solver that arrives; a larger C is less penalty."""
    return LogisticRegression(C=C, solver="newton-cg", tol=1e-6)


gentle = TfidfTransformer(sublinear_tf=True)
svm = LinearSVC(C=10, random_state=0, tol=1e-6, max_iter=10000)

# %% [markdown]
# Seven candidates, all judged on the same folds. For the SVM and for logistic regression on TF-IDF,
# neighbouring values of `C` move the recall at the price by a few hundredths. (This takes about ten
# seconds.)

# %%
bayes = MultinomialNB(alpha=0.01)
by_words = make_pipeline(gentle, logistic(100))
by_tokens = make_pipeline(TfidfTransformer(), logistic(100))
best = make_pipeline(TfidfTransformer(), svm)
scores = {"words, counts": out_of_fold(logistic(1), X_words, y_dev)}
scores["words, presence"] = out_of_fold(logistic(1), X_presence, y_dev)
scores["words, TF-IDF"] = out_of_fold(by_words, X_words, y_dev)
scores["words and pairs, TF-IDF"] = out_of_fold(by_words, X_pairs, y_dev)
scores["tokens, naive Bayes"] = out_of_fold(bayes, X_dev, y_dev)
scores["tokens, TF-IDF"] = out_of_fold(by_tokens, X_dev, y_dev)
scores["tokens, TF-IDF, SVM"] = out_of_fold(best, X_dev, y_dev)

# %% [markdown]
# (Where no name of a model stands, it is logistic regression.) Beside precision $P$ and recall $R$ at the
# default threshold stands F1 (chapter 07), which many reports quote, $2PR/(P + R)$; then the recall at
# our price. "from" and "to" are its 95 % interval by the bootstrap of chapter 01: draw the mails again with
# replacement, 200 times.


# %%
def recall_at_price(y, scores):
    """Share of spam above the threshold that loses at most one good mail in 1,000."""
    return (scores[y] > safe_threshold(y, scores)).mean()


rng = np.random.default_rng(0)
draws = [rng.integers(len(dev), size=len(dev)) for _ in range(200)]


def bootstrapped(score):
    """The recall at the price in each of the 200 draws."""
    return np.array([recall_at_price(y_dev[draw], score[draw]) for draw in draws])


# %% [markdown]
# The last two columns compare in pairs, draw by draw: the interval of what this candidate catches *more*
# than a rival, here the SVM on tokens.

# %% fold="table_of: these columns, for some scores"
from sklearn.metrics import f1_score


def table_of(scores, rival):
    """Quality of each candidate, and its lead over the one called rival."""
    of_rival = bootstrapped(scores[rival])
    rows = []
    for score in scores.values():
        row = {"precision": precision_score(y_dev, score > 0), "recall": recall_score(y_dev, score > 0)}
        row["F1"], row["at price"] = f1_score(y_dev, score > 0), recall_at_price(y_dev, score)
        drawn = bootstrapped(score)
        row["from"], row["to"] = np.quantile(drawn, [0.025, 0.975])
        row["lead from"], row["lead to"] = np.quantile(drawn - of_rival, [0.025, 0.975])
        rows.append(row)
    return pd.DataFrame(rows, index=list(scores)).round(3) + 0  # + 0: no minus before a zero


# %%
race = table_of(scores, "tokens, TF-IDF, SVM")
race

# %% fold="Draw F1 and the recall at the price"
fig, ax = plt.subplots(figsize=(7.2, 3.6))
place = np.arange(len(race))[::-1]
ax.hlines(place, race["from"], race["to"], color="C1", lw=2)
ax.plot(race["at price"], place, "o", color="C1", label="spam caught, 1 good mail in 1,000 lost")
ax.plot(race["F1"], place, "|", color="C6", ms=14, mew=3, label="F1 at the default threshold")
ax.set_yticks(place, race.index)
ax.set(title="F1 hides how much is at stake at the price", xlim=(0, 1.02))
ax.grid(axis="y", visible=False)
fig.legend(loc="outside lower center", ncols=2)
ck.show(
    fig,
    "F1 lies between 0.95 and 0.98 for all seven candidates, recall at the price between 0.48 and 0.91.",
)

# %% [markdown]
# F1 ranks the seven nearly as the price does, and the SVM on tokens wins by both. **But F1 hides how much the
# choice costs:** the SVM has 0.97 and plain counts 0.96. At the price of one good mail in a thousand they
# catch 0.90 and 0.48 of the spam.
#
# How sure is that? The intervals are wide, because three or four good mails set each threshold. In pairs the
# last candidate is clearly ahead of counts, presence and naive Bayes. Its lead over those with TF-IDF is
# small: an end of the interval lies at zero or close to it. We take it, because nothing speaks against it.
#
# **Try it:** in `safe_threshold`, allow 5 lost mails in 1,000 (`// 200`). Run that cell, then the one with
# `race =` and the picture. What happens to the differences? (Then set it back.)
# <details><summary>Answer</summary>They shrink: plain counts come much closer to the last
# candidate.</details>

# %% [markdown]
# ### Does balancing the classes help?
#
# Only one mail in four is spam. A common reflex is to throw good mails away (**undersampling**), or to
# invent spam with *SMOTE*, which puts a new point on the line between a spam and one of its nearest spam
# neighbours.
#
# > **Myth.** "SMOTE trains a model on the rare class and lets it write new mails."

# %%
A, B = by_hand[0], by_hand[2]  # the two spam mails of the four, in TF-IDF
share = 0.3  # of the way from A to B; SMOTE draws it by lot
invented = A + share * (B - A)
pd.DataFrame([A, invented, B], ["A", "invented", "B"], vocabulary).round(2)

# %% [markdown]
# Nothing is written. Each number of the invented row lies between those of A and B; no mail belongs to it.
# Whether such rows help is a question for out-of-fold scores. They must be made from the training folds only;
# imbalanced-learn's pipeline takes care of that. (This takes some seconds.)

# %%
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as sampling_pipeline
from imblearn.under_sampling import RandomUnderSampler

balanced = {"as it is": scores["tokens, TF-IDF, SVM"]}
remedies = {"undersampling": RandomUnderSampler(random_state=0)}
remedies["SMOTE"] = SMOTE(random_state=0)
for name, remedy in remedies.items():
    model = sampling_pipeline(TfidfTransformer(), remedy, svm)
    balanced[name] = out_of_fold(model, X_dev, y_dev)

# %%
table_of(balanced, "as it is")

# %% [markdown]
# Balancing moves the default threshold, so some recall is bought with some precision. At equal price no gain
# is shown. Choosing the threshold does the job.

# %% [markdown]
# ### The judgement
#
# The filter is fitted on all development mails. It gets a threshold for each action of section 1: a score of
# 0 for *moving* a mail, and the *safe* one, from the out-of-fold scores, for *deleting* it.
#
# A confession: while this lesson was written, its test set was scored more than once, and the threshold
# stayed at 0 with those figures in view. So take the next figures for the bright side of the truth.

# %%
from sklearn.feature_extraction.text import TfidfVectorizer

to_numbers = TfidfVectorizer(analyzer=str.split, min_df=3, binary=True)
spam_filter = make_pipeline(to_numbers, svm).fit(read[dev], y_dev)
dev_score = scores["tokens, TF-IDF, SVM"]
test_score = spam_filter.decision_function(read[test])
thresholds = {"move": 0.0, "delete": safe_threshold(y_dev, dev_score)}


# %% fold="with_interval, as in chapter 00, and a report for both thresholds"
def with_interval(right):
    """The share of True values and its 95 % confidence interval, as text."""
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return f"{right.mean():.3f} [{low:.3f}, {high:.3f}]"


def report(scores, y):
    """Precision, recall, and the good mails moved or deleted, at both thresholds."""
    for name, threshold in thresholds.items():
        called = scores > threshold
        hit, good = int((called & ~y).sum()), int((~y).sum())
        ends = binomtest(hit, good).proportion_ci(method="wilson")
        print(f"{name:6} precision {with_interval(y[called])}, recall {with_interval(called[y])},")
        print(f"       {hit} of {good} good mails: {1000 * ends.low:.1f} to {1000 * ends.high:.1f} in 1,000")


# %%
report(test_score, y[test])

# %% [markdown]
# How bright is that side? Nothing more is chosen from here on, so let each fifth of all mails be the test
# once.

# %%
random_score = out_of_fold(best, X_tokens, y)
report(random_score, y)

# %% [markdown]
# The test set was kind, and it had been seen: of its good mails 2 in 799 are moved, here 27 in 3,991. That is
# within the 1 in 100 of section 1. (The second threshold was set on four fifths of these mails, so its lines
# are still a little too good.)
#
# For deleting, an interval from 0.4 to 2.6 in 1,000 is no promise of 1. To be 95 % sure, *none* of the
# 3,192 good mails may lie above the threshold: at a true rate of 1 in 1,000, luck would spare them all only
# rarely. What does that cost?

# %%
print(f"luck spares all: {0.999 ** (~y_dev).sum():.3f}")
surely_spam = dev_score[y_dev] > dev_score[~y_dev].max()
print(f"recall if none is lost: {surely_spam.mean():.3f}")

# %% [markdown]
# Hardly anything: 0.89 instead of 0.90. An owner who wants a promise, for mails like these, takes that
# threshold.
#
# *Good place to stop.* At our price TF-IDF on tokens, with a linear SVM, catches about nine tenths of the
# spam.

# %% [markdown]
# ### Reading the mistakes
#
# Every good mail that the filter would move, with the tokens that pushed it most. (Scores of development
# mails are out-of-fold.) A token's push is its TF-IDF times its weight.

# %% fold="List the worst mistakes, with the tokens that push a mail most"
judged = np.concatenate([dev, test])  # row numbers
score_of = pd.Series(np.concatenate([dev_score, test_score]), index=judged)
token_names, token_weights = to_numbers.get_feature_names_out(), spam_filter[-1].coef_[0]


def pushes(mail_tokens, direction=1, n=3):
    """The n tokens that push most towards spam (1) or towards good mail (-1)."""
    row = to_numbers.transform([mail_tokens])
    push = direction * row.data * token_weights[row.indices]
    return ", ".join(token_names[row.indices[np.argsort(-push.round(4), kind="stable")[:n]]])


def worst(mistakes, direction):
    """A table of the eight worst of some mistakes."""
    rows = []
    for i in (-direction * mistakes).round(2).sort_values(kind="stable").index[:8]:
        row = {"subject": inbox["title"][i][:40], "score": round(score_of[i], 2)}
        rows.append({**row, "pushed by": pushes(read[i], direction)})
    return pd.DataFrame(rows).set_index("subject")


# %%
lost = score_of[(score_of > 0) & ~y[judged]]
print(len(lost), "good mails:", inbox["group"][lost.index].value_counts().to_dict())
print("of", inbox["group"][~y].value_counts().to_dict())
worst(lost, direction=1)

# %% [markdown]
# Nearly all come from one small folder, *hard ham*: newsletters, shop offers and competitions
# that somebody *asked for*. They read like spam because they are advertising. What makes them good is
# consent, and consent is not in the text. A list of the senders a user has agreed to would help.
#
# Now the other side: spam that the filter would let pass.

# %%
missed = score_of[(score_of <= 0) & y[judged]]
print(len(missed), "spam mails; those that look most innocent:")
worst(missed, direction=-1)

# %% [markdown]
# Some are hopeless for a word filter: text in another script, an essay with an advertisement at its end. Some
# look like errors in the labels.

# %% [markdown]
# ### Next month
#
# All scores so far come from *random* splits: the training mails surround every test mail in time. A filter
# in use knows only the past. So train on July and August 2002, freeze the filter, and score everything that
# arrives later.

# %%
received = inbox["received"]
past = received.between("2002-07-01", "2002-09-01").to_numpy()
later = (received >= "2002-09-01").to_numpy()
frozen = clone(spam_filter).fit(read[past], y[past])
frozen_score = np.full(len(y), np.nan)
frozen_score[later] = frozen.decision_function(read[later])
print(past.sum(), "mails teach it,", later.sum(), "are judged")

# %% [markdown]
# The random folds above are the control. But each of their filters learned from 4,317 mails, more than the
# frozen one. So a second control learns, in each fold, from as few mails, drawn at random.

# %% fold="Score every mail by a filter that learned from as few mails"
rng = np.random.default_rng(0)
small_score = np.empty(len(y))
for fit, held in folds.split(X_tokens, y):
    drawn = rng.choice(fit, past.sum(), replace=False)
    known = X_tokens[drawn].getnnz(axis=0) >= 3
    small = clone(best).fit(X_tokens[drawn][:, known], y[drawn])
    small_score[held] = small.decision_function(X_tokens[held][:, known])

# %% [markdown]
# **Predict first:** how much of the later good mail will each move? In late September a new kind of mail
# begins, so we count it apart:

# %%
headline = inbox["text"].str.match(r"\s*URL: URL\s*\nDate:").to_numpy()
print("first one:", received[headline].min().date())
print(inbox["text"][headline].iloc[3][:150])

# %% [markdown]
# Wrong verdicts on the later mail, by kind. (`np.select` takes the first name whose condition holds.)

# %%
wrong = pd.DataFrame({"random folds": (random_score > 0) != y})
wrong["as few mails"] = (small_score > 0) != y
wrong["frozen"] = (frozen_score > 0) != y
kind = np.select([y, headline], ["spam", "good: headlines"], "good: all others")
by_kind = wrong[later].groupby(kind[later])
by_kind.sum().assign(mails=by_kind.size())

# %% [markdown]
# The headlines are news from websites sent by mail, an early form of RSS: short, with a link, and nothing
# like them was among the training mails. The random folds never notice, because they train on the same kind
# of mail that they are tested on. This is *drift*; [chapter 10](10_spam_service.ipynb) is about living
# with it.

# %% fold="Draw the good mail moved, week by week"
week = received.dt.tz_localize(None).dt.to_period("W-SUN").dt.start_time
in_autumn = received.between("2002-09-02", "2002-10-13").to_numpy() & ~y
lost_by = pd.DataFrame({"random folds": random_score > 0, "frozen": frozen_score > 0})
by_week = 100 * lost_by[in_autumn].groupby(week[in_autumn]).mean()
fig, ax = plt.subplots(figsize=(7.6, 3.4))
for name, colour in zip(by_week, ["C6", "C0"], strict=True):
    ax.plot(by_week.index, by_week[name], "o-", color=colour)
    end = (by_week.index[4], by_week[name].iloc[4])
    ax.annotate(name, end, (0, 8), textcoords="offset points", color=colour, ha="center")
ax.set(title="In late September the frozen filter starts to move good mail", ylabel="good mail moved (%)")
ax.set_ylim(-0.5, 9.5)
ax.set_xticks(by_week.index, [f"{day:%d %b}" for day in by_week.index])
ax.set_xlabel("week beginning")
ck.show(fig, "Good mail moved by week: both low until late September, then the frozen filter jumps.")

# %% [markdown]
# That was the threshold for moving. And our price? The safe threshold now comes from out-of-fold scores of
# July and August alone. The second highest of 1,939 good mails sets it, so we try five divisions into folds.

# %%
rows = []
for seed in range(5):
    division = StratifiedKFold(5, shuffle=True, random_state=seed)
    past_score = out_of_fold(best, X_tokens[past], y[past], division)
    deleted = frozen_score > safe_threshold(y[past], past_score)
    at_price = {"spam caught": deleted[later & y].mean()}
    at_price["good mails lost"] = (deleted & ~y).sum()
    at_price["of them headlines"] = (deleted & ~y & headline).sum()
    at_price["lost in 1,000"] = 1000 * deleted[later & ~y].mean()
    rows.append(at_price)
pd.DataFrame(rows).round(3)

# %% [markdown]
# **The catch holds, the price breaks.** The filter still catches 85 to 91 % of the spam. But where 1 good
# mail in 1,000 was allowed, 2 to 17 are lost, most of them headlines. The random folds lost 4 of 3,991.
#
# At a threshold of 0 the frozen filter is as good as the controls on all other good mail. It misses more
# spam, but a good part of that is its smaller training set: the control that learned from as few mails also
# misses more.

# %% [markdown]
# ### How much do leaks flatter?
#
# > **Myth.** "99.9 % accurate", as many a tutorial on this corpus reports.
#
# Let us try to get there, by classic mistakes with the same filter. First two tables with a leak: all mails
# with footers, tags and copies; and of these the rows of our mails, without copies.
# (This takes some seconds.)

# %%
kept = no_copies.index[~letters.duplicated()]  # where our mails stand in mails
with_copies = split.fit_transform(read_all(mails["subject"], mails["body"]))
y_all = mails["is_spam"].to_numpy()
wrong_copies = (out_of_fold(best, with_copies, y_all) > 0) != y_all
wrong_traces = (out_of_fold(best, with_copies[kept], y) > 0) != y

# %% [markdown]
# And SMOTE *before* splitting, another mistake with a name: the invented rows are judged as if they were
# mails, and lie between training mails and test mails.

# %%
from sklearn.model_selection import cross_val_predict

X_leaky = to_numbers.transform(read[dev])
X_more, y_more = SMOTE(random_state=0).fit_resample(X_leaky, y_dev)
wrong_smote = cross_val_predict(svm, X_more, y_more, cv=folds) != y_more

# %% fold="Count the errors of each"
reports = {"trained on the past only": wrong["frozen"][later]}
reports["random folds, the same mails"] = wrong["random folds"][later]
reports["random folds"] = wrong["random folds"]
reports["footers and tags left in"] = wrong_traces
reports["copies left in"] = wrong_copies
reports["SMOTE before splitting"] = wrong_smote
reports["its own training mails"] = spam_filter.predict(read[dev]) != y_dev
rows = []
for errors in reports.values():
    rows.append({"wrong": errors.sum(), "share wrong": with_interval(errors)})
pd.DataFrame(rows, index=list(reports))

# %% [markdown]
# The first two lines are the largest step: the same 2,200 mails, judged from the past and by random folds.
# Only whoever judges a model on its own training mails reaches the tutorials' figure: 1 wrong of 4,316. The
# mistakes in between differ by little from the random folds.
#
# So compare in pairs, on the *same real mails*. Look only at mails where exactly one of two filters is
# wrong. If they are equally good, each is the wrong one about half the time. The p-value says how often
# luck alone is as far off.

# %% fold="Compare the errors in pairs, with the p-value"


def in_pairs(wrong, control_wrong):
    """How often each is wrong, how often only one of them, and the p-value of that."""
    only_here = (wrong & ~control_wrong).sum()
    only_control = (control_wrong & ~wrong).sum()
    p = binomtest(only_here, only_here + only_control).pvalue
    row = {"wrong": wrong.sum(), "control wrong": control_wrong.sum()}
    row["only here"], row["only control"] = only_here, only_control
    return {**row, "p-value": round(p, 3)}


before = wrong_smote[: len(dev)]  # the first rows of X_more are the real mails
inside = (balanced["SMOTE"] > 0) != y_dev
rows = [in_pairs(wrong_traces, wrong["random folds"])]
rows.append(in_pairs(wrong_copies[kept], wrong["random folds"]))
rows.append(in_pairs(before[y_dev], inside[y_dev]))
rows.append(in_pairs(before[~y_dev], inside[~y_dev]))
names_of = ["footers and tags", "copies", "SMOTE, spam", "SMOTE, good mail"]
invented_wrong = wrong_smote[len(dev) :]
print("SMOTE:", invented_wrong.sum(), "of", len(invented_wrong), "invented rows wrong")
pd.DataFrame(rows, index=names_of)

# %% [markdown]
# The control is the random folds, for SMOTE those with SMOTE *inside*. That footers or copies hide errors
# is not shown.
#
# SMOTE before splitting leaks: fewer spam mails are missed, because their neighbours in the training rows
# were made from them. And the invented rows, with hardly an error, are counted with the real ones. But the
# largest untruth here is the random split itself.
#
# Copies that change a few words are still among our mails. TF-IDF rows have length 1, so the product of two
# is 1 if they are alike and 0 if they share no token. Call two mails *twins* if it exceeds 0.8.

# %% fold="Count the spam with a twin"
weighted = TfidfTransformer().fit_transform(X_tokens)
products = weighted[test[y[test]]] @ weighted[dev].T
closest = products.max(axis=1).toarray()
print(f"test spam with a twin in dev: {(closest > 0.8).mean():.0%}")

# %% [markdown]
# All our figures are still flattered. Folds that keep twins together lower the recall at the price by
# about a percentage point (not shown).
#
# And the date leak? Here is a model that reads nothing but the month in which a mail arrived.

# %%
months = pd.get_dummies(month.fillna("unknown"))
from_month = cross_val_predict(logistic(1), months, y, cv=folds) == y
july_on = (received >= "2002-07-01").to_numpy()
print(f"month {from_month.mean():.3f}, all good {(~y).mean():.3f}; from July on:")
print(f"month {from_month[july_on].mean():.3f}, all good {(~y[july_on]).mean():.3f}")
print(month.isna().sum(), "mails have no month")

# %% [markdown]
# It reads no word and beats "all good", but only by the old mails; from July on it adds nothing. Our filter
# does not see the date, but years in the text are words like any other: *2002* was among the strongest
# weights.

# %% [markdown]
# ## 7 · Save the filter
#
# To answer, the filter needs the vocabulary, the idf, the weights and the thresholds: three arrays and a
# few numbers. No machine-learning library is needed to read them.
#
# A service should answer with a probability, and an SVM score is not one. **Platt scaling** fits a logistic
# regression of one column (chapter 07: "sigmoid"), from out-of-fold scores to labels: probability =
# $\sigma$(scale · score + shift). For a linear model both can be folded into the weights.

# %%
platt = LogisticRegression(C=1e6, tol=1e-8)
platt.fit(dev_score.reshape(-1, 1), y_dev)
scale, shift = platt.coef_[0, 0], platt.intercept_[0]
final_weights = scale * token_weights
final_bias = float(scale * spam_filter[-1].intercept_[0] + shift)
limits = {}
for name, threshold in thresholds.items():
    limits[name] = float(expit(scale * threshold + shift))
    print(f"{name}: from a probability of {limits[name]:.3f} on")

# %% tags=["nbval-ignore-output"] fold="Write the filter into two files"
import json
from pathlib import Path

folder = Path("spam_filter")
folder.mkdir(exist_ok=True)
np.savez_compressed(folder / "arrays.npz", idf=to_numbers.idf_, weights=final_weights)
about = {"vocabulary": token_names.tolist(), "bias": final_bias, "thresholds": limits}
(folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
for file in sorted(folder.iterdir()):
    print(file.name, f"{file.stat().st_size / 1000:.0f} kB")

# %% [markdown]
# Reload it with NumPy and nothing else, and compare on every mail.

# %%
saved = json.loads((folder / "about.json").read_text(encoding="utf-8"))
arrays = dict(np.load(folder / "arrays.npz"))
column = {token: j for j, token in enumerate(saved["vocabulary"])}


def probability_of(mail_tokens):
    """Probability of spam, from the two files."""
    js = sorted(column[token] for token in mail_tokens.split() if token in column)
    row = arrays["idf"][js]  # presence times idf
    length = np.sqrt(row @ row) or 1.0  # a mail without a known token has length 0
    return expit(saved["bias"] + row @ arrays["weights"][js] / length)


# %%
by_file = [probability_of(mail) for mail in read]
by_pipeline = expit(scale * spam_filter.decision_function(read) + shift)
print("alike to 12 digits:", np.allclose(by_file, by_pipeline, rtol=0, atol=1e-12))

# %% [markdown]
# Last, the mail of section 2, straight from its bytes, and a colleague's invitation. **Predict first:** which
# of the three is moved to the spam folder?

# %%
subject = email.message_from_bytes(message_bytes)["Subject"]
invitation = "Shall we meet at noon?"
reply = "> Shall we meet at noon?\nYes, but bring the printout."
found = [tokens(subject, readable_text(message_bytes))]
found += [tokens("Lunch on Friday", invitation), tokens("Re: Lunch on Friday", reply)]
for mail in found:
    print(f"{probability_of(mail):.3f}, pushed by {pushes(mail)}")

# %% [markdown]
# The invitation is moved, though not deleted; the reply passes easily. Nothing worse than *we* was said:
# spam says it, and these mailing lists hold few invitations. A filter knows the inbox it was taught on and
# no other.
#
# [Chapter 10](10_spam_service.ipynb) puts a filter behind a web address: the same model, trained anew by
# `service/`, and meant to face strangers. What it does differently, and why:

# %% [markdown]
# | this lesson | the service | because |
# |---|---|---|
# | reads one part; of HTML the source | all parts; of HTML what is *seen* | text is hidden in white |
# | cuts footers off | cuts nothing off | what is not read is where spam hides |
# | learns from these mails | and from 300 good text messages (SMS) | lists hold few personal notes |
# | deletes above one threshold | only if it knows enough of the words | a lone link says too little |

# %% [markdown]
# ## In the field
#
# Word filters of this kind have guarded real inboxes since 2002. One of them, Bogofilter 1.2.5, taught and
# judged as it comes on the very same split, has a precision of 0.995 and a recall of 0.690 (ours, moving:
# 0.993 and 0.961). Without losing a good mail its recall is 0.548 (source:
# `tests/benchmarks/bogofilter.py`; ours, deleting: 0.907). In daily use it also reads the headers, which
# are not in this table.
#
# Large mail providers add what no text holds: the reputation of the sending server, signatures, what other
# users did with the same mail. What goes wrong: labels come late and are wrong, nobody reports a lost mail,
# and no two users agree about newsletters.

# %% [markdown]
# ## Summary
#
# - Precision came first, so the goal was a recall *at a price*: one good mail in a thousand.
# - F1 ranked seven candidates much as the price did, but hid what is at stake: from half to nine tenths
#   of the spam.
# - A few lines of NumPy, in batches, find nearly the library's weights, and weights can be read as words.
# - A threshold for rare events needs many mails: for a promise of 1 in 1,000, none of 3,192 may be lost.
# - Balancing the classes did not help. Balancing before the split leaked.
# - Random splits flatter: trained on the past only, the same filter loses several times as many good mails,
#   most of them of a kind that was new.
# - The answer to the puzzle: about nine tenths of the spam, this month. Next month nearly as much, but the
#   price breaks: 2 to 17 good mails in a thousand are lost. Somebody must watch.

# %% [markdown]
# ## Check yourself
#
# 1. Why is a filter with F1 0.96 perhaps useless?
#    <details><summary>Answer</summary>F1 weighs a lost good mail like a missed spam. Plain counts have
#    that F1, and catch half of the spam at our price.</details>
# 2. The slope of the loss for a weight is positive. Does the weight go up or down?
#    <details><summary>Answer</summary>Down: a step is taken against the slope.</details>
# 3. Why does `out_of_fold` drop columns, and fit the TF-IDF anew in every fold?
#    <details><summary>Answer</summary>Vocabulary and idf are learned. They must come from the training
#    mails of the fold alone.</details>
# 4. No good mail was lost among 799. What do you tell your boss about the next thousand?
#    <details><summary>Answer</summary>The true rate may still be several in a thousand: the interval
#    says how many.</details>
# %% [markdown]
# ## Next
#
# The exercises let you write the tokeniser, choose the threshold, and defeat the filter. Then
# [chapter 10](10_spam_service.ipynb) turns it into a service. To read:
#
# - Paul Graham, *A Plan for Spam* (2002) and *Better Bayesian Filtering* (2003).
# - Gordon Cormack, *Email Spam Filtering: A Systematic Review* (2008).
# - scikit-learn user guide, "Working with text data" and "Tuning the decision threshold".
