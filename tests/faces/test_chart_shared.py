"""Room on a drawn chart is shared: nobody's notices go off it because of how much another files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.faces import chart_words
from clearline.faces.chart import draw_chart
from clearline.faces.chart_edges import outer_edge
from clearline.faces.chart_ink import EDGE_DASH
from clearline.faces.languages import LANGUAGES
from clearline.faces.page.allotment import VOLUMES_MAX, in_turn
from clearline.records.activity import Activity, Nature
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import Band, parse_altitude
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

SVG = "{http://www.w3.org/2000/svg}"
HUGE = 300
DRAWN_S = 3.0
"""Seconds in which a chart is drawn anew, many times what it takes, on a machine that does much else."""


def file(node: LiveNode, given: dict[str, Any]) -> None:
    end = time.monotonic() + 15
    while True:
        url = f"{node.url}/api/v1/notices"
        answer = httpx.post(url, json=given, headers=node.headers, trust_env=False, timeout=20)
        if answer.status_code != 503 or time.monotonic() > end:
            break
        time.sleep(0.05)
    assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """TR files 300 small volumes first of all, one of them into a notice of IL; everybody else's come later."""
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        huge = notice_file("TR", "TR-HUGE", radius_m=300, start_min=30, end_min=90)
        one = huge["features"][0]
        huge["features"] = [
            {**one, "geometry": {"type": "Point", "coordinates": [37 + n % 20 * 0.1, 34 + n // 20 * 0.1]}}
            for n in range(HUGE)
        ]
        file(held["TR"], huge)
        file(held["IL"], notice_file("IL", "IL-MET", lon=38.9, lat=35.4, start_min=60, end_min=120))
        for n in range(12):
            file(held["IL"], notice_file("IL", f"IL-{n:02d}", lon=36.0 + n * 0.2, lat=33.2, start_min=100, end_min=160))
        file(held["TR"], notice_file("TR", "TR-AFTER", lon=37.0, lat=36.0, start_min=110, end_min=170))
        end = time.monotonic() + 15
        wanted = {("IL", f"IL-{n:02d}") for n in range(12)} | {("IL", "IL-MET")}
        while not wanted <= held["TR"].do(lambda n, _: {*n.picture.notices}) or not held["TR"].do(
            lambda n, _: len(n.watch.conflicts)
        ):
            assert time.monotonic() < end
            time.sleep(0.05)
        yield held


@pytest.mark.parametrize("member", ["IL", "TR"])
def test_a_huge_notice_takes_nobody_off_the_chart(nodes: LiveNodes, member: str) -> None:
    """Every notice of the window is drawn, on both sides; the huge one in part and by its outer edge, said so."""
    node = nodes[member]
    with httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False, timeout=20) as client:
        client.post("/login", data={"token": node.tokens[0]})
        begun = time.monotonic()
        svg = client.get("/chart.svg").text
        assert time.monotonic() - begun < DRAWN_S
        page = client.get("/").text
    hints = [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}title")]  # noqa: S314 - our own output
    for reference in ("IL-MET", "TR-AFTER", *(f"IL-{n:02d}" for n in range(12))):
        assert any(hint.startswith(f"{reference}, volume 0") for hint in hints), reference
    singly = sum(hint.startswith("TR-HUGE, volume") for hint in hints)
    assert 100 < singly == VOLUMES_MAX - 14
    assert "TR-HUGE, volume 298: air, own presence" in hints, "the volume in conflict is drawn singly"
    assert f"TR-HUGE: outer edge of {HUGE} volumes, simplified" in hints
    assert f'stroke-dasharray="{EDGE_DASH}"' in svg and "≈ TR-HUGE</text>" in svg
    assert chart_words.text("simplified", "en") in svg
    assert "Not drawn" not in svg
    assert "outer edge of 300 volumes" in page and "IL-11, volume 0" in page


def test_a_draft_is_drawn_for_the_one_who_asks(nodes: LiveNodes) -> None:
    """Sent by the node's own page it lies on the chart, with where it meets; the next chart holds nothing of it."""
    node = nodes["IL"]
    draft = {
        "volumes": [
            {"geometry": {"type": "LineString", "coordinates": [[36.5, 35.5], [38.5, 35.5]]}, "half_width_m": 4000}
        ],
        "meets": [[37.5, 35.5]],
    }
    with httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False, timeout=20) as client:
        assert client.post("/chart.svg", json=draft).status_code == 401
        client.post("/login", data={"token": node.tokens[0]})
        before = client.get("/chart.svg?language=he").text
        answer = client.post("/chart.svg?language=he", json=draft)
        assert answer.headers["content-type"] == "image/svg+xml"
        said = [one.text for one in ElementTree.fromstring(answer.text).iter(f"{SVG}text")]  # noqa: S314
        assert said.count(chart_words.text("draft", "he")) == 2, "on the chart and in its legend"
        assert answer.text.count('r="11"') == 1
        assert "IL-11, volume 0" in answer.text
        assert client.get("/chart.svg?language=he").text == before
        assert client.post("/chart.svg", json={"volumes": []}).status_code == 200
        for wrong in ({"volumes": [{"geometry": {"type": "Point"}}]}, {"volumes": [], "meets": [[200, 0]]}, {}):
            refused = client.post("/chart.svg", json=wrong)
            assert refused.status_code == 422 and "body" in refused.json()["detail"]
        foreign = client.post("/chart.svg", json=draft, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403


def test_the_outer_edge_holds_what_it_stands_for() -> None:
    """Each traced corner of circles, long edges, what crosses 180° and what lies at a pole is within the ring."""
    import shapely

    shapes = {
        "circles": [fp.point([37 + n % 5, 33 + n % 3], radius_m=20_000) for n in range(9)],
        "a long edge": [fp.line([[36, 35], [46, 35.2]], radius_m=9_000), fp.point([36, 33], radius_m=0)],
        "across 180": [fp.point([179.9, 5], radius_m=30_000), fp.line([[178, 3], [-178, 7]], radius_m=10_000)],
        "south": [fp.line([[20, -50], [30, -50]], radius_m=1_000)],
        "a pole": [fp.point([0, 89.9], radius_m=50_000)],
        "a lone point": [fp.point([38, 34], radius_m=0)],
    }
    for name, footprints in shapes.items():
        edge = outer_edge("TR", "TR-1", footprints)
        ring, middle = shapely.Polygon(edge.ring), edge.ring[0][0]
        for footprint in footprints:
            for traced in fp.outline(footprint, step_m=5_000):
                for lon, lat in traced:
                    near = middle + (lon - middle + 180) % 360 - 180
                    inside = any(ring.covers(shapely.Point(x, lat)) for x in (near, near + 360, near - 360))
                    assert inside or (name == "a pole" and abs(lat) > 89.8), (name, lon, lat)


def test_what_is_not_drawn_is_named_at_the_top() -> None:
    """In each language: how many, their references as far as there is room, and how many more."""
    here = Placed(
        VolumeRef("TR", "TR-1", 0),
        Activity.AIR,
        Nature.OWN_PRESENCE,
        Volume(
            fp.point([38, 34], radius_m=9_000),
            Band(parse_altitude("SFC", where=""), parse_altitude("UNL", where="")),
            Window(Instant(0), Instant(1000)),
        ),
    )
    for language in LANGUAGES:
        svg = draw_chart(
            [here], left_out=[f"TR-X-{n:03d}" for n in range(80)], language=language, base=True, drill=True
        )
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own output
        said = {one.text or "": float(one.get("y", "0")) for one in root.iter(f"{SVG}text")}
        assert said[chart_words.text("left_out", language, count=80)] < 80
        last = next(text for text in said if " +" in text)
        assert said[last] < 120
        named = sum(text.count("TR-X-") for text in said)
        assert 10 < named < 80 and last.endswith(f" +{80 - named}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_into_a_room(nodes: LiveNodes, language: str) -> None:
    """Chart and legend are as large as was asked, their letters of full size, none beyond the edge."""
    node = nodes["TR"]
    with httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False, timeout=20) as client:
        client.post("/login", data={"token": node.tokens[0]})
        for width, height in ((928, 304), (640, 160), (288, 240), (1840, 640)):
            answer = client.get(f"/chart.svg?language={language}&width={width}&height={height}")
            root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own output
            assert root.get("viewBox") == f"0 0 {width} {height}"
            frame = next(root.iter(f"{SVG}clipPath"))[0]
            assert height * 0.7 <= float(frame.get("height", "0")) < height
            said = {one.text: one for one in root.iter(f"{SVG}text")}
            assert chart_words.text("permission", language) in said
            for one in said.values():
                assert 0 <= float(one.get("y", "0")) <= height
                assert float(one.get("font-size", "0")) >= (10 if width > 300 else 9)
        largest = client.get("/chart.svg?width=99999&height=1").text
        assert 'viewBox="0 0 2400 160"' in largest
        for wrong in ("width=100", "width=1e3&height=200", "width=&height="):
            assert client.get(f"/chart.svg?{wrong}").status_code == 422


def test_turns() -> None:
    """The first of each, then the second of each; a long list waits for nobody and keeps nobody waiting."""
    assert list(in_turn(["abc", "", "d", "ef"])) == [*"adebfc"]
