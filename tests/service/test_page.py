"""The page in a real browser: paste, verdict, words, keys, file, error, phone, and no request elsewhere."""

import pytest
from playwright.sync_api import expect, sync_playwright

import coursekit as ck
from tests.test_browser import CHROMIUM, QUIET

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome on this system")


@pytest.fixture
def page(running):
    """The page in a fresh browser; fails afterwards if it asked another server or wrote to the console."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(running.url)
        yield page
        browser.close()
    assert all(url.startswith((running.url, "data:")) for url in asked), asked
    assert not [text for text in said if "413" not in text], said


def test_paste_and_judge_with_the_keyboard(page):
    page.keyboard.press("Tab")
    page.keyboard.type("You have WON")
    page.keyboard.press("Tab")
    page.keyboard.type("Click here for FREE money!!! <b>No risk</b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_text("Delete it: spam")
    expect(page.locator("#probability")).to_contain_text("% probability of spam")
    expect(page.locator("#mail mark.spam", has_text="Click")).to_be_visible()
    expect(page.locator("#mail")).to_contain_text("<b>No risk</b>")  # shown, not obeyed
    expect(page.locator("#mail b")).to_have_count(0)


def test_a_good_mail_and_then_a_spam(page):
    page.fill("#subject", "Re: patch")
    page.fill("#body", "> does it compile?\nYes, I wrote a test on linux.")
    page.press("#body", "Control+Enter")
    expect(page.locator("#verdict")).to_have_text("Keep it")
    expect(page.locator("#mail mark.good").first).to_be_visible()
    page.fill("#body", "Click here for FREE money!!!")
    page.get_by_role("button", name="Judge it").click()
    expect(page.locator("#verdict")).not_to_have_text("Keep it")


def test_a_message_file(page, tmp_path):
    name, content = next(iter(ck.load("raw_mails").items()))
    (tmp_path / name).write_bytes(content)
    page.set_input_files("#file", tmp_path / name)
    expect(page.locator("#verdict")).to_be_visible()


def test_errors_are_said(page, running):
    page.fill("#body", "a" * 2_100_000)
    page.get_by_role("button", name="Judge it").click()
    expect(page.get_by_role("alert")).to_have_text("The body is larger than 2,000,000 bytes.")
    expect(page.locator("#result")).to_be_hidden()


def test_it_fits_a_phone(page):
    page.fill("#body", "Click here " + "a" * 500)
    page.get_by_role("button", name="Judge it").click()
    expect(page.locator("#verdict")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
