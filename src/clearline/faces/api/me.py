"""Who asks: the officer, its watch position, its member, and the channel with all its members."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.node import Node
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText
from clearline.faces.page.guard import session_of
from clearline.faces.page.sessions import LIFE_MS
from clearline.volumes.instant import Instant, format_instant


class MemberOut(msgspec.Struct, frozen=True):
    """A member of the channel and its watch positions."""

    member: str
    name: str
    role: str
    positions: tuple[str, ...]


class MeOut(msgspec.Struct, frozen=True):
    """Who asks, and in which channel; `drill` is true where nothing of it is real.

    `session_ends` is when the session ends in any case, or null where the request carries a bearer token.
    """

    member: str
    officer: str
    position: str
    channel: str
    channel_name: str
    drill: bool
    languages: tuple[str, ...]
    members: tuple[MemberOut, ...]
    as_of: shapes.AsOfOut
    session_ends: InstantText | None


async def who_am_i(asked: Asked) -> Response:
    """Answer who asks."""
    officer, session = asked.officer, session_of(asked.running, asked.request)
    ends = None if session is None else format_instant(Instant(session.opened + LIFE_MS))

    def read(node: Node, at: Instant) -> MeOut:
        genesis, standing = node.roster.genesis, node.picture.terms_in_force
        members = tuple(
            MemberOut(m.id, m.name, m.role.value, tuple(sorted({o.position for o in m.officers})))
            for m in genesis.members
        )
        own = genesis.member(node.me)
        position = next((o.position for o in own.officers if o.officer == officer), "") if own else ""
        return MeOut(
            member=node.me,
            officer=officer,
            position=position,
            channel=node.roster.channel,
            channel_name=genesis.channel,
            drill=genesis.drill,
            languages=standing[1].languages if standing else ("en",),
            members=members,
            as_of=render.as_of_out(node, at),
            session_ends=ends,
        )

    return answer(await asked.read(read))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/me",
        "whoAmI",
        "Say who asks: officer, watch position, member and channel",
        who_am_i,
        {200: MeOut},
        tag="access",
    ),
)
