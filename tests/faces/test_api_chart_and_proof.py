"""What the console asks beside the rest, of two real nodes: who asks, what a chart draws, the proof of one entry."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import at_minute, notice_file
from clearline.tlog.logproof import parse_log_proof, verify_log_proof
from clearline.tlog.proof import BrokenProof
from clearline.tlog.tree import leaf_hash

WAIT_S = 10.0


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture(scope="module")
def tr(nodes: LiveNodes) -> LiveNode:
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-1", lon=38.27, lat=34.55))
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-2", lon=36.27, lat=33.55, start_min=600, end_min=660))
    return nodes["TR"]


def ask(node: LiveNode, method: str, path: str, value: Any = None, *, status: int | None = None) -> httpx.Response:
    end = time.monotonic() + WAIT_S
    url = f"{node.url}/api/v1/{path}"
    while True:
        answer = httpx.request(method, url, json=value, headers=node.headers, trust_env=False, timeout=10)
        # A node that has just started asks its peers before it signs.
        if answer.status_code != 503 or time.monotonic() > end:
            break
        time.sleep(0.05)
    assert answer.status_code == (status or (200 if method == "GET" else 201)), answer.text
    return answer


def test_who_asks(tr: LiveNode) -> None:
    """The officer is told its member, its watch position, the channel and every member."""
    me = ask(tr, "GET", "me").json()
    assert (me["member"], me["officer"], me["position"]) == ("TR", "1", "watch 1")
    assert [m["member"] for m in me["members"]] == ["IL", "TR"] and me["drill"] is True


def test_what_is_drawn(tr: LiveNode) -> None:
    """Each volume comes as closed rings round its place; a window of time leaves the rest out."""
    drawn = ask(tr, "GET", "drawn").json()["notices"]
    assert {"TR-1", "TR-2"} <= {n["notice"] for n in drawn}
    ring = drawn[0]["volumes"][0]["polygons"][0][0]
    assert ring[0] == ring[-1] and len(ring) > 30
    assert min(p[0] for p in ring) < 38.27 < max(p[0] for p in ring)
    until = at_minute(200).replace("+", "%2B")
    assert [n["notice"] for n in ask(tr, "GET", f"drawn?to={until}").json()["notices"]] == ["TR-1"]
    refusal = ask(tr, "GET", "drawn?from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z", status=422).json()
    assert "query to" in refusal["detail"]


def test_what_is_drawn_is_followed(tr: LiveNode) -> None:
    """Whoever holds an answer and takes in what has changed since its mark holds what a whole answer says."""
    window = "from=" + at_minute(0).replace("+", "%2B")
    whole = ask(tr, "GET", f"drawn?{window}").json()
    held = {(n["party"], n["notice"]): n for n in whole["notices"]}
    mark = whole["mark"]
    nothing = ask(tr, "GET", f"drawn?{window}&since={mark}").json()
    assert (nothing["whole"], nothing["notices"], nothing["gone"], nothing["areas"]) == (False, [], [], None)
    for number in range(6):
        if number % 3 == 2:
            ask(tr, "POST", f"notices/TR-F{number - 1}/steps", {"step": "withdraw", "reason": "x"})
        else:
            given = notice_file("TR", f"TR-F{number}", start_min=600 + number, end_min=700)
            ask(tr, "POST", "notices", given)
        news = ask(tr, "GET", f"drawn?{window}&since={mark}").json()
        assert not news["whole"] and len(news["notices"]) + len(news["gone"]) == 1
        held |= {(n["party"], n["notice"]): n for n in news["notices"]}
        for party, notice in news["gone"]:
            del held[party, notice]
        mark = news["mark"]
        assert list(held.values()) == ask(tr, "GET", f"drawn?{window}").json()["notices"]
    for unknown in ("0.1", "x", mark.replace(".", ".9")):
        assert ask(tr, "GET", f"drawn?{window}&since={unknown}").json()["whole"]


def test_the_proof_of_an_entry(tr: LiveNode, nodes: LiveNodes) -> None:
    """The downloaded proof stands by itself: it verifies under the log's key, and no other entry does."""
    roster = nodes["IL"].alive.roster
    end = time.monotonic() + WAIT_S
    while True:
        proof = parse_log_proof(ask(tr, "GET", "proof?log=TR/main&index=0").content, where="proof")
        notes = tr.do(lambda node, _: [e.note for e in node.store.entries("TR/main")])
        signed = verify_log_proof(
            proof, leaf_hash(notes[0]), log_key=roster.log_key("TR", "main"), known=roster.cosigners, where="proof"
        )
        if {c.name.rpartition("/")[2] for c in signed.cosignatures} == {"mirror", "delivery"}:
            break
        assert time.monotonic() < end, "IL has not cosigned"
        time.sleep(0.02)
    with pytest.raises(BrokenProof):
        verify_log_proof(
            proof, leaf_hash(notes[1]), log_key=roster.log_key("TR", "main"), known=roster.cosigners, where="proof"
        )


@pytest.mark.parametrize("asked", ["log=TR/main&index=99", "log=XX/main&index=0", "index=0"])
def test_a_proof_of_nothing_is_refused(tr: LiveNode, asked: str) -> None:
    """What is not there has no proof, and the refusal says what there is."""
    assert "TR/main" in ask(tr, "GET", f"proof?{asked}", status=404).json()["detail"]


def test_the_console_is_served_under_a_strict_policy(tr: LiveNode) -> None:
    """The page and each file of it come from the node alone, and nothing outside the bundle is served."""
    with httpx.Client(base_url=tr.url, trust_env=False, timeout=10) as client:
        stranger = client.get("/console")
        assert stranger.status_code in (200, 303)
        chart = client.get("/console/chart/places.json")
        assert chart.status_code == 200 and "default-src 'none'" in chart.headers["content-security-policy"]
        assert (
            client.get("/console/chart/places.json", headers={"if-none-match": chart.headers["etag"]}).status_code
            == 304
        )
        for wrong in ("/console/assets/..%2findex.html", "/console/assets/nothing.js", "/console/chart/lgpl/COPYING"):
            assert client.get(wrong).status_code == 404
