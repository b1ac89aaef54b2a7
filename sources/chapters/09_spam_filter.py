# %% [markdown]
# # 9 · Spam filter: from inbox to model
#
# Many tutorials end with a spam filter that is "99.9 % accurate". Suppose one of them guarded your own
# inbox, allowed to lose **one good mail in a thousand** and no more. How much spam would it still catch?
# And would it catch as much next month?

# %% [markdown]
# **You will be able to**
# - turn raw mail messages into clean rows of text, and count what each cleaning step removes
# - build a bag of words by hand and train a logistic regression on it from scratch
# - choose a threshold for a stated cost, and say how far the number can be trusted
# - measure how much a leak, a duplicate or a random split flatters a score
# - read a model's weights and its mistakes as words
#
# **Builds on:** chapter 00 (every step is explained again where it is used) ·
# **Data:** `mails`, `raw_mails`
#
# The mails are real ones from 2001 and 2002, among them scams, drugs and coarse language. The most
# explicit ones are left out, and addresses, phone numbers and links are masked.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import coursekit as ck

mails = ck.load("mails")
mails["is_spam"].value_counts().rename({False: "good mail", True: "spam"}).to_frame("mails")

# %% [markdown]
# ## 1 · The problem
#
# The filter reads a mail $X$ and says $\hat y$: 1 for **spam** (unwanted bulk mail), 0 for good mail,
# which people in the field call **ham**. A decision hangs on the answer: spam goes to a folder nobody
# reads.
#
# The two mistakes do not cost the same. A spam that slips through costs two seconds. A good mail in the
# spam folder may cost a job offer. So **precision** comes first (of the mails called spam, how many
# are?), and **recall** second (of all spam, how much is caught?).

# %% [markdown]
# **Predict first:** how often is a filter right that calls every mail good?

# %%
do_nothing = np.zeros(len(mails), dtype=bool)
accuracy = (do_nothing == mails["is_spam"]).mean()
caught = do_nothing[mails["is_spam"]].mean()
print(f"accuracy {accuracy:.1%}, spam caught {caught:.0%}")

# %% [markdown]
# It is right about seven times in ten and catches nothing, so accuracy cannot be the goal. The goal of
# this chapter is stated in the currency of the problem: **lose at most 1 good mail in 1,000, and catch
# as much spam as that allows.**

# %% [markdown]
# ## 2 · The data
#
# ### From a raw message to text
#
# What arrives at a mail server is not a text with a subject. It is a stream of bytes: headers, an empty
# line, then one or more encoded parts. Here is one, whole but for some of its headers.

# %%
raw = ck.load("raw_mails")
headers, body = raw["13_quoted_printable_html_spam.eml"].decode("ascii").split("\n\n", 1)
print("\n".join(headers.split("\n")[-7:]))
print()
print(body[:420])

# %% [markdown]
# The words are there, but wrapped twice: in HTML, and in an encoding called quoted-printable in which
# `=3D` stands for `=`. A filter that counts words in these bytes would learn about wrapping. Python's
# `email` package takes the outer wrapping off.

# %%
import email


def text_parts(message):
    """The parts of a message that hold text to read, plain text before HTML."""
    parts = [part for part in message.walk() if part.get_content_type() in ("text/plain", "text/html")]
    return sorted(parts, key=lambda part: part.get_content_type(), reverse=True)


message = email.message_from_bytes(raw["07_attachment_base64_ham.eml"])
for part in message.walk():
    print(part.get_content_type(), "|", part.get_content_charset(), "|", part["Content-Transfer-Encoding"])
print(len(text_parts(message)), "part to read")

# %% [markdown]
# One message, several parts: this one carries an attachment that we leave alone. The next step is to
# decode the first readable part. The sender states the character set, and senders are wrong about it
# often enough that we need something to fall back on.


# %%
def decode(content, charset):
    """Bytes to text: the stated character set if it works, then the usual suspects."""
    for name in (charset, "utf-8", "cp1252", "latin-1"):
        try:
            return content.decode(name)
        except (LookupError, TypeError, UnicodeDecodeError):
            continue


def readable_text(content):
    """The text a person would read in a raw message, or the empty string."""
    parts = text_parts(email.message_from_bytes(content))
    return decode(parts[0].get_payload(decode=True), parts[0].get_content_charset()) if parts else ""


print(readable_text(raw["11_base64_two_digit_year_spam.eml"])[:160])

# %% [markdown]
# `decode` tries four character sets in turn; `latin-1` accepts any byte, so something always comes out.
# Does it work on all the awkward messages in the folder?

# %%
rows = []
for name, content in list(raw.items())[10:20]:
    message = email.message_from_bytes(content)
    stated = text_parts(message)[0].get_content_charset() if text_parts(message) else None
    text = " ".join(readable_text(content).split())
    rows.append(
        {"file": name[3:-4], "parts": len(list(message.walk())), "stated charset": stated, "text": text[:32]}
    )
pd.DataFrame(rows).fillna("none").set_index("file")

# %% [markdown]
# Every message gives a text, though not every text is one you can read: a mail in Chinese whose sender
# states no character set turns into accented letters, which is called **mojibake**. We keep such mails.
# The filter will meet them too.
#
# The table `mails` was made this way from 6,046 messages (source: `data/README.md`, which also tells
# what was masked and left out). From here on we work with its rows.

# %% [markdown]
# ### Cleaning, with a count at each step
#
# Two faults matter before anything is split or learned: mails with nothing in them, and mails that are
# there more than once. The same text on both sides of a split lets a model pass the exam by memory.

