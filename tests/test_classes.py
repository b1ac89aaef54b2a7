"""Around a class: plans with true minutes, points for platforms, containers, the image, a hub."""

import csv
import os
import re
import stat
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.sources import read_course
from tools.times import exercise_minutes, lesson_minutes

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "classroom"))

import container  # noqa: E402
import platforms  # noqa: E402

from tools import classroom  # noqa: E402

IMAGE = "machine-learning"


def plan_lines():
    """Each line of the plans as a dictionary of its columns."""
    names, found = [], []
    for line in (ROOT / "classroom" / "syllabus.md").read_text("utf-8").splitlines():
        values = [value.strip() for value in line.strip("|").split("|")]
        if not line.startswith("|"):
            names = []
        elif not names:
            names = values
        elif not set(line) <= set("|-"):
            found.append(dict(zip(names, values, strict=True)))
    return found


def test_plans_name_the_minutes_of_the_chapters():
    course = read_course(ROOT)
    lessons = {name[:2]: lesson_minutes(source.cells) for name, source in course.lessons.items()}
    exercises = {name[:2]: exercise_minutes(source.cells) for name, source in course.exercises.items()}
    lines = plan_lines()
    assert len(lines) > 20
    for line in lines:
        minutes = sum(lessons[chapter] for chapter in re.findall(r"\d\d", line["Lessons"]))
        minutes += sum(exercises[chapter] for chapter in re.findall(r"\d\d", line["Exercises"]))
        assert line["Minutes"] == str(minutes), f"write {minutes} minutes into the line {line}"
    term = [line for line in lines if "Day" not in line][4:]
    assert sorted(re.findall(r"\d\d", " ".join(line["Lessons"] for line in term))) == sorted(lessons)


def test_guide_names_the_points_of_the_sets():
    sets = read_course(ROOT).exercises.values()
    points = [sum(cell.meta.get("points", 0) for cell in source.cells) for source in sets]
    text = (ROOT / "classroom" / "README.md").read_text("utf-8")
    assert f"The sets have {min(points)} to {max(points)} points" in text


@pytest.mark.parametrize("table", ["mails", "sms", "diabetes", "crashes"])
def test_privacy_page_names_the_chapters_of_a_table(table):
    course = read_course(ROOT)
    sources = [*course.lessons.items(), *course.exercises.items()]
    loads = f'load("{table}"'
    chapters = {name[:2] for name, source in sources if any(loads in cell.text for cell in source.cells)}
    text = (ROOT / "classroom" / "privacy.md").read_text("utf-8")
    named = re.search(rf"- \*\*`{table}`.*?\(chapters ([\d, ]+)\)", text)[1]
    assert named == ", ".join(sorted(chapters))


def test_points_for_platforms(tmp_path):
    anna = {"student_id": "s1", "first_name": "Anna", "last_name": "Bell", "email": "a@example.org"}
    ben = {"student_id": "Ben Noack", "first_name": "", "last_name": "", "email": ""}
    lines = [
        anna | {"score": "15.5", "max_score": "17.0"},
        ben | {"score": "0.0", "max_score": "17.0"},
        ben | {"student_id": "s3", "score": "", "max_score": "17.0"},
    ]
    assert platforms.write(tmp_path, "09_spam_filter", lines) == ["Ben Noack"]
    assert platform_tables(tmp_path) == [
        [
            ["ID number", "Email address", "First name", "Last name", "09_spam_filter"],
            ["s1", "a@example.org", "Anna", "Bell", "15.5"],
        ],
        [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "09_spam_filter"],
            ["    Points Possible", "", "", "", "", "17.0"],
            ["Bell, Anna", "", "s1", "", "", "15.5"],
        ],
    ]


def platform_tables(folder):
    return [list(csv.reader((folder / file).read_text("utf-8").splitlines())) for file in platforms.FILES]


def test_points_of_a_class_known_by_ids_alone(tmp_path):
    nobody = {"first_name": "", "last_name": "", "email": "", "max_score": "17.0"}
    lines = [nobody | {"student_id": "s1", "score": "15.5"}, nobody | {"student_id": "s2", "score": "0.0"}]
    assert platforms.write(tmp_path, "09_spam_filter", lines) == []
    moodle, canvas = platform_tables(tmp_path)
    assert moodle == [
        ["ID number", "Email address", "First name", "Last name", "09_spam_filter"],
        ["s1", "", "", "", "15.5"],
        ["s2", "", "", "", "0.0"],
    ]
    assert canvas == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "09_spam_filter"],
        ["    Points Possible", "", "", "", "", "17.0"],
        ["s1", "", "s1", "", "", "15.5"],
        ["s2", "", "s2", "", "", "0.0"],
    ]


def test_container_is_closed():
    command = container.command("podman", "an-image", "a-name", 60)
    before, after = command[: command.index("an-image")], command[command.index("an-image") + 1 :]
    assert {"--network=none", "--read-only", "--cap-drop=ALL", "--rm", "--user=1000:1000"} <= set(before)
    assert {"--security-opt=no-new-privileges", "--memory=2g", "--memory-swap=2g"} <= set(before)
    assert any(word.startswith("--pids-limit=") for word in before)
    assert [word for word in before if word.startswith("--volume")] == [f"--volume={ROOT}:{ROOT}:ro"]
    assert after == ["python", str(ROOT / "classroom" / "container.py"), "60"]


def sent_notebook():
    return new_notebook(
        cells=[new_markdown_cell("Text"), new_code_cell("1 + 1"), new_code_cell("check.q1(2)")]
    )


