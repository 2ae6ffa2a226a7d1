"""`clearline shift`: who holds a watch position; the handover with its list of open items.

Exit 0: done. 1: a handover is overdue. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Refused
from clearline.faces.cli.acts import GROUP, said, when, whole_id
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, Line, at_a_node, ending, line_to, tell


@click.group(cls=InOrder, order=("show", "begin", "hand-over", "accept", "end"), context_settings=GROUP)
def command() -> None:
    """Begin a watch, hand it over with what is open, take it over, leave it, show it.

    Exit status: 0 done; 1 a handover is overdue; 2 refused or bad input; 3 the node cannot be reached.
    """


@command.command()
@at_a_node
def show(url: str, token_file: Path | None, as_json: bool) -> None:
    """Show every watch position, handovers that wait, and what is open here."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline shift show"):
        answer = line_to(url, token_file, as_json).get("shifts")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            now = officer_words.now_of(answer)
            for one in answer["positions"]:
                tell(line_words.position(one, now=now))
            for waits in answer["handovers"]:
                tell(
                    [
                        f"▶ {waits['position']}: officer {waits['outgoing']} hands over to {waits['incoming']}; "
                        f"clearline shift accept {waits['draft'][:16]}"
                    ]
                )
            tell(["", f"OPEN HERE ({len(answer['open'])})"])
            tell([line_words.item(one, now=now) for one in answer["open"]])
            tell([officer_words.as_of(answer)])
        if any(one["overdue"] for one in answer["positions"]):
            raise SystemExit(NEEDS_AN_EYE)


@command.command()
@click.argument("position")
@click.option("--until", metavar="TIME", help="The planned end, such as 2000Z.")
@at_a_node
def begin(position: str, until: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Begin the watch of POSITION."""
    with ending("clearline shift begin"):
        line = line_to(url, token_file, as_json)
        answer = line.post("shifts", body=_body(line, "begin", position, until))
        said(answer, f"WATCH BEGUN at {position}", as_json=as_json)


@command.command("hand-over")
@click.argument("position")
@click.option("--to", "incoming", required=True, metavar="OFFICER", help="Who takes over.")
@click.option("--until", metavar="TIME", help="The planned end of the new watch.")
@click.option("--remarks", default="", metavar="TEXT", help="What goes with it in words.")
@at_a_node
def hand_over(
    position: str,
    incoming: str,
    until: str | None,
    remarks: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Hand the watch of POSITION over with a generated list of open items; the incoming officer signs the same."""
    with ending("clearline shift hand-over"):
        line = line_to(url, token_file, as_json)
        body = {**_body(line, "hand_over", position, until), "incoming": incoming, "remarks": remarks}
        answer = line.post("shifts", body=body)
        said(answer, f"HANDOVER of {position} to officer {incoming}", as_json=as_json)


@command.command()
@click.argument("handover", required=False)
@at_a_node
def accept(handover: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Take a watch over: the one that waits for this officer, or HANDOVER (its id or the head of it)."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline shift accept"):
        line = line_to(url, token_file, as_json)
        answer = line.get("shifts")
        waits = _waiting(answer, handover)
        if not as_json:
            now = officer_words.now_of(answer)
            tell([f"{waits['position']}: {len(waits['open'])} open items come with it"])
            tell([line_words.item(one, now=now) for one in waits["open"]])
        done = line.post("shifts", waits["draft"], "acceptance", body={})
        said(done, f"WATCH TAKEN OVER at {waits['position']}", as_json=as_json)


@command.command()
@click.argument("position")
@click.option("--remarks", default="", metavar="TEXT", help="Why.")
@at_a_node
def end(position: str, remarks: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Leave POSITION unstaffed; every member sees that it is."""
    with ending("clearline shift end"):
        line = line_to(url, token_file, as_json)
        answer = line.post("shifts", body={"turn": "end", "position": position, "remarks": remarks})
        said(answer, f"WATCH ENDED at {position}: it is unstaffed", as_json=as_json)


def _body(line: Line, turn: str, position: str, until: str | None) -> dict[str, Any]:
    from clearline.faces.cli import officer_words

    body: dict[str, Any] = {"turn": turn, "position": position}
    if until:
        body["until"] = when(until, now=officer_words.now_of(line.get("health")), where="--until")
    return body


def _waiting(answer: dict[str, Any], handover: str | None) -> dict[str, Any]:
    found = {one["draft"]: one for one in answer["handovers"]}
    if handover is not None:
        one: dict[str, Any] = found[whole_id(handover, found, what="handover")]
        return one
    mine = [one for one in found.values() if one["incoming"] == answer["officer"]]
    if len(mine) != 1:
        raise Refused(f"{len(mine)} handovers wait for officer {answer['officer']}; clearline shift show names them")
    return dict(mine[0])
