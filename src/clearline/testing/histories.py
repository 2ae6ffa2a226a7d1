"""Entries without signatures, for tests of the fold: whose log, which record, and nothing else to set up."""

from __future__ import annotations

import hashlib
import random as random_numbers
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clearline.picture.entry import Entry, Place, Signatory
from clearline.records import rules
from clearline.records.acknowledgement import (
    PassedOn,
    PositionTaken,
    ProposalAnswer,
    ProposalReply,
    Seen,
    Stance,
)
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Deadlines,
    Terms,
)
from clearline.records.alert import Alert, AlertAnswer, AlertSort, Reply
from clearline.records.area import Area, AreaSort, AreaWithdrawal
from clearline.records.body import BodyRefused, NotUnderstood, Record
from clearline.records.escalation import Escalation
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.header import Header, Slot
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.phrases.slots import PlaceSlot
from clearline.records.phrases.spoken import SpokenPhrase
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.watch import Address, Rung
from clearline.records.words import EntryId, MemberId
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

PARTIES = (MemberId("IL"), MemberId("SY"), MemberId("TR"))
WITNESSED = (Evidence("split-view", "one", "two"), StateRestored((("TR/main", 3),), "restored"))
VOLUMES = tuple(circle(38.3 + n / 20, 34.5, start_min=60 + 40 * n, end_min=130 + 40 * n) for n in range(4))


TWO = (Signatory("1", "duty watch"), Signatory("2", "releasing officer"))
"""Who signs made-up acts that take two persons; the first alone signs all others."""


def entry_at(
    member: str,
    index: int,
    record: Record | None,
    *,
    log: str = "main",
    nonce: bytes = b"",
    audience: Iterable[str] = (),
) -> Entry:
    """Return an entry as the fold takes it; its id follows from its place."""
    readers = tuple(sorted(MemberId(m) for m in {member, *(audience or PARTIES)}))
    name = f"{member}/{log}/{index}".encode()
    header = Header(
        channel="0" * 64,
        author=MemberId(member),
        nonce=nonce or hashlib.sha256(name).digest()[:16],
        claimed=START,
        expires=START,
        slots=(Slot(readers, bytes(32)),),
        seen=(),
    )
    return Entry(
        Place(MemberId(member), log, index),
        entry_id(member, index, log=log),
        header,
        TWO if isinstance(record, Area | AreaWithdrawal) or (record and rules.two_persons(record)) else TWO[:1],
        record,
    )


def entry_id(member: str, index: int, *, log: str = "main") -> EntryId:
    """Return the id that `entry_at` gives an entry."""
    return EntryId(hashlib.sha256(f"id {member}/{log}/{index}".encode()).hexdigest())


