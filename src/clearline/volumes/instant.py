"""Instants and windows: UTC, whole milliseconds, closed ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType

from clearline.errors import Malformed

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""

PERM = Instant(2**53 - 1)
"""The end of what stands until further notice: zones and statements, never a notice."""

YEAR_MIN = 1970
"""The first year an instant may fall in: the epoch, so that no instant is negative."""

YEAR_MAX = 2199
"""The last year an instant may fall in: beyond any plan, and its milliseconds stay far below 2**53."""

INSTANT_TEXT_MAX = 40
"""Characters of an instant as text: the longest spelling of RFC 3339 with nine fractional digits has 35."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_MS = (datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_FORM = "a date and time with offset as in 2026-11-22T12:00:00Z or 2026-11-22T14:00:00+02:00"
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|([+-])(\d{2}):(\d{2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A closed window of time: both ends belong to it; a single instant is a window.

    Raises:
        Malformed: `end` lies before `start`.
    """

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise Malformed(where="window", found=self.end, expected=f"an end at or after the start ({self.start})")

    def gap_ms(self, other: Window) -> int:
        """Return the milliseconds between the two windows; 0 where they share an instant, ends included."""
        return max(0, other.start - self.end, self.start - other.end)

    def between(self, other: Window) -> Window:
        """Return the time that both windows share or, where they share none, the gap between them."""
        first, last = max(self.start, other.start), min(self.end, other.end)
        return Window(first, last) if first <= last else Window(last, first)


def parse_instant(text: str, *, where: str) -> Instant:
    """Return the instant that `text` names, quantised to the nearest millisecond (halves to the even one).

    The offset is required; `T` and `Z` may be small letters. `-00:00` is read as UTC.

    Raises:
        Malformed: `text` is not such an instant, names a leap second or hour 24, or falls outside the years
            `YEAR_MIN` to `YEAR_MAX` (UTC).

    Source: RFC 3339 §5.6; leap seconds are refused because the milliseconds that are stored have no place
    for them.
    """
    if not isinstance(text, str) or len(text) > INSTANT_TEXT_MAX:
        raise Malformed(where=where, found=text, expected=_FORM)
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Malformed(where=where, found=text, expected=_FORM)
    year, month, day, hour, minute, second = (int(match[index]) for index in range(1, 7))
    if match[8] is None:
        raise Malformed(where=where, found=text, expected="an offset at the end, such as Z or +02:00")
    if second == 60:
        raise Malformed(where=where, found=text, expected="seconds 00 to 59; a leap second cannot be kept")
    if hour == 24:
        raise Malformed(where=where, found=text, expected="hours 00 to 23; midnight is 00:00 of the next day")
    offset_min = 0
    if match[9] is not None:
        offset_h, offset_m = int(match[10]), int(match[11])
        if offset_h > 23 or offset_m > 59:
            raise Malformed(where=where, found=text, expected="an offset between -23:59 and +23:59")
        offset_min = (offset_h * 60 + offset_m) * (-1 if match[9] == "-" else 1)
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as fault:
        raise Malformed(where=where, found=text, expected=f"a date and time that exist ({fault})") from fault
    ms = (local - _EPOCH) // timedelta(milliseconds=1) - offset_min * 60_000 + _ms(match[7] or "0")
    if not 0 <= ms < _END_MS:
        raise Malformed(where=where, found=text, expected=f"a year from {YEAR_MIN} to {YEAR_MAX} (UTC)")
    return Instant(ms)


def _ms(fraction: str) -> int:
    nanoseconds = int(fraction.ljust(9, "0"))
    ms, rest = divmod(nanoseconds, 1_000_000)
    return ms + (rest > 500_000 or (rest == 500_000 and ms % 2 == 1))


def format_instant(at: Instant) -> str:
    """Return `at` as RFC 3339 in UTC, `2026-11-22T12:00:00Z`; milliseconds only where there are any.

    `PERM` becomes the word `PERM`. What lies past the year `YEAR_MAX` is shown as its last millisecond: others may
    claim any time, and a step or a page must not fail for it.

    Raises:
        Malformed: `at` lies before 1970.
    """
    if at == PERM:
        return "PERM"
    if at < 0:
        raise Malformed(where="instant", found=at, expected=f"a year from {YEAR_MIN} on (UTC)")
    seconds, ms = divmod(min(at, _END_MS - 1), 1000)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms:03d}Z" if ms else f"{text}Z"
