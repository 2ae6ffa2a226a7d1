"""Measure the index: a notice of twelve volumes against many stored ones, ours beside shapely's STRtree.

Both answer the same question over the same theatre, and their answers are compared: the *filter* is what each
offers after heights and times are compared too; the *file check* adds the exact refine, which is the same code for
both, so a difference between the columns is the filter's alone.
"""

from __future__ import annotations

import gc
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearline.conflicts.engine import Conflict, judge
from clearline.conflicts.index import Box, Index, box_of, grown
from clearline.conflicts.index_blocks import BlockIndex
from clearline.conflicts.index_rtree import RTreeIndex
from clearline.conflicts.minima import Minima
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.records.activity import Activity, Nature
from clearline.volumes.altitude import SYRIA, Altitude, Band, Datum, HeightUnit
from clearline.volumes.footprint import Footprint, line, point, polygon
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

LATERAL_M, VERTICAL_M, TIME_S = 9260.0, 304.8, 300.0
VOLUMES_A_NOTICE = 12
HOURS = 72
SIDE_KM = (600.0, 2000.0)
"""The theatre's side: Syria's size up to 10,000 stored volumes, growing to 2,000 km at a million."""

SIZE_KM = (1.0, 80.0)
"""Footprints from 1 to 80 km across, small ones more often (evenly in the logarithm)."""

FILTER_ROUNDS = 3
"""How often every index is asked about every notice when the filter alone is timed."""

