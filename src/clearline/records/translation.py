"""Words of one message for readers of another language, and slots of phrases read back.

The original always comes first: a translation stands beside it, is said by a named position, and is `unchecked`
until a position that signs it says that it checked it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.records import words
from clearline.records.phrases.spoken import SpokenPhrase, phrases_from
from clearline.records.reading import Members


@dataclass(frozen=True, slots=True)
class Translation:
    """The free text of the message `of` in another language (BCP 47).

    `checked_by` is the watch position of a signer who knows both languages and compared the two, empty where nobody
    did. It speaks for the translation, never for what the text says.
    """

    of: str
    language: str
    text: str
    checked_by: str = ""
    KIND: ClassVar[str] = "translation"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members = {"language": self.language, "of": self.of, "text": self.text}
        return {**members, "checked_by": self.checked_by} if self.checked_by else members

    @classmethod
    def from_members(cls, members: Members) -> Translation:
        """Return the translation that the members of a body hold."""
        return cls(
            of=members.entry_id("of"),
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            text=members.text("text", least=1),
            checked_by=members.reference("checked_by") if members.has("checked_by") else "",
        )


@dataclass(frozen=True, slots=True)
class MessageReadBack:
    """A watch position repeats the phrases of the message `of` with their slots, in order; a machine compares."""

    of: str
    phrases: tuple[SpokenPhrase, ...]
    KIND: ClassVar[str] = "message_read_back"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of, "phrases": [phrase.to_members() for phrase in self.phrases]}

    @classmethod
    def from_members(cls, members: Members) -> MessageReadBack:
        """Return the read-back that the members of a body hold."""
        return cls(members.entry_id("of"), phrases_from(members, "phrases"))
