"""Dictation cards: a notice or a message as numbered lines that can be read aloud, and the way back.

The lines hold capital letters, digits and a few marks alone; each is spoken with two check characters, and the
last says a code over all. Places, heights and times are exact. Letters lose their case, and what has no place in
the alphabet is spelt by its number in Unicode, in brackets.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

from clearline.errors import Malformed, Refused, Said
from clearline.records import words
from clearline.records.activity import Activity, Nature
from clearline.records.check_characters import ALPHABET, CHECK_LENGTH, check_of, fits
from clearline.records.message import Precedence
from clearline.records.notice import Details, NoticeDraft
from clearline.records.words import MemberId
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Altitude, Band, format_altitude, parse_altitude
from clearline.volumes.footprint import Position, Shape
from clearline.volumes.instant import Instant, Window, format_instant, parse_instant
from clearline.volumes.volume import Volume

LINES_MAX = 99
"""Lines of one card: two digits of number, and half an hour of reading aloud; more is carried as a file."""

TEXT_LINE_MAX = 48
"""Characters of text on one line: what a person repeats without losing the thread."""

CODE_LENGTH = 6
"""Characters of the code over all lines: 30 bits of SHA-256 in base 32."""

_BREAK = re.compile(r"\[([0-9A-F]{1,6})\]")
_PLACE = re.compile(r"PLACE (\d{2})\.(\d{7})([NS]) (\d{3})\.(\d{7})([EW])")
_SHAPES = {Shape.POINT: "CIRCLE", Shape.LINE: "CORRIDOR", Shape.POLYGON: "AREA"}


class CheckDoesNotFit(Refused):
    """The check characters of a dictated line do not fit it; the line was misheard or mistyped."""

    slug, title, status = "check-does-not-fit", "Check characters do not fit", 422


class TooLongToDictate(Refused):
    """The card would have more lines than can be read aloud."""

    slug, title, status = "too-long-to-dictate", "Too long to dictate", 422


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """A notice as dictated: the version of that number, and the members that it is for. Its texts are as spoken."""

    draft: NoticeDraft
    revision: int
    audience: tuple[MemberId, ...]

    @property
    def author(self) -> MemberId:
        """Return whose word it is."""
        return MemberId(self.draft.party)

    @property
    def reference(self) -> str:
        """Return the notice's reference as spoken."""
        return self.draft.notice


@dataclass(frozen=True, slots=True)
class MessageCard:
    """A message as dictated; `reference` is the number of the card, which the signed original repeats."""

    author: MemberId
    reference: str
    audience: tuple[MemberId, ...]
    precedence: Precedence
    language: str
    text: str


Card = NoticeCard | MessageCard

Word = TypeVar("Word", bound=StrEnum)


def spoken(text: str) -> str:
    """Return `text` as it stands on a card: capital letters, single blanks, what is foreign as its code in brackets."""
    found = []
    for character in unicodedata.normalize("NFC", " ".join(text.split()).upper()):
        plain = character in ALPHABET and character not in "[]"
        found.append(character if plain else f"[{ord(character):X}]")
    return "".join(found)


def heard(text: str) -> str:
    """Return what a spoken text means: the codes in brackets as their characters."""

    def character(match: re.Match[str]) -> str:
        number = int(match[1], 16)
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else match[0]

    return _BREAK.sub(character, text)


def lines_of(card: Card) -> tuple[str, ...]:
    """Return the lines of a card without numbers, checks and code.

    Raises:
        TooLongToDictate: There are more than `LINES_MAX`.
    """
    rest = tuple(_notice_lines(card) if isinstance(card, NoticeCard) else _message_lines(card))
    count = len(rest) + 1
    if count > LINES_MAX:
        raise TooLongToDictate(
            f"the card would have {count} lines, {LINES_MAX} can be dictated; carry it as a file instead", lines=count
        )
    if isinstance(card, NoticeCard):
        return (f"NOTICE OF {card.author} REVISION {card.revision} LINES {count}", *rest)
    return (f"MESSAGE OF {card.author} LINES {count}", *rest)


def check_of_line(number: int, text: str) -> str:
    """Return the check characters of line `number` (from 1): its number belongs to what is checked."""
    return check_of(f"{number:02d}{text}", where=f"line {number}")


def code_of(lines: Sequence[str]) -> str:
    """Return the code over all lines: both sides say it at the end, and it finds the signed original."""
    digest = hashlib.sha256("\n".join(("clearline/card/v1", *lines)).encode()).digest()
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def taken_line(number: int, given: str) -> str:
    """Return line `number` from what was typed: the text and, last, its two check characters.

    Raises:
        CheckDoesNotFit: The two do not fit each other; the line must be asked for again.
    """
    words_given = given.upper().split()
    text, check = " ".join(words_given[:-1]), words_given[-1] if words_given else ""
    if len(check) != CHECK_LENGTH or not text or not fits(f"{number:02d}{text}", check):
        raise CheckDoesNotFit(
            f"line {number}: the check characters {check or 'are missing, they'} do not fit what was taken down; "
            f"ask for line {number} again",
            line=number,
        )
    return text


