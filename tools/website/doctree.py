"""A Sphinx extension: what a page gets once it is parsed, for the search, for its pictures, for previews."""

import re
import textwrap
from functools import cache
from html import escape

from docutils import nodes
from pages import ROOT, with_links_for_website
from sphinx import addnodes

# A line of the glossary or the index: its term, and the section that it names first.
ENTRY = re.compile(r"^- (?:\*\*|`)?([^*`:]+).*?\]\((\w+)\.ipynb#([^)]+)\)", re.MULTILINE)


def setup(app):
    app.connect("doctree-read", add_entries)
    app.connect("doctree-resolved", link_pictures)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_entries(app, doctree):
    """Tell the search which section defines a term, or uses a class most: it becomes the first result."""
    page = app.env.current_document.docname
    sections = {anchor: section for section in doctree.findall(nodes.section) for anchor in section["ids"]}
    for term, lesson, heading in terms():
        if page == f"chapters/{lesson}":
            section = sections[heading]
            entry = ("single", term, section["ids"][0], "main", None)
            section.insert(1, addnodes.index(entries=[entry]))  # after the title; on the page it is nothing


@cache
def terms():
    """(term, lesson, heading) for each line of the glossary and of the index."""
    pages = [ROOT / "chapters" / name for name in ("glossary.md", "index.md")]
    texts = [with_links_for_website(page.read_text("utf-8"), page) for page in pages if page.exists()]
    return sorted({entry for text in texts for entry in ENTRY.findall(text)})


def link_pictures(app, doctree, docname):
    """A picture leads to its file, where it has its full size: Sphinx does that for all with a scale."""
    for picture in doctree.findall(nodes.image):
        picture["scale"] = 100


def describe(app, pagename, templatename, context, doctree):
    """The first paragraph is what search engines and previews show of a page."""
    if doctree and (first := next(doctree.findall(nodes.paragraph), None)):
        text = escape(textwrap.shorten(first.astext(), 160, placeholder=" …"))
        context["metatags"] += f'<meta name="description" content="{text}">\n'
