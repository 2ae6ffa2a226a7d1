"""The chart: well-formed, escaped, in words too, wherever on Earth it is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from clearline.conflicts.engine import Engine
from clearline.conflicts.rules.areas import Area
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.faces.chart import draw_chart, extent_step_m
from clearline.faces.chart_ink import ALARM, PARTIES, WARNING, escape
from clearline.faces.chart_view import View, graticule, scale_bar
from clearline.records.activity import Activity, Nature
from clearline.testing.theatre import DEFAULT_MINIMA
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import SYRIA, Band, parse_altitude
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

BAND = Band(parse_altitude("SFC", where=""), parse_altitude("UNL", where=""))


def placed(party: str, notice: str, footprint: Footprint) -> Placed:
    volume = Volume(footprint, BAND, Window(Instant(0), Instant(1000)))
    return Placed(VolumeRef(party, notice, 0), Activity.AIR, Nature.OWN_PRESENCE, volume)


PLACES = {
    "nothing": [],
    "a lone point": [fp.point([38, 34], radius_m=0)],
    "the north pole": [fp.point([0, 90], radius_m=5000), fp.line([[170, 88], [-100, 89.2]], radius_m=10_000)],
    "round the south pole": [fp.polygon([[[0, -88], [90, -88], [180, -88], [-90, -88], [0, -88]]])],
    "across 180": [fp.point([179.9, 5], radius_m=30_000), fp.line([[178, 3], [-178, 7]], radius_m=10_000)],
    "both hemispheres": [fp.point([0, 0], radius_m=10), fp.point([179.5, 1], radius_m=10)],
}


@pytest.mark.parametrize("name", PLACES)
def test_it_is_well_formed_everywhere(name: str) -> None:
    """Every number is finite, every line stays near its window, and the XML parses."""
    volumes = [placed("AB"[k % 2], f"N{k}", footprint) for k, footprint in enumerate(PLACES[name])]
    svg = draw_chart(volumes, step_m=extent_step_m(one.volume.footprint for one in volumes))
    ElementTree.fromstring(svg)  # noqa: S314 - our own output
    assert "nan" not in svg
    assert "inf" not in svg.replace("info", "")
    for number in re.findall(r'[" ,ML]-?(\d+\.\d+)', svg):
        assert float(number) < 1e6
    for k in range(len(volumes)):
        assert f">{'AB'[k % 2]} N{k}</text>" in svg


def test_conflicts_and_areas_are_shape_word_and_colour() -> None:
    """A triangle with a number, a dashed line with a name, and the same said in the text alternative."""
    volumes = [placed(p, "N", fp.point([38, 34], radius_m=5000)) for p in ("IL", "TR")]
    engine = Engine(DEFAULT_MINIMA, SYRIA)
    engine.add(volumes)
    square = fp.polygon([[[38.0, 34.0], [38.5, 34.0], [38.5, 34.5], [38.0, 34.0]]])
    area = Area("IL", "RL-1", 2, 0, "red_line", square, None, Window(Instant(0), PERM))
    svg = draw_chart(volumes, conflicts=engine.find_all(), areas=[area])
    for words in (ALARM, WARNING, PARTIES[0], PARTIES[1], "red line RL-1 (rev 2)", "conflict, numbered as in the list"):
        assert words in svg
    desc = ElementTree.fromstring(svg)[1].text  # noqa: S314 - our own output
    assert desc == "2 volumes (1 of IL, 1 of TR), 1 area. 1 conflict. 1: IL N volume 0 with TR N volume 0."
    assert "No overlap found." in draw_chart(volumes[:1])


def test_names_of_strangers_do_no_harm() -> None:
    """Markup, quotes and characters that XML cannot hold are made harmless."""
    assert escape('<a href="x">&\'\x00\x1b\ud800') == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;???"
    svg = draw_chart([placed("</svg><script>", "]]>\u202e", fp.point([38, 34], radius_m=5000))], title="<t>")
    ElementTree.fromstring(svg)  # noqa: S314 - our own output
    assert "<script>" not in svg


def test_labels_do_not_cover_each_other_where_there_is_room() -> None:
    """Twelve notices round one place get twelve places for their names."""
    volumes = [placed("TR", f"TR-{k:04d}", fp.point([38 + k * 0.02, 34], radius_m=20_000)) for k in range(12)]
    svg = draw_chart(volumes)
    spots = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>TR-', svg)
    boxes = [(float(x), float(y)) for x, y in spots]
    assert len(boxes) == 12
    for i, (x, y) in enumerate(boxes):
        assert all(abs(x - ox) > 50 or abs(y - oy) > 12 for ox, oy in boxes[:i])


def test_the_view_and_its_inverse_agree() -> None:
    """A pixel's longitude and latitude fall on that pixel."""
    view = View.of([(36, 33), (42, 37)], width_px=1000, height_px=700)
    for x, y in ((0, 0), (500, 350), (999, 1), (20, 690)):
        place = view.lonlat(x, y)
        assert place is not None
        assert view.xy(place) == pytest.approx((x, y), abs=1e-6)


def test_the_scale_bar_is_true() -> None:
    """A bar of so many kilometres is as long as the way between two places that far apart."""
    view = View.of([(36, 33), (42, 37)], width_px=1000, height_px=700)
    (label, length), _ = scale_bar(view)
    metres = float(label.split()[0]) * 1000
    x0, y0 = view.xy((39, 35))
    x1, y1 = view.xy((39, 35 + metres / 110_940))
    assert ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 == pytest.approx(length, rel=0.01)


def test_the_graticule_is_labelled_in_whole_minutes() -> None:
    """Round steps, each line once."""
    view = View.of([(38, 34), (38.2, 34.1)], width_px=1000, height_px=700)
    labels = [line.label for line in graticule(view)]
    assert "34°N" in labels
    assert len(labels) == len(set(labels)) > 6
    assert replace(view, width_px=1.0).width_px == 1.0
