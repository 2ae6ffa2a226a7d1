"""Instants and windows: UTC, whole milliseconds, closed ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from clearline.errors import Malformed

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""

PERM = Instant(2**53 - 1)
"""The end of what stands until further notice: zones and statements, never a notice."""


@dataclass(frozen=True, slots=True)
class Window:
    """A closed window of time: both ends belong to it; a single instant is a window.

    Raises:
        Malformed: `end` lies before `start`.
    """

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise Malformed(where="window", found=self.end, expected=f"an end at or after the start ({self.start})")
