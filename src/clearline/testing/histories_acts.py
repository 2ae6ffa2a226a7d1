"""Entries of acts about lines, watches, pairs, enquiries and meetings, honest or not, for tests of the fold."""

from __future__ import annotations

import random as random_numbers
from collections.abc import Sequence
from dataclasses import replace

from clearline.picture.entry import Entry, Signatory
from clearline.records.attribution import Attribution, AttributionSort, Relayed
from clearline.records.body import Record
from clearline.records.enquiry import Completeness, Enquiry, EnquiryReply
from clearline.records.line import LineCheck, LineCheckAnswer, Matter, Quoted, Reading, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.pair import PairAccept, PairedAct, PairOffer, PairSettlement, PairSide, Settlement
from clearline.records.shift import Handover, Shift, Turn
from clearline.records.words import EntryId, MemberId
from clearline.testing.histories import PARTIES, VOLUMES, entry_at, entry_id
from clearline.testing.members import START
from clearline.testing.theatre import draft
from clearline.volumes.instant import PERM, Instant

SOON = Instant(START + 3_600_000)


def act_logs(numbers: random_numbers.Random, *, length: int = 16) -> list[list[Entry]]:
    """Return a `main` and a `safety` log of each party with little but such acts; many of them have no effect."""
    main = {member: numbers.randint(length // 2, length) for member in PARTIES}
    safety = {member: numbers.randint(2, length // 2) for member in PARTIES}
    ids = [entry_id(m, i) for m in PARTIES for i in range(main[m])]
    urgent = [entry_id(m, i, log="safety") for m in PARTIES for i in range(safety[m])]
    logs = []
    for member in PARTIES:
        own = [_signed(numbers, entry_at(member, i, _main(numbers, member, i, ids))) for i in range(main[member])]
        logs.append(own)
        records = [_safety(numbers, member, i, urgent) for i in range(safety[member])]
        logs.append([_signed(numbers, entry_at(member, i, r, log="safety")) for i, r in enumerate(records)])
    return logs


def pair_logs(numbers: random_numbers.Random) -> list[list[Entry]]:
    """Return the logs of two parties that pair two notices, with acts of each that may come between."""
    il, tr = PARTIES[0], PARTIES[2]
    mine, yours = PairSide(PairedAct.CANCEL, "N", entry_id(tr, 0)), PairSide(PairedAct.CANCEL, "N", entry_id(il, 0))
    offer, accept = entry_id(tr, 1), entry_id(il, 1)
    owner: list[Record] = [Notice(draft(tr, "N")), PairOffer(il, mine, yours, SOON)]
    other: list[Record] = [Notice(draft(il, "N")), PairAccept(offer, yours)]
    for party, records in ((tr, owner), (il, other)):
        for _ in range(numbers.randint(0, 2)):
            amended = Notice(draft(party, "N", numbers.choice(VOLUMES)), entry_id(party, 0))
            step = NoticeStep(numbers.choice((Step.ACTIVATE, Step.WITHDRAW)), "N", entry_id(party, 0))
            records.insert(numbers.randint(2, len(records)), numbers.choice((amended, step)))
    settlement = numbers.choice((Settlement.SEAL, Settlement.SEAL, Settlement.LAPSE))
    owner.insert(
        numbers.randint(2, len(owner)),
        PairSettlement(offer, settlement, accept if settlement is Settlement.SEAL else ""),
    )
    return [[entry_at(p, i, r) for i, r in enumerate(records)] for p, records in ((tr, owner), (il, other))]


def _signed(numbers: random_numbers.Random, entry: Entry) -> Entry:
    names = numbers.choice((("1",), ("2",), ("1", "2"), ("1", "2")))
    return replace(entry, signers=tuple(Signatory(name, "duty watch") for name in names))


def _main(numbers: random_numbers.Random, member: MemberId, index: int, ids: Sequence[EntryId]) -> Record:
    of, other = numbers.choice(ids), numbers.choice([m for m in PARTIES if m != member])
    volume = numbers.choice(VOLUMES)
    own = entry_id(member, numbers.randint(0, max(0, index - 1)))
    side = PairSide(PairedAct.CANCEL, f"N-{numbers.randint(0, 1)}", numbers.choice([own, of]))
    match numbers.randint(0, 17):
        case 0 | 1:
            return Notice(draft(member, f"N-{numbers.randint(0, 1)}", volume))
        case 2:
            return PairOffer(other, side, PairSide(PairedAct.CANCEL, "N-0", entry_id(other, 9)), SOON)
        case 3:
            return PairAccept(of, side)
        case 4:
            return PairSettlement(own, Settlement.SEAL, of)
        case 5:
            return PairSettlement(own, Settlement.LAPSE)
        case 6:
            return Attribution(numbers.choice(tuple(AttributionSort)), (volume,), of=numbers.choice(["", of]))
        case 7:
            return Relayed(of, 0, bytes(32), b'{"kind":"seen","v":1}')
        case 8:
            return Enquiry((numbers.choice(PARTIES),), (volume,), "en", "What?")
        case 9:
            return EnquiryReply(of, numbers.choice(tuple(Completeness)), "en", "That.")
        case 10:
            return Meeting(f"M-{numbers.randint(0, 1)}", (other,), SOON, "Baku", ("one",), numbers.choice(["", own]))
        case 11:
            return Minutes(of, "en", "So it was.")
        case 12:
            return MinutesAssent(of)
        case _:
            return _shift(numbers)


def _shift(numbers: random_numbers.Random) -> Shift:
    turn = numbers.choice(tuple(Turn))
    outgoing, incoming = numbers.choice((("1", "2"), ("2", "1")))
    given = Handover(
        "" if turn is Turn.BEGIN else outgoing, "" if turn is Turn.END else incoming, PERM, (), numbers.randint(0, 2)
    )
    return Shift(f"watch {numbers.randint(1, 2)}", turn, numbers.choice((given, given, None)))


def _safety(numbers: random_numbers.Random, member: MemberId, index: int, ids: Sequence[EntryId]) -> Record:
    of, own = numbers.choice(ids), entry_id(member, numbers.randint(0, max(0, index - 1)), log="safety")
    match numbers.randint(0, 3):
        case 0:
            return LineCheck(numbers.choice(PARTIES), 0)
        case 1:
            return LineCheckAnswer(of, Reading.WELL)
        case 2:
            others = tuple(sorted(numbers.sample(PARTIES, numbers.randint(1, 2))))
            return Suspension(others, (Matter.NOTICES,), "because", (Quoted("IL/main", 3, bytes(32)),))
        case _:
            return Resumption(numbers.choice([own, own, of]), ())
