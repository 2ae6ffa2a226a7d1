"""Meetings: convened with an agenda, minuted, and the minutes agreed by every party's word to one version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.records import words
from clearline.records.enquiry import asked_members
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.volumes.instant import PERM, Instant

AGENDA_MAX = 50
"""Items of an agenda."""

ITEM_MAX = 500
"""Characters of one item."""

MINUTES_MAX = 40_000
"""Characters of minutes: about fifteen pages."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The convener calls members to meet at `at`; `amends` is the entry id of the call that it replaces."""

    reference: str
    invited: tuple[MemberId, ...]
    at: Instant
    place: str
    agenda: tuple[str, ...]
    amends: str = ""
    KIND: ClassVar[str] = "meeting"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "agenda": list(self.agenda),
            "at": self.at,
            "invited": list(self.invited),
            "place": self.place,
            "reference": self.reference,
        }
        return {**members, "amends": self.amends} if self.amends else members

    @classmethod
    def from_members(cls, members: Members) -> Meeting:
        """Return the call that the members of a body hold."""
        agenda = members.items("agenda", least=1, most=AGENDA_MAX)
        for index, item in enumerate(agenda):
            words.prose(item, where=f"{members.place('agenda')}/{index}", least=1, most=ITEM_MAX)
        return cls(
            reference=members.reference("reference"),
            invited=asked_members(members, "invited"),
            at=Instant(members.integer("at", least=0, most=PERM - 1)),
            place=members.text("place", least=1, most=ITEM_MAX),
            agenda=tuple(agenda),
            amends=members.entry_id("amends") if members.has("amends") else "",
        )


@dataclass(frozen=True, slots=True)
class Minutes:
    """A member that was there proposes minutes of the meeting `of` (the entry id of its call)."""

    of: str
    language: str
    text: str
    KIND: ClassVar[str] = "minutes"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"language": self.language, "of": self.of, "text": self.text}

    @classmethod
    def from_members(cls, members: Members) -> Minutes:
        """Return the minutes that the members of a body hold."""
        return cls(
            of=members.entry_id("of"),
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            text=members.text("text", least=1, most=MINUTES_MAX),
        )


@dataclass(frozen=True, slots=True)
class MinutesAssent:
    """A member assents to exactly the minutes of the entry `of`."""

    of: str
    KIND: ClassVar[str] = "minutes_assent"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of}

    @classmethod
    def from_members(cls, members: Members) -> MinutesAssent:
        """Return the assent that the members of a body hold."""
        return cls(members.entry_id("of"))
