"""Footprints on intake: what is quantised, wrapped, accepted and refused."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import pytest

from clearline.errors import Malformed, TooLarge
from clearline.volumes.footprint import (
    Footprint,
    Shape,
    contains,
    from_parts,
    line,
    multipolygon,
    outline,
    parse_position,
    point,
    polygon,
    reference_position,
    sag_warnings,
)

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


def at(lon: float, lat: float) -> tuple[int, int]:
    return parse_position((lon, lat), where="")


@pytest.mark.parametrize(
    ("raw", "position"),
    [
        ([38.32, 34.56], (383_200_000, 345_600_000)),
        ([180.5, 0], (-1_795_000_000, 0)),
        ([180, 0], (-1_800_000_000, 0)),
        ([-180, 0], (-1_800_000_000, 0)),
        ([-360, 0], (0, 0)),
        ([359.99999999, 0], (0, 0)),
        ([77, 90], (0, 900_000_000)),
        ([77, -90.0], (0, -900_000_000)),
        ([0.00000004, 0.00000006], (0, 1)),
    ],
)
def test_positions_are_quantised_and_wrapped_once(raw: list[float], position: tuple[int, int]) -> None:
    """Longitudes up to ±360 are wrapped, and every longitude of a pole becomes 0."""
    assert parse_position(raw, where="") == position


@pytest.mark.parametrize(
    "raw",
    [
        [0, 95], [0, -90.0000001], [700, 0], [-360.1, 0], [math.nan, 0], [0, math.nan], [math.inf, 0], [True, 0],
        ["1", 0], [None, 0], [0], [], [0, 0, 0], [10**400, 0], "ab", 5, None, {"lon": 1},
    ],
)  # fmt: skip
def test_refuses_what_is_no_position(raw: Any) -> None:
    """Names the index at fault; a third coordinate is refused too."""
    with pytest.raises(Malformed) as fault:
        line([[1, 1], [2, 2], raw], radius_m=5, where="/features/3/geometry/coordinates")
    assert fault.value.where == "/features/3/geometry/coordinates/2"


@pytest.mark.parametrize(
    ("rings", "where", "says"),
    [
        ([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], "/c/0/0", "edge 2 touches or crosses edge 0"),
        ([[[0, 0], [2, 0], [2, 2], [1, 0], [0, 2], [0, 0]]], "/c/0/0", "edge 2 touches or crosses edge 0"),
        ([[[0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [1, 1], [0, 0]]], "/c/0/1", "touches or crosses"),
        ([[[0, 0], [2, 0], [2, 2], [2, 1], [2, 2.5], [0, 0]]], "/c/0/1", "folds back along|touches"),
        ([[[0, 0], [1, 0], [1, 1], [0, 1]]], "/c/0/3", "first position again"),
        ([[[0, 0], [1, 0], [0, 0]]], "/c/0", "at least 4 positions"),
        ([[[0, 0], [0, 0], [1, 1], [0, 0]]], "/c/0", "3 distinct"),
        ([SQUARE, [[1, 1], [5, 1], [5, 2], [1, 2], [1, 1]]], "/c/1", "touches or crosses edge 1 of ring 0"),
        ([SQUARE, [[5, 5], [6, 5], [6, 6], [5, 5]]], "/c/1", "inside the outer ring"),
        ([SQUARE, [[-1, -1], [5, -1], [5, 5], [-1, 5], [-1, -1]]], "/c/1", "inside the outer ring"),
        (
            [SQUARE, [[1, 1], [3, 1], [3, 3], [1, 1]], [[2, 1.5], [2.5, 1.5], [2.5, 2], [2, 1.5]]],
            "/c/2",
            "hole of ring 1",
        ),
        ([[[lon, 0] for lon in range(0, 361, 20)]], "/c/0", "smaller side"),
        ([[[0, 10], [180, 20], [90, 30], [0, 10]]], "/c/0/1", "less than 180° of longitude"),
        ([], "/c", "outer ring"),
        (5, "/c", "list of rings"),
        ([5], "/c/0", "list of positions"),
    ],
)
def test_refuses_rings_that_bound_no_polygon(rings: Any, where: str, says: str) -> None:
    """Names the ring, and both edges where two of them meet."""
    with pytest.raises(Malformed, match=says) as fault:
        polygon(rings, where="/c")
    assert fault.value.where == where


def test_edges_without_one_shortest_way_are_refused_but_not_at_a_pole() -> None:
    """Half a turn of longitude is ambiguous, except along the meridian of an edge that ends at a pole."""
    for positions in ([[0, 10], [180, 20]], [[0, 10], [179.9, -10]], [[0, -90], [0, 90]], [[-90, 5], [90, 5]]):
        with pytest.raises(Malformed, match="position between"):
            line(positions, radius_m=0)
    over = line([[0, 80], [0, 90], [180, 80]], radius_m=1000)
    assert contains(over, at(0, 90))
    assert contains(over, at(180, 85))
    assert line([[5, 5], [5, 5]], radius_m=10)


def test_radius_is_quantised_and_bounded() -> None:
    """A radius is finite, not negative, and kept to the centimetre."""
    assert point([1, 2], radius_m=12.345).radius_cm in (1234, 1235)
    for bad in (-1, math.nan, math.inf, 1e9, "5", None, True):
        with pytest.raises(Malformed, match="radius") as fault:
            point([1, 2], radius_m=bad, where="/c", radius_where="/properties/radius_m")
        assert fault.value.where == "/properties/radius_m"


def test_vertices_are_bounded() -> None:
    """The limit counts all positions of a footprint."""
    with pytest.raises(TooLarge, match="limit is 10"):
        line([[1, 1]] * 11, radius_m=0, vertices_max=10)
    assert line([[1, 1]] * 10, radius_m=0, vertices_max=10)
    triangle = [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    with pytest.raises(TooLarge, match="8 vertices; the limit is 7"):
        multipolygon([triangle, triangle], vertices_max=7)
    assert len(multipolygon([triangle, triangle]).parts) == 2


def test_either_winding_bounds_the_smaller_side() -> None:
    """The order of positions does not matter; holes are honoured, and their edges are contact."""
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    for outer in (SQUARE, SQUARE[::-1]):
        for inner in (hole, hole[::-1]):
            shape = polygon([outer, inner])
            assert contains(shape, at(3, 3))
            assert contains(shape, at(0, 0))
            assert contains(shape, at(1, 1))
            assert contains(shape, at(1, 1.5))
            assert not contains(shape, at(1.5, 1.5))
            assert not contains(shape, at(5, 2))
            assert not contains(shape, at(-178, 2))


@pytest.mark.parametrize("lat", [80.0, 5.0, -5.0, -70.0])
@pytest.mark.parametrize("way", [1, -1])
def test_a_ring_round_a_pole_holds_the_pole(lat: float, way: int) -> None:
    """The smaller side of a ring at 80° N is the one with the pole, and so for each."""
    shape = polygon([[[lon, lat] for lon in range(0, 361, 30)][::way]])
    sign = math.copysign(1, lat)
    assert contains(shape, at(0, 90 * sign))
    assert contains(shape, at(123, 89.9 * sign))
    assert contains(shape, at(45, lat + 4 * sign))
    assert not contains(shape, at(45, lat - sign))
    assert not contains(shape, at(0, -90 * sign))


def test_a_ring_that_holds_both_poles() -> None:
    """A band from pole to pole holds both, and the sea between its sides is outside."""
    ring = [[20, lat] for lat in range(-80, 81, 20)] + [[100, 85], [170, 85], [-170, 85], [-100, 85]]
    ring += [[-20, lat] for lat in range(80, -81, -20)] + [[-100, -85], [-170, -85], [170, -85], [100, -85]]
    for way in (ring, ring[::-1]):
        shape = polygon([[*way, way[0]]])
        for inside in (at(0, 90), at(0, -90), at(0, 0), at(180, 88)):
            assert contains(shape, inside)
        for outside in (at(50, 0), at(180, 0), at(-50, 60)):
            assert not contains(shape, outside)


@pytest.mark.parametrize("pole", [90, -90])
def test_a_ring_with_a_corner_at_a_pole(pole: int) -> None:
    """An octant has three right angles, whatever longitude its corner at the pole is given."""
    near = 89.99 if pole > 0 else -89.99
    for lon in (0, 77, 180):
        ring = [[0, 0], [90, 0], [lon, pole]]
        for start in range(3):
            for way in (1, -1):
                turned = (ring[start:] + ring[:start])[::way]
                shape = polygon([[*turned, turned[0]]])
                assert contains(shape, at(45, near))
                assert contains(shape, at(45, near / 9))
                assert contains(shape, at(0, pole))
                assert not contains(shape, at(-45, near))
                assert not contains(shape, at(135, near))
                assert not contains(shape, at(45, -near / 9))


def test_from_parts_takes_one_spelling() -> None:
    """What the constructors make passes; a longitude that is not wrapped, or not 0 at a pole, does not."""
    for made in (point([1, 2], radius_m=5), line([[1, 2], [3, 4]], radius_m=5), polygon([SQUARE])):
        assert from_parts(made.shape, made.parts, made.radius_cm) == made
    spellings: list[Any] = [
        [[[(1_800_000_000, 0)]]], [[[(5, 900_000_000)]]], [[[(0, 900_000_001)]]], [[[(0.5, 0)]]], [[[(0,)]]],
        [[[]]], [[]], [], [[[(0, 0), (1, 1)]]],
    ]  # fmt: skip
    for parts in spellings:
        with pytest.raises(Malformed):
            from_parts(Shape.POINT, parts, 0)
    with pytest.raises(Malformed):
        from_parts(Shape.POLYGON, [[[(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]]], 0)
    with pytest.raises(Malformed):
        from_parts(Shape.LINE, [[[(0, 0), (1, 1)]]], -1)


def test_reference_position() -> None:
    """A point's centre, and the first vertex of anything else."""
    assert reference_position(point([1, 2], radius_m=5)) == at(1, 2)
    assert reference_position(polygon([SQUARE])) == at(0, 0)


