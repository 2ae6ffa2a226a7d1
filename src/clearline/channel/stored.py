"""How a store is read back: logs and their trees, entries with their records, and what is lacking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from clearline.channel.alarms import DamagedStore
from clearline.channel.held import HeldLog
from clearline.channel.ports import StoredBody, StoredEntry
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement
from clearline.channel.witnessing import witness
from clearline.channel.witnessing.compared import note_claims
from clearline.errors import NotAllowed, Refused
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records import rules
from clearline.records.body import BodyRefused, Record
from clearline.records.disclosure import Disclosure
from clearline.records.evidence import Evidence
from clearline.records.header import Header, opens
from clearline.records.key_event import KeyEvent
from clearline.signing.note import stored_signers
from clearline.tlog.checkpoint import parse_signed_checkpoint
from clearline.tlog.tree import leaf_hash

if TYPE_CHECKING:
    from clearline.channel.node import Node


def load_log(node: Node, held: HeldLog) -> None:
    """Read a log back from the store, on top of what a bookmark gave: its tree, newest checkpoint and cosignatures.

    Raises:
        DamagedStore: The entries do not give the root of the newest checkpoint.
    """
    key = node.roster.log_key(held.member, held.log)
    for expected, item in enumerate(node.store.entries(held.name, held.size), held.size):
        if item.index != expected:
            raise DamagedStore(f"{held.name}: entry {expected} is missing; run clearline verify")
        held.tree.append(leaf_hash(item.note))
        held.received.append(item.received)
    newest = node.store.newest_checkpoint(held.name)
    if newest is not None:
        held.signed = parse_signed_checkpoint(newest[1], log_key=key, known={}, where=f"{held.name} checkpoint")
        checkpoint = held.signed.checkpoint
        if checkpoint.size != held.size or checkpoint.root != held.tree.root():
            raise DamagedStore(
                f"{held.name}: {held.size} entries do not give the root of the checkpoint of size {checkpoint.size}; "
                "run clearline verify"
            )
    elif held.size:
        raise DamagedStore(f"{held.name}: {held.size} entries and no checkpoint; run clearline verify")
    known = {cosigner: held.cosigned(cosigner) for cosigner in held.covering}
    for line in node.store.cosignatures(held.name, known):
        held.add_cosignature(line)


def entry_at(node: Node, place: Place) -> Entry:
    """Return one entry as the store holds it, compared with the tree.

    Raises:
        DamagedStore: It is not there, or not the one that the tree holds.
    """
    held = node.logs[f"{place.member}/{place.log}"]
    found = node.store.entry(held.name, place.index)
    if found is not None and leaf_hash(found[0].note) == held.tree.hashes(0, place.index, place.index + 1):
        return _stored_entry(node, held, found[0], {body.slot: body for body in found[1]})
    raise DamagedStore(f"{held.name}: entry {place.index} is not the one that was signed for; run clearline verify")


def stored_entries(node: Node, held: HeldLog, first: int = 0) -> Iterator[Entry]:
    """Yield the entries of a log from `first` with their opened records, and note what is lacking.

    Signatures were verified when the entries came in; here only the hashes are trusted.
    """
    held.lacking = {pair for pair in held.lacking if pair[0] < first}
    stored = node.store.bodies(held.name, first)
    following = next(stored, None)
    for item in node.store.entries(held.name, first):
        slots: dict[int, StoredBody] = {}
        while following is not None and following.index == item.index:
            slots[following.slot] = following
            following = next(stored, None)
        entry = _stored_entry(node, held, item, slots)
        for slot in entry.header.slots_for(node.me):
            if slot not in slots:
                held.lacking.add((item.index, slot))
        if held.member == node.me and isinstance(entry.record, BodyRefused):
            node.refusals.add((entry.record.entry, entry.record.slot))
        note_claims(node, held.member, entry.header)
        yield entry


def open_header(note: bytes) -> Header:
    """Return the header of a note that this node itself has verified and stored."""
    return headers.from_text(note[: note.rfind(b"\n\n") + 1].decode(), where="stored entry", stored=True)


def _stored_entry(node: Node, held: HeldLog, item: StoredEntry, slots: Mapping[int, StoredBody]) -> Entry:
    """Return a stored entry with the record of the first body that is for this node and held."""
    where = f"{held.name} entry {item.index}"
    header = open_header(item.note)
    signers = tuple(node.roster.signatory_of(held.member, signer) for signer in stored_signers(item.note, where=where))
    statement = Statement(item.note, headers.entry_id(item.note), header, signers)
    record: Record | None = None
    # A disclosure may have brought bodies that were not for this member when the entry was made.
    for slot in sorted({*header.slots_for(node.me), *slots}):
        if record is None and slot in slots:
            record = _stored_record(node, statement, slots[slot], where)
    if isinstance(record, KeyEvent):
        node.roster = node.roster.knowing(record, held.member)
    return Entry(Place(held.member, held.log, item.index), statement.id, header, signers, record)


def _stored_record(node: Node, statement: Statement, stored: StoredBody, where: str) -> Record | None:
    """Return the record of a stored body, by the same rules as when it came in."""
    if not opens(statement.header.slots[stored.slot], stored.salt, stored.body):
        raise DamagedStore(f"{where}: the stored body does not match its commitment; run clearline verify")
    try:
        if statement.by_node or (statement.id, stored.slot) in node.refusals:
            record = record_of(node.roster, statement, stored.body)
            return None if isinstance(record, Disclosure) else record
        record = bodies.decode_stored(stored.body, where=where)
        if isinstance(record, Evidence):
            # A disclosure may have opened it: then nobody has judged it yet.
            witness.judge(node.roster, record)
        return record
    except Refused:
        return None


def record_of(roster: Roster, statement: Statement, raw: bytes) -> Record:
    """Return the record of a body that opens its commitment; a node may say few kinds alone, and no empty evidence."""
    record = bodies.decode(raw, where="body")
    if statement.by_node and not rules.by_node(record):
        raise NotAllowed("signed by no officer")
    if isinstance(record, Evidence):
        witness.judge(roster, record)
    return record
