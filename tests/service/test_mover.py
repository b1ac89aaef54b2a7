"""The mover of deploy/ against a small IMAP server (RFC 3501 as far as it goes) and the real filter."""

import contextlib
import re
import socketserver
import sqlite3
import threading
import time

import pytest

from service.deploy import imap_mover

SPAM = (
    b"Subject: FREE money\r\nMessage-ID: <1@a>\r\n\r\nClick here to win!!! Click here to win money now!!!\r\n"
)
GOOD = b"Subject: Re: patch\r\n\r\n> does it compile?\r\nYes, with gcc on linux. I wrote a test.\r\n"
OTHER = b"Subject: Re: list\r\n\r\n> is it in the list?\r\nYes, see the archive. I wrote a mail.\r\n"


class Imap(socketserver.ThreadingTCPServer):
    """Folders of messages: uid -> (flags, content); what it can do and what it was asked stand in it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *messages):
        super().__init__(("127.0.0.1", 0), Session)
        self.folders = {"INBOX": {uid: (set(), text) for uid, text in enumerate(messages, 1)}, "Junk": {}}
        self.abilities, self.keywords, self.asked = "MOVE UIDPLUS", "\\*", []

    def flags(self, folder, uid):
        return self.folders[folder][uid][0]


class Session(socketserver.StreamRequestHandler):
    """One connection; each command is a method that sends lines and returns what follows OK, or raises."""

    def handle(self):
        self.say(b"* OK here")
        self.folder = None
        while line := self.rfile.readline():
            tag, command, *rest = line.decode().rstrip("\r\n").split(" ", 2)
            self.server.asked.append(line.decode().split(" ", 1)[1].strip())
            words = re.findall(r'"(?:[^"\\]|\\.)*"|\([^)]*\)|\S+', rest[0] if rest else "")
            if command == "UID":
                command, words = f"uid_{words[0]}", words[1:]
            try:
                said = getattr(self, command.lower())(*words)
                self.say(f"{tag} OK {said or 'done'}".encode())
            except (KeyError, AttributeError) as error:
                self.say(f"{tag} NO {error!r}".encode())
            if command == "LOGOUT":
                return

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def capability(self):
        self.say(f"* CAPABILITY IMAP4rev1 {self.server.abilities if self.folder != 0 else ''}".encode())

    def login(self, user, password):
        if (user, password) != ("anna", '"secret"'):
            raise KeyError("wrong password")

    def logout(self):
        self.say(b"* BYE")

    def list(self, *_):
        for name in self.server.folders:
            self.say(f'* LIST () "/" {name}'.encode())

    def select(self, name):
        self.folder = name.strip('"')
        self.say(f"* {len(self.server.folders[self.folder])} EXISTS".encode())
        self.say(f"* OK [PERMANENTFLAGS (\\Seen {self.server.keywords})] limited".encode())

    examine = select

    def uid_search(self, *criteria):
        wanted = "UNKEYWORD" not in criteria
        found = [
            uid for uid in self.box if (imap_mover.JUDGED in self.server.flags(self.folder, uid)) == wanted
        ]
        self.say(f"* SEARCH {' '.join(map(str, found))}".encode())

    @property
    def box(self):
        return self.server.folders[self.folder]

    def uid_fetch(self, uid, what):
        text = self.box[int(uid)][1]
        if "HEADER" in what:
            text = text.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert "BODY.PEEK[" in what, "a BODY without PEEK marks a mail as read"
        self.say(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)" % (uid.encode(), len(text), text))

    def uid_store(self, uid, _, flags):
        self.server.flags(self.folder, int(uid)).update(flags.strip("()").split())

    def uid_copy(self, uid, folder):
        target = self.server.folders[folder.strip('"')]
        target[len(target) + 1] = (set(self.server.flags(self.folder, int(uid))), self.box[int(uid)][1])

    def uid_move(self, uid, folder):
        self.uid_copy(uid, folder)
        del self.box[int(uid)]

    def uid_expunge(self, uid):
        assert "\\Deleted" in self.server.flags(self.folder, int(uid))
        del self.box[int(uid)]


@pytest.fixture
def serve(running, tmp_path):
    """Start a mailbox with these messages; returns it, and the mover with its usual arguments."""
    with contextlib.ExitStack() as stack:

        def start(*messages):
            server = stack.enter_context(Imap(*messages))
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            (tmp_path / "secret").write_text("secret\n")
            usual = ["127.0.0.1", "anna", "--plain", "--port", str(server.server_address[1])]
            usual += ["--password-file", str(tmp_path / "secret")]

            def mover(*arguments, url=running.url):
                return imap_mover.main([*usual, "--filter", url, *map(str, arguments)])

            return server, mover

        yield start


@pytest.mark.parametrize("abilities", ["MOVE", "UIDPLUS", "MOVE UIDPLUS"])
def test_spam_is_moved_once_and_good_mail_stays(serve, abilities):
    server, mover = serve(GOOD, SPAM, OTHER)
    server.abilities = abilities
    server.flags("INBOX", 3).add("\\Deleted")  # its reader's own mark
    assert mover("--dry-run") == 0
    assert list(server.folders["INBOX"]) == [1, 2, 3] and server.flags("INBOX", 1) == set()
    assert mover() == 0
    assert list(server.folders["INBOX"]) == [1, 3]
    ((flags, text),) = server.folders["Junk"].values()
    assert text == SPAM and imap_mover.JUDGED in flags
    for folder in ("INBOX", "Junk"):
        assert all("\\Seen" not in flags for flags, _ in server.folders[folder].values())
    server.folders["INBOX"][9] = (flags, text)  # somebody moves it back: it stays
    assert mover() == 0 and list(server.folders["INBOX"]) == [1, 3, 9]


def test_what_is_in_the_way(serve, capsys):
    """No round is half done: nothing is judged, and one sentence says why."""
    server, mover = serve(SPAM)
    assert mover("--junk", "Spam") == 1
    assert "there is no folder Spam. There are: INBOX, Junk." in capsys.readouterr().err
    assert mover(url="http://127.0.0.1:9") == 1
    assert "no answer from the filter" in capsys.readouterr().err
    server.abilities = ""
    assert mover() == 1
    assert "neither MOVE" in capsys.readouterr().err
    server.keywords, server.abilities = "", "MOVE"
    assert mover() == 1
    assert "keeps no keywords" in capsys.readouterr().err
    assert server.folders["Junk"] == {} and server.flags("INBOX", 1) == set()
    with pytest.raises(SystemExit):
        imap_mover.main(["mail.example.org", "anna", "--password-file", "x", "--plain"])


def test_the_filter_being_away_loses_nothing(serve):
    server, mover = serve(GOOD, SPAM)
    assert mover(url="http://127.0.0.1:9") == 1
    assert mover() == 0
    assert list(server.folders["INBOX"]) == [1] and len(server.folders["Junk"]) == 1


def test_labels(serve, tmp_path, client, capsys):
    """The folder in which a mail lies later is its label, whatever the filter said; told once a day."""
    server, mover = serve(GOOD, SPAM, OTHER)
    notes, log = tmp_path / "notes.db", tmp_path / "predictions.db"

    def rows(path, query):
        with contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(query).fetchall()

    assert mover("--notes", notes) == 0 and "3 labels sent." in capsys.readouterr().out
    server.folders["Junk"][7] = server.folders["INBOX"].pop(3)  # its reader's own judgement
    assert mover("--notes", notes) == 0 and "sent" not in capsys.readouterr().out
    with contextlib.closing(sqlite3.connect(notes)) as database:
        database.execute("PRAGMA user_version = 3")  # the next day
    for _ in range(400):
        if rows(log, "SELECT count(*) FROM predictions") == [(3,)]:
            break
        time.sleep(0.05)
    assert mover("--notes", notes) == 0 and "3 labels sent." in capsys.readouterr().out
    told = rows(log, "SELECT verdict, is_spam FROM predictions JOIN labels USING (id)")
    assert sorted(told) == [("keep", 0), ("keep", 1), ("move", 1)]
    assert b"patch" not in notes.read_bytes()
    search = [line for line in server.asked if "SEARCH" in line and " KEYWORD" in line][-1]
    assert re.search(r"KEYWORD SpamFilterJudged SINCE \d\d-[A-Z][a-z]{2}-\d{4} BEFORE \d\d-[A-Z]", search)
