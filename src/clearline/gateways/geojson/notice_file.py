"""The notice file: GeoJSON with geodesic edges, one feature a volume, to drafts and back.

Decisions where RFC 7946 leaves room:

- A single `Feature` is a notice file of one volume.
- A `crs` member (GeoJSON 2008) is taken only when it names CRS84, longitude first; `EPSG:4326` is refused, since
  its axis order is read both ways.
- `bbox`, `id`, `name` and members that begin with `x_` may stand beside the standard ones; any other foreign
  member is refused by name, for a misspelt member must not be lost in silence.
- A property that is `null` counts as absent, as table programs write every column for every feature.

Source: RFC 7946; DESIGN.md, section 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from clearline.errors import Malformed, Said, TooLarge
from clearline.gateways.geojson import words
from clearline.gateways.geojson.shapes import DISTANCES, footprint_of, geometry_kind, render_geometry
from clearline.gateways.geojson.text import escaped, load, place
from clearline.records.activity import Activity, Nature
from clearline.records.notice import Details, NoticeDraft
from clearline.records.words import reference
from clearline.volumes.altitude import Band, format_altitude, parse_altitude
from clearline.volumes.footprint import Shape
from clearline.volumes.instant import Window, format_instant, parse_instant
from clearline.volumes.volume import Volume


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold; each can be raised by whoever reads it."""

    vertices: int = 100_000
    """Positions of one feature: a coast at 10 m; beyond, it is a data set and no plan."""
    volumes: int = 1_000
    """Volumes of one notice: more cannot be read back."""
    file_bytes: int = 64 * 2**20
    """Bytes of one file: bounds the memory that a stranger can make us use."""


REQUIRED = ("party", "notice", "activity", "start", "end", "lower", "upper")
DETAILS = ("callsign", "squawk", "number_and_type", "frequency", "contact", "remarks")
SIMPLESTYLE = frozenset(
    {"title", "description", "stroke", "stroke-opacity", "stroke-width", "fill", "fill-opacity"}
    | {"marker-size", "marker-symbol", "marker-color"}
)
"""Names for display alone. Source: Mapbox simplestyle-spec 1.1.0."""

_PROPERTIES = frozenset({*REQUIRED, "nature", *DISTANCES.values(), *DETAILS, "id", *SIMPLESTYLE})
_CRS84 = frozenset({"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"})
_PERM_REASON = "an instant: a notice has an end; what stands until further notice is a zone or a statement"


def parse_notices(raw: bytes, *, where: str, limits: Limits | None = None) -> tuple[NoticeDraft, ...]:
    """Return the notices of a file, in the order of their first features.

    Args:
        raw: The bytes of the file.
        where: How messages name it.
        limits: How much it may hold; the defaults of `Limits` where it is None.

    Raises:
        Malformed: Names the first fault: file, feature, JSON Pointer, the value found, and what is expected.
        TooLarge: A limit is exceeded, and which.
    """
    limits = limits or Limits()
    if len(raw) > limits.file_bytes:
        raise TooLarge(where=where, size=len(raw), limit=limits.file_bytes, unit="bytes")
    value = load(raw, where=where)
    if not isinstance(value, dict):
        raise Malformed(where=where, found=value, expected="a GeoJSON FeatureCollection or Feature")
    reader = _Reader(where, limits)
    match value.get("type"):
        case "FeatureCollection":
            reader.collection(value)
        case "Feature":
            reader.feature(value, "")
        case other:
            expected = '"FeatureCollection" or "Feature"'
            raise Malformed(where=place(where, "/type"), found=other, expected=expected)
    return reader.drafts()


@dataclass(slots=True)
class _Gathered:
    """The features of one notice as they come in; `pointer` is that of the first."""

    pointer: str
    activity: Activity
    nature: Nature
    volumes: list[Volume] = field(default_factory=list)
    details: list[Details] = field(default_factory=list)


