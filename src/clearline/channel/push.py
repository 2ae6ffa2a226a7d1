"""Push and answer: what two nodes say to each other, as values."""

from __future__ import annotations

from dataclasses import dataclass

ENTRIES_MAX = 64
"""Entries of one push. A receiver takes it in one step, some 20 ms, and an urgent word waits for no more than that."""

PUSH_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of one push, bodies included."""


@dataclass(frozen=True, slots=True)
class CarriedBody:
    """A body that travels with a push; `entry` counts from the push's first entry."""

    entry: int
    slot: int
    salt: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A body that somebody else carries: readable with the sealing key `key` (its 8-byte id) of member `to` alone."""

    entry: int
    slot: int
    to: str
    key: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Push:
    """The entries of one log from index `first` up to the checkpoint's size, with bodies for the receiver.

    `bodies` travel on a line to the receiver itself; `sealed` ones through another member, a file or a stick.
    """

    checkpoint: bytes
    first: int
    entries: tuple[bytes, ...]
    bodies: tuple[CarriedBody, ...]
    sealed: tuple[SealedBody, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedBody:
    """A body that the receiver could not take, and why; `lacking` where what came was not the body at all."""

    index: int
    slot: int
    reason: str
    lacking: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver holds of the log after a push.

    `size` is its own size of the log, `checkpoint` the newest that it holds (empty for none), `cosignatures` the
    lines that it signs on the pushed checkpoint (none where the push did not fit), `delivered` the size below
    which it holds every body addressed to it.
    """

    size: int
    checkpoint: bytes
    cosignatures: tuple[str, ...] = ()
    delivered: int = 0
    refused: tuple[RefusedBody, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """An urgent entry on its own, ahead of its log: its note and the body that the receiver may read.

    The `entry` of each body is 0. It proves who said it and what; its place in the record is not proven yet.
    """

    note: bytes
    bodies: tuple[CarriedBody, ...]
    sealed: tuple[SealedBody, ...] = ()
