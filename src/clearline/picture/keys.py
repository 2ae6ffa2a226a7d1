"""Keys in the picture: which key may say what, from the genesis and from the key events in each member's main log.

The order of a member's own main log decides: an entry there is judged by what stands before it, so that the picture
is the same whatever order logs arrive in. What stands in `safety` is never stopped by a key: it is shown, with a flag
that is derived (`flags_of`). Entries past a revocation's last good size are *disowned*, which is derived too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearline.errors import Refused
from clearline.picture.entry import Entry, Place
from clearline.records import rules
from clearline.records.genesis import Genesis
from clearline.records.header import base_log
from clearline.records.key_event import Event, KeyEvent
from clearline.records.words import MemberId
from clearline.signing.keys import Algorithm, PublicKey
from clearline.signing.note import KeyRef, known_keys, parse_note
from clearline.signing.statement import verify_statement
from clearline.volumes.instant import Instant

OFFICERS_OF_TWO = 2
"""Officers, by identity and not by key, that an act of two persons needs."""

KEYS_MAX = 1_024
"""Keys that one member may have had: a rotation of everything each month for fifteen years, and a bound on memory."""

ALONE = "needs the signatures of two different officers"
NOT_RELEASED = "needs the signature of a releasing officer beside another officer's"
NOT_GRANTED = "signed by a key that was not granted to"
WAS_ENDED = "signed by a key of"
NOT_VALID = "signed outside the time for which it was granted by a key of"
"""How reasons begin that speak of who signed: `slug_of` tells them apart by these words."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A key that a member has or had. `said` is the event that granted it, `None` where the genesis did."""

    member: MemberId
    role: str
    key: bytes
    position: str
    releasing: bool
    start: Instant
    until: Instant
    said: Entry | None = None

    @property
    def officer(self) -> str:
        """Return the officer whose key it is, or nothing for a key of the node."""
        return self.role.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """A key's end: by which entry, and up to which sizes of the member's logs what it signed is good.

    A log that is not named has no size: nothing there is disowned. A rotation disowns nothing.
    """

    said: Entry
    event: KeyEvent


