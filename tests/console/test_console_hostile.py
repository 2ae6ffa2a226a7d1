"""What the other side chose, long words and long lists, takes no room from what the officer must see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route

from clearline.faces.languages import LANGUAGES
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]
WIDE, HIGH = 1440, 900
VIEWS = "watch file inbox hotline lines shift acts agreement record print".split()
WORD = "W" * 60
REFERENCE = "IL-" + "R" * 61

SIDEWAYS = """() => [...document.querySelectorAll('body, main, main *')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
  .filter(e => {
    const how = getComputedStyle(e);
    return how.display !== 'inline' && !e.closest('svg, select, .maplibregl-map, .offscreen')
      && !e.matches('input, textarea, option') && (e.tagName === 'BODY' || how.overflowX !== 'visible');
  })
  .map(e => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}: ${e.innerText.slice(0, 60)}`)"""
"""What can be moved sideways, or is cut at its side. Charts move by themselves; a field's own text scrolls in it."""

COLUMNS = """() => {
  const boxes = place => {
    const found = [], texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      found.push(...[...range.getClientRects()].filter(r => r.width > 0.5));
    }
    return found;
  };
  return [...document.querySelectorAll('.one[data-waits]')].flatMap(row => {
    const [left, what, whole] = [boxes(row.querySelector('.left')), boxes(row.querySelector('.what')), row.getBoundingClientRect()];
    const met = left.some(a => what.some(b => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2));
    const out = [...left, ...what].some(a => a.left < whole.left - 1 || a.right > whole.right + 1);
    return met || out ? [row.innerText] : [];
  });
}"""
"""The rows of the inbox in which time and text lie upon each other, or leave the row."""


def post(node: LiveNode, path: str, body: Any) -> Any:
    answer = httpx.post(f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json()


def opened(desks: Make, blind: Browser, member: str, view: str, **more: Any) -> Desk:
    """A desk without a moving chart, as wide as those of the officers."""
    desk = desks(member, view, at=blind, **more)
    desk.page.set_viewport_size({"width": WIDE, "height": HIGH})
    return desk


OVERDUE_MIN = (31, 15, 125, 20 * 60, 3 * 24 * 60 + 250, 40 * 24 * 60)


def overdue(route: Route) -> None:
    """Answer as the node would later: what waits has been due for minutes, hours, days and weeks."""
    answer = route.fetch()
    found = answer.json()
    abouts = list({tuple(due["about"]): 0 for due in found["waiting"]})
    for due in found["waiting"]:
        late = OVERDUE_MIN[abouts.index(tuple(due["about"])) % len(OVERDUE_MIN)]
        due.update(due=at_minute(-late), overdue=True, urgent=True)
    route.fulfill(response=answer, json=found)


def test_no_column_of_the_inbox_runs_into_another(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """In six languages, at three widths, with a notice open beside it: how late a thing is, and what it is, are read."""
    for number in range(len(OVERDUE_MIN)):
        body = notice_file("IL", f"IL-LATE-{number}", start_min=900 + 60 * number, end_min=930 + 60 * number)
        post(nodes["IL"], "notices", body)
    desk = opened(desks, blind_browser, "TR", "watch")
    page = desk.page
    page.route("**/api/v1/inbox", overdue)
    page.reload()
    desk.go("inbox")
    until(lambda: page.locator(".one.overdue").count() >= len(OVERDUE_MIN), "all of them are overdue")
    for beside in (False, True):
        if beside:
            page.locator("[data-waits='notice IL IL-LATE-3']").click()
            page.wait_for_selector("[aria-labelledby=notice-title]")
        for language in LANGUAGES:
            page.select_option("#language", language)
            until(lambda said=language: page.evaluate("() => document.documentElement.lang") == said, "it is spoken")
            for width in (1440, 1366, 1024):
                page.set_viewport_size({"width": width, "height": HIGH})
                assert page.evaluate(COLUMNS) == [], (language, width, beside)


@pytest.fixture
def long_words(nodes: LiveNodes) -> str:
    """A notice, a message, an enquiry and a zone whose every word is as long as it may be; the notice's reference."""
    try:
        post(
            nodes["IL"],
            "notices",
            notice_file(
                "IL",
                REFERENCE,
                start_min=20,
                end_min=80,
                lon=36.3,
                callsign=WORD,
                number_and_type="N" * 120,
                contact="C" * 120,
                frequency="F" * 120,
                remarks="M" * 500,
            ),
        )
    except AssertionError as fault:
        assert "exists" in str(fault) or "stands" in str(fault), fault
        return REFERENCE
    post(nodes["IL"], "messages", {"to": ["TR"], "text": "T" * 600, "precedence": "PRIORITY"})
    return REFERENCE


def test_no_long_word_widens_the_desk(
    desks: Make, nodes: LiveNodes, blind_browser: Browser, long_words: str
) -> None:
    """On every view, and with the notice open, nothing is cut at the side and nothing must be moved sideways."""
    desk = opened(desks, blind_browser, "TR", "watch")
    page = desk.page
    page.locator(f'[data-notice="IL {long_words}"]').click()
    page.wait_for_selector(f"[aria-labelledby=notice-title] >> text={WORD}")
    found = {"watch": page.evaluate(SIDEWAYS)}
    page.click("[data-act=read-back-open]")
    found["read back"] = page.evaluate(SIDEWAYS)
    for view in VIEWS:
        desk.go(view)
        page.wait_for_load_state("networkidle")
        found[view] = page.evaluate(SIDEWAYS)
    assert {view: what for view, what in found.items() if what} == {}
