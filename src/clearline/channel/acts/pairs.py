"""Paired acts at an instant: what an officer does, and how a pair stands while both outcomes count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clearline.conflicts.engine import Conflict
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.entry import Entry
from clearline.picture.notices import NoticeHistory
from clearline.picture.pairs import Key
from clearline.records.pair import PairAccept, PairedAct, PairOffer, PairSettlement, PairSide, Settlement
from clearline.records.words import EntryId
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

OFFER_LIFE_MS = 30 * 86_400_000
"""How long an offer may stay open: nobody stays bound to a pair that was forgotten."""


class PairState(StrEnum):
    """How a pair stands. Only `sealed` changes a notice; `expired` is what time made of an unsettled offer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    SEALED = "sealed"
    LAPSED = "lapsed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair at an instant. While it is open both outcomes count: `if_lapsed` are the conflicts of its two notices.

    `if_sealed` are those of them that would be left if it were sealed. Both are empty once it is settled or expired.
    """

    entry: Entry
    offer: PairOffer
    accept: Entry | None
    settlement: Entry | None
    state: PairState
    if_lapsed: tuple[Conflict, ...]
    if_sealed: tuple[Conflict, ...]

    @property
    def open(self) -> bool:
        """Report whether both outcomes still count."""
        return self.state in (PairState.OFFERED, PairState.ACCEPTED)


def state_of(node: Node, offer: str, *, at: Instant) -> PairState:
    """Return how a held offer stands at `at`."""
    pairs = node.picture.pairs
    settled = pairs.settlements.get(offer)
    if settled is not None and settled[1].settlement is Settlement.LAPSE:
        return PairState.LAPSED
    if pairs.is_sealed(offer):
        return PairState.SEALED
    if at > pairs.offers[EntryId(offer)][1].expires:
        return PairState.EXPIRED
    return PairState.ACCEPTED if pairs.acceptance(offer) is not None else PairState.OFFERED


def pair_view(node: Node, offer: str, *, at: Instant) -> PairView:
    """Return a pair at `at`.

    Raises:
        NotFound: No such offer is held here.
    """
    pairs = node.picture.pairs
    held = pairs.offers.get(EntryId(offer))
    if held is None:
        raise NotFound(f"no paired act {offer[:16]}… is held here")
    entry, record = held
    state = state_of(node, offer, at=at)
    settled = pairs.settlements.get(offer)
    accept = pairs.acceptance(offer)
    lapsed: tuple[Conflict, ...] = ()
    if state in (PairState.OFFERED, PairState.ACCEPTED):
        found = {(c.a, c.b): c for key in keys_of(entry, record) for c in node.watch.of_notice(key)}
        lapsed = tuple(found[pair] for pair in sorted(found))
    gone = {*keys_of(entry, record)}
    left = tuple(c for c in lapsed if not gone & {(c.a.party, c.a.notice), (c.b.party, c.b.notice)})
    return PairView(
        entry=entry,
        offer=record,
        accept=None if accept is None else accept[0],
        settlement=None if settled is None else settled[0],
        state=state,
        if_lapsed=lapsed,
        if_sealed=left,
    )


def pair_views(node: Node, *, at: Instant, first: int = 0, end: int | None = None) -> Iterator[PairView]:
    """Yield pairs `first` up to `end`, newest offer first by its author's clock."""
    held = sorted(node.picture.pairs.offers.values(), key=lambda one: (-one[0].header.claimed, one[0].id))
    for entry, _ in held[first:end]:
        yield pair_view(node, entry.id, at=at)


def keys_of(entry: Entry, offer: PairOffer) -> tuple[Key, Key]:
    """Return party and reference of the offerer's notice and of the other one."""
    return (str(entry.header.author), offer.mine.notice), (str(offer.to), offer.yours.notice)


def undecided(node: Node, *, at: Instant) -> dict[Key, str]:
    """Return the notices for which two outcomes count at `at`, each with the entry id of its open offer."""
    found: dict[Key, str] = {}
    for offer, (entry, record) in sorted(node.picture.pairs.offers.items()):
        if record.expires >= at and state_of(node, offer, at=at) is PairState.ACCEPTED:
            for key in keys_of(entry, record):
                found.setdefault(key, offer)
    return found


def binding(node: Node, reference: str, *, at: Instant) -> str:
    """Return the entry id of the accepted and open pair that binds a notice of this member, or nothing."""
    return undecided(node, at=at).get((str(node.me), reference), "")


# Acts


