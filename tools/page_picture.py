"""Make service/page.png, the service's page in a browser: `python tools/page_picture.py`.

Needs playwright and a Chromium of the system; lesson 10 shows the picture and needs neither.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
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
    said = folder / "said.txt"
    with said.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "service", "--registry", str(folder / "models"), "--port", "0"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    for _ in range(1200):
        if place := re.search(r"running on (http://127\.0\.0\.1:\d+)", said.read_text(encoding="utf-8")):
            return process, place[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise SystemExit(f"The service did not start: {said.read_text(encoding='utf-8')}")


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
            process.terminate()
            process.wait(timeout=20)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size / 1000:.0f} kB")
    if size > BYTES:
        raise SystemExit(f"Too large: {BYTES:,} bytes is the most.")


if __name__ == "__main__":
    main()
