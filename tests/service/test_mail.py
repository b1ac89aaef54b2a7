"""Reading: no bytes raise or take long, and what a mail program would show is what is judged."""

import base64
import email.policy
import encodings
import pickle
import pkgutil
import random
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coursekit as ck
from service.mail import BODY_LIMIT, MESSAGE_LIMIT, decode_bytes, is_html, read_message, tokens, visible

ENOUGH = 4 * 0.5  # seconds of CPU: the bound is half a second, the rest is for slow and busy machines


def spent(content):
    """Seconds of CPU to read and to cut up one message."""
    started = time.process_time()
    tokens(*read_message(content))
    return time.process_time() - started


def filled(piece, size=MESSAGE_LIMIT):
    """A piece again and again, up to a size in bytes."""
    return (piece * (size // len(piece) + 1))[:size]


def message(*parts, kind="mixed", subject="x"):
    """A message of parts (content type, text, disposition or nothing) in base64."""
    written = [
        f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n"
        + (f"Content-Disposition: {disposition[0]}\n" if disposition else "")
        + "\n"
        + base64.encodebytes(text.encode()).decode()
        for kind, text, *disposition in parts
    ]
    head = f"Subject: {subject}\nMIME-Version: 1.0\n"
    if len(written) == 1:
        return (head + written[0]).encode()
    inside = "".join(f"--cut\n{part}\n" for part in written)
    return f"{head}Content-Type: multipart/{kind}; boundary=cut\n\n{inside}--cut--\n".encode()


# ------------------------------------------------------------------------------------ never an error

ODD = {
    "backslash before an encoded word": (
        b"Subject: C:\\users =?utf-8?q?x?=\n\nhi",
        (r"C:\users x", "hi"),
    ),
    "backslash after one": (
        b"Subject: =?utf-8?q?Caf=C3=A9?= C:\\users\\anna \\u0041\n\nhi",
        (r"Café C:\users\anna \u0041", "hi"),
    ),
    "language in an encoded word": (b"Subject: =?iso-8859-1*en?q?Caf=E9?=\n\nhi", ("Café", "hi")),
    "a letter in two encoded words": (
        b"Subject: =?utf-8?b?w6?=\n =?utf-8?b?qQ==?= =?utf-8?q?a?=\n\n",
        ("éa", ""),
    ),
    "blanks in an encoded word": (b"Subject: =?utf-8?q?a b?= c\n\nhi", ("a b c", "hi")),
    "half an encoded word": (b"Subject: =?utf-8?b?YWJj\n\nhi", ("=?utf-8?b?YWJj", "hi")),
    "nothing": (b"", ("", "")),
    "line breaks": (b"\r\n\r\n", ("", "")),
    "byte-order mark and blank lines": (b"\xef\xbb\xbf\r\n\r\nSubject: a\r\n\r\nb", ("a", "b")),
    "old line ends": (b"Subject: a\r\rb\rc", ("a", "b c")),
    "line of an mbox": (b"From a@b.c Mon Jan  1\nSubject: a\n\nb", ("a", "b")),
    "no blank line": (b"Subject: a\nClick here\nto win", ("a", "Click here to win")),
    "a line among the headers": (
        b"Subject: a\nClick here\nContent-Type: text/html\n\n<b>x</b>",
        ("a", "Click here Content-Type: text/html x"),
    ),
    "no headers": (b"\xff\xfe just text", ("", "ÿþ just text")),
    "wrong charset": (b"Content-Type: text/plain; charset=punycode\n\ncaf\xe9", ("", "café")),
    "charset with a language": (b"Content-Type: text/plain; charset*=utf-8''latin1\n\ncaf\xe9", ("", "café")),
    "one wrong byte": (
        b"Content-Type: text/plain; charset=utf-7\n\n+AGYAcgBlAGU- \xff",
        ("", "free \ufffd"),
    ),
    "half pairs": (b"Content-Type: text/plain; charset=utf-16-le\n\n\x00\xd8a\x00", ("", "\ufffda")),
    "no start boundary": (b"Content-Type: multipart/mixed; boundary=a\n\nb", ("", "b")),
    "no boundary": (b"Content-Type: multipart/mixed\n\nb", ("", "b")),
    "no end boundary": (b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nb", ("", "b")),
    "an end boundary only": (b"Content-Type: multipart/mixed; boundary=a\n\nb\n--a--\n", ("", "b --a--")),
    "base64 cut off": (b"Content-Transfer-Encoding: base64\n\nYWJjZ", ("", "abc")),
    "quoted-printable cut off": (b"Content-Transfer-Encoding: quoted-printable\n\na=3", ("", "a=3")),
    "a comment behind the encoding": (b"Content-Transfer-Encoding: base64 (so)\n\nYWJj", ("", "abc")),
    "a comment before the encoding": (b"Content-Transfer-Encoding: (so) base64\n\nYWJj", ("", "abc")),
    "quotes around the encoding": (b'Content-Transfer-Encoding: "base64"\n\nYWJj', ("", "abc")),
    "a comment before the type": (b"Content-Type: (so) text/html\n\n<b>x</b>", ("", "x")),
    "uuencoded": (b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 a\n#86)C\n`\nend\n", ("", "abc")),
}


@pytest.mark.parametrize("content, read", ODD.values(), ids=ODD)
def test_odd_messages(content, read):
    assert read_message(content) == read


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes(head, body):
    for content in (head + b"\n\n" + body, b"Subject: " + head + b"\nContent-Type: text/html\n\n" + body):
        subject, text = read_message(content)
        tokens(subject, text)
        (subject + text).encode()  # no half characters


PIECES = [
    *(
        b"Subject: ",
        b"Content-Type: ",
        b"Content-Transfer-Encoding: ",
        b"Content-Disposition: attachment",
        b"\n",
        b"\n\n",
    ),
    *(
        b"multipart/mixed",
        b"multipart/alternative",
        b"message/rfc822",
        b"text/html",
        b"text/plain",
        b"text/enriched",
    ),
    *(
        b"; boundary=a",
        b'; boundary="',
        b"; charset=",
        b"; charset*0*=utf-8''",
        b"\n--a\n",
        b"\n--a--\n",
        b"base64",
    ),
    *(
        b"quoted-printable",
        b"x-uuencode",
        b"utf-7",
        b"gb2312",
        b"=?utf-8?q?",
        b"=?hz?b?",
        b"?=",
        b"=41",
        b"YWJj",
    ),
    *(
        b"<p style='",
        b"display:none",
        b"<font color=white>",
        b"<style>.a{",
        b"}",
        b"</style>",
        b"<!--",
        b"-->",
        b"</p>",
    ),
    *(
        b"<table>",
        b"<a href=http://x>",
        b"\x00",
        b"\xe9",
        b"\xed\xa0\x80",
        b"\xe2\x80\x8b",
        b"\\",
        b"\r",
        b"free ",
    ),
]


def test_generated_structures():
    """Pieces of messages in every order, and damaged real ones."""
    rng = random.Random(0)
    for _ in range(1500):
        content = b"".join(rng.choices(PIECES, k=rng.randrange(1, 60)))
        tokens(*read_message(content))
        tokens("", content.decode("latin-1"))
    raw = list(ck.load("raw_mails").values())
    for _ in range(500):
        content = bytearray(rng.choice(raw))
        for _ in range(rng.randrange(1, 20)):
            start = rng.randrange(len(content))
            content[start : start + rng.randrange(5)] = rng.randbytes(rng.randrange(5))
        tokens(*read_message(bytes(content)))


# -------------------------------------------------------------------------------------- never for long


def every_charset():
    """All names under which Python finds a codec."""
    modules = {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    return sorted(modules | {"unknown-8bit", "x" * 10_000})


def test_every_charset():
    """2 MB in the body and 100 kB of encoded words, whatever the charset."""
    rng = random.Random(0)
    body = rng.randbytes(500_000) + "+AGY-~{\x1b$B日本\u0300".encode() * 20_000 + b"a-" * 500_000
    for charset in map(str.encode, every_charset()):
        words = filled(b"=?%b?b?4wDDfns=?= =?%b?q?a-=80?= " % (charset[:70], charset[:70]), 100_000)
        head = b"Subject: %b\nContent-Type: text/plain; charset=%b\n\n" % (words, charset)
        assert spent(head + body) < ENOUGH, charset


def nested(times, kind, more=b""):
    """Parts within parts."""
    head = b'Content-Type: multipart/%b; boundary="b%d"\n\n--b%d\n'
    return b"".join(head % (kind, n, n) for n in range(times)) + b"\nhello" + more


HTML = b"Content-Type: text/html\n\n"
PARTS = b"Content-Type: multipart/mixed; boundary=q\n\n"
NAMES = [b"%x" % n for n in range(300_000)]
OPEN = b"<p>" + b"".join(b"<font a%d>" % n for n in range(2500))
LONG = {
    "encoded words": b"Subject: " + filled(b"=?utf-8?q?a?= "),
    "empty encoded words": b"Subject: " + filled(b"=?a?q??="),
    "starts of encoded words": b"Subject: " + filled(b"=?a?q?"),
    "semicolons": b'Content-Type: text/plain;"' + filled(b";"),
    "parameters": b"Content-Type: text/plain" + filled(b"; a=b"),
    "headers": filled(b"a:\n"),
    "headers that count": filled(b"Content-Type: text/html\n"),
    "one header in many lines": b"Subject: a" + filled(b"\n b"),
    "one line": filled(b"a "),
    "line breaks": b"\n" + filled(b"\r\n"),
    "boundaries": PARTS + filled(b"--q\n"),
    "nearly boundaries": PARTS + filled(b"\n--q \t"),
    "boundary of dashes": b'Content-Type: multipart/mixed; boundary="-"\n\n' + filled(b"-\n--"),
    "nested 3,000 times": nested(3000, b"mixed"),
    "nested 200 times, line breaks": nested(200, b"mixed", b"\n" * 200_000),
    "nested 20 times, boundaries": nested(20, b"alternative", filled(b"\n--b1\n")),
    "nested in parts": PARTS + filled(b"\n--q\n" + nested(19, b"mixed")),
    "1,000 messages in messages": b"Content-Type: message/rfc822\n\n" * 1000,
    "messages with subjects": PARTS
    + filled(b"\n--q\nContent-Type: message/rfc822\n\nSubject: " + b"=?utf-8?q?a?= " * 300 + b"\n"),
    "small parts": PARTS + filled(b"\n--q\n\na"),
    "small pages": PARTS + filled(b"\n--q\nContent-Type: text/html\n\n<p>a"),
    "uuencoded lines": b"Content-Transfer-Encoding: x-uuencode\n\n" + filled(b"a\n"),
    "base64 lines": b"Content-Transfer-Encoding: base64\n\n" + filled(b"a\n"),
    "quoted-printable lines": b"Content-Transfer-Encoding: quoted-printable\n\n" + filled(b"=\n"),
    "accents": b"\na" + filled("\u0300\u0316".encode()),
    "signs that become long": b"\n" + filled("\ufdfa".encode()),
    "signs that nobody sees": b"\n" + filled("\u200b".encode()),
    "links": b"\n" + filled(b"http://a.b "),
    "numbers": b"\n" + filled(b"(212) 555-0123 "),
    "enriched": b"Content-Type: text/enriched\n\n" + filled(b"<"),
    "attributes": HTML + b"<a " + b" ".join(NAMES) + b">",
    "attributes in quotes": HTML + b"<a " + b"='>' ".join(NAMES) + b">",
    "attributes of many tags": HTML + b"<body " + b"><body ".join(NAMES) + b">",
    "what is opened again": HTML + OPEN + filled(b"</p><p>x"),
    "pages of that": PARTS + filled(b"\n--q\nContent-Type: text/html\n\n" + OPEN + b"</p><p>x" * 2500),
    "pages of nested tags": PARTS + filled(b"\n--q\nContent-Type: text/html\n\n" + b"<div>" * 12_000),
    "rules": HTML
    + b"<style>"
    + filled(b".a{display:none}", 290_000)
    + b"</style>"
    + filled(b"<p class='a b'>"),
    "selectors": HTML + b"<style>" + filled(b"a,", 290_000) + b"{display:block}</style>",
    "comments of styles": HTML + b"<style>" + filled(b"/*", 290_000),
    "quotes of styles": HTML + b"<style>" + filled(b"'\"", 290_000),
    "one long style": HTML + b"<p style='" + filled(b"color:red;", 290_000) + b"'>",
    "pictures": HTML + filled(b"data:a/b;base64,"),
    "entities": HTML + filled(b"&amp;"),
    **{
        tag: HTML + filled(b"<%b>" % tag.encode())
        for tag in ("p", "div", "!--", "script", "a><form", "table>x<b")
    },
    **{f"sign {sign!r}": HTML + filled(sign) for sign in (b"<", b"</", b"&", b'"', b"\x00", b" ")},
}


@pytest.mark.parametrize("content", LONG.values(), ids=LONG)
def test_two_megabytes(content):
    assert spent(content) < ENOUGH


def test_two_megabytes_as_json():
    """The same as bodies and subjects that come without headers."""
    for name, content in LONG.items():
        text = content.decode("latin-1").removeprefix(HTML.decode())
        started = time.process_time()
        tokens("", text)
        tokens(text, "")
        assert time.process_time() - started < 2 * ENOUGH, name


def test_random_megabytes():
    rng = random.Random(0)
    for _ in range(5):
        signs = b"<>/ab=\"' \n-:;{}()*.!?\x80\xc3" + rng.randbytes(1)
        assert spent(rng.choice([b"", HTML, PARTS]) + bytes(rng.choices(signs, k=MESSAGE_LIMIT))) < ENOUGH


# ------------------------------------------------------------------------------ what would be shown

GOOD, BAD = "See you at noon.", "Click here for free money."
PAGE = f"<html><head><title>no</title></head><body><p>{BAD}</p></body></html>"
SHOWN = {
    "alternative": (message(("text/plain", GOOD), ("text/html", PAGE), kind="alternative"), BAD),
    "alternative, HTML first": (message(("text/html", PAGE), ("text/plain", GOOD), kind="alternative"), BAD),
    "alternative, empty HTML": (message(("text/plain", BAD), ("text/html", "<p>"), kind="alternative"), BAD),
    "alternative, a picture last": (
        message(("text/plain", BAD), ("image/png", "x"), kind="alternative"),
        BAD,
    ),
    "two plain parts": (message(("text/plain", GOOD), ("text/plain", BAD)), f"{GOOD} {BAD}"),
    "plain and attached page": (
        message(("text/plain", GOOD), ("text/html", PAGE, "attachment")),
        f"{GOOD} {BAD}",
    ),
    "attached text": (message(("text/plain", BAD, "attachment; filename=a.txt")), BAD),
    "enriched": (message(("text/enriched", f"<bold>{BAD}</bold>")), BAD),
    "xhtml": (message(("application/xhtml+xml", PAGE)), BAD),
    "HTML in small and large letters": (message(("TEXT/HTML", PAGE)), BAD),
    "unknown text": (message(("text/x-anything", BAD)), BAD),
    "no type": (b"\n" + BAD.encode(), BAD),
    "impossible type": (message(("what", BAD)), BAD),
    "picture": (message(("image/png", BAD)), ""),
    "program": (message(("application/octet-stream", BAD)), ""),
    "source of a page as plain text": (message(("text/plain", PAGE)), PAGE),
    "line breaks first": (message(("text/plain", "\n" * 40_001 + BAD)), BAD),
    "signs that nobody sees first": (message(("text/plain", "\u200b" * 100_000 + BAD)), BAD),
    "a message in a message": (
        b"Content-Type: message/rfc822\n\n" + message(("text/html", PAGE), subject="Win"),
        f"Win {BAD}",
    ),
    **{
        f"alternative, {kind} last": (
            message(("text/plain", BAD), (kind, GOOD, *disposition), kind="alternative"),
            BAD,
        )
        for kind, *disposition in [
            *(("text/calendar",), ("text/css",), ("text/x-amp-html",), ("text/html", "attachment")),
        ]
    },
    **{
        f"{kind} {disposition} first": (
            message((kind, GOOD * 2000, *disposition), ("text/html", PAGE)),
            f"{BAD} {GOOD * 2000}"[:80_000],
        )
        for kind, *disposition in [
            *(("text/css",), ("text/plain", "attachment"), ("message/delivery-status",)),
        ]
    },
    "related, the second shown": (
        b"Content-Type: multipart/related; boundary=a; start=<m>\n\n--a\n\n%b\n"
        b"--a\nContent-ID: <m>\n\n%b\n--a--" % (GOOD.encode(), BAD.encode()),
        f"{BAD} {GOOD}",
    ),
    "digest": (
        b"Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: Win\n\n%b\n--a--" % BAD.encode(),
        f"Win {BAD}",
    ),
    "lines that go on": (
        b"Content-Type: text/plain; format=flowed; delsp=yes\n\nfr \nee",
        "free",
    ),
    "comment first": (message(("text/html", f"<!-- {GOOD * 3000} -->{PAGE}")), BAD),
}


@pytest.mark.parametrize("content, text", SHOWN.values(), ids=SHOWN)
def test_what_is_shown(content, text):
    assert read_message(content)[1] == text


def test_structures_as_the_standard_library_writes_them():
    """What email.message puts together is read again, whatever its nesting, charset and transfer encoding."""
    rng = random.Random(0)
    for number in range(100):
        written = EmailMessage(policy=email.policy.SMTP)
        text, page = f"Grüße {number} — 日本", f"<p>Ça va {number}?<br>Да.</p>"
        written["Subject"] = subject = f"Ä{number} " * rng.randrange(1, 40) + "日本"
        written.set_content(text, cte=rng.choice(["base64", "quoted-printable", "8bit"]))
        if html := rng.random() < 0.5:
            written.add_alternative(page, subtype="html", cte=rng.choice(["base64", "quoted-printable"]))
        if picture := rng.random() < 0.5:
            written.add_attachment(b"\x00" * 50, maintype="image", subtype="png")
        if attached := rng.random() < 0.5:
            written.add_attachment("attached", filename="a.txt")
        for _ in range(rng.randrange(3)):
            outer = EmailMessage(policy=email.policy.SMTP)
            outer["Subject"] = subject
            outer.set_content(f"outer {number}")
            outer.add_attachment(written)
            written = outer
        found = read_message(written.as_bytes())
        assert found[0] == " ".join(subject.split())
        shown = f"Ça va {number}? Да." if html else text
        assert (shown in found[1], text in found[1]) == (True, not html), picture
        assert found[1].endswith("attached" if attached else shown)


# S is seen, H is hidden: what must be read has S in it and never H.
PAGES = {
    "scripts and the like": "S<script>H</script><style>H</style><template>H</template><title>H</title>",
    "not displayed": "<p style='display:none'>H<b>H</b></p>S",
    "attribute": "<p hidden>H</p><p hidden style='display:block'>S",
    "no size": "<span style='font-size:0'>H</span>S",
    "no size, but within": "<table><tr><td style='font-size:0'><p style='font-size:12px'>S",
    "one point": "<font style='FONT-SIZE: 1px'>H</font>S",
    "see through": "<p style='opacity:0'>H</p><p style='opacity:1'>S",
    "not visible": "<p style='visibility:hidden'>H<b style='visibility:visible'>S",
    "attributes that do nothing there": "<p color=white>S</p><p bgcolor=black text=black>S",
    "as the reader writes it": "<x-font color=white>S</x-font>",
    "white on a picture in a style": "<p style='background-image:url(a)'><b style='color:white'>S",
    "white, filled": "<p style='color:white;-webkit-text-fill-color:black'>S",
    "two sizes": "<p style='font-size:0;font:12px a'>S",
    "two backgrounds": "<p style='background:black;background-color:white'>S",
    "white on white": "<font color=white>H</font>S",
    "nearly white": "<font color='#fefefe'>H</font><p style='color:rgb(250, 250, 250)'>H</p>S",
    "white on black": "<body bgcolor=black><font color=white>S</font><font color=#010101>H</font>",
    "white on a picture": "<p style='background:url(a)'><font color=white>S",
    "white link": "<font color=white>H<a href=mailto:x>S</a></font>",
    "address like a colour": "<a href='#ffffff'>S</a>",
    "white, then a table": "<font color=white>H<table><tr><td>S",
    "nearly see-through background": "<p style='background:rgba(0,0,0,.15)'>S",
    "both as they were": "<p style='color:initial;background:initial'>S",
    "class": "<style>.x{display:none}</style><div class=x>H</div>S",
    "class on dark": "<style>.d{background:#000}</style><p class=d><font color=white>S",
    "class, undone elsewhere": "<style>.x{display:none} div .x{display:block}</style><div class=x>S",
    "class for paper": "<style>@media print{.x{display:none}}</style><div class=x>S",
    "sheet for paper": "<style media=print>.x{display:none}</style><div class=x>S",
    "class that shows after all": "<style>.x{display:block!important}</style><p class=x style=display:none>S",
    "large and small letters": "<style>.x{display:none}</style><p class=X>S",
    "large letters": "<style>.X{display:block!important}</style><p class=X style='display:none'>S",
    "many rules": "<style>"
    + ".y{top:0}" * 3000
    + ".x{display:block!important}</style><p class=x style=display:none>S",
    "style in a string": "<style>.y{content:'}.x{display:none}'}</style><p class=x>S",
    "style in a comment": "<style>/* .x{display:none} */ .y{color:red}</style><p class=x>S",
    "style with an escape": "<style>.x{d\\69splay:block!important}</style><p class=x style='display:none'>S",
    "declared twice": "<p style='display:none;display:block'>S",
    "comment in a style": "<p style='display:none/*'>H</p>S",
    "bold that ends within": "<b style=display:none><p></b>S",
    "white that ends within": "<font color=white>H<p></font>S",
    "hidden paragraph, ended by a block": "<p style='display:none'>H<div>S",
    "comment that is none": "<!-->S<!-- H -->",
    "comment in an attribute": "<p title='<!--'>S</p>",
    "frames": "<frameset><frame><noframes>S</noframes>",
    "without scripts": "<noscript>S</noscript>",
    "text for a picture": "<img src=a alt=S><p hidden><img src=a alt=H>",
    "long style sheet": "<style>" + ".y{color:red}\n" * 500 + ".x{display:none}</style><p class=x>H</p>S",
    "a rule for something else": "<style>a:hover{color:red}</style><font color=white>H</font>S",
    "a rule for other screens": "<style>@media screen{.q{display:block!important}}</style>"
    "<p style='display:none'>H</p><p class=q style='display:none'>S",
    "the last counts": "<p style='display:block;display:none'>H</p>S",
    "the important counts": "<p style='display:block!important;display:none'>S",
    "a box of no height": "<div style='max-height:0;overflow:hidden'>H</div>S",
    "no box": "<span style='max-height:0;overflow:hidden'>S",
    "a box with room below": "<div style='height:0;overflow:hidden;padding:90px'>S",
    "no size in short": "<p style='font:0/0 a'>H</p><p style='font:bold 0px a'>H</p>"
    "<p style='font:12px/0 a'>S",
    "two points": "<p style='font-size:2px'>H</p>S",
    "hardly there": "<p style='opacity:0.01'>H</p><p style='opacity:.5'>S",
    **{
        f"white as {white}": f"<p style='color:{white}'>H</p><p style='background:#000;color:{white}'>S"
        for white in ("#ffffffff", "rgb(100%,100%,100%)", "hsl(0,0%,100%)", "linen", "#e6e6e6")
    },
    "see-through letters": "<p style='color:#fff0'>H</p>S",
    "an attribute in brackets": "<style>p[x]{display:none}</style><p>S",
    "words in attributes": "<p title='" + "a/ " * 2000 + "H'>S<img srcset='" + "H 2x, " * 900 + "'>",
    "many attributes": "<p " + "a/H " * 2000 + ">S",
    "attributes in a comment": "<!-- <p a=' --><b c='>'>S",
    "a long comment": "<!--" + "H " * 200_000 + "-->S",
    "a long style sheet behind many tags": "<b></b>" * 2600 + "<style>H</style><!-- H -->S",
    "more tags than are parsed": "<p>x</p>" * 6000 + "S<b>S</b>",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_what_can_be_seen_of_a_page(page):
    text = read_message(message(("text/html", page)))[1]
    assert "S" in text and "H" not in text, text


@pytest.mark.parametrize(
    "within",
    [
        *("<b></b>", "<img alt=''>", "<br hidden>", "<br style='display:none'>", "<a href='http://a.b'></a>"),
        *("<div style='display:inline'></div>", "<p hidden></p>", "&#x1d173;"),
    ],
)
def test_what_nobody_sees_splits_no_word(within):
    assert visible(f"<html><body>fr{within}ee") == "free"


def test_words_and_links_of_a_page():
    page = "<html><p>fr<b>e</b>e<br>money &amp; <a href='http://a.b'>more</a><a href=URL>a</a><a href='#b'>b"
    assert visible(page) == "free money & URL more URL ab"


def test_pages_are_told_from_text():
    mails = ck.load("mails")
    called = mails["body"].map(is_html)
    assert called[mails["is_html"]].mean() > 0.95  # the others hold no tags, or bare text and then some
    assert called[~mails["is_html"] & ~mails["is_spam"]].sum() == 0
    assert not is_html("if a <b and c> d: see <p> and <div>")
    assert is_html("\ufeff \n<HTML>") and is_html("<p>a</p><p>b</p>") and not is_html("<p>")


def test_what_has_been_read_is_not_read_again():
    plain = read_message(message(("text/plain", PAGE)))[1]
    assert visible(plain) is plain and not is_html(plain) and "title" in tokens("", plain)
    page = pickle.loads(pickle.dumps(read_message(message(("text/html", PAGE)))[1]))
    assert visible(page) is page and is_html(page) and "title" not in tokens("", page)
    assert is_html(visible(PAGE)) and not is_html(visible(BAD))


@pytest.mark.parametrize(
    "written",
    [
        "\u200b".join("free"),
        "\u00ad".join("free"),
        "ｆｒｅｅ",
        "𝐟𝐫𝐞𝐞",
        "𝓯𝓻𝓮𝓮",
        "fréé",
        "f\u0332r\u0332e\u0332e\u0332",
        "\u202dfree\u202c",
        "f\x08r\x01ee\x7f",
        "fr\U000e0041ee",
        "\ufefffree",
        "f\x1fr\x81e\ufff0e",
        "f\U0001d173r\U0001bca0ee",
        "f\u20ddr\ufdd0ee",
    ],
    ids=ascii,
)
def test_letters_in_disguise(written):
    assert tokens(written, written) == tokens("free", "free")
    content = message(
        ("text/plain", written), subject=f"=?utf-8?b?{base64.b64encode(written.encode()).decode()}?="
    )
    assert tokens(*read_message(content)) == tokens("free", "free")


def test_blanks_change_nothing():
    text = "words of a mail " * 100
    assert tokens(" a\n b ", f"\n\n{text}   \n \n" + " " * 300) == tokens("a b", " ".join(text.split()))


def test_one_apostrophe():
    assert tokens("", "don\u2019t") == tokens("", "don't") == ["don't"]


def test_masks_are_not_shouted():
    found = tokens("http://a.example", "call +44 20 7946 0958, a@b.example, 10.0.0.1, http://a.example FREE")
    assert {"url", "email", "phone", "ipaddr", "subject:url", "^FREE"} <= set(found)
    assert [token for token in found if "^" in token] == ["^FREE"]


def test_charsets_as_mail_programs_read_them():
    assert decode_bytes(b"\x99 caf\xe9", "ISO-8859-1") == "™ café"
    assert decode_bytes("中".encode("gb2312") + b"\xff", "gb2312") == "中\ufffd"
    assert decode_bytes(b"f\x00r\x00", "utf-8") == "fr"


@pytest.mark.parametrize(
    "charset, codec",
    [
        *(
            ("windows-874", "cp874"),
            ("iso-8859-8-i", "iso8859_8"),
            ("windows-31j", "cp932"),
            ("x-sjis", "cp932"),
        ),
        *(("x-gbk", "gbk"), ("gb2312", "gbk"), ("shift_jis", "cp932"), ("x-euc-jp", "euc_jp")),
        *(("iso-2022-jp-ms", "iso2022_jp"), ("x-mac-cyrillic", "mac_cyrillic"), ("ibm862", "cp862")),
        *(("cp855", "cp855"), ("cp864", "cp864")),
    ],
)
def test_charsets_by_other_names(charset, codec):
    text = bytes(range(0x30, 0x7E)).decode(codec) + "".join(
        sign for sign in "กאЯｱ日①ﻡ" if sign.encode(codec, "ignore")
    )
    assert decode_bytes(text.encode(codec), charset) == text


def test_at_most_a_bound_is_kept():
    assert len(read_message(b"\n" + b"x" * 1_000_000)[1]) == len(visible("x" * 1_000_000)) == 4 * BODY_LIMIT
    assert len(read_message(b"Subject: " + b"x" * 1_000_000)[0]) == 1000
