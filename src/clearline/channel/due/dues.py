"""What is owed, by whom, until when: derived from the picture alone, each thing anew whenever more is known of it.

Deadlines count from claimed times. A term never ends after the start of what it is about, and never sooner than the
agreement's shortest term after the claim: nobody can be asked for less than a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.notices import NoticeHistory
from clearline.picture.read_back import differences
from clearline.records.acknowledgement import (
    PassedOn,
    PositionTaken,
    ProposalAnswer,
    ProposalReply,
    ReadBack,
    Seen,
    Stance,
)
from clearline.records.agreement import Deadlines, Terms
from clearline.records.alert import ANSWERS_STOP_FIRE, Alert, AlertAnswer, AlertSort
from clearline.records.genesis import Role
from clearline.records.message import Message, Precedence
from clearline.records.watch import Address, MemberWatch, Rung
from clearline.records.words import MemberId
from clearline.sentence import Sentence, sentence
from clearline.volumes.instant import PERM, Instant

OPEN_MS = 30 * 86_400_000
"""How long after it was said an unseen message, or an alert without answer, stays open; then the silence is history."""

Key = tuple[str, ...]
"""What has deadlines: `("notice", party, reference)`, `("entry", id)` of a message or alert, or another source's."""

SHOWN_MAX = 3
"""Differences of a read-back that a due item says in words; the message shows all."""

AT_ONCE = frozenset({AlertSort.STOP_FIRE, AlertSort.EMERGENCY_ENTRY, AlertSort.SEARCH_AND_RESCUE})
"""Alerts that must be seen as soon as a stop-fire; the others as an IMMEDIATE message."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something owed: `sort` of the entry `of`, by the member `owes` (its `position`, empty: duty) to `to`.

    It is open until somebody answers or `closes` has passed, and overdue where `due` has passed. `urgent` matters
    ring. `about` names the thing, `text` says it in words where the sort does not, `sentence` for any language.
    """

    sort: str
    of: str
    owes: MemberId
    to: MemberId
    due: Instant
    closes: Instant = PERM
    position: str = ""
    about: Key = ()
    text: str = ""
    urgent: bool = False
    sentence: Sentence | None = None

    @property
    def key(self) -> str:
        """Return its name, the same for as long as it is open."""
        return " ".join((self.sort, self.of, self.owes, self.position)).rstrip()

    def open(self, *, at: Instant) -> bool:
        """Report whether it can still be met at `at`, the last instant included."""
        return at <= self.closes

    def overdue(self, *, at: Instant) -> bool:
        """Report whether it is open and its time has passed; at `due` itself it has not."""
        return self.due < at <= self.closes


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of an escalation that is still to come: `by` records it where nobody has seen `of` at `due`."""

    of: str
    rung: Rung
    silent: Address
    reached: Address
    urgency: str
    sent: Instant
    due: Instant
    by: MemberId


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message or alert, wherever it was learned from: its log, or ahead of it."""

    entry: Entry
    record: Message | Alert


@dataclass(frozen=True, slots=True)
class Case:
    """What dues are derived from: the picture, the roles of the members, and what was heard ahead of its log."""

    picture: Picture
    roles: Mapping[str, Role]
    ahead: Mapping[str, Entry]

    @property
    def terms(self) -> Terms:
        """Return the terms in force, or the default ones."""
        standing = self.picture.terms_in_force
        return standing[1] if standing else DEFAULT_TERMS

    def spoken(self, of: str) -> Spoken | None:
        """Return the message or alert of an entry id, or `None`."""
        alert = self.picture.hotline.alerts.get(of)  # type: ignore[call-overload]
        if alert is not None:
            return Spoken(*alert)
        place = self.picture.places.get(of)  # type: ignore[call-overload]
        message = self.picture.messages.get(place) if place is not None else None
        if message is not None:
            return Spoken(*message)
        heard = self.ahead.get(of)
        return Spoken(heard, heard.record) if heard is not None and isinstance(heard.record, Message | Alert) else None

    def seen_by(self, of: str) -> dict[MemberId, Entry]:
        """Return the members of whom a position has seen a message or alert (or answered it), with the first word."""
        given = [e for e, r in self.picture.answers.get(of, {}).values() if isinstance(r, Seen)]
        given += [e for e, _ in self.answered(of)]
        given += [e for e in self.ahead.values() if isinstance(e.record, Seen) and e.record.of == of]
        found: dict[MemberId, Entry] = {}
        for entry in sorted(given, key=lambda e: (e.header.claimed, e.place)):
            found.setdefault(entry.header.author, entry)
        return found

    def answered(self, of: str) -> list[tuple[Entry, AlertAnswer]]:
        """Return what was answered to an alert, as far as it was learned by a log or ahead of one."""
        ahead = [(e, e.record) for e in self.ahead.values() if isinstance(e.record, AlertAnswer) and e.record.of == of]
        return [*self.picture.hotline.answers.get(of, {}).values(), *ahead]


