"""Bad input over HTTP: a clear refusal that says what, where and what is expected; nothing is stored."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clearline.faces.api.table import BODY_BYTES_MAX, NOTICE_BYTES_MAX
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import at_minute, notice_file


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture(scope="module")
def tr(nodes: LiveNodes) -> LiveNode:
    """Türkiye's node, where the reference TR-HELD is in use and Israel's IL-1 is held."""
    with httpx.Client(trust_env=False) as client:
        for party, reference in (("TR", "TR-HELD"), ("IL", "IL-1")):
            node = nodes[party]
            answer = client.post(f"{node.url}/api/v1/notices", json=notice_file(party, reference), headers=node.headers)
            assert answer.status_code == 201, answer.text
        end = time.monotonic() + 10
        while client.get(f"{nodes['TR'].url}/api/v1/notices/IL/IL-1", headers=nodes["TR"].headers).status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.02)
    return nodes["TR"]


@pytest.fixture(autouse=True)
def nothing_is_stored(tr: LiveNode) -> Iterator[None]:
    """Whatever a test of this module sends, no log grows by it."""
    before = tr.sizes()
    yield
    assert tr.sizes() == before


def send(
    tr: LiveNode, raw: bytes | str, *, path: str = "/notices", method: str = "POST", **headers: str
) -> httpx.Response:
    given = {"content-type": "application/geo+json", **tr.headers, **headers}
    with httpx.Client(trust_env=False, timeout=60) as client:
        return client.request(method, f"{tr.url}/api/v1{path}", content=raw, headers=given)


def refused(answer: httpx.Response, status: int, slug: str, *words: str) -> dict[str, Any]:
    """Check that an answer is the problem `slug` and that its detail says all of `words`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    value: dict[str, Any] = answer.json()
    assert value["type"] == f"/problems/{slug}"
    assert value["status"] == status
    assert value["title"]
    for word in words:
        assert word in value["detail"], value["detail"]
    return value


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    value = notice_file("TR", "TR-BAD", radius_m=...)
    value["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [[list(p) for p in ring]]}
    return value


PROPERTIES: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("end before start", {"start": at_minute(60), "end": at_minute(30)}, "malformed", ("/properties/end", "start")),
    ("no offset", {"start": "2026-11-22T12:00:00"}, "malformed", ("/properties/start", "offset")),
    ("no such day", {"start": "2026-02-30T12:00:00Z"}, "malformed", ("/properties/start",)),
    ("no end", {"end": "PERM"}, "malformed", ("/properties/end", "a notice has an end")),
    ("unknown datum", {"upper": "3000 ft QNH"}, "malformed", ("/properties/upper", "3000 ft QNH")),
    ("no datum", {"upper": "3000 ft"}, "malformed", ("/properties/upper", "3000 ft")),
    ("bare number", {"upper": 3000}, "malformed", ("/properties/upper",)),
    ("floor above ceiling", {"lower": "FL200", "upper": "FL100"}, "malformed", ("FL200", "FL100")),
    ("unknown activity", {"activity": "airr"}, "malformed", ("/properties/activity", "airr", "air")),
    ("unknown nature", {"nature": "own"}, "malformed", ("/properties/nature", "own_presence")),
    ("unknown property", {"colour": "red"}, "malformed", ("/properties/colour",)),
    ("negative radius", {"radius_m": -1}, "malformed", ("radius_m",)),
    ("no radius", {"radius_m": ...}, "malformed", ("radius_m", "required")),
    ("no activity", {"activity": ...}, "malformed", ("activity", "required")),
    ("squawk", {"squawk": "7800"}, "malformed", ("squawk", "7800")),
    ("direction marks", {"remarks": "safe \u202e efas"}, "malformed", ("remarks",)),
]


@pytest.mark.parametrize(("properties", "slug", "words"), [p[1:] for p in PROPERTIES], ids=[p[0] for p in PROPERTIES])
def test_a_bad_property_is_named(tr: LiveNode, properties: dict[str, Any], slug: str, words: tuple[str, ...]) -> None:
    """The refusal names the feature, the member by JSON Pointer, and what is expected there."""
    value = refused(send(tr, json.dumps(notice_file("TR", "TR-BAD", **properties))), 422, slug, "feature 0", *words)
    assert value["where"]
    assert value["expected"]


