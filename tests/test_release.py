"""The ways in that no test here can walk: releases, GitHub's workflows, the development container.

What is held: they agree with each other, with course.py and with what CHANGELOG.md promises.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

import course
from service.__main__ import command_line
from tools.release import newest, notes

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def workflow(name):
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text("utf-8"))


MATRIX = workflow("test")["jobs"]["test"]["strategy"]["matrix"]


# --- a tag, the version, the newest heading ---------------------------------------------------------------


def test_the_newest_heading_is_the_version():
    assert newest(CHANGELOG)[0] == PROJECT["version"]
    assert "### Added" in notes(f"v{PROJECT['version']}")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [1.2.0] - 2027-01-31\n\n- A chapter.\n\n## [1.1.9] - 2026-12-01\n\n- A mistake.\n"
    )
    return tmp_path


def test_the_notes_are_what_stands_under_the_heading(root):
    assert notes("v1.2.0", root) == "- A chapter."


def test_what_is_not_yet_released_is_passed_over(root):
    page = root / "CHANGELOG.md"
    page.write_text(page.read_text().replace("\n\n## ", "\n\n## [Unreleased]\n\n- A plan.\n\n## ", 1))
    assert notes("v1.2.0", root) == "- A chapter."


@pytest.mark.parametrize(
    ("tag", "old", "new", "told"),
    [
        ("v1.1.9", "", "", "The tag is v1.1.9, pyproject.toml says 1.2.0"),
        ("1.2.0", "", "", "The tag is 1.2.0, pyproject.toml says 1.2.0"),
        ("v1.2.0", "[1.2.0]", "[1.3.0]", "newest heading 1.3.0"),
        ("v1.2.0", "- A chapter.", "", "CHANGELOG.md says nothing about 1.2.0"),
        ("v1.1.9", "## [1.2.0] - 2027-01-31", "## 1.2.0 - 2027-01-31", "heading is '## 1.2.0 - 2027-01-31':"),
        ("v1.1.9", "2027-01-31", "31.1.2027", "heading is '## [1.2.0] - 31.1.2027': write it like ## ["),
        ("v1.2.0", "2027-01-31", "2027-13-45", "heading is '## [1.2.0] - 2027-13-45'"),
        ("v1.2.0", "## ", "", "first heading is ''"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(root, tag, old, new, told):
    page = root / "CHANGELOG.md"
    page.write_text(page.read_text().replace(old, new) if old else page.read_text())
    with pytest.raises(ValueError, match=re.escape(told)):
        notes(tag, root)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "Say which tag"), (["v0.0.0"], "The tag is v0.0.0"), (["-h"], "The tag is -h")],
)
def test_the_command_stops_with_a_sentence(arguments, told):
    command = [sys.executable, ROOT / "tools" / "release.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert told in done.stderr and "Traceback" not in done.stderr


def test_a_release_is_tested_and_checked_first():
    jobs = workflow("release")["jobs"]
    assert jobs["release"]["needs"] == "test" and jobs["test"]["uses"].endswith("/workflows/test.yml")
    assert "workflow_call" in workflow("test")[True]  # YAML reads the word `on` as true
    steps = [step.get("run", "") for step in jobs["release"]["steps"]]
    asked = next(place for place, step in enumerate(steps) if "tools/release.py" in step)
    published = next(place for place, step in enumerate(steps) if "gh release create" in step)
    assert asked < published


# --- one list of Python versions --------------------------------------------------------------------------


def test_every_promise_names_the_same_python_versions():
    table = re.search(r"^\| 1 \| ([\d., ]+) \|", CHANGELOG, re.MULTILINE)[1]
    promised = table.split(", ")
    assert promised == MATRIX["python"]
    assert promised == sorted(promised, key=lambda version: int(version[2:]))
    told = re.search(r"with Python ([\d., ]+) or (3\.\d+),", (ROOT / "course.py").read_text("utf-8"))
    assert [*told[1].split(", "), told[2]] == promised
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert all(allowed.contains(version) for version in promised) and not allowed.contains("3.10")
    weekly = {
        name: step["with"]["python-version"]
        for name, job in workflow("newest")["jobs"].items()
        for step in job["steps"]
        if "setup-python" in step.get("uses", "")
    }
    assert weekly == {"newest": promised[-1], "oldest": promised[0]}


def test_the_matrix_has_three_systems_and_arm():
    assert {name.partition("-")[0] for name in MATRIX["os"]} == {"ubuntu", "macos", "windows"}
    assert "ubuntu-24.04-arm" in MATRIX["os"]


@pytest.mark.parametrize("name", ["test", "newest", "release"])
def test_a_workflow_ends_in_time_and_may_only_read(name):
    text = workflow(name)
    assert text["permissions"] == {"contents": "read"}
    own = {key: job for key, job in text["jobs"].items() if "uses" not in job}
    assert own and all(10 <= job["timeout-minutes"] <= 120 for job in own.values())


def test_macos_gets_openmp_before_the_tests():
    """The wheels of LightGBM and XGBoost for macOS look for Homebrew's."""
    steps = workflow("test")["jobs"]["test"]["steps"]
    runs = [(step.get("if"), step["run"]) for step in steps if "run" in step]
    assert runs == [("runner.os == 'macOS'", "brew install libomp"), (None, "python course.py test")]


NODE_24 = {  # each action's first version on Node 24: GitHub's machines have no older one
    "checkout": 5,
    "setup-python": 6,
    "upload-artifact": 6,
    "upload-pages-artifact": 5,
    "deploy-pages": 5,
}


@pytest.mark.parametrize("name", sorted(path.stem for path in WORKFLOWS.glob("*.yml")))
def test_actions_run_on_todays_node_and_no_checkout_keeps_its_token(name):
    steps = [step for job in workflow(name)["jobs"].values() for step in job.get("steps", [])]
    used = [re.fullmatch(r"actions/(\S+)@v(\d+)", step["uses"]).groups() for step in steps if "uses" in step]
    assert [f"{action}@v{version}" for action, version in used if int(version) < NODE_24[action]] == []
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_only_a_pull_requests_older_run_is_cancelled():
    """Neither the tests of main or of a release, nor a website that is being published."""
    tests, website = workflow("test")["concurrency"], workflow("site")["concurrency"]
    assert tests["cancel-in-progress"] is True
    assert tests["group"] == "test-${{ github.event.pull_request.number || github.run_id }}"
    assert website["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


# --- the development container ----------------------------------------------------------------------------


def test_the_development_container_makes_the_environment_of_course_py():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8")
    container = json.loads(re.sub(r"^\s*//.*", "", text, flags=re.MULTILINE))
    image, version = container["image"].split(":")
    assert image.endswith("/devcontainers/python") and version in MATRIX["python"]
    program, script, command, *rest = container["postCreateCommand"].split()
    assert (program, script, rest) == ("python", "course.py", ["--version"]) and command in course.COMMANDS
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter.endswith("/.venv/bin/python")
    assert command_line().parse_args([]).port in container["forwardPorts"]
    assert container["forwardPorts"] == [int(port) for port in container["portsAttributes"]]
