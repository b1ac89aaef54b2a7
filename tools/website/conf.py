"""Sphinx's settings for the website of all lessons; see build.py for how it is called."""

import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for pages.py

project = "Machine learning"
html_title = "Machine learning"
extensions = ["myst_nb", "sphinx.ext.mathjax", "pages"]
root_doc = "README"
include_patterns = [
    "README.md",
    "FAQ.md",
    *(f"{folder}/*.ipynb" for folder in ("chapters", "exercises", "solutions")),
    *(f"{folder}/*.md" for folder in ("chapters", "data", "service", "project", "classroom")),
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

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_static_path = [
    str(HERE / "style.css"),
    # One file without fonts to load: formulas become drawings.
    str(Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5" / "tex-svg.js"),
]
html_css_files = ["style.css"]
mathjax_path = "tex-svg.js"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
