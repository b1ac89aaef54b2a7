"""Make the cells of each notebook from a source, and a notebook from the cells."""

from __future__ import annotations

import hashlib
import re
import textwrap
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat
from packaging.requirements import Requirement

from tools.cells import Cell, without_hidden, without_solutions, without_stubs
from tools.sources import FOLDERS, Course, Source
from tools.times import chapter_time

# JupyterLab, Colab and the website's tool each have their own word for code that arrives closed.
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form", "tags": ["hide-input"]}


def variant_cells(course: Course, variant: str, source: Source) -> list[Cell]:
    """The cells of one notebook: variant is "lesson", "exercise" or "solution"."""
    cells = [shown for cell in source.cells if (shown := shown_cell(variant, cell)) is not None]
    title = cells[0]
    cells[0] = Cell(
        "markdown", f"{title.text}\n\n{title_ending(course, variant, source.name)}", title.meta, 0
    )
    return with_colab_cell(course, source.name, number_given_cells(cells))


def number_given_cells(cells: list[Cell]) -> list[Cell]:
    """Number the nbgrader ids of given cells with equal text, since each must be unique."""
    seen: dict[str, int] = {}
    for cell in cells:
        if role := cell.meta.get("nbgrader"):
            grade_id = role["grade_id"]
            seen[grade_id] = seen.get(grade_id, 0) + 1
            if seen[grade_id] > 1:
                role["grade_id"] = f"{grade_id}-{seen[grade_id]}"
    return cells


def shown_cell(variant: str, cell: Cell) -> Cell | None:
    """A source's cell as the notebook shows it, None if the notebook leaves it out."""
    tags = cell.meta.get("tags", [])
    if variant == "exercise" and "solution" in tags:
        return None
    text = cell.text
    if variant == "solution" and cell.origin == 0:
        text = text.replace("· Exercises", "· Solutions", 1)
    if "answer" in cell.meta:
        text = without_solutions(text) if variant == "exercise" else without_stubs(text)
    if "check" in cell.meta:
        text = without_hidden(text)
    meta: dict = {"tags": tags} if tags else {}
    if "fold" in cell.meta:
        text = f"{fold_title(cell)}\n{text}"
        meta = FOLDED | {"tags": [*FOLDED["tags"], *tags]}
    if variant == "exercise" and cell.kind == "code":
        meta["nbgrader"] = nbgrader_metadata(cell)
    return Cell(cell.kind, text, meta, cell.origin)


def fold_title(cell: Cell) -> str:
    """The one line that shows of a folded cell."""
    return f"# @title {cell.meta['fold']}"


def nbgrader_metadata(cell: Cell) -> dict:
    """The metadata (schema 3) by which nbgrader knows answers, checks and given code."""
    role = {"cell_type": "code", "grade": False, "locked": True, "schema_version": 3}
    role |= {"solution": False, "task": False}
    if "answer" in cell.meta:
        return role | {"grade_id": f"{cell.meta['answer']}-answer", "locked": False, "solution": True}
    if "check" in cell.meta:
        return role | {"grade_id": cell.meta["check"], "grade": True, "points": cell.meta["points"]}
    return role | {"grade_id": f"given-{digest(cell.text)}"}


def with_colab_cell(course: Course, name: str, cells: list[Cell]) -> list[Cell]:
    """Insert the guarded installation before the first code cell; `name` is the chapter's."""
    first = next((i for i, cell in enumerate(cells) if cell.kind == "code"), None)
    if first is None:
        return cells
    return [*cells[:first], Cell("code", colab_text(course, name), dict(FOLDED)), *cells[first:]]


def colab_text(course: Course, name: str) -> str:
    """The first code cell of a chapter's notebooks: it installs the helper, and what the chapter imports."""
    words = [f"git+{course.repository}", *(f"'{line}'" for line in packages(course, name))]
    lines = textwrap.fill(" ".join(words), 80, break_on_hyphens=False, break_long_words=False)
    return f"""\
# @title Only on Google Colab: install what this chapter uses
import sys

if "google.colab" in sys.modules:
    needed = \"\"\"
{textwrap.indent(lines, "    " * 2)}
    \"\"\"
    get_ipython().run_line_magic("pip", "install -q " + " ".join(needed.split()))"""


