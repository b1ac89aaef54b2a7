"""Grade what a class handed in: `python course.py classroom grade DIR NAME [--from DOWNLOAD]`.

Lays the course out where it is not yet, takes hand-ins from a download, grades what is new or changed, writes
feedback, exports the points, and lists who was not graded and why. nbgrader does the work; this calls it for
one student after the other, so that it can be stopped and goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import glob
import logging
import sys
import time
import zipfile
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader
from traitlets.log import get_logger

from tools.cells import SourceError
from tools.classroom import CONFIG, ROOT, lay_out, write_config

sys.path.insert(0, str(ROOT / "classroom"))

import container  # noqa: E402
import handed_in  # noqa: E402
import platforms  # noqa: E402


class Messages(logging.FileHandler):
    """Keep what nbgrader says: all of it in a file, the errors of the current step for the list."""

    def __init__(self, path: Path):
        super().__init__(path, encoding="utf-8")
        self.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if record.levelno >= logging.ERROR:
            self.errors.append(record.getMessage().strip())

    def reason(self) -> str:
        """The last line of the traceback, if there is one, or the first error."""
        tracebacks = [text.splitlines()[-1] for text in self.errors if text.startswith("Traceback")]
        return (
            (tracebacks or [" ".join(self.errors[0].split()).split(". ")[0]])[0]
            if self.errors
            else "it gave no reason"
        )


class Classroom:
    """One assignment of a course that is laid out, as nbgrader sees it."""

    def __init__(self, folder: Path, assignment: str, image: str = ""):
        self.folder, self.assignment = folder, assignment
        self.config = PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
        self.config.KeepEarnedExecute.image = image
        self.courses = CourseDirectory(config=self.config, assignment_id=assignment)
        self.messages = Messages(folder / "grading.log")
        logging.captureWarnings(True)
        for logger in (get_logger(), logging.getLogger("py.warnings")):
            logger.handlers, logger.propagate = [self.messages], False
            logger.setLevel(logging.INFO)

    def gradebook(self) -> Gradebook:
        return Gradebook(self.courses.db_url, self.courses.course_id)

    def run(self, step: type, student: str = "*") -> None:
        """One step of nbgrader, also where its result lies already."""
        self.messages.errors.clear()
        self.courses.student_id = student if student == "*" else glob.escape(student)
        step(coursedir=self.courses, config=self.config, force=True).start()

    def release(self) -> None:
        """Make the students' version, unless there is one: later changes would spoil what is graded."""
        with self.gradebook() as gradebook:
            try:
                gradebook.find_assignment(self.assignment)
                released = (self.folder / "release" / self.assignment).is_dir()
            except MissingEntry:
                released = False
        if not released:
            self.run(GenerateAssignment)

    def collect(self, download: Path | None) -> None:
        """Put every hand-in where nbgrader looks for it."""
        if download is not None:
            with self.gradebook() as gradebook:
                people = gradebook.students
                class_list = handed_in.by_name(people)
            came = handed_in.deliver(download, self.folder, self.assignment, class_list)
            print(f"{len(came)} hand-in(s) taken from {download}.")

    def grade(self, again: bool = False) -> dict[str, str]:
        """Grade what is new or changed, or everything `again`, each with its page of feedback.

        Returns what nbgrader failed at; raises SourceError when there is no container any more.
        """
        waiting, failed = [], {}
        for student in handed_in.students(self.folder, self.assignment):
            notebook, _ = handed_in.choose(self.folder, student, self.assignment)
            if notebook is None:
                continue
            if place := handed_in.put_in_place(self.folder, student, self.assignment, notebook):
                print(f"{student}: {place} is taken as {self.assignment}.ipynb")
            page = self.folder / "feedback" / student / self.assignment / f"{self.assignment}.html"
            done = handed_in.is_graded(self.folder, student, self.assignment) and page.exists()
            if again or not done:
                waiting.append(student)
        print(f"{len(waiting)} to grade.", flush=True)
        container.NoContainer.last = ""
        start = time.monotonic()
        for number, student in enumerate(waiting, 1):
            began = time.monotonic()
            try:
                self.run(Autograde, student)
                self.run(GenerateFeedback, student)
                said = self.points(student)
            except NbGraderException:
                if container.NoContainer.last:
                    raise SourceError(f"{student}: {container.NoContainer.last}") from None
                failed[student] = f"nbgrader could not: {self.messages.reason()}"
                said = "not graded"
            now = time.monotonic()
            left = (now - start) / number * (len(waiting) - number) / 60
            more = f", about {left:.0f} min left" if left >= 1 else ""
            print(f"{number} of {len(waiting)}  {student}: {said}  ({now - began:.0f} s{more})", flush=True)
        return failed

    def points(self, student: str) -> str:
        with self.gradebook() as gradebook:
            submission = gradebook.find_submission(self.assignment, student)
            late = round(submission.late_submission_penalty, 2)
            score = round(max(0.0, submission.score - late), 2)
            less = f", {late:g} taken off for lateness" if late else ""
            return f"{score:g} of {submission.max_score:g}{less}"

    def export(self) -> dict[str, str]:
        """Write the tables of points; returns the remarks: who has no score, or an old one."""
        exporter = self.config.ExportApp.plugin_class(config=self.config)
        exporter.to = str(self.folder / "grades.csv")
        with self.gradebook() as gradebook:
            exporter.export(gradebook)
        with open(exporter.to, newline="", encoding="utf-8") as file:
            lines = [line for line in csv.DictReader(file) if line["assignment"] == self.assignment]
        if strangers := platforms.write(self.folder, self.assignment, lines):
            print(
                f"Graded, but not in the class list, so not in {' and '.join(platforms.FILES)} "
                f"({len(strangers)}): {', '.join(strangers)}. The guide says what to do: Class list."
            )
        return {line["student_id"]: line["remark"] for line in lines if line["remark"]}


