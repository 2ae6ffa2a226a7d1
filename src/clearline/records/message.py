"""Messages on the hotline: free text from watch position to watch position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records.reading import Members
from clearline.records.watch import Address, addresses

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Precedence(StrEnum):
    """How soon a message must be seen; the agreement sets the times."""

    FLASH = "FLASH"
    IMMEDIATE = "IMMEDIATE"
    PRIORITY = "PRIORITY"
    ROUTINE = "ROUTINE"


@dataclass(frozen=True, slots=True)
class Message:
    """A text in its original language (BCP 47).

    `to` are the watch positions that must see it; empty: the duty position of everyone who can read it. `about` is
    the entry id that it speaks of, or empty. `thread` names its thread: the entry id of the thread's first message,
    or what the thread is bound to (the entry id of a notice's first version, the id of a conflict, the reference of
    an incident); empty where it begins one. `cancels` is the entry id of an earlier message of the same author.
    """

    precedence: Precedence
    language: str
    text: str
    about: str = ""
    to: tuple[Address, ...] = ()
    thread: str = ""
    cancels: str = ""
    KIND: ClassVar[str] = "message"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    @property
    def log(self) -> str:
        """Return the log in which it belongs: what is most urgent never queues behind routine."""
        return "safety" if self.precedence is Precedence.FLASH else "main"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "language": self.language,
            "precedence": self.precedence.value,
            "text": self.text,
        }
        if self.to:
            members["to"] = [one.to_members() for one in self.to]
        for name in ("about", "cancels", "thread"):
            if getattr(self, name):
                members[name] = getattr(self, name)
        return members

    @classmethod
    def from_members(cls, members: Members) -> Message:
        """Return the message that the members of a body hold."""
        return cls(
            precedence=members.choice("precedence", Precedence),
            language=language(members, "language"),
            text=members.text("text", least=1),
            about=members.entry_id("about") if members.has("about") else "",
            to=addresses(members, "to") if members.has("to") else (),
            thread=members.reference("thread") if members.has("thread") else "",
            cancels=members.entry_id("cancels") if members.has("cancels") else "",
        )


def language(members: Members, name: str) -> str:
    """Return a member that is a language tag."""
    value = members.raw(name, "a language tag")
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise Malformed(where=members.place(name), found=value, expected="a language tag such as tr or en-GB")
    return value
