"""The only place where real clocks, stores and sockets are chosen, and the loop that runs a node over them.

Steps run one after another on the event loop; those that waited together are committed together (group commit),
and nobody is answered before that commit is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from clearline.channel.due.ticking import TICK_S
from clearline.channel.keys import key_watch
from clearline.channel.line.turns import Turns
from clearline.channel.node import Node
from clearline.channel.ports import EraseBody, PutEvent
from clearline.channel.roster import Roster
from clearline.channel.witnessing import lost
from clearline.errors import ClearlineError, NotAllowed, Unavailable
from clearline.gateways.carry.taking import SPOOL, forget_waiting
from clearline.records.words import MemberId
from clearline.store.accounts import ACCOUNTS, Account, read_accounts
from clearline.store.bells import counter, read_bells
from clearline.store.bookmark_file import code, drop_bookmark, read_bookmark
from clearline.store.folder import (
    TOKENS,
    NodeConfig,
    TokenGrant,
    hold_one_channel,
    read_config,
    read_grants,
    read_keyring,
    read_private,
    read_roster,
    write_private,
)
from clearline.store.sqlite import SqliteStore
from clearline.store.upkeep import Upkeep
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    import ssl

    import httpx

    from clearline.gateways.peer.calling import Caller
    from clearline.gateways.peer.lines import Lines

log = logging.getLogger("clearline")

Result = TypeVar("Result")

BATCH_MAX = 512
"""Steps that are committed together: enough to share one sync of the disk among all who wait."""

BATCH_S = 0.05
"""Seconds after which a batch takes no further step: who asks for something urgent waits for one batch at most."""

CONNECTIONS_TO_ONE = 12
"""Connections to one peer: its two lanes, what is said ahead, and what this node carries to it for others."""

CERTIFICATE, TLS_KEY = "tls.crt", "keys/tls.pem"
"""Where a node's folder holds the certificate of its lines, and the key."""

EVENTS_AT_HAND = 2_000
"""Newest events kept in memory for those who listen."""


