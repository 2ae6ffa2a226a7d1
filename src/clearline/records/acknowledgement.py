"""The ladder's acts: seen, read back, passed on, and a position. Each names the exact entry that it answers.

Nothing here is consent: acknowledged is never "agreed", agreed is never "permitted".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import volume_members
from clearline.records.activity import Activity, Nature
from clearline.records.reading import Members
from clearline.volumes.altitude import Altitude
from clearline.volumes.footprint import Position
from clearline.volumes.instant import PERM, Instant
from clearline.volumes.volume import Volume

LEVEL_MAX = 80
"""Characters of the name of a level, such as "wing operations"."""


class Stance(StrEnum):
    """What a member says about another's notice; silence is none of these."""

    NO_OBJECTION = "no_objection"
    OBJECTION = "objection"
    PROPOSAL = "proposal"
    CANNOT_COMPLY = "cannot_comply"
    NO_POSITION = "no_position"


@dataclass(frozen=True, slots=True)
class Seen:
    """A watch position has seen the entry `of`: a notice, a message or an alert; of these in `safety`."""

    of: str
    KIND: ClassVar[str] = "seen"
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of}

    @classmethod
    def from_members(cls, members: Members) -> Seen:
        """Return the act that the members of a body hold."""
        return cls(members.entry_id("of"))


@dataclass(frozen=True, slots=True)
class ReadVolume:
    """One volume as it was read back: its reference position, heights and window."""

    position: Position
    lower: Altitude
    upper: Altitude
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A watch position repeats what it understood of the notice version `of`; a machine compares."""

    of: str
    activity: Activity
    nature: Nature
    volumes: tuple[ReadVolume, ...]
    KIND: ClassVar[str] = "read_back"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "activity": self.activity.value,
            "nature": self.nature.value,
            "of": self.of,
            "volumes": [
                {
                    "end": v.end,
                    "lower": volume_members.altitude_members(v.lower),
                    "position": list(v.position),
                    "start": v.start,
                    "upper": volume_members.altitude_members(v.upper),
                }
                for v in self.volumes
            ],
        }

    @classmethod
    def from_members(cls, members: Members) -> ReadBack:
        """Return the act that the members of a body hold."""
        items = members.items("volumes", least=1, most=volume_members.VOLUMES_MAX)
        return cls(
            of=members.entry_id("of"),
            activity=members.choice("activity", Activity),
            nature=members.choice("nature", Nature),
            volumes=tuple(
                _read_volume(Members(v, where=f"{members.place('volumes')}/{i}")) for i, v in enumerate(items)
            ),
        )


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The notice version `of` has been passed on to `level` at `at`."""

    of: str
    level: str
    at: Instant
    KIND: ClassVar[str] = "passed_on"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"at": self.at, "level": self.level, "of": self.of}

    @classmethod
    def from_members(cls, members: Members) -> PassedOn:
        """Return the act that the members of a body hold."""
        return cls(
            members.entry_id("of"),
            members.text("level", least=1, most=LEVEL_MAX),
            Instant(members.integer("at", least=0, most=PERM - 1)),
        )


@dataclass(frozen=True, slots=True)
class PositionTaken:
    """A member's position on the notice version `of`; `proposal` holds changed volumes, with that stance alone."""

    of: str
    stance: Stance
    reason: str
    proposal: tuple[Volume, ...] = ()
    KIND: ClassVar[str] = "position"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {"of": self.of, "reason": self.reason, "stance": self.stance.value}
        if self.proposal:
            members["proposal"] = [volume_members.to_members(v) for v in self.proposal]
        return members

    @classmethod
    def from_members(cls, members: Members) -> PositionTaken:
        """Return the act that the members of a body hold."""
        stance = members.choice("stance", Stance)
        reason = members.text("reason")
        if stance is Stance.OBJECTION and not reason:
            raise Malformed(
                where=members.place("reason"), found=Said("nothing"), expected="the reason of the objection"
            )
        proposal = volume_members.many_from_members(members, "proposal") if stance is Stance.PROPOSAL else ()
        return cls(members.entry_id("of"), stance, reason, proposal)


class ProposalReply(StrEnum):
    """What becomes of a proposal that no amendment takes up: the owner's two words, and the proposer's one."""

    COUNTERED = "countered"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class ProposalAnswer:
    """The owner counters or declines the proposal `of` (a `position`), or its proposer lets it lapse.

    `proposal` holds the volumes of a counter-proposal, with `countered` alone. To accept is to amend the notice.
    """

    of: str
    answer: ProposalReply
    reason: str = ""
    proposal: tuple[Volume, ...] = ()
    KIND: ClassVar[str] = "proposal_answer"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {"answer": self.answer.value, "of": self.of, "reason": self.reason}
        if self.proposal:
            members["proposal"] = [volume_members.to_members(v) for v in self.proposal]
        return members

    @classmethod
    def from_members(cls, members: Members) -> ProposalAnswer:
        """Return the answer that the members of a body hold."""
        answer = members.choice("answer", ProposalReply)
        countered = answer is ProposalReply.COUNTERED
        proposal = volume_members.many_from_members(members, "proposal") if countered else ()
        return cls(members.entry_id("of"), answer, members.text("reason"), proposal)


def _read_volume(members: Members) -> ReadVolume:
    items = members.items("position", least=2, most=2)
    if type(items[0]) is not int or type(items[1]) is not int:
        raise Malformed(where=members.place("position"), found=items, expected="two integers in 1e-7 degree")
    if not (-1_800_000_000 <= items[0] < 1_800_000_000 and -900_000_000 <= items[1] <= 900_000_000):
        raise Malformed(where=members.place("position"), found=items, expected="longitude and latitude in 1e-7 degree")
    volume = ReadVolume(
        (items[0], items[1]),
        volume_members.altitude_from(members.members("lower")),
        volume_members.altitude_from(members.members("upper")),
        Instant(members.integer("start", least=0, most=PERM - 1)),
        Instant(members.integer("end", least=0, most=PERM - 1)),
    )
    members.done()
    return volume
