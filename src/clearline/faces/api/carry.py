"""What a stick or a one-way link carries to another member and brings from it (`docs/adr/0007`)."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from clearline.channel.node import Node
from clearline.errors import Malformed
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint, Query
from clearline.gateways.carry.taking import SPOOL, Report, take_file
from clearline.gateways.carry.writing import (
    PART_BYTES,
    PART_BYTES_LEAST,
    PART_BYTES_MAX,
    PARTS_MAX,
    Part,
    write_part,
)
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

OCTETS = "application/octet-stream"

_SIZE = {"type": "integer", "minimum": 0}


class CarriedLogOut(msgspec.Struct, frozen=True):
    """One log of a carried file: entries `first` up to `size` came, `held` are held now, `new` of them are new."""

    log: str
    first: int
    size: int
    held: int
    new: int


class AnsweredOut(msgspec.Struct, frozen=True):
    """What the sender holds of an own log: `size` entries, and every body addressed to it below `delivered`."""

    size: int
    delivered: int


class NotTakenOut(msgspec.Struct, frozen=True):
    """A line of the file that was not taken, and why."""

    place: str
    reason: str


class CarriedOut(msgspec.Struct, frozen=True):
    """What came of a carried part. `waiting` pushes came before what stands in front of them and are kept.

    `torn` says why the file is not whole; what is listed was taken all the same, for each push proves itself.
    """

    sender: str
    part: int
    last: bool
    logs: tuple[CarriedLogOut, ...]
    answered: dict[str, AnsweredOut]
    waiting: int
    refused: tuple[NotTakenOut, ...]
    torn: str | None


async def carry_out(asked: Asked) -> Response:
    """Write one part of what is due to a member, sealed to it."""
    start = {log: asked.number(log, default=0, least=0, most=2**53 - 1) for log in LOGS if asked.text(log)}
    number = asked.number("part", default=1, least=1, most=PARTS_MAX)
    most = asked.number("part_bytes", default=PART_BYTES, least=PART_BYTES_LEAST, most=PART_BYTES_MAX)
    to, from_start = asked.path["member"], asked.flag("from_start")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,7}", to):
        raise Malformed(where="path, member", found=to, expected="a member of this channel")

    def step(node: Node, at: Instant) -> Part:
        return write_part(node, MemberId(to), at=at, number=number, start=start, from_start=from_start, bytes_max=most)

    part = await asked.running.do(step)
    return Response(part.raw, media_type=OCTETS, headers={"cache-control": "no-store"})


async def carry_in(asked: Asked) -> Response:
    """Take one carried part in."""
    raw = await asked.body()
    report = await take_file(asked.running, raw, asked.running.folder / SPOOL)
    return answer(report_out(report))


def report_out(report: Report) -> CarriedOut:
    """Return a report as the API answers it."""
    return CarriedOut(
        sender=report.sender,
        part=report.part,
        last=report.last,
        logs=tuple(
            CarriedLogOut(one.log, one.first, one.size, one.held, one.new) for _, one in sorted(report.logs.items())
        ),
        answered={log: AnsweredOut(*sizes) for log, sizes in sorted(report.answered.items())},
        waiting=report.early,
        refused=tuple(NotTakenOut(place, reason) for place, reason in report.refused),
        torn=report.torn or None,
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/carry/{member}",
        "carryOut",
        "Write what is due to a member as one part of a carried file, every body sealed to it",
        carry_out,
        {200: bytes},
        query=(
            Query("from_start", "Begin with the first entry: for a link without a way back.", {"type": "boolean"}),
            Query("part", "The number of the part, from 1.", {"type": "integer", "minimum": 1}),
            Query("part_bytes", "Bytes of the part.", {"type": "integer", "minimum": PART_BYTES_LEAST}),
            *(Query(log, f"From where the {log} log goes on: `next` of the part before.", _SIZE) for log in LOGS),
        ),
        problems=(422,),
        tag="carry",
        answer_media=OCTETS,
    ),
    Endpoint(
        "POST",
        "/api/v1/carry",
        "carryIn",
        "Take in a part of a carried file, in any order and however often; say what was taken and what was not",
        carry_in,
        {200: CarriedOut},
        takes=bytes,
        media=(OCTETS,),
        body_bytes_max=PART_BYTES_MAX + 2**20,
        problems=(413, 415, 422),
        tag="carry",
    ),
)
