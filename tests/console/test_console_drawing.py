"""Volumes drawn by mouse on the moving chart: where it was pointed is what the form says and the other side holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes
from clearline.testing.notice_files import at_minute

Make = Callable[..., Desk]
LonLat = tuple[float, float]
M_PER_NM = 1852.0

WRITTEN_DEGREES = 0.005 / 60 + 1e-6
"""What a position that is typed to 0.01 minute is off by: nine metres."""

VIEW = "() => window.chart.jumpTo({center: [38.4, 34.5], zoom: 8})"


POINTED = """near => {
  const box = document.querySelector('.sketch .map').getBoundingClientRect();
  const at = window.chart.project(near);
  const [x, y] = [Math.round(box.left + at.x), Math.round(box.top + at.y)];
  const there = window.chart.unproject([x - box.left, y - box.top]);
  return [x, y, there.lng, there.lat];
}"""
"""The whole pixel of the screen nearest to a position, and the position that it points at."""


def draw(desk: Desk, corners: Sequence[LonLat], *, again: bool) -> list[LonLat]:
    """Point at each corner, and at the last one again where that ends the drawing; return where it was pointed."""
    page, pointed = desk.page, []
    page.evaluate(VIEW)
    page.click("[data-act=draw]")
    page.wait_for_selector("[data-act=draw][aria-pressed=true]")
    for corner in corners:
        x, y, lon, lat = page.evaluate(POINTED, list(corner))
        page.mouse.move(x, y, steps=5)
        page.mouse.click(x, y)
        pointed.append((lon, lat))
    if again:
        page.mouse.click(x, y)
    page.wait_for_selector("[data-act=draw][aria-pressed=false]")
    return pointed


def held(nodes: LiveNodes, reference: str) -> Any:
    node = nodes["IL"]
    url = f"{node.url}/api/v1/notices/TR/{reference}"
    until(lambda: httpx.get(url, headers=node.headers, trust_env=False).status_code == 200, f"{reference} has arrived")
    return httpx.get(url, headers=node.headers, trust_env=False).json()["notice"]["notice_file"]["features"][0]


DRAWN: dict[str, tuple[list[LonLat], str, bool]] = {
    "corridor": ([(38.0, 34.2), (38.3, 34.6), (38.8, 34.5)], "LineString", True),
    "area": ([(38.0, 34.2), (38.1, 34.7), (38.7, 34.8), (38.8, 34.3)], "Polygon", True),
    "orbit": ([(38.1, 34.4), (38.7, 34.6)], "LineString", False),
}


@pytest.mark.parametrize("template", DRAWN)
def test_what_is_drawn_is_what_is_filed(desks: Make, nodes: LiveNodes, template: str) -> None:
    """A corridor, an area and an orbit, drawn corner by corner: the form and what is filed have its figures."""
    corners, kind, again = DRAWN[template]
    reference = f"TR-DRAWN-{template.upper()}"
    desk = desks("TR", "file")
    page = desk.page
    desk.chart_loaded()
    page.click(f"[data-template={template}]")
    desk.fill(reference=reference, start=at_minute(900), end=at_minute(930))
    pointed = draw(desk, corners, again=again)
    lines = page.input_value("[data-field=places]").splitlines()
    assert len(lines) == len(corners), lines
    half_nm = float(page.input_value("[data-field=reach]")) if kind == "LineString" else 0.0
    page.wait_for_selector("[data-mark=checked][data-checking=false]")
    desk.hold("release")
    feature = held(nodes, reference)
    assert feature["geometry"]["type"] == kind
    points = feature["geometry"]["coordinates"]
    if kind == "Polygon":
        (ring,) = points
        assert ring[0] == ring[-1]
        # A ring may begin anywhere and run either way round.
        points, pointed = sorted(ring[:-1]), sorted(pointed)
    assert len(points) == len(pointed)
    for found, wanted in zip(points, pointed, strict=True):
        assert found == pytest.approx(list(wanted), abs=WRITTEN_DEGREES)
    if kind == "LineString":
        assert feature["properties"]["half_width_m"] == pytest.approx(half_nm * M_PER_NM, abs=0.01)


def test_drawing_within_a_zone_does_not_choose_the_zone(desks: Make, nodes: LiveNodes) -> None:
    """Each click of a drawing is a corner, the last one too: what lies beneath stays as it was."""
    around = {"geometry": {"type": "Point", "coordinates": [38.4, 34.5]}, "radius_m": 90_000, "lower": "SFC"}
    area = {"sort": "zone", "reference": "IL-AROUND", "title": "Around", "text": "Here.", "activities": []}
    body = {**area, "volumes": [{**around, "upper": "UNL", "start": at_minute(-60), "end": "PERM"}]}
    node = nodes["IL"]
    answer = httpx.post(f"{node.url}/api/v1/areas", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code == 201, answer.text
    desk = desks("TR")
    page = desk.page
    page.wait_for_selector("[data-area='IL IL-AROUND']")
    desk.go("file")
    desk.chart_loaded()
    page.click("[data-template=orbit]")
    draw(desk, [(38.1, 34.4), (38.7, 34.6)], again=False)
    lies = "() => window.chart.queryRenderedFeatures({layers: ['areas-fill']}).length > 0"
    until(lambda: page.evaluate(lies), "the zone is beneath")
    desk.go("watch")
    page.wait_for_selector("[data-area='IL IL-AROUND']")
    assert page.get_attribute("[data-area='IL IL-AROUND']", "aria-pressed") == "false"
    assert page.locator("[data-mark=area]").count() == 0
