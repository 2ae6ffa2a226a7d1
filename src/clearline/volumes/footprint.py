"""Footprints: a core of geodesic edges and a radius round it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

from clearline.errors import Malformed, Said, TooLarge

if TYPE_CHECKING:
    from clearline.volumes.extent import Sag

Position = tuple[int, int]
"""Longitude and latitude in 1e-7 degree on WGS 84; longitude in [-1_800_000_000, 1_800_000_000)."""

Ring = tuple[Position, ...]
"""Positions joined by geodesic edges; a polygon's ring repeats its first position at the end."""

PER_DEGREE = 10_000_000
"""Units of a position in one degree: 1e-7 degree, about 1 cm, is what positions are quantised to."""

HALF_TURN = 180 * PER_DEGREE
"""Half a turn of longitude in units of a position."""

POLE = 90 * PER_DEGREE
"""The latitude of the north pole in units of a position."""

LONGITUDE_TYPED_MAX_DEG = 360.0
"""The largest longitude, in degrees, that is wrapped; more is a slip of the pen, and refused."""

RADIUS_MAX_M = 1_000_000.0
"""The largest radius in metres: beyond it, the nearest point of a geodesic is not sure to be the only one."""

LARGE_VERTICES = 1_000
"""Vertices from which it costs more to check a polygon again than to look whether it was checked just now."""

LARGE_KEPT = 16
"""Large polygons that are remembered as checked: those of the notices that are being filed or received."""

VERTICES_MAX = 100_000
"""Positions that one footprint may have, unless the caller says otherwise."""


