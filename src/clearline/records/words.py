"""Texts that people write: references, short words and prose, checked the same way wherever they come in."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from clearline.errors import Malformed, Said

MemberId = NewType("MemberId", str)
"""A member's short name in the channel, such as `TR`."""

EntryId = NewType("EntryId", str)
"""64 lower-case hexadecimal digits: SHA-256 of the domain and the whole note."""

REFERENCE_MAX = 64
"""Characters of a reference: it must be dictated over a bad line."""

PROSE_MAX = 8_000
"""Characters of free text: about three pages; more belongs into a document of its own."""

_MEMBER = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_ENTRY = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def member_id(text: object, *, where: str) -> MemberId:
    """Return `text` as a member's id: 2 to 8 capital Latin letters or digits, a letter first."""
    if not isinstance(text, str) or not _MEMBER.fullmatch(text):
        raise Malformed(where=where, found=text, expected="a member's id: 2 to 8 letters A-Z or digits, a letter first")
    return MemberId(text)


def entry_id(text: object, *, where: str) -> EntryId:
    """Return `text` as an entry id: 64 lower-case hexadecimal digits."""
    if not isinstance(text, str) or not _ENTRY.fullmatch(text):
        raise Malformed(where=where, found=text, expected="an entry id: 64 hexadecimal digits, lower case")
    return EntryId(text)


def language_tag(text: object, *, where: str) -> str:
    """Return `text` as the tag of a language (BCP 47), such as `tr` or `en-GB`."""
    if not isinstance(text, str) or not _LANGUAGE.fullmatch(text):
        raise Malformed(where=where, found=text, expected="a language tag such as tr or en-GB")
    return text


def reference(text: object, *, where: str) -> str:
    """Return `text` as a reference: 1 to 64 printable characters, NFC, no space at the ends, no direction marks."""
    if (
        not isinstance(text, str)
        or not 1 <= len(text) <= REFERENCE_MAX
        or not text.isprintable()
        or text != text.strip()
        or not unicodedata.is_normalized("NFC", text)
        or not _BIDI.isdisjoint(text)
    ):
        raise Malformed(
            where=where,
            found=text,
            expected=f"a reference: 1 to {REFERENCE_MAX} printable characters, NFC, no direction marks or outer spaces",
        )
    return text


def prose(text: object, *, where: str, least: int = 0, most: int = PROSE_MAX) -> str:
    """Return `text` as free text: NFC, line feeds allowed, no other control characters."""
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise Malformed(where=where, found=text, expected=f"a text of {least} to {most} characters")
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character != "\n"):
            raise Malformed(
                where=where, found=Said(f"U+{ord(character):04X} at {index}"), expected="no control characters"
            )
    if not unicodedata.is_normalized("NFC", text):
        raise Malformed(where=where, found=text, expected="text in Unicode normal form C")
    return text
