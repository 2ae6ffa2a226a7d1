"""The lateral gap in the places where gaps go wrong."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from pyproj import Geod

from clearline.volumes.footprint import Footprint, line, multipolygon, point, polygon
from clearline.volumes.separation import lateral_gap_m, meeting_position

GEOD = Geod(ellps="WGS84")
FAR = 1_000_000.0


def gap(a: Footprint, b: Footprint, limit_m: float = FAR) -> float:
    found = lateral_gap_m(a, b, limit_m=limit_m)
    assert lateral_gap_m(b, a, limit_m=limit_m) == found
    return found


def distance(lon: float, lat: float, lon_b: float, lat_b: float) -> float:
    return float(GEOD.inv(lon, lat, lon_b, lat_b)[2])


def square(lon: float, lat: float, half: float) -> list[list[float]]:
    return [
        [lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half],
        [lon - half, lat - half],
    ]  # fmt: skip


def test_circles() -> None:
    """Two circles are apart by the geodesic less both radii; a touch is 0."""
    a, b = point([38, 34], radius_m=1000), point([38.5, 34], radius_m=2000)
    assert gap(a, b) == pytest.approx(distance(38, 34, 38.5, 34) - 3000, abs=0.0005)
    assert gap(a, point([38, 34], radius_m=0)) == 0
    touching = point([38.5, 34], radius_m=0)
    reach = distance(38, 34, 38.5, 34)
    assert gap(point([38, 34], radius_m=math.floor(reach * 100) / 100), touching) < 0.011
    assert gap(point([38, 34], radius_m=math.ceil(reach * 100) / 100), touching) == 0


def test_over_the_antimeridian_as_anywhere() -> None:
    """A turn of the whole scene about the axis changes nothing."""
    for lat in (0.0, 34.0, 89.0, -60.0):
        gaps = set()
        for turn in (0.0, 38.0, 179.9, 180.0, -180.1):
            a = polygon([square(turn, lat, 0.1)])
            b = line([[turn + 0.3, lat - 0.2], [turn + 0.31, lat + 0.2]], radius_m=50)
            gaps.add(gap(a, b))
        assert max(gaps) - min(gaps) <= 0.001
        assert min(gaps) > 0


def test_at_the_poles() -> None:
    """Points at a pole, lines over it and rings round it are nothing special."""
    north = point([0, 90], radius_m=1000)
    assert gap(north, point([123, 90], radius_m=0)) == 0
    assert gap(north, point([40, 89], radius_m=0)) == pytest.approx(distance(0, 90, 40, 89) - 1000, abs=0.0005)
    over = line([[30, 89], [0, 90], [-150, 89.5]], radius_m=0)
    assert gap(over, north) == 0
    assert gap(over, point([30, 89.7], radius_m=0)) == 0
    close = line([[30, 89], [-150.0001, 89.5]], radius_m=0)
    assert 0 < gap(close, point([0, 90], radius_m=0)) < 0.2
    ring = polygon([[[lon, 89] for lon in range(0, 361, 40)]])
    assert gap(ring, north) == 0
    assert gap(ring, point([50, 88.5], radius_m=0)) > 0
    assert gap(ring, point([0, -90], radius_m=0)) > FAR


def test_a_corridor_of_2000_km_with_two_vertices() -> None:
    """Its edge is the geodesic, which leaves the parallel by tens of kilometres."""
    corridor = line([[20, 34], [41.5, 34]], radius_m=5000)
    azimuth, _, length = GEOD.inv(20, 34, 41.5, 34)
    assert length > 1_950_000
    lon, lat, back = GEOD.fwd(20, 34, azimuth, length * 0.37)
    lon, lat, _ = GEOD.fwd(lon, lat, back + 90, 12_345.678)
    assert gap(corridor, point([lon, lat], radius_m=0)) == pytest.approx(7345.678, abs=0.012)
    assert gap(corridor, point([30.75, 34], radius_m=0)) > 30_000
    assert gap(corridor, point([45, 34], radius_m=0)) == pytest.approx(distance(41.5, 34, 45, 34) - 5000, abs=0.001)
    assert gap(corridor, line([[30, 30], [30, 40]], radius_m=0)) == 0
    beside = line([[20, 34.5], [41.5, 34.5]], radius_m=5000)
    assert 40_000 < gap(corridor, beside) < 46_000


def test_legs_of_no_length() -> None:
    """A line that stands still is a circle."""
    still = line([[38, 34], [38, 34], [38, 34]], radius_m=1000)
    assert gap(still, point([38.5, 34], radius_m=0)) == gap(
        point([38, 34], radius_m=1000), point([38.5, 34], radius_m=0)
    )
    paused = line([[38, 34], [38.2, 34], [38.2, 34], [38.2, 34.2]], radius_m=0)
    assert gap(paused, still) == 0
    assert gap(still, still) == 0


def test_holes_are_honoured() -> None:
    """What lies in a hole is as far from the polygon as from the hole's edge."""
    ring = polygon([square(38, 34, 1), square(38, 34, 0.5)])
    inner = point([38, 34], radius_m=1000)
    assert gap(ring, inner) == pytest.approx(distance(38, 34, 38.5, 34) - 1000, abs=10)
    assert gap(ring, polygon([square(38, 34, 0.4)])) > 0
    assert gap(ring, polygon([square(38, 34, 0.5)])) == 0
    assert gap(ring, polygon([square(38, 34, 2)])) == 0
    assert gap(ring, polygon([square(38.75, 34, 0.01)])) == 0
    assert gap(ring, line([[38, 34], [38.45, 34.1]], radius_m=0)) > 0
    assert gap(ring, line([[38, 34], [38.55, 34.1]], radius_m=0)) == 0
    island = multipolygon([[square(38, 34, 1), square(38, 34, 0.5)], [square(38, 34, 0.01)]])
    assert gap(island, inner) == 0


