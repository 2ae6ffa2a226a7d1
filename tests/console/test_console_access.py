"""Nobody is shut out: every screen, by axe and beyond it, in both directions of writing and all three themes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from clearline.testing.axe import COLOURS, violations
from clearline.testing.browser import Desk, until
from clearline.testing.busy_watch import Officer, fill
from clearline.testing.nodes import LiveNodes
from clearline.testing.notice_files import notice_file
from clearline.testing.screens import screens, views

Make = Callable[..., Desk]
OWN, THEIRS, TOLD = "TR TR-ACCESS", "IL IL-ACCESS", "IL IL-VAGUE"

TARGET_PX = 24
"""Least size of what is pointed at. Source: WCAG 2.2, success criterion 2.5.8."""

NARROW = {"width": 320, "height": 640}
"""1280 pixels at 400 %. Source: WCAG 2.2, success criterion 1.4.10."""


@pytest.fixture(scope="module")
def busy(nodes: LiveNodes) -> LiveNodes:
    """Two nodes with something of everything, and two notices in conflict."""
    mine, theirs = (Officer(m, nodes[m].url, nodes[m].tokens[0]) for m in ("TR", "IL"))
    theirs.ask("POST", "notices", notice_file("IL", "IL-ACCESS", start_min=60, end_min=120))
    mine.ask("POST", "notices", notice_file("TR", "TR-ACCESS", start_min=80, end_min=140, lon=38.33))
    vague = notice_file("IL", "IL-VAGUE", start_min=70, end_min=130, lat=33.2, lon=36.9)
    theirs.ask("POST", "notices?audience=&area_only=TR", vague)
    area = {"geometry": {"type": "Point", "coordinates": [38.0, 34.0]}, "radius_m": 9000, "lower": "SFC"}
    times = notice_file("IL", "x", start_min=-60)["features"][0]["properties"]["start"]
    mine.ask(
        "POST",
        "areas",
        {
            "sort": "zone",
            "reference": "TR-ZONE",
            "title": "Live range",
            "text": "Tell us first.",
            "activities": [],
            "volumes": [{**area, "upper": "UNL", "start": times, "end": "PERM"}],
        },
    )
    fill(mine, theirs)
    return nodes


def each_screen(desk: Desk) -> Iterator[str]:
    for name in (OWN, TOLD):
        desk.page.wait_for_selector(f"tr[data-notice='{name}']")
    desk.page.wait_for_selector(f"button[data-conflict]:has-text('{OWN.split()[1]}')")
    return screens(desk, own=OWN, theirs=THEIRS, told=TOLD)


def told(found: dict[str, list[str]]) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False)


PUT_ON = """theme => {
  const choice = document.querySelector('#theme');
  choice.value = theme;
  choice.dispatchEvent(new Event('change', {bubbles: true}));
}"""

SMALL = """least => {
  const parts = 'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=option], tr[tabindex]';
  const small = [];
  for (const e of document.querySelectorAll(parts)) {
    if (!e.checkVisibility({visibilityProperty: true}) || e.closest('.offscreen, .skip')) continue;
    const whole = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') ?? e : e;
    const box = whole.getBoundingClientRect();
    if (box.width === 0 || box.right < 0 || box.left > innerWidth) continue;
    // A link within a sentence is as high as its line.
    if (e.matches('a') && getComputedStyle(e).display === 'inline' && e.closest('p, li, dd')) continue;
    if (box.width < least - 0.1 || box.height < least - 0.1)
      small.push(`${Math.round(box.width)}x${Math.round(box.height)} ${e.outerHTML.slice(0, 90)}`);
  }
  return [...new Set(small)].slice(0, 6);
}"""
"""What is pointed at and takes less than so many pixels in one direction; a check box counts with its label."""

BARE = """() => [...document.querySelectorAll('.word.alarm, .word.warning')]
  .filter(e => e.checkVisibility() && !/^[▲◆✕!≠◐◔‖○▨]/.test(e.innerText.trim()))
  .map(e => `no shape before ${e.outerHTML.slice(0, 120)}`)"""
"""Words in the colour of an alarm or a warning that have no shape before them."""


def test_every_screen_is_for_everybody(desks: Make, busy: LiveNodes) -> None:
    """No violation of WCAG 2.2 A or AA on any screen; targets are large, and no colour stands alone."""
    desk = desks("TR")
    desk.chart_loaded()
    found: dict[str, list[str]] = {}
    for name in each_screen(desk):
        broken = [*violations(desk), *desk.page.evaluate(SMALL, TARGET_PX), *desk.page.evaluate(BARE)]
        if broken:
            found[name] = broken
    assert found == {}, told(found)


def test_axe_finds_nothing_in_arabic_without_webgl_in_other_themes(
    desks: Make, busy: LiveNodes, blind_browser: Browser
) -> None:
    """From right to left, with what stands in the map's place, and by its colours in each theme a view is for all."""
    desk = desks("TR", language="ar", at=blind_browser)
    page = desk.page
    page.wait_for_selector("[data-mark=without-webgl]")
    found: dict[str, list[str]] = {}
    for name in each_screen(desk):
        broken = violations(desk)
        for theme in ("light", "dimmed", "dark") if ":" not in name else ():
            page.evaluate(PUT_ON, theme)
            if theme != "dark":
                broken += [f"{theme}: {one}" for one in violations(desk, COLOURS)]
        if broken:
            found[name] = broken
    assert found == {}, told(found)


