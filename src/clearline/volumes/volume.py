"""A volume: footprint, altitude band and time window together."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.volumes.altitude import Band
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import Window


@dataclass(frozen=True, slots=True)
class Volume:
    """A footprint on the WGS 84 ellipsoid, a band of altitudes above it, and a closed window of time."""

    footprint: Footprint
    band: Band
    window: Window
