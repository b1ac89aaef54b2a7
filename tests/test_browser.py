"""The course as a learner meets it: JupyterLab in a real browser, a notebook opened, every cell run.

Opening alone, with JupyterLab's saving at intervals, changes no byte of a notebook.

`course.py lab` serves a copy of the notebooks, so nothing here changes the repository. Needs a Chromium or
Chrome of the system; without one the tests are skipped.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    path.relative_to(ROOT).as_posix()
    for number in ("00", "09", "10")
    for path in ROOT.glob(f"chapters/{number}*.ipynb")
)
UNTOUCHED = [  # a blank exercise, a solution with pictures
    path.relative_to(ROOT).as_posix()
    for pattern in ("exercises/02*.ipynb", "solutions/02*.ipynb")
    for path in ROOT.glob(pattern)
]
SLIDERS = [  # each lesson with a slider, as far as that
    path.relative_to(ROOT).as_posix()
    for number in ("01", "06", "13", "15")
    for path in ROOT.glob(f"chapters/{number}*.ipynb")
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome on this system")


# Scrolls the notebook from top to bottom (cells out of sight are not on the page) and returns the widths, in
# pixels of the picture itself, of all pictures met. A picture that could not be drawn has none.
DRAWN_WIDTHS = """async () => {
  const notebook = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer');
  const widths = new Map();
  for (let top = 0; ; top += notebook.clientHeight / 2) {
    notebook.scrollTop = top;
    await new Promise(done => setTimeout(done, 200));
    for (const picture of notebook.querySelectorAll('.jp-RenderedImage img'))
      widths.set(picture.src, picture.naturalWidth);
    if (top + notebook.clientHeight >= notebook.scrollHeight) return [...widths.values()];
  }
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """(address, served folder) of `python course.py lab`, on copies of the notebooks without outputs."""
    folder = tmp_path_factory.mktemp("lab")
    for name in NOTEBOOKS:
        notebook = nbformat.read(ROOT / name, as_version=4)
        for cell in code_cells(notebook):
            cell.outputs, cell.execution_count = [], None
        (folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, folder / name)
    for name in SLIDERS:
        notebook = nbformat.read(ROOT / name, as_version=4)
        [last] = [i for i, cell in enumerate(notebook.cells) if "ipywidgets.interact(" in cell.source]
        notebook.cells = [cell for cell in notebook.cells[: last + 1] if cell.cell_type == "code"]
        (folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, folder / name)
    for name in UNTOUCHED:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "chapters/glossary.md", folder / "chapters/glossary.md")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=course", f"--port={port}"]
    # Places of its own: no settings and no open tabs of the person who runs the tests.
    places = ("JUPYTER_CONFIG", "JUPYTERLAB_WORKSPACES", "JUPYTERLAB_SETTINGS")
    own = {f"{name}_DIR": str(folder / "own" / name) for name in places}
    saving = folder / "own/JUPYTERLAB_SETTINGS/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings"
    saving.parent.mkdir(parents=True)
    saving.write_text(json.dumps({"autosaveInterval": 3}))  # seconds; a learner has 120
    with open(folder / "lab.log", "w+") as log:
        server = subprocess.Popen(
            [sys.executable, "course.py", "lab", "--no-browser", *options],
            cwd=ROOT,
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/api", server, log)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            server.terminate()
            try:
                server.wait(30)
            except (
                subprocess.TimeoutExpired
            ):  # Jupyter waits for a thread whose request it has itself cut off
                server.kill()
                server.wait()


def wait_until_it_answers(url, server, log):
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.2)
    log.seek(0)
    pytest.fail(f"JupyterLab did not start:\n{log.read()}")


