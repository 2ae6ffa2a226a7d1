"""Pages of long lists: what is shown of a page is read, what stands before and behind it is only counted."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.notices import NoticeHistory
from clearline.picture.packed import COMPLETED, ENDED_NOT, WITHDRAWN
from clearline.picture.shelf import Messages, Notices
from clearline.records.message import Message

ENDS: dict[str, int] = {"over": ENDED_NOT, "completed": COMPLETED, "withdrawn": WITHDRAWN}
"""What has become of a notice that is past: by its windows' end alone, or by its owner's word."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: how many there are in all, and those from `first` up to `end`."""

    total: int
    shown: list[NoticeHistory]


def notices_page(
    picture: Picture,
    *,
    first: int,
    end: int,
    party: str = "",
    past: Iterable[str] = tuple(ENDS),
    wanted: Callable[[NoticeHistory], bool] = lambda _: True,
    latest_end_first: bool = False,
) -> Page:
    """Return a page of the notices of `party` (or all), by start and then by where they were filed first.

    `wanted` chooses among those at hand, which all of those in force and to come are; of the others those are taken
    whose end is in `past` (words of `ENDS`). With `latest_end_first` they are ordered by their end, the latest first.
    """
    notices = picture.notices
    known = notices.held.values() if isinstance(notices, Notices) else notices.values()
    mine = [h for h in known if (not party or h.key[0] == party) and wanted(h)]

    def order(history: NoticeHistory) -> tuple[int, str, str, int]:
        place = history.versions[0].entry.place
        return (-history.end if latest_end_first else history.start, place.member, place.log, place.index)

    held: Iterator[tuple[Any, Callable[[], NoticeHistory]]] = (
        (order(history), partial(_as_it_is, history)) for history in sorted(mine, key=order)
    )
    if not isinstance(notices, Notices):
        return Page(len(mine), [make() for _, make in islice(held, first, end)])
    rows = notices.past(party, frozenset(ENDS[word] for word in past), by_end=latest_end_first)
    both = heapq.merge(held, notices.ordered(rows, by_end=latest_end_first), key=lambda pair: pair[0])
    return Page(len(mine) + len(rows), [make() for _, make in islice(both, first, end)])


def _as_it_is(history: NoticeHistory) -> NoticeHistory:
    return history


def newest_messages(picture: Picture, count: int) -> list[tuple[Entry, Message]]:
    """Return the newest messages by their authors' clocks, newest first, at most `count`."""
    if isinstance(picture.messages, Messages):
        return picture.messages.newest(count)
    return heapq.nsmallest(count, picture.messages.values(), key=lambda said: (-said[0].header.claimed, said[0].place))
