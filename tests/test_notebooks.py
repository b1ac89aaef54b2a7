"""What tests/notebooks.py adds to nbval works: tried on cells that must pass and cells that must fail."""

import os
import platform
import re
import subprocess
import sys

import nbformat
import pytest

from tests.notebooks import ROOT, offline_environment

V4 = nbformat.v4
CONNECT = "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)"
ONCE = "runs = globals().get('runs', 0) + 1\n"
SHOW = """\
import coursekit as ck
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1])
ck.show(fig, "A line that rises from 0 to 1")"""


def printed(text):
    return [V4.new_output("stream", name="stdout", text=text)]


def picture(**changes):
    """What `ck.show` stores for SHOW, but for some changes."""
    structure = {"title": "", "lines": 1, "points": 0, "bars": 0, "images": 0, "colours": ["#0072b2"]}
    structure |= {"limits": [-0.05, 1.0, -0.05, 1.0]} | changes
    alt = "A line that rises from 0 to 1"
    metadata = {"image/png": {"alt": alt}, "picture": [structure]}
    return [V4.new_output("display_data", data={"image/png": "", "text/plain": alt}, metadata=metadata)]


def check_cell(source):
    role = {"grade": True, "grade_id": "q1", "points": 1, "schema_version": 3, "locked": True}
    return V4.new_code_cell(source, metadata={"nbgrader": role | {"solution": False, "task": False}})


def ran(source, outputs=(), **metadata):
    return V4.new_code_cell(source, outputs=list(outputs), execution_count=1, metadata=metadata)


# name -> (folder, cell, what the report must say; None if the cell must pass)
CELLS = {
    "close_number": ("chapters", ran("print('score', 0.93104)", printed("score 0.93101\n")), None),
    "far_number": (
        "chapters",
        ran("print('score', 0.93104)", printed("score 0.87101\n")),
        "stored: score 0.87101\n  now:    score 0.93104",
    ),
    "wide": ("solutions", ran("print(0.95)", printed("0.91\n"), tags=["rtol=0.1"]), None),
    "ignored": ("chapters", ran("print(7)", printed("8\n"), tags=["nbval-ignore-output"]), None),
    "semicolon": ("chapters", ran("3 * 4;"), None),
    "no_semicolon": ("chapters", ran("3 * 4"), "stored outputs: none\n  outputs now:    text/plain"),
    "stderr": (
        "chapters",
        ran("import sys\nprint('Warning', file=sys.stderr)", tags=["nbval-ignore-output"]),
        "the cell writes to stderr",
    ),
    "error": ("solutions", ran("1 / 0"), "ZeroDivisionError"),
    "exercise_error": ("exercises", V4.new_code_cell("1 / 0"), "ZeroDivisionError"),
    "exercise_output": ("exercises", V4.new_code_cell("print(7)"), None),
    "blank": ("exercises", check_cell("print('· Q1: not attempted')"), None),
    "solved": ("exercises", check_cell("print('✓ Q1: passed')"), "must say '· Q1: not attempted'"),
    "picture": ("chapters", ran(SHOW, picture()), None),
    "other_picture": ("chapters", ran(SHOW, picture(lines=2)), "axes 1, lines\n  stored: 2\n  now:    1"),
    "fails_twice": ("chapters", ran(f"{ONCE}assert runs == 1"), "the first run is right, the second is not"),
    "other_twice": (
        "chapters",
        ran(f"{ONCE}print(runs)", printed("1\n")),
        "the first run is right, the second is not; let the cell change nothing that it reads\n\n"
        f"    {ONCE}    print(runs)\n\nCell outputs differ\n",
    ),
    "once": ("chapters", ran(f"{ONCE}print(runs)", printed("1\n"), tags=["once"]), None),
    "solution_runs_once": ("solutions", ran(f"{ONCE}assert runs == 1"), None),
    "online": ("chapters", ran(CONNECT), "a connection to '192.0.2.1' was refused"),
    "folder": (
        "chapters",
        ran("import os\nprint(os.path.basename(os.getcwd()))", printed("chapters\n")),
        None,
    ),
    "threads": ("chapters", ran("import os\nprint(os.environ['OMP_NUM_THREADS'])", printed("1\n")), None),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The cells, each in a notebook of its own, tested as the course's notebooks are; what pytest said."""
    course = tmp_path_factory.mktemp("course")
    for name, (folder, cell, _) in CELLS.items():
        (course / folder).mkdir(exist_ok=True)
        nbformat.write(V4.new_notebook(cells=[cell]), course / folder / f"{name}.ipynb")
    options = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={course}", "-ptests.notebooks"]
    options += ["-n0", "-rA", "-pno:cacheprovider", "--color=no"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(course)],
        cwd=ROOT, env=os.environ | {"PYTHONUTF8": "1"}, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    return run.stdout + run.stderr


@pytest.mark.parametrize("name", CELLS)
def test_cell(report, name):
    folder, _, complaint = CELLS[name]
    verdict = re.search(rf"^(PASSED|FAILED|ERROR) \S*{folder}/{name}\.ipynb", report, re.MULTILINE)
    assert verdict, report
    assert verdict[1] == ("FAILED" if complaint else "PASSED"), report
    if complaint:
        section = report.partition(f"{folder}/{name}.ipynb, In [1]:")[2].partition("\n____")[0]
        assert complaint in section, section or report


def test_the_closing_lines_tell_a_learner_what_differs_and_what_to_report(report):
    """Three of the cells above differ; the others fail otherwise, which is no matter of last digits."""
    *_, told, closing = report.rstrip().splitlines()
    assert told.startswith("Notebook cells that ran but show other values than are stored: 3. ")
    assert "The installation works" in told and "/issues: " in told
    assert f"Python {platform.python_version()}" in told and platform.machine() in told
    assert re.match(r"\d+ failed, \d+ passed", closing)


def test_the_closing_lines_name_the_command_that_brings_the_browser_tests(tmp_path):
    """Without a browser on the PATH: how many are skipped, and what to install."""
    options = ["-n0", "-pno:cacheprovider", "--color=no", "tests/test_browser.py"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT, env=os.environ | {"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    *_, told, closing = run.stdout.rstrip().splitlines()
    skipped = re.match(r"(\d+) skipped in", closing)
    assert skipped, run.stdout
    assert told.startswith(f"{skipped[1]} tests want a browser and were skipped. `sudo apt-get install")


# --- the network guard --------------------------------------------------------------------------


CHILD = """
code = "import socket; socket.gethostbyname('course.invalid')"
subprocess.run([sys.executable, "-c", code], check=True)
"""


def run_offline(code):
    environment = offline_environment("")
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.socket().connect_ex(('192.0.2.1', 80))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))",
        "socket.getaddrinfo('course.invalid', 80)",
        "urllib.request.urlopen('http://course.invalid')",
        CHILD,
    ],
)
def test_no_connection_leaves_the_computer(attempt):
    run = run_offline(f"import socket, subprocess, sys, urllib.request\n{attempt}")
    assert run.returncode != 0
    assert "The course works offline: a connection to" in run.stderr


def test_connections_inside_the_computer_work():
    run = run_offline(
        "import socket\n"
        "server = socket.create_server(('localhost', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
    )
    assert run.returncode == 0, run.stderr