def test_touching_is_meeting() -> None:
    """A shared corner, a shared edge, a corner on an edge, a line along an edge."""
    a = polygon([square(0, 0, 1)])
    assert gap(a, polygon([square(2, 2, 1)])) == 0
    assert gap(a, polygon([square(2, 0, 1)])) == 0
    assert gap(a, polygon([[[1, 0], [2, 1], [2, -1], [1, 0]]])) == 0
    assert gap(a, line([[1, -3], [1, 3]], radius_m=0)) == 0
    assert gap(a, point([1, 1], radius_m=0)) == 0
    assert gap(a, point([1.0000001, 0], radius_m=0)) == pytest.approx(0.011, abs=0.001)


def test_polygons_of_thousands_of_kilometres() -> None:
    """What lies within a continent is found, and what lies beyond its edge is measured."""
    continent = polygon([[[-20, -40], [60, -40], [60, 50], [-20, 50], [-20, -40]]])
    assert gap(continent, point([20, 5], radius_m=0)) == 0
    assert gap(continent, polygon([square(20, 5, 3)])) == 0
    assert gap(continent, line([[20, 5], [100, 5]], radius_m=0)) == 0
    assert gap(continent, point([61, 0], radius_m=0)) == pytest.approx(distance(60, 0, 61, 0), abs=0.001)
    assert gap(continent, point([-160, -5], radius_m=0)) > FAR
    north = polygon([[[lon, 3] for lon in range(0, 361, 20)]])
    assert gap(north, continent) == 0
    assert gap(north, point([10, 60], radius_m=0)) == 0
    assert gap(north, point([20, 2], radius_m=0)) == pytest.approx(distance(20, 2, 20, 3), abs=0.001)


def test_beyond_the_limit_the_gap_only_has_to_say_so() -> None:
    """Above the limit any greater value may come, and never a smaller one."""
    a, b = polygon([square(38, 34, 0.1)]), polygon([square(39, 34, 0.1)])
    exact = gap(a, b)
    assert gap(a, b, limit_m=exact) == exact
    assert gap(a, b, limit_m=1000.0) > 1000