EPOCH_MS = 1_800_000_000_000
_CENTRE = (38.5, 34.5)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: an index over a number of stored volumes."""

    stored: int
    index: str
    build_s: float
    memory_mb: float
    filter_ms: float
    check_ms: float
    offered: float
    conflicts: float


def theatre(count: int, *, seed: int = 1) -> Iterator[Placed]:
    """Yield a synthetic theatre: notices of twelve volumes, each a leg or an area near the one before."""
    rng = random.Random(seed)  # noqa: S311 - a theatre that anyone can make again
    side_km = SIDE_KM[0] + (SIDE_KM[1] - SIDE_KM[0]) * max(0.0, min(1.0, (math.log10(count) - 4) / 2))
    high_deg = side_km / 111.2
    wide_deg = high_deg / math.cos(math.radians(_CENTRE[1]))
    number = 0
    while True:
        party, notice = rng.choice("ABCD"), f"N{number}"
        activity = rng.choice((Activity.AIR, Activity.AIR, Activity.UNCREWED, Activity.GROUND, Activity.FIRES))
        lon = _CENTRE[0] + (rng.random() - 0.5) * wide_deg
        lat = _CENTRE[1] + (rng.random() - 0.5) * high_deg
        start_s = rng.uniform(0, HOURS * 3600)
        for part in range(VOLUMES_A_NOTICE):
            if number >= count:
                return
            size_m = 1000 * math.exp(rng.uniform(math.log(SIZE_KM[0]), math.log(SIZE_KM[1])))
            footprint = _footprint(rng, lon, lat, size_m)
            window = _window(start_s, rng.uniform(1800, 4 * 3600))
            volume = Volume(footprint, _band(rng, activity), window)
            yield Placed(VolumeRef(party, notice, part), activity, Nature.OWN_PRESENCE, volume)
            number += 1
            start_s += rng.uniform(0, 1800)
            lon += rng.uniform(-0.3, 0.3)
            lat += rng.uniform(-0.25, 0.25)


def _window(start_s: float, lasts_s: float) -> Window:
    start = EPOCH_MS + round(start_s) * 1000
    return Window(Instant(start), Instant(start + round(lasts_s) * 1000))


def _footprint(rng: random.Random, lon: float, lat: float, size_m: float) -> Footprint:
    shape = rng.random()
    if shape < 0.4:
        return point((lon, lat), radius_m=size_m / 2)
    if shape < 0.7:
        turn = rng.uniform(0, 2 * math.pi)
        reach_deg = size_m / 111_200
        end = (lon + reach_deg * math.cos(turn), lat + reach_deg * math.sin(turn))
        return line(((lon, lat), end), radius_m=min(5000.0, size_m / 4))
    half_deg = size_m / 111_200 / 2.83
    ring = [(lon + dx * half_deg, lat + dy * half_deg) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    return polygon((tuple(ring),))


def _band(rng: random.Random, activity: Activity) -> Band:
    if activity is Activity.GROUND:
        return Band(Altitude(Datum.SFC, 0, HeightUnit.NONE), Altitude(Datum.AGL, 15_000, HeightUnit.M))
    if activity is Activity.FIRES:
        return Band(Altitude(Datum.SFC, 0, HeightUnit.NONE), Altitude(Datum.AMSL, 600_000, HeightUnit.M))
    low = rng.randint(20, 350)
    return Band(
        Altitude(Datum.FL, low * 3048, HeightUnit.FL),
        Altitude(Datum.FL, (low + rng.randint(10, 60)) * 3048, HeightUnit.FL),
    )


class StrTreeIndex:
    """Shapely's STRtree behind the same contract: a tree in the plane of longitude and latitude, then numpy.

    Built once over everything. Heights and times are compared afterwards on arrays, as its users do; it is given
    footprints' boxes in degrees, wide enough for the lateral minimum, so that its answers can be compared.
    """

    def __init__(self, placed: Sequence[Placed], boxes: Sequence[Box]) -> None:
        import numpy as np
        import shapely

        self._numpy, self._shapely = np, shapely
        flat = np.array([_degrees_box(one.volume.footprint) for one in placed])
        self._flat = flat
        self._tree = shapely.STRtree(shapely.box(flat[:, 0], flat[:, 1], flat[:, 2], flat[:, 3]))
        rest = np.array([box[6:] for box in boxes], dtype=np.int32)
        self._h0, self._h1, self._t0, self._t1 = (np.ascontiguousarray(rest[:, i]) for i in range(4))
        self._tree.query(shapely.box(0, 0, 0, 0))

    def near(self, degrees: Any, boxes: Sequence[Box]) -> list[tuple[int, int]]:
        """Return (number, key) for what may meet each asked box; `degrees` holds its west, south, east, north."""
        number, key = self._tree.query(self._shapely.box(degrees[:, 0], degrees[:, 1], degrees[:, 2], degrees[:, 3]))
        rest = self._numpy.array([box[6:] for box in boxes], dtype=self._numpy.int32)[number]
        fine = (
            (self._h1[key] >= rest[:, 0])
            & (self._h0[key] <= rest[:, 1])
            & (self._t1[key] >= rest[:, 2])
            & (self._t0[key] <= rest[:, 3])
        )
        return list(zip(number[fine].tolist(), key[fine].tolist(), strict=True))


def _degrees_box(footprint: Footprint, grow_m: float = 0.0) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees, wide enough; not for the antimeridian or the poles."""
    places = [place for part in footprint.parts for ring in part for place in ring]
    lats = [lat / 1e7 for _, lat in places]
    lons = [lon / 1e7 for lon, _ in places]
    # 110.5 km is less than any degree of latitude has; 1 % covers edges that bulge, all of them short here.
    up = (footprint.radius_cm / 100 + grow_m) / 110_500 * 1.01 + 0.002
    across = up / math.cos(math.radians(min(89.0, max(abs(lat) for lat in lats) + up)))
    return min(lons) - across, min(lats) - up, max(lons) + across, max(lats) + up


