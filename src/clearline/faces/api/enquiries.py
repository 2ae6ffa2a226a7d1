"""Enquiries about unusual activity: asked, replied to in part or finally, and what did not come."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import enquiries
from clearline.channel.node import Node
from clearline.faces.api import render, shapes
from clearline.faces.api.areas import volume_from, volume_out
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.faces.api.taken import AreaVolumeBody, EntryText, InstantText, Taken
from clearline.records.enquiry import SCOPE_MAX, Completeness
from clearline.volumes.instant import Instant, format_instant


class ReplyOut(msgspec.Struct, frozen=True):
    """One reply."""

    said: shapes.Saying
    completeness: Literal["partial", "final"]
    language: str
    text: str


class AskedOut(msgspec.Struct, frozen=True):
    """What one member replied. `none_in_time` stays true for ever where nothing was claimed in time.

    `late_s` is how many seconds after the deadline the final reply was claimed, 0 in time, null without one.
    """

    member: str
    state: Literal["awaited", "partial", "final", "no_reply"]
    overdue: bool
    none_in_time: bool
    late_s: float | None
    replies: tuple[ReplyOut, ...]


class EnquiryOut(msgspec.Struct, frozen=True):
    """An enquiry with its deadline and every reply."""

    said: shapes.Saying
    to: tuple[str, ...]
    language: str
    text: str
    of: str | None
    due: InstantText
    volumes: tuple[shapes.AreaVolumeOut, ...]
    asked: tuple[AskedOut, ...]


class EnquiriesOut(msgspec.Struct, frozen=True):
    """Enquiries, newest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    enquiries: tuple[EnquiryOut, ...]


class EnquiryBody(Taken):
    """Ask members about an activity at a place and a time; `also` reads it besides, such as the host."""

    to: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]
    volumes: Annotated[list[AreaVolumeBody], msgspec.Meta(min_length=1, max_length=SCOPE_MAX)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=8000)]
    language: str = "en"
    of: EntryText | None = None
    also: list[str] | None = None


class ReplyBody(Taken):
    """Reply in part or finally."""

    completeness: Literal["partial", "final"]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=8000)]
    language: str = "en"


async def listed(asked: Asked) -> Response:
    """List enquiries."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> EnquiriesOut:
        total = len(node.picture.enquiries.asked)
        found = enquiries.enquiry_views(node, at=at, first=page.first, end=page.end)
        shown = tuple(_enquiry(view) for view in found)
        return EnquiriesOut(render.as_of_out(node, at), total, page.following(total), shown)

    return answer(await asked.read(read))


async def enquire(asked: Asked) -> Response:
    """Ask members about an activity."""
    body = await asked.value(EnquiryBody)
    volumes = tuple(volume_from(volume, f"/volumes/{number}") for number, volume in enumerate(body.volumes))
    done = await asked.act(
        lambda desk: said_or_waiting(
            desk,
            enquiries.enquire(
                desk, body.to, volumes, body.text, language=body.language, of=body.of or "", also=body.also or ()
            ),
        )
    )
    return answer(done, 201)


async def reply(asked: Asked) -> Response:
    """Reply to an enquiry."""
    of, body = asked.path["id"], await asked.value(ReplyBody)
    completeness = Completeness(body.completeness)
    done = await asked.act(
        lambda desk: said_or_waiting(desk, enquiries.reply(desk, of, completeness, body.text, language=body.language))
    )
    return answer(done, 201)


def _enquiry(view: enquiries.EnquiryView) -> EnquiryOut:
    record = view.enquiry
    return EnquiryOut(
        said=render.saying(view.entry),
        to=record.to,
        language=record.language,
        text=record.text,
        of=record.of or None,
        due=format_instant(view.due),
        volumes=tuple(volume_out(volume) for volume in record.volumes),
        asked=tuple(
            AskedOut(
                one.member,
                one.state.value,
                one.overdue,
                one.none_in_time,
                one.late_s,
                tuple(ReplyOut(render.saying(e), r.completeness.value, r.language, r.text) for e, r in one.replies),
            )
            for one in view.asked
        ),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/enquiries",
        "listEnquiries",
        "List enquiries with their deadlines and what every member replied, or did not",
        listed,
        {200: EnquiriesOut},
        query=(FROM, COUNT),
        tag="enquiries",
    ),
    Endpoint(
        "POST",
        "/api/v1/enquiries",
        "enquire",
        "Ask members to explain an activity at a place and a time",
        enquire,
        {201: shapes.SaidOut},
        takes=EnquiryBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403,),
        tag="enquiries",
    ),
    Endpoint(
        "POST",
        "/api/v1/enquiries/{id}/replies",
        "replyToEnquiry",
        "Reply to an enquiry, in part or finally",
        reply,
        {201: shapes.SaidOut},
        takes=ReplyBody,
        problems=(403, 404),
        tag="enquiries",
    ),
)
