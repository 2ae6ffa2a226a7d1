"""Keys: who may sign under which name, and the text forms in which keys are handed over.

Source: C2SP signed-note (key IDs, vkeys and the private-key text of golang.org/x/mod/sumdb/note) and
RFC 8032 (Ed25519). `cryptography` does the arithmetic and is loaded by the first use of a key, because
much of the program reads notes without verifying any.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NoReturn

from clearline.errors import Malformed, Said

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES: Final = 32
"""Length of an Ed25519 public key and of a seed. Source: RFC 8032 §5.1.5."""

SIGNATURE_BYTES: Final = 64
"""Length of an Ed25519 signature. Source: RFC 8032 §5.1.6."""

KEY_ID_BYTES: Final = 4
"""Length of a key ID. Source: C2SP signed-note."""

NAME_MAX: Final = 128
"""Characters of a key name: room for any log origin of ours, little enough to print on one line."""

LOADED_KEYS_MAX: Final = 1024
"""Public keys that stay loaded: more than the keys of any channel, and a bound on memory."""

_NAME = re.compile(rf"[A-Za-z0-9./_-]{{1,{NAME_MAX}}}")
_NAME_EXPECTED = f"a key name of 1 to {NAME_MAX} characters out of A-Z a-z 0-9 . / _ -"
_FIELD_PRIME = 2**255 - 19
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


class Algorithm(IntEnum):
    """The signature types that Clearline uses. Source: C2SP signed-note, "Signature types"."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


_ALGORITHM_NAMES: Final = {Algorithm.ED25519: "Ed25519", Algorithm.COSIGNATURE_V1: "cosignature/v1"}


def checked_name(name: str, *, where: str) -> str:
    """Return `name` if it can name a key or a log.

    The rule is narrower than C2SP's, which forbids only spaces and plus signs: letters that look alike must
    not make two names look alike.

    Raises:
        Malformed: Any other character, none at all, or more than `NAME_MAX`.
    """
    if _NAME.fullmatch(name) is None:
        raise Malformed(where=where, found=name, expected=_NAME_EXPECTED)
    return name


def decode_base64(text: str, *, where: str) -> bytes:
    """Return the bytes that `text` stands for in standard base64 (RFC 4648 §4), in its one canonical form.

    Raises:
        Malformed: Other characters, missing padding, or bits set in the unused part of the last character,
            by which two texts would stand for the same bytes.
    """
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        value = b""
    if not text or encode_base64(value) != text:
        raise Malformed(where=where, found=text, expected="canonical standard base64 with its padding")
    return value


def encode_base64(value: bytes) -> str:
    """Return `value` in standard base64 with padding (RFC 4648 §4)."""
    return b64encode(value).decode("ascii")


