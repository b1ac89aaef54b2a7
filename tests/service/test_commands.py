"""The command line: what it prints, what it leaves behind, and a sentence where something is in the way."""

import json
import os
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from service.__main__ import command_line, main
from service.deploy import imap_mover
from service.log import Log, Row
from service.model import SpamModel, current, history, promote, save
from service.monitor import report

ROOT = Path(__file__).resolve().parents[2]


def tiny(bias, notes=()):
    """A model of two words."""
    steps = [float(n) for n in range(500)]
    figures = {"precision": 0.9, "recall": 0.8, "good_lost": 0.01}
    about = {
        "data": {"name": "two words", "good": 70, "spam": 30},
        "metrics": {"move": figures, "delete": figures},
        "notes": list(notes),
        "reference": {name: steps for name in ("log_odds", "length", "known_words")},
    }
    return SpamModel(["free", "linux"], [1, 1], [4, -4], bias, {"move": 0.5, "delete": 0.9}, about)


@pytest.fixture
def models(tmp_path):
    """A registry with two versions, both put to use, and their names."""
    registry = tmp_path / "models"
    names = [save(tiny(0.5), registry), save(tiny(0.25, notes=["Take care."]), registry)]
    for name in names:
        promote(registry, name)
    return registry, names


def run(*arguments, **options):
    """The command in a process of its own, as somebody types it."""
    command = [sys.executable, "-m", "service", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, **options)


# ------------------------------------------------------------------------------------------ the registry


def test_models(models, capsys):
    registry, (first, second) = models
    for arguments in (["models", "--registry", str(registry)], ["--registry", str(registry), "models"]):
        assert main(arguments) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line[2:14] for line in lines if line[2:14] in (first, second)] in (
            [first, second],
            [second, first],
        )
        (in_use,) = [line for line in lines if line.startswith("* ") and "B" in line[:60]]
        assert second in in_use and "70 good, 30 spam (two words)" in in_use
        assert sum("precision 0.900, recall 0.800, good_lost 0.010" in line for line in lines) == 2
        assert "    Take care." in lines


def test_models_names_a_damaged_one(models, capsys):
    registry, (first, _) = models
    (registry / first / "arrays.npz").write_bytes(b"damaged")
    assert main(["models", "--registry", str(registry)]) == 0
    assert f"{first}" in (said := capsys.readouterr().out) and "damaged" in said


def test_promote_rollback_prune(models, capsys):
    registry, (first, second) = models
    (registry / first / "date").write_text("2020-02-02T20:20:20+00:00\n")  # else of the same second
    at = ["--registry", str(registry)]
    assert main(["rollback", *at]) == 0 and current(registry) == first
    assert main(["promote", second, *at]) == 0 and history(registry) == [first, second]
    assert main(["prune", "--keep", "1", *at]) == 0 and history(registry) == [first, second]
    assert main(["prune", "--keep", "0", *at]) == 0 and history(registry) == [second]
    assert f"deleted: {first}." in capsys.readouterr().out and not (registry / first).exists()
    assert main(["rollback", *at]) == 1
    said = capsys.readouterr()
    assert "Not rolled back: there is no earlier version" in said.err and said.err.count("\n") == 1
    assert main(["promote", "../../etc", *at]) == 1
    assert "Not promoted: " in (said := capsys.readouterr().err) and said.count("\n") == 1


# ------------------------------------------------------------------------------------------------ labels


@pytest.fixture
def log(tmp_path):
    """A log of three answers, a, b and c."""
    log = Log(tmp_path / "predictions.db")
    for name, verdict in (("a", "move"), ("b", "keep"), ("c", "move")):
        log.add(Row(name, 1000.0, "v", 0.9, verdict, 10, 5, 0.1))
    log.close()
    return tmp_path / "predictions.db"


