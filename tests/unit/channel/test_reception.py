"""How a push becomes part of what a node holds: what is refused, what is evidence, what comes late."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from clearline.channel.alarms import BrokenHistory, DamagedStore, NotYourLog, ReadOnly, RestoredBackup
from clearline.channel.answers import RESEND_MS
from clearline.channel.node import DEFAULT_HEARTBEAT_MS
from clearline.channel.push import Answer, CarriedBody, Push
from clearline.errors import Malformed, Refused
from clearline.records import body as bodies
from clearline.records.header import Known, entry_id
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice
from clearline.signing.note import BadSignature
from clearline.store.memory import MemoryStore
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import circle, draft
from clearline.tlog.checkpoint import SplitView
from clearline.tlog.tree import Tree, leaf_hash

HELLO = Message(Precedence.ROUTINE, "en", "hello")


def hello(number: int) -> Message:
    return Message(Precedence.ROUTINE, "en", f"hello {number}")


def filed(reference: str = "TR-1", party: str = "TR") -> Notice:
    return Notice(draft(party, reference))


def held_by(side: Side, name: str) -> tuple[object, ...]:
    """Return what a node holds, in memory and in its store, but for evidence and events."""
    node = side.nodes[name]
    assert isinstance(node.store, MemoryStore)
    return (
        {log: (held.size, held.root_at(held.size), set(held.lacking)) for log, held in node.logs.items()},
        node.picture.value(),
        {log: [e.note for e in node.store.entries(log)] for log in node.store.logs()},
        {log: list(node.store.bodies(log)) for log in node.store.logs()},
    )


def made_by(side: Side, name: str, author: str) -> object:
    """Return what a node holds of another member's main log."""
    held = side.nodes[name].logs[f"{author}/main"]
    notes = [e.note for e in side.stores[name].entries(held.name)]
    return held.size, held.root_at(held.size), notes, side.nodes[name].picture.last.get((author, "main"))


def roles(answer: Answer) -> set[str]:
    """Return the roles in which an answer cosigns."""
    return {line.split(" ")[1].rsplit("/", 1)[1] for line in answer.cosignatures}


def forger(side: Side, count: int = 3, name: str = "TR") -> Forger:
    made = Forger(side, name)
    for number in range(count):
        made.say(hello(number))
    return made


# What fits


def test_a_push_is_taken_and_cosigned_in_both_roles() -> None:
    """The receiver holds entries and bodies, and states both: mirror and delivery."""
    side = Side()
    answer = side.give("IL", forger(side).push())
    assert (answer.size, answer.delivered, answer.missing, answer.refused) == (3, 3, (), ())
    assert roles(answer) == {"mirror", "delivery"}
    assert len(side.nodes["IL"].picture.messages) == 3
    before = held_by(side, "IL")
    side.restart("IL")
    assert held_by(side, "IL") == before


def test_the_same_push_again_changes_nothing() -> None:
    """Doubled messages are answered alike and leave what is held as it was."""
    side = Side()
    push = forger(side).push()
    side.give("IL", push)
    before = held_by(side, "IL")
    again = side.give("IL", push)
    assert held_by(side, "IL") == before
    assert again.size == 3 and roles(again) == {"mirror", "delivery"}


def test_a_gap_is_answered_with_what_is_held() -> None:
    """Entries that do not follow what is held are not taken; the answer says from where to push."""
    side = Side()
    made = forger(side, 5)
    side.give("IL", made.push(0, 2))
    before = held_by(side, "IL")
    answer = side.give("IL", made.push(3, 5))
    assert (answer.size, answer.cosignatures) == (2, ())
    assert held_by(side, "IL") == before
    assert not side.nodes["IL"].alarms


def test_an_overlap_is_taken_from_where_it_is_new() -> None:
    """Entries that are held already are compared, the rest is taken."""
    side = Side()
    made = forger(side, 5)
    side.give("IL", made.push(0, 3))
    answer = side.give("IL", made.push(1, 5))
    assert answer.size == 5 and roles(answer) == {"mirror", "delivery"}
    assert len(side.nodes["IL"].picture.messages) == 5


