"""The lateral gap between two footprints, exact to a millimetre, and the place where they meet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clearline.volumes.core import Core, core_of, holds, wrap_deg
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.geodesy import MEAN_RADIUS_M, Degrees, foot, geodesics
from clearline.volumes.nearness import Candidate, crossing_share, nearest_candidates

TOLERANCE_M = 0.0002
"""How much nearer, in metres, an unexamined pair may be: a fifth of the millimetre that a gap is rounded to."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest points of two cores and the metres between them; both are one point where the cores meet."""

    distance_m: float
    on_a: Degrees
    on_b: Degrees


@dataclass(frozen=True, slots=True)
class Approach:
    """How near two footprints come: the gap in metres to 1 mm, `math.inf` beyond the limit that was asked for."""

    a: Footprint
    b: Footprint
    gap_m: float
    nearest: Nearest | None

    def position(self) -> Degrees:
        """Return longitude and latitude in degrees of a point in both footprints.

        Where they do not meet, it is the middle of their nearest points.
        """
        core_a, core_b = core_of(self.a), core_of(self.b)
        nearest = self.nearest or _nearest(core_a, core_b, math.inf)
        if nearest is None or nearest.distance_m == 0:
            return core_a.degrees[0] if nearest is None else _normal(nearest.on_a)
        radius_a_m, radius_b_m, distance_m = self.a.radius_cm / 100, self.b.radius_cm / 100, nearest.distance_m
        if distance_m <= radius_a_m + radius_b_m:
            along_m = distance_m * radius_a_m / (radius_a_m + radius_b_m)
        else:
            along_m = (radius_a_m + distance_m - radius_b_m) / 2
        azimuth_deg = geodesics().inv(*nearest.on_a, *nearest.on_b)[0]
        lon, lat, _ = geodesics().fwd(*nearest.on_a, azimuth_deg, along_m)
        return _normal((lon, lat))


def approach(a: Footprint, b: Footprint, *, limit_m: float) -> Approach:
    """Return how near two footprints come along the ellipsoid; a gap of 0 where they meet.

    The gap is exact whenever it is at most `limit_m`; otherwise `math.inf` or any other value above `limit_m`. A
    touch is a meeting, and so is one footprint within the other; a place in a hole is as far from the polygon
    as from the hole's edge.

    On a surface that curves outwards everywhere, the least distance of two geodesic edges that do not cross
    is at an end of one of them: so it is a test for crossing, and the distance of a vertex from an edge.
    """
    radii_m = (a.radius_cm + b.radius_cm) / 100
    if a.shape is Shape.POINT and b.shape is Shape.POINT:
        (lon_a, lat_a), (lon_b, lat_b) = a.parts[0][0][0], b.parts[0][0][0]
        on_a, on_b = (lon_a / 1e7, lat_a / 1e7), (lon_b / 1e7, lat_b / 1e7)
        distance_m: float = geodesics().inv(*on_a, *on_b)[2]
        return Approach(a, b, max(0.0, round(distance_m - radii_m, 3)), Nearest(distance_m, on_a, on_b))
    core_a, core_b = core_of(a), core_of(b)
    within_m = limit_m + radii_m + 0.001
    if math.dist(core_a.centre, core_b.centre) - core_a.reach_m - core_b.reach_m > within_m:
        return Approach(a, b, math.inf, None)
    nearest = _nearest(core_a, core_b, within_m)
    gap_m = math.inf if nearest is None else max(0.0, round(nearest.distance_m - radii_m, 3))
    return Approach(a, b, gap_m, nearest)


def lateral_gap_m(a: Footprint, b: Footprint, *, limit_m: float) -> float:
    """Return the metres between two footprints, rounded to 1 mm; see `approach`."""
    return approach(a, b, limit_m=limit_m).gap_m


