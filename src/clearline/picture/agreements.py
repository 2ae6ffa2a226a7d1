"""Which agreement is in force: decided by the proposer's conclusion, quoting every party's assent to one base.

The rule holds for any interleaving of logs: an assent of a party counts only while every earlier assent of that
party to another proposal on the same base has lapsed, and lapse and conclusion of one proposal stand in one log,
the proposer's, whichever comes first. So two proposals on one base can never both be in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clearline.picture.entry import Entry, Place
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Terms,
)
from clearline.records.words import MemberId


@dataclass(slots=True)
class Agreements:
    """All acts about the agreement, as they stand in the logs."""

    parties: tuple[MemberId, ...]
    proposals: dict[str, tuple[Entry, AgreementProposal]] = field(default_factory=dict)
    assents: dict[str, tuple[Entry, AgreementAssent]] = field(default_factory=dict)
    settled: dict[str, tuple[Entry, AgreementConclusion | AgreementLapse]] = field(default_factory=dict)

    def fold(
        self, entry: Entry, record: AgreementProposal | AgreementAssent | AgreementConclusion | AgreementLapse
    ) -> None:
        """Take one act in; conclusions and lapses count by the proposer's order, first wins."""
        match record:
            case AgreementProposal():
                self.proposals[entry.id] = (entry, record)
            case AgreementAssent():
                self.assents[entry.id] = (entry, record)
            case AgreementConclusion() | AgreementLapse():
                held = self.settled.get(_key(entry, record.proposal))
                if held is None or entry.place < held[0].place:
                    self.settled[_key(entry, record.proposal)] = (entry, record)

    def in_force(self) -> tuple[Entry, Terms, int] | None:
        """Return the entry and terms of the agreement in force and its version from 1, or `None` before the first."""
        base, standing, version = "", None, 0
        while True:
            following = [
                (entry, proposal)
                for entry, proposal in self.proposals.values()
                if proposal.base == base and self._concluded(entry, proposal)
            ]
            if not following:
                return standing
            entry, proposal = min(following, key=lambda pair: pair[0].id)
            base, version = entry.id, version + 1
            standing = (entry, proposal.terms, version)

    def assented(self, proposal: str) -> tuple[MemberId, ...]:
        """Return the members whose assent to a proposal is held, the proposer among them, sorted."""
        members = {e.header.author for e, a in self.assents.values() if a.proposal == proposal}
        if proposal in self.proposals:
            members.add(self.proposals[proposal][0].header.author)
        return tuple(sorted(members))

    def counting(self, proposal: str) -> dict[MemberId, str]:
        """Return the members whose word for a held proposal counts now, each with the entry id of that word.

        That is the proposal itself for the proposer, else the first assent that no other proposal holds back.
        """
        if proposal not in self.proposals:
            return {}
        entry, record = self.proposals[proposal]
        words = [entry, *sorted((e for e, a in self.assents.values() if a.proposal == proposal), key=_place)]
        counting: dict[MemberId, str] = {}
        for word in words:
            if word.header.author not in counting and self._counts(word, proposal, record.base):
                counting[word.header.author] = word.id
        return counting

    def lapsed(self, proposal: str) -> bool:
        """Report whether the proposer let the proposal lapse before concluding it."""
        if proposal not in self.proposals:
            return False
        held = self.settled.get(_key(self.proposals[proposal][0], proposal))
        return held is not None and isinstance(held[1], AgreementLapse)

    def _concluded(self, entry: Entry, proposal: AgreementProposal) -> bool:
        held = self.settled.get(_key(entry, entry.id))
        if held is None or not isinstance(held[1], AgreementConclusion) or held[0].place < entry.place:
            return False
        quoted = held[1].assents
        given = {entry.header.author} if self._counts(entry, entry.id, proposal.base) else set()
        for assent_id in quoted:
            assent = self.assents.get(assent_id)
            if assent and assent[1].proposal == entry.id and self._counts(assent[0], entry.id, proposal.base):
                given.add(assent[0].header.author)
        return set(self.parties) <= given

    def _counts(self, assent: Entry, proposal: str, base: str) -> bool:
        """Report whether no earlier unlapsed assent of this member binds it to another proposal on the base.

        A proposal that is not held yet may be on the base: it binds until it is known. Otherwise an agreement
        could come into force here and be displaced when an older entry of another log arrives.
        """
        author = assent.header.author
        own = [(e, e.id) for e, p in self.proposals.values() if e.header.author == author and p.base == base]
        others: Sequence[tuple[Entry, str]] = [
            (e, a.proposal)
            for e, a in self.assents.values()
            if e.header.author == author and self._base_of(a.proposal, base) == base
        ]
        return all(self.lapsed(about) for e, about in (*own, *others) if about != proposal and e.place < assent.place)

    def _base_of(self, proposal: str, unknown: str) -> str:
        return self.proposals[proposal][1].base if proposal in self.proposals else unknown


def _place(entry: Entry) -> Place:
    return entry.place


def _key(entry: Entry, proposal: str) -> str:
    return f"{entry.header.author}/{proposal}"
