"""What is printed is paper: light whatever the screen is, without the desk, each page with its head and foot."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes
from clearline.testing.notice_files import notice_file


def test_the_picture_is_printed_as_paper(desks: Callable[..., Desk]) -> None:
    """A dark desk prints on white, without its bar; drill, as of, and that silence is no consent go along."""
    page = desks("IL", "print").page
    page.evaluate("localStorage.setItem('clearline-theme', 'dark')")
    page.reload()
    page.wait_for_selector("[data-print] tfoot")
    ground = "getComputedStyle(document.documentElement).getPropertyValue('--ground')"
    assert page.evaluate(ground) != "#ffffff"
    assert page.locator("header").is_visible()
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "#ffffff"
    assert not page.locator("header").is_visible()
    assert "DRILL" in page.locator("[data-print] > thead").inner_text()
    assert "As of" in page.locator("[data-print] > thead").inner_text()
    assert "Silence is not consent" in page.locator("[data-print] > tfoot").inner_text()
    repeated = "s => getComputedStyle(document.querySelector(s)).display"
    assert page.evaluate(repeated, "[data-print] > thead") == "table-header-group"
    assert page.evaluate(repeated, "[data-print] > tfoot") == "table-footer-group"
    assert page.locator("[data-print] img").evaluate("i => i.complete && i.naturalWidth > 0")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_paper_can_be_drawn_again_by_hand(desks: Callable[..., Desk], nodes: LiveNodes) -> None:
    """It says for which time it is, and of each volume its size and every position, in reach of no fold."""
    given = notice_file("TR", "TR-PAPER", radius_m=..., half_width_m=3000, start_min=60, end_min=120)
    line = [[36.5, 34.5], [37.5, 35.25], [38.5, 34.75]]
    given["features"][0]["geometry"] = {"type": "LineString", "coordinates": line}
    url = f"{nodes['TR'].url}/api/v1/notices"
    assert httpx.post(url, json=given, headers=nodes["TR"].headers, trust_env=False).status_code == 201
    page = desks("TR", "print").page
    row = page.locator("[data-print] tbody tr:has(> td strong)", has_text="TR-PAPER").last
    until(lambda: row.count() == 1, "the row")
    said = row.inner_text()
    for position in ("34°30.00'N 036°30.00'E", "35°15.00'N 037°30.00'E", "34°45.00'N 038°30.00'E"):
        assert position in said
    assert "↔ 3.24 NM (6.0 km)" in said
    assert row.locator("details").count() == 0
    window = page.inner_text("[data-mark=print-window]")
    assert window.count("Z") == 2 and "–" in window and window.startswith("Chart and tables")
