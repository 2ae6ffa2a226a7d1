"""How each line is, and by what evidence: heartbeats, staffed checks, faults of the transport, suspensions.

A heartbeat shows that a machine answers; a staffed check shows that a watch position does. Checks are due at fixed
times of the day, by the clock in UTC: every `line_check_s`, and every `line_check_busy_s` while a notice that both
can read is in force. Who calls alternates from one fixed time to the next, so that both positions are tried. All
of it is derived: nothing here is stored, and the same evidence gives the same state after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clearline.channel.line.peers import LATE_AFTER_BEATS
from clearline.channel.ports import PutKept
from clearline.picture.entry import Entry
from clearline.records.agreement import Deadlines
from clearline.records.genesis import Role
from clearline.records.line import LineCheck, LineCheckAnswer, Suspension
from clearline.records.words import MemberId
from clearline.sentence import Sentence, sentence
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.node import Node
    from clearline.picture.fold import Picture, Touched
    from clearline.picture.notices import NoticeHistory

STAFFED = (Role.PARTY, Role.HOST)
"""Members whose watch positions owe each other checks; others may call, and owe none."""


HEARD = "heard"
"""Under which the store keeps when each member was last heard."""

UNWATCHED_MS = 60_000
"""How long nobody may tick before a silence is no evidence: the machine slept, or its clock leapt."""

HEARD_KEPT_EVERY_MS = 60_000
"""How old what is kept may be: after a restart a silence is counted from at most a minute too early."""

INSTANT_DIGITS = 17


class LineState(StrEnum):
    """What a line is at an instant."""

    UNKNOWN = "unknown"
    UP = "up"
    LATE = "late"
    UNANSWERED = "unanswered"
    FAULT = "fault"
    SUSPENDED = "suspended"


_Window = tuple[Instant, Instant, tuple[MemberId, ...]]
"""Start and end of a notice, and who reads it."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check with its answer, if one is held; `due` is when an answer not given is raised."""

    entry: Entry
    check: LineCheck
    answer: tuple[Entry, LineCheckAnswer] | None
    due: Instant


@dataclass(frozen=True, slots=True)
class Owed:
    """The fixed time that is current for a line: who calls, whether it was done, and when its lack is raised."""

    slot: Instant
    caller: MemberId
    done: bool
    due: Instant


@dataclass(frozen=True, slots=True)
class LineHealth:
    """A line at an instant, with the evidence for its state.

    `beneath` is the state that it would have without suspension. `since` is from when the state holds, where the
    evidence says so. `raised` says that the agreed time to raise it has passed, `raised_at` when that was or will
    be; `None` where nothing is to be raised. Instants are by the own clock, checks by their authors'. `sentence` is
    the evidence for a reader of any language, `words` in English.
    """

    member: MemberId
    state: LineState
    beneath: LineState
    since: Instant | None
    words: str
    sentence: Sentence
    raised: bool
    raised_at: Instant | None
    heard: Instant | None
    fault: str
    sent: CheckView | None
    received: CheckView | None
    owed: Owed | None
    suspensions: tuple[tuple[Entry, Suspension], ...]


@dataclass(slots=True)
class FixedTimes:
    """Which members share a notice in force with this one at a fixed time; it follows the picture notice by notice."""

    _windows: dict[tuple[str, str], _Window] | None = None
    _found: tuple[Instant, dict[MemberId, Instant]] | None = None

    def busy(self, node: Node, slot: Instant) -> dict[MemberId, Instant]:
        """Return until when each member can read a notice that was in force at `slot`.

        Cost: O(notices in force and to come) for the first question about a slot, so once an hour.
        """
        if self._windows is None:
            self.gather(node)
        if self._found is None or self._found[0] != slot:
            self._found = (slot, self._until(slot))
        return self._found[1]

    def gather(self, node: Node) -> None:
        """Look up the notices in force and to come, so that the first tick need not."""
        held = ((key, node.picture.notices.get(key)) for key in node.watch.touches)
        self._windows = {key: _window(history) for key, history in held if history is not None}
        self._found = None

    def follow(self, picture: Picture, touched: Touched) -> None:
        """Follow one change of the picture."""
        if self._windows is None:
            return
        for key in (touched.notice, *touched.notices):
            if key is None:
                continue
            before = self._windows.pop(key, None)
            if before is not None and self._found is not None and before[0] <= self._found[0] <= before[1]:
                self._found = None
            history = picture.notices.get(key)
            if history is not None and history.ended is None:
                self._windows[key] = window = _window(history)
                self._count(window)

    def _until(self, slot: Instant) -> dict[MemberId, Instant]:
        """Count every window anew and let go of those that are over; one plain loop, for there are many."""
        windows, until, over = self._windows or {}, dict[MemberId, Instant](), []
        for key, (start, end, members) in windows.items():
            if end < slot:
                over.append(key)
            elif start <= slot:
                for member in members:
                    if end > until.get(member, 0):
                        until[member] = end
        for key in over:
            del windows[key]
        return until

    def _count(self, window: _Window) -> None:
        if self._found is not None and window[0] <= self._found[0] <= window[1]:
            until = self._found[1]
            for member in window[2]:
                until[member] = max(window[1], until.get(member, window[1]))


