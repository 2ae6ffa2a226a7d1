"""A simulated channel: the real steps and the real wire bytes under a virtual clock and a bad network.

Everything that happens follows from the seed. Faults last until `heal`; then every member is up, nothing is lost,
and `clearline.testing.checks` judges what came of it. A violation prints the seed and the trace.
"""

from __future__ import annotations

import heapq
import random as random_numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from clearline.channel.node import Node
from clearline.channel.push import Answer, Push
from clearline.channel.witnessing import lost
from clearline.errors import ClearlineError, Unavailable
from clearline.gateways.peer import wire
from clearline.records.genesis import Role
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.store.memory import MemoryStore
from clearline.testing.crossing import Asking, Crossing
from clearline.testing.liar import LIES, Liar, LyingNode
from clearline.testing.members import START, Founded, SeededRandomness, founded_channel
from clearline.volumes.instant import Instant

MEMBERS = (
    ("IL", Role.PARTY),
    ("TR", Role.PARTY),
    ("SY", Role.PARTY),
    ("UN", Role.HUMANITARIAN),
    ("AZ", Role.HOST),
)
"""Who may take part; a run takes the first two to five, so there are always two parties."""

WAKE_LEAST_MS, WAKE_MOST_MS = 20, 60_000
TRACE_SHOWN = 120
"""Lines of the trace that a violation prints: the end of the story, not all of it."""

Step = Callable[[Node, Instant], Any]
Reply = Callable[[Any, Exception | None], None]


class Violation(AssertionError):
    """A promise was broken; the message holds the seed and the trace."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad the world is. Probabilities are per message or per commit, times in milliseconds."""

    loss: float = 0.0
    doubled: float = 0.0
    slow: float = 0.0
    crash: float = 0.0
    disk_full: float = 0.0
    disk_lies: float = 0.0
    """The disk keeps the writes and reports that it did not."""
    partitions: int = 0
    downs: int = 0
    skew_ms: int = 0
    clock_steps: int = 0


def faults_of(numbers: random_numbers.Random) -> Faults:
    """Return faults drawn from `numbers`: some runs are calm in one respect, some are bad in all."""
    pick = numbers.choice
    return Faults(
        loss=pick((0.0, 0.05, 0.3)),
        doubled=pick((0.0, 0.1)),
        slow=pick((0.0, 0.1)),
        crash=pick((0.0, 0.02, 0.08)),
        disk_full=pick((0.0, 0.02)),
        disk_lies=pick((0.0, 0.02)),
        partitions=pick((0, 1, 4)),
        downs=pick((0, 1, 2)),
        skew_ms=pick((0, 2_000, 600_000)),
        clock_steps=pick((0, 0, 2)),
    )


@dataclass(slots=True)
class Machine:
    """One member's machine: a store that survives, and a node that does not."""

    member: MemberId
    store: MemoryStore
    random: SeededRandomness
    skew_ms: int
    node: Node | None = None
    life: int = 0
    queue: list[tuple[Step, Reply]] = field(default_factory=list)
    turning: bool = False
    busy: set[tuple[MemberId, str]] = field(default_factory=set)
    asking: set[MemberId] = field(default_factory=set)
    wake: int = 0
    face: str = ""
    skews: list[int] = field(default_factory=list)
    """Every error that the clock has had, in milliseconds."""

    @property
    def name(self) -> str:
        """Return how the trace names it: the member, with a mark for a liar's other face."""
        return f"{self.member}{self.face}"


