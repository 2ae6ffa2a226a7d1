"""Run simulated members by seed: `python -m clearline.testing SEED`, or `--many FIRST COUNT`.

One seed prints its whole trace; many print a line for each that breaks a promise.
"""

from __future__ import annotations

import sys
import time

import click

from clearline.testing.scenario import run
from clearline.testing.simulator import Violation


@click.command()
@click.argument("seed", required=False)
@click.option("--many", nargs=2, type=int, metavar="FIRST COUNT", help="Run COUNT seeds from FIRST on.")
def main(seed: str | None, many: tuple[int, int] | None) -> None:
    """Reproduce the run of a SEED, or look for seeds that break a promise."""
    if many is not None:
        sys.exit(1 if _many(*many) else 0)
    if seed is None:
        raise click.UsageError("give a SEED, or --many FIRST COUNT")
    try:
        simulation, officers = run(int(seed) if seed.lstrip("-").isdecimal() else seed)
    except Violation as violation:
        click.echo(str(violation))
        sys.exit(1)
    for at_ms, who, what in simulation.trace:
        click.echo(f"{at_ms / 1000:10.3f} s  {who:<3} {what}")
    click.echo(f"seed {seed}: {len(officers.told)} acts answered with success, every promise held")


def _many(first: int, count: int) -> int:
    begun, broken = time.monotonic(), 0
    for number in range(first, first + count):
        try:
            run(number)
        except Violation as violation:
            broken += 1
            click.echo(f"seed {number}: {str(violation).splitlines()[0]}")
        if sys.stderr.isatty():
            click.echo(f"\r{number - first + 1} of {count} seeds", nl=False, err=True)
    click.echo(f"{count} seeds from {first} in {time.monotonic() - begun:.0f} s: {broken} broken")
    return broken


if __name__ == "__main__":
    main()
