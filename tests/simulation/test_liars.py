"""One member lies: whatever it does, it is found out, honest members are not accused, and nothing they hold is lost."""

from __future__ import annotations

import pytest

from clearline.channel import reception
from clearline.channel.node import Node
from clearline.channel.ports import PutEntry, PutEvidence
from clearline.channel.witnessing import witness
from clearline.picture.entry import Entry
from clearline.testing import checks_lies, scenario
from clearline.testing.checks import Checks
from clearline.testing.liar import LIES
from clearline.testing.officers import Officers
from clearline.testing.simulator import Faults, Simulation, Violation
from clearline.volumes.instant import Instant

CALM = Faults()


def judged(
    seed: str, lies: tuple[str, ...], *, members: int, faults: Faults = CALM, acts: int = 20
) -> tuple[Simulation, list[str]]:
    """Run a seed with these lies; return the simulation and the slugs of what honest members hold as evidence."""
    simulation, _ = scenario.run(seed, members=members, faults=faults, lies=lies, acts=acts)
    return simulation, [alarm.slug for m in simulation.honest() if m.node is not None for alarm in m.node.alarms]


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("members", [2, 4])
def test_each_lie_alone(lie: str, members: int) -> None:
    """Two members and four: all promises hold among the honest; a fork and a false date leave evidence."""
    _, slugs = judged(f"lie {lie}", (lie,), members=members)
    if lie == "fork" and members > 2:
        assert {"split-view", "broken-history"} & {*slugs}, slugs
    if lie == "back-date":
        assert {*slugs} == {"back-dated"}
    if lie in ("replay", "withhold", "equivocate"):
        assert not slugs, "refused or never delivered, and nobody is accused of what a bearer may have done"


def test_every_lie_at_once_in_a_storm() -> None:
    """All lies together, with everything that a network and disks can do besides."""
    bad = Faults(loss=0.1, doubled=0.1, slow=0.1, crash=0.04, disk_full=0.02, disk_lies=0.02, partitions=2, downs=1)
    _, slugs = judged("all lies 4", LIES, members=5, faults=bad, acts=30)
    assert slugs


def test_a_body_withheld_is_never_delivered() -> None:
    """Its victims hold the entries without their bodies, and no delivery cosignature of theirs covers one."""
    simulation, _ = judged("withheld", ("withhold",), members=3)
    assert simulation.liar is not None
    lacking = 0
    for name in simulation.liar.victims:
        node = simulation.machines[name].node
        assert node is not None
        for log in ("main", "safety"):
            held = node.logs[f"{simulation.liar.member}/{log}"]
            lacking += len(held.lacking)
            delivery = f"clearline/{node.roster.channel}/{name}/delivery"
            assert held.cosigned(delivery) <= held.delivered
    assert lacking, "nothing was withheld: this run proves nothing"


# Each check can fail


def test_the_checks_find_a_fork_that_nobody_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes that do not compare what others say that they saw are found out by the first message past the fork."""
    monkeypatch.setattr(reception, "compare_seen", lambda *_: [])
    monkeypatch.setattr(witness, "compare_earlier", lambda *_: None)
    with pytest.raises(Violation, match="has no evidence about"):
        judged("unnoticed 8", ("fork",), members=5)


def test_the_checks_find_evidence_that_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that keeps its evidence to itself leaves others without: that is found out at the end."""
    monkeypatch.setattr(witness, "tell", lambda *_, **__: None)
    with pytest.raises(Violation, match="has no evidence about"):
        judged("untold 4", ("fork",), members=5)


def test_the_checks_find_an_honest_member_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence against anybody but the liar is found out."""
    keep = Node.fold

    def fold(self: Node, entry: Entry, at: Instant) -> object:
        if len(self.alarms) == 0 and self.me == "IL" and entry.place.member == "TR":
            note = next(w.note for w in self.queued if isinstance(w, PutEntry))
            self.alarms.append(PutEvidence("split-view", at, "TR lied", note, note))
        return keep(self, entry, at)

    monkeypatch.setattr(Node, "fold", fold)
    with pytest.raises(Violation, match="honest members accused"):
        scenario.run("accused", members=3, faults=CALM, lies=())


def test_the_checks_find_words_that_no_officer_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that signs with its officer's key by itself is found out."""
    act = Officers.act

    def acting(self: Officers, machine: object, name: str) -> None:
        act(self, machine, name)  # type: ignore[arg-type]
        if self.said:
            self.said.discard(max(self.said))

    monkeypatch.setattr(Officers, "act", acting)
    with pytest.raises(Violation, match="which no officer said"):
        scenario.run("unsaid", members=3, faults=CALM, lies=())


def test_the_checks_find_a_second_history_of_an_honest_member() -> None:
    """A checkpoint by an honest key of a history that its own store does not hold is found out."""
    simulation, officers = scenario.run("second", members=3, faults=CALM, lies=())
    checks = checks_lies.LieChecks(simulation, officers)
    checks.no_honest_key_signed_what_was_not_said()
    victim, holder = simulation.machines["IL"], simulation.machines["TR"]  # type: ignore[index]
    victim.store._entries["IL/main"].pop()
    assert holder.node is not None and holder.node.logs["IL/main"].size
    with pytest.raises(Violation, match="signed a history of IL/main"):
        checks.no_honest_key_signed_what_was_not_said()


def test_the_checks_find_honest_members_that_differ() -> None:
    """Two honest members that hold another history of an honest log are found out after healing."""
    simulation, officers = scenario.run("differ", members=3, faults=CALM, lies=())
    checks = Checks(simulation, officers)
    checks.all_hold_the_same()
    node = simulation.machines["TR"].node  # type: ignore[index]
    assert node is not None
    node.logs["IL/main"].tree.append(b"\1" * 32)
    with pytest.raises(Violation, match="IL/main has"):
        checks.all_hold_the_same()
