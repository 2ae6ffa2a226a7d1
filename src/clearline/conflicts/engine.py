"""The engine: a filter that never loses a pair, then an exact refine that never invents one."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clearline.conflicts.index import Box, Index, SpaceBox, box_of, default_index, grown, space_box
from clearline.conflicts.minima import Minima, MinimaTable
from clearline.conflicts.theatre import Kind, Placed, VolumeRef
from clearline.errors import Conflicting
from clearline.volumes.altitude import AltitudeRanges, vertical_gap_m
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import Instant
from clearline.volumes.separation import Approach, approach

ENGINE = "clearline-conflicts/1"
"""Names the rules by which conflicts are judged; an answer that rests on other rules names another engine."""

BATCH = 256
"""Volumes that ask the index at one time when all are compared: enough to share its cost, little to hold."""


SPACES_MAX = 4096
"""Footprints whose boxes are kept ready: those of a thousand notices; some megabytes at the most."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two volumes closer than the minima: which, how near in each way, when, and where. `a` < `b`.

    Gaps are 0 where the two overlap; lateral and vertical in metres to 1 mm, time in seconds to 1 ms. `start` to
    `end` is the common time, or the gap between the windows where there is none. `position` is longitude and
    latitude in degrees of a point in both footprints, or the middle of their nearest points.
    """

    a: VolumeRef
    b: VolumeRef
    lateral_gap_m: float
    vertical_gap_m: float
    time_gap_s: float
    start: Instant
    end: Instant
    position: tuple[float, float]
    minima: Minima
    coarse: tuple[bool, bool] = (False, False)
    """Whether of `a`, and of `b`, only the area is told: then the gaps are the least that they can be."""

    @property
    def id(self) -> str:
        """Return the finding's id: the same for the same two references, whatever revision they are in."""
        return conflict_id(self.a, self.b)


def conflict_id(a: VolumeRef, b: VolumeRef) -> str:
    """Return `C-` and ten base 32 characters of the SHA-256 of both references; their order does not matter."""
    first, second = sorted((a, b))
    refs = [[ref.party, ref.notice, ref.volume] for ref in (first, second)]
    digest = hashlib.sha256(json.dumps(["clearline conflict", refs], ensure_ascii=True).encode()).digest()
    return "C-" + base64.b32encode(digest).decode()[:10]


def breaks(gap: float, minimum: float) -> bool:
    """Report whether a gap is too small: less than the minimum, or contact. A gap equal to it is separated.

    Both are rounded to 1 mm or 1 ms before. An infinite minimum is broken by every gap.
    """
    return gap < minimum or gap == 0 or minimum == math.inf


def judge(x: Placed, y: Placed, minima: Minima, ranges: AltitudeRanges) -> Conflict | None:
    """Return the conflict of two volumes, or None when they are separated in at least one way."""
    window_x, window_y = x.volume.window, y.volume.window
    time_gap_s = window_x.gap_ms(window_y) / 1000
    if not breaks(time_gap_s, minima.time_s):
        return None
    first, second = (x, y) if x.ref < y.ref else (y, x)
    space = _in_space(first, second, minima, ranges)
    if space is None:
        return None
    near, vertical_m = space
    shared = window_x.between(window_y)
    return Conflict(
        a=first.ref,
        b=second.ref,
        lateral_gap_m=near.gap_m,
        vertical_gap_m=vertical_m,
        time_gap_s=time_gap_s,
        start=shared.start,
        end=shared.end,
        position=near.position(),
        minima=minima,
        coarse=(first.activity is None, second.activity is None),
    )


def space_gaps(x: Placed, y: Placed, minima: Minima, ranges: AltitudeRanges) -> tuple[float, float] | None:
    """Return the lateral and vertical gaps in metres where both are too small, whatever the time; else None."""
    space = _in_space(x, y, minima, ranges)
    return None if space is None else (space[0].gap_m, space[1])


def _in_space(x: Placed, y: Placed, minima: Minima, ranges: AltitudeRanges) -> tuple[Approach, float] | None:
    vertical_m = vertical_gap_m(x.volume.band, y.volume.band, ranges)
    if not breaks(vertical_m, minima.vertical_m):
        return None
    near = approach(x.volume.footprint, y.volume.footprint, limit_m=minima.lateral_m)
    return (near, vertical_m) if breaks(near.gap_m, minima.lateral_m) else None


