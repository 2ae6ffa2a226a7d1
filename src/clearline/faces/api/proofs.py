"""The proof of one entry as a file: it stands at this place of this log, and these have seen it.

Whoever holds the genesis and the entry's bytes checks it alone, with any verifier of C2SP tlog-proof.
"""

from __future__ import annotations

from starlette.responses import Response

from clearline.channel.node import Node
from clearline.errors import NotFound
from clearline.faces.api.asked import Asked
from clearline.faces.api.table import Endpoint, Query
from clearline.tlog.logproof import LogProof, encode_log_proof
from clearline.volumes.instant import Instant

TEXT = "text/plain; charset=utf-8"
INDEX_MAX = 2**53 - 1


async def proof(asked: Asked) -> Response:
    """Answer the proof of an entry under the newest checkpoint that is held, with the cosignatures known."""
    name = asked.text("log")
    index = asked.number("index", default=0, least=0, most=INDEX_MAX)

    def read(node: Node, _: Instant) -> bytes:
        held = node.logs.get(name)
        if held is None:
            raise NotFound(f"{name[:80] or 'nothing'} is no log of this channel: " + ", ".join(sorted(node.logs)))
        signed = held.signed
        size = 0 if signed is None else signed.checkpoint.size
        if signed is None or index >= size:
            raise NotFound(f"{name} holds {size} entries under its newest checkpoint; there is no entry {index}")
        path = held.tree.inclusion_proof(index, size)
        return encode_log_proof(LogProof(index, path, signed.raw()))

    raw = await asked.read(read)
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{_file(name, index)}"'}
    return Response(raw, 200, headers, TEXT)


def _file(name: str, index: int) -> str:
    return f"{name.replace('/', '-')}-{index}.tlog-proof"


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/proof",
        "proveEntry",
        "Download the proof of one entry: inclusion under the newest checkpoint, with its cosignatures (tlog-proof)",
        proof,
        {200: str},
        query=(
            Query("log", "The log, such as TR/main."),
            Query("index", "The entry's index from 0.", {"type": "integer", "minimum": 0}),
        ),
        problems=(404,),
        tag="record",
        answer_media=TEXT,
    ),
)
