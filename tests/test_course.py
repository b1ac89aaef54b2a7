"""course.py: its commands, and how it makes, reuses and repairs the environment.

Every test works on a copy of course.py in a temporary folder, with a two-line requirements.txt. The virtual
environments are real; only pip is played by a small script, so nothing is downloaded and nothing is slow.
"""

import ast
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    if text not in ("no CPU build", "Ctrl-C") or "--no-deps" in sys.argv and "torch" in sys.argv[-1]:
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

    monkeypatch.setattr(module.subprocess, "run", run_without_ensurepip)
    monkeypatch.setattr(module, "answers", lambda url: False)
    return module


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


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["labs"], 2), (["--help"], 0), (["-h"], 0)])
def test_no_or_an_unknown_command_shows_the_usage_and_touches_nothing(course, capsys, arguments, code):
    assert course.main(arguments) == code
    shown = "".join(capsys.readouterr())
    places = [shown.index(f"python course.py {name}") for name in ("lab", "test", "build", "classroom")]
    assert places == sorted(places)
    assert not course.ENV.exists()


def test_lab_opens_the_first_page_and_passes_arguments_on(course, started):
    assert course.main(["lab", "--no-browser", "--port", "65123"]) == 0
    ((arguments, variables),) = started
    assert arguments == ("-m", "jupyterlab", "--no-browser", "--port", "65123")
    settings = Path(variables["JUPYTER_CONFIG_PATH"])
    server = json.loads((settings / "jupyter_server_config.json").read_text())
    assert server["ServerApp"]["root_dir"] == str(course.ROOT)
    assert server["LabApp"]["default_url"] == "/lab/tree/chapters/00_start_here.ipynb"
    page = json.loads((settings / "labconfig" / "page_config.json").read_text())
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"] is True


@pytest.mark.parametrize("form", [["--port", "{}"], ["--port={}"], ["--ServerApp.port={}"]])
def test_lab_says_when_the_port_is_in_use(course, started, capsys, form):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert course.main(["lab", *(part.format(port) for part in form)]) == 1
    assert f"Port {port} is in use" in capsys.readouterr().err
    assert not started


def test_what_lab_turns_off_is_really_installed():
    """A renamed extension would come back onto the learner's screen unnoticed."""
    course = load(ROOT)
    extensions = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    for name in course.LAB_EXTENSIONS_OFF:
        assert ":" in name or (extensions / name).is_dir(), name
    for name in course.SERVER_EXTENSIONS_OFF:
        assert importlib.util.find_spec(name), name


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


def test_a_nearly_full_disk_is_noticed_before_the_download(course, monkeypatch, capsys):
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    assert course.main(["lab"]) == 1
    assert "The disk is full" in capsys.readouterr().err
    assert not pip_calls(course)


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
    course.install_packages()
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
        exact = re.fullmatch(r'([a-z0-9-]+)==([0-9.]+)(; sys_platform == "(darwin|win32)")?', line)
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
    elsewhere = {"appnope", "colorama", "pywinpty"} - set(installed)
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
    assert from_pip == {"pip": ["-e ."]}
    pins = requirements()
    pins["pytorch-cpu"] = pins["torch"]
    pins["prometheus_client"] = pins["prometheus-client"]
    versions = dict(spec.split("=") for spec in specs if "=" in spec)
    assert (3, 11) <= tuple(map(int, versions.pop("python").split("."))) <= (3, 13)
    assert "pytorch-cpu" in versions
    for name, version in versions.items():
        assert f"{pins[name]}.".startswith(f"{version}."), name
