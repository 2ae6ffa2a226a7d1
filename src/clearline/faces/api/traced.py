"""The endpoint that traces volumes which nobody has filed: what a form sketches is what a chart will draw.

For drawing alone. Circles and corridors are traced along geodesics by the same geometry that judges them, so the
sketch, the proposal beside what stands and the chart cannot differ.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from clearline.errors import Malformed, Said
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.outlines import Ring, outlined
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.faces.api.taken import Taken
from clearline.gateways.geojson.shapes import DISTANCES, footprint_of, geometry_kind
from clearline.volumes.footprint import Footprint

VOLUMES_MAX = 1_000
"""Volumes of one notice."""

VERTICES_MAX = 10_000
"""Positions of one volume: far more than anybody sketches; a larger notice is drawn once it is filed."""


MEETS_MAX = 500
"""Places of conflicts that a form may have shown: more would cover the chart."""

Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]


class SketchBody(Taken):
    """A footprint: geometry as in a notice file, `radius_m` with a Point and `half_width_m` with a LineString."""

    geometry: dict[str, Any]
    radius_m: float | None = None
    half_width_m: float | None = None


class SketchesBody(Taken):
    """The footprints of a draft or a proposal, in its order."""

    volumes: Annotated[list[SketchBody], msgspec.Meta(min_length=1, max_length=VOLUMES_MAX)]


class DraftBody(Taken):
    """What a form holds so far, for a chart to show: footprints, and where they meet what others filed (degrees)."""

    volumes: Annotated[list[SketchBody], msgspec.Meta(max_length=VOLUMES_MAX)]
    meets: Annotated[list[tuple[Lon, Lat]], msgspec.Meta(max_length=MEETS_MAX)] = msgspec.field(default_factory=list)


class TracedOut(msgspec.Struct, frozen=True):
    """The outlines in the order that was asked: polygons of rings of `[longitude, latitude]`, the outer ring first."""

    volumes: tuple[tuple[tuple[Ring, ...], ...], ...]


async def trace(asked: Asked) -> Response:
    """Trace footprints; nothing is stored and nobody is told."""
    body = await asked.value(SketchesBody)

    def outline() -> TracedOut:
        return TracedOut(tuple(outlined(footprint_from(one, n)) for n, one in enumerate(body.volumes)))

    return answer(await asyncio.to_thread(outline))


async def draft_of(asked: Asked) -> tuple[list[Footprint], list[tuple[float, float]]]:
    """Return the footprints of a form and the places that it marks; nothing is stored and nobody is told.

    Raises:
        As `Asked.value`; Malformed, TooLarge: Names the first fault by JSON Pointer.
    """
    body = await asked.value(DraftBody)
    found = await asyncio.to_thread(lambda: [footprint_from(one, n) for n, one in enumerate(body.volumes)])
    return found, body.meets


def footprint_from(body: SketchBody, number: int) -> Footprint:
    """Return the footprint that a body describes.

    Raises:
        Malformed, TooLarge: Names the first fault by JSON Pointer.
    """
    pointer = f"/volumes/{number}"
    kind = geometry_kind(body.geometry, where="body", pointer=f"{pointer}/geometry")
    for wanted, name in DISTANCES.items():
        given = getattr(body, name)
        if (given is not None) != (kind == wanted):
            expected = f"a distance in metres with a {wanted}, and with nothing else"
            found = Said("nothing") if given is None else given
            raise Malformed(where=f"body: {pointer}/{name}", found=found, expected=expected)
    distance_m = body.radius_m if body.radius_m is not None else body.half_width_m
    return footprint_of(
        kind, body.geometry, distance_m, where="body", pointer=f"{pointer}/geometry", max_vertices=VERTICES_MAX
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/outlines",
        "traceOutlines",
        "Trace footprints that are not filed, as a chart will draw them; nothing is stored and nobody is told",
        trace,
        {200: TracedOut},
        takes=SketchesBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        tag="chart",
    ),
)
