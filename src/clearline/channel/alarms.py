"""What a node refuses to do, and what it keeps as evidence."""

from __future__ import annotations

from clearline.errors import Alarm, NotAllowed, Refused


class ReadOnly(Refused):
    """The node's own log is shorter than a peer holds it: a restored backup; it signs nothing until refilled."""

    slug, title, status = "read-only", "This node is read-only", 409


class DamagedStore(Alarm):
    """What is stored does not agree with the checkpoint that was signed over it."""

    slug, title, status = "damaged-store", "The stored record is damaged", 500


class RestoredBackup(Alarm):
    """The node found itself shorter than a checkpoint of its own log that a peer holds."""

    slug, title, status = "restored-backup", "This node has lost entries of its own log", 409

    def __init__(self, message: str, *, notes: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.notes = notes


class BrokenHistory(Alarm):
    """The entries that a member sent do not give the root that it signed, on top of what it sent before."""

    slug, title, status = "broken-history", "A log does not continue its history", 409

    def __init__(self, message: str, *, notes: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.notes = notes


class NotYourLog(NotAllowed):
    """Somebody pushed a log as if it were another's."""

    slug, title, status = "not-your-log", "Not a log of another member", 403


class SaidBefore(Refused):
    """A log holds one statement twice: a replay, whose author must answer for it."""

    slug, title, status = "said-before", "A statement stands twice in one log", 422
