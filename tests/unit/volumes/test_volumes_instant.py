"""Instants and windows."""

from __future__ import annotations

import pytest

from clearline.errors import Malformed
from clearline.volumes.instant import PERM, Instant, Window, format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T00:00:00-01:30", 5_400_000),
        ("2026-11-22T12:00:00Z", 1_795_348_800_000),
        ("2026-11-22T12:00:00.5Z", 1_795_348_800_500),
        ("2026-11-22T12:00:00.0005Z", 1_795_348_800_000),
        ("2026-11-22T12:00:00.0015Z", 1_795_348_800_002),
        ("2026-11-22T11:59:59.999600000Z", 1_795_348_800_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ],
)
def test_parses_rfc_3339(text: str, ms: int) -> None:
    """Date and time with offset become milliseconds, rounded to the nearest."""
    assert parse_instant(text, where="/start") == ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T12:00:00", "offset"),
        ("2026-11-22 12:00:00Z", "date and time with offset"),
        ("2026-11-22T12:00Z", "date and time with offset"),
        ("2026-11-22", "date and time with offset"),
        ("2026-11-22T12:00:00+2", "date and time with offset"),
        ("2026-11-22T12:00:00,5Z", "date and time with offset"),
        ("２０２６-11-22T12:00:00Z", "date and time with offset"),
        ("2026-11-22T12:00:00Z\n", "date and time with offset"),
        ("2016-12-31T23:59:60Z", "leap second"),
        ("2026-11-22T24:00:00Z", "00:00 of the next day"),
        ("2026-02-29T00:00:00Z", "exist"),
        ("2026-13-01T00:00:00Z", "exist"),
        ("2026-11-22T12:00:00+24:00", "offset between"),
        ("1969-12-31T23:59:59Z", "year from 1970 to 2199"),
        ("1970-01-01T00:00:00+00:01", "year from 1970 to 2199"),
        ("2200-01-01T00:00:00Z", "year from 1970 to 2199"),
        ("0000-01-01T00:00:00Z", "exist"),
        ("9" * 1000, "date and time with offset"),
        ("", "date and time with offset"),
    ],
)
def test_refuses_anything_else(text: str, expected: str) -> None:
    """A refusal names the place, the text and what is expected."""
    with pytest.raises(Malformed, match=expected) as fault:
        parse_instant(text, where="/start")
    assert fault.value.where == "/start"


def test_formats_in_utc_with_milliseconds_where_there_are_any() -> None:
    """The text is the shortest that gives the instant back."""
    assert format_instant(Instant(1_795_348_800_000)) == "2026-11-22T12:00:00Z"
    assert format_instant(Instant(1_795_348_800_007)) == "2026-11-22T12:00:00.007Z"
    assert format_instant(PERM) == "PERM"
    with pytest.raises(Malformed):
        format_instant(Instant(-1))


def test_windows_are_closed() -> None:
    """A touch is no gap; what is between is the common time, or the gap."""
    first, second, third = (Window(Instant(a), Instant(b)) for a, b in ((0, 10), (10, 20), (25, 25)))
    assert first.gap_ms(second) == second.gap_ms(first) == 0
    assert first.between(second) == Window(Instant(10), Instant(10))
    assert first.gap_ms(third) == third.gap_ms(first) == 15
    assert first.between(third) == third.between(first) == Window(Instant(10), Instant(25))
    assert Window(Instant(0), PERM).between(third) == third
    with pytest.raises(Malformed, match="at or after the start"):
        Window(Instant(1), Instant(0))
