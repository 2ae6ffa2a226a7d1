"""Canonical JSON: one value, one spelling; everything else is refused with its place."""

from __future__ import annotations

import contextlib
import json
import random
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from clearline.errors import Malformed, Refused, TooLarge
from clearline.records import canonical
from clearline.records.canonical import DEPTH_MAX, INTEGER_MAX


def nested(depth: int, kind: str) -> bytes:
    return (b"[" * depth + b"]" * depth) if kind == "list" else (b'{"a":' * depth + b"0" + b"}" * depth)


GOOD = {
    b"null": None,
    b"true": True,
    b"0": 0,
    b"-1": -1,
    b"9007199254740991": INTEGER_MAX,
    b"-9007199254740991": -INTEGER_MAX,
    b'""': "",
    b'"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"': '"\\/\b\f\n\r\t\x00\x1f\x7f',
    '"Türkiye €𐍈\u2028"'.encode(): "Türkiye €𐍈\u2028",
    b"[]": [],
    b'[1,[],{"a":[]}]': [1, [], {"a": []}],
    b'{"B":1,"a":{"x":"y"},"b":2}': {"b": 2, "a": {"x": "y"}, "B": 1},
}


@pytest.mark.parametrize("raw", GOOD)
def test_one_spelling(raw: bytes) -> None:
    """What is canonical decodes, and encodes to the same bytes again."""
    assert canonical.decode(raw, where="x") == GOOD[raw]
    assert canonical.encode(GOOD[raw]) == raw


BAD = {
    "nothing": b"",
    "text that is no JSON": b"hello",
    "a byte order mark": b"\xef\xbb\xbf1",
    "no UTF-8": b'"\xff"',
    "white space": b'{"a": 1}',
    "white space before": b" 1",
    "a newline after": b"1\n",
    "members out of order": b'{"b":1,"a":2}',
    "a member twice": b'{"a":1,"a":1}',
    "a member twice, one nested": b'{"a":{"x":1,"x":2}}',
    "a fraction": b"1.5",
    "a whole fraction": b"[1.0]",
    "an exponent": b"1e3",
    "minus nothing": b"-0",
    "a leading zero": b"01",
    "a plus": b"+1",
    "an integer of 2^53": b"9007199254740992",
    "an integer of -2^53": b'{"a":-9007199254740992}',
    "an integer of 2^53 in a list": b"[1,9007199254740992]",
    "a number of ten thousand digits": b"1" * 10_000,
    "NaN": b"NaN",
    "infinity": b"[Infinity]",
    "minus infinity": b'{"a":-Infinity}',
    "a member name outside ASCII": '{"ü":1}'.encode(),
    "an escape that is none": b'"\\u0041"',
    "an upper case escape": b'"\\u001F"',
    "a long escape of a newline": b'"\\u000a"',
    "an escaped slash": b'"\\/"',
    "a lone surrogate": b'"\\ud800"',
    "a lone surrogate in a list": b'["\\udfff"]',
    "a lone surrogate in a name": b'{"\\ud800":1}',
    "an escaped pair": b'"\\ud83d\\ude00"',
    "a raw control character": b'"\x01"',
    "a comma too many": b"[1,]",
    "two values": b"1 2",
    "too deep a list": nested(DEPTH_MAX + 1, "list"),
    "too deep an object": nested(DEPTH_MAX + 1, "object"),
    "a list that would exhaust the stack": nested(100_000, "list"),
    "an object that would exhaust the stack": nested(100_000, "object"),
    "an unfinished list": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BAD)
def test_every_other_spelling_is_refused(name: str) -> None:
    """No bytes but the canonical ones stand for a value, and no bytes crash the reader."""
    with pytest.raises(Malformed) as caught:
        canonical.decode(BAD[name], where="body")
    assert caught.value.where.startswith("body")
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("kind", ["list", "object"])
def test_nesting_up_to_the_limit(kind: str) -> None:
    raw = nested(DEPTH_MAX, kind)
    assert canonical.encode(canonical.decode(raw, where="x")) == raw


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), {"ü": 1}, {1: 2}, "\ud800", ["\udfff"], (1,), b"x", {"a": {1}}, object()],
)
def test_what_has_no_spelling_is_not_written(value: object) -> None:
    with pytest.raises(Malformed):
        canonical.encode(value)


def test_true_is_no_integer() -> None:
    assert canonical.encode([True, 1, False, 0]) == b"[true,1,false,0]"


