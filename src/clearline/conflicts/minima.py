"""Separation minima: how far apart two volumes must be, by what the two are about."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from clearline.conflicts.theatre import Kind
from clearline.errors import Malformed
from clearline.records.activity import Activity, Nature

ANY_HEIGHT = math.inf
"""A vertical minimum that no difference of height satisfies."""


@dataclass(frozen=True, slots=True)
class Minima:
    """The least separations of a pair: metres, metres (`ANY_HEIGHT`: whatever the heights) and seconds.

    Values are kept to whole millimetres and milliseconds, as gaps are. A minimum of 0 means that only contact
    counts. `source` says where the figures come from, in words.

    Raises:
        Malformed: A figure is negative, not a number, or (lateral, time) infinite.
    """

    lateral_m: float
    vertical_m: float
    time_s: float
    source: str

    def __post_init__(self) -> None:
        for name in ("lateral_m", "vertical_m", "time_s"):
            value = getattr(self, name)
            unbounded = value == math.inf and name != "vertical_m"
            if math.isnan(value) or value < 0 or unbounded:
                raise Malformed(where=f"minima {name}", found=value, expected="a number of 0 or more")
            object.__setattr__(self, name, round(float(value), 3))

    def larger(self, other: Minima) -> Minima:
        """Return the larger of each component, naming both sources."""
        source = self.source if self.source == other.source else f"{self.source}; {other.source}"
        return Minima(
            max(self.lateral_m, other.lateral_m),
            max(self.vertical_m, other.vertical_m),
            max(self.time_s, other.time_s),
            source,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A set of kinds: those with one of the activities, and those with one of the natures."""

    name: str
    activities: frozenset[Activity]
    natures: frozenset[Nature] = frozenset()

    def holds(self, kind: Kind) -> bool:
        """Report whether the kind belongs to the group."""
        return kind[0] in self.activities or kind[1] in self.natures


@dataclass(frozen=True, slots=True)
class MinimaRow:
    """One row of an agreement's table: it fits a pair when one side is in `left` and the other in `right`."""

    left: Group
    right: Group
    minima: Minima

    def fits(self, a: Kind, b: Kind) -> bool:
        """Report whether the row speaks of this pair, in either order."""
        return (self.left.holds(a) and self.right.holds(b)) or (self.left.holds(b) and self.right.holds(a))


class MinimaTable:
    """The minima of an agreement by pair of kinds, with one fallback for pairs that no row fits.

    Where several rows fit a pair, the larger of each component holds: a row never takes away what another gives.
    """

    def __init__(self, rows: Iterable[MinimaRow], fallback: Minima) -> None:
        self.rows = tuple(rows)
        self.fallback = fallback
        self._by_pair: dict[tuple[Kind, Kind], Minima] = {}

    @classmethod
    def uniform(cls, *, lateral_m: float, vertical_m: float, time_s: float, source: str) -> MinimaTable:
        """Return a table with the same minima for every pair."""
        return cls((), Minima(lateral_m, vertical_m, time_s, source))

    def for_pair(self, a: Kind, b: Kind) -> Minima:
        """Return the minima of two kinds; the order of the two does not matter."""
        found = self._by_pair.get((a, b))
        if found is None:
            for row in self.rows:
                if row.fits(a, b):
                    found = row.minima if found is None else found.larger(row.minima)
            found = found or self.fallback
            self._by_pair[a, b] = self._by_pair[b, a] = found
        return found

    def reach(self, kind: Kind, others: Iterable[Kind]) -> tuple[float, float, float]:
        """Return the largest lateral (m), vertical (m) and time (s) minimum of `kind` with any of `others`."""
        pairs = [self.for_pair(kind, other) for other in others] or [self.fallback]
        return (
            max(pair.lateral_m for pair in pairs),
            max(pair.vertical_m for pair in pairs),
            max(pair.time_s for pair in pairs),
        )

    def largest(self) -> Minima:
        """Return the largest of each component over the whole table."""
        largest = self.fallback
        for row in self.rows:
            largest = largest.larger(row.minima)
        return largest


NM_M = 1852.0
FT_M = 0.3048
_MIN_S = 60.0

EVERYTHING = Group("anything", frozenset(Activity))
AIR = Group("air or uncrewed", frozenset({Activity.AIR, Activity.UNCREWED}))
HAZARDS = Group("fires or jamming", frozenset({Activity.FIRES, Activity.JAMMING}))
FIRES = Group("fires", frozenset({Activity.FIRES}))
GROUND = Group("ground", frozenset({Activity.GROUND}))
SEA = Group("sea", frozenset({Activity.SEA}))
PROTECTED = Group(
    "protected",
    frozenset({Activity.PROTECTED_MOVEMENT, Activity.PROTECTED_SITE}),
    frozenset({Nature.PROTECTED}),
)


def _row(left: Group, right: Group, lateral_m: float, vertical_m: float, time_s: float) -> MinimaRow:
    source = f"Clearline's default agreement: {left.name} with {right.name}"
    return MinimaRow(left, right, Minima(lateral_m, vertical_m, time_s, source))


DEFAULT = MinimaTable(
    (
        _row(AIR, AIR, 5 * NM_M, 1000 * FT_M, 5 * _MIN_S),
        _row(HAZARDS, EVERYTHING, 5 * NM_M, 2000 * FT_M, 10 * _MIN_S),
        _row(GROUND, GROUND, 1000.0, 0.0, 15 * _MIN_S),
        _row(SEA, SEA, 3 * NM_M, 0.0, 15 * _MIN_S),
        _row(PROTECTED, FIRES, 5 * NM_M, ANY_HEIGHT, 30 * _MIN_S),
        _row(PROTECTED, EVERYTHING, 2000.0, 1000 * FT_M, 15 * _MIN_S),
    ),
    Minima(2000.0, 1000 * FT_M, 10 * _MIN_S, "Clearline's default agreement: any other pair"),
)
"""The separation minima of an agreement that states none: placeholders that operations people must set.

A pair of protected and jamming fits two rows, so the larger of each component holds: 5 NM, 2,000 ft, 15 min.

Source: DESIGN.md, section 7.
"""
