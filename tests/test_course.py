"""course.py: its commands, and how it makes, reuses and repairs the environment.

Every test works on a copy of course.py in a temporary folder, with a two-line requirements.txt. The virtual
environments are real; only pip is played by a small script, so nothing is downloaded and nothing is slow.
"""

import ast
import copy
import errno
import importlib.metadata
import importlib.util
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import unittest.mock
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
import yaml
from jupyterlab.labapp import LabApp
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from traitlets.config.loader import PyFileConfigLoader

from tools.notebooks import colab_text, imported_as
from tools.sources import read_course

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = "pip==1.0\nsetuptools==2.0\ntorch==3.0\n"
NETWORK_DOWN = "NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure"

# Plays `python -m pip install …`: notes the call, does what the file `behaviour` says, "installs" torch.
FAKE_PIP = """
import os, pathlib, signal, sys, time
root = pathlib.Path(sys.prefix).parent
with open(root / "calls.txt", "a") as calls:
    print(*sys.argv[1:], file=calls)
behaviour = root / "behaviour.txt"
if behaviour.exists():
    text = behaviour.read_text()
    if text == "Ctrl-C":
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
    if text == "wait":
        for _ in range(600):
            if (root / "go on.txt").exists():
                break
            time.sleep(0.1)
    if text == "kill -9":
        os.kill(os.getpid(), signal.SIGKILL)
    if text not in ("no CPU build", "Ctrl-C", "wait") or "--no-deps" in sys.argv and "torch" in sys.argv[-1]:
        print("ERROR:", text)
        sys.exit(1)
print("Collecting torch==3.0")
print("Progress 1048576 of 4194304")
(pathlib.Path(__file__).parents[1] / "torch").mkdir(exist_ok=True)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course.py as a module whose repository is a temporary folder and whose pip is FAKE_PIP."""
    root = tmp_path / "repository"
    root.mkdir()
    shutil.copy(ROOT / "course.py", root)
    (root / "requirements.txt").write_text(REQUIREMENTS)
    (root / "pyproject.toml").write_text("[project]\n")
    module = load(root)
    play_pip(module, monkeypatch.setattr)
    return module


def play_pip(module, put):
    """Let environments get FAKE_PIP; `put` is setattr, or one that takes it back."""
    real_run = subprocess.run

    def run_without_ensurepip(command, **options):
        if "venv" not in command:
            return real_run(command, **options)
        made = real_run([*command, "--without-pip"], **options)
        site = next(
            iter([*module.ENV.glob("lib/python*/site-packages"), module.ENV / "Lib" / "site-packages"])
        )
        (site / "pip").mkdir()
        (site / "pip" / "__main__.py").write_text(FAKE_PIP)
        return made

    put(module.subprocess, "run", run_without_ensurepip)
    put(module, "answers", lambda url: False)


