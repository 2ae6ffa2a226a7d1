"""`clearline carry`: what is due to a member as a file, for a stick or a one-way link, and what came in one.

Exit 0: done. 1: taken, and something needs an eye (a torn file, pushes that wait or were refused). 2: refused or bad
input; nothing was taken. 3: the node cannot be reached.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clearline.errors import Malformed, Refused, TooLarge, Unavailable
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, tell

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from clearline.bootstrap import RunningNode

Result = TypeVar("Result")

OCTETS = "application/octet-stream"
FILE_BYTES_MAX = 49 * 2**20
LAST_BYTES = 4_096
"""Bytes at the end of a part in which its last line stands."""


@click.group(
    cls=InOrder, order=("out", "in"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def command() -> None:
    """Carry what is due to a member on a stick or a one-way link, and take in what came on one.

    Every body in the file is sealed to the member: whoever finds the stick reads who wrote when and for whom, and
    nothing of what. The other side makes all the checks that it makes over a line.
    """


def _at_a_node_or_folder(made: Any) -> Any:
    return at_a_node(
        click.option(
            "--dir",
            "folder",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="The folder of a node that is stopped, in place of --url.",
        )(made)
    )


@command.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--to", "member", required=True, metavar="ID", help="The member for whom it is.")
@click.option("--from-start", is_flag=True, help="Begin with the first entry, for a link without a way back.")
@click.option("--part-bytes", type=click.IntRange(min=1), metavar="N", help="Write FILE.001, FILE.002 … of N bytes.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@_at_a_node_or_folder
def out(
    target: Path,
    member: str,
    from_start: bool,
    part_bytes: int | None,
    force: bool,
    url: str,
    token_file: Path | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Write what is due to a member into FILE.

    Without --from-start it begins after what the member is known to hold; a file that is lost is made again. Files
    may overlap and come twice.
    """
    with ending("clearline carry out"):
        asked = {"from_start": "true"} if from_start else {}
        if part_bytes is not None:
            asked["part_bytes"] = str(part_bytes)
        if folder is not None:
            written = _alone(
                folder, lambda running: _parts_of_folder(running, member, asked, target, part_bytes, force)
            )
        else:
            line = line_to(url, token_file, as_json)
            written, following, number = [], dict[str, str](), 1
            while True:
                query = {**asked, **following, "part": str(number)}
                raw = line.raw("GET", "carry", member, query=query)
                goes_on = _following(raw)
                written.append(
                    _write(target, raw, number, numbered=part_bytes is not None or goes_on is not None, force=force)
                )
                if goes_on is None:
                    break
                following, number = {log: str(size) for log, size in goes_on.items()}, number + 1
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in written], "to": member}))
        return
    for path in written:
        click.echo(f"{path}: {path.stat().st_size:,} bytes for {member}")
    click.echo(f"Sealed to {member}. At its node: clearline carry in {' '.join(path.name for path in written)}")


@command.command("in")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_at_a_node_or_folder
def take(files: tuple[Path, ...], url: str, token_file: Path | None, as_json: bool, folder: Path | None) -> None:
    """Take in what came in FILE, in any order and however often, and say what was taken.

    What comes before its turn waits at the node for what stands in front of it. A torn or changed file is named, and
    what was whole in it is taken all the same: each push proves itself.
    """
    with ending("clearline carry in"):
        parts = [(path, _read(path)) for path in files]
        if folder is not None:
            answers = _alone(folder, lambda running: _take_into_folder(running, [raw for _, raw in parts]))
        else:
            line = line_to(url, token_file, as_json)
            answers = [json.loads(line.raw("POST", "carry", body=raw, media=OCTETS)) for _, raw in parts]
    if as_json:
        click.echo(json.dumps(answers if len(answers) > 1 else answers[0]))
    else:
        for (path, _), answer in zip(parts, answers, strict=True):
            tell(_said(path, answer))
    # What waited after one part may have been taken with a later one.
    if answers[-1]["waiting"] or any(answer["torn"] or answer["refused"] for answer in answers):
        sys.exit(NEEDS_AN_EYE)


