"""The fold: any interleaving of logs gives one picture; what is late, doubled or hidden changes nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from clearline.channel.watch import Watch
from clearline.conflicts.engine import Conflict
from clearline.picture.agreements import Agreements
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.records.agreement import AgreementProposal
from clearline.records.notice import Notice
from clearline.testing.checks import interleaved
from clearline.testing.histories import PARTIES, agreement_logs, entry_at, some_logs
from clearline.testing.members import START
from clearline.testing.theatre import draft

SEEDS = range(40)
ORDERS = 5


def folded(entries: list[Entry]) -> Picture:
    return Picture.of(PARTIES, entries)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_interleaving_gives_one_picture(seed: int) -> None:
    """Whichever log arrives first, and however they mix, what holds is the same."""
    numbers = random.Random(seed)
    logs = some_logs(numbers)
    first = folded([entry for log in logs for entry in log])
    for _ in range(ORDERS):
        assert folded(interleaved(logs, numbers)).value() == first.value()
    assert first.notices and (first.answers or first.ineffective), "the history says too little to prove anything"


@pytest.mark.parametrize("seed", range(15))
def test_a_watch_that_followed_any_order_equals_a_new_one(seed: int) -> None:
    """Conflicts and touches kept up to date entry by entry are those that a watch built anew finds."""
    numbers = random.Random(seed)
    logs = some_logs(numbers)
    rebuilt, found = Watch(), 0
    rebuilt.rebuild(folded([entry for log in logs for entry in log]), at=START)
    for _ in range(3):
        picture, watch = folded([]), Watch()
        told: list[Conflict] = []
        for entry in interleaved(logs, numbers):
            told += watch.update(picture, picture.fold(entry), at=START)
        assert watch.all() == rebuilt.all()
        assert watch.touches == rebuilt.touches
        for key in picture.notices:
            assert watch.of_notice(key) == rebuilt.of_notice(key)
        assert {c.id for c in watch.all()} <= {c.id for c in told}, "a conflict that nobody was told of"
        found += len(watch.all())


def test_those_histories_hold_conflicts_and_touches() -> None:
    """The test above proves something: its histories are not empty of what it compares."""
    conflicts = touches = 0
    for seed in range(15):
        watch = Watch()
        watch.rebuild(folded([e for log in some_logs(random.Random(seed)) for e in log]), at=START)
        conflicts += len(watch.all())
        touches += sum(map(len, watch.touches.values()))
    assert conflicts > 15 and touches > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_and_late_bodies(seed: int) -> None:
    """Whoever lacks bodies folds any order alike; once they are there, nothing tells that they came late."""
    numbers = random.Random(seed)
    logs = some_logs(numbers)
    hidden = {e.id for log in logs for e in log if numbers.random() < 0.3}
    partly = [[replace(e, record=None) if e.id in hidden else e for e in log] for log in logs]
    first = folded([entry for log in partly for entry in log])
    for _ in range(3):
        assert folded(interleaved(partly, numbers)).value() == first.value()
    assert first.last == folded([entry for log in logs for entry in log]).last
    said_by_hidden = [h for h in first.notices.values() for v in h.versions if v.entry.id in hidden]
    assert not said_by_hidden, "a body that is not held has an effect"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_again_has_no_effect(seed: int) -> None:
    """A statement that stands in its log twice (same nonce) counts once."""
    numbers = random.Random(seed)
    logs = some_logs(numbers)
    doubled = []
    for log in logs:
        again = [
            replace(e, place=replace(e.place, index=len(log) + n)) for n, e in enumerate(numbers.choices(log, k=3))
        ]
        doubled.append([*log, *again])
    once = folded([entry for log in logs for entry in log]).value()
    twice = folded(interleaved(doubled, numbers)).value()
    for name in once:
        if name not in ("ineffective", "last"):
            assert twice[name] == once[name], name
    extra = {place: why for place, (_, why) in twice["ineffective"].items() if place not in once["ineffective"]}
    assert len(extra) == 3 * len(logs) and set(extra.values()) == {"said before in this log"}


@pytest.mark.parametrize("seed", SEEDS)
def test_amending_keeps_history(seed: int) -> None:
    """No version and no step that ever stood disappears or changes; the newest stands; an end is final."""
    numbers = random.Random(seed)
    picture = folded([])
    for entry in interleaved(some_logs(numbers), numbers):
        before = dict(picture.notices)
        touched = picture.fold(entry)
        for key, history in before.items():
            now = picture.notices[key]
            assert now.versions[: len(history.versions)] == history.versions
            assert now.steps[: len(history.steps)] == history.steps
            assert (now is history) == (touched.notice != key)
            assert now is history or history.ended is None
        if touched.notice is not None:
            now = picture.notices[touched.notice]
            assert entry in (now.current.entry, now.steps[-1].entry if now.steps else None)
            if isinstance(entry.record, Notice):
                assert now.current.draft == entry.record.draft


def in_force_ever(logs: list[list[Entry]], numbers: random.Random, orders: int) -> set[tuple[str, str]]:
    """Return (base, proposal) of every agreement in force after any beginning of any of some orders."""
    ever: set[tuple[str, str]] = set()
    for _ in range(orders):
        picture = folded([])
        for entry in interleaved(logs, numbers):
            picture.fold(entry)
            standing = picture.agreements.in_force()
            assert picture.terms_in_force == standing
            while standing is not None:
                proposal = picture.agreements.proposals[standing[0].id][1]
                ever.add((proposal.base, standing[0].id))
                standing = picture.agreements.proposals.get(proposal.base)  # type: ignore[assignment]
    return ever


def agreements_ever(count: int) -> tuple[int, int]:
    """Return how many histories brought an agreement into force, and how many ever two on one base."""
    brought = parted = 0
    for seed in range(count):
        numbers = random.Random(seed)
        ever = in_force_ever(agreement_logs(numbers), numbers, 4)
        brought += bool(ever)
        parted += len({base for base, _ in ever}) != len(ever)
    return brought, parted


def test_two_proposals_on_one_base_are_never_both_in_force() -> None:
    """Not in one picture, nor one here and another there, nor one today and another tomorrow: whoever lies."""
    brought, parted = agreements_ever(600)
    assert brought > 60, "hardly any history reached an agreement: this proves little"
    assert parted == 0


def mutation_no_binding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Agreements, "_counts", lambda *_: True)


def mutation_unknown_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def base_of(self: Agreements, proposal: str, unknown: str) -> str:
        return self.proposals[proposal][1].base if proposal in self.proposals else "?"

    monkeypatch.setattr(Agreements, "_base_of", base_of)


def mutation_lapse_after_conclusion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Agreements, "lapsed", lambda self, proposal: True)


@pytest.mark.parametrize("mutate", [mutation_no_binding, mutation_unknown_is_free, mutation_lapse_after_conclusion])
def test_the_test_above_finds_weaker_rules(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part of the rule is needed: without it some history brings two agreements on one base into force."""
    mutate(monkeypatch)
    assert agreements_ever(600)[1] > 0


