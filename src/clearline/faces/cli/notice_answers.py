"""`clearline notice seen`, `passed-on`, `position` and `read-back`: what is answered to another member's notice."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from clearline.errors import Conflicting, Malformed, Said
from clearline.faces.cli.notice_given import capitals, clock_now, one_notice
from clearline.faces.cli.officer import NEEDS_AN_EYE, Line, at_a_node, ending, line_to, read_input, tell

STANCES = ("no_objection", "objection", "proposal", "cannot_comply", "no_position")


def _revision(command_: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--revision", type=int, metavar="N", help="Answer this revision alone; refused where another one stands."
    )(command_)


@click.command()
@click.argument("party", callback=capitals)
@click.argument("reference")
@_revision
@at_a_node
def seen(party: str, reference: str, revision: int | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Say that this watch position has seen the notice. That is not consent."""
    with ending("clearline notice seen"):
        line = line_to(url, token_file, as_json)
        one = _standing(line, party, reference, revision)
        _answer(line, one, {"step": "seen", "of": _id(one)}, "SEEN")


@click.command("passed-on")
@click.argument("party", callback=capitals)
@click.argument("reference")
@click.option("--level", required=True, metavar="TEXT", help='To whom, such as "wing operations".')
@_revision
@at_a_node
def passed_on(
    party: str, reference: str, level: str, revision: int | None, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Say to which level the notice has been passed on."""
    with ending("clearline notice passed-on"):
        line = line_to(url, token_file, as_json)
        one = _standing(line, party, reference, revision)
        _answer(line, one, {"step": "passed_on", "level": level, "of": _id(one)}, "PASSED ON")


@click.command()
@click.argument("party", callback=capitals)
@click.argument("reference")
@click.argument("stance", metavar="STANCE", type=click.Choice(STANCES))
@click.option("--reason", default="", metavar="TEXT", help="Required with an objection.")
@click.option("--proposal", metavar="FILE", help="Notice file with the changed volumes, with the stance proposal.")
@_revision
@at_a_node
def position(
    party: str,
    reference: str,
    stance: str,
    reason: str,
    proposal: str | None,
    revision: int | None,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Take a position on another member's notice; it can be taken once the notice has been seen.

    STANCE is no_objection, objection, proposal, cannot_comply or no_position.
    """
    with ending("clearline notice position"):
        if (stance == "proposal") != (proposal is not None):
            raise Malformed(
                where="--proposal", found=proposal, expected="a file with the stance proposal, and only then"
            )
        line = line_to(url, token_file, as_json)
        one = _standing(line, party, reference, revision)
        body: dict[str, Any] = {"step": "position", "of": _id(one), "stance": stance, "reason": reason}
        if proposal is not None:
            raw = read_input(proposal)
            one_notice(raw, proposal)
            body["proposal"] = json.loads(raw)
        _answer(line, one, body, f"POSITION {stance.replace('_', ' ')}")


@click.command("read-back")
@click.argument("party", callback=capitals)
@click.argument("reference")
@click.option("--file", "file", metavar="FILE", help="JSON with activity, nature and volumes, in place of dictation.")
@_revision
@at_a_node
def read_back(
    party: str,
    reference: str,
    file: str | None,
    revision: int | None,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Read a notice back as it was understood; a machine compares it with what was filed, side by side.

    Without --file each value is asked for, as it is dictated over the telephone. FILE holds {"activity", "nature",
    "volumes": [{"position": [lon, lat], "lower", "upper", "start", "end"}]}.
    """
    from clearline.faces.cli import notice_dictated

    with ending("clearline notice read-back"):
        line = line_to(url, token_file, as_json)
        one = _standing(line, party, reference, revision)
        body = notice_dictated.read_back(one, file, now=clock_now())
        if file is None and not notice_dictated.confirmed("SEND", "this read-back"):
            raise Malformed(where="confirmation", found=Said("no SEND"), expected="the word SEND; nothing was sent")
        _answer(line, one, {"step": "read_back", "of": _id(one), **body}, "READ BACK")


def _answer(line: Line, one: dict[str, Any], body: dict[str, Any], what: str) -> NoReturn:
    from clearline.faces.cli import officer_words as say

    doubts = line.doubts()
    answer = line.post("notices", one["party"], one["notice"], "acknowledgements", body=body)
    differs = answer["matches"] is False
    if line.as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        sys.exit(NEEDS_AN_EYE if differs else 0)
    revision = f"revision {one['revision']} of {one['party']} {one['notice']}"
    tell([f"{what}  {revision}: {say.place_of(answer['entry'])}"])
    if answer["matches"]:
        tell(["The read-back matches what was filed."])
    for difference in answer["differences"] or ():
        spot = f"volume {difference['volume']} " if difference["volume"] >= 0 else ""
        tell([f"≠ {spot}{difference['what']}: read {difference['read']}, filed {difference['filed']}"])
    if differs:
        tell(["The read-back DIFFERS: the step is not reached, and both sides see it. Ask again, and read back anew."])
    if one["state"] in say.ENDED:
        tell([f"▲ {one['party']} {one['notice']}: {say.STATES[one['state']]}. It was so before this was said."])
    tell([*doubts, say.as_of(answer), answer["silence"]])
    sys.exit(NEEDS_AN_EYE if differs else 0)


def _standing(line: Line, party: str, reference: str, revision: int | None) -> dict[str, Any]:
    """Return the notice as it stands at the node, where it is the revision that was asked for."""
    one: dict[str, Any] = line.get("notices", party, reference)["notice"]
    if revision is not None and one["revision"] != revision:
        raise Conflicting(f"{party} {reference} stands in revision {one['revision']}, not {revision}: read it first")
    return one


def _id(one: dict[str, Any]) -> str:
    return str(one["said"]["entry"]["id"])
