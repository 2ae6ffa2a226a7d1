"""Measures whole nodes: delivery from one officer to the other's screen, filings a second, and a restart."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearline.bootstrap import now, randomness
from clearline.channel.founding import genesis_text, sign_genesis
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.signing.note import encode_note
from clearline.store.folder import NodeConfig, add_token, make_member, root_signer, write_config, write_private

PARTIES = ("IL", "TR")
READY_S = 30.0
VISIBLE_S = 10.0
"""Longest wait for one sample before the bench gives up."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BenchNode:
    """A node under measurement."""

    member: str
    folder: Path
    port: int
    token: str


class Line:
    """A kept-alive connection to one node's API."""

    def __init__(self, node: BenchNode) -> None:
        self._node = node
        self._connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)

    def call(self, method: str, path: str, value: object = None) -> tuple[int, Any]:
        """Return status and decoded answer of one request."""
        body = None if value is None else json.dumps(value).encode()
        headers = {"authorization": f"Bearer {self._node.token}", "content-type": "application/json"}
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        raw = response.read()
        return response.status, json.loads(raw) if raw else None


def circle_notice(
    party: str, reference: str, lon: float, lat: float, *, start_s: float, last_s: float = 3600
) -> dict[str, Any]:
    """Return a notice file of one circle of 3 km that starts `start_s` seconds from now."""
    start = time.time() + start_s
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]},
                "properties": {
                    "party": party,
                    "notice": reference,
                    "activity": "air",
                    "radius_m": 3000,
                    "start": _text(start),
                    "end": _text(start + last_s),
                    "lower": "5000 ft AMSL",
                    "upper": "9000 ft AMSL",
                },
            }
        ],
    }


