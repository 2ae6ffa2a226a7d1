"""Which notices a chart draws volume by volume, which by their outer edge alone, and which it can only name.

The room is shared in turn, among the members first and then among each one's notices: whoever files much, early or
in hundreds of small volumes, uses up its own part and takes nobody else off the chart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from clearline.channel.watch import Key, placed_of
from clearline.conflicts.engine import Conflict
from clearline.conflicts.theatre import Placed
from clearline.picture.notices import NoticeHistory
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import Instant

VOLUMES_MAX = 150
"""Volumes drawn singly: more would cover one another."""

NOTICES_MAX = 600
"""Notices on one chart: each is drawn by its outer edge at least, within the time that a page may take."""

MARKS_MAX = 150
"""Conflicts that are marked: first one of each pair of notices, then further ones of the same pairs in turn."""

Meets = Callable[[Instant, Instant], bool]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a chart draws: `drawn` is every notice on it, `left_out` those that it can only name.

    `edged` are the notices that are not drawn whole, each with the footprints round which its outer edge goes.
    """

    drawn: tuple[NoticeHistory, ...]
    singly: tuple[Placed, ...]
    edged: tuple[tuple[Key, tuple[Footprint, ...]], ...]
    left_out: tuple[Key, ...]
    basis: object
    """Equal for two that look the same."""


def allot(standing: Iterable[NoticeHistory], conflicts: Iterable[Conflict], *, own: str, meets: Meets) -> Allotment:
    """Return what is drawn of the notices with a volume in the window for which `meets` holds.

    Members take turns, `own` first; each one's notices in conflict come before its others, then the sooner ones.
    Within a notice the volumes in conflict come first. Cost: linear in the notices, and in the volumes of those drawn.
    """
    hits: dict[Key, set[int]] = {}
    for conflict in conflicts:
        for ref in (conflict.a, conflict.b):
            hits.setdefault((ref.party, ref.notice), set()).add(ref.volume)
    by_party: dict[str, list[NoticeHistory]] = {}
    for history in standing:
        if meets(history.start, history.end) and any(meets(v.window.start, v.window.end) for v in history.volumes):
            by_party.setdefault(history.key[0], []).append(history)
    parties = sorted(by_party, key=lambda party: (party != own, party))
    for party in parties:
        by_party[party].sort(key=lambda h: (h.key not in hits, h.start, h.key))
    wanted = list(in_turn([by_party[party] for party in parties]))
    kept, left_out = wanted[:NOTICES_MAX], wanted[NOTICES_MAX:]
    volumes = {h.key: _in_window(h, hits.get(h.key, set()), meets) for h in kept}
    shares = [list(in_turn([volumes[h.key] for h in kept if h.key[0] == party])) for party in parties]
    single = {one.ref for one in itertools.islice(in_turn(shares), VOLUMES_MAX)}
    return Allotment(
        tuple(kept),
        tuple(one for h in kept for one in volumes[h.key] if one.ref in single),
        tuple(
            (h.key, tuple(one.volume.footprint for one in volumes[h.key]))
            for h in kept
            if any(one.ref not in single for one in volumes[h.key])
        ),
        tuple(h.key for h in left_out),
        (
            tuple((h.current.entry.id, h.overrun_until, tuple(v.ref.volume for v in volumes[h.key])) for h in kept),
            frozenset(single),
            tuple(h.key for h in left_out),
        ),
    )


def marks(conflicts: Iterable[Conflict], drawn: Iterable[NoticeHistory]) -> tuple[Conflict, ...]:
    """Return the conflicts to mark among the notices that are drawn, in the order given; pairs take turns."""
    keys = {h.key for h in drawn}
    pairs: dict[tuple[Key, Key], list[Conflict]] = {}
    order: list[Conflict] = []
    for one in conflicts:
        pair = ((one.a.party, one.a.notice), (one.b.party, one.b.notice))
        if {*pair} <= keys:
            order.append(one)
            pairs.setdefault(pair, []).append(one)
    chosen = {one.id for one in itertools.islice(in_turn(list(pairs.values())), MARKS_MAX)}
    return tuple(one for one in order if one.id in chosen)


def in_turn(lists: Sequence[Sequence[Item]]) -> Iterator[Item]:
    """Return the first of each list, then the second of each that has one, and so on."""
    for turn in itertools.count():
        lists = [one for one in lists if len(one) > turn]
        if not lists:
            return
        for one in lists:
            yield one[turn]


def _in_window(history: NoticeHistory, hit: set[int], meets: Meets) -> list[Placed]:
    within = [one for one in placed_of(history) if meets(one.volume.window.start, one.volume.window.end)]
    return sorted(within, key=lambda one: (one.ref.volume not in hit, one.ref.volume))
