"""An amendment reaches everybody who could read what it replaces, and whoever is shown it first sees it stand."""

from __future__ import annotations

from clearline.channel.acts.drafts import placed
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.records.area import Area, AreaSort
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.store.memory import MemoryStore
from clearline.testing.members import START, SeededRandomness, founded_channel, second_person
from clearline.testing.theatre import circle, draft

MEMBERS = (("AZ", Role.HOST), ("IL", Role.PARTY), ("TR", Role.PARTY))
AZ, IL, TR = (MemberId(name) for name, _ in MEMBERS)


def _channel() -> tuple[dict[MemberId, Node], SeededRandomness]:
    founded = founded_channel(MEMBERS, seed="audience")
    nodes = {m: Node.load(m, founded.roster, founded.keyrings[m], MemoryStore(), at=START) for m in founded.keyrings}
    return nodes, SeededRandomness("audience")


def _deliver(nodes: dict[MemberId, Node], random: SeededRandomness) -> None:
    nodes[TR].store.commit(nodes[TR].take_writes())
    for peer in (AZ, IL):
        for _ in range(2):
            push = nodes[TR].next_push(peer, "main")
            _, answer = nodes[peer].receive(push, at=START, random=random)
            nodes[TR].take_answer(peer, "main", push, answer, at=START)


def test_a_reader_is_never_left_with_what_no_longer_stands() -> None:
    """Naming fewer readers with an amendment takes nobody away who read the version before."""
    nodes, random = _channel()
    desk = Desk(nodes[TR], "1", START, random)
    desk.file(draft("TR", "TR-1"), audience=("AZ", "IL"))
    filed = desk.amend(draft("TR", "TR-1", circle(end_min=90)), audience=("IL",))
    assert filed.submitted.entry.header.audience == (AZ, IL, TR)
    _deliver(nodes, random)
    assert nodes[AZ].picture.notices["TR", "TR-1"].current.draft == filed.history.current.draft


def test_whoever_is_added_later_sees_the_version_that_stands() -> None:
    """A member outside the first audience takes the amendment for what it is, not for one of nothing."""
    nodes, random = _channel()
    desk = Desk(nodes[TR], "1", START, random)
    desk.file(draft("TR", "TR-1"), audience=("IL",))
    desk.amend(draft("TR", "TR-1", circle(end_min=90)), audience=("AZ",))
    desk.amend(draft("TR", "TR-1", circle(end_min=80)))
    _deliver(nodes, random)
    assert nodes[IL].picture.notices["TR", "TR-1"].revision == 3
    shown = nodes[AZ].picture.notices["TR", "TR-1"]
    assert [v.draft.volumes for v in shown.versions] == [(circle(end_min=90),), (circle(end_min=80),)]
    assert not nodes[AZ].picture.ineffective


def test_the_same_holds_for_areas() -> None:
    """A red line's new version reaches whoever read the old one, and whoever is shown it for the first time."""
    nodes, random = _channel()
    desk = Desk(nodes[TR], "1", START, random, second_person(nodes[TR].keys))
    first = placed(desk.state_area(_area(""), audience=("IL",)))
    desk.state_area(_area(first.entry.id), audience=("AZ",))
    _deliver(nodes, random)
    assert len(nodes[IL].picture.areas["TR", "RL-1"].versions) == 2
    assert len(nodes[AZ].picture.areas["TR", "RL-1"].versions) == 1


def _area(amends: str) -> Area:
    return Area(AreaSort.RED_LINE, "RL-1", "A line", "Not here.", (circle(),), (), amends)
