"""Carried files: both ways, twice, torn, out of order, over a link without a way back; always by the same checks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.channel.node import Node
from clearline.errors import Malformed, Refused
from clearline.gateways.carry.taking import NotForUs, Report, take_file
from clearline.gateways.carry.writing import PART_BYTES_LEAST, PartTooSmall, write_part
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Side
from clearline.volumes.instant import Instant

Result = TypeVar("Result")
MARKER = "ZEBRA-MARKER-7731"
IL, TR = MemberId("IL"), MemberId("TR")


class Steps:
    """Runs steps on one node of a `Side` and keeps what they wrote, as a running node does."""

    def __init__(self, side: Side, name: str) -> None:
        self.side, self.name = side, name

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        try:
            return step(self.side.nodes[self.name], self.side.at)
        finally:
            self.side.keep(self.name)

    def randomness(self, count: int) -> bytes:
        return self.side.random(count)


def say(side: Side, name: str, text: str = MARKER, *, to: str = "IL") -> None:
    side.desk(name).message(Message(Precedence.ROUTINE, "en", text), to=[MemberId(to)])
    side.keep(name)


def parts(side: Side, source: str, target: str, *, from_start: bool = False, most: int = 2**20) -> list[bytes]:
    """Return every part of what is due."""
    found: list[bytes] = []
    start: dict[str, int] = {}
    while True:
        part = write_part(
            side.nodes[source],
            MemberId(target),
            at=side.at,
            number=len(found) + 1,
            start=start,
            from_start=from_start,
            bytes_max=most,
        )
        side.keep(source)
        found.append(part.raw)
        if part.following is None:
            return found
        start = dict(part.following)


def take(side: Side, target: str, raw: bytes, spool: Path) -> Report:
    return asyncio.run(take_file(Steps(side, target), raw, spool))


def held(side: Side, name: str, log: str = "TR/main") -> tuple[int, int]:
    one = side.nodes[name].logs[log]
    return one.size, one.delivered


def test_a_stick_there_and_back_delivers(tmp_path: Path) -> None:
    """What one stick brings, the next one answers: the sender holds the recipient's own delivery cosignature."""
    side = Side()
    for number in range(3):
        say(side, "TR", f"{MARKER} {number}")
    (there,) = parts(side, "TR", "IL")
    assert MARKER.encode() not in there
    report = take(side, "IL", there, tmp_path / "il")
    assert (report.torn, report.refused, report.early, report.last) == ("", [], 0, True)
    assert held(side, "IL") == (3, 3) and report.logs["TR/main"].new == 3
    assert len(side.nodes["IL"].picture.messages) == 3
    side.later(3_600_000)
    (back,) = parts(side, "IL", "TR")
    report = take(side, "TR", back, tmp_path / "tr")
    assert report.answered["TR/main"] == (3, 3) and report.refused == []
    assert side.nodes["TR"].own("main").cosigned(f"clearline/{side.roster.channel}/IL/delivery") == 3
    assert side.nodes["TR"].peers[IL].acked["main"] == 3
    (again,) = parts(side, "TR", "IL")
    assert b'"entries":[]' in again, "what is known to be held is not carried again"


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    side = Side()
    say(side, "TR")
    (raw,) = parts(side, "TR", "IL")
    take(side, "IL", raw, tmp_path)
    before = side.nodes["IL"].picture.value()
    report = take(side, "IL", raw, tmp_path)
    assert (report.logs["TR/main"].new, report.refused, report.torn) == (0, [], "")
    assert side.nodes["IL"].picture.value() == before and held(side, "IL") == (1, 1)


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2), (0, 2, 2, 1, 0)])
def test_parts_come_in_any_order_and_more_than_once(tmp_path: Path, order: tuple[int, ...]) -> None:
    """A part that comes too early waits at the node, over a restart too, and is taken when its turn comes."""
    side = Side()
    for number in range(60):
        say(side, "TR", f"{number} " + "x" * 7_500)
    made = parts(side, "TR", "IL", from_start=True, most=PART_BYTES_LEAST)
    assert len(made) >= 3 and all(len(raw) <= PART_BYTES_LEAST for raw in made)
    for number in order:
        if number < len(made):
            report = take(side, "IL", made[number], tmp_path)
            side.restart("IL")
    for raw in made[3:]:
        report = take(side, "IL", raw, tmp_path)
    assert (report.early, held(side, "IL")) == (0, (60, 60))
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".new"]


def test_a_link_without_a_way_back_starts_from_the_first_entry(tmp_path: Path) -> None:
    """Files overlap, and one that was lost is made good by the next."""
    side = Side()
    say(side, "TR", "one")
    parts(side, "TR", "IL", from_start=True)
    say(side, "TR", "two")
    (second,) = parts(side, "TR", "IL", from_start=True)
    take(side, "IL", second, tmp_path)
    assert held(side, "IL") == (2, 2)


