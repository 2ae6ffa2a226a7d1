"""A volume as JSON members in a body, and back."""

from __future__ import annotations

from typing import Any

from clearline.errors import Malformed, Said
from clearline.records.canonical import INTEGER_MAX
from clearline.records.reading import Members
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Altitude, Band, Datum, HeightUnit
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

VOLUMES_MAX = 1_000
"""Volumes of one notice, as the notice file has it."""


def to_members(volume: Volume) -> dict[str, Any]:
    """Return the volume in integers: 1e-7 degree, centimetres, milliseconds."""
    footprint, band, window = volume.footprint, volume.band, volume.window
    return {
        **footprint_members(footprint),
        "end": window.end,
        "lower": altitude_members(band.lower),
        "start": window.start,
        "upper": altitude_members(band.upper),
    }


def footprint_members(footprint: Footprint) -> dict[str, Any]:
    """Return shape, core and radius of a footprint in integers: 1e-7 degree, centimetres."""
    return {
        "core": [[[list(position) for position in ring] for ring in part] for part in footprint.parts],
        "radius": footprint.radius_cm,
        "shape": footprint.shape.value,
    }


def from_members(value: object, *, where: str, standing: bool = False) -> Volume:
    """Return the volume that `value` holds, checked as if it came from a file.

    `standing` allows a window without end (`PERM`).

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    members = Members(value, where=where)
    footprint = footprint_from(members)
    lower = altitude_from(members.members("lower"))
    upper = altitude_from(members.members("upper"))
    start = members.integer("start", least=0)
    end = members.integer("end", least=0, most=INTEGER_MAX if standing else PERM - 1)
    members.done()
    try:
        return Volume(footprint, Band(lower, upper), Window(Instant(start), Instant(end)))
    except Malformed as fault:
        member = {"band": "lower", "window": "end"}.get(fault.where, fault.where)
        raise Malformed(where=f"{where}/{member}", found=Said(fault.found), expected=fault.expected) from None


def many_from_members(members: Members, name: str, *, standing: bool = False) -> tuple[Volume, ...]:
    """Return the volumes of the array member `name`: 1 to `VOLUMES_MAX`."""
    items = members.items(name, least=1, most=VOLUMES_MAX)
    return tuple(from_members(v, where=f"{members.place(name)}/{i}", standing=standing) for i, v in enumerate(items))


def altitude_members(altitude: Altitude) -> dict[str, Any]:
    """Return datum, centimetres and the filer's unit of an altitude."""
    return {"cm": altitude.cm, "datum": altitude.datum.value, "unit": altitude.unit.value}


def altitude_from(members: Members) -> Altitude:
    """Return the altitude that `members` hold."""
    datum, unit = members.choice("datum", Datum), members.choice("unit", HeightUnit)
    cm = members.integer("cm", least=-(10**9), most=10**9)
    members.done()
    try:
        return Altitude(datum, cm, unit)
    except Malformed as fault:
        raise Malformed(where=members.where, found=Said(fault.found), expected=fault.expected) from None


def footprint_from(members: Members) -> Footprint:
    """Return the footprint that `members` hold, checked as if it came from a file."""
    shape = members.choice("shape", Shape)
    radius_cm = members.integer("radius", least=0, most=10**10)
    core = members.raw("core", "an array")
    where = members.place("core")
    footprint = footprints.from_parts(shape, _parts(core, where), radius_cm, where=where)
    if footprint.parts != tuple(tuple(tuple(map(tuple, ring)) for ring in part) for part in core):
        raise Malformed(
            where=where, found=Said("positions spelt otherwise"), expected="longitudes from -180 up to below 180"
        )
    return footprint


def _parts(core: object, where: str) -> tuple[tuple[tuple[tuple[int, int], ...], ...], ...]:
    if not isinstance(core, list):
        raise Malformed(where=where, found=core, expected="an array of parts, each an array of rings")
    parts = []
    for i, part in enumerate(core):
        if not isinstance(part, list):
            raise Malformed(where=f"{where}/{i}", found=part, expected="an array of rings")
        rings = []
        for j, ring in enumerate(part):
            if not isinstance(ring, list):
                raise Malformed(where=f"{where}/{i}/{j}", found=ring, expected="an array of positions")
            for k, position in enumerate(ring):
                if (
                    not isinstance(position, list)
                    or len(position) != 2
                    or type(position[0]) is not int
                    or type(position[1]) is not int
                ):
                    raise Malformed(
                        where=f"{where}/{i}/{j}/{k}", found=position, expected="two integers in 1e-7 degree"
                    )
            rings.append(tuple((p[0], p[1]) for p in ring))
        parts.append(tuple(rings))
    return tuple(parts)