@pytest.fixture
def page(tmp_path):
    """A page of a new browser without any stored data."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=QUIET, viewport={"width": 1400, "height": 900}
        )
        yield browser.pages[0]
        browser.close()


def open_notebook(page, address, name):
    """Open a notebook and wait until its kernel is ready."""
    # `reset`, or JupyterLab opens the notebook of the test before as well and may run that one.
    page.goto(f"{address}/lab/tree/{name}?reset&token=course")
    tab = page.locator("#jp-main-dock-panel").get_by_role("tab", name=Path(name).name)
    expect(tab).to_have_attribute("aria-selected", "true", timeout=90_000)
    kernel = page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle")
    expect(kernel).to_be_visible(timeout=90_000)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_learner_opens_the_notebook_and_runs_every_cell(lab, page, name):
    address, folder = lab
    open_notebook(page, address, name)

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    cells = cells_after_running(page, folder / name)
    for cell in cells:
        errors = [output.evalue for output in cell.outputs if output.output_type == "error"]
        assert not errors, f"{cell.source}\n{errors}"

    assert [len(pictures([cell])) for cell in cells] == [
        len(pictures([cell])) for cell in code_cells(nbformat.read(ROOT / name, as_version=4))
    ], "the cells show other pictures than in the repository"
    widths = page.evaluate(DRAWN_WIDTHS)
    assert len(widths) == len(set(pictures(cells)))
    assert all(widths), "a picture is not drawn"

    expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)


@pytest.mark.parametrize("name", SLIDERS)
def test_a_slider_moves_its_picture(lab, page, name):
    """With the keyboard, as it must be for those who use no mouse."""
    address, _ = lab
    open_notebook(page, address, name)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    picture = panel.locator(".jp-OutputArea .widget-output img")
    expect(picture).to_have_count(1, timeout=240_000)
    seen = [picture.get_attribute("src")]
    for key in ("ArrowRight", "ArrowLeft"):
        panel.locator(".noUi-handle").press(key)
        expect(picture).not_to_have_attribute("src", seen[-1], timeout=30_000)
        expect(picture).to_have_count(1)
        seen.append(picture.get_attribute("src"))
    assert seen[0] == seen[2], "back at the start it is the same picture again"


def test_the_glossary_leads_to_the_section(lab, page):
    address, folder = lab
    glossary = (folder / "chapters/glossary.md").read_text("utf-8")
    heading, lesson = re.search(r"- \*\*challenger\*\* .*\[\d+ · (.+)\]\((.+?)#", glossary).groups()
    page.goto(f"{address}/lab/tree/chapters/glossary.md?reset&token=course")
    entry = page.locator(".jp-MarkdownViewer li", has=page.get_by_text("challenger", exact=True))
    entry.get_by_role("link").click()
    tabs = page.locator("#jp-main-dock-panel").get_by_role("tab")
    expect(tabs.get_by_text(lesson)).to_be_visible(timeout=90_000)
    kernel = page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle")
    expect(kernel).to_be_visible(timeout=90_000)
    place = page.locator(".jp-Notebook").get_by_role("heading", name=heading)
    for _ in range(6):  # JupyterLab gives up while it still draws the notebook: then a reader clicks again
        tabs.get_by_text("glossary.md").click()
        entry.get_by_role("link").click()
        page.wait_for_timeout(10_000)
        if in_sight(page, place):
            return
    pytest.fail(f"the link does not lead to the section {heading!r}")


def in_sight(page, place):
    box, view = place.bounding_box(), page.locator(".jp-WindowedPanel-outer").bounding_box()
    return view["y"] - 1 <= box["y"] < view["y"] + view["height"]


@pytest.mark.parametrize("name", UNTOUCHED)
def test_opening_is_not_editing(lab, page, name):
    """JupyterLab itself saves what was only opened; the file stays as the repository has it."""
    address, folder = lab
    opened = (folder / name).stat().st_mtime_ns
    open_notebook(page, address, name)
    for _ in range(60):
        if (folder / name).stat().st_mtime_ns > opened:
            break
        page.wait_for_timeout(500)
    else:
        pytest.fail("JupyterLab has not saved: this test proves nothing")
    assert (folder / name).read_bytes() == (ROOT / name).read_bytes()


def test_nothing_of_teachers_or_the_news_is_on_the_screen(lab, page):
    address, _ = lab
    page.goto(f"{address}/lab?token=course")
    expect(page.get_by_role("menuitem", name="Kernel", exact=True)).to_be_visible(timeout=90_000)
    expect(page.get_by_role("menuitem", name="Nbgrader", exact=True)).to_have_count(0)
    settings = json.loads(page.locator("#jupyter-config-data").text_content())
    assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def cells_after_running(page, path, seconds=300):
    """The saved code cells once all have run or one has failed; JupyterLab itself saves every few seconds.

    (A second saving beside that one, by keys, may find the file newer than the page, and ask what to do.)
    """
    for _ in range(seconds):
        page.wait_for_timeout(1000)
        try:
            cells = code_cells(nbformat.read(path, as_version=4))
        except nbformat.reader.NotJSONError:  # just being written
            continue
        failed = any(output.output_type == "error" for cell in cells for output in cell.outputs)
        if failed or all(cell.execution_count for cell in cells):
            return cells
    waiting = next(cell for cell in cells if not cell.execution_count)
    pytest.fail(f"after {seconds} seconds this cell has not run:\n{waiting.source}")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def pictures(cells):
    outputs = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [data["image/png"] for data in outputs if "image/png" in data]
