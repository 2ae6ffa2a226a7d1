"""Somebody with a stolen key, or with keys of his own, against what others keep: it is named, and changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.alarms import UnprovenAnswer
from clearline.channel.line.sealed import key_to
from clearline.channel.push import Ahead, Answer, CarriedBody
from clearline.channel.witnessing.witness import EACH_KEPT, lean
from clearline.errors import Alarm, Unavailable
from clearline.records.acknowledgement import Seen
from clearline.records.disclosure import Disclosure
from clearline.records.evidence import Evidence
from clearline.records.header import Known, entry_id
from clearline.records.key_event import Event
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.signing.sealing_key import SealingKey
from clearline.testing.attack import alarms_of, evidence_said, forger, hello
from clearline.testing.key_events import key_event, new_signer, say_event
from clearline.testing.pair import FIVE, Forger, Side
from clearline.tlog.checkpoint import cosign
from clearline.tlog.tree import Tree, leaf_hash

AZ, IL, TR = MemberId("AZ"), MemberId("IL"), MemberId("TR")


def two(side: Side, name: str) -> list[Signer]:
    officers = side.founded.keyrings[MemberId(name)].officers
    return [officers["1"], officers["2"]]


def test_nobody_brings_back_another_members_old_sealing_key() -> None:
    """The root's old word, said again by another member or by the thief of its log, seals nothing to the old key."""
    side = Side(FIVE, seed="sealing")
    stolen, fresh = SealingKey(b"\2" * 32), SealingKey(b"\3" * 32)
    old = key_event(side, "TR", Event.GRANT, "sealing", stolen.raw)
    say_event(side, "TR", old, "1", "2")
    say_event(side, "TR", key_event(side, "TR", Event.GRANT, "sealing", fresh.raw), "1", "2")
    say_event(side, "TR", key_event(side, "TR", Event.REVOKE, "sealing", stolen.raw))
    host = Forger(side, "AZ")
    host.say(old, signers=two(side, "AZ"), audience=side.roster.members)
    side.talk()
    side.give("IL", host.push())
    assert alarms_of(side, "IL") == ["key-changed"] * 3 + ["bad-key-event"]
    say_event(side, "TR", old, "1", "2")
    side.push("TR", "IL")
    assert alarms_of(side, "IL")[4:] == ["bad-key-event"]
    for node in (side.nodes["IL"], side.restart("IL")):
        assert key_to(node, TR) == fresh.raw


def test_nothing_is_sealed_to_a_revoked_key() -> None:
    """With no other key granted, what another member would carry waits for the direct line, by name."""
    side = Side(FIVE, seed="sealing")
    assert key_to(side.nodes["IL"], TR) == side.roster.sealing_key("TR")
    say_event(side, "TR", key_event(side, "TR", Event.REVOKE, "sealing", side.roster.sealing_key("TR")))
    side.talk()
    with pytest.raises(Unavailable, match="TR has revoked its sealing key"):
        key_to(side.nodes["IL"], TR)


def test_a_key_is_made_known_by_its_own_members_log_alone() -> None:
    """A root's word that its member has not said makes no key, whoever else says it: as the verifiers have it."""
    side = Side(FIVE, seed="unsaid")
    fresh = new_signer(side, "TR", "officer/7")
    unsaid = key_event(side, "TR", Event.GRANT, "officer/7", fresh.public.raw)
    host, tr = Forger(side, "AZ"), Forger(side, "TR")
    host.say(unsaid, signers=two(side, "AZ"), audience=side.roster.members)
    side.give("IL", host.push())
    tr.say(hello(), signers=[fresh], audience=side.roster.members)
    with pytest.raises(Alarm, match="no key of its own"):
        side.give("IL", tr.push())
    assert alarms_of(side, "IL") == ["bad-key-event", "unknown-officer-key"]