@pytest.mark.parametrize("answer", [b"", b"{}", b"[1]", b"not JSON", b'{"cells": [{}]}'])
def test_container_that_says_nothing_sensible_earns_nothing(answer):
    notebook = sent_notebook()
    container.take_outputs(notebook, answer)
    assert [cell.outputs[0].evalue for cell in notebook.cells[1:]] == [container.LOST] * 2


def test_of_a_container_only_outputs_are_taken():
    came = sent_notebook()
    came.cells[2].outputs = [new_output("stream", text="passed")]
    came.cells[2].metadata.nbgrader = {"points": 100}
    notebook = sent_notebook()
    container.take_outputs(notebook, nbformat.writes(came).encode())
    assert notebook.cells[2].outputs[0].text == "passed" and not notebook.cells[2].metadata
    came.cells[2].source = "pass"
    container.take_outputs(notebook, nbformat.writes(came).encode())
    assert notebook.cells[2].outputs[0].evalue == container.LOST


def test_no_container_to_be_had(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    grade = ["grade", str(tmp_path / "class"), "00", "--container"]
    assert classroom.main(grade) == 1
    said = capsys.readouterr().err
    assert ("inside WSL" if os.name == "nt" else "neither podman nor docker") in said
    if os.name == "posix":
        make_engine(tmp_path, "echo 'Cannot connect to the daemon' >&2\nexit 1")
        assert classroom.main(grade) == 1
        said = capsys.readouterr().err
        assert "It said: Cannot connect to the daemon" in said and f"docker build --tag {IMAGE} ." in said
    assert not (tmp_path / "class").exists()


def make_engine(folder, script):
    """A docker that does what the script says."""
    engine = folder / "docker"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)


BROKEN = "[ $1 = run ] || exit 0\necho 'error setting rlimit' >&2\nexit 126"


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for docker is a shell script")
def test_container_that_cannot_start_grades_nobody(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(container, "ENGINES", ["docker"])
    make_engine(tmp_path, BROKEN)
    notebook = sent_notebook()
    with pytest.raises(container.NoContainer, match="docker said: error setting rlimit"):
        container.execute(notebook, IMAGE, 5)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert classroom.main(["grade", str(tmp_path / "class"), "00", "--container"]) == 1
    assert "error setting rlimit" in capsys.readouterr().err
    assert not (tmp_path / "class").exists()


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for docker is a shell script")
def test_container_that_stopped_is_the_hand_ins_doing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(container, "ENGINES", ["docker"])
    make_engine(tmp_path, "[ $1 = run ] || exit 0\necho started\nexit 137")
    notebook = sent_notebook()
    container.execute(notebook, IMAGE, 5)
    assert notebook.cells[2].outputs[0].evalue == container.LOST
    with pytest.raises(container.NoContainer, match="A trial in a container"):
        container.try_out(IMAGE)


def has_image():
    try:
        return bool(container.find_engine(IMAGE))
    except container.NoContainer:
        return False


@pytest.mark.skipif(not has_image(), reason="needs podman or docker, and the image machine-learning built")
def test_hand_in_in_a_container():
    """What hostile code sees and can do there."""
    tries = [
        f"open({str(ROOT / 'README.md')!r}, 'a')",
        "import socket; socket.create_connection(('1.1.1.1', 53), timeout=5)",
        "open('/opt/machine-learning/README.md', 'a')",
        "open('/tmp/own', 'w').write('mine')",
        "import os; print(os.getuid(), os.listdir('/sys/class/net'))",
        "import time\nwhile True: time.sleep(1)",
        "'after'",
        "bytearray(4 * 1024**3)[::4096]",
        "'too late'",
    ]
    notebook = new_notebook(cells=[new_code_cell(code) for code in tries])
    container.execute(notebook, IMAGE, 5)
    said = [" ".join(output.get("ename", str(output)) for output in cell.outputs) for cell in notebook.cells]
    assert said[0] in ("OSError", "PermissionError") and said[1] == "OSError" and said[2] == "OSError"
    assert "4" in said[3] and "1000 ['lo']" in said[4] and "after" in said[6]
    assert said[5] and "too late" not in said[8]


def test_dockerfile_installs_what_the_course_pins():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert "course.py" in text and "--constraint requirements.txt" in text
    assert re.search(r"^USER 1000$", text, re.MULTILINE) and "--publish 127.0.0.1:" in text
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {".git", ".venv*", "work"} <= set(ignored)


def test_hub_values():
    values = yaml.safe_load((ROOT / "classroom" / "hub-values.yaml").read_text("utf-8"))
    user = values["singleuser"]
    assert user["networkPolicy"]["egressAllowRules"] == {
        "privateIPs": False, "cloudMetadataServer": False, "nonPrivateIPs": True,
    }  # fmt: skip
    home = re.search(r"useradd .*--create-home (\w+)", (ROOT / "Dockerfile").read_text("utf-8"))
    assert user["storage"]["homeMountPath"] == f"/home/{home[1]}"
    # Where the server starts is where nbgitpuller puts the course: elsewhere it is lost with the server.
    assert values["hub"]["config"]["KubeSpawner"]["notebook_dir"] == f"/home/{home[1]}"
    assert values["hub"]["config"]["Authenticator"]["allowed_users"]  # without it JupyterHub 5 lets nobody in


def test_hub_guide_names_one_version():
    hub, docker = ((ROOT / place).read_text("utf-8") for place in ("classroom/hub.md", "Dockerfile"))
    fits = re.search(r"Chart (\S+) has JupyterHub (\S+),", hub)
    assert f"--version {fits[1]}" in hub and f"ARG JUPYTERHUB={fits[2]}\n" in docker
