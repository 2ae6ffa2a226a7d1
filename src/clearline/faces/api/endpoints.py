"""Every endpoint of the officer's API, in the order of the documentation."""

from __future__ import annotations

from functools import cache

from starlette.responses import Response

from clearline.faces.api import (
    agreement,
    alerts,
    areas,
    cards,
    carry,
    disclosures,
    drafts,
    drawn,
    enquiries,
    events,
    findings,
    keys,
    ladder,
    lines,
    me,
    meetings,
    messages,
    notices,
    openapi,
    pairs,
    phrases,
    proofs,
    proposals,
    record,
    session,
    shifts,
    state,
    third_parties,
    traced,
    waiting,
)
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint


async def describe(_: Asked) -> Response:
    """Describe the API."""
    return answer(_description())


@cache
def _description() -> bytes:
    return openapi.encoded(ENDPOINTS)


ENDPOINTS: tuple[Endpoint, ...] = (
    *notices.ENDPOINTS,
    *disclosures.ENDPOINTS,
    *cards.ENDPOINTS,
    *ladder.ENDPOINTS,
    *proposals.ENDPOINTS,
    *findings.ENDPOINTS,
    *messages.ENDPOINTS,
    *alerts.ENDPOINTS,
    *waiting.ENDPOINTS,
    *phrases.ENDPOINTS,
    *areas.ENDPOINTS,
    *agreement.ENDPOINTS,
    *drafts.ENDPOINTS,
    *keys.ENDPOINTS,
    *lines.ENDPOINTS,
    *shifts.ENDPOINTS,
    *third_parties.ENDPOINTS,
    *pairs.ENDPOINTS,
    *enquiries.ENDPOINTS,
    *meetings.ENDPOINTS,
    *record.ENDPOINTS,
    *carry.ENDPOINTS,
    *state.ENDPOINTS,
    *proofs.ENDPOINTS,
    *events.ENDPOINTS,
    *drawn.ENDPOINTS,
    *traced.ENDPOINTS,
    *me.ENDPOINTS,
    *session.ENDPOINTS,
    Endpoint(
        "GET",
        "/api/openapi.json",
        "describeApi",
        "Describe this API as OpenAPI 3.1; needs no token",
        describe,
        {200: dict},
        tag="description",
        open=True,
    ),
)
