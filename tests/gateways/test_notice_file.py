"""The notice file: what is taken, and what each refusal says."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest

from clearline.errors import Malformed, Refused, TooLarge
from clearline.gateways.geojson.notice_file import Limits, parse_notices, render_notice
from clearline.records.activity import Activity, Nature
from clearline.volumes.altitude import Datum
from clearline.volumes.footprint import Shape

FEATURE: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [38.32, 34.56]},
    "properties": {
        "party": "TR",
        "notice": "TR-0012",
        "activity": "ground",
        "start": "2026-11-22T12:00:00Z",
        "end": "2026-11-22T16:00:00+02:00",
        "lower": "SFC",
        "upper": "3000 ft AMSL",
        "radius_m": 5000,
    },
}
SQUARE = [[[38.0, 34.0], [38.5, 34.0], [38.5, 34.5], [38.0, 34.5], [38.0, 34.0]]]


def feature(**changes: Any) -> dict[str, Any]:
    made = copy.deepcopy(FEATURE)
    for name, value in changes.items():
        if name == "geometry":
            made["geometry"] = value
            made["properties"].pop("radius_m", None)
        elif value is ...:
            made["properties"].pop(name)
        else:
            made["properties"][name] = value
    return made


def text(*features: Any, **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}).encode()


def fault(raw: bytes, **limits: int) -> Refused:
    with pytest.raises((Malformed, TooLarge)) as caught:
        parse_notices(raw, where="f.geojson", limits=Limits(**limits))
    assert str(caught.value).startswith("f.geojson")
    assert "\n" not in str(caught.value)
    return caught.value


def test_reads_each_part_of_a_volume() -> None:
    """A point with a radius, a datum on each limit, and an offset that is not Z."""
    (draft,) = parse_notices(text(FEATURE), where="f")
    assert (draft.party, draft.notice) == ("TR", "TR-0012")
    assert (draft.activity, draft.nature) == (Activity.GROUND, Nature.OWN_PRESENCE)
    (volume,) = draft.volumes
    assert volume.footprint.shape is Shape.POINT
    assert volume.footprint.radius_cm == 500_000
    assert volume.footprint.parts == ((((383_200_000, 345_600_000),),),)
    assert volume.band.lower.datum is Datum.SFC
    assert volume.band.upper.cm == 91_440
    assert volume.window.end - volume.window.start == 2 * 3600 * 1000


def test_features_of_one_notice_are_its_volumes_in_file_order() -> None:
    """Notices come in the order of their first features, whatever stands between."""
    raw = text(feature(notice="B"), feature(notice="A"), feature(notice="B", lower="100 m AGL", upper="200 m AGL"))
    drafts = parse_notices(raw, where="f")
    assert [(draft.notice, len(draft.volumes)) for draft in drafts] == [("B", 2), ("A", 1)]
    assert drafts[0].volumes[1].band.lower.cm == 10_000


def test_a_single_feature_is_a_notice_file() -> None:
    """RFC 7946 calls a Feature a GeoJSON text too."""
    assert len(parse_notices(json.dumps(FEATURE).encode(), where="f")) == 1


def test_an_empty_collection_has_no_notices() -> None:
    """Nothing planned is no fault."""
    assert parse_notices(text(), where="f") == ()


@pytest.mark.parametrize(
    ("geometry", "distance"),
    [
        ({"type": "LineString", "coordinates": [[38, 34], [39, 35]]}, {"half_width_m": 2500.5}),
        ({"type": "LineString", "coordinates": [[38, 34], [38, 34]]}, {"half_width_m": 0}),
        ({"type": "Polygon", "coordinates": SQUARE}, {}),
        ({"type": "MultiPolygon", "coordinates": [SQUARE, [[[40, 1], [41, 1], [41, 2], [40, 1]]]]}, {}),
        ({"type": "Point", "coordinates": [180.5, -90]}, {"radius_m": 0}),
    ],
)
def test_what_is_rendered_reads_back_the_same(geometry: dict[str, Any], distance: dict[str, float]) -> None:
    """Render and parse are each other's inverse, details included."""
    made = feature(
        geometry=geometry, **distance, nature="hazard_area", callsign="HAWK 1", squawk="4521", remarks="a\nb"
    )
    (draft,) = parse_notices(text(made), where="f")
    again = parse_notices(json.dumps(render_notice(draft)).encode(), where="g")
    assert again == (draft,)
    assert draft.details[0].callsign == "HAWK 1"
    assert draft.details[0].remarks == "a\nb"


