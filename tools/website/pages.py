"""A Sphinx extension: each page and notebook of the repository as the website shows it."""

import json
import re
import tomllib
from functools import cache
from os.path import relpath
from pathlib import Path

from myst_parser.slugs import github_slugify
from sphinx.errors import ExtensionError

PARTS = {
    "The workflow": range(0, 9),
    "The case study": range(9, 11),
    "Key techniques": range(11, 19),
    "Deep learning": range(19, 24),
    "Production": range(24, 28),
}
# A link of the glossary or the index: JupyterLab knows cells, a website headings.
CELL_LINK = re.compile(r"\[(\d+ · )([^\]]+)\]\((\w+\.ipynb)#cell-id=(\w+)\)")
# A link to a file or folder of the repository; a picture's address is none.
FILE_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
WAY_TO_RUN = re.compile(r"\[Open in (Binder|Colab)\]\(([^)]*)\)")
# What a visitor of the repository needs to know, and one of the website does not.
ELSEWHERE = re.compile(r"<!-- repository only -->.*?<!-- /repository only -->\n*", re.DOTALL)
# JupyterLab finds no heading with a colon, so an anchor stands above it; a website needs no second one.
ANCHOR = re.compile(r'<a id="[^"]*"></a>\s*(?=#+ )')
TRANSLATED = re.compile(r"^(- \*\*[^*]+\*\* )\((.*?)\): ", re.MULTILINE)  # a term of the glossary
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
PAGES = [
    "README.md",
    "FAQ.md",
    *(f"{folder}/*.md" for folder in ("chapters", "data", "service", "project", "classroom")),
]
current = {"notebook": False}  # Sphinx tells the function for anchors a heading, but not of which page


def setup(app):
    app.connect("source-read", prepare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def slug(heading):
    """The anchor of a heading, as JupyterLab makes it in a notebook and GitHub in a page."""
    return heading.replace(" ", "-") if current["notebook"] else github_slugify(heading)


def prepare(app, docname, content):
    """Change what Sphinx has read, `content[0]`, into what it shall parse."""
    path = Path(app.env.doc2path(docname))
    current["notebook"] = path.suffix == ".ipynb"
    if current["notebook"]:
        content[0] = json.dumps(with_website_cells(json.loads(content[0]), path))
    else:
        content[0] = with_links_for_website(ELSEWHERE.sub("", content[0]), path)
    if path.name == "glossary.md":
        content[0] = with_letters(content[0])
    if docname == app.config.root_doc:
        content[0] += contents(path.parent)


def with_links_for_website(text, path):
    """Markdown with links to headings for those to cells, and to the repository for what is no page."""

    def to_heading(link):
        number, title, file, cell_id = link.groups()
        text = cell_texts(path.parent / file)[cell_id]
        heading = re.search(rf"^##+ ((?:\d+ · )?{re.escape(title)})$", text, re.MULTILINE)[1]
        return f"[{number}{title}]({file}#{heading.replace('`', '').replace(' ', '-')})"

    def to_repository(link):
        words, address, anchor = link.groups()
        target = (path.parent / address).resolve()
        if not (target.exists() and target.is_relative_to(ROOT)) or target.suffix == ".ipynb":
            return link[0]
        file = target.relative_to(ROOT)
        if any(file.match(page) for page in PAGES):
            return link[0]
        kind = "tree" if target.is_dir() else "blob"
        return f"[{words}]({REPOSITORY}/{kind}/main/{file.as_posix()}{anchor or ''})"

    return FILE_LINK.sub(to_repository, CELL_LINK.sub(to_heading, text))


@cache
def cell_texts(notebook):
    """The text of each cell by its id; the glossary and the index ask hundreds of times."""
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(notebook.read_text("utf-8"))["cells"]}


def start_page(path):
    """Its address as seen from the page `path`."""
    return Path(relpath(ROOT / "README.md", path.parent)).as_posix()


def with_letters(text):
    """The glossary with links to its letters, and with its Chinese marked, for who hears it read."""
    text = TRANSLATED.sub(r'\1(<span lang="zh">\2</span>): ', text)
    letters = re.findall(r"^## (.+)$", text, re.MULTILINE)
    links = " · ".join(f"[{letter}](#{slug(letter)})" for letter in letters)
    return text.replace("\n## ", f"\n{links}\n\n## ", 1)


