"""Successor logs: a log whose key was lost or stolen ends, and the next takes its place (`main`, `main.2` … `main.9`).

A log's key is part of what the log is. The successor begins with its own root-signed event, which names size and root
of the log that ends; everybody takes it up by that entry, and takes nothing more of the ended log past that size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clearline.channel.alarms import BrokenHistory, NotYourLog
from clearline.channel.held import HeldLog
from clearline.channel.keys import key_watch
from clearline.channel.keys.key_watch import KeyAlarm, KeyNotKnownYet
from clearline.channel.ports import Keyring, Randomness
from clearline.channel.push import CarriedBody, Push
from clearline.channel.roster import Roster
from clearline.channel.statement import make_statement
from clearline.errors import Conflicting, Malformed, NotAllowed, Refused, Said
from clearline.picture.entry import Place
from clearline.records import body as bodies
from clearline.records.header import base_log, is_log
from clearline.records.key_event import Event, KeyEvent
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node, Submitted


class EndedLog(KeyAlarm):
    """A member's ended log was continued past the size at which its root ended it."""

    slug, title, status = "ended-log", "A log goes on past its end", 409


def end_of(node: Node, member: MemberId, log: str) -> tuple[str, int] | None:
    """Return the successor of a log and the size at which the log ended, or `None` while it goes on."""
    held = node.picture.keys.members.get(member)
    over = held.successors.get(log) if held is not None else None
    return None if over is None else (over[1].log, dict(over[1].last_good)[log])


def check_not_ended(node: Node, held: HeldLog, size: int, checkpoint: bytes) -> None:
    """Refuse a push of an ended log that goes past its end and past what is held.

    Raises:
        EndedLog: With checkpoint and event as the evidence.
    """
    over = end_of(node, held.member, held.log)
    if over is not None and size > max(over[1], held.size):
        event = node.picture.keys.members[held.member].successors[held.log][1]
        text = f"{held.name} ended at {over[1]} entries by the word of its member's root; somebody goes on writing it"
        raise EndedLog(text, notes=(checkpoint, event.note.encode()))


def lane_log(node: Node, peer: MemberId, lane: str) -> HeldLog:
    """Return the own log that a lane to a peer carries now: an ended one until the peer holds it up to its end."""
    line = node.peers[peer]
    while True:
        held = node.logs[f"{node.me}/{line.on.get(lane, lane)}"]
        over = end_of(node, node.me, held.log)
        if over is None or line.acked.get(lane, -1) < over[1]:
            return held
        line.on[lane], line.acked[lane] = over[0], 0


def taken_up(
    node: Node, push: Push, member: MemberId, log: str, carried: Sequence[CarriedBody]
) -> tuple[Roster, HeldLog]:
    """Return roster and log for the first push of a successor, checked against the log that it follows.

    Raises:
        Malformed: The first entry is no event that begins this log.
        NotYourLog: It would be this node's own.
        KeyNotKnownYet: The log that ends is not held up to its end yet; the push is sent again.
        BrokenHistory: The event names another root of the log that ends than is held.
    """
    where = f"first entry of {member}/{log}"
    if node.roster.member(member) is None or not is_log(log) or push.first != 0:
        raise Malformed(where="checkpoint, origin", found=f"{member}/{log}", expected="a log of this channel")
    if member == node.me:
        raise NotYourLog(f"{member}/{log} would be this node's own log; nobody else begins it")
    event = _event_in(carried, where)
    known = node.roster.knowing(event, member) if event is not None else node.roster
    if event is None or known is node.roster or event.event is not Event.SUCCEED or event.log != log:
        raise Malformed(where=where, found=Said("no such event"), expected="the root's word that this log begins")
    old, size = event.last_good[0]
    before = node.logs.get(f"{member}/{old}")
    if before is None or before.size < size:
        raise KeyNotKnownYet(f"{member}/{log} follows {old} at {size} entries, which are not held yet", retry_after_s=2)
    if before.root_at(size) != event.root:
        shown = before.signed.raw() if before.signed is not None else b""
        text = f"{member}/{log} names another root of {old} at {size} entries than is held: one of both was rewritten"
        raise BrokenHistory(text, notes=(shown, event.note.encode()))
    return known, HeldLog(member, log, known.origin(member, log))


def succeed(node: Node, event: KeyEvent, keys: Keyring, *, at: Instant, random: Randomness) -> Submitted:
    """End an own log and begin its successor, with the keyring that holds the successor's key.

    Raises:
        NotAllowed: The event could have no effect, with the reason.
        Conflicting: It names another size or root of the log than this node holds.
    """
    why = node.picture.keys.unfounded(node.me, node.roster.members, event)
    if why or event.event is not Event.SUCCEED:
        raise NotAllowed(f"this would be {why or 'no end of a log'}")
    old, size = event.last_good[0]
    held = node.own(event.role)
    if held.log != old or size > held.size or held.root_at(size) != event.root:
        raise Conflicting(
            f"the event ends {old} at {size} entries with another root than this node holds ({held.name}, "
            f"{held.size} entries); sign it anew over what clearline keys ends prints"
        )
    node.seal()
    header, opened = node.draw_up(((event, node.roster.members),), at=at, random=random)
    node.keys = keys
    key_watch.learn(node, event, Place(node.me, event.log, 0))
    return node.append(make_statement(header, (node.keys.main,), node.roster), opened, log=base_log(event.log), at=at)


def _event_in(carried: Sequence[CarriedBody], where: str) -> KeyEvent | None:
    for body in carried:
        if (body.entry, body.slot) == (0, 0):
            try:
                record = bodies.decode(body.body, where=where)
            except Refused:
                return None
            return record if isinstance(record, KeyEvent) else None
    return None