def test_an_older_push_says_what_is_held_and_is_not_cosigned() -> None:
    """A late, shorter push is no fault, and nothing is stated about an older size."""
    side = Side()
    made = forger(side, 5)
    side.give("IL", made.push())
    answer = side.give("IL", made.push(0, 2))
    assert (answer.size, answer.cosignatures) == (5, ())
    assert not side.nodes["IL"].alarms


def test_an_empty_push_is_a_heartbeat() -> None:
    """A fresh cosignature on an unchanged checkpoint; nothing is stored for it."""
    side = Side()
    made = forger(side)
    side.give("IL", made.push())
    stored = list(side.stores["IL"].cosignatures("TR/main"))
    side.later(60_000)
    answer = side.give("IL", made.push(3))
    assert roles(answer) == {"mirror", "delivery"}
    assert list(side.stores["IL"].cosignatures("TR/main")) == stored
    assert side.nodes["IL"].peers["TR"].heard == side.at  # type: ignore[index]


# What breaks the format


def test_the_count_of_entries_must_fit_the_checkpoint() -> None:
    side = Side()
    push = forger(side).push()
    for entries in (push.entries[:2], (*push.entries, push.entries[0])):
        with pytest.raises(Malformed, match="up to the checkpoint's size, 3"):
            side.give("IL", replace(push, entries=entries))
    assert side.nodes["IL"].logs["TR/main"].size == 0


def test_nobody_writes_ones_own_log() -> None:
    side = Side()
    with pytest.raises(NotYourLog):
        side.give("TR", forger(side).push())


def test_a_log_of_another_channel_is_refused() -> None:
    """A drill's log has another origin: nothing of it can be placed here."""
    side, drill = Side(), Side(seed="drill")
    with pytest.raises(Malformed, match="a log of this channel"):
        side.give("IL", forger(drill).push())


@pytest.mark.parametrize("index", range(3))
def test_one_bad_entry_refuses_the_whole_push(index: int) -> None:
    """First everything is checked, then anything is changed."""
    side = Side()
    made = forger(side)
    spoilt = bytearray(made.notes[index])
    at = spoilt.index(b'"nonce":"') + 12
    spoilt[at] = ord("A") if spoilt[at] != ord("A") else ord("B")
    made.notes[index] = bytes(spoilt)
    before = held_by(side, "IL")
    with pytest.raises(BadSignature):
        side.give("IL", made.push())
    assert held_by(side, "IL") == before
    assert not side.nodes["IL"].alarms


def test_a_checkpoint_that_its_log_did_not_sign_is_refused() -> None:
    side = Side()
    push = forger(side).push()
    bad = push.checkpoint[:-6] + b"AAA=\n"
    with pytest.raises(Refused):
        side.give("IL", replace(push, checkpoint=bad))
    assert side.nodes["IL"].logs["TR/main"].size == 0 and not side.nodes["IL"].alarms


def test_one_body_twice_is_refused() -> None:
    side = Side()
    push = forger(side).push()
    with pytest.raises(Malformed, match="one body twice"):
        side.give("IL", replace(push, bodies=(*push.bodies, push.bodies[0])))


# Evidence


def evidence_of(side: Side, name: str) -> list[str]:
    """Return the slugs of evidence; memory, store and events must agree about it."""
    node = side.nodes[name]
    stored = side.stores[name].evidence()
    assert stored == node.alarms
    alarms = [e for e in side.stores[name].events(0, 1_000) if e.kind == "alarm"]
    assert len(alarms) == len(stored)
    return [e.slug for e in stored]


