"""What follows when an entry is taken in: the picture, the watch, the deadlines, and those who listen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clearline.channel.acts import erasing
from clearline.channel.due import ticking
from clearline.channel.keys import key_watch
from clearline.conflicts.engine import Conflict
from clearline.picture.entry import Entry
from clearline.picture.fold import Touched
from clearline.records.erasure import Erasure
from clearline.records.key_event import KeyEvent
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node


def fold(node: Node, entry: Entry, at: Instant) -> Touched:
    """Fold an entry into the picture, let the watch follow, and tell the listeners."""
    touched = node.picture.fold(entry)
    if isinstance(entry.record, KeyEvent):
        key_watch.learn(node, entry.record, entry.place)
        node.event("key", key_watch.told(node, entry, entry.record, at=at))
    if isinstance(entry.record, Erasure) and entry.place not in node.picture.ineffective:
        erasing.follow(node, entry, entry.record, at=at)
    elif touched.agreement and node.not_erased:
        erasing.follow_all(node, at=at)
    news = node.watch.update(node.picture, touched, at=at)
    node.fixed_times.follow(node.picture, touched)
    ticking.followed(node, entry, at=at)
    node.deadlines.update(node.case, touched, at=at)
    kind = entry.record.KIND if entry.record is not None and hasattr(entry.record, "KIND") else "envelope"
    node.event(
        "entry",
        {
            "log": f"{entry.place.member}/{entry.place.log}",
            "index": entry.place.index,
            "id": entry.id,
            "kind": kind,
            "notice": list(touched.notice) if touched.notice else None,
            "at": at,
        },
    )
    tell_conflicts(node, news, at)
    return touched


def tell_conflicts(node: Node, news: Iterable[Conflict], at: Instant) -> None:
    """Tell the listeners of conflicts that were not known before."""
    for conflict in news:
        node.event(
            "conflict",
            {
                "id": conflict.id,
                "a": {"party": conflict.a.party, "notice": conflict.a.notice, "volume": conflict.a.volume},
                "b": {"party": conflict.b.party, "notice": conflict.b.notice, "volume": conflict.b.volume},
                "at": at,
            },
        )