# %%
steps = {"as collected": mails}
steps["body not blank"] = mails[mails["body"].str.strip() != ""]
steps["no exact copies"] = steps["body not blank"].drop_duplicates("body")
letters_only = steps["no exact copies"]["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
steps["no near copies"] = steps["no exact copies"][~letters_only.duplicated()]
clean = steps["no near copies"].reset_index(drop=True)
pd.DataFrame(
    {
        step: {"mails": len(table), "spam": table["is_spam"].sum(), "share": table["is_spam"].mean()}
        for step, table in steps.items()
    }
).T.astype({"mails": int, "spam": int}).round(3)

# %% [markdown]
# A near copy is a mail whose letters are the same once case, digits and punctuation are gone: mass mail
# that changes only a number for each reader. Spam loses most, because spam is what gets sent many times.

# %% [markdown]
# ### When did the mails arrive?
#
# A mail has two dates. The sender writes one into the `Date` header, and can write anything there. The
# receiving server stamps the other.

# %%
odd = clean["date_header"].str.contains(r"\b(?:0102|102|2028|1997)\b", na=False)
clean.loc[odd, ["date_header", "received", "is_spam"]].head(6).set_index("date_header")

# %% [markdown]
# The year 102 is what an old program writes for 2002 (it counts from 1900). So we trust only `received`.
# Now look at the calendar.

# %%
month = clean["received"].dt.strftime("%Y-%m")
by_month = pd.crosstab(month, clean["is_spam"]).rename(columns={False: "good", True: "spam"})

fig, ax = plt.subplots()
by_month.plot.bar(ax=ax, stacked=True, width=0.85, color=["C0", "C1"], legend=False)
ax.set(title="Until May 2002, spam arrives alone", xlabel="", ylabel="mails received")
ax.tick_params(axis="x", rotation=60)
for name, colour, height in [("good mail", "C0", 0.85), ("spam", "C1", 0.75)]:
    ax.text(0.02, height, name, color=colour, transform=ax.transAxes, weight="bold")
ck.show(
    fig,
    "Mails by month, stacked. Until May 2002 all are spam; good mail fills July to December 2002.",
)

# %% [markdown]
# Nobody's inbox looked like that. The two classes were collected by different people at different times
# and put into one archive. Keep this in mind as the **date leak**: anything that betrays the month
# betrays the label. Section 6 measures how much a model would gain from it.

# %% [markdown]
# ### What does spam look like?

# %%
lengths = clean["body"].str.len()
fig, ax = plt.subplots()
bins = np.geomspace(10, 20_000, 40)
for label, colour, name in [(False, "C0", "good mail"), (True, "C1", "spam")]:
    share = np.full((clean["is_spam"] == label).sum(), 1 / (clean["is_spam"] == label).sum())
    ax.hist(lengths[clean["is_spam"] == label], bins, weights=share, alpha=0.6, color=colour, label=name)
ax.set(
    xscale="log",
    title="Length alone tells little",
    xlabel="characters in the body",
    ylabel="share of the class",
)
ax.legend()
ck.show(
    fig,
    "Histograms of body length on a log scale; spam is somewhat longer, the classes overlap widely.",
)

html = clean.groupby("is_spam")["is_html"].mean()
print(f"HTML only: {html[False]:.0%} of good mail, {html[True]:.0%} of spam")

# %% [markdown]
# Spam is a little longer, and more than four in ten come as HTML without a plain version. Both are
# hints, neither is a filter: most lengths occur in both classes, and good newsletters are HTML too.
# (Bodies are cut at 20,000 characters.)
#
# Words should tell more. But which? The most frequent words of both classes are the same few: *the*,
# *to*, *and*. We need a measure of how much a word **tells**, not how often it occurs.

# %% [markdown]
# ### Telling words, with a measure
#
# For each word compare the share of spam that contains it with the share of good mail that does. The
# **log-odds ratio** is large when the odds differ; divided by its standard error it becomes a $z$-score,
# which also says how sure the difference is:
#
# $$z = \frac{\ln\frac{a}{b} - \ln\frac{c}{d}}{\sqrt{1/a + 1/b + 1/c + 1/d}}$$
#
# with $a$ spam mails that contain the word, $b$ that do not, and $c$, $d$ the same for good mail (each
# plus 0.5, so that no count is zero).

# %%
from sklearn.feature_extraction.text import CountVectorizer

without_html = clean["body"].str.replace(r"<[^>]*>|&\w+;", " ", regex=True)
counter = CountVectorizer(binary=True, token_pattern=r"[a-z]{3,}", min_df=20)
has_word = counter.fit_transform(without_html)
spam = clean["is_spam"].to_numpy()
a = has_word[spam].sum(axis=0).A1 + 0.5
c = has_word[~spam].sum(axis=0).A1 + 0.5
b, d = spam.sum() + 1 - a, (~spam).sum() + 1 - c
z_score = (np.log(a / b) - np.log(c / d)) / np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
telling = pd.Series(z_score, index=counter.get_feature_names_out()).sort_values()
pd.DataFrame(
    {
        "good mail": telling.index[:8],
        "z": telling.to_numpy()[:8].round(1),
        "spam": telling.index[::-1][:8],
        "z ": telling.to_numpy()[::-1][:8].round(1),
    }
)

# %% [markdown]
# The same table as a picture: a **word cloud** for each class, in which size is the $z$-score.

# %%
from wordcloud import WordCloud

fig, axes = plt.subplots(1, 2, figsize=(7.6, 2.8))
for ax, scores, colour, name in [
    (axes[0], -telling[:45], "#0072B2", "good mail"),
    (axes[1], telling[-45:], "#D55E00", "spam"),
]:
    cloud = WordCloud(
        width=370,
        height=250,
        background_color="white",
        random_state=0,
        prefer_horizontal=1,
        color_func=lambda *args, ink=colour, **kwargs: ink,
    )
    ax.imshow(cloud.generate_from_frequencies(scores.to_dict()))
    ax.set_title(name, color=colour)
    ax.axis("off")
ck.show(
    fig, "Two word clouds. Good mail: url, but, users, linux, wrote. Spam: our, click, please, your, removed."
)

# %% [markdown]
# Spam says *our* and *your*, begs (*please*) and wants a *click*. Good mail argues (*but*, *think*,
# *that*) and quotes what somebody *wrote*. (*url* is the mask for a link.) Other words stand out for
# another reason.

# %% [markdown]
# ### Traces of the collection
#
# *users*, *group* and *linux* tell less about good mail than about these collectors, who read mailing
# lists on software. Lists leave traces that are easier to see: a footer under each mail, and a tag such
# as `[ILUG]` in the subject. How many mails carry them?

# %%
FOOTER = r"\n[_-]{20,}[ \t]*\n(?:[^\n]*\n){0,8}[^\n]*\Z"
TAG = r"\[[^\]]{1,30}\]\s*"
traces = pd.DataFrame(
    {
        "list footer": clean["body"].str.contains(FOOTER),
        "subject tag": clean["subject"].str.contains(TAG),
    }
)
traces["either"] = traces.any(axis=1)
traces.groupby(clean["is_spam"].map({False: "good mail", True: "spam"})).mean().round(3)

# %% [markdown]
# More than half of the good mail and a fifth of the spam: lists get spam, too. A rule on these traces
# would be a passable filter here, and worth nothing in an inbox without mailing lists. We strip both;
# section 6 shows what that costs.

# %%
clean["text"] = clean["body"].str.replace(FOOTER, "", regex=True)
clean["title"] = clean["subject"].str.replace(TAG, "", regex=True)
shorter = (clean["text"] != clean["body"]).sum()
print(f"footer removed from {shorter} mails, tag from {(clean['title'] != clean['subject']).sum()}")

# %% [markdown]
# ## 3 · Features
#
# ### Split first
#
# So far all mails were looked at, to clean them; nothing was fitted. From here on choices are made, so
# the judge's share goes away now: one mail in five, drawn with the same share of spam, is the **test
# set**, kept for the end. The rest is for **development**; a quarter of it serves as the
# **validation set**, on which choices are compared.

# %%
from sklearn.model_selection import train_test_split

development, test = train_test_split(clean, test_size=0.2, stratify=clean["is_spam"], random_state=0)
train, validation = train_test_split(
    development, test_size=0.25, stratify=development["is_spam"], random_state=0
)
y_train, y_validation = train["is_spam"].to_numpy(float), validation["is_spam"].to_numpy(float)
pd.DataFrame(
    {
        name: {"good mail": (~part["is_spam"]).sum(), "spam": part["is_spam"].sum()}
        for name, part in [("train", train), ("validation", validation), ("test", test)]
    }
)

# %% [markdown]
# ### A bag of words by hand
#
# A model reads numbers. The simplest way from a text to numbers is the **bag of words**: list every word
# of the training mails once (the **vocabulary**), and count for each mail how often each word occurs.
# Three short mails are enough to see it.

# %%
three = ["free money click here", "the meeting is here", "click click free"]
vocabulary = sorted({word for mail in three for word in mail.split()})
counts = np.zeros((len(three), len(vocabulary)), dtype=int)
for row, mail in enumerate(three):
    for word in mail.split():
        counts[row, vocabulary.index(word)] += 1
pd.DataFrame(counts, columns=vocabulary, index=three)

# %% [markdown]
# Each mail is now a row of numbers. Order is lost ("click here" and "here click" look the same), and
# that is the price of simplicity. scikit-learn's `CountVectorizer` does the same:

# %%
vectorizer = CountVectorizer()
by_library = vectorizer.fit_transform(three)
print("same vocabulary:", list(vectorizer.get_feature_names_out()) == vocabulary)
print("same counts:    ", (by_library.toarray() == counts).all())

# %% [markdown]
# Now the real thing. The vocabulary is learned from the training mails alone; a word that occurs in
# fewer than three of them is dropped.

# %%
words = CountVectorizer(min_df=3)
X_train = words.fit_transform(train["title"] + "\n" + train["text"])
X_validation = words.transform(validation["title"] + "\n" + validation["text"])
filled = X_train.nnz / np.prod(X_train.shape)
print(f"{X_train.shape[0]} mails x {X_train.shape[1]} words, {filled:.2%} of the cells are not zero")

# %% [markdown]
# Almost every cell is zero, because a mail uses a hundred or two of the many thousand words.
# scikit-learn therefore returns a **sparse matrix** that stores only the other cells. Any sentence
# becomes such a row:

# %%
sentence = "Click here for free money, meeting later"
row = words.transform([sentence])
names = words.get_feature_names_out()
pd.DataFrame({"column": row.indices, "word": names[row.indices], "count": row.data}).sort_values("column").T

# %% [markdown]
# ## 4 · The model
#
# **Logistic regression** gives each word a weight $w_j$, adds up the weights of the words in the mail,
# and squeezes the sum into a probability with the **sigmoid** $\sigma$:
#
# $$z = b + \sum_j x_j w_j, \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# Why this model? It is fast, it copes with thousands of columns, and every decision can be read back as
# words.


# %%
def sigmoid(z):
    """Squeeze any number into the interval from 0 to 1."""
    return 1 / (1 + np.exp(-z))


z = np.linspace(-6, 6, 200)
fig, ax = plt.subplots(figsize=(7.2, 3))
ax.plot(z, sigmoid(z), color="C6")
ax.axhline(0.5, color="C6", lw=0.8, ls="--")
ax.fill_between(z, sigmoid(z), where=z > 0, color="C1", alpha=0.15)
ax.fill_between(z, sigmoid(z), where=z < 0, color="C0", alpha=0.15)
ax.set(title="Positive sums lean to spam", xlabel="z, the sum of the weights", ylabel="predicted probability")
ck.show(fig, "The S-shaped sigmoid: near 0 for z below -4, one half at z = 0, near 1 for z above 4.")

print({value: round(float(sigmoid(value)), 3) for value in (-4, -1, 0, 1, 4)})

# %% [markdown]
# ## 5 · Training from scratch
#
# ### One mail, by hand
#
# Training starts with a guess, measures how wrong it is, and corrects the weights a little. Take one
# spam, `y = 1`, in which *click* occurs once and *free* twice, and some weights that happen to stand at
# the moment.

# %%
x = np.array([1.0, 2.0, 0.0])  # click, free, meeting
w = np.array([-0.3, 0.1, 0.2])
b = -0.3055
z = b + x @ w
y_hat = sigmoid(z)
print(f"z = {z:.4f}, predicted probability of spam = {y_hat:.2f}")

# %% [markdown]
# The model gives this spam a probability of 0.40. How bad is that? **Cross-entropy** takes minus the
# logarithm of the probability given to what really happened:
#
# $$L = -\big(y \ln \hat y + (1 - y) \ln(1 - \hat y)\big)$$
#
# **Predict first:** what is the loss here, and what would it be for $\hat y = 0.1$ and $\hat y = 0.9$?


# %%
def cross_entropy(y, y_hat):
    """Minus the logarithm of the probability that was given to the true class."""
    return -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))


