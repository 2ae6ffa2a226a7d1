"""A log as a node holds it: its tree, its newest checkpoint, and what others have stated about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearline.channel.ports import PutCosignature
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import SignedCheckpoint
from clearline.tlog.tree import EMPTY_ROOT, Tree

ROOTS_KEPT = 4_096
"""Roots of earlier sizes kept at hand: what `seen` names is nearly always recent."""

CLAIMED_KEPT = 4_096
"""Claimed times of entries kept at hand, for the same reason."""


@dataclass(slots=True)
class HeldLog:
    """One log of one member, this node's own or mirrored.

    `lacking` holds (index, slot) of bodies addressed to this node that it does not hold; `delivered` is the size
    below which it lacks none. `covering` maps a cosigner to its cosignatures of rising size, the earliest for each.
    """

    member: MemberId
    log: str
    origin: str
    tree: Tree = field(default_factory=Tree)
    signed: SignedCheckpoint | None = None
    lacking: set[tuple[int, int]] = field(default_factory=set)
    covering: dict[str, list[PutCosignature]] = field(default_factory=dict)
    claimed: dict[int, int] = field(default_factory=dict)
    _roots: dict[int, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return `<member>/<log>`."""
        return f"{self.member}/{self.log}"

    @property
    def size(self) -> int:
        """Return the number of entries held."""
        return self.tree.size

    @property
    def delivered(self) -> int:
        """Return the size below which every body addressed to this node is held."""
        return min((index for index, _ in self.lacking), default=self.size)

    def root_at(self, size: int) -> bytes:
        """Return the root at `size`, which must not exceed what is held."""
        found = self._roots.get(size)
        if found is None:
            found = self.tree.root_at(size) if size else EMPTY_ROOT
            if len(self._roots) >= ROOTS_KEPT:
                self._roots.pop(next(iter(self._roots)))
            self._roots[size] = found
        return found

    def note_claimed(self, index: int, claimed: int) -> None:
        """Keep at hand which time the entry at `index` claims, in milliseconds."""
        if len(self.claimed) >= CLAIMED_KEPT:
            self.claimed.pop(next(iter(self.claimed)))
        self.claimed[index] = claimed

    def add_cosignature(self, line: PutCosignature) -> bool:
        """Keep a cosignature where it says more than those held of its cosigner; report whether it did."""
        held = self.covering.setdefault(line.cosigner, [])
        if held and held[-1].size >= line.size:
            return False
        held.append(line)
        return True

    def covered(self, cosigner: str, index: int) -> PutCosignature | None:
        """Return the earliest cosignature of `cosigner` that covers the entry at `index`. Cost: O(log n)."""
        held = self.covering.get(cosigner, [])
        low, high = 0, len(held)
        while low < high:
            middle = (low + high) // 2
            if held[middle].size > index:
                high = middle
            else:
                low = middle + 1
        return held[low] if low < len(held) else None
