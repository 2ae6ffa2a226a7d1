"""Errors as RFC 9457 problems, and the errors that only HTTP knows."""

from __future__ import annotations

import logging
import math
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from clearline.errors import ClearlineError, NotAllowed, NotFound, Refused, Unavailable

log = logging.getLogger("clearline")

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "/problems/"
"""Before the slug of an error in the `type` of its problem: a reference relative to the node's own address."""


class NoAccess(NotAllowed):
    """The request carries no token, or one that admits nobody."""

    slug, title, status = "no-access", "No valid token", 401


class UnknownPath(NotFound):
    """The path names nothing here."""

    slug, title, status = "unknown-path", "Unknown path", 404


class WrongMethod(Refused):
    """The path takes other methods."""

    slug, title, status = "wrong-method", "Method not allowed", 405


class WrongMediaType(Refused):
    """The body is of another media type than the path takes."""

    slug, title, status = "wrong-media-type", "Unsupported media type", 415


class SlowBody(Refused):
    """The body did not arrive in time."""

    slug, title, status = "slow-body", "Body too slow", 408


class TooManyListeners(Unavailable):
    """As many clients listen to events as this node serves."""

    slug, title, status = "too-many-listeners", "Too many listeners", 503


class OwnFault(ClearlineError):
    """Clearline itself is at fault; what happened stands in the node's own log, not in the answer."""

    slug, title, status = "own-fault", "Fault of this node", 500


def problem(error: ClearlineError) -> dict[str, Any]:
    """Return the members of the problem that stands for `error`."""
    members = {name: _plain(value) for name, value in error.members.items()}
    return {
        "type": TYPE_PREFIX + error.slug,
        "title": error.title,
        "status": error.status,
        "detail": _text(error.message),
        **{name: value for name, value in members.items() if name not in ("type", "title", "status", "detail")},
    }


def answer_to(error: ClearlineError, *, headers: dict[str, str] | None = None) -> Response:
    """Return the HTTP answer to `error`."""
    given = dict(headers or {})
    if error.status == 401:
        given["www-authenticate"] = 'Bearer realm="clearline"'
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        given["retry-after"] = str(max(1, math.ceil(retry_after_s)))
    given["cache-control"] = "no-store"
    return Response(msgspec.json.encode(problem(error)), error.status, given, PROBLEM_JSON)


def own_fault(doing: str, fault: Exception) -> Response:
    """Log an unexpected fault with its traceback and return an answer that says nothing of the inside."""
    log.error("%s failed", doing, exc_info=fault)
    return answer_to(OwnFault("something failed inside this node; its operator finds the cause in the node's log"))


async def on_error(request: Request, fault: Exception) -> Response:
    """Answer whatever a route outside the officers' API raised: peers' routes, pages, the routing itself."""
    if isinstance(fault, ClearlineError):
        return answer_to(fault)
    if isinstance(fault, ClientDisconnect):
        return Response(status_code=400)
    if isinstance(fault, HTTPException):
        path = quote(request.scope["path"])
        if fault.status_code == 404:
            return answer_to(UnknownPath(f"{path} names nothing here; /api/openapi.json lists every path"))
        if fault.status_code == 405:
            headers = dict(fault.headers or {})
            return answer_to(WrongMethod(f"{path} takes {headers.get('Allow', 'other methods')}"), headers=headers)
    return own_fault(f"{request.method} {request.scope['path']}", fault)


def _plain(value: Any) -> Any:
    """Return `value` as JSON takes it: what is no number, text or list of them becomes its text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_text(name): _plain(item) for name, item in value.items()}
    return _text(value)


def _text(value: object) -> str:
    """Return `value` as text that UTF-8 can carry, whatever half characters a stranger put into it."""
    return str(value).encode("utf-8", "backslashreplace").decode()
