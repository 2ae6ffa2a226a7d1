"""Simulated officers: they do what officers do, now and then wrongly, and remember what they were told.

What they were told is judged by `clearline.testing.checks`, which knows nothing of how they chose.
"""

from __future__ import annotations

import random as random_numbers
from collections.abc import Callable
from dataclasses import dataclass, replace

from clearline.channel.acts.drafts import placed
from clearline.channel.desk import Desk, Filed
from clearline.channel.node import Node, Submitted
from clearline.channel.ports import PutEntry
from clearline.errors import ClearlineError, Refused
from clearline.picture.notices import NoticeHistory
from clearline.picture.read_back import expected_volume
from clearline.records.acknowledgement import PositionTaken, ReadBack, Seen, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import Deadlines, Terms
from clearline.records.area import Area, AreaSort
from clearline.records.genesis import Role
from clearline.records.header import LOGS
from clearline.records.message import Message, Precedence
from clearline.records.notice import NoticeDraft, Step
from clearline.testing.members import second_person
from clearline.testing.simulator import Machine, Simulation
from clearline.testing.theatre import PALMYRA, circle, draft
from clearline.volumes.instant import Instant
from clearline.volumes.volume import Volume

FILING = (Role.PARTY, Role.HUMANITARIAN)


@dataclass(frozen=True, slots=True)
class Told:
    """What an officer was told: that the entry stands."""

    member: str
    entry: str
    log: str
    index: int
    what: str


Act = Callable[[Desk, random_numbers.Random], Submitted | None]


