"""`clearline node`: run one member's node until it is told to end.

Exit 0: ended by SIGINT or SIGTERM. 2: the folder, its configuration or the address is at fault; nothing ran.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearline.errors import NotFound, Unavailable
from clearline.faces.cli import address
from clearline.faces.cli.telling import refusals

if TYPE_CHECKING:
    import socket

    from clearline.bootstrap import RunningNode

log = logging.getLogger("clearline")

LOUD = ("httpx", "httpcore", "uvicorn.error", "asyncio")
"""Loggers of libraries that would write a line for each call; their warnings stay."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--host", metavar="ADDRESS", help="Listen here in place of what DIR/node.json says (loopback only).")
@click.option("--port", type=click.IntRange(1, 65_535), help="Listen here in place of what DIR/node.json says.")
@click.option("--until-stdin-ends", is_flag=True, hidden=True, help="End when standard input does: a parent's death.")
def command(folder: Path, host: str | None, port: int | None, until_stdin_ends: bool) -> None:
    """Run the node whose folder is DIR: its officers' API, its page, and its lines to the other members.

    It logs to standard error and ends on SIGINT or SIGTERM. Other nodes call over TLS at the address that node.json
    names for them; officers on loopback, or over TLS where node.json names a certificate for them.
    """
    _log_to_stderr()
    with refusals("clearline node"):
        running, bound = _prepared(folder, host, port)
        asyncio.run(_run(running, bound, until_stdin_ends=until_stdin_ends))


def _prepared(folder: Path, host: str | None, port: int | None) -> tuple[RunningNode, socket.socket]:
    """Return the node and the socket on which it is to listen.

    Raises:
        ClearlineError: The folder, its configuration or the address is at fault.
    """
    from clearline.store.folder import read_config

    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder; a node's folder is made with: clearline keys make")
    config = read_config(folder)
    listen_host, listen_port = host or config.host, port or config.port
    secure = bool(config.certificate)
    address.check_listening(listen_host, where="--host" if host else f"{folder / 'node.json'}/host", tls=secure)
    for peer, url in config.peers.items():
        address.check_peer(url, where=f"{folder / 'node.json'}/peers/{peer}")
    if (listen_host, listen_port) != (config.host, config.port):
        log.warning("node.json says %s:%d; peers that call there do not reach this node", config.host, config.port)

    from clearline.bootstrap import RunningNode
    from clearline.faces.api.serving import bind

    try:
        bound = bind(listen_host, listen_port, tls=secure)
    except Unavailable as fault:
        raise Unavailable(f"{fault.message}; choose another with --port") from None
    try:
        running = RunningNode(folder)
    except BaseException:
        bound.close()
        raise
    if not running.tokens:
        log.warning("no token admits anybody yet; make one with: clearline keys token %s --officer 1", folder)
    return running, bound


async def _run(running: RunningNode, bound: socket.socket, *, until_stdin_ends: bool) -> None:
    from clearline.faces.api.serving import serve

    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    if until_stdin_ends:
        _watch_stdin(loop, ending)

    def ready(url: str) -> None:
        genesis = running.roster.genesis
        drill = ", a drill" if genesis.drill else ""
        log.info("ready: node of %s in %s%s at %s", running.me, genesis.channel, drill, url)

    await serve(running, running.config.host, running.config.port, ready, stop=ending, bound=bound)
    log.info("ended")


def _watch_stdin(loop: asyncio.AbstractEventLoop, ending: asyncio.Event) -> None:
    """Set `ending` when standard input ends: whoever started this node is gone, however it went."""
    source = sys.stdin.fileno()

    def read() -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(source, 4096):
                loop.remove_reader(source)
                ending.set()

    try:
        loop.add_reader(source, read)
    except PermissionError:
        # A file is always at its end; only pipes, sockets and terminals can be waited for.
        ending.set()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
