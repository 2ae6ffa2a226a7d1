"""The charts: the hash by which the shipped one is known, and the PMTiles files that an operator adds to a node."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from clearline.faces.page.guard import HEADERS, looker

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

OWN_FOLDER = "chart"
"""The folder of a node's folder in which its operator puts charts."""

OWN_MAX = 16
"""Charts of the operator's that are listed: more than a list to choose from can show."""

HASH_DIGITS = 12
"""Digits of the hash that stand on the screen: enough to compare two desks over a telephone."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}\.pmtiles")
"""What an operator's chart may be called: one plain name, so that no address leads out of the folder."""


@functools.cache
def chart_hash() -> str:
    """Return the first digits of SHA-256 over the shipped chart: each file's path and SHA-256, a line each, by path."""
    top = files("clearline.faces.console").joinpath("chart")
    whole = hashlib.sha256()
    found = {each.name: each for each in top.iterdir() if PurePosixPath(each.name).suffix == ".json"}
    apart = top.joinpath("lgpl")
    if apart.is_dir():
        found |= {f"lgpl/{each.name}": each for each in apart.iterdir() if PurePosixPath(each.name).suffix == ".json"}
    for path in sorted(found):
        whole.update(f"{path}\n{hashlib.sha256(found[path].read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:HASH_DIGITS]


def own_charts(folder: Path) -> tuple[Path, ...]:
    """Return the operator's charts of a node's folder by name, `OWN_MAX` of them at most."""
    place = folder / OWN_FOLDER
    if not place.is_dir():
        return ()
    return tuple(sorted(path for path in place.iterdir() if NAME.fullmatch(path.name) and path.is_file()))[:OWN_MAX]


def routes(running: RunningNode, policy: str) -> list[Route]:
    """Return the routes of a node's charts, for its officers alone: what a chart shows may tell where they look."""
    headers = {**HEADERS, "content-security-policy": policy}

    async def listed(request: Request) -> Response:
        if looker(running, request) is None:
            return Response(b"", 403, headers)
        own = [{"name": path.name, "bytes": path.stat().st_size} for path in own_charts(running.folder)]
        return Response(json.dumps({"hash": chart_hash(), "own": own}), 200, headers, "application/json")

    async def own(request: Request) -> Response:
        if looker(running, request) is None:
            return Response(b"", 403, headers)
        name = request.path_params["name"]
        found = next((path for path in own_charts(running.folder) if path.name == name), None)
        if found is None:
            return Response(b"", 404, headers)
        # A part is asked for at a time: a Range is answered with 206, a bad one with 416.
        return FileResponse(found, headers=headers, media_type="application/vnd.pmtiles")

    return [
        Route("/console/charts", listed, methods=["GET"]),
        Route("/console/charts/{name}", own, methods=["GET", "HEAD"]),
    ]
