"""The glossary and the lessons define the same terms; the index leads to where a name stands."""

import re
from pathlib import Path

import pytest

from tests.reading import ROOT, notebook
from tools import pages
from tools.cells import SourceError
from tools.notebooks import cell_ids
from tools.sources import read_course

COURSE = read_course(ROOT)
ROWS = pages.read_table(COURSE, "glossary.csv")
ENTRY = re.compile(r"- \*\*(.+?)\*\* \((.+)\): (.+) \[\d+ · .+\]\((\d\d_\w+\.ipynb)#(\S+)\)")
LESSON = "# %% [markdown]\n# # 3 · Splitting\n\n# %% [markdown]\n# ## Folds\n# {}\n"


def entries():
    lines = (ROOT / "chapters" / "glossary.md").read_text("utf-8").splitlines()
    found = [(line, ENTRY.fullmatch(line)) for line in lines if line.startswith("- ")]
    assert [line for line, entry in found if not entry] == [], "no line - **term** (Chinese): Meaning. [link]"
    return [entry.groups() for _, entry in found]


def test_pages_are_what_the_lessons_give():
    for name, text in pages.page_texts(COURSE).items():
        same = (ROOT / "chapters" / name).read_text("utf-8") == text
        assert same, f"chapters/{name} is not what the lessons give; run: python course.py build"


def test_each_entry_is_bold_in_the_notebook_it_links_to():
    found = entries()
    assert [entry[0] for entry in found] == sorted((row["term"] for row in ROWS), key=pages.alphabetical)
    for term, _, _, file, _ in found:
        prose = " ".join(
            cell.source for cell in notebook(f"chapters/{file}").cells if cell.cell_type == "markdown"
        )
        assert f"**{term}**".casefold() in re.sub(r"\n(> )?", " ", prose).casefold(), term


def test_each_line_is_short_and_one_sentence_or_two():
    wrong = [row["term"] for row in ROWS if len(row["meaning"].split()) > 25 or row["meaning"][-1:] != "."]
    assert wrong == [], "a meaning has up to 25 words and ends in a full stop"


def test_each_line_is_whole():
    """Also a Chinese term, or a product's name as it is."""
    pages.refuse_half_lines(ROWS)


def test_an_index_entry_leads_to_a_section_that_names_it():
    everything = {section.link: section for section in pages.sections(COURSE)}
    lines = (ROOT / "chapters" / "index.md").read_text("utf-8").splitlines()
    for line in (line for line in lines if line.startswith("- `")):
        name, _, links = line.removeprefix("- `").partition("`: ")
        for link in links.split("; "):
            section = everything[link]
            assert name.split(".")[-1].strip('"') in section.code, line


def test_the_table_of_costs_names_every_lesson_and_solution():
    table = (ROOT / "tests/benchmarks/notebooks.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\w+/\w+)\]\(.+\) \| (\d+) \| ([\d,]+) \|$", table, re.MULTILINE)
    notebooks = [
        path for folder in ("chapters", "solutions") for path in sorted(ROOT.glob(f"{folder}/*.ipynb"))
    ]
    assert [row[0] for row in rows] == [f"{path.parent.name}/{path.stem}" for path in notebooks], (
        "run: .venv/bin/python tests/benchmarks/notebooks.py"
    )


# --- and it notices -------------------------------------------------------------------------------


def small_course(root: Path, prose: str, terms: str):
    for folder in ("chapters", "exercises"):
        (root / "sources" / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project.urls]\nRepository = "https://github.com/a/b"\n')
    (root / "sources" / "chapters" / "03_split.py").write_text(LESSON.format(prose))
    (root / "sources" / "glossary.csv").write_text(f"term,meaning,chinese\n{terms}", encoding="utf-8")
    return read_course(root)


def test_a_small_glossary(tmp_path):
    course = small_course(tmp_path, "**Predict first:** `2 ** 3`? A **fold** is a part.", "fold,A part.,折\n")
    [_, heading] = course.lessons["03_split"].cells
    [cell_id] = cell_ids([("markdown", heading.text)])
    assert pages.glossary(course).endswith(
        f"## F\n\n- **fold** (折): A part. [3 · Folds](03_split.ipynb#cell-id={cell_id})\n"
    )


@pytest.mark.parametrize(
    "line, message",
    [
        ("fold,A part.,", "'fold' has no Chinese term (a product's name is repeated as it is)."),
        ("fold,A part.", "'fold' has no Chinese term"),
        ("fold,A part.,Falte", "'fold' has no Chinese term"),
        ("fold", "'fold' has no meaning"),
        ("fold,,折", "'fold' has no meaning"),
        (
            "fold,A part, of rows.,折",
            "'fold' has a fourth column (a meaning with a comma stands in quotation",
        ),
    ],
)
def test_a_line_that_is_not_whole(tmp_path, line, message):
    course = small_course(tmp_path, "A **fold**.", f"{line}\n")
    with pytest.raises(SourceError, match=re.escape(f"each line term,meaning,chinese: {message}")):
        pages.glossary(course)


def test_a_name_stays_as_it_is(tmp_path):
    assert "**BERT** (BERT)" in pages.glossary(
        small_course(tmp_path, "**BERT**", "BERT,A transformer.,BERT\n")
    )


@pytest.mark.parametrize(
    "prose, terms, message",
    [
        ("A **fold** is a part of a **set**.", "fold,A part.,折\n", "'set', bold in chapter 03, is missing"),
        ("A fold is a part.", "fold,A part.,折\n", "'fold' is bold in no lesson"),
        ("A **fold**, and a **fold**.", "fold,A part.,折\n", "'fold' is bold more than once"),
        ("A **fold**.", "fold,A part.,折\nFold,Again.,折\n", "'fold' stands there twice"),
    ],
)
def test_lessons_and_list_that_differ(tmp_path, prose, terms, message):
    with pytest.raises(SourceError, match=re.escape(message)):
        pages.glossary(small_course(tmp_path, prose, terms))


def test_a_name_that_no_section_is_about(tmp_path):
    course = small_course(tmp_path, "A **fold** is a part.", "fold,A part.,折\n")
    (tmp_path / "sources" / "index.csv").write_text("group,name,words\nMetrics,recall,\n")
    with pytest.raises(SourceError, match="no section is about 'recall'"):
        pages.index(course)
