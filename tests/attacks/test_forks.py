"""A member that shows two histories of its log: found by the first message that names a size past the fork."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.alarms import BrokenHistory, ProvenSplit, UnprovenHistory
from clearline.channel.node import Node
from clearline.channel.ports import PutKept
from clearline.channel.push import CarriedBody, Push
from clearline.channel.witnessing.witness import EVIDENCE_KEPT, TO_TELL, judge
from clearline.errors import Alarm
from clearline.records import body as bodies
from clearline.records.evidence import Evidence
from clearline.testing.attack import (
    alarms_of,
    ask_whoever_is_to_be_asked,
    evidence_said,
    forger,
    hello,
    show_checkpoints,
)
from clearline.testing.pair import FIVE, Side
from clearline.tlog.checkpoint import SplitView
from clearline.tlog.tree import Tree, leaf_hash


def test_host_shows_two_histories() -> None:
    """The host shows IL one history and TR another; IL's next message names it, and all members hold the proof."""
    side = Side(FIVE)
    side.give("IL", forger(side, "AZ", 3).push())
    side.give("TR", forger(side, "AZ", 4, first=10).push())
    side.desk("IL").message(hello(), to=["TR"])
    side.push("IL", "TR")
    assert alarms_of(side, "TR") == ["broken-history"], "the first message that names a size past the fork finds it"
    assert "IL says that it saw another history of AZ/main" in side.nodes["TR"].alarms[0].text
    side.later(1_000)
    ask_whoever_is_to_be_asked(side)
    assert "broken-history" in alarms_of(side, "TR") and len(alarms_of(side, "TR")) == 2
    side.desk("TR").message(hello(), to=["IL"])
    for name in ("IL", "SY", "UN"):
        side.push("TR", name)
        proofs = [e for _, e in evidence_said(side, name)]
        both = [e for e in proofs if e.first.startswith("clearline/") and "/AZ/main\n" in e.first.split(" ")[0]]
        assert len(proofs) == 2 and len(both) == 1, "one proof holds two checkpoints that AZ itself has signed"
        assert {"broken-history"} == {*alarms_of(side, name)} and len(alarms_of(side, name)) >= 2
    for name in ("IL", "TR", "SY", "UN"):
        before = alarms_of(side, name)
        side.restart(name)
        assert alarms_of(side, name) == before


def test_two_checkpoints_of_one_size() -> None:
    """One log, two checkpoints of one size: a split view, kept with both notes, and told to everybody."""
    side = Side(FIVE)
    side.give("IL", forger(side, "TR", 3).push())
    with pytest.raises(SplitView):
        side.give("IL", forger(side, "TR", 3, first=10).push(3))
    assert alarms_of(side, "IL") == ["split-view"]
    kept = side.stores["IL"].evidence()[0]
    assert kept.first != kept.second and b"/TR/main\n3\n" in kept.first and b"/TR/main\n3\n" in kept.second
    for name in ("SY", "AZ", "UN"):
        side.push("IL", name)
        assert alarms_of(side, name) == ["split-view"]
        assert [e.slug for _, e in evidence_said(side, name)] == ["split-view"]


def test_a_rewritten_history_is_proven_by_its_own_signatures() -> None:
    """Entries that were held already come again, changed, under a checkpoint that covers them: proven to all."""
    side = Side(FIVE)
    side.give("IL", forger(side, "TR", 3).push())
    with pytest.raises(BrokenHistory, match="not the entry that TR sent before"):
        side.give("IL", forger(side, "TR", 5, first=10).push())
    assert alarms_of(side, "IL") == ["broken-history"]
    side.push("IL", "AZ")
    assert alarms_of(side, "AZ") == ["broken-history"]
    alarm = side.nodes["AZ"].alarms[0]
    assert "TR has signed the root" in alarm.text and "size 3" in alarm.text


def test_tail_truncated_and_signed_again() -> None:
    """A member cuts the end off its log and signs it anew: whoever held the end keeps the proof."""
    side = Side(FIVE)
    whole = forger(side, "TR", 5)
    side.give("IL", whole.push())
    cut = forger(side, "TR", 0)
    cut.notes, cut.bodies = whole.notes[:3], whole.bodies[:3]
    answer = side.give("IL", cut.push())
    assert answer.size == 5 and not answer.cosignatures, "an older checkpoint of the same history is no fork"
    assert not alarms_of(side, "IL")
    cut.say(hello(77), audience=side.roster.members)
    with pytest.raises(ProvenSplit):
        side.give("IL", cut.push())
    assert alarms_of(side, "IL") == ["split-view"]
    side.push("IL", "SY")
    assert [a.slug for a in side.nodes["SY"].alarms] == ["broken-history"], "two sizes of two histories"


