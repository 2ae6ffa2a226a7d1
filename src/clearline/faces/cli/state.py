"""`clearline state`: whether a node may sign, and what officers do where it has lost state or finds no peer.

Exit 0: done. 1: shown, and the node may not sign. 2: refused. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, tell


@click.group(
    cls=InOrder,
    order=("show", "restored", "alone"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Show whether the node may sign; after a loss of state say that it is restored; start without peers.

    Exit status: 0 done; 1 shown, and the node may not sign; 2 refused; 3 the node cannot be reached.
    """


@command.command()
@at_a_node
def show(url: str, token_file: Path | None, as_json: bool) -> None:
    """Show whether the node signs, what it lacks, whom it asks, and how far the members' clocks differ."""
    with ending("clearline state show"):
        found = line_to(url, token_file, as_json).get("state")
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            tell(_lines(found))
    if not found["may_sign"]:
        sys.exit(NEEDS_AN_EYE)


@command.command()
@click.option("--reason", default="", metavar="TEXT", help="What was done: a new disk, a refill from TR.")
@at_a_node
def restored(reason: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Say that the node holds again what it had lost. It takes a second officer; then the node signs again."""
    with ending("clearline state restored"):
        said = line_to(url, token_file, as_json).post("state", "restored", body={"reason": reason})
        if as_json:
            click.echo(json.dumps(said, ensure_ascii=False))
        elif said.get("state") == "waiting":
            tell([f"WAITS FOR A SECOND OFFICER  draft {said['id']}: {said['lacking']}"])
        else:
            tell([f"RESTORED  {said['entry']['log']} {said['entry']['index']}: this node signs again."])


@command.command()
@at_a_node
def alone(url: str, token_file: Path | None, as_json: bool) -> None:
    """Sign although no peer could be asked after the start. A restored backup that starts alone forks its log."""
    with ending("clearline state alone"):
        found = line_to(url, token_file, as_json).post("state", "alone", body={})
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            tell(_lines(found))


def _verified(done: dict[str, object]) -> str:
    """Return in words how far the node has verified its own record again since it started."""
    if done["fault"]:
        return f"RECORD DAMAGED: {done['fault']}"
    how_far = f"{done['entries']:,} of {done['of']:,} entries"
    if done["finished"]:
        return f"record verified again: {how_far}, every signature, root and body, at {done['finished']}"
    return f"record being verified again: {how_far} so far, as of {done['at']}"


def _lines(found: dict[str, object]) -> list[str]:
    """Return the state in words, one fact a line."""
    lines = ["SIGNS" if found["may_sign"] else "SIGNS NOTHING"]
    if found["read_only"]:
        lines.append(f"read-only: {found['read_only']}")
    for one in found["lacking"]:  # type: ignore[attr-defined]
        lines.append(f"lacks {one['log']}: holds {one['held']} of {one['needed']}")
    if found["asking"]:
        lines.append("asks " + ", ".join(found["asking"]) + " how far the own logs are")  # type: ignore[arg-type]
    for one in found["clocks"]:  # type: ignore[attr-defined]
        mark = "  DIFFERS" if one["differs"] else ""
        lines.append(f"clock of {one['member']}: {one['offset_ms']:+d} ms (±{one['bound_ms']} ms){mark}")
    if (done := found["verified"]) is not None:
        lines.append(_verified(done))  # type: ignore[arg-type]
    for one in found["findings"]:  # type: ignore[attr-defined]
        lines.append(f"alarm {one['type']} about {one['about']}: found {one['count']} times")
    return lines
