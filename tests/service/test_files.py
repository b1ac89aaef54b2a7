"""Mail files as people have them: each is read right, or refused with a sentence."""

import bz2
import gzip
import io
import tarfile
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coursekit as ck
from service.files import (
    Mails,
    Unreadable,
    contents,
    csv_mails,
    messages,
    own_mails,
    without_copies,
)
from service.mail import MESSAGE_LIMIT, is_html, read_message
from service.model import ModelError

ONE = b"From: Anna <anna@a.example>\nSubject: Lunch\n\nShall we meet at noon?\n"
TWO = b"Return-Path: <b@b.example>\r\nSubject: Patch\r\n\r\nIt works.\r\n\r\nFrom then on it was fast.\r\n"
UNQUOTED = (
    b"Subject: Minutes\n\nFrom the minutes:\n\nFrom: 10:00 to 11:00 in 2024\nFrom 10:00 on in 2024 we met.\n"
    b"\nFrom Anna, 12:30, 3 May 2024\nand others, no header: here.\n"
)
UNIX, TAKEOUT = (
    b"From a@a.example Mon Jan  1 10:00:00 2024\n",
    b"From 17@xxx Sat Jan 01 00:00:00 +0000 2022\r\n",
)


def read(path):
    """Subjects of what is read, and reasons for what is not."""
    found = list(contents(path))
    subjects = [read_message(content)[0] for _, content in found if isinstance(content, bytes)]
    return subjects, [str(content) for _, content in found if isinstance(content, Unreadable)]


GOOD = {
    "eml": (ONE, ["Lunch"]),
    "byte-order mark": (b"\xef\xbb\xbf" + ONE, ["Lunch"]),
    "blank first lines": (b"\r\n\n" + ONE, ["Lunch"]),
    "emlx": (
        b"%d       \n" % len(ONE) + ONE + b'<?xml version="1.0"?>\n<plist>Subject: no</plist>',
        ["Lunch"],
    ),
    "mbox": (UNIX + ONE + b"\n" + UNIX + TWO, ["Lunch", "Patch"]),
    "mbox, byte-order mark": (b"\xef\xbb\xbf\n" + UNIX + ONE + b"\n" + UNIX + TWO, ["Lunch", "Patch"]),
    "mbox without blank lines between": (UNIX + ONE + UNIX + TWO, ["Lunch", "Patch"]),
    "unquoted From": (UNIX + UNQUOTED + b"\n" + UNIX + ONE, ["Minutes", "Lunch"]),
    "Thunderbird": (
        b"From - Mon Jan 01 10:00:00 2024\r\nX-Mozilla-Status: 0001\r\n" + TWO + b"\r\nFrom \r\n" + ONE,
        ["Patch", "Lunch"],
    ),
    "Takeout": (TAKEOUT + b"X-GM-THRID: 17\r\n" + TWO + b"\r\n" + TAKEOUT + ONE, ["Patch", "Lunch"]),
    "one message of a Unix mailbox": (UNIX + TWO, ["Patch"]),
    "gzip, message": (gzip.compress(ONE), ["Lunch"]),
    "gzip, mbox": (gzip.compress(UNIX + ONE + b"\n" + UNIX + TWO), ["Lunch", "Patch"]),
    "empty": (b"", []),
}


@pytest.mark.parametrize("content, subjects", GOOD.values(), ids=GOOD)
def test_read(tmp_path, content, subjects):
    (tmp_path / "file").write_bytes(content)
    assert read(tmp_path / "file") == (subjects, [])


def test_nothing_is_lost_between_messages(tmp_path):
    (tmp_path / "file").write_bytes(UNIX + UNQUOTED + b"\n" + UNIX + TWO)
    found = [content for _, content in contents(tmp_path / "file")]
    assert found == [UNQUOTED + b"\n", TWO]


def archive(name="lunch.eml"):
    """A tar archive with a message in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(ONE)
        tar.addfile(member, io.BytesIO(ONE))
    return buffer.getvalue()


def zipped():
    """A zip archive with a message in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("lunch.eml", ONE)
    return buffer.getvalue()


