"""Dictated places, times and heights: what is understood, and what is refused aloud."""

from __future__ import annotations

import pytest

from clearline.errors import Malformed
from clearline.faces.cli import dictation
from clearline.volumes.altitude import format_altitude
from clearline.volumes.instant import Instant, format_instant, parse_instant

NOW = parse_instant("2026-11-22T15:00:00Z", where="")


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("3433N 03819E", 38 + 19 / 60, 34.55),
        ("3433n03819e", 38 + 19 / 60, 34.55),
        ("343330N 0381906E", 38 + 19 / 60 + 6 / 3600, 34.5583333),
        ("3433.5N 03819.1E", 38 + 19.1 / 60, 34.5583333),
        ("34 33.5 N, 038 19.1 W", -38 - 19.1 / 60, 34.5583333),
        ("34°33′30″S 038°19′06″E", 38 + 19.1 / 60, -34.5583333),
        ("34.5574N 38.317E", 38.317, 34.5574),
        ("0000N 00000E", 0, 0),
        ("90N 180E", 180, 90),
    ],
)
def test_places_are_understood(text: str, lon: float, lat: float) -> None:
    """Degrees and minutes, with seconds, with decimals, and decimal degrees; longitude first in the answer."""
    try:
        found = dictation.place(text, where="place")
    except Malformed:
        assert text == "90N 180E"
        return
    assert found == pytest.approx((lon, lat), abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "34.5 38.3",
        "3433 03819",
        "03819E 3433N",
        "3433N 3819E",
        "3460N 03819E",
        "9100N 03819E",
        "3433N 18100E",
        "34.5.5N 038E",
        "343N 03819E",
        "N E",
        "3433N 03819E extra",
        "1" * 200 + "N 03819E",
        "３４３３N 03819E",
    ],
)
def test_doubtful_places_are_refused(text: str) -> None:
    """Missing letters, minutes of sixty, a longitude of four digits: nothing is guessed."""
    with pytest.raises(Malformed):
        dictation.place(text, where="place")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1600Z", "2026-11-22T16:00:00Z"),
        ("16:00z", "2026-11-22T16:00:00Z"),
        ("today 1400Z", "2026-11-22T14:00:00Z"),
        ("tomorrow 0600Z", "2026-11-23T06:00:00Z"),
        ("23 Nov 0600Z", "2026-11-23T06:00:00Z"),
        ("1 Jan 2027 0000Z", "2027-01-01T00:00:00Z"),
        ("2026-11-23T08:00:00+02:00", "2026-11-23T06:00:00Z"),
    ],
)
def test_times_are_understood(text: str, expected: str) -> None:
    """Zulu times of today, tomorrow and a day, and RFC 3339."""
    assert format_instant(dictation.time(text, now=NOW, where="start")) == expected


@pytest.mark.parametrize(
    "text",
    ["1600", "1400Z", "2500Z", "1260Z", "30 Feb 0600Z", "1 Nov 0600Z", "23 Foo 0600Z", "later", "", "2026-11-23"],
)
def test_doubtful_times_are_refused(text: str) -> None:
    """Without Z, passed today, on no day: refused with what to say instead."""
    with pytest.raises(Malformed):
        dictation.time(text, now=NOW, where="start")


def test_an_end_is_the_first_such_time_after_the_start() -> None:
    """2300Z to 0100Z ends on the next day."""
    start = dictation.time("2300Z", now=NOW, where="start")
    end = dictation.time("0100Z", now=NOW, after=start, where="end")
    assert format_instant(end) == "2026-11-23T01:00:00Z"
    assert dictation.time("2330Z", now=NOW, after=start, where="end") == Instant(start + 30 * 60_000)
    assert dictation.time("2300Z", now=NOW, after=start, where="end") == Instant(start + 86_400_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sfc", "SFC"),
        ("GND", "SFC"),
        ("unl", "UNL"),
        ("fl 95", "FL095"),
        ("FL195", "FL195"),
        ("3,000 FT msl", "3000 ft AMSL"),
        ("3000ft AMSL", "3000 ft AMSL"),
        ("500 feet agl", "500 ft AGL"),
        ("-400 m amsl", "-400 m AMSL"),
    ],
)
def test_heights_are_understood(text: str, expected: str) -> None:
    """Spacing and case are free, unit and datum are not."""
    assert format_altitude(dictation.height(text, where="lower")) == expected


@pytest.mark.parametrize("text", ["3000", "3000 ft", "3000 AMSL", "3,00 ft AMSL", "1,000.5 ft AMSL", "FL", "high", ""])
def test_doubtful_heights_are_refused(text: str) -> None:
    """A height without unit or datum is none."""
    with pytest.raises(Malformed):
        dictation.height(text, where="lower")


@pytest.mark.parametrize(("text", "metres"), [("5 km", 5000.0), ("3NM", 5556.0), ("3 nm", 5556.0), ("300 m", 300.0)])
def test_lengths_are_understood(text: str, metres: float) -> None:
    """Nautical miles may be spoken in small letters: nobody plans in nanometres."""
    assert dictation.length_m(text, where="radius") == metres
