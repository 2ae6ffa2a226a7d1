"""How a node calls others: push what is new, pull what it may have missed, and ask one member to carry to another."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable
from typing import Final

import httpx

from clearline.channel.node import Node
from clearline.channel.push import Ahead, Answer, CarriedBody, Push
from clearline.channel.stored import open_header
from clearline.errors import Malformed, Refused, Said, Unavailable
from clearline.gateways.peer import wire
from clearline.gateways.peer.request import authorization
from clearline.gateways.peer.tls import ForeignCertificate, Line, line_of
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.tlog.checkpoint import parse_checkpoint_text
from clearline.tlog.tiles import TILE_WIDTH, EntryBundle, parse_bundle
from clearline.volumes.instant import Instant

TIMEOUT_S: Final = 10.0
CONNECT_TIMEOUT_S: Final = 4.0
"""Seconds in which a connection must stand: a line that is cut silently must give way to a bearer soon."""

RELAY_TIMEOUT_S: Final = 25.0
"""Seconds for an answer through a bearer: its own call to the member, and the way there and back."""

PULL_ENTRIES_MAX: Final = 256
"""Entries that one pull brings at most; a peer with more to say pushes them faster."""

ANSWER_BYTES_MAX: Final = 40 * 2**20
"""Bytes of an answer: a tile of the longest entries has 16 MiB, a body as JSON at most 24."""


class PeerRefused(Refused):
    """A peer understood what it was sent and refused it; the same bytes will be refused again."""

    slug, title, status = "peer-refused", "The peer refused it", 502


class Caller:
    """Speaks to one peer over HTTP.

    Args:
        connect: Makes a client for this peer alone: over TLS it trusts the peer's own root and nobody else's.
        peer: Who is called.
        url: Where its node is.
        sign: Returns the authorization of a request (`METHOD path`), signed by this node.
    """

    def __init__(
        self, connect: Callable[[], httpx.AsyncClient], peer: MemberId, url: str, sign: Callable[[str], str]
    ) -> None:
        self.client, self._connect = connect(), connect
        self.peer, self.url, self._sign = peer, url.rstrip("/"), sign
        self._line: Line | None = None

    async def close(self) -> None:
        """End every connection."""
        await self.client.aclose()

    async def push(self, push: Push) -> Answer:
        """Push and return the answer.

        Raises:
            Unavailable: The peer cannot be reached, or cannot answer now.
            PeerRefused: The peer refused the push, with its reason.
            Malformed, TooLarge: The answer breaks the format.
        """
        return wire.decode_answer(await self._post("/peer/v1/push", wire.encode_push(push)))

    async def relay(self, to: MemberId, push: Push) -> Answer:
        """Ask this peer to carry a sealed push to another member, and return what that member answered.

        Raises:
            As `push`; Unavailable also where this peer cannot reach the member.
        """
        raw = await self._post(f"/peer/v1/relay/{to}", wire.encode_push(push), timeout_s=RELAY_TIMEOUT_S)
        return wire.decode_answer(raw)

    async def ahead(self, ahead: Ahead) -> None:
        """Hand over an urgent entry ahead of its log.

        Raises:
            As `push`.
        """
        await self._post("/peer/v1/ahead", wire.encode_ahead(ahead))

    async def relay_ahead(self, to: MemberId, ahead: Ahead) -> None:
        """Ask this peer to carry a sealed urgent entry to another member.

        Raises:
            As `relay`.
        """
        await self._post(f"/peer/v1/relay/{to}/ahead", wire.encode_ahead(ahead), timeout_s=RELAY_TIMEOUT_S)

    async def pass_on(self, path: str, raw: bytes) -> tuple[int, bytes, str]:
        """Carry another member's bytes to this peer and return status, body and media type of its answer as it is.

        Raises:
            Unavailable: The peer cannot be reached.
        """
        headers = {"content-type": "application/json", "authorization": self._sign(f"POST {path}")}
        status, body, media = await self._exchange("POST", path, headers=headers, content=raw)
        return status, body, media

    async def checkpoints(self, logs: list[str]) -> dict[str, bytes]:
        """Return the newest checkpoint that the peer holds of each log (`<member>/<log>`) of which it holds any.

        Raises:
            Unavailable: The peer cannot be reached, or cannot answer now.
        """
        found: dict[str, bytes] = {}
        for log in logs:
            try:
                found[log] = await self._get(f"/peer/v1/{log}/checkpoint")
            except PeerRefused:
                continue
        return found

    async def pull(self, log: str, held: int, *, me: MemberId, most: int = PULL_ENTRIES_MAX) -> Push | None:
        """Return what the peer has of a log (`<member>/<log>`) past `held`, as a push; `None` for nothing.

        More than `most` entries are left to the pushes of the log's author.

        Raises:
            As `push`.
        """
        base = f"/peer/v1/{log}"
        try:
            checkpoint = await self._get(f"{base}/checkpoint")
        except PeerRefused:
            return None
        text = parse_note(checkpoint, where=f"checkpoint of {log}").text
        size = parse_checkpoint_text(text, where=f"checkpoint of {log}").size
        if size <= held or size - held > most:
            return None
        entries: list[bytes] = []
        for tile in range(held // TILE_WIDTH, (size - 1) // TILE_WIDTH + 1):
            bundle = EntryBundle(tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
            raw = await self._get(f"{base}/{bundle.path()}")
            entries += parse_bundle(raw, bundle, where=bundle.path())
        entries = entries[held % TILE_WIDTH :]
        bodies = []
        for offset, note in enumerate(entries):
            for slot in open_header(note).slots_for(me):
                value = await self._body(f"{base}/body/{held + offset}/{slot}")
                if value is not None:
                    bodies.append(CarriedBody(offset, slot, *value))
        return Push(checkpoint, held, tuple(entries), tuple(bodies))

    async def _body(self, path: str) -> tuple[bytes, bytes] | None:
        try:
            value = json.loads(await self._get(path))
            return base64.b64decode(value["salt"], validate=True), str(value["body"]).encode()
        except PeerRefused:
            return None
        except (ValueError, KeyError, TypeError):
            raise Malformed(where=path, found=Said("something else"), expected="salt and body") from None

    async def _get(self, path: str) -> bytes:
        status, body, _ = await self._exchange("GET", path, headers={"authorization": self._sign(f"GET {path}")})
        if status == 200:
            return body
        raise self._refusal(status, body)

    async def _post(self, path: str, content: bytes, *, timeout_s: float = TIMEOUT_S) -> bytes:
        headers = {"content-type": "application/json", "authorization": self._sign(f"POST {path}")}
        status, body, media = await self._exchange("POST", path, headers=headers, content=content, timeout_s=timeout_s)
        if status in (200, 409) and "problem" not in media:
            return body
        raise self._refusal(status, body)

    def _refusal(self, status: int, body: bytes) -> Refused | Unavailable:
        if status >= 500 or status == 429:
            return Unavailable(f"{self.peer} cannot answer now: {_detail(status, body)}")
        return PeerRefused(f"{self.peer} refused: {_detail(status, body)}")

    async def _look_again(self) -> None:
        """End connections whose other end has a certificate that is good no more: a new one must show a new one.

        Raises:
            Unavailable: It was so; the next attempt connects anew.
        """
        if self._line is None:
            return
        try:
            self._line.check()
        except ForeignCertificate as fault:
            self._line, old, self.client = None, self.client, self._connect()
            await old.aclose()
            raise Unavailable(f"{self.peer} cannot be reached: {fault.message}") from None

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        content: bytes | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> tuple[int, bytes, str]:
        await self._look_again()
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        parts, total = [], 0
        try:
            async with self.client.stream(
                method, self.url + path, content=content, headers=headers, timeout=timeout
            ) as response:
                stream = response.extensions.get("network_stream")
                self._line = line_of(stream.get_extra_info("ssl_object")) if stream is not None else None
                async for part in response.aiter_bytes():
                    parts.append(part)
                    total += len(part)
                    if total > ANSWER_BYTES_MAX:
                        raise Unavailable(f"{self.peer} answers more than {ANSWER_BYTES_MAX} bytes")
        except httpx.HTTPError as fault:
            raise Unavailable(f"{self.peer} cannot be reached: {why_of(fault)}") from None
        return response.status_code, b"".join(parts), response.headers.get("content-type", "")


def signed_by(node: Callable[[], Node], peer: MemberId, now: Callable[[], Instant]) -> Callable[[str], str]:
    """Return what signs requests to `peer` by a node's own log key; the node is asked for anew each time."""

    def sign(target: str) -> str:
        mine = node()
        return authorization(mine.me, peer, target, signer=mine.keys.main, at=now())

    return sign


def why_of(fault: BaseException) -> str:
    """Return what went wrong on a line in words: a certificate that was refused is named, by whichever side."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            # One that this node itself refuses, such as a revoked one, has no word of the library's.
            said = getattr(cause, "verify_message", "") or " ".join(map(str, cause.args))
            return f"its certificate is not good: {said}"
        if isinstance(cause, ssl.SSLError):
            return f"the line is refused: {cause.reason or cause}"
        cause = cause.__cause__ or cause.__context__
    return type(fault).__name__


def _detail(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return f"status {status}"
