"""The header of a statement: who, when, for whom, what was known, and a commitment to each body.

It holds no name and no free text, and nothing of what is said (`docs/adr/0002-the-bytes.md`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from clearline.errors import Malformed, Said
from clearline.records import canonical, words
from clearline.records.reading import Members, in_order
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import PERM, Instant

FIRST_LINE = "clearline/statement/v1"
ENTRY_DOMAIN = b"clearline/entry/v1\n"
BODIES_MAX = 4
"""Bodies of one statement: staged disclosure needs two or three."""
MEMBERS_MAX = 32
"""Members of one channel."""
LOGS_MAX = MEMBERS_MAX * 2
"""Logs that one header may say it saw: those that are written to, two a member."""
HEADER_BYTES_MAX = 16 * 1024
LOGS = ("main", "safety")
"""The two logs of each member."""

_LOG = re.compile(r"(main|safety)(\.[2-9])?")
"""A log whose key was lost or stolen ends, and the next takes its place: `main`, `main.2` … `main.9`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The commitment to one body, and the members that may read it (sorted)."""

    audience: tuple[MemberId, ...]
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """Size and root of a log as an author had verified it when it spoke."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What is signed of a statement; `seen` maps `<member>/<log>` to what was known of that log, sorted."""

    channel: str
    author: MemberId
    nonce: bytes
    claimed: Instant
    expires: Instant
    slots: tuple[Slot, ...]
    seen: tuple[tuple[str, Known], ...]

    @property
    def audience(self) -> tuple[MemberId, ...]:
        """Return every member that may read a body, sorted."""
        return tuple(sorted({member for slot in self.slots for member in slot.audience}))

    def slots_for(self, member: MemberId) -> tuple[int, ...]:
        """Return the numbers of the bodies that `member` may read."""
        return tuple(n for n, slot in enumerate(self.slots) if member in slot.audience)


def is_log(log: str) -> bool:
    """Report whether a short name is that of a log: `main`, `safety`, or one of their successors up to `.9`."""
    return _LOG.fullmatch(log) is not None


def base_log(log: str) -> str:
    """Return which of the two logs of a member a log is or succeeds: `main` or `safety`."""
    return log.partition(".")[0]


def commitment(salt: bytes, body: bytes) -> bytes:
    """Return the commitment to a body: SHA-256(salt ‖ body)."""
    return hashlib.sha256(salt + body).digest()


def opens(slot: Slot, salt: bytes, body: bytes) -> bool:
    """Report whether salt and body are those that the slot commits to, in constant time."""
    return len(salt) == 32 and hmac.compare_digest(commitment(salt, body), slot.commitment)


def entry_id(note: bytes) -> EntryId:
    """Return the id of an entry: hex SHA-256 of the domain and the whole note."""
    return EntryId(hashlib.sha256(ENTRY_DOMAIN + note).hexdigest())


def to_text(header: Header) -> str:
    """Return the text that officers sign: the first line and the canonical header line."""
    members: dict[str, Any] = {
        "audience": list(header.audience),
        "author": header.author,
        "bodies": [{"audience": list(s.audience), "commitment": _b64(s.commitment)} for s in header.slots],
        "channel": header.channel,
        "claimed": header.claimed,
        "expires": header.expires,
        "nonce": _b64(header.nonce),
        "seen": {log: {"root": _b64(known.root), "size": known.size} for log, known in header.seen},
    }
    return f"{FIRST_LINE}\n{canonical.encode(members).decode()}\n"


def from_text(text: str, *, where: str, stored: bool = False) -> Header:
    """Return the header of a statement's text; `stored`: it was proven canonical when it came in.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    lines = text.split("\n")
    if len(lines) != 3 or lines[2] != "" or lines[0] != FIRST_LINE:
        raise Malformed(where=where, found=lines[0], expected=f"the line {FIRST_LINE} and one line of header")
    raw = lines[1].encode()
    if stored:
        return _stored(canonical.decode_stored(raw, where=where), where)
    value = canonical.decode(raw, where=where, size_max=HEADER_BYTES_MAX)
    members = Members(value, where=where)
    slots = tuple(
        _slot(Members(v, where=f"{where}/bodies/{i}"))
        for i, v in enumerate(members.items("bodies", least=1, most=BODIES_MAX))
    )
    header = Header(
        channel=words.entry_id(members.raw("channel", "a channel id"), where=members.place("channel")),
        author=members.member_id("author"),
        nonce=members.binary("nonce", size=16),
        claimed=Instant(members.integer("claimed", least=0, most=PERM - 1)),
        expires=Instant(members.integer("expires", least=0)),
        slots=slots,
        seen=_seen(members.members("seen")),
    )
    if tuple(members.items("audience", least=1, most=MEMBERS_MAX)) != header.audience:
        raise Malformed(
            where=members.place("audience"),
            found=members.raw("audience", ""),
            expected="the union of the bodies' audiences",
        )
    members.done()
    if header.author not in header.audience:
        raise Malformed(where=members.place("audience"), found=header.audience, expected="the author among them")
    if header.expires < header.claimed:
        raise Malformed(where=members.place("expires"), found=header.expires, expected="not before claimed")
    return header


def _stored(value: Any, where: str) -> Header:
    """Return the header of members that were judged when they came in: a start reads a million of them."""
    try:
        return Header(
            channel=value["channel"],
            author=MemberId(value["author"]),
            nonce=binascii.a2b_base64(value["nonce"]),
            claimed=Instant(value["claimed"]),
            expires=Instant(value["expires"]),
            slots=tuple(
                Slot(tuple(map(MemberId, body["audience"])), binascii.a2b_base64(body["commitment"]))
                for body in value["bodies"]
            ),
            seen=tuple(
                (log, Known(known["size"], binascii.a2b_base64(known["root"]))) for log, known in value["seen"].items()
            ),
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Malformed(where=where, found=Said("no header"), expected="a header as it was stored") from None


def _slot(members: Members) -> Slot:
    audience = [
        words.member_id(v, where=f"{members.place('audience')}/{i}")
        for i, v in enumerate(members.items("audience", least=1, most=MEMBERS_MAX))
    ]
    in_order(list(audience), where=members.place("audience"))
    slot = Slot(tuple(audience), members.binary("commitment", size=32))
    members.done()
    return slot


def _seen(members: Members) -> tuple[tuple[str, Known], ...]:
    seen = []
    for name in members.names():
        author, _, log = name.partition("/")
        words.member_id(author, where=members.place(name))
        if not is_log(log):
            expected = "one of " + ", ".join(LOGS) + ", or a successor such as main.2"
            raise Malformed(where=members.place(name), found=log, expected=expected)
        known = members.members(name)
        seen.append((name, Known(known.integer("size", least=1), known.binary("root", size=32))))
        known.done()
    if len(seen) > LOGS_MAX:
        raise Malformed(where=members.where, found=len(seen), expected=f"at most {LOGS_MAX} logs")
    return tuple(seen)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
