"""The WGS 84 ellipsoid: positions in space, geodesics, and the nearest point of a geodesic edge."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import Geod

Vector = tuple[float, float, float]
"""A place or direction in space, metres, earth-centred and earth-fixed (ECEF)."""

Degrees = tuple[float, float]
"""Longitude and latitude in degrees on WGS 84."""

SEMI_MAJOR_M = 6378137.0
"""The equatorial radius. Source: NGA.STND.0036 (WGS 84), table 3.1."""

FLATTENING = 1 / 298.257223563
"""The flattening. Source: NGA.STND.0036 (WGS 84), table 3.1."""

SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
"""The polar radius in metres."""

CURVATURE_RADIUS_MIN_M = SEMI_MINOR_M**2 / SEMI_MAJOR_M
"""The least radius of curvature of the ellipsoid: along the meridian at the equator, 6,335.4 km."""

CURVATURE_RADIUS_MAX_M = SEMI_MAJOR_M**2 / SEMI_MINOR_M
"""The greatest radius of curvature of the ellipsoid: at the poles, 6,399.6 km."""

FOOT_ROUNDS_MAX = 30
"""Rounds of the search for a nearest point; each one divides the error by more than a hundred."""

MEAN_RADIUS_M = 6371008.8
"""The mean radius, for angles that are then corrected or need no more. Source: IUGG, R1 = (2 a + b) / 3."""

_E2 = FLATTENING * (2 - FLATTENING)


@cache
def geodesics() -> Geod:
    """Return the solver of geodesic problems on WGS 84; loaded at first use, for it takes 50 ms to import.

    Source: C. F. F. Karney, Algorithms for geodesics, Journal of Geodesy 87 (2013), accurate to 15 nm.
    """
    from pyproj import Geod

    return Geod(a=SEMI_MAJOR_M, rf=1 / FLATTENING)


def space(lon_deg: float, lat_deg: float) -> Vector:
    """Return the place in space of a position on the ellipsoid; the poles lie exactly on the axis."""
    if abs(lat_deg) == 90.0:
        return 0.0, 0.0, math.copysign(SEMI_MINOR_M, lat_deg)
    lon, lat = math.radians(lon_deg), math.radians(lat_deg)
    sine, cosine = math.sin(lat), math.cos(lat)
    normal_m = SEMI_MAJOR_M / math.sqrt(1 - _E2 * sine * sine)
    across = normal_m * cosine
    return across * math.cos(lon), across * math.sin(lon), normal_m * (1 - _E2) * sine


def at_least_m(chord_m: float) -> float:
    """Return a length that no path on the ellipsoid between two places `chord_m` apart in space is below.

    An arc of curvature 1/R over a chord c is 2 R asin(c / 2R) long, which exceeds c (1 + c²/24R²); the
    divisor is taken a little larger, and R the greatest that there is.
    """
    if chord_m <= 0:
        return 0.0
    return chord_m * (1 + chord_m * chord_m / (24.5 * CURVATURE_RADIUS_MAX_M**2))


def at_most_m(chord_m: float) -> float:
    """Return a length that the shortest path between two places `chord_m` apart in space does not exceed.

    Half a great circle is π/2 times its chord; up to 3,000 km the series of the arc over the chord is far
    tighter.
    """
    if chord_m > 3_000_000:
        return chord_m * 1.6
    return chord_m * (1 + chord_m * chord_m / (20 * CURVATURE_RADIUS_MIN_M**2))


def sagitta_m(length_m: float) -> float:
    """Return the most by which a geodesic of `length_m` metres (a few hundred km at most) bulges from its chord."""
    return length_m * length_m / (7.9 * CURVATURE_RADIUS_MIN_M)


def foot(position: Degrees, start: Degrees, azimuth_deg: float, length_m: float, guess_m: float) -> tuple[float, float]:
    """Return how far `position` lies from a geodesic edge, and where on it the nearest point lies.

    The edge leaves `start` on `azimuth_deg` and is `length_m` metres long; `guess_m` is where along it the
    search begins. Both results are metres: the distance (exact to 0.01 mm), and the way along the edge.

    At each round the geodesic from the present point to `position` makes an angle with the edge; the right
    triangle on a sphere gives the way to the foot. The error falls by the ellipsoid's flattening each round.

    Source: S. Baselga and J. C. Martínez-Llario, Studia Geophysica et Geodaetica 62 (2018), with the
    correction of C. F. F. Karney, arXiv:2308.00495: the triangle is solved anew from each present point.
    """
    solver = geodesics()
    along_m = min(max(guess_m, 0.0), length_m)
    distance_m = 0.0
    for _ in range(FOOT_ROUNDS_MAX):
        lon, lat, back_deg = solver.fwd(start[0], start[1], azimuth_deg, along_m)
        towards_deg, _, distance_m = solver.inv(lon, lat, position[0], position[1])
        if distance_m < 1e-6:
            break
        cosine = -math.cos(math.radians(towards_deg - back_deg))
        arc = distance_m / MEAN_RADIUS_M
        step_m = MEAN_RADIUS_M * math.atan2(math.sin(arc) * cosine, math.cos(arc))
        step_m = min(max(along_m + step_m, 0.0), length_m) - along_m
        if step_m * step_m < 1e-5 * distance_m:
            # What a further step could still gain is step²/2d, here less than 5 µm.
            break
        along_m += step_m
    return distance_m, along_m
