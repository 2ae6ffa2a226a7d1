"""What is compared though it is not exact: notices told as area only, and words taken down that nobody has signed.

They are listed apart from notices, each with what it meets, so that no list of conflicts leaves them out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clearline.channel.acts.dictation import NOT_SIGNED
from clearline.channel.node import Node
from clearline.channel.watch import Key, placed_in
from clearline.conflicts.engine import Conflict
from clearline.picture.entry import Entry
from clearline.volumes.instant import Instant
from clearline.volumes.volume import Volume

AREA_ONLY_WORDS = "AREA ONLY: roughly where, how high and when. The activity is not told; nothing here is exact."
"""Travels with every notice of which the area alone is known."""


@dataclass(frozen=True, slots=True)
class Vague:
    """One of them, its entry, what it is in words, where and when at the most, and the conflicts that it is in."""

    key: Key
    entry: Entry
    words: str
    volumes: tuple[Volume, ...]
    conflicts: tuple[Conflict, ...]


def vague(node: Node, *, at: Instant) -> tuple[Vague, ...]:
    """Return all that are in force or to come at `at`, ordered by start and key."""
    found = [one for one in _all(node) if one.volumes and max(v.window.end for v in one.volumes) >= at]
    return tuple(sorted(found, key=lambda one: (min(v.window.start for v in one.volumes), one.key)))


def _all(node: Node) -> Iterator[Vague]:
    for key, history in node.picture.outlines.items():
        if history.ended is None:
            yield Vague(key, history.current.entry, AREA_ONLY_WORDS, history.volumes, node.watch.of_notice(key))
    for key, (entry, _) in node.picture.paper.notices().items():
        volumes = tuple(one.volume for one in placed_in(node.picture, key))
        yield Vague(key, entry, NOT_SIGNED, volumes, node.watch.of_notice(key))
