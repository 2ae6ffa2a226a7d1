"""A watch floor: the nodes of one channel under one virtual clock, behind the real API and the real command line.

Nodes, wire bytes, API application and commands are the real ones; only clock, stores and lines are simulated. Time
moves by `advance` alone, and in each second every node ticks, pushes what is due by whatever line is up, and says
ahead what cannot wait by every bearer at once.

    floor = Floor()
    floor.cli("IL", "stop-fire", "--place", "the western fence")
    floor.advance(5)
    assert floor.api("TR", "GET", "/api/v1/inbox")["ringing"]
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from click.testing import CliRunner, Result
from starlette.types import ASGIApp, Message, Scope

from clearline.channel.line.sealed import key_to, seal_ahead, seal_push
from clearline.channel.node import Node
from clearline.channel.ports import PutEvent
from clearline.channel.push import Ahead
from clearline.channel.roster import Roster
from clearline.errors import ClearlineError, Refused, Unavailable
from clearline.faces.api import app as application
from clearline.faces.cli import main
from clearline.gateways.peer import wire
from clearline.records.agreement import Terms
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.store.folder import NodeConfig
from clearline.testing.pair import Side
from clearline.volumes.instant import Instant, format_instant, parse_instant

Answer = TypeVar("Answer")

Answered = tuple[int, bytes, list[tuple[bytes, bytes]]]
"""Status, body and headers."""

TRIO = (("AZ", Role.HOST), ("IL", Role.PARTY), ("TR", Role.PARTY))
"""Two parties and a host."""

STEP_MS = 1_000
"""How far time moves between two looks: as often as a real node ticks."""


class ApiRefused(AssertionError):
    """The API answered with a problem where an answer was expected; `status` and `problem` say which."""

    def __init__(self, status: int, problem: Any) -> None:
        super().__init__(f"{status}: {problem.get('detail')}")
        self.status, self.problem = status, problem


@dataclass(slots=True)
class Running:
    """What the faces take for a running node: steps run at once, under the floor's clock and over its store."""

    floor: Floor
    member: MemberId
    folder: Path

    @property
    def me(self) -> MemberId:
        """Return the member whose node this is."""
        return self.member

    @property
    def node(self) -> Node:
        """Return the node as it is now; a restart puts another one in its place."""
        return self.floor.side.nodes[self.member]

    @property
    def roster(self) -> Roster:
        """Return the channel's roster."""
        return self.floor.side.roster

    @property
    def config(self) -> NodeConfig:
        """Return a configuration under which the API serves on loopback."""
        return NodeConfig(self.member)

    @property
    def tokens(self) -> dict[str, str]:
        """Return the hashes of the tokens."""
        return {hashlib.sha256(token_of(self.member, n).encode()).hexdigest(): n for n in ("1", "2")}

    @property
    def accounts(self) -> dict[str, Any]:
        """Return no accounts: officers come by token."""
        return {}

    @property
    def committed_event(self) -> int:
        """Return the number of the newest event."""
        return self.node.store.last_event()

    def randomness(self, count: int) -> bytes:
        """Return `count` bytes of the seed."""
        return self.floor.side.random(count)

    async def do(self, step: Callable[[Node, Instant], Answer], **_: Any) -> Answer:
        """Run a step and keep what it wrote."""
        with self.floor.lock:
            try:
                return step(self.node, self.floor.side.at)
            finally:
                self.floor.side.keep(self.member)

    async def read(self, step: Callable[[Node, Instant], Answer], **_: Any) -> Answer:
        """Run a step that changes nothing."""
        return await self.do(step)


