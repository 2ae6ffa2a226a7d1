"""Every position of a shape can be read: in panels, on paper, before a release, and where a proposal changes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]

ROUTE = [[38.0 + n / 10, 34.0 + n / 20] for n in range(9)]
SQUARE = [[36.0, 33.0], [36.4, 33.0], [36.4, 33.4], [36.0, 33.4], [36.0, 33.0]]
HOLE = [[36.1, 33.1], [36.1, 33.2], [36.2, 33.2], [36.1, 33.1]]
BESIDE = [[37.0, 33.0], [37.2, 33.0], [37.2, 33.2], [37.0, 33.0]]


def ask(node: LiveNode, path: str, body: Any = None) -> Any:
    method = "GET" if body is None else "POST"
    answer = httpx.request(method, f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    return answer.json() if answer.status_code < 300 else None


def shaped(party: str, reference: str, *geometries: dict[str, Any], start_min: float = 60) -> dict[str, Any]:
    """Return a notice file whose volumes have these geometries; a line is a corridor of 2 km to each side."""
    features = []
    for geometry in geometries:
        reach = {"half_width_m": 2000} if geometry["type"] == "LineString" else {}
        one = notice_file(party, reference, start_min=start_min, end_min=start_min + 60, radius_m=..., **reach)
        features.append({**one["features"][0], "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def line(points: list[list[float]]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": points}


def spoken(desk: Desk, within: str) -> list[str]:
    """Return the numbered positions that stand within an element, folded ones too, as `number: what stands there`."""
    items = desk.page.locator(f"{within} ol > li").evaluate_all("all => all.map(e => `${e.value}: ${e.textContent}`)")
    return [" ".join(item.split()) for item in items]


def test_each_position_of_a_notice_stands_in_its_panel(desks: Make, nodes: LiveNodes) -> None:
    """A route of nine positions folds the last three and says so; of an area parts and holes are named."""
    area = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [BESIDE]]}
    assert ask(nodes["IL"], "notices", shaped("IL", "IL-WHOLE", line(ROUTE), area))
    desk = desks("TR")
    page = desk.page
    page.click('[data-notice="IL IL-WHOLE"]')
    route, parts = (f"[aria-labelledby=notice-title] dl:nth-of-type({n})" for n in (1, 2))
    page.wait_for_selector(parts)
    text = " ".join(page.inner_text(route).split())
    assert "corridor ↔ 2.16 NM (4.0 km) · positions: \u20689\u2069" in text and "\u20683\u2069 more" in text
    assert page.locator(f"{route} li").count() == 6
    for folded in (route, parts):
        page.locator(f"{folded} summary").focus()
        page.keyboard.press("Enter")
    until(lambda: page.locator(f"{route} li:visible").count() == 9, "the folded ones are there")
    told = spoken(desk, route)
    assert told[0].startswith("1: 34°00.00'N 038°00.00'E 37S") and told[8].startswith("9: 34°24.00'N 038°48.00'E 37S")
    until(lambda: page.locator(f"{parts} li").count() == 4 + 3 + 3, "all of the area is there")
    told = spoken(desk, parts)
    assert [n for n, one in enumerate(told) if "part" in one or "hole" in one] == [0, 4, 7]
    assert "polygon" in page.inner_text(parts)


def test_what_is_released_is_read_whole_and_previewed_whole(desks: Make, nodes: LiveNodes) -> None:
    """The summary to be read aloud folds no position away; what the other side will see holds the same ones."""
    desk = desks("TR", "file")
    page = desk.page
    page.click("[data-template=corridor]")
    places = "\n".join(f"{lat}N {lon}E" for lon, lat in ROUTE)
    desk.fill(reference="TR-ALOUD", places=places, start=at_minute(800), end=at_minute(830))
    aloud = "[data-mark=read-aloud]"
    page.wait_for_selector(f"{aloud} li")
    assert len(spoken(desk, aloud)) == 9 and page.locator(f"{aloud} li:visible").count() == 9
    page.click("[data-act=preview]")
    page.click("[data-seen='IL full'] summary")
    until(lambda: page.locator("[data-seen='IL full'] li").count() == 9, "the preview is unfolded")
    assert spoken(desk, "[data-seen='IL full']") == spoken(desk, aloud)


def test_before_and_after_mark_the_position_that_differs(desks: Make, nodes: LiveNodes) -> None:
    """Of a corridor one corner was moved and one left out: those are marked, and the rest is not."""
    points = ROUTE[:4]
    filed = ask(nodes["TR"], "notices", shaped("TR", "TR-CORNER", line(points), start_min=1000))
    path = "notices/TR/TR-CORNER"
    until(lambda: ask(nodes["IL"], path), "it has arrived")
    assert ask(nodes["IL"], f"{path}/acknowledgements", {"step": "seen"})
    moved = shaped("TR", "TR-CORNER", line([points[0], [38.15, 34.2], points[2]]), start_min=1000)
    for side in ("start", "end"):
        moved["features"][0]["properties"][side] = ask(nodes["TR"], path)["notice"][side]
    body = {"step": "position", "of": filed["entry"]["id"], "stance": "proposal", "reason": "x", "proposal": moved}
    assert ask(nodes["IL"], f"{path}/acknowledgements", body)
    desk = desks("TR", "inbox")
    desk.page.click('[data-waits="notice TR TR-CORNER"]')
    table = "[data-mark=before-after]"
    desk.page.wait_for_selector(f"{table} li")
    marked = desk.page.locator(f"{table} li.changed").evaluate_all("all => all.map(e => e.value)")
    assert marked == [2, 4, 2]
    assert desk.page.locator(f"{table} bdi.changed").count() == 0
    assert desk.page.locator(f"{table} span.changed").all_inner_texts() == [
        "positions: \u20684\u2069",
        "positions: \u20683\u2069",
    ]


def test_zones_say_where_they_lie(desks: Make, nodes: LiveNodes) -> None:
    """A zone along a road is a corridor with each of its positions, in the watch view and beside the agreement."""
    times = {"start": at_minute(-60), "end": "PERM", "lower": "SFC", "upper": "UNL"}
    stated = {"sort": "zone", "reference": "IL-ROAD", "title": "Road", "text": "Not here.", "activities": []}
    assert ask(
        nodes["IL"], "areas", {**stated, "volumes": [{"geometry": line(ROUTE[:3]), "half_width_m": 500, **times}]}
    )
    desk = desks("TR")
    desk.page.click('[data-area="IL IL-ROAD"]')
    desk.page.wait_for_selector("[data-mark=area] li")
    assert len(spoken(desk, "[data-mark=area]")) == 3
    assert "corridor ↔ 1000 m" in " ".join(desk.page.inner_text("[data-mark=area]").split())
    desk.go("agreement")
    desk.page.wait_for_selector("[aria-label='IL-ROAD'] li, [aria-label='IL IL-ROAD'] li")


def test_what_waits_says_what_and_when_though_it_is_not_drawn(desks: Make, nodes: LiveNodes) -> None:
    """A notice of the day after tomorrow is in no window that is drawn: its row says activity, window and conflict."""
    for member in ("IL", "TR"):
        assert ask(nodes[member], "notices", notice_file(member, f"{member}-FAR", start_min=2900, end_min=2960))
    desk = desks("TR", "inbox")
    row = desk.page.locator('[data-waits="notice IL IL-FAR"]')
    until(lambda: "Conflict" in row.inner_text(), "it is marked")
    text = " ".join(row.inner_text().split())
    assert "IL-FAR air · " in text, text
    assert f"{at_minute(2960)[8:10]} {at_minute(2960)[11:13]}" in text, text
    assert "Z ! Conflict" in text, "words stand apart"
