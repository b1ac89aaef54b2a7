"""`python -m service`: train a first model if there is none, then serve it. With a command, keep its house.

    python -m service --log predictions.db         serve, and note each answer without its mail
    python -m service models                       the versions: date, size, figures, which is in use
    python -m service promote 0123456789ab         put a version to use; a running service switches to it
    python -m service rollback                     back to the version before
    python -m service prune --keep 2               delete what is older than the 2 versions before this one
    python -m service labels FILE --log …          note what became known later: a table with id, is_spam

The exit status is 2 where a command was not understood, and 1 or 3 where it could not be done.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

try:
    import uvicorn

    from service.app import create_app
    from service.connection import Connection
    from service.log import connect, note_labels
    from service.model import ModelError, facts, history, promote, prune, roll_back
    from service.monitor import read_labels
except ModuleNotFoundError as missing:
    sys.exit(
        f"Not started: this Python has no {missing.name}. Use the course's, .venv/bin/python -m service "
        "(Windows: .venv\\Scripts\\python), or install service/requirements.txt."
    )

LABELS_AT_ONCE = 1_000  # in one transaction: a running service writes its own rows in between


class Server(uvicorn.Server):
    """Says on standard output when it is ready, and where: with port 0 nobody else knows."""

    async def startup(self, sockets=None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        address, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"Ready: http://{f'[{address}]' if ':' in address else address}:{port}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    chosen = command_line().parse_args(arguments)
    try:
        return chosen.do(chosen)
    except ModelError as error:
        print(f"{chosen.failed}: {error}", file=sys.stderr)
    except sqlite3.Error as error:
        print(f"{chosen.failed}: {why_no_log(chosen.log, error)}", file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    return 1


def command_line() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve the spam filter.")
    registry = {"type": Path, "help": "folder of model versions (models)"}
    parser.add_argument("--registry", default=Path("models"), **registry)
    parser.add_argument("--log", type=Path, help="SQLite file of the answers; without it, none is kept")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 is everybody's (127.0.0.1)"
    )
    parser.add_argument("--port", type=port, default=8000, help="port (8000); 0 takes a free one")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="end when standard input closes, as it does when the process that started this one ends",
    )
    parser.set_defaults(do=serve, failed="Not started")
    commands = parser.add_subparsers(title="commands", metavar="")

    def command(name: str, do, failed: str, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.add_argument("--registry", default=argparse.SUPPRESS, **registry)  # before the command or after
        added.set_defaults(do=do, failed=failed)
        return added

    command("models", list_models, "Not listed", "list the versions in the registry")
    one = command("promote", put_to_use, "Not promoted", "put a version to use")
    one.add_argument("version", help="its name, as `models` lists it")
    command("rollback", go_back, "Not rolled back", "put the version before this one to use again")
    old = command("prune", delete_old, "Not pruned", "delete old versions")
    old.add_argument("--keep", type=count, default=2, help="how many before the one in use stay (2)")
    late = command("labels", add_labels, "Not noted", "note in the log what became known later")
    late.add_argument("file", type=Path, help="CSV with the columns id (of the answer) and is_spam (1 or 0)")
    late.add_argument(
        "--log", type=Path, default=argparse.SUPPRESS, help="the file given to `python -m service --log`"
    )
    return parser


def port(text: str) -> int:
    """A port's number."""
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535.")
    return int(text)


def count(text: str) -> int:
    """A number of versions."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text} is not a number of versions.")
    return int(text)


def why_no_log(path: Path, error: sqlite3.Error) -> str:
    """What is wrong with a log, in a sentence: SQLite says "unable to open database file" of most things."""
    if not path.absolute().parent.is_dir():
        return f"the log {path} has no folder to lie in; make it first."
    if path.is_dir():
        return f"the log {path} is a folder; name a file."
    return f"the log {path} cannot be used: {error}."


# ------------------------------------------------------------------------------------------- serving


def serve(chosen: argparse.Namespace) -> int:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if chosen.with_parent:
        threading.Thread(target=end_with_parent, daemon=True).start()
    if chosen.log:
        connect(chosen.log).close()  # before half a minute of training, not after it
    if not history(chosen.registry) and (status := train_first(chosen.registry)):
        return status
    config = uvicorn.Config(
        create_app(chosen.registry, chosen.log),
        host=chosen.host,
        port=chosen.port,
        http=Connection,
        access_log=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    Server(config).run()
    return 0


def train_first(registry: Path) -> int:
    """A first model, on the course's mails; returns the exit status."""
    print("No model yet: training one on the course's mails, about half a minute.", flush=True)
    # Ctrl+C ends this at once, wherever it is: a version is stored whole or not at all.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from service.train import main as train  # needs scikit-learn; serving does not
    except ModuleNotFoundError as missing:
        raise ModelError(
            f"there is no model in {registry}, and this Python has no {missing.name} to train one with. "
            "Train elsewhere (python -m service.train) and bring the registry here."
        ) from missing
    status = train(["--registry", str(registry)])
    signal.signal(signal.SIGINT, before)
    return status


def end_with_parent() -> None:
    """Wait for the end of standard input, then stop as Ctrl+C does."""
    while os.read(0, 1000):  # not sys.stdin: Python could not end while another thread reads that
        pass
    signal.raise_signal(signal.SIGINT)


# ------------------------------------------------------------------------------------------ commands


def list_models(chosen: argparse.Namespace) -> int:
    """Print a line for each version, and its notes."""
    rows = facts(chosen.registry)
    if not rows:
        raise ModelError(f"no model in {chosen.registry}: run `python -m service.train` first.")
    for row in rows:
        line = (
            f"{'*' if row['in_use'] else ' '} {row['version']}  {row['date'][:16]:16}  {row['bytes']:>11,} B"
        )
        if row["error"]:
            print(f"{line}  {row['error']}")
            continue
        data, moved = row["data"], row["metrics"].get("move", {})
        print(f"{line}  {data.get('good')} good, {data.get('spam')} spam ({data.get('name')})")
        figures = [f"{name} {value:.3f}" for name, value in moved.items() if isinstance(value, float)]
        print("   ", ", ".join(figures))
        for note in row["notes"]:
            print(f"    {note}")
    print("* is in use. Figures are out of fold, of mail moved or deleted.")
    return 0


def put_to_use(chosen: argparse.Namespace) -> int:
    """Promote a version."""
    promote(chosen.registry, chosen.version)
    print(f"{chosen.version} is in use; a running service switches to it within a second.")
    return 0


def go_back(chosen: argparse.Namespace) -> int:
    """Roll back."""
    print(f"{roll_back(chosen.registry)} is in use again.")
    return 0


def delete_old(chosen: argparse.Namespace) -> int:
    """Prune the registry."""
    gone = prune(chosen.registry, chosen.keep)
    print(f"deleted: {', '.join(gone)}." if gone else "nothing to delete.")
    return 0


def add_labels(chosen: argparse.Namespace) -> int:
    """Store labels in the log."""
    if chosen.log is None:
        raise ModelError("name the log with --log: the file given to `python -m service --log`.")
    labels = read_labels(chosen.file)
    if not chosen.log.is_file():
        raise ModelError(f"there is no log {chosen.log}.")
    names = list(labels)
    parts = [names[start : start + LABELS_AT_ONCE] for start in range(0, len(names), LABELS_AT_ONCE)]
    noted = sum(note_labels(chosen.log, time.time(), {name: labels[name] for name in part}) for part in parts)
    print(f"{noted} labels noted; {len(labels) - noted} are of no answer in {chosen.log}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
