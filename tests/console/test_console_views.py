"""Every view: its first picture, the map, stop-fire, the line lost and found, no WebGL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Browser

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
