"""The core of a footprint made ready for measuring: short geodesic edges, in degrees and in space."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from clearline.volumes.footprint import POLE, Footprint, Position, Ring, Shape
from clearline.volumes.geodesy import FLATTENING, Degrees, Vector, geodesics, sagitta_m, space

EDGE_STEP_M = 50_000.0
"""The longest short edge, in metres.

The plane through its ends and the normal at its middle then lies within 0.1 mm of the geodesic, and no short
edge rises a whole degree of latitude.
"""

CACHE_VERTICES_MAX = 400_000
"""Vertices of the cores that are kept ready: some 150 MB at most."""

CACHE_CORES_MAX = 100_000
"""Cores that are kept ready at the most."""

Edge = tuple[int, int]
"""A short edge, by the indices of its two vertices; a leg of no length has the same place twice."""


@dataclass(slots=True)
class Outline:
    """One ring, interior on the left: a run of the core's vertices, and whether it holds the north pole."""

    first: int
    last: int
    holds_north_pole: bool


@dataclass
class Core:
    """Vertices and short edges of a footprint's core; edges longer than `EDGE_STEP_M` are divided.

    `starts` holds one vertex of each part, `polygons` the rings of each polygon (outer first), `centre` and
    `reach_m` a ball in space that holds the core with all of its interior.
    """

    degrees: list[Degrees] = field(default_factory=list)
    places: list[Vector] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    polygons: list[list[Outline]] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    centre: Vector = (0.0, 0.0, 0.0)
    reach_m: float = 0.0
    tree: object = None
    _courses: dict[int, tuple[float, float]] = field(default_factory=dict)

    def course(self, edge: int) -> tuple[float, float]:
        """Return the azimuth in degrees at which a short edge leaves its first vertex, and its metres."""
        known = self._courses.get(edge)
        if known is None:
            first, last = self.edges[edge]
            azimuth_deg, _, length_m = geodesics().inv(*self.degrees[first], *self.degrees[last])
            known = self._courses[edge] = (azimuth_deg, length_m)
        return known

    @cached_property
    def balls(self) -> list[tuple[float, float, float, float, float]]:
        """Return for each short edge its middle in space, the radius of a ball that holds it, and its sagitta."""
        return [_ball(self.places[first], self.places[last]) for first, last in self.edges]

    def add_chain(self, ring: Ring) -> tuple[int, int]:
        """Append the positions of `ring` with the edges between them; return the first and last new vertex."""
        begin = len(self.degrees)
        previous: Position | None = None
        turned = abs(ring[0][1]) == POLE and ring[0] == ring[-1] and len(ring) > 2
        if turned:
            # A closed ring begins elsewhere than at a pole, so that its turn there is whole.
            ring = (*ring[1:], ring[1])
        for number, position in enumerate(ring, start=int(turned)):
            if previous is not None:
                if position == previous:
                    continue
                self._add_edge(previous, position, number - 1)
            else:
                self._add_vertex(position[0] / 1e7, position[1] / 1e7)
            previous = position
        last = len(self.degrees) - 1
        if last == begin:
            self.edges.append((begin, begin))
            self.origins.append(0)
        return begin, last

    def _add_vertex(self, lon_deg: float, lat_deg: float) -> None:
        self.degrees.append((lon_deg, lat_deg))
        self.places.append(space(lon_deg, lat_deg))

    def _add_edge(self, start: Position, end: Position, origin: int) -> None:
        """Append one geodesic edge; its first position is the last vertex, or a pole that turns to its meridian."""
        lon, lat = end[0] / 1e7, end[1] / 1e7
        lon_before, lat_before = self.degrees[-1]
        if abs(start[1]) == POLE:
            # At a pole each longitude names the same place: leave along the meridian of the next position.
            lon_before = lon
            self._add_vertex(lon, lat_before)
        elif abs(end[1]) == POLE:
            lon = lon_before
        target = space(lon, lat)
        if math.dist(self.places[-1], target) > EDGE_STEP_M * 0.99:
            solver = geodesics()
            azimuth_deg, _, length_m = solver.inv(lon_before, lat_before, lon, lat)
            pieces = math.ceil(length_m / EDGE_STEP_M)
            for piece in range(1, pieces):
                self._add_vertex(*solver.fwd(lon_before, lat_before, azimuth_deg, length_m * piece / pieces)[:2])
                self._add_link(origin)
        self.degrees.append((lon, lat))
        self.places.append(target)
        self._add_link(origin)

    def _add_link(self, origin: int) -> None:
        count = len(self.degrees)
        self.edges.append((count - 2, count - 1))
        self.origins.append(origin)

    def enclose(self) -> None:
        """Set the ball that holds all vertices, edges and, for polygons, the interior."""
        axes = list(zip(*self.places, strict=True))
        x, y, z = ((min(axis) + max(axis)) / 2 for axis in axes)
        self.centre = (x, y, z)
        self.reach_m = max(math.dist(self.centre, place) for place in self.places) + sagitta_m(EDGE_STEP_M)
        if self.polygons and self.reach_m > HALF_EARTH_M:
            # A cap that holds the ring holds its smaller side too, but only if the cap is less than half.
            self.centre, self.reach_m = (0.0, 0.0, 0.0), WHOLE_EARTH_M


