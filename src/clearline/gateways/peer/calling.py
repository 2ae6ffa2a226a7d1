"""How a node calls others: push what is new, and pull what it may have missed."""

from __future__ import annotations

import base64
import json
from typing import Final

import httpx

from clearline.channel.node import Node
from clearline.channel.push import Answer, CarriedBody, Push
from clearline.channel.reception import open_header
from clearline.errors import Malformed, Refused, Said, Unavailable
from clearline.gateways.peer import wire
from clearline.gateways.peer.request import authorization
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.tlog.checkpoint import parse_checkpoint_text
from clearline.tlog.tiles import TILE_WIDTH, EntryBundle, parse_bundle
from clearline.volumes.instant import Instant

TIMEOUT_S: Final = 10.0
PULL_ENTRIES_MAX: Final = 256
"""Entries that one pull brings at most; a peer with more to say pushes them faster."""


class PeerRefused(Refused):
    """A peer understood what it was sent and refused it; the same bytes will be refused again."""

    slug, title, status = "peer-refused", "The peer refused it", 502


class Caller:
    """Speaks to one peer over HTTP."""

    def __init__(self, client: httpx.AsyncClient, peer: MemberId, url: str) -> None:
        self.client, self.peer, self.url = client, peer, url.rstrip("/")

    async def push(self, push: Push) -> Answer:
        """Push and return the answer.

        Raises:
            Unavailable: The peer cannot be reached, or cannot answer now.
            PeerRefused: The peer refused the push, with its reason.
            Malformed, TooLarge: The answer breaks the format.
        """
        headers = {"content-type": "application/json"}
        response = await self._send("POST", "/peer/v1/push", content=wire.encode_push(push), headers=headers)
        return wire.decode_answer(response.content)

    async def pull(self, log: str, held: int, *, node: Node, at: Instant) -> Push | None:
        """Return what the peer has of its own log past `held`, as if it had pushed it; `None` for nothing.

        Raises:
            As `push`.
        """
        base = f"/peer/v1/{self.peer}/{log}"
        try:
            checkpoint = (await self._get(f"{base}/checkpoint", node, at)).content
        except PeerRefused:
            return None
        text = parse_note(checkpoint, where=f"checkpoint of {self.peer}").text
        size = parse_checkpoint_text(text, where=f"checkpoint of {self.peer}").size
        if size <= held or size - held > PULL_ENTRIES_MAX:
            return None
        entries: list[bytes] = []
        for tile in range(held // TILE_WIDTH, (size - 1) // TILE_WIDTH + 1):
            bundle = EntryBundle(tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
            raw = (await self._get(f"{base}/{bundle.path()}", node, at)).content
            entries += parse_bundle(raw, bundle, where=bundle.path())
        entries = entries[held % TILE_WIDTH :]
        bodies = []
        for offset, note in enumerate(entries):
            for slot in open_header(note).slots_for(node.me):
                value = await self._body(f"{base}/body/{held + offset}/{slot}", node, at)
                if value is not None:
                    bodies.append(CarriedBody(offset, slot, *value))
        return Push(checkpoint, held, tuple(entries), tuple(bodies))

    async def _body(self, path: str, node: Node, at: Instant) -> tuple[bytes, bytes] | None:
        try:
            value = json.loads((await self._get(path, node, at)).content)
            return base64.b64decode(value["salt"], validate=True), str(value["body"]).encode()
        except PeerRefused:
            return None
        except (ValueError, KeyError, TypeError):
            raise Malformed(where=path, found=Said("something else"), expected="salt and body") from None

    async def _get(self, path: str, node: Node, at: Instant) -> httpx.Response:
        value = authorization(node.me, self.peer, f"GET {path}", signer=node.keys.main, at=at)
        return await self._send("GET", path, headers={"authorization": value})

    async def _send(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        try:
            response = await self.client.request(
                method, self.url + path, content=content, headers=headers, timeout=TIMEOUT_S
            )
        except httpx.HTTPError as fault:
            raise Unavailable(f"{self.peer} cannot be reached: {type(fault).__name__}") from None
        if (
            response.status_code in (200, 409)
            and method == "POST"
            and "problem" not in response.headers["content-type"]
        ):
            return response
        if response.status_code == 200:
            return response
        if response.status_code >= 500 or response.status_code == 429:
            raise Unavailable(f"{self.peer} cannot answer now: status {response.status_code}")
        raise PeerRefused(f"{self.peer} refused: {_detail(response)}")


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"
