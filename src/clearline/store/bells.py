"""The bells of a node's folder: where to ring, the secret that proves it, and how often it rang.

bells.json      addresses and the shared secret; private, for the addresses of pagers often hold a secret themselves
bell.count      the number of the last bell
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clearline.channel.ports import Randomness
from clearline.errors import Malformed, NotFound, Said
from clearline.records.reading import Members, binary
from clearline.store.folder import read_private, write_private

NAME, COUNT_NAME = "bells.json", "bell.count"

SECRET_BYTES = 32
"""Bytes of the secret that a node shares with whoever takes its bells."""

BELLS_MAX = 8
"""Addresses that one node rings: the pagers of a watch, and a lamp on the wall."""

URL_MAX = 500


@dataclass(frozen=True, slots=True)
class BellConfig:
    """Addresses, in the order in which they were added, and the secret that they share."""

    urls: tuple[str, ...]
    secret: bytes


def read_bells(folder: Path) -> BellConfig | None:
    """Return the bells of a folder, `None` where it has none.

    Raises:
        OpenToOthers: Others than the owner can read the file.
        Malformed: Names the first fault.
    """
    path = folder / NAME
    try:
        text = read_private(path)
    except NotFound:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=str(path), found=Said(fault), expected="JSON") from None
    members = Members(value, where=str(path))
    urls = members.items("urls", most=BELLS_MAX)
    for number, url in enumerate(urls):
        place = f"{members.place('urls')}/{number}"
        if not isinstance(url, str):
            raise Malformed(where=place, found=url, expected="a URL")
        check_url(url, where=place)
    secret = binary(members.raw("secret", "32 bytes in base64"), where=members.place("secret"), size=SECRET_BYTES)
    members.done()
    return BellConfig(tuple(urls), secret)


def add_bell(folder: Path, url: str, *, random: Randomness) -> BellConfig:
    """Add an address; the first one makes the secret.

    Raises:
        Malformed: It is no URL of a bell, stands there already, or there are `BELLS_MAX`.
    """
    held = read_bells(folder) or BellConfig((), random(SECRET_BYTES))
    check_url(url, where="URL")
    if url in held.urls or len(held.urls) >= BELLS_MAX:
        raise Malformed(where="URL", found=url, expected=f"one of at most {BELLS_MAX} different addresses")
    return _write(folder, BellConfig((*held.urls, url), held.secret))


def remove_bell(folder: Path, url: str) -> BellConfig:
    """Take an address away.

    Raises:
        NotFound: It is none of the addresses.
    """
    held = read_bells(folder)
    if held is None or url not in held.urls:
        raise NotFound(f"{url} is no bell of this node")
    return _write(folder, BellConfig(tuple(one for one in held.urls if one != url), held.secret))


def counter(folder: Path) -> Callable[[], int]:
    """Return what gives each bell its number: one more than the last, over restarts too."""
    path = folder / COUNT_NAME
    try:
        text = path.read_text(encoding="ascii").strip()
        last = int(text) if text.isdecimal() and len(text) < 16 else 0
    except (FileNotFoundError, UnicodeDecodeError):
        last = 0

    def following() -> int:
        nonlocal last
        last += 1
        write_private(path, f"{last}\n", replace=True)
        return last

    return following


def check_url(url: str, *, where: str) -> str:
    """Return the URL of a bell: `https://` anywhere, `http://` on this machine's loopback alone.

    Raises:
        Malformed: It is none, is too long, or holds a name and password.
    """
    expected = "https://… , or http:// on loopback, without name and password"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Malformed(where=where, found=url, expected=expected) from None
    plain = not url.isascii() or not url.isprintable() or " " in url
    if parts.scheme not in ("http", "https") or not host or len(url) > URL_MAX or plain:
        raise Malformed(where=where, found=url, expected=expected)
    if parts.username is not None or parts.password is not None:
        raise Malformed(where=where, found=Said("a URL with a name or password"), expected=expected)
    if parts.scheme == "http" and not _is_loopback(host):
        raise Malformed(where=where, found=host, expected=expected)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _write(folder: Path, config: BellConfig) -> BellConfig:
    value = {"secret": base64.b64encode(config.secret).decode(), "urls": list(config.urls)}
    write_private(folder / NAME, json.dumps(value, indent=2, sort_keys=True) + "\n", replace=True)
    return config
