"""`clearline check`: every conflict between parties in notice files.

Exit 0: none found. 1: conflicts found. 2: bad input, everything on standard error and nothing on standard output.
70: a fault of our own (EX_SOFTWARE of sysexits.h). 130: interrupted from the keyboard, as shells have it.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearline.errors import Malformed, Refused, Said, TooLarge

if TYPE_CHECKING:
    from clearline.conflicts.engine import Conflict
    from clearline.conflicts.minima import Minima
    from clearline.conflicts.theatre import Placed
    from clearline.gateways.geojson.notice_file import Limits
    from clearline.records.notice import NoticeDraft

FOUND, BAD_INPUT, OWN_FAULT, INTERRUPTED = 1, 2, 70, 130
DEFAULT_LATERAL, DEFAULT_VERTICAL, DEFAULT_TIME = "5NM", "1000ft", "5min"
SAG_LINES_MAX = 5
"""Warnings of sagging edges that are written out; the rest are counted."""

PROGRESS_AFTER_S = 1.0
"""Work that takes longer shows its progress, where standard error is a terminal."""

_LIMIT_NAMES = {"vertices": "vertices", "volumes": "volumes", "bytes": "file_bytes"}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--lateral", metavar="LENGTH", help=f"Lateral minimum in m, km or NM.  [default: {DEFAULT_LATERAL}]")
@click.option("--vertical", metavar="LENGTH", help=f"Vertical minimum in ft or m.  [default: {DEFAULT_VERTICAL}]")
@click.option("--time", "time_", metavar="DURATION", help=f"Time minimum in s, min or h.  [default: {DEFAULT_TIME}]")
@click.option("--within-party", is_flag=True, help="Compare the notices of one party with each other too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--chart", metavar="OUT.svg", help="Draw the volumes and conflicts.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=NUMBER",
    help="Raise a limit: vertices (of a feature, 100000), volumes (of a notice, 1000), bytes (of a file, 67108864).",
)
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    lateral: str | None,
    vertical: str | None,
    time_: str | None,
    within_party: bool,
    as_json: bool,
    chart: str | None,
    limits: tuple[str, ...],
) -> None:
    """Find every conflict between different parties in notice files (GeoJSON; - reads standard input).

    Two volumes conflict when they come closer than the minima laterally, vertically and in time, or touch. The
    minima hold for every pair; where none is given, 5NM, 1000ft and 5min are used. No overlap found is neither a
    permission nor a promise of safety.

    Exit status: 0 none found, 1 conflicts found, 2 bad input, 70 a fault of Clearline.
    """
    try:
        minima = _minima(lateral, vertical, time_)
        drafts = _read_all(files, _limits(limits))
        path = None if chart is None else _chart_path(chart, files)
        text, found = _check(drafts, minima, within_party=within_party, as_json=as_json, chart=path)
    except _Faults as faults:
        for message in faults.messages:
            _complain(message)
        ctx.exit(BAD_INPUT)
    except Refused as fault:
        _complain(str(fault))
        ctx.exit(BAD_INPUT)
    except OSError as fault:
        _complain(f"{_shown(str(fault.filename or chart))}: {fault.strerror or fault}")
        ctx.exit(BAD_INPUT)
    except KeyboardInterrupt:
        _complain("interrupted; nothing was found or ruled out")
        ctx.exit(INTERRUPTED)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is ours, and is told as ours
        _own_fault(fault)
        ctx.exit(OWN_FAULT)
    ctx.exit(_print(text, FOUND if found else 0))


def _print(text: str, code: int) -> int:
    """Print the result and return the exit code: that of the result, unless it could not be printed.

    What the terminal's encoding has no sign for is written by its number.
    """
    if sys.stdout is None:  # Python's word for a descriptor that was closed before the start
        _complain("the result could not be written: standard output is closed")
        return OWN_FAULT
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; what Python still holds would fail again at exit.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    except OSError as fault:
        _complain(f"the result could not be written: {fault.strerror or fault}")
        return OWN_FAULT
    return code


class _Faults(Exception):
    """The first fault of each file that has one."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(f"{len(messages)} faults")
        self.messages = messages


def _check(
    drafts: Sequence[NoticeDraft], minima: Minima, *, within_party: bool, as_json: bool, chart: Path | None
) -> tuple[str, bool]:
    """Return what to print, and whether a conflict was found; the chart is written before anything is printed."""
    from clearline.conflicts.engine import Engine
    from clearline.conflicts.index import default_index
    from clearline.conflicts.minima import MinimaTable
    from clearline.conflicts.theatre import placed_of
    from clearline.faces.cli import check_report
    from clearline.volumes.altitude import WORLDWIDE

    placed = [one for draft in drafts for one in placed_of(draft)]
    table, index = MinimaTable((), minima), default_index(len(placed))
    engine = Engine(table, WORLDWIDE, within_party=within_party, index=index)
    engine.add(placed)
    progress = _Progress()
    conflicts = engine.find_all(progress.show)
    progress.done()
    _warn_of_sagging_edges(drafts)
    if chart is not None:
        _write_chart(chart, placed, conflicts, minima)
    if as_json:
        return check_report.as_json(drafts, minima, conflicts), bool(conflicts)
    return check_report.in_words(drafts, minima, conflicts, within_party=within_party), bool(conflicts)


