"""Urgent entries ahead of their log: said by every bearer at once, heard once, and rung until somebody has seen them.

An entry that is heard ahead proves who said it and what. Its place in the record is not proven until its log
brings it; until then it is kept apart, marked, and survives a restart.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel import stored
from clearline.channel.alarms import NotYourLog
from clearline.channel.due.dues import Spoken, addressed
from clearline.channel.line import unplaced
from clearline.channel.line.sealed import opened_ahead
from clearline.channel.ports import DropKept, PutKept, Randomness, StoredBody
from clearline.channel.push import Ahead, CarriedBody
from clearline.channel.statement import LEAF_BYTES_MAX, Statement, open_statement
from clearline.errors import Malformed, NotAllowed, Refused, Said
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.acknowledgement import Seen
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.body import Record
from clearline.records.header import opens
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

AGAIN_MS = 10_000
"""How long after it was said ahead an entry is said ahead again, and after it rang it rings again."""

RINGS_OFTEN_MS = 3_600_000
RINGS_SELDOM_MS = 300_000
"""An alert that nobody has seen for an hour rings every five minutes from then on: a bell that never pauses is cut."""

IMMEDIATE_AGAIN_MS = 60_000
"""How often what may wait five minutes rings."""

HEARD_MAX = 64
"""Entries of one author that are kept ahead of its log: a member that floods can push out its own alone."""

SHOUTED_MAX = 32
"""Entries said ahead to one peer at one time, the newest: what queues behind them comes by the log."""

KEPT = "ahead"
NO_PLACE = -1
"""The index of an entry whose place in its log is not proven."""


class NotUrgent(Refused):
    """Only what is urgent may travel ahead of its log."""

    slug, title, status = "not-urgent", "Not an urgent entry", 422


@dataclass(frozen=True, slots=True)
class Heard:
    """An entry heard ahead of its log, at `at` by the own clock. Its place has no index."""

    entry: Entry
    at: Instant


@dataclass(frozen=True, slots=True)
class Ringing:
    """A message or alert that rings here: addressed to this member, and seen by none of its positions.

    `ahead_of_log` says that its place in the record is not proven yet.
    """

    spoken: Spoken
    ahead_of_log: bool


def urgent(record: Record | None) -> bool:
    """Report whether a record may travel ahead of its log."""
    if isinstance(record, Message):
        return record.precedence is Precedence.FLASH
    return isinstance(record, Alert | AlertAnswer | Seen)


def rings(record: Record | None) -> bool:
    """Report whether a record rings where it is addressed to, or tells whoever rang of an answer."""
    return urgent(record) or (isinstance(record, Message) and record.precedence is Precedence.IMMEDIATE)


def take_ahead(node: Node, ahead: Ahead, carrier: MemberId | None = None, *, at: Instant, random: Randomness) -> bool:
    """Take an urgent entry in ahead of its log and ring; report whether it is heard for the first time.

    Whoever carried it: it proves itself. It is kept over a restart until its log brings it.

    Raises:
        Malformed: The note or body breaks the format, or the body is not the one that was signed for.
        WrongChannel, UnknownSigner, BadSignature: As `open_statement`.
        NotAllowed: It is this node's own, or not addressed to this member.
        NotUrgent: It is nothing that may travel ahead of its log.
    """
    _ = carrier, random
    statement, record, body = _opened(node, ahead)
    author = statement.header.author
    if statement.id in node.ahead or statement.id in node.picture.places or _stands(node, statement):
        return False
    place = Place(author, "safety", NO_PLACE)
    entry = Entry(place, statement.id, statement.header, statement.signers, record)
    _make_room(node, author)
    node.ahead[entry.id] = Heard(entry, at)
    node.queued.append(PutKept(KEPT, entry.id, _kept(ahead.note, body, at)))
    _follow(node, entry, record)
    tell(node, entry, at=at, ahead_of_log=True)
    return True


def load(node: Node, *, at: Instant) -> None:
    """Read back what was heard ahead; what cannot be read any more, or has come by its log, is dropped."""
    for key, raw in node.store.kept(KEPT).items():
        try:
            value = json.loads(raw)
            body = CarriedBody(0, value["slot"], base64.b64decode(value["salt"]), value["body"].encode())
            statement, record, _ = _opened(node, Ahead(value["note"].encode(), (body,)))
        except (Refused, KeyError, TypeError, ValueError):
            node.queued.append(DropKept(KEPT, key))
            continue
        if statement.id in node.picture.places:
            node.queued.append(DropKept(KEPT, key))
            continue
        place = Place(statement.header.author, "safety", NO_PLACE)
        entry = Entry(place, statement.id, statement.header, statement.signers, record)
        node.ahead[entry.id] = Heard(entry, Instant(min(value["at"], at)))


def proven(node: Node, entry: Entry, *, at: Instant) -> None:
    """Note that an entry has come by its log: what was heard ahead of it needs to be kept no longer."""
    if node.ahead.pop(entry.id, None) is None:
        return
    node.queued.append(DropKept(KEPT, entry.id))
    log = f"{entry.place.member}/{entry.place.log}"
    node.event("proven", {"id": entry.id, "log": log, "index": entry.place.index, "at": at})


def ringing(node: Node) -> tuple[Ringing, ...]:
    """Return what rings at this node, the newest first. There is no way to mute it but to see it."""
    found: dict[str, Ringing] = {}
    for due in node.deadlines.ringing.values():
        spoken = node.case.spoken(due.of)
        if spoken is not None:
            found[due.of] = Ringing(spoken, due.of in node.ahead)
    return tuple(sorted(found.values(), key=lambda r: (-r.spoken.entry.header.claimed, r.spoken.entry.id)))


def ring_again(node: Node, *, at: Instant) -> None:
    """Ring again for what nobody has seen: it repeats until then, and after every restart."""
    rings = ringing(node)
    for one in rings:
        entry = one.spoken.entry
        last = node.last_rang.get(entry.id, Instant(0))
        new = at - entry.header.claimed < RINGS_OFTEN_MS
        pause = RINGS_SELDOM_MS if not new else AGAIN_MS if urgent(entry.record) else IMMEDIATE_AGAIN_MS
        if not 0 <= at - last < pause:
            tell(node, entry, at=at, ahead_of_log=one.ahead_of_log, again=True)
    for gone in node.last_rang.keys() - {one.spoken.entry.id for one in rings}:
        del node.last_rang[gone]


def tell(node: Node, entry: Entry, *, at: Instant, ahead_of_log: bool, again: bool = False) -> None:
    """Queue the event by which faces ring for an alert or FLASH message addressed to this member, or for an answer."""
    record = entry.record
    if isinstance(record, AlertAnswer | Seen):
        kind = "alert_answer" if isinstance(record, AlertAnswer) else "seen"
        said = {"answer": record.answer.value} if isinstance(record, AlertAnswer) else {}
        data = {"id": entry.id, "of": record.of, "by": entry.header.author, **said, "at": at}
        node.event(kind, {**data, "positions": list(entry.positions), "ahead_of_log": ahead_of_log})
        return
    if not isinstance(record, Message | Alert) or not any(
        one.member == node.me for one in addressed(Spoken(entry, record))
    ):
        return
    node.last_rang[entry.id] = at
    node.event(
        "alert",
        {
            "id": entry.id,
            "from": entry.header.author,
            "sort": record.sort.value if isinstance(record, Alert) else record.precedence.value,
            "claimed": format_instant(entry.header.claimed),
            "ahead_of_log": ahead_of_log,
            "again": again,
            "at": at,
        },
    )


def to_shout(node: Node, peer: MemberId, *, at: Instant) -> tuple[Ahead, ...]:
    """Return what is to be said to a peer now by every bearer, ahead of the log; asking notes that it was said.

    It is the urgent part of what the peer has not stated to hold of the own safety log, and has not said to have
    seen. It is given again every `AGAIN_MS` until then.
    """
    candidates = [*unplaced.to_say(node, peer), *_unheard(node, peer)]
    ids = {entry_id for entry_id, _, _ in candidates}
    for done in [key for key in node.shouted if key[0] == peer and key[1] not in ids]:
        del node.shouted[done]
    found = []
    for entry_id, ahead, record in candidates:
        last = node.shouted.get((peer, entry_id), Instant(0))
        if 0 <= at - last < AGAIN_MS or _has_seen(node, entry_id, record, peer):
            continue
        node.shouted[peer, entry_id] = at
        found.append(ahead)
    return tuple(found)


def next_shout(node: Node, *, at: Instant) -> Instant:
    """Return when `to_shout` may next have something by time alone."""
    times = [last + AGAIN_MS for last in node.shouted.values()]
    return Instant(max(at, min(times))) if times else Instant(at + AGAIN_MS)


def _has_seen(node: Node, entry_id: str, record: Record, peer: MemberId) -> bool:
    if not isinstance(record, Message | Alert):
        return False
    return peer in node.case.seen_by(entry_id)


def _unheard(node: Node, peer: MemberId) -> Iterator[tuple[str, Ahead, Record]]:
    """Yield the urgent entries of the own safety log that a peer may read and has not stated to hold."""
    held = node.own("safety")
    name = node.roster.cosigner(peer, "delivery").name
    stated = max((line.size for line in held.covering.get(name, ())), default=0)
    if stated >= held.size:
        return
    first = max(stated, held.size - SHOUTED_MAX)
    opened: dict[int, list[StoredBody]] = {}
    for body in node.store.bodies(held.name, first, held.size - first):
        opened.setdefault(body.index, []).append(body)
    for item in node.store.entries(held.name, first, held.size - first):
        readable = stored.open_header(item.note).slots_for(peer)
        for body in opened.get(item.index, ()):
            if body.slot in readable[:1]:
                carried = CarriedBody(0, body.slot, body.salt, body.body)
                record = bodies.decode_stored(body.body, where="own entry")
                if urgent(record):
                    yield headers.entry_id(item.note), Ahead(item.note, (carried,)), record


def _opened(node: Node, ahead: Ahead) -> tuple[Statement, Record, CarriedBody]:
    header = headers.from_text(parse_note(ahead.note, where="ahead", max_bytes=LEAF_BYTES_MAX).text, where="ahead")
    if header.author == node.me:
        raise NotYourLog(f"an entry of {node.me} itself was offered to it ahead of its log")
    if node.roster.member(header.author) is None:
        raise Malformed(where="ahead, author", found=header.author, expected="a member of this channel")
    statement = open_statement(ahead.note, node.roster, author=header.author, where="ahead")
    slots = statement.header.slots_for(node.me)
    if not slots:
        raise NotAllowed(f"the entry is not addressed to {node.me}")
    body = next(
        (
            b
            for b in opened_ahead(ahead, me=node.me, keys=(node.keys.sealing, *node.keys.earlier_sealing))
            if b.slot == slots[0]
        ),
        None,
    )
    if body is None:
        raise Malformed(where="ahead, bodies", found=Said("no body for this member"), expected=f"body {slots[0]}")
    if not opens(statement.header.slots[body.slot], body.salt, body.body):
        raise Malformed(where="ahead, body", found=Said("another body"), expected="the one that was signed for")
    record = bodies.decode(body.body, where="ahead, body")
    if statement.by_node or not urgent(record):
        raise NotUrgent("only alerts, their answers, and FLASH messages travel ahead of their log; push the log")
    return statement, record, body


def _stands(node: Node, statement: Statement) -> bool:
    """Report whether a statement has come by a log of its author, whichever: then nothing of it is ahead of a log."""
    header, said = statement.header, node.picture.said
    return any((header.author, log, header.nonce) in said for log in node.roster.logs_of(header.author))


def _follow(node: Node, entry: Entry, record: Record) -> None:
    """Let the deadlines follow what was heard: it is owed from now on, wherever its log is."""
    node.deadlines.derive(node.case, record.of if isinstance(record, Seen | AlertAnswer) else entry.id)


def _make_room(node: Node, author: MemberId) -> None:
    own = [heard for heard in node.ahead.values() if heard.entry.header.author == author]
    if len(own) < HEARD_MAX:
        return
    # An alert is the last to go: what a member says in plenty must not push out its own cry for help.
    oldest = min(own, key=lambda heard: (isinstance(heard.entry.record, Alert), heard.at))
    del node.ahead[oldest.entry.id]
    node.queued.append(DropKept(KEPT, oldest.entry.id))


def _kept(note: bytes, body: CarriedBody, at: Instant) -> bytes:
    salt = base64.b64encode(body.salt).decode()
    value = {"note": note.decode(), "slot": body.slot, "salt": salt, "body": body.body.decode(), "at": at}
    return json.dumps(value, ensure_ascii=False).encode()
