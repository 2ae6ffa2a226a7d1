"""Time over a bad network: machines that tick, alerts and messages that must be seen, and what must come of it.

A bell rings once for each deadline that passed, a step of an escalation is recorded once and never before its time,
and what is open is what the record says, whatever crashes, is cut, or has its clock set. Nothing here knows how
the node keeps count.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from unittest.mock import patch

from clearline.channel.acts import hotline
from clearline.channel.desk import Desk
from clearline.channel.due.deadlines import RINGING, derived
from clearline.channel.due.dues import steps_of
from clearline.channel.line.ahead import ringing
from clearline.channel.node import Node
from clearline.channel.push import Ahead
from clearline.errors import ClearlineError
from clearline.records.agreement import Terms
from clearline.records.alert import Alert, AlertSort, Reply
from clearline.records.message import Message, Precedence
from clearline.records.watch import Address, MemberWatch, WatchPosition
from clearline.records.words import MemberId
from clearline.testing.officers import Officers
from clearline.testing.simulator import MEMBERS, Faults, Machine, Simulation, Violation
from clearline.volumes.instant import Instant

TICK_MS = 2_000
SLACK_MS = 6_000
"""How long after its time a bell may ring at a machine that was up: a tick, a turn, and a disk that failed once."""

TROUBLE_MS, REST_MS = 210_000, 340_000
WATCH = tuple(
    MemberWatch(MemberId(name), "watch 1", "chief", "flag", (WatchPosition("watch 1", ("watch 2",)),))
    for name, _ in sorted(MEMBERS)
)
TERMS = Terms("Bells", None, watch=WATCH)


class Bells:
    """Ticks of all machines, officers who sound and see, and the judgement. Build it before the run begins."""

    def __init__(self, simulation: Simulation, *, acts: int, end: int) -> None:
        self.simulation, self.numbers = simulation, simulation.numbers
        for machine in simulation.honest():
            simulation.after(self.numbers.randrange(TICK_MS), partial(self._tick, machine))
        for _ in range(acts):
            machine = self.numbers.choice(simulation.honest())
            simulation.after(self.numbers.randrange(end), partial(self._act, machine))

    def judge(self) -> None:
        """Judge every machine once all faults have ended and the members had time to talk and to tick."""
        for machine in self.simulation.honest():
            if machine.node is None:
                raise self.simulation.fail(f"{machine.member} is down")
            at = self.simulation.clock(machine)
            self._open_is_what_the_record_says(machine, machine.node, at)
            self._every_bell_rang_and_none_twice(machine, machine.node, at)
            self._steps_were_taken_once(machine, machine.node, at)

    # What happens

    def _tick(self, machine: Machine) -> None:
        def step(node: Node, at: Instant) -> list[tuple[MemberId, Ahead]]:
            node.tick(at=at, random=machine.random)
            return [(peer, one) for peer in sorted(node.peers) for one in node.to_shout(peer, at=at)]

        self.simulation.after(TICK_MS, partial(self._tick, machine))
        self.simulation.do(machine, step, partial(self._shout, machine))

    def _shout(self, machine: Machine, said: list[tuple[MemberId, Ahead]] | None, error: Exception | None) -> None:
        self._done(None, error)
        for peer, one in said or ():
            heard = partial(self._heard, self.simulation.machines[peer], one)
            self.simulation.carry(machine.member, peer, heard)

    def _done(self, _: object, error: Exception | None) -> None:
        if error is not None and not isinstance(error, ClearlineError):
            raise self.simulation.fail(f"a step failed: {error!r}")

    def _heard(self, machine: Machine, said: Ahead) -> None:
        def take(node: Node, at: Instant) -> bool:
            return node.take_ahead(said, at=at, random=machine.random)

        self.simulation.do(machine, take, self._done)

    def _act(self, machine: Machine) -> None:
        numbers, others = self.numbers, sorted(set(self.simulation.machines) - {machine.member})
        sort, to = numbers.randrange(8), MemberId(numbers.choice(others))

        def step(node: Node, at: Instant) -> None:
            desk = Desk(node, "1", at, machine.random)
            if sort < 2:
                hotline.sound(desk, Alert(numbers.choice((AlertSort.STOP_FIRE, AlertSort.QUERY)), (Address(to),)))
            elif sort < 4:
                precedence = numbers.choice((Precedence.FLASH, Precedence.IMMEDIATE))
                hotline.send(desk, Message(precedence, "en", "Answer me", to=(Address(to),)))
            elif waiting := ringing(node):
                entry = numbers.choice(waiting).spoken.entry
                if sort == 4 and isinstance(entry.record, Alert):
                    hotline.answer(desk, entry.id, Reply.CANNOT_CONFIRM)
                else:
                    hotline.see(desk, entry.id)

        self.simulation.do(machine, step, self._done)

    # What must come of it

    def _open_is_what_the_record_says(self, machine: Machine, node: Node, at: Instant) -> None:
        kept = {due.key: due for due in node.deadlines.all(at=at)}
        new = {due.key: due for due in derived(node.case, node.me, at=at)}
        if kept != new:
            wrong = sorted(kept.items() ^ new.items(), key=lambda pair: pair[0])
            raise self.simulation.fail(f"{machine.member} keeps other deadlines than its record: {wrong[:4]}")
        rings = {key for key, due in new.items() if due.urgent and due.owes == node.me and due.sort in RINGING}
        if rings != {*node.deadlines.ringing}:
            raise self.simulation.fail(f"{machine.member} rings {sorted(node.deadlines.ringing)}, not {sorted(rings)}")

    def _every_bell_rang_and_none_twice(self, machine: Machine, node: Node, at: Instant) -> None:
        rang = [json.loads(e.data) for e in machine.store.events(0, 10**9) if e.kind == "overdue"]
        rang = [one for one in rang if one["about"][:1] in (["notice"], ["entry"])]
        keys = Counter((one["key"], one["due"]) for one in rang)
        for due in derived(node.case, node.me, at=at):
            if due.overdue(at=Instant(at - SLACK_MS)) and not any(key == due.key for key, _ in keys):
                raise self.simulation.fail(f"{machine.member}: the bell of {due.key} was lost")
        backs = sum(after < before for before, after in zip(machine.skews, machine.skews[1:], strict=False))
        for (key, due), count in keys.items():
            if count > 1 + backs and not key.startswith("read_back"):
                raise self.simulation.fail(f"{machine.member}: the bell of {key} for {due} rang {count} times")

    def _steps_were_taken_once(self, machine: Machine, node: Node, at: Instant) -> None:
        said: Counter[tuple[object, ...]] = Counter()
        for of, given in node.picture.hotline.escalations.items():
            for entry, record in given.values():
                said[entry.header.author, of, record.rung, record.reached] += 1
                if entry.header.claimed < record.due:
                    raise self.simulation.fail(f"{entry.header.author} passed {record.silent.text} over before {of}")
        doubled = [key for key, count in said.items() if count > 1]
        if doubled:
            raise self.simulation.fail(f"{machine.member} holds steps that were taken twice: {doubled}")
        spoken = [*node.picture.hotline.alerts, *(entry.id for entry, _ in node.picture.messages.values())]
        for of in spoken:
            case = node.case
            found = case.spoken(of)
            late = [s for s in steps_of(case, found) if s.by == node.me and s.due < at - SLACK_MS] if found else []
            if late:
                raise self.simulation.fail(f"{machine.member} did not take the step {late[0]}")


def taken(simulation: Simulation) -> tuple[int, int]:
    """Return how many bells rang and how many steps were recorded, so that a test can see that it proves something."""
    bells = steps = 0
    for machine in simulation.honest():
        bells += sum(event.kind == "overdue" for event in machine.store.events(0, 10**9))
        node = machine.node
        if node is not None:
            given = node.picture.hotline.escalations.values()
            steps += sum(entry.header.author == node.me for said in given for entry, _ in said.values())
    return bells, steps


def run(seed: int | str, *, members: int = 0, faults: Faults | None = None) -> Simulation:
    """Run a seed with ticks: trouble, healing, and time enough for every deadline of an IMMEDIATE message to pass."""
    with patch("clearline.channel.due.dues.DEFAULT_TERMS", TERMS):
        simulation = Simulation(f"bells {seed}", members=members, faults=faults, lies=())
        pick = simulation.numbers.choice
        if faults is None:
            simulation.faults = Faults(
                loss=pick((0.0, 0.3)),
                doubled=pick((0.0, 0.1)),
                slow=pick((0.0, 0.1)),
                crash=pick((0.0, 0.003)),
                disk_full=pick((0.0, 0.01)),
                disk_lies=pick((0.0, 0.01)),
                partitions=pick((0, 1, 4)),
                downs=pick((0, 1, 2)),
                skew_ms=pick((0, 2_000, 600_000)),
                clock_steps=pick((0, 0, 3)),
            )
        Officers(simulation).plan(8, TROUBLE_MS)
        bells = Bells(simulation, acts=24, end=TROUBLE_MS)
        simulation.plan_faults(TROUBLE_MS)
        simulation.run_until(TROUBLE_MS)
        simulation.heal()
        simulation.run_until(TROUBLE_MS + REST_MS)
        while any(machine.turning for machine in simulation.honest()):
            simulation.run_until(simulation.at + 1)
        bells.judge()
        return simulation


def verdict(seed: int) -> tuple[str, int, int]:
    """Return the violation of a seed, empty for none, and how many bells rang and steps were taken."""
    try:
        return "", *taken(run(seed))
    except Violation as violation:
        return str(violation), 0, 0
