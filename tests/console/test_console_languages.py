"""One language from the door to the desk: what is chosen at the login holds in the console, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from clearline.faces.languages import LANGUAGES, RIGHT_TO_LEFT
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes

Make = Callable[..., Desk]
SPEAKS = "() => [document.documentElement.lang, document.documentElement.dir]"


@pytest.fixture
def stranger(browser: Browser, nodes: LiveNodes) -> Iterator[Callable[[str], Page]]:
    """A browser that was never here before, in the language that it wants."""
    opened = []

    def make(locale: str) -> Page:
        context = browser.new_context(locale=locale, viewport={"width": 1500, "height": 950})
        opened.append(context)
        page = context.new_page()
        page.goto(f"{nodes['TR'].url}/login")
        return page

    yield make
    for context in opened:
        for page in context.pages:
            page.goto("about:blank")
        context.close()


def enter(page: Page, token: str) -> None:
    page.fill("input[name=token]", token)
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("[data-view]")


def spoken(page: Page, language: str) -> None:
    wanted = [language, "rtl" if language in RIGHT_TO_LEFT else "ltr"]
    until(lambda: page.evaluate(SPEAKS) == wanted, f"it is spoken in {language}")


def test_a_browser_is_spoken_to_in_its_language(stranger: Callable[[str], Page], nodes: LiveNodes) -> None:
    """Nobody chose anything: login, refusal and console follow the browser; Enter leads to the console."""
    page = stranger("he-IL")
    spoken(page, "he")
    page.fill("input[name=token]", "nobody")
    page.press("input[name=token]", "Enter")
    assert re.search("[\u05d0-\u05ea]", page.inner_text("[role=alert]"))
    spoken(page, "he")
    box, field = page.locator("main").bounding_box(), page.locator("input[name=token]")
    assert box is not None and page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert field.get_attribute("dir") == "ltr"
    enter(page, nodes["TR"].tokens[0])
    spoken(page, "he")


def test_what_was_chosen_last_holds_on_both_sides(stranger: Callable[[str], Page], nodes: LiveNodes) -> None:
    """A choice at the login holds in the console, even after another one there; one there holds at the login."""
    page = stranger("en-GB")
    page.click("nav a[hreflang=ar]")
    spoken(page, "ar")
    enter(page, nodes["TR"].tokens[0])
    spoken(page, "ar")
    page.select_option("#language", "ru")
    spoken(page, "ru")
    page.reload()
    page.wait_for_selector("[data-view]")
    spoken(page, "ru")
    session = [cookie for cookie in page.context.cookies() if "session" in str(cookie.get("name"))]
    assert session
    page.context.clear_cookies(name=str(session[0].get("name")))
    page.wait_for_url("**/login")
    spoken(page, "ru")
    page.click("nav a[hreflang=tr]")
    enter(page, nodes["TR"].tokens[0])
    spoken(page, "tr")


def test_the_page_for_reading_leads_to_the_console(stranger: Callable[[str], Page], nodes: LiveNodes) -> None:
    """The second way in leads to the page in English; on it the way to the console stands in the reader's language."""
    page = stranger("ar")
    page.fill("input[name=token]", nodes["TR"].tokens[0])
    page.click("button[name=to]")
    page.wait_for_url(f"{nodes['TR'].url}/")
    assert page.evaluate(SPEAKS) == ["en", "ltr"]
    way = page.locator("nav[lang=ar] a")
    expect(way).to_have_text(re.compile("[\u0621-\u064a]"))
    way.click()
    page.wait_for_selector("[data-view]")
    spoken(page, "ar")


def test_without_scripts_the_console_leads_to_the_page(browser: Browser, nodes: LiveNodes) -> None:
    """Whoever runs no script stands before the page for reading, never before an empty one."""
    context = browser.new_context(java_script_enabled=False, locale="tr-TR")
    page = context.new_page()
    page.goto(f"{nodes['TR'].url}/login")
    page.fill("input[name=token]", nodes["TR"].tokens[0])
    page.press("input[name=token]", "Enter")
    page.wait_for_url(f"{nodes['TR'].url}/")
    assert page.locator("nav[lang=tr] a[href='/console']").count() == 1
    context.close()


UNITS = {
    "en": "2 min 30 s",
    "tr": "2 dk 30 sn",
    "he": "2 דק׳ 30 שנ׳",
    "ar": "2 د 30 ث",
    "ru": "2 мин 30 с",
    "az": "2 dəq 30 san",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_agreed_is_said_exactly_in_units_of_the_language(
    desks: Make, nodes: LiveNodes, blind_browser: Browser, language: str
) -> None:
    """150 s are two minutes and a half, in the short forms of each language; none is said in English elsewhere."""
    agreed = httpx.get(f"{nodes['TR'].url}/api/v1/agreement", headers=nodes["TR"].headers, trust_env=False).json()
    assert agreed["default"]["deadlines"]["immediate_chief_s"] == 150
    page = desks("TR", "agreement", language=language, at=blind_browser).page
    page.wait_for_selector(f"text={UNITS[language]}")
    shown = page.inner_text("body")
    assert len(re.findall(r"\d \w+", shown)) > 20
    if language != "en":
        assert re.findall(r"\d[ \u00a0](?:s|min|h|d)\b", shown) == []
