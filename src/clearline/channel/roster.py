"""The roster: who the members are and which key may say what, from the genesis that all roots signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clearline.errors import Refused
from clearline.picture.entry import Signatory
from clearline.records import genesis as genesis_records
from clearline.records.genesis import NODE_POSITION, Genesis, GenesisMember
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.signing.keys import Algorithm, PublicKey
from clearline.signing.note import (
    KeyRef,
    encode_note,
    known_keys,
    parse_note,
)
from clearline.signing.statement import verify_statement


class BadGenesis(Refused):
    """The genesis is not signed by exactly its members' roots."""

    slug, title, status = "bad-genesis", "Genesis not signed by all roots", 422


@dataclass(frozen=True, slots=True)
class Roster:
    """A channel's members and keys. Key names hold the channel id, so no signature can be carried over."""

    genesis: Genesis
    note: bytes
    channel: str
    _officers: Mapping[str, Mapping[KeyRef, PublicKey]] = field(repr=False)
    _logs: Mapping[str, PublicKey] = field(repr=False)
    _cosigners: Mapping[KeyRef, PublicKey] = field(repr=False)

    @property
    def members(self) -> tuple[MemberId, ...]:
        """Return the ids of all members, sorted."""
        return tuple(m.id for m in self.genesis.members)

    @property
    def parties(self) -> tuple[MemberId, ...]:
        """Return the ids of the parties, sorted."""
        return self.genesis.parties

    def member(self, name: str) -> GenesisMember | None:
        """Return the member of that id, or `None`."""
        return self.genesis.member(name)

    def origin(self, member: str, log: str) -> str:
        """Return the origin of a member's log: also the name of the log's key."""
        return key_name(self.channel, member, log)

    def log_of(self, origin: str) -> tuple[MemberId, str] | None:
        """Return whose log an origin names and which, or `None`."""
        for member in self.members:
            for log in LOGS:
                if origin == self.origin(member, log):
                    return member, log
        return None

    def log_key(self, member: str, log: str) -> PublicKey:
        """Return the key of a member's log."""
        return self._logs[f"{member}/{log}"]

    def cosigner(self, member: str, role: str) -> PublicKey:
        """Return the key with which a member cosigns as `mirror` or `delivery`."""
        name = key_name(self.channel, member, role)
        return next(key for (n, _), key in self._cosigners.items() if n == name)

    @property
    def cosigners(self) -> Mapping[KeyRef, PublicKey]:
        """Return every mirror and delivery key."""
        return self._cosigners

    def officer_keys(self, member: str) -> Mapping[KeyRef, PublicKey]:
        """Return the keys that may sign statements of a member: its officers'."""
        return self._officers.get(member, {})

    def signatory_of(self, member: str, key: KeyRef) -> Signatory:
        """Return the officer whose key it is and its watch position, or the node for the log's own key."""
        found = self.member(member)
        if found is not None:
            for officer in found.officers:
                if key[0] == key_name(self.channel, member, f"officer/{officer.officer}"):
                    return Signatory(officer.officer, officer.position)
        return Signatory("", NODE_POSITION)


def key_name(channel: str, member: str, role: str) -> str:
    """Return the name of a key: `clearline/<channel id>/<member>/<role>`."""
    return f"clearline/{channel}/{member}/{role}"


def root_name(member: str) -> str:
    """Return the name under which a member's root signs the genesis, before there is a channel id."""
    return f"clearline/{member}/root"


def roster_from_genesis(raw: bytes, *, where: str) -> Roster:
    """Return the roster of a genesis note, all root signatures verified.

    Raises:
        Malformed: The note or its text breaks the format.
        BadSignature: A root's signature does not verify.
        BadGenesis: A root's signature is missing.
    """
    note = parse_note(raw, where=where, max_bytes=genesis_records.GENESIS_BYTES_MAX)
    genesis = genesis_records.from_text(note.text, where=where)
    roots = known_keys(PublicKey(root_name(m.id), Algorithm.ED25519, m.root) for m in genesis.members)
    verify_statement(note, roots, where=where)
    missing = sorted({name for name, _ in roots} - {s.name for s in note.signatures})
    if missing:
        raise BadGenesis(f"{where}: not signed by {', '.join(missing)}; every member's root must sign", where=where)
    return _roster(genesis, encode_note(note), genesis_records.channel_id(note.text))


def _roster(genesis: Genesis, raw: bytes, channel: str) -> Roster:
    officers: dict[str, Mapping[KeyRef, PublicKey]] = {}
    logs: dict[str, PublicKey] = {}
    cosigners: list[PublicKey] = []
    for member in genesis.members:
        for log, key in (("main", member.main), ("safety", member.safety)):
            logs[f"{member.id}/{log}"] = PublicKey(key_name(channel, member.id, log), Algorithm.ED25519, key)
        for role, key in (("mirror", member.mirror), ("delivery", member.delivery)):
            cosigners.append(PublicKey(key_name(channel, member.id, role), Algorithm.COSIGNATURE_V1, key))
        officers[member.id] = known_keys(
            PublicKey(key_name(channel, member.id, f"officer/{o.officer}"), Algorithm.ED25519, o.key)
            for o in member.officers
        )
    return Roster(genesis, raw, channel, officers, logs, known_keys(cosigners))
