"""The Merkle tree of a log, and the frontier that suffices to extend it.

Source: RFC 9162 §2.1 (hashes as in RFC 6962 §2.1), SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from clearline.errors import Malformed, NotFound, Said

HASH_BYTES: Final = 32
"""Length of a SHA-256 hash."""

SIZE_MAX: Final = 2**53
"""A log stays smaller than this: the largest range that every JSON reader keeps exact."""

EMPTY_ROOT: Final = sha256().digest()
"""The root of a log without leaves. Source: RFC 9162 §2.1.1."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf. Source: RFC 9162 §2.1.1, SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node. Source: RFC 9162 §2.1.1, SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """Return the largest power of two below `size`, which is at least 2: where RFC 9162 splits a tree."""
    return 1 << (size - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Frontier:
    """What one must hold of a log to extend it: its size and the roots of its full subtrees, largest first.

    Raises:
        Malformed: The number of roots is not the number of ones in the binary size, or one is not 32 bytes.
    """

    size: int
    peaks: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size < SIZE_MAX:
            raise Malformed(where="frontier size", found=self.size, expected=f"0 to {SIZE_MAX - 1}")
        if len(self.peaks) != self.size.bit_count() or any(len(p) != HASH_BYTES for p in self.peaks):
            raise Malformed(
                where="frontier",
                found=self.peaks,
                expected=f"{self.size.bit_count()} hashes of {HASH_BYTES} bytes for size {self.size}",
            )

    def root(self) -> bytes:
        """Return the root of the log at this size."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = node_hash(peak, root)
        return root

    def extended(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after `leaf_hashes` are appended; this one stays as it is.

        Raises:
            Malformed: One of them has not 32 bytes.
        """
        size, peaks = self.size, list(self.peaks)
        for leaf in leaf_hashes:
            _check_hash(leaf)
            node, below = leaf, size
            while below & 1:
                node = node_hash(peaks.pop(), node)
                below >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))


EMPTY_FRONTIER: Final = Frontier(0, ())
"""The frontier of a log without leaves."""


class Tree:
    """The Merkle tree over the leaf hashes of one log, kept in memory: 64 bytes a leaf. It only grows.

    Each level holds the roots of its full subtrees side by side, so that hash n of level h, which stands at
    bytes 32 n … 32 n + 31, covers leaves n 2^h … (n + 1) 2^h - 1.
    """

    __slots__ = ("_levels", "_size")

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self._size = 0
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    def append(self, leaf_hash: bytes) -> int:
        """Append one leaf hash and return its index. Cost: O(1) amortised.

        Raises:
            Malformed: It has not 32 bytes; the tree is unchanged.
        """
        _check_hash(leaf_hash)
        self._levels[0] += leaf_hash
        self._grow()
        return self._size - 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaf hashes in their order, all of them or none. Cost: O(1) each.

        Raises:
            Malformed: One of them has not 32 bytes; the tree is unchanged.
        """
        hashes = list(leaf_hashes)
        for each in hashes:
            _check_hash(each)
        self._levels[0] += b"".join(hashes)
        self._grow()

    def extend_joined(self, leaf_hashes: bytes) -> None:
        """Append leaf hashes that stand side by side, as `hashes` gives them, all of them or none. Cost: O(1) each.

        Raises:
            Malformed: The length is no whole number of hashes; the tree is unchanged.
        """
        if len(leaf_hashes) % HASH_BYTES:
            raise Malformed(
                where="leaf hashes", found=Said(f"{len(leaf_hashes)} bytes"), expected=f"{HASH_BYTES} bytes each"
            )
        self._levels[0] += leaf_hashes
        self._grow()

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """Return hashes start … end - 1 of a level, side by side; level 0 holds the leaf hashes.

        Raises:
            NotFound: The tree does not hold all of them.
        """
        stored = self._levels[level] if 0 <= level < len(self._levels) else b""
        if not 0 <= start <= end <= len(stored) // HASH_BYTES:
            raise NotFound(f"hashes {start} to {end} of level {level} lie outside a tree of {self._size} leaves")
        return bytes(stored[start * HASH_BYTES : end * HASH_BYTES])

    def frontier(self) -> Frontier:
        """Return what extends this tree. Cost: O(log n)."""
        return self.frontier_at(self._size)

    def frontier_at(self, size: int) -> Frontier:
        """Return what extended this tree when it had `size` leaves. Cost: O(log n).

        Raises:
            NotFound: The tree has not grown to this size yet.
        """
        self._check_size(size)
        levels = range(size.bit_length() - 1, -1, -1)
        return Frontier(size, tuple(self._node(h, (size >> h) - 1) for h in levels if size >> h & 1))

    def root(self) -> bytes:
        """Return the root of the whole tree. Cost: O(log n)."""
        return self.root_at(self._size)

    def root_at(self, size: int) -> bytes:
        """Return the root when the tree had `size` leaves. Cost: O(log n).

        Raises:
            NotFound: The tree has not grown to this size yet.
        """
        self._check_size(size)
        return self._root_of(0, size)

    def fork_root(self, leaf_hashes: Iterable[bytes]) -> bytes:
        """Return the root that appending `leaf_hashes` would give, without appending them.

        A receiver compares it with a pushed checkpoint before it stores anything. Cost: O(1) each.

        Raises:
            Malformed: One of them has not 32 bytes.
        """
        return self.frontier().extended(leaf_hashes).root()

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that leaf `index` stands in the tree of `size` leaves, from the leaf upwards.

        Cost: O(log² n). Source: RFC 9162 §2.1.3.1.

        Raises:
            NotFound: The tree has not grown to this size yet, or the index does not lie below it.
        """
        self._check_size(size)
        if not 0 <= index < size:
            raise NotFound(f"entry {index} lies outside a log of {size} entries")
        proof = []
        start, end = 0, size
        while end - start > 1:
            middle = start + split_of(end - start)
            if index < middle:
                proof.append(self._root_of(middle, end))
                end = middle
            else:
                proof.append(self._root_of(start, middle))
                start = middle
        return tuple(reversed(proof))

    def consistency_proof(self, first: int, second: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `first` leaves is the beginning of the tree of `second` leaves.

        It is empty where the sizes are equal and where `first` is 0: everything begins with nothing.
        Cost: O(log² n). Source: RFC 9162 §2.1.4.1.

        Raises:
            NotFound: The tree has not grown to these sizes yet, or `first` is the larger one.
        """
        self._check_size(second)
        if not 0 <= first <= second:
            raise NotFound(f"a log of {second} entries does not grow out of one of {first}")
        if first == 0:
            return ()
        proof = []
        start, end = 0, second
        # Until the first tree ends where this part of the second does.
        while end != first:
            middle = start + split_of(end - start)
            if first <= middle:
                proof.append(self._root_of(middle, end))
                end = middle
            else:
                proof.append(self._root_of(start, middle))
                start = middle
        if start > 0:
            proof.append(self._root_of(start, end))
        return tuple(reversed(proof))

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def _root_of(self, start: int, end: int) -> bytes:
        # Holds for the parts into which RFC 9162 splits a tree: start is a multiple of a power of two that is
        # at least end - start, so that the full subtrees of the part are nodes of the levels.
        size, root = end - start, b""
        for h in range(size.bit_length()):
            if size >> h & 1:
                node = self._node(h, (end >> h) - 1)
                root = node_hash(node, root) if root else node
        return root or EMPTY_ROOT

    def _grow(self) -> None:
        self._size = len(self._levels[0]) // HASH_BYTES
        pair = 2 * HASH_BYTES
        for h, level in enumerate(self._levels):
            if len(level) < pair:
                break
            if h + 1 == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[h + 1]
            done, full = 2 * len(above), len(level) - len(level) % pair
            if done == full:
                break
            above += b"".join([sha256(b"\x01" + level[at : at + pair]).digest() for at in range(done, full, pair)])

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self._size:
            raise NotFound(f"size {size} lies outside a log that holds {self._size} entries")


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise Malformed(where="leaf hash", found=value.hex(), expected=f"{HASH_BYTES} bytes")