class Floor:
    """The nodes of a channel. Officers 1 and 2 of each member sit at the positions `watch 1` and `watch 2`."""

    def __init__(
        self,
        members: Sequence[tuple[str, Role]] = TRIO,
        *,
        at: str = "",
        terms: Terms | None = None,
        seed: str = "floor",
        drill: bool = False,
    ) -> None:
        self.side = Side(members, seed=seed, drill=drill)
        if at:
            self.side.at = parse_instant(at, where="at")
            for name, _ in members:
                self.side.restart(name)
        self.lock = threading.RLock()
        self._down: set[frozenset[str]] = set()
        self._running = {name: Running(self, MemberId(name), Path("/nonexistent")) for name, _ in members}
        self._apps: dict[str, ASGIApp] = {name: application.build(r) for name, r in self._running.items()}  # type: ignore[arg-type]
        for node in self.side.nodes.values():
            node.reachable = frozenset(node.peers)
        if terms is not None:
            self.agree(terms)
        self.advance(1)

    # Time and lines

    @property
    def now(self) -> Instant:
        """Return everybody's clock."""
        return self.side.at

    def zulu(self, seconds: float = 0) -> str:
        """Return the instant `seconds` from now as the API takes it."""
        return format_instant(Instant(self.side.at + round(seconds * 1000)))

    def advance(self, seconds: float, *, every_s: float = STEP_MS / 1000) -> None:
        """Let time pass, `every_s` at a time; in each of these steps nodes tick and speak."""
        left = round(seconds * 1000)
        while left > 0:
            step = min(round(every_s * 1000), left)
            self.side.at = Instant(self.side.at + step)
            left -= step
            self.turn()

    def turn(self) -> None:
        """Let every node tick, say what cannot wait, and push what is due, without time passing."""
        with self.lock:
            for name in self._running:
                node = self.side.nodes[name]
                node.tick(at=self.side.at, random=self.side.random)
                self.side.keep(name)
                self._ask(node)
            for name in self._running:
                self._shout(name)
            for _ in range(3):
                for name in self._running:
                    self._push(name)

    def cut(self, a: str, b: str) -> None:
        """Cut the direct line between two members; a third one may still carry."""
        self._down.add(frozenset((a, b)))

    def mend(self, a: str, b: str) -> None:
        """Mend the direct line between two members."""
        self._down.discard(frozenset((a, b)))

    def cut_off(self, member: str) -> None:
        """Cut every line of a member."""
        for other in self._running:
            if other != member:
                self.cut(member, other)

    def mend_all(self) -> None:
        """Mend every line."""
        self._down.clear()

    def restart(self, member: str) -> Node:
        """Load a member's node anew from its store."""
        with self.lock:
            node = self.side.restart(member)
            node.reachable = frozenset(node.peers)
            return node

    def up(self, a: str, b: str) -> bool:
        """Report whether the direct line between two members is up."""
        return frozenset((a, b)) not in self._down

    # Officers

    def api(self, member: str, method: str, path: str, body: Any = None, *, officer: str = "1") -> Any:
        """Return the decoded answer of a member's API.

        Raises:
            ApiRefused: It answered with a problem.
        """
        raw = b"" if body is None else json.dumps(body).encode()
        status, answer, _ = self._asked(member, method, path, raw, token_of(member, officer), "application/json")
        value = json.loads(answer) if answer else None
        if status >= 400:
            raise ApiRefused(status, value)
        return value

    def cli(self, member: str, *arguments: str, given: str | None = None, officer: str = "1") -> Result:
        """Run a command of the real command line against a member's node."""
        with self._served(member) as url:
            known = {"CLEARLINE_URL": url, "CLEARLINE_TOKEN": token_of(member, officer)}
            return CliRunner().invoke(main, [*arguments], input=given, env=known)

    def events(self, member: str, *kinds: str) -> list[dict[str, Any]]:
        """Return the events of a member's node, of these kinds or all, each with its kind, oldest first."""
        found: list[PutEvent] = self.side.nodes[member].store.events(0, 1_000_000)
        return [{"kind": e.kind, **json.loads(e.data)} for e in found if not kinds or e.kind in kinds]

    def agree(self, terms: Terms) -> None:
        """Bring terms into force: the first party proposes, all assent, and it concludes."""
        first, *others = self.side.roster.parties
        proposal = self.side.desk(first).propose(terms)
        of = getattr(proposal, "entry").id  # noqa: B009 -- two officers sign at once here, so it is placed
        self.turn()
        for party in (first, *others):
            self.side.desk(party).assent(of)
        self.turn()
        self.turn()
        self.side.desk(first).conclude(of)
        self.turn()
        self.turn()

    # Inside

    def _asked(self, member: str, method: str, path: str, body: bytes, token: str, media: str) -> Answered:
        with self.lock:
            return asyncio.run(_call(self._apps[member], method, path, body, token, media))

    @contextlib.contextmanager
    def _served(self, member: str) -> Iterator[str]:
        floor = self

        class Bridge(http.server.BaseHTTPRequestHandler):
            """Carries requests of a command to the application in process."""

            protocol_version = "HTTP/1.1"

            def _carry(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
                media = self.headers.get("content-type") or ""
                status, answer, headers = floor._asked(member, self.command, self.path, body, token, media)
                self.send_response(status)
                for name, value in headers:
                    if name != b"content-length":
                        self.send_header(name.decode("latin-1"), value.decode("latin-1"))
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = _carry  # noqa: N815 -- the names are the library's

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bridge)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)

    def _ask(self, node: Node) -> None:
        """Let a node ask its peers for the newest checkpoints, as a line does first of all."""
        for peer in sorted(node.to_ask):
            if self.up(node.me, peer):
                other = self.side.nodes[peer]
                shown = {name: held.signed.raw() for name, held in other.logs.items() if held.signed is not None}
                node.take_checkpoints(peer, shown, at=self.side.at, random=self.side.random)
            else:
                node.ask_failed(peer)
            self.side.keep(node.me)

    def _shout(self, name: str) -> None:
        node, at = self.side.nodes[name], self.side.at
        for peer in node.peers:
            for ahead in node.to_shout(peer, at=at):
                if self.up(name, peer):
                    self._heard(peer, name, ahead)
                for bearer in node.bearers(peer):
                    if self.up(name, bearer) and self.up(bearer, peer):
                        key = key_to(node, peer)
                        self._heard(peer, bearer, seal_ahead(ahead, to=peer, key=key))

    def _heard(self, peer: str, carrier: str, ahead: Ahead) -> None:
        node = self.side.nodes[peer]
        try:
            node.take_ahead(
                wire.decode_ahead(wire.encode_ahead(ahead)),
                carrier=MemberId(carrier),
                at=self.side.at,
                random=self.side.random,
            )
        finally:
            self.side.keep(peer)

    def _push(self, name: str) -> None:
        node, at, random = self.side.nodes[name], self.side.at, self.side.random
        for peer, log in node.due(at=at):
            for bearer in node.ways_due(peer, log, at=at):
                way = name if bearer is None else bearer
                there = self.up(name, peer) if bearer is None else self.up(name, bearer) and self.up(bearer, peer)
                try:
                    if not there:
                        raise Unavailable(f"no line from {way} to {peer}")
                    push = node.next_push(peer, log)
                    self.side.keep(name)
                    carried = push
                    if bearer is not None:
                        carried = seal_push(push, to=peer, key=key_to(node, peer))
                    answer = self.side.give(peer, carried, carrier=way)
                    node.take_answer(peer, log, push, answer, at=at, bearer=bearer)
                except Unavailable as fault:
                    node.push_failed(peer, fault.message, at=at, random=random, log=log, bearer=bearer)
                except (Refused, ClearlineError) as fault:
                    node.push_refused(peer, fault.message, at=at, random=random, log=log, bearer=bearer)
                finally:
                    self.side.keep(name)


def token_of(member: str, officer: str = "1") -> str:
    """Return the token of an officer on this floor."""
    return f"token-of-{member}-{officer}"


async def _call(app: ASGIApp, method: str, path: str, body: bytes, token: str, media: str) -> Answered:
    """Return status, body and headers of one request to an application in process."""
    target, _, query = path.partition("?")
    headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    if body:
        headers += [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
    }
    parts: list[bytes] = []
    headers_out: list[tuple[bytes, bytes]] = []
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers_out.extend(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts), headers_out
