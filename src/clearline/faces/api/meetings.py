"""Meetings: convened, minuted, and the minutes that every party has assented to."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from clearline.channel.acts import meetings
from clearline.channel.node import Node
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText, Taken
from clearline.records.meeting import AGENDA_MAX, MINUTES_MAX
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant, format_instant, parse_instant

MINUTES_BYTES_MAX = 512 * 2**10
"""Bytes of a body with minutes: 40,000 characters in any script, escaped, and room to spare."""


class MinutesOut(msgspec.Struct, frozen=True):
    """Proposed minutes; `agreed` is true where every party that was invited has assented to exactly these."""

    said: shapes.Saying
    language: str
    text: str
    agreed: bool
    assents: tuple[shapes.Saying, ...]
    silent: tuple[str, ...]


class MeetingOut(msgspec.Struct, frozen=True):
    """A meeting as it was last called; `calls` are all calls, oldest first."""

    convener: str
    reference: str
    invited: tuple[str, ...]
    at: InstantText
    place: str
    agenda: tuple[str, ...]
    calls: tuple[shapes.Saying, ...]
    minutes: tuple[MinutesOut, ...]


class MeetingsOut(msgspec.Struct, frozen=True):
    """Meetings, the latest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    meetings: tuple[MeetingOut, ...]


class MeetingBody(Taken):
    """Call a meeting, or replace the call that stands of that reference of one's own."""

    reference: str
    invited: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]
    at: InstantText
    place: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    agenda: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=500)]],
        msgspec.Meta(min_length=1, max_length=AGENDA_MAX),
    ]


class MinutesBody(Taken):
    """Propose minutes."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MINUTES_MAX)]
    language: str = "en"


class AssentBody(Taken):
    """Assent; nothing more is said."""


async def listed(asked: Asked) -> Response:
    """List meetings."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> MeetingsOut:
        total = len(node.picture.meetings.calls)
        shown = tuple(_meeting(view) for view in meetings.meeting_views(node, first=page.first, end=page.end))
        return MeetingsOut(render.as_of_out(node, at), total, page.following(total), shown)

    return answer(await asked.read(read))


async def convene(asked: Asked) -> Response:
    """Call a meeting."""
    body = await asked.value(MeetingBody)
    when = parse_instant(body.at, where="body: /at")
    done = await asked.act(
        lambda desk: said_or_waiting(
            desk,
            meetings.convene(desk, body.reference, body.invited, at=when, place=body.place, agenda=tuple(body.agenda)),
        )
    )
    return answer(done, 201)


async def minutes(asked: Asked) -> Response:
    """Propose minutes."""
    key = (MemberId(asked.path["convener"]), asked.path["reference"])
    body = await asked.value(MinutesBody)
    done = await asked.act(
        lambda desk: said_or_waiting(desk, meetings.propose_minutes(desk, key, body.text, language=body.language))
    )
    return answer(done, 201)


async def assent(asked: Asked) -> Response:
    """Assent to minutes."""
    await asked.value(AssentBody)
    of = asked.path["id"]
    return answer(await asked.act(lambda desk: said_or_waiting(desk, meetings.assent(desk, of))), 201)


def _meeting(view: meetings.MeetingView) -> MeetingOut:
    call = view.meeting
    return MeetingOut(
        convener=view.convener,
        reference=call.reference,
        invited=call.invited,
        at=format_instant(call.at),
        place=call.place,
        agenda=call.agenda,
        calls=tuple(render.saying(entry) for entry, _ in view.calls),
        minutes=tuple(
            MinutesOut(
                said=render.saying(one.entry),
                language=one.minutes.language,
                text=one.minutes.text,
                agreed=one.agreed,
                assents=tuple(render.saying(entry) for entry in one.assents),
                silent=one.silent,
            )
            for one in view.minutes
        ),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/meetings",
        "listMeetings",
        "List meetings with their agenda and minutes",
        listed,
        {200: MeetingsOut},
        query=(FROM, COUNT),
        tag="meetings",
    ),
    Endpoint(
        "POST",
        "/api/v1/meetings",
        "convene",
        "Call a meeting with agenda, time and place; the host convenes, where there is one",
        convene,
        {201: shapes.SaidOut},
        takes=MeetingBody,
        problems=(403, 409),
        tag="meetings",
    ),
    Endpoint(
        "POST",
        "/api/v1/meetings/{convener}/{reference}/minutes",
        "proposeMinutes",
        "Propose minutes of a meeting, and assent to them by that",
        minutes,
        {201: shapes.SaidOut},
        takes=MinutesBody,
        body_bytes_max=MINUTES_BYTES_MAX,
        problems=(403, 404),
        tag="meetings",
    ),
    Endpoint(
        "POST",
        "/api/v1/minutes/{id}/assents",
        "assentToMinutes",
        "Assent to exactly these minutes; they are agreed once every party invited has",
        assent,
        {201: shapes.SaidOut},
        takes=AssentBody,
        problems=(403, 404, 409),
        tag="meetings",
    ),
)
