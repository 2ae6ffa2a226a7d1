"""Minima: the default table of an agreement, and tables of any rows."""

from __future__ import annotations

import itertools
import math

import pytest

from clearline.conflicts.minima import ANY_HEIGHT, Minima, MinimaTable
from clearline.conflicts.theatre import Kind
from clearline.errors import Malformed
from clearline.records.activity import Activity, Nature
from clearline.testing.theatre import DEFAULT_MINIMA

NM, FT = 1852.0, 0.3048


def kind(activity: str, nature: str = "own_presence") -> Kind:
    return Activity(activity), Nature(nature)


@pytest.mark.parametrize(
    ("a", "b", "lateral_m", "vertical_m", "time_s"),
    [
        ("air", "air", 5 * NM, 1000 * FT, 300),
        ("air", "uncrewed", 5 * NM, 1000 * FT, 300),
        ("uncrewed", "uncrewed", 5 * NM, 1000 * FT, 300),
        ("fires", "air", 5 * NM, 2000 * FT, 600),
        ("jamming", "radar", 5 * NM, 2000 * FT, 600),
        ("fires", "jamming", 5 * NM, 2000 * FT, 600),
        ("ground", "ground", 1000, 0, 900),
        ("sea", "sea", 3 * NM, 0, 900),
        ("ground", "sea", 2000, 1000 * FT, 600),
        ("protected_site", "fires", 5 * NM, ANY_HEIGHT, 1800),
        ("protected_movement", "air", 2000, 1000 * FT, 900),
        ("protected_site", "ground", 2000, 1000 * FT, 900),
        ("protected_site", "jamming", 5 * NM, 2000 * FT, 900),
        ("exercise", "deployment", 2000, 1000 * FT, 600),
        ("air", "ground", 2000, 1000 * FT, 600),
    ],
)
def test_the_default_table(a: str, b: str, lateral_m: float, vertical_m: float, time_s: float) -> None:
    """Each row of DESIGN.md, section 7, in either order; a pair of two rows takes the larger of each."""
    for pair in ((kind(a), kind(b)), (kind(b), kind(a))):
        got = DEFAULT_MINIMA.for_pair(*pair)
        assert (got.lateral_m, got.time_s) == (lateral_m, time_s)
        assert got.vertical_m == vertical_m or math.isclose(got.vertical_m, vertical_m)
        assert got.source


def test_what_is_protected_by_nature_is_protected() -> None:
    """An evacuation flight is protected whatever its activity is."""
    got = DEFAULT_MINIMA.for_pair(kind("air", "protected"), kind("fires"))
    assert (got.lateral_m, got.vertical_m, got.time_s) == (5 * NM, ANY_HEIGHT, 1800)
    got = DEFAULT_MINIMA.for_pair(kind("air", "protected"), kind("air"))
    assert (got.lateral_m, got.vertical_m, got.time_s) == (5 * NM, 304.8, 900)


def test_the_reach_covers_every_pair() -> None:
    """What the filter is widened by is never less than what any pair needs."""
    kinds = [(activity, nature) for activity in Activity for nature in Nature]
    for one in kinds:
        reach = DEFAULT_MINIMA.reach(one, kinds)
        pairs = [DEFAULT_MINIMA.for_pair(one, other) for other in kinds]
        assert reach == (
            max(p.lateral_m for p in pairs),
            max(p.vertical_m for p in pairs),
            max(p.time_s for p in pairs),
        )
    largest = DEFAULT_MINIMA.largest()
    for a, b in itertools.product(kinds, kinds):
        pair = DEFAULT_MINIMA.for_pair(a, b)
        assert pair.lateral_m <= largest.lateral_m
        assert pair.vertical_m <= largest.vertical_m
        assert pair.time_s <= largest.time_s


def test_a_uniform_table_has_one_answer() -> None:
    """Whatever the pair, the figures given hold, to whole millimetres."""
    table = MinimaTable.uniform(lateral_m=5.1 * 1852, vertical_m=0.1 + 0.2, time_s=1.0004, source="given")
    assert table.for_pair(kind("air"), kind("sea")) == Minima(9445.2, 0.3, 1.0, "given")


@pytest.mark.parametrize("figures", [(-1, 0, 0), (math.nan, 0, 0), (math.inf, 0, 0), (0, 0, math.inf), (0, -0.5, 0)])
def test_figures_that_are_no_minima_are_refused(figures: tuple[float, float, float]) -> None:
    """Negative, missing and (but for height) endless minima are refused."""
    with pytest.raises(Malformed):
        Minima(*figures, "x")
