"""How faces put things for people: lengths, heights, times and places in words, the same on page and terminal.

Everything is given as filed first, converted beside it, and never without its unit and datum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from clearline.conflicts.engine import Conflict
from clearline.conflicts.minima import Minima
from clearline.volumes.altitude import (
    Altitude,
    AltitudeRanges,
    Band,
    Datum,
    HeightUnit,
    format_altitude,
    hae_interval_m,
)
from clearline.volumes.footprint import PER_DEGREE, Footprint, Position, Shape, reference_position
from clearline.volumes.instant import PERM, Instant, Window, format_instant
from clearline.volumes.units import ft_from_m, nm_from_m
from clearline.volumes.volume import Volume

NO_PERMISSION = "This compares what is known here. It gives no permission and promises no safety."
"""What stands beside every list of conflicts."""

PLACEHOLDERS = "Minima are placeholders until air and ground operations people have set them in the agreement."
"""What stands where minima are shown."""


def length_in_words(metres: float) -> str:
    """Return a distance in nautical miles and kilometres, or in metres below one kilometre."""
    if metres < 1000:
        return f"{metres:.10g} m"
    return f"{nm_from_m(metres):.2f} NM ({metres / 1000:.2f} km)"


def height_in_words(metres: float) -> str:
    """Return a difference of height in feet and metres."""
    if metres == math.inf:
        return "any height"
    return f"{ft_from_m(metres):,.0f} ft ({metres:,.0f} m)"


def duration_in_words(seconds: float) -> str:
    """Return a duration in hours, minutes and seconds; thousandths only where there are any."""
    whole, ms = divmod(round(seconds * 1000), 1000)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{hours:,} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if rest or ms or not parts:
        parts.append(f"{rest}.{ms:03d} s" if ms else f"{rest} s")
    return " ".join(parts)


def age_in_words(seconds: float) -> str:
    """Return an age as one glance takes it in: `12 s`, `4 min`, `3 h 05 min`, `2 d 4 h`; never below 0 s."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def position_in_words(position: tuple[float, float]) -> str:
    """Return longitude and latitude (degrees) as latitude first, in decimal degrees and in degrees and minutes."""
    return f"{decimal_position(position)}  ({minutes_position(position)})"


def decimal_position(position: tuple[float, float]) -> str:
    """Return longitude and latitude (degrees) as `34.55740°N 38.31700°E`."""
    lon, lat = position
    return f"{abs(lat):.5f}°{'N' if lat >= 0 else 'S'} {abs(lon):.5f}°{'E' if lon >= 0 else 'W'}"


def minutes_position(position: tuple[float, float]) -> str:
    """Return longitude and latitude (degrees) as `34°33.444′N 038°19.020′E`."""
    lon, lat = position
    return f"{_minutes(lat, 'N', 'S', 2)} {_minutes(lon, 'E', 'W', 3)}"


def degrees_of(position: Position) -> tuple[float, float]:
    """Return a position in 1e-7 degree as longitude and latitude in degrees."""
    return position[0] / PER_DEGREE, position[1] / PER_DEGREE


def place_in_words(footprint: Footprint) -> str:
    """Return what a footprint is and where it begins: `circle of 5.00 km round 34.55740°N 38.31700°E`."""
    at = decimal_position(degrees_of(reference_position(footprint)))
    radius = length_in_words(footprint.radius_cm / 100)
    if footprint.shape is Shape.POINT:
        return f"circle of radius {radius} round {at}" if footprint.radius_cm else f"point at {at}"
    if footprint.shape is Shape.LINE:
        points = len(footprint.parts[0][0])
        return f"corridor {radius} to each side of {points} points, from {at}"
    corners = sum(len(ring) - 1 for part in footprint.parts for ring in part)
    areas = f"{len(footprint.parts)} areas" if len(footprint.parts) > 1 else "area"
    wider = f", {radius} wider all round" if footprint.radius_cm else ""
    return f"{areas} of {corners} corners from {at}{wider}"


