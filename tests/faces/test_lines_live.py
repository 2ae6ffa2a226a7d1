"""Lines between real nodes over TLS: what comes through, who carries when a line is cut, and what a carrier sees."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clearline.channel.node import Node
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file

MARKER = "ZEBRA-MARKER-7731"
DEAD = "https://127.0.0.1:9"
"""Where nothing listens: a line that is cut."""

WAIT_S = 20.0


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """Run two parties and a host, who speak TLS to each other in a channel that is no drill."""
    members = ("IL", "TR", ("AZ", Role.HOST))
    with running_nodes(tmp_path_factory.mktemp("lines"), members, tls=True) as running:
        yield running


def until(what: Callable[[], Any]) -> Any:
    """Return the first answer that is something, or the last."""
    end = time.monotonic() + WAIT_S
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def line(node: LiveNode, member: str) -> dict[str, Any]:
    answer = httpx.get(node.url + "/api/v1/health", headers=node.headers).json()
    return next(one for one in answer["lines"] if one["member"] == member)


def file(node: LiveNode, reference: str) -> int:
    body = notice_file(node.member, reference, remarks=MARKER)
    answer = httpx.post(node.url + "/api/v1/notices", headers=node.headers, json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["entry"]["index"])


def cut(nodes: LiveNodes, one: str, other: str) -> Callable[[], None]:
    """Cut the direct line between two members, both ways; return what mends it."""
    callers = [nodes[a].alive.caller(MemberId(b)) for a, b in ((one, other), (other, one))]
    urls = [caller.url for caller in callers if caller is not None]
    for caller in callers:
        assert caller is not None
        caller.url = DEAD

    def mend() -> None:
        for caller, url in zip(callers, urls, strict=True):
            assert caller is not None
            caller.url = url

    return mend


def holds(node: LiveNode, member: str, index: int) -> bool:
    """Report whether a node holds an entry of a member's main log and can read its body."""

    def read(inside: Node, _: object) -> bool:
        held = inside.logs[f"{member}/main"]
        return held.size > index and not held.lacking

    return node.do(read)


def test_what_is_filed_is_delivered_over_tls(nodes: LiveNodes) -> None:
    index = file(nodes["TR"], "DIRECT-1")
    assert until(lambda: line(nodes["TR"], "IL")["delivery"]["main"] > index)
    assert holds(nodes["IL"], "TR", index)
    assert line(nodes["TR"], "IL")["bearer"] is None


def test_the_host_carries_both_ways_when_the_line_is_cut_and_sees_nothing(nodes: LiveNodes, tmp_path: Path) -> None:
    """Delivered comes as the recipient's own cosignature; the host's API, pull and disk hold no word of it."""
    mend = cut(nodes, "IL", "TR")
    try:
        there, back = file(nodes["TR"], "CARRIED-1"), file(nodes["IL"], "CARRIED-2")
        assert until(lambda: line(nodes["TR"], "IL")["delivery"]["main"] > there)
        assert until(lambda: line(nodes["IL"], "TR")["delivery"]["main"] > back)
        assert holds(nodes["IL"], "TR", there) and holds(nodes["TR"], "IL", back)
        shown = line(nodes["TR"], "IL")
        assert (shown["bearer"], shown["state"]) == ("AZ", "up") and "cannot be reached" in shown["fault"]
    finally:
        mend()
    assert until(lambda: line(nodes["TR"], "IL")["bearer"] is None), "the direct line is taken again when it is well"
    _host_is_blind(nodes["AZ"], nodes["IL"])


def _host_is_blind(host: LiveNode, reader: LiveNode) -> None:
    assert until(lambda: host.sizes()["TR/main"] >= 1)
    marker = MARKER.encode()
    assert any(marker in path.read_bytes() for path in reader.folder.glob("record.sqlite*")), "the marker is real"
    assert [path for path in host.folder.rglob("*") if path.is_file() and marker in path.read_bytes()] == []
    for path in ("/api/v1/log?log=TR/main", "/api/v1/notices", "/api/v1/health"):
        answer = httpx.get(host.url + path, headers=host.headers)
        assert answer.status_code == 200 and marker not in answer.content
    kinds = {
        one["kind"] for one in httpx.get(host.url + "/api/v1/log?log=TR/main", headers=host.headers).json()["entries"]
    }
    assert kinds == {None}, "an envelope shows no kind"


def test_a_lane_that_dies_is_started_again(nodes: LiveNodes) -> None:
    """However a lane's task ends, what is filed afterwards still arrives."""
    lines = nodes["TR"].alive.lines
    assert lines is not None
    before = lines.tasks["IL/main"]
    loop = before.get_loop()
    loop.call_soon_threadsafe(before.cancel)
    assert until(lambda: lines.tasks["IL/main"] is not before)
    index = file(nodes["TR"], "AGAIN-1")
    assert until(lambda: line(nodes["TR"], "IL")["delivery"]["main"] > index)


