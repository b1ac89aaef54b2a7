"""Move spam in a mailbox: ask the running filter about each new mail of an IMAP inbox.

    python imap_mover.py mail.example.org anna --password-file secret --dry-run     only say what it would do
    python imap_mover.py mail.example.org anna --password-file secret --every 60    go on, once a minute

What the filter would move or delete goes to the junk folder; nothing is ever deleted or marked as read. A
judged mail carries the keyword SpamFilterJudged, so it is judged once, and what you move back stays there.

With --notes FILE it keeps which answer belongs to which mail (by a hash of its headers). A week later the
folder in which a mail lies is its label; once a day it sends these to the filter, which wants a --log for it.

Needs the standard library and a server with keywords and MOVE (or UIDPLUS), as Dovecot, Cyrus and Gmail have.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import imaplib
import json
import re
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

JUDGED = "SpamFilterJudged"
BYTES = 2_000_000  # of a message are fetched: the filter reads no more
DAY = 86_400
LABELS = 100  # in one request
SETTLED_DAYS, NOTES_DAYS = (
    7,
    60,
)  # a mail this old lies where its reader wants it; after these it is forgotten
WEB = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the filter is near: never by a proxy


class Trouble(Exception):
    """What the server or the filter does not do, in a sentence."""


class Refused(Trouble):
    """The filter is well, but will not have this."""


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 0, or 1 if a single round failed."""
    parser = argparse.ArgumentParser(description="Move spam of an IMAP inbox to its junk folder.")
    parser.add_argument("server")
    parser.add_argument("user")
    parser.add_argument("--password-file", type=Path, required=True, help="a file with nothing else in it")
    parser.add_argument("--port", type=int, help="993, or 143 with --plain")
    parser.add_argument("--plain", action="store_true", help="without TLS, for a server on this machine")
    parser.add_argument("--inbox", default="INBOX", help="folder to watch (INBOX)")
    parser.add_argument("--junk", default="Junk", help="folder for spam, spelled as on the server (Junk)")
    parser.add_argument("--filter", default="http://127.0.0.1:8000", help="address of the running filter")
    parser.add_argument("--days", type=int, default=2, help="older mail is not judged (2)")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="go on; without it, one round")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--notes", type=Path, help="SQLite file of answers, to send labels later")
    chosen = parser.parse_args(arguments)
    if chosen.plain and chosen.server not in ("localhost", "127.0.0.1", "::1"):
        parser.error("--plain would send the password in the clear; it is for a server on this machine.")
    while True:
        try:
            with mailbox(chosen) as box:
                move_spam(box, chosen)
                if chosen.notes and not chosen.dry_run:
                    send_labels(box, chosen)
            failed = False
        except (imaplib.IMAP4.error, OSError, Trouble, sqlite3.Error) as error:
            print(f"{chosen.server}: {error}", file=sys.stderr, flush=True)
            failed = True
        if not chosen.every:
            return int(failed)
        time.sleep(chosen.every)


@contextlib.contextmanager
def mailbox(chosen: argparse.Namespace):
    """A connection to the mailbox; a new one each round, so that nothing hangs on an old one."""
    if chosen.plain:
        box = imaplib.IMAP4(chosen.server, chosen.port or 143, timeout=60)
    else:
        box = imaplib.IMAP4_SSL(chosen.server, chosen.port or 993, timeout=60)  # checks the certificate
    with box:
        box.login(chosen.user, chosen.password_file.read_text(encoding="utf-8").strip("\r\n"))
        # What a server can do it says in full only now; imaplib knows what it said before.
        box.capabilities = box.capability()[1][0].decode().upper().split()
        yield box


def ask(box: imaplib.IMAP4, command: str, *arguments: str) -> list:
    """What the server answers to a command on messages by their UID; Trouble if it says no."""
    status, answer = box.uid(command, *arguments)
    if status != "OK":
        raise Trouble(f"{command} was refused: {answer[0].decode('utf-8', 'replace')}")
    return answer


def open_folder(box: imaplib.IMAP4, name: str, readonly: bool = False) -> None:
    """Select a folder, or Trouble with the names of those that there are."""
    status, answer = box.select(quoted(name), readonly=readonly)
    if status != "OK":
        names = [line.decode("utf-8", "replace").rsplit(" ", 1)[-1] for line in box.list()[1] if line]
        raise Trouble(f"there is no folder {name}. There are: {', '.join(names)}.")


