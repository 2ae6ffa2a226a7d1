"""What a proof finds: per log what is proven, by whom and up to where, and the first thing that is not so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

PLACES_NAMED = 20
"""Places of one sort that a finding names one by one; the rest are counted."""


class What(StrEnum):
    """What a fault is about."""

    GENESIS = "genesis"
    FILE = "file"
    LOG = "log"
    ENTRY = "entry"
    BODY = "body"
    CHECKPOINT = "checkpoint"
    COSIGNATURE = "cosignature"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was signed.

    `log` is `<member>/<log>`, empty where the fault is about the whole. `index` is that of the entry for `ENTRY` and
    `BODY`, the size for `CHECKPOINT` and `COSIGNATURE`, and -1 where neither applies. `why` is a sentence for people.
    """

    what: What
    log: str
    index: int
    why: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner's word on a log: the largest size that it cosigned and the latest time that it stated (s, UTC)."""

    member: str
    role: str
    size: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Place:
    """A body that is worth a word: the slot of an entry, and what is to be said about it."""

    index: int
    slot: int
    word: str


@dataclass(frozen=True, slots=True)
class Places:
    """How many bodies there are of one sort, and the first `PLACES_NAMED` of them."""

    count: int = 0
    first: tuple[Place, ...] = ()

    def with_one(self, place: Place) -> Places:
        """Return these and one more."""
        return Places(self.count + 1, (*self.first, place) if self.count < PLACES_NAMED else self.first)


@dataclass(frozen=True, slots=True)
class LogFinding:
    """What is proven of one log.

    Entries with an index below `proven` are the log's own, in their places, under `root`; `entries` is how many are
    held. `claimed` is the latest time that the author of a proven entry stated, 0 where there is none. `held`
    bodies open their commitments; `absent` ones are for this member but not kept; `withheld` ones are for others;
    `erased` ones were for this member, and a later entry of their author has ordered them destroyed. `flagged` are
    entries by a key that was not good for them, acts of two persons that one signed, key events without effect, entries
    that their member disowns, and those placed after their time; `doubted` lines of witnesses by revoked keys, by size.
    `unreadable` ones open but break the format: the member has refused them by an entry of its own. `not_understood`
    ones come from a later version. `unmet` counts names of other logs' sizes that are not held here.
    """

    name: str
    entries: int
    proven: int
    root: bytes
    checkpoints: int
    claimed: Instant
    witnesses: tuple[Witness, ...]
    held: int
    withheld: int
    absent: Places
    unreadable: Places
    not_understood: Places
    unmet: int
    fault: Fault | None
    erased: Places = Places()
    flagged: Places = Places()
    doubted: Places = Places()


@dataclass(frozen=True, slots=True)
class Report:
    """What a proof found: every log in sorted order, and the first fault where there is one."""

    channel: str
    member: MemberId
    logs: tuple[LogFinding, ...]
    fault: Fault | None

    @property
    def proven(self) -> bool:
        """Report whether everything that was looked at is as it was signed."""
        return self.fault is None