def measure(stored: int, *, notices: int, say: Say) -> list[Row]:
    """Return a row for each index over `stored` volumes, medians over `notices` notices, answers compared.

    Raises:
        RuntimeError: Two indexes gave different conflicts for one notice.
    """
    say(f"{stored:,}: making the theatre")
    # Millions of values that live to the end: looking through them for garbage would take most of the time.
    gc.disable()
    placed = list(theatre(stored))
    since = time.perf_counter()
    boxes = [box_of(one.volume, SYRIA) for one in placed]
    say(f"{stored:,}: a box takes {(time.perf_counter() - since) / stored * 1e6:.0f} µs")
    asked = _notices(notices, stored)
    runs: list[_Run] = []
    builds: dict[str, Callable[[], Near]] = {
        "clearline, packed blocks": lambda: _ours(BlockIndex(), boxes),
        "clearline, SQLite R*Tree": lambda: _ours(RTreeIndex(), boxes),
        "shapely STRtree": lambda: _strtree(placed, boxes, asked),
    }
    for name, build in builds.items():
        say(f"{stored:,}: building {name}")
        before_mb, start = resident_mb(), time.perf_counter()
        near = build()
        runs.append(_Run(name, near, time.perf_counter() - start, resident_mb() - before_mb))
    say(f"{stored:,}: asking with {len(asked)} notices")
    gc.freeze()
    gc.enable()
    try:
        _compare(runs, placed, asked)
    finally:
        gc.unfreeze()
    return [run.row(stored) for run in runs]


Near = Callable[[Sequence[Placed], Sequence[Box]], list[tuple[int, int]]]


@dataclass(slots=True)
class _Run:
    """One index while it is measured."""

    name: str
    near: Near
    build_s: float
    memory_mb: float
    filter_ms: list[float] = field(default_factory=list)
    check_ms: list[float] = field(default_factory=list)
    offered: int = 0
    found: int = 0

    def row(self, stored: int) -> Row:
        count = len(self.check_ms)
        filter_ms, check_ms = statistics.median(self.filter_ms), statistics.median(self.check_ms)
        return Row(
            stored,
            self.name,
            self.build_s,
            self.memory_mb,
            filter_ms,
            check_ms,
            self.offered / count,
            self.found / count,
        )


def _compare(runs: list[_Run], placed: Sequence[Placed], asked: Sequence[Sequence[Placed]]) -> None:
    """Ask every index about every notice, in turn and each as often first.

    The first round compares the answers and prepares every volume that is met; the second is timed, so that no index
    pays for what the next one then finds ready.
    """
    for turn, notice in enumerate(asked):
        answers = [_check(run, notice, placed)[1] for run in runs]
        if any(answer != answers[0] for answer in answers):
            raise RuntimeError(f"the indexes gave different conflicts for {notice[0].ref}")
        for run in runs[turn % len(runs) :] + runs[: turn % len(runs)]:
            start = time.perf_counter()
            offered, conflicts = _check(run, notice, placed)
            run.check_ms.append((time.perf_counter() - start) * 1000)
            run.offered += offered
            run.found += len(conflicts)
    for _ in range(FILTER_ROUNDS):
        for turn, notice in enumerate(asked):
            wide = _wide(notice)
            for run in runs[turn % len(runs) :] + runs[: turn % len(runs)]:
                start = time.perf_counter()
                run.near(notice, wide)
                run.filter_ms.append((time.perf_counter() - start) * 1000)


def _check(run: _Run, notice: Sequence[Placed], placed: Sequence[Placed]) -> tuple[int, list[Conflict]]:
    """Return how many pairs the filter of one index offers, and the conflicts among them in order."""
    minima = Minima(LATERAL_M, VERTICAL_M, TIME_S, "bench")
    pairs = run.near(notice, _wide(notice))
    conflicts = [
        conflict
        for number, key in pairs
        if notice[number].ref.party != placed[key].ref.party
        and (conflict := judge(notice[number], placed[key], minima, SYRIA))
    ]
    return len(pairs), sorted(conflicts, key=lambda one: (one.a, one.b))


def _wide(notice: Sequence[Placed]) -> list[Box]:
    return [
        grown(box_of(one.volume, SYRIA), lateral_m=LATERAL_M, vertical_m=VERTICAL_M, time_s=TIME_S) for one in notice
    ]


