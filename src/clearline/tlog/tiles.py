"""Tiles: the static files in which a log is served and pulled.

A hash tile holds 256 neighbouring hashes of every eighth level of the tree, an entry bundle 256 neighbouring
entries; the last of each kind may be partial. Paths begin with `tile/`, without the log's prefix.
Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clearline.errors import Malformed, NotFound, Said, TooLarge
from clearline.tlog.tree import HASH_BYTES, SIZE_MAX, Tree

TILE_HEIGHT: Final = 8
"""Levels of the tree that one tile spans."""

TILE_WIDTH: Final = 1 << TILE_HEIGHT
"""Hashes or entries of a full tile."""

LEVEL_MAX: Final = 63
"""The highest level that a path can name."""

ENTRY_MAX_BYTES: Final = 65_535
"""Bytes of one entry: what its 16-bit length can say."""

_LENGTH_BYTES = 2
_PATH = re.compile(
    r"tile/(?P<kind>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)
_PATH_MAX = 64


@dataclass(frozen=True, slots=True)
class HashTile:
    """Which hashes: `width` of them from hash `256 index` of tile level `level`, the tree's level `8 level`.

    Raises:
        Malformed: Level outside 0 … 63, width outside 1 … 256, or an index past the largest log.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= LEVEL_MAX:
            raise Malformed(where="tile level", found=self.level, expected=f"0 to {LEVEL_MAX}")
        _check_place(self.index, self.width)

    def path(self) -> str:
        """Return the tile's path below the log's prefix."""
        return f"tile/{self.level}/{_place(self.index, self.width)}"


@dataclass(frozen=True, slots=True)
class EntryBundle:
    """Which entries: `width` of them from entry `256 index`.

    Raises:
        Malformed: Width outside 1 … 256, or an index past the largest log.
    """

    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        _check_place(self.index, self.width)

    def path(self) -> str:
        """Return the bundle's path below the log's prefix."""
        return f"tile/entries/{_place(self.index, self.width)}"


def parse_tile_path(path: str, *, where: str) -> HashTile | EntryBundle:
    """Return what a path names; its `path()` gives exactly this path back.

    Raises:
        Malformed: Any other form.
    """
    match = _PATH.fullmatch(path) if len(path) <= _PATH_MAX else None
    if match is not None:
        index = int(match["index"].replace("/", "").replace("x", ""))
        width = int(match["width"] or TILE_WIDTH)
        if index < SIZE_MAX and (match["width"] is None or width < TILE_WIDTH):
            bundle = match["kind"] == "entries"
            level = 0 if bundle else int(match["kind"])
            if level <= LEVEL_MAX:
                tile = EntryBundle(index, width) if bundle else HashTile(level, index, width)
                # Leading groups of zeros would be a second path to the same tile.
                if tile.path() == path:
                    return tile
    raise Malformed(where=where, found=path, expected="tile/LEVEL/INDEX or tile/entries/INDEX, as in tlog-tiles")


def hash_tiles(size: int) -> Iterator[HashTile]:
    """Yield every hash tile of a log of `size` entries, level by level, the partial one of a level last."""
    for level in range(LEVEL_MAX + 1):
        count = size >> TILE_HEIGHT * level
        if count == 0:
            return
        for index in range(count >> TILE_HEIGHT):
            yield HashTile(level, index)
        if count % TILE_WIDTH:
            yield HashTile(level, count >> TILE_HEIGHT, count % TILE_WIDTH)


def entry_bundles(size: int) -> Iterator[EntryBundle]:
    """Yield every entry bundle of a log of `size` entries, in their order, the partial one last."""
    for index in range(size >> TILE_HEIGHT):
        yield EntryBundle(index)
    if size % TILE_WIDTH:
        yield EntryBundle(size >> TILE_HEIGHT, size % TILE_WIDTH)


def read_hash_tile(tree: Tree, tile: HashTile) -> bytes:
    """Return the contents of a hash tile.

    Raises:
        NotFound: The tree does not hold all of it yet.
    """
    start = tile.index * TILE_WIDTH
    return tree.hashes(tile.level * TILE_HEIGHT, start, start + tile.width)


def parse_hash_tile(raw: bytes, tile: HashTile, *, where: str) -> tuple[bytes, ...]:
    """Return the hashes in the contents of a tile; they are proven by nothing yet.

    Raises:
        Malformed: The length is not that of the tile's width.
    """
    if len(raw) != tile.width * HASH_BYTES:
        raise Malformed(where=where, found=Said(f"{len(raw)} bytes"), expected=f"{tile.width * HASH_BYTES} bytes")
    return tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the contents of an entry bundle: each entry after its length in 2 bytes, big-endian.

    Raises:
        Malformed: Not 1 to 256 entries.
        TooLarge: An entry longer than `ENTRY_MAX_BYTES`.
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise Malformed(where="entry bundle", found=len(entries), expected=f"1 to {TILE_WIDTH} entries")
    for entry in entries:
        if len(entry) > ENTRY_MAX_BYTES:
            raise TooLarge(where="entry", size=len(entry), limit=ENTRY_MAX_BYTES, unit="bytes")
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def parse_bundle(raw: bytes, bundle: EntryBundle, *, where: str) -> tuple[bytes, ...]:
    """Return the entries in the contents of a bundle; `encode_bundle` gives exactly these bytes back.

    Raises:
        Malformed: An entry breaks off, or bytes are left after the last one.
    """
    entries = []
    at = 0
    for n in range(bundle.width):
        start = at + _LENGTH_BYTES
        end = start + int.from_bytes(raw[at:start], "big")
        if end > len(raw) or start > len(raw):
            raise Malformed(
                where=f"{where}, entry {n}", found=Said(f"{len(raw)} bytes in all"), expected="a whole entry"
            )
        entries.append(raw[start:end])
        at = end
    if at != len(raw):
        raise Malformed(where=where, found=Said(f"{len(raw) - at} bytes too many"), expected=f"{bundle.width} entries")
    return tuple(entries)


def check_tile_in(tile: HashTile | EntryBundle, size: int) -> None:
    """Check that a log of `size` entries fills the tile to its width.

    Raises:
        NotFound: It does not.
    """
    level = tile.level if isinstance(tile, HashTile) else 0
    if tile.index * TILE_WIDTH + tile.width > size >> TILE_HEIGHT * level:
        raise NotFound(f"{tile.path()} lies outside a log of {size} entries")


def _check_place(index: int, width: int) -> None:
    if not 0 <= index < SIZE_MAX:
        raise Malformed(where="tile index", found=index, expected=f"0 to {SIZE_MAX - 1}")
    if not 1 <= width <= TILE_WIDTH:
        raise Malformed(where="tile width", found=width, expected=f"1 to {TILE_WIDTH}")


def _place(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return place if width == TILE_WIDTH else f"{place}.p/{width}"
