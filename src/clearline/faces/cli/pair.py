"""`clearline pair`: two notices that are cancelled together or not at all.

Exit 0: done. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from clearline.faces.cli.acts import GROUP, said, when, whole_id
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import Line, at_a_node, ending, line_to, tell


@click.group(cls=InOrder, order=("list", "offer", "accept", "seal", "lapse"), context_settings=GROUP)
def command() -> None:
    """Offer to cancel a notice if another party cancels one of its own; accept; seal, or let it lapse.

    Exit status: 0 done; 2 refused or bad input, nothing was said; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List pairs; while one is open, both outcomes are shown."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline pair list"):
        answer = line_to(url, token_file, as_json).get("pairs")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["pairs"]:
            tell([*line_words.pair(one, now=officer_words.now_of(answer)), ""])
        tell([f"{answer['total']} pairs. {officer_words.as_of(answer)}"])


@command.command()
@click.argument("mine")
@click.argument("party")
@click.argument("yours")
@click.option("--expires", required=True, metavar="TIME", help="Void after this, such as tomorrow 1200Z.")
@click.option("--text", default="", metavar="TEXT", help="What goes with it in words.")
@at_a_node
def offer(
    mine: str, party: str, yours: str, expires: str, text: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Offer to cancel the own notice MINE if PARTY cancels its notice YOURS."""
    from clearline.faces.cli import officer_words

    with ending("clearline pair offer"):
        line = line_to(url, token_file, as_json)
        body = {
            "mine": mine,
            "party": party.upper(),
            "yours": yours,
            "expires": when(expires, now=officer_words.now_of(line.get("health")), where="--expires"),
            "text": text,
        }
        then = "Both notices stand until the pair is sealed."
        said(line.post("pairs", body=body), f"PAIR OFFERED to {party.upper()}", as_json=as_json, then=then)


@command.command()
@click.argument("pair")
@at_a_node
def accept(pair: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Accept PAIR (its id or the head of it); one's own notice is bound until it is settled or expires."""
    with ending("clearline pair accept"):
        line = line_to(url, token_file, as_json)
        answer = line.post("pairs", _named(line, pair), "acceptance", body={})
        said(answer, "PAIR ACCEPTED", as_json=as_json, then="Both notices stand until the offerer seals it.")


@command.command()
@click.argument("pair")
@at_a_node
def seal(pair: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Seal PAIR of one's own: both notices are cancelled at once."""
    with ending("clearline pair seal"):
        line = line_to(url, token_file, as_json)
        answer = line.post("pairs", _named(line, pair), "settlement", body={"settlement": "seal"})
        said(answer, "PAIR SEALED: both notices are cancelled", as_json=as_json)


@command.command()
@click.argument("pair")
@at_a_node
def lapse(pair: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Let PAIR of one's own lapse: both notices stand."""
    with ending("clearline pair lapse"):
        line = line_to(url, token_file, as_json)
        answer = line.post("pairs", _named(line, pair), "settlement", body={"settlement": "lapse"})
        said(answer, "PAIR LAPSED: both notices stand", as_json=as_json)


def _named(line: Line, head: str) -> str:
    held = [one["said"]["entry"]["id"] for one in line.get("pairs", count="1000")["pairs"]]
    return whole_id(head, held, what="pair")