class Shape(StrEnum):
    """What the core of a footprint is."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


@dataclass(frozen=True, slots=True)
class Footprint:
    """A core and a radius in centimetres round it, with round caps and joins.

    `parts` holds one tuple of rings per polygon (outer ring first, then holes); a point is one part of one
    ring of one position, a line one part of one ring of its positions. Polygons of one footprint may touch or
    overlap. Make one with `point`, `line`, `polygon`, `multipolygon` or `from_parts`, which check everything;
    the bare class checks nothing.
    """

    shape: Shape
    parts: tuple[tuple[Ring, ...], ...]
    radius_cm: int


def point(position: object, *, radius_m: object, where: str = "", radius_where: str = "") -> Footprint:
    """Return a circle of `radius_m` metres round `position`, a pair of longitude and latitude in degrees.

    Raises:
        Malformed: The position or the radius is not what it should be; `where` and `radius_where` name them.
    """
    centre = parse_position(position, where=where)
    return Footprint(Shape.POINT, (((centre,),),), _radius_cm(radius_m, radius_where or where))


def line(
    positions: object,
    *,
    radius_m: object,
    where: str = "",
    radius_where: str = "",
    vertices_max: int = VERTICES_MAX,
) -> Footprint:
    """Return a corridor that reaches `radius_m` metres to each side of the geodesics through `positions`.

    Positions are pairs of degrees; legs of no length are kept and do no harm.

    Raises:
        Malformed: A position, an edge or the radius is not what it should be; names it by its index.
        TooLarge: There are more than `vertices_max` positions.
    """
    chain = _positions(positions, where, vertices_max)
    if len(chain) < 2:
        raise Malformed(where=where, found=positions, expected="at least 2 positions")
    _check_edges(chain, where)
    return Footprint(Shape.LINE, ((chain,),), _radius_cm(radius_m, radius_where or where))


def polygon(
    rings: object,
    *,
    radius_m: object = 0,
    where: str = "",
    radius_where: str = "",
    vertices_max: int = VERTICES_MAX,
) -> Footprint:
    """Return a polygon: the outer ring, then its holes, as lists of pairs of degrees.

    Rings wind either way; the interior is the smaller side.

    Raises:
        Malformed: A position, an edge, a ring or the radius is not what it should be; names it by its index.
        TooLarge: There are more than `vertices_max` positions.
    """
    part = _rings(rings, where, vertices_max)
    radius_cm = _radius_cm(radius_m, radius_where or where)
    return _checked(Footprint(Shape.POLYGON, (part,), radius_cm), [where])


def multipolygon(
    polygons: object,
    *,
    radius_m: object = 0,
    where: str = "",
    radius_where: str = "",
    vertices_max: int = VERTICES_MAX,
) -> Footprint:
    """Return a footprint of several polygons, which may touch and overlap.

    Raises:
        Malformed: A position, an edge, a ring or the radius is not what it should be; names it by its index.
        TooLarge: There are more than `vertices_max` positions.
    """
    listed = _list(polygons, where, "a list of polygons")
    if not listed:
        raise Malformed(where=where, found=polygons, expected="at least 1 polygon")
    parts: list[tuple[Ring, ...]] = []
    left = vertices_max
    for index, rings in enumerate(listed):
        part = _rings(rings, f"{where}/{index}", left, vertices_max)
        left -= sum(len(ring) for ring in part)
        parts.append(part)
    radius_cm = _radius_cm(radius_m, radius_where or where)
    made = Footprint(Shape.POLYGON, tuple(parts), radius_cm)
    return _checked(made, [f"{where}/{index}" for index in range(len(parts))])


def from_parts(
    shape: Shape,
    parts: Sequence[Sequence[Sequence[Sequence[int]]]],
    radius_cm: int,
    *,
    where: str = "",
    vertices_max: int = VERTICES_MAX,
) -> Footprint:
    """Return the footprint of whole units, 1e-7 degree and centimetres, after the same checks.

    For the signed bytes, which have one spelling: a longitude that is not wrapped, or one other than 0 at a
    pole, is refused.

    Raises:
        Malformed: Anything is not what it should be; names it by its index in `parts`.
        TooLarge: There are more than `vertices_max` positions.
    """
    size = sum(len(ring) for part in parts for ring in part)
    if size > vertices_max:
        raise TooLarge(where=where, size=size, limit=vertices_max, unit="vertices")
    if type(radius_cm) is not int or not 0 <= radius_cm <= RADIUS_MAX_M * 100:
        raise Malformed(where=where, found=radius_cm, expected=f"a radius of 0 to {RADIUS_MAX_M * 100:.0f} cm")
    checked: list[tuple[Ring, ...]] = []
    for index, part in enumerate(parts):
        rings: list[Ring] = []
        for number, ring in enumerate(part):
            at = f"{where}/{index}/{number}"
            rings.append(tuple(_whole_position(item, f"{at}/{k}") for k, item in enumerate(ring)))
            if shape is Shape.POLYGON:
                _check_closed(rings[-1], at)
            _check_edges(rings[-1], at)
        checked.append(tuple(rings))
    form = [[len(ring) for ring in part] for part in checked]
    match shape:
        case Shape.POINT:
            fits = form == [[1]]
        case Shape.LINE:
            fits = len(form) == 1 and len(form[0]) == 1 and form[0][0] >= 2
        case Shape.POLYGON:
            fits = bool(form) and all(form)
    if not fits:
        raise Malformed(where=where, found=parts, expected=f"the parts of a {shape}")
    made = Footprint(shape, tuple(checked), radius_cm)
    return _checked(made, [f"{where}/{i}" for i in range(len(checked))]) if shape is Shape.POLYGON else made


def parse_position(raw: object, *, where: str) -> Position:
    """Return the position of a pair of degrees, quantised to 1e-7 degree and wrapped: 180.5 is -179.5.

    Raises:
        Malformed: `raw` is not a list of two finite numbers, or they are out of range; names `where`.
    """
    if not isinstance(raw, (list, tuple)):
        raise Malformed(where=where, found=raw, expected="a position: a list of longitude and latitude")
    if len(raw) != 2:
        expected = "longitude and latitude alone; heights go into lower and upper" if len(raw) > 2 else ""
        raise Malformed(where=where, found=list(raw), expected=expected or "both longitude and latitude")
    lon, lat = raw
    if type(lon) not in _NUMBERS or not -LONGITUDE_TYPED_MAX_DEG <= lon <= LONGITUDE_TYPED_MAX_DEG:
        raise Malformed(where=where, found=lon, expected="a longitude from -180 to 180 (up to ±360 is wrapped)")
    if type(lat) not in _NUMBERS or not -90 <= lat <= 90:
        raise Malformed(where=where, found=lat, expected="a latitude from -90 to 90")
    north = round(lat * PER_DEGREE)
    # Every longitude names the pole: one spelling makes equal places equal.
    east = 0 if abs(north) == POLE else (round(lon * PER_DEGREE) + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN
    return east, north


_NUMBERS = (float, int)


def _whole_position(raw: Sequence[int], where: str) -> Position:
    if len(raw) != 2 or type(raw[0]) is not int or type(raw[1]) is not int:
        raise Malformed(where=where, found=raw, expected="longitude and latitude in whole 1e-7 degrees")
    lon, lat = raw
    if not (-HALF_TURN <= lon < HALF_TURN and -POLE <= lat <= POLE) or (abs(lat) == POLE and lon != 0):
        expected = "longitude in [-180, 180), 0 at a pole, and latitude in [-90, 90], in 1e-7 degree"
        raise Malformed(where=where, found=Said(f"{lon}, {lat}"), expected=expected)
    return lon, lat


def _list(raw: object, where: str, expected: str) -> Sequence[object]:
    if not isinstance(raw, (list, tuple)):
        raise Malformed(where=where, found=raw, expected=expected)
    return raw


def _positions(raw: object, where: str, left: int, limit: int | None = None) -> Ring:
    listed = _list(raw, where, "a list of positions")
    if len(listed) > left:
        limit = left if limit is None else limit
        raise TooLarge(where=where, size=len(listed) + limit - left, limit=limit, unit="vertices")
    return tuple(parse_position(item, where=f"{where}/{index}") for index, item in enumerate(listed))


def _rings(raw: object, where: str, left: int, limit: int | None = None) -> tuple[Ring, ...]:
    listed = _list(raw, where, "a list of rings")
    if not listed:
        raise Malformed(where=where, found=raw, expected="at least the outer ring")
    limit = left if limit is None else limit
    rings: list[Ring] = []
    for index, item in enumerate(listed):
        at = f"{where}/{index}"
        ring = _positions(item, at, left, limit)
        left -= len(ring)
        _check_closed(ring, at)
        _check_edges(ring, at)
        rings.append(ring)
    return tuple(rings)


def _check_closed(ring: Ring, where: str) -> None:
    if len(ring) < 4:
        raise Malformed(where=where, found=Said(f"{len(ring)} positions"), expected="a ring of at least 4 positions")
    if ring[0] != ring[-1]:
        raise Malformed(
            where=f"{where}/{len(ring) - 1}",
            found=show_position(ring[-1]),
            expected=f"the ring's first position again ({show_position(ring[0])})",
        )


def _check_edges(chain: Ring, where: str) -> None:
    """Refuse edges that have no one shortest way: half a turn of longitude, or nearly to the antipode."""
    for index in range(1, len(chain)):
        (lon, lat), (lon_next, lat_next) = chain[index - 1], chain[index]
        turn = abs(lon_next - lon)
        if turn < 900_000_000 and -450_000_000 < lat < 450_000_000 and -450_000_000 < lat_next < 450_000_000:
            continue
        if turn == HALF_TURN and abs(lat) != POLE and abs(lat_next) != POLE:
            raise Malformed(
                where=f"{where}/{index}",
                found=Said(f"an edge from {show_position(chain[index - 1])} to {show_position(chain[index])}"),
                expected="less than 180° of longitude along an edge; put a position between",
            )
        if _nearly_antipodal(chain[index - 1], chain[index]):
            raise Malformed(
                where=f"{where}/{index}",
                found=Said(f"an edge from {show_position(chain[index - 1])} to {show_position(chain[index])}"),
                expected="an edge that ends more than 1° short of the antipode; put a position between",
            )


_NEARLY_ANTIPODAL = -math.cos(math.radians(1.0))


def _nearly_antipodal(start: Position, end: Position) -> bool:
    """Report whether two positions are within 1° of being antipodes: only there can two shortest ways exist.

    Source: C. F. F. Karney, Algorithms for geodesics (2013), §5: the cut locus lies within about
    flattening x 180° of the antipode.
    """
    lat, lat_next = math.radians(start[1] / PER_DEGREE), math.radians(end[1] / PER_DEGREE)
    turn = math.radians((end[0] - start[0]) / PER_DEGREE)
    cosine = math.sin(lat) * math.sin(lat_next) + math.cos(lat) * math.cos(lat_next) * math.cos(turn)
    return cosine <= _NEARLY_ANTIPODAL


_found_good: dict[Footprint, Footprint] = {}
_finding = Lock()
"""Large bodies are read in threads."""


def _checked(made: Footprint, wheres: list[str]) -> Footprint:
    """Return a polygon whose rings were checked; a large one that was checked a moment ago is that one.

    What is filed is checked when it is read, and again as the record that it became: seconds for a hundred thousand
    vertices. So the second time nothing is done anew, neither here nor where the footprint is measured.
    """
    if sum(len(ring) for part in made.parts for ring in part) < LARGE_VERTICES:
        _check_rings(made.parts, wheres)
        return made
    known = _found_good.get(made)
    if known is not None:
        return known
    _check_rings(made.parts, wheres)
    with _finding:
        while len(_found_good) >= LARGE_KEPT:
            del _found_good[next(iter(_found_good))]
        return _found_good.setdefault(made, made)


def _check_rings(parts: tuple[tuple[Ring, ...], ...], wheres: list[str]) -> None:
    from clearline.volumes.rings import check_polygon

    for part, where in zip(parts, wheres, strict=True):
        check_polygon(part, where=where)


def _radius_cm(radius_m: object, where: str) -> int:
    if not isinstance(radius_m, (int, float)) or isinstance(radius_m, bool) or not 0 <= radius_m <= RADIUS_MAX_M:
        raise Malformed(where=where, found=radius_m, expected=f"a radius in metres from 0 to {RADIUS_MAX_M:.0f}")
    return round(radius_m * 100)


def show_position(position: Position) -> str:
    """Return a position as messages show it: `[38.32, 34.56]`, longitude first."""
    return f"[{position[0] / PER_DEGREE:.7g}, {position[1] / PER_DEGREE:.7g}]"


def contains(footprint: Footprint, position: Position) -> bool:
    """Report whether a position lies in a footprint; contact with an edge, a hole's edge too, counts."""
    from clearline.volumes.separation import lateral_gap_m

    return lateral_gap_m(footprint, Footprint(Shape.POINT, (((position,),),), 0), limit_m=1.0) == 0


