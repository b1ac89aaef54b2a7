"""Take edits made in the built notebooks of a chapter back into its source (`python course.py adopt 09`).

Changed and added cells are adopted. An edited cell keeps its id in JupyterLab, and the build's ids derive
from the text, so each cell says by itself whether it was edited, added, or built from an older source. The
new source is written only if a build from it gives the edited notebook's text exactly, else nothing changes.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
from pathlib import Path

import nbformat

from tools.cells import HIDDEN, SOLUTION, STUB_COMMENT, Cell, SourceError, marked_lines, split_hidden
from tools.notebooks import (
    cell_ids,
    fold_title,
    has_built_id,
    read_notebook,
    title_ending,
    variant_cells,
    without_time,
)
from tools.sources import FOLDERS, Course, Source, parse, read_course, wanted
from tools.validation import validate


@dataclasses.dataclass
class Edits:
    """What a notebook changes: texts by place in the source, and new cells with the place they follow."""

    changed: dict[int, str] = dataclasses.field(default_factory=dict)
    added: list[tuple[int, str, str]] = dataclasses.field(default_factory=list)


def adopt(root: Path, chapter: str) -> list[Path]:
    """Write the edits of the chapter's notebooks into its sources; returns the sources written."""
    course = before = read_course(root)
    texts: dict[Path, str] = {}
    for variant, name in wanted(course, [chapter]):
        notebook = read_notebook(course.notebook_path(variant, name))
        label = f"{FOLDERS[variant]}/{name}.ipynb"
        if notebook is None:
            raise SourceError(f"{label} cannot be read as a notebook. Nothing was changed.")
        source = course.sources(variant)[name]
        # The title of an exercise tells the lesson's time, as it was when the notebooks were built.
        now = dataclasses.replace(course, lessons=before.lessons)
        # Of an exercise and its solution one may be edited; the other is as before, or edited likewise.
        if any(
            shown(variant_cells(c, variant, c.sources(variant)[name])) == stored_cells(notebook)
            for c in (before, now)
        ):
            continue
        if source.path in texts:
            raise SourceError(
                f"exercises/{name}.ipynb and solutions/{name}.ipynb were both edited. Undo one of them "
                "(git checkout), adopt the other, build, and edit again. Nothing was changed."
            )
        try:
            edits = find_edits(now, variant, source, notebook)
            text = edited_source(variant, source, edits)
            course = checked(course, variant, source, text, notebook)
        except SourceError as error:
            raise SourceError(f"{label}: {error} Nothing was changed.") from None
        texts[source.path] = text
    for path, text in texts.items():
        path.write_bytes(text.encode())
    return list(texts)


def shown(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(cell.kind, cell.text.strip("\n")) for cell in cells]


