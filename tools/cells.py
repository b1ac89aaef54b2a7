"""A cell, and what its marked regions mean: the smallest parts that reading and building share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STUB_COMMENT = "# YOUR CODE HERE"
SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
STUB = re.compile(r"\s*(return\s+)?([^=#'\"]+=\s*)?\.\.\.(\s*,\s*\.\.\.)*\s*(#.*)?")


class SourceError(Exception):
    """A source, or the repository around it, is not as it must be; the message says what to change."""


@dataclass(frozen=True)
class Cell:
    """A cell of a source or of a notebook; `origin` is its place in the source, None if generated."""

    kind: str
    text: str
    meta: dict = field(default_factory=dict)
    origin: int | None = None


def marked_lines(text: str) -> list[tuple[str, str]]:
    """Each line of an answer with what it is: "given", "stub", "begin", "solution" or "end".

    A stub is a line whose value is `...`, directly before or after a region and indented like it.
    """
    lines, marks, inside = text.split("\n"), [], False
    for line in lines:
        mark = "solution" if inside else "given"
        if line.strip() == SOLUTION[0]:
            mark, inside = "begin", True
        elif line.strip() == SOLUTION[1]:
            mark, inside = "end", False
        marks.append(mark)
    for step, border in ((-1, "begin"), (1, "end")):
        for i in [i for i, mark in enumerate(marks) if mark == border]:
            j = i + step
            while 0 <= j < len(lines) and marks[j] == "given" and is_stub(lines[j], lines[i]):
                marks[j] = "stub"
                j += step
    return list(zip(lines, marks, strict=True))


def is_stub(line: str, marker: str) -> bool:
    """Is it a line like `w = ...` at the indentation of the region's marker?"""
    indent = len(marker) - len(marker.lstrip())
    return STUB.fullmatch(line) is not None and len(line) - len(line.lstrip()) == indent


def without_solutions(text: str) -> str:
    """An answer as the exercise shows it: stubs stay, each region becomes one comment."""
    out = []
    for line, mark in marked_lines(text):
        if mark == "begin":
            out.append(line.replace(SOLUTION[0], STUB_COMMENT))
        elif mark in ("given", "stub"):
            out.append(line)
    return "\n".join(out)


def without_stubs(text: str) -> str:
    """An answer as the solution shows it: the code, without stubs and markers."""
    return "\n".join(line for line, mark in marked_lines(text) if mark in ("given", "solution")).strip("\n")


def split_hidden(text: str) -> tuple[str, str, str]:
    """A check's text before, inside and after its hidden-test region (the last two empty if none)."""
    if HIDDEN[0] not in text:
        return text, "", ""
    before, rest = text.split(HIDDEN[0])
    inside, after = rest.split(HIDDEN[1])
    return before.rstrip("\n"), inside.strip("\n"), after.lstrip("\n")


def without_hidden(text: str) -> str:
    """A check as the learner sees it."""
    before, _, after = split_hidden(text)
    return f"{before}\n{after}" if after else before
