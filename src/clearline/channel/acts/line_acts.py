"""What officers do about a line: call, answer, suspend and resume. All of it stands in the `safety` log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clearline.channel.acts import suspensions
from clearline.channel.acts.drafts import Draft, draft_or_submit
from clearline.channel.line import lines
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.entry import Entry
from clearline.records.line import (
    LineCheck,
    LineCheckAnswer,
    Matter,
    Reading,
    Resumption,
    Suspension,
)
from clearline.records.words import EntryId, MemberId

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Submitted

SAFETY = "safety"


def check_line(desk: Desk, to: str, *, phrase: int = 0) -> Submitted:
    """Call the watch position of a member; at a fixed time that this member owes, the check names it.

    Raises:
        Malformed: No such member, or oneself.
    """
    member = _other(desk, to)
    owed = lines.owed_now(desk.node, member, at=desk.at)
    slot = owed.slot if owed is not None and owed.caller == desk.node.me and not owed.done else None
    return desk.say(LineCheck(member, phrase, slot), [member], log=SAFETY)


def answer_check(desk: Desk, of: str = "", *, reading: Reading = Reading.WELL, by: str = "") -> Submitted:
    """Answer a check; without `of` the newest of the member `by` that is not answered.

    Raises:
        NotFound: No such check is held here.
        NotAllowed: It calls another member.
        Conflicting: It has been answered.
    """
    node = desk.node
    if not of:
        waiting = lines.to_answer(node, _other(desk, by))
        if not waiting:
            raise NotFound(f"no check of {by} waits for an answer", why="no_check", member=by)
        of = waiting[-1].id
    check = _check(desk, of)
    if node.picture.lines.answer(check, node.me) is not None:
        raise Conflicting("this check has been answered", why="check_answered")
    return desk.say(LineCheckAnswer(of, reading), [check.header.author], log=SAFETY)


def suspend(desk: Desk, members: Iterable[str], matters: Iterable[Matter], reason: str) -> Submitted | Draft:
    """Suspend the routine exchange with members; two officers sign, and the safety floor stays open.

    Raises:
        Malformed: Nobody, oneself or nothing is named.
        Conflicting: A suspension of one's own stands with one of them already.
    """
    node = desk.node
    named = desk.readers(members)
    if not named or node.me in named:
        raise Malformed(where="/members", found=Said(", ".join(named) or "nobody"), expected="other members")
    chosen = tuple(sorted({*matters}))
    if not chosen:
        raise Malformed(where="/matters", found=Said("nothing"), expected="one or more of " + ", ".join(Matter))
    for member in named:
        own = [e for e, _ in node.picture.lines.standing(node.me, member) if e.header.author == node.me]
        if own:
            raise Conflicting(
                f"the exchange with {member} is suspended by {own[0].id[:16]}…; resume it first",
                why="suspended_already",
                member=member,
            )
    record = Suspension(named, chosen, reason, suspensions.stand(node, named))
    return draft_or_submit(desk, record, node.roster.members, SAFETY)


def resume(desk: Desk, of: str, *, remarks: str = "") -> Submitted | Draft:
    """Resume what a suspension of one's own suspended, quoting where every log stands now; two officers sign.

    Raises:
        NotFound: No such suspension is held here.
        NotAllowed: Another member said it, and it alone resumes.
        Conflicting: It has ended.
    """
    node = desk.node
    held = node.picture.lines.suspensions.get(EntryId(of))
    if held is None:
        raise NotFound(f"no suspension {of[:16]}… is held here")
    entry, record = held
    if entry.header.author != node.me:
        raise NotAllowed(
            f"{entry.header.author} suspended, and it alone resumes", why="not_suspender", member=entry.header.author
        )
    if of in node.picture.lines.resumptions:
        raise Conflicting("the exchange was resumed already", why="resumed_already")
    return draft_or_submit(
        desk, Resumption(of, suspensions.stand(node, record.members), remarks), entry.header.audience, SAFETY
    )


def _check(desk: Desk, of: str) -> Entry:
    node = desk.node
    for (_, called), held in node.picture.lines.checks.items():
        for entry, _ in held.values():
            if entry.id == of:
                if called != node.me:
                    raise NotAllowed(f"that check calls {called}")
                return entry
    raise NotFound(f"no check {of[:16]}… is held here")


def _other(desk: Desk, name: str) -> MemberId:
    (member,) = desk.readers([name])
    if member == desk.node.me:
        raise Malformed(where="/to", found=name, expected="another member")
    return member
