"""Messages on the hotline: free text between watch positions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records.phrases.spoken import BookName, SpokenPhrase, phrases_from
from clearline.records.reading import Members

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Precedence(StrEnum):
    """How soon a message must be seen; the agreement sets the times."""

    FLASH = "FLASH"
    IMMEDIATE = "IMMEDIATE"
    PRIORITY = "PRIORITY"
    ROUTINE = "ROUTINE"


@dataclass(frozen=True, slots=True)
class Message:
    """A text in its original language (BCP 47), phrases, or both; `about` is the entry id that it speaks of, or empty.

    `phrase_book` names the catalogue that the writer used; it is there exactly where there are phrases.
    """

    precedence: Precedence
    language: str
    text: str
    about: str = ""
    phrases: tuple[SpokenPhrase, ...] = ()
    phrase_book: BookName | None = None
    KIND: ClassVar[str] = "message"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "language": self.language,
            "precedence": self.precedence.value,
            "text": self.text,
        }
        if self.phrase_book is not None:
            members["phrases"] = [phrase.to_members() for phrase in self.phrases]
            members["phrase_book"] = self.phrase_book.to_members()
        return {"about": self.about, **members} if self.about else members

    @classmethod
    def from_members(cls, members: Members) -> Message:
        """Return the message that the members of a body hold."""
        language = members.raw("language", "a language tag")
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise Malformed(
                where=members.place("language"), found=language, expected="a language tag such as tr or en-GB"
            )
        phrases = phrases_from(members, "phrases") if members.has("phrases") else ()
        if members.has("phrase_book") and not phrases:
            raise Malformed(
                where=members.place("phrases"), found=Said("nothing"), expected="phrases, or no phrase_book"
            )
        return cls(
            precedence=members.choice("precedence", Precedence),
            language=language,
            text=members.text("text", least=0 if phrases else 1),
            about=members.entry_id("about") if members.has("about") else "",
            phrases=phrases,
            phrase_book=BookName.from_members(members.members("phrase_book")) if phrases else None,
        )
