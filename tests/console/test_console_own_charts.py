"""The operator's PMTiles: pictures and vector tiles are drawn; what is damaged is refused in words; nothing leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clearline.testing import pmtiles
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes

Make = Callable[..., Desk]

COLOUR = """wanted => {
  const map = window.chart;
  map.redraw();
  const gl = map.getCanvas().getContext('webgl2');
  const raw = new Uint8Array(4 * gl.drawingBufferWidth * gl.drawingBufferHeight);
  gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, raw);
  let found = 0;
  for (let i = 0; i < raw.length; i += 4) if (wanted.every((c, n) => Math.abs(raw[i + n] - c) < 3)) found += 1;
  return found;
}"""

WHOLE = pmtiles.picture()
DAMAGED = {
    "begins with something else": b"\x89PNG\r\n\x1a\n" + WHOLE[8:],
    "ends in its header": WHOLE[:90],
    "ends in its tiles": WHOLE[:-40],
    "is of a later version": WHOLE[:7] + b"\x04" + WHOLE[8:],
    "is packed in another way": WHOLE[:97] + b"\x04" + WHOLE[98:],
    "has tiles of no known kind": WHOLE[:99] + b"\x63" + WHOLE[100:],
    "has its bounds the wrong way round": WHOLE[:102] + WHOLE[110:118] + WHOLE[102:110] + WHOLE[118:],
    "is empty": b"",
}


def laid(desk: Desk) -> list[str]:
    found: list[str] = desk.page.evaluate(
        # While another theme's style is being read there is none.
        "() => (window.chart.getStyle()?.layers ?? []).map(l => l.id).filter(id => id.startsWith('own-'))"
    )
    return found


@pytest.fixture(scope="module")
def charts(nodes: LiveNodes) -> LiveNodes:
    place = nodes["TR"].folder / "chart"
    place.mkdir(exist_ok=True)
    (place / "relief.pmtiles").write_bytes(WHOLE)
    (place / "roads of the region.pmtiles").write_bytes(pmtiles.vector())
    for name, raw in DAMAGED.items():
        (place / f"one that {name}.pmtiles").write_bytes(raw)
    # A picture that is none: header and directory are whole, what the tile holds is not.
    (place / "torn.pmtiles").write_bytes(pmtiles.archive(b"no picture", pmtiles.PNG, {}))
    return nodes


def test_a_picture_is_drawn_and_taken_away(desks: Make, charts: LiveNodes) -> None:
    """Its colour is on the map while it is chosen, in another theme too, and gone afterwards."""
    desk = desks("TR")
    desk.chart_loaded()
    page = desk.page
    assert page.evaluate(COLOUR, list(pmtiles.ORANGE)) == 0
    page.select_option("[data-field=own-chart]", "relief.pmtiles")
    until(lambda: page.evaluate(COLOUR, list(pmtiles.ORANGE)) > 1_000, "the picture is drawn")
    page.select_option("#theme", "dimmed")
    until(lambda: laid(desk) == ["own-picture"], "it is laid under the other theme")
    until(lambda: page.evaluate(COLOUR, list(pmtiles.ORANGE)) > 1_000, "it is drawn there")
    page.select_option("[data-field=own-chart]", "")
    until(lambda: laid(desk) == [], "its layer is gone")
    until(lambda: page.evaluate(COLOUR, list(pmtiles.ORANGE)) == 0, "nothing of it is drawn")


def test_vector_tiles_are_drawn(desks: Make, charts: LiveNodes) -> None:
    """Each layer that the file names is drawn as lines, beneath what the channel draws."""
    desk = desks("TR")
    desk.chart_loaded()
    page = desk.page
    page.select_option("[data-field=own-chart]", "roads of the region.pmtiles")
    until(lambda: laid(desk) == [f"own-{pmtiles.LAYER}"], "its layer is laid")
    drawn = f"() => window.chart.queryRenderedFeatures({{layers: ['own-{pmtiles.LAYER}']}}).length"
    page.evaluate("() => window.chart.jumpTo({center: [38, 34.5], zoom: 6})")
    until(lambda: page.evaluate(drawn) > 0, "its line is drawn")
    order = page.evaluate("() => window.chart.getStyle().layers.map(l => l.id)")
    assert order.index("land") < order.index(f"own-{pmtiles.LAYER}") < order.index("volumes")


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_chart_is_refused_in_words(desks: Make, charts: LiveNodes, damage: str) -> None:
    """The officer is told which chart and why; the shipped chart stays whole, and another can be chosen."""
    desk = desks("TR")
    desk.chart_loaded()
    page = desk.page
    page.select_option("[data-field=own-chart]", f"one that {damage}.pmtiles")
    alert = page.locator("[role=search] [role=alert]")
    alert.wait_for()
    assert f"one that {damage}.pmtiles" in alert.inner_text() and len(alert.inner_text()) > 60
    assert laid(desk) == []
    page.select_option("[data-field=own-chart]", "relief.pmtiles")
    until(lambda: laid(desk) == ["own-picture"], "a whole one is laid")
    assert alert.count() == 0
    desk.chart_loaded()


def test_a_torn_tile_is_told(desks: Make, charts: LiveNodes) -> None:
    """A tile that cannot be drawn takes the chart away and says so, rather than leaving a gap that looks like land."""
    desk = desks("TR")
    desk.chart_loaded()
    desk.page.select_option("[data-field=own-chart]", "torn.pmtiles")
    alert = desk.page.locator("[role=search] [role=alert]")
    alert.wait_for()
    assert "torn.pmtiles" in alert.inner_text()
    assert laid(desk) == []
