"""Small parts that every table of the page uses: parties, references, states, and the keys by which one selects."""

from __future__ import annotations

import hashlib

from clearline.channel.view import State
from clearline.channel.watch import Key
from clearline.faces.page.html import Html, el, ltr
from clearline.faces.page.snapshot import Snapshot
from clearline.records.genesis import GenesisMember, Role

COLOURS = 3
"""Party colours that stay apart for colour-blind eyes; further parties are told apart by name alone."""

STATES = {
    State.PLANNED: ("○", "to come"),
    State.IN_FORCE: ("●", "in force"),
    State.ACTIVE: ("▶", "active"),
    State.OVERRUN: ("▷", "OVERRUN"),
    State.OVER: ("□", "window over"),
    State.COMPLETED: ("■", "completed"),
    State.WITHDRAWN: ("✕", "withdrawn"),
}
"""Shape and word of each state of a notice."""


def coloured(members: tuple[GenesisMember, ...]) -> tuple[str, ...]:
    """Return the members that file notices, parties first: their order gives them their colours everywhere."""
    parties = [m.id for m in members if m.role is Role.PARTY]
    others = [m.id for m in members if m.role is Role.HUMANITARIAN]
    return (*parties, *others)


def party_of(shot: Snapshot, member: str) -> Html:
    """Return a member's id with its party's swatch."""
    order = coloured(shot.members)
    number = order.index(member) if member in order else COLOURS
    return el("span", ltr(member), class_=f"party p{number}" if number < COLOURS else "party")


def key_of(key: Key) -> str:
    """Return the word by which a notice is selected: short, and fit for an id and an address."""
    digest = hashlib.sha256(key[1].encode("utf-8", "replace")).hexdigest()[:10]
    return f"n-{key[0]}-{digest}"


def reference(shot: Snapshot, key: Key, *, link: bool = True) -> Html:
    """Return party and reference of a notice, linked to its row."""
    name = ltr(key[1], class_="ref")
    return el(
        "span", party_of(shot, key[0]), " ", el("a", name, href=f"#{key_of(key)}") if link else name, class_="named"
    )


def state(value: State) -> Html:
    """Return the state of a notice as shape and word."""
    sign, word = STATES[value]
    return el("span", el("span", sign, aria_hidden="true"), word, class_="state")
