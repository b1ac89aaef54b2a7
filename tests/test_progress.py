"""`course.py progress` reads what the saved exercises say; it runs nothing and is stopped by nothing."""

import shutil
from pathlib import Path

import nbformat
import pytest

import coursekit as ck
from tools.progress import report

ROOT = Path(__file__).resolve().parents[1]
NAMES = [path.name for path in sorted((ROOT / "exercises").glob("0[0-2]*.ipynb"))]


@pytest.fixture
def root(tmp_path):
    """A clone with the exercises of the first three chapters and a copy of each in work/."""
    for folder in ("exercises", "work/exercises"):
        (tmp_path / folder).mkdir(parents=True)
        for name in NAMES:
            shutil.copyfile(ROOT / "exercises" / name, tmp_path / folder / name)
    return tmp_path


def say(root, number, *verdicts):
    """The first check cells of a copy have printed these lines; None is a cell that was not run."""
    path = root / "work" / "exercises" / NAMES[number]
    nb = nbformat.read(path, as_version=4)
    checks = [cell for cell in nb.cells if cell.source.startswith("check.q")]
    for cell, printed in zip(checks, verdicts or ["✓ {}: passed\n"] * len(checks), strict=False):
        if printed:
            name = cell.source[6 : cell.source.index("(")].upper()
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed.format(name))]
    nbformat.write(nb, path)


def states(root):
    return [line[50:].strip() for line in report(root) if "·" in line[:5]]


def test_the_states_of_chapters_and_the_next_question(root):
    assert states(root) == ["not begun"] * 3
    assert report(root)[0].startswith("0 · Start here  ")
    assert report(root)[-1] == f"Next: Q1 in work/exercises/{NAMES[0]}"
    say(root, 1, "✓ {}: passed\n", None, "✗ {}: not yet. Look again.\n")
    assert states(root)[1].startswith("open, 1 of ")
    assert report(root)[-1] == f"Next: Q2 in work/exercises/{NAMES[1]}", "what was begun is gone on with"
    say(root, 1)
    assert states(root) == ["not begun", "passed", "not begun"]
    assert report(root)[-1] == f"Next: Q1 in work/exercises/{NAMES[0]}"
    say(root, 0)
    say(root, 2)
    assert states(root) == ["passed"] * 3 and report(root)[-1] == "All passed."


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("· {}: not attempted\n", "not begun"),
        ("· {}: cheapest is right; metric is still to do.\n", "open, 0 of "),
        ("… {0}: still checking\n✓ {0}: passed\n", "open, 1 of "),
        ("✗ {}: not yet. Your answer raised NameError: name 'x' is not defined\n", "open, 0 of "),
        ("Traceback: something else\n", "not begun"),
    ],
)
def test_every_verdict_of_a_check_is_understood(root, printed, state):
    say(root, 1, printed)
    assert states(root)[1].startswith(state)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"cells": [{}]}', b'{"cells": [{"cell_type": "code"}]}', b"3"],
)
def test_a_broken_file_gets_a_plain_line_and_the_others_theirs(root, content):
    (root / "work" / "exercises" / NAMES[1]).write_bytes(content)
    say(root, 2)
    assert states(root) == [
        "not begun",
        f"work/exercises/{NAMES[1]} cannot be read as a notebook",
        "passed",
    ]


def test_a_missing_copy_is_not_begun_and_a_notebook_of_the_learners_own_is_left_out(root):
    shutil.copyfile(ROOT / "exercises" / NAMES[2], root / "work" / "exercises" / "my try.ipynb")
    (root / "work" / "exercises" / NAMES[0]).unlink()
    (root / "work" / "exercises" / NAMES[1]).unlink()
    (root / "work" / "exercises" / NAMES[1]).mkdir()
    assert len(states(root)) == 3 and states(root)[0] == "not begun"
    shutil.rmtree(root / "work")
    assert states(root) == ["not begun"] * 3


def test_every_real_exercise_has_questions_that_are_found():
    shown = report(ROOT)
    assert len([line for line in shown if "·" in line[:6]]) == len(list((ROOT / "exercises").glob("*.ipynb")))


def test_the_verdicts_are_those_that_a_check_prints(capsys, root):
    """The words are coursekit's, asked here and not copied."""
    check = ck.checks(0)
    for question in ("q1", "q2", "q3"):
        getattr(check, question)()  # no answers at all: a wrong call, and so one line
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    say(root, 0, *said)
    assert states(root)[0].startswith("open, 0 of")
