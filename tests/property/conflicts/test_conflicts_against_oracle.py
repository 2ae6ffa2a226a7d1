"""The engine equals brute force: nothing missed, nothing invented, dense around every threshold.

The oracle compares every pair with its own arithmetic: dense samples of geodesics and a search that closes in on
the nearest ones for places, azimuths that wind round a point for interiors, its own ISA formula for pressure
levels. It shares no code with the engine's filter or refine.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from pyproj import Geod

from clearline.conflicts.engine import Conflict, Engine
from clearline.conflicts.index import Index
from clearline.conflicts.index_blocks import BlockIndex
from clearline.conflicts.index_rtree import RTreeIndex
from clearline.conflicts.minima import MinimaTable
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.records.activity import Activity, Nature
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import SYRIA, WORLDWIDE, AltitudeRanges, Band, parse_altitude
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

GEOD = Geod(ellps="WGS84")
LATERAL_M, VERTICAL_M, TIME_S = 9260.0, 304.8, 300.0
SAMPLES = 17
UNDECIDED_M = 0.005
"""Lateral gaps this near to the minimum are left out: 2 cm either way must be decided, and is."""


# --- the oracle ---------------------------------------------------------------------------------


@dataclass
class Traced:
    """A footprint's edges as samples: for each edge start, azimuth, length, and places in space."""

    edges: list[tuple[float, float, float, float]] = field(default_factory=list)
    places: Any = None
    rings: list[list[Any]] = field(default_factory=list)
    starts: list[tuple[float, float]] = field(default_factory=list)
    spacing_m: float = 0.0


def in_space(lon: Any, lat: Any) -> Any:
    a, e2 = 6378137.0, 6.69437999014e-3
    lam, phi = np.radians(lon), np.radians(lat)
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return np.stack([n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - e2) * np.sin(phi)], -1)


def traced(footprint: Footprint) -> Traced:
    out = Traced()
    places = []
    for part in footprint.parts:
        rings = []
        for ring in part:
            dense: list[Any] = []
            degrees = [(lon / 1e7, lat / 1e7) for lon, lat in ring]
            out.starts.append(degrees[0])
            pairs = list(itertools.pairwise(degrees)) or [(degrees[0], degrees[0])]
            for (lon0, lat0), (lon1, lat1) in pairs:
                azimuth, _, length = GEOD.inv(lon0, lat0, lon1, lat1)
                out.edges.append((lon0, lat0, azimuth, length))
                at = np.linspace(0, length, SAMPLES)
                lon, lat, _ = GEOD.fwd(np.full(SAMPLES, lon0), np.full(SAMPLES, lat0), np.full(SAMPLES, azimuth), at)
                places.append(in_space(lon, lat))
                dense += list(zip(lon, lat, strict=True))
                out.spacing_m = max(out.spacing_m, length / (SAMPLES - 1))
            rings.append(np.array(dense))
        if footprint.shape is Shape.POLYGON:
            out.rings.append(rings)
    out.places = np.array(places)
    return out


def winds_round(ring: Any, lon: float, lat: float) -> bool:
    azimuth, _, _ = GEOD.inv(np.full(len(ring), lon), np.full(len(ring), lat), ring[:, 0], ring[:, 1])
    turns = (np.diff(azimuth) + 180) % 360 - 180
    return bool(abs(turns.sum()) > 180)


def holds(t: Traced, lon: float, lat: float) -> bool:
    return any(
        winds_round(rings[0], lon, lat) and not any(winds_round(hole, lon, lat) for hole in rings[1:])
        for rings in t.rings
    )