def _said(path: Path, answer: dict[str, Any]) -> list[str]:
    lines = [f"{path}: part {answer['part']}{', the last' if answer['last'] else ''}, from {answer['sender']}"]
    for one in answer["logs"]:
        came = f"entries {one['first']} to {one['size'] - 1}" if one["size"] > one["first"] else "no entries"
        fresh = f"{one['new']} new" if one["new"] else "nothing new"
        lines.append(f"  {one['log']}: {came} came, {fresh}; {one['held']} are held now")
    for log, one in answer["answered"].items():
        lines.append(
            f"  {answer['sender']} holds {one['size']} entries of {log}, with every body below {one['delivered']}"
        )
    if answer["waiting"]:
        lines.append(f"  {answer['waiting']} pushes wait for what stands in front of them: bring the earlier parts")
    for one in answer["refused"]:
        lines.append(f"  NOT TAKEN, {one['place']}: {one['reason']}")
    if answer["torn"]:
        lines.append(f"  TORN OR CHANGED: {answer['torn']}; what is listed above was taken")
    return lines


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        raise TooLarge(where=str(path), size=path.stat().st_size, limit=FILE_BYTES_MAX, unit="bytes")
    return raw


def _following(raw: bytes) -> dict[str, int] | None:
    """Return from where the next part goes on, as the last line of this one says."""
    last = raw[-LAST_BYTES:].rstrip(b"\n").rpartition(b"\n")[2]
    value = json.loads(last)
    return None if value["last"] else dict(value["next"])


def _write(target: Path, raw: bytes, number: int, *, numbered: bool, force: bool) -> Path:
    path = target.with_name(f"{target.name}.{number:03d}") if numbered else target
    if path.exists() and not force:
        raise Refused(f"{path} exists already; nothing was changed. Name another file, or --force")
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(raw)
    draft.replace(path)
    return path


def _alone(folder: Path, work: Callable[[RunningNode], Coroutine[Any, Any, Result]]) -> Result:
    """Do work on the folder of a node that is stopped; its store is locked meanwhile."""
    from clearline.bootstrap import RunningNode

    if not folder.is_dir():
        raise Malformed(where="--dir", found=str(folder), expected="a node's folder")
    try:
        running = RunningNode(folder)
    except Unavailable as fault:
        raise Refused(f"{fault.message}; is the node running? Then leave --dir out and name its --url") from None

    async def inside() -> Result:
        async with running.alone():
            return await work(running)

    return asyncio.run(inside())


async def _parts_of_folder(
    running: RunningNode, member: str, asked: dict[str, str], target: Path, part_bytes: int | None, force: bool
) -> list[Path]:
    from clearline.gateways.carry.writing import PART_BYTES, Part, write_part
    from clearline.records.words import MemberId

    written: list[Path] = []
    start: dict[str, int] = {}
    while True:
        number = len(written) + 1

        def step(node: Any, at: Any, number: int = number, start: dict[str, int] = start) -> Part:
            return write_part(
                node,
                MemberId(member),
                at=at,
                number=number,
                start=start,
                from_start="from_start" in asked,
                bytes_max=part_bytes or PART_BYTES,
            )

        part = await running.do(step)
        numbered = part_bytes is not None or part.following is not None or number > 1
        written.append(_write(target, part.raw, number, numbered=numbered, force=force))
        if part.following is None:
            return written
        start = dict(part.following)


async def _take_into_folder(running: RunningNode, parts: list[bytes]) -> list[dict[str, Any]]:
    import msgspec

    from clearline.faces.api.carry import report_out
    from clearline.gateways.carry.taking import SPOOL, take_file

    return [msgspec.to_builtins(report_out(await take_file(running, raw, running.folder / SPOOL))) for raw in parts]