@dataclass(slots=True)
class MemberKeys:
    """The keys of one member as far as its main log is folded."""

    root: bytes
    granted: dict[bytes, Granted] = field(default_factory=dict)
    ended: dict[bytes, list[Ended]] = field(default_factory=dict)
    last_good: dict[tuple[bytes, str], int] = field(default_factory=dict)
    """(key, log) to the lowest size that a revocation names."""
    successors: dict[str, tuple[Entry, KeyEvent]] = field(default_factory=dict)
    """A log that ended to the event by which its successor began: the first entry of the successor."""

    def newest(self, role: str) -> Granted | None:
        """Return the key of a role that was granted last and has not ended."""
        held = [g for g in self.granted.values() if g.role == role and g.key not in self.ended]
        return held[-1] if held else None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about the key of an entry that everybody must be shown: a slug, and a sentence for officers."""

    slug: str
    text: str


@dataclass(slots=True)
class Keys:
    """Every member's keys. Without a genesis nothing is judged: that is for pictures of made-up entries."""

    channel: str = ""
    members: dict[MemberId, MemberKeys] = field(default_factory=dict)
    events: dict[Place, tuple[Entry, KeyEvent]] = field(default_factory=dict)
    _first: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, genesis: Genesis, channel: str) -> Keys:
        """Return the keys with which a channel begins."""
        keys = cls(channel, _first=frozenset(key for m in genesis.members for key in m.keys))
        for member in genesis.members:
            held = keys.members[member.id] = MemberKeys(member.root)
            named = [(role, getattr(member, role), "", False) for role in ("main", "safety", "mirror", "delivery")]
            named.append(("sealing", member.sealing, "", False))
            named += [(f"officer/{o.officer}", o.key, o.position, o.releasing) for o in member.officers]
            for role, key, position, releasing in named:
                held.granted[key] = Granted(member.id, role, key, position, releasing, Instant(0), member.until)
        return keys

    # Questions

    def granted(self, member: str, key: bytes) -> Granted | None:
        """Return a key that a member has or had."""
        held = self.members.get(MemberId(member))
        return None if held is None else held.granted.get(key)

    def newest(self, member: str, role: str) -> Granted | None:
        """Return the key of a role of a member that stands now."""
        held = self.members.get(MemberId(member))
        return None if held is None else held.newest(role)

    def revoked(self, member: str, role: str, key: bytes) -> bool:
        """Report whether a member has revoked or replaced a key of a role, whether or not it was ever granted here."""
        held = self.members.get(MemberId(member))
        return held is not None and any(e.event.role == role for e in held.ended.get(key, ()))

    def ended(self, member: str, key: bytes) -> tuple[Ended, ...]:
        """Return by which events a key ended, in the order of the member's log."""
        held = self.members.get(MemberId(member))
        return () if held is None else tuple(held.ended.get(key, ()))

    def good(self, member: str, key: bytes, *, at: Instant) -> bool:
        """Report whether a key may sign now: granted, not ended, and `at` in its validity (ends included)."""
        found = self.granted(member, key)
        return found is not None and not self.ended(member, key) and found.start <= at <= found.until

    def disowned(self, entry: Entry) -> str:
        """Return why a member disowns an entry that stands in its log, or nothing. Derived: it hides nothing."""
        held = self.members.get(entry.place.member)
        if held is None:
            return ""
        place = entry.place
        over = held.successors.get(place.log)
        if over is not None and place.index >= dict(over[1].last_good)[place.log]:
            return f"{place.member} ended {place.log} at {dict(over[1].last_good)[place.log]} entries"
        for signer in entry.signers:
            size = held.last_good.get((signer.key, place.log))
            if size is not None and place.index >= size:
                return f"{place.member} revoked the key of officer {signer.officer} from entry {size} of {place.log} on"
        return ""

    def flags_of(self, entry: Entry, ineffective: str = "") -> tuple[Flag, ...]:
        """Return all that must be shown about who signed an entry; derived from what is held now.

        `ineffective` is the reason for which the picture gave the entry no effect, if any.
        """
        flags = []
        if slug := slug_of(ineffective, entry):
            flags.append(Flag(slug, ineffective))
        elif base_log(entry.place.log) != "main":
            flags += self._judged(entry, prefix=False)
        if why := self.disowned(entry):
            flags.append(Flag("disowned", why))
        return tuple(flags)

    def two_missing(self, entry: Entry) -> str:
        """Return why the signatures of an entry are not those of two persons, or nothing."""
        release = entry.record is None or rules.releasing(entry.record)
        by = [(s.officer, s.key) for s in entry.signers if s.officer]
        return self.two_lacking(entry.place.member, by, releasing=release)

    def two_lacking(self, member: str, signed: Iterable[tuple[str, bytes]], *, releasing: bool = True) -> str:
        """Return what officers (id and key) still lack of two persons, or nothing.

        `releasing` asks for a releasing officer among them, where the member has or had any.
        """
        held, by = self.members.get(MemberId(member)), list(signed)
        if len({officer for officer, _ in by}) < OFFICERS_OF_TWO:
            return ALONE
        if held is None or not releasing or not self._releasing(held):
            return ""
        found = [held.granted.get(key) for _, key in by]
        return "" if any(g is not None and g.releasing for g in found) else NOT_RELEASED

    def event_takes_two(self, member: str, record: object, *, at: Instant) -> bool:
        """Report whether a record is a key event of a member that needs two officers.

        What stops a key needs the root alone, for it must be possible at once and where officers' keys are lost. What
        makes one needs two officers as well, for as long as the member has two who can sign.
        """
        held = self.members.get(MemberId(member))
        makes = isinstance(record, KeyEvent) and record.event not in (Event.REVOKE, Event.SUCCEED)
        return makes and held is not None and self._can_be_two(held, at)

    def value(self) -> dict[str, Any]:
        """Return what is held as one comparable value, in a fixed order."""
        return {
            "events": dict(sorted(self.events.items())),
            "ended": {m: dict(sorted(h.ended.items())) for m, h in sorted(self.members.items())},
            "last_good": {m: dict(sorted(h.last_good.items())) for m, h in sorted(self.members.items())},
            "granted": {m: dict(sorted(h.granted.items())) for m, h in sorted(self.members.items())},
        }

    # The fold

    def judge(self, entry: Entry) -> str:
        """Return why an entry in a main log can have no effect because of its keys, by what stands before it.

        Entries of `safety` are never stopped here: a stop-fire must ring whoever's key it bears.
        """
        if base_log(entry.place.log) != "main":
            return ""
        faults = self._judged(entry, prefix=True)
        return faults[0].text if faults else ""

    def fold(self, entry: Entry, event: KeyEvent) -> str:
        """Take a key event in; return why it has no effect, or nothing."""
        fault = self._fault(entry, event)
        if fault:
            return fault
        held = self.members.get(MemberId(event.member))
        if held is None:
            return ""
        self.events[entry.place] = (entry, event)
        if event.event is Event.REVOKE:
            held.ended.setdefault(event.key, []).append(Ended(entry, event))
            for log, size in event.last_good:
                known = held.last_good.get((event.key, log), size)
                held.last_good[event.key, log] = min(known, size)
            return ""
        if event.event is Event.ROTATE:
            held.ended.setdefault(event.replaces, []).append(Ended(entry, event))
        if event.event is Event.SUCCEED:
            held.successors[event.last_good[0][0]] = (entry, event)
            return ""
        held.granted[event.key] = Granted(
            entry.place.member, event.role, event.key, event.position, event.releasing, event.start, event.until, entry
        )
        return ""

    def unfounded(self, author: MemberId, audience: Iterable[str], event: KeyEvent) -> str:
        """Return why a key event could have no effect in an author's main log as it stands, or nothing."""
        if not self.members:
            return ""
        if event.channel != self.channel:
            return "a key event of another channel"
        if event.member != author:
            return f"a key event of {event.member} in the log of {author}"
        if {*self.members} - {*audience}:
            return "a key event that is not addressed to every member"
        held = self.members[author]
        signers = signers_of(event, held.root)
        return signers if isinstance(signers, str) else self._fault_of_event(event, held)

    def _fault(self, entry: Entry, event: KeyEvent) -> str:
        fault = self.unfounded(entry.header.author, entry.header.audience, event)
        if fault or not self.members:
            return fault
        if event.event is Event.SUCCEED:
            return self._fault_of_successor(entry, event, self.members[entry.place.member])
        if base_log(entry.place.log) != "main":
            return "a key event belongs in the main log"
        return self._fault_of_two(entry, event)

    def _fault_of_event(self, event: KeyEvent, held: MemberKeys) -> str:
        known = held.granted.get(event.key)
        if event.event is Event.SUCCEED:
            return ""
        if event.event is Event.REVOKE:
            # A TLS key is certified by the root and need not be granted here: it is revoked by its bytes alone.
            if event.role != "tls" and (known is None or known.role != event.role):
                return "revokes a key that was never granted"
            return ""
        if known is not None or event.key in self._first or event.key in held.ended:
            return "grants a key that was in use before"
        if len(held.granted) >= KEYS_MAX:
            return f"grants more than {KEYS_MAX} keys"
        if event.event is Event.ROTATE:
            old = held.granted.get(event.replaces)
            if old is None or old.role != event.role or event.replaces in held.ended:
                return "replaces a key that does not stand"
        return ""

    def _fault_of_successor(self, entry: Entry, event: KeyEvent, held: MemberKeys) -> str:
        """A successor is judged by its own line of logs alone, so that main and safety need no order between them."""
        log, _ = event.last_good[0]
        if entry.place.log != event.log or entry.place.index != 0:
            return "names a successor that it does not begin"
        if log in held.successors or next_log(log) != event.log:
            return "succeeds a log that has a successor, or skips one"
        if event.key in self._first or any(event.key == e.key for _, e in held.successors.values()):
            return "gives a log a key that was in use before"
        return ""

    def _fault_of_two(self, entry: Entry, event: KeyEvent) -> str:
        needed = self.event_takes_two(entry.place.member, event, at=entry.header.claimed)
        return self.two_missing(entry) if needed else ""

    def _can_be_two(self, held: MemberKeys, at: Instant) -> bool:
        standing = [g for g in held.granted.values() if g.officer and g.key not in held.ended]
        able = [g for g in standing if g.start <= at <= g.until]
        releasing = not self._releasing(held) or any(g.releasing for g in able)
        return releasing and len({g.officer for g in able}) >= OFFICERS_OF_TWO

    def _judged(self, entry: Entry, *, prefix: bool) -> list[Flag]:
        held, flags = self.members.get(entry.place.member), list[Flag]()
        for signer in entry.signers if held is not None else ():
            if held is None or not signer.officer:
                continue
            who = f"officer {signer.officer} of {entry.place.member}"
            found = held.granted.get(signer.key)
            if found is None:
                flags.append(Flag("key-not-granted", f"{NOT_GRANTED} {who}"))
                continue
            if signer.key in held.ended:
                ended = held.ended[signer.key][0]
                word = "revoked" if ended.event.event is Event.REVOKE else "replaced"
                if prefix or self._after(entry, held, signer.key):
                    flags.append(Flag("revoked-key", f"{WAS_ENDED} {who}, which was {word} before"))
                    continue
            if not found.start <= entry.header.claimed <= found.until:
                flags.append(Flag("expired-key", f"{NOT_VALID} {who}"))
        return flags

    def _after(self, entry: Entry, held: MemberKeys, key: bytes) -> bool:
        """Report whether an entry of another log than main was made after its key had ended, as far as can be told."""
        said = min(held.ended[key], key=lambda ended: ended.said.place)
        return entry.header.claimed > said.said.header.claimed

    def _releasing(self, held: MemberKeys) -> bool:
        return any(g.releasing for g in held.granted.values())