@pytest.mark.parametrize(
    "table", ["id,is_spam\na,1\nb,0\n c ,ham\nx,1\n", "\ufeffid;is_spam\r\na;Yes\r\nb;good\r\nc;no\r\nx;1"]
)
def test_labels(log, tmp_path, capsys, table):
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8", newline="")
    assert main(["labels", str(tmp_path / "labels.csv"), "--log", str(log)]) == 0
    assert "3 labels noted; 1 are of no answer" in capsys.readouterr().out
    (row,) = report(log, tiny(0).about["reference"])
    assert (row["labelled"], row["precision"], row["good_lost"]) == (3, 0.5, 0.5)


BAD_LABELS = {
    "no column": (b"id,label\na,1\n", "lacks the column is_spam"),
    "no rows": (b"", "lacks the column id, is_spam"),
    "another word": (b"id,is_spam\na,1\nb,perhaps\n", "row 3: is_spam must be 1 or 0"),
    "short row": (b"id,is_spam\na\n", "row 2: is_spam must be 1 or 0"),
    "not UTF-8": (b"id,is_spam\n\xff,1\n", "cannot be read as a CSV table in UTF-8"),
}


@pytest.mark.parametrize("content, sentence", BAD_LABELS.values(), ids=BAD_LABELS)
def test_labels_that_cannot_be_read(log, tmp_path, capsys, content, sentence):
    (tmp_path / "labels.csv").write_bytes(content)
    assert main(["labels", str(tmp_path / "labels.csv"), "--log", str(log)]) == 1
    assert sentence in (said := capsys.readouterr().err) and said.count("\n") == 1


@pytest.mark.parametrize("text", ["is_spam;id\n1\n", "ID,Is_Spam\n,1\n", "id,is_spam\nnobody,1,more\n"])
def test_labels_of_an_odd_table_are_of_no_answer(tmp_path, capsys, text):
    """A short row, columns in other letters, a field too many."""
    Log(tmp_path / "log.db").close()
    (tmp_path / "labels.csv").write_text(text)
    assert main(["--log", str(tmp_path / "log.db"), "labels", str(tmp_path / "labels.csv")]) == 0
    assert "0 labels noted" in capsys.readouterr().out


