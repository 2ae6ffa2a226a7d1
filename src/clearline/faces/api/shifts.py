"""The watch: which positions are staffed, who holds one's own, what is open, and the handover with its list."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import shifts
from clearline.channel.acts.drafts import Draft
from clearline.channel.desk import Desk
from clearline.channel.node import Node, Submitted
from clearline.errors import Malformed, Said
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText, Taken
from clearline.records.shift import OpenItem, Shift
from clearline.volumes.instant import PERM, Instant, format_instant, parse_instant


class OpenItemOut(msgspec.Struct, frozen=True):
    """One thing that is open; `about` names it, `due` is when it bites."""

    sort: Literal["overdue", "due", "unread", "conflict", "alert", "draft", "line", "enquiry", "pair"]
    about: str
    text: str
    due: InstantText | None


class TurnOut(msgspec.Struct, frozen=True):
    """The newest turn of one's own watch, with the list that was handed over; `more` counts items beyond the list."""

    said: shapes.Saying
    turn: Literal["begin", "hand_over", "end"]
    outgoing: str
    incoming: str
    remarks: str
    open: tuple[OpenItemOut, ...]
    more: int


class WatchOut(msgspec.Struct, frozen=True):
    """A watch position. Of other members it says no more than staffed or not, and since when.

    `missed` says that the watch began without a handover by the officer who held it; `overdue` that the planned end
    has passed. `since` is null where nobody ever began a watch there.
    """

    member: str
    position: str
    staffed: bool
    since: InstantText | None
    missed: bool
    holder: str | None
    until: InstantText | None
    overdue: bool
    turn: TurnOut | None


class HandoverOut(msgspec.Struct, frozen=True):
    """A handover that waits for the incoming officer's signature until `expires`."""

    draft: str
    position: str
    outgoing: str
    incoming: str
    expires: InstantText
    open: tuple[OpenItemOut, ...]
    more: int
    remarks: str


class ShiftsOut(msgspec.Struct, frozen=True):
    """Every watch position, handovers that wait, and what is open here now."""

    as_of: shapes.AsOfOut
    officer: str
    positions: tuple[WatchOut, ...]
    handovers: tuple[HandoverOut, ...]
    open: tuple[OpenItemOut, ...]


class ShiftBody(Taken):
    """Begin the watch of a position, hand it over to `incoming`, or leave it unstaffed; `until` is the planned end."""

    turn: Literal["begin", "hand_over", "end"]
    position: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    incoming: str = ""
    until: InstantText | None = None
    remarks: str = ""


class TakeOverBody(Taken):
    """Take over; the list was drawn up by the outgoing officer."""


async def listed(asked: Asked) -> Response:
    """List the watch positions and what is open."""

    def read(node: Node, at: Instant) -> ShiftsOut:
        return ShiftsOut(
            as_of=render.as_of_out(node, at),
            officer=asked.officer,
            positions=tuple(_watch(view) for view in shifts.position_views(node, at=at)),
            handovers=tuple(_handover(*one) for one in shifts.waiting_handovers(node, at=at)),
            open=tuple(_item(item) for item in shifts.open_items(node, at=at)),
        )

    return answer(await asked.read(read))


async def turn(asked: Asked) -> Response:
    """Begin a watch, hand it over, or leave it."""
    body = await asked.value(ShiftBody)
    until = PERM if body.until is None else parse_instant(body.until, where="body: /until")
    if (body.turn == "hand_over") != bool(body.incoming):
        raise Malformed(
            where="body: /incoming",
            found=Said(body.incoming or "nothing"),
            expected="an officer with hand_over, and with nothing else",
        )

    def act(desk: Desk) -> shapes.SaidOut | DraftOut:
        done: Submitted | Draft
        match body.turn:
            case "begin":
                done = shifts.begin(desk, body.position, until=until)
            case "hand_over":
                done = shifts.hand_over(desk, body.position, body.incoming, until=until, remarks=body.remarks)
            case _:
                done = shifts.end(desk, body.position, remarks=body.remarks)
        return said_or_waiting(desk, done)

    return answered(await asked.act(act))


async def accept(asked: Asked) -> Response:
    """Take a watch over."""
    await asked.value(TakeOverBody)
    name = asked.path["id"]
    return answered(await asked.act(lambda desk: said_or_waiting(desk, shifts.accept(desk, name))))


def _watch(view: shifts.PositionView) -> WatchOut:
    given = view.turn.shift.handover if view.turn is not None else None
    return WatchOut(
        member=view.member,
        position=view.position,
        staffed=view.staffed,
        since=None if view.since is None else format_instant(view.since),
        missed=view.missed,
        holder=view.holder or None,
        until=None if view.until is None else format_instant(view.until),
        overdue=view.overdue,
        turn=None
        if given is None or view.turn is None
        else TurnOut(
            said=render.saying(view.turn.entry),
            turn=view.turn.shift.turn.value,
            outgoing=given.outgoing,
            incoming=given.incoming,
            remarks=given.remarks,
            open=tuple(_item(item) for item in given.open),
            more=given.more,
        ),
    )


def _handover(draft: Draft, record: Shift) -> HandoverOut:
    given = record.handover
    return HandoverOut(
        draft=draft.id,
        position=record.position,
        outgoing=given.outgoing if given is not None else "",
        incoming=given.incoming if given is not None else "",
        expires=format_instant(draft.header.expires),
        open=tuple(_item(item) for item in given.open) if given is not None else (),
        more=given.more if given is not None else 0,
        remarks=given.remarks if given is not None else "",
    )


def _item(item: OpenItem) -> OpenItemOut:
    return OpenItemOut(item.sort.value, item.about, item.text, None if item.due is None else format_instant(item.due))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/shifts",
        "listShifts",
        "List watch positions, handovers that wait, and what is open here",
        listed,
        {200: ShiftsOut},
        tag="shifts",
    ),
    Endpoint(
        "POST",
        "/api/v1/shifts",
        "turnWatch",
        "Begin the watch of a position, hand it over with the list of open items, or leave it unstaffed",
        turn,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=ShiftBody,
        problems=(403, 404, 409),
        tag="shifts",
    ),
    Endpoint(
        "POST",
        "/api/v1/shifts/{id}/acceptance",
        "acceptWatch",
        "Take a watch over: sign the handover and its list as the incoming officer",
        accept,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=TakeOverBody,
        problems=(403, 404, 409),
        tag="shifts",
    ),
)
