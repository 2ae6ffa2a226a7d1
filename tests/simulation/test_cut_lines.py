"""A line that is cut: who carries, what both sides are told within the agreed minutes, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from clearline.channel.line.peers import DIRECT, LATE_AFTER_BEATS
from clearline.channel.line.sealed import seal_push
from clearline.channel.push import Answer, Push
from clearline.errors import ClearlineError, Unavailable
from clearline.gateways.peer import wire
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Side

IL, TR, AZ, UN = (MemberId(name) for name in ("IL", "TR", "AZ", "UN"))


@dataclass(slots=True)
class Cut:
    """A side whose nodes choose their ways as `gateways.peer.lines` does, over lines that can be cut."""

    side: Side
    cut: set[frozenset[str]] = field(default_factory=set)
    spoil: Callable[[str, Push], Push] = field(default=lambda _bearer, push: push)
    spoil_answer: Callable[[str, Answer], Answer] = field(default=lambda _bearer, answer: answer)
    carried: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for node in self.side.nodes.values():
            node.reachable = frozenset(node.peers)

    def turn(self) -> None:
        """Let every lane that is due try its ways once."""
        for name, node in self.side.nodes.items():
            self.side.keep(name)
            for peer, log in node.due(at=self.side.at):
                for bearer in node.ways_due(peer, log, at=self.side.at):
                    self._push(name, peer, log, bearer)

    def later(self, seconds: int, *, step_s: int = 5) -> None:
        for _ in range(seconds // step_s):
            self.side.later(step_s * 1000)
            self.turn()

    def _push(self, name: str, peer: MemberId, log: str, bearer: MemberId | None) -> None:
        side, node = self.side, self.side.nodes[name]
        push = node.next_push(peer, log)
        try:
            if bearer is None:
                answer = self._over(name, peer, push, carrier=name)
            else:
                sealed = seal_push(push, to=peer, key=node.roster.sealing_key(peer))
                self._check(name, bearer)
                self.carried.append((name, bearer, peer))
                answer = self.spoil_answer(bearer, self._over(bearer, peer, self.spoil(bearer, sealed), carrier=bearer))
            node.take_answer(peer, log, push, answer, at=side.at, bearer=bearer)
        except Unavailable as fault:
            node.push_failed(peer, fault.message, at=side.at, random=side.random, log=log, bearer=bearer)
        except ClearlineError as fault:
            node.push_refused(peer, fault.message, at=side.at, random=side.random, log=log, bearer=bearer)
        side.keep(name)

    def _check(self, one: str, other: str) -> None:
        if frozenset((one, other)) in self.cut:
            raise Unavailable(f"{other} cannot be reached: cut")

    def _over(self, source: str, target: str, push: Push, *, carrier: str) -> Answer:
        self._check(source, target)
        return self.side.give(target, wire.decode_push(wire.encode_push(push)), carrier=carrier)


def say(cut: Cut, name: str, *to: MemberId) -> int:
    """Send a message and return its index."""
    said = cut.side.desk(name).message(Message(Precedence.ROUTINE, "en", "word"), to=to)
    cut.side.keep(name)
    return said.entry.place.index


def delivered(cut: Cut, name: str, peer: str) -> int:
    node = cut.side.nodes[name]
    return node.own("main").cosigned(f"clearline/{node.roster.channel}/{peer}/delivery")


def test_the_host_carries_and_gives_the_line_back() -> None:
    """Within seconds of the cut, both ways, and with the recipient's own cosignature."""
    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut.add(frozenset(("IL", "TR")))
    index = say(cut, "TR", IL)
    cut.later(60)
    assert delivered(cut, "TR", "IL") > index
    assert {bearer for _, bearer, _ in cut.carried} == {"AZ"}, "a host is asked first"
    line = cut.side.nodes["TR"].peers[IL]
    assert (line.bearer, line.state(at=cut.side.at, heartbeat_ms=60_000)) == (AZ, "up")
    cut.cut.clear()
    cut.later(60)
    assert line.bearer is DIRECT and not line.fault


def test_another_member_carries_where_the_host_cannot() -> None:
    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut |= {frozenset(("IL", "TR")), frozenset(("AZ", "IL"))}
    index = say(cut, "TR", IL)
    cut.later(60)
    assert delivered(cut, "TR", "IL") > index
    assert {bearer for source, bearer, _ in cut.carried if source == "TR"} - {"AZ"}


def test_a_member_cut_off_is_late_on_both_sides_within_the_agreed_time() -> None:
    """Whoever is cut off from all says so, and all say so of it; nothing is lost when it comes back."""
    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut |= {frozenset(("IL", other)) for other in ("AZ", "SY", "TR", "UN")}
    index = say(cut, "TR", IL)
    cut.later(int(60 * LATE_AFTER_BEATS) + 20)
    for name, peer in (("TR", IL), ("IL", TR)):
        line = cut.side.nodes[name].peers[peer]
        assert line.state(at=cut.side.at, heartbeat_ms=60_000) == "late", (name, line)
        assert "cannot be reached" in line.fault
    assert delivered(cut, "TR", "IL") <= index
    cut.cut.clear()
    cut.later(90)
    assert delivered(cut, "TR", "IL") > index
    assert cut.side.nodes["TR"].peers[IL].state(at=cut.side.at, heartbeat_ms=60_000) == "up"


