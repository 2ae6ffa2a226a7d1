"""What a node does for itself while it runs: it keeps its bookmark new, and verifies again what it holds.

Both work beside the steps: what needs the node is a short step of its own, the rest is done in a thread, which rests
so much between small pieces that whoever asks the node does not notice.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from clearline.channel import bookmark, restart
from clearline.channel.proof import reverify
from clearline.channel.proof.findings import Fault
from clearline.channel.proof.reverify import Paced, Progress
from clearline.errors import Refused, Unavailable
from clearline.picture.packed import merged
from clearline.picture.packing import take
from clearline.store.bookmark_file import code, write_bookmark
from clearline.store.pages import Pages
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

log = logging.getLogger("clearline")

Result = TypeVar("Result")

BOOKMARK_EVERY: Final = 20_000
"""Entries after which a new bookmark is made: a start after a power cut folds as many anew, some 2.5 s of them."""

BOOKMARK_AT_END: Final = 2_000
"""Entries that are worth a new bookmark when a node ends in order: fewer are folded in a quarter of a second."""

LOOK_EVERY_S: Final = 1.0
"""Seconds between two looks at whether there is something to do."""

PIECE_S: Final = 0.004
"""Seconds of work in one piece: less than the 5 ms for which Python lets one thread keep another waiting."""

SHARE: Final = 0.4
"""Part of one processor that verifying may take."""

TOLD_EVERY_S: Final = 1.0
"""Seconds between two updates of the progress that health shows."""

VERIFIES_AFTER_S: Final = 2.0
"""Seconds after the start before verifying begins: first come those who ask."""


class Running(Protocol):
    """What runs a node: see `bootstrap.RunningNode`."""

    node: Node

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run a step and return its result once everything that it wrote is on the disk."""


class Stopped(Exception):
    """The node ends; whatever was verified so far is verified."""


