"""What a node does for itself: its record is verified again while it runs, and its bookmark is kept new."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from clearline.channel.alarms import DamagedStore
from clearline.channel.node import Node
from clearline.records.message import Message, Precedence
from clearline.store.bookmark_file import NAME, code, drop_bookmark, read_bookmark
from clearline.store.sqlite import SqliteStore
from clearline.store.upkeep import Upkeep
from clearline.testing.day import IL, TR, Day, short_day
from clearline.testing.kept import write_folder
from clearline.volumes.instant import Instant

Result = TypeVar("Result")

SOON_S = 20.0
"""Longest wait for the thread that verifies."""


@dataclass
class Runs:
    """A node over a real file, whose steps are committed one by one."""

    node: Node
    at: Instant
    steps: int = 0

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run a step and commit what it wrote."""
        del who, urgent
        self.steps += 1
        result = step(self.node, self.at)
        self.node.store.commit(self.node.take_writes())
        self.node.settle(at=self.at)
        return result


def loaded(folder: Path, day: Day) -> Node:
    """Return the node of TR over the folder's record and bookmark, as `bootstrap` loads it."""
    roster, keys = day.founded.roster, day.founded.keyrings[TR]
    store = SqliteStore(folder / "record.sqlite")
    return Node.load(TR, roster, keys, store, at=day.at, bookmark=read_bookmark(folder), code=code())


@pytest.fixture
def day() -> Day:
    """A day of a dozen entries."""
    return short_day()


@pytest.fixture
def folder(tmp_path: Path, day: Day) -> Path:
    """TR's folder of that day."""
    return write_folder(tmp_path / "TR", day.founded.roster, TR, day.committed[TR])


@pytest.fixture
def runs(folder: Path, day: Day) -> Iterator[Runs]:
    """TR's node over that folder."""
    node = loaded(folder, day)
    yield Runs(node, day.at)
    node.store.close()


async def verified(runs: Runs, folder: Path) -> Upkeep:
    """Let a node verify its record to the end, or to the first fault."""
    upkeep = Upkeep(runs, folder, lambda: runs.at, verifies_after_s=0)
    task = asyncio.create_task(upkeep.run())
    try:
        async with asyncio.timeout(SOON_S):
            while runs.node.verified is None or not (runs.node.verified.finished or runs.node.verified.fault):
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(upkeep.end)
    return upkeep


def test_a_good_record_is_verified_to_its_end(runs: Runs, folder: Path) -> None:
    """Progress names every log, ends at what is held, and is an event; nothing is found."""
    asyncio.run(verified(runs, folder))
    done = runs.node.verified
    assert done is not None and done.finished and not done.fault
    assert done.logs == {name: (held.size, held.size) for name, held in runs.node.logs.items()}
    assert done.entries == done.entries_in_all > 0
    assert any(event.kind == "verified" for event in runs.node.store.events(0, 1_000))
    assert not runs.node.alarms and not runs.node.read_only


@pytest.mark.parametrize(
    ("table", "column"),
    [("entries", "note"), ("bodies", "body"), ("bodies", "salt"), ("checkpoints", "note"), ("cosignatures", "line")],
)
def test_what_was_changed_at_rest_is_an_alarm_with_its_place(
    table: str, column: str, runs: Runs, folder: Path, day: Day
) -> None:
    """One byte of an entry, body, salt, checkpoint or cosignature: named, kept as evidence, and nothing is signed."""
    with sqlite3.connect(folder / "record.sqlite") as db:
        key = "idx" if table in ("entries", "bodies") else "size"
        log, at, value = db.execute(f"SELECT log, {key}, {column} FROM {table} ORDER BY log, {key} LIMIT 1").fetchone()  # noqa: S608
        raw = bytearray(value.encode() if isinstance(value, str) else value)
        raw[-9] ^= 1
        changed: object = raw.decode() if isinstance(value, str) else bytes(raw)
        db.execute(f"UPDATE {table} SET {column}=? WHERE log=? AND {key}=?", (changed, log, at))  # noqa: S608
    asyncio.run(verified(runs, folder))
    assert [alarm.slug for alarm in runs.node.alarms] == ["damaged-store"]
    assert log in runs.node.alarms[0].text and str(at) in runs.node.alarms[0].text
    assert runs.node.read_only and not runs.node.may_sign
    assert [evidence.slug for evidence in runs.node.store.evidence()] == ["damaged-store"]


def test_damage_found_before_holds_until_all_is_verified_again(runs: Runs, folder: Path, day: Day) -> None:
    """After a restart nothing is signed over a record that was found damaged, until it was proven whole."""
    runs.node.found_damage(damaged(), at=day.at)
    runs.node.store.commit(runs.node.take_writes())
    runs.node.store.close()
    runs.node = loaded(folder, day)
    assert runs.node.read_only
    asyncio.run(verified(runs, folder))
    assert not runs.node.read_only


def test_a_bookmark_is_written_whole_and_used(runs: Runs, folder: Path, day: Day) -> None:
    """It is readable by its owner alone, the next start uses it, and what is said meanwhile is not lost."""

    async def keep() -> None:
        upkeep = Upkeep(runs, folder, lambda: day.at)
        written = asyncio.create_task(upkeep.keep_bookmark())
        await asyncio.sleep(0)
        hello = Message(Precedence.ROUTINE, "en", "said while it is written")
        officers = [runs.node.keys.officers["1"]]
        await runs.do(lambda node, at: node.submit(hello, audience=(IL,), signers=officers, at=at, random=day.random))
        await written

    asyncio.run(keep())
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert not list(folder.glob("*.new"))
    value = runs.node.picture.value()
    assert any(message.text == "said while it is written" for _, message in value["messages"].values())
    runs.node.store.close()
    again = runs.node = loaded(folder, day)
    assert again.start.base.sizes and not again.start.refused
    assert again.picture.value() == value
    drop_bookmark(folder)
    assert read_bookmark(folder) is None


def damaged() -> DamagedStore:
    """Return the alarm of some damage."""

    return DamagedStore("TR/main: entry 0 was changed")
