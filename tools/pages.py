"""The two pages made of the lessons: the glossary of all terms, and the index of what is used where.

A term is bold where it is defined, once, in a lesson. `sources/glossary.csv` gives each a line of plain words
and the Chinese term; where it stands is found here. `sources/index.csv` lists names for the index that are
words, not code (`words`: a pattern that finds them); classes and data sets are found in the code.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tools.cells import SourceError
from tools.notebooks import cell_ids
from tools.sources import Course

BOLD = re.compile(r"\*\*([^*]+)\*\*")
LEAD = re.compile(r"You will be able to|Part \d.*|.*[.:?!,]", re.DOTALL)
ENOUGH, PLACES = 3, 4  # mentions that make a section worth a link; links for one name
HEADING, DEFINED = 30, 10  # mentions that a name in a section's heading, or a definition, is worth
SMALL = {"Next", "Summary", "Check yourself", "In the field"}  # sections that teach nothing new
LIBRARIES = {
    "sklearn": "scikit-learn",
    "imblearn": "imbalanced-learn",
    "lightgbm": "LightGBM",
    "xgboost": "XGBoost",
    "skorch": "skorch",
    "transformers": "transformers",
    "mlflow": "MLflow",
    "distributed": "Dask",
    "fastapi": "FastAPI",
    "pydantic": "pydantic",
    "optuna": "Optuna",
    "torch": "PyTorch",
}
CALLED_AS = re.compile(
    r"(?:torch\.)?(nn\.[A-Z]\w+|optim\.(?:lr_scheduler\.)?[A-Z]\w+)|(optuna|mlflow)\.(?:\w+\.)*\w+"
)


@dataclass(frozen=True)
class Section:
    """What stands between two headings of a lesson: its prose without code, and its code."""

    chapter: str
    heading: str
    prose: str
    code: str
    cell: str  # the id, in the built notebook, of the cell with the heading

    @property
    def link(self) -> str:
        """From a page in chapters/, to the cell with the heading.

        JupyterLab finds no heading with "·" in it, and others only in a notebook that is open already.
        """
        title = re.sub(r"^\d+ · ", "", self.heading)
        return f"[{int(self.chapter[:2])} · {title}]({self.chapter}.ipynb#cell-id={self.cell})"


def sections(course: Course) -> list[Section]:
    """All sections of all lessons, in order."""
    found = []
    for name, lesson in course.lessons.items():
        heading, texts, above = lesson.title, {"markdown": [], "code": []}, ""
        ids = cell_ids([(cell.kind, cell.text) for cell in lesson.cells])
        for cell, here in zip(lesson.cells, ids, strict=True):
            parts = (
                re.split(r"^##+ +(.*)$", cell.text, flags=re.MULTILINE)
                if cell.kind == "markdown"
                else [cell.text]
            )
            texts[cell.kind].append(parts[0])
            for title, text in zip(parts[1::2], parts[2::2], strict=True):
                found.append(section(name, heading, texts, above))
                heading, texts, above = title, {"markdown": [text], "code": []}, here
        found.append(section(name, heading, texts, above))
    return found


def section(chapter: str, heading: str, texts: dict[str, list[str]], cell: str) -> Section:
    return Section(chapter, heading, "\n\n".join(texts["markdown"]), "\n".join(texts["code"]), cell)


def bold_terms(section: Section) -> Iterator[str]:
    """The terms that a section defines: its bold spans without leads and sentences, which end in a mark."""
    prose = re.sub(r"```.*?```|\$\$.*?\$\$|`[^`]*`", "", section.prose, flags=re.DOTALL)
    for text in BOLD.findall(re.sub(r"\n(> )?", " ", prose)):
        if not LEAD.fullmatch(text):
            yield text


PAGES = ("glossary.md", "index.md")  # in chapters/


def page_texts(course: Course) -> dict[str, str]:
    """What each page must say, by its name; none in a repository without the lists."""
    if not (course.root / "sources" / "glossary.csv").exists():
        return {}
    return dict(zip(PAGES, (glossary(course), index(course)), strict=True))


def read_table(course: Course, name: str) -> list[dict[str, str]]:
    with open(course.root / "sources" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- the glossary -----------------------------------------------------------------------------------


def glossary(course: Course) -> str:
    """The page; raises SourceError if the list and the bold terms of the lessons are not the same."""
    places = defaultdict(list)
    for section in sections(course):
        for term in bold_terms(section):
            places[term.casefold()].append(section)
    rows = read_table(course, "glossary.csv")
    refuse_half_lines(rows)
    refuse_other_terms(rows, places)
    lines = [
        "# Glossary",
        "",
        "Each term of the course: in Chinese, in one line of plain words, and the section that defines it."
        " What is used where: the [index](index.md).",
    ]
    letter = ""
    for row in sorted(rows, key=lambda row: alphabetical(row["term"])):
        if (initial := alphabetical(row["term"])[0].upper()) != letter and not (
            letter == "#" and initial.isdigit()
        ):
            letter = "#" if initial.isdigit() else initial
            lines += ["", f"## {'0–9' if letter == '#' else letter}", ""]
        place = places[row["term"].casefold()][0]
        lines.append(f"- **{row['term']}** ({row['chinese']}): {row['meaning']} {place.link}")
    return "\n".join(lines) + "\n"


def alphabetical(term: str) -> str:
    return re.sub(r"[^\w ]", " ", term.casefold())


def refuse_half_lines(rows: list[dict[str, str]]) -> None:
    """Raise SourceError if a line has more or less than a term, its meaning and a Chinese term."""
    wrong = []
    for row in rows:
        term, meaning, chinese = row["term"], row["meaning"], row["chinese"] or ""
        if None in row:
            wrong.append(f"{term!r} has a fourth column (a meaning with a comma stands in quotation marks)")
        elif not meaning:
            wrong.append(f"{term!r} has no meaning")
        elif chinese != term and not re.search(r"[\u4e00-\u9fff]", chinese):
            wrong.append(f"{term!r} has no Chinese term (a product's name is repeated as it is)")
    if wrong:
        raise SourceError("sources/glossary.csv, each line term,meaning,chinese: " + "; ".join(wrong) + ".")


def refuse_other_terms(rows: list[dict[str, str]], places: dict[str, list[Section]]) -> None:
    listed = Counter(row["term"].casefold() for row in rows)
    wrong = [f"{term!r} stands there twice" for term, count in listed.items() if count > 1]
    wrong += [f"{term!r} is bold in no lesson" for term in listed if term not in places]
    for term, where in places.items():
        chapters = ", ".join(section.chapter[:2] for section in where)
        if term not in listed:
            wrong.append(f"{term!r}, bold in chapter {chapters}, is missing (emphasis is *italic*)")
        elif len(where) > 1:
            wrong.append(f"{term!r} is bold more than once (chapters {chapters}): only its definition is")
    if wrong:
        raise SourceError("sources/glossary.csv: " + "; ".join(wrong) + ".")


# --- the index --------------------------------------------------------------------------------------


def index(course: Course) -> str:
    """The page; raises SourceError if a name of the list is found in no section."""
    everything = [section for section in sections(course) if section.heading not in SMALL]
    groups = defaultdict(dict)
    for row in read_table(course, "index.csv"):
        if not (places := sections_about(row["name"], row["words"], everything)):
            raise SourceError(f"sources/index.csv: no section is about {row['name']!r}.")
        groups[row["group"]][row["name"]] = places
    groups["Data sets"] = by_code(everything, data_sets, first=True)["data"]
    for library, names in sorted(
        by_code(everything, library_names).items(), key=lambda item: item[0].casefold()
    ):
        groups[f"Classes and functions of {library}"] = names
    lines = [
        "# Index",
        "",
        "Where an algorithm, a metric, a data set or a class is at work: the main place first, then up to"
        " three others. What the words mean: the [glossary](glossary.md).",
    ]
    for group, names in groups.items():
        lines += ["", f"## {group}", ""]
        for name in sorted(names, key=str.casefold):
            lines.append(f"- {name}: " + "; ".join(section.link for section in names[name]))
    return "\n".join(lines) + "\n"


def sections_about(name: str, words: str, everything: list[Section]) -> list[Section]:
    """The section that names it most often, or in its heading, and one of each of three more chapters."""
    pattern = re.compile(rf"\b(?:{words or re.escape(name)})(?!\w)", re.IGNORECASE)
    weights = {}
    for section in everything:
        weights[section] = len(pattern.findall(section.prose))
        if pattern.search(section.heading) and not re.match(
            rf"{int(section.chapter[:2])} · ", section.heading
        ):
            weights[section] += HEADING
        if any(pattern.fullmatch(term) for term in bold_terms(section)):
            weights[section] += DEFINED
    best = {}
    for section in sorted(everything, key=lambda section: -weights[section]):
        if weights[section] >= ENOUGH or (weights[section] and not best):
            best.setdefault(section.chapter, section)
    places = list(best.values())[:PLACES]
    return places[:1] + sorted(places[1:], key=everything.index)


def by_code(everything: list[Section], names_in, first: bool = False) -> dict[str, dict[str, list[Section]]]:
    """Group → name → its sections, one a chapter, that with most uses in front; `first`: the first ones."""
    counts: dict = defaultdict(lambda: defaultdict(Counter))
    by_chapter = defaultdict(dict)
    for section in everything:
        known = by_chapter[section.chapter]
        for group, name in names_in(parsed(section.code), known):
            counts[group][name][section] += 1
    found = {}
    for group, names in counts.items():
        found[group] = {}
        for name, uses in names.items():
            best = {}
            for section, _ in uses.items() if first else uses.most_common():
                best.setdefault(section.chapter, section)
            places = list(best.values())[:PLACES]
            found[group][f"`{name}`"] = places[:1] + sorted(places[1:], key=everything.index)
    return found


def parsed(code: str) -> ast.AST:
    return ast.parse(
        "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.split("\n"))
    )


def data_sets(tree: ast.AST, known: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The names in calls of ck.load("name")."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("ck"), attr="load"), args=[ast.Constant(str(name)), *_]
            ):
                yield "data", name


def library_names(tree: ast.AST, known: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(library, name) for each use of what was imported from a library, and of PyTorch's nn and optim.

    `known` is what the chapter imported so far, and is added to.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (library := LIBRARIES.get((node.module or "").split(".")[0])):
            for alias in node.names:
                if "." in node.module or not alias.name.islower():  # a whole module, such as sklearn.metrics
                    known[alias.asname or alias.name] = library, alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in known:
            yield known[node.id]
        elif isinstance(node, ast.Attribute) and (match := CALLED_AS.fullmatch(ast.unparse(node))):
            yield ("PyTorch", match[1]) if match[1] else (LIBRARIES[match[2]], match[0])