{guess: round(float(cross_entropy(1, guess)), 3) for guess in (0.1, 0.4, 0.9)}

# %% [markdown]
# A confident mistake is expensive (2.303), a half-hearted one moderate (0.916), a confident right answer
# nearly free (0.105).
#
# Which way should each weight move? The derivative of $L$ has a form worth remembering: error times
# input,
#
# $$\frac{\partial L}{\partial w_j} = (\hat y - y)\, x_j, \qquad \frac{\partial L}{\partial b} = \hat y - y$$
#
# and each parameter takes a step **against** it, of a length set by the **learning rate** $\eta$: $w
# \leftarrow w - \eta\, \partial L / \partial w$.

# %%
eta = 0.5
gradient_w, gradient_b = (y_hat - 1) * x, y_hat - 1
w_new, b_new = w - eta * gradient_w, b - eta * gradient_b
y_hat_new = sigmoid(b_new + x @ w_new)
print("gradient  ", gradient_w.round(2), "and", gradient_b.round(2))
print("new w     ", w_new.round(2), "and b", b_new.round(3))
print(
    f"prediction {y_hat:.2f} -> {y_hat_new:.2f},",
    f"loss {cross_entropy(1, y_hat):.3f} -> {cross_entropy(1, y_hat_new):.3f}",
)

# %% [markdown]
# The gradient for *click* is negative, so its weight goes **up**; *free* occurs twice and moves twice as
# far; *meeting* is not in the mail and stays. One step, and the model calls this mail spam.

# %% [markdown]
# ### All mails, in batches
#
# The loss of many mails is the mean of theirs, plus a small penalty $\frac{\lambda}{2}\lVert w\rVert^2$
# that keeps weights from growing without need (**regularisation**). The code below is the two formulas
# again, for a matrix. The loss is written with `logaddexp`, which is the same cross-entropy without
# overflow, and `expit` is SciPy's safe sigmoid.

# %%
from scipy.special import expit

penalty = 1e-3


