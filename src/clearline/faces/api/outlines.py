"""Outlines of volumes as a chart draws them, traced once for each version and kept. For drawing alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from clearline.faces.api.taken import InstantText
from clearline.volumes.altitude import format_altitude
from clearline.volumes.extent import outlined_polygons
from clearline.volumes.instant import Instant, format_instant
from clearline.volumes.volume import Volume

STEP_M = 20_000.0
"""Metres between the corners of a traced edge: it then lies within 8 m of the geodesic, less than a pixel."""

DIGITS = 5
"""Decimals of a degree that are drawn: about a metre."""

OUTLINES_KEPT = 50_000
"""Versions of notices whose outlines stay at hand: more than any chart shows."""

Ring = tuple[tuple[float, float], ...]


class DrawnVolume(msgspec.Struct, frozen=True):
    """One volume to draw: polygons of rings of `[longitude, latitude]`, the outer first, heights as filed, a window."""

    number: int
    polygons: tuple[tuple[Ring, ...], ...]
    lower: str
    upper: str
    start: InstantText
    end: InstantText


@dataclass(slots=True)
class Outlines:
    """Encoded volumes by the entry that said them and until when they were extended."""

    _kept: OrderedDict[tuple[str, int], msgspec.Raw] = field(default_factory=OrderedDict)

    def of(self, entry: str, volumes: Iterable[Volume], *, until: Instant | None = None) -> msgspec.Raw:
        """Return the encoded volumes of a version, traced where they are not kept."""
        key = (entry, until or 0)
        raw = self._kept.get(key)
        if raw is None:
            drawn = tuple(_volume(number, volume) for number, volume in enumerate(volumes))
            raw = self._kept[key] = msgspec.Raw(msgspec.json.encode(drawn))
            if len(self._kept) > OUTLINES_KEPT:
                self._kept.popitem(last=False)
        return raw


def _volume(number: int, volume: Volume) -> DrawnVolume:
    return DrawnVolume(
        number=number,
        polygons=tuple(
            tuple(tuple((round(lon, DIGITS), round(lat, DIGITS)) for lon, lat in ring) for ring in polygon)
            for polygon in outlined_polygons(volume.footprint, step_m=STEP_M)
        ),
        lower=format_altitude(volume.band.lower),
        upper=format_altitude(volume.band.upper),
        start=format_instant(volume.window.start),
        end=format_instant(volume.window.end),
    )
