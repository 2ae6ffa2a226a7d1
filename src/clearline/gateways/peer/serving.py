"""What a node answers to other members' nodes: push, pull of checkpoints, tiles and bodies, and carrying to others."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clearline.channel.node import Node
from clearline.channel.push import Ahead, Push
from clearline.channel.stored import open_header
from clearline.errors import Malformed, NotAllowed, NotFound, Refused, TooLarge, Unavailable
from clearline.gateways.peer import wire
from clearline.gateways.peer.request import NotAMember, asker
from clearline.records import body as bodies
from clearline.records.header import is_log
from clearline.records.notice import Notice
from clearline.records.words import MemberId
from clearline.signing.note import UnknownSigner
from clearline.tlog.tiles import HashTile, check_tile_in, encode_bundle, parse_tile_path, read_hash_tile
from clearline.volumes.footprint import ecef_box
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clearline.gateways.peer.calling import Caller

Result = TypeVar("Result")
TEXT = "text/plain; charset=utf-8"

LINE = "clearline.line"
"""Where a connection's scope says whose certificate it showed (`PeerLine`)."""

CALLING = "calling"
"""Whose turn it is while a request's signature is looked at: not that of the own officers."""

RELAYS_MAX = 16
"""Pushes that this node carries at one time, for all members."""

RELAYS_OF_ONE_MAX = 4
"""Pushes that this node carries at one time for one member: two logs, an urgent entry, and one to spare."""

THREAD_BYTES = 64 * 2**10
"""Bodies above this many bytes are parsed in a thread, so that nobody else waits for them."""


class OpenedBody(NotAllowed):
    """Somebody asked this node to carry a body that it could read."""

    slug, title, status = "opened-body", "Not sealed", 403


class Stepper(Protocol):
    """Runs steps on a node one after another and answers only after what they wrote is on the disk."""

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run `step` and return its result once durable; askers (`who`) take turns, urgent steps come first."""

    async def read(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run a `step` that changes nothing; a fault inside it is the asker's alone."""

    def randomness(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""

    def caller(self, member: MemberId) -> Caller | None:
        """Return what calls a member's node, or `None` where its address is not known here."""


class PeerLine(Protocol):
    """The other end of a connection over TLS, as its certificate shows it."""

    @property
    def member(self) -> MemberId:
        """Return the member under whose root the certificate stands."""

    def check(self) -> None:
        """Refuse a certificate that has expired or was revoked since the connection was made.

        Raises:
            ForeignCertificate: Says which.
        """


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
    carrying = _Carrying(stepper)

    async def push(request: Request) -> Response:
        carrier = await _carrier(stepper, request)
        offered = await _parsed(await read_body(request, limit=wire.WIRE_BYTES_MAX), _made_ready)
        urgent = b"/safety" in offered.checkpoint.split(b"\n", 1)[0]
        _, answer = await stepper.do(
            lambda node, at: node.receive(offered, at=at, random=stepper.randomness, carrier=carrier),
            who=carrier or "",
            urgent=urgent,
        )
        status = 200 if answer.cosignatures or answer.size == offered.first + len(offered.entries) else 409
        return Response(wire.encode_answer(answer), status, media_type="application/json")

    async def ahead(request: Request) -> Response:
        carrier = await _carrier(stepper, request)
        shouted = wire.decode_ahead(await read_body(request, limit=wire.AHEAD_BYTES_MAX))
        await stepper.do(
            lambda node, at: node.take_ahead(shouted, carrier=carrier, at=at, random=stepper.randomness),
            who=carrier or "",
            urgent=True,
        )
        return Response(b'{"taken":true}', media_type="application/json")

    async def relay(request: Request) -> Response:
        raw = await read_body(request, limit=wire.WIRE_BYTES_MAX)
        offered = await _parsed(raw, wire.decode_push)
        return await carrying.carry(request, "/peer/v1/push", raw, offered)

    async def relay_ahead(request: Request) -> Response:
        raw = await read_body(request, limit=wire.AHEAD_BYTES_MAX)
        return await carrying.carry(request, "/peer/v1/ahead", raw, wire.decode_ahead(raw))

    async def checkpoint(request: Request) -> Response:
        def step(node: Node, at: Instant) -> bytes:
            name, _ = _log(node, request, at)
            signed = node.logs[name].signed
            if signed is None:
                raise NotFound(f"nothing of {name} is held here")
            return signed.raw()

        return Response(await stepper.read(step), media_type=TEXT)

    async def tile(request: Request) -> Response:
        def step(node: Node, at: Instant) -> bytes:
            name, _ = _log(node, request, at)
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
            name, who = _log(node, request, at)
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
        Route("/peer/v1/ahead", ahead, methods=["POST"]),
        Route("/peer/v1/relay/{member}", relay, methods=["POST"]),
        Route("/peer/v1/relay/{member}/ahead", relay_ahead, methods=["POST"]),
        Route(f"{log}/checkpoint", checkpoint, methods=["GET"]),
        Route(f"{log}/tile/{{tile:path}}", tile, methods=["GET"]),
        Route(f"{log}/body/{{index}}/{{slot}}", body, methods=["GET"]),
    ]


