"""Messages between watch positions, their threads, and that they were seen."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.acts import hotline, wording
from clearline.channel.node import Node
from clearline.errors import Malformed
from clearline.faces.api import phrases, render, shapes, spoken, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.phrase_shapes import MessagesOut, WordedMessageOut
from clearline.faces.api.spoken import delivered
from clearline.faces.api.table import Endpoint, Query
from clearline.picture.entry import Entry
from clearline.records import words
from clearline.records.message import Message, Precedence
from clearline.store.phrase_book import shipped
from clearline.volumes.instant import Instant, format_instant, parse_instant

__all__ = ["ENDPOINTS", "delivered"]

Held = tuple[Entry, Message]

THREAD = Query("thread", "Only those of this thread, as a message's `thread` names it.")


async def listed(asked: Asked) -> Response:
    """List messages, newest first by their authors' clocks."""
    page, thread = page_of(asked), asked.text("thread")

    def read(node: Node, at: Instant) -> MessagesOut:
        language = phrases.language_of(asked, node)
        found = [held for held in _all(node) if not thread or _thread(held) == thread]
        return MessagesOut(
            as_of=render.as_of_out(node, at),
            total=len(found),
            next=page.following(len(found)),
            language=language,
            doubt=wording.book_doubt(node, shipped()) or None,
            messages=tuple(worded(node, held, language) for held in found[page.first : page.end]),
        )

    return answer(await asked.read(read))


async def threads(asked: Asked) -> Response:
    """List threads, that with the newest message first."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> shapes.ThreadsOut:
        by_name: dict[str, list[Held]] = {}
        for held in _all(node):
            by_name.setdefault(_thread(held), []).append(held)
        unseen = {due.of for due in node.deadlines.open.values() if due.owes == node.me}
        found = [
            shapes.ThreadOut(
                name,
                len(held),
                sum(entry.id in unseen for entry, _ in held),
                tuple(sorted({member for entry, _ in held for member in entry.header.audience})),
                format_instant(held[0][0].header.claimed),
            )
            for name, held in by_name.items()
        ]
        return shapes.ThreadsOut(
            render.as_of_out(node, at), len(found), page.following(len(found)), tuple(found[page.first : page.end])
        )

    return answer(await asked.read(read))


async def send(asked: Asked) -> Response:
    """Send a message."""
    body = await asked.value(taken.MessageBody)
    said = phrases.spoken_phrases(body.phrases, shipped())
    if not said and not body.text:
        raise Malformed(where="body: /text", found=body.text, expected="a text, phrases, or both")
    message = Message(
        Precedence(body.precedence),
        words.language_tag(body.language, where="body: /language"),
        body.text,
        body.about or "",
        phrases=said,
        phrase_book=shipped().name if said else None,
        to=spoken.addresses_of(body.to),
        thread="" if body.thread is None else words.reference(body.thread, where="body: /thread"),
        cancels=body.cancels or "",
        card="" if body.card is None else words.reference(body.card, where="body: /card"),
        dictated_at=None if body.dictated_at is None else parse_instant(body.dictated_at, where="body: /dictated_at"),
    )
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(hotline.send(desk, message, audience=body.audience).entry),
            render.as_of_out(desk.node, desk.at),
        ),
        urgent=message.precedence is Precedence.FLASH,
    )
    return answer(done, 201)


async def see(asked: Asked) -> Response:
    """Say that this watch position has seen a message or an alert."""
    of = spoken.entry_in(asked.path)
    done = await asked.act(
        lambda desk: shapes.SaidOut(render.entry(hotline.see(desk, of).entry), render.as_of_out(desk.node, desk.at)),
        urgent=True,
    )
    return answer(done, 201)


def worded(node: Node, held: Held, language: str) -> WordedMessageOut:
    """Return a message as it stands now, with its words in the reader's language."""
    plain = msgspec.structs.asdict(spoken.message_out(node, *held))
    return WordedMessageOut(**plain, words=phrases.message_words(node, *held, language=language))


def _all(node: Node) -> list[Held]:
    """Return every message, those that came ahead of their log too, newest first by their authors' clocks."""
    ahead = [(h.entry, h.entry.record) for h in node.ahead.values() if isinstance(h.entry.record, Message)]
    return sorted(
        [*node.picture.messages.values(), *ahead],
        key=lambda held: (held[0].header.claimed, held[0].place),
        reverse=True,
    )


def _thread(held: Held) -> str:
    entry, message = held
    return message.thread or entry.id


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/messages",
        "listMessages",
        "List messages, newest first",
        listed,
        {200: MessagesOut},
        query=(THREAD, phrases.LANGUAGE, FROM, COUNT),
        tag="messages",
    ),
    Endpoint(
        "POST",
        "/api/v1/messages",
        "sendMessage",
        "Send a message to watch positions; FLASH goes ahead of its log",
        send,
        {201: shapes.SaidOut},
        takes=taken.MessageBody,
        problems=(403, 404, 409),
        tag="messages",
    ),
    Endpoint(
        "POST",
        "/api/v1/messages/{entry}/seen",
        "seeMessage",
        "Say that this watch position has seen a message",
        see,
        {201: shapes.SaidOut},
        problems=(403, 404, 409),
        tag="messages",
    ),
    Endpoint(
        "GET",
        "/api/v1/threads",
        "listThreads",
        "List threads of messages, that with the newest message first",
        threads,
        {200: shapes.ThreadsOut},
        query=(FROM, COUNT),
        tag="messages",
    ),
)
