"""The genesis of a channel: its members, their roots and first keys; its hash names the channel."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clearline.errors import Malformed, Said
from clearline.records import canonical
from clearline.records.header import MEMBERS_MAX
from clearline.records.reading import Members, in_order
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

FIRST_LINE = "clearline/genesis/v1"
CHANNEL_DOMAIN = b"clearline/channel/v1\n"
OFFICERS_MAX = 64
NODE_POSITION = "node"
"""What stands for a watch position where a node speaks by itself (`body_refused`); no officer may be called so."""
GENESIS_BYTES_MAX = 256 * 1024


class Role(StrEnum):
    """What a member is in the channel."""

    PARTY = "party"
    HOST = "host"
    OBSERVER = "observer"
    HUMANITARIAN = "humanitarian"


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """The key of one officer and the watch position that it speaks for.

    `releasing`: the officer is the second person of acts that bind; the key is never in a node's folder.
    """

    officer: str
    position: str
    key: bytes
    releasing: bool = False


@dataclass(frozen=True, slots=True)
class GenesisMember:
    """A member as the genesis names it; keys are 32 raw Ed25519 bytes, `sealing` 32 raw X25519 bytes.

    The first keys, the root's aside, are good for what is claimed up to `until`, included.
    """

    id: MemberId
    name: str
    role: Role
    root: bytes
    main: bytes
    safety: bytes
    mirror: bytes
    delivery: bytes
    sealing: bytes
    until: Instant
    officers: tuple[OfficerKey, ...]

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Return every key of the member."""
        officers = tuple(o.key for o in self.officers)
        return (self.root, self.main, self.safety, self.mirror, self.delivery, self.sealing, *officers)


@dataclass(frozen=True, slots=True)
class Genesis:
    """What all roots sign at the start of a channel; `members` are sorted by id."""

    channel: str
    drill: bool
    created: Instant
    nonce: bytes
    members: tuple[GenesisMember, ...]

    def member(self, name: str) -> GenesisMember | None:
        """Return the member of that id, or `None`."""
        return next((m for m in self.members if m.id == name), None)

    @property
    def parties(self) -> tuple[MemberId, ...]:
        """Return the ids of the parties, sorted."""
        return tuple(m.id for m in self.members if m.role is Role.PARTY)


def channel_id(text: str) -> str:
    """Return the channel id: hex SHA-256 of the domain and the genesis text without signatures."""
    return hashlib.sha256(CHANNEL_DOMAIN + text.encode()).hexdigest()


def to_text(genesis: Genesis) -> str:
    """Return the text that every root signs."""
    members: dict[str, Any] = {
        "channel": genesis.channel,
        "created": genesis.created,
        "drill": genesis.drill,
        "members": [member_to_members(m) for m in genesis.members],
        "nonce": _b64(genesis.nonce),
    }
    return f"{FIRST_LINE}\n{canonical.encode(members).decode()}\n"


def from_text(text: str, *, where: str) -> Genesis:
    """Return the genesis that a note's text holds.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    lines = text.split("\n")
    if len(lines) != 3 or lines[2] != "" or lines[0] != FIRST_LINE:
        raise Malformed(where=where, found=lines[0], expected=f"the line {FIRST_LINE} and one line of JSON")
    members = Members(canonical.decode(lines[1].encode(), where=where, size_max=GENESIS_BYTES_MAX), where=where)
    items = members.items("members", least=2, most=MEMBERS_MAX)
    genesis = Genesis(
        channel=members.reference("channel"),
        drill=members.flag("drill"),
        created=Instant(members.integer("created", least=0)),
        nonce=members.binary("nonce", size=32),
        members=tuple(
            member_from_members(Members(v, where=f"{members.place('members')}/{i}")) for i, v in enumerate(items)
        ),
    )
    members.done()
    in_order([m.id for m in genesis.members], where=members.place("members"))
    keys = [key for m in genesis.members for key in m.keys]
    if len(set(keys)) != len(keys):
        raise Malformed(
            where=members.place("members"), found=Said("one key in two places"), expected="every key different"
        )
    for index, member in enumerate(genesis.members):
        if member.until <= genesis.created:
            raise Malformed(
                where=f"{members.place('members')}/{index}/until",
                found=member.until,
                expected="keys that are good beyond the founding",
            )
    return genesis


def member_to_members(member: GenesisMember) -> dict[str, Any]:
    """Return a member as the genesis and the member's public card write it."""
    return {
        "id": member.id,
        "keys": {
            "delivery": _b64(member.delivery),
            "main": _b64(member.main),
            "mirror": _b64(member.mirror),
            "officers": [
                {"key": _b64(o.key), "officer": o.officer, "position": o.position, "releasing": o.releasing}
                for o in member.officers
            ],
            "safety": _b64(member.safety),
            "sealing": _b64(member.sealing),
        },
        "name": member.name,
        "role": member.role.value,
        "root": _b64(member.root),
        "until": member.until,
    }


def member_from_members(members: Members) -> GenesisMember:
    """Return the member that the members of an object hold.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    keys = members.members("keys")
    officers = keys.items("officers", least=1, most=OFFICERS_MAX)
    member = GenesisMember(
        id=members.member_id("id"),
        name=members.reference("name"),
        role=members.choice("role", Role),
        root=members.binary("root", size=32),
        main=keys.binary("main", size=32),
        safety=keys.binary("safety", size=32),
        mirror=keys.binary("mirror", size=32),
        delivery=keys.binary("delivery", size=32),
        sealing=keys.binary("sealing", size=32),
        until=Instant(members.integer("until", least=0)),
        officers=tuple(_officer(Members(v, where=f"{keys.place('officers')}/{i}")) for i, v in enumerate(officers)),
    )
    keys.done()
    members.done()
    in_order([o.officer for o in member.officers], where=keys.place("officers"))
    return member


def _officer(members: Members) -> OfficerKey:
    officer = members.reference("officer")
    if not officer.isascii() or not officer.isalnum():
        raise Malformed(where=members.place("officer"), found=officer, expected="ASCII letters and digits")
    position = members.reference("position")
    if position == NODE_POSITION:
        raise Malformed(where=members.place("position"), found=position, expected="a watch position; a node is none")
    key = OfficerKey(officer, position, members.binary("key", size=32), members.flag("releasing"))
    members.done()
    return key


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
