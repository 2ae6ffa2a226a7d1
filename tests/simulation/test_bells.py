"""Deadlines over a bad network: bells and escalations are right across restarts, set clocks and partitions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from clearline.channel.due import deadlines
from clearline.testing.bells import run, verdict
from clearline.testing.simulator import Faults, Violation

SEEDS, CHUNK, CORES = 8, 8, 2


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as workers:
        yield workers


@pytest.mark.timeout(180)
@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_bell_is_lost_or_doubled(first: int, pool: ProcessPoolExecutor) -> None:
    """Whatever crashes, is cut or has its clock set: each bell rings once and each step is recorded once."""
    verdicts = list(pool.map(verdict, range(first, first + CHUNK), chunksize=2))
    broken = [violation for violation, _, _ in verdicts if violation]
    assert not broken, "\n\n".join(broken)
    assert sum(bells for _, bells, _ in verdicts) > 10 * CHUNK, "hardly anything fell due: the runs prove little"
    assert sum(steps for _, _, steps in verdicts) > 5 * CHUNK


def test_the_judgement_finds_a_node_that_forgets_its_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation can fail: bells that are not remembered over a restart are found out."""
    monkeypatch.setattr("clearline.channel.due.ticking.BELL", "")
    monkeypatch.setattr("clearline.channel.due.ticking.load", lambda node: None)
    with pytest.raises(Violation, match="rang"):
        run("forgetful", members=3, faults=Faults(crash=0.01))


def test_the_judgement_finds_a_bell_that_never_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that takes no heed of a passed deadline is found out."""
    monkeypatch.setattr(deadlines.Deadlines, "bells", lambda *_, **__: ((), ()))
    with pytest.raises(Violation, match="lost"):
        run("deaf", members=3, faults=Faults())
