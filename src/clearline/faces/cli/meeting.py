"""`clearline meeting`: convene, propose minutes, assent to them.

Exit 0: done. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from clearline.errors import Malformed, Said
from clearline.faces.cli.acts import GROUP, members, said, when, whole_id
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import at_a_node, ending, line_to, read_input, tell


@click.group(cls=InOrder, order=("list", "convene", "minutes", "assent"), context_settings=GROUP)
def command() -> None:
    """Convene meetings; agree on what was said there.

    Exit status: 0 done; 2 refused or bad input, nothing was said; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List meetings with agenda and minutes."""
    from clearline.faces.cli import line_words, officer_words

    with ending("clearline meeting list"):
        answer = line_to(url, token_file, as_json).get("meetings")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["meetings"]:
            tell([*line_words.meeting(one, now=officer_words.now_of(answer)), ""])
        tell([f"{answer['total']} meetings. {officer_words.as_of(answer)}"])


@command.command()
@click.argument("reference")
@click.argument("agenda", nargs=-1, required=True, metavar="ITEM...")
@click.option("--with", "invited", multiple=True, required=True, metavar="ID", help="Member; once each, or IL,TR.")
@click.option("--at", "time", required=True, metavar="TIME", help="When, such as tomorrow 0900Z.")
@click.option("--place", required=True, metavar="TEXT", help="Where.")
@at_a_node
def convene(
    reference: str,
    agenda: tuple[str, ...],
    invited: tuple[str, ...],
    time: str,
    place: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Call a meeting with an agenda; a call of one's own of that REFERENCE is replaced."""
    from clearline.faces.cli import officer_words

    with ending("clearline meeting convene"):
        line = line_to(url, token_file, as_json)
        body = {
            "reference": reference,
            "agenda": list(agenda),
            "invited": members(invited),
            "at": when(time, now=officer_words.now_of(line.get("health")), where="--at"),
            "place": place,
        }
        said(line.post("meetings", body=body), f"CONVENED {reference}", as_json=as_json)


@command.command()
@click.argument("convener")
@click.argument("reference")
@click.argument("text", metavar="TEXT|-")
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of TEXT.")
@at_a_node
def minutes(
    convener: str, reference: str, text: str, language: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Propose minutes of CONVENER's meeting REFERENCE; - reads them from standard input."""
    with ending("clearline meeting minutes"):
        line = line_to(url, token_file, as_json)
        body = {"text": _standard_input() if text == "-" else text, "language": language}
        answer = line.post("meetings", convener.upper(), reference, "minutes", body=body)
        said(answer, "MINUTES PROPOSED", as_json=as_json, then="Agreed once every party invited has assented.")


@command.command()
@click.argument("minutes_id", metavar="MINUTES")
@at_a_node
def assent(minutes_id: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Assent to exactly these MINUTES (their id or the head of it)."""
    with ending("clearline meeting assent"):
        line = line_to(url, token_file, as_json)
        listed = line.get("meetings", count="1000")["meetings"]
        held = [one["said"]["entry"]["id"] for meeting in listed for one in meeting["minutes"]]
        of = whole_id(minutes_id, held, what="minutes")
        said(line.post("minutes", of, "assents", body={}), "ASSENTED to the minutes", as_json=as_json)


def _standard_input() -> str:
    try:
        return read_input("-").decode("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise Malformed(where="standard input", found=Said("bytes"), expected="UTF-8 text") from None
