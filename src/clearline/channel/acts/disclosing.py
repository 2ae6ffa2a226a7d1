"""Disclosing: an author opens an earlier body to more members; what it shows is checked against what it once signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from clearline.channel.ports import PutBody, PutEntry, StoredBody
from clearline.channel.statement import Statement
from clearline.errors import NotFound, Refused
from clearline.picture.entry import Place
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.disclosure import Disclosure
from clearline.records.header import Header, base_log, opens
from clearline.records.words import EntryId

if TYPE_CHECKING:
    from clearline.channel.held import HeldLog
    from clearline.channel.node import Node


class DisclosureMismatch(Refused):
    """A disclosed body does not open the commitment that its author signed before, or names no such body."""

    slug, title, status = "disclosure-mismatch", "Disclosed body is not the one committed to", 422


def opened_by(
    node: Node, held: HeldLog, index: int, record: Disclosure, *, arriving: Sequence[Statement]
) -> PutBody | None:
    """Return the earlier body that a disclosure at `index` of a log opens; `None` where it is held or erased.

    `arriving` are the statements that stand right before it and are not kept yet, from the log's size on.

    Raises:
        DisclosureMismatch: The entry is no earlier one of that log, or the body is not the one committed to.
    """
    found = _header_of(node, held, index, record.of, arriving)
    if found is None:
        raise DisclosureMismatch(f"it discloses entry {record.of[:16]}…, which is no earlier entry of {held.name}")
    name, at, header = found
    raw = record.body.encode()
    if record.slot >= len(header.slots) or not opens(header.slots[record.slot], record.salt, raw):
        raise DisclosureMismatch(
            f"what it discloses does not open the commitment of {name} entry {at}, body {record.slot}"
        )
    bodies.decode(raw, where=f"disclosed body of {name} entry {at}")
    where = (name, at, record.slot)
    known = any(body.slot == record.slot for body in node.store.bodies(name, at, 1))
    return None if known or where in node.erased else PutBody(*where, record.salt, raw)


def body_of(node: Node, log: str, index: int, slot: int) -> StoredBody | None:
    """Return salt and body of an own entry, kept or about to be kept."""
    for write in node.queued:
        if isinstance(write, PutBody) and (write.log, write.index, write.slot) == (log, index, slot):
            return StoredBody(index, slot, write.salt, write.body)
    return next((body for body in node.store.bodies(log, index, 1) if body.slot == slot), None)


def statement_at(node: Node, log: str, index: int) -> tuple[EntryId, Header]:
    """Return id and header of an entry of a log, kept or about to be kept.

    Raises:
        NotFound: There is none.
    """
    note = _note_of(node.queued, log, index) or next((i.note for i in node.store.entries(log, index, 1)), b"")
    if not note:
        raise NotFound(f"no entry {index} of {log} is held here")
    return headers.entry_id(note), _open(note)


def _header_of(
    node: Node, held: HeldLog, index: int, of: str, arriving: Sequence[Statement]
) -> tuple[str, int, Header] | None:
    """Return log, index and header of an earlier entry of a log, or of one that it succeeds."""
    for at, statement in enumerate(arriving, held.size):
        if statement.id == of and at < index:
            return held.name, at, statement.header
    place = node.picture.places.get(EntryId(of))
    if place is None or place >= Place(held.member, held.log, index):
        return None
    if (place.member, base_log(place.log)) != (held.member, base_log(held.log)):
        return None
    name = f"{place.member}/{place.log}"
    note = _note_of(node.queued, name, place.index) or next(
        (item.note for item in node.store.entries(name, place.index, 1)), b""
    )
    return (name, place.index, _open(note)) if note else None


def _note_of(queued: Iterable[object], log: str, index: int) -> bytes:
    return next((w.note for w in queued if isinstance(w, PutEntry) and (w.log, w.index) == (log, index)), b"")


def _open(note: bytes) -> Header:
    return headers.from_text(note[: note.rfind(b"\n\n") + 1].decode(), where="stored entry", stored=True)
