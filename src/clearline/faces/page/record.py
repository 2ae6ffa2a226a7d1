"""What was said: the messages, and the newest entries of all logs with who has cosigned them."""

from __future__ import annotations

from clearline.faces import words
from clearline.faces.page import wording
from clearline.faces.page.html import Html, el, join, ltr
from clearline.faces.page.parts import party_of
from clearline.faces.page.snapshot import LogRow, Snapshot
from clearline.picture.entry import Entry
from clearline.records.message import Message


def messages(shot: Snapshot) -> Html:
    """Return the section of messages, newest first."""
    more = shot.messages_in_all - len(shot.messages)
    return el(
        "section",
        el("header", el("h2", "Messages ", el("span", shot.messages_in_all, class_="number"), id="messages-title")),
        el(
            "table",
            el("caption", "Newest first, in the language in which they were written."),
            el("thead", el("tr", *(el("th", n, scope="col") for n in ("Sent", "From, to", "Message")))),
            el("tbody", *(_message(shot, entry, message) for entry, message in shot.messages)),
            class_="stacks",
        )
        if shot.messages
        else el("p", "None is held here.", class_="none"),
        el("p", f"and {more} more: clearline message list", class_="muted") if more > 0 else None,
        id="messages",
        aria_labelledby="messages-title",
    )


def log(shot: Snapshot) -> Html:
    """Return the section of the newest entries."""
    more = shot.entries_in_all - len(shot.log)
    return el(
        "section",
        el("header", el("h2", "The record ", el("span", shot.entries_in_all, class_="number"), id="log-title")),
        el(
            "table",
            el(
                "caption",
                "Newest first. Mirrored: these members hold the log up to this entry. Delivered: these readers hold "
                "and have opened it. Both are the members' own signed statements, as far as they have come here.",
            ),
            el(
                "thead",
                el(
                    "tr",
                    *(el("th", n, scope="col") for n in ("Log", "Kind", "Claimed", "Came in", "Mirrored", "Delivered")),
                ),
            ),
            el("tbody", *(_entry(row) for row in shot.log)),
            class_="log stacks",
        ),
        el("p", f"and {more} earlier entries", class_="muted") if more > 0 else None,
        id="log",
        aria_labelledby="log-title",
    )


def _message(shot: Snapshot, entry: Entry, message: Message) -> Html:
    author = entry.header.author
    readers = [member for member in entry.header.audience if member != author]
    return el(
        "tr",
        el(
            "th",
            ltr(words.zulu_short(entry.header.claimed, now=shot.at), class_="nowrap"),
            el("div", message.precedence.value, class_=f"small nowrap precedence-{message.precedence.value}"),
            scope="row",
        ),
        el(
            "td",
            party_of(shot, author),
            " to ",
            join((party_of(shot, member) for member in readers), ", "),
            el("div", ", ".join(entry.positions), class_="small muted"),
            data_label="From, to",
        ),
        el("td", wording.said(message, shot.worded.get(entry.id)), data_label="Message"),
    )


def _entry(row: LogRow) -> Html:
    return el(
        "tr",
        el(
            "th",
            ltr(row.log, class_="mono"),
            " ",
            el("strong", row.index),
            el("div", ltr(row.id[:12], class_="mono small muted", title=row.id)),
            scope="row",
        ),
        el(
            "td",
            words.plain(row.kind),
            el("div", "no effect: ", row.ineffective, class_="small late") if row.ineffective else None,
            data_label="Kind",
        ),
        el("td", ltr(words.clock(row.claimed), class_="nowrap", title=words.zulu(row.claimed)), data_label="Claimed"),
        el("td", ltr(words.clock(row.received), class_="nowrap", title=words.zulu(row.received)), data_label="Came in"),
        el("td", ", ".join(row.mirrored) or el("span", "not known", class_="muted"), data_label="Mirrored"),
        el(
            "td",
            ", ".join(row.delivered) or None,
            el("span", (" · " if row.delivered else ""), "not known of ", ", ".join(row.lacking), class_="muted")
            if row.lacking
            else None,
            data_label="Delivered",
        ),
    )
