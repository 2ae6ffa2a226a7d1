"""Who reads what: whole, area only, nothing; more later; and nothing is left of what was erased."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.acts import audiences, erasing
from clearline.channel.acts.audiences import Sees
from clearline.channel.acts.disclosing import DisclosureMismatch
from clearline.channel.acts.erasing import ErasureNotAgreed
from clearline.channel.desk import AreaOnly
from clearline.channel.push import CarriedBody
from clearline.channel.view import notice_view
from clearline.errors import Conflicting, Malformed, NotFound
from clearline.records import body as bodies
from clearline.records.acknowledgement import PositionTaken, ReadBack, Seen, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.disclosure import Disclosure
from clearline.records.erasure import Erasure, Named
from clearline.records.header import entry_id
from clearline.records.notice import Details, Notice, NoticeDraft, Step
from clearline.records.outline import Outline, outline_of
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

MARKER = "MARKERTEXT"
DAY_MS = 86_400_000


def marked(party: str, reference: str, **changes: object) -> NoticeDraft:
    return replace(draft(party, reference), details=(Details(remarks=MARKER),), **changes)  # type: ignore[arg-type]


def humanitarian(reference: str) -> NoticeDraft:
    return marked("UN", reference, activity=Activity.PROTECTED_MOVEMENT, nature=Nature.PROTECTED)


@pytest.fixture
def side() -> Side:
    return Side(FIVE, seed="staged")


def keys(side: Side, name: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    picture = side.nodes[name].picture
    return set(picture.notices), set(picture.outlines)


def same_after_restart(side: Side) -> None:
    for name in side.nodes:
        before = side.nodes[name].picture.value()
        erased = dict(side.nodes[name].erased)
        lacking = {log: set(held.lacking) for log, held in side.nodes[name].logs.items()}
        side.restart(name)
        assert side.nodes[name].picture.value() == before
        assert side.nodes[name].erased == erased
        assert {log: held.lacking for log, held in side.nodes[name].logs.items()} == lacking


def holds_marker(side: Side, name: str) -> bool:
    store = side.stores[name]
    return any(MARKER.encode() in body.body for log in store.logs() for body in store.bodies(log))


# Area only


def test_each_member_holds_what_it_was_shown(side: Side) -> None:
    """Whole, area only, or header and commitments; the marker stands at none but those who were shown it."""
    side.desk("TR").file(marked("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    one = ("TR", "TR-1")
    assert {name: keys(side, name) for name in side.nodes} == {
        "TR": ({one}, set()),
        "IL": ({one}, set()),
        "SY": (set(), {one}),
        "AZ": (set(), set()),
        "UN": (set(), set()),
    }
    assert {name for name in side.nodes if holds_marker(side, name)} == {"TR", "IL"}
    same_after_restart(side)


def test_area_only_takes_part_in_conflicts_and_is_never_exact(side: Side) -> None:
    """The reader's engine warns by the largest minima and says of which side only the area is told."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.desk("SY").file(draft("SY", "SY-1", circle(38.317, 34.75)), audience=["TR"])
    side.talk()
    assert side.nodes["TR"].watch.all() == ()
    (found,) = side.nodes["SY"].watch.all()
    assert (found.a.notice, found.b.notice, found.coarse) == ("SY-1", "TR-1", (False, True))
    assert "only the area is told" in found.minima.source
    same_after_restart(side)
    assert side.nodes["SY"].watch.all() == (found,)


