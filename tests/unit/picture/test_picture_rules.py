"""Each rule of the fold by example: what takes effect, what does not, and the reason that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.read_back import HEIGHT_TOLERANCE_CM, PLACE_TOLERANCE_M, differences, expected_volume
from clearline.records.acknowledgement import ReadBack, Seen
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Terms,
)
from clearline.records.area import Area, AreaSort, AreaWithdrawal
from clearline.records.body import NotUnderstood, Record
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.testing.histories import PARTIES, entry_at, entry_id
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft
from clearline.volumes.altitude import Altitude, Datum, HeightUnit
from clearline.volumes.instant import Instant, Window

FIRST = Notice(draft("TR", "N"))
ZONE = Area(AreaSort.ZONE, "Z", "Zone", "Rules", (circle(),))
TERMS = Terms("Terms", None)


def log(member: str, *records: Record | None, name: str = "main") -> list[Entry]:
    return [entry_at(member, index, record, log=name) for index, record in enumerate(records)]


def folded(*logs: list[Entry]) -> Picture:
    return Picture.of(PARTIES, [entry for each in logs for entry in each])


def again(of: int, reference: str = "N") -> Notice:
    return Notice(draft("TR", reference, circle(39.0)), amends=entry_id("TR", of))


def step(of: int, what: Step, until: int | None = None, reference: str = "N") -> NoticeStep:
    return NoticeStep(what, reference, entry_id("TR", of), "", None if until is None else Instant(until))


INEFFECTIVE: dict[str, tuple[tuple[Record, ...], str]] = {
    "another's name": ((Notice(draft("IL", "N")),), "a notice in another member's name"),
    "a reference in use": ((FIRST, FIRST), "the reference is in use"),
    "a reference that ended": ((FIRST, step(0, Step.WITHDRAW), FIRST), "the reference is in use"),
    "nothing to amend": ((again(0),), "amends a notice that was never filed"),
    "an end is final": ((FIRST, step(0, Step.COMPLETE), again(0)), "amends a notice that has ended"),
    "an older version": ((FIRST, again(0), again(0)), "amends a version that no longer stands"),
    "a step on nothing": ((step(0, Step.ACTIVATE),), "speaks of a notice that was never filed"),
    "a step after the end": (
        (FIRST, step(0, Step.WITHDRAW), step(0, Step.ACTIVATE)),
        "speaks of a notice that has ended",
    ),
    "a step on an older version": (
        (FIRST, again(0), step(0, Step.WITHDRAW)),
        "speaks of a version that no longer stands",
    ),
    "an area in use": ((ZONE, ZONE), "the reference is in use"),
    "no area to amend": ((replace(ZONE, amends=entry_id("TR", 0)),), "amends an area that was never stated"),
    "an older version of an area": (
        (ZONE, replace(ZONE, amends=entry_id("TR", 0)), replace(ZONE, amends=entry_id("TR", 0))),
        "amends a version that no longer stands",
    ),
    "an area that was withdrawn": (
        (ZONE, AreaWithdrawal("Z", entry_id("TR", 0), ""), replace(ZONE, amends=entry_id("TR", 0))),
        "amends an area that was withdrawn",
    ),
    "no area to withdraw": ((AreaWithdrawal("Z", entry_id("TR", 0), ""),), "withdraws an area that was never stated"),
    "a withdrawal of an older version": (
        (ZONE, replace(ZONE, amends=entry_id("TR", 0)), AreaWithdrawal("Z", entry_id("TR", 0), "")),
        "withdraws a version that no longer stands",
    ),
    "a second withdrawal": (
        (ZONE, AreaWithdrawal("Z", entry_id("TR", 0), ""), AreaWithdrawal("Z", entry_id("TR", 0), "")),
        "withdraws an area that was withdrawn",
    ),
    "a later kind": ((NotUnderstood("pact", 3),), "not understood: pact v3"),
}


@pytest.mark.parametrize("name", INEFFECTIVE)
def test_what_has_no_effect_is_kept_with_its_reason(name: str) -> None:
    """The last record changes nothing but the list of what is without effect."""
    records, reason = INEFFECTIVE[name]
    before, after = folded(log("TR", *records[:-1])), folded(log("TR", *records))
    last = entry_at("TR", len(records) - 1, records[-1])
    assert after.ineffective == {last.place: (last, reason)}
    assert not before.ineffective
    for part in ("notices", "areas", "answers", "messages"):
        assert before.value()[part] == after.value()[part]


def test_each_owner_has_its_own_references() -> None:
    """The same reference of two parties names two notices; only the owner changes its own."""
    other = NoticeStep(Step.WITHDRAW, "N", entry_id("TR", 0), "", None)
    picture = folded(log("TR", FIRST), log("IL", Notice(draft("IL", "N")), other))
    assert sorted(picture.notices) == [("IL", "N"), ("TR", "N")]
    assert all(history.ended is None for history in picture.notices.values())
    assert [why for _, why in picture.ineffective.values()] == ["speaks of a version that no longer stands"]


def test_an_overrun_speaks_of_the_version_that_stands() -> None:
    """The last windows grow to the latest time said; earlier windows and shorter overruns change nothing."""
    end = circle().window.end
    early = circle(start_min=0, end_min=30)
    picture = folded(
        log(
            "TR",
            Notice(draft("TR", "N", circle(), early)),
            step(0, Step.OVERRUN, end + 9),
            step(0, Step.OVERRUN, end + 5),
        )
    )
    history = picture.notices["TR", "N"]
    assert history.overrun_until == history.end == end + 9
    assert [v.window.end for v in history.volumes] == [end + 9, early.window.end]
    assert history.current.draft.volumes == (circle(), early), "what was filed stays as it was filed"
    assert history.start == early.window.start


def test_the_safety_log_decides_nothing_but_carries_messages() -> None:
    """What belongs in the main log has no effect in the other one, and a message has."""
    message = Message(Precedence.FLASH, "en", "stop")
    picture = folded(log("TR", FIRST, message, NotUnderstood("pact", 1), name="safety"))
    assert not picture.notices and len(picture.messages) == 1
    assert [why for _, why in picture.ineffective.values()] == [
        "a notice belongs in the main log",
        "not understood: pact v1",
    ]


def test_answers_name_the_exact_entry() -> None:
    """An answer to a version that was amended stays with that version; one to nothing known is kept too."""
    picture = folded(log("TR", FIRST, again(0)), log("IL", Seen(entry_id("TR", 0)), Seen("f" * 64)))
    assert set(picture.answers) == {entry_id("TR", 0), "f" * 64}
    assert picture.notices["TR", "N"].current.entry.id not in picture.answers


# The agreement


def agreed(*, tr: Sequence[Record], il: Sequence[Record], sy: Sequence[Record]) -> Picture:
    return folded(log("TR", *tr), log("IL", *il), log("SY", *sy))


FIRST_TERMS = AgreementProposal("", TERMS)
TO_TR0, TO_IL0 = AgreementAssent(entry_id("TR", 0)), AgreementAssent(entry_id("IL", 0))


def concluded(member: str, *assents: tuple[str, int]) -> AgreementConclusion:
    return AgreementConclusion(entry_id(member, 0), tuple(sorted(entry_id(*place) for place in assents)))


def in_force(picture: Picture) -> str:
    return picture.terms_in_force[0].id if picture.terms_in_force else ""


def test_all_parties_and_the_conclusion_bring_terms_into_force() -> None:
    full: list[Record] = [FIRST_TERMS, concluded("TR", ("IL", 0), ("SY", 0))]
    assert in_force(agreed(tr=full, il=[TO_TR0], sy=[TO_TR0])) == entry_id("TR", 0)
    assert not in_force(agreed(tr=[FIRST_TERMS], il=[TO_TR0], sy=[TO_TR0])), "not concluded"
    assert not in_force(agreed(tr=full, il=[TO_TR0], sy=[])), "a quoted assent is not held"
    assert not in_force(agreed(tr=[FIRST_TERMS, concluded("TR", ("IL", 0))], il=[TO_TR0], sy=[TO_TR0])), "not quoted"
    assert not in_force(agreed(tr=full, il=[TO_TR0], sy=[AgreementAssent("f" * 64)])), "assent to something else"


def test_only_the_proposer_concludes_and_lapses_and_the_first_word_holds() -> None:
    conclusion, lapse = concluded("TR", ("IL", 0), ("SY", 0)), AgreementLapse(entry_id("TR", 0))
    both: dict[str, list[Record]] = {"il": [TO_TR0], "sy": [TO_TR0]}
    assert not in_force(agreed(tr=[FIRST_TERMS], il=[TO_TR0, conclusion], sy=[TO_TR0]))
    assert in_force(agreed(tr=[FIRST_TERMS, conclusion], il=[TO_TR0, lapse], sy=[TO_TR0]))
    assert in_force(agreed(tr=[FIRST_TERMS, conclusion, lapse], **both))
    assert not in_force(agreed(tr=[FIRST_TERMS, lapse, conclusion], **both))


def test_a_bound_partys_second_assent_counts_once_the_first_lapsed() -> None:
    """SY assented to TR's terms first; its word for IL's counts only if TR lets its own lapse."""
    il: list[Record] = [FIRST_TERMS, concluded("IL", ("TR", 1), ("SY", 1))]
    sy: list[Record] = [TO_TR0, TO_IL0]
    bound = agreed(tr=[FIRST_TERMS, TO_IL0], il=il, sy=sy)
    assert not in_force(bound)
    assert bound.agreements.counting(entry_id("IL", 0)) == {"IL": entry_id("IL", 0)}
    freed = agreed(tr=[FIRST_TERMS, TO_IL0, AgreementLapse(entry_id("TR", 0))], il=il, sy=sy)
    assert in_force(freed) == entry_id("IL", 0)
    assert set(freed.agreements.counting(entry_id("IL", 0))) == set(PARTIES)


def test_a_proposal_that_is_not_held_yet_binds_whoever_assented_to_it() -> None:
    """Otherwise an agreement would come into force here and be displaced when the older entry arrives."""
    tr: list[Record] = [FIRST_TERMS, concluded("TR", ("IL", 0), ("SY", 1))]
    sy: list[Record] = [TO_IL0, TO_TR0]
    early = folded(log("TR", *tr), log("SY", *sy), log("IL", TO_TR0))
    assert not in_force(early)
    other_base = AgreementProposal("e" * 64, TERMS)
    later = folded(
        log("TR", FIRST_TERMS, concluded("TR", ("IL", 1), ("SY", 1))), log("SY", *sy), log("IL", other_base, TO_TR0)
    )
    assert in_force(later) == entry_id("TR", 0), "once it is known to stand on another base it binds nobody here"


# Read-back


def test_read_back_tolerances() -> None:
    """A place within 200 m and a height within 50 cm match; more, another datum or any other time does not."""
    filed = draft("TR", "N", circle(lower="1000 ft AMSL"))
    right = expected_volume(filed.volumes[0])

    def found(**changes: object) -> list[str]:
        back = replace(right, **changes)  # type: ignore[arg-type]
        return [d.what for d in differences(filed, ReadBack("a" * 64, filed.activity, filed.nature, (back,)))]

    lon, lat = right.position
    cm = right.lower.cm
    assert found() == []
    # A degree of latitude is about 110.9 km here.
    assert found(position=(lon, lat + round((PLACE_TOLERANCE_M - 2) / 110_900 * 1e7))) == []
    assert found(position=(lon, lat + round((PLACE_TOLERANCE_M + 2) / 110_900 * 1e7))) == ["place"]
    assert found(lower=Altitude(Datum.AMSL, cm + HEIGHT_TOLERANCE_CM, HeightUnit.M)) == []
    assert found(lower=Altitude(Datum.AMSL, cm + HEIGHT_TOLERANCE_CM + 1, HeightUnit.M)) == ["lower"]
    assert found(lower=Altitude(Datum.HAE, cm, HeightUnit.FT)) == ["lower"]
    assert found(upper=right.lower) == ["upper"]
    assert found(start=Instant(right.start - 1), end=Instant(right.end + 1)) == ["start", "end"]
    window = Window(START, Instant(START + 1))
    assert differences(
        replace(filed, volumes=(replace(circle(), window=window),)),
        ReadBack("a" * 64, filed.activity, filed.nature, (right,)),
    )
