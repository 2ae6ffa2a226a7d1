"""The routes of the page: the page, its fragment and its stream of news, the drawn chart, script and style."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from clearline.errors import Malformed, Said
from clearline.faces.api import traced
from clearline.faces.api.asked import Asked
from clearline.faces.api.cache import Cache
from clearline.faces.chart_ink import on_paper
from clearline.faces.languages import language_or_english
from clearline.faces.page import document, entrance, login, top
from clearline.faces.page.answers import html, to
from clearline.faces.page.drawing import Draft, Draughtsman, Wanted
from clearline.faces.page.guard import (
    HEADERS,
    Looker,
    check_form,
    looker,
)
from clearline.faces.page.html import Html
from clearline.faces.page.snapshot import Asked as AskedPage
from clearline.faces.page.snapshot import Looker as Eye
from clearline.faces.page.snapshot import Snapshot
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

PAGES_MAX = 10_000
"""The highest page of a table that may be asked for."""

STREAMS_MAX = 64
"""Pages that listen at one time; beyond, a page asks every ten seconds as it does anyway."""

LEAST_BETWEEN_S = 0.4
"""News are told to a page at most this often: a busy hour must not redraw without pause."""

INSTANT_DIGITS = 15
"""Digits of an instant in milliseconds: more than any day that can be filed needs."""

SIDES_PX = (240, 160, 2_400)
"""The least width and height of a chart that is fitted into a room, and the most of either."""

HEARTBEAT_S = 15.0
DRAWN_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A drawing carries its own styles and nothing else; no script runs in it, and it loads nothing."""

STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