HALF_EARTH_M = 6_000_000.0
"""A ball of this radius holds less than half of the ellipsoid's surface, wherever its centre lies."""

WHOLE_EARTH_M = 6_400_000.0
"""A ball of this radius round the centre of the Earth holds the whole ellipsoid."""


def _ball(start: Vector, end: Vector) -> tuple[float, float, float, float, float]:
    length_m = math.dist(start, end)
    sag_m = sagitta_m(length_m * 1.0001)
    return (
        (start[0] + end[0]) / 2,
        (start[1] + end[1]) / 2,
        (start[2] + end[2]) / 2,
        length_m / 2 + sag_m,
        sag_m,
    )


_cores: dict[int, tuple[Footprint, Core]] = {}
_cached_vertices = 0
_changing = Lock()
"""Large footprints are made ready in a thread, so that nobody waits for them in a step."""


def core_of(footprint: Footprint) -> Core:
    """Return the core of `footprint`, kept ready for the next time; the oldest are dropped first.

    The key is the identity of the footprint, which the cache itself keeps alive: to hash a hundred thousand
    positions would cost more than most answers.
    """
    known = _cores.get(id(footprint))
    if known is not None:
        return known[1]
    core = build(footprint)
    with _changing:
        return _kept(footprint, core)


def _kept(footprint: Footprint, core: Core) -> Core:
    global _cached_vertices
    known = _cores.get(id(footprint))
    if known is not None:
        return known[1]
    while _cores and (_cached_vertices + len(core.degrees) > CACHE_VERTICES_MAX or len(_cores) >= CACHE_CORES_MAX):
        _, dropped = _cores.pop(next(iter(_cores)))
        _cached_vertices -= len(dropped.degrees)
    _cores[id(footprint)] = (footprint, core)
    _cached_vertices += len(core.degrees)
    return core


def build(footprint: Footprint) -> Core:
    """Return a new core of `footprint`."""
    core = Core()
    for part in footprint.parts:
        core.starts.append(len(core.degrees))
        outlines: list[Outline] = []
        for ring in part:
            first, last = core.add_chain(ring)
            if footprint.shape is Shape.POLYGON:
                outlines.append(outline_of(core, first, last))
        if outlines:
            core.polygons.append(outlines)
    core.enclose()
    return core


def outline_of(core: Core, first: int, last: int) -> Outline:
    """Return the ring of vertices `first` to `last` with what its interior, the smaller side, holds."""
    return outline_by_area(core, first, last, signed_area_m2(core, first, last))


def outline_by_area(core: Core, first: int, last: int, area_m2: float) -> Outline:
    """Return the ring of vertices `first` to `last`, whose `signed_area_m2` is known already."""
    turn_deg, lower_lune = _around_the_axis(core, first, last)
    on_the_left = area_m2 > 0
    if abs(turn_deg) > 180:
        # The ring runs once round the axis: eastward, its left side is the northern one.
        return Outline(first, last, (turn_deg > 0) == on_the_left)
    # The poles lie on one side. With both inside, the area under the ring lacks the whole ellipsoid.
    under = lower_lune if on_the_left else -lower_lune
    return Outline(first, last, under < -math.pi)


def _around_the_axis(core: Core, first: int, last: int) -> tuple[float, float]:
    """Return how far a ring turns round the axis, in degrees, and its signed area on a unit sphere by longitude."""
    turn_deg = area = 0.0
    for index in range(first, last):
        lon, lat = core.degrees[index]
        lon_next, lat_next = core.degrees[index + 1]
        step_deg = wrap_deg(lon_next - lon)
        turn_deg += step_deg
        area -= math.radians(step_deg) * (math.sin(math.radians(lat)) + math.sin(math.radians(lat_next))) / 2
    return turn_deg, area


