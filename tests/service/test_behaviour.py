"""What the model must do whatever its scores: minimum function, invariance, direction, one known weakness."""

import base64
import html
import re

import numpy as np
import pytest

import coursekit as ck
from service.mail import read_message

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


# How usual mail programs write a plain text as HTML: around all of it, and around each line.
PROGRAMS = {
    "Outlook": (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv="Content-Type" '
        'content="text/html; charset=utf-8"><meta name="Generator" content="Microsoft Word 15"><style><!--\n'
        '/* Font Definitions */\n@font-face {font-family:"Cambria Math"; panose-1:2 4 5 3 5 4 6 3 2 4;}\n'
        "p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:Calibri,sans-serif;}\n--></style></head>"
        '<body lang="EN-GB" link="#0563C1" vlink="#954F72"><div class="WordSection1">%s</div></body></html>',
        '<p class="MsoNormal"><span style="font-size:11.0pt;color:#1F497D">%s<o:p></o:p></span></p>',
    ),
    "Gmail": ('<div dir="ltr">%s<div><br></div></div>', "<div>%s</div>"),
    "Apple Mail": (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=us-ascii"></head>'
        '<body style="word-wrap: break-word" class="">%s<br class=""></body></html>',
        '<div class="">%s</div>',
    ),
    "Thunderbird": (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta http-equiv="content-type" content="text/html; charset=UTF-8">'
        '\n</head>\n<body bgcolor="#FFFFFF" text="#000000">\n%s</body>\n</html>\n',
        "<p>%s<br>\n</p>\n",
    ),
}


def as_page(program, body):
    """A text as a mail program writes it in HTML."""
    whole, line = PROGRAMS[program]
    return whole % "".join(line % (html.escape(text) or "&nbsp;") for text in body.split("\n"))


def message(subject, *parts, kind="mixed"):
    """A message of parts (content type, text, disposition or nothing) in base64."""
    head = f"Subject: =?utf-8?b?{base64.b64encode(subject.encode()).decode()}?=\n"
    head += f"Content-Type: multipart/{kind}; boundary=cut\n\n"
    for content_type, text, *disposition in parts:
        head += f"--cut\nContent-Type: {content_type}; charset=utf-8\nContent-Transfer-Encoding: base64\n"
        head += "".join(f"Content-Disposition: {one}\n" for one in disposition) + "\n"
        head += base64.encodebytes(text.encode()).decode()
    return f"{head}--cut--\n".encode()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_plain_mail_in_html_passes(model, program):
    """The verdict and the score are those of the text, whichever program wrote it."""
    for subject, body in PLAIN:
        page = as_page(program, body)
        plain = model.predict(subject, body)
        assert plain.verdict == "keep"
        for read in [(subject, page), read_message(message(subject, ("text/html", page)))]:
            assert model.predict(*read).probability == pytest.approx(plain.probability)


@pytest.mark.parametrize("program", PROGRAMS)
def test_good_short_messages_in_html_pass(model, program):
    """1,000 good messages that were not learned from."""
    table = ck.load("sms")
    good = table.loc[~table["is_spam"].astype(bool), "text"].iloc[300:1300].map(html.unescape)
    verdicts = [model.predict("", as_page(program, text)).verdict for text in good]
    assert verdicts.count("keep") > 930 and verdicts.count("delete") < 15


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


# --------------------------------------------------------------------------- what is tried against filters

INNOCENT = (
    "> does it compile?\nYes, with gcc on linux. I wrote a test for the patch; the perl script in cvs still "
    "fails on debian. " + " ".join(body for _, body in PLAIN)
)


@pytest.fixture(scope="module")
def spam(mails):
    """300 spam mails: subject, plain text, and HTML."""
    rows = mails[mails["is_spam"]]
    plain = [
        html.unescape(re.sub(r"<[^<>]*>", " ", body)) if is_html else body
        for body, is_html in zip(rows["body"], rows["is_html"], strict=True)
    ]
    pages = [
        body if is_html else as_page("Gmail", body)
        for body, is_html in zip(rows["body"], rows["is_html"], strict=True)
    ]
    return list(zip(rows["subject"], plain, pages, strict=True))


def kept(model, read):
    """The share of (subject, body) pairs that stay in the inbox."""
    return np.mean([model.predict(*pair).verdict == "keep" for pair in read])


