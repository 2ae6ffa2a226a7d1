"""Notices: file, read, amend, and say what became of them."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.desk import Desk, Filed
from clearline.channel.node import Node
from clearline.channel.view import State, lateness, state_of
from clearline.errors import Malformed, NotFound
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.disclosures import AREA_ONLY, AUDIENCE
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import GEOJSON, JSON, NOTICE_BYTES_MAX, Endpoint, Query
from clearline.picture.listing import ENDS, notices_page
from clearline.picture.notices import NoticeHistory
from clearline.records.agreement import Deadlines
from clearline.records.notice import Step
from clearline.volumes.instant import Instant, parse_instant

DICTATED_AT = Query("dictated_at", "When it was dictated over another line before: it is entered after the fact.")


async def file(asked: Asked) -> Response:
    """File a notice."""
    draft, audience = await asked.draft(), asked.words("audience")
    less, dictated = asked.words("area_only") or (), _dictated_at(asked)
    return answer(
        await asked.act(
            lambda desk: _filed(
                desk.node, desk.file(draft, audience=audience, area_only=less, dictated_at=dictated), desk.at
            )
        ),
        201,
    )


async def amend(asked: Asked) -> Response:
    """Replace a notice of one's own."""
    draft, audience, accepts = await asked.draft(), asked.words("audience"), asked.text("accepts")
    if draft.notice != asked.path["notice"]:
        spot = "body: /features/0/properties/notice"
        raise Malformed(where=spot, found=draft.notice, expected=f"{asked.path['notice']}, as in the path")
    less, dictated = asked.words("area_only") or (), _dictated_at(asked)

    def act(desk: Desk) -> shapes.FiledOut:
        done = desk.amend(draft, accepts=accepts, audience=audience, area_only=less, dictated_at=dictated)
        return _filed(desk.node, done, desk.at)

    return answer(await asked.act(act))


async def step(asked: Asked) -> Response:
    """Say what has become of a notice of one's own."""
    body, reference = await asked.value(taken.StepBody), asked.path["notice"]
    until = None if body.until is None else parse_instant(body.until, where="body: /until")
    kind = Step(body.step)
    if until is not None and kind is not Step.OVERRUN:
        raise Malformed(where="body: /until", found=body.until, expected=f"nothing with {body.step}")
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(desk.step(reference, kind, reason=body.reason, until=until).entry),
            render.as_of_out(desk.node, desk.at),
        )
    )
    return answer(done, 201)


async def listed(asked: Asked) -> Response:
    """List notices, ordered by start, then by where they were filed first."""
    page = page_of(asked)
    party, states = asked.text("party"), asked.words("state")
    for word in states or ():
        if word not in State._value2member_map_:
            raise Malformed(where="query state", found=word, expected="of " + ", ".join(State))

    def read(node: Node, at: Instant) -> bytes:
        def make() -> bytes:
            found = notices_page(
                node.picture,
                first=page.first,
                end=page.end,
                party=party,
                past=[word for word in ENDS if not states or word in states],
                wanted=lambda history: not states or state_of(history, at=at) in states,
            )
            shown = b",".join(asked.cache.notice(node, history, at=at) for history in found.shown)
            counts = msgspec.json.encode({"total": found.total, "next": page.following(found.total)})
            return counts[1:-1] + b',"notices":[' + shown + b"]}"

        head = msgspec.json.encode({"as_of": render.as_of_out(node, at)})
        return head[:-1] + b"," + asked.cache.page(node, (page, party, states), make, at=at)

    return answer(await asked.read(read))


async def one(asked: Asked) -> Response:
    """Show one notice."""
    party, reference = asked.path["party"], asked.path["notice"]

    def read(node: Node, at: Instant) -> bytes:
        history = _history(node, party, reference)
        head = msgspec.json.encode({"as_of": render.as_of_out(node, at)})
        return head[:-1] + b',"notice":' + asked.cache.notice(node, history, at=at) + b"}"

    return answer(await asked.read(read))


def _dictated_at(asked: Asked) -> Instant | None:
    given = asked.text("dictated_at")
    return parse_instant(given, where="query dictated_at") if given else None


def _history(node: Node, party: str, reference: str) -> NoticeHistory:
    history = node.picture.notices.get((party, reference))
    if history is None and (party, reference) in node.picture.outlines:
        raise NotFound(f"of {party} {reference} only the area is told here; see /api/v1/area-only")
    if history is None:
        raise NotFound(f"no notice {reference} of {party} is held here", why="no_notice", party=party, notice=reference)
    return history


def _filed(node: Node, filed: Filed, at: Instant) -> shapes.FiledOut:
    history = filed.history
    standing = node.picture.terms_in_force
    late = lateness(history.current, standing[1].deadlines if standing else Deadlines())
    return shapes.FiledOut(
        party=history.key[0],
        notice=history.key[1],
        revision=history.revision,
        entry=render.entry(filed.submitted.entry),
        lateness=render.lateness(late),
        conflicts=tuple(render.conflict(c) for c in filed.conflicts),
        touches=tuple(render.touch(t) for t in filed.touches),
        suggestions=tuple(render.suggestion(s) for s in filed.suggestions),
        as_of=render.as_of_out(node, at),
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/notices",
        "fileNotice",
        "File a notice: a FeatureCollection of exactly one notice of one's own party",
        file,
        {201: shapes.FiledOut},
        takes=taken.FeatureCollection,
        media=(GEOJSON, JSON),
        body_bytes_max=NOTICE_BYTES_MAX,
        query=(AUDIENCE, AREA_ONLY, DICTATED_AT),
        problems=(403, 409),
        tag="notices",
    ),
    Endpoint(
        "GET",
        "/api/v1/notices",
        "listNotices",
        "List notices with state, lateness, ladder and what they meet, ordered by start",
        listed,
        {200: shapes.NoticesOut},
        query=(
            Query("party", "Only those of this party."),
            Query("state", "Only those in one of these states, between commas."),
            FROM,
            COUNT,
        ),
        tag="notices",
    ),
    Endpoint(
        "GET",
        "/api/v1/notices/{party}/{notice}",
        "showNotice",
        "Show one notice with every version",
        one,
        {200: shapes.OneNoticeOut},
        problems=(404,),
        tag="notices",
    ),
    Endpoint(
        "PUT",
        "/api/v1/notices/{notice}",
        "amendNotice",
        "Amend a notice of one's own: the FeatureCollection replaces the version that stands",
        amend,
        {200: shapes.FiledOut},
        takes=taken.FeatureCollection,
        media=(GEOJSON, JSON),
        body_bytes_max=NOTICE_BYTES_MAX,
        query=(
            Query("accepts", "The entry id of the proposal that the amendment takes up."),
            AUDIENCE,
            AREA_ONLY,
            DICTATED_AT,
        ),
        problems=(403, 404, 409),
        tag="notices",
    ),
    Endpoint(
        "POST",
        "/api/v1/notices/{notice}/steps",
        "stepNotice",
        "Withdraw, activate or complete a notice of one's own, or say until when it overruns",
        step,
        {201: shapes.SaidOut},
        takes=taken.StepBody,
        problems=(403, 404, 409),
        tag="notices",
    ),
)