DEFAULT_TERMS = Terms("default", None)

_Rung = tuple[str, Instant, str, Sentence | None]
"""Something owed of a notice: its sort, when it is due, and what else is to be said of it, in English and by code."""


def of_key(case: Case, key: Key) -> tuple[Due, ...]:
    """Return everything that is owed about a thing of which nothing else than its key is known."""
    match key:
        case ("notice", party, reference):
            history = case.picture.notices.get((party, reference))
            return () if history is None else of_notice(case, history)
        case ("entry", of):
            spoken = case.spoken(of)
            return () if spoken is None else of_spoken(case, spoken)
        case _:
            return ()


def of_notice(case: Case, history: NoticeHistory) -> tuple[Due, ...]:
    """Return the open rungs of the version that stands, member by member, and the proposals that wait for its owner."""
    if history.ended is not None:
        return ()
    terms, version = case.terms.deadlines, history.current
    entry, owner = version.entry, version.entry.header.author
    about = ("notice", *history.key)
    given: dict[MemberId, list[tuple[Entry, object]]] = {}
    for _, (said, record) in sorted(case.picture.answers.get(entry.id, {}).items()):
        given.setdefault(said.header.author, []).append((said, record))
    found: list[Due] = []
    for member in entry.header.audience:
        if member == owner:
            continue
        owed = _ladder(case, history, member, [record for _, record in given.get(member, ())])
        found += [
            Due(sort, entry.id, member, owner, due, history.end, "", about, text, sentence=meant)
            for sort, due, text, meant in owed
        ]
        found += _proposals(case, history, given.get(member, ()), terms)
    return tuple(found)


def of_spoken(case: Case, spoken: Spoken) -> tuple[Due, ...]:
    """Return who has still to see a message or alert, and who has still to answer a stop-fire or a query."""
    entry, record = spoken.entry, spoken.record
    author, claimed = entry.header.author, entry.header.claimed
    if case.picture.hotline.cancelled_by(entry) is not None:
        return ()
    if isinstance(record, Alert) and record.sort is AlertSort.CANCEL_LAST:
        return ()
    terms, seen = case.terms.deadlines, case.seen_by(entry.id)
    within_s, urgent = seen_within(record, terms)
    sort = "message_seen" if isinstance(record, Message) else "alert_seen"
    closes, about = Instant(claimed + OPEN_MS), ("entry", entry.id)
    found = []
    for one in addressed(spoken):
        if one.member not in seen:
            due = Instant(claimed + within_s * 1000)
            # What rings stays open until it is seen, however old its author's clock makes it.
            until = PERM if urgent else closes
            found.append(Due(sort, entry.id, one.member, author, due, until, one.position, about, "", urgent))
    answer_s = answered_within(record, terms)
    if answer_s:
        for member in sorted({one.member for one in addressed(spoken)}):
            if case.roles.get(member) is Role.PARTY and not _answered(case, entry.id, member, record):
                due = Instant(claimed + answer_s * 1000)
                found.append(Due("alert_answered", entry.id, member, author, due, closes, "", about, "", urgent))
    if isinstance(record, Message):
        found += _unlike(case, entry, record, PERM if urgent else closes)
    return tuple(found)


def steps_of(case: Case, spoken: Spoken) -> tuple[Step, ...]:
    """Return the rungs of a message's or alert's escalation that nobody has recorded and that are still to come.

    What happens inside the silent member is recorded by its own node; that the host is reached, by the sender's.
    Source: DESIGN.md, section 7.
    """
    entry, record, terms = spoken.entry, spoken.record, case.terms
    author, sent = entry.header.author, entry.header.claimed
    if case.picture.hotline.cancelled_by(entry) is not None:
        return ()
    seen = case.seen_by(entry.id)
    said = {
        (e.header.author, r.rung, r.reached) for e, r in case.picture.hotline.escalations.get(entry.id, {}).values()
    }
    found: dict[tuple[MemberId, Rung, Address], Step] = {}
    for silent in addressed(spoken):
        if silent.member in seen:
            continue
        for rung, reached, after_ms, by in _rungs(case, silent, author, record, terms):
            place = (by, rung, reached)
            if place not in said and place not in found:
                due = Instant(sent + after_ms)
                found[place] = Step(entry.id, rung, silent, reached, urgency(record), sent, due, by)
    return tuple(sorted(found.values(), key=lambda s: (s.due, s.rung, s.reached)))


