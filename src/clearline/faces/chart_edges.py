"""The outer edge of a notice that a chart does not draw volume by volume: coarse, never too small, quick to find."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clearline.faces.chart_view import EARTH_RADIUS_M, LonLat
from clearline.faces.words import named
from clearline.volumes.footprint import Footprint

LAT_MAX = 89.9
"""Degrees: nearer to a pole a circle reaches round it, and its box every longitude."""

HAIR_DEG = 1e-5
"""What a lone position without a radius is grown by, so that its edge is a ring: about a metre."""


@dataclass(frozen=True, slots=True)
class OuterEdge:
    """The closed ring round all `volumes` volumes of a notice, in degrees; longitudes run on without a leap."""

    party: str
    notice: str
    volumes: int
    ring: tuple[LonLat, ...]

    @property
    def label(self) -> str:
        """Return the notice's name behind the sign that it is drawn roughly."""
        return f"≈ {named(self.party, self.notice)}"


def outer_edge(party: str, notice: str, footprints: Sequence[Footprint]) -> OuterEdge:
    """Return the convex ring round the boxes of footprints, of which there is one at least.

    Cost: linear in their positions. Radii and the bulge of long edges towards the pole are within; what no box on
    the plane holds (round a pole) gets the box from pole to pole.
    """
    middle = footprints[0].parts[0][0][0][0] / 1e7
    corners = [corner for one in footprints for corner in _box(one, middle)]
    return OuterEdge(party, notice, len(footprints), _hull(corners))


def _box(footprint: Footprint, middle: float) -> tuple[LonLat, LonLat, LonLat, LonLat]:
    """Return the corners of a box of longitudes and latitudes that holds the footprint, near the meridian `middle`."""
    positions = [at for part in footprint.parts for ring in part for at in ring]
    lons = [middle + _turned(lon / 1e7 - middle) for lon, _ in positions]
    lats = [lat / 1e7 for _, lat in positions]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    highest = min(max(abs(south), abs(north)), LAT_MAX)
    shrink = math.cos(math.radians(highest))
    across_m = math.radians(east - west) * EARTH_RADIUS_M * math.cos(math.radians(min(abs(south), abs(north))))
    # A geodesic leaves its parallel by the square of its length over eight radii, times the latitude's tangent.
    bulge_m = across_m**2 * math.tan(math.radians(highest)) / (8 * EARTH_RADIUS_M)
    up = math.degrees((footprint.radius_cm / 100 + bulge_m) / EARTH_RADIUS_M) * 1.01 + HAIR_DEG
    beyond = up / shrink
    if highest + up > LAT_MAX or east - west + 2 * beyond > 300:
        west, east, south, north, up, beyond = middle - 180.0, middle + 180.0, -LAT_MAX, LAT_MAX, 0.0, 0.0
    west, east, south, north = west - beyond, east + beyond, south - up, north + up
    return (west, south), (east, south), (east, north), (west, north)


def _turned(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


def _hull(points: Iterable[LonLat]) -> tuple[LonLat, ...]:
    """Return the closed convex hull, anticlockwise. Source: A. M. Andrew, Information Processing Letters 9 (1979)."""
    ordered = sorted(set(points))
    lower, upper = _half(ordered), _half(ordered[::-1])
    return (*lower[:-1], *upper[:-1], lower[0])


def _half(ordered: Sequence[LonLat]) -> list[LonLat]:
    chain: list[LonLat] = []
    for x, y in ordered:
        while len(chain) > 1 and _left(chain[-2], chain[-1], (x, y)) <= 0:
            chain.pop()
        chain.append((x, y))
    return chain


def _left(a: LonLat, b: LonLat, c: LonLat) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
