"""`clearline inbox`: what waits for this watch position, by deadline.

Exit 0: nothing is overdue and nothing rings. 1: something is, or does. 2: refused. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, tell


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--all", "everything", is_flag=True, help="Everything between this member and others, theirs too.")
@at_a_node
def command(everything: bool, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show what waits for this watch position: what rings, then what is owed, by deadline.

    Exit status: 0 nothing is overdue and nothing rings; 1 something is or does; 2 refused; 3 the node cannot be
    reached.
    """
    from clearline.faces.cli import hotline_words, officer_words

    with ending("clearline inbox"):
        line = line_to(url, token_file, as_json)
        if everything:
            answer = line.get("deadlines", count="1000")
            urgent = answer["overdue"]
        else:
            answer = line.get("inbox")
            urgent = answer["overdue"] + len(answer["ringing"] + answer["ringing_messages"] + answer["envelopes"])
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        elif everything:
            tell(hotline_words.waiting(answer["deadlines"]))
            tell([f"{answer['total']} open, {answer['overdue']} overdue. {officer_words.as_of(answer)}"])
            tell([answer["silence"]])
        else:
            tell([*hotline_words.inbox(answer), *line.doubts()])
    if urgent:
        sys.exit(NEEDS_AN_EYE)
