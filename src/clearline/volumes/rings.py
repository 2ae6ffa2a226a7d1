"""The rings of a polygon: simple, apart from each other, and holes where holes belong."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clearline.errors import Malformed, Said
from clearline.volumes.core import Core, Outline, inside, outline_by_area, signed_area_m2
from clearline.volumes.footprint import Ring, show_position
from clearline.volumes.nearness import (
    SMALL_PAIRS,
    Reach,
    chord_distance_m,
    chord_distances_m,
    cross,
    crossing_pairs,
    near_pairs,
    tree_of,
)

TOUCH_M = 0.0005
"""Edges nearer than this, in metres, touch: positions are quantised to a centimetre, so this is no gap."""

HALF_SHARE_MAX = 0.499999
"""The largest share of the Earth that the smaller side of a ring may have; nearer to a half it is no choice."""

EARTH_AREA_M2 = 5.10065621724e14
"""The area of WGS 84. Source: NGA.STND.0036, table 3.5 (510,065,621.724 km²)."""

NEAR_PAIRS_MAX = 20_000_000
"""Pairs of near edges that one ring may have: a bound on the time for a ring made to be slow."""

HOLE_STEPS_MAX = 10_000_000
"""Edges of the outer ring times holes that a polygon may have: some seconds of work, for each hole is looked for."""

HOLE_WORK_MAX = 5_000_000
"""Edges of holes near each other that are compared, pair by pair, each pair counted as `PAIR_WORK` more."""

PAIR_WORK = 64
"""What a pair of the smallest holes costs, counted in edges."""


def check_polygon(rings: tuple[Ring, ...], *, where: str) -> None:
    """Raise if the rings do not bound a polygon: an outer ring, and holes inside it and apart from each other.

    Edges are geodesics. A ring may not touch or cross itself or another ring. O(n log n) for usual rings.

    Raises:
        Malformed: Names the ring and the two edges that touch or cross, or the hole that lies elsewhere.
    """
    cores = [_core(ring, f"{where}/{index}") for index, ring in enumerate(rings)]
    if len(cores[0].edges) * (len(cores) - 1) > HOLE_STEPS_MAX:
        raise Malformed(
            where=where,
            found=Said(f"{len(cores) - 1} holes in a ring of {len(cores[0].edges)} edges"),
            expected=f"at most {HOLE_STEPS_MAX} as holes times edges of the outer ring; take fewer holes",
        )
    near = _near_holes(cores, where)
    for index, (core, ring) in enumerate(zip(cores, rings, strict=True)):
        _check_simple(core, ring, f"{where}/{index}")
    outlines = [_outline(core, f"{where}/{index}") for index, core in enumerate(cores)]
    for index in range(1, len(cores)):
        _check_apart(cores, rings, 0, index, where)
        if not _lies_in(cores[index], cores[0], outlines[0]):
            raise Malformed(
                where=f"{where}/{index}",
                found=Said("a hole outside the outer ring"),
                expected="holes inside the outer ring",
            )
        for other in near[index]:
            _check_apart(cores, rings, other, index, where)
            if _lies_in(cores[index], cores[other], outlines[other]) or _lies_in(
                cores[other], cores[index], outlines[index]
            ):
                raise Malformed(
                    where=f"{where}/{index}",
                    found=Said(f"a hole that overlaps the hole of ring {other}"),
                    expected="holes that do not overlap",
                )


def _near_holes(cores: Sequence[Core], where: str) -> list[list[int]]:
    """Return for each ring the earlier holes whose balls meet its own, in order.

    Holes are walked along one axis, so that those far from each other are never compared.

    Raises:
        Malformed: So many holes lie near each other that to compare them would take minutes.
    """
    near: list[list[int]] = [[] for _ in cores]
    if len(cores) < 3:
        return near
    spreads = [max(axis) - min(axis) for axis in zip(*(core.centre for core in cores[1:]), strict=True)]
    axis = spreads.index(max(spreads))
    order = sorted(range(1, len(cores)), key=lambda index: cores[index].centre[axis] - cores[index].reach_m)
    open_holes: list[int] = []
    work = steps = 0
    for index in order:
        core = cores[index]
        begin = core.centre[axis] - core.reach_m
        open_holes = [o for o in open_holes if cores[o].centre[axis] + cores[o].reach_m >= begin]
        steps += len(open_holes)
        for other in open_holes:
            if math.dist(core.centre, cores[other].centre) <= core.reach_m + cores[other].reach_m:
                near[max(index, other)].append(min(index, other))
                work += PAIR_WORK + len(core.edges) + len(cores[other].edges)
        if work > HOLE_WORK_MAX or steps > HOLE_STEPS_MAX:
            raise Malformed(
                where=where,
                found=Said(f"{len(cores) - 1} holes, too many of them close together"),
                expected="fewer holes",
            )
        open_holes.append(index)
    for others in near:
        others.sort()
    return near


def _core(ring: Ring, where: str) -> Core:
    distinct = len(set(ring))
    if distinct < 3:
        raise Malformed(
            where=where, found=Said(f"{distinct} distinct positions"), expected="at least 3 distinct positions"
        )
    core = Core()
    core.add_chain(ring)
    core.enclose()
    return core


def _outline(core: Core, where: str) -> Outline:
    last = len(core.degrees) - 1
    area_m2 = signed_area_m2(core, 0, last)
    if abs(area_m2) > HALF_SHARE_MAX * EARTH_AREA_M2:
        raise Malformed(
            where=where, found=Said("a ring round half of the Earth"), expected="a ring with a smaller side"
        )
    return outline_by_area(core, 0, last, area_m2)


def _lies_in(core: Core, outer: Core, outline: Outline) -> bool:
    return inside(outer, outline, core.degrees[0], core.places[0])


def _check_simple(core: Core, ring: Ring, where: str) -> None:
    """Raise if two edges of a ring touch or cross, or one folds back along the one before."""
    count = len(core.edges)
    if count * count <= SMALL_PAIRS:
        pairs = [
            (edge, other)
            for edge in range(count)
            for other in range(edge + 1, count)
            if other in (edge + 1, edge + count - 1) or _touch(core, edge, core, other)
        ]
    else:
        pairs = _suspects(core, where)
    for edge, other in pairs:
        if other in (edge + 1, edge + count - 1):
            if _folds(core, edge, other) if other == edge + 1 else _folds(core, other, edge):
                _refuse(core, ring, edge, other, where, "folds back along")
        elif _touch(core, edge, core, other):
            _refuse(core, ring, edge, other, where, "touches or crosses")


def _folds(core: Core, edge: int, after: int) -> bool:
    """Report whether an edge runs back along the one before: only then does one end lie on the other edge."""
    first, middle = (core.places[vertex] for vertex in core.edges[edge])
    last = core.places[core.edges[after][1]]
    return chord_distance_m(first, middle, last) < TOUCH_M or chord_distance_m(last, first, middle) < TOUCH_M


def _suspects(core: Core, where: str) -> list[tuple[int, int]]:
    """Return the pairs of edges of a large ring that may touch, cross or fold; neighbours in the ring included."""
    import numpy as np

    tree, count = tree_of(core), len(core.edges)
    found: list[tuple[int, int]] = []
    seen = 0
    for all_i, all_j, _ in near_pairs(tree, tree, Reach(TOUCH_M, fixed=True)):
        seen += len(all_i)
        if seen > NEAR_PAIRS_MAX:
            raise Malformed(
                where=where, found=Said("a ring with too many edges close together"), expected="a simpler ring"
            )
        apart = (all_j - all_i > 1) & (all_j - all_i < count - 1)
        i, j = all_i[apart], all_j[apart]
        if not len(i):
            continue
        bad = crossing_pairs(tree, tree, i, j)
        for mine, theirs in ((i, j), (j, i)):
            for end in (0, 1):
                places = tree.places[tree.edges[mine, end]]
                chords = chord_distances_m(places, tree.starts[theirs], tree.ends[theirs])
                bad |= chords - tree.sags[theirs] < TOUCH_M
        found.extend(zip(i[bad].tolist(), j[bad].tolist(), strict=True))
    after = np.roll(np.arange(count), -1)
    folds = chord_distances_m(tree.starts, tree.starts[after], tree.ends[after]) < TOUCH_M
    folds |= chord_distances_m(tree.ends[after], tree.starts, tree.ends) < TOUCH_M
    found.extend((min(k, (k + 1) % count), max(k, (k + 1) % count)) for k in np.flatnonzero(folds).tolist())
    return sorted(found)


def _touch(a: Core, i: int, b: Core, j: int) -> bool:
    """Report whether two short edges cross or lie within `TOUCH_M` of each other."""
    from clearline.volumes.separation import vertex_to_edge

    ax, ay, az, half_a, _ = a.balls[i]
    bx, by, bz, half_b, _ = b.balls[j]
    if math.dist((ax, ay, az), (bx, by, bz)) > half_a + half_b + TOUCH_M:
        return False
    if cross(a, i, b, j):
        return True
    for own, mine, other, theirs in ((a, i, b, j), (b, j, a, i)):
        first, last = other.edges[theirs]
        for vertex in own.edges[mine]:
            chord_m = chord_distance_m(own.places[vertex], other.places[first], other.places[last])
            if chord_m - other.balls[theirs][4] < TOUCH_M and vertex_to_edge(own, vertex, other, theirs)[0] < TOUCH_M:
                return True
    return False


def _check_apart(cores: list[Core], rings: tuple[Ring, ...], one: int, other: int, where: str) -> None:
    """Raise if two rings of a polygon touch or cross."""
    from clearline.volumes.separation import boundary_contact

    contact = boundary_contact(cores[one], cores[other], TOUCH_M)
    if contact is None:
        return
    edge, against = cores[one].origins[contact[0]], cores[other].origins[contact[1]]
    raise Malformed(
        where=f"{where}/{other}",
        found=Said(f"a hole whose edge {against} touches or crosses edge {edge} of ring {one}"),
        expected=f"holes inside the outer ring and apart from each other; edge {against} runs "
        f"{_edge(rings[other], against)}, edge {edge} of ring {one} {_edge(rings[one], edge)}",
    )


def _edge(ring: Ring, edge: int) -> str:
    start = edge % (len(ring) - 1)
    return f"from {show_position(ring[start])} to {show_position(ring[start + 1])}"


def _refuse(core: Core, ring: Ring, i: int, j: int, where: str, fault: str) -> None:
    first, second = sorted((core.origins[i], core.origins[j]))
    raise Malformed(
        where=f"{where}/{first}",
        found=Said(f"a ring whose edge {second} {fault} edge {first}"),
        expected="a ring whose edges meet only at their common ends; "
        f"edge {first} runs {_edge(ring, first)}, edge {second} {_edge(ring, second)}",
    )
