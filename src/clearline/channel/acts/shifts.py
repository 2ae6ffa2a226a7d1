"""The watch at an instant: who holds each position, what is open, and what officers do to begin and hand over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.acts import drafts
from clearline.channel.acts.drafts import Draft, draft_or_submit
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.shifts import Watchkeeping
from clearline.records.shift import ITEM_MAX, OPEN_MAX, Handover, ItemSort, OpenItem, Shift, Turn
from clearline.records.words import MemberId
from clearline.signing.statement import sign_statement
from clearline.volumes.instant import PERM, Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

UNREAD = ("seen", "message_seen", "alert_seen")
"""Sorts of what is owed that mean that nobody here has read it."""


@dataclass(frozen=True, slots=True)
class PositionView:
    """A watch position at an instant. `holder`, `until` and `overdue` are told of the own member alone.

    `since` is from when it is staffed or not; `None` where nobody ever began a watch there. `missed` says that the
    watch was begun without being handed over by the officer who held it.
    """

    member: MemberId
    position: str
    staffed: bool
    since: Instant | None
    missed: bool
    holder: str
    until: Instant | None
    overdue: bool
    turn: Watchkeeping | None


def positions(node: Node, member: str) -> tuple[str, ...]:
    """Return the names of a member's watch positions: those of its officers, of the agreement, and ever held."""
    card = node.roster.member(member)
    found = {officer.position for officer in card.officers} if card is not None else set()
    standing = node.picture.terms_in_force
    if standing is not None:
        watch = standing[1].watch_of(member)
        found |= {p.name for p in watch.positions} | {a for p in watch.positions for a in p.alternates}
        found |= {name for name in (watch.duty, watch.chief) if name and watch.positions}
    found |= {position for who, position in node.picture.shifts.turns if who == member}
    return tuple(sorted(found))


def position_view(node: Node, member: MemberId, position: str, *, at: Instant) -> PositionView:
    """Return a position of a member at `at`; names are told of the own member alone."""
    turn = node.picture.shifts.current(member, position)
    own = member == node.me
    until = turn.until if turn is not None and own else None
    return PositionView(
        member=member,
        position=position,
        staffed=turn is not None and turn.staffed,
        since=turn.since if turn is not None else None,
        missed=turn is not None and turn.missed,
        holder=turn.holder if turn is not None and own else "",
        until=until if until is not None and until < PERM else None,
        overdue=until is not None and until < at,
        turn=turn,
    )


def position_views(node: Node, *, at: Instant) -> Iterator[PositionView]:
    """Yield every position of every member, the own member's first."""
    for member in sorted(node.roster.members, key=lambda m: (m != node.me, m)):
        for position in positions(node, member):
            yield position_view(node, member, position, at=at)


def open_items(node: Node, *, at: Instant) -> tuple[OpenItem, ...]:
    """Return what is open at this member, in the order in which an officer should look at it."""
    found = [*_owed(node, at), *_alerts(node), *_suspensions(node), *_conflicts(node, at), *_drafts(node, at)]
    order = list(ItemSort)
    found.sort(key=lambda item: (order.index(item.sort), item.due if item.due is not None else PERM, item.about))
    return tuple(found)


def _owed(node: Node, at: Instant) -> Iterator[OpenItem]:
    for due in node.deadlines.owed_by(node, node.me, at=at):
        if due.sort == "handover":
            continue
        overdue = due.overdue(at=at)
        sort = ItemSort.OVERDUE if overdue else ItemSort.UNREAD if due.sort in UNREAD else ItemSort.DUE
        named = " ".join(due.about[1:]) if due.about else due.of
        yield _item(sort, named, due.text or f"{due.sort} owed to {due.to}", due.due)


def _alerts(node: Node) -> Iterator[OpenItem]:
    for entry, alert in node.picture.hotline.alerts.values():
        answers = node.picture.hotline.answers.get(entry.id, {})
        if any(place.member == node.me for place in answers) or entry.header.author == node.me:
            continue
        if node.picture.hotline.cancelled_by(entry) is None:
            yield _item(ItemSort.ALERT, entry.id, f"{alert.sort} of {entry.header.author}, not answered by us")


def _suspensions(node: Node) -> Iterator[OpenItem]:
    for member in sorted(node.peers):
        for entry, record in node.picture.lines.standing(node.me, member):
            words = f"exchange with {member} suspended by {entry.header.author}: {record.reason}"
            yield _item(ItemSort.LINE, entry.id, words)


def _conflicts(node: Node, at: Instant) -> Iterator[OpenItem]:
    for conflict in node.watch.all():
        if conflict.end >= at and node.me in (conflict.a.party, conflict.b.party):
            a, b = conflict.a, conflict.b
            yield _item(
                ItemSort.CONFLICT, conflict.id, f"{a.party} {a.notice} and {b.party} {b.notice}", conflict.start
            )


def _drafts(node: Node, at: Instant) -> Iterator[OpenItem]:
    for draft in drafts.waiting(node, at=at):
        kind = getattr(draft.record, "KIND", "draft")
        if kind != Shift.KIND:
            words = f"{kind} waits for its second person until {format_instant(draft.header.expires)}"
            yield _item(ItemSort.DRAFT, draft.id, words, draft.header.expires)


