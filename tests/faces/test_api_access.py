"""Who is admitted: a bearer token, or the page's session for what the page itself sends."""

from __future__ import annotations

import base64
import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from clearline.bootstrap import now, randomness
from clearline.faces.api.access import COOKIE, ForeignOrigin, admit
from clearline.faces.api.problems import NoAccess
from clearline.faces.page import sessions as page_sessions

TOKEN = base64.urlsafe_b64encode(bytes(24)).decode()
RUNNING: Any = SimpleNamespace(tokens={hashlib.sha256(TOKEN.encode()).hexdigest(): "1"}, accounts={})


@pytest.fixture(scope="module")
def sessions() -> page_sessions.Sessions:
    return page_sessions.Sessions(randomness)


def request(sessions: Any, method: str = "GET", **headers: str) -> Request:
    given = {"host": "127.0.0.1:8800", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": "/api/v1/notices",
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", 8800),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "app": SimpleNamespace(state=SimpleNamespace(sessions=sessions)),
    }
    return Request(scope)


@pytest.fixture
def cookie(sessions: page_sessions.Sessions) -> str:
    made = sessions.log_in(TOKEN, tokens=RUNNING.tokens, address="127.0.0.1", at=now())
    assert made
    return f"{COOKIE}_8800={made}"


def test_two_nodes_of_one_machine_keep_two_cookies(sessions: page_sessions.Sessions, cookie: str) -> None:
    """A session at one port is none at another: an officer may sit at two nodes in one browser."""
    assert admit(RUNNING, request(sessions, cookie=cookie, sec_fetch_site="same-origin")) == "1"
    elsewhere = request(sessions, cookie=cookie, sec_fetch_site="same-origin")
    elsewhere.scope["server"] = ("127.0.0.1", 8801)
    with pytest.raises(NoAccess):
        admit(RUNNING, elsewhere)


def test_a_token_admits_its_officer(sessions: page_sessions.Sessions) -> None:
    """The scheme is read without regard to case, as RFC 9110 has it."""
    for scheme in ("Bearer", "bearer"):
        assert admit(RUNNING, request(sessions, authorization=f"{scheme} {TOKEN}")) == "1"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"sec_fetch_site": "same-origin"}),
        ("POST", {"sec_fetch_site": "same-origin"}),
        ("GET", {"sec_fetch_site": "none"}),
        ("GET", {}),
        ("POST", {"origin": "http://127.0.0.1:8800"}),
    ],
)
def test_the_page_itself_is_admitted(
    sessions: page_sessions.Sessions, cookie: str, method: str, headers: dict[str, str]
) -> None:
    """A request that the page sends carries the session and says where it comes from."""
    assert admit(RUNNING, request(sessions, method, cookie=cookie, **headers)) == "1"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"sec_fetch_site": "cross-site"}),
        ("POST", {"sec_fetch_site": "same-site"}),
        ("POST", {"sec_fetch_site": "none"}),
        ("GET", {"sec_fetch_site": "cross-site"}),
        ("POST", {}),
        ("POST", {"origin": "http://127.0.0.1:8801"}),
        ("POST", {"origin": "null"}),
    ],
)
def test_another_sites_page_is_not_admitted(
    sessions: page_sessions.Sessions, cookie: str, method: str, headers: dict[str, str]
) -> None:
    """A browser sends the cookie along with whatever another site makes it ask; that is refused."""
    with pytest.raises(ForeignOrigin):
        admit(RUNNING, request(sessions, method, cookie=cookie, **headers))


@pytest.mark.parametrize(
    "headers", [{}, {"cookie": f"{COOKIE}_8800=made-up"}, {"cookie": f"{COOKIE}_8800={'x' * 5000}"}]
)
def test_nobody_else_is_admitted(sessions: page_sessions.Sessions, headers: dict[str, str]) -> None:
    """No token and no session, or one that nobody gave out: 401."""
    with pytest.raises(NoAccess):
        admit(RUNNING, request(sessions, sec_fetch_site="same-origin", **headers))


def test_a_wrong_token_is_not_mended_by_a_session(sessions: page_sessions.Sessions, cookie: str) -> None:
    """Who shows a token is judged by it alone."""
    with pytest.raises(NoAccess):
        admit(RUNNING, request(sessions, cookie=cookie, authorization="Bearer wrong", sec_fetch_site="same-origin"))
