"""How far another member's clock is from one's own, estimated from what crosses anyway: a push and its answer.

The answer's cosignatures hold the answerer's time, in whole seconds and signed. It lies between the own times of
sending and receiving, so half of that time, and the half second that was cut off, bound the error.
Source: RFC 5905 §8 (offset and delay), with one time stamp of the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearline.volumes.instant import Instant

SAMPLES_KEPT = 8
"""Estimates kept of one member: the one with the smallest bound counts, and old ones fall out."""

SAMPLE_GOOD_FOR_MS = 3_600_000
"""How long an estimate counts beside newer ones: clocks drift by milliseconds in an hour, and are set by hand."""

SECOND_MS = 1_000

DIFFERS_AFTER_MS = 10_000
"""How far two clocks may certainly differ before it is said aloud: windows and deadlines are agreed in minutes."""


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """The other clock shows `offset_ms` more than the own one, at most `bound_ms` wrong; estimated at `at`."""

    offset_ms: int
    bound_ms: int
    at: Instant

    @property
    def differs(self) -> bool:
        """Report whether the clocks certainly differ by more than `DIFFERS_AFTER_MS`."""
        return abs(self.offset_ms) - self.bound_ms > DIFFERS_AFTER_MS


def estimate(*, sent: Instant, answered: Instant, time_s: int) -> ClockEstimate | None:
    """Return the estimate of one exchange: `sent` and `answered` by the own clock, `time_s` by the other, cut to 1 s.

    `None` where the own clock was set back in between, so that nothing can be said.
    """
    if answered < sent:
        return None
    theirs = time_s * SECOND_MS + SECOND_MS // 2
    bound = (answered - sent + 1) // 2 + SECOND_MS // 2
    return ClockEstimate(theirs - (sent + answered) // 2, bound, answered)


def with_sample(samples: Sequence[ClockEstimate], new: ClockEstimate) -> tuple[ClockEstimate, ...]:
    """Return the samples to keep: the newest `SAMPLES_KEPT` that are fresh and that a set clock does not contradict."""
    fresh = [
        s
        for s in samples
        if 0 <= new.at - s.at <= SAMPLE_GOOD_FOR_MS and abs(s.offset_ms - new.offset_ms) <= s.bound_ms + new.bound_ms
    ]
    return (*fresh[-(SAMPLES_KEPT - 1) :], new)


def best(samples: Sequence[ClockEstimate]) -> ClockEstimate | None:
    """Return the sample with the smallest bound, the newest of those; `None` where there is none."""
    return min(samples, key=lambda s: (s.bound_ms, -s.at), default=None)
