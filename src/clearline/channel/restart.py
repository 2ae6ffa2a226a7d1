"""How a node starts from its store: from a bookmark where there is a good one, else from every entry anew.

Each log's root is rechecked against its newest signed checkpoint before anything is believed. Signatures are verified
in the background (`channel/proof/reverify.py`): they were verified when the entries came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearline.channel import bookmark as bookmarks
from clearline.channel import stored
from clearline.channel.alarms import DamagedStore, LostState
from clearline.channel.bookmark import Bookmark, BookmarkContradicts, BookmarkRefused
from clearline.channel.witnessing.lost import PROCEED
from clearline.errors import Alarm
from clearline.picture.entry import Entry, Place
from clearline.picture.fold import Picture
from clearline.picture.packed import Packed, merged
from clearline.picture.packed import opened as without
from clearline.picture.packing import Taken, again_of, rest_on, shelve, take, undo
from clearline.records.notice import Notice, NoticeStep
from clearline.records.outline import Outline
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

PACK_EVERY: Final = 50_000
"""Entries that are folded before they are packed: as objects they weigh some 5 KB each."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a node started: on which tables, why not on its bookmark, and what that proves."""

    base: Packed
    refused: str = ""
    """Why the bookmark was not used; empty where it was, or where there was none."""
    alarm: Alarm | None = None


def start(make: Callable[[], Node], raw: bytes | None, *, code: str) -> tuple[Node, Start]:
    """Return a node whose logs are read, their roots rechecked, and how it started; its picture is still to be folded.

    Raises:
        DamagedStore: A log's entries do not give the root of its newest checkpoint, whatever the bookmark says.
    """
    begun, mark = Start(Packed()), None
    if raw is not None:
        node = make()
        try:
            mark = open_bookmark(node, raw, code=code)
            rest_logs_on(node, mark)
            _load_logs(node)
            return node, Start(opened(node, mark.packed, came_late(node, mark.packed)))
        except BookmarkRefused as refusal:
            begun = Start(Packed(), refusal.message)
        except LostState as alarm:
            begun = Start(Packed(), alarm.message, alarm)
        except DamagedStore as damage:
            begun = Start(Packed(), damage.message)
    node = make()
    _load_logs(node)
    if mark is not None and begun.alarm is None:
        against = _contradiction(node, mark)
        begun = begun if against is None else Start(Packed(), against.message, against)
    return node, begun


def _load_logs(node: Node) -> None:
    for log in node.store.logs():
        if log in node.logs:
            stored.load_log(node, node.logs[log])


def _contradiction(node: Node, mark: Bookmark) -> BookmarkContradicts | None:
    """Return what a bookmark of this node proves against the logs in its store."""
    for name, log in sorted(mark.logs.items()):
        held = node.logs[name]
        if held.root_at(log.size) != log.root:
            return BookmarkContradicts(
                f"{name}: this node's own bookmark names another history of its first {log.size} entries than the "
                "store holds: one of the two was changed underneath the node; run clearline verify",
                notes=(log.signed, held.signed.raw() if held.signed is not None else b""),
            )
    return None


def open_bookmark(node: Node, raw: bytes, *, code: str) -> Bookmark:
    """Return a bookmark that is this node's and fits its store as far as can be told before the logs are read.

    Raises:
        BookmarkRefused: It is damaged or made for something else.
        LostState: It has more entries of a log than the store: the record was cut off or is an old copy.
    """
    key = node.keys.main.public
    mark = bookmarks.read(raw, channel=node.roster.channel, member=node.me, code=code, key=key)
    for name, log in sorted(mark.logs.items()):
        if name not in node.logs:
            raise BookmarkRefused(f"the bookmark names {name}, which is no log of this channel")
        if log.size and not list(node.store.entries(name, log.size - 1, 1)):
            held = sum(1 for _ in node.store.entries(name))
            raise LostState(
                f"{name}: this node's own bookmark was made over {log.size} entries, {held} are held: the record was "
                f"cut off or restored from an old backup; {PROCEED}",
                notes=(log.signed,),
            )
    return mark


def rest_logs_on(node: Node, mark: Bookmark) -> None:
    """Let the logs begin with what the bookmark holds of them.

    Raises:
        BookmarkRefused: Its leaf hashes do not give its own roots.
    """
    for name, log in mark.logs.items():
        held = node.logs[name]
        held.tree.extend_joined(log.leaves)
        if held.tree.root() != log.root:
            raise BookmarkRefused(f"the bookmark is damaged: its leaves of {name} do not give the root that it names")
        held.received, held.lacking, held.covering = log.received, log.lacking, log.covering
    node.claims = mark.claims
    node.refusals = mark.refusals


def fold(node: Node, base: Packed, *, at: Instant) -> None:
    """Fold what the store holds past `base`.

    Raises:
        LookupError, DamagedStore: The tables do not fit the record, or an entry is not the one that was signed for.
    """

    def read(place: Place) -> Entry:
        return stored.entry_at(node, place)

    # Read before anything else: with the key events among them the roster learns who may have signed the others.
    again = [read(place) for place in sorted(again_of(base))]
    node.picture = picture = Picture.of(node.roster.parties, (), keys=node.roster.first_keys())
    shelve(picture, base, read, at=at)
    for entry in again:
        picture.again.append(entry.place)
        picture.take(entry)
    folded = 0
    sizes = dict(zip(base.logs, base.sizes, strict=True))
    # The own logs first: they say which bodies of others this node has refused.
    for held in sorted(node.logs.values(), key=lambda held: held.member != node.me):
        for entry in stored.stored_entries(node, held, sizes.get(held.name, 0)):
            picture.fold(entry)
            folded += 1
            if folded % PACK_EVERY == 0:
                pack(node, at=at)


def opened(node: Node, base: Packed, places: Iterable[Place]) -> Packed:
    """Return the tables from which to fold anew after bodies of these entries came late or were destroyed."""
    covered = sorted({place for place in places if base.covers(place)})
    if not covered:
        return base
    keys: set[tuple[str, str]] = set()
    for place in covered:
        record = stored.entry_at(node, place).record
        if isinstance(record, Notice):
            keys.add((str(place.member), record.draft.notice))
        elif isinstance(record, NoticeStep | Outline):
            keys.add((str(place.member), record.notice))
    return without(base, covered, keys)


def came_late(node: Node, base: Packed) -> list[Place]:
    """Return the entries of the tables whose body lacked when they were made and is in the store now."""
    found = []
    for held in node.logs.values():
        for index, slot in sorted(held.lacking):
            stored = node.store.entry(held.name, index)
            if stored is not None and any(body.slot == slot for body in stored[1]):
                held.lacking.discard((index, slot))
                found.append(Place(held.member, held.log, index))
    return [place for place in found if base.covers(place)]


def pack(node: Node, *, at: Instant) -> Packed:
    """Pack what was folded, at once, and let the picture rest on it; all of it must be committed."""
    taken = take(node.picture)
    packed = merged(node.picture.packed, taken.added)
    settle(node, packed, taken, at=at)
    return packed


def settle(node: Node, packed: Packed, taken: Taken, *, at: Instant) -> None:
    """Let the picture rest on what was packed, beside what was folded since."""
    rest_on(node.picture, packed, taken, lambda place: stored.entry_at(node, place), at=at)


__all__ = ["Packed", "Start", "fold", "pack", "settle", "start", "undo"]