def offer(desk: Desk, mine: str, other: tuple[str, str], *, expires: Instant, text: str = "") -> Submitted:
    """Offer to cancel the own notice `mine` if another party cancels `other` (party and reference).

    Raises:
        NotFound: One of the notices is not held here.
        Conflicting: One of them has ended, or the own one is bound by another pair.
        Malformed: The offer would expire in the past, or later than `OFFER_LIFE_MS` from now.
    """
    node = desk.node
    own = _standing(node, (str(node.me), mine))
    others = _standing(node, other)
    if other[0] == node.me:
        raise NotAllowed("a pair is made with another party's notice", notice=other[1])
    if not desk.at < expires <= desk.at + OFFER_LIFE_MS:
        raise Malformed(
            where="/expires",
            found=Said(format_instant(expires)),
            expected=f"a time after now and at most {OFFER_LIFE_MS // 86_400_000} days ahead",
        )
    if bound := binding(node, mine, at=desk.at):
        raise Conflicting(f"{mine} is bound by the paired act {bound[:16]}…", notice=mine)
    record = PairOffer(
        to=node.roster.members[node.roster.members.index(others.current.entry.header.author)],
        mine=PairSide(PairedAct.CANCEL, mine, own.current.entry.id),
        yours=PairSide(PairedAct.CANCEL, other[1], others.current.entry.id),
        expires=expires,
        text=text,
    )
    return desk.say(record, _readers(own, others))


def accept(desk: Desk, of: str) -> Submitted:
    """Accept a pair that was offered to this member; the own notice is bound until it is settled or expires.

    Raises:
        NotFound: No such offer, or no such notice.
        NotAllowed: It was offered to somebody else.
        Conflicting: It is settled, expired or accepted, or a notice was amended since.
    """
    node = desk.node
    view = pair_view(node, of, at=desk.at)
    if view.offer.to != node.me:
        raise NotAllowed(f"this pair was offered to {view.offer.to}")
    if view.state is not PairState.OFFERED:
        raise Conflicting(f"this pair is {view.state}", why="pair_is", pair=view.state.value)
    own = _standing(node, (str(node.me), view.offer.yours.notice))
    others = _standing(node, (str(view.entry.header.author), view.offer.mine.notice))
    for history, side in ((own, view.offer.yours), (others, view.offer.mine)):
        if history.current.entry.id != side.of:
            raise Conflicting(f"{side.notice} was amended since the offer; ask for a new one", notice=side.notice)
    if bound := binding(node, view.offer.yours.notice, at=desk.at):
        raise Conflicting(f"{view.offer.yours.notice} is bound by the paired act {bound[:16]}…")
    return desk.say(PairAccept(of, view.offer.yours), _readers(own, others))


def settle(desk: Desk, of: str, settlement: Settlement) -> Submitted:
    """Seal a pair of one's own that was accepted, or let it lapse.

    Raises:
        NotFound: No such offer.
        NotAllowed: Another member offered it.
        Conflicting: It is settled or expired already, or was not accepted, or the own notice was amended since.
    """
    node = desk.node
    view = pair_view(node, of, at=desk.at)
    if view.entry.header.author != node.me:
        raise NotAllowed(f"{view.entry.header.author} offered this pair, and it alone seals it or lets it lapse")
    if view.settlement is not None:
        raise Conflicting(f"this pair is {view.state}", why="pair_is", pair=view.state.value)
    readers = view.entry.header.audience
    if settlement is Settlement.LAPSE:
        return desk.say(PairSettlement(of, settlement), readers)
    if view.state is not PairState.ACCEPTED or view.accept is None:
        raise Conflicting(f"this pair is {view.state}; only an accepted one can be sealed")
    own = _standing(node, (str(node.me), view.offer.mine.notice))
    if own.current.entry.id != view.offer.mine.of:
        raise Conflicting(f"{view.offer.mine.notice} was amended since the offer; let the pair lapse")
    return desk.say(PairSettlement(of, settlement, view.accept.id), readers)


def _standing(node: Node, key: Key) -> NoticeHistory:
    history = node.picture.notices.get(key)
    if history is None:
        raise NotFound(f"no notice {key[1]} of {key[0]} is held here", party=key[0], notice=key[1])
    if history.ended is not None:
        raise Conflicting(f"{key[0]} {key[1]} has ended ({history.ended.step.value})", notice=key[1])
    return history


def _readers(*histories: NoticeHistory) -> tuple[str, ...]:
    """Whoever reads one of the notices must learn that it is cancelled."""
    return tuple(sorted({member for history in histories for member in history.current.entry.header.audience}))