def parse_card(lines: Sequence[str], *, where: str) -> Card:
    """Return the card that these lines hold, checked as if it came from a file.

    Raises:
        Malformed: A line is none of a card, or not where it belongs; the first such line is named.
        TooLongToDictate: There are more than `LINES_MAX`.
    """
    reader = _Lines(lines, where)
    head = reader.match(r"(?:NOTICE OF (\w+) REVISION ([1-9]\d{0,5})|MESSAGE OF (\w+)) LINES (\d{1,2})", "a first line")
    if int(head[4]) != len(lines):
        raise Malformed(where=where, found=Said(f"{len(lines)} lines"), expected=f"{head[4]}, as the first line says")
    author = words.member_id(head[1] or head[3], where=reader.place)
    card = _notice(reader, author, int(head[2])) if head[1] else _message(reader, author)
    reader.done()
    if lines_of(card) != tuple(lines):
        raise Malformed(where=where, found=Said("lines written otherwise"), expected="the lines as a card has them")
    return card


def spoken_draft(draft: NoticeDraft) -> NoticeDraft:
    """Return a draft as its card says it: texts as spoken, everything else exact."""
    details = tuple(
        Details(**{f.name: heard(spoken(getattr(one, f.name))) for f in fields(Details)}) for one in draft.details
    )
    return NoticeDraft(draft.party, heard(spoken(draft.notice)), draft.activity, draft.nature, draft.volumes, details)


# Writing


def _notice_lines(card: NoticeCard) -> Iterator[str]:
    draft = card.draft
    yield f"REFERENCE {spoken(draft.notice)}"
    yield "FOR " + " ".join(card.audience)
    yield f"ACTIVITY {draft.activity.value.upper().replace('_', '-')}"
    yield f"NATURE {draft.nature.value.upper().replace('_', '-')}"
    for number, (volume, details) in enumerate(zip(draft.volumes, draft.details, strict=True), 1):
        yield from _volume_lines(number, volume)
        for field in fields(Details):
            yield from _text_lines(field.name.upper().replace("_", "-"), getattr(details, field.name))


def _volume_lines(number: int, volume: Volume) -> Iterator[str]:
    footprint = volume.footprint
    yield f"VOLUME {number} {_SHAPES[footprint.shape]} RADIUS {footprint.radius_cm} CM"
    for part_number, part in enumerate(footprint.parts, 1):
        for ring_number, ring in enumerate(part, 1):
            if footprint.shape is Shape.POLYGON:
                yield f"PART {part_number} RING {ring_number}"
            yield from (_place(position) for position in ring)
    yield f"FROM {format_altitude(volume.band.lower).upper()} TO {format_altitude(volume.band.upper).upper()}"
    yield f"BEGINS {format_instant(volume.window.start)}"
    yield f"ENDS {format_instant(volume.window.end)}"


def _message_lines(card: MessageCard) -> Iterator[str]:
    yield f"REFERENCE {spoken(card.reference)}"
    yield "FOR " + " ".join(card.audience)
    yield f"PRECEDENCE {card.precedence.value}"
    yield f"LANGUAGE {card.language.upper()}"
    yield from _text_lines("TEXT", card.text)


def _text_lines(name: str, text: str) -> Iterator[str]:
    """Yield a text in pieces: `MORE` goes on after a blank, `JOIN` in the middle of a word."""
    word, left = name, spoken(text)
    while left:
        if len(left) <= TEXT_LINE_MAX:
            yield f"{word} {left}"
            return
        at = left.rfind(" ", 1, TEXT_LINE_MAX + 1)
        if at < 1:
            yield f"{word} {left[:TEXT_LINE_MAX]}"
            word, left = "JOIN", left[TEXT_LINE_MAX:]
            if left.startswith(" "):
                word, left = "MORE", left[1:]
        else:
            yield f"{word} {left[:at]}"
            word, left = "MORE", left[at + 1 :]


def _place(position: Position) -> str:
    lon, lat = position
    (north, north_rest), (east, east_rest) = divmod(abs(lat), 10**7), divmod(abs(lon), 10**7)
    return (
        f"PLACE {north:02d}.{north_rest:07d}{'S' if lat < 0 else 'N'} "
        f"{east:03d}.{east_rest:07d}{'W' if lon < 0 else 'E'}"
    )


# Reading


class _Lines:
    """The lines of a card, read one after another."""

    def __init__(self, lines: Sequence[str], where: str) -> None:
        if len(lines) > LINES_MAX:
            raise TooLongToDictate(f"{where}: a card has at most {LINES_MAX} lines", lines=len(lines))
        self.lines, self.where, self.at = lines, where, 0

    @property
    def place(self) -> str:
        """Where the line that was read last stands."""
        return f"{self.where}/{max(self.at - 1, 0)}"

    @property
    def next(self) -> str:
        return self.lines[self.at] if self.at < len(self.lines) else ""

    def match(self, pattern: str, expected: str) -> re.Match[str]:
        """Return the match of the whole next line."""
        found = re.fullmatch(pattern, self.next, re.ASCII)
        self.at += 1
        if found is None:
            line = self.lines[self.at - 1] if self.at <= len(self.lines) else Said("the end")
            raise Malformed(where=self.place, found=line, expected=expected)
        return found

    def text(self, name: str) -> str:
        """Return a text that begins with `name`, empty where the next line is another."""
        if not self.next.startswith(f"{name} "):
            return ""
        found = self.match(f"{name} (.+)", name)[1]
        while self.next.startswith(("MORE ", "JOIN ")):
            follows = self.match("(MORE|JOIN) (.+)", "more of the text")
            found += (" " if follows[1] == "MORE" else "") + follows[2]
        return heard(found)

    def done(self) -> None:
        if self.at < len(self.lines):
            self.at += 1
            raise Malformed(where=self.place, found=self.lines[self.at - 1], expected="the end of the card")


