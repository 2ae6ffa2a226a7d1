"""Rendered answers kept at hand: a poll that finds nothing changed costs next to nothing, and one that finds a
change renders anew only what changed. Everything here can be thrown away at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from clearline.channel.node import Node
from clearline.channel.view import delivery, next_change, notice_view, readers, state_of
from clearline.channel.watch import Watch, placed_in
from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Touch
from clearline.conflicts.theatre import VolumeRef
from clearline.errors import TooLarge
from clearline.faces.api import render
from clearline.faces.api.drawings import Drawings
from clearline.faces.api.outlines import Outlines
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.notices import NoticeHistory
from clearline.picture.paper import Paper
from clearline.picture.shelf import Notices
from clearline.records.words import MemberId
from clearline.volumes.instant import PERM, Instant

PAGES_KEPT = 32
"""Pages of notices kept whole: what the consoles of one watch position ask for again and again."""

EVERYTHING_MAX = 50_000
"""Notices, past ones too, that are compared for one answer: some 200 MB and half a minute of a thread."""

NOTICES_KEPT = 20_000
"""Notices kept as they were shown: those in force of a large theatre, and some that were looked up."""

ENTRIES_KEPT = 10_000
"""Entries of logs kept as they were read."""

Key = tuple[str, str]
_Pair = tuple[VolumeRef, VolumeRef]


@dataclass(slots=True)
class _Shown:
    """A rendered conflict: `until` is the last instant at which it is in force or to come."""

    conflict: Conflict
    order: tuple[str | int, ...]
    until: Instant
    raw: bytes


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What never changes of an entry of a log once its body is held."""

    entry: Entry
    kind: str


@dataclass(slots=True)
class _ShownNotice:
    fingerprint: object
    raw: bytes


@dataclass(slots=True)
class Cache:
    """Fragments of one node's answers."""

    _pairs: dict[_Pair, _Shown] = field(default_factory=dict)
    _ordered: list[_Shown] = field(default_factory=list)
    _touches: dict[int, tuple[Touch, bytes]] = field(default_factory=dict)
    _watched: tuple[object, ...] = ()
    _answer: tuple[Instant, Instant, bytes] = (PERM, PERM, b"")
    """From when, until when, and what: a clock that is set back makes it anew."""
    _all: tuple[tuple[object, ...], bytes] = ((), b"")
    _notices: dict[Key, _ShownNotice] = field(default_factory=dict)
    _pages: dict[object, tuple[tuple[object, ...], Instant, Instant, bytes]] = field(default_factory=dict)
    _entries: dict[tuple[str, int], LogEntry] = field(default_factory=dict)
    _lines: dict[MemberId, tuple[str, Instant]] = field(default_factory=dict)
    drawings: Drawings = field(default_factory=lambda: Drawings(Outlines()))
    """What a chart draws."""

    def follow_lines(self, node: Node, *, at: Instant) -> dict[MemberId, Instant]:
        """Note the state of each line and return since when it is what it is, as far as this process has watched."""
        beat = node.heartbeat_ms()
        for member, peer in node.peers.items():
            state = peer.state(at=at, heartbeat_ms=beat)
            if self._lines.get(member, ("", at))[0] != state:
                self._lines[member] = (state, at)
        return {member: since for member, (_, since) in self._lines.items()}

    def conflicts(self, node: Node, *, at: Instant) -> bytes:
        """Return `"conflicts":[…],"touches":[…]` of those in force and to come at `at`, ordered by (a, b)."""
        watch = node.watch
        mark = (watch, watch.changes)
        if self._watched == mark and self._answer[0] <= at <= self._answer[1]:
            return self._answer[2]
        if self._watched != mark:
            self._follow(node)
            self._watched = mark
        standing = [one for one in self._ordered if one.until >= at]
        touches, until = self._touches_at(node, at)
        valid = min([until, *(one.until for one in standing)], default=PERM)
        raw = _lists([one.raw for one in standing], touches)
        self._answer = (at, Instant(valid), raw)
        return raw

    def snapshot(self, node: Node) -> tuple[tuple[object, ...], Picture | None]:
        """Return the mark of what `everything` would rest on, and a picture to find it in where it is not at hand.

        Raises:
            TooLarge: There are too many notices to compare all that ever stood.
        """
        mark: tuple[object, ...] = (node.watch, node.watch.changes)
        if self._all[0] == mark:
            return mark, None
        picture = node.picture
        if len(picture.notices) > EVERYTHING_MAX:
            held = len(picture.notices)
            raise TooLarge(where="query all: notices that ever stood", size=held, limit=EVERYTHING_MAX, unit="notices")
        copy = Picture(
            picture.parties,
            picture.agreements,
            # What is past is read in the thread that asks for it, not here.
            notices=picture.notices.copy() if isinstance(picture.notices, Notices) else dict(picture.notices),
            areas=dict(picture.areas),
            outlines=dict(picture.outlines),
            paper=Paper(dict(picture.paper.taken)),
        )
        copy.terms_in_force = picture.terms_in_force
        return mark, copy

    def everything(self, mark: tuple[object, ...], picture: Picture | None) -> bytes:
        """Return the same lists with those of the past; to be called in a thread, since it finds all of them anew."""
        if picture is None:
            return self._all[1]
        watch = Watch()
        watch.rebuild(picture, at=Instant(0), everything=True)
        raw = _lists(
            [msgspec.json.encode(render.conflict(c)) for c in watch.all()],
            [msgspec.json.encode(render.touch(t)) for key in sorted(watch.touches) for t in watch.touches[key]],
        )
        self._all = (mark, raw)
        return raw

    def page(self, node: Node, asked: object, make: Callable[[], bytes], *, at: Instant) -> bytes:
        """Return the page of notices that `asked` names, made anew where anything that it may show has changed."""
        lines = sum(len(lines) for held in node.logs.values() for lines in held.covering.values())
        mark = (node.watch, node.watch.changes, *node.picture.last.values(), lines)
        held = self._pages.get(asked)
        if held is not None and held[0] == mark and held[1] <= at <= held[2]:
            return held[3]
        raw = make()
        if len(self._pages) >= PAGES_KEPT:
            self._pages.pop(next(iter(self._pages)))
        last = min((next_change(history, at=at) for history in node.picture.living(at)), default=PERM)
        self._pages[asked] = (mark, at, last, raw)
        return raw

    def entry(self, log: str, index: int) -> LogEntry | None:
        """Return what was read of an entry before, or `None`."""
        return self._entries.get((log, index))

    def keep_entry(self, log: str, index: int, entry: LogEntry) -> None:
        """Keep what was read of an entry: it never changes."""
        if len(self._entries) >= ENTRIES_KEPT:
            self._entries.pop(next(iter(self._entries)))
        self._entries[log, index] = entry

    def notice(self, node: Node, history: NoticeHistory, *, at: Instant) -> bytes:
        """Return a notice as JSON; rendered anew where the picture, the ladder or the time changed it."""
        fingerprint = _fingerprint(node, history, at)
        held = self._notices.get(history.key)
        if held is not None and held.fingerprint == fingerprint:
            return held.raw
        raw = msgspec.json.encode(render.notice(node, notice_view(node, history, at=at)))
        if len(self._notices) >= NOTICES_KEPT:
            self._notices.pop(next(iter(self._notices)))
        self._notices[history.key] = _ShownNotice(fingerprint, raw)
        return raw

    def _follow(self, node: Node) -> None:
        """Keep the rendered conflicts equal to the watch's: those that it replaced are other objects."""
        held, pairs = self._pairs, node.watch.conflicts
        fresh: dict[_Pair, _Shown] = {}
        for pair, conflict in pairs.items():
            known = held.get(pair)
            fresh[pair] = known if known is not None and known.conflict is conflict else _shown(node, conflict)
        self._pairs = fresh
        self._ordered = sorted(fresh.values(), key=lambda one: one.order)

    def _touches_at(self, node: Node, at: Instant) -> tuple[list[bytes], Instant]:
        held, fresh, raws, until = self._touches, {}, [], PERM
        for key in sorted(node.watch.touches):
            for touch in node.watch.touches[key]:
                known = held.get(id(touch))
                if known is None or known[0] is not touch:
                    known = (touch, msgspec.json.encode(render.touch(touch)))
                fresh[id(touch)] = known
                if touch.end >= at:
                    raws.append(known[1])
                    until = min(until, touch.end)
        self._touches = fresh
        return raws, until


