"""Which short edges of two cores lie near each other: a filter that never loses a pair.

Every distance here is one in space, through the Earth, which no path on the surface undercuts. Small cores
are compared edge by edge without numpy, so that the first answer of a process does not wait for it; large
ones by trees of balls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearline.volumes.core import AXIS_RATIO, Core, side
from clearline.volumes.geodesy import Vector, at_least_m, at_most_m

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SMALL_PAIRS = 600
"""Pairs of edges up to which plain loops are faster than arrays."""

FAN_OUT = 4
"""Children of a ball in a tree: few enough to drop early, enough to keep the tree low."""

CHUNK_PAIRS = 200_000
"""Pairs of balls that are opened at one time, which bounds the memory."""

Candidate = tuple[float, bool, int, int]
"""Least distance in metres; whether the vertex is the first core's; the vertex; the short edge of the other core."""


def nearest_candidates(a: Core, b: Core, within_m: float) -> list[Candidate] | tuple[int, int]:
    """Return the pairs of vertex and edge that may be the nearest, least distance first.

    Or a pair of edges that cross, where there is one. Pairs farther apart than `within_m` metres, or surely
    not the nearest, are left out.
    """
    if len(a.edges) * len(b.edges) <= SMALL_PAIRS:
        return _nearest_small(a, b, within_m)
    return _nearest_large(a, b, within_m)


def cross(a: Core, i: int, b: Core, j: int) -> bool:
    """Report whether two short edges near each other cross; a mere touch is left to the distance."""
    first, last = a.edges[i]
    start, end = a.places[first], a.places[last]
    first, last = b.edges[j]
    start_b, end_b = b.places[first], b.places[last]
    if side(start, end, start_b) * side(start, end, end_b) >= 0:
        return False
    return side(start_b, end_b, start) * side(start_b, end_b, end) < 0


def crossing_share(a: Core, i: int, b: Core, j: int) -> float:
    """Return the share of edge `i` of `a` that lies before its crossing with edge `j` of `b`."""
    first, last = a.edges[i]
    start, end = (b.places[vertex] for vertex in b.edges[j])
    before, after = side(start, end, a.places[first]), side(start, end, a.places[last])
    return before / (before - after)


def chord_distance_m(place: Vector, start: Vector, end: Vector) -> float:
    """Return the distance in space, in metres, of a place from the straight line between two others."""
    sx, sy, sz = start
    dx, dy, dz = end[0] - sx, end[1] - sy, end[2] - sz
    px, py, pz = place[0] - sx, place[1] - sy, place[2] - sz
    square = dx * dx + dy * dy + dz * dz
    if square > 0:
        t = (px * dx + py * dy + pz * dz) / square
        t = 0.0 if t < 0 else min(t, 1.0)
        px, py, pz = px - t * dx, py - t * dy, pz - t * dz
    return math.sqrt(px * px + py * py + pz * pz)


def _nearest_small(a: Core, b: Core, within_m: float) -> list[Candidate] | tuple[int, int]:
    cut_m = within_m
    pairs: list[tuple[float, int, int]] = []
    sqrt = math.sqrt
    for i, (ax, ay, az, half_a, sag_a) in enumerate(a.balls):
        for j, (bx, by, bz, half_b, sag_b) in enumerate(b.balls):
            dx, dy, dz = ax - bx, ay - by, az - bz
            apart = sqrt(dx * dx + dy * dy + dz * dz)
            lower = apart - half_a - half_b
            if lower <= cut_m:
                pairs.append((lower, i, j))
                cut_m = min(cut_m, at_most_m(apart + sag_a + sag_b))
    pairs.sort()
    found: list[Candidate] = []
    seen: set[tuple[bool, int, int]] = set()
    for lower, i, j in pairs:
        if lower > cut_m:
            break
        if lower <= 0 and cross(a, i, b, j):
            return i, j
        for of_a, ends, others, other, edge in (
            (True, a.edges[i], b, b.edges[j], j),
            (False, b.edges[j], a, a.edges[i], i),
        ):
            places = a.places if of_a else b.places
            sag_m = others.balls[edge][4]
            for vertex in ends:
                if (of_a, vertex, edge) in seen:
                    continue
                seen.add((of_a, vertex, edge))
                chord = chord_distance_m(places[vertex], others.places[other[0]], others.places[other[1]])
                least = at_least_m(chord - sag_m)
                if least <= cut_m:
                    found.append((least, of_a, vertex, edge))
                    cut_m = min(cut_m, at_most_m(chord + sag_m))
    found.sort()
    return found


@dataclass(frozen=True, slots=True)
class Level:
    """Bounds of one level of a tree: a ball and an oriented box for each node.

    `axes` are three unit vectors a node: along it, across it, and outwards; `halves` the box's half extents
    along them. The boxes tell apart long thin neighbours, such as the legs of a search pattern.
    """

    centres: Floats
    radii: Floats
    middles: Floats
    axes: Floats
    halves: Floats

    def __len__(self) -> int:
        return len(self.radii)


