"""Texts in a notice file: what a reference and an officer's words may hold."""

from __future__ import annotations

import unicodedata
from typing import Any

from clearline.errors import Malformed

REFERENCE_MAX = 64
"""Characters of a party or a notice reference: they are read aloud and typed."""

LINE_MAX = 200
"""Characters of a one-line detail such as a call sign or a contact."""

REMARKS_MAX = 4000
"""Characters of remarks: about a page; more belongs in an annex."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BIDI_OVERRIDES = _BIDI - {"\u061c", "\u200e", "\u200f"}
_JOINERS = frozenset("\u200c\u200d")


def reference(value: Any, *, where: str) -> str:
    """Return a party or notice reference: 1 to 64 printable characters in NFC, no space at either end.

    Raises:
        Malformed: It is anything else, such as holding control, format or bidirectional characters.
    """
    expected = f"a text of 1 to {REFERENCE_MAX} printable characters, without spaces at the ends"
    if not isinstance(value, str):
        raise Malformed(where=where, found=value, expected=expected)
    if not 1 <= len(value) <= REFERENCE_MAX or value != value.strip() or not value.isprintable():
        raise Malformed(where=where, found=ascii(value[:80]), expected=expected)
    if any(c in _BIDI or unicodedata.category(c) == "Cf" for c in value):
        expected = "a text without invisible or direction characters"
        raise Malformed(where=where, found=ascii(value), expected=expected)
    if not unicodedata.is_normalized("NFC", value):
        raise Malformed(where=where, found=ascii(value), expected="a text in Unicode normal form C")
    return value


def detail(value: Any, *, where: str, longest: int, lines: bool = False) -> str:
    """Return a detail in an officer's words; `lines` allows more than one line.

    Right-to-left marks and joiners are allowed, as Arabic, Hebrew and Persian need them; embeddings and
    overrides, which can make a text read otherwise than it is, are not.

    Raises:
        Malformed: It is no text, too long, or holds control or overriding characters.
    """
    expected = f"a text of at most {longest} printable characters"
    if not isinstance(value, str) or len(value) > longest:
        raise Malformed(where=where, found=value, expected=expected)
    for c in value:
        fine = c.isprintable() or c in _JOINERS or (c in _BIDI and c not in _BIDI_OVERRIDES)
        if not fine and not (lines and c in "\n\t"):
            raise Malformed(where=where, found=ascii(value[:80]), expected=f"{expected}; {c!a} is none")
    return value


def squawk(value: Any, *, where: str) -> str:
    """Return a transponder code of four octal digits.

    Source: ICAO Annex 10, volume IV, chapter 3, 3.1.1.6: 4,096 codes, written with digits 0 to 7.
    """
    if not isinstance(value, str) or len(value) != 4 or not set(value) <= set("01234567"):
        raise Malformed(where=where, found=value, expected='four digits from 0 to 7 as a text, such as "4521"')
    return value
