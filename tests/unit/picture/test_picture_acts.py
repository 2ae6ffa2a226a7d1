"""Acts about lines and watches in the fold: each reason for which one has no effect, and what stands instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.picture.entry import Entry, Signatory
from clearline.picture.fold import Picture
from clearline.picture.lines import CHECKS_KEPT
from clearline.records.attribution import Relayed
from clearline.records.body import Record
from clearline.records.enquiry import Enquiry
from clearline.records.line import LineCheck, LineCheckAnswer, Matter, Reading, Resumption, Suspension
from clearline.records.meeting import Meeting
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.pair import PairAccept, PairedAct, PairOffer, PairSettlement, PairSide, Settlement
from clearline.records.shift import Handover, Shift, Turn
from clearline.records.words import MemberId
from clearline.testing.histories import PARTIES, entry_at, entry_id
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import PERM, Instant

IL, TR = MemberId("IL"), MemberId("TR")
SOON = Instant(START + 3_600_000)
SUSPENSION = Suspension((IL,), (Matter.NOTICES,), "because", ())


def said(member: str, index: int, record: Record, *, log: str = "main", by: str = "12", at: int = START) -> Entry:
    """Return an entry that the officers of `by` signed, one a character."""
    entry = entry_at(member, index, record, log=log)
    signers = tuple(Signatory(name, "duty watch") for name in by)
    return replace(entry, signers=signers, header=replace(entry.header, claimed=Instant(at)))


def folded(*entries: Entry) -> Picture:
    return Picture.of(PARTIES, entries)


def why(picture: Picture) -> list[str]:
    return [reason for _, reason in picture.ineffective.values()]


@pytest.mark.parametrize(
    ("record", "by", "reason"),
    [
        (LineCheck(TR, 0), "1", "checks its own line"),
        (SUSPENSION, "1", "needs the signatures of two different officers"),
        (replace(SUSPENSION, members=(IL, TR)), "12", "suspends the exchange with itself"),
        (Resumption(entry_id("TR", 9, log="safety"), ()), "12", "resumes what its author did not suspend"),
    ],
)
def test_what_has_no_effect_in_the_safety_log(record: Record, by: str, reason: str) -> None:
    """It is kept and shown with its reason."""
    picture = folded(said("TR", 0, record, log="safety", by=by))
    assert why(picture) == [reason]
    assert not picture.lines.suspensions and not picture.lines.checks


def test_a_suspension_in_the_main_log_has_no_effect() -> None:
    """Only the safety log, which never waits behind routine, says what is suspended."""
    assert why(folded(said("TR", 0, SUSPENSION))) == ["a suspension belongs in the safety log"]


def test_a_suspension_stands_until_its_author_resumes() -> None:
    """Whoever else says so changes nothing; a second resumption has no effect."""
    first = said("TR", 0, SUSPENSION, log="safety")
    other = said("IL", 0, Resumption(first.id, ()), log="safety")
    picture = folded(first, other)
    assert [entry.id for entry, _ in picture.lines.standing(IL, TR)] == [first.id]
    assert [entry.id for entry, _ in picture.lines.standing(TR, IL)] == [first.id]
    picture.fold(said("TR", 1, Resumption(first.id, ()), log="safety"))
    picture.fold(said("TR", 2, Resumption(first.id, ()), log="safety"))
    assert picture.lines.standing(IL, TR) == []
    assert why(picture) == ["resumes what its author did not suspend", "resumes what was resumed"]


def test_of_checks_and_answers_the_newest_are_kept() -> None:
    """Years of hourly checks do not fill the memory; the first answer to a check counts."""
    picture = folded(*(said("TR", n, LineCheck(IL, 0), log="safety", by="1") for n in range(CHECKS_KEPT + 5)))
    kept = picture.lines.between(TR, IL)
    assert len(kept) == CHECKS_KEPT and kept[-1][0].place.index == CHECKS_KEPT + 4
    check = kept[-1][0]
    for number, reading in enumerate((Reading.WITH_DIFFICULTY, Reading.WELL)):
        picture.fold(said("IL", number, LineCheckAnswer(check.id, reading), log="safety", by="1"))
    answer = picture.lines.answer(check, IL)
    assert answer is not None and answer[1].reading is Reading.WITH_DIFFICULTY
    assert picture.lines.answer(check, TR) is None, "nobody answers for another"


def handover(outgoing: str, incoming: str) -> Handover:
    return Handover(outgoing, incoming, PERM, ())


@pytest.mark.parametrize(
    ("record", "by", "reason"),
    [
        (Shift("duty", Turn.HAND_OVER, handover("1", "2")), "1", "needs the signatures of two different officers"),
        (Shift("duty", Turn.HAND_OVER, handover("1", "2")), "13", "not signed by the officers that it names"),
        (Shift("duty", Turn.HAND_OVER, handover("2", "1")), "12", "hands over a watch that another officer holds"),
        (Shift("duty", Turn.END, handover("2", "")), "2", "hands over a watch that another officer holds"),
        (Shift("gate", Turn.END, handover("1", "")), "1", "nobody held that watch"),
        (Shift("gate", Turn.BEGIN, handover("", "1")), "2", "not signed by the officers that it names"),
    ],
)
def test_who_holds_the_watch_stays_its_holder(record: Shift, by: str, reason: str) -> None:
    """What does not fit the turn before has no effect."""
    begun = said("TR", 0, Shift("duty", Turn.BEGIN, handover("", "1")), by="1")
    picture = folded(begun, said("TR", 1, record, by=by))
    assert why(picture) == [reason]
    current = picture.shifts.current("TR", "duty")
    assert current is not None and current.staffed and current.holder == "1"


def test_a_watch_begun_over_anothers_head_is_a_missed_handover() -> None:
    """It is in effect, for somebody must hold the watch, and the miss is marked."""
    picture = folded(
        said("TR", 0, Shift("duty", Turn.BEGIN, handover("", "1")), by="1"),
        said("TR", 1, Shift("duty", Turn.BEGIN, handover("", "2")), by="2"),
    )
    current = picture.shifts.current("TR", "duty")
    assert current is not None and current.missed and current.holder == "2"


MINE = PairSide(PairedAct.CANCEL, "N", entry_id("TR", 0))
YOURS = PairSide(PairedAct.CANCEL, "N", entry_id("IL", 0))
FILED = (said("TR", 0, Notice(draft("TR", "N"))), said("IL", 0, Notice(draft("IL", "N"))))
OFFER = said("TR", 1, PairOffer(IL, MINE, YOURS, SOON))
ACCEPT = said("IL", 1, PairAccept(OFFER.id, YOURS))
SEAL = PairSettlement(OFFER.id, Settlement.SEAL, ACCEPT.id)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((said("TR", 1, PairOffer(IL, YOURS, MINE, SOON)),), "offers a notice that does not stand"),
        ((said("TR", 1, PairOffer(TR, MINE, YOURS, SOON)),), "offers a pair to itself"),
        ((OFFER, said("IL", 1, PairAccept(OFFER.id, MINE))), "accepts for a notice that does not stand"),
        ((OFFER, ACCEPT, said("IL", 2, SEAL)), "settles a pair that its author did not offer"),
        ((OFFER, ACCEPT, said("TR", 2, SEAL, at=SOON + 1)), "seals a pair that had expired"),
        (
            (OFFER, ACCEPT, said("TR", 2, PairSettlement(OFFER.id, Settlement.LAPSE)), said("TR", 3, SEAL)),
            "settles a pair that was settled",
        ),
        (
            (OFFER, ACCEPT, said("TR", 2, Notice(draft("TR", "N", circle(39.0)), MINE.of)), said("TR", 3, SEAL)),
            "seals a pair after its own notice changed",
        ),
    ],
)
def test_a_pair_that_is_not_sealed_leaves_both_notices(entries: tuple[Entry, ...], reason: str) -> None:
    """Whatever is wrong with an act of a pair, neither notice is cancelled by it."""
    picture = folded(*FILED, *entries)
    assert reason in why(picture)
    assert all(history.ended is None for history in picture.notices.values())


@pytest.mark.parametrize(
    "accept",
    [
        said("IL", 1, PairAccept(OFFER.id, YOURS), at=SOON + 1),
        said("SY", 0, PairAccept(OFFER.id, YOURS)),
        said("IL", 1, PairAccept(entry_id("TR", 7), YOURS)),
    ],
    ids=["too late", "by somebody else", "of another offer"],
)
def test_a_seal_needs_the_acceptance_that_it_quotes(accept: Entry) -> None:
    """A seal over no acceptance, a late one, or another's, cancels nothing, whatever it quotes."""
    seal = said("TR", 2, PairSettlement(OFFER.id, Settlement.SEAL, accept.id))
    for entries in ((*FILED, OFFER, accept, seal), (*FILED, OFFER, seal, accept), (*FILED, OFFER, seal)):
        picture = folded(*entries)
        assert not picture.pairs.is_sealed(OFFER.id)
        assert all(history.ended is None for history in picture.notices.values())


