"""What is said ahead by every bearer at once: a way that hangs holds up no other, and costs bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from clearline.channel.node import Node
from clearline.channel.push import Ahead
from clearline.gateways.peer import lines as peer_lines
from clearline.gateways.peer.lines import SHOUTS_A_WAY_MAX, SHOUTS_MAX, Lines
from clearline.records.alert import Alert, AlertSort
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Side
from clearline.volumes.instant import Instant

Result = TypeVar("Result")
ALERTS = SHOUTS_A_WAY_MAX + 3


class Way:
    """A bearer that answers at once, or never."""

    def __init__(self, *, hangs: bool) -> None:
        self.heard, self.hanging, self._hangs = 0, 0, hangs

    async def ahead(self, _: Ahead) -> None:
        """Take an entry that is said ahead."""
        if self._hangs:
            self.hanging += 1
            await asyncio.Event().wait()
        self.heard += 1

    async def relay_ahead(self, _: MemberId, ahead: Ahead) -> None:
        """Take one for another member."""
        await self.ahead(ahead)


class Running:
    """What lines need of a running node."""

    def __init__(self, side: Side, ways: dict[str, Way]) -> None:
        self.node, self._side, self._ways = side.nodes["IL"], side, ways
        self.next_commit = asyncio.Event()

    async def do(self, step: Callable[[Node, Instant], Result], **_: Any) -> Result:
        """Run a step."""
        return step(self.node, self._side.at)

    def randomness(self, count: int) -> bytes:
        """Return bytes of the seed."""
        return self._side.random(count)

    def caller(self, member: MemberId) -> Any:
        """Return the way to a member."""
        return self._ways[member]


async def said(side: Side, ways: dict[str, Way], enough: Callable[[], bool]) -> None:
    lines = Lines(Running(side, ways), lambda: side.at)
    task = asyncio.create_task(lines._shout_on())
    try:
        async with asyncio.timeout(60):
            while not enough():
                await asyncio.sleep(0)
        # Whatever may still follow of the same round has had its turn.
        for _ in range(50):
            await asyncio.sleep(0)
    finally:
        task.cancel()
        for other in [*lines._aside]:
            other.cancel()
        await asyncio.gather(task, *lines._aside, return_exceptions=True)


def alarmed() -> Side:
    side = Side(FIVE, seed="shouts")
    node = side.nodes["IL"]
    node.reachable = frozenset({MemberId("AZ"), MemberId("UN")})
    for number in range(ALERTS):
        signers = [node.keys.officers["1"]]
        alert = Alert(AlertSort.STOP_FIRE, text=str(number))
        node.submit(alert, audience=(MemberId("TR"),), signers=signers, at=side.at, random=side.random, log="safety")
    side.keep("IL")
    return side


def test_a_way_that_hangs_holds_up_no_other() -> None:
    """The direct line and one bearer swallow all they are given; by the third way every alert still goes out."""
    side = alarmed()
    ways = {"TR": Way(hangs=True), "AZ": Way(hangs=True), "UN": Way(hangs=False), "SY": Way(hangs=True)}
    asyncio.run(said(side, ways, lambda: ways["UN"].heard >= SHOUTS_A_WAY_MAX))
    assert ways["UN"].heard >= SHOUTS_A_WAY_MAX
    assert ways["TR"].hanging == ways["AZ"].hanging == SHOUTS_A_WAY_MAX


def test_many_ways_that_hang_cost_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all ways there is one bound, whatever hangs."""
    assert SHOUTS_MAX >= 4 * SHOUTS_A_WAY_MAX
    monkeypatch.setattr(peer_lines, "SHOUTS_MAX", SHOUTS_A_WAY_MAX + 1)
    side = alarmed()
    ways = {name: Way(hangs=True) for name in ("TR", "AZ", "UN", "SY")}
    asyncio.run(said(side, ways, lambda: sum(w.hanging for w in ways.values()) > SHOUTS_A_WAY_MAX))
    assert sum(way.hanging for way in ways.values()) == SHOUTS_A_WAY_MAX + 1
