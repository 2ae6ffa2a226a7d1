"""Push and answer as JSON on the wire (`docs/adr/0002-the-bytes.md`); parsers are total and bounded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from clearline.channel.push import (
    ENTRIES_MAX,
    PUSH_BYTES_MAX,
    Ahead,
    Answer,
    CarriedBody,
    Push,
    RefusedBody,
    SealedBody,
)
from clearline.channel.statement import LEAF_BYTES_MAX
from clearline.errors import Malformed, Said, TooLarge
from clearline.records.canonical import BODY_BYTES_MAX
from clearline.records.reading import Members
from clearline.signing.keys import decode_base64
from clearline.signing.sealing import KEY_ID_BYTES, OVERHEAD_BYTES

WIRE_BYTES_MAX = 2 * PUSH_BYTES_MAX + BODY_BYTES_MAX
"""Bytes of a push as JSON: escapes may double a text, and one body may stand alone above the bound."""

BODIES_MAX = ENTRIES_MAX * 4
SEALED_TEXT_MAX = (BODY_BYTES_MAX + OVERHEAD_BYTES + 2) // 3 * 4
"""Characters of a sealed body in base64."""

SHAPE_BYTES = 64 * 2**10
"""Bytes up to which any JSON is read whole: it is told where its first fault is, and costs little."""

AHEAD_BYTES_MAX = 256 * 2**10
"""Bytes of an urgent entry: its note and a short body. What is longer is not for the first minute."""

_INDEX_MAX = 2**53 - 1


def encode_push(push: Push) -> bytes:
    """Return the JSON of a push."""
    return _dump(push_to_members(push))


def push_to_members(push: Push) -> dict[str, Any]:
    """Return the members of a push; what is sealed stands there only where there is any."""
    return {
        "checkpoint": push.checkpoint.decode(),
        "from": push.first,
        "entries": [note.decode() for note in push.entries],
        **_bodies(push.bodies, push.sealed),
    }


def decode_push(raw: bytes) -> Push:
    """Return the push that JSON bytes hold.

    Raises:
        TooLarge: More than `WIRE_BYTES_MAX` bytes.
        Malformed: Names the first fault by JSON Pointer.
    """
    _check_shape(raw)
    return push_from_members(_members(raw, "push"))


def push_from_members(members: Members) -> Push:
    """Return the push that members hold.

    Raises:
        TooLarge, Malformed: As `decode_push`.
    """
    push = Push(
        checkpoint=_bytes(members, "checkpoint"),
        first=members.integer("from", least=0, most=_INDEX_MAX),
        entries=tuple(
            _text_bytes(v, f"/entries/{i}", LEAF_BYTES_MAX)
            for i, v in enumerate(members.items("entries", most=ENTRIES_MAX))
        ),
        bodies=_opened(members),
        sealed=_sealed(members),
    )
    members.done()
    return push


def encode_ahead(ahead: Ahead) -> bytes:
    """Return the JSON of an urgent entry that travels ahead of its log."""
    return _dump({"note": ahead.note.decode(), **_bodies(ahead.bodies, ahead.sealed)})


def decode_ahead(raw: bytes) -> Ahead:
    """Return the urgent entry that JSON bytes hold.

    Raises:
        TooLarge: More than `AHEAD_BYTES_MAX` bytes.
        Malformed: Names the first fault by JSON Pointer.
    """
    members = _members(raw, "ahead", AHEAD_BYTES_MAX)
    ahead = Ahead(_bytes(members, "note"), _opened(members), _sealed(members))
    members.done()
    for entry in (*(b.entry for b in ahead.bodies), *(s.entry for s in ahead.sealed)):
        if entry != 0:
            raise Malformed(where="/bodies", found=entry, expected="entry 0: one entry travels ahead at a time")
    return ahead


def encode_answer(answer: Answer) -> bytes:
    """Return the JSON of an answer."""
    return _dump(answer_to_members(answer))


def answer_to_members(answer: Answer) -> dict[str, Any]:
    """Return the members of an answer."""
    return {
        "size": answer.size,
        "checkpoint": answer.checkpoint.decode(),
        "cosignatures": list(answer.cosignatures),
        "delivered": answer.delivered,
        "refused": [
            {"index": r.index, "slot": r.slot, "reason": r.reason, **({"lacking": True} if r.lacking else {})}
            for r in answer.refused
        ],
        "missing": [list(pair) for pair in answer.missing],
    }


def decode_answer(raw: bytes) -> Answer:
    """Return the answer that JSON bytes hold.

    Raises:
        TooLarge, Malformed: As `decode_push`.
    """
    return answer_from_members(_members(raw, "answer"))


def answer_from_members(members: Members) -> Answer:
    """Return the answer that members hold.

    Raises:
        TooLarge, Malformed: As `decode_push`.
    """
    answer = Answer(
        size=members.integer("size", least=0, most=_INDEX_MAX),
        checkpoint=_bytes(members, "checkpoint"),
        cosignatures=tuple(
            _text_bytes(v, f"/cosignatures/{i}", 1_000).decode()
            for i, v in enumerate(members.items("cosignatures", most=8))
        ),
        delivered=members.integer("delivered", least=0, most=_INDEX_MAX),
        refused=tuple(
            _refused(Members(v, where=f"/refused/{i}")) for i, v in enumerate(members.items("refused", most=BODIES_MAX))
        ),
        missing=tuple(_pair(v, f"/missing/{i}") for i, v in enumerate(members.items("missing", most=BODIES_MAX))),
    )
    members.done()
    return answer


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _bodies(bodies: Iterable[CarriedBody], sealed: Iterable[SealedBody]) -> dict[str, Any]:
    shut = [
        {"entry": s.entry, "key": _b64(s.key), "sealed": _b64(s.sealed), "slot": s.slot, "to": s.to} for s in sealed
    ]
    opened = [{"entry": b.entry, "slot": b.slot, "salt": _b64(b.salt), "body": b.body.decode()} for b in bodies]
    return {"bodies": opened, **({"sealed": shut} if shut else {})}


def _opened(members: Members) -> tuple[CarriedBody, ...]:
    given = members.items("bodies", most=BODIES_MAX)
    return tuple(_body(Members(v, where=f"/bodies/{i}")) for i, v in enumerate(given))


def _sealed(members: Members) -> tuple[SealedBody, ...]:
    given = members.items("sealed", most=BODIES_MAX) if members.has("sealed") else ()
    return tuple(_shut(Members(v, where=f"/sealed/{i}")) for i, v in enumerate(given))


def _shut(members: Members) -> SealedBody:
    text = members.raw("sealed", "a sealed body in base64")
    if not isinstance(text, str) or len(text) > SEALED_TEXT_MAX:
        raise Malformed(
            where=members.place("sealed"), found=text, expected=f"at most {SEALED_TEXT_MAX} characters of base64"
        )
    sealed = SealedBody(
        entry=members.integer("entry", least=0, most=ENTRIES_MAX),
        slot=members.integer("slot", least=0, most=3),
        to=members.member_id("to"),
        key=members.binary("key", size=KEY_ID_BYTES),
        sealed=decode_base64(text, where=members.place("sealed")),
    )
    members.done()
    return sealed


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _members(raw: bytes, what: str, limit: int = WIRE_BYTES_MAX) -> Members:
    if len(raw) > limit:
        raise TooLarge(where=what, size=len(raw), limit=limit, unit="bytes")
    try:
        return Members(json.loads(raw), where="")
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=what, found=Said(fault), expected="JSON") from None


class _Shape(msgspec.Struct, forbid_unknown_fields=True):
    """What stands where in a push, whatever it says."""

    class Opened(msgspec.Struct, forbid_unknown_fields=True):
        """A body that its bearer may read."""

        entry: int
        slot: int
        salt: str
        body: str

    class Sealed(msgspec.Struct, forbid_unknown_fields=True):
        """A body for its recipient alone."""

        entry: int
        slot: int
        to: str
        key: str
        sealed: str

    checkpoint: str
    first: int = msgspec.field(name="from")
    entries: list[str]
    bodies: list[Opened] = []
    sealed: list[Sealed] = []


def _check_shape(raw: bytes) -> None:
    """Refuse a large push that holds anything else than a push does, at the first spot: before it costs anything.

    Thirty-six megabytes of empty arrays or of member names cost a reader that takes any JSON ten seconds and a
    gigabyte, and nobody else is heard meanwhile.
    """
    if not SHAPE_BYTES < len(raw) <= WIRE_BYTES_MAX:
        return
    try:
        msgspec.json.decode(raw, type=_Shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise Malformed(where="push", found=Said(fault), expected="the members of a push") from None


def _bytes(members: Members, name: str) -> bytes:
    return _text_bytes(members.raw(name, "a note"), f"/{name}", LEAF_BYTES_MAX)


def _text_bytes(value: object, where: str, most: int) -> bytes:
    if not isinstance(value, str):
        raise Malformed(where=where, found=value, expected="a text")
    try:
        raw = value.encode()
    except UnicodeEncodeError:
        raise Malformed(where=where, found=value, expected="no lone surrogate") from None
    if len(raw) > most:
        raise TooLarge(where=where, size=len(raw), limit=most, unit="bytes")
    return raw


def _body(members: Members) -> CarriedBody:
    body = CarriedBody(
        entry=members.integer("entry", least=0, most=ENTRIES_MAX),
        slot=members.integer("slot", least=0, most=3),
        salt=members.binary("salt", size=32),
        body=_text_bytes(members.raw("body", "a body"), members.place("body"), BODY_BYTES_MAX),
    )
    members.done()
    return body


def _refused(members: Members) -> RefusedBody:
    refused = RefusedBody(
        members.integer("index", least=0, most=_INDEX_MAX),
        members.integer("slot", least=0, most=3),
        members.text("reason", most=1_000),
        members.flag("lacking") if members.has("lacking") else False,
    )
    members.done()
    return refused


def _pair(value: object, where: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not int:
        raise Malformed(where=where, found=value, expected="index and slot")
    return value[0], value[1]
