"""A store in memory, for simulations: what was committed survives as long as the object does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clearline.channel.ports import (
    NONE_YET,
    DropKept,
    EraseBody,
    PutBody,
    PutCheckpoint,
    PutCosignature,
    PutEntry,
    PutEvent,
    PutEvidence,
    PutKept,
    StoredBody,
    StoredEntry,
    Write,
)
from clearline.errors import Unavailable
from clearline.records.header import BODIES_MAX


class MemoryStore:
    """Keeps a node's record in dicts and lists; atomic, because it checks before it changes."""

    def __init__(self) -> None:
        self._entries: dict[str, list[StoredEntry]] = {}
        self._bodies: dict[str, dict[tuple[int, int], StoredBody]] = {}
        self._checkpoints: dict[str, dict[int, bytes]] = {}
        self._cosignatures: dict[str, dict[tuple[int, str], PutCosignature]] = {}
        self._events: list[PutEvent] = []
        self._evidence: list[PutEvidence] = []
        self._kept: dict[str, dict[str, bytes]] = {}

    def commit(self, writes: Sequence[Write]) -> None:
        """Keep all of `writes` or nothing."""
        sizes = {log: len(held) for log, held in self._entries.items()}
        for write in writes:
            if isinstance(write, PutEntry):
                if write.index != sizes.get(write.log, 0):
                    raise Unavailable(f"{write.log}: entry {write.index} is not the next")
                sizes[write.log] = write.index + 1
        for write in writes:
            self._put(write)

    def logs(self) -> tuple[str, ...]:
        """Return the logs that have anything, sorted."""
        return tuple(sorted({*self._entries, *self._checkpoints, *self._cosignatures}))

    def entries(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredEntry]:
        """Yield entries from index `first`, at most `count`, in order."""
        held = self._entries.get(log, [])
        yield from held[first : len(held) if count is None else first + count]

    def entry(self, log: str, index: int) -> tuple[StoredEntry, list[StoredBody]] | None:
        """Return one entry and its bodies by slot, or `None` where there is none."""
        held, opened = self._entries.get(log, []), self._bodies.get(log, {})
        if not 0 <= index < len(held):
            return None
        return held[index], [opened[index, slot] for slot in range(BODIES_MAX) if (index, slot) in opened]

    def bodies(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredBody]:
        """Yield bodies of the entries from index `first`, at most `count` entries, ordered by index and slot."""
        for (index, _), body in sorted(self._bodies.get(log, {}).items()):
            if index >= first and (count is None or index < first + count):
                yield body

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size."""
        yield from sorted(self._checkpoints.get(log, {}).items())

    def newest_checkpoint(self, log: str) -> tuple[int, bytes] | None:
        """Return size and note of the checkpoint of the largest size, or `None`."""
        return max(self._checkpoints.get(log, {}).items(), default=None)

    def cosignatures(self, log: str, past: Mapping[str, int] = NONE_YET) -> Iterator[PutCosignature]:
        """Yield cosignatures by size and cosigner; of a cosigner in `past` those at larger sizes than it names."""
        for (size, cosigner), line in sorted(self._cosignatures.get(log, {}).items()):
            if size > past.get(cosigner, -1):
                yield line

    def events(self, after: int, count: int) -> list[PutEvent]:
        """Return at most `count` events with a number above `after`, in order."""
        return [e for e in self._events if e.number > after][:count]

    def last_event(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        return self._events[-1].number if self._events else 0

    def evidence(self) -> list[PutEvidence]:
        """Return all evidence, oldest first."""
        return list(self._evidence)

    def kept(self, kind: str) -> dict[str, bytes]:
        """Return what is kept of a kind, by key, in the order of the keys."""
        return dict(sorted(self._kept.get(kind, {}).items()))

    def close(self) -> None:
        """Release nothing: memory is the process's."""

    def _put(self, write: Write) -> None:
        match write:
            case PutEntry():
                self._entries.setdefault(write.log, []).append(StoredEntry(write.index, write.note, write.received))
            case PutBody():
                self._bodies.setdefault(write.log, {})[write.index, write.slot] = StoredBody(
                    write.index, write.slot, write.salt, write.body
                )
            case EraseBody():
                self._bodies.get(write.log, {}).pop((write.index, write.slot), None)
                self._events = [e for e in self._events if not any(trace in e.data for trace in write.traces)]
            case PutCheckpoint():
                self._checkpoints.setdefault(write.log, {}).setdefault(write.size, write.note)
            case PutCosignature():
                self._cosignatures.setdefault(write.log, {}).setdefault((write.size, write.cosigner), write)
            case PutEvent():
                self._events.append(write)
            case PutEvidence():
                self._evidence.append(write)
            case PutKept():
                self._kept.setdefault(write.kind, {})[write.key] = write.value
            case DropKept():
                self._kept.get(write.kind, {}).pop(write.key, None)
