"""What an officer dictates, to values: places, times and heights as they are spoken; the doubtful is refused aloud.

A latitude carries N or S and a longitude E or W, so the two cannot be mixed up. A time carries Z. A height carries
its unit and datum. Nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from clearline.errors import Malformed
from clearline.volumes.altitude import Altitude, parse_altitude
from clearline.volumes.instant import Instant, parse_instant
from clearline.volumes.units import parse_length

PLACE_FORM = "latitude with N or S, then longitude with E or W: 3433N 03819E, 3433.44N 03819.02E or 34.557N 38.317E"
TIME_FORM = "1430Z, tomorrow 0600Z, 23 Nov 0600Z, or 2026-11-23T06:00:00Z"

SPOKEN_MAX = 80
"""Characters of one dictated value."""

_PLACE = re.compile(r"([0-9.°º'′\"″:\s]+?)\s*([NSns])[\s,;/]*([0-9.°º'′\"″:\s]+?)\s*([EWew])", re.ASCII)
_CLOCK = re.compile(
    r"(?:(today|tomorrow)\s+|(\d{1,2})\s*([A-Za-z]{3})(?:\s*(\d{4}))?\s+)?(\d{2}):?(\d{2})\s*([Zz]?)", re.ASCII
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HEIGHT = re.compile(r"(-?[\d.,]+)\s*(ft|feet|m|metres|meters)\s*(amsl|msl|agl|hae)", re.IGNORECASE | re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def place(text: str, *, where: str) -> tuple[float, float]:
    """Return longitude and latitude in degrees of a dictated place.

    Digits run together are degrees and minutes (`3433N 03819E`), or degrees, minutes and seconds (`343327N
    0381901E`); a point after two (three) digits makes decimal degrees, after four (five) decimal minutes. Parts
    may stand apart: `34 33.44 N 038 19.02 E`.

    Raises:
        Malformed: A hemisphere is missing, minutes or seconds reach 60, or the digits can be read in two ways.
    """
    match = _PLACE.fullmatch(text.strip()) if len(text) <= SPOKEN_MAX else None
    if match is None:
        raise Malformed(where=where, found=text, expected=PLACE_FORM)
    lat = _angle(match[1], 2, 90, text, where) * (-1 if match[2] in "Ss" else 1)
    lon = _angle(match[3], 3, 180, text, where) * (-1 if match[4] in "Ww" else 1)
    return lon, lat


def time(text: str, *, now: Instant, after: Instant | None = None, where: str) -> Instant:
    """Return a dictated instant.

    A time of day alone is today's, or with `after` (the start, when an end is dictated) the first one after it.

    Raises:
        Malformed: It lacks its Z, it has passed today, or there is no such day.
    """
    text = text.strip()
    match = _CLOCK.fullmatch(text) if len(text) <= SPOKEN_MAX else None
    if match is None:
        if re.match(r"\d{4}-\d{2}-\d{2}", text):
            return parse_instant(text, where=where)
        raise Malformed(where=where, found=text, expected=TIME_FORM)
    word, day, month, year, hours, minutes, zulu = match.groups()
    if not zulu:
        raise Malformed(where=where, found=text, expected="Zulu time with its Z, such as 1430Z")
    if int(hours) > 23 or int(minutes) > 59:
        raise Malformed(where=where, found=text, expected="a time from 0000Z to 2359Z")
    here = _EPOCH + timedelta(milliseconds=now)
    clock = {"hour": int(hours), "minute": int(minutes), "second": 0, "microsecond": 0}
    if day is not None:
        return _on_day(text, int(day), month, year, clock, here, where)
    if word == "tomorrow":
        return _ms((here + timedelta(days=1)).replace(**clock))  # type: ignore[arg-type]
    if after is not None and word is None:
        begun = _EPOCH + timedelta(milliseconds=after)
        then = begun.replace(**clock)  # type: ignore[arg-type]
        return _ms(then if then > begun else then + timedelta(days=1))
    then = here.replace(**clock)  # type: ignore[arg-type]
    if then < here and word is None:
        passed = f"the day too, for {text} has passed today: today {text}, or tomorrow {text}"
        raise Malformed(where=where, found=text, expected=passed)
    return _ms(then)


def height(text: str, *, where: str) -> Altitude:
    """Return a dictated height; spacing and case are free, unit and datum are not.

    Raises:
        Malformed: It is none, or lacks its datum.
    """
    spoken = " ".join(text.split())
    match = _HEIGHT.fullmatch(spoken)
    if match is not None:
        unit = "ft" if match[2].lower().startswith("f") else "m"
        datum = match[3].upper().replace("MSL", "AMSL").replace("AAMSL", "AMSL")
        number = match[1]
        if "," in number:
            if not re.fullmatch(r"-?\d{1,3}(,\d{3})+", number):
                raise Malformed(where=where, found=text, expected="a number such as 3000 or 3,000")
            number = number.replace(",", "")
        return parse_altitude(f"{number} {unit} {datum}", where=where)
    return parse_altitude(re.sub(r"^FL (?=\d)", "FL", spoken.upper()) if len(spoken) <= 6 else spoken, where=where)


def length_m(text: str, *, where: str) -> float:
    """Return a dictated length in metres: `5 km`, `3NM`."""
    spoken = re.sub(r"(?i)\s*nm$", "NM", text.strip())
    return parse_length(spoken, where=where)


def _angle(digits: str, whole: int, most: int, text: str, where: str) -> float:
    parts = [p for p in re.split(r"[°º'′\"″:\s]+", digits.strip()) if p]
    if not 1 <= len(parts) <= 3 or any(not re.fullmatch(r"\d+(\.\d+)?", p) for p in parts):
        raise Malformed(where=where, found=text, expected=PLACE_FORM)
    if len(parts) == 1:
        parts = _run_together(parts[0], whole, text, where)
    if any("." in part for part in parts[:-1]):
        raise Malformed(where=where, found=text, expected="a point in the last part alone")
    value = sum(float(part) / (1.0, 60.0, 3600.0)[power] for power, part in enumerate(parts))
    if any(float(part) >= 60 for part in parts[1:]):
        raise Malformed(where=where, found=text, expected="minutes and seconds below 60")
    if value > most:
        raise Malformed(where=where, found=text, expected=f"at most {most} degrees")
    return value


def _run_together(digits: str, whole: int, text: str, where: str) -> list[str]:
    """Return the parts of digits that run together: degrees have `whole` digits, minutes and seconds two."""
    before, point, _ = digits.partition(".")
    if point and len(before) <= whole:
        return [digits]
    if len(before) == whole + 2:
        return [digits[:whole], digits[whole:]]
    if len(before) == whole + 4:
        return [digits[:whole], digits[whole : whole + 2], digits[whole + 2 :]]
    named = "latitude" if whole == 2 else "longitude"
    example = "3433N or 34.557N" if whole == 2 else "03819E or 38.317E"
    raise Malformed(
        where=where, found=text, expected=f"{whole} digits of degrees and 2 of minutes in the {named}: {example}"
    )


def _on_day(
    text: str, day: int, month: str, year: str | None, clock: dict[str, int], here: datetime, where: str
) -> Instant:
    if month.lower() not in _MONTHS:
        raise Malformed(where=where, found=text, expected="a month of three letters, such as Nov")
    number = _MONTHS.index(month.lower()) + 1
    try:
        then = datetime(int(year) if year else here.year, number, day, clock["hour"], clock["minute"], tzinfo=UTC)
    except ValueError:
        raise Malformed(where=where, found=text, expected="a day that exists") from None
    if year is None and then < here - timedelta(days=1):
        raise Malformed(where=where, found=text, expected=f"the year too, for {day} {month} {here.year} has passed")
    return _ms(then)


def _ms(at: datetime) -> Instant:
    return Instant((at - _EPOCH) // timedelta(milliseconds=1))
