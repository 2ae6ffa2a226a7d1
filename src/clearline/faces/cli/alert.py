"""`clearline alert`: the companions of a stop-fire, and what became of every alert.

Exit 0: done. 2: refused or bad input; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import Line, at_a_node, ending, line_to, tell
from clearline.faces.cli.stop_fire import known, known_beside, said_of_it, sounded

SORTS = ("emergency_entry", "stray", "hazard", "search_and_rescue", "query", "stop_fire")


@click.group(
    cls=InOrder,
    order=("list", "sound", "seen", "cancel"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Sound an alert, say that one was seen, take one back, list them.

    Exit status: 0 done; 2 refused or bad input, nothing was said; 3 the node cannot be reached.
    """


@command.command("list")
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="The newest so many.")
@at_a_node
def list_(most: int, url: str, token_file: Path | None, as_json: bool) -> None:
    """List alerts, newest first, with who saw them, what was answered, and who was passed over."""
    from clearline.faces.cli import hotline_words, officer_words
    from clearline.faces.words import count

    with ending("clearline alert list"):
        line = line_to(url, token_file, as_json)
        answer = line.get("alerts", count=str(most))
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        now = officer_words.now_of(answer)
        for one in answer["alerts"]:
            tell([*hotline_words.alert(one, now=now), ""])
        tell([*line.doubts(), f"{count(answer['total'], 'alert')}. {officer_words.as_of(answer)}"])


@command.command()
@click.argument("sort", type=click.Choice([s.replace("_", "-") for s in SORTS]))
@click.argument("text", required=False)
@known_beside(unit="Who or what it is about.")
@at_a_node
def sound(
    sort: str,
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
    """Sound an alert of a SORT; everything else may be left out."""
    with ending("clearline alert sound"):
        line = line_to(url, token_file, as_json)
        body, doubt = said_of_it(text, position, place, unit, readers, language)
        answer = line.post("alerts", body={"sort": sort.replace("-", "_"), **body})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        sounded(sort.replace("-", " ").upper(), answer, doubt)


@command.command()
@click.argument("entry", required=False)
@at_a_node
def seen(entry: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Say that this watch position has seen an alert: the newest that rings, or ENTRY (its id or the head of it)."""
    from clearline.faces.cli import hotline_words
    from clearline.faces.cli import officer_words as say

    with ending("clearline alert seen"):
        line = line_to(url, token_file, as_json)
        meant = rung(line, entry)
        of = meant["said"]["entry"]["id"]
        answer = line.post("alerts", of, "seen", body={})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        what = hotline_words.named(meant, now=say.now_of(answer))
        tell([f"SEEN  the {what}: {say.place_of(answer['entry'])}", "Seen is no answer: clearline answer."])


@command.command()
@click.argument("entry", required=False)
@click.option("--text", help="Why.")
@at_a_node
def cancel(entry: str | None, text: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Take an alert of one's own back: the newest that stands, or ENTRY."""
    with ending("clearline alert cancel"):
        line = line_to(url, token_file, as_json)
        body: dict[str, Any] = known(text=text)
        if entry:
            body["of"] = rung(line, entry)["said"]["entry"]["id"]
        answer = line.post("alerts", "cancellations", body=body)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        sounded("TAKEN BACK", answer, then="It stops ringing there as this arrives, and stays in the record, marked.")


def rung(line: Line, entry: str | None) -> dict[str, Any]:
    """Return the alert that is meant, as `meant_of` finds it. Nothing is asked but alerts: no limit holds those back.

    Raises:
        Malformed: As `meant_of`.
    """
    return meant_of(listed(line), entry)


def listed(line: Line) -> list[dict[str, Any]]:
    """Return the newest alerts."""
    held: list[dict[str, Any]] = line.get("alerts", count="1000")["alerts"]
    return held


def meant_of(held: list[dict[str, Any]], entry: str | None, *, to_answer: bool = False) -> dict[str, Any]:
    """Return the alert that is meant: the newest that rings here, or that of which `entry` is the head.

    With `to_answer`, where none rings, the newest that this member has not answered: it was seen first.

    Raises:
        Malformed: Nothing rings or waits, or no alert or more than one begins so.
    """
    from clearline.errors import Malformed, Said

    if entry is None:
        meant = [one for one in held if one["ringing"]] or [one for one in held if to_answer and one["to_answer"]]
        if not meant:
            none = "no alert that rings here" + (" or waits for an answer" if to_answer else "")
            raise Malformed(where="ENTRY", found=Said(none), expected="the id of an alert: clearline alert list")
        return meant[0]
    found = [one for one in held if one["said"]["entry"]["id"].startswith(entry.lower())]
    if len(found) != 1 or not entry:
        raise Malformed(where="ENTRY", found=entry, expected=f"the head of one alert's id, not of {len(found)}")
    return found[0]
