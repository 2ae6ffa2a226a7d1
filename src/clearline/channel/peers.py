"""What a node knows of its line to each other member, and when it is due to speak."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

NEVER = Instant(0)

BACKOFF_FIRST_MS = 250
BACKOFF_MAX_MS = 30_000
"""A peer that is down is asked again at least every half minute: its return must be noticed by people."""

LATE_AFTER_BEATS = 2.5
"""Heartbeats that may be missed before a line is called late."""


@dataclass(slots=True)
class Peer:
    """The line to one member. Times are milliseconds by the own clock, 0 for never.

    `acked` maps a log's short name (`main`, `safety`) to the size that the peer said it holds of it.
    """

    member: MemberId
    acked: dict[str, int] = field(default_factory=dict)
    heard: Instant = NEVER
    spoken: dict[str, Instant] = field(default_factory=dict)
    failures: int = 0
    retry_at: Instant = NEVER
    fault: str = ""
    refusal: str = ""

    def failed(self, reason: str, *, at: Instant, jitter: int) -> None:
        """Note a failed attempt; `jitter` in 0…255 spreads the next one so that peers do not beat in step."""
        self.failures += 1
        self.fault = reason
        wait = min(BACKOFF_FIRST_MS * 2 ** min(self.failures - 1, 16), BACKOFF_MAX_MS)
        self.retry_at = Instant(at + wait // 2 + wait * jitter // 510)

    def answered(self, log: str, size: int, *, at: Instant) -> None:
        """Note an answer: the peer holds `size` entries of our log."""
        self.acked[log] = size
        self.heard = self.spoken[log] = at
        self.failures, self.retry_at, self.fault = 0, Instant(0), ""

    def waits(self, *, at: Instant) -> bool:
        """Report whether the next attempt is still to wait; a clock that was set back must not stretch the wait."""
        return at < self.retry_at <= at + BACKOFF_MAX_MS

    def quiet(self, *, at: Instant, heartbeat_ms: int) -> bool:
        """Report whether it is time for a heartbeat; a clock that was set back must not delay it."""
        return not 0 <= at - self.spoken.get("main", NEVER) < heartbeat_ms

    def woken(self, *, at: Instant) -> None:
        """Note that the peer spoke to us: it is there, so whatever waits for it need not wait longer."""
        self.heard = at
        self.retry_at = NEVER

    def state(self, *, at: Instant, heartbeat_ms: int) -> str:
        """Return the state of the line: `unknown`, `up`, `late` or `fault`."""
        if self.refusal:
            return "fault"
        if not self.heard:
            return "fault" if self.failures else "unknown"
        if at - self.heard > heartbeat_ms * LATE_AFTER_BEATS:
            return "late"
        return "up" if not self.failures else "late"
