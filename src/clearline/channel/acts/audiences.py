"""Who reads what of a notice: whole, area only, or nothing; opening it later, and destroying it.

Nobody's view ever shrinks by an amendment: who was shown a notice whole is shown its next revision whole, and who
was told the area is told the next area, or the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clearline.channel.acts import erasing
from clearline.channel.acts.disclosing import body_of, statement_at
from clearline.errors import Conflicting, Malformed, NotFound
from clearline.picture.entry import Entry, Place
from clearline.picture.notices import NoticeHistory
from clearline.records.disclosure import Disclosure
from clearline.records.erasure import BODIES_NAMED_MAX, Erasure, Named
from clearline.records.notice import Notice, NoticeDraft, NoticeStep
from clearline.records.outline import Outline, outline_of
from clearline.records.words import MemberId
from clearline.volumes.coarse import coarse_end

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted


class Sees(StrEnum):
    """What a member is shown of a notice."""

    FULL = "full"
    AREA_ONLY = "area_only"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Readers:
    """The members that are shown a notice whole, and those that are told its area only; no member is in both."""

    full: tuple[MemberId, ...]
    area_only: tuple[MemberId, ...]

    def sees(self, member: str) -> Sees:
        """Return what a member is shown."""
        if member in self.full:
            return Sees.FULL
        return Sees.AREA_ONLY if member in self.area_only else Sees.NOTHING


@dataclass(frozen=True, slots=True)
class Preview:
    """What each member would see of a notice that is not filed yet; `outline` is what *area only* says."""

    readers: Readers
    draft: NoticeDraft
    outline: Outline | None


def readers_of(node: Node, entry: Entry) -> Readers:
    """Return who reads a version whole, by its header and by disclosures that are held, and who its area only."""
    full = node.picture.opened.told(entry)
    area = {m for slot in entry.header.slots[1:] for m in slot.audience} - {*full}
    return Readers(full, tuple(sorted(area)))


def chosen(
    desk: Desk, audience: Iterable[str] | None, area_only: Iterable[str], *, before: NoticeHistory | None
) -> Readers:
    """Return who is to read a notice or an amendment, from what an officer chose and what stands.

    Raises:
        Malformed: A member is unknown, or named for both.
    """
    less = {*desk.readers(area_only)} - {desk.node.me}
    held = readers_of(desk.node, before.current.entry) if before is not None else Readers((), ())
    if audience is not None:
        more = {*desk.readers(audience)}
    else:
        more = {*(() if before is not None else desk.node.roster.parties)} - less
    if both := sorted(more & less):
        raise Malformed(where="/area_only", found=both[0], expected="members that are not in the audience as well")
    if shown := sorted(less & {*held.full}):
        raise Malformed(
            where="/area_only", found=shown[0], expected="members that were not shown the notice whole before"
        )
    full = {desk.node.me, *more, *held.full}
    return Readers(tuple(sorted(full)), tuple(sorted(({*held.area_only} | less) - full)))


def further(record: Notice, readers: Readers, revision: int) -> tuple[tuple[Outline, Iterable[MemberId]], ...]:
    """Return the body beside a notice's own: its outline, for those who are told the area only."""
    if not readers.area_only:
        return ()
    return ((outline_of(record.draft, revision=revision, amends=record.amends), readers.area_only),)


def step_for_others(record: NoticeStep, readers: Readers) -> tuple[tuple[NoticeStep, Iterable[MemberId]], ...]:
    """Return the body beside a step's own: the step without its reason and to the hour, for area only."""
    if not readers.area_only:
        return ()
    until = None if record.until is None else coarse_end(record.until)
    return ((NoticeStep(record.step, record.notice, record.of, "", until), readers.area_only),)