@pytest.mark.parametrize("sign", "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
@pytest.mark.parametrize("spelt", [False, True], ids=["as it is", "spelt"])
def test_a_text_that_turns_the_direction_of_writing_is_refused(tr: LiveNode, sign: str, spelt: bool) -> None:
    """Between overrides 0051 stands on a screen as 1500: what is signed and what is read would differ."""
    body = {"to": ["IL"], "precedence": "FLASH", "text": f"STAY BELOW {sign}0051\u2069 ft AMSL", "language": "en"}
    raw = json.dumps(body, ensure_ascii=spelt)
    answer = send(tr, raw, path="/messages", **{"content-type": "application/json"})
    value = refused(answer, 422, "malformed", "/text", f"\\u{ord(sign):04x}")
    assert value["where"] == "body: /text"


@pytest.mark.parametrize(("lon", "lat"), [(38.0, 95.0), (700.0, 34.0), (38.0, -90.5), (-361.0, 0.0)])
def test_a_position_off_the_earth_is_refused(tr: LiveNode, lon: float, lat: float) -> None:
    """Latitude past 90 and longitude past 360 are refused where they stand."""
    refused(send(tr, json.dumps(notice_file("TR", "TR-BAD", lon=lon, lat=lat))), 422, "malformed", "coordinates")


def test_a_self_crossing_ring_is_refused(tr: LiveNode) -> None:
    """A bow tie has no inside."""
    value = polygon((38, 34), (39, 35), (39, 34), (38, 35), (38, 34))
    refused(send(tr, json.dumps(value)), 422, "malformed", "coordinates")


@pytest.mark.parametrize(
    ("old", "new"),
    [('"radius_m": 5000', '"radius_m": NaN'), ('"radius_m": 5000', '"radius_m": Infinity')],
)
def test_no_number_is_no_number(tr: LiveNode, old: str, new: str) -> None:
    """NaN and Infinity are no JSON."""
    raw = json.dumps(notice_file("TR", "TR-BAD")).replace(old, new)
    refused(send(tr, raw), 422, "malformed", "radius_m")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'"text"',
        b"1" * 5000,
        b'{"type":"FeatureCollection"}',
        b'{"type":"FeatureCollection","features":[]}',
        b'{"type":"Topology"}',
        b'{"type":"FeatureCollection","features":[null]}',
        b"[" * 100_000,
        b'{"type":"FeatureCollection","features":[{"type":"Feature"}],"features":[]}',
    ],
)
def test_any_bytes_are_refused_in_words(tr: LiveNode, raw: bytes) -> None:
    """Bytes that are no notice file give a refusal that says what is expected, never a fault."""
    refused(send(tr, raw), 422, "malformed", "expected")


def test_doubled_members_are_refused(tr: LiveNode) -> None:
    """Which of two values counts must not depend on the reader."""
    raw = json.dumps(notice_file("TR", "TR-BAD")).replace('"notice": "TR-BAD"', '"notice": "TR-BAD", "notice": "TR-2"')
    refused(send(tr, raw), 422, "malformed", "/properties/notice", "twice")


def test_two_notices_in_one_file_are_refused(tr: LiveNode) -> None:
    """One filing is one notice."""
    value = notice_file("TR", "TR-BAD")
    value["features"] += notice_file("TR", "TR-BAD-2")["features"]
    refused(send(tr, json.dumps(value)), 422, "malformed", "exactly one notice")


def test_another_partys_reference_is_refused(tr: LiveNode) -> None:
    """A node files, amends and ends its own party's notices alone."""
    refused(send(tr, json.dumps(notice_file("IL", "IL-1"))), 403, "not-allowed", "IL")
    refused(send(tr, json.dumps(notice_file("IL", "IL-9"))), 403, "not-allowed", "IL")
    refused(send(tr, json.dumps(notice_file("IL", "IL-1")), path="/notices/IL-1", method="PUT"), 403, "not-allowed")
    refused(send(tr, json.dumps(notice_file("TR", "IL-1")), path="/notices/IL-1", method="PUT"), 403, "not-allowed")
    step = {"content_type": "application/json"}
    headers = {"content-type": step["content_type"]}
    refused(send(tr, b'{"step":"withdraw"}', path="/notices/IL-1/steps", **headers), 403, "not-allowed", "IL-1")
    seen = "/notices/TR/TR-HELD/acknowledgements"
    refused(send(tr, b'{"step":"seen"}', path=seen, **headers), 403, "not-allowed", "own")