def slug_of(reason: str, entry: Entry) -> str:
    """Return the slug of a reason that speaks of who signed an entry, or nothing for any other reason."""
    if reason in (ALONE, NOT_RELEASED):
        return "one-person"
    for words, slug in ((NOT_GRANTED, "key-not-granted"), (WAS_ENDED, "revoked-key"), (NOT_VALID, "expired-key")):
        if reason.startswith(words):
            return slug
    return "bad-key-event" if reason and isinstance(entry.record, KeyEvent) else ""


def key_name(channel: str, member: str, role: str) -> str:
    """Return the name of a key: `clearline/<channel id>/<member>/<role>`."""
    return f"clearline/{channel}/{member}/{role}"


def root_name(member: str) -> str:
    """Return the name under which a member's root signs the genesis and key events."""
    return f"clearline/{member}/root"


def signers_of(event: KeyEvent, root: bytes) -> Mapping[KeyRef, PublicKey] | str:
    """Return the keys that signed a key event, every signature verified, or why they do not suffice.

    The root always signs; where a key that can sign is replaced, the old one signs too. A sealing key cannot sign.
    """
    try:
        by_root = PublicKey(root_name(event.member), Algorithm.ED25519, root)
        wanted = [by_root]
        # The sealing key cannot sign, and a TLS key is the certificate's affair.
        if event.event is Event.ROTATE and event.role not in ("sealing", "tls"):
            old = PublicKey(key_name(event.channel, event.member, event.role), Algorithm.ED25519, event.replaces)
            wanted.append(old)
        known = known_keys(wanted)
        note = parse_note(event.note.encode(), where="key event")
        verify_statement(note, known, where="key event")
    except Refused as fault:
        return f"a key event whose signatures do not hold: {fault.message}"
    signed = {s.signer for s in note.signatures}
    if by_root.ref() not in signed:
        return "a key event that the root has not signed"
    if len(signed) < len(wanted):
        return "a rotation that the old key has not signed"
    return known


def next_log(log: str) -> str:
    """Return the name of the log that succeeds a log."""
    base, _, number = log.partition(".")
    return f"{base}.{int(number or 1) + 1}"
