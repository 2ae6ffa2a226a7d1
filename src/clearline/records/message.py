"""Messages on the hotline: free text from watch position to watch position."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import words
from clearline.records.phrases.spoken import BookName, SpokenPhrase, phrases_from
from clearline.records.reading import Members
from clearline.records.watch import Address, addresses
from clearline.volumes.instant import PERM, Instant


class Precedence(StrEnum):
    """How soon a message must be seen; the agreement sets the times."""

    FLASH = "FLASH"
    IMMEDIATE = "IMMEDIATE"
    PRIORITY = "PRIORITY"
    ROUTINE = "ROUTINE"


@dataclass(frozen=True, slots=True)
class Message:
    """A text in its original language (BCP 47), phrases, or both.

    `phrase_book` names the catalogue that the writer used; it is there exactly where there are phrases.
    `to` are the watch positions that must see it; empty: the duty position of everyone who can read it. `about` is
    the entry id that it speaks of, or empty. `thread` names its thread: the entry id of the thread's first message,
    or what the thread is bound to (the entry id of a notice's first version, the id of a conflict, the reference of
    an incident); empty where it begins one. `cancels` is the entry id of an earlier message of the same author.
    `card` is the number of the dictation card by which it was said before, `dictated_at` when: entered after the fact.
    """

    precedence: Precedence
    language: str
    text: str
    about: str = ""
    phrases: tuple[SpokenPhrase, ...] = ()
    phrase_book: BookName | None = None
    to: tuple[Address, ...] = ()
    thread: str = ""
    cancels: str = ""
    card: str = ""
    dictated_at: Instant | None = None
    KIND: ClassVar[str] = "message"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    @property
    def log(self) -> str:
        """Return the log in which it belongs: what is most urgent never queues behind routine."""
        return "safety" if self.precedence is Precedence.FLASH else "main"

    @property
    def rings(self) -> bool:
        """Report whether it rings until somebody has seen it."""
        return self.precedence in (Precedence.FLASH, Precedence.IMMEDIATE)

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
        if self.to:
            members["to"] = [one.to_members() for one in self.to]
        if self.dictated_at is not None:
            members["dictated_at"] = self.dictated_at
        for name in ("about", "cancels", "card", "thread"):
            if getattr(self, name):
                members[name] = getattr(self, name)
        return members

    @classmethod
    def from_members(cls, members: Members) -> Message:
        """Return the message that the members of a body hold."""
        phrases = phrases_from(members, "phrases") if members.has("phrases") else ()
        if members.has("phrase_book") and not phrases:
            raise Malformed(
                where=members.place("phrases"), found=Said("nothing"), expected="phrases, or no phrase_book"
            )
        return cls(
            precedence=members.choice("precedence", Precedence),
            language=words.language_tag(members.raw("language", "a language tag"), where=members.place("language")),
            text=members.text("text", least=0 if phrases else 1),
            about=members.entry_id("about") if members.has("about") else "",
            phrases=phrases,
            phrase_book=BookName.from_members(members.members("phrase_book")) if phrases else None,
            to=addresses(members, "to") if members.has("to") else (),
            thread=members.reference("thread") if members.has("thread") else "",
            cancels=members.entry_id("cancels") if members.has("cancels") else "",
            card=members.reference("card") if members.has("card") else "",
            dictated_at=Instant(members.integer("dictated_at", least=0, most=PERM - 1))
            if members.has("dictated_at")
            else None,
        )
