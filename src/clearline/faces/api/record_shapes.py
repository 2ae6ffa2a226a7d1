"""The shapes of the record as a node holds it, and of how the node and its lines are."""

from __future__ import annotations

from typing import Literal

import msgspec

from clearline.faces.api.shapes import AsOfOut, EntryOut, FlagOut
from clearline.faces.api.taken import InstantText
from clearline.faces.api.worded import SentenceOut


class LogLineOut(msgspec.Struct, frozen=True):
    """One entry of a log; `kind` is null where no body is held here, `effect` says why it changed nothing."""

    entry: EntryOut
    member: str
    claimed: InstantText
    received: InstantText | None
    positions: tuple[str, ...]
    audience: tuple[str, ...]
    kind: str | None
    effect: str | None
    delivered: dict[str, InstantText | None]
    mirrored: dict[str, InstantText | None]
    flags: tuple[FlagOut, ...] = ()


class LogOut(msgspec.Struct, frozen=True):
    """A page of one log from index `from`; `next` is the `from` of the next page."""

    as_of: AsOfOut
    log: str
    size: int
    next: int | None
    entries: tuple[LogLineOut, ...]


class LineOut(msgspec.Struct, frozen=True):
    """The line to one member: `late` and `fault` need an eye; `up` says that it was heard, not that it agrees.

    `bearer` names the member that carries between both while the direct line fails.
    `beneath` is the state without suspension, `words` the evidence, `raised` whether the agreed time is over.
    `sentence` is the evidence by its code.
    """

    member: str
    name: str
    role: str
    state: Literal["unknown", "up", "late", "unanswered", "fault", "suspended"]
    beneath: Literal["unknown", "up", "late", "unanswered", "fault"]
    words: str
    sentence: SentenceOut
    raised: bool
    since: InstantText | None
    heard: InstantText | None
    spoken: InstantText | None
    retry_at: InstantText | None
    fault: str
    refusal: str
    bearer: str | None
    backlog: dict[str, int]
    mirror: dict[str, int]
    delivery: dict[str, int]
    held: dict[str, int]


class AlarmOut(msgspec.Struct, frozen=True):
    """Evidence of tampering that this node keeps."""

    type: str
    at: InstantText
    detail: str


class VerifiedOut(msgspec.Struct, frozen=True):
    """How far this node has verified its own record again since it started: `entries` of `of`, as of `at`.

    `logs` maps each log to entries verified and entries held at the start. `finished` is null while it goes on;
    `fault` names the first thing that is not as it was signed.
    """

    begun: str
    at: str
    entries: int
    of: int
    logs: dict[str, tuple[int, int]]
    finished: str | None
    fault: str | None


class HealthOut(msgspec.Struct, frozen=True):
    """How this node and its lines are; `read_only` says why nothing can be signed, null where all is well.

    `verified` is null until verifying has begun. `started` says why the picture was folded from every entry at the
    start, null where a good bookmark spared that or there was none.
    """

    as_of: AsOfOut
    member: str
    channel: str
    drill: bool
    read_only: str | None
    alarms: tuple[AlarmOut, ...]
    lines: tuple[LineOut, ...]
    verified: VerifiedOut | None
    started: str | None