def addressed(spoken: Spoken) -> tuple[Address, ...]:
    """Return the positions that must see it: those named, or the duty position of each who can read it."""
    author, audience = spoken.entry.header.author, spoken.entry.header.audience
    named = spoken.record.to or tuple(Address(member) for member in audience)
    return tuple(one for one in named if one.member != author and one.member in audience)


def urgency(record: Message | Alert) -> str:
    """Return the word that says how urgent it is: a precedence, or the sort of an alert."""
    return record.precedence.value if isinstance(record, Message) else record.sort.value


def seen_within(record: Message | Alert, terms: Deadlines) -> tuple[int, bool]:
    """Return in how many seconds it must be seen, and whether it rings until then."""
    if isinstance(record, Alert):
        return (terms.stop_fire_seen_s if record.sort in AT_ONCE else terms.immediate_seen_s), True
    match record.precedence:
        case Precedence.FLASH:
            return terms.flash_seen_s, True
        case Precedence.IMMEDIATE:
            return terms.immediate_seen_s, True
        case Precedence.PRIORITY:
            return terms.priority_seen_s, False
        case Precedence.ROUTINE:
            return terms.routine_seen_s, False


def answered_within(record: Message | Alert, terms: Deadlines) -> int:
    """Return in how many seconds an alert must be answered; 0 where nothing is asked."""
    if isinstance(record, Alert) and record.sort is AlertSort.STOP_FIRE:
        return terms.stop_fire_answered_s
    if isinstance(record, Alert) and record.sort is AlertSort.QUERY:
        return terms.priority_seen_s
    return 0


def within(claimed: Instant, term_s: int, start: Instant, terms: Deadlines) -> Instant:
    """Return `term_s` after the claim, but not after the start, and not sooner than the shortest term."""
    return Instant(claimed + max(min(term_s * 1000, start - claimed), terms.flash_seen_s * 1000))


def answered_proposals(picture: Picture, of: str) -> list[tuple[Entry, ProposalAnswer]]:
    """Return what was answered to a proposal, in the order of the logs."""
    given = sorted(picture.answers.get(of, {}).items())
    return [(entry, record) for _, (entry, record) in given if isinstance(record, ProposalAnswer)]


def _ladder(case: Case, history: NoticeHistory, member: MemberId, own: list[object]) -> list[_Rung]:
    """Return the rungs that a member has still to climb on the version that stands.

    A read-back that differs stops its own rung alone. Only parties owe more than to have seen it.
    """
    terms, version = case.terms.deadlines, history.current
    claimed, start = version.entry.header.claimed, history.start
    seen_due = within(claimed, terms.notice_seen_s, start, terms)
    owed: list[_Rung] = []
    if not any(isinstance(r, Seen | ReadBack | PositionTaken) for r in own):
        owed.append(("seen", seen_due, "", None))
    if case.roles.get(member) is not Role.PARTY:
        return owed
    back = next((r for r in reversed(own) if isinstance(r, ReadBack)), None)
    unlike = differences(version.draft, back) if back is not None else ()
    if back is None or unlike:
        text = "read back otherwise than filed: " + ", ".join(d.what for d in unlike) if unlike else ""
        meant = sentence("owed.differs", field=tuple(d.what for d in unlike)) if unlike else None
        owed.append(("read_back", within(claimed, terms.read_back_s, start, terms), text, meant))
    if not any(isinstance(r, PassedOn) for r in own):
        owed.append(("passed_on", max(Instant(start - terms.passed_on_before_s * 1000), seen_due), "", None))
    if not any(isinstance(r, PositionTaken) for r in own):
        owed.append(("position", within(claimed, terms.position_s, start, terms), "", None))
    return owed


def _proposals(
    case: Case, history: NoticeHistory, given: list[tuple[Entry, object]] | tuple[()], terms: Deadlines
) -> list[Due]:
    """Return the answer that the owner owes to a member's standing proposal; a later position takes its place."""
    latest = next(((e, r) for e, r in reversed(given) if isinstance(r, PositionTaken)), None)
    if latest is None or latest[1].stance is not Stance.PROPOSAL:
        return []
    entry, owner = latest[0], history.current.entry.header.author
    for said, answer in answered_proposals(case.picture, entry.id):
        lapsed = answer.answer is ProposalReply.LAPSED
        if said.header.author == (entry.header.author if lapsed else owner):
            return []
    due = within(entry.header.claimed, terms.proposal_s, history.start, terms)
    about = ("notice", *history.key)
    return [Due("proposal", entry.id, owner, entry.header.author, due, history.end, "", about)]


