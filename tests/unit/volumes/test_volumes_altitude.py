"""Altitudes, bands and the vertical gap."""

from __future__ import annotations

import math

import pytest

from clearline.errors import Malformed
from clearline.volumes.altitude import (
    SYRIA,
    WORLDWIDE,
    Altitude,
    AltitudeRanges,
    Band,
    Datum,
    HeightUnit,
    format_altitude,
    hae_interval_m,
    parse_altitude,
    vertical_gap_m,
)


def band(lower: str, upper: str) -> Band:
    return Band(parse_altitude(lower, where="lower"), parse_altitude(upper, where="upper"))


@pytest.mark.parametrize(
    ("text", "datum", "cm", "unit", "shown"),
    [
        ("SFC", Datum.SFC, 0, HeightUnit.NONE, "SFC"),
        ("GND", Datum.SFC, 0, HeightUnit.NONE, "SFC"),
        ("UNL", Datum.UNL, 0, HeightUnit.NONE, "UNL"),
        ("FL195", Datum.FL, 594360, HeightUnit.FL, "FL195"),
        ("FL95", Datum.FL, 289560, HeightUnit.FL, "FL095"),
        ("3000 ft AMSL", Datum.AMSL, 91440, HeightUnit.FT, "3000 ft AMSL"),
        ("-400 m AMSL", Datum.AMSL, -40000, HeightUnit.M, "-400 m AMSL"),
        ("500 ft AGL", Datum.AGL, 15240, HeightUnit.FT, "500 ft AGL"),
        ("1200 m HAE", Datum.HAE, 120000, HeightUnit.M, "1200 m HAE"),
        ("1 ft AGL", Datum.AGL, 30, HeightUnit.FT, "1 ft AGL"),
        ("0.25 m HAE", Datum.HAE, 25, HeightUnit.M, "0.25 m HAE"),
    ],
)
def test_reads_and_writes_altitudes(text: str, datum: Datum, cm: int, unit: HeightUnit, shown: str) -> None:
    """Each form of the notice file is read, and written so that it reads the same."""
    altitude = parse_altitude(text, where="/lower")
    assert altitude == Altitude(datum, cm, unit)
    assert format_altitude(altitude) == shown
    assert parse_altitude(shown, where="/lower") == altitude


@pytest.mark.parametrize(
    "text",
    [
        "3000", "3000 ft", "3000ft AMSL", "3000 ft QNH", "3000 FT AMSL", "NaN m AMSL", "inf m HAE", "1e3 m HAE",
        "FL1950", "FL-5", "FL", "FL 195", "sfc", "unl", "-5 m AGL", "-20000 m AMSL", "9999999 ft HAE", "", " SFC",
        "SFC\n", "+5 m HAE", "٣٠٠٠ ft AMSL", "9" * 500, "3000 km AMSL",
    ],
)  # fmt: skip
def test_refuses_other_altitudes(text: str) -> None:
    """Whatever lacks its datum, or is no number in its bounds, is refused by name."""
    with pytest.raises(Malformed, match="/properties/lower") as fault:
        parse_altitude(text, where="/properties/lower")
    assert fault.value.expected


