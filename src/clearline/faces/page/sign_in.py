"""Logging in by account: scrypt beside the event loop, tries that make the trier alone wait, and the two cookies."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request

from clearline.errors import NotAllowed
from clearline.faces.page.guard import set_cookie
from clearline.faces.page.sessions import LIFE_MS, Sessions
from clearline.faces.tries import DEVICE_BYTES, DEVICE_LIFE_MS, Tries, device_cookie, device_of, source_of
from clearline.store.accounts import admits
from clearline.store.folder import read_private, write_private
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

DEVICE_COOKIE = "clearline_device"
DEVICE_SECRET = "device.secret"  # noqa: S105 -- a file's name
DEVICE_SECRET_BYTES = 32
SECRET_CHARACTERS_MAX = 512
OFFICER_CHARACTERS_MAX = 64
"""Characters of an officer's number that a refusal repeats."""

AT_ONCE = 2
"""Passphrases that are looked at together: each takes 32 MiB and a quarter of a second of one processor."""


class NotAdmitted(NotAllowed):
    """Account and passphrase do not fit each other, or the account may not act as that officer."""

    slug, title, status = "not-admitted", "Not admitted", 403


@dataclass(frozen=True, slots=True)
class Signed:
    """Who logged in, and the two cookies: the session's, and the one by which the browser is known again."""

    account: str
    officer: str
    session: str
    device: str


@dataclass(slots=True)
class SignIn:
    """Logging in at one node."""

    tries: Tries = field(default_factory=Tries)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _secret: bytes = b""

    async def log_in(
        self,
        running: RunningNode,
        sessions: Sessions,
        account: str,
        passphrase: str,
        officer: str,
        *,
        host: str,
        device: str | None,
        at: Instant,
    ) -> Signed:
        """Open a session for an account as one of its officers, the first where none is named.

        Raises:
            WaitToTry, TooManyRequests: This source has failed too often of late; nothing was looked at.
            NotAdmitted: Account and passphrase do not fit; which of the two is not said.
        """
        secret = self._device_secret(running.folder, running)
        known = device_of(device, account, key=secret, at=at) if len(device or "") <= SECRET_CHARACTERS_MAX else ""
        who = known or source_of(host)
        self.tries.begin(account, who, at=at, known_device=bool(known))
        found = running.accounts.get(account)
        async with self._turn:
            fits = await asyncio.to_thread(admits, found, passphrase)
        if found is None or not fits:
            raise NotAdmitted("this account and passphrase do not fit each other")
        self.tries.succeeded(account, who)
        acting = officer or found.officers[0]
        if acting not in found.officers or acting not in running.keys.officers:
            named = acting[:OFFICER_CHARACTERS_MAX]
            raise NotAdmitted(f"this account does not act as officer {named} at this node", officer=named)
        return Signed(
            account,
            acting,
            sessions.open_for(found, acting, at=at),
            device_cookie(account, running.randomness(DEVICE_BYTES), key=secret, at=at),
        )

    def _device_secret(self, folder: Path, running: RunningNode) -> bytes:
        """Return the key that seals device cookies; it lives in the node's folder, so a restart forgets no browser."""
        if not self._secret:
            path = folder / DEVICE_SECRET
            if not path.exists():
                write_private(path, base64.b64encode(running.randomness(DEVICE_SECRET_BYTES)).decode() + "\n")
            self._secret = base64.b64decode(read_private(path))
        return self._secret


def sign_in_of(request: Request) -> SignIn:
    """Return the application's one bookkeeping of tries."""
    state = request.app.state
    if not hasattr(state, "sign_in"):
        state.sign_in = SignIn()
    found: SignIn = state.sign_in
    return found


def cookie_lines(request: Request, signed: Signed) -> tuple[str, str]:
    """Return the Set-Cookie lines of a session and of the device, both unseen by scripts and for this site alone."""
    session = set_cookie(request, signed.session, max_age_s=LIFE_MS // 1000)
    device = set_cookie(request, signed.device, max_age_s=DEVICE_LIFE_MS // 1000, name=DEVICE_COOKIE)
    return session, device
