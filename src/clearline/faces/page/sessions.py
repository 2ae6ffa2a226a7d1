"""Sessions of the page: a watch position logs in with its bearer token and gets a random cookie for it.

Sessions live in memory, keyed by the hash of the cookie, so a restart ends them all and a dump of the memory's
keys opens none. The page fetches its own updates while it stands open, and that counts as use: a watch must not
go dark because nobody touched it; the absolute limit ends it once in a shift.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from clearline.channel.ports import Randomness
from clearline.errors import Refused
from clearline.store.accounts import Account
from clearline.volumes.instant import Instant

IDLE_MS = 30 * 60_000
"""A session that nobody used this long ends: the page was closed, and another may sit there now."""

LIFE_MS = 12 * 3_600_000
"""A session ends after one shift, however much it was used."""

SESSIONS_MAX = 256
"""Sessions at one time; beyond, the one unused longest ends. A watch position needs a handful."""

SESSION_BYTES = 32

TRIES_BURST = 5
"""Wrong tokens from one address before it has to wait."""

TRY_EVERY_MS = 6_000
"""One further try is granted each time this passes, so nobody is shut out for good."""

ADDRESSES_MAX = 1_024
"""Addresses whose failures are remembered; beyond, the one unseen longest is forgotten."""


class TooManyTries(Refused):
    """Too many wrong tokens came from this address; the next try is granted after `retry_after_s` seconds."""

    slug, title, status = "too-many-tries", "Too many tries", 429

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(
            f"too many wrong tokens from this address; try again in {retry_after_s} s", retry_after_s=retry_after_s
        )
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Session:
    """Who is logged in, by a token's hash or by an account and when its passphrase was set; and the forms' word."""

    officer: str
    token: str
    form_word: str
    opened: Instant
    used: Instant
    account: str = ""
    set_at: Instant | None = None

    def stands(self, tokens: Mapping[str, str], accounts: Mapping[str, Account]) -> bool:
        """Report whether what opened the session still admits its officer."""
        if not self.account:
            return _officer(tokens, self.token) == self.officer
        account = accounts.get(self.account)
        return account is not None and account.changed == self.set_at and self.officer in account.officers


@dataclass(slots=True)
class Sessions:
    """All sessions of one node's page, and the failures of each address."""

    random: Randomness
    _held: OrderedDict[str, Session] = field(default_factory=OrderedDict)
    _failures: OrderedDict[str, tuple[int, Instant]] = field(default_factory=OrderedDict)

    def log_in(self, token: str, *, tokens: dict[str, str], address: str, at: Instant) -> str:
        """Return the cookie of a new session for whom the token admits, or an empty text where it admits nobody.

        `tokens` maps the SHA-256 of each token to its officer.

        Raises:
            TooManyTries: The address has failed too often of late; the token was not looked at.
        """
        self._allow(address, at)
        digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        officer = _officer(tokens, digest)
        if officer is None:
            self._failed(address, at)
            return ""
        self._failures.pop(address, None)
        return self._opened(Session(officer, digest, self._word(), at, at))

    def open_for(self, account: Account, officer: str, *, at: Instant) -> str:
        """Return the cookie of a new session of an account whose passphrase was shown, as one of its officers."""
        return self._opened(Session(officer, "", self._word(), at, at, account.name, account.changed))

    def _word(self) -> str:
        return base64.urlsafe_b64encode(self.random(SESSION_BYTES)).decode().rstrip("=")

    def _opened(self, session: Session) -> str:
        cookie = self._word()
        self._held[_key(cookie)] = session
        while len(self._held) > SESSIONS_MAX:
            self._held.popitem(last=False)
        return cookie

    def of(
        self,
        cookie: str | None,
        *,
        tokens: Mapping[str, str],
        at: Instant,
        accounts: Mapping[str, Account] = MappingProxyType({}),
    ) -> Session | None:
        """Return the session of a cookie and note its use; `None` where it ended or what opened it admits no more."""
        if not cookie:
            return None
        key = _key(cookie)
        session = self._held.get(key)
        if session is None:
            return None
        over = at - session.used > IDLE_MS or at - session.opened > LIFE_MS
        if over or not session.stands(tokens, accounts):
            del self._held[key]
            return None
        session.used = at
        self._held.move_to_end(key)
        return session

    def log_out(self, cookie: str | None) -> None:
        """End the session of a cookie, if there is one."""
        if cookie:
            self._held.pop(_key(cookie), None)

    def _allow(self, address: str, at: Instant) -> None:
        failures, since = self._failures.get(address, (0, at))
        granted = max(0, at - since) // TRY_EVERY_MS
        if failures - granted >= TRIES_BURST:
            wait_ms = (failures - TRIES_BURST + 1) * TRY_EVERY_MS - (at - since)
            raise TooManyTries(retry_after_s=max(1, -(-wait_ms // 1000)))

    def _failed(self, address: str, at: Instant) -> None:
        failures, since = self._failures.pop(address, (0, at))
        granted = max(0, at - since) // TRY_EVERY_MS
        left = max(0, failures - granted)
        self._failures[address] = (left + 1, Instant(since + granted * TRY_EVERY_MS) if left else at)
        while len(self._failures) > ADDRESSES_MAX:
            self._failures.popitem(last=False)


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def _officer(tokens: Mapping[str, str], digest: str) -> str | None:
    found = None
    for held, officer in tokens.items():
        if hmac.compare_digest(held, digest):
            found = officer
    return found
