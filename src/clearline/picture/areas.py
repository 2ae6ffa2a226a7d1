"""Zones and red lines in the picture: every version, and whether the issuer has withdrawn it."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.picture.entry import Entry
from clearline.records.area import Area, AreaWithdrawal


@dataclass(frozen=True, slots=True)
class AreaVersion:
    """One version of an area and the entry that said it."""

    entry: Entry
    area: Area


@dataclass(frozen=True, slots=True)
class AreaHistory:
    """An area with all its versions (oldest first) and its withdrawal, if any."""

    versions: tuple[AreaVersion, ...]
    withdrawn: Entry | None = None

    @property
    def current(self) -> AreaVersion:
        """Return the version that stands."""
        return self.versions[-1]


def with_area(history: AreaHistory | None, entry: Entry, record: Area, *, unread: bool = False) -> AreaHistory | str:
    """Return the history after a statement of an area, or the reason why it has no effect.

    `unread` says that the version amended stands in the log and that this member was not shown it.
    """
    version = AreaVersion(entry, record)
    if not record.amends:
        return AreaHistory((version,)) if history is None else "the reference is in use"
    if history is None:
        return AreaHistory((version,)) if unread else "amends an area that was never stated"
    if history.withdrawn is not None:
        return "amends an area that was withdrawn"
    if record.amends != history.current.entry.id and not unread:
        return "amends a version that no longer stands"
    return AreaHistory((*history.versions, version))


def with_withdrawal(history: AreaHistory | None, entry: Entry, record: AreaWithdrawal) -> AreaHistory | str:
    """Return the history after a withdrawal, or the reason why it has no effect."""
    if history is None:
        return "withdraws an area that was never stated"
    if history.withdrawn is not None:
        return "withdraws an area that was withdrawn"
    if record.of != history.current.entry.id:
        return "withdraws a version that no longer stands"
    return AreaHistory(history.versions, entry)
