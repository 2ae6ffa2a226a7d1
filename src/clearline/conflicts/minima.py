"""Separation minima: how far apart two volumes must be, by what the two are about."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clearline.conflicts.theatre import Kind
from clearline.errors import Malformed
from clearline.records.activity import Activity, Nature

if TYPE_CHECKING:
    from clearline.records.agreement import SeparationRow

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
        if found is None and None in (*a, *b):
            # Whatever the activity that is not told may be, its minima are not larger than these.
            found = replace(self.largest(), source="the largest of all: of one notice only the area is told")
            self._by_pair[a, b] = self._by_pair[b, a] = found
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


def agreed(rows: Iterable[SeparationRow], *, agreement: str) -> MinimaTable:
    """Return the table of an agreement's rows; the last row serves pairs that no other fits.

    `agreement` names it in the source of each finding.
    """
    *table, last = rows
    return MinimaTable(
        (MinimaRow(_group(row.a), _group(row.b), _minima(row, agreement)) for row in table), _minima(last, agreement)
    )


def _group(side: tuple[Activity | Nature, ...]) -> Group:
    if not side:
        return Group("anything", frozenset(Activity))
    return Group(
        ", ".join(side),
        frozenset(word for word in side if isinstance(word, Activity)),
        frozenset(word for word in side if isinstance(word, Nature)),
    )


def _minima(row: SeparationRow, agreement: str) -> Minima:
    vertical_m = ANY_HEIGHT if row.vertical_cm is None else row.vertical_cm / 100
    return Minima(row.lateral_cm / 100, vertical_m, row.time_ms / 1000, f"{agreement}: {row.source}")