def load(root):
    spec = importlib.util.spec_from_file_location("course_under_test", root / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def started(course, monkeypatch):
    """What `course` starts in the environment instead of really starting it."""
    commands = []
    monkeypatch.setattr(course, "run", lambda *a, **v: commands.append((a, v)) or 0)
    return commands


def pip_calls(course):
    calls = course.ROOT / "calls.txt"
    return calls.read_text().splitlines() if calls.exists() else []


def package(course):
    """The folder of the one package that the fake pip installs."""
    return next(course.ENV.glob("[Ll]ib/**/site-packages/torch"))


# --- commands -------------------------------------------------------------------------------------------


def test_an_old_python_gets_the_sentence():
    source = (ROOT / "course.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))  # no syntax that would hide the sentence
    old = "import runpy, sys; sys.version_info = (3, 8, 18); sys.version = '3.8.18 (old)'; "
    done = subprocess.run(
        [sys.executable, "-c", old + f"runpy.run_path({str(ROOT / 'course.py')!r}, run_name='__main__')"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3.8.18" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0), (["-h"], 0)])
def test_without_a_command_the_usage_is_shown_and_nothing_touched(course, capsys, arguments, code):
    assert course.main(arguments) == code
    shown = "".join(capsys.readouterr())
    places = [
        shown.index(f"python course.py {name}") for name in ("lab", "test", "project", "build", "classroom")
    ]
    assert places == sorted(places)
    assert not course.ENV.exists()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("tset", 'There is no command "tset"; did you mean test?'),
        (
            "LAB",
            'There is no command "LAB"; there are adopt, build, classroom, lab, progress, '
            "project, site, test.",
        ),
        (
            "--port",
            'There is no command "--port"; there are adopt, build, classroom, lab, progress, '
            "project, site, test.",
        ),
    ],
)
def test_an_unknown_command_gets_one_sentence(course, capsys, command, told):
    assert course.main([command]) == 2
    assert capsys.readouterr() == ("", f"\n{told}\n")
    assert not course.ENV.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--no-browsr"], 'There is no option "--no-browsr"; did you mean --no-browser?'),
        (["--prot", "8899"], 'There is no option "--prot"; did you mean --port?'),
        (["--prot=8899"], 'There is no option "--prot"; did you mean --port?'),
        (["--no-browser", "--xyzw"], 'There is no option "--xyzw"; there are --allow-root, '),
    ],
)
def test_a_misspelt_option_of_lab_gets_one_sentence(course, started, capsys, arguments, told):
    assert course.main(["lab", *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"\n{told}")
    assert not started and not course.ENV.exists()


def test_the_options_of_lab_are_those_of_the_jupyterlab_that_gets_installed(course):
    options = {"help-all", *LabApp.flags, *LabApp.aliases}
    assert set(course.LAB_OPTIONS) == {name for name in options if len(name) > 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["site", "x"], "site takes nothing more"),
        (["progress", "3"], "progress takes nothing more"),
        (["build", "03", "--chek"], 'There is no option "--chek"; did you mean --check?'),
        (["adopt"], "Say which chapter"),
        (["adopt", "03", "04"], "Say which chapter"),
        (["classroom"], "python course.py classroom DIR"),
        (["classroom", "a", "b"], "python course.py classroom DIR"),
        (["classroom", "grade", "a"], "python course.py classroom grade DIR NN"),
        (["project"], "python course.py project ../my-project"),
        (["lab", "--port"], "--port needs a number"),
        (["lab", "--port", "abc"], "--port needs a number"),
        (["lab", "--ServerApp.port=8o"], "--port needs a number"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_installed(course, started, capsys, arguments, told):
    assert course.main(arguments) == 1
    assert told in capsys.readouterr().err
    assert not started and not [path for path in course.ROOT.iterdir() if path.name.startswith(".venv")]


@pytest.mark.parametrize(
    "command", ["lab", "progress", "test", "project", "build", "adopt", "site", "classroom"]
)
def test_help_is_answered_at_once(course, started, capsys, command):
    asked = ([command, "--help"], [command, "-h"], [command, "help"], ["help", command], ["--help", command])
    for arguments in asked:
        assert course.main(arguments) == 0
        assert capsys.readouterr().out.startswith(f"python course.py {command}"), arguments
    assert not started and not [path for path in course.ROOT.iterdir() if path.name.startswith(".venv")]


def test_the_help_of_lab_names_its_options_and_grades_its_line(course, capsys):
    course.main(["lab", "x.ipynb", "--help"])
    shown = capsys.readouterr().out
    options = re.findall(r"^  --([\w-]+)", shown, re.MULTILINE)
    assert {"no-browser", "port", "notebook-dir"} <= set(options) <= set(course.LAB_OPTIONS)
    assert "Other options of JupyterLab may follow" in shown
    course.main(["classroom", "grade", "--help"])
    assert "classroom grade DIR NN [--from ZIP]" in capsys.readouterr().out


def test_the_version_is_that_of_the_course(capsys):
    assert load(ROOT).main(["--version"]) == 0
    assert f"version {PROJECT['version']}," in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no head")
def test_who_reads_only_the_first_lines_gets_no_complaint():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, ROOT / "course.py", "progress"], stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_other_options_of_jupyterlab_are_passed_on(course, started, monkeypatch):
    monkeypatch.setattr(course, "ensure_environment", lambda: None)
    arguments = ["--ip=127.0.0.1", "--debug", "-y", "--ServerApp.port=65123", "exercises/03.ipynb"]
    assert course.main(["lab", *arguments]) == 0
    assert started[0][0][2:] == tuple(arguments)


def test_lab_opens_the_first_page_and_passes_arguments_on(course, started):
    assert course.main(["lab", "--no-browser", "--port", "65123"]) == 0
    ((arguments, variables),) = started
    assert arguments == ("-m", "jupyterlab", "--no-browser", "--port", "65123")
    assert Path(variables["JUPYTER_CONFIG_PATH"]) == course.ROOT / "tools" / "lab"
    settings = lab_settings()
    assert settings.ServerApp.root_dir == str(ROOT / "work")
    assert settings.LabApp.default_url == "/lab/tree/chapters/00_start_here.ipynb"
    assert (ROOT / "chapters" / "00_start_here.ipynb").exists()


def lab_settings():
    """What Jupyter reads in tools/lab."""
    return PyFileConfigLoader("jupyter_server_config.py", path=str(ROOT / "tools" / "lab")).load_config()


def with_a_lesson(course):
    (course.ROOT / "chapters").mkdir()
    (course.ROOT / "chapters" / "00_start_here.ipynb").write_text("{}")
    return course.ROOT / "work" / "chapters" / "00_start_here.ipynb"


def test_lab_makes_the_learners_copies_first(course, started, capsys):
    copy = with_a_lesson(course)
    assert course.main(["lab", "--port", "65123"]) == 0
    assert (
        copy.read_text() == "{}" and "1 file new or brought up to date in work/." in capsys.readouterr().out
    )


@pytest.mark.parametrize("option", ["--notebook-dir=../my-project", "--ServerApp.root_dir=x"])
def test_lab_in_another_folder_makes_no_copies(course, started, option):
    copy = with_a_lesson(course)
    assert course.main(["lab", option]) == 0
    assert started and not copy.exists()


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "the disk is full: make room"), (errno.EIO, "Errno")]
)
def test_copies_that_cannot_be_made_get_one_sentence(course, started, monkeypatch, capsys, number, told):
    with_a_lesson(course)

    def fail(*arguments):
        raise OSError(number, "no")

    monkeypatch.setattr("tools.copies.os.replace", fail)
    monkeypatch.setattr(course, "ensure_environment", lambda: None)
    assert course.main(["lab", "--port", "65123"]) == 1
    said = capsys.readouterr().err
    assert told in said and "Nothing of yours was changed" in said and not started