def test_an_altitude_without_sense_cannot_be_made() -> None:
    """The parts of an altitude fit each other."""
    for datum, cm, unit in (
        (Datum.SFC, 5, HeightUnit.NONE),
        (Datum.FL, 100, HeightUnit.FL),
        (Datum.FL, 3048, HeightUnit.FT),
        (Datum.AMSL, 100, HeightUnit.NONE),
        (Datum.AGL, -1, HeightUnit.M),
    ):
        with pytest.raises(Malformed):
            Altitude(datum, cm, unit)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("3000 ft AMSL", "2999 ft AMSL"),
        ("FL100", "FL099"),
        ("1 m AGL", "SFC"),
        ("500 ft AGL", "100 m AGL"),
        ("UNL", "FL999"),
        ("UNL", "SFC"),
        ("20000 m AMSL", "3000 m AGL"),
        ("9000 m AMSL", "SFC"),
        ("FL400", "1000 m AMSL"),
        ("FL400", "1000 m HAE"),
    ],
)
def test_refuses_a_floor_surely_above_the_ceiling(lower: str, upper: str) -> None:
    """In one datum, or whatever air, geoid and ground may be."""
    with pytest.raises(Malformed, match="floor at or below the ceiling"):
        band(lower, upper)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("SFC", "SFC"), ("UNL", "UNL"), ("SFC", "UNL"), ("FL100", "FL100"), ("SFC", "0 m AGL"), ("0 m AGL", "SFC"),
        ("-400 m AMSL", "SFC"), ("SFC", "-400 m AMSL"), ("3000 ft AMSL", "1000 ft AGL"), ("FL100", "3000 m AMSL"),
    ],
)  # fmt: skip
def test_accepts_bands_that_may_stand(lower: str, upper: str) -> None:
    """Equal ends stand, and so does an order that only the day's air decides."""
    band(lower, upper)


@pytest.mark.parametrize(
    ("a", "b", "gap_m"),
    [
        (("FL100", "FL190"), ("FL200", "FL250"), 304.8),
        (("FL100", "FL200"), ("FL200", "FL250"), 0.0),
        (("1000 ft AMSL", "2000 ft AMSL"), ("3001 ft AMSL", "UNL"), 305.1),
        (("100 m HAE", "200 m HAE"), ("-50 m HAE", "-20 m HAE"), 120.0),
        (("SFC", "500 m AGL"), ("1000 m AGL", "UNL"), 0.0),
        (("SFC", "UNL"), ("UNL", "UNL"), 0.0),
        (("SFC", "FL999"), ("UNL", "UNL"), math.inf),
        # 5,943.6 m of pressure; QNH 980 hPa lowers it by 279.5, ISA -20 by 8 %; geoid 10 to 35 m.
        (("SFC", "3000 ft AMSL"), ("FL195", "UNL"), 4270.622 - 25.0 + 25.0),
        (("0 m HAE", "1000 m HAE"), ("1500 m AMSL", "UNL"), 510.0),
        (("SFC", "1000 m AGL"), ("5000 m AMSL", "UNL"), 875.0),
    ],
)
def test_vertical_gap(a: tuple[str, str], b: tuple[str, str], gap_m: float) -> None:
    """Exact in one datum, less the relief over ground, and the least that the ranges allow between data."""
    assert vertical_gap_m(band(*a), band(*b), SYRIA) == pytest.approx(gap_m, abs=1e-3)
    assert vertical_gap_m(band(*b), band(*a), SYRIA) == vertical_gap_m(band(*a), band(*b), SYRIA)


def test_relief_where_the_agreement_states_it() -> None:
    """Over ground, the stated relief is what may be lost; without it, all of the terrain's range."""
    flat = AltitudeRanges((980, 1040), (-20, 30), (10, 35), (-430, 3100), relief_m=300)
    low, high = band("SFC", "500 m AGL"), band("1000 m AGL", "UNL")
    assert vertical_gap_m(low, high, flat) == 200.0
    assert vertical_gap_m(low, high, SYRIA) == 0.0


def test_ranges_must_have_sense() -> None:
    """A range runs upwards, is finite and possible; the relief fits the terrain."""
    for qnh, relief in (((1040.0, 980.0), None), ((math.nan, 1000.0), None), ((980.0, 1040.0), 9999.0)):
        with pytest.raises(Malformed):
            AltitudeRanges(qnh, (-20, 30), (10, 35), (-430, 3100), relief)


def test_interval_of_a_band() -> None:
    """The floor of SFC is the lowest ground, the ceiling of UNL has no end."""
    assert hae_interval_m(band("SFC", "UNL"), SYRIA) == (-420.0, math.inf)
    assert hae_interval_m(band("100 m HAE", "200 m HAE"), WORLDWIDE) == (100.0, 200.0)
    low, high = hae_interval_m(band("FL000", "FL000"), WORLDWIDE)
    assert low < -1500 < 600 < high
