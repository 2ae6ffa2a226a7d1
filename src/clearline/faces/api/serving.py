"""Serving a node over HTTP with uvicorn: on loopback alone, every answer in one write, a quick and orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clearline.bootstrap import now
from clearline.errors import NotAllowed, Refused, Unavailable
from clearline.faces.api.app import build
from clearline.faces.api.peer_listener import Doorkeeper, build_peers, with_line
from clearline.faces.api.problems import PROBLEM_JSON, problem

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from clearline.bootstrap import RunningNode
    from clearline.gateways.peer.tls import Line

GRACE_S = 1
"""Seconds in which requests under way may finish when the node ends."""

KEEP_ALIVE_S = 75
"""Seconds that an idle connection stays open: longer than a heartbeat, so that a peer's line is made once."""

HEAD_TIMEOUT_S = 10.0
"""Seconds in which the head of a request must have arrived once its first byte, or the connection, did."""

HEAD_BYTES_MAX = 64 * 2**10
"""Bytes of a head that are gathered before its end is seen; a session, a token and a long reference need 2 KiB."""

CONNECTIONS_MAX = 512
"""Connections at one time: below the file descriptors that a process commonly has."""

DISCARD_BYTES_MAX = 256 * 2**20
"""Bytes of a refused body that are read and thrown away, so that its sender can still read the refusal."""

LINES_EVERY_S = 1.0
"""Seconds between looks at the lines to peers, so that health can say since when a line is what it is."""

GATHER_BYTES = 64 * 2**10
"""Bytes that are gathered into one write at most; a longer answer flows as it comes."""


class NotLoopback(NotAllowed):
    """The address can be reached from outside this machine, and nothing there speaks TLS."""

    slug, title, status = "not-loopback", "Not a loopback address", 403


class NotHttp(Refused):
    """What came over the connection is no HTTP that this node speaks."""

    slug, title, status = "not-http", "Not an HTTP request", 400


class HeadTooLarge(Refused):
    """The head of a request is longer than any that this API needs."""

    slug, title, status = "head-too-large", "Request head too large", 431


