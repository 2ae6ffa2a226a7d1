"""Charts that an operator might add: small PMTiles files, of pictures and of vector tiles, written byte by byte.

Source: PMTiles specification, version 3 (header, directory); Mapbox Vector Tile specification 2.1; PNG.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from typing import Any, Final

HEADER_BYTES: Final = 127
GZIP: Final = 2
MVT: Final = 1
PNG: Final = 2
ORANGE: Final = (240, 144, 48)
"""The one colour of the picture."""

LAYER: Final = "roads"
"""The one layer of the vector tile; it holds one line, along 34.5° N round the world."""

EXTENT: Final = 4096
LINE_Y: Final = 1629
"""34.5° N in a tile of the whole world in Web Mercator: EXTENT · (1 - ln(tan φ + sec φ)/π) / 2."""


def varint(value: int) -> bytes:
    """Return a whole number, least seven bits first, as protocol buffers and PMTiles directories write it."""
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def picture() -> bytes:
    """Return a PMTiles file of one orange picture over the whole world."""
    return archive(_png(), PNG, {})


def vector() -> bytes:
    """Return a PMTiles file of one vector tile over the whole world, its parts packed by gzip."""
    line = b"".join(varint(n) for n in (9, 0, LINE_Y << 1, 10, EXTENT << 1, 0))
    feature = _field(3, varint(2), wire=0) + _field(4, line)
    layer = _field(15, varint(2), wire=0) + _field(1, LAYER.encode()) + _field(2, feature)
    tile = _field(3, layer + _field(5, varint(EXTENT), wire=0))
    return archive(tile, MVT, {"vector_layers": [{"id": LAYER, "fields": {}}]}, packing=GZIP)


def archive(tile: bytes, sort: int, metadata: dict[str, Any], *, packing: int = 1) -> bytes:
    """Return a PMTiles file whose one tile is that of zoom 0."""
    pack = gzip.compress if packing == GZIP else bytes
    tile, described = pack(tile), pack(json.dumps(metadata).encode())
    directory = pack(b"".join(varint(n) for n in (1, 0, 1, len(tile), 1)))
    at, after = HEADER_BYTES + len(directory), HEADER_BYTES + len(directory) + len(described)
    spans = (HEADER_BYTES, len(directory), at, len(described), after, 0, after, len(tile), 1, 1, 1)
    head = b"PMTiles\x03" + struct.pack("<11Q", *spans) + bytes([1, packing, packing, sort, 0, 0])
    head += struct.pack("<iiii", -1800000000, -850000000, 1800000000, 850000000) + b"\0" + struct.pack("<ii", 0, 0)
    return head + directory + described + tile


def _field(number: int, raw: bytes, *, wire: int = 2) -> bytes:
    return varint(number << 3 | wire) + (varint(len(raw)) if wire == 2 else b"") + raw


def _png() -> bytes:
    def chunk(kind: bytes, raw: bytes) -> bytes:
        return struct.pack(">I", len(raw)) + kind + raw + struct.pack(">I", zlib.crc32(kind + raw))

    rows = (b"\0" + bytes(ORANGE) * 256) * 256
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0))
    return head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
