"""The routes of the console: its one page and the files of its bundle, under a policy that lets nothing else in."""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from clearline.faces.console import charts
from clearline.faces.page.guard import HEADERS, looker

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""No inline script or style, and no request that leaves this origin; the map draws into images of its own (blob).

Source: W3C Content Security Policy Level 3.
"""

FOR_EVER = "public, max-age=31536000, immutable"
"""A file whose name holds the hash of what is in it never changes."""

NAME_CHARACTERS_MAX = 120
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".woff2": "font/woff2",
}

ZIPPED = (".html", ".js", ".css", ".json")
"""What is sent gzipped to whoever takes it: scripts and texts become a third. Fonts are packed already.

None of it depends on what is asked or on who asks, so its length tells nothing (BREACH).
"""


def routes(running: RunningNode) -> list[Route]:
    """Return the routes of a node's console. Its data come from the officers' API, under the session's cookie."""

    async def page(request: Request) -> Response:
        if looker(running, request) is None:
            return RedirectResponse("/login", 303, {**HEADERS})
        return await _file("index.html", request)

    async def bundled(request: Request) -> Response:
        return await _file(f"assets/{request.path_params['name']}", request)

    async def charted(request: Request) -> Response:
        return await _file(f"../chart/{request.path_params['name']}", request)

    async def charted_apart(request: Request) -> Response:
        return await _file(f"../chart/lgpl/{request.path_params['name']}", request)

    return [
        *charts.routes(running, POLICY),
        Route("/console", page, methods=["GET"]),
        Route("/console/", page, methods=["GET"]),
        Route("/console/assets/{name}", bundled, methods=["GET"]),
        Route("/console/chart/{name}", charted, methods=["GET"]),
        Route("/console/chart/lgpl/{name}", charted_apart, methods=["GET"]),
    ]


async def _file(path: str, request: Request) -> Response:
    """Return a file of the package. What stands under a hashed name may be kept; anything else is asked for anew."""
    found = _shipped(path)
    headers = {**HEADERS, "content-security-policy": POLICY}
    if found is None:
        return Response(b"", 404, headers)
    raw, mark = found
    suffix = PurePosixPath(path).suffix
    zipped = suffix in ZIPPED and "gzip" in request.headers.get("accept-encoding", "")
    if zipped:
        mark = f'{mark[:-1]}.gz"'
    kept = path.startswith("assets/") and not path.endswith("/worker.js")
    headers |= {"cache-control": FOR_EVER if kept else "no-cache", "etag": mark, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", 304, headers)
    if zipped:
        raw = await asyncio.to_thread(_zipped, path)
        headers["content-encoding"] = "gzip"
    return Response(raw, 200, headers, MEDIA[suffix])


@functools.cache
def _tree() -> frozenset[str]:
    """Return every file that may be served, by its path from `static/`."""
    top = files("clearline.faces.console")
    found = {"index.html"}
    for folder, prefix in (("static/assets", "assets/"), ("chart", "../chart/"), ("chart/lgpl", "../chart/lgpl/")):
        place = top.joinpath(folder)
        if place.is_dir():
            found |= {prefix + each.name for each in place.iterdir() if PurePosixPath(each.name).suffix in MEDIA}
    return frozenset(found)


@functools.lru_cache(maxsize=256)
def _shipped(path: str) -> tuple[bytes, str] | None:
    if len(path) > NAME_CHARACTERS_MAX or path not in _tree():
        return None
    top = files("clearline.faces.console")
    place = top.joinpath(path.removeprefix("../")) if path.startswith("../") else top.joinpath("static").joinpath(path)
    raw = place.read_bytes()
    return raw, f'"{hashlib.sha256(raw).hexdigest()[:32]}"'


@functools.lru_cache(maxsize=256)
def _zipped(path: str) -> bytes:
    found = _shipped(path)
    return b"" if found is None else gzip.compress(found[0], 6, mtime=0)
