"""A sealed push and a carried file as they were once written: whatever changes, they must open and be taken."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from clearline.channel.line.sealed import seal_push
from clearline.gateways.carry.taking import take_file
from clearline.gateways.carry.writing import write_part
from clearline.gateways.peer.wire import decode_push, encode_push
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.testing.pair import Side

HERE = Path(__file__).parent / "sealed"
PUSH, CARRIED = HERE / "push.json", HERE / "carried.jsonl"
IL, TR = MemberId("IL"), MemberId("TR")


@pytest.fixture(scope="module", autouse=True)
def written() -> None:
    """Write the files anew where that is asked for: their sealing is random, so no two are the same."""
    if os.environ.get("CLEARLINE_WRITE_GOLDEN") != "1":
        return
    side = Side(seed="golden sealed")
    side.desk("TR").message(Message(Precedence.ROUTINE, "en", "sealed"), to=[IL])
    side.keep("TR")
    node = side.nodes["TR"]
    node.peers[IL].acked["main"] = 0
    push = seal_push(node.next_push(IL, "main"), to=IL, key=side.roster.sealing_key(IL))
    PUSH.write_bytes(encode_push(push) + b"\n")
    CARRIED.write_bytes(write_part(node, IL, at=side.at).raw)


def test_the_golden_sealed_push_opens_and_is_taken() -> None:
    raw = PUSH.read_bytes().rstrip(b"\n")
    push = decode_push(raw)
    assert encode_push(push) == raw and not push.bodies and len(push.sealed) == 1
    side = Side(seed="golden sealed")
    answer = side.give("IL", push, carrier=None)
    assert (answer.size, answer.delivered) == (1, 1)
    ((_, message),) = side.nodes["IL"].picture.messages.values()
    assert message.text == "sealed"


def test_the_golden_carried_file_is_taken(tmp_path: Path) -> None:
    side = Side(seed="golden sealed")

    class Steps:
        async def do(self, step, *, who="", urgent=False):  # type: ignore[no-untyped-def]
            result = step(side.nodes["IL"], side.at)
            side.keep("IL")
            return result

        def randomness(self, count: int) -> bytes:
            return side.random(count)

    report = asyncio.run(take_file(Steps(), CARRIED.read_bytes(), tmp_path))
    assert (report.torn, report.refused, report.last) == ("", [], True)
    assert side.nodes["IL"].logs["TR/main"].delivered == 1
