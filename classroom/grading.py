"""Some of nbgrader's steps, made forgiving where students are clumsy and strict where they are clever."""

import csv
import html
import re
import sys
from pathlib import Path

import container
import handed_in
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import (
    ClearHiddenTests,
    DeduplicateIds,
    Execute,
    GetGrades,
    NbGraderPreprocessor,
    OverwriteCells,
)
from nbgrader.utils import is_grade
from traitlets import Unicode

REPOSITORY = Path(__file__).resolve().parents[1]
# The title cell's ways to other notebooks and to Binder and Colab: from feedback/ they lead nowhere.
WAYS = "Open in Binder](", "[Report a mistake]("
# Whatever a hand-in put into its page, the browser runs no script and asks nothing of another server.
CLOSED = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    'img-src data:; media-src data:; font-src data:">'
)


def without_hidden(cell):
    """The cell as students get it."""
    cell = NotebookNode(cell)
    return ClearHiddenTests(enforce_metadata=False).preprocess_cell(cell, {}, 0)[0]


class TidyDeduplicateIds(DeduplicateIds):
    """Of cells with the same id (a split or copied cell) only the last stays nbgrader's.

    nbgrader leaves empty metadata on the others, which then fails the whole submission (its issue 1083).
    """

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        return cell, resources


class FaithfulOverwriteCells(OverwriteCells):
    """Put locked cells back as they were handed out, whatever else was deleted around them."""

    def preprocess_cell(self, cell, resources, cell_index):
        self.complete(cell)
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        # A cell the assignment does not know (another version's, or a made-up id) is the student's own.
        if "grade_id" not in cell.metadata.get("nbgrader", {"grade_id": None}):
            del cell.metadata["nbgrader"]
        return cell, resources

    def complete(self, cell):
        """Give a cell that is as it was handed out its hidden part back.

        nbgrader compares with the whole cell and would report every honest check as changed.
        """
        assignment = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        for stored in assignment.source_cells:
            if stored.name == name and without_hidden(cell | {"source": stored.source}).source == cell.source:
                cell.source = stored.source

    def add_missing_grade_cells(self, nb, resources):
        """Put each missing check back behind its answer, or at the end if the answer is gone too.

        nbgrader's own version stops when the cell in front is missing as well.
        """
        assignment = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        sources = {cell.name: cell for cell in assignment.source_cells}
        for check in assignment.grade_cells:
            ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
            if check.name in ids:
                continue
            self.log.warning("The check %s is missing and comes back", check.name)
            restored = self.missing_cell_transform(sources[check.name], check.max_score)
            answer = f"{check.name}-answer"
            nb.cells.insert(ids.index(answer) + 1 if answer in ids else len(nb.cells), restored)
        return nb, resources


class KeepEarnedExecute(Execute):
    """Run a submission; what comes after a dead or hanging kernel fails, what came before counts."""

    image = Unicode(help="Run it in a container of this image; empty: here, as the user who grades.").tag(
        config=True
    )

    def preprocess(self, nb, resources, *args, **kwargs):
        if self.image:
            container.execute(nb, self.image, self.timeout)
            for cell in filter(is_grade, nb.cells):
                drop_values(cell)
            return nb, resources
        self.stopped = ""
        return super().preprocess(nb, resources, *args, **kwargs)

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type != "code":
            return cell, resources
        if not self.stopped:
            try:
                cell, resources = super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self.stopped = "An answer ended the kernel; nothing after it was run."
            except CellTimeoutError:
                self.stopped = (
                    "An answer ran too long and could not be interrupted; nothing after it was run."
                )
        if self.stopped:
            cell.outputs.append(
                new_output("error", ename="NotRun", evalue=self.stopped, traceback=[self.stopped])
            )
        if is_grade(cell):
            drop_values(cell)
        return cell, resources


def drop_values(check):
    """nbgrader reads a cell's value as a partial score; our checks have none, so it would be forged."""
    check.outputs = [output for output in check.outputs if output.output_type != "execute_result"]


class RememberHandIn(NbGraderPreprocessor):
    """Note in the graded notebook which file it was made from, so that a corrected one is graded again."""

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        # nbgrader works in the course's folder
        nb.metadata["handed_in"] = handed_in.digest(Path("submitted", names["student"], names["assignment"]))
        return nb, resources


class TidyFeedback(GetGrades):
    """A check shows what students have of it and its verdict; of an error only what their own cells did."""

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if is_grade(cell):
            cell.source = without_hidden(cell).source
            cell.outputs = [new_output("stream", name="stdout", text=verdict(cell))]
        elif cell.cell_type == "code":
            for output in cell.outputs:
                if output.output_type == "error":
                    # IPython begins the part of another file so, in colours or not
                    files = re.compile(r"(\x1b\[[\d;]*m)*File ")
                    output.traceback = [part for part in output.traceback if not files.match(part)]
        else:
            lines = cell.source.split("\n")
            cell.source = "\n".join(line for line in lines if not any(way in line for way in WAYS))
        return cell, resources