def test_two_roots_at_one_size_are_kept_once_with_both_checkpoints() -> None:
    """A split view: the push is not taken, the evidence is, and an alarm is told, however often it comes."""
    side = Side(FIVE)
    made = forger(side)
    side.give("IL", made.push())
    other = Forger(side, "TR")
    for number in range(3):
        other.say(hello(10 + number))
    before = made_by(side, "IL", "TR")
    for _ in range(3):
        with pytest.raises((SplitView, BrokenHistory)):
            side.give("IL", other.push(3))
        side.later(60_000)
        # In between the checkpoint that is held gets another cosignature: that is no new finding.
        line = side.give("SY", made.push()).cosignatures[0]
        side.give("IL", replace(made.push(3), checkpoint=made.checkpoint() + line.encode()))
    assert evidence_of(side, "IL") == ["split-view"]
    evidence = side.stores["IL"].evidence()[0]
    assert Tree(map(leaf_hash, made.notes)).root().hex() in evidence.text
    assert Tree(map(leaf_hash, other.notes)).root().hex() in evidence.text
    assert b"/TR/main\n3\n" in evidence.first and b"/TR/main\n3\n" in evidence.second
    assert evidence.first != evidence.second
    assert made_by(side, "IL", "TR") == before
    assert [r.slug for _, r in side.nodes["IL"].picture.witnessing.evidence.values()] == ["split-view"]
    assert evidence_of(side, "IL") == [e.slug for e in side.restart("IL").alarms]


def test_an_older_checkpoint_with_another_root_is_evidence() -> None:
    """Also a size that was passed long ago must have the root that is held."""
    side = Side()
    made = forger(side, 5)
    side.give("IL", made.push())
    with pytest.raises(SplitView):
        side.give("IL", Push(made.checkpoint(2, root=b"x" * 32), 2, (), ()))
    assert evidence_of(side, "IL") == ["split-view"]


def test_another_entry_at_a_held_place_is_evidence() -> None:
    side = Side()
    made = forger(side, 3)
    side.give("IL", made.push())
    other = Forger(side, "TR", notes=list(made.notes), bodies=list(made.bodies))
    other.notes.pop(), other.bodies.pop()
    other.say(hello(99))
    other.say(hello(100))
    for _ in range(2):
        with pytest.raises(BrokenHistory, match="not the entry that TR sent before"):
            side.give("IL", other.push(1))
    assert evidence_of(side, "IL") == ["broken-history"]
    assert side.nodes["IL"].logs["TR/main"].size == 3


def test_a_bearer_that_changes_an_entry_accuses_nobody() -> None:
    """The author's true checkpoint beside another's entry proves nothing against the author: refused, no alarm."""
    side = Side()
    made = forger(side, 3)
    side.give("IL", made.push())
    other = forger(side, 3)
    for first in (0, 1):
        pushed = made.push(first)
        swapped = (*pushed.entries[:-1], other.notes[-1])
        noise = (pushed.entries[0].replace(b"a", b"b", 1), *pushed.entries[1:])
        for entries in (swapped, noise, pushed.entries[::-1]):
            with pytest.raises(Malformed, match="no root that covers it"):
                side.give("IL", replace(pushed, entries=entries))
    assert evidence_of(side, "IL") == []
    assert side.give("IL", made.push()).size == 3


def test_a_root_that_does_not_continue_is_evidence() -> None:
    """Entries that do not give the signed root on top of what is held: a rewritten past."""
    side = Side()
    made = forger(side, 3)
    side.give("IL", made.push())
    other = forger(side, 3)
    other.say(hello(99))
    with pytest.raises(BrokenHistory, match="do not give the root"):
        side.give("IL", other.push(3))
    assert evidence_of(side, "IL") == ["broken-history"]
    assert side.nodes["IL"].logs["TR/main"].size == 3


def test_seen_of_another_history_is_evidence_and_parts_nobody() -> None:
    """What a member says it saw differs from what is held: kept and told once; its entries are taken all the same."""
    side = Side(FIVE)
    side.desk("SY").message(HELLO, to=["TR", "IL"])
    side.talk()
    liar = Forger(side, "TR")
    for number in range(4):
        liar.say(hello(number), seen={"SY/main": Known(1, b"y" * 32)})
    answer = side.give("IL", liar.push())
    assert roles(answer) == {"mirror", "delivery"}
    assert len([m for m in side.nodes["IL"].picture.messages if m.member == "TR"]) == 4
    assert evidence_of(side, "IL") == ["broken-history"]
    assert "TR says that it saw another history of SY/main" in side.stores["IL"].evidence()[0].text
    side.desk("SY").message(hello(5), to=["IL"])
    side.talk()
    assert side.nodes["IL"].logs["SY/main"].size == 2


