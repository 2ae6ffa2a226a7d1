"""Coarse volumes: never smaller than the true one, so that whoever is told only roughly where is still warned.

Each of the three parts is rounded outwards by itself: the footprint to a circle on a coarse grid, the band and the
window to coarse steps. What is found for the true volume is therefore found for the coarse one too, never less.
"""

from __future__ import annotations

import math

from clearline.errors import Malformed, Said
from clearline.volumes.altitude import (
    CM_PER_FLIGHT_LEVEL,
    FLIGHT_LEVEL_MAX,
    HEIGHT_MAX_M,
    HEIGHT_MIN_M,
    Altitude,
    Band,
    Datum,
    HeightUnit,
)
from clearline.volumes.core import core_of
from clearline.volumes.footprint import Footprint, Position, Shape
from clearline.volumes.geodesy import SEMI_MAJOR_M, SEMI_MINOR_M, geodesics
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

GRID = 1_000_000
"""Spacing of the centres of coarse circles, in 1e-7 degree: a tenth of a degree, at most 11 km."""

RADIUS_STEP_CM = 500_000
"""Radii of coarse circles are multiples of 5 km."""

REACH_MAX_M = 2_000_000.0
"""A footprint that reaches farther from its middle than this is not made coarser: it would tell nothing."""

REACH_MARGIN = 1.001
REACH_MARGIN_M = 10.0
"""Added to the greatest distance of a corner: an edge on the ellipsoid may pass a hair farther than its two ends.

On a sphere the distance from a point along a great circle has no inner maximum within a quarter of the globe; the
flattening of 1/298 bends that by far less than a thousandth at the distances that `REACH_MAX_M` lets in.
"""

HEIGHT_STEP_CM = {HeightUnit.FT: 152_400, HeightUnit.M: 100_000, HeightUnit.FL: 50 * CM_PER_FLIGHT_LEVEL}
"""Coarse heights are multiples of 5,000 ft, 1,000 m or FL50, in the unit that was filed."""

WINDOW_STEP_MS = 3_600_000
"""Coarse windows begin and end on the hour."""

_UNL = Altitude(Datum.UNL, 0, HeightUnit.NONE)


def coarse_volume(volume: Volume, *, where: str) -> Volume:
    """Return a volume that holds `volume` and tells of it only roughly where, how high and when.

    Raises:
        Malformed: The footprint reaches more than `REACH_MAX_M` from its middle.
    """
    return Volume(
        coarse_footprint(volume.footprint, where=where), coarse_band(volume.band), coarse_window(volume.window)
    )


def coarse_footprint(footprint: Footprint, *, where: str) -> Footprint:
    """Return a circle on the coarse grid that holds the whole footprint, radius included.

    Raises:
        Malformed: The footprint reaches more than `REACH_MAX_M` from its middle.
    """
    centre = _centre(footprint)
    lon, lat = centre[0] / 1e7, centre[1] / 1e7
    corners = [position for part in footprint.parts for ring in part for position in ring]
    geod = geodesics()
    reach_m = max(float(geod.inv(lon, lat, p[0] / 1e7, p[1] / 1e7)[2]) for p in corners)
    reach_m = (reach_m * REACH_MARGIN + REACH_MARGIN_M) + footprint.radius_cm / 100
    if reach_m > REACH_MAX_M:
        raise Malformed(
            where=where,
            found=Said(f"an area that reaches {reach_m / 1000:.0f} km from its middle"),
            expected=f"at most {REACH_MAX_M / 1000:.0f} km, to be told as area only",
        )
    radius_cm = -(-round(reach_m * 100) // RADIUS_STEP_CM) * RADIUS_STEP_CM
    return Footprint(Shape.POINT, (((centre,),),), radius_cm)


def coarse_band(band: Band) -> Band:
    """Return a band that holds `band`, its ends on coarse steps in the unit that was filed."""
    return Band(_down(band.lower), _up(band.upper))


def coarse_window(window: Window) -> Window:
    """Return a window that holds `window`, from hour to hour; `PERM` stays."""
    start = window.start // WINDOW_STEP_MS * WINDOW_STEP_MS
    return Window(Instant(start), coarse_end(window.end))


def coarse_end(end: Instant) -> Instant:
    """Return the full hour at or after `end`; `PERM` stays."""
    return end if end == PERM else Instant(min(-(-end // WINDOW_STEP_MS) * WINDOW_STEP_MS, PERM - 1))


def _centre(footprint: Footprint) -> Position:
    """Return the grid point nearest to the middle of the footprint's corners, taken in space."""
    places = core_of(footprint).places
    count = len(places)
    x, y, z = (sum(place[axis] for place in places) / count for axis in range(3))
    if x * x + y * y + z * z < 1.0:
        return footprint.parts[0][0][0]
    lon = math.degrees(math.atan2(y, x)) if (x or y) else 0.0
    lat = math.degrees(math.atan2(z * (SEMI_MAJOR_M / SEMI_MINOR_M) ** 2, math.hypot(x, y)))
    grid_lon = round(lon * 1e7 / GRID) * GRID
    grid_lat = max(-900_000_000, min(900_000_000, round(lat * 1e7 / GRID) * GRID))
    return (grid_lon + 1_800_000_000) % 3_600_000_000 - 1_800_000_000, grid_lat


def _down(altitude: Altitude) -> Altitude:
    step = HEIGHT_STEP_CM.get(altitude.unit)
    if step is None:
        return altitude
    lowest = 0 if altitude.datum in (Datum.AGL, Datum.FL) else round(HEIGHT_MIN_M * 100)
    return Altitude(altitude.datum, max(lowest, altitude.cm // step * step), altitude.unit)


def _up(altitude: Altitude) -> Altitude:
    step = HEIGHT_STEP_CM.get(altitude.unit)
    if step is None:
        return altitude
    cm = -(-altitude.cm // step) * step
    most = FLIGHT_LEVEL_MAX * CM_PER_FLIGHT_LEVEL if altitude.datum is Datum.FL else round(HEIGHT_MAX_M * 100)
    return _UNL if cm > most else Altitude(altitude.datum, cm, altitude.unit)
