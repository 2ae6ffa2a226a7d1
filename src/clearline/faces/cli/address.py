"""Addresses of nodes: where one listens, and where its peers are.

Nodes call each other over TLS (`https://`), wherever they are. Plain HTTP never leaves this machine's loopback: it is
for the officers' side, and between nodes for a demonstration or a drill.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from clearline.errors import Malformed

LOOPBACK = (
    "a loopback address such as 127.0.0.1, for over plain HTTP notices and tokens would travel in the clear; between "
    "nodes use https (--peers-listen, clearline keys tls), for officers name --certificate and --certificate-key"
)


def is_loopback(host: str) -> bool:
    """Report whether `host` is `localhost` or a loopback address (127.0.0.0/8, ::1)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listening(host: str, *, where: str, tls: bool = False) -> None:
    """Refuse to listen where others than this machine reach the node, unless TLS is spoken there.

    Raises:
        Malformed: The address is no loopback address, or with `tls` no IP address.
    """
    if tls:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise Malformed(where=where, found=host, expected="an IP address of this machine, or 0.0.0.0") from None
    elif not is_loopback(host):
        raise Malformed(where=where, found=host, expected=LOOPBACK)


def listening(text: str, *, where: str, tls: bool = False) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8801` or `[::1]:8801`.

    Raises:
        Malformed: It is anything else, or the host is no loopback address.
    """
    host, colon, digits = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 else 0
    if not colon or not host or not 1 <= port <= 65_535:
        raise Malformed(where=where, found=text, expected="an address and a port, such as 127.0.0.1:8801")
    check_listening(host, where=where, tls=tls)
    return host, port


def check_peer(url: str, *, where: str) -> None:
    """Check where a peer is said to be: `http://` on loopback, or `https://` anywhere.

    Raises:
        Malformed: It is no such URL, holds more than scheme, host and port, or plain HTTP would leave this machine.
    """
    expected = "the URL of a node, such as http://127.0.0.1:8802"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Malformed(where=where, found=url, expected=expected) from None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not host or more:
        raise Malformed(where=where, found=url, expected=expected)
    if parts.scheme == "http" and not is_loopback(host):
        raise Malformed(where=where, found=host, expected=LOOPBACK)