def test_what_was_not_shown_is_not_read_back(side: Side) -> None:
    """Seen, passed on and a position can be given of an area; a read-back cannot."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    of = side.nodes["SY"].picture.outlines["TR", "TR-1"].current.entry.id
    side.desk("SY").seen("TR", "TR-1")
    side.desk("SY").passed_on("TR", "TR-1", "wing")
    side.desk("SY").take_position("TR", "TR-1", PositionTaken(of, Stance.OBJECTION, "too near"))
    with pytest.raises(AreaOnly, match="only the area is told"):
        side.desk("SY").read_back("TR", "TR-1", ReadBack(of, Activity.AIR, Nature.OWN_PRESENCE, ()))
    side.talk()
    node = side.nodes["TR"]
    view = notice_view(node, node.picture.notices["TR", "TR-1"], at=side.at)
    rungs = {str(rung.member): rung for rung in view.current.ladder}
    assert rungs["SY"].area_only and rungs["SY"].reached == "passed_on" and not rungs["IL"].area_only


def test_answers_that_repeat_a_notice_stay_with_those_who_were_shown_it(side: Side) -> None:
    """A read-back holds places: who was told the area only does not learn them from somebody's answer."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    said = side.desk("IL").seen("TR", "TR-1")
    assert said.entry.header.audience == ("IL", "TR")


def test_steps_reach_area_only_readers_without_their_reason(side: Side) -> None:
    """An overrun moves the coarse window to a full hour; a withdrawal takes the area away; no reason is told."""
    filed = side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    until = Instant(filed.history.end + 61_000)
    side.desk("TR").step("TR-1", Step.OVERRUN, reason=MARKER, until=until)
    side.talk()
    outline = side.nodes["SY"].picture.outlines["TR", "TR-1"]
    assert outline.steps[0].reason == "" and outline.end >= until and outline.end % 3_600_000 == 0
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].steps[0].reason == MARKER
    side.desk("TR").step("TR-1", Step.WITHDRAW, reason=MARKER)
    side.talk()
    assert side.nodes["SY"].picture.outlines["TR", "TR-1"].ended is not None
    assert not holds_marker(side, "SY")


def test_an_amendment_never_shows_less(side: Side) -> None:
    """Who had the whole gets the next whole, who had the area the next area; more can be added, nobody taken out."""
    desk = side.desk("TR")
    desk.file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    with pytest.raises(Malformed, match="not shown the notice whole"):
        desk.amend(draft("TR", "TR-1", circle(34.6)), area_only=["IL"])
    with pytest.raises(Malformed, match="not in the audience as well"):
        desk.amend(draft("TR", "TR-1", circle(34.6)), audience=["UN"], area_only=["UN"])
    desk.amend(draft("TR", "TR-1", circle(34.6)), area_only=["UN"])
    side.talk()
    for name, revision in (("SY", 2), ("UN", 2)):
        assert side.nodes[name].picture.outlines["TR", "TR-1"].revision == revision
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].revision == 2
    desk.amend(draft("TR", "TR-1", circle(34.7)), audience=["SY"])
    side.talk()
    history = side.nodes["SY"].picture.notices["TR", "TR-1"]
    assert history.revision == 3 and len(history.outlined) == 2 and keys(side, "SY")[1] == set()
    assert side.nodes["UN"].picture.outlines["TR", "TR-1"].revision == 3
    same_after_restart(side)


