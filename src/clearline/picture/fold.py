"""The fold: what holds, from the entries and opened bodies alone, whatever order their logs arrive in.

Within one log the order is the log's; between logs any interleaving gives the same picture. `Picture.fold` changes
the picture in place, because a node folds one entry at a time into tens of thousands: see docs/adr/0004.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from clearline.picture.agreements import Agreements
from clearline.picture.areas import AreaHistory, with_area, with_withdrawal
from clearline.picture.enquiries import Enquiries
from clearline.picture.entry import Entry, Place
from clearline.picture.hotline import Hotline
from clearline.picture.lines import Lines
from clearline.picture.meetings import Meetings
from clearline.picture.notices import NoticeHistory, StepTaken, with_notice, with_step
from clearline.picture.pairs import Pairs
from clearline.picture.shifts import Shifts
from clearline.picture.third_parties import ThirdParties
from clearline.picture.witnessing import Witnessing
from clearline.picture.wording import Wording
from clearline.records import rules
from clearline.records.acknowledgement import PassedOn, PositionTaken, ProposalAnswer, ReadBack, Seen
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Terms,
)
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.attribution import Attribution, Relayed
from clearline.records.body import BodyRefused, NotUnderstood, Record
from clearline.records.enquiry import Enquiry, EnquiryReply
from clearline.records.escalation import Escalation
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.line import LineCheck, LineCheckAnswer, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.pair import PairAccept, PairOffer, PairSettlement
from clearline.records.shift import Shift
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.words import EntryId, MemberId

OFFICERS_OF_TWO = 2
"""Officers, by identity and not by key, that an act of two persons needs."""

Answering = Seen | ReadBack | PassedOn | PositionTaken | ProposalAnswer


@dataclass(frozen=True, slots=True)
class Touched:
    """What an entry changed: keys of notices and areas, and whether the agreement may have changed.

    `entries` are the ids of entries (of other logs too) of which more is known now: what was answered, said or
    taken back. Deadlines follow them.
    """

    notice: tuple[str, str] | None = None
    area: tuple[str, str] | None = None
    agreement: bool = False
    entries: tuple[str, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    """Notices that one act changed together: those of a sealed pair."""


@dataclass(slots=True)
class Picture:
    """What holds. Build it with `Picture.of`, add to it with `fold`; read it freely, change nothing by hand."""

    parties: tuple[MemberId, ...]
    agreements: Agreements
    notices: dict[tuple[str, str], NoticeHistory] = field(default_factory=dict)
    areas: dict[tuple[str, str], AreaHistory] = field(default_factory=dict)
    answers: dict[str, dict[Place, tuple[Entry, Answering]]] = field(default_factory=dict)
    messages: dict[Place, tuple[Entry, Message]] = field(default_factory=dict)
    refused: dict[str, dict[Place, tuple[Entry, BodyRefused]]] = field(default_factory=dict)
    ineffective: dict[Place, tuple[Entry, str]] = field(default_factory=dict)
    places: dict[EntryId, Place] = field(default_factory=dict)
    unread: set[EntryId] = field(default_factory=set)
    """Entries whose body is not held here: an amendment may replace one that this member was never shown."""
    said: set[tuple[str, str, bytes]] = field(default_factory=set)
    last: dict[tuple[str, str], int] = field(default_factory=dict)
    """The index of the last entry folded of each log."""
    terms_in_force: tuple[Entry, Terms, int] | None = None
    hotline: Hotline = field(default_factory=Hotline)
    wording: Wording = field(default_factory=Wording)
    witnessing: Witnessing = field(default_factory=Witnessing)
    lines: Lines = field(default_factory=Lines)
    shifts: Shifts = field(default_factory=Shifts)
    third_parties: ThirdParties = field(default_factory=ThirdParties)
    pairs: Pairs = field(default_factory=Pairs)
    enquiries: Enquiries = field(default_factory=Enquiries)
    meetings: Meetings = field(default_factory=Meetings)

    @classmethod
    def of(cls, parties: tuple[MemberId, ...], entries: Iterable[Entry]) -> Picture:
        """Return the picture of `entries`; those of one log must come in the log's order."""
        picture = cls(parties, Agreements(parties))
        for entry in entries:
            picture.fold(entry)
        return picture

    def fold(self, entry: Entry) -> Touched:
        """Take one entry in and say what it changed.

        Raises:
            ValueError: The entry is not the next of its log; the caller has mixed up its own store.
        """
        log = (entry.place.member, entry.place.log)
        if entry.place.index != self.last.get(log, -1) + 1:
            raise ValueError(f"{entry.place} folded after index {self.last.get(log, -1)}")
        self.last[log] = entry.place.index
        if (*log, entry.header.nonce) in self.said:
            self.ineffective[entry.place] = (entry, "said before in this log")
            return Touched()
        self.said.add((*log, entry.header.nonce))
        self.places[entry.id] = min(entry.place, self.places.get(entry.id, entry.place))
        if entry.record is not None and (reason := _without_effect(entry, entry.record)):
            self.ineffective[entry.place] = (entry, reason)
            return Touched()
        return self._take(entry)

    def value(self) -> dict[str, Any]:
        """Return the picture as one comparable value, in a fixed order."""
        return {
            "notices": dict(sorted(self.notices.items())),
            "areas": dict(sorted(self.areas.items())),
            "answers": {of: dict(sorted(given.items())) for of, given in sorted(self.answers.items())},
            "messages": dict(sorted(self.messages.items())),
            "refused": {of: dict(sorted(given.items())) for of, given in sorted(self.refused.items())},
            "ineffective": dict(sorted(self.ineffective.items())),
            "places": dict(sorted(self.places.items())),
            "last": dict(sorted(self.last.items())),
            "proposals": dict(sorted(self.agreements.proposals.items())),
            "assents": dict(sorted(self.agreements.assents.items())),
            "settled": dict(sorted(self.agreements.settled.items())),
            "in_force": self.terms_in_force,
            "hotline": self.hotline.value(),
            "wording": self.wording.value(),
            "witnessing": self.witnessing.value(),
            "lines": self.lines.value(),
            "shifts": self.shifts.value(),
            "third_parties": self.third_parties.value(),
            "pairs": self.pairs.value(),
            "enquiries": self.enquiries.value(),
            "meetings": self.meetings.value(),
        }

    def _take(self, entry: Entry) -> Touched:
        record, author = entry.record, entry.header.author
        match record:
            case None:
                self.unread.add(entry.id)
                return Touched()
            case Notice():
                key = (str(author), record.draft.notice)
                unread = record.amends in self.unread
                return self._put_notice(key, entry, with_notice(self.notices.get(key), entry, record, unread=unread))
            case NoticeStep():
                key = (str(author), record.notice)
                return self._put_notice(key, entry, with_step(self.notices.get(key), entry, record))
            case Area():
                key = (str(author), record.reference)
                unread = record.amends in self.unread
                return self._put_area(key, entry, with_area(self.areas.get(key), entry, record, unread=unread))
            case AreaWithdrawal():
                key = (str(author), record.reference)
                return self._put_area(key, entry, with_withdrawal(self.areas.get(key), entry, record))
            case Seen() | ReadBack() | PassedOn() | PositionTaken() | ProposalAnswer():
                self.answers.setdefault(record.of, {})[entry.place] = (entry, record)
                return Touched(entries=(record.of,))
            case Message():
                self.messages[entry.place] = (entry, record)
                return Touched(entries=self.hotline.fold(entry, record))
            case Translation() | MessageReadBack():
                return self._kept(entry, self.wording.fold(entry, record))
            case Alert() | AlertAnswer() | Escalation():
                return Touched(entries=self.hotline.fold(entry, record))
            case BodyRefused():
                self.refused.setdefault(record.entry, {})[entry.place] = (entry, record)
                return Touched()
            case AgreementProposal() | AgreementAssent() | AgreementConclusion() | AgreementLapse():
                self.agreements.fold(entry, record)
                before = self.terms_in_force
                self.terms_in_force = self.agreements.in_force()
                return Touched(agreement=before != self.terms_in_force)
            case Evidence() | StateRestored():
                self.witnessing.fold(entry, record)
                return Touched()
            case LineCheck() | LineCheckAnswer() | Suspension() | Resumption():
                return self._kept(entry, self.lines.fold(entry, record))
            case Shift():
                return self._kept(entry, self.shifts.fold(entry, record))
            case Attribution() | Relayed():
                return self._kept(entry, self.third_parties.fold(entry, record))
            case PairOffer() | PairAccept() | PairSettlement():
                return self._put_pair(entry, record)
            case Enquiry() | EnquiryReply():
                return self._kept(entry, self.enquiries.fold(entry, record))
            case Meeting() | Minutes() | MinutesAssent():
                return self._kept(entry, self.meetings.fold(entry, record))
            case NotUnderstood():
                self.ineffective[entry.place] = (entry, f"not understood: {record.kind} v{record.version}")
                return Touched()
            case _:
                assert_never(record)

    def _put_notice(self, key: tuple[str, str], entry: Entry, outcome: NoticeHistory | str) -> Touched:
        if isinstance(outcome, str):
            self.ineffective[entry.place] = (entry, outcome)
            return Touched()
        self.notices[key] = self._sealed(key, outcome)
        return Touched(notice=key)

    def _kept(self, entry: Entry, reason: str) -> Touched:
        if reason:
            self.ineffective[entry.place] = (entry, reason)
            return Touched()
        of = getattr(entry.record, "of", "")
        return Touched(entries=(entry.id, of) if of else (entry.id,))

    def _put_pair(self, entry: Entry, record: PairOffer | PairAccept | PairSettlement) -> Touched:
        """Take an act of a pair in; a seal puts both owners' words into effect at once, see docs/adr/0013."""
        if isinstance(record, PairSettlement):
            offered = self.pairs.offers.get(EntryId(record.of))
            side = offered[1].mine if offered is not None else None
        else:
            side = record.mine
        own = self.notices.get((str(entry.header.author), side.notice)) if side is not None else None
        unread = side is not None and side.of in self.unread
        reason, keys = self.pairs.fold(entry, record, own, unread=unread)
        touched = self._kept(entry, reason)
        held = tuple(key for key in keys if key in self.notices)
        for key in held:
            self.notices[key] = self._sealed(key, self.notices[key])
        return replace(touched, notices=held) if held else touched

    def _sealed(self, key: tuple[str, str], history: NoticeHistory) -> NoticeHistory:
        settled = self.pairs.sealed.get(key)
        if settled is None:
            return history
        entry, record = settled
        offer = self.pairs.offers[EntryId(record.of)][1]
        return replace(history, sealed=StepTaken(entry, Step.WITHDRAW, offer.text, None))

    def _put_area(self, key: tuple[str, str], entry: Entry, outcome: AreaHistory | str) -> Touched:
        if isinstance(outcome, str):
            self.ineffective[entry.place] = (entry, outcome)
            return Touched()
        self.areas[key] = outcome
        return Touched(area=key)


def _without_effect(entry: Entry, record: Record) -> str:
    """Return why an entry can have no effect wherever its author stands, or nothing."""
    logs = rules.logs_of(record)
    if entry.place.log not in logs:
        return f"a {getattr(record, 'KIND', 'record')} belongs in the {' or '.join(logs)} log"
    if rules.two_persons(record) and len(entry.officers) < OFFICERS_OF_TWO:
        return "needs the signatures of two different officers"
    return ""