class Tree:
    """The short edges of a core as arrays, under levels of nodes, each of which holds its children."""

    def __init__(self, core: Core) -> None:
        import numpy as np

        self.places: Floats = np.array(core.places)
        self.edges: Integers = np.array(core.edges, dtype=np.int64)
        self.starts: Floats = self.places[self.edges[:, 0]]
        self.ends: Floats = self.places[self.edges[:, 1]]
        balls: Floats = np.array(core.balls)
        self.sags: Floats = balls[:, 4]
        self.levels = [_leaves(self.starts, self.ends, balls)]
        while len(self.levels[-1]) > FAN_OUT:
            self.levels.append(_parents(self.levels[-1]))


def _leaves(starts: Floats, ends: Floats, balls: Floats) -> Level:
    """Return the bounds of each short edge."""
    import numpy as np

    middles = balls[:, :3]
    outward = middles * (1.0, 1.0, AXIS_RATIO)
    outward = outward / np.linalg.norm(outward, axis=1)[:, None]
    along = ends - starts
    length = np.linalg.norm(along, axis=1)
    # An edge of no length may point anywhere; eastwards or northwards, whichever is no outward direction.
    still = np.where(np.abs(outward[:, 2:]) < 0.9, (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    across = np.cross(outward, np.where(length[:, None] > 0, along, still))
    across = across / np.linalg.norm(across, axis=1)[:, None]
    axes = np.stack((np.cross(across, outward), across, outward), axis=1)
    halves = np.stack((length / 2 + 0.001, np.full(len(length), PLANE_M), balls[:, 4] + length * 0.002), axis=1)
    return Level(middles, balls[:, 3], middles, axes, halves)


PLANE_M = 0.0002
"""More than a geodesic of `EDGE_STEP_M` leaves the plane through its ends and the normal at its middle, metres."""


def _parents(below: Level) -> Level:
    """Return the bounds round each run of `FAN_OUT` nodes."""
    import numpy as np

    count = -(-len(below) // FAN_OUT)
    padded = np.minimum(np.arange(count * FAN_OUT), len(below) - 1).reshape(count, FAN_OUT)
    inner = below.centres[padded]
    centres = inner.mean(axis=1)
    radii = (np.linalg.norm(inner - centres[:, None, :], axis=2) + below.radii[padded]).max(axis=1)
    # The longest child gives the direction: a short link between two legs says nothing.
    longest = below.radii[padded].argmax(axis=1)
    axes = below.axes[padded[np.arange(count), longest]]
    offsets = np.einsum("nax,ncx->nca", axes, below.middles[padded] - centres[:, None, :])
    turned = np.abs(np.einsum("nax,ncbx->ncab", axes, below.axes[padded]))
    spans = np.einsum("ncab,ncb->nca", turned, below.halves[padded])
    low, high = (offsets - spans).min(axis=1), (offsets + spans).max(axis=1)
    middles = centres + np.einsum("nax,na->nx", axes, (low + high) / 2)
    return Level(centres, radii, middles, axes, (high - low) / 2)


def _across_m(a: Level, b: Level, i: Integers, j: Integers) -> Floats:
    """Return how far apart pairs of boxes lie, in metres, across the nodes of the first level; or less."""
    import numpy as np

    across = a.axes[i, 1]
    apart = np.abs(np.einsum("nx,nx->n", b.middles[j] - a.middles[i], across))
    turned = np.abs(np.einsum("nax,nx->na", b.axes[j], across))
    gaps: Floats = apart - a.halves[i, 1] - np.einsum("na,na->n", turned, b.halves[j])
    return gaps


def tree_of(core: Core) -> Tree:
    """Return the tree of a core, made at the first call."""
    known: Any = core.tree
    if known is None:
        known = core.tree = Tree(core)
    tree: Tree = known
    return tree


class Reach:
    """The distance in metres within which pairs still count; it shrinks while pairs are found."""

    def __init__(self, metres: float, *, fixed: bool = False) -> None:
        self.metres, self.fixed = metres, fixed

    def shrink(self, metres: float) -> None:
        """Lower the distance to `metres`, unless it is fixed or lower already."""
        if not self.fixed:
            self.metres = min(self.metres, metres)


def near_pairs(a: Tree, b: Tree, reach: Reach) -> Iterator[tuple[Integers, Integers, Floats]]:
    """Yield arrays of edges of `a` and of `b` whose balls lie within reach, with the balls' least distances.

    Where both trees are one, each unordered pair comes once. The nearest pairs of balls are opened first.
    """
    import numpy as np

    alone = a is b
    top_a, top_b = len(a.levels) - 1, len(b.levels) - 1
    grid = np.meshgrid(np.arange(len(a.levels[-1])), np.arange(len(b.levels[-1])), indexing="ij")
    stack: list[tuple[int, int, Integers, Integers]] = [(top_a, top_b, grid[0].ravel(), grid[1].ravel())]
    while stack:
        level_a, level_b, i, j = stack.pop()
        nodes_a, nodes_b = a.levels[level_a], b.levels[level_b]
        if alone:
            ordered = i <= j
            i, j = i[ordered], j[ordered]
        gap = nodes_a.centres[i] - nodes_b.centres[j]
        apart = np.sqrt(np.einsum("ij,ij->i", gap, gap))
        together = nodes_a.radii[i] + nodes_b.radii[j]
        if len(apart):
            reach.shrink(at_most_m(float((apart + together).min())))
        lower = apart - together
        near = lower <= reach.metres
        i, j, lower = i[near], j[near], lower[near]
        lower = np.maximum(lower, _across_m(nodes_a, nodes_b, i, j))
        lower = np.maximum(lower, _across_m(nodes_b, nodes_a, j, i))
        near = lower <= reach.metres
        i, j, lower = i[near], j[near], lower[near]
        if not len(i):
            continue
        if level_a == level_b == 0:
            yield i, j, lower
            continue
        order = np.argsort(lower, kind="stable")
        i, j = i[order], j[order]
        size = max(1, CHUNK_PAIRS // FAN_OUT**2)
        chunks = [
            (
                max(level_a - 1, 0),
                max(level_b - 1, 0),
                *_children(a, b, level_a, level_b, i[k : k + size], j[k : k + size]),
            )
            for k in range(0, len(i), size)
        ]
        stack.extend(reversed(chunks))


def _children(a: Tree, b: Tree, level_a: int, level_b: int, i: Integers, j: Integers) -> tuple[Integers, Integers]:
    """Return every pair of children; a ball of the lowest level stands for itself."""
    import numpy as np

    fan = np.arange(FAN_OUT)
    of_i = i[:, None] * FAN_OUT + fan if level_a else i[:, None]
    of_j = j[:, None] * FAN_OUT + fan if level_b else j[:, None]
    pairs_i = np.repeat(of_i, of_j.shape[1], axis=1).ravel()
    pairs_j = np.tile(of_j, (1, of_i.shape[1])).ravel()
    here = np.ones(len(pairs_i), dtype=bool)
    if level_a:
        here &= pairs_i < len(a.levels[level_a - 1])
    if level_b:
        here &= pairs_j < len(b.levels[level_b - 1])
    return pairs_i[here], pairs_j[here]


def crossing_pairs(a: Tree, b: Tree, i: Integers, j: Integers) -> NDArray[np.bool_]:
    """Report for each pair of short edges near each other whether they cross; a mere touch does not count."""
    from_a, to_a, from_b, to_b = a.starts[i], a.ends[i], b.starts[j], b.ends[j]
    crossing: NDArray[np.bool_] = (_sides(from_a, to_a, from_b) * _sides(from_a, to_a, to_b) < 0) & (
        _sides(from_b, to_b, from_a) * _sides(from_b, to_b, to_a) < 0
    )
    return crossing


def _sides(start: Floats, end: Floats, place: Floats) -> Floats:
    import numpy as np

    normal = start + end
    normal[:, 2] *= AXIS_RATIO
    sides: Floats = np.einsum("ij,ij->i", np.cross(normal, end - start), place - start)
    return sides


def chord_distances_m(places: Floats, starts: Floats, ends: Floats) -> Floats:
    """Return the distances in space of places from straight lines, row by row, in metres."""
    import numpy as np

    along = ends - starts
    away = places - starts
    square = np.einsum("ij,ij->i", along, along)
    t = np.clip(np.einsum("ij,ij->i", away, along) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    distances: Floats = np.linalg.norm(away - t[:, None] * along, axis=1)
    return distances


def _nearest_large(a: Core, b: Core, within_m: float) -> list[Candidate] | tuple[int, int]:
    tree_a, tree_b = tree_of(a), tree_of(b)
    reach = Reach(within_m)
    batches: list[tuple[Floats, bool, Integers, Integers]] = []
    for i, j, lower in near_pairs(tree_a, tree_b, reach):
        touching = lower <= 0
        if touching.any():
            near_i, near_j = i[touching], j[touching]
            crossing = crossing_pairs(tree_a, tree_b, near_i, near_j)
            if crossing.any():
                at = int(crossing.argmax())
                return int(near_i[at]), int(near_j[at])
        for of_a, own, other, mine, theirs in ((True, tree_a, tree_b, i, j), (False, tree_b, tree_a, j, i)):
            for end in (0, 1):
                vertices = own.edges[mine, end]
                chords = chord_distances_m(own.places[vertices], other.starts[theirs], other.ends[theirs])
                sags = other.sags[theirs]
                reach.shrink(at_most_m(float((chords + sags).min())))
                keep = chords - sags <= reach.metres
                batches.append((chords[keep] - sags[keep], of_a, vertices[keep], theirs[keep]))
    found = {
        (at_least_m(float(least)), of_a, int(vertex), int(edge))
        for leasts, of_a, vertices, edges in batches
        for least, vertex, edge in zip(
            *(part[leasts <= reach.metres] for part in (leasts, vertices, edges)), strict=True
        )
    }
    return sorted(candidate for candidate in found if candidate[0] <= reach.metres)