class Officers:
    """The officers of all members. `told` holds every entry that was answered with success, in order."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.told: list[Told] = []
        self.said: set[str] = set()
        """Every entry that an officer has signed, answered or not."""
        self.refused = 0
        self._number = 0

    def plan(self, acts: int, end: int) -> None:
        """Spread `acts` acts over the time until `end`; some of them fall on one instant at several members."""
        numbers, machines = self.simulation.numbers, [m for _, m in sorted(self.simulation.machines.items())]
        filing = [m for m in machines if self._role(m) in FILING]
        for number in range(acts):
            at = numbers.randrange(end)
            if number % 8 == 0:
                for machine in filing:
                    self.simulation.after(at, lambda machine=machine: self.act(machine, "file"))  # type: ignore[misc]
            else:
                machine = numbers.choice(machines)
                self.simulation.after(at, lambda machine=machine: self.act(machine, ""))  # type: ignore[misc]

    def act(self, machine: Machine, name: str) -> None:
        """Let an officer of `machine` act; nobody sits at a machine that is down."""
        numbers = self.simulation.numbers
        if self.simulation.liar is not None and self.simulation.lies(machine.member):
            machine = numbers.choice(self.simulation.liar.faces())
        if machine.node is None:
            return
        wrong = not name and numbers.random() < 0.12
        chosen = name or numbers.choice(sorted(MISTAKES if wrong else ACTS))
        act = MISTAKES[chosen] if wrong else ACTS.get(chosen, _file)
        officer = numbers.choice("12")

        def step(node: Node, at: Instant) -> Submitted | None:
            desk = Desk(node, officer, at, machine.random, second_person(node.keys, officer))
            before = trace_of(node)
            by_nodes = {w.id for w in node.queued if isinstance(w, PutEntry)}
            try:
                done = act(desk, numbers)
            except Refused:
                if trace_of(node) != before:
                    raise self.simulation.fail(f"{machine.member} {chosen}: refused, but it left a trace") from None
                raise
            finally:
                own = (node.own(log).name for log in LOGS)
                names = {*own}
                self.said |= {w.id for w in node.queued if isinstance(w, PutEntry) and w.log in names} - by_nodes
            if wrong:
                raise self.simulation.fail(f"{machine.member} {chosen}: accepted, but it is wrong")
            if done is not None and done.entry.place in node.picture.ineffective:
                reason = node.picture.ineffective[done.entry.place][1]
                raise self.simulation.fail(f"{machine.member} {chosen}: answered with success, but {reason}")
            return done

        def reply(done: Submitted | None, error: Exception | None) -> None:
            if error is not None:
                self.refused += 1
                kind = getattr(error, "slug", "") if isinstance(error, ClearlineError) else repr(error)
                self.simulation.note(machine.name, f"{chosen}: {kind}")
            elif done is not None:
                place = done.entry.place
                self.told.append(Told(machine.member, done.entry.id, place.log, place.index, chosen))
                self.simulation.note(machine.name, f"{chosen}: {place.log} {place.index} {done.entry.id[:8]}")

        self.simulation.do(machine, step, reply)

    def _role(self, machine: Machine) -> Role:
        member = self.simulation.founded.roster.member(machine.member)
        return member.role if member is not None else Role.OBSERVER


def trace_of(node: Node) -> tuple[object, ...]:
    """Return what an act that was refused must leave as it was."""
    return (
        len(node.queued),
        tuple((name, held.size, held.root_at(held.size)) for name, held in sorted(node.logs.items())),
        len(node.picture.notices),
        len(node.picture.answers),
        len(node.picture.messages),
        len(node.picture.ineffective),
        node.watch.changes,
    )


def near_palmyra(numbers: random_numbers.Random) -> Volume:
    """Return a circle somewhere near Palmyra: near enough to the others that many overlap."""
    start = numbers.randrange(0, 480, 15)
    lower, upper = numbers.choice(
        (("SFC", "FL100"), ("FL150", "FL200"), ("1000 ft AMSL", "3000 ft AMSL"), ("SFC", "UNL"))
    )
    return circle(
        PALMYRA[0] + numbers.uniform(-0.6, 0.6),
        PALMYRA[1] + numbers.uniform(-0.5, 0.5),
        radius_m=numbers.choice((0, 500, 5_000, 12_000)),
        lower=lower,
        upper=upper,
        start_min=start,
        end_min=start + numbers.choice((0, 15, 60, 240)),
    )


def _draft(desk: Desk, numbers: random_numbers.Random, reference: str) -> NoticeDraft:
    volumes = [near_palmyra(numbers) for _ in range(numbers.choice((1, 1, 1, 2)))]
    activity = numbers.choice((Activity.AIR, Activity.GROUND, Activity.FIRES, Activity.UNCREWED, Activity.JAMMING))
    return draft(desk.node.me, reference, *volumes, activity=activity, nature=numbers.choice(tuple(Nature)))


def _some(desk: Desk, numbers: random_numbers.Random) -> list[str]:
    """Return some of the members, never nobody but oneself."""
    others = [m for m in desk.node.roster.members if m != desk.node.me]
    return sorted(numbers.sample(others, numbers.randint(1, len(others))))


def _own(desk: Desk, numbers: random_numbers.Random) -> NoticeHistory | None:
    own = [h for (party, _), h in sorted(desk.node.picture.notices.items()) if party == desk.node.me and not h.ended]
    return numbers.choice(own) if own else None


def _others(desk: Desk, numbers: random_numbers.Random) -> NoticeHistory | None:
    others = [h for (party, _), h in sorted(desk.node.picture.notices.items()) if party != desk.node.me]
    return numbers.choice(others) if others else None


def _file(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    # References of all members collide on purpose: they are unique per party alone.
    number = sum(1 for party, _ in desk.node.picture.notices if party == desk.node.me)
    audience = _some(desk, numbers) if numbers.random() < 0.3 else None
    filed: Filed = desk.file(_draft(desk, numbers, f"N-{number}"), audience=audience)
    return filed.submitted


def _amend(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    own = _own(desk, numbers)
    if own is None:
        return None
    proposals = [
        e.id
        for e, r in desk.node.picture.answers.get(own.current.entry.id, {}).values()
        if isinstance(r, PositionTaken) and r.stance is Stance.PROPOSAL
    ]
    accepts = numbers.choice(sorted(proposals)) if proposals else ""
    return desk.amend(_draft(desk, numbers, own.key[1]), accepts=accepts).submitted


def _step(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    own = _own(desk, numbers)
    if own is None:
        return None
    step = numbers.choice((Step.ACTIVATE, Step.ACTIVATE, Step.OVERRUN, Step.OVERRUN, Step.WITHDRAW, Step.COMPLETE))
    until = Instant(own.end + numbers.randint(1, 7_200_000)) if step is Step.OVERRUN else None
    return desk.step(own.key[1], step, reason="as ordered", until=until)


def _see(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    other = _others(desk, numbers)
    return desk.seen(*other.key) if other is not None else None


def _read_back(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    other = _others(desk, numbers)
    if other is None:
        return None
    filed = other.current.draft
    volumes = tuple(expected_volume(v) for v in filed.volumes)
    right = numbers.random() < 0.7
    if not right:
        volumes = (replace(volumes[0], end=Instant(volumes[0].end + 60_000)), *volumes[1:])
    read = ReadBack(other.current.entry.id, filed.activity, filed.nature, volumes)
    done, found = desk.read_back(*other.key, read)
    if right != (not found):
        raise AssertionError(f"a read-back that is {'right' if right else 'wrong'} was compared as {found}")
    return done


def _take_position(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    other = _others(desk, numbers)
    if other is None:
        return None
    if other.ended is not None:
        # Refused before anything is said: what follows would say "seen" first.
        return desk.take_position(*other.key, PositionTaken(other.current.entry.id, Stance.NO_POSITION, ""))
    of = other.current.entry.id
    given = desk.node.picture.answers.get(of, {}).values()
    if not any(e.header.author == desk.node.me and isinstance(r, Seen | ReadBack) for e, r in given):
        desk.seen(*other.key)
    stance = numbers.choice(tuple(Stance))
    proposal = tuple(near_palmyra(numbers) for _ in other.volumes) if stance is Stance.PROPOSAL else ()
    return desk.take_position(*other.key, PositionTaken(of, stance, "for our own forces", proposal))


def _pass_on(desk: Desk, numbers: random_numbers.Random) -> Submitted | None:
    other = _others(desk, numbers)
    return desk.passed_on(*other.key, "wing operations") if other is not None else None


def _message(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    about = numbers.choice(["", *sorted(desk.node.picture.places)])
    message = Message(numbers.choice(tuple(Precedence)), "en", f"to some, {numbers.random()}", about)
    return desk.message(message, to=_some(desk, numbers))


def _area(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    reference = f"A-{numbers.randint(0, 2)}"
    held = desk.node.picture.areas.get((desk.node.me, reference))
    area = Area(
        numbers.choice(tuple(AreaSort)),
        reference,
        "Area",
        "What we will not accept here.",
        (near_palmyra(numbers),),
        numbers.choice(((), (Activity.AIR,))),
        held.current.entry.id if held is not None and held.withdrawn is None else "",
    )
    return placed(desk.state_area(area))


def _withdraw_area(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return placed(desk.withdraw_area(f"A-{numbers.randint(0, 2)}", "no longer needed"))


def _propose(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    beat = numbers.choice((20, 60, 120))
    return placed(desk.propose(Terms(f"Terms {numbers.random()}", None, deadlines=Deadlines(heartbeat_s=beat))))


def _proposal(desk: Desk, numbers: random_numbers.Random, *, own: bool) -> str:
    held = desk.node.picture.agreements.proposals
    known = sorted(i for i, (e, _) in held.items() if (e.header.author == desk.node.me) == own)
    return numbers.choice(known) if known else "0" * 64


def _assent(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return placed(desk.assent(_proposal(desk, numbers, own=False)))


def _conclude(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return placed(desk.conclude(_proposal(desk, numbers, own=True)))


def _lapse(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return desk.lapse(_proposal(desk, numbers, own=True))


ACTS: dict[str, Act] = {
    "file": _file,
    "file again": _file,
    "amend": _amend,
    "step": _step,
    "see": _see,
    "read back": _read_back,
    "take a position": _take_position,
    "pass on": _pass_on,
    "send a message": _message,
    "state an area": _area,
    "withdraw an area": _withdraw_area,
    "propose": _propose,
    "assent": _assent,
    "assent too": _assent,
    "conclude": _conclude,
    "conclude at last": _conclude,
    "lapse": _lapse,
}


def _file_for_another(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    other = next(m for m in desk.node.roster.members if m != desk.node.me)
    return desk.file(replace(_draft(desk, numbers, "X"), party=other)).submitted


def _file_twice(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    own = _own(desk, numbers)
    return desk.file(_draft(desk, numbers, own.key[1] if own else "bad\n")).submitted


def _amend_nothing(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return desk.amend(_draft(desk, numbers, "never filed")).submitted


def _accept_nothing(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    own = _own(desk, numbers)
    return desk.amend(_draft(desk, numbers, own.key[1] if own else "never filed"), accepts="f" * 64).submitted


def _overrun_without_time(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    own = _own(desk, numbers)
    return desk.step(own.key[1] if own else "never filed", Step.OVERRUN)


def _file_for_strangers(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return desk.file(_draft(desk, numbers, "for strangers"), audience=["US"]).submitted


def _speak_with_controls(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return desk.message(Message(Precedence.FLASH, "en", "stop\x07"), to=_some(desk, numbers))


def _read_back_old(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    other = _others(desk, numbers)
    key = other.key if other is not None else ("TR", "never filed")
    back = expected_volume(near_palmyra(numbers))
    return desk.read_back(*key, ReadBack("e" * 64, Activity.AIR, Nature.PROTECTED, (back,)))[0]


def _without_a_key(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    return replace(desk, officer="3").message(Message(Precedence.ROUTINE, "en", "it is me"), to=_some(desk, numbers))


def _conclude_alone(desk: Desk, _: random_numbers.Random) -> Submitted:
    agreements = desk.node.picture.agreements
    for proposal in sorted(agreements.proposals):
        if not {*desk.node.roster.parties} <= {*agreements.assented(proposal)}:
            return placed(desk.conclude(proposal))
    return placed(desk.conclude("0" * 64))


def _amends_nothing(desk: Desk, numbers: random_numbers.Random) -> Submitted:
    area = Area(AreaSort.ZONE, "A-9", "Area", "Text", (near_palmyra(numbers),), (), "d" * 64)
    return placed(desk.state_area(area))


MISTAKES: dict[str, Act] = {
    "file for another party": _file_for_another,
    "file a reference in use": _file_twice,
    "amend what was never filed": _amend_nothing,
    "accept what was never proposed": _accept_nothing,
    "overrun without a time": _overrun_without_time,
    "file for strangers": _file_for_strangers,
    "speak with control characters": _speak_with_controls,
    "read back another version": _read_back_old,
    "act without a key": _without_a_key,
    "conclude without assent": _conclude_alone,
    "amend an area never stated": _amends_nothing,
}
