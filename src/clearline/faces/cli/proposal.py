"""`clearline proposal`: proposals on notices, and what the owner or the proposer says to them.

Exit 0: done. 1: done, and the amended notice meets something. 2: refused. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, Line, at_a_node, ending, line_to, read_input, tell


@click.group(
    cls=InOrder,
    order=("list", "accept", "decline", "counter", "lapse"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """List proposals on a notice; accept, counter or decline one, or let one's own lapse.

    Exit status: 0 done; 1 done, and the amended notice meets something; 2 refused; 3 the node cannot be reached.
    """


@command.command("list")
@click.argument("party")
@click.argument("notice")
@at_a_node
def list_(party: str, notice: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """List the proposals on a notice with what has become of each."""
    from clearline.faces import words
    from clearline.faces.cli import officer_words as say

    with ending("clearline proposal list"):
        line = line_to(url, token_file, as_json)
        answer = line.get("notices", party, notice, "proposals")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        now = say.now_of(answer)
        for one in answer["proposals"]:
            said = one["said"]
            sent = words.zulu_short(say.instant(said["claimed"]), now=now)
            tell([f"{one['outcome'].upper():<10} {said['member']} {sent}  {said['entry']['id'][:16]}  {one['reason']}"])
        tell([f"{len(answer['proposals'])} proposals. {say.as_of(answer)}", answer["silence"]])


@command.command()
@click.argument("party")
@click.argument("notice")
@click.argument("entry", required=False)
@at_a_node
def accept(party: str, notice: str, entry: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Accept a proposal on one's own notice: it is amended in this one act. ENTRY may be left out where one is open."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline proposal accept"):
        line = line_to(url, token_file, as_json)
        of = _meant(line, party, notice, entry)
        answer = json.loads(line.raw("POST", "notices", party, notice, "proposals", of, "accept"))
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            tell(say.filed(answer, "ACCEPTED AND AMENDED", line.doubts()))
    if answer["conflicts"]:
        sys.exit(NEEDS_AN_EYE)


@command.command()
@click.argument("party")
@click.argument("notice")
@click.argument("entry", required=False)
@click.option("--reason", default="")
@at_a_node
def decline(
    party: str, notice: str, entry: str | None, reason: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Decline a proposal on one's own notice."""
    _say(party, notice, entry, {"answer": "declined", "reason": reason}, url, token_file, as_json)


@command.command()
@click.argument("party")
@click.argument("notice")
@click.argument("entry", required=False)
@click.option("--file", "file", required=True, metavar="FILE|-", help="Notice file with the volumes proposed instead.")
@click.option("--reason", default="")
@at_a_node
def counter(
    party: str, notice: str, entry: str | None, file: str, reason: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Counter a proposal on one's own notice by other volumes."""
    from clearline.errors import Malformed, Said

    with ending("clearline proposal counter"):
        try:
            volumes = json.loads(read_input(file))
        except ValueError:
            raise Malformed(where=file, found=Said("something else"), expected="a notice file") from None
    _say(party, notice, entry, {"answer": "countered", "reason": reason, "proposal": volumes}, url, token_file, as_json)


@command.command()
@click.argument("party")
@click.argument("notice")
@click.argument("entry", required=False)
@click.option("--reason", default="")
@at_a_node
def lapse(
    party: str, notice: str, entry: str | None, reason: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Let a proposal of one's own lapse."""
    _say(party, notice, entry, {"answer": "lapsed", "reason": reason}, url, token_file, as_json)


def _say(
    party: str, notice: str, entry: str | None, body: object, url: str, token_file: Path | None, as_json: bool
) -> None:
    from clearline.faces.cli import officer_words as say

    with ending("clearline proposal"):
        line = line_to(url, token_file, as_json)
        of = _meant(line, party, notice, entry)
        answer = line.post("notices", party, notice, "proposals", of, "answers", body=body)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell([f"SAID  of {of[:16]}: {say.place_of(answer['entry'])}", say.as_of(answer)])


def _meant(line: Line, party: str, notice: str, entry: str | None) -> str:
    from clearline.errors import Malformed

    found = line.get("notices", party, notice, "proposals")["proposals"]
    ids = [
        one["said"]["entry"]["id"]
        for one in found
        if one["outcome"] in ("open", "expired") or entry is not None
        if entry is None or one["said"]["entry"]["id"].startswith(entry.lower())
    ]
    if len(ids) != 1:
        what = entry or "nothing named"
        raise Malformed(where="ENTRY", found=what, expected=f"the head of one proposal's id, not of {len(ids)}")
    return str(ids[0])