class _Carrying:
    """Carries what is sealed from one member to another, a bounded number at one time; nothing of it is kept here."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self._under_way: Counter[MemberId] = Counter()

    async def carry(self, request: Request, path: str, raw: bytes, what: Push | Ahead) -> Response:
        """Hand `raw` to the member that the path names and return its answer as it is.

        Raises:
            NotAMember: Whoever asks is no member of the channel.
            NotFound: There is no such member to carry to.
            OpenedBody: A body in it is not sealed to that member.
            Unavailable: Too much is carried already, or the member cannot be reached from here.
        """
        given = request.path_params["member"]
        who = await _carrier(self.stepper, request)
        if who is None:
            raise NotAMember("only a member of the channel is carried for")

        def look(node: Node, _: Instant) -> MemberId | None:
            note = what.checkpoint if isinstance(what, Push) else b""
            if note and node.roster.log_of(note.split(b"\n", 1)[0].decode("utf-8", "replace")) is None:
                raise NotFound("this is no log of this channel; nothing else is carried")
            found = node.roster.member(given)
            return None if found is None or found.id in (node.me, who) else found.id

        to = await self.stepper.read(look, who=who, urgent=True)
        if to is None:
            raise NotFound(f"{given[:20]} is no other member of this channel")
        if what.bodies or any(one.to != to for one in what.sealed):
            raise OpenedBody(f"what is carried to {to} must be sealed to {to}: no other member may read it")
        caller = self.stepper.caller(to)
        if caller is None:
            raise Unavailable(f"no line to {to} is known here", retry_after_s=30)
        with self._place(who):
            status, body, media = await caller.pass_on(path, raw)
        return Response(body, status, media_type=media or "application/json")

    @contextmanager
    def _place(self, who: MemberId) -> Iterator[None]:
        if self._under_way[who] >= RELAYS_OF_ONE_MAX or self._under_way.total() >= RELAYS_MAX:
            raise Unavailable("as much is carried here as may be; try again", retry_after_s=1)
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1


def _made_ready(raw: bytes) -> Push:
    """Return a push whose large bodies were read once: the step that takes them finds their footprints ready."""
    push = wire.decode_push(raw)
    for body in push.bodies:
        if len(body.body) > THREAD_BYTES:
            # Nothing of it is kept, and whatever is wrong with it the step says.
            with contextlib.suppress(Refused):
                record = bodies.decode(body.body, where="body")
                for volume in record.draft.volumes if isinstance(record, Notice) else ():
                    ecef_box(volume.footprint)
    return push


async def _parsed(raw: bytes, parse: Callable[[bytes], Result]) -> Result:
    return await asyncio.to_thread(parse, raw) if len(raw) > THREAD_BYTES else parse(raw)


async def _carrier(stepper: Stepper, request: Request) -> MemberId | None:
    """Return the member on the other end: by its certificate, or by its signature; `None` where neither is shown.

    Raises:
        NotAMember: A signature is shown and is not good.
        ForeignCertificate: The certificate is good no more.
    """
    line: PeerLine | None = request.scope.get(LINE)
    if line is not None:
        line.check()
        return line.member
    if "authorization" not in request.headers:
        return None
    try:
        # Nobody's urgent word waits behind a flood for its bearer to be known: that takes one signature.
        return await stepper.read(lambda node, at: _signer(node, request, at), who=CALLING, urgent=True)
    except UnknownSigner as fault:
        # The push itself may bring the log whose key signed the request: then it is a push by nobody known.
        if is_log(str(fault.members["signer"]).rpartition("/")[2]):
            return None
        raise


def _number(request: Request, name: str) -> int:
    """Return a whole number of the path, small enough for the store."""
    given = request.path_params[name]
    if not re.fullmatch(r"[0-9]{1,15}", given):
        raise Malformed(where=f"path, {name}", found=given, expected="a whole number of at most 15 digits")
    return int(given)


def _signer(node: Node, request: Request, at: Instant) -> MemberId:
    target = f"{request.method} {request.scope['path']}"
    return asker(request.headers.get("authorization"), node.roster, node.me, target, at=at)


def _log(node: Node, request: Request, at: Instant) -> tuple[str, MemberId]:
    """Return the log that a pull asks for and who asks: a member, and nobody else."""
    line: PeerLine | None = request.scope.get(LINE)
    if line is not None:
        line.check()
    who = line.member if line is not None else _signer(node, request, at)
    name = f"{request.path_params['member']}/{request.path_params['log']}"
    if name not in node.logs:
        raise NotFound(f"{name} is no log of this channel")
    return name, who
