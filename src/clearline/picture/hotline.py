"""The hotline in the picture: alerts, what was answered to them, who was passed over, and what was taken back.

Each of them stands by its place, so that the order in which logs arrive tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.escalation import Escalation
from clearline.records.message import Message
from clearline.records.words import EntryId


@dataclass(slots=True)
class Hotline:
    """All that was said on the hotline but the messages themselves, of which it names those that ring."""

    alerts: dict[EntryId, tuple[Entry, Alert]] = field(default_factory=dict)
    urgent: dict[EntryId, tuple[Entry, Message]] = field(default_factory=dict)
    """Messages that ring until they are seen, whatever time they claim."""
    answers: dict[str, dict[Place, tuple[Entry, AlertAnswer]]] = field(default_factory=dict)
    escalations: dict[str, dict[Place, tuple[Entry, Escalation]]] = field(default_factory=dict)
    cancelled: dict[str, dict[Place, Entry]] = field(default_factory=dict)
    """By the entry that is taken back: the entries that say so, of any author; see `cancelled_by`."""

    def fold(self, entry: Entry, record: Message | Alert | AlertAnswer | Escalation) -> tuple[str, ...]:
        """Take one entry in and return the entry ids of which more is known now."""
        match record:
            case Message():
                if record.rings:
                    self.urgent[entry.id] = (entry, record)
                return (entry.id, *self._cancel(entry, record.cancels))
            case Alert():
                self.alerts[entry.id] = (entry, record)
                return (entry.id, *self._cancel(entry, record.cancels))
            case AlertAnswer():
                self.answers.setdefault(record.of, {})[entry.place] = (entry, record)
                return (record.of,)
            case Escalation():
                self.escalations.setdefault(record.of, {})[entry.place] = (entry, record)
                return (record.of,)

    def cancelled_by(self, entry: Entry) -> Entry | None:
        """Return the first entry by which its own author took an entry back; nobody else can."""
        found = self.cancelled.get(entry.id, {}).values()
        own = [by for by in found if by.header.author == entry.header.author]
        return min(own, key=lambda by: by.place, default=None)

    def value(self) -> dict[str, Any]:
        """Return all of it as one comparable value."""
        return {
            "alerts": dict(sorted(self.alerts.items())),
            "urgent": dict(sorted(self.urgent.items())),
            "answers": {of: dict(sorted(given.items())) for of, given in sorted(self.answers.items())},
            "escalations": {of: dict(sorted(given.items())) for of, given in sorted(self.escalations.items())},
            "cancelled": {of: dict(sorted(given.items())) for of, given in sorted(self.cancelled.items())},
        }

    def _cancel(self, entry: Entry, of: str) -> tuple[str, ...]:
        if not of:
            return ()
        self.cancelled.setdefault(of, {})[entry.place] = entry
        return (of,)
