"""Phrases, their read-back and translations: what officers do with words, and how a message reads in a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearline.channel.desk import Desk
from clearline.channel.node import Node, Submitted
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.entry import Entry
from clearline.picture.wording import SlotDifference, slot_differences
from clearline.records.message import Message
from clearline.records.phrases.book import Book
from clearline.records.phrases.render import Rendered, render
from clearline.records.phrases.spoken import BookName, SpokenPhrase
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.words import MemberId


@dataclass(frozen=True, slots=True)
class ReadBackOfWords:
    """The latest read-back of one member; no difference is a match. Earlier ones stay in the record."""

    entry: Entry
    differences: tuple[SlotDifference, ...]
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageWords:
    """A message as readers of one language meet it: the original stands in the message and comes first.

    `phrases` are in the reader's language, `translations` beside the original, `read_back` by member.
    """

    phrases: tuple[Rendered, ...]
    translations: tuple[tuple[Entry, Translation], ...]
    read_back: dict[MemberId, ReadBackOfWords]

    def matching(self, member: MemberId) -> bool:
        """Report whether a member's latest read-back matches; nothing said is no match."""
        back = self.read_back.get(member)
        return back is not None and not back.differences


def words_of(node: Node, entry: Entry, message: Message, *, book: Book, language: str) -> MessageWords:
    """Return how a message reads in `language`; translations into it come before those into other languages."""
    wording = node.picture.wording
    read_back: dict[MemberId, ReadBackOfWords] = {}
    for said, record in wording.read_back_of(entry.id):
        held = read_back.get(said.header.author)
        earlier = (*held.earlier, held.entry.id) if held else ()
        read_back[said.header.author] = ReadBackOfWords(
            said, slot_differences(message.phrases, record.phrases), earlier
        )
    return MessageWords(
        phrases=tuple(
            render(phrase, book, written_with=message.phrase_book, language=language) for phrase in message.phrases
        ),
        translations=tuple(sorted(wording.translated(entry.id), key=lambda held: held[1].language != language)),
        read_back=read_back,
    )


def book_doubt(node: Node, book: Book) -> str:
    """Return a sentence where the agreement in force names another catalogue than this node holds, else nothing."""
    agreed = agreed_book(node)
    if agreed is None or book.knows(agreed):
        return ""
    return (
        f"the agreement names phrase book version {agreed.version} ({agreed.hash[:12]}); this node holds version "
        f"{book.name.version} ({book.name.hash[:12]}): phrases go out and are shown as codes with that version"
    )


def agreed_book(node: Node) -> BookName | None:
    """Return the catalogue that the agreement in force names, `None` where there is none."""
    standing = node.picture.terms_in_force
    return standing[1].phrase_book if standing else None


def first_language(node: Node, book: Book) -> str:
    """Return the first of the agreement's languages that the book has, else English."""
    standing = node.picture.terms_in_force
    agreed = standing[1].languages if standing else ()
    return next((tag for tag in agreed if tag in book.languages), "en")


def translate(desk: Desk, of: str, *, language: str, text: str, checked: bool) -> Submitted:
    """Put a translation beside a message, for exactly its readers.

    `checked` says that this watch position knows both languages and compared the two.

    Raises:
        NotFound: No such message is held here.
        Conflicting: The message has no free text, or stands in that language already.
    """
    entry, message = _message(desk.node, of)
    if not message.text:
        raise Conflicting("the message has no free text; its phrases are in every language already", of=of)
    if message.language == language:
        raise Conflicting(f"the message itself stands in {language}", of=of, language=language)
    by = position_of(desk) if checked else ""
    return desk.say(Translation(of, language, text, by), entry.header.audience, log=message.log)


def read_back(desk: Desk, of: str, phrases: Sequence[SpokenPhrase]) -> tuple[Submitted, tuple[SlotDifference, ...]]:
    """Repeat the phrases of another member's message; differences leave the step open and are shown to both sides.

    Raises:
        NotFound: No such message is held here.
        Conflicting: It is an own message, or has no phrases.
        Malformed: Nothing is read back.
    """
    entry, message = _message(desk.node, of)
    if entry.header.author == desk.node.me:
        raise Conflicting("one's own message is not read back", of=of)
    if not message.phrases:
        raise Conflicting("the message has no phrases to read back; answer it in words", of=of)
    if not phrases:
        raise Malformed(where="phrases", found=Said("nothing"), expected="the phrases with their slots, in order")
    found = slot_differences(message.phrases, tuple(phrases))
    said = desk.say(MessageReadBack(of, tuple(phrases)), entry.header.audience, log=message.log)
    return said, found


def position_of(desk: Desk) -> str:
    """Return the watch position of the officer at the desk, as every reader of the signature will name it."""
    signer = desk.node.keys.officers.get(desk.officer)
    if signer is None:
        raise NotAllowed(f"this node holds no key of officer {desk.officer}")
    return desk.node.roster.signatory_of(desk.node.me, signer.public.ref()).position


def _message(node: Node, of: str) -> tuple[Entry, Message]:
    spoken = node.case.spoken(of)
    if spoken is None or not isinstance(spoken.record, Message):
        raise NotFound(f"no message {of[:16]}… is held here", of=of)
    return spoken.entry, spoken.record
