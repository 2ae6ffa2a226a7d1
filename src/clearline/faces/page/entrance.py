"""Logging in and out: the form in the reader's language, what a try is answered with, and whereto it leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clearline.bootstrap import now
from clearline.errors import ClearlineError, NotAllowed
from clearline.faces.api.access import cookie_name
from clearline.faces.api.problems import NoAccess
from clearline.faces.page import login, login_words
from clearline.faces.page.answers import html, to
from clearline.faces.page.guard import ForeignForm, check_form, cookie_of, session_of, sessions_of, set_cookie
from clearline.faces.page.sessions import LIFE_MS, TooManyTries
from clearline.faces.page.sign_in import DEVICE_COOKIE, cookie_lines, sign_in_of
from clearline.faces.tries import TooManyRequests, WaitToTry
from clearline.gateways.peer.serving import read_body

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

FORM_BYTES_MAX = 4_096
"""Bytes of a form: a token of 32 characters and room to spare."""

CONSOLE = "/console"


def _after(given: Mapping[str, str]) -> str:
    """Return where a login leads: to the console, or to the page for reading where that is asked; nowhere else."""
    return "/" if given.get("to") == "page" else CONSOLE


class _Entrance:
    """The login of one node."""

    def __init__(self, running: RunningNode) -> None:
        self.running = running

    async def form(self, request: Request) -> Response:
        chosen = login.chosen(request)
        kept = {"set-cookie": login.language_cookie(request, chosen)} if chosen else None
        if session_of(self.running, request) is not None:
            return to(_after(request.query_params), kept)
        return self._login(request, headers=kept)

    async def log_in(self, request: Request) -> Response:
        try:
            check_form(request)
        except ForeignForm as refusal:
            return self._login(request, refusal, status=403)
        form = await _form(request)
        if form.get("account", "").strip():
            return await self._log_in_by_account(request, form)
        address = request.client.host if request.client else ""
        try:
            cookie = sessions_of(request).log_in(
                form.get("token", "").strip(), tokens=self.running.tokens, address=address, at=now()
            )
        except TooManyTries as refusal:
            wait = {"retry-after": str(refusal.retry_after_s)}
            return self._login(request, refusal, status=429, headers=wait)
        if not cookie:
            return self._login(request, NoAccess("this token admits nobody here"), status=403)
        return to(_after(form), {"set-cookie": set_cookie(request, cookie, max_age_s=LIFE_MS // 1000)})

    async def _log_in_by_account(self, request: Request, form: Mapping[str, str]) -> Response:
        try:
            signed = await sign_in_of(request).log_in(
                self.running,
                sessions_of(request),
                form["account"].strip().lower(),
                form.get("passphrase", ""),
                form.get("officer", "").strip(),
                host=request.client.host if request.client else "",
                device=request.cookies.get(cookie_name(request, DEVICE_COOKIE)),
                at=now(),
            )
        except (WaitToTry, TooManyRequests) as refusal:
            wait = {"retry-after": str(refusal.retry_after_s)}
            return self._login(request, refusal, status=429, headers=wait)
        except NotAllowed as refusal:
            return self._login(request, refusal, status=403)
        answer = to(_after(form))
        for line in cookie_lines(request, signed):
            answer.headers.append("set-cookie", line)
        return answer

    async def log_out(self, request: Request) -> Response:
        sessions, cookie = sessions_of(request), cookie_of(request)
        session = session_of(self.running, request)
        form = await _form(request)
        if session is not None and form.get("word") != session.form_word:
            return html("", status=403)
        sessions.log_out(cookie)
        return to("/login", {"set-cookie": set_cookie(request, "", max_age_s=0)})

    def _login(
        self,
        request: Request,
        fault: ClearlineError | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        roster, me = self.running.roster, self.running.me
        card = roster.member(me)
        language = login.language_of(request)
        text = login.login(
            member=me,
            name=card.name if card is not None else "",
            channel=roster.genesis.channel,
            drill=roster.genesis.drill,
            language=language,
            fault=login_words.refusal(fault, language) if fault is not None else "",
        )
        return html(text, status=status, headers=headers)


def routes(running: RunningNode) -> list[Route]:
    """Return the routes by which people log in at a node and out again."""
    entrance = _Entrance(running)
    return [
        Route("/login", entrance.form, methods=["GET"]),
        Route("/login", entrance.log_in, methods=["POST"]),
        Route("/logout", entrance.log_out, methods=["POST"]),
    ]


async def _form(request: Request) -> dict[str, str]:
    raw = await read_body(request, limit=FORM_BYTES_MAX)
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=8))
    except ValueError:
        return {}