class _Page:
    """The page of one node."""

    def __init__(self, running: RunningNode) -> None:
        self.running = running
        self.eye, self.draughtsman = Eye(), Draughtsman()
        self.drawing = asyncio.Lock()
        self.streams = 0

    async def page(self, request: Request) -> Response:
        who = looker(self.running, request)
        if who is None:
            return to("/login")
        shot = await self._look(request)
        inside = await self._draw(shot, who)
        way = login.to_console(login.language_of(request))
        return html(document.page(shot, inside, position=self._position(who), way=way))

    async def fragment(self, request: Request) -> Response:
        who = looker(self.running, request)
        if who is None:
            return html("", status=401)
        shot = await self._look(request)
        inside = await self._draw(shot, who)
        bar = top.top_bar(shot, self._position(who))
        return html(document.news(bar, inside), headers={"x-clearline-at": str(int(shot.at))})

    async def picture(self, request: Request) -> Response:
        """Answer the drawn chart alone: what the console shows where a browser has no WebGL, and what is printed.

        It lies on the shipped base map. `?language=` is the one in which it speaks, `?from=` and `?to=` (milliseconds
        since 1970, both or neither) the window of time of which it shows the notices; with `?on=paper` it comes in the
        colours of paper, with `?width=` and `?height=` (pixels) it fits into that room, legend and all.
        """
        if looker(self.running, request) is None:
            return html("", status=401)
        return await self._drawn(request, Draft())

    async def sketch(self, request: Request) -> Response:
        """Answer the same chart with what a form holds so far on top, for the officer who asks alone.

        It is sent rather than asked for: what nobody has released stands in no address and no log of one.
        """
        who = looker(self.running, request)
        if who is None:
            return html("", status=401)
        check_form(request)
        cache: Cache = request.app.state.cache
        asked = Asked(self.running, cache, request, traced.ENDPOINTS[0], {}, who.officer)
        return await self._drawn(request, Draft(*await traced.draft_of(asked)))

    async def _drawn(self, request: Request, draft: Draft) -> Response:
        asked = request.query_params
        start, end = _instant(asked, "from"), _instant(asked, "to")
        if (start is None) is not (end is None) or (start is not None and end is not None and end < start):
            raise Malformed(where="query from, to", found=Said("no window"), expected="both, from before to")
        wanted = Wanted(language_or_english(asked.get("language", "")), start, end, _size(asked))
        shot = await self._look(request)
        async with self.drawing:
            svg = await asyncio.to_thread(self.draughtsman.alone, shot, wanted, draft)
        if request.query_params.get("on") == "paper":
            svg = on_paper(svg)
        return Response(svg, 200, {**HEADERS, "content-security-policy": DRAWN_POLICY}, "image/svg+xml")

    async def live(self, request: Request) -> Response:
        if looker(self.running, request) is None:
            return html("", status=401)
        if self.streams >= STREAMS_MAX:
            return html("", status=503, headers={"retry-after": "10"})
        ending: asyncio.Event = request.app.state.listeners.ending
        return StreamingResponse(self._news(ending), 200, {**HEADERS, "x-accel-buffering": "no"}, "text/event-stream")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return html("", status=404)
        return Response(_static(name), 200, dict(HEADERS), STATIC[name])

    async def _look(self, request: Request) -> Snapshot:
        asked = AskedPage(
            notices=_number(request, "notices"),
            conflicts=_number(request, "conflicts"),
            past=request.query_params.get("past") == "1",
        )
        cache: Cache = request.app.state.cache

        # A page that cannot be drawn must not make the node start anew.
        return await self.running.read(
            lambda node, at: self.eye.look(node, at, asked, since=cache.follow_lines(node, at=at))
        )

    async def _draw(self, shot: Snapshot, who: Looker) -> Html:
        word = who.session.form_word if who.session is not None else ""
        async with self.drawing:
            return await asyncio.to_thread(
                document.fragment,
                shot,
                self.draughtsman,
                position=self._position(who),
                form_word=word,
                demonstration=self.running.config.demonstration,
            )

    def _position(self, who: Looker) -> str:
        if who.session is None:
            return "no watch position: reading only"
        card = self.running.roster.member(self.running.me)
        positions = [o.position for o in card.officers if o.officer == who.officer] if card is not None else []
        return positions[0] if positions else f"officer {who.officer}"

    async def _news(self, ending: asyncio.Event) -> AsyncIterator[bytes]:
        """Tell a page that something changed, at most every `LEAST_BETWEEN_S`; it fetches what it shows."""
        self.streams += 1
        ends = asyncio.create_task(ending.wait())
        told = self.running.committed_event
        try:
            yield b"retry: 3000\n\n"
            while not ending.is_set():
                if self.running.committed_event != told:
                    told = self.running.committed_event
                    yield b"event: changed\nid: %d\ndata: %d\n\n" % (told, told)
                    await asyncio.wait((ends,), timeout=LEAST_BETWEEN_S)
                    continue
                changed = asyncio.create_task(self.running.changed(HEARTBEAT_S))
                await asyncio.wait((changed, ends), return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if self.running.committed_event == told:
                    yield b": here\n\n"
        finally:
            ends.cancel()
            self.streams -= 1


def routes(running: RunningNode) -> list[Route]:
    """Return the routes of a node's page; the application holds the `Sessions` in `app.state.sessions`."""
    page = _Page(running)

    def get(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, endpoint, methods=["GET"])

    return [
        get("/", page.page),
        get("/fragment", page.fragment),
        get("/chart.svg", page.picture),
        Route("/chart.svg", page.sketch, methods=["POST"]),
        get("/live", page.live),
        get("/static/{name}", page.static),
        *entrance.routes(running),
    ]


def _number(request: Request, name: str) -> int:
    given = request.query_params.get(name, "")
    return (
        min(int(given), PAGES_MAX) if given.isascii() and given.isdecimal() and 0 < len(given) < 7 and int(given) else 1
    )


def _size(asked: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the room that a chart has, in pixels; a tinier one is drawn at the least size, to be scaled."""
    if "width" not in asked and "height" not in asked:
        return None
    sides = []
    for name, least in (("width", SIDES_PX[0]), ("height", SIDES_PX[1])):
        given = asked.get(name, "")
        if not (given.isascii() and given.isdecimal() and len(given) <= INSTANT_DIGITS):
            raise Malformed(
                where=f"query {name}", found=given, expected="a number of pixels, with width and height both"
            )
        sides.append(min(max(int(given), least), SIDES_PX[2]))
    return sides[0], sides[1]


def _instant(asked: Mapping[str, str], name: str) -> Instant | None:
    given = asked.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= INSTANT_DIGITS):
        raise Malformed(where=f"query {name}", found=given, expected="milliseconds since 1970")
    return Instant(int(given))


@functools.cache
def _static(name: str) -> bytes:
    return files("clearline.faces.page").joinpath("static", name).read_bytes()
