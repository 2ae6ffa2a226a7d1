"""Paper day at the desk: cards out of the record, what was taken down into it, and the two beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.acts import audiences
from clearline.errors import Conflicting, NotAllowed, NotFound
from clearline.picture.entry import Entry
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.picture.paper import original_of, slips
from clearline.picture.read_back import Difference
from clearline.records.card import Card, MessageCard, NoticeCard, heard, spoken, spoken_draft
from clearline.records.dictated import Dictated
from clearline.records.message import Message

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

NOT_SIGNED = "TAKEN DOWN FROM DICTATION, NOT SIGNED BY ITS AUTHOR"
"""Travels with everything that was taken down, until the signed original is held."""


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What was taken down and, where it is held, the signed original with every difference between the two.

    `area_only` says that the original is known as area only, so that nothing can be compared.
    """

    entry: Entry
    record: Dictated
    original: Entry | None
    differences: tuple[Difference, ...]
    area_only: bool = False


def notice_card(node: Node, party: str, reference: str) -> NoticeCard:
    """Return the card of the version that stands of a notice.

    Raises:
        NotFound: It is not held here, or its area only.
    """
    history = node.picture.notices.get((party, reference))
    if history is None:
        raise NotFound(f"no notice {reference} of {party} is held whole here", party=party, notice=reference)
    readers = tuple(m for m in audiences.readers_of(node, history.current.entry).full if m != party)
    return NoticeCard(spoken_draft(history.current.draft), history.revision, readers)


def number_of(entry_id: str) -> str:
    """Return the number that the card of a message has where neither the message nor its officer gives one."""
    return f"M-{entry_id[:6].upper()}"


def message_card(node: Node, entry_id: str, reference: str = "") -> MessageCard:
    """Return the card of a message of one's own.

    Raises:
        NotFound: There is no such message of this member.
    """
    for entry, message in list(node.picture.messages.values()):
        if entry.id == entry_id and entry.header.author == node.me:
            return _message_card(entry, message, message.card or reference or number_of(entry_id))
    raise NotFound(f"no message {entry_id[:16]}… of {node.me} is held here")


def take_down(desk: Desk, card: Card) -> Submitted:
    """Enter what was taken down from another member's dictation.

    Raises:
        NotAllowed: It is this member's own word, or the author is no member.
        Conflicting: The same was entered here before.
    """
    node = desk.node
    if card.author == node.me or node.roster.member(card.author) is None:
        raise NotAllowed(f"a card of {card.author} is taken down by another member of the channel than its author")
    for entry, record in node.picture.paper.taken.values():
        if entry.header.author == node.me and record.card == card:
            raise Conflicting(f"this card of {card.author} was entered before, as entry {entry.id[:16]}…")
    known = {*node.roster.members}
    readers = {card.author, *(member for member in card.audience if member in known)}
    return desk.say(Dictated(card, desk.at), readers)


def taken_down(node: Node) -> tuple[TakenDown, ...]:
    """Return everything that was taken down, by place, each beside its signed original where that is held."""
    return tuple(_beside(node, *node.picture.paper.taken[place]) for place in sorted(node.picture.paper.taken))


def _beside(node: Node, entry: Entry, record: Dictated) -> TakenDown:
    card = record.card
    if isinstance(card, NoticeCard):
        told = original_of(card, node.picture.notices, node.picture.outlines)
        match told:
            case NoticeHistory():
                version = next((v for v in told.versions if told.number(v) == card.revision), None)
                if version is not None:
                    return TakenDown(entry, record, version.entry, slips(version.draft, card))
                return TakenDown(entry, record, told.current.entry, (), area_only=True)
            case OutlineHistory():
                return TakenDown(entry, record, told.current.entry, (), area_only=True)
        return TakenDown(entry, record, None, ())
    for said, message in list(node.picture.messages.values()):
        number = heard(spoken(message.card)) or number_of(said.id)
        if said.header.author == card.author and number == card.reference:
            return TakenDown(entry, record, said, _message_slips(_message_card(said, message, card.reference), card))
    return TakenDown(entry, record, None, ())


def _message_card(entry: Entry, message: Message, reference: str) -> MessageCard:
    to = tuple(m for m in entry.header.audience if m != entry.header.author)
    return MessageCard(
        entry.header.author,
        heard(spoken(reference)),
        to,
        message.precedence,
        message.language.upper(),
        heard(spoken(message.text)),
    )


def _message_slips(said: MessageCard, card: MessageCard) -> tuple[Difference, ...]:
    pairs = (
        ("precedence", said.precedence.value, card.precedence.value),
        ("language", said.language, card.language),
        ("text", said.text, card.text),
    )
    return tuple(Difference(-1, what, a, b) for what, a, b in pairs if a != b)
