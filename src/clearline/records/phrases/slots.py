"""Typed slots: what a phrase leaves open for the officer to fill, and how it is written and shown.

A value says of itself what it is, so that a body can be read, and its slots compared, by a node that does not hold
the catalogue of the writer. Values are shown the same in every language, in ASCII but for references.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from clearline.errors import Malformed
from clearline.records import volume_members, words
from clearline.records.reading import Members
from clearline.volumes.altitude import Altitude, format_altitude
from clearline.volumes.footprint import Position, Shape, from_parts
from clearline.volumes.instant import PERM, Instant, format_instant

COUNT_MAX = 99_999
"""The largest count: persons in one place; five digits can still be dictated."""


class SlotType(StrEnum):
    """What may stand in a slot."""

    TIME = "time"
    PLACE = "place"
    HEIGHT = "height"
    REFERENCE = "reference"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """An instant."""

    at: Instant


@dataclass(frozen=True, slots=True)
class PlaceSlot:
    """A place: longitude and latitude in 1e-7 degree, WGS 84."""

    position: Position


@dataclass(frozen=True, slots=True)
class HeightSlot:
    """A height with its datum."""

    altitude: Altitude


@dataclass(frozen=True, slots=True)
class ReferenceSlot:
    """A reference: of a notice, an area, a message, a call sign."""

    reference: str


@dataclass(frozen=True, slots=True)
class CountSlot:
    """A number of persons or things."""

    count: int


Slot: TypeAlias = TimeSlot | PlaceSlot | HeightSlot | ReferenceSlot | CountSlot


def type_of(slot: Slot) -> SlotType:
    """Return the type of a value."""
    match slot:
        case TimeSlot():
            return SlotType.TIME
        case PlaceSlot():
            return SlotType.PLACE
        case HeightSlot():
            return SlotType.HEIGHT
        case ReferenceSlot():
            return SlotType.REFERENCE
        case CountSlot():
            return SlotType.COUNT
        case _:
            assert_never(slot)


def to_members(slot: Slot) -> dict[str, Any]:
    """Return a value as an object of one member, named by its type, in integers."""
    match slot:
        case TimeSlot():
            return {"time": slot.at}
        case PlaceSlot():
            return {"place": list(slot.position)}
        case HeightSlot():
            return {"height": volume_members.altitude_members(slot.altitude)}
        case ReferenceSlot():
            return {"reference": slot.reference}
        case CountSlot():
            return {"count": slot.count}
        case _:
            assert_never(slot)


def from_members(value: object, *, where: str) -> Slot:
    """Return the value that an object of one member holds.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    members = Members(value, where=where)
    slot: Slot
    if members.has("time"):
        slot = TimeSlot(Instant(members.integer("time", least=0, most=PERM - 1)))
    elif members.has("place"):
        slot = PlaceSlot(_position(members.items("place", least=2, most=2), where=members.place("place")))
    elif members.has("height"):
        slot = HeightSlot(volume_members.altitude_from(members.members("height")))
    elif members.has("reference"):
        slot = ReferenceSlot(members.reference("reference"))
    elif members.has("count"):
        slot = CountSlot(count(members.raw("count", "a count"), where=members.place("count")))
    else:
        expected = "one member out of " + ", ".join(SlotType)
        raise Malformed(where=where, found=value, expected=expected)
    members.done()
    return slot


def count(value: object, *, where: str) -> int:
    """Return `value` as a count: an integer from 0 to `COUNT_MAX`."""
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        raise Malformed(where=where, found=value, expected=f"an integer from 0 to {COUNT_MAX}")
    return value


def shown(slot: Slot) -> str:
    """Return a value as every language shows it; without marks of direction."""
    match slot:
        case TimeSlot():
            return format_instant(slot.at)
        case PlaceSlot():
            lon, lat = slot.position
            return f"{_degrees(lat)}{'S' if lat < 0 else 'N'} {_degrees(lon, 3)}{'W' if lon < 0 else 'E'}"
        case HeightSlot():
            return format_altitude(slot.altitude)
        case ReferenceSlot():
            return slot.reference
        case CountSlot():
            return str(slot.count)
        case _:
            assert_never(slot)


def place_slot(position: Position, *, where: str) -> PlaceSlot:
    """Return the slot of a position in 1e-7 degree.

    Raises:
        Malformed: It is no position on earth, or spelt beyond ±180 degrees of longitude.
    """
    return PlaceSlot(_position(list(position), where=where))


def slot_name(text: object, *, where: str) -> str:
    """Return `text` as the name of a slot: 1 to 16 small letters."""
    name = words.prose(text, where=where, least=1, most=16)
    if not name.isascii() or not name.isalpha() or not name.islower():
        raise Malformed(where=where, found=name, expected="1 to 16 letters a-z")
    return name


def _position(value: list[Any], *, where: str) -> Position:
    if type(value[0]) is not int or type(value[1]) is not int:
        raise Malformed(where=where, found=value, expected="two integers in 1e-7 degree, longitude first")
    position = (value[0], value[1])
    from_parts(Shape.POINT, (((position,),),), 0, where=where)
    return position


def _degrees(units: int, whole: int = 2) -> str:
    """Return an angle in degrees, at least three digits behind the point: exact to the last of seven."""
    degrees, rest = divmod(abs(units), 10_000_000)
    digits = f"{rest:07d}".rstrip("0").ljust(3, "0")
    return f"{degrees:0{whole}d}.{digits}"