def loss(w, b, X, y):
    """Mean cross-entropy of the mails in X (n_mails x n_words) plus the penalty."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * w @ w


def gradient(w, b, X, y):
    """Derivatives of the loss: one number a word, and one for b."""
    error = expit(X @ w + b) - y
    return X.T @ error / len(y) + penalty * w, error.mean()


# %% [markdown]
# Formulas get mistyped. Check them: nudge one weight by a tiny amount, and the loss must change as the
# gradient says.

# %%
rng = np.random.default_rng(0)
w, b = rng.normal(0, 0.01, X_train.shape[1]), 0.0
by_formula = gradient(w, b, X_train, y_train)[0]
nudge, rows = 1e-6, []
for word in ("click", "free", "wrote"):
    step = np.zeros_like(w)
    step[words.vocabulary_[word]] = nudge
    change = loss(w + step, b, X_train, y_train) - loss(w - step, b, X_train, y_train)
    rows.append(
        {"word": word, "by formula": by_formula[words.vocabulary_[word]], "by nudging": change / (2 * nudge)}
    )
pd.DataFrame(rows).round(6)

# %% [markdown]
# They agree to six digits. Now the loop. An **epoch** is one pass over all training mails in random
# order; a **batch** is the 64 mails that share one step.


# %%
def train_by_batches(X, y, eta, epochs, decay=0.0, seed=0):
    """Mini-batch gradient descent from zero; returns w, b and the loss after each epoch."""
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(len(y))
        step = eta / (1 + decay * epoch)
        for start in range(0, len(y), 64):
            batch = order[start : start + 64]
            gradient_w, gradient_b = gradient(w, b, X[batch], y[batch])
            w -= step * gradient_w
            b -= step * gradient_b
        losses.append(loss(w, b, X, y))
    return w, b, losses


w, b, losses = train_by_batches(X_train, y_train, eta=0.1, epochs=5)
print(f"loss before: {np.log(2):.3f}, after each epoch: {np.round(losses, 3)}")

# %% [markdown]
# It learns: a model that always says one half would have a loss of $\ln 2 = 0.693$. How fast, depends on
# the learning rate.
#
# **Predict first:** with raw counts, one mail may contain *the* three hundred times. What does that do
# to the steps?

# %%
X_presence = (X_train > 0).astype(float)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
for ax, X, name in [
    (axes[0], X_train, "Counts: small steps or none"),
    (axes[1], X_presence, "Presence: larger steps work"),
]:
    for eta, colour in [(0.01, "C4"), (0.1, "C0"), (0.5, "C1")]:
        curve = train_by_batches(X, y_train, eta, epochs=20)[2]
        ax.plot(range(1, 21), curve, color=colour, label=f"learning rate {eta}")
    ax.set(title=name, xlabel="epoch", yscale="log", xticks=[1, 5, 10, 15, 20])
axes[0].set_ylabel("training loss")
axes[0].legend()
ck.show(
    fig,
    "Loss curves for three learning rates: on counts the largest rate is worst, on presence it is best.",
)

# %% [markdown]
# With raw counts the gradient of a long mail is hundreds of times that of a short one: 0.5 throws the
# weights about, and 0.01 crawls. Recording only **whether** a word occurs (`X_presence`) puts all words
# on one scale, and a rate of 0.5 is suddenly the best.
#
# **Try it:** set `eta=2` on presence. Does it still get better?
#
# <details><summary>Answer</summary>Yes, it falls faster still. On counts the same rate never
# settles.</details>

# %% [markdown]
# ### The same solution as the library
#
# For this loss every start leads to the same lowest point. So if we train long enough, with steps that
# shrink, we must end up where scikit-learn does. Its `C` is $1 / (n\lambda)$ in our letters.

# %%
from sklearn.linear_model import LogisticRegression

w, b, losses = train_by_batches(X_presence, y_train, eta=2, epochs=100, decay=0.2)
library = LogisticRegression(C=1 / (len(y_train) * penalty), tol=1e-8, max_iter=1000).fit(X_presence, y_train)
w_library, b_library = library.coef_[0], library.intercept_[0]
X_check = (X_validation > 0).astype(float)
probability_library = library.predict_proba(X_check)[:, 1]


def compare(name, w, b):
    """Distance from the library's solution, in the loss and in the validation mails' probabilities."""
    apart = np.abs(expit(X_check @ w + b) - probability_library).max()
    above = loss(w, b, X_presence, y_train) - loss(w_library, b_library, X_presence, y_train)
    print(f"{name}: loss {above:.6f} above the library's, probabilities within {apart:.4f}")


compare("batches", w, b)

# %% [markdown]
# Close, but batches never stand still: each step follows 64 mails, not all. To walk the last metres,
# hand the same two functions to a minimiser that uses all mails in every step.

# %%
from scipy.optimize import minimize


def loss_and_gradient(parameters):
    w, b = parameters[:-1], parameters[-1]
    return loss(w, b, X_presence, y_train), np.append(*gradient(w, b, X_presence, y_train))


found = minimize(
    loss_and_gradient, np.append(w, b), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-8}
)
compare("polished", found.x[:-1], found.x[-1])
print(f"weights differ by less than 1e-4: {np.abs(found.x[:-1] - w_library).max() < 1e-4}")

# %% [markdown]
# Now loss, weights and probabilities agree with scikit-learn's. A loop of ten lines comes close; the
# same loss and the same gradient, followed to the end, give exactly what the library finds.

# %% [markdown]
# ### The same model in PyTorch
#
# PyTorch computes the gradient itself, from the loss. With the same zero start, the same batches and the
# same learning rate it must take the same steps.

# %%
import torch

model = torch.nn.Linear(X_presence.shape[1], 1, dtype=torch.float64)
torch.nn.init.zeros_(model.weight)
torch.nn.init.zeros_(model.bias)
optimiser = torch.optim.SGD(
    [{"params": [model.weight], "weight_decay": penalty}, {"params": [model.bias]}], lr=0.5
)
rng = np.random.default_rng(0)
for _epoch in range(3):
    order = rng.permutation(len(y_train))
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        inputs, target = torch.tensor(X_presence[batch].toarray()), torch.tensor(y_train[batch])
        batch_loss = torch.nn.functional.binary_cross_entropy_with_logits(model(inputs)[:, 0], target)
        optimiser.zero_grad()
        batch_loss.backward()
        optimiser.step()

by_numpy = train_by_batches(X_presence, y_train, eta=0.5, epochs=3)[0]
difference = np.abs(model.weight.detach().numpy()[0] - by_numpy).max()
print("equal to 9 digits after three epochs:", difference < 1e-9)

# %% [markdown]
# Same weights. What changes with PyTorch is not the result but the effort: no gradient had to be
# derived, and the same loop would train a network of any shape. For a linear model on sparse text,
# scikit-learn stays the better tool.

# %% [markdown]
# ### Reading the weights
#
# > **Myth.** "*free* gets a high weight in good mail and *meeting* one in spam", as one published
# > walk-through has it.

# %%
weights = pd.Series(w_library, index=names).sort_values()
mentions = (train["title"] + " " + train["text"]).str.contains(r"\bmeeting\b", case=False)
print(f"weight of free    {weights['free']:+.2f}")
print(f"weight of meeting {weights['meeting']:+.2f}")
print(f"meeting occurs in {mentions.sum()} mails, {train['is_spam'][mentions].mean():.0%} of them spam")

# %% [markdown]
# A positive weight pushes towards spam, and *free* does so strongly. *meeting* pushes nowhere: it occurs
# in few mails, about as often in spam as elsewhere. Weights are read off, not guessed. Here are the
# strongest of both kinds.

# %%
strongest = pd.concat([weights[:12], weights[-12:]])
fig, ax = plt.subplots(figsize=(7.2, 5))
ax.barh(strongest.index, strongest, color=["C0" if weight < 0 else "C1" for weight in strongest])
ax.set(title="What the model learned to look for", xlabel="weight (towards good mail < 0 < towards spam)")
ax.grid(axis="y", visible=False)
ck.show(
    fig,
    "Bars of the twelve most negative weights, for good mail, and the twelve most positive, for spam.",
)

# %% [markdown]
# Most are what you would guess. But *date*, *supplied* and *2002* are traces of where and when the mail
# was collected: section 6 asks how much the score owes to such words.

# %% [markdown]
# ## 6 · Evaluation, improvement, judgement
#
# ### What the model gets wrong
#
# The **confusion matrix** counts the four outcomes on the validation mails when everything above one
# half is called spam.

# %%
from sklearn.metrics import ConfusionMatrixDisplay, precision_score, recall_score

called_spam = probability_library > 0.5
fig, ax = plt.subplots(figsize=(4.6, 3.6))
ConfusionMatrixDisplay.from_predictions(
    y_validation, called_spam, display_labels=["good", "spam"], cmap="Greys", colorbar=False, ax=ax
)
ax.set_title("Validation mails")
ax.grid(visible=False)
ck.show(
    fig,
    "Confusion matrix of the validation mails: most lie on the diagonal; a few good mails are called spam.",
)
print(f"precision {precision_score(y_validation, called_spam):.3f}")
print(f"recall    {recall_score(y_validation, called_spam):.3f}")

# %% [markdown]
# Both numbers look fine. But the goal was one lost good mail in a thousand, and here are the lost ones
# in the upper right corner: several in eight hundred. The threshold of one half has to move.

# %% [markdown]
# ### The threshold, and a problem with it
#
# Every threshold gives one pair of precision and recall. The **precision–recall curve** shows them all.

# %%
from sklearn.metrics import precision_recall_curve

precision, recall, thresholds = precision_recall_curve(y_validation, probability_library)
no_good_mail_lost = probability_library[y_validation == 0].max()
recall_there = (probability_library[y_validation == 1] > no_good_mail_lost).mean()

fig, ax = plt.subplots()
ax.plot(recall, precision, color="C1")
ax.plot(recall_there, 1, "o", color="black")
arrow = {"xytext": (-10, -28), "textcoords": "offset points", "arrowprops": {"arrowstyle": "->"}}
ax.annotate("no good mail lost", (recall_there, 1), ha="right", **arrow)
ax.set(title="The last good mail costs a lot of recall", ylim=(0.9, 1.005))
ax.set(xlabel="recall (spam caught)", ylabel="precision")
ck.show(fig, "Precision-recall curve: precision is 1 up to a modest recall, then falls slowly.")
print(f"threshold {no_good_mail_lost:.3f}, recall {recall_there:.3f}")

# %% [markdown]
# To lose none of these good mails, the threshold must go above the most spam-like of them, and a third
# of the spam or more passes. So the score hangs on **one mail**. And there is a second problem: how
# would we see a rate of 1 in 1,000 among 800?

# %%
from scipy.stats import binomtest

n_good = int((y_validation == 0).sum())
upper = binomtest(0, n_good).proportion_ci(0.95, method="exact").high
print(f"0 lost of {n_good}: the true rate may still be up to {1000 * upper:.1f} in 1,000 (95 % interval)")

# %% [markdown]
# Too few to tell. **Cross-validation** helps: split the development mails into five folds, train on
# four, score the fifth, in turn. Every development mail gets one **out-of-fold** score from a model that
# has not seen it, which is a validation set four times as large. From here on, all choices are made with
# it.

# %%
from sklearn.model_selection import StratifiedKFold

y = development["is_spam"].to_numpy()
folds = StratifiedKFold(5, shuffle=True, random_state=0)


def vectorised_folds(vectoriser, mails):
    """For each fold: who is fitted on, who is scored, and both as matrices. The first teach the words."""
    parts = []
    for fitted, scored in folds.split(mails, y):
        X_fitted = vectoriser.fit_transform([mails[i] for i in fitted])
        parts.append((fitted, scored, X_fitted, vectoriser.transform([mails[i] for i in scored])))
    return parts


# %%
def out_of_fold(model, parts):
    """One score a mail, larger for spam, from a model that has not seen the mail."""
    scores = np.empty(len(y))
    for fitted, scored, X_fitted, X_scored in parts:
        model.fit(X_fitted, y[fitted])
        if hasattr(model, "decision_function"):
            scores[scored] = model.decision_function(X_scored)
        else:
            scores[scored] = np.diff(model.predict_log_proba(X_scored))[:, 0]
    return scores


# %%
def safe_threshold(target, scores):
    """The lowest threshold that at most one good mail in 1,000 exceeds."""
    good = np.sort(scores[~target])[::-1]
    return good[len(good) // 1000]


print(f"{(~y).sum()} good mails in development: {(~y).sum() // 1000} of them may be lost")

# %% [markdown]
# ### Better features, better model
#
# Now improve, one step at a time. Some steps change a setting, some cut the text into other pieces, and
# the last three read marks that are usually thrown away. Paul Graham's advice of 2003 was to let a
# filter keep what people throw away: capitals, runs of exclamation marks, and where a word stands.

# %%
import re

WORD = re.compile(r"[\w$'%-]{2,}|!+|\$+")


def marked_words(text, mark=""):
    """The words of a text in small letters, and once more with ^ if they were SHOUTED."""
    found = WORD.findall(text)
    shouted = [f"{mark}^{word[:20]}" for word in found if len(word) > 2 and word.isupper()]
    return [mark + word.lower()[:20] for word in found] + shouted


def tokens(title, text):
    """What the filter reads: all words, and separately those of the subject, the start and the end."""
    start, end = marked_words(text[:300], "start:"), marked_words(text[-200:], "end:")
    found = marked_words(text) + marked_words(title, "subject:") + start + end
    return list(dict.fromkeys(found))  # each once: presence served better than counts


clean["tokens"] = [tokens(*mail) for mail in zip(clean["title"], clean["text"], strict=True)]
print(*tokens("FREE money!!!", "Click here"))

# %% [markdown]
# The candidates, all judged by the same out-of-fold scores:

# %%
from sklearn.feature_extraction.text import HashingVectorizer

texts = (development["title"] + "\n" + development["text"]).tolist()
split = words.build_analyzer()
word_lists = [split(text) for text in texts]
token_lists = clean.loc[development.index, "tokens"].tolist()
counter = CountVectorizer(analyzer=list, min_df=3)
folds_of = {"words": vectorised_folds(counter, word_lists), "tokens": vectorised_folds(counter, token_lists)}

# Hashing has no vocabulary to learn: a column is a number computed from the text. One pass is enough.
hashing = {"norm": None, "alternate_sign": False, "n_features": 2**20}
pairs = HashingVectorizer(analyzer=list, **hashing).transform(
    [*w, *map(" ".join, zip(w, w[1:], strict=False))] for w in word_lists
)
fours = HashingVectorizer(analyzer="char", ngram_range=(4, 4), **hashing).transform(
    text[:2000] for text in texts
)
for name, X in [("words and pairs", pairs), ("4 characters", fours)]:
    folds_of[name] = []
    for fitted, scored in folds.split(X, y):
        often = X[fitted].getnnz(axis=0) >= 3  # as min_df=3 does
        folds_of[name].append((fitted, scored, X[fitted][:, often], X[scored][:, often]))
print("columns:", {name: parts[0][2].shape[1] for name, parts in folds_of.items()})

# %%
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer
from sklearn.svm import LinearSVC


def logistic(C):
    """Logistic regression by a solver that arrives: the usual one stops early on such uneven columns."""
    return LogisticRegression(C=C, solver="newton-cg", tol=1e-6)


frequency = TfidfTransformer(sublinear_tf=True)
linear_svm = LinearSVC(C=10, random_state=0)
candidates = {
    "words, counts": ("words", logistic(1)),
    "words, presence": ("words", make_pipeline(Binarizer(), logistic(1))),
    "words, presence, less penalty": ("words", make_pipeline(Binarizer(), logistic(10))),
    "words, TF-IDF": ("words", make_pipeline(frequency, logistic(100))),
    "words and pairs, TF-IDF": ("words and pairs", make_pipeline(frequency, logistic(100))),
    "4 characters, TF-IDF": ("4 characters", make_pipeline(frequency, logistic(100))),
    "tokens, naive Bayes": ("tokens", MultinomialNB(alpha=0.01)),
    "tokens, TF-IDF": ("tokens", make_pipeline(Binarizer(), TfidfTransformer(), logistic(100))),
    "tokens, TF-IDF, linear SVM": ("tokens", make_pipeline(Binarizer(), TfidfTransformer(), linear_svm)),
}

# %%
scores = {name: out_of_fold(model, folds_of[read]) for name, (read, model) in candidates.items()}
print(len(scores), "candidates,", len(y), "mails each")

# %% [markdown]
# For each candidate three numbers: F1 (a mean of precision and recall that many reports quote), and the
# recall at our price. The last comes with a 95 % interval from the **bootstrap**: draw the mails again
# with replacement, 200 times, and see how the number moves.

# %%
from sklearn.metrics import f1_score


def recall_at_price(target, scores):
    """Share of spam above the threshold that loses at most one good mail in 1,000."""
    return (scores[target] > safe_threshold(target, scores)).mean()


rng = np.random.default_rng(0)
draws = [rng.integers(len(y), size=len(y)) for _ in range(200)]
rows = {}
for name, score in scores.items():
    low, high = np.quantile([recall_at_price(y[draw], score[draw]) for draw in draws], [0.025, 0.975])
    rows[name] = {
        "F1": f1_score(y, score > 0),
        "recall at price": recall_at_price(y, score),
        "from": low,
        "to": high,
    }
ladder = pd.DataFrame(rows).T
ladder.round(3)

# %%
fig, ax = plt.subplots(figsize=(7.2, 4.2))
place = np.arange(len(ladder))[::-1]
ax.hlines(place, ladder["from"], ladder["to"], color="C1", lw=2)
ax.plot(ladder["recall at price"], place, "o", color="C1", label="spam caught, 1 good mail in 1,000 lost")
ax.plot(ladder["F1"], place, "|", color="C6", ms=14, mew=3, label="F1 at the default threshold")
ax.set_yticks(place, ladder.index)
ax.set(title="F1 hardly moves; what we pay for does", xlim=(0, 1.02))
ax.grid(axis="y", visible=False)
fig.legend(loc="outside lower center", ncols=2)
ck.show(
    fig,
    "F1 is nearly the same for all nine candidates, while recall at the allowed loss varies widely.",
)

# %% [markdown]
# Here is the surprise of this chapter. By F1 all nine look alike. At the price of one good mail in a
# thousand, the filter on plain counts stops about half of the spam and the linear SVM on tokens about
# nine tenths. **The metric decides which filter wins.**
#
# The intervals are wide, because three or four good mails set the threshold. Word pairs and characters
# did not help here; naive Bayes, the classic of spam filtering, is far too sure of itself at the top of
# its ranking. We take the last candidate.
#
# **Try it:** in `safe_threshold`, allow 5 lost mails in 1,000 (`// 200`) and run this section again.
# What happens to the differences?
#
# <details><summary>Answer</summary>They shrink: the price is easier to keep, and plain counts come much
# closer to the last candidate. The stricter the price, the more the choice of the filter
# matters.</details>

# %% [markdown]
# ### Does balancing the classes help?
#
# Only one mail in four is spam. A common reflex is to balance the classes: give spam more weight, throw
# good mails away (**undersampling**), or invent spam with **SMOTE**, which puts a new point on the line
# between a spam and one of its nearest spam neighbours.
#
# > **Myth.** "SMOTE trains a model on the rare class and lets it write new mails."

# %%
from sklearn.neighbors import NearestNeighbors

vectoriser = TfidfVectorizer(analyzer=list, min_df=3, binary=True)
X_development = vectoriser.fit_transform(token_lists)
spam_rows = X_development[y]
A = spam_rows[55]
nearest_five = NearestNeighbors(n_neighbors=6).fit(spam_rows).kneighbors(A)[1][0, 1:]
B = spam_rows[rng.choice(nearest_five)]
new = A + rng.random() * (B - A)

table = pd.DataFrame(
    {name: row.toarray()[0] for name, row in [("A", A), ("new", new), ("B", B)]},
    index=vectoriser.get_feature_names_out(),
)
print("tokens in A, new, B:", (table > 0).sum().tolist())
table.sort_values("new", ascending=False).head(6).round(3)

# %% [markdown]
# Nothing is written. The new row is a mixture of two existing rows: each of its numbers lies between
# theirs. It has no word order, and no mail belongs to it. Whether such rows help is a question for
# out-of-fold scores. They must be made from the training folds only, which imbalanced-learn's pipeline
# takes care of.

# %%
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from imblearn.under_sampling import RandomUnderSampler

remedies = {
    "class weights": [LinearSVC(C=10, class_weight="balanced", random_state=0)],
    "undersampling": [RandomUnderSampler(random_state=0), LinearSVC(C=10, random_state=0)],
    "SMOTE": [SMOTE(random_state=0), LinearSVC(C=10, random_state=0)],
}
balanced = {"as it is": scores["tokens, TF-IDF, linear SVM"]}
for name, steps in remedies.items():
    pipeline = make_sampling_pipeline(Binarizer(), TfidfTransformer(), *steps)
    balanced[name] = out_of_fold(pipeline, folds_of["tokens"])
rows = {}
for name, score in balanced.items():
    low, high = np.quantile([recall_at_price(y[draw], score[draw]) for draw in draws], [0.025, 0.975])
    rows[name] = {
        "precision": precision_score(y, score > 0),
        "recall": recall_score(y, score > 0),
        "recall at price": recall_at_price(y, score),
        "from": low,
        "to": high,
    }
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# Verdict: balancing moves the default threshold, so some recall is bought with some precision. At equal
# price it changes nothing that the intervals can see, and undersampling throws information away. With
# one mail in four, choosing the threshold does the job.
#
# > **Myth.** "Balance the data first, then split."

# %%
from sklearn.model_selection import cross_val_predict

X_more, y_more = SMOTE(random_state=0).fit_resample(X_development, y)
too_good = cross_val_predict(LinearSVC(C=10, random_state=0), X_more, y_more, cv=folds)
print(f"SMOTE before splitting: F1 {f1_score(y_more, too_good):.3f}")
print(f"SMOTE inside the folds: F1 {f1_score(y, balanced['SMOTE'] > 0):.3f}")

# %% [markdown]
# The first number is a fiction. Invented spam that lies between a training mail and a test mail carries
# the test mail into training.

# %% [markdown]
# ### The judgement
#
# The filter is fitted on all development mails. It gets two thresholds: its own border, at a score of 0,
# for *moving* mail into a spam folder, and the **safe** one, for *deleting* it, which comes from the
# out-of-fold scores.
#
# A confession belongs here. The candidates were compared out of fold, and so was the safe threshold. But
# while this lesson was written, its test set was scored more than once, and the border stayed at 0
# with those figures in view. So take the first line of the table for the bright side of the truth.

# %%
text_to_numbers = TfidfVectorizer(analyzer=list, min_df=3, binary=True)
spam_filter = make_pipeline(text_to_numbers, LinearSVC(C=10, random_state=0)).fit(token_lists, y)
chosen = scores["tokens, TF-IDF, linear SVM"]
thresholds_chosen = {"move": 0.0, "delete": safe_threshold(y, chosen)}

y_test = test["is_spam"].to_numpy()
test_tokens = clean.loc[test.index, "tokens"].tolist()
test_score = spam_filter.decision_function(test_tokens)


def with_interval(k, n):
    """k of n as a share with its 95 % interval, as text."""
    low, high = binomtest(int(k), int(n)).proportion_ci(0.95, method="exact")
    return f"{k / n:.3f} ({low:.3f} to {high:.3f})"


# %%
rows = {}
for name, threshold in thresholds_chosen.items():
    called = test_score > threshold
    rows[name] = {
        "threshold": round(threshold, 2),
        "precision": with_interval((called & y_test).sum(), called.sum()),
        "recall": with_interval((called & y_test).sum(), y_test.sum()),
        "good mails lost": f"{(called & ~y_test).sum()} of {(~y_test).sum()}",
    }
pd.DataFrame(rows).T

# %% [markdown]
# At its own border the filter catches 96 % of the spam with a precision above 99 %. At the safe
# threshold it loses no good mail of the 799 and still catches 91 %. The intervals say how far to believe
# that.
#
# How bright is that side? Nothing more is chosen from here on, so let each fifth of all mails be the
# test once, and look at the spread.

# %%
from sklearn.base import clone

all_tokens, all_y = clean["tokens"].tolist(), clean["is_spam"].to_numpy()
random_score, rows = np.empty(len(clean)), []
for fifth, (rest, held_out) in enumerate(folds.split(all_y, all_y), 1):
    fitted = clone(spam_filter).fit([all_tokens[i] for i in rest], all_y[rest])
    score, truth = fitted.decision_function([all_tokens[i] for i in held_out]), all_y[held_out]
    random_score[held_out] = score
    rows.append(
        {
            "fifth": fifth,
            "precision": precision_score(truth, score > 0),
            "recall": recall_score(truth, score > 0),
            "lost when deleting": int(((score > thresholds_chosen["delete"]) & ~truth).sum()),
        }
    )
pd.DataFrame(rows).set_index("fifth").round(3)

# %% [markdown]
# This test set was kind, and it had been seen. Expect a precision of 0.98 rather than 0.99 at the
# border, and at the safe threshold now and then a lost mail in eight hundred. A report that quotes only
# the best of these lines is not lying, but it is not telling the truth either.

# %% [markdown]
# ### Reading the mistakes
#
# Every good mail that the filter would move, in all development and test mails, with the tokens that
# pushed it most. Scores of development mails are out-of-fold.

# %%
judged = pd.concat([development.assign(score=chosen), test.assign(score=test_score)])
vectoriser, svm = spam_filter
token_names, token_weights = vectoriser.get_feature_names_out(), svm.coef_[0]


def pushes(mail_tokens, direction=1, count=4):
    """The tokens that push a mail's score most towards spam (1) or towards good mail (-1)."""
    row = vectoriser.transform([mail_tokens])
    push = direction * row.data * token_weights[row.indices]
    return ", ".join(token_names[row.indices[np.argsort(push)[::-1][:count]]])


