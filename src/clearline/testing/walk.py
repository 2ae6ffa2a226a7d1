"""Walks: pages of documentation whose commands are run, one after another, on a floor of their own.

A walk is Markdown. Its first paragraph that begins with `Clock:` says when it begins. Blocks of ` ```json NAME ` are
files. In blocks of ` ```console `:

    TR$ clearline stop-fire --place "the western fence"     a command of officer 1 of TR; TR2$ is officer 2
    > yes                                                   what the officer types into the command above
    (exit 1)                                                how the command above ended, where not with 0
    [60 s later]                                            time passes; also min, h
    [the line between IL and TR is cut] [… is up again]     lines; also [IL is cut off], [all lines are up again]
    [TR is started again]                                   a restart

Every other line must stand in what the command printed, in this order; `…` stands for anything, and `{NAME}` takes up
a word the first time and is that word from then on, in commands too.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from clearline.channel.acts import line_acts
from clearline.records.agreement import Terms
from clearline.records.watch import MemberWatch, WatchPosition
from clearline.records.words import MemberId
from clearline.store.phrase_book import shipped
from clearline.testing.floor import Floor
from clearline.testing.floor_acts import leap

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"([A-Z]{2})(2?)\$ clearline (.*)")
_LATER = re.compile(r"\[(\d+) (s|min|h) later\]")
_LINE = re.compile(r"\[the line between ([A-Z]{2}) and ([A-Z]{2}) is (cut|up again)\]")
_NAME = re.compile(r"\{([A-Z]+)\}")
_SECONDS = {"s": 1, "min": 60}


class WalkFailed(AssertionError):
    """A page says something else than what happens."""


@dataclass(slots=True)
class Ran:
    """One command of a walk, how it ended, and all that it printed."""

    words: str
    exit_code: int
    printed: str


@dataclass(slots=True)
class Walk:
    """A page on its floor; `run` goes through it and raises at the first word that is not so."""

    path: Path
    folder: Path
    ran: list[Ran] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    _floor: Floor | None = None

    def run(self) -> list[Ran]:
        """Run every command of the page and return what each did.

        Raises:
            WalkFailed: A command ended or printed otherwise than the page says; names the page and the line.
        """
        text = self.path.read_text(encoding="utf-8")
        begins = re.search(r"^Clock: (\S+)", text, re.MULTILINE)
        if begins is None:
            raise WalkFailed(f"{self.path.name}: no paragraph says Clock: …")
        self._floor = staffed(Floor(at=begins[1], terms=agreed(), drill=True))
        for kind, name, body in _BLOCK.findall(text):
            if kind == "json" and name:
                (self.folder / name).write_text(body, encoding="utf-8")
            elif kind == "console":
                self._block(body.splitlines())
        return self.ran

    @property
    def floor(self) -> Floor:
        """Return the floor on which the page runs."""
        if self._floor is None:
            raise WalkFailed("the walk has not begun")
        return self._floor

    def _block(self, lines: list[str]) -> None:
        number = 0
        while number < len(lines):
            line = lines[number]
            number += 1
            prompt = _PROMPT.fullmatch(line)
            if prompt is None:
                self._happens(line)
                continue
            typed, expected, ends = [], [], 0
            while number < len(lines) and not _PROMPT.fullmatch(lines[number]) and not lines[number].startswith("["):
                following = lines[number]
                number += 1
                ended = re.fullmatch(r"\(exit (\d)\)", following)
                if following.startswith("> "):
                    typed.append(following[2:])
                elif ended:
                    ends = int(ended[1])
                elif following.strip():
                    expected.append(following)
            self._command(prompt[1], prompt[2] or "1", prompt[3], typed, expected, ends)

    def _happens(self, line: str) -> None:
        floor, later, wire = self.floor, _LATER.fullmatch(line), _LINE.fullmatch(line)
        if not line.strip():
            return
        if later is not None:
            number, unit = int(later[1]), later[2]
            if unit == "h":
                leap(floor, number)
            else:
                floor.advance(number * _SECONDS[unit])
        elif wire is not None:
            (floor.cut if wire[3] == "cut" else floor.mend)(wire[1], wire[2])
        elif cut := re.fullmatch(r"\[([A-Z]{2}) is cut off\]", line):
            floor.cut_off(cut[1])
        elif line == "[all lines are up again]":
            floor.mend_all()
        elif again := re.fullmatch(r"\[([A-Z]{2}) is started again\]", line):
            floor.restart(again[1])
        else:
            raise WalkFailed(f"{self.path.name}: {line!r} is neither a command nor something that happens")

    def _command(self, member: str, officer: str, text: str, typed: list[str], expected: list[str], ends: int) -> None:
        words = [self._file(self._filled(word)) for word in shlex.split(text)]
        given = "".join(f"{self._filled(line)}\n" for line in typed)
        done = self.floor.cli(member, *words, given=given, officer=officer)
        self.ran.append(Ran(text, done.exit_code, done.output))
        if done.exit_code != ends:
            raise WalkFailed(
                f"{self.path.name}: clearline {text} ended with {done.exit_code}, not {ends}:\n{done.output}"
            ) from done.exception
        self._printed(text, done.output, expected)
        self.floor.advance(2)

    def _printed(self, text: str, output: str, expected: list[str]) -> None:
        """Compare what was printed with the lines of the page: each in its turn, white space apart."""
        printed, at = _plain(output), 0
        for line in expected:
            pattern = self._pattern(_plain(line))
            found = re.compile(pattern).search(printed, at)
            if found is None:
                raise WalkFailed(f"{self.path.name}: clearline {text} did not print {line!r}:\n{output}")
            self.known.update({name: word for name, word in found.groupdict().items() if word})
            at = found.end()

    def _pattern(self, line: str) -> str:
        parts = []
        for piece in re.split(r"(\{[A-Z]+\}|\s*…\s*)", line):
            name = _NAME.fullmatch(piece)
            if name is not None and name[1] not in self.known:
                parts.append(rf"(?P<{name[1]}>[^\s,;:]+)")
            elif name is not None:
                parts.append(re.escape(self.known[name[1]]))
            else:
                parts.append(".*?" if piece.strip() == "…" else re.escape(piece))
        return "".join(parts)

    def _filled(self, text: str) -> str:
        return _NAME.sub(lambda name: self.known.get(name[1], name[0]), text)

    def _file(self, word: str) -> str:
        path = self.folder / word
        return str(path) if re.fullmatch(r"[\w.-]+\.(geo)?json", word) and path.exists() else word


def agreed() -> Terms:
    """Return the agreement under which walks run: in each member officer 1 has the duty, officer 2 is the alternate."""
    watch = tuple(
        MemberWatch(MemberId(m), "watch 1", "chief", "flag", (WatchPosition("watch 1", ("watch 2",)),))
        for m in ("AZ", "IL", "TR")
    )
    return Terms("Drill", None, ("en", "tr", "he"), watch=watch, phrase_book=shipped().name)


def staffed(floor: Floor) -> Floor:
    """Return the floor once every watch has called the others and answered: nobody begins a walk with a silent line."""
    for caller, node in floor.side.nodes.items():
        for called in node.peers:
            line_acts.check_line(floor.side.desk(caller), called)
    floor.advance(2)
    for answering, node in floor.side.nodes.items():
        for asking in node.peers:
            line_acts.answer_check(floor.side.desk(answering), by=asking)
    floor.advance(2)
    return floor


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2066", "").replace("\u2069", "").split())
