"""Outlines of volumes as a chart draws them, traced once for each version and kept. For drawing alone."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec

from clearline.faces.api.taken import InstantText
from clearline.volumes.altitude import format_altitude
from clearline.volumes.extent import outlined_polygons
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.geodesy import SEMI_MAJOR_M, SEMI_MINOR_M
from clearline.volumes.instant import Instant, format_instant
from clearline.volumes.volume import Volume

STEP_M = 20_000.0
"""Metres between the corners of a traced edge: it then lies within 8 m of the geodesic, less than a pixel."""

DIGITS = 5
"""Decimals of a degree that are drawn: about a metre."""

OUTLINES_KEPT = 50_000
"""Versions of notices whose outlines stay at hand: more than any chart shows."""

SMALL_CM = 10_000 * 100
"""Circles up to this radius are drawn in a plane: at a chart's scales no eye tells the difference."""

LATITUDE_MAX = 60
"""Degrees up to which that plane lies close enough."""

CORNERS = tuple((math.sin(math.tau * n / 32), math.cos(math.tau * n / 32)) for n in (*range(32), 0))
ECCENTRICITY_2 = 1 - (SEMI_MINOR_M / SEMI_MAJOR_M) ** 2

Ring = tuple[tuple[float, float], ...]


class DrawnVolume(msgspec.Struct, frozen=True):
    """One volume to draw: polygons of rings of `[longitude, latitude]`, the outer first, heights as filed, a window."""

    number: int
    polygons: tuple[tuple[Ring, ...], ...]
    lower: str
    upper: str
    start: InstantText
    end: InstantText


@dataclass(frozen=True, slots=True)
class Wanted:
    """The outlines of the version that an entry said, extended to `until` (0: as filed)."""

    entry: str
    until: Instant
    volumes: tuple[Volume, ...]


@dataclass(slots=True)
class Outlines:
    """Encoded volumes by the entry that said them and until when they were extended."""

    _kept: OrderedDict[tuple[str, Instant], msgspec.Raw] = field(default_factory=OrderedDict)

    def holds(self, wanted: Wanted) -> bool:
        """Report whether these outlines are at hand."""
        return (wanted.entry, wanted.until) in self._kept

    def of(self, wanted: Wanted) -> msgspec.Raw:
        """Return the encoded volumes of a version, traced where they are not kept."""
        raw = self._kept.get((wanted.entry, wanted.until))
        if raw is None:
            raw = trace(wanted)
            self.keep(wanted, raw)
        return raw

    def keep(self, wanted: Wanted, raw: msgspec.Raw) -> None:
        """Keep what was traced; the oldest goes where there are too many."""
        self._kept[wanted.entry, wanted.until] = raw
        if len(self._kept) > OUTLINES_KEPT:
            self._kept.popitem(last=False)


def trace(wanted: Wanted) -> msgspec.Raw:
    """Return the encoded outlines of a version's volumes; it may be called in any thread."""
    return msgspec.Raw(msgspec.json.encode(tuple(_volume(n, volume) for n, volume in enumerate(wanted.volumes))))


def _volume(number: int, volume: Volume) -> DrawnVolume:
    return DrawnVolume(
        number=number,
        polygons=outlined(volume.footprint),
        lower=format_altitude(volume.band.lower),
        upper=format_altitude(volume.band.upper),
        start=format_instant(volume.window.start),
        end=format_instant(volume.window.end),
    )


def outlined(footprint: Footprint) -> tuple[tuple[Ring, ...], ...]:
    """Return a footprint as polygons of rings in degrees, rounded for the eye; it may be called in any thread."""
    if footprint.shape is Shape.POINT and 0 < footprint.radius_cm <= SMALL_CM:
        lon, lat = footprint.parts[0][0][0]
        if abs(lat) <= LATITUDE_MAX * 10**7:
            return ((_small_circle(lon / 1e7, lat / 1e7, footprint.radius_cm / 100),),)
    return tuple(
        tuple(tuple((round(lon, DIGITS), round(lat, DIGITS)) for lon, lat in ring) for ring in polygon)
        for polygon in outlined_polygons(footprint, step_m=STEP_M)
    )


def _small_circle(lon: float, lat: float, radius_m: float) -> Ring:
    """Return a circle in the plane that touches the ellipsoid at its centre: within 0.5 % of its radius.

    Source: the radii of curvature of the meridian and of the prime vertical, EPSG Guidance Note 7-2, section 1.
    """
    turn = math.radians(lat)
    shrink = 1 - ECCENTRICITY_2 * math.sin(turn) ** 2
    across = math.degrees(radius_m / (SEMI_MAJOR_M / math.sqrt(shrink) * math.cos(turn)))
    up = math.degrees(radius_m / (SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / shrink**1.5))
    return tuple((round(lon + across * x, DIGITS), round(lat + up * y, DIGITS)) for x, y in CORNERS)
