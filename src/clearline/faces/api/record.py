"""The record as this node holds it, and how the node and its lines are."""

from __future__ import annotations

import json

from starlette.responses import Response

from clearline.channel.node import Node
from clearline.channel.ports import StoredEntry
from clearline.channel.stored import open_header
from clearline.channel.view import health as health_of
from clearline.channel.view import mirroring
from clearline.errors import NotFound
from clearline.faces.api import record_shapes, render
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.cache import Cache, LogEntry
from clearline.faces.api.messages import delivered
from clearline.faces.api.paging import COUNT, FROM, Page, page_of
from clearline.faces.api.table import Endpoint, Query
from clearline.faces.api.worded import sentence_out
from clearline.picture.entry import Entry, Place
from clearline.records.header import entry_id
from clearline.signing.note import parse_note
from clearline.volumes.instant import Instant, format_instant


async def log(asked: Asked) -> Response:
    """List the entries of a log."""
    name, page = asked.text("log") or f"{asked.running.me}/main", page_of(asked)

    def read(node: Node, at: Instant) -> record_shapes.LogOut:
        held = node.logs.get(name)
        if held is None:
            raise NotFound(f"{name} is no log of this channel; there are {', '.join(sorted(node.logs))}", log=name)
        lines = [_line(node, one) for one in _read(node, asked.cache, name, page)]
        return record_shapes.LogOut(
            as_of=render.as_of_out(node, at),
            log=name,
            size=held.size,
            next=page.following(held.size),
            entries=tuple(lines),
        )

    return answer(await asked.read(read))


async def health(asked: Asked) -> Response:
    """Show how the node and its lines are."""

    def read(node: Node, at: Instant) -> record_shapes.HealthOut:
        found = health_of(node, at=at, since=asked.cache.follow_lines(node, at=at))
        genesis = node.roster.genesis
        return record_shapes.HealthOut(
            as_of=render.as_of_out(node, at),
            member=node.me,
            channel=node.roster.channel,
            drill=genesis.drill,
            read_only=found.read_only or None,
            alarms=tuple(record_shapes.AlarmOut(a.slug, format_instant(Instant(a.at)), a.text) for a in found.alarms),
            lines=tuple(
                record_shapes.LineOut(
                    member=line.member,
                    name=line.name,
                    role=line.role,
                    state=line.state,  # type: ignore[arg-type]
                    beneath=line.beneath,  # type: ignore[arg-type]
                    words=line.words,
                    sentence=sentence_out(line.sentence),
                    raised=line.raised,
                    since=_instant(line.since),
                    heard=_instant(line.heard),
                    spoken=_instant(line.spoken),
                    retry_at=_instant(line.retry_at),
                    fault=line.fault,
                    refusal=line.refusal,
                    bearer=line.bearer,
                    backlog=line.backlog,
                    mirror=line.mirror,
                    delivery=line.delivery,
                    held=line.held,
                )
                for line in found.lines
            ),
            verified=verified_out(node),
            started=node.start.refused or None,
        )

    return answer(await asked.read(read))


def verified_out(node: Node) -> record_shapes.VerifiedOut | None:
    """Return how far the node has verified its record again, or `None` before that has begun."""
    done = node.verified
    if done is None:
        return None
    return record_shapes.VerifiedOut(
        begun=format_instant(done.begun),
        at=format_instant(done.at),
        entries=done.entries,
        of=done.entries_in_all,
        logs=done.logs,
        finished=_instant(done.finished),
        fault=done.fault or None,
    )


def _read(node: Node, cache: Cache, name: str, page: Page) -> list[LogEntry]:
    """Return the entries of a page as the store has committed them."""
    size = min(page.end, node.logs[name].size)
    known = [cache.entry(name, index) for index in range(page.first, size)]
    first = next((number for number, one in enumerate(known) if one is None), None)
    found = [one for one in known[:first] if one is not None]
    if first is None:
        return found
    begin, count = page.first + first, size - page.first - first
    kinds: dict[int, str] = {}
    for body in node.store.bodies(name, begin, count):
        if body.index not in kinds:
            kinds[body.index] = str(json.loads(body.body).get("kind", ""))[:64]
    for item in node.store.entries(name, begin, count):
        one = LogEntry(_entry(node, name, item), kinds.get(item.index, ""))
        if one.kind:
            cache.keep_entry(name, item.index, one)
        found.append(one)
    return found


def _entry(node: Node, name: str, item: StoredEntry) -> Entry:
    member, _, short = name.partition("/")
    header = open_header(item.note)
    signers = parse_note(item.note, where=f"{name} {item.index}").signatures
    signatories = tuple(node.roster.signatory_of(member, s.signer) for s in signers)
    return Entry(Place(header.author, short, item.index), entry_id(item.note), header, signatories, None)


def _line(node: Node, one: LogEntry) -> record_shapes.LogLineOut:
    entry = one.entry
    without = node.picture.ineffective.get(entry.place)
    arrived = node.received(entry.place)
    return record_shapes.LogLineOut(
        entry=render.entry(entry),
        member=entry.place.member,
        claimed=format_instant(entry.header.claimed),
        received=None if arrived is None else format_instant(Instant(arrived)),
        positions=entry.positions,
        audience=entry.header.audience,
        kind=one.kind or None,
        effect=None if without is None else without[1],
        delivered=delivered(node, entry),
        mirrored=_mirrored(node, entry),
        flags=render.flags(entry),
    )


def _mirrored(node: Node, entry: Entry) -> dict[str, str | None]:
    """Return since when each other member claims to hold the log up to an entry; `None` for who has not said so."""
    found: dict[str, str | None] = {}
    for member in node.roster.members:
        if member != entry.place.member:
            line = mirroring(node, entry, member)
            found[member] = None if line is None else format_instant(Instant(line.time_s * 1000))
    return found


def _instant(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/log",
        "readLog",
        "Read a log as this node holds it: every entry, and the kind of those whose body is held here",
        log,
        {200: record_shapes.LogOut},
        query=(Query("log", "Whose log and which, such as TR/main; one's own main where it is missing."), FROM, COUNT),
        problems=(404,),
        tag="record",
    ),
    Endpoint(
        "GET",
        "/api/v1/health",
        "showHealth",
        "Show the line to every member, the sizes of all logs, alarms, and whether the node may sign",
        health,
        {200: record_shapes.HealthOut},
        tag="record",
    ),
)