def signed_area_m2(core: Core, first: int, last: int) -> float:
    """Return the area of the smaller side of a ring, positive where it lies on the left of the way round.

    Within a hemisphere the ring is seen from above its middle: the sign is then sure for the thinnest ring,
    and the size is that of its picture. A larger ring is measured by its geodesics.
    """
    places = core.places[first:last]
    mx, my, mz = (math.fsum(axis) for axis in zip(*places, strict=True))
    norm = math.sqrt(mx * mx + my * my + mz * mz)
    if norm > len(places):
        nx, ny, nz = mx / norm, my / norm, mz / norm
        ox, oy, oz = places[0]
        area = ax = ay = az = 0.0
        lowest_m = nx * ox + ny * oy + nz * oz
        for px, py, pz in places:
            bx, by, bz = px - ox, py - oy, pz - oz
            area += nx * (ay * bz - az * by) + ny * (az * bx - ax * bz) + nz * (ax * by - ay * bx)
            ax, ay, az = bx, by, bz
            lowest_m = min(lowest_m, nx * px + ny * py + nz * pz)
        if lowest_m > HEMISPHERE_MARGIN_M:
            return area / 2
    lons, lats = zip(*core.degrees[first:last], strict=True)
    return float(geodesics().polygon_area_perimeter(lons, lats)[0])


HEMISPHERE_MARGIN_M = 300_000.0
"""How far in metres a ring must lie above the plane that halves the Earth, to be seen whole from above.

Its edges, half an Earth long at the most, are densified, so that the vertices stand for them.
"""


def wrap_deg(difference_deg: float) -> float:
    """Return a difference of longitudes brought into [-180, 180)."""
    return (difference_deg + 180.0) % 360.0 - 180.0


def holds(core: Core, position: Degrees, place: Vector) -> bool:
    """Report whether `position` lies inside one of the core's polygons; on an edge either answer may come."""
    if math.dist(core.centre, place) > core.reach_m:
        return False
    return any(
        inside(core, polygon[0], position, place)
        and not any(inside(core, hole, position, place) for hole in polygon[1:])
        for polygon in core.polygons
    )


def inside(core: Core, outline: Outline, position: Degrees, place: Vector) -> bool:
    """Report whether `position` lies inside a ring; on an edge either answer may come.

    Walk from the position along its meridian to the north pole: each edge that is crossed changes sides.
    """
    degrees, places = core.degrees, core.places
    lon, lat = position
    result = outline.holds_north_pole
    before = (degrees[outline.first][0] - lon + 180.0) % 360.0 - 180.0
    for index in range(outline.first + 1, outline.last + 1):
        after = (degrees[index][0] - lon + 180.0) % 360.0 - 180.0
        if (before < 0) != (after < 0) and abs(after - before) < 180.0:
            lat_from, lat_to = degrees[index - 1][1], degrees[index][1]
            if abs(lat_from + lat_to - 2 * lat) > 2.0 or lat_from == lat_to == 90.0 or lat_from == lat_to == -90.0:
                # No short edge rises a degree: the latitudes decide. A turn at a pole lies beyond everything.
                crossed = lat_from + lat_to > 2 * lat if abs(lat_from + lat_to) != 180.0 else lat_from > 0
            else:
                # The left of an eastward edge is the north.
                left = side(places[index - 1], places[index], place)
                crossed = left < 0 if after > before else left > 0
            result ^= crossed
        before = after
    return result


def side(start: Vector, end: Vector, place: Vector) -> float:
    """Return on which side of a short edge `place` lies: positive left, negative right.

    The edge spans a plane with the normal of the ellipsoid at its middle.
    """
    sx, sy, sz = start
    ex, ey, ez = end
    nx, ny, nz = sx + ex, sy + ey, (sz + ez) * AXIS_RATIO
    dx, dy, dz = ex - sx, ey - sy, ez - sz
    px, py, pz = place[0] - sx, place[1] - sy, place[2] - sz
    return (ny * dz - nz * dy) * px + (nz * dx - nx * dz) * py + (nx * dy - ny * dx) * pz


AXIS_RATIO = 1 / (1 - FLATTENING) ** 2
"""What z is multiplied by to turn a place on the ellipsoid into a direction along its normal: (a/b)²."""