def test_longitude_is_wrapped() -> None:
    """180.5 is -179.5."""
    one = parse_notices(text(feature(geometry={"type": "Point", "coordinates": [180.5, 1]}, radius_m=1)), where="f")
    other = parse_notices(text(feature(geometry={"type": "Point", "coordinates": [-179.5, 1]}, radius_m=1)), where="f")
    assert one == other


def test_names_that_are_not_ours_are_tolerated_where_harmless() -> None:
    """simplestyle, `id`, `x_…`, `bbox`, `name` and a CRS84 member do no harm; null is absent."""
    made = feature(stroke="#f00", id=7, x_any={"deep": [1, None]}, callsign=None, half_width_m=None)
    made |= {"id": "a", "bbox": [38, 34, 39, 35], "x_more": 1}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(parse_notices(text(made, name="layer", crs=crs, bbox=[0, 0, 1, 1]), where="f")) == 1


POINT = {"type": "Point", "coordinates": [38, 34]}
BOWTIE = [[[38, 34], [39, 35], [39, 34], [38, 35], [38, 34]]]
NAMED_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}}

BAD: list[tuple[str, Any, str, str]] = [
    (
        "latitude 95",
        feature(geometry={"type": "Point", "coordinates": [38, 95]}, radius_m=1),
        "coordinates",
        "latitude",
    ),
    ("longitude 700", feature(geometry={"type": "Point", "coordinates": [700, 4]}, radius_m=1), "coordinates", "700"),
    ("bow tie", feature(geometry={"type": "Polygon", "coordinates": BOWTIE}), "/features/0/geometry/coordinates/0", ""),
    ("open ring", feature(geometry={"type": "Polygon", "coordinates": [SQUARE[0][:4]]}), "coordinates/0", "first"),
    ("floor above ceiling", feature(lower="5000 ft AMSL"), "/features/0/properties/upper", "floor"),
    ("end before start", feature(end="2026-11-22T11:00:00Z"), "/features/0/properties/end", "at or after"),
    ("no offset", feature(start="2026-11-22T12:00:00"), "/features/0/properties/start", "offset"),
    ("PERM", feature(end="PERM"), "/features/0/properties/end", "a notice has an end"),
    ("perm", feature(end=" perm "), "/features/0/properties/end", "a notice has an end"),
    ("unknown datum", feature(upper="3000 ft QNH"), "/features/0/properties/upper", "datum"),
    ("no datum", feature(upper="3000 ft"), "/features/0/properties/upper", "datum"),
    ("height as number", feature(upper=3000), "/features/0/properties/upper", "text"),
    ("unknown activity", feature(activity="picnic"), "/features/0/properties/activity", "air"),
    ("activity in capitals", feature(activity="AIR"), "/features/0/properties/activity", "air"),
    ("unknown nature", feature(nature="own"), "/features/0/properties/nature", "own_presence"),
    ("unknown property", feature(altitude="5"), "/features/0/properties/altitude", "no property"),
    ("misspelt property", feature(radius="5"), "/features/0/properties/radius", "did you mean radius_m"),
    ("no radius", feature(radius_m=...), "/features/0/properties/radius_m", "required"),
    ("negative radius", feature(radius_m=-1), "/features/0/properties/radius_m", "radius"),
    ("radius as text", feature(radius_m="5"), "/features/0/properties/radius_m", "radius"),
    ("radius true", feature(radius_m=True), "/features/0/properties/radius_m", "radius"),
    ("radius huge", feature(radius_m=10**400), "/features/0/properties/radius_m", "radius"),
    (
        "radius of a polygon",
        feature(geometry={"type": "Polygon", "coordinates": SQUARE}, radius_m=5),
        "radius_m",
        "only",
    ),
    ("half width of a point", feature(half_width_m=5), "/features/0/properties/half_width_m", "LineString"),
    (
        "third coordinate",
        feature(geometry={"type": "Point", "coordinates": [38, 34, 5]}, radius_m=1),
        "coord",
        "heights",
    ),
    ("one coordinate", feature(geometry={"type": "Point", "coordinates": [38]}, radius_m=1), "coordinates", "latitude"),
    (
        "text coordinates",
        feature(geometry={"type": "Point", "coordinates": ["38", 34]}, radius_m=1),
        "coord",
        "longitude",
    ),
    ("line of one", feature(geometry={"type": "LineString", "coordinates": [[1, 2]]}, half_width_m=1), "coord", "2"),
    ("collection", feature(geometry={"type": "GeometryCollection", "geometries": []}), "/geometry/type", "Polygon"),
    ("no geometry", {**FEATURE, "geometry": None}, "/features/0/geometry", "a geometry"),
    ("geometry is a list", {**FEATURE, "geometry": []}, "/features/0/geometry", "a geometry"),
    ("type is a list", {**FEATURE, "geometry": {"type": [], "coordinates": []}}, "/geometry/type", "one of"),
    ("no coordinates", {**FEATURE, "geometry": {"type": "Point"}}, "/geometry/coordinates", "coordinates"),
    ("geometry member", {**FEATURE, "geometry": {**POINT, "radius": 5}}, "/geometry/radius", "alone"),
    ("feature member", {**FEATURE, "propertes": {}}, "/features/0/propertes", "did you mean properties"),
    ("feature crs", {**FEATURE, "crs": NAMED_CRS}, "/features/0/crs", "CRS84"),
    ("no properties", {"type": "Feature", "geometry": POINT}, "/features/0/properties", "object"),
    ("feature is a number", 5, "/features/0", "Feature"),
    ("feature type", {**FEATURE, "type": "feature"}, "/features/0/type", '"Feature"'),
    ("empty reference", feature(notice=""), "/features/0/properties/notice", "1 to 64"),
    ("long reference", feature(notice="n" * 65), "/features/0/properties/notice", "1 to 64"),
    ("spaced reference", feature(party=" TR"), "/features/0/properties/party", "outer spaces"),
    ("reference a number", feature(notice=12), "/features/0/properties/notice", "1 to 64"),
    ("reference with a bell", feature(notice="a\x07"), "/features/0/properties/notice", "printable"),
    ("reference overridden", feature(notice="a\u202eb"), "/features/0/properties/notice", "printable"),
    ("reference not NFC", feature(notice="e\u0301"), "/features/0/properties/notice", "NFC"),
    ("reference half a pair", feature(notice="\ud800"), "/features/0/properties/notice", "printable"),
    ("missing party", feature(party=...), "/features/0/properties/party", "required"),
    ("null start", feature(start=None), "/features/0/properties/start", "required"),
    ("squawk a number", feature(squawk=4521), "/features/0/properties/squawk", "four digits"),
    ("squawk of nines", feature(squawk="9999"), "/features/0/properties/squawk", "four digits"),
    ("remarks too long", feature(remarks="r" * 501), "/features/0/properties/remarks", "500"),
    ("remarks overridden", feature(remarks="a\u202eb"), "/features/0/properties/remarks", "u202e"),
    ("call sign in lines", feature(callsign="a\nb"), "/features/0/properties/callsign", "printable"),
    ("style is a list", feature(fill=[]), "/features/0/properties/fill", "text or a number"),
    ("infinite own value", feature(x_a=[1e308 * 10]), "/features/0/properties/x_a", ""),
]


