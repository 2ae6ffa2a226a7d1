"""What a node knows of its line to each other member: what goes there, by which way, and when to try again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clearline.channel.line.clocks import ClockEstimate
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

NEVER = Instant(0)

BACKOFF_FIRST_MS = 250
BACKOFF_MAX_MS = 30_000
"""A peer that is down is asked again at least every half minute: its return must be noticed by people."""

LATE_AFTER_BEATS = 2.5
"""Heartbeats that may be missed before a line is called late."""

RELAY_AFTER_FAILURES = 3
"""Attempts on the direct line that fail one after another before another member is asked to carry."""

HINTS_MAX = 3
"""Answers in a row that only name another place to push from: more are a peer, or a bearer, that keeps us busy."""

DIRECT: MemberId | None = None
"""The way without a bearer."""


@dataclass(slots=True)
class Way:
    """One way to a member for one log, with its own retries."""

    failures: int = 0
    retry_at: Instant = NEVER
    fault: str = ""

    def failed(self, reason: str, *, at: Instant, jitter: int) -> None:
        """Note a failed attempt; `jitter` in 0…255 spreads the next one so that peers do not beat in step."""
        self.failures += 1
        self.fault = reason
        wait = min(BACKOFF_FIRST_MS * 2 ** min(self.failures - 1, 16), BACKOFF_MAX_MS)
        self.retry_at = Instant(at + wait // 2 + wait * jitter // 510)

    def worked(self) -> None:
        """Note that it carried."""
        self.failures, self.retry_at, self.fault = 0, NEVER, ""

    def waits(self, *, at: Instant) -> bool:
        """Report whether the next attempt is still to wait; a clock that was set back must not stretch the wait."""
        return at < self.retry_at <= at + BACKOFF_MAX_MS


@dataclass(slots=True)
class Lane:
    """One own log on its way to one member.

    `bearer` is the member that carried last, `DIRECT` for none; `refusal` what the receiver refused, until it takes
    a push again; `resend_at` when bodies that it lacks are sent once more; `hints` counts answers without a proof.
    """

    direct: Way = field(default_factory=Way)
    relays: dict[MemberId, Way] = field(default_factory=dict)
    bearer: MemberId | None = DIRECT
    refusal: str = ""
    resend_at: Instant = NEVER
    hints: int = 0

    def way(self, bearer: MemberId | None) -> Way:
        """Return the way through a bearer, or the direct one."""
        return self.direct if bearer is None else self.relays.setdefault(bearer, Way())

    @property
    def failures(self) -> int:
        """Return how often, one after another, nothing came through on the way that carried last."""
        return self.way(self.bearer).failures

    def rests(self, *, at: Instant) -> bool:
        """Report whether a body that the peer lacks waits to be sent again."""
        return at < self.resend_at <= at + BACKOFF_MAX_MS


@dataclass(slots=True)
class Peer:
    """The line to one member. Times are milliseconds by the own clock, 0 for never.

    `acked` maps a log's short name (`main`, `safety`) to the size that the peer said it holds of it. `heard` is the
    newest sign of life of whatever bearer: its own call or answer, or a cosignature of its own that is newer than any
    before (`cosigned_s`, its own clock). `heard_direct` counts its own calls and answers alone.
    """

    member: MemberId
    acked: dict[str, int] = field(default_factory=dict)
    on: dict[str, str] = field(default_factory=dict)
    """The log that a lane carries once the log before it has ended and is held by the peer (`channel.succession`)."""
    heard: Instant = NEVER
    heard_direct: Instant = NEVER
    spoken: dict[str, Instant] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)
    cosigned_s: int = 0
    clock: tuple[ClockEstimate, ...] = ()
    """Estimates of how far the member's clock is from one's own, oldest first."""

    def lane(self, log: str) -> Lane:
        """Return the lane of an own log."""
        return self.lanes.setdefault(log, Lane())

    @property
    def failures(self) -> int:
        """Return the failures in a row of the lane that fares worst."""
        return max((lane.failures for lane in self.lanes.values()), default=0)

    @property
    def fault(self) -> str:
        """Return what fails: the direct line's fault stays named while somebody else carries."""
        return next((lane.direct.fault for _, lane in sorted(self.lanes.items()) if lane.direct.fault), "")

    @property
    def refusal(self) -> str:
        """Return what the peer refused and has not taken since."""
        return next((lane.refusal for _, lane in sorted(self.lanes.items()) if lane.refusal), "")

    @property
    def retry_at(self) -> Instant:
        """Return when the direct line is tried again."""
        return max((lane.direct.retry_at for lane in self.lanes.values()), default=NEVER)

    @property
    def bearer(self) -> MemberId | None:
        """Return the member that carries to this one, `DIRECT` where nobody needs to."""
        return next((lane.bearer for _, lane in sorted(self.lanes.items()) if lane.bearer is not DIRECT), DIRECT)

    def ways(self, log: str, *, at: Instant, bearers: Sequence[MemberId] = ()) -> tuple[MemberId | None, ...]:
        """Return the ways by which `log` may be pushed now, the direct one first.

        While the direct line is well it is the only one. Once it has failed several times, for whichever log, it is
        tried at its own pace, and beside it goes the first of `bearers` that does not wait.
        """
        lane = self.lane(log)
        if lane.rests(at=at):
            return ()
        direct = () if lane.direct.waits(at=at) else (DIRECT,)
        if not self.direct_is_down:
            return direct
        ready = tuple(one for one in bearers if not lane.way(one).waits(at=at))
        return (*direct, *ready[:1])

    @property
    def direct_is_down(self) -> bool:
        """Report whether the direct line has failed so often that others are asked to carry."""
        return max((lane.direct.failures for lane in self.lanes.values()), default=0) >= RELAY_AFTER_FAILURES

    def failed(
        self, reason: str, *, at: Instant, jitter: int, log: str = "main", bearer: MemberId | None = DIRECT
    ) -> None:
        """Note a failed attempt by one way."""
        self.lane(log).way(bearer).failed(reason, at=at, jitter=jitter)

    def answered(self, log: str, size: int, *, at: Instant, bearer: MemberId | None = DIRECT) -> None:
        """Note an answer that proves itself: the peer holds `size` entries of our log."""
        lane = self.lane(log)
        self.acked[log] = size
        self.spoken[log] = at
        lane.way(bearer).worked()
        lane.refusal, lane.hints = "", 0
        if bearer is DIRECT:
            lane.bearer = DIRECT
            self.heard = self.heard_direct = at
            for other in self.lanes.values():
                other.direct.retry_at = NEVER
        elif lane.direct.failures:
            lane.bearer = bearer

    def hinted(self, log: str, size: int) -> bool:
        """Take the place from which the peer wants a push, and report whether it may be believed once more."""
        lane = self.lane(log)
        lane.hints += 1
        self.acked[log] = size
        return lane.hints <= HINTS_MAX

    def cosigned(self, time_s: int, *, at: Instant) -> None:
        """Note a cosignature of the peer's own, whoever brought it: a sign of life where none was newer."""
        if time_s > self.cosigned_s:
            self.cosigned_s = time_s
            self.heard = at

    def quiet(self, *, at: Instant, heartbeat_ms: int) -> bool:
        """Report whether it is time for a heartbeat; a clock that was set back must not delay it."""
        return not 0 <= at - self.spoken.get("main", NEVER) < heartbeat_ms

    def woken(self, *, at: Instant) -> None:
        """Note that the peer itself spoke to us: it is there, so whatever waits for it need not wait longer."""
        self.heard = self.heard_direct = at
        for lane in self.lanes.values():
            lane.direct.retry_at = NEVER

    def next_try(self, log: str, *, at: Instant, bearers: Sequence[MemberId] = ()) -> Instant | None:
        """Return when the next way opens for a lane that is shut now, or `None` where one is open."""
        lane = self.lane(log)
        if lane.rests(at=at):
            return lane.resend_at
        if self.ways(log, at=at, bearers=bearers):
            return None
        shut = [lane.direct.retry_at]
        if self.direct_is_down:
            shut += [lane.way(one).retry_at for one in bearers]
        return min(shut)

    def state(self, *, at: Instant, heartbeat_ms: int) -> str:
        """Return the state of the line, whoever carries: `unknown`, `up`, `late` or `fault`."""
        if self.refusal:
            return "fault"
        if not self.heard:
            return "fault" if self.failures else "unknown"
        if at - self.heard > heartbeat_ms * LATE_AFTER_BEATS:
            return "late"
        return "up" if not self.failures else "late"
