"""`clearline bell`: addresses that a node rings when somebody has to look at the console; a bell says nothing else.

Exit 0: done. 1: the test bell was not taken. 2: refused or bad input; nothing was changed.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import click

from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE
from clearline.faces.cli.telling import refusals

_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
_url = click.argument("url", metavar="URL")


@click.group(
    cls=InOrder,
    order=("add", "list", "test", "remove"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Ring outward: tell a pager, a lamp or a chat room to look at the console, and nothing more.

    A bell is a POST of `{"bell":"clearline/bell/v1","count":N,"drill":…,"say":…}`, the same whatever happened, with an
    HMAC over it in the header `clearline-signature`. Who carries it learns when it rang. A node reads its bells when
    it starts.
    """


@command.command()
@_folder
@_url
def add(folder: Path, url: str) -> None:
    """Add an address: https, or http on this machine's loopback."""
    from clearline.bootstrap import randomness
    from clearline.store.bells import add_bell

    with refusals("clearline bell add"):
        config = add_bell(folder, url, random=randomness)
        click.echo(f"{len(config.urls)} bells. Secret of the HMAC (base64): {base64.b64encode(config.secret).decode()}")
        click.echo("The node rings it once it is started anew.", err=True)


@command.command("list")
@_folder
def list_(folder: Path) -> None:
    """List the addresses."""
    from clearline.store.bells import read_bells

    with refusals("clearline bell list"):
        config = read_bells(folder)
        for url in config.urls if config is not None else ():
            click.echo(url)


@command.command()
@_folder
@_url
def remove(folder: Path, url: str) -> None:
    """Take an address away."""
    from clearline.store.bells import remove_bell

    with refusals("clearline bell remove"):
        config = remove_bell(folder, url)
        click.echo(f"{len(config.urls)} bells.")


@command.command()
@_folder
def test(folder: Path) -> None:
    """Ring every address once, as a node would, and say which took it."""
    import httpx

    from clearline.gateways.bell.ringing import Bell
    from clearline.store.bells import counter, read_bells
    from clearline.store.folder import read_roster

    async def ring(bells: list[Bell]) -> list[bool]:
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
            return list(await asyncio.gather(*(bell.ring(client) for bell in bells)))

    with refusals("clearline bell test"):
        config = read_bells(folder)
        count, drill = counter(folder), read_roster(folder).genesis.drill
        bells = [Bell(url, config.secret, count, drill) for url in config.urls] if config is not None else []
        taken = asyncio.run(ring(bells))
        for bell, done in zip(bells, taken, strict=True):
            click.echo(f"{'taken' if done else 'NOT TAKEN'}  {bell.url}  {bell.fault}".rstrip())
    if not all(taken):
        raise SystemExit(NEEDS_AN_EYE)
