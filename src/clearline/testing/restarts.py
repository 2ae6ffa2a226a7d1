"""Starting nodes from their bookmark, as `bootstrap` does with the file."""

from __future__ import annotations

from clearline.channel import bookmark, restart
from clearline.channel.node import Node
from clearline.volumes.instant import Instant

CODE = "the code under test"


def bookmark_of(node: Node, *, at: Instant) -> bytes:
    """Return the bookmark of a node whose writes are all committed; its picture rests on the tables from now on."""
    packed = restart.pack(node, at=at)
    return b"".join(bookmark.written(bookmark.state_of(node, at=at), packed, code=CODE, signer=node.keys.main))


def begun(node: Node, raw: bytes | None, *, at: Instant) -> Node:
    """Return the node that starts from the same store and this bookmark."""
    return Node.load(node.me, node.roster, node.keys, node.store, at=at, bookmark=raw, code=CODE)
