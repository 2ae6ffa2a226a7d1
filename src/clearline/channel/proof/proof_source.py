"""What a proof reads: a source of entries, whichever way they are kept, and the tree over one of its logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.findings import Fault, What
from clearline.records.words import MemberId
from clearline.tlog.tree import EMPTY_ROOT, Tree, leaf_hash

ROOTS_KEPT = 4_096
"""Roots of one log kept at hand while `seen` is compared: consecutive entries name mostly the same sizes."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """An entry as a source holds it; `id` is empty where the source keeps none beside the note."""

    index: int
    id: str
    note: bytes


class Source(Protocol):
    """Where a record is read from, as often as needed; it checks nothing but its own form.

    `whole` says that it holds every log that its member holds, so that a log which is not there is missing.
    """

    @property
    def member(self) -> MemberId:
        """The member whose record it is."""

    @property
    def whole(self) -> bool:
        """Whether a log that is not there is missing, rather than left out."""

    def logs(self) -> tuple[str, ...]:
        """Return every name under which the source holds anything, sorted."""

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are, for showing progress."""

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries by rising index, as far as the source can say."""

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield bodies by index and slot."""

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield the size under which it is kept, and the note, of each checkpoint, by size."""

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures that are kept beside the checkpoints, by size and cosigner."""


class Grown:
    """The tree over a log's entries as far as their indices run without a gap."""

    def __init__(self, source: Source, name: str) -> None:
        self.tree = Tree()
        self.gap: Fault | None = None
        self._roots: dict[int, bytes] = {0: EMPTY_ROOT}
        for item in source.entries(name):
            if item.index != self.tree.size:
                why = f"is missing: index {item.index} follows where {self.tree.size} belongs"
                self.gap = Fault(What.ENTRY, name, self.tree.size, why)
                break
            self.tree.append(leaf_hash(item.note))

    def root_at(self, size: int) -> bytes:
        """Return the root at `size`, which must not exceed the tree's."""
        found = self._roots.get(size)
        if found is None:
            if len(self._roots) >= ROOTS_KEPT:
                self._roots.clear()
            found = self._roots[size] = self.tree.root_at(size)
        return found
