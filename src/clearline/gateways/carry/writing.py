"""Writing a carried file: one part at a time, each complete in itself and of bounded size."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clearline.channel.line.sealed import key_to, seal_push
from clearline.channel.node import Node
from clearline.channel.pushing import answer_now, delivered_to, push_from
from clearline.errors import Malformed, Refused, Said
from clearline.gateways.peer import wire
from clearline.records import canonical
from clearline.records.header import base_log
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

FIRST: Final = "carry/v1"

PART_BYTES_LEAST: Final = 256 * 2**10
PART_BYTES: Final = 16 * 2**20
PART_BYTES_MAX: Final = 48 * 2**20
"""Bytes of a part: no less than a few dozen entries need, by default what any mail gateway takes, at most what a node
reads at one time; the longest body, sealed, has 6 MiB."""

PARTS_MAX: Final = 9_999


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its bytes, and from where the next one goes on by log, or `None` where this is the last."""

    raw: bytes
    number: int
    following: Mapping[str, int] | None


class PartTooSmall(Refused):
    """One entry with its bodies does not fit into a part of this size."""

    slug, title, status = "part-too-small", "Part too small", 422


def write_part(
    node: Node,
    to: MemberId,
    *,
    at: Instant,
    number: int = 1,
    start: Mapping[str, int] | None = None,
    from_start: bool = False,
    bytes_max: int = PART_BYTES,
) -> Part:
    """Return one part of what is due to a member: urgent logs first, bodies sealed, its own logs answered.

    Args:
        node: The node.
        to: For whom.
        at: Now, by the own clock.
        number: The number of this part, from 1.
        start: From where each log goes on, as the part before said; nothing for the first.
        from_start: Begin with the first entry, whatever the member is known to hold: for a link without a way back.
        bytes_max: Bytes of the part.

    Raises:
        Malformed: There is no such other member, or a number is out of its bounds.
        PartTooSmall: An entry does not fit.
    """
    if to not in node.peers:
        others = ", ".join(sorted(node.peers))
        raise Malformed(where="to", found=to, expected=f"another member of this channel: {others}")
    if not PART_BYTES_LEAST <= bytes_max <= PART_BYTES_MAX or not 1 <= number <= PARTS_MAX:
        raise Malformed(
            where="part",
            found=Said(f"part {number} of {bytes_max} bytes"),
            expected=f"1 to {PARTS_MAX}, {PART_BYTES_LEAST} to {PART_BYTES_MAX} bytes",
        )
    # Safety first; a successor after the log that it follows, or nobody could take it up.
    logs = sorted(node.roster.logs_of(node.me), key=lambda log: (base_log(log) != "safety", log))
    places = {log: 0 if from_start else delivered_to(node, to, log) for log in logs}
    places |= {log: size for log, size in (start or {}).items() if log in places}
    head = {"channel": node.roster.channel, "clearline": FIRST, "from": node.me, "made": at, "part": number, "to": to}
    lines = [canonical.encode(head)]
    if number == 1:
        lines += _answers(node, to, at)
    left = bytes_max - sum(map(len, lines)) - 512
    key = key_to(node, to)
    pushes: list[bytes] = []
    whole, brought = True, False
    for log in logs:
        if number > 1 and places[log] >= node.logs[f"{node.me}/{log}"].size:
            continue
        while whole:
            before = places[log]
            line, places[log] = _line(node, to, log, before, key, left, alone=not brought)
            if line is None:
                whole = False
                break
            pushes.append(line)
            brought = brought or places[log] > before
            left -= len(line) + 1
            if places[log] >= node.logs[f"{node.me}/{log}"].size:
                break
    lines += pushes
    body = b"".join(line + b"\n" for line in lines)
    end = {"end": hashlib.sha256(body).hexdigest(), "last": whole, "lines": len(lines)}
    end |= {} if whole else {"next": places}
    return Part(body + canonical.encode(end) + b"\n", number, None if whole else places)


def _answers(node: Node, to: MemberId, at: Instant) -> list[bytes]:
    found = []
    for name, held in sorted(node.logs.items()):
        answer = answer_now(node, name, at=at) if held.member == to else None
        if answer is not None:
            found.append(canonical.encode({"answer": wire.answer_to_members(answer), "log": name}))
    return found


def _line(
    node: Node, to: MemberId, log: str, first: int, key: bytes, left: int, *, alone: bool
) -> tuple[bytes | None, int]:
    """Return the line of a push from `first` that has at most `left` bytes and where it ends, or nothing that fits."""
    most = left
    while True:
        push = push_from(node, to, log, first, bytes_max=max(1, most // 2))
        members: dict[str, Any] = wire.push_to_members(seal_push(push, to=to, key=key))
        line = canonical.encode({"log": f"{node.me}/{log}", "push": members})
        if len(line) < left:
            return line, first + len(push.entries)
        if len(push.entries) <= 1:
            if alone:
                raise PartTooSmall(
                    f"entry {first} of {node.me}/{log} needs {len(line)} bytes; a part of {left} cannot hold it"
                )
            return None, first
        most //= 2
