"""Key events: what a member's root says of the member's keys, carried as a note inside an entry's body.

The note has a first line of its own (`clearline/key/v1`), so that a root's signature under it is no other signature.
Here its form is read; whose signatures it bears and whether it has an effect is judged by `picture.keys`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import canonical, words
from clearline.records.genesis import NODE_POSITION
from clearline.records.header import base_log, is_log
from clearline.records.reading import Members
from clearline.volumes.instant import Instant

FIRST_LINE = "clearline/key/v1"

KEY_NOTE_MAX = 8 * 1024
"""Bytes of the note of a key event: two signatures and a reason of 500 characters need a third of it."""

REASON_MAX = 500

OFFICER = "officer/"
_OFFICER = re.compile(r"officer/[0-9A-Za-z]{1,64}")
NODE_ROLES = ("main", "safety", "mirror", "delivery", "sealing", "tls")
"""Roles of the keys that a node uses by itself; an officer's key has the role `officer/<officer>`."""

_NO_KEY = b""


class Event(StrEnum):
    """What happens to a key."""

    GRANT = "grant"
    ROTATE = "rotate"
    REVOKE = "revoke"
    SUCCEED = "succeed"


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """What the root says of one key, and the signed note in which it says so.

    `key` is 32 raw bytes: the key that is granted or revoked, the new key of a rotation, or that of a successor log.
    `replaces` is the old key of a rotation. `last_good` maps logs of the member to the sizes up to which what the
    revoked key signed is good; of a successor it names the log that ends, its size there, and `root` its root.
    """

    note: str
    channel: str
    member: str
    event: Event
    role: str
    key: bytes
    start: Instant
    until: Instant
    position: str = ""
    releasing: bool = False
    replaces: bytes = _NO_KEY
    log: str = ""
    root: bytes = _NO_KEY
    last_good: tuple[tuple[str, int], ...] = ()
    reason: str = ""
    KIND: ClassVar[str] = "key_event"
    BY_NODE: ClassVar[bool] = True
    LOGS: ClassVar[tuple[str, ...]] = ("main", "safety")

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return self.note[: self.note.rfind("\n\n") + 1]

    @property
    def officer(self) -> str:
        """Return the officer whose key it is, or nothing for a key of the node."""
        return self.role.removeprefix(OFFICER) if self.role.startswith(OFFICER) else ""

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"note": self.note}

    @classmethod
    def from_members(cls, members: Members) -> KeyEvent:
        """Return the key event that the members of a body hold; its signatures are not judged here."""
        where = members.place("note")
        note = members.raw("note", "a signed note")
        if not isinstance(note, str) or len(note.encode("utf-8", "replace")) > KEY_NOTE_MAX:
            raise Malformed(where=where, found=note, expected=f"a signed note of at most {KEY_NOTE_MAX} bytes")
        return from_note(note, where=where)


def to_text(event: KeyEvent) -> str:
    """Return the text of a key event, which the root signs; `event.note` is not looked at."""
    members: dict[str, Any] = {
        "channel": event.channel,
        "event": event.event.value,
        "from": event.start,
        "key": _b64(event.key),
        "member": event.member,
        "reason": event.reason,
        "role": event.role,
    }
    if event.event is not Event.REVOKE:
        members["until"] = event.until
        if event.officer:
            members |= {"position": event.position, "releasing": event.releasing}
    if event.event is Event.ROTATE:
        members["replaces"] = _b64(event.replaces)
    if event.event is Event.SUCCEED:
        members |= {"log": event.log, "root": _b64(event.root)}
    if event.event in (Event.REVOKE, Event.SUCCEED):
        members["last_good"] = dict(event.last_good)
    return f"{FIRST_LINE}\n{canonical.encode(members).decode()}\n"


def from_note(note: str, *, where: str) -> KeyEvent:
    """Return the key event that a note's text holds, with the note as it stands.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    text, parting, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not parting or not signatures or len(lines) != 2 or lines[0] != FIRST_LINE:
        raise Malformed(where=where, found=lines[0], expected=f"a note of the line {FIRST_LINE} and one line of JSON")
    raw = lines[1].encode("utf-8", "replace")
    members = Members(canonical.decode(raw, where=where, size_max=KEY_NOTE_MAX), where=where)
    what = members.choice("event", Event)
    role = _role(members, what)
    officer = role.startswith(OFFICER) and what is not Event.REVOKE
    replaced = what is Event.ROTATE
    event = KeyEvent(
        note=note,
        channel=words.entry_id(members.raw("channel", "a channel id"), where=members.place("channel")),
        member=members.member_id("member"),
        event=what,
        role=role,
        key=members.binary("key", size=32),
        start=Instant(members.integer("from", least=0)),
        until=Instant(members.integer("until", least=0)) if what is not Event.REVOKE else Instant(0),
        position=_position(members) if officer else "",
        releasing=members.flag("releasing") if officer else False,
        replaces=members.binary("replaces", size=32) if replaced else _NO_KEY,
        log=_successor(members, role) if what is Event.SUCCEED else "",
        root=members.binary("root", size=32) if what is Event.SUCCEED else _NO_KEY,
        last_good=_last_good(members, what, role),
        reason=members.text("reason", most=REASON_MAX),
    )
    members.done()
    if what is not Event.REVOKE and event.until < event.start:
        raise Malformed(where=members.place("until"), found=event.until, expected="not before `from`")
    return event


def _role(members: Members, what: Event) -> str:
    role = members.raw("role", "a role")
    known = isinstance(role, str) and (role in NODE_ROLES or _OFFICER.fullmatch(role) is not None)
    logs = role in ("main", "safety")
    # A log's key is part of what the log is: it ends by a successor log with another key, and in no other way.
    if not known or (what is Event.SUCCEED) != logs:
        expected = "a role whose keys have this event: " + ", ".join((*NODE_ROLES, f"{OFFICER}<officer>"))
        raise Malformed(where=members.place("role"), found=role, expected=expected)
    return str(role)


def _position(members: Members) -> str:
    position = members.reference("position")
    if position == NODE_POSITION:
        raise Malformed(where=members.place("position"), found=position, expected="a watch position; a node is none")
    return position


def _successor(members: Members, role: str) -> str:
    log = members.raw("log", "the name of the successor log")
    if not isinstance(log, str) or not is_log(log) or base_log(log) != role or log == role:
        raise Malformed(where=members.place("log"), found=log, expected=f"{role}.2 to {role}.9")
    return log


def _last_good(members: Members, what: Event, role: str) -> tuple[tuple[str, int], ...]:
    if what not in (Event.REVOKE, Event.SUCCEED):
        return ()
    sizes = members.members("last_good")
    found = []
    for log in sorted(sizes.names()):
        if not is_log(log):
            raise Malformed(where=sizes.place(log), found=log, expected="a log of this member, such as main or main.2")
        found.append((log, sizes.integer(log, least=0)))
    sizes.done()
    if what is Event.SUCCEED and [base_log(log) for log, _ in found] != [role]:
        raise Malformed(
            where=sizes.where, found=Said(f"{len(found)} logs"), expected=f"the {role} log that ends, alone"
        )
    return tuple(found)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
