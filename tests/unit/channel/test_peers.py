"""What a node knows of its lines: backoff within its bounds, and states that say no more than is known."""

from __future__ import annotations

import pytest

from clearline.channel.line.peers import (
    BACKOFF_FIRST_MS,
    BACKOFF_MAX_MS,
    DIRECT,
    HINTS_MAX,
    LATE_AFTER_BEATS,
    NEVER,
    RELAY_AFTER_FAILURES,
    Peer,
)
from clearline.records.words import MemberId
from clearline.testing.members import START
from clearline.volumes.instant import Instant

BEAT = 60_000


@pytest.mark.parametrize("jitter", [0, 1, 128, 255])
def test_backoff_doubles_between_its_bounds(jitter: int) -> None:
    """Each wait lies between half and the whole of a span that doubles up to half a minute, however long it lasts."""
    peer = Peer(MemberId("IL"))
    for failures in range(1, 2_000):
        peer.failed("no answer", at=START, jitter=jitter)
        span = min(BACKOFF_FIRST_MS * 2 ** (failures - 1), BACKOFF_MAX_MS)
        assert span // 2 <= peer.retry_at - START <= span
        assert DIRECT not in peer.ways("main", at=START) and peer.ways("main", at=peer.retry_at) == (DIRECT,)
    assert (peer.failures, peer.fault) == (1_999, "no answer")
    peer.answered("main", 5, at=START)
    assert (peer.failures, peer.fault, peer.acked["main"]) == (0, "", 5)
    assert peer.ways("main", at=START) == (DIRECT,)
    peer.failed("no answer", at=START, jitter=255)
    assert peer.retry_at - START <= BACKOFF_FIRST_MS


def test_jitter_parts_peers() -> None:
    waits = set()
    for jitter in range(256):
        peer = Peer(MemberId("IL"))
        for _ in range(8):
            peer.failed("", at=START, jitter=jitter)
        waits.add(peer.retry_at)
    assert len(waits) == 256


def test_states() -> None:
    """Never heard is not down; heard long ago is not up; a refusal stays until an answer."""
    peer = Peer(MemberId("IL"))
    late = Instant(START + int(BEAT * LATE_AFTER_BEATS))

    def state(at: Instant = START) -> str:
        return peer.state(at=at, heartbeat_ms=BEAT)

    assert state() == "unknown"
    peer.failed("no answer", at=START, jitter=0)
    assert state() == "fault"
    peer.woken(at=START)
    assert state() == "late" and peer.retry_at == NEVER
    peer.answered("main", 0, at=START)
    assert state() == state(late) == "up"
    assert state(Instant(late + 1)) == "late"
    peer.lane("main").refusal = "refused"
    assert state() == "fault"


def test_quiet() -> None:
    peer = Peer(MemberId("IL"))
    assert peer.quiet(at=START, heartbeat_ms=BEAT)
    peer.answered("safety", 0, at=START)
    assert peer.quiet(at=START, heartbeat_ms=BEAT), "the heartbeat is that of the main log"
    peer.answered("main", 0, at=START)
    assert not peer.quiet(at=Instant(START + BEAT - 1), heartbeat_ms=BEAT)
    assert peer.quiet(at=Instant(START + BEAT), heartbeat_ms=BEAT)
    assert peer.quiet(at=Instant(START - 1), heartbeat_ms=BEAT)


AZ, UN = MemberId("AZ"), MemberId("UN")


def failed(peer: Peer, times: int, *, log: str = "main", bearer: MemberId | None = DIRECT) -> None:
    for _ in range(times):
        peer.failed("no answer", at=START, jitter=255, log=log, bearer=bearer)


def test_logs_wait_apart() -> None:
    """What fails for routine does not hold back what is urgent."""
    peer = Peer(MemberId("IL"))
    failed(peer, 2)
    assert peer.ways("main", at=START) == () and peer.ways("safety", at=START) == (DIRECT,)


def test_another_member_is_asked_only_when_the_direct_line_has_failed_several_times() -> None:
    """And for every log at once: the urgent one does not have to find out for itself."""
    peer = Peer(MemberId("IL"))
    failed(peer, RELAY_AFTER_FAILURES - 1)
    assert peer.ways("main", at=START, bearers=(AZ, UN)) == ()
    failed(peer, 1)
    assert peer.ways("main", at=START, bearers=(AZ, UN)) == (AZ,)
    assert peer.ways("safety", at=START, bearers=(AZ, UN)) == (DIRECT, AZ)
    assert peer.next_try("main", at=START, bearers=(AZ, UN)) is None


def test_a_bearer_that_fails_gives_way_to_the_next() -> None:
    peer = Peer(MemberId("IL"))
    failed(peer, RELAY_AFTER_FAILURES)
    failed(peer, 1, bearer=AZ)
    assert peer.ways("main", at=START, bearers=(AZ, UN)) == (UN,)
    failed(peer, 1, bearer=UN)
    assert peer.ways("main", at=START, bearers=(AZ, UN)) == ()
    shut = peer.next_try("main", at=START, bearers=(AZ, UN))
    assert shut is not None and peer.ways("main", at=shut, bearers=(AZ, UN)) != ()


def test_the_line_goes_back_to_itself_when_it_is_well() -> None:
    """Who carries is shown, and the fault of the direct line beside it, for as long as somebody else carries."""
    peer = Peer(MemberId("IL"))
    failed(peer, RELAY_AFTER_FAILURES)
    peer.answered("main", 3, at=START, bearer=AZ)
    peer.cosigned(START // 1000, at=START)
    assert (peer.bearer, peer.fault, peer.failures) == (AZ, "no answer", 0)
    assert peer.state(at=START, heartbeat_ms=BEAT) == "up" and peer.heard_direct == NEVER
    peer.answered("main", 3, at=START)
    assert (peer.bearer, peer.fault, peer.heard_direct) == (DIRECT, "", START)
    assert peer.ways("main", at=START, bearers=(AZ, UN)) == (DIRECT,)


def test_an_old_cosignature_is_no_sign_of_life() -> None:
    """A bearer that plays back what it brought before cannot make a silent line look well."""
    peer = Peer(MemberId("IL"))
    peer.cosigned(100, at=START)
    peer.cosigned(100, at=Instant(START + 5))
    peer.cosigned(99, at=Instant(START + 9))
    assert peer.heard == START


def test_hints_without_proof_are_bounded() -> None:
    peer = Peer(MemberId("IL"))
    assert [peer.hinted("main", 0) for _ in range(HINTS_MAX + 1)] == [True] * HINTS_MAX + [False]
    peer.answered("main", 0, at=START)
    assert peer.hinted("main", 0)