def test_an_entry_dropped_from_the_middle() -> None:
    """Without one entry in the middle the rest gives another root: refused, and kept where the author signed it."""
    side = Side(FIVE)
    whole = forger(side, "TR", 6)
    side.give("IL", whole.push(0, 3))
    dropped = forger(side, "TR", 0)
    dropped.notes = [*whole.notes[:1], *whole.notes[2:]]
    dropped.bodies = [*whole.bodies[:1], *whole.bodies[2:]]
    with pytest.raises(Alarm):
        side.give("IL", dropped.push())
    assert alarms_of(side, "IL") == ["broken-history"]
    assert side.nodes["IL"].logs["TR/main"].size == 3
    side.give("IL", whole.push(3))
    assert side.nodes["IL"].logs["TR/main"].size == 6


@pytest.mark.parametrize("carrier", ["TR", "AZ", None])
def test_an_entry_dropped_from_the_middle_of_what_is_new(carrier: str | None) -> None:
    """Of new entries one is left out and another put in its stead: nothing is taken, whoever brought it.

    The author itself is at fault, with both checkpoints as evidence; a bearer that mixes entries accuses nobody.
    """
    side = Side(FIVE)
    whole = forger(side, "TR", 7)
    side.give("IL", whole.push(0, 2))
    before = side.nodes["IL"].picture.value()
    honest = whole.push(2, 6)
    kept = [2, 4, 5, 6]
    mixed = Push(
        honest.checkpoint,
        2,
        tuple(whole.notes[n] for n in kept),
        tuple(CarriedBody(at, 0, *whole.bodies[n]) for at, n in enumerate(kept)),
    )
    fault = BrokenHistory if carrier == "TR" else UnprovenHistory
    with pytest.raises(fault, match="do not give the root signed at size 6 on top of the 2 held"):
        side.give("IL", mixed, carrier=carrier)
    node = side.nodes["IL"]
    assert node.logs["TR/main"].size == 2 and node.picture.value() == before
    assert alarms_of(side, "IL") == (["broken-history"] if carrier == "TR" else [])
    for evidence in node.alarms:
        assert b"/TR/main\n2\n" in evidence.first and evidence.second == honest.checkpoint
    assert side.give("IL", honest).size == 6, "the honest history is taken all the same"


def test_a_fork_is_found_by_checkpoints_alone() -> None:
    """Nobody has to say a word: a member that is asked for its newest checkpoints shows the other history."""
    side = Side(FIVE)
    side.give("IL", forger(side, "AZ", 3).push())
    side.give("SY", forger(side, "AZ", 5, first=10).push())
    show_checkpoints(side, "IL", "SY")
    assert alarms_of(side, "SY") == ["split-view"], "by name; the proof holds two sizes"
    show_checkpoints(side, "SY", "IL")
    assert not alarms_of(side, "IL"), "IL cannot judge a size that it has not reached"
    with pytest.raises(Alarm):
        side.give("IL", forger(side, "AZ", 6, first=10).push(3))


def test_a_liar_cannot_fill_memory_or_disk() -> None:
    """Of one sort about one log the first findings are kept and the others counted."""
    side = Side(FIVE)
    made = forger(side, "TR", 1)
    side.give("IL", made.push())
    for number in range(EVIDENCE_KEPT + 12):
        with pytest.raises(SplitView):
            side.give("IL", replace(forger(side, "TR", 1, first=100 + number).push(1)))
    assert alarms_of(side, "IL") == ["split-view"] * EVIDENCE_KEPT
    assert side.nodes["IL"].own("main").size == EVIDENCE_KEPT, "and no more is told than is kept"
    assert sum(side.nodes["IL"].findings.values()) == EVIDENCE_KEPT + 12
    side.restart("IL")
    with pytest.raises(SplitView):
        side.give("IL", forger(side, "TR", 1, first=999).push(1))
    assert alarms_of(side, "IL") == ["split-view"] * EVIDENCE_KEPT


