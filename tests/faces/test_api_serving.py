"""Serving over real sockets: one write an answer, kept connections, loopback alone, an orderly end in two seconds."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clearline.bootstrap import now
from clearline.errors import Unavailable
from clearline.faces.api import asked, serving
from clearline.faces.api.serving import GATHER_BYTES, NotLoopback, OneWrite, bind
from clearline.gateways.peer.request import authorization
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.testing.nodes import LiveNode, LiveNodes, found_folders, running_nodes
from clearline.testing.notice_files import notice_file


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture(scope="module")
def tr(nodes: LiveNodes) -> LiveNode:
    return nodes["TR"]


def raw_request(node: LiveNode, path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {node.headers['authorization']}\r\n{more}\r\n".encode()


def connect(node: LiveNode) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(node.url.rpartition(":")[2])), timeout=5)


def complete(raw: bytes) -> bool:
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) == int(value)
    return False


class Below(asyncio.Transport):
    """A transport that notes each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0


def test_what_is_written_in_one_turn_leaves_in_one_write() -> None:
    """Head and body that follow each other are one segment; what comes later is another; a close loses nothing."""

    async def run() -> Below:
        below = Below()
        gathered = OneWrite(below, asyncio.get_running_loop())
        gathered.write(b"head")
        gathered.write(b"body")
        assert below.writes == []
        assert gathered.get_write_buffer_size() == 8
        await asyncio.sleep(0)
        assert below.writes == [b"headbody"]
        gathered.write(b"x" * GATHER_BYTES)
        assert len(below.writes) == 2
        gathered.write(b"last")
        gathered.close()
        gathered.write(b"after the end")
        assert gathered.is_closing()
        await asyncio.sleep(0)
        return below

    below = asyncio.run(run())
    assert below.writes[2:] == [b"last"]
    assert below.closed


def test_every_answer_arrives_in_one_piece_on_a_kept_connection(tr: LiveNode) -> None:
    """One read gives the whole answer, fifty times on one connection: nothing waits for an acknowledgement."""
    with connect(tr) as line:
        slowest = 0.0
        for _ in range(50):
            started = time.monotonic()
            line.sendall(raw_request(tr, "/api/v1/conflicts"))
            assert complete(line.recv(2**20))
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 1


def test_requests_sent_ahead_are_answered_in_order(tr: LiveNode) -> None:
    """Pipelined requests lose nothing."""
    with connect(tr) as line:
        line.sendall(raw_request(tr, "/api/v1/health") + raw_request(tr, "/nothing", "connection: close\r\n"))
        raw = b""
        while part := line.recv(2**16):
            raw += part
    assert raw.count(b"HTTP/1.1 ") == 2
    assert raw.index(b" 200 ") < raw.index(b" 404 ")


