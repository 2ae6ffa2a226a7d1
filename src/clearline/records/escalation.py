"""Escalation: a silent watch position was passed over, and who was reached in its place, with the delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.records.reading import Members
from clearline.records.watch import Address, Rung, address_from
from clearline.volumes.instant import PERM, Instant

URGENCY_MAX = 32
"""Characters of the word that says how urgent the silent matter is: a precedence, or the sort of an alert."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """The message or alert `of` was not seen by `silent`; `reached` is who is told now, by this node itself.

    `due` is when the step was due by the agreement and `sent` when `of` was said, both by the sender's clock; the
    delay of the step is the claimed time of this entry less `due`. It carries no content of `of`: who reads it
    learns that something of this `urgency` is unanswered between two members, and since when.
    """

    of: str
    rung: Rung
    silent: Address
    reached: Address
    urgency: str
    sent: Instant
    due: Instant
    KIND: ClassVar[str] = "escalation"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)
    BY_NODE: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "due": self.due,
            "of": self.of,
            "reached": self.reached.to_members(),
            "rung": self.rung.value,
            "sent": self.sent,
            "silent": self.silent.to_members(),
            "urgency": self.urgency,
        }

    @classmethod
    def from_members(cls, members: Members) -> Escalation:
        """Return the escalation that the members of a body hold."""
        return cls(
            of=members.entry_id("of"),
            rung=members.choice("rung", Rung),
            silent=_address(members, "silent"),
            reached=_address(members, "reached"),
            urgency=members.text("urgency", least=1, most=URGENCY_MAX),
            sent=Instant(members.integer("sent", least=0, most=PERM - 1)),
            due=Instant(members.integer("due", least=0, most=PERM - 1)),
        )


def _address(members: Members, name: str) -> Address:
    return address_from(members.members(name))