def test_an_old_acknowledgement_does_not_count_on_an_amended_notice(side: Side) -> None:
    """Seen of revision 1 says nothing of revision 2, for an area as for the whole."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    for name in ("IL", "SY"):
        side.desk(name).seen("TR", "TR-1")
    side.talk()
    side.desk("TR").amend(draft("TR", "TR-1", circle(34.6)))
    side.talk()
    node = side.nodes["TR"]
    view = notice_view(node, node.picture.notices["TR", "TR-1"], at=side.at)
    assert {r.member: r.reached for r in view.versions[0].ladder} == {"IL": "seen", "SY": "seen"}
    assert {r.member: r.reached for r in view.current.ladder} == {"IL": "delivered", "SY": "delivered"}
    with pytest.raises(Conflicting, match="say first"):
        side.desk("SY").passed_on("TR", "TR-1", "wing")


def test_a_preview_stores_nothing_and_names_every_member(side: Side) -> None:
    """What each member would see is known before anything is said."""
    found = audiences.preview(side.desk("TR"), draft("TR", "TR-1"), ["IL"], ["SY"])
    assert {m: found.readers.sees(m) for m in side.nodes} == {
        "TR": Sees.FULL,
        "IL": Sees.FULL,
        "SY": Sees.AREA_ONLY,
        "AZ": Sees.NOTHING,
        "UN": Sees.NOTHING,
    }
    assert found.outline == outline_of(draft("TR", "TR-1"), revision=1)
    assert side.nodes["TR"].own("main").size == 0


# Disclosure


def test_a_disclosure_makes_an_area_whole(side: Side) -> None:
    """What is opened fits the commitment that was held all along; the picture is that of one who always had it."""
    filed = side.desk("TR").file(marked("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    audiences.disclose(side.desk("TR"), "TR-1", ["SY", "UN"])
    side.talk()
    for name in ("SY", "UN"):
        assert keys(side, name) == ({("TR", "TR-1")}, set())
        assert side.nodes[name].picture.notices["TR", "TR-1"].current.draft == filed.history.current.draft
    assert side.nodes["SY"].watch.all() == side.nodes["TR"].watch.all()
    same_after_restart(side)
    node = side.nodes["TR"]
    rungs = {str(r.member): r for r in notice_view(node, node.picture.notices["TR", "TR-1"], at=side.at).current.ladder}
    assert not rungs["SY"].area_only and rungs["UN"].delivered is not None
    with pytest.raises(Conflicting, match="was shown TR-1"):
        audiences.disclose(side.desk("TR"), "TR-1", ["SY"])
    with pytest.raises(NotFound):
        audiences.disclose(side.desk("TR"), "TR-9", ["SY"])


def test_what_was_disclosed_is_delivered_only_with_the_disclosure(side: Side) -> None:
    """A member that holds the outline has not thereby been delivered the whole."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    audiences.disclose(side.desk("TR"), "TR-1", ["SY"])
    node = side.nodes["TR"]

    def delivered() -> bool:
        view = notice_view(node, node.picture.notices["TR", "TR-1"], at=side.at)
        return next(r for r in view.current.ladder if r.member == "SY").delivered is not None

    assert not delivered()
    side.talk()
    assert delivered()


@pytest.mark.parametrize("fault", ["body", "salt", "slot", "entry"])
def test_a_disclosure_that_opens_nothing_is_refused_by_name(fault: str) -> None:
    """Another body, salt, slot or entry than was committed to: no effect, an entry that refuses it, and no delivery."""
    side = Side(seed="mismatch")
    forger = Forger(side, "TR")
    forger.say(Notice(draft("TR", "TR-1")), audience=("TR",))
    first = side.give("IL", forger.push())
    assert first.delivered == 1
    of, (salt, raw) = entry_id(forger.notes[0]), forger.bodies[0]
    lies = {
        "body": Disclosure(of, 0, salt, bodies.encode(Notice(draft("TR", "TR-2"))).decode()),
        "salt": Disclosure(of, 0, bytes(32), raw.decode()),
        "slot": Disclosure(of, 1, salt, raw.decode()),
        "entry": Disclosure("ab" * 32, 0, salt, raw.decode()),
    }
    forger.say(lies[fault])
    answer = side.give("IL", forger.push())
    assert [(r.index, r.slot) for r in answer.refused] == [(1, 0)]
    expected = "no earlier entry" if fault == "entry" else "does not open the commitment"
    assert expected in answer.refused[0].reason
    node = side.nodes["IL"]
    assert not node.picture.notices and not node.picture.opened.disclosures
    before = node.picture.value()
    assert side.restart("IL").picture.value() == before
    assert DisclosureMismatch.slug == "disclosure-mismatch"


