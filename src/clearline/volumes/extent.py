"""What a footprint takes up: its box in space, its outline for drawing, and edges that sag from a chart's lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from clearline.volumes.core import EDGE_STEP_M, Core, core_of, holds, wrap_deg
from clearline.volumes.footprint import POLE, Footprint, Position, Shape
from clearline.volumes.geodesy import (
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    Degrees,
    Vector,
    foot,
    geodesics,
    sagitta_m,
)

SAG_WARNING_M = 100.0
"""How far in metres an edge may sag from the straight line of longitude and latitude without a warning."""

CAP_STEPS = 32
"""Corners of a quarter of a circle's outline: it then lies within 0.03 % of the radius of the true one."""

OUTLINE_VERTICES_MAX = 200_000
"""Positions of one outline at the most; the step is widened to keep to it."""

Box = tuple[float, float, float, float, float, float]
"""Least x, y, z, then greatest x, y, z, in metres, earth-centred and earth-fixed."""

_AXIS_POINTS: tuple[tuple[Degrees, Vector], ...] = (
    ((0.0, 0.0), (SEMI_MAJOR_M, 0.0, 0.0)),
    ((-180.0, 0.0), (-SEMI_MAJOR_M, 0.0, 0.0)),
    ((90.0, 0.0), (0.0, SEMI_MAJOR_M, 0.0)),
    ((-90.0, 0.0), (0.0, -SEMI_MAJOR_M, 0.0)),
    ((0.0, 90.0), (0.0, 0.0, SEMI_MINOR_M)),
    ((0.0, -90.0), (0.0, 0.0, -SEMI_MINOR_M)),
)


@dataclass(frozen=True, slots=True)
class Sag:
    """An edge that leaves the straight line of longitude and latitude between its ends by `sag_m` metres.

    `part`, `ring` and `edge` are indices into `Footprint.parts`; edge n joins positions n and n + 1.
    """

    part: int
    ring: int
    edge: int
    sag_m: float


def ecef_box(footprint: Footprint) -> Box:
    """Return the box in space that holds the footprint on the ellipsoid, radius included; never too small.

    A coordinate is greatest on the core's edges, or at the end of its own axis where the interior holds that.
    """
    core = core_of(footprint)
    places = core.places
    if core.polygons:
        places = places + [place for position, place in _AXIS_POINTS if holds(core, position, place)]
    longest_m = max((math.dist(core.places[i], core.places[j]) for i, j in core.edges), default=0.0)
    # One centimetre covers the rounding of coordinates and the 0.1 mm by which a short edge is not plane.
    margin_m = footprint.radius_cm / 100 + sagitta_m(longest_m * 1.0001) + 0.01
    xs, ys, zs = zip(*places, strict=True)
    return (
        min(xs) - margin_m,
        min(ys) - margin_m,
        min(zs) - margin_m,
        max(xs) + margin_m,
        max(ys) + margin_m,
        max(zs) + margin_m,
    )


def sag_warnings(footprint: Footprint) -> tuple[Sag, ...]:
    """Return the edges that sag more than `SAG_WARNING_M` metres from the straight lines that RFC 7946 draws.

    Source: RFC 7946 §3.1.1 (a line between two positions is straight in longitude and latitude); edges here are
    geodesics.
    """
    found: list[Sag] = []
    for part, rings in enumerate(footprint.parts):
        for number, ring in enumerate(rings):
            for edge, (start, end) in enumerate(pairwise(ring)):
                sag_m = _sag_m(start, end)
                if sag_m > SAG_WARNING_M:
                    found.append(Sag(part, number, edge, sag_m))
    return tuple(found)


def _sag_m(start: Position, end: Position) -> float:
    """Return the sag of an edge in metres, or 0 where a rough bound already shows that it is small."""
    if start[0] == end[0] or POLE in (abs(start[1]), abs(end[1])):
        return 0.0
    lat = min(max(abs(start[1]), abs(end[1])) / 1e7, 89.9999999)
    lat_rad = math.radians(lat)
    turn_deg = wrap_deg((end[0] - start[0]) / 1e7)
    east_m = math.radians(abs(turn_deg)) * math.cos(math.radians(min(abs(start[1]), abs(end[1])) / 1e7)) * 6.4e6
    rise_m = abs(end[1] - start[1]) / 1e7 * 111_700
    # A parallel bends by tan(latitude)/R per metre; a line across the parallels bends up to twice as much.
    rough_m = (east_m + rise_m) * east_m * math.tan(lat_rad) / (4 * 6.3e6)
    across_m = (east_m + rise_m) * east_m / 6.3e6 * 0.2
    if max(rough_m, across_m) < SAG_WARNING_M:
        return 0.0
    lon, lat_start = start[0] / 1e7, start[1] / 1e7
    azimuth_deg, _, length_m = geodesics().inv(lon, lat_start, end[0] / 1e7, end[1] / 1e7)
    most_m = 0.0
    for step in range(1, 16):
        share = step / 16
        drawn = lon + turn_deg * share, lat_start + (end[1] - start[1]) / 1e7 * share
        most_m = max(most_m, foot(drawn, (lon, lat_start), azimuth_deg, length_m, length_m * share)[0])
    return most_m


