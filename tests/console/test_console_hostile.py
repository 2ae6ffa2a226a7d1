"""What the other side chose, long words and long lists, takes no room from what the officer must see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Route

from clearline.faces.languages import LANGUAGES
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]
WIDE, HIGH = 1440, 900
VIEWS = ("watch", "file", "inbox", "hotline", "lines", "shift", "acts", "agreement", "record", "print")
WORD = "W" * 60
VOLUME = ("radius_m", "lower", "upper", "start", "end")
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
    const [left, what] = ['.left', '.what'].map(part => boxes(row.querySelector(part)));
    const whole = row.getBoundingClientRect();
    const beside = (a, b) => a.left < b.right - 1 && b.left < a.right - 1;
    const met = left.some(a => what.some(b => beside(a, b) && a.top < b.bottom - 2 && b.top < a.bottom - 2));
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


def speak(page: Page, language: str) -> None:
    page.select_option("#language", language)
    until(lambda: page.evaluate("() => document.documentElement.lang") == language, f"{language} is spoken")


def fits(page: Page, what: str) -> None:
    """Nothing is moved sideways once the drawings have followed the width."""
    until(lambda: page.evaluate(SIDEWAYS) == [], f"{what}: {page.evaluate(SIDEWAYS)}")


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
    """In six languages, at three widths, beside an open notice too: how late a thing is, and what it is, are read."""
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
            speak(page, language)
            for width in (1440, 1366, 1024):
                page.set_viewport_size({"width": width, "height": HIGH})
                assert page.evaluate(COLUMNS) == [], (language, width, beside)


def test_no_long_word_widens_the_desk(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """On every view, and with the notice open, nothing is cut at the side and nothing must be moved sideways."""
    long: dict[str, Any] = {"callsign": WORD, "number_and_type": "N" * 120, "contact": "C" * 120, "remarks": "M" * 500}
    post(nodes["IL"], "notices", notice_file("IL", REFERENCE, start_min=20, end_min=80, lon=36.3, **long))
    post(nodes["IL"], "messages", {"to": ["TR"], "text": "T" * 600, "precedence": "PRIORITY"})
    one = notice_file("IL", "x", start_min=-80, end_min=-20)["features"][0]
    volume = {"geometry": one["geometry"], **{k: one["properties"][k] for k in VOLUME}}
    post(nodes["IL"], "enquiries", {"to": ["TR"], "volumes": [volume], "text": "E" * 400, "language": "en"})
    said = {"sort": "not_ours", "volumes": [volume], "text": "A" * 400, "incident": "I" * 64}
    post(nodes["IL"], "attributions", said)
    post(nodes["TR"], "shifts", {"turn": "begin", "position": "watch 1", "remarks": ""})
    given = {"turn": "hand_over", "position": "watch 1", "remarks": "Q" * 400, "incoming": "2"}
    post(nodes["TR"], "shifts", given)
    desk = opened(desks, blind_browser, "TR", "watch")
    page = desk.page
    page.locator(f'[data-notice="IL {REFERENCE}"]').click()
    page.wait_for_selector(f"[aria-labelledby=notice-title] >> text={WORD}")
    found = {"watch": page.evaluate(SIDEWAYS)}
    page.click("[data-act=read-back-open]")
    found["read back"] = page.evaluate(SIDEWAYS)
    for view in VIEWS:
        desk.go(view)
        page.wait_for_load_state("networkidle")
        found[view] = page.evaluate(SIDEWAYS)
    desk.go("acts")
    for sort in ("enquiries", "attributions"):
        page.click(f"[data-sort={sort}]")
        page.wait_for_selector(f"text=/{'A' if sort == 'attributions' else 'E'}{{40}}/")
        found[sort] = page.evaluate(SIDEWAYS)
    assert {view: what for view, what in found.items() if what} == {}


def test_a_notice_of_many_volumes_takes_the_room_of_one(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """Its panel folds them with their number, ladder and acts at hand; among the heights it has one column."""
    many = notice_file("IL", "IL-MANY", start_min=20, end_min=80)
    one = many["features"][0]
    points = [[39 + number % 20 / 10, 34 + number // 20 / 10] for number in range(60)]
    many["features"] = [{**one, "geometry": {"type": "Point", "coordinates": at}} for at in points]
    post(nodes["IL"], "notices", many)
    post(nodes["IL"], "notices", notice_file("IL", "IL-FEW", start_min=20, end_min=80, lon=36.6))
    desk = opened(desks, blind_browser, "TR", "watch")
    page = desk.page
    page.wait_for_selector('[data-notice="IL IL-FEW"]')
    page.click('[data-notice="IL IL-MANY"]')
    page.wait_for_selector("[data-act=all-volumes]")
    volumes = page.locator("section:has(#notice-title) > dl")
    assert (volumes.count(), page.inner_text("[data-act=all-volumes]")) == (4, "Volumes: \u206856\u2069 more")
    heights = page.locator("[role=img] rect.band")
    named = heights.locator("title").all_text_contents()
    assert [name.partition(":")[0] for name in named].count("IL-MANY") == 1
    assert any(name.startswith("IL-FEW") for name in named)
    page.click("[data-act=all-volumes]")
    until(lambda: volumes.count() == len(points), "all of them are unfolded")


def test_a_long_message_is_folded_and_its_thread_is_named_by_its_words(
    desks: Make, nodes: LiveNodes, blind_browser: Browser
) -> None:
    """Forty lines leave the others on the screen until they are wanted; no thread is called by a hash."""
    post(nodes["IL"], "messages", {"to": ["TR"], "text": "Forty lines.\n" * 40, "precedence": "PRIORITY"})
    desk = opened(desks, blind_browser, "TR", "hotline")
    page = desk.page
    text = page.locator(".said", has_text="Forty lines.")
    text.wait_for()
    high = "one => one.getBoundingClientRect().height"
    folded = text.evaluate(high)
    page.locator("li", has=text).locator("[data-act=unfold]").click()
    until(lambda: text.evaluate(high) > 3 * folded, "it is unfolded")
    named = "[data-field=thread] option:has-text('Forty lines. Forty lines.')"
    page.wait_for_selector(named, state="attached")
    told = page.locator(named).inner_text()
    assert "PRIORITY" in told and "IL" in told


def test_a_ladder_with_differences_fits_beside_the_chart(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """What was read back otherwise, and what is owed for it, stand whole in six languages at three widths."""
    body = notice_file("IL", "IL-LADDER", start_min=30, end_min=60)
    one = body["features"][0]["properties"]
    of = post(nodes["IL"], "notices", body)["entry"]["id"]
    url, theirs = f"{nodes['TR'].url}/api/v1/notices/IL/IL-LADDER", nodes["TR"].headers
    until(lambda: httpx.get(url, headers=theirs, trust_env=False).is_success, "it has arrived")
    read = {"position": [35.15, 35.8], "lower": "SFC", "upper": "FL110", "start": one["start"], "end": at_minute(65)}
    said = {"step": "read_back", "of": of, "activity": "ground", "nature": "own_presence", "volumes": [read]}
    post(nodes["TR"], "notices/IL/IL-LADDER/acknowledgements", said)
    page = opened(desks, blind_browser, "TR", "watch").page
    page.click('[data-notice="IL IL-LADDER"]')
    page.wait_for_selector(".ladder li")
    for language in LANGUAGES:
        speak(page, language)
        for width in (1440, 1366, 1024):
            page.set_viewport_size({"width": width, "height": HIGH})
            fits(page, f"{language} at {width} pixels")
