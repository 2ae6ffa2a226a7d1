"""A phrase as it is said: its code and filled slots, and the name of the catalogue that the writer used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from clearline.errors import Malformed
from clearline.records.phrases import slots as slot_values
from clearline.records.phrases.damm import checks
from clearline.records.phrases.slots import Slot
from clearline.records.reading import Members

PHRASES_MAX = 12
"""Phrases of one message: more than a dozen is no longer read at a glance, nor read back without a slip."""

SLOTS_MAX = 8
"""Slots of one phrase."""

VERSION_MAX = 9_999

_CODE = re.compile(r"[0-9]{4}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BookName:
    """Which catalogue: its version for people and the SHA-256 of its canonical bytes (hex) for machines."""

    version: int
    hash: str

    def to_members(self) -> dict[str, Any]:
        """Return the members by which a body names the catalogue."""
        return {"hash": self.hash, "version": self.version}

    @classmethod
    def from_members(cls, members: Members) -> BookName:
        """Return the name that the members hold."""
        found = members.raw("hash", "64 hexadecimal digits")
        if not isinstance(found, str) or not _HASH.fullmatch(found):
            raise Malformed(where=members.place("hash"), found=found, expected="64 hexadecimal digits, lower case")
        name = cls(members.integer("version", least=1, most=VERSION_MAX), found)
        members.done()
        return name


@dataclass(frozen=True, slots=True)
class SpokenPhrase:
    """One phrase: its code (group, number, check digit) and its slots, sorted by name."""

    code: str
    slots: tuple[tuple[str, Slot], ...] = ()

    def to_members(self) -> dict[str, Any]:
        """Return the members by which a body holds the phrase."""
        return {"code": self.code, "slots": {name: slot_values.to_members(slot) for name, slot in self.slots}}

    @classmethod
    def from_members(cls, members: Members) -> SpokenPhrase:
        """Return the phrase that the members hold; whether its catalogue has it is not asked here."""
        spoken = code(members.raw("code", "a phrase code"), where=members.place("code"))
        held = members.members("slots")
        names = sorted(held.names())
        if len(names) > SLOTS_MAX:
            raise Malformed(where=members.place("slots"), found=held.names(), expected=f"at most {SLOTS_MAX} slots")
        filled = tuple(
            (
                slot_values.slot_name(name, where=members.place("slots")),
                slot_values.from_members(held.raw(name, "a slot"), where=held.place(name)),
            )
            for name in names
        )
        members.done()
        return cls(spoken, filled)


def code(value: object, *, where: str) -> str:
    """Return `value` as a phrase code: four digits, the last of them the check digit.

    Raises:
        Malformed: It is none, or a digit was misheard or swapped.
    """
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Malformed(where=where, found=value, expected="a phrase code: four digits, such as 0013")
    if not checks(value):
        raise Malformed(
            where=where, found=value, expected="a phrase code whose check digit fits: a digit is wrong or swapped"
        )
    return value


def typed_code(text: str, *, where: str) -> str:
    """Return a code as people write it: digits, with spaces or hyphens between them as they like."""
    return code(re.sub(r"[\s-]", "", text), where=where)


def shown_code(text: str) -> str:
    """Return a code as it is shown and dictated: `003-6`."""
    return f"{text[:3]}-{text[3:]}"


def phrases_from(members: Members, name: str, *, least: int = 1) -> tuple[SpokenPhrase, ...]:
    """Return the phrases of an array member."""
    items = members.items(name, least=least, most=PHRASES_MAX)
    return tuple(
        SpokenPhrase.from_members(Members(item, where=f"{members.place(name)}/{index}"))
        for index, item in enumerate(items)
    )
