"""The website as a reader meets it: built from the stored notebooks, opened in a real browser.

Needs the website's environment (`python course.py site` makes it) and, for the browser, a Chromium or Chrome.
"""

import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
import tomllib
from collections import Counter

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.reading import NOTEBOOKS, ROOT, notebook, outputs
from tools.website.links import problems

PYTHON = ROOT / ".venv-site" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_site = pytest.mark.skipif(
    not (PYTHON.parents[1] / "complete.json").exists(), reason="no .venv-site: python course.py site makes it"
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome on this system")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LESSONS = [name.replace(".ipynb", ".html") for name in NOTEBOOKS if re.match(r"chapters/(00|09|17|27)", name)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built website; building fails if a link leads nowhere."""
    folder = tmp_path_factory.mktemp("website") / "site"
    command = [PYTHON, ROOT / "tools" / "website" / "build.py", folder]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    built = subprocess.run(command, env=clean | {"PYTHONUTF8": "1"}, capture_output=True, encoding="utf-8")
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def page(browser, address):
    """A page of desktop width; at its end nothing was asked of another server, and nothing was missing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    page = context.new_page()
    asked, missing = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    yield page
    context.close()
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert missing == []


@needs_site
def test_every_notebook_has_a_page_and_every_picture_its_text(site):
    for name in NOTEBOOKS:
        html = (site / name).with_suffix(".html").read_text("utf-8")
        pictures = re.findall(r"<img [^>]*_images/[^>]*>", html)
        texts = [re.search(r'alt="([^"]*)"', picture)[1] for picture in pictures]
        stored = sum("image/png" in output.get("data", {}) for _, output in outputs(notebook(name)))
        assert len(pictures) >= stored, name
        assert all(len(text.split()) >= 4 for text in texts), (name, texts)


def html_of(site, name):
    return (site / name).with_suffix(".html").read_text("utf-8")


@needs_site
def test_every_page_of_a_notebook_says_that_nothing_runs_and_where_it_does(site):
    sliders = 0
    for name in NOTEBOOKS:
        html = html_of(site, name)
        (note,) = re.findall(r"<small>You are reading this notebook.*?</small>", html, re.DOTALL)
        for way in ("mybinder.org", "colab.research.google.com", "README.html#two-commands"):
            assert way in note, name
        assert ("verdicts of the checks" in note) == name.startswith("exercises/"), name
        here = sum("ipywidgets.interact(" in cell.source for cell in notebook(name).cells)
        assert html.count("A slider stands here in a running notebook") == here, name
        assert html.count(": run this cell") == 0, name
        sliders += here
        before, _, _ = html.partition("Only on Google Colab")
        assert before.count("<summary") == before.count("</summary>") + 1, name
    assert sliders


@needs_site
def test_what_a_page_is_called_described_and_who_made_it(site):
    pages = [page for page in site.rglob("*.html") if page.name != "search.html"]
    assert len(pages) > len(NOTEBOOKS)
    for page in pages:
        html = page.read_text("utf-8")
        ids = Counter(re.findall(r'<[^>]* id="([^"]*)"', html))
        assert [name for name, count in ids.items() if count > 1] == [], page
        assert re.search(r'<meta name="description" content="[^"]{20,200}">', html), page
        assert 'rel="shortcut icon"' in html and "genindex" not in html, page
        assert f"Version {PROJECT['version']}</a>" in html and "/blob/main/LICENSE" in html, page
    assert not (site / "genindex.html").exists()


@needs_site
def test_the_start_page_is_for_visitors_of_the_site(site):
    readme, html = (ROOT / "README.md").read_text("utf-8"), html_of(site, "index")
    begins, ends = (readme.count(f"<!-- {sign}repository only -->") for sign in ("", "/"))
    assert begins == ends > 0
    assert "repository only" not in html and "build/site" not in html
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "CITATION.cff"):
        assert f'href="{PROJECT["urls"]["Repository"]}/blob/main/{name}"' in html


@needs_site
def test_the_glossary_leads_to_its_letters_and_marks_its_chinese(site):
    html, source = html_of(site, "chapters/glossary"), (ROOT / "chapters" / "glossary.md").read_text("utf-8")
    assert html.count('<span lang="zh">') == len(re.findall(r"^- ", source, re.MULTILINE))
    head = html[html.index("<h1>") : html.index("<h2>")]
    for letter in re.findall(r"^## (\w)$", source, re.MULTILINE):
        assert f'href="#{letter.lower()}"' in head, letter


@needs_site
def test_solutions_that_do_not_fit_their_exercises_ask_for_a_build():
    code = "import pages; pages.hide_solutions([], pages.ROOT / 'exercises' / '05_model_selection.ipynb')"
    command = [PYTHON, "-c", code]
    folder = ROOT / "tools" / "website"
    failed = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8").stderr
    assert "Build the notebooks first: python course.py build" in failed


@needs_site
def test_the_sites_environment_is_only_the_sites():
    folders = [*PYTHON.parents[1].glob("[Ll]ib/**/site-packages")]
    names = {path.name.partition("-")[0].lower() for folder in folders for path in folder.iterdir()}
    assert "sphinx" in names and not names & {"torch", "coursekit", "__editable__.coursekit"}


@needs_site
@needs_browser
@pytest.mark.parametrize("name", ["index.html", *LESSONS])
def test_a_phone_never_scrolls_sideways(page, name):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/{name}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@needs_site
@needs_browser
def test_formulas_are_drawn(page):
    page.goto("/" + next(name for name in LESSONS if "/17" in name))
    expect(page.locator("mjx-container svg").first).to_be_visible(timeout=60_000)
    assert page.locator("mjx-merror").count() == 0


@needs_site
@needs_browser
@pytest.mark.parametrize(
    ("words", "lesson"),
    [
        ("calibration", "07_"),
        ("SMOTE", "14_"),
        ("overfitting", "15_"),
        ("Nesterov", "17_"),
        ("leakage", "03_"),
        ("LogisticRegression", "index"),
    ],
)
def test_search_finds_first_where_a_word_is_taught(page, words, lesson):
    page.goto("/index.html")
    page.get_by_placeholder("Search").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.search-summary')?.innerText", timeout=60_000)
    found = [link.get_attribute("href") for link in page.locator("ul.search > li > a").all()]
    assert any(address.startswith(f"chapters/{lesson}") for address in found[:3]), found[:9]
    kinds = [address.startswith(("exercises/", "solutions/")) for address in found]
    assert kinds == sorted(kinds), found  # lessons and pages before all exercises and solutions


@needs_site
@needs_browser
def test_a_folded_cell_shows_its_title_and_opens(page):
    page.goto("/" + LESSONS[0])
    title = next(c.source for c in notebook(NOTEBOOKS[0]).cells if c.source.startswith("# @title"))
    title = title.partition("\n")[0].removeprefix("# @title ")
    cell = page.locator("details.hide", has_text=title).first
    code = cell.locator("pre").first
    expect(code).to_be_hidden()
    cell.locator("summary").click()
    expect(code).to_be_visible()
    size = "e => getComputedStyle(e).fontSize"  # of code: the same in a folded cell and in an open one
    assert code.evaluate(size) == page.locator(".cell > .cell_input pre").first.evaluate(size)


@needs_site
@needs_browser
def test_solutions_stand_behind_a_click(page):
    page.goto("/" + next(n for n in NOTEBOOKS if n.startswith("solutions/05")).replace(".ipynb", ".html"))
    answer = page.locator("details", has=page.get_by_text("Answer", exact=True)).first
    explanation = page.locator("details", has=page.get_by_text("Explanation", exact=True)).first
    words = explanation.get_by_text("cv=splits")
    for closed, inside in ((answer, answer.locator("pre").first), (explanation, words)):
        expect(inside).to_be_hidden()
        closed.locator("summary").click()
        expect(inside).to_be_visible()


@needs_site
@needs_browser
def test_dark_mode_darkens_the_page_and_keeps_pictures_on_white(page):
    page.goto("/" + LESSONS[0])
    background = "getComputedStyle(document.body).backgroundColor"
    seen = set()
    for _ in range(3):  # by the system, light, dark, in a circle
        page.locator("button.theme-toggle:visible").first.click()
        page.wait_for_timeout(50)
        seen.add((page.locator("body").get_attribute("data-theme"), page.evaluate(background)))
    shades = dict(seen)
    assert sum(map(int, re.findall(r"\d+", shades["dark"])[:3])) < 150
    assert sum(map(int, re.findall(r"\d+", shades["light"])[:3])) > 600
    picture = page.locator(".cell_output img").first
    assert picture.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


@needs_site
@needs_browser
def test_names_in_code_do_not_look_like_links_in_the_dark(page):
    page.emulate_media(color_scheme="dark")
    page.goto("/" + LESSONS[0])
    name = page.locator(".highlight .nn").first
    assert name.evaluate("e => getComputedStyle(e).textDecorationLine") == "none"


@needs_site
@needs_browser
@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_the_navigation_shows_where_one_is(page, size):
    page.set_viewport_size(size)
    page.goto("/" + next(name for name in LESSONS if "/27" in name))
    if size["width"] < 1000:
        page.locator(".nav-overlay-icon").click()
    expect(page.locator(".sidebar-tree .current-page > a").first).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


@needs_site
@needs_browser
def test_a_desktop_shows_the_sections_beside_the_page(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/" + LESSONS[0])
    expect(page.locator(".toc-tree a", has_text="1 · ").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator("article").evaluate("e => e.clientWidth") == 736  # what 88 columns of code need


@needs_site
@needs_browser
def test_a_picture_opens_in_full_size(page):
    page.goto("/" + next(name for name in LESSONS if "/17" in name))
    picture = page.locator(".cell_output img").first
    width, height = picture.evaluate("e => [e.naturalWidth, e.naturalHeight]")
    box = picture.bounding_box()
    assert abs(box["width"] / box["height"] - width / height) < 0.05
    picture.click()
    page.wait_for_url("**/_images/*.png")


@needs_site
@needs_browser
def test_a_phone_shows_all_of_the_table_of_chapters(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/index.html")
    rows = page.locator("#chapters tbody tr")
    assert rows.count() == sum(name.startswith("chapters/") for name in NOTEBOOKS)
    for row in rows.all():
        assert row.bounding_box()["height"] < 140
        last = row.locator("td").last.bounding_box()
        assert last["x"] >= 0 and last["x"] + last["width"] <= 390


@needs_site
@needs_browser
def test_on_paper_no_code_is_cut_and_search_shows_its_focus(page):
    page.set_viewport_size({"width": 718, "height": 1000})
    page.goto("/" + next(name for name in LESSONS if "/09" in name))
    page.locator(".sidebar-search").evaluate("e => e.focus({focusVisible: true})")
    assert page.locator(".sidebar-search").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.emulate_media(media="print")
    cut = "[...document.querySelectorAll('pre')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert page.evaluate(cut) == 0


# --- and the check of links notices ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="b.html#here">', 0),
        ('<a href="#top"> <a href="https://host.example/"> <img src="data:,">', 0),
        ('<a href="c.html">', 1),
        ('<a href="b.html#there">', 1),
        ('<a href="../outside.html">', 1),
        ('<img src="no.png">', 1),
        ('<script src="https://host.example/x.js">', 1),
        ('<link rel="stylesheet" href="//host.example/x.css">', 1),
    ],
)
def test_links_of_a_site(tmp_path, html, expected):
    (tmp_path / "outside.html").write_text("")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").write_text(html)
    (tmp_path / "site" / "b.html").write_text('<p id="here">')
    assert len(problems(tmp_path / "site")) == expected
