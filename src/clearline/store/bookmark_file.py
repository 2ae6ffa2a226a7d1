"""The file of the bookmark: written whole or not at all, readable by its owner alone, gone before it is untrue."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from clearline import picture, records
from clearline.store.folder import PRIVATE

NAME = "picture.bookmark"


@lru_cache(maxsize=1)
def code() -> str:
    """Return what names the code that folds: a bookmark of any other is refused.

    It is the SHA-256 of the sources that decide what a picture is, so that no change of a rule can be forgotten.
    """
    digest = hashlib.sha256(f"{sys.byteorder}\n".encode())
    for package in (records, picture):
        for folder in package.__path__:
            for path in sorted(Path(folder).rglob("*.py")):
                digest.update(f"{path.relative_to(folder)}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def read_bookmark(folder: Path) -> bytes | None:
    """Return the bytes of the bookmark, or `None` where there is none that can be read."""
    try:
        return (folder / NAME).read_bytes()
    except OSError:
        return None


def write_bookmark(folder: Path, parts: Iterable[bytes]) -> None:
    """Put a bookmark in the place of the one before; a power cut leaves one of the two.

    Raises:
        OSError: The disk is full or at fault; the one before stands.
    """
    path = folder / NAME
    fresh = path.with_name(NAME + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(folder)


def drop_bookmark(folder: Path) -> None:
    """Take the bookmark away, durably: what it was made over is about to change."""
    with contextlib.suppress(FileNotFoundError):
        (folder / NAME).unlink()
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
