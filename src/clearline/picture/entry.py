"""Entries as the fold takes them: a place in a log, a header, and the record where a body was opened."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.records.body import Record
from clearline.records.header import Header
from clearline.records.words import EntryId, MemberId


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry stands: whose log, which log, at which index from 0."""

    member: MemberId
    log: str
    index: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `record` is `None` where no body is held here; `positions` are the signers' watch positions."""

    place: Place
    id: EntryId
    header: Header
    positions: tuple[str, ...]
    record: Record | None
