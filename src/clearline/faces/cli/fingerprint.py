"""Fingerprints: a key or a channel in a form that two people compare over a telephone line."""

from __future__ import annotations

import hashlib

from clearline.channel.roster import root_name
from clearline.signing.keys import Algorithm, PublicKey

DIGITS = 32
"""Hexadecimal digits of a fingerprint: 128 bits, beyond reach of a second key made to fit."""

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_LETTERS = ("Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot")

SPOKEN = dict(zip("0123456789abcdef", (*_DIGITS, *_LETTERS), strict=True))
"""How each digit is said. Source: ICAO Annex 10, volume II, 5.2.1 (spelling alphabet)."""


def root_vkey(member: str, root: bytes) -> str:
    """Return a member's root key as C2SP vkey text: name, key ID and key."""
    return PublicKey(root_name(member), Algorithm.ED25519, root).vkey()


def root_fingerprint(member: str, root: bytes) -> str:
    """Return the fingerprint of a member's root key: the first `DIGITS` of hex SHA-256 of its vkey text."""
    return hashlib.sha256(root_vkey(member, root).encode()).hexdigest()[:DIGITS]


def grouped(digits: str) -> str:
    """Return the first `DIGITS` hexadecimal digits in groups of four."""
    return " ".join(digits[start : start + 4] for start in range(0, DIGITS, 4))


def spoken(digits: str) -> str:
    """Return the first `DIGITS` hexadecimal digits as words, groups of four parted by commas."""
    return ", ".join(" ".join(SPOKEN[digit] for digit in group) for group in grouped(digits).split())
