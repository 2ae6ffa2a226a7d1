"""How commands end: a refusal in plain words on standard error, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from clearline.errors import ClearlineError, Refused

BAD_INPUT = 2
"""Exit status where the input, the folder or the configuration is at fault."""

PUBLIC = 0o644
"""Mode of a file that is made to be handed over."""


@contextlib.contextmanager
def refusals(command: str) -> Iterator[None]:
    """End the command with `BAD_INPUT` and one line on standard error where it is refused; no trace, no secret."""
    try:
        yield
    except ClearlineError as fault:
        click.echo(f"{command}: {fault.message}", err=True)
        sys.exit(BAD_INPUT)
    except OSError as fault:
        named = f"{fault.filename}: " if fault.filename else ""
        click.echo(f"{command}: {named}{fault.strerror or fault}", err=True)
        sys.exit(BAD_INPUT)


def write_new(path: Path, text: str) -> None:
    """Write a public file, whole or not at all; what exists stays as it is.

    Raises:
        Refused: There is such a file already.
        OSError: It cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), PUBLIC)
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            raise Refused(f"{path} exists already; nothing was changed. Name another file with -o") from None
    finally:
        Path(name).unlink()


def read_text(path: Path, *, limit: int) -> str:
    """Return the text of a file of at most `limit` bytes.

    Raises:
        Refused: It is larger, or no UTF-8.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise Refused(f"{path} is larger than {limit} bytes, so it is not what is expected here")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{path} is no UTF-8 text") from None
