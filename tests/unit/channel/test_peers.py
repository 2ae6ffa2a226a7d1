"""What a node knows of its lines: backoff within its bounds, and states that say no more than is known."""

from __future__ import annotations

import pytest

from clearline.channel.peers import BACKOFF_FIRST_MS, BACKOFF_MAX_MS, LATE_AFTER_BEATS, NEVER, Peer
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
        assert peer.waits(at=START) and not peer.waits(at=peer.retry_at)
    assert (peer.failures, peer.fault) == (1_999, "no answer")
    peer.answered("main", 5, at=START)
    assert (peer.failures, peer.fault, peer.acked["main"]) == (0, "", 5)
    assert not peer.waits(at=START)
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
    peer.refusal = "refused"
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