lost = judged[(judged["score"] > 0) & ~judged["is_spam"]].sort_values("score", ascending=False)
print(len(lost), "good mails above the border, by folder:", lost["group"].value_counts().to_dict())
pd.DataFrame(
    {
        "score": lost["score"].round(2),
        "subject": lost["subject"].str[:44],
        "pushed by": [pushes(clean["tokens"][i], count=3) for i in lost.index],
    }
).set_index("subject").head(10)

# %%
for part in np.array_split(lost["subject"].str[:32].tolist()[10:], 5):
    print(" | ".join(part))

# %% [markdown]
# Nearly all come from one folder of the corpus, *hard ham*: newsletters, shop offers and competitions
# that somebody **asked for**. They read like spam because they are advertising. What makes them good is
# consent, and consent is not in the text. More tuning will not fix that; a list of the senders a user
# has agreed to would.
#
# The few others teach more. An automatic *out of the office* reads like a form letter. Of a mail in
# Japanese, whose subject says that it is not spam, the filter knows little but *FAX* and *PHONE*. And
# the *Defcon key-signing party* ends in a line that the collection itself must have left:

# %%
trace = clean["body"].str.contains("DeathToSpam")
print("mails with the line, good and spam:", clean[trace].groupby("is_spam").size().tolist())
marked = test[test["text"].str.contains("\n--DeathToSpam")]
print("of them in the test set:", len(marked))
for name, texts_of in [
    ("with", marked["text"]),
    ("without", marked["text"].str.replace(r"(?s)\n--DeathTo.*", "", regex=True)),
]:
    score = spam_filter.decision_function(
        [tokens(*mail) for mail in zip(marked["title"], texts_of, strict=True)]
    )
    print(f"called spam {name} the line: {(score > 0).sum()}")

