"""The proof of one log by itself: its entries, their bodies, its checkpoints and their cosignatures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.doubts import Doubts
from clearline.channel.proof.findings import Fault, LogFinding, Place, Places, What, Witness
from clearline.channel.proof.proof_source import Grown, Source, SourceEntry
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement, open_statement
from clearline.errors import Refused
from clearline.picture.keys import Keys
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records import rules
from clearline.records.body import BodyRefused, NotUnderstood, Record
from clearline.records.erasure import Erasure
from clearline.records.header import base_log
from clearline.signing.note import Strangers
from clearline.tlog.checkpoint import Checkpoint, Cosignature, parse_cosignatures, parse_signed_checkpoint
from clearline.volumes.instant import Instant

Tick = Callable[[], None]
"""Called once for each signed thing that was looked at."""


Found = Callable[[Fault], None]
"""Told of a fault of one log when it is met."""


def unheard(fault: Fault) -> None:
    """Tell nobody of a fault before the end."""


@dataclass(slots=True)
class Unread:
    """A body that opens but cannot be read here, or that a node may not say."""

    log: str
    index: int
    slot: int
    entry: str
    why: str
    by_node: bool
    """No officer signed: then no refusal elsewhere excuses it, for an honest node never says such a thing."""


class Shared:
    """What the proofs of single logs share: the trees of all, and what waits for a look across logs."""

    def __init__(
        self, roster: Roster, source: Source, grown: dict[str, Grown], tick: Tick, found: Found = unheard
    ) -> None:
        self.roster, self.source, self.grown, self.tick, self.found = roster, source, grown, tick, found
        self.contradictions: list[Fault] = []
        self.shortened: dict[str, tuple[int, str]] = {}
        """Log to the largest size that was named of it beyond what is held though it must be, and who names it."""
        self.refusals: dict[tuple[str, int], set[str]] = {}
        """Entry id and slot of a body to the members that have refused it by an entry."""
        self.orders: dict[tuple[str, str, int], tuple[str, int]] = {}
        """Author, entry id and slot of bodies that were ordered destroyed, and the log and index of the first order."""
        self.unread: list[Unread] = []
        self.doubts = Doubts(roster, Keys())

    def compare_seen(self, log: str, index: int, statement: Statement) -> int:
        """Compare what an entry says it saw with what is held; return how many names reach past that."""
        unmet = 0
        me = self.source.member
        for other, known in statement.header.seen:
            held = self.grown.get(other)
            if held is None or other == log:
                continue
            if known.size > held.tree.size:
                unmet += 1
                # A member holds its own log whole, and whatever it says itself that it saw.
                if me in (other.partition("/")[0], statement.header.author):
                    most, _ = self.shortened.get(other, (0, ""))
                    if known.size > most:
                        self.shortened[other] = known.size, f"{log} entry {index}"
            elif held.root_at(known.size) != known.root and not any(f.log == log for f in self.contradictions):
                self.contradictions.append(
                    Fault(
                        What.ENTRY,
                        log,
                        index,
                        f"its author saw another history of {other} at size {known.size} than is held here; "
                        "one of the two was shown a rewritten log",
                    )
                )
        return unmet


Item = TypeVar("Item")


class _Peek(Generic[Item]):
    """An iterator whose next item can be looked at."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self.next = next(self._items, None)

    def take(self) -> Item | None:
        taken, self.next = self.next, next(self._items, None)
        return taken