def altitude_converted(altitude: Altitude) -> str:
    """Return an altitude in the unit in which it was not filed, with its datum; empty for SFC and UNL."""
    metres = altitude.cm / 100
    if altitude.datum in (Datum.SFC, Datum.UNL):
        return ""
    if altitude.datum is Datum.FL:
        return f"{ft_from_m(metres):,.0f} ft, {metres:,.0f} m pressure altitude"
    if altitude.unit is HeightUnit.FT:
        return f"{metres:,.0f} m {altitude.datum}"
    return f"{ft_from_m(metres):,.0f} ft {altitude.datum}"


def altitude_in_words(altitude: Altitude) -> str:
    """Return an altitude as filed with its conversion: `FL100 (10,000 ft, 3,048 m pressure altitude)`."""
    converted = altitude_converted(altitude)
    spoken = {Datum.SFC: "SFC (the surface)", Datum.UNL: "UNL (unlimited)"}.get(altitude.datum)
    return spoken or f"{format_altitude(altitude)} ({converted})"


def band_in_words(band: Band) -> str:
    """Return a band as filed: `SFC to FL100`."""
    return f"{format_altitude(band.lower)} to {format_altitude(band.upper)}"


def band_above_ellipsoid(band: Band, ranges: AltitudeRanges) -> str:
    """Return the widest interval of height above the ellipsoid that a band can take, as the engine compares it."""
    low, high = hae_interval_m(band, ranges)
    top = "UNL" if high == math.inf else f"{math.ceil(high):,} m"
    return f"{math.floor(low):,} m to {top} HAE at the widest".replace("-", "−")


def zulu(at: Instant) -> str:
    """Return an instant in UTC to the second and beyond where it says more: `2026-11-22 12:00:00Z`."""
    return format_instant(at).replace("T", " ")


