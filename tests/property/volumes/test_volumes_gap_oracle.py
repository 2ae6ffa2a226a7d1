"""The lateral gap against oracles that share no code with it: sampling and golden section, winding of azimuths."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from pyproj import Geod

from clearline.volumes.footprint import Footprint, Position, Shape, contains, line, point, polygon
from clearline.volumes.separation import lateral_gap_m, meeting_position

GEOD = Geod(ellps="WGS84")
LonLat = tuple[float, float]
PLACES: list[LonLat] = [
    (38.0, 34.0),
    (180.0, 10.0),
    (-179.99, -60.0),
    (0.0, 0.0),
    (100.0, 60.0),
    (0.0, 89.0),
    (77.0, 89.99),
    (5.0, 90.0),
    (10.0, -89.5),
    (50.0, -90.0),
]


def inv(p: LonLat, q: LonLat) -> tuple[float, float]:
    """Return azimuth and distance from `p` to `q`."""
    azimuth, _, distance = GEOD.inv(*p, *q)
    return azimuth, distance


def fwd(p: LonLat, azimuth: float, distance: float) -> LonLat:
    lon, lat, _ = GEOD.fwd(*p, azimuth, distance)
    return lon, lat


def distance_to_edge(p: LonLat, a: LonLat, b: LonLat) -> float:
    """Return the distance of `p` from a geodesic edge by sampling and golden section."""
    azimuth, length = inv(a, b)
    if length == 0:
        return inv(p, a)[1]

    def away(s: float) -> float:
        return inv(p, fwd(a, azimuth, s))[1]

    steps = 40
    best = min(range(steps + 1), key=lambda k: away(length * k / steps))
    low, high = max(0, best - 1) * length / steps, min(steps, best + 1) * length / steps
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if away(first) < away(second):
            high = second
        else:
            low = first
    return min(away(low), away(0.0), away(length))


def edges_cross(a: LonLat, b: LonLat, c: LonLat, d: LonLat) -> bool:
    """Report whether two edges cross: walk along the one, and look for the change of side of the other."""
    if inv(a, b)[1] == 0 or inv(c, d)[1] == 0:
        return False
    azimuth, length = inv(a, b)
    along, reach = inv(c, d)

    def offset(s: float) -> float:
        towards, away = inv(c, fwd(a, azimuth, s))
        return math.sin(math.radians(towards - along)) * min(away, 1.0)

    steps = 24
    values = [offset(length * k / steps) for k in range(steps + 1)]
    for k in range(steps):
        if values[k] * values[k + 1] < 0:
            low, high = length * k / steps, length * (k + 1) / steps
            for _ in range(70):
                middle = (low + high) / 2
                if offset(low) * offset(middle) <= 0:
                    high = middle
                else:
                    low = middle
            towards, away = inv(c, fwd(a, azimuth, low))
            if math.cos(math.radians(towards - along)) > 0 and away < reach:
                return True
    return False


def winds_round(p: LonLat, ring: list[LonLat]) -> bool:
    """Report whether a ring (far from the antipode of `p`) winds round `p`, by the azimuths of its points."""
    turn = 0.0
    seen: list[float] = []
    for a, b in pairwise(ring):
        azimuth, length = inv(a, b)
        pieces = 64
        seen.extend(inv(p, fwd(a, azimuth, length * k / pieces))[0] for k in range(pieces))
    for first, second in zip(seen, seen[1:] + seen[:1], strict=True):
        turn += (second - first + 180.0) % 360.0 - 180.0
    return abs(turn) > 180.0


def rings_of(footprint: Footprint) -> list[list[list[LonLat]]]:
    return [[[(lon / 1e7, lat / 1e7) for lon, lat in ring] for ring in part] for part in footprint.parts]


def covers(footprint: Footprint, p: LonLat) -> bool:
    if footprint.shape is not Shape.POLYGON:
        return False
    return any(
        winds_round(p, part[0]) and not any(winds_round(p, hole) for hole in part[1:]) for part in rings_of(footprint)
    )


def chains(footprint: Footprint) -> list[list[LonLat]]:
    return [ring if len(ring) > 1 else [ring[0], ring[0]] for part in rings_of(footprint) for ring in part]


def oracle_gap(a: Footprint, b: Footprint) -> float:
    """Return the gap by brute force: each vertex with each edge, each edge with each edge, each inside test."""
    for one, other in ((a, b), (b, a)):
        if any(covers(one, part[0][0]) for part in rings_of(other)):
            return 0.0
    least = math.inf
    for of_a in chains(a):
        for of_b in chains(b):
            for mine, theirs in ((of_a, of_b), (of_b, of_a)):
                for p in mine:
                    least = min([least, *(distance_to_edge(p, s, e) for s, e in pairwise(theirs))])
    core_gap = least - (a.radius_cm + b.radius_cm) / 100
    if core_gap <= 0:
        return 0.0
    for of_a in chains(a):
        for of_b in chains(b):
            for s, e in pairwise(of_a):
                if any(edges_cross(s, e, c, d) for c, d in pairwise(of_b)):
                    return 0.0
    return core_gap


class Maker:
    """Random footprints round a place, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def near(self, place: LonLat, size: float) -> LonLat:
        return fwd(place, self.random.uniform(0, 360), size * math.sqrt(self.random.random()))

    def ring(self, centre: LonLat, low: float, high: float) -> list[LonLat]:
        corners = self.random.randint(3, 8)
        azimuths = sorted(self.random.uniform(0, 360) for _ in range(corners))
        if max((azimuths[(k + 1) % corners] - azimuths[k]) % 360 for k in range(corners)) > 150:
            azimuths = [k * 360 / corners for k in range(corners)]
        ring = [fwd(centre, azimuth, self.random.uniform(low, high)) for azimuth in azimuths]
        if self.random.random() < 0.5:
            ring.reverse()
        return [*ring, ring[0]]

    def footprint(self, place: LonLat, size: float) -> Footprint:
        radius = self.random.choice([0.0, self.random.uniform(0, size / 5)])
        match self.random.choice(["point", "line", "polygon", "holed"]):
            case "point":
                return point(self.near(place, size), radius_m=radius)
            case "line":
                legs = [self.near(place, size) for _ in range(self.random.randint(2, 5))]
                if self.random.random() < 0.3:
                    legs.insert(1, legs[0])
                return line(legs, radius_m=radius)
            case "polygon":
                ring = self.ring(self.near(place, size), size * 0.2, size * 0.6)
                return polygon([ring], radius_m=self.random.choice([0.0, radius]))
            case _:
                centre = self.near(place, size)
                # With corners at most 150° apart, a chord keeps a quarter of the lesser radius from the centre.
                outer, hole = self.ring(centre, size * 0.6, size * 1.2), self.ring(centre, size * 0.03, size * 0.12)
                return polygon([outer, hole])


