"""Every view: its first picture, the map, stop-fire, the line lost and found, no WebGL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Browser, Route

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]

PIXELS = """() => {
  const map = window.chart;
  map.redraw();
  const gl = map.getCanvas().getContext('webgl2');
  const wide = gl.drawingBufferWidth, high = gl.drawingBufferHeight;
  const raw = new Uint8Array(4 * wide * high);
  gl.readPixels(0, 0, wide, high, gl.RGBA, gl.UNSIGNED_BYTE, raw);
  const seen = new Set();
  for (let i = 0; i < raw.length; i += 4) seen.add((raw[i] << 16) | (raw[i + 1] << 8) | raw[i + 2]);
  return seen.size;
}"""


def file(node: LiveNode, reference: str, **more: Any) -> None:
    answer = httpx.post(
        f"{node.url}/api/v1/notices",
        json=notice_file(node.member, reference, **more),
        headers=node.headers,
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text


def test_the_map_is_drawn(desks: Make, nodes: LiveNodes) -> None:
    """The map has loaded, and it shows more than its background: land, lines, names and a volume of another party."""
    file(nodes["IL"], "IL-MAP", start_min=30, end_min=90)
    desk = desks("TR")
    desk.chart_loaded()
    desk.page.wait_for_selector('[data-notice="IL IL-MAP"]')
    assert desk.page.evaluate(PIXELS) > 50


def test_a_stop_fire_rings_and_is_answered(desks: Make) -> None:
    """One act from any view; it stands on top of every view of the other side until it is seen and answered."""
    tr, il = desks("TR", "record"), desks("IL", "agreement", language="ar")
    tr.page.keyboard.press("F9")
    tr.hold("stop-fire-send")
    il.page.wait_for_selector("[data-mark=rings] [data-act=alert-seen]")
    il.go("file")
    il.page.click("[data-act=alert-seen]")
    until(lambda: il.page.locator("[data-act=alert-seen]").count() == 0, "it rings no more once it is seen")
    il.hold("answer-ceased")
    until(lambda: il.page.locator("[data-mark=rings]").count() == 0, "it stands no more once it is answered")


def test_a_lost_line_is_said_and_found_again(desks: Make, nodes: LiveNodes) -> None:
    """The last picture stays, greyed and aged, and says so; when the node is back the console follows by itself."""
    file(nodes["IL"], "IL-BEFORE", start_min=300, end_min=330)
    desk = desks("TR")
    desk.page.wait_for_selector('[data-notice="IL IL-BEFORE"]')
    nodes["TR"].stop()
    try:
        desk.page.wait_for_selector("[data-mark=lost]")
        assert desk.page.locator('[data-notice="IL IL-BEFORE"]').count() == 1
        assert desk.page.locator("section.stale").count() > 0
    finally:
        nodes["TR"].start()
    desk.page.goto(f"{nodes['TR'].url}/console") if desk.page.url.endswith("/login") else None
    until(lambda: desk.page.locator("[data-mark=lost]").count() == 0 or desk.page.url.endswith("/login"), "it is back")


def test_without_webgl_everything_is_in_the_tables(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """The officer is told that the moving chart is off; the drawn chart and the tables say the same."""
    file(nodes["IL"], "IL-BLIND", start_min=400, end_min=430)
    desk = desks("TR", at=blind_browser)
    desk.page.wait_for_selector("[data-mark=without-webgl]")
    desk.page.wait_for_selector('[data-notice="IL IL-BLIND"]')
    until(
        lambda: desk.page.evaluate("() => document.querySelector('[data-mark=drawn-chart]').naturalWidth > 0"),
        "the drawn chart",
    )


HEAD_TO_PANEL = """() => {
  const panel = document.querySelector('[aria-labelledby=notice-title]')
  const below = e => e.getBoundingClientRect().top - panel.getBoundingClientRect().top
  panel.scrollTop += below(panel.querySelector('.ladder tbody'))
  const row = panel.querySelector('.ladder tbody th')
  return [panel.scrollTop, ...[...panel.querySelectorAll('.ladder thead :is(td, th)'), row].map(below)]
}"""
"""How far a panel was scrolled, and how far beneath its top are a ladder's head cells and the name of a row."""


def test_the_head_of_a_ladder_sticks_at_the_top(desks: Make, nodes: LiveNodes) -> None:
    """No row shows above the head that sticks; the name of a row goes with its row."""
    file(nodes["IL"], "IL-HEAD", start_min=500, end_min=530)
    desk = desks("TR", "inbox")
    desk.page.set_viewport_size({"width": 1200, "height": 500})
    desk.page.click('[data-waits="notice IL IL-HEAD"]')
    desk.page.wait_for_selector(".ladder tbody tr")
    scrolled, *heads, row = desk.page.evaluate(HEAD_TO_PANEL)
    assert scrolled > 100 and all(abs(top) <= 1 for top in heads), heads
    assert abs(row) <= 2, "its row begins beneath the head's place and lies behind it"