# %% [markdown]
# One person closed every spam he passed on with this line, and once a good mail. Section 2 overlooked
# the trace; reading a mistake found it. Little hangs on it: the same mails are caught when the line is
# gone.
#
# Now the other side: spam that the filter would let pass.

# %%
missed = judged[(judged["score"] < 0) & judged["is_spam"]].sort_values("score")
print(len(missed), "spam mails below the border; the ten that look most innocent:")
pd.DataFrame(
    {
        "score": missed["score"].round(2),
        "subject": missed["subject"].str[:40],
        "saved by": [pushes(clean["tokens"][i], -1, 3) for i in missed.index],
    }
).set_index("subject").head(10)

# %% [markdown]
# Some are hopeless for a word filter: text that only a reader of another script would recognise, a
# single line, an essay with an advertisement at its end. Some look like errors in the labels.
# Adversaries know all this: question 5 of the exercises lets you get a spam through.

# %% [markdown]
# ### Next month
#
# All scores so far come from **random** splits: the training mails surround every test mail in time. A
# filter in use knows only the past. So train on July and August 2002, and score everything that arrives
# later. The random split serves as the control.
#
# **Predict first:** how many of the good mails from September to December will each lose?

# %%
received = clean["received"]
past = received.between("2002-07-01", "2002-09-01").to_numpy()
later = (received >= "2002-09-01").to_numpy()
frozen = clone(spam_filter).fit([t for t, use in zip(all_tokens, past, strict=True) if use], all_y[past])
frozen_score = np.full(len(clean), np.nan)
frozen_score[later] = frozen.decision_function([t for t, use in zip(all_tokens, later, strict=True) if use])
rows = {}
for name, score in [("random split", random_score), ("trained on the past only", frozen_score)]:
    called, truth = score[later] > 0, all_y[later]
    rows[name] = {
        "good mails": (~truth).sum(),
        "of them lost": (called & ~truth).sum(),
        "precision": with_interval((called & truth).sum(), called.sum()),
        "recall": with_interval((called & truth).sum(), truth.sum()),
    }