@pytest.mark.parametrize("seed", range(12))
def test_gap_equals_the_oracle(seed: int) -> None:
    """The gap is the oracle's to 1 mm, the same both ways, near and far, over 180°, at 89° and at the poles."""
    make = Maker(seed)
    for _ in range(25):
        place = make.random.choice(PLACES)
        size = 10 ** make.random.uniform(1.5, 5.9)
        a, b = make.footprint(place, size), make.footprint(place, size)
        gap = lateral_gap_m(a, b, limit_m=1_000_000.0)
        assert lateral_gap_m(b, a, limit_m=1_000_000.0) == gap
        expected = oracle_gap(a, b)
        if expected > 1_000_000:
            assert gap > 1_000_000
        else:
            assert gap == pytest.approx(expected, abs=0.0011), (place, size, a, b)


@pytest.mark.parametrize("seed", range(8))
def test_no_pair_is_lost_at_a_limit_near_the_gap(seed: int) -> None:
    """Whatever the limit, a gap within it is exact and a gap beyond it never looks smaller."""
    make = Maker(1000 + seed)
    for _ in range(25):
        place = make.random.choice(PLACES)
        size = 10 ** make.random.uniform(1.5, 5.5)
        a, b = make.footprint(place, size), make.footprint(place, size)
        gap = lateral_gap_m(a, b, limit_m=1_000_000.0)
        for limit in (gap, gap + 0.02, gap + 1.0):
            assert lateral_gap_m(a, b, limit_m=limit) == gap
        if gap > 0.02:
            assert lateral_gap_m(a, b, limit_m=gap - 0.02) > gap - 0.02


@pytest.mark.parametrize("seed", range(6))
def test_meeting_position_lies_in_both(seed: int) -> None:
    """Where footprints meet, the position lies in both (to 2 cm); elsewhere it is as far from one as the other."""
    make = Maker(2000 + seed)
    for _ in range(25):
        place = make.random.choice(PLACES)
        size = 10 ** make.random.uniform(2, 5)
        a, b = make.footprint(place, size), make.footprint(place, size)
        gap = lateral_gap_m(a, b, limit_m=1_000_000.0)
        lon, lat = meeting_position(a, b)
        assert -180 <= lon <= 180
        spot = point((lon, lat), radius_m=0)
        to_a, to_b = lateral_gap_m(a, spot, limit_m=1e6), lateral_gap_m(b, spot, limit_m=1e6)
        if gap == 0:
            assert max(to_a, to_b) <= 0.05
        else:
            assert to_a == pytest.approx(gap / 2, abs=0.05)
            assert to_b == pytest.approx(gap / 2, abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_two_centimetres_decide(seed: int) -> None:
    """A circle set to end 2 cm inside a minimum is nearer than it; 2 cm outside, it is not."""
    make = Maker(3000 + seed)
    for _ in range(40):
        place = make.random.choice(PLACES)
        a = make.footprint(place, 10 ** make.random.uniform(2, 5))
        lon, lat = make.near(place, 300_000)
        centre = point((lon, lat), radius_m=0)
        away = lateral_gap_m(a, centre, limit_m=1_000_000.0)
        minimum = 9260.0
        if away < minimum + 1:
            continue
        for slack, conflict in ((0.02, True), (-0.02, False)):
            circle = Footprint(Shape.POINT, centre.parts, math.floor((away - minimum + slack) * 100 + 0.5))
            assert (lateral_gap_m(a, circle, limit_m=minimum) < minimum) is conflict


@pytest.mark.parametrize("seed", range(6))
def test_contains_equals_the_winding_of_azimuths(seed: int) -> None:
    """A position is in a polygon just when the ring winds round it and no hole does."""
    make = Maker(4000 + seed)
    for _ in range(30):
        place = make.random.choice(PLACES)
        size = 10 ** make.random.uniform(2, 6)
        centre = make.near(place, size)
        shape = polygon([make.ring(centre, size * 0.3, size), make.ring(centre, size * 0.01, size * 0.06)])
        for _ in range(6):
            lon, lat = make.near(centre, size * 1.1)
            spot: Position = point((lon, lat), radius_m=0).parts[0][0][0]
            assert contains(shape, spot) is covers(shape, (spot[0] / 1e7, spot[1] / 1e7))