@dataclass(slots=True)
class LogProof:
    """The proof of one log by itself. Of each sort of fault the first is kept."""

    name: str
    shared: Shared
    entry: Fault | None = None
    body: Fault | None = None
    place: Fault | None = None
    checkpoint: Fault | None = None
    cosignature: Fault | None = None
    proven: int = 0
    newest: int = -1
    checkpoints: int = 0
    claimed: int = 0
    held: int = 0
    withheld: int = 0
    unmet: int = 0
    absent: Places = field(default_factory=Places)
    unreadable: Places = field(default_factory=Places)
    not_understood: Places = field(default_factory=Places)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    erased: Places = field(default_factory=Places)
    flagged: Places = field(default_factory=Places)
    doubted: Places = field(default_factory=Places)
    _doubted: set[tuple[int, str]] = field(default_factory=set)
    _records: list[Record] = field(default_factory=list)
    _not_held: dict[tuple[str, int], int] = field(default_factory=dict)
    """Entry id and slot of bodies that are for this member and not kept, with the index of their entry."""
    _nonces: set[bytes] = field(default_factory=set)
    _matching: int = 0

    @property
    def member(self) -> str:
        """The member whose log it is."""
        return self.name.partition("/")[0]

    @property
    def grown(self) -> Grown:
        """The tree over the log's entries."""
        return self.shared.grown[self.name]

    def look(self) -> None:
        """Look at everything in the log."""
        self.entry = self.grown.gap
        self._look_at_entries()
        self.look_at_checkpoints()

    def finding(self) -> LogFinding:
        """Return what was found, once every log was looked at: a successor may order what stands in its log before."""
        for (entry_id, slot), index in self._not_held.items():
            log, order = self.shared.orders.get((self.member, entry_id, slot), ("", -1))
            # `main` and its successors sort in the order in which they were written.
            if base_log(log) == base_log(self.name) and (log, order) > (self.name, index):
                word = f"erased by entry {order}" + (f" of {log}" if log != self.name else "")
                self.erased = self.erased.with_one(Place(index, slot, word))
            else:
                self.absent = self.absent.with_one(Place(index, slot, "not held"))
        return LogFinding(
            name=self.name,
            entries=self.grown.tree.size,
            proven=self.proven,
            root=self.grown.root_at(self.proven),
            checkpoints=self.checkpoints,
            claimed=Instant(self.claimed),
            witnesses=tuple(w for _, w in sorted(self.witnesses.items())),
            held=self.held,
            withheld=self.withheld,
            absent=self.absent,
            unreadable=self.unreadable,
            not_understood=self.not_understood,
            unmet=self.unmet,
            fault=self._first_fault(),
            erased=self.erased,
            flagged=self.flagged,
            doubted=self.doubted,
        )

    def _first_fault(self) -> Fault | None:
        # A changed checkpoint explains why entries seem uncovered.
        uncovered = self._uncovered() if self.checkpoint is None else None
        by_index = [f for f in (self.entry, self.place, uncovered, self.body) if f is not None]
        if by_index:
            return min(by_index, key=lambda f: f.index)
        return self.checkpoint or self.cosignature

    def _uncovered(self) -> Fault | None:
        """Return where entries and the newest checkpoint part ways."""
        size, covered = self.grown.tree.size, max(self.newest, 0)
        if covered > size:
            return Fault(
                What.ENTRY, self.name, size, f"is missing: the log has signed {covered} entries, {size} are held"
            )
        if covered < size:
            why = f"no checkpoint covers it: the newest has size {covered}, {size} entries are held"
            return Fault(What.ENTRY, self.name, covered, why)
        return None

    # Entries and bodies

    def _look_at_entries(self) -> None:
        following = _Peek(self.shared.source.bodies(self.name))
        size = self.grown.tree.size
        for item in self.shared.source.entries(self.name):
            if item.index >= size:
                break
            statement = self._statement(item)
            self._records.clear()
            self._look_at_bodies(item.index, statement, following)
            for word in () if statement is None else self._doubts(item.index, statement):
                self.flagged = self.flagged.with_one(Place(item.index, 0, word))
            self.shared.tick()
        if following.next is not None and self.grown.gap is None:
            self._body_fault(following.next.index, "there is no entry to which this body belongs")

    def _statement(self, item: SourceEntry) -> Statement | None:
        where = f"{self.name} entry {item.index}"
        try:
            statement = open_statement(item.note, self.shared.roster, author=self.member, where=where)
        except Refused as fault:
            self._entry_fault(item.index, fault.message)
            return None
        if item.id and item.id != statement.id:
            self._entry_fault(item.index, f"it is kept under the id {item.id}, but its note has {statement.id}")
        if statement.header.nonce in self._nonces:
            self._entry_fault(item.index, "its nonce stands in an earlier entry of this log")
        self._nonces.add(statement.header.nonce)
        if self.entry is None or item.index < self.entry.index:
            self.claimed = max(self.claimed, statement.header.claimed)
        self.unmet += self.shared.compare_seen(self.name, item.index, statement)
        return statement

    def _doubts(self, index: int, statement: Statement) -> tuple[str, ...]:
        return self.shared.doubts.of_entry(self.name, index, statement, self._records)

    def _look_at_bodies(self, index: int, statement: Statement | None, following: _Peek[StoredBody]) -> None:
        there: set[int] = set()
        while following.next is not None and following.next.index <= index:
            body = following.take()
            if body is None or body.index < index:
                self._body_fault(index, "a body before it belongs to no entry")
            elif statement is not None:
                there.add(body.slot)
                self._look_at_body(body, statement)
        if statement is None:
            return
        me, header = self.shared.source.member, statement.header
        for slot, each in enumerate(header.slots):
            if slot in there:
                continue
            if me in each.audience or me == header.author:
                self._not_held[statement.id, slot] = index
            else:
                self.withheld += 1

    def _look_at_body(self, body: StoredBody, statement: Statement) -> None:
        slots = statement.header.slots
        if not 0 <= body.slot < len(slots):
            self._body_fault(body.index, f"body {body.slot}: the entry has bodies 0 to {len(slots) - 1}")
            return
        if not headers.opens(slots[body.slot], body.salt, body.body):
            self._body_fault(
                body.index, f"body {body.slot}: does not open its commitment; the body or its salt was changed"
            )
            return
        self.held += 1
        try:
            record = bodies.decode(body.body, where=f"{self.name} entry {body.index}, body {body.slot}")
        except Refused as fault:
            self._unread(body, statement, fault.message)
            return
        if statement.by_node and not rules.by_node(record):
            self._unread(body, statement, "no officer signed it, and a node may not say this alone")
            return
        if isinstance(record, NotUnderstood):
            word = f"kind {record.kind}, version {record.version}"
            self.not_understood = self.not_understood.with_one(Place(body.index, body.slot, word))
            return
        self._records.append(record)
        if isinstance(record, Erasure):
            for named in record.bodies:
                self.shared.orders.setdefault((self.member, named.entry, named.slot), (self.name, body.index))
        elif isinstance(record, BodyRefused):
            self.shared.refusals.setdefault((record.entry, record.slot), set()).add(self.member)

    def _unread(self, body: StoredBody, statement: Statement, why: str) -> None:
        self.shared.unread.append(Unread(self.name, body.index, body.slot, statement.id, why, statement.by_node))
        self.unreadable = self.unreadable.with_one(Place(body.index, body.slot, why))

    # Checkpoints and cosignatures

    def look_at_checkpoints(self) -> None:
        """Look at every checkpoint and cosignature that is kept of the log."""
        lines = _Peek(self.shared.source.cosignatures(self.name))
        for size, note in self.shared.source.checkpoints(self.name):
            self._lines_without_checkpoint(lines, below=size)
            checkpoint = self._look_at_checkpoint(size, note)
            self.shared.tick()
            while lines.next is not None and lines.next.size == size:
                line = lines.take()
                if checkpoint is not None and line is not None:
                    self._look_at_line(line, checkpoint)
                self.shared.tick()
        self._lines_without_checkpoint(lines, below=None)

    def _look_at_checkpoint(self, size: int, note: bytes) -> Checkpoint | None:
        where = f"{self.name} checkpoint of size {size}"
        roster = self.shared.roster
        member, _, log = self.name.partition("/")
        try:
            signed = parse_signed_checkpoint(
                note,
                log_key=roster.log_key(member, log),
                known=roster.cosigners,
                where=where,
                strangers=Strangers.REFUSED,
            )
        except Refused as fault:
            self._checkpoint_fault(size, fault.message)
            return None
        checkpoint = signed.checkpoint
        if checkpoint.size != size:
            self._checkpoint_fault(size, f"{where}: its note has size {checkpoint.size}")
            return None
        self.checkpoints += 1
        self.newest = max(self.newest, size)
        if self._agrees(checkpoint):
            for cosignature in signed.cosignatures:
                self._witnessed(cosignature, size)
        return checkpoint

    def _agrees(self, checkpoint: Checkpoint) -> bool:
        """Compare a checkpoint that its log has signed with the entries that are held."""
        size = checkpoint.size
        if size > self.grown.tree.size:
            return False
        if self.grown.root_at(size) == checkpoint.root:
            self._matching = size
            if self.entry is None or self.entry.index >= size:
                self.proven = size
            return True
        explained = self.entry is not None and self.entry.index < size
        if not explained and self.place is None:
            first, last = self._matching, size - 1
            those = f"entry {first} does" if first == last else f"entries {first} to {last} do"
            why = (
                f"{those} not give the root that the log has signed at size {size}, though each is signed: one of "
                "them was left out, put in or moved"
            )
            self.place = Fault(What.ENTRY, self.name, first, why)
        return False

    def _look_at_line(self, line: PutCosignature, checkpoint: Checkpoint) -> None:
        where = f"{self.name} cosignature of {line.cosigner} at size {line.size}"
        try:
            found = parse_cosignatures(
                line.line.encode("utf-8", "surrogatepass"),
                checkpoint,
                self.shared.roster.cosigners,
                where=where,
                strangers=Strangers.REFUSED,
            )
        except Refused as fault:
            self._cosignature_fault(line.size, fault.message)
            return
        only = found[0]
        if len(found) != 1 or only.name != line.cosigner or only.time_s != line.time_s:
            stated = f"{only.name} at {only.time_s} s"
            self._cosignature_fault(
                line.size, f"{where} is kept for {line.cosigner} at {line.time_s} s, but its line says {stated}"
            )
        elif line.size <= self.grown.tree.size and self.grown.root_at(line.size) == checkpoint.root:
            self._witnessed(only, line.size)

    def _lines_without_checkpoint(self, lines: _Peek[PutCosignature], *, below: int | None) -> None:
        while lines.next is not None and (below is None or lines.next.size < below):
            size = lines.next.size
            self._cosignature_fault(size, f"{self.name}: a cosignature at size {size}, but no checkpoint of that size")
            lines.take()

    def _witnessed(self, cosignature: Cosignature, size: int) -> None:
        word, counts = self.shared.doubts.of_line(cosignature)
        if word and (size, word) not in self._doubted:
            self._doubted.add((size, word))
            self.doubted = self.doubted.with_one(Place(size, 0, word))
        if not counts:
            return
        held = self.witnesses.get(cosignature.name)
        member, role = cosignature.name.split("/")[-2:]
        if held is None:
            held = Witness(member, role, size, cosignature.time_s)
        self.witnesses[cosignature.name] = Witness(
            member, role, max(held.size, size), max(held.time_s, cosignature.time_s)
        )

    # The first fault of each sort

    def _entry_fault(self, index: int, why: str) -> None:
        if self.entry is None or index < self.entry.index:
            self.entry = Fault(What.ENTRY, self.name, index, why)
            self.shared.found(self.entry)

    def _body_fault(self, index: int, why: str) -> None:
        if self.body is None:
            self.body = Fault(What.BODY, self.name, index, why)
            self.shared.found(self.body)

    def _checkpoint_fault(self, size: int, why: str) -> None:
        if self.checkpoint is None:
            self.checkpoint = Fault(What.CHECKPOINT, self.name, size, why)
            self.shared.found(self.checkpoint)

    def _cosignature_fault(self, size: int, why: str) -> None:
        if self.cosignature is None:
            self.cosignature = Fault(What.COSIGNATURE, self.name, size, why)
            self.shared.found(self.cosignature)
