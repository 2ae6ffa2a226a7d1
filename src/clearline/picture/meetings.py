"""Meetings in the picture: calls, proposed minutes, and who assented to exactly which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.words import EntryId, MemberId

Key = tuple[MemberId, str]
"""Convener and reference."""


@dataclass(slots=True)
class Meetings:
    """Calls (oldest first, the last one stands), minutes by entry id, and assents by the minutes they name."""

    calls: dict[Key, tuple[tuple[Entry, Meeting], ...]] = field(default_factory=dict)
    minutes: dict[EntryId, tuple[Entry, Minutes]] = field(default_factory=dict)
    assents: dict[str, dict[Place, Entry]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Meeting | Minutes | MinutesAssent) -> str:
        """Take one in; return why it has no effect, or nothing."""
        match record:
            case Meeting():
                key = (entry.header.author, record.reference)
                held = self.calls.get(key, ())
                if held and record.amends != held[-1][0].id:
                    return "the reference is in use" if not record.amends else "amends a call that no longer stands"
                if not held and record.amends:
                    return "amends a call that was never made"
                self.calls[key] = (*held, (entry, record))
            case Minutes():
                self.minutes[entry.id] = (entry, record)
            case MinutesAssent():
                self.assents.setdefault(record.of, {})[entry.place] = entry
        return ""

    def called(self, of: str) -> tuple[Key, Meeting] | None:
        """Return the meeting, as it stands, one of whose calls is the entry `of`; or `None`."""
        for key, calls in self.calls.items():
            if any(entry.id == of for entry, _ in calls):
                return key, calls[-1][1]
        return None

    def assented(self, minutes: str) -> dict[MemberId, Entry]:
        """Return who assents to minutes, each with its first word; who proposed them assents by that."""
        found: dict[MemberId, Entry] = {}
        if (held := self.minutes.get(EntryId(minutes))) is not None:
            found[held[0].header.author] = held[0]
        given = self.assents.get(minutes, {})
        for place in sorted(given):
            found.setdefault(place.member, given[place])
        return found

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "calls": dict(sorted(self.calls.items())),
            "minutes": dict(sorted(self.minutes.items())),
            "assents": {of: dict(sorted(held.items())) for of, held in sorted(self.assents.items())},
        }
