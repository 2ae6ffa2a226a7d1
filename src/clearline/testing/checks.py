"""What a channel promises, judged on a simulation. Nothing here knows what the officers meant to do."""

from __future__ import annotations

import random as random_numbers
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from clearline.channel import stored
from clearline.channel.node import Node
from clearline.channel.push import Answer, Push
from clearline.channel.watch import Watch, placed_of
from clearline.conflicts.engine import Conflict, judge
from clearline.conflicts.theatre import VolumeRef
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.records.header import LOGS, entry_id, opens
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.testing.checks_lies import LieChecks
from clearline.testing.officers import Officers
from clearline.testing.restarts import begun, bookmark_of
from clearline.testing.simulator import Machine, Simulation
from clearline.tlog.checkpoint import parse_checkpoint_text
from clearline.tlog.tree import Tree, leaf_hash
from clearline.volumes.instant import Instant

Pair = tuple[VolumeRef, VolumeRef]


@dataclass(frozen=True, slots=True)
class Stated:
    """A delivery cosignature that left a member: it holds this log up to here, bodies included."""

    log: str
    size: int
    root: bytes


BOOKMARK_EVERY = 7
"""Looks after which a machine's bookmark is made anew; no number of machines, so that each has its turn."""


class Checks:
    """Judges a simulation: after every restart, now and then, and when it has come to rest."""

    def __init__(self, simulation: Simulation, officers: Officers) -> None:
        self.simulation, self.officers = simulation, officers
        self.lies = LieChecks(simulation, officers)
        self.stated: dict[MemberId, dict[str, Stated]] = {}
        self.bookmarks: dict[MemberId, bytes] = {}
        self.looks = 0
        simulation.watchers.append(self.after_restart)
        simulation.on_received = self._received

    def after_restart(self, machine: Machine) -> None:
        """Nothing that was answered or cosigned is lost by whatever brought the machine down."""
        if self.simulation.lies(machine.member):
            return
        self.nothing_told_is_lost(machine)
        self.nothing_delivered_is_lost(machine)

    def at_any_time(self) -> None:
        """What holds at every machine that is up, between two turns."""
        for machine in self.simulation.honest():
            if machine.node is not None and not machine.turning:
                self.picture_is_the_fold(machine, machine.node)
                self.watch_is_as_if_new(machine, machine.node)
                self.nobody_is_accused(machine, machine.node)
            self.outsiders_hold_no_body(machine)

    def at_rest(self) -> None:
        """What holds once all faults have ended and the members had time to talk."""
        for machine in self.simulation.honest():
            if machine.node is None or machine.turning:
                raise self._broken(machine, "is not at rest")
            self.after_restart(machine)
            self.everything_is_delivered(machine, machine.node)
        self.at_any_time()
        self.all_hold_the_same()
        self.both_owners_hold_each_conflict()
        self.lies.everybody_knows_a_fork()
        self.lies.no_honest_key_signed_what_was_not_said()

    # One machine

    def nothing_told_is_lost(self, machine: Machine) -> None:
        """Every entry that an officer was told of stands in the author's store, with its body."""
        for log in LOGS:
            told = [t for t in self.officers.told if t.member == machine.member and t.log == log]
            if not told:
                continue
            name = f"{machine.member}/{log}"
            held = {item.index: entry_id(item.note) for item in machine.store.entries(name)}
            with_body = {body.index for body in machine.store.bodies(name)}
            for each in told:
                if held.get(each.index) != each.entry or each.index not in with_body:
                    raise self._broken(machine, f"lost {log} {each.index} ({each.what}), which was answered")

    def nothing_delivered_is_lost(self, machine: Machine) -> None:
        """Every log stands as far as this member said that it holds it, with each body addressed to it."""
        for name, stated in sorted(self.stated.get(machine.member, {}).items()):
            notes = [item.note for item in machine.store.entries(name, 0, stated.size)]
            if len(notes) < stated.size or Tree(map(leaf_hash, notes)).root() != stated.root:
                raise self._broken(machine, f"lost entries of {name} below {stated.size}, which it had cosigned")
            held = {(b.index, b.slot): b for b in machine.store.bodies(name, 0, stated.size)}
            for index, note in enumerate(notes):
                header = stored.open_header(note)
                for slot in header.slots_for(machine.member):
                    body = held.get((index, slot))
                    if body is None or not opens(header.slots[slot], body.salt, body.body):
                        raise self._broken(machine, f"lost the body of {name} {index}, which it had cosigned")

    def picture_is_the_fold(self, machine: Machine, node: Node) -> None:
        """The picture is the fold of what is stored, in whatever order the logs are told."""
        fresh = self._fresh(machine)
        if fresh.picture.value() != node.picture.value():
            raise self._broken(
                machine, f"picture is not the fold of the store: {_differing(fresh.picture, node.picture)}"
            )
        logs = [list(stored.stored_entries(fresh, held)) for held in fresh.logs.values()]
        mixed = Picture.of(
            node.roster.parties, interleaved(logs, self.simulation.numbers), keys=node.roster.first_keys()
        )
        if mixed.value() != node.picture.value():
            raise self._broken(machine, f"picture depends on the order of logs: {_differing(mixed, node.picture)}")
        for name, held in node.logs.items():
            same = held.lacking == fresh.logs[name].lacking and held.size == fresh.logs[name].size
            if not same or held.covering != fresh.logs[name].covering:
                raise self._broken(machine, f"memory and store differ about {name}")
        self.a_bookmark_spares_nothing(machine, node)

    def a_bookmark_spares_nothing(self, machine: Machine, node: Node) -> None:
        """A start from a bookmark, made now or some while ago, gives the picture that all entries give."""
        at, fresh = self.simulation.clock(machine), self._fresh(machine)
        opened = fresh.picture.opened.disclosures or fresh.picture.opened.erasures
        kept = None if opened else self.bookmarks.get(machine.member)
        newest = bookmark_of(fresh, at=at)
        for mark in (kept, newest):
            started = begun(fresh, mark, at=at)
            if started.start.refused and started.start.alarm is None:
                raise self._broken(machine, f"refuses its own bookmark: {started.start.refused}")
            if started.picture.value() != node.picture.value():
                why = _differing(started.picture, node.picture)
                raise self._broken(machine, f"a start from a bookmark gives another picture: {why}")
        # Those made some while ago are the ones worth trying: they are left behind for a few looks.
        self.looks += 1
        if kept is None or self.looks % BOOKMARK_EVERY == 0:
            self.bookmarks[machine.member] = newest

    def watch_is_as_if_new(self, machine: Machine, node: Node) -> None:
        """The watch that followed every change finds what a new one finds, and what comparing all pairs finds."""
        at = self.simulation.clock(machine)
        fresh = Watch()
        fresh.rebuild(node.picture, at=at)
        kept, found = _not_over(node.watch.all(), node, at), _not_over(fresh.all(), node, at)
        if kept != found:
            raise self._broken(machine, f"watch holds {_ids(kept)}, a new one finds {_ids(found)}")
        brute = _not_over(brute_force(node), node, at)
        if kept != brute:
            raise self._broken(machine, f"watch holds {_ids(kept)}, comparing all pairs finds {_ids(brute)}")
        for key, touches in fresh.touches.items():
            if node.watch.touches.get(key, ()) != touches:
                raise self._broken(machine, f"touches of {key}: {node.watch.touches.get(key)}, a new watch: {touches}")

    def nobody_is_accused(self, machine: Machine, node: Node) -> None:
        """No honest member is accused, refused or read-only, whatever a liar does; only clocks may look dated back."""
        evidence = self.lies.accused_unjustly(machine, node)
        if evidence or node.read_only:
            raise self._broken(machine, f"honest members accused: {evidence} {node.read_only}")
        refusals = {
            p.member: p.refusal for p in node.peers.values() if p.refusal and not self.simulation.lies(p.member)
        }
        refused = [
            entry.place
            for given in node.picture.refused.values()
            for entry, record in given.values()
            if not self.simulation.lies(entry.header.author) and not self._said_by_the_liar(machine, record.entry)
        ]
        if refusals or refused:
            raise self._broken(machine, f"honest members refused: {refusals} {refused}")

    def outsiders_hold_no_body(self, machine: Machine) -> None:
        """A member holds no body that is not addressed to it."""
        for name in machine.store.logs():
            headers = [stored.open_header(item.note) for item in machine.store.entries(name)]
            for body in machine.store.bodies(name):
                if machine.member not in headers[body.index].slots[body.slot].audience:
                    raise self._broken(machine, f"holds the body of {name} {body.index}, addressed to others")

    def everything_is_delivered(self, machine: Machine, node: Node) -> None:
        """Every other member has stated that it holds the own logs whole, and the author holds that statement."""
        for log in LOGS:
            held = node.own(log)
            for peer in (name for name in node.peers if not self.simulation.lies(name)):
                for role in ("mirror", "delivery"):
                    name = node.roster.cosigner(peer, role).name
                    if held.size and held.covered(name, held.size - 1) is None:
                        raise self._broken(machine, f"{peer} has not stated {role} of {log} up to {held.size}")

    # All machines

    def all_hold_the_same(self) -> None:
        """Sizes and roots of every log are the same everywhere, and so is what both of two members may read."""
        nodes = [m.node for m in self.simulation.honest() if m.node is not None]
        first = nodes[0]
        for node in nodes[1:]:
            for name, held in node.logs.items():
                if self.simulation.lies(held.member):
                    continue
                other = first.logs[name]
                if (held.size, held.root_at(held.size)) != (other.size, other.root_at(other.size)):
                    raise self._broken(node.me, f"{name} has {held.size} entries, at {first.me} {other.size}")
        for a, b in combinations(nodes, 2):
            readers = {a.me, b.me}
            left, right = self._readable(a, readers), self._readable(b, readers)
            if left != right:
                raise self._broken(a.me, f"{a.me} and {b.me} read different notices: {sorted(left)} {sorted(right)}")
            if self.simulation.liar is None and a.picture.terms_in_force != b.picture.terms_in_force:
                raise self._broken(a.me, f"{a.me} and {b.me} hold different agreements in force")

    def both_owners_hold_each_conflict(self) -> None:
        """A conflict between two notices that both owners may read is named at both, in the same words."""
        for a, b in combinations([machine.member for machine in self.simulation.honest()], 2):
            left, right = self.simulation.machines[a], self.simulation.machines[b]
            if left.node is None or right.node is None:
                continue
            late = max(self.simulation.clock(left), self.simulation.clock(right))
            held = [
                [
                    c
                    for c in _not_over(brute_force(node), node, late)
                    if {c.a.party, c.b.party} == {a, b} and _both_read(node, c, {a, b})
                ]
                for node in (left.node, right.node)
            ]
            if held[0] != held[1]:
                raise self._broken(left, f"conflicts at {a} {_ids(held[0])}, at {b} {_ids(held[1])}")
            for node in (left.node, right.node):
                missing = [c for c in held[0] if node.watch.conflicts.get((c.a, c.b)) != c]
                if missing:
                    raise self._broken(node.me, f"does not name {_ids(missing)}")

    # Inside

    def _received(self, machine: Machine, push: Push, answer: Answer, honest: bool) -> None:
        if self.simulation.lies(machine.member):
            return
        if honest and answer.cosignatures:
            self.lies.fork_is_found(machine, push)
        self._cosigned(machine, push, answer)

    def _readable(self, node: Node, readers: set[MemberId]) -> dict[tuple[str, str], object]:
        found = _readable(node, readers)
        return {key: held for key, held in found.items() if not self.simulation.lies(MemberId(key[0]))}

    def _said_by_the_liar(self, machine: Machine, entry: str) -> bool:
        liar = self.simulation.liar
        if liar is None:
            return False
        notes = (item.note for log in LOGS for item in machine.store.entries(f"{liar.member}/{log}"))
        return any(entry_id(note) == entry for note in notes)

    def _cosigned(self, machine: Machine, push: Push, answer: Answer) -> None:
        checkpoint = parse_checkpoint_text(parse_note(push.checkpoint, where="push").text, where="push")
        found = self.simulation.founded.roster.log_of(checkpoint.origin)
        if found is None or not any("/delivery " in line for line in answer.cosignatures):
            return
        name = "/".join(found)
        held = self.stated.setdefault(machine.member, {})
        if name not in held or held[name].size < checkpoint.size:
            held[name] = Stated(name, checkpoint.size, checkpoint.root)

    def _fresh(self, machine: Machine) -> Node:
        founded = self.simulation.founded
        at = self.simulation.clock(machine)
        return Node.load(machine.member, founded.roster, founded.keyrings[machine.member], machine.store, at=at)

    def _broken(self, machine: Machine | MemberId, what: str) -> AssertionError:
        return self.simulation.fail(f"{machine.member if isinstance(machine, Machine) else machine} {what}")


