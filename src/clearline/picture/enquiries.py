"""Enquiries in the picture: what was asked and every reply, in the order of the replier's log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.records.enquiry import Enquiry, EnquiryReply
from clearline.records.words import EntryId, MemberId


@dataclass(slots=True)
class Enquiries:
    """Every enquiry by its entry id, and the replies to it."""

    asked: dict[EntryId, tuple[Entry, Enquiry]] = field(default_factory=dict)
    replies: dict[str, dict[Place, tuple[Entry, EnquiryReply]]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Enquiry | EnquiryReply) -> str:
        """Take one in; return why it has no effect, or nothing."""
        match record:
            case Enquiry():
                if entry.header.author in record.to:
                    return "enquires of itself"
                self.asked[entry.id] = (entry, record)
            case EnquiryReply():
                self.replies.setdefault(record.of, {})[entry.place] = (entry, record)
        return ""

    def of(self, enquiry: str, member: MemberId) -> list[tuple[Entry, EnquiryReply]]:
        """Return what one member replied to an enquiry, oldest first."""
        given = self.replies.get(enquiry, {})
        return [given[place] for place in sorted(given) if place.member == member]

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "asked": dict(sorted(self.asked.items())),
            "replies": {of: dict(sorted(held.items())) for of, held in sorted(self.replies.items())},
        }
