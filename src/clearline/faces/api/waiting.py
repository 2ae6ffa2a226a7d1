"""What is due: everything open between this member and others, and what waits for the asking watch position."""

from __future__ import annotations

from collections.abc import Set

from starlette.responses import Response

from clearline.channel.due.deadlines import live_dues, mine
from clearline.channel.line import ahead
from clearline.channel.node import Node
from clearline.channel.view import SILENCE
from clearline.faces.api import hotline_shapes as out
from clearline.faces.api import messages, phrases, render, spoken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.shapes import Saying
from clearline.faces.api.table import Endpoint, Query
from clearline.picture.listing import newest_messages
from clearline.records.alert import Alert
from clearline.records.message import Message
from clearline.volumes.instant import Instant, format_instant

WAITING_MAX = 500
"""Items of an inbox that are listed: more than a watch can work off; the number of all is said beside them."""

CALLED_AMONG_MAX = 1_000
"""Newest messages among which a call about an envelope is looked for: past so many, a silence rings anew."""

OVERDUE = Query("overdue", "true: only what is overdue.", {"type": "boolean"})
OWES = Query("owes", "Only what this member owes.")


async def deadlines(asked: Asked) -> Response:
    """List everything open between this member and others, by due time."""
    page, late, owes = page_of(asked), asked.flag("overdue"), asked.text("owes")

    def read(node: Node, at: Instant) -> out.DeadlinesOut:
        every = node.deadlines.all(live_dues(node, at), at=at)
        found = [d for d in every if (not late or d.overdue(at=at)) and (not owes or d.owes == owes)]
        return out.DeadlinesOut(
            as_of=render.as_of_out(node, at),
            overdue=sum(due.overdue(at=at) for due in found),
            total=len(found),
            next=page.following(len(found)),
            silence=SILENCE,
            deadlines=tuple(spoken.due_out(node, due, at=at) for due in found[page.first : page.end]),
        )

    return answer(await asked.read(read))


async def inbox(asked: Asked) -> Response:
    """Show what waits for the asking watch position."""
    officer = asked.officer

    def read(node: Node, at: Instant) -> out.InboxOut:
        positions, language = spoken.positions_of(node, officer), phrases.language_of(asked, node)
        waiting = mine(node.deadlines.all(live_dues(node, at), at=at), node, positions)
        return out.InboxOut(
            as_of=render.as_of_out(node, at),
            positions=tuple(name for name in positions if name),
            overdue=sum(due.overdue(at=at) for due in waiting),
            total=len(waiting),
            silence=SILENCE,
            ringing=tuple(
                spoken.alert_out(node, one.spoken.entry, one.spoken.record)
                for one in ahead.ringing(node)
                if isinstance(one.spoken.record, Alert)
            ),
            ringing_messages=tuple(
                messages.worded(node, (one.spoken.entry, one.spoken.record), language)
                for one in ahead.ringing(node)
                if isinstance(one.spoken.record, Message)
            ),
            waiting=tuple(spoken.due_out(node, due, at=at) for due in waiting[:WAITING_MAX]),
            envelopes=envelopes(node),
        )

    return answer(await asked.read(read))


def envelopes(node: Node) -> tuple[out.EnvelopeOut, ...]:
    """Return what this member was told of silent positions of others and is not known to be over, oldest first.

    It is over where the silent member has seen the matter, or its author has taken it back.
    """
    hotline, told = node.picture.hotline, []
    for of, given in hotline.escalations.items():
        seen = node.case.seen_by(of)
        taken_back = {by.header.author for by in hotline.cancelled.get(of, {}).values()}
        for entry, record in given.values():
            if record.reached.member != node.me or record.silent.member == node.me:
                continue
            if record.silent.member not in seen and entry.header.author not in taken_back:
                told.append((of, entry, record))
    called = _called(node, {entry.id for _, entry, _ in told}) if told else {}
    found = [
        out.EnvelopeOut(
            of=of,
            urgency=record.urgency,
            from_member=entry.header.author,
            silent=record.silent.text,
            sent=format_instant(record.sent),
            due=format_instant(record.due),
            seen=None,
            called=called.get(entry.id),
            text=f"{spoken.urgency(record.urgency)} unanswered between {entry.header.author} and {record.silent.text} "
            f"since {format_instant(record.sent)}",
            said=render.saying(entry),
        )
        for of, entry, record in told
    ]
    return tuple(sorted(found, key=lambda one: (one.sent, one.of)))


def _called(node: Node, told: Set[str]) -> dict[str, Saying]:
    """Return this member's first message about each of these envelopes, among the newest messages of all.

    The record knows no "seen" of an envelope: who was told of a silence answers by calling the silent side, and what
    is called about it names the envelope.
    """
    found: dict[str, Saying] = {}
    for entry, message in reversed(newest_messages(node.picture, CALLED_AMONG_MAX)):
        if message.about in told and entry.header.author == node.me:
            found.setdefault(message.about, render.saying(entry))
    return found


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/deadlines",
        "listDeadlines",
        "List everything that is owed between this member and others, by due time, overdue first",
        deadlines,
        {200: out.DeadlinesOut},
        query=(OVERDUE, OWES, FROM, COUNT),
        tag="deadlines",
    ),
    Endpoint(
        "GET",
        "/api/v1/inbox",
        "showInbox",
        "Show what waits for the asking watch position: what rings, what it owes, and silent positions of others",
        inbox,
        {200: out.InboxOut},
        query=(phrases.LANGUAGE,),
        tag="deadlines",
    ),
)
