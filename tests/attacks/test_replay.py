"""Whole entries said again: in the same log, another log, another member's, another channel, and from drill to real."""

from __future__ import annotations

import pytest

from clearline.channel.alarms import SaidBefore
from clearline.channel.statement import WrongAuthor, WrongChannel
from clearline.errors import Refused
from clearline.records.header import entry_id
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.testing.attack import alarms_of, forger, hello
from clearline.testing.members import founded_channel
from clearline.testing.pair import FIVE, Forger, Side

STOP = Message(Precedence.FLASH, "en", "Stop fire at the western fence")


def nothing_kept(side: Side, name: str, log: str) -> None:
    """The refused push left no trace in memory or store, and nobody is accused on the word of a bearer."""
    node = side.nodes[name]
    assert node.logs[log].size == 0
    assert len(list(side.stores[name].entries(log))) == node.logs[log].size
    assert not alarms_of(side, name)


def test_an_entry_said_again_in_its_own_log() -> None:
    """A statement has one place in its log: the second one is refused by name, whoever appends it."""
    side = Side(FIVE)
    made = forger(side, "TR", 2)
    side.give("IL", made.push())
    made.notes.append(made.notes[0])
    made.bodies.append(made.bodies[0])
    with pytest.raises(SaidBefore):
        side.give("IL", made.push(2))
    assert side.nodes["IL"].logs["TR/main"].size == 2
    twice = forger(side, "SY", 1)
    twice.notes *= 2
    twice.bodies *= 2
    with pytest.raises(SaidBefore):
        side.give("IL", twice.push())
    nothing_kept(side, "IL", "SY/main")


def test_an_entry_put_into_another_members_log() -> None:
    """The host takes IL's words into its own log: a statement stands in its author's log or nowhere."""
    side = Side(FIVE)
    said = forger(side, "IL", 1)
    host = Forger(side, "AZ", notes=list(said.notes), bodies=list(said.bodies))
    with pytest.raises(WrongAuthor):
        side.give("TR", host.push())
    nothing_kept(side, "TR", "AZ/main")


def test_an_entry_put_into_the_other_log_of_its_author() -> None:
    """Said again in `safety`, an entry is the same entry: its first place counts, and a message rings once."""
    side = Side(FIVE)
    said = Forger(side, "TR")
    said.say(STOP, audience=side.roster.members)
    side.give("IL", said.push())
    again = Forger(side, "TR", "safety", notes=list(said.notes), bodies=list(said.bodies))
    side.give("IL", again.push())
    picture = side.nodes["IL"].picture
    assert picture.places[entry_id(said.notes[0])].log == "main"
    filed = Forger(side, "SY")
    filed.say(hello(), audience=side.roster.members)
    side.give("IL", filed.push())
    value = picture.value()
    assert side.restart("IL").picture.value() == value


def carried_over(source: Side, target: Side, name: str) -> Forger:
    """Return a log of `target` that holds what the member said in `source`, under the keys of `target`."""
    said = forger(source, name, 1)
    return Forger(target, name, notes=list(said.notes), bodies=list(said.bodies))


def test_an_entry_of_another_channel() -> None:
    """The channel's id stands in every header and key name: what was said elsewhere is refused by name."""
    here, there = Side(FIVE, seed="here"), Side(FIVE, seed="there")
    with pytest.raises(WrongChannel):
        here.give("IL", carried_over(there, here, "TR").push())
    nothing_kept(here, "IL", "TR/main")


def test_an_entry_carried_from_the_drill_to_the_real_channel() -> None:
    """A drill with the very same members and keys is another channel: nothing of it can be placed in the real one."""
    real, drill = Side(FIVE), Side(FIVE)
    drill.founded = founded_channel(FIVE, seed="side", drill=True)
    for name in drill.nodes:
        drill.restart(name)
    assert real.roster.genesis.members == drill.roster.genesis.members and real.roster.channel != drill.roster.channel
    made = carried_over(drill, real, "TR")
    with pytest.raises(WrongChannel):
        real.give("IL", made.push())
    nothing_kept(real, "IL", "TR/main")
    with pytest.raises(Refused):
        real.give("IL", forger(drill, "TR", 1).push())
    nothing_kept(real, "IL", "TR/main")


def test_a_checkpoint_or_cosignature_of_a_drill_counts_for_nothing() -> None:
    """Signatures of the drill are strangers to the real channel, though the keys are the same."""
    real, drill = Side(FIVE), Side(FIVE)
    drill.founded = founded_channel(FIVE, seed="side", drill=True)
    for name in drill.nodes:
        drill.restart(name)
    with pytest.raises(Refused):
        real.nodes["IL"].take_checkpoints(
            MemberId("TR"), {"TR/main": forger(drill, "TR", 2).checkpoint()}, at=real.at, random=real.random
        )
    assert not alarms_of(real, "IL") and not real.nodes["IL"].claims
