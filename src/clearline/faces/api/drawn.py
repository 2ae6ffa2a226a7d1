"""What a chart draws: every volume in force or to come as an outline, and the areas that stand. For drawing alone.

Outlines are traced once for each version of a notice and kept; a poll over ten thousand notices renders what changed.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from clearline.channel.node import Node
from clearline.channel.view import State, state_of
from clearline.errors import Malformed
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.outlines import Outlines
from clearline.faces.api.table import Endpoint, Query
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.volumes.instant import PERM, Instant, format_instant, parse_instant

ENDED = (State.OVER, State.COMPLETED, State.WITHDRAWN)


class DrawnNotice(msgspec.Struct, frozen=True):
    """A notice to draw: its volumes, and which conflicts it has.

    With `area_only` the volumes are coarse, and activity and nature are not told: both are empty.
    """

    party: str
    notice: str
    revision: int
    activity: str
    nature: str
    state: str
    conflicts: tuple[str, ...]
    volumes: msgspec.Raw
    area_only: bool = False


class DrawnArea(msgspec.Struct, frozen=True):
    """A zone or red line that stands."""

    party: str
    reference: str
    sort: str
    title: str
    volumes: msgspec.Raw


class DrawnOut(msgspec.Struct, frozen=True):
    """What a chart draws in a window of time; an answer is complete."""

    as_of: shapes.AsOfOut
    notices: tuple[DrawnNotice, ...]
    areas: tuple[DrawnArea, ...]


async def drawn(asked: Asked) -> Response:
    """Answer what a chart draws."""
    first = _instant(asked, "from", Instant(0))
    last = _instant(asked, "to", PERM)
    if last < first:
        raise Malformed(where="query to", found=format_instant(last), expected=f"not before {format_instant(first)}")
    outlines = asked.cache.outlines

    def read(node: Node, at: Instant) -> DrawnOut:
        notices = tuple(
            _notice(node, history, outlines, at=at)
            for history in _standing(node, at=at)
            if history.start <= last and first <= history.end
        )
        told = tuple(
            _area_only(node, history, outlines, at=at)
            for _, history in sorted(node.picture.outlines.items())
            if state_of(history, at=at) not in ENDED and history.start <= last and first <= history.end
        )
        areas = tuple(
            DrawnArea(
                party=party,
                reference=reference,
                sort=held.current.area.sort.value,
                title=held.current.area.title,
                volumes=outlines.of(held.current.entry.id, held.current.area.volumes),
            )
            for (party, reference), held in sorted(node.picture.areas.items())
            if held.withdrawn is None
        )
        return DrawnOut(render.as_of_out(node, at), notices + told, areas)

    return answer(await asked.read(read))


def _standing(node: Node, *, at: Instant) -> Iterator[NoticeHistory]:
    for history in sorted(node.picture.living(at), key=lambda history: history.key):
        if state_of(history, at=at) not in ENDED:
            yield history


def _notice(node: Node, history: NoticeHistory, outlines: Outlines, *, at: Instant) -> DrawnNotice:
    draft = history.current.draft
    return DrawnNotice(
        party=draft.party,
        notice=draft.notice,
        revision=history.revision,
        activity=draft.activity.value,
        nature=draft.nature.value,
        state=state_of(history, at=at).value,
        conflicts=tuple(c.id for c in node.watch.of_notice(history.key)),
        volumes=outlines.of(history.current.entry.id, history.volumes, until=history.overrun_until),
    )


def _area_only(node: Node, history: OutlineHistory, outlines: Outlines, *, at: Instant) -> DrawnNotice:
    party, notice = history.key
    return DrawnNotice(
        party=party,
        notice=notice,
        revision=history.revision,
        activity="",
        nature="",
        state=state_of(history, at=at).value,
        conflicts=tuple(c.id for c in node.watch.of_notice(history.key)),
        volumes=outlines.of(history.current.entry.id, history.volumes, until=history.end),
        area_only=True,
    )


def _instant(asked: Asked, name: str, missing: Instant) -> Instant:
    given = asked.text(name)
    return parse_instant(given, where=f"query {name}") if given else missing


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/drawn",
        "listDrawn",
        "List what a chart draws: outlines of volumes in force and to come, and of areas that stand",
        drawn,
        {200: DrawnOut},
        query=(
            Query("from", "Only what is in force at or after this instant (RFC 3339)."),
            Query("to", "Only what begins at or before this instant (RFC 3339)."),
        ),
        tag="chart",
    ),
)
