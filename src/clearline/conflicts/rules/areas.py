"""Rule `area-touched`: an activity touches a zone or a red line. It is shown, on which version; never blocked.

For officers: "This activity touches the red line … of …, revision …". A red line states what its issuer will not
accept; it says nothing of the issuer's own activities, so these are not compared. A zone holds for everybody.

Source: DESIGN.md, section 2 (zone, line, red line).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from clearline.conflicts.index import COORDINATE_MAX, Box, Index, box_of, default_index, grown
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.errors import Conflicting
from clearline.records.activity import Activity
from clearline.volumes.altitude import Altitude, AltitudeRanges, Band, Datum, HeightUnit, vertical_gap_m
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import Instant, Window
from clearline.volumes.separation import approach
from clearline.volumes.volume import Volume

RULE = "area-touched"

_ANY_BAND = Band(Altitude(Datum.SFC, 0, HeightUnit.NONE), Altitude(Datum.UNL, 0, HeightUnit.NONE))


@dataclass(frozen=True, slots=True)
class Area:
    """A zone or a red line: whose statement, in which revision, where and when, and what it speaks of.

    `band` None means any height; an empty `activities` means any activity. `window` may end in `PERM`. A
    statement with several areas numbers them by `number`.
    """

    party: str
    reference: str
    revision: int
    number: int
    kind: Literal["zone", "red_line"]
    footprint: Footprint
    band: Band | None
    window: Window
    activities: frozenset[Activity] = frozenset()

    def speaks_of(self, placed: Placed) -> bool:
        """Report whether the area has this activity of this party in mind; one that is not told may be it."""
        own = self.kind == "red_line" and placed.ref.party == self.party
        told = placed.activity is not None
        return not own and (not self.activities or not told or placed.activity in self.activities)


@dataclass(frozen=True, slots=True)
class Touch:
    """An activity that shares place, height and time with an area, and the version of the area's statement.

    `position` is longitude and latitude in degrees of a point in both; `start` to `end` is the shared time.
    """

    party: str
    reference: str
    revision: int
    number: int
    kind: Literal["zone", "red_line"]
    volume: VolumeRef
    position: tuple[float, float]
    start: Instant
    end: Instant


class Areas:
    """Holds the areas that are in force or to come, and finds which activities touch them."""

    def __init__(self, ranges: AltitudeRanges, *, index: Index | None = None) -> None:
        self.ranges = ranges
        self._index = default_index() if index is None else index
        self._areas: dict[int, Area] = {}
        self._statements: dict[tuple[str, str], list[int]] = {}
        self._next_key = 0

    def set_statement(self, party: str, reference: str, areas: Iterable[Area]) -> None:
        """Hold these areas as all that the statement says from now on, in place of what it said before.

        Raises:
            Conflicting: An area names another statement.
        """
        new = list(areas)
        if any((area.party, area.reference) != (party, reference) for area in new):
            raise Conflicting(f"an area of another statement was given for {reference} of {party}")
        old = self._statements.pop((party, reference), [])
        self._index.remove(old)
        for key in old:
            del self._areas[key]
        keys = list(range(self._next_key, self._next_key + len(new)))
        self._next_key += len(new)
        self._index.add((key, self._box(area)) for key, area in zip(keys, new, strict=True))
        self._areas.update(zip(keys, new, strict=True))
        if keys:
            self._statements[party, reference] = keys

    def find_touches(self, placed: Sequence[Placed]) -> tuple[Touch, ...]:
        """Return every touch of the given activities, ordered by statement, area and volume."""
        if not self._areas or not placed:
            return ()
        asked = [grown(box_of(one.volume, self.ranges), lateral_m=0.0, vertical_m=0.0, time_s=0.0) for one in placed]
        found = []
        for number, key in self._index.near(asked):
            touch = self._touch(self._areas[key], placed[number])
            if touch is not None:
                found.append(touch)
        return tuple(sorted(found, key=lambda t: (t.party, t.reference, t.revision, t.number, t.volume)))

    def _touch(self, area: Area, one: Placed) -> Touch | None:
        volume = one.volume
        if not area.speaks_of(one) or area.window.gap_ms(volume.window):
            return None
        if area.band is not None and vertical_gap_m(area.band, volume.band, self.ranges):
            return None
        near = approach(area.footprint, volume.footprint, limit_m=0.0)
        if near.gap_m:
            return None
        shared = area.window.between(volume.window)
        return Touch(
            party=area.party,
            reference=area.reference,
            revision=area.revision,
            number=area.number,
            kind=area.kind,
            volume=one.ref,
            position=near.position(),
            start=shared.start,
            end=shared.end,
        )

    def _box(self, area: Area) -> Box:
        box = box_of(Volume(area.footprint, area.band or _ANY_BAND, area.window), self.ranges)
        if area.band is None:
            return (*box[:6], -COORDINATE_MAX, COORDINATE_MAX, *box[8:])
        return box


def find_touches(areas: Iterable[Area], placed: Sequence[Placed], *, ranges: AltitudeRanges) -> tuple[Touch, ...]:
    """Return every touch of the given activities with the given areas, without keeping either."""
    held = Areas(ranges)
    statements: dict[tuple[str, str], list[Area]] = {}
    for area in areas:
        statements.setdefault((area.party, area.reference), []).append(area)
    for (party, reference), own in statements.items():
        held.set_statement(party, reference, own)
    return held.find_touches(placed)