def outline(footprint: Footprint, *, step_m: float) -> tuple[tuple[Degrees, ...], ...]:
    """Return closed rings of longitude and latitude in degrees that trace the footprint, for drawing alone.

    A point or a line of no radius comes as its own positions. Edges are densified to `step_m` metres. Along a
    ring longitudes run on without a leap, so that they may pass ±180. Radii of lines and polygons are drawn in
    an azimuthal equidistant picture round the footprint's middle, true to 0.5 % within 1,000 km of it.
    """
    return tuple(ring for polygon in outlined_polygons(footprint, step_m=step_m) for ring in polygon)


def outlined_polygons(footprint: Footprint, *, step_m: float) -> tuple[tuple[tuple[Degrees, ...], ...], ...]:
    """Return the rings of `outline` polygon by polygon, the outer ring of each first and its holes after it.

    A point or a line of no radius comes as one polygon of its own positions.
    """
    core = core_of(footprint)
    total_m = sum(core.course(edge)[1] for edge in range(len(core.edges)))
    step_m = max(step_m, total_m / OUTLINE_VERTICES_MAX, 1.0)
    radius_m = footprint.radius_cm / 100
    if footprint.shape is Shape.POINT:
        return ((_circle(core.degrees[0], radius_m),),)
    traced = [
        [_trace(footprint, part, ring, step_m) for ring in range(len(rings))]
        for part, rings in enumerate(footprint.parts)
    ]
    if radius_m == 0:
        return tuple(tuple(_continuous(ring) for ring in polygon) for polygon in traced)
    return _grown(footprint, core, [ring for polygon in traced for ring in polygon], radius_m)


def _trace(footprint: Footprint, part: int, ring: int, step_m: float) -> list[Degrees]:
    solver = geodesics()
    positions = [(lon / 1e7, lat / 1e7) for lon, lat in footprint.parts[part][ring]]
    traced = [positions[0]]
    for start, end in pairwise(positions):
        azimuth_deg, _, length_m = solver.inv(*start, *end)
        pieces = max(1, math.ceil(length_m / step_m))
        for piece in range(1, pieces):
            lon, lat, _ = solver.fwd(*start, azimuth_deg, length_m * piece / pieces)
            traced.append((lon, lat))
        traced.append(end)
    return traced


def _continuous(ring: list[Degrees]) -> tuple[Degrees, ...]:
    lon = ring[0][0]
    out = [ring[0]]
    for (before, _), (after, lat) in pairwise(ring):
        lon += wrap_deg(after - before)
        out.append((lon, lat))
    return tuple(out)


def _circle(centre: Degrees, radius_m: float) -> tuple[Degrees, ...]:
    if radius_m == 0:
        return (centre,)
    solver = geodesics()
    corners = 4 * CAP_STEPS
    ring = [solver.fwd(*centre, 360.0 * k / corners, radius_m)[:2] for k in range(corners)]
    return _continuous([*ring, ring[0]])


def _grown(
    footprint: Footprint, core: Core, traced: list[list[Degrees]], radius_m: float
) -> tuple[tuple[tuple[Degrees, ...], ...], ...]:
    """Return the outline of traced chains grown by a radius, by way of a picture round their middle."""
    import shapely

    middle = _middle(core)
    solver = geodesics()

    def flat(position: Degrees) -> tuple[float, float]:
        azimuth_deg, _, distance_m = solver.inv(*middle, *position)
        turn = math.radians(azimuth_deg)
        return distance_m * math.sin(turn), distance_m * math.cos(turn)

    def round_earth(x: float, y: float) -> Degrees:
        lon, lat, _ = solver.fwd(*middle, math.degrees(math.atan2(x, y)), math.hypot(x, y))
        return lon, lat

    pictures = [[flat(position) for position in chain] for chain in traced]
    if footprint.shape is Shape.LINE:
        shape = shapely.LineString(pictures[0])
    else:
        parts: list[shapely.Polygon] = []
        at = 0
        for rings in footprint.parts:
            part = shapely.Polygon(pictures[at], pictures[at + 1 : at + len(rings)])
            parts.append(shapely.make_valid(part))
            at += len(rings)
        shape = shapely.union_all(parts)
    grown = shape.buffer(radius_m, quad_segs=CAP_STEPS)
    polygons = grown.geoms if hasattr(grown, "geoms") else [grown]
    return tuple(
        tuple(
            _continuous([round_earth(x, y) for x, y in ring.coords]) for ring in (polygon.exterior, *polygon.interiors)
        )
        for polygon in polygons
    )


def _middle(core: Core) -> Degrees:
    """Return a position near the middle of a core; the first vertex where the core surrounds the Earth."""
    x, y, z = core.centre
    across = math.hypot(x, y)
    if math.hypot(across, z) < EDGE_STEP_M:
        return core.degrees[0]
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, across))
