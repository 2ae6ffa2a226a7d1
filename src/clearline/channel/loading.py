"""How a node comes back from its store: the record, what was waiting, what it knows of itself, and what it must ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clearline.channel import restart
from clearline.channel.acts import drafts
from clearline.channel.alarms import DamagedStore
from clearline.channel.due import ticking
from clearline.channel.line import ahead, unplaced
from clearline.channel.witnessing import lost, witness
from clearline.picture.packed import Packed
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node


def load(
    make: Callable[[], Node], *, at: Instant, ask_first: bool = False, bookmark: bytes | None = None, code: str = ""
) -> Node:
    """Return the node that `make` gives, as its store holds it; see `Node.load`.

    Raises:
        DamagedStore: A log's entries do not give the root of its newest checkpoint.
    """
    node, begun = restart.start(make, bookmark, code=code)
    node.start = begun
    node.last_event = node.store.last_event()
    node.alarms = node.store.evidence()
    node.findings = witness.counted(node.alarms)
    if any(kept.slug == DamagedStore.slug for kept in node.alarms):
        node.damaged = "the stored record was found damaged; nothing is signed before all of it is verified again"
    ticking.load(node)
    try:
        node.refold(at=at, base=node.start.base)
    except (LookupError, DamagedStore) as fault:
        if not node.start.base.sizes:
            raise
        # Every entry is read and hashed again: what the bookmark passed over is no longer taken on its word.
        node = load(make, at=at, ask_first=ask_first)
        node.start = restart.Start(Packed(), f"the bookmark does not fit the record: {fault}")
        return node
    if node.start.alarm is not None:
        node.keep_evidence(node.start.alarm, at=at)
    witness.load(node)
    ahead.load(node, at=at)
    unplaced.load(node, at=at)
    if node.ahead:
        node.deadlines.rebuild(node.case, at=at)
    node.drafts = drafts.load(node.store.kept(drafts.KIND), node.roster, node.me)
    lost.refresh(node)
    node.ask_first = ask_first
    return node
