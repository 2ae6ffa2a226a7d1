"""Words beside messages: translations of free text, and slots of phrases read back and compared.

Both name the exact entry of which they speak, and each is its author's alone, so nothing here depends on the order
in which logs arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.picture.read_back import HEIGHT_TOLERANCE_CM, PLACE_TOLERANCE_M, distance_m
from clearline.records.phrases.slots import HeightSlot, PlaceSlot, Slot, shown
from clearline.records.phrases.spoken import SpokenPhrase, shown_code
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.words import MemberId


@dataclass(frozen=True, slots=True)
class SlotDifference:
    """One thing that was read back otherwise than it was said. `phrase` counts from 0, -1 for the whole message."""

    phrase: int
    what: str
    said: str
    read: str


@dataclass(slots=True)
class Wording:
    """All translations and read-backs of messages, by the entry id of the message."""

    translations: dict[str, dict[Place, tuple[Entry, Translation]]] = field(default_factory=dict)
    read_backs: dict[str, dict[Place, tuple[Entry, MessageReadBack]]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Translation | MessageReadBack) -> str | None:
        """Take one in, or return the reason why it has no effect."""
        match record:
            case Translation():
                if record.checked_by and record.checked_by not in entry.positions:
                    return f"checked by {record.checked_by}, who has not signed it"
                self.translations.setdefault(record.of, {})[entry.place] = (entry, record)
            case MessageReadBack():
                self.read_backs.setdefault(record.of, {})[entry.place] = (entry, record)
        return None

    def value(self) -> dict[str, Any]:
        """Return all of it as one comparable value, in a fixed order."""
        return {
            "translations": {of: dict(sorted(held.items())) for of, held in sorted(self.translations.items())},
            "read_backs": {of: dict(sorted(held.items())) for of, held in sorted(self.read_backs.items())},
        }

    def translated(self, of: str) -> tuple[tuple[Entry, Translation], ...]:
        """Return the translations of a message: of each author and language the last one, checked ones first."""
        newest: dict[tuple[MemberId, str], tuple[Entry, Translation]] = {}
        for _, (entry, record) in sorted(self.translations.get(of, {}).items()):
            newest[(entry.header.author, record.language)] = (entry, record)
        return tuple(
            sorted(newest.values(), key=lambda held: (held[1].language, not held[1].checked_by, held[0].place))
        )

    def unlike(self, of: str, said: tuple[SpokenPhrase, ...]) -> tuple[tuple[Entry, tuple[SlotDifference, ...]], ...]:
        """Return each member's last read-back of a message that differs from what was said, with what differs."""
        last = {entry.header.author: (entry, record) for entry, record in self.read_back_of(of)}
        compared = ((entry, slot_differences(said, record.phrases)) for entry, record in last.values())
        return tuple((entry, found) for entry, found in compared if found)

    def read_back_of(self, of: str) -> tuple[tuple[Entry, MessageReadBack], ...]:
        """Return every read-back of a message, each author's in the order of its log."""
        return tuple(held for _, held in sorted(self.read_backs.get(of, {}).items()))


def slot_differences(said: tuple[SpokenPhrase, ...], read: tuple[SpokenPhrase, ...]) -> tuple[SlotDifference, ...]:
    """Return every difference between phrases said and phrases read back, in order; none is a match.

    Places may differ by `PLACE_TOLERANCE_M`, heights by `HEIGHT_TOLERANCE_CM` in one datum; all else is exact.
    """
    found = []
    if len(said) != len(read):
        found.append(SlotDifference(-1, "phrases", str(len(said)), str(len(read))))
    for number, (one, back) in enumerate(zip(said, read, strict=False)):
        if one.code != back.code:
            found.append(SlotDifference(number, "code", shown_code(one.code), shown_code(back.code)))
            continue
        right, given = dict(one.slots), dict(back.slots)
        for name in sorted({*right, *given}):
            if name not in right or name not in given or not _same(right[name], given[name]):
                found.append(SlotDifference(number, name, _shown(right.get(name)), _shown(given.get(name))))
    return tuple(found)


def _same(said: Slot, read: Slot) -> bool:
    match said, read:
        case PlaceSlot(), PlaceSlot():
            return distance_m(said.position, read.position) <= PLACE_TOLERANCE_M
        case HeightSlot(), HeightSlot():
            a, b = said.altitude, read.altitude
            return a.datum is b.datum and abs(a.cm - b.cm) <= HEIGHT_TOLERANCE_CM
        case _:
            return said == read


def _shown(slot: Slot | None) -> str:
    return "" if slot is None else shown(slot)
