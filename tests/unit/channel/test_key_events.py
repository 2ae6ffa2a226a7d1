"""Keys granted, replaced, revoked and lost, between real nodes: whatever is not right is named, kept and shown."""

from __future__ import annotations

import itertools

import pytest

from clearline.channel.acts.drafts import KeyNotGood, SecondPerson
from clearline.channel.keys.key_watch import KeyNotKnownYet, UnknownOfficerKey
from clearline.picture.entry import Place
from clearline.records.area import Area, AreaSort
from clearline.records.key_event import Event, KeyEvent
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.testing.key_events import key_event, new_signer, say_event
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import circle, draft

IL, TR = MemberId("IL"), MemberId("TR")
HOUR = 3_600_000
LINE = Area(AreaSort.RED_LINE, "RL", "No further", "None is accepted.", (circle(),))


@pytest.fixture
def side() -> Side:
    return Side(seed="keys")


def slugs(side: Side, name: str) -> list[str]:
    """Return the alarms of a node, in order, and check that each is stored with what shows it."""
    stored = side.nodes[name].store.evidence()
    assert [e.slug for e in stored] == [e.slug for e in side.nodes[name].alarms]
    assert all(e.first for e in stored)
    return [e.slug for e in stored]


def reason(side: Side, name: str, place: Place) -> str:
    return side.nodes[name].picture.ineffective[place][1]


def say(forger: Forger, record: object, *officers: Signer) -> None:
    forger.say(record, signers=officers, audience=[str(m) for m in forger.side.roster.members])  # type: ignore[arg-type]


def revoke(side: Side, member: str, key: bytes, officer: str = "1", **last_good: int) -> KeyEvent:
    return key_event(side, member, Event.REVOKE, f"officer/{officer}", key, last_good=last_good)


def test_a_granted_key_signs_and_everybody_is_told(side: Side) -> None:
    """What root and two officers grant counts at once, in the very push that brings it, and after a restart."""
    fresh = new_signer(side, "TR", "officer/7")
    said = say_event(side, "TR", key_event(side, "TR", Event.GRANT, "officer/7", fresh.public.raw), "1", "2")
    assert not side.nodes["TR"].picture.ineffective
    filed = side.nodes["TR"].submit(
        Notice(draft("TR", "TR-1")), audience=(IL,), signers=[fresh], at=side.at, random=side.random
    )
    side.talk()
    for name in ("IL", "TR"):
        assert ("TR", "TR-1") in side.nodes[name].picture.notices
    assert filed.entry.officers == {"7"}
    assert slugs(side, "IL") == ["key-changed"] and slugs(side, "TR") == []
    assert "officer 7" in side.nodes["IL"].alarms[0].text
    before = side.nodes["IL"].picture.value()
    again = side.restart("IL")
    assert again.picture.value() == before
    assert again.roster.signatory_of("TR", fresh.public.ref()).officer == "7"
    assert [e.kind for e in again.store.events(0, 100)].count("key") == 1
    assert said.entry.place == Place(TR, "main", 0)


