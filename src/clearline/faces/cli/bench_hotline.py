"""Measures the hotline: a tick over open ladders, and how soon a stop-fire rings behind a long queue."""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import queue
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clearline.bootstrap import now, randomness
from clearline.channel.desk import Desk
from clearline.channel.due.deadlines import derived
from clearline.channel.node import Node
from clearline.faces.cli.bench_nodes import (
    BenchNode,
    Line,
    Say,
    circle_notice,
    found_nodes,
    percentile,
    running,
)
from clearline.gateways.geojson.notice_file import parse_notices
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.store.folder import read_keyring, read_roster
from clearline.store.memory import MemoryStore
from clearline.store.sqlite import SqliteStore
from clearline.volumes.instant import Instant

RING_S = 20.0
"""Longest wait for one ring before the bench gives up."""

COMMIT_EVERY = 500


def tick(say: Say, *, notices: int = 10_000, ticks: int = 300) -> dict[str, Any]:
    """Return what a tick costs over open notices with their ladders, in milliseconds.

    `idle` is a tick on which nothing falls due, `busy` one on which as many bells ring as one tick may, and
    `follow` what the deadlines do with one more entry. `derive` is the same from scratch, for comparison.
    """
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        one = found_nodes(Path(base))[1]
        roster = read_roster(one.folder)
        me = MemberId(one.member)
        node = Node.load(me, roster, read_keyring(one.folder, roster, me), MemoryStore(), at=now())
        begun = now()
        for number in range(notices):
            lon, lat = 36.0 + (number % 100) * 0.1, 30.0 + (number // 100) * 0.05
            start_s = 6 * 3600 + 86_400 * (number % 60)
            file = json.dumps(circle_notice("TR", f"T-{number}", lon, lat, start_s=start_s)).encode()
            (draft,) = parse_notices(file, where="bench")
            Desk(node, "1", begun, randomness).file(draft)
            if number % COMMIT_EVERY == COMMIT_EVERY - 1:
                node.store.commit(node.take_writes())
            if number % 2_500 == 2_499:
                say(f"tick: {number + 1} of {notices} notices open")
        node.store.commit(node.take_writes())
        opened = len(node.deadlines.open)
        # As a node does when it has loaded: what stays need not be walked by the collector again and again.
        gc.collect()
        gc.freeze()
        idle = [_timed(node, Instant(begun + second * 1000)) for second in range(ticks)]
        late = begun + 3_600_000 + 1_000
        busy = [_timed(node, Instant(late + second * 1000)) for second in range(min(ticks, opened // 250))]
        touched = next(iter(node.picture.notices))
        taken = []
        for _ in range(ticks):
            then = time.perf_counter()
            node.deadlines._derive(node.case, ("notice", *touched))
            taken.append((time.perf_counter() - then) * 1000)
        then = time.perf_counter()
        found = len(derived(node.case, node.me, at=Instant(late)))
        scratch = (time.perf_counter() - then) * 1000
    return {
        "notices": notices,
        "open": opened,
        "idle_ms": {"p50": statistics.median(idle), "p99": percentile(idle, 0.99), "max": max(idle)},
        "busy_ms": {"p50": statistics.median(busy), "p99": percentile(busy, 0.99), "max": max(busy)},
        "follow_ms": {"p50": statistics.median(taken), "p99": percentile(taken, 0.99)},
        "derive_ms": scratch,
        "derived": found,
    }


def _timed(node: Node, at: Instant) -> float:
    begun = time.perf_counter()
    node.tick(at=at, random=randomness)
    taken = (time.perf_counter() - begun) * 1000
    node.store.commit(node.take_writes())
    return taken


def overtakes(say: Say, *, behind: int = 10_000, queued: int = 40_000, samples: int = 200) -> dict[str, Any]:
    """Return how soon after its POST a stop-fire stands on the other side's event stream, in milliseconds.

    Real processes. The sender has `queued` routine messages that the other side lacks; samples are taken while at
    least `behind` of them still wait, round by round from a copy of the folders.
    """
    rings: list[float] = []
    waiting: list[int] = []
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as base:
        nodes = found_nodes(Path(base) / "first")
        _fill(say, nodes[1], queued)
        rounds = 0
        while len(rings) < samples:
            rounds += 1
            copy = Path(base) / f"round-{rounds}"
            shutil.copytree(Path(base) / "first", copy)
            there = [BenchNode(n.member, copy / n.member, n.port, n.token) for n in nodes]
            with running(there):
                before = len(rings)
                _sample(there, behind, samples, rings, waiting)
            shutil.rmtree(copy)
            say(f"stop-fire: {len(rings)} of {samples} samples, round {rounds}")
            if len(rings) == before:
                raise RuntimeError(f"{queued} messages were through before one sample was taken")
    return {
        "behind": behind,
        "samples": len(rings),
        "waiting": {"least": min(waiting), "most": max(waiting)},
        "ring_ms": {"p50": percentile(rings, 0.5), "p99": percentile(rings, 0.99), "max": max(rings)},
    }


def _sample(nodes: list[BenchNode], behind: int, samples: int, rings: list[float], waiting: list[int]) -> None:
    il, tr = nodes
    line, there = Line(tr), Line(il)
    with _listening(il) as heard:
        while len(rings) < samples:
            _, health = line.call("GET", "/api/v1/health")
            left = next(one for one in health["lines"] if one["member"] == il.member)["backlog"]["main"]
            if left < behind:
                return
            begun = time.perf_counter()
            status, answer = line.call("POST", "/api/v1/stop-fire", {"place": "the western fence"})
            if status != 201:
                raise RuntimeError(f"stop-fire: status {status}, {answer}")
            of = answer["entry"]["id"]
            while True:
                rang, at = heard.get(timeout=RING_S)
                if rang == of:
                    break
            rings.append((at - begun) * 1000)
            waiting.append(left)
            there.call("POST", f"/api/v1/alerts/{of}/answers", {"answer": "not_us"})


@contextlib.contextmanager
def _listening(node: BenchNode) -> Iterator[queue.Queue[tuple[str, float]]]:
    """Listen to a node's events; what rings is put into the queue with the time at which it was read."""
    heard: queue.Queue[tuple[str, float]] = queue.Queue()
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=120)
    connection.request("GET", "/api/v1/events", headers={"authorization": f"Bearer {node.token}"})
    stream = connection.getresponse()

    def read() -> None:
        kind = b""
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while raw := stream.readline():
                if raw.startswith(b"event: "):
                    kind = raw[7:].strip()
                elif raw.startswith(b"data: ") and kind == b"alert":
                    heard.put((json.loads(raw[6:])["id"], time.perf_counter()))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield heard
    finally:
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(2)
        reader.join(5)
        connection.close()


def _fill(say: Say, one: BenchNode, queued: int) -> None:
    """Write routine messages into a node's record that nobody has been sent yet."""
    roster, me = read_roster(one.folder), MemberId(one.member)
    store = SqliteStore(one.folder / "record.sqlite")
    node = Node.load(me, roster, read_keyring(one.folder, roster, me), store, at=now())
    for number in range(queued):
        text = f"Routine message {number}: nothing that could not wait until tomorrow."
        Desk(node, "1", now(), randomness).message(Message(Precedence.ROUTINE, "en", text), to=["IL"])
        if number % COMMIT_EVERY == COMMIT_EVERY - 1 or number == queued - 1:
            store.commit(node.take_writes())
        if number % 10_000 == 9_999:
            say(f"stop-fire: {number + 1} of {queued} messages queued")
    store.close()
