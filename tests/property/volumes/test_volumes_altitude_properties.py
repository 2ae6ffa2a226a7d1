"""The vertical gap against days drawn at random: air, geoid and ground."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

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

heights = st.one_of(
    st.just(Altitude(Datum.SFC, 0, HeightUnit.NONE)),
    st.just(Altitude(Datum.UNL, 0, HeightUnit.NONE)),
    st.builds(lambda level: Altitude(Datum.FL, level * 3048, HeightUnit.FL), st.integers(0, 600)),
    st.builds(
        Altitude,
        st.sampled_from([Datum.AMSL, Datum.HAE]),
        st.integers(-100_000, 2_000_000),
        st.sampled_from([HeightUnit.FT, HeightUnit.M]),
    ),
    st.builds(Altitude, st.just(Datum.AGL), st.integers(0, 500_000), st.sampled_from([HeightUnit.FT, HeightUnit.M])),
)
share = st.floats(0, 1)
ranges = st.sampled_from(
    [SYRIA, WORLDWIDE, AltitudeRanges((1020, 1040), (10, 30), (10, 35), (-430, 3100), relief_m=150)]
)


@st.composite
def bands(draw: st.DrawFn) -> Band:
    first, second = draw(heights), draw(heights)
    try:
        return Band(first, second)
    except Malformed:
        return Band(second, first)


def within(bounds: tuple[float, float], at: float) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * at


def height_on_a_day(a: Altitude, known: AltitudeRanges, day: tuple[float, float, float], ground_m: float) -> float:
    """Return the height above the ellipsoid on one day, by the layers of the standard atmosphere."""
    qnh, deviation, geoid_m = (
        within(bounds, at)
        for bounds, at in zip((known.qnh_hpa, known.isa_deviation_c, known.geoid_m), day, strict=True)
    )
    match a.datum:
        case Datum.UNL:
            return math.inf
        case Datum.HAE:
            return a.cm / 100
        case Datum.AMSL:
            return a.cm / 100 + geoid_m
        case Datum.AGL | Datum.SFC:
            return a.cm / 100 + ground_m + geoid_m
        case _:
            below = 44330.769 * (1 - math.pow(qnh / 1013.25, 0.190263))
            return (a.cm / 100 - below) * (1 + deviation * 4 / 1000) + geoid_m


@settings(deadline=None)
@given(bands(), bands(), ranges, st.tuples(share, share, share), share, share)
def test_no_day_brings_bands_of_mixed_data_nearer_than_the_gap(
    a: Band, b: Band, known: AltitudeRanges, day: tuple[float, float, float], ground: float, step: float
) -> None:
    """On any day that the ranges allow, a band lies at least the gap above the other, or below it."""
    if a.upper.datum is b.lower.datum or b.upper.datum is a.lower.datum:
        return
    low_m = within(known.terrain_m, ground)
    high_m = min(known.terrain_m[1], low_m + step * known.widest_relief_m)
    for ground_a, ground_b in ((low_m, high_m), (high_m, low_m)):
        over = height_on_a_day(b.lower, known, day, ground_b) - height_on_a_day(a.upper, known, day, ground_a)
        under = height_on_a_day(a.lower, known, day, ground_a) - height_on_a_day(b.upper, known, day, ground_b)
        real = max(0.0, *(side for side in (over, under) if not math.isnan(side)))
        assert vertical_gap_m(a, b, known) <= real + 0.002


@settings(deadline=None)
@given(bands(), bands(), ranges)
def test_the_filter_never_loses_a_pair(a: Band, b: Band, known: AltitudeRanges) -> None:
    """Intervals above the ellipsoid lie no farther apart than the gap; the gap is the same both ways."""
    gap = vertical_gap_m(a, b, known)
    assert gap == vertical_gap_m(b, a, known)
    assert gap >= 0
    (low_a, high_a), (low_b, high_b) = hae_interval_m(a, known), hae_interval_m(b, known)
    between = max((d for d in (low_b - high_a, low_a - high_b) if not math.isnan(d)), default=0.0)
    assert max(0.0, between) <= gap + 0.001


@settings(deadline=None)
@given(heights)
def test_what_is_written_reads_the_same(a: Altitude) -> None:
    """The text of an altitude gives the altitude back, to the centimetre."""
    assert parse_altitude(format_altitude(a), where="") == a


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_an_altitude_or_a_refusal(text: str) -> None:
    """The parser is total."""
    try:
        parse_altitude(text, where="/lower")
    except Malformed as fault:
        assert fault.where == "/lower"
