"""`clearline verify`: prove a node's record or a bundle, offline, trusting nothing that it says.

Exit 0: proven. 1: broken, with the first bad entry and why. 2: bad input, everything on standard error and nothing
on standard output. 70: a fault of our own (EX_SOFTWARE of sysexits.h).
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearline.errors import ClearlineError, Refused, Unavailable

if TYPE_CHECKING:
    from clearline.channel.proof.proof_source import Source
    from clearline.channel.roster import Roster
    from clearline.faces.cli.verify_report import Outcome

BROKEN, BAD_INPUT, OWN_FAULT = 1, 2, 70
PROGRESS_AFTER_S = 1.0
"""Work that takes longer shows its progress, where standard error is a terminal."""

PROGRESS_EVERY_S = 0.25

GENESIS_FILE_MAX = 1024 * 1024
"""Bytes of a file that is read as a genesis: four times the largest that there can be."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("path", metavar="DIR|BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    metavar="GENESIS",
    type=click.Path(path_type=Path),
    help="A genesis that you hold by other means: the record must be of that channel.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, path: Path, trust: Path | None, as_json: bool) -> None:
    """Prove a member's record offline: a node's folder (DIR) or a bundle of it (BUNDLE).

    Every signature, root, cosignature and opened body is checked against the genesis. Nothing is written, and the
    node may be running.

    Exit status: 0 proven, 1 broken (the first bad entry is named), 2 bad input, 70 a fault of Clearline.
    """
    with faults("verify", path):
        text, proven = _verified(path, trust, as_json=as_json)
    click.echo(text, nl=False)
    ctx.exit(0 if proven else BROKEN)


@contextlib.contextmanager
def faults(command_name: str, path: Path) -> Iterator[None]:
    """End the command with one line for bad input and with the trace for a fault of our own; never in between."""
    try:
        yield
    except (Refused, Unavailable) as fault:
        click.echo(f"clearline {command_name}: {plain(fault.message)}", err=True)
        sys.exit(BAD_INPUT)
    except OSError as fault:
        named = plain(str(fault.filename or path))
        click.echo(f"clearline {command_name}: {named}: {fault.strerror or fault}", err=True)
        sys.exit(BAD_INPUT)
    except (
        ClearlineError,
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as fault:
        own_fault(command_name, fault)
        sys.exit(OWN_FAULT)


def plain(text: str) -> str:
    """Return `text` with every character that a terminal could take as a command written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def own_fault(command_name: str, fault: BaseException) -> None:
    """Print what went wrong inside Clearline."""
    import traceback

    click.echo("".join(traceback.format_exception(fault)), err=True, nl=False)
    click.echo(
        f"clearline {command_name}: this is a fault of Clearline, not of the record. Please report the lines above",
        err=True,
    )


def _verified(path: Path, trust: Path | None, *, as_json: bool) -> tuple[str, bool]:
    """Return what to print, and whether the record is proven."""
    from clearline.channel.roster import roster_from_genesis
    from clearline.faces.cli.verify_report import as_json_line, in_words

    trusted: Roster | None = None
    if trust is not None:
        try:
            trusted = roster_from_genesis(_read(trust), where=str(trust))
        except Refused as fault:
            raise Refused(f"--trust names no genesis: {fault.message}") from None
    outcome = _outcome(path, trusted)
    return as_json_line(outcome) if as_json else in_words(outcome), outcome.proven


def _outcome(path: Path, trusted: Roster | None) -> Outcome:
    if path.is_dir():
        from clearline.store.snapshot import Snapshot

        refuse_parent(path)
        with Snapshot(path) as snapshot:
            genesis = read_genesis(path)
            return _proven(f"the folder {path}", snapshot, genesis, trusted, whole_file=True)
    from clearline.gateways.bundle.reading import Bundle

    bundle = Bundle(path)
    return _proven(f"the bundle {path}", bundle, bundle.genesis, trusted, whole_file=bundle.intact)


def _proven(name: str, source: Source, genesis: bytes, trusted: Roster | None, *, whole_file: bool) -> Outcome:
    from clearline.channel.proof.findings import Fault, What
    from clearline.channel.proof.proving import prove
    from clearline.channel.roster import roster_from_genesis
    from clearline.faces.cli.verify_report import Outcome

    found = Outcome(name, source.member, compared=trusted is not None)
    try:
        roster = roster_from_genesis(genesis, where="genesis")
    except Refused as fault:
        return found.with_fault(Fault(What.GENESIS, "", -1, fault.message))
    found = found.of(roster)
    if trusted is not None and trusted.channel != roster.channel:
        why = f"the record is of channel {roster.channel}, the genesis that you trust is of channel {trusted.channel}"
        return found.with_fault(Fault(What.GENESIS, "", -1, why))
    if roster.member(source.member) is None:
        raise Refused(f"{name} says that it is the record of {source.member}, who is no member of the channel")
    progress = _Progress(source.signed_things())
    try:
        report = prove(roster, source, tick=progress.tick)
    finally:
        progress.done()
    found = found.with_report(report)
    if report.fault is None and not whole_file:
        why = "its last line does not fit the lines before it: it was changed, or torn in copying"
        return found.with_fault(Fault(What.FILE, "", -1, why))
    return found


def refuse_parent(path: Path) -> None:
    """Help somebody who names the folder that holds the nodes' folders."""
    if not (path / "node.json").exists():
        nodes = sorted(each.parent.name for each in path.glob("*/node.json"))
        hint = f"; it holds those of {', '.join(nodes[:10])}: name one of them" if nodes else ""
        raise Refused(f"{path} is no node's folder (node.json is missing){hint}")


def read_genesis(folder: Path) -> bytes:
    """Return the bytes of the genesis in a node's folder.

    Raises:
        Refused: The file is larger than any genesis.
        OSError: It cannot be read.
    """
    return _read(folder / "genesis.note")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(GENESIS_FILE_MAX + 1)
    if len(raw) > GENESIS_FILE_MAX:
        raise Refused(f"{path} is larger than any genesis ({GENESIS_FILE_MAX} bytes)")
    return raw


class _Progress:
    """One line on standard error that counts, when the work is long and somebody may be watching."""

    def __init__(self, of: int) -> None:
        self._of, self._count = of, 0
        self._since = time.monotonic()
        self._next = self._since + PROGRESS_AFTER_S
        self._shown = False
        self._watched = sys.stderr.isatty()

    def tick(self) -> None:
        self._count += 1
        if self._watched and self._count % 64 == 0 and time.monotonic() >= self._next:
            self._next = time.monotonic() + PROGRESS_EVERY_S
            self._shown = True
            click.echo(f"\rproven {self._count:,} of {self._of:,} signed things{self._rate()}", err=True, nl=False)

    def done(self) -> None:
        if self._shown:
            click.echo(f"\rlooked at {self._count:,} signed things{self._rate()}        ", err=True)

    def _rate(self) -> str:
        return f", {self._count / max(time.monotonic() - self._since, 1e-9):,.0f} a second"