def verdict(check):
    """What a graded check said, in one line."""
    for output in check.outputs:
        if output.output_type == "error" and output.ename == "AssertionError" and output.evalue:
            return output.evalue
        if output.output_type == "error":
            reason = output.evalue if output.ename == "NotRun" else f"{output.ename}: {output.evalue}"
            return f"✗ {check.metadata.nbgrader.grade_id.upper()}: not yet. {reason}"
    lines = [line for output in check.outputs if "text" in output for line in output.text.splitlines()]
    # "… Q4: still checking" is news only while it runs; each check asks twice
    return "\n".join(line for line in dict.fromkeys(lines) if not line.startswith("… "))


class FeedbackPage(HTMLExporter):
    """nbgrader's page with a title for each question, without this machine's places, closed to the network.

    Formulas stay as they are written: what would draw them comes from another server.
    """

    def from_notebook_node(self, nb, resources=None, **kwargs):
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        page = re.sub(r'(href="#q(\d+)">)Test cell', r"\1Question \2", page)
        page = re.sub(r'(href="#comment-q(\d+)-answer">)Comment', r"\1Comment on question \2", page)
        page = re.sub(r"Grade cell: <code>q(\d+)</code>", r"Question \1", page)
        places = {REPOSITORY, Path(sys.prefix), Path(self.config.CourseDirectory.root), Path.home()}
        for place in sorted(map(str, places), key=len, reverse=True):
            page = re.sub(re.escape(html.escape(place)) + r"(?![\w-])", "…", page)
        loader = r"<!-- Loading mathjax.*<!-- End of mathjax configuration -->"
        page = re.sub(loader, "", page, count=1, flags=re.DOTALL)
        page = page.replace("<head>", f"<head>\n{CLOSED}", 1)
        # a link to another file of the course
        page = re.sub(r'<a href="(?![a-z]+:|#)[^"]*"[^>]*>(.*?)</a>', r"\1", page, flags=re.DOTALL)
        return page, resources


class GradesExport(ExportPlugin):
    """nbgrader's table of points, in which what was not graded has no score, and a remark that says why."""

    COLUMNS = (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,"
        "raw_score,late_submission_penalty,score,max_score,percent,remark"
    )

    def export(self, gradebook):
        course = Path(CourseDirectory(config=self.config).root)
        people = {student.id: student for student in gradebook.students}
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, self.COLUMNS.split(","), restval="")
            table.writeheader()
            for assignment in gradebook.assignments:
                for student in sorted({*people, *handed_in.students(course, assignment.name)}):
                    if self.wanted(self.assignment, assignment.name) and self.wanted(self.student, student):
                        table.writerow(row(gradebook, course, assignment, student, people.get(student)))

    def wanted(self, chosen, name):
        return not chosen or name in map(str, chosen)


def row(gradebook, course, assignment, student, person):
    """One student's line for one assignment."""
    line = {"assignment": assignment.name, "duedate": assignment.duedate, "student_id": student}
    if person:
        line |= {key: getattr(person, key) for key in ("last_name", "first_name", "email")}
    line["max_score"] = assignment.max_score
    submission = graded_submission(gradebook, assignment.name, student)
    line["remark"] = remark(course, student, assignment.name, submission is not None)
    if submission:
        penalty = round(submission.late_submission_penalty, 2)
        score = round(max(0.0, submission.score - penalty), 2)
        line |= {"timestamp": submission.timestamp, "raw_score": submission.score, "score": score}
        line |= {"late_submission_penalty": penalty, "percent": round(100 * score / assignment.max_score)}
    return line


def graded_submission(gradebook, assignment, student):
    """The gradebook's entry, None if there is none or if nbgrader could not grade it."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    done = all(grade.auto_score is not None or grade.manual_score is not None for grade in grades)
    return submission if done else None


def remark(course, student, assignment, graded):
    """Why there is no score, or why the score is not that of the newest file; "" as a rule."""
    if graded and not (course / "submitted" / student).is_dir():
        return ""  # graded elsewhere, and only the gradebook came back
    notebook, reason = handed_in.choose(course, student, assignment)
    if not graded:
        return f"not graded: {reason or 'nbgrader has not graded it, or could not'}"
    if notebook is None:
        return f"an earlier file is graded, the newer one not: {reason}"
    if not handed_in.is_graded(course, student, assignment):
        return "an earlier file is graded, the newer one not yet"
    return ""
