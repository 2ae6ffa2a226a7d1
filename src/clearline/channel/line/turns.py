"""Whose step is next: what is urgent before what is routine, and nobody's flood before anybody else's word."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from clearline.errors import Unavailable

Item = TypeVar("Item")

WAITING_MAX = 20_000
"""Steps that may wait; more are refused at once rather than kept waiting without end."""

WAITING_OF_ONE_MAX = 4_000
"""Steps of one asker that may wait: one member's flood must leave room for all others."""


class Turns(Generic[Item]):
    """Steps that wait, by who asked. Urgent ones come first; within each sort the askers take turns."""

    def __init__(self) -> None:
        self._sorts: tuple[OrderedDict[str, deque[Item]], ...] = (OrderedDict(), OrderedDict())
        self._of: dict[str, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, item: Item, *, who: str, urgent: bool) -> None:
        """Let a step wait for its turn.

        Raises:
            Unavailable: As many wait already as may, of all or of this asker.
        """
        waiting = self._of.get(who, 0)
        if self._count >= WAITING_MAX or waiting >= WAITING_OF_ONE_MAX:
            raise Unavailable(f"{max(waiting, 1)} requests wait already; try again", retry_after_s=2)
        self._sorts[0 if urgent else 1].setdefault(who, deque()).append(item)
        self._of[who] = waiting + 1
        self._count += 1

    def take(self) -> Item:
        """Return the step whose turn it is.

        Raises:
            IndexError: None waits.
        """
        for waiting in self._sorts:
            if waiting:
                who, items = waiting.popitem(last=False)
                item = items.popleft()
                if items:
                    waiting[who] = items
                self._count -= 1
                self._of[who] -= 1
                if not self._of[who]:
                    del self._of[who]
                return item
        raise IndexError("no step waits")
