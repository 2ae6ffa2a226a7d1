"""Lines as they are derived: fixed times kept notice by notice equal those found anew; the page shows the evidence."""

from __future__ import annotations

import random

import pytest

from clearline.channel.acts import line_acts
from clearline.channel.acts.drafts import placed
from clearline.channel.line.lines import FixedTimes, LineState, line_health, owed_now
from clearline.errors import Conflicting, NotFound
from clearline.records.line import Matter
from clearline.records.notice import Step
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Side
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

IL, TR = MemberId("IL"), MemberId("TR")
HOUR_MS = 3_600_000


@pytest.mark.parametrize("seed", range(12))
def test_fixed_times_kept_notice_by_notice_equal_those_found_anew(seed: int) -> None:
    """Whatever is filed, amended, withdrawn and prolonged, in whatever order slots are asked about."""
    numbers, side = random.Random(seed), Side(FIVE, seed=f"fixed {seed}")
    node, held = side.nodes["TR"], 0
    busy = 0
    for number in range(40):
        at = side.later(numbers.randint(0, HOUR_MS))
        desk, start = side.desk("TR"), (at - side.founded.roster.genesis.created) / 60_000 + numbers.randint(-5, 90)
        volume = circle(30 + number / 2, 30, start_min=start, end_min=start + numbers.randint(1, 120))
        readers = numbers.sample(["AZ", "IL", "SY", "UN"], numbers.randint(1, 3))
        try:
            match numbers.randint(0, 4):
                case 0 | 1:
                    desk.file(draft("TR", f"N-{held}", volume), audience=readers)
                    held += 1
                case 2:
                    desk.amend(draft("TR", f"N-{numbers.randint(0, held)}", volume))
                case 3:
                    desk.step(f"N-{numbers.randint(0, held)}", Step.WITHDRAW)
                case _:
                    reference = f"N-{numbers.randint(0, held)}"
                    until = Instant(node.picture.notices[TR, reference].end + HOUR_MS)
                    desk.step(reference, Step.OVERRUN, until=until)
        except (NotFound, Conflicting, KeyError):
            continue
        slot = Instant(at - at % HOUR_MS)
        kept = {m: until for m, until in node.fixed_times.busy(node, slot).items() if until >= at}
        anew = {m: until for m, until in FixedTimes().busy(node, slot).items() if until >= at}
        assert kept == anew
        busy += bool(kept)
    assert busy, "no slot was busy: this proves nothing"


def test_who_calls_is_the_same_for_both_and_nobody_calls_an_observer() -> None:
    """Parties and the host owe each other checks; a humanitarian member neither owes nor is owed one."""
    side = Side(FIVE)
    side.later(30 * HOUR_MS)
    side.talk()
    for here in ("AZ", "IL", "SY", "TR"):
        for there in ("AZ", "IL", "SY", "TR"):
            if here != there:
                mine = owed_now(side.nodes[here], MemberId(there), at=side.at)
                assert mine is not None and mine == owed_now(side.nodes[there], MemberId(here), at=side.at)
        assert owed_now(side.nodes[here], MemberId("UN"), at=side.at) is None
        assert owed_now(side.nodes["UN"], MemberId(here), at=side.at) is None


def test_before_the_first_fixed_time_nothing_is_owed() -> None:
    """A channel that was founded this afternoon is not blamed for the check of noon."""
    side = Side()
    side.talk()
    assert owed_now(side.nodes["TR"], IL, at=side.at) is None
    assert line_health(side.nodes["TR"], IL, at=side.at).state is LineState.UP


def test_both_suspend_and_the_line_is_up_when_both_have_resumed() -> None:
    """Two members may suspend each other; each resumes its own, and the state beneath is told all along."""
    side = Side()
    side.talk()
    said = {}
    for here, there in (("IL", "TR"), ("TR", "IL")):
        said[here] = placed(line_acts.suspend(side.desk(here), [there], [Matter.NOTICES], f"{here} says so")).entry.id
        side.later(1_000)
        side.talk()
    health = line_health(side.nodes["TR"], IL, at=side.at)
    assert health.state is LineState.SUSPENDED and health.beneath is LineState.UP
    assert [entry.header.author for entry, _ in health.suspensions] == [IL, TR]
    assert health.words.startswith("suspended by IL since") and "IL says so" in health.words
    placed(line_acts.resume(side.desk("IL"), said["IL"]))
    side.talk()
    assert line_health(side.nodes["TR"], IL, at=side.at).state is LineState.SUSPENDED
    placed(line_acts.resume(side.desk("TR"), said["TR"]))
    side.talk()
    for here, there in (("IL", TR), ("TR", IL)):
        assert line_health(side.nodes[here], there, at=side.at).state is LineState.UP
