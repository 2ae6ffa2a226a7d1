"""What another member carries: bodies sealed to their recipient before they leave, opened before they are checked.

Opening proves nothing of the author. The commitment in the signed header does, and is checked right after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clearline.channel.push import Ahead, CarriedBody, Push, SealedBody
from clearline.errors import Malformed, Said, Unavailable
from clearline.records.header import entry_id
from clearline.records.words import MemberId
from clearline.signing.sealing import NotOpened, seal, sealing_key_id, unseal
from clearline.signing.sealing_key import SealingKey

if TYPE_CHECKING:
    from clearline.channel.node import Node


def key_to(node: Node, member: MemberId) -> bytes:
    """Return the key (32 bytes) to which bodies for a member are sealed: of those that stand, the one granted last.

    Whoever stole a key that was revoked may carry: nothing more is sealed to it.

    Raises:
        Unavailable: The member has revoked it and granted no other.
    """
    found = node.picture.keys.newest(member, "sealing")
    if found is None:
        raise Unavailable(
            f"{member} has revoked its sealing key and granted no other: what is for it goes by its own line alone",
            retry_after_s=60,
        )
    return found.key


def seal_push(push: Push, *, to: MemberId, key: bytes) -> Push:
    """Return a push whose opened bodies are sealed to `to`, whose public sealing key is `key` (32 bytes).

    Raises:
        NotOpened: Nothing can be sealed to this key.
    """
    return replace(push, bodies=(), sealed=(*push.sealed, *_sealed(push.entries, push.bodies, to, key)))


def seal_ahead(ahead: Ahead, *, to: MemberId, key: bytes) -> Ahead:
    """Return an urgent entry whose opened bodies are sealed to `to`; see `seal_push`."""
    return replace(ahead, bodies=(), sealed=(*ahead.sealed, *_sealed((ahead.note,), ahead.bodies, to, key)))


def opened_ahead(ahead: Ahead, *, me: MemberId, keys: Sequence[SealingKey]) -> tuple[CarriedBody, ...]:
    """Return the bodies of an urgent entry that this member can read, its commitment not checked yet.

    Raises:
        NotOpened: One that is sealed to this member does not open.
        Malformed: A body of another entry, or one body twice.
    """
    carried, shut = open_bodies((ahead.note,), ahead.bodies, ahead.sealed, me=me, keys=keys)
    for reason in shut.values():
        raise NotOpened(reason)
    return tuple(carried.values())


def open_bodies(
    entries: Sequence[bytes],
    bodies: Iterable[CarriedBody],
    sealed: Iterable[SealedBody],
    *,
    me: MemberId,
    keys: Sequence[SealingKey],
) -> tuple[dict[tuple[int, int], CarriedBody], Mapping[tuple[int, int], str]]:
    """Return the bodies that came for this member by (entry, slot), and why those that do not open do not.

    What is sealed to others is passed over: whoever carries it cannot read it, and neither can this node.

    Raises:
        Malformed: One body comes twice, or stands beside an entry that did not come.
    """
    carried: dict[tuple[int, int], CarriedBody] = {}
    shut: dict[tuple[int, int], str] = {}
    for body in bodies:
        _new(carried, shut, body.entry, body.slot)
        carried[body.entry, body.slot] = body
    held = {sealing_key_id(key.raw): key for key in keys}
    for one in sealed:
        if one.to != me:
            continue
        _new(carried, shut, one.entry, one.slot)
        if one.entry >= len(entries):
            raise Malformed(where="sealed", found=one.entry, expected=f"an entry of this push, below {len(entries)}")
        key = held.get(one.key)
        if key is None:
            shut[one.entry, one.slot] = "is sealed to a key that this member does not hold"
            continue
        try:
            salt, raw = unseal(one.sealed, key, entry=entry_id(entries[one.entry]), slot=one.slot)
        except NotOpened as fault:
            shut[one.entry, one.slot] = fault.message
        else:
            carried[one.entry, one.slot] = CarriedBody(one.entry, one.slot, salt, raw)
    return carried, shut


def _sealed(entries: Sequence[bytes], bodies: Iterable[CarriedBody], to: MemberId, key: bytes) -> Iterable[SealedBody]:
    for body in bodies:
        shut = seal(body.salt, body.body, to=key, entry=entry_id(entries[body.entry]), slot=body.slot)
        yield SealedBody(body.entry, body.slot, to, sealing_key_id(key), shut)


def _new(
    carried: Mapping[tuple[int, int], object], shut: Mapping[tuple[int, int], object], entry: int, slot: int
) -> None:
    if (entry, slot) in carried or (entry, slot) in shut:
        raise Malformed(where="bodies", found=Said("one body twice"), expected="each body once")