def some_logs(numbers: random_numbers.Random, *, length: int = 20) -> list[list[Entry]]:
    """Return a log of each party: much of it sensible, some of it contradicting itself or others."""
    lengths = {member: numbers.randint(length // 2, length) for member in PARTIES}
    ids = [entry_id(member, index) for member in PARTIES for index in range(lengths[member])]
    logs = []
    for member in PARTIES:
        own: list[Entry] = []
        for index in range(lengths[member]):
            record = _record(numbers, member, own, ids)
            doubled = own and numbers.random() < 0.08
            nonce = numbers.choice(own).header.nonce if doubled else b""
            own.append(entry_at(member, index, record, nonce=nonce))
        logs.append(own)
        urgent = [_message(numbers, ids), *(_urgent(numbers, ids) for _ in range(3))]
        logs.append([entry_at(member, index, record, log="safety") for index, record in enumerate(urgent)])
    return logs


def _urgent(numbers: random_numbers.Random, ids: Sequence[EntryId]) -> Record:
    """Return something said on the hotline, about an entry of any log."""
    safety = [entry_id(member, index, log="safety") for member in PARTIES for index in range(4)]
    of, member = numbers.choice([*safety, *ids]), numbers.choice(PARTIES)
    match numbers.randint(0, 4):
        case 0:
            return Alert(numbers.choice((AlertSort.STOP_FIRE, AlertSort.QUERY)), (Address(member),))
        case 1:
            return Alert(AlertSort.CANCEL_LAST, cancels=of)
        case 2:
            return AlertAnswer(of, numbers.choice(tuple(Reply)))
        case 3:
            return Escalation(of, Rung.HOST, Address(member), Address(member, "chief"), "FLASH", START, START)
        case _:
            return Seen(of)


def _message(numbers: random_numbers.Random, ids: Sequence[str]) -> Message:
    return Message(Precedence.FLASH, "en", f"stop {numbers.random()}", numbers.choice(["", *ids]))


def _words(numbers: random_numbers.Random, of: EntryId) -> tuple[Record, ...]:
    phrase = SpokenPhrase("1010", (("place", PlaceSlot((numbers.randint(0, 10**8), 0))),))
    checked_by = numbers.choice(("", "duty watch", "somebody else"))
    return Translation(of, numbers.choice(("tr", "he")), "x", checked_by), MessageReadBack(of, (phrase,))


def _record(
    numbers: random_numbers.Random, member: MemberId, own: Sequence[Entry], ids: Sequence[EntryId]
) -> Record | None:
    of = numbers.choice(ids)
    # What amends mostly names the newest of its kind, so that most of it takes effect.
    notices = [e for e in own if isinstance(e.record, Notice)]
    areas = [e for e in own if isinstance(e.record, Area)]
    notice = numbers.choice(notices[-2:]) if notices else None
    area = numbers.choice(areas[-2:]) if areas else None
    filed = draft(member, f"N-{numbers.randint(0, 2)}", numbers.choice(VOLUMES))
    match numbers.randint(0, 16):
        case 0 | 1 | 2:
            return Notice(filed)
        case 3 | 4 | 5 if notice is not None and isinstance(notice.record, Notice):
            again = replace(filed, notice=notice.record.draft.notice)
            return Notice(again, notice.id, numbers.choice(["", of]))
        case 6 | 7 if notice is not None and isinstance(notice.record, Notice):
            step = numbers.choice(tuple(Step))
            until = Instant(START + numbers.randint(0, 10**7)) if step is Step.OVERRUN else None
            return NoticeStep(step, notice.record.draft.notice, notice.id, "", until)
        case 8:
            return Area(AreaSort.ZONE, f"A-{numbers.randint(0, 1)}", "Zone", "Rules", (numbers.choice(VOLUMES),))
        case 9 if area is not None and isinstance(area.record, Area):
            return replace(area.record, amends=area.id)
        case 10 if area is not None and isinstance(area.record, Area):
            return AreaWithdrawal(area.record.reference, area.id, "")
        case 11:
            return numbers.choice((Seen(of), PassedOn(of, "wing", START), *_words(numbers, of)))
        case 12:
            declined = ProposalAnswer(of, ProposalReply.DECLINED)
            return numbers.choice((PositionTaken(of, Stance.NO_OBJECTION, ""), declined))
        case 13:
            return numbers.choice((BodyRefused(of, 0, "broken"), NotUnderstood("pact", 2), *WITNESSED))
        case 14:
            return None
        case 15:
            return Notice(replace(filed, party=numbers.choice(PARTIES)))
        case _:
            return _message(numbers, ids)


def agreement_logs(numbers: random_numbers.Random, *, length: int = 7) -> list[list[Entry]]:
    """Return logs of nothing but acts about the agreement, honest or not: bound members assent again, and so on."""
    proposals = [(member, 0) for member in PARTIES if numbers.random() < 0.8]
    proposals += [(numbers.choice(PARTIES), numbers.randint(1, length - 1)) for _ in range(numbers.randint(0, 2))]
    known = [entry_id(*place) for place in proposals] or [entry_id("TR", 0)]
    owner = {entry_id(member, index): member for member, index in proposals}
    plan = {
        member: [
            (index, "propose" if (member, index) in proposals else numbers.choice(("assent", "assent", "settle")))
            for index in range(length)
        ]
        for member in PARTIES
    }
    assents: dict[str, list[EntryId]] = {}
    logs: dict[MemberId, list[Record]] = {member: [] for member in PARTIES}
    bases: list[EntryId | str] = ["", "", "", *known]
    for member in PARTIES:
        for index, act in plan[member]:
            about = numbers.choice(known)
            if act == "propose":
                seconds = numbers.randint(10, 100)
                terms = Terms(f"{member} {index}", None, deadlines=Deadlines(heartbeat_s=seconds))
                logs[member].append(AgreementProposal(numbers.choice(bases), terms))
            elif act == "assent":
                assents.setdefault(about, []).append(entry_id(member, index))
                logs[member].append(AgreementAssent(about))
            else:
                own = [p for p in known if owner.get(p) == member] or known
                about = numbers.choice(own)
                lapses = numbers.random() < 0.4
                logs[member].append(AgreementLapse(about) if lapses else AgreementConclusion(about, ()))
    for records in logs.values():
        for index, record in enumerate(records):
            if isinstance(record, AgreementConclusion):
                records[index] = replace(record, assents=tuple(sorted(assents.get(record.proposal, ()))))
    return [[entry_at(m, i, record) for i, record in enumerate(records)] for m, records in logs.items()]