def preview(
    desk: Desk, draft: NoticeDraft, audience: Iterable[str] | None = None, area_only: Iterable[str] = ()
) -> Preview:
    """Return what each member would see of a notice, or of an amendment where the reference stands; nothing is said.

    Raises:
        Malformed: As `chosen`, or a volume is too large to be told as area only.
    """
    before = desk.node.picture.notices.get((str(desk.node.me), draft.notice))
    readers = chosen(desk, audience, area_only, before=before)
    revision = 1 if before is None else before.revision + 1
    amends = "" if before is None else before.current.entry.id
    return Preview(readers, draft, outline_of(draft, revision=revision, amends=amends) if readers.area_only else None)


def disclose(desk: Desk, reference: str, members: Iterable[str]) -> Submitted:
    """Show the version that stands of a notice of one's own whole to more members.

    Raises:
        NotFound: There is no such notice.
        Conflicting: All of them were shown it before, or its body was erased.
        Malformed: A member is unknown.
    """
    history = _own(desk, reference)
    entry = history.current.entry
    told = readers_of(desk.node, entry)
    to = tuple(m for m in desk.readers(members) if m not in told.full)
    if not to:
        raise Conflicting(
            f"every one of them was shown {reference}, revision {history.revision}, before", notice=reference
        )
    held = body_of(desk.node, f"{entry.place.member}/{entry.place.log}", entry.place.index, 0)
    if held is None:
        raise Conflicting(f"the body of {reference} is not held any more", notice=reference)
    return desk.say(Disclosure(entry.id, 0, held.salt, held.body.decode()), to)


def erase(desk: Desk, reference: str, reason: str) -> Submitted:
    """Order all bodies of a notice of one's own destroyed: every version, outline, step and disclosure.

    Raises:
        NotFound: There is no such notice.
        ErasureNotAgreed: The agreement does not allow it, or not yet.
        Conflicting: There are more bodies than one order names.
    """
    node, history = desk.node, _own(desk, reference)
    under, rules = erasing.rules_in_force(node)
    places = sorted(_places(node, history, reference))
    named, readers = [], {node.me}
    for place in places:
        entry_id, audiences = _slots(node, place)
        for slot, audience in enumerate(audiences):
            if (f"{place.member}/{place.log}", place.index, slot) in node.erased:
                continue
            subject = erasing.subject_of(node, place, slot)
            erasing.check_terms(rules, node.me, subject, claimed=desk.at)
            named.append(Named(entry_id, slot))
            readers |= {*audience}
    if not 1 <= len(named) <= BODIES_NAMED_MAX:
        raise Conflicting(
            f"{len(named)} bodies speak of {reference}; one order names 1 to {BODIES_NAMED_MAX}", notice=reference
        )
    return desk.say(Erasure(tuple(sorted(named)), reason, under), readers)


def _own(desk: Desk, reference: str) -> NoticeHistory:
    history = desk.node.picture.notices.get((str(desk.node.me), reference))
    if history is None:
        me = desk.node.me
        raise NotFound(f"no notice {reference} of {me} is held here", why="no_notice", party=me, notice=reference)
    return history


def _places(node: Node, history: NoticeHistory, reference: str) -> set[Place]:
    """Return where anything stands that this member said of a notice of its own."""
    found = {v.entry.place for v in history.versions} | {s.entry.place for s in history.steps}
    for entry, _ in list(node.picture.ineffective.values()):
        record = entry.record
        about = record.draft.notice if isinstance(record, Notice) else getattr(record, "notice", "")
        if entry.place.member == node.me and isinstance(record, Notice | NoticeStep) and about == reference:
            found.add(entry.place)
    ids = {v.entry.id for v in history.versions} | {s.entry.id for s in history.steps}
    for of in ids:
        found |= {p for p in node.picture.opened.disclosures.get(of, {}) if p.member == node.me}
    return found


def _slots(node: Node, place: Place) -> tuple[str, tuple[tuple[MemberId, ...], ...]]:
    entry_id, header = statement_at(node, f"{place.member}/{place.log}", place.index)
    return entry_id, tuple(slot.audience for slot in header.slots)
