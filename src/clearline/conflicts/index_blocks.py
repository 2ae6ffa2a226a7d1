"""The index on packed blocks of numpy arrays: quickest once it runs, and the fallback without an R*Tree.

Boxes are sorted along a Morton curve, packed `BLOCK` to a block, and the blocks' bounds packed again, level over
level. A block keeps its boxes as ten rows of `BLOCK` numbers: the least of each dimension, and the greatest
negated, so that one comparison asks all ten questions. All boxes that are asked go down the levels together, and
the ten rows lie apart in memory, so that each step is a handful of calls on long arrays.

What is added later gathers in a small unsorted heap and then in tiers, each at least `TIER_RATIO` times the next;
a removed key is struck out when tiers merge, and passed over until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from clearline.conflicts.index import Box

BLOCK = 32
"""Boxes a block: eight answers fill one 64-bit word, so 32 make four; measured best from 1e4 to 1e6 boxes."""

HEAP_MAX = 512
"""Boxes that are searched one by one before they are packed: about what one more tier would cost."""

TIER_RATIO = 8
"""How much larger each tier is than the next: at most seven tiers for a million boxes, each box packed anew at
most seven times or so on its way."""

_MORTON_BITS = 15
_MORTON_DIMENSIONS = (0, 1, 2, 4)
"""X, Y, Z and time: heights are too alike to sort by, and four times 15 bits fit one word."""

_NOWHERE = 2**31 - 1
"""A coordinate that no asked box reaches: it fills the last block."""

_OTHER_ENDS = (1, 0, 3, 2, 5, 4, 7, 6, 9, 8)
"""Each end of a box is held against the other end of the box that is asked."""

_START_BOXES = 1024
"""The search starts at the lowest level with at most this many boxes, all of them at once."""

IntArray = NDArray[np.int32]
KeyArray = NDArray[np.int64]
FlagArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]


def _signed(boxes: Sequence[Box]) -> IntArray:
    """Return the boxes as rows of ten: every least as it is, every greatest negated; shape (n, 10)."""
    rows: IntArray = np.array(boxes, dtype=np.int32).reshape(-1, 10)
    rows[:, 1::2] *= -1
    return rows


def _asked(boxes: Sequence[Box]) -> IntArray:
    """Return what a row must not exceed to meet each asked box; shape (10, k)."""
    given: IntArray = np.fromiter(chain.from_iterable(boxes), dtype=np.int32, count=10 * len(boxes))
    asked: IntArray = np.ascontiguousarray(given.reshape(-1, 10)[:, _OTHER_ENDS].T)
    asked[1::2] *= -1
    return asked


def _curve_order(rows: IntArray) -> NDArray[np.intp]:
    """Return the order of the rows along a Morton curve through the middles of their boxes."""
    place = np.zeros(len(rows), dtype=np.uint64)
    for j, dimension in enumerate(_MORTON_DIMENSIONS):
        middle = rows[:, 2 * dimension].astype(np.int64) - rows[:, 2 * dimension + 1]
        least = int(middle.min())
        width = max(1, int(middle.max()) - least)
        cell = ((middle - least).astype(np.float64) * ((2**_MORTON_BITS - 1) / width)).astype(np.uint64)
        for bit in range(_MORTON_BITS):
            digit = (cell >> np.uint64(bit)) & np.uint64(1)
            place |= digit << np.uint64(bit * len(_MORTON_DIMENSIONS) + j)
    return np.argsort(place, kind="stable")


def _all_hold(answers: FlagArray) -> IndexArray:
    """Return where all ten tests hold: (10, …) answers to places in the flattened rest, eight answers a word."""
    words: NDArray[np.uint64] = np.bitwise_and.reduce(answers.view(np.uint64), axis=0)
    return np.flatnonzero(words.view(np.bool_))


@dataclass(frozen=True, slots=True)
class _Tier:
    """Boxes that were packed together: `rows` and `keys` in curve order, and the levels from the top down."""

    rows: IntArray
    keys: KeyArray
    levels: tuple[IntArray, ...]

    @classmethod
    def packed(cls, rows: IntArray, keys: KeyArray) -> _Tier:
        order = _curve_order(rows)
        rows, keys = rows[order], keys[order]
        levels: list[IntArray] = []
        bounds = rows
        while True:
            blocks = -(-len(bounds) // BLOCK)
            full: IntArray = np.full((blocks * BLOCK, 10), _NOWHERE, dtype=np.int32)
            full[: len(bounds)] = bounds
            level = np.ascontiguousarray(full.T).reshape(10, blocks, BLOCK)
            levels.append(level)
            if blocks * BLOCK <= _START_BOXES:
                return cls(rows, keys, tuple(reversed(levels)))
            bounds = np.ascontiguousarray(level.min(axis=2).T)

    def near(self, asked: IntArray) -> tuple[IndexArray, KeyArray]:
        """Return numbers of asked boxes and the keys that meet them, side by side; `asked` has shape (10, k)."""
        top = self.levels[0]
        hit = _all_hold(top[:, None] <= asked[:, :, None, None])
        number, at = np.divmod(hit, top.shape[1] * BLOCK)
        for level in self.levels[1:]:
            hit = _all_hold(level.take(at, axis=1) <= asked.take(number, axis=1)[:, :, None])
            of, inner = np.divmod(hit, BLOCK)
            number, at = number[of], at[of] * BLOCK + inner
        return number, self.keys[at]


class BlockIndex:
    """Boxes in tiers of packed blocks; the same contract as the R*Tree. One caller at a time."""

    def __init__(self) -> None:
        self._tiers: list[_Tier] = []
        self._heap: dict[int, Box] = {}
        self._heap_rows: tuple[IntArray, KeyArray] | None = None
        self._packed: set[int] = set()
        self._struck: set[int] = set()

    def add(self, boxes: Iterable[tuple[int, Box]]) -> None:
        """Hold each box under its key, all of them or none. O(log n) a box over many calls."""
        new = list(boxes)
        keys = {key for key, _ in new}
        if len(keys) < len(new) or keys & self._packed or keys & self._heap.keys():
            raise ValueError("a key is held already")
        if keys & self._struck:
            self._merge(everything=True)
        self._heap.update(new)
        self._heap_rows = None
        if len(self._heap) > HEAP_MAX:
            self._merge(everything=False)

    def remove(self, keys: Iterable[int]) -> None:
        """Forget the boxes under these keys. O(1) a key over many calls."""
        for key in keys:
            if key in self._packed:
                self._packed.discard(key)
                self._struck.add(key)
            elif self._heap.pop(key, None) is not None:
                self._heap_rows = None
        if len(self._struck) > max(HEAP_MAX, len(self._packed)):
            self._merge(everything=True)

    def near(self, boxes: Sequence[Box]) -> list[tuple[int, int]]:
        """Return (number of the asked box, key) for every held box that meets an asked one."""
        if not boxes:
            return []
        asked = _asked(boxes)
        found: list[tuple[int, int]] = []
        if self._heap:
            if self._heap_rows is None:
                rows = np.ascontiguousarray(_signed(list(self._heap.values())).T)
                self._heap_rows = (rows, np.array(list(self._heap), dtype=np.int64))
            rows, keys = self._heap_rows
            hit = np.flatnonzero((rows[:, None] <= asked[:, :, None]).all(axis=0))
            number, at = np.divmod(hit, len(keys))
            found += zip(number.tolist(), keys[at].tolist(), strict=True)
        for tier in self._tiers:
            number, met = tier.near(asked)
            found += zip(number.tolist(), met.tolist(), strict=True)
        if self._struck:
            struck = self._struck
            return [pair for pair in found if pair[1] not in struck]
        return found

    def __len__(self) -> int:
        """Return how many boxes are held."""
        return len(self._packed) + len(self._heap)

    def _merge(self, *, everything: bool) -> None:
        """Pack the heap and the tiers that are not much larger (or every tier) into one tier."""
        rows = [_signed(list(self._heap.values()))]
        keys: list[KeyArray] = [np.array(list(self._heap), dtype=np.int64)]
        size = len(self._heap)
        while self._tiers and (everything or len(self._tiers[-1].keys) < size * TIER_RATIO):
            tier = self._tiers.pop()
            rows.append(tier.rows)
            keys.append(tier.keys)
            size += len(tier.keys)
        all_rows, all_keys = np.concatenate(rows), np.concatenate(keys)
        if self._struck:
            gone = np.isin(all_keys, np.array(sorted(self._struck), dtype=np.int64))
            self._struck.difference_update(all_keys[gone].tolist())
            all_rows, all_keys = all_rows[~gone], all_keys[~gone]
        self._packed.update(self._heap)
        self._heap, self._heap_rows = {}, None
        if len(all_keys):
            self._tiers.append(_Tier.packed(all_rows, all_keys))
