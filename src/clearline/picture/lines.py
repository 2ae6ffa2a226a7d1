"""Lines in the picture: checks, answers, and which suspensions stand. Each is decided by its author's `safety` log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from clearline.picture.entry import Entry, Place
from clearline.records.line import LineCheck, LineCheckAnswer, Resumption, Suspension
from clearline.records.words import EntryId, MemberId

CHECKS_KEPT = 200
"""Newest checks of one member to another, and newest answers of one member, kept in memory: a week of hourly checks."""

Held = TypeVar("Held")
Name = TypeVar("Name")

Pair = tuple[MemberId, MemberId]
"""Who called and who was called."""


@dataclass(slots=True)
class Lines:
    """Every act about a line, as it stands in the logs."""

    checks: dict[Pair, dict[Place, tuple[Entry, LineCheck]]] = field(default_factory=dict)
    answers: dict[MemberId, dict[str, tuple[Entry, LineCheckAnswer]]] = field(default_factory=dict)
    """By who answered, and by the check: of several answers the first counts."""
    suspensions: dict[EntryId, tuple[Entry, Suspension]] = field(default_factory=dict)
    resumptions: dict[str, tuple[Entry, Resumption]] = field(default_factory=dict)
    """By the entry id of the suspension that they end."""

    def fold(self, entry: Entry, record: LineCheck | LineCheckAnswer | Suspension | Resumption) -> str:
        """Take one act in; return why it has no effect, or nothing."""
        author = entry.header.author
        match record:
            case LineCheck():
                if record.to == author:
                    return "checks its own line"
                _newest(self.checks.setdefault((author, record.to), {}))[entry.place] = (entry, record)
            case LineCheckAnswer():
                given = self.answers.setdefault(author, {})
                if record.of not in given:
                    _newest(given)[record.of] = (entry, record)
            case Suspension():
                if author in record.members:
                    return "suspends the exchange with itself"
                self.suspensions[entry.id] = (entry, record)
            case Resumption():
                held = self.suspensions.get(EntryId(record.of))
                if held is None or held[0].header.author != author:
                    return "resumes what its author did not suspend"
                if record.of in self.resumptions:
                    return "resumes what was resumed"
                self.resumptions[record.of] = (entry, record)
        return ""

    def between(self, author: MemberId, to: MemberId) -> list[tuple[Entry, LineCheck]]:
        """Return the checks of one member to another, in the order of its log."""
        return list(self.checks.get((author, to), {}).values())

    def answer(self, check: Entry, to: MemberId) -> tuple[Entry, LineCheckAnswer] | None:
        """Return the first answer of the member called to a check, or `None`."""
        return self.answers.get(to, {}).get(check.id)

    def standing(self, one: MemberId, other: MemberId) -> list[tuple[Entry, Suspension]]:
        """Return the suspensions that stand between two members, whoever said them, ordered by place."""
        found = [
            (entry, record)
            for entry, record in self.suspensions.values()
            if entry.id not in self.resumptions
            and (
                (entry.header.author == one and other in record.members)
                or (entry.header.author == other and one in record.members)
            )
        ]
        return sorted(found, key=_place)

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "checks": {pair: dict(sorted(held.items())) for pair, held in sorted(self.checks.items())},
            "answers": {who: dict(sorted(held.items())) for who, held in sorted(self.answers.items())},
            "suspensions": dict(sorted(self.suspensions.items())),
            "resumptions": dict(sorted(self.resumptions.items())),
        }


def _place(held: tuple[Entry, Suspension]) -> Place:
    return held[0].place


def _newest(held: dict[Name, Held]) -> dict[Name, Held]:
    """Make room for one more; those of one author come in the order of its log, so that the oldest stands first."""
    if len(held) >= CHECKS_KEPT:
        held.pop(next(iter(held)))
    return held