def test_large_rings_take_the_same_answers() -> None:
    """Rings of 20,000 vertices: apart, crossing, one in the other, a metre beside each other."""
    count = 20_000

    def ring(lon: float, size: float) -> Footprint:
        turns = [2 * math.pi * k / count for k in range(count)]
        positions = [[lon + size * math.cos(t) / 0.83, 34 + size * math.sin(t)] for t in turns]
        return polygon([[*positions, positions[0]]])

    first = ring(38.0, 0.5)
    assert gap(first, ring(38.3, 0.5)) == 0
    assert gap(first, ring(38.0, 0.2)) == 0
    other = ring(40.0, 0.5)
    east = sorted(first.parts[0][0])[-300:]
    west = sorted(other.parts[0][0])[:300]
    least = min(distance(a / 1e7, b / 1e7, c / 1e7, d / 1e7) for a, b in east for c, d in west)
    assert gap(first, other) == pytest.approx(least, abs=0.002)
    outside = polygon([[*([lon / 1e7, lat / 1e7] for lon, lat in ring(38.0, 0.9).parts[0][0])],
                       [[lon / 1e7, lat / 1e7] for lon, lat in ring(38.0, 0.500_01).parts[0][0]]])  # fmt: skip
    assert gap(first, outside) == pytest.approx(1.11, abs=0.03)


def test_search_patterns_of_long_thin_legs() -> None:
    """Two thousand slanting legs, metres apart: accepted as a ring, and measured from another such pattern."""
    slant, spacing, legs = math.radians(40), 0.00005, 2000

    def turned(x: float, y: float) -> list[float]:
        return [38 + x * math.cos(slant) - y * math.sin(slant), 34 + x * math.sin(slant) + y * math.cos(slant)]

    def pattern(begin: float) -> list[list[float]]:
        spots = [(begin + leg * spacing, 0.5 * end) for leg in range(legs) for end in (leg % 2, 1 - leg % 2)]
        return [turned(x, y) for x, y in spots]

    comb = pattern(0.0)
    ring = polygon([[*comb, turned(legs * spacing, -0.01), turned(0, -0.01), comb[0]]])
    beside = line(pattern(legs * spacing + 0.05), radius_m=0)
    assert gap(ring, beside) > 1000
    across = line([turned(-0.1, 0.25), turned(0.3, 0.25)], radius_m=0)
    assert gap(ring, across) == gap(beside, across) == 0
    assert gap(line([turned(-0.2, 0), turned(-0.1, 0.5)], radius_m=0), ring) > 1000


def test_meeting_position_of_a_crossing() -> None:
    """Two lines meet where they cross."""
    lon, lat = meeting_position(line([[37, 34], [39, 34]], radius_m=0), line([[38, 33], [38, 35]], radius_m=0))
    assert lon == pytest.approx(38, abs=1e-6)
    assert 34 < lat < 34.01


def test_meeting_position_lies_on_both_long_lines() -> None:
    """Where two lines of no width cross, the position is on both to 2 mm, however long their edges are."""
    a, b = [[30.0, 20.0], [51.0, 29.0]], [[38.3, 15.0], [38.9, 31.0]]
    lon, lat = meeting_position(line(a, radius_m=0), line(b, radius_m=0))
    for (start_lon, start_lat), (end_lon, end_lat) in (a, b):
        towards, _, length = GEOD.inv(start_lon, start_lat, end_lon, end_lat)
        course, _, way = GEOD.inv(start_lon, start_lat, lon, lat)
        on_lon, on_lat, _ = GEOD.fwd(start_lon, start_lat, towards, way)
        assert 0 < way < length
        assert abs(course - towards) < 1
        assert GEOD.inv(lon, lat, on_lon, on_lat)[2] < 0.002


def test_small_footprints_need_no_numpy() -> None:
    """A process that compares a few small footprints never loads numpy or shapely."""
    script = """
import sys
from clearline.volumes import altitude, footprint, instant, separation, units, volume
assert not {"pyproj", "numpy", "shapely"} & set(sys.modules), "loaded on import"
a = footprint.polygon([[[38, 34], [39, 34], [39, 35], [38, 34]]])
b = footprint.line([[40, 34], [41, 35]], radius_m=2000)
separation.lateral_gap_m(a, b, limit_m=1e6)
separation.meeting_position(a, b)
footprint.ecef_box(a)
assert not {"numpy", "shapely"} & set(sys.modules), "loaded by small footprints"
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
