"""Markup built so that text of others cannot become markup: whatever is not `Html` is escaped.

A template engine would be one more dependency to trust with strangers' text; these two functions are all that the
page needs of one.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

_VOID: Final = frozenset({"meta", "link", "input", "br", "hr"})
_UNFIT: Final = {c: "\ufffd" for c in (*range(0x20), 0x7F, *range(0x202A, 0x202F)) if chr(c) not in "\n\t"}
"""Control characters, and what turns the direction of writing: with an override 1500 is read where 0051 was signed."""


class Html(str):
    """Text that is markup already. Only this module and the chart's SVG may make one from a plain text."""

    __slots__ = ()


EMPTY = Html("")


def esc(text: object) -> Html:
    """Return `text` as markup: escaped unless it is `Html`; what is unfit becomes U+FFFD."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(str(text).translate(_UNFIT), quote=True))


def el(name: str, /, *children: object, **attributes: object) -> Html:
    """Return an element. `class_` and the like lose their last underscore, others become hyphens.

    An attribute that is `None` or `False` is left out; `True` stands bare. Children that are `None` are left out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        parts.append(f" {label}" if value is True else f' {label}="{esc(value)}"')
    parts.append(">")
    if name in _VOID:
        return Html("".join(parts))
    parts += [esc(child) for child in children if child is not None]
    parts.append(f"</{name}>")
    return Html("".join(parts))


def join(children: Iterable[object], between: object = "") -> Html:
    """Return the children one after another, with `between` between them."""
    return Html(esc(between).join(esc(child) for child in children if child is not None))


def ltr(text: object, **attributes: object) -> Html:
    """Return a reference, range, coordinate or time as a left-to-right island."""
    return el("bdi", text, dir="ltr", **attributes)
