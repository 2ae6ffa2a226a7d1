"""Reading a bundle: its form once from end to end, then as a source for a proof.

Any bytes give a bundle or a `Refused` that names the line. Nothing in it is believed before it is proven.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.proof_source import SourceEntry
from clearline.channel.statement import LEAF_BYTES_MAX
from clearline.errors import Malformed, Said, TooLarge
from clearline.gateways.bundle.writing import FIRST
from clearline.records import canonical
from clearline.records.canonical import BODY_BYTES_MAX, INTEGER_MAX
from clearline.records.genesis import GENESIS_BYTES_MAX
from clearline.records.header import BODIES_MAX, MEMBERS_MAX
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.signing.note import NOTE_MAX_BYTES

LINE_BYTES_MAX = 6 * BODY_BYTES_MAX + 1024
"""Bytes of one line: a body of control characters alone takes six for one, and its line names log, index and salt."""

LOGS_MAX = 2 * MEMBERS_MAX
"""Logs of one bundle: two a member."""

LOG_NAME_MAX = 64

_CHECKPOINT, _ENTRY, _BODY = ("checkpoint", "log"), ("entry", "index", "log"), ("body", "index", "log", "salt", "slot")
_LAST = ("end", "lines")
_ENTRY_START, _BODY_START = b'{"entry":', b'{"body":'
"""How canonical lines begin: their members are sorted."""

_SORTS = {frozenset(sort): sort for sort in (_CHECKPOINT, _ENTRY, _BODY, _LAST)}


@dataclass(slots=True)
class _Section:
    """Where one log stands in the file: byte offset and line number of its parts."""

    newest: bytes
    newest_size: int
    offset: int
    line: int
    entries: int = 0
    further: int = 0
    further_offset: int = 0
    further_line: int = 0
    index: int = -1
    slot: int = -1
    size: int = -1


class Bundle:
    """A bundle file whose form has been checked; a source for `channel.proving.prove`.

    `intact` says whether the last line fits the lines before it: if not, the file was changed or torn. `made` is the
    time that its maker states (milliseconds since 1970), `genesis` the note that came with it.

    Raises:
        Malformed: Names the first line that breaks the form.
        TooLarge: A line is longer than `LINE_BYTES_MAX`, or there are too many logs.
        OSError: The file cannot be read.
    """

    whole = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.intact = False
        self._sections: dict[str, _Section] = {}
        self._count = 0
        with path.open("rb") as file:
            self._look_over(file)

    def logs(self) -> tuple[str, ...]:
        """Return the logs in the bundle, sorted."""
        return tuple(self._sections)

    def signed_things(self) -> int:
        """Return how many entries and checkpoints there are."""
        return sum(1 + s.entries + s.further for s in self._sections.values())

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield the entries of a log in the order of the file."""
        for members in self._again(log, _ENTRY_START):
            yield SourceEntry(members.integer("index", least=0), "", _note(members, "entry", LEAF_BYTES_MAX))

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield the bodies of a log in the order of the file."""
        for members in self._again(log, _BODY_START):
            yield StoredBody(
                members.integer("index", least=0),
                members.integer("slot", least=0),
                members.binary("salt", size=32),
                _note(members, "body", BODY_BYTES_MAX),
            )

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size; the size is the note's own."""
        section = self._sections[log]
        with self.path.open("rb") as file:
            file.seek(section.further_offset)
            for number in range(section.further_line, section.further_line + section.further):
                members = Members(_decoded(_raw_line(file, number), number), where=f"line {number}")
                note = _note(members, "checkpoint", NOTE_MAX_BYTES)
                yield _size_of(note, f"line {number}"), note
        yield section.newest_size, section.newest

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:  # noqa: ARG002 - the port has it
        """Yield nothing: in a bundle, cosignatures stand in the checkpoints."""
        yield from ()

    def _again(self, log: str, start: bytes) -> Iterator[Members]:
        """Read the lines of a log's entries and bodies once more, and yield those that begin with `start`."""
        section = self._sections[log]
        with self.path.open("rb") as file:
            file.seek(section.offset)
            number = section.line
            while (raw := _raw_line(file, number)).startswith((_ENTRY_START, _BODY_START)):
                if raw.startswith(start):
                    yield Members(_decoded(raw, number), where=f"line {number}")
                number += 1

    # The form, from end to end

    def _look_over(self, file: BinaryIO) -> None:
        digest = hashlib.sha256()
        first = self._members(file, 1, digest)
        if first.raw("clearline", FIRST) != FIRST:
            raise Malformed(where="line 1/clearline", found=first.raw("clearline", FIRST), expected=FIRST)
        self.made = first.integer("made", least=0)
        self.member: MemberId = first.member_id("member")
        first.done()
        second = self._members(file, 2, digest)
        self.genesis = _note(second, "genesis", GENESIS_BYTES_MAX)
        second.done()
        number, log = 3, ""
        while True:
            before, offset = digest.hexdigest(), file.tell()
            members = self._members(file, number, digest)
            sort = _SORTS.get(frozenset(members.names()))
            if sort is None:
                raise Malformed(
                    where=f"line {number}",
                    found=Said("members ") + ", ".join(members.names()),
                    expected="the members of a checkpoint, an entry, a body, or the last line",
                )
            if sort is _LAST:
                self._last(file, members, number, before)
                return
            name = members.text("log", least=1, most=LOG_NAME_MAX)
            if name != log:
                log = name
                self._begin(log, sort, members, number, file.tell())
            else:
                self._continue(self._sections[log], sort, members, number, offset)
            number += 1

    def _begin(self, log: str, sort: tuple[str, ...], members: Members, number: int, offset: int) -> None:
        last = next(reversed(self._sections), "")
        if log <= last:
            raise Malformed(where=f"line {number}/log", found=log, expected=f"a log after {last}: logs are sorted")
        if sort is not _CHECKPOINT:
            raise Malformed(where=f"line {number}", found=sort[0], expected=f"the newest checkpoint of {log}")
        if len(self._sections) >= LOGS_MAX:
            raise TooLarge(where=f"line {number}", size=len(self._sections) + 1, limit=LOGS_MAX, unit="logs")
        note = _note(members, "checkpoint", NOTE_MAX_BYTES)
        size = _size_of(note, f"line {number}")
        self._sections[log] = _Section(note, size, offset, number + 1)

    def _continue(self, section: _Section, sort: tuple[str, ...], members: Members, number: int, offset: int) -> None:
        if sort is _CHECKPOINT:
            size = _size_of(_note(members, "checkpoint", NOTE_MAX_BYTES), f"line {number}")
            if not section.size < size < section.newest_size:
                raise Malformed(
                    where=f"line {number}/checkpoint",
                    found=size,
                    expected=f"a size above {section.size} and below {section.newest_size}: sizes rise",
                )
            if not section.further:
                section.further_offset, section.further_line = offset, number
            section.further, section.size = section.further + 1, size
            return
        if section.further:
            raise Malformed(where=f"line {number}", found=sort[0], expected="entries before further checkpoints")
        index = members.integer("index", least=0)
        if sort is _ENTRY:
            if index <= section.index:
                raise Malformed(where=f"line {number}/index", found=index, expected=f"more than {section.index}")
            _note(members, "entry", LEAF_BYTES_MAX)
            section.entries, section.index, section.slot = section.entries + 1, index, -1
            return
        slot = members.integer("slot", least=0, most=BODIES_MAX - 1)
        if index != section.index or slot <= section.slot:
            raise Malformed(
                where=f"line {number}",
                found=Said(f"body {slot} of entry {index}"),
                expected=f"a body after {section.slot} of entry {section.index}: bodies follow their entry",
            )
        section.slot = slot
        members.binary("salt", size=32)
        _note(members, "body", BODY_BYTES_MAX)

    def _last(self, file: BinaryIO, members: Members, number: int, digest: str) -> None:
        end = members.entry_id("end")
        lines = members.integer("lines", least=0, most=INTEGER_MAX)
        if file.read(1):
            raise Malformed(
                where=f"line {number + 1}", found=Said("more bytes"), expected="nothing after the last line"
            )
        self.intact = end == digest and lines == number - 1

    def _members(self, file: BinaryIO, number: int, digest: Any) -> Members:
        raw = _raw_line(file, number)
        digest.update(raw)
        return Members(_decoded(raw, number), where=f"line {number}")