def test_sag_warnings_say_by_how_much() -> None:
    """A 400 km edge at 34° N sags 2.1 km from the parallel; meridians and the equator do not sag."""
    (warning,) = sag_warnings(line([[36, 34], [40.33, 34], [40.33, 38]], radius_m=0))
    assert (warning.part, warning.ring, warning.edge) == (0, 0, 0)
    assert 2000 < warning.sag_m < 2300
    assert sag_warnings(line([[0, 0], [60, 0]], radius_m=0)) == ()
    assert sag_warnings(point([0, 89.9], radius_m=5000)) == ()
    assert sag_warnings(line([[179.5, 89], [-100, 89]], radius_m=0))


def test_outline_follows_the_radius() -> None:
    """Each corner of a drawn outline lies at the edge of its footprint."""
    from clearline.volumes.separation import lateral_gap_m

    for shape in (point([179.99, 10], radius_m=9000), line([[38, 34], [38.5, 34.2], [39, 34]], radius_m=2000)):
        (ring,) = outline(shape, step_m=5000)
        assert ring[0] == pytest.approx(ring[-1])
        bare = Footprint(shape.shape, shape.parts, 0)
        for lon, lat in ring:
            gap = lateral_gap_m(bare, point((lon, lat), radius_m=0), limit_m=50_000)
            assert gap == pytest.approx(shape.radius_cm / 100, rel=0.005)
    outer, hole = outline(polygon([SQUARE, [[1, 1], [2, 1], [2, 2], [1, 1]]]), step_m=20_000)
    assert len(outer) > 80
    assert len(hole) > 12
    assert outline(polygon([SQUARE], radius_m=5000), step_m=50_000)


