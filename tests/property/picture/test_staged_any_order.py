"""Area only, disclosures, erasures and dictation fold alike in any order of the logs; one key stands in one place."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from clearline.channel.watch import Watch, keys_of
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.paper import key_of, original_of
from clearline.records.body import Record
from clearline.records.card import NoticeCard, spoken_draft
from clearline.records.dictated import Dictated
from clearline.records.disclosure import Disclosure
from clearline.records.erasure import Erasure, Named
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.outline import Outline, outline_of
from clearline.records.words import MemberId
from clearline.testing.checks import interleaved
from clearline.testing.histories import PARTIES, entry_at, entry_id
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft

SEEDS = range(40)
PLACES = [circle(38.3, 34.5), circle(38.5, 34.6), circle(39.4, 35.0)]


def record(numbers: random.Random, member: MemberId, own: list[Entry], length: int) -> Record | None:
    told = [e for e in own if isinstance(e.record, Notice | Outline)]
    last = numbers.choice(told[-2:]) if told else None
    filed = draft(member, f"N-{numbers.randint(0, 1)}", numbers.choice(PLACES))
    amends = last.id if last is not None and numbers.random() < 0.7 else ""
    if last is not None and amends:
        key = last.record.draft.notice if isinstance(last.record, Notice) else last.record.notice  # type: ignore[union-attr]
        filed = replace(filed, notice=key)
    other = MemberId(numbers.choice([party for party in PARTIES if party != member]))
    somewhere = entry_id(numbers.choice(PARTIES), numbers.randrange(length))
    match numbers.randint(0, 9):
        case 0 | 1:
            return Notice(filed, amends, dictated_at=numbers.choice([None, START]))
        case 2 | 3 | 4:
            revision = 1 + sum(1 for e in told if isinstance(e.record, Notice | Outline))
            return replace(
                outline_of(filed, revision=revision, amends=amends), party=numbers.choice([member] * 9 + [other])
            )
        case 5 if last is not None:
            return NoticeStep(numbers.choice(list(Step)[:3]), filed.notice, last.id)
        case 6:
            return Disclosure(somewhere, 0, bytes(32), '{"kind":"x","v":1}')
        case 7:
            return Erasure(tuple(sorted({Named(somewhere, 0), Named(entry_id(member, 0), 1)})), "x")
        case 8:
            said = draft(other, f"N-{numbers.randint(0, 2)}", numbers.choice(PLACES))
            return Dictated(NoticeCard(spoken_draft(said), numbers.randint(1, 2), (member,)), START)
        case _:
            return None


def logs_of(seed: int, length: int = 16) -> list[list[Entry]]:
    numbers = random.Random(seed)
    logs = []
    for member in PARTIES:
        own: list[Entry] = []
        for index in range(length):
            own.append(entry_at(member, index, record(numbers, member, own, length)))
        logs.append(own)
    return logs


def folded(entries: list[Entry]) -> Picture:
    return Picture.of(PARTIES, entries)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_interleaving_gives_one_picture(seed: int) -> None:
    logs, numbers = logs_of(seed), random.Random(seed)
    first = folded([entry for log in logs for entry in log])
    for _ in range(4):
        assert folded(interleaved(logs, numbers)).value() == first.value()
    assert not set(first.notices) & set(first.outlines)


def test_those_histories_hold_what_they_compare() -> None:
    """Areas, whole ones after areas, disclosures, erasures and dictated ones with and without an original."""
    pictures = [folded([e for log in logs_of(seed) for e in log]) for seed in SEEDS]
    assert sum(len(p.outlines) for p in pictures) > 40
    assert sum(bool(h.outlined) for p in pictures for h in p.notices.values()) > 5
    assert sum(len(p.opened.disclosures) for p in pictures) > 40 and sum(len(p.opened.erasures) for p in pictures) > 40
    cards = [(p, *pair) for p in pictures for pair in p.paper.notices().values()]
    matched = [original_of(card, p.notices, p.outlines) is not None for p, _, card in cards]
    assert sum(matched) > 10 and len(matched) - sum(matched) > 10


@pytest.mark.parametrize("seed", range(20))
def test_a_watch_that_followed_any_order_equals_a_new_one(seed: int) -> None:
    """What is compared as area only or as dictated, and what an original has replaced, is the same either way."""
    logs, numbers = logs_of(seed), random.Random(seed)
    rebuilt = Watch()
    rebuilt.rebuild(folded([entry for log in logs for entry in log]), at=START)
    for _ in range(3):
        picture, watch = folded([]), Watch()
        for entry in interleaved(logs, numbers):
            watch.update(picture, picture.fold(entry), at=START)
        assert watch.all() == rebuilt.all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dictated_word_changes_no_notice(seed: int) -> None:
    """With every card left out, notices, areas and steps are the same; only what is compared besides is gone."""
    logs = logs_of(seed)
    without = [[replace(e, record=None) if isinstance(e.record, Dictated) else e for e in log] for log in logs]
    whole, bare = (folded([e for log in some for e in log]) for some in (logs, without))
    assert whole.notices == bare.notices and whole.outlines == bare.outlines
    assert {*keys_of(whole)} - {*keys_of(bare)} == {
        key_of(e, e.record) for log in logs for e in log if isinstance(e.record, Dictated)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_an_erased_body_leaves_the_picture_of_one_that_never_came(seed: int) -> None:
    """Erasing is folding what is left: which bodies go, and in which order, makes no other difference."""
    logs, numbers = logs_of(seed), random.Random(seed)
    gone = {e.id for log in logs for e in log if isinstance(e.record, Notice | Outline) and numbers.random() < 0.4}
    left = [[replace(e, record=None) if e.id in gone else e for e in log] for log in logs]
    first = folded([entry for log in left for entry in log])
    assert folded(interleaved(left, numbers)).value() == first.value()
    shown = [v.entry.id for h in first.notices.values() for v in h.versions]
    shown += [v.entry.id for h in first.outlines.values() for v in h.versions]
    assert not gone & {*shown}