def quoted(name: str) -> str:
    """A folder's name as IMAP wants it."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def date(days_ago: float) -> str:
    """A day as IMAP writes it, in English whatever the locale."""
    return imaplib.Time2Internaldate(time.time() - days_ago * DAY)[1:12]


def fetch(box: imaplib.IMAP4, uid: str, what: str) -> bytes | None:
    """A part of a message, which stays unread; None if it has gone meanwhile."""
    found = [part[1] for part in ask(box, "FETCH", uid, f"(BODY.PEEK{what})") if isinstance(part, tuple)]
    return found[0] if found else None


# ------------------------------------------------------------------------------------------- one round


def move_spam(box: imaplib.IMAP4, chosen: argparse.Namespace) -> None:
    """Judge what has not been judged, and move what is spam."""
    open_folder(box, chosen.junk, readonly=True)  # before anything is judged: is there such a folder?
    open_folder(box, chosen.inbox)
    if b"\\*" not in b" ".join(filter(None, box.response("PERMANENTFLAGS")[1])):
        raise Trouble("it keeps no keywords, so it cannot be noted which mails have been judged.")
    if not {"MOVE", "UIDPLUS"} & set(box.capabilities):
        raise Trouble("it can neither MOVE a mail nor expunge a single one (UIDPLUS).")
    for uid in ask(box, "SEARCH", "UNDELETED", "UNKEYWORD", JUDGED, "SINCE", date(chosen.days))[0].split():
        uid = uid.decode()
        message = fetch(box, uid, f"[]<0.{BYTES}>")
        if message is None:
            continue
        answer = judge(chosen.filter, message)
        print(f"mail {uid}: {answer['verdict']} ({answer['probability']:.3f})", flush=True)
        if chosen.dry_run:
            continue
        if chosen.notes and answer["id"]:
            note(chosen.notes, message, answer["id"])
        # First the keyword: whoever is stopped between the two leaves a spam in the inbox, no more.
        ask(box, "STORE", uid, "+FLAGS.SILENT", f"({JUDGED})")
        if answer["verdict"] != "keep":
            move(box, uid, chosen.junk)


def judge(url: str, message: bytes) -> dict:
    """The filter's answer; a mail that it refuses is kept."""
    try:
        return post(f"{url}/predict/message", message, "message/rfc822")
    except Refused:
        return {"verdict": "keep", "probability": 0.0, "id": ""}


def post(url: str, body: bytes, kind: str) -> dict:
    """What the filter answers. Trouble if it is not there or not well, Refused if it wants no such thing."""
    try:
        with WEB.open(urllib.request.Request(url, body, {"Content-Type": kind}), timeout=60) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        problem = Refused if error.code in (400, 409, 413, 422) else Trouble
        raise problem(f"{url} answers {error.code}: {error.read(300).decode('utf-8', 'replace')}") from error
    except (OSError, ValueError) as error:
        raise Trouble(f"no answer from the filter at {url}: {error}.") from error


def move(box: imaplib.IMAP4, uid: str, folder: str) -> None:
    """Move one message; where the server has no MOVE, copy it first and only then remove it."""
    if "MOVE" in box.capabilities:
        ask(box, "MOVE", uid, quoted(folder))
    else:
        ask(box, "COPY", uid, quoted(folder))
        ask(box, "STORE", uid, "+FLAGS.SILENT", "(\\Deleted)")
        ask(box, "EXPUNGE", uid)  # this one alone, not what its reader has marked for deletion


# --------------------------------------------------------------------------------------------- labels


def notes(path: Path) -> sqlite3.Connection:
    """The notes, made if they do not exist yet."""
    database = sqlite3.connect(path, timeout=30)
    database.execute("CREATE TABLE IF NOT EXISTS answers (mail TEXT PRIMARY KEY, id TEXT, at REAL)")
    return database


def name_of(head: bytes) -> str:
    """A hash of a mail's headers, which name it in every folder; a Message-ID alone is easily copied."""
    return hashlib.sha256(head.strip()).hexdigest()


def note(path: Path, message: bytes, answer: str) -> None:
    """Keep which answer a mail got, and forget what is old."""
    head = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[0]
    with contextlib.closing(notes(path)) as database, database:
        database.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", (name_of(head), answer, time.time())
        )
        database.execute("DELETE FROM answers WHERE at < ?", (time.time() - NOTES_DAYS * DAY,))


def send_labels(box: imaplib.IMAP4, chosen: argparse.Namespace) -> None:
    """Tell the filter, once a day, what mails turned out to be: in the junk folder spam, else good."""
    today = int(time.time() // DAY)
    with contextlib.closing(notes(chosen.notes)) as database:
        if database.execute("PRAGMA user_version").fetchone()[0] == today:
            return
        labels = []
        for folder, is_spam in ((chosen.inbox, False), (chosen.junk, True)):
            open_folder(box, folder, readonly=True)
            settled = ("KEYWORD", JUDGED, "SINCE", date(NOTES_DAYS), "BEFORE", date(SETTLED_DAYS))
            for uid in ask(box, "SEARCH", "UNDELETED", *settled)[0].split():
                name = name_of(fetch(box, uid.decode(), f"[HEADER]<0.{BYTES}>") or b"")
                found = database.execute("SELECT id FROM answers WHERE mail = ?", (name,)).fetchone()
                if found:
                    labels.append({"id": found[0], "is_spam": is_spam})
        for start in range(0, len(labels), LABELS):
            body = json.dumps({"labels": labels[start : start + LABELS]}).encode()
            post(f"{chosen.filter}/labels", body, "application/json")
        database.execute(f"PRAGMA user_version = {today}")
    print(f"{len(labels)} labels sent.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
