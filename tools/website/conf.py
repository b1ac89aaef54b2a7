"""Sphinx's settings for the website of all lessons; see build.py for how it is called."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from pages import PAGES, PROJECT, REPOSITORY

HERE = Path(__file__).parent
project = "Machine learning"
html_title = "Machine learning course"
extensions = ["myst_nb", "sphinx.ext.mathjax", "pages", "doctree"]
root_doc = "README"
include_patterns = [
    *PAGES,
    *(f"{folder}/*.ipynb" for folder in ("chapters", "exercises", "solutions")),
]
# Not even looked into. Their names begin with a dot, or they hold thousands of files.
exclude_patterns = [".*", "build", "dist", "tests", "sources", "work", "data/raw_mails", "**/.*"]

nb_execution_mode = "off"  # what is stored is shown
nb_ipywidgets_js = {}  # sliders need a kernel; here stands the still picture, and no script from afar
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 6
myst_heading_anchors_html_ids = True
myst_heading_slug_func = "pages.slug"
# build.py tries every link of the finished pages, which finds more than these warnings, and no false ones.
suppress_warnings = ["myst.xref_missing", "myst.header", "toc.not_included"]
smartquotes = False
highlight_language = "none"  # of blocks that do not say; cells of notebooks are Python
pygments_dark_style = "a11y-dark"  # Furo's own underlines names, as if they were links

html_theme = "furo"
html_theme_options = {
    "navigation_with_keys": True,
    # A folded cell counts as an admonition, whose text Furo makes small, and the code in it smaller still.
    "light_css_variables": {"admonition-font-size": "1rem"},
    # GitHub shows a notebook as it is; to edit one would be wrong, for it is built.
    "source_view_link": f"{REPOSITORY}/blob/main/{{filename}}",
    "top_of_page_buttons": ["view"],
    "footer_icons": [
        {"name": words, "html": words, "url": REPOSITORY + address, "class": "in-words"}
        for words, address in [
            ("Repository", ""),
            (f"Version {PROJECT['version']}", "/blob/main/CHANGELOG.md"),
            ("Code: MIT", "/blob/main/LICENSE"),
            ("Text: CC BY 4.0", "/blob/main/LICENSE-text"),
        ]
    ],
}
html_static_path = [
    str(HERE / "style.css"),
    str(HERE / "script.js"),
    # One file without fonts to load: formulas become drawings.
    str(Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5" / "tex-svg.js"),
]
html_css_files = ["style.css"]
html_js_files = ["script.js"]
html_favicon = str(HERE / "favicon.svg")
html_search_scorer = str(HERE / "scorer.js")
html_use_index = False  # the course's own index is a page; Sphinx's would be a second one
mathjax_path = "tex-svg.js"
# Else each formula is a stop for the Tab key, up to eighty of them before the next link.
mathjax3_config = {"options": {"menuOptions": {"settings": {"inTabOrder": False}}}}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