def test_progress_needs_no_environment_and_nothing_more(course, capsys):
    (course.ROOT / "exercises").mkdir()
    shutil.copy(ROOT / "exercises" / "00_start_here.ipynb", course.ROOT / "exercises")
    assert course.main(["progress"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Next: Q1 in work/exercises/00_start_here.ipynb"
    assert course.main(["progress", "3"]) == 1
    assert not course.ENV.exists()


@pytest.mark.parametrize("form", [["--port", "{}"], ["--port={}"], ["--ServerApp.port={}"]])
def test_lab_says_when_the_port_is_in_use(course, started, capsys, form):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert course.main(["lab", *(part.format(port) for part in form)]) == 1
    assert f"Port {port} is in use" in capsys.readouterr().err
    assert not started


def test_what_lab_turns_off_is_really_installed():
    """A renamed extension would come back onto the learner's screen unnoticed."""
    page = json.loads((ROOT / "tools" / "lab" / "labconfig" / "page_config.json").read_text("utf-8"))
    extensions = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    for name in page["disabledExtensions"]:
        assert ":" in name or (extensions / name).is_dir(), name
    for name in lab_settings().ServerApp.jpserver_extensions:
        assert importlib.util.find_spec(name), name


# Starts JupyterLab with the course's settings, opens a lesson and its kernel as the page does, and stops.
OPEN_A_LESSON = """
import asyncio, json, sys
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

async def open_lesson(address, token, name):
    sign = {"Authorization": f"token {token}"}
    ask = lambda path, **more: AsyncHTTPClient().fetch(
        HTTPRequest(f"http://{address}/api/{path}", headers=sign, request_timeout=60, **more)
    )
    await ask(f"contents/{name}")
    kernel = json.loads((await ask("kernels", method="POST", body="{}")).body)["id"]
    channels = HTTPRequest(f"ws://{address}/api/kernels/{kernel}/channels?session_id=1", headers=sign)
    (await websocket_connect(channels)).close()
    await ask(f"kernels/{kernel}")

asyncio.run(open_lesson(*sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminal")
def test_the_terminal_shows_the_address_and_nothing_that_puzzles_and_one_ctrl_c_stops(tmp_path):
    import pty

    name = "chapters/00_start_here.ipynb"
    (tmp_path / "work" / "chapters").mkdir(parents=True)
    shutil.copyfile(ROOT / name, tmp_path / "work" / name)
    places = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    settings = {"JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "lab"), "TERM": "dumb"}
    terminal, screen = pty.openpty()
    lab = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={tmp_path / 'work'}"],
        env=os.environ | places | settings,
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
    )
    os.close(screen)
    shown = b""
    try:
        while not (found := re.search(rb"(127.0.0.1:\d+)/lab/tree/(\S+)\?token=(\w+)\s", shown)):
            assert select.select([terminal], [], [], 120)[0], shown.decode()
            shown += os.read(terminal, 65536)
            assert lab.poll() is None, shown.decode()
        address, opened, token = (part.decode() for part in found.groups())
        assert opened == name
        subprocess.run([sys.executable, "-c", OPEN_A_LESSON, address, token, name], check=True, timeout=120)
        lab.send_signal(signal.SIGINT)
        assert lab.wait(60) == 0, "one Ctrl-C is not enough"
        shown += os.read(terminal, 65536)
    finally:
        lab.kill()
        os.close(terminal)
    lines = [line.strip() for line in shown.decode().splitlines()]
    puzzling = [
        line for line in lines if line and not re.search("access the server|http|file:|these URLs", line)
    ]
    assert len(puzzling) == 2 and puzzling[0].endswith("ServerApp]"), shown.decode()
    assert puzzling[1].endswith("Shutting down...")


@pytest.fixture
def save(tmp_path):
    """What a notebook's content becomes when JupyterLab saves it as `kept.ipynb` in a folder."""
    files = lab_settings().ServerApp.contents_manager_class(root_dir=str(tmp_path))

    def save(content, kind="notebook"):
        model = {"type": kind, "content": content}
        files.run_pre_save_hooks(model=model, path="/kept.ipynb")
        return model["content"]

    return save


def opened(notebook):
    """The notebook as JupyterLab has it after opening: this computer's Python, and 1 for 1.0."""
    content = copy.deepcopy(notebook)
    content.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
    content.metadata.language_info |= {"version": "3.13.0", "mimetype": "text/x-python"}
    for cell in content.cells:
        cell.metadata["trusted"] = True
        for output in cell.get("outputs", []):
            for structure in output.get("metadata", {}).get("picture", []):
                structure["limits"] = [int(x) if x == int(x) else x for x in structure["limits"]]
    return content


@pytest.mark.parametrize("name", ["exercises/00_start_here.ipynb", "chapters/00_start_here.ipynb"])
def test_a_notebook_that_was_only_opened_is_saved_as_it_was(save, tmp_path, name):
    stored = (ROOT / name).read_text("utf-8")
    (tmp_path / "kept.ipynb").write_text(stored, "utf-8")
    content = opened(nbformat.reads(stored, as_version=4))
    saved = save(content)
    assert nbformat.writes(saved) + "\n" == stored
    assert all(cell.metadata.trusted for cell in saved.cells), "Jupyter would no longer trust what was run"


def test_an_edited_notebook_keeps_its_edits_and_the_repositorys_metadata(save, tmp_path):
    stored = nbformat.read(ROOT / "exercises/00_start_here.ipynb", as_version=4)
    nbformat.write(stored, tmp_path / "kept.ipynb")
    content = opened(stored)
    content.cells[3].source = "my_answer = 7"
    saved = save(content)
    assert saved.cells[3].source == "my_answer = 7"
    assert saved.metadata == stored.metadata


def test_other_notebooks_and_files_are_saved_as_they_are(save):
    other = {"metadata": {"kernelspec": {"name": "ir"}}, "cells": []}
    assert save(copy.deepcopy(other)) == other
    assert save("text", kind="file") == "text"


@pytest.mark.parametrize(
    ("command", "program", "passed_on", "threads"),
    [
        (["build", "03", "--check"], "build.py", ["03", "--check"], "1"),
        (["adopt", "03"], "build.py", ["adopt", "03"], None),
        (["classroom", "a folder"], "classroom.py", ["a folder"], None),
    ],
)
def test_arguments_exit_code_and_environment_reach_the_tool(course, command, program, passed_on, threads):
    course.ensure_environment()
    (course.ROOT / "tools").mkdir()
    (course.ROOT / "tools" / program).write_text(
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], sys.prefix, os.environ.get('OMP_NUM_THREADS')]))\n"
        "sys.exit(7)\n"
    )
    clean = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, course.ROOT / "course.py", *command], env=clean, capture_output=True, text=True
    )
    assert done.returncode == 7, done.stderr
    arguments, prefix, omp = json.loads(done.stdout)
    assert arguments == passed_on
    assert Path(prefix) == course.ENV
    assert omp == threads


