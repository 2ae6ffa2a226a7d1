"""Altitudes with their datum, bands of them, and the gap between two bands."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from clearline.errors import Malformed, Said


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


HEIGHT_MIN_M = -12_000.0
"""The lowest height that may be filed, in metres: below the deepest sea (Challenger Deep, -10,935 m)."""

HEIGHT_MAX_M = 1_000_000.0
"""The greatest height that may be filed, in metres: above the apogee of theatre missiles; more is UNL."""

FLIGHT_LEVEL_MAX = 999
"""The highest flight level: three digits. Source: ICAO Doc 4444, Appendix 2, item 15."""

ALTITUDE_TEXT_MAX = 32
"""Characters of an altitude as text."""

CM_PER_FLIGHT_LEVEL = 3048
"""Centimetres in one flight level: 100 feet of pressure altitude. Source: ICAO Annex 2, definitions."""

_ALTITUDE_FORM = "SFC, GND, UNL, a flight level as in FL195, or number, unit (ft, m) and datum (AMSL, AGL, HAE)"
_FLIGHT_LEVEL = re.compile(r"FL(\d{1,3})", re.ASCII)
_HEIGHT = re.compile(r"(-?\d{1,8}(?:\.\d{1,6})?) (ft|m) (AMSL|AGL|HAE)", re.ASCII)
_HEIGHT_WITHOUT_DATUM = re.compile(r"-?\d{1,8}(?:\.\d{1,6})? ?(?:ft|m)?", re.ASCII)
_HEIGHT_OTHER_DATUM = re.compile(r"-?\d{1,8}(?:\.\d{1,6})? (?:ft|m) \S+", re.ASCII)
_CM_PER = {HeightUnit.FT: Decimal("30.48"), HeightUnit.M: Decimal(100)}
_GROUND = frozenset((Datum.AGL, Datum.SFC))


@dataclass(frozen=True, slots=True)
class Altitude:
    """A height in whole centimetres over its datum (0 for SFC and UNL).

    A flight level is a whole multiple of `CM_PER_FLIGHT_LEVEL` centimetres of pressure altitude.

    Raises:
        Malformed: The three parts do not fit each other, or the height is outside the named bounds.
    """

    datum: Datum
    cm: int
    unit: HeightUnit

    def __post_init__(self) -> None:
        match self.datum:
            case Datum.SFC | Datum.UNL:
                fits = self.cm == 0 and self.unit is HeightUnit.NONE
            case Datum.FL:
                level, rest = divmod(self.cm, CM_PER_FLIGHT_LEVEL)
                fits = rest == 0 and 0 <= level <= FLIGHT_LEVEL_MAX and self.unit is HeightUnit.FL
            case _:
                lowest_m = 0.0 if self.datum is Datum.AGL else HEIGHT_MIN_M
                fits = self.unit in _CM_PER and lowest_m * 100 <= self.cm <= HEIGHT_MAX_M * 100
        if not fits:
            raise Malformed(
                where="altitude",
                found=Said(f"{self.cm} cm {self.datum} in {self.unit or 'no unit'}"),
                expected=_bounds(self.datum),
            )


@dataclass(frozen=True, slots=True)
class Band:
    """A closed band of altitudes from `lower` to `upper`; both ends belong to it, and they may be equal.

    Raises:
        Malformed: The floor lies above the ceiling, whatever air, geoid and ground may be.
    """

    lower: Altitude
    upper: Altitude

    def __post_init__(self) -> None:
        if _certainly_above(self.lower, self.upper):
            raise Malformed(
                where="band",
                found=Said(f"{format_altitude(self.lower)} to {format_altitude(self.upper)}"),
                expected="a floor at or below the ceiling",
            )


@dataclass(frozen=True, slots=True)
class AltitudeRanges:
    """What is known of the air, the geoid and the ground: each a closed range.

    `qnh_hpa` hectopascals, `isa_deviation_c` kelvins from the standard atmosphere, `geoid_m` metres of the
    geoid above the ellipsoid, `terrain_m` metres of the ground above mean sea level, `relief_m` the largest
    difference of ground height between two places that a comparison may span (`None`: the whole of
    `terrain_m`).

    Raises:
        Malformed: A range is not finite, runs backwards or is impossible, or the relief exceeds the terrain.
    """

    qnh_hpa: tuple[float, float]
    isa_deviation_c: tuple[float, float]
    geoid_m: tuple[float, float]
    terrain_m: tuple[float, float]
    relief_m: float | None = None

    def __post_init__(self) -> None:
        for name, (lowest, highest) in _POSSIBLE.items():
            low, high = getattr(self, name)
            if not lowest <= low <= high <= highest:
                raise Malformed(
                    where=f"ranges/{name}",
                    found=Said(f"{low} to {high}"),
                    expected=f"a range within {lowest:g} to {highest:g}, the lower end first",
                )
        if self.relief_m is not None and not 0 <= self.relief_m <= self.terrain_m[1] - self.terrain_m[0]:
            raise Malformed(
                where="ranges/relief_m", found=self.relief_m, expected="0 to the whole range of the terrain"
            )

    @property
    def widest_relief_m(self) -> float:
        """Return the largest difference of ground height, in metres, that a comparison must allow for."""
        return self.terrain_m[1] - self.terrain_m[0] if self.relief_m is None else self.relief_m


_POSSIBLE = {
    "qnh_hpa": (800.0, 1100.0),
    "isa_deviation_c": (-100.0, 100.0),
    "geoid_m": (-150.0, 150.0),
    "terrain_m": (-12_000.0, 9000.0),
}

WORLDWIDE = AltitudeRanges(
    qnh_hpa=(870.0, 1085.0),
    isa_deviation_c=(-70.0, 45.0),
    geoid_m=(-107.0, 86.0),
    terrain_m=(-430.0, 8849.0),
)
"""The ranges where an agreement states none.