def test_an_entry_by_a_revoked_key_has_no_effect_and_is_an_alarm(side: Side) -> None:
    """In main, after the revocation stands: ineffective by name, with entry and revocation as the evidence."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    one = keys.officers["1"]
    say(forger, Notice(draft("TR", "TR-1")), one)
    say(forger, revoke(side, "TR", one.public.raw, main=1), keys.main)
    say(forger, Notice(draft("TR", "TR-2")), one)
    side.give("IL", forger.push())
    picture = side.nodes["IL"].picture
    assert ("TR", "TR-1") in picture.notices and ("TR", "TR-2") not in picture.notices
    assert reason(side, "IL", Place(TR, "main", 2)).startswith("signed by a key of officer 1 of TR, which was revoked")
    assert slugs(side, "IL") == ["key-changed", "revoked-key"]
    stored = side.nodes["IL"].store.evidence()[1]
    assert stored.first == forger.notes[2] and b"clearline/key/v1" in stored.second
    assert side.restart("IL").picture.value() == picture.value()


def test_a_node_says_nothing_with_a_key_that_was_revoked(side: Side) -> None:
    """An honest node refuses before it signs what others would give no effect."""
    node = side.nodes["TR"]
    say_event(side, "TR", revoke(side, "TR", node.keys.officers["1"].public.raw))
    size = node.own("main").size
    with pytest.raises(KeyNotGood, match="officer 1"):
        side.desk("TR").file(draft("TR", "TR-1"))
    with pytest.raises(KeyNotGood):
        side.desk("TR", "2").state_area(LINE)
    assert node.own("main").size == size
    side.desk("TR", "2").file(draft("TR", "TR-1"))


def test_an_entry_by_an_expired_key_has_no_effect_and_is_an_alarm(side: Side) -> None:
    """A claimed time outside the validity of the key, before or after it, is named."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    short = new_signer(side, "TR", "officer/7")
    granted = key_event(side, "TR", Event.GRANT, "officer/7", short.public.raw, start=side.at, until=side.at + HOUR)
    say(forger, granted, keys.officers["1"], keys.officers["2"])
    say(forger, Notice(draft("TR", "TR-1")), short)
    side.later(HOUR + 1)
    say(forger, Notice(draft("TR", "TR-2")), short)
    side.later(-2 * HOUR)
    say(forger, Notice(draft("TR", "TR-3")), short)
    side.give("IL", forger.push())
    assert sorted(side.nodes["IL"].picture.notices) == [("TR", "TR-1")]
    assert "outside the time" in reason(side, "IL", Place(TR, "main", 2))
    assert "outside the time" in reason(side, "IL", Place(TR, "main", 3))
    assert slugs(side, "IL") == ["key-changed", "expired-key", "expired-key"]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("old", "the root has not signed"),
        ("root", "the old key has not signed"),
        ("stranger", "signatures do not hold"),
        ("another's root", "signatures do not hold"),
    ],
)
def test_a_rotation_needs_root_and_old_key(side: Side, by: str, said: str) -> None:
    """Signed by one of the two alone, or by others, it has no effect, and what the new key signs is refused."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    old, fresh = keys.officers["1"], new_signer(side, "TR", "officer/1")
    signers = {
        "old": [old],
        "root": [side.founded.roots[TR]],
        "stranger": [new_signer(side, "TR", "officer/1", name="stranger")],
        "another's root": [side.founded.roots[IL], old],
    }[by]
    bad = key_event(side, "TR", Event.ROTATE, "officer/1", fresh.public.raw, replaces=old, by=signers)
    say(forger, bad, keys.officers["1"], keys.officers["2"])
    side.give("IL", forger.push())
    assert said in reason(side, "IL", Place(TR, "main", 0))
    assert slugs(side, "IL") == ["bad-key-event"]
    say(forger, Notice(draft("TR", "TR-1")), fresh)
    with pytest.raises(UnknownOfficerKey):
        side.give("IL", forger.push(1))
    assert slugs(side, "IL") == ["bad-key-event", "unknown-officer-key"]
    assert side.nodes["IL"].logs["TR/main"].size == 1


def test_a_rotation_takes_the_old_key_s_place(side: Side) -> None:
    """After it the new key signs, the old one no more, and nothing before it is disowned."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    old, fresh = keys.officers["1"], new_signer(side, "TR", "officer/1")
    say(forger, Notice(draft("TR", "TR-1")), old)
    say(
        forger,
        key_event(side, "TR", Event.ROTATE, "officer/1", fresh.public.raw, replaces=old),
        old,
        keys.officers["2"],
    )
    say(forger, Notice(draft("TR", "TR-2")), fresh)
    say(forger, Notice(draft("TR", "TR-3")), old)
    side.give("IL", forger.push())
    node = side.nodes["IL"]
    assert sorted(node.picture.notices) == [("TR", "TR-1"), ("TR", "TR-2")]
    assert "which was replaced before" in reason(side, "IL", Place(TR, "main", 3))
    assert node.picture.flags_of(node.picture.notices["TR", "TR-1"].current.entry) == ()


