"""A spoken phrase in a reader's language; slots stand in it as left-to-right islands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clearline.records.phrases.book import RIGHT_TO_LEFT, Book, Check
from clearline.records.phrases.slots import shown
from clearline.records.phrases.spoken import BookName, SpokenPhrase, shown_code

UNCHECKED = "unchecked"
"""What is said of a wording that no linguist has signed."""

LEFT_TO_RIGHT_ISLAND, ISLAND_END = "\u2066", "\u2069"
"""LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE. Source: Unicode Standard Annex 9, section 2.4."""

_SLOT = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A phrase as one reader sees it.

    `text` is empty where this node's catalogue has no such phrase or language; then code and slots stand for
    themselves, and `why` says so. `check` is `None` while nobody has signed for the wording.
    """

    code: str
    language: str
    direction: str
    text: str
    check: Check | None
    slots: tuple[tuple[str, str], ...]
    why: str = ""

    @property
    def state(self) -> str:
        """Return `unchecked`, or who checked the wording and when."""
        return UNCHECKED if self.check is None else f"checked by {self.check.by} on {self.check.on}"


def render(spoken: SpokenPhrase, book: Book, *, written_with: BookName | None, language: str) -> Rendered:
    """Return a phrase in `language`, as far as this node's catalogue is the one that the writer used."""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    filled = tuple((name, shown(slot)) for name, slot in spoken.slots)
    why = _why_not(spoken, book, written_with, language)
    if why:
        return Rendered(spoken.code, language, direction, "", None, filled, why)
    phrase, values = book.phrases[spoken.code], dict(filled)
    text = _SLOT.sub(lambda slot: island(values[slot[1]], direction), phrase.texts[language])
    return Rendered(spoken.code, language, direction, text, phrase.checked.get(language), filled)


def island(value: str, direction: str) -> str:
    """Return a slot's value isolated from the text around it, where the two could run against each other."""
    if direction == "ltr" and value.isascii():
        return value
    return f"{LEFT_TO_RIGHT_ISLAND}{value}{ISLAND_END}"


def bare(rendered: Rendered) -> str:
    """Return code and slots without words: what is shown where the words are not known to be the same."""
    slots = ", ".join(f"{name} {island(value, 'ltr')}" for name, value in rendered.slots)
    return f"{shown_code(rendered.code)} {slots}".rstrip()


def _why_not(spoken: SpokenPhrase, book: Book, written_with: BookName | None, language: str) -> str:
    if written_with is not None and not book.knows(written_with):
        return (
            f"written with phrase book version {written_with.version} ({written_with.hash[:12]}); this node holds "
            f"version {book.name.version} ({book.name.hash[:12]})"
        )
    phrase = book.phrases.get(spoken.code)
    if phrase is None:
        return f"the phrase book, version {book.name.version}, has no phrase {shown_code(spoken.code)}"
    if language not in phrase.texts:
        return f"the phrase book has no wording in {language}: {', '.join(book.languages)}"
    if not phrase.fits(spoken):
        return "the slots are not those of the phrase"
    return ""