class Upkeep:
    """The tasks of one running node."""

    def __init__(
        self,
        running: Running,
        folder: Path,
        now: Callable[[], Instant],
        *,
        verifies_after_s: float = VERIFIES_AFTER_S,
    ) -> None:
        self._running, self._folder, self._now = running, folder, now
        self._verifies_after_s = verifies_after_s
        self._stop = threading.Event()
        self._progress = Progress(Instant(0), Instant(0))
        self._verifying: threading.Thread | None = None

    async def run(self) -> None:
        """Look after the node until the task is cancelled; a fault of the disk here costs the node nothing."""
        self._tell_start()
        await asyncio.sleep(self._verifies_after_s)
        await self._begin_verifying()
        while True:
            try:
                if _unpacked(self._running.node) >= BOOKMARK_EVERY:
                    await self.keep_bookmark()
            except (OSError, Unavailable, ValueError) as fault:
                log.warning("no bookmark was written: %s", fault)
            except Exception:
                log.exception("no bookmark was written")
                await asyncio.sleep(60 * LOOK_EVERY_S)
            await asyncio.sleep(LOOK_EVERY_S)

    async def keep_bookmark(self) -> None:
        """Write a new bookmark and let the picture rest on its tables.

        Raises:
            OSError, Unavailable: It could not be written; the one before stands.
        """
        begun = await self._running.do(
            lambda node, at: (node.picture, take(node.picture), bookmark.state_of(node, at=at))
        )
        picture, taken, state = begun
        signer = self._running.node.keys.main

        def write() -> restart.Packed:
            packed = merged(picture.packed, taken.added)
            write_bookmark(self._folder, bookmark.written(state, packed, code=code(), signer=signer))
            return packed

        try:
            packed = await asyncio.get_running_loop().run_in_executor(None, write)
        except BaseException:
            restart.undo(picture, taken)
            raise

        def settle(node: Node, at: Instant) -> None:
            # A node that was loaded or folded anew in between has another picture, which this does not concern.
            if node.picture is picture:
                restart.settle(node, packed, taken, at=at)

        await self._running.do(settle)

    def end(self) -> None:
        """Stop verifying, and write a bookmark where that spares the next start some time."""
        self._stop.set()
        if self._verifying is not None:
            self._verifying.join(10)
        node = self._running.node
        try:
            if _unpacked(node) >= BOOKMARK_AT_END and not node.queued and _all_committed(node):
                at = self._now()
                packed = restart.pack(node, at=at)
                state = bookmark.state_of(node, at=at)
                write_bookmark(self._folder, bookmark.written(state, packed, code=code(), signer=node.keys.main))
        except Exception as fault:  # noqa: BLE001 -- a bookmark is a cache: the record is whole without it
            log.warning("no bookmark was written: %s", fault)

    def _tell_start(self) -> None:
        start = self._running.node.start
        if start.refused:
            log.warning("the picture was folded anew: %s", start.refused)

    # Verifying

    async def _begin_verifying(self) -> None:
        loop = asyncio.get_running_loop()
        sizes = await self._running.do(lambda node, _: {name: held.size for name, held in node.logs.items()})
        self._verifying = threading.Thread(target=self._verify, args=(loop, sizes), name="verifying", daemon=True)
        self._verifying.start()

    def _verify(self, loop: asyncio.AbstractEventLoop, sizes: dict[str, int]) -> None:
        begun = self._now()
        self._progress = Progress(begun, begun, {name: (0, size) for name, size in sorted(sizes.items())})
        pace = _Pace(self._stop)
        roster, member = self._running.node.roster, self._running.node.me
        pages: Pages | None = None
        try:
            pages = Pages(self._folder / "record.sqlite", sizes)
            source = Paced(pages, member, pace)
            pace.each = lambda: self._look(loop, source, pace)
            self._progress = replace(self._progress, things_in_all=source.signed_things())
            reverify.reverify(roster, source, found=lambda fault: self._found(loop, fault))
            done = {name: (size, size) for name, size in sizes.items()}
            at = self._now()
            things = self._progress.things_in_all
            self._tell(loop, replace(self._progress, at=at, logs=done, things=things, finished=at))
        except Stopped:
            return
        except Refused as fault:
            self._found(loop, fault)
        except Exception:
            log.exception("verifying the record again failed")
        finally:
            if pages is not None:
                pages.close()

    def _look(self, loop: asyncio.AbstractEventLoop, source: Paced, pace: _Pace) -> None:
        logs = {name: (source.verified.get(name, 0), size) for name, (_, size) in self._progress.logs.items()}
        # Each entry is looked at twice: once for the tree, once to be verified.
        things = max(0, pace.things - self._progress.entries_in_all)
        self._tell(loop, replace(self._progress, at=self._now(), logs=logs, things=things))

    def _tell(self, loop: asyncio.AbstractEventLoop, progress: Progress) -> None:
        said, self._progress = self._progress, progress
        tenth = 10 * progress.entries // max(1, progress.entries_in_all)
        news = progress.finished is not None or tenth > 10 * said.entries // max(1, said.entries_in_all)
        self._do(loop, lambda node, at: node.note_verified(progress, tell=news, at=at))

    def _found(self, loop: asyncio.AbstractEventLoop, fault: Fault | Refused) -> None:
        alarm = reverify.damage(fault)
        log.error("%s", alarm.message)
        self._progress = replace(self._progress, fault=alarm.message)
        progress = self._progress

        def keep(node: Node, at: Instant) -> None:
            node.note_verified(progress, tell=False, at=at)
            node.found_damage(alarm, at=at)

        self._do(loop, keep)

    def _do(self, loop: asyncio.AbstractEventLoop, step: Callable[[Node, Instant], None]) -> None:
        if not self._stop.is_set() and not loop.is_closed():
            asyncio.run_coroutine_threadsafe(_quietly(self._running, step), loop)


async def _quietly(running: Running, step: Callable[[Node, Instant], None]) -> None:
    try:
        await running.do(step)
    except Unavailable as fault:
        log.warning("how far the record is verified could not be noted: %s", fault.message)


class _Pace:
    """Lets a thread work in small pieces and rest between them."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._since = time.perf_counter()
        self._told = time.perf_counter()
        self.things = 0
        self.each: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.things += 1
        at = time.perf_counter()
        if at - self._since < PIECE_S:
            return
        if self._stop.wait((at - self._since) * (1 / SHARE - 1)):
            raise Stopped
        self._since = time.perf_counter()
        if self._since - self._told >= TOLD_EVERY_S:
            self._told = self._since
            self.each()


def _unpacked(node: Node) -> int:
    """Return how many entries stand past the tables on which the picture rests."""
    packed = dict(zip(node.picture.packed.logs, node.picture.packed.sizes, strict=True))
    return sum(held.size - packed.get(name, 0) for name, held in node.logs.items())


def _all_committed(node: Node) -> bool:
    """Report whether the store holds exactly the entries that the node holds."""
    return all(
        len(list(node.store.entries(name, max(0, held.size - 1), 2))) == min(1, held.size)
        for name, held in node.logs.items()
    )
