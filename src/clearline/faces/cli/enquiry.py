"""`clearline enquiry`: ask about unusual activity, reply, and see what was not replied.

Exit 0: done. 1: a reply is overdue. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.faces.cli.acts import GROUP, in_a_scope, members, said, scope, whole_id
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, tell


@click.group(cls=InOrder, order=("list", "ask", "reply"), context_settings=GROUP)
def command() -> None:
    """Ask members to explain an activity; reply in part or finally.

    Exit status: 0 done; 1 a reply is overdue; 2 refused or bad input; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List enquiries with their deadlines and what was replied, or was not."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline enquiry list"):
        answer = line_to(url, token_file, as_json).get("enquiries")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            for one in answer["enquiries"]:
                tell([*line_words.enquiry(one, now=officer_words.now_of(answer)), ""])
            tell([f"{answer['total']} enquiries. {officer_words.as_of(answer)}"])
        if any(asked["overdue"] and asked["late_s"] is None for e in answer["enquiries"] for asked in e["asked"]):
            raise SystemExit(NEEDS_AN_EYE)


@command.command()
@click.argument("text")
@click.option("--to", "asked", multiple=True, required=True, metavar="ID", help="Member; once each, or IL,SY.")
@click.option("--also", multiple=True, metavar="ID", help="Further readers, such as the host.")
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of TEXT.")
@click.option("--of", metavar="ENTRY", help="Entry id that it speaks of.")
@in_a_scope
@at_a_node
def ask(text: str, asked: tuple[str, ...], also: tuple[str, ...], language: str, of: str | None, **given: Any) -> None:
    """Ask members to explain what happened at a place and a time."""
    from clearline.faces.cli import officer_words

    with ending("clearline enquiry ask"):
        line = line_to(given["url"], given["token_file"], given["as_json"])
        volume = scope(
            given["place"],
            given["radius"],
            given["start"],
            given["end"],
            given["lower"],
            given["upper"],
            now=officer_words.now_of(line.get("health")),
        )
        body: dict[str, Any] = {"to": members(asked), "also": members(also), "text": text, "language": language}
        body["volumes"] = [volume]
        if of:
            body["of"] = of
        said(line.post("enquiries", body=body), f"ASKED {', '.join(members(asked))}", as_json=given["as_json"])


@command.command()
@click.argument("enquiry")
@click.argument("text")
@click.option("--partial/--final", "partial", required=True, help="Whether more will come.")
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of TEXT.")
@at_a_node
def reply(
    enquiry: str, text: str, partial: bool, language: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Reply TEXT to ENQUIRY (its id or the head of it)."""
    with ending("clearline enquiry reply"):
        line = line_to(url, token_file, as_json)
        held = [one["said"]["entry"]["id"] for one in line.get("enquiries", count="1000")["enquiries"]]
        of = whole_id(enquiry, held, what="enquiry")
        body = {"completeness": "partial" if partial else "final", "text": text, "language": language}
        said(line.post("enquiries", of, "replies", body=body), f"REPLIED, {body['completeness']}", as_json=as_json)
