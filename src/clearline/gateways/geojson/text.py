"""JSON text of strangers: bytes to values, with nothing doubled, nothing infinite and nothing too deep."""

from __future__ import annotations

import json
from typing import Any

from clearline.errors import Malformed, Said

BOM = b"\xef\xbb\xbf"


class _Doubled(dict[str, Any]):
    """An object whose text named a member twice; kept only to say where."""

    member: str = ""


class _NoNumber:
    """A word such as NaN that some writers put where JSON has numbers; kept only to say where."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


def load(raw: bytes, *, where: str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises:
        Malformed: It is not UTF-8, begins with a byte order mark, is no JSON, names a member of an object twice,
            holds NaN or Infinity, a number outside double precision, or is nested too deep.

    Source: RFC 8259; RFC 7493 (I-JSON) sections 2.1 to 2.3 for doubled members, numbers and surrogates.
    """
    if raw.startswith(BOM):
        raise Malformed(where=where, found=raw[:3], expected="UTF-8 without a byte order mark")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        spot = f"{where}: byte {error.start}"
        raise Malformed(where=spot, found=raw[error.start : error.start + 4], expected="text in UTF-8") from None
    faults = _Faults()
    try:
        value = json.loads(text, object_pairs_hook=faults.pairs, parse_constant=faults.constant)
    except json.JSONDecodeError as error:
        spot = f"{where}: line {error.lineno}, column {error.colno}"
        found = text[error.pos : error.pos + 20] or "the end of the text"
        raise Malformed(where=spot, found=found, expected=f"JSON ({error.msg})") from None
    except RecursionError:
        raise Malformed(
            where=where, found=Said("arrays or objects nested too deep"), expected="plain GeoJSON"
        ) from None
    except ValueError as error:
        raise Malformed(
            where=where, found=Said(f"a number that cannot be read ({error})"), expected="numbers"
        ) from None
    if faults.any:
        _name_the_fault(value, where=where)
    return value


class _Faults:
    """Remembers that the decoder met something which JSON allows or Python adds, and this format does not."""

    def __init__(self) -> None:
        self.any = False

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        self.any = True
        doubled, seen = _Doubled(plain), set[str]()
        for name, _ in pairs:
            if name in seen:
                doubled.member = name
                break
            seen.add(name)
        return doubled

    def constant(self, word: str) -> _NoNumber:
        self.any = True
        return _NoNumber(word)


def _name_the_fault(value: Any, *, where: str) -> None:
    """Raise for the first doubled member or missing number in the value, in the order of the text."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        pointer, here = stack.pop()
        if isinstance(here, _Doubled):
            spot = place(where, f"{pointer}/{escaped(here.member)}")
            raise Malformed(where=spot, found=Said("the same member twice"), expected="each member of an object once")
        if isinstance(here, _NoNumber):
            raise Malformed(where=place(where, pointer), found=here, expected="a finite number or a text")
        if isinstance(here, dict):
            stack += [(f"{pointer}/{escaped(name)}", inner) for name, inner in reversed(here.items())]
        elif isinstance(here, list):
            stack += [(f"{pointer}/{at}", here[at]) for at in range(len(here) - 1, -1, -1)]
    # A fault in the value of a member that was given twice: the later value hid it.
    raise Malformed(where=where, found=Said("NaN, Infinity or a doubled member"), expected="JSON as RFC 7493 has it")


def escaped(name: str) -> str:
    """Return the name as one step of a JSON Pointer, on one line. Source: RFC 6901, section 3."""
    return "".join(c if c.isprintable() else "?" for c in name[:60]).replace("~", "~0").replace("/", "~1")


def place(where: str, pointer: str) -> str:
    """Return the words for a spot in a file: file, number of the feature, JSON Pointer."""
    parts = pointer.split("/")
    if len(parts) > 2 and parts[1] == "features":
        return f"{where}: feature {parts[2]}, {pointer}"
    return f"{where}: {pointer}" if pointer else where
