"""`clearline resume`: resume what was suspended, quoting where every log stands.

Exit 0: done, or a draft waits for its second person. 2: refused or bad input. 3: the node cannot be reached.
"""

from __future__ import annotations

from pathlib import Path

import click

from clearline.faces.cli.acts import GROUP, said, whole_id
from clearline.faces.cli.officer import at_a_node, ending, line_to


@click.command(context_settings=GROUP)
@click.argument("suspension", metavar="SUSPENSION")
@click.option("--remarks", default="", metavar="TEXT", help="What goes with it in words.")
@at_a_node
def command(suspension: str, remarks: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Resume what SUSPENSION (its id or the head of it) suspended; two officers sign.

    The resumption quotes size and root of every log, so that both sides see that no serial is missing.
    """
    with ending("clearline resume"):
        line = line_to(url, token_file, as_json)
        held = [one["said"]["entry"]["id"] for one in line.get("suspensions", count="1000")["suspensions"]]
        of = whole_id(suspension, held, what="suspension")
        answer = line.post("suspensions", of, "resumption", body={"remarks": remarks})
        said(answer, "RESUMED", as_json=as_json, then="clearline line suspensions shows how the serials fit.")
