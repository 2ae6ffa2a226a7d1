"""Whether the node may sign: what it lost and asks for, how its clock is to the others', and who may say it goes on."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.acts import drafts
from clearline.channel.desk import Desk
from clearline.channel.line import clocks
from clearline.channel.node import Node
from clearline.channel.witnessing import lost
from clearline.errors import NotAllowed
from clearline.faces.api import record_shapes, render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.record import verified_out
from clearline.faces.api.table import Endpoint
from clearline.records.evidence import StateRestored
from clearline.volumes.instant import Instant, format_instant


class LackingOut(msgspec.Struct, frozen=True):
    """A log of which the node holds less than it had signed."""

    log: str
    held: int
    needed: int


class ClockOut(msgspec.Struct, frozen=True):
    """How far a member's clock is ahead of the own one, at most `bound_ms` wrong; `differs` past ten seconds."""

    member: str
    offset_ms: int
    bound_ms: int
    differs: bool
    at: str


class FindingOut(msgspec.Struct, frozen=True):
    """How often one sort of alarm was found about one log or member; of each the first few are kept."""

    type: str
    about: str
    count: int


class StateOut(msgspec.Struct, frozen=True):
    """Whether the node signs, and what it waits for where it does not."""

    as_of: shapes.AsOfOut
    may_sign: bool
    read_only: str | None
    lacking: tuple[LackingOut, ...]
    asking: tuple[str, ...]
    clocks: tuple[ClockOut, ...]
    findings: tuple[FindingOut, ...]
    verified: record_shapes.VerifiedOut | None


async def show(asked: Asked) -> Response:
    """Show whether the node may sign."""
    return answer(await asked.read(_state))


async def restored(asked: Asked) -> Response:
    """Say that the node holds again what it had lost: an act of two persons."""
    reason = (await asked.value(taken.ReasonBody)).reason

    def act(desk: Desk) -> shapes.SaidOut | DraftOut:
        node = desk.node
        if not node.read_only:
            raise NotAllowed("this node has lost nothing: there is nothing to restore")
        sizes = tuple((name, held.size) for name, held in sorted(node.logs.items()) if held.size)
        done = drafts.draft_or_submit(desk, StateRestored(sizes, reason), node.roster.members)
        return said_or_waiting(desk, done)

    return answered(await asked.act(act))


async def alone(asked: Asked) -> Response:
    """Start without having asked any peer: an officer takes on that nobody knows of more of the own logs."""

    def act(desk: Desk) -> StateOut:
        if not lost.unasked(desk.node):
            raise NotAllowed("this node waits for no peer")
        desk.node.start_alone(at=desk.at)
        return _state(desk.node, desk.at)

    return answer(await asked.act(act))


def _state(node: Node, at: Instant) -> StateOut:
    found = {name: clocks.best(peer.clock) for name, peer in sorted(node.peers.items())}
    return StateOut(
        as_of=render.as_of_out(node, at),
        may_sign=node.may_sign,
        read_only=node.read_only or None,
        lacking=tuple(LackingOut(*one) for one in lost.still_lacking(node)),
        asking=tuple(sorted(node.to_ask)) if lost.unasked(node) else (),
        clocks=tuple(
            ClockOut(name, one.offset_ms, one.bound_ms, one.differs, format_instant(one.at))
            for name, one in found.items()
            if one is not None
        ),
        findings=tuple(FindingOut(slug, about, count) for (slug, about), count in sorted(node.findings.items())),
        verified=verified_out(node),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/state",
        "showState",
        "Show whether the node may sign, what it lacks and asks for, and how far the members' clocks differ",
        show,
        {200: StateOut},
        tag="record",
    ),
    Endpoint(
        "POST",
        "/api/v1/state/restored",
        "restoreState",
        "Say that the node holds again what it had lost; it takes two officers, and the node signs again",
        restored,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=taken.ReasonBody,
        problems=(403, 409),
        tag="record",
    ),
    Endpoint(
        "POST",
        "/api/v1/state/alone",
        "startAlone",
        "Sign although no peer could be asked after the start how far the own logs are",
        alone,
        {200: StateOut},
        problems=(403,),
        tag="record",
    ),
)
