"""Long answers packed on their way to another machine; on this one packing would only take time."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress

from starlette.requests import Request
from starlette.responses import Response

from clearline.faces.api.asked import Asked

PACKED_BYTES = 32 * 2**10
"""Answers from this many bytes on are packed: below it a line of a watch floor is faster than the packing."""

LEVEL = 1
"""Of gzip: five of six parts of a chart's outlines go at this level, at 100 MB a second."""


async def lean(asked: Asked, response: Response) -> Response:
    """Return an answer packed, where it is long and goes to another machine that can unpack it."""
    raw = bytes(response.body)
    if len(raw) < PACKED_BYTES or not wants_packed(asked.request):
        return response
    headers = {
        "content-encoding": "gzip",
        "vary": "accept-encoding",
        "cache-control": response.headers["cache-control"],
    }
    packed = await asyncio.to_thread(gzip.compress, raw, LEVEL)
    return Response(packed, response.status_code, headers, response.media_type)


def wants_packed(request: Request) -> bool:
    """Report whether a request comes from another machine and takes gzip."""
    accepted = [part.strip().partition(";")[0] for part in request.headers.get("accept-encoding", "").split(",")]
    if "gzip" not in accepted or request.client is None:
        return False
    try:
        return not ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
