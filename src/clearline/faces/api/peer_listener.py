"""Where other members' nodes call: TLS 1.3 both ways, and every line that is refused is named with its reason.

uvicorn tells an application nothing of the other end's certificate, and asyncio drops a handshake that failed without a
word. So a connection is taken raw, made TLS here, and only then handed to the HTTP protocol, with the member it shows.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from clearline.errors import ClearlineError
from clearline.faces.api import problems
from clearline.gateways.peer import serving as peers
from clearline.gateways.peer.serving import LINE
from clearline.gateways.peer.tls import Line, line_of

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode

log = logging.getLogger("clearline")

HANDSHAKE_TIMEOUT_S: Final = 10.0
"""Seconds in which a handshake must be over."""

SHUTDOWN_TIMEOUT_S: Final = 0.3
"""Seconds that the other end has to say that it ends too: a client that sleeps never does."""

HANDSHAKES_MAX: Final = 64
"""Handshakes at one time: strangers can hold these, and nothing that members have."""

REFUSED_KEPT: Final = 100
"""Refused lines that are kept at hand."""

SAID_EVERY_S: Final = 10.0
"""Seconds in which one address and reason are said once: a stranger must not fill the log."""

_WHY: Final = {
    "HTTP_REQUEST": "plain HTTP: this address speaks TLS alone",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it showed no certificate",
    "UNSUPPORTED_PROTOCOL": "it speaks an older TLS than 1.3",
    "NO_SHARED_CIPHER": "it shares no cipher with us",
}


def build_peers(running: RunningNode) -> Starlette:
    """Return the application that other members' nodes reach: `/peer/v1` and nothing else."""
    handlers: dict[Any, Any] = {
        ClearlineError: problems.on_error,
        ClientDisconnect: problems.on_error,
        HTTPException: problems.on_error,
        Exception: problems.on_error,
    }
    return Starlette(routes=peers.routes(running), exception_handlers=handlers)


class Doorkeeper:
    """Makes each connection TLS before anything of it is read, and remembers whom it refused.

    `refused` holds address and reason of the newest refusals, oldest first.
    """

    def __init__(self, context: ssl.SSLContext, protocol: Callable[..., Any]) -> None:
        self.context, self.protocol = context, protocol
        self.refused: deque[tuple[str, str]] = deque(maxlen=REFUSED_KEPT)
        self._said: dict[tuple[str, str], float] = {}
        self._handshakes: set[asyncio.Task[None]] = set()

    def __call__(self, **arguments: Any) -> asyncio.Protocol:
        """Return what takes one raw connection; uvicorn gives the arguments of its own protocol."""
        return _Raw(self, arguments)

    def begin(self, transport: asyncio.Transport, arguments: dict[str, Any]) -> None:
        """Start a handshake, if there is room for one more."""
        if len(self._handshakes) >= HANDSHAKES_MAX:
            self.refuse(transport, "as many handshakes wait as may")
            return
        # What came before the handshake began would be lost.
        transport.pause_reading()
        task = asyncio.get_running_loop().create_task(self._shake(transport, arguments))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    def refuse(self, transport: asyncio.BaseTransport, reason: str) -> None:
        """Close a connection and say why here; who called learns no more than TLS tells."""
        address = str((transport.get_extra_info("peername") or ("unknown",))[0])
        self.refused.append((address, reason))
        now = asyncio.get_running_loop().time()
        if now - self._said.get((address, reason), -SAID_EVERY_S) >= SAID_EVERY_S:
            if len(self._said) >= REFUSED_KEPT:
                self._said.clear()
            self._said[address, reason] = now
            log.warning("a line from %s is refused: %s", address, reason)
        transport.close()

    def close(self) -> None:
        """End the handshakes that are under way."""
        for task in self._handshakes:
            task.cancel()

    async def _shake(self, transport: asyncio.Transport, arguments: dict[str, Any]) -> None:
        protocol = self.protocol(**arguments)
        try:
            made = await asyncio.get_running_loop().start_tls(
                transport,
                protocol,
                self.context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                ssl_shutdown_timeout=SHUTDOWN_TIMEOUT_S,
            )
        except (ssl.SSLError, OSError, TimeoutError) as fault:
            self.refuse(transport, why(fault))
            return
        line = None if made is None else line_of(made.get_extra_info("ssl_object"))
        if made is None or line is None:
            self.refuse(transport, "it showed no certificate")
            return
        protocol.line = line
        protocol.connection_made(made)


class _Raw(asyncio.Protocol):
    """A connection of which nothing is known yet."""

    def __init__(self, keeper: Doorkeeper, arguments: dict[str, Any]) -> None:
        self._keeper, self._arguments = keeper, arguments

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection and make it TLS."""
        if isinstance(transport, asyncio.Transport):
            self._keeper.begin(transport, self._arguments)


def why(fault: BaseException) -> str:
    """Return why a handshake failed, in words."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        # OpenSSL says `verify_message`; our own look at the certificate says it in the text itself.
        return f"certificate: {getattr(fault, 'verify_message', '') or fault.args[-1]}"
    if isinstance(fault, ssl.SSLError):
        return _WHY.get(fault.reason or "", fault.reason or str(fault))
    return str(fault) or type(fault).__name__


def with_line(scope: Any, line: Line | None) -> None:
    """Note in a request's scope whose certificate the other end showed."""
    if line is not None:
        scope[LINE] = line
