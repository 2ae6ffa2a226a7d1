"""The roster: who the members are and which keys are theirs, from the genesis and from what their roots said since.

It knows whose a key is or was, so that a signature can be verified. Whether the key was good for what it signed is
judged by the picture (`picture.keys`), by the order of the member's own main log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clearline.errors import Refused
from clearline.picture.entry import Signatory
from clearline.picture.keys import Keys, signers_of
from clearline.picture.keys import key_name as key_name
from clearline.picture.keys import root_name as root_name
from clearline.records import genesis as genesis_records
from clearline.records.genesis import NODE_POSITION, Genesis, GenesisMember
from clearline.records.header import base_log
from clearline.records.key_event import Event, KeyEvent
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
    """A channel's members and keys. Key names hold the channel id, so no signature can be carried over.

    It never changes: `knowing` returns the roster that knows one key more.
    """

    genesis: Genesis
    note: bytes
    channel: str
    _officers: Mapping[str, Mapping[KeyRef, PublicKey]] = field(repr=False)
    _signatories: Mapping[KeyRef, Signatory] = field(repr=False)
    _logs: Mapping[str, PublicKey] = field(repr=False)
    _cosigners: Mapping[KeyRef, PublicKey] = field(repr=False)
    _sealing: Mapping[str, bytes] = field(repr=False)
    _releasing: frozenset[bytes] = field(repr=False)

    @property
    def members(self) -> tuple[MemberId, ...]:
        """Return the ids of all members, sorted."""
        return tuple(m.id for m in self.genesis.members)

    @property
    def parties(self) -> tuple[MemberId, ...]:
        """Return the ids of the parties, sorted."""
        return self.genesis.parties

    def first_keys(self) -> Keys:
        """Return the keys with which the channel began, as a picture begins with them."""
        return Keys.of(self.genesis, self.channel)

    def member(self, name: str) -> GenesisMember | None:
        """Return the member of that id, or `None`."""
        return self.genesis.member(name)

    def origin(self, member: str, log: str) -> str:
        """Return the origin of a member's log: also the name of the log's key."""
        return key_name(self.channel, member, log)

    def log_of(self, origin: str) -> tuple[MemberId, str] | None:
        """Return whose log an origin names and which, or `None`."""
        for member in self.members:
            for log in self.logs_of(member):
                if origin == self.origin(member, log):
                    return member, log
        return None

    def logs_of(self, member: str) -> tuple[str, ...]:
        """Return the short names of a member's logs, successors after what they succeed, `main` before `safety`."""
        return tuple(sorted(name.partition("/")[2] for name in self._logs if name.partition("/")[0] == member))

    def current_log(self, member: str, log: str) -> str:
        """Return the short name of the log that a member writes now as its `main` or `safety`."""
        return max(name for name in self.logs_of(member) if base_log(name) == log)

    def log_key(self, member: str, log: str) -> PublicKey:
        """Return the key of a member's log."""
        return self._logs[f"{member}/{log}"]

    def node_keys(self, member: str) -> dict[KeyRef, PublicKey]:
        """Return the keys with which a member's node may sign by itself: those of its main log and its successors."""
        keys = [self.log_key(member, log) for log in self.logs_of(member) if base_log(log) == "main"]
        return known_keys(keys)

    def cosigner(self, member: str, role: str) -> PublicKey:
        """Return the key with which a member cosigns as `mirror` or `delivery`: the one that was granted last."""
        name = key_name(self.channel, member, role)
        return [key for (n, _), key in self._cosigners.items() if n == name][-1]

    @property
    def cosigners(self) -> Mapping[KeyRef, PublicKey]:
        """Return every mirror and delivery key that a member has or had."""
        return self._cosigners

    def sealing_key(self, member: str) -> bytes:
        """Return the X25519 key to which bodies for a member are sealed: the one that was granted last."""
        return self._sealing[member]

    def officer_keys(self, member: str) -> Mapping[KeyRef, PublicKey]:
        """Return the keys that may sign statements of a member: its officers'."""
        return self._officers.get(member, {})

    def releasing_keys(self, member: str) -> dict[bytes, str]:
        """Return the keys of a member's releasing officers, which no node may hold, and whose each is."""
        known = self.officer_keys(member)
        return {
            key.raw: self.signatory_of(member, ref).officer for ref, key in known.items() if key.raw in self._releasing
        }

    def signatory_of(self, member: str, key: KeyRef) -> Signatory:
        """Return the officer whose key it is and its watch position, or the node for the log's own key."""
        found = self._signatories.get(key)
        return found if found is not None and key in self.officer_keys(member) else Signatory("", NODE_POSITION)

    def knowing(self, event: KeyEvent, author: str) -> Roster:
        """Return the roster that also knows the key of an event which the member's root has signed, or this one.

        A key is known even where its event has no effect: what it signs can then be read, judged and shown. But the
        member itself must have said it (`author` is whose log it stands in): nobody else decides when it counts.
        """
        member, channel = self.member(event.member), self.channel
        if member is None or member.id != author or event.channel != channel or event.event is Event.REVOKE:
            return self
        # A name cannot hold any bytes as a key: whoever is refused here is named when the event is folded.
        try:
            if isinstance(signers_of(event, member.root), str):
                return self
            name = key_name(channel, member.id, event.log or event.role)
            cosigns = event.role in ("mirror", "delivery")
            if event.role in ("sealing", "tls"):
                return (
                    replace(self, _sealing={**self._sealing, member.id: event.key}) if event.role == "sealing" else self
                )
            key = PublicKey(name, Algorithm.COSIGNATURE_V1 if cosigns else Algorithm.ED25519, event.key)
        except Refused:
            return self
        if cosigns:
            return replace(self, _cosigners={**self._cosigners, key.ref(): key})
        if event.log:
            return replace(self, _logs={f"{member.id}/{event.log}": key, **self._logs})
        if key.ref() in self._signatories:
            return self
        return replace(
            self,
            _officers={**self._officers, member.id: {**self.officer_keys(member.id), key.ref(): key}},
            _signatories={**self._signatories, key.ref(): Signatory(event.officer, event.position, event.key)},
            _releasing=self._releasing | {event.key} if event.releasing else self._releasing,
        )


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
    signatories: dict[KeyRef, Signatory] = {}
    logs: dict[str, PublicKey] = {}
    cosigners: list[PublicKey] = []
    for member in genesis.members:
        for log, key in (("main", member.main), ("safety", member.safety)):
            logs[f"{member.id}/{log}"] = PublicKey(key_name(channel, member.id, log), Algorithm.ED25519, key)
        for role, key in (("mirror", member.mirror), ("delivery", member.delivery)):
            cosigners.append(PublicKey(key_name(channel, member.id, role), Algorithm.COSIGNATURE_V1, key))
        keys = []
        for officer in member.officers:
            name = key_name(channel, member.id, f"officer/{officer.officer}")
            keys.append(PublicKey(name, Algorithm.ED25519, officer.key))
            signatories[keys[-1].ref()] = Signatory(officer.officer, officer.position, officer.key)
        officers[member.id] = known_keys(keys)
    sealing = {str(m.id): m.sealing for m in genesis.members}
    releasing = frozenset(o.key for m in genesis.members for o in m.officers if o.releasing)
    return Roster(genesis, raw, channel, officers, signatories, logs, known_keys(cosigners), sealing, releasing)