def now() -> Instant:
    """Return the present instant by the machine's clock."""
    return Instant(time.time_ns() // 1_000_000)


def randomness(count: int) -> bytes:
    """Return `count` unpredictable bytes from the operating system."""
    return os.urandom(count)


class PlainHttp(NotAllowed):
    """Nodes would speak to each other in the clear, outside a demonstration or drill on one machine."""

    slug, title, status = "plain-http", "Plain HTTP between nodes", 403


def check_lines(config: NodeConfig, roster: Roster, *, where: Path) -> None:
    """Refuse a configuration by which nodes would speak plain HTTP where they must not.

    Raises:
        PlainHttp: Says what to change.
    """
    may = config.demonstration or roster.genesis.drill
    how = "plain HTTP is for a demonstration or a drill on loopback alone"
    if not config.peers_port and not (may and is_loopback(config.host)):
        raise PlainHttp(
            f"{where} names no address where other nodes call over TLS, and {how}; "
            "run clearline keys tls, then clearline keys install with --peers-listen"
        )
    for peer, url in config.peers.items():
        parts = urlsplit(url)
        if parts.scheme != "https" and not (may and is_loopback(parts.hostname or "")):
            raise PlainHttp(f"{where}/peers/{peer}: {url} is not https, and {how}")


def make_certificate(
    folder: Path, roster: Roster, member: MemberId, root_seed: bytes, *, start: Instant, end: Instant
) -> None:
    """Make the key of a node's lines where the folder has none, and a certificate for it under the member's root.

    Raises:
        Refused: The root is not the one that the genesis names, or the key file holds no key.
    """
    from clearline.gateways.peer import tls

    key = folder / TLS_KEY
    if not key.exists():
        write_private(key, tls.pem_of(randomness(32)))
    public = tls.public_of(read_private(key), where=str(key))
    serial = int.from_bytes(randomness(19), "big")
    made = tls.issue(root_seed, roster, member, public, start=start, end=end, serial=serial)
    write_private(folder / CERTIFICATE, made.decode(), replace=True)


def is_loopback(host: str) -> bool:
    """Report whether `host` is `localhost` or a loopback address (127.0.0.0/8, ::1)."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class _Waiting:
    step: Callable[[Node, Instant], Any]
    answer: asyncio.Future[Any]


class RunningNode:
    """A node with its store, its clock and its line to each peer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: NodeConfig = read_config(folder)
        self._tokens: tuple[tuple[int, int], dict[str, TokenGrant]] = ((0, 0), {})
        self._accounts: tuple[tuple[int, int], dict[str, Account]] = ((0, 0), {})
        self.roster = read_roster(folder)
        hold_one_channel(folder, self.roster)
        check_lines(self.config, self.roster, where=folder / "node.json")
        self.store = SqliteStore(folder / "record.sqlite")
        try:
            self.roster = key_watch.roster_with(self.roster, self.store.kept(key_watch.KIND))
            self.keys = read_keyring(folder, self.roster, self.config.member)
        except BaseException:
            self.store.close()
            raise
        self.node = self._load()
        self.recent: deque[PutEvent] = deque(maxlen=EVENTS_AT_HAND)
        self.committed_event = self.store.last_event()
        self._turns: Turns[_Waiting] = Turns()
        self._waits = asyncio.Event()
        self._callers: dict[MemberId, Caller] = {}
        self.lines: Lines | None = None
        self.refused_lines: deque[tuple[str, str]] = deque()
        """Address and reason of the newest lines that were refused, oldest first."""
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def me(self) -> MemberId:
        """Return the member whose node this is."""
        return self.config.member

    @property
    def tokens(self) -> dict[str, str]:
        """Return the hashes of the tokens that admit, and whom; a token made or taken back counts at once.

        Raises:
            NotFound, OpenToOthers: The file is missing or readable by others: then nobody is admitted.
        """
        path = self.folder / TOKENS
        try:
            found = path.stat()
        except FileNotFoundError:
            return {}
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._tokens[0]:
            self._tokens = (stamp, read_grants(self.folder))
        at = now()
        return {digest: grant.officer for digest, grant in self._tokens[1].items() if grant.admits(at)}

    @property
    def accounts(self) -> dict[str, Account]:
        """Return the officers' accounts by name; a change of the file counts at once.

        Raises:
            OpenToOthers, Malformed: The file can be read by others or is none: then nobody is admitted by it.
        """
        try:
            found = (self.folder / ACCOUNTS).stat()
        except FileNotFoundError:
            return {}
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._accounts[0]:
            self._accounts = (stamp, read_accounts(self.folder))
        return self._accounts[1]

    def randomness(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return randomness(count)

    def caller(self, member: MemberId) -> Caller | None:
        """Return what calls a member's node, or `None` where its address is not known here."""
        return self._callers.get(member)

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run a step and return its result once everything that it wrote is on the disk.

        Those who ask (`who`: a member, or nothing for the own officers) take turns; urgent steps come first.

        Raises:
            Unavailable: Too much waits already, or the store could not write.
            ClearlineError: What the step raised.
        """
        waiting = _Waiting(step, asyncio.get_running_loop().create_future())
        self._turns.put(waiting, who=who, urgent=urgent)
        self._waits.set()
        result: Result = await waiting.answer
        return result

    async def read(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Return what a step finds that changes nothing, nothing of it newer than what is on the disk.

        A fault inside it is the asker's alone: it must not make the node start anew for everybody.

        Raises:
            Unavailable: Too much waits already.
            Exception: What the step raised.
        """

        def shielded(node: Node, at: Instant) -> tuple[Result | None, Exception | None]:
            try:
                return step(node, at), None
            except Exception as fault:  # noqa: BLE001 -- raised again below, outside the node's own loop
                return None, fault

        found, fault = await self.do(shielded, who=who, urgent=urgent)
        if fault is not None:
            raise fault
        return cast(Result, found)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the node's loop and its lines to peers for as long as the context is open."""
        from clearline.gateways.peer.calling import Caller, signed_by
        from clearline.gateways.peer.lines import Lines

        self.lines = Lines(self, now)
        upkeep = Upkeep(self, self.folder, now)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self.store.close)
            for name, url in self.config.peers.items():
                peer = MemberId(name)
                caller = Caller(partial(self._client, peer), peer, url, signed_by(lambda: self.node, peer, now))
                self._callers[peer] = caller
                stack.push_async_callback(caller.close)
            self._tasks = [
                asyncio.create_task(self._work(), name="steps"),
                asyncio.create_task(self._tick(), name="ticks"),
                asyncio.create_task(self.lines.run(), name="lines"),
                asyncio.create_task(upkeep.run(), name="upkeep"),
                *self._bells(),
            ]
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                upkeep.end()

    def _bells(self) -> list[asyncio.Task[None]]:
        """Return the task that rings outward, where the folder names somebody to ring."""
        config = read_bells(self.folder)
        if config is None or not config.urls:
            return []
        from clearline.gateways.bell.ringing import Bell, ring_all

        count = counter(self.folder)
        bells = [Bell(url, config.secret, count, self.roster.genesis.drill) for url in config.urls]
        return [asyncio.create_task(ring_all(bells, self), name="bells")]

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Run the node's steps without a line to anybody, for work on the folder of a node that is stopped."""
        task = asyncio.create_task(self._work(), name="steps")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.store.close()

    def _client(self, peer: MemberId) -> httpx.AsyncClient:
        """Return the client for one peer: over TLS it trusts that peer's own root and no other."""
        import httpx

        limits = httpx.Limits(max_connections=CONNECTIONS_TO_ONE, max_keepalive_connections=4)
        if not self.config.peers[peer].startswith("https://"):
            return httpx.AsyncClient(limits=limits, trust_env=False, verify=False)  # noqa: S501 -- no TLS to verify
        return httpx.AsyncClient(limits=limits, trust_env=False, verify=self.tls_context([peer], server=False))

    def tls_context(self, trusted: Iterable[MemberId], *, server: bool) -> ssl.SSLContext:
        """Return what speaks TLS for this node with these members.

        Raises:
            NoCertificate: The node has no certificate that is good now.
        """
        from clearline.gateways.peer import tls

        def revoked(member: MemberId, key: bytes) -> bool:
            return self.node.picture.keys.revoked(member, "tls", key)

        certificate, key = self.folder / CERTIFICATE, self.folder / TLS_KEY
        leaf = tls.check_own(certificate, key, self.roster, self.me, at=now())
        if server and leaf.end - now() < tls.SOON_MS:
            log.warning("the certificate of this node ends at %s: clearline keys tls", format_instant(leaf.end))
        return tls.context(self.roster, trusted, certificate, key, server=server, now=now, revoked=revoked)

    @property
    def next_commit(self) -> asyncio.Event:
        """Return what is set once something more was committed; take it first, then look, then wait."""
        return self._changed

    async def changed(self, timeout_s: float) -> None:
        """Wait until something was committed, at most `timeout_s` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_s)

    def events_after(self, number: int, count: int = 500) -> list[PutEvent]:
        """Return committed events past `number`, oldest first."""
        if self.recent and self.recent[0].number <= number + 1:
            return [e for e in self.recent if e.number > number][:count]
        return [e for e in self.store.events(number, count) if e.number <= self.committed_event]

    def _take_up_keys(self) -> None:
        """Sign with the newest keys once they are granted, where their files lie in the folder."""
        if self.node.roster is self.roster:
            return
        self.roster = self.node.roster
        try:
            self.keys = self.node.keys = read_keyring(self.folder, self.roster, self.me)
        except (ClearlineError, OSError) as fault:
            log.error("keys: %s; put the file there and start the node again", fault)

    def _load(self) -> Node:
        """Return the node as the store holds it.

        What is loaded stays, and there is much of it: the collector would walk it again and again on the way.
        """
        gc.disable()
        try:
            mark = read_bookmark(self.folder)
            before: Node | None = getattr(self, "node", None)
            # The process that asked its peers knows its own store: only a start may be that of a restored backup.
            ask = before is None or lost.unasked(before)
            node = Node.load(
                self.me,
                self.roster,
                self.keys,
                self.store,
                at=now(),
                ask_first=ask,
                bookmark=mark,
                code=code(),
            )
            if before is not None:
                node.to_ask, node.ask_tried = {*before.to_ask}, {*before.ask_tried}
            node.reachable = frozenset(MemberId(peer) for peer in self.config.peers)
            gc.freeze()
        finally:
            gc.enable()
        return node

    async def _tick(self) -> None:
        """Let the node do what time alone brings; a store that cannot write now delays it, and never ends it."""
        while True:
            try:
                await self.do(lambda node, at: node.tick(at=at, random=randomness))
            except Unavailable as fault:
                log.warning("a tick waits: %s", fault.message)
            except Exception:
                log.exception("a tick failed")
            await asyncio.sleep(TICK_S)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._waits.wait()
            outcomes: list[tuple[_Waiting, Any, Exception | None]] = []
            until = time.monotonic() + BATCH_S
            while len(self._turns) and len(outcomes) < BATCH_MAX and (not outcomes or time.monotonic() < until):
                waiting = self._turns.take()
                try:
                    outcomes.append((waiting, waiting.step(self.node, now()), None))
                except ClearlineError as error:
                    outcomes.append((waiting, None, error))
                except Exception as error:
                    log.exception("a step failed")
                    outcomes.append((waiting, None, error))
                    self.node = self._load()
                    failed = Unavailable("another request failed; try again")
                    outcomes = [(w, None, e or failed) for w, _, e in outcomes]
            if not len(self._turns):
                self._waits.clear()
            writes = self.node.take_writes()
            if writes:
                if self.node.stale_bookmark:
                    self.node.stale_bookmark = False
                    drop_bookmark(self.folder)
                try:
                    await loop.run_in_executor(None, self.store.commit, writes)
                except Unavailable as error:
                    log.error("%s", error.message)
                    self.node = self._load()
                    outcomes = [(waiting, None, failure or error) for waiting, _, failure in outcomes]
                    writes = []
                self.node.settle(at=now())
                self._take_up_keys()
            for waiting, result, failure in outcomes:
                if waiting.answer.done():
                    continue
                if failure is None:
                    waiting.answer.set_result(result)
                else:
                    waiting.answer.set_exception(failure)
            if writes:
                events = [w for w in writes if isinstance(w, PutEvent)]
                if any(isinstance(w, EraseBody) for w in writes):
                    forget_waiting(self.folder / SPOOL)
                if traces := [trace for w in writes if isinstance(w, EraseBody) for trace in w.traces]:
                    kept = [e for e in self.recent if not any(trace in e.data for trace in traces)]
                    self.recent.clear()
                    self.recent.extend(kept)
                self.recent.extend(events)
                self.committed_event = events[-1].number if events else self.committed_event
                self._changed.set()
                self._changed = asyncio.Event()
