"""Labelled mail from where people have it: mbox files, folders, Maildirs, single messages, tables.

What is no mail is skipped and named, or refused with a sentence; no file is read whole but a table.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from service.mail import MESSAGE_LIMIT, read_message
from service.model import ModelError, fingerprint

LINE = 65_536
YES, NO = {"1", "true", "yes", "spam"}, {"0", "false", "no", "good", "ham"}

HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")  # a field's name: printable signs without blanks
USUAL = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type"
    rb"|x-[!-9;-~]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
# The line before a message in an mbox, with a time and a year or nothing after "From": sentences begin so
# as well, and not every program marks them. It parts two messages only if a header follows.
ENVELOPE = re.compile(rb"From (?:[^\n]{0,200}\d:\d\d[^\n]{0,60}\b\d{4}\b[^\n]{0,60}|[ -]*)\r?\n")
MBOX = re.compile(rb"From [^\n]*\n" + HEADER.pattern)
# Archives do not begin like this, but a message may look like one further on, if its sender wishes.
BEGINS = re.compile(rb"(?:%b|From )[^\0-\x08\x0e-\x1f\n]*\n" % HEADER.pattern)
MARK = b"\xef\xbb\xbf"  # a byte-order mark
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "a file of Outlook (.msg): save the message as text or .eml, or export an mbox",
    b"!BDN": "a mailbox of Outlook (.pst): export it as an mbox",
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"\x1f\x8b": "packed with gzip: unpack it first",
    b"BZh": "packed with bzip2: unpack it first",
    b"\xfd7zXZ": "packed with xz: unpack it first",
    b"\xff\xfe": "text in UTF-16: save it as the mail program wrote it",
    b"\xfe\xff": "text in UTF-16: save it as the mail program wrote it",
}


class Unreadable(Exception):
    """A file holds no mail that can be read; the text goes on after "it is" and says what to do."""


@dataclass
class Mails:
    """Labelled mails: subjects and bodies (texts) and is_spam (booleans), all of one length.

    short: further good texts without a subject, learned from and not judged on; skipped: a line for each file
    that could not be read.
    """

    subjects: Sequence[str]
    bodies: Sequence[str]
    is_spam: np.ndarray
    short: Sequence[str] = ()
    name: str = ""
    skipped: Sequence[str] = ()

    def take(self, rows: Sequence[int]) -> Mails:
        """Some of the mails, by their numbers."""
        subjects, bodies = ([column[row] for row in rows] for column in (self.subjects, self.bodies))
        y = np.asarray(self.is_spam, bool)[np.asarray(rows, int)]
        return Mails(subjects, bodies, y, self.short, self.name, self.skipped)


def without_copies(mails: Mails) -> Mails:
    """The first of all mails whose bodies have the same letters; blank bodies count by their subject."""
    rows: dict[int, int] = {}
    for row, mail in enumerate(zip(mails.subjects, mails.bodies, strict=True)):
        rows.setdefault(fingerprint(*mail), row)
    return mails.take(list(rows.values()))


def course_mails() -> Mails:
    """The course's mails, and 300 good short messages: its mailing lists hold few personal notes, and
    without them a filter takes "Shall we meet at noon?" for spam."""
    import coursekit as ck

    mails, sms = ck.load("mails"), ck.load("sms")
    short = sms.loc[~sms["is_spam"].astype(bool), "text"].head(300).tolist()
    y = mails["is_spam"].to_numpy(bool)
    return Mails(mails["subject"].tolist(), mails["body"].tolist(), y, short, "the course's mails")


def own_mails(good: Path, spam: Path) -> Mails:
    """Messages from two places: see `contents`. Raises ModelError if one of them holds none."""
    mails, skipped = [], []
    for is_spam, path in [(False, good), (True, spam)]:
        before = len(mails)
        for name, content in contents(path):
            if isinstance(content, Unreadable):
                skipped.append(f"{name}: it is {content}.")
                continue
            try:
                mails.append((*read_message(content), is_spam))
            except Exception as error:  # no message may end the training on thousands of others
                skipped.append(f"{name}: reading it fails ({error!r:.60}).")
        if len(mails) == before:
            raise ModelError(f"{path} holds no messages. {' '.join(skipped[-1:])}".strip())
    subjects, bodies, labels = zip(*mails, strict=True)
    name = f"{good.name} and {spam.name}"
    return Mails(subjects, bodies, np.array(labels), name=name, skipped=skipped)


def contents(path: Path) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Name and bytes of each message at a place, or name and reason of what cannot be read there.

    A place is a message (.eml, .emlx), an mbox, either of them packed with gzip, or a folder of such files,
    also a Maildir. Nothing whose name begins with a dot is read in a folder, and of a Maildir only its own
    mail: ".Junk" beside the inbox is another place.
    """
    if not path.exists():
        raise ModelError(f"{path} is neither a folder of messages nor an mbox file: it does not exist.")
    problems: list[OSError] = []
    for file in files_below(path, problems):
        try:
            with file.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                stream = gzip.GzipFile(fileobj=raw) if packed else raw
                for number, content in enumerate(messages(stream), 1):
                    yield f"{file}, message {number}", content
        except Unreadable as reason:
            yield str(file), reason
        except (OSError, EOFError, zlib.error) as error:
            yield str(file), Unreadable(f"not readable ({getattr(error, 'strerror', None) or error})")
    for error in problems:
        yield str(error.filename), Unreadable(f"a folder that cannot be read ({error.strerror})")


