"""Erasures: the author destroys bodies of its own log, with salt and copies, on the agreement's terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records import words
from clearline.records.header import BODIES_MAX
from clearline.records.reading import Members

BODIES_NAMED_MAX = 256
"""Bodies that one erasure names: all versions, steps and disclosures of one notice, and room to spare."""


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """One body: the entry that commits to it, and its slot there."""

    entry: str
    slot: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """Bodies of the author's own earlier entries that every holder destroys; `reason` names no person.

    `under` is the entry id of the agreement whose terms allow it, empty where the default holds.
    """

    bodies: tuple[Named, ...]
    reason: str
    under: str = ""
    KIND: ClassVar[str] = "erasure"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "bodies": [{"entry": one.entry, "slot": one.slot} for one in self.bodies],
            "reason": self.reason,
        }
        return {**members, "under": self.under} if self.under else members

    @classmethod
    def from_members(cls, members: Members) -> Erasure:
        """Return the erasure that the members of a body hold."""
        named = tuple(
            _named(Members(value, where=f"{members.place('bodies')}/{index}"))
            for index, value in enumerate(members.items("bodies", least=1, most=BODIES_NAMED_MAX))
        )
        for index in range(1, len(named)):
            if named[index - 1] >= named[index]:
                raise Malformed(
                    where=f"{members.place('bodies')}/{index}", found=named[index].entry, expected="sorted, each once"
                )
        return cls(
            named,
            members.text("reason", least=1, most=words.PROSE_MAX),
            members.entry_id("under") if members.has("under") else "",
        )


def _named(members: Members) -> Named:
    named = Named(members.entry_id("entry"), members.integer("slot", least=0, most=BODIES_MAX - 1))
    members.done()
    return named
