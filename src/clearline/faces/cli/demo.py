"""`clearline demo`: the five nodes of a fictional day in Syria, 2025, in one process tree.

Exit 0: ended by SIGINT or SIGTERM. 1: a node failed. 2: a port or the folder is at fault; nothing ran.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from clearline.errors import ClearlineError, Unavailable
from clearline.faces.cli.telling import refusals

if TYPE_CHECKING:
    from types import FrameType

    from clearline.faces.demonstration.members import Station
    from clearline.faces.demonstration.telling import Teller

FAILED = 1
PORTS = 5
WATCH_S = 0.1
"""Seconds between two looks at the nodes' processes, and at most until a signal is heeded."""

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Ended(BaseException):
    """Somebody asked the demonstration to end."""


class _Asking:
    """Whether a signal asked to end. It is heeded where `pause` is called, and nowhere else.

    A handler that raises may do so inside the interpreter's own callbacks, where the exception is lost, or in the
    midst of cleaning up.
    """

    def __init__(self) -> None:
        self._asked = False

    def listen(self) -> None:
        """Take the process's signals from now on."""
        for number in ENDINGS:
            signal.signal(number, self._note)

    def pause(self, seconds: float) -> None:
        """Let some time pass.

        Raises:
            _Ended: A signal asked to end, before or meanwhile.
        """
        if not self._asked:
            time.sleep(seconds)
        if self._asked:
            raise _Ended

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--port",
    type=click.IntRange(1, 65_535 - PORTS),
    default=8800,
    show_default=True,
    metavar="PORT",
    help="The nodes listen on 127.0.0.1 at the five ports above this one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep one folder a member here; a demonstration found here continues.  [a temporary folder]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready; all else to standard error.")
def command(port: int, data: Path | None, as_json: bool) -> None:
    """Run the five nodes of Syria 2025 and play a fictional opening day over their API.

    Everything is fictional but the places, and marked so. The channel is a drill; pages are open without a session,
    on this machine alone. It runs until SIGINT (Ctrl-C) or SIGTERM.
    """
    asking = _Asking()
    asking.listen()
    try:
        with refusals("clearline demo"), _folder(data) as folder:
            _run(folder, port, asking, kept=data is not None, as_json=as_json)
    except _Ended:
        sys.exit(0)


def _run(folder: Path, port: int, asking: _Asking, *, kept: bool, as_json: bool) -> NoReturn:
    from clearline.faces.demonstration import founding
    from clearline.faces.demonstration.next_steps import say_next
    from clearline.faces.demonstration.processes import Nodes, check_ports
    from clearline.faces.demonstration.telling import Teller

    teller = Teller(sys.stderr if as_json else sys.stdout)
    began = time.monotonic()
    check_ports(port)
    stage = founding.prepare(folder)
    stations = founding.configure(folder, port)
    _say_head(teller, folder, kept=kept)
    nodes = Nodes(folder, stations, asking.pause)
    try:
        nodes.start()
        nodes.wait_ready()
        teller.write(f"Five nodes answer after {time.monotonic() - began:.1f} s.")
        if stage is founding.Stage.FOUNDED:
            founding.mark(folder, founding.Stage.BEGUN)
            _play(stations, teller, asking)
            founding.mark(folder, founding.Stage.PLAYED)
        else:
            cut = "played" if stage is founding.Stage.PLAYED else "cut short"
            teller.write(f"The opening day was {cut} before; the record continues, and the day is not played again.")
        teller.write(f"Ready after {time.monotonic() - began:.1f} s.")
        if as_json:
            _say_json(stations)
        else:
            say_next(teller, stations, folder, kept=kept)
        while True:
            nodes.check()
            asking.pause(WATCH_S)
    except Unavailable as fault:
        click.echo(f"clearline demo: {fault.message}", err=True)
        sys.exit(FAILED)
    except ClearlineError as fault:
        click.echo(f"clearline demo: the day could not be played: {fault.message}", err=True)
        sys.exit(FAILED)
    finally:
        nodes.end()


def _play(stations: Sequence[Station], teller: Teller, asking: _Asking) -> None:
    from clearline.bootstrap import now
    from clearline.faces.demonstration.calling import Officer
    from clearline.faces.demonstration.day import Day
    from clearline.faces.demonstration.traffic import Clock

    with contextlib.ExitStack() as stack:
        officers = {one.member: stack.enter_context(contextlib.closing(Officer(one))) for one in stations}
        Day(officers, Clock.from_now(now()), teller, asking.pause).play()


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """Give the folder to keep, or a temporary one that goes when the demonstration ends."""
    from clearline.faces.demonstration.founding import alone

    if data is not None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(data):
            yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="clearline-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say_head(teller: Teller, folder: Path, *, kept: bool) -> None:
    teller.write("FICTIONAL DEMONSTRATION: Syria 2025. Places are real; nothing that is filed or said is.")
    teller.write(f"Records in {folder}" + ("" if kept else ", removed at the end (keep them with --data DIR)"))
    teller.write()


def _say_json(stations: Sequence[Station]) -> None:
    nodes = [{"member": s.member, "name": s.name, "url": s.url, "token": s.token} for s in stations]
    sys.stdout.write(json.dumps({"nodes": nodes}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    # Nothing may follow on standard output, whatever writes there.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
