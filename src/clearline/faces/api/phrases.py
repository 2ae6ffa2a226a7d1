"""The phrase book, phrases in messages and read back, and translations beside free text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from starlette.responses import Response

from clearline.channel.acts import wording
from clearline.channel.acts.wording import MessageWords
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.errors import Malformed
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.phrase_shapes import (
    BookOut,
    GroupOut,
    MessageReadBackBody,
    MessageReadBackOut,
    MessageWordsOut,
    PhraseOut,
    PhrasesOut,
    ReadBackSaidOut,
    SaidPhraseOut,
    SaidSlotOut,
    SlotDifferenceOut,
    SlotOut,
    TranslationBody,
    TranslationOut,
)
from clearline.faces.api.table import Endpoint, Query
from clearline.faces.api.taken import PhraseBody
from clearline.picture.entry import Entry
from clearline.picture.wording import SlotDifference
from clearline.records import words
from clearline.records.message import Message
from clearline.records.phrases.book import RIGHT_TO_LEFT, Book, Phrase
from clearline.records.phrases.render import UNCHECKED, Rendered, bare
from clearline.records.phrases.slots import (
    CountSlot,
    HeightSlot,
    PlaceSlot,
    ReferenceSlot,
    Slot,
    SlotType,
    TimeSlot,
    count,
)
from clearline.records.phrases.spoken import BookName, SpokenPhrase, shown_code, typed_code
from clearline.store.phrase_book import shipped
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import parse_altitude
from clearline.volumes.instant import Instant, parse_instant

SEARCH_MAX = 100
"""Characters of what is searched for."""

LANGUAGE = Query("language", "The reader's language, such as he; without it the first of the agreement's.")


async def listed(asked: Asked) -> Response:
    """Show the phrase book in a language."""
    book, wanted = shipped(), asked.text("search")
    if len(wanted) > SEARCH_MAX:
        raise Malformed(where="query search", found=wanted, expected=f"at most {SEARCH_MAX} characters")
    group = asked.text("group")
    if group and group not in book.groups:
        raise Malformed(where="query group", found=group, expected="a digit, 0 to 9")

    def read(node: Node, at: Instant) -> PhrasesOut:
        language = language_of(asked, node)
        agreed = wording.agreed_book(node)
        return PhrasesOut(
            as_of=render.as_of_out(node, at),
            book=_book(book.name),
            agreed=None if agreed is None else _book(agreed),
            doubt=wording.book_doubt(node, book) or None,
            language=language,
            direction=_direction(language),
            languages=book.languages,
            groups=tuple(GroupOut(digit, names[language]) for digit, names in book.groups.items()),
            phrases=tuple(
                _phrase(phrase, language)
                for phrase in book.phrases.values()
                if phrase.code.startswith(group) and phrase.says(wanted)
            ),
        )

    return answer(await asked.read(read))


async def read_back(asked: Asked) -> Response:
    """Read the phrases of a message back."""
    body = await asked.value(MessageReadBackBody)
    spoken = spoken_phrases(body.phrases, shipped())

    def act(desk: Desk) -> ReadBackSaidOut:
        submitted, found = wording.read_back(desk, asked.path["entry"], spoken)
        return ReadBackSaidOut(
            render.entry(submitted.entry),
            not found,
            tuple(map(_difference, found)),
            render.as_of_out(desk.node, desk.at),
        )

    return answer(await asked.act(act), 201)


async def translate(asked: Asked) -> Response:
    """Put a translation beside a message."""
    body = await asked.value(TranslationBody)
    language = words.language_tag(body.language, where="body: /language")
    text = words.prose(body.text, where="body: /text", least=1)

    def act(desk: Desk) -> shapes.SaidOut:
        said = wording.translate(desk, asked.path["entry"], language=language, text=text, checked=body.checked)
        return shapes.SaidOut(render.entry(said.entry), render.as_of_out(desk.node, desk.at))

    return answer(await asked.act(act), 201)


def language_of(asked: Asked, node: Node) -> str:
    """Return the language that a request asks for, else the first of the agreement's that the book has.

    Raises:
        Malformed: The book has no such language; the languages that it has are named.
    """
    book, named = shipped(), asked.text("language")
    if named and named not in book.languages:
        raise Malformed(where="query language", found=named, expected="one of " + ", ".join(book.languages))
    return named or wording.first_language(node, book)


def message_words(node: Node, entry: Entry, message: Message, *, language: str) -> MessageWordsOut:
    """Return the words around a message for a reader of a language."""
    found: MessageWords = wording.words_of(node, entry, message, book=shipped(), language=language)
    return MessageWordsOut(
        language=language,
        phrase_book=None if message.phrase_book is None else _book(message.phrase_book),
        phrases=tuple(map(_said, found.phrases)),
        translations=tuple(
            TranslationOut(
                record.language,
                _direction(record.language),
                record.text,
                f"checked by {record.checked_by}" if record.checked_by else UNCHECKED,
                render.saying(said),
            )
            for said, record in found.translations
        ),
        read_backs=tuple(
            MessageReadBackOut(
                member,
                not back.differences,
                tuple(map(_difference, back.differences)),
                back.earlier,
                render.saying(back.entry),
            )
            for member, back in sorted(found.read_back.items())
        ),
    )


def spoken_phrases(given: Sequence[PhraseBody], book: Book) -> tuple[SpokenPhrase, ...]:
    """Return the phrases of a body, each slot checked by its type.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
        UnknownPhrase: The book has no such code.
        SlotsDiffer: The slots are not those of the phrase.
    """
    spoken = []
    for number, one in enumerate(given):
        where = f"body: /phrases/{number}"
        code = typed_code(one.code, where=f"{where}/code")
        kinds: Mapping[str, SlotType] = book.phrase(code).slots
        slots = {
            name: slot_of(kinds[name], value, where=f"{where}/slots/{name}")
            for name, value in one.slots.items()
            if name in kinds
        }
        for name in one.slots:
            if name not in kinds:
                expected = ", ".join(kinds) or "no slots"
                raise Malformed(
                    where=f"{where}/slots/{name}", found=name, expected=f"for {shown_code(code)}: {expected}"
                )
        spoken.append(book.spoken(code, slots, where=f"{where}/slots"))
    return tuple(spoken)


def slot_of(kind: SlotType, value: Any, *, where: str) -> Slot:
    """Return a slot's value as the API takes it: a position in degrees, texts for time and height, a whole number."""
    match kind:
        case SlotType.PLACE:
            if not isinstance(value, list):
                raise Malformed(where=where, found=value, expected="[longitude, latitude] in degrees")
            return PlaceSlot(footprints.point(value, radius_m=1.0, where=where).parts[0][0][0])
        case SlotType.TIME:
            return TimeSlot(parse_instant(_text(value, where, "RFC 3339 with offset"), where=where))
        case SlotType.HEIGHT:
            return HeightSlot(parse_altitude(_text(value, where, "a height with its datum"), where=where))
        case SlotType.REFERENCE:
            return ReferenceSlot(words.reference(value, where=where))
        case SlotType.COUNT:
            return CountSlot(count(value, where=where))


