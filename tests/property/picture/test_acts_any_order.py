"""Lines, watches, pairs, enquiries and meetings: any interleaving gives one picture; a pair is both or neither."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from clearline.channel.watch import Watch
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.records.notice import Notice
from clearline.testing.checks import interleaved
from clearline.testing.histories import PARTIES, entry_at, entry_id
from clearline.testing.histories_acts import act_logs, pair_logs
from clearline.testing.members import START
from clearline.testing.theatre import draft

SEEDS = range(60)


def folded(entries: list[Entry]) -> Picture:
    return Picture.of(PARTIES, entries)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_interleaving_gives_one_picture(seed: int) -> None:
    """Whichever log arrives first, and however they mix, every act means the same; with bodies hidden too."""
    numbers = random.Random(seed)
    logs = act_logs(numbers)
    hidden = {e.id for log in logs for e in log if numbers.random() < 0.2}
    partly = [[replace(e, record=None) if e.id in hidden else e for e in log] for log in logs]
    for some in (logs, partly):
        first = folded([entry for log in some for entry in log]).value()
        for _ in range(4):
            assert folded(interleaved(some, numbers)).value() == first


def test_those_histories_say_something_of_every_group() -> None:
    """The test above proves something: each group of acts has effects in them, and acts without effect."""
    held: set[str] = set()
    reasons: set[str] = set()
    for seed in SEEDS:
        picture = folded([e for log in act_logs(random.Random(seed)) for e in log])
        groups = {
            "checks": picture.lines.checks,
            "suspended": picture.lines.suspensions,
            "resumed": picture.lines.resumptions,
            "shifts": picture.shifts.turns,
            "attributions": picture.third_parties.attributions,
            "relayed": picture.third_parties.relayed,
            "offers": picture.pairs.offers,
            "asked": picture.enquiries.asked,
            "meetings": picture.meetings.calls,
        }
        held |= {name for name, group in groups.items() if group}
        reasons |= {why for _, why in picture.ineffective.values()}
    assert held == set(groups)
    assert {
        "resumes what its author did not suspend",
        "hands over a watch that another officer holds",
        "offers a notice that does not stand",
        "enquires of itself",
        "checks its own line",
    } <= reasons


@pytest.mark.parametrize("seed", range(200))
def test_a_pair_is_sealed_for_both_notices_or_for_neither(seed: int) -> None:
    """In every order the same two notices end together by the seal, and the watch forgets both at once."""
    numbers = random.Random(seed)
    logs = pair_logs(numbers)
    first = folded([entry for log in logs for entry in log])
    for _ in range(4):
        picture, watch = folded([]), Watch()
        for entry in interleaved(logs, numbers):
            watch.update(picture, picture.fold(entry), at=START)
            assert len(picture.pairs.sealed) in (0, 2), "half a pair"
        assert picture.value() == first.value()
        for key, history in picture.notices.items():
            assert (history.sealed is not None) == (key in picture.pairs.sealed)
            if history.ended is not None:
                assert not watch.of_notice(key)


def test_pairs_come_to_every_end() -> None:
    """The test above proves something: pairs are sealed, lapse, and are spoilt by what came between."""
    ends = set()
    for seed in range(200):
        picture = folded([entry for log in pair_logs(random.Random(seed)) for entry in log])
        offer = entry_id("TR", 1)
        settled = picture.pairs.settlements.get(offer)
        ends.add((picture.pairs.is_sealed(offer), settled[1].settlement if settled else None))
        if picture.pairs.is_sealed(offer):
            assert set(picture.pairs.sealed) == {("IL", "N"), ("TR", "N")}
            assert all(picture.notices[key].ended is not None for key in picture.pairs.sealed)
    assert {(True, "seal"), (False, "lapse"), (False, None)} <= ends


def test_who_amends_what_another_said_in_secret_amends_nothing() -> None:
    """An entry of another author that is not read here is no version of one's own notice, whichever came first."""
    hidden = entry_at("IL", 0, None)
    amending = entry_at("TR", 0, Notice(draft("TR", "N"), hidden.id))
    own = [entry_at("SY", 0, None), entry_at("SY", 1, Notice(draft("SY", "N"), entry_id("SY", 0)))]
    for entries in ([hidden, amending, *own], [amending, hidden, *own], [*own, amending, hidden]):
        picture = folded(entries)
        assert set(picture.notices) == {("SY", "N")}, "one's own earlier version may be hidden, another's is none"
        assert [why for _, why in picture.ineffective.values()] == ["amends a notice that was never filed"]