def test_what_is_forced_into_the_log_does_not_save_a_notice_from_the_seal() -> None:
    """Who accepted and then amends or activates all the same: sealed, both are cancelled; each version is kept."""
    amended = said("IL", 2, Notice(draft("IL", "N", circle(39.0)), YOURS.of))
    picture = folded(*FILED, OFFER, ACCEPT, said("TR", 2, SEAL), amended)
    later = folded(*FILED, OFFER, ACCEPT, amended, said("TR", 2, SEAL))
    assert picture.value() == later.value()
    assert {key for key, history in picture.notices.items() if history.ended} == {("IL", "N"), ("TR", "N")}
    assert len(picture.notices["IL", "N"].versions) == 2
    withdrawn = folded(*FILED, OFFER, ACCEPT, said("IL", 2, NoticeStep(Step.WITHDRAW, "N", YOURS.of)))
    assert withdrawn.notices["TR", "N"].ended is None, "who withdraws its own does not withdraw another's"


def test_relayed_enquired_and_called_by_their_rules() -> None:
    """A relayed body has no effect of its own; nobody enquires of itself; a call names the one that it replaces."""
    body = b'{"kind":"notice","v":1}'
    meeting = Meeting("M", (IL,), SOON, "Baku", ("one",))
    picture = folded(
        said("TR", 0, Relayed(entry_id("IL", 4), 0, bytes(32), body)),
        said("TR", 1, Enquiry((TR,), (circle(),), "en", "What?")),
        said("TR", 2, meeting),
        said("TR", 3, meeting),
        said("TR", 4, replace(meeting, amends=entry_id("TR", 9))),
        said("TR", 5, replace(meeting, place="Doha", amends=entry_id("TR", 2))),
    )
    assert not picture.notices
    assert why(picture) == [
        "enquires of itself",
        "the reference is in use",
        "amends a call that no longer stands",
    ]
    assert [call.place for _, call in picture.meetings.calls[TR, "M"]] == ["Baku", "Doha"]
