"""How long a chapter takes a beginner: a formula for the lesson, a sum over its questions for the rest."""

from __future__ import annotations

import math
import re

from tools.cells import Cell
from tools.sources import Course

WORDS_A_MINUTE, LINES_A_MINUTE = 100, 5  # fits what working through the first chapters took
STEP = 15


def lesson_minutes(cells: tuple[Cell, ...]) -> int:
    """Minutes for reading a lesson's prose and visible code, rounded up to the next quarter of an hour."""
    words = sum(len(prose(cell.text).split()) for cell in cells if cell.kind == "markdown")
    code = [line for cell in cells if cell.kind == "code" and "fold" not in cell.meta for line in lines(cell)]
    return STEP * math.ceil((words / WORDS_A_MINUTE + len(code) / LINES_A_MINUTE) / STEP)


def prose(text: str) -> str:
    """Markdown without tags and the targets of links."""
    return re.sub(r"<[^>]*>|\]\([^)]*\)", " ", text)


def lines(cell: Cell) -> list[str]:
    return [line for line in cell.text.split("\n") if line.strip()]


def exercise_minutes(cells: tuple[Cell, ...]) -> int:
    """The sum of the minutes that the author gives each question."""
    return sum(cell.meta["minutes"] for cell in cells if "minutes" in cell.meta)


def minutes(course: Course, name: str) -> list[int]:
    """The minutes of a chapter's lesson and of its exercises, of what there is."""
    found = []
    if name in course.lessons:
        found.append(lesson_minutes(course.lessons[name].cells))
    if name in course.exercises:
        found.append(exercise_minutes(course.exercises[name].cells))
    return found


def chapter_time(course: Course, name: str) -> str:
    """For example "75 minutes for the lesson, 60 for the exercises", or what of both the chapter has."""
    parts = []
    if name in course.lessons:
        parts.append(f"{lesson_minutes(course.lessons[name].cells)} minutes for the lesson")
    if name in course.exercises:
        unit = "" if parts else " minutes"
        parts.append(f"{exercise_minutes(course.exercises[name].cells)}{unit} for the exercises")
    return ", ".join(parts)
