"""The outward bell: it says that somebody has to look, proves who rang, and reveals and disturbs nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from clearline.channel.ports import PutEvent
from clearline.errors import Malformed, NotFound
from clearline.faces.cli import main
from clearline.gateways.bell import ringing
from clearline.gateways.bell.form import SIGNATURE, body, signature
from clearline.gateways.bell.ringing import Bell, ring_all
from clearline.store.bells import BELLS_MAX, add_bell, check_url, counter, read_bells, remove_bell
from clearline.testing.members import SeededRandomness, founded_channel
from clearline.testing.nodes import running_nodes

SECRET = bytes(range(32))


class Pager:
    """A real server on loopback that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                pager.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, raw))
                self.send_response(pager.statuses.pop(0) if pager.statuses else 204)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ring"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def pager() -> Iterator[Pager]:
    made = Pager()
    yield made
    made.close()


def counting() -> Callable[[], int]:
    numbers = iter(range(1, 1000))
    return lambda: next(numbers)


def ring(bell: Bell, times: int = 1) -> list[bool]:
    async def run() -> list[bool]:
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
            return [await bell.ring(client) for _ in range(times)]

    return asyncio.run(run())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter waits: the tests look at the order of things, not at the clock."""
    monkeypatch.setattr(ringing, "TRIES_AFTER_S", (0.0, 0.01, 0.01))
    monkeypatch.setattr(ringing, "PAUSE_S", 0.05)


def test_a_bell_says_that_it_rang_and_proves_who_rang(pager: Pager) -> None:
    """The body is the same but for its number; the HMAC over it is right; nothing of a record is in it."""
    assert ring(Bell(pager.url, SECRET, counting(), False), 2) == [True, True]
    for number, (path, headers, raw) in enumerate(pager.got, 1):
        assert path == "/ring"
        said = json.loads(raw)
        assert said == {
            "bell": "clearline/bell/v1",
            "count": number,
            "drill": False,
            "say": "Look at your Clearline console.",
        }
        proof = hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
        assert headers[SIGNATURE] == f"hmac-sha256={proof}" == signature(SECRET, raw)
        assert raw == body(number, drill=False)


def test_a_bell_of_a_drill_says_drill(pager: Pager) -> None:
    """Nobody runs for a drill as for the real thing, and nobody takes the real thing for a drill."""
    assert ring(Bell(pager.url, SECRET, counting(), True)) == [True]
    said = json.loads(pager.got[0][2])
    assert said["drill"] is True and said["say"].startswith("DRILL.")


def test_what_fails_is_tried_again_a_few_times(pager: Pager, quick: None) -> None:
    """A server that fails is tried again, always with the same number; then the bell is given up and said so."""
    pager.statuses = [500, 503, 200]
    bell = Bell(pager.url, SECRET, counting(), False)
    assert ring(bell) == [True]
    assert [json.loads(raw)["count"] for _, _, raw in pager.got] == [1, 1, 1]
    pager.statuses = [500] * 9
    assert ring(bell) == [False]
    assert len(pager.got) == 6 and bell.fault == "answered 500"


def test_a_redirection_is_not_followed(pager: Pager, quick: None) -> None:
    """Who answers with another place gets no second request there; a refusal is not repeated."""
    for status in (302, 307, 404):
        pager.got.clear()
        pager.statuses = [status]
        bell = Bell(pager.url, SECRET, counting(), False)
        assert ring(bell) == [False]
        assert [path for path, _, _ in pager.got] == ["/ring"]
        assert bell.fault == f"answered {status}"


def test_nobody_at_home(quick: None) -> None:
    """An address where nobody listens is a fault of that bell alone."""
    bell = Bell("http://127.0.0.1:9/ring", SECRET, counting(), False)
    assert ring(bell) == [False]
    assert bell.fault.startswith("not reached")


class Node:
    """What a bell follows, by hand."""

    def __init__(self) -> None:
        self.events: list[PutEvent] = []
        self.more = asyncio.Event()

    @property
    def committed_event(self) -> int:
        return len(self.events)

    def events_after(self, number: int, count: int = 500) -> list[PutEvent]:
        return self.events[number : number + count]

    async def changed(self, timeout_s: float) -> None:
        more = self.more
        await asyncio.wait_for(more.wait(), timeout_s)

    def say(self, *kinds: str) -> None:
        for kind in kinds:
            self.events.append(PutEvent(len(self.events) + 1, kind, "{}"))
        self.more.set()
        self.more = asyncio.Event()


def test_a_storm_of_events_is_a_few_bells_and_quiet_ones_are_none(pager: Pager, quick: None) -> None:
    """Whatever happens within the pause is one more bell; entries and cosignatures alone ring nothing."""

    async def run() -> None:
        node = Node()
        task = asyncio.create_task(ring_all([Bell(pager.url, SECRET, counting(), False)], node))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        node.say(*["entry", "delivered"] * 10)
        await asyncio.sleep(0.1)
        assert pager.got == []
        for _ in range(1_000):
            node.say("alert", "overdue")
        until = time.monotonic() + 5
        while not pager.got and time.monotonic() < until:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert 1 <= len(pager.got) <= 5


def test_only_https_or_loopback() -> None:
    """A bell never leaves this machine in clear, and no name or password stands in its address."""
    for fine in ("https://pager.example/x?y=1", "http://127.0.0.1:9000/", "http://[::1]:9/", "http://localhost/x"):
        assert check_url(fine, where="URL") == fine
    for wrong in (
        "http://pager.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https://a:b@pager.example/",
        "https://pager.example/ x",
        "https://[::1",
        "https://" + "x" * 500,
        "",
    ):
        with pytest.raises(Malformed):
            check_url(wrong, where="URL")


def test_the_folder_keeps_addresses_secret_and_number(tmp_path: Path) -> None:
    """Addresses come and go, the secret stays, numbers go on over a restart; there are at most `BELLS_MAX`."""
    random = SeededRandomness("bells")
    assert read_bells(tmp_path) is None
    first = add_bell(tmp_path, "https://a.example/", random=random)
    second = add_bell(tmp_path, "https://b.example/", random=random)
    assert second.urls == ("https://a.example/", "https://b.example/") and first.secret == second.secret
    assert (tmp_path / "bells.json").stat().st_mode & 0o077 == 0
    with pytest.raises(Malformed):
        add_bell(tmp_path, "https://a.example/", random=random)
    assert remove_bell(tmp_path, "https://a.example/").urls == ("https://b.example/",)
    with pytest.raises(NotFound):
        remove_bell(tmp_path, "https://a.example/")
    for number in range(BELLS_MAX - 1):
        add_bell(tmp_path, f"https://{number}.example/", random=random)
    with pytest.raises(Malformed):
        add_bell(tmp_path, "https://more.example/", random=random)
    count = counter(tmp_path)
    assert [count(), count()] == [1, 2] and counter(tmp_path)() == 3
    (tmp_path / "bells.json").write_text('{"urls":["http://x.example/"],"secret":""}', encoding="utf-8")
    with pytest.raises(Malformed, match="urls/0"):
        read_bells(tmp_path)


def test_the_command_adds_lists_tests_and_removes(tmp_path: Path, pager: Pager) -> None:
    """What an engineer types: add, list, test, remove; a bell that nobody takes ends with 1."""
    (tmp_path / "genesis.note").write_bytes(founded_channel().roster.note)
    run = CliRunner().invoke
    added = run(main, ["bell", "add", str(tmp_path), pager.url])
    assert added.exit_code == 0 and "Secret of the HMAC" in added.stdout
    assert run(main, ["bell", "list", str(tmp_path)]).stdout.split() == [pager.url]
    tested = run(main, ["bell", "test", str(tmp_path)])
    assert tested.exit_code == 0 and tested.stdout.startswith("taken")
    pager.statuses = [410]
    tested = run(main, ["bell", "test", str(tmp_path)])
    assert tested.exit_code == 1 and "NOT TAKEN" in tested.stdout and "answered 410" in tested.stdout
    assert run(main, ["bell", "remove", str(tmp_path), pager.url]).exit_code == 0
    assert run(main, ["bell", "add", str(tmp_path), "http://pager.example/"]).exit_code == 2


def test_a_running_node_rings_for_a_flash_message(tmp_path: Path, pager: Pager) -> None:
    """A FLASH message to this member rings its bell; the bell's body does not hold a word of it."""
    with running_nodes(tmp_path, members=("IL", "TR")) as nodes:
        nodes["IL"].stop()
        add_bell(nodes["IL"].folder, pager.url, random=SeededRandomness("ring"))
        nodes["IL"].start()
        said = httpx.post(
            f"{nodes['TR'].url}/api/v1/messages",
            json={"to": ["IL"], "text": "Stop fire at the fence", "precedence": "FLASH"},
            headers=nodes["TR"].headers,
        )
        assert said.status_code == 201, said.text
        until = time.monotonic() + 10
        while not pager.got and time.monotonic() < until:
            time.sleep(0.02)
    assert pager.got
    assert b"fence" not in pager.got[0][2] and b"TR" not in pager.got[0][2]