def _item(sort: ItemSort, about: str, text: str, due: Instant | None = None) -> OpenItem:
    return OpenItem(sort, about[:200], text[:ITEM_MAX].replace("\n", " "), due)


# Acts


def begin(desk: Desk, position: str, *, until: Instant = PERM) -> Submitted:
    """Begin the watch of a position; where somebody still holds it, the missed handover is shown.

    Raises:
        NotFound: The member has no such position.
        Conflicting: This officer holds it already.
        Malformed: The shift would end before now.
    """
    _position(desk, position)
    _until(desk, until)
    held = desk.node.picture.shifts.current(desk.node.me, position)
    if held is not None and held.staffed and held.holder == desk.officer:
        raise Conflicting(
            f"officer {desk.officer} holds the watch of {position} already", why="holds_already", position=position
        )
    given = Handover("", desk.officer, until, *_bounded(open_items(desk.node, at=desk.at)))
    submitted = _say(desk, Shift(position, Turn.BEGIN, given))
    if isinstance(submitted, Draft):
        raise Conflicting("a watch is begun by one officer alone")
    return submitted


def hand_over(
    desk: Desk, position: str, incoming: str, *, until: Instant = PERM, remarks: str = ""
) -> Submitted | Draft:
    """Draw up the handover of a watch with its list of open items; the incoming officer signs the same bytes.

    Raises:
        NotFound: The member has no such position or officer.
        NotAllowed: This officer does not hold the watch.
        Malformed: The shift would end before now.
    """
    _position(desk, position)
    _until(desk, until)
    _officer(desk, incoming)
    _held(desk, position)
    items, more = _bounded(open_items(desk.node, at=desk.at))
    return _say(desk, Shift(position, Turn.HAND_OVER, Handover(desk.officer, incoming, until, items, more, remarks)))


def end(desk: Desk, position: str, *, remarks: str = "") -> Submitted:
    """Leave a position unstaffed; the others see that it is.

    Raises:
        NotFound: The member has no such position.
        NotAllowed: This officer does not hold the watch.
    """
    _position(desk, position)
    _held(desk, position)
    items, more = _bounded(open_items(desk.node, at=desk.at))
    submitted = _say(desk, Shift(position, Turn.END, Handover(desk.officer, "", PERM, items, more, remarks)))
    if isinstance(submitted, Draft):
        raise Conflicting("a watch is ended by one officer alone")
    return submitted


def waiting_handovers(node: Node, *, at: Instant) -> tuple[tuple[Draft, Shift], ...]:
    """Return the handovers that wait for the incoming officer, those that expire first at the head."""
    found = []
    for draft in drafts.waiting(node, at=at):
        record = draft.record
        if isinstance(record, Shift):
            found.append((draft, record))
    return tuple(found)


def accept(desk: Desk, draft_id: str) -> Submitted | Draft:
    """Take a watch over: sign the handover, its list of open items with it, as the incoming officer.

    Raises:
        NotFound: No such handover waits.
        NotAllowed: It names another officer.
    """
    draft = drafts.find(desk.node, draft_id, at=desk.at)
    record = draft.record
    if not isinstance(record, Shift) or record.handover is None:
        raise NotFound("that draft is no handover of a watch")
    if record.handover.incoming != desk.officer:
        raise NotAllowed(
            f"that watch is handed over to officer {record.handover.incoming}",
            why="handed_to",
            officer=record.handover.incoming,
        )
    signed = sign_statement(draft.text, [desk.signer()])
    return drafts.sign(desk.node, draft_id, signed.signatures[0].line(), at=desk.at)


def _say(desk: Desk, record: Shift) -> Submitted | Draft:
    others = [m for m in desk.node.roster.members if m != desk.node.me]
    less = Shift(record.position, record.turn)
    return draft_or_submit(desk, record, [desk.node.me], also=[(less, others)])


def _bounded(items: tuple[OpenItem, ...]) -> tuple[tuple[OpenItem, ...], int]:
    return items[:OPEN_MAX], max(0, len(items) - OPEN_MAX)


def _position(desk: Desk, position: str) -> None:
    known = positions(desk.node, desk.node.me)
    if position not in known:
        raise NotFound(
            f"{desk.node.me} has no watch position {position!r}; it has {', '.join(known)}",
            why="no_position",
            position=position,
        )


def _officer(desk: Desk, officer: str) -> None:
    card = desk.node.roster.member(desk.node.me)
    known = sorted({o.officer for o in card.officers}) if card is not None else []
    if officer not in known and officer not in desk.node.keys.officers:
        raise NotFound(f"{desk.node.me} has no officer {officer!r}", why="no_officer", officer=officer)
    if officer == desk.officer:
        raise Malformed(where="/incoming", found=officer, expected="another officer than oneself")


def _held(desk: Desk, position: str) -> None:
    turn = desk.node.picture.shifts.current(desk.node.me, position)
    if turn is None or not turn.staffed:
        raise Conflicting(f"nobody holds the watch of {position}; begin it", why="nobody_holds", position=position)
    if turn.holder != desk.officer:
        raise NotAllowed(
            f"officer {turn.holder} holds the watch of {position}",
            why="other_holds",
            officer=turn.holder,
            position=position,
        )


def _until(desk: Desk, until: Instant) -> None:
    if until <= desk.at:
        raise Malformed(where="/until", found=Said(format_instant(until)), expected="a time after now")
