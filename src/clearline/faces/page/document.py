"""The documents: the page, and the fragment that replaces its middle."""

from __future__ import annotations

from clearline.faces import words
from clearline.faces.languages import direction
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


def page(shot: Snapshot, inside: Html, *, position: str, way: Html) -> Html:
    """Return the whole page round a fragment; `way` leads to the console."""
    found = words.count(shot.conflicts_in_all, "conflict")
    title = f"{'DRILL · ' if shot.drill else ''}{shot.me.id} · {found} · Clearline"
    return whole(
        title,
        el(
            "body",
            el("a", "Skip to conflicts and notices", href="#main", class_="skip"),
            el("div", top.top_bar(shot, position), id="bar"),
            el("div", id="frozen", class_="frozen", role="alert"),
            way,
            el("div", inside, id="live"),
            data_at=int(shot.at),
        ),
        el("script", src="/static/page.js", defer=True),
        el("noscript", el("meta", http_equiv="refresh", content=str(RELOAD_S))),
    )


def news(bar: Html, inside: Html) -> Html:
    """Return what the script puts in place: the bar and the fragment, each under the id of what it replaces."""
    return join((el("div", bar, data_for="bar"), el("div", inside, data_for="live")))


def whole(title: str, body: Html, *head: Html, language: str = "en") -> Html:
    """Return a document of this node, in the direction of its language."""
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
                lang=language,
                dir=direction(language),
            ),
        )
    )
