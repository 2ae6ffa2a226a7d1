"""What nodes have said of each other's cheating, and which node says that it holds again what it had lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.words import MemberId


@dataclass(slots=True)
class Witnessing:
    """Founded evidence by the place where it was said, and restorations by the member that states them."""

    evidence: dict[Place, tuple[Entry, Evidence]] = field(default_factory=dict)
    restored: dict[MemberId, dict[Place, tuple[Entry, StateRestored]]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Evidence | StateRestored) -> None:
        """Take one entry in; the order between logs changes nothing."""
        match record:
            case Evidence():
                self.evidence[entry.place] = (entry, record)
            case StateRestored():
                self.restored.setdefault(entry.header.author, {})[entry.place] = (entry, record)

    def covered(self, member: MemberId, log: str) -> int:
        """Return the largest size of a log that two persons of `member` said is held again; 0 where nobody did."""
        said = self.restored.get(member, {}).values()
        return max((size for _, record in said for name, size in record.sizes if name == log), default=0)

    def value(self) -> dict[str, Any]:
        """Return what is held as one comparable value, in a fixed order."""
        return {
            "evidence": dict(sorted(self.evidence.items())),
            "restored": {member: dict(sorted(held.items())) for member, held in sorted(self.restored.items())},
        }
