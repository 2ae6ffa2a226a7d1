"""What honest nodes keep is proven, whatever befell them: loss, partition, crash at any write, restart."""

from __future__ import annotations

import pytest

from clearline.channel.proof.proving import prove
from clearline.testing.kept import KeptRecord
from clearline.testing.scenario import run


@pytest.mark.parametrize("seed", range(8))
def test_every_record_of_a_simulated_channel_is_proven(seed: int) -> None:
    """No fault is found where nobody cheated, and every entry that is held is proven."""
    simulation, _ = run(seed)
    for member, machine in simulation.machines.items():
        report = prove(simulation.founded.roster, KeptRecord.of(machine.store, member))
        assert report.fault is None, (seed, member)
        assert all(log.proven == log.entries for log in report.logs)
