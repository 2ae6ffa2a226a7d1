"""Who reads what: a preview before filing, area-only notices, opening a notice to more members, and erasing it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import audiences
from clearline.channel.acts.vague import AREA_ONLY_WORDS
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.channel.view import state_of
from clearline.errors import NotAllowed
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import GEOJSON, JSON, NOTICE_BYTES_MAX, Endpoint, Query
from clearline.faces.api.taken import InstantText
from clearline.gateways.geojson.notice_file import render_notice
from clearline.picture.outlines import OutlineHistory
from clearline.records.acknowledgement import PositionTaken, Seen
from clearline.records.outline import Outline
from clearline.volumes.altitude import format_altitude
from clearline.volumes.instant import Instant, format_instant

AUDIENCE = Query("audience", "Members that are shown it whole, between commas; the parties where it is missing.")
AREA_ONLY = Query("area_only", "Members that are told its area only, between commas.")


class MembersBody(taken.Taken):
    """Members that are shown the whole from now on."""

    members: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]


class EraseBody(taken.Taken):
    """Why; it is kept in the record, so it names no person."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class MemberSeesOut(msgspec.Struct, frozen=True):
    """What one member would see: `shown` is the notice file, its coarse areas, or null."""

    member: str
    sees: Literal["full", "area_only", "nothing"]
    shown: dict[str, Any] | None


class PreviewOut(msgspec.Struct, frozen=True):
    """What each member would see if this were filed now; nothing was stored and nobody is told."""

    party: str
    notice: str
    members: tuple[MemberSeesOut, ...]
    as_of: shapes.AsOfOut


class AreaOnlyOut(msgspec.Struct, frozen=True):
    """A notice of which this member was told the area only; `areas` hold the true volumes."""

    party: str
    notice: str
    revision: int
    state: str
    start: InstantText
    end: InstantText
    said: shapes.Saying
    steps: tuple[shapes.StepOut, ...]
    seen: shapes.Saying | None
    position: str | None
    conflicts: tuple[str, ...]
    areas: dict[str, Any]
    words: str


class AreaOnlyListOut(msgspec.Struct, frozen=True):
    """Every notice of which this member was told the area only, ordered by party and reference."""

    as_of: shapes.AsOfOut
    notices: tuple[AreaOnlyOut, ...]


class ErasedBodyOut(msgspec.Struct, frozen=True):
    """A body that an author ordered destroyed: `kept_because` says why this node did not, null where it did."""

    entry: str
    slot: int
    kept_because: str | None


class ErasureOut(msgspec.Struct, frozen=True):
    """An author's order to destroy bodies of its own."""

    said: shapes.Saying
    reason: str
    bodies: tuple[ErasedBodyOut, ...]


class ErasuresOut(msgspec.Struct, frozen=True):
    """Every order of erasure that is held, by author and place."""

    as_of: shapes.AsOfOut
    erasures: tuple[ErasureOut, ...]


async def preview(asked: Asked) -> Response:
    """Say what each member would see; store nothing."""
    draft, audience = await asked.draft(), asked.words("audience")
    less, running, officer = asked.words("area_only") or (), asked.running, asked.officer

    def read(node: Node, at: Instant) -> PreviewOut:
        found = audiences.preview(Desk(node, officer, at, running.randomness), draft, audience, less)
        whole = render_notice(draft)
        areas = None if found.outline is None else areas_file(found.outline)
        seen = {"full": whole, "area_only": areas, "nothing": None}
        return PreviewOut(
            draft.party,
            draft.notice,
            tuple(
                MemberSeesOut(member, found.readers.sees(member).value, seen[found.readers.sees(member).value])
                for member in node.roster.members
            ),
            render.as_of_out(node, at),
        )

    return answer(await asked.read(read))


async def disclose(asked: Asked) -> Response:
    """Show a notice of one's own whole to more members."""
    body, reference = await asked.value(MembersBody), _own_reference(asked)
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(audiences.disclose(desk, reference, body.members).entry),
            render.as_of_out(desk.node, desk.at),
        )
    )
    return answer(done, 201)


async def erase(asked: Asked) -> Response:
    """Order the bodies of a notice of one's own destroyed."""
    body, reference = await asked.value(EraseBody), _own_reference(asked)
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(audiences.erase(desk, reference, body.reason).entry), render.as_of_out(desk.node, desk.at)
        )
    )
    return answer(done, 201)