def test_a_sender_cannot_make_a_message_look_like_an_archive(tmp_path):
    for before, after in [(b"", b""), (UNIX, b"\n" + UNIX + TWO)]:
        start = (before + b"Received: from ").ljust(257, b"x") + b"ustar by mx\n"
        (tmp_path / "file").write_bytes(start + ONE + after)
        assert read(tmp_path / "file")[0] == ["Lunch", "Patch"][: 2 if before else 1]


BAD = {
    "Outlook message": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Outlook"),
    "Outlook mailbox": (b"!BDN" + bytes(500), "Outlook"),
    "zip": (zipped(), "unpack it"),
    "tar": (archive(), "unpack it"),
    "tar of an answer": (archive("Re: lunch.eml"), "unpack it"),
    "bzip2": (bz2.compress(ONE), "unpack it"),
    "tar.gz": (gzip.compress(archive()), "unpack it"),
    "UTF-16": (ONE.decode().encode("utf-16"), "UTF-16"),
    "index of Thunderbird": (b'// <!-- <mdb:mork:z v="1.4"/> -->\n< <(a=c)>\n(f=iso)>', "neither"),
    "a note": (b"Dear Anna,\n\nNote: noon is fine.\n", "neither"),
    "a note with a colon": (b"Note: noon is fine.\n\nFrom: here to there\n", "neither"),
    "a letter": (b"From the office:\n\nI shall be late.\n", "neither"),
    "bytes": (bytes(range(256)) * 9, "neither"),
    "half a gzip file": (gzip.compress(UNIX + ONE)[:-20], "not readable"),
}


@pytest.mark.parametrize("content, reason", BAD.values(), ids=BAD)
def test_refused(tmp_path, content, reason):
    (tmp_path / "file").write_bytes(content)
    subjects, reasons = read(tmp_path / "file")
    assert not subjects and len(reasons) == 1 and reason in reasons[0]


def test_folders(tmp_path):
    """A folder of all kinds of files; of a Maildir only its own mail, without indexes and other mailboxes."""
    home = tmp_path / "mail"
    files = {
        "a.eml": ONE,
        "Inbox": UNIX + TWO + b"\n" + UNIX + TWO,
        "Inbox.msf": b"// <!-- mork",
        ".DS_Store": ONE,
        "Archive.sbd/2024": UNIX + ONE,
        "Maildir/cur/1.host:2,S": TWO,
        "Maildir/new/2.host": ONE,
        "Maildir/tmp/3.host": ONE,
        "Maildir/.Junk/cur/4.host:2,S": ONE,
        "Maildir/dovecot-uidlist": b"3 V1 N5\n",
        "Maildir/dovecot.index.log": bytes(90),
    }
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    subjects, reasons = read(home)
    assert subjects == ["Patch", "Patch", "Lunch", "Lunch", "Patch", "Lunch"]
    assert len(reasons) == 1 and "neither" in reasons[0]
    assert read(home / "Maildir") == (["Patch", "Lunch"], [])
    assert read(home / "Maildir" / ".Junk") == (["Lunch"], [])


def test_what_cannot_be_read_is_named(tmp_path):
    good, spam = tmp_path / "good", tmp_path / "spam"
    for folder in (good, spam):
        folder.mkdir()
        (folder / "a.eml").write_bytes(ONE)
    (good / "b.msg").write_bytes(BAD["Outlook message"][0])
    mails = own_mails(good, spam)
    assert mails.is_spam.tolist() == [False, True]
    assert len(mails.skipped) == 1 and "b.msg: it is a file of Outlook" in mails.skipped[0]
    with pytest.raises(ModelError, match="holds no messages.*Outlook"):
        own_mails(good / "b.msg", spam)
    with pytest.raises(ModelError, match="neither a folder of messages nor an mbox"):
        own_mails(tmp_path / "nothing", spam)


def test_a_file_without_rights_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / "b.eml").write_bytes(ONE)
    opened = type(tmp_path).open

    def refuse(path, *given, **named):
        if path.name == "a.eml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    subjects, reasons = read(tmp_path)
    assert subjects == ["Lunch"] and reasons == ["not readable (Permission denied)"]