def test_labels_want_to_know_the_log(tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("id,is_spam\n1,1\n")
    assert main(["labels", str(tmp_path / "labels.csv")]) == 1
    assert "name the log with --log" in capsys.readouterr().err


def test_labels_without_a_log(tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("id,is_spam\na,1\n")
    assert main(["labels", str(tmp_path / "labels.csv"), "--log", str(tmp_path / "no.db")]) == 1
    assert "there is no log" in capsys.readouterr().err and not (tmp_path / "no.db").exists()


# ------------------------------------------------------------------------------------- starting and ending


@pytest.mark.parametrize(
    "log, sentence",
    [("missing/log.db", "has no folder"), (".", "is a folder"), ("text", "file is not a database")],
)
def test_a_log_that_cannot_be_one(models, tmp_path, log, sentence):
    (tmp_path / "text").write_text("This is a text, and no database at all.")
    tried = run("--registry", models[0], "--log", tmp_path / log)
    assert tried.returncode == 1 and tried.stderr.count("\n") == 1
    assert tried.stderr.startswith("Not started: the log ") and sentence in tried.stderr


def test_a_registry_that_is_a_file(tmp_path):
    (tmp_path / "models").write_text("")
    tried = run("--registry", tmp_path / "models")
    assert tried.returncode == 1 and tried.stderr.count("\n") == 1
    assert tried.stderr.startswith("Not started: ")


@pytest.mark.parametrize("port", ["99999", "-1", "http", "٣"])
def test_a_port_that_is_none(capsys, port):
    with pytest.raises(SystemExit) as ended:
        main(["--port", port])
    assert ended.value.code == 2 and "is not a port: 0 to 65535." in capsys.readouterr().err


def test_a_port_that_is_taken(models):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        tried = run("--registry", models[0], "--port", taken.getsockname()[1])
    assert tried.returncode != 0 and "Traceback" not in tried.stderr and not tried.stdout
    assert "address" in tried.stderr.lower()


def test_without_a_model_and_without_scikit_learn(tmp_path):
    """As in the container, whose registry somebody forgot."""
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "sklearn.py").write_text("raise ModuleNotFoundError('no sklearn', name='sklearn')")
    path = os.pathsep.join([str(stub), *filter(None, [os.environ.get("PYTHONPATH")])])
    tried = run("--registry", tmp_path / "models", env={**os.environ, "PYTHONPATH": path})
    assert tried.returncode == 1 and tried.stderr.count("\n") == 1
    assert "no sklearn to train one with" in tried.stderr and not (tmp_path / "models").exists()


def started(registry, *options):
    """`python -m service --with-parent` on a free port, and its address."""
    command = [sys.executable, "-m", "service", "--with-parent", "--port", "0", "--registry", str(registry)]
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout")}
    process = subprocess.Popen([*command, *options], cwd=ROOT, text=True, stderr=subprocess.DEVNULL, **pipes)
    return process, process.stdout.readline().removeprefix("Ready: ").strip()


def test_it_says_where_it_is_and_ends_with_its_parent(models, tmp_path):
    process, url = started(models[0], "--log", str(tmp_path / "log.db"))
    with process:
        answer = httpx.post(f"{url}/predict", json={"body": "free"}, trust_env=False)
        assert answer.json()["model"] == models[1][1]
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    with sqlite3.connect(tmp_path / "log.db") as database:
        assert database.execute("SELECT count(*) FROM predictions").fetchone() == (1,)
    database.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_it_ends_when_its_parent_is_killed(models, tmp_path):
    """A parent in a process of its own starts the service, passes on where it is, and is killed."""
    code = (
        "import subprocess, sys, time\n"
        "process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
        "print(process.stdout.readline(), end='', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "service", "--with-parent", "--port", "0", "--registry", str(models[0])]
    parent = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    url = parent.stdout.readline().removeprefix("Ready: ").strip()
    assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
    parent.send_signal(signal.SIGKILL)
    parent.communicate(timeout=20)
    for _ in range(600):
        try:
            httpx.get(f"{url}/health", trust_env=False)
        except httpx.TransportError:
            return
        time.sleep(0.05)
    raise AssertionError("it still answers")


# ------------------------------------------------------------------------------- what deploy/ writes down


def commands_in(name):
    """The command lines of a file of deploy/ that start this Python."""
    text = (ROOT / "service" / "deploy" / name).read_text(encoding="utf-8")
    return [shlex.split(line.split("=", 1)[1]) for line in text.splitlines() if line.startswith("ExecStart=")]


def test_the_commands_of_the_units_exist(monkeypatch):
    (line,) = commands_in("spam-filter.service")
    assert line[1:3] == ["-m", "service"] and command_line().parse_args(line[3:]).log
    (line,) = commands_in("spam-mover.service")
    asked = []
    monkeypatch.setattr(imap_mover, "mailbox", lambda chosen: asked.append(chosen) or sys.exit(0))
    with pytest.raises(SystemExit):
        imap_mover.main(line[2:])
    assert asked[0].every == 60 and line[1].endswith("service/deploy/imap_mover.py")


def test_the_dockerfile_starts_what_there_is():
    text = (ROOT / "service" / "Dockerfile").read_text(encoding="utf-8")
    given = [
        json.loads(line.split(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith(("ENTRYPOINT", "CMD"))
    ]
    assert given[0][:3] == ["python", "-m", "service"]
    chosen = command_line().parse_args(given[0][3:] + given[1])
    assert (chosen.host, str(chosen.registry), chosen.log.as_posix()) == (
        "0.0.0.0",
        "models",
        "log/predictions.db",
    )
    assert "--publish 127.0.0.1:8000:8000" in text and "--memory" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this system")
def test_systemd_understands_the_units(tmp_path):
    for unit in ("spam-filter.service", "spam-mover.service"):
        text = (ROOT / "service" / "deploy" / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/spam-filter/.venv/bin/python", sys.executable))
        tried = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / unit)], capture_output=True, text=True, timeout=60
        )
        complaints = [line for line in tried.stderr.splitlines() if unit in line]
        assert not complaints