def test_the_limit_of_size() -> None:
    """Exactly the limit is taken, one byte more is not."""
    raw = b'"' + b"x" * 98 + b'"'
    assert canonical.decode(raw, where="x", size_max=100)
    with pytest.raises(TooLarge, match="100 bytes"):
        canonical.decode(raw[:-1] + b'x"', where="x", size_max=100)


def test_the_place_of_a_fault_is_a_json_pointer() -> None:
    for raw, place in ((b'{"a":[1,{"b":9007199254740992}]}', "x/a/1/b"), ('{"a":{"ü":1}}'.encode(), "x/a/ü")):
        with pytest.raises(Malformed) as caught:
            canonical.decode(raw, where="x")
        assert caught.value.where == place
    with pytest.raises(Malformed, match="byte 5"):
        canonical.decode(b'{"a": 1}', where="x")


def test_random_values_and_random_spoiling() -> None:
    """Any value comes back; any one-byte change is refused or is another value's one spelling."""
    numbers = random.Random(1)

    def value(depth: int) -> object:
        match numbers.randint(0, 6 if depth else 4):
            case 0:
                return numbers.randint(-INTEGER_MAX, INTEGER_MAX)
            case 1:
                return "".join(
                    chr(numbers.choice((numbers.randint(0, 0xD7FF), numbers.randint(0, 127)))) for _ in range(4)
                )
            case 2:
                return numbers.choice((True, False, None))
            case 3 | 4:
                return numbers.randint(0, 9)
            case 5:
                return [value(depth - 1) for _ in range(numbers.randint(0, 4))]
            case _:
                return {chr(numbers.randint(0, 127)): value(depth - 1) for _ in range(numbers.randint(0, 4))}

    for _ in range(500):
        made = value(4)
        raw = canonical.encode(made)
        assert canonical.decode(raw, where="x") == made == json.loads(raw)
        at = numbers.randrange(len(raw))
        spoilt = raw[:at] + bytes((numbers.randint(0, 255),)) + raw[at + 1 :]
        try:
            assert canonical.encode(canonical.decode(spoilt, where="x")) == spoilt
        except Malformed:
            continue


def work_of(act: Callable[[], object]) -> int:
    """Return how many functions of the reader, Python's and its library's, an act calls: work, whatever the clock."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with contextlib.suppress(Refused):
            act()
    finally:
        sys.setprofile(None)
    return calls


def filled(unit: bytes) -> bytes:
    """Return a body of full size that repeats one value."""
    count = (canonical.BODY_BYTES_MAX - 32) // (len(unit) + 1)
    return b'{"a":[' + b",".join([unit] * count) + b"]}"


@pytest.mark.parametrize("unit", [b"[]", b"{}", b"[0,0]", b'{"a":0}', b"[" * 28 + b"]" * 28, b'""', b"0"])
def test_a_body_of_nothing_but_values_costs_nothing(unit: bytes) -> None:
    """Four mebibytes of the smallest values are refused by name, before anything of them is read."""
    raw = filled(unit)
    with pytest.raises(TooLarge, match=r"values|objects and arrays"):
        canonical.decode(raw, where="body")
    assert work_of(lambda: canonical.decode(raw, where="body")) < 50


@pytest.mark.parametrize("unit", [b"[]", b"{}", b"[" * 28 + b"]" * 28])
def test_the_densest_body_that_is_read_has_bounded_work(unit: bytes) -> None:
    """Right at the bound each object and array costs a call or two, and no more."""
    most = canonical.BODY_BYTES_MAX // canonical.BYTES_A_CONTAINER
    raw = b'{"a":[' + b",".join([unit] * ((most - 2) // unit.count(unit[:1]))) + b"]}"
    assert raw.count(b"[") + raw.count(b"{") <= most
    work = work_of(lambda: canonical.decode(raw, where="body"))
    assert most // 2 < work <= 3 * most
    one_more = raw[:-2] + b"," + b",".join([b"[]"] * 64) + b"]}"
    assert work_of(lambda: canonical.decode(one_more, where="body")) < 50


def test_the_largest_notice_is_read() -> None:
    """A hundred thousand vertices, as an officer's planning system may give them, are well within the bounds."""
    rings = [[383_170_000 + n, 345_570_000 - n] for n in range(100_000)]
    raw = canonical.encode({"volumes": [{"rings": [rings]}]})
    assert canonical.decode(raw, where="body") == {"volumes": [{"rings": [rings]}]}
