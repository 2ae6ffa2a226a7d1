"""The ports of the core: what it needs from outside, as a store and a source of randomness must give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from clearline.signing.keys import Signer
from clearline.signing.sealing_key import SealingKey


@dataclass(frozen=True, slots=True)
class PutEntry:
    """Keep an entry: `log` is `<member>/<log>`, `received` milliseconds since 1970 by the own clock."""

    log: str
    index: int
    id: str
    note: bytes
    received: int


@dataclass(frozen=True, slots=True)
class PutBody:
    """Keep an opened body beside its entry."""

    log: str
    index: int
    slot: int
    salt: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class PutCheckpoint:
    """Keep a checkpoint with its log's signature."""

    log: str
    size: int
    note: bytes


@dataclass(frozen=True, slots=True)
class PutCosignature:
    """Keep a cosigner's line on a checkpoint; the earliest for a size stays."""

    log: str
    size: int
    cosigner: str
    time_s: int
    line: str


@dataclass(frozen=True, slots=True)
class PutEvent:
    """Keep an event for those who listen, by its number."""

    number: int
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class PutEvidence:
    """Keep evidence of tampering; nothing ever removes it."""

    slug: str
    at: int
    text: str
    first: bytes
    second: bytes


@dataclass(frozen=True, slots=True)
class EraseBody:
    """Destroy a body with its salt, and every event whose data holds one of `traces`, so that no file holds them."""

    log: str
    index: int
    slot: int
    traces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PutKept:
    """Keep what a node must remember over a restart and is no record: the newest value of its kind and key stays."""

    kind: str
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class DropKept:
    """Forget what `PutKept` kept; forgetting what is not there changes nothing."""

    kind: str
    key: str


Write: TypeAlias = (
    PutEntry | PutBody | EraseBody | PutCheckpoint | PutCosignature | PutEvent | PutEvidence | PutKept | DropKept
)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as kept."""

    index: int
    note: bytes
    received: int


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A body as kept."""

    index: int
    slot: int
    salt: bytes
    body: bytes


NONE_YET: Mapping[str, int] = {}
"""Of no cosigner anything is known yet."""


class Store(Protocol):
    """Where a node's record rests. `commit` is atomic and durable: when it returns, a power cut loses nothing of it."""

    def commit(self, writes: Sequence[Write]) -> None:
        """Keep all of `writes` or nothing.

        Raises:
            Unavailable: The store could not; nothing was kept.
        """

    def logs(self) -> tuple[str, ...]:
        """Return the logs that have anything, sorted."""

    def entries(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredEntry]:
        """Yield entries from index `first`, at most `count`, in order."""

    def entry(self, log: str, index: int) -> tuple[StoredEntry, list[StoredBody]] | None:
        """Return one entry and its bodies by slot, or `None` where there is none."""

    def bodies(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredBody]:
        """Yield bodies of the entries from index `first`, at most `count` entries, ordered by index and slot."""

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size."""

    def newest_checkpoint(self, log: str) -> tuple[int, bytes] | None:
        """Return size and note of the checkpoint of the largest size, or `None`."""

    def cosignatures(self, log: str, past: Mapping[str, int] = NONE_YET) -> Iterator[PutCosignature]:
        """Yield cosignatures by size and cosigner; of a cosigner in `past` those at larger sizes than it names."""

    def events(self, after: int, count: int) -> list[PutEvent]:
        """Return at most `count` events with a number above `after`, in order."""

    def last_event(self) -> int:
        """Return the number of the newest event, 0 where there is none."""

    def evidence(self) -> list[PutEvidence]:
        """Return all evidence, oldest first."""

    def kept(self, kind: str) -> dict[str, bytes]:
        """Return what is kept of a kind, by key, in the order of the keys."""

    def close(self) -> None:
        """Release what is held."""


class Randomness(Protocol):
    """A source of unpredictable bytes."""

    def __call__(self, count: int) -> bytes:
        """Return `count` bytes."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The private keys that a node holds. `officers` maps the officer's name to the signer.

    A releasing officer's key is never among them.
    """

    main: Signer
    safety: Signer
    mirror: Signer
    delivery: Signer
    sealing: SealingKey
    officers: dict[str, Signer]
    earlier_sealing: tuple[SealingKey, ...] = ()
    """Sealing keys that were replaced: what was sealed to them and is still under way can be opened."""
    ended_logs: Mapping[str, Signer] = field(default_factory=dict)
    """Keys of own logs that have ended, where they are still at hand, by the logs' short names."""
