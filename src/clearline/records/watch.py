"""Watch positions: to whom everything is addressed, and who is reached when a position is silent.

A position is a member and a name; people hold it in shifts. An empty name stands for the member's duty position.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clearline.errors import Malformed, Said
from clearline.records import words
from clearline.records.reading import Members, in_order
from clearline.records.words import MemberId

DUTY = "duty"
"""The name of a member's duty position where the agreement names none."""

POSITIONS_MAX = 64
"""Positions of one member: a watch floor has a dozen."""

ALTERNATES_MAX = 8
"""Alternates of one position: more could not all be reached before the chief."""

ADDRESSES_MAX = 64
"""Positions to which one message may go: two of each member of the largest channel."""


class Rung(StrEnum):
    """Who is reached when a position is silent, in this order."""

    ALTERNATE = "alternate"
    CHIEF = "chief"
    HOST = "host"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A watch position of a member; an empty `position` is the duty position."""

    member: MemberId
    position: str = ""

    def to_members(self) -> dict[str, str]:
        """Return the address as members of a body."""
        return {"member": self.member, "position": self.position}

    @property
    def text(self) -> str:
        """Return the address as people write it: `TR`, or `TR/air desk`."""
        return f"{self.member}/{self.position}" if self.position else str(self.member)


@dataclass(frozen=True, slots=True)
class WatchPosition:
    """A position and those that are reached in its place, in this order."""

    name: str
    alternates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberWatch:
    """A member's watch: its duty position, chief and flag level (empty: none), and positions with alternates."""

    member: MemberId
    duty: str = DUTY
    chief: str = ""
    flag: str = ""
    positions: tuple[WatchPosition, ...] = ()

    def named(self, position: str) -> str:
        """Return the name of a position; the empty one is the duty position."""
        return position or self.duty

    def alternates(self, position: str) -> tuple[str, ...]:
        """Return who is reached in a position's place, in order; a position that is not listed has none."""
        name = self.named(position)
        return next((p.alternates for p in self.positions if p.name == name), ())

    def rungs(self, position: str) -> tuple[tuple[Rung, str], ...]:
        """Return whom the member itself reaches when a position is silent: alternates, chief, flag level."""
        found = [(Rung.ALTERNATE, name) for name in self.alternates(position)]
        found += [(rung, name) for rung, name in ((Rung.CHIEF, self.chief), (Rung.FLAG, self.flag)) if name]
        return tuple(found)

    def to_members(self) -> dict[str, Any]:
        """Return the watch as members of the terms."""
        return {
            "chief": self.chief,
            "duty": self.duty,
            "flag": self.flag,
            "member": self.member,
            "positions": [{"alternates": list(p.alternates), "position": p.name} for p in self.positions],
        }


def watch_from(members: Members) -> MemberWatch:
    """Return the watch that the members of an object hold."""
    items = members.items("positions", most=POSITIONS_MAX)
    found = MemberWatch(
        member=members.member_id("member"),
        duty=members.reference("duty"),
        chief=_name(members, "chief"),
        flag=_name(members, "flag"),
        positions=tuple(_position(Members(v, where=f"{members.place('positions')}/{i}")) for i, v in enumerate(items)),
    )
    members.done()
    in_order([p.name for p in found.positions], where=members.place("positions"))
    return found


def addresses(members: Members, name: str) -> tuple[Address, ...]:
    """Return a member that is an array of addresses, sorted, each once."""
    items = members.items(name, least=1, most=ADDRESSES_MAX)
    found = []
    for index, value in enumerate(items):
        found.append(address_from(Members(value, where=f"{members.place(name)}/{index}")))
    for index in range(1, len(found)):
        if found[index - 1] >= found[index]:
            where = f"{members.place(name)}/{index}"
            raise Malformed(where=where, found=Said(found[index].text), expected="addresses in order, each once")
    return tuple(found)


def address_from(members: Members) -> Address:
    """Return the address that the members of an object hold."""
    found = Address(members.member_id("member"), _name(members, "position"))
    members.done()
    return found


def address(text: str, *, where: str) -> Address:
    """Return the address that people write as `TR` or `TR/air desk`."""
    member, slash, position = text.partition("/")
    if slash and not position:
        raise Malformed(where=where, found=text, expected="a member, or member/position")
    return Address(
        words.member_id(member.strip(), where=where), words.reference(position, where=where) if position else ""
    )


def _position(members: Members) -> WatchPosition:
    names = members.items("alternates", most=ALTERNATES_MAX)
    for index, name in enumerate(names):
        words.reference(name, where=f"{members.place('alternates')}/{index}")
    if len(set(names)) != len(names):
        raise Malformed(where=members.place("alternates"), found=Said("one name twice"), expected="each name once")
    found = WatchPosition(members.reference("position"), tuple(names))
    members.done()
    return found


def _name(members: Members, name: str) -> str:
    value = members.raw(name, "the name of a position, or an empty text")
    return "" if value == "" else words.reference(value, where=members.place(name))
