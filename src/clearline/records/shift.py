"""Shifts: who holds a watch position now, and what was handed over with it.

A statement of a shift has two bodies: one for the own member with the names and the list of open items, and one
for the others, who learn that the position is staffed or not, and since when.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records.reading import Members
from clearline.volumes.instant import PERM, Instant

OPEN_MAX = 200
"""Open items written into one handover: more than an officer can take over at once; the rest is counted."""

ITEM_MAX = 300
"""Characters of one open item."""


class Turn(StrEnum):
    """What happens to the watch: somebody begins, one hands over to another, or somebody leaves it unstaffed."""

    BEGIN = "begin"
    HAND_OVER = "hand_over"
    END = "end"


class ItemSort(StrEnum):
    """What an open item is."""

    OVERDUE = "overdue"
    DUE = "due"
    UNREAD = "unread"
    CONFLICT = "conflict"
    ALERT = "alert"
    DRAFT = "draft"
    LINE = "line"
    ENQUIRY = "enquiry"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that is open when a watch is handed over; `about` names it, `due` is when it bites, if ever."""

    sort: ItemSort
    about: str
    text: str
    due: Instant | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """What the own member alone reads: officers' ids (empty for nobody), until when the shift is planned, open items.

    `more` counts open items beyond `OPEN_MAX`.
    """

    outgoing: str
    incoming: str
    until: Instant
    open: tuple[OpenItem, ...]
    more: int = 0
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """The watch of a position begins, changes hands or ends; `handover` is there for the own member alone."""

    position: str
    turn: Turn
    handover: Handover | None = None
    KIND: ClassVar[str] = "shift"
    RELEASING: ClassVar[bool] = False
    """Both are officers on watch: no releasing officer is needed to hand a watch over."""

    @property
    def two_persons(self) -> bool:
        """Report whether both officers must sign: where a watch changes hands."""
        return self.turn is Turn.HAND_OVER

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {"position": self.position, "turn": self.turn.value}
        if self.handover is not None:
            given = self.handover
            members["handover"] = {
                "incoming": given.incoming,
                "more": given.more,
                "open": [_item_members(item) for item in given.open],
                "outgoing": given.outgoing,
                "remarks": given.remarks,
                "until": given.until,
            }
        return members

    @classmethod
    def from_members(cls, members: Members) -> Shift:
        """Return the shift that the members of a body hold."""
        turn = members.choice("turn", Turn)
        handover = _handover(members.members("handover"), turn) if members.has("handover") else None
        return cls(members.reference("position"), turn, handover)


def _item_members(item: OpenItem) -> dict[str, Any]:
    members: dict[str, Any] = {"about": item.about, "sort": item.sort.value, "text": item.text}
    return members if item.due is None else {**members, "due": item.due}


def _handover(members: Members, turn: Turn) -> Handover:
    items = []
    for index, value in enumerate(members.items("open", most=OPEN_MAX)):
        one = Members(value, where=f"{members.place('open')}/{index}")
        items.append(
            OpenItem(
                one.choice("sort", ItemSort),
                one.text("about", most=200),
                one.text("text", least=1, most=ITEM_MAX),
                Instant(one.integer("due", least=0, most=PERM - 1)) if one.has("due") else None,
            )
        )
        one.done()
    given = Handover(
        outgoing=members.text("outgoing", most=64),
        incoming=members.text("incoming", most=64),
        until=Instant(members.integer("until", least=0, most=PERM)),
        open=tuple(items),
        more=members.integer("more", least=0, most=10**9),
        remarks=members.text("remarks"),
    )
    members.done()
    wanted = {Turn.BEGIN: (False, True), Turn.HAND_OVER: (True, True), Turn.END: (True, False)}[turn]
    if (bool(given.outgoing), bool(given.incoming)) != wanted or given.outgoing == given.incoming:
        raise Malformed(
            where=members.where,
            found=Said(f"outgoing {given.outgoing!r}, incoming {given.incoming!r}"),
            expected="begin: incoming alone; hand_over: two different officers; end: outgoing alone",
        )
    return given
