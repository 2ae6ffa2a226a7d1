"""Sessions over the API: log in by account, see whose session it is, log out. Programs use bearer tokens instead."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from clearline.bootstrap import now
from clearline.errors import NotFound
from clearline.faces.api.access import cookie_name
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText, Taken
from clearline.faces.page.guard import check_form, cookie_of, session_of, sessions_of, set_cookie
from clearline.faces.page.sessions import IDLE_MS, LIFE_MS, Session
from clearline.faces.page.sign_in import DEVICE_COOKIE, cookie_lines, sign_in_of
from clearline.volumes.instant import Instant, format_instant


class SessionBody(Taken):
    """An account and its passphrase; `officer` where the account acts as several and the first is not meant."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    passphrase: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    officer: Annotated[str, msgspec.Meta(max_length=64)] = ""


class SessionOut(msgspec.Struct, frozen=True):
    """A session: whose, as which officer, and when it ends unused and in any case."""

    account: str
    officer: str
    ends_unused: InstantText
    ends: InstantText


async def log_in(asked: Asked) -> Response:
    """Open a session and set its cookie."""
    request = asked.request
    check_form(request)
    body = await asked.value(SessionBody)
    signed = await sign_in_of(request).log_in(
        asked.running,
        sessions_of(request),
        body.account.strip().lower(),
        body.passphrase,
        body.officer,
        host=request.client.host if request.client else "",
        device=request.cookies.get(cookie_name(request, DEVICE_COOKIE)),
        at=now(),
    )
    at = now()
    made = answer(_shape(signed.account, signed.officer, at, at), 201)
    for line in cookie_lines(request, signed):
        made.headers.append("set-cookie", line)
    return made


async def show(asked: Asked) -> Response:
    """Show the session by which one asks."""
    session = _session(asked)
    return answer(_shape(session.account, session.officer, session.opened, session.used))


async def log_out(asked: Asked) -> Response:
    """End the session by which one asks."""
    session = _session(asked)
    shape = _shape(session.account, session.officer, session.opened, session.used)
    sessions_of(asked.request).log_out(cookie_of(asked.request))
    ended = answer(shape)
    ended.headers.append("set-cookie", set_cookie(asked.request, "", max_age_s=0))
    return ended


def _session(asked: Asked) -> Session:
    session = session_of(asked.running, asked.request)
    if session is None:
        raise NotFound("this request carries a bearer token, and no session")
    return session


def _shape(account: str, officer: str, opened: Instant, used: Instant) -> SessionOut:
    ends = Instant(opened + LIFE_MS)
    return SessionOut(account, officer, format_instant(Instant(min(ends, used + IDLE_MS))), format_instant(ends))


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/session",
        "logIn",
        "Log in by account from the node's own pages: sets a session cookie and a device cookie; needs no token",
        log_in,
        {201: SessionOut},
        takes=SessionBody,
        problems=(403, 429),
        tag="session",
        open=True,
    ),
    Endpoint(
        "GET",
        "/api/v1/session",
        "showSession",
        "Show whose session this is and when it ends",
        show,
        {200: SessionOut},
        problems=(404,),
        tag="session",
    ),
    Endpoint(
        "DELETE",
        "/api/v1/session",
        "logOut",
        "End this session",
        log_out,
        {200: SessionOut},
        problems=(404,),
        tag="session",
    ),
)