def stored_cells(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """The notebook's cells as (kind, text), without empty ones."""
    cells = [(cell.cell_type, cell.source.strip("\n")) for cell in notebook.cells]
    return [cell for cell in cells if cell[1].strip()]


def checked(
    course: Course, variant: str, source: Source, text: str, notebook: nbformat.NotebookNode
) -> Course:
    """The course with the new source, once a build from it is known to give the edited notebook."""
    cells = parse(text)
    if mistakes := validate(source.path, source.kind, cells):
        raise SourceError(f"the edit does not fit the source: {mistakes[0]}")
    new = dataclasses.replace(source, cells=cells)
    kept = {"lesson": "lessons", "exercise": "exercises"}[source.kind]
    course = dataclasses.replace(course, **{kept: getattr(course, kept) | {source.name: new}})
    built = shown(variant_cells(course, variant, new))
    for number, (ours, theirs) in enumerate(zip(built, stored_cells(notebook), strict=False), 1):
        if number == 1:  # the edit itself may have changed the time
            ours, theirs = without_time(ours[1]), without_time(theirs[1])
        if ours != theirs:
            raise SourceError(f"cell {number} would not come back as it was edited.")
    if len(built) != len(stored_cells(notebook)):
        raise SourceError("its cells would not come back one to one.")
    return course


# --- what was edited ------------------------------------------------------------------------------


def find_edits(course: Course, variant: str, source: Source, notebook: nbformat.NotebookNode) -> Edits:
    """Compare a notebook with what its source gives; raises SourceError for what cannot be mapped."""
    built = variant_cells(course, variant, source)
    place = {cell_id: i for i, cell_id in enumerate(cell_ids(shown_exactly(built)))}
    edits, last = Edits(), -1
    if any("id" not in cell for cell in notebook.cells):
        raise SourceError("it has lost its cell ids (some editors drop them); edit the source instead.")
    for number, cell in enumerate(notebook.cells, 1):
        text = cell.source.strip("\n")
        if cell.id not in place:
            if has_built_id(cell):
                raise SourceError(
                    f"cell {number} was built from an older source; its source has changed since."
                )
            if text.strip():
                edits.added.append((following_place(built, last), cell.cell_type, text))
            continue
        here, last = last + 1, place[cell.id]
        if last < here:
            raise SourceError(f"cell {number} was moved; move it in the source.")
        if last > here:
            raise missing(built[here])
        if cell.cell_type != built[last].kind:
            raise SourceError(f"cell {number} was made a {cell.cell_type} cell; do that in the source.")
        if text != built[last].text.strip("\n"):
            try:
                edits.changed[built[last].origin] = source_text(course, variant, source, built[last], text)
            except SourceError as error:
                raise SourceError(f"cell {number}: {error}") from None
    if last + 1 < len(built):
        raise missing(built[last + 1])
    return edits


def shown_exactly(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(cell.kind, cell.text) for cell in cells]


def following_place(built: list[Cell], last: int) -> int:
    """The place in the source after which a cell added behind the built cell `last` goes."""
    before = [cell.origin for cell in built[: last + 1] if cell.origin is not None]
    if not before:
        raise SourceError("the title cell comes first; put the new cell behind it.")
    return before[-1]


def missing(cell: Cell) -> SourceError:
    first = cell.text.strip().split("\n")[0][:60]
    return SourceError(f"the cell {first!r} is missing or out of order; delete or move cells in the source.")


# --- from a notebook's text to the source's -------------------------------------------------------


def source_text(course: Course, variant: str, source: Source, built: Cell, text: str) -> str:
    """The source's text for a cell that was edited to `text` in the notebook."""
    if built.origin is None:
        raise SourceError("this cell is written by the build and cannot be edited.")
    old = source.cells[built.origin]
    if built.origin == 0:
        ending = "\n\n" + title_ending(course, variant, source.name)
        if not text.endswith(ending):
            raise SourceError("the time, badges and links that end the title cell are written by the build.")
        text = text.removesuffix(ending)
        return text.replace("· Solutions", "· Exercises", 1) if variant == "solution" else text
    if "fold" in old.meta:
        title = f"{fold_title(old)}\n"
        if not text.startswith(title):
            raise SourceError("the first line of a folded cell is its fold=… in the source; change it there.")
        return text.removeprefix(title)
    if "answer" in old.meta:
        return exercise_answer(old.text, text) if variant == "exercise" else solution_answer(old.text, text)
    if "check" in old.meta and HIDDEN[0] in old.text:
        _, inside, after = split_hidden(old.text)
        if after:
            raise SourceError("its hidden tests stand in the middle; edit the check in the source.")
        return "\n".join([text, HIDDEN[0], *([inside] if inside else []), HIDDEN[1]])
    return text


def exercise_answer(old: str, text: str) -> str:
    """Put the solution regions back where the exercise says YOUR CODE HERE."""
    pattern = re.compile(rf"^[ \t]*{SOLUTION[0]}\n.*?{SOLUTION[1]}$", re.MULTILINE | re.DOTALL)
    regions = pattern.findall(old)
    stub = re.compile(rf"^[ \t]*{STUB_COMMENT}$", re.MULTILINE)
    if len(stub.findall(text)) != len(regions):
        raise SourceError(f"a line '{STUB_COMMENT}' was removed or added; edit the answer in the solution.")
    remaining = iter(regions)
    return stub.sub(lambda _: next(remaining), text)


def solution_answer(old: str, text: str) -> str:
    """Take the changed lines of a solved answer over, inside or outside its regions, as they were."""
    marked = marked_lines(old)
    lines = [line for line, _ in marked]
    kept = [i for i, (_, mark) in enumerate(marked) if mark in ("given", "solution")]
    while kept and not lines[kept[0]].strip():
        kept.pop(0)
    while kept and not lines[kept[-1]].strip():
        kept.pop()
    new = text.split("\n")
    changes = difflib.SequenceMatcher(None, [lines[i] for i in kept], new, autojunk=False).get_opcodes()
    for what, i1, i2, j1, j2 in reversed(changes):
        if what == "equal":
            continue
        start, end = place_of_change(marked, kept, i1, i2)
        lines[start:end] = new[j1:j2]
    return "\n".join(lines)


def place_of_change(marked: list[tuple[str, str]], kept: list[int], i1: int, i2: int) -> tuple[int, int]:
    """Which lines of the source a change of the kept lines i1 to i2 replaces."""
    if i1 < i2:
        start, end = kept[i1], kept[i2 - 1] + 1
        if end - start != i2 - i1:
            raise SourceError("an edit crosses the border of the solution region; make it in the source.")
        return start, end
    # A line added at the border of a region belongs to the solution, so that it cannot leak.
    if i1 < len(kept) and marked[kept[i1]][1] == "solution":
        return kept[i1], kept[i1]
    if i1 > 0:
        return kept[i1 - 1] + 1, kept[i1 - 1] + 1
    return kept[0], kept[0]


# --- writing into the source ----------------------------------------------------------------------


def edited_source(variant: str, source: Source, edits: Edits) -> str:
    """The source file's text with the edits; what was not edited stays byte for byte."""
    chunks = re.split(r"^(?=# %%)", source.path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    head, chunks = chunks[0], chunks[1:]
    if len(chunks) != len(source.cells):
        raise SourceError("its source has cells this tool cannot tell apart; edit the source.")
    for place, text in edits.changed.items():
        marker, body = chunks[place].split("\n", 1)
        ending = body[len(body.rstrip("\n")) :]
        chunks[place] = f"{marker}\n{written(source.cells[place].kind, text)}{ending}"
    tags = ' tags=["solution"]' if variant == "solution" else ""
    for place, kind, text in reversed(edits.added):
        marker = "# %% [markdown]" if kind == "markdown" else "# %%"
        chunks[place] = chunks[place].rstrip("\n") + "\n\n"
        chunks.insert(place + 1, f"{marker}{tags}\n{written(kind, text)}\n\n")
    return head + "".join(chunks).rstrip("\n") + "\n"


def written(kind: str, text: str) -> str:
    """A cell's text as it stands in percent format."""
    if kind == "code":
        return text
    return "\n".join(f"# {line}" if line else "#" for line in text.split("\n"))


def main(arguments: list[str], root: Path) -> int:
    """Run the command; returns its exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("Say which chapter: python course.py adopt 09", file=sys.stderr)
        return 2
    written_sources = adopt(root, arguments[0])
    for path in written_sources:
        print(f"wrote {path.relative_to(root).as_posix()}")
    if written_sources:
        print(f"Now run: python course.py build {arguments[0]}")
    else:
        print("The notebooks are what their sources give; there is nothing to adopt.")
    return 0
