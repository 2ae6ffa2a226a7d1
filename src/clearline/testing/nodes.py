"""Real nodes on loopback: folders, keys, stores, HTTP; started and ended by the test that needs them.

with running_nodes(tmp_path, ("IL", "TR")) as nodes:
    httpx.get(nodes["TR"].url + "/api/v1/health", headers=nodes["TR"].headers)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from clearline.bootstrap import RunningNode, make_certificate, now, randomness
from clearline.channel.founding import found, genesis_text
from clearline.channel.node import Node
from clearline.channel.witnessing import lost
from clearline.faces.api.serving import bind, serve, url_of
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.store.folder import NodeConfig, add_token, make_member, read_seed, root_signer, write_config
from clearline.volumes.instant import Instant

Result = TypeVar("Result")

START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 10.0

log = logging.getLogger("clearline.testing")


@dataclass(slots=True)
class LiveNode:
    """One member's node. `url` has no slash at its end; `tokens` admit the officers 1 and 2."""

    member: str
    folder: Path
    url: str
    tokens: tuple[str, str]
    running: RunningNode | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _done: Any = None
    _bound: socket.socket | None = None
    _peers_bound: socket.socket | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return the header that admits officer 1."""
        return {"authorization": f"Bearer {self.tokens[0]}"}

    @property
    def alive(self) -> RunningNode:
        """Return the running node.

        Raises:
            RuntimeError: It does not run.
        """
        if self.running is None:
            raise RuntimeError(f"{self.member} does not run")
        return self.running

    def do(self, step: Callable[[Node, Instant], Result]) -> Result:
        """Run a step on the node from the test's own thread."""
        if self._loop is None:
            raise RuntimeError(f"{self.member} does not run")
        return asyncio.run_coroutine_threadsafe(self.alive.do(step), self._loop).result(START_TIMEOUT_S)

    def sizes(self) -> dict[str, int]:
        """Return the size of each log that the node holds."""
        return self.do(lambda node, _: {name: held.size for name, held in node.logs.items()})

    def start(self) -> None:
        """Start the node at the address that it had before."""
        if self._loop is None:
            raise RuntimeError("the loop of these nodes has ended")
        started, stop = threading.Event(), asyncio.Event()

        async def run() -> None:
            running = RunningNode(self.folder)
            self.running = running
            port = int(self.url.rpartition(":")[2])
            bound, self._bound = self._bound or bind("127.0.0.1", port), None
            beside, self._peers_bound = self._peers_bound, None
            try:
                await serve(
                    running,
                    "127.0.0.1",
                    port,
                    lambda _: started.set(),
                    stop=stop,
                    bound=bound,
                    peers_bound=beside,
                )
            finally:
                self.running = None

        self._stop = stop
        self._done = asyncio.run_coroutine_threadsafe(run(), self._loop)
        while not started.wait(0.02):
            if self._done.done():
                self._done.result()
                raise RuntimeError(f"{self.member} ended before it was ready")

    def settle(self) -> None:
        """Wait until the node may sign: it asks its peers first how far its own logs are."""
        end = time.monotonic() + START_TIMEOUT_S
        while self.do(lambda node, _: lost.unasked(node)) and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self) -> None:
        """End the node in an orderly way; its folder stays."""
        if self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._done.result(END_TIMEOUT_S)
        self._stop = None


def ask(node: LiveNode, method: str, path: str, body: Any = None) -> Any:
    """Ask a node's API as its officer 1 and return what it answers; what is refused fails the test in its own words."""
    answer = httpx.request(method, f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json()


@dataclass(slots=True)
class LiveNodes(Mapping[str, LiveNode]):
    """The nodes of one channel by member."""

    held: dict[str, LiveNode] = field(default_factory=dict)

    def __getitem__(self, member: str) -> LiveNode:
        return self.held[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


def found_folders(
    root: Path,
    members: Sequence[tuple[str, Role]],
    ports: Mapping[str, int],
    *,
    demonstration: bool = False,
    tls_ports: Mapping[str, int] | None = None,
    releasing: bool = False,
) -> dict[str, tuple[str, str]]:
    """Make a folder `root/<member>` for each member of a new channel and return the tokens of its two officers.

    With `tls_ports` the channel is no drill, and its nodes call each other there, over TLS. With `releasing` each
    member has a third officer, who is a releasing one; those keys lie in `root/releasing`.
    """
    cards = [
        make_member(
            root / name,
            member=name,
            name=f"Member {name}",
            role=role,
            positions=["watch 1", "watch 2"],
            random=randomness,
            releasing=["release"] if releasing else (),
            releasing_folder=root / "releasing",
        )
        for name, role in members
    ]
    text = genesis_text(channel="Test nodes", drill=tls_ports is None, cards=cards, created=now(), nonce=randomness(32))
    roster = found(text, [root_signer(root / name, name) for name, _ in members])
    tokens = {}
    for name, _ in members:
        folder = root / name
        (folder / "genesis.note").write_bytes(roster.note)
        scheme, towards = ("http", ports) if tls_ports is None else ("https", tls_ports)
        peers = {other: f"{scheme}://127.0.0.1:{towards[other]}" for other, _ in members if other != name}
        config = NodeConfig(MemberId(name), "127.0.0.1", ports[name], peers, demonstration)
        if tls_ports is not None:
            config = replace(config, peers_host="127.0.0.1", peers_port=tls_ports[name])
            seed, at = read_seed(folder / "keys" / "root.key"), now()
            make_certificate(
                folder, roster, MemberId(name), seed, start=Instant(at - 3_600_000), end=Instant(at + 86_400_000)
            )
        write_config(folder, config)
        tokens[name] = (
            add_token(folder, officer="1", random=randomness),
            add_token(folder, officer="2", random=randomness),
        )
    return tokens


@contextlib.contextmanager
def running_nodes(
    root: Path,
    members: Sequence[str | tuple[str, Role]] = ("IL", "TR"),
    *,
    demonstration: bool = False,
    start: bool = True,
    tls: bool = False,
    releasing: bool = False,
) -> Iterator[LiveNodes]:
    """Found a channel in `root` and run a node for each member, all on one loop in a thread of its own.

    Members given by name alone are parties. With `tls` the nodes speak TLS to each other, in a channel that is no
    drill. Nothing runs any more when the context ends.
    """
    roles = [(m, Role.PARTY) if isinstance(m, str) else m for m in members]
    sockets = {name: bind("127.0.0.1", 0) for name, _ in roles}
    ports = {name: int(bound.getsockname()[1]) for name, bound in sockets.items()}
    beside = {name: bind("127.0.0.1", 0) for name, _ in roles} if tls else {}
    tls_ports = {name: int(bound.getsockname()[1]) for name, bound in beside.items()}
    tokens = found_folders(
        root,
        roles,
        ports,
        demonstration=demonstration,
        tls_ports=tls_ports if tls else None,
        releasing=releasing,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="nodes", daemon=True)
    thread.start()
    nodes = LiveNodes(
        {
            name: LiveNode(
                name,
                root / name,
                url_of(sockets[name]),
                tokens[name],
                _loop=loop,
                _bound=sockets[name],
                _peers_bound=beside.get(name),
            )
            for name, _ in roles
        }
    )
    try:
        for node in nodes.values() if start else ():
            node.start()
        for node in nodes.values() if start else ():
            node.settle()
        yield nodes
    finally:
        for node in nodes.values():
            with contextlib.suppress(Exception):
                node.stop()
            for bound in (node._bound, node._peers_bound):
                if bound is not None:
                    bound.close()
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(END_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END_TIMEOUT_S)
        loop.close()
