"""Messages between watch positions."""

from __future__ import annotations

from starlette.responses import Response

from clearline.channel.node import Node
from clearline.channel.view import delivery
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import Endpoint
from clearline.picture.entry import Entry
from clearline.records.message import Message, Precedence
from clearline.volumes.instant import Instant, format_instant


async def listed(asked: Asked) -> Response:
    """List messages, newest first by their authors' clocks."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> shapes.MessagesOut:
        found = sorted(
            node.picture.messages.values(), key=lambda held: (held[0].header.claimed, held[0].place), reverse=True
        )
        return shapes.MessagesOut(
            as_of=render.as_of_out(node, at),
            total=len(found),
            next=page.following(len(found)),
            messages=tuple(_message(node, entry, message) for entry, message in found[page.first : page.end]),
        )

    return answer(await asked.read(read))


async def send(asked: Asked) -> Response:
    """Send a message."""
    body = await asked.value(taken.MessageBody)
    message = Message(Precedence(body.precedence), body.language, body.text, body.about or "")
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(desk.message(message, to=body.to).entry), render.as_of_out(desk.node, desk.at)
        )
    )
    return answer(done, 201)


def _message(node: Node, entry: Entry, message: Message) -> shapes.MessageOut:
    return shapes.MessageOut(
        said=render.saying(entry),
        to=tuple(m for m in entry.header.audience if m != entry.header.author),
        precedence=message.precedence.value,
        language=message.language,
        text=message.text,
        about=message.about or None,
        delivered=delivered(node, entry),
    )


def delivered(node: Node, entry: Entry) -> dict[str, str | None]:
    """Return when each reader of an entry claims to hold it; `None` for who has said nothing."""
    found: dict[str, str | None] = {}
    for member in entry.header.audience:
        if member != entry.header.author:
            line = delivery(node, entry, member)
            found[member] = None if line is None else format_instant(Instant(line.time_s * 1000))
    return found


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/messages",
        "listMessages",
        "List messages, newest first",
        listed,
        {200: shapes.MessagesOut},
        query=(FROM, COUNT),
        tag="messages",
    ),
    Endpoint(
        "POST",
        "/api/v1/messages",
        "sendMessage",
        "Send a message to members",
        send,
        {201: shapes.SaidOut},
        takes=taken.MessageBody,
        problems=(403, 409),
        tag="messages",
    ),
)
