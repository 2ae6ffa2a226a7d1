"""Sentences for people, by code: English stands in the texts that machines log; a reader's own language words the code.

A sentence of a node is never translated from its English text. Whoever makes the text gives the code and what fills it
beside it, and a face that speaks to people words the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = str | int | float | tuple[str, ...]
"""What fills a sentence. The name says what it is: `…_at` an RFC 3339 time, `…_s` seconds, `…_ft` and `…_m` heights; a
name that is a group of words (`activity`, `line`) holds one of them or several; all else stands as it is."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its code, such as `line.late`, and what fills it, by name."""

    code: str
    values: tuple[tuple[str, Value], ...] = ()


def sentence(code: str, **values: Value) -> Sentence:
    """Return the sentence of a code, filled by name; the names stand in order."""
    return Sentence(code, tuple(sorted(values.items())))
