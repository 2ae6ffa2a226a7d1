"""Sealing: a body that somebody else carries, readable by its recipient alone.

Source: RFC 9180 (HPKE), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. Base mode says nothing
of who sealed: that a body is its author's is shown by the commitment in the author's signed statement, which every
recipient checks after opening.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from clearline.errors import Refused
from clearline.signing.sealing_key import SEALING_KEY_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

    from clearline.signing.sealing_key import SealingKey

DOMAIN: Final = b"clearline/sealed/v1\n"
KEY_ID_BYTES: Final = 8
"""Bytes that name a sealing key beside its owner: enough to tell the keys of one member apart, never a proof."""

SALT_BYTES: Final = 32
OVERHEAD_BYTES: Final = SEALING_KEY_BYTES + 16 + SALT_BYTES
"""Bytes by which a sealed body is longer than the body: the encapsulated key, the tag, the salt."""


class NotOpened(Refused):
    """A sealed body does not open: it was sealed to another key or for another place, or its bytes were changed."""

    slug, title, status = "not-opened", "Sealed body does not open", 422


def sealing_key_id(raw: bytes) -> bytes:
    """Return the 8 bytes that name a public sealing key (32 bytes): SHA-256(domain ‖ key), cut."""
    return sha256(DOMAIN + raw).digest()[:KEY_ID_BYTES]


def seal(salt: bytes, body: bytes, *, to: bytes, entry: str, slot: int) -> bytes:
    """Return a body and its salt sealed to a public key.

    The ephemeral key is drawn inside the library, from the operating system: nobody can hand in a poor one.

    Args:
        salt: The 32 bytes that stand before the body in its commitment.
        body: The body.
        to: The recipient's public sealing key, 32 bytes.
        entry: The entry id, 64 hexadecimal digits.
        slot: Which body of the entry it is.

    Raises:
        NotOpened: `to` is no key that anything can be sealed to.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        key = X25519PublicKey.from_public_bytes(to)
        return _suite().encrypt(salt + body, key, info=_info(entry, slot, to))
    except ValueError:
        raise NotOpened("nothing can be sealed to this key; its owner must give another") from None


def unseal(sealed: bytes, key: SealingKey, *, entry: str, slot: int) -> tuple[bytes, bytes]:
    """Return salt and body of what was sealed to `key` for this entry and slot.

    Raises:
        NotOpened: It was sealed to another key, or for another entry or slot, or its bytes were changed.
    """
    from cryptography.exceptions import InvalidTag

    if len(sealed) < OVERHEAD_BYTES:
        raise NotOpened(f"{len(sealed)} bytes are no sealed body")
    try:
        opened = _suite().decrypt(sealed, key.private, info=_info(entry, slot, key.raw))
    except (InvalidTag, ValueError):
        raise NotOpened("does not open with this member's sealing key") from None
    return opened[:SALT_BYTES], opened[SALT_BYTES:]


def _info(entry: str, slot: int, to: bytes) -> bytes:
    return DOMAIN + bytes.fromhex(entry) + bytes((slot,)) + sealing_key_id(to)


@lru_cache(maxsize=1)
def _suite() -> Suite:
    from cryptography.hazmat.primitives import hpke

    return hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
