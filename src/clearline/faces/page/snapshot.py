"""What the page shows at an instant, taken from the node in one step: frozen values, so that drawing can follow
in its own time while the node works on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clearline.channel import view
from clearline.channel.acts.vague import Vague, vague
from clearline.channel.acts.wording import MessageWords, first_language, words_of
from clearline.channel.due.deadlines import live_dues
from clearline.channel.due.dues import Due
from clearline.channel.line import ahead
from clearline.channel.line.ahead import Ringing
from clearline.channel.node import Node
from clearline.channel.roster import key_name
from clearline.channel.stored import entry_at, open_header
from clearline.channel.view import AsOf, Health, NoticeView
from clearline.channel.watch import Key, placed_of
from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Touch
from clearline.conflicts.suggestions import Suggestion
from clearline.faces.api.waiting import envelopes
from clearline.picture.areas import AreaHistory
from clearline.picture.entry import Entry, Place
from clearline.picture.listing import newest_messages, notices_page
from clearline.picture.notices import NoticeHistory
from clearline.records import body as bodies
from clearline.records.body import NotUnderstood
from clearline.records.genesis import GenesisMember
from clearline.records.header import entry_id
from clearline.records.message import Message
from clearline.records.words import MemberId
from clearline.store.phrase_book import shipped
from clearline.volumes.altitude import AltitudeRanges
from clearline.volumes.instant import Instant

NOTICES_PER_PAGE = 40
"""Notices of one page of the table: what can be read; 1,000 must be drawn in under 300 ms."""

CONFLICTS_PER_PAGE = 25
TOUCHES_MAX = 50
MESSAGES_MAX = 20
LOG_ROWS_MAX = 25
WAYS_PER_LOOK = 6
"""Suggestions worked out in one step at most, for they are the dearest part; the others come with the next."""

WAYS_LIFE_MS = 20_000
"""How long a suggestion stands before it is worked out anew: what is known changes, and time passes."""

VAGUE_MAX = 100
"""Notices told as area only, and dictated ones, that the page shows; more are counted."""

OVERDUE_MAX = 8
"""Overdue matters named on top, the longest overdue first; the others are counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the looker asked for: pages of the tables from 1, and whether ended notices are listed."""

    notices: int = 1
    conflicts: int = 1
    past: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Suggestions for one notice; `None` where they are not worked out yet."""

    key: Key
    suggestions: tuple[Suggestion, ...] | None


@dataclass(frozen=True, slots=True)
class Found:
    """A conflict with its number on page and chart, the two notices and the ways out for each."""

    number: int
    conflict: Conflict
    a: NoticeHistory
    b: NoticeHistory
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry in a log: when its author claimed to say it, when it came in, and who has cosigned it.

    `mirrored` and `delivered` name the members whose cosignature covers it; `lacking` the readers without one.
    """

    log: str
    index: int
    id: str
    kind: str
    claimed: Instant
    received: Instant
    mirrored: tuple[MemberId, ...]
    delivered: tuple[MemberId, ...]
    lacking: tuple[MemberId, ...]
    ineffective: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the page."""

    asked: Asked
    at: Instant
    me: GenesisMember
    channel: str
    channel_name: str
    drill: bool
    members: tuple[GenesisMember, ...]
    as_of: AsOf
    health: Health
    ranges: AltitudeRanges
    conflicts: tuple[Found, ...]
    conflicts_in_all: int
    touches: tuple[tuple[Touch, AreaHistory], ...]
    touches_in_all: int
    areas: tuple[AreaHistory, ...]
    notices: tuple[NoticeView, ...]
    notices_in_all: int
    ended_in_all: int
    standing: tuple[NoticeHistory, ...]
    """Every notice in force or to come, the soonest first: a chart draws of them what it has room for."""
    clashes: tuple[Conflict, ...]
    """Every conflict among them, in the order of its number."""
    hits: dict[Key, tuple[str, ...]]
    numbers: dict[str, int]
    messages: tuple[tuple[Entry, Message], ...]
    messages_in_all: int
    worded: dict[str, MessageWords]
    """Phrases, translations and read-backs of what is shown, by entry id, in the agreement's first language."""
    ringing: tuple[Ringing, ...]
    """What rings until somebody has seen it, the newest first."""
    overdue: tuple[Due, ...]
    overdue_in_all: int
    told: tuple[str, ...]
    """What this member was told of silent positions of others."""
    log: tuple[LogRow, ...]
    entries_in_all: int
    unmet: tuple[str, ...]
    vague: tuple[Vague, ...] = ()
    vague_in_all: int = 0
    """Logs of which others have seen more than this node holds."""


