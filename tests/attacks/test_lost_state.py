"""Nodes that lost state: a restored backup, a witness that forgot, a start without peers; refill and two persons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.alarms import LostState, PeersNotAsked, ReadOnly, RestoredBackup
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.channel.push import Push
from clearline.channel.witnessing import lost
from clearline.errors import Malformed, NotAllowed, Refused
from clearline.records.evidence import StateRestored
from clearline.records.words import MemberId
from clearline.store.memory import MemoryStore
from clearline.testing.attack import alarms_of, forger, hello, mirror_push, show_checkpoints
from clearline.testing.kept import copied
from clearline.testing.pair import FIVE, Forger, Side


def busy(side: Side) -> MemoryStore:
    """Let IL, TR and AZ talk; return TR's backup from before the second half of it."""
    for name in ("IL", "TR"):
        side.desk(name).message(hello(), to=["IL", "TR"])
    side.talk()
    backup = copied(side.stores["TR"])
    for number in (1, 2):
        for name in ("IL", "TR"):
            side.desk(name).message(hello(number), to=["IL", "TR"])
    side.talk()
    return backup


def restored_sizes(node: Node) -> StateRestored:
    return StateRestored(tuple((name, held.size) for name, held in sorted(node.logs.items()) if held.size), "new disk")


def say_restored(side: Side, name: str, officers: str = "12", record: StateRestored | None = None) -> None:
    node = side.nodes[name]
    signers = [node.keys.officers[o] for o in officers]
    node.submit(
        record or restored_sizes(node),
        audience=side.roster.members,
        signers=signers,
        at=side.at,
        random=side.random,
    )


def restart(side: Side, name: str, *, ask_first: bool = False) -> Node:
    node = Node.load(
        MemberId(name),
        side.roster,
        side.founded.keyrings[MemberId(name)],
        side.stores[name],
        at=side.at,
        ask_first=ask_first,
    )
    side.nodes[name] = node
    return node


def cosigned_push(made: Forger, lines: tuple[str, ...], size: int) -> Push:
    """Return a push whose checkpoint carries cosignatures, as an author sends it."""
    push = made.push(0, size)
    return replace(push, checkpoint=push.checkpoint + "".join(lines).encode())


def refill(side: Side, name: str, source: str) -> None:
    node = side.nodes[name]
    for log, _, _ in lost.still_lacking(node):
        side.give(name, mirror_push(side, source, name, log))


def test_node_restored_from_an_old_backup() -> None:
    """It stops before it signs anything, refills its own log from a peer, and signs again when two persons say so."""
    side = Side(FIVE)
    value_before = None
    side.stores["TR"] = busy(side)
    whole = side.nodes["TR"].own("main").size
    value_before = side.nodes["TR"].picture.value()["messages"]
    node = restart(side, "TR", ask_first=True)
    with pytest.raises(PeersNotAsked):
        side.desk("TR").message(hello(9), to=["IL"])
    show_checkpoints(side, "IL", "TR")
    assert {*alarms_of(side, "TR")} == {RestoredBackup.slug, LostState.slug}
    with pytest.raises(ReadOnly, match="restored from an old backup"):
        side.desk("TR").message(hello(9), to=["IL"])
    with pytest.raises(ReadOnly, match="not refilled yet"):
        say_restored(side, "TR")
    refill(side, "TR", "IL")
    assert not lost.still_lacking(node) and node.own("main").size == whole
    assert node.picture.value()["messages"] == value_before, "its own words are there again, with their bodies"
    assert node.read_only, "it waits for two persons"
    assert not side.give("TR", mirror_push(side, "IL", "TR", "IL/main", first=0)).cosignatures
    for one_person in ("1", "2"):
        with pytest.raises(Refused):
            say_restored(side, "TR", one_person)
    with pytest.raises(Malformed, match="what this node holds"):
        say_restored(side, "TR", record=StateRestored((("TR/main", 99),), ""))
    node = restart(side, "TR", ask_first=True)
    assert node.read_only, "a restart changes nothing of that"
    say_restored(side, "TR")
    assert not node.read_only
    for name in ("AZ", "SY", "UN"):
        show_checkpoints(side, name, "TR")
    show_checkpoints(side, "IL", "TR")
    side.desk("TR").message(hello(10), to=["IL"])
    side.talk()
    assert not restart(side, "TR").read_only
    assert side.nodes["IL"].logs["TR/main"].size == whole + 2
    for name in ("IL", "SY", "AZ", "UN"):
        assert not alarms_of(side, name), "its history never forked, so nobody else is alarmed"
        assert [e.header.author for e, _ in side.nodes[name].picture.witnessing.restored[MemberId("TR")].values()] == [
            "TR"
        ]


