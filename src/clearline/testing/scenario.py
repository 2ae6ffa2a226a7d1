"""One simulated run from a seed to its judgement."""

from __future__ import annotations

from clearline.testing.checks import Checks
from clearline.testing.officers import Officers
from clearline.testing.simulator import Faults, Simulation, Violation

TROUBLE_MS = 300_000
"""How long faults last: several heartbeats, a long absence, and the longest backoff many times over."""

REST_MS = 90_000
"""How long honest members get to converge after healing: the longest backoff, the longest heartbeat, and talk."""

LAST_WORD_MS = 30_000

ACTS = 26


def run(
    seed: int | str,
    *,
    members: int = 0,
    acts: int = ACTS,
    faults: Faults | None = None,
    lies: tuple[str, ...] | None = None,
) -> tuple[Simulation, Officers]:
    """Run a seed: trouble, healing, rest; judge it all along.

    Raises:
        Violation: A promise was broken; the message holds the seed and the trace.
    """
    simulation = Simulation(seed, members=members, faults=faults, lies=lies)
    officers = Officers(simulation)
    checks = Checks(simulation, officers)
    officers.plan(acts, TROUBLE_MS)
    simulation.plan_faults(TROUBLE_MS)
    simulation.run_until(TROUBLE_MS // 2)
    checks.at_any_time()
    simulation.run_until(TROUBLE_MS)
    simulation.heal()
    for machine in simulation.honest():
        # What everybody says at last names what it holds of every log: a fork that still stands is found by it.
        simulation.after(LAST_WORD_MS, lambda machine=machine: officers.act(machine, "send a message"))  # type: ignore[misc]
    simulation.run_until(TROUBLE_MS + REST_MS)
    while any(machine.turning for machine in simulation.honest()):
        simulation.run_until(simulation.at + 1)
    checks.at_rest()
    return simulation, officers


def verdict(seed: int) -> tuple[str, int]:
    """Return the violation of a seed, empty for none, and how many acts were answered with success.

    It stands here so that a process of a pool finds it whichever way the tests were started.
    """
    try:
        _, officers = run(seed)
    except Violation as violation:
        return str(violation), 0
    return "", len(officers.told)
