"""The watch over time: everything open and due at this node, kept up to date thing by thing, and the bells.

It is a cache of what `channel.dues` derives from the picture; `derived` derives it from scratch, and a test compares
the two. What a tick costs depends on what falls due, not on what is open. The one thing remembered is which bells
have rung, by their keys, in the store: so no bell is lost or doubled over a restart.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clearline.channel.due.dues import OPEN_MS, Case, Due, Key, Spoken, Step, addressed, of_key, steps_of
from clearline.picture.entry import Entry
from clearline.picture.fold import Touched
from clearline.picture.shelf import authors_of
from clearline.records.alert import Alert
from clearline.records.message import Message
from clearline.records.words import MemberId
from clearline.volumes.instant import PERM, Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

FORGOTTEN_AFTER_MS = 86_400_000
"""How long what has closed is kept at hand: a clock that was wrong for less than a day costs nothing."""

BELLS_MAX = 100
"""Bells of one tick: a tick stays short whatever falls due at once; the rest rings with the next one."""

RINGING = ("message_seen", "alert_seen")
"""What rings until it is met: that a message or an alert is seen."""

LIVE: list[Callable[[Node, Instant], Iterable[Due]]] = []
"""Further sources, asked at every tick: what is owed by time and line rather than by a record. Few and cheap."""


@dataclass(slots=True)
class Deadlines:
    """Everything open between this member and others. Build it with `rebuild`, keep it with `update`."""

    me: MemberId
    things: dict[Key, tuple[Due, ...]] = field(default_factory=dict)
    steps: dict[Key, tuple[Step, ...]] = field(default_factory=dict)
    open: dict[str, Due] = field(default_factory=dict)
    rung: dict[str, Instant] = field(default_factory=dict)
    """Keys whose bell has rung, with the time for which it rang."""
    ringing: dict[str, Due] = field(default_factory=dict)
    """What this member has still to see and what rings until then, by key."""
    complete_from: Instant = Instant(0)  # noqa: RUF009 -- an int by another name
    """Since when everything open is at hand: what closed before was not looked at, or is forgotten."""
    changes: int = 0
    """Rises with every change, so that a face knows when to draw anew."""
    _of: dict[str, Key] = field(default_factory=dict)
    _bells: list[tuple[Instant, int, str]] = field(default_factory=list)
    _due_steps: list[tuple[Instant, int, Key]] = field(default_factory=list)
    _forget: list[tuple[Instant, int, Key]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _sorted: list[Due] | None = None
    _looked_at: Instant = Instant(0)  # noqa: RUF009 -- an int by another name
    _looked: tuple[int, frozenset[str]] = (-1, frozenset())

    def rebuild(self, case: Case, *, at: Instant) -> None:
        """Derive everything anew: after loading, and where the agreement changed. Cost: linear in what is held."""
        for name in ("things", "steps", "open", "ringing", "_of", "_bells", "_due_steps", "_forget"):
            getattr(self, name).clear()
        self.complete_from = Instant(at - FORGOTTEN_AFTER_MS)
        for key in keys(case, at=at):
            self._derive(case, key)

    def update(self, case: Case, touched: Touched, *, at: Instant) -> None:
        """Follow one change of the picture."""
        if touched.agreement:
            self.rebuild(case, at=at)
            return
        dirty: dict[Key, None] = {}
        for notice in (touched.notice, *getattr(touched, "notices", ())):
            if notice is not None:
                dirty[("notice", *notice)] = None
        for entry in touched.entries:
            dirty[self._of.get(entry, ("entry", entry))] = None
        for key in dirty:
            self._derive(case, key)

    def derive(self, case: Case, entry: str) -> None:
        """Follow what was heard of an entry ahead of its log."""
        self._derive(case, ("entry", entry))

    def due_steps(self, *, at: Instant) -> tuple[Step, ...]:
        """Return the rungs that this node must record now, and take them off until they are derived again."""
        found: list[Step] = []
        while self._due_steps and self._due_steps[0][0] <= at and len(found) < BELLS_MAX:
            _, _, key = heapq.heappop(self._due_steps)
            now = [s for s in self.steps.get(key, ()) if s.by == self.me and s.due <= at]
            found += [s for s in now if s not in found]
        return tuple(found)

    def bells(self, live: Iterable[Due], *, at: Instant) -> tuple[tuple[Due, ...], tuple[str, ...]]:
        """Return what has become overdue and not rung, and the keys whose bell may ring again.

        A bell may ring again where its matter was closed, or where the clock was set back to before its time.
        """
        held = {due.key: due for due in live if self.me in (due.owes, due.to)}
        quiet = self._quiet(held, at)
        found: list[Due] = []
        while self._bells and self._bells[0][0] < at and len(found) < BELLS_MAX:
            when, _, key = heapq.heappop(self._bells)
            due = self.open.get(key)
            if due is not None and due.due == when and key not in self.rung and due.overdue(at=at):
                self.rung[key] = due.due
                found.append(due)
        for key, due in held.items():
            if due.overdue(at=at) and key not in self.rung and len(found) < BELLS_MAX:
                self.rung[key] = due.due
                found.append(due)
        while self._forget and self._forget[0][0] < at:
            _, _, forgotten = heapq.heappop(self._forget)
            dues = self.things.get(forgotten, ())
            if all(due.closes + FORGOTTEN_AFTER_MS < at for due in dues):
                self.complete_from = max(self.complete_from, *(Instant(due.closes + 1) for due in dues), Instant(0))
                self._drop(forgotten)
        return tuple(found), quiet

    def all(self, live: Iterable[Due] = (), *, at: Instant) -> list[Due]:
        """Return everything open at `at`, by due time."""
        if self._sorted is None:
            self._sorted = sorted(self.open.values(), key=_order)
        found = [due for due in self._sorted if due.open(at=at)]
        more = [due for due in live if due.open(at=at) and self.me in (due.owes, due.to)]
        return sorted([*found, *more], key=_order) if more else found

    def owed_by(self, node: Node, member: MemberId, *, at: Instant) -> tuple[Due, ...]:
        """Return everything open that a member owes, by due time."""
        return tuple(due for due in self.all(live_dues(node, at), at=at) if due.owes == member)

    def _derive(self, case: Case, key: Key) -> None:
        self._drop(key)
        dues = tuple(due for due in of_key(case, key) if self.me in (due.owes, due.to))
        spoken = case.spoken(key[1]) if key[0] == "entry" else None
        steps = steps_of(case, spoken) if spoken is not None else ()
        if key[0] == "notice":
            self._name(case, key)
        if not dues and not steps:
            return
        if dues:
            self.things[key] = dues
            closes = max(due.closes for due in dues)
            if closes < PERM:
                heapq.heappush(self._forget, (Instant(closes + FORGOTTEN_AFTER_MS), next(self._numbers), key))
        for due in dues:
            self.open[due.key] = due
            if due.urgent and due.owes == self.me and due.sort in RINGING:
                self.ringing[due.key] = due
            if due.key not in self.rung:
                self._ring_at(due)
        if steps:
            self.steps[key] = steps
            for step in steps:
                if step.by == self.me:
                    heapq.heappush(self._due_steps, (step.due, next(self._numbers), key))

    def _quiet(self, held: dict[str, Due], at: Instant) -> tuple[str, ...]:
        """Return the keys that may ring again; nothing is looked at where neither clock nor matters say so."""
        back = at < self._looked_at
        looked = (self.changes, frozenset(held))
        same = not back and looked == self._looked
        self._looked_at, self._looked = at, looked
        if same:
            return ()
        quiet = [k for k, due in self.rung.items() if due >= at or (k not in self.open and k not in held)]
        for key in quiet:
            self.rung.pop(key)
            later = self.open.get(key)
            if later is not None:
                self._ring_at(later)
        if back:
            self._bells = [(due.due, next(self._numbers), k) for k, due in self.open.items() if k not in self.rung]
            heapq.heapify(self._bells)
        return tuple(quiet)

    def _name(self, case: Case, key: Key) -> None:
        """Note which entries speak of a notice: the version that stands, and what was answered to it."""
        history = case.picture.notices.get((key[1], key[2]))
        if history is not None and history.ended is None:
            version = history.current.entry.id
            self._of[version] = key
            for entry, _ in case.picture.answers.get(version, {}).values():
                self._of[entry.id] = key

    def _ring_at(self, due: Due) -> None:
        heapq.heappush(self._bells, (due.due, next(self._numbers), due.key))

    def _drop(self, key: Key) -> None:
        for due in self.things.pop(key, ()):
            self.open.pop(due.key, None)
            self.ringing.pop(due.key, None)
        self.steps.pop(key, None)
        self._sorted = None
        self.changes += 1


def keys(case: Case, *, at: Instant) -> Iterable[Key]:
    """Yield everything that may be open at `at`, or was less than a day before."""
    for history in case.picture.living(Instant(at - FORGOTTEN_AFTER_MS)):
        yield ("notice", *history.key)
    since = Instant(at - OPEN_MS - FORGOTTEN_AFTER_MS)
    for entry, _ in case.picture.messages_since(since):
        yield ("entry", entry.id)
    for alert in case.picture.hotline.alerts:
        yield ("entry", alert)
    for entry, message in case.picture.hotline.urgent.values():
        if entry.header.claimed < since and not _settled(case, entry, message):
            yield ("entry", entry.id)
    for of, heard in case.ahead.items():
        if isinstance(heard.record, Message | Alert):
            yield ("entry", of)


def _settled(case: Case, entry: Entry, message: Message) -> bool:
    """Report whether every member addressed has answered a message, of whose phrases none was read back.

    Years of urgent messages are asked so at a start; nothing is read for it.
    """
    authors = authors_of(case.picture.answers, entry.id)
    read_back = entry.id in case.picture.wording.read_backs
    return not read_back and all(one.member in authors for one in addressed(Spoken(entry, message)))


def derived(case: Case, me: MemberId, *, at: Instant) -> list[Due]:
    """Return everything open at `at` between `me` and others, from scratch: what `Deadlines.all` must say."""
    found = {due.key: due for key in keys(case, at=at) for due in of_key(case, key)}
    return sorted((due for due in found.values() if due.open(at=at) and me in (due.owes, due.to)), key=_order)


def live_dues(node: Node, at: Instant) -> list[Due]:
    """Return what the further sources say is owed now."""
    return [due for source in LIVE for due in source(node, at)]


def mine(dues: Sequence[Due], node: Node, positions: Iterable[str]) -> list[Due]:
    """Return what waits for these watch positions of this member: owed by it, and addressed to them or passed on.

    What is addressed to the duty position waits for everyone: an officer must not miss it for a name.
    """
    names, there = {*positions}, manned(node)
    return [d for d in dues if d.owes == node.me and (d.position not in there or waits_for(d, node, names))]


def manned(node: Node) -> set[str]:
    """Return the positions of this member at which somebody sits: by the watch bill, else by the officers' keys.

    What goes to another position, misspelt or left, waits for everybody: nobody else would see it.
    """
    found = {node.roster.signatory_of(node.me, s.public.ref()).position for s in node.keys.officers.values()}
    for member, position in node.picture.shifts.turns:
        turn = node.picture.shifts.current(member, position) if member == node.me else None
        if turn is not None:
            found = found | {position} if turn.staffed else found - {position}
    return found


def waits_for(due: Due, node: Node, names: set[str]) -> bool:
    """Report whether something owed by this member waits for one of these positions."""
    if not due.position or due.position in names:
        return True
    given = node.picture.hotline.escalations.get(due.of, {}).values()
    return any(record.reached.member == node.me and record.reached.position in names for _, record in given)


def _order(due: Due) -> tuple[Instant, str]:
    return due.due, due.key
