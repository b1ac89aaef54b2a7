"""What the model must do whatever its scores: minimum function, invariance, direction, one known weakness."""

import numpy as np
import pytest

import coursekit as ck

# Everyday mail of a kind that the training data hold little of. None of it was used to choose the model.
PLAIN = [
    ("Meeting on Wednesday", "Can we start half an hour later? I have to bring my son to school first."),
    ("Slides", "Here are the slides of my talk. Tell me if a figure is hard to read."),
    ("Your parcel", "The parcel for you is at our place. Ring any evening after seven."),
    ("New phone number", "I have a new number since Monday: 020 7946 0958. The old one is off."),
    (
        "Notes from the workshop",
        "Dear all,\n\nthe notes are in the shared folder. Corrections are welcome.\n\nRuth",
    ),
    ("Bike", "Is your old bike still in the cellar? A friend of mine is looking for one."),
    ("Exam on 12 June", "The exam is written in the large hall. Please bring your student card and a pen."),
    ("Re: holiday", "We arrive on Friday evening, leave the key under the pot, please."),
    ("Choir", "No rehearsal this week, the hall is being painted. See you next Thursday."),
    ("Heating", "The plumber comes on Tuesday between eight and ten. Someone must be at home."),
    ("Question about your paper", "In section 2 you divide by n. Should it not be n - 1? Best wishes, Marta"),
    ("Lost glove", "Did anybody find a brown glove in the meeting room yesterday?"),
]


@pytest.fixture(scope="module")
def mails():
    """300 good mails and 300 spam mails of the corpus, without copies."""
    table = ck.load("mails").drop_duplicates("body")
    drawn = table.groupby("is_spam").sample(300, random_state=0)
    return drawn[drawn["body"].str.strip() != ""]


def judge(model, table):
    return np.array(
        [model.predict(*mail).probability for mail in zip(table["subject"], table["body"], strict=True)]
    )


@pytest.mark.parametrize("subject, body", PLAIN, ids=[subject for subject, _ in PLAIN])
def test_a_plain_mail_passes(model, subject, body):
    assert model.predict(subject, body).verdict == "keep"


@pytest.mark.parametrize(
    "subject, body",
    [
        ("Make money fast", "Earn $5000 a week from home!!! No risk, 100% guaranteed. Click here now."),
        (
            "Approved!",
            "You have been approved for the lowest mortgage rates in 40 years. No credit check, no fees.\n"
            "Save hundreds of dollars every month. Call toll free now.\n\nTo be removed click here.",
        ),
        ("VIAGRA cheap", "Order online without a prescription. FREE shipping, limited time offer!"),
    ],
)
def test_a_plain_spam_does_not(model, subject, body):
    assert model.predict(subject, body).verdict != "keep"


def test_names_and_dates_decide_nothing(model, mails):
    """Another name and date at the top and the bottom change hardly any verdict."""
    flipped = 0
    for subject, body in zip(mails["subject"], mails["body"], strict=True):
        first, second = (
            model.predict(subject, f"{name},\n\n{body}\n\n{signed}, {date}").verdict
            for name, signed, date in [("Hi Anna", "Tom", "3 May"), ("Hi Peter", "Ruth", "17 November")]
        )
        flipped += first != second
    assert flipped <= 0.01 * len(mails)


@pytest.mark.parametrize("place", ["before", "after", "below a footer"])
def test_an_invitation_to_click_raises_the_score(model, mails, place):
    """Wherever it stands: no part of a mail is skipped."""
    good = mails[~mails["is_spam"] & (mails["body"].str.len() < 15_000)]
    lines = "click here to win money"
    after = {
        "before": lines + "\n" + good["body"],
        "after": good["body"] + "\n" + lines,
        "below a footer": good["body"] + "\n" + "_" * 40 + "\n" + lines,
    }[place]
    assert (judge(model, good.assign(body=after)) > judge(model, good)).mean() > 0.95


def test_shouting_raises_the_score_of_most_spam(model, mails):
    spam = mails[mails["is_spam"]]
    shouted = judge(model, spam.assign(body=spam["body"].str.upper()))
    whispered = judge(model, spam.assign(body=spam["body"].str.lower()))
    assert (shouted > whispered).mean() > 0.8


def test_innocent_words_help_a_spam_to_pass(model, mails):
    """The known weakness of word filters: padding. The test says how much, so that a change shows."""
    weights = dict(zip(model.vocabulary, model.weights * model.idf, strict=True))
    innocent = sorted((w for w in weights if ":" not in w and "^" not in w), key=weights.get)[:200]
    spam = mails[mails["is_spam"] & (mails["body"].str.len() < 5000)]
    kept = {
        n: (
            judge(model, spam.assign(body=spam["body"] + "\n" + " ".join(innocent[:n])))
            < model.thresholds["move"]
        ).mean()
        for n in (0, 20, 50, 200)
    }
    assert kept[0] < 0.05 < kept[20] < kept[200]
