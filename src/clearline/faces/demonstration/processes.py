"""The nodes as processes: started together, waited for, ended together; none outlives whoever started it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from clearline.errors import Refused, Unavailable
from clearline.faces.demonstration.calling import Officer
from clearline.faces.demonstration.members import HOST, PARTICIPANTS, Station, port_of

READY_WITHIN_S = 60.0
"""Seconds in which every node must answer: twenty times what two cores need."""

END_WITHIN_S = 4.0
"""Seconds in which a node must end when asked, before it is ended without asking; its record survives either."""

LOG = "node.log"
LOG_LINES = 8
"""Lines of a node's log that are shown where it failed."""


class PortInUse(Refused):
    """A port that a node needs is taken."""

    slug, title, status = "port-in-use", "Port in use", 422


def check_ports(base: int) -> None:
    """Refuse to start where one of the five ports above `base` is taken.

    Raises:
        PortInUse: Names the first port.
    """
    for port in (port_of(one.id, base) for one in PARTICIPANTS):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as fault:
                raise PortInUse(
                    f"port {port} of {HOST} cannot be taken ({fault.strerror}); "
                    "the nodes take the five ports above --port: choose another with --port"
                ) from None


class Nodes:
    """A process for each node.

    Each holds the reading end of a pipe as its standard input and ends when the writing end, which this process
    holds, is closed: by `end`, or by the kernel when this process dies in any way.
    """

    def __init__(self, folder: Path, stations: Sequence[Station], pause: Callable[[float], None]) -> None:
        """Prepare; `pause` lets seconds pass while something is waited for, and may raise to end the waiting."""
        self.folder, self.stations = folder, stations
        self._pause = pause
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start every node; each writes what it logs into its folder."""
        for station in self.stations:
            self._pause(0)
            own = self.folder / station.member
            with (own / LOG).open("ab") as log:
                self._processes[station.member] = subprocess.Popen(
                    [sys.executable, "-m", "clearline", "node", str(own), "--until-stdin-ends"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    # Not in the terminal's foreground group: Ctrl-C reaches this process, which ends them in order.
                    process_group=0,
                )

    def wait_ready(self) -> None:
        """Return once every node answers its officer.

        Raises:
            Unavailable: A node ended, or did not answer in time; its last lines of log are quoted.
        """
        until = time.monotonic() + READY_WITHIN_S
        for station in self.stations:
            with contextlib.closing(Officer(station)) as officer:
                while not officer.answers():
                    self.check()
                    if time.monotonic() > until:
                        raise Unavailable(f"{station.member}'s node does not answer:\n{self._last_lines(station)}")
                    self._pause(0.05)

    def check(self) -> None:
        """Report a node that ended by itself.

        Raises:
            Unavailable: Names it, with its last lines of log.
        """
        for station in self.stations:
            code = self._processes[station.member].poll()
            if code is not None:
                lines = self._last_lines(station)
                raise Unavailable(f"{station.member}'s node ended by itself (status {code}):\n{lines}")

    def end(self) -> None:
        """End every node and wait until it is gone."""
        for process in self._processes.values():
            process.terminate()
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
        until = time.monotonic() + END_WITHIN_S
        for process in self._processes.values():
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _last_lines(self, station: Station) -> str:
        text = (self.folder / station.member / LOG).read_text(encoding="utf-8", errors="replace")
        return "\n".join(f"  {line}" for line in text.splitlines()[-LOG_LINES:])
