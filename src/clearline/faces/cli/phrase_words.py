"""Phrases as an officer types them: `"003-7 place=34.556N,38.321E height=FL195 time=1430Z"`, to what the API takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from clearline.errors import Malformed, Said
from clearline.faces.cli import dictation
from clearline.records import words
from clearline.records.phrases.book import Book, Phrase
from clearline.records.phrases.slots import SlotType, count
from clearline.records.phrases.spoken import shown_code, typed_code
from clearline.volumes.altitude import format_altitude
from clearline.volumes.instant import Instant, format_instant

SPOKEN_MAX = 1_000
"""Characters of one phrase with its slots as it is typed."""

SLOT_FORMS = {
    SlotType.PLACE: dictation.PLACE_FORM,
    SlotType.TIME: dictation.TIME_FORM,
    SlotType.HEIGHT: "FL195, 3000 ft AMSL, 500 ft AGL, SFC or UNL",
    SlotType.REFERENCE: "a reference",
    SlotType.COUNT: "a whole number",
}

_NAMED = re.compile(r"(?:^|\s)([a-z]{1,16})=")


def bodies(phrases: Sequence[str], slots: Sequence[str], book: Book, *, now: Instant) -> list[dict[str, Any]]:
    """Return phrases as the API takes them; `slots` go to the one phrase that leaves a slot of that name open.

    Raises:
        Malformed: A code or slot is not well formed, or a slot fits no phrase or several.
        UnknownPhrase: The book has no such code.
        SlotsDiffer: A slot is missing or too many.
    """
    said = [_split(text, f"--phrase {number}") for number, text in enumerate(phrases, 1)]
    for text in slots:
        name, equals, value = text.partition("=")
        fits = [given for code, given in said if name in book.phrase(code).slots and name not in given]
        if not equals or len(fits) != 1:
            expected = f"name=value for one phrase that leaves {name} open; of several, write it into --phrase itself"
            raise Malformed(where="--slot", found=text, expected=expected)
        fits[0][name] = value.strip()
    found = []
    for number, (code, given) in enumerate(said, 1):
        phrase = book.phrase(code)
        _complete(phrase, given, f"--phrase {number}")
        values = {name: _value(phrase.slots[name], text, now, f"--slot {name}") for name, text in given.items()}
        found.append({"code": code, "slots": values})
    return found


def _split(text: str, where: str) -> tuple[str, dict[str, str]]:
    """Return the code and the slots of `CODE name=value name=value`; a value runs to the next name."""
    if len(text) > SPOKEN_MAX:
        raise Malformed(where=where, found=text, expected=f"at most {SPOKEN_MAX} characters")
    names = list(_NAMED.finditer(text))
    code = typed_code(text[: names[0].start()] if names else text, where=where)
    ends = [*(match.start() for match in names[1:]), len(text)]
    given: dict[str, str] = {}
    for match, end in zip(names, ends, strict=False):
        if match[1] in given:
            raise Malformed(where=where, found=match[1], expected="each slot once")
        given[match[1]] = text[match.end() : end].strip()
    return code, given


def _complete(phrase: Phrase, given: dict[str, str], where: str) -> None:
    if set(given) != set(phrase.slots):
        asked = ", ".join(f"{name} ({SLOT_FORMS[kind]})" for name, kind in phrase.slots.items()) or "no slots"
        found = Said(", ".join(given) or "no slots")
        raise Malformed(where=where, found=found, expected=f"for {shown_code(phrase.code)} exactly: {asked}")


def _value(kind: SlotType, text: str, now: Instant, where: str) -> Any:
    match kind:
        case SlotType.PLACE:
            return list(dictation.place(text, where=where))
        case SlotType.TIME:
            return format_instant(dictation.time(text, now=now, where=where))
        case SlotType.HEIGHT:
            return format_altitude(dictation.height(text, where=where))
        case SlotType.REFERENCE:
            return words.reference(text, where=where)
        case SlotType.COUNT:
            if not text.isascii() or not text.isdecimal() or len(text) > 6:
                raise Malformed(where=where, found=text, expected="a whole number")
            return count(int(text), where=where)