def test_a_hundred_thousand_vertices_are_checked_in_seconds() -> None:
    """A ring at the limit is accepted quickly, and one crossing among its edges is found."""
    draw = random.Random(7)
    count = 99_999
    ring: list[list[float]] = []
    for k in range(count):
        turn, size = 2 * math.pi * k / count, 0.5 + 0.00001 * draw.random()
        ring.append([38 + size * math.cos(turn), 34 + size * math.sin(turn)])
    begin = time.perf_counter()
    polygon([[*ring, ring[0]]])
    assert time.perf_counter() - begin < 10
    ring[5000], ring[5002] = ring[5002], ring[5000]
    with pytest.raises(Malformed, match="touches or crosses"):
        polygon([[*ring, ring[0]]])


def test_a_polygon_made_to_be_slow_is_refused_before_its_work_is_done() -> None:
    """Holes that all lie near each other, or a long outer ring with many of them, would hold a node for minutes."""
    square = [[-6, -6], [6, -6], [6, 6], [-6, 6], [-6, -6]]
    slivers = [[[-5, y], [5, y], [5, y + 0.0003], [-5, y]] for y in (number * 0.001 for number in range(600))]
    count = 10_001
    turns = [2 * math.pi * number / count for number in range(count)]
    circle = [[5 * math.cos(turn), 5 * math.sin(turn)] for turn in turns]
    grid = [
        [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y]]
        for x, y in (((number % 40) * 0.1 - 2, number // 40 * 0.1 - 2) for number in range(1000))
    ]
    for rings, says in (
        ([square, *slivers], "close together"),
        ([[*circle, circle[0]], *grid], "1000 holes in a ring"),
    ):
        started = time.perf_counter()
        with pytest.raises(Malformed, match=says) as fault:
            polygon(rings, where="/c")
        assert fault.value.where == "/c"
        assert time.perf_counter() - started < 5


def test_many_holes_apart_from_each_other_are_taken_and_the_one_that_overlaps_is_named() -> None:
    """Only holes near each other are compared: thousands take seconds, and no pair that meets is passed over."""
    square = [[-6, -6], [6, -6], [6, 6], [-6, 6], [-6, -6]]
    corners = [((number % 60) * 0.1 - 3, number // 60 * 0.1 - 3) for number in range(3000)]
    holes = [[[x, y], [x + 0.05, y], [x + 0.05, y + 0.05], [x, y]] for x, y in corners]
    random.Random(7).shuffle(holes)
    started = time.perf_counter()
    polygon([square, *holes])
    assert time.perf_counter() - started < 10
    x, y = holes[41][0]
    within = [[x + 0.02, y + 0.005], [x + 0.03, y + 0.005], [x + 0.03, y + 0.01], [x + 0.02, y + 0.005]]
    with pytest.raises(Malformed, match="hole of ring 42") as fault:
        polygon([square, *holes[:99], within, *holes[99:]], where="/c")
    assert fault.value.where == "/c/100"