def _text(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


def found_nodes(base: Path, members: Sequence[str] = PARTIES) -> list[BenchNode]:
    """Return the folders of a founded channel, one node a member, on free loopback ports."""
    cards = []
    for member in members:
        card = make_member(
            base / member, member=member, name=member, role=Role.PARTY, positions=["watch"], random=randomness
        )
        cards.append(card)
    text = genesis_text(channel="Bench", drill=True, cards=cards, created=now(), nonce=randomness(32))
    note = encode_note(sign_genesis(text, [root_signer(base / m, m) for m in members])).decode()
    ports = {member: free_port() for member in members}
    nodes = []
    for member in members:
        folder = base / member
        write_private(folder / "genesis.note", note)
        peers = {m: f"http://127.0.0.1:{ports[m]}" for m in members if m != member}
        write_config(folder, NodeConfig(MemberId(member), "127.0.0.1", ports[member], peers))
        nodes.append(BenchNode(member, folder, ports[member], add_token(folder, officer="1", random=randomness)))
    return nodes


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(nodes: Sequence[BenchNode]) -> Iterator[None]:
    """Run each node as a process of its own until the context ends."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "clearline", "node", str(node.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for node in nodes
    ]
    try:
        for node in nodes:
            wait_ready(node)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_ready(node: BenchNode) -> None:
    """Wait until a node answers.

    Raises:
        TimeoutError: It does not within `READY_S`.
    """
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            if Line(node).call("GET", "/api/v1/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{node.member} did not answer within {READY_S} s")


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(part * len(ordered)) - 1))]


def delivery(say: Say, *, active: int = 1_000, samples: int = 1_000) -> dict[str, Any]:
    """Return how long after a POST is answered its conflict stands at the other node, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        nodes = found_nodes(Path(base))
        with running(nodes):
            il, tr = (Line(node) for node in nodes)
            _fill(say, il, tr, active)
            taken: list[float] = []
            posted: list[float] = []
            for number in range(samples):
                lon, lat = _grid(2 * (number % (active // 2)))
                begun = time.perf_counter()
                status, answer = tr.call(
                    "POST",
                    "/api/v1/notices",
                    circle_notice("TR", f"S-{number}", lon + 0.01, lat, start_s=1800, last_s=600),
                )
                answered = time.perf_counter()
                if status != 201 or len(answer["conflicts"]) != 1:
                    raise RuntimeError(f"sample {number}: status {status}, {answer}")
                wanted = answer["conflicts"][0]
                while True:
                    _, seen = il.call("GET", "/api/v1/conflicts")
                    at = time.perf_counter()
                    if any((c["a"], c["b"]) == (wanted["a"], wanted["b"]) for c in seen["conflicts"]):
                        break
                    if at - answered > VISIBLE_S:
                        raise RuntimeError(f"sample {number} did not become visible within {VISIBLE_S} s")
                    time.sleep(0.001)
                taken.append((at - answered) * 1000)
                posted.append((answered - begun) * 1000)
                tr.call("POST", f"/api/v1/notices/S-{number}/steps", {"step": "withdraw", "reason": "sample"})
                if number % 100 == 99:
                    say(f"delivery: {number + 1} of {samples} samples")
    return {
        "active": active,
        "samples": samples,
        "visible_ms": {"p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99), "max": max(taken)},
        "post_ms": {"p50": percentile(posted, 0.5), "p99": percentile(posted, 0.99)},
    }


def _grid(number: int) -> tuple[float, float]:
    """Return the place of notice `number` on a grid of 25 km, wide enough that none meets another."""
    return 36.0 + (number % 32) * 0.27, 30.0 + (number // 32) * 0.225


def _fill(say: Say, il: Line, tr: Line, active: int) -> None:
    for number in range(active):
        party, line = ("IL", il) if number % 2 == 0 else ("TR", tr)
        lon, lat = _grid(number)
        notice = circle_notice(party, f"A-{number}", lon, lat, start_s=60, last_s=20 * 3600)
        status, answer = line.call("POST", "/api/v1/notices", notice)
        if status != 201:
            raise RuntimeError(f"notice {number}: status {status}, {answer}")
        if number % 250 == 249:
            say(f"delivery: {number + 1} of {active} notices in force")


def filings(say: Say, *, count: int = 2_000, at_once: int = 32) -> dict[str, Any]:
    """Return filings a second through the API, each durable and signed, and until all are delivered."""
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        nodes = found_nodes(Path(base))
        with running(nodes):
            il, tr = nodes
            faults: list[str] = []

            def work(worker: int) -> None:
                line = Line(tr)
                for number in range(worker, count, at_once):
                    lon, lat = _grid(number % 1000)
                    notice = circle_notice("TR", f"F-{number}", lon, lat, start_s=60 + 7200 * (number // 1000))
                    status, answer = line.call("POST", "/api/v1/notices", notice)
                    if status != 201:
                        faults.append(f"{number}: {status} {answer}")
                        return

            workers = [threading.Thread(target=work, args=(n,)) for n in range(at_once)]
            begun = time.perf_counter()
            for thread in workers:
                thread.start()
            for thread in workers:
                thread.join()
            answered = time.perf_counter() - begun
            if faults:
                raise RuntimeError(faults[0])
            line = Line(tr)
            while True:
                _, health = line.call("GET", "/api/v1/health")
                held = next(each for each in health["lines"] if each["member"] == il.member)
                if held["delivery"].get("main", 0) >= count:
                    break
                if time.perf_counter() - begun > 300:
                    raise RuntimeError("not delivered within 300 s")
                time.sleep(0.01)
            delivered = time.perf_counter() - begun
    say("filings: done")
    return {
        "count": count,
        "at_once": at_once,
        "answered_per_s": count / answered,
        "delivered_per_s": count / delivered,
        "fsync_ms": fsync_ms(),
    }


def fsync_ms(count: int = 200) -> dict[str, float]:
    """Return how long the disk takes to sync 4 KiB, in milliseconds."""
    taken = []
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        handle = os.open(Path(base) / "sync", os.O_WRONLY | os.O_CREAT, 0o600)
        for _ in range(count):
            os.write(handle, b"x" * 4096)
            begun = time.perf_counter()
            os.fsync(handle)
            taken.append((time.perf_counter() - begun) * 1000)
        os.close(handle)
    return {"p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99)}