FORMS = {
    "alternative": lambda s, text, page: message(
        s, ("text/plain", INNOCENT), ("text/html", page), kind="alternative"
    ),
    "a second part": lambda s, text, page: message(s, ("text/plain", "See below."), ("text/plain", text)),
    "an attached page": lambda s, text, page: message(
        s, ("text/plain", "See below."), ("text/html", page, "attachment; filename=a.html")
    ),
    "an attached text": lambda s, text, page: message(s, ("text/plain", text, "attachment")),
    "enriched": lambda s, text, page: message(s, ("text/enriched", text.replace("<", "<<"))),
    "xhtml": lambda s, text, page: message(s, ("application/xhtml+xml", page)),
    "line breaks first": lambda s, text, page: message(s, ("text/plain", "\n" * 40_001 + text)),
    "a comment first": lambda s, text, page: message(s, ("text/html", f"<!-- {INNOCENT * 60} -->{page}")),
    "not displayed": lambda s, text, page: message(
        s, ("text/html", f"<p style='display:none'>{INNOCENT}</p>{page}")
    ),
    "white": lambda s, text, page: message(
        s, ("text/html", f"<font color='#fefefe'>{INNOCENT}</font>{page}")
    ),
    "tiny": lambda s, text, page: message(s, ("text/html", f"<b style='font-size:0'>{INNOCENT}</b>{page}")),
    "a rule for links": lambda s, text, page: message(
        s, ("text/html", f"<style>a:hover{{color:red}}</style><font color=white>{INNOCENT}</font>{page}")
    ),
    "a box of no height": lambda s, text, page: message(
        s, ("text/html", f"<div style='max-height:0;overflow:hidden'>{INNOCENT * 30}</div>{page}")
    ),
    "a long title": lambda s, text, page: message(
        s, ("text/html", f"<b title='{'a/ ' * 800}{INNOCENT.replace(chr(39), '')}'>x</b>{page}")
    ),
    "a calendar last": lambda s, text, page: message(
        s, ("text/plain", text), ("text/calendar", INNOCENT), kind="alternative"
    ),
    "a class": lambda s, text, page: message(
        s, ("text/html", f"<style>.q{{display:none}}</style><p class=q>{INNOCENT}</p>{page}")
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_spam_is_read_in_every_form(model, spam, form):
    """What a mail program shows is judged: parts, encodings and words that nobody sees gain nothing."""
    assert kept(model, [read_message(form(*one)) for one in spam]) <= 0.02


WIDE = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
BOLD = {code: 0x1D41A + code - ord("a") for code in range(ord("a"), ord("z") + 1)}
LETTERS = {
    "signs that nobody sees": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "full width": lambda text: text.translate(WIDE),
    "mathematical": lambda text: text.translate(BOLD),
    "accents": lambda text: text.translate(str.maketrans("aeiouAEIOUcn", "áéíóúÁÉÍÓÚçñ")),
    "underlined": lambda text: re.sub(r"(\w)", "\\1\u0332", text),
}


@pytest.mark.parametrize("disguise", LETTERS.values(), ids=LETTERS)
def test_letters_in_disguise_help_nobody(model, spam, disguise):
    assert kept(model, [(disguise(subject), disguise(text)) for subject, text, _ in spam]) <= 0.02


def test_letters_of_another_alphabet_help_a_spam(model, spam):
    """A known weakness: letters that only look alike. The test says how much, so that a change shows."""
    alike = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")
    pairs = [(subject.translate(alike), text.translate(alike)) for subject, text, _ in spam]
    assert 0.1 < kept(model, pairs) < 0.4


def test_raw_spam_as_an_alternative_of_an_innocent_text(model):
    """The samples as they came, and behind an innocent plain part."""
    for name, content in ck.load("raw_mails").items():
        if "spam" in name:
            subject, text = read_message(content)
            assert model.predict(subject, text).verdict != "keep", name
            page = as_page("Gmail", text)
            parts = ("text/plain", INNOCENT), ("text/html", page)
            read = read_message(message(subject, *parts, kind="alternative"))
            assert model.predict(*read).verdict != "keep", name


def test_blanks_at_the_end_change_no_verdict(model, mails):
    for subject, body in zip(mails["subject"], mails["body"], strict=True):
        first, second = (model.predict(subject, text).probability for text in (body, body + " \n" * 200))
        assert first == second
