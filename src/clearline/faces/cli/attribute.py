"""`clearline attribute`: "not ours", "we answer for"; and entries passed on to members without a seat.

Exit 0: done. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.faces.cli.acts import GROUP, in_a_scope, members, said, scope
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import at_a_node, ending, line_to, tell


@click.group(cls=InOrder, order=("list", "not-ours", "answer-for", "relay", "relayed"), context_settings=GROUP)
def command() -> None:
    """Say whose a place and a time is or is not; pass entries on. What contradicts it is shown, never judged.

    Exit status: 0 done; 2 refused or bad input, nothing was said; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List what members said, each with what contradicts it beside it."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline attribute list"):
        answer = line_to(url, token_file, as_json).get("attributions")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["attributions"]:
            tell([*line_words.attribution(one, now=officer_words.now_of(answer)), ""])
        tell([f"{answer['total']} attributions. {officer_words.as_of(answer)}"])


def _say(sort: str, text: str, of: str | None, incident: str | None, **given: Any) -> None:
    from clearline.faces.cli import officer_words

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
    body: dict[str, Any] = {"sort": sort, "volumes": [volume], "text": text}
    body.update({name: value for name, value in (("of", of), ("incident", incident)) if value})
    word = "NOT OURS" if sort == "not_ours" else "WE ANSWER FOR"
    said(line.post("attributions", body=body), word, as_json=given["as_json"])


@command.command("not-ours")
@click.argument("text", required=False, default="")
@click.option("--of", metavar="ENTRY", help="Entry id that it speaks of, such as an alert.")
@click.option("--incident", metavar="REFERENCE", help="Reference of an incident.")
@in_a_scope
@at_a_node
def not_ours(text: str, of: str | None, incident: str | None, **given: Any) -> None:
    """Say that what happens at a place and a time is none of this member's."""
    with ending("clearline attribute not-ours"):
        _say("not_ours", text, of, incident, **given)


@command.command("answer-for")
@click.argument("text", required=False, default="")
@click.option("--of", metavar="ENTRY", help="Entry id that it speaks of, such as an alert.")
@click.option("--incident", metavar="REFERENCE", help="Reference of an incident.")
@in_a_scope
@at_a_node
def answer_for(text: str, of: str | None, incident: str | None, **given: Any) -> None:
    """Say that this member answers for what happens at a place and a time."""
    with ending("clearline attribute answer-for"):
        _say("answer_for", text, of, incident, **given)


@command.command()
@click.argument("entry")
@click.option("--to", "readers", multiple=True, required=True, metavar="ID", help="Member; once each, or IL,AZ.")
@click.option("--remarks", default="", metavar="TEXT", help="What goes with it in words.")
@at_a_node
def relay(entry: str, readers: tuple[str, ...], remarks: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Pass the body of ENTRY on to members without a seat in its thread; its own readers see that."""
    with ending("clearline attribute relay"):
        line = line_to(url, token_file, as_json)
        answer = line.post("relayed", body={"of": entry, "to": members(readers), "remarks": remarks})
        said(answer, f"PASSED ON to {', '.join(members(readers))}", as_json=as_json)


@command.command()
@at_a_node
def relayed(url: str, token_file: Path | None, as_json: bool) -> None:
    """List what was passed on, each checked against the author's own commitment."""
    from clearline.faces.cli import officer_words

    with ending("clearline attribute relayed"):
        answer = line_to(url, token_file, as_json).get("relayed")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        words = {
            True: "is what its author committed to",
            False: "IS NOT what its author committed to",
            None: "not held",
        }
        for one in answer["relayed"]:
            author = one["author"] or "somebody"
            tell(
                [f"{one['said']['member']} passes on {one['kind'] or 'an entry'} of {author}: {words[one['matches']]}"]
            )
            tell([f"    {json.dumps(one['body'], ensure_ascii=False)}"] if one["body"] else [])
        tell([f"{answer['total']} passed on. {officer_words.as_of(answer)}"])