def unfounded(side: Side) -> dict[str, Evidence]:
    """Return evidence that proves nothing, by what is wrong with it."""
    made = forger(side, "TR", 4)
    first, second = made.checkpoint(4).decode(), forger(side, "TR", 4, first=10).checkpoint().decode()
    framed = second.replace(second.split("\n")[2], first.split("\n")[2])
    other = forger(side, "SY", 4).checkpoint().decode()
    small = made.checkpoint(2).decode()
    statement, tree = made.notes[0].decode(), Tree(map(leaf_hash, made.notes))
    return {
        "one checkpoint twice": Evidence("split-view", first, first),
        "a signature that does not fit": Evidence("split-view", second, framed),
        "two logs": Evidence("split-view", first, other),
        "no note": Evidence("split-view", "nothing", first),
        "one history": Evidence("broken-history", small, first, (b"\0" * 32,)),
        "one history, truly proven": Evidence(
            "broken-history", small, first, (tree.root_at(2), *tree.consistency_proof(2, 4))
        ),
        "no proof": Evidence("broken-history", small, second),
        "a proof of anything": Evidence("broken-history", small, second, (b"\1" * 32, b"\2" * 32)),
        "a statement that saw nothing": Evidence("broken-history", statement, first, (b"\1" * 32,)),
        "nothing seen": Evidence("back-dated", statement, made.notes[1].decode(), ()),
        "a checkpoint that is no statement": Evidence("back-dated", first, first, ()),
    }


@pytest.mark.parametrize("what", sorted(unfounded(Side(FIVE))))
def test_unfounded_evidence_is_refused_by_name(what: str) -> None:
    """A node that accuses without proof accuses nobody: its evidence is refused by an entry, and nobody is alarmed."""
    side = Side(FIVE)
    liar = forger(side, "AZ", 0)
    keys = side.founded.keyrings[side.nodes["AZ"].me]
    liar.say(unfounded(side)[what], audience=side.roster.members, signers=[keys.main])
    answer = side.give("IL", liar.push())
    assert [r.reason.partition("proves nothing")[1] for r in answer.refused] == ["proves nothing"]
    assert not alarms_of(side, "IL") and not evidence_said(side, "IL")
    value = side.nodes["IL"].picture.value()
    assert side.restart("IL").picture.value() == value


def test_what_is_proven_is_judged_by_each_alone() -> None:
    """The evidence holds everything: a member that never met the liar comes to the same alarm from its bytes."""
    side = Side(FIVE)
    side.give("IL", forger(side, "TR", 3).push())
    with pytest.raises(SplitView):
        side.give("IL", forger(side, "TR", 3, first=10).push(3))
    (_, evidence), *_ = evidence_said(side, "IL")
    assert judge(side.roster, evidence).slug == "split-view"
    changed = replace(evidence, second=evidence.first)
    with pytest.raises(Exception, match="proves nothing"):
        judge(side.roster, changed)


def test_evidence_that_could_not_be_told_is_told_after_restarts() -> None:
    """Found while nothing may be signed, it waits in the store over restarts, is told once, and reaches every peer."""
    side = Side(FIVE)
    side.desk("IL").message(hello(), to=["TR"])
    side.push("IL", "TR")
    side.give("IL", forger(side, "TR", 3).push())
    member = side.nodes["IL"].me

    def start() -> Node:
        keys = side.founded.keyrings[member]
        node = Node.load(member, side.roster, keys, side.stores["IL"], at=side.at, ask_first=True)
        side.nodes["IL"] = node
        return node

    assert not start().may_sign
    with pytest.raises(SplitView):
        side.give("IL", forger(side, "TR", 3, first=10).push(3))
    assert not evidence_said(side, "IL"), "it may sign nothing yet"
    start()
    node = start()
    assert [e.slug for e in node.to_tell.values()] == ["split-view"]
    node.start_alone(at=side.at)
    node.tick(at=side.later(1_000), random=side.random)
    side.keep("IL")
    assert not node.to_tell and len(evidence_said(side, "IL")) == 1
    again = start()
    assert not again.to_tell
    again.start_alone(at=side.at)
    again.tick(at=side.later(1_000), random=side.random)
    for name in ("SY", "AZ", "UN"):
        side.push("IL", name)
        assert [e.slug for _, e in evidence_said(side, name)] == ["split-view"]
        assert alarms_of(side, name) == ["split-view"]


def test_evidence_is_told_once_where_the_node_died_before_it_forgot() -> None:
    """What the own log says already is not told again, whatever the store still keeps to be told."""
    side = Side(FIVE)
    side.give("IL", forger(side, "TR", 3).push())
    with pytest.raises(SplitView):
        side.give("IL", forger(side, "TR", 3, first=10).push(3))
    ((_, evidence),) = evidence_said(side, "IL")
    side.stores["IL"].commit([PutKept(TO_TELL, "stale", bodies.encode(evidence)), PutKept(TO_TELL, "bad", b"{")])
    node = side.restart("IL")
    assert not node.to_tell
    node.tick(at=side.later(1_000), random=side.random)
    side.keep("IL")
    assert len(evidence_said(side, "IL")) == 1
    assert side.stores["IL"].kept(TO_TELL) == {}