def test_a_reference_in_use_is_refused(tr: LiveNode) -> None:
    """A reference names one notice for ever."""
    refused(send(tr, json.dumps(notice_file("TR", "TR-HELD", lat=-20))), 409, "conflicting", "TR-HELD", "in use")


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer x y", "Basic dHI6dHI=", "", "Bearer " + "x" * 4000])
def test_a_wrong_token_is_refused(tr: LiveNode, given: str) -> None:
    """401 says which scheme is expected, and nothing of what is here."""
    answer = send(tr, json.dumps(notice_file("TR", "TR-BAD")), authorization=given)
    refused(answer, 401, "no-access")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_missing_token_is_refused_everywhere(tr: LiveNode) -> None:
    """Every path but the description and the page's log-in needs a token; neither tells content to a stranger."""
    open_to_all = {("get", "/api/openapi.json"): 200, ("post", "/api/v1/session"): 403}
    with httpx.Client(trust_env=False) as client:
        description = client.get(f"{tr.url}/api/openapi.json").json()
        for path, methods in description["paths"].items():
            for method in methods:
                answer = client.request(method, tr.url + path.replace("{", "").replace("}", ""))
                assert answer.status_code == open_to_all.get((method, path), 401), (method, path)


def test_another_members_token_is_refused(nodes: LiveNodes, tr: LiveNode) -> None:
    """A token admits at its own node alone."""
    answer = send(tr, json.dumps(notice_file("TR", "TR-BAD")), authorization=nodes["IL"].headers["authorization"])
    refused(answer, 401, "no-access")


def test_unknown_paths_methods_and_media_types_are_problems(tr: LiveNode) -> None:
    """HTTP's own refusals look like every other: a problem with a slug."""
    refused(send(tr, b"", path="/nothing", method="GET"), 404, "unknown-path", "/api/v1/nothing")
    refused(send(tr, b"", path="/notices/TR/%ff", method="GET"), 422, "malformed", "UTF-8")
    answer = send(tr, b"", path="/notices", method="DELETE")
    refused(answer, 405, "wrong-method", "GET, POST")
    assert answer.headers["allow"] == "GET, POST"
    raw = json.dumps(notice_file("TR", "TR-BAD"))
    refused(send(tr, raw, **{"content-type": "text/plain"}), 415, "wrong-media-type", "application/geo+json")
    with httpx.Client(trust_env=False) as client:
        refused(client.get(f"{tr.url}/nothing/here"), 404, "unknown-path")
        refused(client.get(f"{tr.url}/peer/v1/push"), 405, "wrong-method", "POST")
        refused(client.post(f"{tr.url}/peer/v1/push", content=b"{"), 422, "malformed")
        refused(client.get(f"{tr.url}/peer/v1/TR/main/checkpoint"), 401, "not-a-member")


def test_a_large_body_is_refused_before_it_is_read(tr: LiveNode) -> None:
    """A hundred megabytes are refused by the length that is announced, and by counting where none is."""

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 2**20

    started = time.monotonic()
    value = refused(send(tr, b" " * 100_000_000), 413, "too-large", str(NOTICE_BYTES_MAX))
    assert value["limit"] == NOTICE_BYTES_MAX
    with httpx.Client(trust_env=False, timeout=60) as client:
        headers = {"content-type": "application/json", **tr.headers}
        refused(client.post(f"{tr.url}/api/v1/notices", content=endless(), headers=headers), 413, "too-large")
        small = b'{"to":["IL"],"text":"' + b"x" * BODY_BYTES_MAX + b'"}'
        refused(client.post(f"{tr.url}/api/v1/messages", content=small, headers=headers), 413, "too-large")
    assert time.monotonic() - started < 10


def test_a_million_vertices_are_refused(tr: LiveNode) -> None:
    """A ring of a million positions breaks the limit of a feature, in a body of a size that is allowed."""
    ring = ",".join("[1,2]" for _ in range(1_000_000))
    raw = json.dumps(polygon((0, 0), (0, 0))).replace("[[[0, 0], [0, 0]]]", f"[[{ring}]]")
    assert len(raw) < NOTICE_BYTES_MAX
    refused(send(tr, raw), 413, "too-large", "100000")


def test_an_aborted_or_slow_body_harms_nobody(tr: LiveNode) -> None:
    """While some hang up in the middle and others dawdle, the node answers everybody else at once."""
    port = int(tr.url.rpartition(":")[2])
    head = (
        f"POST /api/v1/notices HTTP/1.1\r\nhost: x\r\nauthorization: {tr.headers['authorization']}\r\n"
        "content-type: application/json\r\ncontent-length: 5000\r\n\r\n{"
    ).encode()
    dawdling = []
    for number in range(40):
        line = socket.create_connection(("127.0.0.1", port), timeout=5)
        line.sendall(head)
        if number % 2:
            line.close()
        else:
            dawdling.append(line)
    try:
        started = time.monotonic()
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{tr.url}/api/v1/health", headers=tr.headers).status_code == 200
        assert time.monotonic() - started < 2
    finally:
        for line in dawdling:
            line.close()


