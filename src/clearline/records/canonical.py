"""Canonical JSON: one value, one spelling.

Source: RFC 8785 (JCS), narrowed to integers below 2^53 and ASCII member names, so that sorting by code unit and
by byte agree and no two languages can differ about a number.
"""

from __future__ import annotations

import json
from typing import Any

from clearline.errors import Malformed, Said, TooLarge

INTEGER_MAX = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259 §6)."""

DEPTH_MAX = 32
"""Levels of objects and arrays one in another: records need eight; more is a way to exhaust a reader's stack."""

BODY_BYTES_MAX = 4 * 1024 * 1024
"""Bytes of one body: a notice of 100,000 vertices needs about 2.5 MB."""

BYTES_A_VALUE = 4
BYTES_A_CONTAINER = 16
"""A reader's work goes by values, not by bytes: so many bytes of what may be read stand for one value, and for one
object or array, at the least. A vertex takes some 22 bytes for one array and two numbers; 4 MiB of `[[[[…` took 2 s."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode(value: Any) -> bytes:
    """Return the canonical bytes of `value`, made of dict, list, str, int, bool and None.

    Raises:
        Malformed: A float, an integer out of range, a member name outside ASCII, a lone surrogate, or nesting
            deeper than `DEPTH_MAX`.
    """
    _check(value, "", 0)
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed(where="/", found=error.object[error.start : error.end], expected="no lone surrogate") from None


def decode(raw: bytes, *, where: str, size_max: int = BODY_BYTES_MAX) -> Any:
    """Return the value of canonical bytes.

    Raises:
        TooLarge: More than `size_max` bytes, or more values than so many bytes may hold; found before anything is read.
        Malformed: Not JSON, or not the canonical spelling of its value.
    """
    if len(raw) > size_max:
        raise TooLarge(where=where, size=len(raw), limit=size_max, unit="bytes")
    # Counted in texts too, so these are upper bounds; what officers write has far fewer.
    containers = raw.count(b"[") + raw.count(b"{")
    if containers > size_max // BYTES_A_CONTAINER:
        raise TooLarge(where=where, size=containers, limit=size_max // BYTES_A_CONTAINER, unit="objects and arrays")
    values = containers + raw.count(b",")
    if values > size_max // BYTES_A_VALUE:
        raise TooLarge(where=where, size=values, limit=size_max // BYTES_A_VALUE, unit="values")
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
        again = encode(value)
    except RecursionError:
        raise Malformed(where=where, found=Said("deep nesting"), expected=f"at most {DEPTH_MAX} levels") from None
    except Malformed as error:
        raise Malformed(where=where + error.where, found=Said(error.found), expected=error.expected) from None
    except ValueError as error:
        raise Malformed(where=where, found=Said(error), expected="canonical JSON") from None
    if again != raw:
        spot = next((i for i, (x, y) in enumerate(zip(raw, again, strict=False)) if x != y), min(len(raw), len(again)))
        raise Malformed(
            where=f"{where}, byte {spot}",
            found=raw[max(0, spot - 10) : spot + 10],
            expected="the canonical spelling (sorted members, no white space, each member once)",
        )
    return value


def decode_stored(raw: bytes, *, where: str) -> Any:
    """Return the value of bytes that were proven canonical when they came in and stand under a hash since.

    Raises:
        Malformed: Not JSON: the store is damaged.
    """
    import msgspec

    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(where=where, found=Said(error), expected="canonical JSON") from None


def _no_float(text: str) -> Any:
    raise Malformed(where="", found=text, expected="integers only")


def _check(value: Any, where: str, depth: int) -> None:
    kind = type(value)
    if depth >= DEPTH_MAX and (kind is dict or kind is list):
        raise Malformed(where=where or "/", found=Said("deep nesting"), expected=f"at most {DEPTH_MAX} levels")
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                raise Malformed(where=f"{where}/{name}", found=name, expected="a member name in ASCII")
            # Scalars are the many: they are judged here, without a call each.
            if type(item) is str or (type(item) is int and -INTEGER_MAX <= item <= INTEGER_MAX):
                continue
            _check(item, f"{where}/{name}", depth + 1)
    elif kind is list:
        for index, item in enumerate(value):
            if type(item) is str or (type(item) is int and -INTEGER_MAX <= item <= INTEGER_MAX):
                continue
            _check(item, f"{where}/{index}", depth + 1)
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise Malformed(where=where or "/", found=value, expected="an integer below 2^53 in size")
    elif not (kind is str or kind is bool or value is None):
        raise Malformed(where=where or "/", found=value, expected="object, array, text, integer, true, false or null")
