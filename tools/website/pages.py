"""A Sphinx extension: each page and notebook of the repository as the website shows it."""

import json
import re
import tomllib
from pathlib import Path

from myst_parser.slugs import github_slugify

PARTS = {
    "The workflow": range(0, 9),
    "The case study": range(9, 11),
    "Key techniques": range(11, 19),
    "Deep learning": range(19, 24),
    "Production": range(24, 28),
}
# A badge's picture lies on another server, and nothing here asks one before the reader clicks.
BADGE = re.compile(r"!\[([^\]]*)\]\(https?://[^)]*\)")
# A link of the glossary or the index: JupyterLab knows cells, a website headings.
CELL_LINK = re.compile(r"\[(\d+ · )([^\]]+)\]\((\w+\.ipynb)#cell-id=(\w+)\)")
FOLDER_LINK = re.compile(r"\]\(([^)#:\s]+/)\)")
REPOSITORY = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"][
    "urls"
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
        content[0] = with_links_for_website(content[0], path)
    if docname == app.config.root_doc:
        content[0] += contents(path.parent)


def with_links_for_website(text, path):
    """Markdown without badges' pictures, with links to headings and to the repository's folders."""
    root = Path(__file__).parents[2]

    def to_heading(link):
        number, title, file, cell_id = link.groups()
        cells = json.loads((path.parent / file).read_text("utf-8"))["cells"]
        (text,) = ("".join(cell["source"]) for cell in cells if cell["id"] == cell_id)
        heading = re.search(rf"^##+ ((?:\d+ · )?{re.escape(title)})$", text, re.MULTILINE)[1]
        return f"[{number}{title}]({file}#{heading.replace('`', '').replace(' ', '-')})"

    def on_github(link):
        folder = (path.parent / link[1]).resolve()
        return f"]({REPOSITORY['Repository']}/tree/main/{folder.relative_to(root).as_posix()})"

    text = CELL_LINK.sub(to_heading, text)
    text = BADGE.sub(r"\1", text).replace(") [Open in Colab]", ") · [Open in Colab]")
    return FOLDER_LINK.sub(on_github, text)


def contents(root):
    """The navigation: every lesson under the name of its part, then the pages around them."""
    lessons = {int(path.stem[:2]): path.stem for path in sorted((root / "chapters").glob("[0-9]*.ipynb"))}
    groups = {
        part: [f"chapters/{lessons[number]}" for number in numbers if number in lessons]
        for part, numbers in PARTS.items()
    }
    pages = ("chapters/*.md", "FAQ.md", "data/*.md", "service/*.md", "project/*.md", "classroom/*.md")
    groups["More"] = [
        path.relative_to(root).with_suffix("").as_posix()
        for glob in pages
        for path in sorted(root.glob(glob))
    ]
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
            cell["source"] = with_links_for_website(text, path)
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
    if folder == "chapters":
        around = [f"../{other}/{path.stem}" for other in ("exercises", "solutions")]
        around = [name for name in around if (path.parent / f"{name}.ipynb").exists()]
        cells.append({"cell_type": "markdown", "id": "contents", "metadata": {}, "source": toctree(around)})
    return notebook


def fold(cell, tag, title):
    """Show only a title until the reader opens it: "hide-input" leaves the output, "hide-cell" nothing."""
    cell["metadata"]["tags"] = [tag]
    cell["metadata"]["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}


def hide_solutions(cells, exercise):
    """Fold explanations, which are tagged, and answers, which nbgrader knows in the blank exercise."""
    given = [cell for cell in cells if "solution" not in cell["metadata"].get("tags", [])]
    blank = json.loads(exercise.read_text("utf-8"))["cells"]
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