def main(arguments: list[str], root: Path) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser("python course.py classroom grade", description=__doc__.split("\n\n")[1])
    parser.add_argument("folder", metavar="DIR", type=lambda text: Path(text).resolve())
    parser.add_argument("assignment", metavar="NAME", help="an exercise set, like 09 or 09_spam_filter")
    parser.add_argument(
        "--from",
        dest="download",
        metavar="DOWNLOAD",
        type=Path,
        help="a folder or zip with a folder or a file for each student, such as Moodle's",
    )
    parser.add_argument(
        "--container",
        metavar="IMAGE",
        nargs="?",
        const="machine-learning",
        default="",
        help="run each hand-in in a container without network, by podman or docker",
    )
    parser.add_argument("--again", action="store_true", help="grade also what is graded already")
    options = parser.parse_args(arguments)
    if options.container:
        try:
            container.try_out(options.container)
        except container.NoContainer as problem:
            raise SourceError(str(problem)) from None
    download = options.download
    if download is not None and not (download.is_dir() or zipfile.is_zipfile(download)):
        raise SourceError(f"{download} is no folder and no zip file.")
    assignment = find_assignment(root, options.assignment)
    if (options.folder / "source" / assignment).is_dir():
        write_config(root, options.folder)  # the exercises stay as they were handed out
    else:
        lay_out(root, options.folder)
        print(f"The course is laid out in {options.folder}.")
    course = Classroom(options.folder, assignment, options.container)
    course.release()
    course.collect(download)
    failed = course.grade(options.again)
    remarks = course.export()
    if remarks:
        print(f"To look at ({len(remarks)}):")
    for student, remark in remarks.items():
        print(f"  {student}: {failed.get(student, remark)}")
    print(f"Points: {options.folder / 'grades.csv'}; pages for the students: feedback/STUDENT/{assignment}/")
    return 0


def find_assignment(root: Path, name: str) -> str:
    """The full name of "09" or "09_spam_filter"."""
    names = sorted(path.stem for path in (root / "sources" / "exercises").glob("*.py"))
    for known in names:
        if name in (known, known.split("_")[0]):
            return known
    raise SourceError(f"There is no assignment {name!r}; there are: {', '.join(names)}.")
