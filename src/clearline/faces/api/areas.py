"""Zones and red lines: stated, listed, withdrawn. They are shown when an activity touches them, never enforced."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.errors import Malformed, Said
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer, listed_word
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.gateways.geojson.shapes import DISTANCES, footprint_of, geometry_kind, render_geometry
from clearline.picture.areas import AreaHistory
from clearline.records.activity import Activity
from clearline.records.area import Area, AreaSort
from clearline.volumes.altitude import Band, format_altitude, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window, format_instant, parse_instant
from clearline.volumes.volume import Volume

VERTICES_MAX = 100_000
"""Positions of one volume, as the notice file has it."""


async def listed(asked: Asked) -> Response:
    """List zones and red lines, withdrawn ones among them."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> shapes.AreasOut:
        found = sorted(node.picture.areas.items())
        return shapes.AreasOut(
            as_of=render.as_of_out(node, at),
            total=len(found),
            next=page.following(len(found)),
            areas=tuple(_area(party, history) for (party, _), history in found[page.first : page.end]),
        )

    return answer(await asked.read(read))


async def state(asked: Asked) -> Response:
    """State a zone or a red line, or replace one's own."""
    body = await asked.value(taken.AreaBody)
    area = Area(
        sort=AreaSort(body.sort),
        reference=body.reference,
        title=body.title,
        text=body.text,
        volumes=tuple(volume_from(volume, f"/volumes/{number}") for number, volume in enumerate(body.volumes)),
        activities=tuple(
            sorted(
                {
                    listed_word(word, Activity, where=f"body: /activities/{number}")
                    for number, word in enumerate(body.activities)
                }
            )
        ),
    )

    def act(desk: Desk) -> shapes.SaidOut | DraftOut:
        history = desk.node.picture.areas.get((desk.node.me, area.reference))
        stands = history is not None and history.withdrawn is None
        stated = replace(area, amends=history.current.entry.id if history is not None and stands else "")
        return said_or_waiting(desk, desk.state_area(stated, audience=body.audience))

    return answered(await asked.act(act))


async def withdraw(asked: Asked) -> Response:
    """Withdraw a zone or red line of one's own."""
    body, reference = await asked.value(taken.ReasonBody), asked.path["reference"]
    return answered(await asked.act(lambda desk: said_or_waiting(desk, desk.withdraw_area(reference, body.reason))))


def volume_from(body: taken.AreaVolumeBody, pointer: str) -> Volume:
    """Return the volume that a body describes; `pointer` is where it stands in the request.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    where = f"body: {pointer}"
    kind = geometry_kind(body.geometry, where="body", pointer=f"{pointer}/geometry")
    for wanted, name in DISTANCES.items():
        given = getattr(body, name)
        if (given is not None) != (kind == wanted):
            expected = f"a distance in metres with a {wanted}, and with nothing else"
            raise Malformed(
                where=f"{where}/{name}", found=Said("nothing") if given is None else given, expected=expected
            )
    distance_m = body.radius_m if body.radius_m is not None else body.half_width_m
    footprint = footprint_of(
        kind, body.geometry, distance_m, where="body", pointer=f"{pointer}/geometry", max_vertices=VERTICES_MAX
    )
    start = parse_instant(body.start, where=f"{where}/start")
    end = PERM if body.end == "PERM" else parse_instant(body.end, where=f"{where}/end")
    if end < start:
        raise Malformed(where=f"{where}/end", found=body.end, expected=f"an end at or after the start, {body.start}")
    try:
        band = Band(
            parse_altitude(body.lower, where=f"{where}/lower"), parse_altitude(body.upper, where=f"{where}/upper")
        )
    except Malformed as fault:
        if fault.where.startswith("body"):
            raise
        found = f"{body.lower} to {body.upper}"
        raise Malformed(where=f"{where}/upper", found=found, expected=fault.expected) from None
    return Volume(footprint, band, Window(start, end))


def _area(party: str, history: AreaHistory) -> shapes.AreaOut:
    entry, area = history.current.entry, history.current.area
    return shapes.AreaOut(
        party=party,
        reference=area.reference,
        sort=area.sort.value,
        revision=len(history.versions),
        title=area.title,
        text=area.text,
        activities=tuple(activity.value for activity in area.activities),
        withdrawn=None if history.withdrawn is None else render.saying(history.withdrawn),
        said=render.saying(entry),
        audience=entry.header.audience,
        volumes=tuple(volume_out(volume) for volume in area.volumes),
    )


def volume_out(volume: Volume) -> shapes.AreaVolumeOut:
    """Return a volume as the API shows it."""
    return shapes.AreaVolumeOut(
        render_geometry(volume.footprint),
        volume.footprint.radius_cm / 100,
        format_altitude(volume.band.lower),
        format_altitude(volume.band.upper),
        format_instant(volume.window.start),
        format_instant(volume.window.end),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/areas",
        "listAreas",
        "List zones and red lines in the version that stands",
        listed,
        {200: shapes.AreasOut},
        query=(FROM, COUNT),
        tag="areas",
    ),
    Endpoint(
        "POST",
        "/api/v1/areas",
        "stateArea",
        "State a zone or a red line; one's own standing statement of that reference gets a new version",
        state,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=taken.AreaBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403, 409),
        tag="areas",
    ),
    Endpoint(
        "POST",
        "/api/v1/areas/{reference}/withdrawal",
        "withdrawArea",
        "Withdraw a zone or red line of one's own",
        withdraw,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=taken.ReasonBody,
        problems=(403, 404, 409),
        tag="areas",
    ),
)
