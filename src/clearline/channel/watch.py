"""The watch over the picture: which conflicts and touches it holds, kept up to date notice by notice.

It is a cache of what the engine finds in the picture; a test compares it with a watch built anew.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable

from clearline.conflicts.engine import Conflict, Engine
from clearline.conflicts.minima import agreed
from clearline.conflicts.rules.areas import Area as WatchedArea
from clearline.conflicts.rules.areas import Areas, Touch
from clearline.conflicts.suggestions import Suggestion, suggest
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.picture.areas import AreaHistory
from clearline.picture.fold import Picture, Touched
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.picture.paper import original_of
from clearline.records.agreement import DEFAULT_ROWS, SYRIA_RANGES, Terms
from clearline.records.notice import Step
from clearline.volumes.instant import Instant

_STAMPS = itertools.count(1)

JOURNAL_KEPT = 4_096
"""Changes of single notices that are remembered: what a console that asks every second can have missed."""

Key = tuple[str, str]
"""Party and reference of a notice."""


def keys_of(picture: Picture, at: Instant | None = None) -> list[Key]:
    """Return the keys of everything that is compared: notices, those told as area only, and dictated ones; sorted.

    With `at`, of the notices those alone that are in force or to come then: the past is not even looked at.
    """
    notices = picture.notices if at is None else (history.key for history in picture.living(at))
    return sorted({*notices, *picture.outlines, *picture.paper.notices()})


def placed_in(picture: Picture, key: Key) -> tuple[Placed, ...]:
    """Return the volumes that stand under a key, as the engine takes them.

    What was taken down from dictation has its volumes until the signed version that it names is held.
    """
    told = picture.notices.get(key) or picture.outlines.get(key)
    if told is not None:
        return placed_of(told)
    found = picture.paper.notices().get(key) if picture.paper.taken else None
    if found is None or original_of(found[1], picture.notices, picture.outlines) is not None:
        return ()
    draft = found[1].draft
    return tuple(
        Placed(VolumeRef(*key, number), draft.activity, draft.nature, volume)
        for number, volume in enumerate(draft.volumes)
    )


def _stands(picture: Picture, key: Key) -> bool:
    told = picture.notices.get(key) or picture.outlines.get(key)
    return told is None or told.ended is None


def placed_of(history: NoticeHistory | OutlineHistory) -> tuple[Placed, ...]:
    """Return the volumes of the version that stands, as the engine takes them; a withdrawn notice has none.

    One that is known as area only has its coarse volumes, of an activity that is not told.
    """
    if history.ended is not None and history.ended.step is Step.WITHDRAW:
        return ()
    if isinstance(history, OutlineHistory):
        return tuple(
            Placed(VolumeRef(*history.key, number), None, None, volume) for number, volume in enumerate(history.volumes)
        )
    draft = history.current.draft
    return tuple(
        Placed(VolumeRef(draft.party, draft.notice, number), draft.activity, draft.nature, volume)
        for number, volume in enumerate(history.volumes)
    )


class Watch:
    """Conflicts and touches of the notices in force and to come."""

    def __init__(self) -> None:
        self._set_terms(None, 0)
        self.conflicts: dict[tuple[VolumeRef, VolumeRef], Conflict] = {}
        self.touches: dict[Key, tuple[Touch, ...]] = {}
        self._of: dict[Key, set[tuple[VolumeRef, VolumeRef]]] = {}
        self._moved: set[Key] = set()
        self._journal: deque[tuple[int, Key]] = deque()
        self._forgotten = self.changes = next(_STAMPS)
        """A number that no other state of any watch has: a face can tell whether what it holds is the newest."""

    def rebuild(self, picture: Picture, *, at: Instant, everything: bool = False) -> tuple[Conflict, ...]:
        """Find everything anew for the notices that are in force or to come at `at` (`everything`: the past too).

        Returns:
            Conflicts that were not there before.
        """
        before = self.conflicts
        standing = picture.terms_in_force
        self._set_terms(standing[1] if standing else None, standing[2] if standing else 0)
        self.conflicts, self.touches, self._of = {}, {}, {}
        for (member, reference), area in picture.areas.items():
            self.areas.set_statement(member, reference, watched_of(member, reference, area))
        news: list[Conflict] = []
        for key in keys_of(picture, None if everything else at):
            placed = placed_in(picture, key)
            if everything or max((one.volume.window.end for one in placed), default=0) >= at:
                news += self._put(key, placed if everything or _stands(picture, key) else ())
        self._moved.clear()
        self._journal.clear()
        self._forgotten = self.changes = next(_STAMPS)
        return tuple(c for c in news if (c.a, c.b) not in before)

    def update(self, picture: Picture, touched: Touched, *, at: Instant) -> tuple[Conflict, ...]:
        """Follow one change of the picture and return the conflicts that it brought."""
        if touched.agreement:
            return self.rebuild(picture, at=at)
        news: tuple[Conflict, ...] = ()
        if touched.notice is not None:
            news = self._put(
                touched.notice, placed_in(picture, touched.notice) if _stands(picture, touched.notice) else ()
            )
        for key in touched.notices:
            news += self._put(key, placed_in(picture, key) if _stands(picture, key) else ())
        if touched.area is not None:
            member, reference = touched.area
            self.areas.set_statement(member, reference, watched_of(member, reference, picture.areas[touched.area]))
            for key in self._of:
                self.touches[key] = self.areas.find_touches(placed_in(picture, key))
        if touched.notice is not None or touched.notices or touched.area is not None:
            self.changes = next(_STAMPS)
            self._note(sorted(self._moved))
        return news

    def changed_since(self, changes: int) -> frozenset[Key] | None:
        """Return the keys that changed, or whose conflicts did, since `changes` was the newest number.

        `None` where that is not remembered, or everything was found anew since: then anything may have changed.
        """
        if changes < self._forgotten:
            return None
        newest = itertools.takewhile(lambda change: change[0] > changes, reversed(self._journal))
        return frozenset(key for _, key in newest)

    def of_notice(self, key: Key) -> tuple[Conflict, ...]:
        """Return the conflicts of one notice, ordered by (a, b)."""
        return tuple(self.conflicts[pair] for pair in sorted(self._of.get(key, ())))

    def all(self) -> tuple[Conflict, ...]:
        """Return every conflict held, ordered by (a, b)."""
        return tuple(self.conflicts[pair] for pair in sorted(self.conflicts))

    def suggest(self, placed: tuple[Placed, ...], *, earliest: Instant) -> tuple[Suggestion, ...]:
        """Return ways out for a notice, each verified against everything known here."""
        return suggest(self.engine, placed, earliest=earliest)

    def probe(self, placed: tuple[Placed, ...]) -> tuple[tuple[Conflict, ...], tuple[Touch, ...]]:
        """Return what these volumes would meet if they stood, without keeping them."""
        return self.engine.find(placed), self.areas.find_touches(placed)

    def _set_terms(self, terms: Terms | None, version: int) -> None:
        self.version = version
        name = f"agreement version {version}" if terms else "default agreement (none is in force)"
        rows = terms.rows if terms else DEFAULT_ROWS
        self.ranges = terms.ranges if terms else SYRIA_RANGES
        self.engine = Engine(agreed(rows, agreement=name), self.ranges)
        self.areas = Areas(self.ranges)

    def _note(self, keys: Iterable[Key]) -> None:
        self._moved.clear()
        for key in keys:
            if len(self._journal) == JOURNAL_KEPT:
                self._forgotten = self._journal.popleft()[0]
            self._journal.append((self.changes, key))

    def _put(self, key: Key, placed: tuple[Placed, ...]) -> tuple[Conflict, ...]:
        before = set(self._of.get(key, ()))
        self._remove(key)
        if not placed:
            return ()
        found = self.engine.find(placed)
        self.engine.add(placed)
        self._of.setdefault(key, set())
        for conflict in found:
            pair = (conflict.a, conflict.b)
            self.conflicts[pair] = conflict
            for ref in pair:
                self._of.setdefault((ref.party, ref.notice), set()).add(pair)
                self._moved.add((ref.party, ref.notice))
        self.touches[key] = self.areas.find_touches(placed)
        return tuple(c for c in found if (c.a, c.b) not in before)

    def _remove(self, key: Key) -> None:
        self._moved.add(key)
        self.engine.remove_notice(*key)
        self.touches.pop(key, None)
        for pair in self._of.pop(key, set()):
            self.conflicts.pop(pair, None)
            for ref in pair:
                other = (ref.party, ref.notice)
                self._moved.add(other)
                if other != key and other in self._of:
                    self._of[other].discard(pair)


def watched_of(member: str, reference: str, history: AreaHistory) -> tuple[WatchedArea, ...]:
    """Return the areas of a statement's version that stands, as the rule takes them; a withdrawn one has none."""
    if history.withdrawn is not None:
        return ()
    area = history.current.area
    return tuple(
        WatchedArea(
            party=member,
            reference=reference,
            revision=len(history.versions),
            number=number,
            kind="zone" if area.sort == "zone" else "red_line",
            footprint=volume.footprint,
            band=volume.band,
            window=volume.window,
            activities=frozenset(area.activities),
        )
        for number, volume in enumerate(area.volumes)
    )
