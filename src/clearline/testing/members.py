"""Simulated members: a channel founded from a seed, with every key at hand."""

from __future__ import annotations

import hashlib
import random as random_numbers
from collections.abc import Sequence
from dataclasses import dataclass

from clearline.channel.founding import found, genesis_text
from clearline.channel.ports import Keyring
from clearline.channel.roster import Roster, key_name, root_name
from clearline.records.genesis import GenesisMember, OfficerKey, Role
from clearline.records.words import MemberId
from clearline.signing.keys import Algorithm, Signer
from clearline.signing.sealing_key import SealingKey
from clearline.volumes.instant import Instant

START = Instant(1_745_000_000_000)
"""2025-04-18T18:13:20Z: where simulated clocks begin."""

UNTIL = Instant(START + 20 * 365 * 86_400_000)
"""Until when the first keys of simulated members are good: longer than any simulation."""


@dataclass(frozen=True, slots=True)
class Founded:
    """A founded channel and the keys of all its members."""

    roster: Roster
    keyrings: dict[MemberId, Keyring]
    roots: dict[MemberId, Signer]


class SeededRandomness:
    """Bytes that depend on a seed alone."""

    def __init__(self, seed: int | str) -> None:
        self._numbers = random_numbers.Random(seed)

    def __call__(self, count: int) -> bytes:
        """Return `count` bytes."""
        return self._numbers.randbytes(count)


def second_person(keys: Keyring, officer: str = "1") -> tuple[Signer, ...]:
    """Return the key of another officer than `officer`, for acts that take two; both keys lie here, as in tests."""
    return tuple(signer for name, signer in sorted(keys.officers.items()) if name != officer)[:1]


def founded_channel(
    members: Sequence[tuple[str, Role]] = (("IL", Role.PARTY), ("TR", Role.PARTY)),
    *,
    seed: int | str = 0,
    drill: bool = False,
) -> Founded:
    """Return a channel of these members, each with two officers, the same for the same seed."""
    cards = [_card(name, role, seed) for name, role in members]
    text = genesis_text(
        channel=f"Test {seed}", drill=drill, cards=cards, created=START, nonce=_seed(seed, "channel", "nonce")
    )
    roots = {MemberId(name): Signer(root_name(name), _seed(seed, name, "root")) for name, _ in members}
    roster = found(text, roots.values())
    return Founded(roster, {MemberId(name): _keyring(roster, name, seed) for name, _ in members}, roots)


def _seed(seed: int | str, member: str, role: str) -> bytes:
    return hashlib.sha256(f"{seed}/{member}/{role}".encode()).digest()


def _public(seed: int | str, member: str, role: str) -> bytes:
    return Signer("key", _seed(seed, member, role)).public.raw


def _card(name: str, role: Role, seed: int | str) -> GenesisMember:
    return GenesisMember(
        id=MemberId(name),
        name=f"Member {name}",
        role=role,
        root=_public(seed, name, "root"),
        main=_public(seed, name, "main"),
        safety=_public(seed, name, "safety"),
        mirror=_public(seed, name, "mirror"),
        delivery=_public(seed, name, "delivery"),
        sealing=SealingKey(_seed(seed, name, "sealing")).raw,
        until=UNTIL,
        officers=tuple(OfficerKey(n, f"watch {n}", _public(seed, name, f"officer/{n}")) for n in ("1", "2")),
    )


def _keyring(roster: Roster, name: str, seed: int | str) -> Keyring:
    def signer(role: str, algorithm: Algorithm = Algorithm.ED25519) -> Signer:
        return Signer(key_name(roster.channel, name, role), _seed(seed, name, role), algorithm)

    return Keyring(
        main=signer("main"),
        safety=signer("safety"),
        mirror=signer("mirror", Algorithm.COSIGNATURE_V1),
        delivery=signer("delivery", Algorithm.COSIGNATURE_V1),
        sealing=SealingKey(_seed(seed, name, "sealing")),
        officers={n: signer(f"officer/{n}") for n in ("1", "2")},
    )
