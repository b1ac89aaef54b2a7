"""A class hands in one exercise set, well, badly and with tricks; nbgrader's scores are the right ones."""

import contextlib
import copy
import csv
import os
import re
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "classroom")]

import handed_in  # noqa: E402

from tools import classroom  # noqa: E402
from tools.notebooks import make_notebook, to_bytes, variant_cells  # noqa: E402
from tools.sources import read_course  # noqa: E402

# All submissions are made for a tiny set; these also for the first chapter here that has exercises.
REAL_CHAPTERS = ("09", "00")
REAL_SUBMISSIONS = {
    "perfect",
    "blank",
    "very file from exercises",
    "only the first",
    "raises",
    "loops",
    "kills the kernel",
    "split answer",
    "deleted check",
    "edited given cells",
    "tampered: check object",
    "tampered: own helper",
}
CELL_TIMEOUT = 12

TINY_SOURCE = """\
# %% [markdown]
# # 97 · Exercises: tiny

# %%
import coursekit as ck

check = ck.checks(97)
numbers = [3, 4, 5]

# %% answer="q1"
total = ...
### BEGIN SOLUTION
total = sum(numbers)
### END SOLUTION

# %% check="q1" points=1 minutes=10
check.q1(total)
### BEGIN HIDDEN TESTS
assert total == 12
### END HIDDEN TESTS

# %% answer="q2"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
    return ...

# %% [markdown] tags=["solution"]
# Twice is plus itself.

# %% check="q2" points=2 minutes=10
check.q2(double)

# %% answer="q3"
first, last = ..., ...
### BEGIN SOLUTION
first, last = numbers[0], numbers[-1]
### END SOLUTION

# %% check="q3" points=4 minutes=10
check.q3(first, last)
"""
TINY_CHECKS = """\
from coursekit.checking import need, question

@question
def q1(total):
    need(total == 12, "Add all three.")

@question
def q2(double):
    need(double(2) == 4, "Twice two is four.")

@question
def q3(first, last):
    need((first, last) == (3, 5), "The ends of the list.")
"""

# A helper that finds everything right, and what a student might write in an own cell to have it asked.
YES = """\
class Yes:
    def __getattr__(self, name):
        return lambda *answers: None
"""
OVERRIDES = {
    "check object": f"{YES}check = Yes()",
    "one question": "check.__dict__.update({f'q{n}': lambda *answers: None for n in range(1, 10)})",
    "checks function": f"""\
{YES}import coursekit as ck
import coursekit.checking
ck.checks = coursekit.checking.checks = lambda chapter: Yes()
check = ck.checks(0)""",
    "need and friends": """\
import coursekit.checking as c
c.need = lambda *a: None
c._ask = lambda *a: None
c._verdict = lambda *a: None""",
    "environment": "import os\nos.environ['NBGRADER_EXECUTION'] = ''",
    "forged score": YES.replace("None", "get_ipython().displayhook(1)") + "check = Yes()",
}
STUDENTS_OWN_HELPER = f"{YES}checks = lambda chapter: Yes()\nload = show = lambda *a: None\n"
KILL = "import os\nos.kill(os.getpid(), 9) if os.name == 'posix' else os._exit(1)"
STUBBORN_LOOP = (
    "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except KeyboardInterrupt:\n        pass"
)


class Assignment:
    """One exercise set: its notebook as handed out, its right answers, its points."""

    def __init__(self, root, name, only=None):
        self.root, self.name, self.only = root, name, only
        course = read_course(root)
        source = course.exercises[name]
        self.blank = make_notebook(variant_cells(course, "exercise", source))
        solved = {cell.origin: cell.text for cell in variant_cells(course, "solution", source)}
        self.answers = {c.meta["answer"]: solved[c.origin] for c in source.cells if "answer" in c.meta}
        self.points = {c.meta["check"]: c.meta["points"] for c in source.cells if "check" in c.meta}
        self.questions = list(self.answers)

    def with_answers(self, answers, released):
        """A copy of the notebook with these answers filled in."""
        notebook = copy.deepcopy(released)
        for question, text in answers.items():
            notebook.cells[place(notebook, f"{question}-answer")].source = text
        return notebook


