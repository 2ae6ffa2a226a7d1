"""Altitudes with their datum, bands of them, and the gap between two bands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Datum(StrEnum):
    """What a height is measured from; SFC and UNL are heights of their own."""

    HAE = "HAE"
    AMSL = "AMSL"
    FL = "FL"
    AGL = "AGL"
    SFC = "SFC"
    UNL = "UNL"


class HeightUnit(StrEnum):
    """The unit that the filer used; for display alone."""

    FT = "ft"
    M = "m"
    FL = "FL"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Altitude:
    """A height in whole centimetres over its datum (0 for SFC and UNL)."""

    datum: Datum
    cm: int
    unit: HeightUnit


@dataclass(frozen=True, slots=True)
class Band:
    """A closed band of altitudes from `lower` to `upper`."""

    lower: Altitude
    upper: Altitude


@dataclass(frozen=True, slots=True)
class AltitudeRanges:
    """What is known of the air, the geoid and the ground: each a closed range.

    `qnh_hpa` hectopascals, `isa_deviation_c` kelvins from the standard atmosphere, `geoid_m` metres of the geoid
    above the ellipsoid, `terrain_m` metres of the ground above mean sea level, `relief_m` the largest difference
    of ground height between two places that a comparison may span (`None`: the whole of `terrain_m`).
    """

    qnh_hpa: tuple[float, float]
    isa_deviation_c: tuple[float, float]
    geoid_m: tuple[float, float]
    terrain_m: tuple[float, float]
    relief_m: float | None = None
