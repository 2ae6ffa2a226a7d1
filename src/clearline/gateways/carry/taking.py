"""Taking a carried file in: every push by the same checks as over a line, in whatever order and however often it comes.

A file proves nothing by itself. Whole pushes of a torn or changed file are still taken, for each proves itself; what
is wrong with the file is named beside what was taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeVar

from clearline.channel.answers import FILE
from clearline.channel.node import Node
from clearline.channel.push import Answer, Push
from clearline.errors import Alarm, ClearlineError, Malformed, Refused, Said, TooLarge
from clearline.gateways.carry.writing import FIRST, PART_BYTES_MAX, PARTS_MAX
from clearline.gateways.peer import wire
from clearline.records import canonical
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

Result = TypeVar("Result")

SPOOL_BYTES_MAX: Final = 512 * 2**20
"""Bytes of pushes that came before what stands in front of them: ten parts of the largest size."""

SPOOL: Final = "carried"
"""Where a node's folder keeps them: sealed as they came, until what is in front of them comes."""


class NotForUs(Refused):
    """A carried file is for another member, of another channel, or none at all."""

    slug, title, status = "not-for-us", "Not a file for this node", 422


class Stepper(Protocol):
    """Runs steps on a node and answers only after what they wrote is on the disk."""

    async def do(self, step: Callable[[Node, Instant], Result], *, who: str = "", urgent: bool = False) -> Result:
        """Run `step` and return its result once durable."""

    def randomness(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


@dataclass(frozen=True, slots=True)
class TakenLog:
    """What became of one log: entries `first` up to `size` came; `held` is the size held now, `new` what is new."""

    log: str
    first: int
    size: int
    held: int
    new: int


@dataclass(slots=True)
class Report:
    """What came of a carried file.

    `answered` maps each own log to (size that the sender holds, size up to which all bodies were delivered);
    `early` counts pushes that wait for what stands in front of them, `refused` names place and reason of what was not
    taken, and `torn` why the file is not whole, or nothing.
    """

    sender: str = ""
    part: int = 0
    last: bool = False
    logs: dict[str, TakenLog] = field(default_factory=dict)
    answered: dict[str, tuple[int, int]] = field(default_factory=dict)
    early: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    torn: str = ""


@dataclass(slots=True)
class _Read:
    """A file as its form gives it: pushes with their lines, answers, and where it broke off."""

    sender: MemberId
    part: int
    pushes: list[tuple[str, Push, bytes]] = field(default_factory=list)
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    last: bool = False
    torn: str = ""


async def take_file(stepper: Stepper, raw: bytes, spool: Path) -> Report:
    """Take what a carried file brings, and what of earlier files waited for it.

    Args:
        stepper: The running node.
        raw: One part, whole.
        spool: The folder for pushes that come too early.

    Raises:
        TooLarge: More than a part may have.
        NotForUs: The file is for another member or channel, or no carried file.
    """
    if len(raw) > PART_BYTES_MAX + 2**20:
        raise TooLarge(where="file", size=len(raw), limit=PART_BYTES_MAX, unit="bytes")
    channel, me = await stepper.do(lambda node, _: (node.roster.channel, node.me))
    found = _read(raw, channel, me)
    report = Report(found.sender, found.part, found.last, torn=found.torn)
    for log, answer in found.answers:
        await _guarded(report, f"answer for {log}", _take_answer(stepper, report, found.sender, log, answer))
    early: list[tuple[Push, bytes]] = []
    for place, push, line in found.pushes:
        await _guarded(report, place, _take_push(stepper, report, push, line, early))
    await _again(stepper, report, early, spool)
    return report


async def _take_push(
    stepper: Stepper, report: Report, push: Push, line: bytes, early: list[tuple[Push, bytes]]
) -> None:
    size = push.first + len(push.entries)

    def step(node: Node, at: Instant) -> tuple[str, int, int]:
        before = {name: held.size for name, held in node.logs.items()}
        member, answer = node.receive(push, at=at, random=stepper.randomness)
        log = next(n for n, held in node.logs.items() if held.member == member and _is_of(held.origin, push))
        return log, before[log], answer.size

    log, before, held = await stepper.do(step)
    if push.first > held:
        early.append((push, line))
    one = report.logs.get(log, TakenLog(log, push.first, size, held, 0))
    report.logs[log] = TakenLog(log, min(one.first, push.first), max(one.size, size), held, one.new + held - before)


def _is_of(origin: str, push: Push) -> bool:
    return push.checkpoint.split(b"\n", 1)[0] == origin.encode()


async def _take_answer(stepper: Stepper, report: Report, sender: MemberId, log: str, answer: Answer) -> None:
    short = log.partition("/")[2]

    def step(node: Node, at: Instant) -> None:
        if log not in node.logs or node.logs[log].member != node.me:
            raise Malformed(where="answer, log", found=log, expected=f"a log of {node.me}")
        if sender not in node.peers:
            raise Malformed(where="from", found=sender, expected="another member of this channel")
        push = Push(answer.checkpoint, answer.size, (), ())
        node.take_answer(sender, short, push, answer, at=at, bearer=FILE)

    await stepper.do(step)
    report.answered[log] = (answer.size, answer.delivered)


async def _again(stepper: Stepper, report: Report, early: list[tuple[Push, bytes]], spool: Path) -> None:
    """Try what waited once more, for as long as something of it fits; keep the rest."""
    waiting = [(push, line, None) for push, line in early] + _spooled(spool, report)
    progress = True
    while waiting and progress:
        progress, left = False, []
        for push, line, path in sorted(waiting, key=lambda one: (one[0].checkpoint.split(b"\n", 1)[0], one[0].first)):
            again: list[tuple[Push, bytes]] = []
            refused = len(report.refused)
            await _guarded(report, "a push that waited", _take_push(stepper, report, push, line, again))
            if again:
                left.append((push, line, path))
                continue
            progress = progress or len(report.refused) == refused
            if path is not None:
                path.unlink(missing_ok=True)
        waiting = left
    report.early = len(waiting)
    held = sum(path.stat().st_size for _, _, path in waiting if path is not None)
    for _, line, path in waiting:
        if path is not None:
            continue
        held += len(line)
        if held > SPOOL_BYTES_MAX:
            report.refused.append(("spool", f"more than {SPOOL_BYTES_MAX} bytes wait; bring the earlier parts first"))
            return
        _keep(spool, line)


def _keep(spool: Path, line: bytes) -> None:
    spool.mkdir(mode=0o700, exist_ok=True)
    target = spool / hashlib.sha256(line).hexdigest()
    if not target.exists():
        draft = target.with_suffix(".new")
        draft.write_bytes(line)
        draft.replace(target)


def forget_waiting(spool: Path) -> None:
    """Drop every part that waits: an erased body may be sealed in one of them, and nobody here can look inside.

    Nothing is lost by it: whoever carried the part still has it, and what is erased is refused when it comes again.
    """
    for path in spool.iterdir() if spool.is_dir() else ():
        path.unlink(missing_ok=True)


def _spooled(spool: Path, report: Report) -> list[tuple[Push, bytes, Path | None]]:
    found: list[tuple[Push, bytes, Path | None]] = []
    for path in sorted(spool.iterdir()) if spool.is_dir() else ():
        try:
            line = path.read_bytes()
            members = Members(canonical.decode(line, where=path.name, size_max=wire.WIRE_BYTES_MAX), where=path.name)
            found.append((_push(members), line, path))
        except (Refused, OSError) as fault:
            report.refused.append((f"{path.name}, kept from before", getattr(fault, "message", str(fault))))
            path.unlink(missing_ok=True)
    return found


async def _guarded(report: Report, place: str, work: Awaitable[None]) -> None:
    try:
        await work
    except (Refused, Alarm) as fault:
        report.refused.append((place, fault.message))


# The form


def _read(raw: bytes, channel: str, me: MemberId) -> _Read:
    lines = raw.split(b"\n")
    head = _head(lines[0], channel, me)
    digest = hashlib.sha256(lines[0] + b"\n")
    for number, line in enumerate(lines[1:], 2):
        where = f"line {number}"
        try:
            value = canonical.decode(line, where=where, size_max=wire.WIRE_BYTES_MAX)
            members = Members(value, where=where)
            names = frozenset(members.names())
            if names - {"next"} == {"end", "last", "lines"}:
                head.last = members.flag("last")
                _end(head, members, digest.hexdigest(), number, rest=lines[number:])
                return head
            if names == {"answer", "log"}:
                log = members.text("log", least=1, most=64)
                head.answers.append((log, wire.answer_from_members(members.members("answer"))))
            else:
                head.pushes.append((where, _push(members), line))
        except ClearlineError as fault:
            at_end = number >= len(lines)
            head.torn = f"{where}: the file is cut off" if at_end else fault.message
            return head
        digest.update(line + b"\n")
    head.torn = f"line {len(lines)}: the file is cut off"
    return head


def _head(line: bytes, channel: str, me: MemberId) -> _Read:
    try:
        members = Members(canonical.decode(line, where="line 1", size_max=10_000), where="line 1")
        if members.raw("clearline", FIRST) != FIRST:
            raise Malformed(where="line 1/clearline", found=members.raw("clearline", FIRST), expected=FIRST)
        to, sender = members.member_id("to"), members.member_id("from")
        given, part = members.text("channel", least=1, most=64), members.integer("part", least=1, most=PARTS_MAX)
        members.integer("made", least=0)
        members.done()
    except ClearlineError as fault:
        raise NotForUs(f"this is no carried file: {fault.message}") from None
    if given != channel:
        raise NotForUs(f"the file is of channel {given[:16]}…, this node is in {channel[:16]}…")
    if to != me:
        raise NotForUs(f"the file is for {to}, this node is that of {me}")
    return _Read(sender, part)


def _end(head: _Read, members: Members, digest: str, number: int, *, rest: list[bytes]) -> None:
    if members.raw("end", "a hash") != digest or members.integer("lines", least=0) != number - 1:
        head.torn = f"line {number}: the last line does not fit the lines before it; the file was changed"
    elif rest != [b""]:
        head.torn = f"line {number + 1}: more follows after the last line"


def _push(members: Members) -> Push:
    log = members.text("log", least=1, most=64)
    push = wire.push_from_members(members.members("push"))
    members.done()
    if push.bodies:
        raise Malformed(where=f"push of {log}, bodies", found=Said("an opened body"), expected="sealed bodies alone")
    return push
