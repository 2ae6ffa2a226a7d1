"""The acts of the hotline: to speak, to sound an alert, to see, to answer; and what becomes of proposals.

Nothing here can mute or suspend an alert: no act does it, and no state that an act could set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from clearline.channel.alarms import PeersNotAsked, ReadOnly
from clearline.channel.desk import Desk, Filed
from clearline.channel.due.dues import Spoken, addressed, answered_proposals, within
from clearline.channel.line import unplaced
from clearline.channel.node import Node, Submitted
from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Said
from clearline.picture.entry import Entry
from clearline.picture.notices import NoticeHistory
from clearline.records.acknowledgement import PositionTaken, ProposalAnswer, ProposalReply, Seen, Stance
from clearline.records.alert import ANSWERS_STOP_FIRE, Alert, AlertAnswer, AlertSort, Reply
from clearline.records.header import base_log
from clearline.records.message import Message
from clearline.records.notice import Details, NoticeDraft
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

# Speaking


def send(desk: Desk, message: Message, *, audience: Iterable[str] = ()) -> Submitted:
    """Send a message to watch positions; `audience` may read it besides. FLASH goes by the `safety` log.

    Raises:
        Malformed: It is addressed to nobody, or to somebody who is no member.
        NotFound: It takes back what was never said.
        NotAllowed: It takes back another member's words.
    """
    readers = {*(str(one.member) for one in message.to), *audience}
    if not readers - {desk.node.me}:
        raise Malformed(where="/to", found=Said("nobody"), expected="a watch position of another member")
    if message.cancels:
        readers |= _rung_for(desk.node, _own_words(desk, message.cancels))
    return desk.say(message, sorted(readers), log=message.log)


def sound(desk: Desk, alert: Alert, *, audience: Iterable[str] = ()) -> Submitted:
    """Sound an alert: to the positions named, else to the duty position of every other party.

    Whatever else is known is at the sender's choice: nothing but the sort is needed. A node that may not sign its log
    just now says it ahead of its log all the same; it gets its place later.

    Raises:
        Malformed: There is nobody to whom it could go.
        NotFound, NotAllowed: It takes back what was never said, or another member's words.
    """
    named = {str(one.member) for one in alert.to}
    readers = {*(named or desk.node.roster.parties), *audience}
    if alert.cancels:
        taken_back = _own_words(desk, alert.cancels)
        readers |= {*taken_back.entry.header.audience, *_rung_for(desk.node, taken_back)}
    if not readers - {desk.node.me}:
        raise Malformed(where="/to", found=Said("nobody"), expected="a member other than one's own")
    return _say_urgently(desk, alert, sorted(readers))


def last_alert(node: Node) -> Entry:
    """Return the newest alert of this member that it has not taken back.

    Raises:
        NotFound: There is none.
    """
    hotline = node.picture.hotline
    unplaced = [(heard.entry, heard.entry.record) for heard in node.ahead.values()]
    own = [
        entry
        for entry, alert in (*hotline.alerts.values(), *((e, r) for e, r in unplaced if isinstance(r, Alert)))
        if entry.header.author == node.me
        and alert.sort is not AlertSort.CANCEL_LAST
        and hotline.cancelled_by(entry) is None
    ]
    if not own:
        raise NotFound(f"no alert of {node.me} stands that could be taken back")
    return max(own, key=lambda entry: (entry.header.claimed, entry.place))


def see(desk: Desk, of: str) -> Submitted:
    """Say that this watch position has seen a message or an alert; it may have come ahead of its log.

    Raises:
        NotFound: Nothing of this id was heard here.
        NotAllowed: It is one's own, or not addressed to this member.
    """
    spoken = _heard(desk, of)
    if base_log(spoken.entry.place.log) != "safety":
        return desk.say(Seen(of), _told(desk.node, spoken), log=spoken.entry.place.log)
    return _say_urgently(desk, Seen(of), _told(desk.node, spoken))


def answer(desk: Desk, of: str, reply: Reply, text: str = "") -> Submitted:
    """Answer an alert; whoever answers has seen it.

    Raises:
        NotFound, NotAllowed: As `see`; or it is no alert.
        Malformed: A stop-fire is answered otherwise than by ceased, not us, or cannot confirm.
    """
    spoken = _heard(desk, of)
    if not isinstance(spoken.record, Alert):
        raise NotFound(f"{of[:16]}… is no alert; answer a message by a message", of=of)
    if spoken.record.sort is AlertSort.STOP_FIRE and reply not in ANSWERS_STOP_FIRE:
        words = ", ".join(sorted(word.value for word in ANSWERS_STOP_FIRE))
        raise Malformed(where="/answer", found=reply.value, expected=f"one of {words}: it is a stop-fire")
    return _say_urgently(desk, AlertAnswer(of, reply, text), _told(desk.node, spoken))


# Proposals


class Outcome(StrEnum):
    """What has become of a proposal at an instant."""

    OPEN = "open"
    ACCEPTED = "accepted"
    COUNTERED = "countered"
    DECLINED = "declined"
    LAPSED = "lapsed"
    REPLACED = "replaced"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"


def outcome(node: Node, history: NoticeHistory, entry: Entry, *, at: Instant) -> Outcome:
    """Return what has become of the proposal that an entry makes on a notice.

    The owner's log decides: what it accepted stays accepted whatever the proposer said meanwhile. `REPLACED` means
    that its proposer took another position since, `OVERTAKEN` that the version was amended or ended otherwise, and
    `EXPIRED` that the agreement's time for an answer has passed: a view, nobody has said so.
    """
    if any(version.accepts == entry.id for version in history.versions):
        return Outcome.ACCEPTED
    owner, proposer = history.current.entry.header.author, entry.header.author
    said = answered_proposals(node.picture, entry.id)
    by_owner = [a for e, a in said if e.header.author == owner and a.answer is not ProposalReply.LAPSED]
    if by_owner:
        return Outcome(by_owner[-1].answer.value)
    if any(e.header.author == proposer and a.answer is ProposalReply.LAPSED for e, a in said):
        return Outcome.LAPSED
    record = entry.record
    if not isinstance(record, PositionTaken) or record.of != history.current.entry.id or history.ended is not None:
        return Outcome.OVERTAKEN
    later = [
        e
        for e, r in node.picture.answers.get(record.of, {}).values()
        if isinstance(r, PositionTaken) and e.header.author == proposer and e.place > entry.place
    ]
    if later:
        return Outcome.REPLACED
    terms = node.case.terms.deadlines
    due = within(entry.header.claimed, terms.proposal_s, history.start, terms)
    return Outcome.EXPIRED if at > due else Outcome.OPEN


def accept(desk: Desk, party: str, reference: str, proposal: str) -> Filed:
    """Accept a proposal on a notice of one's own: the notice is amended to its volumes, in this one act.

    Details stay with their volumes where their number is the same; otherwise the first volume's serve for all.

    Raises:
        NotAllowed: The notice is another party's.
        NotFound: There is no such notice or proposal.
        Conflicting: The notice has ended or was amended since, or the proposal was replaced or has lapsed.
    """
    history, entry, record = _proposed(desk.node, party, reference, proposal)
    found = outcome(desk.node, history, entry, at=desk.at)
    if found not in (Outcome.OPEN, Outcome.EXPIRED, Outcome.COUNTERED, Outcome.DECLINED):
        raise Conflicting(
            f"the proposal is {found.value}; look at {party} {reference} as it stands",
            why="proposal_is",
            outcome=found.value,
            notice=reference,
        )
    standing = history.current.draft
    same = len(record.proposal) == len(standing.volumes)
    details = standing.details if same else tuple(_first(standing.details) for _ in record.proposal)
    return desk.amend(replace(standing, volumes=record.proposal, details=details), accepts=proposal)


def answer_proposal(
    desk: Desk,
    party: str,
    reference: str,
    proposal: str,
    reply: ProposalReply,
    reason: str = "",
    counter: NoticeDraft | None = None,
) -> Submitted:
    """Counter or decline a proposal on a notice of one's own, or let a proposal of one's own lapse.

    Raises:
        NotFound: There is no such notice or proposal.
        NotAllowed: It is for the other side to say this.
        Conflicting: The proposal was accepted, or the notice was amended since.
        Malformed: A counter-proposal has no volumes, or another answer has some.
    """
    history, entry, _ = _proposed(desk.node, party, reference, proposal)
    owner, proposer = history.current.entry.header.author, entry.header.author
    says = proposer if reply is ProposalReply.LAPSED else owner
    if desk.node.me != says:
        raise NotAllowed(f"{reply.value} is for {says} to say", notice=reference)
    found = outcome(desk.node, history, entry, at=desk.at)
    if found in (Outcome.ACCEPTED, Outcome.OVERTAKEN, Outcome.LAPSED):
        raise Conflicting(f"the proposal is {found.value}", why="proposal_is", outcome=found.value, notice=reference)
    if (counter is not None) != (reply is ProposalReply.COUNTERED):
        expected = "the volumes of the counter-proposal" if reply is ProposalReply.COUNTERED else "nothing"
        raise Malformed(where="/proposal", found=Said("nothing" if counter is None else "volumes"), expected=expected)
    volumes = counter.volumes if counter is not None else ()
    return desk.say(ProposalAnswer(proposal, reply, reason, volumes), history.current.entry.header.audience)


# Inside


def _first(details: tuple[Details, ...]) -> Details:
    return details[0] if details else Details()


def _proposed(node: Node, party: str, reference: str, proposal: str) -> tuple[NoticeHistory, Entry, PositionTaken]:
    history = node.picture.notices.get((party, reference))
    if history is None:
        raise NotFound(f"no notice {reference} of {party} is held here", party=party, notice=reference)
    for version in reversed(history.versions):
        for entry, record in node.picture.answers.get(version.entry.id, {}).values():
            if entry.id == proposal and isinstance(record, PositionTaken) and record.stance is Stance.PROPOSAL:
                return history, entry, record
    raise NotFound(f"no proposal {proposal[:16]}… on {party} {reference} is held here", notice=reference)


def _say_urgently(desk: Desk, record: Alert | AlertAnswer | Seen, readers: Iterable[str]) -> Submitted:
    try:
        return desk.say(record, readers, log="safety")
    except (ReadOnly, PeersNotAsked):
        # What a node has lost or not asked yet is no reason to be silent under fire, or about it.
        return unplaced.say(desk, record, readers)


def _heard(desk: Desk, of: str) -> Spoken:
    spoken = desk.node.case.spoken(of)
    if spoken is None:
        raise NotFound(f"no message or alert {of[:16]}… was heard here", of=of)
    if spoken.entry.header.author == desk.node.me:
        raise NotAllowed("one's own words are not answered", why="own_words", of=of)
    if not any(one.member == desk.node.me for one in addressed(spoken)):
        raise NotAllowed(
            f"it is not addressed to {desk.node.me}; it was shown for information", why="not_addressed", of=of
        )
    return spoken


def _told(node: Node, spoken: Spoken) -> list[str]:
    """Return who is to learn that something was seen: its audience, and whoever was told that it was not."""
    return sorted({*spoken.entry.header.audience, *_rung_for(node, spoken)})


def _rung_for(node: Node, spoken: Spoken) -> set[str]:
    """Return the members that an escalation has reached: they were told that it waits, and learn that it is over."""
    given = node.picture.hotline.escalations.get(spoken.entry.id, {}).values()
    return {record.reached.member for _, record in given}


def _own_words(desk: Desk, of: str) -> Spoken:
    spoken = desk.node.case.spoken(of)
    if spoken is None:
        raise NotFound(f"no message or alert {of[:16]}… was heard here", of=of)
    if spoken.entry.header.author != desk.node.me:
        raise NotAllowed("only its author takes back what was said", of=of)
    return spoken


def audience_of(spoken: Spoken) -> tuple[MemberId, ...]:
    """Return who can read it beside its author."""
    return tuple(m for m in spoken.entry.header.audience if m != spoken.entry.header.author)
