"""The desk: what officers do. Each act is checked against the picture, then signed and given its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clearline.channel.acts import audiences
from clearline.channel.acts.drafts import Draft, draft_or_submit
from clearline.channel.acts.pairs import binding
from clearline.channel.node import Node, Submitted
from clearline.channel.ports import Randomness
from clearline.channel.watch import placed_of
from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Touch
from clearline.conflicts.suggestions import Suggestion
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.agreements import Agreements
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.picture.read_back import Difference, differences
from clearline.records.acknowledgement import PassedOn, PositionTaken, ReadBack, Seen, Stance
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Terms,
)
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.body import Record
from clearline.records.genesis import Role
from clearline.records.message import Message
from clearline.records.notice import Notice, NoticeDraft, NoticeStep, Step
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.volumes.instant import Instant, format_instant


class AreaOnly(NotAllowed):
    """The act needs the whole notice, and this member was told its area only."""

    slug, title, status = "area-only", "Only the area is told", 403


@dataclass(frozen=True, slots=True)
class Filed:
    """What the filing officer is told: the entry, what it meets, and ways out that the same engine verified."""

    submitted: Submitted
    history: NoticeHistory
    conflicts: tuple[Conflict, ...]
    touches: tuple[Touch, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """One officer at a node, at an instant: every act takes effect as that officer's."""

    node: Node
    officer: str
    at: Instant
    random: Randomness
    beside: tuple[Signer, ...] = ()
    """Officers who sign an act that takes two at once, with keys that are given for this act alone."""

    # Notices

    def file(
        self,
        draft: NoticeDraft,
        *,
        audience: Iterable[str] | None = None,
        area_only: Iterable[str] = (),
        dictated_at: Instant | None = None,
    ) -> Filed:
        """File a notice: whole to `audience` (the parties where it is not given), as area only to `area_only`.

        `dictated_at` says that it was dictated over another line before: it is entered after the fact.

        Raises:
            Malformed: A member is unknown or named twice, or a volume is too large to be told as area only.
            NotAllowed: The notice is in another party's name, or this member files none.
            Conflicting: The reference is in use.
        """
        self._own(draft.party)
        if (draft.party, draft.notice) in self.node.picture.notices:
            raise Conflicting(
                f"the reference {draft.notice} is in use; amend that notice, or take another reference",
                why="reference_in_use",
                notice=draft.notice,
            )
        return self._filed(
            Notice(draft, dictated_at=dictated_at), audiences.chosen(self, audience, area_only, before=None), 1
        )

    def amend(
        self,
        draft: NoticeDraft,
        *,
        accepts: str = "",
        audience: Iterable[str] | None = None,
        area_only: Iterable[str] = (),
        dictated_at: Instant | None = None,
    ) -> Filed:
        """Replace a notice of one's own by `draft`; `accepts` names the proposal that it takes up.

        Whoever could read the version before can read this one too: nobody is left with what no longer stands.

        Raises:
            NotAllowed: The notice is another party's.
            NotFound: There is no such notice, or no such proposal.
            Conflicting: The notice has ended, or nothing would change: an amendment starts the ladder anew.
        """
        self._own(draft.party)
        history = self._standing(draft.notice)
        if accepts:
            self._proposal(history, accepts)
        before = audiences.readers_of(self.node, history.current.entry)
        readers = audiences.chosen(self, audience, area_only, before=history)
        same = draft == history.current.draft and history.overrun_until is None
        if same and not accepts and readers == before:
            raise Conflicting(
                f"{draft.notice} stands as it is in revision {history.revision}; nothing was amended, so that "
                "its acknowledgements are not lost",
                why="nothing_amended",
                notice=draft.notice,
            )
        record = Notice(draft, amends=history.current.entry.id, accepts=accepts, dictated_at=dictated_at)
        return self._filed(record, readers, history.revision + 1)

    def step(self, reference: str, step: Step, *, reason: str = "", until: Instant | None = None) -> Submitted:
        """Withdraw, activate or complete a notice of one's own, or say until when it overruns.

        Raises:
            NotFound: There is no such notice.
            Conflicting: The notice has ended, or it is completed before it has begun.
            Malformed: `until` is missing with an overrun, or not later than the notice's end.
        """
        history = self._standing(reference)
        begun = self.at >= history.start or any(s.step is Step.ACTIVATE for s in history.steps)
        if step is Step.COMPLETE and not begun:
            raise Conflicting(
                f"{reference} begins at {format_instant(history.start)}, and nobody said that it has begun; "
                "withdraw it, or activate it first",
                why="not_begun",
                notice=reference,
                start_at=format_instant(history.start),
            )
        if step is Step.OVERRUN and (until is None or until <= history.end):
            raise Malformed(
                where="/until",
                found=Said("nothing") if until is None else format_instant(until),
                expected=f"a time after the notice's end, {format_instant(history.end)}",
            )
        record = NoticeStep(step, reference, history.current.entry.id, reason, until if step is Step.OVERRUN else None)
        readers = audiences.readers_of(self.node, history.current.entry)
        return self.say(record, readers.full, also=audiences.step_for_others(record, readers))

    # The ladder

    def seen(self, party: str, reference: str) -> Submitted:
        """Say that this watch position has seen the version of a notice that stands."""
        history = self._others(party, reference)
        return self._answer(history, Seen(history.current.entry.id))

    def read_back(self, party: str, reference: str, read: ReadBack) -> tuple[Submitted, tuple[Difference, ...]]:
        """Read a notice back; differences stop that step and are shown to both sides.

        Raises:
            Conflicting: The read-back names a version that no longer stands.
            AreaOnly: This member was told the area only.
        """
        history = self._still(party, reference, read.of, "read back")
        if isinstance(history, OutlineHistory):
            raise AreaOnly(f"of {party} {reference} only the area is told here; it cannot be read back")
        found = differences(history.current.draft, read)
        return self._answer(history, read), found

    def passed_on(self, party: str, reference: str, level: str) -> Submitted:
        """Say to which level the notice has been passed on; it must have been seen.

        Raises:
            Conflicting: This member has not seen the version that stands.
        """
        history = self._others(party, reference)
        self._seen_first(history, "pass it on")
        return self._answer(history, PassedOn(history.current.entry.id, level, self.at))

    def take_position(self, party: str, reference: str, position: PositionTaken) -> Submitted:
        """Take a position on another member's notice; it can be taken from *seen* on.

        Raises:
            Conflicting: The notice was amended since or has ended, or this member has not seen it yet.
        """
        history = self._still(party, reference, position.of, "answer")
        if history.ended is not None:
            raise Conflicting(
                f"{party} {reference} has ended ({history.ended.step.value}); send a message",
                why="ended",
                notice=reference,
                step=history.ended.step.value,
            )
        self._seen_first(history, "take a position")
        return self._answer(history, position)

    # Words

    def message(self, message: Message, *, to: Iterable[str]) -> Submitted:
        """Send a message to members, FLASH by the `safety` log; see `channel.hotline.send` for watch positions."""
        return self.say(message, to, log=message.log)

    def say(
        self,
        record: Record,
        audience: Iterable[str],
        *,
        log: str = "main",
        also: Iterable[tuple[Record, Iterable[MemberId]]] = (),
    ) -> Submitted:
        """Say what another module of this room has checked, as this officer.

        Raises:
            NotAllowed: This node holds no key of the officer.
            Malformed: The audience names somebody who is no member.
        """
        return self.node.submit(
            record,
            audience=self.readers(audience),
            signers=(self.signer(),),
            at=self.at,
            random=self.random,
            log=log,
            also=also,
        )

    def signer(self) -> Signer:
        """Return this officer's key at this node.

        Raises:
            NotAllowed: The node holds none: a releasing officer signs elsewhere.
        """
        signer = self.node.keys.officers.get(self.officer)
        if signer is None:
            raise NotAllowed(f"this node holds no key of officer {self.officer}")
        return signer

    # Areas

    def state_area(self, area: Area, *, audience: Iterable[str] | None = None) -> Submitted | Draft:
        """State a zone or a red line; a reference in use is replaced by a new version of one's own statement.

        A red line waits as a draft for its second person.

        Raises:
            NotFound: It amends a statement that was never made.
            Conflicting: The reference is in use, was withdrawn, or another version of it stands.
        """
        history = self.node.picture.areas.get((self.node.me, area.reference))
        if history is None and area.amends:
            raise NotFound(f"no statement {area.reference} of {self.node.me} is held here", reference=area.reference)
        if history is not None and history.withdrawn is not None:
            raise Conflicting(
                f"the statement {area.reference} was withdrawn; take another reference", reference=area.reference
            )
        if history is not None and area.amends != history.current.entry.id:
            raise Conflicting(
                f"the reference {area.reference} is in use; amend the version that stands", reference=area.reference
            )
        readers = [*(self.node.roster.members if audience is None else audience)]
        if history is not None:
            readers += history.current.entry.header.audience
        return draft_or_submit(self, area, readers)

    def withdraw_area(self, reference: str, reason: str) -> Submitted | Draft:
        """Withdraw a zone or red line of one's own; the withdrawal of a red line waits for its second person."""
        history = self.node.picture.areas.get((self.node.me, reference))
        if history is None or history.withdrawn is not None:
            raise NotFound(f"no statement {reference} of {self.node.me} stands")
        entry = history.current.entry
        return draft_or_submit(self, AreaWithdrawal(reference, entry.id, reason), entry.header.audience)

    # The agreement

    def propose(self, terms: Terms) -> Submitted | Draft:
        """Propose terms, based on the agreement in force; it waits for its second person."""
        standing = self.node.picture.terms_in_force
        proposal = AgreementProposal(standing[0].id if standing else "", terms)
        return draft_or_submit(self, proposal, self.node.roster.members)

    def assent(self, proposal: str) -> Submitted | Draft:
        """Assent to a proposal; it waits for its second person.

        Raises:
            NotFound: There is no such proposal.
            Conflicting: It has lapsed, or this member is bound to another proposal on the same base.
        """
        agreements = self.node.picture.agreements
        if proposal not in agreements.proposals:
            raise NotFound(f"no proposal {proposal[:16]}… is held here")
        if agreements.lapsed(proposal):
            raise Conflicting("the proposal has lapsed", why="proposal_lapsed")
        base = agreements.proposals[proposal][1].base
        for other, (_, record) in agreements.proposals.items():
            bound = record.base == base and other != proposal and not agreements.lapsed(other)
            if bound and self.node.me in agreements.assented(other):
                raise Conflicting(f"bound to proposal {other[:16]}… on the same base until it lapses")
        return draft_or_submit(self, AgreementAssent(proposal), self.node.roster.members)

    def conclude(self, proposal: str) -> Submitted | Draft:
        """Conclude a proposal of one's own once every party has assented; it waits for its second person.

        Raises:
            NotFound: There is no such proposal of this member.
            Conflicting: A party has not assented or is bound to another proposal, or it was settled already.
        """
        agreements = self._own_proposal(proposal)
        counting = agreements.counting(proposal)
        missing = sorted({*self.node.roster.parties} - {*counting})
        if missing:
            raise Conflicting(
                f"not yet assented, or still bound to another proposal: {', '.join(missing)}",
                why="not_assented",
                members=", ".join(missing),
            )
        quoted = {counting[party] for party in self.node.roster.parties} - {proposal}
        return draft_or_submit(self, AgreementConclusion(proposal, tuple(sorted(quoted))), self.node.roster.members)

    def lapse(self, proposal: str) -> Submitted:
        """Let a proposal of one's own lapse."""
        self._own_proposal(proposal)
        return self._submit(AgreementLapse(proposal), self.node.roster.members)

    # Inside

    def _filed(self, record: Notice, readers: audiences.Readers, revision: int) -> Filed:
        submitted = self.say(record, readers.full, also=audiences.further(record, readers, revision))
        key = (record.draft.party, record.draft.notice)
        history = self.node.picture.notices[key]
        watch = self.node.watch
        conflicts = watch.of_notice(key)
        ways = watch.suggest(placed_of(history), earliest=self.at) if conflicts else ()
        return Filed(submitted, history, conflicts, watch.touches.get(key, ()), ways)

    def _submit(self, record: Record, audience: Iterable[str]) -> Submitted:
        return self.say(record, audience)

    def readers(self, audience: Iterable[str]) -> tuple[MemberId, ...]:
        """Return members by their names, sorted.

        Raises:
            Malformed: Somebody is no member.
        """
        known = {str(m): m for m in self.node.roster.members}
        named = sorted(set(audience))
        for name in named:
            if name not in known:
                raise Malformed(where="/audience", found=name, expected="members: " + ", ".join(known))
        return tuple(known[name] for name in named)

    def _own(self, party: str) -> None:
        if party != self.node.me:
            raise NotAllowed(
                f"a notice of {party} can be filed at {party}'s node alone; this is {self.node.me}'s",
                why="other_party",
                party=party,
            )
        member = self.node.roster.member(party)
        if member is None or member.role not in (Role.PARTY, Role.HUMANITARIAN):
            raise NotAllowed(f"{party} is no party and files no notices", party=party)

    def _standing(self, reference: str) -> NoticeHistory:
        history = self.node.picture.notices.get((self.node.me, reference))
        if history is None:
            if any((member, reference) in self.node.picture.notices for member in self.node.roster.members):
                raise NotAllowed(
                    f"{reference} is another party's notice; only its owner changes it",
                    why="not_owner",
                    notice=reference,
                )
            raise NotFound(
                f"no notice {reference} of {self.node.me} is held here",
                why="no_notice",
                party=self.node.me,
                notice=reference,
            )
        if history.ended is not None:
            raise Conflicting(
                f"the notice {reference} has ended ({history.ended.step.value})",
                why="ended",
                notice=reference,
                step=history.ended.step.value,
            )
        if bound := binding(self.node, reference, at=self.at):
            raise Conflicting(
                f"{reference} is bound by the accepted pair {bound[:16]}… until it is settled or expires: its offerer "
                "seals it or lets it lapse",
                why="bound_by_pair",
                notice=reference,
            )
        return history

    def _still(self, party: str, reference: str, of: str, act: str) -> NoticeHistory | OutlineHistory:
        """Return another member's notice, where `of` is the version that stands; `act` says what is done with it."""
        history = self._others(party, reference)
        if of != history.current.entry.id:
            raise Conflicting(
                f"{party} {reference} was amended; {act} revision {history.revision}",
                why="amended",
                party=party,
                notice=reference,
                revision=history.revision,
            )
        return history

    def _others(self, party: str, reference: str) -> NoticeHistory | OutlineHistory:
        if party == self.node.me:
            raise NotAllowed("one's own notice is not acknowledged", why="own_notice", notice=reference)
        key = (party, reference)
        history = self.node.picture.notices.get(key) or self.node.picture.outlines.get(key)
        if history is None:
            raise NotFound(
                f"no notice {reference} of {party} is held here", why="no_notice", party=party, notice=reference
            )
        return history

    def _seen_first(self, history: NoticeHistory | OutlineHistory, then: str) -> None:
        given = self.node.picture.answers.get(history.current.entry.id, {}).values()
        if not any(e.header.author == self.node.me and isinstance(r, Seen | ReadBack) for e, r in given):
            party, reference = history.key
            raise Conflicting(
                f"say first that {party} {reference} has been seen; then {then}",
                why="see_first",
                party=party,
                notice=reference,
            )

    def _answer(self, history: NoticeHistory | OutlineHistory, record: Record) -> Submitted:
        # An answer repeats what the notice says, so it is for those alone who were shown the notice whole.
        return self._submit(record, audiences.readers_of(self.node, history.current.entry).full)

    def _proposal(self, history: NoticeHistory, accepts: str) -> None:
        for entry, record in self.node.picture.answers.get(history.current.entry.id, {}).values():
            if entry.id == accepts and isinstance(record, PositionTaken) and record.stance is Stance.PROPOSAL:
                return
        raise NotFound(f"no proposal {accepts[:16]}… on the version that stands of {history.key[1]}")

    def _own_proposal(self, proposal: str) -> Agreements:
        agreements = self.node.picture.agreements
        held = agreements.proposals.get(proposal)
        if held is None or held[0].header.author != self.node.me:
            raise NotFound(f"no proposal {proposal[:16]}… of {self.node.me} is held here")
        if proposal in {p.partition("/")[2] for p in agreements.settled if p.startswith(f"{self.node.me}/")}:
            raise Conflicting("the proposal was settled already", why="proposal_settled")
        return agreements