def _window(history: NoticeHistory) -> _Window:
    return history.start, history.end, history.current.entry.header.audience


def remember(node: Node, *, at: Instant) -> None:
    """Keep, now and then, when each member was last heard: silence goes on counting over a restart.

    Where the clock was set back, silence counts from now: a line must not seem up until the old hour comes again.
    Where it leapt, or nobody ticked, nothing is raised before the others have had time to be heard.
    """
    if not 0 <= at - node.ticked <= UNWATCHED_MS:
        node.watching_since = at
    node.ticked = at
    late_ms = node.heartbeat_ms() * LATE_AFTER_BEATS
    for member, peer in node.peers.items():
        peer.heard = min(peer.heard, at)
        kept = node.heard_kept.get(member, Instant(0))
        silent = at - peer.heard > late_ms and peer.heard != kept
        if peer.heard and (silent or abs(peer.heard - kept) >= HEARD_KEPT_EVERY_MS):
            node.heard_kept[member] = peer.heard
            node.queued.append(PutKept(HEARD, member, str(int(peer.heard)).encode()))


def recall(node: Node) -> None:
    """Read back when each member was last heard."""
    for member, raw in node.store.kept(HEARD).items():
        if member in node.peers and raw.isdigit() and len(raw) < INSTANT_DIGITS:
            heard = Instant(int(raw))
            node.heard_kept[MemberId(member)] = node.peers[MemberId(member)].heard = heard


def deadlines_of(node: Node) -> Deadlines:
    """Return the deadlines of the agreement in force, or the defaults."""
    standing = node.picture.terms_in_force
    return standing[1].deadlines if standing else Deadlines()


def line_health(node: Node, member: MemberId, *, at: Instant) -> LineHealth:
    """Return how the line to a member is at `at`."""
    peer, terms = node.peers[member], deadlines_of(node)
    raise_ms = terms.line_check_raised_s * 1000
    sent, received, owed = (
        _sent(node, member, raise_ms),
        _received(node, member, raise_ms),
        owed_now(node, member, at=at),
    )
    unanswered = waiting(node, node.me, member)
    beneath = LineState(peer.state(at=at, heartbeat_ms=node.heartbeat_ms()))
    since: Instant | None = None
    raised_at: Instant | None = None
    fault = peer.fault or peer.refusal
    words, meant = _heartbeat_words(peer.heard, fault, at), _heartbeat(peer.heard, fault)
    if beneath in (LineState.LATE, LineState.FAULT):
        since = peer.heard or None
        heard_by = node.watching_since + round(node.heartbeat_ms() * LATE_AFTER_BEATS)
        raised_at = Instant(max((peer.heard or _founded(node)) + raise_ms, heard_by))
    elif unanswered is not None:
        raised_at = Instant(unanswered.header.claimed + raise_ms)
        if at > raised_at:
            beneath, since = LineState.UNANSWERED, unanswered.header.claimed
            words = f"heartbeat up; the check of {format_instant(unanswered.header.claimed)} is unanswered"
            meant = sentence("health.unanswered", check_at=format_instant(unanswered.header.claimed))
    elif owed is not None and owed.caller == member and not owed.done:
        raised_at = owed.due
        if at > raised_at:
            beneath, since = LineState.UNANSWERED, owed.slot
            words = f"heartbeat up; no check from {member} at the fixed time {format_instant(owed.slot)}"
            meant = sentence("health.no_check", member=member, slot_at=format_instant(owed.slot))
    suspensions = tuple(node.picture.lines.standing(node.me, member))
    state = beneath
    if suspensions:
        entry, record = suspensions[0]
        state, since = LineState.SUSPENDED, entry.header.claimed
        words = (
            f"suspended by {entry.header.author} since {format_instant(since)}: {record.reason} "
            f"(beneath: {beneath}; stop-fire, search and rescue and hazard stay open)"
        )
        meant = sentence(
            "health.suspended",
            member=entry.header.author,
            since_at=format_instant(since),
            reason=record.reason,
            line=beneath.value,
        )
    return LineHealth(
        member=member,
        state=state,
        beneath=beneath,
        since=since,
        words=words,
        sentence=meant,
        raised=raised_at is not None and at > raised_at,
        raised_at=raised_at,
        heard=peer.heard or None,
        fault=peer.refusal or peer.fault,
        sent=sent,
        received=received,
        owed=owed,
        suspensions=suspensions,
    )


