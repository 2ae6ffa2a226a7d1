"""The box in space against points drawn from the footprint itself."""

from __future__ import annotations

import math
import random

import pytest
from pyproj import Geod

from clearline.volumes.footprint import Footprint, contains, ecef_box, line, parse_position, point, polygon

GEOD = Geod(ellps="WGS84")


def place(lon: float, lat: float) -> tuple[float, float, float]:
    """Return the place in space, by the textbook formula."""
    f = 1 / 298.257223563
    e2 = f * (2 - f)
    lam, phi = math.radians(lon), math.radians(lat)
    n = 6378137.0 / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    return n * math.cos(phi) * math.cos(lam), n * math.cos(phi) * math.sin(lam), n * (1 - e2) * math.sin(phi)


def holds(shape: Footprint, lon: float, lat: float) -> bool:
    box, spot = ecef_box(shape), place(lon, lat)
    return all(box[axis] <= spot[axis] <= box[axis + 3] for axis in range(3))


@pytest.mark.parametrize("seed", range(10))
def test_the_box_holds_the_footprint(seed: int) -> None:
    """Every point of edges, caps and interior is in the box, near the poles and over axis points too."""
    draw = random.Random(seed)
    for _ in range(20):
        centre = draw.choice([(0.0, 0.0), (90.0, 1.0), (180.0, -1.0), (38.0, 34.0), (5.0, 89.5), (0.0, -90.0)])
        size = 10 ** draw.uniform(2, 6.3)
        start = GEOD.fwd(*centre, draw.uniform(0, 360), size * draw.random())[:2]
        end = GEOD.fwd(*start, draw.uniform(0, 360), size)[:2]
        radius = draw.choice([0.0, min(size / 3, 500_000)])
        path = line([start, end], radius_m=radius)
        azimuth, _, length = GEOD.inv(*start, *end)
        corners = 6
        ring = [GEOD.fwd(*start, 360 * k / corners, size)[:2] for k in range(corners)]
        area = polygon([[*ring, ring[0]]])
        circle = point(start, radius_m=radius)
        for _ in range(20):
            lon, lat, _ = GEOD.fwd(*start, azimuth, length * draw.random())
            lon, lat, _ = GEOD.fwd(lon, lat, draw.uniform(0, 360), radius * 0.999999)
            assert holds(path, lon, lat)
            lon, lat, _ = GEOD.fwd(*start, draw.uniform(0, 360), radius * 0.999999)
            assert holds(circle, lon, lat)
            lon, lat, _ = GEOD.fwd(*start, draw.uniform(0, 360), size * math.sqrt(draw.random()))
            if contains(area, parse_position((lon, lat), where="")):
                assert holds(area, lon, lat)
        for lon, lat in ((0, 0), (90, 0), (180, 0), (-90, 0), (0, 90), (0, -90)):
            if contains(area, parse_position((lon, lat), where="")):
                assert holds(area, lon, lat)
