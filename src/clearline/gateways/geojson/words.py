"""Texts in a notice file beside its references: what an officer's words and a transponder code may hold."""

from __future__ import annotations

from typing import Any

from clearline.errors import Malformed
from clearline.records.words import prose

DETAIL_MAX = 500
"""Characters of a detail such as a call sign or remarks: what the record keeps of each."""

_JOINERS = frozenset("\u200c\u200d")
_MARKS = frozenset("\u061c\u200e\u200f")


def detail(value: Any, *, where: str, lines: bool = False) -> str:
    """Return a detail in an officer's words; `lines` allows more than one line.

    Right-to-left marks and joiners are allowed, as Arabic, Hebrew and Persian need them; embeddings, overrides
    and other signs that do not show, which can make a text read otherwise than it is, are not.

    Raises:
        Malformed: It is no text, too long, not in Unicode normal form C, or holds such a sign.
    """
    text = prose(value, where=where, most=DETAIL_MAX)
    for c in text:
        if not (c.isprintable() or c in _JOINERS or c in _MARKS or (lines and c == "\n")):
            expected = f"printable characters{' and line feeds' if lines else ' in one line'}; {c!a} is none"
            raise Malformed(where=where, found=ascii(text[:80]), expected=expected)
    return text


def squawk(value: Any, *, where: str) -> str:
    """Return a transponder code of four octal digits.

    Source: ICAO Annex 10, volume IV, chapter 3, 3.1.1.6: 4,096 codes, written with digits 0 to 7.
    """
    if not isinstance(value, str) or len(value) != 4 or not set(value) <= set("01234567"):
        raise Malformed(where=where, found=value, expected='four digits from 0 to 7 as a text, such as "4521"')
    return value
