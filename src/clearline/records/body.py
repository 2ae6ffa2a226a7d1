"""Bodies: every kind of record to its canonical bytes and back; what is not known is kept, not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from clearline.records import canonical
from clearline.records.acknowledgement import PassedOn, PositionTaken, ProposalAnswer, ReadBack, Seen
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
)
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.attribution import Attribution, Relayed
from clearline.records.dictated import Dictated
from clearline.records.disclosure import Disclosure
from clearline.records.enquiry import Enquiry, EnquiryReply
from clearline.records.erasure import Erasure
from clearline.records.escalation import Escalation
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.key_event import KeyEvent
from clearline.records.line import LineCheck, LineCheckAnswer, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeStep
from clearline.records.outline import Outline
from clearline.records.pair import PairAccept, PairOffer, PairSettlement
from clearline.records.reading import Members
from clearline.records.shift import Shift
from clearline.records.translation import MessageReadBack, Translation

VERSION = 1
"""The version of each kind that this code writes."""

KIND_MAX = 64


@dataclass(frozen=True, slots=True)
class BodyRefused:
    """A node says which body addressed to it does not match or cannot be read; it is then no part of *delivered*.

    `lacking` says that what came was not the body that its author committed to, whoever changed it: the node withholds
    its delivery cosignature until the body comes, so that such a cosignature over the entry ends this refusal.
    """

    entry: str
    slot: int
    reason: str
    lacking: bool = False
    KIND: ClassVar[str] = "body_refused"
    BY_NODE: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members = {"entry": self.entry, "reason": self.reason, "slot": self.slot}
        return {**members, "lacking": True} if self.lacking else members

    @classmethod
    def from_members(cls, members: Members) -> BodyRefused:
        """Return the refusal that the members of a body hold."""
        return cls(
            members.entry_id("entry"),
            members.integer("slot", least=0, most=3),
            members.text("reason", most=500),
            members.flag("lacking") if members.has("lacking") else False,
        )


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A body of a kind or version that this code does not know: kept, shown, without effect."""

    kind: str
    version: int


Record: TypeAlias = (
    Notice
    | NoticeStep
    | Outline
    | Disclosure
    | Erasure
    | Dictated
    | Seen
    | ReadBack
    | PassedOn
    | PositionTaken
    | ProposalAnswer
    | Message
    | Translation
    | MessageReadBack
    | Alert
    | AlertAnswer
    | Escalation
    | Area
    | AreaWithdrawal
    | AgreementProposal
    | AgreementAssent
    | AgreementConclusion
    | AgreementLapse
    | LineCheck
    | LineCheckAnswer
    | Suspension
    | Resumption
    | Shift
    | Attribution
    | Relayed
    | PairOffer
    | PairAccept
    | PairSettlement
    | Enquiry
    | EnquiryReply
    | Meeting
    | Minutes
    | MinutesAssent
    | KeyEvent
    | BodyRefused
    | Evidence
    | StateRestored
    | NotUnderstood
)

KINDS: dict[str, Any] = {
    kind.KIND: kind
    for kind in (
        Notice,
        NoticeStep,
        Outline,
        Disclosure,
        Erasure,
        Dictated,
        Seen,
        ReadBack,
        PassedOn,
        PositionTaken,
        ProposalAnswer,
        Message,
        Translation,
        MessageReadBack,
        Alert,
        AlertAnswer,
        Escalation,
        Area,
        AreaWithdrawal,
        AgreementProposal,
        AgreementAssent,
        AgreementConclusion,
        AgreementLapse,
        LineCheck,
        LineCheckAnswer,
        Suspension,
        Resumption,
        Shift,
        Attribution,
        Relayed,
        PairOffer,
        PairAccept,
        PairSettlement,
        Enquiry,
        EnquiryReply,
        Meeting,
        Minutes,
        MinutesAssent,
        KeyEvent,
        BodyRefused,
        Evidence,
        StateRestored,
    )
}


def encode(record: Record) -> bytes:
    """Return the canonical bytes of a record's body.

    Raises:
        ValueError: `record` is `NotUnderstood`, which is never written.
    """
    if isinstance(record, NotUnderstood):
        raise ValueError("a body that was not understood cannot be written anew")
    return canonical.encode({"kind": record.KIND, "v": VERSION, **record.to_members()})


def decode(raw: bytes, *, where: str) -> Record:
    """Return the record that canonical bytes hold.

    Raises:
        TooLarge: The body is larger than `canonical.BODY_BYTES_MAX`.
        Malformed: Names the first fault by JSON Pointer.
    """
    return _record(canonical.decode(raw, where=where), where)


def decode_stored(raw: bytes, *, where: str) -> Record:
    """Return the record of a body that was proven canonical when it came in and opens its commitment.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    return _record(canonical.decode_stored(raw, where=where), where)


def _record(value: Any, where: str) -> Record:
    members = Members(value, where=where)
    kind = members.text("kind", least=1, most=KIND_MAX)
    version = members.integer("v", least=1)
    if kind not in KINDS or version > VERSION:
        return NotUnderstood(kind, version)
    record: Record = KINDS[kind].from_members(members)
    members.done()
    return record