class Engine:
    """Holds the volumes of a theatre and finds which come closer than the minima.

    Volumes of one notice never conflict with each other, and volumes of one party only with `within_party`.
    One caller at a time.
    """

    def __init__(
        self,
        minima: MinimaTable,
        ranges: AltitudeRanges,
        *,
        within_party: bool = False,
        index: Index | None = None,
    ) -> None:
        self.minima = minima
        self.ranges = ranges
        self.within_party = within_party
        self._index = default_index() if index is None else index
        self._placed: dict[int, Placed] = {}
        self._notices: dict[tuple[str, str], dict[int, int]] = {}
        self._kinds: Counter[Kind] = Counter()
        self._next_key = 0
        self._spaces: dict[int, tuple[Footprint, SpaceBox]] = {}

    def __len__(self) -> int:
        """Return how many volumes are held."""
        return len(self._placed)

    def add(self, placed: Iterable[Placed]) -> None:
        """Hold these volumes from now on: all of them, or none.

        Raises:
            Conflicting: A reference is held already, or stands twice among the given.
        """
        new: dict[int, Placed] = {}
        seen: set[VolumeRef] = set()
        key = self._next_key
        for one in placed:
            ref = one.ref
            if ref in seen or ref.volume in self._notices.get((ref.party, ref.notice), ()):
                raise Conflicting(
                    f"volume {ref.volume} of notice {ref.notice} of {ref.party} is known already; "
                    "remove the notice before it is added anew",
                    party=ref.party,
                    notice=ref.notice,
                )
            seen.add(ref)
            new[key] = one
            key += 1
        boxes = {key: self._box(one) for key, one in new.items()}
        self._index.add(boxes.items())
        self._next_key = key
        self._placed.update(new)
        for key, one in new.items():
            self._notices.setdefault((one.ref.party, one.ref.notice), {})[one.ref.volume] = key
            self._kinds[one.kind] += 1

    def remove_notice(self, party: str, notice: str) -> None:
        """Forget every volume of a notice; a notice that is not held is passed over."""
        keys = self._notices.pop((party, notice), {}).values()
        self._index.remove(keys)
        for key in keys:
            kind = self._placed.pop(key).kind
            self._kinds[kind] -= 1
            if not self._kinds[kind]:
                del self._kinds[kind]

    def find(self, placed: Sequence[Placed]) -> tuple[Conflict, ...]:
        """Return every conflict of the given volumes with those held, ordered by (a, b).

        The given need not be held; those of a notice that is held are not compared with what is held of it, so
        an amendment can be tried before it is filed. The given are not compared with each other.
        """
        found = [
            conflict
            for one, other in self._pairs(placed)
            if (conflict := judge(one, other, self.minima.for_pair(one.kind, other.kind), self.ranges))
        ]
        return tuple(sorted(found, key=_order))

    def find_all(self, on_progress: Callable[[int, int], None] | None = None) -> tuple[Conflict, ...]:
        """Return every conflict among the volumes held, each pair once, ordered by (a, b).

        `on_progress` is told after each batch how many volumes of how many have been compared.
        """
        found: list[Conflict] = []
        everything = list(self._placed.values())
        for start in range(0, len(everything), BATCH):
            batch = everything[start : start + BATCH]
            for one, other in self._pairs(batch):
                if one.ref < other.ref:
                    conflict = judge(one, other, self.minima.for_pair(one.kind, other.kind), self.ranges)
                    if conflict is not None:
                        found.append(conflict)
            if on_progress is not None:
                on_progress(min(start + BATCH, len(everything)), len(everything))
        return tuple(sorted(found, key=_order))

    def near(self, placed: Sequence[Placed]) -> list[tuple[Placed, Placed]]:
        """Return the pairs (given, held) that the filter offers: too many perhaps, never too few."""
        return list(self._pairs(placed))

    def _pairs(self, placed: Sequence[Placed]) -> Iterable[tuple[Placed, Placed]]:
        if not self._placed:
            return
        reach = {kind: self.minima.reach(kind, self._kinds) for kind in {one.kind for one in placed}}
        asked = []
        for one in placed:
            lateral_m, vertical_m, time_s = reach[one.kind]
            asked.append(grown(self._box(one), lateral_m=lateral_m, vertical_m=vertical_m, time_s=time_s))
        for number, key in self._index.near(asked):
            one, other = placed[number], self._placed[key]
            if one.ref.party == other.ref.party and (not self.within_party or one.ref.notice == other.ref.notice):
                continue
            yield one, other

    def _box(self, one: Placed) -> Box:
        """Return the box of a volume; what its footprint gives is kept, for it outlives shifts and amendments.

        The key is the identity of the footprint, which the entry keeps alive.
        """
        footprint = one.volume.footprint
        known = self._spaces.get(id(footprint))
        if known is None:
            if len(self._spaces) >= SPACES_MAX:
                del self._spaces[next(iter(self._spaces))]
            known = self._spaces[id(footprint)] = footprint, space_box(footprint)
        return box_of(one.volume, self.ranges, known[1])


def _order(conflict: Conflict) -> tuple[VolumeRef, VolumeRef]:
    return conflict.a, conflict.b
