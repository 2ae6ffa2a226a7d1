"""The fold: what holds, from the entries and opened bodies alone, whatever order their logs arrive in.

Within one log the order is the log's; between logs any interleaving gives the same picture. `Picture.fold` changes
the picture in place, because a node folds one entry at a time into tens of thousands: see docs/adr/0004.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from clearline.picture.agreements import Agreements
from clearline.picture.areas import AreaHistory, with_area, with_withdrawal
from clearline.picture.enquiries import Enquiries
from clearline.picture.entry import Entry, Place
from clearline.picture.hotline import Hotline
from clearline.picture.keys import OFFICERS_OF_TWO as OFFICERS_OF_TWO
from clearline.picture.keys import Flag, Keys
from clearline.picture.lines import Lines
from clearline.picture.meetings import Meetings
from clearline.picture.notices import NoticeHistory, StepTaken, with_notice, with_step
from clearline.picture.opened import Opened
from clearline.picture.outlines import OutlineHistory, with_exact, with_outline, with_step_told
from clearline.picture.packed import Packed
from clearline.picture.packing import stands_alone
from clearline.picture.pairs import Pairs
from clearline.picture.paper import Paper
from clearline.picture.placing import PLACED_LATE, Placing
from clearline.picture.placing import words as placed_late
from clearline.picture.shelf import Messages, Notices, Said, Unread
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
from clearline.records.dictated import Dictated
from clearline.records.disclosure import Disclosure
from clearline.records.enquiry import Enquiry, EnquiryReply
from clearline.records.erasure import Erasure
from clearline.records.escalation import Escalation
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.header import base_log
from clearline.records.key_event import KeyEvent
from clearline.records.line import LineCheck, LineCheckAnswer, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.outline import Outline
from clearline.records.pair import PairAccept, PairOffer, PairSettlement
from clearline.records.shift import Shift
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import Instant

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
    keys: bool = False
    entries: tuple[str, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    """Notices that one act changed together: those of a sealed pair."""


@dataclass(slots=True)
class Picture:
    """What holds. Build it with `Picture.of`, add to it with `fold`; read it freely, change nothing by hand."""

    parties: tuple[MemberId, ...]
    agreements: Agreements
    keys: Keys = field(default_factory=Keys)
    notices: MutableMapping[tuple[str, str], NoticeHistory] = field(default_factory=dict)
    outlines: dict[tuple[str, str], OutlineHistory] = field(default_factory=dict)
    """Notices of which this member was told the area only; a key stands here or in `notices`."""
    areas: dict[tuple[str, str], AreaHistory] = field(default_factory=dict)
    answers: MutableMapping[str, dict[Place, tuple[Entry, Answering]]] = field(default_factory=dict)
    messages: MutableMapping[Place, tuple[Entry, Message]] = field(default_factory=dict)
    refused: MutableMapping[str, dict[Place, tuple[Entry, BodyRefused]]] = field(default_factory=dict)
    ineffective: MutableMapping[Place, tuple[Entry, str]] = field(default_factory=dict)
    places: MutableMapping[EntryId, Place] = field(default_factory=dict)
    unread: set[EntryId] | Unread = field(default_factory=set)
    """Entries whose body is not held here: an amendment may replace one that this member was never shown."""
    said: set[tuple[str, str, bytes]] | Said = field(default_factory=set)
    last: dict[tuple[str, str], int] = field(default_factory=dict)
    """The index of the last entry folded of each log."""
    again: list[Place] = field(default_factory=list)
    """Entries that packed tables cannot stand for: whoever starts from them folds these by `take`."""
    packed: Packed = field(default_factory=Packed)
    terms_in_force: tuple[Entry, Terms, int] | None = None
    hotline: Hotline = field(default_factory=Hotline)
    wording: Wording = field(default_factory=Wording)
    witnessing: Witnessing = field(default_factory=Witnessing)
    opened: Opened = field(default_factory=Opened)
    paper: Paper = field(default_factory=Paper)
    lines: Lines = field(default_factory=Lines)
    shifts: Shifts = field(default_factory=Shifts)
    third_parties: ThirdParties = field(default_factory=ThirdParties)
    pairs: Pairs = field(default_factory=Pairs)
    enquiries: Enquiries = field(default_factory=Enquiries)
    meetings: Meetings = field(default_factory=Meetings)
    placing: Placing = field(default_factory=Placing)

    @classmethod
    def of(cls, parties: tuple[MemberId, ...], entries: Iterable[Entry], *, keys: Keys | None = None) -> Picture:
        """Return the picture of `entries`; those of one log must come in the log's order.

        `keys` are those with which the channel began; without them nobody's key is judged.
        """
        picture = cls(parties, Agreements(parties), keys or Keys())
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
        self.placing.follow(entry)
        if (*log, entry.header.nonce) in self.said:
            self.ineffective[entry.place] = (entry, "said before in this log")
            return Touched()
        self.said.add((*log, entry.header.nonce))
        self.places[entry.id] = min(entry.place, self.places.get(entry.id, entry.place))
        if not stands_alone(entry):
            self.again.append(entry.place)
        return self.take(entry)

    def take(self, entry: Entry) -> Touched:
        """Let an entry have its effect; `fold` calls it, and whoever starts from packed tables, for `again` alone."""
        if reason := self.keys.judge(entry) or self._without_effect(entry):
            self.ineffective[entry.place] = (entry, reason)
            return Touched()
        return self._take(entry)

    def takes_two(self, author: MemberId, record: Record) -> bool:
        """Report whether an act binds only with the signatures of two officers, as the author's log stands.

        What replaces or withdraws a red line takes two as the red line did, whatever it is itself.
        """
        if isinstance(record, Area | AreaWithdrawal):
            history = self.areas.get((str(author), record.reference))
            stands = history is not None and history.withdrawn is None
            if history is not None and stands and rules.two_persons(history.current.area):
                return True
        return rules.two_persons(record)

    def living(self, at: Instant) -> list[NoticeHistory]:
        """Return the notices that have not ended and last until `at` or longer, in no order; the past costs little."""
        if isinstance(self.notices, Notices):
            return self.notices.living(at)
        return [history for history in self.notices.values() if history.ended is None and history.end >= at]

    def messages_since(self, at: Instant) -> list[tuple[Entry, Message]]:
        """Return the messages that claim to be of `at` or later, in no order; the earlier ones cost little."""
        if isinstance(self.messages, Messages):
            return self.messages.since(at)
        return [said for said in self.messages.values() if said[0].header.claimed >= at]

    def flags_of(self, entry: Entry) -> tuple[Flag, ...]:
        """Return what must be shown about who signed an entry, and whether in time: nothing for most."""
        held = self.ineffective.get(entry.place)
        flags = self.keys.flags_of(entry, held[1] if held is not None else "")
        after = self.placing.after(entry.place)
        return flags if after < 0 else (*flags, Flag(PLACED_LATE, placed_late(after, entry.header.expires)))

    def value(self) -> dict[str, Any]:
        """Return the picture as one comparable value, in a fixed order."""
        return {
            "notices": dict(sorted(self.notices.items())),
            "outlines": dict(sorted(self.outlines.items())),
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
            "keys": self.keys.value(),
            "hotline": self.hotline.value(),
            "wording": self.wording.value(),
            "witnessing": self.witnessing.value(),
            "opened": self.opened.value(),
            "paper": self.paper.value(),
            "lines": self.lines.value(),
            "shifts": self.shifts.value(),
            "third_parties": self.third_parties.value(),
            "pairs": self.pairs.value(),
            "enquiries": self.enquiries.value(),
            "meetings": self.meetings.value(),
            "late": self.placing.value(),
        }

    def _take(self, entry: Entry) -> Touched:
        record, author = entry.record, entry.header.author
        match record:
            case None:
                self.unread.add(entry.id)
                return Touched()
            case Notice():
                key = (str(author), record.draft.notice)
                unread = self._stood_unread(entry, record.amends)
                if key in self.outlines:
                    told = with_exact(self.outlines[key], entry, record, unread=unread)
                else:
                    told = with_notice(self.notices.get(key), entry, record, unread=unread)
                return self._put_notice(key, entry, told)
            case NoticeStep():
                key = (str(author), record.notice)
                if key in self.outlines:
                    return self._put_notice(key, entry, with_step_told(self.outlines[key], entry, record))
                return self._put_notice(key, entry, with_step(self.notices.get(key), entry, record))
            case Outline():
                key = (str(author), record.notice)
                unread = self._stood_unread(entry, record.amends)
                stands = self.notices.get(key) or self.outlines.get(key)
                return self._put_notice(key, entry, with_outline(stands, entry, record, unread=unread))
            case Disclosure() | Erasure():
                return Touched(entries=self.opened.fold(entry, record))
            case Dictated():
                return Touched(notices=self.paper.fold(entry, record))
            case Area():
                key = (str(author), record.reference)
                unread = self._stood_unread(entry, record.amends)
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
            case KeyEvent():
                if reason := self.keys.fold(entry, record):
                    self.ineffective[entry.place] = (entry, reason)
                    return Touched()
                return Touched(keys=True)
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

    def _put_notice(self, key: tuple[str, str], entry: Entry, outcome: NoticeHistory | OutlineHistory | str) -> Touched:
        if isinstance(outcome, str):
            self.ineffective[entry.place] = (entry, outcome)
            return Touched()
        if isinstance(outcome, OutlineHistory):
            self.notices.pop(key, None)
            self.outlines[key] = outcome
        else:
            self.outlines.pop(key, None)
            self.notices[key] = self._sealed(key, outcome)
        # A signed original takes the place of what was taken down from dictation.
        return Touched(notice=key, notices=self.paper.about(*key))

    def _kept(self, entry: Entry, reason: str | None) -> Touched:
        if reason:
            self.ineffective[entry.place] = (entry, reason)
            return Touched()
        of = getattr(entry.record, "of", "")
        return Touched(entries=(entry.id, of) if of else (entry.id,))

    def _stood_unread(self, entry: Entry, of: str) -> bool:
        """Report whether `of` stands before it in the same author's log and this member was not shown it.

        An entry of another author would count or not by which log arrived first.
        """
        stood = self.places.get(EntryId(of)) if of and of in self.unread else None
        place = entry.place
        return stood is not None and (stood.member, base_log(stood.log)) == (place.member, base_log(place.log))

    def _put_pair(self, entry: Entry, record: PairOffer | PairAccept | PairSettlement) -> Touched:
        """Take an act of a pair in; a seal puts both owners' words into effect at once, see docs/adr/0013."""
        if isinstance(record, PairSettlement):
            offered = self.pairs.offers.get(EntryId(record.of))
            side = offered[1].mine if offered is not None else None
        else:
            side = record.mine
        own = self.notices.get((str(entry.header.author), side.notice)) if side is not None else None
        unread = side is not None and self._stood_unread(entry, side.of)
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

    def _without_effect(self, entry: Entry) -> str:
        """Return why an entry can have no effect wherever its author stands, or nothing."""
        record = entry.record
        if record is None:
            return ""
        logs = rules.logs_of(record)
        if base_log(entry.place.log) not in logs:
            return f"a {getattr(record, 'KIND', 'record')} belongs in the {' or '.join(logs)} log"
        return self.keys.two_missing(entry) if self.takes_two(entry.header.author, record) else ""
