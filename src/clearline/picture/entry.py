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
class Signatory:
    """Who signed: an officer (by its id, whatever key it used) and the watch position that it spoke for.

    Where the node's own log key signed, `officer` is empty and `position` is `node`. `key` is the raw public key.
    """

    officer: str
    position: str
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `record` is `None` where no body is held here."""

    place: Place
    id: EntryId
    header: Header
    signers: tuple[Signatory, ...]
    record: Record | None

    @property
    def positions(self) -> tuple[str, ...]:
        """Return the watch positions that signed, in the order of the signature lines."""
        return tuple(signer.position for signer in self.signers)

    @property
    def officers(self) -> frozenset[str]:
        """Return the ids of the officers that signed, each once: two keys of one officer are one identity."""
        return frozenset(signer.officer for signer in self.signers if signer.officer)