def test_test_runs_pytest_on_the_repository_from_anywhere(course, started, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert course.main(["test", "-k", "some thing"]) == 0
    assert started == [(("-m", "pytest", "-k", "some thing"), course.ONE_THREAD)]
    assert Path.cwd() == course.ROOT


def test_project_copies_the_blank_project_and_nothing_of_somebodys_tries(course, capsys, tmp_path):
    shutil.copytree(ROOT / "project", course.ROOT / "project")
    (course.ROOT / "project" / "models").mkdir(exist_ok=True)
    folder = tmp_path / "deep" / "my project"
    assert course.main(["project", str(folder)]) == 0
    assert f'"--notebook-dir={folder}"' in capsys.readouterr().out
    copied = {path.name for path in folder.iterdir()}
    assert copied >= {
        "README.md",
        "project.ipynb",
        "model.py",
        "test_project.py",
        "data_sheet.md",
        ".gitignore",
    }
    assert "models" not in copied
    assert [path.name for path in folder.parent.iterdir()] == ["my project"]


@pytest.mark.parametrize("kind", ["a folder with work in it", "a file"])
def test_project_never_touches_what_is_there(course, capsys, tmp_path, kind):
    place = tmp_path / "mine"
    if kind == "a file":
        place.write_text("precious")
    else:
        place.mkdir()
        (place / "model.py").write_text("precious")
    assert course.main(["project", str(place)]) == 1
    assert "nothing was copied" in capsys.readouterr().err
    assert (place if place.is_file() else place / "model.py").read_text() == "precious"


@pytest.mark.parametrize("arguments", [[], ["--force"], ["a", "b"]])
def test_project_asks_for_a_folder(course, capsys, arguments):
    assert course.main(["project", *arguments]) == 1
    assert "python course.py project ../my-project" in capsys.readouterr().err


def test_an_interrupted_copy_leaves_nothing(course, monkeypatch, tmp_path):
    shutil.copytree(ROOT / "project", course.ROOT / "project")
    real = shutil.copytree

    def interrupted(source, target, **options):
        real(source, target, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(course.shutil, "copytree", interrupted)
    assert course.main(["project", str(tmp_path / "mine")]) == 130
    assert not [path for path in tmp_path.iterdir() if "mine" in path.name]


# --- making and reusing the environment -----------------------------------------------------------------


def test_the_first_command_installs_and_the_second_does_not(course, started):
    assert course.main(["test"]) == 0
    calls = pip_calls(course)
    assert [call.split()[-1] for call in calls] == [
        "setuptools==2.0",
        f"--requirement={course.REQUIREMENTS}",
        str(course.ROOT),
    ]
    assert all("--compile" in call for call in calls)  # also where PYTHONDONTWRITEBYTECODE is set
    assert course.main(["test"]) == 0
    assert pip_calls(course) == calls


def test_line_ends_do_not_count_as_a_change(course):
    before = course.lock()
    course.REQUIREMENTS.write_bytes(REQUIREMENTS.replace("\n", "\r\n").encode())
    assert course.lock() == before


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_lock_brings_the_environment_up_to_date(course, name):
    course.ensure_environment()
    mine = package(course).parent / "installed_by_the_learner"
    mine.mkdir()
    with open(course.ROOT / name, "a") as file:
        file.write("# changed\n")
    course.ensure_environment()
    assert len(pip_calls(course)) == 6
    assert mine.exists()
    course.ensure_environment()
    assert len(pip_calls(course)) == 6


INSTALL = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from tests.test_course import load, play_pip
course = load(Path({root!r}))
play_pip(course, setattr)
course.COMMANDS["test"] = lambda arguments: 0
sys.exit(course.main(["test"]))
"""


@pytest.fixture
def start(course):
    """Start `course.py test` in a process of its own; all are ended in the end."""
    begun = []

    def start():
        script = INSTALL.format(here=str(ROOT), root=str(course.ROOT))
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "killed", [False, pytest.param(True, marks=pytest.mark.skipif(os.name == "nt", reason="-"))]
)
def test_two_at_once_wait_for_one_another(course, start, killed):
    """Neither empties the folder in which the other installs; a killed one keeps nobody waiting."""
    (course.ROOT / "behaviour.txt").write_text("wait")
    first = start()
    for _ in range(600):
        if pip_calls(course):
            break
        time.sleep(0.1)
    second = start()
    assert second.stdout.readline() == "Another course.py is making the environment .venv; waiting.\n"
    assert len(pip_calls(course)) == 1
    if killed:
        first.kill()
        first.wait()
    (course.ROOT / "go on.txt").touch()
    said = second.communicate(timeout=60)[0]
    assert second.returncode == 0, said
    assert first.wait(60) == (-signal.SIGKILL if killed else 0)
    assert len(pip_calls(course)) == (4 if killed else 3) and course.is_complete()


def test_a_disk_that_knows_no_locks_is_no_hindrance(course, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    locks = pytest.importorskip("fcntl")
    monkeypatch.setattr(locks, "flock", refuse)
    course.ensure_environment()
    assert course.is_complete()


def lose_a_package(course):
    package(course).rmdir()


def lose_python(course):
    course.PYTHON.unlink()


def break_python(course):
    course.PYTHON.unlink()
    course.PYTHON.write_text("not a program")


def cut_the_stamp(course):
    course.STAMP.write_text(course.STAMP.read_text()[:20])


def lose_nearly_everything(course):
    for folder in ("bin", "Scripts", "lib", "Lib"):
        shutil.rmtree(course.ENV / folder, ignore_errors=True)


@pytest.mark.parametrize(
    "harm", [lose_a_package, lose_python, break_python, cut_the_stamp, lose_nearly_everything]
)
def test_a_broken_environment_is_made_anew(course, harm):
    course.ensure_environment()
    harm(course)
    course.ensure_environment()
    assert len(pip_calls(course)) == 6
    assert package(course).is_dir()
    assert subprocess.run([course.PYTHON, "-c", ""]).returncode == 0


def test_a_moved_repository_gets_a_new_environment(course, tmp_path):
    course.ensure_environment()
    moved = course.ROOT.rename(tmp_path / "elsewhere")
    course.ROOT, course.ENV, course.STAMP = moved, moved / ".venv", moved / ".venv" / course.STAMP.name
    course.IN_USE = moved / ".venv.lock"
    course.REQUIREMENTS, course.MARK = moved / "requirements.txt", moved / ".venv" / course.MARK.name
    course.PYTHON = course.ENV / course.PYTHON.parent.name / course.PYTHON.name
    course.ensure_environment()
    assert len(pip_calls(course)) == 6
    assert json.loads(course.STAMP.read_text())["root"] == str(moved)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_during_the_installation_is_recovered_from(course, started, capsys):
    behaviour = course.ROOT / "behaviour.txt"
    behaviour.write_text("Ctrl-C")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert course.main(["test"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Run the same command again" in capsys.readouterr().err
    assert not course.STAMP.exists() and not started
    behaviour.unlink()
    assert course.main(["test"]) == 0
    assert started


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        (NETWORK_DOWN + "\nNo matching distribution found for pip==1.0", "check the internet connection"),
        ("Could not install packages: [Errno 28] No space left on device", "The disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "The disk is full"),
        ("[WinError 5] Access is denied: 'numpy.pyd'", "close JupyterLab"),
        ("No matching distribution found for torch==3.0", "Python 3.11, 3.12 or 3.13"),
        ("something new", "ERROR: something new"),
    ],
)
def test_a_failed_installation_says_what_to_do_and_recovers(course, started, capsys, pip_says, sentence):
    behaviour = course.ROOT / "behaviour.txt"
    behaviour.write_text(pip_says)
    assert course.main(["lab"]) == 1
    shown = capsys.readouterr().err
    assert sentence in shown and "Traceback" not in shown
    behaviour.unlink()
    assert course.main(["lab"]) == 0
    assert len(started) == 1


@pytest.mark.parametrize(
    ("command", "told"), [("lab", "needs 4 GB, on Linux 10 GB"), ("site", "needs 1 GB)")]
)
def test_a_full_disk_names_what_this_environment_needs(course, started, capsys, command, told):
    (course.ROOT / "requirements-site.txt").write_text("pip==1.0\nsetuptools==2.0\n")
    (course.ROOT / "behaviour.txt").write_text("[Errno 28] No space left on device")
    assert course.main([command]) == 1
    assert f"The disk is full: make room (the environment {told}" in capsys.readouterr().err


def leave_free(course, monkeypatch, gigabytes):
    usage = shutil._ntuple_diskusage(10**12, 10**12, int(gigabytes * 1024**3))
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: usage)


@pytest.mark.parametrize(("cuda", "free", "needed"), [(False, 3.9, 4), (True, 3.9, 10), (True, 9.9, 10)])
def test_a_nearly_full_disk_is_noticed_before_the_download(course, monkeypatch, capsys, cuda, free, needed):
    """The usual PyTorch for Linux brings NVIDIA's libraries, which need more room than all the rest."""
    monkeypatch.setattr(course, "brings_cuda", lambda: cuda)
    leave_free(course, monkeypatch, free)
    assert course.main(["lab"]) == 1
    assert f"needs {needed} GB, and {free} GB are free: make room" in capsys.readouterr().err
    assert not pip_calls(course)


@pytest.mark.parametrize(("cuda", "free"), [(False, 4.1), (True, 10.1)])
def test_a_disk_with_room_enough_for_this_pytorch_will_do(course, started, monkeypatch, cuda, free):
    monkeypatch.setattr(course, "brings_cuda", lambda: cuda)
    monkeypatch.setattr(course.sys, "platform", "darwin")  # no index to ask
    leave_free(course, monkeypatch, free)
    assert course.main(["lab"]) == 0


def test_room_is_checked_again_when_the_small_pytorch_is_not_to_be_had(course, monkeypatch, capsys):
    monkeypatch.setattr(course.sys, "platform", "linux")
    monkeypatch.setattr(course, "brings_cuda", lambda: False)
    leave_free(course, monkeypatch, 5)
    (course.ROOT / "behaviour.txt").write_text("no CPU build")
    assert course.main(["lab"]) == 1
    assert "needs 10 GB, and 5.0 GB are free" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_killed_pip_gets_its_sentence_and_is_recovered_from(course, started, capsys):
    behaviour = course.ROOT / "behaviour.txt"
    behaviour.write_text("kill -9")
    assert course.main(["lab"]) == 1
    assert "The installation was killed" in capsys.readouterr().err
    behaviour.unlink()
    assert course.main(["lab"]) == 0 and started


def test_a_pip_killed_over_the_small_pytorch_does_not_go_on_with_the_large_one(course, monkeypatch):
    monkeypatch.setattr(course.sys, "platform", "linux")

    def killed(*arguments, **_):
        if "--no-deps" in arguments:
            raise course.Problem(course.KILLED)
        assert not any("requirement" in argument for argument in arguments)

    monkeypatch.setattr(course, "pip", killed)
    with pytest.raises(course.Problem, match="was killed"):
        course.install_packages(cuda=False)


def refuse_writing(course, monkeypatch, number):
    """What the system answers whoever would write into the repository."""

    def refuse(self, *_, **__):
        raise OSError(number, os.strerror(number), str(self))

    for name in ("mkdir", "write_text", "unlink"):
        monkeypatch.setattr(course.Path, name, refuse)
    monkeypatch.setattr(course.os, "access", lambda path, mode: False)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "You may not write into {}: copy the course into a folder of your own"),
        (errno.EROFS, "{} is on a disk that cannot be written: copy the course into a folder of your own"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_a_folder_that_cannot_be_written_gets_its_sentence(course, monkeypatch, capsys, old, number, told):
    """A checkout of another user, a read-only disk; without an environment, or with an old one."""
    if old:
        course.ensure_environment()
        course.REQUIREMENTS.write_text(REQUIREMENTS + "# changed")
    refuse_writing(course, monkeypatch, number)
    assert course.main(["lab"]) == 1
    assert told.format(course.ROOT) in capsys.readouterr().err


def test_a_python_without_venv_says_how_to_get_it(course, monkeypatch, capsys):
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None)
    assert course.main(["lab"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_somebody_elses_environment_is_left_alone(course, capsys, kind):
    if kind == "folder":
        (course.ENV / "bin").mkdir(parents=True)
    else:
        course.ENV.write_text("mine")
    assert course.main(["lab"]) == 1
    assert "was not made by course.py: rename or delete it" in capsys.readouterr().err
    assert (course.ENV / "bin").is_dir() or course.ENV.read_text() == "mine"


# --- PyTorch without CUDA -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "nvidia", "index_answers", "wanted"),
    [
        ("linux", False, True, True),
        ("linux", False, False, False),
        ("linux", True, True, False),
        ("darwin", False, True, False),
        ("win32", False, True, False),
    ],
)
def test_the_cpu_build_is_fetched_only_where_it_saves_something(
    course, monkeypatch, platform, nvidia, index_answers, wanted
):
    monkeypatch.setattr(course.sys, "platform", platform)
    monkeypatch.setattr(course, "has_nvidia", lambda: nvidia)
    monkeypatch.setattr(course, "answers", lambda url: index_answers)
    calls = []
    monkeypatch.setattr(course, "pip", lambda *arguments, **_: calls.append(arguments))
    course.install_packages(course.brings_cuda())
    cpu = [call for call in calls if "torch==3.0+cpu" in call]
    assert len(cpu) == wanted
    assert all("--no-deps" in call and course.TORCH_CPU in call for call in cpu)
    assert sum(course.TORCH_CPU in str(call) for call in calls) == wanted


def test_without_a_cpu_build_the_usual_one_is_taken(course, monkeypatch):
    monkeypatch.setattr(course.sys, "platform", "linux")
    monkeypatch.setattr(course, "has_nvidia", lambda: False)
    monkeypatch.setattr(course, "answers", lambda url: True)
    (course.ROOT / "behaviour.txt").write_text("no CPU build")
    course.ensure_environment()
    assert len(pip_calls(course)) == 4
    assert course.STAMP.exists()


def test_an_index_that_does_not_answer_is_not_waited_for():
    course = load(ROOT)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not course.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)
    assert not course.answers("http://127.0.0.1:1/", seconds=0.2)


# --- requirements.txt and environment.yml ---------------------------------------------------------------


def requirements():
    """{name: version} of requirements.txt; fails on every line that is not an exact version."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    found = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        # (OpenTelemetry publishes some of its packages as betas only: a b and a number may end a version.)
        exact = re.fullmatch(
            r'([a-z0-9-]+)==([0-9.]+(?:b[0-9]+)?)(; sys_platform [!=]= "(darwin|win32)")?', line
        )
        assert exact, f"not one exact version: {line}"
        assert exact[1] not in found, f"twice: {line}"
        found[exact[1]] = exact[2]
    return found


def test_requirements_are_exact_and_the_fixed_ones_stay():
    pins = requirements()
    fixed = {"torch": "2.13.0", "nbval": "0.11.0", "pytest": "9.2.0"}
    assert {name: pins[name] for name in fixed} == fixed


def test_requirements_are_what_is_installed_and_nothing_is_missing():
    """Each pin is installed, and whatever a pinned package needs is pinned too (CUDA is left to pip)."""
    pins = requirements()
    installed = {
        canonicalize_name(found.metadata["Name"]): found
        for found in importlib.metadata.distributions(path=[sysconfig.get_paths()["purelib"]])
    }
    elsewhere = {"appnope", "colorama", "pywinpty", "xgboost", "xgboost-cpu"} - set(installed)
    assert not {"xgboost", "xgboost-cpu"} <= elsewhere
    here = {name: installed[name].version.partition("+")[0] for name in set(pins) - elsewhere}
    assert here == {name: version for name, version in pins.items() if name not in elsewhere}
    for name in here:
        for needed in map(Requirement, installed[name].requires or []):
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if applies and not needed.name.startswith(("nvidia-", "cuda-", "triton")):
                assert canonicalize_name(needed.name) in pins, f"{name} needs {needed.name}"


def test_the_service_has_the_same_versions():
    lines = (ROOT / "service/requirements.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins.items() <= requirements().items()


def test_environment_yml_agrees_with_requirements():
    content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert content["channels"][0] == "conda-forge"
    *specs, from_pip = content["dependencies"]
    itself, *others = from_pip["pip"]
    assert itself == "-e ."
    pins = requirements()
    pip_pins = dict(spec.partition(";")[0].split("==") for spec in others)
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert set(others) <= set(lines)  # with the same systems
    assert pip_pins.items() <= pins.items()
    pins["pytorch-cpu"] = pins["torch"]
    pins["prometheus_client"] = pins["prometheus-client"]
    versions = dict(spec.split("=") for spec in specs if "=" in spec)
    assert (3, 11) <= tuple(map(int, versions.pop("python").split("."))) <= (3, 13)
    assert "pytorch-cpu" in versions
    names = {name.replace("pytorch-cpu", "torch").replace("_", "-") for name in versions}
    pulled_in = {"cloudpickle", "ipython", "joblib", "packaging", "pydantic", "threadpoolctl"}
    assert {Requirement(line).name for line in RANGES} <= names | pulled_in | set(pip_pins)
    for name in pulled_in:
        assert any(needs_always(other, name) for other in (names | {"ipykernel"}) - {"setuptools"}), name
    for name, version in versions.items():
        assert f"{pins[name]}.".startswith(f"{version}."), name


def needs_always(package, other):
    """Does this installed package need the other one, whatever was asked for beside it?"""
    lines = map(Requirement, importlib.metadata.requires(package) or [])
    return any(
        canonicalize_name(line.name) == other and (line.marker is None or line.marker.evaluate({"extra": ""}))
        for line in lines
    )


# --- one list: pyproject.toml, the cell for Colab, chapter 0's look at what is installed ----------------


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RANGES = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lessons"]]
CHAPTERS = sorted(path.stem for path in (ROOT / "sources" / "chapters").glob("*.py"))


def test_what_is_installed_lies_in_the_ranges():
    pins = requirements()
    for requirement in map(Requirement, RANGES):
        assert requirement.specifier.contains(pins[requirement.name]), requirement


def test_the_weekly_run_with_the_oldest_versions_tries_every_range():
    """Its line with sed turns each range into the version at its lower end."""
    workflow = (ROOT / ".github" / "workflows" / "newest.yml").read_text("utf-8")
    pattern, replacement = re.search(r"sed -nE 's/(.*)/(.*)/p' pyproject", workflow).groups()
    lines = re.findall(f"{pattern}$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert replacement == r"\1==\2\3"
    assert [f"{name}>={version}{system}" for name, version, system in lines] == RANGES


def imports(path):
    """The packages that the code cells of a source import, functions that are given included."""
    cells = [cell.source for cell in jupytext.read(path, fmt="py:percent").cells if cell.cell_type == "code"]
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_on_colab_a_chapter_gets_whatever_it_imports(chapter):
    """Run the first cell as Colab would, and look at what it hands to pip."""
    calls = []
    shell = SimpleNamespace(run_line_magic=lambda *call: calls.append(call))
    text = colab_text(read_course(ROOT), chapter)
    with unittest.mock.patch.dict(sys.modules, {"google.colab": None}):
        exec(text, {"get_ipython": lambda: shell})
    ((magic, line),) = calls
    assert magic == "pip" and line.startswith("install -q ")
    helper, *ranges = shlex.split(line)[2:]
    assert helper == f"git+{PROJECT['urls']['Repository']}"
    assert set(ranges) <= {line.partition(";")[0] for line in RANGES}
    brought = {imported_as(Requirement(line).name) for line in [*ranges, *PROJECT["dependencies"]]}
    folders = [ROOT / "sources" / kind / f"{chapter}.py" for kind in ("chapters", "exercises")]
    used = set().union(*(imports(path) for path in folders if path.exists()))
    code = "".join(path.read_text("utf-8") for path in folders if path.exists())
    its_own = set(re.findall(r'/ "(\w+)\.py"\)\.write_text', code))  # modules that the chapter itself writes
    its_own |= set(re.findall(r'write_module\("(\w+)"', code))
    assert used - its_own - {"coursekit", "service"} <= brought | {"IPython"}


def test_elsewhere_the_cell_for_colab_does_nothing():
    exec(colab_text(read_course(ROOT), CHAPTERS[0]), {})


def look_at_the_installation(monkeypatch, capsys, installed, modules=()):
    """What chapter 0's look prints where these packages are installed ({name: version})."""

    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: version(name) and needs())
    monkeypatch.setattr(sys, "modules", sys.modules | dict.fromkeys(modules))
    cells = jupytext.read(ROOT / "sources" / "chapters" / "00_start_here.py", fmt="py:percent").cells
    exec(next(cell.source for cell in cells if "PackageNotFoundError" in cell.source), {})
    return capsys.readouterr().out