def test_units_and_examples_are_those_of_now(desks: Make, nodes: LiveNodes) -> None:
    """The chart's scale says NM as all else does; the examples of times are times to come."""
    desk = desks("TR", "file")
    desk.chart_loaded()
    until(lambda: desk.page.inner_text(".maplibregl-ctrl-scale").endswith("NM"), "the scale is in NM")
    shown = [desk.page.get_attribute(f"[data-field={side}]", "placeholder") for side in ("start", "end")]
    coming = [[at_minute(60 * hours + more) for more in (60, 59)] for hours in (1, 5)]
    for example, hours in zip(shown, coming, strict=True):
        assert example in [f"{at[8:10]} {at[11:13]}00Z" for at in hours], (example, hours)


ROOM = """() => {
  const img = document.querySelector('[data-mark=drawn-chart]'), room = img.parentElement;
  room.scrollIntoView();
  const seen = img.getBoundingClientRect(), held = room.getBoundingClientRect();
  return {
    scrolls: room.scrollHeight > room.clientHeight + 1 || room.scrollWidth > room.clientWidth + 1,
    within: seen.top >= held.top - 1 && seen.bottom <= held.bottom + 1,
    high: room.clientHeight, wide: room.clientWidth,
    scale: Math.min(...['width', 'height'].map(of => seen[of] / new URL(img.src).searchParams.get(of))),
    seen: Math.min(innerHeight, held.bottom) - Math.max(0, held.top),
    sideways: document.documentElement.scrollWidth > innerWidth,
  };
}"""


def test_the_drawn_chart_is_as_large_as_its_room(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """On small screens too it is seen whole, its letters at their size; it scrolls where the officer enlarges it."""
    file(nodes["IL"], "IL-ROOM", start_min=30, end_min=90)
    for language, width, height, least in (("en", 1366, 768, 220), ("ar", 1024, 700, 200), ("en", 320, 640, 200)):
        desk = desks("TR", language=language, at=blind_browser)
        page = desk.page
        page.set_viewport_size({"width": width, "height": height})

        def fits(page: Any = page, least: int = least) -> bool:
            if not page.evaluate("() => document.querySelector('[data-mark=drawn-chart]')?.naturalWidth > 0"):
                return False
            found = page.evaluate(ROOM)
            return (
                not found["scrolls"]
                and found["within"]
                and 0.9 <= found["scale"] <= 1.2
                and found["seen"] >= least
                and not found["sideways"]
            )

        until(fits, f"{width} by {height}")
        page.click("[data-act=enlarge]")
        until(lambda page=page: page.evaluate(ROOM)["scrolls"], "enlarged it scrolls")  # type: ignore[misc]
        until(lambda page=page: 0.8 <= page.evaluate(ROOM)["scale"] <= 1.2, "drawn anew")  # type: ignore[misc]


def test_a_draft_is_drawn_without_webgl(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """File a notice has a chart there too: the others of the draft's window, the draft itself, and where they meet."""
    file(nodes["IL"], "IL-NEAR", start_min=700, end_min=760, lon=38.3, lat=34.6)
    desk = desks("TR", at=blind_browser)
    page = desk.page
    page.wait_for_selector('[data-notice="IL IL-NEAR"]')
    desk.go("file")
    page.wait_for_selector("[data-mark=without-webgl]")
    until(lambda: page.evaluate("() => !!document.querySelector('[data-mark=drawn-chart]')?.naturalWidth"), "a chart")
    drawn: list[str] = []

    def listen(route: Route) -> None:
        answer = route.fetch()
        drawn.append(answer.text())
        route.fulfill(response=answer)

    page.route("**/chart.svg*", listen)
    page.click("[data-template=circle]")
    desk.fill(places="34.6N 38.3E", start=at_minute(690), end=at_minute(720))

    def says(*words: str) -> bool:
        # The browser is asked, so that what it fetched is heard.
        return bool(page.evaluate("() => 1")) and any(all(word in svg for word in words) for svg in drawn)

    until(lambda: says("draft, not released", "IL-NEAR"), "the draft is drawn")
    until(lambda: says('r="11"'), "and where it meets")
    page.unroute("**/chart.svg*")
    assert "draft, not released" not in chart_of(nodes["TR"])


def chart_of(node: LiveNode) -> str:
    """Return the chart that everybody of the node gets."""
    with httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False, timeout=20) as client:
        client.post("/login", data={"token": node.tokens[0]})
        return client.get("/chart.svg").text
