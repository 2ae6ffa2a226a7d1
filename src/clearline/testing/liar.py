"""One member that lies: it shows two histories, dates back, keeps bodies back, changes them, and says old things again.

A liar has its keys and everything that it was told; it has no key of anybody else. Two faces of one member are two
machines with the same keys: each of the others meets one of them.
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from clearline.channel.node import Node
from clearline.channel.push import Push
from clearline.records.words import MemberId

if TYPE_CHECKING:
    from clearline.testing.simulator import Machine, Simulation

LIES = ("back-date", "equivocate", "fork", "replay", "withhold")

HEARD_MAX = 50
"""Pushes that a liar remembers to say again."""

REPLAYS = 12
BACK_MS = 3_600_000
"""How far a liar dates back: well past what two honest clocks may differ."""


class LyingNode(Node):
    """A node whose owner has taken out what would stop it from writing a second history."""

    @property
    def read_only(self) -> str:
        """Return nothing: it signs whatever it has lost."""
        return ""

    @read_only.setter
    def read_only(self, _: str) -> None:
        """Note nothing."""


class Liar:
    """What the lying member of one simulation does, and to whom; everything follows from the simulation's seed."""

    def __init__(self, world: Simulation, member: MemberId, lies: tuple[str, ...]) -> None:
        self.world, self.member, self.lies = world, member, lies
        self.victims: set[MemberId] = set()
        self.other: Machine | None = None
        self.parted: set[MemberId] = set()
        self._heard: deque[tuple[MemberId, bytes]] = deque(maxlen=HEARD_MAX)

    def plan(self, end: int) -> None:
        """Spread the lies over the time until `end`."""
        world, numbers = self.world, self.world.numbers
        peers = sorted(m for m in world.machines if m != self.member)
        self.victims = {*numbers.sample(peers, numbers.randint(1, max(1, len(peers) - 1)))}
        world.note(self.member, f"lies: {', '.join(self.lies)}; to {', '.join(sorted(self.victims))}")
        if "fork" in self.lies:
            begun = numbers.randrange(end // 10, end // 2)
            world.after(begun, self._part)
            world.after(numbers.choice((begun + 1, numbers.randrange(begun, end))), self._show)
        if "back-date" in self.lies:
            world.after(numbers.randrange(end), lambda: self._date(-BACK_MS))
        if "replay" in self.lies:
            for _ in range(REPLAYS):
                world.after(numbers.randrange(end), self._replay)

    def face(self, peer: MemberId) -> Machine:
        """Return the machine that a member meets."""
        return self.other if self.other is not None and peer in self.parted else self.world.machines[self.member]

    def faces(self) -> list[Machine]:
        """Return the liar's machines."""
        return [self.world.machines[self.member], *([self.other] if self.other is not None else [])]

    def changed(self, machine: Machine, peer: MemberId, push: Push) -> Push:
        """Return the push as the liar really sends it."""
        if machine.member != self.member or peer not in self.victims or not push.bodies:
            return push
        if "withhold" in self.lies:
            return replace(push, bodies=push.bodies[1:])
        if "equivocate" in self.lies:
            first = push.bodies[0]
            other = first.body.replace(b'"v":1', b'"v": 1')
            return replace(push, bodies=(replace(first, body=other), *push.bodies[1:]))
        return push

    def heard(self, carrier: MemberId, target: MemberId, raw: bytes) -> None:
        """Remember what came to the liar or went out from it."""
        if self.member in (carrier, target):
            self._heard.append((carrier, raw))

    def _part(self) -> None:
        """Go on from here as two: what is said by one face is not known to the other."""
        world, main = self.world, self.world.machines[self.member]
        from clearline.testing.members import SeededRandomness
        from clearline.testing.simulator import Machine

        self.other = Machine(
            self.member, copy.deepcopy(main.store), SeededRandomness(f"{world.seed} other"), main.skew_ms, face="'"
        )
        world.note(self.member, "has two faces from here on")
        world.start(self.other)

    def _show(self) -> None:
        """Show the other face to the victims from here on."""
        self.parted = {*self.victims}
        self.world.note(self.member, f"shows its other face to {', '.join(sorted(self.parted))}")

    def _date(self, by_ms: int) -> None:
        for machine in self.faces():
            machine.skew_ms += by_ms
        self.world.note(self.member, f"dates back by {-by_ms} ms")

    def _replay(self) -> None:
        if not self._heard:
            return
        numbers = self.world.numbers
        _, raw = numbers.choice(list(self._heard))
        target = numbers.choice(sorted(m for m in self.world.machines if m != self.member))
        self.world.note(self.member, f"says an old push again to {target}")
        self.world.receive(self.world.machines[target], raw, self.member, lambda *_: None)
