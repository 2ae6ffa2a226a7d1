"""A log as a node holds it: its tree, its newest checkpoint, and what others have stated about it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, overload

from clearline.channel.ports import PutCosignature
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import SignedCheckpoint
from clearline.tlog.tree import EMPTY_ROOT, Tree

ROOTS_KEPT = 4_096
"""Roots of earlier sizes kept at hand: what `seen` names is nearly always recent."""

CLAIMED_KEPT = 4_096
"""Claimed times of entries kept at hand, for the same reason."""


@dataclass(frozen=True, slots=True)
class Stated:
    """That a cosigner stated something of a log of `size` entries, at `time_s` by its clock (seconds, UTC)."""

    size: int
    time_s: int
    BYTES: ClassVar[int] = 16


class Statements(Sequence[Stated]):
    """What one cosigner stated of one log, by rising size: two numbers each, for there may be millions."""

    def __init__(self) -> None:
        self._sizes: array[int] = array("q")
        self._times: array[int] = array("q")

    @classmethod
    def of(cls, raw: bytes) -> Statements:
        """Return the statements that `raw` gave."""
        made = cls()
        half = len(raw) // 2
        made._sizes.frombytes(raw[:half])
        made._times.frombytes(raw[half:])
        return made

    def raw(self) -> bytes:
        """Return them as bytes of this machine: all sizes, then all times."""
        return self._sizes.tobytes() + self._times.tobytes()

    def copy(self) -> Statements:
        """Return the same statements, to be kept while these grow."""
        made = Statements()
        made._sizes, made._times = self._sizes[:], self._times[:]
        return made

    def append(self, size: int, time_s: int) -> None:
        """Take one more, of a larger size."""
        self._sizes.append(size)
        self._times.append(time_s)

    def covering(self, index: int) -> Stated | None:
        """Return the first that covers the entry at `index`. Cost: O(log n)."""
        at = bisect_right(self._sizes, index)
        return self[at] if at < len(self) else None

    @overload
    def __getitem__(self, number: int) -> Stated: ...
    @overload
    def __getitem__(self, number: slice) -> list[Stated]: ...
    def __getitem__(self, number: int | slice) -> Stated | list[Stated]:
        """Return one or some of them."""
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        return Stated(self._sizes[number], self._times[number])

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sizes)

    def __eq__(self, other: object) -> bool:
        """Report whether others say the same."""
        if not isinstance(other, Statements):
            return NotImplemented
        return self._sizes == other._sizes and self._times == other._times

    def __hash__(self) -> int:
        """Refuse: they grow.

        Raises:
            TypeError: Always.
        """
        raise TypeError("statements grow")


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
    covering: dict[str, Statements] = field(default_factory=dict)
    received: array[int] = field(default_factory=lambda: array("q"))
    """When each entry came in, in milliseconds by the own clock."""
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
        held = self.covering.setdefault(line.cosigner, Statements())
        if held and held[-1].size >= line.size:
            return False
        held.append(line.size, line.time_s)
        return True

    def cosigned(self, cosigner: str) -> int:
        """Return the largest size that a cosigner stated, 0 where it stated none."""
        held = self.covering.get(cosigner)
        return held[-1].size if held else 0

    def covered(self, cosigner: str, index: int) -> Stated | None:
        """Return the earliest statement of `cosigner` that covers the entry at `index`. Cost: O(log n)."""
        held = self.covering.get(cosigner)
        return None if held is None else held.covering(index)
