"""Verifying again what a node holds while it runs: every signature, root and opened body, as `clearline verify` does.

A start rechecks roots alone. That each entry is what was signed is then proven in the background, little by little,
and how far that has come is part of the node's health. What is found is an alarm with its place, and the node signs
nothing more until somebody has looked: it might otherwise sign over a record that was changed underneath it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from clearline.channel.alarms import DamagedStore
from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.findings import Fault, What
from clearline.channel.proof.log_proof import LogProof, Shared
from clearline.channel.proof.proof_source import Grown, Source, SourceEntry
from clearline.channel.proof.proving import prove
from clearline.channel.roster import Roster
from clearline.errors import Refused
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

VERIFYING = 2
"""Which time of reading a log's entries is the one that verifies them; the first grows the tree."""

Pace = Callable[[], None]
"""Called for each thing that is looked at; it rests when it must, and raises to stop the work."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a record has been verified since the node started.

    `logs` maps a log to entries verified and entries to verify; `things` counts checkpoints and cosignatures too.
    """

    begun: Instant
    at: Instant
    logs: dict[str, tuple[int, int]] = field(default_factory=dict)
    things: int = 0
    things_in_all: int = 0
    finished: Instant | None = None
    fault: str = ""

    @property
    def entries(self) -> int:
        """Return the number of entries verified."""
        return sum(done for done, _ in self.logs.values())

    @property
    def entries_in_all(self) -> int:
        """Return the number of entries to verify: those held when the node started."""
        return sum(size for _, size in self.logs.values())


class Bounded(Protocol):
    """A record as it stood at the start, read in pages while the node writes on."""

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are."""

    def logs(self) -> tuple[str, ...]:
        """Return the logs, sorted."""

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries by index, as many as the log had."""

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield their bodies by index and slot."""

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint up to the log's size, by size."""

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures up to the log's size, by size and cosigner."""


class Paced(Source):
    """A record that is read no faster than `pace` lets it, and tells how far it was read."""

    def __init__(self, inner: Bounded, member: MemberId, pace: Pace) -> None:
        self._inner, self._member, self._pace = inner, member, pace
        self.verified: dict[str, int] = {}
        self._passes: dict[str, int] = {}

    @property
    def member(self) -> MemberId:
        """The member whose record it is."""
        return self._member

    @property
    def whole(self) -> bool:
        """A node holds every log that it knows."""
        return True

    def logs(self) -> tuple[str, ...]:
        """Return the logs, sorted."""
        return self._inner.logs()

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are."""
        return self._inner.signed_things()

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries: a first time for the tree, a second time to be verified."""
        self._passes[log] = passes = self._passes.get(log, 0) + 1
        for item in self._inner.entries(log):
            self._pace()
            yield item
            if passes == VERIFYING:
                self.verified[log] = item.index + 1

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield bodies."""
        return self._inner.bodies(log)

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield checkpoints."""
        for item in self._inner.checkpoints(log):
            self._pace()
            yield item

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures."""
        for item in self._inner.cosignatures(log):
            self._pace()
            yield item


def reverify(roster: Roster, source: Paced, *, found: Callable[[Fault], None]) -> None:
    """Prove the whole record and tell each fault as it is met, or at the end where only the whole shows it.

    Raises:
        Refused: The record cannot be read.
    """
    told: set[tuple[What, str]] = set()

    def tell(fault: Fault) -> None:
        late = fault.what in (What.CHECKPOINT, What.COSIGNATURE) and not _still_there(roster, source, fault)
        if not late and (fault.what, fault.log) not in told:
            told.add((fault.what, fault.log))
            found(fault)

    report = prove(roster, source, tell=tell)
    if report.fault is not None:
        tell(report.fault)


def _still_there(roster: Roster, source: Paced, fault: Fault) -> bool:
    """Report whether a second look finds it too: the node may have written between two pages that were read."""
    if fault.log not in source.logs():
        return True
    shared = Shared(roster, source, {fault.log: Grown(source, fault.log)}, lambda: None)
    proof = LogProof(fault.log, shared)
    proof.look_at_checkpoints()
    again = proof.checkpoint if fault.what is What.CHECKPOINT else proof.cosignature
    return again is not None


def damage(fault: Fault | Refused) -> DamagedStore:
    """Return the alarm that a fault is."""
    if isinstance(fault, Refused):
        return DamagedStore(f"the stored record cannot be read: {fault.message}; run clearline verify")
    where = f"{fault.log}: " if fault.log else ""
    place = f"{fault.what.value} {fault.index} " if fault.index >= 0 else ""
    return DamagedStore(f"{where}{place}{fault.why} (found by verifying again; run clearline verify)")
