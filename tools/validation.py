"""Say in plain sentences what is wrong with a source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tools.cells import HIDDEN, SOLUTION, STUB_COMMENT, Cell, marked_lines, without_solutions, without_stubs

SETTINGS = ("answer", "check", "points", "minutes", "fold", "tags")
KNOWN_TAGS = re.compile(r"solution|once|nbval-ignore-output|rtol=[0-9.e-]+")
NAME = re.compile(r"\d\d[a-z]?_[a-z0-9_]+")
TITLE = re.compile(r"# \d+[a-z]? · \S.*")
QUESTION = re.compile(r"q\d+[a-z]?")


def validate(path: Path, kind: str, cells: tuple[Cell, ...]) -> list[str]:
    """Everything wrong with a source, in plain sentences."""
    mistakes = []
    if not NAME.fullmatch(path.stem):
        mistakes.append("rename the file to NN_name.py (two digits, then small letters, digits and _).")
    if not cells or cells[0].kind != "markdown" or not TITLE.fullmatch(cells[0].text.split("\n")[0]):
        mistakes.append("cell 1: start with a markdown cell '# 9 · Title'.")
    elif kind == "exercise" and "· Exercises" not in cells[0].text.split("\n")[0]:
        mistakes.append("cell 1: the title of an exercise is '# 9 · Exercises: …'.")
    for number, cell in enumerate(cells, 1):
        mistakes += [f"cell {number}: {m}" for m in cell_mistakes(kind, cell)]
    return mistakes + question_mistakes(cells)


def cell_mistakes(kind: str, cell: Cell) -> list[str]:
    """What is wrong with one cell on its own."""
    meta, mistakes = cell.meta, []
    if cell.kind not in ("code", "markdown"):
        mistakes.append(f"a {cell.kind} cell is not known here; use code or [markdown].")
    if not cell.text.strip():
        mistakes.append("the cell is empty; remove it.")
    if unknown := sorted(set(meta) - set(SETTINGS)):
        mistakes.append(f"unknown setting {', '.join(map(repr, unknown))}; known: {', '.join(SETTINGS)}.")
    tags = meta.get("tags", [])
    for tag in [tags] if isinstance(tags, str) else tags:
        if not KNOWN_TAGS.fullmatch(tag):
            mistakes.append(f"unknown tag {tag!r}; known: solution, once, nbval-ignore-output, rtol=0.1.")
    if isinstance(tags, str):
        mistakes.append(f'write tags as a list: tags=["{tags}"].')
    if kind == "lesson" and re.search(r"^\W*Time:\*\*", cell.text, re.MULTILINE):
        mistakes.append("take the line **Time:** out; the build computes the times and writes them.")
    if kind == "lesson":
        if {"answer", "check"} & set(meta):
            mistakes.append("answers and checks belong in sources/exercises, not in a lesson.")
        if "solution" in tags:
            mistakes.append("the tag 'solution' belongs in sources/exercises, not in a lesson.")
    if cell.kind != "code" and {"answer", "check"} & set(meta):
        mistakes.append("an answer or a check is a code cell, not markdown.")
    if {"answer", "check"} <= set(meta):
        mistakes.append("a cell is either an answer or a check, not both.")
    for key in ("answer", "check"):
        if key in meta and not QUESTION.fullmatch(str(meta[key])):
            mistakes.append(f'{key}={meta[key]!r} is not a question\'s name like "q2".')
    points = meta.get("points")
    if "check" in meta and (isinstance(points, bool) or not isinstance(points, int | float) or points <= 0):
        mistakes.append('give the check its points, for example check="q2" points=3.')
    if "check" in meta and f"check.{meta['check']}(" not in cell.text:
        mistakes.append(f"the check cell does not call check.{meta['check']}(…).")
    minutes = meta.get("minutes")
    if "check" in meta and (type(minutes) is not int or not 1 <= minutes <= 60):
        mistakes.append("give the check its minutes, a whole number from 1 to 60, for example minutes=15.")
    for key in ("points", "minutes"):
        if key in meta and "check" not in meta:
            mistakes.append(f"only a check has {key}.")
    if "fold" in meta:
        mistakes += fold_mistakes(cell)
    return mistakes + region_mistakes(cell)


def fold_mistakes(cell: Cell) -> list[str]:
    """A folded cell is given code that says in one line what it does."""
    mistakes = []
    if cell.kind != "code" or {"answer", "check"} & set(cell.meta):
        mistakes.append("only given code can be folded: no markdown, no answer, no check.")
    if not str(cell.meta["fold"]).strip() or len(str(cell.meta["fold"])) > 80:
        mistakes.append('say in up to 80 characters what a folded cell does: fold="Draw the costs".')
    return mistakes


def region_mistakes(cell: Cell) -> list[str]:
    """Unmatched or misplaced markers, and stubs that would not run."""
    mistakes = []
    for markers, key, what in ((SOLUTION, "answer", "SOLUTION"), (HIDDEN, "check", "HIDDEN TESTS")):
        lines = [line.strip() for line in cell.text.split("\n")]
        found = [line for line in lines if f"BEGIN {what}" in line or f"END {what}" in line]
        if found != list(markers) * (len(found) // 2):
            mistakes.append(f"write {what} markers in pairs, each alone on its line: {' … '.join(markers)}.")
        elif found and key not in cell.meta:
            mistakes.append(f'a {what} region stands in a cell without {key}="q…".')
        elif not found and what == "SOLUTION" and key in cell.meta:
            mistakes.append(f"the answer has no region {' … '.join(markers)}.")
        elif len(found) > 2 and what == "HIDDEN TESTS":
            mistakes.append("put all hidden tests of a check into one region.")
    if STUB_COMMENT in cell.text:
        mistakes.append(f"'{STUB_COMMENT}' is written by the build; leave it out.")
    if mistakes or "answer" not in cell.meta:
        return mistakes
    marked = marked_lines(cell.text)
    for (line, mark), (_, next_mark) in zip(marked, marked[1:], strict=False):
        if mark == "stub" and next_mark == "begin" and line.strip().startswith("return"):
            mistakes.append(
                "put the stub 'return ...' after the region: before it, nbgrader's copy stops there."
            )
    if re.search(r"^\s*[%!]", cell.text, re.MULTILINE):
        return mistakes
    for text, what in ((without_solutions(cell.text), "exercise"), (without_stubs(cell.text), "solution")):
        try:
            ast.parse(text)
        except SyntaxError as error:
            mistakes.append(f"the {what} made from it is not Python ({error.msg}, line {error.lineno}).")
    return mistakes


def question_mistakes(cells: tuple[Cell, ...]) -> list[str]:
    """Answers and checks that do not belong together."""
    mistakes = []
    place: dict[tuple[str, str], int] = {}
    for number, cell in enumerate(cells, 1):
        for key in ("answer", "check"):
            if key not in cell.meta:
                continue
            name = cell.meta[key]
            if (key, name) in place:
                mistakes.append(f"cell {number}: {key}={name!r} stands already in cell {place[key, name]}.")
            elif key == "check" and ("answer", name) not in place:
                mistakes.append(f"cell {number}: the check {name!r} has no answer cell before it.")
            place.setdefault((key, name), number)
    for (key, name), number in place.items():
        if key == "answer" and ("check", name) not in place:
            mistakes.append(f"cell {number}: the answer {name!r} has no check cell.")
    return mistakes
