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
    assert [url for url in missing if not url.endswith("/favicon.ico")] == []


@needs_site
def test_every_notebook_has_a_page_and_every_picture_its_text(site):
    for name in NOTEBOOKS:
        html = (site / name).with_suffix(".html").read_text("utf-8")
        pictures = re.findall(r"<img [^>]*_images/[^>]*>", html)
        texts = [re.search(r'alt="([^"]*)"', picture)[1] for picture in pictures]
        stored = sum("image/png" in output.get("data", {}) for _, output in outputs(notebook(name)))
        assert len(pictures) >= stored, name
        assert all(len(text.split()) >= 4 for text in texts), (name, texts)


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
def test_search_finds_a_word(page):
    page.goto("/index.html")
    page.get_by_placeholder("Search").fill("Nesterov")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results li a").first).to_be_visible(timeout=60_000)
    assert any("17_optimisers" in link.get_attribute("href") for link in page.locator("ul.search li a").all())


@needs_site
@needs_browser
def test_a_folded_cell_shows_its_title_and_opens(page):
    page.goto("/" + LESSONS[0])
    cell = page.locator("details.hide").first
    code = cell.locator("pre").first
    expect(code).to_be_hidden()
    title = next(c.source for c in notebook(NOTEBOOKS[0]).cells if c.source.startswith("# @title"))
    expect(cell.locator("summary")).to_contain_text(title.partition("\n")[0].removeprefix("# @title "))
    cell.locator("summary").click()
    expect(code).to_be_visible()


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