def place(notebook, grade_id):
    """Where the cell with this nbgrader id stands."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return ids.index(grade_id)


def own_cell(notebook, text):
    """A copy with a student's own cell before the first answer, behind the given cells there."""
    notebook = copy.deepcopy(notebook)
    first = next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("solution"))
    notebook.cells.insert(first, nbformat.v4.new_code_cell(text))
    return notebook


def submissions(task, released):
    """Each student's notebook and the score it should get."""
    first, last = task.questions[0], task.questions[-1]
    total, points = sum(task.points.values()), task.points
    perfect = task.with_answers(task.answers, released)
    made = {
        "perfect": (perfect, total),
        "blank": (released, 0),
        "very file from exercises": (task.with_answers(task.answers, task.blank), total),
        "only the first": (task.with_answers({first: task.answers[first]}, released), points[first]),
    }

    def answer_last(text):
        return task.with_answers(task.answers | {last: text}, released), total - points[last]

    made["raises"] = answer_last("raise RuntimeError('no idea')")
    made["does not parse"] = answer_last("x = = 1")
    made["loops"] = answer_last("while True:\n    pass")
    made["loops stubbornly"] = answer_last(STUBBORN_LOOP)
    made["kills the kernel"] = (
        task.with_answers(task.answers | {task.questions[1]: KILL}, released),
        points[first],
    )
    made["exits"] = answer_last("import sys\nsys.exit(0)")
    warned = f"import warnings\nwarnings.warn('beware')\n{task.answers[last]}"
    made["warns"] = task.with_answers(task.answers | {last: warned}, released), total

    split = copy.deepcopy(perfect)
    here = place(split, f"{first}-answer")
    piece = copy.deepcopy(split.cells[here])
    piece.source, piece.id = "scratch = 0", "firsthalf"
    split.cells.insert(here, piece)
    made["split answer"] = split, total

    copied = copy.deepcopy(perfect)
    piece = copy.deepcopy(copied.cells[place(copied, last)])
    piece.id = "copiedcheck"
    copied.cells.insert(place(copied, last), piece)
    made["copied check"] = copied, total

    deleted = copy.deepcopy(perfect)
    del deleted.cells[place(deleted, first)]
    made["deleted check"] = deleted, total

    gone = copy.deepcopy(perfect)
    del gone.cells[place(gone, last)]
    del gone.cells[place(gone, f"{last}-answer")]
    made["deleted question"] = gone, total - points[last]

    edited = copy.deepcopy(perfect)
    edited.cells[place(edited, last)].source = "pass"
    edited.cells[place(edited, last)].metadata.nbgrader.points = 1000
    made["edited check, right"] = edited, total

    edited = copy.deepcopy(released)
    for question in task.questions:
        edited.cells[place(edited, question)].source = "pass"
    made["edited check, blank"] = edited, 0

    given = copy.deepcopy(perfect)
    for cell in given.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("given-"):
            cell.source = "numbers = [1, 2]\n1 / 0"
    made["edited given cells"] = given, total

    for what, text in OVERRIDES.items():
        made[f"tampered: {what}"] = own_cell(released, text), 0
    made["tampered: own helper"] = released, 0
    return {student: made[student] for student in made if task.only is None or student in task.only}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Nobody's own settings: nbgrader and Jupyter look into empty folders only."""
    home = tmp_path_factory.mktemp("home")
    folders = {"HOME": home, "USERPROFILE": home, "IPYTHONDIR": home / "ipython", "JUPYTER_NO_CONFIG": "1"}
    folders |= {f"JUPYTER_{kind}_DIR": home / kind.lower() for kind in ("CONFIG", "DATA", "RUNTIME")}
    return os.environ | {key: str(value) for key, value in folders.items()}


