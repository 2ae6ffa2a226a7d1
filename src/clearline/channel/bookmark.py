"""The bookmark: a signed snapshot of the picture as an index over entries, so that a restart folds only what is new.

It is a cache and never evidence: whatever is wrong with it, the node folds anew from its entries and says so. The
node's own main log key signs it, so that nobody without that key can put a picture into the folder, under a first line
of its own, so that it can be taken for nothing else. It names the channel, the member, the code that folded, size
and root of every log. Nothing that was said stands in it: a start reads that from the entries (`picture/packed.py`).
"""

from __future__ import annotations

import base64
import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearline.channel.held import Stated, Statements
from clearline.errors import Alarm, Refused
from clearline.picture.packed import TABLES, Packed, table_of
from clearline.records import canonical
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.signing.keys import PublicKey, Signer
from clearline.signing.note import Note, Strangers, encode_note, known_keys, parse_note, sign_text, verify_note
from clearline.tlog.tree import HASH_BYTES
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

FIRST_LINE = "clearline/bookmark/v1"

HEAD_BYTES_MAX = 256 * 1024
"""Bytes of the signed part: 64 logs with some tables each need 40 KiB."""

LENGTH_DIGITS = 8
"""Digits of the length of the signed part, with which the file begins."""

REST_BYTES_MAX = 256 * 2**20
"""Bytes of the part that is JSON: why entries have no effect, and what others claim of logs."""


class BookmarkRefused(Refused):
    """The bookmark is none of this node's, or is damaged: the picture is folded anew from the entries."""

    slug, title, status = "bookmark-refused", "Bookmark refused", 422