def test_one_strange_message_ends_no_training(tmp_path, monkeypatch):
    def read_or_fail(content):
        if b"Patch" in content:
            raise RecursionError("too deep")
        return read_message(content)

    monkeypatch.setattr("service.files.read_message", read_or_fail)
    (tmp_path / "mbox").write_bytes(UNIX + ONE + b"\n" + UNIX + TWO)
    mails = own_mails(tmp_path / "mbox", tmp_path / "mbox")
    assert len(mails.bodies) == 2 and "mbox, message 2: reading it fails" in mails.skipped[0]


def test_an_mbox_is_read_as_a_stream(tmp_path):
    """Of 20 MB no more than a message is in memory, and of a message no more than 2 MB."""
    path, line = tmp_path / "mbox", b"x" * 99 + b"\n"
    with path.open("wb") as file:
        for _ in range(10):
            file.write(UNIX + ONE + line * 10_000 + b"\n")
        file.write(UNIX + ONE + line * 100_000)
    tracemalloc.start()
    sizes = [len(content) for _, content in contents(path)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(sizes) == 11 and MESSAGE_LIMIT <= sizes[-1] <= MESSAGE_LIMIT + 65_536
    assert peak < 12_000_000


def test_a_large_message_is_read_to_its_limit(tmp_path):
    (tmp_path / "a.eml").write_bytes(ONE + b"x" * 3_000_000)
    assert [len(content) for _, content in contents(tmp_path)] == [MESSAGE_LIMIT]


PIECES = [
    UNIX,
    TAKEOUT,
    ONE,
    TWO,
    b"From ",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"12\n",
    b"Subject: x",
    b"\x1f\x8b",
    b":",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30).map(b"".join))
def test_any_bytes_give_messages_or_a_reason(content):
    try:
        found = list(messages(io.BytesIO(content)))
    except Unreadable:
        return
    assert sum(map(len, found)) <= len(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables(tmp_path, delimiter):
    rows = [["subject", "body", "is_spam"], ["a", '"one, two; three"', "1"], ["b", "x", "no"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    (tmp_path / "mails.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    mails = csv_mails(tmp_path / "mails.csv")
    assert mails.bodies == ["one, two; three", "x"] and mails.is_spam.tolist() == [True, False]


def test_a_message_says_whether_it_is_html(tmp_path):
    """Also where the text seen of it holds no tag, and a plain mail that shows one stays plain."""
    html = b"Subject: a\nContent-Type: text/html\n\n<html><body><p>Hello Anna</body></html>\n"
    plain = b"Subject: b\nContent-Type: text/plain\n\n<html> is how a page begins.\n"
    (tmp_path / "mbox").write_bytes(UNIX + html + b"\n" + UNIX + plain)
    mails = own_mails(tmp_path / "mbox", tmp_path / "mbox")
    assert [is_html(body) for body in mails.bodies] == [True, False] * 2
    assert [is_html(body) for body in without_copies(mails).bodies] == [True, False]


def test_raw_messages_are_all_read(tmp_path):
    """The samples in raw_mails, whole messages of the corpus with all their faults."""
    raw = ck.load("raw_mails")
    for name, content in raw.items():
        (tmp_path / name).write_bytes(content)
    mails = own_mails(tmp_path, tmp_path)
    assert isinstance(mails, Mails) and len(mails.bodies) == 2 * len(raw) and not mails.skipped
    assert sum(bool(body.strip()) for body in mails.bodies) >= 2 * len(raw) - 4


@pytest.mark.parametrize(
    "line",
    [
        b"From 1:00 1:00 1:00 2024 2024 x\n",
        b"From " + b"1:00 " * 9000,
        b"From " + b" " * 60_000 + b"\n",
        UNIX + ONE,
    ],
    ids=["nearly an envelope", "times", "blanks", "many messages"],
)
def test_two_megabytes_of_anything_are_read_at_once(line):
    """0.1 s of processor time here; a pattern that runs away would take minutes."""
    content = UNIX + ONE + line * (MESSAGE_LIMIT // len(line))
    started = time.process_time()
    assert list(messages(io.BytesIO(content)))
    assert time.process_time() - started < 2
