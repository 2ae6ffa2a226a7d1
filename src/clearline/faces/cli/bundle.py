"""`clearline bundle`: a member's record as one file.

Exit 0: written. 2: bad input, nothing was written. 70: a fault of our own (EX_SOFTWARE of sysexits.h).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import click

from clearline.errors import Refused
from clearline.faces.cli.verify import faults


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", "target", required=True, metavar="FILE", type=click.Path(path_type=Path))
@click.option("--log", "logs", multiple=True, metavar="MEMBER/LOG", help="Take this log alone; may be repeated.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def command(folder: Path, target: Path, logs: tuple[str, ...], force: bool) -> None:
    """Write the record in a node's folder as one file that anyone can verify (clearline verify FILE).

    The file holds every opened body that the member holds: it is as secret as the node's folder, and only its owner
    can read it. The node may be running.

    Exit status: 0 written, 2 bad input, 70 a fault of Clearline.
    """
    with faults("bundle", target):
        lines = _write(folder, target, logs, force=force)
    click.echo(f"{target}: {lines + 1:,} lines, {target.stat().st_size:,} bytes")


def _write(folder: Path, target: Path, logs: tuple[str, ...], *, force: bool) -> int:
    from clearline.faces.cli.verify import read_genesis, refuse_parent
    from clearline.gateways.bundle.writing import write_bundle
    from clearline.store.snapshot import Snapshot
    from clearline.volumes.instant import Instant

    if not force and (target.exists() or target.is_symlink()):
        raise _exists(target)
    refuse_parent(folder)
    made = Instant(time.time_ns() // 1_000_000)
    # A temporary file is made with mode 0600, in the same folder so that it can take the name at one stroke.
    handle, name = tempfile.mkstemp(prefix=".clearline-", dir=target.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            with Snapshot(folder) as snapshot:
                lines = write_bundle(snapshot, read_genesis(folder), out, made=made, logs=logs)
            out.flush()
            os.fsync(out.fileno())
        if force:
            written.replace(target)
        else:
            _name_new(written, target)
        _sync_folder(target.parent)
    finally:
        written.unlink(missing_ok=True)
    return lines


def _name_new(written: Path, target: Path) -> None:
    """Give the file its name unless something has it by now."""
    try:
        target.hardlink_to(written)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:
        # Sticks are often formatted without links; what remains is a moment between look and rename.
        if target.exists():
            raise _exists(target) from None
        written.replace(target)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exists(target: Path) -> Refused:
    return Refused(f"{target} exists already; nothing was written. Use --force to replace it")
