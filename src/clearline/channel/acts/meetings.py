"""Meetings at an instant: the call that stands, proposed minutes, and which of them every party has assented to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.errors import Conflicting, NotAllowed, NotFound
from clearline.picture.entry import Entry
from clearline.picture.meetings import Key
from clearline.records.genesis import Role
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted


@dataclass(frozen=True, slots=True)
class MinutesView:
    """Proposed minutes: who assented to exactly these, and which parties have said nothing to them.

    `agreed` says that every party invited assented; nothing else makes minutes agreed.
    """

    entry: Entry
    minutes: Minutes
    assents: tuple[Entry, ...]
    silent: tuple[MemberId, ...]

    @property
    def agreed(self) -> bool:
        """Report whether every party that was invited has assented to exactly these minutes."""
        return not self.silent


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting with all its calls (oldest first, the last one stands) and all proposed minutes."""

    convener: MemberId
    calls: tuple[tuple[Entry, Meeting], ...]
    minutes: tuple[MinutesView, ...]

    @property
    def meeting(self) -> Meeting:
        """Return the call that stands."""
        return self.calls[-1][1]


def meeting_view(node: Node, key: Key) -> MeetingView:
    """Return a meeting by convener and reference.

    Raises:
        NotFound: No such meeting is held here.
    """
    calls = node.picture.meetings.calls.get(key)
    if calls is None:
        raise NotFound(f"no meeting {key[1]} of {key[0]} is held here")
    own = {entry.id for entry, _ in calls}
    parties = [m for m in calls[-1][1].invited if m in node.roster.parties]
    if key[0] in node.roster.parties and key[0] not in parties:
        parties.append(key[0])
    found = []
    for entry, record in node.picture.meetings.minutes.values():
        if record.of in own:
            assents = node.picture.meetings.assented(entry.id)
            silent = tuple(sorted(m for m in parties if m not in assents))
            found.append(MinutesView(entry, record, tuple(assents[m] for m in sorted(assents)), silent))
    found.sort(key=lambda view: (view.entry.header.claimed, view.entry.id))
    return MeetingView(key[0], calls, tuple(found))


def meeting_views(node: Node, *, first: int = 0, end: int | None = None) -> Iterator[MeetingView]:
    """Yield meetings `first` up to `end`, the latest first."""
    calls = node.picture.meetings.calls
    for key in sorted(calls, key=lambda key: (-calls[key][-1][1].at, key))[first:end]:
        yield meeting_view(node, key)


# Acts


def convene(
    desk: Desk, reference: str, invited: Iterable[str], *, at: Instant, place: str, agenda: tuple[str, ...]
) -> Submitted:
    """Call a meeting, or replace the call that stands of that reference of one's own.

    The host convenes; where a channel has none, any party does.

    Raises:
        NotAllowed: There is a host, and this member is not it.
        Conflicting: Nothing would change.
    """
    node = desk.node
    hosts = [m.id for m in node.roster.genesis.members if m.role is Role.HOST]
    if hosts and node.me not in hosts:
        raise NotAllowed(f"the host convenes: ask {', '.join(hosts)} by a message")
    if not hosts and node.me not in node.roster.parties:
        raise NotAllowed("a party convenes where a channel has no host")
    calls = node.picture.meetings.calls.get((node.me, reference), ())
    members = tuple(m for m in desk.readers(invited) if m != node.me)
    record = Meeting(reference, members, at, place, agenda, calls[-1][0].id if calls else "")
    if calls and Meeting(reference, members, at, place, agenda, calls[-1][1].amends) == calls[-1][1]:
        raise Conflicting(f"the call of {reference} stands as it is")
    before = calls[-1][0].header.audience if calls else ()
    return desk.say(record, (*members, *before))


def propose_minutes(desk: Desk, key: Key, text: str, *, language: str = "en") -> Submitted:
    """Propose minutes of a meeting; by that this member assents to them.

    Raises:
        NotFound: No such meeting is held here.
        NotAllowed: This member was not invited.
    """
    view = meeting_view(desk.node, key)
    _invited(desk.node.me, view)
    entry = view.calls[-1][0]
    return desk.say(Minutes(entry.id, language, text), entry.header.audience)


def assent(desk: Desk, minutes: str) -> Submitted:
    """Assent to exactly the minutes of that entry.

    Raises:
        NotFound: No such minutes, or no such meeting, is held here.
        NotAllowed: This member was not invited.
        Conflicting: This member has assented already.
    """
    meetings = desk.node.picture.meetings
    held = meetings.minutes.get(EntryId(minutes))
    called = meetings.called(held[1].of) if held is not None else None
    if held is None or called is None:
        raise NotFound(f"no minutes {minutes[:16]}… are held here")
    _invited(desk.node.me, meeting_view(desk.node, called[0]))
    if desk.node.me in meetings.assented(minutes):
        raise Conflicting("this member has assented to these minutes")
    return desk.say(MinutesAssent(minutes), held[0].header.audience)


def _invited(me: MemberId, view: MeetingView) -> None:
    if me != view.convener and me not in view.meeting.invited:
        raise NotAllowed("this member was not invited to that meeting")