def interleaved(logs: Iterable[list[Entry]], numbers: random_numbers.Random) -> list[Entry]:
    """Return the entries of all logs, each log in its order, mixed at random."""
    waiting = [list(reversed(log)) for log in logs if log]
    mixed = []
    while waiting:
        log = numbers.choice(waiting)
        mixed.append(log.pop())
        if not log:
            waiting.remove(log)
    return mixed


def brute_force(node: Node) -> tuple[Conflict, ...]:
    """Return every conflict of the notices that stand in a node's picture: all pairs compared, without an index."""
    placed = [p for _, h in sorted(node.picture.notices.items()) if h.ended is None for p in placed_of(h)]
    found = []
    for x, y in combinations(placed, 2):
        if x.ref.party != y.ref.party:
            minima = node.watch.engine.minima.for_pair(x.kind, y.kind)
            conflict = judge(x, y, minima, node.watch.ranges)
            if conflict is not None:
                found.append(conflict)
    return tuple(sorted(found, key=lambda c: (c.a, c.b)))


def _not_over(conflicts: Iterable[Conflict], node: Node, at: Instant) -> list[Conflict]:
    """Return the conflicts of which neither notice is over at `at`: a watch may have let go of the others."""
    notices = node.picture.notices
    return [c for c in conflicts if all(notices[r.party, r.notice].end >= at for r in (c.a, c.b))]


def _readable(node: Node, readers: set[MemberId]) -> dict[tuple[str, str], object]:
    """Return the notices of which every version is addressed to all of `readers`, by what a face would show."""
    return {
        key: history
        for key, history in node.picture.notices.items()
        if all(readers <= {*version.entry.header.audience} for version in history.versions)
    }


def _both_read(node: Node, conflict: Conflict, readers: set[MemberId]) -> bool:
    keys = [(ref.party, ref.notice) for ref in (conflict.a, conflict.b)]
    return all(key in _readable(node, readers) for key in keys)


def _differing(a: Picture, b: Picture) -> list[str]:
    left, right = a.value(), b.value()
    return [name for name in left if left[name] != right[name]]


def _ids(conflicts: Iterable[Conflict]) -> list[str]:
    return [f"{c.a.party} {c.a.notice}.{c.a.volume} - {c.b.party} {c.b.notice}.{c.b.volume}" for c in conflicts]
