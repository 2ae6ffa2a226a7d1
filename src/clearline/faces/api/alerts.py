"""Alerts: a stop-fire and its companions, that they were seen, and what is answered to them.

A stop-fire takes an empty body: nobody under fire is asked for more. No route mutes one.
"""

from __future__ import annotations

from starlette.responses import Response

from clearline.channel.acts import hotline
from clearline.channel.desk import Desk
from clearline.channel.due.dues import Spoken, addressed
from clearline.channel.node import Node, Submitted
from clearline.faces.api import hotline_shapes as out
from clearline.faces.api import messages, render, shapes, spoken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import Endpoint
from clearline.picture.entry import Entry
from clearline.records import words
from clearline.records.alert import PLACE_MAX, Alert, AlertSort, Reply
from clearline.volumes import footprint as footprints
from clearline.volumes.instant import Instant, parse_instant


async def listed(asked: Asked) -> Response:
    """List alerts, newest first by their authors' clocks."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> out.AlertsOut:
        ahead = [(h.entry, h.entry.record) for h in node.ahead.values() if isinstance(h.entry.record, Alert)]
        found: list[tuple[Entry, Alert]] = sorted(
            [*node.picture.hotline.alerts.values(), *ahead],
            key=lambda held: (held[0].header.claimed, held[0].place),
            reverse=True,
        )
        return out.AlertsOut(
            render.as_of_out(node, at),
            len(found),
            page.following(len(found)),
            tuple(spoken.alert_out(node, *held) for held in found[page.first : page.end]),
        )

    return answer(await asked.read(read))


async def stop_fire(asked: Asked) -> Response:
    """Say "you are hitting us"."""
    body = await _body(asked, out.AlertBody)
    return await _sound(asked, _alert(AlertSort.STOP_FIRE, body), body.audience)


async def sound(asked: Asked) -> Response:
    """Sound an alert."""
    body = await asked.value(out.SortedAlertBody)
    return await _sound(asked, _alert(AlertSort(body.sort), body), body.audience)


async def cancel(asked: Asked) -> Response:
    """Take an alert of one's own back."""
    body = await _body(asked, out.CancelBody)

    def act(desk: Desk) -> out.SoundedOut:
        of = body.of or hotline.last_alert(desk.node).id
        alert = Alert(AlertSort.CANCEL_LAST, text=body.text or "", cancels=of)
        before = desk.node.case.spoken(of)
        if before is not None:
            alert = Alert(AlertSort.CANCEL_LAST, addressed(before), text=body.text or "", cancels=of)
        return _sounded(desk, hotline.sound(desk, alert))

    return answer(await asked.act(act, urgent=True), 201)


async def reply(asked: Asked) -> Response:
    """Answer an alert."""
    of = spoken.entry_in(asked.path)
    body = await asked.value(out.AlertAnswerBody)
    text = words.prose(body.text, where="body: /text")
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(hotline.answer(desk, of, Reply(body.answer), text).entry),
            render.as_of_out(desk.node, desk.at),
        ),
        urgent=True,
    )
    return answer(done, 201)


async def _body(asked: Asked, shape: type[out.Body]) -> out.Body:
    """Return the body; one that is not there at all says nothing."""
    length = asked.request.headers.get("content-length", "0")
    if length == "0" and "transfer-encoding" not in asked.request.headers:
        return shape()
    return await asked.value(shape)


async def _sound(asked: Asked, alert: Alert, audience: list[str]) -> Response:
    done = await asked.act(lambda desk: _sounded(desk, hotline.sound(desk, alert, audience=audience)), urgent=True)
    return answer(done, 201)


def _sounded(desk: Desk, done: Submitted) -> out.SoundedOut:
    record = done.entry.record
    to = addressed(Spoken(done.entry, record)) if isinstance(record, Alert) else ()
    return out.SoundedOut(render.entry(done.entry), tuple(one.text for one in to), render.as_of_out(desk.node, desk.at))


def _alert(sort: AlertSort, body: out.AlertBody) -> Alert:
    place = None if body.position is None else footprints.point(body.position, radius_m=1.0, where="body: /position")
    return Alert(
        sort,
        spoken.addresses_of(body.to),
        None if place is None else place.parts[0][0][0],
        "" if body.place is None else words.prose(body.place, where="body: /place", least=1, most=PLACE_MAX),
        "" if body.unit is None else words.prose(body.unit, where="body: /unit", least=1, most=PLACE_MAX),
        "" if body.text is None else words.prose(body.text, where="body: /text", least=1),
        words.language_tag(body.language, where="body: /language"),
        None if body.at is None else parse_instant(body.at, where="body: /at"),
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/stop-fire",
        "stopFire",
        "Say that the other side is hitting us: one act, by every bearer at once; an empty body will do",
        stop_fire,
        {201: out.SoundedOut},
        takes=out.AlertBody,
        problems=(403, 409),
        tag="alerts",
    ),
    Endpoint(
        "GET",
        "/api/v1/alerts",
        "listAlerts",
        "List alerts with who saw and what was answered, newest first",
        listed,
        {200: out.AlertsOut},
        query=(FROM, COUNT),
        tag="alerts",
    ),
    Endpoint(
        "POST",
        "/api/v1/alerts",
        "soundAlert",
        "Sound an alert: emergency entry, stray, hazard, search and rescue, query, or a stop-fire",
        sound,
        {201: out.SoundedOut},
        takes=out.SortedAlertBody,
        problems=(403, 409),
        tag="alerts",
    ),
    Endpoint(
        "POST",
        "/api/v1/alerts/cancellations",
        "cancelAlert",
        "Take an alert of one's own back: the newest that stands, or the one named",
        cancel,
        {201: out.SoundedOut},
        takes=out.CancelBody,
        problems=(403, 404, 409),
        tag="alerts",
    ),
    Endpoint(
        "POST",
        "/api/v1/alerts/{entry}/seen",
        "seeAlert",
        "Say that this watch position has seen an alert; it stops ringing here",
        messages.see,
        {201: shapes.SaidOut},
        problems=(403, 404, 409),
        tag="alerts",
    ),
    Endpoint(
        "POST",
        "/api/v1/alerts/{entry}/answers",
        "answerAlert",
        "Answer an alert: ceased, not us, cannot confirm; understood where it is no stop-fire",
        reply,
        {201: shapes.SaidOut},
        takes=out.AlertAnswerBody,
        problems=(403, 404, 409),
        tag="alerts",
    ),
)
