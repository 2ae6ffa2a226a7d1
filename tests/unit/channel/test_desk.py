"""The desk: what officers do, and every refusal; a refused act leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from clearline.channel.acts.drafts import placed
from clearline.channel.desk import Desk, Filed
from clearline.channel.node import Submitted
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Refused
from clearline.picture.read_back import expected_volume
from clearline.records.acknowledgement import PositionTaken, ReadBack, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import Deadlines, Terms
from clearline.records.area import Area, AreaSort
from clearline.records.message import Message, Precedence
from clearline.records.notice import Step
from clearline.testing.officers import trace_of
from clearline.testing.pair import FIVE, Side
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

ZONE = Area(AreaSort.ZONE, "Z-1", "Zone", "Rules hold here.", (circle(),))
TERMS = Terms("First terms", None)
NEVER = "0" * 64


@pytest.fixture
def side() -> Side:
    """Five members; TR has filed TR-1 (seen by all parties) and TR-2 (withdrawn), IL has filed IL-1."""
    side = Side(FIVE)
    side.desk("TR").file(draft("TR", "TR-1"))
    side.desk("TR").file(draft("TR", "TR-2"))
    side.desk("TR").step("TR-2", Step.WITHDRAW)
    side.desk("IL").file(draft("IL", "IL-1"))
    side.desk("TR").state_area(replace(ZONE, reference="Z-0"))
    side.desk("TR").withdraw_area("Z-0", "no longer")
    side.desk("TR").state_area(ZONE)
    side.talk()
    return side


def read(desk: Desk, party: str = "TR", reference: str = "TR-1") -> ReadBack:
    current = desk.node.picture.notices[party, reference].current
    volumes = tuple(expected_volume(v) for v in current.draft.volumes)
    return ReadBack(current.entry.id, current.draft.activity, current.draft.nature, volumes)


REFUSALS: dict[str, tuple[str, Callable[[Desk], object], type[Refused], str]] = {
    "file for another": ("TR", lambda d: d.file(draft("IL", "X")), NotAllowed, "can be filed at IL's node alone"),
    "a host files none": ("AZ", lambda d: d.file(draft("AZ", "X")), NotAllowed, "files no notices"),
    "file a reference in use": ("TR", lambda d: d.file(draft("TR", "TR-1")), Conflicting, "TR-1 is in use"),
    "file one that has ended": ("TR", lambda d: d.file(draft("TR", "TR-2")), Conflicting, "TR-2 is in use"),
    "a bad reference": ("TR", lambda d: d.file(draft("TR", " X")), Malformed, "notice"),
    "no volumes": ("TR", lambda d: d.file(replace(draft("TR", "X"), volumes=(), details=())), Malformed, "volumes"),
    "a strange audience": ("TR", lambda d: d.file(draft("TR", "X"), audience=["US"]), Malformed, "audience"),
    "no key": ("TR", lambda d: replace(d, officer="9").file(draft("TR", "X")), NotAllowed, "officer 9"),
    "amend another's": ("TR", lambda d: d.amend(draft("IL", "IL-1")), NotAllowed, "IL"),
    "amend another's as one's own": ("TR", lambda d: d.amend(draft("TR", "IL-1")), NotAllowed, "another party's"),
    "amend nothing": ("TR", lambda d: d.amend(draft("TR", "X")), NotFound, "no notice X"),
    "amend one that has ended": ("TR", lambda d: d.amend(draft("TR", "TR-2")), Conflicting, "withdraw"),
    "accept nothing": ("TR", lambda d: d.amend(draft("TR", "TR-1"), accepts=NEVER), NotFound, "no proposal"),
    "step on another's": ("TR", lambda d: d.step("IL-1", Step.ACTIVATE), NotAllowed, "another party's"),
    "step on nothing": ("TR", lambda d: d.step("X", Step.ACTIVATE), NotFound, "no notice X"),
    "step on one that has ended": ("TR", lambda d: d.step("TR-2", Step.COMPLETE), Conflicting, "ended"),
    "overrun without a time": ("TR", lambda d: d.step("TR-1", Step.OVERRUN), Malformed, "/until"),
    "overrun into the past": (
        "TR",
        lambda d: d.step("TR-1", Step.OVERRUN, until=d.node.picture.notices["TR", "TR-1"].end),
        Malformed,
        "/until",
    ),
    "see one's own": ("TR", lambda d: d.seen("TR", "TR-1"), NotAllowed, "not acknowledged"),
    "see nothing": ("IL", lambda d: d.seen("TR", "X"), NotFound, "no notice X"),
    "see what one may not read": ("AZ", lambda d: d.seen("TR", "TR-1"), NotFound, "no notice TR-1"),
    "read back another version": (
        "IL",
        lambda d: d.read_back("TR", "TR-1", replace(read(d), of=NEVER)),
        Conflicting,
        "revision 1",
    ),
    "pass on one's own": ("IL", lambda d: d.passed_on("IL", "IL-1", "wing"), NotAllowed, "not acknowledged"),
    "a position before it was seen": (
        "IL",
        lambda d: d.take_position("TR", "TR-1", PositionTaken(read(d).of, Stance.OBJECTION, "no")),
        Conflicting,
        "has been seen",
    ),
    "a position on another version": (
        "IL",
        lambda d: d.take_position("TR", "TR-1", PositionTaken(NEVER, Stance.OBJECTION, "no")),
        Conflicting,
        "was amended",
    ),
    "a message to nobody known": (
        "TR",
        lambda d: d.message(Message(Precedence.FLASH, "en", "x"), to=["US"]),
        Malformed,
        "audience",
    ),
    "a message of control characters": (
        "TR",
        lambda d: d.message(Message(Precedence.FLASH, "en", "x\x07"), to=["IL"]),
        Malformed,
        "text",
    ),
    "an empty message": ("TR", lambda d: d.message(Message(Precedence.FLASH, "en", ""), to=["IL"]), Malformed, "text"),
    "an area in use": ("TR", lambda d: d.state_area(ZONE), Conflicting, "is in use"),
    "an area that was withdrawn": (
        "TR",
        lambda d: d.state_area(replace(ZONE, reference="Z-0")),
        Conflicting,
        "was withdrawn",
    ),
    "amend an area that was withdrawn": (
        "TR",
        lambda d: d.state_area(
            replace(ZONE, reference="Z-0", amends=d.node.picture.areas["TR", "Z-0"].current.entry.id)
        ),
        Conflicting,
        "was withdrawn",
    ),
    "amend an area never stated": (
        "TR",
        lambda d: d.state_area(replace(ZONE, reference="Z-9", amends=NEVER)),
        NotFound,
        "Z-9",
    ),
    "amend another version of an area": (
        "TR",
        lambda d: d.state_area(replace(ZONE, amends=NEVER)),
        Conflicting,
        "is in use",
    ),
    "withdraw an area twice": ("TR", lambda d: d.withdraw_area("Z-0", ""), NotFound, "Z-0"),
    "withdraw another's area": ("IL", lambda d: d.withdraw_area("Z-1", ""), NotFound, "Z-1"),
    "assent to nothing": ("TR", lambda d: d.assent(NEVER), NotFound, "no proposal"),
    "conclude nothing": ("TR", lambda d: d.conclude(NEVER), NotFound, "no proposal"),
    "lapse nothing": ("TR", lambda d: d.lapse(NEVER), NotFound, "no proposal"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_say_why_and_leave_no_trace(name: str, side: Side) -> None:
    """Each act that must not be possible is refused with its reason, and nothing is signed, kept or told."""
    member, act, error, words = REFUSALS[name]
    node = side.nodes[member]
    before, value = trace_of(node), node.picture.value()
    with pytest.raises(error, match=words) as caught:
        act(side.desk(member))
    assert type(caught.value) is error
    assert trace_of(node) == before and node.picture.value() == value and node.take_writes() == []


def test_filing_tells_what_it_meets_and_ways_out(side: Side) -> None:
    """Conflicts, touches and suggestions come with the answer; a way out that is taken meets nothing."""
    filed = side.desk("SY").file(draft("SY", "SY-1"))
    assert [(c.a.notice, c.b.notice) for c in filed.conflicts] == [("IL-1", "SY-1"), ("SY-1", "TR-1")]
    assert [(t.party, t.reference) for t in filed.touches] == [("TR", "Z-1")]
    shift = next(s for s in filed.suggestions if s.kind == "time")
    assert shift.shift_s is not None
    moved = circle(start_min=60 + shift.shift_s / 60, end_min=120 + shift.shift_s / 60)
    assert side.desk("SY").amend(draft("SY", "SY-1", moved)).conflicts == ()


def test_an_amendment_starts_the_ladder_anew_and_keeps_history(side: Side) -> None:
    desk = side.desk("IL")
    desk.seen("TR", "TR-1")
    first = read(desk)
    side.talk()
    side.desk("TR").amend(draft("TR", "TR-1", circle(38.4)))
    side.talk()
    history = side.nodes["IL"].picture.notices["TR", "TR-1"]
    assert (history.revision, history.current.draft.volumes) == (2, (circle(38.4),))
    assert history.versions[0].draft == draft("TR", "TR-1")
    with pytest.raises(Conflicting, match="revision 2"):
        side.desk("IL").read_back("TR", "TR-1", first)
    with pytest.raises(Conflicting, match="has been seen"):
        side.desk("IL").take_position("TR", "TR-1", PositionTaken(history.current.entry.id, Stance.NO_OBJECTION, ""))


def test_a_read_back_is_compared(side: Side) -> None:
    """A right one matches; a wrong one is kept too, with every difference named."""
    desk = side.desk("IL")
    right = read(desk)
    assert desk.read_back("TR", "TR-1", right)[1] == ()
    volume = right.volumes[0]
    wrong = replace(
        right,
        activity=Activity.GROUND,
        nature=Nature.HAZARD_AREA,
        volumes=(
            replace(volume, position=(volume.position[0] + 100_000, volume.position[1]), end=Instant(volume.end + 1)),
        ),
    )
    done, found = desk.read_back("TR", "TR-1", wrong)
    assert [d.what for d in found] == ["activity", "nature", "place", "end"]
    assert done.entry.record == wrong
    near = replace(volume, position=(volume.position[0] + 100, volume.position[1]), lower=volume.lower)
    assert desk.read_back("TR", "TR-1", replace(right, volumes=(near,)))[1] == ()
    both = desk.read_back("TR", "TR-1", replace(right, volumes=(volume, volume)))[1]
    assert [d.what for d in both] == ["volumes"]


def test_a_proposal_is_accepted_by_the_owners_amendment(side: Side) -> None:
    """The proposal takes effect by `amend … accepts`, and only one that was made on the version that stands."""
    desk = side.desk("IL")
    desk.seen("TR", "TR-1")
    offer = circle(39.0)
    made = desk.take_position("TR", "TR-1", PositionTaken(read(desk).of, Stance.PROPOSAL, "move east", (offer,)))
    refused = desk.take_position("TR", "TR-1", PositionTaken(read(desk).of, Stance.NO_POSITION, ""))
    side.talk()
    with pytest.raises(NotFound):
        side.desk("TR").amend(draft("TR", "TR-1", offer), accepts=refused.entry.id)
    side.desk("TR").amend(draft("TR", "TR-1", offer), accepts=made.entry.id)
    side.talk()
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].current.accepts == made.entry.id
    with pytest.raises(NotFound):
        side.desk("TR").amend(draft("TR", "TR-1", offer), accepts=made.entry.id)


def test_an_overrun_extends_what_stands_and_is_found(side: Side) -> None:
    """The last windows grow, conflicts with them; an amendment begins anew."""
    side.desk("IL").file(draft("IL", "IL-2", circle(start_min=150, end_min=200)))
    end = side.nodes["IL"].picture.notices["IL", "IL-2"].start
    side.talk()
    before = {c.id for c in side.nodes["TR"].watch.all()}
    side.desk("TR").step("TR-1", Step.OVERRUN, until=end)
    history = side.nodes["TR"].picture.notices["TR", "TR-1"]
    assert history.end == history.overrun_until == end
    side.talk()
    for name in ("IL", "TR"):
        new = [c for c in side.nodes[name].watch.all() if c.id not in before]
        assert [(c.a.notice, c.b.notice) for c in new] == [("IL-2", "TR-1")]
    side.desk("TR").amend(draft("TR", "TR-1"))
    assert side.nodes["TR"].picture.notices["TR", "TR-1"].overrun_until is None


@pytest.mark.parametrize("step", [Step.WITHDRAW, Step.COMPLETE])
def test_an_end_is_final(step: Step, side: Side) -> None:
    if step is Step.COMPLETE:
        with pytest.raises(Conflicting, match="nobody said that it has begun"):
            side.desk("TR").step("TR-1", step)
        side.desk("TR").step("TR-1", Step.ACTIVATE)
    side.desk("TR").step("TR-1", step, reason="done")
    side.talk()
    for name in ("IL", "TR"):
        history = side.nodes[name].picture.notices["TR", "TR-1"]
        assert history.ended is not None and history.ended.step is step
        assert all("TR-1" not in (c.a.notice, c.b.notice) for c in side.nodes[name].watch.all())
    for act in (Step.WITHDRAW, Step.ACTIVATE, Step.COMPLETE):
        with pytest.raises(Conflicting):
            side.desk("TR").step("TR-1", act)


def test_audiences(side: Side) -> None:
    """The parties by default; whoever is named and the author; all members for areas and the agreement."""

    def readers(done: Submitted | Filed) -> tuple[str, ...]:
        submitted = done.submitted if isinstance(done, Filed) else done
        return submitted.entry.header.audience

    assert readers(side.desk("TR").file(draft("TR", "TR-3"))) == ("IL", "SY", "TR")
    assert readers(side.desk("TR").file(draft("TR", "TR-4"), audience=["IL"])) == ("IL", "TR")
    assert readers(side.desk("TR").amend(draft("TR", "TR-4", circle(40.0)))) == ("IL", "TR")
    assert readers(side.desk("TR").step("TR-4", Step.ACTIVATE)) == ("IL", "TR")
    assert readers(side.desk("UN").file(draft("UN", "UN-1"))) == ("IL", "SY", "TR", "UN")
    assert readers(side.desk("IL").seen("TR", "TR-1")) == ("IL", "SY", "TR")
    assert readers(placed(side.desk("TR").state_area(replace(ZONE, reference="Z-2")))) == side.roster.members
    assert readers(placed(side.desk("TR").propose(TERMS))) == side.roster.members
    side.talk()
    assert ("TR", "TR-4") not in side.nodes["SY"].picture.notices
    with pytest.raises(NotFound):
        side.desk("SY").seen("TR", "TR-4")


# The agreement


def proposed(side: Side, member: str = "TR", terms: Terms = TERMS) -> str:
    proposal = placed(side.desk(member).propose(terms)).entry.id
    side.talk()
    return proposal


def test_an_agreement_comes_into_force_by_all_parties_and_the_proposers_conclusion(side: Side) -> None:
    proposal = proposed(side, terms=Terms("First", None, deadlines=Deadlines(heartbeat_s=7)))
    with pytest.raises(Conflicting, match="IL, SY"):
        side.desk("TR").conclude(proposal)
    for member in ("IL", "SY"):
        with pytest.raises(NotFound):
            side.desk(member).conclude(proposal)
        side.desk(member).assent(proposal)
        assert side.nodes[member].picture.terms_in_force is None
    side.talk()
    side.desk("TR").conclude(proposal)
    side.talk()
    for node in side.nodes.values():
        assert node.picture.terms_in_force is not None
        entry, terms, version = node.picture.terms_in_force
        assert (entry.id, terms.title, version, node.heartbeat_ms()) == (proposal, "First", 1, 7_000)
        assert node.watch.version == 1
        assert all("agreement version 1" in c.minima.source for c in node.watch.all())
    with pytest.raises(Conflicting, match="settled"):
        side.desk("TR").lapse(proposal)
    second = proposed(side, "IL", Terms("Second", None))
    for member in ("TR", "SY"):
        side.desk(member).assent(second)
    side.talk()
    side.desk("IL").conclude(second)
    side.talk()
    assert {n.picture.terms_in_force[2] for n in side.nodes.values() if n.picture.terms_in_force} == {2}


def test_a_bound_party_does_not_assent_to_another_on_the_same_base(side: Side) -> None:
    """Until the proposer lets it lapse; then the other can be concluded, and the lapsed one cannot."""
    first, second = proposed(side, "TR"), proposed(side, "IL", Terms("Other terms", None))
    side.desk("SY").assent(first)
    for member, other in (("SY", second), ("TR", second), ("IL", first)):
        with pytest.raises(Conflicting, match="bound to proposal"):
            side.desk(member).assent(other)
    side.talk()
    side.desk("TR").lapse(first)
    side.talk()
    with pytest.raises(Conflicting, match="lapsed"):
        side.desk("SY").assent(first)
    for member in ("TR", "SY"):
        side.desk(member).assent(second)
    side.talk()
    side.desk("IL").conclude(second)
    side.talk()
    assert all(n.picture.terms_in_force and n.picture.terms_in_force[0].id == second for n in side.nodes.values())


def test_others_than_parties_decide_nothing_and_hinder_nothing(side: Side) -> None:
    """A host may assent as often as it likes: parties alone are counted and quoted."""
    proposal = proposed(side)
    for _ in range(40):
        side.desk("AZ").assent(proposal)
    side.talk()
    with pytest.raises(Conflicting, match="IL, SY"):
        side.desk("TR").conclude(proposal)
    for member in ("IL", "SY", "SY"):
        side.desk(member).assent(proposal)
    side.talk()
    done = placed(side.desk("TR").conclude(proposal))
    assert len(done.entry.record.assents) == 2  # type: ignore[union-attr]
    assert side.nodes["TR"].picture.terms_in_force is not None


def test_who_made_two_proposals_is_bound_by_the_first(side: Side) -> None:
    """The word for the second counts only once the first has lapsed."""
    first, second = proposed(side), proposed(side, terms=Terms("Better terms", None))
    for member in ("IL", "SY"):
        side.desk(member).assent(second)
    side.talk()
    with pytest.raises(Conflicting, match=r"bound to another proposal: TR"):
        side.desk("TR").conclude(second)
    side.desk("TR").lapse(first)
    side.desk("TR").conclude(second)
    side.talk()
    assert all(n.picture.terms_in_force and n.picture.terms_in_force[0].id == second for n in side.nodes.values())


def test_two_notices_filed_at_one_instant_both_stand_and_both_nodes_say_so() -> None:
    """Twenty pairs, each filed before the other side could know: both nodes name each conflict."""
    side = Side()
    for number in range(20):
        where = circle(30 + number)
        tr = side.desk("TR").file(draft("TR", f"N-{number}", where))
        il = side.desk("IL").file(draft("IL", f"N-{number}", where))
        assert tr.conflicts == il.conflicts == ()
    side.talk()
    found = [[(c.a.notice, c.b.notice) for c in side.nodes[name].watch.all()] for name in ("IL", "TR")]
    assert found[0] == found[1] == sorted((f"N-{n}", f"N-{n}") for n in range(20))
    told = [e for e in side.stores["TR"].events(0, 1_000) if e.kind == "conflict"]
    assert len(told) == 20


def test_an_amendment_that_changes_nothing_is_refused(side: Side) -> None:
    """The ladder would start anew for nothing; a wider audience or the end of an overrun is a change."""
    with pytest.raises(Conflicting, match="stands as it is in revision 1"):
        side.desk("TR").amend(draft("TR", "TR-1"))
    assert side.desk("TR").amend(draft("TR", "TR-1"), audience=["AZ"]).history.revision == 2


def test_nothing_is_passed_on_unseen_and_no_position_taken_on_what_has_ended(side: Side) -> None:
    """The ladder has an order, and an end."""
    with pytest.raises(Conflicting, match="then pass it on"):
        side.desk("IL").passed_on("TR", "TR-1", "wing operations")
    side.desk("IL").seen("TR", "TR-1")
    side.desk("IL").passed_on("TR", "TR-1", "wing operations")
    of = side.nodes["IL"].picture.notices["TR", "TR-1"].current.entry.id
    side.desk("TR").step("TR-1", Step.WITHDRAW)
    side.talk()
    with pytest.raises(Conflicting, match="has ended"):
        side.desk("IL").take_position("TR", "TR-1", PositionTaken(of, Stance.NO_OBJECTION, ""))
