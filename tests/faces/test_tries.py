"""Tries and requests: the flooder waits, nobody else; every table has its bound; cookies of devices are sealed."""

from __future__ import annotations

import pytest

from clearline.faces import tries
from clearline.faces.tries import (
    DEVICE_LIFE_MS,
    FORGIVEN_MS,
    FREE_TRIES,
    LONGEST_WAIT_MS,
    PAIRS_MAX,
    Buckets,
    TooManyRequests,
    Tries,
    WaitToTry,
    device_cookie,
    device_of,
    source_of,
)
from clearline.testing.members import START
from clearline.volumes.instant import Instant

HERE, THERE = "192.0.2.1", "198.51.100.7"


def at(ms: int) -> Instant:
    return Instant(START + ms)


def fail(held: Tries, who: str, times: int, *, ms: int = 0, account: str = "ayse", known: bool = False) -> None:
    for _ in range(times):
        held.begin(account, who, at=at(ms), known_device=known)


def test_wrong_passphrases_make_the_same_source_wait_longer_each_time() -> None:
    held = Tries()
    fail(held, HERE, FREE_TRIES)
    waits, now = [], 0
    for _ in range(14):
        with pytest.raises(WaitToTry) as caught:
            held.begin("ayse", HERE, at=at(now), known_device=False)
        waits.append(caught.value.retry_after_s)
        now += waits[-1] * 1000
        fail(held, HERE, 1, ms=now)
    assert waits[:4] == [2, 4, 8, 16] and waits[-1] == LONGEST_WAIT_MS // 1000
    assert waits == sorted(waits)


def test_an_attacker_at_one_source_does_not_hold_up_the_officer_at_another() -> None:
    """However long it floods the account: the account is not closed."""
    held = Tries()
    for second in range(5_000):
        try:
            held.begin("ayse", THERE, at=at(second * 1000), known_device=False)
        except (WaitToTry, TooManyRequests):
            continue
    held.begin("ayse", HERE, at=at(5_000_000), known_device=False)
    held.succeeded("ayse", HERE)


def test_a_known_browser_behind_the_attackers_own_address_is_not_held_up() -> None:
    """The device cookie is counted by itself."""
    held = Tries()
    for _ in range(200):
        try:
            held.begin("ayse", HERE, at=at(0), known_device=False)
        except (WaitToTry, TooManyRequests):
            continue
    held.begin("ayse", "device x", at=at(0), known_device=True)


def test_a_stolen_device_cookie_does_not_guess_freely() -> None:
    """A device waits for its own failures like any source."""
    held = Tries()
    fail(held, "device x", FREE_TRIES, known=True)
    with pytest.raises(WaitToTry):
        held.begin("ayse", "device x", at=at(0), known_device=True)


def test_one_source_does_not_try_every_name() -> None:
    """Thirty names in a row, then one in ten seconds."""
    held = Tries()
    with pytest.raises(TooManyRequests):
        for number in range(100):
            held.begin(f"name{number}", HERE, at=at(0), known_device=False)
    assert number == tries.SOURCE_TRIES
    held.begin("other", HERE, at=at(tries.SOURCE_EVERY_MS), known_device=False)


def test_success_and_time_forgive() -> None:
    held = Tries()
    fail(held, HERE, FREE_TRIES)
    held.succeeded("ayse", HERE)
    fail(held, HERE, FREE_TRIES)
    with pytest.raises(WaitToTry):
        held.begin("ayse", HERE, at=at(0), known_device=False)
    held.begin("ayse", HERE, at=at(FORGIVEN_MS + 1), known_device=False)


def test_a_try_is_counted_before_it_is_looked_at() -> None:
    """A hundred tries at one time are no more than three."""
    held, begun = Tries(), 0
    for _ in range(100):
        try:
            held.begin("ayse", HERE, at=at(0), known_device=False)
            begun += 1
        except WaitToTry:
            continue
    assert begun == FREE_TRIES


def test_the_tables_are_bounded() -> None:
    """A flood of addresses fills no memory."""
    held = Tries()
    for number in range(PAIRS_MAX + 500):
        held.begin("ayse", f"source {number}", at=at(0), known_device=True)
    assert len(held._pairs) == PAIRS_MAX
    buckets = Buckets(1, 1)
    for number in range(tries.TABLE_MAX + 50):
        buckets.take(f"k{number}", at=at(0))
    assert len(buckets._held) == tries.TABLE_MAX


def test_a_bucket_grants_its_burst_and_then_its_rate() -> None:
    """Each key by itself; what is refused says when to come again, and then it is granted."""
    held = Buckets(5, 2)
    for _ in range(5):
        held.take("one", at=at(0))
    with pytest.raises(TooManyRequests) as caught:
        held.take("one", at=at(0))
    held.take("two", at=at(0))
    held.take("one", at=at(caught.value.retry_after_s * 1000))
    with pytest.raises(TooManyRequests):
        for _ in range(6):
            held.take("one", at=at(3_600_000))
    with pytest.raises(TooManyRequests):
        held.take("one", at=at(0))


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_a_source_is_an_address_or_a_network(host: str, source: str) -> None:
    assert source_of(host) == source


def test_a_device_cookie_is_of_one_account_and_cannot_be_made() -> None:
    """Another account, another key, a changed letter or an old one: a stranger."""
    key, other = b"k" * 32, b"o" * 32
    cookie = device_cookie("ayse", b"n" * 16, key=key, at=START)
    known = device_of(cookie, "ayse", key=key, at=at(1))
    assert known.startswith("device ")
    for wrong in (None, "", "x", "a|b|c|d", cookie[:-1], cookie + "0", cookie.replace("ayse", "beth"), "é" * 4 + "|||"):
        assert device_of(wrong, "ayse", key=key, at=at(1)) == ""
    assert device_of(cookie, "beth", key=key, at=at(1)) == ""
    assert device_of(cookie, "ayse", key=other, at=at(1)) == ""
    assert device_of(cookie, "ayse", key=key, at=at(DEVICE_LIFE_MS + 1)) == ""