def test_a_carrier_that_plays_back_old_answers_cannot_make_a_line_look_well() -> None:
    """Silence stays visible: only a newer cosignature of the member's own is a sign of life."""
    kept: dict[str, Answer] = {}

    def spoil_answer(bearer: str, answer: Answer) -> Answer:
        return kept.setdefault(bearer, answer)

    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut.add(frozenset(("IL", "TR")))
    cut.later(60)
    cut.spoil_answer = spoil_answer
    cut.later(600)
    line = cut.side.nodes["TR"].peers[IL]
    assert line.state(at=cut.side.at, heartbeat_ms=60_000) == "late"


def test_a_carrier_that_claims_delivery_is_not_believed() -> None:
    """An answer without the recipient's cosignature moves nothing, and the next bearer is asked."""
    from dataclasses import replace

    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut.add(frozenset(("IL", "TR")))
    cut.spoil_answer = lambda bearer, answer: replace(answer, cosignatures=()) if bearer == "AZ" else answer
    index = say(cut, "TR", IL)
    cut.later(120)
    assert delivered(cut, "TR", "IL") > index
    assert {bearer for source, bearer, _ in cut.carried if source == "TR"} > {"AZ"}


@pytest.mark.parametrize("what", ["mixed", "dropped"])
def test_entries_that_a_carrier_mixes_or_drops_accuse_nobody(what: str) -> None:
    """Refused by name, nothing kept, no alarm against the author, and the honest entries come by another way."""
    from dataclasses import replace

    def spoil(bearer: str, push: Push) -> Push:
        if bearer != "AZ" or len(push.entries) < 2:
            return push
        if what == "mixed":
            return replace(push, entries=tuple(reversed(push.entries)), sealed=())
        return replace(push, entries=(push.entries[0], *push.entries[:-1]), sealed=())

    cut = Cut(Side(FIVE))
    cut.later(10)
    cut.cut.add(frozenset(("IL", "TR")))
    cut.spoil = spoil
    for _ in range(3):
        index = say(cut, "TR", IL)
    cut.later(120)
    assert delivered(cut, "TR", "IL") > index
    assert not cut.side.nodes["IL"].alarms and not cut.side.nodes["TR"].alarms


def test_mixed_entries_are_refused_by_name() -> None:
    """The same push, brought by whoever is not the author, proves nothing; by the author's own line it is an alarm."""
    from dataclasses import replace

    from clearline.channel.alarms import BrokenHistory, UnprovenHistory

    side = Side()
    for _ in range(2):
        side.desk("TR").message(Message(Precedence.ROUTINE, "en", "word"), to=[IL])
    side.keep("TR")
    side.nodes["TR"].peers[IL].acked["main"] = 0
    push = side.nodes["TR"].next_push(IL, "main")
    mixed = replace(push, entries=tuple(reversed(push.entries)), bodies=())
    for carrier in (None, "AZ"):
        with pytest.raises(UnprovenHistory, match="nothing was taken"):
            side.give("IL", mixed, carrier=carrier)
    assert not side.nodes["IL"].alarms and side.nodes["IL"].logs["TR/main"].size == 0
    with pytest.raises(BrokenHistory):
        side.give("IL", mixed, carrier="TR")
    assert len(side.nodes["IL"].alarms) == 1


def test_a_body_that_opens_differently_for_two_members_is_refused_where_it_does_not_match() -> None:
    """The author seals one text to IL and another to UN: the commitment fits one of them alone."""
    from clearline.channel.push import CarriedBody
    from clearline.testing.pair import Forger

    side = Side(FIVE)
    forger = Forger(side, "TR")
    forger.say(Message(Precedence.ROUTINE, "en", "to IL"), audience=("IL", "TR", "UN"))
    honest = forger.push()
    salt = honest.bodies[0].salt
    other = CarriedBody(0, 0, salt, honest.bodies[0].body.replace(b"to IL", b"to UN"))
    from dataclasses import replace

    roster = side.roster
    for member, push in ((IL, honest), (UN, replace(honest, bodies=(other,)))):
        side.give(member, seal_push(push, to=member, key=roster.sealing_key(member)), carrier="AZ")
    assert side.nodes["IL"].logs["TR/main"].delivered == 1 and not side.nodes["IL"].picture.refused
    un = side.nodes["UN"]
    assert un.logs["TR/main"].delivered == 0 and not un.picture.messages
    (given,) = un.picture.refused.values()
    ((_, refusal),) = given.values()
    assert refusal.lacking and refusal.reason == "does not match its commitment (carried by AZ)"
