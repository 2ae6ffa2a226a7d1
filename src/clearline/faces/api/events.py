"""Events as they are committed, over server-sent events: resumable, bounded, ended with the node.

Source: WHATWG HTML, section 9.2, server-sent events.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from clearline.channel.ports import PutEvent
from clearline.errors import Malformed
from clearline.faces.api.asked import Asked
from clearline.faces.api.problems import TooManyListeners
from clearline.faces.api.table import EVENT_STREAM, Endpoint, Query

LISTENERS_MAX = 64
"""Clients that listen at one time: every console of a large watch floor, and some feeds."""

HEARTBEAT_S = 15.0
"""Seconds after which a comment says that the line is alive; proxies drop lines that are quiet for a minute."""

RETRY_MS = 2_000
"""Milliseconds after which a client that lost the line comes back."""

PAGE = 200
"""Events read at one time: what waits for a slow client is bounded by this, the rest stays in the store."""


@dataclass(slots=True)
class Listeners:
    """Who listens, and whether the node is about to end."""

    count: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)


async def events(asked: Asked) -> Response:
    """Stream events."""
    listeners: Listeners = asked.request.app.state.listeners
    given = asked.request.headers.get("last-event-id") or asked.text("after")
    if given and not re.fullmatch(r"[0-9]{1,15}", given):
        raise Malformed(where="Last-Event-ID or after", found=given, expected="the id of an event, a whole number")
    if listeners.count >= LISTENERS_MAX:
        raise TooManyListeners(f"{LISTENERS_MAX} clients listen already; close one, or try again", retry_after_s=5)
    after = int(given) if given else asked.running.committed_event
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    listeners.count += 1
    return _Stream(listeners, _stream(asked, listeners, after), headers)


class _Stream(StreamingResponse):
    """A stream whose place is free again when it ends, even where it never began."""

    def __init__(self, listeners: Listeners, content: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(content, 200, headers, EVENT_STREAM)
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._listeners.count -= 1


async def _stream(asked: Asked, listeners: Listeners, after: int) -> AsyncIterator[bytes]:
    running = asked.running
    yield b"retry: %d\n\n" % RETRY_MS
    if after > running.committed_event:
        # The id is another node's, or this one was set back: begin anew rather than wait for a number.
        after = running.committed_event
        yield b"event: reset\nid: %d\ndata: {}\n\n" % after
    while not listeners.ending.is_set():
        commit = running.next_commit
        page = running.events_after(after, PAGE)
        if page:
            yield _page(page, after)
            after = page[-1].number
        elif not await _either(commit, listeners.ending):
            yield b": nothing new\n\n"


def _page(page: list[PutEvent], after: int) -> bytes:
    """Return events as text; where the store has forgotten some between, `gap` says which."""
    lost = page[0].number - after - 1
    gap = b'event: gap\ndata: {"from":%d,"to":%d}\n\n' % (after + 1, after + lost) if lost else b""
    return gap + b"".join(
        b"id: %d\nevent: %s\ndata: %s\n\n" % (e.number, e.kind.encode(), e.data.encode()) for e in page
    )


async def _either(commit: asyncio.Event, ending: asyncio.Event) -> bool:
    """Wait for one of both, at most `HEARTBEAT_S`, and report whether it came."""
    waits = [asyncio.create_task(one.wait()) for one in (commit, ending)]
    try:
        done, _ = await asyncio.wait(waits, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return bool(done)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/events",
        "listenToEvents",
        "Listen to committed events (server-sent events), from now or after an event's id",
        events,
        {200: str},
        query=(Query("after", "The id after which to begin; Last-Event-ID wins.", {"type": "integer", "minimum": 0}),),
        problems=(503,),
        tag="events",
        answer_media=EVENT_STREAM,
    ),
)
