"""Any bytes at all, read as a bundle or as a write-ahead log, give a value or a refusal; nothing crashes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.channel.proof.proving import prove
from clearline.channel.roster import roster_from_genesis
from clearline.errors import Refused
from clearline.gateways.bundle.reading import Bundle
from clearline.records import canonical
from clearline.store.wal import damage_in

GOLDEN = (Path(__file__).parents[1] / "golden" / "bundle.jsonl").read_bytes()
LINES = GOLDEN.splitlines(keepends=True)
ROSTER = roster_from_genesis((Path(__file__).parents[1] / "golden" / "genesis.note").read_bytes(), where="golden")

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["entry", "log", "index"]), inner),
    max_leaves=5,
)
members = st.sampled_from(
    [
        "body",
        "checkpoint",
        "clearline",
        "end",
        "entry",
        "genesis",
        "index",
        "lines",
        "log",
        "made",
        "member",
        "salt",
        "slot",
    ]
)
lines = st.one_of(
    st.sampled_from(LINES),
    st.dictionaries(members, values, max_size=5).map(lambda value: canonical.encode(value) + b"\n"),
    st.binary(max_size=40),
)


def read(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        path.write_bytes(raw)
        try:
            bundle = Bundle(path)
        except Refused as fault:
            assert fault.message
            return
        prove(ROSTER, bundle)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=12))
def test_any_lines_are_read_or_refused(parts: list[bytes]) -> None:
    """Lines that are wrong in themselves, or in their order, are refused by number."""
    read(b"".join(parts))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.lists(lines, max_size=2), st.integers(0, 3))
def test_a_bundle_with_lines_exchanged(at: int, put: list[bytes], dropped: int) -> None:
    """What keeps its form is proven or not; either way there is an answer."""
    read(b"".join([*LINES[:at], *put, *LINES[at + dropped :]]))


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=5_000),
    st.sampled_from([b"", bytes.fromhex("377f0682002de21800000200"), bytes.fromhex("377f0683")]),
)
def test_any_write_ahead_log(raw: bytes, start: bytes) -> None:
    """The look at SQLite's log takes whatever a damaged disk gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite-wal"
        path.write_bytes(start + raw)
        assert isinstance(damage_in(path), str)
