"""Paired acts in the picture: sealed, or not; the offerer's `main` log decides, whatever arrives first.

A notice stays its owner's. Its owner said by offer or acceptance, in its own log, that the notice is cancelled when
the pair is sealed; the seal in the offerer's log puts both words into effect at once. A pair once sealed stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearline.picture.entry import Entry, Place
from clearline.picture.notices import ENDED, NoticeHistory
from clearline.records.pair import PairAccept, PairOffer, PairSettlement, PairSide, Settlement
from clearline.records.words import EntryId

Key = tuple[str, str]
"""Party and reference of a notice."""


@dataclass(slots=True)
class Pairs:
    """Every act of a pair, as it stands in the logs; `sealed` maps a notice to the settlement that cancelled it."""

    offers: dict[EntryId, tuple[Entry, PairOffer]] = field(default_factory=dict)
    accepts: dict[str, dict[Place, tuple[Entry, PairAccept]]] = field(default_factory=dict)
    settlements: dict[str, tuple[Entry, PairSettlement]] = field(default_factory=dict)
    sealed: dict[Key, tuple[Entry, PairSettlement]] = field(default_factory=dict)

    def fold(
        self,
        entry: Entry,
        record: PairOffer | PairAccept | PairSettlement,
        own: NoticeHistory | None,
        *,
        unread: bool,
    ) -> tuple[str, tuple[Key, ...]]:
        """Take one act in; return why it has no effect, and the notices that a seal cancels through it.

        `own` is the author's notice that the act speaks of (for a settlement that of its offer); what counts is how it
        stood at this place of the author's log. `unread` says that this member was not shown the version named.
        """
        match record:
            case PairOffer():
                if not unread and not _stood(own, record.mine, entry.place):
                    return "offers a notice that does not stand", ()
                if record.to == entry.header.author:
                    return "offers a pair to itself", ()
                self.offers[entry.id] = (entry, record)
                return "", ()
            case PairAccept():
                if not unread and not _stood(own, record.mine, entry.place):
                    return "accepts for a notice that does not stand", ()
                self.accepts.setdefault(record.of, {})[entry.place] = (entry, record)
                return "", self._seal(record.of)
            case PairSettlement():
                held = self.offers.get(EntryId(record.of))
                if held is None or held[0].header.author != entry.header.author:
                    return "settles a pair that its author did not offer", ()
                if record.of in self.settlements:
                    return "settles a pair that was settled", ()
                seals = record.settlement is Settlement.SEAL
                if seals and entry.header.claimed > held[1].expires:
                    return "seals a pair that had expired", ()
                if seals and not unread and not _stood(own, held[1].mine, entry.place):
                    return "seals a pair after its own notice changed", ()
                self.settlements[record.of] = (entry, record)
                return "", self._seal(record.of)

    def acceptance(self, offer: str) -> tuple[Entry, PairAccept] | None:
        """Return the first acceptance of an offer that its addressee said in time, or `None`."""
        held = self.offers.get(EntryId(offer))
        if held is None:
            return None
        given = self.accepts.get(offer, {})
        return next((given[place] for place in sorted(given) if _answers(held, given[place])), None)

    def is_sealed(self, offer: str) -> bool:
        """Report whether a pair was sealed, quoting an acceptance that is held here."""
        held, settled = self.offers.get(EntryId(offer)), self.settlements.get(offer)
        if held is None or settled is None or settled[1].settlement is not Settlement.SEAL:
            return False
        given = self.accepts.get(offer, {}).values()
        return any(one[0].id == settled[1].accept and _answers(held, one) for one in given)

    def value(self) -> dict[str, Any]:
        """Return everything as one comparable value."""
        return {
            "offers": dict(sorted(self.offers.items())),
            "accepts": {of: dict(sorted(held.items())) for of, held in sorted(self.accepts.items())},
            "settlements": dict(sorted(self.settlements.items())),
            "sealed": dict(sorted(self.sealed.items())),
        }

    def _seal(self, offer: str) -> tuple[Key, ...]:
        if not self.is_sealed(offer):
            return ()
        entry, record = self.offers[EntryId(offer)]
        keys = ((str(entry.header.author), record.mine.notice), (str(record.to), record.yours.notice))
        settled = self.settlements[offer]
        for key in keys:
            held = self.sealed.get(key)
            # Of two pairs about one notice the one with the smaller entry id is named, whichever came first here.
            if held is None or settled[0].id < held[0].id:
                self.sealed[key] = settled
        return keys


def _answers(offer: tuple[Entry, PairOffer], accept: tuple[Entry, PairAccept]) -> bool:
    (_, offered), (entry, accepted) = offer, accept
    return (
        entry.header.author == offered.to and accepted.mine == offered.yours and entry.header.claimed <= offered.expires
    )


def _stood(history: NoticeHistory | None, side: PairSide, place: Place) -> bool:
    """Report whether the version named stood, and its owner had not ended it, before `place` of the owner's log."""
    if history is None:
        return False
    versions = [v.entry for v in history.versions if v.entry.place < place]
    ended = any(s.step in ENDED and s.entry.place < place for s in history.steps)
    return bool(versions) and versions[-1].id == side.of and not ended
