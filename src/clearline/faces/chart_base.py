"""The base map under a drawn chart: land, borders, contested lines and the main places of the shipped chart.

Contested lines are dashed, of one colour, and named by treaty or line; no country is filled. It is bounded in size by
what a screen can show: points nearer than `APART_PX` are drawn once, and what lies outside the view is cut off.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from clearline.faces.chart_view import XY, LonLat, View

SEA, LAND, BORDER, CONTESTED, PLACE = "#0e161e", "#1d2833", "#73879b", "#c9a25a", "#b7c4d1"
"""Colours of the console's dark theme (`console/src/tokens.json`)."""

PAPER: Final = {SEA: "#eaf1f6", LAND: "#fbfaf6", BORDER: "#7a8b9a", CONTESTED: "#8a5a00", PLACE: "#3c4a57"}
"""What each of them becomes on paper: the console's light theme."""

APART_PX = 1.2
"""Points of a coast or a border nearer than this to one another are drawn once: half of this nobody sees."""

BEYOND_PX = 40.0
"""How far beyond the frame is still drawn, so that no cut edge shows in it."""

PLACES_MAX = 40
"""Places named at most: a chart is for the notices, and places say where one is."""

THEATRE: Final[tuple[LonLat, LonLat]] = ((32.0, 30.0), (46.0, 40.0))
"""What a chart without anything on it shows: the theatre, as the console's map does."""

SPAN_MIN_M: Final = 160_000.0
"""The least width of a view with a base map: a lone notice still gets a coast, a border or a town to be found by."""

RANKS: Final = ((1_500_000.0, 1), (700_000.0, 2), (0.0, 3))
"""Down to which rank places are named, by the width of the view in metres."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be written where it covers nothing: at a pixel, in a colour; `spot` marks the pixel with a dot."""

    at: XY
    text: str
    colour: str
    spot: bool


@dataclass(frozen=True, slots=True)
class BaseMap:
    """The base map of one view: shapes to be drawn beneath everything, and names for what room is left above."""

    shapes: tuple[str, ...]
    names: tuple[Name, ...]


def base_map(view: View, language: str) -> BaseMap | None:
    """Return the base map of a view, or `None` where the shipped chart does not reach."""
    box = _box_of(view)
    reach = _reach()
    if box is None or box[2] < reach[0] or box[0] > reach[2] or box[3] < reach[1] or box[1] > reach[3]:
        return None
    parts = [f'<rect width="{view.width_px:g}" height="{view.height_px:g}" fill="{SEA}"/>']
    if land := _paths(view, box, "land", closed=True):
        parts.append(f'<path d="{land}" fill="{LAND}" fill-rule="evenodd"/>')
    if borders := _paths(view, box, "borders"):
        parts.append(f'<path d="{borders}" fill="none" stroke="{BORDER}" stroke-width="1.1"/>')
    lines = _paths(view, box, "lines")
    if lines:
        parts.append(
            f'<path d="{lines}" fill="none" stroke="{CONTESTED}" stroke-width="1.5" stroke-dasharray="6 4" '
            'data-base="contested"/>'
        )
    names = [*_named_places(view, language), *_named_lines(view, box, language)]
    return BaseMap(tuple(parts), tuple(names))


@functools.cache
def _geometry(name: str) -> Any:
    """Return the shapely geometry of a file of the shipped chart."""
    import shapely

    return shapely.union_all([one for one, _ in _features(name)])


@functools.cache
def _features(name: str) -> tuple[tuple[Any, dict[str, Any]], ...]:
    from shapely.geometry import shape

    text = files("clearline.faces.console").joinpath("chart", f"{name}.json").read_text("utf-8")
    return tuple((shape(one["geometry"]), one["properties"]) for one in json.loads(text)["features"])


@functools.cache
def _reach() -> Box:
    west, south, east, north = _geometry("land").bounds
    return float(west), float(south), float(east), float(north)


def _box_of(view: View) -> Box | None:
    """Return west, south, east and north of a view with its surroundings, or `None` where it is no such box."""
    steps = [k / 8 for k in range(9)]
    edge = BEYOND_PX
    seen = [
        view.lonlat(-edge + (view.width_px + 2 * edge) * i, -edge + (view.height_px + 2 * edge) * j)
        for i in steps
        for j in steps
    ]
    found = [at for at in seen if at is not None]
    if len(found) < len(seen):
        return None
    lons, lats = [lon for lon, _ in found], [lat for _, lat in found]
    # A view across the antimeridian or round a pole has no such box; the shipped chart lies far from both.
    return None if max(lons) - min(lons) > 180 else (min(lons), min(lats), max(lons), max(lats))


def _paths(view: View, box: Box, name: str, *, closed: bool = False) -> str:
    import shapely

    return "".join(_path(view, run, closed=closed) for run in _runs(shapely.clip_by_rect(_geometry(name), *box)))


def _runs(geometry: Any) -> Iterator[Sequence[LonLat]]:
    """Yield the lines and rings of a geometry."""
    for part in getattr(geometry, "geoms", (geometry,)):
        if hasattr(part, "geoms"):
            yield from _runs(part)
        elif part.geom_type == "Polygon" and not part.is_empty:
            yield part.exterior.coords
            yield from (ring.coords for ring in part.interiors)
        elif part.geom_type == "LineString" and not part.is_empty:
            yield part.coords


def _path(view: View, run: Sequence[LonLat], *, closed: bool) -> str:
    kept: list[XY] = []
    last = len(run) - 1
    for number, point in enumerate(run):
        x, y = view.xy((point[0], point[1]))
        near = kept and abs(x - kept[-1][0]) + abs(y - kept[-1][1]) < APART_PX
        if not near or (number == last and not closed):
            kept.append((x, y))
    if len(kept) < (3 if closed else 2):
        return ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + ("Z" if closed else "")


def _named_places(view: View, language: str) -> Iterator[Name]:
    width_m = view.width_px / view.px_per_m
    most = next(rank for least, rank in RANKS if width_m >= least)
    known = sorted(_features("places"), key=lambda one: (one[1]["rank"], one[1]["en"]))
    count = 0
    for point, about in known:
        at = view.xy((point.x, point.y))
        if about["rank"] <= most and view.shows(at) and count < PLACES_MAX:
            count += 1
            yield Name(at, about.get(language) or about["en"], PLACE, spot=True)


def _named_lines(view: View, box: Box, language: str) -> Iterator[Name]:
    """Name each contested line once, at the middle of its longest run in view."""
    import shapely

    named: set[str] = set()
    for geometry, about in _features("lines"):
        text = about.get(language) or about["en"]
        runs = sorted(_runs(shapely.clip_by_rect(geometry, *box)), key=len)
        at = view.xy((runs[-1][len(runs[-1]) // 2][0], runs[-1][len(runs[-1]) // 2][1])) if runs else None
        if at is not None and text not in named and view.shows(at):
            named.add(text)
            yield Name(at, text, CONTESTED, spot=False)


def written(names: Sequence[Name], write: Callable[[XY, str, str], list[str]]) -> Iterator[str]:
    """Yield the names that find room, each place with its dot; `write` gives nothing where there is none."""
    for name in names:
        text = write(name.at, name.text, name.colour)
        if text and name.spot:
            x, y = name.at
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{name.colour}"/>'
        yield from text