pd.DataFrame(rows).T

# %% [markdown]
# The frozen filter loses 82 good mails where the control loses 12. When, and which?

# %%
week = received.dt.tz_localize(None).dt.to_period("W-SUN").dt.start_time
in_autumn = received.between("2002-09-02", "2002-10-13").to_numpy() & ~all_y
lost_by = pd.DataFrame({"random split": random_score > 0, "trained on July and August": frozen_score > 0})
share = 100 * lost_by[in_autumn].groupby(week[in_autumn]).mean()

fig, ax = plt.subplots()
for name, colour in zip(share, ["C6", "C0"], strict=True):
    ax.plot(share.index, share[name], "o-", color=colour)
    end = (share.index[3], share[name].iloc[3])
    ax.annotate(name, end, xytext=(-12, -4), textcoords="offset points", color=colour, ha="right")
ax.set(title="In late September the frozen filter starts to lose good mail", ylabel="good mail lost (%)")
ax.set_xticks(share.index, [f"{day:%d %b}" for day in share.index])
ax.set_xlabel("week beginning")
ck.show(fig, "Good mail lost by week: both low until late September, then the frozen filter jumps.")

# %%
rss = clean["text"].str.match(r"\s*URL: URL\s*\nDate:").to_numpy()
print("first such mail:", received[rss].min().date())
print(
    "share of the good mail after that day:",
    f"{rss[in_autumn & (received >= received[rss].min()).to_numpy()].mean():.0%}",
)
for name, kind in [("such mails", rss), ("all others", ~rss)]:
    who = in_autumn & kind
    by_frozen, by_random = (frozen_score[who] > 0).mean(), (random_score[who] > 0).mean()
    print(f"{name}: {who.sum():4} good, lost by frozen {by_frozen:.1%}, by random split {by_random:.1%}")
print(clean["text"][rss].iloc[3][:150])

# %% [markdown]
# In late September somebody began to receive news headlines from websites by mail: an early form of RSS.
# They are short, they hold a link, and nothing like them was in the training mails. The random split
# never notices, because it trains on the same kind of mail that it is tested on. On all other mail the
# frozen filter does as well as the control, so its smaller training set is not to blame. This is
# **drift**; [chapter 10](10_spam_service.ipynb) is about living with it.

# %% [markdown]
# ### How much do leaks flatter?
#
# > **Myth.** "99.9 % accurate", as many a tutorial on this corpus reports.
#
# Let us try to get there. Each line below makes one classic mistake with the same filter and asks how
# many mails in 1,000 it gets wrong.


# %%
def errors_by_random_folds(inputs, target):
    """Number of wrong verdicts and of mails in a cross-validation that shuffles everything."""
    wrong = cross_val_predict(clone(spam_filter), inputs, target, cv=folds) != target
    return wrong.sum(), len(wrong)


with_traces = [tokens(*mail) for mail in zip(clean["subject"], clean["body"], strict=True)]
uncleaned = [tokens(*mail) for mail in zip(mails["subject"], mails["body"], strict=True)]
reports = {
    "honest about time: trained on the past only": (((frozen_score > 0) != all_y)[later].sum(), later.sum()),
    "random folds": (((random_score > 0) != all_y).sum(), len(all_y)),
    "footers and tags left in": errors_by_random_folds(with_traces, all_y),
    "copies left in": errors_by_random_folds(uncleaned, mails["is_spam"].to_numpy()),
    "SMOTE before splitting": ((too_good != y_more).sum(), len(y_more)),
    "judged on its own training mails": ((spam_filter.predict(token_lists) != y).sum(), len(y)),
}
pd.DataFrame(reports, index=["wrong verdicts", "mails"]).T

# %%
fig, ax = plt.subplots(figsize=(7.2, 3.4))
for place, (name, (wrong, n)) in enumerate(reversed(reports.items())):
    interval = binomtest(int(wrong), int(n)).proportion_ci(0.95, method="exact")
    ax.barh(place, 1000 * wrong / n, color="C2" if "time" in name else "C6")
    ax.hlines(place, 1000 * interval.low, 1000 * interval.high, color="black", lw=1.5)
    ax.text(1000 * interval.high + 0.6, place, f"{1000 * wrong / n:.1f}", va="center")
ax.set_yticks(range(len(reports)), reversed(reports))
ax.set(title="One filter, six reports", xlabel="wrong verdicts reported, in 1,000 mails")
ax.grid(axis="y", visible=False)
ck.show(
    fig,
    "Bars of reported errors for one filter: most when trained on the past only, none on training mails.",
)

