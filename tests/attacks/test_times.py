"""Entries dated back: claimed well before what they say that they had seen."""

from __future__ import annotations

import pytest

from clearline.channel.witnessing.witness import BACK_DATED_AFTER_MS, judge
from clearline.errors import Refused
from clearline.records.header import Known
from clearline.testing.attack import alarms_of, evidence_said, forger, hello
from clearline.testing.pair import FIVE, Forger, Side
from clearline.volumes.instant import Instant


def seen_of(side: Side, name: str, log: str) -> dict[str, Known]:
    held = side.nodes[name].logs[log]
    return {log: Known(held.size, held.root_at(held.size))}


def dated(side: Side, by_ms: int) -> Forger:
    """Return TR's log with an entry that claims to be `by_ms` older than IL's message, which it says it had seen."""
    side.desk("IL").message(hello(), to=["TR"])
    side.push("IL", "TR")
    liar = Forger(side, "TR")
    changes = {"claimed": Instant(side.at - by_ms), "expires": side.at}
    liar.say(hello(7), audience=side.roster.members, seen=seen_of(side, "IL", "IL/main"), changes=changes)
    return liar


def test_back_dated_entry_older_than_its_seen() -> None:
    """TR claims to have spoken before it heard what it answers: an alarm with both entries, told to all members."""
    side = Side(FIVE)
    side.later(86_400_000)
    side.give("IL", dated(side, 3_600_000).push())
    assert alarms_of(side, "IL") == ["back-dated"]
    kept = side.stores["IL"].evidence()[0]
    assert kept.first.startswith(b"clearline/statement/v1\n") and kept.second.startswith(b"clearline/statement/v1\n")
    assert "TR claims 2025-04-19T17:13:20Z" in kept.text
    for name in ("SY", "AZ", "UN"):
        side.push("IL", name)
        assert alarms_of(side, name) == ["back-dated"], "each proves it from the two notes alone"
        assert [e.slug for _, e in evidence_said(side, name)] == ["back-dated"]
    assert side.nodes["IL"].logs["TR/main"].size == 1, "it is kept: what was said is never hidden"


@pytest.mark.parametrize(("by_ms", "alarms"), [(BACK_DATED_AFTER_MS, []), (BACK_DATED_AFTER_MS + 1, ["back-dated"])])
def test_two_honest_clocks_may_differ(by_ms: int, alarms: list[str]) -> None:
    """Up to the stated tolerance the difference is that of two clocks; one millisecond past it is said aloud."""
    side = Side(FIVE)
    side.later(86_400_000)
    side.give("IL", dated(side, by_ms).push())
    assert alarms_of(side, "IL") == alarms


def test_it_is_found_where_the_entry_seen_is_no_longer_in_memory() -> None:
    """After a restart the claimed time of what was seen is read from the store."""
    side = Side(FIVE)
    side.later(86_400_000)
    liar = dated(side, 3_600_000)
    side.restart("IL")
    side.give("IL", liar.push())
    assert alarms_of(side, "IL") == ["back-dated"]


def test_proof_of_one_entry_does_not_fit_another() -> None:
    """Who swaps the entry in the evidence, or its place, proves nothing."""
    side = Side(FIVE)
    side.later(86_400_000)
    side.give("IL", dated(side, 3_600_000).push())
    (_, evidence), *_ = evidence_said(side, "IL")
    other = forger(side, "IL", 1).notes[0].decode()
    for second, proof in ((other, evidence.proof), (evidence.first, evidence.proof), (evidence.second, (b"\0" * 32,))):
        with pytest.raises(Refused, match="proves nothing"):
            judge(side.roster, type(evidence)(evidence.slug, evidence.first, second, proof))
