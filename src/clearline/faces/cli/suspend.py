"""`clearline suspend`: suspend the routine exchange with members. The safety floor stays open.

Exit 0: done, or a draft waits for its second person. 2: refused or bad input. 3: the node cannot be reached.
"""

from __future__ import annotations

from pathlib import Path

import click

from clearline.faces.cli.acts import GROUP, members, said
from clearline.faces.cli.officer import at_a_node, ending, line_to

MATTERS = ("notices", "messages", "enquiries", "meetings")


@click.command(context_settings=GROUP)
@click.argument("who", nargs=-1, required=True, metavar="MEMBER...")
@click.option("--what", "matters", multiple=True, type=click.Choice(MATTERS), help="What; all of it where left out.")
@click.option("--reason", required=True, metavar="TEXT", help="The stated reason; every member reads it.")
@at_a_node
def command(
    who: tuple[str, ...], matters: tuple[str, ...], reason: str, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Suspend the routine exchange with members; two officers sign.

    What is filed meanwhile is delivered and waits. Stop-fire, search and rescue, hazard and their answers stay open:
    they are no matter that can be suspended.
    """
    with ending("clearline suspend"):
        line = line_to(url, token_file, as_json)
        body = {"members": members(who), "matters": sorted({*(matters or MATTERS)}), "reason": reason}
        answer = line.post("suspensions", body=body)
        then = "Stop-fire, search and rescue and hazard stay open."
        said(answer, f"SUSPENDED with {', '.join(members(who))}", as_json=as_json, then=then)
