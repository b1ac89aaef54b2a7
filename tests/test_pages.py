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
    return [ENTRY.fullmatch(line).groups() for line in lines if line.startswith("- ")]


def test_pages_are_what_the_lessons_give():
    for name, text in pages.page_texts(COURSE).items():
        assert (ROOT / "chapters" / name).read_text("utf-8") == text, "run: python course.py build"


def test_each_entry_is_bold_in_the_notebook_it_links_to():
    found = entries()
    assert [entry[0] for entry in found] == sorted((row["term"] for row in ROWS), key=pages.alphabetical)
    for term, _, _, file, _ in found:
        prose = " ".join(
            cell.source for cell in notebook(f"chapters/{file}").cells if cell.cell_type == "markdown"
        )
        assert f"**{term}**".casefold() in re.sub(r"\n(> )?", " ", prose).casefold(), term


def test_each_line_is_short_and_one_sentence_or_two():
    wrong = [row["term"] for row in ROWS if len(row["meaning"].split()) > 25 or row["meaning"][-1] != "."]
    assert wrong == []


def test_each_term_has_a_chinese_one_or_is_a_name():
    latin = [row["term"] for row in ROWS if not re.search(r"[\u4e00-\u9fff]", row["chinese"])]
    assert [
        row["chinese"] for row in ROWS if row["term"] in latin
    ] == latin  # a product's name stays as it is
    assert [term for term in latin if term.islower() and f"`{term}`" in term] == []


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
