"""The bytes of a cosignature: a timed statement about a checkpoint.

Source: C2SP tlog-cosignature, Ed25519 ("cosignature/v1").
"""

from __future__ import annotations

from typing import Final

from clearline.errors import Malformed, Said
from clearline.signing.keys import SIGNATURE_BYTES

HEADER: Final = "cosignature/v1\n"
"""First line of every cosigned message: it keeps cosignatures apart from all other signed texts."""

TIME_BYTES: Final = 8
"""Bytes of the big-endian time before the signature proper."""

TIME_MAX_S: Final = 2**63 - 1
"""The latest time that a cosignature can carry, in seconds since 1970-01-01T00:00:00Z."""


def cosigned_message(text: str, time_s: int) -> bytes:
    """Return the bytes that a cosigner signs over checkpoint text at `time_s` (seconds since 1970, UTC).

    Raises:
        Malformed: The time lies outside 0 … `TIME_MAX_S`, both ends included.
    """
    if not 0 <= time_s <= TIME_MAX_S:
        raise Malformed(where="cosignature time", found=time_s, expected=f"seconds from 0 to {TIME_MAX_S}")
    return f"{HEADER}time {time_s}\n{text}".encode()


def join_timed(time_s: int, signature: bytes) -> bytes:
    """Return the timed signature: 8 bytes of big-endian time, then the 64-byte signature."""
    return time_s.to_bytes(TIME_BYTES, "big") + signature


def split_timed(timed: bytes, *, where: str) -> tuple[int, bytes]:
    """Return time (seconds since 1970, UTC) and 64-byte signature of a timed signature.

    Raises:
        Malformed: Not 72 bytes, or a time past `TIME_MAX_S`.
    """
    if len(timed) != TIME_BYTES + SIGNATURE_BYTES:
        raise Malformed(
            where=where,
            found=Said(f"{len(timed)} bytes"),
            expected=f"{TIME_BYTES + SIGNATURE_BYTES} bytes of cosignature",
        )
    time_s = int.from_bytes(timed[:TIME_BYTES], "big")
    if time_s > TIME_MAX_S:
        raise Malformed(where=where, found=time_s, expected=f"a time of at most {TIME_MAX_S} s")
    return time_s, timed[TIME_BYTES:]