def test_an_opened_body_in_a_file_is_refused(tmp_path: Path) -> None:
    """A stick can be found: nothing travels open on it, and nothing open is taken from it."""
    side = Side()
    say(side, "TR")
    (raw,) = parts(side, "TR", "IL")
    lines = raw.split(b"\n")
    index = next(i for i, line in enumerate(lines) if b'"sealed":[' in line)
    value = json.loads(lines[index])
    value["push"]["bodies"] = [{"body": "{}", "entry": 0, "salt": "A" * 43 + "=", "slot": 0}]
    from clearline.records import canonical

    lines[index] = canonical.encode(value)
    report = take(side, "IL", b"\n".join(lines), tmp_path)
    assert "sealed bodies alone" in report.torn and held(side, "IL") == (0, 0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_torn_or_changed_file_gives_whole_pushes_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Wherever it is cut or changed, it is named, and what was taken is what the author signed."""
    side, raw = _made()
    spot = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        broken = raw[:spot]
    else:
        broken = raw[:spot] + bytes([raw[spot] ^ data.draw(st.integers(1, 255))]) + raw[spot + 1 :]
    fresh = Side(seed="carry")
    fresh.at = side.at
    try:
        report = take(fresh, "IL", broken, tmp_path_factory.mktemp("spool"))
    except NotForUs:
        assert held(fresh, "IL") == (0, 0)
        return
    assert report.torn or report.refused
    size, _ = held(fresh, "IL")
    assert size in (0, 2)
    if size:
        mine, theirs = (one.logs["TR/main"].root_at(2) for one in (fresh.nodes["IL"], side.nodes["TR"]))
        assert mine == theirs
    assert not fresh.nodes["IL"].alarms, "a torn file accuses nobody"


def _made() -> tuple[Side, bytes]:
    side = Side(seed="carry")
    say(side, "TR", "one")
    say(side, "TR", "two")
    return side, parts(side, "TR", "IL")[0]


def test_a_file_for_somebody_else_is_refused_by_name(tmp_path: Path) -> None:
    side = Side(FIVE)
    say(side, "TR")
    (raw,) = parts(side, "TR", "IL")
    with pytest.raises(NotForUs, match="for IL, this node is that of UN"):
        take(side, "UN", raw, tmp_path)
    other = Side(FIVE, seed="another")
    with pytest.raises(NotForUs, match="of channel"):
        take(other, "IL", raw, tmp_path)
    for nothing in (b"", b"{}\n", b"\xff\x00", raw[1:]):
        with pytest.raises(NotForUs, match="no carried file"):
            take(side, "IL", nothing, tmp_path)


def test_sealed_bodies_swapped_between_recipients_are_refused_by_name(tmp_path: Path) -> None:
    """IL is given what was sealed to UN: it does not open, is never delivered, and IL says so in its own log."""
    side = Side(FIVE)
    side.desk("TR").message(Message(Precedence.ROUTINE, "en", MARKER), to=[IL, MemberId("UN")])
    side.keep("TR")
    to_il, to_un = (parts(side, "TR", name)[0] for name in ("IL", "UN"))
    mixed = _with_sealed_of(to_il, to_un)
    report = take(side, "IL", mixed, tmp_path)
    assert report.torn, "the file was changed, and says so"
    assert held(side, "IL") == (1, 0) and not side.nodes["IL"].picture.messages
    own = side.nodes["IL"].own("main")
    assert own.size == 1, "a body_refused entry"
    (refusal,) = (r for given in side.nodes["IL"].picture.refused.values() for _, r in given.values())
    assert (refusal.lacking and "does not open" in refusal.reason) or "does not hold" in refusal.reason
    # The honest file still comes through, and delivery ends the refusal.
    take(side, "IL", to_il, tmp_path)
    assert held(side, "IL") == (1, 1) and len(side.nodes["IL"].picture.messages) == 1


def _with_sealed_of(raw: bytes, other: bytes) -> bytes:
    """Return a file with the sealed bytes of another, still addressed as they were."""
    from clearline.records import canonical

    lines, strange = raw.split(b"\n"), other.split(b"\n")
    index = next(i for i, line in enumerate(lines) if b'"sealed":[' in line)
    value, found = json.loads(lines[index]), next(json.loads(line) for line in strange if b'"sealed":[' in line)
    value["push"]["sealed"][0]["sealed"] = found["push"]["sealed"][0]["sealed"]
    lines[index] = canonical.encode(value)
    return b"\n".join(lines)


def test_bounds_of_a_part(tmp_path: Path) -> None:
    side = Side()
    say(side, "TR")
    with pytest.raises(Malformed, match="another member"):
        write_part(side.nodes["TR"], TR, at=side.at)
    with pytest.raises(Malformed, match="bytes"):
        write_part(side.nodes["TR"], IL, at=side.at, bytes_max=PART_BYTES_LEAST - 1)
    with pytest.raises(Refused):
        take(side, "IL", b"x" * (50 * 2**20), tmp_path)


def test_an_entry_that_no_part_can_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clearline.gateways.carry.writing.PART_BYTES_LEAST", 2_000)
    side = Side()
    say(side, "TR", "x" * 7_900)
    with pytest.raises(PartTooSmall, match="entry 0 of TR/main"):
        write_part(side.nodes["TR"], IL, at=side.at, bytes_max=4_000)