def files_below(path: Path, problems: list[OSError]) -> Iterator[Path]:
    """The files of a folder and its folders, in order; of a Maildir, new and read mail; a file is itself.

    Folders that cannot be read are added to `problems`.
    """
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=problems.append):
        if {"cur", "new"} <= set(folders):
            folders[:], names = ["cur", "new"], []  # the rest are indexes and other mailboxes
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
        yield from (file for file in files if file.is_file())


def messages(file: BinaryIO) -> Iterator[bytes]:
    """The messages in a file, one after the other. Raises Unreadable."""
    start = one_message(file.read(LINE))
    file.seek(0)
    if MBOX.match(start):
        yield from split(file)
    elif HEADER.match(start) and USUAL.search(re.split(rb"\r?\n\r?\n", start)[0]):
        yield one_message(file.read(MESSAGE_LIMIT))
    elif start:
        raise Unreadable("neither a message nor an mbox: it does not begin with headers")


def one_message(content: bytes) -> bytes:
    """A message without what programs put before it: a byte-order mark, blank lines, its length (.emlx).

    Raises Unreadable for the files that people take for messages.
    """
    message = content.removeprefix(MARK).lstrip(b"\r\n\t ")
    if length := re.match(rb"(\d{1,9})[ \t]*\r?\n(?=[!-9;-~]+[ \t]*:)", message):
        message = message[length.end() :][: int(length[1])]
    if BEGINS.match(message):
        return message
    for signature, what in FOREIGN.items():
        if content.startswith(signature):
            raise Unreadable(what)
    if content[257:262] == b"ustar":
        raise Unreadable("a tar archive: unpack it first")
    return message


def split(file: BinaryIO) -> Iterator[bytes]:
    """The messages of an mbox, read as a stream."""
    message, size, envelope = [], 0, b""
    for line in iter(lambda: file.readline(LINE), b""):
        if envelope and HEADER.match(line):
            if message:
                yield b"".join(message)
            message, size = [], 0
        elif envelope:
            message.append(envelope)  # it was text
        if not message:  # before the first header
            line = line.removeprefix(MARK).lstrip(b"\r\n")
        envelope = line if ENVELOPE.fullmatch(line) else b""
        if line and not envelope and size < MESSAGE_LIMIT:
            message.append(line)
            size += len(line)
    yield b"".join(message)


def csv_mails(path: Path) -> Mails:
    """Mails from a CSV table with the columns subject, body and is_spam."""
    rows, spam = labelled_rows(path, {"subject", "body"})
    texts = [[row[name] or "" for row in rows] for name in ("subject", "body")]
    return Mails(*texts, np.array(spam), name=path.name)


def labelled_rows(path: Path, columns: set[str]) -> tuple[list[dict], list[bool]]:
    """The rows of a CSV table in UTF-8, parted by , ; or tab, and what its column is_spam says of each.

    Names of columns count in small letters. Raises ModelError, also if one of `columns` is missing.
    """
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = max(",;\t", key=file.readline().count)
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter)
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{path} cannot be read as a CSV table in UTF-8: {error}.") from error
    if missing := (columns | {"is_spam"}) - set(rows[0] if rows else ()):
        raise ModelError(f"{path} lacks the column {', '.join(sorted(missing))}.")
    labels = [(row["is_spam"] or "").strip().lower() for row in rows]
    if wrong := [n for n, label in enumerate(labels, 2) if label not in YES | NO]:
        raise ModelError(f"{path}, row {wrong[0]}: is_spam must be 1 or 0 (or true, spam, false, good).")
    return rows, [label in YES for label in labels]
