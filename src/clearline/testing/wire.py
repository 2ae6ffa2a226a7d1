"""A line between a browser and a node that a test can cut and mend, with both ends left running."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Final

RESUMED: Final = re.compile(rb"\r\nlast-event-id: *([0-9]+)\r\n", re.IGNORECASE)


class Wire:
    """Carries bytes between a port of its own and a node; `cut` breaks what stands and refuses what comes."""

    def __init__(self, port: int) -> None:
        self.resumed_after: list[str] = []
        """The ids after which browsers asked to resume a stream of events, as their requests said."""
        self._to = port
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._serve()

    def cut(self) -> None:
        """Break every connection; nobody gets a new one."""
        for each in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def mend(self) -> None:
        """Take connections again, at the same port."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while raw := source.recv(65_536):
                self.resumed_after += [found[1].decode() for found in RESUMED.finditer(raw)]
                sink.sendall(raw)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)
