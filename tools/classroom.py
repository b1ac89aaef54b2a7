"""An nbgrader course: `python course.py classroom DIR` lays it out, `classroom grade` grades a class.

See classroom/README.md for what follows.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a script from anywhere

from tools.cells import HIDDEN, Cell, SourceError, split_hidden  # noqa: E402
from tools.notebooks import (  # noqa: E402
    FOLDED,
    fold_title,
    make_notebook,
    nbgrader_metadata,
    number_given_cells,
    to_bytes,
    with_colab_cell,
)
from tools.sources import Course, Source, read_course  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
CONFIG = "nbgrader_config.py"
OURS = "# Laid out by: python course.py classroom"

USAGE = """\
python course.py classroom DIR                               lay out an nbgrader course in DIR
python course.py classroom grade DIR NAME [--from DOWNLOAD]  grade what the class handed in for NAME
    … --container                                            each hand-in in a container without network
    … --again                                                also what is graded already"""

STRICT = """\
# Ask once more, with a fresh copy of the helper: what a notebook does to its own copy earns no points.
import importlib, os, sys

for _name in [name for name in sys.modules if name.split(".")[0] == "coursekit"]:
    del sys.modules[_name]
sys.path.insert(0, {folder!r})
os.environ["NBGRADER_EXECUTION"] = "autograde"
importlib.import_module("coursekit.checking").checks({chapter}){call}"""


def lay_out(root: Path, folder: Path) -> list[str]:
    """Write or update the course in `folder`, leaving everything students handed in; returns the names."""
    course = read_course(root)
    if not course.exercises:
        raise SourceError("There are no exercises in sources/exercises yet, so there is nothing to hand out.")
    write_config(root, folder)
    for name, source in course.exercises.items():
        path = folder / "source" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_bytes(make_notebook(class_cells(course, source))))
    return list(course.exercises)


def write_config(root: Path, folder: Path) -> None:
    """Make the folder and nbgrader's settings in it."""
    refuse_foreign(folder, root)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / CONFIG).exists():
        folder.chmod(0o700)  # solutions, answers and points: nobody else's
    text = (root / "classroom" / CONFIG).read_text(encoding="utf-8")
    text = text.replace('REPOSITORY = ""', f"REPOSITORY = {root.as_posix()!r}")
    (folder / CONFIG).write_bytes(f"{OURS}\n{text}".encode())


def refuse_foreign(folder: Path, root: Path) -> None:
    """Raise SourceError unless the folder is outside of `root`, and new, empty or laid out by this tool."""
    if folder.exists() and not folder.is_dir():
        raise SourceError(f"{folder} is a file; name a new or empty folder.")
    config = folder / CONFIG
    ours = config.exists() and config.read_text(encoding="utf-8", errors="replace").startswith(OURS)
    if folder.exists() and any(folder.iterdir()) and not ours:
        raise SourceError(f"{folder} holds something else already; name a new or empty folder.")
    if root.resolve() in folder.resolve().parents:
        # git would publish it, and a hand-in in a container, which sees the repository, could read it
        raise SourceError(f"{folder} lies inside the repository {root}; name a folder outside of it.")


def class_cells(course: Course, source: Source) -> list[Cell]:
    """The exercise as nbgrader wants it: solutions and hidden tests included, explanations left out."""
    cells = []
    for cell in source.cells:
        if "solution" in cell.meta.get("tags", []):
            continue
        text, meta = cell.text, {}
        if "fold" in cell.meta:
            text, meta = f"{fold_title(cell)}\n{text}", dict(FOLDED)
        if cell.kind == "code":
            meta["nbgrader"] = nbgrader_metadata(cell)
        if "check" in cell.meta:
            text = with_strict_check(text, cell.meta["check"], source.name, course.root)
        cells.append(Cell(cell.kind, text, meta, cell.origin))
    return with_colab_cell(course, source.name, number_given_cells(cells))


def with_strict_check(text: str, question: str, name: str, root: Path) -> str:
    """The check cell with a hidden region that asks the same question on a fresh helper."""
    before, inside, after = split_hidden(text)
    chapter = int("".join(filter(str.isdigit, name.split("_")[0])))
    strict = STRICT.format(folder=root.as_posix(), chapter=chapter, call=question_call(before, question))
    parts = [before, HIDDEN[0], strict, inside, HIDDEN[1], after]
    return "\n".join(part for part in parts if part)


def question_call(text: str, question: str) -> str:
    """The check cell's call without the name in front: `.q2(w)` of `check.q2(w)`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"check.{question}":
            return ast.unparse(node).removeprefix("check")
    raise SourceError(f"the check cell of {question} does not call check.{question}(…): {text!r}")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command; returns its exit status."""
    try:
        if arguments[:1] == ["grade"]:
            from tools.classroom_grade import main as grade  # brings nbgrader, which takes seconds

            return grade(arguments[1:], root)
        if len(arguments) != 1 or arguments[0].startswith("-"):
            print(USAGE, file=sys.stderr)
            return 2
        folder = Path(arguments[0]).resolve()
        names = lay_out(root, folder)
    except (SourceError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    print(f"The course lies in {folder}, with {len(names)} assignment(s): {', '.join(names)}.")
    command = f"python course.py classroom grade {folder} {names[0]} --from DOWNLOAD"
    print(f"Once the class has handed in: {command}")
    print("The class list, and nbgrader's own commands there: classroom/README.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
