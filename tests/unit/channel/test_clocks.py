"""The estimate of another clock: never further from the truth than its bound says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clearline.channel.line.clocks import SAMPLE_GOOD_FOR_MS, SAMPLES_KEPT, ClockEstimate, best, estimate, with_sample
from clearline.testing.members import START
from clearline.volumes.instant import Instant


@given(
    offset=st.integers(-10_000_000, 10_000_000),
    there=st.integers(0, 20_000),
    back=st.integers(0, 20_000),
    begun=st.integers(0, 5_000),
)
def test_the_true_offset_lies_within_the_bound(offset: int, there: int, back: int, begun: int) -> None:
    """However the time of the exchange is shared between the two ways."""
    sent = Instant(START + begun)
    theirs = sent + there + offset
    found = estimate(sent=sent, answered=Instant(sent + there + back), time_s=theirs // 1000)
    assert found is not None and abs(found.offset_ms - offset) <= found.bound_ms + 1


def test_a_clock_that_was_set_back_in_between_tells_nothing() -> None:
    """Nor does a sample that is old, or that a set clock contradicts, stay beside a new one."""
    assert estimate(sent=Instant(START + 1), answered=START, time_s=START // 1000) is None
    old = ClockEstimate(0, 500, START)
    later = ClockEstimate(0, 900, Instant(START + SAMPLE_GOOD_FOR_MS + 1))
    assert with_sample((old,), later) == (later,)
    jumped = ClockEstimate(60_000, 500, Instant(START + 1))
    assert with_sample((old,), jumped) == (jumped,) and jumped.differs and not old.differs


def test_the_best_of_few_samples_counts() -> None:
    """The smallest bound wins, and no more than a few are kept."""
    samples: tuple[ClockEstimate, ...] = ()
    for number in range(2 * SAMPLES_KEPT):
        samples = with_sample(samples, ClockEstimate(0, 500 + number % 5, Instant(START + number)))
    assert len(samples) == SAMPLES_KEPT
    found = best(samples)
    assert found is not None and found.bound_ms == 500 and best(()) is None
