"""Named conversions, and lengths and durations as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clearline.errors import Malformed

M_PER_FT = 0.3048
"""Metres in one international foot. Source: ICAO Annex 5, Table 3-3."""

M_PER_NM = 1852.0
"""Metres in one international nautical mile. Source: ICAO Annex 5, Table 3-3."""

LENGTH_MAX_M = 1_000_000.0
"""The longest length that may be typed, in metres: no separation is larger, and gaps are exact up to it."""

DURATION_MAX_S = 366 * 86_400.0
"""The longest duration that may be typed, in seconds: one leap year."""

QUANTITY_TEXT_MAX = 32
"""Characters of a length or a duration as text."""

_LENGTH_UNITS = {"m": 1.0, "km": 1000.0, "NM": M_PER_NM, "ft": M_PER_FT}
_DURATION_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})", re.ASCII)


def m_from_ft(feet: float) -> float:
    """Return the metres in `feet` international feet."""
    return feet * M_PER_FT


def ft_from_m(metres: float) -> float:
    """Return the international feet in `metres` metres."""
    return metres / M_PER_FT


def m_from_nm(nautical_miles: float) -> float:
    """Return the metres in `nautical_miles` international nautical miles."""
    return nautical_miles * M_PER_NM


def nm_from_m(metres: float) -> float:
    """Return the international nautical miles in `metres` metres."""
    return metres / M_PER_NM


def s_from_min(minutes: float) -> float:
    """Return the seconds in `minutes` minutes."""
    return minutes * 60.0


def ms_from_s(seconds: float) -> int:
    """Return the milliseconds in `seconds` seconds, rounded to the nearest one."""
    return round(seconds * 1000.0)


def s_from_ms(milliseconds: int) -> float:
    """Return the seconds in `milliseconds` milliseconds."""
    return milliseconds / 1000.0


def parse_length(text: str, *, where: str, units: Sequence[str] = tuple(_LENGTH_UNITS), example: str = "5NM") -> float:
    """Return the metres that `text` names: `5NM`, `1000ft`, `2km`, `300 m`.

    `units` are those that the place takes, and `example` is what a refusal shows.

    Raises:
        Malformed: `text` is not a number that is zero or more with one of these units, or is larger than
            `LENGTH_MAX_M`.
    """
    factors = {name: _LENGTH_UNITS[name] for name in units}
    expected = (
        f"a number with one of the units {', '.join(units)}, such as {example}, at most {LENGTH_MAX_M / 1000:g} km"
    )
    return _quantity(text, factors, LENGTH_MAX_M, where=where, expected=expected)


def parse_duration(text: str, *, where: str) -> float:
    """Return the seconds that `text` names: `5min`, `30 s`, `1h`.

    Raises:
        Malformed: `text` is not a number that is zero or more with one of these units, or is larger than
            `DURATION_MAX_S`.
    """
    expected = f"a number with one of the units s, min, h, such as 5min, at most {DURATION_MAX_S / 3600:g} h"
    return _quantity(text, _DURATION_UNITS, DURATION_MAX_S, where=where, expected=expected)


def _quantity(text: str, units: dict[str, float], limit: float, *, where: str, expected: str) -> float:
    """Return the number in `text` times its unit; the closed pattern keeps the result finite."""
    if not isinstance(text, str) or len(text) > QUANTITY_TEXT_MAX:
        raise Malformed(where=where, found=text, expected=expected)
    match = _QUANTITY.fullmatch(text)
    factor = units.get(match[2]) if match else None
    if match is None or factor is None or (value := float(match[1]) * factor) > limit:
        raise Malformed(where=where, found=text, expected=expected)
    return value
