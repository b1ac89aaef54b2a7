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
    assert not [text for text in said if not text.startswith("Failed to load resource")], said


def test_paste_and_judge_with_the_keyboard(page):
    page.keyboard.press("Tab")
    page.keyboard.type("You have WON")
    page.keyboard.press("Tab")
    page.keyboard.type("Click here for FREE money!!! Order now, no obligation. <b>No risk</b>")
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


@pytest.mark.parametrize(
    "status, kind, body, sentence",
    [
        (
            500,
            "application/json",
            '{"error": "The service failed at this request."}',
            "The service failed at",
        ),
        (503, "application/json", '{"error": "Too many requests at once."}', "Too many requests at once."),
        (500, "text/plain", "Internal Server Error", "status 500"),
        (503, "text/html", "<h1>Service Unavailable</h1>", "status 503"),
        (502, "application/json", '{"message": "of a proxy"}', "status 502"),
        (200, "text/html", "<h1>Log in to this network</h1>", "status 200"),
        (200, "application/json", '"ok"', "status 200"),
        (200, "application/json", "null", "status 200"),
        (413, "text/plain", "", "status 413"),
    ],
)
def test_whatever_answers_something_is_said(page, status, kind, body, sentence):
    page.route("**/predict", lambda route: route.fulfill(status=status, content_type=kind, body=body))
    page.fill("#body", "a mail")
    page.get_by_role("button", name="Judge it").click()
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator("#result")).to_be_hidden()
    page.unroute("**/predict")
    page.get_by_role("button", name="Judge it").click()
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_service_that_has_ended(page, running):
    running.stop()
    page.fill("#body", "a mail")
    page.get_by_role("button", name="Judge it").click()
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Is it still running?")


def test_an_answer_that_breaks_off(page, tmp_path):
    page.route("**/predict/message", lambda route: route.abort("connectionreset"))
    (tmp_path / "a.eml").write_bytes(b"Subject: a\n\nb")
    page.set_input_files("#file", tmp_path / "a.eml")
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Is it still running?")


def test_it_fits_a_phone(page):
    page.fill("#body", "Click here " + "a" * 500)
    page.get_by_role("button", name="Judge it").click()
    expect(page.locator("#verdict")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
