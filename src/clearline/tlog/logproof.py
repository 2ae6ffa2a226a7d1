"""The text of an offline proof: this entry stands at this place in this log, and these have seen it.

Source: C2SP tlog-proof.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clearline.errors import Malformed, TooLarge
from clearline.signing.keys import PublicKey, decode_base64, encode_base64
from clearline.signing.note import NOTE_MAX_BYTES, KeyRef
from clearline.tlog.checkpoint import SignedCheckpoint, parse_signed_checkpoint
from clearline.tlog.proof import PROOF_MAX, verify_inclusion
from clearline.tlog.tree import HASH_BYTES, SIZE_MAX

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
"""What tells the format and its version."""

PROOF_TEXT_MAX_BYTES: Final = 2 * NOTE_MAX_BYTES
"""Bytes of a proof text: one checkpoint, and as much again for hashes and extra data."""

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof as it travels: nothing in it is verified, and `extra` never can be.

    `path` runs from the leaf upwards; `checkpoint` holds the bytes of the signed checkpoint.

    Raises:
        Malformed: Index outside 0 … 2^53 - 1, more than 63 hashes, or one that has not 32 bytes.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index < SIZE_MAX:
            raise Malformed(where="proof index", found=self.index, expected=f"0 to {SIZE_MAX - 1}")
        if len(self.path) > PROOF_MAX or any(len(step) != HASH_BYTES for step in self.path):
            raise Malformed(
                where="proof", found=self.path, expected=f"at most {PROOF_MAX} hashes of {HASH_BYTES} bytes"
            )


def encode_log_proof(proof: LogProof) -> bytes:
    """Return the text of `proof`."""
    lines = [FIRST_LINE]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += map(encode_base64, proof.path)
    return ("\n".join(lines) + "\n\n").encode() + proof.checkpoint


def parse_log_proof(raw: bytes, *, where: str, max_bytes: int = PROOF_TEXT_MAX_BYTES) -> LogProof:
    """Parse the text of a proof; `encode_log_proof` gives exactly these bytes back.

    Any bytes give a proof or a `Refused`. The checkpoint is taken as it stands; `verify_log_proof` reads it.

    Raises:
        Malformed: Names the first line that breaks the form, by its number from 1.
        TooLarge: Longer than `max_bytes`.
    """
    if len(raw) > max_bytes:
        raise TooLarge(where=where, size=len(raw), limit=max_bytes, unit="bytes")
    head, blank, checkpoint = raw.partition(b"\n\n")
    if not blank or not head.isascii():
        raise Malformed(where=where, found=head[-40:], expected="ASCII lines, a blank line, then a checkpoint")
    lines = head.decode("ascii").split("\n")
    if lines[0] != FIRST_LINE:
        raise Malformed(where=f"{where}, line 1", found=lines[0], expected=FIRST_LINE)
    extra, at = b"", 1
    if len(lines) > at and lines[at].startswith("extra "):
        extra = decode_base64(lines[at].removeprefix("extra "), where=f"{where}, line 2")
        at += 1
    match = _INDEX.fullmatch(lines[at]) if len(lines) > at else None
    if match is None or int(match[1]) >= SIZE_MAX:
        raise Malformed(
            where=f"{where}, line {at + 1}",
            found=lines[at] if len(lines) > at else "",
            expected=f"index and a number from 0 to {SIZE_MAX - 1}",
        )
    if len(lines) - at - 1 > PROOF_MAX:
        raise TooLarge(where=where, size=len(lines) - at - 1, limit=PROOF_MAX, unit="hashes")
    path = tuple(decode_base64(line, where=f"{where}, line {n}") for n, line in enumerate(lines[at + 1 :], at + 2))
    return LogProof(int(match[1]), path, checkpoint, extra)


def verify_log_proof(
    proof: LogProof, leaf_hash: bytes, *, log_key: PublicKey, known: Mapping[KeyRef, PublicKey], where: str
) -> SignedCheckpoint:
    """Return the checkpoint in which the leaf is proven to stand, with its verified cosignatures.

    How many cosignatures suffice is for the caller to judge.

    Raises:
        Refused: The checkpoint breaks the form or is not signed by the log, as `parse_signed_checkpoint` says.
        BrokenProof: The leaf is not proven to stand there.
    """
    signed = parse_signed_checkpoint(proof.checkpoint, log_key=log_key, known=known, where=where)
    c = signed.checkpoint
    verify_inclusion(leaf_hash=leaf_hash, index=proof.index, size=c.size, root=c.root, proof=proof.path)
    return signed
