"""Suspended and resumed: what was filed meanwhile, what waits with proof of delivery, and whether serials fit.

A suspension stops no byte: entries travel, are mirrored, and are delivered with a cosignature as always. It says
that the author's watch does not work through the named matters meanwhile. The safety floor has no matter of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clearline.channel.held import Stated
from clearline.channel.node import Node
from clearline.channel.roster import key_name
from clearline.picture.entry import Entry, Place
from clearline.records.acknowledgement import ReadBack, Seen
from clearline.records.body import Record
from clearline.records.enquiry import Enquiry, EnquiryReply
from clearline.records.header import LOGS
from clearline.records.line import Matter, Quoted, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeStep
from clearline.records.words import EntryId, MemberId

WAITING_MAX = 1_000
"""Waiting entries that one answer lists, newest first; their number is told besides."""


LOOKED_MAX = 5_000
"""Newest entries of the own log in which waiting messages are looked for."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One log over the time of a suspension: serials `first` to `last`, both included (`last` < `first`: none).

    `held` is the size held here; `agrees` says whether the root quoted is the root held, `None` while less is held
    than was quoted. `lacking` are the serials among them of which a body addressed to this member is not held.
    """

    log: str
    first: int
    last: int
    held: int
    agrees: bool | None
    lacking: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Report whether nothing of what was quoted is missing here."""
        return self.agrees is True and not self.lacking


@dataclass(frozen=True, slots=True)
class Waiting:
    """An own entry that a member has not seen; `delivered` is its delivery cosignature, if there is one."""

    entry: Entry
    delivered: Stated | None
    suspended: bool


def matter_of(record: Record | None) -> Matter | None:
    """Return the matter of a record; `None` for whatever no suspension can name."""
    match record:
        case Notice() | NoticeStep():
            return Matter.NOTICES
        case Message():
            return Matter.MESSAGES
        case Enquiry() | EnquiryReply():
            return Matter.ENQUIRIES
        case Meeting() | Minutes() | MinutesAssent():
            return Matter.MEETINGS
        case _:
            return None


def stand(node: Node, members: Iterable[MemberId]) -> tuple[Quoted, ...]:
    """Return size and root of every log of this member and of `members`, as this node holds them now."""
    names = sorted(f"{member}/{log}" for member in {node.me, *members} for log in LOGS)
    return tuple(Quoted(name, node.logs[name].size, node.logs[name].root_at(node.logs[name].size)) for name in names)


def while_suspended(node: Node, entry: Entry, record: Record | None) -> tuple[EntryId, ...]:
    """Return the suspensions during which an entry was filed, by the claimed times; none for the safety floor."""
    matter = matter_of(record)
    if matter is None or entry.place.log == "safety":
        return ()
    lines, found = node.picture.lines, []
    for said, suspension in lines.suspensions.values():
        between = {said.header.author, *suspension.members}
        ended = lines.resumptions.get(said.id)
        if (
            matter in suspension.matters
            and entry.header.author in between
            and len(between & {*entry.header.audience}) > 1
            and said.header.claimed <= entry.header.claimed
            and (ended is None or entry.header.claimed < ended[0].header.claimed)
        ):
            found.append(said.id)
    return tuple(sorted(found))


def reconcile(node: Node, suspension: Suspension, resumption: Resumption) -> tuple[Reconciled, ...]:
    """Return, log by log, which serials were exchanged during a suspension, and whether this node lacks any."""
    before = {quoted.log: quoted.size for quoted in suspension.stand}
    found = []
    for quoted in resumption.stand:
        held = node.logs.get(quoted.log)
        if held is None:
            continue
        first = before.get(quoted.log, 0)
        agrees = held.root_at(quoted.size) == quoted.root if held.size >= quoted.size else None
        lacking = sorted({index for index, _ in held.lacking if first <= index < quoted.size})
        found.append(Reconciled(quoted.log, first, quoted.size - 1, held.size, agrees, tuple(lacking)))
    return tuple(found)


def waiting_for(node: Node, member: MemberId) -> Iterator[Waiting]:
    """Yield the own standing notices and messages addressed to a member that it has not seen.

    Messages come newest first, then notices in force and to come.
    """
    name = key_name(node.roster.channel, member, "delivery")

    def shown(entry: Entry, record: Record) -> Waiting | None:
        if member not in entry.header.audience or _seen(node, entry, member):
            return None
        held = node.logs[f"{node.me}/{entry.place.log}"]
        return Waiting(entry, held.covered(name, entry.place.index), bool(while_suspended(node, entry, record)))

    size = node.own("main").size
    for index in range(size - 1, max(-1, size - 1 - LOOKED_MAX), -1):
        held = node.picture.messages.get(Place(node.me, "main", index))
        if held is not None and (found := shown(*held)) is not None:
            yield found
    for key in sorted(node.watch.touches):
        if key[0] != node.me:
            continue
        history = node.picture.notices.get(key)
        if history is None:
            continue
        version = history.current
        if (found := shown(version.entry, Notice(version.draft))) is not None:
            yield found


def _seen(node: Node, entry: Entry, member: MemberId) -> bool:
    given = node.picture.answers.get(entry.id, {}).values()
    return any(said.header.author == member and isinstance(record, Seen | ReadBack) for said, record in given)
