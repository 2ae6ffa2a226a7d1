"""What goes to another member next: entries of an own log, the bodies that it may read, and a checkpoint over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel import stored
from clearline.channel.push import ENTRIES_MAX, PUSH_BYTES_MAX, Answer, CarriedBody, Push
from clearline.channel.roster import key_name
from clearline.records.header import base_log
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node
    from clearline.channel.ports import StoredBody


def push_from(node: Node, peer: MemberId, log: str, first: int, *, bytes_max: int | None = None) -> Push:
    """Return a push of the own log of exactly that name from index `first`, from what the store has committed.

    It holds at least one entry where there is one, and then as many as have `bytes_max` bytes with their bodies
    (`PUSH_BYTES_MAX` where nothing is said).
    """
    most = PUSH_BYTES_MAX if bytes_max is None else bytes_max
    held = node.logs[f"{node.me}/{log}"]
    signed = held.signed or node.empty_checkpoint(held)
    size = signed.checkpoint.size
    first = min(first, size)
    count = min(ENTRIES_MAX, size - first)
    entries: list[bytes] = []
    carried: list[CarriedBody] = []
    total = 0
    by_index: dict[int, list[StoredBody]] = {}
    for body in node.store.bodies(held.name, first, count) if count else ():
        by_index.setdefault(body.index, []).append(body)
    for item in node.store.entries(held.name, first, count) if count else ():
        header = stored.open_header(item.note)
        weight = len(item.note) + sum(len(b.body) for b in by_index.get(item.index, ()))
        if entries and total + weight > most:
            break
        total += weight
        readable = header.slots_for(peer)
        carried += [
            CarriedBody(len(entries), b.slot, b.salt, b.body)
            for b in by_index.get(item.index, ())
            if b.slot in readable
        ]
        entries.append(item.note)
    if first + len(entries) < size:
        signed = node.checkpoint_at(held, first + len(entries))
    return Push(signed.raw(), first, tuple(entries), tuple(carried))


def delivered_to(node: Node, peer: MemberId, log: str) -> int:
    """Return the size of an own log from which a member needs more, as far as is known: 0 where nothing is."""
    held, line, lane = node.logs[f"{node.me}/{log}"], node.peers[peer], base_log(log)
    known = line.acked.get(lane) if line.on.get(lane, lane) == log else None
    cosigned = held.cosigned(key_name(node.roster.channel, peer, "delivery"))
    return min(held.size, cosigned if known is None else known)


def answer_now(node: Node, log: str, *, at: Instant) -> Answer | None:
    """Return what this node can say of a log of another member (`<member>/<log>`), freshly cosigned, or `None`.

    It is what the member would be answered if it pushed now: for bearers that bring no answer of their own.
    """
    held = node.logs[log]
    if held.signed is None:
        return None
    lines = node.state_held(held, held.signed.checkpoint, at=at)
    return Answer(held.size, held.signed.raw(), lines, held.delivered, (), tuple(sorted(held.lacking))[:64])
