"""A record in plain lists, to be broken on purpose, as a source for proofs; and node folders made of a store."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from clearline.channel.ports import PutCosignature, Store, StoredBody, Write
from clearline.channel.proof.proof_source import SourceEntry
from clearline.channel.roster import Roster
from clearline.records.header import entry_id
from clearline.records.words import MemberId
from clearline.store.folder import NodeConfig, write_config
from clearline.store.memory import MemoryStore
from clearline.store.sqlite import SqliteStore


@dataclass(slots=True)
class KeptLog:
    """What is kept of one log."""

    entries: list[SourceEntry] = field(default_factory=list)
    bodies: list[StoredBody] = field(default_factory=list)
    checkpoints: list[tuple[int, bytes]] = field(default_factory=list)
    cosignatures: list[PutCosignature] = field(default_factory=list)


@dataclass(slots=True)
class KeptRecord:
    """A record by log; `whole` as in `Source`."""

    member: MemberId
    held: dict[str, KeptLog]
    whole: bool = True

    @classmethod
    def of(cls, store: Store, member: MemberId) -> KeptRecord:
        """Return what a store keeps."""
        return cls(
            member,
            {
                log: KeptLog(
                    [SourceEntry(e.index, entry_id(e.note), e.note) for e in store.entries(log)],
                    list(store.bodies(log)),
                    list(store.checkpoints(log)),
                    list(store.cosignatures(log)),
                )
                for log in store.logs()
            },
        )

    def logs(self) -> tuple[str, ...]:
        """Return the logs that are kept, sorted."""
        return tuple(sorted(self.held))

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are."""
        return sum(len(h.entries) + len(h.checkpoints) + len(h.cosignatures) for h in self.held.values())

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries as they are kept."""
        return iter(self._log(log).entries)

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield bodies as they are kept."""
        return iter(self._log(log).bodies)

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield checkpoints as they are kept."""
        return iter(self._log(log).checkpoints)

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures as they are kept."""
        return iter(self._log(log).cosignatures)

    def copy(self) -> KeptRecord:
        """Return a copy whose lists can be changed."""
        return replace(
            self,
            held={
                log: KeptLog(list(h.entries), list(h.bodies), list(h.checkpoints), list(h.cosignatures))
                for log, h in self.held.items()
            },
        )

    def only(self, log: str) -> KeptRecord:
        """Return a record of one log, which claims no others."""
        return KeptRecord(self.member, {log: self.copy().held[log]}, whole=False)

    def _log(self, log: str) -> KeptLog:
        return self.held.get(log, KeptLog())


def renumbered(entries: Sequence[SourceEntry]) -> list[SourceEntry]:
    """Return entries with indices from 0, as somebody would write them who left one out or moved one."""
    return [replace(e, index=i) for i, e in enumerate(entries)]


def write_folder(folder: Path, roster: Roster, member: MemberId, writes: Iterable[Write]) -> Path:
    """Write a node's folder without keys, its record closed in order, and return it."""
    folder.mkdir(parents=True)
    (folder / "genesis.note").write_bytes(roster.note)
    write_config(folder, NodeConfig(member))
    store = SqliteStore(folder / "record.sqlite")
    store.commit(list(writes))
    store.close()
    return folder


def copied(store: Store) -> MemoryStore:
    """Return a copy of what a store in memory keeps now: a backup.

    Raises:
        TypeError: The store is not in memory.
    """
    if not isinstance(store, MemoryStore):
        raise TypeError("only a store in memory is copied so")
    return copy.deepcopy(store)