@pytest.mark.parametrize("restarted", [False, True])
def test_seen_past_what_is_held_is_compared_when_it_comes(restarted: bool) -> None:
    """A claim about entries that are not here yet is remembered, over a restart too, and judged when they come."""
    side = Side(FIVE)
    side.desk("SY").message(HELLO, to=["IL", "TR"])
    side.keep("SY")
    liar = Forger(side, "TR")
    liar.say(hello(1), seen={"SY/main": Known(1, b"y" * 32)})
    side.give("IL", liar.push())
    assert evidence_of(side, "IL") == []
    if restarted:
        side.restart("IL")
    answer = side.push("SY", "IL")
    assert roles(answer) == {"mirror", "delivery"}
    assert evidence_of(side, "IL") == ["broken-history"]
    side.push("SY", "IL")
    assert evidence_of(side, "IL") == ["broken-history"]


def test_honest_seen_is_no_evidence() -> None:
    """Whoever says truly what it saw, before or after the reader sees it, accuses nobody."""
    side = Side(FIVE)
    for turn in range(6):
        for name in side.nodes:
            side.desk(name).message(hello(turn), to=["IL", "TR"])
            side.keep(name)
        for source, target in pairwise([*side.nodes, "AZ"]):
            side.push(source, target)
    side.talk(4)
    assert all(not side.stores[name].evidence() for name in side.nodes)
    assert all(held.size == 6 for node in side.nodes.values() for held in node.logs.values() if held.log == "main")


# Bodies


def test_a_body_that_is_missing_is_mirrored_and_not_delivered_until_it_comes() -> None:
    """The header is held and stated as mirror; delivery, and the effect, wait for the body."""
    side = Side()
    made = Forger(side, "TR")
    made.say(hello(0))
    made.say(filed())
    side.desk("IL").file(draft("IL", "IL-1"))
    side.keep("IL")
    answer = side.give("IL", made.push(without=[1]))
    assert (answer.size, answer.delivered, answer.missing) == (2, 1, ((1, 0),))
    assert roles(answer) == {"mirror"}
    assert ("TR", "TR-1") not in side.nodes["IL"].picture.notices
    assert side.restart("IL").logs["TR/main"].lacking == {(1, 0)}

    answer = side.give("IL", made.push())
    assert (answer.delivered, answer.missing, roles(answer)) == (2, (), {"mirror", "delivery"})
    node = side.nodes["IL"]
    assert ("TR", "TR-1") in node.picture.notices
    assert len(node.watch.all()) == 1
    side.keep("IL")
    told = [e.kind for e in side.stores["IL"].events(0, 1_000)]
    assert "body" in told and told[-1] == "conflict", "officers are told of a conflict that came with a late body"
    value, conflicts = node.picture.value(), node.watch.all()
    assert side.restart("IL").picture.value() == value
    assert side.nodes["IL"].watch.all() == conflicts


def test_a_late_body_takes_its_effect_at_its_place() -> None:
    """An amendment is shown at once, for it holds all that stands; the late body then takes its place before it."""
    side = Side()
    made = Forger(side, "TR")
    first = made.say(filed())
    made.say(Notice(draft("TR", "TR-1", circle(40.0)), amends=entry_id(first)))
    side.give("IL", made.push(without=[0]))
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].revision == 1
    side.give("IL", made.push())
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].revision == 2
    assert not side.nodes["IL"].picture.ineffective


def test_a_body_that_does_not_match_is_refused_by_an_entry_and_can_come_right_later() -> None:
    """The refusal names entry and slot, is addressed to the author, and does not bar the right body."""
    side = Side()
    made = forger(side, 1)
    push = made.push()
    wrong = replace(push, bodies=(replace(push.bodies[0], body=b'{"kind":"x","v":1}'),))
    for _ in range(3):
        answer = side.give("IL", wrong)
        assert (answer.delivered, answer.missing, roles(answer)) == (0, ((0, 0),), {"mirror"})
    refusals = [record for given in side.nodes["IL"].picture.refused.values() for _, record in given.values()]
    assert len(refusals) == 1 and refusals[0].slot == 0 and "commitment" in refusals[0].reason
    assert not list(side.stores["IL"].bodies("TR/main"))
    answer = side.give("IL", push)
    assert roles(answer) == {"mirror", "delivery"}
    assert len(side.nodes["IL"].picture.messages) == 1
    assert len(side.restart("IL").picture.messages) == 1


