"""The shapes of phrases and translations: what the API takes and answers about them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from clearline.faces.api.shapes import AsOfOut, EntryOut, MessageOut, Saying
from clearline.faces.api.taken import PhraseBody, Taken
from clearline.records import words
from clearline.records.phrases.spoken import PHRASES_MAX

PhraseBodies = Annotated[list[PhraseBody], msgspec.Meta(min_length=1, max_length=PHRASES_MAX)]


class MessageReadBackBody(Taken):
    """What was understood of the message's phrases, in their order; a machine compares."""

    phrases: PhraseBodies


class TranslationBody(Taken):
    """The message's free text in another language; `checked` where this position compared the two."""

    language: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=words.PROSE_MAX)]
    checked: bool = False


class BookOut(msgspec.Struct, frozen=True):
    """A catalogue: version, and SHA-256 of its canonical bytes."""

    version: int
    hash: str


class SlotOut(msgspec.Struct, frozen=True):
    """A slot that a phrase leaves open."""

    name: str
    type: Literal["time", "place", "height", "reference", "count"]


class PhraseOut(msgspec.Struct, frozen=True):
    """A phrase of the book; `text` is in the asked language, `texts` in all, `state` who checked `text`."""

    code: str
    shown: str
    group: str
    slots: tuple[SlotOut, ...]
    text: str
    state: str
    texts: dict[str, str]


class GroupOut(msgspec.Struct, frozen=True):
    """One of the ten groups: the first digit of its codes and its name."""

    digit: str
    name: str


class PhrasesOut(msgspec.Struct, frozen=True):
    """The phrase book; `doubt` says where the agreement names another one."""

    as_of: AsOfOut
    book: BookOut
    agreed: BookOut | None
    doubt: str | None
    language: str
    direction: Literal["ltr", "rtl"]
    languages: tuple[str, ...]
    groups: tuple[GroupOut, ...]
    phrases: tuple[PhraseOut, ...]


class SaidSlotOut(msgspec.Struct, frozen=True):
    """A filled slot as everybody sees it."""

    name: str
    value: str


class SaidPhraseOut(msgspec.Struct, frozen=True):
    """A phrase of a message in the reader's language; `text` is null with a reason where the words are not known."""

    code: str
    shown: str
    language: str
    direction: Literal["ltr", "rtl"]
    text: str | None
    plain: str
    state: str
    slots: tuple[SaidSlotOut, ...]
    why: str | None


class TranslationOut(msgspec.Struct, frozen=True):
    """A translation beside the original: `state` is `unchecked`, or the position that checked it."""

    language: str
    direction: Literal["ltr", "rtl"]
    text: str
    state: str
    said: Saying


class SlotDifferenceOut(msgspec.Struct, frozen=True):
    """One difference between what was said and what was read back; `phrase` is -1 for the whole message."""

    phrase: int
    what: str
    said: str
    read: str


class MessageReadBackOut(msgspec.Struct, frozen=True):
    """The latest read-back of one member; while it does not match, the step stays open."""

    member: str
    matches: bool
    differences: tuple[SlotDifferenceOut, ...]
    earlier: tuple[str, ...]
    said: Saying


class MessageWordsOut(msgspec.Struct, frozen=True):
    """The words around a message, for a reader of `language`."""

    language: str
    phrase_book: BookOut | None
    phrases: tuple[SaidPhraseOut, ...]
    translations: tuple[TranslationOut, ...]
    read_backs: tuple[MessageReadBackOut, ...]


class ReadBackSaidOut(msgspec.Struct, frozen=True):
    """A read-back was recorded; `matches` false leaves the step open and both sides see the differences."""

    entry: EntryOut
    matches: bool
    differences: tuple[SlotDifferenceOut, ...]
    as_of: AsOfOut


class WordedMessageOut(MessageOut, frozen=True, kw_only=True):
    """A message with the words around it: the original first, then phrases and translations for the reader."""

    words: MessageWordsOut


class MessagesOut(msgspec.Struct, frozen=True):
    """A page of messages, newest first; `next` is the `from` of the next page."""

    as_of: AsOfOut
    total: int
    next: int | None
    language: str
    doubt: str | None
    messages: tuple[WordedMessageOut, ...]