def _minima(lateral: str | None, vertical: str | None, time_: str | None) -> Minima:
    from clearline.conflicts.minima import Minima
    from clearline.volumes.units import parse_duration, parse_length

    defaults = lateral is None and vertical is None and time_ is None
    return Minima(
        parse_length(
            DEFAULT_LATERAL if lateral is None else lateral, where="--lateral", units=("m", "km", "NM"), example="5NM"
        ),
        parse_length(
            DEFAULT_VERTICAL if vertical is None else vertical, where="--vertical", units=("ft", "m"), example="1000ft"
        ),
        parse_duration(DEFAULT_TIME if time_ is None else time_, where="--time"),
        "the defaults of this command" if defaults else "as given",
    )


def _limits(given: Sequence[str]) -> Limits:
    from clearline.gateways.geojson.notice_file import Limits

    chosen: dict[str, int] = {}
    for text in given:
        name, _, number = text.partition("=")
        if name not in _LIMIT_NAMES or not (number.isascii() and number.isdigit()) or not 0 < len(number) <= 12:
            expected = f"NAME=NUMBER, where NAME is one of {', '.join(_LIMIT_NAMES)}"
            raise Malformed(where="--limit", found=text, expected=expected)
        chosen[_LIMIT_NAMES[name]] = int(number)
    return Limits(**chosen)


def _read_all(files: Sequence[str], limits: Limits) -> list[NoticeDraft]:
    """Return the notices of every file.

    Raises:
        _Faults: The first fault of each file that has one, or a notice that stands in two files.
    """
    from clearline.gateways.geojson.notice_file import parse_notices

    drafts: list[NoticeDraft] = []
    faults: list[str] = []
    home: dict[tuple[str, str], str] = {}
    if files.count("-") > 1:
        raise Malformed(
            where="FILE", found=Said("- more than once"), expected="standard input once; it is read to its end"
        )
    for name in files:
        shown = _shown(name)
        try:
            parsed = parse_notices(_read(name, limits), where=shown, limits=limits)
        except TooLarge as fault:
            faults.append(f"{fault}; raise it with --limit {fault.members['unit'].split()[0]}=NUMBER")
            continue
        except Refused as fault:
            faults.append(str(fault))
            continue
        except OSError as fault:
            faults.append(f"{shown}: {fault.strerror or fault}")
            continue
        for draft in parsed:
            other = home.setdefault((draft.party, draft.notice), shown)
            if other is not shown:
                faults.append(
                    f"{shown}: notice {draft.notice} of {draft.party} stands in {other} too; "
                    "a notice stands in one file"
                )
                break
        drafts += parsed
    if faults:
        raise _Faults(faults)
    return drafts


def _read(name: str, limits: Limits) -> bytes:
    """Return the bytes of a file, reading no more than its limit allows."""
    most = limits.file_bytes
    if not name:
        raise Malformed(where="FILE", found=name, expected="the name of a file, or - for standard input")
    if name == "-":
        if sys.stdin is None:  # Python's word for a descriptor that was closed before the start
            raise OSError(errno.EBADF, "is closed")
        raw = sys.stdin.buffer.read(most + 1)
    else:
        with Path(name).open("rb") as file:
            raw = file.read(most + 1)
    if len(raw) > most:
        size = len(raw) if name == "-" else max(len(raw), Path(name).stat().st_size)
        raise TooLarge(where=_shown(name), size=size, limit=most, unit="bytes")
    return raw


def _shown(name: str) -> str:
    """Return a file's name as messages say it: on one line, with whatever cannot be printed by its number."""
    if name == "-":
        return "standard input"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _chart_path(chart: str, files: Sequence[str]) -> Path:
    """Return where the chart goes: into a file of its own, never over one that is read."""
    path = Path(chart)
    if chart in ("", "-"):
        raise Malformed(where="--chart", found=chart, expected="the name of a file; standard output takes the result")
    if any(name != "-" and path.exists() and path.samefile(name) for name in files):
        raise Malformed(where="--chart", found=chart, expected="another file than those that are read")
    return path


def _write_chart(path: Path, placed: Sequence[Placed], conflicts: Sequence[Conflict], minima: Minima) -> None:
    from clearline.faces.chart import draw_chart, extent_step_m
    from clearline.faces.words import minima_in_words

    svg = draw_chart(
        placed,
        conflicts=conflicts,
        title="Notices compared by clearline check",
        note=f"Minima for every pair: {minima_in_words(minima)}.",
        step_m=extent_step_m(one.volume.footprint for one in placed),
    )
    path.write_text(svg, encoding="utf-8")


def _warn_of_sagging_edges(drafts: Sequence[NoticeDraft]) -> None:
    """Say on standard error which edges leave the straight line of longitude and latitude by more than 100 m."""
    from clearline.faces.cli.check_report import sag_lines

    lines = sag_lines(drafts)
    for line in lines[:SAG_LINES_MAX]:
        click.echo(f"warning: {line}", err=True)
    if len(lines) > SAG_LINES_MAX:
        click.echo(f"warning: {len(lines) - SAG_LINES_MAX} more edges sag likewise", err=True)


class _Progress:
    """One line on standard error that counts, when the work is long and somebody may be watching."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._shown = False

    def show(self, done: int, of: int) -> None:
        if time.monotonic() - self._since > PROGRESS_AFTER_S and sys.stderr.isatty():
            self._shown = True
            click.echo(f"\rcompared {done:,} of {of:,} volumes", err=True, nl=False)

    def done(self) -> None:
        if self._shown:
            click.echo("", err=True)


def _complain(message: str) -> None:
    click.echo(f"clearline check: {message}", err=True)


def _own_fault(fault: BaseException) -> None:
    import traceback

    click.echo("".join(traceback.format_exception(fault)), err=True, nl=False)
    _complain("this is a fault of Clearline, not of the files; nothing was checked. Please report the lines above")
