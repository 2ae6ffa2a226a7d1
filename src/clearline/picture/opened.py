"""Which bodies their authors opened to more members, and which they ordered destroyed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.disclosure import Disclosure
from clearline.records.erasure import Erasure
from clearline.records.words import MemberId


@dataclass(slots=True)
class Opened:
    """Disclosures by the entry that they open, and erasures by the body that they name.

    Both count for bodies of their own author alone, so whoever asks says whose body it is: the same words by
    another member are held and mean nothing.
    """

    disclosures: dict[str, dict[Place, tuple[Entry, Disclosure]]] = field(default_factory=dict)
    erasures: dict[tuple[str, int], dict[Place, tuple[Entry, Erasure]]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Disclosure | Erasure) -> tuple[str, ...]:
        """Take one act in and return the ids of the entries that it is about."""
        if isinstance(record, Disclosure):
            self.disclosures.setdefault(record.of, {})[entry.place] = (entry, record)
            return (record.of,)
        for named in record.bodies:
            self.erasures.setdefault((named.entry, named.slot), {})[entry.place] = (entry, record)
        return tuple(dict.fromkeys(named.entry for named in record.bodies))

    def told(self, entry: Entry, slot: int = 0) -> tuple[MemberId, ...]:
        """Return the members that may read a body: its readers by the header, and by later disclosures; sorted."""
        readers = {*entry.header.slots[slot].audience} if slot < len(entry.header.slots) else set()
        for said, record in self.disclosures.get(entry.id, {}).values():
            if record.slot == slot and said.place.member == entry.place.member:
                readers |= {*said.header.audience}
        return tuple(sorted(readers))

    def erased_by(self, author: str, entry_id: str, slot: int) -> tuple[Entry, Erasure] | None:
        """Return the first erasure by `author` that names a body, or `None`."""
        found = self.erasures.get((entry_id, slot), {})
        return next((found[place] for place in sorted(found) if place.member == author), None)

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "disclosures": {of: dict(sorted(given.items())) for of, given in sorted(self.disclosures.items())},
            "erasures": {named: dict(sorted(given.items())) for named, given in sorted(self.erasures.items())},
        }