def test_a_peers_push_is_answered_in_one_piece(tr: LiveNode) -> None:
    """The peers' routes go through the same protocol."""
    with connect(tr) as line:
        line.sendall(b"POST /peer/v1/push HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
        assert complete(line.recv(2**20))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104
def test_only_loopback_is_served(host: str) -> None:
    """Without TLS, nothing listens where others could reach it."""
    with pytest.raises(NotLoopback, match=r"in the clear|no IP address"):
        bind(host, 0)


def test_a_port_in_use_is_said() -> None:
    """Two nodes on one port: the second says so and ends."""
    with bind("localhost", 0) as first:
        first.listen()
        with pytest.raises(Unavailable, match="cannot be used"):
            bind("127.0.0.1", first.getsockname()[1])


def test_a_slow_body_is_given_up(nodes: LiveNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come in time is refused; the connection is not kept for ever."""
    monkeypatch.setattr(asked, "BODY_TIMEOUT_S", 0.2)
    tr = nodes["TR"]
    with connect(tr) as line:
        line.sendall(
            raw_request(tr, "/api/v1/messages", "content-type: application/json\r\ncontent-length: 9\r\n").replace(
                b"GET", b"POST", 1
            )
        )
        raw = line.recv(2**16)
    assert b" 408 " in raw
    assert b"/problems/slow-body" in raw


def test_a_slow_head_is_given_up(nodes: LiveNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that sends no whole head is closed."""
    monkeypatch.setattr(serving, "HEAD_TIMEOUT_S", 0.2)
    with connect(nodes["TR"]) as line:
        line.sendall(b"GET /api/v1/health HT")
        assert line.recv(100) == b""


def test_a_fault_inside_is_not_told(tr: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A programming error answers 500 with nothing of the inside, and the node goes on with all it holds."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret /path/of/things")

    running = tr.alive
    held = running.node
    monkeypatch.setattr("clearline.faces.api.record.health_of", broken)
    with httpx.Client(trust_env=False) as client:
        answer = client.get(f"{tr.url}/api/v1/health", headers=tr.headers)
        assert answer.status_code == 500
        assert answer.json()["type"] == "/problems/own-fault"
        assert "secret" not in answer.text
        monkeypatch.undo()
        assert client.get(f"{tr.url}/api/v1/health", headers=tr.headers).status_code == 200
    assert running.node is held


SERVE = """
import asyncio, sys
from pathlib import Path
from clearline.bootstrap import RunningNode
from clearline.faces.api.serving import serve
running = RunningNode(Path(sys.argv[1]))
asyncio.run(serve(running, "127.0.0.1", 0, lambda url: print(url, flush=True)))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_two_seconds(tmp_path: Path, number: signal.Signals) -> None:
    """With streams open, a kept connection and a half-sent request, the node ends cleanly, and keeps what it said."""
    tokens = found_folders(tmp_path, [("IL", Role.PARTY), ("TR", Role.PARTY)], {"IL": 9, "TR": 9})
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE, str(tmp_path / "TR")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        headers = {"authorization": f"Bearer {tokens['TR'][0]}"}
        with httpx.Client(trust_env=False) as client, httpx.Client(trust_env=False) as listener:
            filed = client.post(f"{url}/api/v1/notices", json=notice_file("TR", "TR-1"), headers=headers)
            assert filed.status_code == 201, filed.text
            with listener.stream("GET", f"{url}/api/v1/events?after=0", headers=headers) as stream:
                lines = stream.iter_lines()
                while not next(lines).startswith("data:"):
                    pass
                half = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
                half.sendall(b"GET /api/v1/health HTTP/1.1\r\nhost")
                started = time.monotonic()
                process.send_signal(number)
                for _ in lines:
                    pass
                out, err = process.communicate(timeout=10)
                half.close()
        assert time.monotonic() - started < 2
        assert (process.returncode, out.strip(), err) == (0, "ended", "")
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"\x00\xff\r\n\r\n", 400, "not-http"),
        (b"FROB /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n", 400, "not-http"),
        (b"GET /api/v1/health HTTP/1.1\r\nx: " + b"a" * 2_000_000, 431, "head-too-large"),
    ],
)
def test_what_is_no_request_is_refused_by_a_problem(nodes: LiveNodes, sent: bytes, status: int, slug: str) -> None:
    """Noise, methods of nobody and heads without end are refused in the words of every other refusal."""
    with connect(nodes["TR"]) as line:
        line.settimeout(5)
        try:
            line.sendall(sent)
        except ConnectionError:
            assert slug == "head-too-large"
        raw = b""
        try:
            while part := line.recv(2**16):
                raw += part
        except ConnectionError:
            assert raw or slug == "head-too-large"
    if raw:
        assert f" {status} ".encode() in raw.split(b"\r\n")[0]
        assert b"content-type: application/problem+json" in raw
        assert f"/problems/{slug}".encode() in raw
    httpx.get(f"{nodes['TR'].url}/api/v1/health", headers=nodes["TR"].headers, trust_env=False).raise_for_status()


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/", b"host: [::1\r\n", 303),
        ("/nope", b"host: [::1\r\n", 404),
        ("/peer/v1/TR/main/checkpoint", b"host: [::1\r\n", 401),
        ("/peer/v1/TR/main/checkpoint", b"host: x\r\nauthorization: Clearline \xff\xfe\r\n", 401),
        ("/peer/v1/TR/main/body/" + "9" * 5000 + "/0", b"host: x\r\n", 401),
    ],
)
def test_odd_heads_are_no_fault_of_the_node(tr: LiveNode, path: str, more: bytes, status: int) -> None:
    """A header that cannot be read is refused; nobody without a key makes the node start anew."""
    held = tr.alive.node
    with connect(tr) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\n".encode() + more + b"connection: close\r\n\r\n")
        assert f" {status} ".encode() in line.recv(2**16).split(b"\r\n")[0]
    assert tr.alive.node is held


def test_a_body_far_past_the_log_is_not_found(nodes: LiveNodes) -> None:
    """A member that asks for what cannot be numbered is refused, and the node holds what it held."""
    tr, il = nodes["TR"], nodes["IL"]
    held = tr.alive.node
    for index, status in (("9" * 15, 404), ("9" * 26, 422), ("x", 422)):
        path = f"/peer/v1/TR/main/body/{index}/0"
        signed = authorization(MemberId("IL"), "TR", f"GET {path}", signer=il.alive.keys.main, at=now())
        answer = httpx.get(tr.url + path, headers={"authorization": signed}, trust_env=False)
        assert answer.status_code == status, answer.text
    assert tr.alive.node is held
