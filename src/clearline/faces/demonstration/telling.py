"""What is told of the day while it happens: one line an act, who, what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

WIDTH = 4


class Teller:
    """Writes to a stream line by line; a stream that nobody reads any more ends nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def say(self, who: str, what: str) -> None:
        """Tell what a member does."""
        at = datetime.now(UTC).strftime("%H:%M:%SZ")
        self.write(f"{at}  {who:<{WIDTH}} {what}")

    def result(self, text: str) -> None:
        """Tell what came of it, below the act."""
        self.write(f"{'':<{10 + WIDTH}} → {text}")

    def results(self, texts: Iterable[str]) -> None:
        """Tell several things that came of an act."""
        for text in texts:
            self.result(text)

    def write(self, text: str = "") -> None:
        """Write a line as it stands."""
        if self._stream is None:
            return
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._stream = None


def conflict_lines(answer: dict[str, Any]) -> list[str]:
    """Return conflicts, touches and suggestions of the answer to a filing, or that none was found and with what."""
    lines = []
    for one in answer["conflicts"]:
        gaps = f"{one['lateral_gap_m']:.0f} m, {_height(one['vertical_gap_m'])}, {one['time_gap_s']:.0f} s apart"
        lines.append(f"CONFLICT {one['id']}: {name(one['a'])} with {name(one['b'])}, {gaps}")
        lines.append(f"  {one['start']} to {one['end']}; minima: {one['minima']['source']}")
    lines += touch_lines(answer)
    lines += [f"way out: {one['text']}" for one in answer["suggestions"]]
    return lines or [f"no overlap found with what was known at {answer['as_of']['at']}"]


def touch_lines(answer: dict[str, Any]) -> list[str]:
    """Return the areas that a notice touches, which versions, and that nothing was blocked."""
    return [
        f"touches {one['party']} {one['reference']}, revision {one['revision']} ({one['kind'].replace('_', ' ')}): "
        "shown to all who may read both, not blocked"
        for one in answer["touches"]
    ]


def name(ref: dict[str, Any]) -> str:
    """Return a volume's notice as an officer says it."""
    return str(ref["notice"])


def _height(gap_m: float | None) -> str:
    return "no height" if gap_m is None else f"{gap_m:.0f} m in height"