# %% [markdown]
# Footers and tags, suspects by common sense, change nothing that the intervals can see. Copies on both
# sides of the split hide part of the errors, SMOTE before splitting hides more, and whoever judges a
# model on its own training mails reports next to none. The honest lines are nowhere near 1 in 1,000.
#
# And the date leak? A model that reads nothing but the month a mail arrived in shows its size.

# %%
month_only = pd.get_dummies(month.fillna("unknown"))
verdict = cross_val_predict(LogisticRegression(), month_only, all_y, cv=folds)
print(f"accuracy from the month alone {(verdict == all_y).mean():.3f}, doing nothing {(~all_y).mean():.3f}")

# %% [markdown]
# It reads no word and is right eight times in ten. Our filter does not see the date, but month names and
# years in the text are words like any other: that is why *2002* was among the tokens that saved spam
# above.

# %% [markdown]
# ## 7 · Save the filter
#
# A filter nobody can start again is lost work. [Chapter 10](10_spam_service.ipynb) puts this one behind a
# web address, and needs from it: the vocabulary, the inverse document frequencies (**idf**: rare tokens
# count more), the weights and the thresholds. Three arrays and a few numbers: no machine-learning library
# is needed to read them.
#
# A service should answer with a probability, and an SVM score is not one. **Platt scaling** fits a
# sigmoid from out-of-fold scores to labels. For a linear model it can be folded into the weights.

# %%
platt = LogisticRegression(C=1e6).fit(chosen[:, None], y)
scale, shift = platt.coef_[0, 0], platt.intercept_[0]
idf = vectoriser.idf_
filter_weights, filter_bias = scale * token_weights, scale * svm.intercept_[0] + shift
limits = {name: float(expit(scale * threshold + shift)) for name, threshold in thresholds_chosen.items()}
print("thresholds as probabilities:", {name: round(limit, 3) for name, limit in limits.items()})

# %% tags=["nbval-ignore-output"]
import json
from pathlib import Path

folder = Path("spam_filter")
folder.mkdir(exist_ok=True)
np.savez_compressed(folder / "arrays.npz", idf=idf, weights=filter_weights)
about = {
    "vocabulary": token_names.tolist(),
    "bias": filter_bias,
    "thresholds": limits,
    "mails": len(y),
    "trained_on": "mails of 2001 and 2002, 80 %, without copies",
    "features": "presence, idf, length 1",
}
(folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
print({file.name: f"{file.stat().st_size / 1e3:.0f} kB" for file in sorted(folder.iterdir())})

# %% [markdown]
# Reload it the way a service would, with NumPy and nothing else, and compare on every mail, copies and
# all.


# %%
class SavedFilter:
    """The filter from its files: probability of spam for the tokens of one mail."""

    def __init__(self, folder):
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz") as arrays:
            self.idf, self.weights = arrays["idf"], arrays["weights"]
        self.column = {token: column for column, token in enumerate(about["vocabulary"])}
        self.bias, self.thresholds = about["bias"], about["thresholds"]

    def probability(self, mail_tokens):
        columns = sorted({self.column[token] for token in mail_tokens if token in self.column})
        row = self.idf[columns]
        length = np.sqrt(row @ row) or 1.0
        return expit(self.bias + row @ self.weights[columns] / length)


saved = SavedFilter(folder)
by_file = np.array([saved.probability(mail) for mail in uncleaned])
by_pipeline = expit(scale * spam_filter.decision_function(uncleaned) + shift)
print(f"{len(by_file)} mails, largest difference below 1e-12: {np.abs(by_file - by_pipeline).max() < 1e-12}")

# %% [markdown]
# Equal on all mails. Last, the mail from section 2, straight from its bytes:

# %%
content = raw["13_quoted_printable_html_spam.eml"]
subject = email.message_from_bytes(content)["Subject"]
probability = saved.probability(tokens(subject, readable_text(content)))
verdict = [name for name, limit in saved.thresholds.items() if probability > limit]
print(
    " ".join(subject.split()),
    f"-> probability of spam {probability:.3f}, so {verdict[-1] if verdict else 'keep'}",
)

# %% [markdown]
# And a colleague's invitation? **Predict first:** which of these two is moved to the spam folder?

# %%
for title, text in [
    ("Lunch on Friday", "Shall we meet at noon?"),
    ("Re: Lunch on Friday", "> Shall we meet at noon?\nYes, but bring the printout."),
]:
    mail = tokens(title, text)
    print(f"probability {saved.probability(mail):.3f}, pushed up by {pushes(mail, count=2)}: {title}")

# %% [markdown]
# The invitation is moved, though not deleted; the reply passes easily. Nothing worse than *we* was said:
# spam says it, and these mailing lists hold few invitations. A filter knows the inbox it was taught on
# and no other. Teach it yours before you trust it.
#
# **Try it:** promise a prize in the invitation, in capitals. Which words push then?
#
# <details><summary>Answer</summary>The shouted ones, once for the subject and once for the text, and the
# exclamation marks.</details>

# %% [markdown]
# ## In the field
#
# Word filters of this kind have guarded real inboxes since 2002. One of them, Bogofilter 1.2.5, taught
# and judged as it comes on the very same split, keeps a precision of 0.995 with a recall of 0.690, and
# without losing a good mail a recall of 0.548 (source: `tests/benchmarks/bogofilter.py`); in daily use
# it also reads the headers, which are not in this table.
#
# Large mail providers add what no text holds: the reputation of the sending server, signatures, what
# other users did with the same mail. The costs are dull ones: labels come late and are wrong, nobody
# reports a lost mail, no two users agree about newsletters, and spammers read filters too.

# %% [markdown]
# ## Summary
#
# - Precision came first, so the goal was a recall *at a price*: one good mail in a thousand.
# - By F1 nine candidates looked alike; at the price, they caught from half to nine tenths of the spam.
# - A logistic regression from scratch, in scikit-learn and in PyTorch gives the same weights, and
#   weights can be read as words.
# - A threshold for rare events needs many mails: out-of-fold scores give four times as many as one
#   validation set.
# - Balancing the classes did not help; balancing before the split made fiction.
# - Random splits flatter: trained on the past only, the same filter loses several times as many good
#   mails, most of them of a kind that was new.
# - The answer to the puzzle: about nine tenths of the spam, this month. Next month, only if somebody
#   watches.

# %% [markdown]
# ## Check yourself
#
# 1. Why is a filter with F1 0.96 perhaps useless?
#    <details><summary>Answer</summary>F1 weighs a lost good mail like a missed spam. At the loss we
#    accept, its recall may be anything.</details>
# 2. The gradient for a weight is positive. Does the weight go up or down?
#    <details><summary>Answer</summary>Down: a step is taken against the gradient.</details>
# 3. Why may hashing be done before the folds, and a vocabulary not?
#    <details><summary>Answer</summary>Hashing learns nothing from the mails; a vocabulary and its idf
#    do.</details>
# 4. No good mail was lost among 799. What do you tell your boss about the next thousand?
#    <details><summary>Answer</summary>The true rate may still be several in a thousand: the interval
#    says how many.</details>
# 5. Why did the random split not see the RSS mails coming?
#    <details><summary>Answer</summary>It had RSS mails among its training mails.</details>

# %% [markdown]
# ## Next
#
# The exercises let you write the tokeniser, choose the threshold, and defeat the filter. Then
# [chapter 10](10_spam_service.ipynb) turns it into a service. To read:
#
# - Paul Graham, *A Plan for Spam* (2002) and *Better Bayesian Filtering* (2003).
# - Gordon Cormack, *Email Spam Filtering: A Systematic Review* (2008).
# - D. Sculley and Gabriel Wachman, *Relaxed Online SVMs for Spam Filtering* (2007).
# - scikit-learn user guide, "Working with text data" and "Tuning the decision threshold".
