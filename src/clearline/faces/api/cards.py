"""Paper day over the API: dictation cards, and what was taken down from dictation."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from clearline.channel.acts import dictation
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.errors import Refused
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint, Query
from clearline.faces.api.taken import InstantText
from clearline.records import words
from clearline.records.card import Card, NoticeCard, check_of_line, code_of, lines_of, parse_card, taken_line
from clearline.volumes.instant import Instant, format_instant


class WrongCode(Refused):
    """The code over all lines is not the one that was said: a line is missing, or another card was read."""

    slug, title, status = "wrong-code", "Code of the card does not fit", 422


class DictatedBody(taken.Taken):
    """The lines of a card as taken down, each with its two check characters last; `code` is the code over all."""

    lines: Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(min_length=2, max_length=99)]
    code: Annotated[str, msgspec.Meta(min_length=6, max_length=6)]


class CardLineOut(msgspec.Struct, frozen=True):
    """One line: its number from 1, its text, and its check characters (ISO/IEC 7064, MOD 1271-36)."""

    number: int
    text: str
    check: str


class CardOut(msgspec.Struct, frozen=True):
    """A dictation card; `code` is said last."""

    author: str
    kind: str
    reference: str
    lines: tuple[CardLineOut, ...]
    code: str
    as_of: shapes.AsOfOut


class TakenDownOut(msgspec.Struct, frozen=True):
    """What was taken down, beside its signed original where that is held.

    `differences` are given both ways: `filed` as signed, `read` as taken down. `words` says what it is.
    """

    said: shapes.Saying
    taken: InstantText
    kind: str
    author: str
    reference: str
    revision: int | None
    lines: tuple[str, ...]
    code: str
    original: shapes.EntryOut | None
    area_only: bool
    differences: tuple[shapes.DifferenceOut, ...]
    conflicts: tuple[str, ...]
    words: str


class TakenDownListOut(msgspec.Struct, frozen=True):
    """Everything that was taken down from dictation; what has no signed original stays."""

    as_of: shapes.AsOfOut
    dictated: tuple[TakenDownOut, ...]


class TakenOut(msgspec.Struct, frozen=True):
    """It was entered: its place in the record, and what it meets."""

    entry: shapes.EntryOut
    author: str
    reference: str
    conflicts: tuple[shapes.ConflictOut, ...]
    words: str
    as_of: shapes.AsOfOut


async def notice_card(asked: Asked) -> Response:
    """Show the card of a notice."""
    party, reference = asked.path["party"], asked.path["notice"]
    return answer(await asked.read(lambda node, at: _card(node, dictation.notice_card(node, party, reference), at)))


async def message_card(asked: Asked) -> Response:
    """Show the card of a message."""
    entry = words.entry_id(asked.path["entry"], where="path")
    reference = words.reference(asked.text("reference") or dictation.number_of(entry), where="query reference")
    return answer(await asked.read(lambda node, at: _card(node, dictation.message_card(node, entry, reference), at)))


async def take_down(asked: Asked) -> Response:
    """Enter what was taken down."""
    body = await asked.value(DictatedBody)
    lines = tuple(taken_line(number, line) for number, line in enumerate(body.lines, 1))
    card = parse_card(lines, where="body: /lines")
    if body.code.upper() != code_of(lines):
        raise WrongCode(f"the code over all lines is {code_of(lines)}, and {body.code.upper()} was said")

    def act(desk: Desk) -> TakenOut:
        done = dictation.take_down(desk, card)
        keys = done.touched.notices
        found = tuple(c for key in keys for c in desk.node.watch.of_notice(key))
        return TakenOut(
            render.entry(done.entry),
            card.author,
            card.reference,
            tuple(render.conflict(c) for c in found),
            dictation.NOT_SIGNED,
            render.as_of_out(desk.node, desk.at),
        )

    return answer(await asked.act(act), 201)


async def listed(asked: Asked) -> Response:
    """List what was taken down."""

    def read(node: Node, at: Instant) -> TakenDownListOut:
        return TakenDownListOut(
            render.as_of_out(node, at), tuple(_taken_down(node, one) for one in dictation.taken_down(node))
        )

    return answer(await asked.read(read))


def _card(node: Node, card: Card, at: Instant) -> CardOut:
    lines = lines_of(card)
    return CardOut(
        card.author,
        "notice" if isinstance(card, NoticeCard) else "message",
        card.reference,
        tuple(CardLineOut(n, line, check_of_line(n, line)) for n, line in enumerate(lines, 1)),
        code_of(lines),
        render.as_of_out(node, at),
    )


def _taken_down(node: Node, one: dictation.TakenDown) -> TakenDownOut:
    card = one.record.card
    notice = isinstance(card, NoticeCard)
    key = (str(card.author), f"{card.reference} (dictated by {one.entry.place.member}) ")
    said = "the signed original is held" + (f"; {len(one.differences)} differences" if one.differences else "")
    return TakenDownOut(
        said=render.saying(one.entry),
        taken=format_instant(one.record.taken),
        kind="notice" if notice else "message",
        author=card.author,
        reference=card.reference,
        revision=card.revision if isinstance(card, NoticeCard) else None,
        lines=lines_of(card),
        code=one.record.code,
        original=None if one.original is None else render.entry(one.original),
        area_only=one.area_only,
        differences=tuple(render.difference(d) for d in one.differences),
        conflicts=tuple(dict.fromkeys(c.id for c in node.watch.of_notice(key))),
        words=dictation.NOT_SIGNED if one.original is None else f"Taken down from dictation; {said}",
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/notices/{party}/{notice}/card",
        "showNoticeCard",
        "Show a notice as a dictation card: lines with check characters, and a code over all",
        notice_card,
        {200: CardOut},
        problems=(404, 422),
        tag="paper",
    ),
    Endpoint(
        "GET",
        "/api/v1/messages/{entry}/card",
        "showMessageCard",
        "Show a message of one's own as a dictation card",
        message_card,
        {200: CardOut},
        query=(Query("reference", "The number of the card, where the message names none."),),
        problems=(404, 422),
        tag="paper",
    ),
    Endpoint(
        "POST",
        "/api/v1/dictated",
        "enterDictated",
        "Enter what was taken down from another member's dictation; it is not signed by its author",
        take_down,
        {201: TakenOut},
        takes=DictatedBody,
        problems=(403, 409, 422),
        tag="paper",
    ),
    Endpoint(
        "GET",
        "/api/v1/dictated",
        "listDictated",
        "List what was taken down from dictation, beside the signed originals where these are held",
        listed,
        {200: TakenDownListOut},
        tag="paper",
    ),
)
