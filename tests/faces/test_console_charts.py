"""The shipped chart's hash, and the charts that an operator adds: listed, served in ranges, to officers alone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from clearline.faces.console.charts import HASH_DIGITS, chart_hash
from clearline.testing.nodes import LiveNode, running_nodes
from clearline.volumes.extent import outline, outlined_polygons
from clearline.volumes.footprint import Footprint, Shape

RAW = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with running_nodes(tmp_path_factory.mktemp("charts"), ("IL", "TR")) as nodes:
        held = nodes["TR"]
        place = held.folder / "chart"
        place.mkdir()
        (place / "relief 1.pmtiles").write_bytes(RAW)
        (place / "notes.txt").write_text("no chart")
        yield held


@pytest.fixture
def officer(node: LiveNode) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=node.url, trust_env=False) as client:
        client.post("/login", data={"token": node.tokens[0]}, headers={"sec-fetch-site": "same-origin"})
        yield client


def test_the_charts_are_listed(officer: httpx.Client) -> None:
    """The shipped chart by its hash, and the operator's by name; what is no chart is not listed."""
    listed = officer.get("/console/charts").json()
    assert listed == {"hash": chart_hash(), "own": [{"name": "relief 1.pmtiles", "bytes": len(RAW)}]}
    assert len(chart_hash()) == HASH_DIGITS


def test_a_chart_is_served_in_ranges(officer: httpx.Client) -> None:
    """The part that is asked for comes, under the console's policy; nothing comes from outside the folder."""
    part = officer.get("/console/charts/relief 1.pmtiles", headers={"range": "bytes=256-263"})
    assert (part.status_code, part.content) == (206, RAW[256:264])
    assert part.headers["content-range"] == f"bytes 256-263/{len(RAW)}"
    assert part.headers["content-security-policy"].startswith("default-src 'none'")
    for name in ("notes.txt", "..%2Fnode.json", "missing.pmtiles", "..%2Fchart%2Frelief 1.pmtiles"):
        assert officer.get(f"/console/charts/{name}").status_code == 404


def test_nobody_else_gets_a_chart(node: LiveNode) -> None:
    """Without a session neither the list nor a chart is given."""
    for path in ("/console/charts", "/console/charts/relief 1.pmtiles"):
        assert httpx.get(node.url + path, trust_env=False).status_code == 403


def test_holes_stay_with_their_polygon() -> None:
    """Two squares, one with a hole: each outer ring comes first, grown or not; the flat list is the same rings."""

    def square(lon: float, half: float) -> tuple[tuple[int, int], ...]:
        corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
        return tuple((round((lon + x) * 1e7), round((34 + y) * 1e7)) for x, y in corners)

    parts = ((square(36, 0.1),), (square(38, 0.3), square(38, 0.1)[::-1]))
    for radius_cm in (0, 50_000):
        footprint = Footprint(Shape.POLYGON, parts, radius_cm)
        polygons = outlined_polygons(footprint, step_m=20_000)
        assert sorted(len(rings) for rings in polygons) == [1, 2]
        assert tuple(ring for rings in polygons for ring in rings) == outline(footprint, step_m=20_000)
        outer, hole = next(rings for rings in polygons if len(rings) == 2)
        assert max(p[0] for p in outer) > max(p[0] for p in hole) > 38


def test_scripts_and_texts_are_sent_packed(officer: httpx.Client) -> None:
    """Whoever takes gzip gets the same bytes in a third of the length, under another mark; others get them plain."""
    path = "/console/chart/land.json"
    plain = officer.get(path, headers={"accept-encoding": "identity"})
    packed = officer.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) * 2 < int(plain.headers["content-length"])
    assert packed.headers["etag"] != plain.headers["etag"]
    again = {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
    assert officer.get(path, headers=again).status_code == 304
