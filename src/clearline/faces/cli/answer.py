"""`clearline answer`: answer an alert in two words.

Exit 0: done. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from clearline.faces.cli.alert import listed, meant_of
from clearline.faces.cli.officer import at_a_node, ending, line_to, tell


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("word", type=click.Choice(["ceased", "not-us", "cannot-confirm", "understood"]))
@click.argument("text", required=False, default="")
@click.option("--of", "entry", metavar="ENTRY", help="Which alert: the head of its id.")
@at_a_node
def command(word: str, text: str, entry: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Answer an alert: ceased, not-us or cannot-confirm; understood where it is no stop-fire.

    Meant is the newest that rings here, else the newest that was not answered from here, unless --of names one.
    Whoever answers has seen it, so it stops ringing here.

    Exit status: 0 done; 2 refused or bad input, nothing was said; 3 the node cannot be reached.
    """
    from clearline.faces.cli import hotline_words
    from clearline.faces.cli import officer_words as say
    from clearline.faces.words import count

    with ending("clearline answer"):
        line = line_to(url, token_file, as_json)
        held = listed(line)
        meant = meant_of(held, entry, to_answer=True)
        of = meant["said"]["entry"]["id"]
        answer = line.post("alerts", of, "answers", body={"answer": word.replace("-", "_"), "text": text})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        what = hotline_words.named(meant, now=say.now_of(answer))
        tell([f"ANSWERED  {word.upper()} to the {what}: {say.place_of(answer['entry'])}", say.as_of(answer)])
        if more := sum(one["to_answer"] for one in held if one is not meant):
            verb = "waits" if more == 1 else "wait"
            tell([f"{count(more, 'more alert')} {verb} for an answer: clearline alert list"])
