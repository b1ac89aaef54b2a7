"""From a mail to the tokens that the filter reads. The same code serves training and answering."""

from __future__ import annotations

import email
import email.errors
import email.header
import email.message
import re

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
    subject, body = mask(subject[:1000]), mask(body[: 2 * BODY_LIMIT])[:BODY_LIMIT]
    found = marked_words(body, "") + marked_words(subject, "subject:")
    if len(body) > SHORT:
        found += marked_words(body[:300], "start:") + marked_words(body[-200:], "end:")
    return list(dict.fromkeys(found))


def marked_words(text: str, mark: str) -> list[str]:
    """The words of a text with a mark before each; one written alike several times is given once."""
    found = dict.fromkeys(text.translate(WORDS).split())
    if "!" in text:
        found |= dict.fromkeys(BANGS.findall(text))
    shouted = [f"{mark}^{word[:20]}" for word in found if word.isupper() and len(word) > 2]
    return [mark + word[:20].lower() for word in found if len(word) > 1 or word in "!$"] + shouted


def plain_word(token: str) -> str:
    """The word behind a token, in small letters: "start:^FREE" is "free"."""
    word = token.rpartition(":")[2]  # words hold no colon
    return word[1:].lower() if word[:1] == "^" else word


# --------------------------------------------------------------------------- a message as it is sent


def read_message(content: bytes) -> tuple[str, str]:
    """Subject and body of a message file (RFC 5322). Nothing readable gives empty strings, never an error."""
    message = email.message_from_bytes(content)
    return header_text(message, "subject"), body_text(message)[0]


def decode_bytes(raw: bytes, charset: str | None) -> str:
    """Decode with the declared charset; where that is unknown or wrong: utf-8, cp1252, latin-1."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            # "replace" in the round trip drops half characters that some codecs let through
            return raw.decode(name or "ascii").encode("utf-8", "replace").decode()
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("latin-1")


def header_text(message: email.message.Message, name: str) -> str:
    """The first header of that name with encoded words (RFC 2047) decoded, on one line; "" if missing."""
    values = [value for key, value in message.raw_items() if key.lower() == name]
    if not values:
        return ""
    text = decode_bytes(str(values[0]).encode("ascii", "surrogateescape"), None)
    try:
        pieces = email.header.decode_header(text)
    except (email.errors.HeaderParseError, ValueError):
        pieces = [(text, None)]
    words = [piece if isinstance(piece, str) else decode_piece(piece, charset) for piece, charset in pieces]
    return " ".join("".join(words).split())


def decode_piece(piece: bytes, charset: str | None) -> str:
    """One piece of a decoded header: without a charset it is text that the header parser escaped."""
    return decode_bytes(piece, charset) if charset else piece.decode("raw-unicode-escape")


def text_parts(message: email.message.Message, subtype: str) -> list[str]:
    """All non-blank texts of one kind ("plain" or "html") that are not attached files."""
    found = []
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind.startswith("multipart/"):  # declared as several parts, but no boundary was found
            kind = "text/plain"
        if kind.startswith(f"text/{subtype}"):
            text = decode_bytes(part.get_payload(decode=True) or b"", part.get_content_charset())
            if text.strip():
                found.append(text)
    return found


def body_text(message: email.message.Message) -> tuple[str, bool]:
    """The body and whether it is HTML: the first plain text, else the first HTML text, else nothing."""
    for subtype in ("plain", "html"):
        parts = text_parts(message, subtype)
        if parts:
            return parts[0].replace("\r\n", "\n").replace("\x00", ""), subtype == "html"
    return "", False
