"""The filter: boxes in five whole-number dimensions, and what every index of them promises.

Dimensions: Earth-centred X, Y and Z in decimetres (so neither the antimeridian nor a pole is special), height
above the WGS 84 ellipsoid in decimetres, time in seconds from `EPOCH_S`. Boxes are rounded outwards, and every
figure is clamped to what 32 bits hold: SQLite's `rtree_i32` wraps silently beyond. Clamping keeps order, so two
boxes that met still meet: a filter may offer too many, never too few.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from clearline.volumes.altitude import AltitudeRanges, hae_interval_m
from clearline.volumes.footprint import Footprint, ecef_box
from clearline.volumes.volume import Volume

Box = tuple[int, int, int, int, int, int, int, int, int, int]
"""Least and greatest of X, Y, Z (dm), height (dm) and time (s), each closed and within `COORDINATE_MAX`."""

SpaceBox = tuple[int, int, int, int, int, int]
"""Least and greatest of X, Y and Z (dm): what a footprint gives to a box."""

COORDINATE_MAX = 2**31 - 2
"""The greatest size of a coordinate; one less than 32 bits hold, so that its negative and one more fit too."""

EPOCH_S = 2_524_608_000
"""Second 0 of the time dimension: 2050-01-01T00:00:00Z. Exact from 1982 to 2118, clamped beyond."""

DM_PER_M = 10
REACH_SLACK_DM = 1
"""Added to lateral and vertical reaches: gaps are rounded to 1 mm before they are judged; a decimetre covers that."""


class Index(Protocol):
    """What the engine needs of an index; see `tests/unit/conflicts` for the contract that each one inherits."""

    def add(self, boxes: Iterable[tuple[int, Box]]) -> None:
        """Hold each box under its key; a key that is held already is refused with `ValueError`."""

    def remove(self, keys: Iterable[int]) -> None:
        """Forget the boxes under these keys; keys that are not held are passed over."""

    def near(self, boxes: Sequence[Box]) -> list[tuple[int, int]]:
        """Return (number of the asked box, key) for every held box that meets an asked one, ends included."""

    def __len__(self) -> int:
        """Return how many boxes are held."""


def clamped(value: float) -> int:
    """Return the value as a coordinate, cut to what the index holds; infinities become the ends."""
    if value >= COORDINATE_MAX:
        return COORDINATE_MAX
    if value <= -COORDINATE_MAX:
        return -COORDINATE_MAX
    return int(value)


def _least(value: float) -> int:
    return clamped(math.floor(value) if math.isfinite(value) else value)


def _greatest(value: float) -> int:
    return clamped(math.ceil(value) if math.isfinite(value) else value)


def space_box(footprint: Footprint) -> SpaceBox:
    """Return the first six figures of a box, X, Y and Z, rounded outwards."""
    x0, y0, z0, x1, y1, z1 = ecef_box(footprint)
    return (
        _least(x0 * DM_PER_M),
        _greatest(x1 * DM_PER_M),
        _least(y0 * DM_PER_M),
        _greatest(y1 * DM_PER_M),
        _least(z0 * DM_PER_M),
        _greatest(z1 * DM_PER_M),
    )


def box_of(volume: Volume, ranges: AltitudeRanges, space: SpaceBox | None = None) -> Box:
    """Return the box of a volume, rounded outwards in every dimension; `space` where it is known already."""
    # A floor in one datum can lie above a ceiling in another under these ranges, though not under all: such a
    # band is taken from its lower end to its higher one, which only makes the box wider.
    floor_m, ceiling_m = sorted(hae_interval_m(volume.band, ranges))
    return (
        *(space_box(volume.footprint) if space is None else space),
        _least(floor_m * DM_PER_M),
        _greatest(ceiling_m * DM_PER_M),
        clamped(volume.window.start // 1000 - EPOCH_S),
        clamped(-(-volume.window.end // 1000) - EPOCH_S),
    )


def grown(box: Box, *, lateral_m: float, vertical_m: float, time_s: float) -> Box:
    """Return the box widened on every side: what lies within these distances meets it.

    A chord is never longer than the geodesic over it, and `hae_interval_m` promises that two intervals lie no
    farther apart than `vertical_gap_m` says, so distances on the ellipsoid and between bands may be added here.
    """
    r = _greatest(lateral_m * DM_PER_M) + REACH_SLACK_DM
    h = _greatest(vertical_m * DM_PER_M) + REACH_SLACK_DM
    t = _greatest(time_s)
    return (
        clamped(box[0] - r),
        clamped(box[1] + r),
        clamped(box[2] - r),
        clamped(box[3] + r),
        clamped(box[4] - r),
        clamped(box[5] + r),
        clamped(box[6] - h),
        clamped(box[7] + h),
        clamped(box[8] - t),
        clamped(box[9] + t),
    )


BLOCKS_FROM = 10_000
"""From this many boxes on, the packed blocks repay the tenth of a second that numpy takes to import."""


def default_index(expected: int = 0) -> Index:
    """Return SQLite's R*Tree, which starts at once, or the packed blocks, which answer quicker.

    The blocks are taken for `BLOCKS_FROM` expected boxes or more, and where Python's SQLite has no R*Tree. A
    process that runs for long does best to make a `BlockIndex` itself.
    """
    if expected < BLOCKS_FROM and importlib.util.find_spec("_sqlite3") is not None:
        from clearline.conflicts.index_rtree import RTreeIndex, rtree_is_there

        if rtree_is_there():
            return RTreeIndex()
    from clearline.conflicts.index_blocks import BlockIndex

    return BlockIndex()