def _raw_line(file: BinaryIO, number: int) -> bytes:
    raw = file.readline(LINE_BYTES_MAX + 1)
    if len(raw) > LINE_BYTES_MAX:
        raise TooLarge(where=f"line {number}", size=len(raw), limit=LINE_BYTES_MAX, unit="bytes")
    if not raw.endswith(b"\n"):
        found = raw[-40:] if raw else "the end of the file"
        raise Malformed(where=f"line {number}", found=found, expected="a whole line; the bundle is cut off")
    return raw


def _decoded(raw: bytes, number: int) -> Any:
    return canonical.decode(raw[:-1], where=f"line {number}", size_max=LINE_BYTES_MAX)


def _note(members: Members, name: str, most: int) -> bytes:
    value = members.raw(name, "a text")
    if not isinstance(value, str):
        raise Malformed(where=members.place(name), found=value, expected="a text")
    raw = value.encode()
    if len(raw) > most:
        raise TooLarge(where=members.place(name), size=len(raw), limit=most, unit="bytes")
    return raw


def _size_of(note: bytes, where: str) -> int:
    """Return the size that a checkpoint's second line states."""
    lines = note.split(b"\n", 2)
    if len(lines) < 3 or not lines[1].isdigit() or len(lines[1]) > 16 or str(int(lines[1])).encode() != lines[1]:
        raise Malformed(where=f"{where}/checkpoint", found=note[:80], expected="a size in its second line")
    return int(lines[1])
