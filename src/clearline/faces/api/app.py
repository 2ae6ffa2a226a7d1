"""The officer's API as an application: who may ask, which path answers, and how a refusal looks."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from clearline.errors import ClearlineError
from clearline.faces.api import problems
from clearline.faces.api.access import admit
from clearline.faces.api.asked import Asked
from clearline.faces.api.cache import Cache
from clearline.faces.api.endpoints import ENDPOINTS
from clearline.faces.api.events import Listeners
from clearline.faces.api.problems import WrongMethod, answer_to, own_fault
from clearline.faces.api.table import Table
from clearline.faces.console import routes as console
from clearline.faces.drill import DrillHeader
from clearline.faces.tries import Limits
from clearline.gateways.peer import serving as peers

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

PAGE = "clearline.faces.page.routes"
"""Where the server-drawn page has its routes; a node without the page serves the API alone."""


class Api:
    """Answers everything under `/api`. It reads the path as it was sent, so that a reference may hold a slash."""

    def __init__(self, running: RunningNode, cache: Cache) -> None:
        self.running, self.cache, self.table = running, cache, Table(ENDPOINTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except WrongMethod as refusal:
            response = answer_to(refusal, headers={"allow": str(refusal.members.get("allow", ""))})
        except ClearlineError as refusal:
            response = answer_to(refusal)
        except Exception as fault:  # noqa: BLE001 - logged with its traceback; the answer hides the inside
            response = own_fault(f"{request.method} {request.scope['path']}", fault)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        endpoint, path = self.table.find(request.method, request.scope["raw_path"])
        officer = "" if endpoint.open else admit(self.running, request)
        asked = Asked(self.running, self.cache, request, endpoint, path, officer)
        asked.check_query()
        return await endpoint.handler(asked)


def build(running: RunningNode) -> Starlette:
    """Return the application of a node: the officers' API, the peers' routes and, where it is there, the page.

    `app.state` holds `running`, `cache`, `listeners` and, with the page, `sessions`.
    """
    routes: list[BaseRoute] = [
        Route("/api/{rest:path}", endpoint=Api(running, cache := Cache())),
        *(() if running.config.peers_port else peers.routes(running)),
        *_page(running),
        *console.routes(running),
    ]
    handlers: dict[Any, Any] = {
        ClearlineError: problems.on_error,
        ClientDisconnect: problems.on_error,
        HTTPException: problems.on_error,
        Exception: problems.on_error,
    }
    marks = [Middleware(DrillHeader)] if running.roster.genesis.drill else []
    app = Starlette(routes=routes, exception_handlers=handlers, middleware=marks)
    app.state.running = running
    app.state.cache = cache
    app.state.listeners = Listeners()
    app.state.sessions = _sessions(running)
    app.state.limits = Limits()
    return app


def _page(running: RunningNode) -> Iterable[BaseRoute]:
    if importlib.util.find_spec(PAGE) is None:
        return ()
    found: Iterable[BaseRoute] = importlib.import_module(PAGE).routes(running)
    return found


def _sessions(running: RunningNode) -> Any:
    name = "clearline.faces.page.sessions"
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name).Sessions(running.randomness)