class Simulation:
    """Members, clock and network of one seed. `at` is the true time in milliseconds after `START`."""

    def __init__(
        self, seed: int | str, *, members: int = 0, faults: Faults | None = None, lies: tuple[str, ...] | None = None
    ) -> None:
        self.seed = seed
        self.numbers = random_numbers.Random(f"simulation {seed}")
        count = members or self.numbers.randint(2, len(MEMBERS))
        self.faults = faults_of(self.numbers) if faults is None else faults
        self.founded = _founded(MEMBERS[:count])
        self.at = 0
        self.healed = False
        self.cut: set[frozenset[MemberId]] = set()
        self.trace: list[tuple[int, str, str]] = []
        self.watchers: list[Callable[[Machine], None]] = []
        """Called after every restart: promises about the store are judged there."""
        self.on_received: Callable[[Machine, Push, Answer, bool], None] = _ignore
        """Called with what was received and answered; the flag says whether it came from an honest member."""
        self.liar: Liar | None = None
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self.machines: dict[MemberId, Machine] = {}
        for member in self.founded.roster.members:
            skew = self.numbers.randint(-self.faults.skew_ms, self.faults.skew_ms)
            self.machines[member] = Machine(member, MemoryStore(), SeededRandomness(f"{seed} {member}"), skew)
        told = lies if lies is not None else self._lies()
        if told:
            self.liar = Liar(self, self.numbers.choice(sorted(self.machines)), told)
        for machine in self.machines.values():
            self.start(machine)

    def _lies(self) -> tuple[str, ...]:
        """Return what one member lies about: nothing in two runs of three."""
        return tuple(sorted(self.numbers.sample(LIES, self.numbers.choice((1, 1, 2))))) * (
            self.numbers.random() < 1 / 3
        )

    def lies(self, member: MemberId) -> bool:
        """Report whether a member is the liar."""
        return self.liar is not None and member == self.liar.member

    def honest(self) -> list[Machine]:
        """Return the machines of the honest members, by member."""
        return [machine for name, machine in sorted(self.machines.items()) if not self.lies(name)]

    def every(self) -> list[Machine]:
        """Return all machines, a liar's other face among them."""
        faces = self.liar.faces() if self.liar is not None else []
        return [*self.honest(), *faces]

    def face(self, member: MemberId, peer: MemberId) -> Machine:
        """Return the machine that `member` shows to `peer`."""
        return self.liar.face(peer) if self.liar is not None and self.lies(member) else self.machines[member]

    # Time

    def after(self, delay_ms: int, what: Callable[[], None]) -> None:
        """Let `what` happen `delay_ms` from now."""
        self._count += 1
        heapq.heappush(self._events, (self.at + max(0, delay_ms), self._count, what))

    def run_until(self, end: int) -> None:
        """Let everything happen that is due before `end`."""
        while self._events and self._events[0][0] <= end:
            self.at, _, what = heapq.heappop(self._events)
            what()
        self.at = end

    def clock(self, machine: Machine) -> Instant:
        """Return what the machine's own clock shows."""
        return Instant(START + self.at + machine.skew_ms)

    def note(self, who: str, what: str) -> None:
        """Add a line to the trace."""
        self.trace.append((self.at, who, what))

    def fail(self, what: str) -> Violation:
        """Return the violation to raise, with the seed and the end of the trace."""
        lines = "\n".join(f"{at / 1000:10.3f} s  {who:<3} {text}" for at, who, text in self.trace[-TRACE_SHOWN:])
        return Violation(f"seed {self.seed!r}: {what}\n{self.faults}\n{lines}\nseed {self.seed!r}: {what}")

    # Machines

    def start(self, machine: Machine) -> None:
        """Bring a machine up from its store."""
        if machine.node is not None:
            return
        machine.life += 1
        machine.queue, machine.busy, machine.asking, machine.turning = [], set(), set(), False
        machine.skews.append(machine.skew_ms)
        machine.node = self._loaded(machine, ask_first=True)
        self.note(machine.name, "up")
        for watcher in self.watchers:
            watcher(machine)
        self._speak(machine)

    def crash(self, machine: Machine, down_ms: int, why: str) -> None:
        """Take a machine down: memory and whatever waits in it are gone, the store stays."""
        if machine.node is None:
            return
        self.note(machine.name, f"down for {down_ms} ms: {why}")
        machine.node = None
        machine.queue = []
        self.after(down_ms, lambda: self.start(machine))

    def do(self, machine: Machine, step: Step, reply: Reply) -> None:
        """Run a step in the machine's next turn and answer once its writes are kept; never, where it goes down."""
        if machine.node is None:
            return
        machine.queue.append((step, reply))
        if not machine.turning:
            machine.turning = True
            life = machine.life
            self.after(self.numbers.randint(0, 3), lambda: self._turn(machine, life))

    def heal(self) -> None:
        """End all faults: machines come up, partitions close, nothing more is lost or slow."""
        self.healed = True
        self.cut.clear()
        self.note("*", "healed")
        for machine in self.every():
            self.start(machine)

    def plan_faults(self, end: int) -> None:
        """Spread partitions, long absences and clock steps over the time until `end`."""
        numbers, names = self.numbers, sorted(self.machines)
        if self.liar is not None:
            self.liar.plan(end)
        for _ in range(self.faults.partitions):
            pair = frozenset(numbers.sample(names, 2))
            self.after(numbers.randrange(end), lambda pair=pair: self._cut(pair))  # type: ignore[misc]
        for _ in range(self.faults.downs):
            machine, down = self.machines[numbers.choice(names)], numbers.randint(60_000, 240_000)
            self.after(
                numbers.randrange(end),
                lambda machine=machine, down=down: self.crash(machine, down, "long absence"),  # type: ignore[misc]
            )
        for _ in range(self.faults.clock_steps):
            machine, by = self.machines[numbers.choice(names)], numbers.randint(-900_000, 900_000)
            self.after(numbers.randrange(end), lambda machine=machine, by=by: self._set_clock(machine, by))  # type: ignore[misc]

    def _loaded(self, machine: Machine, *, ask_first: bool) -> Node:
        founded = self.founded
        kind = LyingNode if self.lies(machine.member) else Node
        node = kind.load(
            machine.member,
            founded.roster,
            founded.keyrings[machine.member],
            machine.store,
            at=self.clock(machine),
            ask_first=ask_first and kind is Node,
        )
        node.reachable = frozenset(node.peers)
        return node

    def _again(self, machine: Machine, before: Node) -> None:
        """Load a machine's node anew after its disk failed, as `bootstrap` does: it still knows whom it has asked."""
        machine.node = self._loaded(machine, ask_first=lost.unasked(before))
        machine.node.to_ask, machine.node.ask_tried = {*before.to_ask}, {*before.ask_tried}

    def _set_clock(self, machine: Machine, by_ms: int) -> None:
        machine.skew_ms += by_ms
        machine.skews.append(machine.skew_ms)
        self.note(machine.name, f"clock set by {by_ms} ms")

    def _cut(self, pair: frozenset[MemberId]) -> None:
        self.cut.add(pair)
        self.note("*", f"line cut between {' and '.join(sorted(pair))}")
        self.after(self.numbers.randint(1_000, 150_000), lambda: self._mend(pair))

    def _mend(self, pair: frozenset[MemberId]) -> None:
        self.cut.discard(pair)
        self.note("*", f"line mended between {' and '.join(sorted(pair))}")

    def _turn(self, machine: Machine, life: int) -> None:
        """Run what waits, commit it together, then answer: as `bootstrap` does, with faults in between."""
        if machine.node is None or machine.life != life:
            return
        machine.turning = False
        waiting, machine.queue = machine.queue, []
        node, at = machine.node, self.clock(machine)
        outcomes: list[tuple[Reply, Any, Exception | None]] = []
        for step, reply in waiting:
            try:
                outcomes.append((reply, step(node, at), None))
            except ClearlineError as fault:
                outcomes.append((reply, None, fault))
        writes = node.take_writes()
        chance = 1.0 if self.healed else self.numbers.random()
        down = self.numbers.randint(100, 60_000)
        if chance < self.faults.crash / 2:
            self.crash(machine, down, f"before keeping {len(writes)} writes")
            return
        failed = 1 - self.faults.disk_full
        if writes and failed - self.faults.disk_lies < chance < 1:
            if chance < failed:
                machine.store.commit(writes)
            self.note(
                machine.name, f"disk error: {len(writes)} writes {'kept all the same' if chance < failed else 'lost'}"
            )
            self._again(machine, node)
            outcomes = [(reply, None, error or Unavailable("disk error")) for reply, _, error in outcomes]
        else:
            machine.store.commit(writes)
            if chance < self.faults.crash:
                self.crash(machine, down, f"after keeping {len(writes)} writes, before any answer")
                return
            node.settle(at=at)
        for reply, result, error in outcomes:
            reply(result, error)
        if machine.node is not None:
            self._speak(machine)

    # Lines

    def _speak(self, machine: Machine) -> None:
        node = machine.node
        if node is None:
            return
        at = self.clock(machine)
        mine = [peer for peer in node.peers if self.face(machine.member, peer) is machine]
        for peer in sorted(node.to_ask & {*mine} - machine.asking):
            Asking(self, machine, peer).begin()
        for log in LOGS:
            for peer in mine:
                ways = () if (peer, log) in machine.busy else node.ways_due(peer, log, at=at)
                if ways:
                    Crossing(self, machine, peer, log, self.numbers.choice(ways)).begin()
        wakes = [node.next_wake(p, at=at, log=log) for p in mine for log in LOGS if (p, log) not in machine.busy]
        wait = min(max(min(wakes, default=at) - at, WAKE_LEAST_MS), WAKE_MOST_MS) if wakes else WAKE_MOST_MS
        machine.wake += 1
        stamp, life = machine.wake, machine.life
        self.after(wait, lambda: self._woken(machine, stamp, life))

    def _woken(self, machine: Machine, stamp: int, life: int) -> None:
        if machine.wake == stamp and machine.life == life:
            self._speak(machine)

    def receive(self, machine: Machine, raw: bytes, carrier: MemberId, reply: Reply) -> None:
        """Let a machine receive the wire bytes of a push that `carrier` brings."""
        self.do(
            machine,
            lambda node, at: node.receive(wire.decode_push(raw), at=at, random=machine.random, carrier=carrier),
            reply,
        )

    def carry(self, source: MemberId, target: MemberId, deliver: Callable[[], None]) -> None:
        """Carry a message: perhaps lost, doubled, late or out of order."""
        numbers, faults = self.numbers, self.faults
        if self.healed:
            self.after(numbers.randint(1, 50), deliver)
            return
        for _ in range(2 if numbers.random() < faults.doubled else 1):
            if numbers.random() < faults.loss:
                self.note(source, f"-- message to {target} lost")
                continue
            delay = numbers.randint(1, 400) if numbers.random() >= faults.slow else numbers.randint(400, 40_000)
            self.after(delay, lambda: self._unless_cut(source, target, deliver))

    def _unless_cut(self, source: MemberId, target: MemberId, deliver: Callable[[], None]) -> None:
        if frozenset((source, target)) in self.cut:
            self.note(source, f"-- message to {target} lost in the cut")
            return
        deliver()


def _ignore(*_: object) -> None:
    pass


@lru_cache(maxsize=8)
def _founded(members: Sequence[tuple[str, Role]]) -> Founded:
    return founded_channel(members, seed="simulation")