def test_a_grant_by_one_officer_has_no_effect(side: Side) -> None:
    """Root and one officer, root and one officer with two keys, root and node: none of them makes a key."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    also = new_signer(side, "TR", "officer/1")
    say(
        forger,
        key_event(side, "TR", Event.GRANT, "officer/1", also.public.raw),
        keys.officers["1"],
        keys.officers["2"],
    )
    for number, signers in enumerate([(keys.officers["1"],), (keys.officers["1"], also), (keys.main,)]):
        fresh = new_signer(side, "TR", "officer/9", name=str(number))
        say(forger, key_event(side, "TR", Event.GRANT, "officer/9", fresh.public.raw), *signers)
    side.give("IL", forger.push())
    for index in (1, 2, 3):
        assert reason(side, "IL", Place(TR, "main", index)) == "needs the signatures of two different officers"
    assert slugs(side, "IL") == ["key-changed", "one-person", "one-person", "one-person"]


def test_where_officers_are_lost_the_root_alone_helps(side: Side) -> None:
    """Once fewer than two officers can sign, root and node may grant: else a member could never speak again."""
    node, keys = side.nodes["TR"], side.founded.keyrings[TR]
    fresh = new_signer(side, "TR", "officer/7")
    granted = key_event(side, "TR", Event.GRANT, "officer/7", fresh.public.raw)
    with pytest.raises(SecondPerson):
        say_event(side, "TR", granted)
    say_event(side, "TR", revoke(side, "TR", keys.officers["1"].public.raw))
    say_event(side, "TR", granted)
    side.talk()
    assert node.picture.keys.good("TR", fresh.public.raw, at=side.at)
    assert side.nodes["IL"].picture.keys.good("TR", fresh.public.raw, at=side.at)


@pytest.mark.parametrize("twice", [False, True], ids=["one officer", "one officer twice"])
def test_a_red_line_with_one_officer_is_none(side: Side, twice: bool) -> None:
    """One officer, with one key or with two of his own, makes no red line; both are named and kept."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    also = new_signer(side, "TR", "officer/1")
    say(
        forger, key_event(side, "TR", Event.GRANT, "officer/1", also.public.raw), keys.officers["1"], keys.officers["2"]
    )
    say(forger, LINE, keys.officers["1"], *([also] if twice else []))
    side.give("IL", forger.push())
    assert not side.nodes["IL"].picture.areas
    assert reason(side, "IL", Place(TR, "main", 1)) == "needs the signatures of two different officers"
    assert slugs(side, "IL") == ["key-changed", "one-person"]
    with pytest.raises(SecondPerson):
        side.nodes["TR"].submit(LINE, audience=(IL,), signers=[keys.officers["1"]], at=side.at, random=side.random)


def test_a_red_line_is_withdrawn_and_replaced_by_two_alone(side: Side) -> None:
    """What one officer may not state one officer may not take back, nor turn into a zone."""
    from clearline.records.area import AreaWithdrawal
    from clearline.records.header import entry_id

    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    one, two = keys.officers["1"], keys.officers["2"]
    say(forger, LINE, one, two)
    of = entry_id(forger.notes[0])
    say(forger, AreaWithdrawal("RL", of, "enough"), one)
    say(forger, Area(AreaSort.ZONE, "RL", "No more", "A zone now.", (circle(),), (), of), one)
    side.give("IL", forger.push())
    history = side.nodes["IL"].picture.areas["TR", "RL"]
    assert (len(history.versions), history.withdrawn) == (1, None)
    assert slugs(side, "IL") == ["one-person", "one-person"]
    say(forger, AreaWithdrawal("RL", of, "enough"), one, two)
    side.give("IL", forger.push(3))
    assert side.nodes["IL"].picture.areas["TR", "RL"].withdrawn is not None


