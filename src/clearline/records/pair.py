"""Paired acts: two members each cancel a notice of their own, both or neither.

One offers, the other accepts, then the offerer seals or lets it lapse. In between both outcomes count. The
offerer's log decides the pair; each notice stays its owner's, whose own signed word the seal puts into effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.volumes.instant import PERM, Instant


class PairedAct(StrEnum):
    """What a side does to its own notice when the pair is sealed."""

    CANCEL = "cancel"


class Settlement(StrEnum):
    """How the offerer ends a pair."""

    SEAL = "seal"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True)
class PairSide:
    """One side of a pair: an act on a notice of one's own; `of` is the entry id of the version that stood."""

    act: PairedAct
    notice: str
    of: str


@dataclass(frozen=True, slots=True)
class PairOffer:
    """The author offers: my act if yours. It is void after `expires` by the claimed time of what follows."""

    to: MemberId
    mine: PairSide
    yours: PairSide
    expires: Instant
    text: str = ""
    KIND: ClassVar[str] = "pair_offer"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "expires": self.expires,
            "mine": _side_members(self.mine),
            "text": self.text,
            "to": self.to,
            "yours": _side_members(self.yours),
        }

    @classmethod
    def from_members(cls, members: Members) -> PairOffer:
        """Return the offer that the members of a body hold."""
        offer = cls(
            to=members.member_id("to"),
            mine=_side(members.members("mine")),
            yours=_side(members.members("yours")),
            expires=Instant(members.integer("expires", least=0, most=PERM - 1)),
            text=members.text("text"),
        )
        if offer.mine.of == offer.yours.of:
            raise Malformed(
                where=members.place("yours"), found=offer.yours.of, expected="a notice other than one's own"
            )
        return offer


@dataclass(frozen=True, slots=True)
class PairAccept:
    """The member to whom the pair `of` was offered accepts it: `mine` takes effect with the offerer's seal."""

    of: str
    mine: PairSide
    KIND: ClassVar[str] = "pair_accept"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"mine": _side_members(self.mine), "of": self.of}

    @classmethod
    def from_members(cls, members: Members) -> PairAccept:
        """Return the acceptance that the members of a body hold."""
        return cls(members.entry_id("of"), _side(members.members("mine")))


@dataclass(frozen=True, slots=True)
class PairSettlement:
    """The offerer seals its pair, quoting the acceptance, or lets it lapse."""

    of: str
    settlement: Settlement
    accept: str = ""
    KIND: ClassVar[str] = "pair_settlement"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members = {"of": self.of, "settlement": self.settlement.value}
        return {**members, "accept": self.accept} if self.accept else members

    @classmethod
    def from_members(cls, members: Members) -> PairSettlement:
        """Return the settlement that the members of a body hold."""
        settlement = members.choice("settlement", Settlement)
        accept = members.entry_id("accept") if settlement is Settlement.SEAL else ""
        return cls(members.entry_id("of"), settlement, accept)


def _side_members(side: PairSide) -> dict[str, str]:
    return {"act": side.act.value, "notice": side.notice, "of": side.of}


def _side(members: Members) -> PairSide:
    side = PairSide(members.choice("act", PairedAct), members.reference("notice"), members.entry_id("of"))
    members.done()
    return side
