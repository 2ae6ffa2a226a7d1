"""What a node answers to other members' nodes: push, and pull of checkpoints, tiles and bodies."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clearline.channel.node import Node
from clearline.channel.reception import open_header
from clearline.errors import Malformed, NotAllowed, NotFound, TooLarge
from clearline.gateways.peer import wire
from clearline.gateways.peer.request import asker
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.tlog.tiles import HashTile, check_tile_in, encode_bundle, parse_tile_path, read_hash_tile
from clearline.volumes.instant import Instant

Result = TypeVar("Result")
TEXT = "text/plain; charset=utf-8"


class Stepper(Protocol):
    """Runs steps on a node one after another and answers only after what they wrote is on the disk."""

    async def do(self, step: Callable[[Node, Instant], Result]) -> Result:
        """Run `step` and return its result once durable."""

    async def read(self, step: Callable[[Node, Instant], Result]) -> Result:
        """Run a `step` that changes nothing; a fault inside it is the asker's alone."""

    def randomness(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


async def read_body(request: Request, *, limit: int) -> bytes:
    """Return the body of a request of at most `limit` bytes; a longer one is refused before it is read whole.

    Raises:
        TooLarge: The body, or the length that its header names, is larger.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > limit:
        raise TooLarge(where="body", size=int(declared[:18]), limit=limit, unit="bytes")
    parts, total = [], 0
    async for part in request.stream():
        total += len(part)
        if total > limit:
            raise TooLarge(where="body", size=total, limit=limit, unit="bytes")
        parts.append(part)
    return b"".join(parts)


def routes(stepper: Stepper) -> list[Route]:
    """Return the routes under `/peer/v1`."""

    async def push(request: Request) -> Response:
        offered = wire.decode_push(await read_body(request, limit=wire.WIRE_BYTES_MAX))
        _, answer = await stepper.do(lambda node, at: node.receive(offered, at=at, random=stepper.randomness))
        status = 200 if answer.cosignatures or answer.size == offered.first + len(offered.entries) else 409
        return Response(wire.encode_answer(answer), status, media_type="application/json")

    async def checkpoint(request: Request) -> Response:
        def step(node: Node, at: Instant) -> bytes:
            name = _log(node, request, at)
            signed = node.logs[name].signed
            if signed is None:
                raise NotFound(f"nothing of {name} is held here")
            return signed.raw()

        return Response(await stepper.read(step), media_type=TEXT)

    async def tile(request: Request) -> Response:
        def step(node: Node, at: Instant) -> bytes:
            name = _log(node, request, at)
            wanted = parse_tile_path("tile/" + request.path_params["tile"], where="path")
            held = node.logs[name]
            signed = held.signed
            size = signed.checkpoint.size if signed is not None else 0
            check_tile_in(wanted, size)
            if isinstance(wanted, HashTile):
                return read_hash_tile(held.tree, wanted)
            return encode_bundle([e.note for e in node.store.entries(name, wanted.index * 256, wanted.width)])

        return Response(await stepper.read(step), media_type="application/octet-stream")

    async def body(request: Request) -> Response:
        def step(node: Node, at: Instant) -> bytes:
            name, who = _log(node, request, at), _asker(node, request, at)
            index, slot = _number(request, "index"), _number(request, "slot")
            for item in node.store.entries(name, index, 1):
                if slot not in open_header(item.note).slots_for(who):
                    raise NotAllowed(f"{who} is outside the audience of {name} {index}")
            for held in node.store.bodies(name, index, 1):
                if held.slot == slot:
                    salt = base64.b64encode(held.salt).decode()
                    return json.dumps({"salt": salt, "body": held.body.decode()}).encode()
            raise NotFound(f"no body {slot} of {name} {index} is held here")

        return Response(await stepper.read(step), media_type="application/json")

    log = "/peer/v1/{member}/{log}"
    return [
        Route("/peer/v1/push", push, methods=["POST"]),
        Route(f"{log}/checkpoint", checkpoint, methods=["GET"]),
        Route(f"{log}/tile/{{tile:path}}", tile, methods=["GET"]),
        Route(f"{log}/body/{{index}}/{{slot}}", body, methods=["GET"]),
    ]


def _number(request: Request, name: str) -> int:
    """Return a whole number of the path, small enough for the store."""
    given = request.path_params[name]
    if not re.fullmatch(r"[0-9]{1,15}", given):
        raise Malformed(where=f"path, {name}", found=given, expected="a whole number of at most 15 digits")
    return int(given)


def _asker(node: Node, request: Request, at: Instant) -> MemberId:
    target = f"{request.method} {request.scope['path']}"
    return asker(request.headers.get("authorization"), node.roster, node.me, target, at=at)


def _log(node: Node, request: Request, at: Instant) -> str:
    """Return the log that a pull asks for, after checking who asks: a member, and nobody else."""
    _asker(node, request, at)
    name = f"{request.path_params['member']}/{request.path_params['log']}"
    if request.path_params["log"] not in LOGS or name not in node.logs:
        raise NotFound(f"{name} is no log of this channel")
    return name
