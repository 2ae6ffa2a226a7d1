"""The lines to the other members: a lane for each log to each of them, a bearer where the direct line fails.

Each lane is a task of its own, so that nothing urgent waits for routine, nor one member for another. A task that ends,
however it ends, is started again: nobody would notice that a line has died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from clearline.channel.line.peers import DIRECT
from clearline.channel.line.sealed import key_to, seal_ahead, seal_push
from clearline.channel.node import Node
from clearline.channel.push import Ahead, Answer, Push
from clearline.channel.witnessing import lost
from clearline.errors import Alarm, ClearlineError, Refused, Unavailable
from clearline.gateways.peer.calling import PULL_ENTRIES_MAX, Caller
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

log = logging.getLogger("clearline")

Result = TypeVar("Result")

PAUSE_S: Final = 1.0
"""How long a line rests after a fault that nobody foresaw."""

LOOK_S: Final = 5.0
"""How long a lane sleeps at most: a clock that was set is noticed then."""

SHOUT_LOOK_S: Final = 1.0
"""How long the urgent lane sleeps at most."""

ASK_AGAIN_S: Final = 2.0
"""Seconds after which a member that could not be asked for its checkpoints is asked again."""

REFILL_ENTRIES_MAX: Final = 100_000
"""Entries of one log that a node which lost state takes back in one step: it does nothing else meanwhile."""

SHOUTS_A_WAY_MAX: Final = 16
"""Urgent entries on their way to one member by one bearer at one time: a way that hangs holds up no other."""

SHOUTS_MAX: Final = 1_024
"""The same over all ways: each is a task and one body, so that many members that hang cost bounded memory."""

URGENT_LOG: Final = "safety"


class Host(Protocol):
    """The running node that the lines belong to."""

    @property
    def node(self) -> Node:
        """Return the node as it is now; it may be another one after a fault of the store."""

    @property
    def next_commit(self) -> asyncio.Event:
        """Return what is set once something more was committed."""

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run `step` and return its result once durable."""

    def randomness(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""

    def caller(self, member: MemberId) -> Caller | None:
        """Return what calls a member's node, or `None` where its address is not known."""


class Lines:
    """Keeps every member up to date, by its own line or by another member that carries what is sealed."""

    def __init__(self, host: Host, now: Callable[[], Instant]) -> None:
        self.host, self.now = host, now
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._probes: set[tuple[MemberId, str]] = set()
        self._aside: set[asyncio.Task[None]] = set()
        self._shouting: Counter[tuple[MemberId, MemberId | None]] = Counter()

    async def run(self) -> None:
        """Run every lane until this is cancelled; a lane that ends is started again."""
        lanes: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {"ahead": self._shout_on}
        for peer in self.host.node.peers:
            for name in LOGS:
                lanes[f"{peer}/{name}"] = self._lane_of(peer, name)
        try:
            for name, lane in lanes.items():
                self.tasks[name] = asyncio.create_task(lane(), name=f"lane {name}")
            while True:
                await asyncio.wait(self.tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                for name, task in list(self.tasks.items()):
                    if task.done():
                        fault = None if task.cancelled() else task.exception()
                        log.error("the lane %s ended and is started again", name, exc_info=fault)
                        self.tasks[name] = asyncio.create_task(lanes[name](), name=f"lane {name}")
                await asyncio.sleep(PAUSE_S)
        finally:
            tasks = [*self.tasks.values(), *self._aside]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _lane_of(self, peer: MemberId, name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        return lambda: self._lane(peer, name)

    async def _lane(self, peer: MemberId, name: str) -> None:
        """Keep one member up to date about one own log: push what is new, beat when quiet, back off while away."""
        asked = False
        while True:
            try:
                if name != URGENT_LOG and not asked:
                    await self._ask(peer)
                    await self._catch_up(peer)
                    asked = True
                await self._speak(peer, name)
            except Exception:
                # Whatever a peer or a full disk does, the lane goes on.
                log.exception("the line to %s failed", peer)
                await asyncio.sleep(PAUSE_S)

    async def _speak(self, peer: MemberId, name: str) -> None:
        commit, node, at = self.host.next_commit, self.host.node, self.now()
        if name != URGENT_LOG and (peer in node.to_ask or lost.still_lacking(node)):
            await self._ask(peer)
            await self._refill(peer)
        ways = node.ways_due(peer, name, at=at)
        for bearer in ways:
            if bearer is DIRECT and len(ways) > 1:
                self._probe(peer, name)
            else:
                await self._push(peer, name, bearer)
        if not ways:
            wake = node.next_wake(peer, at=at, log=name)
            most = ASK_AGAIN_S if peer in node.to_ask else LOOK_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(commit.wait(), max(0.02, min(most, (wake - at) / 1000)))

    def _probe(self, peer: MemberId, name: str) -> None:
        """Try the direct line beside the one that carries: an answer that does not come must not hold it up."""
        if (peer, name) in self._probes:
            return
        self._probes.add((peer, name))
        self._beside(self._push(peer, name, DIRECT), lambda: self._probes.discard((peer, name)))

    async def _push(self, peer: MemberId, name: str, bearer: MemberId | None) -> None:
        host, random = self.host, self.host.randomness
        urgent = name == URGENT_LOG
        try:
            push = await host.do(lambda node, _: node.next_push(peer, name), who=peer, urgent=urgent)
            sent = self.now()
            answer = await self._carried(peer, push, bearer)
            await host.do(
                lambda node, at: node.take_answer(peer, name, push, answer, at=at, bearer=bearer, sent=sent),
                who=peer,
                urgent=urgent,
            )
        except Unavailable as fault:
            reason = fault.message
            await host.do(
                lambda node, at: node.push_failed(peer, reason, at=at, random=random, log=name, bearer=bearer),
                who=peer,
                urgent=urgent,
            )
        except (Refused, Alarm) as fault:
            refusal = fault.message
            log.warning("%s%s: %s", peer, f" through {bearer}" if bearer else "", refusal)
            await host.do(
                lambda node, at: node.push_refused(peer, refusal, at=at, random=random, log=name, bearer=bearer),
                who=peer,
                urgent=urgent,
            )

    async def _carried(self, peer: MemberId, push: Push, bearer: MemberId | None) -> Answer:
        if bearer is None:
            return await self._caller(peer).push(push)
        key = key_to(self.host.node, peer)
        sealed = await asyncio.to_thread(seal_push, push, to=peer, key=key)
        return await self._caller(bearer).relay(peer, sealed)

    def _caller(self, member: MemberId) -> Caller:
        caller = self.host.caller(member)
        if caller is None:
            raise Unavailable(f"no address of {member} is known here; name it with: clearline keys install --peer")
        return caller

    # What comes from the other side

    async def _ask(self, peer: MemberId) -> None:
        """Ask a member for the newest checkpoints that it holds, where the node wants to know."""
        node, caller = self.host.node, self.host.caller(peer)
        if peer not in node.to_ask:
            return
        if caller is None:
            await self.host.do(lambda node, _: node.ask_failed(peer), who=peer)
            return
        try:
            shown = await caller.checkpoints(sorted(node.logs))
            random = self.host.randomness
            await self.host.do(lambda node, at: node.take_checkpoints(peer, shown, at=at, random=random), who=peer)
        except ClearlineError as fault:
            log.info("asking %s: %s", peer, fault.message)
            await self.host.do(lambda node, _: node.ask_failed(peer), who=peer)

    async def _catch_up(self, peer: MemberId) -> None:
        """Pull what the member said while this node was down; what fails here its own pushes mend."""
        for name in LOGS:
            if not await self._pulled(peer, f"{peer}/{name}"):
                return

    async def _refill(self, peer: MemberId) -> None:
        """Pull what a node that lost state lacks, from whichever member holds it."""
        for name, _, _ in lost.still_lacking(self.host.node):
            if not await self._pulled(peer, name, most=REFILL_ENTRIES_MAX):
                return

    async def _pulled(self, peer: MemberId, name: str, *, most: int = PULL_ENTRIES_MAX) -> bool:
        node, caller, random = self.host.node, self.host.caller(peer), self.host.randomness
        if caller is None:
            return False
        try:
            push = await caller.pull(name, node.logs[name].size, me=node.me, most=most)
            if push is not None:
                await self.host.do(lambda node, at: node.receive(push, at=at, random=random, carrier=peer), who=peer)
        except ClearlineError as fault:
            log.info("catching up with %s: %s", peer, fault.message)
            return False
        return True

    # What cannot wait for its log

    async def _shout_on(self) -> None:
        """Say what is urgent to each member by every bearer at once, until its log has brought it there."""
        while True:
            commit, at = self.host.next_commit, self.now()
            for peer, said in (await self.host.do(_all_to_shout, urgent=True)).items():
                for ahead in said:
                    for bearer in (DIRECT, *self.host.node.bearers(peer)):
                        self._shout(peer, ahead, bearer)
            wake = (self.host.node.next_shout(at=self.now()) - at) / 1000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(commit.wait(), max(0.02, min(SHOUT_LOOK_S, wake)))

    def _shout(self, peer: MemberId, ahead: Ahead, bearer: MemberId | None) -> None:
        way = peer, bearer
        if self._shouting[way] >= SHOUTS_A_WAY_MAX or self._shouting.total() >= SHOUTS_MAX:
            return
        self._shouting[way] += 1
        self._beside(self._say_ahead(peer, ahead, bearer), lambda: self._shouting.subtract((way,)))

    async def _say_ahead(self, peer: MemberId, ahead: Ahead, bearer: MemberId | None) -> None:
        try:
            if bearer is None:
                await self._caller(peer).ahead(ahead)
            else:
                key = key_to(self.host.node, peer)
                await self._caller(bearer).relay_ahead(peer, seal_ahead(ahead, to=peer, key=key))
        except ClearlineError as fault:
            log.info("ahead to %s%s: %s", peer, f" through {bearer}" if bearer else "", fault.message)

    def _beside(self, work: Coroutine[Any, Any, None], then: Callable[[], None]) -> None:
        """Let work go on beside the lanes; it ends with them."""

        def ended(task: asyncio.Task[None]) -> None:
            self._aside.discard(task)
            then()
            if not task.cancelled() and (fault := task.exception()) is not None:
                log.error("work beside a lane failed", exc_info=fault)

        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(ended)


def _all_to_shout(node: Node, at: Instant) -> dict[MemberId, tuple[Ahead, ...]]:
    return {peer: node.to_shout(peer, at=at) for peer in node.peers}
