"""What a chart draws, followed notice by notice: whoever asks again is told what has changed since it asked last.

Everything here can be thrown away at any moment; a console whose mark is not known is told everything.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from clearline.channel.node import Node
from clearline.channel.view import State, next_change, state_of
from clearline.channel.watch import Key, Watch, keys_of
from clearline.faces.api import render, shapes
from clearline.faces.api.outlines import Outlines, Wanted
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.volumes.instant import PERM, Instant

ENDED = (State.OVER, State.COMPLETED, State.WITHDRAWN)

CHANGES_KEPT = 20_000
"""Notices whose last change is remembered beside those that are drawn: a busy day of withdrawals."""


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
    """What a chart draws in a window of time.

    An answer that is `whole` is complete. Any other holds what changed since the mark that was asked with: notices
    to put in the place of those of the same name, names of notices that are drawn no more, and areas, or null where
    none of them changed.
    """

    as_of: shapes.AsOfOut
    mark: str
    whole: bool
    notices: tuple[DrawnNotice, ...]
    gone: tuple[Key, ...]
    areas: tuple[DrawnArea, ...] | None


@dataclass(frozen=True, slots=True)
class _Held:
    history: NoticeHistory | OutlineHistory
    state: State
    conflicts: tuple[str, ...]
    start: Instant
    end: Instant


@dataclass(slots=True)
class Drawings:
    """The notices of one node that are drawn, each with the number of its last change."""

    outlines: Outlines
    _held: dict[Key, _Held] = field(default_factory=dict)
    _order: OrderedDict[Key, int] = field(default_factory=OrderedDict)
    """The number of the last change of each, also of those that are drawn no more; the newest change stands last."""
    _edges: list[tuple[Instant, Key]] = field(default_factory=list)
    """When time alone next changes a notice's state."""
    _areas: tuple[object, ...] = ()
    _areas_changed: int = 0
    _begun: int = 0
    _at: int = 0
    _number: int = 0
    _forgotten: int = 0
    _watch: Watch | None = None
    _changes: int = 0

    def follow(self, node: Node, *, at: Instant) -> None:
        """Follow the node to `at`. Cost: what changed; everything where the node found everything anew."""
        watch = node.watch
        keys = watch.changed_since(self._changes) if self._watch is watch and at >= self._at else None
        self._begun = self._begun or at
        self._number += 1
        if keys is None:
            self._edges.clear()
            now_there = {*keys_of(node.picture, at), *self._held}
            self._put(node, now_there, at)
        else:
            self._put(node, {*keys, *self._passed(at)}, at)
        areas = tuple(
            (key, held.current.entry.id) for key, held in sorted(node.picture.areas.items()) if held.withdrawn is None
        )
        if areas != self._areas:
            self._areas, self._areas_changed = areas, self._number
        self._watch, self._changes, self._at = watch, watch.changes, at

    def lacking(self, first: Instant, last: Instant) -> list[Wanted]:
        """Return the outlines of a window that are not traced yet: tracing thousands is work for a thread."""
        return [wanted for _, held in self._kept(first, last) if not self.outlines.holds(wanted := _wanted(held))]

    def told(self, node: Node, since: str, *, first: Instant, last: Instant, at: Instant) -> DrawnOut:
        """Return what a chart draws of a window, as far as the asker does not hold it by its mark."""
        begun, _, number = since.partition(".")
        known = int(number) if begun == str(self._begun) and number.isdecimal() else -1
        mark = f"{self._begun}.{self._number}"
        if not self._forgotten <= known <= self._number:
            notices = tuple(self._drawn(key, held) for key, held in sorted(self._kept(first, last)))
            return DrawnOut(render.as_of_out(node, at), mark, True, notices, (), self._drawn_areas(node))
        changed = sorted(self._changed(known))
        shown = {key: held for key in changed if (held := self._held.get(key)) and _meets(held, first, last)}
        return DrawnOut(
            as_of=render.as_of_out(node, at),
            mark=mark,
            whole=False,
            notices=tuple(self._drawn(key, held) for key, held in shown.items()),
            gone=tuple(key for key in changed if key not in shown),
            areas=self._drawn_areas(node) if self._areas_changed > known else None,
        )

    def _put(self, node: Node, keys: Iterable[Key], at: Instant) -> None:
        for key in keys:
            fresh, before = _held(node, key, at), self._held.get(key)
            if fresh is not None:
                edge = _next_edge(fresh.history, at)
                if edge < PERM:
                    heapq.heappush(self._edges, (edge, key))
            if fresh == before:
                continue
            if fresh is None:
                del self._held[key]
            else:
                self._held[key] = fresh
            self._order[key] = self._number
            self._order.move_to_end(key)
        while len(self._order) > len(self._held) + CHANGES_KEPT:
            _, self._forgotten = self._order.popitem(last=False)
        if len(self._edges) > 2 * len(self._held) + CHANGES_KEPT:
            # Amended again and again, a notice leaves edges behind that mean nothing any more.
            self._edges = [(_next_edge(held.history, at), key) for key, held in self._held.items()]
            heapq.heapify(self._edges)

    def _passed(self, at: Instant) -> Iterator[Key]:
        while self._edges and self._edges[0][0] < at:
            yield heapq.heappop(self._edges)[1]

    def _changed(self, known: int) -> Iterator[Key]:
        for key, number in reversed(self._order.items()):
            if number <= known:
                return
            yield key

    def _kept(self, first: Instant, last: Instant) -> Iterator[tuple[Key, _Held]]:
        return ((key, held) for key, held in self._held.items() if _meets(held, first, last))

    def _drawn(self, key: Key, held: _Held) -> DrawnNotice:
        history = held.history
        whole = None if isinstance(history, OutlineHistory) else history.current.draft
        return DrawnNotice(
            party=key[0],
            notice=key[1],
            revision=history.revision,
            activity=whole.activity.value if whole else "",
            nature=whole.nature.value if whole else "",
            state=held.state.value,
            conflicts=held.conflicts,
            volumes=self.outlines.of(_wanted(held)),
            area_only=whole is None,
        )

    def _drawn_areas(self, node: Node) -> tuple[DrawnArea, ...]:
        return tuple(
            DrawnArea(
                party=party,
                reference=reference,
                sort=held.current.area.sort.value,
                title=held.current.area.title,
                volumes=self.outlines.of(Wanted(held.current.entry.id, Instant(0), held.current.area.volumes)),
            )
            for (party, reference), held in sorted(node.picture.areas.items())
            if held.withdrawn is None
        )


def _held(node: Node, key: Key, at: Instant) -> _Held | None:
    history = node.picture.notices.get(key) or node.picture.outlines.get(key)
    if history is None or (state := state_of(history, at=at)) in ENDED:
        return None
    conflicts = tuple(c.id for c in node.watch.of_notice(key))
    return _Held(history, state, conflicts, history.start, history.end)


def _wanted(held: _Held) -> Wanted:
    history = held.history
    until = history.end if isinstance(history, OutlineHistory) else history.overrun_until
    return Wanted(history.current.entry.id, until or Instant(0), history.volumes)


def _meets(held: _Held, first: Instant, last: Instant) -> bool:
    return held.start <= last and first <= held.end


def _next_edge(history: NoticeHistory | OutlineHistory, at: Instant) -> Instant:
    if isinstance(history, NoticeHistory):
        return next_change(history, at=at)
    return min((edge for edge in (Instant(history.start - 1), history.end) if edge >= at), default=PERM)
