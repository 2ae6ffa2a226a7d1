"""`clearline area`: zones and red lines. Shown where an activity touches them, never enforced.

Exit 0: done, or a draft waits for its second person. 2: refused or bad input; nothing was said. 3: out of reach.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, Said
from clearline.faces.cli.acts import GROUP, said
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import at_a_node, ending, line_to, read_input, tell


@click.group(cls=InOrder, order=("list", "state", "withdraw"), context_settings=GROUP)
def command() -> None:
    """List zones and red lines; state one, or withdraw one's own.

    A red line is a statement by its issuer: it is shown where an activity touches it, and never enforced. Two officers
    sign it. Exit status: 0 done, or a draft waits; 2 refused or bad input; 3 the node cannot be reached.
    """


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List zones and red lines in the versions that stand, withdrawn ones among them."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline area list"):
        page, areas = line_to(url, token_file, as_json).all("areas", items="areas")
        if as_json:
            click.echo(json.dumps({**page, "areas": areas, "next": None}, ensure_ascii=False))
            return
        for one in areas:
            state = "WITHDRAWN " if one["withdrawn"] else ""
            sort = one["sort"].replace("_", " ").upper()
            tell([f"{state}{sort}  {one['party']} {one['reference']}, revision {one['revision']}: {one['title']}"])
            tell([f"    {line}" for line in one["text"].split("\n")])
        tell([f"{len(areas)} areas. Shown, never enforced. {say.as_of(page)}"])


@command.command()
@click.argument("file", metavar="FILE|-")
@at_a_node
def state(file: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """State the zone or red line in FILE, or replace one's own of that reference.

    FILE is JSON: sort (zone or red_line), reference, title, text, volumes (each geometry, start, end or PERM, lower,
    upper, radius_m), and where wanted activities and audience.
    """
    with ending("clearline area state"):
        try:
            body: Any = json.loads(read_input(file))
        except (ValueError, RecursionError) as fault:
            raise Malformed(where=file, found=Said(fault), expected="JSON in UTF-8") from None
        said(line_to(url, token_file, as_json).post("areas", body=body), "STATED", as_json=as_json)


@command.command()
@click.argument("reference")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@at_a_node
def withdraw(reference: str, reason: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Withdraw a zone or red line of one's own."""
    with ending("clearline area withdraw"):
        line = line_to(url, token_file, as_json)
        said(line.post("areas", reference, "withdrawal", body={"reason": reason}), "WITHDRAWN", as_json=as_json)
