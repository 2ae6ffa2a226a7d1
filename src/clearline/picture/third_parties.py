"""Attributions and relayed entries in the picture: claims, kept beside each other, judged by nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.attribution import Attribution, Relayed
from clearline.records.words import EntryId


@dataclass(slots=True)
class ThirdParties:
    """Every attribution by its entry id, and every relayed body by the entry that it belongs to."""

    attributions: dict[EntryId, tuple[Entry, Attribution]] = field(default_factory=dict)
    relayed: dict[str, dict[Place, tuple[Entry, Relayed]]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Attribution | Relayed) -> str:
        """Take one in; both always stand as said."""
        match record:
            case Attribution():
                self.attributions[entry.id] = (entry, record)
            case Relayed():
                self.relayed.setdefault(record.of, {})[entry.place] = (entry, record)
        return ""

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "attributions": dict(sorted(self.attributions.items())),
            "relayed": {of: dict(sorted(held.items())) for of, held in sorted(self.relayed.items())},
        }