def packages(course: Course, name: str) -> list[str]:
    """From pyproject.toml's list `lessons`, for Linux: what a chapter's lesson and exercises name in code."""
    project = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code = "\n".join(
        cell.text
        for sources in (course.lessons, course.exercises)
        if name in sources
        for cell in sources[name].cells
        if cell.kind == "code"
    )
    if re.search(r"^from service\b", code, re.MULTILINE):  # a package of this repository, which needs others
        code += "\n".join(path.read_text(encoding="utf-8") for path in (course.root / "service").glob("*.py"))
    lessons = map(Requirement, project.get("optional-dependencies", {}).get("lessons", []))
    return [
        f"{package.name}{package.specifier}"
        for package in lessons
        if package.marker is None or package.marker.evaluate({"sys_platform": "linux"})
        if re.search(rf"\b{imported_as(package.name)}\b", code)
    ]


def imported_as(package: str) -> str:
    """The name by which code imports a package."""
    others = {"scikit-learn": "sklearn", "imbalanced-learn": "imblearn", "xgboost-cpu": "xgboost"}
    others |= {"pillow": "PIL", "mlflow-skinny": "mlflow"}
    return others.get(package, package.replace("-", "_"))


def title_ending(course: Course, variant: str, name: str) -> str:
    """The last lines of a title cell: the time, badges, then links to the notebooks around this one."""
    time = f"**Time:** {chapter_time(course, name)}"
    return f"{time}\n\n{navigation(course, variant, name)}"


def without_time(text: str) -> str:
    """A title cell's text without the time, which any edit of a lesson may change."""
    return re.sub(r"^\*\*Time:\*\* .*", "", text, flags=re.MULTILINE)


def navigation(course: Course, variant: str, name: str) -> str:
    """Badges, and links to the notebooks around this one; words, for a picture would ask another server."""
    file = f"{FOLDERS[variant]}/{name}.ipynb"
    badges = f"[Open in Binder]({binder_link(course, file)}) · [Open in Colab]({colab_link(course, file)})"
    links = []
    sources = course.sources(variant)
    names = sorted(sources)
    here = names.index(name)
    if here > 0:
        links.append(f"[← {sources[names[here - 1]].number}]({names[here - 1]}.ipynb)")
    for other, label in (("lesson", "Lesson"), ("exercise", "Exercises"), ("solution", "Solutions")):
        if other != variant and name in course.sources(other):
            links.append(f"[{label}](../{FOLDERS[other]}/{name}.ipynb)")
    if here + 1 < len(names):
        links.append(f"[{sources[names[here + 1]].number} →]({names[here + 1]}.ipynb)")
    pages = "" if variant == "lesson" else "../chapters/"
    links += [
        f"[Glossary]({pages}glossary.md)",
        f"[Index]({pages}index.md)",
        f"[Report a mistake]({report_link(course, variant, name)})",
    ]
    return f"{badges}\n\n{' · '.join(links)}"


def report_link(course: Course, variant: str, name: str) -> str:
    """GitHub's form for a mistake (.github/ISSUE_TEMPLATE/mistake.yml) with its field `chapter` filled in."""
    chapter = quote(f"{name.split('_')[0]}, {FOLDERS[variant]}")
    return f"{course.repository}/issues/new?template=mistake.yml&chapter={chapter}"


def binder_link(course: Course, file: str) -> str:
    slug = course.repository.removeprefix("https://github.com/")
    return f"https://mybinder.org/v2/gh/{slug}/HEAD?urlpath=lab/tree/{file}"


def colab_link(course: Course, file: str) -> str:
    slug = course.repository.removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{slug}/blob/main/{file}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def cell_ids(keys: list[tuple[str, str]]) -> list[str]:
    """An id for each (kind, text), derived from it; equal cells are counted."""
    ids, seen = [], {}
    for kind, text in keys:
        number = seen[kind, text] = seen.get((kind, text), 0) + 1
        ids.append(digest(f"{kind}\n{text}" if number == 1 else f"{kind}\n{text}\n{number}"))
    return ids


def has_built_id(cell: nbformat.NotebookNode) -> bool:
    """Does the id derive from the cell's own text, as only the build makes it?"""
    return cell.get("id") in cell_ids([(cell.cell_type, cell.source)] * 9)


def make_notebook(cells: list[Cell]) -> nbformat.NotebookNode:
    """A notebook without outputs."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell, cell_id in zip(cells, cell_ids([(c.kind, c.text) for c in cells]), strict=True):
        new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(new(cell.text, id=cell_id, metadata=nbformat.from_dict(cell.meta)))
    return notebook


def to_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """The file's content; the same on every system."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, indent=1).rstrip("\n") + "\n").encode()


def read_notebook(path: Path) -> nbformat.NotebookNode | None:
    """The stored notebook, None if there is none that can be read."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return None
    return notebook