@pytest.fixture(scope="module", params=["tiny", "real"])
def task(request, tmp_path_factory):
    """The exercise set to grade."""
    if request.param == "tiny":
        return Assignment(tiny_course(tmp_path_factory.mktemp("tiny")), "97_tiny")
    for chapter in REAL_CHAPTERS:
        for path in sorted((ROOT / "sources" / "exercises").glob(f"{chapter}*.py")):
            return Assignment(ROOT, path.stem, REAL_SUBMISSIONS)
    pytest.skip("the repository has no exercises yet")


def tiny_course(root):
    """A repository with one exercise set of three questions."""
    ignore = shutil.ignore_patterns("checks", "__pycache__")
    shutil.copytree(ROOT / "coursekit", root / "coursekit", ignore=ignore)
    shutil.copytree(ROOT / "classroom", root / "classroom", ignore=ignore)
    (root / "coursekit" / "checks").mkdir(parents=True)
    (root / "coursekit" / "checks" / "ch97.py").write_text(TINY_CHECKS, encoding="utf-8")
    (root / "sources" / "exercises").mkdir(parents=True)
    (root / "sources" / "exercises" / "97_tiny.py").write_text(TINY_SOURCE, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", root / "pyproject.toml")
    return root


@pytest.fixture(scope="module")
def course(task, environment, tmp_path_factory):
    """A course laid out, its assignment released, all submissions handed in and graded.

    The tiny set is graded with our command, the real one with nbgrader's own.
    """
    folder = tmp_path_factory.mktemp("class") / "course"
    assert classroom.main([str(folder)], task.root) == 0
    nbgrader(folder, environment, "generate_assignment", task.name)
    released = nbformat.read(folder / "release" / task.name / f"{task.name}.ipynb", as_version=4)
    for student, (notebook, _) in submissions(task, released).items():
        place = folder / "submitted" / student / task.name
        place.mkdir(parents=True)
        (place / f"{task.name}.ipynb").write_bytes(to_bytes(notebook))
        if student == "tampered: own helper":
            (place / "coursekit.py").write_text(STUDENTS_OWN_HELPER, encoding="utf-8")
    settings = f"c = get_config()\nc.Execute.timeout = {CELL_TIMEOUT}\n"
    (folder / "my_settings.py").write_text(settings, encoding="utf-8")
    if task.only is None:
        run_command(environment, task.root, "grade", str(folder), "97")
    else:
        said = nbgrader(folder, environment, "autograde", task.name)
        (folder / "grading.log").write_text(said, encoding="utf-8")
        for student in ("perfect", "blank", "raises", "tampered: check object"):
            nbgrader(folder, environment, "generate_feedback", task.name, "--student", student)
        nbgrader(folder, environment, "export")
    return folder


def nbgrader(folder, environment, *arguments):
    """Run an nbgrader command in the course's folder, as a teacher would; returns what it said."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stderr


def run_command(environment, root, *arguments):
    """Run `python course.py classroom …` as if the clone were `root`; returns the lines it printed."""
    code = (
        "import pathlib, sys; from tools import classroom; "
        "sys.exit(classroom.main(sys.argv[2:], pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(root), *arguments]
    environment = environment | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    run = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, encoding="utf-8", timeout=600
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stderr == ""
    return run.stdout.splitlines()


def grades(folder):
    """The lines of grades.csv by student."""
    with open(folder / "grades.csv", newline="", encoding="utf-8") as file:
        return {line["student_id"]: line for line in csv.DictReader(file)}


def test_scores(course, task, monkeypatch):
    scripts = str(Path(sys.executable).parent)  # nbgrader calls alembic by name
    monkeypatch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))
    from nbgrader.api import Gradebook

    released = nbformat.read(course / "release" / task.name / f"{task.name}.ipynb", as_version=4)
    expected = {student: score for student, (_, score) in submissions(task, released).items()}
    with Gradebook(f"sqlite:///{(course / 'gradebook.db').as_posix()}") as gradebook:
        graded = {s.student.id: s for s in gradebook.assignment_submissions(task.name)}
        scores = {student: submission.score for student, submission in graded.items()}
        by_hand = [student for student, submission in graded.items() if submission.needs_manual_grade]
    assert scores == expected
    assert by_hand == []


def test_release_shows_no_solution(course, task):
    released = nbformat.read(course / "release" / task.name / f"{task.name}.ipynb", as_version=4)
    ours = [cell.source for cell in task.blank.cells if cell.cell_type == "code"]
    assert [cell.source for cell in released.cells if cell.cell_type == "code"] == ours


def test_feedback(course, task):
    pages = {
        path.parents[1].name: path.read_text(encoding="utf-8")
        for path in (course / "feedback").rglob(f"{task.name}.html")
    }
    assert {"perfect", "blank", "raises", "tampered: check object"} <= pages.keys()
    for page in pages.values():
        for never in ("HIDDEN TESTS", "importlib", "Test cell", "Grade cell", "AssertionError"):
            assert never not in page
        # nothing is asked of another server, and no link leads into folders that are not there
        assert "default-src 'none'" in page.split("<meta", 2)[1]
        for never in ("mathjax", "<script", 'src="http', "Open in Binder", 'href="../', '.ipynb"'):
            assert never not in page
        for place in (task.root, course, sys.prefix):
            assert str(place) not in page
        for number in range(1, len(task.questions) + 1):
            assert f'<a href="#q{number}">Question {number}</a>' in page
    assert pages["perfect"].count("✓ Q1: passed") == 1
    assert "· Q1: not attempted" in pages["blank"]
    assert "no idea" in pages["raises"]
    assert "✓" not in pages["tampered: check object"]


def test_only_changed_cells_are_reported(course):
    changed, student = set(), None
    for line in (course / "grading.log").read_text(encoding="utf-8").splitlines():
        if found := re.search(r"Sanitizing .*submitted[\\/](.+?)[\\/]", line):
            student = found[1]
        if "has changed!" in line:
            changed.add(student)
    assert changed <= {"edited check, right", "edited check, blank", "edited given cells"}
    assert "edited given cells" in changed


def test_table_of_points(course, task):
    total = sum(task.points.values())
    lines = grades(course)
    assert lines["perfect"]["score"] == f"{total:.1f}" and lines["perfect"]["percent"] == "100"
    assert lines["blank"]["score"] == "0.0" and lines["blank"]["percent"] == "0"
    assert not any(line["remark"] for line in lines.values())


@pytest.mark.skipif(os.name != "posix", reason="file rights are Windows' own")
def test_points_are_nobody_elses(course):
    assert course.stat().st_mode & 0o077 == 0
    assert (course / "gradebook.db").stat().st_mode & 0o077 == 0


# --- what students really hand in ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def platform(tmp_path_factory, environment):
    """A class that hands in through Moodle, twice: the folder, and what the command printed each time."""
    root = tiny_course(tmp_path_factory.mktemp("platform") / "repository")
    folder, download = root.parent / "class", root.parent / "Course-Tiny-4711.zip"
    task = Assignment(root, "97_tiny")
    perfect = to_bytes(task.with_answers(task.answers, task.blank))
    first = to_bytes(task.with_answers({"q1": task.answers["q1"]}, task.blank))
    assert classroom.main([str(folder)], root) == 0
    nbgrader(folder, environment, "generate_assignment", "97_tiny")
    class_list = "id,first_name,last_name,email\ns1,Anna,Bell,a@example.org\ns2,Zoe,Zero,z@example.org\n"
    (folder / "class.csv").write_text(class_list, encoding="utf-8")
    nbgrader(folder, environment, "db", "student", "import", "class.csv")

    def hand_in(files):
        with zipfile.ZipFile(download, "w") as archive:
            for place, content in files.items():
                student, file = place.split("/", 1)
                number = sum(student.encode())  # Moodle gives every student one
                archive.writestr(f"{student}_{number}_assignsubmission_file_/{file}", content)
        return run_command(environment, root, "grade", str(folder), "97_tiny", "--from", str(download))

    printed = [hand_in(first_hand_ins(perfect, first))]
    before = grades(folder)
    later = {"Anna Bell/97_tiny.ipynb": b"", "Cara Öz/97_tiny.ipynb": perfect, "Dan E/97_tiny.ipynb": perfect}
    printed.append(hand_in(later))
    return folder, printed, before


def first_hand_ins(perfect, first):
    conflict = perfect.replace(
        b' "cells": [', b'<<<<<<< HEAD\n "cells": [\n=======\n "cells": [\n>>>>>>> b', 1
    )
    lesson = to_bytes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import coursekit as ck")]))
    return {
        "Anna Bell/97_tiny.ipynb": perfect,
        "Ben N/my work.ipynb": perfect,
        "Cara Öz/97_tiny (1).ipynb": first,
        "Dan E/97_tiny.ipynb": b"",
        "Eve M/97_tiny.ipynb": conflict,
        "Finn W/97_tiny.ipynb": b"<!DOCTYPE html><html></html>",
        "Gil O/97_tiny.ipynb": lesson,
        "Hal P/answers.pdf": b"%PDF",
        "Ida T/a.ipynb": perfect,
        "Ida T/b.ipynb": first,
        "Jon C/97_tiny.ipynb": perfect[:500],
        "Kim F/Tiny/97_tiny.ipynb": first,
    }


REASONS = {
    "Dan E": "the file is empty",
    "Eve M": "merge-conflict markers",
    "Finn W": "a web page",
    "Gil O": "no cell of this assignment",
    "Hal P": "no notebook, only answers.pdf",
    "Ida T": "2 notebooks, keep one of them: a.ipynb, b.ipynb",
    "Jon C": "not a notebook, or cut off",
    "s2": "nothing handed in",
}


def test_not_graded_is_not_zero(platform):
    _, printed, before = platform
    for student, reason in REASONS.items():
        assert before[student]["score"] == before[student]["raw_score"] == before[student]["percent"] == ""
        assert reason in before[student]["remark"]
        assert f"  {student}: {before[student]['remark']}" in printed[0]


def test_who_is_not_in_the_class_list_stays_out_of_platform_files(platform):
    folder, printed, _ = platform
    said = next(line for line in printed[0] if line.startswith("Graded, but not in the class list"))
    assert "(3): Ben N, Cara Öz, Kim F." in said
    moodle = (folder / "grades-moodle.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in moodle[1:]] == ["s1"]


def test_any_name_of_a_single_notebook_counts(platform):
    _, printed, before = platform
    scores = {student: line["score"] for student, line in before.items()}
    assert scores["s1"] == scores["Ben N"] == "7.0"  # the class list knows Anna Bell as s1
    assert scores["Cara Öz"] == scores["Kim F"] == "1.0"
    assert "Ben N: Ben N/97_tiny/my work.ipynb is taken as 97_tiny.ipynb" in printed[0]


def test_corrected_hand_in_is_graded_again_and_only_that(platform):
    folder, printed, _ = platform
    after = grades(folder)
    assert "2 to grade." in printed[1]
    assert after["Cara Öz"]["score"] == after["Dan E"]["score"] == "7.0"
    assert after["Cara Öz"]["remark"] == after["Dan E"]["remark"] == ""
    assert after["s1"]["score"] == "7.0" and "the newer one not: the file is empty" in after["s1"]["remark"]


def test_interrupted_grading_is_taken_up(platform):
    folder, _, _ = platform
    assert handed_in.is_graded(folder, "Ben N", "97_tiny")
    graded = folder / "autograded" / "Ben N" / "97_tiny" / "97_tiny.ipynb"
    graded.unlink()  # the file is read-only
    graded.write_bytes((folder / "submitted" / "Ben N" / "97_tiny" / "97_tiny.ipynb").read_bytes())
    assert not handed_in.is_graded(folder, "Ben N", "97_tiny")  # as a killed nbgrader leaves it


def test_hand_ins_in_odd_places(tmp_path):
    root = tiny_course(tmp_path / "repository")
    classroom.lay_out(root, tmp_path / "class")
    folder, task = tmp_path / "class", Assignment(root, "97_tiny")
    (folder / "release" / "97_tiny").mkdir(parents=True)
    (folder / "release" / "97_tiny" / "97_tiny.ipynb").write_bytes(to_bytes(task.blank))

    def put(place, notebook=task.blank):
        (folder / "submitted" / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "submitted" / place).write_bytes(to_bytes(notebook))

    put("anna_97_tiny (1).ipynb")
    put("ben/97_tinny/97_tiny.ipynb")
    put("cara/work.ipynb")
    put("97_tiny/dan.ipynb")
    put("eve/97_tiny/.ipynb_checkpoints/97_tiny-checkpoint.ipynb")
    assert handed_in.students(folder, "97_tiny") == ["97_tiny", "anna", "ben", "cara", "eve"]
    for student in ("anna", "ben", "cara"):
        notebook, reason = handed_in.choose(folder, student, "97_tiny")
        assert reason == ""
        handed_in.put_in_place(folder, student, "97_tiny", notebook)
        assert (folder / "submitted" / student / "97_tiny" / "97_tiny.ipynb").exists()
    assert "name of an assignment" in handed_in.choose(folder, "97_tiny", "97_tiny")[1]
    assert handed_in.choose(folder, "eve", "97_tiny") == (None, "nothing handed in")
    put("cara/97_tiny/97_tiny (2).ipynb", task.with_answers(task.answers, task.blank))
    assert "2 notebooks, keep one" in handed_in.choose(folder, "cara", "97_tiny")[1]


def make_people(*names):
    people = [
        types.SimpleNamespace(id=f"s{number}", first_name=first, last_name=last)
        for number, (first, last) in enumerate(names)
    ]
    return handed_in.by_name(people)


def test_two_people_of_one_name_are_never_one(tmp_path):
    class_list = make_people(("Lee", "Wang"), ("Anna", "Bell"), ("Lee", "Wang"))
    for label in ("Lee Wang_1012_assignsubmission_file_", "Anna Bell_7_assignsubmission_file_", "Cara Öz"):
        (tmp_path / "download" / label).mkdir(parents=True)
        (tmp_path / "download" / label / "work.ipynb").write_text("{}")
    came = handed_in.deliver(tmp_path / "download", tmp_path / "class", "97_tiny", class_list)
    assert came == ["Cara Öz", "Lee Wang_1012", "s1"]


def test_verdict_is_the_last_word():
    import grading

    said = nbformat.v4.new_output("stream", text="… Q4: still checking\n✓ Q4: passed\n✓ Q4: passed\n")
    assert grading.verdict(nbformat.v4.new_code_cell(outputs=[said])) == "✓ Q4: passed"


def test_points_on_the_screen_are_those_that_count():
    from tools.classroom_grade import Classroom

    course, late = object.__new__(Classroom), types.SimpleNamespace(score=17.0, max_score=17.0)
    course.assignment, late.late_submission_penalty = "97_tiny", 3.4
    course.gradebook = lambda: contextlib.nullcontext(
        types.SimpleNamespace(find_submission=lambda *names: late)
    )
    assert course.points("anna") == "13.6 of 17, 3.4 taken off for lateness"
    late.late_submission_penalty = 0.0
    assert course.points("anna") == "17 of 17"


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for docker is a shell script")
def test_without_a_container_nothing_counts_as_graded(tmp_path, environment):
    """It starts for the trial and not for the hand-in, which was graded before and is to be graded again."""
    root, folder = tiny_course(tmp_path / "repository"), tmp_path / "class"
    place = folder / "submitted" / "anna" / "97_tiny" / "97_tiny.ipynb"
    classroom.lay_out(root, folder)
    place.parent.mkdir(parents=True)
    place.write_bytes(to_bytes(Assignment(root, "97_tiny").blank))
    run_command(environment, root, "grade", str(folder), "97")
    assert handed_in.is_graded(folder, "anna", "97_tiny")
    (tmp_path / "docker").write_text("#!/bin/sh\n[ $1 = run ] || exit 0\necho 'no cgroups' >&2\nexit 126\n")
    (tmp_path / "docker").chmod(0o700)
    code = (
        "import pathlib, sys; from tools import classroom, classroom_grade as grade; "
        "grade.container.ENGINES, grade.container.try_out = ['docker'], print; "
        "sys.exit(classroom.main(sys.argv[2:], pathlib.Path(sys.argv[1])))"
    )
    paths = {"PATH": f"{tmp_path}{os.pathsep}{environment['PATH']}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(root), "grade", str(folder), "97", "--again", "--container"]
    run = subprocess.run(command, env=environment | paths, capture_output=True, encoding="utf-8")
    assert run.returncode == 1 and "1 to grade." in run.stdout
    assert "anna: No container could be started" in run.stderr and "docker said: no cgroups" in run.stderr
    assert not handed_in.is_graded(folder, "anna", "97_tiny")


def test_names_on_a_platform():
    labels = [
        "Anna Bell_12_assignsubmission_file_",
        "Ben_N_7_assignsubmission_file_work",
        "Anna Bell_9_assignsubmission_file_",
    ]
    namesakes = handed_in.moodle_namesakes(labels)
    students = [handed_in.student_of(label, "97_tiny", namesakes) for label in labels]
    assert students == ["Anna Bell_12", "Ben_N", "Anna Bell_9"]


@pytest.mark.skipif(os.name != "posix", reason="file rights are Windows' own")
def test_an_empty_folder_is_closed_to_others(tmp_path):
    (tmp_path / "class").mkdir(mode=0o755)
    classroom.write_config(ROOT, tmp_path / "class")
    assert (tmp_path / "class").stat().st_mode & 0o077 == 0
    (tmp_path / "class").chmod(0o711)  # by the teacher, later
    classroom.write_config(ROOT, tmp_path / "class")
    assert (tmp_path / "class").stat().st_mode & 0o077 == 0o011


def test_laying_out_again_keeps_what_was_handed_in(tmp_path, capsys):
    root = tiny_course(tmp_path / "repository")
    folder = tmp_path / "course"
    classroom.lay_out(root, folder)
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    handed_in = folder / "submitted" / "anna" / "97_tiny" / "97_tiny.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text("hers", encoding="utf-8")
    classroom.lay_out(root, folder)
    assert {path: path.read_bytes() for path in first} == first
    source = root / "sources" / "exercises" / "97_tiny.py"
    source.write_text(TINY_SOURCE.replace("[3, 4, 5]", "[5, 4, 3]"), encoding="utf-8")
    assert classroom.main([str(folder)], root) == 0
    assert "[5, 4, 3]" in (folder / "source/97_tiny/97_tiny.ipynb").read_text(encoding="utf-8")
    assert handed_in.read_text(encoding="utf-8") == "hers"


def test_foreign_folders_are_refused(tmp_path, capsys):
    root = tiny_course(tmp_path / "repository")
    assert classroom.main([str(root)], root) == 1
    assert "holds something else" in capsys.readouterr().err
    assert classroom.main([str(root / "my-class")], root) == 1
    assert "inside the repository" in capsys.readouterr().err and not (root / "my-class").exists()
    assert classroom.main([str(root / "pyproject.toml")], root) == 1
    assert "is a file" in capsys.readouterr().err
    assert classroom.main([], root) == 2
    with pytest.raises(SystemExit):
        classroom.main(["grade"], root)
    assert classroom.main(["grade", str(tmp_path / "class"), "55"], root) == 1
    assert "no assignment '55'; there are: 97_tiny" in capsys.readouterr().err
    assert (
        classroom.main(["grade", str(tmp_path / "class"), "97", "--from", str(tmp_path / "none")], root) == 1
    )
    assert "no folder and no zip" in capsys.readouterr().err
