"""The verifying half of Merkle proofs: nothing but hashes, sizes and roots.

Source: RFC 9162 §2.1.3.2 and §2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clearline.errors import Alarm
from clearline.tlog.tree import HASH_BYTES, node_hash

PROOF_MAX: Final = 63
"""Hashes of a proof: no log reaches the size that needs more. Source: C2SP tlog-witness."""


class BrokenProof(Alarm):
    """A proof does not prove what it was given for; all that was compared is kept as evidence.

    Args:
        what: What was to be proven.
        proof: The hashes that came as proof.
        notes: The signed bytes of the checkpoints, as far as they are at hand.
        evidence: Sizes, indices and hashes that the proof was to link.
    """

    slug, title, status = "broken-proof", "Proof does not hold", 409

    def __init__(
        self, what: str, *, proof: Sequence[bytes], notes: tuple[bytes, ...] = (), **evidence: int | str
    ) -> None:
        self.proof, self.notes = tuple(proof), notes
        shown = ", ".join(f"{name} {value}" for name, value in evidence.items())
        super().__init__(
            f"{what} is not proven ({shown}); keep the message as evidence, and ask for the proof again",
            proof=[p.hex() for p in self.proof],
            notes=[note.decode() for note in notes],
            **evidence,
        )


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaf stands at `index` (from 0) in the tree of `size` leaves with this root.

    Source: RFC 9162 §2.1.3.2.

    Raises:
        BrokenProof: It is not proven, for whatever reason: all arguments may come from a stranger.
    """
    if not _included(leaf_hash, index, size, root, proof):
        raise BrokenProof("inclusion", proof=proof, index=index, size=size, leaf_hash=leaf_hash.hex(), root=root.hex())


def verify_consistency(
    *,
    first: int,
    second: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
    notes: tuple[bytes, ...] = (),
) -> None:
    """Check that the tree of `first` leaves is the beginning of the tree of `second` leaves.

    Size 0 is refused: it would prove nothing. Who extends from nothing asks for an empty proof instead.
    `notes` are the signed bytes of both checkpoints, to be kept as evidence if the proof is broken.
    Source: RFC 9162 §2.1.4.2.

    Raises:
        BrokenProof: It is not proven, for whatever reason: all arguments may come from a stranger.
    """
    if not _consistent(first, second, first_root, second_root, proof):
        raise BrokenProof(
            "consistency",
            proof=proof,
            notes=notes,
            first=first,
            second=second,
            first_root=first_root.hex(),
            second_root=second_root.hex(),
        )


def _included(leaf_hash: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    if not 0 <= index < size or len(leaf_hash) != HASH_BYTES or not _well_formed(proof):
        return False
    at, last, node = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(step, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, step)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def _consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    if not 0 < first <= second or not _well_formed(proof):
        return False
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    # A first tree that is one full subtree is a node of the second: its root stands in for the missing hash.
    path = (first_root, *proof) if first.bit_count() == 1 else tuple(proof)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _well_formed(proof: Sequence[bytes]) -> bool:
    return len(proof) <= PROOF_MAX and all(len(step) == HASH_BYTES for step in proof)
