"""Deadlines: kept up to date entry by entry they are what deriving anew finds; no bell is lost or doubled."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from clearline.channel.acts import hotline
from clearline.channel.due.deadlines import Deadlines, derived
from clearline.channel.due.dues import Case
from clearline.channel.node import Node
from clearline.errors import ClearlineError
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.read_back import expected_volume
from clearline.records.acknowledgement import (
    PassedOn,
    PositionTaken,
    ProposalAnswer,
    ProposalReply,
    ReadBack,
    Seen,
    Stance,
)
from clearline.records.alert import Alert, AlertAnswer, AlertSort, Reply
from clearline.records.body import Record
from clearline.records.escalation import Escalation
from clearline.records.genesis import Role
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.records.watch import Address, Rung
from clearline.records.words import MemberId
from clearline.testing.checks import interleaved
from clearline.testing.histories import PARTIES, VOLUMES, entry_at, entry_id
from clearline.testing.members import START
from clearline.testing.pair import Side
from clearline.testing.theatre import draft
from clearline.volumes.instant import Instant

ROLES = {str(m): Role.PARTY for m in PARTIES}
ME = MemberId("TR")
MINUTE = 60_000


def case_of(picture: Picture) -> Case:
    return Case(picture, ROLES, {})


def busy_logs(numbers: random.Random, *, length: int = 14) -> list[list[Entry]]:
    """Return logs full of notices, answers to them, messages, alerts and what is said to those."""
    ids = [entry_id(m, i, log=log) for m in PARTIES for log in ("main", "safety") for i in range(length)]
    logs: list[list[Entry]] = []
    for member in PARTIES:
        for log in ("main", "safety"):
            own: list[Entry] = []
            for index in range(numbers.randint(length // 2, length)):
                record = urgent(numbers, ids) if log == "safety" else routine(numbers, member, own, ids)
                entry = entry_at(member, index, record, log=log)
                claimed = Instant(START + numbers.randint(0, 90) * MINUTE)
                own.append(replace(entry, header=replace(entry.header, claimed=claimed)))
            logs.append(own)
    return logs


def urgent(numbers: random.Random, ids: Sequence[str]) -> Record:
    of = numbers.choice(ids)
    match numbers.randint(0, 5):
        case 0 | 1:
            return Alert(numbers.choice((AlertSort.STOP_FIRE, AlertSort.QUERY, AlertSort.STRAY)))
        case 2:
            return Message(Precedence.FLASH, "en", "stop", to=(Address(numbers.choice(PARTIES)),))
        case 3:
            return numbers.choice((Seen(of), AlertAnswer(of, numbers.choice(tuple(Reply)))))
        case 4:
            return Alert(AlertSort.CANCEL_LAST, cancels=of)
        case _:
            silent, reached = Address(numbers.choice(PARTIES)), Address(numbers.choice(PARTIES), "chief")
            return Escalation(of, Rung.CHIEF, silent, reached, "FLASH", START, START)


def routine(numbers: random.Random, member: MemberId, own: list[Entry], ids: Sequence[str]) -> Record:
    of = numbers.choice(ids)
    notices = [e for e in own if isinstance(e.record, Notice)]
    volume = numbers.choice(VOLUMES)
    match numbers.randint(0, 9):
        case 0 | 1 | 2:
            return Notice(draft(member, f"N-{len(own)}", volume))
        case 3 if notices and isinstance(notices[-1].record, Notice):
            return Notice(notices[-1].record.draft, amends=notices[-1].id)
        case 4 if notices and isinstance(notices[-1].record, Notice):
            step = numbers.choice((Step.WITHDRAW, Step.ACTIVATE))
            return NoticeStep(step, notices[-1].record.draft.notice, notices[-1].id)
        case 5:
            filed = draft("IL", "x", volume)
            return ReadBack(of, filed.activity, filed.nature, (expected_volume(numbers.choice(VOLUMES)),))
        case 6:
            return PositionTaken(of, Stance.PROPOSAL, "", (volume,))
        case 7:
            return ProposalAnswer(of, numbers.choice((ProposalReply.DECLINED, ProposalReply.LAPSED)))
        case 8:
            return numbers.choice((PassedOn(of, "wing", START), PositionTaken(of, Stance.OBJECTION, "no"), Seen(of)))
        case _:
            return Message(numbers.choice(tuple(Precedence)), "en", "words", cancels=numbers.choice(["", of]))


@pytest.mark.parametrize("seed", range(40))
def test_kept_up_to_date_they_are_as_if_derived_anew(seed: int) -> None:
    """After every entry, in any order of logs: what is open now and what is overdue later is the same."""
    numbers = random.Random(seed)
    picture = Picture.of(PARTIES, ())
    kept = Deadlines(ME)
    compared = 0
    for entry in interleaved(busy_logs(numbers), numbers):
        touched = picture.fold(entry)
        kept.update(case_of(picture), touched, at=START)
        at = Instant(START + numbers.randint(0, 300) * MINUTE)
        found = derived(case_of(picture), ME, at=at)
        assert kept.all(at=at) == found
        assert [due for due in kept.all(at=at) if due.overdue(at=at)] == [due for due in found if due.due < at]
        compared += len(found)
    assert compared > 50, "hardly anything was open: this proves little"


@pytest.mark.parametrize("seed", range(40))
def test_every_bell_rings_once_while_the_clock_goes_on(seed: int) -> None:
    """Whatever comes when: at each tick exactly those bells have rung whose matter is overdue; none twice."""
    numbers = random.Random(seed)
    picture, kept = Picture.of(PARTIES, ()), Deadlines(ME)
    rang: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    at = START
    for entry in interleaved(busy_logs(numbers), numbers):
        kept.update(case_of(picture), picture.fold(entry), at=at)
        at = Instant(at + numbers.choice((0, 1_000, MINUTE, 20 * MINUTE)))
        bells, quiet = kept.bells((), at=at)
        rang.update(due.key for due in bells)
        closed.update(quiet)
        assert all(due.overdue(at=at) for due in bells)
        overdue = {due.key for due in derived(case_of(picture), ME, at=at) if due.overdue(at=at)}
        assert overdue <= set(rang), "a matter is overdue and its bell never rang"
    assert sum(rang.values()) > 5
    for key, count in rang.items():
        assert count <= 1 + closed[key], "a bell rang twice for one matter"


def test_a_clock_that_is_set_back_rings_again_at_the_right_time() -> None:
    """A bell that a wrong clock rang too early rings when its time comes, and not before."""
    picture, kept = Picture.of(PARTIES, ()), Deadlines(ME)
    entry = entry_at("IL", 0, Message(Precedence.IMMEDIATE, "en", "x", to=(Address(ME),)))
    kept.update(case_of(picture), picture.fold(entry), at=START)
    assert len(kept.bells((), at=Instant(START + 3_600_000))[0]) == 1
    for minute in range(6):
        assert kept.bells((), at=Instant(START + minute * MINUTE))[0] == ()
    assert len(kept.bells((), at=Instant(START + 5 * MINUTE + 1))[0]) == 1
    assert kept.bells((), at=Instant(START + 6 * MINUTE))[0] == ()


@pytest.mark.parametrize("seed", range(4))
def test_restarts_clock_jumps_and_partitions(seed: int) -> None:
    """Two nodes and a host by seed: whatever is overdue rang at both ends, every step is said once."""
    numbers = random.Random(f"deadlines {seed}")
    side = Side((("AZ", Role.HOST), ("IL", Role.PARTY), ("TR", Role.PARTY)), seed=f"deadlines {seed}")
    skew = dict.fromkeys(side.nodes, 0)
    cut: set[frozenset[str]] = set()
    back: set[str] = set()
    for _ in range(60):
        side.later(numbers.choice((1_000, 5_000, 20_000)))
        for name in side.nodes:
            if numbers.random() < 0.04:
                side.restart(name)
            if numbers.random() < 0.03:
                by = numbers.choice((-120_000, 120_000))
                skew[name] += by
                back |= {name} if by < 0 else set()
            if numbers.random() < 0.15:
                act(side, name, numbers, skew[name])
            side.nodes[name].tick(at=Instant(side.at + skew[name]), random=side.random)
            side.keep(name)
        pair = frozenset(numbers.sample(sorted(side.nodes), 2))
        cut ^= {pair} if numbers.random() < 0.1 else set()
        exchange(side, cut)
    for _ in range(3):
        exchange(side, set())
    for name, node in side.nodes.items():
        at = Instant(max(side.at + skew[n] for n in skew) + 1_000)
        node.tick(at=at, random=side.random)
        side.keep(name)
        found = derived(node.case, node.me, at=at)
        assert node.deadlines.all(at=at) == found
        rung = {*node.store.kept("bell")}
        assert {due.key for due in found if due.overdue(at=at)} <= rung, f"{name}: a bell was lost"
        told = Counter(bells(node))
        if name not in back:
            assert max(told.values(), default=0) <= 1, f"{name}: a bell rang twice and no clock went back"
        steps = [
            (e.header.author, r.of, r.rung, r.reached)
            for given in node.picture.hotline.escalations.values()
            for e, r in given.values()
        ]
        assert len(steps) == len(set(steps)), f"{name}: a step was said twice"
    assert any(node.picture.hotline.escalations for node in side.nodes.values()) or seed % 3


def act(side: Side, name: str, numbers: random.Random, skew_ms: int) -> None:
    desk = replace(side.desk(name), at=Instant(side.at + skew_ms))
    other = numbers.choice([m for m in side.nodes if m != name])
    try:
        match numbers.randint(0, 4):
            case 0:
                hotline.send(
                    desk, Message(numbers.choice(tuple(Precedence)), "en", "x", to=(Address(MemberId(other)),))
                )
            case 1 if name != "AZ":
                hotline.sound(desk, Alert(numbers.choice((AlertSort.STOP_FIRE, AlertSort.HAZARD))))
            case 2 if name != "AZ":
                desk.file(draft(name, f"N-{numbers.randrange(10**6)}", VOLUMES[0]))
            case _:
                waiting = [due for due in desk.node.deadlines.open.values() if due.owes == name and due.urgent]
                if waiting:
                    hotline.see(desk, numbers.choice(waiting).of)
    except ClearlineError:
        return


def exchange(side: Side, cut: set[frozenset[str]]) -> None:
    for name, node in side.nodes.items():
        side.keep(name)
        for peer in node.peers:
            for ahead in node.to_shout(peer, at=side.at):
                if frozenset((name, peer)) not in cut:
                    side.nodes[peer].take_ahead(ahead, at=side.at, random=side.random)
                    side.keep(peer)
        for log in ("safety", "main"):
            for peer in node.peers:
                if frozenset((name, peer)) not in cut and node.own(log).size:
                    side.push(name, peer, log)


def bells(node: Node) -> list[str]:
    return [e.data.split('"key":"')[1].split('"')[0] for e in node.store.events(0, 10**6) if e.kind == "overdue"]
