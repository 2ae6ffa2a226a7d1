"""What is not filed is traced as a chart will draw it: circles, corridors and polygons, along geodesics."""

from __future__ import annotations

from typing import Any

import pytest

from clearline.testing.floor import ApiRefused, Floor
from clearline.volumes.geodesy import geodesics

ENDS = [[38.2, 34.5], [38.4, 34.6]]


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T08:00:00Z")


def test_a_corridor_is_traced_with_its_width(floor: Floor) -> None:
    """Every corner of the outline lies its half width from the line: no nearer to the ends, no farther out."""
    half_m = 5_556.0
    body = {"volumes": [{"geometry": {"type": "LineString", "coordinates": ENDS}, "half_width_m": half_m}]}
    (polygons,) = floor.api("TR", "POST", "/api/v1/outlines", body)["volumes"]
    (rings,) = polygons
    (ring,) = rings
    reach = [min(geodesics().inv(*corner, *end)[2] for end in ENDS) for corner in ring]
    assert min(reach) >= half_m * 0.99
    assert max(lon for lon, _ in ring) > 38.4 and min(lon for lon, _ in ring) < 38.2


@pytest.mark.parametrize(
    ("volume", "where"),
    [
        ({"geometry": {"type": "LineString", "coordinates": ENDS}}, "/volumes/0/half_width_m"),
        ({"geometry": {"type": "Point", "coordinates": [38.2, 95.0]}, "radius_m": 10}, "/volumes/0/geometry"),
        ({"geometry": {"type": "Sphere", "coordinates": []}}, "/volumes/0/geometry/type"),
    ],
)
def test_what_is_no_footprint_is_refused_at_its_place(floor: Floor, volume: dict[str, Any], where: str) -> None:
    """The refusal names the spot of the body."""
    with pytest.raises(ApiRefused) as refused:
        floor.api("TR", "POST", "/api/v1/outlines", {"volumes": [volume]})
    assert where in str(refused.value)
