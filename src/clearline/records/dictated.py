"""What was taken down from dictation: another member's word, entered by whoever heard it, not signed by its author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records.card import LINES_MAX, Card, code_of, lines_of, parse_card
from clearline.records.reading import Members
from clearline.volumes.instant import PERM, Instant


@dataclass(frozen=True, slots=True)
class Dictated:
    """The lines of a dictation card as they were taken down at `taken` by the taker's clock.

    It binds the taker alone ("this is what we heard"); the author's word is the signed original, if one comes.
    """

    card: Card
    taken: Instant
    KIND: ClassVar[str] = "dictated"

    @property
    def code(self) -> str:
        """Return the code over all lines, which both sides have said."""
        return code_of(lines_of(self.card))

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"lines": list(lines_of(self.card)), "taken": self.taken}

    @classmethod
    def from_members(cls, members: Members) -> Dictated:
        """Return what was taken down, as the members of a body hold it."""
        lines = members.items("lines", least=2, most=LINES_MAX)
        for index, line in enumerate(lines):
            if not isinstance(line, str):
                raise Malformed(where=f"{members.place('lines')}/{index}", found=line, expected="a line of a card")
        return cls(
            parse_card(tuple(lines), where=members.place("lines")),
            Instant(members.integer("taken", least=0, most=PERM - 1)),
        )
