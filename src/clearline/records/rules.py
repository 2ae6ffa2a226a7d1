"""What each kind of record says of itself: in which logs it takes effect, and who must sign it.

A record class states what differs from the ordinary by `LOGS`, `BY_NODE` and `two_persons`; everybody asks here.
"""

from __future__ import annotations

from clearline.records.body import NotUnderstood, Record

ORDINARY_LOGS = ("main",)


def logs_of(record: Record) -> tuple[str, ...]:
    """Return the short names of the logs in which a record takes effect; what is not understood may stand anywhere."""
    if isinstance(record, NotUnderstood):
        return ("main", "safety")
    return getattr(record, "LOGS", ORDINARY_LOGS)


def by_node(record: Record) -> bool:
    """Report whether a node may say this by itself, signed by its `main` log key alone."""
    return bool(getattr(record, "BY_NODE", False))


def two_persons(record: Record) -> bool:
    """Report whether the act binds only with the signatures of two different officers over the same bytes."""
    return bool(getattr(record, "two_persons", False))


def releasing(record: Record) -> bool:
    """Report whether one of the two must be a releasing officer, where the member has any."""
    return bool(getattr(record, "RELEASING", True))