def _shown(node: Node, conflict: Conflict) -> _Shown:
    a, b = conflict.a, conflict.b
    order = (a.party, a.notice, a.volume, b.party, b.notice, b.volume)
    return _Shown(conflict, order, until(node, conflict), msgspec.json.encode(render.conflict(conflict)))


def until(node: Node, conflict: Conflict) -> Instant:
    """Return the last instant at which a conflict is in force.

    That is its end and the minimum in time after it, for so long the two are too near, but no longer than until
    both volumes' windows have ended.
    """
    ends = []
    for ref in (conflict.a, conflict.b):
        placed = placed_in(node.picture, (ref.party, ref.notice))
        if ref.volume < len(placed):
            ends.append(placed[ref.volume].volume.window.end)
    near = Instant(conflict.end + round(conflict.minima.time_s * 1000))
    return max(conflict.end, min([near, max(ends, default=near)]))


def _fingerprint(node: Node, history: NoticeHistory, at: Instant) -> object:
    """Return a value that is equal as long as the notice is shown the same; it holds no text, only marks."""
    picture = node.picture
    standing = picture.terms_in_force
    marks: list[object] = [
        history,
        node.watch.of_notice(history.key),
        node.watch.touches.get(history.key, ()),
        standing[0].id if standing else "",
        state_of(history, at=at),
    ]
    for version in history.versions:
        entry = version.entry
        marks.append(len(picture.answers.get(entry.id, ())))
        marks.append(len(picture.refused.get(entry.id, ())))
        marks.append(len(picture.opened.disclosures.get(entry.id, ())))
        marks.extend(delivery(node, entry, member) is not None for member in readers(version))
    return marks


def _lists(conflicts: list[bytes], touches: list[bytes]) -> bytes:
    return b'"conflicts":[' + b",".join(conflicts) + b'],"touches":[' + b",".join(touches) + b"]"