def owed_now(node: Node, member: MemberId, *, at: Instant) -> Owed | None:
    """Return the check that is current between this node and a member at `at`, or `None` where none is owed."""
    if not _staffed(node, node.me) or not _staffed(node, member):
        return None
    terms = deadlines_of(node)
    slot, period_ms = _slot(node, member, terms, at)
    if slot <= _founded(node):
        return None
    pair = sorted((node.me, member))
    caller = pair[(slot // period_ms) % 2]
    other = pair[1 - (slot // period_ms) % 2]
    lines = node.picture.lines
    called = any(entry.header.claimed >= slot for entry, _ in lines.between(caller, other))
    proven = any(
        entry.header.claimed >= slot and lines.answer(entry, caller) is not None
        for entry, _ in lines.between(other, caller)
    )
    return Owed(slot, caller, called or proven, Instant(slot + terms.line_check_raised_s * 1000))


def to_answer(node: Node, member: MemberId) -> tuple[Entry, ...]:
    """Return the checks of a member that this one has not answered since its last answer, oldest first."""
    lines = node.picture.lines
    calls = lines.between(member, node.me)
    answered = [i for i, (entry, _) in enumerate(calls) if lines.answer(entry, node.me) is not None]
    return tuple(entry for entry, _ in calls[(answered[-1] + 1 if answered else 0) :])


def _slot(node: Node, member: MemberId, terms: Deadlines, at: Instant) -> tuple[Instant, int]:
    """Return the newest fixed time up to `at` and its period in milliseconds."""
    quiet_ms, busy_ms = terms.line_check_s * 1000, terms.line_check_busy_s * 1000
    quiet, busy = at - at % quiet_ms, at - at % busy_ms
    if busy > quiet and node.fixed_times.busy(node, Instant(busy)).get(member, Instant(0)) >= at:
        return Instant(busy), busy_ms
    return Instant(quiet), quiet_ms


def waiting(node: Node, caller: MemberId, called: MemberId) -> Entry | None:
    """Return the oldest check without answer since the called member's position last gave a sign of itself."""
    lines = node.picture.lines
    calls = lines.between(caller, called)
    answered = [i for i, (entry, _) in enumerate(calls) if lines.answer(entry, called) is not None]
    since = calls[(answered[-1] + 1 if answered else 0) :]
    spoke = max((entry.header.claimed for entry, _ in lines.between(called, caller)), default=Instant(0))
    return next((entry for entry, _ in since if entry.header.claimed > spoke), None)


def _sent(node: Node, member: MemberId, raise_ms: int) -> CheckView | None:
    return _newest(node, node.me, member, raise_ms)


def _received(node: Node, member: MemberId, raise_ms: int) -> CheckView | None:
    return _newest(node, member, node.me, raise_ms)


def _newest(node: Node, caller: MemberId, called: MemberId, raise_ms: int) -> CheckView | None:
    calls = node.picture.lines.between(caller, called)
    if not calls:
        return None
    entry, check = calls[-1]
    return CheckView(entry, check, node.picture.lines.answer(entry, called), Instant(entry.header.claimed + raise_ms))


def _heartbeat_words(heard: Instant, fault: str, at: Instant) -> str:
    if not heard:
        return f"never heard: {fault}" if fault else "nothing heard yet"
    said = f"last heartbeat {format_instant(heard)}, {max(0, at - heard) // 1000} s ago"
    return f"{said}; {fault}" if fault else said


def _heartbeat(heard: Instant, fault: str) -> Sentence:
    if heard:
        said = format_instant(heard)
        return (
            sentence("health.failed", heard_at=said, fault=fault) if fault else sentence("health.heard", heard_at=said)
        )
    return sentence("health.never_failed", fault=fault) if fault else sentence("health.never")


def _staffed(node: Node, member: MemberId) -> bool:
    card = node.roster.member(member)
    return card is not None and card.role in STAFFED


def _founded(node: Node) -> Instant:
    return node.roster.genesis.created
