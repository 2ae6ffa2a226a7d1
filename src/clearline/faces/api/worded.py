"""Sentences of the node as the API answers them: a code and what fills it, beside the English text."""

from __future__ import annotations

import msgspec

from clearline.sentence import Sentence


class SentenceOut(msgspec.Struct, frozen=True):
    """A sentence for a reader of any language: its code, and what fills it by name.

    Names say what a value is: `…_at` an RFC 3339 time, `…_s` seconds; a name that is a group of closed words
    (`activity`, `line`, `step`) holds one of them or a list; all else stands as it is.
    """

    code: str
    values: dict[str, str | int | float | tuple[str, ...]]


def sentence_out(one: Sentence) -> SentenceOut:
    """Return a sentence as the API answers it."""
    return SentenceOut(one.code, dict(one.values))


def sentence_or_null(one: Sentence | None) -> SentenceOut | None:
    """Return a sentence as the API answers it, or null where there is none."""
    return None if one is None else sentence_out(one)
