"""Sessions of the page: how long they hold, how many there are, and what a wrong token costs."""

from __future__ import annotations

import hashlib

import pytest

from clearline.errors import Refused
from clearline.faces.page.html import Html, el, esc, join
from clearline.faces.page.sessions import (
    ADDRESSES_MAX,
    IDLE_MS,
    LIFE_MS,
    SESSIONS_MAX,
    TRIES_BURST,
    TRY_EVERY_MS,
    Sessions,
    TooManyTries,
)
from clearline.testing.members import START, SeededRandomness
from clearline.volumes.instant import Instant

TOKENS = {hashlib.sha256(b"one").hexdigest(): "1", hashlib.sha256(b"two").hexdigest(): "2"}


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(SeededRandomness(1))


def later(ms: int) -> Instant:
    return Instant(START + ms)


def log_in(sessions: Sessions, token: str = "one", *, at: Instant = START, address: str = "a") -> str:  # noqa: S107
    return sessions.log_in(token, tokens=TOKENS, address=address, at=at)


def test_a_session_belongs_to_the_officer_of_the_token(sessions: Sessions) -> None:
    """Two logins give two cookies, each for its own officer; the cookie itself is kept nowhere."""
    first, second = log_in(sessions), log_in(sessions, "two")
    assert first != second
    held = [sessions.of(cookie, tokens=TOKENS, at=START) for cookie in (first, second)]
    assert [s.officer for s in held if s is not None] == ["1", "2"]
    assert first not in repr(sessions)


def test_a_session_ends_when_unused_and_after_a_shift(sessions: Sessions) -> None:
    """30 minutes without use, or 12 hours in any case; used to the last millisecond it holds."""
    cookie = log_in(sessions)
    assert sessions.of(cookie, tokens=TOKENS, at=later(IDLE_MS))
    assert sessions.of(cookie, tokens=TOKENS, at=later(2 * IDLE_MS))
    assert sessions.of(cookie, tokens=TOKENS, at=later(3 * IDLE_MS + 1)) is None
    assert sessions.of(cookie, tokens=TOKENS, at=later(3 * IDLE_MS + 1)) is None
    kept = log_in(sessions)
    for at in range(0, LIFE_MS + 1, IDLE_MS):
        assert sessions.of(kept, tokens=TOKENS, at=later(at))
    assert sessions.of(kept, tokens=TOKENS, at=later(LIFE_MS + 1)) is None


def test_a_token_that_no_longer_admits_ends_its_sessions(sessions: Sessions) -> None:
    """Taking the token away closes the page too."""
    cookie = log_in(sessions)
    assert sessions.of(cookie, tokens={}, at=START) is None


@pytest.mark.parametrize("cookie", [None, "", "x", "\ud800", "é" * 600])
def test_any_other_cookie_opens_nothing(sessions: Sessions, cookie: str | None) -> None:
    """Whatever a browser sends, there is a session or there is none."""
    log_in(sessions)
    assert sessions.of(cookie, tokens=TOKENS, at=START) is None


def test_the_number_of_sessions_is_bounded(sessions: Sessions) -> None:
    """Beyond the bound the one unused longest ends, not the one in use."""
    first, second = log_in(sessions), log_in(sessions)
    for _ in range(SESSIONS_MAX - 1):
        sessions.of(first, tokens=TOKENS, at=START)
        log_in(sessions)
    assert sessions.of(first, tokens=TOKENS, at=START)
    assert sessions.of(second, tokens=TOKENS, at=START) is None


def test_failures_slow_an_address_and_lock_nobody_out(sessions: Sessions) -> None:
    """Five wrong tokens, then one try every six seconds; another address is not concerned."""
    for _ in range(TRIES_BURST):
        assert log_in(sessions, "wrong") == ""
    with pytest.raises(TooManyTries) as refused:
        log_in(sessions)
    assert refused.value.retry_after_s == TRY_EVERY_MS // 1000
    assert isinstance(refused.value, Refused)
    assert log_in(sessions, address="b")
    with pytest.raises(TooManyTries):
        log_in(sessions, at=later(TRY_EVERY_MS - 1))
    assert log_in(sessions, "wrong", at=later(TRY_EVERY_MS)) == ""
    with pytest.raises(TooManyTries):
        log_in(sessions, at=later(TRY_EVERY_MS + 1))
    assert log_in(sessions, at=later(2 * TRY_EVERY_MS))
    assert log_in(sessions, "wrong", at=later(2 * TRY_EVERY_MS)) == ""


def test_failures_are_forgotten_with_time_and_bounded_in_memory(sessions: Sessions) -> None:
    """A day later all tries are there again; as many addresses as one likes cost a fixed memory."""
    for _ in range(TRIES_BURST):
        log_in(sessions, "wrong")
    for _ in range(TRIES_BURST):
        assert log_in(sessions, "wrong", at=later(86_400_000)) == ""
    for number in range(ADDRESSES_MAX + 50):
        log_in(sessions, "wrong", address=str(number))
    assert len(sessions._failures) == ADDRESSES_MAX


def test_markup_is_escaped_unless_it_is_markup() -> None:
    """Children and attributes are escaped once; what is built of elements is not escaped again."""
    inner = el("b", "<&\"'>", title='"><script>')
    assert inner == '<b title="&quot;&gt;&lt;script&gt;">&lt;&amp;&quot;&#x27;&gt;</b>'
    assert el("p", inner, None, 3) == f"<p>{inner}3</p>"
    assert join(("<", Html("<br>")), ", ") == "&lt;, <br>"
    assert esc("a\x00\x1bb") == "a\ufffd\ufffdb"
    assert el("input", required=True, disabled=False, name="x", for_="y", aria_label=None) == (
        '<input required name="x" for="y">'
    )