class _Reader:
    """Turns the objects of one file into volumes, and the volumes into notices."""

    def __init__(self, where: str, limits: Limits) -> None:
        self.where = where
        self.limits = limits
        self.notices: dict[tuple[str, str], _Gathered] = {}

    def drafts(self) -> tuple[NoticeDraft, ...]:
        return tuple(
            NoticeDraft(party, notice, one.activity, one.nature, tuple(one.volumes), tuple(one.details))
            for (party, notice), one in self.notices.items()
        )

    def refuse(self, pointer: str, found: object, expected: str) -> Malformed:
        return Malformed(where=place(self.where, pointer), found=found, expected=expected)

    def collection(self, value: dict[str, Any]) -> None:
        self.members(value, "", {"type", "features", "bbox", "name", "crs", "id"})
        self.crs(value, "")
        features = value.get("features")
        if not isinstance(features, list):
            raise self.refuse("/features", _found(value, "features"), "an array of features")
        for number, feature in enumerate(features):
            pointer = f"/features/{number}"
            if not isinstance(feature, dict):
                raise self.refuse(pointer, feature, "a Feature object")
            self.feature(feature, pointer)

    def feature(self, feature: dict[str, Any], pointer: str) -> None:
        if feature.get("type") != "Feature":
            raise self.refuse(f"{pointer}/type", _found(feature, "type"), '"Feature"')
        self.members(feature, pointer, {"type", "geometry", "properties", "id", "bbox", "crs"})
        self.crs(feature, pointer)
        properties = feature.get("properties")
        if not isinstance(properties, dict):
            raise self.refuse(f"{pointer}/properties", _found(feature, "properties"), "an object of properties")
        base = f"{pointer}/properties"
        self.property_names(properties, base)
        given = {name: value for name, value in properties.items() if value is not None}
        for name in REQUIRED:
            if name not in given:
                raise self.refuse(f"{base}/{name}", _found(properties, name), f"the property {name}, required")
        party = reference(given["party"], where=place(self.where, f"{base}/party"))
        notice = reference(given["notice"], where=place(self.where, f"{base}/notice"))
        activity = self.listed(given["activity"], Activity, f"{base}/activity")
        nature = self.listed(given.get("nature", Nature.OWN_PRESENCE.value), Nature, f"{base}/nature")
        one = self.notices.setdefault((party, notice), _Gathered(pointer, activity, nature))
        self.agrees(one, activity, nature, base)
        if len(one.volumes) >= self.limits.volumes:
            spot = place(self.where, pointer)
            raise TooLarge(where=spot, size=len(one.volumes) + 1, limit=self.limits.volumes, unit="volumes a notice")
        one.volumes.append(self.volume(feature, given, pointer))
        one.details.append(self.details(given, base))

    def volume(self, feature: dict[str, Any], given: dict[str, Any], pointer: str) -> Volume:
        base = f"{pointer}/properties"
        start = self.instant(given["start"], f"{base}/start")
        end = self.instant(given["end"], f"{base}/end")
        if end < start:
            raise self.refuse(f"{base}/end", given["end"], f"an end at or after the start, {given['start']}")
        lower = parse_altitude(self.text(given["lower"], f"{base}/lower"), where=place(self.where, f"{base}/lower"))
        upper = parse_altitude(self.text(given["upper"], f"{base}/upper"), where=place(self.where, f"{base}/upper"))
        try:
            band = Band(lower, upper)
        except Malformed as fault:
            found = f"{given['lower']} to {given['upper']}"
            raise self.refuse(f"{base}/upper", found, fault.expected) from None
        geometry: Any = feature.get("geometry")
        spot = f"{pointer}/geometry"
        kind = geometry_kind(geometry, where=self.where, pointer=spot)
        for wanted, name in DISTANCES.items():
            if name in given and kind != wanted:
                expected = f"{name} only where the geometry is a {wanted}; this is a {kind}"
                raise self.refuse(f"{base}/{name}", given[name], expected)
        distance_m: object = None
        if kind in DISTANCES:
            name = DISTANCES[kind]
            if name not in given:
                raise self.refuse(f"{base}/{name}", "nothing", f"the property {name}, required for a {kind}")
            distance_m = given[name]
        limit = self.limits.vertices
        footprint = footprint_of(kind, geometry, distance_m, where=self.where, pointer=spot, max_vertices=limit)
        return Volume(footprint, band, Window(start, end))

    def details(self, given: dict[str, Any], base: str) -> Details:
        texts: dict[str, str] = {}
        for name in DETAILS:
            if name in given:
                where = place(self.where, f"{base}/{name}")
                if name == "squawk":
                    texts[name] = words.squawk(given[name], where=where)
                else:
                    texts[name] = words.detail(given[name], where=where, lines=name == "remarks")
        return Details(**texts)

    def agrees(self, one: _Gathered, activity: Activity, nature: Nature, base: str) -> None:
        for name, here, there in (("activity", activity, one.activity), ("nature", nature, one.nature)):
            if here != there:
                expected = f'"{there}", as in the same notice at {one.pointer}: a notice has one {name}'
                raise self.refuse(f"{base}/{name}", here.value, expected)

    def members(self, value: dict[str, Any], pointer: str, known: set[str]) -> None:
        for name in value:
            if name not in known and not name.startswith("x_"):
                raise self.refuse(f"{pointer}/{escaped(name)}", value[name], _no_such("member", name, known))

    def property_names(self, properties: dict[str, Any], base: str) -> None:
        for name, value in properties.items():
            expected = ""
            if name.startswith("x_"):
                if not _storable(value):
                    expected = "finite numbers and whole Unicode characters"
            elif name not in _PROPERTIES:
                expected = _no_such("property", name, _PROPERTIES)
            elif name == "id" or name in SIMPLESTYLE:
                plain = value is None or (isinstance(value, (str, int, float)) and _storable(value))
                expected = "" if plain else "a text or a number"
            if expected:
                raise self.refuse(f"{base}/{escaped(name)}", value, expected)

    def crs(self, value: dict[str, Any], pointer: str) -> None:
        crs = value.get("crs")
        if crs is None:
            return
        properties = crs.get("properties") if isinstance(crs, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        if not isinstance(name, str) or name not in _CRS84:
            expected = "no crs member, or CRS84 (WGS 84, longitude before latitude)"
            raise self.refuse(f"{pointer}/crs", name if isinstance(name, str) else crs, expected)

    def listed(self, value: Any, words_: type[Activity] | type[Nature], pointer: str) -> Any:
        if isinstance(value, str):
            for word in words_:
                if word.value == value:
                    return word
        raise self.refuse(pointer, value, "one of " + ", ".join(words_))

    def text(self, value: Any, pointer: str) -> str:
        if not isinstance(value, str):
            raise self.refuse(pointer, value, "a text")
        return value

    def instant(self, value: Any, pointer: str) -> Any:
        if isinstance(value, str) and value.strip().upper() == "PERM":
            raise self.refuse(pointer, value, _PERM_REASON)
        return parse_instant(self.text(value, pointer), where=place(self.where, pointer))


def _found(value: dict[str, Any], name: str) -> object:
    return value.get(name) if name in value else Said("nothing")


def _no_such(word: str, name: str, known: set[str] | frozenset[str]) -> str:
    """Return what is expected in place of an unknown name: the nearest known one, or the list."""
    import difflib

    near = difflib.get_close_matches(name[:60], sorted(known), n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"no {word} of this name (known: {', '.join(sorted(known))}; or one that begins with x_){meant}"


def _storable(value: Any) -> bool:
    """Report whether a value of a stranger's own member is made of finite numbers and whole Unicode."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, float) and not math.isfinite(here):
            return False
        if isinstance(here, str) and not here.isascii() and any("\ud800" <= c <= "\udfff" for c in here):
            return False
        if isinstance(here, dict):
            stack += [*here.keys(), *here.values()]
        elif isinstance(here, list):
            stack += here
    return True


def render_notice(draft: NoticeDraft) -> dict[str, Any]:
    """Return the notice as a FeatureCollection that `parse_notices` reads back to the same draft."""
    return {
        "type": "FeatureCollection",
        "features": [
            _render_feature(draft, volume, details)
            for volume, details in zip(draft.volumes, draft.details, strict=True)
        ],
    }


def _render_feature(draft: NoticeDraft, volume: Volume, details: Details) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "party": draft.party,
        "notice": draft.notice,
        "activity": draft.activity.value,
        "nature": draft.nature.value,
        "start": format_instant(volume.window.start),
        "end": format_instant(volume.window.end),
        "lower": format_altitude(volume.band.lower),
        "upper": format_altitude(volume.band.upper),
    }
    if volume.footprint.shape is Shape.POINT:
        properties["radius_m"] = volume.footprint.radius_cm / 100
    elif volume.footprint.shape is Shape.LINE:
        properties["half_width_m"] = volume.footprint.radius_cm / 100
    properties |= {name: getattr(details, name) for name in DETAILS if getattr(details, name)}
    return {"type": "Feature", "geometry": render_geometry(volume.footprint), "properties": properties}
