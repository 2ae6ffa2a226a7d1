"""What is owed by line and time rather than by one record: heartbeats, checks, replies, pairs, handovers.

Each has a key that stays the same for as long as it is owed, over restarts too: so its bell rings once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clearline.channel.acts import pairs, shifts
from clearline.channel.acts.enquiries import ReplyState, enquiry_view
from clearline.channel.due.deadlines import LIVE
from clearline.channel.due.dues import Due
from clearline.channel.line import lines
from clearline.channel.line.lines import LineHealth, LineState
from clearline.records.words import EntryId, MemberId
from clearline.sentence import sentence
from clearline.volumes.instant import PERM, Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

ENQUIRY_OPEN_MS = 90 * 86_400_000
"""How long after its deadline an enquiry without final reply stays an open item; the fact itself stays for ever."""


def line_dues(node: Node, at: Instant) -> Iterator[Due]:
    """Yield what is owed on every line at `at`. Cost: a few checks a member."""
    for member in node.peers:
        yield from _of_line(node, member, at)


def enquiry_dues(node: Node, at: Instant) -> Iterator[Due]:
    """Yield the replies that are owed to enquiries between this member and others."""
    for of, (entry, record) in node.picture.enquiries.asked.items():
        author = entry.header.author
        if node.me != author and node.me not in record.to:
            continue
        view = enquiry_view(node, of, at=at)
        closes = Instant(view.due + ENQUIRY_OPEN_MS)
        if at > closes:
            continue
        for asked in view.asked:
            if asked.state is not ReplyState.FINAL and node.me in (author, asked.member):
                yield Due(
                    "enquiry_reply",
                    of,
                    asked.member,
                    author,
                    view.due,
                    closes,
                    about=("enquiry", of),
                    text=f"final reply of {asked.member} to the enquiry of {author} (so far: {asked.state})",
                    sentence=sentence("owed.enquiry", asked=asked.member, author=author, reply=asked.state.value),
                )


def pair_dues(node: Node, at: Instant) -> Iterator[Due]:
    """Yield the acceptances and settlements that open pairs wait for; they end with the offer."""
    for of, (entry, record) in node.picture.pairs.offers.items():
        author = entry.header.author
        if record.expires < at or node.me not in (author, record.to):
            continue
        state = pairs.state_of(node, of, at=at)
        about = ("pair", of)
        both = {"author": author, "mine": record.mine.notice, "yours": record.yours.notice}
        if state is pairs.PairState.OFFERED:
            text = f"answer the pair offered by {author}: {record.mine.notice} and {record.yours.notice}"
            meant = sentence("owed.pair_accept", **both)
            yield Due(
                "pair_accept", of, record.to, author, record.expires, record.expires, "", about, text, sentence=meant
            )
        elif state is pairs.PairState.ACCEPTED:
            text = f"seal the pair {record.mine.notice} and {record.yours.notice}, or let it lapse"
            meant = sentence("owed.pair_settlement", **both)
            yield Due(
                "pair_settlement",
                of,
                author,
                record.to,
                record.expires,
                record.expires,
                "",
                about,
                text,
                sentence=meant,
            )


def shift_dues(node: Node, _at: Instant) -> Iterator[Due]:
    """Yield the handovers that this member's own watch owes."""
    for position in shifts.positions(node, node.me):
        turn = node.picture.shifts.current(node.me, position)
        if turn is not None and turn.until is not None and turn.until < PERM:
            yield Due(
                "handover",
                turn.entry.id,
                node.me,
                node.me,
                turn.until,
                position=position,
                about=("shift", position),
                text=f"{position}: the shift ends at {format_instant(turn.until)}",
                sentence=sentence("owed.handover", position=position, until_at=format_instant(turn.until)),
            )


def _of_line(node: Node, member: MemberId, at: Instant) -> Iterator[Due]:
    health = lines.line_health(node, member, at=at)
    about = ("line", member)
    if health.beneath in (LineState.LATE, LineState.FAULT) and health.raised_at is not None:
        text = f"line to {member}: {health.beneath}; {health.words}"
        yield Due(
            "line",
            f"line/{member}",
            member,
            node.me,
            health.raised_at,
            about=about,
            text=text,
            urgent=True,
            sentence=sentence("owed.line", member=member, line=health.beneath.value, heard_at=_heard(health)),
        )
    owed = health.owed
    if owed is not None and not owed.done:
        other = member if owed.caller == node.me else node.me
        of = f"check/{owed.caller}/{other}/{owed.slot}"
        text = f"line check of {format_instant(owed.slot)}: {owed.caller} calls {other}"
        meant = sentence("owed.line_check", slot_at=format_instant(owed.slot), caller=owed.caller, called=other)
        yield Due("line_check", of, owed.caller, other, owed.due, about=about, text=text, sentence=meant)
    for caller, called in ((node.me, member), (member, node.me)):
        waiting = lines.waiting(node, caller, called)
        if waiting is not None:
            due = Instant(waiting.header.claimed + lines.deadlines_of(node).line_check_raised_s * 1000)
            text = f"{called} answers the line check of {format_instant(waiting.header.claimed)} by {caller}"
            meant = sentence(
                "owed.line_check_answer",
                check_at=format_instant(waiting.header.claimed),
                caller=caller,
                called=called,
            )
            yield Due(
                "line_check_answer", EntryId(waiting.id), called, caller, due, about=about, text=text, sentence=meant
            )


def _heard(health: LineHealth) -> str:
    return "" if health.heard is None else format_instant(health.heard)


def register() -> None:
    """Let the deadlines ask these sources; a second call changes nothing."""
    for source in (line_dues, enquiry_dues, pair_dues, shift_dues):
        if source not in LIVE:
            LIVE.append(source)
