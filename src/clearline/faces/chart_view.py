"""The view of a chart: where a longitude and a latitude fall on it, its graticule and its scale bar.

An azimuthal equidistant projection on a sphere about the middle of what is drawn: neither the antimeridian nor a
pole is special. It is for looking, never for measuring: every gap that is shown was found on WGS 84.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of WGS 84 (2a + b) / 3, metres. Source: NIMA TR8350.2, table 3.5."""

NM_M = 1852.0

LonLat = tuple[float, float]
XY = tuple[float, float]

SPAN_MIN_M = 2_000.0
"""The least width of a view: a lone point still gets its surroundings."""

LINES_WANTED = 6
"""Graticule lines that a view aims at in each direction."""

_STEPS_DEG = (1 / 60, 2 / 60, 5 / 60, 10 / 60, 20 / 60, 0.5, 1, 2, 5, 10, 15, 30)
_SAMPLES = 24


@dataclass(frozen=True, slots=True)
class View:
    """A window of `width_px` by `height_px` on the projected plane about `centre` (degrees)."""

    centre: LonLat
    x0_m: float
    y1_m: float
    px_per_m: float
    width_px: float
    height_px: float

    @classmethod
    def of(cls, points: Sequence[LonLat], *, width_px: float, height_px: float, span_min_m: float = SPAN_MIN_M) -> View:
        """Return the view that shows every point with a margin round them; a wide one when there are none."""
        centre = _middle(points) if points else (0.0, 0.0)
        flat = [_project(centre, point) for point in points] or [(-9e6, -9e6), (9e6, 9e6)]
        x0, x1 = min(x for x, _ in flat), max(x for x, _ in flat)
        y0, y1 = min(y for _, y in flat), max(y for _, y in flat)
        wide = max((x1 - x0) * 1.16, span_min_m)
        high = max((y1 - y0) * 1.16, span_min_m)
        scale = min(width_px / wide, height_px / high)
        return cls(
            centre,
            (x0 + x1) / 2 - width_px / scale / 2,
            (y0 + y1) / 2 + height_px / scale / 2,
            scale,
            width_px,
            height_px,
        )

    def xy(self, point: LonLat) -> XY:
        """Return where a longitude and latitude in degrees fall, in pixels from the top left."""
        x, y = _project(self.centre, point)
        return (x - self.x0_m) * self.px_per_m, (self.y1_m - y) * self.px_per_m

    def lonlat(self, x_px: float, y_px: float) -> LonLat | None:
        """Return what lies at a pixel, or None beyond the edge of the world."""
        return _unproject(self.centre, x_px / self.px_per_m + self.x0_m, self.y1_m - y_px / self.px_per_m)

    def shows(self, at: XY) -> bool:
        """Report whether a pixel lies in the window."""
        return 0 <= at[0] <= self.width_px and 0 <= at[1] <= self.height_px


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the graticule: its label, its runs of pixels, and where the label goes."""

    label: str
    runs: tuple[tuple[XY, ...], ...]
    at: XY


def graticule(view: View) -> tuple[Line, ...]:
    """Return the meridians and parallels of the view, each labelled where it meets the lower or left edge."""
    seen = [
        at
        for i in range(_SAMPLES + 1)
        for j in range(_SAMPLES + 1)
        if (at := view.lonlat(view.width_px * i / _SAMPLES, view.height_px * j / _SAMPLES)) is not None
    ]
    if not seen:
        return ()
    mid = view.centre[0]
    lons = [mid + _turn(lon - mid) for lon, _ in seen]
    lats = [lat for _, lat in seen]
    lon0, lon1, lat0, lat1 = min(lons), max(lons), min(lats), max(lats)
    for pole in (90.0, -90.0):
        if view.shows(view.xy((mid, pole))):
            lon0, lon1 = mid - 180.0, mid + 180.0
            lat0, lat1 = min(lat0, pole), max(lat1, pole)
    lines = []
    step = _step(lon1 - lon0)
    for k in range(math.floor(lon0 / step), math.ceil(lon1 / step) + 1):
        lon = _turn(k * step)
        run = [(lon, lat0 + (lat1 - lat0) * i / 60) for i in range(61)]
        lines.append(_line(view, run, _degrees(lon, "E", "W"), low=True))
    step = _step(lat1 - lat0)
    for k in range(math.floor(lat0 / step), math.ceil(lat1 / step) + 1):
        lat = k * step
        if -90 < lat < 90:
            run = [(lon0 + (lon1 - lon0) * i / 90, lat) for i in range(91)]
            lines.append(_line(view, run, _degrees(lat, "N", "S"), low=False))
    unique = {line.label: line for line in lines if line is not None}
    return tuple(unique.values())


def scale_bar(view: View) -> tuple[tuple[str, float], tuple[str, float]]:
    """Return (label, length in pixels) of a bar in kilometres and one in nautical miles, each a round number."""
    widest_m = view.width_px / view.px_per_m / 4
    km, nm = _round_below(widest_m / 1000), _round_below(widest_m / NM_M)
    return (f"{km:g} km", km * 1000 * view.px_per_m), (f"{nm:g} NM", nm * NM_M * view.px_per_m)


def _line(view: View, run: Iterable[LonLat], label: str, *, low: bool) -> Line | None:
    pixels = [view.xy(point) for point in run]
    inside = [at for at in pixels if view.shows(at)]
    if not inside:
        return None
    margin = 2 * max(view.width_px, view.height_px)
    runs: list[list[XY]] = [[]]
    for at in pixels:
        if -margin <= at[0] <= view.width_px + margin and -margin <= at[1] <= view.height_px + margin:
            runs[-1].append(at)
        elif runs[-1]:
            runs.append([])
    label_at = max(inside, key=lambda at: at[1]) if low else min(inside, key=lambda at: at[0])
    return Line(label, tuple(tuple(one) for one in runs if len(one) > 1), label_at)


def _step(span: float) -> float:
    return next((step for step in _STEPS_DEG if span / step <= LINES_WANTED), _STEPS_DEG[-1])


def _round_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(f * power for f in (1, 2, 5) if f * power <= value * (1 + 1e-9))


def _degrees(value: float, positive: str, negative: str) -> str:
    minutes = round(abs(value) * 60)
    letter = "" if abs(value) in (0, 180) else positive if value > 0 else negative
    degrees, rest = divmod(minutes, 60)
    return f"{degrees}°{f'{rest:02d}′' if rest else ''}{letter}"


def _turn(degrees: float) -> float:
    """Return the angle in [-180, 180)."""
    return (degrees + 180.0) % 360.0 - 180.0


def _middle(points: Sequence[LonLat]) -> LonLat:
    x = y = z = 0.0
    for lon, lat in points:
        lam, phi = math.radians(lon), math.radians(lat)
        x += math.cos(phi) * math.cos(lam)
        y += math.cos(phi) * math.sin(lam)
        z += math.sin(phi)
    if math.hypot(x, y, z) < 1e-6 * len(points):
        return points[0]
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _project(centre: LonLat, point: LonLat) -> XY:
    """Return metres east and north on the plane.

    Source: Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395), equations 25-2 and 22-4.
    """
    phi1, phi = math.radians(centre[1]), math.radians(point[1])
    turn = math.radians(point[0] - centre[0])
    cos_c = math.sin(phi1) * math.sin(phi) + math.cos(phi1) * math.cos(phi) * math.cos(turn)
    east = math.cos(phi) * math.sin(turn)
    north = math.cos(phi1) * math.sin(phi) - math.sin(phi1) * math.cos(phi) * math.cos(turn)
    sin_c = math.hypot(east, north)
    if sin_c < 1e-15:
        return 0.0, 0.0
    k = EARTH_RADIUS_M * math.atan2(sin_c, cos_c) / sin_c
    return k * east, k * north


def _unproject(centre: LonLat, x_m: float, y_m: float) -> LonLat | None:
    """Return the inverse of `_project`. Source: Snyder, equations 20-14, 20-15 and 25-15."""
    rho = math.hypot(x_m, y_m)
    c = rho / EARTH_RADIUS_M
    if c > math.pi:
        return None
    if rho == 0:
        return centre
    phi1 = math.radians(centre[1])
    sin_phi = math.cos(c) * math.sin(phi1) + y_m * math.sin(c) * math.cos(phi1) / rho
    down = rho * math.cos(phi1) * math.cos(c) - y_m * math.sin(phi1) * math.sin(c)
    turn = math.atan2(x_m * math.sin(c), down)
    return _turn(centre[0] + math.degrees(turn)), math.degrees(math.asin(max(-1.0, min(1.0, sin_phi))))
