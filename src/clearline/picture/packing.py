"""Packing a picture: which entries its tables can stand for, and what a start must fold anew.

A table can stand for what its entries alone make, by the rule of one kind. Whatever else an entry touches is made
anew: such entries are few, and are folded again in the order of their logs. So a new kind of record needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearline.picture.entry import Entry, Place
from clearline.picture.notices import NoticeHistory
from clearline.picture.packed import COMPLETED, ENDED_NOT, WITHDRAWN, Added, Head, Packed, key_hash
from clearline.picture.placing import Placing
from clearline.picture.shelf import (
    Messages,
    Notices,
    PackedAnswers,
    PackedIneffective,
    PackedPlaces,
    Read,
    Said,
    Shelf,
    Unread,
    history_of,
)
from clearline.records.acknowledgement import PassedOn, PositionTaken, ProposalAnswer, ReadBack, Seen
from clearline.records.body import BodyRefused, NotUnderstood
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeStep, Step
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.picture.fold import Picture

INDEXED = (
    Notice,
    NoticeStep,
    Seen,
    ReadBack,
    PassedOn,
    PositionTaken,
    ProposalAnswer,
    Message,
    BodyRefused,
    NotUnderstood,
    type(None),
)
"""Kinds of which there are so many that a start must not fold them anew, and which touch one thing each."""


LINGERING_MS = 2 * 86_400_000
"""How long a notice that is over stays at hand: deadlines look back a day, and a clock may be set back."""


def stands_alone(entry: Entry) -> bool:
    """Report whether the tables can stand for an entry: it is of an indexed kind and touches nothing else."""
    record = entry.record
    return isinstance(record, INDEXED) and not (isinstance(record, Message) and (record.cancels or record.rings))


def stands_by_entries(history: NoticeHistory) -> bool:
    """Report whether a notice is what its own entries make of it, and nothing else has touched it."""
    entries = _entries(history)
    if any(not isinstance(entry.record, Notice | NoticeStep) for entry in entries):
        return False
    try:
        return history_of(entries) == history
    except LookupError:
        return False


def _entries(history: NoticeHistory) -> list[Entry]:
    return [version.entry for version in history.versions] + [step.entry for step in history.steps]


@dataclass(slots=True)
class Taken:
    """What was taken from the shelves of a picture to be packed; `undo` puts it back."""

    added: Added
    keys: dict[str, set[Any]]
    said: set[tuple[str, str, bytes]]
    unread: set[Any]
    again: int


def shelve(picture: Picture, packed: Packed, read: Read, *, at: Instant) -> None:
    """Let a picture that holds nothing yet rest on `packed`: then fold `again_of` and what came after it."""
    picture.packed = packed
    picture.notices = Notices(packed, read, at=Instant(at - LINGERING_MS))
    picture.answers = Shelf(PackedAnswers(packed, read, "answers"), {})
    picture.refused = Shelf(PackedAnswers(packed, read, "refused"), {})
    picture.messages = Messages(packed, read, {})
    picture.ineffective = Shelf(PackedIneffective(packed, read), {})
    picture.places = places = Shelf(PackedPlaces(packed), {})
    picture.said, picture.unread = Said(packed), Unread(packed, places)
    picture.again = []
    picture.placing = Placing(packed, read=read)
    for name, size in zip(packed.logs, packed.sizes, strict=True):
        member, _, log = name.partition("/")
        if size:
            picture.last[member, log] = size - 1


def again_of(packed: Packed) -> Iterable[Place]:
    """Yield the entries that are folded anew, in the order of their logs."""
    return map(packed.place, packed.tables["again"])


def take(picture: Picture) -> Taken:
    """Return what the shelves gained since their tables were made; only what is committed may be packed."""
    packed = picture.packed
    shelves = {name: getattr(picture, name) for name in _SHELVES}
    keys: dict[str, set[Any]] = {}
    for name, shelf in shelves.items():
        keys[name], shelf.changed = shelf.changed, set()
    if not isinstance(picture.said, Said) or not isinstance(picture.unread, Unread):
        raise TypeError("this picture does not rest on tables")
    nonces, unread = set(picture.said.held), set(picture.unread.held)
    new: Callable[[Place], bool] = lambda place: not packed.covers(place)  # noqa: E731 -- said eight times below
    added = Added(
        sizes={f"{member}/{log}": last + 1 for (member, log), last in picture.last.items()},
        nonces=[(f"{member}/{log}", nonce) for member, log, nonce in nonces],
        unread=[picture.places[entry] for entry in unread],
        again=list(picture.again),
        answers=[(of, p) for of in keys["answers"] for p in picture.answers[of] if new(p)],
        refused=[(of, p) for of in keys["refused"] for p in picture.refused[of] if new(p)],
        messages=[(p, picture.messages[p][0].header.claimed) for p in keys["messages"] if new(p)],
        ineffective=[(p, picture.ineffective[p][1]) for p in keys["ineffective"] if new(p)],
        late=[(p, after) for p, after in picture.placing.held.items() if new(p)],
        ids=[(entry, p) for entry in keys["places"] if new(p := picture.places[entry])],
    )
    for key in keys["notices"]:
        _take_notice(added, packed, key, picture.notices.get(key))
    for outlined in picture.outlines.values():
        # Which of the owner's steps count there, only folding tells.
        said = [v.entry for v in outlined.versions] + [v.entry for v in outlined.exact]
        places = [entry.place for entry in (*said, *(step.entry for step in outlined.steps))]
        added.again += [place for place in places if new(place)]
    return Taken(added, keys, nonces, unread, len(picture.again))


def _take_notice(added: Added, packed: Packed, key: tuple[str, str], history: NoticeHistory | None) -> None:
    """Take what a notice gained; one that its entries alone do not make is folded anew by whoever starts."""
    places = [] if history is None else [entry.place for entry in _entries(history)]
    if history is not None and stands_by_entries(history):
        ended = history.ended
        how = ENDED_NOT if ended is None else WITHDRAWN if ended.step is Step.WITHDRAW else COMPLETED
        added.heads.append(Head(key, history.versions[0].entry.place, history.start, history.end, how))
        added.notices += [(key, place) for place in places if not packed.covers(place)]
        return
    held = packed.tables["notice_places"]
    added.taken_out.append(key)
    added.again += [*places, *(packed.place(held[row]) for row in packed.find("notices", key_hash(key)))]


def undo(picture: Picture, taken: Taken) -> None:
    """Put back what was taken and not packed."""
    for name, keys in taken.keys.items():
        getattr(picture, name).changed |= keys


def rest_on(picture: Picture, packed: Packed, taken: Taken, read: Read, *, at: Instant) -> None:
    """Let the picture rest on tables that hold what was taken; it keeps what came since, and what is alive."""
    notices, nonces, unshown, messages = picture.notices, picture.said, picture.unread, picture.messages
    if not (
        isinstance(notices, Notices) and isinstance(nonces, Said) and isinstance(unshown, Unread)
    ) or not isinstance(messages, Messages):
        raise TypeError("this picture does not rest on tables")
    wanted = {
        key: history
        for key, history in notices.held.items()
        if key in notices.changed
        or (history.ended is None and history.end >= at - LINGERING_MS)
        or not packed.find("heads", key_hash(key))
    }
    picture.notices = notices.over(packed, read, wanted, at=Instant(at - LINGERING_MS))
    picture.messages = Messages(packed, read, {key: messages.held[key] for key in messages.changed})
    kept = {
        "answers": PackedAnswers(packed, read, "answers"),
        "refused": PackedAnswers(packed, read, "refused"),
        "ineffective": PackedIneffective(packed, read),
        "places": PackedPlaces(packed),
    }
    for name, group in kept.items():
        old = getattr(picture, name)
        setattr(picture, name, Shelf(group, {key: old.held[key] for key in old.changed}))  # type: ignore[arg-type]
    picture.said = Said(packed, nonces.held - taken.said)
    picture.unread = Unread(packed, picture.places, unshown.held - taken.unread)
    picture.again = picture.again[taken.again :]
    picture.packed = packed
    picture.placing.rest_on(packed)


_SHELVES = ("notices", "answers", "refused", "messages", "ineffective", "places")
