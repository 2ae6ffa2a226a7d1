"""Findings: the conflicts that are known, and what a notice would meet if it were filed."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import Response

from clearline.channel.node import Node
from clearline.conflicts.theatre import placed_of
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import GEOJSON, JSON, NOTICE_BYTES_MAX, Endpoint, Query
from clearline.picture.fold import Picture
from clearline.volumes.instant import Instant


async def conflicts(asked: Asked) -> Response:
    """List conflicts and touches."""
    cache = asked.cache
    if not asked.flag("all"):
        return answer(await asked.read(lambda node, at: _head(node, at) + cache.conflicts(node, at=at) + b"}"))

    def snapshot(node: Node, at: Instant) -> tuple[bytes, tuple[object, ...], Picture | None]:
        return (_head(node, at), *cache.snapshot(node))

    head, mark, picture = await asked.read(snapshot)
    return answer(head + await asyncio.to_thread(cache.everything, mark, picture) + b"}")


async def check(asked: Asked) -> Response:
    """Say what a notice would meet; store nothing."""
    placed = placed_of(await asked.draft())

    def read(node: Node, at: Instant) -> shapes.CheckedOut:
        found, touches = node.watch.probe(placed)
        ways = node.watch.suggest(placed, earliest=at) if found else ()
        return shapes.CheckedOut(
            conflicts=tuple(render.conflict(c) for c in found),
            touches=tuple(render.touch(t) for t in touches),
            suggestions=tuple(render.suggestion(s) for s in ways),
            as_of=render.as_of_out(node, at),
        )

    return answer(await asked.read(read))


def _head(node: Node, at: Instant) -> bytes:
    head = msgspec.json.encode({"as_of": render.as_of_out(node, at), "complete": True})
    return head[:-1] + b","


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/conflicts",
        "listConflicts",
        "List the conflicts in force and to come, ordered by (a, b), and the areas that activities touch",
        conflicts,
        {200: shapes.ConflictsOut},
        query=(Query("all", "true adds those of the past.", {"type": "boolean", "default": False}),),
        tag="findings",
    ),
    Endpoint(
        "POST",
        "/api/v1/check",
        "checkNotice",
        "Say what a notice would meet if it were filed now; nothing is stored and nobody is told",
        check,
        {200: shapes.CheckedOut},
        takes=taken.FeatureCollection,
        media=(GEOJSON, JSON),
        body_bytes_max=NOTICE_BYTES_MAX,
        tag="findings",
    ),
)
