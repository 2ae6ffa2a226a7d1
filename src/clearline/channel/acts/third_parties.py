"""Third parties at an instant: attributions with what contradicts them, and entries passed on, checked and shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.errors import NotAllowed, NotFound, Refused
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.alert import Reply
from clearline.records.attribution import Attribution, AttributionSort, Relayed
from clearline.records.body import Record
from clearline.records.words import EntryId, MemberId
from clearline.sentence import Sentence, sentence
from clearline.volumes.separation import lateral_gap_m
from clearline.volumes.volume import Volume

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

BESIDE_MAX = 100
"""Entries shown beside one attribution: more tell an officer nothing that these do not."""


@dataclass(frozen=True, slots=True)
class Beside:
    """An entry that meets an attribution in area and time and says otherwise; shown, and judged by nobody.

    `what` is `notice`, `attribution` or `answer`; `later` says that it was said after the attribution, by its place
    where both stand in one log, else by the claimed times.
    """

    what: str
    entry: Entry
    later: bool
    words: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class AttributionView:
    """An attribution and what contradicts it, oldest first; `complete` is false where there is more."""

    entry: Entry
    attribution: Attribution
    beside: tuple[Beside, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class RelayedView:
    """A body that was passed on. `matches` says whether it opens the commitment in the entry that is held here.

    It is `None` where that entry is not held yet. `record` is what the body says, where it matches and can be read.
    """

    entry: Entry
    relayed: Relayed
    author: MemberId | None
    matches: bool | None
    record: Record | None


def attribution_view(node: Node, of: str) -> AttributionView:
    """Return an attribution with what contradicts it.

    Raises:
        NotFound: No such attribution is held here.
    """
    held = node.picture.third_parties.attributions.get(EntryId(of))
    if held is None:
        raise NotFound(f"no attribution {of[:16]}… is held here")
    entry, record = held
    found: list[Beside] = []
    for beside in _contradictions(node, entry, record):
        found.append(beside)
        if len(found) > BESIDE_MAX:
            break
    found.sort(key=lambda one: (one.entry.header.claimed, one.entry.id))
    return AttributionView(entry, record, tuple(found[:BESIDE_MAX]), len(found) <= BESIDE_MAX)


def attribution_views(node: Node, *, first: int = 0, end: int | None = None) -> Iterator[AttributionView]:
    """Yield attributions `first` up to `end`, newest first by their authors' clocks."""
    held = sorted(node.picture.third_parties.attributions.values(), key=lambda one: (-one[0].header.claimed, one[0].id))
    for entry, _ in held[first:end]:
        yield attribution_view(node, entry.id)


def relayed_views(node: Node, *, first: int = 0, end: int | None = None) -> Iterator[RelayedView]:
    """Yield bodies that were passed on, `first` up to `end`, newest first by the clock of who passed them on."""
    held = [one for given in node.picture.third_parties.relayed.values() for one in given.values()]
    for entry, record in sorted(held, key=lambda one: (-one[0].header.claimed, one[0].id))[first:end]:
        yield _relayed(node, entry, record)


def meet(a: Iterable[Volume], b: Iterable[Volume]) -> bool:
    """Report whether some volume of each overlap in place and in time; heights are left aside.

    Who answers for an area answers for all of its air; a height that is a little off must not part two claims.
    """
    others = tuple(b)
    return any(
        one.window.start <= other.window.end
        and other.window.start <= one.window.end
        and lateral_gap_m(one.footprint, other.footprint, limit_m=0.0) == 0.0
        for one in a
        for other in others
    )


def _contradictions(node: Node, entry: Entry, record: Attribution) -> Iterator[Beside]:
    author = entry.header.author
    for said, other in node.picture.third_parties.attributions.values():
        same = said.header.author == author
        opposed = other.sort is not record.sort if same else other.sort is record.sort is AttributionSort.ANSWER_FOR
        about = bool(record.of) and record.of == other.of
        if said.id != entry.id and opposed and (about or meet(record.volumes, other.volumes)):
            words = "says otherwise of the same place and time" if same else "answers for the same place and time too"
            code = "beside.otherwise" if same else "beside.answers_too"
            meant = sentence(code, member=said.header.author)
            yield Beside("attribution", said, _later(said, entry), f"{said.header.author} {words}", meant)
    if record.sort is AttributionSort.NOT_OURS:
        yield from _own_notices(node, entry, record)
        for said, answer in _answers_to(node, record.of, author):
            meant = sentence("beside.answered", member=author, answer=answer)
            words = f'{author} answered "{answer}" to the same alert'
            yield Beside("answer", said, _later(said, entry), words, meant)


