"""`clearline stop-fire`: "you are hitting us", in one act. Nothing has to be typed but the command.

Exit 0: recorded, and on its way by every bearer. 2: refused; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed
from clearline.faces.cli.officer import at_a_node, ending, line_to, tell


def known_beside(*, unit: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what gives an alert's command the options for what is known beside it, `unit` explained so."""
    options = (
        click.option("--position", metavar="PLACE", help="Where, dictated: 3433N 03819E, or 34.55N 38.31E."),
        click.option("--place", metavar="WORDS", help="Where, in words."),
        click.option("--unit", metavar="WORDS", help=unit),
        click.option(
            "--to", "readers", multiple=True, metavar="ID", help="Member or member/position; every other party else."
        ),
        click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of TEXT."),
    )

    def given(command_: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command_ = option(command_)
        return command_

    return given


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("text", required=False)
@known_beside(unit="Who is there; say no more than you want to.")
@at_a_node
def command(
    text: str | None,
    position: str | None,
    place: str | None,
    unit: str | None,
    readers: tuple[str, ...],
    language: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Say that the other side is hitting us.

    It goes to every other party by every bearer at once, ahead of everything that waits, and rings there until
    somebody has seen it. Whatever is known beside it may be added, and nothing has to be.

    Exit status: 0 recorded and on its way; 2 refused, nothing was said; 3 the node cannot be reached.
    """
    with ending("clearline stop-fire"):
        line = line_to(url, token_file, as_json)
        body, doubt = said_of_it(text, position, place, unit, readers, language)
        answer = line.post("stop-fire", body=body)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        sounded("STOP FIRE", answer, doubt)


RINGS = "It rings there until somebody has seen it: clearline alert list shows who has, and what is answered."


def sounded(what: str, answer: dict[str, Any], doubt: str = "", *, then: str = RINGS) -> None:
    """Print that an alert is on its way, and what comes of it."""
    from clearline.faces.cli import officer_words as say

    tell([f"{what}  to {', '.join(answer['to'])}: {say.place_of(answer['entry'])}"])
    tell([line for line in (doubt, say.as_of(answer)) if line])
    tell([then])


def said_of_it(
    text: str | None, position: str | None, place: str | None, unit: str | None, readers: tuple[str, ...], language: str
) -> tuple[dict[str, Any], str]:
    """Return what is known beside an alert as the API takes it, and what is to be said of it to the officer."""
    body: dict[str, Any] = {"language": language, **known(text=text, place=place, unit=unit)}
    doubt = located(body, position)
    if readers:
        body["to"] = addresses(readers)
    return body, doubt


def known(**texts: str | None) -> dict[str, str]:
    """Return the texts that were given."""
    return {name: text for name, text in texts.items() if text}


def located(body: dict[str, Any], position: str | None) -> str:
    """Put a dictated position into a body; one that cannot be read travels as words rather than holding it up."""
    from clearline.faces.cli import dictation

    if not position:
        return ""
    try:
        body["position"] = [*dictation.place(position, where="--position")]
    except Malformed:
        body["place"] = " ".join(filter(None, (body.get("place"), position)))[:200]
        return f"the position could not be read and went as it was typed: {position}"
    return ""


def addresses(readers: tuple[str, ...]) -> list[str]:
    """Return the addresses that were given, once each or between commas; the member's letters are capitals."""
    found = []
    for one in (part.strip() for given in readers for part in given.split(",")):
        member, slash, position = one.partition("/")
        if one:
            found.append(member.strip().upper() + slash + position.strip())
    return found
