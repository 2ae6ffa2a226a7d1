"""What attacks have in common: members that cheat, and what honest members then hold as evidence."""

from __future__ import annotations

from clearline.channel import stored
from clearline.channel.push import CarriedBody, Push
from clearline.channel.witnessing.witness import judge
from clearline.picture.entry import Entry
from clearline.records.evidence import Evidence
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.testing.pair import Forger, Side


def hello(number: int = 0) -> Message:
    """Return a message."""
    return Message(Precedence.ROUTINE, "en", f"hello {number}")


def forger(side: Side, name: str, count: int = 3, *, first: int = 0, audience: tuple[str, ...] = ()) -> Forger:
    """Return a cheating member's log of `count` messages."""
    made = Forger(side, name)
    for number in range(first, first + count):
        made.say(hello(number), audience=audience or side.roster.members)
    return made


def alarms_of(side: Side, name: str) -> list[str]:
    """Return the slugs of the evidence that a member's store keeps, oldest first; its memory must hold the same."""
    stored = side.stores[name].evidence()
    if stored != side.nodes[name].alarms:
        raise AssertionError(f"{name} keeps {stored}, and knows {side.nodes[name].alarms}")
    return [evidence.slug for evidence in stored]


def evidence_said(side: Side, name: str) -> list[tuple[Entry, Evidence]]:
    """Return the evidence that a member holds as entries, whoever said it, each proven anew from its bytes alone."""
    said = [pair for _, pair in sorted(side.nodes[name].picture.witnessing.evidence.items())]
    for _, evidence in said:
        judge(side.roster, evidence)
    return said


def mirror_push(side: Side, source: str, target: str, log: str, *, first: int = -1) -> Push:
    """Return the push of any log that `source` holds, its own or mirrored, with what `target` may read of it."""
    node, held = side.nodes[source], side.nodes[source].logs[log]
    if held.signed is None:
        raise AssertionError(f"{source} holds nothing of {log}")
    first = side.nodes[target].logs[log].size if first < 0 else first
    notes: list[bytes] = []
    carried: list[CarriedBody] = []
    for item in node.store.entries(log, first):
        readable = stored.open_header(item.note).slots_for(MemberId(target))
        carried += [
            CarriedBody(len(notes), body.slot, body.salt, body.body)
            for body in node.store.bodies(log, item.index, 1)
            if body.slot in readable
        ]
        notes.append(item.note)
    return Push(held.signed.raw(), first, tuple(notes), tuple(carried))


def show_checkpoints(side: Side, source: str, target: str) -> None:
    """Let `target` ask `source` for the newest checkpoints of all logs, as a node does after its start."""
    shown = {
        name: held.signed.raw()
        for name, held in side.nodes[source].logs.items()
        if held.signed is not None and held.size
    }
    side.nodes[target].take_checkpoints(MemberId(source), shown, at=side.at, random=side.random)
    side.keep(target)


def ask_whoever_is_to_be_asked(side: Side) -> None:
    """Let every node ask the peers that it wants to ask."""
    for name, node in side.nodes.items():
        for peer in sorted(node.to_ask):
            show_checkpoints(side, peer, name)