class OneWrite(asyncio.Transport):
    """A transport that gathers what is written within one turn of the loop and hands it on in one write.

    uvicorn writes head and body apart; two small segments wait for each other's acknowledgement, up to 40 ms.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner, self._loop = inner, loop
        self._parts: list[bytes] = []
        self._size = 0
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes; they leave at the end of this turn of the loop, or at once where there are many."""
        if not data or self._closing:
            return
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(bytes(data))
        self._size += len(data)
        if self._size >= GATHER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._parts:
            gathered, self._parts, self._size = b"".join(self._parts), [], 0
            self._inner.write(gathered)

    def close(self) -> None:
        """Hand on what was gathered and close once it is sent."""
        self.flush()
        self._closing = True
        self._inner.close()

    def abort(self) -> None:
        """Close at once; what was gathered is lost."""
        self._parts, self._closing = [], True
        self._inner.abort()

    def is_closing(self) -> bool:
        """Report whether the transport is closing or closed."""
        return self._closing or self._inner.is_closing()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that are gathered or buffered below."""
        return self._size + self._inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport below knows of the line."""
        return self._inner.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._inner.resume_reading()

    def is_reading(self) -> bool:
        """Report whether the transport reads."""
        return self._inner.is_reading()


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over `OneWrite`, with a bound on slow and long heads and on bodies that were refused.

    `line` is whose certificate the other end showed, where it did.
    """

    line: Line | None = None
    _head_timer: asyncio.TimerHandle | None = None
    """Set once a connection is made; it may be lost before."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self._head_timer = None
        self._discarded = self._head_bytes = 0
        super().connection_made(OneWrite(transport, self.loop))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._head_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that goes on and on is refused before it fills the memory."""
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(HeadTooLarge(f"the head of a request may have {HEAD_BYTES_MAX} bytes"))

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are its own
        """Refuse what is no HTTP as everything else is refused: by a problem."""
        self._refuse(NotHttp("this is no HTTP/1.1 request that a node can read"))

    def _refuse(self, refusal: Refused) -> None:
        raw = msgspec.json.encode(problem(refusal))
        head = (
            f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\ncontent-type: {PROBLEM_JSON}\r\n"
            f"content-length: {len(raw)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + raw)
        self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._discarded = self._head_bytes = 0
        self._await_head()
        super().on_message_begin()
        with_line(self.scope, self.line)

    def on_headers_complete(self) -> None:
        """Hand a request to the application."""
        self._head_arrived()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, or throw it away where the answer was given before."""
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > DISCARD_BYTES_MAX:
                self.transport.close()
            return
        super().on_body(body)

    def _await_head(self) -> None:
        self._head_arrived()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Server(uvicorn.Server):
    """uvicorn's server without hands on the process's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int, *, tls: bool = False) -> socket.socket:
    """Return a socket bound to an address, of loopback alone unless TLS is spoken there; port 0 takes a free one.

    Raises:
        NotLoopback: The address is not of this machine alone, and no TLS is spoken there.
        Unavailable: The port is taken, or this is no address of this machine.
    """
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise NotLoopback(f"{host} is no IP address; a node listens on an address such as 127.0.0.1 or ::1") from None
    if not loopback and not tls:
        raise NotLoopback(
            f"{host} is no loopback address, and officers' words and tokens would travel in the clear: name a "
            "certificate and certificate_key in node.json, or listen on 127.0.0.1 or ::1"
        )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
    except OSError as fault:
        bound.close()
        raise Unavailable(f"{host} port {port} cannot be used: {fault.strerror}") from None
    bound.setblocking(False)
    return bound


def url_of(bound: socket.socket, *, tls: bool = False) -> str:
    """Return the address of a bound socket as a URL without a path."""
    host, port = bound.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def serve(
    running: RunningNode,
    host: str,
    port: int,
    ready: Callable[[str], None] | None = None,
    *,
    stop: asyncio.Event | None = None,
    bound: socket.socket | None = None,
    peers_bound: socket.socket | None = None,
) -> None:
    """Run a node and serve it until SIGINT or SIGTERM, or until `stop` is set where it is given.

    Args:
        running: The node; its lines to peers run for as long as it is served, and its store is closed at the end.
        host: A loopback address.
        port: The port; 0 takes a free one.
        ready: Told the node's URL once it answers.
        stop: Ends the serving in place of signals, for several nodes in one process.
        bound: A socket of `bind` to serve on, in place of `host` and `port`.
        peers_bound: A socket for other members' nodes, in place of `peers_host` and `peers_port` of node.json.

    Raises:
        NoCertificate: Peers are to be served over TLS, and the node has no certificate that is good now.
        NotLoopback: `host` can be reached from outside.
        Unavailable: The port is taken.
    """
    own = running.config
    secure = {"ssl_certfile": own.certificate, "ssl_keyfile": own.certificate_key} if own.certificate else {}
    listening = bind(host, port, tls=bool(secure)) if bound is None else bound
    url = url_of(listening, tls=bool(secure))
    ending = asyncio.Event() if stop is None else stop
    app = build(running)
    server = _Server(_config(app, Protocol, **secure))
    servers = [server]
    async with contextlib.AsyncExitStack() as stack:
        if stop is None:
            stack.enter_context(_signals(ending))
        if own.peers_port:
            keeper = Doorkeeper(running.tls_context(sorted(running.node.peers), server=True), Protocol)
            stack.callback(keeper.close)
            running.refused_lines = keeper.refused
            beside = bind(own.peers_host, own.peers_port, tls=True) if peers_bound is None else peers_bound
            servers.append(_Server(_config(build_peers(running), keeper)))
            stack.callback(beside.close)
        await stack.enter_async_context(running.running())
        if own.peers_port:
            await stack.enter_async_context(_serving(servers[-1], beside))
        ends = asyncio.create_task(_end(servers, app, ending))
        stack.callback(ends.cancel)
        lines = asyncio.create_task(_follow_lines(running, app))
        stack.callback(lines.cancel)
        if ready is not None:
            tells = asyncio.create_task(_tell(servers, ready, url))
            stack.callback(tells.cancel)
        await server.serve(sockets=[listening])


@contextlib.asynccontextmanager
async def _serving(server: _Server, bound: socket.socket) -> AsyncIterator[None]:
    """Serve on a socket beside the officers' for as long as the context is open."""
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def _config(app: Starlette, protocol: Any, **secure: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=CONNECTIONS_MAX,
        **secure,
    )


async def _end(servers: list[_Server], app: Starlette, ending: asyncio.Event) -> None:
    await ending.wait()
    app.state.listeners.ending.set()
    for server in servers:
        server.should_exit = True


async def _follow_lines(running: RunningNode, app: Starlette) -> None:
    while True:
        app.state.cache.follow_lines(running.node, at=now())
        await asyncio.sleep(LINES_EVERY_S)


async def _tell(servers: list[_Server], ready: Callable[[str], None], url: str) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.005)
    ready(url)


@contextlib.contextmanager
def _signals(ending: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    held = (signal.SIGINT, signal.SIGTERM)
    for number in held:
        loop.add_signal_handler(number, ending.set)
    try:
        yield
    finally:
        for number in held:
            loop.remove_signal_handler(number)
