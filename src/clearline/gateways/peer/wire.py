"""Push and answer as JSON on the wire (`docs/adr/0002-the-bytes.md`); parsers are total and bounded."""

from __future__ import annotations

import base64
import json
from typing import Any

from clearline.channel.push import ENTRIES_MAX, PUSH_BYTES_MAX, Answer, CarriedBody, Push, RefusedBody
from clearline.channel.statement import LEAF_BYTES_MAX
from clearline.errors import Malformed, Said, TooLarge
from clearline.records.canonical import BODY_BYTES_MAX
from clearline.records.reading import Members

WIRE_BYTES_MAX = 2 * PUSH_BYTES_MAX + BODY_BYTES_MAX
"""Bytes of a push as JSON: escapes may double a text, and one body may stand alone above the bound."""

BODIES_MAX = ENTRIES_MAX * 4
_INDEX_MAX = 2**53 - 1


def encode_push(push: Push) -> bytes:
    """Return the JSON of a push."""
    return _dump(
        {
            "checkpoint": push.checkpoint.decode(),
            "from": push.first,
            "entries": [note.decode() for note in push.entries],
            "bodies": [
                {"entry": b.entry, "slot": b.slot, "salt": base64.b64encode(b.salt).decode(), "body": b.body.decode()}
                for b in push.bodies
            ],
        }
    )


def decode_push(raw: bytes) -> Push:
    """Return the push that JSON bytes hold.

    Raises:
        TooLarge: More than `WIRE_BYTES_MAX` bytes.
        Malformed: Names the first fault by JSON Pointer.
    """
    members = _members(raw, "push")
    push = Push(
        checkpoint=_bytes(members, "checkpoint"),
        first=members.integer("from", least=0, most=_INDEX_MAX),
        entries=tuple(
            _text_bytes(v, f"/entries/{i}", LEAF_BYTES_MAX)
            for i, v in enumerate(members.items("entries", most=ENTRIES_MAX))
        ),
        bodies=tuple(
            _body(Members(v, where=f"/bodies/{i}")) for i, v in enumerate(members.items("bodies", most=BODIES_MAX))
        ),
    )
    members.done()
    return push


def encode_answer(answer: Answer) -> bytes:
    """Return the JSON of an answer."""
    return _dump(
        {
            "size": answer.size,
            "checkpoint": answer.checkpoint.decode(),
            "cosignatures": list(answer.cosignatures),
            "delivered": answer.delivered,
            "refused": [{"index": r.index, "slot": r.slot, "reason": r.reason} for r in answer.refused],
            "missing": [list(pair) for pair in answer.missing],
        }
    )


def decode_answer(raw: bytes) -> Answer:
    """Return the answer that JSON bytes hold.

    Raises:
        TooLarge, Malformed: As `decode_push`.
    """
    members = _members(raw, "answer")
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


def _members(raw: bytes, what: str) -> Members:
    if len(raw) > WIRE_BYTES_MAX:
        raise TooLarge(where=what, size=len(raw), limit=WIRE_BYTES_MAX, unit="bytes")
    try:
        return Members(json.loads(raw), where="")
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=what, found=Said(fault), expected="JSON") from None


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
    )
    members.done()
    return refused


def _pair(value: object, where: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not int:
        raise Malformed(where=where, found=value, expected="index and slot")
    return value[0], value[1]
