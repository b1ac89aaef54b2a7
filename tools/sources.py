"""Read the course's sources: Python files in percent format, one for a lesson and one for its exercises."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import jupytext

from tools.cells import Cell, SourceError
from tools.validation import validate

FOLDERS = {"lesson": "chapters", "exercise": "exercises", "solution": "solutions"}


@dataclass(frozen=True)
class Source:
    """The cells of one source file; `kind` is "lesson" or "exercise"."""

    path: Path
    kind: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return self.cells[0].text.splitlines()[0].removeprefix("# ")

    @property
    def number(self) -> str:
        return self.title.split(" · ")[0]


@dataclass(frozen=True)
class Course:
    """All sources of a repository, in chapter order."""

    root: Path
    repository: str
    lessons: dict[str, Source]
    exercises: dict[str, Source]

    def sources(self, variant: str) -> dict[str, Source]:
        return self.lessons if variant == "lesson" else self.exercises

    def notebook_path(self, variant: str, name: str) -> Path:
        return self.root / FOLDERS[variant] / f"{name}.ipynb"


def read_course(root: Path) -> Course:
    """Read every source below `root`; raises SourceError that lists all mistakes found."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    try:
        repository = project["project"]["urls"]["Repository"].rstrip("/")
    except KeyError:
        raise SourceError("pyproject.toml: add the repository's URL under [project.urls].") from None
    found: dict[str, dict[str, Source]] = {"lesson": {}, "exercise": {}}
    mistakes = []
    for kind, folder in (("lesson", "chapters"), ("exercise", "exercises")):
        for path in sorted((root / "sources" / folder).glob("*.py")):
            try:
                found[kind][path.stem] = read_source(path, kind)
            except SourceError as error:
                mistakes.append(str(error))
    if mistakes:
        raise SourceError("\n".join(mistakes))
    return Course(root, repository, found["lesson"], found["exercise"])


def read_source(path: Path, kind: str) -> Source:
    """Read and validate one source file."""
    cells = parse(path.read_text(encoding="utf-8"))
    mistakes = validate(path, kind, cells)
    if mistakes:
        raise SourceError("\n".join(f"sources/{path.parent.name}/{path.name}: {m}" for m in mistakes))
    return Source(path, kind, cells)


def parse(text: str) -> tuple[Cell, ...]:
    """The cells of a text in percent format, each with its place in it."""
    nodes = jupytext.reads(text, fmt="py:percent").cells
    # jupytext notes unusual numbers of blank lines as lines_to_…; they say nothing about the notebook.
    metas = [{key: v for key, v in n.metadata.items() if not key.startswith("lines_to_")} for n in nodes]
    return tuple(Cell(n.cell_type, n.source, metas[i], i) for i, n in enumerate(nodes))


def wanted(course: Course, chapters: list[str]) -> list[tuple[str, str]]:
    """The (variant, name) pairs to build: all, or those of chapters like "09" or "09_spam_filter"."""
    names = sorted(set(course.lessons) | set(course.exercises))
    known = [*(name.split("_")[0] for name in names), *names]
    for chapter in chapters:
        if chapter not in known:
            close = difflib.get_close_matches(chapter.zfill(2), known, 1)
            advice = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names) or 'none'}."
            raise SourceError(f"There is no chapter {chapter!r} in sources/; {advice}")
    chosen = [n for n in names if not chapters or {n, n.split("_")[0]} & set(chapters)]
    return [(variant, name) for name in chosen for variant in FOLDERS if name in course.sources(variant)]
