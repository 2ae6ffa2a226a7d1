"""Addresses of nodes: where one listens, and where its peers are.

Nodes speak plain HTTP; until they speak TLS, both ends of a line stay on this machine's loopback, where a tunnel
(SSH, WireGuard, an IPsec gateway with a local forward) takes the line up.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from clearline.errors import Malformed

LOOPBACK = (
    "a loopback address such as 127.0.0.1, for this version has no TLS of its own and notices and tokens would "
    "travel in clear; let a tunnel (SSH, WireGuard, IPsec) carry the line"
)


def is_loopback(host: str) -> bool:
    """Report whether `host` is `localhost` or a loopback address (127.0.0.0/8, ::1)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listening(host: str, *, where: str) -> None:
    """Refuse to listen where others than this machine reach the node.

    Raises:
        Malformed: The address is no loopback address.
    """
    if not is_loopback(host):
        raise Malformed(where=where, found=host, expected=LOOPBACK)


def listening(text: str, *, where: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8801` or `[::1]:8801`.

    Raises:
        Malformed: It is anything else, or the host is no loopback address.
    """
    host, colon, digits = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 else 0
    if not colon or not host or not 1 <= port <= 65_535:
        raise Malformed(where=where, found=text, expected="an address and a port, such as 127.0.0.1:8801")
    check_listening(host, where=where)
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
