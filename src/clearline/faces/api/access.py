"""Who asks: the watch position's bearer token, or the page's session cookie from the page itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from clearline.bootstrap import now
from clearline.errors import NotAllowed
from clearline.faces.api.problems import NoAccess
from clearline.faces.tries import Limits, source_of
from clearline.store.folder import officer_of

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

TOKEN_CHARACTERS_MAX = 512
"""Characters of a token that are looked at: a real one has 32."""

UNLIMITED = ("/api/v1/stop-fire", "/api/v1/alerts")
"""Paths that no limit of requests holds back: whoever is under fire must get through a flood of the own token."""

COOKIE = "clearline_session"
"""The cookie of the page's sessions; its full name ends with the port, see `cookie_name`."""


class ForeignOrigin(NotAllowed):
    """A session cookie came with a request that another site's page started."""

    slug, title, status = "foreign-origin", "Request from another site", 403


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """Return the name of a cookie of this node: `<name>_<port>`.

    A browser keeps one jar for all ports of a machine, and a machine may run several nodes: each has its own cookies.
    Source: RFC 6265, section 8.5.
    """
    server = request.scope.get("server")
    return f"{name}_{server[1]}" if server and server[1] else name


def admit(running: RunningNode, request: Request) -> str:
    """Return the officer who asks.

    Raises:
        NoAccess: No token and no session, or one that admits nobody.
        ForeignOrigin: A session's request was started by another site.
        TooManyRequests: More came than are granted to this token or session, or to this source of strangers.
    """
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "bearer" and 0 < len(token) <= TOKEN_CHARACTERS_MAX:
            officer = officer_of(running.tokens, token.strip())
            if officer is not None:
                _count(request, hashlib.sha256(token.strip().encode("utf-8", "replace")).hexdigest())
                return officer
        _count_stranger(request)
        raise NoAccess("the token admits nobody here; use the watch position's own bearer token")
    session = _session(running, request)
    if session is not None:
        _check_origin(request)
        _count(
            request,
            hashlib.sha256(request.cookies.get(cookie_name(request), "").encode("utf-8", "replace")).hexdigest(),
        )
        return session
    _count_stranger(request)
    raise NoAccess("this path needs the watch position's token: Authorization: Bearer …")


def _session(running: RunningNode, request: Request) -> str | None:
    sessions: Any = getattr(request.app.state, "sessions", None)
    cookie = request.cookies.get(cookie_name(request))
    if sessions is None or not cookie or len(cookie) > TOKEN_CHARACTERS_MAX:
        return None
    found = sessions.of(cookie, tokens=running.tokens, accounts=running.accounts, at=now())
    return None if found is None else str(found.officer)


def _count(request: Request, who: str) -> None:
    """Count a request of one token or session, whoever else asks from the same place; an alert is never held back."""
    limits: Limits | None = getattr(request.app.state, "limits", None)
    if limits is not None and not request.url.path.startswith(UNLIMITED):
        limits.requests.take(who, at=now())


def _count_stranger(request: Request) -> None:
    """Count a request that nobody admits, by where it came from; those that are admitted do not count here."""
    limits: Limits | None = getattr(request.app.state, "limits", None)
    if limits is not None:
        limits.strangers.take(source_of(request.client.host if request.client else ""), at=now())


def _check_origin(request: Request) -> None:
    """A cookie travels with whatever a browser sends here, so the browser must say that the page itself sent it.

    Source: Fetch Metadata (W3C), Sec-Fetch-Site; RFC 6454 for Origin, where a browser sends no metadata.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    if site is not None:
        fine = site == "same-origin" or (site == "none" and request.method in ("GET", "HEAD"))
    else:
        fine = origin == own or (origin is None and request.method in ("GET", "HEAD"))
    if not fine:
        raise ForeignOrigin("a session is good for requests of this node's own page alone; use a bearer token")
