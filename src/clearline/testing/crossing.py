"""What crosses between simulated machines: pushes and their answers, directly or by a bearer, and what is asked.

The bytes are those of the wire. Whatever an honest node says to another honest one must be taken: a refusal is a
violation. What a liar says, or is told, may be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clearline.channel.alarms import UnprovenAnswer
from clearline.channel.line.sealed import seal_push
from clearline.channel.node import Node
from clearline.channel.push import Answer, Push
from clearline.errors import ClearlineError, Unavailable
from clearline.gateways.peer import wire
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.testing.simulator import Machine, Simulation

TIMEOUT_MS = 10_000
"""How long a push waits for its answer, as in `gateways.peer.calling`."""


class Crossing:
    """One push of one log of one machine to one member, until it is answered or given up."""

    def __init__(self, world: Simulation, machine: Machine, peer: MemberId, log: str, bearer: MemberId | None) -> None:
        self.world, self.machine, self.peer, self.log, self.bearer = world, machine, peer, log, bearer
        self.life, self.done = machine.life, False
        self.honest = not world.lies(machine.member) and not world.lies(peer) and not world.lies(bearer or peer)
        self.sent = world.clock(machine)

    def begin(self) -> None:
        """Make the push and send it off."""
        self.machine.busy.add((self.peer, self.log))
        self.world.do(self.machine, lambda node, _: node.next_push(self.peer, self.log), self._made)

    def _made(self, push: Push | None, error: Exception | None) -> None:
        if push is None:
            if not isinstance(error, Unavailable):
                raise self.world.fail(f"{self.machine.name} cannot make a push of {self.log}: {error!r}")
            self._free()
            return
        way = f" by {self.bearer}" if self.bearer else ""
        self.world.note(self.machine.name, f"-> {self.peer} {self.log} {push.first}+{len(push.entries)}{way}")
        sent = self.world.liar.changed(self.machine, self.peer, push) if self.world.liar else push
        self.sent = self.world.clock(self.machine)
        if self.bearer is None:
            raw = wire.encode_push(sent)
            self.world.carry(self.machine.member, self.peer, lambda: self._arrived(push, raw))
        else:
            key = self.world.founded.roster.sealing_key(self.peer)
            raw = wire.encode_push(seal_push(sent, to=self.peer, key=key))
            bearer = self.world.face(self.bearer, self.machine.member)
            self.world.carry(self.machine.member, self.bearer, lambda: self._relayed(bearer, push, raw))
        self.world.after(TIMEOUT_MS, lambda: self._failed("no answer in time"))

    def _relayed(self, bearer: Machine, push: Push, raw: bytes) -> None:
        if bearer.node is not None:
            self.world.carry(bearer.member, self.peer, lambda: self._arrived(push, raw))

    def _arrived(self, push: Push, raw: bytes) -> None:
        carrier, other = self.bearer or self.machine.member, self.world.face(self.peer, self.machine.member)
        if self.world.liar:
            self.world.liar.heard(carrier, self.peer, raw)
        self.world.receive(other, raw, carrier, lambda result, error: self._answering(other, push, result, error))

    def _answering(
        self, other: Machine, push: Push, result: tuple[MemberId, Answer] | None, error: Exception | None
    ) -> None:
        back = self.bearer or self.machine.member
        if result is None:
            if self.honest and not isinstance(error, Unavailable):
                raise self.world.fail(f"{other.name} refused an honest push of {self.machine.name}: {error!r}")
            refused = f"refused: {error}" if isinstance(error, ClearlineError) else repr(error)
            self.world.carry(other.member, back, lambda: self._failed(refused))
            return
        self.world.on_received(other, push, result[1], self.honest)
        raw = wire.encode_answer(result[1])
        if self.bearer is None:
            self.world.carry(other.member, back, lambda: self._answered(push, raw))
        else:
            self.world.carry(other.member, back, lambda: self._brought(back, push, raw))

    def _brought(self, bearer: MemberId, push: Push, raw: bytes) -> None:
        self.world.carry(bearer, self.machine.member, lambda: self._answered(push, raw))

    def _answered(self, push: Push, raw: bytes) -> None:
        if self.machine.life != self.life or self.machine.node is None:
            return
        answer = wire.decode_answer(raw)
        self.world.note(
            self.machine.name, f"<- {self.peer} {self.log} holds {answer.size}, delivered {answer.delivered}"
        )
        self.world.do(
            self.machine,
            lambda node, at: node.take_answer(
                self.peer, self.log, push, answer, at=at, bearer=self.bearer, sent=self.sent
            ),
            self._taken,
        )

    def _taken(self, _: None, error: Exception | None) -> None:
        if error is not None and not isinstance(error, Unavailable):
            # Who has just started signs nothing yet: by a bearer, an answer without a signature proves nothing.
            if self.honest and not isinstance(error, UnprovenAnswer):
                raise self.world.fail(f"{self.machine.name} refused an honest answer of {self.peer}: {error!r}")
            self._tell(
                lambda node, at, reason: node.push_refused(
                    self.peer, reason, at=at, random=self.machine.random, log=self.log, bearer=self.bearer
                ),
                str(error),
            )
        self._free()

    def _failed(self, reason: str) -> None:
        if self.done or self.machine.life != self.life or self.machine.node is None:
            return
        self._free()
        self._tell(
            lambda node, at, said: node.push_failed(
                self.peer, said, at=at, random=self.machine.random, log=self.log, bearer=self.bearer
            ),
            reason,
        )

    def _tell(self, step: Callable[[Node, Instant, str], None], reason: str) -> None:
        self.world.do(self.machine, lambda node, at: step(node, at, reason), _ignore)

    def _free(self) -> None:
        if not self.done and self.machine.life == self.life:
            self.done = True
            self.machine.busy.discard((self.peer, self.log))


class Asking:
    """One machine asks one member for the newest checkpoints that it holds, as after a start."""

    def __init__(self, world: Simulation, machine: Machine, peer: MemberId) -> None:
        self.world, self.machine, self.peer = world, machine, peer
        self.life, self.done = machine.life, False

    def begin(self) -> None:
        """Ask."""
        self.machine.asking.add(self.peer)
        self.world.note(self.machine.name, f"asks {self.peer} for checkpoints")
        self.world.carry(self.machine.member, self.peer, self._arrived)
        self.world.after(TIMEOUT_MS, lambda: self._failed("no answer in time"))

    def _arrived(self) -> None:
        other = self.world.face(self.peer, self.machine.member)
        if other.node is not None:
            self.world.do(other, lambda node, _: _newest(node), lambda shown, error: self._shown(other, shown, error))

    def _shown(self, other: Machine, shown: dict[str, bytes] | None, _: Exception | None) -> None:
        if shown is not None:
            self.world.carry(other.member, self.machine.member, lambda: self._take(shown))

    def _take(self, shown: dict[str, bytes]) -> None:
        if self.machine.life != self.life or self.machine.node is None or self.done:
            return
        self.done = True
        self.world.do(
            self.machine,
            lambda node, at: node.take_checkpoints(self.peer, shown, at=at, random=self.machine.random),
            self._taken,
        )

    def _taken(self, _: None, error: Exception | None) -> None:
        if self.machine.life == self.life:
            self.machine.asking.discard(self.peer)
        lies = self.world.lies(self.peer) or self.world.lies(self.machine.member)
        if error is not None and not isinstance(error, Unavailable) and not lies:
            raise self.world.fail(f"{self.machine.name} refused honest checkpoints of {self.peer}: {error!r}")

    def _failed(self, reason: str) -> None:
        if self.done or self.machine.life != self.life:
            return
        self.done = True
        self.world.note(self.machine.name, f"could not ask {self.peer}: {reason}")
        self.machine.asking.discard(self.peer)
        self.world.do(self.machine, lambda node, _: node.ask_failed(self.peer), _ignore)


def _newest(node: Node) -> dict[str, bytes]:
    return {name: held.signed.raw() for name, held in node.logs.items() if held.signed is not None and held.size}


def _ignore(*_: object) -> None:
    pass
