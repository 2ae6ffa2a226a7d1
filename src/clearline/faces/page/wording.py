"""What a message says: the original first, then its phrases in the page's language, translations, and read-backs."""

from __future__ import annotations

from clearline.channel.acts.wording import MessageWords
from clearline.faces.page.html import EMPTY, Html, el, join, ltr
from clearline.records.message import Message
from clearline.records.phrases.render import UNCHECKED, Rendered, bare
from clearline.records.phrases.spoken import shown_code


def said(message: Message, found: MessageWords | None) -> Html:
    """Return everything that a message says, each language in its own direction."""
    original = el("bdi", message.text, lang=message.language, dir="auto", class_="message") if message.text else EMPTY
    if found is None:
        return original
    translations = (
        el(
            "div",
            el("bdi", record.text, lang=record.language, dir="auto"),
            " ",
            el("span", record.language, ", ", _state(record.checked_by), f", by {entry.header.author}", class_="muted"),
            class_="small",
        )
        for entry, record in found.translations
    )
    open_ = (
        el("div", f"Read back by {member}: DIFFERS, the step stays open.", class_="small late")
        for member, back in sorted(found.read_back.items())
        if back.differences
    )
    return join((original, *(_phrase(one) for one in found.phrases), *translations, *open_))


def _phrase(one: Rendered) -> Html:
    if not one.text:
        return el("div", ltr(bare(one)), " ", el("span", one.why, class_="small late"))
    return el(
        "div",
        ltr(shown_code(one.code), class_="mono"),
        " ",
        el("bdi", one.text, lang=one.language, dir=one.direction),
        " ",
        el("span", one.state, class_="small muted"),
    )


def _state(checked_by: str) -> str:
    return f"checked by {checked_by}" if checked_by else UNCHECKED