class BookmarkContradicts(Alarm):
    """The bookmark, which this node has signed, names another history of a log than the store holds."""

    slug, title, status = "bookmark-contradicts", "Bookmark and record contradict each other", 500

    def __init__(self, message: str, *, notes: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.notes = notes


@dataclass(slots=True)
class LogMark:
    """What a bookmark holds of one log: leaf hashes, when entries came in, bodies that lack, who cosigned what."""

    size: int
    root: bytes
    leaves: bytes
    received: array[int]
    signed: bytes = b""
    """The newest checkpoint, as its log signed it."""
    lacking: set[tuple[int, int]] = field(default_factory=set)
    covering: dict[str, Statements] = field(default_factory=dict)


@dataclass(slots=True)
class Bookmark:
    """A bookmark as it was read and proven to be this node's. `note` is its signed part."""

    note: bytes
    made: Instant
    packed: Packed
    logs: dict[str, LogMark]
    claims: dict[str, dict[int, dict[MemberId, bytes]]]
    refusals: set[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class State:
    """What a bookmark is made of, beside the tables; a copy, so that it can be written while the node runs on."""

    channel: str
    member: MemberId
    made: Instant
    logs: Mapping[str, LogMark]
    rest: Mapping[str, Any]


def state_of(node: Node, *, at: Instant) -> State:
    """Return what the node holds now beside its picture. Everything of it must be committed."""
    logs = {
        name: LogMark(
            held.size,
            held.root_at(held.size),
            held.tree.hashes(0, 0, held.size),
            held.received[:],
            held.signed.raw() if held.signed is not None else b"",
            set(held.lacking),
            {cosigner: lines.copy() for cosigner, lines in held.covering.items()},
        )
        for name, held in node.logs.items()
        if held.size or held.covering
    }
    claims = {
        log: [
            [size, _b64(root), witness] for size, said in sorted(held.items()) for witness, root in sorted(said.items())
        ]
        for log, held in node.claims.items()
        if held
    }
    refusals = [[entry, slot] for entry, slot in sorted(node.refusals)]
    return State(node.roster.channel, node.me, at, logs, {"claims": claims, "refusals": refusals})


def written(state: State, packed: Packed, *, code: str, signer: Signer) -> list[bytes]:
    """Return the parts of a bookmark, in order; `code` names the code that folded.

    Raises:
        ValueError: The tables and the logs do not have the same sizes.
    """
    sizes = dict(zip(packed.logs, packed.sizes, strict=True))
    if any(sizes.get(name, 0) != mark.size for name, mark in state.logs.items()):
        raise ValueError("a bookmark is made of a picture and of logs at one moment")
    parts: dict[str, bytes] = {}
    covering: dict[str, list[list[Any]]] = {}
    for name, mark in sorted(state.logs.items()):
        parts[f"leaves {name}"] = mark.leaves
        parts[f"received {name}"] = mark.received.tobytes()
        parts[f"signed {name}"] = mark.signed
        lacking = array("q", (value for pair in sorted(mark.lacking) for value in pair))
        parts[f"lacking {name}"] = lacking.tobytes()
        covering[name] = [[cosigner, len(lines)] for cosigner, lines in sorted(mark.covering.items())]
        parts[f"covering {name}"] = b"".join(lines.raw() for _, lines in sorted(mark.covering.items()))
    parts |= {f"table {name}": packed.tables[name].tobytes() for name in TABLES}
    rest = {**state.rest, "covering": covering, "logs": list(packed.logs), "texts": list(packed.texts)}
    parts["rest"] = canonical.encode(rest)
    head = {
        "channel": state.channel,
        "code": code,
        "logs": [{"log": n, "root": _b64(m.root), "size": m.size} for n, m in sorted(state.logs.items())],
        "made": state.made,
        "member": state.member,
        "parts": [
            {"bytes": len(raw), "name": n, "sha256": _b64(hashlib.sha256(raw).digest())} for n, raw in parts.items()
        ],
    }
    text = f"{FIRST_LINE}\n{canonical.encode(head).decode()}\n"
    note = encode_note(Note(text, (sign_text(text, signer),)))
    return [b"%0*d\n" % (LENGTH_DIGITS, len(note)), note, *parts.values()]


def read(raw: bytes, *, channel: str, member: MemberId, code: str, key: PublicKey) -> Bookmark:
    """Return the bookmark that the bytes hold, every part compared with what the node's key signed.

    Raises:
        BookmarkRefused: Says what is wrong: damaged, cut off, of another channel, member, key or program.
    """
    try:
        return _read(memoryview(raw), channel=channel, member=member, code=code, key=key)
    except BookmarkRefused:
        raise
    except (Refused, ValueError, LookupError) as fault:
        raise BookmarkRefused(f"the bookmark is damaged: {fault}") from None


def _read(raw: memoryview, *, channel: str, member: MemberId, code: str, key: PublicKey) -> Bookmark:
    begin = LENGTH_DIGITS + 1
    length = bytes(raw[:begin])
    if not length[:-1].isdigit() or length[-1:] != b"\n" or int(length) > HEAD_BYTES_MAX:
        raise BookmarkRefused("the bookmark is damaged: it does not begin with a length")
    signed = bytes(raw[begin : begin + int(length)])
    note = parse_note(signed, where="bookmark", max_bytes=HEAD_BYTES_MAX)
    verify_note(note, known_keys([key]), strangers=Strangers.REFUSED, where="bookmark")
    first, line, end = note.text.split("\n")
    if first != FIRST_LINE or end:
        raise BookmarkRefused(f"the bookmark is of another form: {first[:80]}")
    head = Members(canonical.decode(line.encode(), where="bookmark"), where="bookmark")
    for what, found, wanted in (
        ("channel", head.text("channel"), channel),
        ("member", head.text("member"), str(member)),
        ("program", head.text("code"), code),
    ):
        if found != wanted:
            raise BookmarkRefused(f"the bookmark was made for another {what} ({found[:16]}…, this is {wanted[:16]}…)")
    made, parts = Instant(head.integer("made", least=0)), _parts(head, raw, begin + len(signed))
    rest = Members(canonical.decode(bytes(parts["rest"]), where="rest", size_max=REST_BYTES_MAX), where="rest")
    logs = {}
    for item in head.items("logs", least=0, most=4_096):
        one = Members(item, where="logs")
        name = one.text("log")
        logs[name] = _log(name, one.integer("size", least=0), one.binary("root", size=HASH_BYTES), parts, rest)
    names, texts = (tuple(map(str, rest.items(word, least=0, most=2**31))) for word in ("logs", "texts"))
    tables = {name: table_of(name, bytes(parts[f"table {name}"])) for name in TABLES}
    packed = Packed(names, tuple(logs[name].size if name in logs else 0 for name in names), texts, tables)
    claims, refusals = rest.members("claims"), rest.items("refusals", least=0, most=2**31)
    return Bookmark(
        signed,
        made,
        packed,
        logs,
        {log: _claims(claims.items(log, least=0, most=2**31)) for log in claims.names()},
        {(str(entry), int(slot)) for entry, slot in refusals},
    )


def _parts(head: Members, raw: memoryview, at: int) -> dict[str, memoryview]:
    parts = {}
    for item in head.items("parts", least=1, most=4_096):
        one = Members(item, where="parts")
        name, size = one.text("name"), one.integer("bytes", least=0)
        part = raw[at : at + size]
        at += size
        if len(part) != size or hashlib.sha256(part).digest() != one.binary("sha256", size=32):
            raise BookmarkRefused(f"the bookmark is damaged or cut off: {name} is not what was signed")
        parts[name] = part
    if at != len(raw):
        raise BookmarkRefused(f"the bookmark is damaged: {len(raw) - at} bytes stand behind its end")
    return parts


def _log(name: str, size: int, root: bytes, parts: Mapping[str, memoryview], rest: Members) -> LogMark:
    leaves, received = bytes(parts[f"leaves {name}"]), array("q", bytes(parts[f"received {name}"]))
    if len(leaves) != size * HASH_BYTES or len(received) != size:
        raise BookmarkRefused(f"the bookmark is damaged: {name} has not {size} leaves")
    lacking = array("q", bytes(parts[f"lacking {name}"]))
    signed = bytes(parts[f"signed {name}"])
    mark = LogMark(size, root, leaves, received, signed, set(zip(lacking[::2], lacking[1::2], strict=True)))
    at, stated = 0, bytes(parts[f"covering {name}"])
    for cosigner, count in rest.members("covering").items(name, least=0, most=4_096):
        mark.covering[str(cosigner)] = Statements.of(stated[at : at + count * Stated.BYTES])
        at += count * Stated.BYTES
    return mark


def _claims(items: Iterable[Any]) -> dict[int, dict[MemberId, bytes]]:
    found: dict[int, dict[MemberId, bytes]] = {}
    for size, root, witness in items:
        found.setdefault(size, {})[MemberId(witness)] = base64.b64decode(root, validate=True)
    return found


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
