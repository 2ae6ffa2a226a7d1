"""What time alone brings: silent positions are passed over, what is overdue rings, what nobody has seen rings again.

A node ticks about once a second. Each step of an escalation becomes an entry, so it is said once whatever happens;
bells and rings are events, remembered by their key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.due import line_dues
from clearline.channel.due.deadlines import live_dues
from clearline.channel.due.dues import Step
from clearline.channel.line import ahead, lines, unplaced
from clearline.channel.ports import DropKept, PutKept, Randomness
from clearline.errors import Refused
from clearline.picture.entry import Entry
from clearline.records.escalation import Escalation
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

BELL = "bell"
"""Under which the store keeps the keys of bells that have rung."""

TICK_S = 1.0
"""Seconds between two ticks: a minute's deadline is seen to have passed within a second."""

line_dues.register()


def tick(node: Node, *, at: Instant, random: Randomness) -> None:
    """Do what has fallen due. Its cost follows from what falls due, not from what is open."""
    if at < node.deadlines.complete_from:
        # The clock was ahead when these were gathered: what it took for long past may still be to come.
        node.look_anew(at=at)
    if node.may_sign:
        unplaced.place(node, at=at)
        for step in node.deadlines.due_steps(at=at):
            try:
                _pass_over(node, step, at=at, random=random)
            except Refused as fault:
                # What cannot be recorded holds back neither the other steps nor what rings.
                node.event("alarm", {"type": fault.slug, "title": fault.title, "detail": fault.message, "at": at})
    lines.remember(node, at=at)
    rang, quiet = node.deadlines.bells(live_dues(node, at), at=at)
    for key in quiet:
        node.queued.append(DropKept(BELL, key))
    for due in rang:
        node.queued.append(PutKept(BELL, due.key, str(int(due.due)).encode()))
        data = {"key": due.key, "sort": due.sort, "of": due.of, "owes": due.owes, "to": due.to}
        node.event("overdue", {**data, "about": list(due.about), "due": format_instant(due.due), "at": at})
    ahead.ring_again(node, at=at)


def load(node: Node) -> None:
    """Read back which bells have rung, and when each member was last heard."""
    lines.recall(node)
    node.deadlines.rung = {
        key: Instant(int(raw)) for key, raw in node.store.kept(BELL).items() if raw.isdigit() and len(raw) < 17
    }


def followed(node: Node, entry: Entry, *, at: Instant) -> None:
    """Tell the listeners of what an entry of the hotline brings; an entry heard ahead before rings no second time."""
    record = entry.record
    if entry.id in node.ahead:
        ahead.proven(node, entry, at=at)
    elif ahead.rings(record) and entry.header.author != node.me:
        ahead.tell(node, entry, at=at, ahead_of_log=False)
    if isinstance(record, Escalation):
        node.event(
            "escalated",
            {
                "id": entry.id,
                "of": record.of,
                "rung": record.rung.value,
                "silent": record.silent.text,
                "reached": record.reached.text,
                "urgency": record.urgency,
                "due": format_instant(record.due),
                "delay_s": (entry.header.claimed - record.due) / 1000,
                "at": at,
            },
        )


def _pass_over(node: Node, step: Step, *, at: Instant, random: Randomness) -> None:
    record = Escalation(step.of, step.rung, step.silent, step.reached, step.urgency, step.sent, step.due)
    spoken = node.case.spoken(step.of)
    author = spoken.entry.header.author if spoken is not None else node.me
    audience = {author, step.silent.member, step.reached.member}
    node.submit(
        record,
        audience=sorted(MemberId(m) for m in audience),
        signers=(node.keys.main,),
        at=at,
        random=random,
        log="safety",
    )