def meeting_position(a: Footprint, b: Footprint) -> Degrees:
    """Return longitude and latitude in degrees of a point in both footprints; see `Approach.position`."""
    return Approach(a, b, math.inf, None).position()


def _normal(position: Degrees) -> Degrees:
    return wrap_deg(position[0]), position[1]


def _nearest(a: Core, b: Core, within_m: float) -> Nearest | None:
    """Return the nearest points of two cores; `None` where they surely lie more than `within_m` apart."""
    for core, other in ((a, b), (b, a)):
        if core.polygons:
            for start in other.starts:
                if holds(core, other.degrees[start], other.places[start]):
                    return Nearest(0.0, other.degrees[start], other.degrees[start])
    found = nearest_candidates(a, b, within_m)
    if isinstance(found, tuple):
        point = _crossing_point(a, found[0], b, found[1])
        return Nearest(0.0, point, point)
    return _refine(a, b, found)


def _refine(a: Core, b: Core, candidates: list[Candidate]) -> Nearest | None:
    """Return the nearest points among the candidates, measured along geodesics, nearest candidate first."""
    best: tuple[float, float, Candidate] | None = None
    for candidate in candidates:
        least_m, of_a, vertex, edge = candidate
        if best is not None and least_m > best[0] - TOLERANCE_M:
            break
        own, other = (a, b) if of_a else (b, a)
        distance_m, along_m = vertex_to_edge(own, vertex, other, edge)
        if best is None or distance_m < best[0]:
            best = distance_m, along_m, candidate
    if best is None:
        return None
    distance_m, along_m, (_, of_a, vertex, edge) = best
    own, other = (a, b) if of_a else (b, a)
    lon, lat, _ = geodesics().fwd(*other.degrees[other.edges[edge][0]], other.course(edge)[0], along_m)
    ends = own.degrees[vertex], (lon, lat)
    return Nearest(distance_m, *(ends if of_a else reversed(ends)))


def vertex_to_edge(own: Core, vertex: int, other: Core, edge: int) -> tuple[float, float]:
    """Return the metres from a vertex to a short edge, and the metres along the edge to its nearest point."""
    first, last = other.edges[edge]
    if first == last:
        return float(geodesics().inv(*own.degrees[vertex], *other.degrees[first])[2]), 0.0
    azimuth_deg, length_m = other.course(edge)
    start, end, place = other.places[first], other.places[last], own.places[vertex]
    along = [e - s for s, e in zip(start, end, strict=True)]
    square = sum(d * d for d in along)
    share = sum((p - s) * d for p, s, d in zip(place, start, along, strict=True)) / square if square else 0.0
    return foot(own.degrees[vertex], other.degrees[first], azimuth_deg, length_m, share * length_m)


def boundary_contact(a: Core, b: Core, within_m: float) -> tuple[int, int] | None:
    """Return a short edge of each core that cross or lie within `within_m` metres; `None` where none do."""
    found = nearest_candidates(a, b, within_m)
    if isinstance(found, tuple):
        return found
    for _, of_a, vertex, edge in found:
        own, other = (a, b) if of_a else (b, a)
        if vertex_to_edge(own, vertex, other, edge)[0] < within_m:
            own_edge = min(vertex, len(own.edges) - 1)
            return (own_edge, edge) if of_a else (edge, own_edge)
    return None


def _crossing_point(a: Core, i: int, b: Core, j: int) -> Degrees:
    """Return where two short edges cross, to a millimetre or two.

    The share is one of the chord; the angle at the Earth's centre gives the way along the edge above it.
    """
    azimuth_deg, length_m = a.course(i)
    half_rad = length_m / MEAN_RADIUS_M / 2
    beyond_middle = math.atan((2 * crossing_share(a, i, b, j) - 1) * math.tan(half_rad)) / half_rad
    lon, lat, _ = geodesics().fwd(*a.degrees[a.edges[i][0]], azimuth_deg, length_m * (1 + beyond_middle) / 2)
    return lon, lat
