"""Rings the bells of a node: beside its loop, bounded in time and number, and never waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from clearline.channel.ports import PutEvent
from clearline.gateways.bell.form import SIGNATURE, body, signature

log = logging.getLogger("clearline")

RINGS_FOR = frozenset({"alert", "overdue", "escalated", "alarm", "conflict"})
"""Kinds of events for which somebody has to look: the bell says not which."""

PAUSE_S = 5.0
"""Seconds between two bells of one address: whatever happens meanwhile is one more bell, not many."""

TIMEOUT_S = 5.0
"""Seconds for one try, from connecting to the answer's first line."""

TRIES_AFTER_S = (0.0, 1.0, 4.0, 15.0)
"""Seconds to wait before each try of one bell; after the last one the bell is given up, and the next one counts on."""

PAGE = 500


class Rung(Protocol):
    """What the bells follow: committed events, and a way to wait for more."""

    committed_event: int

    def events_after(self, number: int, count: int = PAGE) -> list[PutEvent]:
        """Return committed events past `number`, oldest first."""
        ...

    async def changed(self, timeout_s: float) -> None:
        """Wait until something was committed, at most `timeout_s` seconds."""
        ...


@dataclass(slots=True)
class Bell:
    """One address: how many bells it took, and what the last one met (empty: it was taken)."""

    url: str
    secret: bytes
    next_count: Callable[[], int]
    drill: bool
    rang: int = 0
    fault: str = ""

    async def ring(self, client: httpx.AsyncClient) -> bool:
        """Ring once, with tries after `TRIES_AFTER_S`; report whether the bell was taken.

        An answer that is no success ends it where trying again cannot help; a redirection is such an answer.
        """
        raw = body(self.next_count(), drill=self.drill)
        headers = {"content-type": "application/json", SIGNATURE: signature(self.secret, raw)}
        for wait_s in TRIES_AFTER_S:
            await asyncio.sleep(wait_s)
            try:
                async with (
                    asyncio.timeout(TIMEOUT_S),
                    client.stream("POST", self.url, content=raw, headers=headers) as answer,
                ):
                    status = answer.status_code
            except (httpx.HTTPError, TimeoutError, OSError) as fault:
                self.fault = f"not reached: {type(fault).__name__}"
                continue
            if 200 <= status < 300:
                self.rang, self.fault = self.rang + 1, ""
                return True
            self.fault = f"answered {status}"
            if status < 500 and status != 429:
                break
        log.warning("a bell was not taken (%s); look at the console itself", self.fault)
        return False

    async def follow(self, node: Rung, client: httpx.AsyncClient) -> None:
        """Ring for whatever somebody has to look at, from now on, until cancelled."""
        told = node.committed_event
        while True:
            if node.committed_event == told:
                await node.changed(60.0)
            events = node.events_after(told)
            if not events:
                told = node.committed_event
                continue
            told = events[-1].number
            if any(event.kind in RINGS_FOR for event in events):
                try:
                    await self.ring(client)
                except Exception:
                    # A bell that fails in a way that nobody foresaw must not be the last one.
                    log.exception("a bell failed")
                await asyncio.sleep(PAUSE_S)


async def ring_all(bells: Sequence[Bell], node: Rung) -> None:
    """Follow a node with every bell at once: a slow address delays no other."""
    limits = httpx.Limits(max_connections=len(bells) + 1, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False, follow_redirects=False) as client:
        await asyncio.gather(*(bell.follow(node, client) for bell in bells))
