"""What a class handed in: which notebook of each student is to be graded, and why somebody has none.

Used by `python course.py classroom grade` and by the export of the points (grading.py). A hand-in belongs at
submitted/STUDENT/NAME/NAME.ipynb, where NAME is the assignment; what comes from students seldom lies there.
"""

import hashlib
import json
import re
import shutil
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import nbformat

NOTHING = "nothing handed in"
TIMESTAMP = "timestamp.txt"  # nbgrader's: when it was handed in
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_")


def students(course, assignment):
    """Everybody with a folder or a loose notebook in submitted/."""
    submitted = course / "submitted"
    folders = {path.name for path in submitted.glob("*") if path.is_dir() and not path.name.startswith(".")}
    return sorted(folders | {student_of(path.stem, assignment) for path in submitted.glob("*.ipynb")})


def choose(course, student, assignment):
    """The student's notebook to grade and "", or None and the reason why there is none."""
    assignments = {path.name for path in (course / "source").glob("*")}
    if student in assignments:
        return None, "this folder has the name of an assignment; a student's name belongs there"
    submitted = course / "submitted"
    own = submitted / student / assignment
    found = notebooks(own)
    if not found:  # in a folder of another name, or in none
        found = notebooks(submitted / student, leave_out=assignments)
        found += [path for path in submitted.glob("*.ipynb") if student_of(path.stem, assignment) == student]
    if not found:
        files = [path for path in own.glob("*") if not path.name.startswith(".")]
        others = sorted(path.name for path in files if path.name != TIMESTAMP)
        return None, f"no notebook, only {', '.join(others)}" if others else NOTHING
    reasons = {path: why_not(path, course, assignment) for path in found}
    fitting = {path.read_bytes(): path for path in found if not reasons[path]}  # copies count once
    exact = own / f"{assignment}.ipynb"
    if len(fitting) == 1 and (exact not in found or not reasons[exact]):
        return exact if exact in found else next(iter(fitting.values())), ""
    if len(found) == 1:
        place = "" if found == [exact] else f" ({found[0].relative_to(submitted).as_posix()})"
        return None, reasons[found[0]] + place
    names = ", ".join(f"{path.name} ({reasons[path]})" if reasons[path] else path.name for path in found)
    return None, f"{len(found)} notebooks, keep one of them: {names}"


def notebooks(folder, leave_out=()):
    """The notebooks below a folder, without Jupyter's own copies."""
    found = [path.relative_to(folder) for path in folder.rglob("*.ipynb") if path.is_file()]
    ignored = {".ipynb_checkpoints", *leave_out}
    return sorted(folder / path for path in found if not ignored & set(path.parts))


def why_not(path, course, assignment):
    """Why this file cannot be graded for the assignment; "" if it can."""
    content = path.read_bytes()
    if not content.strip():
        return "the file is empty"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return "not a notebook: the file is no text"
    if text.lstrip().startswith("<"):
        return "a web page saved under a notebook's name"
    if re.search(r"^<<<<<<< ", text, re.MULTILINE):
        return "merge-conflict markers in the file"
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, ValueError, AttributeError, TypeError):
        return "not a notebook, or cut off"
    if not of_assignment(notebook, course, assignment):
        return "no cell of this assignment is in it"
    return ""


def of_assignment(notebook, course, assignment):
    """Has it any cell that was given with the assignment? All sets number their questions alike."""
    released = nbformat.read(course / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    given = [cell for cell in released.cells if role(cell).get("locked") and not role(cell).get("grade")]
    ids, texts = {role(cell)["grade_id"] for cell in given}, {cell.source for cell in given}
    return any(role(cell).get("grade_id") in ids or cell.source in texts for cell in notebook.cells)


def role(cell):
    """What nbgrader notes of a cell."""
    return cell.metadata.get("nbgrader", {})


def put_in_place(course, student, assignment, notebook):
    """Move the chosen notebook to where nbgrader looks for it; returns its old place if it was another."""
    target = course / "submitted" / student / assignment / f"{assignment}.ipynb"
    if notebook == target:
        return ""
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook.rename(target)
    return notebook.relative_to(course / "submitted").as_posix()


def digest(folder):
    """A fingerprint of one hand-in: its notebook, and when it came."""
    files = folder / f"{folder.name}.ipynb", folder / TIMESTAMP
    content = [path.read_bytes() for path in files if path.exists()]
    return hashlib.sha256(b"\n".join(content)).hexdigest()


def is_graded(course, student, assignment):
    """Is the hand-in, as it lies there now, the one that was graded?"""
    try:
        path = course / "autograded" / student / assignment / f"{assignment}.ipynb"
        mark = json.loads(path.read_text(encoding="utf-8"))["metadata"]["handed_in"]
    except (OSError, ValueError, KeyError):
        return False
    return mark == digest(course / "submitted" / student / assignment)


# --- from a learning platform ---------------------------------------------------------------------------


def deliver(source, course, assignment, class_list):
    """Copy a folder, or what a zip holds, into submitted/; returns the students it had something of.

    Each student has a folder there, or a loose file. What the same student handed in before is replaced.
    `class_list` is that of `by_name`, for platforms that give only names.
    """
    if source.is_dir():
        return deliver_folder(source, course, assignment, class_list)
    with tempfile.TemporaryDirectory() as unpacked:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(unpacked)
        return deliver_folder(Path(unpacked), course, assignment, class_list)


def deliver_folder(source, course, assignment, class_list):
    files = {}  # of each student: where a file lies, and its place in the student's folder
    labels = [path.stem if path.is_file() else path.name for path in source.iterdir()]
    # A name that stands for two people in the class list does so too where only one of them handed in.
    namesakes = moodle_namesakes(labels) | {name for name, ids in class_list.items() if len(ids) > 1}
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source)
        if path.is_dir() or place.parts[0] == "__MACOSX" or any(part.startswith(".") for part in place.parts):
            continue
        loose = len(place.parts) == 1
        student = student_of(place.stem if loose else place.parts[0], assignment, namesakes)
        ids = class_list.get(student, [])
        student = ids[0] if len(ids) == 1 else student
        files.setdefault(student, []).append((path, place if loose else Path(*place.parts[1:])))
    for student, handed_in in files.items():
        target = course / "submitted" / student / assignment
        for old in sorted(target.rglob("*"), reverse=True):
            if old.is_dir():
                old.rmdir()
            elif old.name != TIMESTAMP:
                old.unlink()
        for path, place in handed_in:
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / place)
    return sorted(files)


def by_name(people):
    """The ids of the class list under each full name: a list, because two people can have one name."""
    ids = {}
    for person in people:
        name = unicodedata.normalize("NFC", f"{person.first_name} {person.last_name}".strip())
        ids.setdefault(name, []).append(person.id)
    return ids


def student_of(label, assignment, namesakes=()):
    """Whose folder or loose file this is, by its name."""
    label = unicodedata.normalize("NFC", label)
    if moodle := MOODLE.match(label):
        name = moodle["name"]
        return f"{name}_{moodle['number']}" if name in namesakes else name
    # anna_09_spam_filter, anna (1)
    short = re.sub(r"\s*\(\d+\)$", "", label).replace(assignment, "").strip(" _-")
    return short or label


def moodle_namesakes(labels):
    """The names that stand for several people, among them "Participant" where marking is blind."""
    people = {(found["name"], found["number"]) for label in labels if (found := MOODLE.match(label))}
    names = [name for name, _ in people]
    return {name for name in names if names.count(name) > 1}