@pytest.mark.parametrize("seed", range(60))
def test_agreements_fold_alike_in_any_order(seed: int) -> None:
    numbers = random.Random(seed)
    logs = agreement_logs(numbers)
    first = folded([entry for log in logs for entry in log]).value()
    for _ in range(ORDERS):
        assert folded(interleaved(logs, numbers)).value() == first


def test_the_version_counts_from_one_along_the_bases() -> None:
    versions = set()
    for seed in range(400):
        picture = folded([e for log in agreement_logs(random.Random(seed)) for e in log])
        standing = picture.terms_in_force
        if standing is not None:
            entry, terms, version = standing
            chain, base = 1, picture.agreements.proposals[entry.id][1].base
            while base:
                chain, base = chain + 1, picture.agreements.proposals[base][1].base
            assert chain == version
            record = entry.record
            assert isinstance(record, AgreementProposal) and record.terms == terms
            versions.add(version)
    assert {1, 2} <= versions


def test_a_log_is_folded_in_its_order_alone() -> None:
    """A caller that mixes up its own store is told so, and the picture stays as it was."""
    picture = folded([entry_at("TR", 0, Notice(draft("TR", "N")))])
    before = picture.value()
    for index in (0, 2):
        with pytest.raises(ValueError, match="folded after index 0"):
            picture.fold(entry_at("TR", index, None))
    assert picture.value() == before
