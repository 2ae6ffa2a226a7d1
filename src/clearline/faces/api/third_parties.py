"""Third parties: "not ours" and "we answer for" with what contradicts them; entries passed on, checked and shown."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import third_parties
from clearline.channel.node import Node
from clearline.faces.api import render, shapes
from clearline.faces.api.areas import volume_from, volume_out
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.faces.api.taken import AreaVolumeBody, EntryText, Taken
from clearline.faces.api.worded import SentenceOut, sentence_out
from clearline.records.attribution import SCOPE_MAX, Attribution, AttributionSort
from clearline.volumes.instant import Instant


class BesideOut(msgspec.Struct, frozen=True):
    """An entry that says otherwise of the same place and time; shown beside, judged by nobody."""

    what: Literal["notice", "attribution", "answer"]
    said: shapes.Saying
    later: bool
    words: str
    sentence: SentenceOut


class AttributionOut(msgspec.Struct, frozen=True):
    """A member's word about a place and a time, and what contradicts it, oldest first."""

    said: shapes.Saying
    sort: Literal["not_ours", "answer_for"]
    text: str
    of: str | None
    incident: str | None
    volumes: tuple[shapes.AreaVolumeOut, ...]
    beside: tuple[BesideOut, ...]
    complete: bool


class AttributionsOut(msgspec.Struct, frozen=True):
    """Attributions, newest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    attributions: tuple[AttributionOut, ...]


class RelayedOut(msgspec.Struct, frozen=True):
    """A body that was passed on. `matches`: it opens the commitment in the author's entry that is held here.

    `matches` is null while that entry is not held; `body` is shown where it matches, else null.
    """

    said: shapes.Saying
    of: str
    author: str | None
    remarks: str
    matches: bool | None
    kind: str | None
    body: dict[str, Any] | None


class AllRelayedOut(msgspec.Struct, frozen=True):
    """Bodies that were passed on, newest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    relayed: tuple[RelayedOut, ...]


class AttributionBody(Taken):
    """Say "not ours" or "we answer for" of a place and a time; every member reads it where `audience` is left out."""

    sort: Literal["not_ours", "answer_for"]
    volumes: Annotated[list[AreaVolumeBody], msgspec.Meta(min_length=1, max_length=SCOPE_MAX)]
    text: str = ""
    of: EntryText | None = None
    incident: str | None = None
    audience: list[str] | None = None


class RelayBody(Taken):
    """Pass the body of an entry on to members without a seat in its thread; its readers see that."""

    of: EntryText
    to: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]
    remarks: str = ""


async def listed(asked: Asked) -> Response:
    """List attributions with what stands beside them."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> AttributionsOut:
        total = len(node.picture.third_parties.attributions)
        found = third_parties.attribution_views(node, first=page.first, end=page.end)
        shown = tuple(_attribution(view) for view in found)
        return AttributionsOut(render.as_of_out(node, at), total, page.following(total), shown)

    return answer(await asked.read(read))


async def attribute(asked: Asked) -> Response:
    """Say whose an area and a time is, or is not."""
    body = await asked.value(AttributionBody)
    record = Attribution(
        AttributionSort(body.sort),
        tuple(volume_from(volume, f"/volumes/{number}") for number, volume in enumerate(body.volumes)),
        body.text,
        body.of or "",
        body.incident or "",
    )
    done = await asked.act(
        lambda desk: said_or_waiting(desk, third_parties.attribute(desk, record, audience=body.audience))
    )
    return answer(done, 201)


async def relayed(asked: Asked) -> Response:
    """List what was passed on."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> AllRelayedOut:
        total = sum(map(len, node.picture.third_parties.relayed.values()))
        shown = tuple(_relayed(view) for view in third_parties.relayed_views(node, first=page.first, end=page.end))
        return AllRelayedOut(render.as_of_out(node, at), total, page.following(total), shown)

    return answer(await asked.read(read))


async def relay(asked: Asked) -> Response:
    """Pass an entry on."""
    body = await asked.value(RelayBody)
    done = await asked.act(
        lambda desk: said_or_waiting(desk, third_parties.relay(desk, body.of, body.to, remarks=body.remarks))
    )
    return answer(done, 201)


def _attribution(view: third_parties.AttributionView) -> AttributionOut:
    record = view.attribution
    return AttributionOut(
        said=render.saying(view.entry),
        sort=record.sort.value,
        text=record.text,
        of=record.of or None,
        incident=record.incident or None,
        volumes=tuple(volume_out(volume) for volume in record.volumes),
        beside=tuple(
            BesideOut(one.what, render.saying(one.entry), one.later, one.words, sentence_out(one.sentence))  # type: ignore[arg-type]
            for one in view.beside
        ),
        complete=view.complete,
    )


def _relayed(view: third_parties.RelayedView) -> RelayedOut:
    opened = json.loads(view.relayed.body) if view.matches else None
    shown = opened if isinstance(opened, dict) else None
    return RelayedOut(
        said=render.saying(view.entry),
        of=view.relayed.of,
        author=view.author,
        remarks=view.relayed.remarks,
        matches=view.matches,
        kind=None if shown is None else str(shown.get("kind", "")),
        body=shown,
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/attributions",
        "listAttributions",
        'List what members say is "not ours" or what they answer for, with what contradicts it beside it',
        listed,
        {200: AttributionsOut},
        query=(FROM, COUNT),
        tag="third parties",
    ),
    Endpoint(
        "POST",
        "/api/v1/attributions",
        "attribute",
        'Say "not ours" or "we answer for" of a place and a time',
        attribute,
        {201: shapes.SaidOut},
        takes=AttributionBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403, 404),
        tag="third parties",
    ),
    Endpoint(
        "GET",
        "/api/v1/relayed",
        "listRelayed",
        "List bodies that were passed on, each checked against the author's own commitment",
        relayed,
        {200: AllRelayedOut},
        query=(FROM, COUNT),
        tag="third parties",
    ),
    Endpoint(
        "POST",
        "/api/v1/relayed",
        "relayEntry",
        "Pass the body of an entry on to members without a seat in its thread",
        relay,
        {201: shapes.SaidOut},
        takes=RelayBody,
        problems=(403, 404),
        tag="third parties",
    ),
)