def key_id_of(name: str, algorithm: Algorithm, raw: bytes) -> bytes:
    """Return the 4 bytes that identify a key beside its name; an identifier, never a proof.

    Source: C2SP signed-note, "Signatures": SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4].
    """
    return sha256(name.encode("ascii") + b"\n" + bytes((algorithm,)) + raw).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key under its name.

    Raises:
        Malformed: The name breaks `checked_name`, `raw` is not 32 bytes, is not in canonical form, or is one
            of the few points of small order. Under such a key one signature fits many messages, so that its
            owner could later deny any of them.
    """

    name: str
    algorithm: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        checked_name(self.name, where="key name")
        if len(self.raw) != KEY_BYTES:
            raise Malformed(where=f"key {self.name}", found=self.raw.hex(), expected=f"{KEY_BYTES} bytes of public key")
        y = int.from_bytes(self.raw, "little") & (2**255 - 1)
        if y >= _FIELD_PRIME or y in _SMALL_ORDER_Y:
            raise Malformed(
                where=f"key {self.name}",
                found=self.raw.hex(),
                expected="a canonical Ed25519 key of full order",
            )

    def key_id(self) -> bytes:
        """Return the 4-byte key ID."""
        return key_id_of(self.name, self.algorithm, self.raw)

    def ref(self) -> tuple[str, bytes]:
        """Return (name, key ID): how signature lines and maps of known keys name this key."""
        return self.name, self.key_id()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Report whether `signature` (64 bytes) is this key's Ed25519 signature over `message`.

        Any bytes are taken; those that can be no signature give False.
        """
        from cryptography.exceptions import InvalidSignature

        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            _loaded(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def vkey(self) -> str:
        """Return the key as C2SP vkey text: `name+hex(key ID)+base64(type ‖ key)`."""
        body = encode_base64(bytes((self.algorithm,)) + self.raw)
        return f"{self.name}+{self.key_id().hex()}+{body}"


@lru_cache(maxsize=LOADED_KEYS_MAX)
def _loaded(raw: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


class Signer:
    """A private key under its name. It shows its public half only, and cannot be pickled.

    Args:
        name: The key's name.
        seed: 32 secret bytes, drawn by the caller: the core has no randomness of its own.
        algorithm: What the key signs; a key is used for one algorithm alone.

    Raises:
        Malformed: The name breaks `checked_name` or the seed has not 32 bytes (it is not repeated).
    """

    __slots__ = ("_private", "public")

    public: PublicKey
    _private: Ed25519PrivateKey

    def __init__(self, name: str, seed: bytes, algorithm: Algorithm = Algorithm.ED25519) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        checked_name(name, where="key name")
        if len(seed) != KEY_BYTES:
            raise Malformed(where=f"seed of {name}", found=Said(f"{len(seed)} bytes"), expected=f"{KEY_BYTES} bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(name, algorithm, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.public.vkey()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled; hand over its text on purpose")

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over `message`."""
        return self._private.sign(message)

    def private_text(self) -> str:
        """Return the private key as text: `PRIVATE+KEY+name+hex(key ID)+base64(type ‖ seed)`.

        It is the secret itself: only a file that its owner alone can read may hold it.
        """
        body = encode_base64(bytes((self.public.algorithm,)) + self._private.private_bytes_raw())
        return f"PRIVATE+KEY+{self.public.name}+{self.public.key_id().hex()}+{body}"


def parse_vkey(text: str, *, where: str) -> PublicKey:
    """Return the public key that a C2SP vkey text holds; `PublicKey.vkey` gives exactly this text back.

    Raises:
        Malformed: Any other form, an algorithm not used here, or a key ID that is not this key's.
    """
    name, key_id, algorithm, raw = _parts(text, where=where, form="name+hex(key ID)+base64(type, key)")
    key = PublicKey(name, algorithm, raw)
    if key.key_id().hex() != key_id:
        raise Malformed(where=where, found=key_id, expected=f"the key ID of this name and key, {key.key_id().hex()}")
    return key


def parse_private_text(text: str, *, where: str) -> Signer:
    """Return the signer that a private-key text holds; `Signer.private_text` gives exactly this text back.

    Raises:
        Malformed: Any other form. The message never repeats the text.
    """
    form = "PRIVATE+KEY+name+hex(key ID)+base64(type, seed)"
    prefix = "PRIVATE+KEY+"
    if not text.startswith(prefix):
        raise Malformed(where=where, found=Said("(not shown)"), expected=form)
    key_id, signer = "", None
    # Raised outside the handler, so that no chained error carries the secret into a log.
    with suppress(Malformed):
        name, key_id, algorithm, seed = _parts(text.removeprefix(prefix), where=where, form=form)
        signer = Signer(name, seed, algorithm)
    if signer is None:
        raise Malformed(where=where, found=Said("(not shown)"), expected=form)
    if signer.public.key_id().hex() != key_id:
        raise Malformed(where=where, found=key_id, expected="the key ID of this name and key")
    return signer


def _parts(text: str, *, where: str, form: str) -> tuple[str, str, Algorithm, bytes]:
    # Base64 may hold plus signs, names and key IDs cannot: only the first two signs part the text.
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Malformed(where=where, found=text, expected=form)
    name, key_id, body = parts
    checked_name(name, where=where)
    value = decode_base64(body, where=where)
    known = ", ".join(f"{a:#04x} {_ALGORITHM_NAMES[a]}" for a in Algorithm)
    if len(value) != 1 + KEY_BYTES or value[0] not in _ALGORITHM_NAMES:
        raise Malformed(where=where, found=body, expected=f"one type byte ({known}) and {KEY_BYTES} bytes of key")
    return name, key_id, Algorithm(value[0]), value[1:]