@dataclass(slots=True)
class Looker:
    """Takes snapshots and keeps what is dear to work out between them."""

    _ways: dict[Key, tuple[Instant, str, tuple[Suggestion, ...]]] = field(default_factory=dict)

    def look(self, node: Node, at: Instant, asked: Asked, *, since: Mapping[MemberId, Instant]) -> Snapshot:
        """Return what the page shows. Cost: linear in the notices held, by a small constant."""
        picture, watch = node.picture, node.watch
        me = node.roster.member(node.me)
        if me is None:
            raise LookupError(f"{node.me} is no member of its own channel")
        standing = picture.living(at)
        living = {h.key for h in standing}
        conflicts = sorted(
            (c for c in watch.conflicts.values() if {(r.party, r.notice) for r in (c.a, c.b)} <= living),
            key=lambda c: (c.start, c.a, c.b),
        )
        numbers = {c.id: number for number, c in enumerate(conflicts, 1)}
        hits: dict[Key, list[str]] = {}
        for conflict in conflicts:
            for ref in (conflict.a, conflict.b):
                hits.setdefault((ref.party, ref.notice), []).append(conflict.id)
        first = (asked.conflicts - 1) * CONFLICTS_PER_PAGE
        shown = conflicts[first : first + CONFLICTS_PER_PAGE]
        touches = sorted(
            (t for key, some in watch.touches.items() if key in living for t in some),
            key=lambda t: (t.start, t.volume, t.party, t.reference, t.number),
        )
        standing.sort(key=lambda h: (h.start, h.key))
        from_row = (asked.notices - 1) * NOTICES_PER_PAGE
        to_row = from_row + NOTICES_PER_PAGE
        ended = notices_page(
            picture,
            first=from_row,
            end=to_row,
            wanted=lambda h: h.ended is not None or h.end < at,
            latest_end_first=True,
        )
        listed = ended.shown if asked.past else standing[from_row:to_row]
        overdue = [due for due in node.deadlines.all(live_dues(node, at), at=at) if due.overdue(at=at)]
        rings = ahead.ringing(node)
        messages = newest_messages(picture, MESSAGES_MAX)
        return Snapshot(
            asked=asked,
            at=at,
            me=me,
            channel=node.roster.channel,
            channel_name=node.roster.genesis.channel,
            drill=node.roster.genesis.drill,
            members=node.roster.genesis.members,
            as_of=view.as_of(node, at=at),
            health=view.health(node, at=at, since=since),
            ranges=watch.ranges,
            conflicts=self._found(node, at, shown, numbers),
            conflicts_in_all=len(conflicts),
            touches=tuple((t, picture.areas[t.party, t.reference]) for t in touches[:TOUCHES_MAX]),
            touches_in_all=len(touches),
            areas=tuple(a for _, a in sorted(picture.areas.items()) if _holds(a, at)),
            notices=tuple(view.notice_view(node, h, at=at) for h in listed),
            notices_in_all=len(standing),
            ended_in_all=ended.total,
            standing=tuple(standing),
            clashes=tuple(conflicts),
            hits={key: tuple(ids) for key, ids in hits.items()},
            numbers=numbers,
            messages=tuple(messages[:MESSAGES_MAX]),
            messages_in_all=len(picture.messages),
            worded=_worded(node, messages[:MESSAGES_MAX], rings),
            ringing=rings,
            overdue=tuple(overdue[:OVERDUE_MAX]),
            overdue_in_all=len(overdue),
            told=tuple(one.text for one in envelopes(node)),
            log=_log_rows(node),
            entries_in_all=sum(held.size for held in node.logs.values()),
            unmet=tuple(sorted(name for name, claims in node.claims.items() if claims)),
            vague=(inexact := vague(node, at=at))[:VAGUE_MAX],
            vague_in_all=len(inexact),
        )

    def _found(self, node: Node, at: Instant, shown: Sequence[Conflict], numbers: dict[str, int]) -> tuple[Found, ...]:
        held = node.picture.notices
        left = WAYS_PER_LOOK
        found, ways = [], {}
        for conflict in shown:
            for ref in (conflict.a, conflict.b):
                key = (ref.party, ref.notice)
                if key not in ways:
                    ways[key], spent = self._way(node, at, key, allowed=left > 0)
                    left -= spent
        for conflict in shown:
            keys = [(ref.party, ref.notice) for ref in (conflict.a, conflict.b)]
            first, second = (held[key] for key in keys)
            found.append(
                Found(numbers[conflict.id], conflict, first, second, tuple(Way(key, ways[key]) for key in keys))
            )
        for stale in [key for key in self._ways if key not in held]:
            del self._ways[stale]
        return tuple(found)

    def _way(self, node: Node, at: Instant, key: Key, *, allowed: bool) -> tuple[tuple[Suggestion, ...] | None, bool]:
        """Return the suggestions for a notice, and whether they had to be worked out."""
        history = node.picture.notices[key]
        basis = f"{history.current.entry.id} {node.watch.changes}"
        known = self._ways.get(key)
        if known is not None and known[1] == basis and at - known[0] < WAYS_LIFE_MS:
            return known[2], False
        if not allowed:
            return None, False
        given = node.watch.suggest(placed_of(history), earliest=at)
        self._ways[key] = (at, basis, given)
        return given, True


