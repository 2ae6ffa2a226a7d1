"""A strict reader of decoded JSON: it names the first fault by JSON Pointer and knows what it has not read."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Any, TypeVar, cast

from clearline.errors import Malformed, Said
from clearline.records import words
from clearline.records.canonical import INTEGER_MAX

Word = TypeVar("Word", bound=StrEnum)


class Members:
    """The members of one JSON object; `done` refuses those that nobody asked for."""

    def __init__(self, value: object, *, where: str) -> None:
        if not isinstance(value, dict):
            raise Malformed(where=where or "/", found=value, expected="an object")
        self._value: dict[str, Any] = value
        self._asked: set[str] = set()
        self.where = where

    def place(self, name: str) -> str:
        """Return the JSON Pointer of a member."""
        return f"{self.where}/{name}"

    def has(self, name: str) -> bool:
        """Report whether the member is there."""
        return name in self._value

    def raw(self, name: str, expected: str) -> Any:
        """Return a member as it stands; `expected` is said where it is missing."""
        self._asked.add(name)
        if name not in self._value:
            raise Malformed(where=self.place(name), found=Said("nothing"), expected=expected)
        return self._value[name]

    def text(self, name: str, *, least: int = 0, most: int = words.PROSE_MAX) -> str:
        """Return a member that is free text."""
        return words.prose(self.raw(name, "a text"), where=self.place(name), least=least, most=most)

    def reference(self, name: str) -> str:
        """Return a member that is a reference."""
        return words.reference(self.raw(name, "a reference"), where=self.place(name))

    def member_id(self, name: str) -> words.MemberId:
        """Return a member that is a member's id."""
        return words.member_id(self.raw(name, "a member's id"), where=self.place(name))

    def entry_id(self, name: str) -> words.EntryId:
        """Return a member that is an entry id."""
        return words.entry_id(self.raw(name, "an entry id"), where=self.place(name))

    def integer(self, name: str, *, least: int = -INTEGER_MAX, most: int = INTEGER_MAX) -> int:
        """Return a member that is an integer in the closed range `least` to `most`."""
        value = self.raw(name, "an integer")
        if type(value) is not int or not least <= value <= most:
            raise Malformed(where=self.place(name), found=value, expected=f"an integer from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        """Return a member that is true or false."""
        value = self.raw(name, "true or false")
        if type(value) is not bool:
            raise Malformed(where=self.place(name), found=value, expected="true or false")
        return value

    def choice(self, name: str, kind: type[Word]) -> Word:
        """Return a member that is one word of a closed list."""
        self._asked.add(name)
        value = self._value.get(name)
        found = kind._value2member_map_.get(value) if isinstance(value, str) else None
        if found is None:
            raise Malformed(
                where=self.place(name),
                found=value if name in self._value else Said("nothing"),
                expected="one of " + ", ".join(kind),
            )
        return cast(Word, found)

    def binary(self, name: str, *, size: int) -> bytes:
        """Return a member that is `size` bytes in canonical base64."""
        value = self.raw(name, f"{size} bytes in base64")
        return binary(value, where=self.place(name), size=size)

    def items(self, name: str, *, least: int = 0, most: int) -> list[Any]:
        """Return a member that is an array of `least` to `most` items."""
        value = self.raw(name, "an array")
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Malformed(where=self.place(name), found=value, expected=f"an array of {least} to {most} items")
        return value

    def members(self, name: str) -> Members:
        """Return a member that is an object, to be read in its turn."""
        return Members(self.raw(name, "an object"), where=self.place(name))

    def names(self) -> list[str]:
        """Return the names of all members and count them as read."""
        self._asked.update(self._value)
        return list(self._value)

    def done(self) -> None:
        """Refuse members that were not read."""
        for name in self._value:
            if name not in self._asked:
                raise Malformed(
                    where=self.place(name),
                    found=name,
                    expected="no other members than " + ", ".join(sorted(self._asked)),
                )


def binary(value: object, *, where: str, size: int) -> bytes:
    """Return `size` bytes from their one canonical base64 spelling."""
    try:
        raw = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != size or base64.b64encode(raw).decode() != value:
        raise Malformed(where=where, found=value, expected=f"{size} bytes in canonical base64")
    return raw


def in_order(values: list[str], *, where: str) -> None:
    """Refuse a list that is not sorted or that names something twice."""
    for index in range(1, len(values)):
        if values[index - 1] >= values[index]:
            raise Malformed(where=f"{where}/{index}", found=values[index], expected="sorted, each once")
