"""What a node does about keys: it learns them, tells of every change, and keeps evidence of every misuse.

A key event is an alarm at everybody but its author: whoever did not expect it rings the other member up. An entry
that has no effect because of who signed it is an alarm too, with the entry itself as the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from clearline.channel.held import HeldLog
from clearline.channel.ports import PutKept
from clearline.channel.roster import Roster
from clearline.channel.witnessing import witness
from clearline.errors import Alarm, Unavailable
from clearline.picture.entry import Entry, Place
from clearline.picture.keys import Ended, Flag
from clearline.records.evidence import Evidence
from clearline.records.key_event import Event, KeyEvent
from clearline.records.key_event import from_note as event_from_note
from clearline.tlog.checkpoint import Cosignature, SignedCheckpoint, with_cosignatures
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

IN_FLIGHT_MS = 300_000
"""How long after a key was revoked what it had cosigned before may still be on its way, clocks counted in."""

KIND = "key_event"
"""What is kept of key events beside the record: a start knows every key before it reads a log."""


class KeyAlarm(Alarm):
    """Something about a member's keys that people must look at; `notes` are the entries that show it."""

    def __init__(self, message: str, *, notes: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.notes = notes


class KeyChanged(KeyAlarm):
    """A member has granted, replaced or revoked a key, or ended a log: it is to be confirmed by voice."""

    slug, title, status = "key-changed", "A member has changed a key", 409
    EACH_COUNTS = True


class RevokedKey(KeyAlarm):
    """An entry is signed by a key that its member had revoked or replaced before."""

    slug, title, status = "revoked-key", "Signed by a revoked key", 409


class ExpiredKey(KeyAlarm):
    """An entry is signed by a key outside the time for which it was granted."""

    slug, title, status = "expired-key", "Signed by an expired key", 409


class NotGranted(KeyAlarm):
    """An entry is signed by a key that its member's own log had not granted."""

    slug, title, status = "key-not-granted", "Signed by a key that was not granted", 409


class OnePerson(KeyAlarm):
    """An act that takes two officers is signed by one: once, or with two keys of one officer."""

    slug, title, status = "one-person", "An act of two persons, signed by one", 409


class BadKeyEvent(KeyAlarm):
    """A key event that has no effect: in another member's name, without the root, or without the old key."""

    slug, title, status = "bad-key-event", "A key event that has no effect", 409


class UnknownOfficerKey(KeyAlarm):
    """A member's signed log holds an entry by a key that no key event of the member's root has made known."""

    slug, title, status = "unknown-officer-key", "A log holds an entry by an unknown key", 409


class KeyNotKnownYet(Unavailable):
    """An entry of `safety` is signed by a key that the member's main log may grant further on: it is sent again."""

    slug, title, status = "key-not-known-yet", "Signed by a key that is not known yet", 503


ALARMS: Mapping[str, type[KeyAlarm]] = {
    kind.slug: kind for kind in (RevokedKey, ExpiredKey, NotGranted, OnePerson, BadKeyEvent)
}

WORDS = {
    Event.GRANT: "granted",
    Event.ROTATE: "replaced",
    Event.REVOKE: "revoked",
    Event.SUCCEED: "ended a log and set",
}


def roster_with(roster: Roster, kept: Mapping[str, bytes]) -> Roster:
    """Return a roster that knows the keys of the events that a store keeps, their root signatures verified anew."""
    for place, note in sorted(kept.items()):
        event = event_from_note(note.decode(), where="kept key event")
        roster = roster.knowing(event, place.partition("/")[0])
    return roster


def learn(node: Node, event: KeyEvent, place: Place) -> None:
    """Know the key of an event from now on, where its member's root has signed it."""
    known = node.roster.knowing(event, place.member)
    if known is not node.roster:
        node.roster = known
        if event.log:
            held = HeldLog(place.member, event.log, known.origin(place.member, event.log))
            node.logs.setdefault(held.name, held)
        name = f"{place.member}/{place.log}/{place.index:015d}"
        node.queued.append(PutKept(KIND, name, event.note.encode()))


def follow(node: Node, entry: Entry, note: bytes, *, at: Instant) -> None:
    """Tell of a key event that came in, and keep evidence of an entry that has no effect because of who signed it."""
    if entry.place.member == node.me:
        return
    event = entry.record
    if isinstance(event, KeyEvent) and entry.place not in node.picture.ineffective:
        node.keep_evidence(KeyChanged(f"{_changed(entry, event)}; confirm it by voice", notes=(note,)), at=at)
    for flag in node.picture.flags_of(entry):
        if flag.slug in ALARMS:
            _misused(node, entry, flag, note, at)


def follow_late(node: Node, entries: Iterable[Entry], *, at: Instant) -> None:
    """Tell of entries whose bodies came late, as `follow` does of others."""
    for entry in entries:
        if isinstance(entry.record, KeyEvent):
            learn(node, entry.record, entry.place)
        if isinstance(entry.record, Evidence):
            witness.keep(node, witness.judge(node.roster, entry.record), at=at, tell=False)
        log = f"{entry.place.member}/{entry.place.log}"
        for stored in node.store.entries(log, entry.place.index, 1):
            follow(node, entry, stored.note, at=at)


def states(node: Node, said: Cosignature) -> bool:
    """Report whether a cosignature counts that comes now: its key was neither revoked nor replaced.

    What was kept before the key ended stays. Which of two bearers came first decides nothing: one that was made in
    time and comes too late counts for nothing too, and its cosigner states the same again with its new key.
    """
    return not _ended(node, said)


def stated_by_ended(node: Node, signed: SignedCheckpoint, said: Cosignature, *, at: Instant) -> None:
    """Keep evidence of a cosignature that was made well after its key had been revoked."""
    for ended in _ended(node, said):
        if ended.event.event is Event.REVOKE and said.time_s * 1000 > ended.said.header.claimed + IN_FLIGHT_MS:
            member, role = said.name.split("/")[2:4]
            about = f"{signed.checkpoint.origin.partition('/')[2].partition('/')[2]} at size {signed.checkpoint.size}"
            text = f"{about} is cosigned by a {role} key of {member} that it has revoked: it counts for nothing"
            shown = with_cosignatures(signed, (said,)).raw()
            node.keep_evidence(RevokedKey(text, notes=(shown, ended.event.note.encode())), at=at)


def _ended(node: Node, said: Cosignature) -> tuple[Ended, ...]:
    key = node.roster.cosigners.get((said.name, said.key_id))
    return () if key is None else node.picture.keys.ended(said.name.split("/")[2], key.raw)


def told(node: Node, entry: Entry, event: KeyEvent, *, at: Instant) -> dict[str, Any]:
    """Return what the node's listeners are told of a key event, one without effect among them."""
    ineffective = node.picture.ineffective.get(entry.place)
    return {
        "at": at,
        "entry": entry.id,
        "event": event.event.value,
        "log": f"{entry.place.member}/{entry.place.log}",
        "member": event.member,
        "reason": ineffective[1] if ineffective is not None else "",
        "role": event.role,
    }


def _misused(node: Node, entry: Entry, flag: Flag, note: bytes, at: Instant) -> None:
    about = f"{entry.place.member}/{entry.place.log}"
    text = f"{about} entry {entry.place.index}: {flag.text}; it stands in the record and has no effect"
    if entry.place not in node.picture.ineffective:
        text = f"{about} entry {entry.place.index}: {flag.text}; it stands, for nothing may mute this log: ask by voice"
    node.keep_evidence(ALARMS[flag.slug](text, notes=(note, *_ending(node, entry))), at=at)


def _ending(node: Node, entry: Entry) -> tuple[bytes, ...]:
    """Return the note of the event by which a signer's key ended: the other half of the evidence."""
    for signer in entry.signers:
        for ended in node.picture.keys.ended(entry.place.member, signer.key):
            return (ended.event.note.encode(),)
    return ()


def _changed(entry: Entry, event: KeyEvent) -> str:
    whose = f"the key of officer {event.officer}" if event.officer else f"its {event.log or event.role} key"
    return f"{entry.place.member} has {WORDS[event.event]} {whose} ({entry.place.log} entry {entry.place.index})"
