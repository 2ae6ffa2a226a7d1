"""Messages on the hotline: free text between watch positions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
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
    """A text in its original language (BCP 47); `about` is the entry id that it speaks of, or empty."""

    precedence: Precedence
    language: str
    text: str
    about: str = ""
    KIND: ClassVar[str] = "message"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members = {"language": self.language, "precedence": self.precedence.value, "text": self.text}
        return {"about": self.about, **members} if self.about else members

    @classmethod
    def from_members(cls, members: Members) -> Message:
        """Return the message that the members of a body hold."""
        language = members.raw("language", "a language tag")
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise Malformed(
                where=members.place("language"), found=language, expected="a language tag such as tr or en-GB"
            )
        return cls(
            precedence=members.choice("precedence", Precedence),
            language=language,
            text=members.text("text", least=1),
            about=members.entry_id("about") if members.has("about") else "",
        )
