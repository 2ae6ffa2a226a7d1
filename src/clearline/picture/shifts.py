"""Shifts in the picture: who holds each watch position, decided by the member's own `main` log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry
from clearline.records.shift import Shift, Turn
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

TURNS_KEPT = 100
"""Turns of one position kept in memory: a month of watches; the record keeps them all."""


@dataclass(frozen=True, slots=True)
class Watchkeeping:
    """One turn of a watch. `missed` says that the officer before never handed over; `holder` is empty for nobody.

    `holder` is empty too where this member may not read names.
    """

    entry: Entry
    shift: Shift
    missed: bool

    @property
    def staffed(self) -> bool:
        """Report whether somebody holds the position after this turn."""
        return self.shift.turn is not Turn.END

    @property
    def since(self) -> Instant:
        """Return when the turn was signed, by its author's clock."""
        return self.entry.header.claimed

    @property
    def holder(self) -> str:
        """Return the officer's id."""
        return self.shift.handover.incoming if self.shift.handover is not None else ""

    @property
    def until(self) -> Instant | None:
        """Return until when the shift is planned, where this member may read it."""
        return self.shift.handover.until if self.shift.handover is not None and self.staffed else None


@dataclass(slots=True)
class Shifts:
    """The turns of every watch position, oldest first."""

    turns: dict[tuple[MemberId, str], tuple[Watchkeeping, ...]] = field(default_factory=dict)

    def current(self, member: str, position: str) -> Watchkeeping | None:
        """Return the newest turn of a position, or `None` where none was ever signed."""
        held = self.turns.get((MemberId(member), position), ())
        return held[-1] if held else None

    def fold(self, entry: Entry, record: Shift) -> str:
        """Take one turn in; return why it has no effect, or nothing."""
        key = (entry.header.author, record.position)
        held = self.turns.get(key, ())
        before = held[-1] if held and held[-1].staffed else None
        given = record.handover
        if given is not None:
            named = {name for name in (given.outgoing, given.incoming) if name}
            if not named <= entry.officers:
                return "not signed by the officers that it names"
            if before is not None and before.holder and given.outgoing and given.outgoing != before.holder:
                return "hands over a watch that another officer holds"
        if record.turn is not Turn.BEGIN and before is None:
            return "nobody held that watch"
        turn = Watchkeeping(entry, record, missed=record.turn is Turn.BEGIN and before is not None)
        self.turns[key] = (*held, turn)[-TURNS_KEPT:]
        return ""

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {"turns": dict(sorted(self.turns.items()))}
