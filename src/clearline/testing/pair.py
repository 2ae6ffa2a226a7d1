"""Members side by side in memory: every step at hand, and ways to forge what an honest node would never send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.channel.ports import Store
from clearline.channel.push import Answer, CarriedBody, Push
from clearline.channel.roster import Roster
from clearline.gateways.peer import wire
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records import rules
from clearline.records.body import Record
from clearline.records.genesis import Role
from clearline.records.header import Header, Known, Slot, commitment
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.signing.note import encode_note
from clearline.signing.statement import sign_statement
from clearline.store.memory import MemoryStore
from clearline.testing.members import START, Founded, SeededRandomness, founded_channel, second_person
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash
from clearline.volumes.instant import Instant

TWO = (("IL", Role.PARTY), ("TR", Role.PARTY))
FIVE = (("AZ", Role.HOST), ("IL", Role.PARTY), ("SY", Role.PARTY), ("TR", Role.PARTY), ("UN", Role.HUMANITARIAN))


class Side:
    """Nodes of one channel over stores in memory; `at` is everybody's clock and moves by hand."""

    def __init__(self, members: Sequence[tuple[str, Role]] = TWO, *, seed: str = "side", drill: bool = False) -> None:
        self.founded: Founded = founded_channel(members, seed=seed, drill=drill)
        self.random = SeededRandomness(seed)
        self.at = START
        self.stores: dict[str, Store] = {name: MemoryStore() for name, _ in members}
        self.nodes: dict[str, Node] = {}
        for name, _ in members:
            self.restart(name)

    @property
    def roster(self) -> Roster:
        """Return the channel's roster."""
        return self.founded.roster

    def restart(self, name: str) -> Node:
        """Load a node anew from its store."""
        member = MemberId(name)
        node = Node.load(member, self.roster, self.founded.keyrings[member], self.stores[name], at=self.at)
        self.nodes[name] = node
        return node

    def desk(self, name: str, officer: str = "1") -> Desk:
        """Return an officer's desk at a node."""
        node = self.nodes[name]
        return Desk(node, officer, self.at, self.random, second_person(node.keys, officer))

    def keep(self, name: str) -> None:
        """Commit what a node's steps queued."""
        node = self.nodes[name]
        node.store.commit(node.take_writes())
        node.settle(at=self.at)

    def give(self, name: str, push: Push, *, carrier: str | None = "") -> Answer:
        """Let a node receive a push, over the wire's bytes, and keep it; its author brings it where nobody is named."""
        who = author_of(push) if carrier == "" else carrier
        try:
            _, answer = self.nodes[name].receive(
                wire.decode_push(wire.encode_push(push)),
                at=self.at,
                random=self.random,
                carrier=None if who is None else MemberId(who),
            )
        finally:
            self.keep(name)
        return wire.decode_answer(wire.encode_answer(answer))

    def push(self, source: str, target: str, log: str = "main", *, once: bool = False) -> Answer:
        """Let one node push to another until the other holds the log, or `once`; return the last answer."""
        self.keep(source)
        node, peer = self.nodes[source], MemberId(target)
        while True:
            push = node.next_push(peer, log)
            answer = self.give(target, push)
            node.take_answer(peer, log, push, answer, at=self.at)
            self.keep(source)
            if once or answer.missing or answer.size >= node.own(log).size:
                return answer

    def talk(self, rounds: int = 3) -> None:
        """Let everybody push whatever is due, a few times over."""
        for _ in range(rounds):
            for name, node in self.nodes.items():
                self.keep(name)
                for peer, log in node.due(at=self.at):
                    self.push(name, peer, log)

    def later(self, ms: int) -> Instant:
        """Move everybody's clock and return what it shows."""
        self.at = Instant(self.at + ms)
        return self.at


def author_of(push: Push) -> str:
    """Return the member whose log a push says that it brings: the third part of its origin."""
    return (push.checkpoint.split(b"\n", 1)[0].split(b"/") + [b""] * 3)[2].decode("utf-8", "replace")


@dataclass(slots=True)
class Forger:
    """A member whose own node is not honest: it has the keys and writes whatever it likes into its log."""

    side: Side
    name: str
    log: str = "main"
    notes: list[bytes] = field(default_factory=list)
    bodies: list[tuple[bytes, bytes]] = field(default_factory=list)

    def header(
        self, raw: bytes, salt: bytes, *, audience: Iterable[str] = ("IL", "TR"), seen: dict[str, Known] | None = None
    ) -> Header:
        """Return a header that commits to `raw` under `salt`."""
        readers = tuple(sorted(MemberId(m) for m in {*audience, self.name}))
        return Header(
            channel=self.side.roster.channel,
            author=MemberId(self.name),
            nonce=self.side.random(16),
            claimed=self.side.at,
            expires=self.side.at,
            slots=(Slot(readers, commitment(salt, raw)),),
            seen=tuple(sorted((seen or {}).items())),
        )

    def say(
        self,
        record: Record | bytes,
        *,
        signers: Iterable[Signer] | None = None,
        audience: Iterable[str] = ("IL", "TR"),
        seen: dict[str, Known] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Write a statement with this body into the log, its header changed as asked; return its note."""
        raw = record if isinstance(record, bytes) else bodies.encode(record)
        salt = self.side.random(32)
        header = replace(self.header(raw, salt, audience=audience, seen=seen), **(changes or {}))
        keys = self.side.founded.keyrings[MemberId(self.name)]
        two = not isinstance(record, bytes) and rules.two_persons(record)
        ordinary = [keys.officers["1"], *(second_person(keys) if two else ())]
        note = encode_note(sign_statement(headers.to_text(header), signers or ordinary))
        self.notes.append(note)
        self.bodies.append((salt, raw))
        return note

    def checkpoint(self, size: int | None = None, *, root: bytes | None = None) -> bytes:
        """Return a signed checkpoint of the log at a size, or of another root."""
        keys = self.side.founded.keyrings[MemberId(self.name)]
        size = len(self.notes) if size is None else size
        tree = Tree(map(leaf_hash, self.notes[:size]))
        origin = self.side.roster.origin(self.name, self.log)
        signer = keys.main if self.log == "main" else keys.safety
        return sign_checkpoint(Checkpoint(origin, size, root or tree.root()), signer).raw()

    def push(self, first: int = 0, size: int | None = None, *, without: Iterable[int] = ()) -> Push:
        """Return the push of entries `first` up to `size`, with the bodies but those of the entries `without`."""
        size = len(self.notes) if size is None else size
        carried = tuple(
            CarriedBody(index - first, 0, *self.bodies[index])
            for index in range(first, size)
            if index not in {*without}
        )
        return Push(self.checkpoint(size), first, tuple(self.notes[first:size]), carried)
