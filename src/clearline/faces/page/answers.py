"""How the node's own pages answer: with markup, or by leading elsewhere, always under the strict headers."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from clearline.faces.page.guard import HEADERS

MEDIA = "text/html; charset=utf-8"


def html(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page or a part of one."""
    return Response(text, status, {**HEADERS, **(headers or {})}, MEDIA)


def to(path: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that leads to a path of this node."""
    return RedirectResponse(path, 303, {**HEADERS, **(headers or {})})