def contents(root):
    """The navigation: every lesson under the name of its part, then the pages around them."""
    lessons = {int(path.stem[:2]): path.stem for path in sorted((root / "chapters").glob("[0-9]*.ipynb"))}
    groups = {
        part: [f"chapters/{lessons[number]}" for number in numbers if number in lessons]
        for part, numbers in PARTS.items()
    }
    for page in PAGES[1:]:  # the first is the start page
        caption = "For teachers" if page.startswith("classroom") else "More"
        found = [path.relative_to(root).with_suffix("").as_posix() for path in sorted(root.glob(page))]
        groups[caption] = groups.get(caption, []) + found
    return "\n".join(toctree(names, caption) for caption, names in groups.items())


def toctree(names, caption=""):
    caption = f":caption: {caption}\n" if caption else ""
    lines = "".join(f"{name}\n" for name in names)
    return f"\n```{{toctree}}\n:hidden:\n{caption}\n{lines}```\n"


def with_website_cells(notebook, path):
    """The notebook with titles on its folded cells, texts for its pictures, and solutions behind a click."""
    root, folder = path.parents[1], path.parent.name
    cells = notebook["cells"]
    for cell in cells:
        cell["source"] = text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = ANCHOR.sub("", with_links_for_website(text, path))
            continue
        title, _, code = text.partition("\n")
        if title.startswith("# @title "):
            fold(cell, "hide-input", title.removeprefix("# @title "))
            cell["source"] = code
        for output in cell["outputs"]:
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            if alt:
                cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": alt}
    if folder == "solutions":
        hide_solutions(cells, root / "exercises" / path.name)
    say_what_runs(cells, path)
    if folder == "chapters":
        around = [f"../{other}/{path.stem}" for other in ("exercises", "solutions")]
        around = [name for name in around if (path.parent / f"{name}.ipynb").exists()]
        cells.append(markdown_cell("contents", toctree(around)))
    return notebook


def markdown_cell(name, text):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def say_what_runs(cells, path):
    """Under the title: nothing runs on this page, and where it does. Where a slider would be: the same."""
    ways = ", ".join(f"[{name}]({address})" for name, address in WAY_TO_RUN.findall(cells[0]["source"]))
    note = f"You are reading this notebook, and nothing on this page runs. To run it: {ways} or "
    note += f"[your own computer]({start_page(path)}#two-commands)."
    if path.parent.name == "exercises":
        note += " Outputs and the verdicts of the checks appear there."
    cells[0]["source"] += f"\n\n<small>{note}</small>"
    for cell in [cell for cell in cells if "ipywidgets.interact(" in cell["source"]]:
        here = f"*A slider stands here in a running notebook ({ways}). This page has only the picture above.*"
        cells.insert(cells.index(cell), markdown_cell(f"still-{cell['id']}", here))
        title = cell["metadata"]["mystnb"]["code_prompt_show"].removesuffix(": run this cell")
        fold(cell, "hide-input", f"{title}: its code")


def fold(cell, tag, title):
    """Show only a title until the reader opens it: "hide-input" leaves the output, "hide-cell" nothing."""
    cell["metadata"]["tags"] = [tag]
    cell["metadata"]["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}


def hide_solutions(cells, exercise):
    """Fold explanations, which are tagged, and answers, which nbgrader knows in the blank exercise."""
    given = [cell for cell in cells if "solution" not in cell["metadata"].get("tags", [])]
    blank = json.loads(exercise.read_text("utf-8"))["cells"]
    if len(given) != len(blank):
        raise ExtensionError(
            f"{exercise.stem}: the exercises and the solutions do not fit together. "
            "Build the notebooks first: python course.py build"
        )
    for cell, twin in zip(given, blank, strict=True):
        if twin["metadata"].get("nbgrader", {}).get("solution"):
            fold(cell, "hide-cell", "Answer")
    for cell in cells:
        if "solution" not in cell["metadata"].get("tags", []):
            continue
        if cell["cell_type"] == "code":
            fold(cell, "hide-cell", "Explanation, in code")
        else:
            text = cell["source"]
            cell["source"] = f"<details><summary>Explanation</summary>\n\n{text}\n\n</details>"
