"""Make service/page.png, the service's page in a browser: `python tools/page_picture.py`.

Needs playwright and a Chromium of the system; lesson 10 shows the picture and needs neither.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "service" / "page.png"
BYTES = 120_000
SUBJECT = "You have been chosen"
BODY = """Dear friend,

click here to claim your FREE guide. No credit card, no obligation, money back guarantee.
Our list is growing fast! To be removed, reply with the word remove.

Anna wrote on Friday that the patch works on linux, but the tests still fail."""


def start(folder: Path) -> tuple[subprocess.Popen, str]:
    """The service on a free port, with a model of its own; returns the process and the address."""
    command = [sys.executable, "-m", "service", "--with-parent", "--port", "0"]
    command += ["--registry", str(folder / "models")]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for line in process.stdout:  # it may train first, and say so
        if line.startswith("Ready:"):
            return process, line.split()[-1]
    raise SystemExit("The service did not start.")


def main() -> None:
    browsers = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    if not (chromium := next(filter(None, browsers), None)):
        raise SystemExit("No Chromium or Chrome on this system.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, sync_playwright() as playwright:
        process, url = start(Path(home))
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 900, "height": 600}, color_scheme="light")
            page.goto(url)
            page.get_by_label("Subject").fill(SUBJECT)
            page.get_by_label("Text").fill(BODY)
            page.get_by_role("button", name="Judge it").click()
            expect(page.locator("#verdict")).not_to_be_empty()
            page.screenshot(path=PICTURE, full_page=True)
            browser.close()
        finally:
            process.communicate(timeout=20)  # closes its standard input, which ends it
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size / 1000:.0f} kB")
    if size > BYTES:
        raise SystemExit(f"Too large: {BYTES:,} bytes is the most.")


if __name__ == "__main__":
    main()
