"""Alerts: what cannot wait, from any screen in one act, and what is answered to it.

A stop-fire says "you are hitting us". Nothing but its sort is required: who is under fire must not be asked for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import words
from clearline.records.reading import Members
from clearline.records.watch import Address, addresses
from clearline.volumes.footprint import Position
from clearline.volumes.instant import PERM, Instant

PLACE_MAX = 200
"""Characters of a place or a unit in words."""


class AlertSort(StrEnum):
    """What an alert says. `cancel_last` takes back an alert of the same author."""

    STOP_FIRE = "stop_fire"
    EMERGENCY_ENTRY = "emergency_entry"
    STRAY = "stray"
    HAZARD = "hazard"
    SEARCH_AND_RESCUE = "search_and_rescue"
    QUERY = "query"
    CANCEL_LAST = "cancel_last"


class Reply(StrEnum):
    """What is answered to an alert. `understood` is an answer to a companion, never to a stop-fire."""

    CEASED = "ceased"
    NOT_US = "not_us"
    CANNOT_CONFIRM = "cannot_confirm"
    UNDERSTOOD = "understood"


ANSWERS_STOP_FIRE = frozenset({Reply.CEASED, Reply.NOT_US, Reply.CANNOT_CONFIRM})
"""What answers a stop-fire. Source: issue 4, item 3."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. Everything but `sort` is at the sender's choice; empty or `None` says nothing.

    `position` is longitude and latitude in 1e-7 degree (WGS 84), `place` the same in words, `unit` who is there,
    `at` when it happened. `cancels` is the entry id of the alert that is taken back, with `cancel_last` alone.
    """

    sort: AlertSort
    to: tuple[Address, ...] = ()
    position: Position | None = None
    place: str = ""
    unit: str = ""
    text: str = ""
    language: str = "en"
    at: Instant | None = None
    cancels: str = ""
    KIND: ClassVar[str] = "alert"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {"language": self.language, "sort": self.sort.value}
        if self.to:
            members["to"] = [one.to_members() for one in self.to]
        if self.position is not None:
            members["position"] = list(self.position)
        if self.at is not None:
            members["at"] = self.at
        for name in ("cancels", "place", "text", "unit"):
            if getattr(self, name):
                members[name] = getattr(self, name)
        return members

    @classmethod
    def from_members(cls, members: Members) -> Alert:
        """Return the alert that the members of a body hold."""
        sort = members.choice("sort", AlertSort)
        if members.has("cancels") != (sort is AlertSort.CANCEL_LAST):
            expected = "the entry id of the alert that is taken back" if sort is AlertSort.CANCEL_LAST else "nothing"
            found = "nothing" if sort is AlertSort.CANCEL_LAST else f"a member with the sort {sort.value}"
            raise Malformed(where=members.place("cancels"), found=Said(found), expected=expected)
        return cls(
            sort=sort,
            to=addresses(members, "to") if members.has("to") else (),
            position=_position(members) if members.has("position") else None,
            place=members.text("place", least=1, most=PLACE_MAX) if members.has("place") else "",
            unit=members.text("unit", least=1, most=PLACE_MAX) if members.has("unit") else "",
            text=members.text("text", least=1) if members.has("text") else "",
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            at=Instant(members.integer("at", least=0, most=PERM - 1)) if members.has("at") else None,
            cancels=members.entry_id("cancels") if members.has("cancels") else "",
        )


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """A watch position answers the alert `of`; whoever answers has seen it."""

    of: str
    answer: Reply
    text: str = ""
    KIND: ClassVar[str] = "alert_answer"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"answer": self.answer.value, "of": self.of, "text": self.text}

    @classmethod
    def from_members(cls, members: Members) -> AlertAnswer:
        """Return the answer that the members of a body hold."""
        return cls(members.entry_id("of"), members.choice("answer", Reply), members.text("text"))


def _position(members: Members) -> Position:
    items = members.items("position", least=2, most=2)
    if type(items[0]) is not int or type(items[1]) is not int:
        raise Malformed(where=members.place("position"), found=items, expected="two integers in 1e-7 degree")
    if not (-1_800_000_000 <= items[0] < 1_800_000_000 and -900_000_000 <= items[1] <= 900_000_000):
        raise Malformed(where=members.place("position"), found=items, expected="longitude and latitude in 1e-7 degree")
    return items[0], items[1]
