"""The chart alone: on a base map of bounded size, in its reader's language, of the window of time that is asked for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from importlib.resources import files
from xml.etree import ElementTree

import httpx
import pytest

from clearline.conflicts.rules.areas import Area
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.faces import chart_words
from clearline.faces.chart import draw_chart
from clearline.faces.chart_base import CONTESTED, LAND, THEATRE
from clearline.faces.chart_ink import on_paper
from clearline.faces.languages import LANGUAGES, RIGHT_TO_LEFT
from clearline.records.activity import Activity, Nature
from clearline.testing.nodes import LiveNodes, running_nodes
from clearline.testing.notice_files import at_minute, notice_file
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import Band, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window, parse_instant
from clearline.volumes.volume import Volume

SIZE_MAX = 128 * 1024
"""Bytes of a chart of the whole theatre: a picture, not a download."""

SVG = "{http://www.w3.org/2000/svg}"
BAND = Band(parse_altitude("SFC", where=""), parse_altitude("UNL", where=""))


def placed(reference: str, lon: float, lat: float) -> Placed:
    volume = Volume(fp.point([lon, lat], radius_m=15_000), BAND, Window(Instant(0), Instant(1000)))
    return Placed(VolumeRef("TR", reference, 0), Activity.AIR, Nature.OWN_PRESENCE, volume)


GOLAN = placed("TR-1", 35.9, 33.0)
NEAR = [GOLAN, placed("TR-2", 37.5, 34.2)]


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own output


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_and_places_are_named_in_the_readers_language(language: str) -> None:
    """Contested lines are dashed and bear their treaty's name, places their own, and no text is left in English."""
    svg = draw_chart(NEAR, language=language, base=True, size_px=(960, 640))
    lines = json.loads(files("clearline.faces.console").joinpath("chart", "lines.json").read_text("utf-8"))["features"]
    places = json.loads(files("clearline.faces.console").joinpath("chart", "places.json").read_text("utf-8"))[
        "features"
    ]
    said = texts(svg)
    assert {one["properties"][language] for one in lines} & {*said}
    damascus = next(one["properties"] for one in places if one["properties"]["en"] == "Damascus")
    assert damascus[language] in said
    assert re.search(rf'stroke="{CONTESTED}"[^>]*stroke-dasharray', svg)
    for key in ("contested", "edges", "permission"):
        assert chart_words.text(key, language) in said
        if language != "en":
            assert chart_words.text(key, "en") not in said


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_a_legend_from_the_right_stands_at_the_right(language: str) -> None:
    """Its texts run from right to left and begin beside their marks; references in them are isolated."""
    square = fp.polygon([[[38.0, 34.0], [38.5, 34.0], [38.5, 34.5], [38.0, 34.0]]])
    area = Area("IL", "RL-1", 2, 0, "red_line", square, None, Window(Instant(0), PERM))
    svg = draw_chart(NEAR, areas=[area], language=language, base=True, size_px=(960, 640))
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own output
    rows = [g for g in root.iter(f"{SVG}g") if g.get("transform", "").startswith("translate(920 ")]
    assert len(rows) == 5
    for row in rows:
        text = row.find(f"{SVG}text")
        assert text is not None and (text.get("direction"), text.get("text-anchor")) == ("rtl", "start")
    assert any("\u2068RL-1\u2069" in text for text in texts(svg))
    assert 'direction="rtl"' not in draw_chart(NEAR, areas=[area], language="ru", base=True)


def test_it_is_light_and_ends_where_the_chart_ends() -> None:
    """The whole theatre stays below a bound, a lone notice has surroundings, and no land is invented elsewhere."""
    theatre = draw_chart([], language="ar", base=True, size_px=(960, 640))
    assert len(theatre.encode()) <= SIZE_MAX
    assert LAND in theatre and LAND not in on_paper(theatre)
    corners = [placed("TR-3", *THEATRE[0]), placed("TR-4", *THEATRE[1])]
    assert len(draw_chart(corners, base=True, size_px=(1600, 1200)).encode()) <= SIZE_MAX
    lone = draw_chart([placed("TR-5", 36.2, 33.5)], base=True, size_px=(960, 640))
    assert "Damascus" in texts(lone)
    for lon, lat in ((0.0, 89.0), (179.9, 5.0), (-100.0, 40.0)):
        away = draw_chart([placed("TR-6", lon, lat)], base=True)
        ElementTree.fromstring(away)  # noqa: S314 - our own output
        assert LAND not in away


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


def test_the_window_and_the_language_are_asked_for(nodes: LiveNodes) -> None:
    """Only what lies in the window is drawn; half a window, or one that is no time, is refused in words."""
    node, end = nodes["TR"], time.monotonic() + 10
    for reference, start in (("TR-S", 60), ("TR-L", 3000)):
        given = notice_file("TR", reference, start_min=start, end_min=start + 60)
        while True:
            url = f"{node.url}/api/v1/notices"
            answer = httpx.post(url, json=given, headers=node.headers, trust_env=False, timeout=10)
            if answer.status_code != 503 or time.monotonic() > end:
                break
            time.sleep(0.05)
        assert answer.status_code == 201, answer.text
    with httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False, timeout=10) as client:
        assert client.get("/chart.svg").status_code == 401
        client.post("/login", data={"token": node.tokens[0]})
        whole = client.get("/chart.svg").text
        assert "TR-S" in texts(whole) and "TR-L" in texts(whole)
        window = {name: int(parse_instant(at_minute(at), where="")) for name, at in (("from", 30), ("to", 200))}
        early = client.get("/chart.svg", params={**window, "language": "he"}).text
        assert "TR-S" in texts(early) and "TR-L" not in texts(early)
        assert chart_words.text("permission", "he") in texts(early)
        for wrong in ({"from": window["from"]}, {"from": "x", "to": "1"}, {"from": window["to"], "to": window["from"]}):
            refusal = client.get("/chart.svg", params=wrong)
            assert refusal.status_code == 422 and "query" in refusal.json()["detail"]
