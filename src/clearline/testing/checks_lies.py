"""What must hold while one member lies: it is found out, nobody else is accused, and no honest key signs its words."""

from __future__ import annotations

from itertools import combinations

from clearline.channel import stored
from clearline.channel.alarms import BackDated
from clearline.channel.node import Node
from clearline.channel.ports import PutEvidence
from clearline.channel.push import Push
from clearline.channel.witnessing import witness
from clearline.records import body as bodies
from clearline.records import rules
from clearline.records.header import LOGS, entry_id
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.testing.officers import Officers
from clearline.testing.simulator import Machine, Simulation
from clearline.tlog.checkpoint import SplitView, parse_checkpoint_text
from clearline.tlog.tree import Tree, leaf_hash


class LieChecks:
    """Judges what one liar brings about, from the stores and from what crossed, knowing who lies."""

    def __init__(self, simulation: Simulation, officers: Officers) -> None:
        self.simulation, self.officers = simulation, officers
        self.found = 0

    def accused_unjustly(self, machine: Machine, node: Node) -> list[str]:
        """Return the evidence that an honest member holds against anybody but the liar, or a clock that was wrong."""
        kept = (*node.alarms, *machine.store.evidence())
        return [one.text for one in kept if not self._of_the_liar(one) and not self._of_a_clock(one)]

    def fork_is_found(self, machine: Machine, push: Push) -> None:
        """Whoever takes an honest message that names another history than its own has evidence from then on."""
        node = machine.node
        liar = self.simulation.liar
        if node is None or liar is None:
            return
        for note in push.entries:
            for log, known in stored.open_header(note).seen:
                held = node.logs.get(log)
                if held is None or held.member != liar.member or not 0 < known.size <= held.size:
                    continue
                notes = [item.note for item in machine.store.entries(log, 0, known.size)]
                if Tree(map(leaf_hash, notes)).root() != known.root:
                    self.found += 1
                    self._knows(machine, node, log, f"a message that names another root of {log} at {known.size}")

    def everybody_knows_a_fork(self) -> None:
        """Where honest members hold two histories of one log, or one of them has proof, each has evidence about it."""
        liar = self.simulation.liar
        if liar is None:
            return
        honest = [(m, m.node) for m in self.simulation.honest() if m.node is not None]
        for a, left in honest:
            for name in (f"{liar.member}/{log}" for log in LOGS):
                if any(one.slug == SplitView.slug and name in one.text for one in left.alarms):
                    for machine, node in honest:
                        self._knows(machine, node, name, f"{a.name} has proof of two histories")
        for (a, left), (b, right) in combinations(honest, 2):
            for log in LOGS:
                name = f"{liar.member}/{log}"
                size = min(left.logs[name].size, right.logs[name].size)
                if size and left.logs[name].root_at(size) != right.logs[name].root_at(size):
                    self.found += 1
                    for machine, node in honest:
                        self._knows(machine, node, name, f"{a.name} and {b.name} hold two histories")

    def no_honest_key_signed_what_was_not_said(self) -> None:
        """Every statement by an honest member, wherever it is held, is one that its officer said or its node may say.

        And every checkpoint by an honest log key is one of the one history that its own store holds.
        """
        for holder in self.simulation.every():
            for name in holder.store.logs():
                member = MemberId(name.partition("/")[0])
                if self.simulation.lies(member) or member not in self.simulation.machines:
                    continue
                self._statements(holder, name)
                self._checkpoints(holder, name, member)

    def _statements(self, holder: Machine, name: str) -> None:
        kinds = {b.index: b.body for b in holder.store.bodies(name) if b.slot == 0}
        for item in holder.store.entries(name):
            if entry_id(item.note) in self.officers.said:
                continue
            signers = parse_note(item.note, where=name).signatures
            if any("/officer/" in s.name for s in signers):
                raise self.simulation.fail(f"{holder.name} holds {name} {item.index}, which no officer said")
            raw = kinds.get(item.index)
            if raw is not None and not rules.by_node(bodies.decode(raw, where=name)):
                raise self.simulation.fail(f"{holder.name} holds {name} {item.index}, which no node may say")

    def _checkpoints(self, holder: Machine, name: str, member: MemberId) -> None:
        own = [leaf_hash(item.note) for item in self.simulation.machines[member].store.entries(name)]
        for size, note in holder.store.checkpoints(name):
            checkpoint = parse_checkpoint_text(parse_note(note, where=name).text, where=name)
            if size > len(own) or Tree(own[:size]).root() != checkpoint.root:
                raise self.simulation.fail(f"{member} signed a history of {name} at {size} that it does not hold")

    def _knows(self, machine: Machine, node: Node, log: str, why: str) -> None:
        if not any(log in alarm.text for alarm in node.alarms):
            raise self.simulation.fail(f"{machine.name} has no evidence about {log}, but {why}")

    def _of_the_liar(self, evidence: PutEvidence) -> bool:
        liar = self.simulation.liar
        if liar is None:
            return False
        about = [witness.subject_of(note) for note in (evidence.first, evidence.second) if note]
        return any(one == liar.member or f"/{liar.member}/" in one for one in about)

    def _of_a_clock(self, evidence: PutEvidence) -> bool:
        """Report whether the members' clocks were so far apart that an honest entry looks dated back."""
        if evidence.slug != BackDated.slug:
            return False
        late, seen = (witness.subject_of(note) for note in (evidence.first, evidence.second))
        machines = self.simulation.machines
        apart = max(machines[MemberId(seen)].skews) - min(machines[MemberId(late)].skews)
        return apart > witness.BACK_DATED_AFTER_MS - 1_000
