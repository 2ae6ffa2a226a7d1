"""What the commands about lines, watches, pairs and enquiries share: a scope as options, ids by their head, endings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from clearline.errors import Malformed, Refused, Said
from clearline.faces.cli.officer import tell

Command = TypeVar("Command", bound=Callable[..., Any])

GROUP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

HEAD_LEAST = 6
"""Characters of an id that must be typed: fewer are too easily another's."""


def in_a_scope(command: Command) -> Command:
    """Add the options that name a place and a time."""
    for option in (
        click.option("--to-height", "upper", default="UNL", show_default=True, metavar="HEIGHT", help="Highest."),
        click.option("--from-height", "lower", default="SFC", show_default=True, metavar="HEIGHT", help="Lowest."),
        click.option("--until", "end", required=True, metavar="TIME", help="To when, such as 1500Z."),
        click.option("--since", "start", required=True, metavar="TIME", help="From when, such as today 1430Z."),
        click.option("--radius", default="5 km", show_default=True, metavar="LENGTH", help="Round that place."),
        click.option("--at", "place", required=True, metavar="PLACE", help="Where, dictated: 3433N 03819E."),
    ):
        command = option(command)
    return command


def scope(place: str, radius: str, start: str, end: str, lower: str, upper: str, *, now: int) -> dict[str, Any]:
    """Return the one volume of these options as the API takes it.

    Raises:
        Malformed: One of them is doubtful; it is named.
    """
    from clearline.faces.cli import dictation
    from clearline.volumes.altitude import format_altitude
    from clearline.volumes.instant import Instant, format_instant

    begun = dictation.time(start, now=Instant(now), where="--since")
    return {
        "geometry": {"type": "Point", "coordinates": list(dictation.place(place, where="--at"))},
        "radius_m": dictation.length_m(radius, where="--radius"),
        "start": format_instant(begun),
        "end": format_instant(dictation.time(end, now=Instant(now), after=begun, where="--until")),
        "lower": format_altitude(dictation.height(lower, where="--from-height")),
        "upper": format_altitude(dictation.height(upper, where="--to-height")),
    }


def when(text: str, *, now: int, where: str) -> str:
    """Return a dictated time as the API takes it.

    Raises:
        Malformed: It is doubtful.
    """
    from clearline.faces.cli import dictation
    from clearline.volumes.instant import Instant, format_instant

    return format_instant(dictation.time(text, now=Instant(now), where=where))


def members(given: Iterable[str]) -> list[str]:
    """Return the members of options that hold one id or several between commas."""
    return [m.strip().upper() for one in given for m in one.split(",") if m.strip()]


def whole_id(head: str, ids: Iterable[str], *, what: str) -> str:
    """Return the one id that begins with `head`.

    Raises:
        Malformed: It is too short.
        Refused: None begins so, or several do.
    """
    wanted = head.strip().lower()
    if len(wanted) < HEAD_LEAST:
        raise Malformed(where=what, found=Said(f"{len(wanted)} characters"), expected=f"{HEAD_LEAST} or more of its id")
    found = sorted({one for one in ids if one.startswith(wanted)})
    if len(found) != 1:
        raise Refused(f"{'no' if not found else 'more than one'} {what} has an id that begins with {wanted}")
    return found[0]


def said(answer: dict[str, Any], word: str, *, as_json: bool, then: str = "") -> None:
    """Print what an act came to: its place in the record, or the draft that waits for its second person."""
    from clearline.faces.cli import officer_words as say

    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if answer.get("state") == "waiting":
        tell(
            [
                f"DRAFT  {word} waits for its second person; nothing was said yet.",
                f"       {answer['lacking']}",
                f"       id {answer['id'][:16]}  until {answer['expires']}: clearline draft show {answer['id'][:16]}",
            ]
        )
        return
    tell([f"{word}: {say.place_of(answer['entry'])}  id {answer['entry']['id'][:16]}"])
    tell([line for line in (then, say.as_of(answer)) if line])