@pytest.mark.parametrize(("made", "spot", "says"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_names_what_where_and_what_is_expected(made: Any, spot: str, says: str) -> None:
    """Every refusal names the file, the feature, the member, and what the place takes."""
    raw = text(made).replace(b"Infinity", b"1e999")
    refused = fault(raw)
    assert "feature 0" in str(refused)
    assert spot in str(refused)
    assert says in str(refused)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "JSON"),
        (b"{", "line 1, column 2"),
        (b"[]", "FeatureCollection"),
        (b"5", "FeatureCollection"),
        (b'{"type": "Topology"}', "/type"),
        (b'{"type": []}', "/type"),
        (b'{"type": "FeatureCollection"}', "/features"),
        (b'{"type": "FeatureCollection", "features": {}}', "/features"),
        (b'{"type": "FeatureCollection", "features": [], "feature": []}', "did you mean features"),
        (b'{"type": "FeatureCollection", "features": [], "crs": {}}', "CRS84"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"type": "\xff"}', "byte 10"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 200_000, "nested too deep"),
        (b'{"type": "FeatureCollection", "features": [], "type": "Feature"}', "/type: found the same member twice"),
        (b'{"type": "FeatureCollection", "features": [{"properties": {"a": 1, "a": 2}}]}', "/features/0/properties/a"),
        (b'{"type": "FeatureCollection", "features": [{"geometry": [NaN]}]}', "/features/0/geometry/0: found NaN"),
        (b'{"type": "FeatureCollection", "features": [-Infinity]}', "/features/0: found -Infinity"),
        (b'{"type": "FeatureCollection", "features": [' + b"9" * 5000 + b"]}", "number"),
        (b'{"type": "FeatureCollection", "features": []} x', "line 1"),
        (b"\x00", "JSON"),
    ],
)
def test_bytes_that_are_no_notice_file(raw: bytes, says: str) -> None:
    """Any bytes give drafts or a refusal that says where it went wrong."""
    assert says in str(fault(raw))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 400])