WIDE = """() => {
  const wide = [];
  const twoWays = '.lanes, .plot, .map, table, pre, .offscreen';
  const scrolls = e => {
    for (let p = e; p; p = p.parentElement)
      if (p.matches(twoWays) && getComputedStyle(p).overflowX !== 'visible') {
        const box = p.getBoundingClientRect();
        return box.left >= -1 && box.right <= innerWidth + 1;
      }
    return false;
  };
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.closest('svg, .skip, .offscreen, option') || scrolls(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1))
      wide.push(`${Math.round(box.left)}..${Math.round(box.right)} ${e.outerHTML.slice(0, 90)}`);
  }
  return [document.documentElement.scrollWidth, wide.slice(0, 4)];
}"""


@pytest.mark.parametrize("language", ["ar"])
def test_a_narrow_screen_scrolls_one_way(desks: Make, busy: LiveNodes, language: str) -> None:
    """At 320 pixels (1280 at 400 %) nothing but charts, drawings and paper is wider than the screen."""
    desk = desks("TR", language=language)
    desk.page.wait_for_selector(f"tr[data-notice='{OWN}']")
    desk.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found = {}
    for name in each_screen(desk):
        width, wide = desk.page.evaluate(WIDE)
        if wide or width > NARROW["width"]:
            found[name] = [str(width), *wide]
    assert found == {}, told(found)


def test_the_clock_and_stop_fire_stay_on_a_narrow_screen(desks: Make, busy: LiveNodes) -> None:
    """However far a small screen is scrolled, Zulu time and stop-fire are on it."""
    desk = desks("TR", "agreement")
    page = desk.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.mouse.move(160, 400)
    page.mouse.wheel(0, 4000)
    until(lambda: page.evaluate("() => scrollY") > 500, "it is scrolled")
    for selector in (".zulu", "[data-act=stop-fire]"):
        box = page.locator(selector).bounding_box()
        assert box is not None and 0 <= box["y"] < 80, (selector, box)


FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  return {
    tag: e.outerHTML.slice(0, 80), body: e === document.body,
    width: parseFloat(style.outlineWidth), style: style.outlineStyle,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    key: [...document.querySelectorAll('*')].indexOf(e),
  };
}"""


@pytest.mark.parametrize("view", ["watch", "file", "hotline", "agreement"])
def test_focus_is_seen_wherever_it_goes(desks: Make, busy: LiveNodes, view: str) -> None:
    """Each stop of the Tab key has a rim of two pixels at least and lies on the screen, bars aside; none is a trap."""
    desk = desks("TR", view)
    page = desk.page
    page.wait_for_timeout(500)
    stops: list[int] = []
    for _ in range(160):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now["body"] or now["key"] in stops:
            break
        stops.append(now["key"])
        assert now["style"] != "none" and now["width"] >= 2, now
        assert now["seen"], now
    assert len(stops) > 15, "the whole view is gone through"


def test_the_dialog_gives_the_focus_back(desks: Make, busy: LiveNodes) -> None:
    """F9 from within a field leads into the dialog; Escape leads out of it and back to that field; nothing is sent."""
    desk = desks("TR", "hotline")
    page = desk.page
    page.focus("#say")
    page.keyboard.press("F9")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("() => !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    until(lambda: page.evaluate("() => document.activeElement.id") == "say", "the focus is back")
    assert page.locator("dialog[open]").count() == 0


def test_escape_closes_a_panel_and_gives_the_focus_back(desks: Make, busy: LiveNodes) -> None:
    """What was opened from a row is closed by Escape or its button, and one goes on from that row."""
    desk = desks("TR")
    page = desk.page
    row = f"tr[data-notice='{THEIRS}']"
    page.wait_for_selector(row)
    for close in ("escape", "button"):
        page.focus(row)
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-act=seen]")
        if close == "escape":
            page.keyboard.press("Escape")
        else:
            page.locator("[data-act=close]").first.focus()
            page.keyboard.press("Enter")
        until(lambda: page.locator("#notice-title").count() == 0, "the panel is closed")
        until(lambda: page.evaluate("s => document.activeElement.matches(s)", row), "the focus is on its row")


def test_drawings_are_told_in_words(desks: Make, busy: LiveNodes) -> None:
    """What timeline and altitude profile draw stands in words as well; what is chosen by arrow keys is announced."""
    desk = desks("TR")
    page = desk.page
    page.wait_for_selector(f"tr[data-notice='{OWN}']")
    heights = page.locator("[aria-labelledby=profile-title] ul").inner_text()
    for name in (OWN, THEIRS):
        assert f"{name.split()[1]}: SFC – FL100 (3048 m STD)" in heights, heights
        assert page.locator(f"tr[data-notice='{name}'] bdi").count() >= 2, "its window of time is in the table"
    page.focus("[role=application].lanes")
    page.keyboard.press("ArrowDown")
    said = page.locator(".lanes").locator("xpath=preceding-sibling::p[@aria-live]")
    until(lambda: "ACCESS" in said.inner_text(), "the choice is announced")


def test_nothing_moves_where_motion_is_unwanted(desks: Make, busy: LiveNodes) -> None:
    """With reduced motion a ringing alert stands still: its words, its rim and its sound tell it."""
    desk = desks("TR")
    page = desk.page
    Officer("IL", busy["IL"].url, busy["IL"].tokens[0]).say("alerts", {"sort": "stray", "to": ["TR"]})
    page.wait_for_selector("[data-mark=rings] .ringing")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.ringing')).animationName") == "ring"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("() => document.getAnimations().filter(a => a.playState === 'running').length") == 0
    rings = page.locator("[data-mark=rings]")
    assert rings.get_attribute("role") == "alert" and "▲" in rings.inner_text()
    page.click("[data-act=alert-seen]")
    desk.hold("answer-understood")
    until(lambda: rings.count() == 0, "it stands no more once it is answered")


def test_every_view_is_among_the_screens(desks: Make, busy: LiveNodes) -> None:
    """The tabs name all views; print is one of them."""
    assert {"watch", "inbox", "file", "hotline", "lines", "shift", "acts", "agreement", "record", "print"} <= set(
        views(desks("TR"))
    )