def _audience(reader: _Lines) -> tuple[MemberId, ...]:
    named = reader.match(r"FOR ((?:\w+ ?)*\w+)", "FOR and the members that it is for")[1].split(" ")
    return tuple(words.member_id(name, where=reader.place) for name in named)


def _reference(reader: _Lines) -> str:
    return words.reference(heard(reader.match("REFERENCE (.+)", "REFERENCE and the reference")[1]), where=reader.place)


def _notice(reader: _Lines, author: MemberId, revision: int) -> NoticeCard:
    reference, audience = _reference(reader), _audience(reader)
    activity = _word(reader, "ACTIVITY", Activity)
    nature = _word(reader, "NATURE", Nature)
    volumes: list[Volume] = []
    details: list[Details] = []
    while reader.next.startswith("VOLUME ") or not volumes:
        volumes.append(_volume(reader, len(volumes) + 1))
        given = {f.name: reader.text(f.name.upper().replace("_", "-")) for f in fields(Details)}
        for text in given.values():
            words.prose(text, where=reader.place, most=500)
        details.append(Details(**given))
    draft = NoticeDraft(author, reference, activity, nature, tuple(volumes), tuple(details))
    return NoticeCard(draft, revision, audience)


def _message(reader: _Lines, author: MemberId) -> MessageCard:
    reference, audience = _reference(reader), _audience(reader)
    precedence = Precedence(reader.match("PRECEDENCE (" + "|".join(Precedence) + ")", "PRECEDENCE and one of four")[1])
    language = reader.match(r"LANGUAGE ([A-Z]{2,3}(?:-[A-Z0-9]{2,8}){0,3})", "LANGUAGE and a language tag")[1]
    text = words.prose(reader.text("TEXT"), where=reader.place, least=1)
    return MessageCard(author, reference, audience, precedence, language, text)


def _word(reader: _Lines, name: str, kind: type[Word]) -> Word:
    known = {word.value.upper().replace("_", "-"): word for word in kind}
    given = reader.match(f"{name} ({'|'.join(map(re.escape, known))})", f"{name} and one of {', '.join(known)}")
    return known[given[1]]


def _volume(reader: _Lines, number: int) -> Volume:
    shapes = {name: shape for shape, name in _SHAPES.items()}
    head = reader.match(rf"VOLUME {number} ({'|'.join(shapes)}) RADIUS (\d{{1,11}}) CM", f"VOLUME {number}")
    where, shape = reader.place, shapes[head[1]]
    parts: list[tuple[tuple[Position, ...], ...]] = []
    if shape is Shape.POLYGON:
        while reader.next.startswith("PART "):
            at = reader.match(r"PART (\d{1,2}) RING (\d{1,2})", "PART and RING")
            if at[2] == "1":
                parts.append(())
            if not parts or (int(at[1]), int(at[2])) != (len(parts), len(parts[-1]) + 1):
                raise Malformed(where=reader.place, found=at[0], expected="parts and rings in their order")
            parts[-1] = (*parts[-1], _ring(reader))
    else:
        parts.append((_ring(reader),))
    footprint = footprints.from_parts(shape, tuple(parts), int(head[2]), where=where)
    heights = reader.match(r"FROM (.+) TO (.+)", "FROM a height TO a height")
    lower, upper = (_height(heights[n], reader.place) for n in (1, 2))
    start = _instant(reader, "BEGINS")
    end = _instant(reader, "ENDS")
    try:
        return Volume(footprint, Band(lower, upper), Window(start, end))
    except Malformed as fault:
        raise Malformed(where=reader.place, found=Said(fault.found), expected=fault.expected) from None


def _ring(reader: _Lines) -> tuple[Position, ...]:
    ring = []
    while reader.next.startswith("PLACE "):
        at = reader.match(_PLACE.pattern, "PLACE 34.5575000N 038.3169444E")
        lat = (int(at[1]) * 10**7 + int(at[2])) * (-1 if at[3] == "S" else 1)
        lon = (int(at[4]) * 10**7 + int(at[5])) * (-1 if at[6] == "W" else 1)
        ring.append((lon, lat))
    return tuple(ring)


def _height(text: str, where: str) -> Altitude:
    return parse_altitude(text.replace(" FT ", " ft ").replace(" M ", " m "), where=where)


def _instant(reader: _Lines, name: str) -> Instant:
    return parse_instant(reader.match(f"{name} (.+)", f"{name} and a time")[1], where=reader.place)
