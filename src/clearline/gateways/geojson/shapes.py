"""Geometries of a notice file: GeoJSON geometry to footprint and back."""

from __future__ import annotations

from typing import Any

from clearline.errors import Malformed, Said
from clearline.gateways.geojson.text import escaped, place
from clearline.volumes.footprint import (
    PER_DEGREE,
    Footprint,
    Position,
    Ring,
    Shape,
    line,
    multipolygon,
    point,
    polygon,
)

DISTANCES = {"Point": "radius_m", "LineString": "half_width_m"}
"""The property that a geometry needs: a circle's radius, and a corridor's half width."""

KINDS = ("Point", "LineString", "Polygon", "MultiPolygon")
_MEMBERS = frozenset({"type", "coordinates", "bbox"})


def geometry_kind(geometry: Any, *, where: str, pointer: str) -> str:
    """Return the type of a geometry, after its members were checked.

    Raises:
        Malformed: It is no object, of a type that is no volume, or holds an unknown member.
    """
    spot = place(where, pointer)
    if not isinstance(geometry, dict):
        found = "nothing" if geometry is None else geometry
        raise Malformed(where=spot, found=found, expected=f"a geometry: {', '.join(KINDS)}")
    kind = geometry.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        where_type = place(where, f"{pointer}/type")
        raise Malformed(where=where_type, found=geometry.get("type", "nothing"), expected=f"one of {', '.join(KINDS)}")
    for name in geometry:
        if name not in _MEMBERS and not name.startswith("x_"):
            where_name = place(where, f"{pointer}/{escaped(name)}")
            raise Malformed(where=where_name, found=geometry[name], expected="type and coordinates alone")
    if "coordinates" not in geometry:
        raise Malformed(where=place(where, f"{pointer}/coordinates"), found=Said("nothing"), expected="coordinates")
    return kind


def footprint_of(
    kind: str, geometry: dict[str, Any], distance_m: object, *, where: str, pointer: str, max_vertices: int
) -> Footprint:
    """Return the footprint of a geometry whose kind was checked; `distance_m` as its property gave it.

    Raises:
        Malformed: Names the position, edge or ring by its JSON Pointer.
        TooLarge: There are more than `max_vertices` positions.
    """
    raw, spot = geometry["coordinates"], place(where, f"{pointer}/coordinates")
    if kind in DISTANCES:
        parent = pointer.rpartition("/")[0]
        radius_spot = place(where, f"{parent}/properties/{DISTANCES[kind]}")
        if kind == "Point":
            return point(raw, radius_m=distance_m, where=spot, radius_where=radius_spot)
        return line(raw, radius_m=distance_m, where=spot, radius_where=radius_spot, vertices_max=max_vertices)
    if kind == "Polygon":
        return polygon(raw, where=spot, vertices_max=max_vertices)
    return multipolygon(raw, where=spot, vertices_max=max_vertices)


def render_geometry(footprint: Footprint) -> dict[str, Any]:
    """Return the GeoJSON geometry of a footprint; its radius goes into a property."""
    parts = footprint.parts
    match footprint.shape:
        case Shape.POINT:
            return {"type": "Point", "coordinates": _degrees(parts[0][0][0])}
        case Shape.LINE:
            return {"type": "LineString", "coordinates": _chain(parts[0][0])}
        case Shape.POLYGON:
            polygons = [[_chain(ring) for ring in part] for part in parts]
            if len(polygons) == 1:
                return {"type": "Polygon", "coordinates": polygons[0]}
            return {"type": "MultiPolygon", "coordinates": polygons}


def _chain(ring: Ring) -> list[list[float]]:
    return [_degrees(position) for position in ring]


def _degrees(position: Position) -> list[float]:
    """Return degrees that parse back to the same 1e-7 degrees: the nearest double of seven decimals."""
    return [position[0] / PER_DEGREE, position[1] / PER_DEGREE]