def test_a_releasing_officer_must_be_among_the_two(side: Side) -> None:
    """Where a member has releasing officers, two others do not suffice."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    one, two, third = keys.officers["1"], keys.officers["2"], new_signer(side, "TR", "officer/3")
    say(forger, key_event(side, "TR", Event.GRANT, "officer/3", third.public.raw, releasing=True), one, two)
    say(forger, LINE, one, two)
    say(forger, LINE, one, third)
    side.give("IL", forger.push())
    assert reason(side, "IL", Place(TR, "main", 1)).startswith("needs the signature of a releasing officer")
    assert ("TR", "RL") in side.nodes["IL"].picture.areas
    assert slugs(side, "IL") == ["key-changed", "one-person"]


def test_the_host_cannot_give_another_member_an_officer() -> None:
    """A key event in the host's own log, and an entry of its own making in another's log, are refused by name."""
    side = Side(FIVE, seed="injected")
    host, az = Forger(side, "AZ"), side.founded.keyrings[MemberId("AZ")]
    mine = new_signer(side, "TR", "officer/9", name="the host's")
    for by in ([side.founded.roots[MemberId("AZ")]], [mine]):
        event = key_event(side, "TR", Event.GRANT, "officer/9", mine.public.raw, by=by)
        say(host, event, az.officers["1"], az.officers["2"])
    side.give("IL", host.push())
    assert reason(side, "IL", Place(MemberId("AZ"), "main", 0)) == "a key event of TR in the log of AZ"
    assert slugs(side, "IL") == ["bad-key-event", "bad-key-event"]
    assert side.nodes["IL"].roster.signatory_of("TR", mine.public.ref()).officer == ""
    # With the stolen key of TR's log it can make TR's log say so, and the key's own signature shows it.
    stolen = Forger(side, "TR")
    say(stolen, Notice(draft("TR", "TR-1")), mine)
    with pytest.raises(UnknownOfficerKey):
        side.give("IL", stolen.push(), carrier="AZ")
    assert slugs(side, "IL")[2:] == ["unknown-officer-key"]
    assert side.nodes["IL"].logs["TR/main"].size == 0
    assert side.nodes["IL"].store.evidence()[-1].first == stolen.notes[0]


def test_of_several_revocations_the_lowest_last_good_size_counts_in_any_order() -> None:
    """Each order of the same revocations disowns the same entries, and hides none of them."""
    seen = []
    for order in itertools.permutations((4, 2, 3)):
        side = Side(seed="lowest")
        forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
        for number in range(5):
            say(forger, Notice(draft("TR", f"TR-{number}")), keys.officers["1"])
        for size in order:
            say(forger, revoke(side, "TR", keys.officers["1"].public.raw, main=size), keys.main)
        side.give("IL", forger.push())
        picture = side.nodes["IL"].picture
        assert len(picture.notices) == 5, "nothing is hidden"
        entries = [picture.notices["TR", f"TR-{n}"].current.entry for n in range(5)]
        seen.append([bool(picture.keys.disowned(e)) for e in entries])
        assert [f.slug for f in picture.flags_of(entries[4])] == ["disowned"]
    assert seen == [[False, False, True, True, True]] * 6


def test_a_stop_fire_rings_whoever_s_key_it_bears(side: Side) -> None:
    """In `safety` a revoked key is flagged and an alarm, and what it says is heard."""
    keys = side.founded.keyrings[TR]
    say_event(side, "TR", revoke(side, "TR", keys.officers["1"].public.raw))
    side.talk()
    side.later(1_000)
    forger = Forger(side, "TR", log="safety")
    say(forger, Message(Precedence.FLASH, "en", "stop fire"), keys.officers["1"])
    side.give("IL", forger.push())
    node = side.nodes["IL"]
    place = Place(TR, "safety", 0)
    assert place in node.picture.messages and place not in node.picture.ineffective
    assert [f.slug for f in node.picture.flags_of(node.picture.messages[place][0])] == ["revoked-key"]
    assert slugs(side, "IL") == ["key-changed", "revoked-key"]


def test_safety_waits_for_a_key_that_main_has_not_brought_yet(side: Side) -> None:
    """A safety push by a key whose grant is still to come is asked for again, and is no alarm."""
    node = side.nodes["TR"]
    fresh = new_signer(side, "TR", "officer/7")
    say_event(side, "TR", key_event(side, "TR", Event.GRANT, "officer/7", fresh.public.raw), "1", "2")
    node.submit(
        Message(Precedence.FLASH, "en", "stop fire"),
        audience=(IL,),
        signers=[fresh],
        at=side.at,
        random=side.random,
        log="safety",
    )
    side.push("TR", "IL", "safety", once=True)
    with pytest.raises(KeyNotKnownYet):
        side.push("TR", "IL", "safety", once=True)
    assert slugs(side, "IL") == []
    side.push("TR", "IL")
    side.push("TR", "IL", "safety")
    assert Place(TR, "safety", 0) in side.nodes["IL"].picture.messages


def test_key_events_out_of_form_have_no_effect(side: Side) -> None:
    """For another channel, for some members only, for a key in use or never granted: each is named."""
    forger, keys = Forger(side, "TR"), side.founded.keyrings[TR]
    one, two = keys.officers["1"], keys.officers["2"]
    fresh = new_signer(side, "TR", "officer/7").public.raw
    say(forger, key_event(side, "TR", Event.GRANT, "officer/7", fresh, channel="0" * 64), one, two)
    forger.say(key_event(side, "TR", Event.GRANT, "officer/7", fresh), signers=(one, two), audience=("TR",))
    say(forger, key_event(side, "TR", Event.GRANT, "officer/7", one.public.raw), one, two)
    say(forger, key_event(side, "TR", Event.GRANT, "officer/7", keys.mirror.public.raw), one, two)
    say(forger, revoke(side, "TR", fresh, officer="7"), keys.main)
    say(forger, revoke(side, "TR", one.public.raw, officer="2"), keys.main)
    side.give("IL", forger.push())
    reasons = {i: reason(side, "IL", Place(TR, "main", i)) for i in (0, 2, 3, 4, 5)}
    assert reasons == {
        0: "a key event of another channel",
        2: "grants a key that was in use before",
        3: "grants a key that was in use before",
        4: "revokes a key that was never granted",
        5: "revokes a key that was never granted",
    }
    assert not side.nodes["IL"].picture.keys.events
