"""The login: the door to the console, in the reader's language, without a script."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.requests import Request

from clearline.faces import chart_words
from clearline.faces.api.access import cookie_name
from clearline.faces.drill import BANNER
from clearline.faces.languages import LANGUAGES, NAMES, direction, preferred
from clearline.faces.page import login_words
from clearline.faces.page.document import whole
from clearline.faces.page.guard import plain_loopback
from clearline.faces.page.html import Html, el, ltr

LANGUAGE_COOKIE = "clearline_language"
"""The language that was chosen last at this browser; the console writes and reads the same cookie."""

CHOSEN_FOR_S = 365 * 86_400


def chosen(request: Request) -> str:
    """Return the language that the address asks for by `?language=`, empty where it asks for none of ours."""
    asked = request.query_params.get("language", "")
    return asked if asked in LANGUAGES else ""


def language_of(request: Request) -> str:
    """Return the language of who asks: as just chosen, as chosen last here or in the console, as the browser wants."""
    kept = request.cookies.get(cookie_name(request, LANGUAGE_COOKIE), "")
    if kept not in LANGUAGES:
        kept = ""
    return chosen(request) or kept or preferred(request.headers.get("accept-language", ""))


def language_cookie(request: Request, language: str) -> str:
    """Return the Set-Cookie line of a choice; it holds a language alone, and the console's script may read it."""
    secure = "" if plain_loopback(request) else "; Secure"
    name = cookie_name(request, LANGUAGE_COOKIE)
    return f"{name}={language}; Path=/; Max-Age={CHOSEN_FOR_S}; SameSite=Strict{secure}"


def login(*, member: str, name: str, channel: str, drill: bool, language: str, fault: str = "") -> Html:
    """Return the login, which leads to the console or to the page; `fault` says why the last try was refused."""
    say = partial(login_words.text, language=language)
    banner = BANNER if language == "en" else chart_words.text("drill", language)
    return whole(
        f"{say('log in')} · {member} · Clearline",
        el(
            "body",
            el(
                "main",
                _choice(language, say("language")),
                el("div", el("span", banner), class_="banner drill") if drill else None,
                el("h1", ltr(member), " ", el("bdi", name, class_="muted")),
                el("p", say("channel", channel=channel), class_="muted"),
                el("p", fault, class_="fault-text", role="alert") if fault else None,
                el(
                    "form",
                    *_field("account", say, autocomplete="username", autocapitalize="none", maxlength=32),
                    *_field("passphrase", say, type="password", autocomplete="current-password", maxlength=256),
                    *_field("officer", say, maxlength=64),
                    *_field("token", say, type="password", autocomplete="off", maxlength=512),
                    el("button", say("log in"), type="submit"),
                    el("button", say("to page"), type="submit", name="to", value="page", class_="aside"),
                    method="post",
                    action="/login",
                ),
                el("p", say("ends"), class_="muted small"),
                class_="login",
            ),
        ),
        language=language,
    )


def to_console(language: str) -> Html:
    """Return what stands on the page for reading: the way to the console, in the reader's language."""
    return el(
        "nav",
        el("a", login_words.text("console", language), href="/console"),
        " ",
        el("span", login_words.text("in English", language), class_="muted small"),
        lang=language,
        dir=direction(language),
        class_="desk",
    )


def _field(name: str, say: Callable[[str], str], *, type: str = "text", **more: object) -> tuple[Html, Html]:
    return (
        el("label", say(name), for_=name),
        el("input", id=name, name=name, type=type, dir="ltr", spellcheck="false", **more),
    )


def _choice(language: str, label: str) -> Html:
    links = (
        el(
            "a",
            name,
            href=f"/login?language={code}",
            lang=code,
            hreflang=code,
            dir=direction(code),
            aria_current="true" if code == language else None,
        )
        for code, name in zip(LANGUAGES, NAMES, strict=True)
    )
    return el("nav", *links, aria_label=label, class_="languages")