@pytest.mark.parametrize("role", ["delivery", "mirror"])
def test_a_revoked_key_delivers_nothing(role: str) -> None:
    """What the thief of a cosigning key states after its revocation is kept as evidence, and counts for nothing."""
    side = Side(FIVE, seed="cosigner")
    node, keys = side.nodes["IL"], side.founded.keyrings[TR]
    old: Signer = getattr(keys, role)
    fresh = new_signer(side, "TR", role)
    say_event(side, "TR", key_event(side, "TR", Event.GRANT, role, fresh.public.raw), "1", "2")
    say_event(side, "TR", key_event(side, "TR", Event.REVOKE, role, old.public.raw))
    side.talk()
    node.submit(hello(), audience=[TR], signers=[node.keys.officers["1"]], at=side.at, random=side.random)
    side.keep("IL")
    held = node.own("main")
    assert held.signed is not None
    before, name = len(alarms_of(side, "IL")), old.public.name
    for late_ms, kept in ((1_000, 0), (301_000, 1)):
        line = cosign(held.signed.checkpoint, old, time_s=(side.at + late_ms) // 1000).line
        answer = Answer(held.size, held.signed.raw(), (line,), held.size, (), ())
        node.take_answer(TR, "main", node.next_push(TR, "main"), answer, at=side.at)
        side.keep("IL")
        assert held.cosigned(name) < held.size
        assert alarms_of(side, "IL")[before:] == ["revoked-key"] * kept
    stored = side.stores["IL"].evidence()[-1]
    assert line.encode() in stored.first and b"clearline/key/v1" in stored.second
    # Nor does it count where another member's checkpoint bears it.
    pushed = node.next_push(AZ, "main")
    side.give("AZ", replace(pushed, checkpoint=pushed.checkpoint + line.encode()))
    assert side.nodes["AZ"].logs["IL/main"].cosigned(name) < held.size
    line = cosign(held.signed.checkpoint, fresh, time_s=side.at // 1000).line
    answer = Answer(held.size, held.signed.raw(), (line,), held.size, (), ())
    node.take_answer(TR, "main", node.next_push(TR, "main"), answer, at=side.at)
    assert held.cosigned(name) == held.size


def test_a_heap_of_key_events_leaves_room_for_the_proof_of_a_fork() -> None:
    """A member that changes keys without end is told of so often and no more; what it forks then is kept and told."""
    side = Side(FIVE, seed="heap")
    made, root = Forger(side, "TR"), side.founded.keyrings[TR].main
    for number in range(EACH_KEPT + 8):
        event = key_event(side, "TR", Event.REVOKE, "tls", number.to_bytes(32, "big"))
        made.say(event, signers=[root], audience=side.roster.members)
    for first in range(0, len(made.notes), 64):
        side.give("IL", made.push(first, min(first + 64, len(made.notes))))
    assert alarms_of(side, "IL") == ["key-changed"] * EACH_KEPT
    other = Forger(side, "TR", "main", made.notes[:-1], made.bodies[:-1])
    other.say(hello(), audience=side.roster.members)
    with pytest.raises(Alarm):
        side.give("IL", other.push(len(made.notes) - 1))
    assert alarms_of(side, "IL")[EACH_KEPT:] == ["broken-history"]
    assert [evidence.slug for _, evidence in evidence_said(side, "IL")] == ["split-view"]


def test_what_a_member_says_of_its_own_log_does_not_use_up_the_room_for_its_forks() -> None:
    """Nine false words about a log are findings about who said them; the log's own two histories are kept beside."""
    side = Side(FIVE, seed="words")
    made = forger(side, "TR", 9)
    side.give("IL", made.push())
    liar = Forger(side, "AZ")
    newest = made.checkpoint().decode()
    tree = Tree(map(leaf_hash, made.notes))
    for number in range(9):
        seen = liar.say(hello(number), audience=side.roster.members, seen={"TR/main": Known(9, bytes([number]) * 32)})
        liar.say(Evidence("broken-history", seen.decode(), newest, (tree.root(),)), audience=side.roster.members)
    side.give("IL", liar.push())
    before = len(alarms_of(side, "IL"))
    other = Forger(side, "TR", "main", made.notes[:5], made.bodies[:5])
    for number in range(6):
        other.say(hello(50 + number), audience=side.roster.members)
    with pytest.raises(Alarm):
        side.give("IL", other.push())
    assert alarms_of(side, "IL")[before:] == ["broken-history"]
    assert len(evidence_said(side, "IL")) >= 1


def test_who_names_a_size_first_hides_no_fork() -> None:
    """The forger names the root that it shows before an honest member names the other: both words are compared."""
    side = Side(FIVE, seed="first")
    shown = forger(side, "TR", 3)
    hidden = Forger(side, "TR", "main", shown.notes[:2], shown.bodies[:2])
    hidden.say(hello(77), audience=side.roster.members)
    roots = [Tree(map(leaf_hash, log.notes)).root() for log in (shown, hidden)]
    early, honest = Forger(side, "TR", "safety"), Forger(side, "AZ")
    flash = Message(Precedence.FLASH, "en", "x")
    early.say(flash, audience=side.roster.members, seen={"TR/main": Known(3, roots[0])})
    honest.say(hello(), audience=side.roster.members, seen={"TR/main": Known(3, roots[1])})
    side.give("IL", early.push())
    side.give("IL", honest.push())
    assert side.restart("IL").claims == {"TR/main": {3: {AZ: roots[1], TR: roots[0]}}}
    side.give("IL", shown.push())
    assert alarms_of(side, "IL") == ["broken-history"]
    assert AZ in side.nodes["IL"].to_ask


def test_what_stands_in_a_log_is_not_ahead_of_it() -> None:
    """An entry of any log of its author, said again ahead, rings nobody and is not kept as one without a place."""
    side = Side(FIVE, seed="ahead")
    made = Forger(side, "TR")
    made.say(Seen(of="0" * 64), audience=side.roster.members)
    side.give("IL", made.push())
    node, (salt, raw) = side.nodes["IL"], made.bodies[0]
    again = Ahead(made.notes[0], (CarriedBody(0, 0, salt, raw),))
    assert not node.take_ahead(again, AZ, at=side.at, random=side.random)
    assert not node.ahead and not node.queued


def test_evidence_that_a_disclosure_opens_is_judged_too() -> None:
    """Forged evidence, first said to oneself and then opened to all, accuses nobody; true evidence raises the alarm."""
    side = Side(FIVE, seed="opened")
    forked = forger(side, "SY", 2), forger(side, "SY", 2, first=9)
    one, other = (each.checkpoint().decode() for each in forked)
    honest = side.nodes["IL"]
    honest.submit(hello(), audience=[AZ], signers=[honest.keys.officers["1"]], at=side.at, random=side.random)
    side.talk()
    signed = honest.own("main").signed
    assert signed is not None
    made, officer = Forger(side, "TR"), two(side, "TR")[:1]
    for number, evidence in enumerate(
        (Evidence("split-view", lean(signed), lean(signed)), Evidence("split-view", one, other))
    ):
        made.say(evidence, signers=officer, audience=["TR"])
        of, (salt, raw) = entry_id(made.notes[-1]), made.bodies[-1]
        made.say(Disclosure(of, 0, salt, raw.decode()), signers=officer, audience=side.roster.members)
        side.give("AZ", made.push(2 * number))
        side.keep("AZ")
        assert alarms_of(side, "AZ") == ["split-view"] * number
        assert len(evidence_said(side, "AZ")) == number
        assert len(side.restart("AZ").picture.witnessing.evidence) == number


def test_a_bearers_own_word_is_no_answer_of_the_recipient() -> None:
    """Whoever carries an answer and puts his own cosignature in it shows neither a delivery nor a line that is up."""
    side = Side(FIVE, seed="bearer")
    node = side.nodes["TR"]
    node.submit(hello(), audience=[IL], signers=[node.keys.officers["1"]], at=side.at, random=side.random)
    side.keep("TR")
    held = node.own("main")
    assert held.signed is not None
    for role in ("mirror", "delivery"):
        key: Signer = getattr(side.founded.keyrings[AZ], role)
        line = cosign(held.signed.checkpoint, key, time_s=side.at // 1000).line
        answer = Answer(held.size, held.signed.raw(), (line,), held.size, (), ())
        with pytest.raises(UnprovenAnswer):
            node.take_answer(IL, "main", node.next_push(IL, "main"), answer, at=side.at, bearer=AZ)
        assert held.cosigned(key.public.name) == 0
    assert not node.peers[IL].heard
