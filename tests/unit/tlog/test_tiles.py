"""Tiles: paths and contents as C2SP tlog-tiles has them."""

from collections import Counter

import pytest

from clearline.errors import Malformed, NotFound, TooLarge
from clearline.tlog.tiles import (
    EntryBundle,
    HashTile,
    check_tile_in,
    encode_bundle,
    entry_bundles,
    hash_tiles,
    parse_bundle,
    parse_hash_tile,
    parse_tile_path,
    read_hash_tile,
)
from clearline.tlog.tree import Tree, leaf_hash

PATHS = {
    "tile/0/x001/x234/067": HashTile(0, 1_234_067),
    "tile/0/000": HashTile(0, 0),
    "tile/63/999.p/255": HashTile(63, 999, 255),
    "tile/1/x001/000.p/1": HashTile(1, 1000, 1),
    "tile/entries/x001/234": EntryBundle(1234),
    "tile/entries/005.p/17": EntryBundle(5, 17),
}


@pytest.mark.parametrize(("path", "tile"), PATHS.items())
def test_paths(path: str, tile: HashTile | EntryBundle) -> None:
    """1234067 is the example of the specification."""
    assert tile.path() == path
    assert parse_tile_path(path, where="path") == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/٠٠١",
        "tile/entries/../000",
        "tile/0/001\n",
        "tile/0/" + "x999/" * 5 + "999",
        "tile/0/" + "x999/" * 500 + "999",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    """One tile has one path; nothing else gets near a file system."""
    with pytest.raises(Malformed):
        parse_tile_path(path, where="path")


def test_the_tiles_of_seventy_thousand_entries() -> None:
    """The example of the specification."""
    tiles = list(hash_tiles(70_000))
    assert Counter((t.level, t.width) for t in tiles) == {
        (0, 256): 273,
        (0, 112): 1,
        (1, 256): 1,
        (1, 17): 1,
        (2, 1): 1,
    }
    assert Counter(b.width for b in entry_bundles(70_000)) == {256: 273, 112: 1}
    assert list(hash_tiles(256)) == [HashTile(0, 0), HashTile(1, 0, 1)]
    assert not list(hash_tiles(0))
    assert not list(entry_bundles(0))
    for tile in tiles:
        check_tile_in(tile, 70_000)


def test_tiles_hold_the_hashes_of_the_tree() -> None:
    """A level-1 hash is the root of the level-0 tile below it."""
    leaves = [leaf_hash(i.to_bytes(2, "big")) for i in range(600)]
    tree = Tree(leaves)
    joined = b"".join(read_hash_tile(tree, t) for t in hash_tiles(600) if t.level == 0)
    assert joined == b"".join(leaves)
    above = HashTile(1, 0, 2)
    hashes = parse_hash_tile(read_hash_tile(tree, above), above, where="tile")
    assert hashes == (Tree(leaves[:256]).root(), Tree(leaves[256:512]).root())
    with pytest.raises(NotFound):
        read_hash_tile(tree, HashTile(1, 0, 3))
    with pytest.raises(NotFound):
        check_tile_in(HashTile(1, 0, 3), 600)
    with pytest.raises(NotFound):
        check_tile_in(EntryBundle(2), 600)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**53, 1), (0, 0, 0), (0, 0, 257)]
)
def test_tiles_that_cannot_be_are_refused(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        HashTile(level, index, width)


def test_tiles_of_the_wrong_length_are_refused() -> None:
    tile = HashTile(0, 0, 2)
    for length in (0, 63, 65, 96):
        with pytest.raises(Malformed):
            parse_hash_tile(bytes(length), tile, where="tile")


def test_bundle_bytes() -> None:
    """Source: C2SP tlog-tiles: big-endian uint16 length before each entry."""
    raw = encode_bundle([b"", b"ab", b"c" * 65_535])
    assert raw[:6] == b"\x00\x00\x00\x02ab"
    assert raw[6:8] == b"\xff\xff"
    assert parse_bundle(raw, EntryBundle(0, 3), where="bundle") == (b"", b"ab", b"c" * 65_535)
    with pytest.raises(TooLarge):
        encode_bundle([bytes(65_536)])
    for count in (0, 257):
        with pytest.raises(Malformed):
            encode_bundle([b""] * count)


def test_broken_bundles_are_refused() -> None:
    raw = encode_bundle([b"one", b"two"])
    for broken in (b"", raw[:-1], raw[:5], raw[:6], raw + b"\x00"):
        with pytest.raises(Malformed):
            parse_bundle(broken, EntryBundle(0, 2), where="bundle")
    for width in (1, 3):
        with pytest.raises(Malformed):
            parse_bundle(raw, EntryBundle(0, width), where="bundle")
