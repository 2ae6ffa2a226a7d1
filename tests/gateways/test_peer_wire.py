"""Push and answer on the wire: what is written is read back, and any other bytes are refused, never a crash."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearline.channel.push import ENTRIES_MAX, Answer, CarriedBody, Push, RefusedBody, SealedBody
from clearline.errors import Malformed, Refused, TooLarge
from clearline.gateways.peer import wire
from clearline.records.words import MemberId

TEXTS = st.text(max_size=60).filter(lambda text: text.isprintable() or text == "")
BYTES = TEXTS.map(lambda text: text.encode("utf-8", "ignore"))
SIZES = st.integers(0, 2**53 - 1)
PUSHES = st.builds(
    Push,
    checkpoint=BYTES,
    first=SIZES,
    entries=st.lists(BYTES, max_size=5).map(tuple),
    bodies=st.lists(
        st.builds(
            CarriedBody,
            entry=st.integers(0, ENTRIES_MAX),
            slot=st.integers(0, 3),
            salt=st.binary(min_size=32, max_size=32),
            body=BYTES,
        ),
        max_size=4,
    ).map(tuple),
    sealed=st.lists(
        st.builds(
            SealedBody,
            entry=st.integers(0, ENTRIES_MAX),
            slot=st.integers(0, 3),
            to=st.sampled_from(("IL", "TR")),
            key=st.binary(min_size=8, max_size=8),
            sealed=st.binary(min_size=1, max_size=90),
        ),
        max_size=3,
    ).map(tuple),
)
ANSWERS = st.builds(
    Answer,
    size=SIZES,
    checkpoint=BYTES,
    cosignatures=st.lists(TEXTS, max_size=4).map(tuple),
    delivered=SIZES,
    refused=st.lists(st.builds(RefusedBody, SIZES, st.integers(0, 3), st.just("why")), max_size=3).map(tuple),
    missing=st.lists(st.tuples(SIZES, st.integers(0, 3)), max_size=3).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(PUSHES)
def test_a_push_is_read_back_as_it_was_written(push: Push) -> None:
    """Nothing of a push is lost or changed on the wire."""
    assert wire.decode_push(wire.encode_push(push)) == push


@given(ANSWERS)
def test_an_answer_is_read_back_as_it_was_written(answer: Answer) -> None:
    """Nothing of an answer is lost or changed on the wire."""
    assert wire.decode_answer(wire.encode_answer(answer)) == answer


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_value_or_a_refusal(raw: bytes) -> None:
    """The parsers are total."""
    for decode in (wire.decode_push, wire.decode_answer):
        try:
            decode(raw)
        except Refused:
            continue


@given(PUSHES, st.data())
def test_a_push_with_one_member_replaced_gives_a_value_or_a_refusal(push: Push, data: st.DataObject) -> None:
    """A wrong type at any place is refused by name."""
    value: dict[str, Any] = json.loads(wire.encode_push(push))
    name = data.draw(st.sampled_from(sorted(value)))
    value[name] = data.draw(JSON)
    try:
        wire.decode_push(json.dumps(value).encode())
    except Refused as refusal:
        assert name in refusal.message


@pytest.mark.parametrize("name", ["checkpoint", "from", "entries", "bodies"])
def test_a_missing_member_is_named(name: str) -> None:
    """A push without one of its members is refused, and the member named."""
    value = json.loads(wire.encode_push(Push(b"", 0, (), ())))
    del value[name]
    with pytest.raises(Malformed) as caught:
        wire.decode_push(json.dumps(value).encode())
    assert caught.value.where == f"/{name}"


def test_an_unknown_member_is_named() -> None:
    """A push says nothing that the format does not know."""
    value = json.loads(wire.encode_push(Push(b"", 0, (), ()))) | {"extra": 1}
    with pytest.raises(Malformed, match="/extra"):
        wire.decode_push(json.dumps(value).encode())


def test_a_push_above_the_bound_is_refused_unread() -> None:
    """A stranger cannot make a node decode without end."""
    with pytest.raises(TooLarge):
        wire.decode_push(b" " * (wire.WIRE_BYTES_MAX + 1))


def test_deep_nesting_is_refused() -> None:
    """A stranger cannot exhaust the stack."""
    with pytest.raises(Malformed):
        wire.decode_push(b'{"checkpoint":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@pytest.mark.parametrize(
    "filler", [b"[],", b"{},", b"1,", b'{"a":1},'], ids=["empty arrays", "empty objects", "numbers", "unknown members"]
)
@pytest.mark.parametrize("place", ["entries", "bodies", "sealed", "more"])
def test_a_large_push_of_anything_else_is_refused_at_its_first_spot(filler: bytes, place: str) -> None:
    """Megabytes of what no push holds cost nothing: the refusal comes before more than a part of it was read."""
    whole = b'{"checkpoint":"","from":0,"entries":[' + b'"e",' * 3 + b'"e"]'
    most = (wire.WIRE_BYTES_MAX - len(whole) - 40) // len(filler)
    raw = whole + f',"{place}":['.encode() + filler * most + filler[:-1] + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            wire.decode_push(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_a_large_push_is_read_as_a_small_one_is() -> None:
    """Above the size from which its shape is looked at first, what is written is read back too."""
    push = Push(b"check", 3, (b"e" * 60_000,) * 4, (CarriedBody(0, 0, b"s" * 32, b"b" * 90_000),))
    raw = wire.encode_push(push)
    assert len(raw) > wire.SHAPE_BYTES
    assert wire.decode_push(raw) == push
    sealed = Push(b"check", 3, (b"e" * 60_000,) * 2, (), (SealedBody(0, 1, MemberId("TR"), b"k" * 8, b"x" * 70_000),))
    assert wire.decode_push(wire.encode_push(sealed)) == sealed
