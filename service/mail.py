"""From a mail to the tokens that the filter reads. The same code serves training and answering."""

from __future__ import annotations

import binascii
import re
import unicodedata
from dataclasses import dataclass
from email.message import Message
from encodings.aliases import aliases

from service.html import PAGE_LIMIT, TAG_LIMIT, TAGS, page_text

BODY_LIMIT = 20_000  # characters of a body that are read, in training and in service
SHORT = 1_000  # characters: start and end of a shorter body are not marked, they would be all of it

# Links and addresses as the course's data name them. Each repetition is bounded and starts at a border,
# so that hostile text costs no more time than ordinary text.
LINK = re.compile(r"(?:\b(?:https?|ftp)://|(?<![\w.])www\d?\.)[^\s<>\"']{1,2000}", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
NUMBER = re.compile(r"[0-9(+][0-9 ()./+-]{5,18}[0-9]")  # sets of plain characters: found fast
IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
PHONE = re.compile(r"(?<![\d.$-])(?:\+\d|\(?\d{3}\)?[ -])[\d ()./-]{5,16}\d")

# A table for str.translate: letters, digits and a few signs make words, everything else is a blank. Splitting
# at blanks costs less than searching with a pattern. Beyond the table lie only rare ideographs: letters.
WORDS = "".join(c if c.isalnum() or c in "_$'%-" else " " for c in map(chr, range(0x20000)))
BANGS = re.compile("!+")
MASKS = {"URL", "EMAIL", "IPADDR", "PHONE"}

# --------------------------------------------------------------------------- a body as it is shown

TAG = (
    r"(?:a|b|base|big|br|center|div|em|font|form|h[1-6]|hr|i|img|li|link|meta|ol|p|pre|script|small|span"
    r"|strong|style|table|td|title|tr|u|ul)(?=[\s/>])"
)
START = re.compile(rf"[\s\ufeff]*<(?:!--|{TAG})", re.IGNORECASE)
TAGS_OF_PAGES = re.compile(rf"</?{TAG}", re.IGNORECASE)
WHOLE_PAGE = re.compile(r"<(?:!doctype\s|(?:html|head|body)(?=[\s>]))", re.IGNORECASE)

# Signs of control and format and fillers, which nobody sees; and what is put upon letters, accents above all.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\U000110bd"
    "\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
MARKS = "".join(sign for sign in map(chr, range(0x10000)) if unicodedata.category(sign) in ("Mn", "Me"))
ACCENTS = re.compile(f"[{MARKS}]+")


class Shown(str):
    """A text as a mail program shows it, where any other may still be the source of a page.

    html: whether it was the text of a page; late: whether it is attached, or of a kind that is not displayed.
    """

    html = late = False


def shown(text: str, html: bool = False) -> Shown:
    """A text on one line and without what nobody sees, at most four times as much of it as is read."""
    if not (text.isascii() and text.isprintable()):
        text = UNSEEN.sub("", text)
    found = Shown(" ".join(text.split())[: 4 * BODY_LIMIT])
    found.html = html
    return found


def is_html(body: str) -> bool:
    """Whether a body is HTML: its source, or the text of a page that `visible` or `read_message` gave."""
    if isinstance(body, Shown):
        return body.html
    if WHOLE_PAGE.search(body[:200]):
        return True
    return START.match(body) is not None and len(TAGS_OF_PAGES.findall(body[:BODY_LIMIT])) > 2


def visible(body: str) -> Shown:
    """What a mail program shows of a body: of HTML the text that can be seen, with URL for each link.

    What this function or `read_message` gave stays as it is.
    """
    if isinstance(body, Shown):
        return body
    html = is_html(body)
    return shown(page_text(body) if html else body, html)


# -------------------------------------------------------------------------------------- its tokens


def folded(text: str) -> str:
    """A text in plain letters: without accents, wide and mathematical letters as the ordinary ones."""
    if text.isascii():
        return text
    text = text.replace("\u2019", "'")
    # In pieces, for the time that many accents on one letter take grows with the square of their number.
    pieces = [text[start : start + 500] for start in range(0, len(text), 500)]
    bare = [ACCENTS.sub("", unicodedata.normalize("NFKD", piece)) for piece in pieces]
    return "".join(unicodedata.normalize("NFC", piece) for piece in bare)


def mask(text: str) -> str:
    """Replace links, mail addresses, IP addresses and phone numbers by URL, EMAIL, IPADDR and PHONE."""
    if "://" in text or "www" in text.lower():
        text = LINK.sub("URL", text)
    if "@" in text:
        text = ADDRESS.sub("EMAIL", text)
    return NUMBER.sub(name_number, text)


def name_number(found: re.Match) -> str:
    """What stands in the place of digits with something between them."""
    return PHONE.sub("PHONE", IP.sub("IPADDR", found[0]))


def tokens(subject: str, body: str) -> list[str]:
    """The distinct tokens of one mail: words in small letters, SHOUTED ones once more with ^, and again
    with a mark those of the subject and, in longer mails, of the start and the end.

    Nothing is cut out, not even the footers of mailing lists: what a filter does not read is where spam
    would be hidden.
    """
    subject = mask(folded(shown(subject)[:1000]))
    body = mask(folded(visible(body)[: 2 * BODY_LIMIT]))[:BODY_LIMIT]
    found = marked_words(body, "") + marked_words(subject, "subject:")
    if len(body) > SHORT:
        found += marked_words(body[:300], "start:") + marked_words(body[-200:], "end:")
    return list(dict.fromkeys(found))


def marked_words(text: str, mark: str) -> list[str]:
    """The words of a text with a mark before each; one written alike several times is given once."""
    found = dict.fromkeys(text.translate(WORDS).split())
    if "!" in text:
        found |= dict.fromkeys(BANGS.findall(text))
    loud = [word for word in found if word.isupper() and len(word) > 2 and word not in MASKS]
    shouted = [f"{mark}^{word[:20]}" for word in loud]
    return [mark + word[:20].lower() for word in found if len(word) > 1 or word in "!$"] + shouted


def plain_word(token: str) -> str:
    """The word behind a token, in small letters: "start:^FREE" is "free"."""
    word = token.rpartition(":")[2]  # words hold no colon
    return word[1:].lower() if word[:1] == "^" else word


# --------------------------------------------------------------------------- a message as it is sent

MESSAGE_LIMIT = 2_000_000  # bytes of a message that are read
DEPTH = 20  # parts within parts; deeper ones are read as the text they are
FIELD_LIMIT = 2_000  # bytes of a header that says how to read a part
SUBJECT_LIMIT = 100_000  # bytes of encoded words hold 1,000 characters, and many empty words before them
HEAD = re.compile(rb"(?:>?From .*\n)?(?:[^\s:]+[ \t]*:.*\n(?:[ \t].*\n)*+)*+")
FIELD = re.compile(
    rb"^(subject|content-(?:type|transfer-encoding|disposition|id))[ \t]*:(.*(?:\n[ \t].*)*+)",
    re.IGNORECASE | re.MULTILINE,
)


DISPLAYED = {"text/plain", "text/html", "application/xhtml+xml", "text/enriched", "text/richtext"}
COMMENT = re.compile(r"""("[^"]*")|\([^()"]*\)""")


@dataclass
class Left:
    """How much more of one message is taken apart; what is beyond is read as the text it is."""

    parts: int = 500
    characters: int = PAGE_LIMIT
    tags: int = TAG_LIMIT


def read_message(content: bytes) -> tuple[str, Shown]:
    """Subject and body of a message file (RFC 5322): what a mail program shows of it (see `texts`).

    Nothing readable gives empty strings, never an error; 2 MB of whatever take less than half a second.
    """
    content = content[:MESSAGE_LIMIT].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    fields, _, _ = take_apart(content)
    found = sorted(texts(content, 0, Left()), key=lambda text: text.late)  # so that nothing comes before it
    return subject_of(fields), shown(" ".join(found), any(text.html for text in found))


def take_apart(content: bytes) -> tuple[dict[str, bytes], bytes, bytes]:
    """The headers that say how to read a message or part, lines among the headers that are none, the body.

    The parts are found here and not by email.parser, whose time grows with the square of nested parts.
    """
    end = HEAD.match(content + b"\n").end()
    blank = end if content[end : end + 1] in (b"\n", b"") else content.find(b"\n\n", end)
    later = FIELD.search(content, end, blank) if blank > end else None
    if later is None:  # the headers end here, with a blank line or without
        blank = end
    fields: dict[str, bytes] = {}
    for name, value in FIELD.findall(content[:blank]):
        fields.setdefault(name.decode().lower(), value)
    return fields, content[end:blank], content[blank:].lstrip(b"\n")


def texts(content: bytes, depth: int, left: Left, kind: str = "text/plain") -> list[Shown]:
    """The texts of a message or part that a mail program shows: plain, HTML and attached ones, in order.

    Of alternatives it shows the last that it can: HTML if there is some. The kind is that of a part that
    names none.
    """
    left.parts -= 1
    fields, loose, body = take_apart(content)
    part = Message()
    part["content-type"] = " ".join(uncommented(fields.get("content-type", kind.encode())).split())
    if coding := re.search(r"[\w-]+", uncommented(fields.get("content-transfer-encoding", b""))):
        part["content-transfer-encoding"] = coding[0]
    kind = part.get_content_type()
    late = fields.get("content-disposition", b"").strip()[:10].lower() == b"attachment"
    further = depth < DEPTH and left.parts > 0
    found = [shown(decode_bytes(loose, None))] if loose.strip() else []
    if kind.startswith("multipart/") and further and (inside := pieces(body, part, left)):
        standard = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        branches = [texts(piece, depth + 1, left, standard) for piece in inside]
        if kind == "multipart/alternative":
            branches = [branch for branch in branches if any(branch)]
            branches = [branch for branch in branches if any(t and not t.late for t in branch)] or branches
            pages = [branch for branch in branches if any(text.html for text in branch)]
            branches = (pages or branches)[-1:]
        elif kind == "multipart/related":  # one part is shown, the others are its pictures
            start = parameter(part, "start").strip("<>").encode("latin-1", "replace")
            names = [take_apart(piece)[0].get("content-id", b"").strip(b" \t\n<>") for piece in inside]
            root = names.index(start) if start in names else 0
            for text in sum(branches[:root] + branches[root + 1 :], []):
                text.late = True
        found += sum(branches, [])
    elif kind in ("message/rfc822", "message/global") and further:
        subject = subject_of(take_apart(body)[0])
        found += [shown(subject), *texts(body, depth + 1, left)]
        late = True
    elif kind.startswith(("text/", "multipart/", "message/")) or kind in DISPLAYED:
        found.append(text_of(kind, part, body, left))
        late = late or kind.startswith(("text/", "message/")) and kind not in DISPLAYED
    for text in found if late else ():
        text.late = True
    return found


def uncommented(field: bytes) -> str:
    """A header without its comments."""
    return COMMENT.sub(r"\1", field[:FIELD_LIMIT].decode("latin-1"))


def pieces(body: bytes, part: Message, left: Left) -> list[bytes]:
    """The parts between the boundaries of a multipart body; none if there are no boundaries."""
    boundary = parameter(part, "boundary")
    if not boundary:
        return []
    body = b"\n" + body
    line = re.compile(rb"\n--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?=\n|\Z)")
    found, start = [], None
    for mark in line.finditer(body):
        if start is not None:
            found.append(body[start : mark.start()])
        start = mark.end() + 1
        if mark[1] or len(found) >= left.parts:
            break
    if start is not None and not mark[1]:
        found.append(body[start:])
    return found


def text_of(kind: str, part: Message, body: bytes, left: Left) -> Shown:
    """The text of one part."""
    coding = part.get("content-transfer-encoding", "").lower()
    if coding == "base64":
        body = base64_bytes(body)
    elif coding == "quoted-printable":
        body = binascii.a2b_qp(body)
    elif "uu" in coding:  # read line by line, so not much of it
        part.set_payload(body[:200_000].decode("ascii", "surrogateescape"))
        body = part.get_payload(decode=True)
    text = decode_bytes(body, parameter(part, "charset"))
    if kind == "text/plain" and parameter(part, "delsp").lower() == "yes":  # lines that end in a blank go on
        text = re.sub(r" \r?\n", "", text)
    if "html" in kind:
        page = page_text(text, left.characters, left.tags)
        left.characters = max(left.characters - len(text), 0)
        left.tags = max(left.tags - text.count("<"), 0)
        return shown(page, html=True)
    return shown(TAGS.sub(" ", text) if kind in ("text/enriched", "text/richtext") else text)


def parameter(part: Message, name: str) -> str:
    """A parameter of the content type, "" if missing."""
    value = part.get_param(name, "", "content-type")
    return (value[2] if isinstance(value, tuple) else value).strip()


# ------------------------------------------------------------------------------------------- to letters

# What mail uses, and decodes in time that grows with its length (punycode and idna do not).
CHARSETS = {"ascii", "utf_8", "latin_1", "koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "tis_620"}
CHARSETS |= {f"iso8859_{n}" for n in range(2, 17)}
CHARSETS |= {f"cp{n}" for n in [*range(1250, 1259), 437, 850, 852, 855, 862, 864, 866, 874]}
SEVERAL_BYTES = {"gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950", "euc_jp", "shift_jis"}
SEVERAL_BYTES |= {"cp932", "iso2022_jp", "euc_kr", "cp949", "iso2022_kr", "johab", "utf_7", "utf_32"}
SEVERAL_BYTES |= {"utf_16", "utf_16_be", "utf_16_le"}
# As browsers do: names that Python does not know, and the larger charset for the smaller.
ALSO = {"windows_874": "cp874", "iso_8859_8_i": "iso8859_8", "windows_31j": "cp932", "shift_jis": "cp932"}
ALSO |= {"gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "iso_2022_jp_ms": "iso2022_jp"}
WORD = r"=\?([^?\s]{1,80})\?([bq])\?([^?]*)\?="
ENCODED, IN_A_ROW = re.compile(WORD, re.I), re.compile(rf"{WORD}(?:\s*{WORD})*+", re.I)


def codec(charset: str | None) -> str | None:
    """Python's name of a charset that mail uses; None for others, which are not even looked up."""
    name = re.sub(r"[^a-z0-9]+", "_", (charset or "")[:40].lower()).strip("_").removeprefix("x_")
    name = ALSO.get(name, aliases.get(name, name))
    name = ALSO.get(name, name)
    return name if name in CHARSETS | SEVERAL_BYTES else None


def decode_bytes(raw: bytes, charset: str | None) -> str:
    """Decode with the declared charset; where that is unknown or wrong: utf-8, cp1252, latin-1."""
    declared = codec(charset)
    declared = "cp1252" if declared == "latin_1" else declared  # as browsers and mail programs do
    attempts = [(declared or "ascii", "strict"), ("utf_8", "strict"), ("cp1252", "strict")]
    if declared in SEVERAL_BYTES:
        attempts[2] = (declared, "replace")
    for name, errors in attempts:
        try:
            # "replace" in the round trip drops half characters that some codecs let through
            return raw.decode(name, errors).encode("utf-8", "replace").decode().replace("\x00", "")
        except UnicodeError:
            continue
    return raw.decode("latin-1")


def subject_of(fields: dict[str, bytes]) -> str:
    """The subject with its encoded words (RFC 2047) decoded, on one line; "" if there is none."""
    text = decode_bytes(fields.get("subject", b"")[:SUBJECT_LIMIT], None)
    return str(shown(IN_A_ROW.sub(decode_words, text))[:1000])


def decode_words(found: re.Match) -> str:
    """The text of encoded words in a row; a character may begin in one and end in the next."""
    text, raw, charset = "", b"", ""
    for name, coding, word in ENCODED.findall(found[0]):
        if (name := name.partition("*")[0]) != charset:  # a language may stand behind the charset
            text, raw, charset = text + decode_bytes(raw, charset), b"", name
        if coding in "qQ":
            raw += binascii.a2b_qp(word.encode(), header=True)
        else:
            raw += base64_bytes(word.encode())
    return text + decode_bytes(raw, charset)


def base64_bytes(text: bytes) -> bytes:
    """What base64 stands for, whatever is between, missing or too much."""
    runs = re.sub(rb"[^A-Za-z0-9+/=]+", b"", text).split(b"=")
    return b"".join(binascii.a2b_base64(run[: len(run) - (len(run) % 4 == 1)] + b"==") for run in runs if run)
