"""The documents: the page, the fragment that replaces its middle, and the login."""

from __future__ import annotations

from clearline.faces import words
from clearline.faces.drill import BANNER
from clearline.faces.page import findings, notices, record, top
from clearline.faces.page import vague as inexact
from clearline.faces.page.drawing import Draughtsman
from clearline.faces.page.html import Html, el, join, ltr
from clearline.faces.page.snapshot import Snapshot

RELOAD_S = 20
"""How often the page reloads itself where no script runs."""


def fragment(shot: Snapshot, draughtsman: Draughtsman, *, position: str, form_word: str, demonstration: bool) -> Html:
    """Return everything on the page that news can change."""
    return join(
        (
            top.below_bar(shot, form_word=form_word, demonstration=demonstration),
            el(
                "main",
                el(
                    "div",
                    draughtsman.chart(shot),
                    el("div", findings.conflicts(shot), top.silence(), class_="beside"),
                    class_="pair",
                ),
                notices.notices(shot),
                inexact.vague(shot),
                findings.touches(shot),
                record.messages(shot),
                record.log(shot),
                id="main",
            ),
            el(
                "footer",
                "Clearline gives word of plans and keeps a record. It gives no permission and promises no safety. "
                "Separation minima and lead times are placeholders that air and ground operations people must set. ",
                f"Drawn for {position} at ",
                ltr(words.zulu(words.whole_second(shot.at))),
                ".",
            ),
        )
    )


def page(shot: Snapshot, inside: Html, *, position: str) -> Html:
    """Return the whole page round a fragment."""
    found = words.count(shot.conflicts_in_all, "conflict")
    title = f"{'DRILL · ' if shot.drill else ''}{shot.me.id} · {found} · Clearline"
    return _document(
        title,
        el(
            "body",
            el("a", "Skip to conflicts and notices", href="#main", class_="skip"),
            el("div", top.top_bar(shot, position), id="bar"),
            el("div", id="frozen", class_="frozen", role="alert"),
            el("div", inside, id="live"),
            data_at=int(shot.at),
        ),
        el("script", src="/static/page.js", defer=True),
        el("noscript", el("meta", http_equiv="refresh", content=str(RELOAD_S))),
    )


def news(bar: Html, inside: Html) -> Html:
    """Return what the script puts in place: the bar and the fragment, each under the id of what it replaces."""
    return join((el("div", bar, data_for="bar"), el("div", inside, data_for="live")))


def login(*, member: str, name: str, channel: str, drill: bool, fault: str = "", to: str = "") -> Html:
    """Return the login; `fault` says why the last try was refused, `to` whereto it leads if not to the page."""
    return _document(
        f"Log in · {member} · Clearline",
        el(
            "body",
            el(
                "main",
                el("div", el("span", BANNER), class_="banner drill") if drill else None,
                el("h1", ltr(member), " ", el("span", name, class_="muted")),
                el("p", f"Channel {channel}", class_="muted"),
                el("p", fault, class_="fault-text", role="alert") if fault else None,
                el(
                    "form",
                    el("label", "Account", for_="account"),
                    el(
                        "input",
                        id="account",
                        name="account",
                        type="text",
                        autocomplete="username",
                        autocapitalize="none",
                        maxlength=32,
                        spellcheck="false",
                    ),
                    el("label", "Passphrase", for_="passphrase"),
                    el(
                        "input",
                        id="passphrase",
                        name="passphrase",
                        type="password",
                        autocomplete="current-password",
                        maxlength=256,
                        spellcheck="false",
                    ),
                    el("label", "As officer (number; empty for the account's first)", for_="officer"),
                    el("input", id="officer", name="officer", type="text", maxlength=64, spellcheck="false"),
                    el("label", "Or the token of the watch position", for_="token"),
                    el(
                        "input",
                        id="token",
                        name="token",
                        type="password",
                        autocomplete="off",
                        maxlength=512,
                        spellcheck="false",
                    ),
                    el("input", type="hidden", name="to", value=to) if to else None,
                    el("button", "Log in", type="submit"),
                    method="post",
                    action="/login",
                ),
                el(
                    "p",
                    "A session ends after 30 minutes without the page open, and after 12 hours in any case.",
                    class_="muted small",
                ),
                class_="login",
            ),
        ),
    )


def _document(title: str, body: Html, *head: Html) -> Html:
    return join(
        (
            Html("<!doctype html>\n"),
            el(
                "html",
                el(
                    "head",
                    el("meta", charset="utf-8"),
                    el("meta", name="viewport", content="width=device-width, initial-scale=1"),
                    el("meta", name="robots", content="noindex"),
                    el("title", title),
                    el("link", rel="icon", href="data:,"),
                    el("link", rel="stylesheet", href="/static/page.css"),
                    *head,
                ),
                body,
                lang="en",
                dir="ltr",
            ),
        )
    )