def needs():
    """The ranges as an installed coursekit tells them."""
    lessons = PROJECT["optional-dependencies"]["lessons"]
    told = []
    for line in lessons:
        package, _, system = line.partition("; ")
        told.append(f'{package}; {system + " and " if system else ""}extra == "lessons"')
    return [*PROJECT["dependencies"], *told]


@pytest.mark.parametrize(
    ("changes", "modules", "told"),
    [
        ({}, [], "Everything is here."),
        ({"torch": "2.13.0+cpu"}, [], "Everything is here."),
        ({"coursekit": None}, [], "- coursekit, the course's helper, is missing"),
        ({"optuna": None}, [], "- optuna is missing"),
        ({"xgboost-cpu" if sys.platform == "darwin" else "xgboost": None}, [], "Everything is here."),
        ({"scikit-learn": "1.6.1"}, [], "- scikit-learn is 1.6.1, but must be >=1.9"),
        ({"optuna": None, "skops": None}, ["google.colab"], "Everything is here."),
        ({"pandas": "2.1.4"}, ["google.colab"], "- pandas is 2.1.4, but must be >=2.2.2"),
    ],
)
def test_chapter_0_says_whether_everything_is_here(monkeypatch, capsys, changes, modules, told):
    everything = {"coursekit": "1.0.0", **requirements()}
    installed = {name: found for name, found in (everything | changes).items() if found}
    said = look_at_the_installation(monkeypatch, capsys, installed, modules)
    assert told in said and ("Not ready yet" in said) == (told[0] == "-")