def from_point(lon: float, lat: float, lon_e: float, lat_e: float, azimuth: float, length: float) -> float:
    """Return the least distance of a place from an edge, by a line of samples that closes in."""
    at, reach, best = length / 2, length / 2, math.inf
    for _ in range(14):
        along = np.clip(at + reach * np.linspace(-1, 1, SAMPLES), 0, length)
        x, y, _ = GEOD.fwd(np.full(SAMPLES, lon_e), np.full(SAMPLES, lat_e), np.full(SAMPLES, azimuth), along)
        d = GEOD.inv(np.full(SAMPLES, lon), np.full(SAMPLES, lat), x, y)[2]
        at, best, reach = float(along[int(np.argmin(d))]), min(best, float(d.min())), reach / 4
    return best


def close_in(a: Traced, i: int, b: Traced, j: int, s: float, t: float, reach: tuple[float, float]) -> float:
    """Return the least distance of two edges: from their ends, and near the places s and t along them.

    The grid closes in on a crossing; in the long flat valley between two nearly parallel edges it may stall, and
    there the least distance is at an end.
    """
    (lon_a, lat_a, az_a, len_a), (lon_b, lat_b, az_b, len_b) = a.edges[i], b.edges[j]
    best = min(
        from_point(*GEOD.fwd(lon, lat, azimuth, at)[:2], *other)
        for (lon, lat, azimuth, length), other in ((a.edges[i], b.edges[j]), (b.edges[j], a.edges[i]))
        for at in (0.0, length)
    )
    ds, dt = reach
    grid = np.linspace(-1, 1, 5)
    for _ in range(45):
        ss, tt = np.clip(s + ds * grid, 0, len_a), np.clip(t + dt * grid, 0, len_b)
        lon1, lat1, _ = GEOD.fwd(np.full(5, lon_a), np.full(5, lat_a), np.full(5, az_a), ss)
        lon2, lat2, _ = GEOD.fwd(np.full(5, lon_b), np.full(5, lat_b), np.full(5, az_b), tt)
        d = GEOD.inv(np.repeat(lon1, 5), np.repeat(lat1, 5), np.tile(lon2, 5), np.tile(lat2, 5))[2]
        k = int(np.argmin(d))
        best = min(best, float(d[k]))
        s, t = float(ss[k // 5]), float(tt[k % 5])
        ds, dt = ds * 0.78, dt * 0.78
    return best


def oracle_lateral_m(a: Footprint, ta: Traced, b: Footprint, tb: Traced, limit_m: float) -> float:
    radii = (a.radius_cm + b.radius_cm) / 100
    if any(holds(ta, lon, lat) for lon, lat in tb.starts) or any(holds(tb, lon, lat) for lon, lat in ta.starts):
        return 0.0
    chords = np.linalg.norm(ta.places[:, None, :, None] - tb.places[None, :, None, :], axis=-1)
    least = chords.reshape(*chords.shape[:2], -1).min(axis=2)
    slack = ta.spacing_m + tb.spacing_m
    if least.min() - slack - radii > limit_m + 100:
        return math.inf
    best = math.inf
    for i, j in np.argwhere(least <= least.min() + slack):
        k, m = np.unravel_index(int(chords[i, j].argmin()), chords.shape[2:])
        s = ta.edges[i][3] * k / (SAMPLES - 1)
        t = tb.edges[j][3] * m / (SAMPLES - 1)
        reach = (ta.edges[i][3] / (SAMPLES - 1), tb.edges[j][3] / (SAMPLES - 1))
        best = min(best, close_in(ta, int(i), tb, int(j), s, t, reach))
    return max(0.0, best - radii)


def oracle_hae_m(text: str, ranges: AltitudeRanges) -> tuple[float, float]:
    if text == "UNL":
        return math.inf, math.inf
    geoid, terrain = ranges.geoid_m, ranges.terrain_m
    if text == "SFC":
        return terrain[0] + geoid[0], terrain[1] + geoid[1]
    if text.startswith("FL"):
        found = []
        for qnh, warm in itertools.product(ranges.qnh_hpa, ranges.isa_deviation_c):
            level_ft = 145366.45 * (1 - (qnh / 1013.25) ** 0.190284)
            found.append((int(text[2:]) * 100 - level_ft) * 0.3048 * (1 + 0.004 * warm))
        return min(found) + geoid[0], max(found) + geoid[1]
    number, unit, datum = text.split()
    height = float(number) * (0.3048 if unit == "ft" else 1.0)
    if datum == "HAE":
        return height, height
    low, high = terrain if datum == "AGL" else (0.0, 0.0)
    return height + low + geoid[0], height + high + geoid[1]


def oracle_rise_m(low: str, high: str, ranges: AltitudeRanges) -> tuple[float, float]:
    """Return how far `high` lies over `low` at least, and how exactly that is known."""
    if low == "UNL":
        return -math.inf, 0.0
    if high == "UNL":
        return math.inf, 0.0

    def metres(text: str) -> float:
        if text == "SFC":
            return 0.0
        if text.startswith("FL"):
            return int(text[2:]) * 30.48
        number, unit, _ = text.split()
        return round(float(number) * (30.48 if unit == "ft" else 100.0)) / 100

    def family(text: str) -> str:
        return "ground" if text == "SFC" or text.endswith("AGL") else text[:2] if text[:2] == "FL" else text.split()[2]

    if family(low) == family(high) == "ground":
        return metres(high) - metres(low) - (ranges.terrain_m[1] - ranges.terrain_m[0]), 0.0
    if family(low) == family(high):
        return metres(high) - metres(low), 0.0
    inexact = 2.0 if "FL" in (family(low), family(high)) else 0.02
    return oracle_hae_m(high, ranges)[0] - oracle_hae_m(low, ranges)[1], inexact


@dataclass
class Told:
    """A volume as it was written, beside what the engine was given."""

    placed: Placed
    lower: str
    upper: str
    traced: Traced


def oracle(theatre: list[Told], ranges: AltitudeRanges, *, within_party: bool) -> tuple[dict[Any, float], set[Any]]:
    """Return the conflicting pairs with their lateral gaps, and the pairs that are too near to call."""
    found: dict[Any, float] = {}
    undecided = set()
    for x, y in itertools.combinations(theatre, 2):
        a, b = x.placed, y.placed
        same_notice = (a.ref.party, a.ref.notice) == (b.ref.party, b.ref.notice)
        if same_notice or (a.ref.party == b.ref.party and not within_party):
            continue
        wa, wb = a.volume.window, b.volume.window
        if max(wa.start, wb.start) - min(wa.end, wb.end) >= TIME_S * 1000:
            continue
        rises = (oracle_rise_m(x.upper, y.lower, ranges), oracle_rise_m(y.upper, x.lower, ranges))
        rise, inexact = max(rises)
        over_m = round(rise - VERTICAL_M, 3)
        if over_m > inexact or (over_m == 0 and not inexact):
            continue
        pair = tuple(sorted((a.ref, b.ref)))
        lateral = oracle_lateral_m(a.volume.footprint, x.traced, b.volume.footprint, y.traced, LATERAL_M)
        if abs(lateral - LATERAL_M) < UNDECIDED_M:
            undecided.add(pair)
        elif lateral < LATERAL_M:
            if inexact and abs(rise - VERTICAL_M) <= inexact:
                undecided.add(pair)
            else:
                found[pair] = lateral
    return found, undecided


# --- theatres -----------------------------------------------------------------------------------

ALTITUDES = ["{m} m AMSL", "{ft} ft AMSL", "{m} m HAE", "{m} m AGL", "FL{fl:03d}", "SFC", "UNL"]


def a_band(rng: random.Random) -> tuple[str, str]:
    """Return the texts of a random band whose floor is not certainly above its ceiling."""
    while True:
        texts = []
        for low_m in sorted(rng.uniform(0, 12000) for _ in range(2)):
            form = rng.choice(ALTITUDES)
            texts.append(form.format(m=round(low_m), ft=round(low_m * 3.28), fl=round(low_m * 0.0328)))
        try:
            Band(parse_altitude(texts[0], where=""), parse_altitude(texts[1], where=""))
        except Exception:  # noqa: S112, BLE001 - the next draw may do
            continue
        return texts[0], texts[1]


def a_band_near(rng: random.Random) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return two bands in one datum whose gap is the minimum, or one step either side of it."""
    base = rng.randint(500, 9000)
    if rng.random() < 0.5:
        datum = rng.choice(["AMSL", "HAE"])
        gap = rng.choice([30479, 30480, 30481, 0, -1])
        return (
            (f"{base} m {datum}", f"{base + 300} m {datum}"),
            (f"{base + 300 + gap / 100:.2f} m {datum}", f"{base + 2000} m {datum}"),
        )
    level = base // 30
    gap = rng.choice([9, 10, 11, 0])
    return (f"FL{level:03d}", f"FL{level + 20:03d}"), (f"FL{level + 20 + gap:03d}", f"FL{level + 60:03d}")


def a_footprint(rng: random.Random, lon: float, lat: float) -> Footprint:
    size = math.exp(rng.uniform(math.log(500), math.log(40_000)))

    def around(least: float, count: int, start: float, *, turn: float = 360.0) -> list[tuple[float, float]]:
        made = []
        for k in range(count):
            far = size * rng.uniform(least, 1)
            made.append(GEOD.fwd(lon, lat, start + turn * k / count, far)[:2])
        return made

    match rng.choice(["point", "line", "line", "polygon", "holed", "many"]):
        case "point":
            return fp.point([lon, lat], radius_m=round(size, 2))
        case "line":
            legs = [GEOD.fwd(lon, lat, rng.uniform(0, 360), size * rng.random())[:2] for _ in range(rng.randint(1, 3))]
            if rng.random() < 0.2:
                legs.append(legs[-1])
            return fp.line([[lon, lat], *legs], radius_m=rng.choice([0, 500, 2500.25]))
        case "polygon":
            ring = around(0.4, rng.randint(3, 6), rng.uniform(0, 360))
            return fp.polygon([[*ring, ring[0]]])
        case "holed":
            ring = around(0.9, 8, 0.0)
            hole = [GEOD.fwd(lon, lat, 90.0 * k, size * 0.4)[:2] for k in range(4)]
            return fp.polygon([[*ring, ring[0]], [*hole, hole[0]]])
        case _:
            ring = around(0.4, 4, 10.0)
            lon2, lat2, _ = GEOD.fwd(lon, lat, 77, size * 3)
            other = [GEOD.fwd(lon2, lat2, 120.0 * k, size * 0.7)[:2] for k in range(3)]
            return fp.multipolygon([[[*ring, ring[0]]], [[*other, other[0]]]])


def a_neighbour(rng: random.Random, base: Footprint, t: Traced) -> Footprint:
    """Return a footprint that lies about the minimum away from the other, 2 cm inside or outside of it for one."""
    lon0, lat0, azimuth, length = rng.choice(t.edges)
    lon, lat, onward = GEOD.fwd(lon0, lat0, azimuth, length * rng.random())
    course = onward + 180 + rng.choice([90, -90]) if length > 1 else rng.uniform(0, 360)
    radius_m = rng.choice([0, 1000.0, 12_345.67])
    by_m = rng.choice([-50, -0.02, -0.02, 0.02, 0.02, 50, -LATERAL_M])
    far = base.radius_cm / 100 + radius_m + LATERAL_M + by_m
    lon, lat, back = GEOD.fwd(lon, lat, course, far)
    if rng.random() < 0.5:
        return fp.point([lon, lat], radius_m=radius_m)
    beyond = GEOD.fwd(lon, lat, back + 180 + rng.uniform(-60, 60), rng.uniform(0, 30_000))[:2]
    return fp.line([[lon, lat], beyond], radius_m=radius_m)


def a_theatre(seed: int, where: str, count: int) -> list[Told]:
    rng = random.Random(seed)
    theatre: list[Told] = []

    def put(footprint: Footprint, band: tuple[str, str], window: Window, party: str) -> Told:
        number = len(theatre)
        ref = VolumeRef(party, f"{party}-{number // 3}", number)
        volume = Volume(footprint, Band(*(parse_altitude(text, where="") for text in band)), window)
        activity = rng.choice([Activity.AIR, Activity.GROUND, Activity.FIRES])
        told = Told(Placed(ref, activity, Nature.OWN_PRESENCE, volume), *band, traced(footprint))
        theatre.append(told)
        return told

    for _ in range(count):
        match where:
            case "syria":
                lon, lat = rng.uniform(36, 39), rng.uniform(33, 36)
            case "180":
                lon, lat = rng.choice([1, -1]) * rng.uniform(178.5, 180), rng.uniform(-1.5, 1.5)
            case "89":
                lon, lat = rng.uniform(-180, 180), rng.uniform(88.6, 90)
            case _:
                lon, lat = rng.uniform(-180, 180), rng.uniform(-90, -88.6)
        start = rng.randint(0, 12 * 3_600_000)
        window = Window(Instant(start), Instant(start + rng.choice([0, 60_000, 3_600_000, 20 * 3_600_000])))
        base = put(a_footprint(rng, lon, lat), a_band(rng), window, rng.choice("AB"))
        party = rng.choice("BC")
        match rng.choice(["place", "place", "height", "time"]):
            case "place":
                near = a_neighbour(rng, base.placed.volume.footprint, base.traced)
                put(near, (base.lower, base.upper), window, party)
            case "height":
                below, above = a_band_near(rng)
                put(base.placed.volume.footprint, below, window, "A")
                put(base.placed.volume.footprint, above, window, "D")
            case _:
                after = window.end + rng.choice([299_999, 300_000, 300_001, 0, -1 if window.end > window.start else 0])
                late = Window(Instant(after), Instant(after + 1000))
                put(base.placed.volume.footprint, (base.lower, base.upper), late, party)
    return theatre


# --- the promises -------------------------------------------------------------------------------

THEATRES = [
    (1, "syria", SYRIA, False, RTreeIndex),
    (2, "180", WORLDWIDE, False, BlockIndex),
    (3, "89", SYRIA, True, RTreeIndex),
    (4, "-89", SYRIA, False, BlockIndex),
    (5, "syria", WORLDWIDE, True, BlockIndex),
]


def table() -> MinimaTable:
    return MinimaTable.uniform(lateral_m=LATERAL_M, vertical_m=VERTICAL_M, time_s=TIME_S, source="test")


@pytest.mark.parametrize(("seed", "where", "ranges", "within_party", "index"), THEATRES)
def test_the_engine_equals_brute_force(
    seed: int, where: str, ranges: AltitudeRanges, within_party: bool, index: type[RTreeIndex | BlockIndex]
) -> None:
    """Every pair that the oracle finds, and no other, with the same gaps."""
    theatre = a_theatre(seed, where, 60)
    engine = Engine(table(), ranges, within_party=within_party, index=index())
    engine.add([told.placed for told in theatre])
    found = engine.find_all()
    expected, undecided = oracle(theatre, ranges, within_party=within_party)
    got = {(one.a, one.b): one for one in found}
    assert len(got) == len(found)
    assert list(got) == sorted(got)
    assert set(expected) - set(got) == set(), "missed"
    assert set(got) - set(expected) - undecided == set(), "invented"
    assert len(expected) > 40
    for pair, lateral in expected.items():
        assert got[pair].lateral_gap_m == pytest.approx(lateral, abs=0.002 if lateral > 1 else 1.0)
    check_find_agrees(engine, theatre, found)


def check_find_agrees(engine: Engine, theatre: list[Told], found: tuple[Conflict, ...]) -> None:
    """Asking for one notice gives exactly the findings that name it."""
    notices: dict[tuple[str, str], list[Placed]] = {}
    for told in theatre:
        notices.setdefault((told.placed.ref.party, told.placed.ref.notice), []).append(told.placed)
    for name, placed in notices.items():
        own = tuple(c for c in found if name in ((c.a.party, c.a.notice), (c.b.party, c.b.notice)))
        assert engine.find(placed) == own


@pytest.mark.parametrize("index", [RTreeIndex, BlockIndex])
def test_removing_and_adding_again_changes_nothing(index: type[Index]) -> None:
    """Findings depend on what is held, not on how it came there."""
    theatre = [told.placed for told in a_theatre(9, "syria", 25)]
    engine = Engine(table(), SYRIA, index=index())
    engine.add(theatre)
    before = engine.find_all()
    gone = theatre[0].ref
    engine.remove_notice(gone.party, gone.notice)
    assert all(
        (gone.party, gone.notice) not in ((c.a.party, c.a.notice), (c.b.party, c.b.notice)) for c in engine.find_all()
    )
    engine.add([one for one in theatre if (one.ref.party, one.ref.notice) == (gone.party, gone.notice)])
    assert engine.find_all() == before


@pytest.mark.parametrize(("by_m", "found"), [(-0.02, 1), (0.0, 0), (0.02, 0)])
@pytest.mark.parametrize(("lon", "lat"), [(38.0, 34.5), (179.99, 0.5), (-10.0, 89.0), (77.0, -89.5)])
@pytest.mark.parametrize("azimuth", [0.0, 63.0, 90.0, 201.0])
def test_two_centimetres_decide(lon: float, lat: float, azimuth: float, by_m: float, found: int) -> None:
    """2 cm inside the minimum is a conflict, 2 cm outside is none; positions are kept to about a centimetre."""
    # Distances are taken between the positions as they are kept, so radii make up the exact gap.
    a = fp.point([lon, lat], radius_m=1000)
    b = fp.point(list(GEOD.fwd(lon, lat, azimuth, 30_000)[:2]), radius_m=0)
    (lon_a, lat_a), (lon_b, lat_b) = a.parts[0][0][0], b.parts[0][0][0]
    apart_m = GEOD.inv(lon_a / 1e7, lat_a / 1e7, lon_b / 1e7, lat_b / 1e7)[2]
    minimum_m = round(apart_m - 1000 - by_m, 3)
    band = Band(parse_altitude("SFC", where=""), parse_altitude("UNL", where=""))
    window = Window(Instant(0), Instant(0))
    one = Placed(VolumeRef("A", "1", 0), Activity.AIR, Nature.OWN_PRESENCE, Volume(a, band, window))
    other = replace(one, ref=VolumeRef("B", "1", 0), volume=Volume(b, band, window))
    engine = Engine(MinimaTable.uniform(lateral_m=minimum_m, vertical_m=0, time_s=0, source="t"), WORLDWIDE)
    engine.add([one])
    assert len(engine.find([other])) == found


@pytest.mark.parametrize(("gap_ms", "found"), [(299_999, 1), (300_000, 0), (300_001, 0), (0, 1), (1, 1)])
def test_a_millisecond_decides(gap_ms: int, found: int) -> None:
    """A time gap equal to the minimum is separated, a millisecond less is not."""
    band = Band(parse_altitude("SFC", where=""), parse_altitude("UNL", where=""))
    place = fp.point([38, 34], radius_m=0)
    one = Volume(place, band, Window(Instant(10), Instant(20)))
    other = Volume(place, band, Window(Instant(20 + gap_ms), Instant(20 + gap_ms)))
    engine = Engine(table(), WORLDWIDE)
    engine.add([Placed(VolumeRef("A", "1", 0), Activity.AIR, Nature.OWN_PRESENCE, one)])
    assert len(engine.find([Placed(VolumeRef("B", "1", 0), Activity.AIR, Nature.OWN_PRESENCE, other)])) == found