def test_witness_restarted_with_lost_state() -> None:
    """A witness that is shown its own cosignature past what it remembers signs nothing more, and says why."""
    side = Side(FIVE)
    made = forger(side, "IL", 4)
    cosigned = side.give("TR", made.push(0, 2))
    side.stores["TR"] = MemoryStore()
    node = restart(side, "TR")
    answer = side.give("TR", cosigned_push(made, cosigned.cosignatures, 2))
    assert answer.size == 2 and not answer.cosignatures
    assert alarms_of(side, "TR") == [LostState.slug]
    assert "own mirror cosignature of IL/main at size 2" in node.read_only
    assert "own mirror cosignature" in restart(side, "TR").read_only
    say_restored(side, "TR")
    assert side.give("TR", made.push(2)).cosignatures
    assert not restart(side, "TR").read_only


def test_a_witness_that_forgot_learns_it_from_any_peer() -> None:
    """The liar need not help: another member shows the witness what it had cosigned, before it signs anything."""
    side = Side(FIVE)
    made = forger(side, "AZ", 3)
    lines = side.give("TR", made.push()).cosignatures
    side.give("IL", cosigned_push(made, lines, 3))
    side.stores["TR"] = MemoryStore()
    restart(side, "TR", ask_first=True)
    other = forger(side, "AZ", 3, first=50)
    assert not side.give("TR", other.push()).cosignatures, "it has asked nobody yet"
    show_checkpoints(side, "IL", "TR")
    assert alarms_of(side, "TR") == ["lost-state", "split-view"], "and the fork that the host tried on it"
    for name in ("AZ", "SY", "UN"):
        side.nodes["TR"].ask_failed(MemberId(name))
    assert not side.give("TR", other.push()).cosignatures


def test_a_start_waits_for_peers_or_for_an_officer() -> None:
    """A node that has said something signs after one peer has answered, or when an officer says to start alone."""
    side = Side(FIVE)
    busy(side)
    peers = sorted(side.nodes["TR"].peers)
    node = restart(side, "TR", ask_first=True)
    assert not node.may_sign
    for name in peers:
        node.ask_failed(name)
    assert not node.may_sign, "nobody could be asked: that is no answer"
    with pytest.raises(PeersNotAsked):
        side.desk("TR").message(hello(9), to=["IL"])
    node.start_alone(at=side.at)
    side.desk("TR").message(hello(9), to=["IL"])
    side.keep("TR")
    node = restart(side, "TR", ask_first=True)
    for name in peers[1:]:
        node.ask_failed(name)
    show_checkpoints(side, peers[0], "TR")
    assert node.may_sign


def test_a_new_node_waits_for_one_attempt_at_each_peer() -> None:
    """With nothing said yet, and nobody there, a node may begin; with a peer that holds its log it may not."""
    side = Side(FIVE)
    busy(side)
    side.stores["TR"] = MemoryStore()
    node = restart(side, "TR", ask_first=True)
    for name in sorted(node.peers)[1:]:
        node.ask_failed(name)
    before = node.may_sign
    node.ask_failed(sorted(node.peers)[0])
    assert (before, node.may_sign) == (False, True), "a new channel: nobody is up yet"
    side.desk("TR").message(hello(1), to=["IL"])
    side.keep("TR")
    side.desk("TR").message(hello(2), to=["IL"])
    assert node.may_sign, "its first word does not shut its mouth"
    side.stores["TR"] = MemoryStore()
    node = restart(side, "TR", ask_first=True)
    show_checkpoints(side, "IL", "TR")
    for name in sorted(node.peers):
        node.ask_failed(name)
    assert not node.may_sign and RestoredBackup.slug in alarms_of(side, "TR"), "its disk was lost whole"


def test_nobody_stops_a_node_by_his_word() -> None:
    """Only what the node itself has signed makes it read-only: checkpoints and lines that others made up do nothing."""
    side = Side(FIVE)
    busy(side)
    node = side.nodes["TR"]
    fake = forger(side, "IL", 9)
    with pytest.raises(Refused):
        node.take_checkpoints(MemberId("IL"), {"TR/main": fake.checkpoint()}, at=side.at, random=side.random)
    assert node.may_sign and not alarms_of(side, "TR")
    with pytest.raises(NotAllowed, match="lost nothing"):
        say_restored(side, "TR")


def test_a_fork_of_ones_own_cannot_be_refilled() -> None:
    """A backup that was started alone and spoke has forked: its peers prove it, and no refill hides it."""
    side = Side(FIVE)
    side.stores["TR"] = busy(side)
    node = restart(side, "TR", ask_first=True)
    node.start_alone(at=side.at)
    Desk(node, "1", side.at, side.random).message(hello(66), to=["IL"])
    side.keep("TR")
    show_checkpoints(side, "IL", "TR")
    assert RestoredBackup.slug in alarms_of(side, "TR") and node.read_only
    with pytest.raises(Exception, match=r"do not give the root|not the entry"):
        side.give("TR", mirror_push(side, "IL", "TR", "TR/main"))
    with pytest.raises(ReadOnly, match="not refilled"):
        say_restored(side, "TR")