def _unlike(case: Case, entry: Entry, message: Message, closes: Instant) -> Iterator[Due]:
    """Yield what a read-back of phrases that differs asks of both sides, at once and until one matches.

    Two officers then understand two things: who read back reads back anew, and who spoke looks at both. Each read-back
    that differs is a matter of its own, so it rings even where an earlier one has rung.
    """
    author, about = entry.header.author, ("entry", entry.id)
    for said, found in case.picture.wording.unlike(entry.id, message.phrases):
        member, at = said.header.author, said.header.claimed
        if member != author and member in entry.header.audience:
            more = f", and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
            text = "; ".join(
                f"{d.what} said {d.said or 'nothing'}, read {d.read or 'nothing'}" for d in found[:SHOWN_MAX]
            )
            text = f"{member} read back otherwise than {author} said: {text}{more}"
            pairs = tuple(f"{d.said or '–'} ≠ {d.read or '–'}" for d in found[:SHOWN_MAX])
            meant = sentence("owed.unlike", member=member, author=author, pairs=pairs)
            yield Due("message_read_back", said.id, member, author, at, closes, "", about, text, sentence=meant)
            yield Due("message_differs", said.id, author, member, at, closes, "", about, text, sentence=meant)


def _answered(case: Case, of: str, member: MemberId, record: Message | Alert) -> bool:
    stop_fire = isinstance(record, Alert) and record.sort is AlertSort.STOP_FIRE
    return any(
        e.header.author == member and (not stop_fire or answer.answer in ANSWERS_STOP_FIRE)
        for e, answer in case.answered(of)
    )


def _rungs(
    case: Case, silent: Address, author: MemberId, record: Message | Alert, terms: Terms
) -> list[tuple[Rung, Address, int, MemberId]]:
    """Return rung, who is reached, milliseconds after the claim, and whose node records it."""
    watch, times = terms.watch_of(silent.member), terms.deadlines
    hosts = sorted(m for m, role in case.roles.items() if role is Role.HOST and m not in (author, silent.member))
    if isinstance(record, Alert) and record.sort in AT_ONCE:
        first, again = times.stop_fire_seen_s * 1000, times.stop_fire_again_s * 1000
        own = [
            (rung, Address(silent.member, name), first + number * again, silent.member)
            for number, (rung, name) in enumerate(watch.rungs(silent.position))
        ]
        return own + [(Rung.HOST, Address(MemberId(host)), first, author) for host in hosts]
    if isinstance(record, Alert) and record.sort is AlertSort.CANCEL_LAST:
        return []
    if isinstance(record, Message) and record.precedence is Precedence.ROUTINE:
        return []
    if isinstance(record, Message) and record.precedence is Precedence.PRIORITY:
        late = times.priority_seen_s * 1000
        return _inside(watch, silent, alternate=late, chief=2 * late, flag=0)
    seen_s, _ = seen_within(record, times)

    def share(seconds: int) -> int:
        """Return a time of an IMMEDIATE message as the same share of this one's own term."""
        return seconds * 1000 * seen_s // times.immediate_seen_s

    own = _inside(
        watch,
        silent,
        alternate=share(times.immediate_alternate_s),
        chief=share(times.immediate_chief_s),
        flag=seen_s * 1000,
    )
    late = share(times.immediate_host_s)
    return own + [(Rung.HOST, Address(MemberId(host)), late, author) for host in hosts]


def _inside(
    watch: MemberWatch, silent: Address, *, alternate: int, chief: int, flag: int
) -> list[tuple[Rung, Address, int, MemberId]]:
    """Return the rungs inside a member; several alternates share the time between the first one and the chief."""
    names = watch.alternates(silent.position)
    found = [
        (Rung.ALTERNATE, Address(silent.member, name), alternate + (chief - alternate) * n // len(names), silent.member)
        for n, name in enumerate(names)
    ]
    if watch.chief:
        found.append((Rung.CHIEF, Address(silent.member, watch.chief), chief, silent.member))
    if watch.flag and flag:
        found.append((Rung.FLAG, Address(silent.member, watch.flag), flag, silent.member))
    return found
