"""How a node speaks: a statement is drawn up, signed, and given its place in the own log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.acts import drafts
from clearline.channel.alarms import SaidBefore
from clearline.channel.ports import PutBody, Randomness
from clearline.channel.push import RefusedBody
from clearline.channel.statement import Statement
from clearline.channel.witnessing import lost
from clearline.errors import Malformed, Said
from clearline.picture.entry import Entry, Place
from clearline.picture.fold import Touched
from clearline.records import body as bodies
from clearline.records.body import BodyRefused, Record
from clearline.records.evidence import StateRestored
from clearline.records.header import Header, Slot, base_log, commitment, opens
from clearline.records.words import MemberId
from clearline.tlog.tree import leaf_hash
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

DRAFT_LIFE_MS = 3_600_000
"""How long a statement may wait for further signatures after it was claimed."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of an officer's act: the entry at its place and what it changed."""

    entry: Entry
    touched: Touched


def draw_up(
    node: Node, said: Iterable[tuple[Record, Iterable[MemberId]]], *, at: Instant, random: Randomness
) -> tuple[Header, tuple[tuple[bytes, bytes], ...]]:
    """Return the header of a statement with these bodies and their readers, and salt and bytes of each body."""
    slots, opened = [], []
    for record, audience in said:
        raw, salt = bodies.encode(record), random(32)
        slots.append(Slot(tuple(sorted({*audience, node.me})), commitment(salt, raw)))
        opened.append((salt, raw))
    header = Header(
        channel=node.roster.channel,
        author=node.me,
        nonce=random(16),
        claimed=at,
        expires=Instant(at + DRAFT_LIFE_MS),
        slots=tuple(slots),
        seen=node.seen(),
    )
    return header, tuple(opened)


def append(
    node: Node, statement: Statement, opened: Sequence[tuple[bytes, bytes]], *, log: str, at: Instant
) -> Submitted:
    """Give a finished statement its place in the own log, with salt and body of each slot in order, and fold it.

    Raises:
        ReadOnly: The node has lost state.
        PeersNotAsked: It has just started and has not asked its peers yet.
        SaidBefore: The statement stands in this log already.
        SecondPerson, KeyNotGood: Receivers would give it no effect, for who signed it.
        Malformed: A body does not open its commitment, or cannot be read.
    """
    header = statement.header
    if (node.me, log, header.nonce) in node.picture.said:
        raise SaidBefore(f"this statement stands in {node.me}/{log} already")
    records = []
    for number, (slot, (salt, raw)) in enumerate(zip(header.slots, opened, strict=True)):
        if not opens(slot, salt, raw):
            raise Malformed(
                where=f"body {number}", found=Said("another body"), expected="the body that was committed to"
            )
        records.append(bodies.decode(raw, where=f"body {number}"))
    lost.check_may_say(node, records[0])
    drafts.check_signed(node, records[0], statement, log=base_log(log), at=at)
    held = node.own(log)
    log = held.log
    index = held.tree.append(leaf_hash(statement.note))
    node.unsealed.add(log)
    node.keep_entry(held, index, statement, at)
    node.queued += [PutBody(held.name, index, number, salt, raw) for number, (salt, raw) in enumerate(opened)]
    entry = Entry(Place(node.me, log, index), statement.id, header, statement.signers, records[0])
    done = Submitted(entry, node.fold(entry, at))
    if isinstance(records[0], StateRestored):
        lost.refresh(node)
    return done


def refuse_bodies(
    node: Node, refusals: Sequence[tuple[str, RefusedBody]], *, audience: MemberId, at: Instant, random: Randomness
) -> None:
    """Say by own entries, to the author alone, which bodies cannot be taken."""
    for entry_id, refused in refusals:
        node.refusals.add((entry_id, refused.slot))
        record = BodyRefused(entry_id, refused.slot, refused.reason, refused.lacking)
        node.submit(record, audience=(audience,), signers=(node.keys.main,), at=at, random=random)
