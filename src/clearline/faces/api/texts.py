"""What no text from an officer may hold, wherever it stands in a body."""

from __future__ import annotations

import re
from typing import Any

from clearline.errors import Malformed
from clearline.gateways.geojson.text import escaped

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates: with them 1500 stands on a screen where 0051 was signed.

Marks (U+061C, U+200E, U+200F) are none of them: people type them in Arabic and Hebrew.
Source: Unicode Standard Annex 9, sections 2.1 to 2.5; Unicode Technical Report 36, section 2.5.
"""

_DOUBTFUL = re.compile(rb"(?i:\\u(?:d|20[26]))|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
"""What may spell one of these signs, or half a character, in JSON: only then every text is looked at."""


def check(raw: bytes, value: Any) -> None:
    """Refuse half a character (a lone surrogate), and signs that turn the direction of writing.

    Args:
        raw: The body, by which most are let through without a look at every text.
        value: What it holds.

    Raises:
        Malformed: Names the text by JSON Pointer. Source of the former, which JSON can spell and no text holds:
            RFC 7493, section 2.1.
    """
    if not _DOUBTFUL.search(raw):
        return
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        pointer, here = stack.pop()
        if isinstance(here, str) and any("\ud800" <= c <= "\udfff" for c in here):
            raise Malformed(where=f"body: {pointer}", found=here, expected="a text of whole characters")
        if isinstance(here, str) and not _TURNING.isdisjoint(here):
            expected = "a text without embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069)"
            raise Malformed(where=f"body: {pointer}", found=ascii(here[:80]), expected=expected)
        if isinstance(here, dict):
            for name, inner in here.items():
                stack += [(f"{pointer}/{escaped(name)}", name), (f"{pointer}/{escaped(name)}", inner)]
        elif isinstance(here, list):
            stack += [(f"{pointer}/{number}", inner) for number, inner in enumerate(here)]
