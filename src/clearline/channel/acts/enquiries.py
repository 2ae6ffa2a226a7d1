"""Enquiries at an instant: who was asked, what came when, and what did not come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clearline.channel.line.lines import deadlines_of
from clearline.errors import Malformed, NotAllowed, NotFound, Said
from clearline.picture.entry import Entry
from clearline.records.enquiry import Completeness, Enquiry, EnquiryReply
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import Instant
from clearline.volumes.volume import Volume

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted


class ReplyState(StrEnum):
    """What one member has replied. `no_reply` is a fact that stays, whatever comes later."""

    AWAITED = "awaited"
    PARTIAL = "partial"
    FINAL = "final"
    NO_REPLY = "no_reply"


@dataclass(frozen=True, slots=True)
class AskedView:
    """One member that was asked. `overdue` says that no final reply was claimed in time, and the time is over.

    `none_in_time` says that nothing at all had been claimed when the time was over: it stays true for ever.
    `late_s` is how many seconds after the deadline the final reply was claimed, `None` without one, 0 in time.
    """

    member: MemberId
    state: ReplyState
    replies: tuple[tuple[Entry, EnquiryReply], ...]
    overdue: bool
    none_in_time: bool
    late_s: float | None


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """An enquiry at an instant; `due` counts from its claimed time."""

    entry: Entry
    enquiry: Enquiry
    due: Instant
    asked: tuple[AskedView, ...]


def enquiry_view(node: Node, of: str, *, at: Instant) -> EnquiryView:
    """Return an enquiry at `at`.

    Raises:
        NotFound: No such enquiry is held here.
    """
    held = node.picture.enquiries.asked.get(EntryId(of))
    if held is None:
        raise NotFound(f"no enquiry {of[:16]}… is held here")
    entry, record = held
    due = Instant(entry.header.claimed + deadlines_of(node).enquiry_s * 1000)
    return EnquiryView(entry, record, due, tuple(_asked(node, entry, m, due, at) for m in record.to))


def enquiry_views(node: Node, *, at: Instant, first: int = 0, end: int | None = None) -> Iterator[EnquiryView]:
    """Yield enquiries `first` up to `end`, newest first by their authors' clocks."""
    held = sorted(node.picture.enquiries.asked.values(), key=lambda one: (-one[0].header.claimed, one[0].id))
    for entry, _ in held[first:end]:
        yield enquiry_view(node, entry.id, at=at)


def _asked(node: Node, entry: Entry, member: MemberId, due: Instant, at: Instant) -> AskedView:
    replies = tuple(node.picture.enquiries.of(entry.id, member))
    final = next((e for e, r in replies if r.completeness is Completeness.FINAL), None)
    over = at > due
    if final is not None:
        state = ReplyState.FINAL
    elif replies:
        state = ReplyState.PARTIAL
    else:
        state = ReplyState.NO_REPLY if over else ReplyState.AWAITED
    late_ms = None if final is None else max(0, final.header.claimed - due)
    return AskedView(
        member=member,
        state=state,
        replies=replies,
        overdue=over and (final is None or final.header.claimed > due),
        none_in_time=over and not any(e.header.claimed <= due for e, _ in replies),
        late_s=None if late_ms is None else late_ms / 1000,
    )


# Acts


def enquire(
    desk: Desk,
    to: Iterable[str],
    volumes: tuple[Volume, ...],
    text: str,
    *,
    language: str = "en",
    of: str = "",
    also: Iterable[str] = (),
) -> Submitted:
    """Ask members to explain an activity; `also` names further readers, such as the host.

    Raises:
        Malformed: Nobody, oneself, or somebody outside the channel is asked.
    """
    asked = desk.readers(to)
    if not asked or desk.node.me in asked:
        raise Malformed(where="/to", found=Said(", ".join(asked) or "nobody"), expected="other members")
    record = Enquiry(asked, volumes, language, text, of)
    return desk.say(record, (*asked, *also))


def reply(desk: Desk, of: str, completeness: Completeness, text: str, *, language: str = "en") -> Submitted:
    """Reply to an enquiry, in part or finally; whoever read the enquiry reads the reply.

    Raises:
        NotFound: No such enquiry is held here.
        NotAllowed: This member was not asked.
    """
    view = enquiry_view(desk.node, of, at=desk.at)
    if desk.node.me not in view.enquiry.to:
        raise NotAllowed("this member was not asked; send a message")
    return desk.say(EnquiryReply(of, completeness, language, text), view.entry.header.audience)
