"""Alerts and their answers of a node that may not sign its log just now: said ahead of it, and placed once it may.

A node that has lost state, or has just started and has not asked its peers, signs no checkpoint. Whoever is under
fire must not wait for that, nor for the word that the guns are silent: an officer's signature proves both without
any log, and takes no place from another.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.ports import DropKept, PutKept
from clearline.channel.push import Ahead, CarriedBody
from clearline.channel.statement import Statement, make_statement, open_statement
from clearline.errors import NotAllowed, Refused
from clearline.picture.entry import Entry, Place
from clearline.picture.fold import Touched
from clearline.records import body as bodies
from clearline.records.acknowledgement import Seen
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

KEPT = "unplaced"
NO_PLACE = -1

SAID = (Alert, AlertAnswer, Seen)
"""What is said so: alerts, and that one was seen or what is answered to it."""

UNPLACED_MAX = 64
"""Alerts and answers that may wait for their place: nobody sounds as many before the node has asked its peers."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An own alert or answer with its body, signed by an officer and not yet in the log."""

    statement: Statement
    salt: bytes
    raw: bytes
    entry: Entry


def say(desk: Desk, record: Alert | AlertAnswer | Seen, audience: Iterable[str]) -> Submitted:
    """Say an alert or an answer without a place in the log; its entry has the index -1 until it gets one.

    Raises:
        NotAllowed: This node holds no key of the officer, or too many wait already.
    """
    from clearline.channel.node import Submitted

    node, signer = desk.node, desk.node.keys.officers.get(desk.officer)
    if signer is None:
        raise NotAllowed(f"this node holds no key of officer {desk.officer}")
    if len(node.unplaced) >= UNPLACED_MAX:
        raise NotAllowed(
            f"{UNPLACED_MAX} alerts and answers wait for their place already, and all of them are being said"
        )
    header, opened = node.draw_up(((record, desk.readers(audience)),), at=desk.at, random=desk.random)
    statement = make_statement(header, (signer,), node.roster)
    one = _unplaced(node, statement, *opened[0], record)
    value = {
        "note": statement.note.decode(),
        "salt": base64.b64encode(one.salt).decode(),
        "body": one.raw.decode(),
        "at": desk.at,
    }
    node.queued.append(PutKept(KEPT, statement.id, json.dumps(value, ensure_ascii=False).encode()))
    _know(node, one, desk.at)
    node.event("entry", {"log": f"{node.me}/safety", "index": NO_PLACE, "id": one.entry.id, "kind": record.KIND})
    return Submitted(one.entry, Touched(entries=(one.entry.id,)))


def place(node: Node, *, at: Instant) -> None:
    """Give everything that waits its place in the log, now that the node may sign."""
    for of, one in list(node.unplaced.items()):
        del node.unplaced[of]
        node.queued.append(DropKept(KEPT, of))
        try:
            node.append(one.statement, ((one.salt, one.raw),), log="safety", at=at)
        except Refused as fault:
            node.event("alarm", {"type": fault.slug, "title": fault.title, "detail": fault.message, "at": at})


def load(node: Node, *, at: Instant) -> None:
    """Read back what waits for its place."""
    for key, kept in node.store.kept(KEPT).items():
        try:
            value = json.loads(kept)
            note, raw = value["note"].encode(), value["body"].encode()
            statement = open_statement(note, node.roster, author=node.me, where="unplaced")
            record = bodies.decode(raw, where="unplaced")
            salt = base64.b64decode(value["salt"])
        except (Refused, KeyError, TypeError, ValueError, AttributeError):
            node.queued.append(DropKept(KEPT, key))
            continue
        if isinstance(record, SAID) and statement.id not in node.picture.places:
            _know(node, _unplaced(node, statement, salt, raw, record), at)


def to_say(node: Node, peer: MemberId) -> Iterator[tuple[str, Ahead, Alert | AlertAnswer | Seen]]:
    """Yield what is to be said to a peer ahead of a log in which it has no place yet."""
    for of, one in node.unplaced.items():
        record = one.entry.record
        if isinstance(record, SAID) and peer in one.entry.header.audience:
            yield of, Ahead(one.statement.note, (CarriedBody(0, 0, one.salt, one.raw),)), record


def _unplaced(
    node: Node, statement: Statement, salt: bytes, raw: bytes, record: Alert | AlertAnswer | Seen
) -> Unplaced:
    spot = Place(node.me, "safety", NO_PLACE)
    return Unplaced(statement, salt, raw, Entry(spot, statement.id, statement.header, statement.signers, record))


def _know(node: Node, one: Unplaced, at: Instant) -> None:
    from clearline.channel.line.ahead import Heard

    node.unplaced[one.entry.id] = one
    node.ahead[one.entry.id] = Heard(one.entry, at)
    record = one.entry.record
    node.deadlines.derive(node.case, record.of if isinstance(record, Seen | AlertAnswer) else one.entry.id)
