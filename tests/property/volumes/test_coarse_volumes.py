"""Coarse volumes hold the true ones: footprint, band and window, whatever is filed."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clearline.conflicts.engine import judge
from clearline.conflicts.minima import agreed
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.errors import Malformed
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import DEFAULT_ROWS, SYRIA_RANGES
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Altitude, Band, Datum, HeightUnit, hae_interval_m
from clearline.volumes.coarse import GRID, RADIUS_STEP_CM, WINDOW_STEP_MS, coarse_volume
from clearline.volumes.extent import outline
from clearline.volumes.footprint import Footprint, contains
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

LON, LAT = st.floats(-180, 179.999), st.floats(-85, 85)


@st.composite
def footprints_(draw: st.DrawFn) -> Footprint:
    lon, lat, size = draw(LON), draw(LAT), draw(st.floats(0.001, 3.0))
    sort = draw(st.sampled_from(["point", "line", "polygon"]))
    if sort == "point":
        return footprints.point([lon, lat], radius_m=draw(st.floats(1, 400_000)))
    wide = size / max(0.05, math.cos(math.radians(lat)))
    ends = [lon + wide * draw(st.floats(0.2, 1)), max(-89, min(89, lat + size * draw(st.floats(-1, 1))))]
    if sort == "line":
        return footprints.line([[lon, lat], ends], radius_m=draw(st.floats(1, 50_000)))
    top = min(89.0, lat + size)
    return footprints.polygon([[[lon, lat], [lon + wide, lat], [lon + wide / 2, top], [lon, lat]]])


@st.composite
def heights(draw: st.DrawFn) -> Altitude:
    datum = draw(st.sampled_from(list(Datum)))
    if datum in (Datum.SFC, Datum.UNL):
        return Altitude(datum, 0, HeightUnit.NONE)
    if datum is Datum.FL:
        return Altitude(datum, draw(st.integers(0, 999)) * 3048, HeightUnit.FL)
    least = 0 if datum is Datum.AGL else -1_200_000
    return Altitude(datum, draw(st.integers(least, 100_000_000)), draw(st.sampled_from([HeightUnit.FT, HeightUnit.M])))


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    try:
        band = Band(draw(heights()), draw(heights()))
        footprint = draw(footprints_())
    except Malformed:
        assume(False)
    start = draw(st.integers(0, 4_000_000_000_000))
    return Volume(footprint, band, Window(Instant(start), Instant(start + draw(st.integers(0, 10**9)))))


@given(volumes())
@settings(max_examples=150, deadline=None)
def test_the_coarse_volume_holds_the_true_one(true: Volume) -> None:
    """No corner of the true footprint, no height and no instant of it lies outside of what the others are told."""
    coarse = coarse_volume(true, where="x")
    for ring in outline(true.footprint, step_m=20_000):
        for lon, lat in ring:
            whole = (round(((lon + 180) % 360 - 180) * 1e7), round(lat * 1e7))
            assert contains(coarse.footprint, whole), (lon, lat)
    for part in true.footprint.parts:
        assert all(contains(coarse.footprint, position) for ring in part for position in ring)
    low, high = hae_interval_m(true.band, SYRIA_RANGES)
    coarse_low, coarse_high = hae_interval_m(coarse.band, SYRIA_RANGES)
    assert coarse_low <= low and high <= coarse_high
    assert coarse.window.start <= true.window.start and true.window.end <= coarse.window.end
    (((lon_, lat_),),) = coarse.footprint.parts[0]
    assert lon_ % GRID == 0 and lat_ % GRID == 0 and coarse.footprint.radius_cm % RADIUS_STEP_CM == 0
    assert coarse.window.start % WINDOW_STEP_MS == 0 and coarse.window.end % WINDOW_STEP_MS == 0


@given(volumes(), st.sampled_from(list(Activity)), st.sampled_from(list(Nature)), st.data())
@settings(max_examples=80, deadline=None)
def test_what_the_true_volume_meets_the_coarse_one_meets(
    true: Volume, activity: Activity, nature: Nature, data: st.DataObject
) -> None:
    """Whoever knows the area only is warned of every conflict that the whole notice has, and perhaps of more."""
    table = agreed(DEFAULT_ROWS, agreement="x")
    own = Placed(VolumeRef("IL", "I", 0), data.draw(st.sampled_from(list(Activity))), nature, true)
    exact = Placed(VolumeRef("TR", "T", 0), activity, nature, true)
    told = Placed(VolumeRef("TR", "T", 0), None, None, coarse_volume(true, where="x"))
    # A band may be turned over by the ranges (a height above the ellipsoid up to the ground): it meets nothing then.
    assume(judge(own, exact, table.for_pair(own.kind, exact.kind), SYRIA_RANGES) is not None)
    found = judge(own, told, table.for_pair(own.kind, told.kind), SYRIA_RANGES)
    assert found is not None and found.coarse == (False, True) and found.lateral_gap_m == 0.0


def test_no_pair_of_kinds_has_larger_minima_than_one_that_is_not_told() -> None:
    """The largest of all rows is larger than any row, in each number; the source says why it was taken."""
    table = agreed(DEFAULT_ROWS, agreement="x")
    for activity in Activity:
        for nature in Nature:
            vague = table.for_pair((None, None), (activity, nature))
            assert "only the area is told" in vague.source
            for other in Activity:
                exact = table.for_pair((other, nature), (activity, nature))
                assert exact.lateral_m <= vague.lateral_m
                assert exact.vertical_m <= vague.vertical_m and exact.time_s <= vague.time_s


def test_what_is_too_large_is_not_told_as_area_only() -> None:
    """A footprint over half a continent is refused, and the fault says where it stands."""
    huge = footprints.line([[10.0, 10.0], [60.0, 10.0]], radius_m=10)
    volume = Volume(huge, Band(*(Altitude(Datum.SFC, 0, HeightUnit.NONE),) * 2), Window(Instant(0), Instant(1)))
    with pytest.raises(Malformed, match="area only") as caught:
        coarse_volume(volume, where="/features/0/geometry")
    assert caught.value.where == "/features/0/geometry"


def test_a_standing_window_stays_standing() -> None:
    volume = Volume(
        footprints.point([30.0, 30.0], radius_m=5),
        Band(*(Altitude(Datum.SFC, 0, HeightUnit.NONE),) * 2),
        Window(Instant(1), PERM),
    )
    assert coarse_volume(volume, where="x").window == Window(Instant(0), PERM)
