"""Who may look at the page, and the headers that every answer of it carries."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request

from clearline.bootstrap import now
from clearline.errors import NotAllowed
from clearline.faces.api.access import COOKIE, cookie_name
from clearline.faces.page.sessions import Session, Sessions

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""No inline script or style runs, nothing is loaded from elsewhere, nobody frames the page, nothing is kept.

Source: W3C Content Security Policy Level 3; Fetch Standard, Cross-Origin-Resource-Policy.
"""

COOKIE_CHARACTERS_MAX = 512
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class ForeignForm(NotAllowed):
    """A form was sent by another site's page, or without the word that this page gave it."""

    slug, title, status = "foreign-form", "Form of another page", 403


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: a session, or nobody by name in the open demonstration."""

    session: Session | None

    @property
    def officer(self) -> str:
        """Return the officer, or an empty text in the demonstration."""
        return "" if self.session is None else self.session.officer


def sessions_of(request: Request) -> Sessions:
    """Return the sessions of the application."""
    found: Sessions = request.app.state.sessions
    return found


def session_of(running: RunningNode, request: Request) -> Session | None:
    """Return the session whose cookie the request carries, as long as what opened it still admits."""
    return sessions_of(request).of(cookie_of(request), tokens=running.tokens, accounts=running.accounts, at=now())


def looker(running: RunningNode, request: Request) -> Looker | None:
    """Return who looks, or `None` where nobody may without logging in."""
    session = session_of(running, request)
    if session is not None:
        return Looker(session)
    return Looker(None) if open_to(running, request) else None


def open_to(running: RunningNode, request: Request) -> bool:
    """Report whether the page is open without a session: in the demonstration, on this machine alone.

    The connection must come from a loopback address, ask for a loopback name (or a page elsewhere whose name is
    made to point here could read along), and not come through a proxy.
    """
    if not running.config.demonstration or request.client is None:
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _loopback(request.client.host) and _loopback(_asked_host(request))


def _asked_host(request: Request) -> str:
    """Return the name that the request asks for, without its port; empty where the header names none."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def cookie_of(request: Request) -> str | None:
    """Return the session's cookie as the browser sent it."""
    cookie = request.cookies.get(cookie_name(request))
    return cookie if cookie and len(cookie) <= COOKIE_CHARACTERS_MAX else None


def set_cookie(request: Request, value: str, *, max_age_s: int, name: str = COOKIE) -> str:
    """Return the Set-Cookie line: for this site's own pages, unseen by scripts, over TLS but for plain loopback."""
    secure = "" if plain_loopback(request) else "; Secure"
    return f"{cookie_name(request, name)}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"


def plain_loopback(request: Request) -> bool:
    """Report whether a request came without TLS over loopback, where a browser would not give back a secure cookie."""
    return request.scope["scheme"] == "http" and request.client is not None and _loopback(request.client.host)


def check_form(request: Request) -> None:
    """Refuse a form that another site's page sent.

    Raises:
        ForeignForm: The browser says that the request was started elsewhere, or does not say.

    Source: Fetch Metadata (W3C), Sec-Fetch-Site; RFC 6454 for Origin, where a browser sends no metadata.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    fine = site == "same-origin" if site is not None else origin == own
    if not fine:
        raise ForeignForm("this form can be sent by this node's own page alone; open the page and try again")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