def _holds(area: AreaHistory, at: Instant) -> bool:
    return area.withdrawn is None and any(v.window.end >= at for v in area.current.area.volumes)


def _worded(node: Node, messages: Iterable[tuple[Entry, Message]], rings: Iterable[Ringing]) -> dict[str, MessageWords]:
    book = shipped()
    language = first_language(node, book)
    ringing = [(one.spoken.entry, one.spoken.record) for one in rings]
    return {
        entry.id: words_of(node, entry, message, book=book, language=language)
        for entry, message in (*messages, *ringing)
        if isinstance(message, Message)
    }


def _log_rows(node: Node) -> tuple[LogRow, ...]:
    """Return the newest entries of all logs, newest first by when they came in here."""
    tails = []
    for name, held in node.logs.items():
        first = max(0, held.size - LOG_ROWS_MAX)
        if held.size:
            tails += [(item.received, name, item) for item in node.store.entries(name, first, LOG_ROWS_MAX)]
    tails.sort(key=lambda row: (-row[0], row[1], -row[2].index))
    rows = []
    for received, name, item in tails[:LOG_ROWS_MAX]:
        header, held = open_header(item.note), node.logs[name]
        others = [m for m in node.roster.members if m != held.member]
        mirrored = [m for m in others if held.covered(key_name(node.roster.channel, m, "mirror"), item.index)]
        readers = [m for m in header.audience if m != held.member]
        delivered = [m for m in readers if held.covered(key_name(node.roster.channel, m, "delivery"), item.index)]
        place = Place(held.member, held.log, item.index)
        dead = node.picture.ineffective.get(place)
        flagged = [f.text for f in node.picture.flags_of(entry_at(node, place)) if dead is None or f.text != dead[1]]
        rows.append(
            LogRow(
                name,
                item.index,
                entry_id(item.note),
                _kind(node, name, item.index),
                header.claimed,
                Instant(received),
                tuple(mirrored),
                tuple(delivered),
                tuple(m for m in readers if m not in delivered),
                "; ".join([*([dead[1]] if dead else []), *flagged]),
            )
        )
    return tuple(rows)


def _kind(node: Node, log: str, index: int) -> str:
    """Return the kind of an entry's record, or `sealed` where its body is not for this node."""
    for body in node.store.bodies(log, index, 1):
        record = bodies.decode_stored(body.body, where=f"{log} {index}")
        return record.kind if isinstance(record, NotUnderstood) else record.KIND
    return "sealed"