def _text(value: Any, where: str, expected: str) -> str:
    if not isinstance(value, str):
        raise Malformed(where=where, found=value, expected=expected)
    return value


def _phrase(phrase: Phrase, language: str) -> PhraseOut:
    check = phrase.checked.get(language)
    return PhraseOut(
        code=phrase.code,
        shown=shown_code(phrase.code),
        group=phrase.code[0],
        slots=tuple(SlotOut(name, kind.value) for name, kind in phrase.slots.items()),
        text=phrase.texts[language],
        state=UNCHECKED if check is None else f"checked by {check.by} on {check.on}",
        texts=dict(phrase.texts),
    )


def _said(one: Rendered) -> SaidPhraseOut:
    return SaidPhraseOut(
        code=one.code,
        shown=shown_code(one.code),
        language=one.language,
        direction=_direction(one.language),
        text=one.text or None,
        plain=bare(one),
        state=one.state,
        slots=tuple(SaidSlotOut(name, value) for name, value in one.slots),
        why=one.why or None,
    )


def _difference(one: SlotDifference) -> SlotDifferenceOut:
    return SlotDifferenceOut(one.phrase, one.what, one.said, one.read)


def _book(name: BookName) -> BookOut:
    return BookOut(name.version, name.hash)


def _direction(language: str) -> Literal["ltr", "rtl"]:
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/phrases",
        "listPhrases",
        "Show the phrase book in a language",
        listed,
        {200: PhrasesOut},
        query=(
            LANGUAGE,
            Query("group", "The first digit of the codes wanted."),
            Query("search", "Words of any language, or a code."),
        ),
        tag="phrases",
    ),
    Endpoint(
        "POST",
        "/api/v1/messages/{entry}/read_backs",
        "readBackMessage",
        "Read the phrases of another member's message back; a machine compares",
        read_back,
        {201: ReadBackSaidOut},
        takes=MessageReadBackBody,
        problems=(403, 404, 409),
        tag="phrases",
    ),
    Endpoint(
        "POST",
        "/api/v1/messages/{entry}/translations",
        "translateMessage",
        "Put a translation beside the free text of a message",
        translate,
        {201: shapes.SaidOut},
        takes=TranslationBody,
        problems=(403, 404, 409),
        tag="phrases",
    ),
)