UNREADABLE = {
    "not JSON": b"hello",
    "not canonical": b'{"kind": "message", "v": 1, "language": "en", "precedence": "FLASH", "text": "x"}',
    "a member twice": b'{"kind":"message","language":"en","precedence":"FLASH","text":"a","text":"x","v":1}',
    "a fraction": b'{"kind":"later","v":2,"x":1.5}',
    "no kind": b'{"v":1}',
    "malformed": bodies.encode(hello(0)).replace(b"FLASH", b"?").replace(b"ROUTINE", b"?"),
    "unknown member": b'{"kind":"seen","of":"%s","v":1,"x":1}' % (b"0" * 64),
    "no normal form": '{"kind":"message","language":"e\u0301","precedence":"FLASH","text":"x","v":1}'.encode(),
    "a name with a control character": b'{"\\u0001":1,"kind":"seen","of":"%s","v":1}' % (b"0" * 64),
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_cannot_be_read_is_refused_by_an_entry(name: str, late: bool) -> None:
    """It matches its commitment, so it is held; it has no effect, now, late or after a restart; the author is told."""
    side = Side()
    made = Forger(side, "TR")
    made.say(UNREADABLE[name])
    if late:
        side.give("IL", made.push(without=[0]))
    answer = side.give("IL", made.push())
    assert (answer.delivered, answer.missing, roles(answer)) == (1, (), {"mirror", "delivery"})
    assert len(answer.refused) == 1 and answer.refused[0].index == 0 and answer.refused[0].reason
    node = side.nodes["IL"]
    assert node.own("main").size == 1 and len(node.picture.refused) == 1
    assert not node.picture.messages and not node.picture.answers and not node.picture.ineffective
    value = node.picture.value()
    assert side.restart("IL").picture.value() == value
    side.give("IL", made.push())
    assert side.nodes["IL"].own("main").size == 1, "refused once, not with every push"
    side.push("IL", "TR")
    assert len(side.nodes["TR"].picture.refused) == 1
    assert not side.nodes["TR"].alarms


@pytest.mark.parametrize("late", [False, True])
def test_what_no_officer_signed_has_no_effect(late: bool) -> None:
    """A node's own key may refuse bodies and nothing else, also after a restart."""
    side = Side()
    made = Forger(side, "TR")
    made.say(filed(), signers=[side.founded.keyrings[side.nodes["TR"].me].main])
    if late:
        side.give("IL", made.push(without=[0]))
    answer = side.give("IL", made.push())
    assert [r.reason for r in answer.refused] == ["signed by no officer"]
    assert not side.nodes["IL"].picture.notices
    assert not side.restart("IL").picture.notices
    assert len(side.nodes["IL"].picture.refused) == 1


def test_an_unknown_kind_is_kept_and_not_understood() -> None:
    """From a later version: held, delivered, shown, without effect."""
    side = Side()
    made = Forger(side, "TR")
    made.say(b'{"kind":"pact","v":1,"x":"y"}')
    made.say(b'{"kind":"seen","of":7,"v":2}')
    answer = side.give("IL", made.push())
    assert (answer.delivered, answer.refused) == (2, ())
    for node in (side.nodes["IL"], side.restart("IL")):
        assert [why for _, why in node.picture.ineffective.values()] == [
            "not understood: pact v1",
            "not understood: seen v2",
        ]


def test_bodies_for_others_do_not_travel_and_are_not_kept() -> None:
    """An outsider gets the header alone; a body that is pressed on it is not stored."""
    side = Side(FIVE)
    side.desk("TR").message(HELLO, to=["IL"])
    side.keep("TR")
    for line in side.nodes["TR"].peers.values():
        line.acked["main"] = 0
    push = side.nodes["TR"].next_push(side.nodes["SY"].me, "main")
    assert len(push.entries) == 1 and push.bodies == ()
    assert len(side.nodes["TR"].next_push(side.nodes["IL"].me, "main").bodies) == 1
    body = next(side.stores["TR"].bodies("TR/main"))
    answer = side.give("SY", replace(push, bodies=(CarriedBody(0, 0, body.salt, body.body),)))
    assert roles(answer) == {"mirror", "delivery"}
    assert not list(side.stores["SY"].bodies("TR/main"))
    assert not side.nodes["SY"].picture.messages
    assert side.nodes["SY"].picture.last["TR", "main"] == 0


def test_bodies_of_entries_that_are_not_in_the_push_are_passed_over() -> None:
    side = Side()
    push = forger(side, 1).push()
    answer = side.give("IL", replace(push, bodies=(*push.bodies, replace(push.bodies[0], entry=7))))
    assert roles(answer) == {"mirror", "delivery"}
    assert len(list(side.stores["IL"].bodies("TR/main"))) == 1


# A restored backup


def restored(side: Side) -> MemoryStore:
    """Return an old backup of TR's store: one entry, where IL holds three."""
    store = MemoryStore()
    side.desk("TR").message(hello(0), to=["IL"])
    writes = side.nodes["TR"].take_writes()
    store.commit(writes)
    side.stores["TR"].commit(writes)
    for number in (1, 2):
        side.desk("TR").message(hello(number), to=["IL"])
    side.push("TR", "IL")
    return store


def test_a_restored_backup_is_read_only() -> None:
    """A node that finds itself shorter than what a peer holds says nothing more, over restarts too."""
    side = Side()
    side.stores["TR"] = restored(side)
    node = side.restart("TR")
    assert not node.read_only
    side.push("TR", "IL")
    assert "restored from an old backup" in node.read_only
    assert evidence_of(side, "TR") == [RestoredBackup.slug]
    for each in (node, side.restart("TR")):
        before = held_by(side, "TR")
        with pytest.raises(ReadOnly):
            side.desk("TR").message(HELLO, to=["IL"])
        assert held_by(side, "TR") == before
        assert each.own("main").size == 1
    made = forger(side, 2, name="IL")
    made.say(b"unreadable")
    answer = side.give("TR", made.push())
    assert answer.size == 3 and answer.cosignatures == ()
    assert answer.missing == ((2, 0),), "what it cannot refuse by an entry it is sent again"
    value = side.nodes["TR"].picture.value()
    assert side.restart("TR").picture.value() == value
    side.push("TR", "IL")
    assert evidence_of(side, "TR") == [RestoredBackup.slug]
    assert not side.nodes["IL"].alarms


def test_a_peer_cannot_make_a_node_read_only_by_its_word() -> None:
    """Only the node's own signature over a larger size proves that it was restored."""
    side = Side()
    side.desk("TR").message(HELLO, to=["IL"])
    side.push("TR", "IL")
    node = side.nodes["TR"]
    push = node.next_push(side.nodes["IL"].me, "main")
    honest = side.give("IL", push)
    lies = [
        replace(honest, size=9),
        replace(honest, size=9, checkpoint=b""),
        replace(honest, missing=((7, 0),)),
        replace(honest, missing=((-1, 0),)),
        replace(honest, cosignatures=(honest.cosignatures[0][:-6] + "AAA=\n",)),
    ]
    for lie in lies:
        with pytest.raises(Refused):
            node.take_answer(side.nodes["IL"].me, "main", push, lie, at=side.at)
        assert not node.read_only and not node.alarms
    node.take_answer(side.nodes["IL"].me, "main", push, honest, at=side.at)


# The store


def test_a_damaged_store_is_not_loaded() -> None:
    """An entry or body that is not what was signed, or one that is missing, stops the start and says where."""
    for damage in ("entry", "last", "body", "checkpoint"):
        side = Side()
        for number in range(3):
            side.desk("TR").message(hello(number), to=["IL"])
        side.keep("TR")
        store = side.stores["TR"]
        assert isinstance(store, MemoryStore)
        entries = store._entries["TR/main"]
        if damage == "entry":
            entries[1] = replace(entries[1], note=entries[1].note.replace(b"claimed", b"Claimed"))
        elif damage == "last":
            entries.pop()
        elif damage == "body":
            held = store._bodies["TR/main"]
            held[1, 0] = replace(held[1, 0], body=held[2, 0].body)
        else:
            store._checkpoints.clear()
        with pytest.raises(DamagedStore, match="TR/main"):
            side.restart("TR")


# When to speak


def test_who_is_due() -> None:
    """News at once, a heartbeat when quiet, nothing while a peer is away for some time, at once when it speaks."""
    side = Side()
    node, il = side.nodes["TR"], side.nodes["IL"].me
    assert node.due(at=side.at) == [(il, "main")], "who has not spoken yet says hello"
    side.push("TR", "IL")
    assert node.due(at=side.at) == []
    assert node.next_wake(il, at=side.at) == side.at + DEFAULT_HEARTBEAT_MS
    side.desk("TR").message(HELLO, to=["IL"])
    assert node.due(at=side.at) == [], "what is not sealed is not pushed"
    side.keep("TR")
    assert node.due(at=side.at) == [(il, "main")]
    node.push_failed(il, "no answer", at=side.at, random=side.random)
    assert node.due(at=side.at) == []
    wake = node.next_wake(il, at=side.at)
    assert side.at + 125 <= wake <= side.at + 250
    assert node.due(at=wake) == [(il, "main")]
    side.push("IL", "TR")
    assert node.due(at=side.at) == [(il, "main")], "a peer that speaks is there"
    side.push("TR", "IL")
    side.later(DEFAULT_HEARTBEAT_MS - 1)
    assert node.due(at=side.at) == []
    side.later(1)
    assert node.due(at=side.at) == [(il, "main")]


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    """Neither the wait after a failure nor the heartbeat is stretched by a clock that was wrong before."""
    side = Side()
    node, il = side.nodes["TR"], side.nodes["IL"].me
    side.push("TR", "IL")
    back = side.at - 3_600_000
    assert node.due(at=back) == [(il, "main")]  # type: ignore[arg-type]
    node.push_failed(il, "no answer", at=side.at, random=side.random)
    assert node.due(at=back) == [(il, "main")]  # type: ignore[arg-type]


def test_a_body_that_stays_missing_does_not_keep_the_line_busy() -> None:
    """It is sent again after a pause, not at once and for ever."""
    side = Side()
    side.desk("TR").message(HELLO, to=["IL"])
    side.keep("TR")
    node, il = side.nodes["TR"], side.nodes["IL"].me
    node.peers[il].acked["main"] = 0
    push = node.next_push(il, "main")
    answer = side.give("IL", replace(push, bodies=()))
    node.take_answer(il, "main", push, answer, at=side.at)
    assert node.due(at=side.at) == []
    side.later(RESEND_MS)
    assert node.due(at=side.at) == [(il, "main")]
    assert node.next_push(il, "main").bodies == push.bodies


def test_a_push_is_cut_to_its_bounds_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long log goes in parts, each under a checkpoint of its own; a body above the bound goes alone."""
    monkeypatch.setattr("clearline.channel.pushing.ENTRIES_MAX", 4)
    side = Side()
    for number in range(10):
        side.desk("TR").message(hello(number), to=["IL"])
    sizes = [side.push("TR", "IL", once=True).size for _ in range(4)]
    assert sizes == [0, 4, 8, 10]
    monkeypatch.setattr("clearline.channel.pushing.PUSH_BYTES_MAX", 1)
    for number in range(3):
        side.desk("TR").message(hello(number), to=["IL"])
    assert [side.push("TR", "IL", once=True).size for _ in range(3)] == [11, 12, 13]
    assert not side.nodes["IL"].alarms


def test_the_earliest_covering_delivery_is_kept() -> None:
    """*Delivered* is told once for each size, with the time that the recipient claims; a heartbeat does not move it."""
    side = Side()
    name = side.roster.cosigner("IL", "delivery").name
    times = []
    for number in range(3):
        side.desk("TR").message(hello(number), to=["IL"])
        side.push("TR", "IL")
        side.push("TR", "IL")
        times.append(side.at // 1000)
        side.later(90_000)
        side.push("TR", "IL")
    own = side.nodes["TR"].own("main")
    assert [line.time_s for index in range(3) if (line := own.covered(name, index))] == times
    assert own.covered(name, 3) is None
    again = side.restart("TR").own("main")
    assert again.covering == own.covering
    told = [e for e in side.stores["TR"].events(0, 1_000) if e.kind == "delivered"]
    assert len(told) == 3
