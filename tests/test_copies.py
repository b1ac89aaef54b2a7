"""The learner's own copies in work/: updates never take anything of the learner's, whatever goes wrong.

The course here is a small one in a real git repository, and the learner has a clone of it.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reading import without_code
from tests.test_links import LINK, URL, markdown
from tools import copies

ROOT = Path(__file__).resolve().parents[1]
GIT = [
    "git",
    "-c",
    "user.name=course",
    "-c",
    "user.email=course@course.invalid",
    "-c",
    "commit.gpgsign=false",
]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder, *arguments):
    done = subprocess.run([*GIT, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"git {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def notebook(*sources, outputs=()):
    """The bytes of a notebook with one code cell a source; the last one has printed `outputs`."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{i}",
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for i, source in enumerate(sources)
    ]
    if cells:
        cells[-1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": [o]} for o in outputs]
    return (
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()
        + b"\n"
    )


LESSONS = {f"{folder}/{n:02d}_x.ipynb" for folder in copies.FOLDERS for n in range(3)}


class Course:
    """The published course, and a learner's clone of it."""

    def __init__(self, folder):
        self.origin, self.clone, self.work = folder / "origin", folder / "clone", folder / "clone" / "work"
        self.origin.mkdir()
        git(self.origin, "init", "-q", "-b", "main")
        self.publish({name: notebook(f"{name}, first version", "x = ...") for name in LESSONS})
        self.publish({".gitignore": b"/work/\nspam_filter/\n", "README.md": b"# Course\n"})
        git(folder, "clone", "-q", "origin", "clone")

    def publish(self, files):
        """A new version with these files; None instead of contents deletes one."""
        for name, content in files.items():
            if content is None:
                (self.origin / name).unlink()
            else:
                (self.origin / name).parent.mkdir(exist_ok=True)
                (self.origin / name).write_bytes(content)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-q", "-m", "course")

    def pull(self):
        git(self.clone, "pull", "-q")

    def start(self):
        return copies.bring_up_to_date(self.clone)

    def write(self, name, content):
        (self.work / name).write_bytes(content)

    def read(self, name):
        return (self.work / name).read_bytes()

    def files(self):
        """All that is in work/, except the record: {name: contents}."""
        paths = [path for path in self.work.rglob("*") if path.is_file() and path.name != copies.RECORD]
        return {path.relative_to(self.work).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def beside(course, name, what="newer"):
    """The names of what lies beside a copy."""
    return sorted(other for other in course.files() if other.startswith(f"{name[:-6]}.{what}-"))


LESSON, EXERCISE, OTHER = "chapters/01_x.ipynb", "exercises/01_x.ipynb", "exercises/02_x.ipynb"
MINE = notebook(f"{EXERCISE}, first version", "x = 42", outputs=["✓ Q1: passed\n"])


def test_the_first_start_copies_everything_and_the_second_nothing(course):
    (course.clone / "chapters" / "spam_filter").mkdir()
    (course.clone / "chapters" / "spam_filter" / "model").write_bytes(b"made by a lesson")
    assert course.start() == ["10 files new or brought up to date in work/."]
    assert course.files() == {name: (course.clone / name).read_bytes() for name in LESSONS | {"README.md"}}
    times = {path: path.stat().st_mtime_ns for path in course.work.rglob("*") if path.is_file()}
    assert course.start() == []
    assert times == {path: path.stat().st_mtime_ns for path in course.work.rglob("*") if path.is_file()}
    assert git(course.clone, "status", "--porcelain") == ""


def test_what_was_changed_stays_and_the_newer_version_is_beside_it_once(course):
    course.start()
    course.write(EXERCISE, MINE)
    second = notebook("second version")
    course.publish({EXERCISE: second, OTHER: second})
    course.pull()
    said = course.start()
    (newer,) = beside(course, EXERCISE)
    assert course.read(EXERCISE) == MINE and course.read(newer) == second and course.read(OTHER) == second
    assert len(said) == 2 and said[0].startswith(f"{EXERCISE} is yours") and Path(newer).name in said[0]
    assert course.start() == []

    (course.work / newer).unlink()  # the learner does not want it
    assert course.start() == [] and not beside(course, EXERCISE)

    course.publish({EXERCISE: notebook("third version")})
    course.pull()
    course.start()
    assert len(beside(course, EXERCISE)) == 1

    (course.work / EXERCISE).rename(course.work / "exercises" / "mine.ipynb")  # and now he does
    course.start()
    assert course.read(EXERCISE) == notebook("third version") and course.read("exercises/mine.ipynb") == MINE
    assert not beside(course, EXERCISE), "the same version twice"


def test_an_even_newer_version_takes_the_place_of_one_nobody_worked_in(course):
    course.start()
    course.write(EXERCISE, MINE)
    for text in ("second", "third"):
        course.publish({EXERCISE: notebook(text)})
        course.pull()
        course.start()
    (newer,) = beside(course, EXERCISE)
    assert course.read(newer) == notebook("third")

    worked = notebook("third", "and my answer")
    course.write(newer, worked)
    course.publish({EXERCISE: notebook("fourth")})
    course.pull()
    course.start()
    assert len(beside(course, EXERCISE)) == 2 and course.read(newer) == worked


def test_running_a_lesson_is_no_change_and_keeps_its_outputs_until_there_is_a_newer_one(course):
    course.start()
    ran = notebook(f"{LESSON}, first version", "x = ...", outputs=["42\n"])
    course.write(LESSON, ran)
    assert course.start() == [] and course.read(LESSON) == ran
    course.publish({LESSON: notebook("second version")})
    course.pull()
    course.start()
    assert course.read(LESSON) == notebook("second version") and not beside(course, LESSON)


def test_new_outputs_of_the_course_alone_do_not_lie_beside_somebodys_work(course):
    course.start()
    course.write(EXERCISE, MINE)
    course.publish({EXERCISE: notebook(f"{EXERCISE}, first version", "x = ...", outputs=["new\n"])})
    course.pull()
    assert course.start() == [] and not beside(course, EXERCISE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe", notebook("x", "y")])
def test_whatever_the_learner_saved_stays(course, content):
    course.start()
    course.write(EXERCISE, content)
    course.publish({EXERCISE: notebook("second version")})
    course.pull()
    course.start()
    assert course.read(EXERCISE) == content and len(beside(course, EXERCISE)) == 1


def test_moved_cells_and_pasted_pictures_are_work(course):
    course.start()
    course.write(EXERCISE, notebook("x = ...", f"{EXERCISE}, first version"))
    pasted = json.loads(course.read(OTHER))
    pasted["cells"][0]["attachments"] = {"a.png": {"image/png": "aGVsbG8="}}
    course.write(OTHER, json.dumps(pasted).encode())
    kept = course.files()
    course.publish({name: notebook("second version") for name in (EXERCISE, OTHER)})
    course.pull()
    course.start()
    assert all(course.read(name) == kept[name] for name in (EXERCISE, OTHER))


def test_a_renamed_chapter_leaves_the_answers_where_they_are(course):
    course.start()
    course.write(EXERCISE, MINE)
    first = (course.origin / LESSON).read_bytes()
    renamed = notebook("renamed", "x = ...")
    course.publish({EXERCISE: None, "exercises/01_y.ipynb": renamed, LESSON: None})
    course.publish({"chapters/01_y.ipynb": first})
    course.pull()
    assert course.start() == [
        f"{LESSON} is now called 01_y.ipynb.",
        f"{EXERCISE} is now called 01_y.ipynb; yours stays.",
        "2 files new or brought up to date in work/.",
    ]
    assert course.read(EXERCISE) == MINE and course.read("exercises/01_y.ipynb") == renamed
    assert LESSON not in course.files() and course.read("chapters/01_y.ipynb") == first
    assert course.start() == []


def test_new_and_removed_lessons_are_named(course):
    course.start()
    course.write(EXERCISE, MINE)
    other = json.loads(notebook("of another kind"))
    other["cells"][0]["id"] = "another"
    new = {f"{folder}/09_z.ipynb": json.dumps(other).encode() for folder in copies.FOLDERS}
    course.publish({**new, EXERCISE: None, LESSON: None, "solutions/01_x.ipynb": None})
    course.pull()
    assert course.start() == [
        f"{LESSON} is no longer part of the course.",
        f"{EXERCISE} is no longer part of the course; yours stays.",
        "New in the course: chapters/09_z.ipynb",
        "3 files new or brought up to date in work/.",
    ]
    assert course.start() == []


def test_nothing_is_new_at_the_first_start(course):
    (course.clone / EXERCISE).write_bytes(MINE)
    assert not [line for line in course.start() if line.startswith("New")]


def test_a_lesson_that_was_run_and_is_no_longer_part_of_the_course_stays(course):
    course.start()
    ran = notebook(f"{LESSON}, first version", "x = ...", outputs=["42\n"])
    course.write(LESSON, ran)
    course.publish({LESSON: None})
    course.pull()
    course.start()
    assert course.read(LESSON) == ran


def test_a_new_chapter_does_not_take_the_place_of_the_learners_file_of_that_name(course):
    course.start()
    name = "exercises/03_x.ipynb"
    course.write(name, MINE)
    (course.work / "solutions" / "03_x.ipynb").mkdir()
    course.publish({name: notebook("chapter 3"), "solutions/03_x.ipynb": notebook("solved")})
    course.pull()
    course.start()
    assert course.read(name) == MINE and course.read(beside(course, name)[0]) == notebook("chapter 3")
    assert (course.work / "solutions" / "03_x.ipynb").is_dir()


def test_a_deleted_copy_comes_back(course):
    course.start()
    (course.work / EXERCISE).unlink()
    said = course.start()
    assert said[0] == f"Missing, so it is there again as the course has it: {EXERCISE}" and len(said) == 2
    assert course.read(EXERCISE) == (course.clone / EXERCISE).read_bytes()
    shutil.rmtree(course.work / "exercises")
    shutil.rmtree(course.work / "solutions")
    assert course.start()[0].endswith("solutions/01_x.ipynb and 1 more")


@pytest.mark.parametrize("record", [None, b"", b"{", b"[1]", b'{"exercises/01_x.ipynb": 3}'])
def test_without_a_sound_record_all_that_differs_is_the_learners(course, record):
    course.start()
    course.write(EXERCISE, MINE)
    (course.work / copies.RECORD).unlink()
    if record is not None:
        course.write(copies.RECORD, record)
    course.publish({OTHER: notebook("second version")})
    course.pull()
    before = course.files()
    course.start()
    after = course.files()
    assert before.items() <= after.items()
    assert course.read(beside(course, OTHER)[0]) == notebook("second version")


PAGE = (
    b"[a](chapters/00_x.ipynb#x) [b](service/) [c](LICENCE.txt#x) [d](#x) [e](https://x.y) [f](nothing)\r\n"
)


def test_links_of_pages_to_what_has_no_copy_lead_to_the_repository(course):
    course.publish({"README.md": PAGE, "data/README.md": b"[g](../service/a.py) [h](../README.md)"})
    course.pull()
    course.start()
    assert course.read("README.md") == PAGE, "nothing is known of a repository"

    project = b'[project]\nurls = {Repository = "https://host/us"}'
    course.publish({"pyproject.toml": project, "service/a.py": b"", "LICENCE.txt": b""})
    course.publish({"chapters/00_x.ipynb": notebook("[b](../service/a.py)")})
    course.pull()
    assert course.start() == ["3 files new or brought up to date in work/."]
    assert course.read("README.md") == PAGE.replace(
        b"service/", b"https://host/us/tree/main/service"
    ).replace(b"LICENCE", b"https://host/us/blob/main/LICENCE")
    shown = course.read("data/README.md")
    assert shown == b"[g](https://host/us/blob/main/service/a.py) [h](../README.md)"
    assert course.read("chapters/00_x.ipynb") == (course.clone / "chapters/00_x.ipynb").read_bytes()
    assert course.start() == []


def test_links_name_places_as_jupyterlab_does(course):
    """It tells capitals from small letters, and finds no heading with a middle dot."""
    cells = json.loads(notebook("x = 1", "### Two · A `b`\ntext", "## 1 · A page"))
    for cell in cells["cells"][1:]:
        cell["cell_type"] = "markdown"
    text = "# The Title\n\n## What `x` is, now\n\n[a](#the-title) [b](../README.md#what-x-is-now) "
    links = "[c](../chapters/09_x.ipynb#1-·-A-page) [d](../chapters/09_x.ipynb#No-dot) [e](#nothing)"
    course.publish({"pyproject.toml": b'[project]\nurls = {Repository = "https://host/us"}'})
    course.publish({"chapters/09_x.ipynb": json.dumps(cells).encode(), "README.md": text.encode()})
    course.publish({"data/README.md": (text + links).encode()})
    course.pull()
    course.start()
    shown = course.read("data/README.md").decode().partition("now\n\n")[2]
    assert shown == (
        "[a](#The-Title) [b](../README.md#What-x-is,-now) [c](../chapters/09_x.ipynb#cell-id=cell-2) "
        "[d](../chapters/09_x.ipynb#No-dot) [e](#nothing)"
    )


# --- somebody who worked in the clone itself ----------------------------------------------------------


def test_answers_given_in_the_clone_itself_are_taken_over_and_the_pull_goes_through(course):
    (course.clone / EXERCISE).write_bytes(MINE)
    own = notebook("a notebook of my own")
    (course.clone / "exercises" / "own.ipynb").write_bytes(own)
    course.publish({EXERCISE: notebook("second version")})
    (told,) = [line for line in course.start() if "git checkout" in line]
    assert course.read(EXERCISE) == MINE and course.read("exercises/own.ipynb") == own
    git(course.clone, *re.search(r"git (checkout -- .*)", told)[1].split())
    quiet = course.start()
    assert quiet == [] and course.read(EXERCISE) == MINE and not beside(course, EXERCISE)
    course.pull()
    course.start()
    assert course.read(EXERCISE) == MINE and len(beside(course, EXERCISE)) == 1
    assert course.read("exercises/own.ipynb") == own


def test_an_author_is_not_told_to_put_back_what_was_built(course):
    (course.clone / EXERCISE).write_bytes(MINE)
    (course.clone / "sources").mkdir(exist_ok=True)
    (course.clone / "sources" / "28_new.py").write_text("# %% a new chapter\n")
    assert "git checkout" not in str(course.start())
    assert course.read(EXERCISE) == MINE


def test_answers_in_the_clone_and_in_work_are_both_kept(course):
    course.start()
    course.write(EXERCISE, MINE)
    other = notebook("my other answer")
    (course.clone / EXERCISE).write_bytes(other)
    course.start()
    (taken,) = beside(course, EXERCISE, "from-clone")
    assert course.read(EXERCISE) == MINE and course.read(taken) == other
    (course.work / taken).unlink()
    course.start()
    assert not beside(course, EXERCISE, "from-clone"), "once is enough"


def test_without_git_an_answered_exercise_is_known_by_its_outputs(course):
    (course.clone / ".git").rename(course.clone / "gone")
    (course.clone / EXERCISE).write_bytes(MINE)
    course.start()
    (course.clone / EXERCISE).write_bytes(notebook("second version"))  # a newer download unpacked over it
    course.start()
    assert course.read(EXERCISE) == MINE and len(beside(course, EXERCISE)) == 1


# --- what goes wrong ----------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tools import copies

left = {steps}
def step(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os._exit(9)  # no `finally`, no flushing: as by kill -9
        return real(*arguments, **options)
    return call

os.replace, os.fsync, Path.unlink = step(os.replace), step(os.fsync), step(Path.unlink)
copies.bring_up_to_date(Path({clone!r}))
"""


def disturbed(course):
    """A course in which every kind of thing has happened; returns what the learner has written."""
    course.start()
    mine = {EXERCISE: MINE, OTHER: notebook("mine"), "exercises/notes.txt": b"mine too"}
    for name, content in mine.items():
        course.write(name, content)
    course.write(LESSON, notebook(f"{LESSON}, first version", "x = ...", outputs=["42\n"]))
    (course.work / "chapters" / "02_x.ipynb").unlink()
    second = notebook("second version")
    course.publish({EXERCISE: second, LESSON: second, OTHER: None, "chapters/03_x.ipynb": second})
    course.publish({"solutions/00_x.ipynb": None, "solutions/00_y.ipynb": second, "README.md": b"# New\n"})
    course.pull()
    return mine


def undisturbed(folder):
    """What work/ holds in the end if nothing goes wrong."""
    folder.mkdir()
    course = Course(folder)
    disturbed(course)
    course.start()
    return course.files()


def test_a_start_killed_at_any_point_is_made_good_by_the_next_one(tmp_path):
    right = undisturbed(tmp_path / "right")
    (tmp_path / "try").mkdir()
    course = Course(tmp_path / "try")
    mine = disturbed(course)
    kept = tmp_path / "kept"
    shutil.copytree(course.work, kept)
    for steps in range(100):
        shutil.rmtree(course.work)
        shutil.copytree(kept, course.work)
        before = course.files()
        script = KILLED.format(root=str(ROOT), steps=steps, clone=str(course.clone))
        code = subprocess.run([sys.executable, "-c", script], timeout=60).returncode
        whole = {*before.values(), *right.values()}
        for name, content in course.files().items():
            assert content in whole or name.startswith(".start-"), f"half a file: {name} after {steps} steps"
        assert mine.items() <= course.files().items()
        course.start()
        after = {name: c for name, c in course.files().items() if not name.startswith(".start-")}
        assert after == right, f"killed after {steps} steps"
        assert course.start() == []
        if code == 0:
            break
    assert code == 0 and steps > 8, "every point was tried"


def test_a_killed_start_and_then_another_version(tmp_path):
    """What was being replaced is still known as untouched, or as the learner's if answered meanwhile."""
    course = Course(tmp_path)
    disturbed(course)
    kept = tmp_path / "kept"
    shutil.copytree(course.work, kept)
    third = notebook("third version")
    course.publish({EXERCISE: third, LESSON: third})
    git(course.clone, "fetch", "-q")
    pulled = git(course.clone, "rev-parse", "HEAD").strip()
    for steps in range(0, 16, 2):
        git(course.clone, "reset", "-q", "--hard", pulled)
        shutil.rmtree(course.work)
        shutil.copytree(kept, course.work)
        script = KILLED.format(root=str(ROOT), steps=steps, clone=str(course.clone))
        subprocess.run([sys.executable, "-c", script], timeout=60)
        answered = notebook("answered after the killed start")
        course.write("chapters/00_x.ipynb", answered)
        git(course.clone, "merge", "-q", "--ff-only", "origin/main")
        course.start()
        assert course.read(EXERCISE) == MINE and course.read("chapters/00_x.ipynb") == answered
        assert course.read(LESSON) == third and not beside(course, LESSON), steps
        assert [course.read(name) for name in beside(course, EXERCISE)].count(third) == 1, steps


def test_an_answer_given_after_a_killed_start_still_hears_of_the_newer_version(tmp_path):
    course = Course(tmp_path)
    course.start()
    course.publish({EXERCISE: notebook("second version")})
    course.pull()
    # fsync and rename of the record, fsync of the exercise; killed before its rename
    script = KILLED.format(root=str(ROOT), steps=3, clone=str(course.clone))
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 9
    assert course.read(EXERCISE) == (course.origin / OTHER).read_bytes().replace(b"02_x", b"01_x")
    course.write(EXERCISE, MINE)
    assert course.start()[0].startswith(f"{EXERCISE} is yours")
    assert course.read(beside(course, EXERCISE)[0]) == notebook("second version")


def test_a_full_disk_at_any_point_takes_nothing(tmp_path, monkeypatch):
    right = undisturbed(tmp_path / "right")
    (tmp_path / "try").mkdir()
    course = Course(tmp_path / "try")
    mine = disturbed(course)
    kept = tmp_path / "kept"
    shutil.copytree(course.work, kept)
    real = os.fsync
    for room in range(100):
        shutil.rmtree(course.work)
        shutil.copytree(kept, course.work)
        calls = iter(range(1000))

        def full(file, calls=calls, room=room):
            if next(calls) >= room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(file)

        monkeypatch.setattr(copies.os, "fsync", full)
        try:
            course.start()
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert mine.items() <= course.files().items()
            assert not list(course.work.glob(".start-*"))
            monkeypatch.setattr(copies.os, "fsync", real)
            course.start()
            assert course.files() == right
        else:
            break
    assert 4 < room < 100


def test_two_starts_at_once(tmp_path):
    right = undisturbed(tmp_path / "right")
    (tmp_path / "try").mkdir()
    course = Course(tmp_path / "try")
    disturbed(course)
    kept = tmp_path / "kept"
    shutil.copytree(course.work, kept)
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; from tools import copies; "
        f"sys.stdin.readline(); copies.bring_up_to_date(Path({str(course.clone)!r}))"
    )
    for _ in range(4):
        shutil.rmtree(course.work)
        shutil.copytree(kept, course.work)
        starts = [
            subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        for start in starts:
            start.stdin.write(b"go\n")
            start.stdin.flush()
        for start in starts:
            assert start.communicate(timeout=60)[1] == b"" and start.returncode == 0
        assert course.files() == right
        assert course.start() == []


# --- the real course ----------------------------------------------------------------------------------


def test_every_link_leads_to_a_file_in_work_or_to_the_repository(tmp_path):
    """JupyterLab opens no folders by a link."""
    files = copies._course_files(ROOT)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
        assert name.endswith(".md") or content == (ROOT / name).read_bytes()
    pages = [tmp_path / name for name in files if name.endswith((".md", ".ipynb"))]
    assert len(pages) > 94
    for page in pages:
        for first, second in LINK.findall(without_code(markdown(page))):
            link = first or second
            here = re.sub(f"^{re.escape(URL)}/(blob|tree)/main/", f"{ROOT}/", link).partition("#")[0]
            if here and not re.match(r"[a-z]+:", here):
                there = (page.parent / here).resolve()
                assert there.is_file() or here != link.partition("#")[0] and there.exists(), f"{page}: {link}"