Source: WMO World Weather and Climate Extremes Archive (870 hPa, typhoon Tip, 12 October 1979; 1084.8 hPa
reduced to sea level, Tosontsengel, 19 December 2001; surface air from -67.8 °C at sub-arctic sites near sea
level to 56.7 °C, which the standard atmosphere's 15 °C turns into these deviations with a margin); EGM2008
(undulation from -106.9 m south of India to +85.8 m at New Guinea); the shore of the Dead Sea, and
Chomolungma at 8,848.86 m (survey of 2020).
"""

SYRIA = AltitudeRanges(
    qnh_hpa=(980.0, 1040.0),
    isa_deviation_c=(-20.0, 30.0),
    geoid_m=(10.0, 35.0),
    terrain_m=(-430.0, 3100.0),
)
"""The ranges for Syria and its neighbours, as an agreement has them by default. Source: DESIGN §7."""


def parse_altitude(text: str, *, where: str) -> Altitude:
    """Return the altitude that `text` names, quantised to 1 cm.

    `SFC` or `GND`, `UNL`, `FL195`, or number, unit and datum with one space between: `3000 ft AMSL`,
    `-400 m AMSL`, `500 ft AGL`, `1200 m HAE`.

    Raises:
        Malformed: `text` is anything else, lacks its datum, or lies outside the named bounds.

    Source: The words are those of ICAO Annex 15 and Doc 10066 (SFC, GND, UNL, FL, AMSL, AGL).
    """
    if not isinstance(text, str) or len(text) > ALTITUDE_TEXT_MAX:
        raise Malformed(where=where, found=text, expected=_ALTITUDE_FORM)
    if text in ("SFC", "GND"):
        return Altitude(Datum.SFC, 0, HeightUnit.NONE)
    if text == "UNL":
        return Altitude(Datum.UNL, 0, HeightUnit.NONE)
    if level := _FLIGHT_LEVEL.fullmatch(text):
        return Altitude(Datum.FL, int(level[1]) * CM_PER_FLIGHT_LEVEL, HeightUnit.FL)
    if height := _HEIGHT.fullmatch(text):
        unit, datum = HeightUnit(height[2]), Datum(height[3])
        try:
            return Altitude(datum, round(Decimal(height[1]) * _CM_PER[unit]), unit)
        except Malformed as fault:
            raise Malformed(where=where, found=text, expected=_bounds(datum)) from fault
    if _HEIGHT_WITHOUT_DATUM.fullmatch(text):
        raise Malformed(where=where, found=text, expected="a unit and a datum, as in 3000 ft AMSL")
    if _HEIGHT_OTHER_DATUM.fullmatch(text):
        raise Malformed(where=where, found=text, expected="one of the datums AMSL, AGL, HAE after number and unit")
    raise Malformed(where=where, found=text, expected=_ALTITUDE_FORM)


def _bounds(datum: Datum) -> str:
    match datum:
        case Datum.SFC | Datum.UNL:
            return f"{datum} alone, with no height and no unit"
        case Datum.FL:
            return f"FL0 to FL{FLIGHT_LEVEL_MAX}, in hundreds of feet"
        case Datum.AGL:
            return f"a height in ft or m from 0 to {HEIGHT_MAX_M:.0f} m AGL"
        case _:
            return f"a height in ft or m from {HEIGHT_MIN_M:.0f} to {HEIGHT_MAX_M:.0f} m {datum}"


def format_altitude(altitude: Altitude) -> str:
    """Return `altitude` in the unit that it was filed in; `parse_altitude` gives the same altitude back.

    Flight levels have three digits: `FL095`.
    """
    if altitude.datum in (Datum.SFC, Datum.UNL):
        return str(altitude.datum)
    if altitude.datum is Datum.FL:
        return f"FL{altitude.cm // CM_PER_FLIGHT_LEVEL:03d}"
    cm_per = _CM_PER[altitude.unit]
    number = Decimal(0)
    for digits in (0, 1, 2):
        # A hundredth of a foot is less than a centimetre, so the third round always finds a number.
        number = round(Decimal(altitude.cm) / cm_per, digits)
        if round(number * cm_per) == altitude.cm:
            break
    return f"{number:f} {altitude.unit} {altitude.datum}"


def hae_interval_m(band: Band, ranges: AltitudeRanges) -> tuple[float, float]:
    """Return the lowest floor and the highest ceiling of `band` in metres of height above the ellipsoid.

    Wide enough for a filter: the distance between two such intervals never exceeds `vertical_gap_m`. The
    ceiling is infinite for UNL; a floor of SFC is that of the lowest ground.
    """
    return _hae_m(band.lower, _with_standard_air(ranges))[0], _hae_m(band.upper, _with_standard_air(ranges))[1]


def vertical_gap_m(a: Band, b: Band, ranges: AltitudeRanges) -> float:
    """Return the least vertical distance in metres that the ranges allow, rounded to 1 mm.

    It is 0 where the bands may meet.

    Each pair of limits is compared by itself: in its datum where both have the same one (HAE, AMSL, FL:
    what is unknown is shared, and cancels); less the relief where both count from the ground (AGL, SFC);
    and otherwise by the intervals of height above the ellipsoid that the ranges allow.
    """
    return round(max(0.0, _least_rise_m(a.upper, b.lower, ranges), _least_rise_m(b.upper, a.lower, ranges)), 3)


def _least_rise_m(low: Altitude, high: Altitude, ranges: AltitudeRanges) -> float:
    """Return the least height in metres of `high` over `low`; negative where it may lie below."""
    if low.datum is Datum.UNL:
        return -math.inf
    if high.datum is Datum.UNL:
        return math.inf
    if low.datum in _GROUND and high.datum in _GROUND:
        return (high.cm - low.cm) / 100 - ranges.widest_relief_m
    if low.datum is high.datum:
        return (high.cm - low.cm) / 100
    return _hae_m(high, ranges)[0] - _hae_m(low, ranges)[1]


def _certainly_above(lower: Altitude, upper: Altitude) -> bool:
    """Report whether `lower` lies above `upper` at one place, under every worldwide condition."""
    if upper.datum is Datum.UNL:
        return False
    if lower.datum is Datum.UNL:
        return True
    if lower.datum is upper.datum or (lower.datum in _GROUND and upper.datum in _GROUND):
        return lower.cm > upper.cm
    if Datum.HAE in (lower.datum, upper.datum):
        return _hae_m(lower, WORLDWIDE)[0] > _hae_m(upper, WORLDWIDE)[1]
    return _amsl_m(lower, WORLDWIDE)[0] > _amsl_m(upper, WORLDWIDE)[1]


def _hae_m(altitude: Altitude, ranges: AltitudeRanges) -> tuple[float, float]:
    """Return the lowest and highest height above the ellipsoid that `altitude` can have, in metres."""
    low, high = _amsl_m(altitude, ranges)
    if altitude.datum is Datum.HAE:
        return low, high
    return low + ranges.geoid_m[0], high + ranges.geoid_m[1]


def _amsl_m(altitude: Altitude, ranges: AltitudeRanges) -> tuple[float, float]:
    """Return the lowest and highest height above mean sea level, in metres; a HAE is passed through."""
    height_m = altitude.cm / 100
    match altitude.datum:
        case Datum.UNL:
            return math.inf, math.inf
        case Datum.AGL | Datum.SFC:
            return height_m + ranges.terrain_m[0], height_m + ranges.terrain_m[1]
        case Datum.FL:
            lowest, highest = (height_m - _pressure_altitude_m(qnh) for qnh in ranges.qnh_hpa)
            factors = [1 + ISA_HEIGHT_PER_K * deviation for deviation in ranges.isa_deviation_c]
            # Below the level of QNH the height is negative, and warmer air then lies lower: try each corner.
            corners = [level * factor for level in (lowest, highest) for factor in factors]
            return min(corners), max(corners)
        case _:
            return height_m, height_m


ISA_HEIGHT_PER_K = 0.004
"""The share of height by which a pressure level moves per kelvin of ISA deviation: 4 % per 10 °C.

Source: ICAO Doc 8168 (PANS-OPS) volume III, section 2, chapter 4.3: 4 % of height for every 10 °C.
"""

_ISA_PRESSURE_HPA = 1013.25
_ISA_HEIGHT_SCALE_M = 288.15 / 0.0065
_ISA_EXPONENT = 8.31432 * 0.0065 / (9.80665 * 0.0289644)


def _pressure_altitude_m(pressure_hpa: float) -> float:
    """Return the height of `pressure_hpa` in the standard troposphere, in metres.

    Source: ICAO Doc 7488 (Manual of the ICAO Standard Atmosphere), the layer from -5 to 11 km.
    """
    return _ISA_HEIGHT_SCALE_M * (1 - math.pow(pressure_hpa / _ISA_PRESSURE_HPA, _ISA_EXPONENT))


def _with_standard_air(ranges: AltitudeRanges) -> AltitudeRanges:
    """Return `ranges` widened so that they hold the standard atmosphere.

    Two flight levels compare as they are filed. Their intervals lie no farther apart than that only where the
    standard atmosphere is one of the possible ones.
    """
    qnh, deviation = ranges.qnh_hpa, ranges.isa_deviation_c
    if qnh[0] <= _ISA_PRESSURE_HPA <= qnh[1] and deviation[0] <= 0 <= deviation[1]:
        return ranges
    return AltitudeRanges(
        qnh_hpa=(min(qnh[0], _ISA_PRESSURE_HPA), max(qnh[1], _ISA_PRESSURE_HPA)),
        isa_deviation_c=(min(deviation[0], 0.0), max(deviation[1], 0.0)),
        geoid_m=ranges.geoid_m,
        terrain_m=ranges.terrain_m,
        relief_m=ranges.relief_m,
    )