def reference_position(footprint: Footprint) -> Position:
    """Return the centre of a point, the first vertex of a line, or that of a polygon's first ring."""
    return footprint.parts[0][0][0]


def sag_warnings(footprint: Footprint) -> tuple[Sag, ...]:
    """Return the edges that sag more than 100 m from the straight line of longitude and latitude."""
    from clearline.volumes import extent

    return extent.sag_warnings(footprint)


def ecef_box(footprint: Footprint) -> tuple[float, float, float, float, float, float]:
    """Return the box in space, metres, that holds the footprint on the ellipsoid; never too small.

    Least x, y, z, then greatest x, y, z, earth-centred and earth-fixed.
    """
    from clearline.volumes import extent

    return extent.ecef_box(footprint)


def outline(footprint: Footprint, *, step_m: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return closed rings in degrees, radius included and densified to `step_m` metres, for drawing alone."""
    from clearline.volumes import extent

    return extent.outline(footprint, step_m=step_m)


def outlined_polygons(
    footprint: Footprint, *, step_m: float
) -> tuple[tuple[tuple[tuple[float, float], ...], ...], ...]:
    """Return the rings of `outline` polygon by polygon: the outer ring of each, then its holes."""
    from clearline.volumes import extent

    return extent.outlined_polygons(footprint, step_m=step_m)
