"""Turns: urgent first, askers in turn, and a bound for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearline.channel.line import turns
from clearline.channel.line.turns import Turns
from clearline.errors import Unavailable


def test_urgent_steps_do_not_wait_behind_routine() -> None:
    waiting: Turns[int] = Turns()
    for number in range(100):
        waiting.put(number, who="TR", urgent=False)
    waiting.put(1_000, who="TR", urgent=True)
    assert waiting.take() == 1_000 and waiting.take() == 0


def test_a_flood_of_one_does_not_hold_back_another() -> None:
    """The next of everybody comes before the second of anybody."""
    waiting: Turns[str] = Turns()
    for number in range(50):
        waiting.put(f"TR {number}", who="TR", urgent=False)
    waiting.put("IL 0", who="IL", urgent=False)
    assert [waiting.take() for _ in range(3)] == ["TR 0", "IL 0", "TR 1"]


def test_one_asker_cannot_fill_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING_OF_ONE_MAX", 3)
    monkeypatch.setattr(turns, "WAITING_MAX", 4)
    waiting: Turns[int] = Turns()
    for number in range(3):
        waiting.put(number, who="TR", urgent=False)
    with pytest.raises(Unavailable):
        waiting.put(3, who="TR", urgent=True)
    waiting.put(4, who="IL", urgent=False)
    with pytest.raises(Unavailable):
        waiting.put(5, who="UN", urgent=False)
    assert [waiting.take() for _ in range(4)] == [0, 4, 1, 2]
    with pytest.raises(IndexError):
        waiting.take()
    waiting.put(6, who="TR", urgent=False)
    assert len(waiting) == 1


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=60))
def test_nothing_is_lost_or_doubled(steps: list[tuple[str, bool]]) -> None:
    """Each step comes once, and those of one asker and sort in their order."""
    waiting: Turns[int] = Turns()
    for number, (who, urgent) in enumerate(steps):
        waiting.put(number, who=who, urgent=urgent)
    taken = [waiting.take() for _ in steps]
    assert sorted(taken) == list(range(len(steps))) and len(waiting) == 0
    for sort in {*steps}:
        own = [n for n in taken if steps[n] == sort]
        assert own == sorted(own)
    urgent_first = [steps[n][1] for n in taken]
    assert urgent_first == sorted(urgent_first, reverse=True)
