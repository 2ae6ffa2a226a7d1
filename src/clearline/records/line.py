"""The line between members: staffed checks, and its formal suspension and resumption.

All of it stands in the `safety` log. A suspension names what it suspends out of a closed list in which stop-fire,
search and rescue, hazard and their answers do not stand: the safety floor cannot be named, so it stays open.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records.header import LOGS, MEMBERS_MAX
from clearline.records.reading import Members, binary, in_order
from clearline.records.words import MemberId, member_id
from clearline.volumes.instant import PERM, Instant

PHRASES = (
    "Line check.",
    "Line check. How do you read?",
    "Line check at the fixed time.",
    "Line check. No further traffic.",
    "Line check. Stand by for traffic.",
)
"""Neutral texts of a check, by number: a check carries no news, so that its absence means one thing alone."""


class Reading(StrEnum):
    """How the answering position reads the line; a word about the line, and about nothing else."""

    WELL = "well"
    WITH_DIFFICULTY = "with_difficulty"


class Matter(StrEnum):
    """What a suspension may suspend. The safety floor is not in this list, and must never be."""

    NOTICES = "notices"
    MESSAGES = "messages"
    ENQUIRIES = "enquiries"
    MEETINGS = "meetings"


@dataclass(frozen=True, slots=True)
class LineCheck:
    """An officer calls the watch position of the member `to`; `slot` is the fixed time it serves, if any."""

    to: MemberId
    phrase: int
    slot: Instant | None = None
    KIND: ClassVar[str] = "line_check"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {"phrase": self.phrase, "to": self.to}
        return members if self.slot is None else {**members, "slot": self.slot}

    @classmethod
    def from_members(cls, members: Members) -> LineCheck:
        """Return the check that the members of a body hold."""
        return cls(
            members.member_id("to"),
            members.integer("phrase", least=0, most=len(PHRASES) - 1),
            Instant(members.integer("slot", least=0, most=PERM - 1)) if members.has("slot") else None,
        )


@dataclass(frozen=True, slots=True)
class LineCheckAnswer:
    """The called watch position answers the check `of`."""

    of: str
    reading: Reading
    KIND: ClassVar[str] = "line_check_answer"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of, "reading": self.reading.value}

    @classmethod
    def from_members(cls, members: Members) -> LineCheckAnswer:
        """Return the answer that the members of a body hold."""
        return cls(members.entry_id("of"), members.choice("reading", Reading))


@dataclass(frozen=True, slots=True)
class Quoted:
    """Size and root of a log as the author holds it; `log` is `<member>/<log>`. Serials below `size` are in it."""

    log: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Suspension:
    """The author suspends its routine exchange with some members: what, why, and where the logs stood."""

    members: tuple[MemberId, ...]
    matters: tuple[Matter, ...]
    reason: str
    stand: tuple[Quoted, ...]
    KIND: ClassVar[str] = "suspension"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "matters": [m.value for m in self.matters],
            "members": list(self.members),
            "reason": self.reason,
            "stand": _stand_members(self.stand),
        }

    @classmethod
    def from_members(cls, members: Members) -> Suspension:
        """Return the suspension that the members of a body hold."""
        named = members.items("members", least=1, most=MEMBERS_MAX)
        ids = tuple(member_id(v, where=f"{members.place('members')}/{i}") for i, v in enumerate(named))
        in_order(list(ids), where=members.place("members"))
        words = members.items("matters", least=1, most=len(Matter))
        for index, word in enumerate(words):
            if not isinstance(word, str) or word not in Matter._value2member_map_:
                raise Malformed(
                    where=f"{members.place('matters')}/{index}", found=word, expected="one of " + ", ".join(Matter)
                )
        in_order(words, where=members.place("matters"))
        return cls(
            members=ids,
            matters=tuple(Matter(word) for word in words),
            reason=members.text("reason", least=1),
            stand=_stand(members),
        )


@dataclass(frozen=True, slots=True)
class Resumption:
    """The author resumes what its suspension `of` suspended, quoting what was exchanged: so serials reconcile."""

    of: str
    stand: tuple[Quoted, ...]
    remarks: str = ""
    KIND: ClassVar[str] = "resumption"
    LOGS: ClassVar[tuple[str, ...]] = ("safety",)
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of, "remarks": self.remarks, "stand": _stand_members(self.stand)}

    @classmethod
    def from_members(cls, members: Members) -> Resumption:
        """Return the resumption that the members of a body hold."""
        return cls(members.entry_id("of"), _stand(members), members.text("remarks"))


def _stand_members(stand: tuple[Quoted, ...]) -> list[dict[str, Any]]:
    return [{"log": q.log, "root": b64encode(q.root).decode(), "size": q.size} for q in stand]


def _stand(members: Members) -> tuple[Quoted, ...]:
    found = []
    for index, value in enumerate(members.items("stand", most=MEMBERS_MAX * len(LOGS))):
        one = Members(value, where=f"{members.place('stand')}/{index}")
        log = one.text("log", least=1, most=32)
        author, _, name = log.partition("/")
        member_id(author, where=one.place("log"))
        if name not in LOGS:
            raise Malformed(where=one.place("log"), found=log, expected="<member>/ and one of " + ", ".join(LOGS))
        root = binary(one.raw("root", "32 bytes in base64"), where=one.place("root"), size=32)
        found.append(Quoted(log, one.integer("size", least=0), root))
        one.done()
    in_order([q.log for q in found], where=members.place("stand"))
    return tuple(found)