def whole_second(at: Instant) -> Instant:
    """Return the instant at which the second of `at` began."""
    return Instant(at // 1000 * 1000)


def zulu_short(at: Instant, *, now: Instant) -> str:
    """Return an instant as officers say it: `1430Z` today, `23 Nov 0600Z` otherwise, with the year where it differs."""
    if at == PERM:
        return "until further notice"
    there, here = _utc(at), _utc(now)
    clock = there.strftime("%H%MZ")
    if there.date() == here.date():
        return clock
    day = f"{there.day} {there.strftime('%b')}"
    return f"{day} {clock}" if there.year == here.year else f"{day} {there.year} {clock}"


def clock(at: Instant) -> str:
    """Return the time of day of an instant in UTC: `14:30:05Z`."""
    return _utc(at).strftime("%H:%M:%SZ")


def window_in_words(window: Window, *, now: Instant) -> str:
    """Return a window as officers say it: `1430Z to 1600Z`."""
    return f"{zulu_short(window.start, now=now)} to {zulu_short(window.end, now=now)}"


def bite_in_words(window: Window, *, now: Instant) -> str:
    """Return when a window bites: `begins in 42 min`, `now, ends in 18 min`, `ended 5 min ago`."""
    if now < window.start:
        return f"begins in {age_in_words((window.start - now) / 1000)}"
    if now <= window.end:
        return "now" if window.end == PERM else f"now, ends in {age_in_words((window.end - now) / 1000)}"
    return f"ended {age_in_words((now - window.end) / 1000)} ago"


def minima_in_words(minima: Minima) -> str:
    """Return the three minima as an officer reads them, in both units."""
    return (
        f"lateral {length_in_words(minima.lateral_m)}, vertical {height_in_words(minima.vertical_m)}, "
        f"time {duration_in_words(minima.time_s)}"
    )


def gaps_in_words(conflict: Conflict) -> tuple[tuple[str, str, str], ...]:
    """Return name, gap and minimum of each of the three gaps of a conflict."""
    minima = conflict.minima
    return (
        ("lateral", _gap(conflict.lateral_gap_m, length_in_words), length_in_words(minima.lateral_m)),
        ("vertical", _gap(conflict.vertical_gap_m, height_in_words), height_in_words(minima.vertical_m)),
        ("time", _gap(conflict.time_gap_s, duration_in_words), duration_in_words(minima.time_s)),
    )


def common_time_in_words(conflict: Conflict, *, now: Instant) -> str:
    """Return the common time of a conflict, or the gap between the windows where they share none."""
    window = window_in_words(Window(conflict.start, conflict.end), now=now)
    if conflict.time_gap_s:
        return f"not at one time: {duration_in_words(conflict.time_gap_s)} apart, {window}"
    return f"{window}, {duration_in_words((conflict.end - conflict.start) / 1000)} in common"


LINES = {
    "up": "up",
    "late": "LATE",
    "unanswered": "UNANSWERED",
    "fault": "FAULT",
    "suspended": "SUSPENDED",
    "unknown": "not heard yet",
}
"""The word of each state of a line. Up says that the member was heard, never that it agrees."""


def doubt_in_words(member: str, state: str, *, heard: Instant | None, now: Instant) -> str:
    """Return what a line that is not up leaves unknown; empty for one that is."""
    if state == "up":
        return ""
    if state == "unanswered":
        return (
            f"Line to {member} UNANSWERED: its node answers and its watch position does not. What is said here is "
            "delivered; whether anybody reads it is not known."
        )
    if state == "suspended":
        return (
            f"Line to {member} SUSPENDED: what is said here is delivered and waits. Stop-fire, search and rescue and "
            "hazard stay open."
        )
    if heard is None:
        said = "nothing was heard from it since this node started"
    else:
        said = f"last heard {age_in_words((now - heard) / 1000)} ago"
    return f"Line to {member} {LINES[state]}: {said}. What it said later is not known here; what is said here may wait."


def proposed_in_words(proposed: Sequence[Volume], standing: Sequence[Volume], *, now: Instant) -> Iterator[str]:
    """Yield what proposed volumes change: times, heights and place, each beside what it is to replace."""
    if len(proposed) != len(standing):
        yield f"{count(len(proposed), 'volume')} in place of {len(standing)}"
    for number, volume in enumerate(proposed):
        before = standing[number] if number < len(standing) else None
        which = f"volume {number}: " if len(proposed) > 1 else ""
        for new, old in zip(_said(volume, now), _said(before, now) if before else ("",) * 3, strict=True):
            if new != old:
                yield f"{which}{new}" + (f" in place of {old}" if old else "")
        if (
            before is not None
            and before.footprint != volume.footprint
            and _said(before, now)[2] == _said(volume, now)[2]
        ):
            yield f"{which}another shape with the same beginning"
    if [*proposed] == [*standing]:
        yield "the volumes that stand, unchanged"


def named(party: str, reference: str) -> str:
    """Return how a notice is named on a drawing: by its reference, after its party's id where it does not begin so.

    A member's id holds no hyphen, so what stands before the first one names the party, and no two names become one.
    """
    return reference if reference.startswith(f"{party}-") else f"{party} {reference}"


def plain(word: str) -> str:
    """Return a word of a closed list as people write it: `own presence`."""
    return str(word).replace("_", " ")


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 conflict`, `2 conflicts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _said(volume: Volume, now: Instant) -> tuple[str, str, str]:
    return window_in_words(volume.window, now=now), band_in_words(volume.band), place_in_words(volume.footprint)


def _gap(gap: float, words: object) -> str:
    return str(words(gap)) if gap and callable(words) else "they overlap"


def _minutes(degrees: float, positive: str, negative: str, digits: int) -> str:
    thousandths = round(abs(degrees) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole:0{digits}d}°{rest / 1000:06.3f}′{positive if degrees >= 0 else negative}"


def _utc(at: Instant) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
