"""What is granted to whom and how often: tries to log in, and requests. Pure bookkeeping; the clock is an argument.

A wrong passphrase makes the *same source* wait at the *same account*, longer each time. It never closes the account:
whoever floods it from one address waits alone, and an officer at another address, or at a browser that has logged
in before (it carries a device cookie), is not held up. Every table has a bound, and the entry unused longest goes.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies"; token bucket as RFC 2697 describes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field

from clearline.errors import Refused
from clearline.volumes.instant import Instant

FREE_TRIES = 3
"""Wrong passphrases of one source at one account before it has to wait."""

FIRST_WAIT_MS, LONGEST_WAIT_MS = 2_000, 900_000
"""The wait after the first try too many; it doubles with each further one, up to fifteen minutes."""

FORGIVEN_MS = 3_600_000
"""After an hour without a try a source begins anew."""

PAIRS_MAX = 20_000
"""Pairs of source and account that are remembered: some megabytes."""

SOURCE_TRIES, SOURCE_EVERY_MS = 30, 10_000
"""Tries of one source over all accounts in a row, then one each ten seconds: names are not guessed either."""

DEVICE_BYTES = 16
DEVICE_LIFE_MS = 90 * 86_400_000
"""A browser that has not logged in for three months is a stranger again."""

REQUESTS_BURST, REQUESTS_PER_S = 2_000, 200
"""Requests of one token or session at once, and each second after: far more than a console or a feed needs."""

STRANGERS_BURST, STRANGERS_PER_S = 300, 5
"""Requests of one source that nobody admits, at once and each second: they are answered 429 beyond."""

TABLE_MAX = 4_096


class TooManyRequests(Refused):
    """More requests came than are granted; the next is granted after `retry_after_s` seconds."""

    slug, title, status = "too-many-requests", "Too many requests", 429

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after_s} s", retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class WaitToTry(Refused):
    """Wrong passphrases came from here; this source may try this account again after `retry_after_s` seconds."""

    slug, title, status = "wait-to-try", "Wait before the next try", 429

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(
            f"wrong passphrases came from this address; try again in {retry_after_s} s. The account itself is not "
            "closed: another address is not held up",
            retry_after_s=retry_after_s,
        )
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Buckets:
    """One bucket for each key: `burst` at once, then `per_s` each second."""

    burst: float
    per_s: float
    _held: OrderedDict[str, tuple[float, Instant]] = field(default_factory=OrderedDict)

    def take(self, key: str, *, at: Instant) -> None:
        """Take one from the bucket of a key.

        Raises:
            TooManyRequests: It is empty.
        """
        level, since = self._held.pop(key, (self.burst, at))
        level = min(self.burst, level + max(0, at - since) / 1000 * self.per_s)
        granted = level >= 1
        self._held[key] = (level - 1 if granted else level, at)
        while len(self._held) > TABLE_MAX:
            self._held.popitem(last=False)
        if not granted:
            raise TooManyRequests(retry_after_s=max(1, round((1 - level) / self.per_s + 0.5)))


@dataclass(slots=True)
class Limits:
    """What one node grants: requests of each token or session, and of each source of strangers."""

    requests: Buckets = field(default_factory=lambda: Buckets(REQUESTS_BURST, REQUESTS_PER_S))
    strangers: Buckets = field(default_factory=lambda: Buckets(STRANGERS_BURST, STRANGERS_PER_S))


@dataclass(slots=True)
class Tries:
    """Tries to log in at accounts. A try is counted before its passphrase is looked at, so none slips in beside."""

    _pairs: OrderedDict[tuple[str, str], tuple[int, Instant]] = field(default_factory=OrderedDict)
    _sources: Buckets = field(default_factory=lambda: Buckets(SOURCE_TRIES, 1000 / SOURCE_EVERY_MS))

    def begin(self, account: str, who: str, *, at: Instant, known_device: bool) -> None:
        """Count a try of `who` (a source, or a device that the account knows) at an account.

        Raises:
            WaitToTry: This one has failed at this account too often of late.
            TooManyRequests: This source has tried too often, whatever the account.
        """
        failures, last = self._pairs.get((account, who), (0, at))
        if at - last > FORGIVEN_MS:
            failures = 0
        if failures >= FREE_TRIES:
            wait_ms = min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** min(failures - FREE_TRIES, 20))
            left_ms = last + wait_ms - at
            if left_ms > 0:
                raise WaitToTry(retry_after_s=-(-left_ms // 1000))
        if not known_device:
            self._sources.take(who, at=at)
        self._pairs.pop((account, who), None)
        self._pairs[account, who] = (failures + 1, at)
        while len(self._pairs) > PAIRS_MAX:
            self._pairs.popitem(last=False)

    def succeeded(self, account: str, who: str) -> None:
        """Forget the failures of one that has logged in."""
        self._pairs.pop((account, who), None)


def source_of(host: str) -> str:
    """Return what counts as one source: an IPv4 address, or the 64-bit network of an IPv6 address.

    Source: RFC 6177: an end site holds at least a /64, so one host has all its addresses.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def device_cookie(account: str, nonce: bytes, *, key: bytes, at: Instant) -> str:
    """Return the cookie that shows that a browser has logged in at an account before; it admits nobody."""
    told = f"{account}|{base64.urlsafe_b64encode(nonce).decode().rstrip('=')}|{at}"
    return f"{told}|{_sealed(told, key)}"


def device_of(cookie: str | None, account: str, *, key: bytes, at: Instant) -> str:
    """Return the device that a cookie names, empty where it is none of this account, forged or too old."""
    parts = (cookie or "").split("|")
    if len(parts) != 4:
        return ""
    told = "|".join(parts[:3])
    genuine = hmac.compare_digest(_sealed(told, key).encode(), parts[3].encode("utf-8", "replace"))
    if not genuine or parts[0] != account or not parts[2].isdecimal():
        return ""
    return f"device {parts[1]}" if 0 <= at - int(parts[2]) <= DEVICE_LIFE_MS else ""


def _sealed(told: str, key: bytes) -> str:
    return hmac.new(key, b"clearline/device/v1\n" + told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