BODIES: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("/messages", b"{}", ("/to", "required")),
    ("/messages", b'{"to":["IL"],"text":1}', ("/text", "a text")),
    ("/messages", b'{"to":["XX"],"text":"a"}', ("/audience", "XX", "IL")),
    ("/messages", b'{"to":[],"text":"a"}', ("/to",)),
    ("/messages", b'{"to":["IL"],"text":"a","precedence":"URGENT"}', ("/precedence", "FLASH")),
    ("/messages", b'{"to":["IL"],"text":"a","language":"Turkish!"}', ("language",)),
    ("/messages", b'{"to":["IL"],"text":"a","urgent":true}', ("/urgent", "precedence")),
    ("/messages", b'{"to":["IL"],"text":"a\\u0000"}', ("text", "control")),
    ("/messages", b'{"to":["IL"],"text":"\\ud800"}', ("/text", "whole characters")),
    ("/messages", b'{"to":["IL"],"text":"a","about":"12"}', ("/about",)),
    ("/messages", b'{"to":["IL"],"to":["IL"],"text":"a"}', ("/to", "twice")),
    ("/notices/TR-HELD/steps", b'{"step":"pause"}', ("/step", "withdraw")),
    ("/notices/TR-HELD/steps", b'{"step":"overrun"}', ("/until",)),
    ("/notices/TR-HELD/steps", b'{"step":"overrun","until":"2020-01-01T00:00:00Z"}', ("/until", "end")),
    ("/notices/TR-HELD/steps", b'{"step":"withdraw","until":"2020-01-01T00:00:00Z"}', ("/until", "nothing")),
    ("/notices/IL/IL-1/acknowledgements", b"{}", ("/step", "required")),
    ("/notices/IL/IL-1/acknowledgements", b'{"step":"agreed"}', ("/step", "read_back")),
    ("/notices/IL/IL-1/acknowledgements", b'{"step":"passed_on","level":""}', ("level",)),
    ("/notices/IL/IL-1/acknowledgements", b'{"step":"seen","reason":"x"}', ("/reason", "no member")),
    ("/areas", b'{"sort":"box"}', ("/sort", "red_line")),
    ("/agreement/assents", b'{"proposal":"x"}', ("/proposal",)),
    ("/agreement/proposals", b'{"terms":{"speed":1}}', ("/terms", "speed")),
    ("/agreement/proposals", b'{"terms":{"deadlines":{"heartbeat_s":0}}}', ("heartbeat_s",)),
]


@pytest.mark.parametrize(("path", "raw", "words"), BODIES, ids=[f"{p}-{n}" for n, (p, _, _) in enumerate(BODIES)])
def test_a_bad_body_is_named(tr: LiveNode, path: str, raw: bytes, words: tuple[str, ...]) -> None:
    """Each member that does not fit is named by its JSON Pointer, with what is expected there."""
    refused(send(tr, raw, path=path, **{"content-type": "application/json"}), 422, "malformed", *words)


def test_what_is_not_there_is_not_found(tr: LiveNode) -> None:
    """An answer to nothing, a proposal of nobody, a log of no member: 404 in words."""
    json_type = {"content-type": "application/json"}
    nobody = json.dumps({"proposal": "0" * 64})
    refused(send(tr, b'{"step":"seen"}', path="/notices/IL/IL-77/acknowledgements", **json_type), 404, "not-found")
    refused(send(tr, b'{"step":"withdraw"}', path="/notices/TR-77/steps", **json_type), 404, "not-found", "TR-77")
    refused(send(tr, nobody, path="/agreement/assents", **json_type), 404, "not-found")
    refused(send(tr, b"{}", path="/areas/RL-77/withdrawal", **json_type), 404, "not-found", "RL-77")
    refused(send(tr, b"", path="/log?log=XX/main", method="GET"), 404, "not-found", "XX/main")
    refused(send(tr, json.dumps(notice_file("TR", "TR-77")), path="/notices/TR-77", method="PUT"), 404, "not-found")


def test_a_longitude_past_the_antimeridian_is_wrapped(tr: LiveNode) -> None:
    """180.5 is −179.5: it is checked, not refused."""
    answer = send(tr, json.dumps(notice_file("TR", "TR-BAD", lon=180.5)), path="/check")
    assert answer.status_code == 200, answer.text
