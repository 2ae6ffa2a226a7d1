"""`clearline line`: how each line is and by what evidence; checks and answers; what waits.

Exit 0: done. 1: a line needs an eye. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from clearline.faces.cli.acts import GROUP, said
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, tell
from clearline.records.line import PHRASES


@click.group(cls=InOrder, order=("list", "check", "answer", "waiting", "suspensions"), context_settings=GROUP)
def command() -> None:
    """Show each line by its evidence; call the watch of a member; answer a call.

    Exit status: 0 done; 1 a line is to be raised; 2 refused or bad input; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List every line: up, late, unanswered, fault or suspended, and the evidence for it."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline line list"):
        answer = line_to(url, token_file, as_json).get("lines")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            for one in answer["lines"]:
                tell(line_words.line(one, now=officer_words.now_of(answer)))
            tell(["", officer_words.as_of(answer)])
        if any(one["raised"] for one in answer["lines"]):
            raise SystemExit(NEEDS_AN_EYE)


@command.command()
@click.argument("member")
@click.option(
    "--phrase", type=click.IntRange(0, len(PHRASES) - 1), default=0, show_default=True, help="Number of the text."
)
@at_a_node
def check(member: str, phrase: int, url: str, token_file: Path | None, as_json: bool) -> None:
    """Call the watch of MEMBER by a neutral text; its watch answers, not its node."""
    with ending("clearline line check"):
        line = line_to(url, token_file, as_json)
        answer = line.post("lines", member.upper(), "checks", body={"phrase": phrase})
        said(answer, f'CHECK to {member.upper()}: "{PHRASES[phrase]}"', as_json=as_json)


@command.command("answer")
@click.argument("member")
@click.option("--with-difficulty", is_flag=True, help="The line reads badly.")
@at_a_node
def answer_(member: str, with_difficulty: bool, url: str, token_file: Path | None, as_json: bool) -> None:
    """Answer the newest check of MEMBER that waits."""
    with ending("clearline line answer"):
        line = line_to(url, token_file, as_json)
        body = {"reading": "with_difficulty" if with_difficulty else "well"}
        said(line.post("lines", member.upper(), "answers", body=body), f"ANSWERED {member.upper()}", as_json=as_json)


@command.command()
@click.argument("member")
@at_a_node
def waiting(member: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """List what MEMBER has not seen, each with its proof of delivery."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline line waiting"):
        answer = line_to(url, token_file, as_json).get("lines", member.upper(), "waiting")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        now = officer_words.now_of(answer)
        tell([line_words.waiting(one, now=now) for one in answer["waiting"]])
        more = "" if answer["complete"] else " There is more."
        tell([f"{len(answer['waiting'])} wait for {member.upper()}.{more} {officer_words.as_of(answer)}"])


@command.command()
@at_a_node
def suspensions(url: str, token_file: Path | None, as_json: bool) -> None:
    """List suspensions, and how the serials fit where they have ended."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline line suspensions"):
        answer = line_to(url, token_file, as_json).get("suspensions")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["suspensions"]:
            tell([*line_words.suspension(one, now=officer_words.now_of(answer)), ""])
        tell([f"{answer['total']} suspensions. {officer_words.as_of(answer)}"])