async def area_only(asked: Asked) -> Response:
    """List the notices of which the area only is known."""
    return answer(
        await asked.read(
            lambda node, at: AreaOnlyListOut(
                render.as_of_out(node, at),
                tuple(_area_only(node, node.picture.outlines[key], at) for key in sorted(node.picture.outlines)),
            )
        )
    )


async def erasures(asked: Asked) -> Response:
    """List the orders of erasure and what became of them."""

    def read(node: Node, at: Instant) -> ErasuresOut:
        orders = {place: given[place] for given in node.picture.opened.erasures.values() for place in given}
        return ErasuresOut(
            render.as_of_out(node, at),
            tuple(
                ErasureOut(
                    render.saying(entry),
                    record.reason,
                    tuple(
                        ErasedBodyOut(n.entry, n.slot, node.not_erased[n][1] if n in node.not_erased else None)
                        for n in record.bodies
                    ),
                )
                for _, (entry, record) in sorted(orders.items())
            ),
        )

    return answer(await asked.read(read))


def areas_file(outline: Outline) -> dict[str, Any]:
    """Return coarse volumes as a FeatureCollection; it is no notice file, for it has no activity."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [position / 1e7 for position in volume.footprint.parts[0][0][0]],
                },
                "properties": {
                    "party": outline.party,
                    "notice": outline.notice,
                    "area_only": True,
                    "radius_m": volume.footprint.radius_cm / 100,
                    "lower": format_altitude(volume.band.lower),
                    "upper": format_altitude(volume.band.upper),
                    "start": format_instant(volume.window.start),
                    "end": format_instant(volume.window.end),
                },
            }
            for volume in outline.volumes
        ],
    }


def _area_only(node: Node, history: OutlineHistory, at: Instant) -> AreaOnlyOut:
    entry, outline = history.current.entry, history.current.outline
    given = sorted(node.picture.answers.get(entry.id, {}).items())
    mine = [(said, record) for _, (said, record) in given if said.header.author == node.me]
    seen = next((said for said, record in mine if isinstance(record, Seen)), None)
    position = next((r for _, r in reversed(mine) if isinstance(r, PositionTaken)), None)
    return AreaOnlyOut(
        party=outline.party,
        notice=outline.notice,
        revision=history.revision,
        state=state_of(history, at=at).value,
        start=format_instant(history.start),
        end=format_instant(history.end),
        said=render.saying(entry),
        steps=tuple(
            shapes.StepOut(
                s.step.value, s.reason, None if s.until is None else format_instant(s.until), render.saying(s.entry)
            )
            for s in history.steps
        ),
        seen=None if seen is None else render.saying(seen),
        position=None if position is None else position.stance.value,
        conflicts=tuple(dict.fromkeys(c.id for c in node.watch.of_notice(history.key))),
        areas=areas_file(outline),
        words=AREA_ONLY_WORDS,
    )


def _own_reference(asked: Asked) -> str:
    party, reference = asked.path["party"], asked.path["notice"]
    if party != asked.running.me:
        raise NotAllowed(
            f"{party} {reference} is another member's notice; its owner alone opens or erases it", notice=reference
        )
    return reference


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/notices/preview",
        "previewNotice",
        "Say what each member would see of a notice if it were filed (or amended) so; nothing is stored",
        preview,
        {200: PreviewOut},
        takes=taken.FeatureCollection,
        media=(GEOJSON, JSON),
        body_bytes_max=NOTICE_BYTES_MAX,
        query=(AUDIENCE, AREA_ONLY),
        tag="notices",
    ),
    Endpoint(
        "POST",
        "/api/v1/notices/{party}/{notice}/disclosures",
        "discloseNotice",
        "Show the version that stands of a notice of one's own whole to more members",
        disclose,
        {201: shapes.SaidOut},
        takes=MembersBody,
        problems=(403, 404, 409),
        tag="notices",
    ),
    Endpoint(
        "POST",
        "/api/v1/notices/{party}/{notice}/erasure",
        "eraseNotice",
        "Order every body of a notice of one's own destroyed, on the agreement's terms",
        erase,
        {201: shapes.SaidOut},
        takes=EraseBody,
        problems=(403, 404, 409),
        tag="notices",
    ),
    Endpoint(
        "GET",
        "/api/v1/area-only",
        "listAreaOnly",
        "List the notices of which this member was told the area only",
        area_only,
        {200: AreaOnlyListOut},
        tag="notices",
    ),
    Endpoint(
        "GET",
        "/api/v1/erasures",
        "listErasures",
        "List the orders to destroy bodies, and what this node did not destroy and why",
        erasures,
        {200: ErasuresOut},
        tag="record",
    ),
)