def test_numbers_that_are_none_are_refused_in_coordinates(number: str) -> None:
    """JSON allows figures that double precision does not; Python allows words that JSON does not."""
    raw = text(FEATURE).replace(b"38.32", number.encode())
    assert "/features/0/geometry/coordinates" in str(fault(raw))


def test_a_notice_has_one_activity_and_one_nature() -> None:
    """Features of one notice that differ are refused, naming the first of them."""
    assert "/features/0" in fault(text(FEATURE, feature(activity="air"))).message
    assert "/features/1/properties/nature" in fault(text(FEATURE, feature(nature="hazard_area"))).message


def test_limits_are_named_and_can_be_raised() -> None:
    """A file, a notice and a feature each have a bound, and the message says which."""
    line = feature(
        geometry={"type": "LineString", "coordinates": [[38 + i / 1e6, 34] for i in range(101)]}, half_width_m=1
    )
    assert "100 vertices" in str(fault(text(line), vertices=100))
    assert "2 volumes" in str(fault(text(FEATURE, FEATURE, FEATURE), volumes=2))
    assert "9 bytes" in str(fault(text(FEATURE), file_bytes=9))
    assert parse_notices(text(line), where="f", limits=Limits(vertices=101))


def test_a_million_vertices_are_refused_before_they_are_worked_on() -> None:
    """The count is taken from the list itself."""
    ring = ",".join(f"[{i % 300 - 150},{i % 100 - 50}]" for i in range(1_000_000))
    raw = text(feature(geometry={"type": "Polygon", "coordinates": ["RING"]})).replace(b'"RING"', f"[{ring}]".encode())
    assert "1000000 vertices; the limit is 100000" in str(fault(raw))


def test_a_polygon_of_many_rings_counts_them_all() -> None:
    """Vertices of a feature are those of all its rings and polygons."""
    squares = [[[[x, 0], [x + 0.4, 0], [x + 0.4, 1], [x, 0]]] for x in range(30)]
    made = feature(geometry={"type": "MultiPolygon", "coordinates": squares})
    assert "vertices" in str(fault(text(made), vertices=119))
    assert parse_notices(text(made), where="f", limits=Limits(vertices=120))


def test_any_change_of_one_value_gives_drafts_or_a_refusal() -> None:
    """No value of any JSON type in any place makes the parser fail otherwise."""
    strange: list[Any] = [None, True, 0, -1, 1e300, 10**30, "", "x", [], [[]], {}, {"a": 1}, [None], math.pi]

    def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        found = [path]
        if isinstance(value, dict):
            for name in value:
                found += spots(value[name], (*path, name))
        elif isinstance(value, list):
            for at in range(len(value)):
                found += spots(value[at], (*path, at))
        return found

    polygon = feature(geometry={"type": "MultiPolygon", "coordinates": [SQUARE]}, nature="protected", squawk="0001")
    whole = {"type": "FeatureCollection", "features": [copy.deepcopy(FEATURE), polygon]}
    for path in spots(whole):
        for value in strange:
            changed = copy.deepcopy(whole)
            if not path:
                changed = value
            else:
                at: Any = changed
                for step in path[:-1]:
                    at = at[step]
                at[path[-1]] = value
            try:
                parse_notices(json.dumps(changed).encode(), where="f")
            except Refused as refused:
                assert len(str(refused)) < 1000