def _ours(index: Index, boxes: Sequence[Box]) -> Near:
    index.add(enumerate(boxes))
    index.near([(0,) * 10])
    return lambda _notice, wide: index.near(wide)


def _strtree(placed: Sequence[Placed], boxes: Sequence[Box], asked: Sequence[Sequence[Placed]]) -> Near:
    import numpy as np

    tree = StrTreeIndex(placed, boxes)
    # Its boxes in degrees are made beforehand: what is measured is the tree.
    ready = {one.ref: _degrees_box(one.volume.footprint, LATERAL_M) for notice in asked for one in notice}
    return lambda notice, wide: tree.near(np.array([ready[one.ref] for one in notice]), wide)


def _notices(count: int, stored: int) -> list[list[Placed]]:
    """Return notices of the same theatre that are not stored."""
    placed = list(theatre(stored, seed=2)) if stored <= count * VOLUMES_A_NOTICE else []
    if not placed:
        stream = theatre(stored, seed=2)
        placed = [next(stream) for _ in range(count * VOLUMES_A_NOTICE)]
    return [placed[at : at + VOLUMES_A_NOTICE] for at in range(0, count * VOLUMES_A_NOTICE, VOLUMES_A_NOTICE)]


def resident_mb() -> float:
    """Return the memory that this process holds, in megabytes; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 1e6


def cold_check(*, runs: int = 15) -> tuple[float, float]:
    """Return the median and the worst wall time in seconds of a fresh `clearline check` of two small files."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for party, activity in (("A", "air"), ("B", "ground")):
            feature = {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [[38.3, 34.3], [38.5, 34.9]]},
                "properties": {
                    "party": party,
                    "notice": "1",
                    "activity": activity,
                    "start": "2026-11-22T12:00:00Z",
                    "end": "2026-11-22T14:00:00Z",
                    "lower": "SFC",
                    "upper": "FL100",
                    "half_width_m": 2000,
                },
            }
            files.append(Path(folder) / f"{party}.geojson")
            files[-1].write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        took = []
        for _ in range(runs):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "clearline", "check", *map(str, files), "--json"],
                capture_output=True,
                check=False,
            )
            took.append(time.perf_counter() - start)
            if done.returncode != 1:
                raise RuntimeError(f"clearline check answered {done.returncode}: {done.stderr.decode()[:500]}")
    return statistics.median(took), max(took)


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a table, each beside the STRtree over as many volumes."""
    lines = [
        f"{'stored':>9}  {'index':<25} {'build s':>8} {'MB':>6} {'filter ms':>10} {'file check ms':>14} "
        f"{'offered':>8} {'found':>6}  filter, STRtree = 1"
    ]
    for row in rows:
        tree = next(one for one in rows if one.stored == row.stored and one.index.startswith("shapely"))
        lines.append(
            f"{row.stored:>9,}  {row.index:<25} {row.build_s:>8.2f} {row.memory_mb:>6.0f} {row.filter_ms:>10.3f} "
            f"{row.check_ms:>14.2f} {row.offered:>8.0f} {row.conflicts:>6.1f}  {row.filter_ms / tree.filter_ms:.2f}"
        )
    return "\n".join(lines)


def report(sizes: Sequence[int] = (10_000, 100_000, 1_000_000), *, notices: int = 200, say: Say) -> str:
    """Return the whole table: the index at each size, and the cold command."""
    rows: list[Row] = []
    for size in sizes:
        rows += measure(size, notices=notices if size < 1_000_000 else notices // 4, say=say)
    median_s, worst_s = cold_check()
    return (
        f"File check of a notice of {VOLUMES_A_NOTICE} volumes (medians; same conflicts asserted; file check = boxes, "
        f"filter and exact refine)\n{table_of(rows)}\n\n"
        f"Cold `clearline check` of two small files: median {median_s:.3f} s, worst {worst_s:.3f} s of 15\n"
    )
