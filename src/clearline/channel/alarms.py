"""What a node refuses to do, and what it keeps as evidence."""

from __future__ import annotations

from clearline.errors import Alarm, NotAllowed, Refused, Unavailable
from clearline.records.evidence import Evidence
from clearline.tlog.checkpoint import Checkpoint, SplitView


class ReadOnly(Refused):
    """The node has lost state that it had signed; it signs nothing until it is refilled and two persons say so."""

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


class LostState(Alarm):
    """The node was shown a cosignature of its own past what it holds: it witnesses with less than it had signed."""

    slug, title, status = "lost-state", "This node has lost what it had cosigned", 409

    def __init__(self, message: str, *, notes: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.notes = notes


class PeersNotAsked(Unavailable):
    """After a start the node first asks its peers how far its own logs are, before it signs anything."""

    slug, title, status = "peers-not-asked", "Peers have not been asked yet", 503


class BrokenHistory(Alarm):
    """The entries that a member sent do not give the root that it signed, on top of what it sent before.

    `proven` holds the evidence that proves it to others, where there is one.
    """

    slug, title, status = "broken-history", "A log does not continue its history", 409

    def __init__(self, message: str, *, notes: tuple[bytes, ...], proven: Evidence | None = None) -> None:
        super().__init__(message)
        self.notes, self.proven = notes, proven


class ProvenSplit(SplitView):
    """Two histories of one log, with the evidence that proves it to others."""

    def __init__(
        self, held: Checkpoint, offered: Checkpoint, *, notes: tuple[bytes, ...], proven: Evidence | None
    ) -> None:
        super().__init__(held, offered, notes=notes)
        self.proven = proven


class BackDated(Alarm):
    """An entry claims a time well before that of an entry which it says it had seen."""

    slug, title, status = "back-dated", "An entry is older than what it had seen", 409

    def __init__(self, message: str, *, notes: tuple[bytes, ...], proven: Evidence) -> None:
        super().__init__(message)
        self.notes, self.proven = notes, proven


class Unfounded(Refused):
    """Evidence that proves nothing: its notes are not signed by whom they accuse, or do not contradict each other."""

    slug, title, status = "unfounded-evidence", "Evidence that proves nothing", 422


class NotYourLog(NotAllowed):
    """Somebody pushed a log as if it were another's."""

    slug, title, status = "not-your-log", "Not a log of another member", 403


class SaidBefore(Refused):
    """A log holds one statement twice: a replay, whose author must answer for it."""

    slug, title, status = "said-before", "A statement stands twice in one log", 422


class UnprovenHistory(Refused):
    """Entries that another member or a file brought do not add up: their bearer may have changed them."""

    slug, title, status = "unproven-history", "The entries brought do not add up", 422


class UnprovenAnswer(Refused):
    """An answer that another member passed on carries no signature of the member that it is said to come from."""

    slug, title, status = "unproven-answer", "A carried answer proves nothing", 502