def _own_notices(node: Node, entry: Entry, record: Attribution) -> Iterator[Beside]:
    """Yield the notices of the member that says "not ours" which are about that place and time."""
    author = entry.header.author
    for key in sorted(k for k in node.picture.notices if k[0] == author):
        history = node.picture.notices[key]
        for version in history.versions:
            if meet(record.volumes, version.draft.volumes):
                ended = history.ended
                words = f"own notice {key[1]} about that place and time"
                words += f" ({ended.step.value})" if ended is not None else ""
                meant = sentence("beside.notice", notice=key[1])
                if ended is not None:
                    meant = sentence("beside.notice_ended", notice=key[1], step=ended.step.value)
                yield Beside("notice", version.entry, _later(version.entry, entry), words, meant)
                break


def _answers_to(node: Node, alert: str, author: MemberId) -> Iterator[tuple[Entry, str]]:
    if not alert:
        return
    for said, answer in node.picture.hotline.answers.get(alert, {}).values():
        if said.header.author == author and answer.answer is Reply.CEASED:
            yield said, answer.answer.value


def _later(said: Entry, than: Entry) -> bool:
    if (said.place.member, said.place.log) == (than.place.member, than.place.log):
        return said.place.index > than.place.index
    return said.header.claimed > than.header.claimed


def _relayed(node: Node, entry: Entry, record: Relayed) -> RelayedView:
    place = node.picture.places.get(EntryId(record.of))
    if place is None:
        return RelayedView(entry, record, None, None, None)
    header = held_header(node, place)
    if record.slot >= len(header.slots) or not headers.opens(header.slots[record.slot], record.salt, record.body):
        return RelayedView(entry, record, place.member, False, None)
    try:
        opened: Record | None = bodies.decode(record.body, where="relayed body")
    except Refused:
        opened = None
    return RelayedView(entry, record, place.member, True, opened)


def held_header(node: Node, place: Place) -> headers.Header:
    """Return the header of an entry that the store of this node holds.

    Raises:
        NotFound: It is not committed yet.
    """
    for item in node.store.entries(f"{place.member}/{place.log}", place.index, 1):
        if item.index == place.index:
            text = item.note[: item.note.rfind(b"\n\n") + 1].decode()
            return headers.from_text(text, where="stored entry", stored=True)
    raise NotFound(f"entry {place.index} of {place.member}/{place.log} is not on the disk yet; try again")


# Acts


def attribute(desk: Desk, record: Attribution, *, audience: Iterable[str] | None = None) -> Submitted:
    """Say "not ours" or "we answer for" of an area and a time; whoever is named by `audience` reads it, else all.

    Raises:
        NotFound: It speaks of an entry that is not held here.
    """
    if record.of and EntryId(record.of) not in desk.node.picture.places:
        raise NotFound(f"no entry {record.of[:16]}… is held here")
    return desk.say(record, desk.node.roster.members if audience is None else audience)


def relay(desk: Desk, of: str, to: Iterable[str], *, remarks: str = "") -> Submitted:
    """Pass the body of an entry that this member may read on to members without a seat in its thread.

    The entry's own readers see that, to whom, and the words given with it.

    Raises:
        NotFound: The entry, or its body, is not held here.
        NotAllowed: Everybody named can read it already.
    """
    node = desk.node
    place = node.picture.places.get(EntryId(of))
    if place is None:
        raise NotFound(f"no entry {of[:16]}… is held here")
    header = held_header(node, place)
    readable = header.slots_for(node.me)
    held = {b.slot: b for b in node.store.bodies(f"{place.member}/{place.log}", place.index, 1)}
    slot = next((s for s in readable if s in held), None)
    if slot is None:
        raise NotFound(f"the body of entry {of[:16]}… is not held here")
    members = desk.readers(to)
    if all(member in header.slots[slot].audience for member in members):
        raise NotAllowed("everybody named can read that entry already")
    record = Relayed(of, slot, held[slot].salt, held[slot].body, remarks)
    return desk.say(record, (*members, *header.slots[slot].audience))
