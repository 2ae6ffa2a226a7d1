"""Paired acts: offered, accepted, sealed or lapsed; while they are open both outcomes are shown."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import pairs
from clearline.channel.node import Node
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText, Taken
from clearline.records.pair import PairSide, Settlement
from clearline.volumes.instant import Instant, format_instant, parse_instant


class SideOut(msgspec.Struct, frozen=True):
    """One side of a pair: whose notice, and what becomes of it when the pair is sealed."""

    party: str
    notice: str
    act: Literal["cancel"]
    of: str


class PairOut(msgspec.Struct, frozen=True):
    """A pair. While it is open both outcomes count: the conflicts that stand if it lapses, and if it is sealed."""

    said: shapes.Saying
    state: Literal["offered", "accepted", "sealed", "lapsed", "expired"]
    mine: SideOut
    yours: SideOut
    expires: InstantText
    text: str
    accepted: shapes.Saying | None
    settled: shapes.Saying | None
    if_lapsed: tuple[shapes.ConflictOut, ...]
    if_sealed: tuple[shapes.ConflictOut, ...]


class PairsOut(msgspec.Struct, frozen=True):
    """Paired acts, newest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    pairs: tuple[PairOut, ...]


class PairBody(Taken):
    """Offer to cancel the own notice `mine` if `party` cancels its notice `yours`; void after `expires`."""

    mine: str
    party: str
    yours: str
    expires: InstantText
    text: str = ""


class SettlementBody(Taken):
    """Seal a pair that was accepted, or let it lapse."""

    settlement: Literal["seal", "lapse"]


class AcceptanceBody(Taken):
    """Accept; nothing more is said."""


async def listed(asked: Asked) -> Response:
    """List paired acts."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> PairsOut:
        total = len(node.picture.pairs.offers)
        shown = tuple(_pair(view) for view in pairs.pair_views(node, at=at, first=page.first, end=page.end))
        return PairsOut(render.as_of_out(node, at), total, page.following(total), shown)

    return answer(await asked.read(read))


async def offer(asked: Asked) -> Response:
    """Offer a pair."""
    body = await asked.value(PairBody)
    expires = parse_instant(body.expires, where="body: /expires")
    done = await asked.act(
        lambda desk: said_or_waiting(
            desk, pairs.offer(desk, body.mine, (body.party, body.yours), expires=expires, text=body.text)
        )
    )
    return answer(done, 201)


async def accept(asked: Asked) -> Response:
    """Accept a pair."""
    await asked.value(AcceptanceBody)
    of = asked.path["id"]
    return answer(await asked.act(lambda desk: said_or_waiting(desk, pairs.accept(desk, of))), 201)


async def settle(asked: Asked) -> Response:
    """Seal a pair, or let it lapse."""
    of, settlement = asked.path["id"], Settlement((await asked.value(SettlementBody)).settlement)
    return answer(await asked.act(lambda desk: said_or_waiting(desk, pairs.settle(desk, of, settlement))), 201)


def _pair(view: pairs.PairView) -> PairOut:
    return PairOut(
        said=render.saying(view.entry),
        state=view.state.value,
        mine=_side(view.entry.header.author, view.offer.mine),
        yours=_side(view.offer.to, view.offer.yours),
        expires=format_instant(view.offer.expires),
        text=view.offer.text,
        accepted=None if view.accept is None else render.saying(view.accept),
        settled=None if view.settlement is None else render.saying(view.settlement),
        if_lapsed=tuple(render.conflict(c) for c in view.if_lapsed),
        if_sealed=tuple(render.conflict(c) for c in view.if_sealed),
    )


def _side(party: str, side: PairSide) -> SideOut:
    return SideOut(party, side.notice, side.act.value, side.of)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/pairs",
        "listPairs",
        "List paired acts with both outcomes while they are open",
        listed,
        {200: PairsOut},
        query=(FROM, COUNT),
        tag="pairs",
    ),
    Endpoint(
        "POST",
        "/api/v1/pairs",
        "offerPair",
        "Offer to cancel a notice of one's own if another party cancels one of its own",
        offer,
        {201: shapes.SaidOut},
        takes=PairBody,
        problems=(403, 404, 409),
        tag="pairs",
    ),
    Endpoint(
        "POST",
        "/api/v1/pairs/{id}/acceptance",
        "acceptPair",
        "Accept a pair that was offered; one's own notice is bound until it is settled or expires",
        accept,
        {201: shapes.SaidOut},
        takes=AcceptanceBody,
        problems=(403, 404, 409),
        tag="pairs",
    ),
    Endpoint(
        "POST",
        "/api/v1/pairs/{id}/settlement",
        "settlePair",
        "Seal a pair of one's own, or let it lapse; the seal cancels both notices at once",
        settle,
        {201: shapes.SaidOut},
        takes=SettlementBody,
        problems=(403, 404, 409),
        tag="pairs",
    ),
)