def test_peers_and_officers_have_doors_of_their_own(nodes: LiveNodes) -> None:
    """Nobody pushes where officers ask, and nobody without a member's certificate reaches the peers' door."""
    node = nodes["TR"]
    assert httpx.post(node.url + "/peer/v1/push", content=b"{}").status_code == 404
    door = node.alive.config.peers_port
    with pytest.raises(httpx.HTTPError):
        httpx.post(f"http://127.0.0.1:{door}/peer/v1/push", content=b"{}")
    with pytest.raises(httpx.HTTPError):
        httpx.post(f"https://127.0.0.1:{door}/peer/v1/push", content=b"{}", verify=False)  # noqa: S501
    refused = [reason for _, reason in node.alive.refused_lines]
    assert until(lambda: any(re.match("plain HTTP", r) for r in (x for _, x in node.alive.refused_lines))), refused
    assert until(lambda: "it showed no certificate" in [x for _, x in node.alive.refused_lines]), refused


def test_a_relay_carries_for_members_alone_and_nothing_opened(nodes: LiveNodes) -> None:
    """A stranger, an opened body, a body sealed to somebody else, a strange log, oneself: each refused by name."""
    from clearline.channel.push import CarriedBody, Push, SealedBody

    az, tr = nodes["AZ"], nodes["TR"]
    file(tr, "RELAYED-1")
    assert until(lambda: az.sizes()["TR/main"] >= 1)
    caller = tr.alive.caller(MemberId("AZ"))
    assert caller is not None
    honest = tr.do(lambda node, _: node.next_push(MemberId("IL"), "main"))

    def said(push: Push, to: str = "IL") -> str:
        import asyncio

        from clearline.errors import ClearlineError

        try:
            asyncio.run_coroutine_threadsafe(caller.relay(MemberId(to), push), tr._loop).result(10)  # type: ignore[arg-type]
        except ClearlineError as fault:
            return fault.message
        return "carried"

    opened = Push(honest.checkpoint, honest.first, honest.entries, (CarriedBody(0, 0, b"s" * 32, b"{}"),))
    stranger = Push(honest.checkpoint, honest.first, honest.entries, (), (SealedBody(0, 0, "AZ", b"k" * 8, b"x" * 90),))
    assert "must be sealed to IL" in said(opened)
    assert "must be sealed to IL" in said(stranger)
    assert "no other member" in said(Push(honest.checkpoint, 0, (), ()), to="AZ")
    assert "no other member" in said(Push(honest.checkpoint, 0, (), ()), to="XX")
    assert "no log of this channel" in said(Push(b"example.org/log\n1\nAAAA\n\n", 0, (), ()))
    assert az.do(lambda node, _: node.logs["TR/main"].size) >= 1


def test_what_cannot_wait_goes_by_every_way_at_once(nodes: LiveNodes) -> None:
    """The direct line is cut and nobody knows it yet: a FLASH is heard through the host, ahead of its log."""
    mend = cut(nodes, "IL", "TR")
    try:
        body = {"to": ["IL"], "precedence": "FLASH", "language": "en", "text": f"{MARKER} flash"}
        began = time.monotonic()
        answer = httpx.post(nodes["TR"].url + "/api/v1/messages", headers=nodes["TR"].headers, json=body)
        assert answer.status_code == 201, answer.text
        entry = answer.json()["entry"]["id"]

        def heard() -> bool:
            return nodes["IL"].do(lambda node, _: entry in node.ahead or entry in node.picture.places)

        assert until(heard) and time.monotonic() - began < 2.0
    finally:
        mend()
    marker = MARKER.encode()
    assert [p for p in nodes["AZ"].folder.rglob("*") if p.is_file() and marker in p.read_bytes()] == []


def test_a_line_whose_key_was_revoked_is_refused_by_name(tmp_path: Path) -> None:
    """TR's root takes back the key of TR's lines, and says so in TR's log: no member speaks to it any more."""
    from clearline.channel.keys.key_signing import signed_event
    from clearline.channel.roster import root_name
    from clearline.gateways.peer.tls import read_leaf
    from clearline.records.key_event import Event, KeyEvent
    from clearline.signing.keys import Signer
    from clearline.store.folder import read_seed
    from clearline.volumes.instant import Instant

    with running_nodes(tmp_path, ("IL", "TR"), tls=True) as two:
        tr, il = two["TR"], two["IL"]
        roster = tr.alive.roster
        leaf = read_leaf((tr.folder / "tls.crt").read_bytes(), roster, where="leaf")
        root = Signer(root_name("TR"), read_seed(tr.folder / "keys/root.key"))
        event = KeyEvent(
            note="",
            channel=roster.channel,
            member="TR",
            event=Event.REVOKE,
            role="tls",
            key=leaf.key,
            start=Instant(0),
            until=Instant(0),
            position="",
            releasing=False,
            replaces=b"",
            log="",
            root=b"",
            last_good=(),
            reason="stolen",
        )

        def revoke(node: Node, at: Instant) -> None:
            signers = [node.keys.officers["1"], node.keys.officers["2"]]
            said = signed_event(event, (root,))
            node.submit(said, audience=roster.members, signers=signers, at=at, random=tr.alive.randomness)

        tr.do(revoke)
        assert until(lambda: il.do(lambda node, _: node.picture.keys.revoked("TR", "tls", leaf.key)))
        file(il, "IL-1")
        assert until(lambda: "the certificate of TR was revoked" in line(il, "TR")["fault"]), "as called"
        file(tr, "TR-1")
        assert until(lambda: "the certificate of TR was revoked" in line(tr, "IL")["refusal"]), "as caller"
        assert il.sizes()["TR/main"] == 1 and tr.sizes()["IL/main"] == 0
