"""A member's sealing key: X25519, to which others seal bodies that somebody else carries.

Source: RFC 7748 (X25519). Sealing itself is elsewhere; this is the key alone, made and kept like every other key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from clearline.errors import Malformed, Said

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

SEALING_KEY_BYTES: Final = 32
"""Bytes of a public and of a private key. Source: RFC 7748 §5."""


class SealingKey:
    """A private X25519 key. It shows its public half only, and cannot be pickled.

    Args:
        seed: 32 secret bytes, drawn by the caller: the core has no randomness of its own.

    Raises:
        Malformed: The seed has not 32 bytes (it is not repeated).
    """

    __slots__ = ("private", "raw")

    raw: bytes
    private: X25519PrivateKey

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        if len(seed) != SEALING_KEY_BYTES:
            found = Said(f"{len(seed)} bytes")
            raise Malformed(where="sealing key", found=found, expected=f"{SEALING_KEY_BYTES} bytes")
        self.private = X25519PrivateKey.from_private_bytes(seed)
        self.raw = self.private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"SealingKey({self.raw.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled; hand over its text on purpose")
