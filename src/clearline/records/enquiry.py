"""Enquiries about unusual activity, and what is replied. A reply that does not come stays a fact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.records import volume_members, words
from clearline.records.header import MEMBERS_MAX
from clearline.records.reading import Members, in_order
from clearline.records.words import MemberId
from clearline.volumes.volume import Volume

SCOPE_MAX = 20
"""Volumes of one enquiry: it asks about one place and time."""


class Completeness(StrEnum):
    """Whether a reply is all that the member has to say."""

    PARTIAL = "partial"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """The author asks members to explain an activity at a place and a time; `of` is an entry that it speaks of."""

    to: tuple[MemberId, ...]
    volumes: tuple[Volume, ...]
    language: str
    text: str
    of: str = ""
    KIND: ClassVar[str] = "enquiry"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "language": self.language,
            "text": self.text,
            "to": list(self.to),
            "volumes": [volume_members.to_members(v) for v in self.volumes],
        }
        return {**members, "of": self.of} if self.of else members

    @classmethod
    def from_members(cls, members: Members) -> Enquiry:
        """Return the enquiry that the members of a body hold."""
        members.items("volumes", least=1, most=SCOPE_MAX)
        return cls(
            to=asked_members(members, "to"),
            volumes=volume_members.many_from_members(members, "volumes"),
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            text=members.text("text", least=1),
            of=members.entry_id("of") if members.has("of") else "",
        )


@dataclass(frozen=True, slots=True)
class EnquiryReply:
    """A member that was asked replies to the enquiry `of`, in part or finally."""

    of: str
    completeness: Completeness
    language: str
    text: str
    KIND: ClassVar[str] = "enquiry_reply"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "completeness": self.completeness.value,
            "language": self.language,
            "of": self.of,
            "text": self.text,
        }

    @classmethod
    def from_members(cls, members: Members) -> EnquiryReply:
        """Return the reply that the members of a body hold."""
        return cls(
            of=members.entry_id("of"),
            completeness=members.choice("completeness", Completeness),
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            text=members.text("text", least=1),
        )


def asked_members(members: Members, name: str) -> tuple[MemberId, ...]:
    """Return the sorted ids of the array member `name`: 1 to `MEMBERS_MAX`, each once."""
    named = members.items(name, least=1, most=MEMBERS_MAX)
    ids = tuple(words.member_id(v, where=f"{members.place(name)}/{i}") for i, v in enumerate(named))
    in_order(list(ids), where=members.place(name))
    return ids