def test_a_disclosure_whose_body_comes_late_counts_when_it_comes() -> None:
    """Until then it is lacking and nothing is delivered; afterwards the notice is whole."""
    side = Side(seed="late")
    forger = Forger(side, "TR")
    forger.say(Notice(draft("TR", "TR-1")), audience=("TR",))
    salt, raw = forger.bodies[0]
    forger.say(Disclosure(entry_id(forger.notes[0]), 0, salt, raw.decode()))
    answer = side.give("IL", forger.push(without=[0, 1]))
    assert answer.missing == ((1, 0),) and answer.delivered == 1
    answer = side.give("IL", forger.push(1))
    assert answer.delivered == 2
    assert set(side.nodes["IL"].picture.notices) == {("TR", "TR-1")}


def test_a_body_that_is_withheld_is_never_delivered() -> None:
    """Whatever else is sent, and however often: the delivery cosignature does not reach past what is lacking."""
    side = Side(seed="withheld")
    forger = Forger(side, "TR")
    forger.say(Notice(draft("TR", "TR-1")))
    for number in range(3):
        forger.say(Notice(draft("TR", f"TR-{number + 2}")))
        answer = side.give("IL", forger.push(without=[0]))
        assert answer.delivered == 0 and (0, 0) in answer.missing
        assert not any("/delivery" in line for line in answer.cosignatures)
    assert any("/delivery" in line for line in side.give("IL", forger.push()).cosignatures)


# Erasure


def of_un(value: dict[object, object]) -> dict[object, object]:
    return {key: one for key, one in value.items() if "UN" in str(key) or key in ("disclosures", "erasures")}


def erased_side(side: Side) -> str:
    """File a humanitarian notice in stages, let its time pass, and have it erased; return the order's entry id."""
    side.desk("UN").file(humanitarian("UN-1"), audience=["IL"], area_only=["SY"])
    side.talk()
    audiences.disclose(side.desk("UN"), "UN-1", ["TR"])
    side.desk("UN").step("UN-1", Step.WITHDRAW, reason=MARKER)
    side.talk()
    assert {n for n in side.nodes if holds_marker(side, n)} == {"UN", "IL", "TR"}
    side.later(31 * DAY_MS)
    return audiences.erase(side.desk("UN"), "UN-1", "asked for").entry.id


def test_an_erased_notice_is_gone_everywhere_and_the_logs_stand(side: Side) -> None:
    """Body, salt and copies go at every holder; headers and commitments stay; everything is delivered."""
    order = erased_side(side)
    side.talk()
    for name, node in side.nodes.items():
        assert not holds_marker(side, name)
        assert ("UN", "UN-1") not in node.picture.notices and ("UN", "UN-1") not in node.picture.outlines
        assert set(node.erased.values()) == ({order} if name != "AZ" else set())
        assert not node.not_erased
        held = node.logs["UN/main"]
        assert held.delivered == held.size == side.nodes["UN"].own("main").size and not held.lacking
    same_after_restart(side)


def test_the_picture_after_an_erasure_is_that_of_what_is_left(side: Side) -> None:
    """A node that erased has the picture of one that never was given those bodies."""
    erased_side(side)
    side.talk()
    late = Side(FIVE, seed="staged")
    source = side.nodes["UN"]
    late.nodes["UN"], late.stores["UN"] = source, side.stores["UN"]
    late.at = side.at
    source.peers[MemberId("IL")].acked["main"] = 0
    answer = late.push("UN", "IL")
    assert answer.missing == () and answer.delivered == answer.size
    fresh, old = late.nodes["IL"].picture.value(), side.nodes["IL"].picture.value()
    for name in ("notices", "outlines", "opened", "ineffective"):
        assert of_un(fresh[name]) == of_un(old[name]), name


