"""The course's notebooks as the tests read them, and what of a markdown cell is running prose."""

import functools
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("chapters", "exercises", "solutions")
NOTEBOOKS = [
    f"{folder}/{path.name}" for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))
]


@functools.cache
def notebook(name):
    """The notebook called for example "chapters/09_spam_filter.ipynb"."""
    return nbformat.read(ROOT / name, as_version=4)


def cells(nb, kind):
    """The (number, cell) pairs of one kind, "code" or "markdown"; numbers count all cells from 1."""
    return [(number, cell) for number, cell in enumerate(nb.cells, 1) if cell.cell_type == kind]


def outputs(nb):
    """All (cell number, output) pairs."""
    return [(number, output) for number, cell in cells(nb, "code") for output in cell.outputs]


def without_code(text):
    """Markdown without code, in blocks or in spans, and without comments."""
    text = re.sub(r"^( *)(```|~~~).*?^ *\2", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)


def without_quotes(text):
    """Prose without what stands in double quotation marks: somebody else's words."""
    return re.sub(r'"[^"\n]*(?:\n[^"\n]+)*"|“[^”]*”', "", text)


def without_link_targets(text):
    return re.sub(r"\]\([^)]*\)|<https?:[^>]*>|https?://\S+", "]", text)


def paragraphs(text):
    """The blocks of running prose: what is no heading, list, table, quotation, HTML, formula or line of links
    or times that the build writes."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", without_code(text))]
    other = re.compile(r"#|[-*+] |\d+[.)] |\||>|<|\$\$|\[!\[|\*\*Time:")
    return [block for block in blocks if block and not other.match(block)]
