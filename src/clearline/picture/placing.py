"""Whether an entry took its place in time, as its own log tells: its header says until when it could be signed.

No clock and no arrival is asked, so every member finds the same. A log that claims a later time before an entry than
the entry's `expires` shows one of two things: it was placed after its time, or a clock of its author stood wrong.
Either is shown and takes nothing away: an hour's error of a clock must not silence an alert.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from clearline.errors import Alarm
from clearline.picture.entry import Entry, Place
from clearline.picture.packed import Packed
from clearline.picture.shelf import Read
from clearline.volumes.instant import Instant, format_instant

LOOKED_BACK = 32
"""Entries before one that are asked for their time: a clock that leapt once is not held against a log for ever."""

PLACED_LATE = "placed-late"


class Window:
    """The times that the last entries of one log claim."""

    def __init__(self) -> None:
        self._claims: deque[tuple[int, int]] = deque(maxlen=LOOKED_BACK)
        self._latest = 0

    def follow(self, index: int, claimed: int, expires: int) -> int:
        """Take the next entry and return the index of one before it that claims a time past its `expires`, or -1."""
        found = next((n for n, at in self._claims if at > expires), -1) if self._latest > expires else -1
        self._claims.append((index, claimed))
        self._latest = max(self._latest, claimed)
        return found


@dataclass(slots=True)
class Placing:
    """Entries that were placed after their time, with the index of the entry of their log that shows it."""

    packed: Packed = field(default_factory=Packed)
    held: dict[Place, int] = field(default_factory=dict)
    """Those that the tables do not hold."""
    read: Read | None = None
    """Reads an entry that the tables cover: the last ones of a log, when the next one comes."""
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def follow(self, entry: Entry) -> None:
        """Take the next entry of a log."""
        after = self._look(entry)
        if after >= 0:
            self.held[entry.place] = after

    def after(self, place: Place) -> int:
        """Return the index of the entry that shows that this one was placed late, or -1."""
        row = self.packed.find_place("late", place)
        return self.held.get(place, self.packed.tables["late_after"][row] if row >= 0 else -1)

    def rest_on(self, packed: Packed) -> None:
        """Rest on tables that hold what these held and more."""
        self.packed = packed
        self.held = {place: after for place, after in self.held.items() if not packed.covers(place)}

    def value(self) -> dict[Place, Any]:
        """Return all of it as one comparable value, in a fixed order."""
        tables = self.packed.tables
        rows = zip(tables["late"], tables["late_after"], strict=True)
        return dict(sorted([*((self.packed.place(place), after) for place, after in rows), *self.held.items()]))

    def _look(self, entry: Entry) -> int:
        place, header = entry.place, entry.header
        window = self._windows.get((place.member, place.log))
        if window is None:
            window = self._windows[place.member, place.log] = self._begun(place)
        return window.follow(place.index, header.claimed, header.expires)

    def _begun(self, place: Place) -> Window:
        """Return the window of a log before `place`, from what the tables cover."""
        window, read = Window(), self.read
        if read is None:
            return window
        for index in range(max(0, place.index - LOOKED_BACK), place.index):
            try:
                before = read(replace(place, index=index)).header
            except (LookupError, Alarm):
                # An entry that is damaged at rest is named by whoever looks for that; nothing is refused for it here.
                continue
            window.follow(index, before.claimed, before.expires)
        return window


def words(after: int, expires: Instant) -> str:
    """Return in a sentence what shows that an entry was placed late."""
    return (
        f"stands behind entry {after} of its log, which claims a later time than {format_instant(expires)}, until "
        "which it could be signed: it was placed after its time, or a clock stood wrong"
    )
