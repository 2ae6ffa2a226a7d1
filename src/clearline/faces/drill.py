"""A drill looks like a drill on every face: one banner, one header, one mark in what is exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from clearline.errors import Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BANNER = "DRILL — DRILL — DRILL"
"""What every page, print, chart, card and command of a drill begins with."""

SENTENCE = f"{BANNER}  Nothing in this channel is real."

HEADER = "clearline-drill"
"""Stands on every answer of a drill's node, refusals too, so that whoever asked cannot miss it."""

MARK = "x_drill"
"""Member of a notice file that came out of a drill; a real channel refuses such a file."""

HEAD_BYTES = 512 * 1024
"""Bytes read to see what a file is: more than a genesis has, twice as it stands in a bundle."""

_SHOWN = "clearline.drill"


class FromADrill(Refused):
    """A notice file that came out of a drill was offered to a channel that is none."""

    slug, title, status = "from-a-drill", "It came out of a drill", 422


def names_a_drill(argument: str) -> bool:
    """Report whether an argument of a command names something of a drill: a node's folder, a genesis, a bundle."""
    path = Path(argument.rpartition("=")[2] if argument.startswith("-") else argument)
    try:
        path = path / "genesis.note" if path.is_dir() else path
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        lines = head.split(b"\n", 2)
        if lines[0].startswith(b'{"clearline":"bundle/'):
            lines = json.loads(lines[1])["genesis"].encode().split(b"\n", 2)
        return lines[0].startswith(b"clearline/genesis/") and json.loads(lines[1])["drill"] is True
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        # Whatever it is, the command itself says what is wrong with it.
        return False


class DrillHeader:
    """Adds the header to every answer of an application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with one header more."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (HEADER.encode(), b"true")]}
            await send(message)

        await self.app(scope, receive, marked if scope["type"] == "http" else send)


def announce() -> None:
    """Print the banner as the first line of standard error, once a command; standard output stays for machines."""
    import click

    context = click.get_current_context(silent=True)
    if context is None:
        return
    shown = context.find_root().meta
    if not shown.get(_SHOWN):
        shown[_SHOWN] = True
        click.echo(SENTENCE, err=True)
