"""Members over a bad network: what `clearline.testing.checks` promises holds for every seed.

A failure prints its seed and the end of its trace; `run(seed)` of `clearline.testing.scenario` repeats it exactly.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from clearline.channel.node import Node
from clearline.channel.ports import PutBody, PutEntry, Write
from clearline.picture.fold import Picture
from clearline.store.memory import MemoryStore
from clearline.testing.scenario import run, verdict
from clearline.testing.simulator import Faults, Simulation

SEEDS, CHUNK, CORES = 100, 20, 2
CALM = Faults()
STORMY = Faults(
    loss=0.3, doubled=0.2, slow=0.2, crash=0.1, disk_full=0.05, partitions=5, downs=3, skew_ms=900_000, clock_steps=3
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as workers:
        yield workers


@pytest.mark.timeout(180)
@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_honest_members_converge_and_lose_nothing(first: int, pool: ProcessPoolExecutor) -> None:
    """Whatever is lost, delayed, doubled, cut or crashed: nothing answered is lost, and all end with one picture."""
    verdicts = list(pool.map(verdict, range(first, first + CHUNK), chunksize=CHUNK // CORES // 2))
    broken = [violation for violation, _ in verdicts if violation]
    assert not broken, "\n\n".join(broken)
    assert sum(told for _, told in verdicts) > 5 * CHUNK, "the officers hardly got anything done: the runs prove little"


def test_calm_and_stormy_extremes() -> None:
    """Without faults everything is delivered; with all faults at their worst the promises still hold."""
    _, officers = run("calm", members=5, faults=CALM, lies=())
    assert len(officers.told) > 12
    run("stormy", members=5, faults=STORMY)


def test_a_line_of_two() -> None:
    """Two members alone already form a channel."""
    run("two", members=2, faults=STORMY)


def digest(seed: str) -> str:
    """Return a hash of everything that happened in a run, and of what the members hold at its end."""
    simulation, officers = run(seed, members=4)
    told = hashlib.sha256(repr((simulation.trace, officers.told)).encode())
    for _, machine in sorted(simulation.machines.items()):
        for log in machine.store.logs():
            told.update(b"".join(item.note for item in machine.store.entries(log)))
    return told.hexdigest()


def test_a_seed_repeats_a_run_exactly() -> None:
    """The same seed gives the same run in another process, where hashes of texts and addresses are others."""
    code = "from importlib.util import *; s=spec_from_file_location('t', {!r}); m=module_from_spec(s); "
    code = code.format(__file__) + "s.loader.exec_module(m); print(m.digest('again'))"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, timeout=120
    )
    assert other.stdout.strip() == digest("again")
    assert digest("again") != digest("another")


class Forgetful(MemoryStore):
    """A store that breaks its promise in one way: the checks must find it."""

    def commit(self, writes: list[Write]) -> None:  # type: ignore[override]
        super().commit([w for w in writes if not self.forgets(w)])

    def forgets(self, write: Write) -> bool:
        return isinstance(write, PutBody) and write.log == "IL/main" and write.index == 1


def test_the_checks_find_a_store_that_forgets_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation can fail: a store that drops one body is found out."""
    monkeypatch.setattr("clearline.testing.simulator.MemoryStore", Forgetful)
    with pytest.raises(AssertionError, match="seed 'forgetful'"):
        run("forgetful", members=3, lies=())


def test_the_checks_find_a_log_that_loses_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that was answered and is gone after a restart is found out."""

    def crash(self: Simulation, machine: object, down_ms: int, why: str) -> None:
        store = machine.store  # type: ignore[attr-defined]
        for log, entries in store._entries.items():
            if log.startswith(machine.member) and entries:  # type: ignore[attr-defined]
                entries.pop()
                store._checkpoints[log] = {n: c for n, c in store._checkpoints[log].items() if n <= len(entries)}
        before(self, machine, down_ms, why)  # type: ignore[arg-type]

    before = Simulation.crash
    monkeypatch.setattr(Simulation, "crash", crash)
    with pytest.raises((AssertionError, Exception), match=r"lost|run clearline verify"):
        run("short", members=3, acts=60, faults=Faults(crash=0.3), lies=())


def test_the_checks_find_a_fold_that_depends_on_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that remembers which entry came last is found out."""
    value = Picture.value

    def with_last(self: Picture) -> dict[str, object]:
        return {**value(self), "first place": next(iter(self.last), None)}

    monkeypatch.setattr(Picture, "value", with_last)
    with pytest.raises(AssertionError, match="picture"):
        run("order", members=3, faults=CALM, lies=())


def test_the_checks_find_a_node_that_speaks_before_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that answers with entries which its store does not have is found out."""
    take = Node.take_writes
    monkeypatch.setattr(
        Node,
        "take_writes",
        lambda self: [
            w for w in take(self) if not (isinstance(w, PutEntry) and w.log.startswith("TR/") and w.index > 2)
        ],
    )
    with pytest.raises(Exception, match=r"lost|not the next|picture|verify|entr"):
        run("hasty", members=2, faults=CALM, lies=())
