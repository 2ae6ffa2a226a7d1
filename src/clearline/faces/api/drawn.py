"""The endpoint of what a chart draws: every volume in force or to come as an outline, and the areas that stand.

For drawing alone. A console asks for a window of time once and from then on only for what has changed.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from clearline.channel.node import Node
from clearline.errors import Malformed
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drawings import DrawnOut
from clearline.faces.api.lean import lean
from clearline.faces.api.outlines import Wanted, trace
from clearline.faces.api.table import Endpoint, Query
from clearline.volumes.instant import PERM, Instant, format_instant, parse_instant

TRACED_AT_ONCE = 100
"""Outlines that are traced on the way; more are traced in a thread, so that nobody else waits for them."""

SINCE_CHARACTERS_MAX = 40


async def drawn(asked: Asked) -> Response:
    """Answer what a chart draws."""
    first = _instant(asked, "from", Instant(0))
    last = _instant(asked, "to", PERM)
    if last < first:
        raise Malformed(where="query to", found=format_instant(last), expected=f"not before {format_instant(first)}")
    since = asked.text("since")
    if len(since) > SINCE_CHARACTERS_MAX:
        raise Malformed(where="query since", found=since[:SINCE_CHARACTERS_MAX], expected="the mark of an answer")
    drawings = asked.cache.drawings

    def follow(node: Node, at: Instant) -> list[Wanted]:
        drawings.follow(node, at=at)
        return drawings.lacking(first, last) if not since else []

    lacking = await asked.read(follow)
    if len(lacking) > TRACED_AT_ONCE:
        traced = await asyncio.to_thread(lambda: [trace(wanted) for wanted in lacking])
        for wanted, raw in zip(lacking, traced, strict=True):
            drawings.outlines.keep(wanted, raw)

    def read(node: Node, at: Instant) -> DrawnOut:
        drawings.follow(node, at=at)
        return drawings.told(node, since, first=first, last=last, at=at)

    return await lean(asked, answer(await asked.read(read)))


def _instant(asked: Asked, name: str, missing: Instant) -> Instant:
    given = asked.text(name)
    return parse_instant(given, where=f"query {name}") if given else missing


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/drawn",
        "listDrawn",
        "List what a chart draws: outlines of volumes in force and to come, and of areas that stand",
        drawn,
        {200: DrawnOut},
        query=(
            Query("from", "Only what is in force at or after this instant (RFC 3339)."),
            Query("to", "Only what begins at or before this instant (RFC 3339)."),
            Query("since", "The mark of an earlier answer for the same window: only what has changed since then."),
        ),
        tag="chart",
    ),
)