def test_a_late_copy_of_an_erased_body_is_not_kept(side: Side) -> None:
    """Whoever sends it again, with the order before it or behind it: it is dropped."""
    side.desk("UN").file(humanitarian("UN-1"), audience=["IL"])
    side.keep("UN")
    side.nodes["UN"].peers[MemberId("IL")].acked["main"] = 0
    copy = side.nodes["UN"].next_push(side.nodes["IL"].me, "main")
    side.later(31 * DAY_MS)
    audiences.erase(side.desk("UN"), "UN-1", "asked for")
    side.keep("UN")
    node = side.nodes["UN"]
    push = node.next_push(side.nodes["IL"].me, "main")
    assert [b.entry for b in push.bodies] == [1]
    carried = (CarriedBody(0, 0, copy.bodies[0].salt, copy.bodies[0].body), *push.bodies)
    for _ in range(2):
        answer = side.give("IL", replace(push, bodies=carried))
        assert answer.missing == () and answer.delivered == 2
        assert not holds_marker(side, "IL")


def test_the_terms_say_what_may_be_erased_and_when(side: Side) -> None:
    """Forces' notices never by the default, humanitarian ones not before thirty days after their end."""
    side.desk("TR").file(marked("TR", "TR-1"), audience=["IL"])
    side.desk("UN").file(humanitarian("UN-1"), audience=["IL"])
    side.later(29 * DAY_MS)
    with pytest.raises(ErasureNotAgreed, match="does not let TR erase"):
        audiences.erase(side.desk("TR"), "TR-1", "no")
    with pytest.raises(ErasureNotAgreed, match="from 2025-05-"):
        audiences.erase(side.desk("UN"), "UN-1", "no")


def test_an_order_that_is_not_agreed_destroys_nothing(side: Side) -> None:
    """A node that signs it all the same is not obeyed by the others, and they show why."""
    filed = side.desk("TR").file(marked("TR", "TR-1"), audience=["IL"])
    side.talk()
    named = Named(filed.submitted.entry.id, 0)
    side.desk("TR").say(Erasure((named,), "because"), ["IL"])
    side.talk()
    node = side.nodes["IL"]
    assert holds_marker(side, "IL") and not node.erased
    assert "does not let TR erase" in node.not_erased[named][1]
    assert ("TR", "TR-1") in node.picture.notices
    same_after_restart(side)


def test_nobody_erases_what_another_said(side: Side) -> None:
    """An order about another member's entry means nothing."""
    filed = side.desk("UN").file(humanitarian("UN-1"), audience=["IL", "TR"])
    side.talk()
    side.later(60 * DAY_MS)
    side.desk("TR").say(Erasure((Named(filed.submitted.entry.id, 0),), "because"), ["IL", "UN"])
    side.talk()
    for name in ("IL", "UN", "TR"):
        assert holds_marker(side, name) and not side.nodes[name].erased


def test_an_order_from_the_future_waits(side: Side) -> None:
    """An author that dates its order later than now does not shorten the time that was agreed."""
    forger = Forger(side, "UN")
    forger.say(Notice(humanitarian("UN-1")), audience=("IL", "UN"))
    order = Erasure((Named(entry_id(forger.notes[0]), 0),), "now")
    ahead = Instant(side.at + 60 * DAY_MS)
    forger.say(order, audience=("IL", "UN"), changes={"claimed": ahead, "expires": ahead})
    side.give("IL", forger.push())
    node = side.nodes["IL"]
    assert holds_marker(side, "IL") and "future" in next(iter(node.not_erased.values()))[1]
    side.later(61 * DAY_MS)
    side.restart("IL")
    side.keep("IL")
    assert not holds_marker(side, "IL")


def test_messages_are_not_erased(side: Side) -> None:
    """The terms speak of notices alone."""
    with pytest.raises(ErasureNotAgreed, match="not a seen"):
        erasing._subject(side.nodes["TR"], "TR", Seen("ab" * 32))


def test_an_outline_in_another_name_has_no_effect() -> None:
    """Nobody tells of areas for others."""
    side = Side(seed="names")
    forger = Forger(side, "TR")
    outline = outline_of(draft("TR", "TR-1"), revision=1)
    forger.say(Outline(side.nodes["IL"].me, "IL-1", 1, outline.volumes))
    side.give("IL", forger.push())
    (reason,) = {why for _, why in side.nodes["IL"].picture.ineffective.values()}
    assert reason == "an outline in another member's name"
