"""`clearline log`: the entries of a log as a node holds it, each with every time that somebody claims of it.

Exit 0: done. 2: refused or bad input. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from clearline.faces.cli.officer import at_a_node, ending, line_to, tell

COUNT = 20


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("log", default="", metavar="[LOG]")
@click.option("--from", "first", type=click.IntRange(min=0), metavar="INDEX", help="The first entry shown, from 0.")
@click.option("--count", type=click.IntRange(1, 1000), default=COUNT, show_default=True, help="Entries shown at most.")
@at_a_node
def command(log: str, first: int | None, count: int, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show the last entries of LOG, such as TR/main or IL/safety: who said what kind of thing, and all its times.

    Without LOG it is one's own main. Of each entry: claimed by its author, received here, delivered to each reader and
    mirrored by each member as they have signed it. Every time but the received one is the claim of whoever signed it.

    Exit status: 0 done; 2 refused or bad input; 3 the node cannot be reached.
    """
    with ending("clearline log"):
        line = line_to(url, token_file, as_json)
        named = {"log": log} if log else {}
        if first is None:
            first = max(0, line.get("log", **named, count="1")["size"] - count)
        answer = line.get("log", **named, **{"from": str(first), "count": str(count)})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell(list(_lines(answer, first)))


def _lines(answer: dict[str, Any], first: int) -> Iterator[str]:
    from clearline.faces.cli import officer_words

    for one in answer["entries"]:
        kind = one["kind"] or "body not held here"
        by = ", ".join(one["positions"])
        yield f"{one['entry']['log']} {one['entry']['index']}  {kind} by {by}, id {one['entry']['id'][:16]}…"
        yield f"    claimed    {one['claimed']} by {one['member']}"
        yield f"    received   {one['received'] or 'not here'} by this node"
        yield f"    delivered  {_by_member(one['delivered'])}"
        yield f"    mirrored   {_by_member(one['mirrored'])}"
        if one["effect"]:
            yield f"    no effect: {one['effect']}"
        for flag in one["flags"]:
            if flag["text"] != one["effect"]:
                yield f"    doubt: {flag['text']}"
    shown = len(answer["entries"])
    those = f"entries {first} to {first + shown - 1}" if shown else "no entry"
    yield f"{answer['log']}: {those} of {answer['size']}. {officer_words.as_of(answer)}"


def _by_member(times: dict[str, str | None]) -> str:
    return ", ".join(f"{member} {at or 'has not said so'}" for member, at in sorted(times.items())) or "to nobody else"
